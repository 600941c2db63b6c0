//! Agents' phones: ringing, answering, holding, handing on, hanging up.

use super::callers::hash_of;
use super::fields::{Field, Reader};
use super::mapper::{AmiMapper, anomaly};
use super::state::{At, Ring, Sign, Stage, Talk, What};
use crate::model::{
    AgentId, Anomaly, CallId, EndedBy, Event, Evidence, Kind, Label, MissWhy, QueueId, Span, TransferKind,
};

/// A leg that ended alone is told as not answered unless within this the story goes on.
const LONE_RING: Span = Span::from_secs(2);
/// A ring this much shorter than the queue's longest was refused; milliseconds.
const REFUSED_BY: i64 = 1_500;
/// No queue rings shorter than this of itself; milliseconds.
const SHORTEST_RING: i64 = 4_000;

impl AmiMapper {
    pub(super) fn agent_called(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let (call_id, queue, agent) = who(m);
        let leg = CallId::new(&m.text(Field::DestUniqueid));
        if let Some(call) = self.calls.get_mut(&call_id).filter(|c| c.stage.open()) {
            // The last ring at this agent ended without a word.
            let again = call.rings.iter().position(|r| r.agent == agent).map(|i| call.rings.swap_remove(i));
            call.rings.push(Ring { agent: agent.clone(), leg: leg.clone(), refused: false, over: None });
            match again {
                Some(old) => drop(self.legs.remove(&old.leg)),
                None => self.agents.entry(agent.clone()).or_default().rings += 1,
            }
            if self.session.classes.call {
                self.legs.insert(leg, call_id.clone());
            }
        }
        out.push(Event::new(Kind::CallRinging { call: call_id, queue, agent }).at(self.told_at(at)));
    }

    pub(super) fn agent_connected(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let (call, queue, agent) = who(m);
        let hold = m.number(Field::HoldTime).unwrap_or(0);
        let talk = Talk {
            call: call.clone(),
            queue: queue.clone(),
            hold,
            since: self.source_time(at),
            leg: CallId::new(&m.text(Field::DestUniqueid)),
            linked: CallId::new(&m.text(Field::Linkedid)),
            held: false,
        };
        if let Some(known) = self.calls.get_mut(&call).filter(|c| c.queue == queue) {
            known.hold = hold;
            known.left = at;
            self.close(&call);
        }
        self.agents.entry(agent.clone()).or_default().talks.push(talk);
        out.push(Event::new(Kind::CallAnswered { call, queue, agent }).at(self.told_at(at)));
    }

    pub(super) fn agent_completed(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let (id, queue, agent) = who(m);
        let (hold, talked) = (m.number(Field::HoldTime), m.number(Field::TalkTime).unwrap_or(0));
        let ended = self.source_time(at);
        let talks = self.agents.entry(agent.clone()).or_default();
        let found = if id.is_empty() {
            // Its channels were gone already. The end tells the same hold time as the answer did; of several such talks
            // the one whose length fits best.
            let off = |t: &Talk| (ended.since(t.since) - Span::from_secs(talked)).micros().saturating_abs();
            (0..talks.talks.len())
                .filter_map(|i| Some((i, talks.talks.get(i).filter(|t| t.queue == queue)?)))
                .min_by_key(|(_, t)| (hold.is_some_and(|h| h != t.hold), off(t)))
                .map(|(i, _)| i)
        } else {
            talks.talks.iter().position(|t| t.call == id && t.queue == queue)
        };
        let talk = found.map(|i| talks.talks.remove(i));
        if id.is_empty() {
            let detail = format!("AgentComplete of {agent} in {queue}");
            out.push(anomaly(Anomaly::Incomplete, &detail));
        }
        let Some(call) = talk.map(|t| t.call).or_else(|| Some(id).filter(|id| !id.is_empty())) else { return };
        let ts = self.told_at(at);
        let reason = m.text(Field::Reason);
        let stopped = self.session.shutting || self.calls.get(&call).is_some_and(|c| c.sign == Sign::Stopped);
        let by = match &*reason {
            _ if stopped => EndedBy::System,
            "caller" => EndedBy::Caller,
            "agent" | "transfer" => EndedBy::Agent,
            _ => EndedBy::System,
        };
        if reason == "transfer" {
            let (kind, to, evidence) = self.transfer_of(&call, m);
            let kind =
                Kind::CallTransferred { call: call.clone(), queue: queue.clone(), agent: agent.clone(), kind, to };
            out.push(Event::new(kind).at(ts).with_evidence(evidence));
        }
        if let Some(known) = self.calls.get_mut(&call) {
            known.touched = self.now;
        }
        let kind = Kind::CallEnded { call: call.clone(), queue: queue.clone(), agent: agent.clone(), by, cause: None };
        out.push(Event::new(kind).at(ts));
        self.begin_after_call(&agent, &queue, call, at, out);
        self.look_again(&agent);
    }

