//! People: what each does now, from the calls we know of and the states that are reported.

use super::calls::{CallIx, FeedIx, QueueIx};
use super::fact::{AgentFact, AgentIx, AgentWhat, Busy, Fact, ScopeIx, What};
use super::slot::Slot;
use super::{Floor, Timer};
use crate::model::{
    AgentId, AgentState, AgentStateEvent, Anomaly, Direction, Evidence, Label, ReasonClass, Span, Time,
};

/// A person on one feed.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one independent thing of the person")]
pub struct Agent {
    pub(super) feed: FeedIx,
    /// The source's id.
    pub id: AgentId,
    /// Shown name, where told.
    pub name: Option<Label>,
    /// Team, where told.
    pub team: Option<Label>,
    /// Desk, where told.
    pub desk: Option<Label>,
    pub(super) places: Vec<Place>,
    pub(super) own: Option<Report>,
    pub(super) activities: Vec<Activity>,
    pub(super) after_call: Option<AfterCall>,
    pub(super) contact: Option<Contact>,
    /// Talks whose after-call work has a told end.
    pub(super) written: Vec<Written>,
    /// After-call work counted as going on.
    wrapping: Option<Busy>,
    /// Outward calls are routed to this person: an outward talk of theirs was told as one for a queue.
    pub(super) routed_out: bool,
    /// What the person does now.
    pub doing: Doing,
    before: Doing,
    /// When what the person does was told, and what came before it, since states are known; `since` may lie before that.
    doing_told: Option<Time>,
    before_told: Option<Time>,
    pub(super) scopes: Vec<InScope>,
    team_scope: Option<ScopeIx>,
    /// Some state was reported; without one, idle time is of nobody knows what.
    pub(super) states_known: bool,
    /// When what was told last changed: news of before cannot undo it.
    changed: Time,
    /// Named by the full state now being taken.
    pub(super) confirmed: bool,
    pub(super) dirty: bool,
}

/// What a person does.
#[derive(Clone, Debug, PartialEq)]
pub struct Doing {
    /// The state.
    pub state: AgentState,
    /// Since when, as far as known.
    pub since: Time,
    /// Which way, while talking.
    pub direction: Option<Direction>,
    /// Why, while not ready.
    pub reason: Option<Label>,
    /// Its class.
    pub class: Option<ReasonClass>,
}

/// A queue a person is signed in to.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub queue: QueueIx,
    pub report: Option<Report>,
    /// Named by the full state now being taken.
    pub confirmed: bool,
}

/// A state as reported.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub state: AgentState,
    pub reason: Option<Label>,
    pub direction: Option<Direction>,
    pub at: Time,
    pub since: Time,
}

/// A call at a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Activity {
    pub call: CallIx,
    pub serial: u64,
    pub queue: Option<QueueIx>,
    pub state: AgentState,
    pub direction: Option<Direction>,
    pub since: Time,
}

/// After-call work whose end is known beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct AfterCall {
    pub since: Time,
    pub until: Time,
}

/// A talk that ended, waiting for its after-call work to end.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub ended: Time,
    pub talk: Span,
    /// `None`: an outward call.
    pub queue: Option<QueueIx>,
    pub line: Option<ScopeIx>,
    pub call: (CallIx, u64),
    pub after_call_since: Option<Time>,
}

/// After-call work of a talk, from when to when: a table of calls tells both beforehand.
#[derive(Clone, Debug)]
pub(super) struct Written {
    contact: Contact,
    since: Time,
    until: Time,
}

/// What a person counts as in one scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct InScope {
    pub scope: ScopeIx,
    pub slot: Slot,
    /// Since when it was counted so.
    since: Time,
    /// What it was before that and since when, where the person was a member then.
    before: Option<(Slot, Time)>,
}

/// After-call work that begins later than this after a talk is not that talk's.
const AFTER_CALL_BEGINS: Span = Span::from_secs(2);

impl Agent {
    pub(super) fn new(feed: FeedIx, id: AgentId, at: Time) -> Self {
        let doing = Doing { state: AgentState::SignedOut, since: at, direction: None, reason: None, class: None };
        Self {
            feed,
            id,
            name: None,
            team: None,
            desk: None,
            places: Vec::new(),
            own: None,
            activities: Vec::new(),
            after_call: None,
            contact: None,
            written: Vec::new(),
            wrapping: None,
            routed_out: false,
            before: doing.clone(),
            doing_told: None,
            before_told: None,
            doing,
            scopes: Vec::new(),
            team_scope: None,
            states_known: false,
            changed: at,
            confirmed: true,
            dirty: true,
        }
    }

