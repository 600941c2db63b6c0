#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

use super::*;
use proptest::prelude::*;

type Headers = Vec<(String, String)>;

fn all(decoder: &mut Decoder, out: &mut Vec<Headers>) {
    while let Some(frame) = decoder.next_frame() {
        match frame {
            Frame::Banner(version) => {
                out.push(vec![("banner".into(), String::from_utf8_lossy(version).into_owned())]);
            }
            Frame::Message(m) => out.push(
                m.headers()
                    .map(|(k, v)| (String::from_utf8_lossy(k).into_owned(), String::from_utf8_lossy(v).into_owned()))
                    .collect(),
            ),
        }
    }
}

fn decode(pieces: &[&[u8]]) -> (Vec<Headers>, Losses, bool) {
    let mut decoder = Decoder::new();
    let mut out = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        all(&mut decoder, &mut out);
    }
    let unfinished = decoder.end();
    (out, decoder.take_losses(), unfinished)
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

const STREAM: &[u8] = b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\nActionID: 1\r\n\r\n\
    Event: VarSet\nValue: \nchanvariable: a=b: c\nChanVariable: d;e\n\nEvent: Hold\r\nName: Chlo\xc3\xa9\r\n\r\n";

fn expected() -> Vec<Headers> {
    vec![
        headers(&[("banner", "11.0.0")]),
        headers(&[("Response", "Success"), ("ActionID", "1")]),
        headers(&[("Event", "VarSet"), ("Value", ""), ("chanvariable", "a=b: c"), ("ChanVariable", "d;e")]),
        headers(&[("Event", "Hold"), ("Name", "Chloé")]),
    ]
}

#[test]
fn messages_headers_and_banner_are_told_apart() {
    assert_eq!(decode(&[STREAM]), (expected(), Losses::default(), false));
}

#[test]
fn keys_are_found_in_any_case_and_by_place() {
    let mut decoder = Decoder::new();
    decoder.feed(b"event: Join\r\nUNIQUEID: 1.2\r\nQueue:q\r\n\r\n");
    let Some(Frame::Message(m)) = decoder.next_frame() else { panic!("a message was expected") };
    assert_eq!(m.event(), Some(&b"Join"[..]));
    assert_eq!(m.find("Uniqueid"), Some((1, &b"1.2"[..])));
    assert_eq!(m.at(2, "Queue"), Some(&b"q"[..]));
    assert_eq!(m.at(1, "Queue"), None);
    assert_eq!(m.get("Uni"), None);
    assert_eq!(m.text("Queue").as_deref(), Some("q"));
}

#[test]
fn what_is_no_header_is_counted_and_left_out() {
    let (messages, losses, unfinished) =
        decode(&[b"garbage\r\n\r\n\r\nEvent: A\r\nno colon here\r\nK: v\r\n\r\nEvent: B\r\nhalf"]);
    assert_eq!(messages, [headers(&[("Event", "A"), ("K", "v")])]);
    assert_eq!(losses, Losses { malformed: 2, too_long: 0 });
    assert!(unfinished);
}

#[test]
fn a_lost_empty_line_does_not_swallow_the_next_message() {
    let (messages, losses, _) = decode(&[b"Event: A\r\nK: 1\r\nEvent: B\r\nK: 2\r\n\r\n"]);
    assert_eq!(messages, [headers(&[("Event", "A"), ("K", "1")]), headers(&[("Event", "B"), ("K", "2")])]);
    assert_eq!(losses.malformed, 1);
}

#[test]
fn too_long_a_line_costs_its_message_and_no_more() {
    let mut stream = b"Event: A\r\nK: ".to_vec();
    stream.resize(stream.len() + 10_000_000, b'x');
    stream.extend_from_slice(b"\r\nL: 1\r\n\r\nEvent: B\r\n\r\n");
    let want = (vec![headers(&[("Event", "B")])], Losses { malformed: 0, too_long: 1 }, false);
    assert_eq!(decode(&[&stream]), want);
    let pieces: Vec<&[u8]> = stream.chunks(4096).collect();
    assert_eq!(decode(&pieces), want);
    let mut decoder = Decoder::new();
    for piece in &pieces {
        decoder.feed(piece);
        while decoder.next_frame().is_some() {}
        assert!(decoder.buf.len() <= MAX_LINE + 2 * 4096, "what is dropped is not kept");
    }
}

