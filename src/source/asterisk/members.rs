//! Members of queues: who is there, paused, busy.
//!
//! Asterisk tells the state of a member's phone, not of the person: the same call shows in every queue of the member,
//! before or after the queue's own events. So a busy phone is told as a state only where no call of ours explains it.

use super::fields::{Field, Reader, Type};
use super::mapper::AmiMapper;
use super::state::{Agent, At, Place, What};
use crate::model::{
    AgentId, AgentState, AgentStateEvent, Anomaly, CallId, Direction, Event, Evidence, Kind, Label, QueueId, Span,
    StateMore, Time,
};

/// A phone busy without a call of ours is told after this: the call's own event may come second.
const UNEXPLAINED: Span = Span::from_secs(1);
/// After a call the phone's state follows within a second; then what it says stands.
const AFTER_TALK: Span = Span::from_secs(2);

const UNAVAILABLE: &str = "unavailable";

/// What a member message says.
pub(super) struct Said {
    pub(super) agent: AgentId,
    pub(super) place: Place,
}

impl Said {
    /// Reads an event (`MemberName`, `Interface`) or a row of a list (`Name`, `Location`).
    pub(super) fn read(m: &mut Reader<'_, '_>, row: bool) -> Option<Self> {
        let (id, name) = if row { (Field::Location, Field::Name) } else { (Field::Interface, Field::MemberName) };
        let mut agent = AgentId::new(&m.text(id));
        if agent.is_empty() {
            agent = AgentId::new(&m.text(Field::Location));
        }
        let queue = QueueId::new(&m.text(Field::Queue));
        if agent.is_empty() || queue.is_empty() {
            return None;
        }
        let mut place = Place {
            queue,
            device: AgentId::new(&m.text(Field::StateInterface)),
            name: Label::new(&m.text(name)),
            status: 0,
            paused: false,
            reason: Label::default(),
            paused_at: None,
            fixed: m.bytes(Field::Membership) == Some(b"static"),
            in_call: false,
            wrapup: Span::ZERO,
            after_call: None,
            told: None,
            unsure: None,
            listed: 0,
        };
        place.take(m);
        Some(Self { agent, place })
    }
}

impl Place {
    /// Takes over what changes while a member stays.
    fn take(&mut self, m: &mut Reader<'_, '_>) {
        self.status = m.number(Field::Status).unwrap_or(0);
        self.paused = m.flag(Field::Paused);
        (self.reason, self.paused_at) = if self.paused {
            let since = m.number(Field::LastPause).filter(|s| *s > 0).map(Time::from_secs);
            (Label::new(&m.text(Field::PausedReason)), since)
        } else {
            (Label::default(), None)
        };
        self.in_call = m.flag(Field::InCall);
        self.wrapup = Span::from_secs(m.number(Field::Wrapuptime).unwrap_or(0).max(0));
    }
}

impl AmiMapper {
    pub(super) fn member_changed(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        // Mostly a phone's state alone changes of a member known.
        let (agent, queue) = (AgentId::new(&m.text(Field::Interface)), QueueId::new(&m.text(Field::Queue)));
        if let Some(place) = self.place(&agent, &queue) {
            place.take(m);
            self.tell(&agent, &queue, at, Evidence::Reported, out);
            return;
        }
        let Some(said) = Said::read(m, false) else { return };
        let (agent, queue) = (said.agent.clone(), said.place.queue.clone());
        if self.place_taken(said) {
            // Members of a database or a reloaded file come without a word.
            if self.session.listings > 0 {
                let what = Anomaly::UnknownPlace;
                out.push(super::mapper::anomaly(what, &format!("{agent} in {queue}")));
                self.want_resync();
            }
            self.tell_joined(&agent, &queue, at, Evidence::Snapshot, out);
        }
        self.tell(&agent, &queue, at, Evidence::Reported, out);
    }

    pub(super) fn member_added(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let Some(said) = Said::read(m, false) else { return };
        let (agent, queue) = (said.agent.clone(), said.place.queue.clone());
        self.place_taken(said);
        if let Some(place) = self.place(&agent, &queue) {
            place.told = None;
        }
        self.tell_joined(&agent, &queue, at, Evidence::Reported, out);
        self.tell(&agent, &queue, at, Evidence::Reported, out);
    }

    pub(super) fn member_removed(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let Some(said) = Said::read(m, false) else { return };
        let (agent, queue) = (said.agent, said.place.queue);
        if let Some(state) = self.agents.get_mut(&agent) {
            state.places.retain(|p| p.queue != queue);
        }
        out.push(Event::new(Kind::AgentLeftQueue { agent, queue }).at(self.told_at(at)));
    }

