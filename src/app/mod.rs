//! The composition root: settings → parts → tasks → backend. The only file that knows all parts.

pub mod control;
pub mod desk;
mod floor_answers;
pub mod floor_files;
pub mod import;
pub mod probe;
pub mod record;
pub mod rehearsal;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::alert::{Change, Desk};
use crate::clock::Clock;
use crate::config::{AsteriskSettings, Settings, SourceKind};
use crate::engine::{self, Backend, Core, IncidentChange, Keeper};
use crate::model::{CallerHasher, FeedId, Span, Time};
use crate::roster::Plan;
use crate::snapshot::{Mode, Snapshot};
use crate::source::asterisk::client::AsteriskSource;
use crate::source::playback::{self, PlaybackState};
use crate::source::recording::Recording;
use crate::source::session::{SessionEnd, Steps};
use crate::source::supervise::{Session, Supervisor};
use crate::source::websocket::Websocket;
use crate::source::{INBOX, Inbox, Input};
use crate::store::Store;
use crate::usual::History;

/// Commands that may wait for the engine.
const REQUESTS: usize = 64;

/// Incidents are counted over this time (scorecard).
const SCORED: Span = Span::from_secs(90 * 86_400);
/// Changed files that may wait for the engine.
const CHANGES: usize = 16;

/// How long everything may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A running floorwatch: tasks, and what a front end needs of them.
#[derive(Debug)]
pub struct App {
    /// For the front end.
    pub backend: Backend,
    changes: mpsc::Sender<engine::Change>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<&'static str>,
    names: Vec<&'static str>,
}

impl App {
    /// Starts the sources of the settings and the engine. The clock is the one of the wall, or a test's.
    #[must_use]
    pub fn live(settings: &Arc<Settings>, hasher: &CallerHasher, clock: &Clock, mode: Mode) -> Self {
        let core = core_of(settings, mode, false, clock.now());
        let (app, inbox, _modes) = Self::engine_of(core, settings, mode, None);
        app.with_sources(settings, hasher, clock, inbox, &[])
    }

    /// As [`Self::live`], going on where the last run left off and keeping what happens in the folder `dir`. Where that
    /// cannot be used the floor is shown without, and says why.
    #[must_use]
    pub fn kept(settings: &Arc<Settings>, hasher: &CallerHasher, clock: &Clock, dir: &Path) -> Self {
        if !settings.store.on {
            return Self::live(settings, hasher, clock, Mode::Live);
        }
        let (app, inbox, after) = Self::kept_engine(settings, clock, dir);
        app.with_sources(settings, hasher, clock, inbox, &after)
    }

    /// The engine of [`Self::kept`] alone; whoever holds the inbox plays. With it, connection and number each feed came to.
    #[must_use]
    pub fn kept_engine(settings: &Arc<Settings>, clock: &Clock, dir: &Path) -> (Self, Inbox, Vec<(FeedId, u32, u64)>) {
        let mut core = core_of(settings, Mode::Live, false, clock.now());
        core.keep_closed();
        let started = Store::open(dir, settings, clock).and_then(|store| {
            let calls = store.teach(&mut core);
            tracing::info!(calls, "store: the usual was learnt");
            let restart = store.restore(&mut core)?;
            core.board_mut().adopt(changes_kept(&store, clock.now()));
            let (keeper, running) = store.start(&mut core, &restart)?;
            Ok((restart, keeper, running))
        });
        match started {
            Ok((restart, keeper, running)) => {
                let r = &restart.restored;
                tracing::info!(envelopes = r.envelopes, last = ?r.last, damaged = r.damaged, "store: the journal was read");
                let (mut app, inbox, _modes) = Self::engine_of(core, settings, Mode::Live, Some(keeper));
                app.spawn("store", running.ended());
                (app, inbox, restart.feeds)
            }
            Err(why) => {
                tracing::error!("store: {why}");
                // The core may have gone through a part of the past.
                let mut core = core_of(settings, Mode::Live, false, clock.now());
                let later = if why.passes() { Store::start_later(dir, settings, clock, &why).ok() } else { None };
                let (keeper, running) = match later {
                    Some((keeper, running)) => {
                        core.keep_closed();
                        core.board_mut().keep_changes();
                        (keeper, Some(running))
                    }
                    None => (Keeper::without(why.view()), None),
                };
                let (mut app, inbox, _modes) = Self::engine_of(core, settings, Mode::Live, Some(keeper));
                if let Some(running) = running {
                    app.spawn("store", running.ended());
                }
                (app, inbox, Vec::new())
            }
        }
    }

