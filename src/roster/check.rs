//! What is wrong with a roster that can be read: hours nobody has, and hours two have.

use super::duty::{Roster, When};
use crate::model::{Label, Span, Time};

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nobody has the role.
    Nobody {
        /// Which role.
        role: Label,
        /// From.
        from: Time,
        /// To.
        to: Time,
    },
    /// Somebody has the role, and no backup.
    NoBackup {
        /// Which role.
        role: Label,
        /// From.
        from: Time,
        /// To.
        to: Time,
    },
    /// A role the configuration does not know.
    UnknownRole {
        /// Which.
        role: Label,
        /// The file.
        file: Label,
        /// The line.
        line: u64,
    },
}

/// Looks at the roles that are told (`told`) over some days from an instant; `known` are all roles there are.
#[must_use]
pub fn check(roster: &Roster, told: &[Label], known: &[Label], from: Time, days: u32) -> Vec<Finding> {
    let mut findings: Vec<Finding> = roster
        .shifts()
        .iter()
        .filter(|s| !known.contains(&s.role))
        .map(|s| Finding::UnknownRole { role: s.role.clone(), file: s.file.clone(), line: s.line })
        .collect();
    let to = from + Span::from_secs(i64::from(days) * 86_400);
    for role in told {
        let mut edges = vec![from, to];
        for shift in roster.shifts().iter().filter(|s| s.role == *role && s.when != When::Always) {
            for (start, end) in roster.occurrences(shift, from, to) {
                edges.extend([start, end].into_iter().filter(|e| *e > from && *e < to));
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let spans = || edges.iter().zip(edges.iter().skip(1)).map(|(a, b)| (*a, *b));
        let of = |wrong: fn(&super::Holders) -> bool| merged(spans().filter(|(a, _)| wrong(&roster.planned(role, *a))));
        let nobody = of(|h| h.first.is_none());
        let alone = of(|h| h.first.is_some() && h.backup.is_none());
        findings.extend(nobody.into_iter().map(|(from, to)| Finding::Nobody { role: role.clone(), from, to }));
        findings.extend(alone.into_iter().map(|(from, to)| Finding::NoBackup { role: role.clone(), from, to }));
    }
    findings
}

/// Spans that touch become one.
fn merged(spans: impl Iterator<Item = (Time, Time)>) -> Vec<(Time, Time)> {
    let mut found: Vec<(Time, Time)> = Vec::new();
    for (from, to) in spans {
        match found.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => found.push((from, to)),
        }
    }
    found
}
