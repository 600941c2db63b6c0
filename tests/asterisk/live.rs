//! The live client against a server on loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use floorwatch::model::{Anomaly, CallerHasher, Event, Evidence, Kind, Span, Time};
use floorwatch::source::asterisk::client::{ACTIONS, AsteriskSource};
use floorwatch::source::session::{SessionEnd, Step};
use tokio::sync::mpsc;

use crate::server::{Peer, Server};

const QUEUE: &str = "Event: QueueParams\nQueue: support\nCalls: 1\n";
const MEMBER: &str = "Event: QueueMember\nQueue: support\nName: Anna Meyer\nLocation: PJSIP/1001\nStateInterface: PJSIP/1001\nMembership: static\nStatus: 1\nPaused: 0\n";
const ENTRY: &str =
    "Event: QueueEntry\nQueue: support\nPosition: 1\nUniqueid: 1.1\nCallerIDNum: 15551234567\nWait: 7\n";
const JOIN: &str = "Event: QueueCallerJoin\nPrivilege: agent,all\nUniqueid: 1.2\nCallerIDNum: 15550000002\nExten: 8005550101\nQueue: support\nPosition: 2\nCount: 2\n\n";

/// A clock that goes on a millisecond at each look.
fn clock() -> impl Fn() -> Time + Clone + Send + 'static {
    let micros = Arc::new(AtomicI64::new(1_700_000_000_000_000));
    move || Time::from_micros(micros.fetch_add(1_000, Ordering::Relaxed))
}

fn source(server: &Server) -> AsteriskSource {
    AsteriskSource::new(server.settings(), CallerHasher::new([1; 16]))
}

/// Runs one session with a server that plays a story; what the session sent, its end, and the server's peer.
async fn run<F>(source: &mut AsteriskSource, story: F) -> (Vec<Step>, SessionEnd)
where
    F: Future<Output = Peer> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(64);
    let collect = tokio::spawn(async move {
        let mut steps = Vec::new();
        while let Some(step) = receiver.recv().await {
            steps.push(step);
        }
        steps
    });
    let story = tokio::spawn(async move { story.await.hang_up().await });
    let end = source.session(clock(), &sender).await;
    drop(sender);
    for asked in &story.await.unwrap() {
        assert!(ACTIONS.contains(&asked.as_str()), "{asked} may change something");
    }
    (collect.await.unwrap(), end)
}

fn events(steps: &[Step]) -> Vec<Event> {
    let of = |step: &Step| match step {
        Step::Events { events, .. } => events.clone(),
        _ => Vec::new(),
    };
    steps.iter().flat_map(of).collect()
}

fn words(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|e| e.kind.type_word()).collect()
}

#[tokio::test]
async fn logs_in_lists_and_follows_until_the_line_is_cut_inside_a_message() {
    let server = Server::start().await;
    let mut source = source(&server);
    let story = async move {
        let mut peer = server.accept().await;
        peer.let_in().await;
        let action = peer.expect("QueueStatus").await;
        peer.list(&action, &[QUEUE, MEMBER, ENTRY]).await;
        peer.say(JOIN).await;
        peer.say("Event: QueueCallerAb").await;
        peer
    };
    let (steps, end) = run(&mut source, story).await;
    assert_eq!(end, SessionEnd::Lost("connection closed".into()));
    assert_eq!(steps.iter().filter(|s| **s == Step::Live).count(), 1);
    let events: Vec<Event> =
        events(&steps).into_iter().filter(|e| !matches!(e.kind, Kind::FeedOffset { .. })).collect();
    assert_eq!(
        words(&events),
        [
            "feed.sync_begin",
            "call.joined",
            "agent.joined_queue",
            "agent.state",
            "queue.observed",
            "feed.sync_end",
            "call.joined",
            "feed.anomaly"
        ]
    );
    let Kind::CallJoined { detail, .. } = &events[1].kind else { panic!("a join") };
    assert_eq!((detail.waited, events[1].evidence), (Some(Span::from_secs(7)), Evidence::Snapshot));
    let Kind::CallJoined { detail, .. } = &events[6].kind else { panic!("a join") };
    assert_eq!(detail.line.as_ref().map(ToString::to_string).as_deref(), Some("8005550101"));
    assert!(matches!(events[7].kind, Kind::Anomaly { what: Anomaly::CutOff, .. }));
}

#[tokio::test]
async fn the_clock_of_the_switch_is_measured_by_ping() {
    let server = Server::start().await;
    let mut source = source(&server);
    let story = async move {
        let mut peer = server.accept().await;
        peer.let_in().await;
        let action = peer.expect("QueueStatus").await;
        peer.list(&action, &[]).await;
        // The ping is answered while waiting for more.
        while !peer.asked.iter().any(|a| a == "Ping") {
            let hear = peer.hear();
            if tokio::time::timeout(std::time::Duration::from_millis(100), hear).await.is_ok() {
                break;
            }
        }
        peer
    };
    let (steps, _) = run(&mut source, story).await;
    let offset = events(&steps).into_iter().find_map(|e| match e.kind {
        Kind::FeedOffset { offset } => Some(offset),
        _ => None,
    });
    let offset = offset.expect("measured").secs();
    assert!((4.5..5.5).contains(&offset), "{offset}");
}

