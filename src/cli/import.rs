//! `floorwatch import`: earlier recordings and tables of calls into the store, to learn the usual from.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;

use super::replay::{Format, zone};
use super::{Context, ExitCode, Failure, Out, Outcome, start};
use crate::app::import::{self, Import};
use crate::model::FeedId;
use crate::source::recording::Options;
use crate::store::files::private_dir;
use crate::store::history::History;

/// Arguments of `import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// Recordings and tables of calls; .gz and .zst are read as they are. A file that was imported brings nothing again
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Form of the files [default: told apart by their content]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The source the files' queues belong to [default: the only one of the configuration, else what the file says]
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Zone of local times in the files [default: the site's]
    #[arg(long, value_name = "Z", value_parser = zone)]
    pub tz: Option<TimeZone>,
}

/// Runs it.
///
/// # Errors
/// The configuration is wrong, or a file cannot be used; those before it are imported.
pub fn run(args: &ImportArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let settings = Arc::new(context.settings(&request, out)?);
    let Some(dir) = start::store_dir(context, &settings) else {
        let why = "no folder to keep it in is known; set [store] dir or HOME";
        return Err(Failure::new(ExitCode::Usage, anyhow::anyhow!(why)));
    };
    private_dir(&dir)?;
    let path = dir.join("history.db");
    let failed = |why: anyhow::Error| Failure::new(ExitCode::Failed, why);
    let mut history = History::open(&path).map_err(|why| failed(anyhow::anyhow!("{}: {why}", path.display())))?;
    let only = || if let [only] = settings.sources.as_slice() { Some(only.name.clone()) } else { None };
    let feed = args.source.as_deref().map(FeedId::new).or_else(only);
    let options = Options {
        format: args.format.map(Format::form),
        zone: args.tz.clone().unwrap_or_else(|| settings.site.time_zone.clone()),
        hasher: start::passing_hasher(),
    };
    for file in &args.files {
        let shown = file.display();
        let done = import::import(&mut history, file, feed.as_ref(), &options, &settings)
            .map_err(|why| failed(why.context(format!("{shown}"))))?;
        let line = match done {
            Import::Known => format!("{shown}: imported before; nothing new"),
            Import::Read { calls, span, grown } => {
                let span = span.map_or_else(String::new, |(from, to)| format!(", {from} to {to}"));
                let grown = if grown { "; it has grown, what it brought before is replaced" } else { "" };
                format!("{shown}: {calls} calls{span}{grown}")
            }
        };
        out.line(&line)?;
    }
    Ok(ExitCode::Fine)
}