    fn with_sources(
        mut self,
        settings: &Settings,
        hasher: &CallerHasher,
        clock: &Clock,
        inbox: Inbox,
        after: &[(FeedId, u32, u64)],
    ) -> Self {
        // The channel is new and has room.
        let _ = self.changes.try_send(engine::Change::Pseudonyms(hasher.clone()));
        for (name, task) in source_tasks(settings, hasher, clock, &inbox, &self.stop.subscribe(), after) {
            self.spawn(name, task);
        }
        let ticks = tick(clock.clone(), inbox, self.stop.subscribe());
        self.spawn("clock", ticks);
        self
    }

    /// Starts the engine over a recording, played at `speed` times real time (`None`: as fast as it can).
    #[must_use]
    pub fn replay(settings: &Arc<Settings>, recording: Recording, speed: Option<f64>) -> Self {
        Self::replay_learnt(settings, recording, speed, |_| ())
    }

    /// As [`Self::replay`], the usual taught what was before. Never from the live store.
    #[must_use]
    pub fn replay_learnt(
        settings: &Arc<Settings>,
        recording: Recording,
        speed: Option<f64>,
        teach: impl FnOnce(&mut History),
    ) -> Self {
        let mode = Mode::Replay { speed, paused: false, ended: false };
        let mut core = Core::new(settings, mode, true);
        core.begin(Time::default());
        plan_of(settings, &mut core);
        core.learn(Time::default(), teach);
        let (mut app, inbox, modes) = Self::engine_of(core, settings, mode, None);
        let (controls, asked) = mpsc::channel(16);
        app.backend.playback = Some(controls);
        let told = move |state: PlaybackState| {
            let PlaybackState { speed, paused, ended } = state;
            modes.send_replace(Mode::Replay { speed, paused, ended });
        };
        app.spawn("replay", playback::play(recording, speed, inbox, asked, told));
        app
    }

    /// Starts the engine alone; whoever holds the inbox plays.
    #[must_use]
    pub fn engine(
        settings: &Arc<Settings>,
        mode: Mode,
        keep_whole: bool,
        now: Time,
    ) -> (Self, Inbox, watch::Sender<Mode>) {
        let core = core_of(settings, mode, keep_whole, now);
        Self::engine_of(core, settings, mode, None)
    }

    fn engine_of(
        mut core: Core,
        settings: &Settings,
        mode: Mode,
        mut keeper: Option<Keeper>,
    ) -> (Self, Inbox, watch::Sender<Mode>) {
        let (inbox, inputs) = mpsc::channel(INBOX);
        let (commands, requests) = mpsc::channel(REQUESTS);
        let (changes, reread) = mpsc::channel(CHANGES);
        let (modes, mode_changes) = watch::channel(mode);
        let mut first = core.publish();
        if let Some(keeper) = &mut keeper {
            keeper.describe(&mut first);
        }
        let (snapshots_in, snapshots) = watch::channel(Arc::new(first));
        let refresh = Duration::from(settings.display.refresh).max(Duration::from_millis(20));
        let (stop, _) = watch::channel(false);
        let backend = Backend { snapshots, commands, playback: None };
        let mut app = Self { backend, changes, stop, tasks: JoinSet::new(), names: Vec::new() };
        let inboxes = engine::Inboxes { inputs, requests, changes: reread, modes: mode_changes };
        // What nobody keeps need not be worked off when it is time to stop.
        let (keeps, mut stopping) = (keeper.is_some(), app.stopping());
        let engine = engine::run_kept(core, inboxes, snapshots_in, refresh, keeper);
        app.spawn("engine", async move {
            tokio::select! {
                () = engine => {}
                _ = stopping.wait_for(|stop| *stop && !keeps) => {}
            }
        });
        (app, inbox, modes)
    }

    /// A task of its own; the name is said where it does not stop in time.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.names.push(name);
        self.tasks.spawn(async move {
            task.await;
            name
        });
    }

    /// Takes this shift plan from here on.
    pub fn plan(&self, plan: Plan) {
        // The channel has room for more than is told before the start.
        let _ = self.changes.try_send(engine::Change::Plan(Arc::new(plan)));
    }

    /// Reads configuration and shift plan anew when they change, for the rules that may change while it runs.
    pub fn follow(&mut self, request: crate::config::Request) {
        let (changes, stop) = (self.changes.clone(), self.stop.subscribe());
        self.spawn("settings", floor_files::follow(request, changes, stop));
    }

    /// Becomes `true` when everything is to stop.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Stops the sources, then the engine. Returns the names of tasks that did not stop within five seconds.
    pub async fn stop(mut self) -> Vec<&'static str> {
        let _ = self.stop.send(true);
        drop(self.backend);
        let deadline = tokio::time::Instant::now() + STOP_WITHIN;
        while let Ok(Some(ended)) = tokio::time::timeout_at(deadline, self.tasks.join_next()).await {
            if let Ok(name) = ended
                && let Some(at) = self.names.iter().position(|n| *n == name)
            {
                self.names.swap_remove(at);
            }
        }
        self.tasks.abort_all();
        self.names
    }

    /// The newest view.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.backend.snapshots.borrow().clone()
    }
}

