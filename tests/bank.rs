//! Five months of a real bank, held day by day and queue by queue against a computation of its own: straight from the
//! text of the tables, by local dates.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use floorwatch::cli::{self, ExitCode, Out};
use floorwatch::config::Env;
use serde_json::Value;

const MONTHS: [&str; 5] = ["1999-01", "1999-02", "1999-03", "1999-04", "1999-05"];
/// T, and the limit of short abandons; seconds.
const T: i64 = 20;
const SHORT: i64 = 5;

/// What is compared, of one queue (or all) on one local date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    offered: i64,
    answered: i64,
    abandoned: i64,
    short: i64,
    within: i64,
    wait_answered_s: i64,
    wait_gone_s: i64,
    longest_s: Option<i64>,
    contacts: i64,
    talk_s: i64,
}

type Days = BTreeMap<(String, String), Day>;

fn tables() -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let files: Vec<PathBuf> = MONTHS.iter().map(|m| root.join(format!("bank1999/{m}.csv.gz"))).collect();
    if files.iter().all(|f| f.exists()) {
        return Some(files);
    }
    let told = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("skipped: no tables in {}\n", root.join("bank1999").display()),
    );
    drop(told);
    None
}

/// Seconds of `YYYY-MM-DDTHH:MM:SS` on a clock that is never changed; and its date.
fn civil(text: &str) -> Option<(String, i64)> {
    let date = text.get(..10)?.to_owned();
    let mut numbers = text.split(['-', 'T', ':']).map(|n| n.parse::<i64>().unwrap());
    let mut next = || numbers.next().unwrap();
    let (year, month, day) = (next(), next(), next());
    let days_before = [0, 31, 59, 90, 120, 151].get(usize::try_from(month - 1).unwrap()).unwrap();
    assert_eq!(year, 1999);
    Some((date, (days_before + day) * 86_400 + next() * 3600 + next() * 60 + next()))
}

/// The same figures from the text alone.
fn counted(files: &[PathBuf]) -> Days {
    let mut days = Days::new();
    for file in files {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
        for row in text.lines().skip(1) {
            let fields: Vec<&str> = row.split(',').collect();
            let [_, queue, _, joined, answered, left, ended, exit] = fields[..] else { panic!("{row}") };
            let mut add = |date: &str, to: &dyn Fn(&mut Day)| {
                for scope in [queue, "all"] {
                    to(days.entry((date.to_owned(), scope.to_owned())).or_default());
                }
            };
            let (joined_on, joined) = civil(joined).unwrap();
            add(&joined_on, &|d| d.offered += 1);
            match exit {
                "answered" => {
                    let (on, at) = civil(answered).unwrap();
                    let wait = at - joined;
                    add(&on, &|d| {
                        d.answered += 1;
                        d.within += i64::from(wait <= T);
                        d.wait_answered_s += wait;
                        d.longest_s = d.longest_s.max(Some(wait));
                    });
                    let (on, end) = civil(ended).unwrap();
                    add(&on, &|d| {
                        d.contacts += 1;
                        d.talk_s += end - at;
                    });
                }
                "abandoned" => {
                    let (on, at) = civil(left).unwrap();
                    let wait = at - joined;
                    add(&on, &|d| {
                        if wait < SHORT {
                            d.short += 1;
                        } else {
                            d.abandoned += 1;
                        }
                        d.wait_gone_s += wait;
                        d.longest_s = d.longest_s.max(Some(wait));
                    });
                }
                other => panic!("{other}"),
            }
        }
    }
    days
}

fn replay(args: &[&str], files: &[PathBuf]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::new(dir.path(), [("HOME", dir.path().to_str().unwrap())]);
    let (mut out, printed, noted) = Out::kept();
    let words = ["floorwatch", "replay", "--json", "--tz", "Asia/Jerusalem"].iter().chain(args).map(OsString::from);
    let code = cli::run(words.chain(files.iter().map(OsString::from)), env, &mut out);
    assert_eq!(code, ExitCode::Fine, "{}", noted.text());
    serde_json::from_str(&printed.text()).unwrap()
}

fn whole(object: &Value, key: &str) -> i64 {
    object[key].as_i64().unwrap_or_else(|| panic!("{key}: {}", object[key]))
}

#[expect(clippy::cast_possible_truncation, reason = "whole seconds of a day's calls")]
fn seconds(object: &Value, key: &str) -> i64 {
    let n = object[key].as_f64().unwrap_or_else(|| panic!("{key}: {}", object[key]));
    assert!((n - n.round()).abs() < 1e-9, "{key}: {n}");
    n.round() as i64
}

fn told(scope: &Value) -> Day {
    let contacts = whole(scope, "contacts");
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "far below 2^53")]
    let talk_s = (scope["att_s"].as_f64().unwrap_or(0.0) * contacts as f64).round() as i64;
    Day {
        offered: whole(scope, "offered"),
        answered: whole(scope, "answered"),
        abandoned: whole(scope, "abandoned"),
        short: whole(scope, "short_abandoned"),
        within: whole(scope, "answered_within"),
        wait_answered_s: seconds(scope, "wait_answered_s"),
        wait_gone_s: seconds(scope, "wait_abandoned_s") + seconds(scope, "wait_short_s"),
        longest_s: (!scope["longest_wait_window_s"].is_null()).then(|| seconds(scope, "longest_wait_window_s")),
        contacts,
        talk_s,
    }
}

