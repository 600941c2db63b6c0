//! When a rule counts.

use jiff::tz::TimeZone;

use crate::config::RuleHours;
use crate::model::Time;

/// Whether an instant lies in one of the stretches; no stretch is always. A stretch that ends at or before its start goes
/// on into the next day.
pub(super) fn open(hours: &[RuleHours], now: Time, zone: &TimeZone) -> bool {
    if hours.is_empty() {
        return true;
    }
    let local = now.to_jiff().to_zoned(zone.clone());
    let second = i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second());
    let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
    let on = |stretch: &RuleHours, day: usize| stretch.days.get(day).copied().unwrap_or_default();
    hours.iter().any(|stretch| {
        let (from, to) = (i64::from(stretch.from), i64::from(stretch.to));
        if from < to {
            on(stretch, day) && (from..to).contains(&second)
        } else {
            on(stretch, day) && second >= from || on(stretch, (day + 6) % 7) && second < to
        }
    })
}
