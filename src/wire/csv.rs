//! Comma-separated values after RFC 4180: quoted fields with doubled quotes and line breaks, CRLF or LF, a byte order
//! mark, a last line without an end. Reads a stream in one buffer; a record borrows it, so nothing is allocated a field.

use memchr::{memchr, memchr_iter};
use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

/// A record longer than this is dropped and reported; bytes.
pub const MAX_RECORD: usize = 1 << 20;

const CHUNK: usize = 256 * 1024;

/// Reads records from a stream.
pub struct Reader<R> {
    from: R,
    buffer: Vec<u8>,
    /// Where the next record starts in `buffer`.
    at: usize,
    /// End of what was read into `buffer`.
    filled: usize,
    ended: bool,
    begun: bool,
    line: u64,
    fields: Vec<Field>,
}

/// One field's place in the record's bytes, outer quotes left out.
#[derive(Clone, Debug)]
struct Field {
    range: Range<usize>,
    /// Holds doubled quotes.
    escaped: bool,
}

/// One record, good until the next is read.
#[derive(Debug)]
pub struct Record<'a> {
    /// The line it starts on, from 1.
    pub line: u64,
    bytes: &'a [u8],
    fields: &'a [Field],
}

/// What a read gave.
#[derive(Debug)]
pub enum Row<'a> {
    /// A record. Empty lines are passed over.
    Record(Record<'a>),
    /// A line that is no record, and is passed over.
    Bad {
        /// The line it starts on, from 1.
        line: u64,
        /// Why.
        why: Fault,
    },
}

/// Why a line is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A quote without its partner, or text after a closing quote.
    Quote,
    /// Longer than [`MAX_RECORD`].
    TooLong,
}

impl Record<'_> {
    /// How many fields there are; at least 1.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.fields.len()
    }

    /// Never: an empty line is no record.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The text of a field: empty where the record is too short; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self, index: usize) -> Cow<'_, str> {
        let Some(field) = self.fields.get(index) else { return Cow::Borrowed("") };
        let text = String::from_utf8_lossy(self.bytes.get(field.range.clone()).unwrap_or_default());
        if field.escaped { Cow::Owned(text.replace("\"\"", "\"")) } else { text }
    }

    /// The bytes of a field as they stand, doubled quotes and all: for fields that never hold a quote.
    #[must_use]
    pub fn raw(&self, index: usize) -> &[u8] {
        self.fields.get(index).and_then(|f| self.bytes.get(f.range.clone())).unwrap_or_default()
    }
}

impl<R: Read> Reader<R> {
    /// Reads from `from`; a byte order mark at its start is passed over.
    pub fn new(from: R) -> Self {
        Self {
            from,
            buffer: vec![0; CHUNK],
            at: 0,
            filled: 0,
            ended: false,
            begun: false,
            line: 1,
            fields: Vec::with_capacity(32),
        }
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// What the stream says when it cannot be read; what was read before has been given.
    pub fn next_row(&mut self) -> io::Result<Option<Row<'_>>> {
        if !self.begun {
            self.begun = true;
            while self.filled < 3 && !self.ended {
                self.refill()?;
            }
            if self.unread().starts_with(b"\xef\xbb\xbf") {
                self.at = 3;
            }
        }
        loop {
            let line = self.line;
            let Some(end) = self.line_end()? else { return Ok(None) };
            let Ok(end) = end else {
                self.skip_line()?;
                return Ok(Some(Row::Bad { line, why: Fault::TooLong }));
            };
            let plain = trim_end(self.buffer.get(self.at..end).unwrap_or_default());
            if plain.is_empty() {
                self.pass(end);
                continue;
            }
            if memchr(b'"', plain).is_none() {
                let (start, length) = (self.at, plain.len());
                split_plain(plain, &mut self.fields);
                self.pass(end);
                let bytes = self.buffer.get(start..start + length).unwrap_or_default();
                return Ok(Some(Row::Record(Record { line, bytes, fields: &self.fields })));
            }
            return self.quoted(line, end - self.at);
        }
    }

