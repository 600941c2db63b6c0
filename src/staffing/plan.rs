//! A pool's need, now and for every half-hour left of the day, and what the next two hours bring.

use super::measure::{Measured, Rate};
use super::need::{Demand, Expected, Goal, Model, Need, expected, needed};
use super::projection::{Level, Projection, Start, project};
use crate::model::{Span, Time};
use crate::usual::forecast::Half;

/// People who are called in are there after this.
pub const ARRIVE: Span = Span::from_secs(600);
/// What comes beyond the forecast is taken to fall to half after this: how long a surge lasts is not known.
const FADE_S: f64 = 1800.0;
/// How far the projection looks.
const HORIZON: Span = Span::from_secs(2 * 3600);
/// … and how far where no usual is known and the present rate has to stand for all that comes.
const BLIND_HORIZON: Span = Span::from_secs(3600);
/// Steps of the projection's rate.
const STEP: Span = Span::from_secs(300);

/// What a pool's plan is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// The instant it stands for.
    pub now: Time,
    /// What is to be reached: of several queues the strictest.
    pub goal: Goal,
    /// How fast calls come.
    pub rate: Rate,
    /// How long they take; `None` where no contact has ended yet.
    pub handle: Option<Measured>,
    /// After-call work is in the handle time.
    pub after_call: bool,
    /// How long callers would wait; `None` where it is not known.
    pub patience: Option<Measured>,
    /// Whether any feed tells what people do; without it nothing is known of those who are here.
    pub people_told: bool,
    /// People on these calls or ready for one.
    pub have: u32,
    /// Of them, those on a call or its after-call work.
    pub busy: u32,
    /// Calls waiting.
    pub waiting: u32,
}

/// Need against have in a half-hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfNeed {
    /// First instant; the running half-hour's is now.
    pub from: Time,
    /// First instant after.
    pub to: Time,
    /// Calls expected in it.
    pub calls: f64,
    /// Agents needed; `None` where not even [`super::MAX_AGENTS`] would do.
    pub need: Option<u32>,
    /// What those who are here now would make of it.
    pub service_level: f64,
}

/// A pool's plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Needed at the present rate; `None` where the handle time is not known and calls come.
    pub now: Option<Need>,
    /// What to expect of those who are here, at the present rate.
    pub here: Option<Expected>,
    /// The half-hours left of the day in which calls are expected; empty without a usual.
    pub halves: Vec<HalfNeed>,
}

/// What the next hours bring; dearer than a plan, and asked for only where somebody looks at it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Outlook {
    /// If nothing is done; `None` where nothing is known of those who are here, or of how long calls take.
    pub nothing: Option<Projection>,
    /// With so many more, there after [`ARRIVE`]; only where they are missing.
    pub more: Option<(u32, Projection)>,
}

impl Plan {
    /// Works it out. `ahead`: the pool's forecast by half-hour, the running one first; empty where no usual is known.
    #[must_use]
    pub fn of(basis: &Basis, ahead: &[Half]) -> Self {
        let Some(handle) = basis.handle else {
            let idle = basis.rate.calls <= 0.0 && basis.waiting == 0;
            let now = idle.then(|| needed(&basis.goal, &basis.demand(0.0, STEP, Span::ZERO)));
            return Self { now, here: None, halves: Vec::new() };
        };
        let present = basis.demand(basis.rate.calls, basis.rate.over, handle.span);
        let need = needed(&basis.goal, &present);
        let come = Coming::new(basis, ahead);
        let halves = come.halves(basis, handle.span);
        let here = basis.people_told.then(|| expected(basis.have, &basis.goal, &present));
        Self { now: Some(need), here, halves }
    }

    /// Agents needed at the present rate.
    #[must_use]
    pub fn needed(&self) -> Option<u32> {
        self.now.as_ref().and_then(|n| n.agents)
    }

    /// 缺口: needed less those who are here; below 0 where there are more than needed.
    #[must_use]
    pub fn gap(&self, have: u32) -> Option<i64> {
        self.needed().map(|n| i64::from(n) - i64::from(have))
    }

    /// By which model.
    #[must_use]
    pub fn model(&self) -> Option<Model> {
        self.now.as_ref().map(|n| n.model)
    }
}

