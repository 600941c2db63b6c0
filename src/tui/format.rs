//! Numbers, times and ages as people read them.

use crate::locale::Texts;
use crate::metrics::{Unit, Value};
use crate::model::{Span, Time};

/// A figure: the number in its unit, "–" where there is nothing to divide by, "?" where it is not known.
#[must_use]
pub(super) fn figure(texts: &Texts, unit: Unit, value: Value) -> String {
    match value {
        Value::Known(n) => known(texts, unit, n),
        Value::NoDenominator => "–".to_owned(),
        Value::Unknown(_) => "?".to_owned(),
    }
}

/// A number in its unit.
#[must_use]
pub(super) fn known(texts: &Texts, unit: Unit, n: f64) -> String {
    match unit {
        Unit::Count => format!("{n:.0}"),
        Unit::Seconds => seconds(texts, n),
        Unit::Share => format!("{}%", percent(n)),
        Unit::Times => format!("{}×", times(n)),
        Unit::Number => format!("{n:.1}"),
    }
}

/// Seconds: "42s", from a minute on "1:24", from an hour on "1:02:03", from ten hours on "27h46".
#[must_use]
pub(crate) fn seconds(texts: &Texts, secs: f64) -> String {
    let (h, m, s) = split(secs);
    match (h, m) {
        (0, 0) => texts.fill("unit.seconds", &[("n", &s.to_string())]),
        (0, _) => format!("{m}:{s:02}"),
        (..10, _) => format!("{h}:{m:02}:{s:02}"),
        _ => format!("{h}h{m:02}"),
    }
}

/// Hours, minutes and seconds of a number of seconds; negative ones count as none.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, which is what is wanted"
)]
pub(super) fn split(secs: f64) -> (u64, u64, u64) {
    let s = secs.round() as u64;
    (s / 3600, s / 60 % 60, s % 60)
}

/// A share as per cent with one digit. All and nothing are said only of all and nothing.
#[must_use]
pub(crate) fn percent(share: f64) -> String {
    let p = share * 100.0;
    if share >= 1.0 || share <= 0.0 {
        return format!("{p:.0}");
    }
    format!("{:.1}", p.clamp(0.1, 99.9))
}

/// A multiple: one digit below ten, none from there on.
#[must_use]
pub(super) fn times(n: f64) -> String {
    if n < 9.95 { format!("{n:.1}") } else { format!("{n:.0}") }
}

/// An age in the largest unit that tells enough: "12 s", "3 min", "2 h 05", "3 d".
#[must_use]
pub(super) fn age(texts: &Texts, span: Span) -> String {
    let s = span.or_zero().whole_secs();
    match s {
        0..60 => texts.fill("age.seconds", &[("n", &s.to_string())]),
        60..3600 => texts.fill("age.minutes", &[("n", &(s / 60).to_string())]),
        3600..172_800 => {
            texts.fill("age.hours", &[("h", &(s / 3600).to_string()), ("m", &format!("{:02}", s / 60 % 60))])
        }
        _ => texts.fill("age.days", &[("n", &(s / 86_400).to_string())]),
    }
}

/// A length of time in words: "5 min", "1 h 30 min".
#[must_use]
pub(super) fn length(texts: &Texts, span: Span) -> String {
    let s = span.or_zero().whole_secs();
    match s {
        0..60 => texts.fill("unit.seconds", &[("n", &s.to_string())]),
        60..3600 => texts.fill("unit.minutes", &[("n", &(s / 60).to_string())]),
        3600..172_800 => texts.fill("unit.hours", &[("h", &(s / 3600).to_string()), ("m", &(s / 60 % 60).to_string())]),
        _ => texts.fill("unit.days", &[("n", &(s / 86_400).to_string())]),
    }
}

/// Local time of day, "14:02".
#[must_use]
pub(super) fn clock(zone: &jiff::tz::TimeZone, at: Time) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// Local time of day with seconds, "14:02:31".
#[must_use]
pub(super) fn clock_seconds(zone: &jiff::tz::TimeZone, at: Time) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// Local date, "2026-05-23".
#[must_use]
pub(super) fn date(zone: &jiff::tz::TimeZone, at: Time) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Lang;
    use crate::metrics::Unknown;

    #[test]
    fn zero_no_denominator_and_no_data_are_three_things() {
        let texts = Texts::get(Lang::En);
        for (unit, value, want) in [
            (Unit::Share, Value::Known(0.0), "0%"),
            (Unit::Share, Value::NoDenominator, "–"),
            (Unit::Share, Value::Unknown(Unknown::FeedAway), "?"),
            (Unit::Share, Value::Known(1.0), "100%"),
            (Unit::Share, Value::Known(0.9999), "99.9%"),
            (Unit::Share, Value::Known(0.0001), "0.1%"),
            (Unit::Share, Value::Known(0.8113), "81.1%"),
            (Unit::Seconds, Value::Known(0.0), "0s"),
            (Unit::Seconds, Value::Known(59.4), "59s"),
            (Unit::Seconds, Value::Known(59.6), "1:00"),
            (Unit::Seconds, Value::Known(3723.0), "1:02:03"),
            (Unit::Seconds, Value::Known(99_999.0), "27h46"),
            (Unit::Seconds, Value::Known(f64::NAN), "0s"),
            (Unit::Times, Value::Known(2.44), "2.4×"),
            (Unit::Times, Value::Known(12.3), "12×"),
            (Unit::Count, Value::Known(1234.0), "1234"),
            (Unit::Number, Value::Known(7.25), "7.2"),
        ] {
            assert_eq!(figure(texts, unit, value), want, "{unit:?} {value:?}");
        }
    }

    #[test]
    fn ages_use_the_largest_unit_that_tells_enough() {
        let (en, zh) = (Texts::get(Lang::En), Texts::get(Lang::ZhCn));
        for (secs, e, z) in [
            (-5, "0 s", "0 秒"),
            (12, "12 s", "12 秒"),
            (185, "3 min", "3 分钟"),
            (7_500, "2 h 05", "2 小时 05 分"),
            (400_000, "4 d", "4 天"),
        ] {
            assert_eq!(age(en, Span::from_secs(secs)), e);
            assert_eq!(age(zh, Span::from_secs(secs)), z);
        }
    }

    #[test]
    fn clocks_stand_in_the_site_zone() {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
        let at = Time::parse("2026-05-23T06:02:31.250Z").unwrap_or_default();
        assert_eq!((clock(&zone, at), clock_seconds(&zone, at)), ("14:02".into(), "14:02:31".into()));
    }
}
