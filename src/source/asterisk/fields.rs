//! Finding headers fast: messages of one shape have the same keys in the same places, so each key is looked for once a
//! shape.

use crate::model::Time;
use crate::wire::ami::Message;
use crate::wire::capture::seconds;
use std::borrow::Cow;
use std::sync::Arc;

macro_rules! fields {
    ($($field:ident = $key:literal),+ $(,)?) => {
        /// A header the mapper reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field { $($field),+ }

        impl Field {
            const KEYS: &'static [&'static str] = &[$($key),+];
        }
    };
}

fields! {
    Uniqueid = "Uniqueid", DestUniqueid = "DestUniqueid", Linkedid = "Linkedid", Queue = "Queue",
    Interface = "Interface", Location = "Location", MemberName = "MemberName", Name = "Name",
    StateInterface = "StateInterface", Membership = "Membership", Status = "Status", Paused = "Paused",
    PausedReason = "PausedReason", LastPause = "LastPause", InCall = "InCall", Wrapuptime = "Wrapuptime",
    HoldTime = "HoldTime", RingTime = "RingTime", Reason = "Reason", Count = "Count", Position = "Position",
    Priority = "Priority", CallerIdNum = "CallerIDNum", Context = "Context", Exten = "Exten", Channel = "Channel",
    Cause = "Cause", Variable = "Variable", Value = "Value", Application = "Application", AppData = "AppData",
    DialStatus = "DialStatus", Result = "Result", TransfererUniqueid = "TransfererUniqueid",
    TransfereeUniqueid = "TransfereeUniqueid", Extension = "Extension",
    OrigTransfererUniqueid = "OrigTransfererUniqueid", TargetNum = "TransferTargetCallerIDNum",
    ConsultedNum = "OrigTransfererConnectedLineNum", ActionId = "ActionID", Calls = "Calls", Wait = "Wait",
    EventList = "EventList", Text = "Message", Uptime = "Uptime", Agent = "Agent", TalkTime = "TalkTime",
}

const FIELDS: usize = Field::KEYS.len();

macro_rules! types {
    ($($variant:ident = $($name:literal)|+),+ $(,)?) => {
        /// An event by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Type { $($variant,)+ Response, Ignored, Unknown }

        impl Type {
            /// Of an event's name. Names of other subsystems are none of our business; a queue's or agent's name that
            /// is not known is unknown.
            pub(super) fn of(name: &[u8]) -> Self {
                match name {
                    $($($name)|+ => Self::$variant,)+
                    b"QueueMemberPenalty" | b"QueueMemberRinginuse" | b"QueueSummary" | b"QueueSummaryComplete"
                    | b"QueueRule" | b"QueueRuleComplete" | b"QueueRulesComplete" | b"Agents" | b"AgentsComplete" => {
                        Self::Ignored
                    }
                    _ if name.starts_with(b"Queue") || name.starts_with(b"Agent") => Self::Unknown,
                    _ => Self::Ignored,
                }
            }
        }
    };
}

types! {
    VarSet = b"VarSet", Newexten = b"Newexten", Hangup = b"Hangup", HangupRequest = b"HangupRequest",
    SoftHangup = b"SoftHangupRequest", DialEnd = b"DialEnd", Join = b"QueueCallerJoin",
    Leave = b"QueueCallerLeave", Abandon = b"QueueCallerAbandon", Called = b"AgentCalled",
    Connect = b"AgentConnect", Complete = b"AgentComplete", NoAnswer = b"AgentRingNoAnswer", Dump = b"AgentDump",
    MemberStatus = b"QueueMemberStatus", MemberPause = b"QueueMemberPause" | b"QueueMemberPaused",
    MemberAdded = b"QueueMemberAdded", MemberRemoved = b"QueueMemberRemoved", Params = b"QueueParams",
    Member = b"QueueMember", Entry = b"QueueEntry", StatusComplete = b"QueueStatusComplete", Hold = b"Hold",
    Unhold = b"Unhold", Blind = b"BlindTransfer", Attended = b"AttendedTransfer", Booted = b"FullyBooted",
    Shutdown = b"Shutdown", Reload = b"Reload", PoolLogin = b"AgentLogin", PoolLogoff = b"AgentLogoff",
}

