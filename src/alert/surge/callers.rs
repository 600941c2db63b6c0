//! Who called in the last half-hour: different callers, and calls that are redials of them.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::CallerKey;

/// A caller who joined this long ago or less and joins again redials, seconds (KPI.md).
const REDIAL_S: i64 = 1800;
/// Calls kept, at most: beyond that the count of a half-hour is of the newest.
const KEPT: usize = 16_384;

/// The calls of the last half-hour whose caller is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Callers {
    recent: VecDeque<(i64, CallerKey, bool)>,
    last: FxHashMap<CallerKey, i64>,
    /// Calls of the same time without a caller.
    unknown: VecDeque<i64>,
}

impl Callers {
    /// A call; says whether it is a redial.
    pub(super) fn call(&mut self, second: i64, caller: Option<CallerKey>) -> bool {
        self.forget(second);
        let Some(caller) = caller else {
            self.unknown.push_back(second);
            return false;
        };
        let redial = self.last.insert(caller, second).is_some_and(|at| second - at <= REDIAL_S);
        self.recent.push_back((second, caller, redial));
        redial
    }

    fn forget(&mut self, now: i64) {
        let old = |at: i64| now - at > REDIAL_S;
        while self.unknown.front().is_some_and(|at| old(*at)) || self.unknown.len() >= KEPT {
            self.unknown.pop_front();
        }
        while self.recent.len() >= KEPT || self.recent.front().is_some_and(|(at, ..)| old(*at)) {
            if let Some((at, caller, _)) = self.recent.pop_front()
                && self.last.get(&caller) == Some(&at)
            {
                self.last.remove(&caller);
            }
        }
    }

    /// Different callers and redials of the seconds after `after`; `None` where most callers are not known.
    pub(super) fn since(&self, after: i64) -> Option<(u64, u64)> {
        let calls = self.recent.iter().rev().take_while(|(at, ..)| *at > after);
        let (mut different, mut known, mut redials) = (FxHashSet::default(), 0_usize, 0_u64);
        for (_, caller, redial) in calls {
            known += 1;
            redials += u64::from(*redial);
            different.insert(*caller);
        }
        let unknown = self.unknown.iter().rev().take_while(|at| **at > after).count();
        (known > unknown).then(|| (u64::try_from(different.len()).unwrap_or(u64::MAX), redials))
    }

    /// Different callers after `after`; a call whose caller is not known counts as one of its own.
    pub(super) fn different(&self, after: i64) -> usize {
        let known = self.recent.iter().rev().take_while(|(at, ..)| *at > after);
        let different: FxHashSet<CallerKey> = known.map(|(_, caller, _)| *caller).collect();
        different.len() + self.unknown.iter().rev().take_while(|at| **at > after).count()
    }
}
