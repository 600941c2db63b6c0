//! What the engine hands to whoever keeps it over a restart. The engine never waits for it: what does not fit is counted,
//! told with its span as soon as there is room again, and shown.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::arrivals::SlotArrivals;
use super::change::{ChangeKey, Fate, IncidentChange, Pending};

use crate::metrics::{Closed, Scope};
use crate::model::{Command, Envelope, FeedId, Time};
use crate::snapshot::{Snapshot, StoreView};

/// Bound of the channel to the keeper, in notes.
pub const NOTES: usize = 4096;

/// Commands and closings that wait for room at most; beyond it the oldest are lost.
const WAITING: usize = 10_000;

/// One thing to keep, in the order the engine did it.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// Envelopes were applied.
    Batch(Vec<Envelope>),
    /// Time came this far.
    Tick(Time),
    /// A person's command was done at this instant.
    Command(Command, Time),
    /// Intervals were closed or revised.
    Closed(Vec<ClosedInterval>),
    /// An incident of this number was opened.
    Opened(u64, Time),
    /// Incidents changed. Each is pending until its fate is told by [`KeepState::settled`].
    Changes(Vec<IncidentChange>),
    /// First joins of five minutes that are over, or that one was added to late.
    Arrivals(Vec<SlotArrivals>),
    /// Envelopes were applied and found no room here.
    Lost(Vec<Loss>),
}

/// A closed interval of a scope; the rules it was closed with are in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedInterval {
    /// Of what.
    pub scope: Scope,
    /// Its local start with offset, like `2026-10-25T02:30+01:00`.
    pub name: String,
    /// Its sums and rules.
    pub closed: Closed,
    /// Seconds of it in which a feed it depends on was not live, or before the floor was watched at all.
    pub missing_s: i64,
}

/// Envelopes of one feed that were applied and not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The feed.
    pub feed: FeedId,
    /// Connection and number of the last.
    pub epoch: u32,
    /// See `epoch`.
    pub seq: u64,
    /// How many.
    pub events: u64,
    /// Receipt of the first.
    pub from: Time,
    /// Receipt of the last.
    pub to: Time,
}

impl Loss {
    /// The loss of one envelope.
    #[must_use]
    pub fn of(envelope: &Envelope) -> Self {
        let at = envelope.received_at;
        Self { feed: envelope.feed.clone(), epoch: envelope.epoch, seq: envelope.seq, events: 1, from: at, to: at }
    }

    /// Adds the loss of an envelope to those of all feeds.
    pub fn count(losses: &mut Vec<Self>, envelope: &Envelope) {
        let Some(loss) = losses.iter_mut().find(|l| l.feed == envelope.feed) else {
            losses.push(Self::of(envelope));
            return;
        };
        loss.events = loss.events.saturating_add(1);
        (loss.epoch, loss.seq) = (envelope.epoch, envelope.seq);
        loss.to = loss.to.max(envelope.received_at);
    }
}

/// What keeper and engine tell each other beside the notes. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct KeepState(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    view: Mutex<StoreView>,
    lost: AtomicU64,
    commands_given: AtomicU64,
    commands_saved: AtomicU64,
    /// As many as are pending at most.
    settled: Mutex<Vec<(ChangeKey, Fate)>>,
    news: Notify,
}

impl KeepState {
    /// Says how the keeper stands; its counts of loss are added to those of the engine's side.
    pub fn set(&self, view: StoreView) {
        *self.0.view.lock().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// Commands are on disk.
    pub fn commands_saved(&self, n: u64) {
        if n > 0 {
            self.0.commands_saved.fetch_add(n, Ordering::Relaxed);
            self.0.news.notify_one();
        }
    }

    /// How many commands are on disk.
    #[must_use]
    pub fn saved(&self) -> u64 {
        self.0.commands_saved.load(Ordering::Relaxed)
    }

    /// The fates of changes: those kept are on the disk.
    pub fn settled(&self, fates: Vec<(ChangeKey, Fate)>) {
        self.0.settled.lock().unwrap_or_else(PoisonError::into_inner).extend(fates);
        self.0.news.notify_one();
    }

    /// Returns once fates were told, or commands saved, since the last time.
    pub async fn news(&self) {
        self.0.news.notified().await;
    }

    /// How it stands.
    #[must_use]
    pub fn view(&self) -> StoreView {
        let mut view = self.0.view.lock().unwrap_or_else(PoisonError::into_inner).clone();
        view.lost = view.lost.saturating_add(self.0.lost.load(Ordering::Relaxed));
        view
    }

    /// Commands that were done and are not on disk yet.
    #[must_use]
    pub fn commands_unsaved(&self) -> u32 {
        let saved = self.0.commands_saved.load(Ordering::Relaxed);
        u32::try_from(self.0.commands_given.load(Ordering::Relaxed).saturating_sub(saved)).unwrap_or(u32::MAX)
    }
}

/// The engine's side.
#[derive(Debug)]
pub struct Keeper {
    /// `None`: nothing is kept.
    notes: Option<SyncSender<Note>>,
    state: KeepState,
    losses: Vec<Loss>,
    /// The highest number of an incident told.
    opened: u64,
    /// Commands, incidents and intervals that found no room; they are few and must not be lost.
    waiting: VecDeque<Note>,
    /// Changes of incidents whose fate is not known yet.
    pending: Pending,
}

impl Keeper {
    /// A keeper with room for so many notes, and where they come out.
    #[must_use]
    pub fn new(room: usize, state: KeepState) -> (Self, Receiver<Note>) {
        let (notes, taken) = sync_channel(room);
        (Self::of(Some(notes), state), taken)
    }

