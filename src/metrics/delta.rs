//! One fact as it changes the sums, small enough to be kept for the hour it slides through the windows.

use super::counts::Counts;
use super::spread::Spread;
use crate::floor::{Tag, What};
use crate::model::{CallerKey, ExitWhy, RefusedWhy};

/// What one fact adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Delta {
    Joined { caller: Option<CallerKey>, moved_in: bool, redial: bool },
    MovedOut,
    MovedIn,
    Answered { wait: i64, ring: i64, in_t: bool, caller: Option<CallerKey> },
    Abandoned { wait: i64, short: bool, in_t: bool, derived: bool },
    Exited { why: ExitWhy, wait: i64, in_t: bool },
    UnknownEnd,
    ReachedT(i64),
    TalkEnded { talk: i64, hold: i64, transfer: bool },
    WasTransfer,
    AfterCallEnded { after_call: i64, handle: i64 },
    RingMissed,
    NotReadyEntered,
    Dialled,
    Connected,
    Met { key: CallerKey },
    Tagged { tag: Tag, key: Option<CallerKey>, out: bool },
    Refused(RefusedWhy),
    Ivr { entered: u32, left: u32, to_queue: u32 },
}

impl Delta {
    /// `None` for what is kept elsewhere: people's time, lost callers.
    pub(super) const fn of(what: &What, redial: bool) -> Option<Self> {
        Some(match *what {
            What::Joined { caller, moved_in, .. } => Self::Joined { caller, moved_in, redial },
            What::MovedOut => Self::MovedOut,
            What::MovedIn => Self::MovedIn,
            What::Answered { wait, ring, in_t, caller } => {
                Self::Answered { wait: wait.micros(), ring: ring.micros(), in_t, caller }
            }
            What::Abandoned { wait, short, in_t, derived } => {
                Self::Abandoned { wait: wait.micros(), short, in_t, derived }
            }
            What::Exited { why, wait, in_t } => Self::Exited { why, wait: wait.micros(), in_t },
            What::UnknownEnd => Self::UnknownEnd,
            What::ReachedT => Self::ReachedT(1),
            What::NotReachedT => Self::ReachedT(-1),
            What::TalkEnded { talk, hold, transfer } => {
                Self::TalkEnded { talk: talk.micros(), hold: hold.micros(), transfer }
            }
            What::WasTransfer => Self::WasTransfer,
            What::AfterCallEnded { after_call, handle } => {
                Self::AfterCallEnded { after_call: after_call.micros(), handle: handle.micros() }
            }
            What::RingMissed => Self::RingMissed,
            What::NotReadyEntered => Self::NotReadyEntered,
            What::Dialled => Self::Dialled,
            What::Connected => Self::Connected,
            What::Met { key } => Self::Met { key },
            What::Tagged { tag, key, out } => Self::Tagged { tag, key, out },
            What::Refused { why } => Self::Refused(why),
            What::Ivr { entered, left, to_queue } => Self::Ivr { entered, left, to_queue },
            What::People { .. } | What::Gone { .. } => return None,
        })
    }

    pub(super) fn add(&self, c: &mut Counts) {
        match *self {
            Self::Joined { moved_in, redial, .. } => {
                c.offered += 1;
                c.moved_in += i64::from(moved_in);
                c.redials += i64::from(redial);
            }
            Self::MovedOut => c.moved_out += 1,
            Self::MovedIn => c.moved_in += 1,
            Self::Answered { wait, ring, in_t, .. } => {
                c.answered += 1;
                c.answered_in_t += i64::from(in_t);
                c.wait_answered_us += wait;
                c.ring_us += ring;
            }
            Self::Abandoned { wait, short, in_t, derived } => {
                if short {
                    c.short_abandoned += 1;
                    c.wait_short_us += wait;
                } else {
                    c.abandoned += 1;
                    c.wait_abandoned_us += wait;
                }
                c.abandoned_in_t += i64::from(in_t);
                c.abandoned_derived += i64::from(derived);
            }
            Self::Exited { why, wait, in_t } => {
                c.exited_by[why as usize] += 1;
                c.wait_exited_us += wait;
                c.exited_in_t += i64::from(in_t);
            }
            Self::UnknownEnd => c.unknown += 1,
            Self::ReachedT(n) => c.reached_t += n,
            Self::TalkEnded { talk, hold, transfer } => {
                c.contacts += 1;
                c.talk_us += talk;
                c.hold_us += hold;
                c.transfers += i64::from(transfer);
            }
            Self::WasTransfer => c.transfers += 1,
            Self::AfterCallEnded { after_call, handle } => {
                c.after_calls += 1;
                c.after_call_us += after_call;
                c.handle_us += handle;
            }
            Self::RingMissed => c.ring_no_answer += 1,
            Self::NotReadyEntered => c.not_ready_count += 1,
            Self::Dialled => c.outbound += 1,
            Self::Connected => c.connected_out += 1,
            Self::Met { .. } => {}
            Self::Tagged { tag, .. } => *tagged(c, tag) += 1,
            Self::Refused(RefusedWhy::Full) => c.refused_full += 1,
            Self::Refused(RefusedWhy::NoAgents) => c.refused_no_agents += 1,
            Self::Ivr { entered, left, to_queue } => {
                c.ivr_entered += i64::from(entered);
                c.ivr_left += i64::from(left);
                c.ivr_to_queue += i64::from(to_queue);
            }
        }
    }

    /// Whether it adds to sums and no more: it has no length, and does not tell who it was.
    pub(super) const fn counts_alone(&self) -> bool {
        !matches!(
            self,
            Self::Joined { .. }
                | Self::Answered { .. }
                | Self::Abandoned { .. }
                | Self::Exited { .. }
                | Self::TalkEnded { .. }
                | Self::AfterCallEnded { .. }
                | Self::Met { .. }
                | Self::Tagged { .. }
        )
    }

    /// Whether it adds to sums; the rest only tells who it was.
    pub(super) const fn counts(&self) -> bool {
        !matches!(self, Self::Met { .. })
    }

    /// By how much it changes the number of those who wait.
    pub(super) const fn waiting(&self) -> i64 {
        match self {
            Self::Joined { .. } => 1,
            Self::Answered { .. } | Self::Abandoned { .. } | Self::Exited { .. } | Self::UnknownEnd => -1,
            _ => 0,
        }
    }

    /// Lengths it adds to distributions, microseconds.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (Spread, i64)> {
        let (one, two) = match *self {
            Self::Answered { wait, .. } => (Some((Spread::Wait, wait)), None),
            Self::TalkEnded { talk, hold, .. } => (Some((Spread::Talk, talk)), Some((Spread::Hold, hold))),
            Self::AfterCallEnded { after_call, handle } => {
                (Some((Spread::AfterCall, after_call)), Some((Spread::Handle, handle)))
            }
            _ => (None, None),
        };
        one.into_iter().chain(two)
    }

    /// The wait of one that was answered, abandoned or exited.
    pub(super) const fn ended_wait(&self) -> Option<i64> {
        match *self {
            Self::Answered { wait, .. } | Self::Abandoned { wait, .. } | Self::Exited { wait, .. } => Some(wait),
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
