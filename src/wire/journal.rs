//! Reads a journal: JSON lines of envelopes, or of the public form as a sender would write it.

use std::io::{BufRead, ErrorKind};

use super::event_json::{Origin, Sink, VERSION, Wide, decode_into};
use crate::model::{Anomaly, CallerHasher, Envelope, Event, Evidence, FeedId, Kind, Label, Time, clean};

/// Longer lines are skipped and counted; bytes, without the line's end.
pub const LINE_MAX: usize = 1 << 20;
/// A batch is given away once it holds this many envelopes.
const BATCH: usize = 512;

/// A journal being read: an iterator of batches of envelopes, in the order of the file. Takes constant memory.
///
/// A line of our own journal gives its feed, epoch, sequence and time of receipt. A line of the public form has none of
/// them: it becomes the next of the feed named here, received at its `ts`; without a `ts`, at the time of the line before
/// it, and [`Journal::untimed`] counts it. What cannot be used becomes an anomaly with its line number, on the feed named
/// here too. A file that cannot be read on ends with an anomaly `cut_off`, never with an error.
#[derive(Debug)]
pub struct Journal<R> {
    reader: R,
    hasher: CallerHasher,
    line: Vec<u8>,
    number: u64,
    ended: bool,
    taken: Taken,
}

impl<R: BufRead> Journal<R> {
    /// Reads from `reader`; `feed` names what has no feed of its own.
    pub fn new(reader: R, feed: FeedId, hasher: CallerHasher) -> Self {
        let taken = Taken {
            feed,
            numbered: Vec::new(),
            last: None,
            snapshot: false,
            newer_told: false,
            line: 0,
            site: None,
            envelopes: Vec::new(),
            events: 0,
            untimed: 0,
        };
        Self { reader, hasher, line: Vec::new(), number: 0, ended: false, taken }
    }

    /// Lines read so far, skipped ones included.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.number
    }

    /// Events that could be used so far; anomalies of the reading are none.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.taken.events
    }

    /// Of those, how many had neither a time of receipt nor a `ts`. Where that is all of them, figures of time mean nothing.
    #[must_use]
    pub const fn untimed(&self) -> u64 {
        self.taken.untimed
    }

    /// What it reads from.
    pub const fn reader(&self) -> &R {
        &self.reader
    }

    /// The site the journal names, once a line with it was read.
    #[must_use]
    pub const fn site(&self) -> Option<&Label> {
        self.taken.site.as_ref()
    }

    fn read_line(&mut self) {
        self.line.clear();
        let end = match take_line(&mut self.reader, &mut self.line) {
            Ok(end) => end,
            Err(e) => {
                self.ended = true;
                self.number += 1;
                self.taken.line = self.number;
                let why = if e.kind() == ErrorKind::UnexpectedEof { "it ends early".to_owned() } else { e.to_string() };
                self.taken.problem(Anomaly::CutOff, Label::new(&format!("cannot be read on: {why}")));
                return;
            }
        };
        if end.length == 0 && !end.newline {
            self.ended = true;
            return;
        }
        self.number += 1;
        self.taken.line = self.number;
        if end.length > LINE_MAX {
            let what = format!("{} bytes, more than {LINE_MAX}", end.length);
            self.taken.problem(Anomaly::TooLong, Label::new(&what));
            return;
        }
        let bytes = self.line.strip_prefix(b"\xef\xbb\xbf").filter(|_| self.number == 1).unwrap_or(&self.line);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let problems = self.taken.envelopes.len();
        decode_into(bytes, &self.hasher, Origin::Journal, &mut self.taken);
        if !end.newline {
            self.taken.call_it_cut_off(problems);
        }
    }
}

impl<R: BufRead> Iterator for Journal<R> {
    type Item = Vec<Envelope>;

    fn next(&mut self) -> Option<Vec<Envelope>> {
        while !self.ended && self.taken.envelopes.len() < BATCH {
            self.read_line();
        }
        let batch = std::mem::take(&mut self.taken.envelopes);
        if batch.is_empty() { None } else { Some(batch) }
    }
}

/// What the lines gave, and what the next line needs to know of those before it.
#[derive(Debug)]
struct Taken {
    feed: FeedId,
    /// The last number given to each feed whose lines have none.
    numbered: Vec<(FeedId, u64)>,
    last: Option<Time>,
    snapshot: bool,
    newer_told: bool,
    line: u64,
    site: Option<Label>,
    envelopes: Vec<Envelope>,
    events: u64,
    untimed: u64,
}

