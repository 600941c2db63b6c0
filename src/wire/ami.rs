//! Asterisk's manager interface: bytes to messages.
//!
//! A message is a list of `Key: value` lines ended by an empty line; lines end in CRLF or LF. The banner is one line
//! without an empty line after it. The decoder takes the stream in pieces cut anywhere, keeps one buffer and one table
//! of lines for all messages, and gives each message out as a view into them: no allocation a message or header.
//! Keys are compared without regard to case; a repeated key is kept as it came.

mod keys;
mod message;
mod text;

pub use keys::Shape;
pub use message::Message;
pub use text::unescape;

use keys::{Keys, Place, WIDTH};
use memchr::memchr;
use message::{Line, Lines};

/// A longer line makes its message be dropped whole; bytes. Asterisk itself reads lines of 1 KiB at most, but writes
/// longer ones (channel variables).
pub const MAX_LINE: usize = 64 * 1024;
/// A message of more headers is dropped whole.
pub const MAX_HEADERS: usize = 2048;
/// A larger message is dropped whole; bytes.
pub const MAX_MESSAGE: usize = 1024 * 1024;

/// The keys of no more lines than this are remembered of a message.
const KEYS: usize = 250;

const BANNER: &[u8] = b"Asterisk Call Manager/";

/// One thing of the stream.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// The greeting; the version of the protocol, such as `11.0.0`.
    Banner(&'a [u8]),
    /// A message.
    Message(Message<'a>),
}

/// What the decoder met and could not give out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Losses {
    /// Lines that are no `Key: value`.
    pub malformed: u64,
    /// Messages dropped whole, for a line too long or too many lines.
    pub too_long: u64,
}

/// Cuts the stream into messages.
#[derive(Debug, Default)]
pub struct Decoder {
    buf: Vec<u8>,
    /// Where the lines in `buf` end, and how many of them were read.
    ends: Vec<usize>,
    read: usize,
    /// Where the message being read starts, and which is its first line.
    head: usize,
    first: usize,
    /// Where the line being read starts.
    line: usize,
    /// The lines of the message being read, where some between them are none of it.
    picked: Vec<Line>,
    keys: Keys,
    /// What the lines read so far have as keys.
    place: Place,
    mode: Mode,
    losses: Losses,
}

/// What is done with the line being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Mode {
    /// It belongs to the message being read.
    #[default]
    Reading,
    /// The table of lines was given out and is forgotten at the next call.
    Given,
    /// The message being read is dropped up to its end.
    Dropping,
    /// … and the start of the line being read was thrown away.
    DroppingLine,
}