    /// How a talk that ended by a transfer was handed on, and to where.
    fn transfer_of(&mut self, call: &CallId, m: &mut Reader<'_, '_>) -> (TransferKind, Option<Label>, Evidence) {
        let exten = m.text(Field::Exten);
        let known = self.calls.get_mut(call);
        if let Some((kind, to)) = known.and_then(|c| c.transfer.take()) {
            return (kind, to, Evidence::Reported);
        }
        // Without class `call`: a blind transfer mostly shows the new place in the dialplan already.
        let moved = self.calls.get(call).is_some_and(|c| c.exten != hash_of(&[exten.as_bytes()]));
        let to = Some(Label::new(&exten)).filter(|to| moved && !to.is_empty());
        (TransferKind::Blind, to, Evidence::Derived)
    }

    pub(super) fn blind_transfer(&mut self, m: &mut Reader<'_, '_>) {
        let to = Label::new(&m.text(Field::Extension));
        self.transferred(m, Field::TransfererUniqueid, TransferKind::Blind, to);
    }

    pub(super) fn attended_transfer(&mut self, m: &mut Reader<'_, '_>) {
        let target = m.text(Field::TargetNum);
        let to = if target.is_empty() || target.starts_with('<') { m.text(Field::ConsultedNum) } else { target };
        let to = Label::new(&to);
        self.transferred(m, Field::OrigTransfererUniqueid, TransferKind::Attended, to);
    }

    /// Remembers a transfer until the talk's end says that it was one.
    fn transferred(&mut self, m: &mut Reader<'_, '_>, transferer: Field, kind: TransferKind, to: Label) {
        if m.bytes(Field::Result).is_some_and(|r| r != b"Success") {
            return;
        }
        let mut call = CallId::new(&m.text(Field::TransfereeUniqueid));
        if !self.calls.contains_key(&call) {
            let leg = CallId::new(&m.text(transferer));
            let Some(talk) = self.agents.values().flat_map(|a| &a.talks).find(|t| t.leg == leg) else { return };
            call = talk.call.clone();
        }
        if let Some(call) = self.calls.get_mut(&call) {
            call.transfer = Some((kind, Some(to).filter(|t| !t.is_empty() && !t.as_str().starts_with('<'))));
        }
    }

    pub(super) fn ring_not_answered(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let (id, queue, agent) = who(m);
        // Milliseconds here, though seconds in AgentConnect.
        let rang = m.number(Field::RingTime);
        let refused = self.take_ring(&id, &agent).is_some_and(|r| r.refused);
        let known = self.queues.entry(queue.clone()).or_default();
        let short = rang.is_some_and(|r| r < SHORTEST_RING.max(known.longest_ring - REFUSED_BY));
        known.longest_ring = known.longest_ring.max(rang.unwrap_or(0));
        let (why, evidence) = match (refused, self.session.classes.call) {
            (true, _) => (MissWhy::Refused, Evidence::Reported),
            (false, true) => (MissWhy::NoAnswer, Evidence::Reported),
            (false, false) if short => (MissWhy::Refused, Evidence::Derived),
            (false, false) => (MissWhy::NoAnswer, Evidence::Derived),
        };
        let rang = rang.map(|ms| Span::from_micros(ms.saturating_mul(1000)));
        let kind = Kind::CallNotAnswered { call: id, queue, agent: agent.clone(), rang, why };
        out.push(Event::new(kind).at(self.told_at(at)).with_evidence(evidence));
        self.look_again(&agent);
    }

    /// The agent hung up while the announcement was played; the caller waits on.
    pub(super) fn agent_dumped(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let (id, queue, agent) = who(m);
        self.take_ring(&id, &agent);
        let kind = Kind::CallNotAnswered { call: id, queue, agent, rang: None, why: MissWhy::Refused };
        out.push(Event::new(kind).at(self.told_at(at)).with_evidence(Evidence::Derived));
    }

