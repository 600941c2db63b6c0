//! The rest of the day: the usual of what is left, times how the day runs, with a band as wide as the day's own surprises.
//!
//! `forecast` (KPI.md) is one number, calls of the whole day, with `forecast_low` and `forecast_high` beside it: eight days
//! of ten end between them. Nothing is remembered: what was forecast at an earlier half-hour follows from the calls up to
//! then, so the error of every forecast made today can be told at any time, and a recording gives the same.

use crate::model::{Span, Time};

/// Seconds of a step of [`Day`].
pub const STEP_S: i64 = 300;
/// Steps of a half-hour.
const HALF: usize = 6;
/// How long the past weighs in the day's level, seconds: to a third after this.
const MEMORY_S: f64 = 3.0 * 3600.0;
/// How many expected calls the belief in an ordinary day weighs.
const PRIOR: f64 = 30.0;
/// The level is never taken lower or higher than this.
const BOUNDS: (f64, f64) = (0.5, 2.0);
/// Dispersion believed in before the day has shown its own, and how many half-hours that belief weighs. Calls to a center
/// are more uneven than chance: about this much at half-hours.
const DISPERSION: (f64, f64) = (1.6, 6.0);
/// How far the level itself wanders in an hour (standard deviation, a share), and how far at most.
const DRIFT: (f64, f64) = (0.08, 0.2);
/// Eight of ten, in standard deviations of the normal distribution.
const EIGHT_OF_TEN: f64 = 1.2816;
/// Half-hours that usually bring less say nothing of errors in per cent.
const LEAST: f64 = 1.0;

/// A day of one scope as it came and as it usually comes, in steps of [`STEP_S`].
#[derive(Clone, Copy, Debug)]
pub struct Day<'a> {
    /// Its first instant.
    pub start: Time,
    /// Calls of each step since then; the running one last.
    pub calls: &'a [u32],
    /// Steps nobody listened in (before the first event, feeds away): missing time, neither zero nor told by the usual.
    pub blind: &'a [bool],
    /// Usual calls of each step of the whole day; empty where no usual is known.
    pub usual: &'a [f32],
    /// Now.
    pub now: Time,
}

/// A half-hour of the day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Half {
    /// First instant.
    pub from: Time,
    /// First instant after.
    pub to: Time,
    /// Calls it usually brings.
    pub usual: f64,
    /// Calls that came in it, once it has begun.
    pub came: Option<f64>,
    /// Calls forecast for it: of one that is over, as forecast when it began; of the running one, what came and the
    /// forecast of its rest.
    pub expected: f64,
    /// Eight of ten are at least this …
    pub low: f64,
    /// … and at most this.
    pub high: f64,
}

/// How well the forecasts of today did, each made when its half-hour began.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Errors {
    /// Half-hours that are over and usually bring calls.
    pub halves: u32,
    /// Σ |came − forecast| ÷ Σ came; `None` where none came.
    pub wape: Option<f64>,
    /// Mean of |came − forecast| ÷ came, over the half-hours in which calls came.
    pub mape: Option<f64>,
    /// How many of the half-hours came out within their band.
    pub inside: u32,
}

/// A forecast of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Calls so far.
    pub offered: f64,
    /// Calls usual up to now, in the time that was listened.
    pub usual_so_far: f64,
    /// Calls of the whole day.
    pub total: f64,
    /// Eight days of ten bring at least this …
    pub low: f64,
    /// … and at most this.
    pub high: f64,
    /// How the day runs: times the usual, bounded, the last hours weighing most.
    pub level: f64,
    /// How much more uneven than chance calls come (variance ÷ mean), as measured today.
    pub dispersion: f64,
    /// Every half-hour of the day.
    pub halves: Vec<Half>,
    /// Of the forecasts made so far today.
    pub errors: Errors,
}

impl Forecast {
    /// The half-hours that are not over.
    pub fn ahead(&self) -> impl Iterator<Item = &Half> + '_ {
        let first = self.halves.iter().rposition(|h| h.came.is_some());
        self.halves.iter().skip(first.unwrap_or(0))
    }
}

/// The forecast of a day; `None` where no usual is known for it.
#[must_use]
pub fn forecast(day: &Day<'_>) -> Option<Forecast> {
    if day.usual.iter().all(|u| *u <= 0.0) {
        return None;
    }
    let elapsed = day.now.since(day.start).or_zero().secs() / secs(STEP_S);
    let done = whole(elapsed).min(day.usual.len());
    let mut track = Track::new();
    let mut halves = Vec::with_capacity(day.usual.len().div_ceil(HALF));
    for first in (0..day.usual.len()).step_by(HALF) {
        let steps = first..(first + HALF).min(day.usual.len());
        let usual: f64 = steps.clone().map(|s| day.usual(s)).sum();
        let came: f64 = steps.clone().map(|s| day.calls(s)).sum();
        let begun = first <= done && elapsed >= f64_of(first);
        let (from, to) = (day.at(steps.start), day.at(steps.end));
        let over = steps.end <= done;
        let half = if over || !begun {
            // Of the future as seen from now, of the past as seen when it began.
            let lead = (f64_of(first) - elapsed).max(0.0) * secs(STEP_S) / 3600.0;
            let (expected, sd) = (track.level() * usual, track.sd(usual, lead));
            Half { from, to, usual, came: over.then_some(came), expected, low: expected, high: expected }.within(sd)
        } else {
            for step in steps.clone().take_while(|s| *s < done) {
                day.tell(step, &mut track);
            }
            let rest = day.rest(elapsed, steps.end);
            let (expected, sd) = (came + track.level() * rest, track.sd(rest, 0.0));
            let half = Half { from, to, usual, came: Some(came), expected, low: expected, high: expected }.within(sd);
            Half { low: half.low.max(came), ..half }
        };
        if over {
            if !steps.clone().any(|s| day.blind(s)) {
                track.judge(&half, came);
            }
            for step in steps {
                day.tell(step, &mut track);
            }
        }
        halves.push(half);
    }
    Some(track.close(day, elapsed, halves))
}

