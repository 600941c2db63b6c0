//! Everything that stands: one test a scope and cause, grouped into incidents. Driven by the engine with each first join
//! and each whole second of event time; the same calls give the same board.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::incident::{About, Change, Desk, DutyView, Incident, Incidents, Unsaved};
use super::shares::{Share, Whole};
use super::standing::Standing as RulesStanding;
use super::surge::{Detector, Standing, night_rule, share as share_of};
use super::threshold::{Side, Threshold};
use super::{AlertKind, AlertView, Before, IncidentView, Level, Moved, SurgeDetail, SurgeWhy};
use crate::config::AlertRules;
use crate::metrics::Scope;
use crate::model::{CallerKey, Command, FeedId, FeedState, Label, Span, Time};
use crate::usual::{Shift, Usual};

/// Areas, menus and reasons that are watched, at most: of each kind the first that many heard of.
const MOST_MARKS: usize = 64;
/// Lines in use, as a share of all, from which the front door is full …
const FULL_SHARE: f64 = 0.9;
/// … once it has been so for this long.
const FULL_FOR: Span = Span::from_secs(60);
/// So many callers refused within that time say it as well.
const REFUSED: usize = 3;
/// An area, a menu or a reason is the root where its ratio is so many times that of the queue or the site above it.
const ROOT_TIMES: f64 = 1.3;
/// What comes now.
const HALF_HOUR: Span = Span::from_secs(1800);
/// A day at this level is itself said …
const HIGH_DAY: f64 = 1.5;
/// … once it has run so for this long: a surge alone does not make a day …
const HIGH_FOR: Span = Span::from_secs(7200);
/// … until the last half-hour is under this: the level itself is slow to forget.
const HIGH_ENDS: f64 = 1.35;
/// Where a surge comes from is counted anew this often, seconds.
const EXPLAINED_S: i64 = 15;

/// Which scope of a [`Board`], as [`Board::scope`] gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeIndex(usize);

/// What the board looks at each second, of one scope. Counts are of the last 30 minutes.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeReading {
    /// Which.
    pub scope: ScopeIndex,
    /// Whether all feeds it depends on are live; where not, its alerts are muted and the time is missing time.
    pub live: bool,
    /// How long the oldest still waiting has waited; `None` where nobody waits.
    pub longest_wait: Option<Span>,
    /// Numerator and denominator of the service level in force.
    pub service_level: (i64, i64),
    /// Its target, 0–1.
    pub target: f64,
    /// Numerator and denominator of the abandon rate in force.
    pub abandon_rate: (i64, i64),
    /// Different callers, where the feeds tell callers.
    pub different_callers: Option<u64>,
}

/// What the board looks at each second, of one feed.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedReading {
    /// Its name.
    pub feed: FeedId,
    /// Its state.
    pub state: FeedState,
}

impl FeedReading {
    /// The reading of a feed of the floor.
    #[must_use]
    pub fn of(feed: &crate::floor::Feed) -> Self {
        let watched = feed.reports_state();
        Self { feed: feed.name.clone(), state: if watched { feed.state.clone() } else { FeedState::Live } }
    }
}

#[derive(Clone, Debug)]
struct ScopeState {
    scope: Scope,
    name: Label,
    surge: Detector,
    /// The surge is an alarm of this incident.
    incident: Option<u64>,
    /// The silence is an alarm of this incident.
    quiet_incident: Option<u64>,
    /// Its share of all calls, for a scope no history knows.
    share: Share,
    live: bool,
    different_callers: Option<u64>,
    long_wait: Kpi,
    service_level: Kpi,
    abandon_rate: Kpi,
}

#[derive(Clone, Copy, Debug, Default)]
struct Kpi {
    threshold: Threshold,
    value: Option<f64>,
    limit: f64,
}

#[derive(Clone, Debug)]
struct FeedLife {
    feed: FeedId,
    down_since: Option<Time>,
    late: bool,
    raised: Option<(Time, AlertKind)>,
    incident: Option<u64>,
}

