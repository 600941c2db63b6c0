//! A live session with Asterisk's manager interface.
//!
//! Asterisk ends a session whose socket stalls for 100 ms, so a task of its own drains the socket into a bounded store of
//! bytes whatever the rest does. When that store is full the session is given up: a counted gap and a new connection are
//! better than silent loss.

use super::link::{CHUNKS, Chunk, drain, tls};
use super::login::{CLASSES, action, answered, challenge_key};
use super::mapper::{AmiMapper, anomaly};
use super::replay::tell_losses;
use crate::config::AsteriskSettings;
use crate::model::{Anomaly, CallerHasher, Event, Kind, Label, Span, Time};
use crate::source::session::{SessionEnd, Step, Steps};
use crate::wire::ami::{Decoder, Frame, Message};
use crate::wire::capture::seconds;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

pub use super::link::{RING, Raw, Tee};
pub use super::login::ACTIONS;

const CONNECT: Duration = Duration::from_secs(10);
const WRITE: Duration = Duration::from_secs(5);
/// Asterisk answers a wrong password after exactly one second.
const LOGIN: Duration = Duration::from_secs(15);
const PING: Duration = Duration::from_secs(10);
/// Nothing at all came for this long, though pings were sent.
const SILENT: Duration = Duration::from_secs(25);
/// `app_queue` is loaded after logins are possible.
const RETRY: Duration = Duration::from_millis(500);
const MISSING: u32 = 20;
/// The full state is not asked for more often than this.
const RESYNC_GAP: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(200);

/// One feed of Asterisk over all its sessions: what is known of talks and of the switch outlives a connection.
#[derive(Debug)]
pub struct AsteriskSource {
    settings: AsteriskSettings,
    mapper: AmiMapper,
    tee: Option<Tee>,
}

impl AsteriskSource {
    /// A source that is not connected yet.
    #[must_use]
    pub fn new(settings: AsteriskSettings, hasher: CallerHasher) -> Self {
        let mapper = AmiMapper::new(hasher, settings.wrapup.iter().cloned());
        Self { settings, mapper, tee: None }
    }

    /// The same with a recorder that hears every byte as it comes.
    #[must_use]
    pub fn heard_by(mut self, tee: Tee) -> Self {
        self.tee = Some(tee);
        self
    }

    fn mark(&self, raw: Raw) {
        if let Some(tee) = &self.tee {
            // A mark is no byte: where there is no room for it, it is not missed.
            let _ = tee.try_send(raw);
        }
    }

    /// Connects, logs in, synchronises and sends what happens until the session ends. `now` is our monotonic clock.
    pub async fn session(&mut self, now: impl Fn() -> Time + Clone + Send + 'static, steps: &Steps) -> SessionEnd {
        let address = (self.settings.host.as_str(), self.settings.port);
        let stream = match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                self.mark(Raw::Refused(now()));
                return SessionEnd::Lost(Label::new(&error.to_string()));
            }
            Err(_elapsed) => {
                self.mark(Raw::Refused(now()));
                return SessionEnd::Lost(Label::new("no answer to the connection"));
            }
        };
        // Without it a lost network shows only by missing pings, which is soon enough.
        let _ = stream.set_nodelay(true);
        if !self.settings.tls {
            return self.talk(stream, now, steps).await;
        }
        match timeout(CONNECT, tls(&self.settings.host, stream)).await {
            Ok(Ok(stream)) => self.talk(stream, now, steps).await,
            Ok(Err(end)) => end,
            Err(_elapsed) => SessionEnd::Lost(Label::new("no answer to the TLS handshake")),
        }
    }

    async fn talk<S>(&mut self, stream: S, now: impl Fn() -> Time + Clone + Send + 'static, steps: &Steps) -> SessionEnd
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (reading, writing) = tokio::io::split(stream);
        let (sender, chunks) = mpsc::channel(CHUNKS);
        self.mark(Raw::Connect(now()));
        let mut reader = Reader(tokio::spawn(drain(reading, sender, now.clone(), self.tee.clone())));
        let mut talk = Talk {
            settings: &self.settings,
            mapper: &mut self.mapper,
            writing,
            now,
            steps,
            decoder: Decoder::new(),
            events: Vec::new(),
            asked: 0,
            stage: Stage::Greeting,
            live: false,
            pinged: None,
            last_read: Instant::now(),
            last_asked: None,
            retry: None,
            missing: 0,
            offset: None,
            beat: None,
        };
        let end = talk.run(chunks).await;
        reader.0.abort();
        // Whatever it was doing, it adds no byte after the mark.
        let _ = (&mut reader.0).await;
        let at = (talk.now)();
        self.mark(Raw::Eof(at));
        end
    }
}

