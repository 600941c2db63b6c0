//! Rule sets side by side over the same calls: bare ones, a guarded one, ours.

use std::collections::VecDeque;

use jiff::civil::Date;

use super::Backtest;
use crate::alert::{AlertKind, Level};
use crate::model::{Span, Time};
use crate::usual::DayCurve;

/// An alarm is confirmed where this many times the usual came over some half-hour about it.
const CONFIRMED: f64 = 1.9;
/// That half-hour ends from so long before the alarm to so long after.
const ABOUT: (i64, i64) = (600, 1800);

/// What one rule set gave at scope all.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Its key in the locale, under `backtest`.
    pub key: &'static str,
    /// Alarms.
    pub alarms: usize,
    /// Of them, never 1.9 times the usual over any half-hour about them.
    pub unconfirmed: usize,
}

/// A rule over a sliding window: twice the usual, at least so many calls, so many standard deviations above.
struct Sliding {
    minutes: i64,
    least: f64,
    sigmas: f64,
}

/// Bare rules over 5, 15 and 30 minutes, a guarded one, and ours.
#[must_use]
pub fn compare(backtest: &Backtest) -> Vec<Compared> {
    let Some((calls, course)) = backtest.recorded.streams.first().zip(backtest.courses.first()) else {
        return Vec::new();
    };
    let times: Vec<Time> = calls.calls.iter().map(|c| c.at).collect();
    let judged = |at: &Time| {
        let first = backtest.days.first();
        day(&course.days, *at).is_some_and(|(date, _)| first.is_none_or(|first| date >= first))
    };
    let sets = [
        ("bare_5", Sliding { minutes: 5, least: 1.0, sigmas: 0.0 }),
        ("bare_15", Sliding { minutes: 15, least: 1.0, sigmas: 0.0 }),
        ("bare_30", Sliding { minutes: 30, least: 1.0, sigmas: 0.0 }),
        ("guarded", Sliding { minutes: 10, least: 10.0, sigmas: 4.0 }),
    ];
    let mut rows: Vec<(&'static str, Vec<Time>)> = sets
        .into_iter()
        .map(|(key, rule)| (key, rule.alarms(&times, &course.days).into_iter().filter(|at| judged(at)).collect()))
        .collect();
    let ours =
        backtest.episodes.iter().filter(|e| e.scope == 0 && e.kind == AlertKind::Surge && e.level == Level::Alarm);
    rows.push(("ours", ours.map(|e| e.raised_at).collect()));
    rows.into_iter()
        .map(|(key, alarms)| Compared {
            key,
            unconfirmed: alarms.iter().filter(|at| !confirmed(&times, &course.days, **at)).count(),
            alarms: alarms.len(),
        })
        .collect()
}

fn day(days: &[(Date, Option<DayCurve>)], at: Time) -> Option<&(Date, Option<DayCurve>)> {
    let place = days.partition_point(|(_, curve)| curve.as_ref().is_none_or(|c| c.end() <= at));
    days.get(place)
}

/// Expected calls of the part of a span that lies in the date of its end; the rest is left to the day before.
fn expected(days: &[(Date, Option<DayCurve>)], from: Time, to: Time) -> Option<f64> {
    let curve = day(days, to)?.1.as_ref()?;
    let before = (from < curve.start()).then(|| day(days, from).and_then(|d| d.1.as_ref())).flatten();
    Some(curve.expected(from, to) + before.map_or(0.0, |c| c.expected(from, to)))
}

fn count(times: &[Time], from: Time, to: Time) -> f64 {
    let n = times.partition_point(|t| *t <= to) - times.partition_point(|t| *t <= from);
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn confirmed(times: &[Time], days: &[(Date, Option<DayCurve>)], at: Time) -> bool {
    let half_hour = Span::from_secs(1800);
    (-ABOUT.0..=ABOUT.1).step_by(10).any(|s| {
        let to = at + Span::from_secs(s);
        expected(days, to - half_hour, to).is_some_and(|usual| count(times, to - half_hour, to) >= CONFIRMED * usual)
    })
}

impl Sliding {
    /// When it raises an alarm; over when under 1.5 times the usual for ten minutes.
    fn alarms(&self, times: &[Time], days: &[(Date, Option<DayCurve>)]) -> Vec<Time> {
        let span = Span::from_secs(60 * self.minutes);
        let mut window: VecDeque<Time> = VecDeque::new();
        let mut alarms = Vec::new();
        let mut calm_since: Option<Time> = None;
        let mut stands = false;
        for (i, at) in times.iter().enumerate() {
            window.push_back(*at);
            // While it stands, each ten seconds up to the next call show whether it is over.
            let next = times.get(i + 1).copied().unwrap_or(*at);
            let mut now = *at;
            loop {
                while window.front().is_some_and(|t| now - *t >= span) {
                    window.pop_front();
                }
                let calls = f64::from(u32::try_from(window.len()).unwrap_or(u32::MAX));
                if let Some(usual) = expected(days, now - span, now) {
                    if calls >= self.least && calls >= 2.0 * usual && calls >= usual + self.sigmas * usual.sqrt() {
                        if !stands {
                            alarms.push(now);
                        }
                        stands = true;
                        calm_since = None;
                    } else if stands && calls < 1.5 * usual {
                        stands = now - *calm_since.get_or_insert(now) < Span::from_secs(600);
                    } else {
                        calm_since = None;
                    }
                }
                now = now + Span::from_secs(10);
                if !stands || now >= next {
                    break;
                }
            }
        }
        alarms
    }
}
