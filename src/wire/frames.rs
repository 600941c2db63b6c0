//! Frames: what is written bit by bit in zstd frames that can each be read alone, and read back past damage.
//!
//! A frame that was flushed can be read up to the flush, whatever happens to the writer afterwards. Each whole frame ends
//! with a checksum.

use std::io::{self, BufRead, Read, Write as _};

use zstd::stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer};
use zstd::stream::write::Encoder;

/// Level of compression: the fastest that is worth it.
const LEVEL: i32 = 3;

/// How a frame begins.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A frame of more compressed bytes than this is not held until its end.
const HELD: usize = 64 << 20;

/// Decompressed bytes given out at once at most.
const PIECE: usize = 64 * 1024;

/// Compresses into frames.
#[derive(Default)]
pub struct FrameWriter {
    encoder: Option<Encoder<'static, Vec<u8>>>,
}

impl FrameWriter {
    /// Adds bytes to the frame, beginning one where none is open. Nothing needs to come out before a flush.
    ///
    /// # Errors
    /// The compressor has no memory.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.encoder.is_none() {
            let mut encoder = Encoder::new(Vec::new(), LEVEL)?;
            encoder.include_checksum(true)?;
            self.encoder = Some(encoder);
        }
        match &mut self.encoder {
            Some(encoder) => encoder.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Appends to `out` all that is needed to read what was written so far.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn flush(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if let Some(encoder) = &mut self.encoder {
            encoder.flush()?;
            out.append(encoder.get_mut());
        }
        Ok(())
    }

    /// Ends the frame, its checksum included; without an open one nothing happens.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if let Some(encoder) = self.encoder.take() {
            out.append(&mut encoder.finish()?);
        }
        Ok(())
    }

    /// Forgets the open frame.
    pub fn abandon(&mut self) {
        self.encoder = None;
    }
}

impl std::fmt::Debug for FrameWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameWriter").field("open", &self.encoder.is_some()).finish()
    }
}

/// Decompresses frames and goes on after a damaged one, of which nothing is given: a line feed stands in its place. A last
/// frame that is cut off gives what was flushed of it. Never fails but for the reader below.
pub struct FrameReader<R> {
    input: R,
    /// Compressed bytes not used up yet.
    held: Vec<u8>,
    /// Where the frame being read begins: damage found at its end may lie anywhere in it, so that the next one is looked
    /// for from here.
    start: usize,
    from: usize,
    ended: bool,
    decoder: Option<Decoder<'static>>,
    /// Decompressed bytes of the frame being read: given out once its checksum was found right, or it is cut off.
    unproved: Vec<u8>,
    /// Decompressed bytes not given out yet.
    ready: Vec<u8>,
    given: usize,
    damaged: u64,
    cut_off: bool,
}

impl<R: Read> FrameReader<R> {
    /// Reads frames from `input`.
    pub const fn new(input: R) -> Self {
        Self {
            input,
            held: Vec::new(),
            start: 0,
            from: 0,
            ended: false,
            decoder: None,
            unproved: Vec::new(),
            ready: Vec::new(),
            given: 0,
            damaged: 0,
            cut_off: false,
        }
    }

