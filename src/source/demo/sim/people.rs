//! Agents: one state at a time, from signing in to signing out.

use super::calls::CallAt;
use super::event::{CallReason, Fact, NotReadyReason, StateFact};
use super::{STAFF_EVERY, Sim, Timer, whole};
use crate::model::{AgentState, EndedBy, MissWhy, Span, Time, TransferKind};
use crate::source::demo::scenario::Scenario;
use crate::source::demo::volume::half_hour;

/// People come within so long of being needed.
const COMING: f64 = 110.0;

/// One agent of the roster.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    team: usize,
    skills: Vec<usize>,
    state: AgentState,
    since: Time,
    signed_in: Time,
    reason: Option<NotReadyReason>,
    until: Option<Time>,
    call: Option<u64>,
    /// Rises with every state; timers of an earlier one are void.
    token: u32,
    next: Next,
    wish: Option<Wish>,
    /// On the way in.
    coming: bool,
    wrapping: Option<Wrapping>,
}

/// What ends the present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    Answer,
    Miss(MissWhy),
    Hold { hold: Span, rest: Span },
    Retrieve { rest: Span },
    End,
    Free,
}

/// What somebody does as soon as their hands are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Away(usize),
    SignOut,
}

/// A call whose ticket is being written.
#[derive(Clone, Copy, Debug)]
struct Wrapping {
    call: u64,
    queue: usize,
    area: Option<usize>,
    reason: CallReason,
}

/// Everybody, signed out.
pub(super) fn roster(scenario: &Scenario) -> Vec<Agent> {
    let mut agents = Vec::new();
    for (team, t) in scenario.teams().iter().enumerate() {
        let skills: Vec<usize> = t.skills.iter().filter_map(|s| scenario.queue_at(s)).collect();
        for _ in 0..t.agents + t.spare {
            agents.push(Agent {
                team,
                skills: skills.clone(),
                state: AgentState::SignedOut,
                since: Time::MIN,
                signed_in: Time::MIN,
                reason: None,
                until: None,
                call: None,
                token: 0,
                next: Next::Nothing,
                wish: None,
                coming: false,
                wrapping: None,
            });
        }
    }
    agents
}

impl Agent {
    const fn here(&self) -> bool {
        self.state.signed_in()
    }

    fn leaving(&self) -> bool {
        self.wish == Some(Wish::SignOut)
    }
}

impl Sim {
    /// As many people as the usual volume of this hour asks for: a team's number at the peak, scaled a little less than
    /// in proportion, since small groups need more slack. Now and then a seat is handed over.
    pub(super) fn set_staff(&mut self) {
        let scenario = self.scenario.clone();
        let (slot, _) = half_hour(self.now + Span::from_secs(600), scenario.zone());
        let (slot_now, _) = half_hour(self.now, scenario.zone());
        let level = (scenario.usual(slot).max(scenario.usual(slot_now)) / scenario.usual_peak().max(1.0)).powf(0.8);
        for (team, t) in scenario.teams().iter().enumerate() {
            let wanted = whole((f64::from(u32::try_from(t.agents).unwrap_or(0)) * level).max(1.0)) as usize;
            let of_team = || (0..self.agents.len()).filter(|a| self.agents[*a].team == team);
            let staying = of_team().filter(|a| {
                let agent = &self.agents[*a];
                agent.coming || (agent.here() && !agent.leaving())
            });
            let present = staying.count();
            let mut out: Vec<usize> =
                of_team().filter(|a| !self.agents[*a].here() && !self.agents[*a].coming).collect();
            let mut longest: Vec<usize> =
                of_team().filter(|a| self.agents[*a].here() && self.agents[*a].wish.is_none()).collect();
            // Who has been away longest comes first; who has been here longest goes first.
            out.sort_by_key(|a| (self.agents[*a].since, *a));
            longest.sort_by_key(|a| (self.agents[*a].signed_in, *a));
            let share = STAFF_EVERY.secs() / (scenario.behaviour().handover_min * 60.0);
            let teams = f64::from(u32::try_from(scenario.teams().len()).unwrap_or(1));
            let handover = self.now > self.begun + Span::from_secs(1800) && self.people.chance(share / teams);
            let extra = usize::from(handover && present == wanted);
            for agent in out.into_iter().take((wanted + extra).saturating_sub(present)) {
                self.agents[agent].coming = true;
                let wait = Span::from_secs_f64(COMING * self.people.unit());
                self.after(wait, Timer::SignIn(agent));
            }
            for agent in longest.into_iter().take((present + extra).saturating_sub(wanted)) {
                self.agents[agent].wish = Some(Wish::SignOut);
                if self.agents[agent].state == AgentState::Ready {
                    self.free(agent);
                }
            }
        }
        self.after(STAFF_EVERY, Timer::Staff);
    }

