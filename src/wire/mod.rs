//! Wire forms: bytes to structs, without meaning. Nothing here knows what a queue is.

pub mod ami;
pub mod capture;
