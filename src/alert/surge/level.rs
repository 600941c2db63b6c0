//! Today's level: how the day runs against the usual. Slow and bounded; it only weighs the evidence of the sequential
//! test and is never part of a ratio shown to people.

/// The level is never taken lower or higher than this.
const BOUNDS: (f64, f64) = (0.5, 2.0);
/// How long the past weighs, seconds: to a third after this.
const MEMORY_S: f64 = 3600.0;
/// How many expected calls the belief in an ordinary day weighs.
const PRIOR: f64 = 30.0;

/// Calls and expected calls of the last hours, fading, against a day that runs as usual.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    calls: f64,
    usual: f64,
    /// What one second leaves of the past.
    keep: f64,
}

impl Level {
    /// A day that runs as usual until something is known.
    pub(super) fn new() -> Self {
        Self { calls: 0.0, usual: 0.0, keep: (-1.0 / MEMORY_S).exp() }
    }

    /// One second older, with what came in it and what was expected.
    pub(super) fn second(&mut self, calls: f64, usual: f64) {
        self.calls = self.calls * self.keep + calls;
        self.usual = self.usual * self.keep + usual;
    }

    /// Older by `seconds` of which nothing is known.
    pub(super) fn skip(&mut self, seconds: f64) {
        let keep = self.keep.powf(seconds);
        self.calls *= keep;
        self.usual *= keep;
    }

    /// Times the usual, bounded.
    pub(super) fn value(&self) -> f64 {
        ((self.calls + PRIOR) / (self.usual + PRIOR)).clamp(BOUNDS.0, BOUNDS.1)
    }
}
