//! What people do about an incident: a fold of its changes.

use super::change::{Change, What};
use crate::model::{AnnouncementStep, Label, MeasureStage, Note, Readers, StepState, Time, Verdict};

/// Something done: when, and by whom.
pub type Deed = (Time, Label);

/// A measure, each stage with when it was reached.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Measure {
    /// Which.
    pub name: Label,
    /// Asked for.
    pub asked: Option<Time>,
    /// In force.
    pub in_force: Option<Time>,
    /// Effect seen.
    pub effect: Option<Time>,
    /// Over.
    pub ended: Option<Time>,
    /// What was said last.
    pub text: Option<Note>,
}

/// A version of the wording for callers 统一口径.
#[derive(Clone, Debug, PartialEq)]
pub struct Wording {
    /// From 1.
    pub version: u64,
    /// The text.
    pub text: Note,
    /// Since when, by whom.
    pub since: Deed,
    /// Teams that have read it, when.
    pub read: Vec<(Label, Time)>,
}

/// Dispatch's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    /// Who was told.
    pub whom: Label,
    /// When, by whom.
    pub told: Deed,
    /// When the answer is due.
    pub due: Option<Time>,
    /// The answer, and when it came.
    pub answer: Option<(Note, Time)>,
    /// Expected repair.
    pub repair: Option<Time>,
}

/// A duty given to a person 责任到人.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// From 1.
    pub n: u64,
    /// To whom.
    pub to: Label,
    /// What.
    pub text: Note,
    /// Agreed time.
    pub due: Option<Time>,
    /// Done, when and said by whom.
    pub done: Option<Deed>,
}

/// The announcement 公告.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Announcement {
    /// Its text.
    pub text: Option<Note>,
    /// Written.
    pub drafted: Option<Deed>,
    /// Reviewed by the service center.
    pub reviewed: Option<Deed>,
    /// Issued: the duration runs from here …
    pub issued: Option<Deed>,
    /// … to here.
    pub ended: Option<Deed>,
}

/// A confirmed grade.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    /// 1 is the worst.
    pub grade: u64,
    /// Who confirmed it.
    pub person: Label,
    /// Of which department.
    pub department: Label,
    /// When.
    pub at: Time,
}

/// Everything people did.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Work {
    /// Steps of the playbook that somebody said something of, last word each.
    pub steps: Vec<(Label, StepState, Deed)>,
    /// The front line's answer.
    pub front_line: Option<(Note, Deed)>,
    /// Dispatch's clock; told again, a new line.
    pub dispatch: Vec<Dispatch>,
    /// Reports of areas by agents, in the order first named.
    pub tally: Vec<(Label, u64)>,
    /// Wordings, oldest first.
    pub wordings: Vec<Wording>,
    /// Measures, in the order first asked.
    pub measures: Vec<Measure>,
    /// Duties given.
    pub assignments: Vec<Assignment>,
    /// The announcement.
    pub announcement: Announcement,
    /// Counted by hand.
    pub counts: Vec<(Label, u64)>,
    /// Households hit.
    pub households: Option<u64>,
    /// The grade confirmed.
    pub grade: Option<Grade>,
    /// Who decides a disputed grade.
    pub disputed: Option<Label>,
    /// Reports sent, oldest first.
    pub updates: Vec<(Readers, Time)>,
    /// Who was signed in and has to be found.
    pub expected: Vec<Label>,
    /// Who was seen.
    pub present: Vec<Label>,
    /// The UPS: since, and planned until.
    pub ups: Option<(Time, Time)>,
    /// Left to do.
    pub follow_ups: Vec<(Option<Label>, Note)>,
    /// What it was.
    pub verdict: Option<Verdict>,
    /// Its cause.
    pub cause: Option<Note>,
}

impl Work {
    /// What is known of a step.
    #[must_use]
    pub fn step(&self, id: &Label) -> Option<&(Label, StepState, Deed)> {
        self.steps.iter().find(|(step, ..)| step == id)
    }

    /// When a report last went out.
    #[must_use]
    pub fn last_update(&self, to: Readers) -> Option<Time> {
        self.updates.iter().rev().find(|(readers, _)| *readers == to).map(|(_, at)| *at)
    }

    /// Who was expected and has not been seen.
    pub fn missing(&self) -> impl Iterator<Item = &Label> {
        self.expected.iter().filter(|p| !self.present.contains(p))
    }

