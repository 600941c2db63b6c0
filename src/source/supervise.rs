//! Keeps one feed going for ever: connects, numbers what comes, notices silence, tries again.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use rand::SeedableRng as _;
use rand_pcg::Pcg32;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};

use super::backoff::Backoff;
use super::session::{SessionEnd, Step, Steps};
use super::{Inbox, Input};
use crate::clock::Clock;
use crate::model::{Anomaly, Envelope, Event, Evidence, FeedId, FeedState, Kind, Label, Span, Time};

/// Bound of the channel between a session and its supervisor, in steps.
const STEPS: usize = 256;
/// A failed feed (wrong password, not allowed) is tried again this slowly.
const FAILED_WAIT: Duration = Duration::from_secs(60);
/// A session that was live this long without a break was healthy: the next trouble starts from a short wait again.
const HEALTHY: Duration = Duration::from_secs(60);
/// A feed that lives but tells nothing gets a heartbeat event this often, so that its age on screen stays true.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);

/// A source that can be connected, again and again.
pub trait Session {
    /// Connects, hands over what comes, and returns when that is over. Dropping the future at any point must do no harm:
    /// that is how a session is stopped. No clone of `steps` may outlive it. Returns [`SessionEnd::Stopped`] where `steps` is closed.
    fn run(&mut self, steps: Steps) -> impl Future<Output = SessionEnd> + Send;
}

/// Runs one feed.
#[derive(Debug)]
pub struct Supervisor {
    feed: FeedId,
    late_after: Duration,
    clock: Clock,
    inbox: Inbox,
    stop: watch::Receiver<bool>,
    backoff: Backoff,
    epoch: u32,
    seq: u64,
    /// The last time of receipt given; it does not go back within a feed.
    last: Time,
    /// Since when and why the feed is away, until it is live again.
    away: Option<Away>,
}

/// A feed that is not connected.
#[derive(Clone, Debug)]
struct Away {
    since: Time,
    why: Label,
    /// The last try was refused for good: the feed shows as failed.
    failed: bool,
}

/// The engine takes no more, or we were told to stop.
struct Over;

/// What the supervisor knows of a session that runs.
struct Running {
    stage: Stage,
    late: bool,
    heard: Instant,
    told: Instant,
    live_since: Option<Instant>,
    healthy: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing came yet.
    Connecting,
    /// Bytes came; the state of the floor is not complete.
    Connected,
    /// Live.
    Synchronised,
}

impl Supervisor {
    /// A supervisor of `feed`, sending to `inbox` until `stop` says `true` or its sender is dropped. Silence of
    /// `late_after` makes the feed late.
    #[must_use]
    pub fn new(feed: FeedId, late_after: Span, clock: Clock, inbox: Inbox, stop: watch::Receiver<bool>) -> Self {
        let late_after = Duration::from(late_after).max(Duration::from_millis(1));
        let seed = getrandom::u64().unwrap_or_default();
        let last = Time::MIN;
        let backoff = Backoff::new(Pcg32::seed_from_u64(seed));
        Self { feed, late_after, clock, inbox, stop, backoff, epoch: 0, seq: 0, last, away: None }
    }

