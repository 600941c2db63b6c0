//! Time of people by what they did: plain sums of microseconds, one slot at a time a person.

use crate::floor::{SLOTS, Slot};
use std::ops::{Add, AddAssign, Sub, SubAssign};

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

    /// The numerator of occupancy. Outward talk counts for those it is routed to; internal talk, own calls and talk of
    /// unknown direction are in neither part.
    #[must_use]
    pub fn occupied(&self) -> i64 {
        self.sum(&[Slot::Ringing, Slot::TalkIn, Slot::TalkRouted, Slot::Holding, Slot::AfterCall])
    }

    /// Outward talk, by state.
    #[must_use]
    pub fn talk_out(&self) -> i64 {
        self.of(Slot::TalkOut) + self.of(Slot::TalkRouted)
    }

    /// The numerator of utilization: as occupancy, with all outward talk and talk of unknown direction.
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