/// The highest half-hours of the days before an incident, of the scope it is rooted in.
#[derive(Clone, Debug)]
struct Heights {
    incident: u64,
    scope: Scope,
    days: Vec<(Date, f64)>,
}

/// All alerts and incidents.
#[derive(Clone, Debug)]
pub struct Board {
    rules: AlertRules,
    min_sample: i64,
    scopes: Vec<ScopeState>,
    feeds: Vec<FeedLife>,
    pub(super) incidents: Incidents,
    pub(super) standing: RulesStanding,
    /// The incident of the surge that stands, or stood last.
    surge_incident: Option<u64>,
    by_scope: FxHashMap<Scope, usize>,
    whole: Whole,
    /// Since when nearly all lines are in use.
    full_since: Option<Time>,
    refused: VecDeque<Time>,
    /// The hour for which the spread was last looked up.
    spread_hour: Option<i64>,
    /// Since when the day runs far above the usual, and since when it is said.
    high_since: Option<Time>,
    high_day: Option<Time>,
    /// A level that stays, and since when it is said.
    shift: Option<(Time, Shift)>,
    /// The highest half-hours of earlier days of the scope an incident is rooted in.
    heights: Option<Heights>,
}

impl Board {
    /// An empty board. `min_sample`: below this many calls a share proves nothing (`figures.min_sample`).
    #[must_use]
    pub fn new(rules: AlertRules, min_sample: u64) -> Self {
        Self {
            rules,
            min_sample: i64::try_from(min_sample).unwrap_or(i64::MAX),
            scopes: Vec::new(),
            feeds: Vec::new(),
            incidents: Incidents::default(),
            standing: RulesStanding::default(),
            surge_incident: None,
            by_scope: FxHashMap::default(),
            whole: Whole::default(),
            full_since: None,
            refused: VecDeque::new(),
            spread_hour: None,
            heights: None,
            high_since: None,
            high_day: None,
            shift: None,
        }
    }

    /// The next incident is numbered after `n`: numbers of an earlier run are not given again.
    pub const fn number_incidents_after(&mut self, n: u64) {
        self.incidents.number_after(n);
    }

    /// The index of a scope, which is added where it is new. Scopes share the budget of unconfirmed alarms.
    pub fn scope(&mut self, scope: &Scope, name: &Label) -> ScopeIndex {
        if let Some(found) = self.by_scope.get(scope) {
            return ScopeIndex(*found);
        }
        let surge = Detector::new(self.rules.surge.clone(), 1.0);
        self.spread_hour = None;
        self.by_scope.insert(scope.clone(), self.scopes.len());
        self.scopes.push(ScopeState {
            scope: scope.clone(),
            name: name.clone(),
            surge: if night_rule(scope) { surge.with_night_rule() } else { surge },
            incident: None,
            quiet_incident: None,
            share: Share::default(),
            live: true,
            different_callers: None,
            long_wait: Kpi::default(),
            service_level: Kpi::default(),
            abandon_rate: Kpi::default(),
        });
        self.split_budget();
        ScopeIndex(self.scopes.len() - 1)
    }

    /// A first join in a scope. Never a caller first seen in a snapshot.
    pub fn arrival(&mut self, scope: ScopeIndex, at: Time, usual: &Usual) {
        self.arrival_of(scope, at, None, usual);
    }

    /// The same, of a caller that is known.
    pub fn arrival_of(&mut self, scope: ScopeIndex, at: Time, caller: Option<CallerKey>, usual: &Usual) {
        let whole = self.whole;
        let Some(state) = self.scopes.get_mut(scope.0) else { return };
        let (name, share) = (&state.scope, share_usual(&whole, state, usual));
        state.surge.arrival_of(at, caller, &|from, to| expected(name, share, usual, from, to));
        if state.scope == Scope::All {
            self.whole.call();
        } else if is_mark(&state.scope) {
            state.share.call();
        }
        if needs_incident(state) {
            self.group_surges(at);
        }
    }

