//! `floorwatch incident`: incidents without a screen, of the process that runs.

use clap::{Args, Subcommand};

use super::ask::Question;
use super::{Context, ExitCode, Failure, Out, Outcome};
use crate::model::{AnnouncementStep, Command, Label, MeasureStage, Note, Readers, StepState, Verdict};

/// Arguments of `incident`.
#[derive(Clone, Debug, Args)]
pub struct IncidentArgs {
    /// Your name on the duty roster; the operating-system user is recorded beside it
    #[arg(id = "as", long = "as", global = true, value_name = "NAME")]
    pub as_name: Option<String>,
    /// What is asked.
    #[command(subcommand)]
    pub ask: IncidentAsk,
}

/// What can be asked.
#[derive(Clone, Debug, Subcommand)]
#[expect(missing_docs, reason = "each is described by its own help")]
pub enum IncidentAsk {
    /// Open incidents and those closed today
    List,
    /// Everything about one
    Show { incident: u64 },
    /// Open one by hand
    Open {
        /// The playbook
        #[arg(long, help = "The playbook: surge, power_cut, system_fault, desk_fault, evacuation, major_fault, …")]
        kind: String,
        /// Where, or what about
        name: String,
        #[arg(long)]
        note: Option<String>,
        /// Practised: marked as a drill everywhere
        #[arg(long)]
        drill: bool,
    },
    /// Take one: I have it; again to renew
    Ack {
        /// Its number; not needed with --code
        incident: Option<u64>,
        /// For the person a short code was sent to
        #[arg(long, conflicts_with = "whom")]
        code: Option<String>,
        /// For a role or a person
        #[arg(long = "for", value_name = "WHO")]
        whom: Option<String>,
    },
    /// Give a duty to a person, or say that one is done
    Assign {
        incident: u64,
        #[arg(required_unless_present = "done")]
        to: Option<String>,
        #[arg(required_unless_present = "done")]
        text: Option<String>,
        /// Agreed time: +15, 14:30
        #[arg(long)]
        due: Option<String>,
        /// The duty of this number is done
        #[arg(long, value_name = "N")]
        done: Option<u64>,
    },
    /// Add a note
    Note { incident: u64, text: String },
    /// A measure goes a step on
    #[command(about = "A measure: standby, callback_posts, ivr_notice, rest_stopped, …")]
    Measure {
        incident: u64,
        name: String,
        /// How far it is
        #[arg(value_parser = stage, help = "asked, in_force, effect or ended")]
        stage: MeasureStage,
        text: Option<String>,
    },
    /// A new wording for callers, or a team that has read it
    Wording {
        incident: u64,
        #[arg(required_unless_present = "read")]
        text: Option<String>,
        #[arg(long, value_name = "TEAM")]
        read: Option<String>,
        #[arg(long, requires = "read")]
        version: Option<u64>,
    },
    /// Agents report an area
    Tally {
        incident: u64,
        area: String,
        #[arg(default_value_t = 1)]
        n: u64,
    },
    /// The two clocks: what the front line says; dispatch told; dispatch's answer
    Clock {
        incident: u64,
        #[command(subcommand)]
        clock: ClockAsk,
    },
    /// The announcement: drafted, reviewed, issued, ended
    Announce {
        incident: u64,
        #[arg(value_parser = announcement)]
        step: AnnouncementStep,
        text: Option<String>,
    },
    /// Something counted by hand, households hit among it (households)
    Count { incident: u64, name: String, n: u64 },
    /// A person was seen at the assembly place, or all
    Present { incident: u64, person: String },
    /// A grade confirmed by a named person, or disputed
    Grade {
        incident: u64,
        #[arg(required_unless_present = "dispute")]
        grade: Option<u64>,
        #[arg(long, required_unless_present = "dispute")]
        person: Option<String>,
        #[arg(long, required_unless_present = "dispute")]
        department: Option<String>,
        #[arg(long, value_name = "WHY")]
        dispute: Option<String>,
    },
    /// A step of the playbook, by its number or id, is done
    Step {
        incident: u64,
        step: String,
        text: Option<String>,
        /// It is not needed
        #[arg(long, conflicts_with = "undo")]
        skip: bool,
        /// It is open again
        #[arg(long)]
        undo: bool,
    },
    /// A report went out, to managers or business
    Update {
        incident: u64,
        #[arg(value_parser = readers)]
        to: Readers,
        text: Option<String>,
    },
    /// The UPS took over
    Ups {
        incident: u64,
        #[arg(long)]
        since: Option<String>,
        /// Planned to last so many minutes
        #[arg(long)]
        minutes: Option<u64>,
    },
    /// It got worse: whoever has it takes it anew
    Worsen { incident: u64, text: Option<String> },
    /// What raised it is over
    Resolve { incident: u64, text: Option<String> },
    /// Something left to do
    FollowUp {
        incident: u64,
        text: String,
        #[arg(long)]
        to: Option<String>,
    },
    /// Close it: true, false or drill
    Close {
        incident: u64,
        #[arg(value_parser = verdict)]
        verdict: Verdict,
        #[arg(long)]
        cause: Option<String>,
    },
    /// The incident report, as Markdown; --first for the five lines of the first report
    Report {
        incident: u64,
        #[arg(long)]
        first: bool,
    },
}

