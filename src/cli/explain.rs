//! `floorwatch explain`: what a figure is, and what it was made of.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;

use super::replay::{self, Format, When};
use super::{Context, ExitCode, Failure, Out, Outcome, backtest, screen};
use crate::config::{Exits, QueueRules, Settings};
use crate::engine::Books;
use crate::floor::{Queue, ScopeIx};
use crate::locale::Texts;
use crate::metrics::{FigureKey, Unit, Unknown, Value};
use crate::report::explain::{Explained, Outcome as Came, unit_word, unknown_word};
use crate::report::{Cell, Object, Spans};

/// Arguments of `explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The figure, by its key in JSON (`service_level`, `asa_s`, `occupancy`, …)
    #[arg(value_name = "FIGURE")]
    pub figure: String,
    /// Recordings to compute it from; none: the definition alone
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Of this queue: its id, or its name [default: of everything]
    #[arg(long, value_name = "Q")]
    pub queue: Option<String>,
    /// Form of the files [default: told apart by their content]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// From this instant on: RFC 3339, or local time in the zone of --tz
    #[arg(long, value_name = "T")]
    pub from: Option<When>,
    /// Up to this instant, not included
    #[arg(long, value_name = "T")]
    pub to: Option<When>,
    /// Zone of local times in the files and flags [default: the site's]
    #[arg(long, value_name = "Z", value_parser = replay::zone)]
    pub tz: Option<TimeZone>,
    /// Earlier recordings the usual is learnt from
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub history: Vec<PathBuf>,
}

/// How it is said.
#[derive(Clone, Copy)]
struct Say<'a> {
    texts: &'a Texts,
    json: bool,
}

/// Runs it.
///
/// # Errors
/// There is no such figure or queue, or a recording cannot be read.
pub fn run(args: &ExplainArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let mut settings = context.settings(&request, out)?;
    if let Some(zone) = &args.tz {
        settings.site.time_zone = zone.clone();
    }
    let key = figure(&args.figure)?;
    let texts = Texts::get(screen::lang(context, &settings));
    let settings = Arc::new(settings);
    if args.files.is_empty() {
        let rules = args.queue.as_deref().and_then(|queue| configured(&settings, queue));
        let explained = Explained::new(key, &settings, rules);
        if context.global.json {
            out.json(&explained.object())?;
        } else {
            definition(&explained, key, texts, out)?;
        }
        return Ok(ExitCode::Fine);
    }
    computed(args, key, &settings, Say { texts, json: context.global.json }, out)
}

/// The figure of a word, or what was probably meant.
fn figure(word: &str) -> Result<FigureKey, Failure> {
    let plain = word.trim().to_lowercase().replace('-', "_");
    let found = FigureKey::from_word(&plain).or_else(|| FigureKey::from_word(&format!("{plain}_s"))).or_else(|| {
        // Parts of a figure stand for it.
        Some(match plain.as_str() {
            "exited_by" => FigureKey::Exited,
            "refused_by" => FigureKey::Refused,
            "not_ready_by_reason" => FigureKey::NotReadyTime,
            _ => return None,
        })
    });
    found.ok_or_else(|| {
        let near = near(&plain);
        let hint = if near.is_empty() {
            let all: Vec<&str> = FigureKey::ALL.iter().map(|k| k.word()).collect();
            format!("figures: {}", all.join(", "))
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        let word = crate::model::clean(word, 64);
        Failure::new(ExitCode::Usage, anyhow::anyhow!("no figure is called '{word}'; {hint}"))
    })
}

/// Up to five figures whose word is like this one, the nearest first.
fn near(word: &str) -> Vec<&'static str> {
    let mut scored: Vec<(usize, &'static str)> = FigureKey::ALL
        .iter()
        .map(|key| key.word())
        .filter_map(|known| {
            let holds = word.chars().count() >= 3 && (known.contains(word) || word.contains(known));
            let apart = edits(word, known);
            let near = apart <= (known.len() / 3).max(1);
            (holds || near).then_some((if holds { apart.min(2) } else { apart }, known))
        })
        .collect();
    scored.sort_unstable();
    scored.into_iter().take(5).map(|(_, word)| word).collect()
}

/// Letters to insert, delete or replace to make one word of another.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().take(64).enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            row.push((at(&last, j) + usize::from(a != *b)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1));
        }
        last = row;
    }
    last.last().copied().unwrap_or(0)
}

