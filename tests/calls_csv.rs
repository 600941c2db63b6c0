//! `calls.csv` as a recording: a table of rows and the events they must give, then five months of a real bank.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

use floorwatch::model::{CallerHasher, Envelope, Event, Evidence, FeedId, Kind, Span, Time};
use floorwatch::source::calls_csv::{self, CallsCsv, CallsCsvError, Options};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

const HEADER: &str = "call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit";

fn options(zone: &str) -> Options {
    Options {
        feed: FeedId::new("calls"),
        zone: jiff::tz::TimeZone::get(zone).unwrap(),
        hasher: CallerHasher::new([1; 16]),
    }
}

fn envelopes(zone: &str, files: &[&str]) -> Vec<Envelope> {
    let mut csv = CallsCsv::new(options(zone));
    for (i, file) in files.iter().enumerate() {
        csv.add(&format!("f{i}.csv"), file.as_bytes()).unwrap();
    }
    csv.into_events().flatten().collect()
}

/// An event in one line: seconds after 09:00 UTC of the day, word, and what tells it from others.
fn line(event: &Event) -> String {
    let start = Time::parse("2025-05-05T09:00:00Z").unwrap();
    let at = event.ts.map_or(String::from("-"), |ts| ts.since(start).secs().to_string());
    let word = event.kind.type_word();
    let rest = match &event.kind {
        Kind::CallJoined { call, queue, .. } | Kind::CallAbandoned { call, queue } => format!("{call} {queue}"),
        Kind::CallRinging { call, queue, agent } | Kind::CallAnswered { call, queue, agent } => {
            format!("{call} {queue} {agent}")
        }
        Kind::CallEnded { call, queue, agent, by, .. } => format!("{call} {queue} {agent} {}", by.word()),
        Kind::CallExited { call, queue, why } => format!("{call} {queue} {}", why.word()),
        Kind::CallHeld { call, agent } | Kind::CallRetrieved { call, agent } => {
            format!("{call} {}", agent.as_ref().unwrap())
        }
        Kind::CallTransferred { call, to, .. } => format!("{call} to {}", to.as_ref().unwrap()),
        Kind::CallDialled { call, agent, .. } | Kind::CallConnected { call, agent, .. } => format!("{call} {agent}"),
        Kind::CallTagged { call, tags } => format!("{call} {tags:?}"),
        Kind::AgentState(s) => format!(
            "{} {}{}{}",
            s.agent,
            s.state.word(),
            s.direction.map_or(String::new(), |d| format!(" {}", d.word())),
            s.until().map_or(String::new(), |u| format!(" until {}", u.since(start).secs()))
        ),
        Kind::Anomaly { what, detail } => format!("{} ({detail})", what.word()),
        other => format!("{other:?}"),
    };
    let mark = if event.evidence == Evidence::Derived { " derived" } else { "" };
    format!("{at} {word} {rest}{mark}")
}

fn check(files: &[&str], expected: &[&str]) {
    let lines: Vec<String> = envelopes("UTC", files).iter().map(|e| line(&e.event)).collect();
    assert_eq!(lines, expected, "{files:#?}");
}

#[test]
fn overlapping_rows_give_events_in_order_of_time() {
    check(
        &[&format!(
            "{HEADER}\n\
             1,A,Ann,2025-05-05T09:00:00,2025-05-05T09:00:10,,2025-05-05T09:01:00,answered\n\
             2,A,Bob,2025-05-05T09:00:05,2025-05-05T09:00:07,,2025-05-05T09:00:10,answered\n\
             3,B,,2025-05-05T09:00:10,,2025-05-05T09:00:20,,abandoned\n\
             4,B,,2025-05-05T09:00:11,,2025-05-05T09:00:20.5,,timeout\n"
        )],
        &[
            "0 call.joined 1 A",
            "5 call.joined 2 A",
            "7 call.answered 2 A Bob",
            "10 call.answered 1 A Ann",
            "10 call.ended 2 A Bob system",
            "10 call.joined 3 B",
            "11 call.joined 4 B",
            "20 call.abandoned 3 B",
            "20.5 call.exited 4 B timeout",
            "60 call.ended 1 A Ann system",
        ],
    );
}