    /// Takes one change in; those about something else change nothing here.
    pub(super) fn apply(&mut self, change: &Change) {
        let at = change.at;
        let deed = || (at, change.who.clone().unwrap_or_default());
        match &change.what {
            What::Stepped { step, state, .. } => {
                let entry = (step.clone(), *state, deed());
                match self.steps.iter_mut().find(|(id, ..)| id == step) {
                    Some(known) => *known = entry,
                    None => self.steps.push(entry),
                }
            }
            What::FrontLine { text } => self.front_line = Some((text.clone(), deed())),
            What::DispatchTold { whom, due } => {
                self.dispatch.push(Dispatch {
                    whom: whom.clone(),
                    told: deed(),
                    due: *due,
                    answer: None,
                    repair: None,
                });
            }
            What::DispatchAnswer { text, repair } => {
                if let Some(dispatch) = self.dispatch.last_mut() {
                    dispatch.answer = Some((text.clone(), at));
                    dispatch.repair = repair.or(dispatch.repair);
                }
            }
            What::Tallied { area, n } => add(&mut self.tally, area, *n),
            What::Worded { version, text } => {
                self.wordings.push(Wording { version: *version, text: text.clone(), since: deed(), read: Vec::new() });
            }
            What::WordingRead { team, version } => {
                if let Some(wording) = self.wordings.iter_mut().find(|w| w.version == *version)
                    && !wording.read.iter().any(|(t, _)| t == team)
                {
                    wording.read.push((team.clone(), at));
                }
            }
            What::Measured { name, stage, text } => self.measured(name, *stage, text.as_ref(), at),
            What::Assigned { n, to, text, due } => {
                self.assignments.push(Assignment { n: *n, to: to.clone(), text: text.clone(), due: *due, done: None });
            }
            What::AssignmentDone { n } => {
                if let Some(assignment) = self.assignments.iter_mut().find(|a| a.n == *n) {
                    assignment.done = Some(deed());
                }
            }
            What::Announced { step, text } => self.announcement.apply(*step, text.as_ref(), deed()),
            What::Counted { name, n } => match self.counts.iter_mut().find(|(known, _)| known == name) {
                Some(known) => known.1 = *n,
                None => self.counts.push((name.clone(), *n)),
            },
            What::Updated { to, .. } => self.updates.push((*to, at)),
            other => self.apply_rare(other, at),
        }
    }

    fn apply_rare(&mut self, what: &What, at: Time) {
        match what {
            What::Households { n } => self.households = Some(*n),
            What::Graded { grade, person, department } => {
                self.disputed = None;
                self.grade = Some(Grade { grade: *grade, person: person.clone(), department: department.clone(), at });
            }
            What::Disputed { instance, .. } => self.disputed = Some(instance.clone()),
            What::HeadCount { people } => self.expected.clone_from(people),
            What::Present { person } if person.as_str() == "all" => self.present.clone_from(&self.expected),
            What::Present { person } if !self.present.contains(person) => self.present.push(person.clone()),
            What::Ups { since, until } => self.ups = Some((*since, *until)),
            What::FollowUp { to, text } => self.follow_ups.push((to.clone(), text.clone())),
            What::Closed { verdict, cause } => {
                self.verdict = *verdict;
                self.cause = cause.clone().or_else(|| self.cause.take());
            }
            _ => {}
        }
    }

    fn measured(&mut self, name: &Label, stage: MeasureStage, text: Option<&Note>, at: Time) {
        if !self.measures.iter().any(|m| m.name == *name) {
            self.measures.push(Measure { name: name.clone(), ..Measure::default() });
        }
        let Some(measure) = self.measures.iter_mut().find(|m| m.name == *name) else { return };
        match stage {
            // Asked again after it ended: a new round.
            MeasureStage::Asked if measure.ended.is_some() => {
                *measure = Measure { name: name.clone(), asked: Some(at), ..Measure::default() };
            }
            MeasureStage::Asked => measure.asked = measure.asked.or(Some(at)),
            MeasureStage::InForce => measure.in_force = measure.in_force.or(Some(at)),
            MeasureStage::Effect => measure.effect = measure.effect.or(Some(at)),
            MeasureStage::Ended => measure.ended = Some(at),
        }
        measure.text = text.cloned().or_else(|| measure.text.take());
    }
}

impl Announcement {
    fn apply(&mut self, step: AnnouncementStep, text: Option<&Note>, deed: Deed) {
        match step {
            // Another text has to be reviewed anew.
            AnnouncementStep::Drafted => {
                *self =
                    Self { text: text.cloned().or_else(|| self.text.take()), drafted: Some(deed), ..Self::default() };
            }
            AnnouncementStep::Reviewed => self.reviewed = Some(deed),
            AnnouncementStep::Issued => self.issued = Some(deed),
            AnnouncementStep::Ended => self.ended = Some(deed),
        }
    }
}

fn add(tally: &mut Vec<(Label, u64)>, area: &Label, n: u64) {
    match tally.iter_mut().find(|(known, _)| known == area) {
        Some(known) => known.1 = known.1.saturating_add(n),
        None => tally.push((area.clone(), n)),
    }
}
