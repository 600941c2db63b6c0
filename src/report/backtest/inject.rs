//! Additional calls for a test: so many times the usual from an instant on.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::{RngExt as _, SeedableRng as _};
use rustc_hash::FxHashMap;

use super::recorded::{Came, Recorded};
use crate::metrics::Scope;
use crate::model::{Span, Time};

/// Weeks whose same hour says how many calls an hour ordinarily has.
const WEEKS: i32 = 6;

/// One wave of additional calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Injection {
    /// Times the mean of the last six same weekdays, the calls that are there included; more than 1.
    pub factor: f64,
    /// From when.
    pub from: Time,
    /// Up to when, not included.
    pub to: Time,
}

/// Adds Poisson arrivals of (factor − 1) × the mean of the last six same weekdays in each hour, spread over the queues in
/// proportion to what they had in those hours. The same seed gives the same calls, whatever else is injected.
pub(super) fn inject(recorded: &mut Recorded, waves: &[Injection], zone: &TimeZone, seed: u64) {
    if waves.is_empty() {
        return;
    }
    let hours = Hours::of(recorded, zone);
    for (wave, nth) in waves.iter().zip(0u64..) {
        let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(nth));
        let mut at = wave.from;
        while at < wave.to {
            let end = hour_end(at, zone).min(wave.to);
            let means = hours.means(at, zone);
            let sum: f64 = means.iter().map(|(_, mean)| mean).sum();
            let a_second = (wave.factor - 1.0) * sum / 3600.0;
            if a_second > 0.0 {
                let mut t = at;
                loop {
                    let u: f64 = rng.random();
                    t = t + Span::from_secs_f64(-(1.0 - u).ln() / a_second);
                    if t >= end {
                        break;
                    }
                    let mut left = rng.random::<f64>() * sum;
                    let picked = means.iter().find(|(_, mean)| {
                        left -= mean;
                        left < 0.0
                    });
                    if let Some((place, _)) = picked.or_else(|| means.last()) {
                        add(recorded, *place, t);
                    }
                }
            }
            at = end;
        }
    }
    for stream in &mut recorded.streams {
        stream.calls.sort_by_key(|c| c.at);
    }
}

fn add(recorded: &mut Recorded, place: usize, at: Time) {
    let above = recorded.streams.get(place).map(|s| s.above.clone()).unwrap_or_default();
    for place in std::iter::once(place).chain(above) {
        if let Some(stream) = recorded.streams.get_mut(place) {
            stream.calls.push(Came { at, caller: None });
        }
    }
}

/// Calls by local date and hour.
type ByHour = FxHashMap<(Date, i8), u32>;

/// Calls of each queue by local date and hour.
struct Hours {
    /// Place of the stream, with its counts.
    queues: Vec<(usize, ByHour)>,
    first: Date,
}

impl Hours {
    fn of(recorded: &Recorded, zone: &TimeZone) -> Self {
        let mut first = Date::MAX;
        let mut queues = Vec::new();
        for (place, stream) in recorded.streams.iter().enumerate() {
            if !matches!(stream.scope, Scope::Queue(..)) {
                continue;
            }
            let mut counts = ByHour::default();
            for call in &stream.calls {
                let local = zone.to_datetime(call.at.to_jiff());
                first = first.min(local.date());
                *counts.entry((local.date(), local.hour())).or_default() += 1;
            }
            queues.push((place, counts));
        }
        Self { queues, first }
    }

    /// The mean of each queue in the hour of an instant, over the same weekdays before it that the recordings hold.
    fn means(&self, at: Time, zone: &TimeZone) -> Vec<(usize, f64)> {
        let local = zone.to_datetime(at.to_jiff());
        let days: Vec<Date> = (1..=WEEKS)
            .filter_map(|k| local.date().checked_sub(jiff::Span::new().days(7 * k)).ok())
            .filter(|d| *d >= self.first)
            .collect();
        let n = f64::from(u32::try_from(days.len()).unwrap_or(0)).max(1.0);
        let mean = |counts: &ByHour| {
            days.iter().filter_map(|d| counts.get(&(*d, local.hour()))).map(|c| f64::from(*c)).sum::<f64>() / n
        };
        self.queues.iter().map(|(place, counts)| (*place, mean(counts))).filter(|(_, mean)| *mean > 0.0).collect()
    }
}

/// The end of the local clock hour an instant lies in.
fn hour_end(at: Time, zone: &TimeZone) -> Time {
    let local = zone.to_datetime(at.to_jiff());
    let into = i64::from(local.minute()) * 60 + i64::from(local.second());
    at.floor_second() + Span::from_secs(3600 - into)
}
