//! The usual of one scope on one local date, ready to be asked about any span of it.

use crate::model::{Span, Time};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Minutes of a local day without a clock change.
pub(super) const DAY_MINUTES: usize = 1440;

/// Expected calls of one local date, minute by minute, as running totals: any span is one subtraction.
///
/// A day with a clock change is 23 or 25 hours long here as well: a skipped hour is left out, a doubled one counts
/// twice, each minute with the usual of its local time.
#[derive(Clone, Debug, PartialEq)]
pub struct DayCurve {
    start: Time,
    /// Expected calls from `start` to the end of each minute; the first entry is 0.
    totals: Vec<f64>,
}

impl DayCurve {
    /// The curve of `date` in `zone`, from 1440 expected calls a local minute (missing ones are 0). `None` where the
    /// date cannot be placed in time.
    #[must_use]
    pub(super) fn new(date: Date, zone: &TimeZone, per_minute: &[f64]) -> Option<Self> {
        let start = day_start(date, zone)?;
        let end = day_start(date.tomorrow().ok()?, zone)?;
        let minutes = usize::try_from((end - start).whole_secs().div_euclid(60)).ok()?.min(2 * DAY_MINUTES);
        let mut totals = Vec::with_capacity(minutes + 1);
        let mut total = 0.0;
        totals.push(total);
        let even = minutes == DAY_MINUTES;
        let mut at = start;
        for minute in 0..minutes {
            let local = if even { minute } else { local_minute(at, zone) };
            total += per_minute.get(local).copied().filter(|n| n.is_finite()).unwrap_or(0.0).max(0.0);
            totals.push(total);
            at = at + Span::from_secs(60);
        }
        Some(Self { start, totals })
    }

    /// The first instant of the date.
    #[must_use]
    pub const fn start(&self) -> Time {
        self.start
    }

    /// The first instant of the next date.
    #[must_use]
    pub fn end(&self) -> Time {
        self.start + Span::from_secs(60 * i64::try_from(self.minutes()).unwrap_or(0))
    }

    /// How many minutes the date has: 1440, or an hour less or more.
    #[must_use]
    pub fn minutes(&self) -> usize {
        self.totals.len().saturating_sub(1)
    }

    /// Expected calls of each minute of the date, for the curve on screen.
    #[must_use]
    pub fn per_minute(&self) -> Vec<f64> {
        self.totals.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Expected calls of the whole date.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.totals.last().copied().unwrap_or(0.0)
    }

    /// Expected calls of the part of [from, to) that lies in this date.
    #[must_use]
    pub fn expected(&self, from: Time, to: Time) -> f64 {
        (self.until(to) - self.until(from)).max(0.0)
    }

    /// Expected calls from the start of the date to `at`, straight within a minute.
    fn until(&self, at: Time) -> f64 {
        let minutes = (at - self.start).secs() / 60.0;
        if minutes <= 0.0 {
            return 0.0;
        }
        let whole = minutes.floor();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturates")]
        let index = whole as usize;
        match (self.totals.get(index), self.totals.get(index.saturating_add(1))) {
            (Some(a), Some(b)) => a + (b - a) * (minutes - whole),
            _ => self.total(),
        }
    }
}

/// The first instant of a local date.
pub(super) fn day_start(date: Date, zone: &TimeZone) -> Option<Time> {
    let start = date.to_zoned(zone.clone()).ok()?;
    Some(Time::from_jiff(start.timestamp()))
}

/// The local date an instant lies in.
pub(super) fn local_date(at: Time, zone: &TimeZone) -> Date {
    zone.to_datetime(at.to_jiff()).date()
}

/// Minutes after local midnight by the clock on the wall.
pub(super) fn local_minute(at: Time, zone: &TimeZone) -> usize {
    let time = zone.to_datetime(at.to_jiff()).time();
    usize::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0)
}

/// Spreads `slots` totals of equal slots over the minutes of a day: straight between the centres of the slots, then
/// scaled so that each slot keeps its total.
pub(super) fn spread(slots: &[f64]) -> Vec<f64> {
    if slots.is_empty() || !DAY_MINUTES.is_multiple_of(slots.len()) {
        return Vec::new();
    }
    let width = DAY_MINUTES / slots.len();
    let at = |i: usize| slots.get(i).copied().filter(|n| n.is_finite()).unwrap_or(0.0).max(0.0);
    let last = slots.len() - 1;
    let mut minutes = Vec::with_capacity(DAY_MINUTES);
    for slot in 0..slots.len() {
        let (before, here, after) = (at(slot.saturating_sub(1)), at(slot), at((slot + 1).min(last)));
        let from = minutes.len();
        for minute in 0..width {
            let place = (as_f64(minute) + 0.5) / as_f64(width) - 0.5;
            let rate = if place < 0.0 { here + (here - before) * place } else { here + (after - here) * place };
            minutes.push(rate);
        }
        let sum: f64 = minutes.iter().skip(from).sum();
        let scale = if sum > 0.0 { here / sum } else { 0.0 };
        minutes.iter_mut().skip(from).for_each(|m| *m *= scale);
    }
    minutes
}

#[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
const fn as_f64(n: usize) -> f64 {
    n as f64
}