#[test]
fn at_one_instant_a_rows_own_order_holds_and_between_rows_the_order_of_rows() {
    check(
        &[&format!(
            "{HEADER}\n\
             1,A,Ann,2025-05-05T09:00:00Z,2025-05-05T09:00:00Z,,2025-05-05T09:00:00Z,answered\n\
             2,A,Ann,2025-05-05T09:00:00Z,2025-05-05T09:00:00Z,,2025-05-05T09:00:09Z,answered\n\
             3,A,,2025-05-05T09:00:00Z,,2025-05-05T09:00:00Z,,moved\n\
             3,B,,2025-05-05T09:00:00Z,,2025-05-05T09:00:00Z,,abandoned\n"
        )],
        &[
            "0 call.joined 1 A",
            "0 call.answered 1 A Ann",
            "0 call.ended 1 A Ann system",
            "0 call.joined 2 A",
            "0 call.answered 2 A Ann",
            "0 call.joined 3 A",
            "0 call.exited 3 A moved",
            "0 call.joined 3 B",
            "0 call.abandoned 3 B",
            "9 call.ended 2 A Ann system",
        ],
    );
}

#[test]
fn rows_in_any_order_of_columns_files_and_times() {
    let first = "exit,ended_at,left_at,answered_at,joined_at,agent,queue,Call_ID\r\n\
                 abandoned,,2025-05-05T09:00:30Z,,2025-05-05T09:00:20Z,,A,2\r\n\
                 \"answered\",2025-05-05T09:00:40+00:00,,2025-05-05T17:00:12+08:00,2025-05-05T09:00:10Z,\"Li, \"\"Wei\"\"\",A,1\r\n";
    let second =
        format!("\u{feff}{HEADER}\n3,A,Bob,2025-05-05 09:00:15,2025-05-05 09:00:16,,2025-05-05 09:00:35,answered");
    check(
        &[first, &second],
        &[
            "10 call.joined 1 A",
            "12 call.answered 1 A Li, \"Wei\"",
            "15 call.joined 3 A",
            "16 call.answered 3 A Bob",
            "20 call.joined 2 A",
            "30 call.abandoned 2 A",
            "35 call.ended 3 A Bob system",
            "40 call.ended 1 A Li, \"Wei\" system",
        ],
    );
}

#[test]
fn every_optional_column_has_its_events() {
    let header = format!("{HEADER},caller,line,area,menu,direction,ring_s,hold_s,after_call_s,transferred_to,outcome");
    check(
        &[&format!(
            "{header}\n\
             1,A,Ann,2025-05-05T09:00:00Z,2025-05-05T09:00:10Z,,2025-05-05T09:01:00Z,answered,13812345678,95598,East,2,in,4,15.5,30,B,order\n\
             2,A,Ann,2025-05-05T09:02:00Z,2025-05-05T09:02:10Z,,2025-05-05T09:02:20Z,answered,,,,,,99,99,0,,\n\
             3,A,Bob,2025-05-05T09:03:00Z,,2025-05-05T09:03:10Z,,abandoned,,,,,in,3,,,,\n\
             4,,Ann,2025-05-05T09:04:00Z,2025-05-05T09:04:10Z,,2025-05-05T09:05:00Z,answered,13812345678,,,,out,,,5,,sold\n\
             5,,Ann,2025-05-05T09:06:00Z,2025-05-05T09:06:02Z,,2025-05-05T09:06:05Z,answered,,,,,internal,,,,,\n"
        )],
        &[
            "0 call.joined 1 A",
            "6 call.ringing 1 A Ann",
            "10 call.answered 1 A Ann",
            "44.5 call.held 1 Ann derived",
            "60 call.retrieved 1 Ann derived",
            "60 call.transferred 1 to B",
            "60 call.ended 1 A Ann agent",
            "60 agent.state Ann after_call in until 90",
            "60 call.tagged 1 [(\"outcome\", \"order\")]",
            "120 call.joined 2 A",
            "120 call.ringing 2 A Ann",
            "130 call.answered 2 A Ann",
            "130 call.held 2 Ann derived",
            "140 call.retrieved 2 Ann derived",
            "140 call.ended 2 A Ann system",
            "180 call.joined 3 A",
            "187 call.ringing 3 A Bob",
            "190 call.abandoned 3 A",
            "240 call.dialled 4 Ann",
            "250 call.connected 4 Ann",
            "300 call.ended 4  Ann system",
            "300 agent.state Ann after_call out until 305",
            "300 call.tagged 4 [(\"outcome\", \"sold\")]",
            "362 agent.state Ann talking internal",
            "365 agent.state Ann ready derived",
        ],
    );
    let all = envelopes("UTC", &[&format!("{header}\n1,A,,2025-05-05T09:00:00Z,,,,,13812345678,95598,East,2,,,,,,\n")]);
    let Kind::CallJoined { detail, .. } = &all[0].event.kind else { panic!("{all:?}") };
    assert_eq!(detail.caller.as_ref().unwrap().masked, "138****5678");
    assert_eq!(
        [&detail.line, &detail.area, &detail.menu].map(|l| l.as_ref().unwrap().as_str()),
        ["95598", "East", "2"]
    );
}

