//! First joins by five minutes, for learning the usual: watched and imported, none counted twice.

use std::io::Cursor;

use floorwatch::engine::{ArrivalCounts, SlotArrivals};
use floorwatch::metrics::{Scope, Window};
use floorwatch::model::{FeedId, Label, QueueId, Span, Time};
use floorwatch::store::arrivals::{ArrivalGap, Arrivals, FileHash, FileMark, Imported, ImportedRows};
use floorwatch::store::history::{History, scope_key, scope_of};
use floorwatch::usual;
use jiff::tz::TimeZone;

use crate::script::{Run, live_through, script, settings, start};

const SITE: &str = "上海";

fn history(dir: &tempfile::TempDir) -> History {
    History::open(&dir.path().join("history.db")).unwrap()
}

fn all(history: &History) -> Vec<(String, i64, u32)> {
    let mut found = Vec::new();
    history.arrivals(SITE, Time::MIN, Time::MAX, |a| found.push((a.scope, a.from_s, a.calls))).unwrap();
    found
}

fn row(scope: &str, from_s: i64, calls: u32) -> Arrivals {
    Arrivals { scope: scope.to_owned(), from_s, calls }
}

fn gap(from_s: i64, to_s: i64) -> ArrivalGap {
    ArrivalGap { scope: "all".to_owned(), from_s, to_s }
}

fn mark(bytes: &[u8]) -> FileMark {
    let mut hash = FileHash::default();
    hash.add(bytes);
    hash.mark()
}

#[test]
fn every_scope_of_the_floor_has_a_key_and_comes_back() {
    let label = Label::new("浦东:1/2");
    for scope in [
        Scope::All,
        Scope::Group(label.clone()),
        Scope::Line(label.clone()),
        Scope::Team(label),
        Scope::Queue(FeedId::new("pbx"), QueueId::new("a/b:c")),
    ] {
        assert_eq!(scope_of(&scope_key(&scope)), Some(scope));
    }
    assert_eq!(scope_of("weather:rain"), None);
}

#[test]
fn a_slot_is_told_when_it_is_over_and_again_when_a_late_call_was_added() {
    let at = |s: i64| Time::from_secs(1_200 + s);
    let mut counts = ArrivalCounts::default();
    for s in [0, 10, 299, 300] {
        counts.count(&Scope::All, at(s));
    }
    let told = |counts: &mut ArrivalCounts, s: i64| {
        counts.take(at(s)).iter().map(|t| (t.from_s - 1_200, t.calls, t.missing_s)).collect::<Vec<_>>()
    };
    assert_eq!(told(&mut counts, 299), []);
    assert_eq!(told(&mut counts, 300), [(0, 3, 0)]);
    assert_eq!(told(&mut counts, 400), []);
    counts.count(&Scope::All, at(5));
    (401..=450).for_each(|s| counts.missing(&Scope::All, at(s)));
    assert_eq!(told(&mut counts, 590), [], "not for each late call of its own");
    assert_eq!(told(&mut counts, 600), [(0, 4, 0), (300, 1, 50)]);
}

#[test]
fn a_file_is_known_by_what_is_in_it_and_goes_on_where_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = history(&dir);
    let (old, grown) = (&b"monday\n"[..], &b"monday\ntuesday\n"[..]);
    assert_eq!(history.imported(SITE, Cursor::new(old)).unwrap(), Imported::New);
    let import = history.begin_import(SITE, "calls.csv").unwrap();
    let brought = ImportedRows { rows: vec![row("all", 300, 2), row("area:浦东", 300, 1)], gaps: vec![] };
    history.import(import, &brought, &mark(old)).unwrap();
    let upto = |offset| Imported::UpTo { import, offset };
    assert_eq!(history.imported(SITE, Cursor::new(old)).unwrap(), upto(7), "under any name");
    assert_eq!(history.imported("北京", Cursor::new(old)).unwrap(), Imported::New, "another site's");
    assert_eq!(history.imported(SITE, Cursor::new(grown)).unwrap(), upto(7));
    assert_eq!(history.imported(SITE, Cursor::new(b"mon")).unwrap(), Imported::New);
    assert_eq!(history.imported(SITE, Cursor::new(b"monkey\ntuesday")).unwrap(), Imported::New);
    let more = ImportedRows { rows: vec![row("all", 300, 1), row("all", 601, 5)], gaps: vec![] };
    history.import(import, &more, &mark(grown)).unwrap();
    assert_eq!(history.imported(SITE, Cursor::new(grown)).unwrap(), upto(15));
    let want = [("all", 300, 3), ("all", 600, 5), ("area:浦东", 300, 1)];
    let got = all(&history);
    assert_eq!(got.iter().map(|(s, f, c)| (s.as_str(), *f, *c)).collect::<Vec<_>>(), want);
    // Another file brings other calls.
    let other = history.begin_import(SITE, "b.csv").unwrap();
    history.import(other, &ImportedRows { rows: vec![row("all", 300, 10)], gaps: vec![] }, &mark(b"b")).unwrap();
    assert_eq!(all(&history).first().unwrap().2, 13);
    history.forget_import(other).unwrap();
    assert_eq!(all(&history), got);
}

