//! What history taught: calls of earlier days of the same kind, and their robust centre.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use rustc_hash::{FxHashMap, FxHashSet};

use super::curve::{DAY_MINUTES, local_date, local_minute};
use crate::metrics::Scope;
use crate::model::{Span, Time};

/// Minutes of a slot.
const SLOT_MIN: usize = 15;
/// Slots of a day.
pub(super) const SLOTS: usize = DAY_MINUTES / SLOT_MIN;
/// Days of the same kind that are looked at, at most: eight weeks of one a week.
const DAYS: usize = 8;
/// Dates on which nothing at all came teach only beside this many others: the median bears one among many.
const BESIDE: usize = 6;
/// A day longer ago than this teaches nothing any more.
const WEEKS: i32 = 13;
/// A median of counts needs about this many calls to mean something; smaller slots are pooled with their neighbours.
const POOLED_CALLS: f64 = 6.0;
/// Neighbours on each side that may be pooled.
const POOLED_SLOTS: usize = 6;

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
    special: BTreeMap<Date, DayKind>,
}

impl Calendar {
    /// Marks a date as of another kind than its weekday.
    pub fn mark(&mut self, date: Date, kind: DayKind) {
        self.special.insert(date, kind);
    }

    /// The kind of a date.
    #[must_use]
    pub fn kind(&self, date: Date) -> DayKind {
        self.special.get(&date).copied().unwrap_or(DayKind::Weekday(date.weekday()))
    }
}

/// How much is known of a kind of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// Days of this kind seen.
    pub have: u32,
    /// Days needed before they speak.
    pub need: u32,
}

/// Calls of one scope on one date, by slot.
#[derive(Clone, Debug, PartialEq)]
struct Day {
    calls: [u32; SLOTS],
    /// Slots that must not teach: gaps, incidents. One bit a slot.
    excluded: u128,
}

impl Default for Day {
    fn default() -> Self {
        Self { calls: [0; SLOTS], excluded: 0 }
    }
}

/// First joins by scope, local date and quarter of an hour. Plain counts: what is made of them is decided when asked.
#[derive(Clone, Debug)]
pub struct History {
    zone: TimeZone,
    calendar: Calendar,
    /// Days needed before they speak.
    need: u32,
    scopes: FxHashMap<Scope, BTreeMap<Date, Day>>,
    /// Dates on which anything came at all; on others nobody listened or nothing was open.
    seen: FxHashSet<Date>,
    /// Slots no scope may learn from.
    excluded: BTreeMap<Date, u128>,
}

impl History {
    /// Nothing known yet; `need` days of a kind are needed before they speak.
    #[must_use]
    pub fn new(zone: TimeZone, calendar: Calendar, need: u32) -> Self {
        Self {
            zone,
            calendar,
            need: need.max(1),
            scopes: FxHashMap::default(),
            seen: FxHashSet::default(),
            excluded: BTreeMap::new(),
        }
    }

    /// Something came on a date, in whatever scope: somebody listened.
    pub fn saw(&mut self, date: Date) {
        self.seen.insert(date);
    }

    /// A first join.
    pub fn arrival(&mut self, scope: &Scope, at: Time) {
        let (date, slot) = self.place(at);
        self.add(scope, date, slot, 1);
    }

    /// `calls` first joins in a slot of 15 minutes (0–95, by the local clock), as the store keeps them.
    pub fn add(&mut self, scope: &Scope, date: Date, slot: usize, calls: u32) {
        if !self.scopes.contains_key(scope) {
            self.scopes.insert(scope.clone(), BTreeMap::new());
        }
        let day = self.scopes.get_mut(scope).map(|days| days.entry(date).or_default());
        if let Some(place) = day.and_then(|d| d.calls.get_mut(slot)) {
            *place = place.saturating_add(calls);
            self.seen.insert(date);
        }
    }

    /// A span that must not teach: a gap (every scope), or an incident of one scope.
    pub fn exclude(&mut self, scope: Option<&Scope>, from: Time, to: Time) {
        let quarter = Span::from_secs(900);
        let mut at = from;
        // A span of more than a month is a matter of deleting days, not of slots.
        for _ in 0..3000 {
            if at >= to {
                break;
            }
            let (date, slot) = self.place(at);
            let bit = 1_u128 << slot.min(127);
            match scope {
                None => *self.excluded.entry(date).or_default() |= bit,
                Some(scope) => {
                    if let Some(days) = self.scopes.get_mut(scope) {
                        days.entry(date).or_default().excluded |= bit;
                    }
                }
            }
            at = (at + quarter).min(to.max(at + Span::from_secs(1)));
        }
    }

