//! What the mapper remembers of calls, agents and queues.

use crate::model::{AgentId, AgentState, CallId, Label, MissWhy, QueueId, Span, Time, TransferKind};
use std::cmp::Ordering;

/// When a message came, and when it says it happened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At {
    pub(super) received: Time,
    pub(super) ts: Option<Time>,
}

/// How far a stay in a queue has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    /// It left and nobody said why yet.
    Leaving,
    /// Reported as abandoned; may be a time-out or a restart.
    Abandoning,
    /// Answered, ended or never seen waiting.
    Gone,
}

impl Stage {
    /// Held for evidence.
    pub(super) const fn pending(self) -> bool {
        matches!(self, Self::Leaving | Self::Abandoning)
    }

    /// Still waiting in everybody else's eyes.
    pub(super) const fn open(self) -> bool {
        !matches!(self, Self::Gone)
    }
}

/// What was heard of a caller's channel; the strongest stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    None,
    /// Someone sent it elsewhere.
    Redirected,
    /// The caller's side asked to hang up.
    HungUp,
    /// The switch hung it up because it is shutting down.
    Stopped,
}

/// A caller's channel, by its `Uniqueid`. It stands in one queue at a time.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The queue it is or was last in.
    pub(super) queue: QueueId,
    pub(super) stage: Stage,
    /// Rises with each change of stage, so that an old wake-up is known.
    pub(super) turn: u32,
    /// In the queue's own count.
    pub(super) counted: bool,
    /// Of the join.
    pub(super) joined: At,
    /// Of the leave or abandon that waits for evidence.
    pub(super) left: At,
    /// `HoldTime` of the abandon, seconds.
    pub(super) hold: i64,
    /// What was heard of the channel itself.
    pub(super) sign: Sign,
    /// The extension it joined from; another one at the end of a talk shows a blind transfer.
    pub(super) exten: u64,
    /// Its place in the dialplan when it was reported as abandoned.
    pub(super) place: u64,
    pub(super) transfer: Option<(TransferKind, Option<Label>)>,
    pub(super) rings: Vec<Ring>,
    /// The last listing it was in.
    pub(super) listed: u32,
    /// When it was last heard of.
    pub(super) touched: Time,
}

/// An agent's phone ringing for a call.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    pub(super) agent: AgentId,
    pub(super) leg: CallId,
    pub(super) refused: bool,
    /// The leg ended alone, with how it would count.
    pub(super) over: Option<(At, MissWhy)>,
}

/// A person's interface.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent {
    pub(super) talks: Vec<Talk>,
    /// Calls ringing at this agent.
    pub(super) rings: u32,
    pub(super) places: Vec<Place>,
}

/// A connected call.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) call: CallId,
    pub(super) queue: QueueId,
    /// `HoldTime` as told when it was connected; the end tells the same.
    pub(super) hold: i64,
    pub(super) since: Time,
    pub(super) leg: CallId,
    pub(super) linked: CallId,
    pub(super) held: bool,
}

/// A membership of one queue.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) queue: QueueId,
    pub(super) device: AgentId,
    pub(super) name: Label,
    pub(super) status: i64,
    pub(super) paused: bool,
    pub(super) reason: Label,
    pub(super) paused_at: Option<Time>,
    /// Member by configuration: away when its phone is.
    pub(super) fixed: bool,
    pub(super) in_call: bool,
    pub(super) wrapup: Span,
    /// After-call work ends then: by our clock, by the source's.
    pub(super) after_call: Option<(Time, Time)>,
    /// The state last told.
    pub(super) told: Option<(AgentState, Label)>,
    /// The phone is busy and no call of ours says why: since when.
    pub(super) unsure: Option<At>,
    pub(super) listed: u32,
}

/// What is known of a queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// Waiting by our count.
    pub(super) waiting: i64,
    /// Left without a reason yet: waiting in everybody else's eyes.
    pub(super) pending: u32,
    /// The source's count less ours, as last told.
    pub(super) drift: i64,
    /// The longest `HoldTime` seen, seconds.
    pub(super) longest_hold: i64,
    /// `HoldTime`s of the last exits without a reason.
    pub(super) exit_holds: [i64; 4],
    /// The longest `RingTime` seen, milliseconds.
    pub(super) longest_ring: i64,
}

/// Something to look at again later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wake {
    pub(super) at: Time,
    pub(super) order: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A leave or abandon without evidence.
    Settle(CallId, u32),
    /// A leg that ended alone.
    Ring(CallId),
    /// A phone busy without a call of ours.
    Device(AgentId),
    /// After-call work ends.
    AfterCall(AgentId),
}

impl Ord for Wake {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Wake {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
