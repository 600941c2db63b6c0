//! What happens to a leg: joined, rung, answered, held, handed on, ended, lost.

use super::calls::{CallIx, FeedIx, Leg, LegState, QueueIx, Talk};
use super::fact::{AgentFact, AgentIx, AgentWhat, Busy, Fact, ScopeIx, What};
use super::order::Outcome;
use super::people::{Activity, Contact};
use super::scope::Waiter;
use super::{Floor, KEEP, Scope, TRANSIT, Timer};
use crate::model::{
    AgentId, AgentState, Anomaly, CallId, Direction, Evidence, ExitWhy, JoinDetail, Kind, MissWhy, QueueId, Span, Time,
};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Abandoned { derived: bool },
    Exited(ExitWhy),
    Unknown,
}

impl Floor {
    /// Applies an event about a call. `forced`: no earlier event will come any more.
    pub(super) fn call_event(
        &mut self,
        feed: FeedIx,
        at: Time,
        evidence: Evidence,
        kind: &Kind,
        forced: bool,
    ) -> Outcome {
        match kind {
            Kind::CallJoined { call, queue, detail } => self.joined(feed, at, evidence, (call, queue), detail, forced),
            Kind::CallRinging { call, queue, agent } => self.ringing(feed, at, call, queue, agent),
            Kind::CallNotAnswered { call, queue, agent, why, .. } => {
                self.not_answered(feed, at, (call, queue), agent, *why, forced)
            }
            Kind::CallAnswered { call, queue, agent } => {
                if evidence == Evidence::Snapshot && self.talk_named(feed, call, queue) {
                    return Outcome::Done;
                }
                let named = evidence == Evidence::Snapshot;
                self.answered(feed, at, (call, queue), agent, forced || named, !named)
            }
            Kind::CallHeld { call, agent } => self.held(feed, at, call, agent.as_ref(), true),
            Kind::CallRetrieved { call, agent } => self.held(feed, at, call, agent.as_ref(), false),
            Kind::CallTransferred { call, queue, agent, .. } => self.transferred(feed, at, call, queue, agent),
            Kind::CallEnded { call, queue, agent, .. } => self.talk_ended(feed, at, (call, queue), agent, forced),
            Kind::CallAbandoned { call, queue } => {
                self.wait_ended(feed, at, call, queue, Ending::Abandoned { derived: evidence == Evidence::Derived })
            }
            Kind::CallExited { call, queue, why } => self.wait_ended(feed, at, call, queue, Ending::Exited(*why)),
            Kind::CallDialled { call, agent, number } => self.dialled(feed, at, call, agent, number.as_ref()),
            Kind::CallConnected { call, agent, number } => {
                self.connected(feed, at, (call, agent), number.as_ref(), forced)
            }
            Kind::CallTagged { call, tags } => self.tagged(feed, at, call, tags),
            _ => Outcome::Odd(Anomaly::UnknownType),
        }
    }

