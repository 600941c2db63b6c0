//! What history taught: calls of earlier days of the same kind, and their robust centre.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use rustc_hash::{FxHashMap, FxHashSet};

use super::calendar::{Calendar, DayKind, clock_changes};
use super::curve::{DAY_MINUTES, local_date, local_minute};
use super::today::Taken;
use crate::config::Like;
use crate::metrics::Scope;
use crate::model::{FeedId, QueueId, Span, Time};

/// Minutes of a slot of the plain centre.
const SLOT_MIN: usize = 15;
/// Slots of a day.
const SLOTS: usize = DAY_MINUTES / SLOT_MIN;
/// Minutes of the finest count, for edges of the day that a slot would blur: the lines open, a shift begins.
const FINE_MIN: usize = 5;
/// Fine counts of a day.
const FINE: usize = DAY_MINUTES / FINE_MIN;
/// A level this many times that of before, or that part of it, is a shift.
const SHIFTED: f64 = 1.3;
/// A day of fewer calls than this tells no level.
const LEVEL_CALLS: f64 = 30.0;
/// Fine counts of half an hour.
const HALF_HOUR: usize = 30 / FINE_MIN;
/// Days of the same kind that are looked at, at most: eight weeks of one a week.
const DAYS: usize = 8;
/// Dates on which nothing at all came teach only beside this many others: the median bears one among many.
const BESIDE: usize = 6;
/// A day longer ago than this teaches nothing any more.
const WEEKS: i32 = 13;
/// Special days come once a year: those of their kind teach them for so many days.
const SPECIAL_DAYS: i32 = 400;
/// Scopes that are learnt, at most; their names come from outside.
const SCOPES: usize = 2_000;
/// Every slot of a day.
const WHOLE_DAY: u128 = (1 << SLOTS) - 1;
/// A median of counts needs about this many calls to mean something; smaller slots are pooled with their neighbours.
const POOLED_CALLS: f64 = 6.0;
/// Neighbours on each side that may be pooled.
const POOLED_SLOTS: usize = 6;

/// How much is known of a kind of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// Days of this kind seen.
    pub have: u32,
    /// Days needed before they speak.
    pub need: u32,
}

/// A level that stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// Ordinary days it has stayed for, as many as were asked for.
    pub days: usize,
    /// The first of them.
    pub since: Date,
    /// Times the calls of before.
    pub ratio: f64,
}

/// Calls of one scope on one date, by five minutes.
#[derive(Clone, Debug, PartialEq)]
struct Day {
    calls: [u32; FINE],
    /// Slots that must not teach: gaps, incidents. One bit a slot.
    excluded: u128,
    /// Slots in which a surge stood. They do not teach while they are few; what comes back week after week is usual.
    surged: u128,
}

impl Default for Day {
    fn default() -> Self {
        Self { calls: [0; FINE], excluded: 0, surged: 0 }
    }
}

/// A day as it teaches: by slot.
struct Taught {
    calls: [f64; SLOTS],
    fine: [f64; FINE],
    excluded: u128,
    surged: u128,
}

impl Taught {
    fn new(day: &Day, excluded: u128) -> Self {
        let mut calls = [0.0; SLOTS];
        for (slot, fine) in calls.iter_mut().zip(day.calls.chunks(SLOT_MIN / FINE_MIN)) {
            *slot = fine.iter().map(|c| f64::from(*c)).sum();
        }
        Self { calls, fine: day.calls.map(f64::from), excluded: day.excluded | excluded, surged: day.surged }
    }

    /// The same day, had so many times as many called.
    fn times(mut self, factor: f64) -> Self {
        self.calls.iter_mut().chain(&mut self.fine).for_each(|calls| *calls *= factor);
        self
    }
}