/// The task that drains the socket; it ends with the session, also where that is dropped.
struct Reader(tokio::task::JoinHandle<()>);

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connects a source for one session, without memory of earlier ones.
pub async fn session(
    settings: &AsteriskSettings,
    hasher: CallerHasher,
    now: impl Fn() -> Time + Clone + Send + 'static,
    steps: &Steps,
) -> SessionEnd {
    AsteriskSource::new(settings.clone(), hasher).session(now, steps).await
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    Challenged,
    LoggingIn,
    In,
}

struct Talk<'a, W, N> {
    settings: &'a AsteriskSettings,
    mapper: &'a mut AmiMapper,
    writing: W,
    now: N,
    steps: &'a Steps,
    decoder: Decoder,
    events: Vec<Event>,
    asked: u64,
    stage: Stage,
    live: bool,
    /// When the ping under way was sent.
    pinged: Option<Time>,
    last_read: Instant,
    last_asked: Option<Instant>,
    /// Ask for the full state at this instant.
    retry: Option<Instant>,
    /// How often `app_queue` was not there.
    missing: u32,
    offset: Option<Span>,
    /// The last sign of life sent on.
    beat: Option<Time>,
}

/// What an answer makes us do.
enum Reply {
    Nothing,
    Key(String),
    Plain,
    LoggedIn,
    AskAgain(Duration),
    End(SessionEnd),
}