    /// An agent's leg ended unanswered. Mostly another event says why within milliseconds; if none does, the ring ended at
    /// this agent alone.
    pub(super) fn dial_ended(&mut self, m: &mut Reader<'_, '_>, at: At) {
        let leg = CallId::new(&m.text(Field::DestUniqueid));
        let Some(id) = self.legs.get(&leg).cloned() else { return };
        let why = match m.bytes(Field::DialStatus) {
            Some(b"ANSWER") | None => return,
            Some(b"BUSY") => MissWhy::Refused,
            _ => MissWhy::NoAnswer,
        };
        let Some(ring) = self.calls.get_mut(&id).and_then(|c| c.rings.iter_mut().find(|r| r.leg == leg)) else {
            return;
        };
        if ring.over.is_none() {
            ring.over = Some((at, why));
            self.wake(LONE_RING, What::Ring(id));
        }
    }

    pub(super) fn settle_rings(&mut self, id: &CallId, out: &mut Vec<Event>) {
        let before = self.now - LONE_RING;
        let Some(call) = self.calls.get_mut(id).filter(|c| c.stage == Stage::Waiting) else { return };
        let queue = call.queue.clone();
        let over: Vec<Ring> =
            call.rings.extract_if(.., |r| r.over.is_some_and(|(at, _)| at.received <= before)).collect();
        for ring in over {
            self.legs.remove(&ring.leg);
            if let Some(agent) = self.agents.get_mut(&ring.agent) {
                agent.rings = agent.rings.saturating_sub(1);
            }
            if let Some((at, why)) = ring.over {
                let why = if ring.refused { MissWhy::Refused } else { why };
                let (call, queue, agent) = (id.clone(), queue.clone(), ring.agent);
                let kind = Kind::CallNotAnswered { call, queue, agent, rang: None, why };
                out.push(Event::new(kind).at(self.told_at(at)).with_evidence(Evidence::Derived));
            }
        }
    }

    /// Takes one agent's ring of a call away.
    fn take_ring(&mut self, id: &CallId, agent: &AgentId) -> Option<Ring> {
        let call = self.calls.get_mut(id)?;
        let at = call.rings.iter().position(|r| r.agent == *agent)?;
        let ring = call.rings.swap_remove(at);
        self.legs.remove(&ring.leg);
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.rings = agent.rings.saturating_sub(1);
        }
        Some(ring)
    }

    /// The call rings nowhere any more.
    pub(super) fn clear_rings(&mut self, id: &CallId) {
        let Some(call) = self.calls.get_mut(id) else { return };
        for ring in std::mem::take(&mut call.rings) {
            if self.session.classes.call {
                self.legs.remove(&ring.leg);
            }
            if let Some(agent) = self.agents.get_mut(&ring.agent) {
                agent.rings = agent.rings.saturating_sub(1);
            }
            self.look_again(&ring.agent);
        }
    }

    /// Hold and unhold come from the channel that pressed the key; only a member's own counts.
    pub(super) fn hold_changed(&mut self, m: &mut Reader<'_, '_>, at: At, held: bool, out: &mut Vec<Event>) {
        let (leg, linked) = (CallId::new(&m.text(Field::Uniqueid)), CallId::new(&m.text(Field::Linkedid)));
        let channel = m.text(Field::Channel);
        let device = channel.rsplit_once('-').map_or(&*channel, |(base, _)| base);
        let mut found = None;
        for (agent, state) in &mut self.agents {
            let own = agent.as_str() == device || state.places.iter().any(|p| p.device.as_str() == device);
            for talk in &mut state.talks {
                // Behind a Local channel the phone's own channel is another one; the call they share tells.
                let behind = talk.linked == linked && talk.call != leg && agent.as_str().starts_with("Local/");
                if talk.leg == leg || (own && talk.linked == linked) || behind {
                    found = Some((agent.clone(), talk));
                }
            }
        }
        let Some((agent, talk)) = found else { return };
        // A blind transfer takes a call off hold that never was on it.
        if talk.held == held {
            return;
        }
        talk.held = held;
        let (call, agent) = (talk.call.clone(), Some(agent));
        let kind = if held { Kind::CallHeld { call, agent } } else { Kind::CallRetrieved { call, agent } };
        out.push(Event::new(kind).at(self.told_at(at)));
    }
}

/// The call, queue and agent of an Agent* event; empty where the event does not say.
fn who(m: &mut Reader<'_, '_>) -> (CallId, QueueId, AgentId) {
    (
        CallId::new(&m.text(Field::Uniqueid)),
        QueueId::new(&m.text(Field::Queue)),
        AgentId::new(&m.text(Field::Interface)),
    )
}
