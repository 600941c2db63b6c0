//! Floor and accounts together: envelopes in, sums of any scope and window out. Pure; what a replay to JSON needs.

use std::sync::Arc;

use super::days::Days;
use crate::config::Settings;
use crate::floor::{AgentFact, Fact, Feed, Floor, LOOK_AHEAD, Mark, Scope, ScopeIx, What};
use crate::metrics::{AgentTally, Counts, Metrics, Now, Part, Tally, Window};
use crate::model::{Envelope, FeedId, Kind, Time};
use crate::usual::{History, Usual};

/// The floor with its accounts.
#[derive(Debug)]
pub struct Books {
    settings: Arc<Settings>,
    floor: Floor,
    metrics: Metrics,
    facts: Vec<Fact>,
    agent_facts: Vec<AgentFact>,
    days: Days,
    marks: Vec<Mark>,
    first: Option<Time>,
    /// The usual of a recording that is read with a history; it goes on learning from the recording itself.
    usual: Option<Usual>,
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
            days: Days::default(),
            marks: Vec::new(),
            first: None,
            usual: None,
        }
    }

    /// Learnt from what was before: the usual of a recording speaks, and learns from each day gone by.
    pub fn learn(&mut self, teach: impl FnOnce(&mut History)) {
        let mut usual = Usual::of(&self.settings);
        usual.learn(teach);
        self.usual = Some(usual);
    }

    /// Makes the usual of the days around an instant ready.
    pub fn roll_usual(&mut self, at: Time) {
        if let Some(usual) = &mut self.usual {
            usual.roll(at, self.floor.scopes().iter().map(|s| &s.scope));
        }
    }

    /// Usual calls of a scope in a span; `None` where none was learnt, see [`Self::learn`].
    #[must_use]
    pub fn usual_in(&self, scope: ScopeIx, from: Time, to: Time) -> Option<f64> {
        let of = self.floor.scopes().get(scope as usize)?;
        self.usual.as_ref()?.expected(&of.scope, from, to)
    }

    /// The usual of a recording: as learnt, else as configured.
    pub(super) fn usual(&self) -> Usual {
        let configured = || Usual::configured(&self.settings.usual, self.settings.site.time_zone.clone());
        self.usual.clone().unwrap_or_else(configured)
    }

    /// What came teaches the days after it. Files stand for one center: a queue is the same in each of them.
    fn teach(&mut self) {
        let Some(history) = self.usual.as_mut().and_then(Usual::history_mut) else { return };
        for fact in self.facts.iter().filter(|f| matches!(f.what, What::Joined { arrival: true, .. })) {
            match self.floor.scopes().get(fact.scope as usize).map(|s| &s.scope) {
                Some(Scope::Queue(_, id)) => history.arrival(&Scope::Queue(FeedId::default(), id.clone()), fact.at),
                Some(scope) => history.arrival(scope, fact.at),
                None => {}
            }
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

    /// Joins of the day that runs.
    pub(super) const fn days(&self) -> &Days {
        &self.days
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

    /// Looks at the rows of events that are applied next, at most [`LOOK_AHEAD`] of them; changes nothing.
    pub fn expect(&self, batch: &[Envelope]) {
        self.floor.expect(batch, |agent, scope| self.metrics.expect(agent, scope));
    }

    /// Applies envelopes in order, looking ahead.
    pub fn apply_all(&mut self, batch: &[Envelope]) {
        for some in batch.chunks(LOOK_AHEAD) {
            self.expect(some);
            for envelope in some {
                self.apply(envelope);
            }
        }
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
        self.floor.take_marks(&mut self.marks);
        self.teach();
        let now = self.floor.now();
        if now > Time::MIN {
            if self.first.is_none() {
                self.first = Some(self.facts.iter().map(|f| f.at).min().unwrap_or(now).min(now));
            }
            self.metrics.open(&self.floor, self.first.unwrap_or(now));
            self.metrics.take(&self.facts);
            self.metrics.advance(now);
            self.metrics.take_people(&self.agent_facts);
            self.days.turn(self.metrics.day());
            self.days.take(&self.facts);
            if self.floor.feeds().iter().any(|f| f.stale_since().is_some()) {
                self.days.away(now.second());
            }
        }
        &self.facts
    }

    /// The marks of calls the last envelope gave.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The sums of a scope in a window, as of now.
    pub fn tally(&mut self, scope: ScopeIx, window: Window) -> Tally {
        self.metrics.follow(scope);
        let mut tally = self.metrics.tally(scope, window);
        self.complete(scope, &mut tally);
        tally
    }

    /// What the feeds of a scope can tell, and what they cannot: known is what any of them tells.
    pub fn complete(&self, scope: ScopeIx, tally: &mut Tally) {
        let what = self.floor.scopes().get(scope as usize).map(|s| &s.scope);
        // Who is in a team, or calls on a line, may be on any feed.
        let any = matches!(what, Some(Scope::All | Scope::Line(_) | Scope::Team(_)));
        let mut told = Told::default();
        if any {
            self.floor.feeds().iter().for_each(|feed| told.add(feed));
        } else {
            let members = self.floor.queues().iter().filter(|q| q.scope == scope || q.parents.contains(&scope));
            members.filter_map(|q| self.floor.feed_of_queue(q)).for_each(|feed| told.add(feed));
        }
        tally.after_call_known |= told.after_call;
        tally.hold_known |= told.hold;
        tally.ring_known |= told.ring;
        // People are nobody's on a line, menus and calls outward no queue's.
        tally.no_states = !told.states || matches!(what, Some(Scope::Line(_)));
        tally.no_misses = !told.misses;
        tally.outbound_known = told.outbound && scope == 0;
        tally.tags_known = told.tags;
        tally.ivr_known = told.ivr && matches!(what, Some(Scope::All | Scope::Line(_)));
        tally.door_known = told.door;
        if !told.callers {
            tally.different_callers = None;
        }
        if !(told.callers || tally.outbound_known) {
            tally.distinct = None;
        }
    }

    /// A recording is cut: [`Window::Whole`] counts from `at`, to which time has come. See [`Metrics::begin_whole`].
    pub fn begin_whole(&mut self, at: Time) {
        self.metrics.begin_whole(&self.floor, at);
    }

    /// The sums of a scope in a part of a recording.
    pub fn part(&mut self, scope: ScopeIx, part: Part) -> Tally {
        let mut tally = self.metrics.part(scope, part);
        self.complete(scope, &mut tally);
        tally
    }

    /// A person in a part of a recording.
    pub fn person_part(&mut self, agent: u32, part: Part) -> AgentTally {
        let mut tally = self.metrics.person_part(agent, part);
        self.complete_person(agent, &mut tally);
        tally
    }

    /// The sums of calls alone.
    pub fn counts(&mut self, scope: ScopeIx, window: Window) -> Counts {
        self.metrics.counts(scope, window)
    }

    /// A scope at this instant.
    pub fn now_in(&mut self, scope: ScopeIx) -> Now {
        let Some(state) = self.floor.scopes().get(scope as usize) else { return Now::default() };
        let (waiting, again) = (state.waiting, state.waiting_again);
        let over = self.settings.figures.waiting_over;
        let now = self.floor.now();
        let found = self.floor.waiting_in(scope, over, now);
        Now {
            waiting,
            waiting_again: again,
            over: found.over,
            oldest_join: found.oldest_join,
            oldest_first_join: found.oldest_first_join,
            ghosts: found.ghosts,
            lines: self.floor.lines_in(scope),
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
        let mut told = Told::default();
        self.floor.agents().get(agent as usize).and_then(|a| self.floor.feed_of(a)).iter().for_each(|f| told.add(f));
        told.complete_person(tally);
    }

    /// What the feeds of a team's people can tell.
    pub fn complete_team(&self, tally: &mut AgentTally) {
        let mut told = Told::default();
        self.floor.feeds().iter().for_each(|feed| told.add(feed));
        told.complete_person(tally);
    }
}

/// What some feed of several tells.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says one independent thing")]
struct Told {
    after_call: bool,
    hold: bool,
    ring: bool,
    misses: bool,
    callers: bool,
    states: bool,
    outbound: bool,
    tags: bool,
    ivr: bool,
    door: bool,
}

impl Told {
    fn add(&mut self, feed: &Feed) {
        self.after_call |= feed.after_call_known;
        self.hold |= feed.hold_known;
        self.ring |= feed.ring_known;
        // A feed of rings and states that tells of no missed ring had none.
        self.misses |= feed.misses_known || feed.ring_known && feed.states_known;
        self.callers |= feed.callers_known;
        self.states |= feed.states_known;
        self.outbound |= feed.outbound_known;
        self.tags |= feed.tags_known;
        self.ivr |= feed.ivr_known;
        self.door |= feed.door_known;
    }

    const fn complete_person(self, tally: &mut AgentTally) {
        tally.after_call_known = self.after_call;
        tally.no_states = !self.states;
        tally.no_hold = !self.hold;
        tally.no_misses = !self.misses;
        tally.outbound_known = self.outbound;
        tally.tags_known = self.tags;
    }
}
