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
            FigureKey::Aht => mean(self.handle_us, self.after_calls),
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
    day_from: Time,
    slot: Slot,
    reason: Option<Label>,
    /// The slot was entered then.
    entered: Time,
    /// Its time is counted up to here.
    since: Time,
}

impl Person {
    /// `day_from`: when the business day began.
    pub(super) fn new(at: Time, day_from: Time) -> Self {
        Self {
            whole: AgentTally::default(),
            day_start: AgentTally::default(),
            day_from,
            slot: Slot::SignedOut,
            reason: None,
            entered: at,
            since: at,
        }
    }

    pub(super) fn take(&mut self, at: Time, what: &AgentWhat) {
        match what {
            AgentWhat::Slot { to, reason } => self.enter(at, *to, reason.clone()),
            AgentWhat::Amended { until, from, from_reason, to, reason } => {
                self.put(at, *until, *from, from_reason.as_ref(), -1);
                self.put(at, *until, *to, reason.as_ref(), 1);
            }
            _ => {
                count(&mut self.whole, what);
                if at < self.day_from {
                    count(&mut self.day_start, what);
                }
            }
        }
        let today = at >= self.day_from;
        let t = &mut self.whole;
        match what {
            AgentWhat::SignedIn if today => {
                t.first_sign_in = Some(t.first_sign_in.map_or(at, |first| first.min(at)));
            }
            AgentWhat::SignedOut if today => t.last_sign_out = t.last_sign_out.max(Some(at)),
            _ => {}
        }
    }

    /// Another slot from `at` on. Time already counted beyond `at` (a look, a day that began, news out of order) is
    /// counted anew; a slot is never entered before the one it follows.
    fn enter(&mut self, at: Time, to: Slot, reason: Option<Label>) {
        let at = at.max(self.entered);
        self.spend(at);
        let (from, from_reason) = (self.slot, self.reason.take());
        self.put(at, self.since, from, from_reason.as_ref(), -1);
        self.put(at, self.since, to, reason.as_ref(), 1);
        self.slot = to;
        self.reason = reason;
        self.entered = at;
    }

    /// Puts the time up to `now` to the slot the person is in.
    fn spend(&mut self, now: Time) {
        if now > self.since {
            let reason = self.reason.take();
            self.put(self.since, now, self.slot, reason.as_ref(), 1);
            self.reason = reason;
            self.since = now;
        }
    }

    /// Adds a span to a slot, or takes it away (`sign` −1); what lies before the day belongs to the days before as well.
    fn put(&mut self, from: Time, to: Time, slot: Slot, reason: Option<&Label>, sign: i64) {
        let add = |tally: &mut AgentTally, to: Time| {
            let span = to.since(from).or_zero().micros() * sign;
            if span != 0 {
                tally.time.0[slot.index()] += span;
                add_reason(tally, slot, reason, span);
            }
        };
        add(&mut self.whole, to);
        add(&mut self.day_start, to.min(self.day_from));
    }

    pub(super) fn begin_day(&mut self, at: Time) {
        self.spend(at);
        self.whole.first_sign_in = None;
        self.whole.last_sign_out = None;
        self.day_start = self.whole.clone();
        self.day_from = at;
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
        t.handle_us -= b.handle_us;
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

/// Adds what is counted of a person.
fn count(t: &mut AgentTally, what: &AgentWhat) {
    match what {
        AgentWhat::Answered => t.answered += 1,
        AgentWhat::TalkEnded { talk, hold, transfer } => {
            t.contacts += 1;
            t.talk_us += talk.micros();
            t.hold_us += hold.micros();
            t.transfers += i64::from(*transfer);
        }
        AgentWhat::WasTransfer => t.transfers += 1,
        AgentWhat::AfterCallEnded { after_call, handle } => {
            t.after_calls += 1;
            t.after_call_us += after_call.micros();
            t.handle_us += handle.micros();
        }
        AgentWhat::RingMissed => t.ring_no_answer += 1,
        AgentWhat::SignedIn => t.sign_ins += 1,
        AgentWhat::SignedOut => t.sign_outs += 1,
        AgentWhat::NotReadyEntered => t.not_ready_count += 1,
        AgentWhat::Slot { .. } | AgentWhat::Amended { .. } => {}
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
