//! When a surge is a surge: the written rule to the letter, and a sequential test that finds it earlier.
//!
//! The constants were chosen with February to May of a real bank's calls all in view: over a hundred settings were compared,
//! month by month and on thinned copies, and no month was kept aside. So what `tests/surge_bank.rs` measures there is a
//! fit, not a forecast; neighbouring settings do about as well.

mod callers;
mod level;
mod quiet;
mod runs;
mod seconds;

use super::{Level as Step, SurgeWhy};
use crate::config::{QuietRule, SurgeRules};
use crate::metrics::Scope;
use crate::model::{CallerKey, Span, Time};
use crate::usual::Spread;
use callers::Callers;
use level::Level;
use quiet::{Quiet, Silence};
use runs::Runs;
use seconds::{Counted, Seconds};

/// The span of the written rule, seconds.
const WRITTEN_S: i64 = 1800;
/// Minutes of a month, for the budget.
const MONTH_MIN: f64 = 30.0 * 1440.0;
/// The bound on unconfirmed alarms is for a stream at the upper edge of the ordinary all the time. Real streams stay under
/// it most of the time, and some of what crosses is confirmed: measured, the bound is this many times too careful.
const TOO_CAREFUL: f64 = 22.0;
/// Above so many calls a minute the evidence needed grows once more with the volume: there it costs seconds.
const BUSY: f64 = 1.5;
/// A watch needs this share of the evidence of an alarm.
const WATCH_SHARE: f64 = 0.1;
/// The upper edge of the ordinary lies so many times the measured spread above today's level …
const SPREADS: f64 = 1.4;
/// … and so many more with each tenfold volume over one call a minute: there it costs seconds.
const MORE: f64 = 0.9;
/// … and a part of the way to a surge above the usual at least, whatever was measured.
const EDGE: f64 = 0.2;
/// Where the usual rises or falls steeply, the ordinary may be this many seconds early or late.
const EARLY_S: i64 = 240;
/// The most by which that lifts the upper edge of the ordinary.
const STEEPEST: f64 = 4.0;
/// How far today's level lags, seconds, so that a surge does not pass for the day's level.
const LAG_S: i64 = 600;
/// An early alarm needs this share of the calls the written rule needs …
const FEWEST: f64 = 0.4;
/// … and a run of so many seconds: what is over sooner was a clump.
const SHORTEST_S: i64 = 30;
/// The sequential test is off where less than this is usual in half an hour: the night belongs to the written rule.
const FEWEST_USUAL: f64 = 2.0;
/// A silence in which this many calls were due was no chance (e⁻⁵): the stream stood still.
const STILL: f64 = 5.0;
/// Calls that a still stream held back come in a burst within about this time, seconds.
const BURST_S: f64 = 120.0;
/// A call that comes later than this is counted in its second, but is no evidence of anything happening now.
const LATE_S: i64 = 60;
/// The night rule of small scopes: so many different callers in ten minutes in which less than one call is usual.
const NIGHT: (usize, i64, f64) = (5, 600, 1.0);
/// With a full front door so many standard deviations above the usual are no chance.
const DOOR_SIGMAS: f64 = 3.0;
/// Too quiet is told where at least this much is usual in half an hour: it is open, and calls are due.
const DUE: f64 = 15.0;
/// Where the user wants an alarm of it: so many calls were due and at most this share of them came.
const HARDLY: (f64, f64) = (20.0, 0.1);
/// Who called is counted anew this often while something stands, seconds.
const COUNTED_S: i64 = 15;
/// A gap longer than this ends a run that was building up, seconds.
const BROKEN_S: i64 = 60;

/// Of the budget of unconfirmed alarms, the share of scope all; the others have equal parts of the rest.
const SHARE_OF_ALL: f64 = 0.5;

/// A scope's share of the budget, with `others` scopes beside scope all.
#[must_use]
pub fn share(scope: &Scope, others: usize) -> f64 {
    let others = f64::from(u32::try_from(others.max(1)).unwrap_or(u32::MAX));
    if *scope == Scope::All { SHARE_OF_ALL } else { (1.0 - SHARE_OF_ALL) / others }
}