    /// The same with the jitter of its waits drawn from `seed`.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.backoff = Backoff::new(Pcg32::seed_from_u64(seed));
        self
    }

    /// The same going on after the epoch and sequence of an earlier run, so that `(feed, epoch, seq)` names one event for
    /// ever. Without it both begin at 1.
    #[must_use]
    pub const fn after(mut self, epoch: u32, seq: u64) -> Self {
        self.epoch = epoch;
        self.seq = seq;
        self
    }

    /// Runs until it is stopped or the engine is gone.
    pub async fn run(mut self, mut session: impl Session) {
        let mut stop = self.stop.clone();
        // Any answer means the end: told to, or nobody left who could tell.
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        tokio::pin!(stopped);
        if self.tell(FeedState::Connecting).await.is_err() {
            return;
        }
        loop {
            let (steps, mut received) = mpsc::channel(STEPS);
            let ended = match self.attempt(session.run(steps), &mut received, stopped.as_mut()).await {
                Ok(Some((end, healthy))) => self.ended(end, healthy).await,
                Ok(None) | Err(Over) => return,
            };
            let Ok(wait) = ended else { return };
            tokio::select! {
                biased;
                () = stopped.as_mut() => return,
                () = sleep(wait) => {}
            }
            if self.tell_retry().await.is_err() {
                return;
            }
        }
    }

    /// One session from its start to its end: how it ended and whether it was healthy; `None` where it was stopped. Either
    /// way everything it handed over has been sent on.
    async fn attempt(
        &mut self,
        session: impl Future<Output = SessionEnd>,
        received: &mut mpsc::Receiver<Step>,
        mut stopped: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<(SessionEnd, bool)>, Over> {
        let pump = self.pump(received);
        tokio::pin!(pump);
        let end = {
            tokio::pin!(session);
            tokio::select! {
                biased;
                () = stopped.as_mut() => None,
                end = &mut session => Some(end),
                pumped = &mut pump => {
                    // It gave its sender away before it ended, or the engine is gone.
                    let healthy = pumped?;
                    return Ok(tokio::select! {
                        biased;
                        () = stopped.as_mut() => None,
                        end = &mut session => Some((end, healthy)),
                    });
                }
            }
        };
        // The session is dropped, its sender with it: the pump takes what is left and ends.
        let healthy = pump.await?;
        Ok(end.map(|end| (end, healthy)))
    }

    /// Takes steps until the session has no more; says whether it was healthy.
    async fn pump(&mut self, steps: &mut mpsc::Receiver<Step>) -> Result<bool, Over> {
        let now = Instant::now();
        let mut running =
            Running { stage: Stage::Connecting, late: false, heard: now, told: now, live_since: None, healthy: false };
        loop {
            let step = if running.stage != Stage::Connecting && !running.late {
                let Ok(step) = timeout_at(running.heard + self.late_after, steps.recv()).await else {
                    self.late(&mut running).await?;
                    continue;
                };
                step
            } else {
                steps.recv().await
            };
            let Some(step) = step else {
                running.note_health();
                return Ok(running.healthy);
            };
            self.take(step, &mut running).await?;
        }
    }

    async fn take(&mut self, step: Step, running: &mut Running) -> Result<(), Over> {
        self.heard(running).await?;
        match step {
            Step::Events { received_at, events } => {
                running.told = Instant::now();
                self.forward(received_at, events).await
            }
            Step::Live => {
                if running.stage == Stage::Synchronised {
                    return Ok(());
                }
                running.stage = Stage::Synchronised;
                running.live_since = Some(Instant::now());
                self.away = None;
                self.tell(FeedState::Live).await
            }
            Step::Heartbeat(at) => {
                if running.told.elapsed() < HEARTBEAT_EVERY {
                    return Ok(());
                }
                running.told = Instant::now();
                self.forward(at, vec![Event::new(Kind::FeedHeartbeat).with_evidence(Evidence::Derived)]).await
            }
        }
    }

    /// Bytes came: the first of a connection begin an epoch, the first after a silence end it.
    async fn heard(&mut self, running: &mut Running) -> Result<(), Over> {
        running.heard = Instant::now();
        if running.stage == Stage::Connecting {
            running.stage = Stage::Connected;
            let again = self.epoch > 0;
            self.epoch = self.epoch.saturating_add(1);
            if let Some(away) = self.away.clone().filter(|_| again) {
                let now = self.clock.now();
                let secs = (now - away.since).or_zero().whole_secs();
                let detail = Label::new(&format!("away for {secs} s: {}", away.why));
                self.forward(now, vec![Event::new(Kind::Anomaly { what: Anomaly::Reconnect, detail })]).await?;
            }
        }
        if running.late {
            running.late = false;
            let live = running.stage == Stage::Synchronised;
            running.live_since = live.then(Instant::now);
            let state = if live { FeedState::Live } else { FeedState::Connecting };
            self.tell(state).await?;
        }
        Ok(())
    }

    async fn late(&mut self, running: &mut Running) -> Result<(), Over> {
        running.note_health();
        running.late = true;
        running.live_since = None;
        self.tell(FeedState::Late { age: running.heard.elapsed().into() }).await
    }

    /// Says how the feed stands after a session, and how long to wait for the next.
    async fn ended(&mut self, end: SessionEnd, healthy: bool) -> Result<Duration, Over> {
        if healthy {
            self.backoff.reset();
        }
        let now = self.clock.now();
        let since = self.away.as_ref().map_or(now, |away| away.since);
        let wait = self.backoff.next_wait();
        match end {
            SessionEnd::Stopped => Err(Over),
            SessionEnd::Lost(why) => {
                self.away = Some(Away { since, why: why.clone(), failed: false });
                self.tell(FeedState::Away { since, next_try: Some(now + wait.into()), why }).await?;
                Ok(wait)
            }
            SessionEnd::Failed(why) => {
                self.away = Some(Away { since, why: why.clone(), failed: true });
                self.tell(FeedState::Failed { why }).await?;
                Ok(FAILED_WAIT + wait)
            }
        }
    }

    /// A retry does not make the feed 'connecting' again: it stays away since when it was lost, and tries now. One that
    /// failed stays failed until the try says otherwise.
    async fn tell_retry(&mut self) -> Result<(), Over> {
        match self.away.clone() {
            Some(Away { since, why, failed: false }) => self.tell(FeedState::Away { since, next_try: None, why }).await,
            _ => Ok(()),
        }
    }

    async fn tell(&mut self, state: FeedState) -> Result<(), Over> {
        let now = self.clock.now();
        self.forward(now, vec![Event::new(Kind::FeedState(state))]).await
    }

    async fn forward(&mut self, received_at: Time, events: Vec<Event>) -> Result<(), Over> {
        if events.is_empty() {
            return Ok(());
        }
        self.last = self.last.max(received_at);
        let batch = events
            .into_iter()
            .map(|event| {
                self.seq = self.seq.saturating_add(1);
                Envelope { feed: self.feed.clone(), epoch: self.epoch, seq: self.seq, received_at: self.last, event }
            })
            .collect();
        self.inbox.send(Input::Batch(batch)).await.map_err(|_gone| Over)
    }
}

impl Running {
    fn note_health(&mut self) {
        self.healthy |= self.live_since.is_some_and(|since| since.elapsed() >= HEALTHY);
    }
}
