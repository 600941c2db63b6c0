//! How many agents a pool needs, and what to expect of a number of them.

use super::erlang::tame;
use super::queue::Steady;
use crate::config::{QueueRules, ServiceLevelVariant};
use crate::model::Span;

/// No pool is larger.
pub const MAX_AGENTS: u32 = 10_000;

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// T: the wait that counts as in time.
    pub within: Span,
    /// The share to reach, 0–1.
    pub target: f64,
    /// Which of the six shares. Exits other than abandons are not part of the model.
    pub variant: ServiceLevelVariant,
    /// Abandons sooner than this are short.
    pub short_abandon: Span,
}

impl Goal {
    /// The goal of a queue's rules.
    #[must_use]
    pub const fn of(rules: &QueueRules, short_abandon: Span) -> Self {
        Self { within: rules.within, target: rules.target, variant: rules.variant, short_abandon }
    }
}

/// What comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Calls …
    pub calls: f64,
    /// … in this time.
    pub period: Span,
    /// Mean handle time: ring + talk + hold + after-call.
    pub handle: Span,
    /// Mean patience, where it is known ([`super::patience`]).
    pub patience: Option<Span>,
}

impl Demand {
    /// Calls a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let period = self.period.secs();
        if period > 0.0 { tame(tame(self.calls) / period) } else { 0.0 }
    }

    /// Erlangs.
    #[must_use]
    pub fn load(&self) -> f64 {
        tame(self.rate() * self.handle.or_zero().secs())
    }
}

/// Which model a need was computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// Callers give up: patience is known.
    ErlangA,
    /// Callers wait for ever: patience is not known. Asks for more agents than are needed.
    ErlangC,
}

impl Model {
    /// The spelling in JSON and explanations.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ErlangA => "erlang_a",
            Self::ErlangC => "erlang_c",
        }
    }
}

/// What a need rests on, to be said beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    /// Calls a second, without end: a steady state.
    pub calls_per_s: f64,
    /// Mean handle time, taken as exponential.
    pub handle: Span,
    /// Mean patience, taken as exponential.
    pub patience: Option<Span>,
    /// Erlangs.
    pub load: f64,
    /// What was to be reached.
    pub goal: Goal,
}

/// How many agents are needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// On calls or ready, no shrinkage; `None` where not even [`MAX_AGENTS`] are enough.
    pub agents: Option<u32>,
    /// By which model.
    pub model: Model,
    /// Resting on what.
    pub assumptions: Assumptions,
    /// What to expect with that many.
    pub expected: Expected,
}

/// What to expect of a number of agents in steady state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// How many.
    pub agents: u32,
    /// The share of the goal's variant.
    pub service_level: f64,
    /// Probability of waiting.
    pub wait_probability: f64,
    /// Mean wait of the answered, seconds; `None` where the queue grows without limit, or nobody is answered.
    pub asa_s: Option<f64>,
    /// Share who give up.
    pub abandon_rate: f64,
    /// Share of the agents' time on calls.
    pub occupancy: f64,
    /// Mean number waiting; `None` where it grows without limit.
    pub waiting: Option<f64>,
}

/// What to expect with `agents`.
#[must_use]
pub fn expected(agents: u32, goal: &Goal, demand: &Demand) -> Expected {
    let patience = demand.patience.map(|p| p.secs().max(1e-3));
    let Some(steady) = Steady::new(agents, demand.rate(), demand.handle.or_zero().secs(), patience) else {
        return without_steady_state(agents, demand);
    };
    let abandon_rate = steady.abandons();
    Expected {
        agents: steady.agents(),
        service_level: share(&steady, goal),
        wait_probability: steady.wait(),
        asa_s: Some(steady.asa()),
        abandon_rate,
        occupancy: steady.occupancy(),
        waiting: Some(steady.queue()),
    }
}

