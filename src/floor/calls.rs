//! Calls, their legs in queues, and their visits to the scopes above.

use smallvec::SmallVec;

use super::by_id::ById;
use super::fact::{AgentIx, ScopeIx};
use super::outbound::Out;
use crate::model::{CallId, CallerKey, Evidence, ExitWhy, Span, Time};

pub(super) type CallIx = u32;
pub(super) type QueueIx = u32;
pub(super) type FeedIx = u16;

/// One customer contact.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub id: CallId,
    pub feed: FeedIx,
    /// Tells this call from another that later lies at the same place.
    pub serial: u64,
    pub caller: Option<CallerKey>,
    pub first_join: Time,
    pub line: Option<ScopeIx>,
    pub legs: Vec<Leg>,
    pub visits: Vec<Visit>,
    /// When it was last over.
    pub over_at: Time,
    /// Its outward side, of a call to a customer.
    pub out: Option<Box<Out>>,
    /// Who talked last, and for which queue.
    pub handled: Option<(AgentIx, Option<QueueIx>)>,
    /// Tags already counted, a bit each.
    pub tags: u8,
    /// Marks already told, a bit each: area, menu, reason.
    pub marks: u8,
}

/// One stay in one queue.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub queue: QueueIx,
    pub joined: Time,
    pub evidence: Evidence,
    /// Counted as come from another queue.
    pub moved_in: bool,
    pub state: LegState,
    /// T passed while it waited.
    pub reached: bool,
    /// How many full states in a row did not name it.
    pub missing: u8,
    /// Agents it rings at, since when.
    pub rings: SmallVec<[(AgentIx, Time); 1]>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum LegState {
    Waiting,
    Talking(Talk),
    /// Left unanswered.
    Gone {
        at: Time,
        exit: Option<ExitWhy>,
        /// Already counted as moved on to another queue.
        moved_on: bool,
    },
    /// The talk ended.
    Done {
        at: Time,
        agent: AgentIx,
        /// By a transfer.
        transferred: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Talk {
    pub agent: AgentIx,
    pub since: Time,
    pub held_since: Option<Time>,
    pub hold: Span,
    /// The answer was seen; false where the talk was first met in its middle, so that its length is not known.
    pub whole: bool,
}

/// A call in a scope above the queue: placed at its first join there, ended once.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub scope: ScopeIx,
    /// Who calls, where the feed tells.
    pub caller: Option<CallerKey>,
    pub first_join: Time,
    pub within: Span,
    pub state: VisitState,
    pub reached: bool,
    /// Legs of this scope that wait now.
    pub open: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VisitState {
    Waiting,
    /// Exited a queue; may join another of the scope within [`super::TRANSIT`], and then never left.
    Transit {
        since: Time,
        why: ExitWhy,
    },
    Answered,
    Left,
}

impl Visit {
    pub(super) const fn waiting(&self) -> bool {
        matches!(self.state, VisitState::Waiting | VisitState::Transit { .. })
    }
}

impl Call {
    pub(super) fn waiting_leg(&self, queue: QueueIx) -> Option<usize> {
        self.legs.iter().rposition(|l| l.queue == queue && l.state == LegState::Waiting)
    }

    /// The leg a wait's end at `at` is of, and the instant it counts at: a leg that began later is another stay; one seen
    /// in a full state may have been back-dated less than it waited, by a second's rounding.
    pub(super) fn leg_ended(&self, queue: QueueIx, at: Time) -> Option<(usize, Time)> {
        let leg = self.waiting_leg(queue)?;
        let joined = self.legs.get(leg)?.joined;
        (joined <= at + Span::from_secs(1)).then(|| (leg, at.max(joined)))
    }

    pub(super) fn talking_leg(&self, queue: QueueIx) -> Option<usize> {
        self.legs.iter().rposition(|l| l.queue == queue && matches!(l.state, LegState::Talking(_)))
    }

    pub(super) fn talks_with(&self, agent: AgentIx) -> bool {
        self.legs.iter().any(|l| matches!(&l.state, LegState::Talking(t) if t.agent == agent))
    }

    pub(super) fn is_over(&self) -> bool {
        self.out.as_ref().is_none_or(|o| o.over)
            && self.legs.iter().all(|l| matches!(l.state, LegState::Gone { .. } | LegState::Done { .. }))
            && !self.visits.iter().any(Visit::waiting)
    }
}

/// All calls, by place and by id. Places are used again.
#[derive(Debug, Default)]
pub(super) struct Calls {
    places: Vec<Call>,
    free: Vec<CallIx>,
    by_id: ById<CallId>,
    serial: u64,
}

impl Calls {
    pub(super) fn find(&self, feed: FeedIx, id: &CallId) -> Option<CallIx> {
        self.by_id.get(feed, id)
    }

    pub(super) fn get(&self, ix: CallIx) -> Option<&Call> {
        self.places.get(ix as usize)
    }

    pub(super) fn get_mut(&mut self, ix: CallIx) -> Option<&mut Call> {
        self.places.get_mut(ix as usize)
    }

    /// The call still at this place, unless it is another by now.
    pub(super) fn same(&self, ix: CallIx, serial: u64) -> Option<&Call> {
        self.get(ix).filter(|c| c.serial == serial)
    }

    pub(super) fn add(&mut self, feed: FeedIx, id: &CallId, first_join: Time) -> CallIx {
        self.serial += 1;
        let serial = self.serial;
        let ix = if let Some(ix) = self.free.pop() {
            if let Some(call) = self.places.get_mut(ix as usize) {
                call.id = id.clone();
                call.feed = feed;
                call.serial = serial;
                call.caller = None;
                call.first_join = first_join;
                call.line = None;
                call.legs.clear();
                call.visits.clear();
                call.over_at = Time::MIN;
                call.out = None;
                call.handled = None;
                call.tags = 0;
                call.marks = 0;
            }
            ix
        } else {
            self.places.push(Call {
                id: id.clone(),
                feed,
                serial,
                caller: None,
                first_join,
                line: None,
                legs: Vec::new(),
                visits: Vec::new(),
                over_at: Time::MIN,
                out: None,
                handled: None,
                tags: 0,
                marks: 0,
            });
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        };
        self.by_id.insert(feed, id.clone(), ix);
        ix
    }

    /// Forgets a call that is over.
    pub(super) fn forget(&mut self, ix: CallIx, serial: u64) {
        let Some(call) = self.places.get_mut(ix as usize).filter(|c| c.serial == serial) else { return };
        call.serial = 0;
        self.by_id.remove(call.feed, &call.id, ix);
        self.free.push(ix);
    }

    /// Places of all calls of a feed that are not over, in the order of their first appearance.
    pub(super) fn open_of(&self, feed: FeedIx) -> Vec<CallIx> {
        let mut open: Vec<(u64, CallIx)> = self
            .by_id
            .of(feed)
            .filter_map(|ix| self.get(ix).filter(|c| !c.is_over()).map(|c| (c.serial, ix)))
            .collect();
        open.sort_unstable();
        open.into_iter().map(|(_, ix)| ix).collect()
    }
}
