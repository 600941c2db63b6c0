//! After-call work: which talk it is of, and when a contact is complete.

use super::calls::CallIx;
use super::fact::{AgentFact, AgentIx, AgentWhat, Busy, Fact, What};
use super::people::{AFTER_CALL_BEGINS, Contact, Doing, Written};
use super::{Floor, Timer};
use crate::model::{AgentState, Direction, Span, Time};

impl Floor {
    /// A talk ended: its contact is complete when the after-call work that may follow is.
    pub(super) fn contact_ended(&mut self, ix: AgentIx, contact: Contact) {
        self.finish_contact(ix, contact.ended);
        let at = contact.ended;
        if let Some(agent) = self.agents.get_mut(ix as usize) {
            agent.contact = Some(contact);
            let due = at + AFTER_CALL_BEGINS;
            self.timer(due, Timer::ContactEnds(ix, at));
        }
    }

    /// Tells when after-call work begins and ends, and of which direction's talk it is.
    pub(super) fn settle_after_call(&mut self, ix: AgentIx, at: Time, doing: &Doing) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        let what = match (agent.wrapping, doing.state == AgentState::AfterCall) {
            // Work told with its call is counted for that call.
            (None, true) if !agent.written.is_empty() => return,
            (None, true) => {
                let out = doing.direction == Some(Direction::Out)
                    || agent.contact.as_ref().is_some_and(|c| c.queue.is_none());
                let busy = if out { Busy::AfterCallOut } else { Busy::AfterCallIn };
                agent.wrapping = Some(busy);
                AgentWhat::Began(busy)
            }
            (Some(busy), false) => {
                agent.wrapping = None;
                AgentWhat::Over(busy)
            }
            _ => return,
        };
        self.agent_facts.push(AgentFact { agent: ix, at, what });
    }

    /// After-call work of one call, its end told beforehand.
    pub(super) fn write_up(&mut self, ix: AgentIx, call: CallIx, at: Time, until: Time) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        let mine = agent
            .contact
            .as_ref()
            .is_some_and(|c| c.call.0 == call && c.after_call_since.is_none_or(|since| since == at));
        let Some(contact) = agent.contact.take_if(|_| mine && until > at) else { return };
        let busy = if contact.queue.is_some() { Busy::AfterCallIn } else { Busy::AfterCallOut };
        agent.written.push(Written { contact, since: at, until });
        self.agent_facts.push(AgentFact { agent: ix, at, what: AgentWhat::Began(busy) });
        self.timer(until, Timer::WrittenUp(ix));
    }

    /// After-call work of some calls is over.
    pub(super) fn written_up(&mut self, ix: AgentIx, due: Time) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        let (over, rest) = std::mem::take(&mut agent.written).into_iter().partition(|w| w.until <= due);
        agent.written = rest;
        let over: Vec<Written> = over;
        for Written { contact, since, until } in over {
            let busy = if contact.queue.is_some() { Busy::AfterCallIn } else { Busy::AfterCallOut };
            self.agent_facts.push(AgentFact { agent: ix, at: until, what: AgentWhat::Over(busy) });
            self.close_contact(ix, &contact, until, until.since(since).or_zero());
        }
    }

    pub(super) fn settle_contact(&mut self, ix: AgentIx, at: Time, state: AgentState) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        let Some(contact) = agent.contact.as_mut() else { return };
        match (state, contact.after_call_since) {
            (AgentState::AfterCall, None) => {
                contact.after_call_since = Some(at);
            }
            (AgentState::AfterCall, Some(_)) | (AgentState::Unknown, _) => {}
            (_, Some(_)) => self.finish_contact(ix, at),
            (AgentState::Ringing | AgentState::Talking | AgentState::Holding, None) if at > contact.ended => {
                self.finish_contact(ix, at);
            }
            _ => {}
        }
    }

    pub(super) fn contact_due(&mut self, ix: AgentIx, ended: Time) {
        let due = self
            .agents
            .get(ix as usize)
            .and_then(|a| a.contact.as_ref())
            .is_some_and(|c| c.ended == ended && c.after_call_since.is_none());
        if due {
            self.finish_contact(ix, ended);
        }
    }

    pub(super) fn finish_contact(&mut self, ix: AgentIx, at: Time) {
        let Some(contact) = self.agents.get_mut(ix as usize).and_then(|a| a.contact.take()) else { return };
        let after_call = contact.after_call_since.map_or(Span::ZERO, |since| at.since(since).or_zero());
        let ended = if contact.after_call_since.is_some() { at } else { contact.ended };
        self.close_contact(ix, &contact, ended, after_call);
    }

    /// A contact is complete, its after-call work (maybe none) over.
    pub(super) fn close_contact(&mut self, ix: AgentIx, contact: &Contact, ended: Time, after_call: Span) {
        let handle = contact.talk + after_call;
        self.agent_facts.push(AgentFact {
            agent: ix,
            at: ended,
            what: AgentWhat::AfterCallEnded { after_call, handle },
        });
        let Some(queue) = contact.queue else { return };
        for scope in self.scopes_of(queue, contact.line) {
            self.facts.push(Fact { scope, at: ended, what: What::AfterCallEnded { after_call, handle } });
        }
    }
}
