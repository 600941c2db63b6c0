//! What was before is learnt from: at the start from the store, then each five minutes; and what the board says meanwhile.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use floorwatch::app::App;
use floorwatch::cli::{Out, run};
use floorwatch::clock::Clock;
use floorwatch::config::{Env, Lang, Request, Settings, Theme, load};
use floorwatch::engine::SlotArrivals;
use floorwatch::metrics::Scope;
use floorwatch::model::{CallerHasher, Time};
use floorwatch::snapshot::Snapshot;
use floorwatch::store::history::History;
use floorwatch::tui::{Ui, View, draw_to_text};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

fn settings(dir: &Path, text: &str) -> Arc<Settings> {
    let file = dir.join("floorwatch.toml");
    std::fs::write(&file, text).unwrap();
    let request = Request { file: Some(file), env: Env::new(dir, []), ..Request::default() };
    Arc::new(load(&request).map_err(|e| e.to_string()).unwrap().0)
}

fn at(day: Date, hour: i8, zone: &TimeZone) -> Time {
    Time::from_jiff(day.at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp())
}

/// The board of the first second of a run over a store, with nobody connected.
fn board(settings: &Arc<Settings>, dir: &Path, now: Time) -> Arc<Snapshot> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = Clock::fixed(Time::from_micros(now.micros() + 999_000));
        let app = App::kept(settings, &CallerHasher::new([1; 16]), &clock, dir);
        let mut snapshots = app.backend.snapshots.clone();
        let shown = snapshots.wait_for(|s| s.all.today.start.is_some()).await.unwrap().clone();
        drop(snapshots);
        assert_eq!(app.stop().await, Vec::<&str>::new());
        shown
    })
}

/// Usual calls of an hour of the day, as the curve has them.
fn hour(snapshot: &Snapshot, hour: usize) -> Option<f64> {
    let minutes = snapshot.volume.usual_per_minute.get(hour * 60..hour * 60 + 60)?;
    Some(minutes.iter().map(|m| f64::from(*m)).sum())
}

/// So many weeks before a date, counted by an earlier run: 2 calls each five minutes from 8:00 to 20:00, half of it on
/// Saturdays, a quarter of it on Sundays; holidays of the calendar as well.
fn lived(dir: &Path, site: &str, zone: &TimeZone, day: Date, weeks: i32) {
    std::fs::create_dir_all(dir).unwrap();
    let mut history = History::open(&dir.join("history.db")).unwrap();
    let mut slots = Vec::new();
    for back in 1..=weeks * 7 {
        let date = day - jiff::Span::new().days(back);
        let calls = match date.weekday() {
            jiff::civil::Weekday::Sunday => 2,
            jiff::civil::Weekday::Saturday => 4,
            _ => 8,
        };
        let from = at(date, 8, zone).second();
        slots.extend((0..144).map(|n| SlotArrivals {
            scope: Scope::All,
            from_s: from + n * 300,
            calls,
            missing_s: 0,
            surged: false,
        }));
    }
    history.save_arrivals(site, &slots).unwrap();
}

struct Case {
    name: &'static str,
    zone: &'static str,
    date: Date,
    weeks: i32,
    /// Of the usual, after `[usual]`.
    usual: &'static str,
}

const OURS: &str = r#"
name = "Ours"
[[planned]]
name = "Billing day"
name_zh = "出账日"
every = "5"
factor = 1.4
[[planned]]
name = "Campaign"
name_zh = "促销"
from = "2026-03-24T08:00"
to = "2026-03-24T12:30"
factor = 3
queues = ["sales"]
[[excluded]]
why = "Move of the switch"
from = "2026-03-02"
to = "2026-03-16"
"#;

fn cases() -> Vec<Case> {
    let case = |name, zone, date, weeks, usual| Case { name, zone, date, weeks, usual };
    let (shanghai, berlin) = ("Asia/Shanghai", "Europe/Berlin");
    let flat =
        "profile = [5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5]";
    vec![
        case("no history", shanghai, date(2026, 3, 23), 0, ""),
        case("no history, a profile", shanghai, date(2026, 3, 23), 0, flat),
        case("one week", shanghai, date(2026, 3, 23), 1, ""),
        case("two weeks, a profile", shanghai, date(2026, 3, 23), 2, flat),
        case("three weeks", shanghai, date(2026, 3, 23), 3, ""),
        case("nine weeks", shanghai, date(2026, 3, 23), 9, ""),
        case("a holiday on a Monday", shanghai, date(2026, 4, 6), 5, ""),
        case("a holiday, one week", shanghai, date(2026, 4, 6), 1, ""),
        case("a make-up Saturday", shanghai, date(2026, 5, 9), 3, ""),
        case("the day after a holiday week", shanghai, date(2026, 10, 8), 5, ""),
        case("a day that is only named", shanghai, date(2026, 5, 17), 4, ""),
        case("planned, the whole site", shanghai, date(2026, 3, 5), 4, "calendars = ['ours.toml']"),
        case("planned, one queue", shanghai, date(2026, 3, 24), 6, "calendars = ['ours.toml']"),
        case("two of five weeks excluded", shanghai, date(2026, 3, 23), 5, "calendars = ['ours.toml']"),
        case("a calendar runs out", shanghai, date(2026, 11, 23), 4, ""),
        case("a calendar ran out", shanghai, date(2027, 1, 4), 4, ""),
        case("the clock goes forward", berlin, date(2026, 3, 29), 4, ""),
        case("the clock goes back", berlin, date(2026, 10, 25), 4, ""),
        case("a week after the clock went back", berlin, date(2026, 11, 1), 4, ""),
    ]
}

