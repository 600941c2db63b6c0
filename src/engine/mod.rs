//! The one owner of the floor. The console knows only [`Backend`].

mod books;
mod core;
mod look;
mod people;
mod rows;
mod task;

pub use books::Books;
pub use core::Core;
pub use task::run;

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
    /// Done.
    Done,
    /// It could not be done, why.
    Refused(Label),
}