    /// A call of an area, a menu or with a reason: those are found as they come, a bounded number of each.
    pub fn mark(&mut self, scope: &Scope, at: Time, caller: Option<CallerKey>, usual: &Usual) {
        let known = self.by_scope.get(scope).copied().map(ScopeIndex);
        let index = known.or_else(|| {
            let kind = std::mem::discriminant(scope);
            let of_kind = self.scopes.iter().filter(|s| std::mem::discriminant(&s.scope) == kind).count();
            let (Scope::Area(name) | Scope::Menu(name) | Scope::Reason(name)) = scope else { return None };
            (of_kind < MOST_MARKS).then(|| self.scope(scope, name))
        });
        if let Some(index) = index {
            self.arrival_of(index, at, caller, usual);
        }
    }

    /// The areas, menus and reasons on the board.
    pub fn marked(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().map(|s| &s.scope).filter(|s| is_mark(s))
    }

    /// The scopes in which a surge stands as an alarm: what comes meanwhile is not usual.
    pub fn surging(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().filter(|s| is_alarm(s)).map(|s| &s.scope)
    }

    /// The trunks of all lines as of `now`: in use, and how many there are. Not called where no feed tells.
    pub fn lines(&mut self, now: Time, in_use: u64, capacity: u64) {
        #[expect(clippy::cast_precision_loss, reason = "trunks are few")]
        let full = capacity > 0 && in_use as f64 >= FULL_SHARE * capacity as f64;
        if full {
            self.full_since.get_or_insert(now);
        } else {
            self.full_since = None;
        }
    }

    /// A caller was refused before the queue.
    pub fn refused(&mut self, at: Time) {
        if self.refused.len() >= 64 {
            self.refused.pop_front();
        }
        self.refused.push_back(at);
    }

    /// A whole second of event time has passed.
    pub fn second(&mut self, now: Time, readings: &[ScopeReading], feeds: &[FeedReading], usual: &Usual) {
        self.spreads(now, usual);
        self.door(now);
        let live = readings.first().is_none_or(|all| all.live);
        for reading in readings {
            self.read_scope(now, reading, usual);
        }
        self.read_marks(now, live, usual);
        self.group_surges(now);
        self.explain(now, usual);
        self.high_day(now);
        self.shift = usual.shift().map(|shift| (self.shift.map_or(now, |(since, _)| since), shift));
        self.quiet_incidents(now);
        for feed in feeds {
            self.read_feed(now, feed);
        }
        self.incidents.second(now);
    }

