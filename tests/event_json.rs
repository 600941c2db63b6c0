//! The public JSON form: what a sender may write, and what becomes of everything else.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

use std::collections::BTreeSet;

use floorwatch::model::*;
use floorwatch::wire::event_json::{Decoded, EVENT_SCHEMA, FIELDS, TYPES, decode, encode, encode_public};
use floorwatch::wire::journal::Journal;
use proptest::prelude::*;
use serde_json::{Value, json};

fn hasher() -> CallerHasher {
    CallerHasher::new([3; 16])
}

fn decoded(bytes: &[u8]) -> Vec<Event> {
    let mut out = Decoded::default();
    decode(bytes, &hasher(), &mut out);
    out.events
}

/// Each event in short: its type, and what did not fit with its detail (without the place JSON broke at).
fn short(bytes: &[u8]) -> Vec<String> {
    let say = |event: &Event| match &event.kind {
        Kind::Anomaly { what, detail } => {
            format!("{} {}", what.word(), detail.as_str().split(" at line").next().unwrap_or(""))
        }
        kind => kind.type_word().to_owned(),
    };
    decoded(bytes).iter().map(say).collect()
}

fn from_journal(lines: &[u8]) -> Vec<Envelope> {
    Journal::new(lines, FeedId::new("file"), hasher()).flatten().collect()
}

#[test]
fn a_full_join_is_read_field_by_field() {
    let events = decoded(
        r#"{"type":"call.joined","id":"e1","ts":"2026-05-23T19:02:11.25+08:00","call":"c1","queue":"q1",
            "caller":"138 1234 5678","line":"96001","area":"浦东","menu":"主菜单","priority":-2,"position":3,
            "from_queue":"q0","waited_s":12.5}"#
            .as_bytes(),
    );
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event.id, Some(EventId::new("e1")));
    assert_eq!(event.ts, Time::parse("2026-05-23T11:02:11.250Z").ok());
    assert_eq!(event.evidence, Evidence::Reported);
    let detail = JoinDetail {
        caller: hasher().caller("13812345678"),
        line: Some("96001".into()),
        area: Some("浦东".into()),
        menu: Some("主菜单".into()),
        priority: Some(-2),
        position: Some(3),
        from_queue: Some("q0".into()),
        waited: Some(Span::from_micros(12_500_000)),
    };
    assert_eq!(event.kind, Kind::CallJoined { call: "c1".into(), queue: "q1".into(), detail: Box::new(detail) });
    assert!(!format!("{event:?}").contains("12345678"), "the number itself is nowhere");
}

