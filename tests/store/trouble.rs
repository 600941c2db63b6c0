//! A disk that is full, read-only or not there: the board runs, says so, and goes on keeping once the disk takes it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use floorwatch::app::App;
use floorwatch::clock::Clock;
use floorwatch::engine::{Answer, Keeper, Note};
use floorwatch::metrics::Window;
use floorwatch::model::{CallerHasher, Span};
use floorwatch::snapshot::{StoreState, StoreTrouble, StoreView};
use floorwatch::store::Store;
use floorwatch::store::files::{Files, Folder, SegmentFile};

use crate::replies::Task;
use crate::script::{Run, core, live_through, script, settings, start};

/// Waits until the store stands as wanted.
#[track_caller]
fn until(keeper: &Keeper, what: &str, wanted: impl Fn(&StoreView) -> bool) -> StoreView {
    let began = Instant::now();
    loop {
        let view = keeper.state().view();
        if wanted(&view) {
            return view;
        }
        assert!(began.elapsed() < Duration::from_secs(600), "never: {what}; it stands {view:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kept(view: &StoreView) -> bool {
    view.state == StoreState::Kept && view.unsaved == 0
}

fn fails(kind: StoreTrouble) -> impl Fn(&StoreView) -> bool {
    move |view| matches!(view.state, StoreState::Failing { trouble, .. } if trouble == kind) && view.unsaved > 0
}

/// A folder of the disk that refuses every write while it is told to.
struct Moody(PathBuf, Arc<AtomicU8>);

fn refusal(mood: &AtomicU8) -> io::Result<()> {
    match mood.load(Ordering::SeqCst) {
        0 => Ok(()),
        1 => Err(io::ErrorKind::StorageFull.into()),
        _ => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
    }
}

impl Files for Moody {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn SegmentFile>> {
        refusal(&self.1)?;
        let file = Folder(self.0.clone()).create(name)?;
        Ok(Box::new(MoodyFile(file, self.1.clone())))
    }
}

struct MoodyFile(Box<dyn SegmentFile>, Arc<AtomicU8>);

impl SegmentFile for MoodyFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        refusal(&self.1)?;
        self.0.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.cut(length)
    }
}

#[test]
fn a_full_and_a_read_only_disk_are_said_and_lose_nothing_in_the_end() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let notes = script(120);
    let mut core = core(&settings);
    let store = Store::open(dir.path(), &settings, &Clock::fixed(start())).unwrap();
    let restart = store.restore(&mut core).unwrap();
    let mood = Arc::new(AtomicU8::new(0));
    let files = Moody(dir.path().join("journal"), mood.clone());
    let (mut keeper, running) = store.start_with(Box::new(files), &mut core, &restart).unwrap();
    let third = notes.len() / 3;
    for (part, kind) in notes.chunks(third + 1).zip([None, Some(StoreTrouble::Full), Some(StoreTrouble::ReadOnly)]) {
        mood.store(
            match kind {
                None => 0,
                Some(StoreTrouble::Full) => 1,
                _ => 2,
            },
            Ordering::SeqCst,
        );
        live_through(&mut core, Some(&mut keeper), part);
        if let Some(kind) = kind {
            until(&keeper, kind.word(), fails(kind));
            mood.store(0, Ordering::SeqCst);
        }
        until(&keeper, "it is kept", kept);
    }
    let want = core.publish();
    assert_eq!(keeper.state().view().lost, 0);
    drop(keeper);
    running.wait();
    let mut run = Run::begin(dir.path(), &settings, start() + Span::from_secs(121));
    let got = run.core.publish();
    assert_eq!(got.all.tally(Window::Day).counts, want.all.tally(Window::Day).counts);
    run.end();
}

/// Commands on an incident while the disk is full, and while it may not be written to: accepted and said not to be saved,
/// counted on the board, saved once the disk takes them.
#[tokio::test(flavor = "multi_thread")]
async fn incidents_go_on_while_the_disk_does_not_take_them() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let mut core = core(&settings);
    let store = Store::open(dir.path(), &settings, &Clock::fixed(start())).unwrap();
    let restart = store.restore(&mut core).unwrap();
    let mood = Arc::new(AtomicU8::new(0));
    let files = Moody(dir.path().join("journal"), mood.clone());
    core.board_mut().keep_changes();
    let (keeper, running) = store.start_with(Box::new(files), &mut core, &restart).unwrap();
    let mut task = Task::of(core, Some(keeper));
    let mut second = 121;
    for (kind, number) in [(StoreTrouble::Full, 1), (StoreTrouble::ReadOnly, 2)] {
        assert_eq!(task.ask(1).await.await.unwrap(), Answer::Saved);
        mood.store(number, Ordering::SeqCst);
        assert_eq!(task.ask(1).await.await.unwrap(), Answer::Unsaved);
        loop {
            second += 1;
            task.goes_on(second).await;
            let view = task.snapshots.borrow().clone();
            if matches!(view.store.state, StoreState::Failing { trouble, .. } if trouble == kind) && view.unsaved > 0 {
                break;
            }
        }
        assert_eq!(task.ask(1).await.await.unwrap(), Answer::Unsaved, "at once: the disk is known to fail");
        mood.store(0, Ordering::SeqCst);
        while task.snapshots.borrow().unsaved > 0 || task.snapshots.borrow().store.state != StoreState::Kept {
            second += 1;
            task.goes_on(second).await;
        }
    }
    assert_eq!(task.ask(1).await.await.unwrap(), Answer::Saved);
    drop(task);
    running.ended().await;
    let history = floorwatch::store::history::History::open(&dir.path().join("history.db")).unwrap();
    let words: Vec<String> = history.changes_of(1).unwrap().iter().map(|c| c.what.to_string()).collect();
    let taken = words.iter().filter(|w| ["acknowledged", "renewed"].contains(&w.as_str())).count();
    assert_eq!(taken, 7, "{words:?}");
}

