//! `[shift_plan]`, `[discipline]`, `[call_in]`, `[lost_callers]` and `[privacy]`.

use std::path::PathBuf;

use super::floor_settings::{
    CallInRules, DisciplineRules, LongestTimes, LostRules, PrivacyMode, PrivacyRules, ShiftPlanSettings,
};
use super::reader::{Field, Reader};
use super::secrets::Surroundings;
use crate::model::{Label, Span};

/// Reads `[shift_plan]`. The file itself is read where the plan is.
pub(super) fn shift_plan(mut reader: Reader<'_>, around: &Surroundings<'_>) -> ShiftPlanSettings {
    let file = path(&reader.may("file"), around);
    reader.finish();
    ShiftPlanSettings { file }
}

fn path(field: &Field<'_>, around: &Surroundings<'_>) -> Option<PathBuf> {
    field.text().map(|written| around.env.path(&around.base, &written))
}

fn minutes(field: &Field<'_>, most: f64) -> Span {
    field.number(0.0..=most).map_or(Span::ZERO, |n| Span::from_secs_f64(n * 60.0))
}

fn count(field: &Field<'_>, range: std::ops::RangeInclusive<i64>) -> u32 {
    field.whole(range).and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

/// Reads `[discipline]`.
pub(super) fn discipline(mut reader: Reader<'_>) -> DisciplineRules {
    let mut quota = |key| count(&reader.given(key), 0..=10_000);
    let (rest_quota, burst_people, drop_min_calls) =
        (quota("rest_quota"), quota("burst_people"), quota("drop_min_calls"));
    let team_quota = reader.given("team_quota").table();
    let team_quota = team_quota.entries().map(|(team, _, field)| (Label::new(team), count(&field, 0..=10_000)));
    let team_quota = team_quota.collect();
    let meals = reader.given("meals").list("write [\"lunch\", \"meal\"]");
    let meals = meals.iter().filter_map(Field::text).map(|text| Label::new(&text.to_lowercase())).collect();
    let longest = longest(reader.given("longest_min").table());
    let by_reason = reader.given("longest_reason_min").table();
    let by_reason =
        by_reason.entries().map(|(reason, _, field)| (Label::new(&reason.to_lowercase()), minutes(&field, 1440.0)));
    let longest_by_reason = by_reason.collect();
    let rules = DisciplineRules {
        on: reader.given("on").switch().unwrap_or_default(),
        sign_in_within: minutes(&reader.given("sign_in_within_min"), 120.0),
        settle: minutes(&reader.given("settle_min"), 240.0),
        absent_after: minutes(&reader.given("absent_after_min"), 480.0),
        rest_an_hour: minutes(&reader.given("rest_an_hour_min"), 60.0),
        rest_quota,
        team_quota,
        meals,
        longest,
        longest_by_reason,
        after_call: reader.given("after_call_s").seconds(1.0..=7200.0).unwrap_or_default(),
        call: reader.given("call_s").seconds(1.0..=28_800.0).unwrap_or_default(),
        call_in_surge: reader.given("call_in_surge_s").seconds(1.0..=28_800.0).unwrap_or_default(),
        ready_while_waiting: reader.given("ready_while_waiting_s").seconds(1.0..=3600.0).unwrap_or_default(),
        desk_move: minutes(&reader.given("desk_move_min"), 120.0),
        occupancy: reader.given("occupancy").share().unwrap_or_default(),
        occupancy_for: minutes(&reader.given("occupancy_min"), 60.0),
        burst_people,
        burst_share: reader.given("burst_share").share().unwrap_or_default(),
        burst_within: minutes(&reader.given("burst_min"), 60.0),
        drop_ratio: reader.given("drop_ratio").number(1.0..=100.0).unwrap_or_default(),
        drop_short: reader.given("drop_short_s").seconds(0.0..=120.0).unwrap_or_default(),
        drop_min_calls,
        drop_within: minutes(&reader.given("drop_min"), 60.0),
    };
    reader.finish();
    rules
}

fn longest(mut reader: Reader<'_>) -> LongestTimes {
    let times = LongestTimes {
        rest: minutes(&reader.given("rest"), 1440.0),
        meal: minutes(&reader.given("meal"), 1440.0),
        training: minutes(&reader.given("training"), 1440.0),
        work: minutes(&reader.given("work"), 1440.0),
        other: minutes(&reader.given("other"), 1440.0),
    };
    reader.finish();
    times
}

/// Reads `[call_in]`.
pub(super) fn call_in(mut reader: Reader<'_>) -> CallInRules {
    let mut hours = |key| reader.given(key).number(0.0..=744.0).map_or(Span::ZERO, |n| Span::from_secs_f64(n * 3600.0));
    let (overtime_day, overtime_month) = (hours("overtime_day_h"), hours("overtime_month_h"));
    let rules = CallInRules {
        overtime_day,
        overtime_month,
        on_site: minutes(&reader.given("on_site_min"), 1440.0),
        standby: minutes(&reader.given("standby_min"), 1440.0),
        off_site: minutes(&reader.given("off_site_min"), 1440.0),
        around: minutes(&reader.given("around_min"), 1440.0),
    };
    reader.finish();
    rules
}

/// Reads `[lost_callers]`.
pub(super) fn lost(mut reader: Reader<'_>) -> LostRules {
    let rules = LostRules {
        on: reader.given("on").switch().unwrap_or_default(),
        keep: reader.given("keep_h").number(1.0..=168.0).map_or(Span::ZERO, |n| Span::from_secs_f64(n * 3600.0)),
        short: reader.given("short").switch().unwrap_or_default(),
    };
    reader.finish();
    rules
}

/// Reads `[privacy]`.
pub(super) fn privacy(mut reader: Reader<'_>, around: &Surroundings<'_>) -> PrivacyRules {
    let rules = PrivacyRules {
        mode: reader
            .given("mode")
            .choice(&PrivacyMode::ALL.map(|mode| (mode.word(), mode)))
            .unwrap_or(PrivacyMode::Team),
        team_min: count(&reader.given("team_min"), 2..=1000),
        retention_days: count(&reader.given("retention_days"), 1..=3650),
        access_log: path(&reader.may("access_log"), around),
    };
    reader.finish();
    rules
}
