//! Calls out, talk by direction, after-call work, occupancy.

use serde_json::{Value, json};

use crate::replayed::replay;
use crate::story::{at, call, check, state};

fn dialled(second: f64, id: &str, agent: &str, number: &str) -> Value {
    at(second, "call.dialled", json!({"call": id, "agent": agent, "number": number}))
}

fn connected(second: f64, id: &str, agent: &str) -> Value {
    at(second, "call.connected", json!({"call": id, "agent": agent}))
}

fn ended(second: f64, id: &str, agent: &str) -> Value {
    at(second, "call.ended", json!({"call": id, "queue": "none", "agent": agent, "by": "agent"}))
}

/// Ann is ready for an hour: one call in of 120 s with 30 s after-call work, one call out dialled at 1000, connected at
/// 1010, held 20 s of its 90 s, with 60 s of after-call work; one call out that nobody answers, 25 s.
fn hour() -> Vec<Value> {
    let mut lines = vec![
        at(0.0, "agent.signed_in", json!({"agent": "ann", "team": "Blue", "queues": ["cards"]})),
        state(220.0, "ann", "after_call"),
        state(250.0, "ann", "ready"),
        dialled(1000.0, "o1", "ann", "13800000001"),
        connected(1010.0, "o1", "ann"),
        at(1030.0, "call.held", json!({"call": "o1", "agent": "ann"})),
        at(1050.0, "call.retrieved", json!({"call": "o1", "agent": "ann"})),
        ended(1100.0, "o1", "ann"),
        state(1100.0, "ann", "after_call"),
        state(1160.0, "ann", "ready"),
        dialled(2000.0, "o2", "ann", "13800000002"),
        ended(2025.0, "o2", "ann"),
        at(3600.0, "agent.signed_out", json!({"agent": "ann"})),
    ];
    lines.extend(call("1", "cards", "ann", [90.0, 100.0, 220.0]));
    lines
}

#[test]
fn calls_out_are_counted_apart_and_talk_is_told_by_direction() {
    let got = replay(hour(), &[]);
    let ann = &got["agents"]["ann"];
    check(
        ann,
        &[
            ("answered", Some(1.0)),
            ("outbound", Some(2.0)),
            ("connected_out", Some(1.0)),
            ("talk_in_s", Some(120.0)),
            ("talk_out_s", Some(90.0)),
            ("talk_s", Some(210.0)),
            ("talk_internal_s", Some(0.0)),
            ("att_in_s", Some(120.0)),
            ("att_out_s", Some(90.0)),
            ("after_call_in_s", Some(30.0)),
            ("after_call_out_s", Some(60.0)),
            ("after_call_s", Some(90.0)),
            ("acw_s", Some(45.0)),
            ("aht_s", Some(150.0)),
            ("signed_in_s", Some(3600.0)),
            // (1 answered + 1 connected) in one hour
            ("calls_per_hour", Some(2.0)),
            ("sign_ins", Some(1.0)),
            ("sign_outs", Some(1.0)),
        ],
    );
    check(&got["all"], &[("outbound", Some(2.0)), ("connected_out", Some(1.0)), ("offered", Some(1.0))]);
    assert_eq!(ann["team"], "Blue");
    let blue = &got["teams"]["Blue"];
    check(blue, &[("members", Some(1.0)), ("talk_out_s", Some(90.0)), ("signed_in_s", Some(3600.0))]);
    assert_eq!(got["anomalies"], json!({}));
}

#[test]
fn outward_talk_is_work_only_for_those_it_is_routed_to() {
    // Own calls out: 100 s of dialling and talk and 25 s of dialling are in neither part.
    let work_in: f64 = 120.0 + 30.0 + 60.0;
    let ready = 3600.0 - work_in - 125.0;
    let own = replay(hour(), &[]);
    check(&own["agents"]["ann"], &[("occupancy", Some((work_in / (work_in + ready) * 1e6).round() / 1e6))]);
    check(&own["agents"]["ann"], &[("utilization", Some(((work_in + 125.0) / 3600.0 * 1e6).round() / 1e6))]);
    // The second is told as talk outward for a queue: from then on calls out are routed, and their talk is work.
    let mut lines = hour();
    let of = |state: &str| json!({"agent": "ann", "queue": "cards", "state": state, "direction": "out"});
    lines.extend([at(2000.0, "agent.state", of("talking")), at(2025.0, "agent.state", of("ready"))]);
    let routed = replay(lines, &[]);
    let work = work_in + 25.0;
    check(&routed["agents"]["ann"], &[("occupancy", Some((work / (work + ready) * 1e6).round() / 1e6))]);
    assert!(routed["queues"].get("none").is_none(), "a call out joins no queue");
}

#[test]
fn what_no_feed_tells_is_null() {
    // Calls alone: no states, no calls out, no hold, no after-call work, no rings, no tags.
    let got = replay(call("1", "cards", "ann", [0.0, 5.0, 65.0]).to_vec(), &[]);
    let nothing = [
        "outbound",
        "connected_out",
        "talk_out_s",
        "talk_internal_s",
        "att_out_s",
        "after_call_s",
        "acw_s",
        "aht_s",
        "avg_hold_s",
        "ring_s",
        "ring_no_answer",
        "ready_s",
        "not_ready_s",
        "not_ready_count",
        "occupancy",
        "utilization",
        "signed_in_s",
        "sign_ins",
        "sign_outs",
        "calls_per_hour",
        "orders",
        "conversion_rate",
        "first_sign_in",
    ];
    let ann = &got["agents"]["ann"];
    check(ann, &nothing.map(|key| (key, None)));
    check(ann, &[("answered", Some(1.0)), ("talk_s", Some(60.0)), ("talk_in_s", Some(60.0)), ("transfers", Some(0.0))]);
    let nothing = [
        "avg_ring_s",
        "avg_hold_s",
        "acw_s",
        "aht_s",
        "hold_p50_s",
        "after_call_p90_s",
        "handle_p99_s",
        "different_callers",
        "redials",
        "occupancy",
        "utilization",
        "ring_no_answer",
        "refused",
        "refused_by",
        "orders",
        "complaint_rate",
    ];
    for scope in [&got["queues"]["cards"], &got["groups"]["Bank"], &got["all"]] {
        check(scope, &nothing.map(|key| (key, None)));
        for (key, exact) in [("talk_p50_s", 60.0), ("talk_p99_s", 60.0), ("wait_p50_s", 5.0)] {
            let got = scope[key].as_f64().unwrap();
            assert!((got - exact).abs() <= exact * 0.01, "{key}: {got}");
        }
    }
    check(&got["all"], &["ivr_entered", "lines_in_use", "lines_share", "self_service_rate"].map(|key| (key, None)));
}
