//! The feed through a real websocket on loopback, its time steered by the test.

use std::time::Duration;

use floorwatch::config::Lang;
use floorwatch::model::{Span, Time};
use floorwatch::source::demo::{Feed, Pace, Server};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

use super::lines::{checked, kind};
use super::{minutes, scenario, start};

type Client = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A server whose time the test steers.
async fn served(name: &str) -> (Server, watch::Sender<Time>) {
    let feed = Feed::new(&scenario(name), 1, Lang::En, start());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (steer, until) = watch::channel(start());
    (Server::start(feed, listener, Pace::Steered(until)).unwrap(), steer)
}

async fn client(server: &Server) -> Client {
    tokio_tungstenite::connect_async(server.url()).await.unwrap().0
}

/// The next event, or `None` where the connection is over.
async fn next(client: &mut Client) -> Option<Value> {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(30), client.next()).await.expect("an event in time");
        match message {
            Some(Ok(Message::Text(text))) => return Some(checked(&text)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

/// Reads up to the end of the full state: how many lines came before it, and how many rows it has.
async fn synced(client: &mut Client) -> (usize, usize) {
    let (mut before, mut rows, mut begun) = (0, 0, false);
    loop {
        let value = next(client).await.expect("a full state");
        match kind(&value) {
            "feed.sync_begin" => begun = true,
            "feed.sync_end" => return (before, rows),
            _ if begun => rows += 1,
            _ => before += 1,
        }
    }
}

#[tokio::test]
async fn a_client_gets_the_day_then_the_full_state_then_what_happens() {
    let (server, steer) = served("calm").await;
    let mut first = client(&server).await;
    let (before, rows) = synced(&mut first).await;
    assert!(before > 20_000, "{before}");
    assert!(rows > 100, "{rows}");
    steer.send(start() + Span::from_secs(20)).unwrap();
    let (mut beats, mut others) = (0, 0);
    while beats < 20 {
        let value = next(&mut first).await.unwrap();
        assert!(Time::parse(value["ts"].as_str().unwrap()).unwrap() > start());
        if kind(&value) == "feed.heartbeat" { beats += 1 } else { others += 1 }
    }
    assert!(others > 10, "{others}");

    // A second connection gets no history, and both go on.
    let mut second = client(&server).await;
    let (before, rows) = synced(&mut second).await;
    assert_eq!(before, 0);
    assert!(rows > 100, "{rows}");
    second.send(Message::Ping("hello".into())).await.unwrap();
    steer.send(start() + Span::from_secs(25)).unwrap();
    for client in [&mut first, &mut second] {
        let value = next(client).await.unwrap();
        assert!(Time::parse(value["ts"].as_str().unwrap()).unwrap() > start() + Span::from_secs(19));
    }
    server.stop().await;
    while next(&mut first).await.is_some() {}
}

#[tokio::test]
async fn a_lost_feed_is_cut_refused_and_comes_back() {
    let (server, steer) = served("feed_loss").await;
    let mut before = client(&server).await;
    synced(&mut before).await;
    steer.send(start() + Span::from_secs(31)).unwrap();
    while next(&mut before).await.is_some() {}
    assert!(tokio_tungstenite::connect_async(server.url()).await.is_err(), "refused while lost");
    steer.send(start() + Span::from_secs(80)).unwrap();
    let mut after = loop {
        // The server takes the new instant when it gets to it.
        match tokio_tungstenite::connect_async(server.url()).await {
            Ok((client, _)) => break client,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let (history, rows) = synced(&mut after).await;
    assert_eq!(history, 0);
    assert!(rows > 100, "{rows}");
}

#[tokio::test]
async fn a_client_that_cannot_follow_is_cut_and_may_come_again() {
    let (server, steer) = served("calm").await;
    let mut slow = client(&server).await;
    synced(&mut slow).await;
    // An hour at once is more than is held for anybody.
    steer.send(start() + minutes(60)).unwrap();
    while next(&mut slow).await.is_some() {}
    let (history, _) = synced(&mut client(&server).await).await;
    assert_eq!(history, 0);
}

#[tokio::test]
async fn only_loopback_is_served() {
    let feed = Feed::new(&scenario("calm"), 1, Lang::En, start());
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let (_steer, until) = watch::channel(start());
    assert!(Server::start(feed, listener, Pace::Steered(until)).is_err());
}
