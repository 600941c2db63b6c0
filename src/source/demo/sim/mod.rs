//! The simulation: seeded, pure, without a clock. Each [`Sim::step`] plays what comes next and says what happened.
//!
//! Callers arrive as [`Volume`](super::volume) has it, wait with a patience of their own, ring at the agent who has been
//! idle longest among those with the skill, talk, are held now and then, are handed on, hang up. What a call draws is
//! drawn from a stream of its own, so that people's rests do not change the callers of a seed.

mod calls;
mod event;
mod people;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use super::draw::Draw;
use super::scenario::Scenario;
use super::volume::Volume;
use crate::model::{Span, Time};

pub use event::{CallReason, Fact, JoinFact, NotReadyReason, SimEvent, StateFact};

use calls::{Call, QueueNow};
use people::Agent;

/// The doors open so long after the first people sign in.
const OPENING: Span = Span::from_secs(300);
/// How often lines tell their state.
const LINES_EVERY: Span = Span::from_secs(10);
/// How often queues tell their own count.
const OBSERVED_EVERY: Span = Span::from_secs(30);
/// How often menus tell their counts.
const IVR_EVERY: Span = Span::from_secs(60);
/// How often the number of people is set right.
const STAFF_EVERY: Span = Span::from_secs(120);

/// What is due at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// A new call of a queue and area, or nothing but a reason to look for the next.
    Arrival(Option<(usize, usize)>),
    /// Somebody who was lost calls again.
    Redial {
        caller: u32,
        queue: usize,
        area: usize,
        tries: u32,
    },
    /// A caller's patience ends in this leg.
    Patience {
        call: u64,
        leg: u32,
    },
    /// A call has waited long enough to be sent on.
    Overflow {
        call: u64,
        leg: u32,
    },
    /// A call has waited as long as the queue allows.
    Timeout {
        call: u64,
        leg: u32,
    },
    /// An agent's present state ends.
    Agent {
        agent: usize,
        token: u32,
    },
    /// An agent arrives.
    SignIn(usize),
    /// Somebody wants to be away for this reason.
    Away(usize),
    Staff,
    Lines,
    Observe,
    Ivr,
}

/// Menu counts since they were last told.
#[derive(Clone, Copy, Debug, Default)]
struct MenuCount {
    entered: u64,
    left: u64,
    to_queue: u64,
}

/// The simulated center.
#[derive(Clone, Debug)]
pub struct Sim {
    scenario: Arc<Scenario>,
    volume: Volume,
    now: Time,
    heap: BinaryHeap<Reverse<(Time, u64, Timer)>>,
    timers: u64,
    told: u64,
    out: Vec<SimEvent>,
    arrivals: Draw,
    callers: Draw,
    people: Draw,
    queues: Vec<QueueNow>,
    /// By number; holds a call from its join to its end.
    calls: BTreeMap<u64, Call>,
    calls_begun: u64,
    callers_seen: u32,
    agents: Vec<Agent>,
    /// Channels in use, by line, and what was last told.
    lines: Vec<u32>,
    lines_told: Vec<Option<(u32, u32)>>,
    menus: Vec<MenuCount>,
    begun: Time,
}

