//! What is kept over a restart.
//!
//! Two things are kept, in a folder of the user alone, by a thread of its own; the engine never waits for it.
//!
//! - The **journal** (`journal/`): every envelope, tick and command in the order the engine did them, as JSON lines in zstd
//!   frames. On start the part since half a day before the business day is gone through again by the same
//!   [`crate::engine::Core`]. The same calls give the same floor, so the figures of the day, the windows of the last
//!   hour, distinct callers, people's times, calls waiting, alerts and incidents stand as they stood, and no second
//!   description of the day's state can disagree with the first. A day of a million events is gone through in seconds.
//!   Lost at `kill -9` or a power cut is at most the last second, whose end of talk or wait the next full state settles.
//! - The **history** (`history.db`): closed intervals with the rules they were closed with, which outlive the journal and
//!   are not computed again when rules change. In the same file:
//!   - changes of incidents ([`changes`]): on the disk before they are acknowledged, until then pending in the engine;
//!   - first joins by scope and five minutes ([`arrivals`]), watched or imported, with their gaps: what the usual is learnt
//!     from. The engine's own and the journal's are the same counts, so going through the past again adds nothing.
//!
//! From the last kept second to the first full state after the start is a gap of every feed: what waited and is not named
//! any more ends as unknown, people's time is unknown time.
//!
//! A folder that cannot be used (a lock, a damaged or newer database, no room) is left as it is: the board runs without,
//! and says so. Where that may pass (no room, not to be written to) it is tried again, and written from then on.

pub mod arrivals;
pub mod changes;
pub mod files;
pub mod history;
pub mod journal;
pub mod restore;
pub mod segments;
mod thread;
mod trouble;

use std::hash::Hasher as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use siphasher::sip::SipHasher24;

use self::arrivals::ArrivalGap;
use self::files::{Files, Folder, Lock, LockError, private_dir};
use self::history::{History, scope_key};
use self::journal::JournalWriter;
use self::restore::Restored;
use self::segments::Segment;
use crate::clock::Clock;
use crate::config::Settings;
use crate::engine::{ARRIVALS_S, Core, KeepState, Keeper, NOTES, Note};
use crate::metrics::{Calendar, Scope};
use crate::model::{Envelope, Event, FeedId, FeedState, Kind, Label, Span, Time};
use crate::snapshot::{StoreState, StoreTrouble, StoreView};
use thread::Place;
pub use thread::Running;

/// The journal is gone through from so long before the business day, so that who is at work and who waits over its start
/// is known.
const BEFORE_THE_DAY: Span = Span::from_secs(12 * 3600);

/// Why a run ended, where nobody knows: said of each feed over the gap.
const NOT_RUNNING: &str = "floorwatch was not running";

/// A store whose folder is held by this process; nothing has been written yet.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    lock: Lock,
    history: History,
    segments: Vec<Segment>,
    settings: Arc<Settings>,
    clock: Clock,
}

/// What a restart found, for the log and the feeds.
#[derive(Clone, Debug, Default)]
pub struct Restart {
    /// What was read back.
    pub restored: Restored,
    /// Connection and number each feed goes on after, for [`Supervisor::after`](crate::source::supervise::Supervisor::after).
    pub feeds: Vec<(FeedId, u32, u64)>,
    /// The gap, as envelopes that were applied and have to stand in the journal.
    gap: Vec<Envelope>,
}

/// Why nothing is kept: a sentence for people.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Unkept {
    /// Of what kind.
    pub trouble: StoreTrouble,
    why: String,
    /// Who keeps it, where somebody does.
    owner: Option<String>,
    /// It may be over in a while: a full disk, a folder that is not to be written to.
    passes: bool,
}

impl Unkept {
    const fn new(trouble: StoreTrouble, why: String) -> Self {
        Self { trouble, why, owner: None, passes: false }
    }

    /// Whether it may be over in a while, so that it is worth to try again: see [`Store::start_later`].
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.passes
    }

    /// How a snapshot shows it.
    #[must_use]
    pub fn view(&self) -> StoreView {
        let why = Label::new(self.owner.as_ref().unwrap_or(&self.why));
        StoreView { state: StoreState::Off { trouble: self.trouble, why }, ..StoreView::default() }
    }
}