    /// How much is known for a date.
    #[must_use]
    pub fn learning(&self, scope: &Scope, date: Date) -> Learning {
        let have = u32::try_from(self.days(scope, date).len()).unwrap_or(u32::MAX);
        Learning { have, need: self.need }
    }

    /// Expected calls of each local minute of a date; `None` while too little is known.
    #[must_use]
    pub(super) fn minutes(&self, scope: &Scope, date: Date) -> Option<Vec<f64>> {
        let days = self.days(scope, date);
        if days.len() < usize::try_from(self.need).unwrap_or(usize::MAX) {
            return None;
        }
        let centre: Vec<f64> = (0..SLOTS).map(|slot| centre(&days, slot)).collect();
        Some(interpolate(&smooth(&centre)))
    }

    fn place(&self, at: Time) -> (Date, usize) {
        (local_date(at, &self.zone), local_minute(at, &self.zone) / SLOT_MIN)
    }

    /// The days that teach `date`: earlier ones of its kind, the newest first, from when the scope was first seen.
    fn days(&self, scope: &Scope, date: Date) -> Vec<Day> {
        let Some(known) = self.scopes.get(scope) else { return Vec::new() };
        let Some(first) = known.keys().next().copied() else { return Vec::new() };
        let kind = self.calendar.kind(date);
        let mut dates = Vec::with_capacity(DAYS);
        let mut day = date;
        for _ in 0..WEEKS * 7 {
            let Ok(before) = day.yesterday() else { break };
            day = before;
            if day < first || dates.len() == DAYS {
                break;
            }
            if self.calendar.kind(day) == kind {
                dates.push(day);
            }
        }
        if dates.iter().filter(|d| self.seen.contains(d)).count() < BESIDE {
            dates.retain(|d| self.seen.contains(d));
        }
        let day = |date: &Date| {
            let mut day = known.get(date).cloned().unwrap_or_default();
            day.excluded |= self.excluded.get(date).copied().unwrap_or(0);
            day
        };
        dates.iter().map(day).collect()
    }
}

/// The robust centre of one slot: the median over the days, of the slot and as many neighbours as make it a count worth
/// a median, given back to the slot by its share of the mean.
fn centre(days: &[Day], slot: usize) -> f64 {
    let mut values = Vec::with_capacity(days.len());
    for reach in 0..=POOLED_SLOTS {
        let slots = slot.saturating_sub(reach)..=(slot + reach).min(SLOTS - 1);
        let bits = slots.clone().fold(0_u128, |bits, s| bits | 1 << s);
        values.clear();
        let mut here = 0.0;
        // Where nothing is left to learn from, a doubtful day is better than none.
        let none_left = days.iter().all(|d| d.excluded & bits != 0);
        for day in days.iter().filter(|d| none_left || d.excluded & bits == 0) {
            values.push(slots.clone().filter_map(|s| day.calls.get(s)).map(|c| f64::from(*c)).sum::<f64>());
            here += day.calls.get(slot).map_or(0.0, |c| f64::from(*c));
        }
        let sum: f64 = values.iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "days are few")]
        let n = values.len() as f64;
        if sum >= POOLED_CALLS * n || reach == POOLED_SLOTS {
            return if sum > 0.0 { median(&mut values) * here / sum } else { 0.0 };
        }
    }
    0.0
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let (a, b) = (values.get(n.saturating_sub(1) / 2), values.get(n / 2));
    f64::midpoint(a.copied().unwrap_or(0.0), b.copied().unwrap_or(0.0))
}

/// 1-2-1 over neighbouring slots.
fn smooth(slots: &[f64]) -> Vec<f64> {
    let at = |i: usize| slots.get(i).copied().unwrap_or(0.0);
    let last = slots.len().saturating_sub(1);
    (0..slots.len()).map(|i| (at(i.saturating_sub(1)) + 2.0 * at(i) + at((i + 1).min(last))) / 4.0).collect()
}

/// Straight between the centres of the slots, by the minute.
#[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
fn interpolate(slots: &[f64]) -> Vec<f64> {
    let width = SLOT_MIN as f64;
    let at = |i: usize| slots.get(i).copied().unwrap_or(0.0) / width;
    let last = slots.len().saturating_sub(1);
    (0..DAY_MINUTES)
        .map(|minute| {
            let place = ((minute as f64 + 0.5) / width - 0.5).max(0.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a slot of the day")]
            let left = (place as usize).min(last);
            let share = (place - left as f64).min(1.0);
            at(left) + (at((left + 1).min(last)) - at(left)) * share
        })
        .collect()
}
