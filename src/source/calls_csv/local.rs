//! Times of a row: RFC 3339, or local times of one zone.

use crate::model::{Span, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// What a time field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// One instant.
    One(Time),
    /// A local time that exists twice: the first and the second.
    Doubled(Time, Time),
    /// A local time that does not exist, moved forward by what was skipped.
    Moved(Time),
}

/// Turns local times into instants. The zone is asked once for all times between two of its changes.
pub(super) struct LocalClock {
    zone: TimeZone,
    /// Local times in `[from, to)`, in seconds as if they were UTC, have this offset and no other.
    from: i64,
    to: i64,
    offset: i64,
}

impl LocalClock {
    pub(super) const fn new(zone: TimeZone) -> Self {
        Self { zone, from: 0, to: 0, offset: 0 }
    }

    /// Reads a field; `None` where it is no time.
    pub(super) fn read(&mut self, field: &[u8]) -> Option<Reading> {
        let field = field.trim_ascii();
        let tail = field.get(19..)?;
        if tail.iter().any(|b| matches!(b, b'Z' | b'z' | b'+' | b'-')) {
            return Time::parse(std::str::from_utf8(field).ok()?).ok().map(Reading::One);
        }
        // Read as if it were UTC: the distance to the instant meant is the zone's offset.
        let mut as_utc = [0u8; 40];
        as_utc.get_mut(..field.len())?.copy_from_slice(field);
        *as_utc.get_mut(field.len())? = b'Z';
        let text = std::str::from_utf8(as_utc.get(..=field.len())?).ok()?;
        Some(self.place(Time::parse(text).ok()?))
    }

    fn place(&mut self, local: Time) -> Reading {
        let second = local.second();
        if !(self.from..self.to).contains(&second) {
            let at = local.to_jiff();
            let Ok(clock) = jiff::tz::Offset::UTC.to_datetime(at).to_zoned(TimeZone::UTC) else {
                return Reading::One(local);
            };
            match self.zone.to_ambiguous_timestamp(clock.datetime()).offset() {
                AmbiguousOffset::Unambiguous { offset } => self.learn(local, i64::from(offset.seconds())),
                AmbiguousOffset::Gap { before, .. } => {
                    return Reading::Moved(local - Span::from_secs(i64::from(before.seconds())));
                }
                AmbiguousOffset::Fold { before, after } => {
                    return Reading::Doubled(
                        local - Span::from_secs(i64::from(before.seconds())),
                        local - Span::from_secs(i64::from(after.seconds())),
                    );
                }
            }
        }
        Reading::One(local - Span::from_secs(self.offset))
    }

    /// Finds how far around `local` the offset holds.
    fn learn(&mut self, local: Time, offset: i64) {
        let at = (local - Span::from_secs(offset)).to_jiff();
        let seconds_at = |t: jiff::Timestamp| i64::from(self.zone.to_offset(t).seconds());
        // At a change both the old and the new offset bound the local times that are skipped or doubled.
        let to = self.zone.following(at).next().map(|change| {
            let after = i64::from(change.offset().seconds());
            change.timestamp().as_second() + offset.min(after)
        });
        let from = self.zone.preceding(at).next().map(|change| {
            let before = change.timestamp().checked_sub(jiff::SignedDuration::from_secs(1)).map_or(offset, seconds_at);
            change.timestamp().as_second() + offset.max(before)
        });
        self.offset = offset;
        self.from = from.unwrap_or(i64::MIN).min(local.second());
        self.to = to.unwrap_or(i64::MAX).max(local.second() + 1);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::*;

    fn clock(zone: &str) -> LocalClock {
        LocalClock::new(TimeZone::get(zone).unwrap())
    }

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn the_cache_agrees_with_the_zone_in_every_hour_of_years() {
        for zone in ["Asia/Jerusalem", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai", "America/Caracas"] {
            let mut cached = clock(zone);
            let mut second = at("1988-01-01T00:07:00Z").second();
            while second < at("2012-01-01T00:00:00Z").second() {
                let local = Time::from_secs(second);
                let fresh = clock(zone).place(local);
                assert_eq!(cached.place(local), fresh, "{zone} {local}");
                second += 3600 * 7 + 1800;
            }
            // Densely around the changes of one year, both ways.
            let (from, to) = (at("1999-01-01T00:00:00Z").second(), at("2000-01-01T00:00:00Z").second());
            for half_hours in (0..(to - from) / 1800).rev() {
                let local = Time::from_secs(from + half_hours * 1800);
                assert_eq!(cached.place(local), clock(zone).place(local), "{zone} {local}");
            }
        }
    }

    #[test]
    fn doubled_and_skipped_hours_are_known() {
        let mut c = clock("Europe/Berlin");
        for (field, reading) in [
            ("2025-10-26T02:30:00", Reading::Doubled(at("2025-10-26T00:30:00Z"), at("2025-10-26T01:30:00Z"))),
            ("2025-03-30 02:30:00", Reading::Moved(at("2025-03-30T01:30:00Z"))),
            ("2025-10-26T03:00:00", Reading::One(at("2025-10-26T02:00:00Z"))),
            ("2025-10-26T01:59:59.5", Reading::One(at("2025-10-25T23:59:59.5Z"))),
            ("2025-03-30T01:59:59", Reading::One(at("2025-03-30T00:59:59Z"))),
            ("2025-03-30T03:00:00", Reading::One(at("2025-03-30T01:00:00Z"))),
            ("2025-10-26T02:30:00+02:00", Reading::One(at("2025-10-26T00:30:00Z"))),
            (" 2025-10-26T02:30:00Z ", Reading::One(at("2025-10-26T02:30:00Z"))),
        ] {
            assert_eq!(c.read(field.as_bytes()), Some(reading), "{field}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        let mut c = clock("Asia/Shanghai");
        for field in [
            "",
            "now",
            "2025-10-26",
            "2025-10-26T02:30",
            "2025-13-26T02:30:00",
            "2025-10-26T02:30:00 Uhr",
            "2025-10-26T02:30:00.000000000000000000000000000000",
        ] {
            assert_eq!(c.read(field.as_bytes()), None, "{field}");
        }
    }
}
