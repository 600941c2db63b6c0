//! `floorwatch replay`: a recording on the console, or its figures as JSON.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Context, ExitCode, Failure, Out, Outcome, backtest, screen, start};
use crate::app::App;
use crate::config::{Settings, time_zone};
use crate::engine::Books;
use crate::model::Time;
use crate::report::backtest::Recorded;
use crate::report::{self, Object, Plan, Spans, json};
use crate::source::recording::{self, Opened, Options};
use crate::wire::capture;

/// Arguments of `replay`.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// Recordings, in order; .gz and .zst are read as they are
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Form of the files [default: told apart by their content]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Times real time, or max [default: 1 on the console, max with --json]
    #[arg(long, value_name = "N|max")]
    pub speed: Option<Speed>,
    /// From this instant on: RFC 3339, or local time in the zone of --tz
    #[arg(long, value_name = "T")]
    pub from: Option<When>,
    /// Up to this instant, not included
    #[arg(long, value_name = "T")]
    pub to: Option<When>,
    /// With --json: figures of each day or interval
    #[arg(long, value_enum)]
    pub every: Option<Every>,
    /// Zone of local times in the files and flags [default: the site's]
    #[arg(long, value_name = "Z", value_parser = zone)]
    pub tz: Option<TimeZone>,
    /// Earlier recordings the usual is learnt from
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub history: Vec<PathBuf>,
}

/// Form of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The product's own journal: one event an object
    Journal,
    /// A capture of Asterisk's manager interface
    Ami,
    /// A capture of an event socket (ESL)
    Esl,
    /// A table of calls, one a row
    CallsCsv,
    /// Asterisk's queue log
    QueueLog,
}

impl Format {
    pub(super) const fn form(self) -> capture::Format {
        match self {
            Self::Journal => capture::Format::Journal,
            Self::Ami => capture::Format::Ami,
            Self::Esl => capture::Format::Esl,
            Self::CallsCsv => capture::Format::CallsCsv,
            Self::QueueLog => capture::Format::QueueLog,
        }
    }
}

/// `--every`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Every {
    /// The business day
    Day,
    /// The interval that is configured (30 min)
    Interval,
}

impl Every {
    pub(super) const fn spans(self) -> report::Every {
        match self {
            Self::Day => report::Every::Day,
            Self::Interval => report::Every::Interval,
        }
    }
}

/// `--speed`
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Times real time; more than 0.
    Times(f64),
    /// As fast as it can.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number = text.strip_suffix(['x', '×']).unwrap_or(text).parse::<f64>();
        match number {
            Ok(n) if n > 0.0 && n <= 100_000.0 => Ok(Self::Times(n)),
            _ => Err("write a number above 0 and up to 100000, or max".to_owned()),
        }
    }
}

/// An instant as written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// With an offset: the same everywhere.
    Instant(Time),
    /// Local time; its zone is known later.
    Local(DateTime),
}

