//! Everything that stands: one test a scope and cause, grouped into incidents. Driven by the engine with each first join
//! and each whole second of event time; the same calls give the same board.

use std::sync::Arc;

use super::incidents::{About, Incidents};
use super::standing::Standing;
use super::surge::Detector;
use super::threshold::{Side, Threshold};
use super::{AlertKind, AlertView, IncidentView, Level, SurgeWhy};
use crate::config::AlertRules;
use crate::metrics::Scope;
use crate::model::{Command, FeedId, FeedState, Label, Span, Time};
use crate::usual::Usual;

/// Of the budget of unconfirmed alarms, the share of scope all; the others have equal parts of the rest.
const SHARE_OF_ALL: f64 = 0.5;

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

/// All alerts and incidents.
#[derive(Clone, Debug)]
pub struct Board {
    rules: AlertRules,
    min_sample: i64,
    scopes: Vec<ScopeState>,
    feeds: Vec<FeedLife>,
    pub(super) incidents: Incidents,
    pub(super) standing: Standing,
    /// The incident of the surge that stands, or stood last.
    surge_incident: Option<u64>,
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
            standing: Standing::default(),
            surge_incident: None,
        }
    }

    /// The index of a scope, which is added where it is new. Scopes share the budget of unconfirmed alarms.
    pub fn scope(&mut self, scope: &Scope, name: &Label) -> ScopeIndex {
        if let Some(found) = self.scopes.iter().position(|s| s.scope == *scope) {
            return ScopeIndex(found);
        }
        self.scopes.push(ScopeState {
            scope: scope.clone(),
            name: name.clone(),
            surge: Detector::new(self.rules.surge.clone(), 1.0),
            incident: None,
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
        let Some(state) = self.scopes.get_mut(scope.0) else { return };
        let name = &state.scope;
        state.surge.arrival(at, &|from, to| usual.expected(name, from, to));
        if needs_incident(state) {
            self.group_surges(at);
        }
    }

    /// A whole second of event time has passed.
    pub fn second(&mut self, now: Time, readings: &[ScopeReading], feeds: &[FeedReading], usual: &Usual) {
        for reading in readings {
            self.read_scope(now, reading, usual);
        }
        self.group_surges(now);
        for feed in feeds {
            self.read_feed(now, feed);
        }
        self.incidents.prune(now);
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
            alerts.extend(scope.surge_view());
            alerts.extend(scope.kpi_view(AlertKind::LongWait, &scope.long_wait));
            alerts.extend(scope.kpi_view(AlertKind::ServiceLevel, &scope.service_level));
            alerts.extend(scope.kpi_view(AlertKind::AbandonRate, &scope.abandon_rate));
        }
        alerts.extend(self.standing.views());
        alerts.sort_by(|a, b| b.level.cmp(&a.level).then(a.kind.cmp(&b.kind)).then(a.since.cmp(&b.since)));
        alerts
    }

    /// Incidents, newest first: the open ones, and the closed ones of the last day.
    #[must_use]
    pub fn incidents(&self) -> Vec<Arc<IncidentView>> {
        self.incidents.views()
    }

    /// A short mark of what stands; it differs exactly when an alert or incident was raised, changed its level or ended.
    #[must_use]
    pub fn marks(&self) -> (usize, usize, usize) {
        let alarms = self.scopes.iter().filter(|s| is_alarm(s)).count();
        let watches = self.scopes.iter().filter(|s| s.surge.standing().is_some()).count();
        let raised = self.feeds.iter().filter(|f| f.raised.is_some()).count();
        (alarms, watches, raised)
    }

    /// Today's level of a scope: times the usual, slow, within 0.5 and 2.
    #[must_use]
    pub fn today(&self, scope: ScopeIndex) -> Option<f64> {
        self.scopes.get(scope.0).map(|s| s.surge.today())
    }

    #[expect(clippy::cast_precision_loss, reason = "scopes are few")]
    fn split_budget(&mut self) {
        let budget = self.rules.surge.budget_per_month;
        let others = self.scopes.iter().filter(|s| s.scope != Scope::All).count().max(1);
        for scope in &mut self.scopes {
            let share = if scope.scope == Scope::All { SHARE_OF_ALL } else { (1.0 - SHARE_OF_ALL) / others as f64 };
            scope.surge.set_share(budget * share);
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
        state.different_callers = reading.different_callers;
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
        let root = if queues == 1 {
            members.find(|s| matches!(s.scope, Scope::Queue(..)))
        } else {
            all.filter(|s| queues > 1 || s.incident == Some(id)).or_else(|| members.next())
        };
        if let Some(root) = root {
            let about = root.about();
            self.incidents.update(id, &about);
        }
    }

    fn join_or_leave(&mut self, index: usize, now: Time) {
        let Some(state) = self.scopes.get(index) else { return };
        let alarm = is_alarm(state);
        match (state.incident, alarm) {
            (None, true) => {
                let open = self.surge_incident.filter(|id| self.scopes.iter().any(|s| s.incident == Some(*id)));
                let id = if let Some(id) = open {
                    self.incidents.member(id, now, "joined", &state.name, state.why());
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
                if self.scopes.iter().filter(|s| s.incident == Some(id)).count() > 1 {
                    self.incidents.member(id, now, "left", &state.name, None);
                }
                if let Some(state) = self.scopes.get_mut(index) {
                    state.incident = None;
                }
            }
            _ => {}
        }
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
        Some(SurgeWhy { different_callers: self.different_callers, ..standing.why })
    }

    fn about(&self) -> About {
        About { kind: AlertKind::Surge, scope: self.scope.clone(), name: self.name.clone(), why: self.why() }
    }

    fn surge_view(&self) -> Option<AlertView> {
        let standing = self.surge.standing()?;
        let why = self.why()?;
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
