//! The engine's task: awaits nothing but its inboxes, publishes what came of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::replies::Replies;
use super::{Answer, Change, Core, Inboxes, IncidentChange, Keeper};
use crate::floor::LOOK_AHEAD;
use crate::model::Label;
use crate::snapshot::{Mode, Snapshot};
use crate::source::Input;

/// Runs until all senders of inputs are gone and their inputs applied, telling a keeper all that was done, in its order.
/// Snapshots are published at most once in `refresh` while something changed, and at once when an alert is raised or a
/// command was done.
pub async fn run_kept(
    mut core: Core,
    inboxes: Inboxes,
    snapshots: watch::Sender<Arc<Snapshot>>,
    refresh: Duration,
    mut keeper: Option<Keeper>,
) {
    let Inboxes { mut inputs, mut requests, mut changes, mut modes } = inboxes;
    let mut replies = Replies::default();
    let mut due: Option<Instant> = None;
    let mut last = Instant::now();
    // The number of the last change of an incident given to the keeper.
    let mut handed = 0;
    loop {
        tokio::select! {
            biased;
            Some(request) = requests.recv() => {
                let at = core.asked_at();
                let answer = core.command(&request.command, at);
                match keeper.as_mut().filter(|_| !matches!(answer, Answer::Refused(_))) {
                    Some(keeper) => {
                        hand_over(&mut core, keeper, &mut handed);
                        let ticket = keeper.command(request.command, at);
                        replies.wait(keeper, ticket, answer, request.reply);
                    }
                    None => drop(request.reply.send(answer)),
                }
            }
            () = settled(keeper.as_ref()) => {
                if let Some(keeper) = &mut keeper {
                    let settled: Vec<_> = keeper.settle().into_iter().map(|(key, _)| key).collect();
                    core.board_mut().settled(&settled);
                    replies.settle(keeper.state().saved());
                }
            }
            () = wait(replies.due()), if replies.due().is_some() => {
                replies.settle(keeper.as_ref().map_or(0, |keeper| keeper.state().saved()));
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
                snapshots.send_replace(view(&mut core, keeper.as_mut()));
                continue;
            }
            input = inputs.recv() => match input {
                Some(Input::Batch(batch)) => {
                    for some in batch.chunks(LOOK_AHEAD) {
                        core.expect(some);
                        for envelope in some {
                            core.apply(envelope);
                        }
                    }
                    if let Some(keeper) = &mut keeper {
                        keeper.batch(batch);
                        keeper.closed(core.take_closed());
                        keeper.arrivals(core.take_arrivals());
                    }
                }
                Some(Input::Tick(now)) => {
                    let passed = core.tick(now);
                    if let Some(keeper) = keeper.as_mut().filter(|_| passed) {
                        keeper.tick(now);
                        keeper.closed(core.take_closed());
                        keeper.arrivals(core.take_arrivals());
                    }
                }
                Some(Input::End(now)) => {
                    core.tick(now);
                    if let Mode::Replay { speed, paused, .. } = core.mode() {
                        core.set_mode(Mode::Replay { speed, paused, ended: true });
                    }
                }
                None => break,
            },
        }
        if let Some(keeper) = &mut keeper {
            hand_over(&mut core, keeper, &mut handed);
        }
        let soonest = if core.take_edge() { Instant::now() } else { last + refresh };
        due = Some(due.map_or(soonest, |d| d.min(soonest)));
    }
    replies.end();
    snapshots.send_replace(view(&mut core, keeper.as_mut()));
}

/// Gives the keeper the changes of incidents that are new.
fn hand_over(core: &mut Core, keeper: &mut Keeper, handed: &mut u64) {
    let board = core.board_mut();
    let mut last = *handed;
    let changes: Vec<IncidentChange> = board
        .unsaved(last)
        .map(|unsaved| {
            last = unsaved.number;
            let change = &unsaved.change;
            IncidentChange {
                incident: change.incident,
                seq: change.seq,
                at: change.at,
                who: change.who.clone(),
                what: Label::new(change.what.word()),
                body: change.to_json(),
            }
        })
        .collect();
    if !changes.is_empty() {
        *handed = last;
        keeper.changes(changes);
    }
}

fn view(core: &mut Core, keeper: Option<&mut Keeper>) -> Arc<Snapshot> {
    let mut snapshot = core.publish();
    if let Some(keeper) = keeper {
        keeper.describe(&mut snapshot);
    }
    Arc::new(snapshot)
}

async fn settled(keeper: Option<&Keeper>) {
    match keeper {
        Some(keeper) => keeper.state().news().await,
        None => std::future::pending().await,
    }
}

async fn wait(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
