//! Asterisk's queue log as a recording: lines and the events they must give, then the logs of real runs against counts
//! made from them by other means.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use floorwatch::model::{
    AgentState, Anomaly, CallId, CallerHasher, Envelope, Event, Evidence, ExitWhy, FeedId, Kind, QueueId, Time,
};
use floorwatch::source::queue_log::QueueLog;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

fn envelopes(log: &[u8]) -> Vec<Envelope> {
    QueueLog::new(FeedId::new("queue_log"), CallerHasher::new([1; 16]), log).flatten().collect()
}

/// An event in one line, with the seconds after 1,000,000,000.
fn line(event: &Event) -> String {
    let at = event.ts.map_or(String::from("-"), |ts| ts.since(Time::from_secs(1_000_000_000)).secs().to_string());
    let rest = match &event.kind {
        Kind::CallJoined { call, queue, .. } | Kind::CallAbandoned { call, queue } => format!("{call} {queue}"),
        Kind::CallRinging { call, queue, agent } | Kind::CallAnswered { call, queue, agent } => {
            format!("{call} {queue} {agent}")
        }
        Kind::CallNotAnswered { call, agent, rang, .. } => format!("{call} {agent} {}", rang.unwrap().secs()),
        Kind::CallEnded { call, queue, agent, by, .. } => format!("{call} {queue} {agent} {}", by.word()),
        Kind::CallExited { call, queue, why } => format!("{call} {queue} {}", why.word()),
        Kind::CallTransferred { call, queue, agent, kind, to } => {
            format!("{call} {queue} {agent} {} {}", kind.word(), to.as_ref().map_or("", |t| t.as_str()))
        }
        Kind::AgentState(s) => format!(
            "{} {} {} {}",
            s.agent,
            s.queue.as_ref().map_or("-", |q| q.as_str()),
            s.state.word(),
            s.reason.as_ref().map_or("", |r| r.as_str())
        ),
        Kind::AgentJoinedQueue { agent, queue, .. } | Kind::AgentLeftQueue { agent, queue } => {
            format!("{agent} {queue}")
        }
        Kind::Anomaly { what, detail } => format!("{} ({detail})", what.word()),
        _ => String::new(),
    };
    let mark = if event.evidence == Evidence::Derived { " derived" } else { "" };
    format!("{at} {} {}{mark}", event.kind.type_word(), rest.trim_end())
}

fn text_of(log: &[&str]) -> String {
    log.iter().flat_map(|l| ["10000000", l, "\n"]).collect()
}

/// Lines without their first eight digits: `05|…` is second 1,000,000,005.
fn check(log: &[&str], expected: &[&str]) {
    let text = text_of(log);
    let lines: Vec<String> = envelopes(text.as_bytes()).iter().map(|e| line(&e.event).trim_end().to_owned()).collect();
    assert_eq!(lines, expected, "{text}");
}

