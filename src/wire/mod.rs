//! Wire forms: bytes to the structs of one protocol, and no further. Sources turn them into events.

pub mod ami;
pub mod capture;
pub mod capture_write;
pub mod csv;
pub mod event_json;
pub mod frames;
pub mod journal;
pub mod queue_log;
