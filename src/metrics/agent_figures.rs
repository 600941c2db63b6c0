//! The figures of one person (or of a team's people together) in one window.

use super::figures::{f, needs_states};
use super::key::FigureKey;
use super::parts::Parts;
use super::people::SlotTimes;
use super::value::{Unknown, Value};
use crate::floor::{Busy, Slot, Tag};
use crate::model::{Label, Time};

/// Sums of one person in one window.
#[derive(Clone, Debug, PartialEq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says one independent thing of the feeds")]
pub struct AgentTally {
    /// Time by slot.
    pub time: SlotTimes,
    /// Time within the window that calls kept the person busy, microseconds by [`Busy`]; overlapping calls each count.
    pub busy_us: [i64; Busy::COUNT],
    /// Calls answered.
    pub answered: i64,
    /// Contacts whose talk ended.
    pub contacts: i64,
    /// Σ their connected time, microseconds.
    pub talk_us: i64,
    /// Σ their hold, microseconds.
    pub hold_us: i64,
    /// Contacts whose after-call work ended.
    pub after_calls: i64,
    /// Σ of it, microseconds.
    pub after_call_us: i64,
    /// Σ connected + after-call of those, microseconds.
    pub handle_us: i64,
    /// Rings not answered by this person.
    pub ring_no_answer: i64,
    /// Contacts this person ended by a transfer.
    pub transfers: i64,
    /// Entries into not-ready.
    pub not_ready_count: i64,
    /// Not-ready time by reason, microseconds.
    pub not_ready_by_reason: Vec<(Label, i64)>,
    /// Sign-ins.
    pub sign_ins: i64,
    /// Sign-outs.
    pub sign_outs: i64,
    /// First sign-in.
    pub first_sign_in: Option<Time>,
    /// Last sign-out.
    pub last_sign_out: Option<Time>,
    /// Whether after-call work is known.
    pub after_call_known: bool,
    /// Customers dialled.
    pub outbound: i64,
    /// Customers dialled who answered.
    pub connected_out: i64,
    /// Outward contacts whose talk ended.
    pub contacts_out: i64,
    /// Σ their connected time, microseconds.
    pub talk_out_us: i64,
    /// Σ their hold, microseconds.
    pub hold_out_us: i64,
    /// Those this person ended by a transfer.
    pub transfers_out: i64,
    /// Calls tagged, by [`Tag`].
    pub tags: [i64; Tag::ALL.len()],
    /// This person's feed tells no states of people.
    pub no_states: bool,
    /// This person's feed tells no hold.
    pub no_hold: bool,
    /// This person's feed tells no rings that were not answered.
    pub no_misses: bool,
    /// Whether calls to customers are known.
    pub outbound_known: bool,
    /// Whether outcomes of calls are known.
    pub tags_known: bool,
}

