//! Raw captures: the bytes of a connection as they came, with an index of when.
//!
//! `NAME.raw[.gz|.zst]` holds every byte received, in order. `NAME.idx` beside it: `# epoch0 SECONDS` is the wall clock of
//! t = 0, `# connect|eof|refused T_US` mark connections, every other line `T_US OFFSET LENGTH` is one read. Compression is
//! told by the first bytes, never by the name.

use crate::model::Time;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes given out at once at most.
const PIECE: usize = 64 * 1024;
/// An index line is never longer than this; a longer one is no index.
const INDEX_LINE: u64 = 4096;

/// Opens a file for reading, decompressed where its first bytes say gzip or zstd.
///
/// # Errors
/// As opening and reading a file; a damaged compressed file fails later, while reading.
pub fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
    let magic = file.fill_buf()?;
    if magic.starts_with(&[0x1f, 0x8b]) {
        Ok(Box::new(flate2::bufread::MultiGzDecoder::new(file)))
    } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Ok(Box::new(zstd::stream::read::Decoder::with_buffer(file)?))
    } else {
        Ok(Box::new(file))
    }
}

/// What a recording is, told by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Asterisk's manager interface, raw.
    Ami,
    /// `FreeSWITCH`'s event socket, raw.
    Esl,
    /// The event model, one JSON object a line: a journal or an export.
    Journal,
    /// `calls.csv`.
    CallsCsv,
    /// Asterisk's `queue_log`.
    QueueLog,
}

/// Tells a recording's format from its start (a few KiB, decompressed); `None` where nothing fits.
#[must_use]
pub fn sniff(head: &[u8]) -> Option<Format> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty()).take(64);
    let first = lines.next()?;
    if first.starts_with(b"Asterisk Call Manager/") {
        return Some(Format::Ami);
    }
    if first.starts_with(b"{") {
        return Some(Format::Journal);
    }
    let lower = first.to_ascii_lowercase();
    if lower.split(|b| *b == b',').any(|cell| unquoted(cell.trim_ascii()) == b"call_id") {
        return Some(Format::CallsCsv);
    }
    let mut fields = first.split(|b| *b == b'|');
    if fields.next().is_some_and(|at| !at.is_empty() && at.iter().all(u8::is_ascii_digit)) && fields.count() >= 4 {
        return Some(Format::QueueLog);
    }
    for line in std::iter::once(first).chain(lines) {
        let key = line.split(|b| *b == b':').next().unwrap_or_default();
        match key {
            b"Event" | b"Response" | b"ActionID" | b"Privilege" => return Some(Format::Ami),
            b"Content-Type" | b"Content-Length" | b"Reply-Text" | b"Event-Name" => return Some(Format::Esl),
            _ => {}
        }
    }
    None
}

fn unquoted(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"\"").and_then(|s| s.strip_suffix(b"\"")).unwrap_or(cell)
}

/// What happened to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Connected.
    Connect,
    /// The other side ended it.
    Eof,
    /// It would not connect.
    Refused,
}

/// One step of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of one read, or of a part of a large one.
    Bytes {
        /// When they were read; `None` without an index.
        at: Option<Time>,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// A mark between reads.
    Mark {
        /// When.
        at: Time,
        /// What.
        mark: Mark,
    },
    /// The index skips this many bytes that are not in the capture's order: a damaged recording.
    Gap,
}

/// Where the index of a capture lies: the name less `.zst` or `.gz`, less `.raw`, with `.idx`.
#[must_use]
pub fn index_path(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz")).unwrap_or(&name);
    let name = name.strip_suffix(".raw").unwrap_or(name);
    path.with_file_name(format!("{name}.idx"))
}

/// Reads a raw capture, with its index where there is one.
pub struct Capture {
    bytes: Box<dyn Read + Send>,
    index: Option<Index>,
    /// Bytes read, and which of them are still to give: one read, or more where the start was looked at.
    buf: Vec<u8>,
    rest: Range<usize>,
    /// Bytes of the present read still to give, and its time.
    left: u64,
    at: Option<Time>,
    /// Bytes given so far.
    given: u64,
    /// What stopped reading ahead; told when that place is reached.
    failed: Option<io::Error>,
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture").field("given", &self.given).finish_non_exhaustive()
    }
}