    /// Does what a person asked.
    ///
    /// # Errors
    /// A word of the locale: `no_such_incident`, `incident_closed`.
    pub fn command(&mut self, command: &Command, now: Time) -> Result<(), &'static str> {
        self.incidents.command(command, now)
    }

    /// What stands, worst first. Alerts of scopes whose feed is not live are muted and not among them.
    #[must_use]
    pub fn alerts(&self) -> Vec<AlertView> {
        let mut alerts: Vec<AlertView> = self.feeds.iter().filter_map(FeedLife::view).collect();
        for scope in self.scopes.iter().filter(|s| s.live) {
            alerts.extend(scope.surge_view(self.rules.surge.watch_ratio));
            alerts.extend(scope.quiet_view());
            alerts.extend(scope.kpi_view(AlertKind::LongWait, &scope.long_wait));
            alerts.extend(scope.kpi_view(AlertKind::ServiceLevel, &scope.service_level));
            alerts.extend(scope.kpi_view(AlertKind::AbandonRate, &scope.abandon_rate));
        }
        alerts.extend(self.high_day_view());
        alerts.extend(self.shift_view());
        alerts.extend(self.standing.views());
        alerts.sort_by(|a, b| b.level.cmp(&a.level).then(a.kind.cmp(&b.kind)).then(a.since.cmp(&b.since)));
        alerts
    }

    /// Rules, duty roster and playbooks incidents are carried by.
    pub fn equip(&mut self, desk: Desk) {
        self.incidents.equip(desk);
    }

    /// What incidents are carried by.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        self.incidents.desk()
    }

    /// Names of those signed in on the floor, for the head count of an evacuation opened next.
    pub fn set_signed_in(&mut self, names: Vec<Label>) {
        self.incidents.set_signed_in(names);
    }

    /// Who is on duty, and how alarms turned out.
    #[must_use]
    pub fn duty(&self) -> Arc<DutyView> {
        self.incidents.duty_view()
    }

    /// The number of the incident opened last; 0 before the first.
    #[must_use]
    pub const fn newest_incident(&self) -> u64 {
        self.incidents.newest()
    }

    /// Where each incident stands, as its changes have made it; oldest first.
    #[must_use]
    pub fn states(&self) -> Vec<Incident> {
        self.incidents.states().cloned().collect()
    }

    /// Every change of the incidents on the board and of the duty roster (incident 0).
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.incidents.log().changes().cloned().collect()
    }

    /// From here on each change is pending until [`Self::saved`]: somebody saves them.
    pub fn keep_changes(&mut self) {
        self.incidents.log_mut().keep();
    }

    /// Changes that are not saved, after this number, oldest first.
    pub fn unsaved(&self, after: u64) -> impl Iterator<Item = &Unsaved> {
        self.incidents.log().unsaved(after)
    }

    /// How many changes are not saved.
    #[must_use]
    pub fn unsaved_count(&self) -> usize {
        self.incidents.log().unsaved_count()
    }

    /// Changes up to this number are on disk.
    pub fn saved(&mut self, number: u64) {
        self.incidents.log_mut().saved(number);
    }

    /// These changes are settled: on disk, or never to be.
    pub fn settled(&mut self, keys: &[(u64, u64)]) {
        self.incidents.log_mut().settled(keys);
    }

    /// Takes up what was kept, after what happened since was gone through once more; from here on changes are pending until
    /// somebody says they are saved.
    pub fn adopt(&mut self, kept: Vec<Change>) {
        self.incidents.adopt(kept);
    }

    /// Takes up changes that were kept, before anything else happens. Timers go on from the instants in them.
    pub fn restore(&mut self, changes: Vec<Change>) {
        self.incidents.restore(changes);
    }

    /// Incidents, newest first: the open ones, and the closed ones of the last day.
    #[must_use]
    pub fn incidents(&self) -> Vec<Arc<IncidentView>> {
        self.incidents.views()
    }

    /// A short mark of what stands; it differs exactly when an alert or incident was raised, changed its level or ended.
    #[must_use]
    pub fn marks(&self) -> (usize, usize, usize) {
        let quiet = |s: &&ScopeState| s.surge.too_quiet().is_some_and(|q| q.level == Level::Alarm);
        let alarms = self.scopes.iter().filter(|s| is_alarm(s)).count() + self.scopes.iter().filter(quiet).count();
        let stands = |s: &&ScopeState| s.surge.standing().is_some() || s.surge.too_quiet().is_some();
        let watches = self.scopes.iter().filter(stands).count();
        let raised = self.feeds.iter().filter(|f| f.raised.is_some()).count()
            + usize::from(self.high_day.is_some())
            + usize::from(self.shift.is_some());
        (alarms, watches, raised)
    }

    /// Today's level of a scope: times the usual, slow, within 0.5 and 2.
    #[must_use]
    pub fn today(&self, scope: ScopeIndex) -> Option<f64> {
        self.scopes.get(scope.0).map(|s| s.surge.today())
    }

    fn split_budget(&mut self) {
        let budget = self.rules.surge.budget_per_month;
        let others = self.scopes.iter().filter(|s| s.scope != Scope::All).count();
        for state in &mut self.scopes {
            state.surge.set_share(budget * share_of(&state.scope, others));
        }
    }

    /// How counts stray, looked up each hour and whenever a scope is new.
    fn spreads(&mut self, now: Time, usual: &Usual) {
        let hour = now.second().div_euclid(3600);
        if self.spread_hour.replace(hour) == Some(hour) {
            return;
        }
        for state in &mut self.scopes {
            if let Some(spread) = usual.spread_at(&state.scope, now) {
                state.surge.set_spread(spread);
            }
        }
    }

    fn door(&mut self, now: Time) {
        while self.refused.front().is_some_and(|at| now - *at > FULL_FOR) {
            self.refused.pop_front();
        }
        let full = self.full_since.is_some_and(|since| now - since >= FULL_FOR) || self.refused.len() >= REFUSED;
        for state in &mut self.scopes {
            state.surge.door(full);
        }
    }

    /// Areas, menus and reasons have no reading of their own: they are live while the site is.
    fn read_marks(&mut self, now: Time, live: bool, usual: &Usual) {
        if self.whole.over(now) {
            // Only a calm site teaches shares.
            let calm = live && !self.scopes.iter().any(|s| is_alarm(s) && !is_mark(&s.scope));
            self.whole.settle(calm, self.scopes.iter_mut().map(|s| &mut s.share));
        }
        let whole = self.whole;
        for state in self.scopes.iter_mut().filter(|s| is_mark(&s.scope)) {
            let (name, share) = (state.scope.clone(), share_usual(&whole, state, usual));
            let expected = |from: Time, to: Time| expected(&name, share, usual, from, to);
            match (state.live, live) {
                (true, false) => state.surge.gap(now, &expected),
                (false, true) => state.surge.back(now, &expected),
                _ => {}
            }
            state.live = live;
            // The written rule is of a usual that is known; a share of another's only weighs evidence.
            state.surge.set_written(self.rules.surge.written_rule && share.is_none());
            state.surge.second(now, &expected);
        }
    }

    /// A scope that is too quiet has an incident of its own: where scope all is, it is the only one.
    fn quiet_incidents(&mut self, now: Time) {
        let is_quiet = |s: &ScopeState| s.surge.too_quiet().is_some_and(|q| q.level == Level::Alarm) && s.live;
        let all = self.scopes.iter().any(|s| s.scope == Scope::All && is_quiet(s));
        for state in &mut self.scopes {
            let quiet = is_quiet(state) && (!all || state.scope == Scope::All) && !is_mark(&state.scope);
            match (state.quiet_incident, quiet) {
                (None, true) => {
                    let why = state.surge.too_quiet().map(|q| q.why);
                    let (scope, name) = (state.scope.clone(), state.name.clone());
                    let about = About { kind: AlertKind::Quiet, scope, name, why };
                    state.quiet_incident = Some(self.incidents.raise(now, &about, None));
                }
                (Some(id), false) if state.surge.too_quiet().is_none() => {
                    self.incidents.resolve(id, now);
                    state.quiet_incident = None;
                }
                _ => {}
            }
        }
    }

    fn read_scope(&mut self, now: Time, reading: &ScopeReading, usual: &Usual) {
        let Some(state) = self.scopes.get_mut(reading.scope.0) else { return };
        let name = &state.scope;
        let expected = |from: Time, to: Time| usual.expected(name, from, to);
        match (state.live, reading.live) {
            (true, false) => state.surge.gap(now, &expected),
            (false, true) => state.surge.back(now, &expected),
            _ => {}
        }
        state.live = reading.live;
        if reading.different_callers.is_some() {
            state.different_callers = reading.different_callers;
        }
        state.surge.second(now, &expected);
        let rules = &self.rules;
        if !reading.live {
            for kpi in [&mut state.long_wait, &mut state.service_level, &mut state.abandon_rate] {
                kpi.threshold.pause();
            }
            return;
        }
        state.long_wait.value = reading.longest_wait.map(Span::secs);
        state.long_wait.limit = rules.long_wait.raise;
        state.long_wait.threshold.update(
            now,
            Side::long_wait(reading.longest_wait, &rules.long_wait),
            &rules.long_wait,
        );
        state.service_level.value = share(reading.service_level);
        state.service_level.limit = reading.target - rules.service_level.raise;
        state.service_level.threshold.update(
            now,
            Side::service_level(reading.service_level, reading.target, self.min_sample, &rules.service_level),
            &rules.service_level,
        );
        state.abandon_rate.value = share(reading.abandon_rate);
        state.abandon_rate.limit = rules.abandon_rate.raise;
        state.abandon_rate.threshold.update(
            now,
            Side::share(reading.abandon_rate, self.min_sample, &rules.abandon_rate),
            &rules.abandon_rate,
        );
    }

    /// One root, one incident: the surges of all scopes that stand at one time belong together. The root is the queue
    /// where one alone is up, and scope all where several are, or none.
    fn group_surges(&mut self, now: Time) {
        for index in 0..self.scopes.len() {
            self.join_or_leave(index, now);
        }
        let Some(id) = self.surge_incident else { return };
        let mut members = self.scopes.iter().filter(|s| s.incident == Some(id)).peekable();
        if members.peek().is_none() {
            self.incidents.resolve(id, now);
            return;
        }
        let queues = members.clone().filter(|s| matches!(s.scope, Scope::Queue(..))).count();
        let all = self.scopes.iter().find(|s| s.scope == Scope::All);
        let marks = members.clone().filter(|s| is_mark(&s.scope));
        let above = members.clone().filter(|s| !is_mark(&s.scope)).map(ScopeState::ratio).fold(0.0, f64::max);
        let mark = marks
            .max_by(|a, b| is_area(a).cmp(&is_area(b)).then(a.ratio().total_cmp(&b.ratio())))
            .filter(|s| s.ratio() >= ROOT_TIMES * above);
        let root = if mark.is_some() {
            mark
        } else if queues == 1 {
            members.find(|s| matches!(s.scope, Scope::Queue(..)))
        } else {
            // Areas that are up for a little longer than what they are part of are not what it was about.
            let only_marks = members.clone().all(|s| is_mark(&s.scope));
            let was_of_a_row = self.incidents.scope(id).is_some_and(|scope| !is_mark(scope));
            all.filter(|s| queues > 1 || s.incident == Some(id))
                .or_else(|| members.next().filter(|_| !(only_marks && was_of_a_row)))
        };
        if let Some(root) = root {
            let about = root.about();
            self.incidents.update(id, &about);
        }
    }

    /// Whether the whole day runs far above the usual. Time in which the feed is away says nothing.
    fn high_day(&mut self, now: Time) {
        let Some(all) = self.scopes.iter().find(|s| s.scope == Scope::All).filter(|s| s.live) else { return };
        let (calls, usual) = all.surge.counted(HALF_HOUR);
        if calls < HIGH_ENDS * usual || usual <= 0.0 {
            (self.high_since, self.high_day) = (None, None);
        } else if all.surge.today() >= HIGH_DAY {
            let since = *self.high_since.get_or_insert(now);
            if now - since >= HIGH_FOR {
                self.high_day.get_or_insert(now);
            }
        }
    }

    fn high_day_view(&self) -> Option<AlertView> {
        let all = self.scopes.iter().find(|s| s.scope == Scope::All).filter(|s| s.live)?;
        Some(AlertView {
            kind: AlertKind::HighDay,
            level: Level::Watch,
            scope: Scope::All,
            feed: None,
            name: all.name.clone(),
            since: self.high_day?,
            value: Some(all.surge.today()),
            limit: Some(HIGH_DAY),
            why: None,
            incident: None,
        })
    }

    fn shift_view(&self) -> Option<AlertView> {
        let all = self.scopes.iter().find(|s| s.scope == Scope::All)?;
        let (since, shift) = self.shift?;
        Some(AlertView {
            kind: AlertKind::NewNormal,
            level: Level::Watch,
            scope: Scope::All,
            feed: None,
            name: all.name.clone(),
            since,
            value: Some(shift.ratio),
            limit: None,
            why: None,
            incident: None,
        })
    }

    /// Where the surge that stands comes from, and how rare it is: at once, and from time to time as it goes on.
    fn explain(&mut self, now: Time, usual: &Usual) {
        let Some(id) = self.surge_incident else { return };
        if now.second().rem_euclid(EXPLAINED_S) != 0 && self.incidents.is_explained(id) {
            return;
        }
        let root = self.incidents.root(id).and_then(|scope| self.by_scope.get(scope)).and_then(|i| self.scopes.get(*i));
        let Some((root, why)) = root.and_then(|root| Some((root, root.why()?))) else { return };
        if !self.heights.as_ref().is_some_and(|h| h.incident == id && h.scope == root.scope) {
            let least = u32::try_from(self.rules.surge.min_calls).unwrap_or(u32::MAX);
            let (scope, days) = (root.scope.clone(), usual.heights(&root.scope, now, least));
            self.heights = Some(Heights { incident: id, scope, days });
        }
        let places = self.scopes.iter().filter(|s| s.scope != root.scope && s.live).map(|state| {
            let (offered, usual) = state.surge.counted(why.span);
            Moved { scope: state.scope.clone(), name: state.name.clone(), offered, usual }
        });
        let moved = SurgeDetail::top(places);
        let before = self.heights.as_ref().and_then(|h| Before::of(&h.days, why.ratio()));
        self.incidents.explain(id, SurgeDetail { moved, before });
    }

    fn join_or_leave(&mut self, index: usize, now: Time) {
        let Some(state) = self.scopes.get(index) else { return };
        let alarm = is_alarm(state);
        match (state.incident, alarm) {
            (None, true) => {
                let open = self.surge_incident.filter(|id| self.scopes.iter().any(|s| s.incident == Some(*id)));
                let id = if let Some(id) = open {
                    // That every area is up is no news while a queue is: which of them stand out, the explanation says.
                    if !(is_mark(&state.scope) && self.has_row(id)) {
                        self.incidents.member(id, now, "joined", &state.name, state.why());
                    }
                    id
                } else {
                    self.incidents.raise(now, &state.about(), self.surge_incident)
                };
                self.surge_incident = Some(id);
                if let Some(state) = self.scopes.get_mut(index) {
                    state.incident = Some(id);
                }
            }
            (Some(id), false) => {
                let mark = is_mark(&state.scope);
                if !mark && self.scopes.iter().filter(|s| s.incident == Some(id)).count() > 1 {
                    self.incidents.member(id, now, "left", &state.name, None);
                }
                if let Some(state) = self.scopes.get_mut(index) {
                    state.incident = None;
                }
            }
            _ => {}
        }
    }

    /// Whether a queue, a group, a line or the site is up in an incident.
    fn has_row(&self, id: u64) -> bool {
        self.scopes.iter().any(|s| s.incident == Some(id) && !is_mark(&s.scope))
    }

    fn read_feed(&mut self, now: Time, reading: &FeedReading) {
        let index = self.feeds.iter().position(|f| f.feed == reading.feed).unwrap_or_else(|| {
            self.feeds.push(FeedLife {
                feed: reading.feed.clone(),
                down_since: None,
                late: false,
                raised: None,
                incident: None,
            });
            self.feeds.len() - 1
        });
        let Some(life) = self.feeds.get_mut(index) else { return };
        if matches!(reading.state, FeedState::Live) {
            life.down_since = None;
            if life.raised.take().is_some()
                && let Some(id) = life.incident
            {
                self.incidents.resolve(id, now);
            }
            return;
        }
        let since = *life.down_since.get_or_insert(now);
        life.late = matches!(reading.state, FeedState::Late { .. });
        if now - since < self.rules.feed_after {
            return;
        }
        let kind = if life.late { AlertKind::FeedLate } else { AlertKind::FeedAway };
        // Worse takes the place of the milder one; a feed that is late after having been away stays away until it lives.
        if life.raised.is_none_or(|(_, raised)| raised < kind) {
            life.raised = Some((now, kind));
            if kind == AlertKind::FeedAway {
                let name = Label::new(life.feed.as_str());
                let about = About { kind, scope: Scope::All, name, why: None };
                life.incident = Some(self.incidents.raise(now, &about, life.incident));
            }
        }
    }
}

