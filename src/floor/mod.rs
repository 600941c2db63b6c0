//! The state of the floor: calls, queues, people, as events tell of them.
//!
//! [`Floor::apply`] takes one envelope and leaves [`Fact`]s behind, the only thing figures are made of. It is pure and
//! cannot fail: what does not fit is counted by kind ([`Anomaly`]) and shown. Time is an argument.

mod apply;
mod by_id;
mod calls;
mod contacts;
mod door;
mod expect;
mod fact;
mod feed;
mod joins;
mod legs;
mod met;
mod order;
mod outbound;
mod people;
mod reports;
mod rings;
mod scope;
mod settle;
mod slot;
mod sync;
mod tags;
mod talks;
mod timers;
mod visits;

pub use door::Lines;
pub use expect::LOOK_AHEAD;
pub use fact::{AgentFact, AgentIx, AgentWhat, Amended, Busy, Fact, Mark, ScopeIx, Tag, What};
pub use feed::Feed;
pub use people::{Agent, Doing};
pub use scope::{Scope, ScopeState, Waiting};
pub use slot::{SLOTS, Slot};

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::config::{QueueRules, Settings};
use crate::model::{AgentId, Anomaly, FeedId, Label, QueueId, ReasonClass, Span, Time};
use by_id::ById;
use calls::{CallIx, Calls, FeedIx, QueueIx};
use timers::Timers;

/// A call that exited a queue and joins another of the same scope within this time never left the scope; a leave without
/// a reason waits as long for evidence (DESIGN.md).
pub const TRANSIT: Span = Span::from_secs(10);

/// A call that is over is remembered this long, to know repeats and late news of it.
const KEEP: Span = Span::from_secs(600);

/// A queue of a feed.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The source's id.
    pub id: QueueId,
    /// Its feed.
    pub feed: FeedId,
    /// Shown name.
    pub name: Label,
    /// The group it belongs to.
    pub group: Option<Label>,
    /// Service level and targets.
    pub rules: QueueRules,
    /// Its own scope.
    pub scope: ScopeIx,
    /// The scopes above it, all first.
    pub parents: SmallVec<[ScopeIx; 2]>,
    line: Option<ScopeIx>,
    feed_ix: FeedIx,
}

/// The floor. The engine alone owns and changes one.
#[derive(Debug)]
pub struct Floor {
    now: Time,
    touched: bool,
    settings: std::sync::Arc<Settings>,
    reasons: Vec<(Label, ReasonClass)>,
    feeds: Vec<Feed>,
    queues: Vec<Queue>,
    queue_by_id: ById<QueueId>,
    agents: Vec<Agent>,
    agent_by_id: ById<AgentId>,
    calls: Calls,
    lines: Vec<door::Line>,
    scopes: Vec<ScopeState>,
    scope_by: FxHashMap<Scope, ScopeIx>,
    line_by_name: FxHashMap<Label, ScopeIx>,
    timers: Timers<Timer>,
    over: VecDeque<(Time, CallIx, u64)>,
    facts: Vec<Fact>,
    agent_facts: Vec<AgentFact>,
    marks: Vec<Mark>,
    /// Kept for its room: a person's scopes while they are worked out.
    memberships: Vec<(ScopeIx, Slot)>,
}

/// What is due at an instant. A timer is due once time has passed it, so that an event at the very instant comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    ReachedT(CallIx, u64),
    TransitEnds(CallIx, u64),
    AfterCallEnds(AgentIx),
    ContactEnds(AgentIx, Time),
    WrittenUp(AgentIx),
    Parked(FeedIx),
    LeftBehind(CallIx, u64, QueueIx, Time),
}

impl Floor {
    /// An empty floor.
    #[must_use]
    pub fn new(settings: std::sync::Arc<Settings>) -> Self {
        let mut floor = Self {
            now: Time::MIN,
            touched: false,
            reasons: settings.reasons.clone(),
            settings,
            feeds: Vec::new(),
            queues: Vec::new(),
            queue_by_id: ById::default(),
            agents: Vec::new(),
            agent_by_id: ById::default(),
            calls: Calls::default(),
            lines: Vec::new(),
            scopes: Vec::new(),
            scope_by: FxHashMap::default(),
            line_by_name: FxHashMap::default(),
            timers: Timers::new(),
            over: VecDeque::new(),
            facts: Vec::new(),
            agent_facts: Vec::new(),
            marks: Vec::new(),
            memberships: Vec::new(),
        };
        floor.scope_ix(Scope::All, floor.settings.queue_defaults.within);
        floor
    }

    /// How far event time has come; [`Time::MIN`] before the first event.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The feeds, in the order first heard of.
    #[must_use]
    pub fn feeds(&self) -> &[Feed] {
        &self.feeds
    }

    /// The queues, in the order first heard of.
    #[must_use]
    pub fn queues(&self) -> &[Queue] {
        &self.queues
    }