#[test]
fn what_cannot_be_used_is_told_and_never_fatal() {
    for (text, expected) in [
        ("", &["malformed JSON: EOF while parsing a value"][..]),
        ("null", &["malformed not an object"]),
        ("[]", &[]),
        ("[1,[2],null]", &["malformed not an object"; 3]),
        ("{}", &["malformed an object: type is missing"]),
        (r#"{"type":7}"#, &["malformed an object: type is of the wrong type"]),
        (r#"{"type":"call.sung","call":"c"}"#, &["unknown_type call.sung"]),
        (r#"{"type":"call.abandoned","call":"c"}"#, &["malformed call.abandoned: queue is missing"]),
        (r#"{"type":"call.abandoned","call":"\u0007","queue":"q"}"#, &["malformed call.abandoned: call is missing"]),
        (
            r#"{"type":"call.abandoned","call":"c","queue":{"id":"q"}}"#,
            &["malformed call.abandoned: queue is of the wrong type"],
        ),
        // A bad value of an optional field loses that field alone.
        (
            r#"{"type":"call.joined","call":"c","queue":"q","waited_s":-1,"position":1.5,"ts":"noon","line":[1]}"#,
            &[
                "call.joined",
                "malformed call.joined: position 1.5 is out of range",
                "malformed call.joined: waited_s -1 is out of range",
                "malformed call.joined: ts 'noon' is no RFC 3339 time",
                "malformed call.joined: line is of the wrong type",
            ],
        ),
        // A caller who left has left, whatever the reason.
        (
            r#"{"type":"call.exited","call":"c","queue":"q","why":"bored"}"#,
            &["call.exited", "malformed call.exited: why 'bored' is not known"],
        ),
        (r#"{"type":"call.exited","call":"c","queue":"q"}"#, &["call.exited", "malformed call.exited: why is missing"]),
        (
            r#"{"type":"agent.state","agent":"a","state":"dancing"}"#,
            &["malformed agent.state: state 'dancing' is not known"],
        ),
        (
            r#"{"type":"queue.observed","queue":"q","waiting":4294967296}"#,
            &["malformed queue.observed: waiting 4294967296 is out of range"],
        ),
        (
            r#"{"type":"feed.heartbeat","a":1,"b":[{"type":"x"}],"c":null,"d":"","e\u001b[2J":0}"#,
            &["feed.heartbeat", "unknown_field feed.heartbeat: a, b, c and 2 more"],
        ),
        // A feed closes no incident, and says nothing about itself that is ours to say.
        (
            r#"{"type":"command.close","incident":1,"by":"x"}"#,
            &["unknown_type command.close: only a journal carries it"],
        ),
        (r#"{"type":"feed.state","state":"live"}"#, &["unknown_type feed.state: only a journal carries it"]),
        // One bad element loses no neighbour.
        (
            r#"[{"type":"feed.sync_begin"},{"type":"feed.heartbeat",},{"type":"feed.sync_end"}]"#,
            &["feed.sync_begin", "malformed JSON: trailing comma", "feed.sync_end"],
        ),
        (
            r#"[{"type":"feed.heartbeat"},{"type":"queue.observed","queue":"q","waiting":1e999},{"type":"feed.heartbeat"}]"#,
            &["feed.heartbeat", "malformed JSON: number out of range", "feed.heartbeat"],
        ),
        (
            r#"[{"type":"feed.heartbeat"},{"type":"feed.heart"#,
            &[
                "feed.heartbeat",
                "malformed JSON: EOF while parsing a string",
                "malformed an array that does not end, or text after its end",
            ],
        ),
        (r#"[{"type":"feed.heartbeat"},]"#, &["feed.heartbeat", "malformed JSON: trailing comma"]),
        (r#"{"type":"feed.heartbeat"} {"type":"feed.heartbeat"}"#, &["malformed JSON: trailing characters"]),
    ] {
        assert_eq!(short(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn text_that_is_not_utf8_costs_no_event() {
    let mut bytes = br#"{"type":"agent.signed_in","agent":"a1","name":""#.to_vec();
    bytes.extend([0xd5, 0xc5, 0xc8, 0xfd]);
    bytes.extend(br#""}"#);
    let short = short(&bytes);
    assert_eq!(short, ["malformed not UTF-8 at byte 47", "agent.signed_in"]);
}

#[test]
fn names_come_out_clean_and_bounded() {
    let long = "长".repeat(5000);
    let text =
        json!({"type":"agent.signed_in","agent":"a1","name":"\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}Eve","team":long});
    let events = decoded(text.to_string().as_bytes());
    let Some(Kind::AgentSignedIn { name: Some(name), team: Some(team), .. }) = events.first().map(|e| &e.kind) else {
        panic!("{events:?}")
    };
    assert_eq!(name.as_str(), "]0;owned[2JEve");
    assert_eq!(team.as_str().chars().count(), 96);
}

#[test]
fn a_message_of_nothing_but_rubbish_stays_small() {
    let rubbish = format!("[{}1]", "1,".repeat(400_000));
    let events = decoded(rubbish.as_bytes());
    assert_eq!(events.len(), 1001);
    let deep = "[".repeat(1 << 20);
    assert_eq!(decoded(deep.as_bytes()).len(), 2);
    let deep = format!(r#"{{"type":"feed.heartbeat","x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(!decoded(deep.as_bytes()).is_empty());
}

#[test]
fn null_is_absent_and_a_whole_fraction_is_whole() {
    let text = r#"{"type":"queue.observed","queue":"q","waiting":3.0,"oldest_s":null,"id":null,"ts":null}"#;
    let kind = Kind::QueueObserved { queue: "q".into(), waiting: 3, oldest: None };
    assert_eq!(decoded(text.as_bytes()), [Event::new(kind)]);
}

#[test]
fn a_sender_writes_the_number_and_a_journal_the_key() {
    let event =
        Event::new(Kind::CallDialled { call: "c".into(), agent: "a".into(), number: hasher().caller("13812345678") });
    let mut public = Vec::new();
    encode_public(&event, Some("13812345678"), &mut public);
    assert_eq!(decoded(&public), std::slice::from_ref(&event));
    let envelope = Envelope { feed: "f".into(), epoch: 2, seq: 9, received_at: Time::from_secs(7), event };
    let mut line = Vec::new();
    encode(&envelope, "上海", &mut line);
    let text = String::from_utf8(line.clone()).unwrap();
    assert!(!text.contains("1234"), "{text}");
    assert!(text.contains(r#""number_masked":"138****5678""#), "{text}");
    assert_eq!(from_journal(&line), [envelope]);
    // A sender may give a key of its own instead of the number; a file of a sender's lines reads the same.
    let keyed = br#"{"type":"call.dialled","call":"c","agent":"a","number_key":"customer-77"}"#;
    let Kind::CallDialled { number: Some(number), .. } = &decoded(keyed)[0].kind else { panic!("a number") };
    assert_eq!(Some(number), hasher().caller("customer-77").as_ref());
    assert_eq!(from_journal(keyed)[0].event, decoded(keyed)[0]);
}

// The schema and the decoder.

fn schema() -> Value {
    serde_json::from_str(EVENT_SCHEMA).expect("the schema is JSON")
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn the_schema_knows_the_types_and_fields_the_decoder_knows() {
    let schema = schema();
    let defs = &schema["$defs"];
    let mut types = names(defs);
    types.remove("event");
    assert_eq!(types, TYPES.iter().map(|t| (*t).to_owned()).collect());
    let listed: Vec<_> = defs["event"]["oneOf"].as_array().unwrap().iter().map(|r| r["$ref"].clone()).collect();
    assert_eq!(listed, TYPES.iter().map(|t| json!(format!("#/$defs/{t}"))).collect::<Vec<_>>());
    let mut fields = names(&defs["event"]["properties"]);
    for word in TYPES {
        let properties = &defs[word]["properties"];
        fields.extend(names(properties));
        assert_eq!(properties["type"]["const"], json!(word));
        assert!(defs[word]["description"].is_string(), "{word} is described");
        for (field, what) in properties.as_object().unwrap() {
            assert!(field == "type" || what["description"].is_string(), "{word} {field} is described");
            assert_eq!(
                field.ends_with("_s"),
                what["description"].as_str().unwrap_or("").ends_with("seconds."),
                "{field}"
            );
        }
    }
    assert_eq!(fields, FIELDS.iter().map(|f| (*f).to_owned()).collect());
}

/// A value the schema allows.
fn example(property: &Value) -> Value {
    if let Some(word) = property["const"].as_str().or_else(|| property["enum"][0].as_str()) {
        return json!(word);
    }
    let kind = property["type"].as_str().or_else(|| property["type"][0].as_str()).unwrap();
    match kind {
        "integer" => json!(7),
        "number" => json!(1.5),
        "array" => json!(["q1", "q2"]),
        "object" => json!({"area": "浦东"}),
        _ if property["format"] == "date-time" => json!("2026-05-23T11:02:11Z"),
        _ if property["pattern"].is_string() => json!("00ff00ff00ff00ff"),
        _ => json!("13812345678"),
    }
}

#[test]
fn every_field_of_the_schema_is_read_and_written_again_and_required_means_required() {
    let schema = schema();
    for word in TYPES {
        let definition = &schema["$defs"][word];
        let mut full: serde_json::Map<String, Value> =
            definition["properties"].as_object().unwrap().iter().map(|(f, p)| (f.clone(), example(p))).collect();
        full.extend([("feed".into(), json!("f")), ("epoch".into(), json!(1)), ("seq".into(), json!(1))]);
        full.extend([
            ("v".into(), json!(1)),
            ("site".into(), json!("s")),
            ("received_at".into(), json!("2026-05-23T11:02:12Z")),
        ]);
        full.remove("caller");
        full.remove("number");
        // Only fields of the command itself are kept.
        if full.contains_key("with") {
            let field = if *word == "command.close" { "cause" } else { "text" };
            full.insert("with".into(), json!({field: "浦东"}));
        }
        if full.contains_key("number_key") {
            full.insert("number_key".into(), json!("00ff00ff00ff00ff"));
        }
        let states: &[&str] =
            if *word == "feed.state" { &["connecting", "live", "late", "away", "failed"] } else { &[""] };
        let mut written_fields = BTreeSet::new();
        for state in states {
            let mut full = full.clone();
            if !state.is_empty() {
                full.insert("state".into(), json!(state));
            }
            let line = serde_json::to_vec(&full).unwrap();
            let read = from_journal(&line);
            assert_eq!(read.len(), 1, "{word}: {read:?}");
            let mut written = Vec::new();
            encode(&read[0], "s", &mut written);
            let written: Value = serde_json::from_slice(&written).unwrap();
            for (field, value) in written.as_object().unwrap() {
                assert_eq!(Some(value), full.get(field), "{word} {field}");
                written_fields.insert(field.clone());
            }
        }
        assert_eq!(written_fields, full.keys().cloned().collect(), "{word}: every field is kept");
        for field in definition["required"].as_array().unwrap().iter().filter_map(Value::as_str) {
            let mut less = full.clone();
            less.remove(field);
            let read = from_journal(&serde_json::to_vec(&less).unwrap());
            assert!(
                read.iter()
                    .any(|e| matches!(&e.event.kind, Kind::Anomaly { what: Anomaly::Malformed | Anomaly::CutOff, .. })),
                "{word} without {field}: {read:?}"
            );
        }
    }
}

// Properties.

fn label() -> impl Strategy<Value = Label> {
    "[a-zA-Z0-9浦东\"\\\\<&,=é{}\\[\\]][ a-zA-Z0-9浦东\"\\\\/\u{1b}\u{7}\u{202e}]{0,30}".prop_map(|s| Label::new(&s))
}
fn queue() -> impl Strategy<Value = QueueId> {
    label().prop_map(|l| QueueId::new(l.as_str()))
}
fn agent() -> impl Strategy<Value = AgentId> {
    label().prop_map(|l| AgentId::new(l.as_str()))
}
fn call() -> impl Strategy<Value = CallId> {
    label().prop_map(|l| CallId::new(l.as_str()))
}
fn time() -> impl Strategy<Value = Time> {
    (Time::MIN.micros()..Time::MAX.micros()).prop_map(Time::from_micros)
}
fn span() -> impl Strategy<Value = Span> {
    prop_oneof![0i64..100_000_000, 0i64..=1_000_000_000_000_000].prop_map(Span::from_micros)
}
fn caller() -> impl Strategy<Value = Caller> {
    (any::<u64>(), "[0-9]{0,3}[*]{4}[0-9]{0,4}")
        .prop_map(|(key, masked)| Caller { key: CallerKey::new(key), masked: masked.into() })
}
fn maybe<S: Strategy>(s: S) -> impl Strategy<Value = Option<S::Value>>
where
    S::Value: Clone,
{
    proptest::option::of(s)
}
fn one<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn call_kind() -> impl Strategy<Value = Kind> {
    let joined = (maybe(caller()), maybe(label()), maybe(label()), maybe(label()), any::<Option<i64>>()).prop_flat_map(
        |(caller, line, area, menu, priority)| {
            (any::<Option<u32>>(), maybe(queue()), maybe(span())).prop_map(move |(position, from_queue, waited)| {
                Box::new(JoinDetail {
                    caller: caller.clone(),
                    line: line.clone(),
                    area: area.clone(),
                    menu: menu.clone(),
                    priority,
                    position,
                    from_queue,
                    waited,
                })
            })
        },
    );
    prop_oneof![
        (call(), queue(), joined).prop_map(|(call, queue, detail)| Kind::CallJoined { call, queue, detail }),
        (call(), queue(), agent()).prop_map(|(call, queue, agent)| Kind::CallRinging { call, queue, agent }),
        (call(), queue(), agent(), maybe(span()), one(MissWhy::ALL))
            .prop_map(|(call, queue, agent, rang, why)| Kind::CallNotAnswered { call, queue, agent, rang, why }),
        (call(), queue(), agent()).prop_map(|(call, queue, agent)| Kind::CallAnswered { call, queue, agent }),
        (call(), maybe(agent())).prop_map(|(call, agent)| Kind::CallHeld { call, agent }),
        (call(), maybe(agent())).prop_map(|(call, agent)| Kind::CallRetrieved { call, agent }),
        (call(), queue(), agent(), one(TransferKind::ALL), maybe(label()))
            .prop_map(|(call, queue, agent, kind, to)| Kind::CallTransferred { call, queue, agent, kind, to }),
        (call(), queue(), agent(), one(EndedBy::ALL), maybe(label()))
            .prop_map(|(call, queue, agent, by, cause)| Kind::CallEnded { call, queue, agent, by, cause }),
        (call(), queue()).prop_map(|(call, queue)| Kind::CallAbandoned { call, queue }),
        (call(), queue(), one(ExitWhy::ALL)).prop_map(|(call, queue, why)| Kind::CallExited { call, queue, why }),
        (call(), agent(), maybe(caller())).prop_map(|(call, agent, number)| Kind::CallDialled { call, agent, number }),
        (call(), agent(), maybe(caller())).prop_map(|(call, agent, number)| Kind::CallConnected {
            call,
            agent,
            number
        }),
        (call(), proptest::collection::vec((label(), label()), 0..5))
            .prop_map(|(call, tags)| Kind::CallTagged { call, tags }),
    ]
}

fn people_kind() -> impl Strategy<Value = Kind> {
    let state = (agent(), maybe(queue()), one(AgentState::ALL), maybe(label()), maybe(time())).prop_flat_map(
        |(agent, queue, state, reason, since)| {
            (maybe(one(Direction::ALL)), maybe(call()), maybe(time()), maybe(label())).prop_map(
                move |(direction, call, until, approved_by)| {
                    let event = AgentStateEvent {
                        queue: queue.clone(),
                        reason: reason.clone(),
                        since,
                        direction,
                        ..AgentStateEvent::new(agent.clone(), state)
                    };
                    Kind::AgentState(event.with(StateMore { call, until, approved_by }))
                },
            )
        },
    );
    prop_oneof![
        (agent(), maybe(label()), maybe(label()), maybe(label()), proptest::collection::vec(queue(), 0..4))
            .prop_map(|(agent, name, team, desk, queues)| Kind::AgentSignedIn { agent, name, team, desk, queues }),
        agent().prop_map(|agent| Kind::AgentSignedOut { agent }),
        state,
        (agent(), queue(), maybe(label())).prop_map(|(agent, queue, name)| Kind::AgentJoinedQueue {
            agent,
            queue,
            name
        }),
        (agent(), queue()).prop_map(|(agent, queue)| Kind::AgentLeftQueue { agent, queue }),
        (queue(), any::<u32>(), maybe(span())).prop_map(|(queue, waiting, oldest)| Kind::QueueObserved {
            queue,
            waiting,
            oldest
        }),
        (maybe(label()), maybe(queue()), one(RefusedWhy::ALL)).prop_map(|(line, queue, why)| Kind::DoorRefused {
            line,
            queue,
            why
        }),
        (label(), any::<u32>(), any::<u32>(), any::<Option<u32>>()).prop_map(|(line, in_use, capacity, blocked)| {
            Kind::LineState { line, state: LineState { in_use, capacity, blocked } }
        }),
        (label(), maybe(label()), any::<u64>(), any::<u64>(), any::<u64>()).prop_map(
            |(menu, line, entered, left, to_queue)| Kind::IvrCount(Box::new(IvrCount {
                menu,
                line,
                entered,
                left,
                to_queue
            }))
        ),
    ]
}

fn feed_kind() -> impl Strategy<Value = Kind> {
    let text = || prop_oneof![Just(Label::default()), label()];
    prop_oneof![
        Just(Kind::FeedSyncBegin),
        Just(Kind::FeedSyncEnd),
        Just(Kind::FeedHeartbeat),
        Just(Kind::FeedState(FeedState::Connecting)),
        Just(Kind::FeedState(FeedState::Live)),
        span().prop_map(|age| Kind::FeedState(FeedState::Late { age })),
        (time(), maybe(time()), text()).prop_map(|(since, next_try, why)| Kind::FeedState(FeedState::Away {
            since,
            next_try,
            why
        })),
        text().prop_map(|why| Kind::FeedState(FeedState::Failed { why })),
        (span(), any::<bool>()).prop_map(|(s, behind)| Kind::FeedOffset { offset: if behind { -s } else { s } }),
        (any::<u64>(), text()).prop_map(|(incident, by)| Kind::Command(Command::Ack { incident, by })),
        (any::<u64>(), text(), text()).prop_map(|(incident, by, text)| Kind::Command(Command::Note {
            incident,
            by,
            text: Note::from(&text)
        })),
        (any::<u64>(), text(), maybe(one(Verdict::ALL)), maybe(label())).prop_map(|(incident, by, verdict, cause)| {
            Kind::Command(Command::Close { incident, by, verdict, cause: cause.as_ref().map(Note::from) })
        }),
        command().prop_map(Kind::Command),
        label().prop_map(|hash| Kind::ConfigApplied { hash }),
        Just(Kind::ClockTick),
        (one(Anomaly::ALL), text()).prop_map(|(what, detail)| Kind::Anomaly { what, detail }),
    ]
}

/// Commands of the general form.
fn command() -> impl Strategy<Value = Command> {
    let about = || (any::<u64>(), label(), label());
    prop_oneof![
        (label(), label(), label(), any::<bool>()).prop_map(|(by, kind, name, drill)| Command::Open {
            by,
            kind,
            text: Some(Note::from(&name)),
            name,
            drill
        }),
        about().prop_map(|(incident, by, whom)| Command::AckFor { incident, by, whom }),
        (about(), maybe(time())).prop_map(|((incident, by, whom), due)| Command::DispatchTold {
            incident,
            by,
            whom,
            due
        }),
        (about(), one(MeasureStage::ALL)).prop_map(|((incident, by, name), stage)| Command::Measure {
            incident,
            by,
            name,
            stage,
            text: None
        }),
        (about(), any::<u64>()).prop_map(|((incident, by, area), n)| Command::Tally { incident, by, area, n }),
        (label(), label(), label(), maybe(time())).prop_map(|(by, role, to, until)| Command::HandOver {
            by,
            role,
            to,
            until,
            text: None
        }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let evidence = one(&[Evidence::Reported, Evidence::Derived, Evidence::Snapshot]);
    let kind = prop_oneof![call_kind(), people_kind(), feed_kind()];
    (maybe(label()), maybe(time()), evidence, kind).prop_map(|(id, ts, evidence, kind)| Event {
        id: id.map(|l| EventId::new(l.as_str())),
        ts,
        evidence,
        kind,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn what_is_written_is_read_again(event in event(), feed in label(), epoch: u32, seq: u64, received_at in time()) {
        let envelope = Envelope { feed: FeedId::new(feed.as_str()), epoch, seq, received_at, event };
        let mut line = Vec::new();
        encode(&envelope, "site", &mut line);
        prop_assert_eq!(line.split(|b| *b == b'\n').count(), 2);
        prop_assert_eq!(from_journal(&line), vec![envelope]);
    }

    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        decoded(&bytes);
        from_journal(&bytes);
    }

    #[test]
    fn no_damage_to_a_line_does_harm(event in event(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let mut line = Vec::new();
        encode_public(&event, Some("13812345678"), &mut line);
        let at = at.index(line.len());
        line[at] = byte;
        decoded(&line);
        line.truncate(cut.index(line.len()));
        decoded(&line);
        from_journal(&line);
    }

    #[test]
    fn any_value_anywhere_is_an_event_or_an_anomaly(kind in one(TYPES), field in one(FIELDS), n in any::<f64>(), pick in 0..6u8) {
        let value = match pick {
            0 => json!(n),
            1 => json!(u64::MAX),
            2 => json!(i64::MIN),
            3 => json!([[]]),
            4 => json!({"a": 1}),
            _ => json!(true),
        };
        let mut object = json!({"type": kind, "call": "c", "queue": "q", "agent": "a"});
        object[field] = value;
        let text = object.to_string();
        prop_assert!(!decoded(text.as_bytes()).is_empty());
    }
}