#[test]
fn calls_pauses_and_members() {
    check(
        &[
            "00|NONE|NONE|NONE|QUEUESTART|",
            "01|1.0|sup|NONE|ENTERQUEUE||4420|1",
            "02|2.0|sup|NONE|ENTERQUEUE||anonymous|2",
            "02|3.0|sup|NONE|ENTERQUEUE||4421|3",
            "05|1.0|sup|Bob|RINGNOANSWER|1000",
            "08|1.0|sup|Anna|CONNECT|7|9.9|2",
            "09|2.0|sup|NONE|EXITWITHTIMEOUT|1|2|7",
            "09|3.0|sup|Bob|RINGCANCELED|1280",
            "09|3.0|sup|NONE|ABANDON|1|3|7",
            "10|NONE|NONE|Bob|PAUSEALL|meal",
            "10|NONE|sup|Bob|PAUSE|meal",
            "11|NONE|sup|Bob|UNPAUSE|",
            "12|1.0|sup|Anna|COMPLETECALLER|7|4|1",
            "12|4.0|sup|NONE|ENTERQUEUE||4422|1",
            "13|4.0|sup|NONE|EXITWITHKEY|1|1|1|1",
            "13|5.0|sup|NONE|ENTERQUEUE||4422|1",
            "14|5.0|sup|NONE|EXITEMPTY|1|1|1",
            "14|6.0|sup|NONE|ENTERQUEUE||4422|1",
            "15|6.0|sup|NONE|WITHDRAW|1|1|1|supervisor",
            "15|7.0|sup|NONE|ENTERQUEUE||4422|1",
            "16|7.0|sup|NONE|SYSCOMPAT|",
            "17|MANAGER|sup|Cleo|ADDMEMBER|PAUSED",
            "18|MANAGER|sup|Cleo|REMOVEMEMBER|",
            "18|NONE|NONE|NONE|CONFIGRELOAD|",
            "19|8.0|sup|NONE|MYVERB|x",
        ],
        &[
            "1 call.joined 1.0 sup",
            "2 call.joined 2.0 sup",
            "2 call.joined 3.0 sup",
            "4 call.ringing 1.0 sup Bob derived",
            "5 call.not_answered 1.0 Bob 1",
            "6 call.ringing 1.0 sup Anna derived",
            "7.72 call.ringing 3.0 sup Bob derived",
            "8 call.answered 1.0 sup Anna",
            "9 call.exited 2.0 sup timeout",
            "9 call.abandoned 3.0 sup",
            "10 agent.state Bob sup not_ready meal",
            "11 agent.state Bob sup ready",
            "12 call.ended 1.0 sup Anna caller",
            "12 call.joined 4.0 sup",
            "13 call.exited 4.0 sup key",
            "13 call.joined 5.0 sup",
            "14 call.exited 5.0 sup empty",
            "14 call.joined 6.0 sup",
            "15 call.exited 6.0 sup other",
            "15 call.joined 7.0 sup",
            "16 call.exited 7.0 sup system",
            "17 agent.joined_queue Cleo sup",
            "17 agent.state Cleo sup not_ready",
            "18 agent.left_queue Cleo sup",
            "- feed.anomaly unknown_type (MYVERB)",
        ],
    );
}

#[test]
fn the_second_join_of_a_transferred_call_may_stand_before_the_transfer() {
    let expected = [
        "1 call.joined 1.0 sup",
        "3 call.answered 1.0 sup Anna",
        "9 call.transferred 1.0 sup Anna blind 2002",
        "9 call.ended 1.0 sup Anna agent",
        "9 call.joined 1.0 bil",
        "12 call.answered 1.0 bil Kara",
        "20 call.ended 1.0 bil Kara agent",
    ];
    let head = ["01|1.0|sup|NONE|ENTERQUEUE||4420|1", "03|1.0|sup|Anna|CONNECT|2|9.9|0"];
    let tail = ["12|1.0|bil|Kara|CONNECT|3|9.10|0", "20|1.0|bil|Kara|COMPLETEAGENT|3|8|1"];
    let (join, transfer) = ("09|1.0|bil|NONE|ENTERQUEUE||4420|1", "09|1.0|sup|Anna|BLINDTRANSFER|2002|internal|2|6|1");
    let late = "10|1.0|sup|Anna|BLINDTRANSFER|2002|internal|2|6|1";
    check(&[head[0], head[1], transfer, join, tail[0], tail[1]], &expected);
    check(&[head[0], head[1], join, transfer, tail[0], tail[1]], &expected);
    check(&[head[0], head[1], join, late, tail[0], tail[1]], &expected);
    // Within one queue as well.
    check(
        &[
            head[0],
            head[1],
            "09|1.0|sup|NONE|ENTERQUEUE||4420|1",
            "09|1.0|sup|Anna|ATTENDEDTRANSFER|BRIDGE|x|2|6|1",
            "11|1.0|sup|NONE|ABANDON|1|1|2",
        ],
        &[
            expected[0],
            expected[1],
            "9 call.transferred 1.0 sup Anna attended",
            "9 call.ended 1.0 sup Anna agent",
            "9 call.joined 1.0 sup",
            "11 call.abandoned 1.0 sup",
        ],
    );
    // The line never comes, or much too late: the talk is over all the same, once.
    check(
        &[head[0], head[1], join, tail[0], tail[1], "21|1.0|sup|Anna|BLINDTRANSFER|2002|internal|2|6|1"],
        &[
            expected[0],
            expected[1],
            "9 call.transferred 1.0 sup Anna blind bil derived",
            "9 call.ended 1.0 sup Anna agent derived",
            expected[4],
            expected[5],
            expected[6],
        ],
    );
}

