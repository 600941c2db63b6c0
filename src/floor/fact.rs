//! What the floor found out: the only thing the figures are made of.

use super::Slot;
use crate::model::{CallerKey, ExitWhy, Label, RefusedWhy, Span, Time};

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
        /// Who, where the feed tells: counted once, however often.
        caller: Option<CallerKey>,
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
    /// Somebody dialled a customer.
    Dialled,
    /// The customer answered.
    Connected,
    /// A customer was reached by phone: counted once, however often.
    Met {
        /// Who.
        key: CallerKey,
    },
    /// A call left the floor unanswered: whom to call back. Only of all; counted by what it left as.
    Gone {
        /// Who, where the feed tells.
        key: Option<CallerKey>,
        /// First join to leaving.
        wait: Span,
        /// Sooner than `short_abandon`.
        short: bool,
    },
    /// A call was tagged with an outcome the figures know.
    Tagged {
        /// Which.
        tag: Tag,
        /// Whose call, where the feed tells.
        key: Option<CallerKey>,
        /// An outward call.
        out: bool,
    },
    /// A caller was refused before the queue.
    Refused {
        /// Why.
        why: RefusedWhy,
    },
    /// A menu's counts since the last such news.
    Ivr {
        /// Came in.
        entered: u32,
        /// Hung up in it.
        left: u32,
        /// Sent to a queue.
        to_queue: u32,
    },
}

crate::model::words!(
    /// What a call came to: the values of the tag `outcome` the figures know, and the tag `reached`.
    Tag {
        /// 生成订单
        Order = "order",
        /// 取消订单
        OrderCancelled = "order_cancelled",
        /// 结账订单
        OrderSettled = "order_settled",
        /// 退单
        OrderReturned = "order_returned",
        /// 营销成功
        Sale = "sale",
        /// 投诉
        Complaint = "complaint",
        /// 有效接触
        Reached = "reached",
    }
);

/// What keeps a person on a call; calls of one person may overlap, and each counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Connected to a caller, hold included.
    TalkIn,
    /// Connected to a customer, hold included.
    TalkOut,
    /// After-call work of a caller's call.
    AfterCallIn,
    /// After-call work of an outward call.
    AfterCallOut,
}

impl Busy {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();
    /// Every one.
    pub const ALL: [Self; 4] = [Self::TalkIn, Self::TalkOut, Self::AfterCallIn, Self::AfterCallOut];

    /// Position in arrays.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Where a call came from or what it was about, as told at its join or later: what the surge test counts beside the
/// scopes of the floor. Each kind once a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// [`super::Scope::Area`], [`super::Scope::Menu`] or [`super::Scope::Reason`].
    pub scope: super::Scope,
    /// When it was told.
    pub at: Time,
    /// Who, where the feed tells.
    pub caller: Option<CallerKey>,
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

/// Time of a person that was counted otherwise than a late report tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Amended {
    /// End of the span.
    pub until: Time,
    /// Where it was counted.
    pub from: Slot,
    /// The reason it was counted under.
    pub from_reason: Option<Label>,
    /// Where it belongs.
    pub to: Slot,
    /// The reason it belongs under.
    pub reason: Option<Label>,
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
    /// A late report: from here on the time was spent otherwise than was counted.
    Amended(Box<Amended>),
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
    /// Dialled a customer.
    Dialled,
    /// The customer answered.
    Connected,
    /// An outward talk ended.
    OutEnded {
        /// Connected time, hold included.
        talk: Span,
        /// Hold in it.
        hold: Span,
        /// Ended by this person's transfer.
        transfer: bool,
    },
    /// One more of these from here on.
    Began(Busy),
    /// One fewer of these from here on.
    Over(Busy),
    /// A call of this person was tagged.
    Tagged(Tag),
}