#[test]
fn what_is_malformed_is_counted_with_its_line_and_the_rest_goes_on() {
    check(
        &[&format!(
            "{HEADER},colour\n\
             1,A,,2025-05-05T09:00:00Z,,2025-05-05T09:00:01Z,,abandoned,red\n\
             ,A,,2025-05-05T09:00:00Z,,2025-05-05T09:00:01Z,,abandoned,\n\
             \n\
             x,,,2025-05-05T09:00:00Z,,2025-05-05T09:00:01Z,,abandoned,\n\
             x,A,,yesterday,,2025-05-05T09:00:01Z,,abandoned,\n\
             x,A,,2025-05-05T09:00:02Z,,2025-05-05T09:00:01Z,,abandoned,\n\
             x,A,,2025-05-05T09:00:02Z,,2025-05-05T09:00:03Z,,gone,\n\
             x,A,\"Ann,2025-05-05T09:00:02Z\n\
             x,A\n\
             x,A,Ann,2025-05-05T09:00:02Z,,,,answered,\n\
             x,A,Ann,2025-05-05T09:00:02Z,,,,abandoned,\n\
             2,A,,2025-05-05T09:00:05Z,2025-05-05T09:00:06Z,,,,\n\
             3,A,,2025-05-05T09:00:06Z,,2025-05-05T09:00:07Z,,,\n\
             4,A,Bob,2025-05-05T09:00:08Z,2025-05-05T09:00:09Z,2025-05-05T09:00:09Z,,empty,\n"
        )],
        &[
            "- feed.anomaly unknown_field (line 1: column colour)",
            "0 call.joined 1 A",
            "1 call.abandoned 1 A",
            "- feed.anomaly malformed (line 3: call_id is empty)",
            "- feed.anomaly malformed (line 5: queue is empty)",
            "- feed.anomaly malformed (line 6: joined_at is not a time)",
            "- feed.anomaly malformed (line 7: left_at is earlier than the time before)",
            "- feed.anomaly malformed (line 8: exit is not a known word)",
            "- feed.anomaly malformed (line 9: a quote without its partner)",
            "- feed.anomaly malformed (line 10: joined_at is empty)",
            "- feed.anomaly malformed (line 11: answered_at is empty)",
            "- feed.anomaly malformed (line 12: left_at is empty)",
            "- feed.anomaly incomplete (line 13: answered, agent is empty)",
            "5 call.joined 2 A",
            "6 call.answered 2 A ?",
            "- feed.anomaly reason_unknown (line 14: left, exit is empty)",
            "6 call.joined 3 A",
            "7 call.abandoned 3 A derived",
            "- feed.anomaly contradiction (line 15: answered_at given, exit says otherwise)",
            "8 call.joined 4 A",
            "9 call.exited 4 A empty",
        ],
    );
}

