//! What a person asked for, as changes: nothing is changed here, and what cannot be done says why.

use super::super::IncidentState;
use super::Desk;
use super::change::What;
use super::state::Incident;
use crate::model::{AnnouncementStep, Command, Label, Span, Time};
use crate::roster::{DutyBook, name_of, same_person};

/// Who decides a disputed grade, one after the other.
const INSTANCES: [&str; 3] = ["branch_dispatch", "group_dispatch", "group_maintenance"];

/// Changes of one incident; `Err` is a word of the locale (`refused.<word>`).
pub(super) type Deeds = Result<Vec<What>, &'static str>;

/// What stands around an incident when something is asked.
pub(super) struct Around<'d> {
    pub(super) desk: &'d Desk,
    pub(super) duty: &'d DutyBook,
    pub(super) now: Time,
}

impl Around<'_> {
    /// The changes a command makes to an incident.
    pub(super) fn deeds(&self, incident: &Incident, command: &Command) -> Deeds {
        if incident.state == IncidentState::Closed && !after_the_close(command) {
            return Err("incident_closed");
        }
        let one = |what: What| Ok(vec![what]);
        match command {
            Command::Ack { by, .. } => Ok(self.take(incident, name_of(by))),
            Command::AckFor { whom, .. } => self.take_for(incident, whom),
            Command::Note { text, .. } => one(What::Noted { text: text.clone() }),
            Command::Worsen { text, .. } => {
                one(What::Worsened { severity: incident.severity.saturating_add(1), why: None, text: text.clone() })
            }
            Command::Assign { to, text, due, .. } => {
                let n = u64::try_from(incident.work.assignments.len()).unwrap_or(0) + 1;
                one(What::Assigned { n, to: to.clone(), text: text.clone(), due: *due })
            }
            Command::AssignDone { n, .. } => match incident.work.assignments.iter().find(|a| a.n == *n) {
                None => Err("no_such_assignment"),
                Some(a) if a.done.is_some() => Err("already_done"),
                Some(_) => one(What::AssignmentDone { n: *n }),
            },
            Command::Measure { name, stage, text, .. } => {
                one(What::Measured { name: name.clone(), stage: *stage, text: text.clone() })
            }
            Command::Wording { text, .. } => {
                let version = incident.work.wordings.last().map_or(1, |w| w.version + 1);
                one(What::Worded { version, text: text.clone() })
            }
            Command::WordingRead { team, version, .. } => {
                let newest = incident.work.wordings.last().map(|w| w.version);
                let version = version.or(newest).ok_or("no_wording")?;
                if !incident.work.wordings.iter().any(|w| w.version == version) {
                    return Err("no_wording");
                }
                one(What::WordingRead { team: team.clone(), version })
            }
            Command::Tally { area, n, .. } => one(What::Tallied { area: area.clone(), n: *n }),
            Command::FrontLine { text, .. } => one(What::FrontLine { text: text.clone() }),
            Command::DispatchTold { whom, due, .. } => one(What::DispatchTold { whom: whom.clone(), due: *due }),
            Command::DispatchAnswer { text, repair, .. } => {
                if incident.work.dispatch.is_empty() {
                    return Err("dispatch_not_told");
                }
                one(What::DispatchAnswer { text: text.clone(), repair: *repair })
            }
            Command::Announce { step, text, .. } => {
                announcement(incident, *step)?;
                one(What::Announced { step: *step, text: text.clone() })
            }
            Command::Count { name, n, .. } => one(What::Counted { name: name.clone(), n: *n }),
            Command::Step { step, state, text, .. } => {
                let step = self.step(incident, step).ok_or("no_such_step")?;
                one(What::Stepped { step, state: *state, text: text.clone() })
            }
            Command::Update { to, text, .. } => one(What::Updated { to: *to, text: text.clone() }),
            Command::FollowUp { to, text, .. } => one(What::FollowUp { to: to.clone(), text: text.clone() }),
            other => self.rare(incident, other),
        }
    }

    fn rare(&self, incident: &Incident, command: &Command) -> Deeds {
        let one = |what: What| Ok(vec![what]);
        match command {
            Command::Households { n, .. } => one(What::Households { n: *n }),
            Command::Grade { grade, person, department, .. } => {
                one(What::Graded { grade: *grade, person: person.clone(), department: department.clone() })
            }
            Command::GradeDispute { text, .. } => {
                let at = incident.work.disputed.as_ref().and_then(|d| INSTANCES.iter().position(|i| *i == d.as_str()));
                let next = at.map_or(0, |at| at + 1);
                let instance = INSTANCES.get(next).ok_or("no_higher_instance")?;
                one(What::Disputed { instance: Label::new(instance), text: text.clone() })
            }
            Command::Present { person, .. } => {
                if incident.work.expected.is_empty() {
                    return Err("no_head_count");
                }
                let known = incident.work.expected.iter().find(|p| same_person(p, person));
                let known = known.cloned().or_else(|| (person.as_str() == "all").then(|| person.clone()));
                one(What::Present { person: known.ok_or("not_expected")? })
            }
            Command::Ups { since, lasts_min, .. } => {
                let since = since.unwrap_or(self.now);
                let lasts = lasts_min.and_then(|n| i64::try_from(n.min(100_000)).ok());
                let lasts = lasts.map_or(self.desk.rules.ups, |n| Span::from_secs(n * 60));
                one(What::Ups { since, until: since + lasts })
            }
            Command::Resolve { text, .. } => {
                if incident.resolved_at.is_some() {
                    return Err("already_resolved");
                }
                one(What::Resolved { why: incident.why, text: text.clone() })
            }
            Command::Close { verdict, cause, .. } => one(What::Closed { verdict: *verdict, cause: cause.clone() }),
            _ => Err("not_about_an_incident"),
        }
    }

    /// Somebody has it: taken, or renewed where they had it.
    fn take(&self, incident: &Incident, owner: Label) -> Vec<What> {
        let until = self.now + self.desk.rules.ack;
        if incident.owner.as_ref().is_some_and(|o| same_person(&o.who, &owner)) {
            return vec![What::Renewed { until }];
        }
        let roles: Vec<Label> = self.desk.rules.roles.iter().chain(&self.desk.rules.beside).rev().cloned().collect();
        let role = self.duty.role_of(&self.desk.roster, &roles, &owner, self.now).cloned();
        vec![What::Acknowledged { owner, role, until }]
    }

    /// Taken for somebody: a code of the ladder, a role, or a name.
    fn take_for(&self, incident: &Incident, whom: &Label) -> Deeds {
        let until = self.now + self.desk.rules.ack;
        if let Some(told) = incident.told.iter().rev().find(|t| t.person.is_some() && t.code == *whom) {
            let owner = told.person.clone().unwrap_or_default();
            return Ok(vec![What::Acknowledged { owner, role: Some(told.role.clone()), until }]);
        }
        if is_code(whom) {
            return Err("no_such_code");
        }
        let rules = &self.desk.rules;
        if let Some(role) = rules.roles.iter().chain(&rules.beside).find(|r| *r == whom) {
            let owner = self.duty.holders(&self.desk.roster, role, self.now).first.ok_or("role_empty")?;
            return Ok(vec![What::Acknowledged { owner, role: Some(role.clone()), until }]);
        }
        Ok(self.take(incident, whom.clone()))
    }

    /// A step by its id or its number from 1.
    fn step(&self, incident: &Incident, step: &Label) -> Option<Label> {
        let steps = &self.desk.playbooks.get(&incident.playbook)?.steps;
        let numbered = step.as_str().parse::<usize>().ok().and_then(|n| steps.get(n.checked_sub(1)?));
        steps.iter().find(|s| s.id == *step).or(numbered).map(|s| s.id.clone())
    }
}

/// Whether it has the form of a code.
pub(super) fn is_code(text: &Label) -> bool {
    text.as_str().len() == 5 && text.as_str().bytes().all(|b| b.is_ascii_digit())
}

/// What may still be said of a closed incident.
const fn after_the_close(command: &Command) -> bool {
    matches!(
        command,
        Command::Note { .. } | Command::FollowUp { .. } | Command::AssignDone { .. } | Command::Count { .. }
    )
}

/// An announcement is issued once it was reviewed, and reviewed once it was written.
fn announcement(incident: &Incident, step: AnnouncementStep) -> Result<(), &'static str> {
    let done = &incident.work.announcement;
    match step {
        AnnouncementStep::Drafted if done.issued.is_some() && done.ended.is_none() => Err("announcement_issued"),
        AnnouncementStep::Reviewed if done.drafted.is_none() => Err("announcement_not_drafted"),
        AnnouncementStep::Issued if done.reviewed.is_none() => Err("announcement_not_reviewed"),
        AnnouncementStep::Issued if done.issued.is_some() => Err("announcement_issued"),
        AnnouncementStep::Ended if done.issued.is_none() => Err("announcement_not_issued"),
        _ => Ok(()),
    }
}
