//! A server that sends the event model as JSON text frames.

mod offset;
mod words;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use tokio_tungstenite::tungstenite::http::{Request, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use self::offset::Offset;
use super::session::{SessionEnd, Step, Steps};
use super::supervise::Session;
use crate::clock::Clock;
use crate::config::WebsocketSettings;
use crate::model::{Anomaly, CallerHasher, Event, Evidence, Kind, Label, Time};
use crate::wire::event_json::{Decoded, decode};

/// Reaching the server and its answer to the upgrade, together.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Nothing heard for this many pings, not even an answer to one: the connection is dead.
const PINGS_UNANSWERED: u32 = 3;
/// Frames that are there already are taken together, up to this many events.
const EVENTS_A_STEP: usize = 512;

/// The feed of one websocket server.
#[derive(Debug)]
pub struct Websocket {
    settings: WebsocketSettings,
    hasher: CallerHasher,
    clock: Clock,
    connect_within: Duration,
    roots: Option<RootCertStore>,
    tls: Option<Arc<ClientConfig>>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Websocket {
    /// A feed of the server in `settings`; callers are hashed with `hasher`, times of receipt are `clock`'s.
    #[must_use]
    pub const fn new(settings: WebsocketSettings, hasher: CallerHasher, clock: Clock) -> Self {
        Self { settings, hasher, clock, connect_within: CONNECT_WITHIN, roots: None, tls: None }
    }

    /// The same with another limit for reaching the server and its answer to the upgrade (10 s otherwise).
    #[must_use]
    pub const fn connect_within(mut self, limit: Duration) -> Self {
        self.connect_within = limit;
        self
    }

    /// The same trusting these certificates instead of the operating system's.
    #[must_use]
    pub fn trusting(mut self, roots: RootCertStore) -> Self {
        self.roots = Some(roots);
        self
    }

    async fn connect(&mut self) -> Result<Socket, SessionEnd> {
        let request = self.request()?;
        let connector =
            if request.uri().scheme_str() == Some("wss") { Connector::Rustls(self.tls()?) } else { Connector::Plain };
        let size = Some(self.settings.max_frame);
        let config = WebSocketConfig::default().read_buffer_size(64 * 1024).max_message_size(size).max_frame_size(size);
        let connecting = connect_async_tls_with_config(request, Some(config), true, Some(connector));
        match timeout(self.connect_within, connecting).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(e)) => Err(words::no_connection(&e)),
            Err(_) => {
                let secs = self.connect_within.as_secs_f64();
                Err(SessionEnd::Lost(Label::new(&format!("no answer to the upgrade within {secs} s"))))
            }
        }
    }

    fn request(&self) -> Result<Request<()>, SessionEnd> {
        let failed = |why: &str| SessionEnd::Failed(Label::new(why));
        // The address is not shown: it may carry a secret in its query.
        let uri: Uri = self.settings.url.parse().map_err(|_invalid| failed("the url cannot be read"))?;
        if !matches!(uri.scheme_str(), Some("ws" | "wss")) {
            return Err(failed("the url must begin with ws:// or wss://"));
        }
        let mut request =
            uri.into_client_request().map_err(|e| failed(&format!("the url cannot be used: {}", words::plain(&e))))?;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("floorwatch/", env!("CARGO_PKG_VERSION"))));
        if let Some(token) = &self.settings.token {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.reveal().trim()))
                .map_err(|_invalid| failed("the token holds characters a header cannot carry"))?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(request)
    }

    /// Ring as the provider, and the operating system's roots; read once.
    fn tls(&mut self) -> Result<Arc<ClientConfig>, SessionEnd> {
        if let Some(tls) = &self.tls {
            return Ok(Arc::clone(tls));
        }
        let roots = self.roots.clone().unwrap_or_else(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        });
        if roots.is_empty() {
            return Err(SessionEnd::Failed(Label::new(
                "this machine has no trusted root certificates (ca-certificates)",
            )));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| SessionEnd::Failed(Label::new(&format!("TLS: {e}"))))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::clone(self.tls.insert(Arc::new(config))))
    }
}

impl Session for Websocket {
    async fn run(&mut self, steps: Steps) -> SessionEnd {
        let socket = match self.connect().await {
            Ok(socket) => socket,
            Err(end) => return end,
        };
        let ping = Duration::from(self.settings.ping).max(Duration::from_millis(1));
        let talk = Talk {
            socket,
            steps,
            hasher: &self.hasher,
            clock: &self.clock,
            ping,
            sync: Sync::Unknown,
            live: false,
            offset: Offset::default(),
            decoded: Decoded::default(),
        };
        talk.run().await
    }
}

/// How far the session is with the state of the floor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// Nothing came yet.
    Unknown,
    /// The full state is coming.
    Coming,
    /// From here on it is news.
    Done,
}

/// One connection.
struct Talk<'a> {
    socket: Socket,
    steps: Steps,
    hasher: &'a CallerHasher,
    clock: &'a Clock,
    ping: Duration,
    sync: Sync,
    live: bool,
    offset: Offset,
    decoded: Decoded,
}

