//! The running account of one scope: sums so far, the last hour fact by fact, and marks where windows begin.
//!
//! A window's sums are the running total less the total at its start. Each sliding window keeps that total in a cursor
//! that follows time through the log, so a fact is added five times in all, however many look. A late fact is put in its
//! place and into every total that already lies behind it.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::calendar::Bounds;
use super::callers::Callers;
use super::closed::{Closed, ClosedWith};
use super::counts::Counts;
use super::delta::Delta;
use super::fixed::{Distinct, Fixed, Keep};
use super::people::SlotTimes;
use super::spread::{Lengths, Percentiles, Spread, exact_percentiles};
use super::window::{Part, Window};
use crate::floor::What;

/// The longest sliding window; facts older than this leave the log.
const HOUR: i64 = 3600;

/// A log of so many facts is looked through for what has left it, though nobody looked for long.
const MOST: usize = 4096;

#[derive(Clone, Copy, Debug)]
struct Entry {
    second: i64,
    delta: Delta,
}

/// The totals of all facts up to and including a second, one a sliding window.
#[derive(Clone, Debug, Default)]
struct Cursors {
    at: [i64; 4],
    /// Facts of the log already in `counts`.
    passed: [usize; 4],
    /// Nothing, where none has left any window yet.
    counts: Option<Box<[Counts; 4]>>,
}

impl Cursors {
    fn counts(&self, i: usize) -> Counts {
        self.counts.as_ref().and_then(|counts| counts.get(i)).copied().unwrap_or_default()
    }
}

/// The place of the interval after those of the sliding windows.
const INTERVAL: usize = 4;

/// Closed intervals kept: two days of half-hours.
const CLOSED: usize = 100;

/// The account of one scope.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    log: VecDeque<Entry>,
    total: Counts,
    sliding: Cursors,
    pub(super) interval: Fixed,
    pub(super) day: Fixed,
    /// The running span of a recording; the whole of it until another is begun.
    whole: Fixed,
    /// The span before, still open to late facts.
    before: Option<Box<Fixed>>,
    closed: VecDeque<Box<Closed>>,
    callers: Callers,
    /// Facts taken: what was worked out of fewer is old.
    taken: u64,
    /// Of the sliding windows, and the interval.
    slid: Option<Box<[Worked; 5]>>,
    changed: bool,
}

/// What was worked out of a window no longer than the log, when, and of how many facts.
#[derive(Clone, Copy, Debug, Default)]
struct Worked {
    at: i64,
    taken: u64,
    slid: Slid,
}

/// What a window has beside its sums.
#[derive(Clone, Copy, Debug, Default)]
struct Slid {
    longest: Option<i64>,
    spreads: [Option<Percentiles>; Spread::COUNT],
    callers: i64,
}

/// All that is known of a window of calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub counts: Counts,
    /// Largest wait, microseconds.
    pub longest: Option<i64>,
    pub spreads: [Option<Percentiles>; Spread::COUNT],
    pub callers: i64,
    pub distinct: Option<Distinct>,
}

impl Ledger {
    /// A new account. `now` is the second it begins at; windows begin by the marks given.
    pub(super) fn new(now: i64, interval: Bounds, day: Bounds) -> Self {
        let mut ledger = Self {
            log: VecDeque::new(),
            total: Counts::default(),
            sliding: Cursors::default(),
            interval: Fixed::beginning(interval.from),
            day: Fixed::beginning(day.from),
            whole: Fixed::beginning(i64::MIN),
            before: None,
            closed: VecDeque::new(),
            callers: Callers::new(interval.from, day.from),
            taken: 1,
            slid: None,
            changed: true,
        };
        for (at, window) in ledger.sliding.at.iter_mut().zip(Window::SLIDING) {
            *at = now - window.sliding_secs().unwrap_or(HOUR);
        }
        ledger
    }

