//! Cutting a recording into spans: who waits when, what is told late, days of 23 and 25 hours.

use serde_json::{Value, json};

use crate::replayed::{replay, replay_file, replay_in_order};
use crate::story::{at, call, check, run, state};

fn windows(list: &Value) -> Vec<(String, String)> {
    let of = |v: &Value| v.as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(|o| (of(&o["window"]["from"]), of(&o["window"]["to"]))).collect()
}

fn reconciled(list: &Value) {
    for object in list.as_array().unwrap() {
        for scope in object["queues"].as_object().unwrap().values().chain([&object["all"]]) {
            assert_eq!(scope["reconciliation"]["residual"], 0, "{}", scope["reconciliation"]);
        }
    }
}

/// Seconds since 10:00 at which the intervals of the story begin.
const HALF_PAST: f64 = 1800.0;

#[test]
fn a_caller_who_waits_over_the_edge_is_of_both_sides() {
    let mut lines = call("1", "cards", "ann", [HALF_PAST - 100.0, HALF_PAST + 20.0, HALF_PAST + 80.0]).to_vec();
    lines.push(at(HALF_PAST - 10.0, "call.joined", json!({"call": "2", "queue": "cards"})));
    lines.push(at(HALF_PAST + 5.0, "call.abandoned", json!({"call": "2", "queue": "cards"})));
    let got = replay(lines, &["--every", "interval"]);
    reconciled(&got);
    assert_eq!(
        windows(&got),
        [
            ("2026-05-23T10:00:00+00:00".to_owned(), "2026-05-23T10:30:00+00:00".to_owned()),
            ("2026-05-23T10:30:00+00:00".to_owned(), "2026-05-23T11:00:00+00:00".to_owned()),
        ]
    );
    let (first, second) = (&got[0]["all"], &got[1]["all"]);
    check(
        first,
        &[("offered", Some(2.0)), ("answered", Some(0.0)), ("waiting", Some(2.0)), ("longest_wait_s", Some(100.0))],
    );
    check(second, &[("offered", Some(0.0)), ("answered", Some(1.0)), ("abandoned", Some(1.0)), ("asa_s", Some(120.0))]);
    assert_eq!(second["reconciliation"]["waiting_at_from"], 2);
    // Time is cut, calls are not: the talk of 60 s ends in the second.
    check(&got[1]["agents"]["ann"], &[("talk_s", Some(60.0)), ("att_s", Some(60.0))]);
    assert!(got[0]["agents"].get("ann").is_none(), "who did nothing and was not there is left out");
}

#[test]
fn what_is_told_late_lands_where_it_belongs() {
    // The exit is told in time and nothing follows: above the queue it is known ten seconds later, in the next interval.
    let lines = vec![
        at(HALF_PAST - 50.0, "call.joined", json!({"call": "1", "queue": "cards"})),
        at(HALF_PAST - 3.0, "call.exited", json!({"call": "1", "queue": "cards", "why": "timeout"})),
        at(HALF_PAST + 1.0, "call.joined", json!({"call": "2", "queue": "cards"})),
        // Out of order: it went at 10:29:59, and that is told after 10:30.
        at(HALF_PAST - 40.0, "call.joined", json!({"call": "3", "queue": "cards"})),
        at(HALF_PAST + 30.0, "call.abandoned", json!({"call": "2", "queue": "cards"})),
    ];
    let mut lines: Vec<Value> = lines;
    lines.sort_by(|a, b| a["ts"].as_str().cmp(&b["ts"].as_str()));
    let gone = at(HALF_PAST - 1.0, "call.abandoned", json!({"call": "3", "queue": "cards"}));
    let place = lines.iter().position(|l| l["call"] == "2").unwrap() + 1;
    lines.insert(place, gone);
    let got = replay_in_order(&lines, &["--every", "interval"]);
    reconciled(&got);
    check(
        &got[0]["all"],
        &[
            ("exited", Some(1.0)),
            ("abandoned", Some(1.0)),
            ("waiting", Some(0.0)),
            ("longest_wait_window_s", Some(47.0)),
        ],
    );
    check(&got[1]["all"], &[("exited", Some(0.0)), ("abandoned", Some(1.0)), ("offered", Some(1.0))]);
    assert_eq!(got[1]["all"]["reconciliation"]["waiting_at_from"], 0);
}