    fn joined(
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
        let line = detail.line.as_ref().filter(|l| !l.is_empty()).map(|l| Scope::Line(l.clone()));
        let within = self.queues.get(queue as usize).map_or(Span::from_secs(20), |q| q.rules.within);
        let line = match line {
            Some(scope) => Some(self.scope_ix(scope, within)),
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
        call.legs.push(Leg {
            queue,
            joined,
            evidence,
            moved_in,
            state: LegState::Waiting,
            reached: false,
            missing: 0,
            rings: Vec::new(),
        });
        let arrival = evidence != Evidence::Snapshot;
        let Some(scope) = self.queues.get(queue as usize).map(|q| q.scope) else { return };
        if let Some(s) = self.scopes.get_mut(scope as usize) {
            s.waiting += 1;
            s.dirty = true;
            s.push_waiter(Waiter { joined, call: ix, serial });
        }
        self.facts.push(Fact { scope, at: joined, what: What::Joined { caller, moved_in, arrival } });
        self.timer(joined + within, Timer::ReachedT(ix, serial));
        if arrival {
            self.mark(ix, joined, detail.area.as_ref(), Scope::Area);
            self.mark(ix, joined, detail.menu.as_ref(), Scope::Menu);
        }
        self.visits_join(ix, queue, joined, arrival);
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

    fn ringing(&mut self, feed: FeedIx, at: Time, id: &CallId, queue: &QueueId, agent: &AgentId) -> Outcome {
        let queue = self.queue_ix(feed, queue);
        let Some(ix) = self.calls.find(feed, id) else { return Outcome::NotYet };
        let agent = self.agent_ix(feed, agent, at);
        let Some(call) = self.calls.get_mut(ix) else { return Outcome::NotYet };
        let serial = call.serial;
        let Some(leg) = call.waiting_leg(queue).and_then(|i| call.legs.get_mut(i)) else {
            // Late news of a ring that is over, or the ring before the join.
            return if call.legs.iter().any(|l| l.queue == queue && at >= l.joined) {
                Outcome::Done
            } else {
                Outcome::NotYet
            };
        };
        if leg.rings.iter().any(|(a, _)| *a == agent) {
            return Outcome::Done;
        }
        leg.rings.push((agent, at));
        if let Some(f) = self.feeds.get_mut(feed as usize) {
            f.ring_known = true;
        }
        let activity =
            Activity { call: ix, serial, queue: Some(queue), state: AgentState::Ringing, direction: None, since: at };
        self.start_activity(agent, activity, at);
        Outcome::Done
    }

    fn not_answered(
        &mut self,
        feed: FeedIx,
        at: Time,
        (id, queue): (&CallId, &QueueId),
        agent: &AgentId,
        _why: MissWhy,
        forced: bool,
    ) -> Outcome {
        let queue = self.queue_ix(feed, queue);
        let agent = self.agent_ix(feed, agent, at);
        let found = self.calls.find(feed, id);
        let Some(call) = found.and_then(|ix| self.calls.get_mut(ix)) else {
            if !forced {
                return Outcome::NotYet;
            }
            self.ring_missed(queue, agent, at);
            return Outcome::Odd(Anomaly::MidLife);
        };
        let serial = call.serial;
        if let Some(leg) = call.waiting_leg(queue).and_then(|i| call.legs.get_mut(i)) {
            leg.rings.retain(|(a, _)| *a != agent);
        }
        self.stop_activity(agent, found.unwrap_or(0), serial, Some(queue), at);
        self.ring_missed(queue, agent, at);
        Outcome::Done
    }

    fn ring_missed(&mut self, queue: QueueIx, agent: AgentIx, at: Time) {
        if let Some(f) = self.agents.get(agent as usize).and_then(|a| self.feeds.get_mut(a.feed as usize)) {
            f.misses_known = true;
        }
        self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::RingMissed });
        for scope in self.scopes_of(queue, None) {
            self.facts.push(Fact { scope, at, what: What::RingMissed });
        }
    }

    fn answered(
        &mut self,
        feed: FeedIx,
        at: Time,
        (id, queue): (&CallId, &QueueId),
        agent: &AgentId,
        forced: bool,
        whole: bool,
    ) -> Outcome {
        let queue = self.queue_ix(feed, queue);
        let found = self.calls.find(feed, id);
        let agent_ix = self.agent_ix(feed, agent, at);
        let waiting = found.and_then(|ix| self.calls.get(ix)).and_then(|c| c.leg_ended(queue, at));
        let Some((ix, (leg_ix, at))) = found.zip(waiting) else {
            let again = found.and_then(|ix| self.calls.get(ix)).is_some_and(|c| {
                c.legs.iter().any(|l| {
                    l.queue == queue
                        && match &l.state {
                            LegState::Talking(t) => t.agent == agent_ix,
                            LegState::Done { at: done, .. } => at <= *done,
                            _ => false,
                        }
                })
            });
            if again {
                return Outcome::Odd(Anomaly::Repeat);
            }
            if !forced {
                return Outcome::NotYet;
            }
            // Met in the middle of its life: the talk is real, the wait is not known and is not counted.
            let ix = found.unwrap_or_else(|| self.calls.add(feed, id, at));
            self.begin_talk(ix, None, queue, agent_ix, at, whole);
            return Outcome::Odd(Anomaly::MidLife);
        };
        let Some(leg) = self.calls.get(ix).and_then(|c| c.legs.get(leg_ix)) else { return Outcome::NotYet };
        let wait = at.since(leg.joined).or_zero();
        let ring =
            leg.rings.iter().find(|(a, _)| *a == agent_ix).map_or(Span::ZERO, |(_, since)| at.since(*since).or_zero());
        self.reached_by(ix, leg_ix, wait);
        let Some(scope) = self.stop_waiting(ix, leg_ix, queue, at, Some(agent_ix)) else { return Outcome::NotYet };
        let within = self.scopes.get(scope as usize).map_or(Span::ZERO, |s| s.within);
        self.facts.push(Fact { scope, at, what: What::Answered { wait, ring, in_t: wait <= within } });
        if let Some(key) = self.calls.get(ix).and_then(|c| c.caller) {
            self.facts.push(Fact { scope, at, what: What::Met { key, out: false } });
        }
        self.agent_facts.push(AgentFact { agent: agent_ix, at, what: AgentWhat::Answered });
        self.begin_talk(ix, Some(leg_ix), queue, agent_ix, at, true);
        self.visits_answer(ix, queue, at, ring);
        Outcome::Done
    }

