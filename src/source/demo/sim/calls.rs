//! Callers: arriving, waiting, giving up, being sent on.

use std::collections::BTreeSet;

use super::event::{CallReason, Fact, JoinFact};
use super::{Sim, Timer};
use crate::model::{ExitWhy, RefusedWhy, Span, Time};

/// Callers' numbers come from eight made-up blocks of 10,000.
const CALLERS: u32 = 80_000;

/// A call from its join to its end.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) caller: u32,
    pub(super) area: usize,
    pub(super) area_known: bool,
    pub(super) menu: usize,
    pub(super) line: usize,
    pub(super) reason: CallReason,
    pub(super) tries: u32,
    /// The queue it is in now, and the one it came from.
    pub(super) queue: usize,
    pub(super) from_queue: Option<usize>,
    /// When it joined its first queue: its place in every line of waiting callers.
    pub(super) first_joined: Time,
    pub(super) joined: Time,
    /// Number of this leg; timers of an earlier one are void.
    pub(super) leg: u32,
    pub(super) at: CallAt,
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallAt {
    Waiting,
    Ringing(usize),
    Talking,
}

/// A queue's callers, ringing ones included, in the order they came.
#[derive(Clone, Debug, Default)]
pub(super) struct QueueNow {
    pub(super) waiting: BTreeSet<(Time, u64)>,
}

impl Sim {
    pub(super) fn arrive(&mut self, place: Option<(usize, usize)>) {
        if let Some((queue, area)) = place {
            let again = self.callers_seen > 0 && self.callers.chance(self.scenario.behaviour().again_share);
            let caller = if again {
                u32::try_from(self.callers.below(self.callers_seen as usize)).unwrap_or(0)
            } else {
                self.callers_seen = (self.callers_seen + 1) % CALLERS;
                self.callers_seen
            };
            self.call_in(caller, queue, area, 1);
        }
        let (at, next) = self.volume.next(self.now, &mut self.arrivals);
        self.at(at, Timer::Arrival(next));
    }

    /// Somebody calls: through the menu, past the door, into the queue.
    pub(super) fn call_in(&mut self, caller: u32, queue: usize, area: usize, tries: u32) {
        let scenario = self.scenario.clone();
        let Some(q) = scenario.queues().get(queue) else { return };
        let line = scenario.lines().iter().position(|l| l.number == q.line).unwrap_or(0);
        if self.lines[line] >= self.capacity(line) {
            self.tell(Fact::Refused { line, queue, why: RefusedWhy::Full });
            self.maybe_redial(caller, queue, area, tries);
            return;
        }
        let menu = self.callers.below(q.menus.len());
        let menu = q.menus.get(menu).and_then(|id| scenario.menus().iter().position(|m| m.id == *id)).unwrap_or(0);
        self.count_menu(menu);
        let reason = match self.volume.told_by(queue, area, self.now, &mut self.callers) {
            Some(trouble) => CallReason::Trouble(trouble),
            None => CallReason::Of { queue, reason: self.callers.pick(q.reasons.iter().map(|r| r.weight)) },
        };
        let call = Call {
            caller,
            area,
            area_known: self.callers.chance(scenario.behaviour().known_area_share),
            menu,
            line,
            reason,
            tries,
            queue,
            from_queue: None,
            first_joined: self.now,
            joined: self.now,
            leg: 0,
            at: CallAt::Waiting,
        };
        self.lines[line] += 1;
        self.calls_begun += 1;
        let number = self.calls_begun;
        self.calls.insert(number, call);
        let misdial = self.callers.chance(scenario.behaviour().misdial_share);
        self.join(number, queue, misdial);
    }

    /// A call joins a queue: a new leg, with a patience of its own.
    pub(super) fn join(&mut self, number: u64, queue: usize, misdial: bool) {
        let scenario = self.scenario.clone();
        let (Some(q), Some(call)) = (scenario.queues().get(queue), self.calls.get_mut(&number)) else { return };
        call.leg += 1;
        call.from_queue = (call.leg > 1).then_some(call.queue);
        call.queue = queue;
        call.joined = self.now;
        call.at = CallAt::Waiting;
        let leg = call.leg;
        self.queues[queue].waiting.insert((call.first_joined, number));
        self.tell(Fact::Joined(Box::new(self.join_fact(number, None))));
        let patience = if misdial {
            Span::from_secs_f64(1.0 + 3.0 * self.callers.unit())
        } else {
            self.callers.lognormal(q.patience)
        };
        self.after(patience, Timer::Patience { call: number, leg });
        if let Some(o) = q.overflow.as_ref().filter(|_| leg == 1) {
            self.after(Span::from_secs_f64(o.after_s), Timer::Overflow { call: number, leg });
        }
        if let Some(s) = q.timeout_s {
            self.after(Span::from_secs_f64(s), Timer::Timeout { call: number, leg });
        }
        self.offer(number);
    }

