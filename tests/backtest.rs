//! `floorwatch backtest` as a shell meets it, on calls made for it: three weeks of an ordinary center, then a day on which
//! one area calls and calls.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;

const HEADER: &str = "call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit,caller,line,area,menu\n";
/// Calls a minute from nine to five.
const RATE: f64 = 2.0;

/// A center's calls, a day at a time.
struct Made {
    rng: Pcg64Mcg,
    calls: u32,
}

impl Made {
    const fn new(rng: Pcg64Mcg) -> Self {
        Self { rng, calls: 0 }
    }

    /// Calls of a date in March 2026, with so many more a minute of one area from two to three.
    fn day(&mut self, out: &mut String, day: u32, more: f64) {
        let mut calls: Vec<(f64, &str)> = Vec::new();
        let mut at = 9.0 * 3600.0;
        while at < 17.0 * 3600.0 {
            let area = ["East", "West", "North", "Riverside"][self.rng.random_range(0..4)];
            calls.push((at, area));
            at += self.gap(RATE);
        }
        at = 14.0 * 3600.0;
        while more > 0.0 && at < 15.0 * 3600.0 {
            calls.push((at, "Riverside"));
            at += self.gap(more);
        }
        calls.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (at, area) in calls {
            self.calls += 1;
            let n = self.calls;
            let time = |s: f64| {
                jiff::civil::date(2026, 3, 1).at(0, 0, 0, 0)
                    + jiff::SignedDuration::from_secs_f64(f64::from(day - 1) * 86_400.0 + s.round())
            };
            let (joined, answered, ended) = (time(at), time(at + 5.0), time(at + 95.0));
            let queue = if n.is_multiple_of(3) { "cards" } else { "loans" };
            writeln!(
                out,
                "c{n},{queue},a{},{joined},{answered},{answered},{ended},answered,1390000{:04},8000,{area},main",
                n % 20,
                n % 9973
            )
            .unwrap();
        }
    }

    fn gap(&mut self, a_minute: f64) -> f64 {
        let u: f64 = self.rng.random();
        -(1.0 - u).ln() * 60.0 / a_minute
    }
}

/// Three weeks in `before.csv`, the day after them in `day.csv`.
fn made(dir: &Path) {
    let mut made = Made::new(Pcg64Mcg::seed_from_u64(7));
    let mut before = HEADER.to_owned();
    for day in 2..23 {
        made.day(&mut before, day, 0.0);
    }
    let mut over = HEADER.to_owned();
    made.day(&mut over, 23, 6.0);
    fs::write(dir.join("before.csv"), before).unwrap();
    fs::write(dir.join("day.csv"), over).unwrap();
    fs::write(dir.join("empty.csv"), HEADER).unwrap();
    fs::write(dir.join("floorwatch.toml"), "[site]\nname = \"Harbour & Co\"\ntime_zone = \"Asia/Shanghai\"\n").unwrap();
}

fn backtest(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_floorwatch"))
        .args(["backtest", "--format", "calls-csv"])
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("HOME", dir)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn episodes(output: &Output, days: i64) -> Vec<Value> {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["days"], days);
    json["episodes"].as_array().unwrap().clone()
}

/// The alarms of a surge at scope all.
fn alarms(episodes: &[Value]) -> Vec<&Value> {
    let is = |e: &&Value| e["scope"] == "all" && e["kind"] == "surge" && e["level"] == "alarm";
    episodes.iter().filter(is).collect()
}

/// Every element that is opened is closed, in order.
fn is_well_formed(page: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for part in page.split('<').skip(1) {
        let Some((tag, _)) = part.split_once('>') else { return false };
        let name = tag.split([' ', '\n', '/']).find(|n| !n.is_empty()).unwrap_or_default();
        if tag.starts_with('!') || tag.ends_with('/') || ["meta", "br", "hr", "link", "img"].contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else {
            open.push(name);
        }
    }
    open.is_empty()
}

