//! When a surge is a surge: the written rule to the letter, and a sequential test that finds it earlier.

mod level;
mod runs;
mod seconds;

use super::{Level as Step, SurgeWhy};
use crate::config::SurgeRules;
use crate::model::{Span, Time};
use level::Level;
use runs::Runs;
use seconds::{Counted, Seconds};

/// The span of the written rule, seconds.
const WRITTEN_S: i64 = 1800;
/// Minutes of a month, for the budget.
const MONTH_MIN: f64 = 30.0 * 1440.0;
/// What a watch needs of the evidence of an alarm, as a power.
const WATCH_POWER: f64 = 0.6;
/// Fewer calls since the onset than this never raise an alarm early.
const FEWEST: f64 = 8.0;
/// The sequential test is off where less than this is usual in half an hour: the night belongs to the written rule.
const FEWEST_USUAL: f64 = 2.0;
/// A call that comes later than this is counted in its second, but is no evidence of anything happening now.
const LATE_S: i64 = 60;

/// What can be tuned, with the values in force.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// Memory of today's level, seconds.
    pub memory_s: f64,
    /// How far the level lags behind, so that a surge does not teach it at once, seconds.
    pub lag_s: i64,
    /// What the belief in an ordinary day weighs, expected calls.
    pub prior: f64,
    /// What an ordinary rate may be above the level without being a surge.
    pub slack: f64,
    /// How much of a level above 1 a surge must have on top of itself: 0 none, 1 all.
    pub upper: f64,
    /// The evidence needed, times the formula's.
    pub strict: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { memory_s: 7200.0, lag_s: 900, prior: 30.0, slack: 1.1, upper: 1.0, strict: 1.0 }
    }
}

/// A surge that stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Watch or alarm.
    pub level: Step,
    /// When it was raised, at whichever step.
    pub since: Time,
    /// When it became an alarm.
    pub alarm_since: Option<Time>,
    /// What was counted, as of the last second or call.
    pub why: SurgeWhy,
}

/// The surge test of one scope. Feed it each first join with [`Detector::arrival`] and each whole second with
/// [`Detector::second`]; time never goes back.
#[derive(Clone, Debug)]
pub struct Detector {
    rules: SurgeRules,
    /// Unconfirmed alarms this scope may give in a month.
    share: f64,
    tuning: Tuning,
    seconds: Seconds,
    level: Level,
    runs: Runs,
    /// The feed is away.
    away: bool,
    standing: Option<Standing>,
    /// Since when the ratio has been under the clear limit.
    calm_since: Option<i64>,
    cleared_at: Option<Time>,
}

impl Detector {
    /// A test by these rules that may give `share` unconfirmed alarms a month.
    #[must_use]
    pub fn new(rules: SurgeRules, share: f64) -> Self {
        Self::tuned(rules, share, Tuning::default())
    }

    /// The same with other constants, for measuring them.
    #[must_use]
    pub fn tuned(rules: SurgeRules, share: f64, tuning: Tuning) -> Self {
        Self {
            rules,
            share,
            tuning,
            seconds: Seconds::new(),
            level: Level::new(tuning.memory_s, tuning.prior),
            runs: Runs::default(),
            away: false,
            standing: None,
            calm_since: None,
            cleared_at: None,
        }
    }

    /// Another share of the budget, as scopes come and go.
    pub fn set_share(&mut self, share: f64) {
        self.share = share;
    }

    /// What stands now.
    #[must_use]
    pub const fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// Today's level: times the usual, slow, within 0.5 and 2.
    #[must_use]
    pub fn today(&self) -> f64 {
        self.level.value()
    }

    /// A call came (its first join in this scope). `usual(from, to)` gives the plain usual of a span.
    pub fn arrival(&mut self, at: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        let second = at.second();
        self.advance(second, usual);
        self.seconds.call(second);
        let Some(last) = self.seconds.last() else { return };
        if last - second > LATE_S || self.away {
            return;
        }
        if let Some((ordinary, base)) = self.rates(last) {
            self.runs.call(ordinary, base);
        }
        self.judge(at.max(Time::from_secs(last)));
    }

    /// Time has come to `now`.
    pub fn second(&mut self, now: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        self.advance(now.second(), usual);
        self.judge(now);
    }

    /// The feed is away from now on: what follows is missing time, neither zero nor a burst, until [`Self::back`].
    pub fn gap(&mut self, from: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        self.advance(from.second(), usual);
        self.away = true;
    }

    /// The feed is back at `now`.
    pub fn back(&mut self, now: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        self.advance(now.second(), usual);
        self.away = false;
    }

    /// The ordinary rate of the last second and the base of a surge's, calls; `None` where the test is off.
    fn rates(&self, last: i64) -> Option<(f64, f64)> {
        let now = self.seconds.between(last - 1, last);
        if now.known < 1.0 || now.usual * 1800.0 < FEWEST_USUAL {
            return None;
        }
        let level = self.level.value();
        let base = now.usual * (1.0 + self.tuning.upper * (level - 1.0).max(0.0));
        Some((now.usual * level * self.tuning.slack, base))
    }