    /// Frames that could not be read to their end, the last one not among them.
    #[must_use]
    pub const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Whether the last frame has no end.
    #[must_use]
    pub const fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// Reads on below. False at the end.
    fn fetch(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let gone = if self.decoder.is_some() && self.from - self.start < HELD { self.start } else { self.from };
        self.held.drain(..gone);
        self.from -= gone;
        self.start = 0;
        let end = self.held.len();
        self.held.resize(end + PIECE, 0);
        let n = loop {
            match self.input.read(self.held.get_mut(end..).unwrap_or_default()) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.held.truncate(end + n.as_ref().copied().unwrap_or(0));
        self.ended = n? == 0;
        Ok(!self.ended)
    }

    /// Goes to the next beginning of a frame, where it stands or after. False where there is none.
    fn seek_frame(&mut self) -> io::Result<bool> {
        loop {
            let rest = self.held.get(self.from..).unwrap_or_default();
            if let Some(found) = memchr::memmem::find(rest, &MAGIC) {
                self.from += found;
                return Ok(true);
            }
            // The last bytes may be the beginning of a beginning.
            self.from = self.from.max(self.held.len().saturating_sub(MAGIC.len() - 1));
            if !self.fetch()? {
                self.from = self.held.len();
                return Ok(false);
            }
        }
    }

    /// Decompresses a piece; false at the end of everything.
    fn fill(&mut self) -> io::Result<bool> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() {
            if self.decoder.is_none() {
                if self.from >= self.held.len() && !self.fetch()? {
                    return Ok(false);
                }
                while self.held.len() - self.from < MAGIC.len() && self.fetch()? {}
                if !self.held.get(self.from..).unwrap_or_default().starts_with(&MAGIC) {
                    if !self.seek_frame()? {
                        self.cut_off = true;
                        return Ok(false);
                    }
                    self.lost_one();
                }
                self.start = self.from;
                self.decoder = Some(Decoder::new()?);
            }
            self.step()?;
        }
        Ok(true)
    }

    fn lost_one(&mut self) {
        self.damaged += 1;
        self.ready.push(b'\n');
    }

    fn step(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        let start = self.unproved.len();
        self.unproved.resize(start + PIECE, 0);
        let mut input = InBuffer::around(self.held.get(self.from..).unwrap_or_default());
        let mut output = OutBuffer::around_pos(self.unproved.as_mut_slice(), start);
        let result = decoder.run(&mut input, &mut output);
        let (used, made) = (input.pos(), output.pos());
        self.unproved.truncate(made);
        match result {
            Ok(0) => {
                self.from += used;
                self.decoder = None;
                self.ready.append(&mut self.unproved);
            }
            Ok(_more) => {
                self.from += used;
                if made == start && self.from >= self.held.len() && !self.fetch()? {
                    self.decoder = None;
                    // A frame that wants more than there is, though another begins in it, is damaged: a wrong length has
                    // swallowed the others. Only the last one can be cut off. (No line holds a beginning: it is no UTF-8.)
                    self.from = self.start + 1;
                    if self.seek_frame()? {
                        self.unproved.clear();
                        self.lost_one();
                    } else {
                        self.cut_off = true;
                        self.ready.append(&mut self.unproved);
                    }
                } else if made > HELD {
                    // No frame of ours is so large; it is not waited for.
                    self.ready.append(&mut self.unproved);
                }
            }
            Err(_damaged) => {
                self.decoder = None;
                self.unproved.clear();
                self.from = self.start + 1;
                if self.seek_frame()? {
                    self.lost_one();
                } else {
                    self.cut_off = true;
                }
            }
        }
        Ok(())
    }
}

impl<R: Read> BufRead for FrameReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given >= self.ready.len() {
            self.fill()?;
        }
        Ok(self.ready.get(self.given..).unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        self.given = self.given.saturating_add(n).min(self.ready.len());
    }
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let n = ready.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..n), ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        Ok(n)
    }
}

