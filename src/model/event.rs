//! The event every source speaks, and the envelope it travels in.

use super::call::{Cause, EndedBy, ExitWhy, LineState, MissWhy, RefusedWhy, TransferKind};
use super::{AgentId, AgentState, CallId, Caller, Command, Direction, EventId, FeedId, Label, QueueId, Span, Time};

/// How we know: what we inferred is marked and gives way to what is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Evidence {
    /// The source said so.
    #[default]
    Reported,
    /// Inferred from other messages of the source.
    Derived,
    /// Seen in a full-state answer, not as it happened.
    Snapshot,
}

impl Evidence {
    /// The spelling in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Derived => "derived",
            Self::Snapshot => "snapshot",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "reported" => Some(Self::Reported),
            "derived" => Some(Self::Derived),
            "snapshot" => Some(Self::Snapshot),
            _ => None,
        }
    }
}

/// One thing that happened, as a source tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The sender's id, unique within the feed; a repeat is known by it.
    pub id: Option<EventId>,
    /// The source's own clock; never invented. A source that infers a fact later than it happened gives the instant of
    /// the message the fact stood in.
    pub ts: Option<Time>,
    /// How we know.
    pub evidence: Evidence,
    /// What happened.
    pub kind: Kind,
}

impl Event {
    /// A reported event without id and time stamp.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { id: None, ts: None, evidence: Evidence::Reported, kind }
    }

    /// The same with the source's time stamp.
    #[must_use]
    pub const fn at(mut self, ts: Option<Time>) -> Self {
        self.ts = ts;
        self
    }

    /// The same with another evidence.
    #[must_use]
    pub const fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        self
    }
}

/// An event with what we set on receipt. `(feed, epoch, seq)` names it for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Which feed.
    pub feed: FeedId,
    /// One a connection, rising.
    pub epoch: u32,
    /// Ours, a feed, from 1, without gaps.
    pub seq: u64,
    /// When the bytes were read.
    pub received_at: Time,
    /// The event.
    pub event: Event,
}

/// What a join may say beside call and queue.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct JoinDetail {
    /// Who calls, hashed and masked on receipt.
    pub caller: Option<Caller>,
    /// The number dialled (热线号码).
    pub line: Option<Label>,
    /// Where from.
    pub area: Option<Label>,
    /// The menu the call came through.
    pub menu: Option<Label>,
    /// Priority in the queue, as the source counts it.
    pub priority: Option<i64>,
    /// Place in the queue, 1 is next.
    pub position: Option<u32>,
    /// The queue it was moved from.
    pub from_queue: Option<QueueId>,
    /// In a snapshot: how long it has waited already.
    pub waited: Option<Span>,
}

/// A person's state as reported, for all queues or one.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentStateEvent {
    /// Who.
    pub agent: AgentId,
    /// The place meant; `None` means the person.
    pub queue: Option<QueueId>,
    /// What.
    pub state: AgentState,
    /// The reason of a not-ready state.
    pub reason: Option<Label>,
    /// Since when, by the source's clock, where it tells (a snapshot).
    pub since: Option<Time>,
    /// Which way a talk goes.
    pub direction: Option<Direction>,
    /// What few senders tell, where one did.
    pub more: Option<Box<StateMore>>,
}

/// What few senders tell of a state.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StateMore {
    /// The call of a talk, or of after-call work.
    pub call: Option<CallId>,
    /// When the state ends by itself (after-call work of a fixed length).
    pub until: Option<Time>,
    /// Who allowed it.
    pub approved_by: Option<Label>,
}

impl AgentStateEvent {
    /// A state and no more.
    #[must_use]
    pub const fn new(agent: AgentId, state: AgentState) -> Self {
        Self { agent, queue: None, state, reason: None, since: None, direction: None, more: None }
    }

    /// The same with what few senders tell; nothing is kept where none of it is told.
    #[must_use]
    pub fn with(mut self, more: StateMore) -> Self {
        self.more = (more != StateMore::default()).then(|| Box::new(more));
        self
    }

    /// The call of a talk, or of after-call work.
    #[must_use]
    pub fn call(&self) -> Option<&CallId> {
        self.more.as_ref()?.call.as_ref()
    }

    /// When the state ends by itself.
    #[must_use]
    pub fn until(&self) -> Option<Time> {
        self.more.as_ref()?.until
    }

