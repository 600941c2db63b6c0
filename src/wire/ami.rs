//! Asterisk's manager interface: bytes to messages.
//!
//! A message is a list of `Key: value` lines ended by an empty line; lines end in CRLF or LF. The banner is one line
//! without an empty line after it. The decoder takes the stream in pieces cut anywhere, keeps one buffer and one table
//! of lines for all messages, and gives each message out as a view into them: no allocation a message or header.
//! Keys are compared without regard to case; a repeated key is kept as it came.

mod text;

pub use text::unescape;

use memchr::memchr;
use std::borrow::Cow;

/// A longer line makes its message be dropped whole; bytes. Asterisk itself reads lines of 1 KiB at most, but writes
/// longer ones (channel variables).
pub const MAX_LINE: usize = 64 * 1024;
/// A message of more headers is dropped whole.
pub const MAX_HEADERS: usize = 2048;
/// A larger message is dropped whole; bytes.
pub const MAX_MESSAGE: usize = 1024 * 1024;

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

/// Where a line lies in its message, without its end.
#[derive(Clone, Copy, Debug)]
struct Line {
    from: u32,
    to: u32,
}

/// Cuts the stream into messages.
#[derive(Debug, Default)]
pub struct Decoder {
    buf: Vec<u8>,
    /// Where the lines in `buf` end, and how many of them were read.
    ends: Vec<usize>,
    read: usize,
    /// Where the message being read starts.
    head: usize,
    /// Where the line being read starts.
    line: usize,
    lines: Vec<Line>,
    colons: Colons,
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
        self.ends.drain(..self.read);
        self.read = 0;
        if self.head > 0 {
            self.buf.copy_within(self.head.., 0);
            self.buf.truncate(self.buf.len() - self.head);
            self.line -= self.head;
            self.ends.iter_mut().for_each(|end| *end -= self.head);
            self.head = 0;
        }
        find_ends(bytes, self.buf.len(), &mut self.ends);
        self.buf.extend_from_slice(bytes);
    }

    /// The next complete message, or `None` until more bytes are fed.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.forget_given();
        loop {
            self.plain_lines();
            let Some(&end) = self.ends.get(self.read) else { break };
            let from = self.line;
            let Some(line) = self.buf.get(from..end) else { break };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.read += 1;
            self.line = end + 1;
            if self.mode != Mode::Reading {
                let over = line.is_empty() && self.mode == Mode::Dropping;
                self.mode = if over { Mode::Reading } else { Mode::Dropping };
                self.head = self.line;
                continue;
            }
            let Some(&first) = line.first() else {
                if self.lines.is_empty() {
                    self.head = self.line;
                    continue;
                }
                return self.give(from);
            };
            if self.lines.is_empty() {
                if line.starts_with(BANNER) {
                    self.head = self.line;
                    let to = from + line.len();
                    return Some(Frame::Banner(self.buf.get(from + BANNER.len()..to).unwrap_or_default()));
                }
                self.colons.begin(line);
            } else if matches!(first, b'E' | b'R') && opens(line) && self.opened() {
                // A second `Event:` or `Response:` means that the empty line between two messages was lost.
                self.losses.malformed += 1;
                self.line = from;
                self.read -= 1;
                return self.give(from);
            }
            let to = from + line.len();
            if line.len() > MAX_LINE || to - self.head > MAX_MESSAGE || self.lines.len() >= MAX_HEADERS {
                self.drop_message(Mode::Dropping);
                continue;
            }
            if !self.colons.holds(self.lines.len(), line) {
                self.losses.malformed += 1;
                if self.lines.is_empty() {
                    self.head = self.line;
                }
                continue;
            }
            // A message is at most MAX_MESSAGE long.
            let at = |offset: usize| u32::try_from(offset - self.head).unwrap_or(u32::MAX);
            self.lines.push(Line { from: at(from), to: at(to) });
        }
        self.bound_the_rest();
        None
    }

    /// Takes lines within a message as long as they are what they nearly always are: headers with their colons where they
    /// were before.
    fn plain_lines(&mut self) {
        if self.mode != Mode::Reading || self.lines.is_empty() {
            return;
        }
        let Some(guesses) = self.colons.guesses.get(self.colons.kind) else { return };
        let ends = self.ends.get(self.read..).unwrap_or_default();
        for (guess, &end) in guesses.iter().skip(self.lines.len()).zip(ends) {
            let Some(line) = self.buf.get(self.line..end) else { return };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if matches!(line.first(), None | Some(b'E' | b'R'))
                || line.get(usize::from(*guess)) != Some(&b':')
                || line.len() > MAX_LINE
            {
                return;
            }
            let from = self.line - self.head;
            let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            self.lines.push(Line { from: at(from), to: at(from + line.len()) });
            self.line = end + 1;
            self.read += 1;
        }
    }

    /// Lines and messages that could not be used, since the last call.
    pub fn take_losses(&mut self) -> Losses {
        std::mem::take(&mut self.losses)
    }

    /// The connection ended: forgets what is unfinished. True where the stream ended inside a message.
    pub fn end(&mut self) -> bool {
        self.forget_given();
        let unfinished = !self.lines.is_empty() || self.mode != Mode::Reading || self.line < self.buf.len();
        *self = Self { losses: self.losses, ..Self::default() };
        unfinished
    }

    /// Gives out the message that ends before `end`; its lines are forgotten at the next call.
    fn give(&mut self, end: usize) -> Option<Frame<'_>> {
        self.mode = Mode::Given;
        let text = self.buf.get(self.head..end)?;
        Some(Frame::Message(Message { text, lines: &self.lines }))
    }

    fn forget_given(&mut self) {
        if self.mode == Mode::Given {
            self.mode = Mode::Reading;
            self.lines.clear();
            self.head = self.line;
        }
    }

    /// Whether the message being read has begun as a message does.
    fn opened(&self) -> bool {
        self.lines
            .first()
            .and_then(|l| self.buf.get(self.head + l.from as usize..self.head + l.to as usize))
            .is_some_and(opens)
    }

    fn drop_message(&mut self, mode: Mode) {
        self.losses.too_long += 1;
        self.lines.clear();
        self.mode = mode;
        self.head = self.line;
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
            self.head = self.line;
        }
    }
}

