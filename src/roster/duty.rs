//! The plan of duties and what people made of it: who is on duty at an instant.
//!
//! Times of the plan are local; each becomes an instant by the zone's own rules, so that the end of one shift is the start
//! of the next also where clocks change: nothing is left out and nothing is covered twice.

use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::tz::TimeZone;

use super::roles::same_person;
use crate::model::{Label, Span, Time};

/// A sign-in to a role nobody is planned for holds at most this long.
const CLAIM: Span = Span::from_secs(12 * 3600);

/// When a shift is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Round the clock.
    Always,
    /// On days of the week (Monday first), from a time to a time; over midnight where `to` is not after `from`.
    Weekly {
        /// Days it starts on.
        days: [bool; 7],
        /// Local start.
        from: Clock,
        /// Local end.
        to: Clock,
    },
    /// Once. It wins over weekly shifts of its role: a holiday, somebody's leave.
    Dated {
        /// Local start.
        from: DateTime,
        /// Local end.
        to: DateTime,
    },
}

/// One line of the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The role.
    pub role: Label,
    /// First person 第一责任人.
    pub person: Label,
    /// Backup 备份人选.
    pub backup: Option<Label>,
    /// When.
    pub when: When,
    /// The file it stands in.
    pub file: Label,
    /// Its line.
    pub line: u64,
}

/// The duty roster of a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Roster {
    zone: TimeZone,
    shifts: Vec<Shift>,
}

/// Who has a role at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Holders {
    /// The one on duty; `None`: nobody.
    pub first: Option<Label>,
    /// The backup.
    pub backup: Option<Label>,
    /// Since when the one on duty is signed in.
    pub signed_in: Option<Time>,
    /// Whether the role was handed over to them, or taken where nobody was planned.
    pub stands_in: bool,
}

impl Roster {
    /// A roster in a zone.
    #[must_use]
    pub const fn new(zone: TimeZone, shifts: Vec<Shift>) -> Self {
        Self { zone, shifts }
    }

    /// Whether no duty is planned at all: nobody can be told of anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.shifts.is_empty()
    }

    /// Every line.
    #[must_use]
    pub fn shifts(&self) -> &[Shift] {
        &self.shifts
    }

    /// The zone its times are in.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Who is planned for a role at an instant.
    #[must_use]
    pub fn planned(&self, role: &Label, at: Time) -> Holders {
        let mut on: Vec<&Shift> =
            self.shifts.iter().filter(|s| s.role == *role && self.occurrence(s, at).is_some()).collect();
        on.sort_by_key(|s| rank(&s.when));
        let Some(first) = on.first() else { return Holders::default() };
        let beside = on.iter().skip(1).find(|s| rank(&s.when) == rank(&first.when) && s.person != first.person);
        let backup = first.backup.clone().or_else(|| beside.map(|s| s.person.clone()));
        Holders { first: Some(first.person.clone()), backup, ..Holders::default() }
    }

    /// The next instant a shift of the role begins or ends.
    #[must_use]
    pub fn next_change(&self, role: &Label, after: Time) -> Option<Time> {
        let mut next: Option<Time> = None;
        for shift in self.shifts.iter().filter(|s| s.role == *role) {
            for (from, to) in self.occurrences(shift, after, after + Span::from_secs(8 * 86_400)) {
                for edge in [from, to] {
                    if edge > after && next.is_none_or(|n| edge < n) {
                        next = Some(edge);
                    }
                }
            }
        }
        next
    }

    /// The occurrence of a shift an instant lies in; the end is not part of it.
    fn occurrence(&self, shift: &Shift, at: Time) -> Option<(Time, Time)> {
        self.occurrences(shift, at, at).into_iter().find(|(from, to)| *from <= at && at < *to)
    }

    /// Occurrences of a shift that may touch a span, in order; some just outside of it are among them.
    pub(super) fn occurrences(&self, shift: &Shift, from: Time, to: Time) -> Vec<(Time, Time)> {
        let instant = |at: DateTime| self.zone.to_timestamp(at).ok().map(Time::from_jiff);
        match &shift.when {
            When::Always => vec![(Time::MIN, Time::MAX)],
            When::Dated { from, to } => instant(*from).zip(instant(*to)).into_iter().collect(),
            When::Weekly { days, from: start, to: end } => {
                let local = |at: Time| at.to_jiff().to_zoned(self.zone.clone()).date();
                let (mut day, last) = (before(local(from)), local(to));
                let mut found = Vec::new();
                while day <= last {
                    let planned = usize::try_from(day.weekday().to_monday_zero_offset()).ok();
                    let Ok(next) = day.tomorrow() else { break };
                    if planned.and_then(|n| days.get(n)).copied().unwrap_or(false) {
                        let over = if end > start { day } else { next };
                        found.extend(instant(day.to_datetime(*start)).zip(instant(over.to_datetime(*end))));
                    }
                    day = next;
                }
                found
            }
        }
    }
}

