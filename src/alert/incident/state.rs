//! Where an incident stands: a fold of its changes and nothing else.

use super::super::{AlertKind, IncidentState, SurgeWhy};
use super::change::{Change, What};
use super::work::Work;
use crate::metrics::Scope;
use crate::model::{Label, Time};
use crate::roster::same_person;

/// Who has an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub who: Label,
    /// In which role.
    pub role: Option<Label>,
    /// Who typed it, where that was somebody else.
    pub typed_by: Option<Label>,
    /// Since when.
    pub since: Time,
    /// Until when, unless renewed.
    pub until: Time,
}

/// A step of the ladder that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The step, from 1.
    pub step: u64,
    /// The role.
    pub role: Label,
    /// Who was told; `None` where there was nobody.
    pub person: Option<Label>,
    /// Whether as the backup.
    pub backup: bool,
    /// The code that acknowledges for the person.
    pub code: Label,
    /// When.
    pub at: Time,
}

/// An incident as its changes have made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its number.
    pub id: u64,
    /// Number of its last change.
    pub seq: u64,
    /// About what.
    pub kind: AlertKind,
    /// Where.
    pub scope: Scope,
    /// Shown name of the scope.
    pub name: Label,
    /// The playbook.
    pub playbook: Label,
    /// Whether it is practised.
    pub drill: bool,
    /// Who opened it; `None` is a rule.
    pub opened_by: Option<Label>,
    /// Where it stands.
    pub state: IncidentState,
    /// When it was opened.
    pub opened_at: Time,
    /// The counts when it was opened.
    pub why_raised: Option<SurgeWhy>,
    /// The counts recorded last.
    pub why: Option<SurgeWhy>,
    /// The largest multiple recorded.
    pub peak_ratio: f64,
    /// Levels it has worsened by.
    pub severity: u32,
    /// Who has it.
    pub owner: Option<Owner>,
    /// Since when nobody has it: the ladder runs from here.
    pub nobody_since: Option<Time>,
    /// Steps of the ladder taken since then.
    pub told: Vec<Told>,
    /// What raised it ended.
    pub resolved_at: Option<Time>,
    /// Closed.
    pub closed_at: Option<Time>,
    /// What people did.
    pub work: Work,
}

impl Incident {
    /// An incident from its first change; `None` where that does not open it.
    pub(super) fn opened(change: &Change) -> Option<Self> {
        let What::Opened { kind, scope, name, playbook, drill, severity, why, .. } = &change.what else { return None };
        Some(Self {
            id: change.incident,
            seq: change.seq,
            kind: *kind,
            scope: scope.clone(),
            name: name.clone(),
            playbook: playbook.clone(),
            drill: *drill,
            opened_by: change.who.clone(),
            state: IncidentState::Open,
            opened_at: change.at,
            why_raised: *why,
            why: *why,
            peak_ratio: why.map_or(0.0, |w| w.ratio()),
            severity: *severity,
            owner: None,
            nobody_since: Some(change.at),
            told: Vec::new(),
            resolved_at: None,
            closed_at: None,
            work: Work::default(),
        })
    }

    /// Whether what raised it lasts.
    #[must_use]
    pub const fn stands(&self) -> bool {
        matches!(self.state, IncidentState::Open | IncidentState::Acknowledged)
    }

    /// Takes one change in. Cannot fail: a change that says nothing here says nothing.
    pub(super) fn apply(&mut self, change: &Change) {
        let at = change.at;
        self.seq = change.seq;
        if let Some(why) = change.what.why().filter(|_| !matches!(change.what, What::Joined { .. })) {
            self.why = Some(why);
            self.peak_ratio = self.peak_ratio.max(why.ratio());
        }
        match &change.what {
            What::Worsened { severity, .. } => {
                self.severity = *severity;
                self.falls_open(at);
            }
            What::Returned { .. } => {
                self.resolved_at = None;
                self.closed_at = None;
                if self.owner.is_some() {
                    self.state = IncidentState::Acknowledged;
                } else {
                    self.falls_open(at);
                }
            }
            What::Resolved { .. } => {
                self.resolved_at = Some(at);
                self.nobody_since = None;
                if self.state != IncidentState::Closed {
                    self.state = IncidentState::Resolved;
                }
            }
            What::Told { step, role, person, backup, code } => self.told.push(Told {
                step: *step,
                role: role.clone(),
                person: Some(person.clone()),
                backup: *backup,
                code: code.clone(),
                at,
            }),
            What::Nobody { step, role, backup } => self.told.push(Told {
                step: *step,
                role: role.clone(),
                person: None,
                backup: *backup,
                code: Label::default(),
                at,
            }),
            What::Acknowledged { owner, role, until } => {
                let typed_by = change.who.clone().filter(|who| !same_person(who, owner));
                self.owner = Some(Owner { who: owner.clone(), role: role.clone(), typed_by, since: at, until: *until });
                self.nobody_since = None;
                if self.state == IncidentState::Open {
                    self.state = IncidentState::Acknowledged;
                }
            }
            What::Renewed { until } => {
                if let Some(owner) = &mut self.owner {
                    owner.until = *until;
                }
            }
            What::Lapsed { .. } => self.falls_open(at),
            What::PassedOn { to, .. } => {
                if let Some(owner) = &mut self.owner {
                    owner.who = to.clone();
                    owner.since = at;
                    owner.typed_by.clone_from(&change.who);
                }
            }
            What::Closed { .. } => {
                self.state = IncidentState::Closed;
                self.closed_at = Some(at);
                self.nobody_since = None;
            }
            _ => {}
        }
        self.work.apply(change);
    }

    /// Nobody has it: the ladder begins anew.
    fn falls_open(&mut self, at: Time) {
        self.owner = None;
        self.told.clear();
        if self.resolved_at.is_none() && self.closed_at.is_none() {
            self.state = IncidentState::Open;
            self.nobody_since = Some(at);
        }
    }
}
