//! What a connected source hands to its supervisor.

use crate::model::{Event, Label, Time};
use tokio::sync::mpsc;

/// One step of a session, from the source to its supervisor. The channel is bounded; the source waits.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Events of one read, received at that instant.
    Events {
        /// When the bytes were read.
        received_at: Time,
        /// What they said, in order.
        events: Vec<Event>,
    },
    /// The session is synchronised: the feed is live from here.
    Live,
    /// Bytes came, though no event: the feed is not silent.
    Heartbeat(Time),
}

/// Sends steps to the supervisor.
pub type Steps = mpsc::Sender<Step>;

/// Why a session ended.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEnd {
    /// The other side went away or the network did; try again with backoff.
    Lost(Label),
    /// No use trying soon (wrong password, not allowed, wrong protocol); why, for people.
    Failed(Label),
    /// The receiver is gone: floorwatch is shutting down.
    Stopped,
}
