//! Plays a recording to the engine at a speed, with pause: the events in their order, and the ticks of time between
//! them, so that alerts fall on the same instants at any speed.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Inbox, Input};
use crate::model::{Envelope, Span, Time};

/// Steering a replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Playback {
    /// Stand still, or go on.
    TogglePause,
    /// Times real time from now on; `None` is as fast as it can.
    Speed(Option<f64>),
}

/// How a replay stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaybackState {
    /// Times real time; `None` is as fast as it can.
    pub speed: Option<f64>,
    /// Standing still.
    pub paused: bool,
    /// Everything has been played.
    pub ended: bool,
}

/// Batches read ahead of the one being played.
const AHEAD: usize = 64;

/// The clock of a recording: where it stands, and how fast it goes from there.
struct Reel {
    at: Time,
    since: Instant,
    state: PlaybackState,
}

impl Reel {
    fn now(&self) -> Time {
        if self.state.paused {
            return self.at;
        }
        let speed = self.state.speed.unwrap_or(0.0);
        self.at + Span::from_secs_f64(self.since.elapsed().as_secs_f64() * speed)
    }

    fn steer(&mut self, control: Playback) {
        self.at = self.now();
        self.since = Instant::now();
        match control {
            Playback::TogglePause => self.state.paused = !self.state.paused,
            Playback::Speed(speed) => {
                self.state.speed = speed.filter(|s| s.is_finite()).map(|s| s.clamp(0.1, 100_000.0));
            }
        }
    }

    /// How long until the recording's `time`; `None` while it stands still.
    fn until(&self, time: Time) -> Option<Duration> {
        if self.state.paused {
            return None;
        }
        let Some(speed) = self.state.speed else { return Some(Duration::ZERO) };
        let secs = time.since(self.now()).secs().max(0.0) / speed;
        Some(Duration::from_secs_f64(secs.min(86_400.0)))
    }
}

/// Plays until the recording ends, then goes on answering controls until their sender is gone. `told` hears of every
/// change of the state.
pub async fn play(
    recording: impl Iterator<Item = Vec<Envelope>> + Send + 'static,
    speed: Option<f64>,
    inbox: Inbox,
    mut controls: mpsc::Receiver<Playback>,
    told: impl Fn(PlaybackState) + Send,
) {
    let (ahead, mut batches) = mpsc::channel::<Vec<Envelope>>(AHEAD);
    // Reading and decompressing block; a thread of their own waits where the channel is full.
    let reader = tokio::task::spawn_blocking(move || {
        for batch in recording {
            if ahead.blocking_send(batch).is_err() {
                return;
            }
        }
    });
    let state = PlaybackState { speed, paused: false, ended: false };
    let mut reel: Option<Reel> = None;
    told(state);
    let mut last = Time::MIN;
    while let Some(batch) = batches.recv().await {
        let Some(at) = batch.first().map(|e| e.received_at) else { continue };
        let reel = reel.get_or_insert_with(|| Reel { at, since: Instant::now(), state });
        if wait_for(at, reel, &inbox, &mut controls, &told).await.is_err() {
            return;
        }
        last = batch.last().map_or(at, |e| e.received_at);
        if inbox.send(Input::Batch(batch)).await.is_err() {
            return;
        }
    }
    let _ = reader.await;
    let mut state = reel.map_or(state, |r| r.state);
    state.ended = true;
    told(state);
    let _ = inbox.send(Input::End(last)).await;
    while controls.recv().await.is_some() {}
}

/// The engine or the front end is gone.
struct Gone;

/// Lets the recording's time come to `until`, second by second.
async fn wait_for(
    until: Time,
    reel: &mut Reel,
    inbox: &Inbox,
    controls: &mut mpsc::Receiver<Playback>,
    told: &impl Fn(PlaybackState),
) -> Result<(), Gone> {
    loop {
        let now = reel.now();
        if reel.state.speed.is_none() && !reel.state.paused {
            reel.at = until;
            while let Ok(control) = controls.try_recv() {
                reel.steer(control);
                told(reel.state);
            }
            return Ok(());
        }
        if now >= until && !reel.state.paused {
            return Ok(());
        }
        let next = (now.floor_second() + Span::from_secs(1)).min(until);
        let wait = reel.until(next);
        tokio::select! {
            control = controls.recv() => match control {
                Some(control) => {
                    reel.steer(control);
                    told(reel.state);
                }
                None => return Err(Gone),
            },
            () = pause(wait) => {
                if next < until {
                    inbox.send(Input::Tick(next)).await.map_err(|_closed| Gone)?;
                }
            }
        }
    }
}

async fn pause(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
