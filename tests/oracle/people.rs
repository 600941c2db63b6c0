//! People: what each did at every instant, from the calls and the reported states.

use std::collections::{BTreeMap, BTreeSet};

use floorwatch::floor::SLOTS;
use floorwatch::metrics::{Slot, SlotTimes};
use floorwatch::model::{AgentState, Direction, Kind, ReasonClass, Span, Time};

use super::figures::Contact;
use super::legs::{Calls, Leg, Told};

/// After-call work begins at most this long after the talk it belongs to.
const AFTER_CALL_BEGINS: Span = Span::from_secs(2);

/// A state, and why where not ready.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stands {
    pub(crate) state: AgentState,
    pub(crate) reason: Option<String>,
}

/// What a person did from an instant on.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Time,
    /// Some state was told; before that, the person's time is nobody's.
    known: bool,
    pub(crate) slot: Slot,
    pub(crate) state: AgentState,
    pub(crate) reason: Option<String>,
    /// Member of these queues, counted there as.
    pub(crate) places: BTreeMap<String, Slot>,
}

/// One person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    own: Option<Stands>,
    places: BTreeMap<String, Option<(Time, Stands)>>,
    known: bool,
    /// Every change, oldest first.
    pub(crate) moments: Vec<Moment>,
    pub(crate) answered: Vec<Time>,
    pub(crate) missed: Vec<Time>,
}

/// Everybody, with the calls of the same list.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    pub(crate) calls: Calls,
    pub(crate) people: BTreeMap<String, Person>,
    reasons: Vec<(String, ReasonClass)>,
    /// Talks that are over, in the order they ended; the place in `moments` of the person then.
    ended: Vec<(Contact, usize)>,
}

fn class(reasons: &[(String, ReasonClass)], reason: Option<&str>) -> Option<ReasonClass> {
    reasons.iter().find(|(word, _)| Some(word.as_str()) == reason).map(|(_, class)| *class)
}

impl Person {
    /// The state reported: not ready only if every place is; own and places disagreeing, the more occupied.
    fn reported(&self, reasons: &[(String, ReasonClass)]) -> Stands {
        let stands = |state| Stands { state, reason: None };
        let own = self.own.clone().filter(|s| s.state != AgentState::SignedOut);
        let mut open: Option<Stands> = None;
        let mut paused: Option<(Time, Stands)> = None;
        let mut bare = false;
        for place in self.places.values() {
            match place {
                None => bare = true,
                Some((at, s)) if s.state == AgentState::NotReady => {
                    // The last; of two at one instant work, training, rest and other in this order, then by name.
                    let busy = |s: &Stands| match class(reasons, s.reason.as_deref()) {
                        Some(ReasonClass::Work) => 0,
                        Some(ReasonClass::Training) => 1,
                        Some(ReasonClass::Rest) => 2,
                        Some(ReasonClass::Other) | None => 3,
                    };
                    if paused
                        .as_ref()
                        .is_none_or(|(then, p)| at > then || at == then && (busy(s), &s.reason) < (busy(p), &p.reason))
                    {
                        paused = Some((*at, s.clone()));
                    }
                }
                Some((_, s)) => {
                    if open.as_ref().is_none_or(|o| s.state.rank() > o.state.rank()) {
                        open = Some(s.clone());
                    }
                }
            }
        }
        let placed = open.or(if bare { None } else { paused.map(|(_, s)| s) });
        match (own, placed) {
            (Some(o), Some(p)) => {
                if o.state.rank() >= p.state.rank() {
                    o
                } else {
                    p
                }
            }
            (Some(s), None) | (None, Some(s)) => s,
            (None, None) if bare && self.own.is_none() => stands(AgentState::Ready),
            (None, None) => stands(AgentState::SignedOut),
        }
    }

    fn event(&mut self, at: Time, kind: &Kind) {
        let stands = |state| Stands { state, reason: None };
        match kind {
            Kind::AgentSignedIn { queues, .. } => {
                if self.own.as_ref().is_none_or(|s| s.state == AgentState::SignedOut) {
                    self.own = Some(stands(AgentState::Ready));
                }
                for queue in queues {
                    self.places.entry(queue.as_str().into()).or_insert(None);
                }
            }
            Kind::AgentSignedOut { .. } => {
                self.places.clear();
                self.own = Some(stands(AgentState::SignedOut));
            }
            Kind::AgentJoinedQueue { queue, .. } => {
                self.places.entry(queue.as_str().into()).or_insert(None);
            }
            Kind::AgentLeftQueue { queue, .. } => {
                // Of one nobody knew, it tells nothing.
                self.places.remove(queue.as_str());
                return;
            }
            Kind::AgentState(e) => {
                let told = Stands { state: e.state, reason: e.reason.as_ref().map(|r| r.as_str().to_owned()) };
                match &e.queue {
                    None => self.own = Some(told),
                    Some(queue) => {
                        self.places.insert(queue.as_str().into(), Some((at, told)));
                    }
                }
            }
            _ => return,
        }
        self.known = true;
    }

