//! Records sources as they come: raw bytes with an index of an Asterisk, the journal of a websocket.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::Clock;
use crate::config::{Settings, SourceKind, SourceSettings};
use crate::model::{CallerHasher, Label};
use crate::source::asterisk::client::Raw;
use crate::source::supervise::Supervisor;
use crate::source::websocket::Websocket;
use crate::source::{INBOX, Input};
use crate::store::files::private_new;
use crate::wire::capture::{Mark, index_path};
use crate::wire::capture_write::CaptureWriter;
use crate::wire::event_json::encode;
use crate::wire::frames::FrameWriter;

/// What was recorded is in the file after this time.
const FLUSH: Duration = Duration::from_secs(1);
/// A frame is ended after so many flushes.
const FRAME: u32 = 10;
/// Reads that may wait for the disk.
const READS: usize = 16_384;

/// What became of one source's recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The file (an Asterisk's has its index beside it).
    pub file: PathBuf,
    /// Bytes of a raw capture, events of a journal.
    pub count: u64,
}

/// Where a source's recording goes: in a folder its name with what tells the form; else the file as it is named.
#[must_use]
pub fn place(out: &Path, source: &SourceSettings) -> PathBuf {
    let folder = out.is_dir() || out.as_os_str().to_string_lossy().ends_with(std::path::MAIN_SEPARATOR);
    if !folder {
        return out.to_owned();
    }
    let end = match source.kind {
        SourceKind::Asterisk(_) => "raw.zst",
        SourceKind::Websocket(_) | SourceKind::Demo(_) => "jsonl.zst",
    };
    let name: String =
        source.name.as_str().chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    out.join(format!("{}.{end}", name.trim_start_matches('.')))
}

/// Records the sources, each into the file beside it, until `stopping` says `true`. Files that are there are never
/// written over.
///
/// # Errors
/// A file cannot be made or written; what was written stays.
pub async fn run(
    sources: &[(SourceSettings, PathBuf)],
    settings: &Settings,
    hasher: &CallerHasher,
    clock: &Clock,
    stopping: &watch::Receiver<bool>,
) -> io::Result<Vec<Recorded>> {
    let mut files = Vec::new();
    for (source, path) in sources {
        let raw = private_new(path)?;
        let index = match source.kind {
            SourceKind::Asterisk(_) => Some(private_new(&index_path(path))?),
            _ => None,
        };
        files.push((source, path, raw, index));
    }
    let mut set: JoinSet<io::Result<Recorded>> = JoinSet::new();
    for (source, path, file, index) in files {
        let (inbox, inputs) = mpsc::channel(INBOX);
        let supervisor =
            Supervisor::new(source.name.clone(), source.late_after, clock.clone(), inbox, stopping.clone());
        let recorded = Recorded { file: path.clone(), count: 0 };
        match (&source.kind, index) {
            (SourceKind::Asterisk(settings), Some(index)) => {
                let (tee, heard) = mpsc::channel(READS);
                let mut session = super::asterisk(settings, hasher, clock);
                session.source = session.source.heard_by(tee);
                let writer = CaptureWriter::new(file, index, clock.now());
                let clock = clock.clone();
                set.spawn(async move {
                    let running = async {
                        tokio::join!(supervisor.run(session), forget(inputs));
                        Ok(())
                    };
                    let ((), count) = tokio::try_join!(running, raw(writer, heard, clock))?;
                    Ok(Recorded { count, ..recorded })
                });
            }
            (SourceKind::Websocket(of), _) => {
                let session = Websocket::new(of.clone(), hasher.clone(), clock.clone());
                let site = settings.site.name.clone();
                set.spawn(async move {
                    let running = async {
                        Box::pin(supervisor.run(session)).await;
                        Ok(())
                    };
                    let ((), count) = tokio::try_join!(running, journal(file, inputs, site))?;
                    Ok(Recorded { count, ..recorded })
                });
            }
            // Not in a configuration file.
            _ => {}
        }
    }
    let mut done = Vec::new();
    while let Some(one) = set.join_next().await {
        // A full disk ends the whole; the other files end with what was flushed.
        done.push(one.map_err(io::Error::other)??);
    }
    done.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(done)
}

/// The events are made again from the bytes by whoever replays them.
async fn forget(mut inputs: mpsc::Receiver<Input>) {
    while inputs.recv().await.is_some() {}
}

async fn raw(mut writer: CaptureWriter<File>, mut heard: mpsc::Receiver<Raw>, clock: Clock) -> io::Result<u64> {
    let mut flush = interval(FLUSH);
    flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = flush.tick() => writer.flush(clock.now())?,
            raw = heard.recv() => match raw {
                Some(Raw::Bytes(at, bytes)) => writer.read(at, &bytes)?,
                Some(Raw::Connect(at)) => writer.mark(at, Mark::Connect),
                Some(Raw::Eof(at)) => writer.mark(at, Mark::Eof),
                Some(Raw::Refused(at)) => writer.mark(at, Mark::Refused),
                None => break,
            },
        }
    }
    let taken = writer.taken();
    writer.finish()?;
    Ok(taken)
}

async fn journal(mut file: File, mut inputs: mpsc::Receiver<Input>, site: Label) -> io::Result<u64> {
    use std::io::Write as _;
    let mut frames = FrameWriter::default();
    let (mut line, mut out) = (Vec::new(), Vec::new());
    let (mut count, mut flushes) = (0u64, 0u32);
    let mut flush = interval(FLUSH);
    flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let input = tokio::select! {
            biased;
            _ = flush.tick() => None,
            input = inputs.recv() => match input {
                Some(input) => Some(input),
                None => break,
            },
        };
        if let Some(Input::Batch(batch)) = input {
            line.clear();
            for envelope in &batch {
                encode(envelope, site.as_str(), &mut line);
                count = count.saturating_add(1);
            }
            frames.write(&line)?;
        } else {
            flushes += 1;
            if flushes.is_multiple_of(FRAME) {
                frames.finish(&mut out)?;
            } else {
                frames.flush(&mut out)?;
            }
            file.write_all(&out)?;
            out.clear();
        }
    }
    frames.finish(&mut out)?;
    file.write_all(&out)?;
    Ok(count)
}
