//! Sources: whatever turns a real system's bytes into [`Event`](crate::model::Event)s, and what keeps them connected.
//!
//! Contract: subscribe first; after every (re)connect `FeedSyncBegin`, full state, `FeedSyncEnd`, then deltas.

pub mod ahead;
pub mod asterisk;
mod backoff;
pub mod calls_csv;
pub mod demo;
pub mod identity;
pub mod playback;
pub mod queue_log;
pub mod recording;
pub mod session;
pub mod supervise;
pub mod websocket;

use crate::model::{Envelope, Time};
pub use playback::{Playback, PlaybackState};
use tokio::sync::mpsc;

/// What flows into the engine, in order. The bound of the channel is [`INBOX`]; senders wait.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// What one read of one feed gave.
    Batch(Vec<Envelope>),
    /// Time has come this far. Live: sent by the clock. Replayed: sent by the replay, in its place between the events, so
    /// that alerts fall on the same instants at any speed.
    Tick(Time),
    /// A replay has given all it has.
    End(Time),
}

/// Sends to the engine.
pub type Inbox = mpsc::Sender<Input>;

/// Bound of the engine's inbox, in batches.
pub const INBOX: usize = 1024;
