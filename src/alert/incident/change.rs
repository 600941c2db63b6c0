//! What happened to an incident: the changes its state is made of. Only added, never edited.

use super::super::{AlertKind, SurgeWhy};
use crate::metrics::Scope;
use crate::model::record::{records, written_words};
use crate::model::{AnnouncementStep, Fields, Label, MeasureStage, Note, Readers, StepState, Time, Verdict};

/// One change. `(incident, seq)` names it for ever; incident 0 is the duty roster's own log.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The incident's number; 0 for sign-ins and hand-overs.
    pub incident: u64,
    /// From 1 in each incident, without gaps.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// Who; `None` is the product itself.
    pub who: Option<Label>,
    /// What.
    pub what: What,
}

records!(
    /// What happened.
    What, "timeline." {
        /// Raised by a rule, or opened by hand.
        Opened = "opened" {
            /// About what.
            kind: AlertKind,
            /// Where.
            scope: Scope,
            /// Shown name of the scope.
            name: Label,
            /// The playbook it follows.
            playbook: Label,
            /// Whether it is practised.
            drill: bool,
            /// The level it begins at: how many limits of `incident.worse_at` it is beyond.
            severity: u32,
            /// The counts.
            why: Option<SurgeWhy>,
            /// What was said when it was opened by hand.
            text: Option<Note>,
        },
        /// Another scope is up as well.
        Joined = "joined" {
            /// Its name.
            name: Label,
            /// Its counts.
            why: Option<SurgeWhy>,
        },
        /// A scope is back to the usual.
        Left = "left" {
            /// Its name.
            name: Label,
        },
        /// A level worse: whoever had it has to take it anew.
        Worsened = "worsened" {
            /// The level now.
            severity: u32,
            /// The counts.
            why: Option<SurgeWhy>,
            /// How, by hand.
            text: Option<Note>,
        },
        /// What had ended is back within the flap window.
        Returned = "returned" {
            /// The counts.
            why: Option<SurgeWhy>,
        },
        /// What raised it is over, by the data or by hand.
        Resolved = "resolved" {
            /// The counts at the end.
            why: Option<SurgeWhy>,
            /// Why, by hand.
            text: Option<Note>,
        },
        /// A person was told: a step of the ladder.
        Told = "told" {
            /// The step, from 1.
            step: u64,
            /// The role.
            role: Label,
            /// The person.
            person: Label,
            /// Whether as the backup.
            backup: bool,
            /// Typed at any console, this acknowledges for the person.
            code: Label,
        },
        /// A step of the ladder found nobody.
        Nobody = "nobody" {
            /// The step, from 1.
            step: u64,
            /// The role.
            role: Label,
            /// Whether the backup was meant.
            backup: bool,
        },
        /// Somebody has it.
        Acknowledged = "acknowledged" {
            /// Who has it.
            owner: Label,
            /// In which role.
            role: Option<Label>,
            /// Until when, unless renewed.
            until: Time,
        },
        /// Who has it goes on having it.
        Renewed = "renewed" {
            /// Until when.
            until: Time,
        },
        /// Nobody renewed: nobody has it.
        Lapsed = "lapsed" {
            /// Who had it.
            owner: Label,
        },
        /// The role was handed over, and the incident with it.
        PassedOn = "passed_on" {
            /// The role.
            role: Label,
            /// Who had it.
            from: Label,
            /// Who has it.
            to: Label,
        },
        /// A note.
        Noted = "note" {
            /// The text.
            text: Note,
        },
        /// A duty was given.
        Assigned = "assigned" {
            /// Its number, from 1.
            n: u64,
            /// To whom.
            to: Label,
            /// What.
            text: Note,
            /// Agreed time.
            due: Option<Time>,
        },
        /// A duty is done.
        AssignmentDone = "assignment_done" {
            /// Its number.
            n: u64,
        },
        /// A measure went a step on.
        Measured = "measure" {
            /// Which.
            name: Label,
            /// How far.
            stage: MeasureStage,
            /// More.
            text: Option<Note>,
        },
        /// A new wording 统一口径.
        Worded = "wording" {
            /// Its version, from 1.
            version: u64,
            /// The text.
            text: Note,
        },
        /// A team has read a wording.
        WordingRead = "wording_read" {
            /// Which team.
            team: Label,
            /// Which version.
            version: u64,
        },
        /// Agents report an area.
        Tallied = "tally" {
            /// Which.
            area: Label,
            /// How many reports more.
            n: u64,
        },
        /// The front line's answer.
        FrontLine = "front_line" {
            /// The answer.
            text: Note,
        },
        /// Dispatch was told.
        DispatchTold = "dispatch_told" {
            /// Whom.
            whom: Label,
            /// When the answer is due.
            due: Option<Time>,
        },
        /// Dispatch answered.
        DispatchAnswer = "dispatch_answer" {
            /// The answer.
            text: Note,
            /// Expected repair.
            repair: Option<Time>,
        },
        /// The announcement went a step on.
        Announced = "announcement" {
            /// Which step.
            step: AnnouncementStep,
            /// The text, when drafted.
            text: Option<Note>,
        },
        /// Counted by hand.
        Counted = "count" {
            /// What.
            name: Label,
            /// How many there are now.
            n: u64,
        },
        /// Households hit.
        Households = "households" {
            /// How many.
            n: u64,
        },
        /// A grade was confirmed.
        Graded = "grade" {
            /// Which; 1 is the worst.
            grade: u64,
            /// By whom.
            person: Label,
            /// Of which department.
            department: Label,
        },
        /// The grade is disputed.
        Disputed = "grade_dispute" {
            /// Who decides now.
            instance: Label,
            /// Why.
            text: Option<Note>,
        },
        /// A step of the playbook.
        Stepped = "step" {
            /// Its id.
            step: Label,
            /// What became of it.
            state: StepState,
            /// More.
            text: Option<Note>,
        },
        /// A report went out.
        Updated = "update" {
            /// To whom.
            to: Readers,
            /// What it said.
            text: Option<Note>,
        },
        /// Who was signed in and has to be found.
        HeadCount = "head_count" {
            /// Their names.
            people: Vec<Label>,
        },
        /// A person was seen.
        Present = "present" {
            /// Who; `all` for everybody.
            person: Label,
        },
        /// The UPS took over.
        Ups = "ups" {
            /// Since when.
            since: Time,
            /// Planned to last until then.
            until: Time,
        },
        /// Left to do.
        FollowUp = "follow_up" {
            /// To whom.
            to: Option<Label>,
            /// What.
            text: Note,
        },
        /// Closed.
        Closed = "closed" {
            /// What it was.
            verdict: Option<Verdict>,
            /// Its cause.
            cause: Option<Note>,
        },
        /// Duty: signed in.
        SignedIn = "signed_in" {
            /// For which role.
            role: Label,
            /// Who.
            person: Label,
            /// Where nobody was planned: the role is theirs until then.
            until: Option<Time>,
        },
        /// Duty: signed out.
        SignedOut = "signed_out" {
            /// Of which role.
            role: Label,
            /// Who.
            person: Label,
        },
        /// Duty: handed over.
        HandedOver = "handed_over" {
            /// Which role.
            role: Label,
            /// Who had it.
            from: Option<Label>,
            /// Who has it.
            to: Label,
            /// Until when.
            until: Time,
            /// Why.
            text: Option<Note>,
        },
    }
);