    /// Places signed in to that are paused, while not all are.
    #[must_use]
    pub fn paused_places(&self) -> u32 {
        let told = self.places.iter().map(|p| p.report.as_ref().map(|r| r.state));
        let (paused, open) = told.fold((0, 0), |(p, o), state| match state {
            Some(AgentState::NotReady) => (p + 1, o),
            Some(state) if !state.signed_in() => (p, o),
            // Nothing said of it: as ready as the person is.
            Some(_) | None => (p, o + 1),
        });
        if open > 0 { paused } else { 0 }
    }

    /// Whether a report of ready or signed out stands against a talk that goes on for more than ten seconds.
    #[must_use]
    pub fn contradicted(&self, now: Time) -> bool {
        let Some(talk) = self.activities.iter().find(|a| a.state == AgentState::Talking) else { return false };
        let against = |r: &Report| {
            matches!(r.state, AgentState::Ready | AgentState::SignedOut)
                && r.at > talk.since + Span::from_secs(2)
                && now > r.at + Span::from_secs(10)
        };
        self.own.as_ref().is_some_and(against)
            || (!self.places.is_empty() && self.places.iter().all(|p| p.report.as_ref().is_some_and(against)))
    }

    fn state_now(&self, away: bool, at: Time) -> Doing {
        let plain = |state| Doing { state, since: at, direction: None, reason: None, class: None };
        if away {
            return plain(AgentState::Unknown);
        }
        let mut best = self.reported().map_or_else(
            || plain(if self.states_known { AgentState::SignedOut } else { AgentState::Unknown }),
            |r| Doing { state: r.state, since: r.since, direction: r.direction, reason: r.reason.clone(), class: None },
        );
        if let Some(a) = self.after_call
            && AgentState::AfterCall.rank() > best.state.rank()
        {
            best = Doing { since: a.since, ..plain(AgentState::AfterCall) };
        }
        if let Some(a) = self.activities.iter().max_by_key(|a| a.state.rank())
            && a.state.rank() >= best.state.rank()
        {
            best = Doing { direction: a.direction, since: a.since, ..plain(a.state) };
        }
        best
    }

    /// The report that stands: not ready only if every signed-in place is; else the most occupied.
    fn reported(&self) -> Option<Report> {
        let own = self.own.as_ref().filter(|r| r.state != AgentState::SignedOut);
        let mut open: Option<&Report> = None;
        let mut paused: Option<&Report> = None;
        let mut bare: Option<&Place> = None;
        for place in &self.places {
            match &place.report {
                Some(r) if r.state == AgentState::SignedOut => {}
                Some(r) if r.state == AgentState::NotReady => {
                    if paused.is_none_or(|p| r.at >= p.at) {
                        paused = Some(r);
                    }
                }
                Some(r) => {
                    if open.is_none_or(|o| r.state.rank() > o.state.rank()) {
                        open = Some(r);
                    }
                }
                None => bare = Some(place),
            }
        }
        // A place nothing was said of is as ready as the person is.
        let placed = open.or(paused.filter(|_| bare.is_none()));
        match (own, placed) {
            (Some(o), Some(p)) => Some(if o.state.rank() >= p.state.rank() { o } else { p }.clone()),
            (Some(r), None) | (None, Some(r)) => Some(r.clone()),
            // Signed in to a queue and nothing said of readiness: taken as ready.
            (None, None) => bare.filter(|_| self.own.is_none()).map(|_| Report {
                state: AgentState::Ready,
                reason: None,
                direction: None,
                at: self.doing.since,
                since: self.doing.since,
            }),
        }
    }
}

impl Floor {
    pub(super) fn agent_ix(&mut self, feed: FeedIx, id: &AgentId, at: Time) -> AgentIx {
        if let Some(ix) = self.agent_by_id.get(&(feed, id.clone())) {
            return *ix;
        }
        let ix = u32::try_from(self.agents.len()).unwrap_or(u32::MAX);
        self.agents.push(Agent::new(feed, id.clone(), at));
        self.agent_by_id.insert((feed, id.clone()), ix);
        ix
    }

