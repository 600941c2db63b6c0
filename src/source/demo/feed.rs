//! The feed of the simulated center, without sockets and without a clock: what a connection is sent, as JSON lines.

use std::collections::VecDeque;
use std::sync::Arc;

use super::json::Writer;
use super::scenario::Scenario;
use super::sim::Sim;
use crate::config::Lang;
use crate::model::{Span, Time};

/// At most so many lines are kept for a first connection that does not come.
const HISTORY: usize = 500_000;
/// A heartbeat each whole second.
const HEARTBEAT: Span = Span::from_secs(1);

/// What a new connection is sent before the live events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The day so far, as ordinary events with their true `ts`: only until one connection has had all of it.
    pub history: Vec<Arc<str>>,
    /// `feed.sync_begin`, the full state, `feed.sync_end`.
    pub full_state: Vec<Arc<str>>,
}

/// The simulated center as a feed.
#[derive(Clone, Debug)]
pub struct Feed {
    sim: Sim,
    writer: Writer,
    start: Time,
    beat: Time,
    history: VecDeque<Arc<str>>,
    delivered: bool,
}

impl Feed {
    /// A center that has been open for the scenario's history at `start`. Lay the scenario on the clock first
    /// ([`Scenario::placed`]). Takes a moment: hours are played.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64, lang: Lang, start: Time) -> Self {
        let mut feed = Self {
            sim: Sim::new(scenario, seed, start),
            writer: Writer::new(scenario, lang, seed, start),
            start,
            beat: start,
            history: VecDeque::new(),
            delivered: false,
        };
        let _ = feed.play(start);
        feed.beat = start.floor_second() + HEARTBEAT;
        feed
    }

    /// When the demo began.
    #[must_use]
    pub const fn start(&self) -> Time {
        self.start
    }

    /// How far it has been played.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.sim.now()
    }

    /// When [`Self::advance`] next has something to do.
    #[must_use]
    pub fn next_at(&self) -> Time {
        self.sim.next_at().min(self.beat)
    }

    /// Plays up to and at `until`: the events as they happened, and a heartbeat each whole second.
    pub fn advance(&mut self, until: Time) -> Vec<Arc<str>> {
        let mut lines = Vec::new();
        while self.beat <= until {
            let beat = self.beat;
            lines.extend(self.play(beat));
            lines.push(Writer::mark("feed.heartbeat", beat).into());
            self.beat = beat + HEARTBEAT;
        }
        lines.extend(self.play(until));
        lines
    }

    /// What a connection made now is sent first.
    #[must_use]
    pub fn greet(&self) -> Greeting {
        let now = self.sim.now();
        let mut full_state = vec![Writer::mark("feed.sync_begin", now).into()];
        let rows = self.sim.full_state();
        full_state.extend(rows.iter().map(|fact| Arc::from(self.writer.row(self.sim.scenario(), fact, now))));
        full_state.push(Writer::mark("feed.sync_end", now).into());
        Greeting { history: self.history.iter().cloned().collect(), full_state }
    }

    /// A connection has had the whole history: nobody else is sent it.
    pub fn delivered(&mut self) {
        self.delivered = true;
        self.history = VecDeque::new();
    }

    /// Whether the scenario has the feed cut now.
    #[must_use]
    pub fn lost(&self) -> bool {
        self.sim.feed_lost(self.sim.now())
    }

    fn play(&mut self, until: Time) -> Vec<Arc<str>> {
        let events = self.sim.run_to(until);
        let scenario = self.sim.scenario();
        let lines: Vec<Arc<str>> = events.iter().map(|e| self.writer.event(scenario, e).into()).collect();
        if !self.delivered {
            self.history.extend(lines.iter().cloned());
            let surplus = self.history.len().saturating_sub(HISTORY);
            self.history.drain(..surplus);
        }
        lines
    }
}
