//! The thread that writes: takes notes, brings them to the disk once a second, tries again what failed.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::files::Lock;
use super::history::{History, HistoryError};
use super::journal::JournalWriter;
use super::{Store, segments, trouble};
use crate::clock::Clock;
use crate::config::Settings;
use crate::engine::{ClosedInterval, Fate, IncidentChange, KeepState, Note, SlotArrivals};
use crate::model::{FeedId, Label, Span, Time};
use crate::snapshot::{StoreState, StoreTrouble, StoreView};

/// What was taken is on the disk after this time.
const FLUSH: Duration = Duration::from_secs(1);
/// Old files are looked for this often.
const RETAIN: Duration = Duration::from_secs(600);
/// How far the feeds came is written this often; the journal knows it too.
const FEEDS: Duration = Duration::from_secs(60);
/// A folder that could not be had is tried again this often.
const TRY: Duration = Duration::from_secs(2);
/// Closed intervals kept while the database fails.
const INTERVALS: usize = 100_000;
/// Notes taken in one go.
const GO: usize = 1024;

/// Of what kind, and why.
type Trouble = (StoreTrouble, String);

fn file(what: &str, why: &io::Error) -> Trouble {
    (trouble::of_file(why), format!("{what}: {why}"))
}

fn database(what: &str, why: &HistoryError) -> Trouble {
    (trouble::of_database(why), format!("{what}: {why}"))
}

/// All the thread needs.
pub(super) struct Work {
    pub(super) notes: Receiver<Note>,
    pub(super) writer: JournalWriter,
    pub(super) place: Place,
    pub(super) dir: PathBuf,
    pub(super) settings: Arc<Settings>,
    pub(super) state: KeepState,
    pub(super) clock: Clock,
    pub(super) feeds: Vec<(FeedId, u32, u64)>,
}

/// Where it goes.
pub(super) enum Place {
    /// The folder is ours until the lock is given back.
    Open {
        /// Its database.
        history: History,
        /// Held.
        _lock: Lock,
    },
    /// It could not be had yet.
    Waiting,
}

/// The thread, as the one who started it sees it.
#[derive(Debug)]
pub struct Running(oneshot::Receiver<()>);

impl Running {
    /// Returns when all is on the disk and the folder is given back; that begins when the keeper is dropped.
    pub async fn ended(self) {
        // Gone without a word is gone too.
        let _ = self.0.await;
    }

    /// As [`Self::ended`], for who has no runtime.
    pub fn wait(self) {
        let _ = self.0.blocking_recv();
    }
}

pub(super) fn start(work: Work) -> io::Result<Running> {
    let (done, ended) = oneshot::channel();
    std::thread::Builder::new().name("store".to_owned()).spawn(move || {
        let place = Thread::new(work).run();
        drop(place);
        let _ = done.send(());
    })?;
    Ok(Running(ended))
}

struct Thread {
    work: Work,
    intervals: VecDeque<ClosedInterval>,
    intervals_lost: u64,
    /// Incidents opened, not in the database yet.
    opened: Vec<(u64, Time)>,
    /// Changes of incidents, not in the database yet; as many as the engine holds pending.
    changes: Vec<IncidentChange>,
    arrivals: VecDeque<SlotArrivals>,
    /// Commands the journal has; said to be saved once their changes are too.
    journaled: u64,
    /// Receipt of the first envelope of this run.
    began: Option<Time>,
    flushed: Instant,
    retained: Option<Instant>,
    tried: Option<Instant>,
    feeds_saved: Option<Instant>,
    trouble: Option<Trouble>,
}

impl Thread {
    fn new(work: Work) -> Self {
        Self {
            work,
            intervals: VecDeque::new(),
            intervals_lost: 0,
            opened: Vec::new(),
            changes: Vec::new(),
            arrivals: VecDeque::new(),
            journaled: 0,
            began: None,
            flushed: Instant::now(),
            retained: None,
            tried: None,
            feeds_saved: None,
            trouble: None,
        }
    }

