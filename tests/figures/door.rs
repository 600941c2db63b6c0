//! What stands before the queues: menus, lines, refusals; and scopes of lines and groups.

use serde_json::json;

use crate::replayed::replay;
use crate::story::{at, call, check};

#[test]
fn menus_lines_and_refusals_are_of_their_line_and_of_all() {
    let mut lines = vec![
        at(0.0, "line.state", json!({"line": "95598", "in_use": 10, "capacity": 60})),
        at(1.0, "line.state", json!({"line": "4008", "in_use": 5, "capacity": 20})),
        at(2.0, "ivr.count", json!({"menu": "main", "line": "95598", "entered": 50, "left": 5, "to_queue": 30})),
        at(62.0, "ivr.count", json!({"menu": "main", "line": "95598", "entered": 50, "left": 5, "to_queue": 40})),
        at(63.0, "ivr.count", json!({"menu": "other", "entered": 100, "left": 10, "to_queue": 50})),
        at(64.0, "door.refused", json!({"line": "95598", "queue": "cards", "why": "full"})),
        at(65.0, "door.refused", json!({"queue": "cards", "why": "no_agents"})),
        at(66.0, "door.refused", json!({"line": "4008", "why": "full"})),
        at(67.0, "line.state", json!({"line": "95598", "in_use": 45, "capacity": 60, "blocked": 10})),
        at(10.0, "call.joined", json!({"call": "1", "queue": "cards", "line": "95598"})),
        at(30.0, "call.abandoned", json!({"call": "1", "queue": "cards"})),
    ];
    lines.extend(call("2", "loans", "ann", [20.0, 30.0, 40.0]));
    let got = replay(lines, &[]);
    check(
        &got["all"],
        &[
            ("lines_in_use", Some(50.0)),
            ("lines_share", Some(0.625)),
            ("refused", Some(3.0)),
            ("ivr_entered", Some(200.0)),
            ("ivr_left", Some(20.0)),
            ("to_agent_rate", Some(0.6)),
            // 200 − 120 − 20
            ("self_service_rate", Some(0.3)),
        ],
    );
    let line = &got["lines"]["95598"];
    check(
        line,
        &[
            ("offered", Some(1.0)),
            ("abandoned", Some(1.0)),
            ("lines_in_use", Some(45.0)),
            ("lines_share", Some(0.75)),
            ("refused", Some(1.0)),
            ("ivr_entered", Some(100.0)),
            ("to_agent_rate", Some(0.7)),
            ("self_service_rate", Some(0.2)),
            ("occupancy", None),
        ],
    );
    check(
        &got["lines"]["4008"],
        &[("offered", Some(0.0)), ("refused", Some(1.0)), ("lines_share", Some(0.25)), ("abandon_rate", None)],
    );
    check(&got["queues"]["cards"], &[("refused", Some(2.0))]);
    assert_eq!(got["queues"]["cards"]["refused_by"], json!({"full": 1, "no_agents": 1}));
    check(&got["queues"]["loans"], &[("refused", Some(0.0))]);
    assert!(got["queues"]["cards"].get("lines_in_use").is_none());
    check(&got["groups"]["Bank"], &[("offered", Some(2.0)), ("answered", Some(1.0)), ("refused", Some(2.0))]);
    for scope in [&got["all"], line, &got["lines"]["4008"], &got["groups"]["Bank"]] {
        assert_eq!(scope["reconciliation"]["residual"], 0);
    }
}
