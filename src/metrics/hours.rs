//! People's time in one scope: who did what for how long, in every window.
//!
//! Time in a slot is the integral of the number of people in it. Each window keeps the integral at its start; the window's
//! time is the difference. The start of a sliding window follows through the log of changes, as in the ledger of calls.

use std::collections::VecDeque;

use super::people::SlotTimes;
use super::window::{Part, Window};
use crate::floor::{SLOTS, Slot};
use crate::model::Time;

#[derive(Clone, Copy, Debug)]
struct Change {
    at: Time,
    from: Option<Slot>,
    to: Option<Slot>,
}

/// The integral up to an instant, and the numbers of people that make it grow from there.
#[derive(Clone, Debug)]
struct Hand {
    at: Time,
    people: [i64; SLOTS],
    spent: SlotTimes,
    passed: usize,
}

impl Hand {
    const fn new(at: Time) -> Self {
        Self { at, people: [0; SLOTS], spent: SlotTimes([0; SLOTS]), passed: 0 }
    }

    fn go_to(&mut self, at: Time) {
        let span = at.since(self.at).micros();
        if span <= 0 {
            return;
        }
        for (spent, people) in self.spent.0.iter_mut().zip(self.people) {
            *spent += people * span;
        }
        self.at = at;
    }

    /// Takes a change at its instant; one that lies behind is made good.
    fn change(&mut self, change: &Change) {
        self.go_to(change.at);
        let behind = self.at.since(change.at).micros();
        if let Some(from) = change.from {
            self.people[from.index()] -= 1;
            self.spent.0[from.index()] -= behind;
        }
        if let Some(to) = change.to {
            self.people[to.index()] += 1;
            self.spent.0[to.index()] += behind;
        }
    }
}

/// The account of people's time in one scope.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    log: VecDeque<Change>,
    head: Hand,
    sliding: [Hand; 4],
    interval: Hand,
    day: Hand,
    /// Start of the running span of a recording.
    whole: Hand,
    /// Start of the span before it.
    before: Option<Box<Hand>>,
    used: bool,
}

impl Hours {
    pub(super) const fn new(now: Time) -> Self {
        Self {
            log: VecDeque::new(),
            head: Hand::new(now),
            sliding: [Hand::new(now), Hand::new(now), Hand::new(now), Hand::new(now)],
            interval: Hand::new(now),
            day: Hand::new(now),
            whole: Hand::new(Time::MIN),
            before: None,
            used: false,
        }
    }

    /// Whether anybody was ever a member: without one there is no time.
    pub(super) const fn used(&self) -> bool {
        self.used
    }

    pub(super) fn change(&mut self, at: Time, from: Option<Slot>, to: Option<Slot>) {
        let change = Change { at, from, to };
        if !self.used {
            // Time before the first member is nobody's: no hand has anything to catch up.
            self.used = true;
            for hand in self.hands() {
                hand.at = hand.at.min(at);
            }
        }
        self.head.change(&change);
        let place = self.log.iter().rev().take_while(|c| c.at > at).count();
        let index = self.log.len() - place;
        for hand in &mut self.sliding {
            if index < hand.passed || (index == hand.passed && at <= hand.at) {
                hand.change(&change);
                hand.passed += 1;
            }
        }
        let before = self.before.as_deref_mut();
        for hand in [&mut self.interval, &mut self.day, &mut self.whole].into_iter().chain(before) {
            if at < hand.at {
                hand.change(&change);
            }
        }
        self.log.insert(index, change);
    }

    fn hands(&mut self) -> impl Iterator<Item = &mut Hand> {
        std::iter::once(&mut self.head).chain(&mut self.sliding).chain([&mut self.interval, &mut self.day])
    }

    /// Lets the sliding windows follow to `now`: each begins at the second after ⌊now⌋ − W (KPI.md, "Windows").
    pub(super) fn follow(&mut self, now: Time) {
        self.head.go_to(now);
        let second = now.second();
        for (hand, window) in self.sliding.iter_mut().zip(Window::SLIDING) {
            let start = Time::from_secs(second - window.sliding_secs().unwrap_or(3600) + 1);
            while let Some(change) = self.log.get(hand.passed).filter(|c| c.at <= start).copied() {
                hand.change(&change);
                hand.passed += 1;
            }
            hand.go_to(start);
        }
        let gone = self.sliding[3].passed;
        if gone > 64 && gone * 2 > self.log.len() {
            self.log.drain(..gone);
            for hand in &mut self.sliding {
                hand.passed -= gone;
            }
        }
    }

    /// The interval (or the day) begins at `from`, which `follow` has not passed yet.
    pub(super) fn begin(&mut self, window: Window, from: Time) {
        self.head.go_to(from);
        let hand = if window == Window::Day { &mut self.day } else { &mut self.interval };
        let passed = hand.passed;
        *hand = Hand { passed, ..self.head.clone() };
        // Changes that came before they were due (none in practice) lie in both and cancel.
        hand.at = from;
    }

    /// A span of the recording is over, another begins at `from`.
    pub(super) fn begin_whole(&mut self, from: Time) {
        if self.used {
            self.head.go_to(from);
        }
        let start = Hand { at: from, passed: 0, ..self.head.clone() };
        self.before = Some(Box::new(std::mem::replace(&mut self.whole, start)));
    }

    /// Time by slot in a part of the recording.
    pub(super) fn part(&self, part: Part) -> SlotTimes {
        match part {
            Part::Running => self.head.spent - self.whole.spent,
            Part::Before => self.before.as_ref().map_or_else(SlotTimes::default, |b| self.whole.spent - b.spent),
        }
    }

    /// Time by slot in the running interval, up to its end.
    pub(super) fn ended(&mut self, end: Time) -> SlotTimes {
        if !self.used {
            return SlotTimes::default();
        }
        self.head.go_to(end);
        self.head.spent - self.interval.spent
    }

    /// Time by slot in a window up to where [`Self::follow`] came.
    pub(super) fn window(&self, window: Window) -> SlotTimes {
        match window {
            Window::Whole => self.part(Part::Running),
            Window::Interval => self.head.spent - self.interval.spent,
            Window::Day => self.head.spent - self.day.spent,
            Window::Min5 | Window::Min15 | Window::Min30 | Window::Hour => {
                self.sliding.get(window.index()).map_or(self.head.spent, |h| self.head.spent - h.spent)
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
}