#[tokio::test]
async fn a_switch_without_challenges_gets_the_plain_login() {
    let server = Server::start().await;
    let mut source = source(&server);
    let story = async move {
        let mut peer = server.accept().await;
        peer.say("Asterisk Call Manager/2.10.6\n").await;
        let action = peer.expect("Challenge").await;
        peer.fail(&action, "Must specify AuthType").await;
        let action = peer.expect("Login").await;
        assert_eq!(action["Secret"], "mysecret");
        peer.succeed(&action, "Message: Authentication accepted\n").await;
        peer.expect("Events").await;
        // An answer to Events may never come.
        let action = peer.expect("QueueStatus").await;
        peer.list(&action, &[QUEUE]).await;
        peer
    };
    let (steps, _) = run(&mut source, story).await;
    assert!(steps.contains(&Step::Live));
}

#[tokio::test]
async fn a_wrong_password_an_old_switch_and_another_protocol_are_said_and_final() {
    let said = |end: SessionEnd| match end {
        SessionEnd::Failed(why) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let server = Server::start().await;
    let mut wrong = source(&server);
    let story = async move {
        let mut peer = server.accept().await;
        peer.say("Asterisk Call Manager/11.0.0\n").await;
        let action = peer.expect("Challenge").await;
        peer.succeed(&action, "Challenge: 1\n").await;
        let action = peer.expect("Login").await;
        peer.fail(&action, "Authentication failed").await;
        peer
    };
    assert!(said(run(&mut wrong, story).await.1).contains("Authentication failed"));

    for (greeting, why) in [("Asterisk Call Manager/1.3\n", "Asterisk 12 or later"), ("HTTP: no\n\n", "no Asterisk")] {
        let server = Server::start().await;
        let mut other = source(&server);
        let story = async move {
            let mut peer = server.accept().await;
            peer.say(greeting).await;
            peer
        };
        assert!(said(run(&mut other, story).await.1).contains(why));
    }
}

#[tokio::test]
async fn a_switch_that_is_still_loading_is_asked_again() {
    let server = Server::start().await;
    let mut source = source(&server);
    let story = async move {
        let mut peer = server.accept().await;
        peer.let_in().await;
        let action = peer.expect("QueueStatus").await;
        peer.fail(
            &action,
            "Invalid/unknown command: QueueStatus. Use Action: ListCommands to show available commands.",
        )
        .await;
        peer.say("Event: FullyBooted\nPrivilege: system,all\nStatus: Fully Booted\nUptime: 0\n\n").await;
        let action = peer.expect("QueueStatus").await;
        peer.list(&action, &[QUEUE]).await;
        peer
    };
    let (steps, _) = run(&mut source, story).await;
    assert!(steps.contains(&Step::Live));
    assert!(!words(&events(&steps)).contains(&"feed.anomaly"), "a switch may load for a moment");
}

#[tokio::test]
async fn a_talk_outlives_a_lost_connection_and_a_restart_ends_it() {
    let connect = "Event: AgentConnect\nPrivilege: agent,all\nUniqueid: 1.1\nDestUniqueid: 1.9\nQueue: support\nInterface: PJSIP/1001\nHoldTime: 9\nRingTime: 2\n\n";
    let server = Arc::new(Server::start().await);
    let mut source = source(&server);
    let peer = async |server: Arc<Server>, uptime: u32, rest: &'static str| {
        let mut peer = server.accept().await;
        peer.let_in().await;
        let action = peer.expect("QueueStatus").await;
        peer.say(&format!("Event: FullyBooted\nPrivilege: system,all\nUptime: {uptime}\nStatus: Fully Booted\n\n"))
            .await;
        peer.list(&action, &[QUEUE, MEMBER]).await;
        peer.say(rest).await;
        peer
    };
    let first = {
        let server = Arc::clone(&server);
        async move { peer(server, 100, connect).await }
    };
    let (steps, _) = run(&mut source, first).await;
    assert!(words(&events(&steps)).contains(&"call.answered"));
    let second = {
        let server = Arc::clone(&server);
        async move { peer(server, 100, "").await }
    };
    let (steps, _) = run(&mut source, second).await;
    assert!(!words(&events(&steps)).contains(&"call.ended"));
    // The third time the switch has only just booted.
    let third = async move { peer(server, 0, "").await };
    let mut ended = 0;
    let (steps, _) = run(&mut source, third).await;
    for event in events(&steps) {
        if let Kind::CallEnded { call, .. } = &event.kind {
            assert_eq!((call.as_str(), event.evidence), ("1.1", Evidence::Derived));
            ended += 1;
        }
    }
    assert_eq!(ended, 1);
}

#[tokio::test]
async fn a_session_stops_when_nobody_listens_any_more() {
    let server = Server::start().await;
    let mut source = source(&server);
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let story = tokio::spawn(async move {
        let mut peer = server.accept().await;
        peer.say("Asterisk Call Manager/11.0.0\n").await;
        while peer.hear().await.is_some() {}
    });
    assert_eq!(source.session(clock(), &sender).await, SessionEnd::Stopped);
    story.await.unwrap();
}

#[tokio::test]
async fn nobody_there_is_a_lost_session() {
    let server = Server::start().await;
    let mut source = source(&server);
    drop(server);
    let (sender, _receiver) = mpsc::channel(1);
    assert!(matches!(source.session(clock(), &sender).await, SessionEnd::Lost(_)));
}
