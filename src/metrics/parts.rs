//! What a figure is divided from: what `explain` shows beside the number.

use super::figures::{Tally, abandon_rate_parts, f, live_parts, service_level_parts};
use super::key::FigureKey;
use crate::config::{AsaVariant, FigureRules, QueueRules};
use crate::floor::Slot;

/// Numerator and denominator of a figure; seconds and hours as the figure's definition has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// Numerator.
    pub part: f64,
    /// Denominator; 0 means that the figure is "–".
    pub whole: f64,
}

impl Tally {
    /// Numerator and denominator of a figure that has them; `None` for counts, sums, percentiles and maxima, and for
    /// figures of which one of the two is not known.
    #[must_use]
    pub fn parts(&self, key: FigureKey, rules: &FigureRules, queue: &QueueRules) -> Option<Parts> {
        let c = &self.counts;
        let p = &self.people;
        let share = |(part, whole): (i64, i64)| Some(Parts { part: f(part), whole: f(whole) });
        let time = |part: i64, whole: i64| Some(Parts { part: f(part) / 1e6, whole: f(whole) / 1e6 });
        let mean = |us: i64, n: i64| Some(Parts { part: f(us) / 1e6, whole: f(n) });
        match key {
            FigureKey::LostRate => share((c.lost(), c.answered + c.lost())),
            FigureKey::AnswerRate => share((c.answered, c.answered + c.lost())),
            FigureKey::AbandonRate => share(abandon_rate_parts(c, rules.abandon_rate)),
            FigureKey::ServiceLevel => share(service_level_parts(c, queue.variant, queue.exits)),
            FigureKey::LiveServiceLevel => share(live_parts(c)),
            FigureKey::Asa => match rules.asa {
                AsaVariant::Answered => mean(c.wait_answered_us, c.answered),
                AsaVariant::QueueTotal => mean(c.wait_answered_us + c.wait_abandoned_us, c.answered),
            },
            FigureKey::AvgAbandon if rules.avg_abandon_with_short => {
                mean(c.wait_abandoned_us + c.wait_short_us, c.abandoned_all())
            }
            FigureKey::AvgAbandon => mean(c.wait_abandoned_us, c.abandoned),
            FigureKey::Att => mean(c.talk_us, c.contacts),
            FigureKey::AvgHold => mean(c.hold_us, c.contacts),
            FigureKey::Acw => mean(c.after_call_us, c.after_calls),
            FigureKey::Aht => mean(c.handle_us, c.after_calls),
            FigureKey::AvgRing => mean(c.ring_us, c.answered),
            FigureKey::AvgRings => {
                Some(Parts { part: f(c.ring_us) / 1e6 / rules.ring_cycle.secs(), whole: f(c.answered) })
            }
            FigureKey::TransferRate => share((c.transfers, c.answered)),
            FigureKey::Ratio => self.usual.map(|usual| Parts { part: f(c.offered), whole: usual }),
            FigureKey::Occupancy => time(p.occupied(), p.occupied() + p.of(Slot::Ready)),
            FigureKey::Utilization => time(p.utilized(), p.signed_in()),
            FigureKey::AfterCallShare => time(p.of(Slot::AfterCall), p.signed_in()),
            FigureKey::NotReadyShare => time(p.not_ready(), p.signed_in()),
            FigureKey::CallsPerHour => {
                Some(Parts { part: f(c.answered + c.connected_out), whole: f(p.signed_in()) / 3.6e9 })
            }
            FigureKey::ToAgentRate => share((c.ivr_to_queue, c.ivr_entered)),
            // Who came in, was not sent on and did not hang up was served by the menu.
            FigureKey::SelfServiceRate => share(((c.ivr_entered - c.ivr_to_queue - c.ivr_left).max(0), c.ivr_entered)),
            FigureKey::ConversionRate => share((c.orders, c.answered)),
            FigureKey::OrdersPerHead => self.present.and_then(|present| share((c.orders, present))),
            FigureKey::SalesRate => share((c.sales, c.offered + c.outbound)),
            FigureKey::OutboundSalesRate => self.distinct.and_then(|d| share((d.numbers_sold, d.numbers_connected))),
            FigureKey::EffectiveSalesRate => self.distinct.and_then(|d| share((d.numbers_sold, d.numbers_reached))),
            FigureKey::ComplaintRate => self.distinct.and_then(|d| share((d.callers_complained, d.callers_answered))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AbandonVariant, Exits, ServiceLevelVariant};
    use crate::metrics::{Counts, Distinct, SlotTimes, Value};
    use crate::model::Span;
    use proptest::prelude::*;

    fn rules(n: usize) -> (FigureRules, QueueRules) {
        let abandon_rate = [AbandonVariant::Resolved, AbandonVariant::Offered, AbandonVariant::WithShort];
        let figures = FigureRules {
            short_abandon: Span::from_secs(5),
            abandon_rate: abandon_rate[n % 3],
            asa: if n.is_multiple_of(2) { AsaVariant::Answered } else { AsaVariant::QueueTotal },
            avg_abandon_with_short: n.is_multiple_of(2),
            min_sample: 20,
            interval_min: 30,
            day_starts_s: 0,
            ring_cycle: Span::from_secs(5),
            reorder: Span::from_secs(2),
            ghost_after: Span::from_secs(7200),
            waiting_over: None,
        };
        let queue = QueueRules {
            within: Span::from_secs(20),
            target: 0.8,
            variant: ServiceLevelVariant::ALL[n % 6],
            exits: if n.is_multiple_of(2) { Exits::Count } else { Exits::Ignore },
        };
        (figures, queue)
    }

    fn tally(n: &[i64], time: &[i64]) -> Tally {
        let at = |i: usize| n.get(i).copied().unwrap_or(0);
        let mut people = SlotTimes::default();
        people.0.iter_mut().zip(time).for_each(|(slot, us)| *slot = us * 1_000_000);
        let counts = Counts {
            offered: at(0),
            answered: at(1),
            abandoned: at(2),
            short_abandoned: at(3),
            answered_in_t: at(4),
            abandoned_in_t: at(5),
            reached_t: at(6),
            wait_answered_us: at(7) * 1_000_000,
            wait_abandoned_us: at(8) * 1_000_000,
            wait_short_us: at(9) * 1_000_000,
            ring_us: at(10) * 1_000_000,
            contacts: at(11),
            talk_us: at(12) * 1_000_000,
            hold_us: at(13) * 1_000_000,
            transfers: at(14),
            after_calls: at(15),
            after_call_us: at(16) * 1_000_000,
            handle_us: at(17) * 1_000_000,
            outbound: at(18),
            connected_out: at(19),
            ivr_entered: at(20),
            ivr_left: at(21),
            ivr_to_queue: at(22),
            orders: at(23),
            sales: at(24),
            exited_by: [at(25), 0, at(26), 0, 0, 0, 0],
            ..Counts::default()
        };
        let distinct = Distinct {
            callers_answered: at(27),
            callers_complained: at(28),
            numbers_connected: at(29),
            numbers_sold: at(30),
            numbers_reached: at(31),
        };
        Tally {
            counts,
            people,
            usual: Some(7.5),
            distinct: Some(distinct),
            present: Some(at(32)),
            after_call_known: true,
            hold_known: true,
            ring_known: true,
            tags_known: true,
            ivr_known: true,
            ..Tally::default()
        }
    }

    proptest! {
        /// What is explained is what is shown, for every figure and every variant.
        #[test]
        fn a_figure_is_its_numerator_over_its_denominator(
            n in prop::collection::vec(0i64..40, 33),
            time in prop::collection::vec(0i64..4000, crate::metrics::SLOTS),
            variant in 0usize..6,
        ) {
            let (figures, queue) = rules(variant);
            let tally = tally(&n, &time);
            for key in FigureKey::ALL {
                let Some(parts) = tally.parts(*key, &figures, &queue) else { continue };
                let shown = tally.figure(*key, &figures, &queue);
                match (Value::ratio(parts.part, parts.whole), shown) {
                    (Value::Known(a), Value::Known(b)) => {
                        prop_assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{:?}: {} {}", key, a, b);
                    }
                    (a, b) => prop_assert_eq!(a, b, "{:?}", key),
                }
                if let Some(sample) = tally.sample(*key, &figures, &queue)
                    && matches!(key.unit(), crate::metrics::Unit::Share)
                {
                    prop_assert!((f(sample) - parts.whole).abs() < 1e-9, "{:?}", key);
                }
            }
        }
    }
}
