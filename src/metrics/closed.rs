//! Intervals that are over, with the variants they were closed with.

use std::sync::Arc;

use super::calendar::Bounds;
use super::counts::Counts;
use super::figures::{abandon_rate, service_level};
use super::people::SlotTimes;
use super::value::Value;
use crate::config::{AbandonVariant, AsaVariant, FigureRules, QueueRules};
use crate::model::Span;

/// An interval that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// First second and first second after.
    pub bounds: Bounds,
    /// Its sums.
    pub counts: Counts,
    /// Largest wait, microseconds.
    pub longest_us: Option<i64>,
    /// Percentiles 50, 90, 95, 99 of the waits of answered, microseconds.
    pub wait_percentiles_us: Option<[i64; 4]>,
    /// A late fact changed it after it was closed.
    pub revised: bool,
    /// What was in force when it was closed.
    pub with: Arc<ClosedWith>,
    /// People's time by slot; `None` where nobody was a member.
    pub people: Option<Box<SlotTimes>>,
    /// Waits of answered: milliseconds and how often, rising.
    pub waits: Vec<(u64, u64)>,
    /// Closed or revised since [`super::Metrics::take_closed`].
    pub(super) news: bool,
}

/// The rules in force when an interval was closed: it keeps them whatever the configuration says later.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedWith {
    /// T, target, variant and what is done with exits.
    pub queue: QueueRules,
    /// Which abandon rate.
    pub abandon_rate: AbandonVariant,
    /// Which ASA.
    pub asa: AsaVariant,
    /// Abandons sooner than this were short.
    pub short_abandon: Span,
}

impl ClosedWith {
    /// The rules of a scope.
    #[must_use]
    pub fn new(queue: &QueueRules, figures: &FigureRules) -> Self {
        Self {
            queue: queue.clone(),
            abandon_rate: figures.abandon_rate,
            asa: figures.asa,
            short_abandon: figures.short_abandon,
        }
    }
}

impl Closed {
    /// The service level in the variant it was closed with.
    #[must_use]
    pub fn service_level(&self) -> Value {
        service_level(&self.counts, self.with.queue.variant, self.with.queue.exits)
    }

    /// The abandon rate in the variant it was closed with.
    #[must_use]
    pub fn abandon_rate(&self) -> Value {
        abandon_rate(&self.counts, self.with.abandon_rate)
    }
}