/// One of the two clocks.
#[derive(Clone, Debug, Subcommand)]
#[expect(missing_docs, reason = "each is described by its own help")]
pub enum ClockAsk {
    /// The front line: which area, what callers say
    Front { text: String },
    /// Dispatch was told
    Told {
        whom: String,
        /// When the answer is due: +10, 14:30
        #[arg(long)]
        due: Option<String>,
    },
    /// Dispatch answered
    Answer {
        text: String,
        /// Expected repair: 15:10
        #[arg(long)]
        repair: Option<String>,
    },
}

fn stage(word: &str) -> Result<MeasureStage, String> {
    MeasureStage::from_word(word).ok_or_else(|| "write asked, in_force, effect or ended".to_owned())
}

fn announcement(word: &str) -> Result<AnnouncementStep, String> {
    AnnouncementStep::from_word(word).ok_or_else(|| "write drafted, reviewed, issued or ended".to_owned())
}

fn readers(word: &str) -> Result<Readers, String> {
    Readers::from_word(word).ok_or_else(|| "write managers or business".to_owned())
}

fn verdict(word: &str) -> Result<Verdict, String> {
    Verdict::from_word(word).ok_or_else(|| "write true, false or drill".to_owned())
}

/// Asks it.
///
/// # Errors
/// No process runs ([`ExitCode::Unreachable`]), or it refused ([`ExitCode::Failed`]).
pub fn run(args: &IncidentArgs, context: &Context, out: &mut Out) -> Outcome {
    let question = Question::new(args.as_name.as_deref(), context, out)?;
    match &args.ask {
        IncidentAsk::List => question.question("list", None, out),
        IncidentAsk::Show { incident } => question.question("show", Some(*incident), out),
        IncidentAsk::Report { incident, first } => {
            question.question(if *first { "first_report" } else { "report" }, Some(*incident), out)
        }
        ask => question.command(&command(ask, &question)?, out),
    }
}

fn note(text: Option<&String>) -> Option<Note> {
    text.map(|text| Note::new(text))
}

