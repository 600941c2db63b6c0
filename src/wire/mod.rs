//! Wire forms: bytes to [`Event`](crate::model::Event)s and back. Nothing here connects to anything.

pub mod event_json;
pub mod journal;
