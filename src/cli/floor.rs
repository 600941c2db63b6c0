//! `floorwatch floor FILE…`: what the floor's rules say at the end of a recording, and which alerts were raised on the way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::replay::{Format, When, open, zone};
use super::{Context, ExitCode, Failure, Out, Outcome};
use crate::app::floor_files;
use crate::engine::Core;
use crate::model::{Span, Time};
use crate::report::floor as report;
use crate::roster::FloorView;
use crate::snapshot::{Mode, Snapshot};

/// Arguments of `floor`.
#[derive(Clone, Debug, Args)]
pub struct FloorArgs {
    /// Recordings, in order; .gz and .zst are read as they are
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Form of the files [default: told apart by their content]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The shift plan [default: the one of the configuration]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// As of this instant [default: the end]
    #[arg(long, value_name = "T")]
    pub at: Option<When>,
    /// Zone of local times in the files and flags [default: the site's]
    #[arg(long, value_name = "Z", value_parser = zone)]
    pub tz: Option<TimeZone>,
}

/// Runs it.
///
/// # Errors
/// A file cannot be read, nothing in it could be used, or configuration or plan are wrong.
pub fn run(args: &FloorArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let mut settings = context.settings(&request, out)?;
    if let Some(zone) = &args.tz {
        settings.site.time_zone = zone.clone();
    }
    if let Some(plan) = &args.plan {
        settings.shift_plan.file = Some(context.env.dir().join(plan));
    }
    let until = match args.at.map(|at| at.at(&settings.site.time_zone)) {
        None => None,
        Some(Some(at)) => Some(at),
        Some(None) => {
            return Err(Failure::new(ExitCode::Usage, anyhow::anyhow!("--at: a year that cannot be written")));
        }
    };
    let plan = floor_files::plan(&settings)?;
    let opened = open(&args.files, args.format, &settings, out)?;
    let settings = Arc::new(settings);
    let mut core = Core::new(&settings, Mode::Replay { speed: None, paused: false, ended: false }, false);
    if let Some((plan, warnings)) = plan {
        for warning in &warnings {
            out.note(&warning.to_string())?;
        }
        core.set_plan(Arc::new(plan));
    }
    let mut watch = Episodes::default();
    'reading: for batch in opened.batches {
        for envelope in &batch {
            if let Some(at) = core.books_mut().floor().time_of(envelope) {
                if until.is_some_and(|until| at > until) {
                    break 'reading;
                }
                watch.pass(&mut core, at);
            }
            core.apply(envelope);
        }
    }
    if let Some(until) = until {
        watch.pass(&mut core, until);
        core.tick(until);
    }
    let snapshot = core.publish();
    watch.look(&snapshot);
    if core.books_mut().span().is_none() {
        return Err(Failure::new(ExitCode::Failed, anyhow::anyhow!("nothing in the recording could be used")));
    }
    if context.global.json {
        let mut value = report::floor(&snapshot.floor, &snapshot.alert_rules, snapshot.at);
        if let Some(object) = value.as_object_mut() {
            object.insert("episodes".to_owned(), watch.json());
        }
        out.json(&value)?;
        return Ok(ExitCode::Fine);
    }
    tell(&snapshot, &watch, out)?;
    Ok(ExitCode::Fine)
}

/// Alerts as they came and went, each second of event time.
#[derive(Debug, Default)]
struct Episodes {
    second: Option<i64>,
    open: BTreeMap<(String, String), usize>,
    list: Vec<(String, String, Time, Option<Time>)>,
}

/// A silence longer than this shows nothing new.
const LONGEST_SILENCE: i64 = 86_400;

impl Episodes {
    /// Lets each second up to `at` pass by itself, so that no alert comes and goes unseen.
    fn pass(&mut self, core: &mut Core, at: Time) {
        let last = at.second();
        let first = self.second.map_or(last, |s| (s + 1).max(last - LONGEST_SILENCE));
        for second in first..=last {
            core.tick(Time::from_secs(second));
            if core.take_edge() {
                self.look(&core.publish());
            }
        }
        self.second = Some(self.second.map_or(last, |s| s.max(last)));
    }

    fn look(&mut self, snapshot: &Snapshot) {
        let mut stands = BTreeMap::new();
        for alert in &snapshot.alerts {
            stands.insert((alert.kind.word().to_owned(), alert.name.to_string()), alert.since);
        }
        for (key, since) in &stands {
            if !self.open.contains_key(key) {
                self.open.insert(key.clone(), self.list.len());
                self.list.push((key.0.clone(), key.1.clone(), *since, None));
            }
        }
        let list = &mut self.list;
        self.open.retain(|key, place| {
            let stays = stands.contains_key(key);
            if !stays && let Some(episode) = list.get_mut(*place) {
                episode.3 = Some(snapshot.at);
            }
            stays
        });
    }

    fn json(&self) -> Value {
        let row = |(kind, name, raised, cleared): &(String, String, Time, Option<Time>)| json!({"kind": kind, "name": name, "raised_at": raised.rfc3339(), "cleared_at": cleared.map(Time::rfc3339)});
        self.list.iter().map(row).collect()
    }
}

/// The same for people, in the words of the configuration.
fn tell(snapshot: &Snapshot, episodes: &Episodes, out: &mut Out) -> Result<(), Failure> {
    let floor: &FloorView = &snapshot.floor;
    let clock = |at: Time| at.to_jiff().to_zoned(snapshot.zone.clone()).strftime("%F %T").to_string();
    let hours = |span: Span| format!("{:.1} h", span.secs() / 3600.0);
    out.line(&format!("as of      {}", clock(snapshot.at)))?;
    if floor.planned {
        let p = &floor.all;
        out.line(&format!(
            "people     expected {}, present {}, out {}, due {}, absent {}, late {}, unknown {}",
            p.expected, p.present, p.away, p.due, p.absent, p.late, p.unknown
        ))?;
    }
    for row in &floor.marks {
        for mark in &row.marks {
            let value = if mark.rule.is_share() { mark.value * 100.0 } else { mark.value };
            let note = mark.corrected.as_ref().map_or_else(String::new, |c| format!("  corrected: {}", c.note));
            out.line(&format!("mark       {}  {} {value:.0}{note}", row.name, mark.rule.word()))?;
        }
    }
    for r in &floor.rests {
        out.line(&format!("rests      {}  {} of {}, {} wait", r.team, r.resting, r.quota, r.waiting.len()))?;
    }
    for c in &floor.call_in {
        let over = if c.marked() { "  over hours: needs a reason" } else { "" };
        out.line(&format!(
            "call in    {}  {}, {:.0} min, overtime {} today, {} this month{over}",
            c.name,
            c.place.word(),
            c.arrives.secs() / 60.0,
            hours(c.overtime_today),
            hours(c.overtime_month)
        ))?;
    }
    let t = &floor.lost_totals;
    out.line(&format!(
        "lost       {} callers, {} answered since, {} done, {} unserved",
        t.callers, t.served, t.done, t.unserved
    ))?;
    for l in &floor.lost {
        out.line(&format!("  {}  {}  {}  {} times  {}", clock(l.last), l.masked, l.queue, l.times, l.state.word()))?;
    }
    for (kind, name, raised, cleared) in &episodes.list {
        let end = cleared.map_or_else(|| "stands".to_owned(), clock);
        out.line(&format!("alert      {kind}  {name}  {} – {end}", clock(*raised)))?;
    }
    Ok(())
}
