//! The account of one person.

use super::key::FigureKey;
use super::people::SlotTimes;
use super::value::{Unknown, Value};
use crate::floor::{AgentWhat, Slot};
use crate::model::{Label, Time};

/// Sums of one person in one window.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AgentTally {
    /// Time by slot.
    pub time: SlotTimes,
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
}

impl AgentTally {
    /// One figure of the agent table; `NotTold` for keys that are not about a person.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a year are far below 2^53")]
    pub fn figure(&self, key: FigureKey) -> Value {
        let count = |n: i64| Value::Known(n as f64);
        let secs = |us: i64| Value::Known(us as f64 / 1e6);
        let mean = |us: i64, n: i64| Value::ratio(us as f64 / 1e6, n as f64);
        let share = |us: i64, of: i64| Value::ratio(us as f64, of as f64);
        let signed_in = self.time.signed_in();
        match key {
            FigureKey::Answered => count(self.answered),
            FigureKey::TalkTime => secs(self.talk_us),
            FigureKey::Att => mean(self.talk_us, self.contacts),
            FigureKey::AvgHold => mean(self.hold_us, self.contacts),
            FigureKey::Acw | FigureKey::Aht | FigureKey::AfterCallTime | FigureKey::AfterCallShare
                if !self.after_call_known =>
            {
                Value::Unknown(Unknown::NotTold)
            }
            FigureKey::Acw => mean(self.after_call_us, self.after_calls),
            FigureKey::Aht => mean(self.talk_us + self.after_call_us, self.after_calls),
            FigureKey::AfterCallTime => secs(self.after_call_us),
            FigureKey::AfterCallShare => share(self.time.of(Slot::AfterCall), signed_in),
            FigureKey::RingNoAnswer => count(self.ring_no_answer),
            FigureKey::Transfers => count(self.transfers),
            FigureKey::TransferRate => share(self.transfers, self.answered),
            FigureKey::NotReadyCount => count(self.not_ready_count),
            FigureKey::NotReadyTime => secs(self.time.not_ready()),
            FigureKey::NotReadyShare => share(self.time.not_ready(), signed_in),
            FigureKey::SignedIn => secs(signed_in),
            FigureKey::ReadyTime => secs(self.time.of(Slot::Ready)),
            FigureKey::RingTime => secs(self.time.of(Slot::Ringing)),
            FigureKey::Occupancy => share(self.time.occupied(), self.time.occupied() + self.time.of(Slot::Ready)),
            FigureKey::Utilization => share(self.time.utilized(), signed_in),
            FigureKey::CallsPerHour => Value::ratio(self.answered as f64, signed_in as f64 / 3.6e9),
            _ => Value::Unknown(Unknown::NotTold),
        }
    }
}

/// One person's running account: the whole, and what it was when the business day began.
#[derive(Clone, Debug)]
pub(super) struct Person {
    whole: AgentTally,
    day_start: AgentTally,
    slot: Slot,
    reason: Option<Label>,
    since: Time,
}

impl Person {
    pub(super) fn new(at: Time) -> Self {
        Self {
            whole: AgentTally::default(),
            day_start: AgentTally::default(),
            slot: Slot::SignedOut,
            reason: None,
            since: at,
        }
    }

    pub(super) fn take(&mut self, at: Time, what: &AgentWhat) {
        let t = &mut self.whole;
        match what {
            AgentWhat::Slot { to, reason } => {
                self.spend(at);
                self.slot = *to;
                self.reason.clone_from(reason);
            }
            AgentWhat::Amended { until, from, from_reason, to, reason } => {
                let span = until.since(at).micros();
                t.time.0[from.index()] -= span;
                t.time.0[to.index()] += span;
                add_reason(t, *from, from_reason.as_ref(), -span);
                add_reason(t, *to, reason.as_ref(), span);
            }
            AgentWhat::Answered => t.answered += 1,
            AgentWhat::TalkEnded { talk, hold, transfer } => {
                t.contacts += 1;
                t.talk_us += talk.micros();
                t.hold_us += hold.micros();
                t.transfers += i64::from(*transfer);
            }
            AgentWhat::AfterCallEnded { after_call } => {
                t.after_calls += 1;
                t.after_call_us += after_call.micros();
            }
            AgentWhat::RingMissed => t.ring_no_answer += 1,
            AgentWhat::SignedIn => {
                t.sign_ins += 1;
                t.first_sign_in = Some(t.first_sign_in.map_or(at, |first| first.min(at)));
            }
            AgentWhat::SignedOut => {
                t.sign_outs += 1;
                t.last_sign_out = t.last_sign_out.max(Some(at));
            }
            AgentWhat::NotReadyEntered => t.not_ready_count += 1,
        }
    }

    /// Puts the time up to `now` to the slot the person is in.
    fn spend(&mut self, now: Time) {
        let span = now.since(self.since).micros();
        if span <= 0 {
            return;
        }
        self.whole.time.0[self.slot.index()] += span;
        add_reason(&mut self.whole, self.slot, self.reason.as_ref(), span);
        self.since = now;
    }

    pub(super) fn begin_day(&mut self, at: Time) {
        self.spend(at);
        self.whole.first_sign_in = None;
        self.whole.last_sign_out = None;
        self.day_start = self.whole.clone();
    }

    pub(super) fn whole(&mut self, now: Time) -> AgentTally {
        self.spend(now);
        self.whole.clone()
    }

    pub(super) fn day(&mut self, now: Time) -> AgentTally {
        let mut t = self.whole(now);
        let b = &self.day_start;
        t.time -= &b.time;
        t.answered -= b.answered;
        t.contacts -= b.contacts;
        t.talk_us -= b.talk_us;
        t.hold_us -= b.hold_us;
        t.after_calls -= b.after_calls;
        t.after_call_us -= b.after_call_us;
        t.ring_no_answer -= b.ring_no_answer;
        t.transfers -= b.transfers;
        t.not_ready_count -= b.not_ready_count;
        t.sign_ins -= b.sign_ins;
        t.sign_outs -= b.sign_outs;
        for (reason, us) in &b.not_ready_by_reason {
            if let Some(kept) = t.not_ready_by_reason.iter_mut().find(|(r, _)| r == reason) {
                kept.1 -= us;
            }
        }
        t.not_ready_by_reason.retain(|(_, us)| *us != 0);
        t
    }
}

/// A person has few reasons a day; more than this are put together under an empty one.
const MOST_REASONS: usize = 64;

fn add_reason(t: &mut AgentTally, slot: Slot, reason: Option<&Label>, span: i64) {
    if !matches!(slot, Slot::Rest | Slot::Training | Slot::Work | Slot::OtherNotReady) {
        return;
    }
    let full = t.not_ready_by_reason.len() >= MOST_REASONS;
    let empty = Label::default();
    let reason = reason.unwrap_or(&empty);
    if let Some(kept) = t.not_ready_by_reason.iter_mut().find(|(r, _)| r == reason) {
        kept.1 += span;
    } else if full {
        if let Some(last) = t.not_ready_by_reason.last_mut() {
            last.1 += span;
        }
    } else {
        t.not_ready_by_reason.push((reason.clone(), span));
    }
}
