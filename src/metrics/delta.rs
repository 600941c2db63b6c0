//! One fact as it changes the sums, small enough to be kept for the hour it slides through the windows.

use super::counts::Counts;
use super::spread::Spread;
use crate::floor::{Tag, What};
use crate::model::RefusedWhy;

/// What one fact adds. The fact as it is: made into anything else it would be copied once more for every scope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Delta {
    pub(super) what: What,
    /// A join by a caller seen of late.
    redial: bool,
}

impl Delta {
    /// `None` for what is kept elsewhere: people's time, lost callers.
    #[inline]
    pub(super) const fn of(what: &What, redial: bool) -> Option<Self> {
        match what {
            What::People { .. } | What::Gone { .. } => None,
            _ => Some(Self { what: *what, redial }),
        }
    }

    #[inline]
    pub(super) fn add(&self, c: &mut Counts) {
        match self.what {
            What::Joined { moved_in, .. } => {
                c.offered += 1;
                c.moved_in += i64::from(moved_in);
                c.redials += i64::from(self.redial);
            }
            What::MovedOut => c.moved_out += 1,
            What::MovedIn => c.moved_in += 1,
            What::Answered { wait, ring, in_t, .. } => {
                c.answered += 1;
                c.answered_in_t += i64::from(in_t);
                c.wait_answered_us += wait.micros();
                c.ring_us += ring.micros();
            }
            What::Abandoned { wait, short, in_t, derived } => {
                if short {
                    c.short_abandoned += 1;
                    c.wait_short_us += wait.micros();
                } else {
                    c.abandoned += 1;
                    c.wait_abandoned_us += wait.micros();
                }
                c.abandoned_in_t += i64::from(in_t);
                c.abandoned_derived += i64::from(derived);
            }
            What::Exited { why, wait, in_t } => {
                c.exited_by[why as usize] += 1;
                c.wait_exited_us += wait.micros();
                c.exited_in_t += i64::from(in_t);
            }
            What::UnknownEnd => c.unknown += 1,
            What::ReachedT => c.reached_t += 1,
            What::NotReachedT => c.reached_t -= 1,
            What::TalkEnded { talk, hold, transfer } => {
                c.contacts += 1;
                c.talk_us += talk.micros();
                c.hold_us += hold.micros();
                c.transfers += i64::from(transfer);
            }
            What::WasTransfer => c.transfers += 1,
            What::AfterCallEnded { after_call, handle } => {
                c.after_calls += 1;
                c.after_call_us += after_call.micros();
                c.handle_us += handle.micros();
            }
            What::RingMissed => c.ring_no_answer += 1,
            What::NotReadyEntered => c.not_ready_count += 1,
            What::Dialled => c.outbound += 1,
            What::Connected => c.connected_out += 1,
            What::Tagged { tag, .. } => *tagged(c, tag) += 1,
            What::Refused { why: RefusedWhy::Full } => c.refused_full += 1,
            What::Refused { why: RefusedWhy::NoAgents } => c.refused_no_agents += 1,
            What::Ivr { entered, left, to_queue } => {
                c.ivr_entered += i64::from(entered);
                c.ivr_left += i64::from(left);
                c.ivr_to_queue += i64::from(to_queue);
            }
            What::Met { .. } | What::People { .. } | What::Gone { .. } => {}
        }
    }

    /// Whether it adds to sums and no more: it has no length, and does not tell who it was.
    #[inline]
    pub(super) const fn counts_alone(&self) -> bool {
        !matches!(
            self.what,
            What::Joined { .. }
                | What::Answered { .. }
                | What::Abandoned { .. }
                | What::Exited { .. }
                | What::TalkEnded { .. }
                | What::AfterCallEnded { .. }
                | What::Met { .. }
                | What::Tagged { .. }
        )
    }

    /// Whether it adds to sums; the rest only tells who it was.
    pub(super) const fn counts(&self) -> bool {
        !matches!(self.what, What::Met { .. })
    }

    /// By how much it changes the number of those who wait.
    pub(super) const fn waiting(&self) -> i64 {
        match self.what {
            What::Joined { .. } => 1,
            What::Answered { .. } | What::Abandoned { .. } | What::Exited { .. } | What::UnknownEnd => -1,
            _ => 0,
        }
    }

    /// Lengths it adds to distributions, microseconds.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (Spread, i64)> {
        let (one, two) = match self.what {
            What::Answered { wait, .. } => (Some((Spread::Wait, wait)), None),
            What::TalkEnded { talk, hold, .. } => (Some((Spread::Talk, talk)), Some((Spread::Hold, hold))),
            What::AfterCallEnded { after_call, handle } => {
                (Some((Spread::AfterCall, after_call)), Some((Spread::Handle, handle)))
            }
            _ => (None, None),
        };
        one.into_iter().chain(two).map(|(spread, length)| (spread, length.micros()))
    }

    /// The wait of one that was answered, abandoned or exited.
    pub(super) const fn ended_wait(&self) -> Option<i64> {
        match self.what {
            What::Answered { wait, .. } | What::Abandoned { wait, .. } | What::Exited { wait, .. } => {
                Some(wait.micros())
            }
            _ => None,
        }
    }
}

/// Where calls of a tag are counted.
const fn tagged(c: &mut Counts, tag: Tag) -> &mut i64 {
    match tag {
        Tag::Order => &mut c.orders,
        Tag::OrderCancelled => &mut c.orders_cancelled,
        Tag::OrderSettled => &mut c.orders_settled,
        Tag::OrderReturned => &mut c.orders_returned,
        Tag::Sale => &mut c.sales,
        Tag::Complaint => &mut c.complaints,
        Tag::Reached => &mut c.reached,
    }
}