/// What the volume view says of the day, between its title and its curve.
fn words(snapshot: &Snapshot, lang: Lang) -> Vec<String> {
    let mut ui = Ui::new(lang, Theme::Mono);
    ui.view = View::Volume;
    let snapshot = Arc::new(snapshot.clone());
    ui.observe(&snapshot, snapshot.at);
    let text = draw_to_text(&snapshot, &ui, (200, 30), snapshot.at);
    let lines = text.lines().map(|l| l.trim().to_owned()).skip(2);
    // The scale of the curve begins with its number; where there is none, a blank line follows.
    lines.take_while(|l| !l.is_empty() && !l.starts_with(|c: char| c.is_ascii_digit())).collect()
}

/// `cargo test --test learn -- --nocapture of_a_day` prints it.
#[test]
fn what_the_board_says_of_a_day() {
    let mut table = String::new();
    for case in cases() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ours.toml"), OURS).unwrap();
        let text = format!("[site]\nname = 'S'\ntime_zone = '{}'\n[usual]\n{}\n", case.zone, case.usual);
        let settings = settings(dir.path(), &text);
        let zone = settings.site.time_zone.clone();
        let store = dir.path().join("store");
        if case.weeks > 0 {
            lived(&store, "S", &zone, case.date, case.weeks);
        }
        let snapshot = board(&settings, &store, at(case.date, 10, &zone));
        let usual = hour(&snapshot, 10).map_or_else(|| "none".to_owned(), |n| format!("{n:.0}"));
        writeln!(table, "{} ({} {}): usual 10–11 {usual}", case.name, case.date, case.date.weekday_name()).unwrap();
        for (lang, name) in [(Lang::En, "en"), (Lang::ZhCn, "zh")] {
            for line in words(&snapshot, lang) {
                writeln!(table, "   {name} {line}").unwrap();
            }
        }
    }
    println(&table);
    insta::assert_snapshot!("of-a-day", table);
}

trait Named {
    fn weekday_name(&self) -> String;
}

impl Named for Date {
    fn weekday_name(&self) -> String {
        self.strftime("%a").to_string()
    }
}

fn println(text: &str) {
    use std::io::Write as _;
    std::io::stdout().write_all(format!("{text}\n").as_bytes()).unwrap();
}

fn bank(months: &[&str]) -> Option<Vec<PathBuf>> {
    let data = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let files: Vec<PathBuf> = months.iter().map(|m| data.join(format!("bank1999/1999-{m}.csv.gz"))).collect();
    let there = files.iter().all(|f| f.exists());
    if !there {
        println(&format!("skipped: no calls of the bank under {}", data.display()));
    }
    there.then_some(files)
}

#[test]
fn imported_months_speak_from_the_next_start() {
    let Some(files) = bank(&["01", "02"]) else { return };
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "[site]\nname = 'bank'\ntime_zone = 'Asia/Jerusalem'\n[store]\ndir = '{}'\n",
        dir.path().join("store").display()
    );
    let settings = settings(dir.path(), &text);
    let (zone, store) = (settings.site.time_zone.clone(), dir.path().join("store"));
    let monday = at(date(1999, 3, 15), 10, &zone);
    let before = board(&settings, &dir.path().join("other"), monday);
    let config = dir.path().join("floorwatch.toml").display().to_string();
    let args = ["floorwatch", "import", "--config", &config];
    let (mut out, said, err) = Out::kept();
    let args = args.iter().map(|a| (*a).into()).chain(files.iter().map(|f| f.clone().into_os_string()));
    let code = run(args, Env::new(dir.path(), [("HOME", dir.path().to_str().unwrap())]), &mut out).number();
    assert_eq!(code, 0, "{}", err.text());
    let after = board(&settings, &store, monday);
    let mut table = said.text();
    for (name, snapshot) in [("without import", &before), ("after the import", &after)] {
        let usual = hour(snapshot, 10);
        writeln!(table, "{name}: usual 10–11 {usual:?}, learning {:?}", snapshot.all.today.learning).unwrap();
        for line in words(snapshot, Lang::En) {
            writeln!(table, "   {line}").unwrap();
        }
    }
    println(&table);
    assert_eq!(hour(&before, 10), None);
    assert_eq!(before.all.today.learning.map(|l| (l.have, l.need)), Some((0, 3)));
    let usual = hour(&after, 10).unwrap();
    assert!((60.0..200.0).contains(&usual), "{usual}");
    assert_eq!(after.all.today.learning, None);
}

