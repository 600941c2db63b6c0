//! Who called: redials, and how many different callers a window has, from one entry a caller.
//!
//! A window with no end yet holds a caller if the last join lies in it, so its number of callers is kept by looking at the
//! join before: no set a window.

use rustc_hash::FxHashMap;

use crate::model::CallerKey;

/// A caller who joined this long ago or less and joins again redials.
const REDIAL: u32 = 1800;

/// Fewer than this many are never looked through for those to forget.
const FEW: usize = 4096;

/// The last seconds of a caller, counted from [`Callers::base`]; [`NEVER`] where there is none. There are many of these.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// A join seen as it happened.
    arrived: i32,
    /// A join, also one of a full state.
    joined: i32,
    answered: i32,
}

const NEVER: i32 = i32::MIN;

/// A second counted from another; never [`NEVER`].
fn counted(second: i64, base: i64) -> i32 {
    i32::try_from(second.saturating_sub(base).max(i64::from(NEVER) + 1)).unwrap_or(i32::MAX)
}

/// The callers of one scope.
#[derive(Clone, Debug)]
pub(super) struct Callers {
    last: FxHashMap<CallerKey, Last>,
    /// The second others are counted from: where the first interval began. An account lives less than 68 years.
    base: i64,
    /// Looked through for callers to forget when there are so many.
    most: usize,
    interval_from: i32,
    day_from: i32,
    in_interval: i64,
    in_day: i64,
    answered_in_day: i64,
}

impl Callers {
    pub(super) fn new(interval_from: i64, day_from: i64) -> Self {
        Self {
            last: FxHashMap::default(),
            base: interval_from,
            most: FEW,
            interval_from: 0,
            day_from: counted(day_from, interval_from),
            in_interval: 0,
            in_day: 0,
            answered_in_day: 0,
        }
    }

    /// A caller joined; `arrival`: seen as it happened. Whether it redialled: of two joins told out of order the later
    /// does, whichever is told first.
    pub(super) fn joined(&mut self, caller: CallerKey, second: i64, arrival: bool) -> bool {
        let (interval_from, day_from) = (self.interval_from, self.day_from);
        let second = counted(second, self.base);
        let last = self.last_of(caller, second);
        let before = last.joined;
        last.joined = before.max(second);
        let mut redial = false;
        if arrival {
            redial = last.arrived != NEVER && second.abs_diff(last.arrived) <= REDIAL;
            last.arrived = last.arrived.max(second);
        }
        self.in_interval += i64::from(before < interval_from && second >= interval_from);
        self.in_day += i64::from(before < day_from && second >= day_from);
        redial
    }

    /// A caller was answered.
    pub(super) fn answered(&mut self, caller: CallerKey, second: i64) {
        let day_from = self.day_from;
        let second = counted(second, self.base);
        let last = self.last_of(caller, second);
        let before = last.answered;
        last.answered = before.max(second);
        self.answered_in_day += i64::from(before < day_from && second >= day_from);
    }

    fn last_of(&mut self, caller: CallerKey, second: i32) -> &mut Last {
        if self.last.len() >= self.most {
            self.forget(second);
        }
        self.last.entry(caller).or_insert(Last { arrived: NEVER, joined: NEVER, answered: NEVER })
    }

    /// Forgets those no window holds, who would not redial any more.
    fn forget(&mut self, now: i32) {
        let from = self.interval_from.min(self.day_from);
        self.last.retain(|_, last| {
            last.joined >= from
                || last.answered >= from
                || (last.arrived != NEVER && (now <= last.arrived || now.abs_diff(last.arrived) <= REDIAL))
        });
        self.most = FEW.max(self.last.len() * 2);
    }

    pub(super) fn begin_interval(&mut self, from: i64) {
        self.interval_from = counted(from, self.base);
        self.in_interval = 0;
    }

    pub(super) fn begin_day(&mut self, from: i64) {
        self.day_from = counted(from, self.base);
        (self.in_day, self.answered_in_day) = (0, 0);
        if self.last.len() >= FEW {
            self.forget(self.day_from);
            self.last.shrink_to(2 * self.last.len());
        }
    }

    /// Different callers since the interval began.
    pub(super) const fn in_interval(&self) -> i64 {
        self.in_interval
    }

    /// Different callers since the day began.
    pub(super) const fn in_day(&self) -> i64 {
        self.in_day
    }

    /// Different callers answered since the day began.
    pub(super) const fn answered_in_day(&self) -> i64 {
        self.answered_in_day
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// In any order of telling, the numbers are those of sets.
        #[test]
        fn the_numbers_are_those_of_sets(
            told in prop::collection::vec((0u64..8, 0i64..4000, any::<bool>(), any::<bool>()), 0..60),
        ) {
            let mut callers = Callers::new(1800, 1000);
            let mut sets = [const { Vec::new() }; 3];
            for (caller, second, answer, arrival) in told {
                let key = CallerKey::new(caller);
                if answer {
                    callers.answered(key, second);
                } else {
                    callers.joined(key, second, arrival);
                }
                for (set, (holds, from)) in sets.iter_mut().zip([(!answer, 1800), (!answer, 1000), (answer, 1000)]) {
                    if holds && second >= from && !set.contains(&key) {
                        set.push(key);
                    }
                }
            }
            let want = sets.map(|set| i64::try_from(set.len()).unwrap_or(0));
            prop_assert_eq!([callers.in_interval(), callers.in_day(), callers.answered_in_day()], want);
        }
    }
}