    fn run(mut self) -> Place {
        loop {
            let left = FLUSH.saturating_sub(self.flushed.elapsed());
            let mut urgent = false;
            match self.work.notes.recv_timeout(left) {
                Ok(note) => {
                    urgent |= self.take(note);
                    for _ in 0..GO {
                        let Ok(note) = self.work.notes.try_recv() else { break };
                        urgent |= self.take(note);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if urgent || self.flushed.elapsed() >= FLUSH {
                self.save(false);
            }
        }
        self.save(true);
        self.work.place
    }

    /// Whether it must not wait for the second to end.
    fn take(&mut self, note: Note) -> bool {
        self.work.writer.take(&note);
        match note {
            Note::Batch(batch) => {
                self.began = self.began.or(batch.first().map(|e| e.received_at));
                // A batch is of one feed.
                if let Some(last) = batch.last() {
                    match self.work.feeds.iter_mut().find(|(name, ..)| *name == last.feed) {
                        Some(feed) => (feed.1, feed.2) = (last.epoch, last.seq),
                        None => self.work.feeds.push((last.feed.clone(), last.epoch, last.seq)),
                    }
                }
                false
            }
            Note::Command(..) => true,
            Note::Closed(closed) => {
                self.intervals.extend(closed);
                while self.intervals.len() > INTERVALS {
                    self.intervals.pop_front();
                    self.intervals_lost = self.intervals_lost.saturating_add(1);
                }
                false
            }
            Note::Opened(id, at) => {
                // A feed that tells the hours before opens incidents of then: their numbers belong to this run's journal.
                self.opened.push((id, self.began.map_or(at, |began| at.max(began))));
                false
            }
            Note::Changes(changes) => {
                self.changes.extend(changes);
                true
            }
            Note::Arrivals(slots) => {
                self.arrivals.extend(slots);
                while self.arrivals.len() > INTERVALS {
                    self.arrivals.pop_front();
                    self.intervals_lost = self.intervals_lost.saturating_add(1);
                }
                false
            }
            Note::Tick(_) | Note::Lost(_) => false,
        }
    }

    fn save(&mut self, last: bool) {
        let now = self.work.clock.now();
        if let Err(trouble) = self.try_again(last) {
            self.flushed = Instant::now();
            self.tell(Some(trouble));
            return;
        }
        let site = self.work.settings.site.name.clone();
        let mut trouble = None;
        let journal = if last { self.work.writer.close(now) } else { self.work.writer.flush(now) };
        match journal {
            Ok(()) => self.journaled = self.journaled.saturating_add(self.work.writer.take_commands()),
            Err(why) => trouble = Some(file("the journal cannot be written", &why)),
        }
        // The changes of a command came before it.
        match self.save_changes() {
            Ok(()) => self.work.state.commands_saved(std::mem::take(&mut self.journaled)),
            Err(why) => {
                trouble.get_or_insert_with(|| database("changes of incidents cannot be written", &why));
            }
        }
        let Place::Open { history, .. } = &mut self.work.place else { return };
        if !self.intervals.is_empty() {
            match history.save(self.intervals.make_contiguous()) {
                Ok(()) => self.intervals.clear(),
                Err(why) => {
                    trouble.get_or_insert_with(|| database("closed intervals cannot be written", &why));
                }
            }
        }
        if !self.opened.is_empty() {
            match history.save_opened(&self.opened) {
                Ok(()) => self.opened.clear(),
                Err(why) => {
                    trouble.get_or_insert_with(|| database("incidents cannot be written", &why));
                }
            }
        }
        if !self.arrivals.is_empty() {
            match history.save_arrivals(site.as_str(), self.arrivals.make_contiguous()) {
                Ok(()) => self.arrivals.clear(),
                Err(why) => {
                    trouble.get_or_insert_with(|| database("first joins cannot be written", &why));
                }
            }
        }
        if last || self.feeds_saved.is_none_or(|at| at.elapsed() >= FEEDS) {
            self.feeds_saved = Some(Instant::now());
            if let Err(why) = history.save_feeds(&self.work.feeds) {
                trouble.get_or_insert_with(|| database("the database cannot be written", &why));
            }
        }
        if !last && self.retained.is_none_or(|at| at.elapsed() >= RETAIN) {
            self.retained = Some(Instant::now());
            if let Err(why) = self.retain() {
                trouble.get_or_insert(why);
            }
        }
        self.flushed = Instant::now();
        self.tell(trouble);
    }

    /// Takes a folder that could not be had before.
    fn try_again(&mut self, at_once: bool) -> Result<(), Trouble> {
        if matches!(self.work.place, Place::Open { .. }) {
            return Ok(());
        }
        if !at_once
            && self.tried.is_some_and(|at| at.elapsed() < TRY)
            && let Some(trouble) = &self.trouble
        {
            return Err(trouble.clone());
        }
        self.tried = Some(Instant::now());
        let store = Store::open(&self.work.dir, &self.work.settings, &self.work.clock)
            .map_err(|why| (why.trouble, why.to_string()))?;
        self.work.writer.go_on_from(store.next_serial());
        self.work.place = Place::Open { history: store.history, _lock: store.lock };
        tracing::info!("store: the folder can be used; what happens is kept from now on");
        Ok(())
    }

    /// Acknowledges what is on the disk.
    fn save_changes(&mut self) -> Result<(), HistoryError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let Place::Open { history, .. } = &mut self.work.place else { return Ok(()) };
        let refused = history.append(&self.changes)?;
        for (incident, seq) in &refused {
            tracing::error!("store: change {seq} of incident {incident} is refused: it is not the next one");
        }
        let fate = |key| if refused.contains(&key) { Fate::Refused } else { Fate::Kept };
        self.work.state.settled(self.changes.drain(..).map(|c| (c.key(), fate(c.key()))).collect());
        Ok(())
    }

    fn retain(&mut self) -> Result<(), Trouble> {
        let now = self.work.clock.now();
        let rules = &self.work.settings.store;
        let Place::Open { history, .. } = &mut self.work.place else { return Ok(()) };
        let days = |n: u32| Span::from_secs(i64::from(n) * 86_400);
        segments::retain(&self.work.dir.join("journal"), now, days(rules.journal_days), rules.journal_bytes)
            .map_err(|why| file("old journals cannot be deleted", &why))?;
        let oldest = (now - days(rules.interval_days)).second();
        history
            .forget_before(oldest)
            .and_then(|_| history.forget_arrivals_before(oldest))
            .map(drop)
            .map_err(|why| database("old intervals cannot be deleted", &why))
    }

    fn tell(&mut self, trouble: Option<Trouble>) {
        if trouble != self.trouble {
            if let Some((_, why)) = &trouble {
                tracing::error!("store: {why}");
            } else {
                tracing::info!("store: the disk takes everything again");
            }
        }
        let rows = self.intervals.len().saturating_add(self.arrivals.len());
        let intervals = u64::try_from(rows).unwrap_or(u64::MAX);
        let view = match &trouble {
            None => StoreView { state: StoreState::Kept, unsaved: 0, lost: 0 },
            Some((kind, why)) => StoreView {
                state: StoreState::Failing { trouble: *kind, why: Label::new(why) },
                unsaved: self.work.writer.unsaved().saturating_add(intervals),
                lost: 0,
            },
        };
        let lost = self.work.writer.lost().saturating_add(self.intervals_lost);
        self.work.state.set(StoreView { lost, ..view });
        self.trouble = trouble;
    }
}