    fn advance(&mut self, to: i64, usual: &impl Fn(Time, Time) -> Option<f64>) {
        let Some(last) = self.seconds.last() else {
            self.seconds.begin(to.saturating_sub(1));
            self.step(usual);
            return;
        };
        if to.saturating_sub(last) > Seconds::reach() {
            // Nothing of the past is left to look at.
            self.level.skip(Span::from_secs(to.saturating_sub(last)).secs());
            self.runs.clear();
            self.seconds.begin(to - Seconds::reach());
        }
        while self.seconds.last().is_some_and(|last| last < to) {
            self.step(usual);
        }
    }

    fn step(&mut self, usual: &impl Fn(Time, Time) -> Option<f64>) {
        let Some(last) = self.seconds.last() else { return };
        let second = last.saturating_add(1);
        let expected =
            if self.away { None } else { usual(Time::from_secs(second), Time::from_secs(second.saturating_add(1))) };
        self.seconds.push(expected);
        let lagged = second - self.tuning.lag_s;
        let old = self.seconds.between(lagged - 1, lagged);
        self.level.second(if old.known > 0.0 { old.calls } else { 0.0 }, old.usual);
        match self.rates(second) {
            Some((ordinary, base)) => self.runs.second(ordinary, base),
            None if self.away => {}
            None => self.runs.clear(),
        }
    }

    /// The evidence an alarm needs: the expected calls of a month at the present rate ÷ the budget.
    fn needed(&self, last: i64) -> f64 {
        let now = self.seconds.between(last - 60, last);
        let per_min = now.usual * self.level.value() * 60.0 / now.known.max(1.0);
        (per_min * MONTH_MIN / self.share.max(1e-3) * self.tuning.strict).max(20.0)
    }

    fn judge(&mut self, at: Time) {
        let Some(last) = self.seconds.last() else { return };
        let half_hour = self.seconds.latest(WRITTEN_S);
        let written = self.rules.written_rule && self.over(&half_hour, self.rules.ratio);
        let (since_onset, span) = self.since_onset();
        let evidence = self.runs.evidence();
        let needed = self.needed(last);
        let early = since_onset.calls >= FEWEST && since_onset.ratio() >= self.rules.ratio && evidence >= needed;
        let watch = self.over(&half_hour, self.rules.watch_ratio)
            || (since_onset.calls >= FEWEST
                && since_onset.ratio() >= self.rules.watch_ratio
                && evidence >= needed.powf(WATCH_POWER));
        let step = if written || early {
            Some(Step::Alarm)
        } else if watch {
            Some(Step::Watch)
        } else {
            None
        };
        let (counted, span) =
            if early || !written { (since_onset, span) } else { (half_hour, Span::from_secs(WRITTEN_S)) };
        let why = SurgeWhy {
            offered: counted.calls,
            usual: counted.usual,
            span,
            written_rule: written,
            different_callers: None,
            onset: Some(at - span),
        };
        self.stand(at, step, why);
        if step.is_none() {
            self.calm(at, last);
        }
    }

    /// At least `min_calls` in half an hour whose better part is known, at `ratio` times the usual or more.
    #[expect(clippy::cast_precision_loss, reason = "a setting far below 2^53")]
    fn over(&self, half_hour: &Counted, ratio: f64) -> bool {
        half_hour.known * 2.0 >= WRITTEN_S as f64
            && half_hour.calls >= self.rules.min_calls as f64
            && half_hour.calls >= ratio * half_hour.usual
    }

    /// What came since the sequential test began to run up, at most half an hour.
    fn since_onset(&self) -> (Counted, Span) {
        #[expect(clippy::cast_possible_truncation, reason = "bounded on the next line")]
        let age = (self.runs.age().ceil() as i64).clamp(1, WRITTEN_S);
        (self.seconds.latest(age), Span::from_secs(age))
    }

    fn stand(&mut self, at: Time, step: Option<Step>, why: SurgeWhy) {
        match (&mut self.standing, step) {
            (Some(standing), step) => {
                if step == Some(Step::Alarm) && standing.level == Step::Watch {
                    standing.level = Step::Alarm;
                    standing.alarm_since = Some(at);
                }
                let onset = standing.why.onset;
                standing.why = why;
                standing.why.onset = onset;
            }
            (None, Some(level)) => {
                let alarm_since = (level == Step::Alarm).then_some(at);
                self.standing = Some(Standing { level, since: at, alarm_since, why });
            }
            (None, None) => {}
        }
        if step.is_some() {
            self.calm_since = None;
        }
    }

    /// Clears once the ratio has been under the limit for the settled minutes, over a span that holds some calls.
    fn calm(&mut self, at: Time, last: i64) {
        if self.standing.is_none() || self.away {
            return;
        }
        let hold = i64::from(self.rules.clear_min) * 60;
        let mut span = 120;
        while span < 600 && self.seconds.latest(span).usual < 10.0 {
            span += 60;
        }
        let recent = self.seconds.latest(span);
        if recent.ratio() >= self.rules.clear_ratio {
            self.calm_since = None;
            return;
        }
        let since = *self.calm_since.get_or_insert(last);
        if last - since >= hold {
            self.standing = None;
            self.calm_since = None;
            self.cleared_at = Some(at);
        }
    }
}