    /// A full state names a talk we know.
    fn talk_named(&mut self, feed: FeedIx, id: &CallId, queue: &QueueId) -> bool {
        let queue = self.queue_ix(feed, queue);
        let Some(call) = self.calls.find(feed, id).and_then(|ix| self.calls.get_mut(ix)) else { return false };
        let Some(leg) = call.talking_leg(queue).and_then(|i| call.legs.get_mut(i)) else { return false };
        leg.missing = 0;
        true
    }

    /// Takes a leg out of its queue's waiting list and ends its rings; that of the one who `answered` becomes the talk.
    /// Returns the queue's scope.
    fn stop_waiting(
        &mut self,
        ix: CallIx,
        leg_ix: usize,
        queue: QueueIx,
        at: Time,
        answered: Option<AgentIx>,
    ) -> Option<ScopeIx> {
        let call = self.calls.get_mut(ix)?;
        let serial = call.serial;
        let rings = std::mem::take(&mut call.legs.get_mut(leg_ix)?.rings);
        for (agent, _) in rings.into_iter().filter(|(agent, _)| Some(*agent) != answered) {
            self.stop_activity(agent, ix, serial, Some(queue), at);
        }
        let scope = self.queues.get(queue as usize)?.scope;
        let s = self.scopes.get_mut(scope as usize)?;
        s.waiting = s.waiting.saturating_sub(1);
        s.dirty = true;
        Some(scope)
    }

