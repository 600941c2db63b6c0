//! What incidents are carried by: rules, duty roster, playbooks; and who is on duty now.

use super::super::SurgeWhy;
use super::playbook::Playbooks;
use super::score::Scorecard;
use crate::config::IncidentRules;
use crate::model::{Label, Time};
use crate::roster::{DutyBook, Holders, Roster};

/// What incidents are carried by.
#[derive(Clone, Debug, PartialEq)]
pub struct Desk {
    /// `[incident]`.
    pub rules: IncidentRules,
    /// The duty roster.
    pub roster: Roster,
    /// The playbooks.
    pub playbooks: Playbooks,
}

impl Default for Desk {
    /// Without a roster: nobody is told of anything.
    fn default() -> Self {
        Self {
            rules: IncidentRules::default(),
            roster: Roster::new(jiff::tz::TimeZone::UTC, Vec::new()),
            playbooks: Playbooks::shipped(),
        }
    }
}

impl Desk {
    /// How many limits of `incident.worse_at` a surge is beyond.
    #[must_use]
    pub fn severity(&self, why: Option<SurgeWhy>) -> u32 {
        let ratio = why.map_or(0.0, |why| why.ratio());
        u32::try_from(self.rules.worse_at.iter().filter(|limit| ratio >= **limit).count()).unwrap_or(u32::MAX)
    }

    /// Roles of the line, lowest first, then those beside it.
    pub fn roles(&self) -> impl Iterator<Item = &Label> {
        self.rules.roles.iter().chain(&self.rules.beside)
    }

    /// Whether it is a role of the configuration or of the roster.
    #[must_use]
    pub fn knows_role(&self, role: &Label) -> bool {
        self.roles().any(|r| r == role) || self.roster.shifts().iter().any(|s| s.role == *role)
    }
}

/// Who has a role now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleNow {
    /// The role.
    pub role: Label,
    /// Who.
    pub holders: Holders,
}

/// Who is on duty, and how alarms turned out.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DutyView {
    /// The instant it stands for.
    pub at: Time,
    /// Whether there is a roster at all.
    pub planned: bool,
    /// Roles that are planned, told by the ladder or held by somebody; empty ones are shown.
    pub roles: Vec<RoleNow>,
    /// The last 90 days.
    pub scorecard: Scorecard,
}

impl DutyView {
    pub(super) fn of(desk: &Desk, duty: &DutyBook, at: Time) -> Self {
        let planned = !desk.roster.is_empty();
        let matters = |role: &&Label| {
            desk.rules.ladder.iter().any(|s| s.role == **role) || desk.roster.shifts().iter().any(|s| s.role == **role)
        };
        let roles = desk
            .roles()
            .map(|role| RoleNow { role: role.clone(), holders: duty.holders(&desk.roster, role, at) })
            .filter(|now| planned && (matters(&&now.role) || now.holders.first.is_some()))
            .collect();
        Self { at, planned, roles, scorecard: Scorecard::default() }
    }
}
