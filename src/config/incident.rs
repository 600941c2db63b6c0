//! `[incident]`: how incidents are carried, the ladder, the roles, the grades.

use std::path::{Path, PathBuf};

use super::reader::{Field, Reader};
use super::settings::{GradeTable, IncidentRules, LadderStep, LadderWho};
use crate::model::{Label, Span};

/// Steps of a ladder; more than this nobody climbs.
const STEPS: usize = 20;

/// Reads the table; paths are relative to `base`, the folder of the configuration file.
pub(super) fn incident(mut reader: Reader<'_>, base: &Path) -> IncidentRules {
    let minutes = |field: &Field<'_>, most: f64| {
        field.number(0.0..=most).map(|n| Span::from_secs_f64(n * 60.0)).unwrap_or_default()
    };
    let ack_field = reader.given("ack_min");
    let ack = ack_field.number(1.0..=1440.0).map(|n| Span::from_secs_f64(n * 60.0)).unwrap_or_default();
    let flap = minutes(&reader.given("flap_min"), 240.0);
    let worse_at = rising(&reader.given("worse_at"), |field| field.number(1.1..=1000.0));
    let update_managers = minutes(&reader.given("update_managers_min"), 1440.0);
    let update_business = minutes(&reader.given("update_business_min"), 1440.0);
    let ups = minutes(&reader.given("ups_min"), 10_080.0);
    let roles = labels(&reader.given("roles"));
    let beside = labels(&reader.given("beside"));
    let ladder = ladder(&reader.given("ladder"), &roles, &beside);
    let grades = grades(reader.given("grades").table());
    let path = |field: Field<'_>| field.text().map(|text| base.join(text));
    let playbooks = path(reader.may("playbooks"));
    let rosters: Vec<PathBuf> = reader
        .may("rosters")
        .list("write rosters = [\"duty.toml\"]")
        .iter()
        .filter_map(Field::text)
        .map(|text| base.join(text))
        .collect();
    let socket = path(reader.may("socket"));
    reader.finish();
    IncidentRules {
        ack,
        flap,
        worse_at,
        update_managers,
        update_business,
        ups,
        ladder,
        roles,
        beside,
        grades,
        playbooks,
        rosters,
        socket,
    }
}

fn labels(field: &Field<'_>) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for item in field.list("write a list of words: [\"duty_manager\", …]") {
        let Some(label) = item.label() else { continue };
        if labels.contains(&label) {
            item.error("stands here twice", "keep one of them");
        } else {
            labels.push(label);
        }
    }
    labels
}

/// Numbers each larger than the one before.
fn rising<T: PartialOrd + Copy>(field: &Field<'_>, read: impl Fn(&Field<'_>) -> Option<T>) -> Vec<T> {
    let mut numbers: Vec<T> = Vec::new();
    for item in field.list("write a list of rising numbers") {
        let Some(n) = read(&item) else { continue };
        if numbers.last().is_some_and(|last| *last >= n) {
            item.error("is not larger than the one before", "write the numbers in rising order");
        } else {
            numbers.push(n);
        }
    }
    numbers
}

fn ladder(field: &Field<'_>, roles: &[Label], beside: &[Label]) -> Vec<LadderStep> {
    let words = [("first", LadderWho::First), ("backup", LadderWho::Backup), ("both", LadderWho::Both)];
    let mut steps: Vec<LadderStep> = Vec::new();
    for mut step in field.tables().into_iter().take(STEPS) {
        let after_field = step.need("after_min", "write the minutes after opening: after_min = 3");
        let after = after_field.number(0.0..=1440.0).map(|n| Span::from_secs_f64(n * 60.0));
        let role_field = step.need("role", "write a role of [incident] roles: role = \"duty_manager\"");
        let role = role_field.label();
        let who = step.may("who").choice(&words).unwrap_or(LadderWho::First);
        step.finish();
        let (Some(after), Some(role)) = (after, role) else { continue };
        if !roles.contains(&role) && !beside.contains(&role) {
            let known = roles.iter().chain(beside).map(Label::as_str).collect::<Vec<_>>().join(", ");
            role_field
                .error(format!("'{role}' is no role"), format!("write one of {known}, or add it to incident.roles"));
            continue;
        }
        if steps.last().is_some_and(|last| last.after > after) {
            after_field.error("is before the step above", "order the steps by after_min");
            continue;
        }
        steps.push(LadderStep { after, role, who });
    }
    steps
}

fn grades(mut reader: Reader<'_>) -> GradeTable {
    let whole = |most: i64| move |field: &Field<'_>| field.whole(1..=most).and_then(|n| u64::try_from(n).ok());
    let sample = reader.given("sample").switch().unwrap_or_default();
    let households = rising(&reader.given("households"), whole(100_000_000));
    let minutes = rising(&reader.given("minutes"), whole(100_000));
    let table = reader.given("grades");
    let mut grades = Vec::new();
    for row in table.list("write a list of rows: [[4, 3], [3, 2]]") {
        let cells: Vec<u64> =
            row.list("write a list of grades: [4, 3, 2]").iter().filter_map(|cell| whole(99)(cell)).collect();
        if cells.len() != minutes.len() {
            row.error(
                format!("has {} grades for {} limits of minutes", cells.len(), minutes.len()),
                "write one grade for each of minutes",
            );
        }
        grades.push(cells);
    }
    if grades.len() != households.len() {
        table.error(
            format!("has {} rows for {} limits of households", grades.len(), households.len()),
            "write one row for each of households",
        );
    }
    reader.finish();
    GradeTable { sample, households, minutes, grades }
}
