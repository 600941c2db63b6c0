//! Time of people by what they did: plain sums of microseconds, one slot at a time a person.

use crate::model::{AgentState, Direction, ReasonClass};
use std::ops::{Add, AddAssign, Sub, SubAssign};

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
            AgentState::Holding => Self::Holding,
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

/// Microseconds by slot, of one person or the sum of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SlotTimes(pub [i64; SLOTS]);

impl SlotTimes {
    /// Microseconds in one slot.
    #[must_use]
    pub const fn of(&self, slot: Slot) -> i64 {
        self.0[slot.index()]
    }

    /// Σ over slots.
    #[must_use]
    pub fn sum(&self, slots: &[Slot]) -> i64 {
        slots.iter().map(|s| self.of(*s)).sum()
    }

    /// 签入时长: any state but signed out and unknown.
    #[must_use]
    pub fn signed_in(&self) -> i64 {
        self.0.iter().sum::<i64>() - self.of(Slot::SignedOut) - self.of(Slot::Unknown)
    }

    /// 置忙总时长
    #[must_use]
    pub fn not_ready(&self) -> i64 {
        self.sum(&[Slot::Rest, Slot::Training, Slot::Work, Slot::OtherNotReady])
    }

    /// The numerator of occupancy; internal talk, own calls and talk of unknown direction are in neither part.
    #[must_use]
    pub fn occupied(&self) -> i64 {
        self.sum(&[Slot::Ringing, Slot::TalkIn, Slot::Holding, Slot::AfterCall])
    }

    /// The numerator of utilization: as occupancy, with outbound talk.
    #[must_use]
    pub fn utilized(&self) -> i64 {
        self.occupied() + self.of(Slot::TalkOut) + self.of(Slot::TalkOther)
    }
}

impl AddAssign<&SlotTimes> for SlotTimes {
    fn add_assign(&mut self, o: &SlotTimes) {
        for (a, b) in self.0.iter_mut().zip(o.0) {
            *a += b;
        }
    }
}
impl SubAssign<&SlotTimes> for SlotTimes {
    fn sub_assign(&mut self, o: &SlotTimes) {
        for (a, b) in self.0.iter_mut().zip(o.0) {
            *a -= b;
        }
    }
}
impl Add for SlotTimes {
    type Output = SlotTimes;
    fn add(mut self, o: SlotTimes) -> SlotTimes {
        self += &o;
        self
    }
}
impl Sub for SlotTimes {
    type Output = SlotTimes;
    fn sub(mut self, o: SlotTimes) -> SlotTimes {
        self -= &o;
        self
    }
}