    /// Agents of `app_agent_pool`, who sign in by calling; queues know them as `Agent/ID`.
    pub(super) fn pool_agent(&mut self, kind: Type, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let agent = AgentId::new(&format!("Agent/{}", m.text(Field::Agent)));
        let queues = self.agents.get(&agent).map(|a| a.places.iter().map(|p| p.queue.clone()).collect());
        let kind = if matches!(kind, Type::PoolLogin) {
            Kind::AgentSignedIn { agent, name: None, team: None, desk: None, queues: queues.unwrap_or_default() }
        } else {
            Kind::AgentSignedOut { agent }
        };
        out.push(Event::new(kind).at(self.told_at(at)));
    }

    /// Takes over what a message says of a place; true where the place is new.
    pub(super) fn place_taken(&mut self, said: Said) -> bool {
        let agent = self.agents.entry(said.agent).or_default();
        let Some(place) = agent.places.iter_mut().find(|p| p.queue == said.place.queue) else {
            agent.places.push(said.place);
            return true;
        };
        let kept = (place.after_call, place.told.take(), place.unsure, place.listed);
        *place = said.place;
        (place.after_call, place.told, place.unsure, place.listed) = kept;
        false
    }

    pub(super) fn place(&mut self, agent: &AgentId, queue: &QueueId) -> Option<&mut Place> {
        self.agents.get_mut(agent)?.places.iter_mut().find(|p| p.queue == *queue)
    }

    pub(super) fn tell_joined(
        &mut self,
        agent: &AgentId,
        queue: &QueueId,
        at: At,
        evidence: Evidence,
        out: &mut Vec<Event>,
    ) {
        let name = self.place(agent, queue).map(|p| p.name.clone()).filter(|n| !n.is_empty());
        let kind = Kind::AgentJoinedQueue { agent: agent.clone(), queue: queue.clone(), name };
        out.push(Event::new(kind).at(self.told_at(at)).with_evidence(evidence));
    }

    /// Tells a place's state where it differs from what was told last.
    pub(super) fn tell(&mut self, id: &AgentId, queue: &QueueId, at: At, evidence: Evidence, out: &mut Vec<Event>) {
        let Some(agent) = self.agents.get(id) else { return };
        let Some(place) = agent.places.iter().find(|p| p.queue == *queue) else { return };
        let (state, reason, derived) = state_of(agent, place);
        let snapshot = evidence == Evidence::Snapshot;
        let doubtful = by_phone(state) && !snapshot;
        let told = place.told.as_ref().is_some_and(|(s, r)| *s == state && *r == reason);
        // After-call work is not ended by the phone being free, which it always is by then.
        let covered = place.after_call.is_some() && state == AgentState::Ready && !snapshot;
        let in_call = agent.places.iter().any(|p| p.in_call);
        let since = place.paused_at.filter(|_| snapshot && state == AgentState::NotReady && place.paused);
        let ts = self.told_at(at);
        let Some(place) = self.place(id, queue) else { return };
        if (told && !snapshot) || covered {
            place.unsure = None;
            return;
        }
        if doubtful {
            place.unsure = Some(at);
            self.look_in(id, UNEXPLAINED);
            return;
        }
        place.unsure = None;
        place.told = Some((state, reason.clone()));
        let evidence = if derived && !snapshot { Evidence::Derived } else { evidence };
        let direction = (state == AgentState::Talking && in_call).then_some(Direction::In);
        let event = AgentStateEvent {
            agent: id.clone(),
            queue: Some(queue.clone()),
            state,
            reason: Some(reason).filter(|r| !r.is_empty()),
            since,
            direction,
            more: None,
        };
        out.push(Event::new(Kind::AgentState(event)).at(ts).with_evidence(evidence));
    }

    /// A phone was busy and the call that explains it had its time to come; or a call ended and the phone had its time.
    pub(super) fn settle_device(&mut self, id: &AgentId, out: &mut Vec<Event>) {
        let now = self.now;
        let Some(agent) = self.agents.get_mut(id) else { return };
        let Some((_, last)) = agent.look.take_if(|(next, _)| *next <= now) else { return };
        let ripe = now - UNEXPLAINED;
        let queues: Vec<(QueueId, At)> = agent
            .places
            .iter()
            .filter(|p| p.unsure.is_none_or(|at| at.received <= ripe))
            .map(|p| (p.queue.clone(), p.unsure.unwrap_or(At { received: self.now, ts: None })))
            .collect();
        for (queue, at) in queues {
            let Some(agent) = self.agents.get(id) else { return };
            let Some(place) = agent.places.iter().find(|p| p.queue == queue) else { continue };
            let (state, reason, _) = state_of(agent, place);
            if !by_phone(state) {
                self.tell(id, &queue, at, Evidence::Reported, out);
                continue;
            }
            let ts = self.told_at(at);
            let Some(place) = self.place(id, &queue) else { continue };
            place.unsure = None;
            if place.told.as_ref().is_some_and(|(s, _)| *s == state) {
                continue;
            }
            place.told = Some((state, reason));
            let event = AgentStateEvent {
                agent: id.clone(),
                queue: Some(queue),
                state,
                reason: None,
                since: None,
                direction: None,
                more: None,
            };
            out.push(Event::new(Kind::AgentState(event)).at(ts).with_evidence(Evidence::Derived));
        }
        if last > now {
            self.look_in(id, last - now);
        }
    }