    pub(super) fn sign_in(&mut self, agent: usize) {
        self.agents[agent].coming = false;
        self.agents[agent].signed_in = self.now;
        self.tell(Fact::SignedIn { agent });
        self.free(agent);
    }

    /// Somebody's hands are free: off to what they wish, else ready, else at once the next call.
    pub(super) fn free(&mut self, agent: usize) {
        match self.agents[agent].wish.take() {
            Some(Wish::SignOut) => {
                self.enter(agent, AgentState::SignedOut, Next::Nothing, None);
                self.tell(Fact::SignedOut { agent });
            }
            Some(Wish::Away(kind)) => self.go_away(agent, kind),
            None => {
                if self.agents[agent].state != AgentState::Ready {
                    self.enter(agent, AgentState::Ready, Next::Nothing, None);
                    self.tell_state(agent);
                }
                if let Some(call) = self.longest_waiting(agent) {
                    self.ring(agent, call);
                }
            }
        }
    }

    /// Offers a waiting call to whoever with the skill has been idle longest.
    pub(super) fn offer(&mut self, number: u64) {
        let Some(queue) = self.calls.get(&number).map(|c| c.queue) else { return };
        let idle =
            self.agents.iter().enumerate().filter(|(_, a)| a.state == AgentState::Ready && a.skills.contains(&queue));
        if let Some((agent, _)) = idle.min_by_key(|(i, a)| (a.since, *i)) {
            self.ring(agent, number);
        }
    }

    /// The call this agent should take: highest priority, then the one whose caller came first.
    fn longest_waiting(&self, agent: usize) -> Option<u64> {
        let first = |queue: &usize| {
            let waiting = self.queues[*queue].waiting.iter();
            waiting.copied().find(|(_, n)| self.calls.get(n).is_some_and(|c| c.at == CallAt::Waiting))
        };
        let places = self.agents[agent].skills.iter();
        places
            .filter_map(|q| first(q).map(|(since, n)| (-self.scenario.queues()[*q].priority, since, n)))
            .min()
            .map(|(_, _, n)| n)
    }

    fn ring(&mut self, agent: usize, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.at = CallAt::Ringing(agent);
        let queue = call.queue;
        let behaviour = self.scenario.behaviour().clone();
        let luck = self.people.unit();
        let ring_out = Span::from_secs_f64(behaviour.ring_out_s);
        let answer_after = self.people.lognormal(behaviour.ring);
        let (next, lasts) = if luck <= behaviour.no_answer_share {
            (Next::Miss(MissWhy::NoAnswer), ring_out)
        } else if luck <= behaviour.no_answer_share + behaviour.refuse_share {
            (Next::Miss(MissWhy::Refused), answer_after.min(ring_out))
        } else {
            (Next::Answer, answer_after.min(ring_out))
        };
        self.tell(Fact::Ringing { call: number, queue, agent });
        self.agents[agent].call = Some(number);
        self.enter(agent, AgentState::Ringing, next, Some(lasts));
        self.tell_state(agent);
    }