impl When {
    /// The instant, local times read in `zone`: of a doubled hour the first, a skipped one moved forward. `None` beyond
    /// the years that can be written.
    #[must_use]
    pub fn at(self, zone: &TimeZone) -> Option<Time> {
        match self {
            Self::Instant(time) => Some(time),
            Self::Local(local) => zone.to_timestamp(local).ok().map(Time::from_jiff),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = Time::parse(text) {
            return Ok(Self::Instant(time));
        }
        text.parse::<DateTime>()
            .map(Self::Local)
            .map_err(|_why| "write a time like 2026-05-23T19:02:11+08:00, 2026-05-23T19:02 or 2026-05-23".to_owned())
    }
}

pub(super) fn zone(name: &str) -> Result<TimeZone, String> {
    time_zone(name).map_err(|unknown| format!("{unknown}; {}", unknown.remedy()))
}

/// Runs it.
///
/// # Errors
/// A file cannot be read, nothing in it could be used, or the configuration is wrong.
pub fn run(args: &ReplayArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let mut settings = context.settings(&request, out)?;
    if let Some(zone) = &args.tz {
        settings.site.time_zone = zone.clone();
    }
    if args.every.is_some() && !context.global.json {
        return Err(Failure::new(ExitCode::Usage, anyhow::anyhow!("--every gives a list of figures: add --json")));
    }
    let plan = plan(args.every, args.from, args.to, &settings)?;
    let opened = open(&args.files, args.format, &settings, out)?;
    let settings = Arc::new(settings);
    let history = backtest::read(&args.history, None, &settings, out)?;
    if context.global.json {
        let speed = match args.speed {
            Some(Speed::Times(n)) => Some(n),
            Some(Speed::Max) | None => None,
        };
        let times = opened.without_times.is_empty();
        let spans = Spans::new(books(&settings, &args.history, &history), plan, times);
        return to_json(opened, speed, spans, plan.every.is_some(), out);
    }
    let speed = match args.speed {
        Some(Speed::Times(n)) => Some(n),
        Some(Speed::Max) => None,
        None => Some(1.0),
    };
    start::log(context, out)?;
    let lang = screen::lang(context, &settings);
    start::runtime()?.block_on(async {
        let app = App::replay_learnt(&settings, opened.batches, speed, |usual| history.teach(usual));
        screen::show(app, &settings, lang, context, screen::Face::Console).await
    })
}

/// Opens recordings, and says which of them carry no times.
pub(super) fn open(
    files: &[PathBuf],
    format: Option<Format>,
    settings: &Settings,
    out: &mut Out,
) -> Result<Opened, Failure> {
    let options = Options {
        format: format.map(Format::form),
        zone: settings.site.time_zone.clone(),
        hasher: start::passing_hasher(),
    };
    let opened = recording::open(files, &options, settings).map_err(|why| Failure::new(ExitCode::Failed, why))?;
    for file in &opened.without_times {
        out.note(&format!("{file}: carries no times and has no index beside it; figures of time are not known"))?;
    }
    Ok(opened)
}

/// The spans that are asked for, local times read in the site's zone.
pub(super) fn plan(
    every: Option<Every>,
    from: Option<When>,
    to: Option<When>,
    settings: &Settings,
) -> Result<Plan, Failure> {
    let wrong = |why: &str| Failure::new(ExitCode::Usage, anyhow::anyhow!("{why}"));
    let at = |when: Option<When>| match when {
        None => Ok(None),
        Some(when) => match when.at(&settings.site.time_zone) {
            Some(at) => Ok(Some(at)),
            None => Err(wrong("--from and --to: a year that cannot be written")),
        },
    };
    let plan = Plan { every: every.map(Every::spans), from: at(from)?, to: at(to)? };
    match (plan.from, plan.to) {
        (Some(from), Some(to)) if from >= to => Err(wrong("--to is not after --from")),
        _ => Ok(plan),
    }
}

/// Reads a recording through; what is final is given to `done` as it comes.
pub(super) fn read(
    opened: Opened,
    speed: Option<f64>,
    spans: &mut Spans,
    mut done: impl FnMut(&Object) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let began = std::time::Instant::now();
    let mut first = None;
    'reading: for batch in opened.batches {
        if let Some(speed) = speed
            && let Some(at) = batch.first().map(|e| e.received_at)
        {
            let due = Duration::from(at - *first.get_or_insert(at)).div_f64(speed);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
        for envelope in &batch {
            if !spans.apply(envelope) {
                break 'reading;
            }
        }
        while let Some(object) = spans.next_done() {
            done(&object)?;
        }
    }
    spans.finish();
    if spans.books().span().is_none() {
        let met = json::anomalies(spans.books());
        return Err(Failure::new(ExitCode::Failed, anyhow::anyhow!("nothing in the recording could be used: {met}")));
    }
    while let Some(object) = spans.next_done() {
        done(&object)?;
    }
    Ok(())
}

/// Books of a recording, its usual learnt from earlier ones where they are named.
pub(super) fn books(settings: &Arc<Settings>, files: &[PathBuf], history: &Recorded) -> Books {
    let mut books = Books::new(settings.clone(), true);
    if !files.is_empty() {
        books.learn(|usual| history.teach(usual));
    }
    books
}

/// Reads all, then prints the figures of the whole; or, of each day or interval, as they become final.
fn to_json(opened: Opened, speed: Option<f64>, mut spans: Spans, listed: bool, out: &mut Out) -> Outcome {
    if !listed {
        read(opened, speed, &mut spans, |object| out.json(object))?;
        return Ok(ExitCode::Fine);
    }
    let mut before = "[";
    read(opened, speed, &mut spans, |object| {
        out.writer().write_all(before.as_bytes())?;
        before = ",";
        out.json(object)
    })?;
    // A recording that could be used has a span at least.
    out.line(if before == "[" { "[]" } else { "]" })?;
    Ok(ExitCode::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read() {
        for (text, want) in
            [("60", Some(Speed::Times(60.0))), ("0.5x", Some(Speed::Times(0.5))), ("max", Some(Speed::Max))]
        {
            assert_eq!(text.parse::<Speed>().ok(), want, "{text}");
        }
        for text in ["0", "-1", "inf", "nan", "fast", ""] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }

    #[test]
    fn instants_are_read_with_and_without_an_offset() {
        let shanghai = time_zone("Asia/Shanghai").unwrap_or(TimeZone::UTC);
        let berlin = time_zone("Europe/Berlin").unwrap_or(TimeZone::UTC);
        for (text, zone, want) in [
            ("2026-05-23T19:02:11+08:00", &berlin, "2026-05-23T11:02:11Z"),
            ("2026-05-23T19:02", &shanghai, "2026-05-23T11:02:00Z"),
            ("2026-05-23 19:02:11.5", &shanghai, "2026-05-23T11:02:11.5Z"),
            ("2026-05-23", &shanghai, "2026-05-22T16:00:00Z"),
            // A skipped hour is moved forward, of a doubled one the first is meant.
            ("2026-03-29T02:30", &berlin, "2026-03-29T01:30:00Z"),
            ("2026-10-25T02:30", &berlin, "2026-10-25T00:30:00Z"),
        ] {
            let at = text.parse::<When>().ok().and_then(|when| when.at(zone));
            assert_eq!(at, Time::parse(want).ok(), "{text}");
        }
        assert!("yesterday".parse::<When>().is_err());
    }
}