const TIMESTAMP: &str = "Timestamp";
const PRIVILEGE: &str = "Privilege";

/// A header was not looked for yet, or there is none.
const UNKNOWN: u8 = u8::MAX;
const NONE: u8 = u8::MAX - 1;

/// What is known of the messages of each shape, of one decoder.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    of: Option<Arc<()>>,
    /// Where each shape is known, by its number; 0 where nothing is.
    index: Vec<u16>,
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    look: Look,
    places: [u8; FIELDS],
}

/// What a message is by its first look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) kind: Type,
    stamp: u8,
    /// Whether the second line tells the class of an event.
    classed: bool,
    /// In [`Shapes::known`], from 1; 0 where it is looked at anew each time.
    known: u16,
}

impl Look {
    /// The source's time stamp, one of the first headers where there is one.
    pub(super) fn stamp(self, message: &Message<'_>) -> Option<Time> {
        if self.stamp == NONE {
            return None;
        }
        seconds(message.value(usize::from(self.stamp), TIMESTAMP.len())?)
    }

    /// The classes of events it belongs to.
    pub(super) fn classes<'m>(self, message: &Message<'m>) -> Option<&'m [u8]> {
        if self.classed { message.value(1, PRIVILEGE.len()) } else { None }
    }
}

impl Shapes {
    /// What a message is.
    pub(super) fn look(&mut self, message: &Message<'_>) -> Look {
        let Some(shape) = message.shape() else { return Look::of(message).0 };
        if !self.of.as_ref().is_some_and(|of| shape.is_of(of)) {
            *self = Self { of: Some(shape.mark()), ..Self::default() };
        }
        let number = usize::from(shape.number());
        if let Some(known @ 1..) = self.index.get(number).copied()
            && let Some(known) = self.known.get(usize::from(known) - 1)
        {
            return known.look;
        }
        let (mut look, lasting) = Look::of(message);
        if lasting {
            look.known = u16::try_from(self.known.len() + 1).unwrap_or(0);
            self.known.push(Known { look, places: [UNKNOWN; FIELDS] });
            if self.index.len() <= number {
                self.index.resize(number + 1, 0);
            }
            if let Some(known) = self.index.get_mut(number) {
                *known = look.known;
            }
        }
        look
    }

    pub(super) fn reader<'p, 'm>(&'p mut self, look: Look, message: Message<'m>) -> Reader<'p, 'm> {
        let known = usize::from(look.known).checked_sub(1).and_then(|at| self.known.get_mut(at));
        Reader { places: known.map(|k| &mut k.places), message, text: None }
    }
}

impl Look {
    /// Looks at a message; whether the answer holds for all of its shape: the first line decides, or no line does.
    fn of(message: &Message<'_>) -> (Self, bool) {
        let first = message.at(0, "Event");
        let (kind, lasting) = match first.or_else(|| message.event()) {
            Some(name) => (Type::of(name), first.is_some()),
            None if message.response().is_some() => (Type::Response, true),
            None => (Type::Ignored, true),
        };
        let stamp = (2..5).find(|place| message.at(usize::from(*place), TIMESTAMP).is_some()).unwrap_or(NONE);
        let classed = message.at(1, PRIVILEGE).is_some();
        (Self { kind, stamp, classed, known: 0 }, lasting)
    }
}

/// A message, and where its headers are.
pub(super) struct Reader<'p, 'm> {
    places: Option<&'p mut [u8; FIELDS]>,
    message: Message<'m>,
    /// All of it as text, empty where it is none: looked at once, not header by header.
    text: Option<&'m str>,
}