    /// Who allowed it.
    #[must_use]
    pub fn approved_by(&self) -> Option<&Label> {
        self.more.as_ref()?.approved_by.as_ref()
    }
}

/// Counts of a menu since the last such event.
#[derive(Clone, Debug, PartialEq)]
pub struct IvrCount {
    /// Which menu.
    pub menu: Label,
    /// On which line.
    pub line: Option<Label>,
    /// Callers who came in.
    pub entered: u64,
    /// Callers who hung up in it.
    pub left: u64,
    /// Callers sent to a queue.
    pub to_queue: u64,
}

/// Tags of a call: `(name, value)`, names such as `area`, `reason`, `outcome`, `reached`.
pub type Tags = Vec<(Label, Label)>;

/// The state of a feed, as its supervisor knows it.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedState {
    /// Trying, not live yet.
    Connecting,
    /// Connected and synchronised.
    Live,
    /// Connected, but nothing came for longer than the feed should be silent.
    Late {
        /// How long nothing came.
        age: Span,
    },
    /// Not connected; will try again.
    Away {
        /// Since when.
        since: Time,
        /// When the next try is made.
        next_try: Option<Time>,
        /// Why, for people.
        why: Label,
    },
    /// Not connected and no use trying (wrong password, not allowed); tried again slowly all the same.
    Failed {
        /// Why, for people.
        why: Label,
    },
}

impl FeedState {
    /// The spelling in JSON and on screen keys.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Late { .. } => "late",
            Self::Away { .. } => "away",
            Self::Failed { .. } => "failed",
        }
    }
}

/// What happened. One variant a `type` of the public JSON form (DESIGN.md).
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "fields carry the names of the JSON form, each explained in the schema")]
pub enum Kind {
    CallJoined {
        call: CallId,
        queue: QueueId,
        detail: Box<JoinDetail>,
    },
    CallRinging {
        call: CallId,
        queue: QueueId,
        agent: AgentId,
    },
    CallNotAnswered {
        call: CallId,
        queue: QueueId,
        agent: AgentId,
        rang: Option<Span>,
        why: MissWhy,
    },
    CallAnswered {
        call: CallId,
        queue: QueueId,
        agent: AgentId,
    },
    CallHeld {
        call: CallId,
        agent: Option<AgentId>,
    },
    CallRetrieved {
        call: CallId,
        agent: Option<AgentId>,
    },
    CallTransferred {
        call: CallId,
        queue: QueueId,
        agent: AgentId,
        kind: TransferKind,
        to: Option<Label>,
    },
    CallEnded {
        call: CallId,
        queue: QueueId,
        agent: AgentId,
        by: EndedBy,
        cause: Option<Cause>,
    },
    CallAbandoned {
        call: CallId,
        queue: QueueId,
    },
    CallExited {
        call: CallId,
        queue: QueueId,
        why: ExitWhy,
    },
    CallDialled {
        call: CallId,
        agent: AgentId,
        number: Option<Caller>,
    },
    CallConnected {
        call: CallId,
        agent: AgentId,
        number: Option<Caller>,
    },
    CallTagged {
        call: CallId,
        tags: Tags,
    },
    AgentSignedIn {
        agent: AgentId,
        name: Option<Label>,
        team: Option<Label>,
        desk: Option<Label>,
        queues: Vec<QueueId>,
    },
    AgentSignedOut {
        agent: AgentId,
    },
    AgentState(AgentStateEvent),
    AgentJoinedQueue {
        agent: AgentId,
        queue: QueueId,
        name: Option<Label>,
    },
    AgentLeftQueue {
        agent: AgentId,
        queue: QueueId,
    },
    QueueObserved {
        queue: QueueId,
        waiting: u32,
        oldest: Option<Span>,
    },
    DoorRefused {
        line: Option<Label>,
        queue: Option<QueueId>,
        why: RefusedWhy,
    },
    LineState {
        line: Label,
        state: LineState,
    },
    IvrCount(Box<IvrCount>),
    /// Full state follows; the floor swaps this feed's part at `FeedSyncEnd`.
    FeedSyncBegin,
    FeedSyncEnd,
    FeedHeartbeat,
    FeedState(FeedState),
    /// The feed's clock less ours.
    FeedOffset {
        offset: Span,
    },
    Command(Command),
    ConfigApplied {
        hash: Label,
    },
    /// The engine's clock came to `received_at`. Of no feed; a journal has it so that time passes again as it passed.
    ClockTick,
    /// Something of the source we could not use: counted and shown by its kind, never fatal.
    Anomaly {
        what: Anomaly,
        detail: Label,
    },
}