#[test]
fn a_file_without_the_header_says_what_is_missing() {
    let add = |text: &str| CallsCsv::new(options("UTC")).add("x.csv", text.as_bytes());
    assert!(matches!(add(""), Err(CallsCsvError::Empty { .. })));
    let missing = add("call_id,queue,agent\n1,2,3\n").unwrap_err();
    assert_eq!(missing.to_string(), "x.csv: the header lacks: joined_at, answered_at, left_at, ended_at, exit");
    assert!(calls_csv::recognise(HEADER.as_bytes()));
    assert!(!calls_csv::recognise(b"{\"type\":\"call.joined\"}\n"));
    assert!(!calls_csv::recognise(b""));
}

/// Jerusalem 2025: 28 March 02:00 +02:00 → 03:00 +03:00, 26 October 02:00 +03:00 → 01:00 +02:00.
#[test]
fn local_times_over_a_clock_change() {
    for (row, joined, rest, anomalies) in [
        // Doubled: the first reading, unless only the second keeps the row in order.
        ("2025-10-26T01:30:00,,2025-10-26T01:40:00", "2025-10-25T22:30:00Z", "2025-10-25T22:40:00Z", 2),
        ("2025-10-26T01:50:00,,2025-10-26T01:10:00", "2025-10-25T22:50:00Z", "2025-10-25T23:10:00Z", 2),
        ("2025-10-26T00:59:00,,2025-10-26T01:10:00", "2025-10-25T21:59:00Z", "2025-10-25T22:10:00Z", 1),
        ("2025-10-25T23:30:00Z,,2025-10-26T01:40:00", "2025-10-25T23:30:00Z", "2025-10-25T23:40:00Z", 1),
        // Skipped: moved forward.
        ("2025-03-28T02:30:00,,2025-03-28T03:40:00", "2025-03-28T00:30:00Z", "2025-03-28T00:40:00Z", 1),
        ("2025-03-28T01:59:00,,2025-03-28T02:01:00", "2025-03-27T23:59:00Z", "2025-03-28T00:01:00Z", 1),
        // Moved past the next time: the doubtful one gives way, the call is kept.
        ("2025-03-28T02:59:00,,2025-03-28T03:01:00", "2025-03-28T00:01:00Z", "2025-03-28T00:01:00Z", 1),
    ] {
        let all = envelopes("Asia/Jerusalem", &[&format!("{HEADER}\n1,A,,{row},,abandoned\n")]);
        let times: Vec<String> = all.iter().filter_map(|e| e.event.ts).map(Time::rfc3339).collect();
        assert_eq!(times, [joined, rest], "{row}");
        let counted = all.iter().filter(|e| matches!(e.event.kind, Kind::Anomaly { .. })).count();
        assert_eq!(counted, anomalies, "{row}");
    }
}

proptest! {
    #[test]
    fn any_rows_come_out_in_order_and_none_is_lost(
        rows in prop::collection::vec((0i64..50, 0i64..20, 0i64..20, any::<bool>(), 0u8..6), 0..60)
    ) {
        let mut text = format!("{HEADER},ring_s,hold_s,after_call_s,outcome\n");
        let start = Time::parse("2025-05-05T09:00:00Z").unwrap();
        let mut steps = 0;
        for (i, (join, wait, talk, answered, extra)) in rows.iter().enumerate() {
            let t = |s: i64| (start + Span::from_secs(s)).rfc3339();
            let extra = if *extra == 0 { steps += 1; ",,,,x" } else { ",,,," };
            if *answered {
                steps += 3;
                writeln!(text, "{i},Q,A,{},{},,{},answered{extra}", t(*join), t(join + wait), t(join + wait + talk)).unwrap();
            } else {
                steps += 2;
                writeln!(text, "{i},Q,,{},,{},,abandoned{extra}", t(*join), t(join + wait)).unwrap();
            }
        }
        let all = envelopes("UTC", &[&text]);
        prop_assert_eq!(all.len(), steps);
        prop_assert!(all.is_sorted_by_key(|e| e.event.ts));
        prop_assert!(all.iter().enumerate().all(|(i, e)| e.seq == i as u64 + 1));
    }

    #[test]
    fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0usize..500) {
        let mut text = format!("{HEADER},ring_s,direction\n1,A,B,2025-05-05T09:00:00Z,2025-05-05T09:00:01Z,,\"2025-05-05T09:00:01Z\",answered,1,in\n").into_bytes();
        text.truncate(cut);
        text.extend(bytes);
        let mut csv = CallsCsv::new(options("Asia/Shanghai"));
        if csv.add("x", text.as_slice()).is_ok() {
            prop_assert!(csv.into_events().flatten().count() < 1000);
        }
    }
}

