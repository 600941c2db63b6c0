//! Tables of calls: what their optional columns give, and what they cannot.

use crate::replayed::replay_file;
use crate::story::check;

const HEADER: &str = "call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit";

#[test]
fn calls_that_overlap_at_one_agent_each_count_with_their_after_call_work() {
    let text = format!(
        "{HEADER},ring_s,hold_s,after_call_s,transferred_to\n\
         1,cards,ann,2026-05-23T10:00:00Z,2026-05-23T10:00:10Z,,2026-05-23T10:02:10Z,answered,4,20,30,\n\
         2,cards,ann,2026-05-23T10:00:20Z,2026-05-23T10:00:40Z,,2026-05-23T10:03:40Z,answered,6,0,60,loans\n\
         3,cards,ann,2026-05-23T10:01:00Z,2026-05-23T10:01:05Z,,2026-05-23T10:02:05Z,answered,0,0,0,\n"
    );
    let got = replay_file("calls.csv", &text, &[]);
    let ann = &got["agents"]["ann"];
    check(
        ann,
        &[
            ("answered", Some(3.0)),
            ("talk_s", Some(360.0)),
            ("talk_in_s", Some(360.0)),
            ("att_s", Some(120.0)),
            ("after_call_s", Some(90.0)),
            ("after_call_in_s", Some(90.0)),
            ("after_call_out_s", Some(0.0)),
            ("acw_s", Some(30.0)),
            ("aht_s", Some(150.0)),
            ("transfers", Some(1.0)),
            ("transfer_rate", Some(0.333_333)),
            // A table tells no states: who was signed in when is not known, and no ring that was missed.
            ("signed_in_s", None),
            ("sign_ins", None),
            ("occupancy", None),
            ("after_call_share", None),
            ("ring_no_answer", None),
        ],
    );
    let cards = &got["queues"]["cards"];
    check(
        cards,
        &[
            ("contacts", Some(3.0)),
            ("handled", Some(3.0)),
            ("acw_s", Some(30.0)),
            ("aht_s", Some(150.0)),
            ("avg_hold_s", Some((20.0f64 / 3.0 * 1e6).round() / 1e6)),
            ("avg_ring_s", Some((10.0f64 / 3.0 * 1e6).round() / 1e6)),
            ("hold_p50_s", Some(0.0)),
            ("occupancy", None),
        ],
    );
    // ⌈p·n⌉-th smallest of three: talk 60, 120, 180; after-call 0, 30, 60; handle 60, 150, 240.
    for (key, exact) in [
        ("talk_p50_s", 120.0),
        ("talk_p90_s", 180.0),
        ("hold_p99_s", 20.0),
        ("after_call_p50_s", 30.0),
        ("after_call_p95_s", 60.0),
        ("handle_p50_s", 150.0),
        ("handle_p99_s", 240.0),
    ] {
        let value = cards[key].as_f64().unwrap();
        assert!((value - exact).abs() <= exact * 0.01, "{key}: {value}");
    }
    // The after-call work of the last call is part of the recording.
    assert_eq!(got["window"]["to"], "2026-05-23T10:04:40+00:00");
}

#[test]
fn rows_outward_are_calls_to_customers() {
    let text = format!(
        "{HEADER},caller,direction,after_call_s,outcome\n\
         1,,ann,2026-05-23T10:00:00Z,2026-05-23T10:00:10Z,,2026-05-23T10:02:10Z,answered,13800000001,out,15,sale\n\
         2,,ann,2026-05-23T10:05:00Z,,2026-05-23T10:05:30Z,,abandoned,13800000002,out,,\n\
         3,cards,ann,2026-05-23T10:06:00Z,2026-05-23T10:06:05Z,,2026-05-23T10:07:05Z,answered,13800000003,in,5,order\n"
    );
    let got = replay_file("calls.csv", &text, &[]);
    check(
        &got["agents"]["ann"],
        &[
            ("outbound", Some(2.0)),
            ("connected_out", Some(1.0)),
            ("talk_out_s", Some(120.0)),
            ("talk_in_s", Some(60.0)),
            ("talk_s", Some(180.0)),
            ("att_out_s", Some(120.0)),
            ("after_call_out_s", Some(15.0)),
            ("after_call_in_s", Some(5.0)),
            ("acw_s", Some(10.0)),
            ("sales", Some(1.0)),
            ("orders", Some(1.0)),
        ],
    );
    check(&got["all"], &[("outbound", Some(2.0)), ("offered", Some(1.0)), ("outbound_sales_rate", Some(1.0))]);
    assert_eq!(got["queues"].as_object().unwrap().len(), 1, "no queue without a name");
}