    /// Takes a fact that happened in `second`. `keep_whole`: callers and lengths of the whole are wanted. Whether it
    /// changed a closed interval.
    pub(super) fn take(&mut self, second: i64, what: &What, keep_whole: bool) -> bool {
        let redial = match what {
            What::Joined { caller: Some(caller), arrival, .. } => self.callers.joined(*caller, second, *arrival),
            What::Answered { caller: Some(caller), .. } => {
                self.callers.answered(*caller, second);
                false
            }
            _ => false,
        };
        let Some(delta) = Delta::of(what, redial) else { return false };
        self.changed = true;
        self.taken += 1;
        delta.add(&mut self.total);
        if delta.counts() {
            self.slide(second, delta);
        }
        self.interval.take(second, &delta, Keep::Sums);
        self.day.take(second, &delta, Keep::Outcomes);
        let keep = if keep_whole { Keep::All } else { Keep::Sums };
        if let Some(before) = self.before.as_mut().filter(|_| second < self.whole.from()) {
            before.take(second, &delta, keep);
        }
        self.whole.take(second, &delta, keep);
        if second < self.interval.from()
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

    /// Puts a fact into the log and into the totals of windows that lie after it.
    fn slide(&mut self, second: i64, delta: Delta) {
        let Cursors { at, passed, counts } = &mut self.sliding;
        if second > at[0] && self.log.back().is_none_or(|e| e.second <= second) {
            // The usual case: news, later than any window's start.
            self.log.push_back(Entry { second, delta });
            if self.log.len() >= MOST && self.log.len().is_multiple_of(MOST / 4) {
                self.forget(second);
            }
            return;
        }
        if second > at[3] {
            // Late by little, mostly: its place is near the end.
            let after = self.log.iter().rev().take_while(|e| e.second > second).count();
            self.log.insert(self.log.len() - after, Entry { second, delta });
            for ((at, passed), counts) in at.iter().zip(passed).zip(counts.get_or_insert_default().iter_mut()) {
                if second <= *at {
                    delta.add(counts);
                    *passed += 1;
                }
            }
        } else {
            for counts in counts.get_or_insert_default().iter_mut() {
                delta.add(counts);
            }
        }
    }

    /// What is older than any window leaves the log, though nobody looked for long: windows whose starts stand at one
    /// place pass it together.
    fn forget(&mut self, now: i64) {
        let to = now - HOUR;
        let Cursors { at, passed, counts } = &mut self.sliding;
        let counts = counts.get_or_insert_default();
        if passed.iter().all(|p| *p == passed[3]) && at.iter().all(|at| *at < to) {
            while let Some(entry) = self.log.get(passed[3]).filter(|e| e.second <= to) {
                entry.delta.add(&mut counts[3]);
                passed[3] += 1;
            }
            (*at, *passed, **counts) = ([to; 4], [passed[3]; 4], [counts[3]; 4]);
        } else {
            self.pass_to([to; 4]);
        }
        self.drop_passed();
    }

    /// Lets the sliding windows follow to `now`.
    pub(super) fn follow(&mut self, now: i64) {
        self.changed |= self.pass(now);
    }

    /// Moves the windows' starts; whether one passed a fact.
    fn pass(&mut self, now: i64) -> bool {
        let any = self.pass_to(Window::SLIDING.map(|window| now - window.sliding_secs().unwrap_or(HOUR)));
        self.drop_passed();
        any
    }

    fn pass_to(&mut self, to: [i64; 4]) -> bool {
        let mut any = false;
        let Cursors { at, passed, counts } = &mut self.sliding;
        for (i, ((at, passed), to)) in at.iter_mut().zip(passed).zip(to).enumerate() {
            if to <= *at {
                continue;
            }
            while let Some(entry) = self.log.get(*passed).filter(|e| e.second <= to) {
                entry.delta.add(&mut counts.get_or_insert_default()[i]);
                *passed += 1;
                any = true;
            }
            *at = to;
        }
        any
    }

    /// Facts all windows have passed leave the log.
    fn drop_passed(&mut self) {
        let passed = &mut self.sliding.passed;
        let gone = passed[3];
        if gone > 64 && gone * 2 > self.log.len() || gone == self.log.len() {
            self.log.drain(..gone);
            for passed in passed.iter_mut() {
                *passed -= gone;
            }
        }
    }

    /// An interval is over; the next begins where it ended. `keep`: closed intervals are wanted.
    pub(super) fn close_interval(&mut self, bounds: Bounds, with: &Arc<ClosedWith>, people: SlotTimes, keep: bool) {
        if keep {
            let counts = self.total - *self.interval.sums_before();
            let (longest, mut waits) = self.waits(self.since_interval());
            let recorded = recorded(&waits);
            if self.closed.len() >= CLOSED {
                self.closed.pop_front();
            }
            self.closed.push_back(Box::new(Closed {
                bounds,
                counts,
                longest_us: longest,
                wait_percentiles_us: exact_percentiles(&mut waits),
                revised: false,
                with: Arc::clone(with),
                people: (people != SlotTimes::default()).then(|| Box::new(people)),
                waits: recorded,
                news: true,
            }));
        }
        self.interval.begin(bounds.to, &self.total, 0);
        self.callers.begin_interval(bounds.to);
        self.changed = true;
    }

    /// A business day is over.
    pub(super) fn close_day(&mut self, next_from: i64) {
        self.day.begin(next_from, &self.total, 0);
        self.callers.begin_day(next_from);
        self.changed = true;
    }

    /// A span of the recording is over, another begins; `waiting` wait now.
    pub(super) fn begin_whole(&mut self, from: i64, waiting: i64) {
        let mut next = self.before.take().unwrap_or_else(|| Box::new(Fixed::beginning(from)));
        next.begin(from, &self.total, waiting);
        std::mem::swap(&mut self.whole, &mut next);
        self.before = Some(next);
        self.changed = true;
    }

    /// How many waited when a part of the recording began, corrected by what was told later.
    pub(super) fn waiting_from(&self, part: Part) -> i64 {
        match part {
            Part::Running => self.whole.waiting(),
            Part::Before => self.before.as_ref().map_or(0, |b| b.waiting()),
        }
    }

    /// Whether any window has changed since the last time.
    pub(super) const fn take_changed(&mut self) -> bool {
        std::mem::replace(&mut self.changed, false)
    }

    /// The sums of a window alone.
    pub(super) fn counts(&self, window: Window) -> Counts {
        let before = match window {
            Window::Interval => *self.interval.sums_before(),
            Window::Day => *self.day.sums_before(),
            Window::Whole => *self.whole.sums_before(),
            Window::Min5 | Window::Min15 | Window::Min30 | Window::Hour => self.sliding.counts(window.index()),
        };
        self.total - before
    }

    /// Sums, largest wait, percentiles and distinct callers of a window.
    pub(super) fn window(&mut self, window: Window, now: i64) -> Seen {
        let total = self.total;
        match window {
            Window::Interval => {
                // An interval is no longer than the log.
                let slid = self.slid(INTERVAL, self.interval.from());
                Seen {
                    counts: total - *self.interval.sums_before(),
                    longest: slid.longest,
                    spreads: slid.spreads,
                    callers: self.callers.in_interval(),
                    distinct: None,
                }
            }
            Window::Day => {
                let mut seen = self.day.seen(&total);
                seen.callers = self.callers.in_day();
                if let Some(distinct) = &mut seen.distinct {
                    distinct.callers_answered = self.callers.answered_in_day();
                }
                seen
            }
            Window::Whole => self.whole.seen(&total),
            Window::Min5 | Window::Min15 | Window::Min30 | Window::Hour => {
                let i = window.index();
                let slid = self.slid(i, now);
                let before = self.sliding.counts(i);
                Seen {
                    counts: total - before,
                    longest: slid.longest,
                    spreads: slid.spreads,
                    callers: slid.callers,
                    distinct: None,
                }
            }
        }
    }

    /// The same of a part of the recording.
    pub(super) fn part(&mut self, part: Part) -> Seen {
        match part {
            Part::Running => self.whole.seen(&self.total),
            Part::Before => self.before.as_mut().map(|b| b.seen(self.whole.sums_before())).unwrap_or_default(),
        }
    }

    /// Maxima and percentiles of a window, from its facts; worked out at most once a second, or of an interval when a fact
    /// came.
    fn slid(&mut self, i: usize, at: i64) -> Slid {
        let known = self.slid.as_ref().and_then(|slid| slid.get(i));
        if let Some(worked) = known.filter(|w| w.at == at && w.taken == self.taken) {
            return worked.slid;
        }
        let from = self.sliding.passed.get(i).copied().unwrap_or_else(|| self.since_interval());
        let slid = self.work_out(from);
        if let Some(kept) = self.slid.get_or_insert_default().get_mut(i) {
            *kept = Worked { at, taken: self.taken, slid };
        }
        slid
    }

    /// The first place in the log of a fact of the running interval.
    fn since_interval(&self) -> usize {
        let from = self.interval.from();
        self.log.partition_point(|e| e.second < from)
    }

    /// Closed intervals, oldest first.
    pub(super) fn closed(&self) -> impl Iterator<Item = &Closed> {
        self.closed.iter().map(|closed| &**closed)
    }

    /// Closed intervals, to be taken note of.
    pub(super) fn closed_mut(&mut self) -> impl Iterator<Item = &mut Closed> {
        self.closed.iter_mut().map(|closed| &mut **closed)
    }

    /// The largest wait, and the waits of answered, of the log from a place on; microseconds.
    fn waits(&self, from: usize) -> (Option<i64>, Vec<i64>) {
        let (mut waits, mut longest) = (Vec::new(), None);
        for entry in self.log.range(from.min(self.log.len())..) {
            if let What::Answered { wait, .. } = entry.delta.what {
                waits.push(wait.micros());
            }
            longest = longest.max(entry.delta.ended_wait());
        }
        (longest, waits)
    }

    /// Maxima and percentiles of the log from a place on.
    fn work_out(&self, from: usize) -> Slid {
        let mut lengths: [Vec<i64>; Spread::COUNT] = Default::default();
        let mut longest = None;
        let mut callers = FxHashSet::default();
        for entry in self.log.range(from.min(self.log.len())..) {
            for (spread, us) in entry.delta.lengths() {
                lengths[spread.index()].push(us);
            }
            longest = longest.max(entry.delta.ended_wait());
            if let What::Joined { caller: Some(caller), .. } = entry.delta.what {
                callers.insert(caller);
            }
        }
        Slid {
            longest,
            spreads: lengths.map(|mut of| exact_percentiles(&mut of)),
            callers: i64::try_from(callers.len()).unwrap_or(i64::MAX),
        }
    }
}

/// Waits as an interval is kept in the store.
fn recorded(waits: &[i64]) -> Vec<(u64, u64)> {
    let mut lengths = Lengths::default();
    for us in waits {
        lengths.record(*us);
    }
    lengths.recorded()
}

#[cfg(test)]
mod tests;