/// Whether the night rule holds for a scope: the small ones, which no queue stands behind.
#[must_use]
pub const fn night_rule(scope: &Scope) -> bool {
    matches!(scope, Scope::Area(_) | Scope::Menu(_) | Scope::Reason(_) | Scope::Line(_))
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
/// [`Detector::second`]; time never goes back. `usual(from, to)` is always the plain usual of a span, or `None` where
/// none is known: then there is no ratio and no alert.
#[derive(Clone, Debug)]
pub struct Detector {
    rules: SurgeRules,
    /// Unconfirmed alarms this scope may give in a month.
    share: f64,
    seconds: Seconds,
    level: Level,
    runs: Runs,
    /// A minute, and the expected calls of a second of it.
    minute: (i64, Option<f64>),
    /// How ordinary counts stray.
    spread: Spread,
    /// The usual a little earlier or later ÷ the usual now, at least 1; looked at once a minute.
    steep: f64,
    /// Expected calls since the last one came.
    silent: f64,
    callers: Callers,
    quiet: Quiet,
    too_quiet: Option<Standing>,
    /// A call has come since the detector is on: before, silence says nothing.
    heard: bool,
    /// Whether few callers of a scope where hardly any are usual are an alarm.
    night_rule: bool,
    /// The front door is full: what can be counted is capped.
    door_full: bool,
    /// Calls a still stream held back, which come before any is evidence.
    owed: f64,
    /// Since when the feed is away.
    away: Option<i64>,
    standing: Option<Standing>,
    /// Since when the ratio has been under the clear limit.
    calm_since: Option<i64>,
}

impl Detector {
    /// A test by these rules that may give `share` unconfirmed alarms a month.
    #[must_use]
    pub fn new(rules: SurgeRules, share: f64) -> Self {
        Self {
            rules,
            share,
            seconds: Seconds::new(),
            level: Level::new(),
            runs: Runs::default(),
            minute: (i64::MIN, None),
            spread: Spread::default(),
            steep: 1.0,
            silent: 0.0,
            callers: Callers::default(),
            quiet: Quiet::default(),
            too_quiet: None,
            heard: false,
            night_rule: false,
            door_full: false,
            owed: 0.0,
            away: None,
            standing: None,
            calm_since: None,
        }
    }

    /// Another share of the budget, as scopes come and go.
    pub fn set_share(&mut self, share: f64) {
        self.share = share;
    }

    /// The same with the night rule of small scopes.
    #[must_use]
    pub fn with_night_rule(mut self) -> Self {
        self.night_rule = true;
        self
    }

    /// Whether the written rule raises an alarm here.
    pub fn set_written(&mut self, on: bool) {
        self.rules.written_rule = on;
    }

    /// Whether the front door is full (lines nearly all in use, callers refused).
    pub fn door(&mut self, full: bool) {
        self.door_full = full;
    }

    /// What stands because hardly anything comes.
    #[must_use]
    pub const fn too_quiet(&self) -> Option<&Standing> {
        self.too_quiet.as_ref()
    }

    /// How ordinary counts stray, as measured from history; what is no number is left as it was.
    pub fn set_spread(&mut self, spread: Spread) {
        if spread.factor.is_finite() && spread.clump.is_finite() {
            self.spread = Spread { factor: spread.factor.clamp(0.0, 1.0), clump: spread.clump.clamp(1.0, 10.0) };
        }
    }

    /// What stands now.
    #[must_use]
    pub const fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// Calls of the last span, at most an hour, and the usual of it.
    #[must_use]
    pub fn counted(&self, span: Span) -> (f64, f64) {
        let counted = self.seconds.latest(span.whole_secs().clamp(1, 3600));
        (counted.calls, counted.usual)
    }

    /// Nothing stands, nothing builds up, and without a call nothing can: whole seconds may be passed over until one comes.
    #[must_use]
    pub fn idle(&self) -> bool {
        let Some(last) = self.seconds.last() else { return true };
        self.standing.is_none()
            && self.too_quiet.is_none()
            && self.quiet.says(self.needed(last)) == Silence::No
            && !self.enough(&self.seconds.latest(WRITTEN_S))
            && self.runs.evidence() < self.needed(last) * WATCH_SHARE
    }

    /// Today's level: times the usual, slow, within 0.5 and 2. It weighs evidence and is shown; no ratio holds it.
    #[must_use]
    pub fn today(&self) -> f64 {
        self.level.value()
    }

    /// A call came (its first join in this scope).
    pub fn arrival(&mut self, at: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        self.arrival_of(at, None, usual);
    }

    /// A call of a caller came. A redial is counted; the evidence is in different callers.
    pub fn arrival_of(&mut self, at: Time, caller: Option<CallerKey>, usual: &impl Fn(Time, Time) -> Option<f64>) {
        let second = at.second();
        self.advance(second, usual);
        let Some(last) = self.seconds.last() else { return };
        if self.away.is_some() || !self.seconds.call(second) || last - second > LATE_S {
            return;
        }
        let redial = self.callers.call(second, caller);
        self.quiet.call();
        self.heard = true;
        if self.silent >= STILL {
            self.owed = self.silent;
            self.runs.clear();
        }
        self.silent = 0.0;
        if self.owed >= 1.0 {
            self.owed -= 1.0;
        } else if let Some((ordinary, surge)) = self.rates(last).filter(|_| !redial) {
            let clump = self.spread.clump;
            self.runs.call(ordinary, surge, clump, 10.0 * self.needed(last));
        }
        self.judge(at.max(Time::from_secs(last)));
    }

    /// Time has come to `now`.
    pub fn second(&mut self, now: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        self.advance(now.second(), usual);
        if self.away.is_none() {
            self.judge(now);
        }
    }

    /// The feed is away since `from`: what follows is missing time, neither zero nor a burst, until [`Self::back`].
    pub fn gap(&mut self, from: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        self.advance(from.second(), usual);
        self.seconds.forget(from.second());
        self.away.get_or_insert(from.second());
    }

    /// The feed is back at `now`.
    pub fn back(&mut self, now: Time, usual: &impl Fn(Time, Time) -> Option<f64>) {
        self.advance(now.second(), usual);
        if self.away.take().is_some_and(|since| now.second() - since > BROKEN_S) {
            self.runs.clear();
            self.calm_since = None;
        }
        self.silent = 0.0;
        self.owed = 0.0;
        self.quiet.clear();
    }

    fn advance(&mut self, to: i64, usual: &impl Fn(Time, Time) -> Option<f64>) {
        let Some(last) = self.seconds.last() else {
            self.seconds.begin(to.saturating_sub(1));
            self.step(usual);
            return;
        };
        if to.saturating_sub(last) > Seconds::REACH {
            // Nothing of the past is left to look at.
            self.level.skip(Span::from_secs(to.saturating_sub(last)).secs());
            self.runs.clear();
            self.quiet.clear();
            self.heard = false;
            self.silent = 0.0;
            self.seconds.begin(to.saturating_sub(Seconds::REACH));
        }
        while self.seconds.last().is_some_and(|last| last < to) {
            self.step(usual);
        }
    }

    /// One second more.
    fn step(&mut self, usual: &impl Fn(Time, Time) -> Option<f64>) {
        let Some(last) = self.seconds.last() else { return };
        let second = last.saturating_add(1);
        let expected = if self.away.is_some() { None } else { self.a_second(second, usual) };
        self.seconds.push(expected);
        if second.rem_euclid(60) == 0 || self.steep < 1.0 {
            self.steep = steep(second, usual);
        }
        let lagged = self.seconds.between(second - LAG_S - 1, second - LAG_S);
        self.level.second(lagged.calls, lagged.usual);
        self.silent += expected.unwrap_or(0.0);
        self.owed *= 1.0 - 1.0 / BURST_S;
        match expected {
            Some(usual) if self.heard && usual * 1800.0 >= DUE => {
                self.quiet.second(second, usual / self.steep, self.level.value(), self.spread.factor);
            }
            _ => self.quiet.clear(),
        }
        match self.rates(second) {
            Some((ordinary, surge)) => self.runs.second(ordinary, surge),
            None if self.away.is_some() => {}
            None => self.runs.clear(),
        }
    }

    /// Expected calls of a second. The usual runs evenly within a minute, so it is looked up once in each.
    fn a_second(&mut self, second: i64, usual: &impl Fn(Time, Time) -> Option<f64>) -> Option<f64> {
        let minute = second.div_euclid(60);
        if self.minute.0 != minute {
            let from = Time::from_secs(minute.saturating_mul(60));
            self.minute = (minute, usual(from, from + Span::from_secs(60)).map(|calls| calls / 60.0));
        }
        self.minute.1
    }

    /// Calls of one second, now: the most that is still ordinary, and the least that is a surge. `None` where the
    /// sequential test is off.
    fn rates(&self, last: i64) -> Option<(f64, f64)> {
        let now = self.seconds.between(last - 1, last);
        if now.known < 1.0 || now.usual * 1800.0 < FEWEST_USUAL {
            return None;
        }
        let ratio = self.rules.ratio.max(1.1);
        let spreads = (SPREADS + MORE * (now.usual * 60.0).max(0.1).log10()).max(1.0);
        let edge = (1.0 + EDGE * (ratio - 1.0)).max((1.0 + spreads * self.spread.factor) * self.level.value());
        // Calls that come together are one piece of evidence.
        let one = now.usual / self.spread.clump;
        Some((one * edge * self.steep, one * ratio))
    }

    /// The evidence an alarm needs: the expected calls of a month at the present rate ÷ the unconfirmed alarms allowed
    /// in it, less what the bound is too careful by.
    fn needed(&self, last: i64) -> f64 {
        let now = self.seconds.between(last - 60, last);
        let a_minute = now.usual * self.level.value() * 60.0 / now.known.max(1.0);
        let busy = (a_minute / BUSY).max(1.0);
        (busy * a_minute / self.spread.clump * MONTH_MIN / self.share.max(1e-3) / TOO_CAREFUL).max(20.0)
    }

    /// Whether hardly anything comes where calls are due.
    fn judge_quiet(&mut self, at: Time, last: i64) {
        let dead = self.quiet.dead(self.spread.clump);
        let says = if dead { Silence::Alarm } else { self.quiet.says(self.needed(last)) };
        if says == Silence::No || self.rules.quiet == QuietRule::Off {
            self.too_quiet = None;
            return;
        }
        let span = (last - self.quiet.since().unwrap_or(last)).clamp(1, WRITTEN_S);
        let counted = self.seconds.latest(span);
        let hardly = counted.usual >= HARDLY.0 && counted.ratio() <= HARDLY.1;
        let step = match says {
            Silence::Alarm if dead || (hardly && self.rules.quiet == QuietRule::Alarm) => Some(Step::Alarm),
            Silence::Alarm | Silence::Watch => Some(Step::Watch),
            Silence::Maybe | Silence::No => None,
        };
        if self.too_quiet.is_none() && step.is_none() {
            return;
        }
        let why = SurgeWhy {
            offered: counted.calls,
            usual: counted.usual,
            span: Span::from_secs(span),
            onset: Some(at - Span::from_secs(span)),
            ..SurgeWhy::default()
        };
        let standing = self.too_quiet.get_or_insert(Standing { level: Step::Watch, since: at, alarm_since: None, why });
        standing.why = why;
        if step == Some(Step::Alarm) && standing.level == Step::Watch {
            standing.level = Step::Alarm;
            standing.alarm_since = Some(at);
        }
    }

    /// Several callers in a scope where hardly any are usual.
    fn night(&self, last: i64) -> Option<(Counted, i64)> {
        let (callers, span, most) = NIGHT;
        let counted = self.seconds.latest(span);
        let may = self.night_rule && counted.calls >= 5.0 && counted.known * 2.0 >= 600.0 && counted.usual < most;
        (may && self.callers.different(last - span) >= callers).then_some((counted, span))
    }

    /// The front door is full, and more come than chance brings.
    fn capped(&self, recent: &Counted) -> bool {
        self.door_full
            && recent.calls >= 8.0
            && recent.ratio() >= self.rules.watch_ratio
            && recent.calls - recent.usual >= DOOR_SIGMAS * (recent.usual * self.spread.clump).sqrt()
    }

    #[expect(clippy::cast_precision_loss, reason = "a setting far below 2^53")]
    fn judge(&mut self, at: Time) {
        let Some(last) = self.seconds.last() else { return };
        self.judge_quiet(at, last);
        let half_hour = self.seconds.latest(WRITTEN_S);
        let evidence = self.runs.evidence();
        let needed = self.needed(last);
        let enough = self.enough(&half_hour);
        let running = evidence >= needed * WATCH_SHARE;
        let night = if self.night_rule { self.night(last) } else { None };
        if self.standing.is_none() && !enough && !running && night.is_none() && !self.door_full {
            return;
        }
        let written = self.rules.written_rule && self.over(&half_hour, self.rules.ratio);
        let (run, age) = self.run();
        let run_up = running && age >= SHORTEST_S && run.calls >= FEWEST * self.rules.min_calls as f64;
        let early = run_up && evidence >= needed && run.ratio() >= self.rules.ratio;
        let recent = self.recent();
        let watch = (run_up && run.ratio() >= self.rules.watch_ratio)
            || (self.over(&half_hour, self.rules.watch_ratio) && recent.ratio() >= self.rules.watch_ratio);
        let capped = self.capped(&recent);
        let step = if written || early || night.is_some() || capped {
            Some(Step::Alarm)
        } else {
            watch.then_some(Step::Watch)
        };
        let (counted, span) = match night {
            Some(night) if !run_up => night,
            _ if run_up || !(written || capped) => (run, age),
            _ if written => (half_hour, WRITTEN_S),
            _ => (self.seconds.latest(600), 600),
        };
        self.stand(at, step, written, (counted, span));
        if step != Some(Step::Alarm) {
            self.calm(at, last, &recent);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a setting far below 2^53")]
    fn enough(&self, half_hour: &Counted) -> bool {
        half_hour.calls >= self.rules.min_calls as f64
    }

    /// At least `min_calls` in half an hour whose better part is known, at `ratio` times the usual or more.
    #[expect(clippy::cast_precision_loss, reason = "a setting far below 2^53")]
    fn over(&self, half_hour: &Counted, ratio: f64) -> bool {
        half_hour.known * 2.0 >= WRITTEN_S as f64
            && half_hour.calls >= self.rules.min_calls as f64
            && half_hour.calls >= ratio * half_hour.usual
    }

    /// What came since the sequential test began to run up, at most half an hour, and how long that is, seconds.
    fn run(&self) -> (Counted, i64) {
        let age = Span::from_secs_f64(self.runs.age().ceil()).whole_secs().clamp(1, WRITTEN_S);
        (self.seconds.latest(age), age)
    }

    /// The last minutes, as many as hold about ten calls: 2 to 10.
    fn recent(&self) -> Counted {
        let mut span = 120;
        while span < 600 && self.seconds.latest(span).usual < 10.0 {
            span += 60;
        }
        self.seconds.latest(span)
    }

    fn stand(&mut self, at: Time, step: Option<Step>, written: bool, (counted, span): (Counted, i64)) {
        let last = self.seconds.last().unwrap_or_default();
        let kept = self.standing.as_ref().filter(|s| s.level == Step::Alarm || step != Some(Step::Alarm));
        let callers = match kept {
            Some(standing) if last.rem_euclid(COUNTED_S) != 0 => {
                standing.why.different_callers.zip(standing.why.redials)
            }
            _ => self.callers.since(last - span),
        };
        let why = |counted: Counted, span: i64, onset| SurgeWhy {
            offered: counted.calls,
            usual: counted.usual,
            span: Span::from_secs(span),
            written_rule: written,
            different_callers: callers.map(|c| c.0),
            redials: callers.map(|c| c.1),
            onset: Some(onset),
        };
        let raised = step == Some(Step::Alarm);
        if let Some(standing) = &mut self.standing {
            let risen = raised && standing.level == Step::Watch;
            if risen {
                standing.level = Step::Alarm;
                standing.alarm_since = Some(at);
            }
            standing.why = match standing.why.onset {
                // Since it began, at most half an hour.
                Some(onset) if !risen => {
                    let age = (at - onset).whole_secs().clamp(1, WRITTEN_S);
                    why(self.seconds.latest(age), age, onset)
                }
                _ => why(counted, span, at - Span::from_secs(span)),
            };
        } else if let Some(level) = step {
            let why = why(counted, span, at - Span::from_secs(span));
            self.standing = Some(Standing { level, since: at, alarm_since: raised.then_some(at), why });
        }
        if raised {
            self.calm_since = None;
        }
    }

    /// Clears once the ratio of the last minutes has been under the limit for the settled time.
    fn calm(&mut self, at: Time, last: i64, recent: &Counted) {
        if self.standing.is_none() {
            return;
        }
        if recent.ratio() >= self.rules.clear_ratio {
            self.calm_since = None;
            return;
        }
        let since = *self.calm_since.get_or_insert(last);
        if at.second() - since >= i64::from(self.rules.clear_min) * 60 {
            self.standing = None;
            self.calm_since = None;
        }
    }
}

/// The highest usual a little earlier and later ÷ the usual now.
fn steep(second: i64, usual: &impl Fn(Time, Time) -> Option<f64>) -> f64 {
    let minute = |at: i64| usual(Time::from_secs(at - 30), Time::from_secs(at + 30)).filter(|n| n.is_finite());
    match (minute(second), minute(second - EARLY_S), minute(second + EARLY_S)) {
        (Some(now), before, after) if now > 0.0 => {
            (before.unwrap_or(0.0).max(after.unwrap_or(0.0)) / now).clamp(1.0, STEEPEST)
        }
        _ => 1.0,
    }
}