impl<'m> Reader<'_, 'm> {
    /// The header's bytes.
    pub(super) fn bytes(&mut self, field: Field) -> Option<&'m [u8]> {
        let (at, key) = self.place(field)?;
        self.message.value(at, key)
    }

    /// The header's text; empty where there is none.
    pub(super) fn text(&mut self, field: Field) -> Cow<'m, str> {
        let Some((at, key)) = self.place(field) else { return Cow::Borrowed("") };
        let message = self.message;
        let whole = *self.text.get_or_insert_with(|| std::str::from_utf8(message.whole()).unwrap_or_default());
        match message.span(at, key).and_then(|span| whole.get(span)) {
            Some(text) => Cow::Borrowed(text),
            None => String::from_utf8_lossy(message.value(at, key).unwrap_or_default()),
        }
    }

    /// Where a header is, and how long its key.
    fn place(&mut self, field: Field) -> Option<(usize, usize)> {
        let key = Field::KEYS.get(field as usize)?;
        let place = self.places.as_mut().and_then(|p| p.get_mut(field as usize));
        match place.as_deref() {
            Some(&NONE) => None,
            Some(&UNKNOWN) | None => {
                let found = self.message.find(key).map(|(at, _)| at);
                if let Some(place) = place {
                    let short = |at: usize| u8::try_from(at).ok().filter(|at| *at < NONE).unwrap_or(UNKNOWN);
                    *place = found.map_or(NONE, short);
                }
                Some((found?, key.len()))
            }
            Some(&at) => Some((usize::from(at), key.len())),
        }
    }

    /// A whole number.
    pub(super) fn number(&mut self, field: Field) -> Option<i64> {
        let value = self.bytes(field)?;
        // Nearly all are one to three digits.
        if !value.is_empty() && value.len() <= 9 && value.iter().all(u8::is_ascii_digit) {
            return Some(value.iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0')));
        }
        std::str::from_utf8(value).ok()?.trim().parse().ok()
    }

    /// `1`, `yes` or `true`.
    pub(super) fn flag(&mut self, field: Field) -> bool {
        matches!(self.bytes(field), Some(b"1" | b"yes" | b"Yes" | b"true" | b"True"))
    }
}

/// The source's time stamp; see [`Look::stamp`].
pub(super) fn stamp(message: &Message<'_>) -> Option<Time> {
    Look::of(message).0.stamp(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ami::{Decoder, Frame};

    /// What the mapper would read of each message, all looked at through the same shapes.
    fn read(streams: &[&[u8]]) -> Vec<(Type, Option<Time>, String, Option<i64>)> {
        let (mut shapes, mut out) = (Shapes::default(), Vec::new());
        for stream in streams {
            let mut decoder = Decoder::new();
            decoder.feed(stream);
            while let Some(frame) = decoder.next_frame() {
                let Frame::Message(message) = frame else { continue };
                let look = shapes.look(&message);
                let mut reader = shapes.reader(look, message);
                let (queue, count) = (reader.text(Field::Queue).into_owned(), reader.number(Field::Count));
                out.push((look.kind, look.stamp(&message), queue, count));
            }
        }
        out
    }

    #[test]
    fn headers_are_found_in_messages_of_any_shape_and_decoder() {
        let stamped =
            b"Event: QueueCallerJoin\r\nPrivilege: agent,all\r\nTimestamp: 12.5\r\nQueue: a\r\nCount: 2\r\n\r\n\
            Event: QueueCallerJoin\r\nPrivilege: agent,all\r\nTimestamp: 13\r\nQueue: b\xff\r\nCount: x\r\n\r\n";
        let bare = b"Event: Hold\r\nCOUNT: 7\r\nqueue: b\r\n\r\nEvent: Hold\r\nQueue: Gr\xc3\xbcn\r\n\r\n\
            Response: Success\r\nqueue:c\r\nevent: Hold\r\n\r\nResponse: Success\r\nqueue:d\r\nevent: Hangup\r\n\r\n";
        let join = |at: i64, queue: &str, count| (Type::Join, Some(Time::from_micros(at)), queue.to_owned(), count);
        let plain = |kind, queue: &str, count| (kind, None, queue.to_owned(), count);
        assert_eq!(
            read(&[stamped, bare, stamped]),
            [
                join(12_500_000, "a", Some(2)),
                join(13_000_000, "b\u{fffd}", None),
                plain(Type::Hold, "b", Some(7)),
                plain(Type::Hold, "Grün", None),
                plain(Type::Hold, "c", None),
                plain(Type::Hangup, "d", None),
                join(12_500_000, "a", Some(2)),
                join(13_000_000, "b\u{fffd}", None),
            ]
        );
    }
}
