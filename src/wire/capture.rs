//! Raw captures: the bytes of a connection as they came, with an index of when.
//!
//! `NAME.raw[.gz|.zst]` holds every byte received, in order. `NAME.idx` beside it: `# epoch0 SECONDS` is the wall clock of
//! t = 0, `# connect|eof|refused T_US` mark connections, every other line `T_US OFFSET LENGTH` is one read. Compression is
//! told by the first bytes, never by the name.

mod seconds;

pub use seconds::seconds;

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
        Self { bytes, index, buf: Vec::new(), rest: 0..0, left: 0, at: None, given: 0, failed: None }
    }

    /// Whether an index tells the time of each read.
    #[must_use]
    pub const fn has_index(&self) -> bool {
        self.index.is_some()
    }

    /// Looks at the start without taking it, before any piece is taken: up to `most` bytes, fewer where reading fails.
    pub fn peek(&mut self, most: usize) -> &[u8] {
        let more = most.saturating_sub(self.rest.end);
        if self.failed.is_none() && more > 0 {
            self.buf.truncate(self.rest.end);
            // At once: growing by and by would copy what is there each time.
            self.buf.reserve(more);
            let more = u64::try_from(more).unwrap_or(u64::MAX);
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

    /// Reads what comes next, as much as there is room for: pieces are the same however the reader gives its bytes.
    fn read_on(&mut self) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.buf.len() != PIECE {
            self.buf = vec![0; PIECE];
        }
        self.rest = 0..0;
        while let Some(room) = self.buf.get_mut(self.rest.end..).filter(|room| !room.is_empty()) {
            match read_some(&mut self.bytes, room) {
                Ok(0) => break,
                Ok(n) => self.rest.end += n,
                Err(error) if self.rest.is_empty() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
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

#[cfg(test)]
mod tests;
