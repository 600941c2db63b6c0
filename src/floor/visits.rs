//! A call in the scopes above its queues: placed at its first join there, answered once, lost only when it left.

use super::calls::{CallIx, LegState, QueueIx, Visit, VisitState};
use super::fact::{Fact, ScopeIx, What};
use super::legs::Ending;
use super::scope::Waiter;
use super::{Floor, TRANSIT, Timer};
use crate::model::{Span, Time};

impl Floor {
    fn above(&self, queue: QueueIx, call: CallIx) -> impl Iterator<Item = ScopeIx> + use<> {
        let line = self.calls.get(call).and_then(|c| c.line);
        self.scopes_of(queue, line).skip(1)
    }

    fn take_visits(&mut self, ix: CallIx) -> Vec<Visit> {
        self.calls.get_mut(ix).map(|c| std::mem::take(&mut c.visits)).unwrap_or_default()
    }

    fn put_visits(&mut self, ix: CallIx, visits: Vec<Visit>) {
        if let Some(call) = self.calls.get_mut(ix) {
            call.visits = visits;
        }
    }

    pub(super) fn visits_join(&mut self, ix: CallIx, queue: QueueIx, at: Time, arrival: bool) {
        let Some((serial, caller)) = self.calls.get(ix).map(|c| (c.serial, c.caller)) else { return };
        let within = self.queues.get(queue as usize).map_or(Span::ZERO, |q| q.rules.within);
        let mut visits = self.take_visits(ix);
        for scope in self.above(queue, ix) {
            let found = visits.iter_mut().rfind(|v| v.scope == scope);
            if let Some(visit) = found {
                match visit.state {
                    VisitState::Transit { since, .. } if at.since(since) <= TRANSIT => {
                        visit.state = VisitState::Waiting;
                        visit.open = 1;
                        continue;
                    }
                    VisitState::Transit { since, why } => self.leave(visit, since, Ending::Exited(why)),
                    VisitState::Waiting => {
                        visit.open += 1;
                        continue;
                    }
                    VisitState::Answered if self.still_in(ix, scope, at) => {
                        visit.open += 1;
                        if let Some(s) = self.scopes.get_mut(scope as usize) {
                            s.waiting_again += 1;
                            s.dirty = true;
                        }
                        continue;
                    }
                    VisitState::Answered | VisitState::Left => {}
                }
            }
            let before = visits.len();
            visits.retain(|v| v.scope != scope);
            let again = visits.len() < before;
            if scope == 0
                && let Some(call) = self.calls.get_mut(ix)
            {
                // A call that left and comes back is a new one.
                call.first_join = at;
            }
            let state = VisitState::Waiting;
            visits.push(Visit { scope, caller, first_join: at, within, state, reached: false, open: 1 });
            let what = What::Joined { caller, moved_in: false, arrival };
            self.facts.push(Fact { scope, at, what });
            if let Some(s) = self.scopes.get_mut(scope as usize) {
                s.waiting += 1;
                s.dirty = true;
                s.push_waiter(Waiter { joined: at, call: ix, serial }, again);
            }
        }
        // In transit out of a scope this queue does not belong to: it left that scope when it exited.
        for visit in &mut visits {
            if let VisitState::Transit { since, why } = visit.state
                && !self.above(queue, ix).any(|s| s == visit.scope)
            {
                self.leave(visit, since, Ending::Exited(why));
            }
        }
        self.put_visits(ix, visits);
    }

    /// Whether an answered call that joins again at `at` has not left the scope since: it waits or talks there, or did so
    /// within [`TRANSIT`]. Its newest leg is the one that joins.
    fn still_in(&self, ix: CallIx, scope: ScopeIx, at: Time) -> bool {
        let Some(call) = self.calls.get(ix) else { return false };
        let before = call.legs.len().saturating_sub(1);
        let inside = || call.legs.iter().take(before).filter(|l| self.above(l.queue, ix).any(|s| s == scope));
        inside().any(|l| matches!(l.state, LegState::Waiting | LegState::Talking(_)))
            || inside().next_back().is_some_and(|l| match l.state {
                LegState::Gone { at: gone, exit: Some(_), .. } | LegState::Done { at: gone, .. } => {
                    at.since(gone) <= TRANSIT
                }
                _ => false,
            })
    }

