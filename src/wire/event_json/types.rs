//! The words `type` may have, told apart by their last eight bytes.

/// Every `type` of the form, in the order of the documentation.
pub const TYPES: &[&str] = &[
    "call.joined",
    "call.ringing",
    "call.not_answered",
    "call.answered",
    "call.held",
    "call.retrieved",
    "call.transferred",
    "call.ended",
    "call.abandoned",
    "call.exited",
    "call.dialled",
    "call.connected",
    "call.tagged",
    "agent.signed_in",
    "agent.signed_out",
    "agent.state",
    "agent.joined_queue",
    "agent.left_queue",
    "queue.observed",
    "door.refused",
    "line.state",
    "ivr.count",
    "feed.sync_begin",
    "feed.sync_end",
    "feed.heartbeat",
    "feed.state",
    "feed.offset",
    "feed.anomaly",
    "command.ack",
    "command.note",
    "command.close",
    "command.do",
    "config.applied",
    "clock.tick",
];

macro_rules! types {
    ($($name:ident = $word:literal),+ $(,)?) => {
        /// The types a sender may use.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Type { $($name),+ }

        impl Type {
            const ALL: &[Self] = &[$(Self::$name),+];

            const fn word(self) -> &'static [u8] {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}
types! {
    CallJoined = b"call.joined",
    CallRinging = b"call.ringing",
    CallNotAnswered = b"call.not_answered",
    CallAnswered = b"call.answered",
    CallHeld = b"call.held",
    CallRetrieved = b"call.retrieved",
    CallTransferred = b"call.transferred",
    CallEnded = b"call.ended",
    CallAbandoned = b"call.abandoned",
    CallExited = b"call.exited",
    CallDialled = b"call.dialled",
    CallConnected = b"call.connected",
    CallTagged = b"call.tagged",
    AgentSignedIn = b"agent.signed_in",
    AgentSignedOut = b"agent.signed_out",
    AgentState = b"agent.state",
    AgentJoinedQueue = b"agent.joined_queue",
    AgentLeftQueue = b"agent.left_queue",
    QueueObserved = b"queue.observed",
    DoorRefused = b"door.refused",
    LineState = b"line.state",
    IvrCount = b"ivr.count",
    FeedSyncBegin = b"feed.sync_begin",
    FeedSyncEnd = b"feed.sync_end",
    FeedHeartbeat = b"feed.heartbeat",
}

/// Places of the table: more than twice as many as there are words.
const PLACES: usize = 64;

/// Each word near the place the bits of its end lead to.
static BY_END: [(u64, Option<Type>); PLACES] = {
    let mut table = [(0, None); PLACES];
    let mut i = 0;
    while i < Type::ALL.len() {
        let end = end(Type::ALL[i].word());
        let mut place = place(end);
        while table[place].1.is_some() {
            place = (place + 1) % PLACES;
        }
        table[place] = (end, Some(Type::ALL[i]));
        i += 1;
    }
    table
};

/// The last eight bytes; 0 for fewer, which no word has.
#[inline]
const fn end(bytes: &[u8]) -> u64 {
    match bytes.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => 0,
    }
}

#[inline]
const fn place(end: u64) -> usize {
    (end.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

impl Type {
    /// The type of a word; `None` for one a sender may not use.
    #[inline]
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        let end = end(word);
        let mut place = place(end);
        loop {
            let (there, found) = BY_END.get(place)?;
            let found = (*found)?;
            if *there == end && found.word() == word {
                return Some(found);
            }
            place = (place + 1) % PLACES;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_no_other() {
        for found in Type::ALL {
            assert_eq!(Type::of(found.word()), Some(*found));
            assert!(TYPES.iter().any(|word| word.as_bytes() == found.word()));
        }
        let known = |word: &&&str| Type::ALL.iter().any(|t| t.word() == word.as_bytes());
        for word in TYPES.iter().filter(|word| !known(word)).chain(&["", "x", "answered", "xcall.answered"]) {
            assert_eq!(Type::of(word.as_bytes()), None, "{word}");
        }
    }
}
