//! People's time in one scope: who did what for how long, in every window.
//!
//! Time in a slot is the integral of the number of people in it. Each window keeps the integral at its start; the window's
//! time is the difference. The start of a sliding window follows through the log of changes, as in the ledger of calls.

use std::collections::VecDeque;

use super::people::SlotTimes;
use super::window::{Part, Window};
use crate::floor::{SLOTS, Slot};
use crate::model::Time;

/// A log of so many changes is looked through for what is older than any window.
const MOST: usize = 4096;

#[derive(Clone, Copy, Debug)]
struct Change {
    at: Time,
    from: Option<Slot>,
    to: Option<Slot>,
}

/// The integral up to an instant: n people in a slot have spent n·t less the Σ of the instants they came, plus the Σ of
/// those at which others left. So a change touches two slots, and a look works the rest out.
#[derive(Clone, Debug)]
struct Hand {
    at: Time,
    people: [i64; SLOTS],
    /// Σ of the instants of coming less those of leaving, microseconds.
    came: [i64; SLOTS],
}

impl Hand {
    const fn new(at: Time) -> Self {
        Self { at, people: [0; SLOTS], came: [0; SLOTS] }
    }

    fn change(&mut self, change: &Change) {
        let at = change.at.micros();
        if let Some(from) = change.from {
            self.people[from.index()] -= 1;
            self.came[from.index()] = self.came[from.index()].wrapping_sub(at);
        }
        if let Some(to) = change.to {
            self.people[to.index()] += 1;
            self.came[to.index()] = self.came[to.index()].wrapping_add(at);
        }
    }

    /// The integral. Instants count from 1970, so products and sums may pass the end of their type; what is left is exact,
    /// as long as itself it does not.
    fn spent(&self) -> SlotTimes {
        let at = self.at.micros();
        let mut spent = SlotTimes([0; SLOTS]);
        for ((spent, people), came) in spent.0.iter_mut().zip(self.people).zip(self.came) {
            *spent = people.wrapping_mul(at).wrapping_sub(came);
        }
        spent
    }
}

/// The integral where a window with a fixed start begins.
#[derive(Clone, Debug)]
struct Start {
    at: Time,
    spent: SlotTimes,
}

impl Start {
    const fn new(at: Time) -> Self {
        Self { at, spent: SlotTimes([0; SLOTS]) }
    }

    /// A change that lies before it is made good.
    fn change(&mut self, change: &Change) {
        let behind = self.at.since(change.at).micros();
        if let Some(from) = change.from {
            self.spent.0[from.index()] -= behind;
        }
        if let Some(to) = change.to {
            self.spent.0[to.index()] += behind;
        }
    }
}

/// The account of people's time in one scope. Most scopes of a large floor have no members: they keep no more than where
/// windows began.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    created: Time,
    followed: Time,
    interval: Time,
    day: Time,
    /// Start of the running span of a recording.
    whole: Time,
    /// Start of the span before it.
    before: Option<Time>,
    spent: Option<Box<Spent>>,
}

/// The account of a scope that has, or had, members.
#[derive(Clone, Debug)]
struct Spent {
    log: VecDeque<Change>,
    /// Changes of the log each sliding hand has passed.
    passed: [usize; 4],
    head: Hand,
    sliding: [Hand; 4],
    interval: Start,
    day: Start,
    /// Start of the running span of a recording.
    whole: Start,
    /// Start of the span before it.
    before: Option<Box<Start>>,
}

/// The first instant of a sliding window that ends in `second`: the second after ⌊now⌋ − W (KPI.md, "Windows").
fn start_of(window: Window, second: i64) -> Time {
    Time::from_secs(second - window.sliding_secs().unwrap_or(3600) + 1)
}

impl Hours {
    pub(super) const fn new(now: Time) -> Self {
        Self { created: now, followed: Time::MIN, interval: now, day: now, whole: Time::MIN, before: None, spent: None }
    }

    /// Whether anybody was ever a member: without one there is no time.
    pub(super) const fn used(&self) -> bool {
        self.spent.is_some()
    }

    pub(super) fn change(&mut self, at: Time, from: Option<Slot>, to: Option<Slot>) {
        if self.spent.is_none() {
            self.spent = Some(Box::new(self.first(at)));
        }
        if let Some(spent) = &mut self.spent {
            spent.change(&Change { at, from, to });
        }
    }

    /// Time before the first member, at `at`, is nobody's: no hand has anything to catch up.
    fn first(&self, at: Time) -> Spent {
        let hand = |window| Hand::new(self.created.max(start_of(window, self.followed.second())).min(at));
        Spent {
            log: VecDeque::new(),
            passed: [0; 4],
            head: Hand::new(at),
            sliding: Window::SLIDING.map(hand),
            interval: Start::new(self.interval.min(at)),
            day: Start::new(self.day.min(at)),
            whole: Start::new(self.whole),
            before: self.before.map(|at| Box::new(Start::new(at))),
        }
    }

