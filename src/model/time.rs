//! Instants and spans of event time, in whole microseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

const MICROS: i64 = 1_000_000;

/// An instant of event time: microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

/// A length of time in microseconds; may be negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

/// A time stamp that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time stamp: '{0}' (expected RFC 3339, like 2026-05-23T19:02:11.250+08:00)")]
pub struct ParseTimeError(pub String);

impl Time {
    /// The earliest instant that can be written as RFC 3339 (year 1).
    pub const MIN: Time = Time(-62_135_596_800 * MICROS);
    /// The latest instant that can be written as RFC 3339 (end of year 9999, less a day for any offset).
    pub const MAX: Time = Time(253_402_214_400 * MICROS);

    /// An instant from microseconds since the Unix epoch, held within [`Time::MIN`] and [`Time::MAX`].
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// An instant from whole seconds since the Unix epoch.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_micros(secs.saturating_mul(MICROS))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The whole second this instant lies in (rounded down, also before 1970).
    #[must_use]
    pub const fn second(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// The start of the whole second this instant lies in.
    #[must_use]
    pub const fn floor_second(self) -> Self {
        Self(self.second() * MICROS)
    }

    /// The same instant for `jiff`, for calendars and zones.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// From a `jiff` instant; what is finer than a microsecond is cut.
    #[must_use]
    pub fn from_jiff(at: jiff::Timestamp) -> Self {
        Self::from_micros(at.as_microsecond())
    }

    /// Reads RFC 3339 with any fraction and offset.
    ///
    /// # Errors
    /// [`ParseTimeError`] where the text is not a full date, time and offset, or lies out of range.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        if let Some(fast) = parse_fixed(text.as_bytes()) {
            return Ok(fast);
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(at) => Ok(Self::from_jiff(at)),
            Err(_) => Err(ParseTimeError(super::clean(text, 40).into())),
        }
    }

    /// Writes RFC 3339 in UTC with as many digits of fraction as are needed (none, 3 or 6).
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.to_jiff().to_string()
    }

    /// Time since `earlier`; negative if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.f…](Z|±HH:MM)`, the form nearly every sender uses, without a general parser.
fn parse_fixed(b: &[u8]) -> Option<Time> {
    /// Where the digits of date and time stand.
    const DIGITS: [usize; 14] = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
    let is = |at: usize, c: u8| b.get(at) == Some(&c);
    let fixed = b.first_chunk::<19>()?;
    let marks = fixed[4] == b'-' && fixed[7] == b'-' && fixed[13] == b':' && fixed[16] == b':';
    if !(marks && matches!(fixed[10], b'T' | b't' | b' ') && DIGITS.iter().all(|at| fixed[*at].is_ascii_digit())) {
        return None;
    }
    let pair = |at: usize| i64::from(fixed[at] - b'0') * 10 + i64::from(fixed[at + 1] - b'0');
    let num = |from: usize| match (b.get(from)?, b.get(from + 1)?) {
        (a @ b'0'..=b'9', b @ b'0'..=b'9') => Some(i64::from(a - b'0') * 10 + i64::from(b - b'0')),
        _ => None,
    };
    let (year, month, day) = (pair(0) * 100 + pair(2), pair(5), pair(8));
    let (hour, minute, second) = (pair(11), pair(14), pair(17));
    if year == 0 || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    let mut at = 19;
    let mut micros = 0i64;
    if is(at, b'.') {
        at += 1;
        let mut scale = 100_000;
        let from = at;
        while let Some(c) = b.get(at).filter(|c| c.is_ascii_digit()) {
            micros += i64::from(c - b'0') * scale;
            scale /= 10;
            at += 1;
        }
        if at == from {
            return None;
        }
    }
    let offset = match b.get(at)? {
        b'Z' | b'z' if b.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if b.len() == at + 6 && is(at + 3, b':') => {
            let (h, m) = (num(at + 1)?, num(at + 4)?);
            if h > 23 || m > 59 {
                return None;
            }
            (h * 3600 + m * 60) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    // Days since 1970-01-01 of the proleptic Gregorian calendar, years counted from March.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let epoch_days = era * 146_097 + doe - 719_468;
    let secs = epoch_days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(Time::from_micros(secs * MICROS + micros))
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of whole microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS))
    }

    /// A span of seconds with a fraction; not-a-number becomes zero, the rest is held in range.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is what is wanted")]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e6).round() as i64)
    }

    /// Whole microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Seconds with their fraction.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "spans beyond 285 years are not met")]
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Whole seconds, cut toward the past.
    #[must_use]
    pub const fn whole_secs(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// This span, or zero where it is negative.
    #[must_use]
    pub const fn or_zero(self) -> Self {
        if self.0 < 0 { Self(0) } else { self }
    }
}

impl From<std::time::Duration> for Span {
    fn from(d: std::time::Duration) -> Self {
        Self(i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
    }
}

impl From<Span> for std::time::Duration {
    fn from(s: Span) -> Self {
        std::time::Duration::from_micros(u64::try_from(s.0).unwrap_or(0))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, s: Span) -> Time {
        Time::from_micros(self.0.saturating_add(s.0))
    }
}
impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, s: Span) -> Time {
        Time::from_micros(self.0.saturating_sub(s.0))
    }
}
impl Sub<Time> for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        self.since(earlier)
    }
}
impl Add for Span {
    type Output = Span;
    fn add(self, o: Span) -> Span {
        Span(self.0.saturating_add(o.0))
    }
}
impl Sub for Span {
    type Output = Span;
    fn sub(self, o: Span) -> Span {
        Span(self.0.saturating_sub(o.0))
    }
}
impl AddAssign for Span {
    fn add_assign(&mut self, o: Span) {
        *self = *self + o;
    }
}
impl SubAssign for Span {
    fn sub_assign(&mut self, o: Span) {
        *self = *self - o;
    }
}
impl Neg for Span {
    type Output = Span;
    fn neg(self) -> Span {
        Span(self.0.saturating_neg())
    }
}
impl std::iter::Sum for Span {
    fn sum<I: Iterator<Item = Span>>(iter: I) -> Span {
        iter.fold(Span::ZERO, Add::add)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}
impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_reader_agrees_with_the_library() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-05-23T19:02:11.250+08:00",
            "2024-02-29T23:59:59.999999Z",
            "1999-12-31T23:59:59-11:30",
            "0001-01-01T00:00:00Z",
            "2100-03-01 00:00:00.1+00:00",
        ] {
            let ours = parse_fixed(text.as_bytes());
            let theirs = text.parse::<jiff::Timestamp>().ok().map(Time::from_jiff);
            assert_eq!(ours, theirs, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "2026-05-23",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-05-23T19:02:11",
            "\u{1b}[2J",
        ] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_round_down_on_both_sides_of_the_epoch() {
        assert_eq!(Time::from_micros(1_999_999).second(), 1);
        assert_eq!(Time::from_micros(-1).second(), -1);
    }
}