    /// A call of ours left this agent: if the phone stays busy, that is another call.
    pub(super) fn look_again(&mut self, id: &AgentId) {
        if self.agents.get(id).is_some_and(|a| a.places.iter().any(|p| busy(p.status))) {
            self.look_in(id, AFTER_TALK);
        }
    }

    /// Looks at a phone again after a while: one look under way an agent.
    fn look_in(&mut self, id: &AgentId, after: Span) {
        let at = self.now + after;
        let Some(agent) = self.agents.get_mut(id) else { return };
        match &mut agent.look {
            Some((next, last)) if *next <= at => *last = at.max(*last),
            other => {
                let last = other.map_or(at, |(_, last)| last.max(at));
                *other = Some((at, last));
                self.wake(after, What::Device(id.clone()));
            }
        }
    }

    /// Asterisk keeps a member free of calls for a while after each; no event says so.
    pub(super) fn begin_after_call(
        &mut self,
        id: &AgentId,
        queue: &QueueId,
        call: CallId,
        at: At,
        out: &mut Vec<Event>,
    ) {
        let configured = self.wrapup.get(queue).copied().unwrap_or(Span::ZERO);
        let (end, ts, now) = (self.source_time(at), self.told_at(at), self.now);
        let Some(place) = self.place(id, queue) else { return };
        let span = if place.wrapup > Span::ZERO { place.wrapup } else { configured };
        if span <= Span::ZERO || place.paused {
            return;
        }
        let until = end + span;
        place.after_call = Some((now + span, until));
        place.told = Some((AgentState::AfterCall, Label::default()));
        let event = AgentStateEvent {
            agent: id.clone(),
            queue: Some(queue.clone()),
            state: AgentState::AfterCall,
            reason: None,
            since: None,
            direction: None,
            more: None,
        };
        let event = event.with(StateMore { call: Some(call), until: Some(until), approved_by: None });
        out.push(Event::new(Kind::AgentState(event)).at(ts).with_evidence(Evidence::Derived));
        self.wake(span, What::AfterCall(id.clone()));
    }

    pub(super) fn settle_after_call(&mut self, id: &AgentId, out: &mut Vec<Event>) {
        let now = self.now;
        let Some(agent) = self.agents.get_mut(id) else { return };
        let mut over = Vec::new();
        for place in &mut agent.places {
            if let Some((_, until)) = place.after_call.take_if(|(by, _)| *by <= now) {
                over.push((place.queue.clone(), until));
            }
        }
        for (queue, until) in over {
            self.tell(id, &queue, At { received: now, ts: Some(until) }, Evidence::Derived, out);
        }
    }
}

/// The state a place is in by what is known, its reason, and whether we inferred it.
fn state_of(agent: &Agent, place: &Place) -> (AgentState, Label, bool) {
    if matches!(place.status, 4 | 5) && place.fixed {
        return (AgentState::SignedOut, Label::default(), true);
    }
    if place.paused {
        return (AgentState::NotReady, place.reason.clone(), false);
    }
    let state = match place.status {
        4 | 5 => return (AgentState::NotReady, Label::new(UNAVAILABLE), true),
        2 | 3 => AgentState::Talking,
        6 => AgentState::Ringing,
        7 => match &place.told {
            Some((state @ AgentState::Talking, _)) => *state,
            _ => AgentState::Ringing,
        },
        8 => AgentState::Holding,
        _ => return (AgentState::Ready, Label::default(), false),
    };
    // A call of ours explains it; a state told before that call came stays.
    let ours = !agent.talks.is_empty() || agent.rings > 0;
    match &place.told {
        Some((told, _)) if ours && by_phone(*told) => (*told, Label::default(), false),
        _ if ours => (AgentState::Ready, Label::default(), true),
        _ => (state, Label::default(), true),
    }
}

/// States only the phone tells.
const fn by_phone(state: AgentState) -> bool {
    matches!(state, AgentState::Talking | AgentState::Ringing | AgentState::Holding)
}

/// Whether a device state means that the phone is in use.
const fn busy(status: i64) -> bool {
    matches!(status, 2 | 3 | 6 | 7 | 8)
}
