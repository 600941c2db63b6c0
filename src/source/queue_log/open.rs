//! What is open in a log: who waits, who talks with whom.

use crate::model::{AgentId, CallId, QueueId, Time};
use rustc_hash::{FxHashMap, FxHashSet};

/// The calls that wait or talk, and the agents the log has named.
#[derive(Default)]
pub(super) struct Open {
    /// Mostly one visit a call.
    visits: FxHashMap<CallId, Vec<Visit>>,
    count: usize,
    /// Calls talking, by queue and agent, the oldest first.
    talks: FxHashMap<(QueueId, AgentId), Vec<CallId>>,
    /// Talks whose end was told before their line.
    told: FxHashSet<(CallId, QueueId)>,
    agents: FxHashSet<AgentId>,
}

struct Visit {
    queue: QueueId,
    joined: Time,
    /// Who answered.
    agent: Option<AgentId>,
}

/// Where the talk a line ends was found.
pub(super) enum Found {
    /// As the line says.
    Here,
    /// The agent talks in that queue, under another call's id.
    As(CallId),
    /// Its end was told already.
    Told,
    /// The log begins in the middle of it.
    Nowhere,
}

impl Open {
    /// How many calls wait or talk.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Nothing is open any more; the agents are who they were.
    pub(super) fn restart(&mut self) {
        *self = Self { agents: std::mem::take(&mut self.agents), ..Self::default() };
    }

    pub(super) fn join(&mut self, call: &CallId, queue: &QueueId, at: Time) {
        // A visit of the same call in the same queue never saw its end.
        self.close(call, queue);
        self.told.remove(&(call.clone(), queue.clone()));
        let visit = Visit { queue: queue.clone(), joined: at, agent: None };
        self.visits.entry(call.clone()).or_default().push(visit);
        self.count += 1;
    }

    /// When the call joined the queue.
    pub(super) fn joined(&self, call: &CallId, queue: &QueueId) -> Option<Time> {
        self.visit(call, queue).map(|v| v.joined)
    }

    /// When the call joined the queue, if it still waits there.
    pub(super) fn waiting_since(&self, call: &CallId, queue: &QueueId) -> Option<Time> {
        self.visit(call, queue).filter(|v| v.agent.is_none()).map(|v| v.joined)
    }

    fn visit(&self, call: &CallId, queue: &QueueId) -> Option<&Visit> {
        self.visits.get(call)?.iter().find(|v| v.queue == *queue)
    }

    pub(super) fn answer(&mut self, call: &CallId, queue: &QueueId, agent: &AgentId, at: Time) {
        if self.visit(call, queue).is_none() {
            self.join(call, queue, at);
        }
        let visits = self.visits.entry(call.clone()).or_default();
        if let Some(visit) = visits.iter_mut().find(|v| v.queue == *queue) {
            visit.agent = Some(agent.clone());
        }
        self.talks.entry((queue.clone(), agent.clone())).or_default().push(call.clone());
    }

    /// The talk a call is in.
    pub(super) fn talk_of(&self, call: &CallId) -> Option<(QueueId, AgentId)> {
        let visit = self.visits.get(call)?.iter().find(|v| v.agent.is_some())?;
        visit.agent.clone().map(|agent| (visit.queue.clone(), agent))
    }

    /// Ends the talk a line names.
    pub(super) fn end(&mut self, call: &CallId, queue: &QueueId, agent: &AgentId) -> Found {
        if self.visit(call, queue).is_some_and(|v| v.agent.as_ref() == Some(agent)) {
            self.close(call, queue);
            return Found::Here;
        }
        if self.told.remove(&(call.clone(), queue.clone())) {
            return Found::Told;
        }
        let other = self.talks.get(&(queue.clone(), agent.clone())).and_then(|calls| calls.first()).cloned();
        match other {
            Some(other) => {
                self.close(&other, queue);
                Found::As(other)
            }
            None => Found::Nowhere,
        }
    }

    /// Ends a talk whose line has not come.
    pub(super) fn end_unsaid(&mut self, call: &CallId, queue: &QueueId) {
        self.close(call, queue);
        self.told.insert((call.clone(), queue.clone()));
    }

    pub(super) fn leave(&mut self, call: &CallId, queue: &QueueId) {
        if self.visit(call, queue).is_some_and(|v| v.agent.is_none()) {
            self.close(call, queue);
        }
    }

    fn close(&mut self, call: &CallId, queue: &QueueId) {
        let Some(visits) = self.visits.get_mut(call) else { return };
        let Some(place) = visits.iter().position(|v| v.queue == *queue) else { return };
        let visit = visits.swap_remove(place);
        if visits.is_empty() {
            self.visits.remove(call);
        }
        self.count = self.count.saturating_sub(1);
        let Some(agent) = visit.agent else { return };
        let key = (visit.queue, agent);
        if let Some(calls) = self.talks.get_mut(&key) {
            calls.retain(|c| c != call);
            if calls.is_empty() {
                self.talks.remove(&key);
            }
        }
    }

    /// Whether the log has named the agent in person.
    pub(super) fn knows(&self, agent: &AgentId) -> bool {
        self.agents.contains(agent)
    }

    pub(super) fn know(&mut self, agent: &AgentId) {
        if !self.knows(agent) {
            self.agents.insert(agent.clone());
        }
    }
}