written_words!(AlertKind);

impl What {
    /// The counts it carries.
    #[must_use]
    pub const fn why(&self) -> Option<SurgeWhy> {
        match self {
            Self::Opened { why, .. }
            | Self::Joined { why, .. }
            | Self::Worsened { why, .. }
            | Self::Returned { why }
            | Self::Resolved { why, .. } => *why,
            _ => None,
        }
    }
}

impl Change {
    /// One JSON object, every value a text: `incident`, `seq`, `at`, `who` (absent for the product), `what`, and the fields
    /// of what happened. Stable: fields are only added.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut fields = self.what.fields();
        fields.set("incident", self.incident.to_string());
        fields.set("seq", self.seq.to_string());
        fields.set("at", self.at.rfc3339());
        if let Some(who) = &self.who {
            fields.set("who", who.as_str());
        }
        fields.set("what", self.what.word());
        fields.to_json()
    }

    /// Reads [`Self::to_json`]; `None` where it is no change this version knows.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let fields = Fields::from_json(text)?;
        Some(Self {
            incident: fields.get("incident")?.parse().ok()?,
            seq: fields.get("seq")?.parse().ok()?,
            at: Time::parse(fields.get("at")?).ok()?,
            who: fields.get("who").map(Label::new),
            what: What::from_fields(fields.get("what")?, &fields)?,
        })
    }
}
