//! Where business days and intervals begin, on a local clock.

use crate::model::Time;

/// Half-open spans of a local clock: business days and intervals aligned to it.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: jiff::tz::TimeZone,
    interval_s: i64,
    day_starts_s: i64,
}

/// A half-open span [from, to) of whole seconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// First second.
    pub from: i64,
    /// First second after.
    pub to: i64,
}

impl Bounds {
    /// Whether a second lies in it.
    #[must_use]
    pub const fn holds(&self, second: i64) -> bool {
        self.from <= second && second < self.to
    }
}

impl Calendar {
    /// A calendar of a zone: intervals of `interval_min` minutes, days that start at `day_starts_s` seconds after local midnight.
    #[must_use]
    pub fn new(zone: jiff::tz::TimeZone, interval_min: u32, day_starts_s: u32) -> Self {
        Self { zone, interval_s: i64::from(interval_min.max(1)) * 60, day_starts_s: i64::from(day_starts_s) }
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> &jiff::tz::TimeZone {
        &self.zone
    }

    /// A second's local date, time and offset: `2026-10-25T02:30+01:00`, so that a doubled hour has two names.
    #[must_use]
    pub fn name(&self, second: i64) -> String {
        let local = Time::from_secs(second).to_jiff().to_zoned(self.zone.clone());
        local.strftime("%Y-%m-%dT%H:%M%:z").to_string()
    }

    fn offset_at(&self, second: i64) -> i64 {
        i64::from(self.zone.to_offset(Time::from_secs(second).to_jiff()).seconds())
    }

    /// The interval a second lies in. Around a clock change an interval is cut at the change, so that none has two names.
    #[must_use]
    pub fn interval(&self, second: i64) -> Bounds {
        let offset = self.offset_at(second);
        let start = second - (second + offset).rem_euclid(self.interval_s);
        let cut = |from: i64, to: i64, want: i64| {
            // The first second in (from, to] whose offset is `want`; the offset changes once in so short a span.
            let (mut low, mut high) = (from, to);
            while low + 1 < high {
                let mid = low + (high - low) / 2;
                if self.offset_at(mid) == want { high = mid } else { low = mid }
            }
            high
        };
        let from = if self.offset_at(start) == offset { start } else { cut(start, second, offset) };
        let end = start + self.interval_s;
        let last = self.offset_at(end - 1);
        let to = if last == offset { end } else { cut(second, end - 1, last) };
        Bounds { from, to }
    }

    /// The business day a second lies in: 23, 24 or 25 hours.
    #[must_use]
    pub fn day(&self, second: i64) -> Bounds {
        let starts = |date: jiff::civil::Date| -> Option<i64> {
            let hour = i8::try_from(self.day_starts_s / 3600).ok()?;
            let minute = i8::try_from(self.day_starts_s % 3600 / 60).ok()?;
            let at = date.at(hour, minute, 0, 0).to_zoned(self.zone.clone()).ok()?;
            Some(at.timestamp().as_second())
        };
        let date = Time::from_secs(second).to_jiff().to_zoned(self.zone.clone()).date();
        let whole = Bounds { from: second.div_euclid(86_400) * 86_400, to: (second.div_euclid(86_400) + 1) * 86_400 };
        let (Some(start), Ok(tomorrow), Ok(yesterday)) = (starts(date), date.tomorrow(), date.yesterday()) else {
            return whole;
        };
        let found = if second < start {
            starts(yesterday).map(|from| Bounds { from, to: start })
        } else {
            starts(tomorrow).map(|to| Bounds { from: start, to })
        };
        found.unwrap_or(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        Time::parse(text).map(Time::second).unwrap_or_default()
    }

    fn calendar(zone: &str, interval: u32, starts: u32) -> Calendar {
        Calendar::new(jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC), interval, starts)
    }

    #[test]
    fn days_and_intervals_follow_the_local_clock() {
        let cases = [
            // zone, minutes, day starts, instant, interval from, interval to, day from, day to
            (
                "Asia/Shanghai",
                30,
                0,
                "2026-05-23T19:02:11+08:00",
                "2026-05-23T19:00:00+08:00",
                "2026-05-23T19:30:00+08:00",
                "2026-05-23T00:00:00+08:00",
                "2026-05-24T00:00:00+08:00",
            ),
            (
                "Asia/Shanghai",
                60,
                18_000,
                "2026-05-23T04:59:59+08:00",
                "2026-05-23T04:00:00+08:00",
                "2026-05-23T05:00:00+08:00",
                "2026-05-22T05:00:00+08:00",
                "2026-05-23T05:00:00+08:00",
            ),
            (
                "Asia/Kolkata",
                30,
                0,
                "2026-01-01T00:10:00+05:30",
                "2026-01-01T00:00:00+05:30",
                "2026-01-01T00:30:00+05:30",
                "2026-01-01T00:00:00+05:30",
                "2026-01-02T00:00:00+05:30",
            ),
            // 23 and 25 hours
            (
                "Europe/Berlin",
                30,
                0,
                "2026-03-29T12:00:00+02:00",
                "2026-03-29T12:00:00+02:00",
                "2026-03-29T12:30:00+02:00",
                "2026-03-29T00:00:00+01:00",
                "2026-03-30T00:00:00+02:00",
            ),
            (
                "Europe/Berlin",
                30,
                0,
                "2026-10-25T02:10:00+01:00",
                "2026-10-25T02:00:00+01:00",
                "2026-10-25T02:30:00+01:00",
                "2026-10-25T00:00:00+02:00",
                "2026-10-26T00:00:00+01:00",
            ),
            // an offset of no whole number of intervals: hours begin a quarter past, by the clock of London
            (
                "Asia/Kathmandu",
                60,
                0,
                "2026-01-01T10:10:00+05:45",
                "2026-01-01T10:00:00+05:45",
                "2026-01-01T11:00:00+05:45",
                "2026-01-01T00:00:00+05:45",
                "2026-01-02T00:00:00+05:45",
            ),
            // a change of half an hour inside an interval of an hour cuts it
            (
                "Australia/Lord_Howe",
                60,
                0,
                "2026-04-05T01:45:00+10:30",
                "2026-04-05T01:30:00+10:30",
                "2026-04-05T02:00:00+10:30",
                "2026-04-05T00:00:00+11:00",
                "2026-04-06T00:00:00+10:30",
            ),
        ];
        for (zone, minutes, starts, instant, from, to, day_from, day_to) in cases {
            let c = calendar(zone, minutes, starts);
            assert_eq!(c.interval(at(instant)), Bounds { from: at(from), to: at(to) }, "{zone} {instant}");
            assert_eq!(c.day(at(instant)), Bounds { from: at(day_from), to: at(day_to) }, "{zone} {instant}");
        }
    }

    #[test]
    fn intervals_tile_a_day_of_a_clock_change() {
        for (zone, day, n) in [
            ("Europe/Berlin", "2026-03-29T00:00:00+01:00", 46),
            ("Europe/Berlin", "2026-10-25T00:00:00+02:00", 50),
            ("Asia/Shanghai", "2026-10-25T00:00:00+08:00", 48),
        ] {
            let c = calendar(zone, 30, 0);
            let day = c.day(at(day));
            let (mut second, mut count) = (day.from, 0);
            while second < day.to {
                let i = c.interval(second);
                assert_eq!(i.from, second);
                second = i.to;
                count += 1;
            }
            assert_eq!((second, count), (day.to, n), "{zone}");
        }
    }

    #[test]
    fn a_span_holds_its_first_second_and_not_the_one_after_its_last() {
        let bounds = Bounds { from: 10, to: 20 };
        assert_eq!([9, 10, 19, 20].map(|second| bounds.holds(second)), [false, true, true, false]);
    }

    #[test]
    fn the_last_day_there_is_has_no_morrow_and_is_a_day_of_the_world_clock() {
        // 9999-12-30T20:00Z is the last of December in Kathmandu.
        let day = calendar("Asia/Kathmandu", 30, 0).day(253_402_200_000);
        assert_eq!(day, Bounds { from: 253_402_128_000, to: 253_402_214_400 });
    }
}
