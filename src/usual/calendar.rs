//! Which date is of which kind, what is planned for it, and what of it must not teach.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::curve::{DAY_MINUTES, day_start, local_minute};
use crate::config::{DayCalendar, Like, Names, Planned, When};
use crate::metrics::Scope;
use crate::model::{QueueId, Span};

/// Minutes of a slot, the grain in which something is kept from teaching.
const SLOT_MIN: usize = 15;
/// A calendar that runs out is told so many days before.
const RUNS_OUT_DAYS: i32 = 60;

/// What sort of day a date is: days of one kind are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// An ordinary day of the week.
    Weekday(Weekday),
    /// A kind of the customer's own (holidays, eves, billing days), by its number in the calendar.
    Special(u16),
}

/// Which date is of which kind: the weekday, unless the calendar says otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calendar {
    special: BTreeMap<Date, Special>,
    planned: Vec<Planned>,
    excluded: Vec<(DateTime, DateTime)>,
    ends: Vec<(Names, Date)>,
}

/// A date of another kind than its weekday.
#[derive(Clone, Debug, PartialEq)]
struct Special {
    kind: DayKind,
    name: Names,
    like: Like,
}

/// Something planned for a date.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What.
    pub name: Names,
    /// Times the usual; 1 only names it.
    pub factor: f64,
    /// Only these queues; empty: the whole site.
    pub queues: Vec<QueueId>,
    /// From, by the local clock.
    pub from: DateTime,
    /// To, not included.
    pub to: DateTime,
}

impl Plan {
    /// Whether it changes what a scope may expect. Above single queues a plan for some of them counts for their part.
    #[must_use]
    pub fn concerns(&self, scope: &Scope) -> bool {
        let whole = self.queues.is_empty();
        self.changes() && (whole || !matches!(scope, Scope::Queue(_, id) if !self.queues.contains(id)))
    }

    /// Whether it is more than a name.
    #[must_use]
    pub fn changes(&self) -> bool {
        (self.factor - 1.0).abs() > f64::EPSILON
    }

    /// The minutes of the local day it covers.
    #[must_use]
    pub(super) fn minutes(&self, date: Date) -> std::ops::Range<usize> {
        minutes(date, self.from, self.to)
    }
}

impl Calendar {
    /// The calendars of a configuration in one. Of two that name a date the later one counts.
    #[must_use]
    pub fn of(calendars: &[DayCalendar]) -> Self {
        let mut made = Self::default();
        let mut kinds: Vec<&str> = Vec::new();
        for calendar in calendars {
            for day in &calendar.days {
                let place = kinds.iter().position(|k| *k == day.kind.as_str()).unwrap_or_else(|| {
                    kinds.push(day.kind.as_str());
                    kinds.len() - 1
                });
                let kind = DayKind::Special(u16::try_from(place).unwrap_or(u16::MAX));
                made.special.insert(day.date, Special { kind, name: day.name.clone(), like: day.like });
            }
            made.planned.extend(calendar.planned.iter().cloned());
            made.excluded.extend(calendar.excluded.iter().map(|e| (e.from, e.to)));
            made.ends.extend(calendar.valid_until.map(|until| (calendar.name.clone(), until)));
        }
        made
    }

    /// Marks a date as of another kind than its weekday.
    pub fn mark(&mut self, date: Date, kind: DayKind) {
        self.special.insert(date, Special { kind, name: Names::default(), like: Like::Nothing });
    }

    /// The kind of a date.
    #[must_use]
    pub fn kind(&self, date: Date) -> DayKind {
        self.special.get(&date).map_or(DayKind::Weekday(date.weekday()), |s| s.kind)
    }

    /// What a special date is called, and what it is taken for while too little of its kind is known; `None` on an
    /// ordinary day.
    #[must_use]
    pub fn special(&self, date: Date) -> Option<(&Names, Like)> {
        self.special.get(&date).map(|s| (&s.name, s.like))
    }

    /// Special dates before this one, the newest first, with their kinds.
    pub(super) fn special_before(&self, date: Date) -> impl Iterator<Item = (Date, DayKind)> + '_ {
        self.special.range(..date).rev().map(|(d, s)| (*d, s.kind))
    }

    /// Special dates in [`from`, `to`).
    pub fn special_between(&self, from: Date, to: Date) -> impl Iterator<Item = Date> + '_ {
        self.special.range(from..to.max(from)).map(|(d, _)| *d)
    }

    /// What is planned for a date, in the order of the files.
    pub fn planned(&self, date: Date) -> impl Iterator<Item = Plan> + '_ {
        self.planned.iter().filter_map(move |p| {
            let (from, to) = p.when.on(date)?;
            Some(Plan { name: p.name.clone(), factor: p.factor, queues: p.queues.clone(), from, to })
        })
    }

    /// Calendars that end before long, or have ended: those with a last date, from 60 days before it.
    pub fn running_out(&self, date: Date) -> impl Iterator<Item = &(Names, Date)> {
        self.ends.iter().filter(move |(_, until)| date.until(*until).is_ok_and(|left| left.get_days() <= RUNS_OUT_DAYS))
    }

    /// Quarters of an hour of a date that must not teach a scope, one bit each: what is excluded, and what was planned to
    /// be more or less than usual.
    pub(super) fn untaught(&self, scope: &Scope, date: Date) -> u128 {
        let excluded = self.excluded.iter().map(|(from, to)| minutes(date, *from, *to));
        let planned = self.planned.iter().filter(|p| (p.factor - 1.0).abs() > f64::EPSILON);
        let planned = planned.filter_map(|p| {
            let concerns = p.queues.is_empty() || !matches!(scope, Scope::Queue(_, id) if !p.queues.contains(id));
            let (from, to) = p.when.on(date).filter(|_| concerns)?;
            Some(minutes(date, from, to))
        });
        excluded.chain(planned).fold(0, |bits, span| bits | slots(span))
    }
}

/// Minutes of the local day of a date that lie in a span.
fn minutes(date: Date, from: DateTime, to: DateTime) -> std::ops::Range<usize> {
    let Some((from, to)) = When::Once(from, to).on(date) else { return 0..0 };
    let minute = |at: DateTime| usize::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0);
    let end = if to.date() > date { DAY_MINUTES } else { minute(to) + usize::from(to.second() > 0) };
    minute(from)..end.min(DAY_MINUTES)
}

/// The slots that minutes lie in, one bit each.
fn slots(minutes: std::ops::Range<usize>) -> u128 {
    let range = minutes.start / SLOT_MIN..minutes.end.div_ceil(SLOT_MIN);
    range.fold(0, |bits, slot| bits | 1_u128 << slot.min(127))
}

/// Slots of a local date that its clock passes twice or not at all: a count of them is of no ordinary quarter of an hour.
pub(super) fn clock_changes(date: Date, zone: &TimeZone) -> u128 {
    let ends = || Some((day_start(date, zone)?, day_start(date.tomorrow().ok()?, zone)?));
    let Some((start, end)) = ends() else { return 0 };
    if end - start == Span::from_secs(86_400) {
        return 0;
    }
    let mut passed = [0_u8; DAY_MINUTES / SLOT_MIN];
    let mut at = start;
    while at < end {
        if let Some(n) = passed.get_mut(local_minute(at, zone) / SLOT_MIN) {
            *n = n.saturating_add(1);
        }
        at = at + Span::from_secs(900);
    }
    passed.iter().enumerate().filter(|(_, n)| **n != 1).fold(0, |bits, (slot, _)| bits | 1_u128 << slot)
}
