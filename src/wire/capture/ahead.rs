//! A reader read ahead of by a thread of its own: decompression goes on beside what is done with the bytes.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

/// Bytes handed over at once at most.
const PIECE: usize = 128 * 1024;
/// Pieces ready at most: the thread waits when so many are not taken.
const READY: usize = 8;

/// What the thread has read, in order.
pub(super) struct Ahead {
    ready: Receiver<io::Result<Vec<u8>>>,
    /// Pieces used up, to be filled again.
    used: Sender<Vec<u8>>,
    piece: Vec<u8>,
    given: usize,
}

/// Reads ahead; as it is where there is no thread to be had.
pub(super) fn ahead<R: Read + Send + 'static>(open: impl Fn() -> io::Result<R>) -> io::Result<Box<dyn Read + Send>> {
    let ((to_ready, ready), (used, from_used)) = (sync_channel(READY), channel());
    let reader = open()?;
    let started =
        thread::Builder::new().name("read ahead".to_owned()).spawn(move || fill(reader, &to_ready, &from_used));
    match started {
        // It ends by itself when nobody takes what it read.
        Ok(_detached) => Ok(Box::new(Ahead { ready, used, piece: Vec::new(), given: 0 })),
        Err(_no_thread) => Ok(Box::new(open()?)),
    }
}

fn fill(mut reader: impl Read, ready: &SyncSender<io::Result<Vec<u8>>>, used: &Receiver<Vec<u8>>) {
    loop {
        let mut piece = used.try_recv().unwrap_or_default();
        piece.resize(PIECE, 0);
        let mut len = 0;
        let outcome = loop {
            let Some(room) = piece.get_mut(len..).filter(|room| !room.is_empty()) else { break Ok(true) };
            match reader.read(room) {
                Ok(0) => break Ok(false),
                Ok(n) => len += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        piece.truncate(len);
        if len > 0 && ready.send(Ok(piece)).is_err() {
            return;
        }
        match outcome {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                // Told after all that could be read, if anybody still listens.
                let _ = ready.send(Err(error));
                return;
            }
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.given == self.piece.len() {
            let Ok(next) = self.ready.recv() else { return Ok(0) };
            // Nobody fills it again where the thread has ended.
            let _ = self.used.send(std::mem::replace(&mut self.piece, next?));
            self.given = 0;
        }
        let n = self.piece.get(self.given..).unwrap_or_default().read(to)?;
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;

    /// Gives its bytes a few at a time, then fails.
    struct Breaks(usize);

    impl Read for Breaks {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let n = self.0.min(to.len()).min(1000);
            to.get_mut(..n).unwrap().fill(b'x');
            self.0 -= n;
            if n == 0 { Err(io::Error::other("broken")) } else { Ok(n) }
        }
    }

    #[test]
    fn all_that_could_be_read_comes_before_what_broke() {
        let mut reader = ahead(|| Ok(Breaks(3 * PIECE + 7))).unwrap();
        let mut bytes = Vec::new();
        let error = reader.read_to_end(&mut bytes).unwrap_err();
        assert_eq!((bytes.len(), error.to_string().as_str()), (3 * PIECE + 7, "broken"));
    }

    #[test]
    fn bytes_come_in_order_and_a_reader_may_stop() {
        let whole: Vec<u8> = (0..5 * PIECE + 3).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let copy = whole.clone();
        let mut reader = ahead(move || Ok(io::Cursor::new(copy.clone()))).unwrap();
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert!(bytes == whole);
        let mut endless = ahead(|| Ok(io::repeat(b'y'))).unwrap();
        let mut some = [0; 10];
        endless.read_exact(&mut some).unwrap();
        assert_eq!(&some, b"yyyyyyyyyy");
    }
}
