//! What a person does after something changed, and the difference it makes to every scope.

use super::Floor;
use super::calls::{CallIx, QueueIx};
use super::fact::{AgentFact, AgentIx, AgentWhat, Fact, ScopeIx, What};
use super::people::{Activity, Doing, InScope, Place};
use super::scope::ScopeState;
use super::slot::Slot;
use crate::model::{AgentState, Evidence, Label, Span, Time};

impl Floor {
    /// Works out what a person does after something changed, and tells the difference.
    pub(super) fn settle(&mut self, ix: AgentIx, at: Time, evidence: Evidence) {
        let Some(agent) = self.agents.get(ix as usize) else { return };
        let at = at.max(agent.changed);
        let away = self.feeds.get(agent.feed as usize).is_some_and(|f| f.away);
        let mut doing = agent.state_now(away, at);
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
    pub(super) fn settle_scopes(&mut self, ix: AgentIx, at: Time, doing: &Doing) {
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
            new.push((queue.scope, Self::slot_in(place, agent.own.is_none(), idle, own)));
            for scope in &queue.parents {
                if !new.iter().any(|(s, _)| s == scope) {
                    new.push((*scope, own));
                }
            }
        }
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        let kept = &mut agent.scopes;
        let same = kept.len() == new.len() && kept.iter().zip(&new).all(|(k, (scope, _))| k.scope == *scope);
        let mut any = !same;
        let mut change = |scope, from, to| people_change(&mut self.facts, &mut self.scopes, scope, at, (from, to));
        if same {
            // By far the usual case: the same scopes, perhaps other slots.
            for (kept, (scope, slot)) in kept.iter_mut().zip(&new).filter(|(kept, (_, slot))| kept.slot != *slot) {
                any = true;
                change(*scope, Some(kept.slot), Some(*slot));
                *kept = InScope::entered(*scope, *slot, at, Some(kept));
            }
        } else {
            let mut gone = std::mem::take(kept);
            for (scope, slot) in &new {
                let from = gone.iter().position(|s| s.scope == *scope).map(|i| gone.swap_remove(i));
                kept.push(match from {
                    Some(from) if from.slot == *slot => from,
                    from => {
                        change(*scope, from.map(|f| f.slot), Some(*slot));
                        InScope::entered(*scope, *slot, at, from.as_ref())
                    }
                });
            }
            for left in gone {
                change(left.scope, Some(left.slot), None);
            }
        }
        if any {
            agent.changed = at;
        }
        self.memberships = new;
    }

    /// What a person counts as in one queue: the place's own state while the person is idle.
    pub(super) fn slot_in(place: &Place, no_own: bool, idle: bool, own: Slot) -> Slot {
        match &place.report {
            Some(r) if r.state == AgentState::SignedOut => Slot::SignedOut,
            Some(r) if idle && r.state == AgentState::NotReady => Slot::of(r.state, None, r.class),
            Some(r) if idle && r.state == AgentState::Ready && no_own => Slot::Ready,
            _ => own,
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

/// A member of a scope goes from one slot to another; `None` is no member.
fn people_change(
    facts: &mut Vec<Fact>,
    scopes: &mut [ScopeState],
    scope: ScopeIx,
    at: Time,
    (from, to): (Option<Slot>, Option<Slot>),
) {
    facts.push(Fact { scope, at, what: What::People { from, to } });
    if let Some(s) = scopes.get_mut(scope as usize) {
        if let Some(from) = from {
            s.people[from.index()] = s.people[from.index()].saturating_sub(1);
        }
        if let Some(to) = to {
            s.people[to.index()] += 1;
        }
        s.dirty = true;
    }
}
