//! `floorwatch lost`, `rule` and `people`: what a lead does about callers, rules and people, asked of the process that runs.

use clap::{Args, Subcommand};

use super::ask::Question;
use super::{Context, Out, Outcome};
use crate::model::{Command, FloorAct, FloorCommand};

/// Arguments of `lost`.
#[derive(Clone, Debug, Args)]
pub struct LostArgs {
    /// Your name on the duty roster; the operating-system user is recorded beside it
    #[arg(id = "as", long = "as", global = true, value_name = "NAME")]
    pub as_name: Option<String>,
    /// What is asked.
    #[command(subcommand)]
    pub ask: LostAsk,
}

/// What can be asked about lost callers.
#[derive(Clone, Debug, Subcommand)]
#[expect(missing_docs, reason = "each is described by its own help")]
pub enum LostAsk {
    /// Callers lost and not served since: unserved first, the longest lost first
    List,
    /// Give a caller to a person
    Assign {
        /// The key of the list
        caller: String,
        to: String,
        #[arg(long)]
        note: Option<String>,
    },
    /// A caller was called back
    Called {
        /// The key of the list
        caller: String,
        /// How that went
        #[arg(value_parser = ["reached", "not_reached"])]
        outcome: String,
        #[arg(long)]
        note: Option<String>,
    },
    /// Nothing is left to do for a caller
    Done {
        /// The key of the list
        caller: String,
        #[arg(long)]
        note: Option<String>,
    },
}

/// Arguments of `rule`.
#[derive(Clone, Debug, Args)]
pub struct RuleArgs {
    /// Your name on the duty roster; the operating-system user is recorded beside it
    #[arg(id = "as", long = "as", global = true, value_name = "NAME")]
    pub as_name: Option<String>,
    /// What is asked.
    #[command(subcommand)]
    pub ask: RuleAsk,
}

/// What can be asked about alert rules.
#[derive(Clone, Debug, Subcommand)]
#[expect(missing_docs, reason = "each is described by its own help")]
pub enum RuleAsk {
    /// What stands, and which rules are silent
    List,
    /// Silence a rule for a while
    Silence {
        rule: String,
        /// One scope of it alone, by its name
        #[arg(long)]
        scope: Option<String>,
        /// Until when: +30, 14:30
        #[arg(long)]
        until: String,
        /// Why
        #[arg(long)]
        note: String,
    },
    /// End a silence
    Unsilence {
        rule: String,
        /// One scope of it alone, by its name
        #[arg(long)]
        scope: Option<String>,
    },
}

/// Arguments of `people`.
#[derive(Clone, Debug, Args)]
pub struct PeopleArgs {
    /// Your name on the duty roster; the operating-system user is recorded beside it
    #[arg(id = "as", long = "as", global = true, value_name = "NAME")]
    pub as_name: Option<String>,
    /// What is asked.
    #[command(subcommand)]
    pub ask: PeopleAsk,
}

/// What can be asked about the floor's people.
#[derive(Clone, Debug, Subcommand)]
#[expect(missing_docs, reason = "each is described by its own help")]
pub enum PeopleAsk {
    /// Expected, present, absent, late; marks; rests; who can be moved or called in
    List,
    /// A mark was looked into: what it was
    Correct {
        person: String,
        /// The rule of the mark, as the list has it in brackets
        rule: String,
        /// What it was
        #[arg(long)]
        note: String,
    },
    /// A person asks for a rest
    RestAsk { person: String },
    /// The wish is withdrawn, or refused
    RestDrop { person: String },
    /// How many of a team may rest at one time
    RestQuota {
        /// As configured again, where it is left out
        count: Option<u32>,
        /// Of this team; else of every team
        #[arg(long)]
        team: Option<String>,
    },
    /// A desk broke; its person moves to another
    DeskMove {
        person: String,
        #[arg(long)]
        note: Option<String>,
    },
    /// A person is called in
    CallIn {
        person: String,
        /// Why, where it is beyond the hours of a day or a month
        #[arg(long)]
        note: Option<String>,
    },
}

fn act(act: FloorAct, whom: &str, question: &Question<'_>) -> FloorCommand {
    FloorCommand::new(act, whom, question.by().as_str())
}

fn noted(command: FloorCommand, note: Option<&String>) -> FloorCommand {
    command.note(note.map_or("", String::as_str))
}

/// Asks about lost callers.
///
/// # Errors
/// No process runs ([`super::ExitCode::Unreachable`]), or it refused ([`super::ExitCode::Failed`]).
pub fn lost(args: &LostArgs, context: &Context, out: &mut Out) -> Outcome {
    let question = Question::new(args.as_name.as_deref(), context, out)?;
    let command = match &args.ask {
        LostAsk::List => return question.question("lost", None, out),
        LostAsk::Assign { caller, to, note } => {
            noted(act(FloorAct::LostAssign, caller, &question).what(to), note.as_ref())
        }
        LostAsk::Called { caller, outcome, note } => {
            noted(act(FloorAct::LostCalled, caller, &question).what(outcome), note.as_ref())
        }
        LostAsk::Done { caller, note } => noted(act(FloorAct::LostDone, caller, &question), note.as_ref()),
    };
    question.command(&Command::from(command), out)
}

/// Asks about alert rules.
///
/// # Errors
/// As [`lost`].
pub fn rule(args: &RuleArgs, context: &Context, out: &mut Out) -> Outcome {
    let question = Question::new(args.as_name.as_deref(), context, out)?;
    let words = |scope: &Option<String>| scope.as_deref().unwrap_or_default().to_owned();
    let command = match &args.ask {
        RuleAsk::List => return question.question("rules", None, out),
        RuleAsk::Silence { rule, scope, until, note } => {
            let until = Some(question.time(until)?);
            let silence = act(FloorAct::Silence, rule, &question).what(&words(scope)).note(note);
            FloorCommand { until, ..silence }
        }
        RuleAsk::Unsilence { rule, scope } => act(FloorAct::Unsilence, rule, &question).what(&words(scope)),
    };
    question.command(&Command::from(command), out)
}

/// Asks about the floor's people.
///
/// # Errors
/// As [`lost`].
pub fn people(args: &PeopleArgs, context: &Context, out: &mut Out) -> Outcome {
    let question = Question::new(args.as_name.as_deref(), context, out)?;
    let command = match &args.ask {
        PeopleAsk::List => return question.question("people", None, out),
        PeopleAsk::Correct { person, rule, note } => act(FloorAct::Correct, person, &question).what(rule).note(note),
        PeopleAsk::RestAsk { person } => act(FloorAct::RestAsk, person, &question),
        PeopleAsk::RestDrop { person } => act(FloorAct::RestDrop, person, &question),
        PeopleAsk::RestQuota { count, team } => {
            let quota = act(FloorAct::RestQuota, team.as_deref().unwrap_or_default(), &question);
            FloorCommand { count: *count, ..quota }
        }
        PeopleAsk::DeskMove { person, note } => noted(act(FloorAct::DeskMove, person, &question), note.as_ref()),
        PeopleAsk::CallIn { person, note } => noted(act(FloorAct::CallIn, person, &question), note.as_ref()),
    };
    question.command(&Command::from(command), out)
}
