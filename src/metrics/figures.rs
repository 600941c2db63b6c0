//! The figures of one scope in one window, computed from its sums when somebody looks. Formulas: KPI.md.

use super::counts::Counts;
use super::key::FigureKey;
use super::people::SlotTimes;
use super::value::{Unknown, Value};
use crate::config::{AbandonVariant, AsaVariant, Exits, FigureRules, QueueRules, ServiceLevelVariant};
use crate::floor::Slot;

/// All that is known of one scope in one window: sums, maxima, percentiles. Plain data; [`Tally::figure`] computes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Tally {
    /// Sums of calls.
    pub counts: Counts,
    /// Sums of people's time while they are members.
    pub people: SlotTimes,
    /// The largest wait of those answered, abandoned or exited, microseconds; `None` where nobody was.
    pub longest_us: Option<i64>,
    /// Percentiles 50, 90, 95, 99 of the waits of answered, microseconds; `None` where nobody was answered.
    pub wait_percentiles_us: Option<[i64; 4]>,
    /// Distinct callers who joined; `None` where the feed tells no callers.
    pub different_callers: Option<i64>,
    /// Expected calls of the same span, where a usual is known.
    pub usual: Option<f64>,
    /// Whether after-call work is known of this scope's feeds.
    pub after_call_known: bool,
    /// Whether hold is known of this scope's feeds.
    pub hold_known: bool,
    /// Whether ringing is known of this scope's feeds.
    pub ring_known: bool,
}

/// What a scope has at this instant.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Now {
    /// Waiting now (calls not answered in this scope yet).
    pub waiting: u32,
    /// Waiting again after an answer in this scope (transferred); not in `waiting`, always shown beside it.
    pub waiting_again: u32,
    /// Of the waiting, those over the limit.
    pub over: u32,
    /// Join of the oldest still waiting here.
    pub oldest_join: Option<crate::model::Time>,
    /// First join anywhere of the call that waits longest since then.
    pub oldest_first_join: Option<crate::model::Time>,
    /// Waiting, but doubted: beyond `ghost_after`, or missing from the source's own list.
    pub ghosts: u32,
}

#[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a year are far below 2^53")]
const fn f(n: i64) -> f64 {
    n as f64
}

fn mean_s(sum_us: i64, n: i64) -> Value {
    Value::ratio(f(sum_us) / 1e6, f(n))
}

