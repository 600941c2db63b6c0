//! The feed on a real WebSocket: loopback only, one simulation for all connections, real time or steered.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use jiff::tz::TimeZone;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::feed::Feed;
use super::scenario::Scenario;
use crate::config::Lang;
use crate::model::{Span, Time};

/// Live lines held for a slow connection; one that falls further behind is cut and may come again.
const BACKLOG: usize = 8192;
/// Connections at once; more are refused.
const CONNECTIONS: usize = 16;
/// A handshake, and a write, may take so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Lines of the history a flush.
const FLUSH: usize = 256;

/// What drives the simulation on.
#[derive(Clone, Debug)]
pub enum Pace {
    /// Real time, on the monotonic clock, from the instant the feed stands at.
    RealTime,
    /// Up to the instant given here (tests).
    Steered(watch::Receiver<Time>),
}

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves a feed on a listener.
    ///
    /// # Errors
    /// The listener has no address, or is not on loopback.
    pub fn start(feed: Feed, listener: TcpListener, pace: Pace) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(std::io::Error::other("the simulated center is served on loopback only"));
        }
        let (stop, stopped) = watch::channel(false);
        let (lines, _) = broadcast::channel(BACKLOG);
        let shared = Arc::new(Shared { feed: Mutex::new(feed), lines });
        let task = tokio::spawn(run(shared, listener, pace, stopped));
        Ok(Self { address, stop, task: Some(task) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for a websocket source.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/events", self.address)
    }

    /// Ends it and waits until every connection is closed.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// Plays a scenario in real time from now, on a free port of loopback. Place the scenario first where its profile and
/// zone should be known to others too; see [`now_and_here`].
///
/// # Errors
/// No port could be opened.
pub async fn serve(scenario: Scenario, seed: u64, lang: Lang, start: Time) -> std::io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let feed = tokio::task::spawn_blocking(move || Feed::new(&scenario, seed, lang, start))
        .await
        .map_err(std::io::Error::other)?;
    Server::start(feed, listener, Pace::RealTime)
}

/// The wall clock and the machine's zone, for [`Scenario::placed`] and [`serve`].
#[must_use]
pub fn now_and_here() -> (Time, TimeZone) {
    (wall_clock(), TimeZone::system())
}

fn wall_clock() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(0) + Span::from(since)
}

/// What a connection is sent live.
#[derive(Clone, Debug)]
enum Live {
    Line(Arc<str>),
    /// The feed is lost: cut without a word.
    Cut,
}

struct Shared {
    feed: Mutex<Feed>,
    lines: broadcast::Sender<Live>,
}

impl Shared {
    fn feed(&self) -> MutexGuard<'_, Feed> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plays on and sends it out, both under the lock, so that a greeting and the live lines after it fit without a gap.
    fn advance(&self, until: Time) {
        let mut feed = self.feed();
        let was_lost = feed.lost();
        for line in feed.advance(until) {
            // Nobody listening is no fault.
            let _ = self.lines.send(Live::Line(line));
        }
        if feed.lost() && !was_lost {
            let _ = self.lines.send(Live::Cut);
        }
    }
}

async fn run(shared: Arc<Shared>, listener: TcpListener, pace: Pace, mut stop: watch::Receiver<bool>) {
    let mut clock = Clock::new(pace, shared.feed().now());
    let mut connections = JoinSet::new();
    loop {
        let next = shared.feed().next_at();
        tokio::select! {
            () = stopped(&mut stop) => break,
            until = clock.reach(next) => shared.advance(until),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < CONNECTIONS && !shared.feed().lost() => {
                    connections.spawn(connection(shared.clone(), stream));
                }
                // Full, or the feed is lost: hang up.
                Ok(_) => {}
                // Out of descriptors, or the peer has gone: not at full speed again.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
        }
    }
    connections.shutdown().await;
}

/// Told to stop, or whoever could tell has gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Turns a pace into instants.
struct Clock {
    pace: Pace,
    origin: Time,
    since: Instant,
}

impl Clock {
    fn new(pace: Pace, origin: Time) -> Self {
        // The feed may have taken a moment to play its history: real time goes on from when it began to stand there.
        let late = match pace {
            Pace::RealTime => std::time::Duration::from(wall_clock().since(origin).or_zero()).min(PATIENCE),
            Pace::Steered(_) => Duration::ZERO,
        };
        let since = Instant::now();
        Self { pace, origin, since: since.checked_sub(late).unwrap_or(since) }
    }

    /// Waits until there is something to do at `next`, and says how far time has come.
    async fn reach(&mut self, next: Time) -> Time {
        match &mut self.pace {
            Pace::RealTime => {
                let due = Duration::from(next.since(self.origin).or_zero());
                tokio::time::sleep(due.saturating_sub(self.since.elapsed())).await;
                self.origin + Span::from(self.since.elapsed())
            }
            Pace::Steered(until) => {
                let reached = until.wait_for(|until| *until >= next).await.ok().map(|until| *until);
                match reached {
                    Some(until) => until,
                    // Whoever steered has gone: time stands still.
                    None => std::future::pending().await,
                }
            }
        }
    }
}

type Socket = WebSocketStream<TcpStream>;

async fn connection(shared: Arc<Shared>, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Ok(Ok(socket)) = timeout(PATIENCE, tokio_tungstenite::accept_async(stream)).await else { return };
    let (mut sink, mut incoming) = socket.split();
    let (greeting, live) = {
        let feed = shared.feed();
        (feed.greet(), shared.lines.subscribe())
    };
    let sending = async {
        if send_all(&mut sink, &greeting.history).await.is_none() {
            return;
        }
        if !greeting.history.is_empty() {
            shared.feed().delivered();
        }
        drop(greeting.history);
        if send_all(&mut sink, &greeting.full_state).await.is_some() {
            send_live(&mut sink, live).await;
        }
    };
    // Reading answers pings and notices a close; what a client says is of no interest here.
    let reading = async { while let Some(Ok(_)) = incoming.next().await {} };
    tokio::select! {
        () = sending => {}
        () = reading => {}
    }
}

async fn send_all(sink: &mut SplitSink<Socket, Message>, lines: &[Arc<str>]) -> Option<()> {
    for chunk in lines.chunks(FLUSH) {
        for line in chunk {
            timeout(PATIENCE, sink.feed(Message::text(&**line))).await.ok()?.ok()?;
        }
        timeout(PATIENCE, sink.flush()).await.ok()?.ok()?;
    }
    Some(())
}

/// Sends what happens until the client goes, falls too far behind, or the feed is lost.
async fn send_live(sink: &mut SplitSink<Socket, Message>, mut live: broadcast::Receiver<Live>) {
    while let Ok(Live::Line(line)) = live.recv().await {
        match timeout(PATIENCE, sink.send(Message::text(&*line))).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}
