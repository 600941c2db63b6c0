//! States as reported: which of a person's reports stands, and what a late one amends.

use super::calls::{FeedIx, QueueIx};
use super::fact::{AgentFact, AgentIx, AgentWhat, Amended, Fact, ScopeIx, What};
use super::people::{AfterCall, Agent, Doing, InScope, Place, Report};
use super::slot::Slot;
use super::{Floor, Timer};
use crate::model::{AgentId, AgentState, AgentStateEvent, Anomaly, Direction, Evidence, Label, ReasonClass, Time};

impl Floor {
    pub(super) fn agent_ix(&mut self, feed: FeedIx, id: &AgentId, at: Time) -> AgentIx {
        if let Some(ix) = self.agent_by_id.get(feed, id) {
            return ix;
        }
        let ix = u32::try_from(self.agents.len()).unwrap_or(u32::MAX);
        self.agents.push(Agent::new(feed, id.clone(), at));
        self.agent_by_id.insert(feed, id.clone(), ix);
        ix
    }

    /// Takes a reported state; `place` is the queue it is about.
    pub(super) fn agent_reported(&mut self, feed: FeedIx, at: Time, evidence: Evidence, e: &AgentStateEvent) {
        let ix = self.agent_ix(feed, &e.agent, at);
        let queue = e.queue.as_ref().map(|q| self.queue_ix(feed, q));
        if e.state == AgentState::AfterCall {
            self.feeds[feed as usize].after_call_known = true;
        }
        let reason = e.reason.clone().filter(|r| !r.is_empty());
        let report = Report {
            state: e.state,
            class: self.class_of(reason.as_ref(), e.state),
            reason,
            direction: e.direction,
            at,
            since: if evidence == Evidence::Snapshot { e.since.unwrap_or(at).min(at) } else { at },
        };
        if let (AgentState::AfterCall, Some(until), Some(call)) = (e.state, e.until(), e.call())
            && self.agents.get(ix as usize).is_some_and(|a| !a.states_known)
            && let Some(call) = self.calls.find(feed, call)
        {
            // Told of a call, by a feed that tells no states: it says nothing of being signed in.
            self.write_up(ix, call, at, until);
            if let Some(agent) = self.agents.get_mut(ix as usize) {
                agent.after_call = Some(AfterCall { since: at, until, queue });
                self.timer(until, Timer::AfterCallEnds(ix));
            }
            self.settle(ix, at, evidence);
            return;
        }
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        agent.states_known = true;
        agent.confirmed = true;
        // From here on this person's outward talk is given work: it counts into occupancy.
        let talks = matches!(e.state, AgentState::Talking | AgentState::Holding);
        let routed_before = agent.routed_out;
        agent.routed_out |= talks && e.direction == Some(Direction::Out) && e.queue.is_some();
        if let (AgentState::AfterCall, Some(until)) = (e.state, e.until()) {
            if until > at {
                // That of another call may last longer.
                let longer = agent.after_call.filter(|w| w.until > until && w.since <= at);
                agent.after_call = Some(longer.unwrap_or(AfterCall { since: at, until, queue }));
                self.timer(until, Timer::AfterCallEnds(ix));
                if let Some(call) = e.call().and_then(|call| self.calls.find(feed, call)) {
                    self.write_up(ix, call, at, until);
                }
            }
            self.settle(ix, at, evidence);
            return;
        }
        let slot = match queue {
            None => &mut agent.own,
            Some(queue) => {
                if !agent.places.iter().any(|p| p.queue == queue) {
                    agent.places.push(Place { queue, report: None, confirmed: true });
                }
                let Some(place) = agent.places.iter_mut().find(|p| p.queue == queue) else { return };
                place.confirmed = true;
                &mut place.report
            }
        };
        if let Some(newer) = slot.as_ref().filter(|r| r.at > at).map(|r| r.at) {
            self.agent_state_late(ix, at, newer, queue, &report);
            return;
        }
        *slot = Some(report);
        // Ready or gone before the time is over: so it is over.
        let over = matches!(e.state, AgentState::Ready | AgentState::SignedOut)
            && agent
                .after_call
                .take_if(|w| w.since <= at && at < w.until && (queue.is_none() || queue == w.queue))
                .is_some();
        if over {
            agent.written.iter_mut().for_each(|w| w.until = w.until.min(at));
        }
        let talked = agent.doing.state == AgentState::Talking && agent.doing.direction == Some(Direction::Out);
        let newly_routed = agent.routed_out && !routed_before;
        if over {
            self.written_up(ix, at);
        }
        self.settle(ix, at, evidence);
        if talked && newly_routed {
            // The same talk, of which more is known now.
            let what = AgentWhat::Slot { to: Slot::TalkRouted, reason: None };
            self.agent_facts.push(AgentFact { agent: ix, at, what });
        }
    }