    /// The present state of an agent ends.
    pub(super) fn agent_next(&mut self, agent: usize, token: u32) {
        if self.agents[agent].token != token {
            return;
        }
        match (self.agents[agent].next, self.agents[agent].call) {
            (Next::Answer, Some(call)) => self.answer(agent, call),
            (Next::Miss(why), Some(call)) => self.miss(agent, call, why),
            (Next::Hold { hold, rest }, Some(call)) => {
                self.tell(Fact::Held { call, agent });
                self.enter(agent, AgentState::Holding, Next::Retrieve { rest }, Some(hold));
                self.tell_state(agent);
            }
            (Next::Retrieve { rest }, Some(call)) => {
                self.tell(Fact::Retrieved { call, agent });
                self.enter(agent, AgentState::Talking, Next::End, Some(rest));
                self.tell_state(agent);
            }
            (Next::End, Some(call)) => self.end(agent, call),
            (Next::Free, _) => {
                self.write_up(agent);
                self.free(agent);
            }
            _ => {}
        }
    }

    fn answer(&mut self, agent: usize, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.at = CallAt::Talking;
        let queue = call.queue;
        let place = (call.first_joined, number);
        self.queues[queue].waiting.remove(&place);
        self.tell(Fact::Answered { call: number, queue, agent });
        let talk = self.callers.lognormal(self.scenario.queues()[queue].talk);
        let talk = Span::from_secs_f64(talk.secs() * self.volume.talk_factor(queue, self.now));
        let behaviour = self.scenario.behaviour().clone();
        if self.callers.chance(behaviour.hold_share) {
            let before = Span::from_secs_f64(talk.secs() * self.callers.unit());
            let hold = self.callers.lognormal(behaviour.hold);
            self.enter(agent, AgentState::Talking, Next::Hold { hold, rest: talk - before }, Some(before));
        } else {
            self.enter(agent, AgentState::Talking, Next::End, Some(talk));
        }
        self.tell_state(agent);
    }

