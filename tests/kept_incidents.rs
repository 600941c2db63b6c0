//! Incidents over a restart: the engine's task, its store and what is taken up again, killed at any instant.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;

use floorwatch::app::App;
use floorwatch::clock::Clock;
use floorwatch::config::{self, Settings};
use floorwatch::engine::{Answer, Request};
use floorwatch::model::{Command, FloorAct, FloorCommand, Label, Note, Span, Time};
use floorwatch::snapshot::Snapshot;
use floorwatch::source::{Inbox, Input};
use floorwatch::store::history::History;
use tokio::sync::oneshot;

/// Set for the process that is to be killed: its folder, and which round it is.
const FOLDER: &str = "FLOORWATCH_TEST_INCIDENTS";
const ROUND: &str = "FLOORWATCH_TEST_ROUND";

const ROSTER: &str = "role,person,backup,days,from,to\nduty_manager,Ann,Ben,daily,00:00,24:00\n\
    service_supervisor,Sun,Sue,daily,00:00,24:00\nservice_manager,Max,Mia,daily,00:00,24:00\n";

/// Each command comes so long after the one before.
const STEP: Span = Span::from_secs(10);

fn start() -> Time {
    Time::parse("2026-05-20T08:00:00Z").unwrap()
}

fn settings(dir: &Path) -> Arc<Settings> {
    let roster = dir.join("duty.csv");
    std::fs::write(&roster, ROSTER).unwrap();
    let mut settings: Settings = config::defaults().unwrap();
    settings.site.time_zone = jiff::tz::TimeZone::UTC;
    settings.incident.rosters = vec![roster];
    Arc::new(settings)
}

/// A run of the program without screen and sources; time goes on only by this.
struct Run {
    app: App,
    inbox: Inbox,
    now: Time,
}

impl Run {
    fn begin(dir: &Path) -> Self {
        let (app, inbox, _after) = App::kept_engine(&settings(dir), &Clock::fixed(start()), &dir.join("store"));
        let now = app.snapshot().at.max(start());
        Self { app, inbox, now }
    }

    /// Lets time pass until the newest view stands for it.
    async fn pass(&mut self, span: Span) -> Arc<Snapshot> {
        self.now = self.now + span;
        self.inbox.send(Input::Tick(self.now)).await.unwrap();
        let now = self.now;
        self.app.backend.snapshots.clone().wait_for(|s| s.at >= now).await.unwrap().clone()
    }

    async fn ask(&self, command: Command) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.app.backend.commands.send(Request { command, reply }).await.unwrap();
        answer.await.unwrap()
    }

    async fn end(self) {
        drop(self.inbox);
        assert_eq!(self.app.stop().await, Vec::<&str>::new());
    }
}

fn by() -> Label {
    Label::new("Ann (ops)")
}

fn open(kind: &str) -> Command {
    Command::Open { by: by(), kind: Label::new(kind), name: Label::new("Hall 2"), text: None, drill: false }
}

/// The command of a round's step; its text is in no other.
fn command(round: u64, n: u64) -> Command {
    let (by, text) = (by(), format!("r{round}n{n}"));
    let incident = 1 + n % 2;
    match n % 5 {
        0 => Command::Tally { incident, by, area: Label::new(&text), n: 1 },
        1 => Command::Wording { incident, by, text: Note::new(&text) },
        2 => Command::Assign { incident, by, to: Label::new("Kim"), text: Note::new(&text), due: None },
        _ => Command::Note { incident, by, text: Note::new(&text) },
    }
}

/// Works on two incidents, one that nobody takes and one that was taken, and says each command that was said to be saved.
/// Does nothing where it is not asked to.
#[test]
fn the_one_whose_incidents_are_worked_on() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut run = Run::begin(Path::new(&dir));
        let mut out = std::io::stdout();
        writeln!(out, "\nbegun").unwrap();
        if round == 0 {
            run.pass(STEP).await;
            assert_eq!(run.ask(open("power_cut")).await, Answer::Opened(1));
            assert_eq!(run.ask(open("system_fault")).await, Answer::Opened(2));
            assert_eq!(run.ask(Command::ack(2, by())).await, Answer::Saved);
            run.end().await;
            return;
        }
        for n in 1.. {
            run.pass(STEP).await;
            if run.ask(command(round, n)).await == Answer::Saved {
                writeln!(out, "saved r{round}n{n}").unwrap();
            }
        }
    });
}

