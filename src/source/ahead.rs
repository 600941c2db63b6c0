//! Reading ahead: a recording is decoded in a thread of its own while what came before is worked on.

use std::sync::mpsc::{Receiver, sync_channel};

use super::recording::Recording;
use crate::model::Envelope;

/// So many batches are read ahead at most; then the reading waits.
const BATCHES: usize = 16;

/// Batches of a recording, in its order.
struct Ahead(Receiver<Vec<Envelope>>);

impl Iterator for Ahead {
    type Item = Vec<Envelope>;

    fn next(&mut self) -> Option<Vec<Envelope>> {
        // The reader is gone when it has given all it has.
        self.0.recv().ok()
    }
}

/// The same recording, read ahead. Whoever stops listening stops the reading.
#[must_use]
pub fn read_ahead(batches: Recording) -> Recording {
    let (sender, receiver) = sync_channel(BATCHES);
    // Given over through a channel, so that it is still here where no thread can be had.
    let (hand, take) = sync_channel::<Recording>(1);
    let reader = std::thread::Builder::new().name("recording".to_owned()).spawn(move || {
        let batches = take.recv().into_iter().flatten();
        for batch in batches {
            if sender.send(batch).is_err() {
                return;
            }
        }
    });
    match reader {
        Ok(_) => match hand.send(batches) {
            Ok(()) => Box::new(Ahead(receiver)),
            Err(back) => back.0,
        },
        Err(_) => batches,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, FeedId, Kind, Time};

    fn batch(seq: u64) -> Vec<Envelope> {
        let event = Event::new(Kind::FeedHeartbeat);
        vec![Envelope { feed: FeedId::new("f"), epoch: 1, seq, received_at: Time::from_secs(1), event }]
    }

    /// Says when it is let go.
    struct Tells(std::sync::mpsc::Sender<()>);

    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }

    #[test]
    fn nothing_is_lost_and_the_order_stays() {
        let all: Vec<_> = read_ahead(Box::new((0..1000).map(batch))).flatten().map(|e| e.seq).collect();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn whoever_stops_listening_stops_the_reading() {
        let (told, gone) = std::sync::mpsc::channel();
        let tells = Tells(told);
        let endless = (0..).map(move |seq| {
            let _ = &tells;
            batch(seq)
        });
        assert_eq!(read_ahead(Box::new(endless)).take(3).count(), 3);
        assert!(gone.recv().is_ok(), "the recording was let go");
    }
}