    /// People, by [`AgentIx`].
    #[must_use]
    pub fn agents(&self) -> &[Agent] {
        &self.agents
    }

    /// Scopes, by [`ScopeIx`]; 0 is all.
    #[must_use]
    pub fn scopes(&self) -> &[ScopeState] {
        &self.scopes
    }

    /// The feed of a person.
    #[must_use]
    pub fn feed_of(&self, agent: &Agent) -> Option<&Feed> {
        self.feeds.get(agent.feed as usize)
    }

    /// The feed of a queue.
    #[must_use]
    pub fn feed_of_queue(&self, queue: &Queue) -> Option<&Feed> {
        self.feeds.get(queue.feed_ix as usize)
    }

    /// Queues a person is signed in to.
    pub fn places_of<'a>(&'a self, agent: &'a Agent) -> impl Iterator<Item = &'a Queue> {
        agent.places.iter().filter_map(|p| self.queues.get(p.queue as usize))
    }

    /// The queue of the call a person has at hand.
    #[must_use]
    pub fn queue_at_hand(&self, agent: &Agent) -> Option<&Queue> {
        let activity = agent.activities.iter().max_by_key(|a| a.state.rank())?;
        self.queues.get(activity.queue? as usize)
    }

    /// Takes the facts found since the last time, scopes' and people's, into the given lists (emptied first).
    pub fn take_facts(&mut self, facts: &mut Vec<Fact>, agent_facts: &mut Vec<AgentFact>) {
        facts.clear();
        agent_facts.clear();
        std::mem::swap(facts, &mut self.facts);
        std::mem::swap(agent_facts, &mut self.agent_facts);
    }

    /// Takes the marks of calls found since the last time into the given list (emptied first).
    pub fn take_marks(&mut self, marks: &mut Vec<Mark>) {
        marks.clear();
        std::mem::swap(marks, &mut self.marks);
    }

    /// Scopes and people of which something shown has changed since the last time.
    pub fn take_dirty(&mut self) -> (Vec<ScopeIx>, Vec<AgentIx>) {
        let mut scopes = Vec::new();
        for (ix, scope) in self.scopes.iter_mut().enumerate() {
            if std::mem::take(&mut scope.dirty) {
                scopes.push(u32::try_from(ix).unwrap_or(0));
            }
        }
        let mut agents = Vec::new();
        for (ix, agent) in self.agents.iter_mut().enumerate() {
            if std::mem::take(&mut agent.dirty) {
                agents.push(u32::try_from(ix).unwrap_or(0));
            }
        }
        (scopes, agents)
    }

    /// Lets time pass: what was due before `now` happens at its own instant, in order.
    pub fn advance(&mut self, now: Time) {
        while let Some((due, timer)) = self.timers.take_before(now) {
            self.now = self.now.max(due);
            match timer {
                Timer::ReachedT(call, serial) => self.check_reached(call, serial, due),
                Timer::TransitEnds(call, serial) => self.transit_ends(call, serial, due),
                Timer::AfterCallEnds(agent) => self.after_call_ends(agent, due),
                Timer::ContactEnds(agent, ended) => self.contact_due(agent, ended),
                Timer::WrittenUp(agent) => self.written_up(agent, due),
                Timer::Parked(feed) => self.force_parked(feed, due),
                Timer::LeftBehind(call, serial, from, joined) => self.left_behind(call, serial, from, joined),
            }
        }
        while let Some((at, call, serial)) = self.over.front().copied()
            && now.since(at) > KEEP
        {
            self.over.pop_front();
            // One that has lived on since is forgotten when it was last over.
            if self.calls.same(call, serial).is_some_and(|c| c.is_over() && c.over_at == at) {
                self.calls.forget(call, serial);
            }
        }
        self.now = self.now.max(now);
    }

    /// Nothing more will come (the end of a recording): what waited for an earlier or later event is settled as it
    /// stands. Time does not move, but for after-call work of a table of calls: it tells how long each lasts.
    pub fn finish(&mut self) {
        let end = self.now + TRANSIT + self.settings.figures.reorder;
        let mut due: Vec<(Time, Timer)> = Vec::new();
        while let Some((at, timer)) = self.timers.take() {
            due.push((at, timer));
        }
        let tells_no_states = |agent: AgentIx| self.agents.get(agent as usize).is_some_and(|a| !a.states_known);
        due.retain(|(at, timer)| match timer {
            Timer::WrittenUp(agent) => *at < self.now || tells_no_states(*agent),
            _ => *at <= end,
        });
        for (at, timer) in due {
            match timer {
                Timer::WrittenUp(agent) => {
                    self.now = self.now.max(at);
                    self.written_up(agent, at);
                }
                Timer::Parked(feed) => self.force_parked(feed, at),
                Timer::LeftBehind(call, serial, from, joined) => self.left_behind(call, serial, from, joined),
                Timer::TransitEnds(call, serial) => self.transit_ends(call, serial, at),
                Timer::ContactEnds(agent, ended) => self.contact_due(agent, ended),
                Timer::ReachedT(call, serial) if at < self.now => self.check_reached(call, serial, at),
                Timer::ReachedT(..) | Timer::AfterCallEnds(_) => {}
            }
        }
    }

