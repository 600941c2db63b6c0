//! Closed intervals and the spans of a recording.

use super::*;
use crate::config::{AbandonVariant, AsaVariant, Exits, QueueRules, ServiceLevelVariant};
use crate::model::{CallerKey, Span};

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

/// A second's facts of a busy scope: one joins, one is answered, one in five goes away. Callers come back.
fn busy(second: i64) -> Vec<What> {
    let caller = u64::try_from(second % 977).ok().map(CallerKey::new);
    let wait = Span::from_secs(second % 61);
    let mut told = vec![
        What::Joined { caller, moved_in: false, arrival: true },
        What::Answered { wait, ring: Span::ZERO, in_t: second % 61 <= 20, caller },
    ];
    if second % 5 == 0 {
        told.push(What::Abandoned { wait, short: false, in_t: false, derived: false });
    }
    told
}

/// What a sliding window has, worked out from the whole list.
fn plain(told: &[(i64, What)], from: i64, to: i64) -> (Counts, Option<i64>, Option<Percentiles>, i64) {
    let (mut counts, mut longest, mut waits) = (Counts::default(), None, Vec::new());
    let mut callers = FxHashSet::default();
    for (_, what) in told.iter().filter(|(second, _)| (from..=to).contains(second)) {
        match *what {
            What::Joined { caller, .. } => {
                counts.offered += 1;
                callers.extend(caller);
            }
            What::Answered { wait, in_t, .. } => {
                counts.answered += 1;
                counts.answered_in_t += i64::from(in_t);
                counts.wait_answered_us += wait.micros();
                longest = longest.max(Some(wait.micros()));
                waits.push(wait.micros());
            }
            What::Abandoned { wait, .. } => {
                counts.abandoned += 1;
                counts.wait_abandoned_us += wait.micros();
                longest = longest.max(Some(wait.micros()));
            }
            _ => {}
        }
    }
    (counts, longest, exact_percentiles(&mut waits), i64::try_from(callers.len()).unwrap_or(0))
}

/// Thousands of facts that nobody looked at for long, or looked at once on the way, some of them told late: every sliding
/// window has what lies in it, and the log keeps little more than an hour.
#[test]
fn a_busy_scope_nobody_looks_at_forgets_what_no_window_holds_and_nothing_else() {
    let day = Bounds { from: 0, to: 86_400 };
    for looks in [&[][..], &[1], &[3000], &[3000, 7001], &[9_000, 9_100, 9_200]] {
        let mut ledger = Ledger::new(0, day, day);
        let mut all = Vec::new();
        for second in 0..12_000 {
            let late = match second % 1000 {
                100 => 50,
                200 => 1000,
                300 => 3599,
                400 => 3601,
                500 => 5000,
                _ => 0,
            };
            for what in busy(second) {
                let at = (second - late).max(0);
                ledger.take(at, &what, false);
                all.push((at, what));
            }
            if looks.contains(&second) {
                ledger.follow(second);
            }
            // An hour of facts, a quarter of the most before it is looked through, and half of what was passed.
            assert!(ledger.log.len() <= 2 * (8000 + MOST / 4), "{} kept at {second}", ledger.log.len());
        }
        for now in [11_999, 12_000, 12_400, 13_000, 15_700] {
            ledger.follow(now);
            for window in Window::SLIDING {
                let from = now - window.sliding_secs().unwrap_or_default() + 1;
                let seen = ledger.window(window, now);
                let want = plain(&all, from, now);
                let counts = Counts { redials: 0, ..seen.counts };
                let got = (counts, seen.longest, seen.spreads[Spread::Wait.index()], seen.callers);
                assert_eq!(got, want, "{} at {now}, looked at {looks:?}", window.word());
            }
        }
        assert_eq!(ledger.log.len(), 0, "nothing is kept of what no window holds");
    }
}

#[test]
fn a_closed_interval_has_the_longest_wait_and_the_waits_of_those_answered_in_it() {
    let day = Bounds { from: 0, to: 86_400 };
    let mut ledger = Ledger::new(0, Bounds { from: 0, to: 1800 }, day);
    let with = rules(ServiceLevelVariant::OfAll);
    let gone = |wait| What::Abandoned { wait: Span::from_secs(wait), short: false, in_t: false, derived: false };
    ledger.take(10, &answered(1000), false);
    ledger.close_interval(Bounds { from: 0, to: 1800 }, &with, SlotTimes::default(), true);
    for (second, what) in [(1800, answered(8)), (1801, gone(45)), (1802, answered(3)), (3599, answered(8))] {
        ledger.take(second, &what, false);
    }
    ledger.close_interval(Bounds { from: 1800, to: 3600 }, &with, SlotTimes::default(), true);
    // One nothing happened in, and one nobody wants to keep.
    ledger.close_interval(Bounds { from: 3600, to: 5400 }, &with, SlotTimes::default(), true);
    ledger.take(5400, &answered(5), false);
    ledger.close_interval(Bounds { from: 5400, to: 7200 }, &with, SlotTimes::default(), false);
    let s = 1_000_000;
    let closed: Vec<_> =
        ledger.closed().map(|c| (c.counts.answered, c.longest_us, c.wait_percentiles_us, c.waits.clone())).collect();
    assert_eq!(
        closed,
        [
            (1, Some(1000 * s), Some([1000 * s; 4]), vec![(1_000_000, 1)]),
            (3, Some(45 * s), Some([8 * s; 4]), vec![(3000, 1), (8000, 2)]),
            (0, None, None, vec![]),
        ]
    );
    // A late one changes sums and the longest wait, and is news.
    ledger.closed_mut().for_each(|c| c.news = false);
    assert!(ledger.take(1799, &answered(2000), false));
    assert!(!ledger.take(7200, &answered(1), false));
    let news: Vec<_> = ledger.closed().map(|c| (c.counts.answered, c.longest_us, c.revised, c.news)).collect();
    assert_eq!(news[0], (2, Some(2000 * s), true, true));
    assert!(news[1..].iter().all(|(_, _, revised, news)| !revised && !news), "{news:?}");
}