#[test]
fn an_end_under_another_id_is_matched_by_queue_and_agent() {
    check(
        &[
            "01|1.0|sup|NONE|ENTERQUEUE||4420|1",
            "03|1.0|sup|Anna|CONNECT|2|9.9|0",
            "09|7.5|sup|Anna|ATTENDEDTRANSFER|APP|Queue|2|6|1",
            "11|8.5|sup|Bob|COMPLETEAGENT|2|6|1",
        ],
        &[
            "1 call.joined 1.0 sup",
            "3 call.answered 1.0 sup Anna",
            "- feed.anomaly incomplete (line 3: matched by queue and agent)",
            "9 call.transferred 1.0 sup Anna attended Queue",
            "9 call.ended 1.0 sup Anna agent",
            "11 call.ended 8.5 sup Bob agent",
        ],
    );
}

#[test]
fn a_start_closes_what_was_open() {
    check(
        &[
            "01|1.0|sup|NONE|ENTERQUEUE||4420|1",
            "02|2.0|sup|NONE|ENTERQUEUE||4420|1",
            "03|1.0|sup|Anna|CONNECT|2|9.9|0",
            "05|NONE|NONE|NONE|QUEUESTART|",
            "06|1.0|bil|NONE|ENTERQUEUE||4420|1",
        ],
        &[
            "1 call.joined 1.0 sup",
            "2 call.joined 2.0 sup",
            "3 call.answered 1.0 sup Anna",
            "5 feed.sync_begin",
            "5 feed.sync_end",
            "- feed.anomaly reconnect (line 4: the switch started again)",
            "6 call.joined 1.0 bil",
        ],
    );
}

#[test]
fn abandons_of_a_shutdown_are_none() {
    let log = |last: &'static str| {
        [
            "01|1.0|sup|NONE|ENTERQUEUE||4420|1",
            "02|2.0|sup|NONE|ENTERQUEUE||4420|1",
            "02|3.0|sup|NONE|ENTERQUEUE||4420|1",
            "03|1.0|sup|Anna|CONNECT|2|9.9|0",
            "10|2.0|sup|NONE|ABANDON|1|1|8",
            "10|1.0|sup|Anna|COMPLETEAGENT|2|7|1",
            "10|3.0|sup|NONE|ABANDON|1|1|8",
            last,
        ]
    };
    let words = |log: &[&str]| -> Vec<String> {
        let text = text_of(log);
        let of = |k: &Kind| match k {
            Kind::CallExited { why, .. } => Some(why.word().to_owned()),
            Kind::CallAbandoned { .. } => Some("abandoned".to_owned()),
            Kind::Anomaly { what, .. } => Some(what.word().to_owned()),
            _ => None,
        };
        envelopes(text.as_bytes()).iter().filter_map(|e| of(&e.event.kind)).collect()
    };
    let start = "12|NONE|NONE|NONE|QUEUESTART|";
    let shutdown = ["restart_abandons", "system", "restart_abandons", "system", "reconnect"];
    assert_eq!(words(&log(start)), shutdown);
    assert_eq!(words(&log("12|4.0|sup|NONE|ENTERQUEUE||1|1")), ["abandoned", "abandoned"]);
    assert_eq!(words(&log("59|NONE|NONE|NONE|QUEUESTART|")), ["abandoned", "abandoned", "reconnect"]);
    // A crash leaves somebody open: the abandon before it was one.
    let mut crash = log(start).to_vec();
    crash.remove(5);
    assert_eq!(words(&crash), ["abandoned", "abandoned", "reconnect"]);
}

#[test]
fn an_interface_is_an_agent_only_where_the_log_names_no_members() {
    check(
        &[
            "01|MANAGER|sup|PJSIP/1005|ADDMEMBER|",
            "02|MANAGER|bil|PJSIP/1005|ADDMEMBER|",
            "03|MANAGER|sup|PJSIP/1006|ADDMEMBER|",
            "04|MANAGER|bil|PJSIP/1005|REMOVEMEMBER|",
            "05|1.0|sup|NONE|ENTERQUEUE||4420|1",
            "06|1.0|sup|PJSIP/1005|CONNECT|1|9.9|0",
            "07|MANAGER|bil|PJSIP/1005|ADDMEMBER|",
        ],
        &[
            "- feed.anomaly unknown_place (PJSIP/1005: no line tells whose interface it is)",
            "- feed.anomaly unknown_place (PJSIP/1006: no line tells whose interface it is)",
            "5 call.joined 1.0 sup",
            "6 agent.joined_queue PJSIP/1005 sup derived",
            "6 call.answered 1.0 sup PJSIP/1005",
            "7 agent.joined_queue PJSIP/1005 bil",
        ],
    );
}

