//! The one owner of the floor. The console knows only [`Backend`].

mod arrivals;
mod books;
mod change;
mod core;
mod days;
mod keep;
mod look;
mod people;
mod plans;
mod replies;
mod rows;
mod task;

pub use arrivals::{ARRIVALS_S, ArrivalCounts, SlotArrivals};
pub use books::Books;
pub use change::{ChangeKey, Fate, IncidentChange};
pub use core::Core;
pub use keep::{ClosedInterval, KeepState, Keeper, Loss, NOTES, Note};
pub(crate) use plans::of_recording;
pub use task::run_kept;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::config::{AlertRule, Silence};
use crate::model::{CallerHasher, Command, Label};
use crate::roster::Plan;
use crate::snapshot::Snapshot;
pub use crate::source::Playback;

/// What a front end holds: snapshots come, commands go. The engine in the same process and the client of a hub both are one.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The newest snapshot; latest wins.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Commands to the engine; bounded, each answered.
    pub commands: mpsc::Sender<Request>,
    /// Controls of a replay; `None` where time cannot be steered.
    pub playback: Option<mpsc::Sender<Playback>>,
}

/// A command with the place its answer goes to.
#[derive(Debug)]
pub struct Request {
    /// What is asked.
    pub command: Command,
    /// The answer.
    pub reply: oneshot::Sender<Answer>,
}

/// What comes to the engine.
#[derive(Debug)]
pub struct Inboxes {
    /// From the sources and the clock.
    pub inputs: mpsc::Receiver<crate::source::Input>,
    /// What people ask.
    pub requests: mpsc::Receiver<Request>,
    /// Files read anew.
    pub changes: mpsc::Receiver<Change>,
    /// The badge.
    pub modes: watch::Receiver<crate::snapshot::Mode>,
}

/// Files that were read anew.
#[derive(Clone, Debug)]
pub enum Change {
    /// Alert rules and silences; or why those offered are wrong, and those in force stay.
    Rules(Result<(Vec<AlertRule>, Vec<Silence>), Label>),
    /// The shift plan.
    Plan(Arc<Plan>),
    /// The key made-up names of people come from.
    Pseudonyms(CallerHasher),
}

/// What the engine says to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, where nothing is meant to be kept.
    Done,
    /// An incident was opened, of this number.
    Opened(u64),
    /// The same, and not on the disk yet.
    OpenedUnsaved(u64),
    /// Done, and on the disk.
    Saved,
    /// Done, and not on the disk: the store fails or takes its time. It is tried again, and shown as unsaved until then.
    Unsaved,
    /// It could not be done, why.
    Refused(Label),
}