#[test]
fn too_many_headers_cost_their_message_and_no_more() {
    let mut stream = b"Event: A\r\n".to_vec();
    for _ in 0..MAX_HEADERS {
        stream.extend_from_slice(b"Output: y\r\n");
    }
    stream.extend_from_slice(b"\r\nEvent: B\r\n\r\n");
    assert_eq!(decode(&[&stream]), (vec![headers(&[("Event", "B")])], Losses { malformed: 0, too_long: 1 }, false));
}

/// The numbers of the shapes of a stream's messages.
fn shapes(stream: &[u8]) -> Vec<Option<u16>> {
    let mut decoder = Decoder::new();
    decoder.feed(stream);
    let mut shapes = Vec::new();
    while let Some(frame) = decoder.next_frame() {
        if let Frame::Message(message) = frame {
            shapes.push(message.shape().map(|shape| shape.number()));
        }
    }
    shapes
}

#[test]
fn messages_with_the_same_keys_have_the_same_shape_and_no_others() {
    const SAME: &str = "Event: A\r\nKey: 1\r\nExten: 500\r\nOther: a: b\r\n\r\n";
    let of = |other: &str| match shapes(format!("{SAME}{SAME}{other}").as_bytes()).as_slice() {
        [Some(a), Some(b), other] if a == b => *other == Some(*a),
        other => panic!("{other:?}"),
    };
    assert!(of("Event: A\nKey: 22\nExten:\nOther:x\n\n"));
    for other in [
        "Event: B\r\nKey: 1\r\nExten: 500\r\nOther: a\r\n\r\n",
        "Event: A\r\nKey: 1\r\nExten: 500\r\n\r\n",
        "Event: A\r\nKey: 1\r\nExten: 500\r\nOthe: a\r\n\r\n",
        "Event: A\r\nKey: 1\r\nExten: 500\r\nOther: a\r\nOther: a\r\n\r\n",
        "Event: A\r\nKey: 1\r\nno header\r\nExten: 500\r\nOther: a\r\n\r\n",
        "Key: 1\r\nExten: 500\r\nOther: a\r\n\r\n",
        "event: A\r\nKey: 1\r\nExten: 500\r\nOther: a\r\n\r\n",
    ] {
        assert!(!of(other), "{other}");
    }
}

#[test]
fn keys_beyond_number_are_read_all_the_same() {
    let message = |n| format!("Event: E{}\r\nKey{n}: {n}\r\nLast: x\r\n\r\n", n % 700);
    let stream = (0..6000).map(message).collect::<Vec<_>>().concat();
    let (messages, losses, _) = decode(&[stream.as_bytes()]);
    assert_eq!(losses, Losses::default());
    for (n, message) in messages.iter().enumerate() {
        let (event, key, value) = (format!("E{}", n % 700), format!("Key{n}"), n.to_string());
        assert_eq!(*message, headers(&[("Event", &event), (&key, &value), ("Last", "x")]));
    }
    assert_eq!(messages.len(), 6000);
}

proptest! {
    #[test]
    fn a_decoder_that_knows_keys_reads_as_one_that_does_not(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "", "", "", "Event: A", "Event: B", "Event:C", "Response: Success", "K: 1", "Ke: 1", "K:", "Exten: 5: 6",
                "A key of more than thirty-two bytes: 1", "no header", "Evident: 1", "Last value long enough: 1234567890",
            ]),
            0..60,
        ),
        crlf in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let stream: String = lines.iter().flat_map(|line| [*line, end]).collect();
        // Ended by what closes any message, so that the second reading begins like the first.
        let stream = format!("{stream}{end}");
        let (once, losses, _) = decode(&[stream.as_bytes()]);
        let (twice, _, _) = decode(&[stream.as_bytes(), stream.as_bytes()]);
        prop_assert_eq!(&twice, &[once.clone(), once.clone()].concat());
        // Byte by byte nothing is known in time.
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        prop_assert_eq!(decode(&bytes), (once, losses, false));
    }

    #[test]
    fn it_does_not_matter_where_the_stream_is_cut(mut cuts in prop::collection::vec(0..STREAM.len(), 0..12)) {
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([STREAM.len()]) {
            pieces.push(STREAM.get(from..cut).expect("cuts are sorted"));
            from = cut;
        }
        prop_assert_eq!(decode(&pieces), (expected(), Losses::default(), false));
    }

    #[test]
    fn any_bytes_are_survived_and_cut_the_same(
        bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), Just(b'E'), any::<u8>()], 0..400),
        cut in 0usize..400,
    ) {
        let (a, b) = bytes.split_at(cut.min(bytes.len()));
        prop_assert_eq!(decode(&[&bytes]), decode(&[a, b]));
    }
}
