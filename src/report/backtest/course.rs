//! One scope through the days: its usual as learnt up to each day, its detector, and the episodes it gave.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::recorded::Came;
use crate::alert::surge::{self, Detector, Standing};
use crate::alert::{AlertKind, Before, Level, SurgeDetail, SurgeWhy};
use crate::config::{SurgeRules, UsualProfile};
use crate::metrics::Scope;
use crate::model::{Span, Time};
use crate::usual::{Calendar, DayCurve, History, Usual};

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
    /// Of an alarm: where it came from and how rare it was, as of when it was raised.
    pub detail: SurgeDetail,
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

impl Course {
    /// Expected calls of a span that ends in a date that was gone through; `None` where no usual is known of it.
    #[must_use]
    pub fn expected(&self, from: Time, to: Time) -> Option<f64> {
        let curves = || self.days.iter().rev().filter_map(|(_, curve)| curve.as_ref());
        let curve = curves().find(|c| c.start() <= to && to <= c.end())?;
        let before = curves().find(|c| from < curve.start() && c.start() <= from && from < c.end());
        Some(curve.expected(from.max(curve.start()), to) + before.map_or(0.0, |c| c.expected(from, curve.start())))
    }
}

/// Goes through the span with one scope.
pub(super) fn course(place: usize, scope: &Scope, calls: &[Came], share: f64, setting: &Setting<'_>) -> Course {
    let usual = taught(scope, calls, setting);
    let mut detector = Detector::new(setting.rules.clone(), share);
    if surge::night_rule(scope) {
        detector = detector.with_night_rule();
    }
    let (from, until) = setting.span;
    let mut course = Course::default();
    let mut trackers = [Tracker::new(AlertKind::Surge), Tracker::new(AlertKind::Quiet)];
    let mut date = setting.zone.to_datetime(from.to_jiff()).date();
    let mut now = from;
    let mut next = calls.partition_point(|c| c.at < from);
    while now < until {
        let Some(end) = day_end(date, setting.zone).filter(|end| *end > now) else { break };
        let end = end.min(until);
        let curve = usual.day(scope, date);
        if let Some(spread) = usual.spread(scope, date) {
            detector.set_spread(spread);
        }
        let expected = |a: Time, b: Time| curve.as_ref().map(|c| c.expected(a, b));
        while now < end {
            // While nothing stands and nothing comes, the seconds show nothing new.
            let due = calls.get(next).map_or(end, |c| c.at.floor_second() + Span::from_secs(1));
            let step = now + Span::from_secs(1);
            now = if detector.idle() { due.max(step) } else { step }.min(end);
            while let Some(call) = calls.get(next).filter(|c| c.at < now) {
                detector.arrival_of(call.at, call.caller, &expected);
                next += 1;
                look(&mut trackers, &detector, call.at, place, &mut course.episodes);
            }
            detector.second(now, &expected);
            look(&mut trackers, &detector, now, place, &mut course.episodes);
        }
        rare(&mut course.episodes, &usual, scope, setting);
        course.days.push((date, curve));
        let Ok(tomorrow) = date.tomorrow() else { break };
        date = tomorrow;
    }
    course
}

/// How rare the alarms are that were raised since the last time, by the days before each.
fn rare(episodes: &mut [Episode], usual: &Usual, scope: &Scope, setting: &Setting<'_>) {
    let least = u32::try_from(setting.rules.min_calls).unwrap_or(u32::MAX);
    let mut of_day: Option<(Date, Vec<(Date, f64)>)> = None;
    // Only what still stood yesterday or was raised since can be new: the last ones.
    for episode in episodes.iter_mut().rev().take_while(|e| e.detail.before.is_none()) {
        if episode.kind != AlertKind::Surge || episode.level != Level::Alarm {
            continue;
        }
        let date = setting.zone.to_datetime(episode.raised_at.to_jiff()).date();
        if of_day.as_ref().is_none_or(|(of, _)| *of != date) {
            of_day = Some((date, usual.heights(scope, episode.raised_at, least)));
        }
        episode.detail.before = of_day.as_ref().and_then(|(_, heights)| Before::of(heights, episode.why.ratio()));
    }
}

fn taught(scope: &Scope, calls: &[Came], setting: &Setting<'_>) -> Usual {
    let mut history = History::new(setting.zone.clone(), setting.calendar.clone(), setting.need);
    history.set_new_normal(setting.rules.new_normal_since);
    for call in calls {
        history.arrival(scope, call.at);
    }
    for date in setting.seen {
        history.saw(*date);
    }
    Usual::learnt(setting.profile, history, setting.zone.clone())
}

fn day_end(date: Date, zone: &TimeZone) -> Option<Time> {
    let start = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Time::from_jiff(start.timestamp()))
}

fn look(trackers: &mut [Tracker], detector: &Detector, at: Time, place: usize, out: &mut Vec<Episode>) {
    for tracker in trackers {
        let standing = match tracker.kind {
            AlertKind::Surge => detector.standing(),
            _ => detector.too_quiet(),
        };
        tracker.look(standing, at, place, out);
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

    fn look(&mut self, standing: Option<&Standing>, at: Time, place: usize, out: &mut Vec<Episode>) {
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
                why: standing.why,
                peak: standing.why.ratio(),
                detail: SurgeDetail::default(),
            });
            return;
        };
        episode.peak = episode.peak.max(standing.why.ratio());
        if standing.level == Level::Alarm && episode.level == Level::Watch {
            episode.level = Level::Alarm;
            episode.watch_at = Some(episode.raised_at);
            episode.raised_at = at;
            episode.why = standing.why;
        }
    }
}