fn bank() -> Option<Vec<(String, Vec<u8>)>> {
    let data = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let files = (1..=5).map(|month| {
        let name = format!("1999-0{month}.csv.gz");
        let packed = std::fs::File::open(data.join("bank1999").join(&name)).ok()?;
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).ok()?;
        Some((name, bytes))
    });
    files.collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn five_months_of_a_bank() {
    let Some(files) = bank() else {
        println!("skipped: no bank1999 data");
        return;
    };
    let started = std::time::Instant::now();
    let mut csv = CallsCsv::new(options("Asia/Jerusalem"));
    let rows: usize = files.iter().map(|(name, bytes)| csv.add(name, bytes.as_slice()).unwrap()).sum();
    let parsed = started.elapsed();
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let (mut last, mut open) = (Time::MIN, HashMap::new());
    let (mut waited, mut talked) = (BTreeMap::new(), Span::ZERO);
    let february = Time::parse("1999-02-01T00:00:00+02:00").unwrap();
    let mut january: BTreeMap<&'static str, f64> = BTreeMap::new();
    for batch in csv.into_events() {
        for Envelope { event, .. } in batch {
            *counts.entry(event.kind.type_word()).or_default() += 1;
            let Some(ts) = event.ts else { continue };
            assert!(ts >= last, "{event:?}");
            last = ts;
            let mut add = |key, n: f64| *january.entry(key).or_default() += n;
            match event.kind {
                Kind::CallJoined { call, .. } => {
                    if ts < february {
                        add("offered", 1.0);
                    }
                    assert!(waited.insert(call, ts).is_none(), "a call joins once");
                }
                Kind::CallAnswered { call, .. } => {
                    let wait = ts.since(waited.remove(&call).expect("joined before"));
                    if ts < february {
                        add("answered", 1.0);
                        add("wait", wait.secs());
                        add("in 20 s", f64::from(u8::from(wait.secs() <= 20.0)));
                    }
                    open.insert(call, ts);
                }
                Kind::CallAbandoned { call, .. } => {
                    waited.remove(&call).expect("joined before");
                    if ts < february {
                        add("abandoned", 1.0);
                    }
                }
                Kind::CallEnded { call, .. } => {
                    let talk = ts.since(open.remove(&call).expect("answered before"));
                    talked += talk;
                    if ts < february {
                        add("talk", talk.secs());
                        add("ended", 1.0);
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }
    println!("rows {rows}, parsed in {parsed:?}, all in {:?}; {counts:?}", started.elapsed());
    assert!(waited.is_empty() && open.is_empty());
    assert_eq!(rows, 164_081);
    assert_eq!((counts["call.joined"], counts["call.answered"]), (164_081, 135_575));
    assert_eq!((counts["call.abandoned"], counts["call.ended"]), (28_506, 135_575));
    let of = |key: &str| january[key];
    assert!(
        [(of("offered"), 30_161.0), (of("answered"), 27_060.0), (of("abandoned"), 3_101.0)]
            .iter()
            .all(|(a, b)| (a - b).abs() < 0.5),
        "{january:?}"
    );
    assert!((of("wait") / of("answered") - 35.03).abs() < 0.01, "{january:?}");
    assert!((of("in 20 s") / of("offered") - 0.5438).abs() < 1e-4, "{january:?}");
    assert!((of("talk") / of("ended") - 183.45).abs() < 0.05, "{january:?}");
}