    /// Lets the sliding windows follow to `now`.
    pub(super) fn follow(&mut self, now: Time) {
        self.followed = self.followed.max(now);
        if let Some(spent) = &mut self.spent {
            spent.follow(now);
        }
    }

    /// The interval (or the day) begins at `from`, which `follow` has not passed yet.
    pub(super) fn begin(&mut self, window: Window, from: Time) {
        *(if window == Window::Day { &mut self.day } else { &mut self.interval }) = from;
        if let Some(spent) = &mut self.spent {
            spent.begin(window, from);
        }
    }

    /// A span of the recording is over, another begins at `from`.
    pub(super) fn begin_whole(&mut self, from: Time) {
        self.before = Some(std::mem::replace(&mut self.whole, from));
        if let Some(spent) = &mut self.spent {
            spent.begin_whole(from);
        }
    }

    /// Time by slot in a part of the recording.
    pub(super) fn part(&self, part: Part) -> SlotTimes {
        self.spent.as_ref().map_or_else(SlotTimes::default, |spent| spent.part(part))
    }

    /// Time by slot in the running interval, up to its end.
    pub(super) fn ended(&mut self, end: Time) -> SlotTimes {
        self.spent.as_mut().map_or_else(SlotTimes::default, |spent| spent.ended(end))
    }

    /// Time by slot in a window up to where [`Self::follow`] came.
    pub(super) fn window(&self, window: Window) -> SlotTimes {
        self.spent.as_ref().map_or_else(SlotTimes::default, |spent| spent.window(window))
    }
}

impl Spent {
    fn change(&mut self, change: &Change) {
        let at = change.at;
        self.head.change(change);
        self.head.at = self.head.at.max(at);
        let place = self.log.iter().rev().take_while(|c| c.at > at).count();
        let index = self.log.len() - place;
        for (hand, passed) in self.sliding.iter_mut().zip(&mut self.passed) {
            if index < *passed || (index == *passed && at <= hand.at) {
                hand.change(change);
                *passed += 1;
            }
        }
        let before = self.before.as_deref_mut();
        for start in [&mut self.interval, &mut self.day, &mut self.whole].into_iter().chain(before) {
            if at < start.at {
                start.change(change);
            }
        }
        if place == 0 {
            self.log.push_back(*change);
        } else {
            self.log.insert(index, *change);
        }
        if self.log.len() >= MOST && self.log.len().is_multiple_of(MOST / 16) {
            self.forget();
        }
    }

    /// What nobody can ask for any more leaves the log, though nobody looked for long.
    fn forget(&mut self) {
        let last = self.log.back().map_or(self.head.at, |c| c.at);
        self.slide(last.second());
    }

    fn follow(&mut self, now: Time) {
        self.head.at = self.head.at.max(now);
        self.slide(now.second());
    }

    fn slide(&mut self, second: i64) {
        for ((hand, passed), window) in self.sliding.iter_mut().zip(&mut self.passed).zip(Window::SLIDING) {
            let start = start_of(window, second);
            while let Some(change) = self.log.get(*passed).filter(|c| c.at <= start) {
                hand.change(change);
                *passed += 1;
            }
            hand.at = hand.at.max(start);
        }
        let gone = self.passed[3];
        if gone > 64 && gone * 2 > self.log.len() {
            self.log.drain(..gone);
            self.passed.iter_mut().for_each(|passed| *passed -= gone);
        }
    }

    fn begin(&mut self, window: Window, from: Time) {
        self.head.at = self.head.at.max(from);
        let start = Start { at: from, spent: self.head.spent() };
        // Changes that came before they were due (none in practice) lie in both and cancel.
        *(if window == Window::Day { &mut self.day } else { &mut self.interval }) = start;
    }

    fn begin_whole(&mut self, from: Time) {
        self.head.at = self.head.at.max(from);
        let start = Start { at: from, spent: self.head.spent() };
        self.before = Some(Box::new(std::mem::replace(&mut self.whole, start)));
    }

    fn part(&self, part: Part) -> SlotTimes {
        match part {
            Part::Running => self.head.spent() - self.whole.spent,
            Part::Before => self.before.as_ref().map_or_else(SlotTimes::default, |b| self.whole.spent - b.spent),
        }
    }

    fn ended(&mut self, end: Time) -> SlotTimes {
        self.head.at = self.head.at.max(end);
        self.head.spent() - self.interval.spent
    }

