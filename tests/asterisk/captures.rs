//! The captures against what Asterisk's own queue log says.

use std::collections::BTreeMap;

use floorwatch::model::ExitWhy;
use floorwatch::wire::capture::Capture;
use serde_json::Value;

use crate::ledger::{Ledger, data, replay, word};

fn load(path: &str) -> Option<Ledger> {
    let path = data()?.join(path);
    Some(Ledger::of(replay(Capture::open(&path).expect("there"))))
}

fn oracle(path: &str) -> Value {
    let text = std::fs::read_to_string(data().expect("asked before").join(path)).expect("there");
    serde_json::from_str(&text).expect("JSON")
}

fn n(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}

fn f(value: &Value, key: &str) -> f64 {
    value.get(key).and_then(Value::as_f64).unwrap_or(0.0)
}

/// Every count of every queue and agent, exactly; means within a second.
fn compare(ledger: &Ledger, oracle: &Value, reasons: bool) {
    let queues = oracle.get("queues").and_then(Value::as_object).expect("queues");
    assert_eq!(ledger.queues.keys().collect::<Vec<_>>(), queues.keys().collect::<Vec<_>>());
    for (queue, want) in queues {
        let c = &ledger.queues[queue];
        assert_eq!(c.joined, n(want, "offered"), "{queue}");
        assert_eq!(c.answered, n(want, "answered"), "{queue}");
        assert_eq!(c.ended, n(want, "completed"), "{queue}");
        assert_eq!(c.not_answered, n(want, "ringnoanswer"), "{queue}");
        let exits =
            ["timeout", "exitempty", "exitkey", "withdrawn", "syscompat"].iter().map(|k| n(want, k)).sum::<u64>();
        assert_eq!(c.abandoned + c.exits(), n(want, "abandoned") + exits, "{queue}");
        let transfers = n(want, "blind_transfers_out") + n(want, "attended_transfers_out");
        assert_eq!(c.transferred.values().sum::<u64>(), transfers, "{queue}");
        if reasons {
            assert_eq!(c.abandoned, n(want, "abandoned"), "{queue}");
            let exited: BTreeMap<_, _> = [
                (word(ExitWhy::Timeout), n(want, "timeout")),
                (word(ExitWhy::Empty), n(want, "exitempty")),
                (word(ExitWhy::Key), n(want, "exitkey")),
                (word(ExitWhy::Other), n(want, "withdrawn")),
            ]
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .collect();
            assert_eq!(c.exited, exited, "{queue}");
            assert_eq!(c.transferred.get("blind").copied().unwrap_or(0), n(want, "blind_transfers_out"), "{queue}");
        }
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        for (sum, count, key) in
            [(ledger.wait_s.get(queue), c.answered, "asa_s"), (ledger.talk_s.get(queue), c.ended, "att_s")]
        {
            let mean = sum.copied().unwrap_or(0.0) / count.max(1) as f64;
            assert!((mean - f(want, key)).abs() < 1.0, "{queue} {key}: {mean} and {}", f(want, key));
        }
    }
    let mut by_agent = BTreeMap::new();
    for (name, agent) in oracle.get("agents").and_then(Value::as_object).expect("agents") {
        for (queue, count) in agent.get("by_queue").and_then(Value::as_object).expect("by queue") {
            by_agent.insert((name.clone(), queue.clone()), count.as_u64().unwrap_or(0));
        }
        let missed: u64 =
            ledger.missed.iter().filter(|(id, _)| ledger.names.get(*id) == Some(name)).map(|(_, n)| n).sum();
        assert_eq!(missed, n(agent, "ringnoanswer"), "{name}");
    }
    assert_eq!(ledger.answered_by_name(), by_agent);
    assert!(ledger.talking.is_empty(), "every talk ended: {:?}", ledger.talking);
}

#[test]
fn all_classes_give_every_count_of_the_queue_log() {
    let Some(ledger) = load("run-a/ami.raw.zst") else { return };
    compare(&ledger, &oracle("run-a/oracle.json"), true);
    ledger.assert_reconciled();
    assert_eq!(ledger.waiting.len(), 0);
    assert_eq!(ledger.mid_life, 0);
    assert_eq!(ledger.anomalies, BTreeMap::new(), "{:?}", ledger.details);
    let refused: u64 = ledger.queues.values().map(|c| c.refused).sum();
    assert_eq!(refused, 13, "phones that answered 486");
    let moved: u64 = ledger.queues.values().map(|c| c.moved_in).sum();
    assert_eq!(moved, 6, "blind transfers into a queue");
    assert_eq!(ledger.kinds.get("door.refused"), Some(&7), "queues without members");
}

#[test]
fn the_agent_class_alone_gives_them_with_abandons_and_exits_together() {
    let Some(ledger) = load("run-a/ami_agent.raw.zst") else { return };
    compare(&ledger, &oracle("run-a/oracle.json"), false);
    ledger.assert_reconciled();
    assert_eq!(ledger.anomalies, BTreeMap::from([("reason_unknown", 161)]), "one an abandon: {:?}", ledger.details);
    let refused: u64 = ledger.queues.values().map(|c| c.refused).sum();
    assert_eq!(refused, 13);
}

#[test]
fn a_connection_in_the_middle_reconciles_from_its_snapshot() {
    let Some(ledger) = load("run-a/ami_mid.raw.zst") else { return };
    ledger.assert_reconciled();
    // 15 or so waited at the start; 9 talks in progress ended later.
    assert_eq!(ledger.mid_life, 9);
}

#[test]
fn the_stress_run_gives_every_count() {
    let Some(ledger) = load("stress/stress.raw.zst") else { return };
    compare(&ledger, &oracle("stress/stress_oracle.json"), false);
    ledger.assert_reconciled();
    assert_eq!(ledger.anomalies.get("incomplete"), Some(&2910));
}

#[test]
fn restarts_and_crashes_close_what_they_cut() {
    let Some(ledger) = load("restart/restart.raw.zst") else { return };
    ledger.assert_reconciled();
    assert_eq!(ledger.epochs, 3);
}
