//! Answers to commands that wait for the store's word. The engine does not: it goes on, and answers when it is told.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Answer, Keeper};
use crate::snapshot::StoreState;

/// Whoever asked waits so long for the disk, then is told that it is not saved yet.
const PATIENCE: Duration = Duration::from_secs(2);
/// Answers that wait, at most; beyond it they are told at once that it is not saved yet.
const MOST: usize = 256;

/// Commands done and not on the disk yet, in their order.
#[derive(Debug, Default)]
pub(super) struct Replies {
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    /// Which command it was, as the keeper counts them.
    ticket: u64,
    /// What came of it.
    done: Answer,
    until: Instant,
    reply: oneshot::Sender<Answer>,
}

impl Replies {
    /// A command was done and given to a keeper, which gave it a number, or keeps nothing.
    pub(super) fn wait(&mut self, keeper: &Keeper, ticket: Option<u64>, done: Answer, reply: oneshot::Sender<Answer>) {
        let kept = keeper.state().view().state == StoreState::Kept;
        match ticket.filter(|_| kept && self.waiting.len() < MOST) {
            Some(ticket) => self.waiting.push_back(Waiting { ticket, done, until: Instant::now() + PATIENCE, reply }),
            None => drop(reply.send(said(done, false))),
        }
    }

    /// Answers those that are on the disk, and those that waited too long.
    pub(super) fn settle(&mut self, saved: u64) {
        let now = Instant::now();
        while let Some(first) = self.waiting.pop_front() {
            if first.ticket > saved && first.until > now {
                self.waiting.push_front(first);
                return;
            }
            let _ = first.reply.send(said(first.done, first.ticket <= saved));
        }
    }

    /// When the first of them will have waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.front().map(|first| first.until)
    }

    /// The engine ends: the store has its last go after that.
    pub(super) fn end(self) {
        for waiting in self.waiting {
            let _ = waiting.reply.send(said(waiting.done, false));
        }
    }
}

/// What is said of a command that was done. A new incident's number is said either way.
fn said(done: Answer, saved: bool) -> Answer {
    match (done, saved) {
        (Answer::Opened(n), true) => Answer::Opened(n),
        (Answer::Opened(n), false) => Answer::OpenedUnsaved(n),
        (_, true) => Answer::Saved,
        (_, false) => Answer::Unsaved,
    }
}