impl Tally {
    /// One figure. `Waiting`, `WaitingOver` and the current longest waits are of [`Now`], not of a window: see
    /// [`Now::figure`].
    #[must_use]
    pub fn figure(&self, key: FigureKey, rules: &FigureRules, queue: &QueueRules) -> Value {
        let c = &self.counts;
        let p = &self.people;
        let count = |n: i64| Value::Known(f(n));
        let secs = |us: i64| Value::Known(f(us) / 1e6);
        match key {
            FigureKey::Offered => count(c.offered),
            FigureKey::Answered => count(c.answered),
            FigureKey::Abandoned => count(c.abandoned),
            FigureKey::ShortAbandoned => count(c.short_abandoned),
            FigureKey::Exited => count(c.exited()),
            FigureKey::UnknownEnd => count(c.unknown),
            FigureKey::MovedIn => count(c.moved_in),
            FigureKey::MovedOut => count(c.moved_out),
            FigureKey::Lost => count(c.lost()),
            FigureKey::LostRate => Value::ratio(f(c.lost()), f(c.answered + c.lost())),
            FigureKey::AnswerRate => Value::ratio(f(c.answered), f(c.answered + c.lost())),
            FigureKey::AbandonRate => abandon_rate(c, rules.abandon_rate),
            FigureKey::Asa => match rules.asa {
                AsaVariant::Answered => mean_s(c.wait_answered_us, c.answered),
                AsaVariant::QueueTotal => mean_s(c.wait_answered_us + c.wait_abandoned_us, c.answered),
            },
            FigureKey::AvgAbandon => {
                if rules.avg_abandon_with_short {
                    mean_s(c.wait_abandoned_us + c.wait_short_us, c.abandoned_all())
                } else {
                    mean_s(c.wait_abandoned_us, c.abandoned)
                }
            }
            FigureKey::LongestWaitWindow => self.longest_us.map_or(Value::NoDenominator, secs),
            FigureKey::ServiceLevel => service_level(c, queue.variant, queue.exits),
            FigureKey::LiveServiceLevel => live_service_level(c),
            FigureKey::WaitP50 => self.percentile(0),
            FigureKey::WaitP90 => self.percentile(1),
            FigureKey::WaitP95 => self.percentile(2),
            FigureKey::WaitP99 => self.percentile(3),
            FigureKey::Att => mean_s(c.talk_us, c.contacts),
            FigureKey::AvgHold if !self.hold_known => Value::Unknown(Unknown::NotTold),
            FigureKey::AvgHold => mean_s(c.hold_us, c.contacts),
            FigureKey::Acw | FigureKey::Aht | FigureKey::AfterCallShare | FigureKey::AfterCallTime
                if !self.after_call_known =>
            {
                Value::Unknown(Unknown::NotTold)
            }
            FigureKey::Acw => mean_s(c.after_call_us, c.after_calls),
            FigureKey::Aht => mean_s(c.handle_us, c.after_calls),
            FigureKey::AvgRing | FigureKey::AvgRings | FigureKey::RingNoAnswer if !self.ring_known => {
                Value::Unknown(Unknown::NotTold)
            }
            FigureKey::AvgRing => mean_s(c.ring_us, c.answered),
            FigureKey::AvgRings => match mean_s(c.ring_us, c.answered) {
                Value::Known(s) => Value::ratio(s, rules.ring_cycle.secs()),
                other => other,
            },
            FigureKey::Transfers => count(c.transfers),
            FigureKey::TransferRate => Value::ratio(f(c.transfers), f(c.answered)),
            FigureKey::Usual => self.usual.map_or(Value::Unknown(Unknown::Learning), Value::Known),
            FigureKey::Ratio => {
                self.usual.map_or(Value::Unknown(Unknown::Learning), |usual| Value::ratio(f(c.offered), usual))
            }
            FigureKey::DifferentCallers => self.different_callers.map_or(Value::Unknown(Unknown::NotTold), count),
            FigureKey::Redials => match self.different_callers {
                Some(_) => count(c.redials),
                None => Value::Unknown(Unknown::NotTold),
            },
            FigureKey::Occupancy => Value::ratio(f(p.occupied()), f(p.occupied() + p.of(Slot::Ready))),
            FigureKey::Utilization => Value::ratio(f(p.utilized()), f(p.signed_in())),
            FigureKey::AfterCallShare => Value::ratio(f(p.of(Slot::AfterCall)), f(p.signed_in())),
            FigureKey::NotReadyShare => Value::ratio(f(p.not_ready()), f(p.signed_in())),
            FigureKey::SignedIn => secs(p.signed_in()),
            FigureKey::ReadyTime => secs(p.of(Slot::Ready)),
            FigureKey::NotReadyTime => secs(p.not_ready()),
            FigureKey::NotReadyCount => count(c.not_ready_count),
            FigureKey::TalkTime => secs(c.talk_us),
            FigureKey::AfterCallTime => secs(c.after_call_us),
            FigureKey::RingTime => secs(p.of(Slot::Ringing)),
            FigureKey::RingNoAnswer => count(c.ring_no_answer),
            FigureKey::CallsPerHour => Value::ratio(f(c.answered), f(p.signed_in()) / 3.6e9),
            FigureKey::Waiting | FigureKey::WaitingOver | FigureKey::LongestWait | FigureKey::LongestWaitCall => {
                Value::Unknown(Unknown::NotTold)
            }
        }
    }

