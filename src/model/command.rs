//! What a person may ask for. Journalled as `command.*`, so that a replay gives the same incidents.

use super::record::{records, written_words};
use super::{Fields, FloorAct, FloorCommand, Label, Note, Time, words};

words!(
    /// What an incident turned out to be.
    Verdict {
        /// It was real.
        True = "true",
        /// It was nothing.
        False = "false",
        /// It was practised.
        Drill = "drill",
    }
);

words!(
    /// How far a measure is.
    MeasureStage {
        /// Somebody was asked for it.
        Asked = "asked",
        /// It is in force.
        InForce = "in_force",
        /// Its effect has been seen.
        Effect = "effect",
        /// It is over.
        Ended = "ended",
    }
);

words!(
    /// The way of an announcement 公告.
    AnnouncementStep {
        /// Written.
        Drafted = "drafted",
        /// Reviewed by the service center.
        Reviewed = "reviewed",
        /// Issued: the fault's duration runs from here …
        Issued = "issued",
        /// … to here.
        Ended = "ended",
    }
);

words!(
    /// What became of a step of a playbook.
    StepState {
        /// Done.
        Done = "done",
        /// Not needed this time.
        Skipped = "skipped",
        /// Taken back.
        Open = "open",
    }
);

words!(
    /// To whom updates are due.
    Readers {
        /// Managers: every 30 minutes (default).
        Managers = "managers",
        /// The business side: every 60 minutes (default).
        Business = "business",
    }
);

written_words!(FloorAct, Verdict, MeasureStage, AnnouncementStep, StepState, Readers);

records!(
    /// What a person asked for. `by` is who: operating-system user or token, with the roster name before it where one was
    /// given, `Name (user)`.
    Command, "command." {
        /// Open an incident by hand.
        Open = "open" {
            /// Who.
            by: Label,
            /// The playbook: `surge`, `power_cut`, …
            kind: Label,
            /// Where, or what about.
            name: Label,
            /// What is known.
            text: Option<Note>,
            /// Whether it is practised.
            drill: bool,
        },
        /// Take an incident: I have it. Once more renews it.
        Ack = "ack" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
        },
        /// Take it for somebody else: a short code, a role or a name. With a code the incident may be 0.
        AckFor = "ack_for" {
            /// The incident's number, or 0.
            incident: u64,
            /// Who typed it.
            by: Label,
            /// For whom.
            whom: Label,
        },
        /// Add a note.
        Note = "note" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// What.
            text: Note,
        },
        /// It got worse in a way no figure shows.
        Worsen = "worsen" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// How.
            text: Option<Note>,
        },
        /// Give a duty to a person 责任到人.
        Assign = "assign" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// To whom: a person, a role or a department's liaison.
            to: Label,
            /// What.
            text: Note,
            /// Agreed time.
            due: Option<Time>,
        },
        /// A given duty is done.
        AssignDone = "assign_done" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Which, from 1.
            n: u64,
        },
        /// A measure is asked, in force, seen to work, or over.
        Measure = "measure" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Which: `standby`, `callback_posts`, `ivr_notice`, `rest_stopped`, … or a text.
            name: Label,
            /// How far.
            stage: MeasureStage,
            /// More.
            text: Option<Note>,
        },
        /// A new wording for callers 统一口径.
        Wording = "wording" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// The text.
            text: Note,
        },
        /// A team has read a wording.
        WordingRead = "wording_read" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Which team.
            team: Label,
            /// Which version; the newest where it is left out.
            version: Option<u64>,
        },
        /// An agent reports an area hit 故障片区.
        Tally = "tally" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// The area, or what callers say.
            area: Label,
            /// How many reports.
            n: u64,
        },
        /// The front line's clock: what area is hit and what callers say.
        FrontLine = "front_line" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// The answer.
            text: Note,
        },
        /// Dispatch was told.
        DispatchTold = "dispatch_told" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Whom.
            whom: Label,
            /// When the answer is due.
            due: Option<Time>,
        },
        /// Dispatch answered 回复意见.
        DispatchAnswer = "dispatch_answer" {
            /// The incident's number.
            incident: u64,
            /// Who took it.
            by: Label,
            /// The answer.
            text: Note,
            /// Expected repair.
            repair: Option<Time>,
        },
        /// An announcement goes one step on.
        Announce = "announce" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Which step.
            step: AnnouncementStep,
            /// The text, when drafted.
            text: Option<Note>,
        },
        /// Something counted by hand while no figure shows it.
        Count = "count" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// What: `handwritten`, `to_call_back`, …
            name: Label,
            /// How many there are now.
            n: u64,
        },
        /// Households hit 影响户数, as dispatch says.
        Households = "households" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// How many.
            n: u64,
        },
        /// A named person of the responsible department confirms a grade.
        Grade = "grade" {
            /// The incident's number.
            incident: u64,
            /// Who wrote it down.
            by: Label,
            /// The grade; 1 is the worst.
            grade: u64,
            /// Who confirmed it.
            person: Label,
            /// Of which department.
            department: Label,
        },
        /// The grade is disputed: it goes one instance up.
        GradeDispute = "grade_dispute" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Why.
            text: Option<Note>,
        },
        /// A step of the playbook.
        Step = "step" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Which: its id, or its number from 1.
            step: Label,
            /// What became of it.
            state: StepState,
            /// More.
            text: Option<Note>,
        },
        /// A report went out: first 首报 or update 续报.
        Update = "update" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// To whom.
            to: Readers,
            /// What it said.
            text: Option<Note>,
        },
        /// A person was seen at the assembly place; `all` for everybody expected.
        Present = "present" {
            /// The incident's number.
            incident: u64,
            /// Who counted.
            by: Label,
            /// Who was seen.
            person: Label,
        },
        /// The UPS took over.
        Ups = "ups" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Since when; now where it is left out.
            since: Option<Time>,
            /// How long it is planned to last, minutes.
            lasts_min: Option<u64>,
        },
        /// What raised it is over, says a person.
        Resolve = "resolve" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// Why it is.
            text: Option<Note>,
        },
        /// Something left to do after it.
        FollowUp = "follow_up" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// To whom.
            to: Option<Label>,
            /// What.
            text: Note,
        },
        /// Close an incident.
        Close = "close" {
            /// The incident's number.
            incident: u64,
            /// Who.
            by: Label,
            /// What it was.
            verdict: Option<Verdict>,
            /// Its cause.
            cause: Option<Note>,
        },
        /// Sign in for duty 值班签到.
        SignIn = "sign_in" {
            /// Who.
            by: Label,
            /// For which role.
            role: Label,
        },
        /// Sign out of duty.
        SignOut = "sign_out" {
            /// Who.
            by: Label,
            /// Of which role.
            role: Label,
        },
        /// About the floor's people, lost callers or rules. Which fields mean something is said at each [`FloorAct`].
        Floor = "floor" {
            /// Who.
            by: Label,
            /// What is done.
            act: FloorAct,
            /// Whom it is about: a person, a team, a caller's key, a rule.
            whom: Label,
            /// What more: a rule, a scope, an assignee, an outcome. In the flat form `what` is the command's own word.
            about: Option<Label>,
            /// Why, in words.
            note: Option<Label>,
            /// Until when.
            until: Option<Time>,
            /// How many.
            count: Option<u32>,
        },
        /// Hand a role over.
        HandOver = "hand_over" {
            /// Who says so.
            by: Label,
            /// Which role.
            role: Label,
            /// To whom.
            to: Label,
            /// Till when; the end of the shift where it is left out.
            until: Option<Time>,
            /// Why.
            text: Option<Note>,
        },
    }
);