impl Sink for Taken {
    fn event(&mut self, wide: &Wide<'_>, event: Event) {
        self.events += 1;
        self.tell_newer(wide);
        if self.site.is_none() {
            self.site = wide.site.map(Label::new);
        }
        let received_at = wide.received_at.and_then(|text| self.received_at(text));
        if received_at.is_none() && event.ts.is_none() {
            self.untimed += 1;
        }
        let at = received_at.or(event.ts).or(self.last).unwrap_or_default();
        self.last = Some(at);
        let count = |n: Option<super::event_json::Number>| n.and_then(super::event_json::Number::as_count);
        match (wide.feed, count(wide.epoch).and_then(|n| u32::try_from(n).ok()), count(wide.seq)) {
            (Some(feed), Some(epoch), Some(seq)) => {
                self.envelopes.push(Envelope { feed: FeedId::new(feed), epoch, seq, received_at: at, event });
            }
            (feed, ..) => {
                let event = self.seen_in_snapshot(event);
                self.next_of(feed.map_or_else(|| self.feed.clone(), FeedId::new), at, event);
            }
        }
    }

    fn problem(&mut self, what: Anomaly, detail: Label) {
        let detail = Label::new(&format!("line {}: {detail}", self.line));
        let at = self.last.unwrap_or_default();
        self.next_of(self.feed.clone(), at, Event::new(Kind::Anomaly { what, detail }));
    }
}

impl Taken {
    fn received_at(&mut self, text: &str) -> Option<Time> {
        let at = Time::parse(text).ok();
        if at.is_none() {
            let detail = format!("received_at '{}' is no RFC 3339 time", clean(text, 40));
            self.problem(Anomaly::Malformed, Label::new(&detail));
        }
        at
    }

    /// The next envelope of a feed whose lines are not numbered.
    fn next_of(&mut self, feed: FeedId, received_at: Time, event: Event) {
        if let Some((_, seq)) = self.numbered.iter_mut().find(|(known, _)| *known == feed) {
            *seq += 1;
            self.envelopes.push(Envelope { feed, epoch: 1, seq: *seq, received_at, event });
        } else {
            self.numbered.push((feed.clone(), 1));
            self.envelopes.push(Envelope { feed, epoch: 1, seq: 1, received_at, event });
        }
    }

    /// A sender does not say what is a snapshot: it says where the snapshot begins and ends.
    fn seen_in_snapshot(&mut self, event: Event) -> Event {
        match event.kind {
            Kind::FeedSyncBegin => self.snapshot = true,
            Kind::FeedSyncEnd => self.snapshot = false,
            _ if self.snapshot && event.evidence == Evidence::Reported => {
                return event.with_evidence(Evidence::Snapshot);
            }
            _ => {}
        }
        event
    }

    fn tell_newer(&mut self, wide: &Wide<'_>) {
        let version = wide.v.and_then(super::event_json::Number::as_count).unwrap_or(VERSION);
        if version > VERSION && !self.newer_told {
            self.newer_told = true;
            let detail =
                format!("version {version} of the journal is newer than this program; read as version {VERSION}");
            self.problem(Anomaly::UnknownType, Label::new(&detail));
        }
    }

    /// A last line without an end that made no sense was cut off, not written wrong.
    fn call_it_cut_off(&mut self, from: usize) {
        for envelope in self.envelopes.iter_mut().skip(from) {
            if let Kind::Anomaly { what: what @ Anomaly::Malformed, .. } = &mut envelope.event.kind {
                *what = Anomaly::CutOff;
            }
        }
    }
}

struct LineEnd {
    /// Bytes of the line, kept or not.
    length: usize,
    newline: bool,
}

