//! What happens to a leg, told apart by event; and how a wait ends unanswered.

use super::calls::{CallIx, FeedIx, LegState, QueueIx};
use super::fact::{AgentIx, Fact, ScopeIx, What};
use super::order::Outcome;
use super::{Floor, KEEP, TRANSIT};
use crate::model::{Anomaly, CallId, Evidence, ExitWhy, Kind, QueueId, Span, Time};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Abandoned { derived: bool },
    Exited(ExitWhy),
    Unknown,
}

impl Floor {
    /// Applies an event about a call. `forced`: no earlier event will come any more.
    pub(super) fn call_event(
        &mut self,
        feed: FeedIx,
        at: Time,
        evidence: Evidence,
        kind: &Kind,
        forced: bool,
    ) -> Outcome {
        match kind {
            Kind::CallJoined { call, queue, detail } => self.joined(feed, at, evidence, (call, queue), detail, forced),
            Kind::CallRinging { call, queue, agent } => self.ringing(feed, at, call, queue, agent),
            Kind::CallNotAnswered { call, queue, agent, why, .. } => {
                self.not_answered(feed, at, (call, queue), agent, *why, forced)
            }
            Kind::CallAnswered { call, queue, agent } => {
                if evidence == Evidence::Snapshot && self.talk_named(feed, call, queue) {
                    return Outcome::Done;
                }
                let named = evidence == Evidence::Snapshot;
                self.answered(feed, at, (call, queue), agent, forced || named, !named)
            }
            Kind::CallHeld { call, agent } => self.held(feed, at, call, agent.as_ref(), true),
            Kind::CallRetrieved { call, agent } => self.held(feed, at, call, agent.as_ref(), false),
            Kind::CallTransferred { call, queue, agent, .. } => self.transferred(feed, at, call, queue, agent),
            Kind::CallEnded { call, queue, agent, .. } => self.talk_ended(feed, at, (call, queue), agent, forced),
            Kind::CallAbandoned { call, queue } => {
                self.wait_ended(feed, at, call, queue, Ending::Abandoned { derived: evidence == Evidence::Derived })
            }
            Kind::CallExited { call, queue, why } => self.wait_ended(feed, at, call, queue, Ending::Exited(*why)),
            Kind::CallDialled { call, agent, number } => self.dialled(feed, at, call, agent, number.as_ref()),
            Kind::CallConnected { call, agent, number } => {
                self.connected(feed, at, (call, agent), number.as_ref(), forced)
            }
            Kind::CallTagged { call, tags } => self.tagged(feed, at, call, tags),
            _ => Outcome::Odd(Anomaly::UnknownType),
        }
    }

    fn wait_ended(&mut self, feed: FeedIx, at: Time, id: &CallId, queue: &QueueId, ending: Ending) -> Outcome {
        let queue = self.queue_ix(feed, queue);
        let Some(ix) = self.calls.find(feed, id) else { return Outcome::NotYet };
        let Some(call) = self.calls.get(ix) else { return Outcome::NotYet };
        let Some((leg, at)) = call.leg_ended(queue, at) else {
            let over = call.legs.iter().any(|l| {
                l.queue == queue
                    && matches!(&l.state, LegState::Gone { at: gone, .. } if *gone >= at - Span::from_secs(1))
            });
            return if over { Outcome::Odd(Anomaly::Repeat) } else { Outcome::NotYet };
        };
        self.end_wait(ix, leg, at, ending);
        Outcome::Done
    }

    /// A leg leaves its queue unanswered.
    pub(super) fn end_wait(&mut self, ix: CallIx, leg_ix: usize, at: Time, ending: Ending) {
        let Some(leg) = self.calls.get(ix).and_then(|c| c.legs.get(leg_ix)) else { return };
        let queue = leg.queue;
        let wait = at.since(leg.joined).or_zero();
        if ending != Ending::Unknown {
            self.reached_by(ix, leg_ix, wait);
        }
        let Some(scope) = self.stop_waiting(ix, leg_ix, queue, at, None) else { return };
        let what = self.ending_fact(scope, wait, ending);
        self.facts.push(Fact { scope, at, what });
        let exit = match ending {
            Ending::Exited(why) => Some(why),
            Ending::Abandoned { .. } | Ending::Unknown => None,
        };
        let moved_on = exit.is_some() && self.moved_already(ix, queue, at);
        if moved_on {
            self.facts.push(Fact { scope, at, what: What::MovedOut });
        }
        if let Some(leg) = self.calls.get_mut(ix).and_then(|c| c.legs.get_mut(leg_ix)) {
            leg.state = LegState::Gone { at, exit, moved_on };
        }
        self.visits_lose(ix, queue, at, ending);
        self.maybe_over(ix, at);
    }

    /// Takes a leg out of its queue's waiting list and ends its rings; that of the one who `answered` becomes the talk.
    /// Returns the queue's scope.
    pub(super) fn stop_waiting(
        &mut self,
        ix: CallIx,
        leg_ix: usize,
        queue: QueueIx,
        at: Time,
        answered: Option<AgentIx>,
    ) -> Option<ScopeIx> {
        let call = self.calls.get_mut(ix)?;
        let serial = call.serial;
        let rings = std::mem::take(&mut call.legs.get_mut(leg_ix)?.rings);
        for (agent, _) in rings.into_iter().filter(|(agent, _)| Some(*agent) != answered) {
            self.stop_activity(agent, ix, serial, Some(queue), at);
        }
        let scope = self.queues.get(queue as usize)?.scope;
        let s = self.scopes.get_mut(scope as usize)?;
        s.waiting = s.waiting.saturating_sub(1);
        s.dirty = true;
        Some(scope)
    }

    pub(super) fn ending_fact(&mut self, scope: ScopeIx, wait: Span, ending: Ending) -> What {
        let short = wait < self.settings.figures.short_abandon;
        let Some(s) = self.scopes.get_mut(scope as usize) else { return What::UnknownEnd };
        let in_t = wait <= s.within;
        match ending {
            Ending::Abandoned { derived } => {
                s.exits_included |= derived;
                What::Abandoned { wait, short, in_t, derived }
            }
            Ending::Exited(why) => What::Exited { why, wait, in_t },
            Ending::Unknown => What::UnknownEnd,
        }
    }

    pub(super) fn maybe_over(&mut self, ix: CallIx, at: Time) {
        let at = at.max(self.now);
        if let Some(call) = self.calls.get_mut(ix).filter(|c| c.is_over()) {
            call.over_at = at;
            let serial = call.serial;
            debug_assert!(KEEP > TRANSIT);
            self.over.push_back((at, ix, serial));
        }
    }
}
