//! `floorwatch person …`: what journals hold of a person, and taking it out: on request, or by age.
//!
//! Works on journals (JSON lines), also .gz and .zst. A journal that is being written belongs to the process that writes
//! it: run this on closed segments.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Context, ExitCode, Failure, Out, Outcome, start};
use crate::clock::Clock;
use crate::config::Settings;
use crate::model::{CallerHasher, Span, Time};
use crate::snapshot::privacy::pseudonym;
use crate::tui::AccessLog;
use crate::wire::capture;

/// Arguments of `person`.
#[derive(Clone, Debug, Args)]
pub struct PersonArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What to do with a person's data.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// Print every event about a person, one JSON object a line
    Export(Of),
    /// Take a person out of journals: id and name become a made-up name, desk and team go
    Erase(Of),
    /// Take everybody out of what is older than the days of the configuration
    Prune {
        /// Journals; rewritten in place
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Of whom, and where.
#[derive(Clone, Debug, Args)]
pub struct Of {
    /// An agent's id as its feed names it, or a caller's key (16 hexadecimal digits)
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// Journals
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Fields that hold an agent, and those that say more of one.
const AGENT: [&str; 2] = ["agent", "whom"];
const MORE: [&str; 4] = ["name", "team", "desk", "approved_by"];
/// Fields that hold a caller.
const CALLER: [&str; 2] = ["caller_key", "number_key"];
const MASKED: [&str; 4] = ["caller_masked", "number_masked", "caller", "number"];
/// A line longer than this is no event of ours.
const LONGEST: u64 = 1 << 20;

/// Runs it.
///
/// # Errors
/// A file cannot be read or written, or is no journal; or the configuration is wrong.
pub fn run(args: &PersonArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let settings = context.settings(&request, out)?;
    let hasher = start::hasher(context)?;
    let now = Clock::live().now();
    let who = context.env.var("USER").or_else(|| context.env.var("LOGNAME")).unwrap_or("console");
    let log = AccessLog::new(settings.privacy.access_log.clone(), who, settings.privacy.mode);
    match &args.what {
        What::Export(of) => {
            log.note(&format!("export {}", of.person), now);
            of.files.iter().try_for_each(|file| export(file, &of.person, out))?;
        }
        What::Erase(of) => {
            log.note(&format!("erase {}", of.person), now);
            let hide = |event: &mut Value| about(event, &of.person) && erase(event, Some(&of.person), &hasher);
            of.files.iter().try_for_each(|file| rewrite(file, hide, out))?;
        }
        What::Prune { files } => {
            log.note("prune", now);
            let before = oldest(&settings, now);
            let hide = |event: &mut Value| time(event).is_some_and(|at| at < before) && erase(event, None, &hasher);
            files.iter().try_for_each(|file| rewrite(file, hide, out))?;
        }
    }
    Ok(ExitCode::Fine)
}

/// What is older is kept no longer.
fn oldest(settings: &Settings, now: Time) -> Time {
    now - Span::from_secs(i64::from(settings.privacy.retention_days) * 86_400)
}

fn time(event: &Value) -> Option<Time> {
    let text = |key: &str| event.get(key).and_then(Value::as_str);
    Time::parse(text("received_at").or_else(|| text("ts"))?).ok()
}

fn is(event: &Value, key: &str, person: &str) -> bool {
    event.get(key).and_then(Value::as_str) == Some(person)
}

fn about(event: &Value, person: &str) -> bool {
    AGENT.iter().chain(&CALLER).chain(&["by"]).any(|key| is(event, key, person))
}

/// Takes one person, or everybody, out of an event; whether anything was there.
fn erase(event: &mut Value, person: Option<&str>, hasher: &CallerHasher) -> bool {
    let wanted = |event: &Value, key: &str| {
        let found = event.get(key).and_then(Value::as_str).map(str::to_owned);
        found.filter(|f| person.is_none_or(|p| p == f))
    };
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut changed = false;
    for key in AGENT.iter().copied().chain(["by"]) {
        // Who ended a call is a word, not a person; whom a command is about may be a rule or a team.
        let word = match key {
            "by" => !kind.starts_with("command."),
            "whom" => ["silence", "unsilence", "rest_quota"].iter().any(|act| is(event, "act", act)),
            _ => false,
        };
        let Some(found) = wanted(event, key).filter(|_| !word) else { continue };
        if found.starts_with("P-") {
            continue;
        }
        let made = pseudonym(hasher, &found);
        let Some(object) = event.as_object_mut() else { return false };
        object.insert(key.to_owned(), made.as_str().into());
        if key == "agent" {
            for more in MORE {
                object.remove(more);
            }
        }
        changed = true;
    }
    for (key, masked) in CALLER.iter().zip([&["caller_masked", "caller"], &["number_masked", "number"]]) {
        if wanted(event, key).is_some()
            && let Some(object) = event.as_object_mut()
        {
            object.remove(*key);
            for field in masked {
                object.remove(*field);
            }
            changed = true;
        }
    }
    if person.is_none()
        && let Some(object) = event.as_object_mut()
    {
        for field in MASKED {
            changed |= object.remove(field).is_some();
        }
    }
    changed
}

fn failed(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(ExitCode::Failed, anyhow::anyhow!("{}: {why}", path.display()))
}

/// Gives every line that is an event, and those that are none as they stand.
fn lines(path: &Path, mut each: impl FnMut(&[u8], Option<Value>) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut reader = BufReader::new(capture::open(path).map_err(|why| failed(path, why))?);
    let (mut line, mut events, mut others) = (Vec::new(), 0u64, 0u64);
    loop {
        line.clear();
        let read = std::io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line);
        if read.map_err(|why| failed(path, why))? == 0 {
            break;
        }
        let event: Option<Value> = serde_json::from_slice(&line).ok().filter(|v: &Value| v.get("type").is_some());
        if event.is_some() {
            events += 1;
        } else if !line.trim_ascii().is_empty() {
            others += 1;
        }
        each(&line, event)?;
    }
    if events == 0 && others > 0 {
        return Err(failed(path, "is no journal: captures of a switch cannot be searched for people"));
    }
    Ok(())
}

fn export(path: &Path, person: &str, out: &mut Out) -> Result<(), Failure> {
    lines(path, |_, event| match event {
        Some(event) if about(&event, person) => out.json(&event),
        _ => Ok(()),
    })
}

/// Rewrites a journal beside it and puts that in its place; one in which nothing changes is left alone.
fn rewrite(path: &Path, hide: impl Fn(&mut Value) -> bool, out: &mut Out) -> Result<(), Failure> {
    let mut text = path.as_os_str().to_owned();
    text.push(".erasing");
    let beside = PathBuf::from(text);
    let file = File::create(&beside).map_err(|why| failed(&beside, why))?;
    let mut to = Packed::new(path, file).map_err(|why| failed(&beside, why))?;
    let mut changed = 0u64;
    let done = lines(path, |line, event| {
        let mut event = event;
        let hidden = event.as_mut().is_some_and(&hide);
        changed += u64::from(hidden);
        let written = match event.filter(|_| hidden) {
            Some(event) => writeln!(to, "{event}"),
            None => to.write_all(line),
        };
        written.map_err(|why| failed(&beside, why))
    });
    let done = done.and_then(|()| to.finish().map_err(|why| failed(&beside, why)));
    let put = done.and_then(|()| {
        if changed == 0 { Ok(()) } else { std::fs::rename(&beside, path).map_err(|why| failed(path, why)) }
    });
    if put.is_err() || changed == 0 {
        // Nothing half-written stays beside the journal.
        drop(std::fs::remove_file(&beside));
    }
    put?;
    out.line(&format!("{}: {changed} events changed", path.display()))
}

/// A journal being written, packed as its name says.
enum Packed {
    Plain(BufWriter<File>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
}

impl Packed {
    fn new(path: &Path, file: File) -> std::io::Result<Self> {
        let file = BufWriter::new(file);
        Ok(match path.extension().and_then(|e| e.to_str()) {
            Some("zst") => Self::Zstd(zstd::Encoder::new(file, 0)?),
            Some("gz") => Self::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default())),
            _ => Self::Plain(file),
        })
    }

    fn finish(self) -> std::io::Result<()> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Zstd(encoder) => encoder.finish()?,
            Self::Gzip(encoder) => encoder.finish()?,
        };
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Zstd(encoder) => encoder.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}
