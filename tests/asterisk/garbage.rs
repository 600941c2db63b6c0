//! Damaged streams: never a panic, always counted.

use std::io::Cursor;

use floorwatch::wire::capture::Capture;
use proptest::prelude::*;

use crate::ledger::{Ledger, data, replay};

fn take(bytes: Vec<u8>) -> Ledger {
    Ledger::of(replay(Capture::from_parts(Box::new(Cursor::new(bytes)), None)))
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        take(bytes);
    }

    #[test]
    fn any_lines(lines in prop::collection::vec("(Event|Queue|Uniqueid|Interface|Status|Count|Message|EventList|ActionID|Response|HoldTime|Timestamp|Privilege)?:? ?(QueueCallerJoin|QueueCallerLeave|QueueCallerAbandon|AgentConnect|AgentComplete|QueueMemberStatus|QueueStatusComplete|FullyBooted|Queue status|start|-?[0-9]{0,20}|\\PC{0,8})", 0..120)) {
        take(lines.join("\r\n").into_bytes());
        take(lines.join("\r\n\r\n").into_bytes());
    }
}

#[test]
fn a_line_of_ten_million_bytes_is_one_loss() {
    let mut bytes = b"Asterisk Call Manager/11.0.0\r\nEvent: X\r\n".to_vec();
    bytes.resize(bytes.len() + 10_000_000, b'A');
    bytes.extend_from_slice(b"\r\n\r\nEvent: QueueCallerJoin\r\nUniqueid: 1\r\nQueue: q\r\n\r\nEvent: Que");
    let ledger = take(bytes);
    assert_eq!(ledger.anomalies.get("too_long"), Some(&1));
    assert_eq!(ledger.anomalies.get("cut_off"), Some(&1));
    assert_eq!(ledger.queues["q"].joined, 1);
}

#[test]
fn a_real_stream_with_flipped_bytes_gives_nearly_the_same_and_says_what_broke() {
    let Some(dir) = data() else { return };
    let whole = Capture::open(&dir.join("run-a/ami_agent.raw.zst")).unwrap().peek(10_000_000).to_vec();
    let mut bytes = whole.clone();
    // A simple generator, the same at every run: a byte in about 2,000 is changed.
    let (mut state, mut flipped) = (1u64, 0u64);
    for byte in &mut bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if (state >> 33).is_multiple_of(2_000) {
            *byte ^= 1 << ((state >> 40) & 7);
            flipped += 1;
        }
    }
    assert!(flipped > 400);
    let (sound, damaged) = (take(whole), take(bytes));
    assert!(damaged.anomalies.get("malformed").is_some_and(|n| *n > 10), "{:?}", damaged.anomalies);
    let joined =
        |l: &Ledger| l.queues.iter().filter(|(q, _)| sound.queues.contains_key(*q)).map(|(_, c)| c.joined).sum::<u64>();
    assert!(joined(&damaged).abs_diff(joined(&sound)) < joined(&sound) / 10);
}

#[test]
fn half_a_capture_is_read_to_where_it_ends() {
    let Some(dir) = data() else { return };
    let zst = std::fs::read(dir.join("run-a/ami_agent.raw.zst")).unwrap();
    let half = tempfile::tempdir().unwrap();
    let path = half.path().join("half.raw.zst");
    std::fs::write(&path, &zst[..zst.len() / 2]).unwrap();
    let ledger = Ledger::of(replay(Capture::open(&path).unwrap()));
    assert!(ledger.anomalies.contains_key("cut_off"), "{:?}", ledger.anomalies);
    assert!(ledger.queues["support"].joined > 10);
}
