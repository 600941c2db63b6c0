//! Looking at rows before they are needed. On a large floor nearly every event is about a person and a queue whose rows lie
//! in memory far from the processor; asked for one by one, each makes the next wait. A look at the rows of a batch asks
//! for all of them at once. It changes nothing but the time it takes.

use std::hint::black_box;

use super::{Agent, AgentIx, Floor, Queue, ScopeIx, ScopeState};
use crate::model::{AgentId, Envelope, Kind, QueueId};

/// With fewer people and queues than this the rows are near anyway.
const MANY: usize = 1000;

/// So many events are looked at before they are applied: few enough that the first is still near when the last is.
pub const LOOK_AHEAD: usize = 64;

impl Floor {
    /// Looks at the rows the events are about; `also` is given their numbers, for rows kept elsewhere.
    pub fn expect(&self, batch: &[Envelope], mut also: impl FnMut(Option<AgentIx>, Option<ScopeIx>)) {
        if self.agents.len() + self.queues.len() < MANY {
            return;
        }
        for envelope in batch {
            let Some(feed) = self.feeds.iter().position(|f| f.name == envelope.feed) else { continue };
            let feed = u16::try_from(feed).unwrap_or(u16::MAX);
            let (agent, queue) = about(&envelope.event.kind);
            let agent = agent.and_then(|id| self.agent_by_id.get(feed, id));
            let queue = queue.and_then(|id| self.queue_by_id.get(feed, id));
            if let Some(row) = agent.and_then(|ix| self.agents.get(ix as usize)) {
                row.look();
            }
            let queue = queue.and_then(|ix| self.queues.get(ix as usize));
            if let Some(scope) = queue.and_then(|q| self.scopes.get(q.scope as usize)) {
                scope.look();
            }
            also(agent, queue.map(|q: &Queue| q.scope));
        }
    }
}

impl Agent {
    fn look(&self) {
        black_box(self.changed);
        black_box(self.doing.since);
        black_box(self.before.since);
        black_box(self.own.as_ref().map(|r| r.at));
        black_box(self.contact.as_ref().map(|c| c.ended));
        black_box((self.places.len(), self.activities.len(), self.scopes.len(), self.written.len()));
        black_box(self.dirty);
    }
}

impl ScopeState {
    fn look(&self) {
        black_box((self.waiting, self.within, self.dirty));
        black_box(self.waiters.back().map(|w| w.joined));
    }
}

/// Whom and which queue an event is about, of the kinds that come by the thousand.
const fn about(kind: &Kind) -> (Option<&AgentId>, Option<&QueueId>) {
    match kind {
        Kind::CallJoined { queue, .. } | Kind::CallAbandoned { queue, .. } | Kind::CallExited { queue, .. } => {
            (None, Some(queue))
        }
        Kind::CallRinging { queue, agent, .. }
        | Kind::CallNotAnswered { queue, agent, .. }
        | Kind::CallAnswered { queue, agent, .. }
        | Kind::CallTransferred { queue, agent, .. }
        | Kind::CallEnded { queue, agent, .. }
        | Kind::AgentJoinedQueue { agent, queue, .. }
        | Kind::AgentLeftQueue { agent, queue } => (Some(agent), Some(queue)),
        Kind::AgentState(event) => (Some(&event.agent), event.queue.as_ref()),
        Kind::CallDialled { agent, .. } | Kind::CallConnected { agent, .. } => (Some(agent), None),
        _ => (None, None),
    }
}
