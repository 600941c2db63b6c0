//! Changes of incidents: none that was acknowledged is ever lost, none stands twice, whenever the process is killed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use floorwatch::engine::{Fate, IncidentChange, Keeper};
use floorwatch::model::{Label, Span, Time};
use floorwatch::store::history::History;

use crate::script::{Run, settings, start};

/// Set for the process that is to be killed: its folder, and which round it is.
const FOLDER: &str = "FLOORWATCH_TEST_CHANGES";
const ROUND: &str = "FLOORWATCH_TEST_ROUND";

fn change(incident: u64, seq: u64) -> IncidentChange {
    IncidentChange {
        incident,
        seq,
        at: start() + Span::from_secs(i64::try_from(seq).unwrap()),
        who: (!seq.is_multiple_of(3)).then(|| Label::new("值班 (duty)")),
        what: Label::new(if seq == 1 { "opened" } else { "note" }),
        body: format!("{{\"n\":{seq},\"text\":\"{}\"}}", "查 ".repeat(usize::try_from(seq % 50).unwrap())),
    }
}

fn history(dir: &Path) -> History {
    History::open(&dir.join("history.db")).unwrap()
}

#[test]
fn the_same_line_is_one_and_another_under_its_number_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = history(dir.path());
    let lines: Vec<IncidentChange> = (1..=3).map(|seq| change(7, seq)).collect();
    assert_eq!(history.append(&lines).unwrap(), []);
    assert_eq!(history.append(&lines).unwrap(), [], "given again");
    let other = IncidentChange { body: "{}".to_owned(), ..change(7, 2) };
    let (early, next) = (change(7, 5), change(7, 4));
    assert_eq!(history.append(&[other, early, next, change(8, 1)]).unwrap(), [(7, 2), (7, 5)]);
    let want: Vec<IncidentChange> = (1..=4).map(|seq| change(7, seq)).collect();
    assert_eq!(history.changes_of(7).unwrap(), want);
    assert_eq!(history.last_changes().unwrap(), [(7, 4), (8, 1)]);
    let since = history.changes_since(start() + Span::from_secs(2)).unwrap();
    assert_eq!(since, want, "whole incidents, and only those with something new");
    assert_eq!(history.changes_since(Time::MIN).unwrap().len(), 5);
    let db = rusqlite::Connection::open(dir.path().join("history.db")).unwrap();
    let said = db.execute("UPDATE incident_change SET body = ''", []).unwrap_err().to_string();
    assert!(said.contains("never changed"), "{said}");
}

/// Waits until every pending change has met its fate.
fn settle(keeper: &mut Keeper, all: &mut Vec<((u64, u64), Fate)>, wanted: usize) {
    while all.len() < wanted {
        let told = keeper.settle();
        if told.is_empty() {
            std::thread::sleep(Duration::from_micros(200));
        }
        all.extend(told);
    }
}

#[test]
fn a_change_is_unsaved_until_it_is_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = Run::begin(dir.path(), &settings(), start());
    assert!(run.keeper.keeps());
    let mut told = Vec::new();
    run.keeper.changes(vec![change(1, 1), change(1, 2), change(1, 2)]);
    settle(&mut run.keeper, &mut told, 2);
    let unsaved = |run: &mut Run| {
        let mut snapshot = run.core.publish();
        run.keeper.describe(&mut snapshot);
        snapshot.unsaved
    };
    assert_eq!((told, unsaved(&mut run)), (vec![((1, 1), Fate::Kept), ((1, 2), Fate::Kept)], 0));
    run.keeper.changes(vec![change(1, 9)]);
    assert_eq!(unsaved(&mut run), 1, "not yet acknowledged");
    let mut told = Vec::new();
    settle(&mut run.keeper, &mut told, 1);
    assert_eq!((told, unsaved(&mut run)), (vec![((1, 9), Fate::Refused)], 0));
    run.keeper.changes(vec![change(1, 3)]);
    run.end();
    assert_eq!(history(dir.path()).changes_of(1).unwrap().len(), 3, "what was pending at the end is kept");
}

