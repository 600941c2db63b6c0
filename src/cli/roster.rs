//! `floorwatch roster`: who is on duty; sign-in and hand-over; what is wrong with the roster's files.

use clap::{Args, Subcommand};

use super::ask::Question;
use super::{Context, ExitCode, Out, Outcome};
use crate::app::desk;
use crate::locale::Texts;
use crate::model::{Command, Label, Note, Time};
use crate::roster::{Finding, check};

/// Days `roster check` looks ahead.
const AHEAD: u32 = 14;

/// Arguments of `roster`.
#[derive(Clone, Debug, Args)]
pub struct RosterArgs {
    /// Your name on the duty roster; the operating-system user is recorded beside it
    #[arg(id = "as", long = "as", global = true, value_name = "NAME")]
    pub as_name: Option<String>,
    /// What is asked.
    #[command(subcommand)]
    pub ask: RosterAsk,
}

/// What can be asked.
#[derive(Clone, Debug, Subcommand)]
#[expect(missing_docs, reason = "each is described by its own help")]
pub enum RosterAsk {
    /// Who is on duty now
    Show,
    /// What is wrong with the files of incident.rosters, and which hours of the next 14 days nobody has
    Check,
    /// Sign in for duty
    SignIn { role: String },
    /// Sign out of duty
    SignOut { role: String },
    /// Hand a role over
    HandOver {
        role: String,
        to: String,
        /// Until when: 18:00; the end of the shift where it is left out
        #[arg(long)]
        until: Option<String>,
        #[arg(long)]
        note: Option<String>,
    },
}

/// Asks it.
///
/// # Errors
/// No process runs ([`ExitCode::Unreachable`]), or it refused ([`ExitCode::Failed`]).
pub fn run(args: &RosterArgs, context: &Context, out: &mut Out) -> Outcome {
    let question = Question::new(args.as_name.as_deref(), context, out)?;
    let by = question.by();
    match &args.ask {
        RosterAsk::Show => question.question("roster", None, out),
        RosterAsk::Check => look(&question, out),
        RosterAsk::SignIn { role } => question.command(&Command::SignIn { by, role: Label::new(role) }, out),
        RosterAsk::SignOut { role } => question.command(&Command::SignOut { by, role: Label::new(role) }, out),
        RosterAsk::HandOver { role, to, until, note } => {
            let until = until.as_deref().map(|t| question.time(t)).transpose()?;
            let (role, to, text) = (Label::new(role), Label::new(to), note.as_deref().map(Note::new));
            question.command(&Command::HandOver { by, role, to, until, text }, out)
        }
    }
}

/// The files themselves; no process has to run.
fn look(question: &Question<'_>, out: &mut Out) -> Outcome {
    let texts = Texts::get(question.lang());
    let (desk, problems) = desk::load(&question.settings);
    for problem in &problems {
        out.note(problem)?;
    }
    if desk.roster.is_empty() {
        out.line(texts.t("sheet.no_roster"))?;
    }
    let told: Vec<Label> = desk.rules.ladder.iter().map(|s| s.role.clone()).fold(Vec::new(), |mut all, role| {
        if !all.contains(&role) {
            all.push(role);
        }
        all
    });
    let known: Vec<Label> = desk.roles().cloned().collect();
    let now = Time::from_jiff(jiff::Timestamp::now());
    let zone = desk.roster.zone();
    let shown = |t: Time| t.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let role = |role: &Label| texts.under("role", role.as_str()).to_owned();
    let mut unknown = false;
    for finding in check(&desk.roster, &told, &known, now, AHEAD) {
        let (key, values) = match &finding {
            Finding::Nobody { role: r, from, to } => ("roster.nobody", [role(r), shown(*from), shown(*to)]),
            Finding::NoBackup { role: r, from, to } => ("roster.no_backup", [role(r), shown(*from), shown(*to)]),
            Finding::UnknownRole { role: r, file, line } => {
                unknown = true;
                ("roster.unknown_role", [r.to_string(), file.to_string(), line.to_string()])
            }
        };
        let [role, from, to] = &values;
        out.line(&texts.fill(key, &[("role", role), ("from", from), ("to", to)]))?;
    }
    Ok(if problems.is_empty() && !unknown { ExitCode::Fine } else { ExitCode::Usage })
}
