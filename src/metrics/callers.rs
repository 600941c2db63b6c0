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

    /// More callers than are kept without looking them through: who is forgotten is nobody a window holds, nor one who
    /// could redial.
    #[test]
    fn callers_forgotten_are_missed_by_no_window() {
        const N: i64 = 12_000;
        const INTERVAL: i64 = 5000;
        const DAY: i64 = 6000;
        let key = |n: i64| CallerKey::new(u64::try_from(n + 1).unwrap_or(0));
        let mut callers = Callers::new(0, 0);
        // One is known from a full state; then one calls a second, and every second one is answered, after 3000 s.
        callers.joined(key(N), 10, false);
        for n in 0..N {
            if n == INTERVAL {
                callers.begin_interval(n);
            }
            if n == DAY {
                callers.begin_day(n);
            }
            assert!(!callers.joined(key(n), n, true), "{n}");
            if n >= 3000 && n % 2 == 0 {
                callers.answered(key(n - 3000), n);
            }
        }
        let (in_interval, in_day) = (N - INTERVAL, N - DAY);
        assert_eq!((callers.in_interval(), callers.in_day()), (in_interval, in_day));
        assert_eq!(callers.answered_in_day(), (N - DAY) / 2);
        assert!(callers.last.len() < 9000, "{} of {N} kept", callers.last.len());
        // All of them once more at one instant: those of the last half hour redial, and who was counted is not again.
        for n in 0..N {
            assert_eq!(callers.joined(key(n), N, true), N - n <= 1800, "{n}");
            callers.answered(key(n), N);
            assert_eq!(callers.in_interval(), in_interval + (n + 1).min(INTERVAL), "{n}");
            assert_eq!(callers.in_day(), in_day + (n + 1).min(DAY), "{n}");
        }
        assert_eq!(callers.answered_in_day(), N);
        assert!(!callers.joined(key(N), N, true), "seen in a full state, never as it happened");
        // On a new day nobody is held: who called last could redial no more.
        callers.begin_interval(2 * N);
        callers.begin_day(2 * N);
        assert_eq!((callers.in_interval(), callers.in_day(), callers.answered_in_day()), (0, 0, 0));
        assert!(callers.last.is_empty());
        assert!(callers.last.capacity() < FEW, "the room of a day gone by is given back");
    }

    #[test]
    fn who_called_yesterday_less_than_half_an_hour_ago_redials_today() {
        let mut callers = Callers::new(0, 0);
        let (key, day) = (|n: u64| CallerKey::new(n + 1), 5000);
        for (n, second) in (0..).zip(0..day) {
            callers.joined(key(n), second, true);
        }
        callers.begin_interval(day);
        callers.begin_day(day);
        assert!(callers.last.len() < FEW, "{} kept of a day gone by", callers.last.len());
        assert!(callers.joined(key(4000), 5100, true));
        assert!(callers.joined(key(3300), 5100, true));
        assert!(!callers.joined(key(3299), 5100, true));
        assert_eq!(callers.in_day(), 3);
    }

    #[test]
    fn who_redials_is_the_later_of_two_joins_no_more_than_half_an_hour_apart() {
        for (first, second, redials) in [(0, 1800, true), (0, 1801, false), (1800, 0, true), (1801, 0, false)] {
            let mut callers = Callers::new(0, 0);
            let key = CallerKey::new(1);
            assert!(!callers.joined(key, first, true));
            assert_eq!(callers.joined(key, second, true), redials, "{first} and {second}");
        }
    }
}