proptest! {
    #[test]
    fn any_lines_come_out_in_order_without_a_panic(
        lines in prop::collection::vec((0i64..400, 0usize..4, 0usize..3, 0usize..3, 0usize..16, 0i64..400), 0..80),
        tail in prop::collection::vec(any::<u8>(), 0..60)
    ) {
        let verbs = ["ENTERQUEUE||44207|1", "CONNECT|1|x|5", "COMPLETEAGENT|1|1|1", "COMPLETECALLER|1|1|1", "ABANDON|1|1|1",
            "BLINDTRANSFER|a|b|1|1|1", "ATTENDEDTRANSFER|BRIDGE|b|1|1|1", "RINGNOANSWER|9000", "RINGCANCELED|700",
            "PAUSE|x", "UNPAUSE|", "ADDMEMBER|", "REMOVEMEMBER|", "QUEUESTART|", "EXITEMPTY|1|1|1", "ENTERQUEUE||44207|1"];
        let mut at = 1_000_000_000;
        let mut text = String::new();
        let mut sorted = true;
        for (step, call, queue, agent, verb, back) in lines {
            at += step;
            // Now and then the clock is set back.
            if back == 0 { at -= 5; sorted = false; }
            text.push_str(&[&at.to_string(), ["1.0", "2.0", "3.0", "NONE"][call], ["a", "b", "NONE"][queue], ["Ann", "SIP/1", "NONE"][agent], verbs[verb]].join("|"));
            text.push('\n');
        }
        let mut bytes = text.into_bytes();
        bytes.extend(tail);
        let all = envelopes(&bytes);
        prop_assert!(all.is_sorted_by_key(|e| e.received_at));
        if sorted {
            prop_assert!(all.iter().filter(|e| e.event.ts.is_some()).is_sorted_by_key(|e| e.event.ts));
        }
    }
}

fn data() -> PathBuf {
    std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from)
        .join("asterisk")
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn read(path: &Path) -> Option<Vec<u8>> {
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    if path.extension().is_some_and(|e| e == "zst") { zstd::decode_all(bytes.as_slice()).ok() } else { Some(bytes) }
}

/// Counts by name, of a queue or an agent.
type Counts = BTreeMap<String, BTreeMap<&'static str, i64>>;

fn count(all: &[Envelope]) -> (Counts, Counts) {
    let (mut queues, mut agents) = (Counts::new(), Counts::new());
    let mut waiting: HashMap<(CallId, QueueId), Time> = HashMap::new();
    let mut talking: HashMap<(CallId, QueueId), Time> = HashMap::new();
    let mut transferred = std::collections::HashSet::new();
    for Envelope { event, .. } in all {
        let ts = event.ts;
        match &event.kind {
            Kind::CallJoined { call, queue, .. } => {
                *queues.entry(queue.to_string()).or_default().entry("offered").or_default() += 1;
                assert!(waiting.insert((call.clone(), queue.clone()), ts.unwrap()).is_none(), "{event:?}");
            }
            Kind::CallAnswered { call, queue, agent } => {
                *queues.entry(queue.to_string()).or_default().entry("answered").or_default() += 1;
                *agents.entry(agent.to_string()).or_default().entry("answered").or_default() += 1;
                let joined = waiting.remove(&(call.clone(), queue.clone())).unwrap();
                *queues.entry(queue.to_string()).or_default().entry("wait_s").or_default() +=
                    ts.unwrap().since(joined).whole_secs();
                talking.insert((call.clone(), queue.clone()), ts.unwrap());
            }
            Kind::CallAbandoned { call, queue } => {
                *queues.entry(queue.to_string()).or_default().entry("abandoned").or_default() += 1;
                waiting.remove(&(call.clone(), queue.clone())).unwrap();
            }
            Kind::CallExited { call, queue, why } => {
                let key = match why {
                    ExitWhy::Timeout => "timeout",
                    ExitWhy::Other => "withdrawn",
                    other => panic!("{other:?}"),
                };
                *queues.entry(queue.to_string()).or_default().entry(key).or_default() += 1;
                waiting.remove(&(call.clone(), queue.clone())).unwrap();
            }
            Kind::CallTransferred { call, queue, agent, .. } => {
                *queues.entry(queue.to_string()).or_default().entry("transfers").or_default() += 1;
                *agents.entry(agent.to_string()).or_default().entry("transfers").or_default() += 1;
                transferred.insert((call.clone(), queue.clone()));
            }
            Kind::CallEnded { call, queue, agent, .. } => {
                *queues.entry(queue.to_string()).or_default().entry("completed").or_default() += 1;
                let from = talking.remove(&(call.clone(), queue.clone())).unwrap();
                *agents.entry(agent.to_string()).or_default().entry("talk_s").or_default() +=
                    ts.unwrap().since(from).whole_secs();
            }
            Kind::CallNotAnswered { queue, agent, .. } => {
                *queues.entry(queue.to_string()).or_default().entry("ringnoanswer").or_default() += 1;
                *agents.entry(agent.to_string()).or_default().entry("ringnoanswer").or_default() += 1;
            }
            _ => {}
        }
    }
    assert!(waiting.is_empty() && talking.is_empty());
    (queues, agents)
}

