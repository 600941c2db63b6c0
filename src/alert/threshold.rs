//! A condition with a hold before it is raised and another before it is cleared, and shares that are told from chance.

use crate::config::ThresholdRule;
use crate::model::{Span, Time};

/// z of a two-sided 95 % interval.
const Z95: f64 = 1.959_963_984_540_054;

/// The 95 % Wilson interval of `part` out of `whole` (Wilson 1927); (0, 1) where nothing was counted.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn wilson(part: i64, whole: i64) -> (f64, f64) {
    if whole <= 0 {
        return (0.0, 1.0);
    }
    let n = whole as f64;
    let p = (part as f64 / n).clamp(0.0, 1.0);
    let z2 = Z95 * Z95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// Whether a limit is passed, is kept, or neither (between the two limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At or beyond the limit that raises.
    Beyond,
    /// Between the two limits: nothing begins, nothing ends.
    Between,
    /// At or within the limit that clears.
    Within,
}

impl Side {
    /// A value that is bad when high.
    #[must_use]
    pub fn high(value: f64, rule: &ThresholdRule) -> Self {
        if value >= rule.raise {
            Self::Beyond
        } else if value <= rule.clear {
            Self::Within
        } else {
            Self::Between
        }
    }

    /// The longest wait, seconds; `None` where nobody waits.
    #[must_use]
    pub fn long_wait(longest: Option<Span>, rule: &ThresholdRule) -> Self {
        Self::high(longest.map_or(0.0, Span::secs), rule)
    }

    /// A service level against its target: the limits are shares below the target, and it is the favourable (upper)
    /// bound of the interval that must lie beyond. Fewer than `min_sample` prove nothing.
    #[must_use]
    pub fn service_level((part, whole): (i64, i64), target: f64, min_sample: i64, rule: &ThresholdRule) -> Self {
        if whole < min_sample.max(1) {
            return Self::Within;
        }
        let below = target - wilson(part, whole).1;
        Self::high(below, rule)
    }

    /// A share that is bad when high (abandon rate): the favourable (lower) bound must lie beyond.
    #[must_use]
    pub fn share((part, whole): (i64, i64), min_sample: i64, rule: &ThresholdRule) -> Self {
        if whole < min_sample.max(1) {
            return Self::Within;
        }
        Self::high(wilson(part, whole).0, rule)
    }
}

/// Holds a condition until it has lasted, and keeps it until it has been over as long as it must.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Threshold {
    beyond_since: Option<Time>,
    within_since: Option<Time>,
    standing: Option<Time>,
}

impl Threshold {
    /// Since when it stands.
    #[must_use]
    pub const fn since(&self) -> Option<Time> {
        self.standing
    }

    /// The condition at `now`; asked each second.
    pub fn update(&mut self, now: Time, side: Side, rule: &ThresholdRule) {
        if !rule.on {
            *self = Self::default();
            return;
        }
        match side {
            Side::Beyond => {
                let since = *self.beyond_since.get_or_insert(now);
                self.within_since = None;
                if self.standing.is_none() && now - since >= rule.hold {
                    self.standing = Some(now);
                }
            }
            Side::Between => {
                self.beyond_since = None;
                self.within_since = None;
            }
            Side::Within => {
                self.beyond_since = None;
                let since = *self.within_since.get_or_insert(now);
                if now - since >= rule.clear_hold {
                    self.standing = None;
                }
            }
        }
    }

    /// Nothing is known at present: what stands stays, and no hold runs.
    pub fn pause(&mut self) {
        self.beyond_since = None;
        self.within_since = None;
    }
}