    /// A state older than the one that stands: it only gives back the time between its instant and the newer one's, and
    /// only where it alone says what the person did then.
    pub(super) fn agent_state_late(
        &mut self,
        ix: AgentIx,
        at: Time,
        newer: Time,
        queue: Option<QueueIx>,
        report: &Report,
    ) {
        let Some(agent) = self.agents.get(ix as usize) else { return };
        let feed = agent.feed;
        let busy = matches!(agent.before.state, AgentState::Ringing | AgentState::Talking | AgentState::Holding);
        let alone = match queue {
            None => agent.places.iter().all(|p| p.report.is_none()),
            Some(queue) => agent.own.is_none() && agent.places.iter().all(|p| p.queue == queue),
        };
        let told = agent.states_known && agent.doing_told == Some(newer) && agent.before_told.is_some_and(|t| t <= at);
        if !told || busy || !alone {
            self.anomaly(feed, Anomaly::Late);
            return;
        }
        let class = report.class;
        let late = Slot::of(report.state, report.direction, class).routed(agent.routed_out);
        let was = Slot::of(agent.before.state, agent.before.direction, agent.before.class).routed(agent.routed_out);
        let entered = report.state == AgentState::NotReady && agent.before.state != AgentState::NotReady;
        let before_reason = agent.before.reason.clone();
        // A scope the person came to, or counted otherwise in, at another instant is left as it was counted.
        let amends = |s: &InScope| s.before.filter(|_| s.since == newer && s.before_since <= at);
        let scopes: Vec<(ScopeIx, Slot)> =
            agent.scopes.iter().filter_map(|s| amends(s).map(|slot| (s.scope, slot))).collect();
        for (scope, slot) in scopes {
            self.facts.push(Fact { scope, at, what: What::People { from: Some(slot), to: Some(late) } });
            self.facts.push(Fact { scope, at: newer, what: What::People { from: Some(late), to: Some(slot) } });
            if entered {
                self.facts.push(Fact { scope, at, what: What::NotReadyEntered });
            }
        }
        if let Some(agent) = self.agents.get_mut(ix as usize) {
            // What came before the newer one is now this.
            let (state, reason, direction) = (report.state, report.reason.clone(), report.direction);
            agent.before = Doing { state, since: at, direction, reason, class };
            agent.before_told = Some(at);
            for scope in agent.scopes.iter_mut().filter(|s| amends(s).is_some()) {
                (scope.before, scope.before_since) = (Some(late), at);
            }
        }
        let amend =
            Amended { until: newer, from: was, from_reason: before_reason, to: late, reason: report.reason.clone() };
        self.agent_facts.push(AgentFact { agent: ix, at, what: AgentWhat::Amended(Box::new(amend)) });
        if entered {
            self.agent_facts.push(AgentFact { agent: ix, at, what: AgentWhat::NotReadyEntered });
        }
    }

    pub(super) fn class_of(&self, reason: Option<&Label>, state: AgentState) -> Option<ReasonClass> {
        if state != AgentState::NotReady {
            return None;
        }
        let reason = reason?.as_str();
        self.reasons.iter().find(|(word, _)| word.as_str().eq_ignore_ascii_case(reason)).map(|(_, class)| *class)
    }
}