    /// A record with quotes, which may go on over several lines. `first` is the length of its first line.
    fn quoted(&mut self, line: u64, first: usize) -> io::Result<Option<Row<'_>>> {
        loop {
            let unread = self.buffer.get(self.at..self.filled).unwrap_or_default();
            match split_quoted(unread, self.ended, &mut self.fields) {
                Split::Whole { length, next } => {
                    let start = self.at;
                    let newlines = memchr_iter(b'\n', unread.get(..next).unwrap_or_default()).count();
                    self.at += next;
                    self.line += newlines as u64;
                    let bytes = self.buffer.get(start..start + length).unwrap_or_default();
                    return Ok(Some(Row::Record(Record { line, bytes, fields: &self.fields })));
                }
                Split::More if !self.ended && unread.len() <= MAX_RECORD => {
                    self.refill()?;
                }
                // Not to lose the rest of the file to one stray quote, only its line is given up.
                Split::More | Split::Broken => {
                    self.pass(self.at + first);
                    return Ok(Some(Row::Bad { line, why: Fault::Quote }));
                }
            }
        }
    }

    /// End of the line that starts at `at` (its newline, or the end of the stream); `Err` where it is too long; `None`
    /// at the end.
    fn line_end(&mut self) -> io::Result<Option<Result<usize, ()>>> {
        let mut searched = 0;
        loop {
            if let Some(i) = memchr(b'\n', self.unread().get(searched..).unwrap_or_default()) {
                return Ok(Some(Ok(self.at + searched + i)));
            }
            searched = self.unread().len();
            if self.ended {
                return Ok((searched > 0).then_some(Ok(self.filled)));
            }
            if searched > MAX_RECORD {
                return Ok(Some(Err(())));
            }
            self.refill()?;
        }
    }

    /// Passes over a line that does not fit.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(i) = memchr(b'\n', self.unread()) {
                self.pass(self.at + i);
                return Ok(());
            }
            self.at = self.filled;
            if self.ended {
                return Ok(());
            }
            self.refill()?;
        }
    }

    /// Goes behind a line that ends at `end`.
    fn pass(&mut self, end: usize) {
        self.at = (end + 1).min(self.filled);
        self.line += 1;
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.at..self.filled).unwrap_or_default()
    }

    /// Moves what is unread to the front and reads more behind it.
    fn refill(&mut self) -> io::Result<()> {
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.filled, 0);
            self.filled -= self.at;
            self.at = 0;
        }
        if self.buffer.len() - self.filled < CHUNK / 2 {
            self.buffer.resize(self.buffer.len() + CHUNK, 0);
        }
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.from.read(room) {
            Ok(0) => self.ended = true,
            Ok(n) => self.filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                self.ended = true;
                return Err(e);
            }
        }
        Ok(())
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn split_plain(line: &[u8], fields: &mut Vec<Field>) {
    fields.clear();
    let mut from = 0;
    for comma in memchr_iter(b',', line) {
        fields.push(Field { range: from..comma, escaped: false });
        from = comma + 1;
    }
    fields.push(Field { range: from..line.len(), escaped: false });
}

enum Split {
    /// The record's length, and where the next one starts.
    Whole {
        length: usize,
        next: usize,
    },
    More,
    Broken,
}

