//! The floor and its figures against a plain, slow computation of KPI.md from the whole list of events.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod oracle {
    pub(crate) mod calendar;
    pub(crate) mod compare;
    pub(crate) mod figures;
    pub(crate) mod legs;
    pub(crate) mod people;
    pub(crate) mod random;
}

use std::sync::Arc;

use floorwatch::config::Settings;
use floorwatch::engine::Books;
use floorwatch::model::{Envelope, Span, Time};
use oracle::compare;
use oracle::legs::Told;
use oracle::random::{Plan, envelope, plan};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// So many cases, or as many as `ORACLE_CASES` says.
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("ORACLE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 1_500, ..ProptestConfig::default() }
}

/// What differs, and the events of the case.
fn failed(why: &str, told: &[Told]) -> TestCaseError {
    let lines: Vec<String> = told.iter().map(|t| format!("  {} {:?}", t.at, t.kind)).collect();
    TestCaseError::fail(format!("{why}\n{}\n", lines.join("\n")))
}

/// Gives the books everything in order, looking at the given instants between.
fn in_order(plan: &Plan, looks: &[i64]) -> Result<(), TestCaseError> {
    let told = plan.told();
    let mut looks: Vec<Time> = looks.iter().map(|us| plan.start + Span::from_micros(*us)).collect();
    // Besides, at the events themselves and right after them.
    looks.extend(told.iter().step_by(7).flat_map(|t| [t.at, t.at + Span::from_micros(1)]));
    looks.sort_unstable();
    let mut books = Books::new(plan.settings(), true);
    let mut told_so_far = 0;
    for look in looks {
        while let Some(t) = told.get(told_so_far).filter(|t| t.at <= look) {
            told_so_far += 1;
            books.apply(&envelope(t, t.at, told_so_far as u64, None));
        }
        if told_so_far > 0 {
            books.advance(look);
            compare::everything(&mut books, &told, look).map_err(|why| failed(&why, &told))?;
        }
    }
    Ok(())
}

/// The events as they may come: each up to two seconds late, some twice.
fn disordered(told: &[Told], late: &[i64], twice: &[bool]) -> Vec<Envelope> {
    let mut coming: Vec<(Time, usize)> = Vec::new();
    for (i, t) in told.iter().enumerate() {
        let delay = |k: usize| late.get((i * 7 + k * 3) % late.len().max(1)).copied().unwrap_or(0);
        coming.push((t.at + Span::from_micros(delay(0)), i));
        if twice.get(i % twice.len().max(1)).copied().unwrap_or(false) {
            coming.push((t.at + Span::from_micros(delay(1)), i));
        }
    }
    coming.sort_unstable();
    let envelopes = coming.iter().enumerate();
    envelopes.map(|(seq, (at, i))| envelope(&told[*i], *at, seq as u64 + 1, Some(format!("e{i}")))).collect()
}

fn feed(settings: &Arc<Settings>, envelopes: &[Envelope]) -> Books {
    let mut books = Books::new(settings.clone(), true);
    for envelope in envelopes {
        books.apply(envelope);
    }
    books
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn in_order_every_figure_of_every_window_is_the_oracles(
        plan in plan(),
        looks in prop::collection::vec(0..12_000_000_000i64, 0..6),
    ) {
        in_order(&plan, &looks)?;
    }

    #[test]
    fn what_waited_and_joined_is_what_ended_and_waits(
        plan in plan(),
        late in prop::collection::vec(-1_000_000..60_000_000i64, 1..20),
        twice in prop::collection::vec(any::<bool>(), 1..10),
    ) {
        // Far out of order, so that much of it makes no sense any more: it must still add up, after every event.
        let told = plan.told();
        let mut books = Books::new(plan.settings(), true);
        for envelope in disordered(&told, &late, &twice) {
            books.apply(&envelope);
            compare::conserved(&mut books).map_err(|why| failed(&why, &told))?;
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn repeats_and_disorder_within_two_seconds_change_no_count(
        plan in plan(),
        late in prop::collection::vec(0..2_000_000i64, 1..20),
        twice in prop::collection::vec(any::<bool>(), 1..10),
    ) {
        let told = plan.told_apart();
        let mut books = feed(&plan.settings(), &disordered(&told, &late, &twice));
        let last = told.last().map_or(plan.start, |t| t.at);
        let now = last + Span::from_secs(60);
        books.advance(now);
        compare::counts(&mut books, &told, now).map_err(|why| failed(&why, &told))?;
    }

    #[test]
    fn the_order_of_different_calls_at_one_instant_changes_no_count(plan in plan(), keys in prop::collection::vec(any::<u32>(), 10)) {
        let mut other = plan.clone();
        for (call, key) in other.calls.iter_mut().zip(keys) {
            call.key = key;
        }
        let now = plan.start + Span::from_secs(4 * 3600);
        let mut played = [&plan, &other].map(|plan| {
            let envelopes: Vec<Envelope> = (1u64..).zip(plan.told()).map(|(seq, t)| envelope(&t, t.at, seq, None)).collect();
            let mut books = feed(&plan.settings(), &envelopes);
            books.advance(now);
            books
        });
        let told = other.told();
        let [one, two] = &mut played;
        compare::alike(one, two).map_err(|why| failed(&why, &told))?;
    }
}