impl AgentTally {
    /// One figure of the agent table; `NotTold` for keys that are not about a person, and where the feed cannot tell.
    #[must_use]
    pub fn figure(&self, key: FigureKey) -> Value {
        let count = |n: i64| Value::Known(f(n));
        let secs = |us: i64| Value::Known(f(us) / 1e6);
        let not_told = Value::Unknown(Unknown::NotTold);
        let after_call = matches!(
            key,
            FigureKey::Acw
                | FigureKey::Aht
                | FigureKey::AfterCallTime
                | FigureKey::AfterCallInTime
                | FigureKey::AfterCallOutTime
                | FigureKey::AfterCallShare
        );
        if (after_call && !self.after_call_known) || (needs_states(key) && self.no_states) {
            return not_told;
        }
        if let Some(parts) = self.parts(key) {
            return Value::ratio(parts.part, parts.whole);
        }
        match key {
            FigureKey::Answered => count(self.answered),
            FigureKey::Outbound if self.outbound_known => count(self.outbound),
            FigureKey::ConnectedOut if self.outbound_known => count(self.connected_out),
            FigureKey::TalkTime => secs(self.busy(Busy::TalkIn) + self.talk_out().unwrap_or(0)),
            FigureKey::TalkInTime => secs(self.busy(Busy::TalkIn)),
            FigureKey::TalkOutTime => self.talk_out().map_or(not_told, secs),
            FigureKey::TalkInternalTime => secs(self.time.of(Slot::TalkInternal)),
            FigureKey::AfterCallTime => secs(self.busy(Busy::AfterCallIn) + self.busy(Busy::AfterCallOut)),
            FigureKey::AfterCallInTime => secs(self.busy(Busy::AfterCallIn)),
            FigureKey::AfterCallOutTime => secs(self.busy(Busy::AfterCallOut)),
            FigureKey::RingNoAnswer if !self.no_misses => count(self.ring_no_answer),
            FigureKey::Transfers => count(self.transfers),
            FigureKey::NotReadyCount => count(self.not_ready_count),
            FigureKey::NotReadyTime => secs(self.time.not_ready()),
            FigureKey::SignedIn => secs(self.time.signed_in()),
            FigureKey::ReadyTime => secs(self.time.of(Slot::Ready)),
            FigureKey::RingTime => secs(self.time.of(Slot::Ringing)),
            FigureKey::SignIns => count(self.sign_ins),
            FigureKey::SignOuts => count(self.sign_outs),
            FigureKey::Orders if self.tags_known => count(self.tagged(Tag::Order)),
            FigureKey::OrdersCancelled if self.tags_known => count(self.tagged(Tag::OrderCancelled)),
            FigureKey::OrdersSettled if self.tags_known => count(self.tagged(Tag::OrderSettled)),
            FigureKey::OrdersReturned if self.tags_known => count(self.tagged(Tag::OrderReturned)),
            FigureKey::Sales if self.tags_known => count(self.tagged(Tag::Sale)),
            FigureKey::Complaints if self.tags_known => count(self.tagged(Tag::Complaint)),
            _ => not_told,
        }
    }

    /// Numerator and denominator of a figure that has them, as [`Self::figure`] divides them.
    #[must_use]
    pub fn parts(&self, key: FigureKey) -> Option<Parts> {
        let share = |part: i64, whole: i64| Some(Parts { part: f(part), whole: f(whole) });
        let time = |part: i64, whole: i64| Some(Parts { part: f(part) / 1e6, whole: f(whole) / 1e6 });
        let mean = |us: i64, n: i64| Some(Parts { part: f(us) / 1e6, whole: f(n) });
        let t = &self.time;
        let signed_in = t.signed_in();
        match key {
            FigureKey::Att | FigureKey::AttIn => mean(self.talk_us, self.contacts),
            FigureKey::AttOut if self.outbound_known => mean(self.talk_out_us, self.contacts_out),
            FigureKey::AvgHold if !self.no_hold => mean(self.hold_us, self.contacts),
            FigureKey::Acw => mean(self.after_call_us, self.after_calls),
            FigureKey::Aht => mean(self.handle_us, self.after_calls),
            FigureKey::AfterCallShare => time(t.of(Slot::AfterCall), signed_in),
            FigureKey::NotReadyShare => time(t.not_ready(), signed_in),
            FigureKey::Occupancy => time(t.occupied(), t.occupied() + t.of(Slot::Ready)),
            FigureKey::Utilization => time(t.utilized(), signed_in),
            FigureKey::TransferRate => share(self.transfers, self.answered),
            FigureKey::CallsPerHour => {
                Some(Parts { part: f(self.answered + self.connected_out), whole: f(signed_in) / 3.6e9 })
            }
            FigureKey::ConversionRate if self.tags_known => share(self.tagged(Tag::Order), self.answered),
            FigureKey::SalesRate if self.tags_known => share(self.tagged(Tag::Sale), self.answered + self.outbound),
            _ => None,
        }
    }

