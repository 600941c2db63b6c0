//! Joins of the site's business day, by scope, in steps of five minutes: what curves and forecasts are made of.

use crate::floor::{Fact, ScopeIx, What};
use crate::metrics::Bounds;
use crate::usual::forecast::STEP_S;

/// No day is longer, in steps.
const MOST: usize = 26 * 12;

/// The day that runs.
#[derive(Debug, Default)]
pub(super) struct Days {
    day: Option<Bounds>,
    calls: Vec<Vec<u32>>,
    /// Steps in which a feed was away.
    away: Vec<bool>,
}

impl Days {
    /// Time has come to this day.
    pub(super) fn turn(&mut self, day: Option<Bounds>) {
        if self.day != day {
            self.day = day;
            self.calls.iter_mut().for_each(Vec::clear);
            self.away.clear();
        }
    }

    /// Takes what joined; what belongs to another day is left out.
    pub(super) fn take(&mut self, facts: &[Fact]) {
        let Some(day) = self.day else { return };
        for fact in facts {
            if !matches!(fact.what, What::Joined { .. }) || !day.holds(fact.at.second()) {
                continue;
            }
            let (Ok(scope), Ok(step)) =
                (usize::try_from(fact.scope), usize::try_from((fact.at.second() - day.from) / STEP_S))
            else {
                continue;
            };
            if self.calls.len() <= scope {
                self.calls.resize_with(scope + 1, Vec::new);
            }
            let Some(calls) = self.calls.get_mut(scope).filter(|_| step < MOST) else { continue };
            if calls.len() <= step {
                calls.resize(step + 1, 0);
            }
            if let Some(n) = calls.get_mut(step) {
                *n = n.saturating_add(1);
            }
        }
    }

    /// A feed is away at this second.
    pub(super) fn away(&mut self, second: i64) {
        let Some(day) = self.day.filter(|d| d.holds(second)) else { return };
        let Some(step) = usize::try_from((second - day.from) / STEP_S).ok().filter(|s| *s < MOST) else { return };
        if self.away.len() <= step {
            self.away.resize(step + 1, false);
        }
        if let Some(away) = self.away.get_mut(step) {
            *away = true;
        }
    }

    /// Since when this day is known: from `first` on, or from the first call, where a feed told the hours before later.
    pub(super) fn known_from(&self, first: i64) -> i64 {
        let call = self.calls.first().and_then(|calls| calls.iter().position(|n| *n > 0));
        let call = self.day.zip(call.and_then(|step| i64::try_from(step).ok())).map(|(d, step)| d.from + step * STEP_S);
        call.map_or(first, |call| call.min(first))
    }

    /// Steps up to `now` nobody listened in: before `first`, or with a feed away and no call at all.
    pub(super) fn blind(&self, first: i64, now: i64) -> Vec<bool> {
        let Some(day) = self.day else { return Vec::new() };
        let all = self.calls(0, now);
        let before = usize::try_from((self.known_from(first) - day.from).max(0) / STEP_S).unwrap_or(0);
        let away = |step: usize| self.away.get(step).copied().unwrap_or(false);
        all.iter().enumerate().map(|(step, calls)| step < before || (away(step) && *calls == 0)).collect()
    }

    /// The day that runs; `None` before anything came.
    pub(super) const fn day(&self) -> Option<Bounds> {
        self.day
    }

    /// Joins of a scope up to the step `now` lies in.
    pub(super) fn calls(&self, scope: ScopeIx, now: i64) -> Vec<u32> {
        let Some(day) = self.day.filter(|d| now >= d.from) else { return Vec::new() };
        let steps = usize::try_from((now.min(day.to - 1) - day.from) / STEP_S + 1).unwrap_or(0).min(MOST);
        let mut calls = self.calls.get(scope as usize).cloned().unwrap_or_default();
        calls.resize(steps, 0);
        calls
    }
}
