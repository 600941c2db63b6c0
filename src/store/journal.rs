//! Writes the journal: JSON lines in frames of at most ten seconds, in a file an hour.
//!
//! Each flush (once a second, and at once after a command) puts all that came before on the disk. While the disk fails the
//! lines of the open frame are kept and tried again in a new file; what no longer fits is counted, and becomes a gap record
//! with count and span as soon as the disk takes something again.

use std::io;

use super::files::{Files, SegmentFile};
use super::segments::Segment;
use crate::engine::{Loss, Note};
use crate::model::{Anomaly, Envelope, Event, FeedId, Kind, Label, Span, Time};
use crate::wire::event_json::encode;
use crate::wire::frames::FrameWriter;

/// A frame is ended after this time …
const FRAME: Span = Span::from_secs(10);
/// … or so many bytes of lines.
const FRAME_BYTES: usize = 1 << 20;
/// A segment is ended after this time …
const SEGMENT: Span = Span::from_secs(3600);
/// … or so many bytes on the disk.
const SEGMENT_BYTES: u64 = 64 << 20;
/// Lines kept while the disk fails; bytes.
const KEPT: usize = 32 << 20;

/// Writes segments.
pub struct JournalWriter {
    files: Box<dyn Files>,
    site: Label,
    /// Hash of the configuration in force; each segment begins with it.
    config: Label,
    /// Which run of the program; it marks the lines of the engine itself.
    run: u32,
    seq: u64,
    serial: u64,
    open: Option<Open>,
    /// Lines of the open frame, until its end is on the disk.
    lines: Vec<u8>,
    /// More of them are not kept; bytes.
    keeps: usize,
    began: Option<Time>,
    entries: u64,
    /// Of `lines`, given to the compressor already.
    fed: usize,
    frames: FrameWriter,
    out: Vec<u8>,
    losses: Vec<Loss>,
    lost: u64,
    commands: u64,
}

struct Open {
    file: Box<dyn SegmentFile>,
    began: Time,
    /// Bytes on the disk, and those of whole frames among them.
    length: u64,
    whole: u64,
}

impl JournalWriter {
    /// Writes to `files`, the next segment being number `serial`.
    #[must_use]
    pub fn new(files: Box<dyn Files>, serial: u64, site: Label, config: Label) -> Self {
        Self {
            files,
            site,
            config,
            run: u32::try_from(serial).unwrap_or(u32::MAX),
            seq: 0,
            serial,
            open: None,
            lines: Vec::new(),
            keeps: KEPT,
            began: None,
            entries: 0,
            fed: 0,
            frames: FrameWriter::default(),
            out: Vec::new(),
            losses: Vec::new(),
            lost: 0,
            commands: 0,
        }
    }

    /// The same keeping at most about so many bytes of lines while the disk fails (32 MiB otherwise).
    #[must_use]
    pub const fn keeping(mut self, bytes: usize) -> Self {
        self.keeps = bytes;
        self
    }

    /// What was taken so far goes into segments from number `serial` on; said before anything is written.
    pub fn go_on_from(&mut self, serial: u64) {
        (self.serial, self.run) = (serial, u32::try_from(serial).unwrap_or(u32::MAX));
    }

    /// Takes a note; nothing is written yet.
    pub fn take(&mut self, note: &Note) {
        match note {
            Note::Batch(batch) => {
                for envelope in batch {
                    if self.lines.len() > self.keeps {
                        Loss::count(&mut self.losses, envelope);
                        self.lost = self.lost.saturating_add(1);
                    } else {
                        self.tell_losses();
                        self.line(envelope);
                    }
                }
            }
            Note::Tick(now) => {
                if self.lines.len() <= self.keeps {
                    self.own(Kind::ClockTick, *now);
                }
            }
            Note::Command(command, at) => {
                self.commands = self.commands.saturating_add(1);
                self.own(Kind::Command(command.clone()), *at);
            }
            Note::Lost(losses) => {
                for loss in losses {
                    self.gap(loss);
                }
            }
            Note::Closed(_) | Note::Opened(..) | Note::Changes(_) | Note::Arrivals(_) => {}
        }
    }

    /// Puts all that was taken on the disk, and ends frames and segments that are long enough.
    ///
    /// # Errors
    /// The disk fails. What was taken is kept and tried again at the next flush.
    pub fn flush(&mut self, now: Time) -> io::Result<()> {
        if self.lines.is_empty() && self.open.is_none() {
            return Ok(());
        }
        self.write(now, false).inspect_err(|_why| self.give_up())
    }