/// First joins by scope, local date and five minutes. Plain counts: what is made of them is decided when asked.
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
    /// From this date on calls run at a level of their own, as the user said.
    new_normal: Option<Date>,
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
            new_normal: None,
        }
    }

    /// From this date on calls run at a new level: days before it teach as if they had run at it already.
    pub const fn set_new_normal(&mut self, since: Option<Date>) {
        self.new_normal = since;
    }

    /// Something came on a date, in whatever scope: somebody listened.
    pub fn saw(&mut self, date: Date) {
        self.seen.insert(date);
    }

    /// A first join.
    pub fn arrival(&mut self, scope: &Scope, at: Time) {
        self.add(scope, local_date(at, &self.zone), local_minute(at, &self.zone), 1);
    }

    /// `calls` first joins in the five minutes (or the one) that begin at a minute of the day (0–1439, by the local
    /// clock), as a store keeps them.
    pub fn add(&mut self, scope: &Scope, date: Date, minute: usize, calls: u32) {
        if !self.scopes.contains_key(scope) {
            self.scopes.insert(scope.clone(), BTreeMap::new());
        }
        let day = self.scopes.get_mut(scope).map(|days| days.entry(date).or_default());
        if let Some(place) = day.and_then(|d| d.calls.get_mut(minute / FINE_MIN)) {
            *place = place.saturating_add(calls);
            self.seen.insert(date);
        }
    }

    /// As [`Self::add`], where it may be told again: `calls` are all of these five minutes, and of two counts the larger
    /// stands.
    pub fn put(&mut self, scope: &Scope, date: Date, minute: usize, calls: u32) {
        if !self.scopes.contains_key(scope) && self.scopes.len() >= SCOPES {
            return;
        }
        let days = self.scopes.entry(scope.clone()).or_default();
        if let Some(place) = days.entry(date).or_default().calls.get_mut(minute / FINE_MIN) {
            *place = calls.max(*place);
            self.seen.insert(date);
        }
    }

    /// As [`Self::put`], of the five minutes that begin at an instant.
    pub fn put_at(&mut self, scope: &Scope, from: Time, calls: u32) {
        self.put(scope, local_date(from, &self.zone), local_minute(from, &self.zone), calls);
    }

    /// The calendar.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Forgets days that are too long ago to teach `today` or any later date.
    pub fn forget(&mut self, today: Date) {
        let back = |days: i32| today.checked_sub(jiff::Span::new().days(days)).unwrap_or(Date::MIN);
        let (ordinary, special) = (back(WEEKS * 7 + 1), back(SPECIAL_DAYS + 1));
        let calendar = &self.calendar;
        let teaches = |date: &Date| {
            *date >= ordinary || (*date >= special && matches!(calendar.kind(*date), DayKind::Special(_)))
        };
        for days in self.scopes.values_mut() {
            days.retain(|date, _| teaches(date));
        }
        self.scopes.retain(|_, days| !days.is_empty());
        self.seen.retain(teaches);
        self.excluded.retain(|date, _| teaches(date));
    }

    /// What the usual of a special day is made of; `None` on an ordinary one.
    #[must_use]
    pub fn taken(&self, scope: &Scope, date: Date) -> Option<Taken> {
        let (_, like) = self.calendar.special(date)?;
        let own = self.dates(scope, date, self.calendar.kind(date));
        Some(if self.enough(own.len()) || like == Like::Nothing { Taken::Own } else { Taken::Like(like) })
    }

    /// The scopes of a queue, one a feed.
    pub(super) fn queues(&self, queue: &QueueId) -> Vec<Scope> {
        let is = |scope: &&Scope| matches!(scope, Scope::Queue(_, id) if id == queue);
        let mut found: Vec<Scope> = self.scopes.keys().filter(is).cloned().collect();
        // In one order each time: sums of them end in the same last digit.
        found.sort_by(|a, b| match (a, b) {
            (Scope::Queue(a, _), Scope::Queue(b, _)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
        found
    }

    const fn enough(&self, days: usize) -> bool {
        days >= self.need as usize
    }

    /// A span that must not teach: a gap (every scope), or an incident of one scope.
    pub fn exclude(&mut self, scope: Option<&Scope>, from: Time, to: Time) {
        self.span(from, to, |history, date, bit| match scope {
            None => *history.excluded.entry(date).or_default() |= bit,
            Some(scope) => {
                if let Some(days) = history.scopes.get_mut(scope) {
                    days.entry(date).or_default().excluded |= bit;
                }
            }
        });
    }

    /// A surge stood in a scope: the span does not teach, unless the same time of day surged on more than a quarter of
    /// the days of its kind. Then it is a new normal.
    pub fn surged(&mut self, scope: &Scope, from: Time, to: Time) {
        self.span(from, to, |history, date, bit| {
            if let Some(days) = history.scopes.get_mut(scope) {
                days.entry(date).or_default().surged |= bit;
            }
        });
    }

    fn span(&mut self, from: Time, to: Time, mut mark: impl FnMut(&mut Self, Date, u128)) {
        let quarter = Span::from_secs(900);
        let mut at = from;
        // A span of more than a month is a matter of deleting days, not of slots.
        for _ in 0..3000 {
            if at >= to {
                break;
            }
            let (date, slot) = self.place(at);
            let bit = 1_u128 << slot.min(127);
            mark(self, date, bit);
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
        self.minutes_of(&self.days(scope, date))
    }

    fn minutes_of(&self, days: &[Taught]) -> Option<Vec<f64>> {
        if days.len() < usize::try_from(self.need).unwrap_or(usize::MAX) {
            return None;
        }
        let centre: Vec<f64> = (0..SLOTS).map(|slot| centre(days, slot)).collect();
        let mut minutes = interpolate(&smooth(&centre));
        edges(days, &mut minutes);
        Some(minutes)
    }

    /// How the calls of a kind of day stray from what the day so far let expect, measured on the days that teach `date`.
    /// `None` while too little is known.
    #[must_use]
    pub fn spread(&self, scope: &Scope, date: Date) -> Option<Spread> {
        let days = self.days(scope, date);
        (days.len() >= usize::try_from(self.need).unwrap_or(usize::MAX).max(2)).then(|| spread(&days))
    }

    /// The highest half-hour of each known day before `before`, times the usual of its kind of day as it is known now; half
    /// hours of fewer than `least` calls are not looked at. Oldest first.
    #[must_use]
    pub fn heights(&self, scope: &Scope, before: Date, least: u32) -> Vec<(Date, f64)> {
        let Some(known) = self.known(scope) else { return Vec::new() };
        let mut usual: Vec<(DayKind, Option<Vec<f64>>)> = Vec::new();
        let mut heights = Vec::new();
        for (date, day) in known.range(..before) {
            let kind = self.calendar.kind(*date);
            if !usual.iter().any(|(k, _)| *k == kind) {
                let next = before.series(jiff::Span::new().days(1)).take(28).find(|d| self.calendar.kind(*d) == kind);
                usual.push((kind, self.minutes(scope, next.unwrap_or(*date))));
            }
            let minutes = usual.iter().find(|(k, _)| *k == kind).and_then(|(_, minutes)| minutes.as_deref());
            heights.extend(minutes.map(|minutes| (*date, height(day, minutes, least))));
        }
        heights
    }

    /// A level that the last `days` ordinary days before `date` all ran at, far above or below what was usual before them.
    #[must_use]
    pub fn shift(&self, scope: &Scope, date: Date, days: usize) -> Option<Shift> {
        if days == 0 {
            return None;
        }
        let known = self.known(scope)?;
        let ordinary = |d: &Date| matches!(self.calendar.kind(*d), DayKind::Weekday(_));
        let last: Vec<Date> = known.range(..date).rev().map(|(d, _)| *d).filter(ordinary).take(days).collect();
        let since = *last.last().filter(|_| last.len() == days)?;
        // What was said to be normal is what was usual.
        let mut levels = self.levels(scope, since, date, |first| self.days(scope, first));
        let all = |stays: fn(f64) -> bool| levels.iter().all(|level| stays(*level));
        let stays = levels.len() >= days && (all(|n| n >= SHIFTED) || all(|n| n <= 1.0 / SHIFTED));
        stays.then(|| Shift { days, since, ratio: median(&mut levels) })
    }

    /// How many times the calls of before each ordinary day had from `since` on, up to `date`; `teach` are the days before.
    /// Empty where too little is known of them.
    fn levels(&self, scope: &Scope, since: Date, date: Date, teach: impl Fn(Date) -> Vec<Taught>) -> Vec<f64> {
        let Some(known) = self.known(scope) else { return Vec::new() };
        let mut before: Vec<(DayKind, f64)> = Vec::new();
        let mut levels = Vec::new();
        for (day, had) in known.range(since..date) {
            let kind = self.calendar.kind(*day);
            if !matches!(kind, DayKind::Weekday(_)) {
                continue;
            }
            let known = before.iter().find(|(k, _)| *k == kind).map(|(_, usual)| *usual);
            let usual = if let Some(usual) = known {
                usual
            } else {
                let first = since.series(jiff::Span::new().days(1)).take(28).find(|d| self.calendar.kind(*d) == kind);
                let minutes = self.minutes_of(&teach(first.unwrap_or(*day)));
                let usual = minutes.map_or(0.0, |minutes| minutes.iter().sum());
                before.push((kind, usual));
                usual
            };
            if usual >= LEVEL_CALLS {
                levels.push(had.calls.iter().map(|c| f64::from(*c)).sum::<f64>() / usual);
            }
        }
        levels
    }

    /// The level calls run at since a date, times that of before; 1 while it is not known.
    fn level_since(&self, scope: &Scope, since: Date, date: Date) -> f64 {
        let mut levels = self.levels(scope, since, date, |first| self.days_at(scope, first, None));
        if levels.is_empty() { 1.0 } else { median(&mut levels).clamp(0.1, 10.0) }
    }

    fn place(&self, at: Time) -> (Date, usize) {
        (local_date(at, &self.zone), local_minute(at, &self.zone) / SLOT_MIN)
    }

    /// The days that teach `date`: earlier ones of its kind, the newest first, from when the scope was first seen. Where
    /// too few of a special kind are known, those of the kind it is taken for.
    fn days(&self, scope: &Scope, date: Date) -> Vec<Taught> {
        match self.new_normal.filter(|since| *since < date) {
            None => self.days_at(scope, date, None),
            Some(since) => self.days_at(scope, date, Some((since, self.level_since(scope, since, date)))),
        }
    }

    /// The same; days before a date teach as if they had run at so many times their level.
    fn days_at(&self, scope: &Scope, date: Date, level: Option<(Date, f64)>) -> Vec<Taught> {
        let kind = self.calendar.kind(date);
        let mut dates = self.dates(scope, date, kind);
        if !self.enough(dates.len())
            && let Some((_, like)) = self.calendar.special(date)
        {
            match like {
                Like::Weekday(day) => dates = self.dates(scope, date, DayKind::Weekday(day)),
                Like::Workday => dates = self.workdays(scope, date),
                Like::Nothing => {}
            }
        }
        let none = Day::default();
        let known = self.known(scope);
        let mut days: Vec<Taught> = dates
            .iter()
            .map(|date| {
                let day = known.and_then(|days| days.get(date)).unwrap_or(&none);
                let taught = Taught::new(day, self.untaught(scope, *date));
                match level {
                    Some((since, factor)) if *date < since => taught.times(factor),
                    _ => taught,
                }
            })
            .collect();
        for slot in 0..SLOTS {
            let bit = 1_u128 << slot;
            let surged = days.iter().filter(|d| d.surged & bit != 0).count();
            if surged > 0 && surged * 4 <= days.len() {
                for day in &mut days {
                    day.excluded |= day.surged & bit;
                }
            }
        }
        days
    }
    /// A scope's days; those of a queue of any feed, where the feed was not told when they were taught.
    fn known(&self, scope: &Scope) -> Option<&BTreeMap<Date, Day>> {
        self.scopes.get(scope).or_else(|| match scope {
            Scope::Queue(_, id) => self.scopes.get(&Scope::Queue(FeedId::default(), id.clone())),
            _ => None,
        })
    }

    /// Slots of a date that teach a scope nothing, surges apart.
    fn untaught(&self, scope: &Scope, date: Date) -> u128 {
        self.excluded.get(&date).copied().unwrap_or(0)
            | self.calendar.untaught(scope, date)
            | clock_changes(date, &self.zone)
    }

    /// Dates of a kind before `date` that teach a scope, the newest first.
    fn dates(&self, scope: &Scope, date: Date, kind: DayKind) -> Vec<Date> {
        match kind {
            DayKind::Weekday(_) => {
                let back =
                    date.series(jiff::Span::new().days(-1)).skip(1).take(usize::try_from(WEEKS * 7).unwrap_or(0));
                self.teaching(scope, back.filter(|day| self.calendar.kind(*day) == kind))
            }
            DayKind::Special(_) => {
                let oldest = date.checked_sub(jiff::Span::new().days(SPECIAL_DAYS)).unwrap_or(Date::MIN);
                let back = self.calendar.special_before(date).take_while(|(day, _)| *day >= oldest);
                // A rare day nobody listened on says nothing.
                let seen = back.filter(|(day, k)| *k == kind && self.seen.contains(day)).map(|(day, _)| day);
                self.teaching(scope, seen)
            }
        }
    }

    /// Ordinary days from Monday to Friday before `date`.
    fn workdays(&self, scope: &Scope, date: Date) -> Vec<Date> {
        let back = date.series(jiff::Span::new().days(-1)).skip(1).take(usize::try_from(WEEKS * 7).unwrap_or(0));
        let work = |day: &Date| match self.calendar.kind(*day) {
            DayKind::Weekday(day) => !matches!(day, Weekday::Saturday | Weekday::Sunday),
            DayKind::Special(_) => false,
        };
        self.teaching(scope, back.filter(work))
    }

    /// Of dates, the newest first, those that teach a scope: since it was first seen, something of them not excluded.
    fn teaching(&self, scope: &Scope, dates: impl Iterator<Item = Date>) -> Vec<Date> {
        let Some(known) = self.known(scope) else { return Vec::new() };
        let (Some(first), Some(last)) = (known.keys().next().copied(), self.seen.iter().max().copied()) else {
            return Vec::new();
        };
        let own = |date: &Date| known.get(date).map_or(0, |day| day.excluded);
        let taught = |date: &Date| (own(date) | self.untaught(scope, *date)) & WHOLE_DAY != WHOLE_DAY;
        // After the last day anything came nobody has listened yet: it is not known to be empty.
        let dates = dates.take_while(|day| *day >= first).filter(|day| *day <= last && taught(day));
        let mut dates: Vec<Date> = dates.take(DAYS).collect();
        if dates.iter().filter(|d| self.seen.contains(d)).count() < BESIDE {
            dates.retain(|d| self.seen.contains(d));
        }
        dates
    }
}

/// The robust centre of one slot: the median over the days, of the slot and as many neighbours as make it a count worth
/// a median, given back to the slot by its share of the mean.
fn centre(days: &[Taught], slot: usize) -> f64 {
    let mut values = Vec::with_capacity(days.len());
    for reach in 0..=POOLED_SLOTS {
        let slots = slot.saturating_sub(reach)..=(slot + reach).min(SLOTS - 1);
        let bits = slots.clone().fold(0_u128, |bits, s| bits | 1 << s);
        values.clear();
        let mut here = 0.0;
        // Where nothing is left to learn from, a doubtful day is better than none.
        let none_left = days.iter().all(|d| d.excluded & bits != 0);
        for day in days.iter().filter(|d| none_left || d.excluded & bits == 0) {
            values.push(slots.clone().filter_map(|s| day.calls.get(s)).sum::<f64>());
            here += day.calls.get(slot).copied().unwrap_or(0.0);
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

/// The highest half-hour of a day, times the usual; 0 where none had `least` calls.
fn height(day: &Day, minutes: &[f64], least: u32) -> f64 {
    let calls = day.calls.windows(HALF_HOUR).map(|fine| fine.iter().sum::<u32>());
    let usual = minutes.windows(HALF_HOUR * FINE_MIN).step_by(FINE_MIN).map(|minutes| minutes.iter().sum::<f64>());
    let loud = calls.zip(usual).filter(|(calls, _)| *calls >= least.max(1));
    // Where less than one call is usual a multiple says nothing.
    loud.map(|(calls, usual)| f64::from(calls) / usual.max(1.0)).fold(0.0, f64::max)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let (a, b) = (values.get(n.saturating_sub(1) / 2), values.get(n / 2));
    f64::midpoint(a.copied().unwrap_or(0.0), b.copied().unwrap_or(0.0))
}

/// Where the five minutes of every day contradict the smooth curve (by more than chance makes of a median, and by a
/// quarter), they hold: the edge is there each day.
fn edges(days: &[Taught], minutes: &mut [f64]) {
    let mut values = Vec::with_capacity(days.len());
    for (fine, minutes) in minutes.chunks_mut(FINE_MIN).enumerate() {
        let bit = 1_u128 << (fine * FINE_MIN / SLOT_MIN).min(127);
        values.clear();
        let teaching = days.iter().filter(|d| d.excluded & bit == 0);
        values.extend(teaching.filter_map(|d| d.fine.get(fine)).copied());
        if values.len() < 3 {
            continue;
        }
        let found = median(&mut values);
        let smooth: f64 = minutes.iter().sum();
        let error = (1.57 * found.max(smooth) / as_f64(values.len())).sqrt();
        if (found - smooth).abs() > (3.5 * error).max(0.25 * smooth) {
            minutes.fill(found / as_f64(FINE_MIN));
        }
    }
}

/// How counts stray from what the day so far let expect: variance = clump × mean + factor² × mean².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Standard deviation of the rate's own factor over a quarter of an hour, beyond the chance of single calls.
    pub factor: f64,
    /// Calls that come together: 1 where each comes by itself.
    pub clump: f64,
}

impl Default for Spread {
    /// What is believed before anything is known.
    fn default() -> Self {
        Self { factor: 0.2, clump: 1.0 }
    }
}

/// The rate's factor where nothing was measured yet, and how many squared calls that belief weighs.
const BELIEF: (f64, f64) = (0.15, 2000.0);
/// How many calls the belief weighs that each comes by itself.
const SINGLE: f64 = 500.0;
/// A day with less than this share of the typical one's calls was a day off.
const OPEN: f64 = 0.4;
/// Calls the belief in an ordinary hour weighs, as in the detector.
const LEVEL: f64 = 30.0;

/// Each slot against the other days' mean times the level of the hour before it (a slot apart); what chance makes of the
/// mean and the level is taken off. Counts of 15 and of 5 minutes tell clumps from a rate that strays: clumps show in both
/// alike, a rate three times as much in the longer. Surges are left out: they are what is looked for.
fn spread(days: &[Taught]) -> Spread {
    let total = |day: &Taught| day.calls.iter().sum::<f64>();
    let typical = median(&mut days.iter().map(total).collect::<Vec<_>>());
    // A day off among the days of its kind tells nothing of how an open day strays.
    let days: Vec<&Taught> = days.iter().filter(|day| total(day) >= OPEN * typical).collect();
    let others = (as_f64(days.len()) - 1.0).max(1.0);
    let sums: Vec<f64> = (0..SLOTS).map(|s| days.iter().filter_map(|d| d.calls.get(s)).sum()).collect();
    let fine: Vec<f64> = (0..FINE).map(|s| days.iter().filter_map(|d| d.fine.get(s)).sum()).collect();
    let (mut found, mut weight) = (BELIEF.0 * BELIEF.0 * BELIEF.1, BELIEF.1);
    let (mut clumps, mut calls_in) = (SINGLE, SINGLE);
    let mut slots = Vec::new();
    for day in &days {
        let usual =
            |s: usize| (sums.get(s).copied().unwrap_or(0.0) - day.calls.get(s).copied().unwrap_or(0.0)) / others;
        for slot in 5..SLOTS {
            let before = slot - 5..slot - 1;
            let came: f64 = day.calls.get(before.clone()).map_or(0.0, |c| c.iter().sum());
            let known = before.map(usual).sum::<f64>() + LEVEL;
            let level = (came + LEVEL) / known;
            let (mean, calls) = (usual(slot), day.calls.get(slot).copied().unwrap_or(0.0));
            let expected = mean * level;
            let bits = 0b11_1111_u128 << (slot - 5);
            if mean < 2.0
                || !(0.5..2.0).contains(&level)
                || day.excluded & bits != 0
                || calls > 2.0 * expected + 4.0 * expected.sqrt()
            {
                continue;
            }
            // (found − expected)², less what the chance of the mean and of the level make of it.
            let strays = |calls: f64, expected: f64| {
                (calls - expected).powi(2) - expected * level / others - expected * expected / (level * known)
            };
            let whole = strays(calls, expected);
            let parts: f64 = (0..SLOT_MIN / FINE_MIN)
                .map(|part| {
                    let at = slot * (SLOT_MIN / FINE_MIN) + part;
                    let came = day.fine.get(at).copied().unwrap_or(0.0);
                    strays(came, (fine.get(at).copied().unwrap_or(0.0) - came) / others * level)
                })
                .sum();
            clumps += (3.0 * parts - whole) / 2.0;
            calls_in += expected;
            slots.push((whole, expected));
        }
    }
    let clump = (clumps / calls_in).clamp(1.0, 5.0);
    for (whole, expected) in slots {
        found += whole - clump * expected;
        weight += expected * expected;
    }
    Spread { factor: (found / weight).max(0.0).sqrt(), clump }
}

/// 1-2-1 over neighbouring slots.
fn smooth(slots: &[f64]) -> Vec<f64> {
    let at = |i: usize| slots.get(i).copied().unwrap_or(0.0);
    let last = slots.len().saturating_sub(1);
    (0..slots.len()).map(|i| (at(i.saturating_sub(1)) + 2.0 * at(i) + at((i + 1).min(last))) / 4.0).collect()
}

#[expect(clippy::cast_precision_loss, reason = "minutes of a day, days of a few weeks")]
const fn as_f64(n: usize) -> f64 {
    n as f64
}

/// Straight between the centres of the slots, by the minute.
fn interpolate(slots: &[f64]) -> Vec<f64> {
    let width = as_f64(SLOT_MIN);
    let at = |i: usize| slots.get(i).copied().unwrap_or(0.0) / width;
    let last = slots.len().saturating_sub(1);
    (0..DAY_MINUTES)
        .map(|minute| {
            let place = ((as_f64(minute) + 0.5) / width - 0.5).max(0.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a slot of the day")]
            let left = (place as usize).min(last);
            let share = (place - as_f64(left)).min(1.0);
            at(left) + (at((left + 1).min(last)) - at(left)) * share
        })
        .collect()
}