impl Store {
    /// Takes the folder: lock, then database, both checked; nothing that is there is changed where one of them is wrong.
    ///
    /// # Errors
    /// [`Unkept`]: another process has it, a file is damaged, newer or foreign, or the disk refuses.
    pub fn open(dir: &Path, settings: &Arc<Settings>, clock: &Clock) -> Result<Self, Unkept> {
        let shown = dir.display();
        let cannot = |why: &io::Error| {
            let said = format!("nothing is kept: cannot use {shown}: {why}");
            Unkept { passes: true, ..Unkept::new(trouble::of_file(why), said) }
        };
        let journal = dir.join("journal");
        private_dir(&journal).map_err(|why| cannot(&why))?;
        let lock = Lock::take(&dir.join("lock"), clock.now()).map_err(|why| match why {
            LockError::Held(who) => Unkept {
                trouble: StoreTrouble::Viewer,
                why: format!("nothing is kept here: {shown} is kept by another floorwatch, {who}"),
                owner: Some(who),
                passes: false,
            },
            LockError::Io(why) => cannot(&why),
        })?;
        let segments = segments::list(&journal).map_err(|why| cannot(&why))?;
        let path = dir.join("history.db");
        let history = History::open(&path).map_err(|why| {
            let said = format!("nothing is kept: {}: {why}; move it away to begin a new one", path.display());
            let trouble = trouble::of_database(&why);
            let passes = matches!(trouble, StoreTrouble::Full | StoreTrouble::ReadOnly | StoreTrouble::Other);
            Unkept { passes, ..Unkept::new(trouble, said) }
        })?;
        let (settings, clock) = (settings.clone(), clock.clone());
        Ok(Self { dir: dir.to_owned(), lock, history, segments, settings, clock })
    }

    /// Brings a new core to where the last run was, and marks the time since as a gap of every feed.
    ///
    /// # Errors
    /// [`Unkept`]: a segment cannot be read at all. The core may have taken a part and must be made anew.
    pub fn restore(&self, core: &mut Core) -> Result<Restart, Unkept> {
        let from = self.from();
        let wanted = segments::since(&self.segments, from);
        // Incidents raised again while the past is gone through get the numbers they had.
        let begins = wanted.first().map_or(Time::MAX, |s| s.began);
        core.number_incidents_after(self.history.opened_before(begins).unwrap_or(0));
        let restored = restore::go_through(wanted, |envelope| core.apply(envelope)).map_err(|why| {
            let said = format!("nothing is kept: the journal cannot be read: {why}");
            Unkept::new(trouble::of_file(&why), said)
        })?;
        let mut feeds = self.history.feeds().unwrap_or_default();
        for (name, epoch, seq) in &restored.feeds {
            match feeds.iter_mut().find(|(known, ..)| known == name) {
                Some(known) => *known = (name.clone(), known.1.max(*epoch), known.2.max(*seq)),
                None => feeds.push((name.clone(), *epoch, *seq)),
            }
        }
        let mut gap = Vec::new();
        if let Some(since) = restored.last {
            for (name, epoch, seq) in feeds.iter_mut().filter(|(name, ..)| restored.feeds.iter().any(|f| f.0 == *name))
            {
                *seq = seq.saturating_add(1);
                let state = FeedState::Away { since, next_try: None, why: Label::new(NOT_RUNNING) };
                let event = Event::new(Kind::FeedState(state));
                gap.push(Envelope { feed: name.clone(), epoch: *epoch, seq: *seq, received_at: since, event });
            }
        }
        for envelope in &gap {
            core.apply(envelope);
        }
        Ok(Restart { restored, feeds, gap })
    }

    /// Teaches a new core's usual what is known of the weeks before: before [`Self::restore`], so that the past is gone
    /// through with the usual it had. Says how many calls were taught; a database that cannot be read teaches nothing.
    pub fn teach(&self, core: &mut Core) -> u64 {
        let now = self.clock.now();
        let site = &self.settings.site;
        let taught =
            core.learn(now, |history| self.history.teach_before(site.name.as_str(), &site.time_zone, now, history));
        match taught {
            Some(Ok(calls)) => calls,
            Some(Err(why)) => {
                tracing::error!("store: the usual cannot be learnt: {why}");
                0
            }
            None => 0,
        }
    }

    /// The database, for what is read before the start: incidents as they stood, what was learnt of the usual.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The number of the segment to be written next.
    fn next_serial(&self) -> u64 {
        self.segments.last().map_or(1, |s| s.serial.saturating_add(1))
    }

