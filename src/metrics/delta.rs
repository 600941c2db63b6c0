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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CallerKey, ExitWhy, RefusedWhy, Span};

    /// Each fact beside all it adds to the sums, and by how much it changes the number of those who wait.
    #[test]
    fn every_fact_adds_to_its_sums_and_to_no_other() {
        type Case = (What, bool, i64, &'static [(&'static str, i64)]);
        let s = Span::from_secs;
        let key = CallerKey::new(1);
        let joined = |moved_in| What::Joined { caller: None, moved_in, arrival: true };
        let answered = |in_t| What::Answered { wait: s(9), ring: s(4), in_t, caller: None };
        let abandoned = |short, in_t, derived| What::Abandoned { wait: s(8), short, in_t, derived };
        let exited = |why, in_t| What::Exited { why, wait: s(7), in_t };
        let ended = |transfer| What::TalkEnded { talk: s(60), hold: s(20), transfer };
        let tagged = |tag| What::Tagged { tag, key: Some(key), out: false };
        let gone = What::Gone { key: None, wait: s(8), short: false };
        let people = What::People { from: None, to: Some(crate::floor::Slot::Ready) };
        let cases: &[Case] = &[
            (joined(false), false, 1, &[("offered", 1)]),
            (joined(true), true, 1, &[("offered", 1), ("moved_in", 1), ("redials", 1)]),
            (What::MovedOut, false, 0, &[("moved_out", 1)]),
            (What::MovedIn, false, 0, &[("moved_in", 1)]),
            (answered(false), false, -1, &[("answered", 1), ("wait_answered_us", 9_000_000), ("ring_us", 4_000_000)]),
            (
                answered(true),
                false,
                -1,
                &[("answered", 1), ("answered_in_t", 1), ("wait_answered_us", 9_000_000), ("ring_us", 4_000_000)],
            ),
            (abandoned(false, false, false), false, -1, &[("abandoned", 1), ("wait_abandoned_us", 8_000_000)]),
            (
                abandoned(true, true, false),
                false,
                -1,
                &[("short_abandoned", 1), ("abandoned_in_t", 1), ("wait_short_us", 8_000_000)],
            ),
            (
                abandoned(false, false, true),
                false,
                -1,
                &[("abandoned", 1), ("abandoned_derived", 1), ("wait_abandoned_us", 8_000_000)],
            ),
            (exited(ExitWhy::Timeout, false), false, -1, &[("exited_timeout", 1), ("wait_exited_us", 7_000_000)]),
            (
                exited(ExitWhy::System, true),
                false,
                -1,
                &[("exited_in_t", 1), ("exited_system", 1), ("wait_exited_us", 7_000_000)],
            ),
            (What::UnknownEnd, false, -1, &[("unknown", 1)]),
            (What::ReachedT, false, 0, &[("reached_t", 1)]),
            (What::NotReachedT, false, 0, &[("reached_t", -1)]),
            (ended(false), false, 0, &[("contacts", 1), ("talk_us", 60_000_000), ("hold_us", 20_000_000)]),
            (
                ended(true),
                false,
                0,
                &[("contacts", 1), ("talk_us", 60_000_000), ("hold_us", 20_000_000), ("transfers", 1)],
            ),
            (What::WasTransfer, false, 0, &[("transfers", 1)]),
            (
                What::AfterCallEnded { after_call: s(30), handle: s(90) },
                false,
                0,
                &[("after_calls", 1), ("after_call_us", 30_000_000), ("handle_us", 90_000_000)],
            ),
            (What::RingMissed, false, 0, &[("ring_no_answer", 1)]),
            (What::NotReadyEntered, false, 0, &[("not_ready_count", 1)]),
            (What::Dialled, false, 0, &[("outbound", 1)]),
            (What::Connected, false, 0, &[("connected_out", 1)]),
            (tagged(Tag::Order), false, 0, &[("orders", 1)]),
            (tagged(Tag::OrderCancelled), false, 0, &[("orders_cancelled", 1)]),
            (tagged(Tag::OrderSettled), false, 0, &[("orders_settled", 1)]),
            (tagged(Tag::OrderReturned), false, 0, &[("orders_returned", 1)]),
            (tagged(Tag::Sale), false, 0, &[("sales", 1)]),
            (tagged(Tag::Complaint), false, 0, &[("complaints", 1)]),
            (tagged(Tag::Reached), false, 0, &[("reached", 1)]),
            (What::Refused { why: RefusedWhy::Full }, false, 0, &[("refused_full", 1)]),
            (What::Refused { why: RefusedWhy::NoAgents }, false, 0, &[("refused_no_agents", 1)]),
            (
                What::Ivr { entered: 50, left: 5, to_queue: 30 },
                false,
                0,
                &[("ivr_entered", 50), ("ivr_left", 5), ("ivr_to_queue", 30)],
            ),
            // Who it was, and nothing else.
            (What::Met { key }, false, 0, &[]),
            // Kept elsewhere: people's time, whom to call back.
            (people, false, 0, &[]),
            (gone, false, 0, &[]),
        ];
        for (what, redial, waiting, sums) in cases {
            let (mut got, mut want) = (Counts::default(), Counts::default());
            let delta = Delta::of(what, *redial);
            if let Some(delta) = delta {
                delta.add(&mut got);
            }
            sums.iter().for_each(|(name, n)| assert!(want.set(name, *n), "{name}"));
            assert_eq!(got, want, "{what:?}");
            assert_eq!(delta.map_or(0, |delta| delta.waiting()), *waiting, "{what:?}");
            assert_eq!(delta.is_some_and(|delta| delta.counts()), !sums.is_empty(), "{what:?}");
        }
    }

    #[test]
    fn lengths_go_to_the_distribution_they_are_of() {
        type Case = (What, &'static [(Spread, i64)], Option<i64>);
        let s = Span::from_secs;
        let answered = What::Answered { wait: s(9), ring: s(4), in_t: true, caller: None };
        let after_call = What::AfterCallEnded { after_call: s(30), handle: s(90) };
        let cases: &[Case] = &[
            (answered, &[(Spread::Wait, 9_000_000)], Some(9_000_000)),
            (
                What::TalkEnded { talk: s(60), hold: s(20), transfer: false },
                &[(Spread::Talk, 60_000_000), (Spread::Hold, 20_000_000)],
                None,
            ),
            (after_call, &[(Spread::AfterCall, 30_000_000), (Spread::Handle, 90_000_000)], None),
            // The longest wait is of all who waited, the percentiles of those answered.
            (What::Abandoned { wait: s(8), short: false, in_t: true, derived: false }, &[], Some(8_000_000)),
            (What::Exited { why: ExitWhy::Key, wait: s(7), in_t: true }, &[], Some(7_000_000)),
            (What::UnknownEnd, &[], None),
        ];
        for (what, lengths, ended_wait) in cases {
            let delta = Delta::of(what, false);
            let got: Vec<_> = delta.iter().flat_map(Delta::lengths).collect();
            assert_eq!(got, *lengths, "{what:?}");
            assert_eq!(delta.and_then(|delta| delta.ended_wait()), *ended_wait, "{what:?}");
        }
    }
}