impl<R> std::fmt::Debug for FrameReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameReader")
            .field("damaged", &self.damaged)
            .field("cut_off", &self.cut_off)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;
    use proptest::prelude::*;

    fn line(n: usize) -> String {
        format!("line {n} {}\n", n.wrapping_mul(2_654_435_761))
    }

    /// Frames of `per` lines, flushed after each line; where each frame ends.
    fn file(lines: usize, per: usize) -> (Vec<u8>, Vec<usize>) {
        let (mut writer, mut out, mut ends) = (FrameWriter::default(), Vec::new(), Vec::new());
        for n in 0..lines {
            writer.write(line(n).as_bytes()).unwrap();
            writer.flush(&mut out).unwrap();
            if n % per == per - 1 {
                writer.finish(&mut out).unwrap();
                ends.push(out.len());
            }
        }
        writer.finish(&mut out).unwrap();
        (out, ends)
    }

    fn read(bytes: &[u8]) -> (String, u64, bool) {
        let mut reader = FrameReader::new(bytes);
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        (String::from_utf8_lossy(&text).into_owned(), reader.damaged(), reader.cut_off())
    }

    #[test]
    fn what_was_written_is_read() {
        let (bytes, _) = file(100, 7);
        let all: String = (0..100).map(line).collect();
        assert_eq!(read(&bytes), (all, 0, false));
        assert_eq!(read(b""), (String::new(), 0, false));
        assert_eq!(read(b"no frame at all"), (String::new(), 0, true));
    }

    #[test]
    fn what_was_flushed_is_read_though_the_frame_never_ended() {
        let (mut writer, mut out) = (FrameWriter::default(), Vec::new());
        writer.write(line(0).as_bytes()).unwrap();
        writer.flush(&mut out).unwrap();
        writer.write(line(1).as_bytes()).unwrap();
        assert_eq!(read(&out), (line(0), 0, true));
    }

    /// Every single bit of the file, one at a time.
    #[test]
    fn no_damaged_bit_costs_more_than_its_frame_or_makes_up_a_line() {
        let (bytes, ends) = file(60, 10);
        let mut wrong = Vec::new();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut hurt_bytes = bytes.clone();
                *hurt_bytes.get_mut(at).unwrap() ^= 1 << bit;
                let hurt = ends.iter().filter(|end| **end <= at).count();
                let last = hurt + 1 == ends.len();
                let (text, damaged, cut_off) = read(&hurt_bytes);
                let absent = |n: &usize| !text.contains(&line(*n));
                let gone: Vec<usize> = (0..60).filter(|n| n / 10 != hurt).filter(absent).collect();
                let made_up: Vec<&str> =
                    text.lines().filter(|l| !l.is_empty() && !(0..60).any(|n| line(n).trim_end() == *l)).collect();
                // The last frame may look cut off, and what was flushed of it has no checksum yet; never silently.
                let told = damaged > 0 || (last && cut_off);
                let silent = !told && (!made_up.is_empty() || (0..60).any(|n| absent(&n)));
                if silent || !gone.is_empty() || (!last && !made_up.is_empty()) {
                    let begun = hurt.checked_sub(1).and_then(|n| ends.get(n)).copied().unwrap_or(0);
                    wrong.push(format!(
                        "byte {at} ({} of frame {hurt}) bit {bit}: damaged {damaged} cut off {cut_off} lost {gone:?} made up {made_up:?}",
                        at - begun
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), bytes.len() * 8, wrong.join("\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn cut_at_any_byte_it_gives_a_beginning(cut in 0.0..1.0f64) {
            let (bytes, _) = file(60, 10);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a small file")]
            let at = (bytes.len() as f64 * cut) as usize;
            let all: String = (0..60).map(line).collect();
            let (text, damaged, _) = read(bytes.get(..at).unwrap());
            prop_assert!(all.starts_with(&text));
            prop_assert_eq!(damaged, 0);
        }

        #[test]
        fn a_damaged_byte_costs_at_most_its_frame(place in any::<prop::sample::Index>(), flip in 1..=255u8) {
            let (mut bytes, ends) = file(60, 10);
            let at = place.index(bytes.len());
            *bytes.get_mut(at).unwrap() ^= flip;
            let hurt = ends.iter().filter(|end| **end <= at).count();
            let (text, ..) = read(&bytes);
            for n in (0..60).filter(|n| n / 10 != hurt) {
                prop_assert!(text.contains(&line(n)), "line {} is lost with frame {}", n, hurt);
            }
            for read in text.lines().filter(|l| !l.is_empty() && hurt + 1 < ends.len()) {
                prop_assert!((0..60).any(|n| line(n).trim_end() == read), "'{}' was never written", read);
            }
        }
    }
}