/// Reads up to the next line feed and keeps at most [`LINE_MAX`] bytes; the rest of a longer line is read past.
fn take_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<LineEnd> {
    let mut length = 0usize;
    loop {
        let ready = match reader.fill_buf() {
            Ok(ready) => ready,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let found = memchr::memchr(b'\n', ready);
        let part = found.map_or(ready, |at| ready.get(..at).unwrap_or_default());
        length = length.saturating_add(part.len());
        if length <= LINE_MAX {
            line.extend_from_slice(part);
        }
        let (used, ended) = (part.len() + usize::from(found.is_some()), ready.is_empty());
        reader.consume(used);
        if found.is_some() || ended {
            return Ok(LineEnd { length, newline: found.is_some() });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;
    use crate::wire::event_json::encode;

    fn journal(bytes: &[u8]) -> Journal<&[u8]> {
        Journal::new(bytes, FeedId::new("file"), CallerHasher::new([1; 16]))
    }

    /// Each envelope in short: feed, number, second of receipt, what.
    fn short(envelopes: impl Iterator<Item = Vec<Envelope>>) -> Vec<String> {
        let say = |e: Envelope| {
            let what = match &e.event.kind {
                Kind::Anomaly { what, detail } => format!("{} {detail}", what.word()),
                kind => kind.type_word().to_owned(),
            };
            format!("{} {} {} {what}", e.feed, e.seq, e.received_at.second())
        };
        envelopes.flatten().map(say).collect()
    }

    #[test]
    fn lines_of_a_sender_are_received_at_their_time_stamp_and_numbered() {
        let lines = b"\xef\xbb\xbf{\"type\":\"feed.sync_begin\",\"ts\":\"1970-01-01T00:00:05Z\"}\r\n\
            \n\
            {\"type\":\"feed.heartbeat\"}\n\
            {\"type\":\"queue.observed\",\"queue\":\"q\",\"waiting\":1,\"ts\":\"1970-01-01T00:00:09Z\"}\n\
            {\"type\":\"command.close\",\"incident\":1,\"by\":\"x\"}\n\
            {\"type\":\"feed.sync_end\",\"ts\":\"1970-01-01T00:00:10Z\"}";
        let mut read = journal(lines);
        let envelopes: Vec<Envelope> = read.by_ref().flatten().collect();
        assert_eq!(envelopes.get(2).map(|e| e.event.evidence), Some(Evidence::Snapshot));
        assert_eq!((read.lines(), read.events(), read.untimed()), (6, 5, 2));
        assert_eq!(
            short(std::iter::once(envelopes)),
            [
                "file 1 5 feed.sync_begin",
                "file 2 5 feed.heartbeat",
                "file 3 9 queue.observed",
                "file 4 9 command.close",
                "file 5 10 feed.sync_end",
            ]
        );
    }

    #[test]
    fn our_own_lines_keep_their_numbers_and_bad_ones_are_told_with_theirs() {
        let mut lines = Vec::new();
        let mut envelope = Envelope {
            feed: FeedId::new("pbx"),
            epoch: 3,
            seq: 41,
            received_at: Time::from_secs(100),
            event: Event::new(Kind::FeedHeartbeat).with_evidence(Evidence::Derived),
        };
        encode(&envelope, "上海", &mut lines);
        lines.extend(b"rubbish\n{\"type\":\"no.such\",\"v\":1}\n");
        envelope.seq = 42;
        encode(&envelope, "上海", &mut lines);
        lines.extend(br#"{"v":2,"feed":"pbx","epoch":3,"seq":43,"received_at":"soon","type":"feed.heartbeat"}"#);
        lines.extend(b"\n{\"v\":1,\"feed\":\"pb");
        let mut read = journal(&lines);
        assert_eq!(
            short(read.by_ref()),
            [
                "pbx 41 100 feed.heartbeat",
                "file 1 100 malformed line 2: JSON: expected value at line 1 column 1",
                "file 2 100 unknown_type line 3: no.such",
                "pbx 42 100 feed.heartbeat",
                "file 3 100 unknown_type line 5: version 2 of the journal is newer than this program; read as version 1",
                "file 4 100 malformed line 5: received_at 'soon' is no RFC 3339 time",
                "pbx 43 100 feed.heartbeat",
                "file 5 100 cut_off line 6: JSON: EOF while parsing a string at line 1 column 17",
            ]
        );
        assert_eq!(read.site().map(Label::as_str), Some("上海"));
    }

    #[test]
    fn a_line_beyond_the_limit_is_skipped_in_constant_memory() {
        let heartbeat = &b"{\"type\":\"feed.heartbeat\"}\n"[..];
        let long = std::io::repeat(b'x').take(40 << 20);
        let file = BufReader::new(heartbeat.chain(long).chain(&b"\n"[..]).chain(heartbeat));
        let mut read = Journal::new(file, FeedId::new("file"), CallerHasher::new([1; 16]));
        assert_eq!(
            short(read.by_ref()),
            [
                "file 1 0 feed.heartbeat",
                "file 2 0 too_long line 2: 41943040 bytes, more than 1048576",
                "file 3 0 feed.heartbeat",
            ]
        );
        assert!(read.line.capacity() <= 2 * LINE_MAX);
    }

    #[test]
    fn batches_are_bounded_and_a_file_that_breaks_is_told() {
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(ErrorKind::UnexpectedEof.into())
            }
        }
        let lines = b"{\"type\":\"feed.heartbeat\"}\n".repeat(3 * BATCH);
        let file = BufReader::new(lines.chain(Breaks));
        let batches: Vec<Vec<Envelope>> = Journal::new(file, FeedId::new("f"), CallerHasher::new([1; 16])).collect();
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [BATCH, BATCH, BATCH, 1]);
        let last = short(batches.into_iter().skip(3));
        assert_eq!(last, ["f 1537 0 cut_off line 1537: cannot be read on: it ends early"]);
        assert_eq!(journal(b"").next(), None);
    }
}
