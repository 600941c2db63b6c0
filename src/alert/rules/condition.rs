//! Whether a figure lies beyond the limit of a rule.

use crate::alert::threshold::{Side, wilson};
use crate::config::{AlertRule, RuleSide};

/// A figure as a rule sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The figure; `None` where it is not known or has no denominator.
    pub value: Option<f64>,
    /// Numerator and denominator of a share of whole things.
    pub parts: Option<(i64, i64)>,
    /// What a share or mean was made of; `None` of a count, which is always whole.
    pub sample: Option<i64>,
}

impl Reading {
    /// A count, a length of time of now.
    #[must_use]
    pub const fn of(value: f64) -> Self {
        Self { value: Some(value), parts: None, sample: None }
    }

    /// What a rule compares: the point, or of a share the bound of its 95 % interval that is favourable.
    #[must_use]
    pub fn compared(&self, rule: &AlertRule) -> Option<f64> {
        let value = self.value?;
        match self.parts {
            Some((part, whole)) if rule.bound => {
                let (low, high) = wilson(part, whole);
                Some(if rule.side == RuleSide::Above { low } else { high })
            }
            _ => Some(value),
        }
    }
}

/// On which side of the rule's two limits a reading lies. What is not known, or too little, is within: it proves nothing.
#[must_use]
pub fn side(reading: &Reading, rule: &AlertRule) -> Side {
    let few = reading.sample.is_some_and(|n| n < i64::try_from(rule.min_sample).unwrap_or(i64::MAX).max(1));
    let Some(value) = reading.compared(rule).filter(|_| !few) else { return Side::Within };
    let (beyond, within) = match rule.side {
        RuleSide::Above => (value >= rule.limit, value <= rule.clear),
        RuleSide::Below => (value <= rule.limit, value >= rule.clear),
    };
    // Where both limits are one, on it is beyond.
    match (beyond, within) {
        (true, _) => Side::Beyond,
        (false, true) => Side::Within,
        (false, false) => Side::Between,
    }
}