fn scopes(object: &Value) -> impl Iterator<Item = (String, &Value)> {
    let queues = object["queues"].as_object().unwrap().iter().map(|(id, q)| (id.clone(), q));
    queues.chain(std::iter::once(("all".to_owned(), &object["all"])))
}

#[test]
fn every_day_and_queue_is_what_the_tables_say() {
    let Some(files) = tables() else { return };
    let want = counted(&files);
    let got = replay(&["--every", "day"], &files);
    let mut compared = Days::new();
    let mut waiting: BTreeMap<String, i64> = BTreeMap::new();
    for day in got.as_array().unwrap() {
        let date = day["window"]["from"].as_str().unwrap().get(..10).unwrap().to_owned();
        for (id, scope) in scopes(day) {
            let known = want.get(&(date.clone(), id.clone())).copied().unwrap_or_default();
            assert_eq!(told(scope), known, "{date} {id}");
            let r = &scope["reconciliation"];
            assert_eq!(whole(r, "residual"), 0, "{date} {id}");
            // Who waited when the day before ended waits when this one begins; a queue left out has nobody.
            assert_eq!(whole(r, "waiting_at_from"), waiting.remove(&id).unwrap_or(0), "{date} {id}");
            waiting.insert(id.clone(), whole(r, "waiting_at_to"));
            compared.insert((date.clone(), id), known);
        }
        waiting.retain(|_, n| *n > 0);
    }
    let missed: Vec<_> = want.keys().filter(|key| !compared.contains_key(*key)).collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert_eq!(want.values().map(|d| d.offered).sum::<i64>(), 2 * 164_081);
}

#[test]
fn intervals_and_days_add_up_to_the_whole() {
    let Some(files) = tables() else { return };
    let files = &files[..1];
    let whole_month = replay(&[], files);
    for every in ["day", "interval"] {
        let parts = replay(&["--every", every], files);
        let parts = parts.as_array().unwrap();
        for (id, scope) in scopes(&whole_month) {
            let mut sum = Day::default();
            for (_, part) in parts.iter().flat_map(scopes).filter(|(other, _)| *other == id) {
                let part = told(part);
                sum.offered += part.offered;
                sum.answered += part.answered;
                sum.abandoned += part.abandoned;
                sum.short += part.short;
                sum.within += part.within;
                sum.wait_answered_s += part.wait_answered_s;
                sum.wait_gone_s += part.wait_gone_s;
                sum.longest_s = sum.longest_s.max(part.longest_s);
                sum.contacts += part.contacts;
                sum.talk_s += part.talk_s;
            }
            assert_eq!(sum, told(scope), "{every} {id}");
        }
        for (name, person) in whole_month["agents"].as_object().unwrap() {
            let of = |key: &str| -> f64 { parts.iter().filter_map(|p| p["agents"][name][key].as_f64()).sum() };
            assert!((of("talk_s") - person["talk_s"].as_f64().unwrap()).abs() < 1e-6, "{every} {name}");
            assert!((of("answered") - person["answered"].as_f64().unwrap()).abs() < 1e-9, "{every} {name}");
        }
        let windows: Vec<(&str, &str)> = parts
            .iter()
            .map(|p| (p["window"]["from"].as_str().unwrap(), p["window"]["to"].as_str().unwrap()))
            .collect();
        assert!(windows.windows(2).all(|w| w[0].1 == w[1].0), "each begins where the one before ended");
    }
}

#[test]
fn a_span_cut_out_is_the_span_of_the_list() {
    let Some(files) = tables() else { return };
    let files = &files[..1];
    let days = replay(&["--every", "day"], files);
    let (from, to) = ("1999-01-10", "1999-01-11");
    let day =
        days.as_array().unwrap().iter().find(|d| d["window"]["from"].as_str().unwrap().starts_with(from)).unwrap();
    assert_eq!(whole(&day["all"]["reconciliation"], "waiting_at_from"), 1, "one waits over midnight");
    for every in [&[][..], &["--every", "day"]] {
        let cut = replay(&[&["--from", from, "--to", to], every].concat(), files);
        let cut = if every.is_empty() {
            &cut
        } else {
            assert_eq!(cut.as_array().unwrap().len(), 1);
            &cut[0]
        };
        assert_eq!(cut["window"], day["window"]);
        assert_eq!(cut["all"], day["all"]);
        for (id, queue) in day["queues"].as_object().unwrap() {
            assert_eq!(&cut["queues"][id], queue, "{id}");
        }
        for (id, person) in day["agents"].as_object().unwrap() {
            assert_eq!(&cut["agents"][id], person, "{id}");
        }
    }
}