#[test]
fn two_days_of_closed_intervals_are_kept() {
    let mut ledger = Ledger::new(0, Bounds { from: 0, to: 1800 }, Bounds { from: 0, to: 86_400 });
    let with = rules(ServiceLevelVariant::OfAll);
    for n in 0..150 {
        ledger.take(n * 1800, &answered(1), false);
        ledger.close_interval(Bounds { from: n * 1800, to: (n + 1) * 1800 }, &with, SlotTimes::default(), true);
    }
    let kept: Vec<i64> = ledger.closed().map(|c| c.bounds.from / 1800).collect();
    assert_eq!(kept, (50..150).collect::<Vec<i64>>());
}

#[test]
fn an_account_has_changed_when_a_fact_came_or_left_a_window() {
    let mut ledger = Ledger::new(0, Bounds { from: 0, to: 1800 }, Bounds { from: 0, to: 86_400 });
    assert!(ledger.take_changed() && !ledger.take_changed());
    ledger.take(10, &answered(1), false);
    assert!(ledger.take_changed());
    // It leaves the last five minutes at 310: ⌊t⌋ − W < ⌊fact⌋.
    for (now, changed) in [(10, false), (309, false), (310, true), (909, false), (910, true), (4000, true)] {
        ledger.follow(now);
        assert_eq!(ledger.take_changed(), changed, "{now}");
    }
    let with = rules(ServiceLevelVariant::OfAll);
    ledger.close_interval(Bounds { from: 0, to: 1800 }, &with, SlotTimes::default(), false);
    assert!(ledger.take_changed());
    ledger.close_day(1800);
    assert!(ledger.take_changed());
    ledger.begin_whole(1800, 0);
    assert!(ledger.take_changed());
}

#[test]
fn callers_answered_in_the_day_are_counted_once() {
    let mut ledger = Ledger::new(0, Bounds { from: 0, to: 1800 }, Bounds { from: 0, to: 86_400 });
    let by = |caller| What::Answered { wait: Span::ZERO, ring: Span::ZERO, in_t: true, caller };
    for caller in [Some(1), Some(2), Some(1), None] {
        ledger.take(10, &by(caller.map(CallerKey::new)), false);
    }
    let distinct = ledger.window(Window::Day, 10).distinct.map(|d| d.callers_answered);
    assert_eq!(distinct, Some(2));
}

#[test]
fn a_fact_before_the_first_interval_and_day_is_of_neither() {
    let mut ledger = Ledger::new(5000, Bounds { from: 3600, to: 5400 }, Bounds { from: 1800, to: 88_200 });
    for second in [1000, 3000, 3600] {
        ledger.take(second, &answered(1), true);
    }
    let windows = [Window::Interval, Window::Day, Window::Whole];
    assert_eq!(windows.map(|window| ledger.counts(window).answered), [1, 2, 3]);
    assert_eq!(windows.map(|window| ledger.window(window, 5000).counts.answered), [1, 2, 3]);
}

#[test]
fn the_first_second_of_a_span_is_of_no_span_before() {
    let mut ledger = Ledger::new(0, Bounds { from: 0, to: 1800 }, Bounds { from: 0, to: 86_400 });
    ledger.begin_whole(0, 0);
    ledger.begin_whole(100, 0);
    ledger.take(99, &answered(10), true);
    ledger.take(100, &answered(20), true);
    let of = |seen: Seen| (seen.counts.answered, seen.longest, seen.spreads[Spread::Wait.index()]);
    let s = 1_000_000;
    assert_eq!(of(ledger.part(Part::Before)), (1, Some(10 * s), Some([10 * s; 4])));
    assert_eq!(of(ledger.part(Part::Running)), (1, Some(20 * s), Some([20 * s; 4])));
}

#[test]
fn a_fact_told_as_late_as_a_window_is_long_is_before_it() {
    for (window, length) in Window::SLIDING.map(|w| (w, w.sliding_secs().unwrap_or_default())) {
        let mut ledger = Ledger::new(0, Bounds { from: 0, to: 9000 }, Bounds { from: 0, to: 86_400 });
        ledger.follow(5000);
        ledger.take(5000 - length, &answered(1), false);
        assert_eq!(ledger.window(window, 5000).counts.answered, 0, "{}", window.word());
        ledger.take(5001 - length, &answered(1), false);
        assert_eq!(ledger.window(window, 5000).counts.answered, 1, "{}", window.word());
    }
}
