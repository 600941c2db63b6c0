//! A restart zeroes nothing, and says what it does not know.

use std::path::Path;
use std::sync::Arc;

use floorwatch::app::App;
use floorwatch::clock::Clock;
use floorwatch::config::{Settings, StoreRules};
use floorwatch::engine::{Answer, Note};
use floorwatch::metrics::Window;
use floorwatch::model::{CallerHasher, Command, Envelope, Event, FeedId, FeedState, Kind, Label, QueueId, Span, Time};
use floorwatch::snapshot::{IncidentState, StoreState};
use floorwatch::store::files::Folder;
use floorwatch::store::history::History;
use floorwatch::store::journal::JournalWriter;
use floorwatch::store::restore::go_through;
use floorwatch::store::{Store, segments};

use crate::script::{Run, apart_from_away, core, envelopes, figures, live_through, script, settings, start};

#[test]
fn the_figures_after_are_those_before() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let notes = script(900);
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&notes);
    let before = figures(&run.core.publish());
    run.end();
    let mut again = core(&settings);
    let read = go_through(&segments::list(&dir.path().join("journal")).unwrap(), |e| again.apply(e)).unwrap();
    assert_eq!(read.damaged, 0);
    assert_eq!(read.last, Some(start() + Span::from_secs(900)));
    pretty(&figures(&again.publish()), &before);
}

/// Says the first line that differs; the whole is too long to read.
#[track_caller]
fn pretty(got: &str, want: &str) {
    for (n, (g, w)) in got.lines().zip(want.lines()).enumerate() {
        assert_eq!(g, w, "line {n}");
    }
    assert_eq!(got.len(), want.len());
}

#[test]
fn two_restarts_in_mid_day_lose_no_call_and_mark_the_gap() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let notes = script(600);
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&notes);
    let before = run.core.publish();
    let numbers = envelopes(&notes).last().map(|e| e.seq).unwrap();
    run.end();
    let came_to = start() + Span::from_secs(600);
    for minutes in [2, 4] {
        let mut run = Run::begin(dir.path(), &settings, came_to + Span::from_secs(60 * minutes));
        let after = run.core.publish();
        assert_eq!(after.all.tally(Window::Day).counts, before.all.tally(Window::Day).counts);
        assert_eq!(after.all.tally(Window::Day).wait_percentiles_us, before.all.tally(Window::Day).wait_percentiles_us);
        assert_eq!(after.all.tally(Window::Day).different_callers, before.all.tally(Window::Day).different_callers);
        assert_eq!(apart_from_away(after.all.now), apart_from_away(before.all.now));
        assert!(after.all.now.lines.is_none_or(|l| l.away), "the lines are of before the gap");
        assert!(after.all.now.waiting > 0, "the script leaves somebody waiting");
        let feed = after.feeds.first().unwrap();
        assert!(matches!(&feed.state, FeedState::Away { since, .. } if *since == came_to), "{:?}", feed.state);
        assert_eq!(run.feeds.first().map(|(name, epoch, _)| (name.as_str(), *epoch)), Some(("demo", 1)));
        assert!(run.feeds.first().is_some_and(|f| f.2 > numbers));
        // Before anything comes the process is restarted once more.
        run.core.take_closed();
        run.end();
    }
}

#[test]
fn who_waited_and_is_not_named_any_more_ended_unknown() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let feed = FeedId::new("pbx");
    let batch = |seq: u64, second: i64, kinds: Vec<Kind>| {
        let at = start() + Span::from_secs(second);
        let envelope = |(n, kind)| Envelope {
            feed: feed.clone(),
            epoch: 1,
            seq: seq + n,
            received_at: at,
            event: Event::new(kind),
        };
        Note::Batch((0..).zip(kinds).map(envelope).collect())
    };
    let join = |call: &str| Kind::CallJoined { call: call.into(), queue: QueueId::new("q"), detail: Box::default() };
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&[
        batch(1, 0, vec![Kind::FeedSyncBegin, Kind::FeedSyncEnd, Kind::FeedState(FeedState::Live)]),
        batch(4, 1, vec![join("a"), join("b")]),
        Note::Tick(start() + Span::from_secs(5)),
    ]);
    run.end();
    let mut run = Run::begin(dir.path(), &settings, start() + Span::from_secs(65));
    let seq = run.feeds.first().unwrap().2;
    run.live(&[
        batch(seq + 1, 65, vec![Kind::FeedSyncBegin, join("b"), Kind::FeedSyncEnd, Kind::FeedState(FeedState::Live)]),
        Note::Tick(start() + Span::from_secs(66)),
    ]);
    let snapshot = run.core.publish();
    let day = snapshot.all.tally(Window::Day).counts;
    assert_eq!((day.offered, day.unknown, day.abandoned, snapshot.all.now.waiting), (2, 1, 0, 1));
    assert_eq!(snapshot.all.now.oldest_join, Some(start() + Span::from_secs(1)));
    run.end();
}

