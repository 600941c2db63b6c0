//! Where windows begin, found by walking back along the local clock.

use floorwatch::metrics::Window;
use floorwatch::model::Time;
use jiff::tz::TimeZone;

/// The zone and the two settings that place windows.
#[derive(Clone, Debug)]
pub(crate) struct LocalClock {
    pub(crate) zone: TimeZone,
    pub(crate) interval_min: u32,
    pub(crate) day_starts_s: u32,
}

impl LocalClock {
    /// The first instant of the window that ends at `now`.
    pub(crate) fn from(&self, window: Window, now: Time) -> Time {
        match window.sliding_secs() {
            Some(secs) => Time::from_secs(now.second() - secs + 1),
            None if window == Window::Interval => self.back_while_the_same(now, |local| self.interval(local)),
            None if window == Window::Day => self.day(now),
            None => Time::MIN,
        }
    }

    /// An interval is named by local date, time and offset.
    fn interval(&self, local: &jiff::Zoned) -> (jiff::civil::Date, i64, i32) {
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        (local.date(), minute / i64::from(self.interval_min), local.offset().seconds())
    }

    /// The day began at the first instant whose local date is this business date and whose clock shows the start or later;
    /// a start that the clock skips is moved forward by as much.
    fn day(&self, now: Time) -> Time {
        let date_of = |local: &jiff::Zoned| {
            let second = i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second());
            let early = second < i64::from(self.day_starts_s) + self.skipped(local.date());
            if early { local.date().yesterday().unwrap_or(local.date()) } else { local.date() }
        };
        // A clock put back over the start does not begin the day again.
        let mut minute = now.second().div_euclid(60) * 60;
        let date = (0..180).map(|ago| date_of(&self.local(minute - ago * 60))).max().unwrap_or_default();
        let mut from = minute;
        for _ in 0..27 * 60 {
            if date_of(&self.local(minute)) == date {
                from = minute;
            }
            minute -= 60;
        }
        Time::from_secs(from)
    }

    /// By how much the clock skips the day's start on a date.
    fn skipped(&self, date: jiff::civil::Date) -> i64 {
        let starts =
            date.to_datetime(jiff::civil::Time::midnight()) + jiff::SignedDuration::from_secs(self.day_starts_s.into());
        match self.zone.to_ambiguous_timestamp(starts).offset() {
            jiff::tz::AmbiguousOffset::Gap { before, after } => i64::from(after.seconds() - before.seconds()),
            _ => 0,
        }
    }

    fn local(&self, second: i64) -> jiff::Zoned {
        Time::from_secs(second).to_jiff().to_zoned(self.zone.clone())
    }

    fn back_while_the_same<N: PartialEq>(&self, now: Time, name: impl Fn(&jiff::Zoned) -> N) -> Time {
        let mut minute = now.second().div_euclid(60) * 60;
        let here = name(&self.local(minute));
        while name(&self.local(minute - 60)) == here {
            minute -= 60;
        }
        Time::from_secs(minute)
    }
}
