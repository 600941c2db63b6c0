//! What stands on the board beside the fixed tests: the rules of the file, and what the floor does all at once.

use std::collections::BTreeMap;

use super::board::Board;
use super::incident::About;
use super::rules::{Figures, RuleAlert, RuleEdge, Rules};
use super::{AlertKind, AlertView, Level};
use crate::metrics::Scope;
use crate::model::{FloorAct, FloorCommand, Label, Time};
use crate::roster::{FloorAlert, FloorAlertKind};

/// Rules and floor alerts with the incidents they opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    rules: Option<Rules>,
    incidents: BTreeMap<(Label, Scope), u64>,
    floor: Vec<(FloorAlert, u64)>,
    /// The last incident of each kind, so that what returns soon is the same.
    last: [Option<u64>; 2],
}

const fn kind_of(kind: FloorAlertKind) -> (AlertKind, usize) {
    match kind {
        FloorAlertKind::SignOuts => (AlertKind::SignOuts, 0),
        FloorAlertKind::Dropping => (AlertKind::Dropping, 1),
    }
}

/// What an alert of a rule is called: the rule, and where.
fn called(rule: &Label, name: &Label) -> Label {
    if name.is_empty() { rule.clone() } else { Label::new(&format!("{rule} · {name}")) }
}

impl Board {
    /// Puts rules into force.
    pub fn set_rules(&mut self, rules: Rules) {
        self.standing.rules = Some(rules);
    }

    /// The rules in force; `None` where there never were any.
    #[must_use]
    pub const fn rules(&self) -> Option<&Rules> {
        self.standing.rules.as_ref()
    }

    /// The same, to reload.
    pub const fn rules_mut(&mut self) -> Option<&mut Rules> {
        self.standing.rules.as_mut()
    }

    /// A whole second for the rules and the floor's own alerts; whether the board changed.
    pub fn standing_second(&mut self, now: Time, figures: &mut dyn Figures, floor: &[FloorAlert]) -> bool {
        let edges = self.standing.rules.as_mut().map(|rules| rules.evaluate(now, figures)).unwrap_or_default();
        for edge in &edges {
            self.rule_edge(now, edge);
        }
        let changed = self.floor_second(now, floor);
        changed || !edges.is_empty()
    }

    fn rule_edge(&mut self, now: Time, edge: &RuleEdge) {
        match edge {
            RuleEdge::Raised(alert) if alert.level == Level::Alarm => {
                let key = (alert.rule.clone(), alert.scope.clone());
                let about = About {
                    kind: AlertKind::Rule,
                    scope: alert.scope.clone(),
                    name: called(&alert.rule, &alert.name),
                    why: None,
                };
                let id = self.incidents.raise(now, &about, self.standing.incidents.get(&key).copied());
                self.standing.incidents.insert(key, id);
            }
            RuleEdge::Raised(_) => {}
            RuleEdge::Cleared { rule, scope } => {
                if let Some(id) = self.standing.incidents.get(&(rule.clone(), scope.clone())) {
                    self.incidents.resolve(*id, now);
                }
            }
        }
    }

    fn floor_second(&mut self, now: Time, floor: &[FloorAlert]) -> bool {
        let mut changed = false;
        let mut kept = Vec::with_capacity(floor.len());
        for alert in floor {
            let (kind, at) = kind_of(alert.kind);
            let known = self.standing.floor.iter().find(|(a, _)| a.kind == alert.kind).map(|(_, id)| *id);
            let id = known.unwrap_or_else(|| {
                changed = true;
                let about = About { kind, scope: Scope::All, name: Label::default(), why: None };
                self.incidents.raise(now, &about, self.standing.last.get(at).copied().flatten())
            });
            if let Some(last) = self.standing.last.get_mut(at) {
                *last = Some(id);
            }
            kept.push((*alert, id));
        }
        for (alert, id) in &self.standing.floor {
            if !floor.iter().any(|a| a.kind == alert.kind) {
                changed = true;
                self.incidents.resolve(*id, now);
            }
        }
        self.standing.floor = kept;
        changed
    }

    /// Does what a person asked about silences.
    ///
    /// # Errors
    /// See [`Rules::command`].
    pub fn silence(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        debug_assert!(matches!(command.act, FloorAct::Silence | FloorAct::Unsilence), "only about silences");
        self.standing.rules.as_mut().ok_or("no_such_rule")?.command(command, now)
    }
}

impl Standing {
    /// What is on the board.
    pub(super) fn views(&self) -> impl Iterator<Item = AlertView> + '_ {
        let rules = self.rules.iter().flat_map(Rules::stands).filter(|a| a.shown()).map(|a| self.rule_view(a));
        let floor = self.floor.iter().map(|(alert, id)| AlertView {
            kind: kind_of(alert.kind).0,
            level: Level::Alarm,
            scope: Scope::All,
            feed: None,
            name: Label::default(),
            since: alert.since,
            value: Some(alert.value),
            limit: Some(alert.limit),
            why: None,
            incident: Some(*id),
        });
        rules.chain(floor)
    }

    fn rule_view(&self, alert: &RuleAlert) -> AlertView {
        let key = (alert.rule.clone(), alert.scope.clone());
        AlertView {
            kind: AlertKind::Rule,
            level: alert.level,
            scope: alert.scope.clone(),
            feed: None,
            name: called(&alert.rule, &alert.name),
            since: alert.since,
            value: alert.value,
            limit: Some(alert.limit),
            why: None,
            incident: self.incidents.get(&key).copied().filter(|_| alert.level == Level::Alarm),
        }
    }
}
