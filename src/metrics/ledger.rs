//! The running account of one scope: sums so far, the last hour fact by fact, and marks where windows begin.
//!
//! A window's sums are the running total less the total at its start. Each sliding window keeps that total in a cursor
//! that follows time through the log, so a fact is added five times in all, however many look. A late fact is put in its
//! place and into every total that already lies behind it.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::calendar::Bounds;
use super::counts::Counts;
use super::delta::Delta;
use super::people::SlotTimes;
use super::waits::Waits;
use super::window::Window;
use crate::floor::What;
use crate::model::CallerKey;

/// The longest sliding window; facts older than this leave the log.
const HOUR: i64 = 3600;

/// A caller who joined this long ago or less and joins again redials.
const REDIAL: i64 = 1800;

#[derive(Clone, Copy, Debug)]
struct Entry {
    second: i64,
    delta: Delta,
}

/// The total of all facts up to and including second `at`.
#[derive(Clone, Debug, Default)]
struct Cursor {
    at: i64,
    counts: Counts,
    /// Facts of the log already in `counts`.
    passed: usize,
}

/// A window with a fixed start: the interval, the day, the whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Fixed {
    /// First second; facts before it are in `before`.
    from: i64,
    before: Counts,
    waits: Waits,
    callers: FxHashSet<CallerKey>,
}

/// An interval that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// First second and first second after.
    pub bounds: Bounds,
    /// Its sums.
    pub counts: Counts,
    /// Largest wait, microseconds.
    pub longest_us: Option<i64>,
    /// Percentiles 50, 90, 95, 99 of the waits of answered, microseconds.
    pub wait_percentiles_us: Option<[i64; 4]>,
    /// A late fact changed it after it was closed.
    pub revised: bool,
    /// People's time by slot.
    pub people: SlotTimes,
    /// Waits of answered: milliseconds and how often, rising.
    pub waits: Vec<(u64, u64)>,
    /// Closed or revised since [`super::Metrics::take_closed`].
    pub(super) news: bool,
}

/// Closed intervals kept: two days of half-hours.
const CLOSED: usize = 100;

/// The account of one scope.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    log: VecDeque<Entry>,
    total: Counts,
    sliding: [Cursor; 4],
    pub(super) interval: Fixed,
    pub(super) day: Fixed,
    pub(super) whole: Fixed,
    pub(super) closed: VecDeque<Closed>,
    last_join: FxHashMap<CallerKey, i64>,
    slid: [Option<(i64, SlidWaits)>; 4],
    changed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct SlidWaits {
    longest: Option<i64>,
    percentiles: Option<[i64; 4]>,
    callers: i64,
}

impl Ledger {
    /// A new account. `now` is the second it begins at; windows begin by the marks given.
    pub(super) fn new(now: i64, interval: Bounds, day: Bounds) -> Self {
        let mut ledger = Self {
            log: VecDeque::new(),
            total: Counts::default(),
            sliding: Default::default(),
            interval: Fixed { from: interval.from, ..Fixed::default() },
            day: Fixed { from: day.from, ..Fixed::default() },
            whole: Fixed { from: i64::MIN, ..Fixed::default() },
            closed: VecDeque::new(),
            last_join: FxHashMap::default(),
            slid: [None; 4],
            changed: true,
        };
        for (cursor, window) in ledger.sliding.iter_mut().zip(Window::SLIDING) {
            cursor.at = now - window.sliding_secs().unwrap_or(HOUR);
        }
        ledger
    }

    /// Takes a fact that happened in `second`. `keep_whole`: callers and waits of the whole are wanted. Whether it changed
    /// a closed interval.
    pub(super) fn take(&mut self, second: i64, what: &What, keep_whole: bool) -> bool {
        let redial = match what {
            What::Joined { caller: Some(caller), arrival: true, .. } => self.seen_before(*caller, second),
            _ => false,
        };
        let Some(delta) = Delta::of(what, redial) else { return false };
        self.changed = true;
        delta.add(&mut self.total);
        let late = self.log.back().is_some_and(|e| e.second > second);
        let oldest = self.sliding[3].at;
        if second > oldest {
            let at = if late { self.log.partition_point(|e| e.second <= second) } else { self.log.len() };
            if late {
                self.log.insert(at, Entry { second, delta });
            } else {
                self.log.push_back(Entry { second, delta });
            }
            for cursor in &mut self.sliding {
                if second <= cursor.at {
                    delta.add(&mut cursor.counts);
                    cursor.passed += 1;
                }
            }
        } else {
            for cursor in &mut self.sliding {
                delta.add(&mut cursor.counts);
            }
        }
        self.interval.take(second, &delta, true);
        self.day.take(second, &delta, true);
        self.whole.take(second, &delta, keep_whole);
        if second < self.interval.from
            && let Some(closed) = self.closed.iter_mut().find(|c| c.bounds.holds(second))
        {
            delta.add(&mut closed.counts);
            closed.longest_us = closed.longest_us.max(delta.ended_wait());
            closed.revised = true;
            closed.news = true;
            return true;
        }
        false
    }

    fn seen_before(&mut self, caller: CallerKey, second: i64) -> bool {
        if self.last_join.len() > 4096 && self.last_join.len() > 4 * self.log.len() {
            self.last_join.retain(|_, at| second - *at <= REDIAL);
        }
        let last = self.last_join.insert(caller, second);
        last.is_some_and(|at| (0..=REDIAL).contains(&(second - at)))
    }

