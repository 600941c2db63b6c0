//! The rules in force and what stands of them.

use std::collections::{BTreeMap, VecDeque};

use jiff::tz::TimeZone;

use super::Figures;
use super::check::{RuleFigure, looks_at, window};
use super::condition::{Reading, side};
use super::hours::open;
use super::silence::{SilenceView, Silences};
use crate::alert::Level;
use crate::alert::threshold::{Side, Threshold};
use crate::config::{AlertRule, Silence, ThresholdRule};
use crate::metrics::Scope;
use crate::model::{FloorAct, FloorCommand, Label, Span, Time};

/// So many raises …
const FLAPS: usize = 3;
/// … within this are flapping …
const FLAP_WITHIN: Span = Span::from_secs(1800);
/// … and what flaps must be calm for this long before it is cleared.
const CALM: Span = Span::from_secs(600);

/// An alert of a rule that stands.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each says one independent thing of the alert")]
pub struct RuleAlert {
    /// The rule.
    pub rule: Label,
    /// The figure it is over.
    pub figure: RuleFigure,
    /// Where.
    pub scope: Scope,
    /// Shown name of the scope.
    pub name: Label,
    /// Watch or alarm.
    pub level: Level,
    /// Since when.
    pub since: Time,
    /// The figure now.
    pub value: Option<f64>,
    /// Its limit.
    pub limit: f64,
    /// It comes and goes; it stays until it has been calm.
    pub flapping: bool,
    /// Somebody asked that it be not shown.
    pub silenced: bool,
    /// An alert of the same figure above it stands: it is a member of that one.
    pub inhibited: bool,
    /// The feed is not live: nothing is known.
    pub muted: bool,
}

impl RuleAlert {
    /// Whether it is on the board.
    #[must_use]
    pub const fn shown(&self) -> bool {
        !self.silenced && !self.inhibited && !self.muted
    }
}

/// What changed on the board.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleEdge {
    /// An alert came to stand, or came out from under a silence or another alert.
    Raised(RuleAlert),
    /// It no longer stands on the board.
    Cleared {
        /// The rule.
        rule: Label,
        /// Where.
        scope: Scope,
    },
}

/// The rules as everyone sees them.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RulesView {
    /// How many are in force.
    pub rules: usize,
    /// Everything that stands, also what is silenced, inhibited or muted.
    pub stands: Vec<RuleAlert>,
    /// Silences in force.
    pub silences: Vec<SilenceView>,
    /// When and why the last reload was refused; the rules before it stay.
    pub refused: Option<(Time, Label)>,
}

#[derive(Clone, Debug, Default)]
struct State {
    threshold: Threshold,
    name: Label,
    value: Option<f64>,
    live: bool,
    raised: VecDeque<Time>,
    flapping: bool,
    shown: bool,
}

/// The rules of the file with what stands of them.
#[derive(Clone, Debug)]
pub struct Rules {
    list: Vec<(AlertRule, RuleFigure)>,
    silences: Silences,
    zone: TimeZone,
    states: BTreeMap<(Label, Scope), State>,
    stands: Vec<RuleAlert>,
    in_force: Vec<SilenceView>,
    refused: Option<(Time, Label)>,
}

impl Rules {
    /// Rules that have been checked ([`super::check`]); one over an unknown figure is left out.
    #[must_use]
    pub fn new(rules: &[AlertRule], silences: &[Silence], zone: TimeZone) -> Self {
        let mut new = Self {
            list: Vec::new(),
            silences: Silences::default(),
            zone,
            states: BTreeMap::new(),
            stands: Vec::new(),
            in_force: Vec::new(),
            refused: None,
        };
        new.reload(rules, silences);
        new
    }

    /// Other rules take the place of those in force. What stands of a rule that did not change goes on standing.
    pub fn reload(&mut self, rules: &[AlertRule], silences: &[Silence]) {
        let next: Vec<(AlertRule, RuleFigure)> =
            rules.iter().filter_map(|r| Some((r.clone(), RuleFigure::from_word(r.figure.as_str())?))).collect();
        let old = std::mem::replace(&mut self.list, next);
        let kept = |name: &Label| {
            let find = |list: &[(AlertRule, RuleFigure)]| {
                list.iter().find(|(r, _)| r.name == *name).map(|(r, _)| AlertRule { figure_at: blank(), ..r.clone() })
            };
            let was = find(&old);
            was.is_some() && was == find(&self.list)
        };
        self.states.retain(|(rule, _), _| kept(rule));
        self.silences.reload(silences.to_vec());
        self.refused = None;
    }

    /// A file that is wrong was offered: the rules in force stay, and it is said.
    pub fn refuse(&mut self, now: Time, why: &Label) {
        self.refused = Some((now, why.clone()));
    }

    /// When and why the last reload was refused.
    #[must_use]
    pub const fn refused(&self) -> Option<&(Time, Label)> {
        self.refused.as_ref()
    }