    /// One that keeps nothing and says why.
    #[must_use]
    pub fn without(view: StoreView) -> Self {
        let state = KeepState::default();
        state.set(view);
        Self::of(None, state)
    }

    fn of(notes: Option<SyncSender<Note>>, state: KeepState) -> Self {
        let (waiting, pending) = (VecDeque::new(), Pending::default());
        Self { notes, state, losses: Vec::new(), opened: 0, waiting, pending }
    }

    /// Whether anything is kept.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        self.notes.is_some()
    }

    /// What keeper and engine tell each other.
    #[must_use]
    pub const fn state(&self) -> &KeepState {
        &self.state
    }

    /// Incidents changed: pending, shown as unsaved, until [`Self::settle`] tells their fate. Given again while pending,
    /// one stays one. Where nothing is kept, nothing is pending.
    pub fn changes(&mut self, changes: Vec<IncidentChange>) {
        if self.notes.is_some() && !changes.is_empty() {
            self.pending.add(changes);
            self.catch_up();
        }
    }

    /// The fates of changes told since the last time: they are pending no more.
    pub fn settle(&mut self) -> Vec<(ChangeKey, Fate)> {
        let told = std::mem::take(&mut *self.state.0.settled.lock().unwrap_or_else(PoisonError::into_inner));
        self.pending.settle(&told);
        told
    }

    /// First joins of five minutes that are over.
    pub fn arrivals(&mut self, slots: Vec<SlotArrivals>) {
        if !slots.is_empty() {
            self.give(Note::Arrivals(slots));
        }
    }

    /// A note that waits for room where there is none; beyond so many the oldest is lost, and counted.
    fn give(&mut self, note: Note) {
        self.waiting.push_back(note);
        self.catch_up();
        while self.waiting.len() > WAITING {
            self.waiting.pop_front();
            self.state.0.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Envelopes were applied.
    pub fn batch(&mut self, batch: Vec<Envelope>) {
        self.catch_up();
        let Some(notes) = &self.notes else { return };
        if !self.losses.is_empty() {
            self.lose(&batch);
            return;
        }
        if let Err(TrySendError::Full(Note::Batch(batch)) | TrySendError::Disconnected(Note::Batch(batch))) =
            notes.try_send(Note::Batch(batch))
        {
            self.lose(&batch);
        }
    }

    /// Time came this far.
    pub fn tick(&mut self, now: Time) {
        self.catch_up();
        if let Some(notes) = &self.notes {
            // The next tick says more than a lost one.
            let _ = notes.try_send(Note::Tick(now));
        }
    }

    /// A command was done, and [`Self::changes`] told what it changed. It is on the disk, with them, when [`KeepState::saved`] has come to the number returned; `None` where
    /// nothing is kept.
    pub fn command(&mut self, command: Command, at: Time) -> Option<u64> {
        let number = self.state.0.commands_given.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        self.waiting.push_back(Note::Command(command, at));
        self.catch_up();
        self.keeps().then_some(number)
    }

    /// Intervals were closed or revised.
    pub fn closed(&mut self, closed: Vec<ClosedInterval>) {
        if closed.is_empty() {
            return;
        }
        self.give(Note::Closed(closed));
    }

    /// Puts what the store knows into a snapshot, and keeps the numbers of incidents that are new in it.
    pub fn describe(&mut self, snapshot: &mut Snapshot) {
        let known = self.opened;
        for incident in snapshot.incidents.iter().rev().filter(|i| i.id > known) {
            self.opened = self.opened.max(incident.id);
            self.waiting.push_back(Note::Opened(incident.id, incident.opened_at));
        }
        self.catch_up();
        snapshot.store = self.state.view();
        let changes = u32::try_from(self.pending.len()).unwrap_or(u32::MAX);
        snapshot.unsaved = self.state.commands_unsaved().saturating_add(changes);
    }

    fn lose(&mut self, batch: &[Envelope]) {
        for envelope in batch {
            Loss::count(&mut self.losses, envelope);
        }
        let n = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        self.state.0.lost.fetch_add(n, Ordering::Relaxed);
    }

    /// What had no room goes first.
    fn catch_up(&mut self) {
        let Some(notes) = &self.notes else {
            self.waiting.clear();
            return;
        };
        if !self.losses.is_empty()
            && let Err(TrySendError::Full(note) | TrySendError::Disconnected(note)) =
                notes.try_send(Note::Lost(std::mem::take(&mut self.losses)))
        {
            if let Note::Lost(losses) = note {
                self.losses = losses;
            }
            return;
        }
        if self.pending.waiting() {
            // A command that waits comes after its changes: it is not saved before they are.
            if notes.try_send(Note::Changes(self.pending.next())).is_err() {
                return;
            }
            self.pending.handed_over();
        }
        while let Some(note) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(note) | TrySendError::Disconnected(note)) = notes.try_send(note) {
                self.waiting.push_front(note);
                return;
            }
        }
    }
}

impl Drop for Keeper {
    /// The last chance, for a second at most: whoever drops the engine waits for the keeper anyway.
    fn drop(&mut self) {
        for _ in 0..100 {
            self.catch_up();
            if self.losses.is_empty() && self.waiting.is_empty() && !self.pending.waiting() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}
