//! How a leg begins: a call joins a queue, first or from another.

use smallvec::SmallVec;

use super::calls::{CallIx, FeedIx, Leg, LegState, QueueIx};
use super::fact::{Fact, What};
use super::legs::Ending;
use super::order::Outcome;
use super::scope::Waiter;
use super::{Floor, Scope, TRANSIT, Timer};
use crate::model::{Anomaly, CallId, Evidence, ExitWhy, JoinDetail, QueueId, Span, Time};

impl Floor {
    pub(super) fn joined(
        &mut self,
        feed: FeedIx,
        at: Time,
        evidence: Evidence,
        (id, queue_id): (&CallId, &QueueId),
        detail: &JoinDetail,
        forced: bool,
    ) -> Outcome {
        let queue = self.queue_ix(feed, queue_id);
        let snapshot = evidence == Evidence::Snapshot;
        let joined = if snapshot { at - detail.waited.unwrap_or(Span::ZERO).or_zero() } else { at };
        let found = self.calls.find(feed, id);
        if let Some(call) = found.and_then(|ix| self.calls.get_mut(ix)) {
            if let Some(leg) = call.waiting_leg(queue).and_then(|i| call.legs.get_mut(i)) {
                leg.missing = 0;
                if snapshot {
                    return Outcome::Done;
                }
                if leg.evidence == Evidence::Snapshot {
                    // The join of a call that a full state had named before: the same one.
                    leg.evidence = Evidence::Reported;
                    return Outcome::Done;
                }
                let again = leg.joined == at || forced;
                return if again { Outcome::Odd(Anomaly::Repeat) } else { Outcome::NotYet };
            }
            if snapshot && call.talking_leg(queue).is_some() {
                return Outcome::Done;
            }
            if !snapshot && call.legs.iter().any(|l| l.queue == queue && l.joined == joined) {
                return Outcome::Odd(Anomaly::Repeat);
            }
        }
        let ix = found.unwrap_or_else(|| self.calls.add(feed, id, joined));
        self.new_leg(ix, queue, joined, evidence, detail);
        if snapshot && found.is_none() && self.feeds.get(feed as usize).is_some_and(|f| f.syncing) {
            self.anomaly(feed, Anomaly::MidLife);
        }
        Outcome::Done
    }

    fn new_leg(&mut self, ix: CallIx, queue: QueueIx, joined: Time, evidence: Evidence, detail: &JoinDetail) {
        let within = self.queues.get(queue as usize).map_or(Span::from_secs(20), |q| q.rules.within);
        let line = match detail.line.as_ref().filter(|l| !l.is_empty()) {
            Some(line) => Some(self.line_ix(line, within)),
            None => self.queues.get(queue as usize).and_then(|q| q.line),
        };
        let Some(call) = self.calls.get_mut(ix) else { return };
        if let Some(caller) = &detail.caller {
            call.caller = Some(caller.key);
        }
        call.line = call.line.or(line);
        call.first_join = call.first_join.min(joined);
        let (feed, serial, caller) = (call.feed, call.serial, call.caller);
        let moved_in = detail.from_queue.is_some()
            || call.legs.iter().any(|l| {
                l.queue != queue
                    && match l.state {
                        LegState::Gone { at, exit: Some(_), .. } | LegState::Done { at, transferred: true, .. } => {
                            joined >= at && joined.since(at) <= TRANSIT
                        }
                        _ => false,
                    }
            });
        if caller.is_some()
            && let Some(f) = self.feeds.get_mut(feed as usize)
        {
            f.callers_known = true;
        }
        self.leave_for(ix, queue, joined);
        if let Some(from) = detail.from_queue.as_ref().map(|q| self.queue_ix(feed, q)).filter(|from| *from != queue)
            && self.calls.get(ix).is_some_and(|c| c.waiting_leg(from).is_some())
        {
            // Moved, and nobody said yet that it left.
            self.timer(joined + self.settings.figures.reorder, Timer::LeftBehind(ix, serial, from, joined));
        }
        let Some(call) = self.calls.get_mut(ix) else { return };
        let again = call.legs.iter().any(|l| l.queue == queue);
        call.legs.push(Leg {
            queue,
            joined,
            evidence,
            moved_in,
            state: LegState::Waiting,
            reached: false,
            missing: 0,
            rings: SmallVec::new(),
        });
        let arrival = evidence != Evidence::Snapshot;
        let Some(scope) = self.queues.get(queue as usize).map(|q| q.scope) else { return };
        if let Some(s) = self.scopes.get_mut(scope as usize) {
            s.waiting += 1;
            s.dirty = true;
            s.push_waiter(Waiter { joined, call: ix, serial }, again);
        }
        self.facts.push(Fact { scope, at: joined, what: What::Joined { caller, moved_in, arrival } });
        self.timer(joined + within, Timer::ReachedT(ix, serial));
        if arrival {
            self.mark(ix, joined, detail.area.as_ref(), Scope::Area);
            self.mark(ix, joined, detail.menu.as_ref(), Scope::Menu);
        }
        self.visits_join(ix, queue, joined, arrival);
        let line = self.calls.get(ix).and_then(|c| c.line);
        for scope in self.scopes_of(queue, line) {
            self.bound_waiters(scope);
        }
    }

    /// Nobody said that a moved call left its queue: it left when it joined the other.
    pub(super) fn left_behind(&mut self, ix: CallIx, serial: u64, from: QueueIx, joined: Time) {
        let leg = self.calls.same(ix, serial).and_then(|c| {
            let leg = c.waiting_leg(from)?;
            c.legs.get(leg).is_some_and(|l| l.joined < joined).then_some(leg)
        });
        if let Some(leg) = leg {
            self.end_wait(ix, leg, joined, Ending::Exited(ExitWhy::Moved));
        }
    }

    /// The call goes on to another queue: legs it left just before have moved on.
    fn leave_for(&mut self, ix: CallIx, queue: QueueIx, at: Time) {
        let Some(call) = self.calls.get_mut(ix) else { return };
        let mut moved = Vec::new();
        for leg in &mut call.legs {
            if let LegState::Gone { at: gone, exit: Some(_), moved_on } = &mut leg.state
                && !*moved_on
                && leg.queue != queue
                && at >= *gone
                && at.since(*gone) <= TRANSIT
            {
                *moved_on = true;
                moved.push((leg.queue, *gone));
            }
        }
        for (queue, gone) in moved {
            if let Some(scope) = self.queues.get(queue as usize).map(|q| q.scope) {
                self.facts.push(Fact { scope, at: gone, what: What::MovedOut });
            }
        }
    }

    /// Told out of order: whether a call that left a queue has joined another since.
    pub(super) fn moved_already(&mut self, ix: CallIx, queue: QueueIx, at: Time) -> bool {
        let Some(call) = self.calls.get_mut(ix) else { return false };
        let mut moved = false;
        for leg in &mut call.legs {
            if leg.queue != queue && leg.joined >= at && leg.joined.since(at) <= TRANSIT {
                moved = true;
                if !std::mem::replace(&mut leg.moved_in, true)
                    && let Some(q) = self.queues.get(leg.queue as usize)
                {
                    self.facts.push(Fact { scope: q.scope, at: leg.joined, what: What::MovedIn });
                }
            }
        }
        moved
    }
}