    /// What the person does at this instant.
    fn moment(&self, id: &str, at: Time, calls: &Calls, reasons: &[(String, ReasonClass)]) -> Moment {
        let reported = self.reported(reasons);
        let legs = || calls.legs.values().flatten();
        let mine = |leg: &&Leg| leg.agent.as_deref() == Some(id);
        let on_call = if legs().filter(mine).any(|leg| leg.talks() && !leg.held()) {
            Some(AgentState::Talking)
        } else if legs().filter(mine).any(Leg::held) {
            Some(AgentState::Holding)
        } else if legs().any(|leg| leg.waits() && leg.rings.contains_key(id)) {
            Some(AgentState::Ringing)
        } else {
            None
        };
        let stands = match on_call {
            Some(state) if state.rank() >= reported.state.rank() => Stands { state, reason: None },
            _ => reported,
        };
        let direction = (stands.state == AgentState::Talking).then_some(Direction::In);
        let slot = Slot::of(stands.state, direction, class(reasons, stands.reason.as_deref()));
        let idle = matches!(stands.state, AgentState::Ready | AgentState::NotReady);
        let place = |told: &Option<(Time, Stands)>| match told {
            Some((_, s)) if idle && s.state == AgentState::NotReady => {
                Slot::of(s.state, None, class(reasons, s.reason.as_deref()))
            }
            Some((_, s)) if idle && s.state == AgentState::Ready && self.own.is_none() => Slot::Ready,
            _ => slot,
        };
        Moment {
            at,
            known: self.known,
            slot,
            state: stands.state,
            reason: stands.reason,
            places: self.places.iter().map(|(queue, told)| (queue.clone(), place(told))).collect(),
        }
    }
}

impl Floor {
    pub(crate) fn read(told: &[Told], reasons: &[(String, ReasonClass)]) -> Self {
        let mut floor = Self { reasons: reasons.to_vec(), ..Self::default() };
        for Told { at, kind } in told {
            floor.event(*at, kind);
        }
        floor
    }

    fn event(&mut self, at: Time, kind: &Kind) {
        let talks_before = self.talks();
        let misses = self.calls.misses.len();
        self.calls.event(at, kind);
        for miss in &self.calls.misses[misses..] {
            self.people.entry(miss.agent.clone()).or_default().missed.push(at);
        }
        if let Some(agent) = agent_of(kind) {
            self.people.entry(agent.to_owned()).or_default().event(at, kind);
        }
        if let Kind::CallAnswered { agent, .. } = kind
            && self.talks() > talks_before
        {
            self.people.entry(agent.as_str().to_owned()).or_default().answered.push(at);
        }
        if let Kind::CallEnded { call, queue, .. } | Kind::CallTransferred { call, queue, .. } = kind
            && self.talks() < talks_before
            && let Some(leg) = self
                .calls
                .legs
                .get(call.as_str())
                .into_iter()
                .flatten()
                .rev()
                .find(|leg| leg.queue == queue.as_str() && leg.talk_end.is_some())
            && let (Some((talk_from, talk_to)), Some(agent)) = (leg.talk(), leg.agent.clone())
        {
            let contact = Contact {
                queue: leg.queue.clone(),
                agent: agent.clone(),
                talk_from,
                talk_to,
                hold: leg.hold(),
                transfer: leg.talk_end.is_some_and(|(_, transfer)| transfer),
                handled: None,
            };
            let place = self.people.entry(agent).or_default().moments.len();
            self.ended.push((contact, place));
        }
        for (id, person) in &mut self.people {
            let moment = person.moment(id, at, &self.calls, &self.reasons);
            person.moments.push(moment);
        }
    }

    fn talks(&self) -> usize {
        self.calls.legs.values().flatten().filter(|leg| leg.talks()).count()
    }

    /// Contacts with their after-call work, as far as known at `now`.
    pub(crate) fn contacts(&self, now: Time) -> Vec<Contact> {
        let mut contacts = Vec::new();
        for (i, (contact, place)) in self.ended.iter().enumerate() {
            let mut contact = contact.clone();
            // The next talk of the same person that ended: what comes after belongs to that one.
            let next = self.ended[i + 1..].iter().find(|(c, _)| c.agent == contact.agent).map(|(_, place)| *place);
            contact.handled = self.handled(&contact, *place, next, now);
            contacts.push(contact);
        }
        contacts
    }