impl Outlook {
    /// Works it out beside a plan of the same basis and forecast.
    #[must_use]
    pub fn of(basis: &Basis, ahead: &[Half], plan: &Plan) -> Self {
        let Some(handle) = basis.handle.filter(|_| basis.people_told) else { return Self::default() };
        let come = Coming::new(basis, ahead);
        let nothing = come.project(basis, handle.span, 0);
        // Short now, or short when those called now would be there.
        let soon = plan.halves.iter().filter(|h| h.from <= basis.now + ARRIVE).filter_map(|h| h.need).max();
        let most = plan.needed().into_iter().chain(soon).max().unwrap_or(0);
        let short = most.saturating_sub(basis.have);
        let late = nothing.at(basis.now + ARRIVE).is_some_and(|p| p.service_level < basis.goal.target);
        let more = (short > 0 && late).then(|| (short, come.project(basis, handle.span, short)));
        Self { nothing: Some(nothing), more }
    }
}

impl Basis {
    fn demand(&self, calls: f64, period: Span, handle: Span) -> Demand {
        Demand { calls, period, handle, patience: self.patience.map(|p| p.span) }
    }
}

/// How calls are expected to come: the forecast, and what is beyond it now, fading.
struct Coming<'a> {
    now: Time,
    ahead: &'a [Half],
    /// Calls a second now beyond the forecast, or short of it.
    beyond: f64,
}

impl<'a> Coming<'a> {
    fn new(basis: &Basis, ahead: &'a [Half]) -> Self {
        let mut coming = Self { now: basis.now, ahead, beyond: 0.0 };
        coming.beyond = basis.rate.per_second() - coming.forecast(basis.now);
        coming
    }

    /// Calls a second that are forecast.
    fn forecast(&self, at: Time) -> f64 {
        let half = self.ahead.iter().find(|h| h.from <= at && at < h.to);
        half.map_or(0.0, |h| {
            // What came in the running half-hour is no forecast of its rest.
            let (calls, from) = match h.came {
                Some(came) => ((h.expected - came).max(0.0), self.now.max(h.from)),
                None => (h.expected, h.from),
            };
            let length = h.to.since(from).secs();
            // The last seconds of a half-hour are too short to divide by.
            if length >= 60.0 { calls / length } else { h.usual / h.to.since(h.from).secs().max(1.0) }
        })
    }

    fn rate(&self, at: Time) -> f64 {
        if self.ahead.is_empty() {
            return self.beyond.max(0.0);
        }
        let fade = 0.5_f64.powf(at.since(self.now).or_zero().secs() / FADE_S);
        (self.forecast(at) + self.beyond * fade).max(0.0)
    }

    fn halves(&self, basis: &Basis, handle: Span) -> Vec<HalfNeed> {
        let open = self.ahead.iter().rposition(|h| h.usual >= 0.05).map_or(0, |last| last + 1);
        let left = self.ahead.iter().take(open).filter(|h| h.to > self.now);
        left.map(|h| {
            let from = h.from.max(self.now);
            let length = h.to.since(from);
            let calls = self.rate(Time::from_micros(i64::midpoint(from.micros(), h.to.micros()))) * length.secs();
            let demand = basis.demand(calls, length, handle);
            let need = needed(&basis.goal, &demand).agents;
            let service_level = expected(basis.have, &basis.goal, &demand).service_level;
            HalfNeed { from, to: h.to, calls, need, service_level }
        })
        .collect()
    }

    fn project(&self, basis: &Basis, handle: Span, more: u32) -> Projection {
        let horizon = if self.ahead.is_empty() { BLIND_HORIZON } else { HORIZON };
        let start = Start {
            now: self.now,
            waiting: f64::from(basis.waiting),
            with_agents: f64::from(basis.busy),
            handle,
            patience: basis.patience.map(|p| p.span),
            within: basis.goal.within,
        };
        let mut calls = Vec::new();
        let mut from = self.now;
        while from < self.now + horizon {
            let middle = Time::from_micros(i64::midpoint(from.micros(), (from + STEP).micros()));
            calls.push(Level { from, value: self.rate(middle) });
            from = from + STEP;
        }
        let agents = [
            Level { from: self.now, value: f64::from(basis.have) },
            Level { from: self.now + ARRIVE, value: f64::from(basis.have.saturating_add(more)) },
        ];
        project(&start, &calls, &agents, horizon)
    }
}
