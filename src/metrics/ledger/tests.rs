//! Closed intervals and the spans of a recording.

use super::*;
use crate::config::{AbandonVariant, AsaVariant, Exits, QueueRules, ServiceLevelVariant};
use crate::model::Span;

fn rules(variant: ServiceLevelVariant) -> Arc<ClosedWith> {
    Arc::new(ClosedWith {
        queue: QueueRules { within: Span::from_secs(20), target: 0.8, variant, exits: Exits::Count },
        abandon_rate: AbandonVariant::Resolved,
        asa: AsaVariant::Answered,
        short_abandon: Span::from_secs(5),
    })
}

fn answered(wait: i64) -> What {
    What::Answered { wait: Span::from_secs(wait), ring: Span::ZERO, in_t: wait <= 20, caller: None }
}

#[test]
fn a_closed_interval_keeps_the_variant_it_was_closed_with() {
    let day = Bounds { from: 0, to: 86_400 };
    let mut ledger = Ledger::new(0, Bounds { from: 0, to: 1800 }, day);
    let gone = What::Abandoned { wait: Span::from_secs(8), short: false, in_t: true, derived: false };
    for (second, what) in [(10, answered(10)), (20, gone)] {
        ledger.take(second, &what, false);
    }
    ledger.close_interval(Bounds { from: 0, to: 1800 }, &rules(ServiceLevelVariant::OfAll), SlotTimes::default(), true);
    for (second, what) in [(1810, answered(10)), (1820, gone)] {
        ledger.take(second, &what, false);
    }
    ledger.close_interval(
        Bounds { from: 1800, to: 3600 },
        &rules(ServiceLevelVariant::OfAnswered),
        SlotTimes::default(),
        true,
    );
    let levels: Vec<_> = ledger.closed().map(|c| c.service_level().known()).collect();
    assert_eq!(levels, [Some(0.5), Some(1.0)]);
    // Late news of the first one is computed the way it was closed.
    ledger.take(30, &answered(10), false);
    let first = ledger.closed().next().map(|c| (c.service_level().known(), c.revised));
    assert_eq!(first, Some((Some(2.0 / 3.0), true)));
}

#[test]
fn spans_of_a_recording_keep_what_is_told_late_in_its_place() {
    let day = Bounds { from: 0, to: 86_400 };
    let mut ledger = Ledger::new(0, Bounds { from: 0, to: 1800 }, day);
    let joined = What::Joined { caller: None, moved_in: false, arrival: true };
    ledger.begin_whole(0, 0);
    ledger.take(10, &joined, true);
    ledger.take(20, &joined, true);
    ledger.begin_whole(100, 2);
    ledger.take(110, &answered(100), true);
    // One of them went at 90, and that is told now.
    ledger.take(90, &answered(80), true);
    let before = ledger.part(Part::Before);
    assert_eq!((before.counts.offered, before.counts.answered, before.longest), (2, 1, Some(80_000_000)));
    let running = ledger.part(Part::Running);
    assert_eq!((running.counts.offered, running.counts.answered, running.longest), (0, 1, Some(100_000_000)));
    assert_eq!((ledger.waiting_from(Part::Before), ledger.waiting_from(Part::Running)), (0, 1));
}
