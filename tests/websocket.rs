//! The websocket source against real servers on loopback.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]
#![expect(clippy::result_large_err, reason = "the shape of tungstenite's handshake callback")]

use std::sync::Arc;
use std::time::Duration;

use floorwatch::clock::Clock;
use floorwatch::config::{Secret, WebsocketSettings};
use floorwatch::model::*;
use floorwatch::source::session::{SessionEnd, Step};
use floorwatch::source::supervise::{Session, Supervisor};
use floorwatch::source::websocket::Websocket;
use floorwatch::source::{INBOX, Input};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, accept_async, accept_hdr_async};

/// Nothing here takes this long; a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(20);
const MAX_FRAME: usize = 1 << 20;
const CALLS: usize = 5_000;
const HEARTBEAT: &str = r#"{"type":"feed.heartbeat"}"#;

fn settings(listener: &TcpListener) -> WebsocketSettings {
    WebsocketSettings {
        url: format!("ws://{}/feed", listener.local_addr().unwrap()),
        token: Some(Secret::new("let-me-in")),
        max_frame: MAX_FRAME,
        ping: Span::from_secs(5),
    }
}

fn source(settings: WebsocketSettings) -> Websocket {
    Websocket::new(settings, CallerHasher::new([1; 16]), Clock::live()).connect_within(Duration::from_secs(5))
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn accept(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    accept_async(listener.accept().await.unwrap().0).await.unwrap()
}

/// A session that runs; its steps.
struct Running {
    steps: mpsc::Receiver<Step>,
    end: tokio::task::JoinHandle<SessionEnd>,
}

fn start(mut source: Websocket) -> Running {
    let (sender, steps) = mpsc::channel(64);
    Running { steps, end: tokio::spawn(async move { source.run(sender).await }) }
}

impl Running {
    async fn step(&mut self) -> Step {
        timeout(PATIENCE, self.steps.recv()).await.expect("in time").expect("a step")
    }

    /// The next `n` things: types, anomalies, `live`. Heartbeats that are no events are passed over.
    async fn told(&mut self, n: usize) -> Vec<String> {
        let mut told = Vec::new();
        while told.len() < n {
            match self.step().await {
                Step::Live => told.push("live".to_owned()),
                Step::Heartbeat(_) => {}
                Step::Events { events, .. } => told.extend(events.iter().map(short)),
            }
        }
        told
    }

    async fn end(self) -> SessionEnd {
        let Self { mut steps, end } = self;
        timeout(PATIENCE, async move {
            while steps.recv().await.is_some() {}
            end.await.unwrap()
        })
        .await
        .expect("the session ends in time")
    }
}

fn short(event: &Event) -> String {
    let snapshot = if event.evidence == Evidence::Snapshot { " (snapshot)" } else { "" };
    match &event.kind {
        Kind::Anomaly { what, .. } => what.word().to_owned(),
        kind => format!("{}{snapshot}", kind.type_word()),
    }
}

fn why(end: &SessionEnd) -> &str {
    match end {
        SessionEnd::Lost(why) | SessionEnd::Failed(why) => why.as_str(),
        SessionEnd::Stopped => "stopped",
    }
}

async fn say(server: &mut WebSocketStream<TcpStream>, text: &str) {
    server.send(Message::text(text)).await.unwrap();
}

#[tokio::test]
async fn a_snapshot_comes_first_and_the_feed_is_live_after_it() {
    let listener = listen().await;
    let mut session = start(source(settings(&listener)));
    let mut server = accept(&listener).await;
    say(&mut server, r#"{"type":"feed.sync_begin"}"#).await;
    say(&mut server, r#"[{"type":"call.joined","call":"c","queue":"q","waited_s":9},{"type":"feed.heartbeat"}]"#).await;
    assert_eq!(
        session.told(3).await,
        ["feed.sync_begin", "call.joined (snapshot)", "feed.heartbeat"],
        "not live before its end"
    );
    say(&mut server, r#"{"type":"feed.sync_end"}"#).await;
    assert_eq!(session.told(2).await, ["feed.sync_end", "live"]);
    say(&mut server, r#"{"type":"call.abandoned","call":"c","queue":"q"}"#).await;
    say(&mut server, r#"{"type":"feed.sync_begin"}"#).await;
    say(&mut server, r#"{"type":"feed.sync_end"}"#).await;
    say(&mut server, HEARTBEAT).await;
    assert_eq!(
        session.told(4).await,
        ["call.abandoned", "feed.sync_begin", "feed.sync_end", "feed.heartbeat"],
        "live once only"
    );
}

#[tokio::test]
async fn a_server_without_a_snapshot_is_live_at_its_first_event() {
    let listener = listen().await;
    let mut session = start(source(settings(&listener)));
    let mut server = accept(&listener).await;
    say(&mut server, "rubbish").await;
    assert_eq!(session.told(1).await, ["malformed"], "which is no event");
    say(&mut server, r#"{"type":"call.abandoned","call":"c","queue":"q"}"#).await;
    assert_eq!(session.told(2).await, ["call.abandoned", "live"]);
}

#[tokio::test]
async fn the_token_is_sent_and_a_wrong_one_is_no_use_trying() {
    for (status, failed) in [(None, false), (Some(401), true), (Some(403), true), (Some(503), false)] {
        let listener = listen().await;
        let session = start(source(settings(&listener)));
        let answer = |request: &Request, response: Response| {
            assert_eq!(request.headers()["authorization"], "Bearer let-me-in");
            assert!(request.headers()["user-agent"].to_str().unwrap().starts_with("floorwatch/"));
            match status {
                None => Ok(response),
                Some(status) => {
                    let mut refusal = ErrorResponse::new(None);
                    *refusal.status_mut() = StatusCode::from_u16(status).unwrap();
                    Err(refusal)
                }
            }
        };
        let server = accept_hdr_async(listener.accept().await.unwrap().0, answer).await;
        drop(server);
        let end = session.end().await;
        assert_eq!(matches!(end, SessionEnd::Failed(_)), failed, "{status:?}: {end:?}");
        assert!(!why(&end).contains("let-me-in"));
    }
}

#[tokio::test]
async fn garbage_is_counted_and_the_session_goes_on() {
    let listener = listen().await;
    let mut session = start(source(settings(&listener)));
    let mut server = accept(&listener).await;
    for text in ["", "\u{0}\u{1b}[2J", "{", "[[[[", r#"{"type":"call.joined"}"#, r#"{"type":"no.such"}"#] {
        say(&mut server, text).await;
    }
    server.send(Message::Binary(Bytes::from_static(&[0xff; 40]))).await.unwrap();
    server.send(Message::Ping(Bytes::from_static(b"?"))).await.unwrap();
    say(&mut server, HEARTBEAT).await;
    let told = session.told(10).await;
    let (anomalies, last) = told.split_at(told.len() - 2);
    assert_eq!(last, ["feed.heartbeat", "live"]);
    assert_eq!(anomalies.iter().filter(|a| *a == "unknown_type").count(), 1);
    assert!(anomalies.iter().all(|a| a == "malformed" || a == "unknown_type"), "{anomalies:?}");
    let pong = timeout(PATIENCE, server.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(pong, Message::Pong(Bytes::from_static(b"?")), "its ping is answered");
}

#[tokio::test]
async fn a_frame_of_ten_megabytes_is_too_long_and_ends_the_connection() {
    let listener = listen().await;
    let mut session = start(source(settings(&listener)));
    let mut server = accept(&listener).await;
    say(&mut server, HEARTBEAT).await;
    assert_eq!(session.told(2).await, ["feed.heartbeat", "live"]);
    let big = tokio::spawn(async move {
        // The other side hangs up in the middle of it.
        let _ = server.send(Message::text("x".repeat(10 << 20))).await;
    });
    assert_eq!(session.told(1).await, ["too_long"]);
    let end = session.end().await;
    assert_eq!(end, SessionEnd::Lost(Label::new("a message larger than 1048576 bytes")));
    big.await.unwrap();
}

#[tokio::test]
async fn text_frames_that_are_not_utf8_end_the_connection() {
    let listener = listen().await;
    let mut session = start(source(settings(&listener)));
    let mut server = accept(&listener).await;
    // A text frame of two bytes, unmasked as from a server.
    server.get_mut().write_all(&[0x81, 2, 0xd5, 0xc5]).await.unwrap();
    assert_eq!(session.told(1).await, ["malformed"]);
    assert_eq!(session.end().await, SessionEnd::Lost(Label::new("a text frame that is not UTF-8")));
}

#[tokio::test]
async fn a_server_that_answers_nothing_any_more_is_lost() {
    let listener = listen().await;
    let mut settings = settings(&listener);
    settings.ping = Span::from_micros(30_000);
    let session = start(source(settings));
    let mut server = accept(&listener).await;
    say(&mut server, HEARTBEAT).await;
    // Half open: the server is there, its connection too, and it neither reads nor writes.
    let end = session.end().await;
    assert!(matches!(&end, SessionEnd::Lost(why) if why.as_str().starts_with("silent for")), "{end:?}");
    drop(server);
}

#[tokio::test]
async fn a_quiet_server_that_answers_pings_is_alive() {
    let listener = listen().await;
    let mut settings = settings(&listener);
    settings.ping = Span::from_micros(20_000);
    let mut session = start(source(settings));
    let mut server = accept(&listener).await;
    let answering = tokio::spawn(async move { while let Some(Ok(_)) = server.next().await {} });
    for _ in 0..10 {
        assert!(matches!(session.step().await, Step::Heartbeat(_)));
    }
    answering.abort();
    let end = session.end().await;
    assert!(matches!(end, SessionEnd::Lost(_)), "{end:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_the_upgrade_is_lost_and_one_of_another_kind_has_failed() {
    let listener = listen().await;
    let session = start(source(settings(&listener)).connect_within(Duration::from_millis(50)));
    let (mute, _) = listener.accept().await.unwrap();
    assert_eq!(session.end().await, SessionEnd::Lost(Label::new("no answer to the upgrade within 0.05 s")));
    drop(mute);

    let session = start(source(settings(&listener)));
    let (mut smtp, _) = listener.accept().await.unwrap();
    smtp.write_all(b"220 mail.example ESMTP\r\n\r\n").await.unwrap();
    let end = session.end().await;
    assert!(matches!(end, SessionEnd::Failed(_)), "{end:?}");

    let session = start(source(settings(&listener)));
    let (mut plain, _) = listener.accept().await.unwrap();
    plain.read_buf(&mut Vec::new()).await.unwrap();
    plain.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await.unwrap();
    let end = session.end().await;
    assert!(matches!(&end, SessionEnd::Failed(why) if why.as_str().contains("HTTP 200")), "{end:?}");

    let mut nobody = settings(&listener);
    drop(listener);
    let end = start(source(nobody.clone())).end().await;
    assert!(matches!(&end, SessionEnd::Lost(why) if why.as_str().contains("refused")), "{end:?}");
    for url in ["http://127.0.0.1:1/", "ws://", "not a url", ""] {
        url.clone_into(&mut nobody.url);
        let end = start(source(nobody.clone())).end().await;
        assert!(matches!(end, SessionEnd::Failed(_)), "{url}: {end:?}");
    }
}

#[tokio::test]
async fn a_close_is_explained() {
    for (code, reason, expected) in [
        (1001, "", SessionEnd::Lost("the server closed: going away (1001)".into())),
        (1012, "new\u{1b}[0m version", SessionEnd::Lost("the server closed: restarting (1012): new[0m version".into())),
        (4401, "expired", SessionEnd::Failed("the server closed: not authorized (4401): expired".into())),
    ] {
        let listener = listen().await;
        let session = start(source(settings(&listener)));
        let mut server = accept(&listener).await;
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        server.send(Message::Close(Some(frame))).await.unwrap();
        assert_eq!(session.end().await, expected);
        let answer = timeout(PATIENCE, server.next()).await.unwrap();
        assert!(matches!(answer, Some(Ok(Message::Close(_)))), "the close is answered: {answer:?}");
    }
}

#[tokio::test]
async fn the_clock_of_the_server_is_measured_by_its_heartbeats() {
    let listener = listen().await;
    let ours = Clock::fixed(Time::from_secs(1_000_000));
    let websocket = Websocket::new(settings(&listener), CallerHasher::new([1; 16]), ours);
    let mut session = start(websocket);
    let mut server = accept(&listener).await;
    for secs in [999_995, 999_996, 999_996, 999_990] {
        let ts = Time::from_secs(secs).rfc3339();
        say(&mut server, &format!(r#"{{"type":"feed.heartbeat","ts":"{ts}"}}"#)).await;
    }
    say(&mut server, r#"{"type":"queue.observed","queue":"q","waiting":0,"ts":"1999-01-01T00:00:00Z"}"#).await;
    let mut offsets = Vec::new();
    'all: loop {
        let Step::Events { events, received_at } = session.step().await else { continue };
        assert_eq!(received_at, Time::from_secs(1_000_000));
        for event in events {
            match event.kind {
                Kind::FeedOffset { offset } => offsets.push(offset),
                Kind::QueueObserved { .. } => break 'all,
                _ => {}
            }
        }
    }
    assert_eq!(offsets.last(), Some(&Span::from_secs(-4)));
    assert!(offsets.len() <= 2, "sparingly: {offsets:?}");
}

#[tokio::test]
async fn names_come_out_clean() {
    let listener = listen().await;
    let mut session = start(source(settings(&listener)));
    let mut server = accept(&listener).await;
    say(&mut server, r#"{"type":"agent.signed_in","agent":"a\u001b[2J","name":"\u001b]0;x\u0007\u202e张三\u009b"}"#)
        .await;
    let Step::Events { events, .. } = session.step().await else { panic!("events first") };
    let Some(Kind::AgentSignedIn { agent, name: Some(name), .. }) = events.first().map(|e| &e.kind) else { panic!() };
    assert_eq!((agent.as_str(), name.as_str()), ("a[2J", "]0;x张三"));
}

#[tokio::test]
async fn nobody_who_listens_ends_it() {
    let listener = listen().await;
    let Running { steps, end } = start(source(settings(&listener)));
    let server = accept(&listener).await;
    drop(steps);
    assert_eq!(timeout(PATIENCE, end).await.unwrap().unwrap(), SessionEnd::Stopped);
    drop(server);
}

#[tokio::test]
async fn frames_that_come_together_are_handed_over_together_and_in_order() {
    let listener = listen().await;
    let mut session = start(source(settings(&listener)));
    let mut server = accept(&listener).await;
    let sending = tokio::spawn(async move {
        for n in 0..CALLS {
            let text = format!(r#"{{"type":"call.abandoned","call":"c{n}","queue":"q"}}"#);
            server.feed(Message::text(text)).await.unwrap();
        }
        server.flush().await.unwrap();
        server
    });
    let mut next = 0;
    while next < CALLS {
        if let Step::Events { events, .. } = session.step().await {
            for event in events {
                let Kind::CallAbandoned { call, .. } = &event.kind else { panic!("{event:?}") };
                assert_eq!(call.as_str(), format!("c{next}"));
                next += 1;
            }
        }
    }
    drop(sending.await.unwrap());
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_is_found_again() {
    let first = listen().await;
    let address = first.local_addr().unwrap();
    let (inbox, mut input) = mpsc::channel(INBOX);
    let (stop, stopped) = watch::channel(false);
    let clock = Clock::live();
    let supervisor = Supervisor::new("ws".into(), Span::from_secs(60), clock, inbox, stopped).seeded(3);
    let task = tokio::spawn(supervisor.run(source(settings(&first))));
    let mut server = accept(&first).await;
    say(&mut server, r#"{"type":"feed.sync_begin"}"#).await;
    say(&mut server, r#"{"type":"feed.sync_end"}"#).await;
    // Killed in the middle of a frame: 200 bytes announced, one sent.
    server.get_mut().write_all(&[0x81, 126, 0, 200, b'{']).await.unwrap();
    drop(server);
    drop(first);

    let mut told = Vec::new();
    let mut seq = 0;
    let mut again = None;
    while told.last().is_none_or(|last| last != "2 call.abandoned") {
        let Some(Input::Batch(batch)) = timeout(PATIENCE, input.recv()).await.expect("in time") else { panic!("over") };
        for e in batch {
            seq += 1;
            assert_eq!(e.seq, seq);
            let what = match &e.event.kind {
                Kind::FeedState(state) => state.word().to_owned(),
                _ => short(&e.event),
            };
            told.push(format!("{} {what}", e.epoch));
        }
        if again.is_none() && told.last().is_some_and(|last| last == "1 away") {
            let second = TcpListener::bind(address).await.unwrap();
            again = Some(tokio::spawn(async move {
                let mut server = accept(&second).await;
                say(&mut server, r#"{"type":"call.abandoned","call":"c","queue":"q"}"#).await;
                server
            }));
        }
    }
    told.retain(|t| t != "1 away");
    assert_eq!(
        told,
        ["0 connecting", "1 feed.sync_begin", "1 feed.sync_end", "1 live", "2 reconnect", "2 call.abandoned"]
    );
    stop.send(true).unwrap();
    timeout(PATIENCE, task).await.unwrap().unwrap();
    drop(again.unwrap().await.unwrap());
}

// TLS, with a certificate made for 127.0.0.1 alone.

fn pem(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)).unwrap()
}

#[tokio::test]
async fn wss_is_spoken_with_a_server_that_is_trusted_and_with_no_other() {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(&pem("server.crt")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem("server.key")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem("ca.crt")).unwrap()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = listen().await;
    let mut settings = settings(&listener);
    settings.url = settings.url.replace("ws://", "wss://");

    let mut session = start(source(settings.clone()).trusting(roots));
    let stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
    let mut server = accept_async(stream).await.unwrap();
    server.send(Message::text(HEARTBEAT)).await.unwrap();
    assert_eq!(session.told(2).await, ["feed.heartbeat", "live"]);
    drop(server);
    session.end().await;

    let mut others = rustls::RootCertStore::empty();
    others.add(CertificateDer::from_pem_slice(&pem("other.crt")).unwrap()).unwrap();
    let session = start(source(settings).trusting(others));
    assert!(acceptor.accept(listener.accept().await.unwrap().0).await.is_err());
    let end = session.end().await;
    assert!(matches!(&end, SessionEnd::Failed(why) if why.as_str().starts_with("TLS: ")), "{end:?}");
}