/// A new core with desk and shift plan: what is gone through again needs them as what is new does.
fn core_of(settings: &Arc<Settings>, mode: Mode, keep_whole: bool, now: Time) -> Core {
    let mut core = Core::new(settings, mode, keep_whole);
    core.equip(desk_of(settings, mode));
    plan_of(settings, &mut core);
    core.begin(now);
    core
}

/// A plan that is wrong was told where the settings were loaded.
fn plan_of(settings: &Settings, core: &mut Core) {
    if let Ok(Some((plan, _))) = floor_files::plan(settings) {
        core.set_plan(Arc::new(plan));
    }
}

/// Changes of incidents of the last 90 days. One this version cannot read is in the log, and the rest goes on without it.
fn changes_kept(store: &Store, now: Time) -> Vec<Change> {
    match store.history().changes_since(now - SCORED) {
        Ok(lines) => lines.iter().filter_map(change_of).collect(),
        Err(why) => {
            tracing::error!("store: incidents cannot be read back: {why}");
            Vec::new()
        }
    }
}

fn change_of(line: &IncidentChange) -> Option<Change> {
    let change = Change::from_json(&line.body);
    if change.is_none() {
        tracing::warn!(incident = line.incident, seq = line.seq, what = %line.what, "a kept change cannot be read");
    }
    change
}

/// What incidents are carried by. What is wrong with its files is in the log; `roster check` tells it as well.
fn desk_of(settings: &Settings, mode: Mode) -> Desk {
    if mode == Mode::Demo {
        return desk::demo(settings);
    }
    let (desk, problems) = desk::load(settings);
    for problem in problems {
        tracing::warn!("{problem}");
    }
    desk
}

/// Tells the engine each whole second, just after it began.
async fn tick(clock: Clock, inbox: Inbox, mut stop: watch::Receiver<bool>) {
    loop {
        let now: Time = clock.now();
        let wait = Span::from_secs(1) - (now - now.floor_second());
        tokio::select! {
            () = tokio::time::sleep(Duration::from(wait) + Duration::from_millis(1)) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if inbox.send(Input::Tick(clock.now().floor_second())).await.is_err() {
            return;
        }
    }
}

type Task = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

fn source_tasks(
    settings: &Settings,
    hasher: &CallerHasher,
    clock: &Clock,
    inbox: &Inbox,
    stopping: &watch::Receiver<bool>,
    after: &[(FeedId, u32, u64)],
) -> Vec<(&'static str, Task)> {
    let mut tasks: Vec<(&'static str, Task)> = Vec::new();
    for source in &settings.sources {
        let mut supervisor =
            Supervisor::new(source.name.clone(), source.late_after, clock.clone(), inbox.clone(), stopping.clone());
        if let Some((_, epoch, seq)) = after.iter().find(|(name, ..)| *name == source.name) {
            supervisor = supervisor.after(*epoch, *seq);
        }
        match &source.kind {
            SourceKind::Websocket(settings) => {
                let session = Websocket::new(settings.clone(), hasher.clone(), clock.clone());
                tasks.push(("websocket source", Box::pin(supervisor.run(session))));
            }
            SourceKind::Asterisk(settings) => {
                tasks.push(("asterisk source", Box::pin(supervisor.run(asterisk(settings, hasher, clock)))));
            }
            // Served on loopback and read as a websocket; `cli::demo` puts that in its place.
            SourceKind::Demo(_) => {}
        }
    }
    tasks
}

/// Starts the sources alone, for whoever reads the inbox. They end with the set.
#[must_use]
pub fn sources(
    settings: &Settings,
    hasher: &CallerHasher,
    clock: &Clock,
    inbox: &Inbox,
    stopping: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut set = JoinSet::new();
    for (_, task) in source_tasks(settings, hasher, clock, inbox, stopping, &[]) {
        set.spawn(task);
    }
    set
}

fn asterisk(settings: &AsteriskSettings, hasher: &CallerHasher, clock: &Clock) -> Manager {
    Manager { source: AsteriskSource::new(settings.clone(), hasher.clone()), clock: clock.clone() }
}

/// An Asterisk source with the clock it stamps with.
struct Manager {
    source: AsteriskSource,
    clock: Clock,
}

impl Session for Manager {
    async fn run(&mut self, steps: Steps) -> SessionEnd {
        let clock = self.clock.clone();
        self.source.session(move || clock.now(), &steps).await
    }
}
