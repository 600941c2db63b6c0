//! How an incident is seen: its state beside what is due next.

use std::sync::Arc;

use super::super::{IncidentView, TimelineEntry};
use super::change::{Change, What};
use super::desk::Desk;
use super::grade::{Proposal, propose};
use super::playbook::{PlaybookStep, TwoTongued};
use super::state::{Incident, Owner, Told};
use super::{Kept, ladder};
use crate::config::LadderWho;
use crate::model::{Label, Readers, Span, Time};
use crate::roster::DutyBook;

/// Lines of a timeline; the product's own give way first.
const LINES: usize = 500;

/// What an incident goes by and what is due.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Plan {
    /// The playbook's name.
    pub playbook: Label,
    /// Its title.
    pub title: TwoTongued,
    /// Whether it is practised: marked everywhere, outside channels are off.
    pub drill: bool,
    /// Levels it has worsened by.
    pub severity: u32,
    /// Who opened it; `None` is a rule.
    pub opened_by: Option<Label>,
    /// Who has it, in which role and until when.
    pub owner: Option<Owner>,
    /// Whether anybody is planned to be told.
    pub roster: bool,
    /// Steps of the ladder taken since nobody has it.
    pub told: Vec<Told>,
    /// The next step of the ladder.
    pub next: Option<NextStep>,
    /// Steps of the playbook.
    pub steps: Arc<[PlaybookStep]>,
    /// Updates due.
    pub dues: Vec<Due>,
    /// The grade the table proposes.
    pub grade: Option<Proposal>,
    /// Who may read it, where not everybody may.
    pub readers: Option<Vec<Label>>,
}

/// The next step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// When it is taken.
    pub at: Time,
    /// Whom it tells.
    pub role: Label,
    /// Which person of the role.
    pub who: LadderWho,
}

/// An update due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// To whom.
    pub to: Readers,
    /// By when; overdue where that is past.
    pub at: Time,
}

impl Plan {
    fn of(incident: &Incident, desk: &Desk, duty: &DutyBook, now: Time) -> Self {
        let book = desk.playbooks.get(&incident.playbook);
        let next = ladder::next(incident, desk);
        let restricted = book.filter(|b| !b.readers.is_empty());
        let readers = restricted.map(|book| {
            let on_duty = book.readers.iter().flat_map(|role| {
                let holders = duty.holders(&desk.roster, role, now);
                [holders.first, holders.backup]
            });
            on_duty
                .flatten()
                .chain(incident.opened_by.clone())
                .chain(incident.owner.as_ref().map(|o| o.who.clone()))
                .collect()
        });
        let work = &incident.work;
        let grade = work.households.zip(work.announcement.issued.as_ref()).and_then(|(households, (issued, _))| {
            let ended = work.announcement.ended.as_ref().map(|(at, _)| *at);
            propose(&desk.rules.grades, households, *issued, ended, now)
        });
        Self {
            playbook: incident.playbook.clone(),
            title: book.map(|b| b.title.clone()).unwrap_or_default(),
            drill: incident.drill,
            severity: incident.severity,
            opened_by: incident.opened_by.clone(),
            owner: incident.owner.clone(),
            roster: !desk.roster.is_empty(),
            told: incident.told.clone(),
            next: next.map(|(at, step)| NextStep { at, role: step.role.clone(), who: step.who }),
            steps: book.map(|b| b.steps.as_slice().into()).unwrap_or_default(),
            dues: dues(incident, desk),
            grade,
            readers,
        }
    }
}

/// An update to each of the readers is due a while after the last one, or after the opening.
fn dues(incident: &Incident, desk: &Desk) -> Vec<Due> {
    if !incident.stands() {
        return Vec::new();
    }
    let book = desk.playbooks.get(&incident.playbook);
    let every = |to: Readers| match to {
        Readers::Managers => book.and_then(|b| b.update_managers).unwrap_or(desk.rules.update_managers),
        Readers::Business => book.and_then(|b| b.update_business).unwrap_or(desk.rules.update_business),
    };
    Readers::ALL
        .iter()
        .filter(|to| every(**to) > Span::ZERO)
        .map(|to| Due { to: *to, at: incident.work.last_update(*to).unwrap_or(incident.opened_at) + every(*to) })
        .collect()
}

impl Kept {
    pub(super) fn new(incident: Incident) -> Self {
        let view = IncidentView {
            id: incident.id,
            kind: incident.kind,
            scope: incident.scope.clone(),
            name: incident.name.clone(),
            state: incident.state,
            opened_at: incident.opened_at,
            why_raised: incident.why_raised,
            why: incident.why,
            detail: None,
            peak_ratio: incident.peak_ratio,
            owner: None,
            resolved_at: None,
            closed_at: None,
            timeline: Vec::new(),
            work: Arc::default(),
            plan: Arc::default(),
        };
        Self { incident, view: Arc::new(view) }
    }

    /// A line of the timeline for a change.
    pub(super) fn told(&mut self, change: &Change) {
        let view = Arc::make_mut(&mut self.view);
        if view.timeline.len() >= LINES
            && let Some(place) = view.timeline.iter().skip(1).position(|l| l.by.is_none())
        {
            view.timeline.remove(place + 1);
        }
        view.timeline.push(entry(change));
        if let Some(why) = change.what.why().filter(|_| !matches!(change.what, What::Joined { .. })) {
            view.why = Some(why);
        }
    }

    /// Brings the view up to the state.
    pub(super) fn refresh(&mut self, desk: &Desk, duty: &DutyBook, now: Time) {
        let incident = &self.incident;
        let plan = Plan::of(incident, desk, duty, now);
        let view = Arc::make_mut(&mut self.view);
        view.state = incident.state;
        view.owner = incident.owner.as_ref().map(|o| (o.who.clone(), o.since));
        view.resolved_at = incident.resolved_at;
        view.closed_at = incident.closed_at;
        view.peak_ratio = view.peak_ratio.max(incident.peak_ratio);
        if *view.work != incident.work {
            view.work = Arc::new(incident.work.clone());
        }
        if *view.plan != plan {
            view.plan = Arc::new(plan);
        }
    }
}

fn entry(change: &Change) -> TimelineEntry {
    let mut detail = change.what.fields();
    let text = detail.remove("text").map(|text| text.as_str().into());
    let _ = detail.remove("why");
    TimelineEntry {
        at: change.at,
        by: change.who.clone(),
        what: change.what.word(),
        text,
        why: change.what.why(),
        detail,
    }
}
