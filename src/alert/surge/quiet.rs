//! Too quiet: the same test downward, while calls are due. The sign of a dead trunk.
//!
//! A CUSUM of the likelihood of "hardly anything comes through" against "as few as is still ordinary": it grows with every
//! call that is due and does not come, and falls with every one that does (Page 1954).

/// Hardly anything: this share of the least that is ordinary.
const LEFT: f64 = 0.2;
/// The least that is ordinary lies so many times the measured spread below today's level.
const SPREADS: f64 = 2.0;
/// It is never taken lower than this share of the usual.
const LEAST: f64 = 0.3;
/// A dead trunk: so many calls were due by the plain usual and not one came …
const DUE: f64 = 20.0;
/// … and of the fewest that are ordinary so many: e to the minus that, less than once in a million.
const NO_CHANCE: f64 = 13.9;
/// A watch needs this share of the evidence of an alarm.
const WATCH_SHARE: f64 = 0.6;

/// The sum, and when it began to grow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quiet {
    sum: f64,
    since: Option<i64>,
    /// Since the last call: the calls due by the plain usual, and the fewest that are still ordinary.
    due: f64,
    fewest: f64,
}

/// What the sum says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nothing, or it is over.
    No,
    /// Less than an alarm needs.
    Maybe,
    /// Enough for a watch.
    Watch,
    /// Enough for an alarm.
    Alarm,
}

impl Quiet {
    /// A second in which `usual` calls are due by the plain usual, at today's `level` and `spread`.
    pub(super) fn second(&mut self, second: i64, usual: f64, level: f64, spread: f64) {
        let least = usual * ((1.0 - SPREADS * spread) * level.min(1.0)).max(LEAST);
        if self.sum <= 0.0 {
            self.since = Some(second);
        }
        self.due += usual;
        self.fewest += least;
        // Evidence beyond twice what any alarm needs would only last longer when all is over.
        self.sum = ((1.0 - LEFT).mul_add(least, self.sum)).min(40.0);
    }

    /// A call.
    pub(super) fn call(&mut self) {
        self.sum = (self.sum + LEFT.ln()).max(0.0);
        (self.due, self.fewest) = (0.0, 0.0);
    }

    /// Not one call came where many were due, for so long that no chance explains it, `clump` calls coming together.
    pub(super) fn dead(&self, clump: f64) -> bool {
        self.due >= DUE && self.fewest / clump.max(1.0) >= NO_CHANCE
    }

    /// As if nothing had been seen.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What it says, with so much evidence needed for an alarm.
    pub(super) fn says(&self, needed: f64) -> Silence {
        let needed = needed.max(2.0).ln();
        if self.sum >= needed {
            Silence::Alarm
        } else if self.sum >= WATCH_SHARE * needed {
            Silence::Watch
        } else if self.sum > 0.25 * needed {
            Silence::Maybe
        } else {
            Silence::No
        }
    }

    /// Since when it grows.
    pub(super) const fn since(&self) -> Option<i64> {
        self.since
    }
}