impl Decoder {
    /// A decoder at the start of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the stream; [`Self::next_frame`] gives what became complete.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.forget_given();
        self.ends.drain(..self.first);
        self.read -= self.first;
        self.first = 0;
        if self.head > 0 {
            self.buf.copy_within(self.head.., 0);
            self.buf.truncate(self.buf.len() - self.head);
            self.line -= self.head;
            self.ends.iter_mut().for_each(|end| *end -= self.head);
            self.picked.iter_mut().for_each(|line| (line.from, line.to) = (line.from - self.head, line.to - self.head));
            self.head = 0;
        }
        find_ends(bytes, self.buf.len(), &mut self.ends);
        self.buf.extend_from_slice(bytes);
    }

    /// The next complete message, or `None` until more bytes are fed.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.forget_given();
        loop {
            self.known_lines();
            let Some(&end) = self.ends.get(self.read) else { break };
            let (from, count) = (self.line, self.count());
            let Some(line) = self.buf.get(from..end) else { break };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.read += 1;
            self.line = end + 1;
            if self.mode != Mode::Reading {
                let over = line.is_empty() && self.mode == Mode::Dropping;
                self.mode = if over { Mode::Reading } else { Mode::Dropping };
                self.begin();
                continue;
            }
            if line.is_empty() {
                if count == 0 {
                    self.begin();
                    continue;
                }
                return self.give(count);
            }
            let opener = opens(line);
            if count == 0 {
                if line.starts_with(BANNER) {
                    let to = from + line.len();
                    self.begin();
                    return Some(Frame::Banner(self.buf.get(from + BANNER.len()..to).unwrap_or_default()));
                }
            } else if opener && self.opened() {
                // A second `Event:` or `Response:` means that the empty line between two messages was lost.
                self.losses.malformed += 1;
                self.line = from;
                self.read -= 1;
                return self.give(count);
            }
            let to = from + line.len();
            if line.len() > MAX_LINE || to - self.head > MAX_MESSAGE || count >= MAX_HEADERS {
                self.drop_message(Mode::Dropping);
                continue;
            }
            let Some(colon) = memchr(b':', line) else {
                self.losses.malformed += 1;
                if count == 0 {
                    self.begin();
                } else {
                    self.pick();
                }
                continue;
            };
            if self.picked.is_empty() {
                self.place = match count {
                    0 if opener => self.keys.first(line),
                    1..KEYS => self.keys.learn(self.place, line.get(..=colon).unwrap_or_default()),
                    _ => Place::LOST,
                };
            } else {
                self.picked.push(Line { from, to });
            }
        }
        self.bound_the_rest();
        None
    }

    /// Passes over lines within a message as long as their keys are known to follow.
    fn known_lines(&mut self) {
        if self.mode != Mode::Reading || self.place == Place::LOST {
            return;
        }
        let (mut from, mut place, mut read) = (self.line, self.place, 0);
        // Whatever is long is looked at closely.
        let most = self.head + MAX_LINE;
        for end in self.ends.get(self.read..).unwrap_or_default() {
            let Some(window) = self.buf.get(from..).and_then(<[u8]>::first_chunk::<WIDTH>) else { break };
            if *end > most {
                break;
            }
            let Some(next) = self.keys.next(place, window) else { break };
            (from, place, read) = (end + 1, next, read + 1);
        }
        (self.line, self.place) = (from, place);
        self.read += read;
    }

    /// Lines and messages that could not be used, since the last call.
    pub fn take_losses(&mut self) -> Losses {
        std::mem::take(&mut self.losses)
    }

    /// The connection ended: forgets what is unfinished. True where the stream ended inside a message.
    pub fn end(&mut self) -> bool {
        self.forget_given();
        let unfinished = self.count() > 0 || self.mode != Mode::Reading || self.line < self.buf.len();
        *self = Self { losses: self.losses, keys: std::mem::take(&mut self.keys), ..Self::default() };
        unfinished
    }

    /// How many headers the message being read has so far.
    const fn count(&self) -> usize {
        if self.picked.is_empty() { self.read - self.first } else { self.picked.len() }
    }

    /// A message begins at the line being read.
    fn begin(&mut self) {
        (self.head, self.first) = (self.line, self.read);
        self.place = Place::LOST;
        self.picked.clear();
    }

    /// The line just read is none of the message's: keeps its lines one by one from here on.
    fn pick(&mut self) {
        if self.picked.is_empty() {
            let lines = Lines::Following { from: self.head, ends: self.ends.get(self.first..).unwrap_or_default() };
            self.picked.extend((0..self.read - self.first - 1).filter_map(|n| lines.nth(&self.buf, n)));
            self.place = Place::LOST;
        }
    }

    /// Gives out the message of so many headers; it is forgotten at the next call.
    fn give(&mut self, count: usize) -> Option<Frame<'_>> {
        self.mode = Mode::Given;
        let lines = if self.picked.is_empty() {
            Lines::Following { from: self.head, ends: self.ends.get(self.first..self.first + count)? }
        } else {
            Lines::Picked(&self.picked)
        };
        Some(Frame::Message(Message { text: &self.buf, lines, shape: self.keys.shape(self.place) }))
    }

    fn forget_given(&mut self) {
        if self.mode == Mode::Given {
            self.mode = Mode::Reading;
            self.begin();
        }
    }

    /// Whether the message being read has begun as a message does.
    fn opened(&self) -> bool {
        self.buf.get(self.head..).is_some_and(opens)
    }

    fn drop_message(&mut self, mode: Mode) {
        self.losses.too_long += 1;
        self.mode = mode;
        self.begin();
    }

    /// Keeps the unfinished line within bounds.
    fn bound_the_rest(&mut self) {
        if self.buf.len() - self.line > MAX_LINE || self.mode == Mode::DroppingLine {
            self.line = self.buf.len();
            if self.mode == Mode::Reading {
                self.drop_message(Mode::DroppingLine);
            }
            self.mode = Mode::DroppingLine;
        }
        if self.mode != Mode::Reading {
            self.begin();
        }
    }
}

/// Notes where lines end, a block at a time; lines are short, so a search anew for each costs more.
fn find_ends(bytes: &[u8], base: usize, ends: &mut Vec<usize>) {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut at = base;
    for block in blocks {
        let mut found = ends_of(block);
        let all = ends.len() + found.count_ones() as usize;
        // Four without asking, which mostly is enough; those that are none are taken back.
        let mut four = [0; 4];
        for end in &mut four {
            *end = at + found.trailing_zeros() as usize;
            found &= found.wrapping_sub(1);
        }
        ends.extend_from_slice(&four);
        while found != 0 {
            ends.push(at + found.trailing_zeros() as usize);
            found &= found - 1;
        }
        ends.truncate(all);
        at += block.len();
    }
    ends.extend(rest.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| at + i));
}

/// The line ends of a block, a bit each.
#[inline]
fn ends_of(block: &[u8; 64]) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let bytes = block.map(|b| u8::from(b == b'\n'));
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| (bits << 8) | (u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56))
}

fn opens(line: &[u8]) -> bool {
    line.starts_with(b"Event: ") || line.starts_with(b"Response: ")
}

#[cfg(test)]
mod tests;
