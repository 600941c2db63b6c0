//! A view of one message.

use super::keys::Shape;
use memchr::memchr;
use std::borrow::Cow;
use std::ops::Range;

/// Where a line lies in the text, without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The lines of a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lines<'a> {
    /// One after another from there on, by where they end.
    Following { from: usize, ends: &'a [usize] },
    /// Some, with others between them that are no headers.
    Picked(&'a [Line]),
}

impl Lines<'_> {
    const fn len(&self) -> usize {
        match self {
            Self::Following { ends, .. } => ends.len(),
            Self::Picked(lines) => lines.len(),
        }
    }

    #[inline]
    pub(super) fn nth(&self, text: &[u8], n: usize) -> Option<Line> {
        match self {
            Self::Following { from, ends } => {
                let end = *ends.get(n)?;
                let from = if n == 0 { *from } else { ends.get(n - 1)? + 1 };
                let ended = end > from && text.get(end - 1) == Some(&b'\r');
                Some(Line { from, to: end - usize::from(ended) })
            }
            Self::Picked(lines) => lines.get(n).copied(),
        }
    }
}

/// A view of one message. Values are bytes as they came, less the blank after the colon.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub(super) text: &'a [u8],
    pub(super) lines: Lines<'a>,
    pub(super) shape: Option<Shape<'a>>,
}

impl std::fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts = self.headers().map(|(k, v)| (String::from_utf8_lossy(k), String::from_utf8_lossy(v)));
        f.debug_map().entries(texts).finish()
    }
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
        self.lines.len() == 0
    }

    /// What it has in common with others that have the same keys in the same order; `None` where too many kinds came.
    #[inline]
    #[must_use]
    pub const fn shape(&self) -> Option<Shape<'a>> {
        self.shape
    }

    /// Every header in order, repeated ones as they came.
    pub fn headers(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let message = *self;
        (0..self.len()).filter_map(move |index| {
            let line = message.line(index)?;
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
        (0..self.len()).find_map(|index| Some((index, self.at(index, key)?)))
    }

    /// The value at a place, if that header has this key (in any case).
    #[inline]
    #[must_use]
    pub fn at(&self, index: usize, key: &str) -> Option<&'a [u8]> {
        let (name, rest) = self.line(index)?.split_at_checked(key.len())?;
        let (colon, value) = rest.split_first()?;
        (*colon == b':' && (name == key.as_bytes() || name.eq_ignore_ascii_case(key.as_bytes())))
            .then(|| after_blank(value))
    }

    /// The value at a place whose key is known to be so many bytes long.
    #[inline]
    #[must_use]
    pub fn value(&self, index: usize, key: usize) -> Option<&'a [u8]> {
        self.line(index)?.get(key + 1..).map(after_blank)
    }

    /// All of it, without the end of its last line.
    #[must_use]
    pub fn whole(&self) -> &'a [u8] {
        let (first, last) = (self.lines.nth(self.text, 0), self.lines.nth(self.text, self.len().saturating_sub(1)));
        first.zip(last).and_then(|(first, last)| self.text.get(first.from..last.to)).unwrap_or_default()
    }

    /// Where the value at a place whose key is known to be so many bytes long lies in [`Self::whole`].
    #[inline]
    #[must_use]
    pub fn span(&self, index: usize, key: usize) -> Option<Range<usize>> {
        let line = self.lines.nth(self.text, index)?;
        let blank = self.text.get(line.from + key + 1) == Some(&b' ');
        let (from, start) = (line.from + key + 1 + usize::from(blank), self.lines.nth(self.text, 0)?.from);
        Some(from.min(line.to) - start..line.to - start)
    }

    #[inline]
    fn line(&self, index: usize) -> Option<&'a [u8]> {
        let line = self.lines.nth(self.text, index)?;
        self.text.get(line.from..line.to)
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
