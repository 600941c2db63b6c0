//! What the simulation tells, before it is put into words.

use crate::model::{AgentState, ExitWhy, MissWhy, RefusedWhy, Span, Time, TransferKind};

/// One thing that happened in the simulated center. Queues, agents, areas, lines and menus are positions in the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct SimEvent {
    /// From 1, without gaps.
    pub id: u64,
    /// When.
    pub at: Time,
    /// What.
    pub fact: Fact,
}

/// What happened. Names are those of the event model.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "fields carry the names of the event model")]
pub enum Fact {
    Joined(Box<JoinFact>),
    Ringing { call: u64, queue: usize, agent: usize },
    NotAnswered { call: u64, queue: usize, agent: usize, rang: Span, why: MissWhy },
    Answered { call: u64, queue: usize, agent: usize },
    Held { call: u64, agent: usize },
    Retrieved { call: u64, agent: usize },
    Transferred { call: u64, queue: usize, agent: usize, kind: TransferKind, to: usize },
    Ended { call: u64, queue: usize, agent: usize, by: crate::model::EndedBy },
    Abandoned { call: u64, queue: usize },
    Exited { call: u64, queue: usize, why: ExitWhy },
    Tagged { call: u64, area: Option<usize>, reason: CallReason, outcome: usize, queue: usize },
    SignedIn { agent: usize },
    SignedOut { agent: usize },
    State(Box<StateFact>),
    Observed { queue: usize, waiting: usize, oldest: Option<Span> },
    Refused { line: usize, queue: usize, why: RefusedWhy },
    LineState { line: usize, in_use: u32, blocked: u32 },
    IvrCount { menu: usize, entered: u64, left: u64, to_queue: u64 },
}

/// A join, live or as a row of the full state.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "fields carry the names of the event model")]
pub struct JoinFact {
    pub call: u64,
    pub queue: usize,
    pub caller: u32,
    pub line: usize,
    pub area: Option<usize>,
    pub menu: usize,
    pub priority: i64,
    pub position: usize,
    pub from_queue: Option<usize>,
    /// Only in the full state.
    pub waited: Option<Span>,
}

/// A person's state, live or as a row of the full state.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "fields carry the names of the event model")]
pub struct StateFact {
    pub agent: usize,
    pub state: AgentState,
    pub reason: Option<NotReadyReason>,
    /// Only in the full state.
    pub since: Option<Time>,
    pub call: Option<u64>,
    pub until: Option<Time>,
    pub approved: bool,
}

/// Why somebody is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReadyReason {
    /// One of the scenario's reasons.
    Away(usize),
    /// Set by the system after a ring nobody answered.
    NoAnswer,
}

/// What a caller wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallReason {
    /// One of the queue's reasons.
    Of {
        /// The queue.
        queue: usize,
        /// Position in its reasons.
        reason: usize,
    },
    /// A disturbance.
    Trouble(usize),
}
