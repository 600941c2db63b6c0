//! A window with a fixed start: the interval, the day, a span of a recording.

use rustc_hash::FxHashSet;

use super::counts::Counts;
use super::delta::Delta;
use super::ledger::Seen;
use super::spread::{Lengths, Spread};
use crate::floor::{Tag, What};
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
    /// The total of all facts before it, where there are any.
    before: Option<Box<Counts>>,
    /// Waiting when it began, corrected by facts of the time before that came after.
    waiting: i64,
    kept: Option<Box<Kept>>,
}

/// What is kept beside sums, from the first fact on that has any of it.
#[derive(Clone, Debug, Default)]
struct Kept {
    lengths: [Lengths; Spread::COUNT],
    callers: FxHashSet<CallerKey>,
    people: People,
}

/// Before anything.
static NOTHING: Counts = Counts::ZERO;

impl Fixed {
    pub(super) fn beginning(from: i64) -> Self {
        Self { from, ..Self::default() }
    }

    pub(super) const fn from(&self) -> i64 {
        self.from
    }

    /// The total of all facts before it.
    pub(super) fn sums_before(&self) -> &Counts {
        self.before.as_deref().unwrap_or(&NOTHING)
    }

    pub(super) const fn waiting(&self) -> i64 {
        self.waiting
    }

    #[inline]
    pub(super) fn take(&mut self, second: i64, delta: &Delta, keep: Keep) {
        if second < self.from {
            delta.add(self.before.get_or_insert_default());
            self.waiting += delta.waiting();
        } else if keep > Keep::Sums && !delta.counts_alone() {
            self.note(delta, keep);
        }
    }

    /// What is kept beside sums.
    fn note(&mut self, delta: &Delta, keep: Keep) {
        if keep < Keep::All && matches!(delta.what, What::Joined { .. }) {
            return;
        }
        let kept = self.kept.get_or_insert_default();
        let lengths = &mut kept.lengths;
        match delta.what {
            What::Answered { wait, caller, .. } => {
                lengths[Spread::Wait.index()].record(wait.micros());
                lengths[Spread::Wait.index()].reached(wait.micros());
                if let Some(caller) = caller.filter(|_| keep == Keep::All) {
                    kept.people.callers.insert(caller);
                }
            }
            What::Abandoned { wait, .. } | What::Exited { wait, .. } => {
                lengths[Spread::Wait.index()].reached(wait.micros());
            }
            What::TalkEnded { talk, hold, .. } => {
                lengths[Spread::Talk.index()].record(talk.micros());
                lengths[Spread::Hold.index()].record(hold.micros());
            }
            What::AfterCallEnded { after_call, handle } => {
                lengths[Spread::AfterCall.index()].record(after_call.micros());
                lengths[Spread::Handle.index()].record(handle.micros());
            }
            What::Joined { caller: Some(caller), .. } => drop(kept.callers.insert(caller)),
            What::Met { key } => drop(kept.people.numbers.insert(key)),
            What::Tagged { tag, key: Some(key), out } => {
                let set = match (tag, out) {
                    (Tag::Complaint, _) => &mut kept.people.complained,
                    (Tag::Sale, true) => &mut kept.people.sold,
                    (Tag::Reached, true) => &mut kept.people.reached,
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
        **self.before.get_or_insert_default() = *total;
        self.waiting = waiting;
        self.kept = None;
    }

    /// What it has, `total` being all facts up to its end.
    pub(super) fn seen(&mut self, total: &Counts) -> Seen {
        let n = |set: &FxHashSet<CallerKey>| i64::try_from(set.len()).unwrap_or(i64::MAX);
        let counts = *total - *self.sums_before();
        let Some(kept) = &mut self.kept else {
            return Seen { counts, distinct: Some(Distinct::default()), ..Seen::default() };
        };
        let people = &kept.people;
        let distinct = Distinct {
            callers_answered: n(&people.callers),
            callers_complained: n(&people.complained),
            numbers_connected: n(&people.numbers),
            numbers_sold: n(&people.sold),
            numbers_reached: n(&people.reached),
        };
        Seen {
            counts,
            longest: kept.lengths[Spread::Wait.index()].longest(),
            spreads: Spread::ALL.map(|spread| kept.lengths[spread.index()].percentiles()),
            callers: n(&kept.callers),
            distinct: Some(distinct),
        }
    }
}
