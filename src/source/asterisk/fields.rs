//! Finding headers fast: an event of one type has its headers in the same places nearly always, so each is looked for
//! where it was last.

use crate::model::Time;
use crate::wire::ami::Message;
use crate::wire::capture::seconds;
use std::borrow::Cow;

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

const TYPES: usize = Type::Unknown as usize + 1;

/// Where each header was last, by type of event.
#[derive(Clone, Debug)]
pub(super) struct Places {
    last: Box<[[u8; FIELDS]; TYPES]>,
}

impl Default for Places {
    fn default() -> Self {
        Self { last: Box::new([[0; FIELDS]; TYPES]) }
    }
}

/// A message with the places its headers were last.
pub(super) struct Reader<'p, 'm> {
    places: &'p mut [u8; FIELDS],
    message: Message<'m>,
}

impl Places {
    pub(super) fn reader<'p, 'm>(&'p mut self, kind: Type, message: Message<'m>) -> Option<Reader<'p, 'm>> {
        Some(Reader { places: self.last.get_mut(kind as usize)?, message })
    }
}

impl<'m> Reader<'_, 'm> {
    /// The header's bytes.
    pub(super) fn bytes(&mut self, field: Field) -> Option<&'m [u8]> {
        let key = Field::KEYS.get(field as usize)?;
        let place = self.places.get_mut(field as usize)?;
        if let Some(value) = self.message.at(usize::from(*place), key) {
            return Some(value);
        }
        let (found, value) = self.message.find(key)?;
        *place = u8::try_from(found).unwrap_or(0);
        Some(value)
    }

    /// The header's text; empty where there is none.
    pub(super) fn text(&mut self, field: Field) -> Cow<'m, str> {
        self.bytes(field).map_or(Cow::Borrowed(""), String::from_utf8_lossy)
    }

    /// A whole number.
    pub(super) fn number(&mut self, field: Field) -> Option<i64> {
        std::str::from_utf8(self.bytes(field)?).ok()?.trim().parse().ok()
    }

    /// `1`, `yes` or `true`.
    pub(super) fn flag(&mut self, field: Field) -> bool {
        matches!(self.bytes(field), Some(b"1" | b"yes" | b"Yes" | b"true" | b"True"))
    }
}

/// The source's time stamp, one of the first headers where there is one.
pub(super) fn stamp(message: &Message<'_>) -> Option<Time> {
    let value = (2..5).find_map(|place| message.at(place, "Timestamp"))?;
    seconds(std::str::from_utf8(value).ok()?)
}