    /// Ends frame and segment.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn close(&mut self, now: Time) -> io::Result<()> {
        self.tell_losses();
        if !self.lines.is_empty() {
            self.write(now, true).inspect_err(|_why| self.give_up())?;
        }
        self.open = None;
        Ok(())
    }

    /// Lines that are not on the disk yet.
    #[must_use]
    pub const fn unsaved(&self) -> u64 {
        if self.fed < self.lines.len() { self.entries } else { 0 }
    }

    /// Envelopes that will never be.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Commands brought to the disk since the last time.
    pub const fn take_commands(&mut self) -> u64 {
        std::mem::replace(&mut self.commands, 0)
    }

    fn write(&mut self, now: Time, last: bool) -> io::Result<()> {
        if self.open.is_none() {
            let name = Segment::name(self.serial, now);
            // A number is used once, whatever came of it.
            self.serial = self.serial.saturating_add(1);
            let file = self.files.create(&name)?;
            self.open = Some(Open { file, began: now, length: 0, whole: 0 });
            self.frames.abandon();
            self.fed = 0;
            let mut head = Vec::new();
            let config = Kind::ConfigApplied { hash: self.config.clone() };
            let begins = Envelope {
                feed: FeedId::default(),
                epoch: self.run,
                seq: 0,
                received_at: now,
                event: Event::new(config),
            };
            encode(&begins, self.site.as_str(), &mut head);
            self.frames.write(&head)?;
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        self.out.clear();
        self.frames.write(self.lines.get(self.fed..).unwrap_or_default())?;
        let began = *self.began.get_or_insert(now);
        let ends = last || self.lines.len() >= FRAME_BYTES || now - began >= FRAME || now < began;
        if ends {
            self.frames.finish(&mut self.out)?;
        } else if self.fed < self.lines.len() {
            self.frames.flush(&mut self.out)?;
        }
        if self.out.is_empty() {
            return Ok(());
        }
        open.file.append(&self.out)?;
        open.file.sync()?;
        open.length = open.length.saturating_add(u64::try_from(self.out.len()).unwrap_or(u64::MAX));
        self.fed = self.lines.len();
        if ends {
            open.whole = open.length;
            self.lines.clear();
            (self.entries, self.fed, self.began) = (0, 0, None);
            if open.length >= SEGMENT_BYTES || now - open.began >= SEGMENT || now < open.began {
                self.open = None;
            }
            if self.lines.capacity() > 4 * FRAME_BYTES {
                self.lines.shrink_to(FRAME_BYTES);
            }
        }
        Ok(())
    }

    /// The segment is left as far as its frames are whole; what is not, goes into the next.
    fn give_up(&mut self) {
        if let Some(mut open) = self.open.take() {
            // Where not even that can be done, reading passes over what is there twice.
            let _ = open.file.cut(open.whole);
        }
        self.frames.abandon();
        self.fed = 0;
    }

    fn line(&mut self, envelope: &Envelope) {
        encode(envelope, self.site.as_str(), &mut self.lines);
        self.entries = self.entries.saturating_add(1);
    }

    /// A line of the engine itself.
    fn own(&mut self, kind: Kind, at: Time) {
        self.tell_losses();
        self.seq = self.seq.saturating_add(1);
        let (epoch, seq) = (self.run, self.seq);
        self.line(&Envelope { feed: FeedId::default(), epoch, seq, received_at: at, event: Event::new(kind) });
    }

    fn tell_losses(&mut self) {
        for loss in std::mem::take(&mut self.losses) {
            self.gap(&loss);
        }
    }

    fn gap(&mut self, loss: &Loss) {
        let detail = format!("{} events not kept, from {} to {}", loss.events, loss.from, loss.to);
        let event = Event::new(Kind::Anomaly { what: Anomaly::Gap, detail: Label::new(&detail) });
        let (feed, epoch, seq) = (loss.feed.clone(), loss.epoch, loss.seq);
        self.line(&Envelope { feed, epoch, seq, received_at: loss.from, event });
    }
}

impl std::fmt::Debug for JournalWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JournalWriter").field("serial", &self.serial).finish_non_exhaustive()
    }
}