#[test]
fn time_in_states_is_cut_at_the_edge_and_adds_up() {
    let lines = vec![
        at(0.0, "agent.signed_in", json!({"agent": "ann", "queues": ["cards"]})),
        at(600.0, "agent.state", json!({"agent": "ann", "state": "not_ready", "reason": "lunch"})),
        state(2400.0, "ann", "ready"),
        at(3500.0, "agent.signed_out", json!({"agent": "ann"})),
        at(3599.0, "call.joined", json!({"call": "1", "queue": "cards"})),
    ];
    let got = replay(lines.clone(), &["--every", "interval"]);
    check(
        &got[0]["agents"]["ann"],
        &[
            ("signed_in_s", Some(1800.0)),
            ("not_ready_s", Some(1200.0)),
            ("not_ready_count", Some(1.0)),
            ("sign_ins", Some(1.0)),
        ],
    );
    check(
        &got[1]["agents"]["ann"],
        &[
            ("signed_in_s", Some(1700.0)),
            ("not_ready_s", Some(600.0)),
            ("not_ready_count", Some(0.0)),
            ("ready_s", Some(1100.0)),
        ],
    );
    assert_eq!(got[0]["agents"]["ann"]["first_sign_in"], "2026-05-23T10:00:00+00:00");
    assert!(got[1]["agents"]["ann"]["first_sign_in"].is_null());
    assert_eq!(got[1]["agents"]["ann"]["last_sign_out"], "2026-05-23T10:58:20+00:00");
    assert_eq!(got[0]["queues"]["cards"]["time_s"], json!({"ready": 600.0, "rest": 1200.0}));
    assert_eq!(got[1]["queues"]["cards"]["time_s"], json!({"ready": 1100.0, "rest": 600.0}));
    // One span cut out of the middle: what was before builds the floor and is not counted.
    let cut = replay(lines, &["--from", "2026-05-23T10:20", "--to", "2026-05-23T10:50:00+00:00"]);
    check(
        &cut["agents"]["ann"],
        &[("signed_in_s", Some(1800.0)), ("not_ready_s", Some(1200.0)), ("sign_ins", Some(0.0))],
    );
    assert_eq!(cut["window"], json!({"from": "2026-05-23T10:20:00+00:00", "to": "2026-05-23T10:50:00+00:00"}));
}

#[test]
fn a_day_of_a_clock_change_is_23_or_25_hours_long_and_a_silent_one_is_listed() {
    let text = "call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit\n\
        1,a,,2026-03-28T23:59:50,,2026-03-29T00:00:20,,abandoned\n\
        2,a,,2026-03-29T12:00:00,,2026-03-29T12:00:20,,abandoned\n\
        3,a,,2026-03-31T12:00:00,,2026-03-31T12:00:20,,abandoned\n";
    let got = replay_file("calls.csv", text, &["--every", "day", "--tz", "Europe/Berlin"]);
    reconciled(&got);
    let text = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        windows(&got),
        [
            text("2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00"),
            text("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
            text("2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00"),
            text("2026-03-31T00:00:00+02:00", "2026-04-01T00:00:00+02:00"),
        ]
    );
    let offered: Vec<i64> = got.as_array().unwrap().iter().map(|d| d["all"]["offered"].as_i64().unwrap()).collect();
    assert_eq!(offered, [1, 1, 0, 1]);
    check(&got[1]["all"], &[("abandoned", Some(2.0)), ("avg_abandon_s", Some(25.0))]);
    assert_eq!(got[2]["queues"], json!({}));
    assert_eq!(got[2]["anomalies"], json!({}));
}

#[test]
fn a_silence_of_years_is_not_listed_day_by_day() {
    let text = "call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit\n\
        1,a,,1970-01-01T10:00:00,,1970-01-01T10:00:20,,abandoned\n\
        2,a,,2026-03-29T12:00:00,,2026-03-29T12:00:20,,abandoned\n";
    for every in ["day", "interval"] {
        let got = replay_file("calls.csv", text, &["--every", every, "--tz", "UTC"]);
        reconciled(&got);
        assert_eq!(got.as_array().unwrap().len(), 2, "{every}");
        check(&got[1]["all"], &[("offered", Some(1.0)), ("abandoned", Some(1.0))]);
    }
}

#[test]
fn a_span_without_events_is_nothing_and_not_an_error() {
    let lines = call("1", "cards", "ann", [0.0, 10.0, 70.0]).to_vec();
    for (from, to) in [("2026-05-22", "2026-05-23"), ("2026-05-24", "2026-05-25")] {
        let got = replay(lines.clone(), &["--from", from, "--to", to]);
        check(&got["all"], &[("offered", Some(0.0)), ("answered", Some(0.0)), ("asa_s", None)]);
        assert_eq!(got["all"]["reconciliation"]["residual"], 0);
        assert!(got["window"]["from"].as_str().unwrap().starts_with(from));
    }
}

#[test]
fn wrong_spans_are_wrong_usage() {
    let line = format!("{}\n", call("1", "cards", "ann", [0.0, 10.0, 70.0])[0]);
    for args in
        [&["replay", "--json", "--from", "2026-05-24", "--to", "2026-05-23"][..], &["replay", "--every", "day"][..]]
    {
        let (code, printed, noted) = run("story.jsonl", &line, args);
        assert_eq!(code, floorwatch::cli::ExitCode::Usage, "{args:?}");
        assert!(printed.is_empty() && noted.contains("--"), "{noted}");
    }
}
