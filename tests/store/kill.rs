//! A process that is really killed: lock, database and journal as the system leaves them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use floorwatch::metrics::Window;
use floorwatch::model::{Command as Order, Label, Span};

use crate::script::{Run, core, live_through, script, settings, start};

/// Set for the process that is to be killed: its folder.
const FOLDER: &str = "FLOORWATCH_TEST_FOLDER";
const SECONDS: i64 = 1900;

/// Lives, says when all is on the disk, and waits for its end. Does nothing where it is not asked to.
#[test]
fn the_one_that_is_killed() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let mut run = Run::begin(Path::new(&dir), &settings(), start());
    run.live(&script(SECONDS));
    // A command is brought to the disk at once, and all before it.
    run.keeper.command(Order::Ack { incident: 999, by: Label::new("x") }, run.core.now());
    loop {
        let mut snapshot = run.core.publish();
        run.keeper.describe(&mut snapshot);
        if snapshot.unsaved == 0 {
            break;
        }
        std::thread::yield_now();
    }
    writeln!(std::io::stdout(), "\nall is kept").unwrap();
    let _ = std::io::stdin().read(&mut [0]);
}

#[cfg(unix)]
#[test]
fn after_sigkill_the_figures_are_those_before() {
    use std::os::unix::process::ExitStatusExt as _;
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::the_one_that_is_killed", "--exact", "--nocapture"])
        .env(FOLDER, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.into_iter().any(|line| line == "all is kept"), "it ended too early");
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));

    let mut want = core(&settings());
    live_through(&mut want, None, &script(SECONDS));
    let closed = want.take_closed().len();
    let want = want.publish();
    let mut run = Run::begin(dir.path(), &settings(), start() + Span::from_secs(SECONDS + 5));
    assert_eq!(run.core.take_closed().len(), 0, "what was closed again was handed to the store");
    let got = run.core.publish();
    assert!(closed > 0 && want.all.tally(Window::Day).counts.offered > 100);
    for (got, want) in got.queues.iter().chain([&got.all]).zip(want.queues.iter().chain([&want.all])) {
        for window in Window::ALL {
            assert_eq!(got.tally(*window).counts, want.tally(*window).counts, "{} {window:?}", want.name);
            assert_eq!(got.tally(*window).wait_percentiles_us, want.tally(*window).wait_percentiles_us);
        }
        assert_eq!(crate::script::apart_from_away(got.now), crate::script::apart_from_away(want.now));
    }
    assert_eq!(got.agents.len(), want.agents.len());
    run.end();
}
