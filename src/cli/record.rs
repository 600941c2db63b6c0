//! `floorwatch record`: what sources send, as it comes, to be replayed. An Asterisk's bytes with an index of when they came
//! (`NAME.raw.zst`, `NAME.idx`), a websocket's events as a journal (`NAME.jsonl.zst`).

use std::path::PathBuf;

use clap::Args;
use tokio::sync::watch;

use super::{Context, ExitCode, Failure, Out, Outcome, start};
use crate::app::record;
use crate::clock::Clock;
use crate::config::{SourceSettings, require_source};

/// Arguments of `record`.
#[derive(Clone, Debug, Args)]
pub struct RecordArgs {
    /// The source, by its name in the configuration [default: all]
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Folder, or with a single source the file; nothing that is there is written over
    #[arg(long, value_name = "DIR|FILE")]
    pub out: PathBuf,
}

/// Records until it is interrupted.
///
/// # Errors
/// The configuration is wrong, there is no such source, or a file cannot be written.
pub fn run(args: &RecordArgs, context: &Context, out: &mut Out) -> Outcome {
    let request = context.request();
    let settings = context.settings(&request, out)?;
    require_source(&settings, &request)?;
    let wanted = |s: &&SourceSettings| args.source.as_ref().is_none_or(|name| s.name.as_str() == name);
    let sources: Vec<SourceSettings> = settings.sources.iter().filter(wanted).cloned().collect();
    if sources.is_empty() {
        let known: Vec<&str> = settings.sources.iter().map(|s| s.name.as_str()).collect();
        return Err(usage(format!("there is no such source; the sources are {}", known.join(", "))));
    }
    let places: Vec<(SourceSettings, PathBuf)> =
        sources.into_iter().map(|s| (s.clone(), record::place(&args.out, &s))).collect();
    let mut files: Vec<&PathBuf> = places.iter().map(|(_, path)| path).collect();
    files.sort();
    files.dedup();
    if files.len() < places.len() {
        return Err(usage("several sources need a folder: write --out DIR/, or choose one with --source".to_owned()));
    }
    for folder in files.iter().filter_map(|path| path.parent()).filter(|dir| !dir.as_os_str().is_empty()) {
        crate::store::files::private_dir(folder)?;
    }
    start::log(context, out)?;
    let hasher = start::hasher(context)?;
    for file in &files {
        out.note(&format!("recording into {}; Ctrl-C ends it", file.display()))?;
    }
    let recorded = start::runtime()?.block_on(async {
        let (stop, stopping) = watch::channel(false);
        let clock = Clock::live();
        let recording = record::run(&places, &settings, &hasher, &clock, &stopping);
        tokio::pin!(recording);
        tokio::select! {
            done = &mut recording => done,
            _ = tokio::signal::ctrl_c() => {
                let _ = stop.send(true);
                recording.await
            }
        }
    })?;
    for one in recorded {
        out.line(&format!("{}: {}", one.file.display(), one.count))?;
    }
    Ok(ExitCode::Fine)
}

fn usage(why: String) -> Failure {
    Failure::new(ExitCode::Usage, anyhow::anyhow!(why))
}
