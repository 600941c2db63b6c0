//! The account of one person.

use super::agent_figures::AgentTally;
use super::window::Part;
use crate::floor::{AgentWhat, Amended, Busy, Slot};
use crate::model::{Label, Time};

/// Where a window of a person begins.
#[derive(Clone, Debug)]
struct Mark {
    from: Time,
    /// All that was before it; nothing, mostly, on a first day.
    start: Option<Box<AgentTally>>,
    first_sign_in: Option<Time>,
    last_sign_out: Option<Time>,
}

impl Mark {
    const fn new(from: Time, start: Option<Box<AgentTally>>) -> Self {
        Self { from, start, first_sign_in: None, last_sign_out: None }
    }

    /// What lies between it and an end, of which all before is `upto`.
    fn until(&self, upto: &AgentTally) -> AgentTally {
        let mut t = upto.clone();
        t.less(self.start.as_deref().unwrap_or(&AgentTally::default()));
        t.first_sign_in = self.first_sign_in;
        t.last_sign_out = self.last_sign_out;
        t
    }

    fn start(&mut self) -> &mut AgentTally {
        self.start.get_or_insert_default()
    }
}

/// One person's running account: the whole, and what it was when windows began.
#[derive(Clone, Debug)]
pub(super) struct Person {
    whole: AgentTally,
    day: Mark,
    /// Spans of a recording: the running one, the one before it.
    spans: [Option<Box<Mark>>; 2],
    slot: Slot,
    reason: Option<Label>,
    /// How many calls keep the person busy, by [`Busy`].
    busy: [i64; Busy::COUNT],
    /// The slot was entered then.
    entered: Time,
    /// Its time is counted up to here.
    since: Time,
}

impl Person {
    /// `day_from`: when the business day began; `spans`: when the running span of a recording began, and the one before.
    pub(super) fn new(at: Time, day_from: Time, spans: [Option<Time>; 2]) -> Self {
        Self {
            whole: AgentTally::default(),
            day: Mark::new(day_from, None),
            spans: spans.map(|from| from.map(|from| Box::new(Mark::new(from, None)))),
            slot: Slot::SignedOut,
            reason: None,
            busy: [0; Busy::COUNT],
            entered: at,
            since: at,
        }
    }

    fn marks(&mut self) -> impl Iterator<Item = &mut Mark> {
        std::iter::once(&mut self.day).chain(self.spans.iter_mut().flatten().map(|mark| &mut **mark))
    }

    /// Asks for its memory, see [`crate::floor::Floor::expect`].
    pub(super) fn look(&self) {
        let whole = &self.whole;
        std::hint::black_box((self.since, self.entered, self.slot, self.busy[0], self.day.from));
        std::hint::black_box((whole.time.of(Slot::Ready), whole.time.of(Slot::AfterCall), whole.busy_us[0]));
        std::hint::black_box((whole.answered, whole.handle_us));
    }

    pub(super) fn take(&mut self, at: Time, what: &AgentWhat) {
        match what {
            AgentWhat::Slot { to, reason } => self.enter(at, *to, reason.clone()),
            AgentWhat::Amended(amended) => {
                let Amended { until, from, from_reason, to, reason } = &**amended;
                self.put(at, *until, *from, from_reason.as_ref(), -1);
                self.put(at, *until, *to, reason.as_ref(), 1);
                self.amend_after_call(at, *until, *from, *to);
            }
            AgentWhat::Began(busy) => self.change_busy(at, *busy, 1),
            AgentWhat::Over(busy) => self.change_busy(at, *busy, -1),
            _ => {
                count(&mut self.whole, what);
                self.marks().filter(|mark| at < mark.from).for_each(|mark| count(mark.start(), what));
            }
        }
        if matches!(what, AgentWhat::SignedIn | AgentWhat::SignedOut) {
            self.sign(at, what);
        }
    }

