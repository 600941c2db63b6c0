//! Writes raw captures, in the form [`super::capture`] reads: bytes in zstd frames, and the index of when they came.

use std::io::{self, Write};

use super::capture::Mark;
use super::frames::FrameWriter;
use crate::model::{Span, Time};

/// A frame is ended after this time.
const FRAME: Span = Span::from_secs(10);

/// Writes a capture and its index. What was flushed can be read, whatever happens afterwards.
#[derive(Debug)]
pub struct CaptureWriter<W> {
    bytes: W,
    index: W,
    epoch0: Time,
    offset: u64,
    frames: FrameWriter,
    frame_began: Option<Time>,
    lines: Vec<u8>,
    out: Vec<u8>,
}

impl<W: Write> CaptureWriter<W> {
    /// Begins a capture at an instant, which becomes t = 0.
    pub fn new(bytes: W, index: W, epoch0: Time) -> Self {
        let micros = epoch0.micros();
        let lines =
            format!("# epoch0 {}.{:06}\n", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000)).into_bytes();
        let frames = FrameWriter::default();
        Self { bytes, index, epoch0, offset: 0, frames, frame_began: None, lines, out: Vec::new() }
    }

    /// Bytes of one read.
    ///
    /// # Errors
    /// The compressor has no memory.
    pub fn read(&mut self, at: Time, bytes: &[u8]) -> io::Result<()> {
        self.frames.write(bytes)?;
        self.frame_began.get_or_insert(at);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let (t, offset) = ((at - self.epoch0).micros(), self.offset);
        self.line(format_args!("{t} {offset} {length}"));
        self.offset = self.offset.saturating_add(length);
        Ok(())
    }

    /// A mark between reads.
    pub fn mark(&mut self, at: Time, mark: Mark) {
        let word = match mark {
            Mark::Connect => "connect",
            Mark::Eof => "eof",
            Mark::Refused => "refused",
        };
        let t = (at - self.epoch0).micros();
        self.line(format_args!("# {word} {t}"));
    }

    /// Brings all of it out: first the bytes, then their index, which so never names what is not there.
    ///
    /// # Errors
    /// As writing.
    pub fn flush(&mut self, now: Time) -> io::Result<()> {
        let over = self.frame_began.is_some_and(|began| now - began >= FRAME || now < began);
        self.bring_out(over)
    }

    /// The end of the capture.
    ///
    /// # Errors
    /// As writing.
    pub fn finish(mut self) -> io::Result<()> {
        self.bring_out(true)
    }

    /// Bytes taken so far.
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.offset
    }

    fn bring_out(&mut self, end: bool) -> io::Result<()> {
        self.out.clear();
        if end {
            self.frames.finish(&mut self.out)?;
            self.frame_began = None;
        } else {
            self.frames.flush(&mut self.out)?;
        }
        self.bytes.write_all(&self.out)?;
        self.bytes.flush()?;
        self.index.write_all(&self.lines)?;
        self.index.flush()?;
        self.lines.clear();
        Ok(())
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = writeln!(self.lines, "{text}");
    }
}
