//! A raw capture of the manager interface, read through the same mapper as a live session.

use super::fields::stamp;
use super::mapper::{AmiMapper, anomaly};
use crate::model::{Anomaly, Envelope, Event, FeedId, FeedState, Kind, Label, Time};
use crate::wire::ami::{Decoder, Frame, Losses};
use crate::wire::capture::{Capture, Mark, Piece};

/// How much of a capture without an index is searched for a first time stamp, and how much of it at first; bytes.
const SEARCH: usize = 4 * 1024 * 1024;
const FIRST_LOOK: usize = 64 * 1024;
/// Room is made for no longer batch beforehand.
const ROOM: usize = 512;
/// Losses of one read told one by one; more are told as a number.
const LOSSES: u64 = 64;

/// The events of a capture, a batch a read, in order: epochs rise with each connection, `received_at` comes from the
/// index, or from the stamps in the messages where there is none. A plain iterator, as fast as it is asked.
///
/// Reading never fails: a damaged or cut-off file ends in an anomaly after all that could be read.
#[derive(Debug)]
pub struct CaptureEnvelopes {
    capture: Capture,
    decoder: Decoder,
    mapper: AmiMapper,
    feed: FeedId,
    epoch: u32,
    seq: u64,
    /// The instant of the present read.
    at: Time,
    /// Without an index the stamps drive the time.
    stamps: bool,
    has_times: bool,
    over: bool,
    line: Line,
    events: Vec<Event>,
    /// Room made for the next batch: as much as the last one took.
    room: usize,
}

/// The connection being read.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    live: bool,
    greeted: bool,
    away: bool,
}

impl CaptureEnvelopes {
    /// Reads a capture as the feed of that name.
    #[must_use]
    pub fn new(mut capture: Capture, feed: FeedId, mapper: AmiMapper) -> Self {
        let stamps = !capture.has_index();
        let first = if stamps { first_stamp(&mut capture) } else { None };
        Self {
            capture,
            decoder: Decoder::new(),
            mapper,
            feed,
            epoch: 0,
            seq: 0,
            at: first.unwrap_or_default(),
            stamps,
            has_times: !stamps || first.is_some(),
            over: false,
            line: Line::default(),
            events: Vec::new(),
            room: 0,
        }
    }

    /// Whether times are known: from the index, or from stamps in the messages. Without them every event comes at the
    /// same instant and figures of time mean nothing.
    #[must_use]
    pub const fn has_times(&self) -> bool {
        self.has_times
    }

    /// Adds the next batch to `out`; false at the end. A batch may be empty.
    pub fn read_into(&mut self, out: &mut Vec<Envelope>) -> bool {
        if self.over {
            return false;
        }
        let mut losses = Losses::default();
        match self.capture.next_piece() {
            Ok(Some(Piece::Bytes { at, bytes })) => {
                if let Some(at) = at {
                    self.at = self.at.max(at);
                }
                self.decoder.feed(bytes);
                if self.epoch == 0 {
                    self.begin(out);
                }
                self.drain(out);
                losses = self.decoder.take_losses();
            }
            Ok(Some(Piece::Mark { at, mark })) => {
                self.at = self.at.max(at);
                match mark {
                    Mark::Connect => self.begin(out),
                    Mark::Eof => self.end("connection closed", out),
                    Mark::Refused => self.refused(out),
                }
            }
            Ok(Some(Piece::Gap)) => self.events.push(anomaly(Anomaly::Gap, "the index skips bytes of the capture")),
            Ok(None) => {
                self.over = true;
                self.finish(out);
            }
            Err(error) => {
                self.over = true;
                self.events.push(anomaly(Anomaly::CutOff, &error.to_string()));
                self.finish(out);
            }
        }
        tell_losses(losses, &mut self.events);
        self.wrap(out);
        true
    }

    /// Maps every message that became complete.
    fn drain(&mut self, out: &mut Vec<Envelope>) {
        let mut decoder = std::mem::take(&mut self.decoder);
        if !self.stamps {
            self.mapper.advance(self.at, &mut self.events);
        }
        while let Some(frame) = decoder.next_frame() {
            match frame {
                Frame::Banner(version) => {
                    if std::mem::replace(&mut self.line.greeted, true) && self.stamps {
                        // Without marks a second greeting is the sign of a second connection.
                        self.end("connection closed", out);
                        self.begin(out);
                        self.line.greeted = true;
                    }
                    self.mapper.banner(version, &mut self.events);
                }
                Frame::Message(message) => {
                    if !self.stamps {
                        self.mapper.message(message, self.at, &mut self.events);
                        continue;
                    }
                    let look = self.mapper.look(&message);
                    let ts = look.stamp(&message);
                    if let Some(at) = ts.filter(|at| *at > self.at) {
                        self.wrap(out);
                        self.at = at;
                    }
                    self.mapper.take(message, look, ts, self.at, &mut self.events);
                }
            }
        }
        self.decoder = decoder;
    }