    fn begin_talk(&mut self, ix: CallIx, leg_ix: Option<usize>, queue: QueueIx, agent: AgentIx, at: Time, whole: bool) {
        let Some(call) = self.calls.get_mut(ix) else { return };
        let talk = Talk { agent, since: at, held_since: None, hold: Span::ZERO, whole };
        let serial = call.serial;
        call.handled = Some((agent, Some(queue)));
        self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::Began(Busy::TalkIn) });
        match leg_ix.and_then(|i| call.legs.get_mut(i)) {
            Some(leg) => leg.state = LegState::Talking(talk),
            None => call.legs.push(Leg {
                queue,
                joined: at,
                evidence: Evidence::Derived,
                moved_in: false,
                state: LegState::Talking(talk),
                reached: true,
                missing: 0,
                rings: Vec::new(),
            }),
        }
        let activity = Activity {
            call: ix,
            serial,
            queue: Some(queue),
            state: AgentState::Talking,
            direction: Some(Direction::In),
            since: at,
        };
        self.start_activity(agent, activity, at);
    }

    fn held(&mut self, feed: FeedIx, at: Time, id: &CallId, agent: Option<&AgentId>, hold: bool) -> Outcome {
        let agent = agent.map(|a| self.agent_ix(feed, a, at));
        let Some(ix) = self.calls.find(feed, id) else { return Outcome::NotYet };
        if let Some(outcome) = self.out_held(ix, at, agent, hold) {
            if let Some(f) = self.feeds.get_mut(feed as usize) {
                f.hold_known = true;
            }
            return outcome;
        }
        let Some(call) = self.calls.get_mut(ix) else { return Outcome::NotYet };
        let serial = call.serial;
        let mut changed = None;
        for leg in call.legs.iter_mut().rev() {
            let LegState::Talking(talk) = &mut leg.state else { continue };
            if agent.is_some_and(|a| a != talk.agent) {
                continue;
            }
            match (hold, talk.held_since) {
                (true, None) => talk.held_since = Some(at),
                (false, Some(since)) => {
                    talk.hold += at.since(since).or_zero();
                    talk.held_since = None;
                }
                _ => return Outcome::Done,
            }
            changed = Some((talk.agent, leg.queue));
            break;
        }
        let Some((agent, queue)) = changed else { return Outcome::NotYet };
        if let Some(f) = self.feeds.get_mut(feed as usize) {
            f.hold_known = true;
        }
        let state = if hold { AgentState::Holding } else { AgentState::Talking };
        let activity =
            Activity { call: ix, serial, queue: Some(queue), state, direction: Some(Direction::In), since: at };
        self.start_activity(agent, activity, at);
        Outcome::Done
    }

    fn transferred(&mut self, feed: FeedIx, at: Time, id: &CallId, queue: &QueueId, agent: &AgentId) -> Outcome {
        if let Some(outcome) = self.out_ended(feed, at, id, agent, true) {
            return outcome;
        }
        let queue = self.queue_ix(feed, queue);
        let agent = self.agent_ix(feed, agent, at);
        let Some(ix) = self.calls.find(feed, id) else { return Outcome::NotYet };
        let Some(call) = self.calls.get_mut(ix) else { return Outcome::NotYet };
        let at_agent =
            |l: &Leg| l.queue == queue && matches!(&l.state, LegState::Talking(t) if t.agent == agent && t.since <= at);
        if let Some(leg) = call.legs.iter().rposition(at_agent) {
            self.end_talk(ix, leg, at, true);
            self.moved_already(ix, queue, at);
            return Outcome::Done;
        }
        let line = call.line;
        // The end came first: what is told now is how it ended.
        for leg in call.legs.iter_mut().rev().filter(|l| l.queue == queue) {
            if let LegState::Done { at: done, agent: who, transferred } = &mut leg.state
                && *who == agent
                && *done >= at
                && done.since(at) <= TRANSIT
            {
                if std::mem::replace(transferred, true) {
                    return Outcome::Odd(Anomaly::Repeat);
                }
                let ended = *done;
                self.agent_facts.push(AgentFact { agent, at: ended, what: AgentWhat::WasTransfer });
                for scope in self.scopes_of(queue, line) {
                    self.facts.push(Fact { scope, at: ended, what: What::WasTransfer });
                }
                self.moved_already(ix, queue, ended);
                return Outcome::Done;
            }
        }
        Outcome::NotYet
    }

    fn talk_ended(
        &mut self,
        feed: FeedIx,
        at: Time,
        (id, queue): (&CallId, &QueueId),
        agent: &AgentId,
        forced: bool,
    ) -> Outcome {
        if let Some(outcome) = self.out_ended(feed, at, id, agent, false) {
            return outcome;
        }
        let queue = self.queue_ix(feed, queue);
        let agent = self.agent_ix(feed, agent, at);
        let Some(ix) = self.calls.find(feed, id) else { return Outcome::NotYet };
        let Some(call) = self.calls.get(ix) else { return Outcome::NotYet };
        let talks = |l: &Leg, strict: bool| {
            l.queue == queue
                && matches!(&l.state, LegState::Talking(t) if t.since <= at && (!strict || t.agent == agent))
        };
        let over = |l: &Leg, within: Span, by_transfer: bool| {
            l.queue == queue
                && matches!(l.state, LegState::Done { at: done, agent: who, transferred }
                    if who == agent && at.since(done) <= within && (transferred || !by_transfer))
        };
        let own = call.legs.iter().rposition(|l| talks(l, true));
        if own.is_none() {
            // An end later than disorder lasts may be of a talk that is told yet.
            let within = if forced { Span::from_micros(i64::MAX) } else { self.settings.figures.reorder };
            if call.legs.iter().any(|l| over(l, within.min(TRANSIT), true)) {
                // The end that follows a transfer says nothing new.
                return Outcome::Done;
            }
            if call.legs.iter().any(|l| over(l, within, false)) {
                return Outcome::Odd(Anomaly::Repeat);
            }
        }
        let Some(leg) = own.or_else(|| call.legs.iter().rposition(|l| talks(l, false))) else {
            return Outcome::NotYet;
        };
        self.end_talk(ix, leg, at, false);
        Outcome::Done
    }

    pub(super) fn end_talk(&mut self, ix: CallIx, leg_ix: usize, at: Time, transfer: bool) {
        let Some(call) = self.calls.get_mut(ix) else { return };
        let (serial, line) = (call.serial, call.line);
        let Some(leg) = call.legs.get_mut(leg_ix) else { return };
        let queue = leg.queue;
        let LegState::Talking(talk) = leg.state.clone() else { return };
        leg.state = LegState::Done { at, agent: talk.agent, transferred: transfer };
        self.agent_facts.push(AgentFact { agent: talk.agent, at, what: AgentWhat::Over(Busy::TalkIn) });
        let length = at.since(talk.since).or_zero();
        let hold = talk.hold + talk.held_since.map_or(Span::ZERO, |since| at.since(since).or_zero());
        if talk.whole {
            let ended = AgentWhat::TalkEnded { talk: length, hold, transfer };
            self.agent_facts.push(AgentFact { agent: talk.agent, at, what: ended });
            for scope in self.scopes_of(queue, line) {
                self.facts.push(Fact { scope, at, what: What::TalkEnded { talk: length, hold, transfer } });
                if let Some(s) = self.scopes.get_mut(scope as usize) {
                    s.dirty = true;
                }
            }
            self.contact_ended(
                talk.agent,
                Contact {
                    ended: at,
                    talk: length,
                    queue: Some(queue),
                    line,
                    call: (ix, serial),
                    after_call_since: None,
                },
            );
        }
        self.stop_activity(talk.agent, ix, serial, Some(queue), at);
        self.maybe_over(ix, at);
    }

    fn wait_ended(&mut self, feed: FeedIx, at: Time, id: &CallId, queue: &QueueId, ending: Ending) -> Outcome {
        let queue = self.queue_ix(feed, queue);
        let Some(ix) = self.calls.find(feed, id) else { return Outcome::NotYet };
        let Some(call) = self.calls.get(ix) else { return Outcome::NotYet };
        let Some((leg, at)) = call.leg_ended(queue, at) else {
            let over = call.legs.iter().any(|l| {
                l.queue == queue
                    && matches!(&l.state, LegState::Gone { at: gone, .. } if *gone >= at - Span::from_secs(1))
            });
            return if over { Outcome::Odd(Anomaly::Repeat) } else { Outcome::NotYet };
        };
        self.end_wait(ix, leg, at, ending);
        Outcome::Done
    }

    /// A leg leaves its queue unanswered.
    pub(super) fn end_wait(&mut self, ix: CallIx, leg_ix: usize, at: Time, ending: Ending) {
        let Some(leg) = self.calls.get(ix).and_then(|c| c.legs.get(leg_ix)) else { return };
        let queue = leg.queue;
        let wait = at.since(leg.joined).or_zero();
        if ending != Ending::Unknown {
            self.reached_by(ix, leg_ix, wait);
        }
        let Some(scope) = self.stop_waiting(ix, leg_ix, queue, at, None) else { return };
        let what = self.ending_fact(scope, wait, ending);
        self.facts.push(Fact { scope, at, what });
        let exit = match ending {
            Ending::Exited(why) => Some(why),
            Ending::Abandoned { .. } | Ending::Unknown => None,
        };
        let moved_on = exit.is_some() && self.moved_already(ix, queue, at);
        if moved_on {
            self.facts.push(Fact { scope, at, what: What::MovedOut });
        }
        if let Some(leg) = self.calls.get_mut(ix).and_then(|c| c.legs.get_mut(leg_ix)) {
            leg.state = LegState::Gone { at, exit, moved_on };
        }
        self.visits_lose(ix, queue, at, ending);
        self.maybe_over(ix, at);
    }

    /// Told out of order: whether a call that left a queue has joined another since.
    fn moved_already(&mut self, ix: CallIx, queue: QueueIx, at: Time) -> bool {
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

    pub(super) fn ending_fact(&mut self, scope: ScopeIx, wait: Span, ending: Ending) -> What {
        let short = wait < self.settings.figures.short_abandon;
        let Some(s) = self.scopes.get_mut(scope as usize) else { return What::UnknownEnd };
        let in_t = wait <= s.within;
        match ending {
            Ending::Abandoned { derived } => {
                s.exits_included |= derived;
                What::Abandoned { wait, short, in_t, derived }
            }
            Ending::Exited(why) => What::Exited { why, wait, in_t },
            Ending::Unknown => What::UnknownEnd,
        }
    }

    pub(super) fn maybe_over(&mut self, ix: CallIx, at: Time) {
        let at = at.max(self.now);
        if let Some(call) = self.calls.get_mut(ix).filter(|c| c.is_over()) {
            call.over_at = at;
            let serial = call.serial;
            debug_assert!(KEEP > TRANSIT);
            self.over.push_back((at, ix, serial));
        }
    }
}
