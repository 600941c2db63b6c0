//! People: what is known of each, and what each does by it.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::calls::{CallIx, FeedIx, QueueIx};
use super::fact::{Busy, ScopeIx};
use super::slot::Slot;
use crate::model::{AgentId, AgentState, Direction, Label, ReasonClass, Span, Time};

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
    pub(super) activities: SmallVec<[Activity; 1]>,
    pub(super) after_call: Option<AfterCall>,
    pub(super) contact: Option<Contact>,
    /// Talks whose after-call work has a told end.
    pub(super) written: Vec<Written>,
    /// After-call work counted as going on.
    pub(super) wrapping: Option<Busy>,
    /// Outward calls are routed to this person: an outward talk of theirs was told as one for a queue.
    pub(super) routed_out: bool,
    /// What the person does now.
    pub doing: Doing,
    pub(super) before: Doing,
    /// When what the person does was told, and what came before it, since states are known; `since` may lie before that.
    pub(super) doing_told: Option<Time>,
    pub(super) before_told: Option<Time>,
    pub(super) scopes: SmallVec<[InScope; 2]>,
    pub(super) team_scope: Option<ScopeIx>,
    /// Some state was reported; without one, idle time is of nobody knows what.
    pub(super) states_known: bool,
    /// When what was told last changed: news of before cannot undo it.
    pub(super) changed: Time,
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
    /// The reason's class.
    pub class: Option<ReasonClass>,
    pub direction: Option<Direction>,
    pub at: Time,
    pub since: Time,
}

impl Report {
    fn doing(&self) -> Doing {
        let Self { state, since, direction, class, .. } = *self;
        Doing { state, since, direction, reason: self.reason.clone(), class }
    }

    /// Which of several pauses says why a person is not ready: the one since last; of those of one instant the most
    /// occupied class, then the reason first in the alphabet. It does not hang on the order they were told in.
    fn tells_why(&self) -> (Time, u8, Reverse<&str>) {
        (self.since, self.class.map_or(0, ReasonClass::rank), Reverse(self.reason.as_ref().map_or("", Label::as_str)))
    }
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
    /// The place it was told of; `None`: the person.
    pub queue: Option<QueueIx>,
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
    pub contact: Contact,
    pub since: Time,
    pub until: Time,
}

/// What a person counts as in one scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct InScope {
    pub scope: ScopeIx,
    pub slot: Slot,
    /// Since when it was counted so.
    pub since: Time,
    /// What it was before that, where the person was a member then, and since when.
    pub before: Option<Slot>,
    pub before_since: Time,
}

impl InScope {
    /// Counted as `slot` from `at` on; `before`: what it was counted as.
    pub(super) fn entered(scope: ScopeIx, slot: Slot, at: Time, before: Option<&Self>) -> Self {
        let before_since = before.map_or(at, |b| b.since);
        Self { scope, slot, since: at, before: before.map(|b| b.slot), before_since }
    }
}

/// After-call work that begins later than this after a talk is not that talk's.
pub(super) const AFTER_CALL_BEGINS: Span = Span::from_secs(2);

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
            activities: SmallVec::new(),
            after_call: None,
            contact: None,
            written: Vec::new(),
            wrapping: None,
            routed_out: false,
            before: doing.clone(),
            doing_told: None,
            before_told: None,
            doing,
            scopes: SmallVec::new(),
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

    pub(super) fn state_now(&self, away: bool, at: Time) -> Doing {
        let plain = |state| Doing { state, since: at, direction: None, reason: None, class: None };
        if away {
            return plain(AgentState::Unknown);
        }
        let mut best = self
            .reported()
            .unwrap_or_else(|| plain(if self.states_known { AgentState::SignedOut } else { AgentState::Unknown }));
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
    fn reported(&self) -> Option<Doing> {
        let own = self.own.as_ref().filter(|r| r.state != AgentState::SignedOut);
        let mut open: Option<&Report> = None;
        let mut paused: Option<&Report> = None;
        let mut bare: Option<&Place> = None;
        for place in &self.places {
            match &place.report {
                Some(r) if r.state == AgentState::SignedOut => {}
                Some(r) if r.state == AgentState::NotReady => {
                    if paused.is_none_or(|p| r.tells_why() > p.tells_why()) {
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
            (Some(o), Some(p)) => Some(if o.state.rank() >= p.state.rank() { o } else { p }.doing()),
            (Some(r), None) | (None, Some(r)) => Some(r.doing()),
            // Signed in to a queue and nothing said of readiness: taken as ready.
            (None, None) => bare.filter(|_| self.own.is_none()).map(|_| Doing {
                state: AgentState::Ready,
                reason: None,
                class: None,
                direction: None,
                since: self.doing.since,
            }),
        }
    }
}
