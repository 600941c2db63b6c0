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
    /// Where the message being read starts.
    head: usize,
    /// Where the line being read starts.
    line: usize,
    /// Up to here there is no line end.
    scanned: usize,
    lines: Vec<Line>,
    /// Where the colon stood in the line of the same place of an earlier message: it mostly does again.
    colons: Vec<u8>,
    /// The message being read is dropped up to its end.
    dropping: bool,
    /// The start of the line being read was thrown away.
    mid_line: bool,
    /// The lines in the table were given out.
    given: bool,
    losses: Losses,
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
        if self.head > 0 {
            self.buf.copy_within(self.head.., 0);
            self.buf.truncate(self.buf.len() - self.head);
            self.line -= self.head;
            self.scanned -= self.head;
            self.head = 0;
        }
        self.buf.extend_from_slice(bytes);
    }

    /// The next complete message, or `None` until more bytes are fed.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.forget_given();
        loop {
            let Some(found) = self.buf.get(self.scanned..).and_then(|rest| memchr(b'\n', rest)) else {
                self.scanned = self.buf.len();
                self.bound_the_rest();
                return None;
            };
            let (from, end) = (self.line, self.scanned + found);
            let to = if end > from && self.buf.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
            self.line = end + 1;
            self.scanned = end + 1;
            if std::mem::take(&mut self.mid_line) {
                self.head = self.line;
                continue;
            }
            if to == from {
                let dropped = std::mem::take(&mut self.dropping);
                if dropped || self.lines.is_empty() {
                    self.lines.clear();
                    self.head = self.line;
                    continue;
                }
                return self.give(from);
            }
            if self.dropping {
                self.head = self.line;
                continue;
            }
            if to - from > MAX_LINE || to - self.head > MAX_MESSAGE || self.lines.len() >= MAX_HEADERS {
                self.drop_message();
                continue;
            }
            let Some(line) = self.buf.get(from..to) else { continue };
            if self.lines.is_empty() && line.starts_with(BANNER) {
                self.head = self.line;
                return Some(Frame::Banner(self.buf.get(from + BANNER.len()..to).unwrap_or_default()));
            }
            // A second `Event:` or `Response:` means that the empty line between two messages was lost.
            if matches!(line.first(), Some(b'E' | b'R')) && opens(line) && self.opened() {
                self.losses.malformed += 1;
                self.line = from;
                self.scanned = from;
                return self.give(from);
            }
            if !has_colon(line, self.colons.get_mut(self.lines.len())) {
                self.losses.malformed += 1;
                if self.lines.is_empty() {
                    self.head = self.line;
                }
                continue;
            }
            if self.colons.len() <= self.lines.len() {
                self.colons.push(0);
            }
            let at = |offset: usize| u32::try_from(offset - self.head).unwrap_or(u32::MAX);
            self.lines.push(Line { from: at(from), to: at(to) });
        }
    }

    /// Lines and messages that could not be used, since the last call.
    pub fn take_losses(&mut self) -> Losses {
        std::mem::take(&mut self.losses)
    }

    /// The connection ended: forgets what is unfinished. True where the stream ended inside a message.
    pub fn end(&mut self) -> bool {
        self.forget_given();
        let unfinished = !self.lines.is_empty() || self.dropping || self.line < self.buf.len();
        let losses = self.losses;
        *self =
            Self { buf: std::mem::take(&mut self.buf), colons: std::mem::take(&mut self.colons), ..Self::default() };
        self.buf.clear();
        self.losses = losses;
        unfinished
    }

    /// Gives out the message that ends before `end`; its lines are forgotten at the next call.
    fn give(&mut self, end: usize) -> Option<Frame<'_>> {
        self.given = true;
        let text = self.buf.get(self.head..end)?;
        Some(Frame::Message(Message { text, lines: &self.lines }))
    }

    fn forget_given(&mut self) {
        if self.given {
            self.given = false;
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

    fn drop_message(&mut self) {
        self.losses.too_long += 1;
        self.lines.clear();
        self.dropping = true;
        self.head = self.line;
    }

    /// Keeps the unfinished line within bounds.
    fn bound_the_rest(&mut self) {
        if self.mid_line || self.buf.len() - self.line > MAX_LINE {
            if !self.dropping {
                self.drop_message();
            }
            self.mid_line = true;
            self.line = self.buf.len();
            self.head = self.line;
        } else if self.dropping {
            self.head = self.line;
        }
    }
}

fn opens(line: &[u8]) -> bool {
    line.starts_with(b"Event: ") || line.starts_with(b"Response: ")
}

/// Whether the line is a header, with a guess where its colon is, kept right.
fn has_colon(line: &[u8], guess: Option<&mut u8>) -> bool {
    let Some(guess) = guess else { return memchr(b':', line).is_some() };
    if line.get(usize::from(*guess)) == Some(&b':') {
        return true;
    }
    match memchr(b':', line) {
        Some(at) => {
            *guess = u8::try_from(at).unwrap_or(0);
            true
        }
        None => false,
    }
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
        (*colon == b':' && name.eq_ignore_ascii_case(key.as_bytes())).then(|| after_blank(value))
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