fn is_alarm(state: &ScopeState) -> bool {
    state.surge.standing().is_some_and(|s| s.level == Level::Alarm)
}

/// An area, a menu or a reason: counted by the surge test alone.
const fn is_mark(scope: &Scope) -> bool {
    matches!(scope, Scope::Area(_) | Scope::Menu(_) | Scope::Reason(_))
}

/// Of what moved, the area says most of what to do.
const fn is_area(state: &ScopeState) -> bool {
    matches!(state.scope, Scope::Area(_))
}

/// The share of the usual of all that stands for a scope's own, where it has none.
fn share_usual(whole: &Whole, state: &ScopeState, usual: &Usual) -> Option<f64> {
    let own = !is_mark(&state.scope) || usual.knows(&state.scope);
    if own { None } else { whole.of(&state.share) }
}

/// The usual of a scope, or its share of that of all.
fn expected(scope: &Scope, share: Option<f64>, usual: &Usual, from: Time, to: Time) -> Option<f64> {
    match share {
        Some(share) => usual.expected(&Scope::All, from, to).map(|n| n * share),
        None => usual.expected(scope, from, to),
    }
}

fn needs_incident(state: &ScopeState) -> bool {
    state.incident.is_none() && is_alarm(state)
}

fn share((part, whole): (i64, i64)) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl ScopeState {
    fn why(&self) -> Option<SurgeWhy> {
        let standing = self.surge.standing()?;
        Some(SurgeWhy { different_callers: self.different_callers.or(standing.why.different_callers), ..standing.why })
    }

    /// How many times the usual stand in a surge; 0 where none stands.
    fn ratio(&self) -> f64 {
        self.surge.standing().map_or(0.0, |s| s.why.ratio())
    }

    fn quiet_view(&self) -> Option<AlertView> {
        let standing: &Standing = self.surge.too_quiet()?;
        Some(AlertView {
            kind: AlertKind::Quiet,
            level: standing.level,
            scope: self.scope.clone(),
            feed: None,
            name: self.name.clone(),
            since: standing.alarm_since.unwrap_or(standing.since),
            value: Some(standing.why.ratio()),
            limit: None,
            why: Some(standing.why),
            incident: self.quiet_incident,
        })
    }

    fn about(&self) -> About {
        About { kind: AlertKind::Surge, scope: self.scope.clone(), name: self.name.clone(), why: self.why() }
    }

    /// A watch is told only while its calls are at `watch_ratio` times the usual, and of what has a row of its own: there
    /// are dozens of areas, menus and reasons, and one of them is always a little up.
    fn surge_view(&self, watch_ratio: f64) -> Option<AlertView> {
        let standing = self.surge.standing()?;
        let why = self.why()?;
        if standing.level == Level::Watch && (night_rule(&self.scope) || why.ratio() < watch_ratio) {
            return None;
        }
        Some(AlertView {
            kind: AlertKind::Surge,
            level: standing.level,
            scope: self.scope.clone(),
            feed: None,
            name: self.name.clone(),
            since: standing.alarm_since.unwrap_or(standing.since),
            value: Some(why.ratio()),
            limit: None,
            why: Some(why),
            incident: self.incident,
        })
    }

    fn kpi_view(&self, kind: AlertKind, kpi: &Kpi) -> Option<AlertView> {
        Some(AlertView {
            kind,
            level: Level::Watch,
            scope: self.scope.clone(),
            feed: None,
            name: self.name.clone(),
            since: kpi.threshold.since()?,
            value: kpi.value,
            limit: Some(kpi.limit),
            why: None,
            incident: None,
        })
    }
}

impl FeedLife {
    fn view(&self) -> Option<AlertView> {
        let (since, kind) = self.raised?;
        Some(AlertView {
            kind,
            level: if kind == AlertKind::FeedAway { Level::Alarm } else { Level::Watch },
            scope: Scope::All,
            feed: Some(self.feed.clone()),
            name: Label::new(self.feed.as_str()),
            since,
            value: None,
            limit: None,
            why: None,
            incident: self.incident.filter(|_| kind == AlertKind::FeedAway),
        })
    }
}
