//! The command line: one file a command.
//!
//! Exit codes: 0 fine, 1 failed, 2 usage or configuration, 69 a source or hub could not be reached.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, Env, Lang, Override, Request, Settings, Theme};

mod ask;
pub mod backtest;
pub mod check;
pub mod console;
pub mod demo;
pub mod explain;
mod failure;
pub mod floor;
pub mod import;
pub mod incident;
mod out;
pub mod people;
pub mod person;
pub mod record;
pub mod render;
pub mod replay;
pub mod roster;
pub mod schema;
mod screen;
pub mod staff;
mod start;
pub mod tail;
pub mod wall;

pub use failure::{ExitCode, Failure, Outcome};
pub use out::Out;

/// What `floorwatch` understands.
#[derive(Debug, Parser)]
#[command(
    name = "floorwatch",
    version,
    about = "Real-time contact-center floor monitor for the terminal.\nWithout a command: the console.",
    after_help = "Exit codes: 0 fine, 1 failed, 2 usage or configuration, 69 a source or hub could not be reached.\n\
                  Begin with `floorwatch demo`, or write floorwatch.toml and run `floorwatch check`."
)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command; none is the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// Configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Configuration file [default: $FLOORWATCH_CONFIG, ./floorwatch.toml, ~/.config/floorwatch/config.toml]"
    )]
    pub config: Option<PathBuf>,
    /// Language of the screens: en or zh-CN [default: display.lang, then LANG]
    #[arg(long, global = true, value_name = "LANG", value_parser = lang)]
    pub lang: Option<Lang>,
    /// Theme: safe, dark, light, contrast or mono [default: display.theme]
    #[arg(long, global = true, value_name = "NAME", value_parser = theme)]
    pub theme: Option<Theme>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a simulated floor
    Demo(demo::DemoArgs),
    /// Show the wall display: no keys, no names
    Wall,
    /// Show a recording, or print its figures with --json
    Replay(replay::ReplayArgs),
    /// Bring earlier recordings and tables of calls into the store, to learn the usual from
    Import(import::ImportArgs),
    /// Record sources: raw bytes of an Asterisk, the journal of a websocket
    Record(record::RecordArgs),
    /// Try the rules on recordings of the past: what would have been raised, when and why
    Backtest(backtest::BacktestArgs),
    /// Print what the floor's rules say of a recording: people, marks, call-in list, lost callers, alerts
    Floor(floor::FloorArgs),
    /// Export a person's data from journals, or take it out
    Person(person::PersonArgs),
    /// Make a picture of a view, from the simulated floor
    Render(render::RenderArgs),
    /// Incidents of the process that runs: list, take, work and close them
    Incident(incident::IncidentArgs),
    /// Who is on duty; sign in, hand over
    Roster(roster::RosterArgs),
    /// Lost callers of the process that runs: list, assign, called back, done
    Lost(people::LostArgs),
    /// Alert rules of the process that runs: what stands; silence one
    Rule(people::RuleArgs),
    /// People of the process that runs: present, marks, rests, moves, call-ins
    People(people::PeopleArgs),
    /// Explain a figure; with recordings, what it was made of
    Explain(explain::ExplainArgs),
    /// Work out how many agents some calls take
    Staff(staff::StaffArgs),
    /// Check the configuration, and whether its sources can be reached
    Check,
    /// Print what the sources send, as it comes
    Tail,
    /// Print the JSON schema of an event
    Schema,
}

fn lang(word: &str) -> Result<Lang, String> {
    Lang::from_word(word).ok_or_else(|| "write en or zh-CN".to_owned())
}

fn theme(word: &str) -> Result<Theme, String> {
    Theme::from_word(word).ok_or_else(|| "write safe, dark, light, contrast or mono".to_owned())
}

/// What every command gets: the flags of all commands and the surroundings.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Flags of every command.
    pub global: Global,
    /// Variables and working directory.
    pub env: Env,
}

impl Context {
    /// What to load: the file asked for, with the flags over it.
    #[must_use]
    pub fn request(&self) -> Request {
        let lang = self.global.lang.map(|lang| Override::text("--lang", "display.lang", lang.word()));
        let theme = self.global.theme.map(|theme| Override::text("--theme", "display.theme", theme.word()));
        Request {
            file: self.global.config.clone(),
            overrides: lang.into_iter().chain(theme).collect(),
            env: self.env.clone(),
            without_secrets: false,
        }
    }

    /// Loads the configuration; warnings go to standard error.
    ///
    /// # Errors
    /// Whatever is wrong with it ([`ExitCode::Usage`]).
    pub fn settings(&self, request: &Request, out: &mut Out) -> Result<Settings, Failure> {
        let (settings, warnings) = config::load(request)?;
        let more = crate::app::floor_files::check(&settings)?;
        for warning in warnings.iter().chain(&more) {
            out.note(&warning.to_string())?;
        }
        Ok(settings)
    }
}

/// Runs a command line, `args` with the program's name first. Errors are printed and become the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, env: Env, out: &mut Out) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(answer) => return told(&answer, out),
    };
    let context = Context { global: cli.global, env };
    match dispatch(cli.command, &context, out).and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => code,
        Err(failure) => failure.tell(out),
    }
}

fn dispatch(command: Option<Command>, context: &Context, out: &mut Out) -> Outcome {
    match command {
        None => console::run(context, out),
        Some(Command::Demo(args)) => demo::run(&args, context, out),
        Some(Command::Wall) => wall::run(context, out),
        Some(Command::Replay(args)) => replay::run(&args, context, out),
        Some(Command::Import(args)) => import::run(&args, context, out),
        Some(Command::Record(args)) => record::run(&args, context, out),
        Some(Command::Backtest(args)) => backtest::run(&args, context, out),
        Some(Command::Floor(args)) => floor::run(&args, context, out),
        Some(Command::Person(args)) => person::run(&args, context, out),
        Some(Command::Render(args)) => render::run(&args, context, out),
        Some(Command::Incident(args)) => incident::run(&args, context, out),
        Some(Command::Roster(args)) => roster::run(&args, context, out),
        Some(Command::Lost(args)) => people::lost(&args, context, out),
        Some(Command::Rule(args)) => people::rule(&args, context, out),
        Some(Command::People(args)) => people::people(&args, context, out),
        Some(Command::Explain(args)) => explain::run(&args, context, out),
        Some(Command::Staff(args)) => staff::run(&args, context, out),
        Some(Command::Check) => check::run(context, out),
        Some(Command::Tail) => tail::run(context, out),
        Some(Command::Schema) => schema::run(context, out),
    }
}

/// Help and version go to standard output, wrong usage to standard error.
fn told(answer: &clap::Error, out: &mut Out) -> ExitCode {
    let text = answer.render().to_string();
    let (result, code) = if answer.use_stderr() {
        (out.note(text.trim_end()), ExitCode::Usage)
    } else {
        (out.line(text.trim_end()).and_then(|()| out.flush()), ExitCode::Fine)
    };
    match result {
        Ok(()) => code,
        Err(failure) => failure.tell(out),
    }
}
