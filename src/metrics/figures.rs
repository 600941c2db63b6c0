//! The figures of one scope in one window, computed from its sums when somebody looks. Formulas: KPI.md.

use super::counts::Counts;
use super::fixed::Distinct;
use super::key::FigureKey;
use super::people::SlotTimes;
use super::spread::Percentiles;
use super::value::{Unknown, Value};
use crate::config::{AbandonVariant, AsaVariant, Exits, FigureRules, QueueRules, ServiceLevelVariant};
use crate::floor::{Lines, Slot};

/// All that is known of one scope in one window: sums, maxima, percentiles. Plain data; [`Tally::figure`] computes.
#[derive(Clone, Debug, PartialEq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says one independent thing of the feeds")]
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
    /// Percentiles 50, 90, 95, 99 of connected time of contacts that ended, microseconds.
    pub talk_percentiles_us: Option<Percentiles>,
    /// The same of their hold.
    pub hold_percentiles_us: Option<Percentiles>,
    /// The same of after-call work that ended.
    pub after_call_percentiles_us: Option<Percentiles>,
    /// The same of connected and after-call time of contacts whose handling ended.
    pub handle_percentiles_us: Option<Percentiles>,
    /// Different people; `None` in windows they are not kept for (all but the day and a recording).
    pub distinct: Option<Distinct>,
    /// People present in the window, where it is a report's.
    pub present: Option<i64>,
    /// No feed of this scope tells people's states.
    pub no_states: bool,
    /// No feed of this scope tells rings that were not answered.
    pub no_misses: bool,
    /// Whether calls to customers are known of this scope's feeds.
    pub outbound_known: bool,
    /// Whether outcomes of calls are known of this scope's feeds.
    pub tags_known: bool,
    /// Whether counts of menus are known of this scope's feeds.
    pub ivr_known: bool,
    /// Whether callers refused before the queue are known of this scope's feeds.
    pub door_known: bool,
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
    /// Trunks, where a feed tells; only of lines and of all.
    pub lines: Option<Lines>,
}

#[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a year are far below 2^53")]
pub(super) const fn f(n: i64) -> f64 {
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
        if let Some(value) = self.spread(key).or_else(|| self.told(key, rules, queue)) {
            return value;
        }
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
            FigureKey::Att => mean_s(c.talk_us, c.contacts),
            FigureKey::AvgHold if !self.hold_known => Value::Unknown(Unknown::NotTold),
            FigureKey::AvgHold => mean_s(c.hold_us, c.contacts),
            key if needs_after_call(key) && !self.after_call_known => Value::Unknown(Unknown::NotTold),
            FigureKey::Acw => mean_s(c.after_call_us, c.after_calls),
            FigureKey::Aht => mean_s(c.handle_us, c.after_calls),
            FigureKey::AvgRing | FigureKey::AvgRings if !self.ring_known => Value::Unknown(Unknown::NotTold),
            FigureKey::RingNoAnswer if self.no_misses || !self.ring_known && c.ring_no_answer == 0 => {
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
            key if needs_states(key) && self.no_states => Value::Unknown(Unknown::NotTold),
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
            FigureKey::CallsPerHour => Value::ratio(f(c.answered + c.connected_out), f(p.signed_in()) / 3.6e9),
            FigureKey::TalkInternalTime => secs(p.of(Slot::TalkInternal)),
            FigureKey::Forecast | FigureKey::ForecastLow | FigureKey::ForecastHigh => Value::Unknown(Unknown::Learning),
            // Of this instant, of one person, or told above.
            _ => Value::Unknown(Unknown::NotTold),
        }
    }

    /// A percentile; `None` for any other key.
    fn spread(&self, key: FigureKey) -> Option<Value> {
        let (of, index) = match key {
            FigureKey::WaitP50 => (self.wait_percentiles_us, 0),
            FigureKey::WaitP90 => (self.wait_percentiles_us, 1),
            FigureKey::WaitP95 => (self.wait_percentiles_us, 2),
            FigureKey::WaitP99 => (self.wait_percentiles_us, 3),
            FigureKey::TalkP50 => (self.talk_percentiles_us, 0),
            FigureKey::TalkP90 => (self.talk_percentiles_us, 1),
            FigureKey::TalkP95 => (self.talk_percentiles_us, 2),
            FigureKey::TalkP99 => (self.talk_percentiles_us, 3),
            FigureKey::HoldP50 => (self.hold_percentiles_us, 0),
            FigureKey::HoldP90 => (self.hold_percentiles_us, 1),
            FigureKey::HoldP95 => (self.hold_percentiles_us, 2),
            FigureKey::HoldP99 => (self.hold_percentiles_us, 3),
            FigureKey::AfterCallP50 => (self.after_call_percentiles_us, 0),
            FigureKey::AfterCallP90 => (self.after_call_percentiles_us, 1),
            FigureKey::AfterCallP95 => (self.after_call_percentiles_us, 2),
            FigureKey::AfterCallP99 => (self.after_call_percentiles_us, 3),
            FigureKey::HandleP50 => (self.handle_percentiles_us, 0),
            FigureKey::HandleP90 => (self.handle_percentiles_us, 1),
            FigureKey::HandleP95 => (self.handle_percentiles_us, 2),
            FigureKey::HandleP99 => (self.handle_percentiles_us, 3),
            _ => return None,
        };
        let hold = matches!(key, FigureKey::HoldP50 | FigureKey::HoldP90 | FigureKey::HoldP95 | FigureKey::HoldP99);
        let known = (!hold || self.hold_known) && (!needs_after_call(key) || self.after_call_known);
        Some(told(known, percentile(of, index)))
    }

    /// A figure of what some feeds alone tell: the front door, menus, calls outward, outcomes; `None` for any other key.
    fn told(&self, key: FigureKey, rules: &FigureRules, queue: &QueueRules) -> Option<Value> {
        let c = &self.counts;
        let count = |n: i64| Value::Known(f(n));
        Some(match key {
            FigureKey::Refused => told(self.door_known, count(c.refused())),
            FigureKey::Outbound => told(self.outbound_known, count(c.outbound)),
            FigureKey::ConnectedOut => told(self.outbound_known, count(c.connected_out)),
            FigureKey::IvrEntered => told(self.ivr_known, count(c.ivr_entered)),
            FigureKey::IvrLeft => told(self.ivr_known, count(c.ivr_left)),
            FigureKey::ToAgentRate | FigureKey::SelfServiceRate => {
                told(self.ivr_known, self.quotient(key, rules, queue))
            }
            FigureKey::Orders => told(self.tags_known, count(c.orders)),
            FigureKey::OrdersCancelled => told(self.tags_known, count(c.orders_cancelled)),
            FigureKey::OrdersSettled => told(self.tags_known, count(c.orders_settled)),
            FigureKey::OrdersReturned => told(self.tags_known, count(c.orders_returned)),
            FigureKey::Sales => told(self.tags_known, count(c.sales)),
            FigureKey::Complaints => told(self.tags_known, count(c.complaints)),
            FigureKey::ConversionRate
            | FigureKey::OrdersPerHead
            | FigureKey::SalesRate
            | FigureKey::OutboundSalesRate
            | FigureKey::EffectiveSalesRate
            | FigureKey::ComplaintRate => told(self.tags_known, self.quotient(key, rules, queue)),
            _ => return None,
        })
    }

    fn quotient(&self, key: FigureKey, rules: &FigureRules, queue: &QueueRules) -> Value {
        self.parts(key, rules, queue)
            .map_or(Value::Unknown(Unknown::NotTold), |parts| Value::ratio(parts.part, parts.whole))
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
            FigureKey::Asa
            | FigureKey::TransferRate
            | FigureKey::AvgRing
            | FigureKey::AvgRings
            | FigureKey::ConversionRate => c.answered,
            FigureKey::Att | FigureKey::AvgHold => c.contacts,
            FigureKey::Acw | FigureKey::Aht => c.after_calls,
            FigureKey::AvgAbandon if rules.avg_abandon_with_short => c.abandoned_all(),
            FigureKey::AvgAbandon => c.abandoned,
            FigureKey::SelfServiceRate | FigureKey::ToAgentRate => c.ivr_entered,
            FigureKey::SalesRate => c.offered + c.outbound,
            FigureKey::OutboundSalesRate => self.distinct?.numbers_connected,
            FigureKey::EffectiveSalesRate => self.distinct?.numbers_reached,
            FigureKey::ComplaintRate => self.distinct?.callers_answered,
            _ => return None,
        })
    }
}

