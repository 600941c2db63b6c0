//! Roles and the names of people.

use crate::model::Label;

/// Roles whose names are built in (`role.<word>` of the texts): those of the line, lowest first, then those beside it.
pub const ROLES: &[&str] = &[
    "agent",
    "team_lead",
    "duty_manager",
    "service_supervisor",
    "service_manager",
    "director",
    "branch_dispatch",
    "group_dispatch",
    "group_maintenance",
    "security",
    "building",
    "system_maintenance",
    "liaison",
    "on_call_engineer",
];

/// The roster name of who did something: what stands before the user in `Name (user)`, else all of it.
#[must_use]
pub fn name_of(by: &Label) -> Label {
    match by.as_str().rsplit_once(" (") {
        Some((name, user)) if user.ends_with(')') && !name.trim().is_empty() => Label::new(name),
        _ => by.clone(),
    }
}

/// Whether two names are those of one person: case and the user in brackets do not matter.
#[must_use]
pub fn same_person(a: &Label, b: &Label) -> bool {
    name_of(a).as_str().to_lowercase() == name_of(b).as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roster_name_stands_before_the_user() {
        for (by, name) in
            [("Li Na (ops)", "Li Na"), ("ops", "ops"), (" (ops)", "(ops)"), ("A (b) c", "A (b) c"), ("", "")]
        {
            assert_eq!(name_of(&Label::new(by)).as_str(), name, "{by}");
        }
        assert!(same_person(&Label::new("li na"), &Label::new("Li Na (ops)")));
    }
}