    /// Takes a reported state; `place` is the queue it is about.
    pub(super) fn agent_reported(&mut self, feed: FeedIx, at: Time, evidence: Evidence, e: &AgentStateEvent) {
        let ix = self.agent_ix(feed, &e.agent, at);
        let queue = e.queue.as_ref().map(|q| self.queue_ix(feed, q));
        if e.state == AgentState::AfterCall {
            self.feeds[feed as usize].after_call_known = true;
        }
        let report = Report {
            state: e.state,
            reason: e.reason.clone().filter(|r| !r.is_empty()),
            direction: e.direction,
            at,
            since: if evidence == Evidence::Snapshot { e.since.unwrap_or(at).min(at) } else { at },
        };
        if let (AgentState::AfterCall, Some(until), Some(call)) = (e.state, e.until, &e.call)
            && self.agents.get(ix as usize).is_some_and(|a| !a.states_known)
            && let Some(call) = self.calls.find(feed, call)
        {
            // Told of a call, by a feed that tells no states: it says nothing of being signed in.
            self.write_up(ix, call, at, until);
            if let Some(agent) = self.agents.get_mut(ix as usize) {
                agent.after_call = Some(AfterCall { since: at, until });
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
        if let (AgentState::AfterCall, Some(until)) = (e.state, e.until) {
            if until > at {
                agent.after_call = Some(AfterCall { since: at, until });
                self.timer(until, Timer::AfterCallEnds(ix));
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
        let talked = agent.doing.state == AgentState::Talking && agent.doing.direction == Some(Direction::Out);
        let newly_routed = agent.routed_out && !routed_before;
        self.settle(ix, at, evidence);
        if talked && newly_routed {
            // The same talk, of which more is known now.
            let what = AgentWhat::Slot { to: Slot::TalkRouted, reason: None };
            self.agent_facts.push(AgentFact { agent: ix, at, what });
        }
    }

    /// A state older than the one that stands: it only gives back the time between its instant and the newer one's, and
    /// only where it alone says what the person did then.
    fn agent_state_late(&mut self, ix: AgentIx, at: Time, newer: Time, queue: Option<QueueIx>, report: &Report) {
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
        let class = self.class_of(report.reason.as_ref(), report.state);
        let late = Slot::of(report.state, report.direction, class).routed(agent.routed_out);
        let was = Slot::of(agent.before.state, agent.before.direction, agent.before.class).routed(agent.routed_out);
        let entered = report.state == AgentState::NotReady && agent.before.state != AgentState::NotReady;
        let before_reason = agent.before.reason.clone();
        // A scope the person came to, or counted otherwise in, at another instant is left as it was counted.
        let amends = |s: &InScope| s.before.filter(|(_, since)| s.since == newer && *since <= at).map(|(slot, _)| slot);
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
                scope.before = Some((late, at));
            }
        }
        let amend = AgentWhat::Amended {
            until: newer,
            from: was,
            from_reason: before_reason,
            to: late,
            reason: report.reason.clone(),
        };
        self.agent_facts.push(AgentFact { agent: ix, at, what: amend });
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

    /// Works out what a person does after something changed, and tells the difference.
    pub(super) fn settle(&mut self, ix: AgentIx, at: Time, evidence: Evidence) {
        let Some(agent) = self.agents.get(ix as usize) else { return };
        let at = at.max(agent.changed);
        let away = self.feeds.get(agent.feed as usize).is_some_and(|f| f.away);
        let mut doing = agent.state_now(away, at);
        doing.class = self.class_of(doing.reason.as_ref(), doing.state);
        let same = agent.doing.state == doing.state
            && agent.doing.direction == doing.direction
            && agent.doing.reason == doing.reason;
        if same {
            doing.since = agent.doing.since;
        }
        self.settle_scopes(ix, at, &doing);
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        agent.dirty = true;
        let first = agent.states_known && agent.doing_told.is_none();
        if same && !first {
            return;
        }
        agent.changed = at;
        let was = std::mem::replace(&mut agent.doing, doing.clone());
        // Before states were known, nobody could say that the person was signed in.
        let (was_in, is_in) = (was.state.signed_in() && !first, doing.state.signed_in());
        let known = agent.states_known;
        let was_not_ready = was.state == AgentState::NotReady;
        agent.before = was;
        let routed = agent.routed_out;
        if known {
            agent.before_told = agent.doing_told.replace(at);
            self.settle_after_call(ix, at, &doing);
        }
        if !same {
            self.settle_contact(ix, at, doing.state);
        }
        if !known {
            return;
        }
        if let Some(f) = self.agents.get(ix as usize).and_then(|a| self.feeds.get_mut(a.feed as usize)) {
            f.states_known = true;
        }
        let slot = Slot::of(doing.state, doing.direction, doing.class).routed(routed);
        self.agent_facts.push(AgentFact { agent: ix, at, what: AgentWhat::Slot { to: slot, reason: doing.reason } });
        let away = doing.state == AgentState::Unknown
            || !first && self.agents.get(ix as usize).is_some_and(|a| a.before.state == AgentState::Unknown);
        if evidence != Evidence::Snapshot && !away {
            if is_in && !was_in {
                self.agent_facts.push(AgentFact { agent: ix, at, what: AgentWhat::SignedIn });
            }
            if was_in && !is_in {
                self.agent_facts.push(AgentFact { agent: ix, at, what: AgentWhat::SignedOut });
            }
        }
        if doing.state == AgentState::NotReady && !was_not_ready {
            self.agent_facts.push(AgentFact { agent: ix, at, what: AgentWhat::NotReadyEntered });
            let scopes: Vec<ScopeIx> =
                self.agents.get(ix as usize).into_iter().flat_map(|a| &a.scopes).map(|s| s.scope).collect();
            for scope in scopes {
                self.facts.push(Fact { scope, at, what: What::NotReadyEntered });
            }
        }
    }

    /// Brings the person's part of every scope in line with what the person does.
    fn settle_scopes(&mut self, ix: AgentIx, at: Time, doing: &Doing) {
        let Some(agent) = self.agents.get(ix as usize) else { return };
        if !agent.states_known {
            return;
        }
        let mut new = std::mem::take(&mut self.memberships);
        new.clear();
        let own = Slot::of(doing.state, doing.direction, doing.class).routed(agent.routed_out);
        new.push((0, own));
        new.extend(agent.team_scope.map(|team| (team, own)));
        let idle = matches!(doing.state, AgentState::Ready | AgentState::NotReady);
        for place in &agent.places {
            let Some(queue) = self.queues.get(place.queue as usize) else { continue };
            new.push((queue.scope, self.slot_in(place, agent.own.is_none(), idle, own)));
            for scope in &queue.parents {
                if !new.iter().any(|(s, _)| s == scope) {
                    new.push((*scope, own));
                }
            }
        }
        let mut old = self.agents.get_mut(ix as usize).map(|a| std::mem::take(&mut a.scopes)).unwrap_or_default();
        let same = old.len() == new.len() && old.iter().zip(&new).all(|(o, (scope, _))| o.scope == *scope);
        let mut any = false;
        if same {
            // By far the usual case: the same scopes, perhaps other slots.
            for (kept, (scope, slot)) in old.iter_mut().zip(&new) {
                if kept.slot != *slot {
                    any = true;
                    self.people_change(*scope, at, Some(kept.slot), Some(*slot));
                    *kept = InScope { scope: *scope, slot: *slot, since: at, before: Some((kept.slot, kept.since)) };
                }
            }
        } else {
            any = true;
            let mut gone = std::mem::take(&mut old);
            for (scope, slot) in &new {
                let from = gone.iter().position(|s| s.scope == *scope).map(|i| gone.swap_remove(i));
                old.push(match from {
                    Some(kept) if kept.slot == *slot => kept,
                    from => {
                        self.people_change(*scope, at, from.map(|f| f.slot), Some(*slot));
                        let before = from.map(|f| (f.slot, f.since));
                        InScope { scope: *scope, slot: *slot, since: at, before }
                    }
                });
            }
            for left in gone {
                self.people_change(left.scope, at, Some(left.slot), None);
            }
        }
        if let Some(agent) = self.agents.get_mut(ix as usize) {
            agent.scopes = old;
            if any {
                agent.changed = at;
            }
        }
        self.memberships = new;
    }

    /// What a person counts as in one queue: the place's own state while the person is idle.
    fn slot_in(&self, place: &Place, no_own: bool, idle: bool, own: Slot) -> Slot {
        match &place.report {
            Some(r) if r.state == AgentState::SignedOut => Slot::SignedOut,
            Some(r) if idle && r.state == AgentState::NotReady => {
                Slot::of(r.state, None, self.class_of(r.reason.as_ref(), r.state))
            }
            Some(r) if idle && r.state == AgentState::Ready && no_own => Slot::Ready,
            _ => own,
        }
    }

    fn people_change(&mut self, scope: ScopeIx, at: Time, from: Option<Slot>, to: Option<Slot>) {
        self.facts.push(Fact { scope, at, what: What::People { from, to } });
        if let Some(s) = self.scopes.get_mut(scope as usize) {
            if let Some(from) = from {
                s.people[from.index()] = s.people[from.index()].saturating_sub(1);
            }
            if let Some(to) = to {
                s.people[to.index()] += 1;
            }
            s.dirty = true;
        }
    }

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
    fn settle_after_call(&mut self, ix: AgentIx, at: Time, doing: &Doing) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        let what = match (agent.wrapping, doing.state == AgentState::AfterCall) {
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
    fn write_up(&mut self, ix: AgentIx, call: CallIx, at: Time, until: Time) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        let mine = agent.contact.as_ref().is_some_and(|c| c.call.0 == call && c.after_call_since.is_none());
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

    fn settle_contact(&mut self, ix: AgentIx, at: Time, state: AgentState) {
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

    fn finish_contact(&mut self, ix: AgentIx, at: Time) {
        let Some(contact) = self.agents.get_mut(ix as usize).and_then(|a| a.contact.take()) else { return };
        let after_call = contact.after_call_since.map_or(Span::ZERO, |since| at.since(since).or_zero());
        let ended = if contact.after_call_since.is_some() { at } else { contact.ended };
        self.close_contact(ix, &contact, ended, after_call);
    }

    /// A contact is complete, its after-call work (maybe none) over.
    fn close_contact(&mut self, ix: AgentIx, contact: &Contact, ended: Time, after_call: Span) {
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

    pub(super) fn start_activity(&mut self, ix: AgentIx, activity: Activity, at: Time) {
        if let Some(agent) = self.agents.get_mut(ix as usize) {
            agent
                .activities
                .retain(|a| !(a.call == activity.call && a.serial == activity.serial && a.queue == activity.queue));
            agent.activities.push(activity);
            self.settle(ix, at, Evidence::Reported);
        }
    }

    pub(super) fn stop_activity(&mut self, ix: AgentIx, call: CallIx, serial: u64, queue: Option<QueueIx>, at: Time) {
        if let Some(agent) = self.agents.get_mut(ix as usize) {
            agent.activities.retain(|a| !(a.call == call && a.serial == serial && a.queue == queue));
            self.settle(ix, at, Evidence::Reported);
        }
    }

    pub(super) fn describe_agent(
        &mut self,
        ix: AgentIx,
        name: Option<&Label>,
        team: Option<&Label>,
        desk: Option<&Label>,
    ) {
        let team_scope = team.map(|t| self.scope_ix(super::Scope::Team(t.clone()), Span::from_secs(20)));
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        agent.dirty = true;
        if let Some(name) = name.filter(|n| !n.is_empty()) {
            agent.name = Some(name.clone());
        }
        if let Some(team) = team {
            agent.team = Some(team.clone());
            agent.team_scope = team_scope;
        }
        if let Some(desk) = desk {
            agent.desk = Some(desk.clone());
        }
    }

    pub(super) fn join_place(&mut self, ix: AgentIx, queue: QueueIx, at: Time, evidence: Evidence) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        agent.states_known = true;
        if let Some(place) = agent.places.iter_mut().find(|p| p.queue == queue) {
            place.confirmed = true;
        } else {
            agent.places.push(Place { queue, report: None, confirmed: true });
        }
        self.settle(ix, at, evidence);
    }

    pub(super) fn leave_place(&mut self, ix: AgentIx, queue: QueueIx, at: Time, evidence: Evidence) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        agent.places.retain(|p| p.queue != queue);
        self.settle(ix, at, evidence);
    }
}
