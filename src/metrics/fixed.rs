//! A window with a fixed start: the interval, the day, a span of a recording.

use rustc_hash::FxHashSet;

use super::counts::Counts;
use super::delta::Delta;
use super::ledger::Seen;
use super::spread::{Lengths, Percentiles, Spread};
use crate::floor::Tag;
use crate::model::CallerKey;

/// How much of a window is kept beside its sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keep {
    /// Nothing.
    Sums,
    /// Lengths and what calls came to. Who joined and was answered the ledger keeps for all its windows in one place.
    Outcomes,
    /// Also who joined and was answered.
    All,
}

/// Different people, of those calls that say whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Distinct {
    /// Callers answered.
    pub callers_answered: i64,
    /// Callers who complained.
    pub callers_complained: i64,
    /// Numbers dialled that answered.
    pub numbers_connected: i64,
    /// Numbers dialled and sold to.
    pub numbers_sold: i64,
    /// Numbers dialled of people who were reached.
    pub numbers_reached: i64,
}

/// The people behind [`Distinct`].
#[derive(Clone, Debug, Default)]
struct People {
    callers: FxHashSet<CallerKey>,
    complained: FxHashSet<CallerKey>,
    numbers: FxHashSet<CallerKey>,
    sold: FxHashSet<CallerKey>,
    reached: FxHashSet<CallerKey>,
}

/// A window with a fixed start.
#[derive(Clone, Debug, Default)]
pub(super) struct Fixed {
    /// First second; facts before it are in `before`.
    from: i64,
    before: Counts,
    /// Waiting when it began, corrected by facts of the time before that came after.
    waiting: i64,
    lengths: [Lengths; Spread::COUNT],
    callers: FxHashSet<CallerKey>,
    people: Option<Box<People>>,
}

impl Fixed {
    pub(super) fn beginning(from: i64) -> Self {
        Self { from, ..Self::default() }
    }

    pub(super) const fn from(&self) -> i64 {
        self.from
    }

    /// The total of all facts before it.
    pub(super) const fn sums_before(&self) -> &Counts {
        &self.before
    }

    pub(super) const fn waiting(&self) -> i64 {
        self.waiting
    }

    const fn longest(&self) -> Option<i64> {
        self.lengths[Spread::Wait.index()].longest()
    }

    fn percentiles(&mut self, spread: Spread) -> Option<Percentiles> {
        self.lengths[spread.index()].percentiles()
    }

    pub(super) fn take(&mut self, second: i64, delta: &Delta, keep: Keep) {
        if second < self.from {
            delta.add(&mut self.before);
            self.waiting += delta.waiting();
            return;
        }
        if keep == Keep::Sums {
            return;
        }
        for (spread, us) in delta.lengths() {
            self.lengths[spread.index()].record(us);
        }
        if let Some(wait) = delta.ended_wait() {
            self.lengths[Spread::Wait.index()].reached(wait);
        }
        match *delta {
            Delta::Joined { caller: Some(caller), .. } if keep == Keep::All => drop(self.callers.insert(caller)),
            Delta::Met { key } if keep >= Keep::Outcomes => {
                self.people.get_or_insert_default().numbers.insert(key);
            }
            Delta::Answered { caller: Some(caller), .. } if keep == Keep::All => {
                self.people.get_or_insert_default().callers.insert(caller);
            }
            Delta::Tagged { tag, key: Some(key), out } if keep >= Keep::Outcomes => {
                let people = self.people.get_or_insert_default();
                let set = match (tag, out) {
                    (Tag::Complaint, _) => &mut people.complained,
                    (Tag::Sale, true) => &mut people.sold,
                    (Tag::Reached, true) => &mut people.reached,
                    _ => return,
                };
                set.insert(key);
            }
            _ => {}
        }
    }

    /// It begins anew; `total` are all facts so far.
    pub(super) fn begin(&mut self, from: i64, total: &Counts, waiting: i64) {
        self.from = from;
        self.before = *total;
        self.waiting = waiting;
        self.lengths.iter_mut().for_each(Lengths::clear);
        self.callers.clear();
        self.people = None;
    }

    /// What it has, `total` being all facts up to its end.
    pub(super) fn seen(&mut self, total: &Counts) -> Seen {
        let n = |set: &FxHashSet<CallerKey>| i64::try_from(set.len()).unwrap_or(i64::MAX);
        Seen {
            counts: *total - self.before,
            longest: self.longest(),
            spreads: Spread::ALL.map(|spread| self.percentiles(spread)),
            callers: n(&self.callers),
            distinct: Some(self.people.as_ref().map_or_else(Distinct::default, |p| Distinct {
                callers_answered: n(&p.callers),
                callers_complained: n(&p.complained),
                numbers_connected: n(&p.numbers),
                numbers_sold: n(&p.sold),
                numbers_reached: n(&p.reached),
            })),
        }
    }
}