    fn window(&self, window: Window) -> SlotTimes {
        let spent = self.head.spent();
        match window {
            Window::Whole => self.part(Part::Running),
            Window::Interval => spent - self.interval.spent,
            Window::Day => spent - self.day.spent,
            Window::Min5 | Window::Min15 | Window::Min30 | Window::Hour => {
                self.sliding.get(window.index()).map_or(spent, |hand| spent - hand.spent())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(n: i64) -> Time {
        Time::from_secs(1_000_000 + n)
    }

    /// Changes in the log.
    fn kept(hours: &Hours) -> usize {
        hours.spent.as_ref().map_or(0, |spent| spent.log.len())
    }

    #[test]
    fn time_in_slots_adds_up_to_window_times_people() {
        let mut hours = Hours::new(s(0));
        hours.change(s(0), None, Some(Slot::Ready));
        hours.change(s(0), None, Some(Slot::Rest));
        hours.change(s(100), Some(Slot::Ready), Some(Slot::TalkIn));
        hours.change(s(250), Some(Slot::TalkIn), Some(Slot::AfterCall));
        hours.follow(s(4000));
        for (window, span) in [(Window::Min5, 299), (Window::Min15, 899), (Window::Hour, 3599), (Window::Whole, 4000)] {
            let t = hours.window(window);
            assert_eq!(t.0.iter().sum::<i64>(), 2 * span * 1_000_000, "{window:?}");
        }
        assert_eq!(hours.window(Window::Whole).of(Slot::TalkIn), 150_000_000);
    }

    #[test]
    fn a_late_change_gives_the_same_as_one_in_time() {
        let run = |late: bool| {
            let mut hours = Hours::new(s(0));
            hours.change(s(0), None, Some(Slot::Ready));
            if !late {
                hours.change(s(50), Some(Slot::Ready), Some(Slot::Ringing));
                hours.change(s(55), Some(Slot::Ringing), Some(Slot::Ready));
            }
            hours.change(s(60), Some(Slot::Ready), Some(Slot::TalkIn));
            hours.follow(s(400));
            if late {
                hours.change(s(50), Some(Slot::Ready), Some(Slot::Ringing));
                hours.change(s(55), Some(Slot::Ringing), Some(Slot::Ready));
            }
            hours.follow(s(500));
            Window::ALL.iter().map(|w| hours.window(*w)).collect::<Vec<_>>()
        };
        assert_eq!(run(false), run(true));
    }

    fn of(times: SlotTimes, slots: [Slot; 3]) -> [i64; 3] {
        slots.map(|slot| times.of(slot) / 1_000_000)
    }

    const SLOTS_SEEN: [Slot; 3] = [Slot::Ready, Slot::TalkIn, Slot::Rest];

    #[test]
    fn spans_of_a_recording_and_intervals_have_what_lies_between_their_ends() {
        let mut hours = Hours::new(s(0));
        assert_eq!(hours.ended(s(10)), SlotTimes::default(), "nobody was ever a member");
        hours.change(s(0), None, Some(Slot::Ready));
        hours.begin_whole(s(100));
        hours.change(s(150), Some(Slot::Ready), Some(Slot::TalkIn));
        hours.begin_whole(s(200));
        assert_eq!(of(hours.ended(s(300)), SLOTS_SEEN), [150, 150, 0]);
        hours.begin(Window::Interval, s(300));
        assert_eq!(of(hours.ended(s(350)), SLOTS_SEEN), [0, 50, 0]);
        // Another had been at rest since 50, and that is told late.
        hours.change(s(50), None, Some(Slot::Rest));
        hours.follow(s(400));
        assert_eq!(of(hours.part(Part::Before), SLOTS_SEEN), [50, 50, 100]);
        assert_eq!(of(hours.part(Part::Running), SLOTS_SEEN), [0, 200, 200]);
        assert_eq!(of(hours.window(Window::Interval), SLOTS_SEEN), [0, 100, 100]);
    }

    /// Thousands of changes nobody looked at: one person goes to another slot every second.
    #[test]
    fn a_log_of_thousands_forgets_what_no_window_holds_and_nothing_else() {
        let slot = |n: i64| SLOTS_SEEN[usize::try_from(n % 3).unwrap_or(0)];
        let (mut hours, mut most_kept) = (Hours::new(s(0)), 0);
        for n in 0..12_000 {
            hours.change(s(n), (n > 0).then(|| slot(n - 1)), Some(slot(n)));
            most_kept = most_kept.max(kept(&hours));
        }
        for now in [12_000, 12_100, 15_700] {
            hours.follow(s(now));
            for window in Window::SLIDING {
                let from = now - window.sliding_secs().unwrap_or_default() + 1;
                // In the last slot until now, in each one before it for a second.
                let mut want = SlotTimes::default();
                (from.min(11_999)..11_999).for_each(|n| want.0[slot(n).index()] += 1_000_000);
                want.0[slot(11_999).index()] += (now - from.max(11_999)) * 1_000_000;
                assert_eq!(hours.window(window), want, "{window:?} at {now}");
            }
        }
        assert!(most_kept < 7500 && kept(&hours) == 0, "{most_kept} kept");
    }
}
