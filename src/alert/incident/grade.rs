//! Grades of major faults 大故障: households hit × minutes since the announcement, by a two-way table.

use crate::config::GradeTable;
use crate::model::{Span, Time};

/// What the table proposes; a named person confirms it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The grade now; `None` where it is below the table. 1 is the worst.
    pub now: Option<u64>,
    /// The next worse grade, and when it is reached if nothing ends.
    pub next: Option<(u64, Time)>,
    /// The table is a sample of ours.
    pub sample: bool,
}

/// The proposal for so many households, the announcement issued and perhaps ended, at an instant. `None` without a row
/// for them.
#[must_use]
pub fn propose(table: &GradeTable, households: u64, issued: Time, ended: Option<Time>, now: Time) -> Option<Proposal> {
    let row = table.households.iter().rposition(|limit| households >= *limit)?;
    let row = table.grades.get(row)?;
    let limit = |minutes: u64| issued + Span::from_secs(i64::try_from(minutes).unwrap_or(0).saturating_mul(60));
    let until = ended.unwrap_or(now).min(now);
    let at = table.minutes.iter().rposition(|minutes| until >= limit(*minutes));
    let grade = at.and_then(|at| row.get(at)).copied();
    let later = table.minutes.iter().zip(row).skip(at.map_or(0, |at| at + 1));
    let next = later
        .filter(|_| ended.is_none())
        .find(|(_, other)| grade.is_none_or(|grade| **other < grade))
        .map(|(minutes, other)| (*other, limit(*minutes)));
    Some(Proposal { now: grade, next, sample: table.sample })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grade_follows_households_and_the_announced_duration() {
        let table = GradeTable {
            sample: true,
            households: vec![1000, 5000, 20_000],
            minutes: vec![30, 120, 240],
            grades: vec![vec![4, 3, 2], vec![3, 2, 1], vec![2, 1, 1]],
        };
        let issued = Time::from_secs(0);
        let minutes = |n: i64| Time::from_secs(n * 60);
        for (households, ended, now, grade, next) in [
            (999, None, 500, None, None),
            (1000, None, 29, Some(None), Some((4, 30))),
            (1000, None, 30, Some(Some(4)), Some((3, 120))),
            (6000, None, 119, Some(Some(3)), Some((2, 120))),
            (6000, None, 240, Some(Some(1)), None),
            // Ended: it grows no more, and nothing is coming.
            (6000, Some(100), 300, Some(Some(3)), None),
            // The next column is no worse: the one after is none either.
            (20_000, None, 130, Some(Some(1)), None),
        ] {
            let found = propose(&table, households, issued, ended.map(minutes), minutes(now));
            assert_eq!(found.map(|p| p.now), grade, "{households} {now}");
            assert_eq!(found.and_then(|p| p.next), next.map(|(g, at)| (g, minutes(at))), "{households} {now}");
        }
    }
}