    pub(super) fn visits_answer(&mut self, ix: CallIx, queue: QueueIx, at: Time, ring: Span) {
        let caller = self.calls.get(ix).and_then(|c| c.caller);
        let mut visits = self.take_visits(ix);
        for scope in self.above(queue, ix) {
            let Some(visit) = visits.iter_mut().rfind(|v| v.scope == scope) else { continue };
            if visit.state == VisitState::Answered {
                visit.open = visit.open.saturating_sub(1);
                if let Some(s) = self.scopes.get_mut(scope as usize) {
                    s.waiting_again = s.waiting_again.saturating_sub(1);
                    s.dirty = true;
                }
            } else if visit.waiting() {
                let wait = at.since(visit.first_join).or_zero();
                self.visit_reached_by(visit, wait);
                visit.open = visit.open.saturating_sub(1);
                visit.state = VisitState::Answered;
                let what = What::Answered { wait, ring, in_t: wait <= visit.within, caller };
                self.facts.push(Fact { scope, at, what });
                if let Some(s) = self.scopes.get_mut(scope as usize) {
                    s.waiting = s.waiting.saturating_sub(1);
                    s.waiting_again += u32::from(visit.open);
                    s.dirty = true;
                }
            }
        }
        self.put_visits(ix, visits);
    }

    pub(super) fn visits_lose(&mut self, ix: CallIx, queue: QueueIx, at: Time, ending: Ending) {
        let Some(serial) = self.calls.get(ix).map(|c| c.serial) else { return };
        let mut visits = self.take_visits(ix);
        for scope in self.above(queue, ix) {
            let Some(visit) = visits.iter_mut().rfind(|v| v.scope == scope) else { continue };
            match visit.state {
                VisitState::Answered => {
                    visit.open = visit.open.saturating_sub(1);
                    if let Some(s) = self.scopes.get_mut(scope as usize) {
                        s.waiting_again = s.waiting_again.saturating_sub(1);
                        s.dirty = true;
                    }
                }
                VisitState::Waiting => {
                    visit.open = visit.open.saturating_sub(1);
                    if visit.open > 0 {
                        continue;
                    }
                    // Told out of order, another leg ended later: that is how the call left.
                    let (at, ending) = self.later_end(ix, scope, at).unwrap_or((at, ending));
                    if let Ending::Exited(why) = ending {
                        visit.state = VisitState::Transit { since: at, why };
                        // A join within the time may be told as late as `reorder` after it.
                        let due = at + TRANSIT + self.settings.figures.reorder;
                        self.timer(due, Timer::TransitEnds(ix, serial));
                    } else {
                        self.leave(visit, at, ending);
                    }
                }
                VisitState::Transit { .. } | VisitState::Left => {}
            }
        }
        self.put_visits(ix, visits);
    }

    /// The end of the leg of a scope that was left last, where it lies after `at`.
    fn later_end(&self, ix: CallIx, scope: ScopeIx, at: Time) -> Option<(Time, Ending)> {
        let legs = self.calls.get(ix)?.legs.iter().filter(|l| self.above(l.queue, ix).any(|s| s == scope));
        let ends = legs.filter_map(|l| match l.state {
            LegState::Gone { at: gone, exit, .. } if gone > at => {
                Some((gone, exit.map_or(Ending::Abandoned { derived: false }, Ending::Exited)))
            }
            _ => None,
        });
        ends.max_by_key(|(gone, _)| *gone)
    }

    /// Nothing followed an exit: it left the scope then.
    pub(super) fn transit_ends(&mut self, ix: CallIx, serial: u64, due: Time) {
        if self.calls.same(ix, serial).is_none() {
            return;
        }
        let mut visits = self.take_visits(ix);
        for visit in &mut visits {
            if let VisitState::Transit { since, why } = visit.state
                && since + TRANSIT + self.settings.figures.reorder <= due
            {
                self.leave(visit, since, Ending::Exited(why));
            }
        }
        self.put_visits(ix, visits);
        self.maybe_over(ix, due);
    }

    fn leave(&mut self, visit: &mut Visit, at: Time, ending: Ending) {
        let wait = at.since(visit.first_join).or_zero();
        if ending != Ending::Unknown {
            self.visit_reached_by(visit, wait);
        }
        let mut what = self.ending_fact(visit.scope, wait, ending);
        match &mut what {
            What::Abandoned { in_t, .. } | What::Exited { in_t, .. } => *in_t = wait <= visit.within,
            _ => {}
        }
        visit.state = VisitState::Left;
        self.facts.push(Fact { scope: visit.scope, at, what });
        if visit.scope == 0 && ending != Ending::Unknown {
            let short = matches!(what, What::Abandoned { short: true, .. });
            self.facts.push(Fact { scope: 0, at, what: What::Gone { key: visit.caller, wait, short } });
        }
        if let Some(s) = self.scopes.get_mut(visit.scope as usize) {
            s.waiting = s.waiting.saturating_sub(1);
            s.dirty = true;
        }
    }