impl Capture {
    /// Opens a capture and its index.
    ///
    /// # Errors
    /// As [`open`]; an index that is not there is no error.
    pub fn open(path: &Path) -> io::Result<Self> {
        let index = File::open(index_path(path)).ok().map(|f| Index::new(Box::new(BufReader::new(f))));
        Ok(Self::new(open(path)?, index))
    }

    /// From bytes already decompressed, with the text of their index.
    #[must_use]
    pub fn from_parts(bytes: Box<dyn Read + Send>, index: Option<Box<dyn Read + Send>>) -> Self {
        Self::new(bytes, index.map(|i| Index::new(Box::new(BufReader::new(i)))))
    }

    fn new(bytes: Box<dyn Read + Send>, index: Option<Index>) -> Self {
        Self {
            bytes,
            index,
            buf: Vec::new(),
            rest: 0..0,
            left: 0,
            at: None,
            given: 0,
            failed: None,
        }
    }

    /// Whether an index tells the time of each read.
    #[must_use]
    pub const fn has_index(&self) -> bool {
        self.index.is_some()
    }

    /// Looks at the start without taking it, before any piece is taken: up to `most` bytes, fewer where reading fails.
    pub fn peek(&mut self, most: usize) -> &[u8] {
        let more = u64::try_from(most.saturating_sub(self.rest.end)).unwrap_or(0);
        if self.failed.is_none() && more > 0 {
            self.buf.truncate(self.rest.end);
            if let Err(error) = (&mut self.bytes).take(more).read_to_end(&mut self.buf) {
                self.failed = Some(error);
            }
            self.rest.end = self.buf.len();
        }
        self.buf.get(self.rest.clone()).unwrap_or_default()
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// As reading the file; a compressed file cut off ends in an error after all that could be read.
    pub fn next_piece(&mut self) -> io::Result<Option<Piece<'_>>> {
        while self.left == 0 {
            let Some(index) = &mut self.index else {
                self.left = u64::MAX;
                break;
            };
            match index.next_entry()? {
                Some(Entry::Mark(at, mark)) => return Ok(Some(Piece::Mark { at, mark })),
                Some(Entry::Read { at, offset, length }) => {
                    let gap = offset != self.given;
                    self.at = Some(at);
                    // An index that disagrees with the bytes cannot move them; only its times are used.
                    self.left = length;
                    if gap {
                        self.given = offset;
                        return Ok(Some(Piece::Gap));
                    }
                }
                // What the index does not cover came after all it covers.
                None => self.left = u64::MAX,
            }
        }
        if self.rest.is_empty() {
            self.read_on()?;
        }
        let want = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let n = want.min(self.rest.len());
        if n == 0 {
            // The bytes end early: marks that follow still stand.
            self.left = 0;
            return match &mut self.index {
                Some(index) => Ok(index.next_mark()?.map(|(at, mark)| Piece::Mark { at, mark })),
                None => Ok(None),
            };
        }
        let taken = u64::try_from(n).unwrap_or(0);
        self.given = self.given.saturating_add(taken);
        if self.left != u64::MAX {
            self.left = self.left.saturating_sub(taken);
        }
        let from = self.rest.start;
        self.rest.start += n;
        Ok(Some(Piece::Bytes { at: self.at, bytes: self.buf.get(from..from + n).unwrap_or_default() }))
    }

    /// Reads what comes next.
    fn read_on(&mut self) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.buf.len() != PIECE {
            self.buf = vec![0; PIECE];
        }
        self.rest = 0..0;
        self.rest.end = read_some(&mut self.bytes, &mut self.buf)?;
        Ok(())
    }
}