    pub(super) fn lose_patience(&mut self, number: u64, leg: u32) {
        let Some(queue) = self.still_waiting(number, leg) else { return };
        self.unwait(number);
        self.tell(Fact::Abandoned { call: number, queue });
        self.lost(number);
    }

    pub(super) fn send_on(&mut self, number: u64, leg: u32) {
        let Some(queue) = self.still_waiting(number, leg) else { return };
        if self.ringing_at(number).is_some() {
            return;
        }
        let overflow = self.scenario.queues()[queue].overflow.as_ref();
        let Some(to) = overflow.and_then(|o| self.scenario.queue_at(&o.to)) else { return };
        self.unwait(number);
        self.tell(Fact::Exited { call: number, queue, why: ExitWhy::Overflow });
        self.join(number, to, false);
    }

    pub(super) fn turn_away(&mut self, number: u64, leg: u32) {
        let Some(queue) = self.still_waiting(number, leg) else { return };
        if self.ringing_at(number).is_some() {
            return;
        }
        self.unwait(number);
        self.tell(Fact::Exited { call: number, queue, why: ExitWhy::Timeout });
        self.lost(number);
    }

    /// The call leaves the lists of waiting callers; whoever it rang at is freed once what happened has been told.
    fn unwait(&mut self, number: u64) {
        if let Some(call) = self.calls.get(&number) {
            self.queues[call.queue].waiting.remove(&(call.first_joined, number));
        }
    }

    /// A caller is gone unanswered.
    fn lost(&mut self, number: u64) {
        let ringing = self.ringing_at(number);
        if let Some(call) = self.hang_up(number) {
            self.maybe_redial(call.caller, call.queue, call.area, call.tries);
        }
        if let Some(agent) = ringing {
            self.free(agent);
        }
    }

    /// The call is over and its channel free.
    pub(super) fn hang_up(&mut self, number: u64) -> Option<Call> {
        let call = self.calls.remove(&number)?;
        self.lines[call.line] = self.lines[call.line].saturating_sub(1);
        Some(call)
    }

    fn maybe_redial(&mut self, caller: u32, queue: usize, area: usize, tries: u32) {
        let redial = self.scenario.behaviour().redial;
        if tries < redial.tries && self.callers.chance(redial.share) {
            let pause = self.callers.exponential(redial.mean_s);
            self.after(pause, Timer::Redial { caller, queue, area, tries: tries + 1 });
        }
    }

    /// Those who enter a menu for each one who goes on to a queue: the rest serve themselves or hang up in it.
    fn count_menu(&mut self, menu: usize) {
        let m = &self.scenario.menus()[menu];
        let (self_service, left) = (m.self_service, m.left);
        let count = &mut self.menus[menu];
        count.to_queue += 1;
        count.entered += 1;
        while self.callers.chance(self_service + left) {
            count.entered += 1;
            if self.callers.chance(left / (self_service + left)) {
                count.left += 1;
            }
        }
    }

    fn still_waiting(&self, number: u64, leg: u32) -> Option<usize> {
        self.calls.get(&number).filter(|c| c.leg == leg && c.at != CallAt::Talking).map(|c| c.queue)
    }

    fn ringing_at(&self, number: u64) -> Option<usize> {
        match self.calls.get(&number).map(|c| c.at) {
            Some(CallAt::Ringing(agent)) => Some(agent),
            _ => None,
        }
    }

    fn join_fact(&self, number: u64, waited: Option<Span>) -> JoinFact {
        let call = &self.calls[&number];
        let place = self.queues[call.queue].waiting.range(..=(call.first_joined, number)).count();
        JoinFact {
            call: number,
            queue: call.queue,
            caller: call.caller,
            line: call.line,
            area: call.area_known.then_some(call.area),
            menu: call.menu,
            priority: self.scenario.queues()[call.queue].priority,
            position: place,
            from_queue: call.from_queue,
            waited,
        }
    }

    pub(super) fn waiting_rows(&self) -> Vec<Fact> {
        let mut rows = Vec::new();
        for (number, call) in self.calls.iter().filter(|(_, c)| c.at != CallAt::Talking) {
            rows.push(Fact::Joined(Box::new(self.join_fact(*number, Some(self.now.since(call.joined))))));
            if let CallAt::Ringing(agent) = call.at {
                rows.push(Fact::Ringing { call: *number, queue: call.queue, agent });
            }
        }
        rows
    }

    pub(super) fn observed(&self, queue: usize) -> Fact {
        let waiting = &self.queues[queue].waiting;
        let oldest = waiting.iter().filter_map(|(_, n)| self.calls.get(n)).map(|c| self.now.since(c.joined)).max();
        Fact::Observed { queue, waiting: waiting.len(), oldest }
    }
}