#[test]
fn a_folder_that_cannot_be_had_at_the_start_is_tried_again() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let folder = dir.path().join("store");
    std::fs::write(&folder, "in the way").unwrap();
    let clock = Clock::fixed(start());
    let why = Store::open(&folder, &settings, &clock).unwrap_err();
    assert!(why.passes(), "{why}");
    let mut core = core(&settings);
    let (mut keeper, running) = Store::start_later(&folder, &settings, &clock, &why).unwrap();
    live_through(&mut core, Some(&mut keeper), &script(60));
    until(&keeper, "it says so", fails(StoreTrouble::Other));
    std::fs::remove_file(&folder).unwrap();
    until(&keeper, "it is kept", kept);
    let want = core.publish();
    drop(keeper);
    running.wait();
    let mut run = Run::begin(&folder, &settings, start() + Span::from_secs(61));
    assert_eq!(run.core.publish().all.tally(Window::Day).counts, want.all.tally(Window::Day).counts);
    run.end();
}

#[test]
fn what_does_not_pass_is_not_tried_again() {
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let clock = Clock::fixed(start());
    let held = Store::open(dir.path(), &settings, &clock).unwrap();
    let why = Store::open(dir.path(), &settings, &clock).unwrap_err();
    assert_eq!((why.passes(), why.trouble), (false, StoreTrouble::Viewer));
    let StoreState::Off { why: owner, .. } = why.view().state else { panic!("it is off") };
    assert!(owner.as_str().contains(&format!("process {}", std::process::id())), "{owner}");
    drop(held);
    std::fs::write(dir.path().join("history.db"), vec![b'x'; 9000]).unwrap();
    let why = Store::open(dir.path(), &settings, &clock).unwrap_err();
    assert_eq!((why.passes(), why.trouble), (false, StoreTrouble::Damaged));
}

#[test]
fn over_a_damaged_or_newer_database_the_board_runs_and_says_so() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for kind in [StoreTrouble::Damaged, StoreTrouble::Newer] {
        let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
        Run::begin(dir.path(), &settings, start()).end();
        let path = dir.path().join("history.db");
        if kind == StoreTrouble::Newer {
            rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        } else {
            std::fs::write(&path, vec![b'x'; 9000]).unwrap();
        }
        let before = std::fs::read(&path).unwrap();
        runtime.block_on(async {
            let app = App::kept(&settings, &CallerHasher::new([1; 16]), &Clock::fixed(start()), dir.path());
            let mut snapshots = app.backend.snapshots.clone();
            let at = app.snapshot().version;
            snapshots.wait_for(|s| s.version > at).await.expect("the board goes on");
            let StoreState::Off { trouble, .. } = app.snapshot().store.state else { panic!("it is off") };
            assert_eq!(trouble, kind);
            app.stop().await;
        });
        assert_eq!(std::fs::read(&path).unwrap(), before, "not a byte of it was changed");
    }
}

/// Set for the process whose files may not grow: its folder.
const FOLDER: &str = "FLOORWATCH_TEST_FULL";

/// Lives while no file may grow beyond what the shell allowed it, then with room again. Does nothing where it is not asked to.
#[test]
fn the_one_without_room() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let mut run = Run::begin(Path::new(&dir), &settings(), start());
    let notes: Vec<Note> = script(300);
    run.live(&notes);
    let view = until(&run.keeper, "the disk is full", fails(StoreTrouble::Full));
    writeln!(io::stdout(), "\nfull: {} not on disk", view.unsaved).unwrap();
    let limit = rustix::process::Resource::Fsize;
    let hard = rustix::process::getrlimit(limit);
    rustix::process::setrlimit(limit, rustix::process::Rlimit { current: hard.maximum, maximum: hard.maximum })
        .unwrap();
    let view = until(&run.keeper, "there is room", kept);
    writeln!(io::stdout(), "room: {} not on disk, {} lost", view.unsaved, view.lost).unwrap();
    run.end();
}

#[cfg(unix)]
#[test]
fn a_process_whose_files_may_not_grow_lives_and_keeps_all_once_they_may() {
    let dir = tempfile::tempdir().unwrap();
    let out = std::process::Command::new("sh")
        // Ignored, as a service manager does it: the write fails instead.
        .args(["-c", "trap '' XFSZ; ulimit -S -f 128; exec \"$0\" trouble::the_one_without_room --exact --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    assert!(said.contains("full: ") && said.contains("room: 0 not on disk, 0 lost"), "{said}");
    let mut want = core(&settings());
    live_through(&mut want, None, &script(300));
    let mut run = Run::begin(dir.path(), &settings(), start() + Span::from_secs(301));
    let (got, want) = (run.core.publish(), want.publish());
    assert_eq!(got.all.tally(Window::Day).counts, want.all.tally(Window::Day).counts);
    run.end();
}
