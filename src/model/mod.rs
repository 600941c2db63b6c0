//! The vocabulary: ids, time, calls, agents and the event every source speaks.
//!
//! Nothing here knows where an event came from. Text from outside is cleaned once, in the constructors of this
//! module, so that no later code can put a control character on a screen or into a file.

mod agent;
pub(crate) mod call;
mod caller;
mod command;
mod event;
mod floor_command;
mod ids;
pub(crate) mod record;
mod text;
mod time;

pub use agent::{AgentState, Direction, ReasonClass, STATES};
pub(crate) use call::words;
pub use call::{Cause, EndedBy, ExitWhy, LineState, MissWhy, RefusedWhy, TransferKind};
pub use caller::{Caller, CallerHasher, CallerKey};
pub use command::{AnnouncementStep, Command, MeasureStage, Readers, StepState, Verdict};
pub use event::{
    AgentStateEvent, Anomaly, Envelope, Event, Evidence, FeedState, IvrCount, JoinDetail, Kind, StateMore, Tags,
};
pub use floor_command::{FloorAct, FloorCommand};
pub use ids::{AgentId, CallId, EventId, FeedId, Label, Note, QueueId};
pub use record::Fields;
pub use text::{clean, clean_line};
pub use time::{ParseTimeError, Span, Time};