    fn handled(&self, contact: &Contact, place: usize, next: Option<usize>, now: Time) -> Option<(Time, Span)> {
        let moments = &self.people.get(&contact.agent)?.moments;
        let none = Some((contact.talk_to, Span::ZERO));
        let mut began: Option<Time> = None;
        let mut before = place.checked_sub(1).and_then(|p| moments.get(p)).map(|m| m.state);
        for (i, moment) in moments.iter().enumerate().skip(place) {
            if began.is_none() && moment.at > contact.talk_to + AFTER_CALL_BEGINS {
                return none;
            }
            if next == Some(i) {
                return Some(began.map_or((contact.talk_to, Span::ZERO), |since| (moment.at, moment.at.since(since))));
            }
            let changed = before != Some(moment.state);
            before = Some(moment.state);
            if !changed {
                continue;
            }
            match (moment.state, began) {
                (AgentState::AfterCall, None) => began = Some(moment.at),
                (AgentState::AfterCall, Some(_)) => {}
                (_, Some(since)) => return Some((moment.at, moment.at.since(since))),
                (AgentState::Ringing | AgentState::Talking | AgentState::Holding, None)
                    if moment.at > contact.talk_to =>
                {
                    return none;
                }
                _ => {}
            }
        }
        if began.is_none() && now > contact.talk_to + AFTER_CALL_BEGINS { none } else { None }
    }

    /// Time by slot of the members of a scope between two instants. `of` gives what a person counts as, if a member.
    pub(crate) fn time(&self, of: impl Fn(&Moment) -> Option<Slot>, from: Time, now: Time) -> SlotTimes {
        let mut time = SlotTimes([0; SLOTS]);
        for person in self.people.values() {
            for (slot, span) in person.spans(from, now, &of) {
                time.0[slot.index()] += span.micros();
            }
        }
        time
    }

    /// Entries into not ready of those who were members by then.
    pub(crate) fn not_ready_entries(&self, member: impl Fn(&Moment) -> bool, from: Time, now: Time) -> i64 {
        let people = self.people.values();
        people.map(|p| p.not_ready_entries(&member, from, now)).sum()
    }
}

impl Person {
    /// From when on states of this person are known.
    fn known_from(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().filter(|m| m.known)
    }

    /// When a state of this person was first told.
    pub(crate) fn known_since(&self) -> Option<Time> {
        self.known_from().next().map(|moment| moment.at)
    }

    pub(crate) fn spans<'a, S>(
        &'a self,
        from: Time,
        now: Time,
        of: impl Fn(&'a Moment) -> Option<S> + 'a,
    ) -> impl Iterator<Item = (S, Span)> + 'a {
        let moments: Vec<&Moment> = self.known_from().collect();
        (0..moments.len()).filter_map(move |i| {
            let moment = moments.get(i)?;
            let to = moments.get(i + 1).map_or(now, |next| next.at).min(now);
            let span = to.since(moment.at.max(from));
            of(moment).filter(|_| span > Span::ZERO).map(|s| (s, span))
        })
    }

    pub(crate) fn not_ready_entries(&self, member: impl Fn(&Moment) -> bool, from: Time, now: Time) -> i64 {
        let mut entries = 0;
        let mut before = None;
        for moment in self.known_from() {
            let entered = moment.state == AgentState::NotReady && before != Some(AgentState::NotReady);
            entries += i64::from(entered && member(moment) && from <= moment.at && moment.at <= now);
            before = Some(moment.state);
        }
        entries
    }

    /// Instants of signing in and out: from no signed-in state to one, and back.
    pub(crate) fn signs(&self, from: Time, now: Time) -> (Vec<Time>, Vec<Time>) {
        let (mut ins, mut outs, mut inside) = (Vec::new(), Vec::new(), false);
        for moment in self.known_from() {
            let list = if moment.state.signed_in() { &mut ins } else { &mut outs };
            if moment.state.signed_in() != inside && from <= moment.at && moment.at <= now {
                list.push(moment.at);
            }
            inside = moment.state.signed_in();
        }
        (ins, outs)
    }

    pub(crate) fn reasons(&self) -> BTreeSet<String> {
        self.moments.iter().filter_map(|m| m.reason.clone()).collect()
    }
}

fn agent_of(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::AgentSignedIn { agent, .. }
        | Kind::AgentSignedOut { agent }
        | Kind::AgentJoinedQueue { agent, .. }
        | Kind::AgentLeftQueue { agent, .. }
        | Kind::CallRinging { agent, .. }
        | Kind::CallAnswered { agent, .. } => Some(agent.as_str()),
        Kind::AgentState(e) => Some(e.agent.as_str()),
        _ => None,
    }
}
