//! States of a person.

use super::call::words;

words!(
    /// What a person is doing: exactly one at a time.
    AgentState {
        /// 签出
        SignedOut = "signed_out",
        /// 示闲
        Ready = "ready",
        /// 振铃
        Ringing = "ringing",
        /// 通话
        Talking = "talking",
        /// 保持
        Holding = "holding",
        /// 话后处理
        AfterCall = "after_call",
        /// 置忙
        NotReady = "not_ready",
        /// The feed is away.
        Unknown = "unknown",
    }
);

/// How many states there are; arrays of time by state have this length.
pub const STATES: usize = AgentState::ALL.len();

impl AgentState {
    /// Position in arrays of time by state.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Which state wins where several feeds, queues or calls disagree (KPI.md): the most occupied one.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Talking => 7,
            Self::Holding => 6,
            Self::Ringing => 5,
            Self::AfterCall => 4,
            Self::NotReady => 3,
            Self::Ready => 2,
            Self::Unknown => 1,
            Self::SignedOut => 0,
        }
    }

    /// Signed in and known: counts into `signed_in_s`.
    #[must_use]
    pub const fn signed_in(self) -> bool {
        !matches!(self, Self::SignedOut | Self::Unknown)
    }
}

words!(
    /// Which way a talk goes.
    Direction {
        /// From a caller.
        In = "in",
        /// To a customer.
        Out = "out",
        /// Between colleagues.
        Internal = "internal",
    }
);

words!(
    /// The class of a not-ready reason.
    ReasonClass {
        /// 小休, 用餐
        Rest = "rest",
        /// 培训, 辅导, 会议
        Training = "training",
        /// 回访, 外呼, 案头, 系统故障
        Work = "work",
        /// 其他
        Other = "other",
    }
);

impl ReasonClass {
    /// Which reason tells what a person is not ready for, where two queues were given different ones at one instant: that
    /// of the more occupied class.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Work => 3,
            Self::Training => 2,
            Self::Rest => 1,
            Self::Other => 0,
        }
    }
}