    /// Microseconds within the window that calls kept the person busy so.
    #[must_use]
    pub const fn busy(&self, busy: Busy) -> i64 {
        self.busy_us[busy.index()]
    }

    /// Calls of this person with a tag.
    #[must_use]
    pub const fn tagged(&self, tag: Tag) -> i64 {
        self.tags[tag as usize]
    }

    /// Outward talk: by call where calls to customers are told, else by state.
    fn talk_out(&self) -> Option<i64> {
        if self.outbound_known {
            Some(self.busy(Busy::TalkOut))
        } else {
            (!self.no_states).then(|| self.time.talk_out())
        }
    }

    /// Whether the person was there or did something.
    #[must_use]
    pub fn present(&self) -> bool {
        self.time.signed_in() != 0
            || self.busy_us.iter().any(|us| *us != 0)
            || [self.answered, self.contacts, self.contacts_out, self.outbound].iter().any(|n| *n != 0)
    }

    /// Whether nothing at all is counted in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let silent = Self {
            after_call_known: self.after_call_known,
            no_states: self.no_states,
            no_hold: self.no_hold,
            no_misses: self.no_misses,
            outbound_known: self.outbound_known,
            tags_known: self.tags_known,
            ..Self::default()
        };
        let mut time = self.time;
        time.0[Slot::SignedOut.index()] = 0;
        silent == Self { time, ..self.clone() }
    }

    /// Takes away what was before a window; sign-in and sign-out times are the caller's.
    pub(super) fn less(&mut self, before: &Self) {
        self.time -= &before.time;
        self.sums_with(before, |sum, other| *sum -= other);
        for (reason, us) in &before.not_ready_by_reason {
            if let Some(kept) = self.not_ready_by_reason.iter_mut().find(|(r, _)| r == reason) {
                kept.1 -= us;
            }
        }
        self.not_ready_by_reason.retain(|(_, us)| *us != 0);
    }

    /// Adds another person's sums: a team. What one of them is not told is not told of all.
    pub fn merge(&mut self, other: &Self) {
        self.time += &other.time;
        self.sums_with(other, |sum, other| *sum += other);
        for (reason, us) in &other.not_ready_by_reason {
            match self.not_ready_by_reason.iter_mut().find(|(r, _)| r == reason) {
                Some(kept) => kept.1 += us,
                None => self.not_ready_by_reason.push((reason.clone(), *us)),
            }
        }
        self.first_sign_in = self.first_sign_in.into_iter().chain(other.first_sign_in).min();
        self.last_sign_out = self.last_sign_out.max(other.last_sign_out);
    }

    fn sums_with(&mut self, o: &Self, with: impl Fn(&mut i64, i64)) {
        for (sum, other) in [
            (&mut self.answered, o.answered),
            (&mut self.contacts, o.contacts),
            (&mut self.talk_us, o.talk_us),
            (&mut self.hold_us, o.hold_us),
            (&mut self.after_calls, o.after_calls),
            (&mut self.after_call_us, o.after_call_us),
            (&mut self.handle_us, o.handle_us),
            (&mut self.ring_no_answer, o.ring_no_answer),
            (&mut self.transfers, o.transfers),
            (&mut self.not_ready_count, o.not_ready_count),
            (&mut self.sign_ins, o.sign_ins),
            (&mut self.sign_outs, o.sign_outs),
            (&mut self.outbound, o.outbound),
            (&mut self.connected_out, o.connected_out),
            (&mut self.contacts_out, o.contacts_out),
            (&mut self.talk_out_us, o.talk_out_us),
            (&mut self.hold_out_us, o.hold_out_us),
            (&mut self.transfers_out, o.transfers_out),
        ] {
            with(sum, other);
        }
        for (sum, other) in self.busy_us.iter_mut().zip(o.busy_us) {
            with(sum, other);
        }
        for (sum, other) in self.tags.iter_mut().zip(o.tags) {
            with(sum, other);
        }
    }
}