#[test]
fn a_day_of_the_past_is_gone_through() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path());
    let files = ["--history", "before.csv", "--over", "day.csv"];

    // The hour in which one area calls: found early, with where it came from and how rare it was.
    let found = episodes(&backtest(dir.path(), &[&files[..], &["--json"]].concat()), 1);
    let raised = alarms(&found);
    assert_eq!(raised.len(), 1, "{raised:?}");
    let alarm = raised[0];
    let at = alarm["raised_at"].as_str().unwrap();
    assert!(("2026-03-23T14:00:00".."2026-03-23T14:10:00").contains(&at), "{at}");
    assert!(alarm["cleared_at"].as_str().unwrap() > "2026-03-23T15:00:00", "{alarm}");
    assert!(alarm["ratio"].as_f64().unwrap() > 2.0 && alarm["peak_ratio"].as_f64().unwrap() > 3.0, "{alarm}");
    let why = &alarm["why"];
    let area = &why["places"]["areas"][0];
    assert_eq!(area["name"], "Riverside", "{why}");
    assert!(area["ratio"].as_f64().unwrap() > 4.0, "{area}");
    assert_eq!((&why["before"]["days"], &why["before"]["times"]), (&Value::from(21), &Value::from(0)), "{why}");
    assert!(why["different_callers"].as_i64().unwrap() > 5, "{why}");
    let text = alarm["why_text"].as_str().unwrap();
    assert!(text.contains("areas: Riverside") && text.contains("never this high on 21 earlier days"), "{text}");
    // Also the area itself alarms.
    assert!(found.iter().any(|e| e["scope"] == "area:Riverside" && e["level"] == "alarm"), "{found:?}");

    // The same in Chinese, and a page.
    let zh = ["--json", "--lang", "zh-CN", "--html", "page.html"];
    let chinese = episodes(&backtest(dir.path(), &[&files[..], &zh].concat()), 1);
    let text = alarms(&chinese)[0]["why_text"].as_str().unwrap().to_owned();
    assert!(text.contains("片区：Riverside") && text.contains("此前21天从未达到"), "{text}");
    let page = fs::read_to_string(dir.path().join("page.html")).unwrap();
    assert!(page.starts_with("<!") && is_well_formed(&page), "{page}");
    assert!(page.contains("Harbour &amp; Co") && page.contains("Riverside"), "{page}");
    assert!(!is_well_formed("<p><b></p></b>"), "the check can fail");

    // Calls put on top of the morning: the same each time, by their seed.
    let wave = ["--json", "--inject", "5@2026-03-23T10:30+45m"];
    let with = episodes(&backtest(dir.path(), &[&files[..], &wave].concat()), 1);
    let morning = alarms(&with)[0]["raised_at"].as_str().unwrap().to_owned();
    assert!(("2026-03-23T10:30:00".."2026-03-23T10:38:00").contains(&morning.as_str()), "{morning}");
    assert_eq!(alarms(&with).len(), 2);
    assert_eq!(episodes(&backtest(dir.path(), &[&files[..], &wave].concat()), 1), with);
    // A rule that is set otherwise raises otherwise.
    let calm = ["--json", "--set", "alert.surge.ratio=15", "--set", "alert.surge.watch_ratio=14"];
    assert!(alarms(&episodes(&backtest(dir.path(), &[&files[..], &calm].concat()), 1)).is_empty());
}

#[test]
fn what_cannot_be_done_is_said_and_ends_with_its_code() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path());
    for (args, code, words) in [
        (&["--over", "gone.csv"][..], 1, "gone.csv"),
        (&["--over", "empty.csv"], 1, "--over"),
        (&["--over", "day.csv", "--html", "no/such/dir/page.html"], 1, "--html"),
        (&[], 2, "--over"),
        (&["--over", "day.csv", "--inject", "3@noon+1h"], 2, "--inject"),
        (&["--over", "day.csv", "--inject", "3@2020-01-01T10:00+1h"], 2, "outside"),
        (&["--over", "day.csv", "--set", "alert.surge.ratio"], 2, "KEY=VALUE"),
        (&["--over", "day.csv", "--set", "alert.surge.quiet=\"loud\""], 2, "quiet"),
    ] {
        let output = backtest(dir.path(), args);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}