fn read_some(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(into) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

enum Entry {
    Mark(Time, Mark),
    Read { at: Time, offset: u64, length: u64 },
}

struct Index {
    lines: Box<dyn io::BufRead + Send>,
    epoch0: Time,
    line: Vec<u8>,
}

impl Index {
    fn new(lines: Box<dyn io::BufRead + Send>) -> Self {
        Self { lines, epoch0: Time::default(), line: Vec::new() }
    }

    /// The next entry; lines that are none are passed over.
    fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        loop {
            self.line.clear();
            if (&mut self.lines).take(INDEX_LINE).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            let Ok(line) = std::str::from_utf8(&self.line) else { continue };
            let mut words = line.split_ascii_whitespace();
            let entry = match words.next() {
                Some("#") => match (words.next(), words.next()) {
                    (Some("epoch0"), Some(secs)) => {
                        if let Some(at) = seconds(secs.as_bytes()) {
                            self.epoch0 = at;
                        }
                        None
                    }
                    (Some(what), Some(at)) => mark(what).and_then(|m| Some(Entry::Mark(self.time(at)?, m))),
                    _ => None,
                },
                Some(at) => (|| {
                    let (offset, length) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
                    Some(Entry::Read { at: self.time(at)?, offset, length })
                })(),
                None => None,
            };
            if entry.is_some() {
                return Ok(entry);
            }
        }
    }

    fn next_mark(&mut self) -> io::Result<Option<(Time, Mark)>> {
        while let Some(entry) = self.next_entry()? {
            if let Entry::Mark(at, mark) = entry {
                return Ok(Some((at, mark)));
            }
        }
        Ok(None)
    }

    fn time(&self, micros: &str) -> Option<Time> {
        Some(Time::from_micros(self.epoch0.micros().saturating_add(micros.parse().ok()?)))
    }
}

fn mark(word: &str) -> Option<Mark> {
    match word {
        "connect" => Some(Mark::Connect),
        "eof" => Some(Mark::Eof),
        "refused" => Some(Mark::Refused),
        _ => None,
    }
}

/// Reads `SECONDS[.FRACTION]` since the Unix epoch, as Asterisk and the index write it, to the microsecond.
#[must_use]
pub fn seconds(text: &[u8]) -> Option<Time> {
    if let Some(micros) = stamp(text) {
        return Some(Time::from_micros(micros));
    }
    let point = text.iter().position(|b| *b == b'.').unwrap_or(text.len());
    let mut micros = digits(text.get(..point)?)?.checked_mul(1_000_000)?;
    let mut scale = 100_000;
    for digit in text.get(point + 1..).unwrap_or_default() {
        if !digit.is_ascii_digit() {
            return None;
        }
        micros = micros.saturating_add(i64::from(digit - b'0') * scale);
        scale /= 10;
    }
    Some(Time::from_micros(micros))
}

/// Microseconds of a time stamp as it is of nearly all: ten digits, a point, six digits.
fn stamp(text: &[u8]) -> Option<i64> {
    let (text, [.., tens, ones, b'.', _, _, _, _, _, _]) = (text, <&[u8; 17]>::try_from(text).ok()?) else {
        return None;
    };
    let (high, fraction) = (u64::from_le_bytes(*text.first_chunk()?), u64::from_le_bytes(*text.last_chunk()?));
    if !(tens.is_ascii_digit() && ones.is_ascii_digit()) {
        return None;
    }
    // The last eight bytes are a digit, the point and the fraction: two zeros in place of the first two.
    let (high, fraction) = (eight_digits(high)?, eight_digits(fraction & !0xffff | 0x3030)?);
    Some(high * 100_000_000 + i64::from(tens - b'0') * 10_000_000 + i64::from(ones - b'0') * 1_000_000 + fraction)
}

/// The number eight ASCII digits write, the first in the lowest byte: neighbours are put together, then pairs, then fours.
fn eight_digits(text: u64) -> Option<i64> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    if text & HIGH != ZEROS || text.wrapping_add(0x0606_0606_0606_0606) & HIGH != ZEROS {
        return None;
    }
    let ones = text & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (ones.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
    i64::try_from(fours.wrapping_mul(10_000 << 32 | 1) >> 32).ok()
}

/// A whole number of nothing but digits, at least one.
fn digits(text: &[u8]) -> Option<i64> {
    let mut number = 0i64;
    for digit in text {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    (!text.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests;
