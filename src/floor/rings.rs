//! Ringing at people: begun, not answered, answered.

use super::Floor;
use super::calls::{FeedIx, LegState, QueueIx};
use super::fact::{AgentFact, AgentIx, AgentWhat, Fact, What};
use super::order::Outcome;
use super::people::Activity;
use crate::model::{AgentId, AgentState, Anomaly, CallId, MissWhy, QueueId, Span, Time};

impl Floor {
    pub(super) fn ringing(&mut self, feed: FeedIx, at: Time, id: &CallId, queue: &QueueId, agent: &AgentId) -> Outcome {
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

    pub(super) fn not_answered(
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

    pub(super) fn ring_missed(&mut self, queue: QueueIx, agent: AgentIx, at: Time) {
        if let Some(f) = self.agents.get(agent as usize).and_then(|a| self.feeds.get_mut(a.feed as usize)) {
            f.misses_known = true;
        }
        self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::RingMissed });
        for scope in self.scopes_of(queue, None) {
            self.facts.push(Fact { scope, at, what: What::RingMissed });
        }
    }

    pub(super) fn answered(
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
        let caller = self.calls.get(ix).and_then(|c| c.caller);
        self.facts.push(Fact { scope, at, what: What::Answered { wait, ring, in_t: wait <= within, caller } });
        self.agent_facts.push(AgentFact { agent: agent_ix, at, what: AgentWhat::Answered });
        self.begin_talk(ix, Some(leg_ix), queue, agent_ix, at, true);
        self.visits_answer(ix, queue, at, ring);
        Outcome::Done
    }
}
