//! The supervisor: epochs and sequence, states of a feed, waits between tries. Time is paused: nothing here waits.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use floorwatch::clock::Clock;
use floorwatch::model::*;
use floorwatch::source::session::{SessionEnd, Step, Steps};
use floorwatch::source::supervise::{Session, Supervisor};
use floorwatch::source::{INBOX, Input};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

const LATE: Span = Span::from_secs(20);

/// What a made-up session does, one after the other.
#[derive(Clone, Debug)]
enum Act {
    Say(&'static str),
    Bytes,
    Live,
    Wait(u64),
    Lose(&'static str),
    Fail(&'static str),
}

struct Script {
    clock: Clock,
    sessions: VecDeque<Vec<Act>>,
}

impl Session for Script {
    async fn run(&mut self, steps: Steps) -> SessionEnd {
        let Some(acts) = self.sessions.pop_front() else { return pending().await };
        for act in acts {
            let step = match act {
                Act::Say(call) => Step::Events { received_at: self.clock.now(), events: vec![abandoned(call)] },
                Act::Bytes => Step::Heartbeat(self.clock.now()),
                Act::Live => Step::Live,
                Act::Wait(secs) => {
                    sleep(Duration::from_secs(secs)).await;
                    continue;
                }
                Act::Lose(why) => return SessionEnd::Lost(why.into()),
                Act::Fail(why) => return SessionEnd::Failed(why.into()),
            };
            if steps.send(step).await.is_err() {
                return SessionEnd::Stopped;
            }
        }
        pending().await
    }
}

fn abandoned(call: &str) -> Event {
    Event::new(Kind::CallAbandoned { call: call.into(), queue: "q".into() })
}

struct Feed {
    inbox: mpsc::Receiver<Input>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
    began: Instant,
    seq: u64,
}

impl Feed {
    fn new(sessions: impl IntoIterator<Item = Vec<Act>>) -> Self {
        Self::with_inbox(INBOX, sessions)
    }

    fn with_inbox(bound: usize, sessions: impl IntoIterator<Item = Vec<Act>>) -> Self {
        let (sender, inbox) = mpsc::channel(bound);
        let (stop, stopped) = watch::channel(false);
        let clock = Clock::running_from(Time::from_secs(1_000_000));
        let script = Script { clock: clock.clone(), sessions: sessions.into_iter().collect() };
        let supervisor = Supervisor::new("f".into(), LATE, clock, sender, stopped).seeded(42);
        Self { inbox, stop, task: tokio::spawn(supervisor.run(script)), began: Instant::now(), seq: 0 }
    }

    /// The next envelope; checks that its number follows.
    async fn next(&mut self) -> Envelope {
        let Some(Input::Batch(batch)) = self.inbox.recv().await else { panic!("no more") };
        let [envelope] = batch.as_slice() else { panic!("one event a batch here: {batch:?}") };
        self.seq += 1;
        assert_eq!(envelope.seq, self.seq, "no gap");
        assert_eq!(envelope.feed, FeedId::new("f"));
        envelope.clone()
    }

    /// The next envelope in short: whole seconds since the start, epoch, what.
    async fn line(&mut self) -> String {
        let e = self.next().await;
        let what = match &e.event.kind {
            Kind::CallAbandoned { call, .. } => call.to_string(),
            Kind::FeedState(FeedState::Late { age }) => format!("late {}", age.whole_secs()),
            Kind::FeedState(FeedState::Away { next_try: Some(_), why, .. }) => format!("away {why}"),
            Kind::FeedState(FeedState::Away { next_try: None, .. }) => "trying".to_owned(),
            Kind::FeedState(FeedState::Failed { why }) => format!("failed {why}"),
            Kind::FeedState(state) => state.word().to_owned(),
            Kind::Anomaly { what, .. } => what.word().to_owned(),
            kind => kind.type_word().to_owned(),
        };
        format!("{} {} {what}", self.began.elapsed().as_secs(), e.epoch)
    }

    async fn lines(&mut self, n: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..n {
            lines.push(self.line().await);
        }
        lines
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_connects_goes_live_is_late_and_is_live_again() {
    let mut feed = Feed::new([vec![
        Act::Say("a"),
        Act::Live,
        Act::Wait(19),
        Act::Bytes,
        Act::Wait(30),
        Act::Say("b"),
        Act::Wait(5),
        Act::Say("c"),
    ]]);
    assert_eq!(
        feed.lines(8).await,
        ["0 0 connecting", "0 1 a", "0 1 live", "19 1 feed.heartbeat", "39 1 late 20", "49 1 live", "49 1 b", "54 1 c"]
    );
}

#[tokio::test(start_paused = true)]
async fn silence_before_the_snapshot_is_complete_is_no_live_feed_afterwards() {
    let mut feed = Feed::new([vec![Act::Say("a"), Act::Wait(25), Act::Say("b"), Act::Live]]);
    assert_eq!(
        feed.lines(6).await,
        ["0 0 connecting", "0 1 a", "20 1 late 20", "25 1 connecting", "25 1 b", "25 1 live"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_feed_stays_away_since_then_until_it_is_live_and_each_connection_is_an_epoch() {
    let mut feed = Feed::new([
        vec![Act::Say("a"), Act::Live, Act::Wait(3), Act::Lose("cable")],
        vec![Act::Lose("refused")],
        vec![Act::Say("b"), Act::Live],
    ]);
    assert_eq!(feed.lines(3).await, ["0 0 connecting", "0 1 a", "0 1 live"]);
    let lost = feed.next().await;
    let Kind::FeedState(FeedState::Away { since, next_try: Some(next_try), why }) = lost.event.kind else { panic!() };
    assert_eq!((since, why.as_str()), (Time::from_secs(1_000_003), "cable"));
    assert!(next_try > since && next_try <= since + Span::from_secs(1));
    let trying = feed.next().await;
    assert_eq!(trying.event.kind, Kind::FeedState(FeedState::Away { since, next_try: None, why }));
    let Kind::FeedState(FeedState::Away { since: still, .. }) = feed.next().await.event.kind else { panic!() };
    assert_eq!(still, since);
    let rest: Vec<_> = feed.lines(4).await.iter().map(|l| l.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(rest, ["1 trying", "2 reconnect", "2 b", "2 live"]);
}

#[tokio::test(start_paused = true)]
async fn waits_grow_to_half_a_minute_and_only_a_healthy_minute_makes_them_short_again() {
    let short = || vec![Act::Say("x"), Act::Live, Act::Wait(59), Act::Lose("short")];
    let mut sessions: Vec<_> = (0..40).map(|_| short()).collect();
    let healthy = (0..7).flat_map(|_| [Act::Wait(10), Act::Bytes]);
    sessions.push([Act::Say("x"), Act::Live].into_iter().chain(healthy).chain([Act::Lose("healthy")]).collect());
    let mut feed = Feed::new(sessions);
    let mut waits = Vec::new();
    loop {
        let e = feed.next().await;
        if let Kind::FeedState(FeedState::Away { next_try: Some(at), why, .. }) = &e.event.kind {
            waits.push((*at - e.received_at).secs());
            if why.as_str() == "healthy" {
                break;
            }
        }
    }
    let last = waits.pop().expect("a wait");
    assert!(last <= 1.0, "after a healthy minute: {last}");
    assert!(waits.iter().all(|w| (0.1..=30.0).contains(w)), "{waits:?}");
    assert!(waits.iter().skip(5).any(|w| *w > 20.0), "they grew: {waits:?}");
    let mean = waits.iter().skip(5).sum::<f64>() / 35.0;
    assert!((10.0..20.0).contains(&mean), "full jitter lies about the middle: {mean}");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_was_refused_is_tried_slowly_and_stays_failed() {
    let mut feed = Feed::new([vec![Act::Fail("token")], vec![Act::Fail("token")], vec![Act::Say("a"), Act::Live]]);
    assert_eq!(feed.lines(2).await, ["0 0 connecting", "0 0 failed token"]);
    feed.line().await;
    let second = feed.began.elapsed().as_secs();
    assert!((60..=61).contains(&second), "{second}");
    let rest: Vec<_> = feed.lines(2).await.iter().map(|l| l.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(rest, ["1 a", "1 live"]);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_feed_that_lives_tells_so_sparingly() {
    let mut acts = vec![Act::Say("a"), Act::Live];
    acts.extend((0..30).flat_map(|_| [Act::Wait(1), Act::Bytes]));
    let mut feed = Feed::new([acts]);
    assert_eq!(
        feed.lines(6).await,
        ["0 0 connecting", "0 1 a", "0 1 live", "10 1 feed.heartbeat", "20 1 feed.heartbeat", "30 1 feed.heartbeat"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_engine_makes_the_source_wait_and_loses_nothing() {
    let acts = ["a", "b", "c", "d"].iter().cycle().take(2_000).map(|c| Act::Say(c)).collect();
    let mut feed = Feed::with_inbox(1, [acts]);
    for _ in 0..2_001 {
        tokio::task::yield_now().await;
        feed.next().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_it_cleanly_with_everything_that_was_read() {
    let acts = (0..100).map(|_| Act::Say("a")).collect();
    let mut feed = Feed::with_inbox(2, [acts]);
    feed.line().await;
    sleep(Duration::from_secs(1)).await;
    feed.stop.send(true).unwrap();
    let mut got = 0;
    while let Some(Input::Batch(batch)) = feed.inbox.recv().await {
        got += batch.len();
    }
    assert_eq!(got, 100);
    feed.task.await.unwrap();

    let mut waiting = Feed::new([vec![Act::Fail("token")]]);
    waiting.lines(2).await;
    waiting.stop.send(true).unwrap();
    waiting.task.await.unwrap();
    assert_eq!(waiting.began.elapsed(), Duration::ZERO, "also while it waits for the next try");

    let mut dropped = Feed::new([]);
    dropped.line().await;
    drop(dropped.stop);
    dropped.task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_gone_ends_it() {
    let Feed { inbox, task, stop, .. } = Feed::new([vec![Act::Wait(1), Act::Say("a")]]);
    drop(inbox);
    task.await.unwrap();
    drop(stop);
}

#[tokio::test(start_paused = true)]
async fn a_later_run_goes_on_with_its_numbers() {
    let (sender, mut inbox) = mpsc::channel(INBOX);
    let (_stop, stopped) = watch::channel(false);
    let clock = Clock::running_from(Time::from_secs(5));
    let script = Script { clock: clock.clone(), sessions: [vec![Act::Say("a")]].into() };
    let supervisor = Supervisor::new("f".into(), LATE, clock, sender, stopped).after(7, 100);
    let task = tokio::spawn(supervisor.run(script));
    let mut got = Vec::new();
    for _ in 0..2 {
        let Some(Input::Batch(batch)) = inbox.recv().await else { panic!("no more") };
        got.extend(batch.iter().map(|e| (e.epoch, e.seq)));
    }
    assert_eq!(got, [(7, 101), (8, 102)]);
    task.abort();
}
