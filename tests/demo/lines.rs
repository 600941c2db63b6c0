//! The lines of the feed against the table of the event model.

use std::collections::BTreeSet;

use floorwatch::config::Lang;
use floorwatch::model::{AgentState, Time};
use floorwatch::source::demo::{Feed, Greeting};
use serde_json::Value;

use super::{minutes, scenario, start};

/// The table of the event model: type, required fields, fields that may be there.
const TABLE: &[(&str, &str, &str)] = &[
    ("call.joined", "call queue", "caller line area menu priority position from_queue waited_s"),
    ("call.ringing", "call queue agent", ""),
    ("call.not_answered", "call queue agent rang_s why", ""),
    ("call.answered", "call queue agent", ""),
    ("call.held", "call agent", ""),
    ("call.retrieved", "call agent", ""),
    ("call.transferred", "call queue agent kind to", ""),
    ("call.ended", "call queue agent by", "cause"),
    ("call.abandoned", "call queue", ""),
    ("call.exited", "call queue why", ""),
    ("call.tagged", "call tags", ""),
    ("agent.signed_in", "agent", "name team desk queues"),
    ("agent.signed_out", "agent", ""),
    ("agent.state", "agent state", "queue reason since direction call until approved_by"),
    ("queue.observed", "queue waiting", "oldest_s"),
    ("door.refused", "why", "line queue"),
    ("line.state", "line in_use capacity", "blocked"),
    ("ivr.count", "menu entered left to_queue", "line"),
    ("feed.sync_begin", "", ""),
    ("feed.sync_end", "", ""),
    ("feed.heartbeat", "", ""),
];

pub(super) fn checked(line: &str) -> Value {
    let value: Value = serde_json::from_str(line).unwrap();
    let object = value.as_object().unwrap();
    let kind = object["type"].as_str().unwrap();
    let (_, must, may) = TABLE.iter().find(|(t, _, _)| *t == kind).expect(kind);
    for field in must.split_whitespace() {
        assert!(object.contains_key(field), "{field} in {line}");
    }
    for (field, value) in object {
        let known = must.split_whitespace().chain(may.split_whitespace()).chain(["type", "id", "ts"]);
        assert!(known.clone().any(|k| k == field), "{field} in {line}");
        match field.as_str() {
            "ts" | "since" | "until" => assert!(Time::parse(value.as_str().unwrap()).is_ok(), "{line}"),
            "queues" => assert!(value.as_array().unwrap().iter().all(Value::is_string), "{line}"),
            "tags" => assert!(value.as_object().unwrap().values().all(Value::is_string), "{line}"),
            f if f.ends_with("_s") => assert!(value.as_f64().unwrap() >= 0.0, "{line}"),
            "priority" | "position" | "waiting" | "in_use" | "capacity" | "blocked" | "entered" | "left"
            | "to_queue" => assert!(value.is_u64(), "{line}"),
            "state" => assert!(AgentState::from_word(value.as_str().unwrap()).is_some(), "{line}"),
            _ => assert!(!value.as_str().unwrap().is_empty(), "{line}"),
        }
    }
    value
}

pub(super) fn kind(value: &Value) -> &str {
    value["type"].as_str().unwrap()
}

#[test]
fn every_line_is_of_the_event_model_in_both_languages() {
    let mut kinds = BTreeSet::new();
    for (name, lang) in [("full_lines", Lang::En), ("surge", Lang::ZhCn)] {
        let mut feed = Feed::new(&scenario(name), 1, lang, start());
        let Greeting { history, full_state } = feed.greet();
        let live = feed.advance(start() + minutes(10));
        let (mut ids, mut last) = (BTreeSet::new(), Time::MIN);
        for line in history.iter().chain(&full_state).chain(&live) {
            let value = checked(line);
            let at = Time::parse(value["ts"].as_str().unwrap()).unwrap();
            assert!(at >= last, "{line} after {last}");
            last = at;
            if let Some(id) = value.get("id") {
                assert!(ids.insert(id.as_str().unwrap().to_owned()), "{line}");
            }
            kinds.insert(kind(&value).to_owned());
        }
        for line in history.iter().chain(&live) {
            let value = checked(line);
            assert_eq!(value.get("id").is_some(), kind(&value) != "feed.heartbeat", "{line}");
            assert!(value.get("waited_s").is_none(), "{line}");
        }
        let beats = live.iter().filter(|l| l.contains("feed.heartbeat")).count();
        assert_eq!(beats, 600);
    }
    assert_eq!(kinds.len(), TABLE.len(), "{kinds:?}");
}

#[test]
fn names_are_in_the_language_asked_for() {
    let (zh, en) = (scenario("calm").queue_settings(Lang::ZhCn), scenario("calm").queue_settings(Lang::En));
    assert_eq!(zh.len(), 6);
    assert_eq!(zh[0].name.as_ref().unwrap().as_str(), "故障报修");
    assert_eq!(en[0].name.as_ref().unwrap().as_str(), "Fault reports");
    let feed = Feed::new(&scenario("calm"), 1, Lang::En, start());
    let history = feed.greet().history;
    assert!(history.iter().all(|l| l.is_ascii()));
    assert!(history.iter().any(|l| l.contains("\"Agent 1001\"")));
    let reasons: Vec<_> = scenario("calm").reasons(Lang::En).into_iter().map(|(r, _)| r.to_string()).collect();
    let told = history.iter().map(|l| checked(l)).filter_map(|v| Some(v.get("reason")?.as_str()?.to_owned()));
    for reason in told.collect::<BTreeSet<_>>() {
        assert!(reasons.contains(&reason), "{reason}");
    }
}