super::call::words!(
    /// What did not fit; each is counted, shown in Feeds and listed by `replay --json`.
    Anomaly {
        /// A message type the mapping does not know.
        UnknownType = "unknown_type",
        /// A field the event model does not know.
        UnknownField = "unknown_field",
        /// Bytes that are not the protocol: wrong JSON, a line without a colon, no valid UTF-8 where needed.
        Malformed = "malformed",
        /// A frame, line or value over the size limit, cut or dropped whole.
        TooLong = "too_long",
        /// The capture or connection ends inside a message.
        CutOff = "cut_off",
        /// Bytes lost between two messages (a ring that ran full, a damaged recording).
        Gap = "gap",
        /// The same event again (same id, or a join of a call that waits already).
        Repeat = "repeat",
        /// Later than `feed.reorder` allows; applied if it still made sense.
        Late = "late",
        /// Never made sense: an answer to a call nobody saw join, an end of no talk.
        OutOfPlace = "out_of_place",
        /// A call first seen in a snapshot or in the middle of its life.
        MidLife = "mid_life",
        /// A caller we held who is not in the source's own list.
        Ghost = "ghost",
        /// A member or agent event for a place we did not know.
        UnknownPlace = "unknown_place",
        /// Two reports that cannot both be true; the most occupied state is shown.
        Contradiction = "contradiction",
        /// The source's own count differs from ours.
        Drift = "drift",
        /// An end of talk the source described incompletely; matched by queue and agent.
        Incomplete = "incomplete",
        /// Abandons reported by a switch that was shutting down: exited, why system.
        RestartAbandons = "restart_abandons",
        /// A leave whose reason the account's classes cannot tell: counted as abandoned, derived.
        ReasonUnknown = "reason_unknown",
        /// The source's clock stands apart from ours by more than the limit.
        Clock = "clock",
        /// A local time that does not exist, or exists twice.
        LocalTime = "local_time",
        /// The connection ended and came back; what happened between is not known.
        Reconnect = "reconnect",
        /// The source refused something we need (a missing right, an unknown action).
        Refused = "refused",
    }
);

impl Kind {
    /// The `type` of the public JSON form.
    #[must_use]
    pub const fn type_word(&self) -> &'static str {
        match self {
            Self::CallJoined { .. } => "call.joined",
            Self::CallRinging { .. } => "call.ringing",
            Self::CallNotAnswered { .. } => "call.not_answered",
            Self::CallAnswered { .. } => "call.answered",
            Self::CallHeld { .. } => "call.held",
            Self::CallRetrieved { .. } => "call.retrieved",
            Self::CallTransferred { .. } => "call.transferred",
            Self::CallEnded { .. } => "call.ended",
            Self::CallAbandoned { .. } => "call.abandoned",
            Self::CallExited { .. } => "call.exited",
            Self::CallDialled { .. } => "call.dialled",
            Self::CallConnected { .. } => "call.connected",
            Self::CallTagged { .. } => "call.tagged",
            Self::AgentSignedIn { .. } => "agent.signed_in",
            Self::AgentSignedOut { .. } => "agent.signed_out",
            Self::AgentState(_) => "agent.state",
            Self::AgentJoinedQueue { .. } => "agent.joined_queue",
            Self::AgentLeftQueue { .. } => "agent.left_queue",
            Self::QueueObserved { .. } => "queue.observed",
            Self::DoorRefused { .. } => "door.refused",
            Self::LineState { .. } => "line.state",
            Self::IvrCount(_) => "ivr.count",
            Self::FeedSyncBegin => "feed.sync_begin",
            Self::FeedSyncEnd => "feed.sync_end",
            Self::FeedHeartbeat => "feed.heartbeat",
            Self::FeedState(_) => "feed.state",
            Self::FeedOffset { .. } => "feed.offset",
            Self::Command(Command::Ack { .. }) => "command.ack",
            Self::Command(Command::Note { .. }) => "command.note",
            Self::Command(Command::Close { .. }) => "command.close",
            Self::Command(_) => "command.do",
            Self::ConfigApplied { .. } => "config.applied",
            Self::ClockTick => "clock.tick",
            Self::Anomaly { .. } => "feed.anomaly",
        }
    }
}
