//! Where a surge comes from and how rare it is: what is told beside its counts.

use jiff::civil::Date;

use crate::metrics::Scope;
use crate::model::Label;

/// Of each kind of place so many are told.
const TOP: usize = 3;

/// One place among the calls of a surge: what came from it in the surge's span, against its usual.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// A queue, a line, an area, a menu or a reason.
    pub scope: Scope,
    /// Its shown name.
    pub name: Label,
    /// Calls in the span.
    pub offered: f64,
    /// The usual of the span: its own, or its ordinary share of that of all.
    pub usual: f64,
}

/// How often it was as high before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Earlier days that are known.
    pub days: usize,
    /// On how many of them some half-hour reached this many times its usual.
    pub times: usize,
    /// The last of them.
    pub last: Option<Date>,
}

/// What is told of a surge beside its counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SurgeDetail {
    /// The places whose calls were most above their usual, kind by kind, at most three of each. The whole site's: calls are
    /// counted by each of their marks, not by two at a time.
    pub moved: Vec<Moved>,
    /// How often it was as high before; `None` where no earlier day is known.
    pub before: Option<Before>,
}

impl Moved {
    /// How many times its usual; 0 where nothing is usual.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        if self.usual > 0.0 { self.offered / self.usual } else { 0.0 }
    }

    fn more(&self) -> f64 {
        self.offered - self.usual
    }
}

impl SurgeDetail {
    /// Whether a scope is a place a surge can come from.
    #[must_use]
    pub const fn is_place(scope: &Scope) -> bool {
        kind(scope) < KINDS
    }

    /// Of all places those that moved most, kind by kind.
    #[must_use]
    pub fn top(places: impl Iterator<Item = Moved>) -> Vec<Moved> {
        let mut moved: Vec<Moved> = places.filter(|p| Self::is_place(&p.scope) && p.more() > 0.0).collect();
        moved.sort_by(|a, b| {
            let by_kind = kind(&a.scope).cmp(&kind(&b.scope));
            by_kind.then(b.more().total_cmp(&a.more())).then_with(|| a.name.as_str().cmp(b.name.as_str()))
        });
        let mut told = [0; KINDS as usize];
        moved.retain(|place| {
            let Some(told) = told.get_mut(usize::from(kind(&place.scope))) else { return false };
            *told += 1;
            *told <= TOP
        });
        moved
    }
}

impl Before {
    /// From the highest half-hours of earlier days (times the usual), oldest first; `None` without any.
    #[must_use]
    pub fn of(heights: &[(Date, f64)], ratio: f64) -> Option<Self> {
        let reached = || heights.iter().filter(|(_, height)| *height >= ratio);
        (!heights.is_empty()).then(|| Self {
            days: heights.len(),
            times: reached().count(),
            last: reached().map(|(date, _)| *date).max(),
        })
    }
}

const KINDS: u8 = 5;

const fn kind(scope: &Scope) -> u8 {
    match scope {
        Scope::Area(_) => 0,
        Scope::Line(_) => 1,
        Scope::Menu(_) => 2,
        Scope::Reason(_) => 3,
        Scope::Queue(..) => 4,
        Scope::All | Scope::Group(_) | Scope::Team(_) => KINDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_that_moved_most_are_told_kind_by_kind() {
        let place = |scope: Scope, name: &str, offered, usual| Moved { scope, name: Label::new(name), offered, usual };
        let area = |name: &str, offered, usual| place(Scope::Area(Label::new(name)), name, offered, usual);
        let places = [
            area("a", 10.0, 9.0),
            area("b", 40.0, 4.0),
            area("c", 5.0, 9.0),
            area("d", 3.0, 1.0),
            area("e", 8.0, 2.0),
            place(Scope::Line(Label::new("8000")), "8000", 50.0, 30.0),
            place(Scope::All, "all", 60.0, 30.0),
        ];
        let names: Vec<String> = SurgeDetail::top(places.into_iter()).iter().map(|m| m.name.to_string()).collect();
        assert_eq!(names, ["b", "e", "d", "8000"]);
    }

    #[test]
    fn how_often_it_was_as_high_before() {
        let date = |day| jiff::civil::date(2026, 8, day);
        let heights = [(date(3), 2.5), (date(5), 1.2), (date(12), 3.0), (date(13), 1.9)];
        let before = |ratio| Before::of(&heights, ratio).map(|b| (b.days, b.times, b.last));
        assert_eq!(before(2.0), Some((4, 2, Some(date(12)))));
        assert_eq!(before(9.0), Some((4, 0, None)));
        assert_eq!(Before::of(&[], 2.0), None);
    }
}
