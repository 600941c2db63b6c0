//! `floorwatch tail`: what the sources send, normalised, as JSON lines, as it comes.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::{Context, ExitCode, Out, Outcome, start};
use crate::app;
use crate::clock::Clock;
use crate::config::require_source;
use crate::source::{INBOX, Input};
use crate::wire::event_json::encode;

/// Runs until it is stopped or nobody reads.
///
/// # Errors
/// The configuration is wrong, or the output cannot be written.
pub fn run(context: &Context, out: &mut Out) -> Outcome {
    let request = context.request();
    let settings = Arc::new(context.settings(&request, out)?);
    require_source(&settings, &request)?;
    start::log(context, out)?;
    let hasher = start::hasher(context)?;
    start::runtime()?.block_on(async {
        let (inbox, mut inputs) = mpsc::channel(INBOX);
        let (stop, stopping) = watch::channel(false);
        let clock = Clock::live();
        let tasks = app::sources(&settings, &hasher, &clock, &inbox, &stopping);
        drop(inbox);
        let mut line = Vec::new();
        let site = settings.site.name.as_str();
        let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
        loop {
            let input = tokio::select! {
                input = inputs.recv() => input,
                _ = &mut interrupted => None,
            };
            let Some(input) = input else { break };
            if let Input::Batch(batch) = input {
                for envelope in &batch {
                    line.clear();
                    encode(envelope, site, &mut line);
                    out.writer().write_all(&line)?;
                }
                out.flush()?;
            }
        }
        let _ = stop.send(true);
        drop(tasks);
        Ok(ExitCode::Fine)
    })
}