impl Half {
    fn within(self, sd: f64) -> Self {
        let reach = EIGHT_OF_TEN * sd;
        Self { low: (self.expected - reach).max(0.0), high: self.expected + reach, ..self }
    }
}

impl Day<'_> {
    fn usual(&self, step: usize) -> f64 {
        self.usual.get(step).map_or(0.0, |u| f64::from(*u)).max(0.0)
    }

    fn calls(&self, step: usize) -> f64 {
        self.calls.get(step).map_or(0.0, |c| f64::from(*c))
    }

    fn blind(&self, step: usize) -> bool {
        self.blind.get(step).copied().unwrap_or(false)
    }

    fn tell(&self, step: usize, track: &mut Track) {
        if !self.blind(step) {
            track.step(self.calls(step), self.usual(step));
        }
    }

    fn at(&self, step: usize) -> Time {
        self.start + Span::from_secs(STEP_S * i64::try_from(step).unwrap_or(0))
    }

    /// Usual calls from `elapsed` steps after the start up to a step.
    fn rest(&self, elapsed: f64, to: usize) -> f64 {
        let running = whole(elapsed);
        let whole: f64 = (running + 1..to).map(|s| self.usual(s)).sum();
        let left =
            if running < to { self.usual(running) * (f64_of(running + 1) - elapsed).clamp(0.0, 1.0) } else { 0.0 };
        whole + left
    }
}

/// What the day has shown so far.
#[derive(Clone, Copy, Debug)]
struct Track {
    calls: f64,
    usual: f64,
    keep: f64,
    surprise: f64,
    halves: f64,
    errors: Errors,
    off: f64,
    came: f64,
    shares: f64,
    judged: f64,
}

impl Track {
    fn new() -> Self {
        Self {
            calls: 0.0,
            usual: 0.0,
            keep: (-secs(STEP_S) / MEMORY_S).exp(),
            surprise: 0.0,
            halves: 0.0,
            errors: Errors::default(),
            off: 0.0,
            came: 0.0,
            shares: 0.0,
            judged: 0.0,
        }
    }

    fn step(&mut self, calls: f64, usual: f64) {
        self.calls = self.calls * self.keep + calls;
        self.usual = self.usual * self.keep + usual;
    }

    fn level(&self) -> f64 {
        ((self.calls + PRIOR) / (self.usual + PRIOR)).clamp(BOUNDS.0, BOUNDS.1)
    }

    fn dispersion(&self) -> f64 {
        let (belief, weight) = DISPERSION;
        ((self.surprise + belief * weight) / (self.halves + weight)).max(1.0)
    }

    /// Standard deviation of the calls where `usual` is usual, `lead` hours ahead: chance, made uneven; and the level, known
    /// from so many calls and wandering.
    fn sd(&self, usual: f64, lead: f64) -> f64 {
        let (level, uneven) = (self.level(), self.dispersion());
        let known = uneven * level / (self.usual + PRIOR);
        let wander = (DRIFT.0 * lead.sqrt()).min(DRIFT.1).powi(2);
        (uneven * level * usual + (known + wander) * usual * usual).max(0.0).sqrt()
    }

    /// A half-hour is over: what was forecast of it, what came.
    fn judge(&mut self, half: &Half, came: f64) {
        if half.usual < LEAST {
            return;
        }
        let off = (came - half.expected).abs();
        self.errors.halves += 1;
        self.errors.inside += u32::from((half.low..=half.high).contains(&came));
        self.surprise += off * off / half.expected.max(LEAST);
        self.halves += 1.0;
        self.off += off;
        self.came += came;
        if came > 0.0 {
            self.shares += off / came;
            self.judged += 1.0;
        }
    }

    fn close(self, day: &Day<'_>, elapsed: f64, halves: Vec<Half>) -> Forecast {
        let offered: f64 = (0..day.calls.len()).map(|s| day.calls(s)).sum();
        let rest = day.rest(elapsed, day.usual.len());
        let all: f64 = (0..day.usual.len()).filter(|s| !day.blind(*s)).map(|s| day.usual(s)).sum();
        // The level wanders on: half the hours that are left stand for all of them.
        let left = (f64_of(day.usual.len()) - elapsed).max(0.0) * secs(STEP_S) / 3600.0;
        let (level, reach) = (self.level(), EIGHT_OF_TEN * self.sd(rest, left / 2.0));
        let total = offered + level * rest;
        let share = |sum: f64, of: f64| (of > 0.0).then(|| sum / of);
        Forecast {
            offered,
            usual_so_far: (all - rest).max(0.0),
            total,
            low: (total - reach).max(offered),
            high: total + reach,
            level,
            dispersion: self.dispersion(),
            halves,
            errors: Errors { wape: share(self.off, self.came), mape: share(self.shares, self.judged), ..self.errors },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "steps of a day")]
const fn f64_of(n: usize) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a step")]
const fn secs(n: i64) -> f64 {
    n as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturates")]
fn whole(n: f64) -> usize {
    n.max(0.0) as usize
}
