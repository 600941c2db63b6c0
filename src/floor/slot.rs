//! What a person's time goes to.

use crate::model::{AgentState, Direction, ReasonClass};

crate::model::words!(
    /// What a person's time goes to: the states of KPI.md, talking told apart by direction and not-ready by class.
    Slot {
        /// Signed out: no time of anybody's.
        SignedOut = "signed_out",
        /// 示闲
        Ready = "ready",
        /// 振铃
        Ringing = "ringing",
        /// 通话, from a caller
        TalkIn = "talk_in",
        /// 通话, to a customer
        TalkOut = "talk_out",
        /// 通话, to a customer, by somebody such calls are routed to
        TalkRouted = "talk_routed",
        /// 内线
        TalkInternal = "talk_internal",
        /// On the phone, the feed cannot tell with whom.
        TalkOther = "talk_other",
        /// 保持
        Holding = "holding",
        /// 话后处理
        AfterCall = "after_call",
        /// 小休, 用餐
        Rest = "rest",
        /// 培训, 辅导, 会议
        Training = "training",
        /// 回访, 外呼, 案头
        Work = "work",
        /// 其他
        OtherNotReady = "other_not_ready",
        /// The feed is away.
        Unknown = "unknown",
    }
);

/// How many slots there are.
pub const SLOTS: usize = Slot::ALL.len();

impl Slot {
    /// Position in arrays by slot.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The same for somebody outward calls are routed to, or not.
    #[must_use]
    pub const fn routed(self, routed: bool) -> Self {
        match self {
            Self::TalkOut if routed => Self::TalkRouted,
            other => other,
        }
    }

    /// The slot of a state.
    #[must_use]
    pub const fn of(state: AgentState, direction: Option<Direction>, class: Option<ReasonClass>) -> Self {
        match state {
            AgentState::SignedOut => Self::SignedOut,
            AgentState::Ready => Self::Ready,
            AgentState::Ringing => Self::Ringing,
            AgentState::Talking => match direction {
                Some(Direction::In) => Self::TalkIn,
                Some(Direction::Out) => Self::TalkOut,
                Some(Direction::Internal) => Self::TalkInternal,
                None => Self::TalkOther,
            },
            // Held outward and internal talk is talk of its direction: neither counts as a caller's.
            AgentState::Holding => match direction {
                Some(Direction::Out) => Self::TalkOut,
                Some(Direction::Internal) => Self::TalkInternal,
                Some(Direction::In) | None => Self::Holding,
            },
            AgentState::AfterCall => Self::AfterCall,
            AgentState::NotReady => match class {
                Some(ReasonClass::Rest) => Self::Rest,
                Some(ReasonClass::Training) => Self::Training,
                Some(ReasonClass::Work) => Self::Work,
                Some(ReasonClass::Other) | None => Self::OtherNotReady,
            },
            AgentState::Unknown => Self::Unknown,
        }
    }
}