/// Splits the record at the start of `bytes`. `ended`: nothing comes after `bytes`.
fn split_quoted(bytes: &[u8], ended: bool, fields: &mut Vec<Field>) -> Split {
    fields.clear();
    let mut at = 0;
    loop {
        let (field, end) = if bytes.get(at) == Some(&b'"') {
            let mut escaped = false;
            let mut i = at + 1;
            let close = loop {
                let Some(q) = memchr(b'"', bytes.get(i..).unwrap_or_default()).map(|q| q + i) else {
                    return Split::More;
                };
                match bytes.get(q + 1) {
                    Some(b'"') => {
                        escaped = true;
                        i = q + 2;
                    }
                    None if !ended => return Split::More,
                    _ => break q,
                }
            };
            (Field { range: at + 1..close, escaped }, close + 1)
        } else {
            let rest = bytes.get(at..).unwrap_or_default();
            let stop = memchr::memchr2(b',', b'\n', rest);
            if stop.is_none() && !ended {
                return Split::More;
            }
            let end = at + stop.unwrap_or(rest.len());
            let text = bytes.get(at..end).unwrap_or_default();
            // The carriage return before a newline belongs to the line's end, not to the field.
            let length = if bytes.get(end) == Some(&b',') { text.len() } else { trim_end(text).len() };
            (Field { range: at..at + length, escaped: false }, end)
        };
        let length = field.range.end;
        fields.push(field);
        match (bytes.get(end), bytes.get(end + 1)) {
            (None, _) => return Split::Whole { length, next: end },
            (Some(b','), _) => at = end + 1,
            (Some(b'\n'), _) => return Split::Whole { length, next: end + 1 },
            (Some(b'\r'), Some(b'\n')) => return Split::Whole { length, next: end + 2 },
            (Some(b'\r'), None) => {
                return if ended { Split::Whole { length, next: end + 1 } } else { Split::More };
            }
            _ => return Split::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One byte a read: the worst a stream can do.
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(slot)) = (self.0.split_first(), to.first_mut()) else { return Ok(0) };
            *slot = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    /// A record's line and fields, or a bad line and why.
    type Told<T> = Result<(u64, Vec<T>), (u64, Fault)>;

    fn rows(from: impl Read) -> Vec<Told<String>> {
        let mut reader = Reader::new(from);
        let mut out = Vec::new();
        while let Ok(Some(row)) = reader.next_row() {
            out.push(match row {
                Row::Record(r) => Ok((r.line, (0..r.len()).map(|i| r.text(i).into_owned()).collect())),
                Row::Bad { line, why } => Err((line, why)),
            });
        }
        out
    }

    fn check(text: &str, expected: &[Told<&str>]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|r| r.clone().map(|(n, f)| (n, f.into_iter().map(String::from).collect::<Vec<_>>())))
            .collect();
        assert_eq!(rows(text.as_bytes()), expected, "whole: {text:?}");
        assert_eq!(rows(Drip(text.as_bytes())), expected, "dripping: {text:?}");
    }

    #[test]
    fn records_as_rfc_4180_writes_them() {
        check("a,b\n1,2\n", &[Ok((1, vec!["a", "b"])), Ok((2, vec!["1", "2"]))]);
        check("\u{feff}a,b\r\n1,2", &[Ok((1, vec!["a", "b"])), Ok((2, vec!["1", "2"]))]);
        check("a,\"b\nc\",d\r\ne", &[Ok((1, vec!["a", "b\nc", "d"])), Ok((3, vec!["e"]))]);
        check("\"say \"\"hi\"\"\",x\n", &[Ok((1, vec!["say \"hi\"", "x"]))]);
        check("a,,\n,\n", &[Ok((1, vec!["a", "", ""])), Ok((2, vec!["", ""]))]);
        check("\"\",\"\"\n", &[Ok((1, vec!["", ""]))]);
        check("\n\r\na\n\n", &[Ok((3, vec!["a"]))]);
        check("", &[]);
        check("队列,\"张, 三\"\n", &[Ok((1, vec!["队列", "张, 三"]))]);
        check("a,\"b\"\r", &[Ok((1, vec!["a", "b"]))]);
    }

    #[test]
    fn a_stray_quote_costs_one_line() {
        check("a,5\" pipe\nb\n", &[Ok((1, vec!["a", "5\" pipe"])), Ok((2, vec!["b"]))]);
        check("\"a,b\nc,d\ne\n", &[Err((1, Fault::Quote)), Ok((2, vec!["c", "d"])), Ok((3, vec!["e"]))]);
        check("\"a\"b,c\nd\n", &[Err((1, Fault::Quote)), Ok((2, vec!["d"]))]);
    }

    #[test]
    fn a_record_without_end_is_dropped_and_the_rest_goes_on() {
        let mut text = "x".repeat(MAX_RECORD + CHUNK * 3);
        text.push_str("\nok\n");
        assert_eq!(rows(text.as_bytes()), vec![Err((1, Fault::TooLong)), Ok((2, vec!["ok".into()]))]);
    }

    #[test]
    fn records_larger_than_a_chunk_survive_the_refill() {
        let long = "y".repeat(CHUNK * 2);
        let text = format!("a\n\"{long}\n\",b\nc\n");
        assert_eq!(
            rows(text.as_bytes()),
            vec![Ok((1, vec!["a".into()])), Ok((2, vec![format!("{long}\n"), "b".into()])), Ok((4, vec!["c".into()]))]
        );
    }
}