/// Exit code, output and messages of a command line.
fn said(args: &[String]) -> (u8, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("floorwatch.toml");
    std::fs::write(&config, "[site]\nname = 'bank'\ntime_zone = 'Asia/Jerusalem'\n").unwrap();
    let (mut out, said, err) = Out::kept();
    let config = ["--config".to_owned(), config.display().to_string()];
    let line = std::iter::once("floorwatch".to_owned()).chain(args.iter().cloned()).chain(config);
    let env = Env::new(dir.path(), [("HOME", dir.path().to_str().unwrap())]);
    let code = run(line.map(Into::into), env, &mut out).number();
    (code, said.text(), err.text())
}

/// Calls of four Mondays and the first hours of the fifth: twice as many in the last.
fn mondays(dir: &Path) -> [String; 3] {
    let head = "call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit\n";
    let rows = |week: i32, calls: i8, hours: std::ops::Range<i8>| {
        let day = date(2026, 5, 4) + jiff::Span::new().weeks(week);
        let call = |hour: i8, n: i8| {
            let at = day.at(hour, n, 0, 0);
            format!("c{week}-{hour}-{n},sales,a,{at},,{at},,abandoned\n")
        };
        hours.flat_map(|hour| (0..calls).map(move |n| call(hour, n))).collect::<String>()
    };
    let file = |name: &str, rows: String| {
        let path = dir.join(name);
        std::fs::write(&path, head.to_owned() + &rows).unwrap();
        path.display().to_string()
    };
    let whole = |weeks: std::ops::Range<i32>| weeks.map(|week| rows(week, 30, 8..20)).collect::<String>();
    [file("early.csv", whole(-2..0)), file("before.csv", whole(0..4)), file("last.csv", rows(4, 60, 10..12))]
}

#[test]
fn a_recording_speaks_of_its_usual_where_a_history_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let [early, before, last] = mondays(dir.path());
    let json = |args: &[&str]| -> serde_json::Value {
        let words: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        let (code, said, err) = said(&words);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&said).unwrap()
    };
    let figures = |of: &serde_json::Value| {
        ["offered", "usual", "ratio"].map(|key| of.get(key).unwrap().as_f64().map(|n| (n * 10.0).round() / 10.0))
    };
    let span = ["--from", "2026-06-01T10:00", "--to", "2026-06-01T12:00"];
    let mut table = String::new();
    let mut check = |name: &str, args: &[&str], want: [Option<f64>; 3]| {
        let found = json(args);
        let found = if found.is_array() { found.as_array().unwrap().first().unwrap().clone() } else { found };
        for of in [found.get("all").unwrap(), found.pointer("/queues/sales").unwrap()] {
            writeln!(
                table,
                "{name}: offered, usual, ratio {:?}, forecast {}",
                figures(of),
                of.get("forecast").unwrap()
            )
            .unwrap();
            assert_eq!(figures(of), want, "{name}");
        }
        found
    };
    let bare = check("no history", &[&["replay", &last, "--json"], &span[..]].concat(), [Some(120.0), None, None]);
    assert!(bare.pointer("/all/forecast").unwrap().is_null());
    let learnt = [&["replay", &last, "--json", "--history", &before][..], &span].concat();
    // Half an hour of 30 calls, then silence: smoothed over the quarters, but the whole hour stays.
    check("with a history", &learnt, [Some(120.0), Some(60.0), Some(2.0)]);
    let whole =
        check("the whole", &["replay", &last, "--json", "--history", &before], [Some(120.0), Some(59.5), Some(2.0)]);
    assert!(whole.pointer("/all/forecast").unwrap().as_f64().is_some_and(|n| n > 300.0), "{whole}");
    // The recording teaches itself: two weeks before it are too few, two of its own beside them are not.
    let days = &["replay", &before, &last, "--json", "--every", "day", "--history", &early, "--from", "2026-06-01"];
    check("learnt by the way", days, [Some(120.0), Some(360.0), Some(0.3)]);
    for figure in ["usual", "ratio", "forecast"] {
        let words =
            [&["explain", figure, &last, "--history", &before][..], if figure == "forecast" { &[] } else { &span }]
                .concat();
        let (code, said, err) = said(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_eq!(code, 0, "{err}");
        let line =
            said.lines().find(|l| l.trim_start().starts_with("value") || l.contains("Value")).unwrap_or("").trim();
        writeln!(table, "explain {figure}: {line}").unwrap();
        assert!(!line.is_empty() && !line.contains("not enough"), "{said}");
    }
    println(&table);
}
