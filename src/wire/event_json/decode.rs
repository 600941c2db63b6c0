//! From JSON bytes to events.

use serde::de::Deserializer as _;
use serde_json::Deserializer;

use super::meaning::{Origin, meaning};
use super::reader::{ReadElements, read};
use super::scan::scan;
use super::split::elements;
use super::wide::{Read, Wide};
use crate::model::{Anomaly, CallerHasher, Event, Kind, Label};

/// Anomalies one message may raise; what is beyond is told in one more.
const ANOMALIES_MAX: u32 = 1000;

/// What messages said, in order. Clear it and use it again: its room is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// The events, anomalies among them.
    pub events: Vec<Event>,
}

/// Where decoded things go.
pub(in crate::wire) trait Sink {
    /// An event, and the object it stood in.
    fn event(&mut self, wide: &Wide<'_>, event: Event);
    /// Something that could not be used.
    fn problem(&mut self, what: Anomaly, detail: Label);
}

impl Sink for Decoded {
    fn event(&mut self, _: &Wide<'_>, event: Event) {
        self.events.push(event);
    }

    fn problem(&mut self, what: Anomaly, detail: Label) {
        self.events.push(Event::new(Kind::Anomaly { what, detail }));
    }
}

/// Decodes one message of a sender: one object of the public form, or an array of them. Appends to `out`.
///
/// Never fails: what cannot be used becomes an anomaly (`malformed`, `unknown_type`, `unknown_field`) with a short
/// detail, in its place between the events. A bad element of an array loses no neighbour; a bad value of an optional
/// field loses that field alone. Fields that are set on receipt (`feed`, `seq`, `received_at`, …) are ignored, and types
/// that only a journal may carry (`command.*`, `feed.state`, …) are refused: no feed can close an incident.
pub fn decode(bytes: &[u8], hasher: &CallerHasher, out: &mut Decoded) {
    decode_into(bytes, hasher, Origin::Sender, out);
}

/// Decodes one message of a sender, or one line of a journal, into `sink`.
pub(in crate::wire) fn decode_into(bytes: &[u8], hasher: &CallerHasher, origin: Origin, sink: &mut impl Sink) {
    let mut reading = Reading { hasher, origin, sink, problems: 0, found: Vec::new() };
    match std::str::from_utf8(bytes) {
        Ok(text) => reading.message(text),
        Err(e) => {
            reading.problem(Anomaly::Malformed, &format!("not UTF-8 at byte {}", e.valid_up_to()));
            reading.message(&String::from_utf8_lossy(bytes));
        }
    }
    reading.finish();
}

struct Reading<'s, S> {
    hasher: &'s CallerHasher,
    origin: Origin,
    sink: &'s mut S,
    problems: u32,
    /// Problems of the object being read.
    found: Vec<(Anomaly, String)>,
}

impl<S: Sink> Reading<'_, S> {
    fn message(&mut self, text: &str) {
        if text.trim_start().starts_with('[') {
            self.array(text);
        } else {
            self.one(text);
        }
    }

    fn one(&mut self, text: &str) {
        let mut wide = Wide::default();
        if scan(text, &mut wide) {
            self.object(&wide);
            return;
        }
        let mut element = Read::default();
        match read(text, &mut element) {
            Ok(true) => self.object(&element.wide()),
            Ok(false) => self.problem(Anomaly::Malformed, "not an object"),
            Err(e) => self.problem(Anomaly::Malformed, &format!("JSON: {e}")),
        }
    }

    /// Reads an array as it stands; where its JSON breaks, the elements from there on are told apart by their brackets.
    fn array(&mut self, text: &str) {
        let mut done = 0;
        let mut json = Deserializer::from_str(text);
        let read = json
            .deserialize_seq(ReadElements(|element: Option<&Wide<'_>>| {
                done += 1;
                match element {
                    Some(wide) => self.object(wide),
                    None => self.problem(Anomaly::Malformed, "not an object"),
                }
            }))
            .and_then(|()| json.end());
        if let Err(e) = read {
            let before = self.problems;
            let found = elements(text);
            for element in found.elements.iter().skip(done) {
                self.one(element);
            }
            if !found.whole {
                self.problem(Anomaly::Malformed, "an array that does not end, or text after its end");
            }
            if self.problems == before {
                self.problem(Anomaly::Malformed, &format!("JSON: {e}"));
            }
        }
    }

    #[inline]
    fn object(&mut self, wide: &Wide<'_>) {
        if let Some(event) = meaning(wide, self.hasher, self.origin, &mut self.found) {
            self.sink.event(wide, event);
        }
        if !self.found.is_empty() {
            for (what, detail) in std::mem::take(&mut self.found) {
                self.problem(what, &detail);
            }
        }
    }

    fn problem(&mut self, what: Anomaly, detail: &str) {
        self.problems = self.problems.saturating_add(1);
        if self.problems <= ANOMALIES_MAX {
            self.sink.problem(what, Label::new(detail));
        }
    }

    fn finish(self) {
        if self.problems > ANOMALIES_MAX {
            let more = self.problems - ANOMALIES_MAX;
            self.sink.problem(Anomaly::TooLong, Label::new(&format!("and {more} more anomalies of this message")));
        }
    }
}