impl<W: AsyncWrite + Unpin, N: Fn() -> Time> Talk<'_, W, N> {
    async fn run(&mut self, mut chunks: mpsc::Receiver<Chunk>) -> SessionEnd {
        self.mapper.connected((self.now)(), &mut self.events);
        let started = Instant::now();
        let mut pings = interval(PING);
        let mut ticks = interval(TICK);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = loop {
            let step = tokio::select! {
                biased;
                chunk = chunks.recv() => match chunk {
                    Some(Chunk::Bytes(at, bytes, room)) => {
                        let step = self.bytes(at, &bytes).await;
                        drop(room);
                        step
                    }
                    Some(Chunk::Overrun) => {
                        self.events.push(anomaly(Anomaly::Gap, "bytes came faster than they were used"));
                        Err(lost("too slow for this switch: more than 4 MiB behind"))
                    }
                    Some(Chunk::Ended(why)) => Err(SessionEnd::Lost(why)),
                    None => Err(lost("connection closed")),
                },
                _ = pings.tick(), if self.stage == Stage::In => self.ping().await,
                _ = ticks.tick() => self.tick(started).await,
            };
            if let Err(end) = step {
                break end;
            }
        };
        if self.decoder.end() && matches!(end, SessionEnd::Lost(_)) {
            self.events.push(anomaly(Anomaly::CutOff, "the connection ended inside a message"));
        }
        let at = (self.now)();
        self.mapper.disconnected(at, &mut self.events);
        if end == SessionEnd::Stopped {
            return end;
        }
        match self.pass_on(at).await {
            Err(stopped) => stopped,
            Ok(()) => end,
        }
    }

    async fn bytes(&mut self, at: Time, bytes: &[u8]) -> Result<(), SessionEnd> {
        self.last_read = Instant::now();
        self.mapper.advance(at, &mut self.events);
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.feed(bytes);
        let mut outcome = Ok(());
        while let Some(frame) = decoder.next_frame() {
            outcome = self.frame(frame, at).await;
            if outcome.is_err() {
                break;
            }
        }
        tell_losses(decoder.take_losses(), &mut self.events);
        self.decoder = decoder;
        // What came before the end is told all the same.
        self.pass_on(at).await?;
        outcome
    }

    async fn frame(&mut self, frame: Frame<'_>, at: Time) -> Result<(), SessionEnd> {
        let message = match frame {
            Frame::Banner(version) => {
                if !self.mapper.banner(version, &mut self.events) {
                    return Err(failed("not supported: Asterisk 12 or later needed"));
                }
                self.stage = Stage::Challenged;
                return self.send("Challenge", &[("AuthType", "MD5")]).await;
            }
            Frame::Message(message) => message,
        };
        if self.stage == Stage::Greeting {
            return Err(failed("this is no Asterisk manager interface"));
        }
        let reply = match message.response() {
            Some(word) => self.answer(word == b"Success", &message, at),
            None => Reply::Nothing,
        };
        match reply {
            Reply::Nothing => {}
            Reply::Key(key) => {
                let headers = [("AuthType", "MD5"), ("Username", &self.settings.username), ("Key", &key)];
                return self.login(&headers).await;
            }
            Reply::Plain => {
                let headers = [("Username", &*self.settings.username), ("Secret", self.settings.secret.reveal())];
                return self.login(&headers).await;
            }
            Reply::LoggedIn => {
                self.stage = Stage::In;
                self.send("Events", &[("EventMask", CLASSES)]).await?;
                return self.ask().await;
            }
            Reply::AskAgain(after) => {
                self.retry = Some(Instant::now() + after);
                return Ok(());
            }
            Reply::End(end) => return Err(end),
        }
        self.mapper.message(message, at, &mut self.events);
        if self.mapper.take_resync() && self.stage == Stage::In {
            let pause = if self.live { RESYNC_GAP } else { RETRY };
            let soonest = self.last_asked.map_or_else(Instant::now, |asked| asked + pause);
            self.retry = Some(self.retry.map_or(soonest, |at| at.min(soonest)));
        }
        Ok(())
    }

    /// Reads an answer to one of our actions.
    fn answer(&mut self, success: bool, message: &Message<'_>, at: Time) -> Reply {
        let text = message.text("Message").unwrap_or_default();
        let Some(action) = message.get("ActionID").and_then(answered) else {
            // Errors before the login may come without an id.
            return if self.stage == Stage::In { Reply::Nothing } else { Reply::End(refused_login(&text)) };
        };
        match (action, success) {
            ("Challenge", true) => match message.text("Challenge") {
                Some(challenge) => {
                    self.stage = Stage::LoggingIn;
                    Reply::Key(challenge_key(&challenge, self.settings.secret.reveal()))
                }
                None => Reply::Plain,
            },
            // Challenges can be switched off; over a connection that may be plain, which the account's owner chose.
            ("Challenge", false) => {
                self.stage = Stage::LoggingIn;
                Reply::Plain
            }
            ("Login", true) => Reply::LoggedIn,
            ("Login", false) => Reply::End(refused_login(&text)),
            ("Ping", true) => {
                self.pong(message, at);
                Reply::Nothing
            }
            ("QueueStatus", false) if text.starts_with("Invalid/unknown command") => {
                // `app_queue` is not loaded yet, or never will be: said once it has been tried for a while.
                self.missing += 1;
                if self.missing == MISSING {
                    let detail = "QueueStatus: unknown to this switch (is app_queue loaded?)";
                    self.events.push(anomaly(Anomaly::Refused, detail));
                }
                Reply::AskAgain(RETRY)
            }
            (_, false) if text.starts_with("Asterisk is shutting down") => {
                self.events.push(anomaly(Anomaly::Refused, &text));
                Reply::AskAgain(RESYNC_GAP)
            }
            (action, false) => {
                let detail = format!("{action}: {text} (the manager account needs read=system,call,agent)");
                self.events.push(anomaly(Anomaly::Refused, &detail));
                Reply::AskAgain(RESYNC_GAP)
            }
            (_, true) => Reply::Nothing,
        }
    }

    /// Measures the source's clock against ours: its stamp against the middle of question and answer.
    fn pong(&mut self, message: &Message<'_>, at: Time) {
        let (Some(sent), Some(theirs)) = (self.pinged.take(), message.get("Timestamp").and_then(seconds)) else {
            return;
        };
        let half = Span::from_micros((at - sent).micros() / 2);
        let offset = theirs - (sent + half);
        // Less than the way there and back is no news.
        let news = self.offset.is_none_or(|known| (offset - known).micros().abs() > (half.micros() * 2).max(5_000));
        if news {
            self.offset = Some(offset);
            self.mapper.clock_offset(offset, &mut self.events);
        }
    }

    async fn login(&mut self, headers: &[(&str, &str)]) -> Result<(), SessionEnd> {
        let headers: Vec<_> = headers.iter().copied().chain([("Events", "off")]).collect();
        self.send("Login", &headers).await
    }

    async fn ask(&mut self) -> Result<(), SessionEnd> {
        self.retry = None;
        self.last_asked = Some(Instant::now());
        self.send("QueueStatus", &[]).await
    }

    async fn ping(&mut self) -> Result<(), SessionEnd> {
        self.pinged = Some((self.now)());
        self.send("Ping", &[]).await
    }

    async fn send(&mut self, name: &'static str, headers: &[(&str, &str)]) -> Result<(), SessionEnd> {
        self.asked += 1;
        let bytes = action(name, self.asked, headers);
        match timeout(WRITE, self.writing.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(lost(&error.to_string())),
            Err(_elapsed) => Err(lost("the switch takes no more bytes")),
        }
    }

    /// Looks at the clock: held facts, silence, the next full state.
    async fn tick(&mut self, started: Instant) -> Result<(), SessionEnd> {
        let (now, instant) = ((self.now)(), Instant::now());
        if self.stage != Stage::In && started.elapsed() > LOGIN {
            let greeted = self.stage != Stage::Greeting;
            return Err(if greeted { lost("no answer to the login") } else { lost("no greeting") });
        }
        if self.last_read.elapsed() > SILENT {
            return Err(lost("nothing came for 25 s, not even an answer to a ping"));
        }
        self.mapper.advance(now, &mut self.events);
        let due = self.retry.is_some_and(|at| instant >= at)
            || (self.live && self.last_asked.is_some_and(|at| at + Duration::from(self.settings.resync) <= instant));
        if due && self.stage == Stage::In {
            self.ask().await?;
        }
        if self.events.is_empty() { Ok(()) } else { self.pass_on(now).await }
    }

    /// Hands what is known now to the supervisor; waits for it if need be.
    async fn pass_on(&mut self, at: Time) -> Result<(), SessionEnd> {
        if self.events.is_empty() {
            if self.beat.is_none_or(|last| at - last >= Span::from_secs(1)) {
                self.beat = Some(at);
                return self.step(Step::Heartbeat(at)).await;
            }
            return Ok(());
        }
        self.beat = Some(at);
        let synced = self.events.iter().any(|e| matches!(e.kind, Kind::FeedSyncEnd));
        if synced && !self.live {
            self.retry = None;
        }
        let events = std::mem::take(&mut self.events);
        self.step(Step::Events { received_at: at, events }).await?;
        if synced && !std::mem::replace(&mut self.live, true) {
            self.step(Step::Live).await?;
        }
        Ok(())
    }

    async fn step(&self, step: Step) -> Result<(), SessionEnd> {
        match self.steps.send(step).await {
            Ok(()) => Ok(()),
            Err(_closed) => Err(SessionEnd::Stopped),
        }
    }
}

fn lost(why: &str) -> SessionEnd {
    SessionEnd::Lost(Label::new(why))
}

fn failed(why: &str) -> SessionEnd {
    SessionEnd::Failed(Label::new(why))
}

fn refused_login(text: &str) -> SessionEnd {
    if text.starts_with("Asterisk is shutting down") {
        return lost(text);
    }
    failed(&format!("login refused: {text} (see the account in manager.conf)"))
}