    /// The rules in force.
    pub fn rules(&self) -> impl Iterator<Item = &AlertRule> {
        self.list.iter().map(|(rule, _)| rule)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A second of event time: what stands now is [`Self::stands`]; what changed on the board is returned, in the order of
    /// rule and scope.
    pub fn evaluate(&mut self, now: Time, figures: &mut dyn Figures) -> Vec<RuleEdge> {
        if self.list.is_empty() {
            self.stands.clear();
            return Vec::new();
        }
        let scopes = figures.scopes();
        let mut seen: Vec<(Label, Scope)> = Vec::new();
        for (rule, figure) in &self.list {
            let counts = rule.on && open(&rule.hours, now, &self.zone);
            for (scope, name) in scopes.iter().filter(|(scope, _)| looks_at(&rule.scope, scope)) {
                let Some(reading) = figures.reading(scope, *figure, window(&rule.window)) else { continue };
                let live = figures.live(scope);
                let key = (rule.name.clone(), scope.clone());
                let state = self.states.entry(key.clone()).or_default();
                state.name = name.clone();
                state.step(now, rule, &reading, live, counts);
                seen.push(key);
            }
        }
        seen.sort_unstable();
        self.states.retain(|key, state| seen.binary_search(key).is_ok() || state.shown);
        for (key, state) in &mut self.states {
            if seen.binary_search(key).is_err() {
                state.threshold = Threshold::default();
            }
        }
        self.in_force = self.silences.in_force(now);
        self.stands = self.standing(now, figures);
        self.edges()
    }

    fn standing(&self, now: Time, figures: &dyn Figures) -> Vec<RuleAlert> {
        let mut alerts: Vec<RuleAlert> = Vec::new();
        for ((name, scope), state) in &self.states {
            let Some((rule, figure)) = self.list.iter().find(|(r, _)| r.name == *name) else { continue };
            let Some(since) = state.threshold.since() else { continue };
            alerts.push(RuleAlert {
                rule: name.clone(),
                figure: *figure,
                scope: scope.clone(),
                name: state.name.clone(),
                level: if rule.alarm { Level::Alarm } else { Level::Watch },
                since,
                value: state.value,
                limit: rule.limit,
                flapping: state.flapping,
                silenced: self.silences.silent(name, &state.name, now),
                inhibited: false,
                muted: !state.live,
            });
        }
        let inhibited: Vec<bool> = alerts
            .iter()
            .map(|alert| {
                let above = figures.above(&alert.scope);
                alerts.iter().any(|root| {
                    root.figure == alert.figure
                        && root.level >= alert.level
                        && !root.muted
                        && !root.silenced
                        && above.contains(&root.scope)
                })
            })
            .collect();
        for (alert, inhibited) in alerts.iter_mut().zip(inhibited) {
            alert.inhibited = inhibited;
        }
        alerts
    }

    fn edges(&mut self) -> Vec<RuleEdge> {
        let mut edges = Vec::new();
        for ((rule, scope), state) in &mut self.states {
            let alert = self.stands.iter().find(|a| a.rule == *rule && a.scope == *scope);
            // While nothing is known what was on the board neither comes nor goes.
            if alert.is_some_and(|a| a.muted) {
                continue;
            }
            let shown = alert.is_some_and(RuleAlert::shown);
            if shown != state.shown {
                state.shown = shown;
                edges.push(match alert.filter(|_| shown) {
                    Some(alert) => RuleEdge::Raised(alert.clone()),
                    None => RuleEdge::Cleared { rule: rule.clone(), scope: scope.clone() },
                });
            }
        }
        edges
    }

    /// Everything that stands, also what is silenced, inhibited or muted.
    #[must_use]
    pub fn stands(&self) -> &[RuleAlert] {
        &self.stands
    }

    /// All of it, to show.
    #[must_use]
    pub fn view(&self) -> RulesView {
        RulesView {
            rules: self.list.len(),
            stands: self.stands.clone(),
            silences: self.in_force.clone(),
            refused: self.refused.clone(),
        }
    }

    /// Silences in force.
    #[must_use]
    pub fn silences(&self) -> &[SilenceView] {
        &self.in_force
    }

    /// Does what a person asked about silences.
    ///
    /// # Errors
    /// A word of the locale: `no_such_rule`, `needs_end`, `needs_note`, `no_such_silence`.
    pub fn command(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        if !self.list.iter().any(|(rule, _)| rule.name == command.whom) {
            return Err("no_such_rule");
        }
        match command.act {
            FloorAct::Silence => self.silences.add(command, now),
            _ => self.silences.end(command, now),
        }
    }
}

impl State {
    fn step(&mut self, now: Time, rule: &AlertRule, reading: &Reading, live: bool, counts: bool) {
        self.live = live;
        if !live {
            self.threshold.pause();
            return;
        }
        self.value = reading.value;
        let found = if counts { side(reading, rule) } else { Side::Within };
        while self.raised.front().is_some_and(|at| now - *at > FLAP_WITHIN) {
            self.raised.pop_front();
        }
        let flapping = counts && self.raised.len() >= FLAPS;
        let clear_hold = match (counts, flapping) {
            // Out of hours nothing is waited for.
            (false, _) => Span::ZERO,
            (true, true) => rule.clear_hold.max(CALM),
            (true, false) => rule.clear_hold,
        };
        let stood = self.threshold.since().is_some();
        let hold = ThresholdRule { raise: rule.limit, clear: rule.clear, hold: rule.hold, clear_hold, on: true };
        self.threshold.update(now, found, &hold);
        let stands = self.threshold.since().is_some();
        if stands && !stood {
            self.raised.push_back(now);
        }
        self.flapping = stands && self.raised.len() >= FLAPS;
    }
}

fn blank() -> crate::config::Problem {
    crate::config::Problem {
        source: String::new(),
        line: 0,
        column: 0,
        key: String::new(),
        what: String::new(),
        remedy: None,
    }
}
