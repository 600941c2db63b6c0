//! Floor and accounts together: envelopes in, sums of any scope and window out. Pure; what a replay to JSON needs.

use std::sync::Arc;

use crate::config::Settings;
use crate::floor::{AgentFact, Fact, Floor, ScopeIx};
use crate::metrics::{AgentTally, Counts, Metrics, Now, Tally, Window};
use crate::model::{Envelope, Kind, Time};

/// The floor with its accounts.
#[derive(Debug)]
pub struct Books {
    settings: Arc<Settings>,
    floor: Floor,
    metrics: Metrics,
    facts: Vec<Fact>,
    agent_facts: Vec<AgentFact>,
    first: Option<Time>,
}

impl Books {
    /// Empty. `keep_whole`: see [`Metrics::new`].
    #[must_use]
    pub fn new(settings: Arc<Settings>, keep_whole: bool) -> Self {
        Self {
            floor: Floor::new(settings.clone()),
            metrics: Metrics::new(settings.clone(), keep_whole),
            settings,
            facts: Vec::new(),
            agent_facts: Vec::new(),
            first: None,
        }
    }

    /// The floor.
    #[must_use]
    pub const fn floor(&self) -> &Floor {
        &self.floor
    }

    /// The floor, for what it hands out once (changes since the last look).
    pub const fn floor_mut(&mut self) -> &mut Floor {
        &mut self.floor
    }

    /// The accounts.
    pub const fn metrics_mut(&mut self) -> &mut Metrics {
        &mut self.metrics
    }

    /// The accounts.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The settings in force.
    #[must_use]
    pub const fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Instant of the first event, and how far time has come.
    #[must_use]
    pub fn span(&self) -> Option<(Time, Time)> {
        self.first.map(|first| (first, self.floor.now()))
    }

    /// Applies one envelope. The scope facts it gave are returned until the next call.
    pub fn apply(&mut self, envelope: &Envelope) -> &[Fact] {
        match envelope.event.kind {
            Kind::ClockTick => return self.advance(envelope.received_at),
            // Of the engine, not of a feed.
            Kind::Command(_) | Kind::ConfigApplied { .. } => {
                self.facts.clear();
                return &self.facts;
            }
            _ => {}
        }
        self.floor.apply(envelope);
        self.settle()
    }

    /// Lets time pass.
    pub fn advance(&mut self, now: Time) -> &[Fact] {
        self.floor.advance(now);
        self.settle()
    }

    /// The recording is over: see [`Floor::finish`].
    pub fn finish(&mut self) {
        self.floor.finish();
        self.settle();
    }

    fn settle(&mut self) -> &[Fact] {
        self.floor.take_facts(&mut self.facts, &mut self.agent_facts);
        let now = self.floor.now();
        if now > Time::MIN {
            if self.first.is_none() {
                self.first = Some(self.facts.iter().map(|f| f.at).min().unwrap_or(now).min(now));
            }
            self.metrics.open(&self.floor, self.first.unwrap_or(now));
            self.metrics.take(&self.facts);
            self.metrics.take_people(&self.agent_facts);
            self.metrics.advance(now);
        }
        &self.facts
    }

    /// The sums of a scope in a window, as of now.
    pub fn tally(&mut self, scope: ScopeIx, window: Window) -> Tally {
        self.metrics.follow(scope);
        let mut tally = self.metrics.tally(scope, window);
        self.complete(scope, &mut tally);
        tally
    }

    /// What the feeds of a scope can tell, and what they cannot.
    pub fn complete(&self, scope: ScopeIx, tally: &mut Tally) {
        let mut callers = false;
        for queue in self.floor.queues() {
            let member = queue.scope == scope || queue.parents.contains(&scope);
            if let Some(feed) = self.floor.feed_of_queue(queue).filter(|_| member) {
                tally.after_call_known |= feed.after_call_known;
                tally.hold_known |= feed.hold_known;
                tally.ring_known |= feed.ring_known;
                callers |= feed.callers_known;
            }
        }
        if !callers {
            tally.different_callers = None;
        }
    }

    /// The sums of calls alone.
    pub fn counts(&mut self, scope: ScopeIx, window: Window) -> Counts {
        self.metrics.counts(scope, window)
    }

    /// A scope at this instant.
    pub fn now_in(&mut self, scope: ScopeIx) -> Now {
        let Some(state) = self.floor.scopes().get(scope as usize) else { return Now::default() };
        let (waiting, again) = (state.waiting, state.waiting_again);
        let over = self.settings.figures.waiting_over.unwrap_or(state.within);
        let now = self.floor.now();
        let found = self.floor.waiting_in(scope, over, now);
        Now {
            waiting,
            waiting_again: again,
            over: found.over,
            oldest_join: found.oldest_join,
            oldest_first_join: found.oldest_first_join,
            ghosts: found.ghosts,
        }
    }

    /// A person's whole recording.
    pub fn person_whole(&mut self, agent: u32) -> AgentTally {
        let mut tally = self.metrics.person_whole(agent);
        self.complete_person(agent, &mut tally);
        tally
    }

    /// A person's business day.
    pub fn person_day(&mut self, agent: u32) -> AgentTally {
        let mut tally = self.metrics.person_day(agent);
        self.complete_person(agent, &mut tally);
        tally
    }

    fn complete_person(&self, agent: u32, tally: &mut AgentTally) {
        let feed = self.floor.agents().get(agent as usize).and_then(|a| self.floor.feed_of(a));
        tally.after_call_known = feed.is_some_and(|f| f.after_call_known);
    }
}