    /// T has come for a call: its waiting legs and visits that have waited past it are counted at that instant.
    pub(super) fn check_reached(&mut self, ix: CallIx, serial: u64, due: Time) {
        let Some(call) = self.calls.same(ix, serial) else { return };
        let mut reached = Vec::new();
        for (i, leg) in call.legs.iter().enumerate() {
            let within = self.queues.get(leg.queue as usize).map_or(Span::ZERO, |q| q.rules.within);
            if leg.state == LegState::Waiting && !leg.reached && leg.joined + within <= due {
                reached.push((i, leg.queue, leg.joined + within));
            }
        }
        for (i, queue, at) in reached {
            if let Some(leg) = self.calls.get_mut(ix).and_then(|c| c.legs.get_mut(i)) {
                leg.reached = true;
            }
            if let Some(scope) = self.queues.get(queue as usize).map(|q| q.scope) {
                self.facts.push(Fact { scope, at, what: What::ReachedT });
            }
        }
        let mut visits = self.take_visits(ix);
        for visit in visits.iter_mut().filter(|v| v.waiting() && !v.reached && v.first_join + v.within <= due) {
            visit.reached = true;
            self.facts.push(Fact { scope: visit.scope, at: visit.first_join + visit.within, what: What::ReachedT });
        }
        self.put_visits(ix, visits);
    }

    /// A leg's wait is now known: whether it went past T must agree with what was counted when T came.
    pub(super) fn reached_by(&mut self, ix: CallIx, leg_ix: usize, wait: Span) {
        let Some(leg) = self.calls.get_mut(ix).and_then(|c| c.legs.get_mut(leg_ix)) else { return };
        let Some(queue) = self.queues.get(leg.queue as usize) else { return };
        let over = wait > queue.rules.within;
        if over == leg.reached {
            return;
        }
        leg.reached = over;
        let at = leg.joined + queue.rules.within;
        let what = if over { What::ReachedT } else { What::NotReachedT };
        self.facts.push(Fact { scope: queue.scope, at, what });
    }

    fn visit_reached_by(&mut self, visit: &mut Visit, wait: Span) {
        let over = wait > visit.within;
        if over == visit.reached {
            return;
        }
        visit.reached = over;
        let at = visit.first_join + visit.within;
        let what = if over { What::ReachedT } else { What::NotReachedT };
        self.facts.push(Fact { scope: visit.scope, at, what });
    }

    /// Where nobody looks for long, those who are gone are taken out of a waiting list now and then.
    pub(super) fn bound_waiters(&mut self, scope: ScopeIx) {
        if self.scopes.get(scope as usize).is_some_and(|s| s.waiters.len() > 64 + 4 * s.waiting as usize) {
            self.forget_gone(scope);
        }
    }

    /// Takes out of a scope's waiting list who does not wait there any more.
    fn forget_gone(&mut self, scope: ScopeIx) {
        let Some(s) = self.scopes.get_mut(scope as usize) else { return };
        let (calls, queues) = (&self.calls, &self.queues);
        s.waiters.retain(|w| {
            calls.same(w.call, w.serial).is_some_and(|call| {
                call.legs.iter().any(|l| {
                    l.state == LegState::Waiting
                        && l.joined == w.joined
                        && queues.get(l.queue as usize).is_some_and(|q| q.scope == scope)
                }) || call.visits.iter().any(|v| v.scope == scope && v.waiting() && v.first_join == w.joined)
            })
        });
    }

    /// The oldest that waits in a scope (its join there, and the first join of the call that waits longest since then),
    /// how many wait longer than `over` (`None`: than the T they are counted by), and how many of all are doubted.
    #[must_use]
    pub fn waiting_in(&mut self, scope: ScopeIx, over: Option<Span>, now: Time) -> super::Waiting {
        let ghost_after = self.settings.figures.ghost_after;
        let mut found = super::Waiting::default();
        self.forget_gone(scope);
        let calls = &self.calls;
        let Some(s) = self.scopes.get(scope as usize) else { return found };
        for waiter in &s.waiters {
            let wait = now.since(waiter.joined);
            let Some(call) = calls.same(waiter.call, waiter.serial) else { continue };
            let doubted =
                wait > ghost_after || call.legs.iter().any(|l| l.state == LegState::Waiting && l.missing >= 2);
            if doubted {
                found.ghosts += 1;
                continue;
            }
            let own = call.visits.iter().find(|v| v.scope == scope).map_or(s.within, |v| v.within);
            if wait > over.unwrap_or(own) {
                found.over += 1;
            }
            if found.oldest_join.is_none() {
                found.oldest_join = Some(waiter.joined);
            }
            found.oldest_first_join =
                Some(found.oldest_first_join.map_or(call.first_join, |t: Time| t.min(call.first_join)));
        }
        found
    }
}