impl Talk<'_> {
    async fn run(mut self) -> SessionEnd {
        let mut pings = interval_at(Instant::now() + self.ping, self.ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let silence = self.ping.saturating_mul(PINGS_UNANSWERED);
        let mut heard = Instant::now();
        loop {
            // What has come is read before silence is judged: we may have been the slow ones.
            let ended = tokio::select! {
                biased;
                frame = self.socket.next() => {
                    let ended = self.read(frame).await;
                    heard = Instant::now();
                    ended
                }
                () = self.steps.closed() => Some(SessionEnd::Stopped),
                _ = pings.tick() => {
                    if heard.elapsed() >= silence {
                        let secs = heard.elapsed().as_secs_f64();
                        let why = format!("silent for {secs:.1} s, {PINGS_UNANSWERED} pings without an answer");
                        Some(SessionEnd::Lost(Label::new(&why)))
                    } else {
                        self.send_ping().await
                    }
                }
            };
            if let Some(end) = ended {
                return end;
            }
        }
    }

    async fn send_ping(&mut self) -> Option<SessionEnd> {
        match timeout(self.ping, self.socket.send(Message::Ping(Bytes::new()))).await {
            Ok(Ok(())) => None,
            Ok(Err(e)) => Some(words::lost(&e)),
            Err(_) => Some(SessionEnd::Lost(Label::new("the server takes nothing any more"))),
        }
    }

    /// Takes a frame and those that wait behind it, and hands over what they said.
    async fn read(&mut self, first: Option<Result<Message, Error>>) -> Option<SessionEnd> {
        let received_at = self.clock.now();
        self.decoded.events.clear();
        let mut next = Some(first);
        let mut ended = None;
        while let Some(frame) = next {
            ended = self.frame(frame, received_at);
            if ended.is_some() || self.decoded.events.len() >= EVENTS_A_STEP {
                break;
            }
            next = self.socket.next().now_or_never();
        }
        if self.hand_over(received_at).await.is_err() {
            return Some(SessionEnd::Stopped);
        }
        if ended.is_some() {
            // The answer to a close frame, where there is one to give.
            let _ = timeout(Duration::from_secs(1), self.socket.flush()).await;
        }
        ended
    }

    /// Decodes one frame; the end of the session where it was the last.
    fn frame(&mut self, frame: Option<Result<Message, Error>>, received_at: Time) -> Option<SessionEnd> {
        let from = self.decoded.events.len();
        match frame {
            Some(Ok(Message::Text(text))) => decode(text.as_bytes(), self.hasher, &mut self.decoded),
            Some(Ok(Message::Binary(bytes))) => {
                self.anomaly(Anomaly::Malformed, &format!("a binary frame of {} bytes", bytes.len()));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(close))) => return Some(words::closed(close.as_ref())),
            Some(Err(e)) => {
                if let Some((what, detail)) = words::anomaly(&e) {
                    self.anomaly(what, &detail);
                }
                return Some(words::lost(&e));
            }
            None => return Some(SessionEnd::Lost(Label::new("the connection ended"))),
        }
        self.note(from, received_at);
        None
    }

    fn anomaly(&mut self, what: Anomaly, detail: &str) {
        self.decoded.events.push(Event::new(Kind::Anomaly { what, detail: Label::new(detail) }));
    }

    /// Follows the sync marks and the server's clock through the events from `from` on.
    fn note(&mut self, from: usize, received_at: Time) {
        let mut offset = None;
        for event in self.decoded.events.iter_mut().skip(from) {
            match &event.kind {
                Kind::Anomaly { .. } => {}
                Kind::FeedSyncBegin => self.sync = Sync::Coming,
                Kind::FeedSyncEnd => self.sync = Sync::Done,
                Kind::FeedHeartbeat => {
                    offset = event.ts.and_then(|ts| self.offset.sample(ts - received_at)).or(offset);
                    self.sync = self.sync.past_first();
                }
                _ => {
                    self.sync = self.sync.past_first();
                    if self.sync == Sync::Coming {
                        event.evidence = Evidence::Snapshot;
                    }
                }
            }
        }
        if let Some(offset) = offset {
            let event = Event::new(Kind::FeedOffset { offset }).with_evidence(Evidence::Derived);
            self.decoded.events.push(event);
        }
    }

    async fn hand_over(&mut self, received_at: Time) -> Result<(), ()> {
        let events = std::mem::take(&mut self.decoded.events);
        let step = if events.is_empty() { Step::Heartbeat(received_at) } else { Step::Events { received_at, events } };
        self.steps.send(step).await.map_err(drop)?;
        if self.sync == Sync::Done && !self.live {
            self.live = true;
            self.steps.send(Step::Live).await.map_err(drop)?;
        }
        Ok(())
    }
}

impl Sync {
    /// A server whose first word is not a snapshot has none to give.
    const fn past_first(self) -> Self {
        match self {
            Self::Unknown => Self::Done,
            other => other,
        }
    }
}