impl From<FloorCommand> for Command {
    fn from(of: FloorCommand) -> Self {
        let some = |label: Label| Some(label).filter(|l| !l.is_empty());
        let (about, note) = (some(of.what), some(of.note));
        Self::Floor { by: of.by, act: of.act, whom: of.whom, about, note, until: of.until, count: of.count }
    }
}

impl Command {
    /// What is asked of the floor's people, lost callers or rules; `None` for a command about incidents or duty.
    #[must_use]
    pub fn floor(&self) -> Option<FloorCommand> {
        let Self::Floor { by, act, whom, about, note, until, count } = self.clone() else { return None };
        let (what, note) = (about.unwrap_or_default(), note.unwrap_or_default());
        Some(FloorCommand { act, whom, what, by, note, until, count })
    }

    /// Who asks.
    #[must_use]
    pub fn by(&self) -> Label {
        Label::new(self.fields().get("by").unwrap_or_default())
    }

    /// The incident meant; `None` where it is about none.
    #[must_use]
    pub fn incident(&self) -> Option<u64> {
        self.fields().get("incident").and_then(|n| n.parse().ok())
    }

    /// Taking an incident.
    #[must_use]
    pub const fn ack(incident: u64, by: Label) -> Self {
        Self::Ack { incident, by }
    }

    /// The flat form with its word under `what`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut fields = self.fields();
        fields.set("what", self.word());
        fields.to_json()
    }

    /// Reads [`Self::to_json`].
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let fields = Fields::from_json(text)?;
        Self::from_fields(fields.get("what")?, &fields)
    }
}