    /// Lets the sliding windows follow to `now`.
    pub(super) fn follow(&mut self, now: i64) {
        for (i, window) in Window::SLIDING.iter().enumerate() {
            let Some(cursor) = self.sliding.get_mut(i) else { continue };
            let to = now - window.sliding_secs().unwrap_or(HOUR);
            if to <= cursor.at {
                continue;
            }
            while let Some(entry) = self.log.get(cursor.passed).filter(|e| e.second <= to) {
                entry.delta.add(&mut cursor.counts);
                cursor.passed += 1;
                self.changed = true;
            }
            cursor.at = to;
        }
        let gone = self.sliding[3].passed;
        if gone > 64 && gone * 2 > self.log.len() || gone == self.log.len() {
            self.log.drain(..gone);
            for cursor in &mut self.sliding {
                cursor.passed -= gone;
            }
        }
    }

    /// An interval is over; the next begins where it ended. One nothing happened in is kept only where `empty` says so.
    pub(super) fn close_interval(&mut self, bounds: Bounds, people: SlotTimes, empty: bool) {
        let counts = self.total - self.interval.before;
        if empty || counts != Counts::default() {
            if self.closed.len() >= CLOSED {
                self.closed.pop_front();
            }
            self.closed.push_back(Closed {
                bounds,
                counts,
                longest_us: self.interval.waits.longest(),
                wait_percentiles_us: self.interval.waits.percentiles(),
                revised: false,
                people,
                waits: self.interval.waits.recorded(),
                news: true,
            });
        }
        self.interval.begin(bounds.to, &self.total);
        self.changed = true;
    }

    /// A business day is over.
    pub(super) fn close_day(&mut self, next_from: i64) {
        self.day.begin(next_from, &self.total);
        self.changed = true;
    }

    /// Whether any window has changed since the last time.
    pub(super) const fn take_changed(&mut self) -> bool {
        std::mem::replace(&mut self.changed, false)
    }

    /// The sums of a window alone.
    pub(super) fn counts(&self, window: Window) -> Counts {
        let before = match window {
            Window::Interval => &self.interval.before,
            Window::Day => &self.day.before,
            Window::Whole => &self.whole.before,
            Window::Min5 | Window::Min15 | Window::Min30 | Window::Hour => {
                self.sliding.get(window.index()).map_or(&self.total, |c| &c.counts)
            }
        };
        self.total - *before
    }

    /// Sums, largest wait, percentiles and distinct callers of a window.
    pub(super) fn window(&mut self, window: Window, now: i64) -> (Counts, Option<i64>, Option<[i64; 4]>, i64) {
        let fixed = match window {
            Window::Interval => &self.interval,
            Window::Day => &self.day,
            Window::Whole => &self.whole,
            Window::Min5 | Window::Min15 | Window::Min30 | Window::Hour => {
                let i = window.index();
                let slid = self.slid(i, now);
                let before = self.sliding.get(i).map_or_else(Counts::default, |c| c.counts);
                return (self.total - before, slid.longest, slid.percentiles, slid.callers);
            }
        };
        let callers = i64::try_from(fixed.callers.len()).unwrap_or(i64::MAX);
        (self.total - fixed.before, fixed.waits.longest(), fixed.waits.percentiles(), callers)
    }

    /// Maxima and percentiles of a sliding window, from its facts; worked out at most once a second.
    fn slid(&mut self, i: usize, now: i64) -> SlidWaits {
        if let Some(Some((at, slid))) = self.slid.get(i)
            && *at == now
            && !self.changed
        {
            return *slid;
        }
        let from = self.sliding.get(i).map_or(0, |c| c.passed);
        let mut waits = Vec::new();
        let mut longest = None;
        let mut callers = FxHashSet::default();
        for entry in self.log.range(from.min(self.log.len())..) {
            waits.extend(entry.delta.answered_wait());
            longest = longest.max(entry.delta.ended_wait());
            if let Delta::Joined { caller: Some(caller), .. } = entry.delta {
                callers.insert(caller);
            }
        }
        let slid = SlidWaits {
            longest,
            percentiles: exact_percentiles(&mut waits),
            callers: i64::try_from(callers.len()).unwrap_or(i64::MAX),
        };
        if let Some(kept) = self.slid.get_mut(i) {
            *kept = Some((now, slid));
        }
        slid
    }
}

/// The ⌈p·n⌉-th smallest for 50, 90, 95, 99 %.
fn exact_percentiles(values: &mut [i64]) -> Option<[i64; 4]> {
    if values.is_empty() {
        return None;
    }
    let n = values.len();
    let mut out = [0; 4];
    for (slot, per_cent) in out.iter_mut().zip([50, 90, 95, 99]) {
        let rank = (n * per_cent).div_ceil(100).clamp(1, n);
        let (_, value, _) = values.select_nth_unstable(rank - 1);
        *slot = *value;
    }
    Some(out)
}

impl Fixed {
    fn take(&mut self, second: i64, delta: &Delta, keep: bool) {
        if second < self.from {
            delta.add(&mut self.before);
            return;
        }
        if !keep {
            return;
        }
        if let Some(wait) = delta.answered_wait() {
            self.waits.record(wait);
        }
        if let Some(wait) = delta.ended_wait() {
            self.waits.reached(wait);
        }
        if let Delta::Joined { caller: Some(caller), .. } = delta {
            self.callers.insert(*caller);
        }
    }

    fn begin(&mut self, from: i64, total: &Counts) {
        self.from = from;
        self.before = *total;
        self.waits.clear();
        self.callers.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_ceiling_rank() {
        let mut ten: Vec<i64> = (1..=10).rev().collect();
        assert_eq!(exact_percentiles(&mut ten), Some([5, 9, 10, 10]));
        assert_eq!(exact_percentiles(&mut [7]), Some([7, 7, 7, 7]));
        assert_eq!(exact_percentiles(&mut []), None);
    }
}
