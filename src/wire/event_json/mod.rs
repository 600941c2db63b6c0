//! The public JSON form: one object an event, with the words of KPI.md. Senders speak it over a websocket, files and the
//! journal carry it, and [`EVENT_SCHEMA`] describes it field by field.

mod decode;
mod encode;
mod meaning;
mod reader;
mod scan;
mod split;
mod types;
mod wide;

pub use decode::{Decoded, decode};
pub use encode::{encode, encode_public};
pub use types::TYPES;
pub use wide::FIELDS;

pub(super) use decode::{Sink, decode_into};
pub(super) use meaning::Origin;
pub(super) use wide::{Number, Wide};

/// JSON Schema (draft 2020-12) of the form: every type and field, with its unit.
pub const EVENT_SCHEMA: &str = include_str!("../../../assets/schema/event.schema.json");

/// The version of the form, as `v` says it in a journal.
pub const VERSION: u64 = 1;

/// The longest length of time the form carries either way, in seconds (some 31 years).
pub const SECONDS_MAX: f64 = 1e9;
