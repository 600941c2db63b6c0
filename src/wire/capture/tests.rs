#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use super::*;
use std::io::{Cursor, Write as _};

fn pieces(capture: &mut Capture) -> Vec<String> {
    let mut out = Vec::new();
    while let Some(piece) = capture.next_piece().unwrap() {
        out.push(match piece {
            Piece::Bytes { at, bytes } => {
                format!("{} {}", at.map_or("-".into(), |t| t.micros().to_string()), String::from_utf8_lossy(bytes))
            }
            Piece::Mark { at, mark } => format!("{} {mark:?}", at.micros()),
            Piece::Gap => "gap".into(),
        });
    }
    out
}

fn capture(bytes: &'static str, index: Option<&'static str>) -> Capture {
    Capture::from_parts(Box::new(Cursor::new(bytes)), index.map(|i| Box::new(Cursor::new(i)) as Box<dyn Read + Send>))
}

#[test]
fn an_index_gives_each_read_its_time_and_marks_connections() {
    let index = "# made by hand\n# epoch0 10.5\n# connect 1\n2 0 3\nnonsense\n# eof 5\n# refused 6 [Errno 111]\n# connect 7\n8 3 2\n";
    let mut c = capture("abcdefg", Some(index));
    assert!(c.has_index());
    assert_eq!(
        pieces(&mut c),
        [
            "10500001 Connect",
            "10500002 abc",
            "10500005 Eof",
            "10500006 Refused",
            "10500007 Connect",
            "10500008 de",
            "10500008 fg"
        ]
    );
}

#[test]
fn without_an_index_there_are_no_times_and_a_wrong_one_is_said() {
    assert_eq!(pieces(&mut capture("abc", None)), ["- abc"]);
    assert_eq!(pieces(&mut capture("abcd", Some("1 0 2\n2 3 9\n# eof 3\n"))), ["1 ab", "gap", "2 cd", "3 Eof"]);
}

#[test]
fn looking_ahead_takes_nothing() {
    let mut c = capture("abcdef", Some("1 0 2\n2 2 4\n"));
    assert_eq!(c.peek(4), b"abcd");
    let text: String = pieces(&mut c).iter().map(|p| p.rsplit(' ').next().unwrap().to_owned()).collect();
    assert_eq!(text, "abcdef");
}

#[test]
fn compression_is_told_by_the_first_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let gz = {
        let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        e.write_all(b"hello").unwrap();
        e.finish().unwrap()
    };
    let zst = zstd::encode_all(&b"hello"[..], 1).unwrap();
    for (name, bytes) in [("a.gz", &b"hello"[..]), ("a.raw", &gz), ("a.gz", &zst)] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }
}

#[test]
fn the_index_lies_beside_the_capture() {
    for (raw, idx) in
        [("/d/a.raw.zst", "/d/a.idx"), ("/d/a.raw.gz", "/d/a.idx"), ("a.raw", "a.idx"), ("a.b", "a.b.idx")]
    {
        assert_eq!(index_path(Path::new(raw)), Path::new(idx));
    }
}

#[test]
fn formats_are_told_by_content() {
    for (text, format) in [
        ("Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n", Some(Format::Ami)),
        ("Event: FullyBooted\r\n", Some(Format::Ami)),
        ("Privilege: agent,all\r\nUptime: 1\r\n", Some(Format::Ami)),
        ("Content-Type: auth/request\n\n", Some(Format::Esl)),
        ("Content-Length: 553\nContent-Type: text/event-plain\n\nEvent-Name: RE_SCHEDULE\n", Some(Format::Esl)),
        ("{\"type\":\"call.joined\"}\n", Some(Format::Journal)),
        ("\u{feff}call_id,queue,agent,joined_at\n", Some(Format::CallsCsv)),
        ("queue,\"call_id\",agent\n", Some(Format::CallsCsv)),
        ("1795313880|NONE|NONE|NONE|QUEUESTART|\n", Some(Format::QueueLog)),
        ("1795313880|NONE\n", None),
        ("hello\n", None),
        ("", None),
    ] {
        assert_eq!(sniff(text.as_bytes()), format, "{text}");
    }
}

#[test]
fn seconds_with_a_fraction_are_read_to_the_microsecond() {
    for (text, micros) in [
        ("10", Some(10_000_000)),
        ("1.5", Some(1_500_000)),
        ("1.1234567", Some(1_123_456)),
        ("1.x", None),
        ("", None),
        ("1795315549.123456", Some(1_795_315_549_123_456)),
        ("0000000009.000001", Some(9_000_001)),
        ("9999999999.999999", Some(9_999_999_999_999_999)),
        ("179531554x.123456", None),
        ("17953155:9.123456", None),
        ("1795315549.12345/", None),
        ("17953155491.23456", Some(17_953_155_491_234_560)),
    ] {
        assert_eq!(seconds(text.as_bytes()).map(Time::micros), micros, "{text}");
    }
}
