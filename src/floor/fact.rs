//! What the floor found out: the only thing the figures are made of.

use super::Slot;
use crate::model::{CallerKey, ExitWhy, Label, Span, Time};

/// A scope, by its place in [`super::Floor::scopes`]; 0 is all.
pub type ScopeIx = u32;
/// A person, by its place in [`super::Floor::agents`].
pub type AgentIx = u32;

/// Something that happened in a scope, at its own instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Where.
    pub scope: ScopeIx,
    /// When.
    pub at: Time,
    /// What.
    pub what: What,
}

/// What happened in a scope. In a queue these are about legs, above it about calls (KPI.md, "Scope").
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// A call joined.
    Joined {
        /// Who, where the feed tells.
        caller: Option<CallerKey>,
        /// It came from another queue.
        moved_in: bool,
        /// Seen as it happened: counts for the surge test. One first seen in a snapshot does not.
        arrival: bool,
    },
    /// A leg that exited went on to another queue.
    MovedOut,
    /// A late event showed that a leg came from another queue.
    MovedIn,
    /// Answered after `wait`, the last of it ringing for `ring`.
    Answered {
        /// Join to answer.
        wait: Span,
        /// Ringing at the one who answered.
        ring: Span,
        /// Wait ≤ T.
        in_t: bool,
    },
    /// The caller went away.
    Abandoned {
        /// Join to leaving.
        wait: Span,
        /// Sooner than `short_abandon`.
        short: bool,
        /// Wait ≤ T.
        in_t: bool,
        /// Inferred: it may have been an exit.
        derived: bool,
    },
    /// Left unanswered without hanging up.
    Exited {
        /// Why.
        why: ExitWhy,
        /// Join to leaving.
        wait: Span,
        /// Wait ≤ T.
        in_t: bool,
    },
    /// Ended while the feed was away.
    UnknownEnd,
    /// T passed and the call still waits.
    ReachedT,
    /// A late event showed that the call did not wait past T after all.
    NotReachedT,
    /// A talk ended.
    TalkEnded {
        /// Connected time, hold included.
        talk: Span,
        /// Hold in it.
        hold: Span,
        /// Ended by a transfer.
        transfer: bool,
    },
    /// A late event showed that a talk which had ended was ended by a transfer.
    WasTransfer,
    /// After-call work of a contact ended (zero where there was none).
    AfterCallEnded {
        /// After-call time.
        after_call: Span,
        /// Connected + after-call time.
        handle: Span,
    },
    /// A ring was not answered by the person rung at.
    RingMissed,
    /// A member's time goes to another slot from here on; `None` is not a member.
    People {
        /// Before.
        from: Option<Slot>,
        /// After.
        to: Option<Slot>,
    },
    /// A member went not ready (a change of reason is no new entry).
    NotReadyEntered,
}

/// Something about one person.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentFact {
    /// Who.
    pub agent: AgentIx,
    /// When.
    pub at: Time,
    /// What.
    pub what: AgentWhat,
}

/// What happened to a person.
#[derive(Clone, Debug, PartialEq)]
pub enum AgentWhat {
    /// The person's time goes elsewhere from here on.
    Slot {
        /// The slot entered.
        to: Slot,
        /// The reason, while not ready.
        reason: Option<Label>,
    },
    /// A late report: from here to `until` the time was spent otherwise than was counted.
    Amended {
        /// End of the span.
        until: Time,
        /// Where it was counted.
        from: Slot,
        /// The reason it was counted under.
        from_reason: Option<Label>,
        /// Where it belongs.
        to: Slot,
        /// The reason it belongs under.
        reason: Option<Label>,
    },
    /// Answered a call.
    Answered,
    /// A talk ended.
    TalkEnded {
        /// Connected time, hold included.
        talk: Span,
        /// Hold in it.
        hold: Span,
        /// Ended by this person's transfer.
        transfer: bool,
    },
    /// A late event showed that a talk which had ended was ended by this person's transfer.
    WasTransfer,
    /// After-call work ended.
    AfterCallEnded {
        /// How long.
        after_call: Span,
        /// Connected + after-call time.
        handle: Span,
    },
    /// A ring was not answered.
    RingMissed,
    /// First place in.
    SignedIn,
    /// Last place out.
    SignedOut,
    /// Went not ready.
    NotReadyEntered,
}