    /// A ring this agent did not answer: the call keeps its place and rings elsewhere, the agent is set not ready.
    fn miss(&mut self, agent: usize, number: u64, why: MissWhy) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.at = CallAt::Waiting;
        let queue = call.queue;
        let rang = self.now.since(self.agents[agent].since);
        self.tell(Fact::NotAnswered { call: number, queue, agent, rang, why });
        let away = Span::from_secs_f64(self.scenario.behaviour().no_answer_away_s);
        self.enter(agent, AgentState::NotReady, Next::Free, Some(away));
        self.agents[agent].reason = Some(NotReadyReason::NoAnswer);
        self.tell_state(agent);
        self.offer(number);
    }

    fn end(&mut self, agent: usize, number: u64) {
        let Some(call) = self.calls.get(&number) else { return };
        let (queue, leg) = (call.queue, call.leg);
        let area = (!call.area_known).then_some(call.area);
        let wrapping = Wrapping { call: number, queue, area, reason: call.reason };
        let behaviour = self.scenario.behaviour().clone();
        let others = self.scenario.queues().len().saturating_sub(1);
        let hand_on = leg == 1 && others > 0 && self.callers.chance(behaviour.transfer_share);
        let to = (queue + 1 + self.callers.below(others)) % (others + 1);
        if hand_on {
            let attended = self.callers.chance(behaviour.attended_share);
            let kind = if attended { TransferKind::Attended } else { TransferKind::Blind };
            self.tell(Fact::Transferred { call: number, queue, agent, kind, to });
        } else {
            let luck = self.callers.unit();
            let by = if luck <= behaviour.system_end_share {
                EndedBy::System
            } else if luck <= 0.35 {
                EndedBy::Agent
            } else {
                EndedBy::Caller
            };
            self.tell(Fact::Ended { call: number, queue, agent, by });
            self.hang_up(number);
        }
        self.agents[agent].wrapping = Some(wrapping);
        if self.people.chance(behaviour.after_call_share) {
            let lasts = self.people.lognormal(self.scenario.queues()[queue].after_call);
            self.enter(agent, AgentState::AfterCall, Next::Free, Some(lasts));
            self.agents[agent].call = None;
            self.tell_state(agent);
        } else {
            self.write_up(agent);
            self.free(agent);
        }
        if hand_on {
            self.join(number, to, false);
        }
    }

    /// The ticket of the last call is saved.
    fn write_up(&mut self, agent: usize) {
        if let Some(Wrapping { call, queue, area, reason }) = self.agents[agent].wrapping.take() {
            let outcome = self.callers.pick(self.scenario.queues()[queue].outcomes.iter().map(|o| o.weight));
            self.tell(Fact::Tagged { call, area, reason, outcome, queue });
        }
    }

    /// Somebody should be away for this reason, if so many may.
    pub(super) fn want_away(&mut self, kind: usize) {
        let scenario = self.scenario.clone();
        let Some(away) = scenario.aways().get(kind) else { return };
        let here = self.agents.iter().filter(|a| a.here()).count();
        let gone = |a: &&Agent| a.wish == Some(Wish::Away(kind)) || a.reason == Some(NotReadyReason::Away(kind));
        let free = |a: &Agent| a.here() && a.wish.is_none() && a.state != AgentState::NotReady;
        if self.agents.iter().filter(gone).count() < away.quota {
            let who: Vec<usize> = (0..self.agents.len()).filter(|a| free(&self.agents[*a])).collect();
            let chosen = self.people.below(who.len());
            if let Some(agent) = who.get(chosen) {
                self.agents[*agent].wish = Some(Wish::Away(kind));
                if self.agents[*agent].state == AgentState::Ready {
                    self.free(*agent);
                }
            }
        }
        // So many starts an hour that `share` of those here are away on average (Little).
        let people = f64::from(u32::try_from(here.max(1)).unwrap_or(1));
        let gap = if away.share > 0.0 { away.length.mean_s / (away.share * people) } else { 3600.0 };
        let wait = self.people.exponential(gap).min(Span::from_secs(3600));
        self.after(wait, Timer::Away(kind));
    }

    fn go_away(&mut self, agent: usize, kind: usize) {
        let Some(away) = self.scenario.aways().get(kind) else { return };
        let (length, planned) = (away.length, away.planned);
        let lasts = self.people.lognormal(length);
        self.enter(agent, AgentState::NotReady, Next::Free, Some(lasts));
        self.agents[agent].reason = Some(NotReadyReason::Away(kind));
        self.agents[agent].until = planned.then(|| self.now + Span::from_secs_f64(length.mean_s));
        self.tell_state(agent);
    }

    fn enter(&mut self, agent: usize, state: AgentState, next: Next, lasts: Option<Span>) {
        let a = &mut self.agents[agent];
        a.state = state;
        a.since = self.now;
        a.token = a.token.wrapping_add(1);
        a.next = next;
        a.reason = None;
        a.until = None;
        if !matches!(state, AgentState::Ringing | AgentState::Talking | AgentState::Holding) {
            a.call = None;
        }
        let token = a.token;
        if let Some(lasts) = lasts {
            self.after(lasts, Timer::Agent { agent, token });
        }
    }

    fn state_fact(&self, agent: usize, since: Option<Time>) -> Fact {
        let a = &self.agents[agent];
        let approved = match a.reason {
            Some(NotReadyReason::Away(kind)) => self.scenario.aways().get(kind).is_some_and(|k| k.approved),
            _ => false,
        };
        let (state, reason, call, until) = (a.state, a.reason, a.call, a.until);
        Fact::State(Box::new(StateFact { agent, state, reason, since, call, until, approved }))
    }

    fn tell_state(&mut self, agent: usize) {
        self.tell(self.state_fact(agent, None));
    }

    pub(super) fn people_rows(&self) -> Vec<Fact> {
        let here = (0..self.agents.len()).filter(|a| self.agents[*a].here());
        here.flat_map(|a| [Fact::SignedIn { agent: a }, self.state_fact(a, Some(self.agents[a].since))]).collect()
    }
}