/// The rules of a queue named in the configuration, by id or name.
fn configured<'a>(settings: &'a Settings, queue: &str) -> Option<&'a QueueRules> {
    let named = |name: &Option<crate::model::Label>| name.as_ref().is_some_and(|n| n.as_str() == queue);
    settings.queues.iter().find(|q| q.id.as_str() == queue || named(&q.name)).map(|q| &q.rules)
}

/// What a figure came to, and of what.
struct Computed<'a> {
    explained: &'a Explained<'a>,
    key: FigureKey,
    /// The queue; `None` is everything.
    name: Option<String>,
    came: Came,
    window: Object,
}

/// Reads the recordings and explains what the figure came to in them.
fn computed(args: &ExplainArgs, key: FigureKey, settings: &Arc<Settings>, say: Say<'_>, out: &mut Out) -> Outcome {
    let plan = replay::plan(None, args.from, args.to, settings)?;
    let opened = replay::open(&args.files, args.format, settings, out)?;
    let times = opened.without_times.is_empty();
    let history = backtest::read(&args.history, None, settings, out)?;
    let mut spans = Spans::new(replay::books(settings, &args.history, &history), plan, times);
    let mut window = Object::new();
    replay::read(opened, None, &mut spans, |object| {
        if let Some(Cell::Object(found)) = object.get("window") {
            window = found.clone();
        }
        Ok(())
    })?;
    let (scope, name, rules) = match &args.queue {
        None => (0, None, settings.queue_defaults.clone()),
        Some(queue) => found(spans.books(), queue)?,
    };
    let explained = Explained::new(key, settings, Some(&rules));
    let mut came = if name.is_none() && explained.of_people() {
        explained.of_agents(&spans.last_people())
    } else {
        let (tally, now, at) = spans.last_scope(scope).unwrap_or_default();
        explained.of_scope(&tally, &now, at)
    };
    let planned = spans.books().floor().scopes().get(scope as usize).map(|s| s.scope.clone());
    if let Some(value) = planned.and_then(|s| spans.plans().figure(scope, &s, key)) {
        came = Came { value, parts: None, n: None };
    }
    if !times && explained.needs_times() {
        came = Came { value: Value::Unknown(Unknown::NoTimes), parts: None, n: None };
    }
    Computed { explained: &explained, key, name, came, window }.tell(say, out)?;
    Ok(ExitCode::Fine)
}

/// A queue of a recording, by id, `feed/id` or name.
fn found(books: &Books, queue: &str) -> Result<(ScopeIx, Option<String>, QueueRules), Failure> {
    let all = books.floor().queues();
    let is = |q: &&Queue| q.id.as_str() == queue || q.name.as_str() == queue || format!("{}/{}", q.feed, q.id) == queue;
    let Some(q) = all.iter().find(is) else {
        let known: Vec<&str> = all.iter().map(|q| q.id.as_str()).take(20).collect();
        let queue = crate::model::clean(queue, 64);
        return Err(Failure::new(
            ExitCode::Usage,
            anyhow::anyhow!("no queue '{queue}' in the recording; there are: {}", known.join(", ")),
        ));
    };
    Ok((q.scope, Some(q.name.to_string()), q.rules.clone()))
}

