//! What the next hours bring: if nothing is done, or with people who arrive later.
//!
//! Method: the number of calls in a pool is followed in time by its mean and variance, taken as normal (Gaussian closure of the
//! Markov queue with time-varying arrivals, agents and abandonment; Massey and Pender, 2013), in steps of a second
//! or so. A caller who meets j waiting drains them with everybody busy: wait = ln(1 + θj ÷ nμ) ÷ θ. Against the chain itself the
//! number waiting is within 3 % while the pool is overloaded, which is when it is asked for; where hardly anybody waits it may
//! be off by a third of a call.

use super::erlang::tame;
use crate::model::{Span, Time};

/// Times of handling and patience shorter than this are taken for this long; seconds.
const SHORTEST: f64 = 0.5;
/// No projection is longer.
const MAX_HORIZON: Span = Span::from_secs(24 * 3600);

/// A rate or a number of agents from an instant on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// From when.
    pub from: Time,
    /// Calls a second, or agents.
    pub value: f64,
}

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    /// When.
    pub now: Time,
    /// Calls waiting.
    pub waiting: f64,
    /// Calls with agents.
    pub with_agents: f64,
    /// Mean handle time.
    pub handle: Span,
    /// Mean patience; `None` where it is not known: nobody gives up.
    pub patience: Option<Span>,
    /// T of the service level.
    pub within: Span,
}

/// The pool at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Time,
    /// Calls waiting, mean.
    pub waiting: f64,
    /// How long a caller who joins at this instant and does not give up will wait, mean; `None` where nobody is there to answer.
    pub wait: Option<Span>,
    /// The share of callers joining at this instant who will meet a wait within T.
    pub service_level: f64,
}

/// A projection, a point a minute from the start on.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Projection {
    /// In order of time.
    pub points: Vec<Point>,
}

impl Projection {
    /// The last point not after `at`.
    #[must_use]
    pub fn at(&self, at: Time) -> Option<&Point> {
        self.points.iter().take_while(|p| p.at <= at).last()
    }

    /// From when on the service level is `target` or more until the end of the projection; `None` where it never is.
    #[must_use]
    pub fn recovers(&self, target: f64) -> Option<Time> {
        let good = self.points.iter().rev().take_while(|p| p.service_level >= target);
        good.last().map(|p| p.at)
    }

    /// The point of the longest wait; the first of equals. Nobody to answer is longer than any.
    #[must_use]
    pub fn worst(&self) -> Option<&Point> {
        let length = |p: &Point| p.wait.unwrap_or(Span::from_micros(i64::MAX));
        self.points.iter().reduce(|a, b| if length(b) > length(a) { b } else { a })
    }
}

/// Follows the pool from `start` for `horizon` (at most a day). `calls` (a second) and `agents` are steps in order of time;
/// before their first step they have its value, and without any they are 0.
#[must_use]
pub fn project(start: &Start, calls: &[Level], agents: &[Level], horizon: Span) -> Projection {
    let mu = 1.0 / start.handle.secs().max(SHORTEST);
    let theta = start.patience.map_or(0.0, |p| 1.0 / p.secs().max(SHORTEST));
    let horizon = horizon.or_zero().min(MAX_HORIZON);
    // A whole part of a minute, short against both rates: the closure is stiff otherwise.
    let parts = (60.0 * 4.0 * mu.max(theta)).clamp(60.0, 600.0).ceil();
    let dt = 60.0 / parts;
    let mut pool = Pool { mean: tame(start.waiting) + tame(start.with_agents), variance: 0.0, mu, theta };
    let mut points = Vec::new();
    for minute in 0.. {
        let at = start.now + Span::from_secs(60 * minute);
        if at.since(start.now) > horizon {
            break;
        }
        points.push(pool.point(at, level(agents, at), start.within.or_zero().secs()));
        let mut within = 0.0;
        while within < 60.0 - dt / 2.0 {
            let at = at + Span::from_secs_f64(within);
            pool.advance(level(calls, at), level(agents, at), dt);
            within += dt;
        }
    }
    Projection { points }
}

fn level(steps: &[Level], at: Time) -> f64 {
    let begun = steps.partition_point(|s| s.from <= at);
    tame(steps.get(begun.saturating_sub(1)).map_or(0.0, |s| s.value))
}

/// The number of calls in the pool, taken as normal.
struct Pool {
    mean: f64,
    variance: f64,
    mu: f64,
    theta: f64,
}

impl Pool {
    /// One step of Heun's method.
    fn advance(&mut self, lambda: f64, agents: f64, dt: f64) {
        let (m1, v1) = self.slope(self.mean, self.variance, lambda, agents);
        let (mean, variance) = ((self.mean + m1 * dt).max(0.0), (self.variance + v1 * dt).max(0.0));
        let (m2, v2) = self.slope(mean, variance, lambda, agents);
        self.mean = (self.mean + f64::midpoint(m1, m2) * dt).clamp(0.0, 1e12);
        self.variance = (self.variance + f64::midpoint(v1, v2) * dt).clamp(0.0, 1e12);
    }

    /// dm/dt = λ − μE[min(X, n)] − θE[(X − n)⁺]; dv/dt = λ + μE[min] + θE[(X − n)⁺] − 2v(μP(X < n) + θP(X ≥ n)).
    fn slope(&self, mean: f64, variance: f64, lambda: f64, agents: f64) -> (f64, f64) {
        let (over, above) = excess(mean, variance, agents);
        let served = self.mu * (mean - over).max(0.0);
        let gone = self.theta * over;
        let pull = self.mu * (1.0 - above) + self.theta * above;
        (lambda - served - gone, lambda + served + gone - 2.0 * variance * pull)
    }

    fn point(&self, at: Time, agents: f64, within: f64) -> Point {
        let (waiting, _) = excess(self.mean, self.variance, agents);
        let service = agents * self.mu;
        if service <= 0.0 {
            let nobody = self.mean <= 0.0 && waiting <= 0.0;
            return Point { at, waiting, wait: nobody.then_some(Span::ZERO), service_level: 0.0 };
        }
        let wait =
            if self.theta > 0.0 { (self.theta * waiting / service).ln_1p() / self.theta } else { waiting / service };
        // How many may stand before a caller who is answered within T.
        let ahead = if self.theta > 0.0 {
            service / self.theta * (self.theta * within).min(500.0).exp_m1()
        } else {
            service * within
        };
        let (_, beyond) = excess(self.mean, self.variance, agents + ahead);
        Point { at, waiting, wait: Some(Span::from_secs_f64(wait)), service_level: (1.0 - beyond).clamp(0.0, 1.0) }
    }
}

/// E[(X − n)⁺] and P(X > n) of a normal X.
fn excess(mean: f64, variance: f64, n: f64) -> (f64, f64) {
    let sd = variance.sqrt();
    if sd < 1e-9 {
        return ((mean - n).max(0.0), f64::from(u8::from(mean > n)));
    }
    let z = (mean - n) / sd;
    let above = normal(z);
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    ((sd * (density + z * above)).max(0.0), above)
}

/// The normal distribution function, to 10⁻⁷ (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17).
fn normal(z: f64) -> f64 {
    const TERMS: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let sum = TERMS.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    let tail = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum;
    if z > 0.0 { 1.0 - tail } else { tail }
}