    /// The first instant gone through again.
    fn from(&self) -> Time {
        let figures = &self.settings.figures;
        let own = self.settings.queues.iter().filter_map(|q| q.time_zone.clone());
        let zones = std::iter::once(self.settings.site.time_zone.clone()).chain(own);
        let now = self.clock.now().second();
        let starts = zones.map(|zone| Calendar::new(zone, figures.interval_min, figures.day_starts_s).day(now).from);
        Time::from_secs(starts.min().unwrap_or(now)) - BEFORE_THE_DAY
    }

    /// Starts the thread that writes, and gives the engine's side. `core` is the restored one: intervals it closed while
    /// the past was gone through are written where they are not there yet.
    ///
    /// # Errors
    /// [`Unkept`]: the system gives no thread.
    pub fn start(self, core: &mut Core, restart: &Restart) -> Result<(Keeper, Running), Unkept> {
        let journal: Box<dyn Files> = Box::new(Folder(self.dir.join("journal")));
        self.start_with(journal, core, restart)
    }

    /// As [`Self::start`], with segments going elsewhere.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        mut self,
        files: Box<dyn Files>,
        core: &mut Core,
        restart: &Restart,
    ) -> Result<(Keeper, Running), Unkept> {
        let state = KeepState::default();
        state.set(StoreView { state: StoreState::Kept, ..StoreView::default() });
        let (mut keeper, notes) = Keeper::new(NOTES, state.clone());
        keeper.closed(core.take_closed());
        keeper.arrivals(core.take_arrivals());
        self.mark_arrivals_missing(restart.restored.last);
        let serial = self.next_serial();
        let mut writer = JournalWriter::new(files, serial, self.settings.site.name.clone(), hash(&self.settings));
        writer.take(&Note::Batch(restart.gap.clone()));
        let work = thread::Work {
            notes,
            writer,
            place: Place::Open { history: self.history, _lock: self.lock },
            dir: self.dir,
            settings: self.settings.clone(),
            state,
            clock: self.clock,
            feeds: restart.feeds.clone(),
        };
        let running = thread::start(work)
            .map_err(|why| Unkept::new(StoreTrouble::Other, format!("nothing is kept: no thread: {why}")))?;
        Ok((keeper, running))
    }
}

impl Store {
    /// For a folder that cannot be used at present ([`Unkept::passes`]): takes what comes, tries the folder again and
    /// again, and writes from when it can be had. The day before is not gone through: it is there at the next start.
    ///
    /// # Errors
    /// [`Unkept`]: the system gives no thread.
    pub fn start_later(
        dir: &Path,
        settings: &Arc<Settings>,
        clock: &Clock,
        why: &Unkept,
    ) -> Result<(Keeper, Running), Unkept> {
        let state = KeepState::default();
        let label = Label::new(&why.why);
        state
            .set(StoreView { state: StoreState::Failing { trouble: why.trouble, why: label }, ..StoreView::default() });
        let (keeper, notes) = Keeper::new(NOTES, state.clone());
        let files: Box<dyn Files> = Box::new(Folder(dir.join("journal")));
        let writer = JournalWriter::new(files, 1, settings.site.name.clone(), hash(settings));
        let work = thread::Work {
            notes,
            writer,
            place: Place::Waiting,
            dir: dir.to_owned(),
            settings: settings.clone(),
            state,
            clock: clock.clone(),
            feeds: Vec::new(),
        };
        let running = thread::start(work)
            .map_err(|why| Unkept::new(StoreTrouble::Other, format!("nothing is kept: no thread: {why}")))?;
        Ok((keeper, running))
    }

    /// First joins since the last run ended, or in the five minutes of a first start, are not known.
    fn mark_arrivals_missing(&mut self, last: Option<Time>) {
        let now = self.clock.now().second();
        // Where nothing was kept before, what was imported is known.
        let imported = || self.history.last_arrival(self.settings.site.name.as_str()).ok().flatten();
        let before = last.map(Time::second).or_else(imported).filter(|at| *at <= now);
        let from_s = before.unwrap_or(now - now.rem_euclid(ARRIVALS_S));
        if from_s < now {
            let gap = ArrivalGap { scope: scope_key(&Scope::All), from_s, to_s: now };
            if let Err(why) = self.history.save_arrival_gap(self.settings.site.name.as_str(), &gap) {
                tracing::error!("store: a gap of the first joins cannot be written: {why}");
            }
        }
    }
}

/// A short mark of the settings in force. It differs where they do; nothing can be read from it.
fn hash(settings: &Settings) -> Label {
    let mut hasher = SipHasher24::new();
    hasher.write(format!("{settings:?}").as_bytes());
    Label::new(&format!("{:016x}", hasher.finish()))
}