impl Computed<'_> {
    fn tell(&self, say: Say<'_>, out: &mut Out) -> Result<(), Failure> {
        if say.json {
            let mut object = self.explained.object();
            let kind = if self.name.is_some() {
                "queue"
            } else if self.explained.of_people() {
                "people"
            } else {
                "all"
            };
            let mut scope = Object::new();
            scope.put("kind", kind).put("name", self.name.clone());
            object.put("scope", scope);
            object.put("window", self.window.clone());
            self.explained.outcome(&mut object, &self.came);
            return out.json(&object);
        }
        definition(self.explained, self.key, say.texts, out)?;
        let t = say.texts;
        let of = match &self.name {
            Some(name) => name.as_str(),
            None if self.explained.of_people() => t.t("explain.people"),
            None => t.t("explain.all"),
        };
        line(t.t("explain.scope"), of, out)?;
        let end = |key: &str| match self.window.get(key) {
            Some(Cell::Text(text)) => text.clone(),
            _ => "?".to_owned(),
        };
        let mut window = format!("{} – {}", end("from"), end("to"));
        if self.explained.of_an_instant() {
            window = format!("{window} ({})", t.t("explain.this_instant"));
        }
        line(t.t("explain.window"), &window, out)?;
        if let (Some(parts), Some((part, whole))) = (self.came.parts, self.explained.quotient(t)) {
            line(t.t("explain.numerator"), &format!("{}  {part}", plain(parts.part)), out)?;
            line(t.t("explain.denominator"), &format!("{}  {whole}", plain(parts.whole)), out)?;
        }
        if let Some(n) = self.came.n {
            let few = self.explained.min_sample().filter(|least| n < *least);
            let few = few.map(|least| format!("  ({})", t.fill("explain.few", &[("n", &least.to_string())])));
            line(t.t("explain.n"), &format!("{n}{}", few.unwrap_or_default()), out)?;
        }
        line(t.t("explain.value"), &self.value(t), out)?;
        if let Some((low, high)) = self.explained.interval(&self.came) {
            let text = format!("{:.2} – {:.2} %  ({})", low * 100.0, high * 100.0, t.t("explain.correlated"));
            line(t.t("explain.interval"), &text, out)?;
        }
        Ok(())
    }

    fn value(&self, t: &Texts) -> String {
        match self.came.value {
            Value::Known(n) => match self.key.unit() {
                Unit::Share => format!("{:.2} %", n * 100.0),
                Unit::Seconds => format!("{} s", plain(n)),
                Unit::Times => format!("{n:.2}×"),
                Unit::Count | Unit::Number => plain(n),
            },
            Value::NoDenominator => t.t("explain.none").to_owned(),
            Value::Unknown(why) => {
                let why = format!("unknown.{}", unknown_word(why));
                t.fill("explain.unknown", &[("why", t.t(&why))])
            }
        }
    }
}

/// What the figure is, in one language.
fn definition(explained: &Explained<'_>, key: FigureKey, t: &Texts, out: &mut Out) -> Result<(), Failure> {
    out.line(&format!("{} — {}", key.word(), explained.label(t)))?;
    out.line(&explained.definition(t))?;
    if let Some((part, whole)) = explained.quotient(t) {
        line(t.t("explain.formula"), &format!("({part}) ÷ ({whole})"), out)?;
    }
    if let Some(variant) = explained.variant() {
        line(t.t("explain.variant"), variant, out)?;
    }
    if let Some((within, exits)) = explained.within() {
        line("", &t.fill("explain.within", &[("t", &within.to_string())]), out)?;
        if let Some(exits) = exits {
            let key = match exits {
                Exits::Count => "explain.exits_count",
                Exits::Ignore => "explain.exits_ignore",
            };
            line("", t.t(key), out)?;
        }
    }
    let unit = format!("explain.units.{}", unit_word(key.unit()));
    line(t.t("explain.unit"), t.t(&unit), out)?;
    line(t.t("explain.source"), &explained.source(t), out)
}

/// A line of the explanation: what it is, aligned, and the text.
fn line(name: &str, text: &str, out: &mut Out) -> Result<(), Failure> {
    let wide = unicode_width::UnicodeWidthStr::width(name);
    out.line(&format!("  {name}{}{text}", " ".repeat(14usize.saturating_sub(wide).max(1))))
}

/// A number as short as it is exact to a thousandth.
fn plain(n: f64) -> String {
    let text = format!("{n:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
