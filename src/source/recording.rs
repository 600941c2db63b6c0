//! Opens recordings: told apart by content, decompressed as they are read, played in order through the code of the live
//! sources.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::ahead::read_ahead;
use super::asterisk::AmiMapper;
use super::asterisk::replay::CaptureEnvelopes;
use super::calls_csv::{self, CallsCsv, CallsCsvError};
use super::queue_log::QueueLog;
use crate::config::{Settings, SourceKind};
use crate::model::{CallerHasher, Envelope, FeedId};
use crate::wire::capture::{self, Capture, Format};
use crate::wire::journal::Journal;

/// How recordings are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The form, where it is not to be told by content.
    pub format: Option<Format>,
    /// Zone of local times.
    pub zone: jiff::tz::TimeZone,
    /// Makes callers of numbers.
    pub hasher: CallerHasher,
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened or read.
    #[error("{file}: cannot be read: {why}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// No form fits its content.
    #[error(
        "{0}: not a recording floorwatch knows (a capture of Asterisk's manager port, a journal, calls.csv, queue_log); \
             say which with --format where it is one"
    )]
    Unknown(String),
    /// A form that is known and cannot be read yet.
    #[error("{0}: a capture of FreeSWITCH's event socket, which this version cannot read")]
    NotYet(String),
    /// A broken calls.csv.
    #[error(transparent)]
    Calls(#[from] CallsCsvError),
}

/// Recordings opened as one: batches of envelopes in order.
pub type Recording = Box<dyn Iterator<Item = Vec<Envelope>> + Send>;

/// Opened recordings, and what is known of them beforehand.
pub struct Opened {
    /// The envelopes.
    pub batches: Recording,
    /// Some file carries no times: figures of time mean nothing.
    pub without_times: Vec<String>,
}

/// Opens files as one recording. Tables of calls are put together in order of time; other forms follow one another in
/// the order given.
///
/// # Errors
/// [`RecordingError`] for the first file that cannot be opened.
pub fn open(files: &[PathBuf], options: &Options, settings: &Settings) -> Result<Opened, RecordingError> {
    let mut parts: Vec<Recording> = Vec::new();
    let mut calls: Option<CallsCsv> = None;
    let mut without_times = Vec::new();
    for path in files {
        let shown = path.display().to_string();
        let read = |why| RecordingError::Read { file: shown.clone(), why };
        let (format, reader) = told_apart(path, options.format)?;
        let feed = FeedId::new(&stem(path));
        match format {
            Format::Ami => {
                let mapper = AmiMapper::new(options.hasher.clone(), wrapup(settings));
                let envelopes = CaptureEnvelopes::new(Capture::open(path).map_err(read)?, feed, mapper);
                if !envelopes.has_times() {
                    without_times.push(shown);
                }
                parts.push(Box::new(envelopes));
            }
            Format::Journal => parts.push(Box::new(Journal::new(reader, feed, options.hasher.clone()))),
            Format::QueueLog => parts.push(Box::new(QueueLog::new(feed, options.hasher.clone(), reader))),
            Format::CallsCsv => {
                let table = calls.get_or_insert_with(|| {
                    CallsCsv::new(calls_csv::Options {
                        feed: FeedId::new("calls"),
                        zone: options.zone.clone(),
                        hasher: options.hasher.clone(),
                    })
                });
                table.add(&shown, reader)?;
            }
            Format::Esl => return Err(RecordingError::NotYet(shown)),
        }
    }
    if let Some(calls) = calls {
        parts.push(Box::new(calls.into_events()));
    }
    Ok(Opened { batches: read_ahead(Box::new(parts.into_iter().flatten())), without_times })
}

fn told_apart(path: &Path, format: Option<Format>) -> Result<(Format, Box<dyn BufRead + Send>), RecordingError> {
    let shown = path.display().to_string();
    let read = |why| RecordingError::Read { file: shown.clone(), why };
    let mut reader = BufReader::with_capacity(64 * 1024, capture::open(path).map_err(read)?);
    let mut head = Vec::new();
    if format.is_none() {
        // A decompressor gives what it has: the first line of a table may come in pieces.
        // One that ends early (a run that was killed) is told apart by what it has; reading it on tells the rest.
        if let Err(why) = (&mut reader).take(16 * 1024).read_to_end(&mut head)
            && head.is_empty()
        {
            return Err(read(why));
        }
    }
    let format = format.or_else(|| capture::sniff(&head)).ok_or_else(|| RecordingError::Unknown(shown.clone()))?;
    Ok((format, Box::new(std::io::Cursor::new(head).chain(reader))))
}

/// The file's name without what says how it is kept.
fn stem(path: &Path) -> String {
    let mut name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    for end in [".zst", ".gz", ".raw", ".jsonl", ".json", ".csv"] {
        if let Some(short) = name.strip_suffix(end).filter(|s| !s.is_empty()) {
            name = short.to_owned();
        }
    }
    name
}

/// After-call times configured for Asterisk sources: a capture is read as the configured source would be.
fn wrapup(settings: &Settings) -> Vec<(crate::model::QueueId, crate::model::Span)> {
    settings
        .sources
        .iter()
        .filter_map(|s| match &s.kind {
            SourceKind::Asterisk(a) => Some(a.wrapup.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}