impl Sim {
    /// A center whose demo begins at `start`; the simulation begins the scenario's history before that, with the first
    /// people signing in. Lay the scenario on the clock first ([`Scenario::placed`]).
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64, start: Time) -> Self {
        let begun = start - scenario.history();
        let mut sim = Self {
            volume: Volume::new(scenario, start),
            now: begun,
            heap: BinaryHeap::new(),
            timers: 0,
            told: 0,
            out: Vec::new(),
            arrivals: Draw::new(seed, 1),
            callers: Draw::new(seed, 2),
            people: Draw::new(seed, 3),
            queues: vec![QueueNow::default(); scenario.queues().len()],
            calls: BTreeMap::new(),
            calls_begun: 0,
            callers_seen: 0,
            agents: people::roster(scenario),
            lines: vec![0; scenario.lines().len()],
            lines_told: vec![None; scenario.lines().len()],
            menus: vec![MenuCount::default(); scenario.menus().len()],
            begun,
            scenario: Arc::new(scenario.clone()),
        };
        sim.after(Span::ZERO, Timer::Staff);
        sim.after(OPENING, Timer::Arrival(None));
        sim.after(LINES_EVERY, Timer::Lines);
        sim.after(OBSERVED_EVERY, Timer::Observe);
        sim.after(IVR_EVERY, Timer::Ivr);
        for away in 0..scenario.aways().len() {
            sim.after(OPENING, Timer::Away(away));
        }
        sim
    }

    /// When the next thing happens.
    #[must_use]
    pub fn next_at(&self) -> Time {
        self.heap.peek().map_or(Time::MAX, |Reverse((at, _, _))| *at)
    }

    /// Plays what comes next and says what happened; often nothing that is told.
    pub fn step(&mut self) -> Vec<SimEvent> {
        if let Some(Reverse((at, _, timer))) = self.heap.pop() {
            self.now = self.now.max(at);
            self.fire(timer);
        }
        std::mem::take(&mut self.out)
    }

    /// Plays everything up to and at an instant.
    pub fn run_to(&mut self, until: Time) -> Vec<SimEvent> {
        let mut told = Vec::new();
        while self.next_at() <= until {
            told.append(&mut self.step());
        }
        self.now = self.now.max(until);
        told
    }

    /// How far it has been played.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The scenario it plays.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Whether the scenario has the feed cut at this instant.
    #[must_use]
    pub fn feed_lost(&self, at: Time) -> bool {
        self.volume.feed_lost(at)
    }

    /// The full state: people signed in with their states, calls waiting with the time they have waited, rings, each
    /// queue's own count, lines. A talk stands in its agent's row, which names the call.
    #[must_use]
    pub fn full_state(&self) -> Vec<Fact> {
        let mut rows = self.people_rows();
        rows.extend(self.waiting_rows());
        rows.extend((0..self.queues.len()).map(|q| self.observed(q)));
        rows.extend((0..self.lines.len()).map(|l| self.line_state(l)));
        rows
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Arrival(place) => self.arrive(place),
            Timer::Redial { caller, queue, area, tries } => self.call_in(caller, queue, area, tries),
            Timer::Patience { call, leg } => self.lose_patience(call, leg),
            Timer::Overflow { call, leg } => self.send_on(call, leg),
            Timer::Timeout { call, leg } => self.turn_away(call, leg),
            Timer::Agent { agent, token } => self.agent_next(agent, token),
            Timer::SignIn(agent) => self.sign_in(agent),
            Timer::Away(kind) => self.want_away(kind),
            Timer::Staff => self.set_staff(),
            Timer::Lines => self.tell_lines(),
            Timer::Observe => {
                for queue in 0..self.queues.len() {
                    self.tell(self.observed(queue));
                }
                self.after(OBSERVED_EVERY, Timer::Observe);
            }
            Timer::Ivr => self.tell_menus(),
        }
    }

    fn tell(&mut self, fact: Fact) {
        self.told += 1;
        self.out.push(SimEvent { id: self.told, at: self.now, fact });
    }

    fn after(&mut self, wait: Span, timer: Timer) {
        self.at(self.now + wait.or_zero(), timer);
    }

    fn at(&mut self, at: Time, timer: Timer) {
        self.timers += 1;
        self.heap.push(Reverse((at, self.timers, timer)));
    }

    /// Channels in service of a line.
    fn capacity(&self, line: usize) -> u32 {
        let all = self.scenario.lines().get(line).map_or(0, |l| l.capacity);
        let share = self.volume.lines_factor(self.now).clamp(0.0, 1.0);
        all.saturating_sub(whole(f64::from(all) * (1.0 - share)))
    }

    fn line_state(&self, line: usize) -> Fact {
        let all = self.scenario.lines().get(line).map_or(0, |l| l.capacity);
        let in_use = self.lines.get(line).copied().unwrap_or(0);
        Fact::LineState { line, in_use, blocked: all.saturating_sub(self.capacity(line)) }
    }

    fn tell_lines(&mut self) {
        for line in 0..self.lines.len() {
            let fact = self.line_state(line);
            if let Fact::LineState { in_use, blocked, .. } = fact
                && self.lines_told[line] != Some((in_use, blocked))
            {
                self.lines_told[line] = Some((in_use, blocked));
                self.tell(fact);
            }
        }
        self.after(LINES_EVERY, Timer::Lines);
    }

    fn tell_menus(&mut self) {
        for menu in 0..self.menus.len() {
            let MenuCount { entered, left, to_queue } = std::mem::take(&mut self.menus[menu]);
            if entered > 0 {
                self.tell(Fact::IvrCount { menu, entered, left, to_queue });
            }
        }
        self.after(IVR_EVERY, Timer::Ivr);
    }
}

/// A number of things from a computed quantity, rounded; nothing where it is negative or no number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates, as is wanted")]
fn whole(n: f64) -> u32 {
    n.round() as u32
}
