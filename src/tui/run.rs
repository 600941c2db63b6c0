//! The one loop: keys, snapshots, answers, signals and a tick each second change the view state; a frame follows.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use crate::config::{Lang, Theme};
use crate::engine::{Answer, Backend, Request};
use crate::model::{Label, Time};
use crate::snapshot::{Mode, Snapshot};

use super::access::AccessLog;
use super::action::{Effect, Input};
use super::charset::Charset;
use super::depth::Depth;
use super::draw::view;
use super::keymap::input;
use super::listen::{Heard, listen};
use super::status::Targets;
use super::terminal::{Keyboard, Screen, give_back, output_alive, stop};
use super::ui::{Ui, View};
use super::update::{answered, update};

/// How a console starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The wall display: one view, no keyboard needed.
    pub wall: bool,
    /// Language of the screen.
    pub lang: Lang,
    /// Theme.
    pub theme: Theme,
    /// Colours of the terminal.
    pub depth: Depth,
    /// Signs of the terminal.
    pub charset: Charset,
    /// At most one frame in this time.
    pub refresh: Duration,
    /// Who acts: operating-system user and roster name.
    pub user: Label,
    /// Limits to compare figures with.
    pub targets: Targets,
    /// Looks at people's data are noted here.
    pub access: AccessLog,
}

/// Rows of a screen that are not rows of its table.
const AROUND: u16 = 8;

/// Answers not said yet.
const ANSWERS: usize = 16;

/// Runs the console until it is quit, signalled, or its terminal is gone; all three are an end in order. The terminal
/// is given back in every case.
///
/// # Errors
/// Where there is no terminal, or the engine has stopped.
pub async fn run(backend: Backend, options: Options) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let keys = match Keyboard::open().and_then(listen) {
        Ok(keys) => Some(keys),
        // A wall needs no keyboard.
        Err(error) if options.wall => {
            tracing::info!(%error, "no keyboard");
            None
        }
        Err(error) => return Err(error).context("the console needs a terminal to read keys from"),
    };
    let screen = Screen::take().context("the console needs a terminal to draw on")?;
    let (answer, answers) = mpsc::channel(ANSWERS);
    let mut console =
        Console { ui: start(&options), backend, screen, refresh: options.refresh, answer, access: options.access };
    console.run(&mut signals, keys, answers).await
}

fn start(options: &Options) -> Ui {
    let mut ui = Ui::new(options.lang, options.theme);
    ui.wall = options.wall;
    ui.depth = options.depth;
    ui.charset = options.charset;
    ui.user = options.user.clone();
    ui.targets = options.targets;
    ui
}

/// The signals a console minds.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    proceed: Signal,
    resize: Signal,
}

/// What a signal asks for.
enum Asked {
    End,
    Proceed,
    Resize,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            proceed: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.hang_up.recv() => Asked::End,
            _ = self.proceed.recv() => Asked::Proceed,
            _ = self.resize.recv() => Asked::Resize,
        }
    }
}

struct Console {
    ui: Ui,
    backend: Backend,
    screen: Screen,
    refresh: Duration,
    answer: mpsc::Sender<Answer>,
    access: AccessLog,
}

impl Console {
    async fn run(
        &mut self,
        signals: &mut Signals,
        mut keys: Option<mpsc::Receiver<Heard>>,
        mut answers: mpsc::Receiver<Answer>,
    ) -> anyhow::Result<()> {
        let mut tick = every_second();
        let mut last = Instant::now();
        // When the next frame is due; the last request wins, and there is never more than one.
        let mut due = Some(last);
        self.measure();
        loop {
            let soon = last + self.refresh;
            tokio::select! {
                biased;
                asked = signals.next() => match asked {
                    Asked::End => return Ok(()),
                    Asked::Proceed => {
                        if self.screen.retake().is_err() {
                            return Ok(());
                        }
                        due = due.or(Some(soon));
                    }
                    Asked::Resize => {
                        self.measure();
                        due = due.or(Some(soon));
                    }
                },
                heard = next_key(&mut keys) => match heard {
                    Heard::Gone if self.ui.wall && output_alive() => keys = None,
                    Heard::Gone => return Ok(()),
                    Heard::Key(key) => {
                        due = due.or(Some(soon));
                        if let Some(input) = input(key, self.ui.typing.is_some())
                            && let Ended::Yes = self.press(input).await?
                        {
                            return Ok(());
                        }
                    }
                    Heard::Paste(text) => {
                        due = due.or(Some(soon));
                        // Pasted text is text, never keys.
                        for c in text.chars() {
                            if self.ui.typing.is_some() {
                                self.press(Input::Type(c)).await?;
                            }
                        }
                    }
                },
                () = frame_due(due) => {
                    due = None;
                    last = Instant::now();
                    if let Err(error) = self.draw() {
                        tracing::info!(%error, "the terminal is gone");
                        return Ok(());
                    }
                }
                Some(answer) = answers.recv() => {
                    let now = self.now();
                    answered(&mut self.ui, &answer, now);
                    due = due.or(Some(soon));
                }
                changed = self.backend.snapshots.changed() => {
                    changed.context("the engine has stopped")?;
                    due = due.or(Some(soon));
                }
                _ = tick.tick() => {
                    if !output_alive() {
                        return Ok(());
                    }
                    due = due.or(Some(soon));
                }
            }
        }
    }