/// What wins: a date over a day of the week over always.
const fn rank(when: &When) -> u8 {
    match when {
        When::Dated { .. } => 0,
        When::Weekly { .. } => 1,
        When::Always => 2,
    }
}

fn before(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

/// A role taken by somebody else than planned.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    role: Label,
    person: Label,
    from: Time,
    until: Time,
}

/// A person signed in for a role.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signed {
    role: Label,
    person: Label,
    since: Time,
}

/// Sign-ins and hand-overs: a fold of what was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DutyBook {
    claims: Vec<Claim>,
    signed: Vec<Signed>,
}

impl DutyBook {
    /// Who has a role at an instant: who it was handed to, else who is planned, else who signed in for it.
    #[must_use]
    pub fn holders(&self, roster: &Roster, role: &Label, at: Time) -> Holders {
        let planned = roster.planned(role, at);
        let claim = self.claims.iter().rev().find(|c| c.role == *role && c.from <= at && at < c.until);
        let mut holders = match claim {
            Some(claim) => {
                // Who handed over has left: not even a backup.
                let backup = planned.backup.filter(|p| !same_person(p, &claim.person));
                Holders { first: Some(claim.person.clone()), backup, signed_in: None, stands_in: true }
            }
            None => planned,
        };
        holders.signed_in = holders.first.as_ref().and_then(|person| {
            self.signed.iter().rev().find(|s| s.role == *role && same_person(&s.person, person)).map(|s| s.since)
        });
        holders
    }

    /// The role a person has at an instant, the first of these.
    #[must_use]
    pub fn role_of<'r>(&self, roster: &Roster, roles: &'r [Label], person: &Label, at: Time) -> Option<&'r Label> {
        roles.iter().find(|role| {
            let holders = self.holders(roster, role, at);
            [holders.first, holders.backup].iter().flatten().any(|p| same_person(p, person))
        })
    }

    /// Till when a hand-over or a sign-in at this instant holds: to the end of the shift, at most twelve hours where none
    /// is planned.
    #[must_use]
    pub fn holds_until(roster: &Roster, role: &Label, at: Time) -> Time {
        roster.next_change(role, at).unwrap_or(at + CLAIM).min(at + Span::from_secs(86_400))
    }

    /// Records a sign-in; `until` where the role is taken by it, nobody being planned.
    pub fn sign_in(&mut self, role: &Label, person: &Label, at: Time, until: Option<Time>) {
        self.signed.retain(|s| s.role != *role || !same_person(&s.person, person));
        self.signed.push(Signed { role: role.clone(), person: person.clone(), since: at });
        if let Some(until) = until {
            self.claim(role, person, at, until);
        }
    }

    /// Records a sign-out: a role that was taken is free again.
    pub fn sign_out(&mut self, role: &Label, person: &Label) {
        self.signed.retain(|s| s.role != *role || !same_person(&s.person, person));
        self.claims.retain(|c| c.role != *role || !same_person(&c.person, person));
    }

    /// Records a hand-over.
    pub fn hand_over(&mut self, role: &Label, to: &Label, at: Time, until: Time) {
        self.claim(role, to, at, until);
    }

    fn claim(&mut self, role: &Label, person: &Label, from: Time, until: Time) {
        // What is long over answers no question about now.
        self.claims.retain(|c| from - c.until < Span::from_secs(86_400));
        self.claims.push(Claim { role: role.clone(), person: person.clone(), from, until });
    }
}
