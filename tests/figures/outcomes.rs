//! What calls came to: tags.

use serde_json::{Value, json};

use crate::replayed::replay;
use crate::story::{at, check};

fn tagged(second: f64, id: &str, name: &str, value: &str) -> Value {
    let mut tags = json!({});
    tags[name] = json!(value);
    at(second, "call.tagged", json!({"call": id, "tags": tags}))
}

fn inward(id: &str, caller: &str, second: f64) -> Vec<Value> {
    let of = json!({"call": id, "queue": "cards", "agent": "ann"});
    vec![
        at(second, "call.joined", json!({"call": id, "queue": "cards", "caller": caller})),
        at(second + 5.0, "call.answered", of.clone()),
        at(second + 65.0, "call.ended", json!({"call": id, "queue": "cards", "agent": "ann", "by": "caller"})),
    ]
}

fn outward(id: &str, number: &str, second: f64) -> Vec<Value> {
    vec![
        at(second, "call.dialled", json!({"call": id, "agent": "bob", "number": number})),
        at(second + 5.0, "call.connected", json!({"call": id, "agent": "bob"})),
        at(second + 35.0, "call.ended", json!({"call": id, "queue": "none", "agent": "bob", "by": "caller"})),
    ]
}

#[test]
fn outcomes_count_once_a_call_and_people_once_however_often_they_call() {
    let mut lines = Vec::new();
    // Four calls of three callers, all answered.
    for (n, caller) in ["13800000001", "13800000002", "13800000003", "13800000001"].iter().enumerate() {
        lines.extend(inward(&format!("i{n}"), caller, 100.0 * f64::from(u32::try_from(n).unwrap())));
    }
    // Four calls out to three numbers, all connected.
    for (n, number) in ["13900000001", "13900000002", "13900000003", "13900000001"].iter().enumerate() {
        lines.extend(outward(&format!("o{n}"), number, 1000.0 + 100.0 * f64::from(u32::try_from(n).unwrap())));
    }
    lines.extend([
        tagged(70.0, "i0", "outcome", "order"),
        tagged(80.0, "i0", "outcome", "order"),
        tagged(90.0, "i0", "outcome", "order_settled"),
        tagged(170.0, "i1", "outcome", "Order"),
        tagged(180.0, "i1", "outcome", "order_cancelled"),
        tagged(270.0, "i2", "outcome", "resolved"),
        tagged(271.0, "i2", "area", "East"),
        // The same caller complains in both calls.
        tagged(95.0, "i0", "outcome", "complaint"),
        tagged(370.0, "i3", "outcome", "complaint"),
        // One number is sold to twice; two numbers are reached.
        tagged(1040.0, "o0", "outcome", "sale"),
        tagged(1041.0, "o0", "reached", "yes"),
        tagged(1340.0, "o3", "outcome", "sale"),
        tagged(1140.0, "o1", "reached", "1"),
        tagged(1240.0, "o2", "reached", "no"),
    ]);
    let got = replay(lines, &[]);
    let all = &got["all"];
    check(
        all,
        &[
            ("orders", Some(2.0)),
            ("orders_settled", Some(1.0)),
            ("orders_cancelled", Some(1.0)),
            ("orders_returned", Some(0.0)),
            ("conversion_rate", Some(0.5)),
            // two orders, two people at work
            ("orders_per_head", Some(1.0)),
            ("sales", Some(2.0)),
            // two sales in four calls in and four out
            ("sales_rate", Some(0.25)),
            // one number of three connected
            ("outbound_sales_rate", Some(0.333_333)),
            // one number of two reached
            ("effective_sales_rate", Some(0.5)),
            ("complaints", Some(2.0)),
            // one caller of three answered
            ("complaint_rate", Some(0.333_333)),
            ("different_callers", Some(3.0)),
        ],
    );
    check(&got["queues"]["cards"], &[("orders", Some(2.0)), ("sales", Some(0.0)), ("complaint_rate", Some(0.333_333))]);
    check(&got["agents"]["ann"], &[("orders", Some(2.0)), ("sales", Some(0.0)), ("conversion_rate", Some(0.5))]);
    check(&got["agents"]["bob"], &[("orders", Some(0.0)), ("sales", Some(2.0)), ("sales_rate", Some(0.5))]);
    assert_eq!(got["anomalies"], json!({}));
}

#[test]
fn a_tag_of_a_call_nobody_saw_is_said_and_counts_nothing() {
    let mut lines = inward("1", "13800000001", 0.0);
    lines.push(tagged(70.0, "other", "outcome", "order"));
    lines.push(at(200.0, "agent.state", json!({"agent": "ann", "state": "ready"})));
    let got = replay(lines, &[]);
    check(&got["all"], &[("orders", Some(0.0)), ("conversion_rate", Some(0.0))]);
    assert_eq!(got["anomalies"]["mid_life"], 1);
}