#[test]
fn what_people_did_to_incidents_stands_after_the_restart() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&script(1500));
    let raised = run.core.publish().incidents.first().expect("the surge raises an incident").id;
    let ack = Command::Ack { incident: raised, by: Label::new("lin") };
    assert_eq!(run.core.command(&ack, Time::MIN), Answer::Done);
    run.keeper.command(ack, run.core.now());
    let before = run.core.publish().incidents;
    run.end();
    let run = Run::begin(dir.path(), &settings, start() + Span::from_secs(1503));
    let mut core = run.end();
    let after = core.publish().incidents;
    assert_eq!(after.first().map(|i| i.state), Some(IncidentState::Acknowledged));
    assert_eq!(after, before);
}

#[test]
fn incidents_keep_their_numbers_when_the_days_before_are_no_longer_gone_through() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let long_ago = start() - Span::from_secs(5 * 86_400);
    let mut history = History::open(&dir.path().join("history.db")).unwrap();
    history.save_opened(&[(1, long_ago), (57, long_ago)]).unwrap();
    drop(history);
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&script(1500));
    let mut before = run.core.publish();
    assert_eq!(before.incidents.last().map(|i| i.id), Some(58));
    run.keeper.describe(&mut before);
    run.end();
    let mut core = Run::begin(dir.path(), &settings, start() + Span::from_secs(1502)).end();
    assert_eq!(core.publish().incidents, before.incidents);
}

#[test]
fn a_killed_run_goes_on_from_its_last_flush() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let journal = dir.path().join("journal");
    floorwatch::store::files::private_dir(&journal).unwrap();
    let notes = script(120);
    let mut writer = JournalWriter::new(Box::new(Folder(journal.clone())), 1, Label::new("s"), Label::new("c"));
    let flushed = notes.len() - 20;
    for note in notes.get(..flushed).unwrap() {
        writer.take(note);
        if let Note::Tick(now) = note {
            writer.flush(*now).unwrap();
        }
    }
    for note in notes.get(flushed..).unwrap() {
        writer.take(note);
    }
    // Killed: neither flushed nor closed.
    drop(writer);
    let last = notes.get(..flushed).unwrap().iter().rposition(|n| matches!(n, Note::Tick(_))).unwrap();
    let mut want = core(&settings);
    live_through(&mut want, None, notes.get(..=last).unwrap());
    let mut got = core(&settings);
    go_through(&segments::list(&journal).unwrap(), |e| got.apply(e)).unwrap();
    pretty(&figures(&got.publish()), &figures(&want.publish()));
}

#[test]
fn another_day_begins_at_zero_and_keeps_who_waits() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let mut run = Run::begin(dir.path(), &settings, start());
    run.live(&script(60));
    run.end();
    let tomorrow = start() + Span::from_secs(86_400 - 3600 * 10);
    let mut run = Run::begin(dir.path(), &settings, tomorrow);
    run.live(&[Note::Tick(tomorrow)]);
    let snapshot = run.core.publish();
    assert_eq!(snapshot.all.tally(Window::Day).counts.offered, 0);
    assert!(!snapshot.agents.is_empty());
    run.end();
}

#[test]
fn the_app_goes_on_where_it_was_and_shows_what_is_wrong() {
    let (dir, base) = (tempfile::tempdir().unwrap(), settings());
    let mut run = Run::begin(dir.path(), &base, start());
    run.live(&script(60));
    let offered = run.core.publish().all.tally(Window::Day).counts.offered;
    run.end();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(app_over(dir.path(), &base, offered));
}

async fn app_over(dir: &Path, base: &Arc<Settings>, offered: i64) {
    let clock = Clock::fixed(start() + Span::from_secs(90));
    let hasher = CallerHasher::new([1; 16]);
    let app = App::kept(base, &hasher, &clock, dir);
    // What the start itself has to save is on the disk soon after.
    let shown = app.backend.snapshots.clone().wait_for(|s| s.unsaved == 0).await.unwrap().clone();
    assert_eq!(shown.store.state, StoreState::Kept);
    assert_eq!(shown.all.tally(Window::Day).counts.offered, offered);
    // Meanwhile another one looks at the same floor.
    let viewer = App::kept(base, &hasher, &clock, dir);
    let StoreState::Off { why, .. } = &viewer.snapshot().store.state else { panic!("two keep one folder") };
    assert!(why.as_str().contains(&format!("process {}", std::process::id())), "{why}");
    assert_eq!(viewer.stop().await, Vec::<&str>::new());
    assert_eq!(app.stop().await, Vec::<&str>::new());
    let off = Arc::new(Settings { store: StoreRules { on: false, ..base.store.clone() }, ..(**base).clone() });
    let app = App::kept(&off, &hasher, &clock, dir);
    assert_eq!(app.snapshot().store.state, StoreState::None);
    app.stop().await;
    drop(Store::open(dir, base, &clock).expect("the folder is free again"));
}
