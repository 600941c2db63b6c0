//! `floorwatch explain`: every figure has its words in both languages, and the numbers shown are those that are printed.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "figures/story.rs"]
mod story;

use std::collections::BTreeSet;
use std::ffi::OsString;

use floorwatch::cli::{self, ExitCode, Out};
use floorwatch::config::{Env, Lang};
use floorwatch::locale::Texts;
use floorwatch::metrics::{FigureKey, Unit};
use serde_json::{Value, json};
use story::{at, call, check, state};

fn explain(args: &[&str]) -> (ExitCode, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::new(dir.path(), [("HOME", dir.path().to_str().unwrap())]);
    let (mut out, printed, noted) = Out::kept();
    let words = ["floorwatch", "explain"].iter().chain(args).map(OsString::from);
    let code = cli::run(words, env, &mut out);
    (code, printed.text(), noted.text())
}

/// Two answered, one within T, one abandoned, by an agent who is signed in.
fn story() -> String {
    let mut lines = vec![
        at(0.0, "agent.signed_in", json!({"agent": "ann", "queues": ["cards"]})),
        at(10.0, "call.joined", json!({"call": "3", "queue": "cards"})),
        at(70.0, "call.abandoned", json!({"call": "3", "queue": "cards"})),
        state(140.0, "ann", "after_call"),
        state(160.0, "ann", "ready"),
    ];
    lines.extend(call("1", "cards", "ann", [30.0, 40.0, 140.0]));
    lines.extend(call("2", "loans", "ann", [200.0, 250.0, 300.0]));
    lines.sort_by(|a, b| a["ts"].as_str().cmp(&b["ts"].as_str()));
    story::text(&lines)
}

fn explained(args: &[&str]) -> Value {
    let (code, printed, noted) = story::run("story.jsonl", &story(), &[&["--json", "explain"], args].concat());
    assert_eq!(code, ExitCode::Fine, "{noted}");
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn every_figure_is_explained_in_both_languages() {
    for key in FigureKey::ALL {
        let (code, printed, noted) = explain(&[key.word(), "--json"]);
        assert_eq!(code, ExitCode::Fine, "{key:?}: {noted}");
        let object: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(object["figure"], key.word());
        for lang in ["en", "zh-CN"] {
            for part in ["label", "definition", "source"] {
                let text = object[part][lang].as_str().unwrap();
                assert!(
                    !text.is_empty() && !text.contains("explain.") && !text.contains('{'),
                    "{key:?} {part}: {text}"
                );
            }
        }
        // What is divided says by what; a time share and a rate always are.
        if key.unit() == Unit::Share {
            assert!(object["numerator"]["zh-CN"].is_string() && object["denominator"]["en"].is_string(), "{key:?}");
        }
        let (code, printed, _) = explain(&[key.word(), "--lang", "zh-CN"]);
        assert_eq!(code, ExitCode::Fine);
        assert!(printed.contains("KPI.md") && printed.contains("出处"), "{printed}");
    }
}

#[test]
fn every_word_of_explaining_is_used() {
    let mut wanted = BTreeSet::new();
    for (key, _) in Texts::get(Lang::En).all().filter(|(k, _)| k.starts_with("explain.")) {
        let word = key.rsplit_once('.').unwrap().1;
        let figure = key.trim_start_matches("explain.what.");
        let part = key.trim_start_matches("explain.part.").trim_start_matches("explain.whole.");
        let of = |word: &str| FigureKey::from_word(word.split('.').next().unwrap_or_default()).is_some();
        let family = ["explain.units.", "explain.length."].iter().any(|f| key.starts_with(f));
        let known = of(figure) || of(part) || family || word == "percentile" || key.split('.').count() == 2;
        if !known {
            wanted.insert(key.to_owned());
        }
    }
    assert!(wanted.is_empty(), "of no figure: {wanted:?}");
}

#[test]
fn a_share_is_shown_with_what_it_was_made_of() {
    let all = explained(&["service_level"]);
    check(
        &all,
        &[
            ("value", Some(0.333_333)),
            ("numerator_value", Some(1.0)),
            ("denominator_value", Some(3.0)),
            ("n", Some(3.0)),
            ("within_s", Some(20.0)),
            ("target", Some(0.8)),
        ],
    );
    assert_eq!(
        (&all["variant"], &all["exits"], &all["scope"]["kind"]),
        (&json!("of_all"), &json!("count"), &json!("all"))
    );
    // Wilson's interval of 1 out of 3.
    let interval: Vec<f64> = all["interval_95"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert!((interval[0] - 0.061_492).abs() < 1e-5 && (interval[1] - 0.792_345).abs() < 1e-5, "{interval:?}");
    let queue = explained(&["service_level", "--queue", "cards"]);
    check(&queue, &[("value", Some(0.5)), ("n", Some(2.0))]);
    assert_eq!(queue["scope"], json!({"kind": "queue", "name": "cards"}));
    let mean = explained(&["asa_s"]);
    check(
        &mean,
        &[
            ("value", Some(30.0)),
            ("numerator_value", Some(60.0)),
            ("denominator_value", Some(2.0)),
            ("interval_95", None),
        ],
    );
    let people = explained(&["after_call_share"]);
    check(&people, &[("numerator_value", Some(20.0)), ("value", Some(0.066_667))]);
    let unknown = explained(&["refused"]);
    check(&unknown, &[("value", None)]);
    assert_eq!(unknown["why"], "not_told");
    let nothing = explained(&["asa_s", "--queue", "loans", "--to", "2026-05-23T10:04"]);
    assert_eq!((&nothing["value"], &nothing["why"]), (&Value::Null, &json!("no_denominator")));
}

#[test]
fn words_say_the_same() {
    let (code, printed, _) = story::run("story.jsonl", &story(), &["explain", "service_level"]);
    assert_eq!(code, ExitCode::Fine);
    for part in [
        "(answered in T) ÷ (answered + abandoned)",
        "33.33 %",
        "1  answered in T",
        "6.15 – 79.23 %",
        "fewer than 20",
        "of_all",
    ] {
        assert!(printed.contains(part), "{part} in\n{printed}");
    }
    let (_, printed, _) = story::run("story.jsonl", &story(), &["--lang", "zh-CN", "explain", "longest_wait_window_s"]);
    assert!(printed.contains("时段最长等待") && printed.contains("60 s"), "{printed}");
}

#[test]
fn slips_are_known_and_nonsense_is_told_what_there_is() {
    for (word, want) in [("service_levle", "service_level"), ("abandonrate", "abandon_rate"), ("wait", "wait_p90_s")] {
        let (code, printed, noted) = explain(&[word]);
        assert_eq!(code, ExitCode::Usage, "{word}");
        assert!(printed.is_empty() && noted.contains("did you mean") && noted.contains(want), "{noted}");
    }
    let (code, _, noted) = explain(&["\u{1b}[2Jqqqqqqqqqqqqqqq"]);
    assert_eq!(code, ExitCode::Usage);
    assert!(noted.contains("occupancy") && !noted.contains('\u{1b}'), "{noted}");
    assert_eq!(explain(&["ASA"]).0, ExitCode::Fine, "the unit may be left out");
    let (code, _, noted) = story::run("story.jsonl", &story(), &["explain", "asa_s", "--queue", "crads"]);
    assert_eq!(code, ExitCode::Usage);
    assert!(noted.contains("cards, loans"), "{noted}");
}
