//! Lost callers to call back (呼损回拨): one line a caller, however often lost; those answered since are dropped.

use std::collections::HashMap;

use crate::config::LostRules;
use crate::model::{CallerKey, FloorAct, FloorCommand, Label, Span, Time};

crate::model::words!(
    /// How far a lost caller's call back is.
    LostState {
        /// Nobody has it.
        Open = "open",
        /// Somebody has it.
        Assigned = "assigned",
        /// Called, not reached.
        NotReached = "not_reached",
        /// Called and reached.
        Reached = "reached",
        /// Nothing is left to do.
        Done = "done",
    }
);

/// A caller who was lost and not served since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostCaller {
    /// Who.
    pub key: CallerKey,
    /// The number with its middle hidden; empty where the feed tells none.
    pub masked: Label,
    /// The queue joined last.
    pub queue: Label,
    /// First lost.
    pub first: Time,
    /// Last lost.
    pub last: Time,
    /// How often lost.
    pub times: u32,
    /// The longest that was waited.
    pub waited: Span,
    /// How far.
    pub state: LostState,
    /// Who has it.
    pub assigned: Option<Label>,
    /// Calls made.
    pub calls: u32,
    /// What was last done, and by whom.
    pub by: Option<(Label, Time)>,
    /// A note.
    pub note: Option<Label>,
}

/// Sums of the list since the floor was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LostTotals {
    /// Callers who were ever put on it.
    pub callers: u64,
    /// Callers answered since, and dropped from it.
    pub served: u64,
    /// Reached by a call back, or done.
    pub done: u64,
    /// Still unserved.
    pub unserved: u64,
    /// Lost calls whose caller is not known: nobody can call back.
    pub unknown: u64,
    /// Taken off because they stood too long.
    pub expired: u64,
}

/// The list.
#[derive(Clone, Debug)]
pub struct LostCallers {
    rules: LostRules,
    list: Vec<LostCaller>,
    by_key: HashMap<CallerKey, usize>,
    /// Who waits or was lost: masked number and queue.
    seen: HashMap<CallerKey, (Label, Label, Time)>,
    totals: LostTotals,
    pruned: i64,
}

/// Callers remembered while they wait; far more than wait anywhere.
const MOST_SEEN: usize = 200_000;
/// Lines of the list; the oldest make room.
const MOST: usize = 50_000;
/// A caller who waits is remembered no longer than this.
const SEEN_KEPT: Span = Span::from_secs(4 * 3600);

impl LostCallers {
    /// An empty list.
    #[must_use]
    pub fn new(rules: &LostRules) -> Self {
        Self {
            rules: rules.clone(),
            list: Vec::new(),
            by_key: HashMap::new(),
            seen: HashMap::new(),
            totals: LostTotals::default(),
            pruned: i64::MIN,
        }
    }

    /// A caller joined a queue.
    pub fn joined(&mut self, key: CallerKey, masked: &str, queue: &Label, at: Time) {
        if self.rules.on && (self.seen.len() < MOST_SEEN || self.seen.contains_key(&key)) {
            self.seen.insert(key, (Label::new(masked), queue.clone(), at));
        }
    }

    /// A call left the floor unanswered. `key` is `None` where the feed does not tell who it was.
    pub fn lost(&mut self, key: Option<CallerKey>, at: Time, waited: Span, short: bool) {
        if !self.rules.on || (short && !self.rules.short) {
            return;
        }
        let Some(key) = key else {
            self.totals.unknown += 1;
            return;
        };
        let (masked, queue) = self.seen.get(&key).map_or_else(Default::default, |(m, q, _)| (m.clone(), q.clone()));
        if let Some(known) = self.by_key.get(&key).and_then(|at| self.list.get_mut(*at)) {
            known.last = known.last.max(at);
            known.first = known.first.min(at);
            known.times = known.times.saturating_add(1);
            known.waited = known.waited.max(waited);
            if !queue.is_empty() {
                known.queue = queue;
            }
            // Lost again after all was done: it begins anew.
            if matches!(known.state, LostState::Done | LostState::Reached) {
                known.state = LostState::Open;
                known.assigned = None;
                self.totals.unserved += 1;
            }
            return;
        }
        if self.list.len() >= MOST {
            self.expire(1);
        }
        self.totals.callers += 1;
        self.totals.unserved += 1;
        self.by_key.insert(key, self.list.len());
        self.list.push(LostCaller {
            key,
            masked,
            queue,
            first: at,
            last: at,
            times: 1,
            waited,
            state: LostState::Open,
            assigned: None,
            calls: 0,
            by: None,
            note: None,
        });
    }

