//! What the floor does all at once: a burst of sign-outs, calls dropping.

use std::collections::VecDeque;

use crate::config::DisciplineRules;
use crate::model::{Span, Time};

crate::model::words!(
    /// What the floor does all at once.
    FloorAlertKind {
        /// 集中签出
        SignOuts = "sign_outs",
        /// 频繁掉线
        Dropping = "dropping",
    }
);

/// An alert about the floor as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloorAlert {
    /// About what.
    pub kind: FloorAlertKind,
    /// Since when.
    pub since: Time,
    /// Sign-outs: people. Dropping: share of the talks that ended.
    pub value: f64,
    /// Its limit.
    pub limit: f64,
}

/// People who signed out within the shift, lately.
#[derive(Clone, Debug, Default)]
pub(super) struct SignOuts {
    lately: VecDeque<(Time, usize)>,
    since: Option<Time>,
}

impl SignOuts {
    pub(super) fn out(&mut self, at: Time, person: usize) {
        self.lately.push_back((at, person));
    }

    /// A second; `still_out` tells who has not come back, `signed_in` how many are in.
    pub(super) fn second(
        &mut self,
        now: Time,
        signed_in: u32,
        rules: &DisciplineRules,
        still_out: impl Fn(usize) -> bool,
    ) -> Option<FloorAlert> {
        while self.lately.front().is_some_and(|(at, _)| now - *at >= rules.burst_within) {
            self.lately.pop_front();
        }
        if self.lately.is_empty() {
            self.since = None;
            return None;
        }
        let mut people: Vec<usize> = self.lately.iter().map(|(_, person)| *person).filter(|p| still_out(*p)).collect();
        people.sort_unstable();
        people.dedup();
        let out = u32::try_from(people.len()).unwrap_or(u32::MAX);
        let share = f64::from(out) / f64::from(out.saturating_add(signed_in)).max(1.0);
        if out < rules.burst_people.max(1) || share < rules.burst_share {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(now);
        let value = f64::from(out);
        Some(FloorAlert { kind: FloorAlertKind::SignOuts, since, value, limit: f64::from(rules.burst_people) })
    }
}

/// Talks that ended, and those that dropped, a minute each, and before them all.
#[derive(Clone, Debug, Default)]
pub(super) struct Drops {
    minutes: VecDeque<(i64, u32, u32)>,
    before: (f64, f64),
    since: Option<Time>,
}

/// What was learnt before is worth at most so many talks, so that the usual follows the times.
const WORTH: f64 = 5000.0;
/// From so many talks on the usual is known; until then it is taken to be [`GUESS`].
const KNOWN: f64 = 50.0;
/// The share of dropped talks where none is known (default).
const GUESS: f64 = 0.02;

impl Drops {
    pub(super) fn ended(&mut self, at: Time, dropped: bool) {
        let minute = at.second().div_euclid(60);
        match self.minutes.iter_mut().rev().find(|(m, ..)| *m == minute) {
            Some((_, ended, drops)) => {
                *ended += 1;
                *drops += u32::from(dropped);
            }
            None => self.minutes.push_back((minute, 1, u32::from(dropped))),
        }
    }

    /// The share that usually drops.
    fn usual(&self) -> f64 {
        let (ended, dropped) = self.before;
        // None in fifty is not never: one in a hundred at least is usual.
        if ended < KNOWN { GUESS } else { (dropped / ended).max(0.01) }
    }

    pub(super) fn second(&mut self, now: Time, rules: &DisciplineRules) -> Option<FloorAlert> {
        let first = (now - rules.drop_within).second().div_euclid(60);
        while let Some((minute, ended, dropped)) = self.minutes.front().copied()
            && minute <= first
        {
            self.minutes.pop_front();
            // What an alert was about never becomes the usual.
            if self.since.is_none() {
                self.before.0 += f64::from(ended);
                self.before.1 += f64::from(dropped);
            }
            if self.before.0 > WORTH {
                self.before = (self.before.0 / 2.0, self.before.1 / 2.0);
            }
        }
        let (ended, dropped) =
            self.minutes.iter().fold((0u32, 0u32), |(e, d), (_, ended, drops)| (e + ended, d + drops));
        let limit = (self.usual() * rules.drop_ratio).min(1.0);
        let share = f64::from(dropped) / f64::from(ended.max(1));
        if dropped < rules.drop_min_calls.max(1) || share < limit {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(now);
        Some(FloorAlert { kind: FloorAlertKind::Dropping, since, value: share, limit })
    }
}

/// Whether a talk dropped: ended by the system, or too short to be one. Handed on is not dropped.
pub(super) fn dropped(talk: Span, by_system: bool, transfer: bool, rules: &DisciplineRules) -> bool {
    !transfer && (by_system || talk < rules.drop_short)
}