    /// First sign-in and last sign-out, of the window that holds them.
    fn sign(&mut self, at: Time, what: &AgentWhat) {
        let mut ends = Time::MAX;
        let note = |first: &mut Option<Time>, last: &mut Option<Time>| match what {
            AgentWhat::SignedIn => *first = Some(first.map_or(at, |known| known.min(at))),
            AgentWhat::SignedOut => *last = (*last).max(Some(at)),
            _ => {}
        };
        note(&mut self.whole.first_sign_in, &mut self.whole.last_sign_out);
        if at >= self.day.from {
            note(&mut self.day.first_sign_in, &mut self.day.last_sign_out);
        }
        for mark in self.spans.iter_mut().flatten() {
            if at >= mark.from && at < ends {
                note(&mut mark.first_sign_in, &mut mark.last_sign_out);
            }
            ends = mark.from;
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

    /// One more or fewer of what keeps the person busy from `at` on.
    fn change_busy(&mut self, at: Time, busy: Busy, by: i64) {
        self.spend(at);
        self.put_busy(at, self.since, busy, by);
        self.busy[busy.index()] += by;
    }

    fn put_busy(&mut self, from: Time, to: Time, busy: Busy, times: i64) {
        let add = |tally: &mut AgentTally, to: Time| {
            tally.busy_us[busy.index()] += to.since(from).or_zero().micros() * times;
        };
        add(&mut self.whole, to);
        self.marks().filter(|mark| from < mark.from).for_each(|mark| {
            let to = to.min(mark.from);
            add(mark.start(), to);
        });
    }

    /// A late report of after-call work, or of none.
    fn amend_after_call(&mut self, at: Time, until: Time, from: Slot, to: Slot) {
        if from == Slot::AfterCall {
            self.put_busy(at, until, Busy::AfterCallIn, -1);
        }
        if to == Slot::AfterCall {
            self.put_busy(at, until, Busy::AfterCallIn, 1);
        }
    }

    /// Puts the time up to `now` to the slot the person is in, and to the calls that keep the person busy. While the feed
    /// is away nobody knows what goes on.
    fn spend(&mut self, now: Time) {
        if now > self.since {
            let reason = self.reason.take();
            self.put(self.since, now, self.slot, reason.as_ref(), 1);
            self.reason = reason;
            if self.slot != Slot::Unknown {
                for busy in Busy::ALL {
                    let times = self.busy[busy.index()];
                    if times != 0 {
                        self.put_busy(self.since, now, busy, times);
                    }
                }
            }
            self.since = now;
        }
    }

    /// Adds a span to a slot, or takes it away (`sign` −1); what lies before a window belongs to those before as well.
    fn put(&mut self, from: Time, to: Time, slot: Slot, reason: Option<&Label>, sign: i64) {
        if to <= from {
            return;
        }
        let add = |tally: &mut AgentTally, to: Time| {
            let span = to.since(from).or_zero().micros() * sign;
            if span != 0 {
                tally.time.0[slot.index()] += span;
                add_reason(tally, slot, reason, span);
            }
        };
        add(&mut self.whole, to);
        self.marks().filter(|mark| from < mark.from).for_each(|mark| {
            let to = to.min(mark.from);
            add(mark.start(), to);
        });
    }

    pub(super) fn begin_day(&mut self, at: Time) {
        self.spend(at);
        self.day = Mark::new(at, Some(Box::new(self.whole.clone())));
    }

    pub(super) fn begin_whole(&mut self, at: Time) {
        self.spend(at);
        let next = Box::new(Mark::new(at, Some(Box::new(self.whole.clone()))));
        self.spans = [Some(next), self.spans[0].take()];
    }

    pub(super) fn part(&mut self, part: Part, now: Time) -> AgentTally {
        self.spend(now);
        match (part, &self.spans) {
            (Part::Running, [None, _]) => self.whole.clone(),
            (Part::Running, [Some(running), _]) => running.until(&self.whole),
            (Part::Before, [Some(running), Some(before)]) => {
                before.until(running.start.as_deref().unwrap_or(&AgentTally::default()))
            }
            (Part::Before, _) => AgentTally::default(),
        }
    }

    pub(super) fn day(&mut self, now: Time) -> AgentTally {
        self.spend(now);
        self.day.until(&self.whole)
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
        AgentWhat::Dialled => t.outbound += 1,
        AgentWhat::Connected => t.connected_out += 1,
        AgentWhat::OutEnded { talk, hold, transfer } => {
            t.contacts_out += 1;
            t.talk_out_us += talk.micros();
            t.hold_out_us += hold.micros();
            t.transfers_out += i64::from(*transfer);
        }
        AgentWhat::Tagged(tag) => t.tags[*tag as usize] += 1,
        AgentWhat::Slot { .. } | AgentWhat::Amended(_) | AgentWhat::Began(_) | AgentWhat::Over(_) => {}
    }
}

/// A person has few reasons a day; the time of more than these goes to the last.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn s(n: i64) -> Time {
        Time::from_secs(1_000_000 + n)
    }

