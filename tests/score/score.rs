//! What a rule is worth: alarms, unconfirmed ones, written-rule episodes found, delays of injected steps.

use std::ops::Range;

use floorwatch::model::{Span, Time};
use rand::SeedableRng as _;
use rand_pcg::Pcg64Mcg;

use super::center::Center;

/// A rule under test, fed as the engine feeds the board.
pub(crate) trait Rule: Clone {
    /// The date changes.
    fn day(&mut self, day: usize);
    fn arrival(&mut self, at: Time);
    fn second(&mut self, now: Time);
    fn alarm(&self) -> bool;
    /// Without a call nothing can change for now.
    fn idle(&self) -> bool;
}

/// An alarm that stood.
pub(crate) struct Alarm {
    pub(crate) day: usize,
    pub(crate) raised_at: Time,
    pub(crate) cleared_at: Option<Time>,
}

/// What came out.
#[derive(Default)]
pub(crate) struct Score {
    pub(crate) days: usize,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) unconfirmed: Vec<Time>,
    pub(crate) episodes: usize,
    pub(crate) missed: Vec<Time>,
    /// By size of step: minutes, ascending; missed ones 60.1.
    pub(crate) delays: Vec<Vec<f64>>,
    /// By size of step: the median of the bound of each step, minutes.
    pub(crate) bound: Vec<f64>,
}

/// Each call at its instant, each whole second; `look` is called after each and ends it with `true`.
pub(crate) fn drive<R: Rule>(
    rule: &mut R,
    calls: &[Time],
    (from, until): (Time, Time),
    mut look: impl FnMut(&R, Time) -> bool,
) {
    let mut next = calls.partition_point(|t| *t < from);
    let mut now = from;
    while now < until {
        let step = now + Span::from_secs(1);
        let due = calls.get(next).map_or(until, |t| t.floor_second() + Span::from_secs(1));
        now = if rule.idle() { due.max(step) } else { step }.min(until);
        while let Some(at) = calls.get(next).filter(|t| **t < now) {
            rule.arrival(*at);
            next += 1;
            if look(rule, *at) {
                return;
            }
        }
        rule.second(now);
        if look(rule, now) {
            return;
        }
    }
}

/// Goes through `judged`, warm two days before.
pub(crate) fn stands<R: Rule>(center: &Center, mut rule: R, judged: Range<usize>) -> Score {
    let mut alarms: Vec<Alarm> = Vec::new();
    for day in judged.start.saturating_sub(2)..judged.end {
        rule.day(day);
        drive(&mut rule, &center.days[day], (center.starts[day], center.starts[day + 1]), |rule, at| {
            let open = alarms.last().is_some_and(|a| a.cleared_at.is_none());
            match (rule.alarm(), open) {
                (true, false) => alarms.push(Alarm { day, raised_at: at, cleared_at: None }),
                (false, true) => alarms.last_mut().unwrap().cleared_at = Some(at),
                _ => {}
            }
            false
        });
    }
    let stood = |end: Time| alarms.iter().any(|a| a.raised_at <= end && a.cleared_at.is_none_or(|c| c >= end));
    let written: Vec<_> = judged.clone().flat_map(|day| center.written(day)).collect();
    let missed = written.iter().filter(|(_, end)| !stood(*end)).map(|(from, _)| *from).collect();
    alarms.retain(|a| judged.contains(&a.day));
    let unconfirmed = alarms.iter().filter(|a| center.unconfirmed(a.day, a.raised_at)).map(|a| a.raised_at).collect();
    Score { days: judged.len(), episodes: written.len(), missed, unconfirmed, alarms, ..Score::default() }
}

/// Adds the delays of `steps` injected steps of each size, and the bound at the score's own rate of false alarms.
pub(crate) fn delays<R: Rule>(
    center: &Center,
    rule: &R,
    judged: Range<usize>,
    factors: &[f64],
    steps: usize,
    score: &mut Score,
) {
    let mut rng = Pcg64Mcg::seed_from_u64(1999);
    let mut delays = vec![Vec::new(); factors.len()];
    let mut bound = vec![Vec::new(); factors.len()];
    // At least one, so that a rule that never failed is held against a bound all the same.
    let between_s = score.days as f64 * 86_400.0 / score.unconfirmed.len().max(1) as f64;
    for _ in 0..steps {
        let step = center.step(judged.clone(), &mut rng);
        let calls = &center.days[step.day];
        let mut warm = rule.clone();
        warm.day(step.day);
        let morning = center.starts[step.day] + Span::from_secs(4 * 3600);
        drive(&mut warm, calls, (morning, step.start), |_, _| false);
        for (i, factor) in factors.iter().enumerate() {
            let mut all = calls.clone();
            all.extend(center.extra(&step, *factor));
            all.sort();
            let mut rule = warm.clone();
            let mut raised = rule.alarm().then_some(step.start);
            let end = step.start + Span::from_secs(3600);
            if raised.is_none() {
                drive(&mut rule, &all, (step.start, end), |rule, at| {
                    raised = rule.alarm().then_some(at);
                    raised.is_some()
                });
            }
            delays[i].push(raised.map_or(60.1, |at| (at - step.start).secs() / 60.0));
            bound[i].push(lorden(step.means[0] / 3600.0, *factor, between_s) / 60.0);
        }
    }
    let median = |mut list: Vec<f64>| {
        list.sort_by(f64::total_cmp);
        list[list.len() / 2]
    };
    for list in &mut delays {
        list.sort_by(f64::total_cmp);
    }
    score.delays = delays;
    score.bound = bound.into_iter().map(median).collect();
}

/// The least mean delay any rule can have on a Poisson stream of known rate that steps to a known multiple, with one false
/// alarm in `between` on average: ln γ ÷ I, γ in calls, I the information a second (Lorden 1971).
fn lorden(rate: f64, factor: f64, between: f64) -> f64 {
    let information = rate * (factor * factor.ln() - factor + 1.0);
    if information > 0.0 { (rate * between).max(1.0).ln() / information } else { f64::INFINITY }
}