    fn begin(&mut self, out: &mut Vec<Envelope>) {
        self.wrap(out);
        self.epoch = self.epoch.saturating_add(1);
        if self.epoch > 1 {
            self.events.push(anomaly(Anomaly::Reconnect, "what happened meanwhile is not known"));
        }
        self.line = Line::default();
        self.events.push(Event::new(Kind::FeedState(FeedState::Connecting)));
        self.mapper.connected(self.at, &mut self.events);
    }

    fn end(&mut self, why: &str, out: &mut Vec<Envelope>) {
        self.finish(out);
        self.line.away = true;
        let state = FeedState::Away { since: self.at, next_try: None, why: Label::new(why) };
        self.events.push(Event::new(Kind::FeedState(state)));
        self.wrap(out);
    }

    fn refused(&mut self, out: &mut Vec<Envelope>) {
        if self.epoch == 0 {
            self.epoch = 1;
        }
        if !std::mem::replace(&mut self.line.away, true) {
            let state = FeedState::Away { since: self.at, next_try: None, why: Label::new("connection refused") };
            self.events.push(Event::new(Kind::FeedState(state)));
        }
        self.wrap(out);
    }

    /// Nothing more comes on this connection.
    fn finish(&mut self, out: &mut Vec<Envelope>) {
        if self.decoder.end() {
            self.events.push(anomaly(Anomaly::CutOff, "the capture ends inside a message"));
        }
        if self.epoch > 0 && !self.line.away {
            self.mapper.disconnected(self.at, &mut self.events);
        }
        self.wrap(out);
    }

    /// Puts the events so far into envelopes.
    fn wrap(&mut self, out: &mut Vec<Envelope>) {
        for event in self.events.drain(..) {
            let synced = matches!(event.kind, Kind::FeedSyncEnd);
            // A listing that never came does not keep the feed from being live.
            let live = synced || (!self.line.live && happened(&event.kind));
            let mut put = |event| {
                self.seq += 1;
                let (feed, epoch, seq) = (self.feed.clone(), self.epoch, self.seq);
                out.push(Envelope { feed, epoch, seq, received_at: self.at, event });
            };
            put(event);
            if live && !std::mem::replace(&mut self.line.live, true) {
                put(Event::new(Kind::FeedState(FeedState::Live)));
            }
        }
    }
}

impl Iterator for CaptureEnvelopes {
    type Item = Vec<Envelope>;

    /// The next batch that is not empty.
    fn next(&mut self) -> Option<Vec<Envelope>> {
        let mut batch = Vec::with_capacity(self.room);
        while batch.is_empty() {
            if !self.read_into(&mut batch) {
                return None;
            }
        }
        self.room = batch.len().min(ROOM);
        Some(batch)
    }
}

/// Whether an event is something that happened on the floor just now.
fn happened(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::FeedSyncBegin | Kind::FeedSyncEnd | Kind::FeedState(_) | Kind::FeedOffset { .. } | Kind::Anomaly { .. }
    )
}

/// What the decoder could not use, one anomaly each up to a bound.
pub(super) fn tell_losses(losses: Losses, out: &mut Vec<Event>) {
    for (what, count, detail) in [
        (Anomaly::Malformed, losses.malformed, "a line that is no header"),
        (Anomaly::TooLong, losses.too_long, "a message too long"),
    ] {
        for _ in 0..count.min(LOSSES) {
            out.push(anomaly(what, detail));
        }
        if count > LOSSES {
            out.push(anomaly(what, &format!("{detail}, and {} more of one read", count - LOSSES)));
        }
    }
}

/// The first time stamp, if it is near the start.
fn first_stamp(capture: &mut Capture) -> Option<Time> {
    let (mut looked, mut most, mut capitals) = (0, FIRST_LOOK, false);
    loop {
        let bytes = capture.peek(most);
        // Most captures without an index have none at all, which is seen at once.
        let new = bytes.get(looked..).unwrap_or_default();
        // Who writes keys in capitals does so from the start.
        capitals |= looked == 0 && memchr::memmem::find(new, b"EVENT:").is_some();
        let named = memchr::memmem::find(new, b"imestamp:").is_some()
            || (capitals && memchr::memmem::find(new, b"IMESTAMP:").is_some());
        if named && let Some(at) = first_stamp_of(bytes) {
            return Some(at);
        }
        if bytes.len() < most || most >= SEARCH {
            return None;
        }
        // A name may be cut in two.
        looked = bytes.len() - 16;
        most *= 4;
    }
}

fn first_stamp_of(bytes: &[u8]) -> Option<Time> {
    let mut decoder = Decoder::new();
    decoder.feed(bytes);
    loop {
        if let Frame::Message(message) = decoder.next_frame()?
            && let Some(at) = stamp(&message)
        {
            return Some(at);
        }
    }
}