fn percentile(of: Option<Percentiles>, index: usize) -> Value {
    of.and_then(|p| p.get(index).copied()).map_or(Value::NoDenominator, |us| Value::Known(f(us) / 1e6))
}

fn told(known: bool, value: Value) -> Value {
    if known { value } else { Value::Unknown(Unknown::NotTold) }
}

/// Figures that mean nothing where after-call work is not told.
const fn needs_after_call(key: FigureKey) -> bool {
    matches!(
        key,
        FigureKey::Acw
            | FigureKey::Aht
            | FigureKey::AfterCallShare
            | FigureKey::AfterCallTime
            | FigureKey::AfterCallP50
            | FigureKey::AfterCallP90
            | FigureKey::AfterCallP95
            | FigureKey::AfterCallP99
            | FigureKey::HandleP50
            | FigureKey::HandleP90
            | FigureKey::HandleP95
            | FigureKey::HandleP99
    )
}

/// Figures made of people's time.
pub(super) const fn needs_states(key: FigureKey) -> bool {
    matches!(
        key,
        FigureKey::Occupancy
            | FigureKey::Utilization
            | FigureKey::AfterCallShare
            | FigureKey::NotReadyShare
            | FigureKey::SignedIn
            | FigureKey::ReadyTime
            | FigureKey::NotReadyTime
            | FigureKey::NotReadyCount
            | FigureKey::RingTime
            | FigureKey::CallsPerHour
            | FigureKey::TalkInternalTime
            | FigureKey::SignIns
            | FigureKey::SignOuts
    )
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
            FigureKey::LinesInUse => Some(self.trunks(|lines| Value::Known(f(clamped(lines.in_use))))),
            FigureKey::LinesShare => {
                Some(self.trunks(|lines| Value::ratio(f(clamped(lines.in_use)), f(clamped(lines.capacity)))))
            }
            _ => None,
        }
    }
}

impl Now {
    fn trunks(&self, of: impl Fn(&Lines) -> Value) -> Value {
        match &self.lines {
            None => Value::Unknown(Unknown::NotTold),
            Some(lines) if lines.away => Value::Unknown(Unknown::FeedAway),
            Some(lines) => of(lines),
        }
    }
}

fn clamped(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
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

pub(super) fn abandon_rate(c: &Counts, variant: AbandonVariant) -> Value {
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

pub(super) fn live_parts(c: &Counts) -> (i64, i64) {
    (c.answered_in_t, c.answered_in_t + c.abandoned_in_t + c.exited_in_t + c.reached_t)
}

fn live_service_level(c: &Counts) -> Value {
    let (part, whole) = live_parts(c);
    Value::ratio(f(part), f(whole))
}