fn compare(log: &str, oracle: &str) {
    let (Some(log), Some(oracle)) = (read(&data().join(log)), read(&data().join(oracle))) else { return };
    let oracle: serde_json::Value = serde_json::from_slice(&oracle).unwrap();
    let all = envelopes(&log);
    assert!(all.is_sorted_by_key(|e| e.received_at));
    let (queues, agents) = count(&all);
    let of = |counts: &BTreeMap<&str, i64>, key: &str| counts.get(key).copied().unwrap_or_default();
    let expected = oracle["queues"].as_object().unwrap();
    assert_eq!(queues.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, counts) in &queues {
        let told = &expected[name];
        for key in ["offered", "answered", "abandoned", "timeout", "withdrawn", "completed", "ringnoanswer"] {
            assert_eq!(of(counts, key), told[key].as_i64().unwrap(), "{name} {key}");
        }
        let transfers = ["blind_transfers_out", "attended_transfers_out"].map(|k| told[k].as_i64().unwrap());
        assert_eq!(of(counts, "transfers"), transfers.iter().sum::<i64>(), "{name} transfers");
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let asa = of(counts, "wait_s") as f64 / of(counts, "answered") as f64;
        assert!((asa - told["asa_s"].as_f64().unwrap()).abs() < 1.0, "{name} {asa}");
    }
    let expected = oracle["agents"].as_object().unwrap();
    assert_eq!(agents.len(), expected.len());
    for (name, told) in expected {
        let counts = &agents[name];
        for key in ["answered", "transfers", "ringnoanswer"] {
            assert_eq!(of(counts, key), told[key].as_i64().unwrap(), "{name} {key}");
        }
        let talk = told["talk_s"].as_i64().unwrap();
        assert!((of(counts, "talk_s") - talk).abs() <= of(counts, "answered"), "{name} {counts:?} {talk}");
    }
}

#[test]
fn run_a_as_its_oracle_counts() {
    compare("run-a/queue_log", "run-a/oracle.json");
}

#[test]
fn stress_as_its_oracle_counts() {
    compare("stress/stress_queue_log.zst", "stress/stress_oracle.json");
}

#[test]
fn restarts_close_what_was_open() {
    let Some(log) = read(&data().join("restart/restart_queue_log")) else { return };
    let all = envelopes(&log);
    let anomalies =
        |what| all.iter().filter(|e| matches!(&e.event.kind, Kind::Anomaly { what: w, .. } if *w == what)).count();
    assert_eq!((anomalies(Anomaly::Reconnect), anomalies(Anomaly::RestartAbandons)), (2, 0));
    assert_eq!(all.iter().filter(|e| e.event.kind == Kind::FeedSyncEnd).count(), 2);
    let joined = all.iter().filter(|e| matches!(e.event.kind, Kind::CallJoined { .. })).count();
    let paused =
        all.iter().filter(|e| matches!(&e.event.kind, Kind::AgentState(s) if s.state == AgentState::NotReady)).count();
    assert_eq!((joined, paused), (41, 12));
}