    /// A caller was answered, or (`out`) reached by a call to them. One answered before being lost stays.
    pub fn met(&mut self, key: CallerKey, at: Time, out: bool) {
        self.seen.remove(&key);
        let Some(place) = self.by_key.get(&key).copied() else { return };
        let Some(known) = self.list.get_mut(place).filter(|k| at >= k.last) else { return };
        let unserved = !matches!(known.state, LostState::Done | LostState::Reached);
        if out {
            known.calls = known.calls.saturating_add(1);
            known.state = LostState::Reached;
            if unserved {
                self.totals.unserved = self.totals.unserved.saturating_sub(1);
                self.totals.done += 1;
            }
            return;
        }
        if unserved {
            self.totals.unserved = self.totals.unserved.saturating_sub(1);
            self.totals.served += 1;
        }
        self.remove(place);
    }

    /// A second has passed.
    pub fn second(&mut self, now: Time) {
        if now.second() < self.pruned.saturating_add(60) {
            return;
        }
        self.pruned = now.second();
        let old = self.list.iter().filter(|l| now - l.last > self.rules.keep).count();
        if old > 0 {
            let keep = self.rules.keep;
            let unserved = |l: &LostCaller| !matches!(l.state, LostState::Done | LostState::Reached);
            let gone = self.list.iter().filter(|l| now - l.last > keep && unserved(l)).count() as u64;
            self.totals.expired += gone;
            self.totals.unserved = self.totals.unserved.saturating_sub(gone);
            self.list.retain(|l| now - l.last <= keep);
            self.index();
        }
        self.seen.retain(|_, (_, _, at)| now - *at <= SEEN_KEPT);
    }

    /// Does what a person asked.
    ///
    /// # Errors
    /// A word of the locale: `no_such_caller`, `needs_what`.
    pub fn command(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        let key = u64::from_str_radix(command.whom.as_str(), 16).map_err(|_not_a_key| "no_such_caller")?;
        let place = self.by_key.get(&CallerKey::new(key)).copied().ok_or("no_such_caller")?;
        let known = self.list.get_mut(place).ok_or("no_such_caller")?;
        let unserved = !matches!(known.state, LostState::Done | LostState::Reached);
        match command.act {
            FloorAct::LostAssign if command.what.is_empty() => return Err("needs_what"),
            FloorAct::LostAssign => {
                known.assigned = Some(command.what.clone());
                if known.state == LostState::Open {
                    known.state = LostState::Assigned;
                }
            }
            FloorAct::LostCalled => {
                let reached = match command.what.as_str() {
                    "reached" => true,
                    "not_reached" => false,
                    _ => return Err("needs_what"),
                };
                known.calls = known.calls.saturating_add(1);
                known.state = if reached { LostState::Reached } else { LostState::NotReached };
            }
            _ => known.state = LostState::Done,
        }
        known.by = Some((command.by.clone(), now));
        if !command.note.is_empty() {
            known.note = Some(command.note.clone());
        }
        let now_served = matches!(known.state, LostState::Done | LostState::Reached);
        if unserved && now_served {
            self.totals.unserved = self.totals.unserved.saturating_sub(1);
            self.totals.done += 1;
        }
        Ok(())
    }

    /// The list: unserved first, the longest lost first.
    #[must_use]
    pub fn list(&self) -> Vec<LostCaller> {
        let mut list = self.list.clone();
        list.sort_by_key(|l| (l.state, l.first, l.key));
        list
    }

    /// Its sums.
    #[must_use]
    pub const fn totals(&self) -> LostTotals {
        self.totals
    }

    fn remove(&mut self, place: usize) {
        if place < self.list.len() {
            let gone = self.list.swap_remove(place);
            self.by_key.remove(&gone.key);
            if let Some(moved) = self.list.get(place) {
                self.by_key.insert(moved.key, place);
            }
        }
    }

    fn expire(&mut self, count: usize) {
        for _ in 0..count {
            let oldest = self.list.iter().enumerate().min_by_key(|(_, l)| l.last).map(|(at, _)| at);
            let Some(at) = oldest else { return };
            if self.list.get(at).is_some_and(|l| !matches!(l.state, LostState::Done | LostState::Reached)) {
                self.totals.unserved = self.totals.unserved.saturating_sub(1);
                self.totals.expired += 1;
            }
            self.remove(at);
        }
    }

    fn index(&mut self) {
        self.by_key = self.list.iter().enumerate().map(|(at, l)| (l.key, at)).collect();
    }
}
