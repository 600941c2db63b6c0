//! Reads the journal back, so that what happened can be gone through again.

use std::fs::File;
use std::io;
use std::sync::mpsc::sync_channel;

use rustc_hash::FxHashMap;

use super::segments::Segment;
use crate::model::{Anomaly, CallerHasher, Envelope, Event, FeedId, Kind, Label, Time};
use crate::wire::frames::FrameReader;
use crate::wire::journal::Journal;

/// Batches decoded ahead of the one being applied.
const AHEAD: usize = 64;

/// What cannot be read of a segment is told on a feed of this name, which is none of the floor's.
const READING: &str = "(journal)";

/// What was read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Envelopes gone through, the engine's own lines among them.
    pub envelopes: u64,
    /// How far the last run is known to have come.
    pub last: Option<Time>,
    /// Connection and number each feed came to.
    pub feeds: Vec<(FeedId, u32, u64)>,
    /// Lines and frames that could not be read. A last frame that was cut off is none: that is how a killed run ends.
    pub damaged: u64,
}

/// Goes through segments in their order and hands each envelope to `apply`. What stands in them twice is handed over once.
/// A feed of a damaged segment gets a gap, since something of it may be missing.
///
/// # Errors
/// A file cannot be read at all. What came before it has been applied.
pub fn go_through(segments: &[Segment], mut apply: impl FnMut(&Envelope)) -> io::Result<Restored> {
    let (sender, batches) = sync_channel::<io::Result<Part>>(AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for segment in segments {
                let mut told = |part| sender.send(part).is_ok();
                if !read(segment, &mut told) {
                    return;
                }
            }
        });
        let mut reading = Reading::default();
        for part in batches {
            match part? {
                Part::Batch(batch) => batch.iter().for_each(|e| reading.take(e, &mut apply)),
                Part::Damaged(n) => reading.damaged(n, &mut apply),
            }
        }
        Ok(reading.restored)
    })
}

enum Part {
    Batch(Vec<Envelope>),
    Damaged(u64),
}

/// False where nobody listens any more, or the file cannot be read.
fn read(segment: &Segment, told: &mut impl FnMut(io::Result<Part>) -> bool) -> bool {
    let file = match File::open(&segment.path) {
        Ok(file) => file,
        Err(why) => {
            told(Err(why));
            return false;
        }
    };
    // Keys, not numbers, stand in a journal: no hasher is needed.
    let hasher = CallerHasher::new([0; 16]);
    let mut journal = Journal::new(FrameReader::new(file), FeedId::new(READING), hasher);
    for batch in journal.by_ref() {
        if !told(Ok(Part::Batch(batch))) {
            return false;
        }
    }
    let damaged = journal.reader().damaged();
    damaged == 0 || told(Ok(Part::Damaged(damaged)))
}

#[derive(Default)]
struct Reading {
    restored: Restored,
    run: u32,
    /// Last connection and number by feed, of this run.
    seen: FxHashMap<FeedId, (u32, u64)>,
}

impl Reading {
    fn take(&mut self, envelope: &Envelope, apply: &mut impl FnMut(&Envelope)) {
        if envelope.feed.as_str() == READING {
            let Kind::Anomaly { what, .. } = &envelope.event.kind else { return };
            if *what != Anomaly::CutOff {
                self.restored.damaged += 1;
            }
            return;
        }
        if matches!(envelope.event.kind, Kind::ConfigApplied { .. }) {
            if self.run != envelope.epoch {
                self.run = envelope.epoch;
                self.seen.clear();
            }
            return;
        }
        let number = (envelope.epoch, envelope.seq);
        match self.seen.get_mut(&envelope.feed) {
            Some(seen) if number <= *seen => return,
            Some(seen) => {
                // Numbers have no gaps: where one is missing, a line is, however the file looks. A gap record says so
                // itself, with the number of the last it stands for.
                let missing = seen.1.saturating_add(1) < envelope.seq && !is_gap(envelope);
                *seen = number;
                if missing && !envelope.feed.is_empty() {
                    self.restored.damaged += 1;
                    apply(&gap(&envelope.feed, envelope.epoch, envelope.seq - 1, envelope.received_at));
                }
            }
            None => {
                self.seen.insert(envelope.feed.clone(), number);
            }
        }
        self.note(envelope);
        apply(envelope);
    }

    fn note(&mut self, envelope: &Envelope) {
        self.restored.envelopes += 1;
        self.restored.last = self.restored.last.max(Some(envelope.received_at));
        if envelope.feed.is_empty() {
            return;
        }
        let (epoch, seq) = (envelope.epoch, envelope.seq);
        match self.restored.feeds.iter_mut().find(|(name, ..)| *name == envelope.feed) {
            Some(feed) => (feed.1, feed.2) = (epoch, seq),
            None => self.restored.feeds.push((envelope.feed.clone(), epoch, seq)),
        }
    }

    fn damaged(&mut self, n: u64, apply: &mut impl FnMut(&Envelope)) {
        self.restored.damaged += n;
        let Some(received_at) = self.restored.last else { return };
        for (feed, epoch, seq) in &self.restored.feeds {
            apply(&gap(feed, *epoch, *seq, received_at));
        }
    }
}

/// Something of a feed cannot be read any more.
fn gap(feed: &FeedId, epoch: u32, seq: u64, received_at: Time) -> Envelope {
    let detail = Label::new("a part of the journal cannot be read");
    let event = Event::new(Kind::Anomaly { what: Anomaly::Gap, detail });
    Envelope { feed: feed.clone(), epoch, seq, received_at, event }
}

fn is_gap(envelope: &Envelope) -> bool {
    matches!(envelope.event.kind, Kind::Anomaly { what: Anomaly::Gap, .. })
}
