//! The shift plan as imported: who is to be where, from when to when.

use std::collections::HashMap;

use crate::model::{Label, Span, Time};

/// A planned break of a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// It begins.
    pub from: Time,
    /// It ends.
    pub to: Time,
    /// A meal, not a rest.
    pub meal: bool,
}

/// One shift of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// It begins.
    pub start: Time,
    /// It ends, after `start`.
    pub end: Time,
    /// Breaks within it, in order, none over another.
    pub breaks: Vec<Break>,
    /// The desk it is worked at.
    pub desk: Option<Label>,
    /// Standby (备班): to be reached and to come when called, not at work.
    pub standby: bool,
}

impl Shift {
    /// Whether an instant lies in it.
    #[must_use]
    pub fn holds(&self, at: Time) -> bool {
        self.start <= at && at < self.end
    }

    /// The planned break that holds an instant.
    #[must_use]
    pub fn break_at(&self, at: Time) -> Option<&Break> {
        self.breaks.iter().find(|b| b.from <= at && at < b.to)
    }

    /// Time to be worked: its length less its breaks.
    #[must_use]
    pub fn work(&self) -> Span {
        let breaks: Span = self.breaks.iter().map(|b| b.to - b.from).sum();
        (self.end - self.start - breaks).or_zero()
    }
}

/// One person of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// As the plan and the feeds name the person (an agent's id, or the shown name).
    pub person: Label,
    /// Shown name, where the plan gives one.
    pub name: Option<Label>,
    /// Team of the newest row.
    pub team: Option<Label>,
    /// What the person can do: queues or skills, as the plan words them.
    pub skills: Vec<Label>,
    /// How long the person takes to arrive, where the plan knows better than the settings.
    pub arrives: Option<Span>,
    /// Overtime of this calendar month before this plan, from the personnel system.
    pub overtime_before: Span,
    /// Shifts by start; those at work never overlap.
    pub shifts: Vec<Shift>,
}

impl Planned {
    /// The shift at work that holds an instant.
    #[must_use]
    pub fn shift_at(&self, at: Time) -> Option<&Shift> {
        self.shifts.iter().find(|s| !s.standby && s.holds(at))
    }

    /// The standby that holds an instant.
    #[must_use]
    pub fn standby_at(&self, at: Time) -> Option<&Shift> {
        self.shifts.iter().find(|s| s.standby && s.holds(at))
    }

    /// The last shift at work that has ended.
    #[must_use]
    pub fn last_ended(&self, at: Time) -> Option<&Shift> {
        self.shifts.iter().filter(|s| !s.standby && s.end <= at).max_by_key(|s| s.end)
    }

    /// The next shift at work.
    #[must_use]
    pub fn next(&self, at: Time) -> Option<&Shift> {
        self.shifts.iter().filter(|s| !s.standby && s.start > at).min_by_key(|s| s.start)
    }

    /// The name to show.
    #[must_use]
    pub fn shown(&self) -> &Label {
        self.name.as_ref().unwrap_or(&self.person)
    }
}

/// A whole plan. Read by [`Plan::read`]; an empty one plans nobody.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    people: Vec<Planned>,
    by_name: HashMap<Label, usize>,
}

impl Plan {
    pub(super) fn of(people: Vec<Planned>) -> Self {
        let mut by_name = HashMap::new();
        // The word of the first column wins over a shown name; two of one shown name are told apart by it alone.
        for (at, planned) in people.iter().enumerate() {
            if let Some(name) = &planned.name {
                by_name.entry(name.clone()).and_modify(|known| *known = usize::MAX).or_insert(at);
            }
        }
        by_name.retain(|_, at| *at != usize::MAX);
        for (at, planned) in people.iter().enumerate() {
            by_name.insert(planned.person.clone(), at);
        }
        Self { people, by_name }
    }

    /// Everybody, in the order first named.
    #[must_use]
    pub fn people(&self) -> &[Planned] {
        &self.people
    }

    /// Whether it plans nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The place of a person named so, by the first column or the shown name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// When the first shift begins and the last one ends.
    #[must_use]
    pub fn span(&self) -> Option<(Time, Time)> {
        let shifts = || self.people.iter().flat_map(|p| &p.shifts);
        Some((shifts().map(|s| s.start).min()?, shifts().map(|s| s.end).max()?))
    }
}
