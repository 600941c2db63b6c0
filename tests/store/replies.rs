//! A command is answered when the store has it, or told that it has not; the engine waits for nobody.

use std::sync::Arc;
use std::time::Duration;

use floorwatch::engine::{Answer, Core, Inboxes, KeepState, Keeper, Note, Request, run_kept};
use floorwatch::model::{Command, Envelope, Event, FeedId, FeedState, Kind, Label, Span};
use floorwatch::snapshot::{Mode, StoreState, StoreTrouble, StoreView};
use floorwatch::source::Input;
use tokio::sync::{mpsc, oneshot, watch};

use crate::script::{core, settings, start};

/// An engine's task with an open incident, and what a front end holds of it.
pub(crate) struct Task {
    inputs: mpsc::Sender<Input>,
    requests: mpsc::Sender<Request>,
    _modes: watch::Sender<Mode>,
    pub(crate) snapshots: watch::Receiver<Arc<floorwatch::snapshot::Snapshot>>,
}

impl Task {
    /// Its time runs as the test's does.
    fn begin(keeper: Option<Keeper>) -> Self {
        Self::of(core(&settings()), keeper)
    }

    pub(crate) fn of(mut core: Core, keeper: Option<Keeper>) -> Self {
        let away = FeedState::Away { since: start(), next_try: None, why: Label::new("gone") };
        for (seq, state) in [(1, FeedState::Live), (2, away)] {
            let (feed, event) = (FeedId::new("f"), Event::new(Kind::FeedState(state)));
            core.apply(&Envelope { feed, epoch: 1, seq, received_at: start(), event });
        }
        // The first tick is where time begins.
        core.tick(start());
        core.tick(start() + Span::from_secs(120));
        let first = Arc::new(core.publish());
        assert!(first.incidents.iter().any(|i| i.id == 1), "{:?}", first.alerts);
        let (inputs, inbox) = mpsc::channel(8);
        let (requests, asked) = mpsc::channel(8);
        let (modes, changed) = watch::channel(Mode::Live);
        let (shown, snapshots) = watch::channel(first);
        let (_, files) = mpsc::channel(1);
        let inboxes = Inboxes { inputs: inbox, requests: asked, changes: files, modes: changed };
        tokio::spawn(run_kept(core, inboxes, shown, Duration::from_millis(100), keeper));
        Self { inputs, requests, _modes: modes, snapshots }
    }

    pub(crate) async fn ask(&self, incident: u64) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Ack { incident, by: Label::new("lin") };
        self.requests.send(Request { command, reply }).await.unwrap();
        answer
    }

    /// Time comes this far, whoever waits for an answer.
    pub(crate) async fn goes_on(&mut self, second: i64) {
        let at = start() + Span::from_secs(second);
        self.inputs.send(Input::Tick(at)).await.unwrap();
        self.snapshots.wait_for(|s| s.at == at).await.unwrap();
    }
}

fn kept() -> (KeepState, Keeper, std::sync::mpsc::Receiver<Note>) {
    let state = KeepState::default();
    state.set(StoreView { state: StoreState::Kept, ..StoreView::default() });
    let (keeper, notes) = Keeper::new(100, state.clone());
    (state, keeper, notes)
}

#[tokio::test(start_paused = true)]
async fn done_is_said_when_it_is_on_the_disk() {
    let (state, keeper, _notes) = kept();
    let mut task = Task::begin(Some(keeper));
    let (mut first, mut second) = (task.ask(1).await, task.ask(1).await);
    task.goes_on(121).await;
    assert!(first.try_recv().is_err() && second.try_recv().is_err(), "the disk has not said a word");
    assert_eq!(task.snapshots.borrow().unsaved, 2);
    state.commands_saved(1);
    assert_eq!(first.await.unwrap(), Answer::Saved);
    task.goes_on(122).await;
    assert!(second.try_recv().is_err());
    state.commands_saved(1);
    assert_eq!(second.await.unwrap(), Answer::Saved);
    task.snapshots.wait_for(|s| s.unsaved == 0).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_takes_its_time_is_not_waited_for() {
    let (state, keeper, _notes) = kept();
    let mut task = Task::begin(Some(keeper));
    let answer = task.ask(1).await;
    let began = tokio::time::Instant::now();
    task.goes_on(121).await;
    assert_eq!(answer.await.unwrap(), Answer::Unsaved);
    assert!((Duration::from_secs(2)..Duration::from_secs(3)).contains(&began.elapsed()), "{:?}", began.elapsed());
    // Saved later all the same, and the next one in its turn.
    let next = task.ask(1).await;
    state.commands_saved(2);
    assert_eq!(next.await.unwrap(), Answer::Saved);
    let last = task.ask(1).await;
    task.goes_on(122).await;
    drop(task);
    assert_eq!(last.await.unwrap(), Answer::Unsaved, "the engine ends");
}

#[tokio::test(start_paused = true)]
async fn what_nothing_keeps_is_answered_at_once() {
    let off = StoreState::Off { trouble: StoreTrouble::Damaged, why: Label::new("it is damaged") };
    let failing = StoreState::Failing { trouble: StoreTrouble::Full, why: Label::new("no space") };
    let (state, keeper, _notes) = kept();
    state.set(StoreView { state: failing, ..StoreView::default() });
    let without = Keeper::without(StoreView { state: off, ..StoreView::default() });
    for (keeper, want) in [(None, Answer::Done), (Some(without), Answer::Unsaved), (Some(keeper), Answer::Unsaved)] {
        let task = Task::begin(keeper);
        let began = tokio::time::Instant::now();
        assert_eq!(task.ask(1).await.await.unwrap(), want);
        assert!(matches!(task.ask(999).await.await.unwrap(), Answer::Refused(_)));
        assert!(began.elapsed() < Duration::from_millis(500));
    }
}
