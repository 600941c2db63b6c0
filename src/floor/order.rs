//! Out of order: what makes no sense yet is kept for `feed.reorder` and tried again when its call moves on.

use super::Floor;
use super::Timer;
use super::calls::FeedIx;
use crate::model::{Anomaly, CallId, Evidence, Kind, Time};

/// What became of an event about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Applied.
    Done,
    /// Makes no sense yet; an earlier event may still come.
    NotYet,
    /// Makes no sense; counted.
    Odd(Anomaly),
}

/// An event that waits for an earlier one.
#[derive(Debug)]
pub(super) struct Parked {
    due: Time,
    at: Time,
    evidence: Evidence,
    kind: Kind,
}

/// Beyond this many a feed, the oldest is forced at once: a flood of nonsense must not grow.
const MOST_PARKED: usize = 4096;

impl Floor {
    pub(super) fn park(&mut self, feed: FeedIx, at: Time, evidence: Evidence, kind: &Kind) {
        let due = self.now + self.settings.figures.reorder;
        self.timer(due, Timer::Parked(feed));
        let Some(f) = self.feeds.get_mut(feed as usize) else { return };
        f.parked.push(Parked { due, at, evidence, kind: kind.clone() });
        if f.parked.len() > MOST_PARKED {
            let first = f.parked.remove(0);
            self.force(feed, &first);
        }
    }

    /// After an event of a call was applied, those of the same call that waited may make sense.
    pub(super) fn retry_parked(&mut self, feed: FeedIx, done: &Kind) {
        if self.feeds.get(feed as usize).is_none_or(|f| f.parked.is_empty()) {
            return;
        }
        let Some(call) = call_of(done).cloned() else { return };
        loop {
            let Some(f) = self.feeds.get_mut(feed as usize) else { return };
            let mut mine: Vec<Parked> = Vec::new();
            let mut i = 0;
            while i < f.parked.len() {
                if call_of(&f.parked[i].kind) == Some(&call) {
                    mine.push(f.parked.remove(i));
                } else {
                    i += 1;
                }
            }
            mine.sort_by_key(|p| p.at);
            let mut moved = false;
            for parked in mine {
                match self.call_event(feed, parked.at, parked.evidence, &parked.kind, false) {
                    Outcome::Done => moved = true,
                    Outcome::Odd(what) => self.anomaly(feed, what),
                    Outcome::NotYet => {
                        if let Some(f) = self.feeds.get_mut(feed as usize) {
                            f.parked.push(parked);
                        }
                    }
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Their time is up: applied as far as they make sense, else counted.
    pub(super) fn force_parked(&mut self, feed: FeedIx, due: Time) {
        let Some(f) = self.feeds.get_mut(feed as usize) else { return };
        let (mut mine, rest): (Vec<Parked>, Vec<Parked>) = f.parked.drain(..).partition(|p| p.due <= due);
        f.parked = rest;
        mine.sort_by_key(|p| p.at);
        for parked in mine {
            self.force(feed, &parked);
        }
    }

    fn force(&mut self, feed: FeedIx, parked: &Parked) {
        match self.call_event(feed, parked.at, parked.evidence, &parked.kind, true) {
            Outcome::Done => self.retry_parked(feed, &parked.kind),
            Outcome::NotYet => {
                // Of a call nobody saw begin, it is the middle or end of a life; of a known one it is nonsense.
                let known = call_of(&parked.kind).is_some_and(|id| self.calls.find(feed, id).is_some());
                self.anomaly(feed, if known { Anomaly::OutOfPlace } else { Anomaly::MidLife });
            }
            Outcome::Odd(what) => self.anomaly(feed, what),
        }
    }
}

/// The call an event is about.
fn call_of(kind: &Kind) -> Option<&CallId> {
    match kind {
        Kind::CallJoined { call, .. }
        | Kind::CallRinging { call, .. }
        | Kind::CallNotAnswered { call, .. }
        | Kind::CallAnswered { call, .. }
        | Kind::CallHeld { call, .. }
        | Kind::CallRetrieved { call, .. }
        | Kind::CallTransferred { call, .. }
        | Kind::CallEnded { call, .. }
        | Kind::CallAbandoned { call, .. }
        | Kind::CallExited { call, .. }
        | Kind::CallDialled { call, .. }
        | Kind::CallConnected { call, .. } => Some(call),
        _ => None,
    }
}
