//! The engine's task: awaits nothing but its inboxes, publishes what came of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::{Change, Core, Request};
use crate::model::Time;
use crate::snapshot::{Mode, Snapshot};
use crate::source::Input;

/// Runs until all senders of inputs are gone and their inputs applied. Snapshots are published at most once in `refresh`
/// while something changed, and at once when an alert is raised or a command was done.
pub async fn run(
    mut core: Core,
    mut inputs: mpsc::Receiver<Input>,
    mut requests: mpsc::Receiver<Request>,
    mut changes: mpsc::Receiver<Change>,
    mut modes: watch::Receiver<Mode>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    refresh: Duration,
) {
    let mut due: Option<Instant> = None;
    let mut last = Instant::now();
    loop {
        tokio::select! {
            biased;
            Some(request) = requests.recv() => {
                let answer = core.command(&request.command, Time::MIN);
                let _ = request.reply.send(answer);
            }
            Some(change) = changes.recv() => match change {
                Change::Rules(offered) => core.set_rules(offered),
                Change::Plan(plan) => core.set_plan(plan),
                Change::Pseudonyms(hasher) => core.set_pseudonyms(&hasher),
            },
            Ok(()) = modes.changed() => core.set_mode(*modes.borrow_and_update()),
            () = wait(due), if due.is_some() => {
                due = None;
                last = Instant::now();
                if core.past() {
                    continue;
                }
                snapshots.send_replace(Arc::new(core.publish()));
                continue;
            }
            input = inputs.recv() => match input {
                Some(Input::Batch(batch)) => batch.iter().for_each(|e| core.apply(e)),
                Some(Input::Tick(now)) => core.tick(now),
                Some(Input::End(now)) => {
                    core.tick(now);
                    if let Mode::Replay { speed, paused, .. } = core.mode() {
                        core.set_mode(Mode::Replay { speed, paused, ended: true });
                    }
                }
                None => break,
            },
        }
        let soonest = if core.take_edge() { Instant::now() } else { last + refresh };
        due = Some(due.map_or(soonest, |d| d.min(soonest)));
    }
    snapshots.send_replace(Arc::new(core.publish()));
}

async fn wait(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
