//! `floorwatch backtest`: what the rules would have raised in the past.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;

use super::replay::{self, Format, When};
use super::{Context, ExitCode, Failure, Out, Outcome, screen};
use crate::config::{Override, Settings};
use crate::locale::Texts;
use crate::model::Span;
use crate::report::backtest::{self, Backtest, Injection, Recorded};

/// Arguments of `backtest`.
#[derive(Clone, Debug, Args)]
pub struct BacktestArgs {
    /// Earlier recordings the usual is learnt from
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub history: Vec<PathBuf>,
    /// Recordings the rules are tried on
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub over: Vec<PathBuf>,
    /// Form of the files [default: told apart by their content]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Zone of local times in the files and flags [default: the site's]
    #[arg(long, value_name = "Z", value_parser = replay::zone)]
    pub tz: Option<TimeZone>,
    /// A setting to try, as in the file: alert.surge.ratio=1.8
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub set: Vec<Override>,
    /// Additional calls to try: so many times the usual from a time on, for 45m, 1h or 600s
    #[arg(long, value_name = "FACTOR@TIME+DURATION")]
    pub inject: Vec<Wave>,
    /// Write a page with curves, episodes and rule sets side by side
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Draws the additional calls: the same number, the same calls
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

fn setting(text: &str) -> Result<Override, String> {
    Override::set("--set", text).ok_or_else(|| "write KEY=VALUE, like alert.surge.ratio=1.8".to_owned())
}

/// `--inject`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave {
    factor: f64,
    from: When,
    span: Span,
}

/// The longest wave: a week.
const LONGEST: Span = Span::from_secs(7 * 86_400);

impl FromStr for Wave {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "write FACTOR@TIME+DURATION, like 3@1999-05-23T10:00+60m";
        let (factor, rest) = text.split_once('@').ok_or(form)?;
        // The time may carry an offset of its own: the duration is what follows the last plus.
        let (from, span) = rest.rsplit_once('+').ok_or(form)?;
        let factor = factor.trim().trim_end_matches(['x', '×']).parse::<f64>().ok();
        let factor =
            factor.filter(|f| *f > 1.0 && *f <= 100.0).ok_or("the factor is a number above 1 and up to 100")?;
        let from = from.trim().parse::<When>()?;
        let span = duration(span.trim()).ok_or("the duration is like 45m, 1h or 600s, up to 7d")?;
        Ok(Self { factor, from, span })
    }
}

fn duration(text: &str) -> Option<Span> {
    let secs = if let Ok(secs) = text.parse::<f64>() {
        secs
    } else {
        let span: jiff::Span = text.parse().ok()?;
        span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).ok()?
    };
    Some(Span::from_secs_f64(secs)).filter(|s| *s > Span::ZERO && *s <= LONGEST)
}

/// Runs it.
///
/// # Errors
/// A file cannot be read, nothing in it could be used, or the configuration is wrong.
pub fn run(args: &BacktestArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    request.overrides.extend(args.set.iter().cloned());
    let mut settings = context.settings(&request, out)?;
    if let Some(zone) = &args.tz {
        settings.site.time_zone = zone.clone();
    }
    let settings = Arc::new(settings);
    let zone = &settings.site.time_zone;
    let mut waves = Vec::with_capacity(args.inject.len());
    for wave in &args.inject {
        let from = wave.from.at(zone).ok_or_else(|| wrong("--inject: a year that cannot be written"))?;
        waves.push(Injection { factor: wave.factor, from, to: from + wave.span });
    }
    let history = read(&args.history, args.format, &settings, out)?;
    let over = read(&args.over, args.format, &settings, out)?;
    let Some((first, last)) = over.span() else {
        let why = anyhow::anyhow!("--over: no call in these files could be used");
        return Err(Failure::new(ExitCode::Failed, why));
    };
    if let Some(wave) = waves.iter().find(|w| w.to <= first || w.from > last) {
        let at = wave.from.to_jiff().to_zoned(zone.clone());
        return Err(wrong(&format!("--inject: {at} lies outside the files of --over")));
    }
    let backtest = Backtest::run(history, &over, &settings, &waves, args.seed);
    let texts = Texts::get(screen::lang(context, &settings));
    if let Some(path) = &args.html {
        let page = backtest::page(&backtest, settings.site.name.as_str(), zone, texts);
        std::fs::write(path, page).map_err(|why| {
            Failure::new(ExitCode::Failed, anyhow::anyhow!("--html: {} cannot be written: {why}", path.display()))
        })?;
    }
    if context.global.json {
        out.json(&backtest::object(&backtest, zone, texts))?;
    } else {
        table(&backtest, &settings, texts, out)?;
    }
    Ok(ExitCode::Fine)
}

fn wrong(why: &str) -> Failure {
    Failure::new(ExitCode::Usage, anyhow::anyhow!("{why}"))
}

pub(super) fn read(
    files: &[PathBuf],
    format: Option<Format>,
    settings: &Arc<Settings>,
    out: &mut Out,
) -> Result<Recorded, Failure> {
    let mut recorded = Recorded::default();
    if !files.is_empty() {
        let opened = replay::open(files, format, settings, out)?;
        recorded.read(opened.batches, settings);
        recorded.settle();
    }
    Ok(recorded)
}

/// The episodes a line each, then how many there were.
fn table(backtest: &Backtest, settings: &Settings, texts: &Texts, out: &mut Out) -> Result<(), Failure> {
    let zone = &settings.site.time_zone;
    for e in &backtest.episodes {
        let scope = backtest.recorded.streams.get(e.scope).map(|s| backtest::place_word(&s.scope)).unwrap_or_default();
        let at = e.raised_at.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
        let level = texts.under("level", e.level.word());
        let kind = texts.under("alert", e.kind.word());
        let why = backtest::whole_text(e, texts);
        out.line(&format!("{at}  {level}  {kind}  {scope}  {why}"))?;
    }
    let days = backtest.days.len().to_string();
    let episodes = backtest.episodes.len().to_string();
    out.line(&texts.fill("backtest.summary", &[("days", &days), ("episodes", &episodes)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_read() {
        for (text, want) in [
            ("3@1999-05-23T10:00+60m", Some((3.0, 3600))),
            ("2.5x@1999-05-23T10:00:30+03:00+1h", Some((2.5, 3600))),
            ("5@1999-05-23T10:00Z+600", Some((5.0, 600))),
            ("2@1999-05-23 10:00+1h30m", Some((2.0, 5400))),
            ("2@1999-05-23T10:00+PT45M", Some((2.0, 2700))),
            ("1@1999-05-23T10:00+1h", None),
            ("3@noon+1h", None),
            ("3@1999-05-23T10:00", None),
            ("3@1999-05-23T10:00+30d", None),
            ("3@1999-05-23T10:00+-1h", None),
            ("", None),
        ] {
            let read = text.parse::<Wave>().ok().map(|w| (w.factor, w.span.whole_secs()));
            assert_eq!(read, want, "{text}");
        }
    }
}