    fn enter(person: &mut Person, at: i64, to: Slot, reason: Option<&str>) {
        person.take(s(at), &AgentWhat::Slot { to, reason: reason.map(Label::new) });
    }

    /// Seconds ready, in after-call work, at rest; and those calls kept the person busy: in talk, in after-call work.
    fn seconds(t: &AgentTally) -> [i64; 5] {
        let time = [Slot::Ready, Slot::AfterCall, Slot::Rest].map(|slot| t.time.of(slot));
        let [ready, after_call, rest] = time;
        [ready, after_call, rest, t.busy(Busy::TalkIn), t.busy(Busy::AfterCallIn)].map(|us| us / 1_000_000)
    }

    fn reasons(t: &AgentTally) -> Vec<(&str, i64)> {
        t.not_ready_by_reason.iter().map(|(reason, us)| (reason.as_str(), us / 1_000_000)).collect()
    }

    /// Signed in at 0; spans of the recording begin at 100 and 300, the day at 200.
    fn person() -> Person {
        let mut person = Person::new(s(0), s(0), [None, None]);
        enter(&mut person, 0, Slot::Ready, None);
        person
    }

    fn windows(person: &mut Person, now: i64) -> [AgentTally; 3] {
        [person.part(Part::Before, s(now)), person.part(Part::Running, s(now)), person.day(s(now))]
    }

    #[test]
    fn a_state_told_late_is_counted_anew_in_every_window() {
        for (back_at, want) in [
            // Back from the meal at 350 as far as anybody knows; then it was 250, then 150, then 60, always after 50.
            (350, [[0, 0, 200, 0, 0], [50, 0, 50, 0, 0], [50, 0, 150, 0, 0]]),
            (250, [[50, 0, 150, 0, 0], [100, 0, 0, 0, 0], [150, 0, 50, 0, 0]]),
            (150, [[150, 0, 50, 0, 0], [100, 0, 0, 0, 0], [200, 0, 0, 0, 0]]),
            (60, [[200, 0, 0, 0, 0], [100, 0, 0, 0, 0], [200, 0, 0, 0, 0]]),
            // A state is never entered before the one it follows.
            (10, [[200, 0, 0, 0, 0], [100, 0, 0, 0, 0], [200, 0, 0, 0, 0]]),
        ] {
            let mut person = person();
            enter(&mut person, 50, Slot::Rest, Some("meal"));
            person.begin_whole(s(100));
            person.begin_day(s(200));
            person.begin_whole(s(300));
            // Somebody looks before it is told.
            person.day(s(400));
            enter(&mut person, back_at, Slot::Ready, None);
            let got = windows(&mut person, 400);
            assert_eq!(got.each_ref().map(seconds), want, "back at {back_at}");
            for (tally, [_, _, rest, ..]) in got.iter().zip(want) {
                let meal: &[_] = if rest > 0 { &[("meal", rest)] } else { &[] };
                assert_eq!(reasons(tally), meal, "back at {back_at}");
            }
        }
    }

    #[test]
    fn a_call_whose_end_is_told_late_kept_busy_until_then() {
        for (over_at, want) in [(350, [200, 50, 150]), (250, [150, 0, 50]), (150, [50, 0, 0]), (60, [0, 0, 0])] {
            let mut person = person();
            person.take(s(50), &AgentWhat::Began(Busy::TalkIn));
            person.begin_whole(s(100));
            person.begin_day(s(200));
            person.begin_whole(s(300));
            person.day(s(400));
            person.take(s(over_at), &AgentWhat::Over(Busy::TalkIn));
            let got = windows(&mut person, 400).map(|t| seconds(&t)[3]);
            assert_eq!(got, want, "over at {over_at}");
        }
    }

    #[test]
    fn after_call_work_told_late_moves_time_from_where_it_was_counted() {
        let mut person = person();
        person.begin_whole(s(100));
        person.begin_day(s(200));
        person.begin_whole(s(300));
        enter(&mut person, 400, Slot::Ready, None);
        let amended = |from, to| {
            AgentWhat::Amended(Box::new(Amended { until: s(320), from, from_reason: None, to, reason: None }))
        };
        // From 150 to 320: 150 s before the span that runs, 20 s in it.
        person.take(s(150), &amended(Slot::Ready, Slot::AfterCall));
        let after_call = [[50, 150, 0, 0, 150], [80, 20, 0, 0, 20], [80, 120, 0, 0, 120]];
        assert_eq!(windows(&mut person, 400).map(|t| seconds(&t)), after_call);
        // It was none after all.
        person.take(s(150), &amended(Slot::AfterCall, Slot::Ready));
        let none = [[200, 0, 0, 0, 0], [100, 0, 0, 0, 0], [200, 0, 0, 0, 0]];
        assert_eq!(windows(&mut person, 400).map(|t| seconds(&t)), none);
        // Rest is no work.
        person.take(s(310), &amended(Slot::Ready, Slot::Rest));
        let rest = [[200, 0, 0, 0, 0], [90, 0, 10, 0, 0], [190, 0, 10, 0, 0]];
        assert_eq!(windows(&mut person, 400).map(|t| seconds(&t)), rest);
    }

