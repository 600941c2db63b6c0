//! The usual of a small scope that no history knows: the share it had of all calls over the last hours, of the usual of
//! all. What comes now does not teach it: an hour counts when it is over and was calm.

use crate::model::Time;

/// Before a share speaks, so many calls of all are known.
const NEED: f64 = 1000.0;
/// Marks are told late, some at the end of a call: the first spans know too few of them.
const UNTOLD: u32 = 3;
/// What an hour leaves of the hours before.
const KEEP: f64 = 0.95;
/// Minutes of what is counted as one.
const SPAN_S: i64 = 900;

/// Calls of a scope, of hours that are over and of the running one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    known: f64,
    running: f64,
}

impl Share {
    pub(super) fn call(&mut self) {
        self.running += 1.0;
    }

    /// The running span is over.
    fn settle(&mut self, teaches: bool, keep: f64) {
        if teaches {
            self.known = self.known * keep + self.running;
        }
        self.running = 0.0;
    }
}

/// All calls, against which the shares are taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whole {
    all: Share,
    span: Option<i64>,
    settled: u32,
}

impl Whole {
    pub(super) fn call(&mut self) {
        self.all.call();
    }

    /// Whether a span is over at `now`: then every share settles, and this too.
    pub(super) fn over(&mut self, now: Time) -> bool {
        let span = now.second().div_euclid(SPAN_S);
        self.span.replace(span).is_some_and(|last| last != span)
    }

    /// Settles all calls, and a scope's: they are learnt from while calm.
    pub(super) fn settle<'a>(&mut self, teaches: bool, shares: impl Iterator<Item = &'a mut Share>) {
        // An hour has four spans.
        let keep = KEEP.powf(0.25);
        self.settled = self.settled.saturating_add(1);
        let teaches = teaches && self.settled > UNTOLD;
        self.all.settle(teaches, keep);
        shares.for_each(|share| share.settle(teaches, keep));
    }

    /// A scope's share of all calls, a little above nothing for one never heard of; `None` while too little is known.
    pub(super) fn of(&self, share: &Share) -> Option<f64> {
        (self.all.known >= NEED).then(|| (share.known + 0.5) / (self.all.known + 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_now_does_not_teach() {
        let (mut whole, mut share) = (Whole::default(), Share::default());
        let at = |minute: i64| Time::from_secs(minute * 60);
        assert!(!whole.over(at(0)));
        for _ in 0..UNTOLD {
            whole.call();
            whole.settle(true, std::iter::once(&mut share));
        }
        for n in 0..2000 {
            whole.call();
            if n % 20 == 0 {
                share.call();
            }
        }
        assert_eq!(whole.of(&share), None);
        assert!(whole.over(at(15)));
        whole.settle(true, std::iter::once(&mut share));
        let learnt = whole.of(&share).unwrap_or_default();
        assert!((learnt - 0.05).abs() < 0.003, "{learnt}");
        for _ in 0..300 {
            whole.call();
            share.call();
        }
        assert!(whole.over(at(31)));
        whole.settle(false, std::iter::once(&mut share));
        assert_eq!(whole.of(&share), Some(learnt), "a surge is not learnt");
    }
}
