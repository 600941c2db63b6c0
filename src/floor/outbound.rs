//! Calls to customers: dialled, connected, held, ended.
//!
//! From dialling on the person talks (outward); connected time, the only one that is talk time, begins with the answer.

use super::Floor;
use super::calls::{CallIx, FeedIx};
use super::fact::{AgentFact, AgentIx, AgentWhat, Busy, Fact, What};
use super::order::Outcome;
use super::people::{Activity, Contact};
use crate::model::{AgentId, AgentState, Anomaly, CallId, Caller, CallerKey, Direction, Span, Time};

/// The outward side of a call.
#[derive(Clone, Debug)]
pub(super) struct Out {
    pub agent: AgentIx,
    pub number: Option<CallerKey>,
    pub dialled: Time,
    pub connected: Option<Time>,
    held_since: Option<Time>,
    hold: Span,
    pub over: bool,
    transferred: bool,
}

impl Floor {
    pub(super) fn dialled(
        &mut self,
        feed: FeedIx,
        at: Time,
        id: &CallId,
        agent: &AgentId,
        number: Option<&Caller>,
    ) -> Outcome {
        let agent = self.agent_ix(feed, agent, at);
        let ix = self.calls.find(feed, id).unwrap_or_else(|| self.calls.add(feed, id, at));
        let Some(call) = self.calls.get_mut(ix) else { return Outcome::NotYet };
        if call.out.as_ref().is_some_and(|o| !o.over || (o.dialled == at && o.agent == agent)) {
            return Outcome::Odd(Anomaly::Repeat);
        }
        call.out = Some(Box::new(Out {
            agent,
            number: number.map(|n| n.key),
            dialled: at,
            connected: None,
            held_since: None,
            hold: Span::ZERO,
            over: false,
            transferred: false,
        }));
        call.handled = Some((agent, None));
        if let Some(f) = self.feeds.get_mut(feed as usize) {
            f.outbound_known = true;
        }
        self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::Dialled });
        self.facts.push(Fact { scope: 0, at, what: What::Dialled });
        self.out_activity(ix, agent, AgentState::Talking, at);
        Outcome::Done
    }

    fn out_activity(&mut self, ix: CallIx, agent: AgentIx, state: AgentState, at: Time) {
        let Some(serial) = self.calls.get(ix).map(|c| c.serial) else { return };
        let activity = Activity { call: ix, serial, queue: None, state, direction: Some(Direction::Out), since: at };
        self.start_activity(agent, activity, at);
    }

    /// The customer answered. `forced`: the dialling will not come any more; who connects has dialled.
    pub(super) fn connected(
        &mut self,
        feed: FeedIx,
        at: Time,
        (id, agent): (&CallId, &AgentId),
        number: Option<&Caller>,
        forced: bool,
    ) -> Outcome {
        let live = |floor: &Self| {
            floor.calls.find(feed, id).filter(|ix| {
                floor.calls.get(*ix).and_then(|c| c.out.as_ref()).is_some_and(|o| !o.over && o.dialled <= at)
            })
        };
        let ix = match live(self) {
            Some(ix) => ix,
            None if forced => {
                match self.dialled(feed, at, id, agent, number) {
                    Outcome::Done => {}
                    other => return other,
                }
                let Some(ix) = live(self) else { return Outcome::NotYet };
                ix
            }
            None => return Outcome::NotYet,
        };
        let Some(out) = self.calls.get_mut(ix).and_then(|c| c.out.as_mut()) else { return Outcome::NotYet };
        if out.connected.is_some() {
            return Outcome::Odd(Anomaly::Repeat);
        }
        out.connected = Some(at);
        out.number = out.number.or(number.map(|n| n.key));
        let (agent, number) = (out.agent, out.number);
        self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::Connected });
        self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::Began(Busy::TalkOut) });
        self.facts.push(Fact { scope: 0, at, what: What::Connected });
        if let Some(key) = number {
            self.facts.push(Fact { scope: 0, at, what: What::Met { key } });
        }
        Outcome::Done
    }

    /// Hold of an outward call; `None` where the call has no live outward side.
    pub(super) fn out_held(&mut self, ix: CallIx, at: Time, agent: Option<AgentIx>, hold: bool) -> Option<Outcome> {
        let out = self.calls.get_mut(ix)?.out.as_mut()?;
        if out.over || agent.is_some_and(|a| a != out.agent) {
            return None;
        }
        let agent = out.agent;
        match (hold, out.held_since) {
            (true, None) => out.held_since = Some(at),
            (false, Some(since)) => {
                out.hold += at.since(since).or_zero();
                out.held_since = None;
            }
            _ => return Some(Outcome::Done),
        }
        self.out_activity(ix, agent, if hold { AgentState::Holding } else { AgentState::Talking }, at);
        Some(Outcome::Done)
    }

    /// The end (or, `transfer`, the handing on) of an outward call; `None` where the call has no live outward side of this
    /// person. The queue an end names says nothing here: an outward call stood in none.
    pub(super) fn out_ended(
        &mut self,
        feed: FeedIx,
        at: Time,
        id: &CallId,
        agent: &AgentId,
        transfer: bool,
    ) -> Option<Outcome> {
        let ix = self.calls.find(feed, id)?;
        let out = self.calls.get(ix)?.out.as_ref()?;
        if out.over {
            // The end that follows a transfer says nothing new.
            let again = if out.transferred { Outcome::Done } else { Outcome::Odd(Anomaly::Repeat) };
            return self.calls.get(ix)?.legs.is_empty().then_some(again);
        }
        let agent = self.agent_ix(feed, agent, at);
        let call = self.calls.get(ix)?;
        if call.talks_with(agent) || call.out.as_ref().is_none_or(|o| o.agent != agent && !call.legs.is_empty()) {
            return None;
        }
        self.end_out(ix, at, transfer, true);
        Some(Outcome::Done)
    }

    /// `whole`: the end was seen, so that the length is known.
    pub(super) fn end_out(&mut self, ix: CallIx, at: Time, transfer: bool, whole: bool) {
        let Some(call) = self.calls.get_mut(ix) else { return };
        let serial = call.serial;
        let Some(out) = call.out.as_mut().filter(|o| !o.over) else { return };
        out.over = true;
        out.transferred = transfer;
        let (agent, connected) = (out.agent, out.connected);
        let hold = out.hold + out.held_since.map_or(Span::ZERO, |since| at.since(since).or_zero());
        if let Some(since) = connected {
            self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::Over(Busy::TalkOut) });
            if whole {
                let talk = at.since(since).or_zero();
                self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::OutEnded { talk, hold, transfer } });
                let contact =
                    Contact { ended: at, talk, queue: None, line: None, call: (ix, serial), after_call_since: None };
                self.contact_ended(agent, contact);
            }
        }
        self.stop_activity(agent, ix, serial, None, at);
        self.maybe_over(ix, at);
    }
}
