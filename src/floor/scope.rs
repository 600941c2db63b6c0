//! Scopes: what a row of figures is about, and who waits in it now.

use std::collections::VecDeque;

use super::calls::CallIx;
use super::slot::SLOTS;
use crate::model::{FeedId, Label, QueueId, Span, Time};

/// What a row of figures is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everything.
    All,
    /// A configured group of queues.
    Group(Label),
    /// The number dialled (热线号码).
    Line(Label),
    /// A team: people only.
    Team(Label),
    /// Where callers call from (片区). No row of the floor: the surge test alone counts it.
    Area(Label),
    /// The menu callers came through. No row of the floor: the surge test alone counts it.
    Menu(Label),
    /// What calls were about, as told (诉求). No row of the floor: the surge test alone counts it.
    Reason(Label),
    /// One queue of one feed.
    Queue(FeedId, QueueId),
}

/// A scope of the floor, and what is in it at this instant.
#[derive(Clone, Debug)]
pub struct ScopeState {
    /// What it is about.
    pub scope: Scope,
    /// T: the wait that counts as in time.
    pub within: Span,
    /// Waiting, not answered in this scope yet.
    pub waiting: u32,
    /// Waiting again after an answer in this scope.
    pub waiting_again: u32,
    /// Members by what they do.
    pub people: [u32; SLOTS],
    /// Some abandon of this scope was inferred and may have been an exit.
    pub exits_included: bool,
    /// Something a row shows has changed since [`super::Floor::take_dirty`].
    pub(super) dirty: bool,
    /// Who waits, by first join in this scope; entries whose call left are dropped when they come to the front.
    pub(super) waiters: VecDeque<Waiter>,
}

/// An entry of a scope's waiting list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    pub joined: Time,
    pub call: CallIx,
    pub serial: u64,
}

impl ScopeState {
    pub(super) const fn new(scope: Scope, within: Span) -> Self {
        Self {
            scope,
            within,
            waiting: 0,
            waiting_again: 0,
            people: [0; SLOTS],
            exits_included: false,
            dirty: true,
            waiters: VecDeque::new(),
        }
    }

    /// Keeps the list in order of joining; joins come nearly in order, so the place is found from the back. A call that
    /// left and came back at one instant is in it once; `again`: it was here before.
    pub(super) fn push_waiter(&mut self, waiter: Waiter, again: bool) {
        let known = |w: &Waiter| w.joined == waiter.joined && w.call == waiter.call && w.serial == waiter.serial;
        if again && self.waiters.iter().rev().take_while(|w| w.joined >= waiter.joined).any(known) {
            return;
        }
        let after = self.waiters.iter().rev().take_while(|w| w.joined > waiter.joined).count();
        self.waiters.insert(self.waiters.len() - after, waiter);
    }
}

/// Who waits in a scope at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Waiting longer than the limit asked for.
    pub over: u32,
    /// Join here of the one who waits longest; doubted ones never lead.
    pub oldest_join: Option<Time>,
    /// Earliest first join anywhere of those who wait here.
    pub oldest_first_join: Option<Time>,
    /// Doubted: beyond `ghost_after`, or missing from the last two full states.
    pub ghosts: u32,
}