fn command(ask: &IncidentAsk, question: &Question<'_>) -> Result<Command, Failure> {
    let by = question.by();
    let time = |text: &Option<String>| text.as_deref().map(|t| question.time(t)).transpose();
    let words = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    Ok(match ask {
        IncidentAsk::Open { kind, name, note: text, drill } => Command::Open {
            by,
            kind: Label::new(kind),
            name: Label::new(name),
            text: note(text.as_ref()),
            drill: *drill,
        },
        IncidentAsk::Ack { incident, code, whom } => match (incident, code.as_ref().or(whom.as_ref())) {
            (Some(incident), None) => Command::Ack { incident: *incident, by },
            (incident, Some(whom)) => Command::AckFor { incident: incident.unwrap_or(0), by, whom: Label::new(whom) },
            (None, None) => {
                return Err(Failure::new(ExitCode::Usage, anyhow::anyhow!("name the incident, or its --code")));
            }
        },
        IncidentAsk::Assign { incident, done: Some(n), .. } => Command::AssignDone { incident: *incident, by, n: *n },
        IncidentAsk::Assign { incident, to, text, due, .. } => Command::Assign {
            incident: *incident,
            by,
            to: Label::new(&words(to)),
            text: Note::new(&words(text)),
            due: time(due)?,
        },
        IncidentAsk::Note { incident, text } => Command::Note { incident: *incident, by, text: Note::new(text) },
        IncidentAsk::Measure { incident, name, stage, text } => Command::Measure {
            incident: *incident,
            by,
            name: Label::new(name),
            stage: *stage,
            text: note(text.as_ref()),
        },
        IncidentAsk::Wording { incident, read: Some(team), version, .. } => {
            Command::WordingRead { incident: *incident, by, team: Label::new(team), version: *version }
        }
        IncidentAsk::Wording { incident, text, .. } => {
            Command::Wording { incident: *incident, by, text: Note::new(&words(text)) }
        }
        IncidentAsk::Tally { incident, area, n } => {
            Command::Tally { incident: *incident, by, area: Label::new(area), n: *n }
        }
        IncidentAsk::Clock { incident, clock } => match clock {
            ClockAsk::Front { text } => Command::FrontLine { incident: *incident, by, text: Note::new(text) },
            ClockAsk::Told { whom, due } => {
                Command::DispatchTold { incident: *incident, by, whom: Label::new(whom), due: time(due)? }
            }
            ClockAsk::Answer { text, repair } => {
                Command::DispatchAnswer { incident: *incident, by, text: Note::new(text), repair: time(repair)? }
            }
        },
        other => rare(other, question)?,
    })
}

fn rare(ask: &IncidentAsk, question: &Question<'_>) -> Result<Command, Failure> {
    let by = question.by();
    Ok(match ask {
        IncidentAsk::Announce { incident, step, text } => {
            Command::Announce { incident: *incident, by, step: *step, text: note(text.as_ref()) }
        }
        IncidentAsk::Count { incident, name, n } if name == "households" => {
            Command::Households { incident: *incident, by, n: *n }
        }
        IncidentAsk::Count { incident, name, n } => {
            Command::Count { incident: *incident, by, name: Label::new(name), n: *n }
        }
        IncidentAsk::Present { incident, person } => {
            Command::Present { incident: *incident, by, person: Label::new(person) }
        }
        IncidentAsk::Grade { incident, dispute: Some(why), .. } => {
            Command::GradeDispute { incident: *incident, by, text: Some(Note::new(why)) }
        }
        IncidentAsk::Grade { incident, grade, person, department, .. } => Command::Grade {
            incident: *incident,
            by,
            grade: grade.unwrap_or_default(),
            person: Label::new(person.as_deref().unwrap_or_default()),
            department: Label::new(department.as_deref().unwrap_or_default()),
        },
        IncidentAsk::Step { incident, step, text, skip, undo } => {
            let state = match (skip, undo) {
                (true, _) => StepState::Skipped,
                (_, true) => StepState::Open,
                _ => StepState::Done,
            };
            Command::Step { incident: *incident, by, step: Label::new(step), state, text: note(text.as_ref()) }
        }
        IncidentAsk::Update { incident, to, text } => {
            Command::Update { incident: *incident, by, to: *to, text: note(text.as_ref()) }
        }
        IncidentAsk::Ups { incident, since, minutes } => {
            let since = since.as_deref().map(|t| question.time(t)).transpose()?;
            Command::Ups { incident: *incident, by, since, lasts_min: *minutes }
        }
        IncidentAsk::Worsen { incident, text } => {
            Command::Worsen { incident: *incident, by, text: note(text.as_ref()) }
        }
        IncidentAsk::Resolve { incident, text } => {
            Command::Resolve { incident: *incident, by, text: note(text.as_ref()) }
        }
        IncidentAsk::FollowUp { incident, text, to } => {
            Command::FollowUp { incident: *incident, by, to: to.as_deref().map(Label::new), text: Note::new(text) }
        }
        IncidentAsk::Close { incident, verdict, cause } => {
            Command::Close { incident: *incident, by, verdict: Some(*verdict), cause: note(cause.as_ref()) }
        }
        _ => return Err(Failure::new(ExitCode::Usage, anyhow::anyhow!("nothing was asked"))),
    })
}