    fn newest(&mut self) -> Arc<Snapshot> {
        Arc::clone(&self.backend.snapshots.borrow_and_update())
    }

    /// The instant of the screen: our clock on a live floor, else the floor's own.
    fn now(&mut self) -> Time {
        let newest = self.newest();
        match newest.mode {
            Mode::Live => Time::from_jiff(jiff::Timestamp::now()).max(newest.at),
            Mode::Demo | Mode::Replay { .. } => newest.at,
        }
    }

    fn measure(&mut self) {
        let (_, rows) = self.screen.size();
        self.ui.page = usize::from(rows.saturating_sub(AROUND).max(1));
    }

    fn draw(&mut self) -> std::io::Result<()> {
        let (newest, now) = (self.newest(), self.now());
        self.ui.observe(&newest, now);
        self.screen.draw(|buf| view(buf, &self.ui, &newest, now))
    }

    /// One key: the view state first, then what it asks for outside of it.
    async fn press(&mut self, input: Input) -> anyhow::Result<Ended> {
        let (newest, now) = (self.newest(), self.now());
        let before = self.ui.view;
        let effect = update(&mut self.ui, input, &newest, now);
        match self.ui.view {
            View::Agents if before != View::Agents => self.access.note("agents", now),
            // Lost callers stand below the queues, their numbers masked.
            View::Queues if before != View::Queues && !newest.floor.lost.is_empty() => {
                self.access.note("lost callers", now);
            }
            _ => {}
        }
        match effect {
            None => {}
            Some(Effect::Quit) => return Ok(Ended::Yes),
            Some(Effect::Redraw) => self.screen.forget()?,
            Some(Effect::Suspend) => {
                give_back();
                stop();
                // Where nobody can stop us (no job control) or once we are continued, the screen is ours again.
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.screen.retake()?;
            }
            Some(Effect::Playback(playback)) => {
                let taken = self.backend.playback.as_ref().map(|p| p.try_send(playback));
                if !matches!(taken, Some(Ok(()))) {
                    self.busy(now);
                }
            }
            Some(Effect::Command(command)) => {
                let (reply, answer) = oneshot::channel();
                if self.backend.commands.try_send(Request { command, reply }).is_err() {
                    self.busy(now);
                } else {
                    let answers = self.answer.clone();
                    tokio::spawn(async move {
                        if let Ok(answer) = answer.await {
                            let _ = answers.send(answer).await;
                        }
                    });
                }
            }
        }
        Ok(Ended::No)
    }

    fn busy(&mut self, now: Time) {
        let text = crate::locale::Texts::get(self.ui.lang).t("notice.busy").to_owned();
        self.ui.say(text, now);
    }
}

/// Whether the console ends.
enum Ended {
    Yes,
    No,
}

/// The next key; never where there is no keyboard.
async fn next_key(keys: &mut Option<mpsc::Receiver<Heard>>) -> Heard {
    match keys {
        Some(keys) => keys.recv().await.unwrap_or(Heard::Gone),
        None => std::future::pending().await,
    }
}

async fn frame_due(due: Option<Instant>) {
    match due {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A tick at the start of each second of the clock, so that all consoles of a room change together.
fn every_second() -> Interval {
    let into = u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs());
    let mut tick = interval_at(Instant::now() + Duration::from_nanos(1_000_000_000 - into), Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tick
}