/// Notes where lines end, eight bytes at a time; lines are short, so a search anew for each costs more.
fn find_ends(bytes: &[u8], base: usize, ends: &mut Vec<usize>) {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const ENDS: u64 = 0x0a0a_0a0a_0a0a_0a0a;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = base;
    for word in words {
        let other = u64::from_le_bytes(*word) ^ ENDS;
        // The high bit of each byte that is zero, exactly (no carry passes from byte to byte).
        let mut found = !(((other & LOW) + LOW) | other | LOW);
        while found != 0 {
            ends.push(at + (found.trailing_zeros() / 8) as usize);
            found &= found - 1;
        }
        at += 8;
    }
    ends.extend(rest.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| at + i));
}

/// Remembers where the colon stood in the lines of messages like the one being read: there it mostly is again.
#[derive(Debug)]
struct Colons {
    guesses: Box<[[u8; Self::LINES]; Self::KINDS]>,
    kind: usize,
}

impl Colons {
    const LINES: usize = 64;
    const KINDS: usize = 32;

    /// A message begins. Those of one kind have a first line of the same length.
    fn begin(&mut self, first: &[u8]) {
        self.kind = first.len() % Self::KINDS;
    }

    /// Whether the nth line is a header.
    #[inline]
    fn holds(&mut self, n: usize, line: &[u8]) -> bool {
        let Some(guess) = self.guesses.get_mut(self.kind).and_then(|k| k.get_mut(n % Self::LINES)) else {
            return line.contains(&b':');
        };
        if line.get(usize::from(*guess)) == Some(&b':') {
            return true;
        }
        let Some(at) = line.iter().position(|b| *b == b':') else { return false };
        *guess = u8::try_from(at).unwrap_or(0);
        true
    }
}

impl Default for Colons {
    fn default() -> Self {
        Self { guesses: Box::new([[0; Self::LINES]; Self::KINDS]), kind: 0 }
    }
}

fn opens(line: &[u8]) -> bool {
    line.starts_with(b"Event: ") || line.starts_with(b"Response: ")
}

/// A view of one message. Values are bytes as they came, less the blank after the colon.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    text: &'a [u8],
    lines: &'a [Line],
}

impl<'a> Message<'a> {
    /// How many headers it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Never true of a message the decoder gives.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Every header in order, repeated ones as they came.
    pub fn headers(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let text = self.text;
        self.lines.iter().filter_map(move |line| {
            let line = text.get(line.from as usize..line.to as usize)?;
            let colon = memchr(b':', line)?;
            Some((line.get(..colon)?, after_blank(line.get(colon + 1..)?)))
        })
    }

    /// The first value of a key, in any case.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.find(key).map(|(_, value)| value)
    }

    /// The first value of a key as text; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key).map(String::from_utf8_lossy)
    }

    /// The first value of a key and its place.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<(usize, &'a [u8])> {
        (0..self.lines.len()).find_map(|index| Some((index, self.at(index, key)?)))
    }

    /// The value at a place, if that header has this key (in any case).
    #[inline]
    #[must_use]
    pub fn at(&self, index: usize, key: &str) -> Option<&'a [u8]> {
        let line = self.lines.get(index)?;
        let line = self.text.get(line.from as usize..line.to as usize)?;
        let (name, rest) = line.split_at_checked(key.len())?;
        let (colon, value) = rest.split_first()?;
        (*colon == b':' && (name == key.as_bytes() || name.eq_ignore_ascii_case(key.as_bytes())))
            .then(|| after_blank(value))
    }

    /// The name of the event, if it is one.
    #[must_use]
    pub fn event(&self) -> Option<&'a [u8]> {
        self.at(0, "Event").or_else(|| self.get("Event"))
    }

    /// The answer's word (`Success`, `Error`, `Goodbye`), if it is one.
    #[must_use]
    pub fn response(&self) -> Option<&'a [u8]> {
        self.at(0, "Response").or_else(|| self.get("Response"))
    }
}

fn after_blank(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}

#[cfg(test)]
mod tests;