    fn timer(&mut self, due: Time, timer: Timer) {
        let kind = match timer {
            Timer::ReachedT(..) => 0,
            Timer::ContactEnds(..) => 1,
            _ => 2,
        };
        self.timers.set(due, kind, timer);
    }

    fn after_call_ends(&mut self, ix: AgentIx, due: Time) {
        let ended = self.agents.get_mut(ix as usize).is_some_and(|a| {
            let over = a.after_call.is_some_and(|w| w.until <= due);
            if over {
                a.after_call = None;
            }
            over
        });
        if ended {
            self.settle(ix, due, crate::model::Evidence::Derived);
        }
    }

    fn anomaly(&mut self, feed: FeedIx, what: Anomaly) {
        if let Some(feed) = self.feeds.get_mut(feed as usize) {
            feed.count(what);
        }
    }

    fn scope_ix(&mut self, scope: Scope, within: Span) -> ScopeIx {
        if let Some(ix) = self.scope_by.get(&scope) {
            return *ix;
        }
        let ix = u32::try_from(self.scopes.len()).unwrap_or(u32::MAX);
        self.scopes.push(ScopeState::new(scope.clone(), within));
        self.scope_by.insert(scope, ix);
        ix
    }

    /// The scope of a line, looked for without making a key.
    fn line_ix(&mut self, line: &Label, within: Span) -> ScopeIx {
        if let Some(ix) = self.line_by_name.get(line) {
            return *ix;
        }
        let ix = self.scope_ix(Scope::Line(line.clone()), within);
        self.line_by_name.insert(line.clone(), ix);
        ix
    }

    /// The place of a queue; one not heard of before gets the settings of the file, or the defaults.
    fn queue_ix(&mut self, feed: FeedIx, id: &QueueId) -> QueueIx {
        if let Some(ix) = self.queue_by_id.get(feed, id) {
            return ix;
        }
        self.new_queue(feed, id)
    }

    fn new_queue(&mut self, feed: FeedIx, id: &QueueId) -> QueueIx {
        let ix = u32::try_from(self.queues.len()).unwrap_or(u32::MAX);
        let feed_name = self.feeds.get(feed as usize).map_or_else(FeedId::default, |f| f.name.clone());
        let settings = self.settings.clone();
        let named = settings.queues.iter().find(|q| q.id == *id && q.feed.as_ref().is_none_or(|f| *f == feed_name));
        let rules = named.map_or(&settings.queue_defaults, |q| &q.rules).clone();
        let scope = self.scope_ix(Scope::Queue(feed_name.clone(), id.clone()), rules.within);
        let mut parents = SmallVec::from_slice(&[0]);
        let group = named.and_then(|q| q.group.clone());
        if let Some(group) = &group {
            parents.push(self.scope_ix(Scope::Group(group.clone()), rules.within));
        }
        let line = named.and_then(|q| q.line.clone()).map(|l| self.scope_ix(Scope::Line(l), rules.within));
        self.queues.push(Queue {
            id: id.clone(),
            feed: feed_name,
            name: named.and_then(|q| q.name.clone()).unwrap_or_else(|| Label::new(id.as_str())),
            group,
            rules,
            scope,
            parents,
            line,
            feed_ix: feed,
        });
        self.queue_by_id.insert(feed, id.clone(), ix);
        ix
    }

    /// The queue's own scope, then those above it.
    fn scopes_of(&self, queue: QueueIx, line: Option<ScopeIx>) -> ScopeList {
        let mut list = ScopeList { at: 0, len: 0, ix: [0; MOST_SCOPES] };
        if let Some(q) = self.queues.get(queue as usize) {
            for scope in std::iter::once(q.scope).chain(q.parents.iter().copied()).chain(line) {
                if let Some(place) = list.ix.get_mut(list.len) {
                    *place = scope;
                    list.len += 1;
                }
            }
        }
        list
    }
}

/// A queue belongs to few scopes: itself, all, a group, a line.
const MOST_SCOPES: usize = 6;

/// A short list of scopes that needs no allocation.
struct ScopeList {
    at: usize,
    len: usize,
    ix: [ScopeIx; MOST_SCOPES],
}

impl Iterator for ScopeList {
    type Item = ScopeIx;
    fn next(&mut self) -> Option<ScopeIx> {
        let item = (self.at < self.len).then(|| self.ix.get(self.at).copied())?;
        self.at += 1;
        item
    }
}

#[cfg(test)]
mod tests;
