//! Closed intervals: written once, revised under their own rules alone.

use std::sync::Arc;

use floorwatch::config::{ServiceLevelVariant, Settings};
use floorwatch::engine::ClosedInterval;
use floorwatch::metrics::{Bounds, Closed, Scope};
use floorwatch::model::Span;
use floorwatch::store::history::{History, StoredInterval};

use crate::script::{Run, core, live_through, script, settings, start};

fn all(dir: &std::path::Path) -> Vec<StoredInterval> {
    History::open(&dir.join("history.db")).unwrap().intervals(&Scope::All, i64::MIN, i64::MAX).unwrap()
}

#[test]
fn closed_intervals_are_there_with_all_their_sums() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let notes = script(1900);
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&notes);
    run.end();
    let mut again = core(&settings);
    live_through(&mut again, None, &notes);
    let want: Vec<ClosedInterval> = again.take_closed().into_iter().filter(|c| c.scope == Scope::All).collect();
    let rows = all(dir.path());
    assert!(rows.len() > 1, "{}", rows.len());
    assert_eq!(rows.len(), want.len());
    let last = rows.last().unwrap();
    assert_eq!(last.local, "2026-05-20T10:30+08:00");
    assert_eq!((last.variant.as_str(), last.within, last.to_s - last.from_s), ("of_all", Span::from_secs(20), 1800));
    assert!(last.counts.offered > 0 && last.slots_us.iter().sum::<i64>() > 0 && last.longest_us.is_some());
    assert_eq!(last.waits_ms.iter().map(|(_, n)| *n).sum::<u64>(), u64::try_from(last.counts.answered).unwrap());
    for (row, want) in rows.iter().zip(&want) {
        assert_eq!((row.from_s, row.counts), (want.closed.bounds.from, want.closed.counts));
    }
}

#[test]
fn a_closed_interval_keeps_the_variant_it_was_closed_with() {
    let (dir, first) = (tempfile::tempdir().unwrap(), settings());
    let mut run = Run::begin(dir.path(), &first, start());
    run.live(&script(1900));
    run.end();
    let before = all(dir.path());
    let mut other: Settings = (*first).clone();
    other.queue_defaults.variant = ServiceLevelVariant::OfAnswered;
    other.queue_defaults.within = Span::from_secs(40);
    for queue in &mut other.queues {
        queue.rules = other.queue_defaults.clone();
    }
    let run = Run::begin(dir.path(), &Arc::new(other), start() + Span::from_secs(1910));
    run.end();
    assert_eq!(all(dir.path()), before);
}

#[test]
fn intervals_lost_in_a_crash_are_made_up_for_from_the_journal() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&script(1900));
    run.end();
    let before = all(dir.path());
    for name in ["history.db", "history.db-wal", "history.db-shm"] {
        let _ = std::fs::remove_file(dir.path().join(name));
    }
    Run::begin(dir.path(), &settings, start() + Span::from_secs(1910)).end();
    assert_eq!(all(dir.path()), before);
}

#[test]
fn a_revision_is_marked_and_only_under_the_same_rules() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = History::open(&dir.path().join("history.db")).unwrap();
    let (settings, mut again) = (settings(), core(&settings()));
    live_through(&mut again, None, &script(1900));
    let mut one = again.take_closed().into_iter().rfind(|c| c.scope == Scope::All).unwrap();
    history.save(std::slice::from_ref(&one)).unwrap();
    let read = |history: &History| history.intervals(&Scope::All, i64::MIN, i64::MAX).unwrap().remove(0);
    let offered = one.closed.counts.offered;
    // Closed once more without a late fact: the first stands.
    one.closed.counts.offered = offered + 1;
    one.closed.revised = false;
    history.save(std::slice::from_ref(&one)).unwrap();
    assert_eq!(read(&history).counts.offered, offered);
    one.closed.revised = true;
    history.save(std::slice::from_ref(&one)).unwrap();
    assert_eq!((read(&history).counts.offered, read(&history).revised), (offered + 1, true));
    one.closed.counts.offered = offered + 2;
    std::sync::Arc::make_mut(&mut one.closed.with).queue.within = Span::from_secs(1);
    history.save(std::slice::from_ref(&one)).unwrap();
    assert_eq!(read(&history).counts.offered, offered + 1);
    drop(settings);
}

#[test]
fn an_interval_nothing_is_known_of_is_no_row() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = History::open(&dir.path().join("history.db")).unwrap();
    let mut again = core(&settings());
    live_through(&mut again, None, &script(1900));
    let mut one = again.take_closed().into_iter().rfind(|c| c.scope == Scope::All).unwrap();
    let Closed { bounds: Bounds { from, to }, .. } = one.closed;
    one.missing_s = to - from;
    history.save(std::slice::from_ref(&one)).unwrap();
    assert_eq!(history.intervals(&Scope::All, i64::MIN, i64::MAX).unwrap(), []);
    one.missing_s -= 1;
    history.save(std::slice::from_ref(&one)).unwrap();
    assert_eq!(history.intervals(&Scope::All, from, to).unwrap().len(), 1);
    assert_eq!(history.forget_before(to + 1).unwrap(), 1);
}
