//! `[usual]`: the configured expected volume.

use jiff::tz::TimeZone;

use super::calendars::{DayCalendar, calendars};
use super::reader::{Field, Reader};
use super::secrets::Surroundings;
use super::settings::UsualProfile;
use crate::model::QueueId;

/// Half-hours of a day.
const HALF_HOURS: usize = 48;

/// Reads `[usual]`.
pub(super) fn usual(
    mut reader: Reader<'_>,
    zone: &TimeZone,
    around: &Surroundings<'_>,
) -> (UsualProfile, Vec<DayCalendar>) {
    let all = profile(&reader.given("profile"));
    let mut queues: Vec<(QueueId, Vec<f64>)> = Vec::new();
    for mut queue in reader.may("queue").tables() {
        let id = queue.need("id", "write the queue's name as its feed has it");
        let values = queue.need("profile", "write 48 numbers, one a half-hour from 00:00");
        queue.finish();
        let Some(name) = id.name(128).map(|text| QueueId::new(&text)) else { continue };
        if queues.iter().any(|(known, _)| *known == name) {
            id.error(format!("the queue '{name}' has a profile already"), "keep one of them");
        } else {
            if values.present() && values.list("").is_empty() {
                values.error("is empty", "write 48 numbers, or leave the whole [[usual.queue]] out");
            }
            queues.push((name, profile(&values)));
        }
    }
    let calendars = calendars(&reader.given("calendars"), zone, around);
    reader.finish();
    (UsualProfile { all, queues }, calendars)
}

/// 48 numbers, or none at all.
fn profile(field: &Field<'_>) -> Vec<f64> {
    let items = field.list("write 48 numbers between [ and ], one a half-hour from 00:00");
    if !items.is_empty() && items.len() != HALF_HOURS {
        field.error(
            format!("has {} numbers, a day has 48 half-hours", items.len()),
            "write one number a half-hour, the first for 00:00–00:30",
        );
    }
    items.iter().filter_map(|item| item.number(0.0..=1e6)).collect()
}
