//! The rules as they stand over a recording of the past: what would have been raised, when, and why. Learnt from other
//! recordings before it and from each day gone by; no live store. One result a detector scope, before grouping.

mod compare;
mod course;
mod inject;
mod object;
mod page;
mod places;
mod recorded;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;

pub use compare::{Compared, compare};
pub use course::{Course, Episode};
pub use inject::Injection;
pub use object::{object, place_word, why_text};
pub use page::page;
pub use places::{detail_parts, detail_text, whole_text};
pub use recorded::{Came, Recorded, Stream};

use crate::alert::{AlertKind, Level, surge};
use crate::config::Settings;
use crate::metrics::Scope;
use crate::model::{Span, Time};
use crate::usual::Calendar;
use course::{Setting, course};

/// How long before the judged span the detectors are on, so that they know the day's level when it begins.
const WARM: Span = Span::from_secs(3 * 3600);
/// Days of a kind before history speaks.
const NEED: u32 = 3;

/// A recording gone through.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// The scopes, with all their calls.
    pub recorded: Recorded,
    /// Scope by scope, in the order of `recorded.streams`.
    pub courses: Vec<Course>,
    /// Local dates with a call in the judged span.
    pub days: Vec<Date>,
    /// What stood, by time.
    pub episodes: Vec<Episode>,
}

impl Backtest {
    /// Goes through `over`, learnt from `history` and from `over` up to each day. `seed` draws what is injected.
    #[must_use]
    pub fn run(history: Recorded, over: &Recorded, settings: &Settings, waves: &[Injection], seed: u64) -> Self {
        let zone = &settings.site.time_zone;
        let mut recorded = history;
        recorded.add(over);
        recorded.settle();
        let days = over.streams.first().map(|all| dates(all, zone)).unwrap_or_default();
        let heard = recorded.streams.first().map(|all| dates(all, zone)).unwrap_or_default();
        inject::inject(&mut recorded, waves, zone, seed);
        let Some((first, last)) = over.span() else {
            return Self { recorded, courses: Vec::new(), days, episodes: Vec::new() };
        };
        let last = waves.iter().map(|w| w.to).fold(last, Time::max);
        let begun = recorded.span().map_or(first, |(begun, _)| begun);
        let setting = Setting {
            rules: &settings.alert.surge,
            profile: &settings.usual,
            zone,
            calendar: &Calendar::of(&settings.calendars),
            need: NEED,
            seen: &heard,
            span: ((first - WARM).max(begun).floor_second(), last.floor_second() + Span::from_secs(1)),
        };
        let courses = courses(&recorded, &setting);
        let mut episodes: Vec<Episode> = courses.iter().flat_map(|c| c.episodes.iter().cloned()).collect();
        episodes.retain(|e| e.raised_at >= first.floor_second());
        episodes.sort_by_key(|e| (e.raised_at, e.scope));
        for episode in episodes.iter_mut().filter(|e| e.kind == AlertKind::Surge && e.level == Level::Alarm) {
            episode.detail.moved = places::moved(&recorded, &courses, episode);
        }
        Self { recorded, courses, days, episodes }
    }

    /// The scopes that had calls, by place.
    pub fn scopes(&self) -> impl Iterator<Item = (usize, &Scope)> {
        self.recorded.streams.iter().enumerate().filter(|(_, s)| !s.calls.is_empty()).map(|(i, s)| (i, &s.scope))
    }
}

/// Every scope, on as many threads as the machine has.
fn courses(recorded: &Recorded, setting: &Setting<'_>) -> Vec<Course> {
    let streams = &recorded.streams;
    let others = streams.iter().filter(|s| s.scope != Scope::All && !s.calls.is_empty()).count();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![Course::default(); streams.len()]);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(streams.len());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(stream) = streams.get(place) else { break };
                    if stream.calls.is_empty() {
                        continue;
                    }
                    let share = surge::share(&stream.scope, others) * setting.rules.budget_per_month;
                    let course = course(place, &stream.scope, &stream.calls, share, setting);
                    if let Some(slot) = done.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
                        *slot = course;
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Local dates with a call.
fn dates(stream: &Stream, zone: &jiff::tz::TimeZone) -> Vec<Date> {
    let mut dates: Vec<Date> = Vec::new();
    let mut until = Time::MIN;
    for call in &stream.calls {
        // Most calls lie in the date of the one before.
        if call.at < until {
            continue;
        }
        let date = zone.to_datetime(call.at.to_jiff()).date();
        if dates.last() != Some(&date) {
            dates.push(date);
        }
        until = date
            .tomorrow()
            .ok()
            .and_then(|d| d.to_zoned(zone.clone()).ok())
            .map_or(Time::MIN, |d| Time::from_jiff(d.timestamp()));
    }
    dates.sort_unstable();
    dates.dedup();
    dates
}
