//! The whole of it on real sockets: sources under their supervisors, engine, snapshots.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use floorwatch::app::App;
use floorwatch::clock::Clock;
use floorwatch::config::{self, Settings, SourceKind, SourceSettings, WebsocketSettings};
use floorwatch::metrics::Window;
use floorwatch::model::{CallerHasher, FeedId, FeedState, Span};
use floorwatch::snapshot::{AlertKind, IncidentState, Mode, Snapshot};
use futures_util::SinkExt as _;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

/// A server of the event model, written from the protocol alone: says these frames to the first who connects, then holds
/// the connection until it is dropped.
struct Server {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(address: &str, frames: &[&str]) -> Self {
        let listener = loop {
            // The port of a server just killed may take a moment to be free.
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let address = listener.local_addr().unwrap();
        let frames: Vec<String> = frames.iter().map(|f| (*f).to_owned()).collect();
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            for frame in frames {
                socket.send(Message::text(frame)).await.unwrap();
            }
            std::future::pending::<()>().await;
        });
        Self { address, task }
    }

    fn kill(self) -> SocketAddr {
        self.task.abort();
        self.address
    }
}

fn settings(address: SocketAddr) -> Arc<Settings> {
    let mut settings = config::defaults().unwrap();
    settings.alert.feed_after = Span::from_secs(1);
    settings.sources = vec![SourceSettings {
        name: FeedId::new("floor"),
        kind: SourceKind::Websocket(WebsocketSettings {
            url: format!("ws://{address}/"),
            token: None,
            max_frame: 1 << 20,
            ping: Span::from_secs(10),
        }),
        late_after: Span::from_secs(30),
    }];
    Arc::new(settings)
}

/// Waits until a snapshot is as wanted. The bound is for a broken build alone.
async fn until(app: &App, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let mut snapshots = app.backend.snapshots.clone();
    let found = tokio::time::timeout(Duration::from_secs(60), snapshots.wait_for(|s| wanted(s))).await;
    found.unwrap_or_else(|_| panic!("never: {what}; last: {:#?}", app.snapshot().feeds)).unwrap().clone()
}

fn waiting(s: &Snapshot) -> u32 {
    s.all.now.waiting
}

#[tokio::test]
async fn a_source_killed_and_back_leaves_a_gap_and_resets_nothing() {
    let first = Server::start(
        "127.0.0.1:0",
        &[
            r#"{"type":"feed.sync_begin"}"#,
            r#"[{"type":"agent.signed_in","agent":"1001","queues":["sales"]},
                {"type":"agent.state","agent":"1001","state":"ready"},
                {"type":"call.joined","call":"a","queue":"sales","waited_s":30},
                {"type":"call.joined","call":"b","queue":"sales","waited_s":5}]"#,
            r#"{"type":"feed.sync_end"}"#,
            r#"{"type":"call.joined","call":"c","queue":"sales","caller":"13800000001"}"#,
            r#"{"type":"call.answered","call":"a","queue":"sales","agent":"1001"}"#,
        ],
    )
    .await;
    let settings = settings(first.address);
    let app = App::live(&settings, &CallerHasher::new([1; 16]), &Clock::live(), Mode::Live);
    let live =
        until(&app, "two wait and one talks", |s| waiting(s) == 2 && s.all.tally(Window::Day).counts.answered == 1)
            .await;
    assert!(live.all.stale_since.is_none());
    assert_eq!(live.all.tally(Window::Day).counts.offered, 3);

    let address = first.kill();
    let away = until(&app, "the feed is away, its alert stands", |s| {
        s.alerts.iter().any(|a| a.kind == AlertKind::FeedAway) && s.all.stale_since.is_some()
    })
    .await;
    // Dim with its age, and nothing is reset.
    assert_eq!(waiting(&away), 2);
    assert_eq!(away.all.tally(Window::Day).counts.offered, 3);
    assert!(matches!(away.feeds.first().unwrap().state, FeedState::Away { .. }));
    assert_eq!(away.people.signed_in(), 0, "what people do is not known while the feed is away");
    let incident = away.incidents.iter().find(|i| i.kind == AlertKind::FeedAway).expect("an incident of the feed");
    assert_eq!(incident.state, IncidentState::Open);

    // While it was away: b was answered or left, nobody knows; c still waits; d came.
    let second = Server::start(
        &address.to_string(),
        &[
            r#"{"type":"feed.sync_begin"}"#,
            r#"[{"type":"agent.signed_in","agent":"1001","queues":["sales"]},
                {"type":"agent.state","agent":"1001","state":"ready"},
                {"type":"call.joined","call":"c","queue":"sales","waited_s":40},
                {"type":"call.joined","call":"d","queue":"sales","waited_s":3}]"#,
            r#"{"type":"feed.sync_end"}"#,
        ],
    )
    .await;
    let back = until(&app, "live again", |s| {
        s.feeds.first().is_some_and(|f| f.state == FeedState::Live)
            && s.alerts.is_empty()
            && s.all.stale_since.is_none()
    })
    .await;
    let counts = back.all.tally(Window::Day).counts;
    assert_eq!(waiting(&back), 2, "c and d");
    assert_eq!((counts.offered, counts.answered, counts.unknown, counts.abandoned_all()), (4, 1, 1, 0));
    assert_eq!(counts.offered - counts.ended(), 2, "the books balance over the gap");
    assert_eq!(back.people.signed_in(), 1);
    assert_eq!(back.feeds.first().unwrap().reconnects, 1);
    assert!(back.incidents.iter().all(|i| i.state == IncidentState::Resolved));
    assert_eq!(app.stop().await, Vec::<&str>::new(), "everything stops in time");
    second.kill();
}

#[tokio::test]
async fn garbage_on_a_live_socket_is_counted_and_shown() {
    let server = Server::start(
        "127.0.0.1:0",
        &[
            "{",
            "[1,2,3]",
            r#"{"type":"call.joined"}"#,
            r#"{"type":"no.such"}"#,
            r#"{"type":"call.joined","call":"x","queue":"\u001b[2Jsales\u202e"}"#,
        ],
    )
    .await;
    let settings = settings(server.address);
    let app = App::live(&settings, &CallerHasher::new([1; 16]), &Clock::live(), Mode::Live);
    let seen = until(&app, "the one good event", |s| waiting(s) == 1).await;
    let name = seen.queues.first().unwrap().name.as_str().to_owned();
    assert!(!name.chars().any(char::is_control), "{name:?}");
    assert!(seen.anomalies.iter().map(|(_, n)| n).sum::<u64>() >= 4, "{:?}", seen.anomalies);
    assert_eq!(app.stop().await, Vec::<&str>::new());
    server.kill();
}