    /// The denominator of a share or mean: what `min_sample` and the Wilson interval look at. `None` for counts.
    #[must_use]
    pub fn sample(&self, key: FigureKey, rules: &FigureRules, queue: &QueueRules) -> Option<i64> {
        let c = &self.counts;
        Some(match key {
            FigureKey::LostRate | FigureKey::AnswerRate => c.answered + c.lost(),
            FigureKey::AbandonRate => abandon_rate_parts(c, rules.abandon_rate).1,
            FigureKey::ServiceLevel => service_level_parts(c, queue.variant, queue.exits).1,
            FigureKey::LiveServiceLevel => live_parts(c).1,
            FigureKey::Asa | FigureKey::TransferRate | FigureKey::AvgRing | FigureKey::AvgRings => c.answered,
            FigureKey::Att | FigureKey::AvgHold => c.contacts,
            FigureKey::Acw | FigureKey::Aht => c.after_calls,
            FigureKey::AvgAbandon => c.abandoned,
            _ => return None,
        })
    }

    fn percentile(&self, index: usize) -> Value {
        self.wait_percentiles_us
            .and_then(|p| p.get(index).copied())
            .map_or(Value::NoDenominator, |us| Value::Known(f(us) / 1e6))
    }
}

impl Now {
    /// A figure of this instant; `None` for a key that belongs to a window.
    #[must_use]
    pub fn figure(&self, key: FigureKey, now: crate::model::Time) -> Option<Value> {
        let since = |t: Option<crate::model::Time>| {
            t.map_or(Value::NoDenominator, |t| Value::Known(now.since(t).or_zero().secs()))
        };
        match key {
            FigureKey::Waiting => Some(Value::Known(f64::from(self.waiting))),
            FigureKey::WaitingOver => Some(Value::Known(f64::from(self.over))),
            FigureKey::LongestWait => Some(since(self.oldest_join)),
            FigureKey::LongestWaitCall => Some(since(self.oldest_first_join)),
            _ => None,
        }
    }
}

/// Numerator and denominator of the abandon rate in a variant.
#[must_use]
pub fn abandon_rate_parts(c: &Counts, variant: AbandonVariant) -> (i64, i64) {
    match variant {
        AbandonVariant::Resolved => (c.abandoned, c.answered + c.abandoned + c.exited()),
        AbandonVariant::Offered => (c.abandoned, c.offered),
        AbandonVariant::WithShort => (c.abandoned_all(), c.answered + c.abandoned_all() + c.exited()),
    }
}

fn abandon_rate(c: &Counts, variant: AbandonVariant) -> Value {
    let (part, whole) = abandon_rate_parts(c, variant);
    Value::ratio(f(part), f(whole))
}

/// Numerator and denominator of a service level variant. "Abandoned" in all six includes the short ones; exited ones
/// stand in the denominator like an abandon after T, or are left out.
#[must_use]
pub fn service_level_parts(c: &Counts, variant: ServiceLevelVariant, exits: Exits) -> (i64, i64) {
    let exited = match exits {
        Exits::Count => c.exited(),
        Exits::Ignore => 0,
    };
    let gone = c.abandoned_all();
    match variant {
        ServiceLevelVariant::OfAll => (c.answered_in_t, c.answered + gone + exited),
        ServiceLevelVariant::AnsweredOrGone => (c.answered_in_t + c.abandoned_in_t, c.answered + gone + exited),
        ServiceLevelVariant::OfAnswered => (c.answered_in_t, c.answered),
        ServiceLevelVariant::IgnoreAbandonedIn => (c.answered_in_t, c.answered + gone - c.abandoned_in_t + exited),
        ServiceLevelVariant::ShortCounts => (c.answered_in_t + c.short_abandoned, c.answered + gone + exited),
        ServiceLevelVariant::IgnoreShort => (c.answered_in_t, c.answered + gone - c.short_abandoned + exited),
    }
}

/// A service level; "–" where nobody was.
#[must_use]
pub fn service_level(c: &Counts, variant: ServiceLevelVariant, exits: Exits) -> Value {
    let (part, whole) = service_level_parts(c, variant, exits);
    Value::ratio(f(part), f(whole))
}

fn live_parts(c: &Counts) -> (i64, i64) {
    (c.answered_in_t, c.answered_in_t + c.abandoned_in_t + c.exited_in_t + c.reached_t)
}

fn live_service_level(c: &Counts) -> Value {
    let (part, whole) = live_parts(c);
    Value::ratio(f(part), f(whole))
}