fn child(dir: &Path, round: u64) -> std::process::Child {
    Process::new(std::env::current_exe().unwrap())
        .args(["the_one_whose_incidents_are_worked_on", "--exact", "--nocapture"])
        .env(FOLDER, dir)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Instants after the first change of an incident, in seconds, by what happened then.
fn instants(history: &History, incident: u64) -> BTreeMap<String, Vec<i64>> {
    let lines = history.changes_of(incident).unwrap();
    let mut by_word: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for line in &lines {
        let after = (line.at - lines.first().unwrap().at).micros() / 1_000_000;
        by_word.entry(line.what.to_string()).or_default().push(after);
    }
    by_word
}

fn kill_rounds(rounds: u64) -> String {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert!(child(dir, 0).wait().unwrap().success());
    let mut acknowledged: Vec<String> = Vec::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 1..=rounds {
        let mut child = child(dir, round);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (lines, wait) = ((random >> 33) % 9, Duration::from_micros((random >> 40) % 9_000));
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Now and then while the past is gone through.
        let lines = if random.is_multiple_of(8) {
            0
        } else {
            assert!(out.by_ref().any(|line| line == "begun"), "round {round} did not begin");
            usize::try_from(lines).unwrap()
        };
        let mut told: Vec<String> = out.by_ref().take(lines).collect();
        std::thread::sleep(wait);
        child.kill().unwrap();
        child.wait().unwrap();
        told.extend(out);
        acknowledged.extend(told.iter().filter_map(|line| Some(line.strip_prefix("saved ")?.to_owned())));
    }
    let history = History::open(&dir.join("store/history.db")).unwrap();
    let bodies: Vec<String> =
        [1, 2].iter().flat_map(|n| history.changes_of(*n).unwrap()).map(|line| line.body).collect();
    let times = |text: &String| bodies.iter().filter(|b| b.contains(&format!("\"{text}\""))).count();
    let lost: Vec<_> = acknowledged.iter().filter(|text| times(text) == 0).collect();
    let texts: BTreeSet<String> = bodies
        .iter()
        .flat_map(|b| {
            b.split('"').filter(|t| t.starts_with('r') && t.contains('n')).map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|t| t.trim_start_matches(['r', 'n']).starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let twice: Vec<_> = texts.iter().filter(|text| times(text) > 1).collect();
    assert_eq!((lost, twice), (Vec::new(), Vec::new()), "of {}", acknowledged.len());

    // What stands after the last restart is what is kept, each once, and the timers ran from their instants.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lasted = runtime.block_on(async {
        let run = Run::begin(dir);
        let shown = run.app.snapshot();
        for incident in &shown.incidents {
            let kept = history.changes_of(incident.id).unwrap();
            assert!(incident.timeline.len() >= kept.len(), "#{}", incident.id);
            for (line, kept) in incident.timeline.iter().zip(&kept) {
                assert_eq!((line.what, line.at), (kept.what.as_str(), kept.at), "#{}", incident.id);
            }
        }
        assert_eq!(shown.incidents.len(), 2);
        let lasted = (run.now - start()).micros() / 1_000_000;
        run.end().await;
        lasted
    });
    let due = |all: &[i64]| all.iter().copied().filter(|at| *at < lasted - 20).collect::<Vec<i64>>();
    let found = |all: &BTreeMap<String, Vec<i64>>, word: &str| due(all.get(word).map_or(&[], Vec::as_slice));
    let (nobody, taken) = (instants(&history, 1), instants(&history, 2));
    assert_eq!(found(&nobody, "told"), due(&[0, 180, 480, 480, 900, 900]), "the ladder of what nobody took");
    let later = [1800, 1800 + 180, 1800 + 480, 1800 + 480, 1800 + 900, 1800 + 900];
    assert_eq!(found(&taken, "told"), due(&[&[0], later.as_slice()].concat()), "after the acknowledgement lapsed");
    assert_eq!(found(&taken, "lapsed"), due(&[1800]), "half an hour from when it was taken");
    format!(
        "{rounds} kills: {} acknowledged, {} kept, none lost, none twice; {lasted} s of incidents, \
         told #1 {:?}, lapsed #2 {:?}",
        acknowledged.len(),
        texts.len(),
        nobody.get("told"),
        taken.get("lapsed")
    )
}

#[test]
fn killed_at_any_instant_no_acknowledged_change_is_lost_none_is_twice_and_timers_are_right() {
    kill_rounds(30);
}

/// `cargo test --test kept_incidents -- --ignored --nocapture`.
#[test]
#[ignore = "takes a while"]
fn killed_two_hundred_times() {
    let began = std::time::Instant::now();
    let said = kill_rounds(200);
    writeln!(std::io::stdout(), "{said}; {:?}", began.elapsed()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_to_be_saved_before_its_changes_are() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = Run::begin(dir.path());
    run.pass(STEP).await;
    assert_eq!(run.ask(open("power_cut")).await, Answer::Opened(1));
    // Another process holds the database; the journal takes everything.
    let other = rusqlite::Connection::open(dir.path().join("store/history.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(run.ask(command(1, 4)).await, Answer::Unsaved);
    assert!(run.pass(STEP).await.unsaved > 0);
    assert_eq!(run.ask(open("system_fault")).await, Answer::OpenedUnsaved(2));
    other.execute_batch("ROLLBACK").unwrap();
    let mut shown = run.app.backend.snapshots.clone();
    while shown.borrow().unsaved > 0 {
        run.pass(Span::from_secs(1)).await;
    }
    assert_eq!(shown.borrow_and_update().unsaved, 0);
    assert_eq!(run.ask(command(1, 8)).await, Answer::Saved);
    run.end().await;
    let history = History::open(&dir.path().join("store/history.db")).unwrap();
    let texts: Vec<String> = history.changes_of(1).unwrap().into_iter().map(|line| line.body).collect();
    assert!(["r1n4", "r1n8"].iter().all(|t| texts.iter().filter(|b| b.contains(t)).count() == 1), "{texts:?}");
    assert!(!history.changes_of(2).unwrap().is_empty());
}

/// What a lead did about people, callers and rules is there after a restart, since it is done anew with the plan.
#[tokio::test(flavor = "multi_thread")]
async fn the_floors_commands_are_done_again_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let plan = "person,name,team,desk,start,end,breaks,skills,standby\n\
        op1,Op One,A,D1,2026-05-20 09:00,2026-05-20 17:00,,billing,standby\n";
    std::fs::write(dir.path().join("plan.csv"), plan).unwrap();
    let begin = || {
        let mut settings = (*settings(dir.path())).clone();
        settings.shift_plan.file = Some(dir.path().join("plan.csv"));
        let (app, inbox, _after) =
            App::kept_engine(&Arc::new(settings), &Clock::fixed(start()), &dir.path().join("store"));
        let now = app.snapshot().at.max(start());
        Run { app, inbox, now }
    };
    let mut run = begin();
    let shown = run.pass(STEP).await;
    assert!(shown.floor.planned);
    let person = shown.floor.call_in.first().map(|c| c.person.clone()).unwrap_or_default();
    assert_eq!(person.as_str(), "op1");
    let called = FloorCommand::new(FloorAct::CallIn, "op1", "Ann").note("surge");
    assert_eq!(run.ask(called.into()).await, Answer::Saved);
    let quota = FloorCommand { count: Some(0), ..FloorCommand::new(FloorAct::RestQuota, "A", "Ann") };
    assert_eq!(run.ask(quota.into()).await, Answer::Saved);
    let before = run.pass(STEP).await.floor.called.clone();
    assert_eq!(before.len(), 1);
    run.end().await;
    let mut run = begin();
    let after = run.pass(STEP).await.floor.called.clone();
    assert_eq!(after, before);
    run.end().await;
}