#[test]
fn watched_and_imported_are_two_looks_at_the_same_calls() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = history(&dir);
    let watched =
        |from_s, calls, missing_s| SlotArrivals { scope: Scope::All, from_s, calls, missing_s, surged: false };
    let slots = [watched(0, 4, 0), watched(300, 1, 200), watched(600, 0, 300), watched(3000, 9, 0)];
    history.save_arrivals(SITE, &slots).unwrap();
    history.save_arrivals(SITE, &slots).unwrap();
    history.save_arrivals(SITE, &[watched(0, 2, 0)]).unwrap();
    history.save_arrival_gap(SITE, &gap(1200, 2000)).unwrap();
    let spans = |h: &History| {
        let gaps = h.arrival_gaps(SITE, Time::MIN, Time::MAX).unwrap();
        gaps.iter().map(|g| (g.from_s, g.to_s)).collect::<Vec<_>>()
    };
    let key = || "all".to_owned();
    assert_eq!(all(&history), [(key(), 0, 4), (key(), 300, 1), (key(), 3000, 9)]);
    assert_eq!(spans(&history), [(300, 600), (600, 900), (1200, 2000)]);
    let import = history.begin_import(SITE, "a").unwrap();
    let rows = vec![row("all", 0, 3), row("all", 300, 6), row("all", 600, 7)];
    history.import(import, &ImportedRows { rows, gaps: vec![gap(9000, 9300)] }, &mark(b"a")).unwrap();
    assert_eq!(all(&history), [(key(), 0, 4), (key(), 300, 6), (key(), 600, 7), (key(), 3000, 9)]);
    assert_eq!(spans(&history), [(1200, 2000), (9000, 9300)], "what the file knows is no gap any more");
    let other = history.begin_import(SITE, "b").unwrap();
    let rows = vec![row("all", 1500, 1), row("all", 1800, 1)];
    history.import(other, &ImportedRows { rows, gaps: vec![] }, &mark(b"b")).unwrap();
    assert_eq!(spans(&history), [(1200, 1500), (9000, 9300)], "nor the part of one it knows");
    history.forget_import(other).unwrap();
    assert_eq!(history.forget_arrivals_before(600).unwrap(), 4);
}

#[test]
fn the_usual_is_taught_by_the_local_clock_and_not_by_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = history(&dir);
    let zone = TimeZone::get("Asia/Kathmandu").unwrap();
    let monday = Time::parse("2026-05-04T10:00:00+05:45").unwrap().second();
    let mut rows = Vec::new();
    for week in 0..4 {
        rows.extend((0..36).map(|slot| row("all", monday + week * 7 * 86_400 + slot * 300, 20)));
    }
    let import = history.begin_import(SITE, "a").unwrap();
    history.import(import, &ImportedRows { rows, gaps: vec![] }, &mark(b"a")).unwrap();
    let mut learnt = usual::History::new(zone.clone(), usual::Calendar::default(), 3);
    let taught = history.teach(SITE, &zone, (Time::MIN, Time::MAX), &mut learnt).unwrap();
    assert_eq!(taught, 4 * 36 * 20);
    let profile = floorwatch::config::defaults().unwrap().usual;
    let usual = usual::Usual::learnt(&profile, learnt, zone);
    let next = Time::from_secs(monday + 4 * 7 * 86_400);
    let hour = usual.expected(&Scope::All, next + Span::from_secs(3600), next + Span::from_secs(7200)).unwrap();
    assert!((hour - 240.0).abs() < 1.0, "{hour}");
}

#[test]
fn the_engine_counts_what_the_figures_count_and_a_restart_counts_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let notes = script(1800);
    let mut run = Run::begin(dir.path(), &settings(), start());
    run.live(&notes);
    let offered = run.core.publish().all.tally(Window::Day).counts.offered;
    let mut core = run.end();
    // It learnt what it counted, and knows what was a surge.
    let learning = core.learn(start(), |usual| usual.learning(&Scope::All, jiff::civil::date(2026, 5, 27)));
    assert_eq!(learning.map(|l| l.have), Some(1));
    let db = rusqlite::Connection::open(dir.path().join("history.db")).unwrap();
    let surged: i64 = db.query_row("SELECT count(*) FROM surges WHERE scope = 'all'", [], |row| row.get(0)).unwrap();
    assert!((3..=6).contains(&surged), "{surged}");
    drop(db);
    let site = settings().site.name.clone();
    let sum = |to: Time| {
        let mut sum = 0;
        let db = History::read(&dir.path().join("history.db")).unwrap();
        db.arrivals(site.as_str(), Time::MIN, to, |a| sum += if a.scope == "all" { i64::from(a.calls) } else { 0 })
            .unwrap();
        (sum, db.arrival_gaps(site.as_str(), start(), Time::MAX).unwrap())
    };
    let over = start() + Span::from_secs(1800);
    let (kept, gaps) = sum(Time::MAX);
    let mut want = crate::script::core(&settings());
    live_through(&mut want, None, &notes);
    let told: i64 = want.take_arrivals().iter().filter(|s| s.scope == Scope::All).map(|s| i64::from(s.calls)).sum();
    assert_eq!((kept, gaps), (told, vec![]));
    assert!(kept > 100 && kept <= offered, "{kept} of {offered}");
    // Down for ten minutes.
    let again = start() + Span::from_secs(2500);
    let run = Run::begin(dir.path(), &settings(), again);
    run.end();
    let (after, gaps) = sum(over);
    assert_eq!(after, kept);
    assert!(gaps.iter().any(|g| g.to_s == again.second() && g.from_s <= (start() + Span::from_secs(1800)).second()));
}
