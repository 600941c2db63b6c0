//! One scope through the days: its usual as learnt up to each day, its detector, and the episodes it gave.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::recorded::Came;
use crate::alert::surge::{Detector, Standing};
use crate::alert::{AlertKind, Level, SurgeWhy};
use crate::config::{SurgeRules, UsualProfile};
use crate::metrics::Scope;
use crate::model::{Span, Time};
use crate::usual::{Calendar, DayCurve, History, Usual};

/// A caller who joined this long ago or less and joins again redials (KPI.md).
const REDIAL: Span = Span::from_secs(1800);

/// Something that stood in one scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Where, by place in [`super::Backtest::scopes`].
    pub scope: usize,
    /// About what.
    pub kind: AlertKind,
    /// The highest step it reached.
    pub level: Level,
    /// When it stood on the board at that step.
    pub raised_at: Time,
    /// When it was first watched, where it was before it became an alarm.
    pub watch_at: Option<Time>,
    /// When it stood no more; `None` where it stood to the end.
    pub cleared_at: Option<Time>,
    /// What was counted when it was raised.
    pub why: SurgeWhy,
    /// The highest ratio while it stood.
    pub peak: f64,
}

/// What all scopes have in common.
#[derive(Clone, Debug)]
pub(super) struct Setting<'a> {
    pub rules: &'a SurgeRules,
    pub profile: &'a UsualProfile,
    pub zone: &'a TimeZone,
    pub calendar: &'a Calendar,
    /// Days of a kind before they speak.
    pub need: u32,
    /// Dates on which anything came at all.
    pub seen: &'a [Date],
    /// From and up to when the detectors run.
    pub span: (Time, Time),
}

/// The dates, curves and episodes of one scope.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Usual of each date that was gone through.
    pub days: Vec<(Date, Option<DayCurve>)>,
    /// What stood, in order.
    pub episodes: Vec<Episode>,
}

/// Goes through the span with one scope.
pub(super) fn course(place: usize, scope: &Scope, calls: &[Came], share: f64, setting: &Setting<'_>) -> Course {
    let mut usual = taught(scope, calls, setting);
    let mut detector = Detector::new(setting.rules.clone(), share);
    let (from, until) = setting.span;
    let mut course = Course::default();
    let mut trackers = [Tracker::new(AlertKind::Surge)];
    let mut date = setting.zone.to_datetime(from.to_jiff()).date();
    let mut now = from;
    let mut next = calls.partition_point(|c| c.at < from);
    while now < until {
        let Some(end) = day_end(date, setting.zone).filter(|end| *end > now) else { break };
        let end = end.min(until);
        let curve = usual.day(scope, date);
        let expected = |a: Time, b: Time| curve.as_ref().map(|c| c.expected(a, b));
        while now < end {
            // While nothing stands and nothing comes, the seconds show nothing new.
            let due = calls.get(next).map_or(end, |c| c.at.floor_second() + Span::from_secs(1));
            let step = now + Span::from_secs(1);
            now = if detector.idle() { due.max(step) } else { step }.min(end);
            while let Some(call) = calls.get(next).filter(|c| c.at < now) {
                detector.arrival(call.at, &expected);
                next += 1;
                look(&mut trackers, &detector, call.at, (place, &calls[..next]), &mut course.episodes);
            }
            detector.second(now, &expected);
            look(&mut trackers, &detector, now, (place, &calls[..next]), &mut course.episodes);
        }
        course.days.push((date, curve));
        unlearn(&mut usual, scope, &course.episodes, end);
        let Ok(tomorrow) = date.tomorrow() else { break };
        date = tomorrow;
    }
    course
}

fn taught(scope: &Scope, calls: &[Came], setting: &Setting<'_>) -> Usual {
    let mut history = History::new(setting.zone.clone(), setting.calendar.clone(), setting.need);
    for call in calls {
        history.arrival(scope, call.at);
    }
    for date in setting.seen {
        history.saw(*date);
    }
    Usual::learnt(setting.profile, history, setting.zone.clone())
}

/// What stood as an alarm in the day that ended does not teach the days to come.
fn unlearn(usual: &mut Usual, scope: &Scope, episodes: &[Episode], end: Time) {
    let day = Span::from_secs(86_400);
    let recent = episodes.iter().rev().take_while(|e| e.cleared_at.is_none_or(|c| end - c < day));
    for episode in recent.filter(|e| e.level == Level::Alarm) {
        let from = episode.why.onset.unwrap_or(episode.raised_at).max(end - day);
        if let Some(history) = usual.history_mut() {
            history.exclude(Some(scope), from, episode.cleared_at.unwrap_or(end).min(end));
        }
    }
}

fn day_end(date: Date, zone: &TimeZone) -> Option<Time> {
    let start = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Time::from_jiff(start.timestamp()))
}

fn look(trackers: &mut [Tracker], detector: &Detector, at: Time, seen: (usize, &[Came]), out: &mut Vec<Episode>) {
    for tracker in trackers {
        let standing = match tracker.kind {
            AlertKind::Surge => detector.standing(),
            _ => None,
        };
        tracker.look(standing, at, seen, out);
    }
}

/// Turns what stands from moment to moment into episodes.
#[derive(Clone, Debug)]
struct Tracker {
    kind: AlertKind,
    open: Option<usize>,
}

impl Tracker {
    const fn new(kind: AlertKind) -> Self {
        Self { kind, open: None }
    }

    fn look(
        &mut self,
        standing: Option<&Standing>,
        at: Time,
        (place, calls): (usize, &[Came]),
        out: &mut Vec<Episode>,
    ) {
        let Some(standing) = standing else {
            if let Some(episode) = self.open.take().and_then(|i| out.get_mut(i)) {
                episode.cleared_at = Some(at);
            }
            return;
        };
        let Some(episode) = self.open.and_then(|i| out.get_mut(i)) else {
            self.open = Some(out.len());
            out.push(Episode {
                scope: place,
                kind: self.kind,
                level: standing.level,
                raised_at: at,
                watch_at: None,
                cleared_at: None,
                why: with_callers(standing.why, at, calls),
                peak: standing.why.ratio(),
            });
            return;
        };
        episode.peak = episode.peak.max(standing.why.ratio());
        if standing.level == Level::Alarm && episode.level == Level::Watch {
            episode.level = Level::Alarm;
            episode.watch_at = Some(episode.raised_at);
            episode.raised_at = at;
            episode.why = with_callers(standing.why, at, calls);
        }
    }
}

/// Different callers of the counted span, where callers are known.
fn with_callers(mut why: SurgeWhy, at: Time, calls: &[Came]) -> SurgeWhy {
    let from = at - why.span;
    let before = calls.partition_point(|c| c.at <= from);
    let counted = calls.get(before..).unwrap_or_default();
    let mut keys: Vec<_> = counted.iter().filter_map(|c| c.caller).collect();
    let known = keys.len();
    if known * 2 < counted.len() || known == 0 {
        return why;
    }
    let again = |i: usize, call: &Came| {
        let earlier = calls.get(..before + i).unwrap_or_default();
        call.caller.is_some()
            && earlier.iter().rev().take_while(|c| call.at - c.at <= REDIAL).any(|c| c.caller == call.caller)
    };
    let redials = counted.iter().enumerate().filter(|(i, call)| again(*i, call)).count();
    keys.sort_unstable();
    keys.dedup();
    why.different_callers = u64::try_from(keys.len()).ok();
    why.redials = u64::try_from(redials).ok();
    why
}