/// Goes on with two incidents where the disk ends, and says each change that is acknowledged. Does nothing where it is
/// not asked to.
#[test]
fn the_one_that_writes_and_is_killed() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let mut run = Run::begin(Path::new(&dir), &settings(), start());
    let known: BTreeMap<u64, u64> = history(Path::new(&dir)).last_changes().unwrap().into_iter().collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nbegun").unwrap();
    out.flush().unwrap();
    for n in 1u64.. {
        let mut batch = Vec::new();
        for incident in [1, round + 1] {
            let from = if incident == 1 { known.get(&1).copied().unwrap_or(0) } else { 0 };
            // The last one acknowledged is given again, as one does who was not told.
            batch.extend((from + 2 * n - 2..=from + 2 * n).filter(|seq| *seq > 0).map(|seq| change(incident, seq)));
        }
        let keys: std::collections::BTreeSet<_> = batch.iter().map(IncidentChange::key).collect();
        let mut told = Vec::new();
        run.keeper.changes(batch);
        settle(&mut run.keeper, &mut told, keys.len());
        for ((incident, seq), fate) in told {
            assert_eq!(fate, Fate::Kept);
            writeln!(out, "kept {incident} {seq}").unwrap();
        }
        out.flush().unwrap();
    }
}

#[cfg(unix)]
fn kill_rounds(rounds: u64) -> (u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<u64, u64> = BTreeMap::new();
    let (mut random, mut said) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    for round in 1..=rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["changes::the_one_that_writes_and_is_killed", "--exact", "--nocapture"])
            .env(FOLDER, dir.path())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (lines, wait) = ((random >> 33) % 12, Duration::from_micros((random >> 40) % 12_000));
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Now and then while the store is being opened.
        if random % 8 > 0 {
            assert!(out.by_ref().any(|line| line == "begun"), "round {round} did not begin");
        }
        let mut take = |line: String| {
            let mut words = line.strip_prefix("kept ")?.split(' ').map(|n| n.parse::<u64>().unwrap());
            let (incident, seq) = (words.next()?, words.next()?);
            let last = acknowledged.entry(incident).or_insert(0);
            *last = seq.max(*last);
            said += 1;
            Some(())
        };
        let lines = if random % 8 > 0 { lines } else { 0 };
        for line in out.by_ref().take(usize::try_from(lines).unwrap()) {
            take(line);
        }
        std::thread::sleep(wait);
        child.kill().unwrap();
        child.wait().unwrap();
        out.for_each(|line| {
            take(line);
        });
    }
    let history = history(dir.path());
    let mut stand = 0;
    for (incident, last) in &acknowledged {
        let lines = history.changes_of(*incident).unwrap();
        let count = u64::try_from(lines.len()).unwrap();
        assert!(count >= *last, "incident {incident}: {last} acknowledged, {count} kept");
        let want: Vec<IncidentChange> = (1..=count).map(|seq| change(*incident, seq)).collect();
        assert_eq!(lines, want, "each once, in its order, as it was given");
        stand += count;
    }
    assert!(said > 0);
    (said, stand)
}

#[cfg(unix)]
#[test]
fn killed_at_any_instant_no_acknowledged_change_is_lost_and_none_is_twice() {
    kill_rounds(50);
}

/// `cargo test --test store -- --ignored --nocapture three_thousand`.
#[cfg(unix)]
#[test]
#[ignore = "takes a while"]
fn killed_three_thousand_times_no_acknowledged_change_is_lost_and_none_is_twice() {
    let began = std::time::Instant::now();
    let (said, stand) = kill_rounds(3000);
    writeln!(std::io::stdout(), "3000 kills: {said} acknowledged, {stand} kept, {:?}", began.elapsed()).unwrap();
}
