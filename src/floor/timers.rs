//! What is due later, in order. Timers of one kind are mostly set in the order they fall due: each kind has a line of its
//! own, and only what does not fit at its end goes to a heap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::model::Time;

/// How many lines there are.
const LINES: usize = 3;

/// An entry: when, the how-manieth it was set, and what.
type Entry<T> = (Time, u64, T);

/// Timers, the earliest first; of one instant in the order they were set.
#[derive(Debug)]
pub(super) struct Timers<T> {
    lines: [VecDeque<Entry<T>>; LINES],
    rest: BinaryHeap<Reverse<Entry<T>>>,
    count: u64,
    /// When the earliest is due.
    next: Time,
}

impl<T: Copy + Ord> Timers<T> {
    pub(super) const fn new() -> Self {
        Self { lines: [const { VecDeque::new() }; LINES], rest: BinaryHeap::new(), count: 0, next: Time::MAX }
    }

    /// Sets one; `kind` says which others it mostly falls due after.
    pub(super) fn set(&mut self, due: Time, kind: usize, timer: T) {
        self.count += 1;
        self.next = self.next.min(due);
        let entry = (due, self.count, timer);
        match self.lines.get_mut(kind) {
            Some(line) if line.back().is_none_or(|last| last.0 <= due) => line.push_back(entry),
            _ => self.rest.push(Reverse(entry)),
        }
    }

    /// Takes the earliest, if it is due before `now`.
    #[inline]
    pub(super) fn take_before(&mut self, now: Time) -> Option<(Time, T)> {
        if self.next < now { self.take() } else { None }
    }

    /// Takes the earliest.
    pub(super) fn take(&mut self) -> Option<(Time, T)> {
        let fronts = self.lines.iter().enumerate().filter_map(|(i, line)| line.front().map(|e| (e.0, e.1, i)));
        let of_rest = self.rest.peek().map(|Reverse(e)| (e.0, e.1, LINES));
        let (_, _, from) = fronts.chain(of_rest).min()?;
        let taken = match self.lines.get_mut(from) {
            Some(line) => line.pop_front(),
            None => self.rest.pop().map(|Reverse(e)| e),
        };
        let fronts = self.lines.iter().filter_map(|line| line.front().map(|e| e.0));
        self.next = fronts.chain(self.rest.peek().map(|Reverse(e)| e.0)).min().unwrap_or(Time::MAX);
        taken.map(|(due, _, timer)| (due, timer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_come_by_instant_and_then_as_set(set in prop::collection::vec((0i64..20, 0usize..5), 0..60)) {
            let mut timers = Timers::new();
            let mut want = Vec::new();
            for (n, (second, kind)) in set.iter().enumerate() {
                timers.set(Time::from_secs(*second), *kind, n);
                want.push((Time::from_secs(*second), n));
            }
            want.sort();
            let middle = Time::from_secs(10);
            let mut got: Vec<_> = std::iter::from_fn(|| timers.take_before(middle)).collect();
            prop_assert!(got.iter().all(|(due, _)| *due < middle));
            got.extend(std::iter::from_fn(|| timers.take()));
            prop_assert_eq!(got, want);
        }
    }
}