fn without_steady_state(agents: u32, demand: &Demand) -> Expected {
    let load = demand.load();
    let idle = load <= 0.0;
    let nobody = agents == 0;
    let leaves = nobody && !idle && demand.patience.is_some();
    Expected {
        agents,
        service_level: f64::from(u8::from(idle)),
        wait_probability: f64::from(u8::from(!idle)),
        asa_s: idle.then_some(0.0),
        abandon_rate: f64::from(u8::from(leaves)),
        occupancy: f64::from(u8::from(!idle && !nobody)),
        waiting: if idle {
            Some(0.0)
        } else {
            // Everybody waits out their patience.
            demand.patience.filter(|_| nobody).map(|p| demand.rate() * p.or_zero().secs())
        },
    }
}

/// The variant's share: formulas of KPI.md over shares of all callers.
fn share(steady: &Steady, goal: &Goal) -> f64 {
    let gone = steady.abandons();
    let answered = 1.0 - gone;
    let t = steady.within(goal.within.or_zero().secs());
    let short = || steady.within(goal.short_abandon.or_zero().secs()).abandoned;
    let (part, whole) = match goal.variant {
        ServiceLevelVariant::OfAll => (t.answered, 1.0),
        ServiceLevelVariant::AnsweredOrGone => (t.answered + t.abandoned, 1.0),
        ServiceLevelVariant::OfAnswered => (t.answered, answered),
        ServiceLevelVariant::IgnoreAbandonedIn => (t.answered, 1.0 - t.abandoned),
        ServiceLevelVariant::ShortCounts => (t.answered + short(), 1.0),
        ServiceLevelVariant::IgnoreShort => (t.answered, 1.0 - short()),
    };
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// The smallest number of agents that reaches the goal: by Erlang A where patience is known, else by Erlang C. Without
/// load, 0. A pool is everybody who can take these calls: what is needed of each queue of a pool must not be added up.
#[must_use]
pub fn needed(goal: &Goal, demand: &Demand) -> Need {
    let model = if demand.patience.is_some() { Model::ErlangA } else { Model::ErlangC };
    let assumptions = Assumptions {
        calls_per_s: demand.rate(),
        handle: demand.handle.or_zero(),
        patience: demand.patience,
        load: demand.load(),
        goal: *goal,
    };
    // A share of 1 is only approached; one that differs by less than anybody can count is reached.
    let target = if goal.target.is_nan() { 1.0 } else { goal.target } - 1e-9;
    let reached = |agents: u32| expected(agents, goal, demand).service_level >= target;
    let found = |agents: Option<u32>| Need {
        agents,
        model,
        assumptions,
        expected: expected(agents.unwrap_or(MAX_AGENTS), goal, demand),
    };
    if assumptions.load <= 0.0 {
        return found(Some(0));
    }
    // From the load on, in growing steps, to a number that does not reach it below one that does; then halving. Few need more
    // than load + 3√load, so the whole range is hardly ever looked at.
    let (mut low, mut high) = bracket(assumptions.load, &reached);
    if high > MAX_AGENTS {
        return found(None);
    }
    while low < high {
        let middle = low.midpoint(high);
        if reached(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    found(Some(low))
}

/// Numbers between which the smallest that is `reached` lies, both included; more than [`MAX_AGENTS`] where there is none.
fn bracket(load: f64, reached: &impl Fn(u32) -> bool) -> (u32, u32) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates; not negative here"
    )]
    let whole = |x: f64| (x.ceil() as u32).min(MAX_AGENTS);
    let mut step = whole(load.sqrt() / 2.0).max(1);
    let first = whole(load);
    if reached(first) {
        let mut high = first;
        while high > 0 {
            let low = high.saturating_sub(step);
            if !reached(low) {
                return (low + 1, high);
            }
            (high, step) = (low, step.saturating_mul(2));
        }
        return (0, 0);
    }
    let mut low = first;
    while low < MAX_AGENTS {
        let high = low.saturating_add(step).min(MAX_AGENTS);
        if reached(high) {
            return (low + 1, high);
        }
        (low, step) = (high, step.saturating_mul(2));
    }
    (MAX_AGENTS, MAX_AGENTS + 1)
}
