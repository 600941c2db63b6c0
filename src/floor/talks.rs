//! Talks with callers: begun, held, handed on, ended.

use smallvec::SmallVec;

use super::calls::{CallIx, FeedIx, Leg, LegState, QueueIx, Talk};
use super::fact::{AgentFact, AgentIx, AgentWhat, Busy, Fact, What};
use super::order::Outcome;
use super::people::{Activity, Contact};
use super::{Floor, TRANSIT};
use crate::model::{AgentId, AgentState, Anomaly, CallId, Direction, Evidence, QueueId, Span, Time};

impl Floor {
    /// A full state names a talk we know.
    pub(super) fn talk_named(&mut self, feed: FeedIx, id: &CallId, queue: &QueueId) -> bool {
        let queue = self.queue_ix(feed, queue);
        let Some(call) = self.calls.find(feed, id).and_then(|ix| self.calls.get_mut(ix)) else { return false };
        let Some(leg) = call.talking_leg(queue).and_then(|i| call.legs.get_mut(i)) else { return false };
        leg.missing = 0;
        true
    }

    pub(super) fn begin_talk(
        &mut self,
        ix: CallIx,
        leg_ix: Option<usize>,
        queue: QueueIx,
        agent: AgentIx,
        at: Time,
        whole: bool,
    ) {
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
                rings: SmallVec::new(),
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

    pub(super) fn held(&mut self, feed: FeedIx, at: Time, id: &CallId, agent: Option<&AgentId>, hold: bool) -> Outcome {
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

    pub(super) fn transferred(
        &mut self,
        feed: FeedIx,
        at: Time,
        id: &CallId,
        queue: &QueueId,
        agent: &AgentId,
    ) -> Outcome {
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

    pub(super) fn talk_ended(
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
}