    #[test]
    fn a_sign_in_is_of_the_span_it_lies_in_whenever_it_is_told() {
        let mut person = person();
        person.begin_whole(s(100));
        person.begin_day(s(200));
        person.begin_whole(s(300));
        // Out of order; one at the very edge of two spans.
        for (at, what) in [
            (310, AgentWhat::SignedIn),
            (50, AgentWhat::SignedIn),
            (150, AgentWhat::SignedIn),
            (120, AgentWhat::SignedIn),
            (300, AgentWhat::SignedOut),
            (280, AgentWhat::SignedOut),
            (90, AgentWhat::SignedOut),
        ] {
            person.take(s(at), &what);
        }
        let signs = |t: &AgentTally| (t.first_sign_in, t.last_sign_out, t.sign_ins, t.sign_outs);
        assert_eq!(
            windows(&mut person, 400).each_ref().map(signs),
            [
                (Some(s(120)), Some(s(280)), 2, 1),
                (Some(s(310)), Some(s(300)), 1, 1),
                (Some(s(310)), Some(s(300)), 1, 2),
            ]
        );
    }

    #[test]
    fn what_is_counted_of_a_person_goes_to_its_sum_in_the_window_it_lies_in() {
        let span = Span::from_secs;
        let told = [
            AgentWhat::Answered,
            AgentWhat::TalkEnded { talk: span(60), hold: span(20), transfer: true },
            AgentWhat::TalkEnded { talk: span(5), hold: span(1), transfer: false },
            AgentWhat::WasTransfer,
            AgentWhat::AfterCallEnded { after_call: span(30), handle: span(90) },
            AgentWhat::RingMissed,
            AgentWhat::NotReadyEntered,
            AgentWhat::Dialled,
            AgentWhat::Connected,
            AgentWhat::OutEnded { talk: span(40), hold: span(8), transfer: true },
            AgentWhat::Tagged(crate::floor::Tag::Sale),
        ];
        let mut tags = [0; 7];
        tags[crate::floor::Tag::Sale as usize] = 1;
        let want = AgentTally {
            answered: 1,
            contacts: 2,
            talk_us: 65_000_000,
            hold_us: 21_000_000,
            transfers: 2,
            after_calls: 1,
            after_call_us: 30_000_000,
            handle_us: 90_000_000,
            ring_no_answer: 1,
            not_ready_count: 1,
            outbound: 1,
            connected_out: 1,
            contacts_out: 1,
            talk_out_us: 40_000_000,
            hold_out_us: 8_000_000,
            transfers_out: 1,
            tags,
            ..AgentTally::default()
        };
        let mut person = Person::new(s(0), s(0), [None, None]);
        person.begin_whole(s(100));
        person.begin_day(s(200));
        person.begin_whole(s(300));
        let counted = |person: &mut Person| windows(person, 300).map(|t| AgentTally { time: want.time, ..t });
        // Told at 250, of what was at 150: of the span before the running one, and of yesterday.
        for what in &told {
            person.take(s(150), what);
        }
        assert_eq!(counted(&mut person), [want.clone(), AgentTally::default(), AgentTally::default()]);
        for what in &told {
            person.take(s(300), what);
        }
        assert_eq!(counted(&mut person), [want.clone(), want.clone(), want.clone()]);
    }

    #[test]
    fn time_of_more_reasons_than_are_kept_is_not_lost() {
        let mut person = person();
        for n in 0..100 {
            enter(&mut person, 10 * n, Slot::Rest, Some(&format!("reason {n}")));
        }
        let day = person.day(s(1000));
        assert_eq!(day.not_ready_by_reason.len(), MOST_REASONS);
        assert_eq!(reasons(&day).iter().map(|(_, s)| s).sum::<i64>(), 1000);
        assert_eq!(day.time.not_ready(), 1_000_000_000);
    }
}
