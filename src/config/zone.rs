//! Time zones by name, with near ones where the name is not known.

use jiff::tz::TimeZone;

use super::suggest::{nearest, one_of};
use crate::model::clean;

/// Cities people write that have no zone of their own name.
const CITIES: &[(&str, &str)] = &[
    ("beijing", "Asia/Shanghai"),
    ("北京", "Asia/Shanghai"),
    ("上海", "Asia/Shanghai"),
    ("china", "Asia/Shanghai"),
    ("cst", "Asia/Shanghai"),
    ("shenzhen", "Asia/Shanghai"),
    ("guangzhou", "Asia/Shanghai"),
    ("hongkong", "Asia/Hong_Kong"),
    ("香港", "Asia/Hong_Kong"),
    ("台北", "Asia/Taipei"),
    ("ist", "Asia/Kolkata"),
    ("delhi", "Asia/Kolkata"),
    ("mumbai", "Asia/Kolkata"),
];

/// A time zone that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone '{name}'")]
pub struct UnknownZone {
    /// What was asked for, cleaned.
    pub name: String,
    /// Names near it, the likeliest first; may be empty.
    pub near: Vec<String>,
}

impl UnknownZone {
    /// What to write instead.
    #[must_use]
    pub fn remedy(&self) -> String {
        if self.near.is_empty() {
            "write a name of the IANA list like \"Asia/Shanghai\", or \"system\"".to_owned()
        } else {
            format!("did you mean {}?", one_of(self.near.iter().map(String::as_str)))
        }
    }
}

/// A zone by its IANA name (any case), or `system` for this machine's own.
///
/// # Errors
/// The name is unknown, or this machine's zone cannot be told; with near names.
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownZone> {
    let found = if name == "system" { TimeZone::try_system() } else { TimeZone::get(name) };
    found.map_err(|_why| UnknownZone { name: clean(name, 64).into(), near: near(name) })
}

/// Names whose last part is (nearly) what was written, then those near as a whole.
fn near(written: &str) -> Vec<String> {
    let last = written.rsplit('/').next().unwrap_or_default();
    let bare: String = last.chars().take(64).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let mut found: Vec<String> =
        CITIES.iter().filter(|(city, _)| *city == bare).map(|(_, zone)| (*zone).to_owned()).collect();
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    let city = |name: &str| name.rsplit('/').next().unwrap_or_default().replace('_', " ");
    let asked = city(written);
    let cities: Vec<String> = names.iter().map(|name| city(name)).collect();
    let by_city = nearest(&asked, cities.iter().map(String::as_str));
    found.extend(names.iter().zip(&cities).filter(|(_, c)| Some(c.as_str()) == by_city).map(|(n, _)| n.clone()));
    found.extend(nearest(written, names.iter().map(String::as_str)).map(str::to_owned));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|name| seen.insert(name.clone()));
    found.truncate(3);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered() {
        for (written, want) in [
            ("Asia/Shangai", "Asia/Shanghai"),
            ("Shanghai", "Asia/Shanghai"),
            ("Beijing", "Asia/Shanghai"),
            ("Asia/Beijing", "Asia/Shanghai"),
            ("北京", "Asia/Shanghai"),
            ("Europe/Berln", "Europe/Berlin"),
            ("new york", "America/New_York"),
        ] {
            let near = time_zone(written).map_err(|e| e.near);
            assert!(near.as_ref().is_err_and(|n| n.iter().any(|z| z == want)), "{written}: {near:?}");
        }
        assert_eq!(time_zone("Nowhere/Qqqqqqq").map_err(|e| e.near), Err(Vec::new()));
    }

    #[test]
    fn names_are_known_in_any_case() {
        assert!(time_zone("Asia/Shanghai").is_ok() && time_zone("asia/shanghai").is_ok());
    }
}
