//! floorwatch: a real-time contact-center floor monitor for the terminal.

pub mod alert;
pub mod config;
pub mod engine;
pub mod locale;
pub mod metrics;
pub mod model;
pub mod snapshot;
pub mod source;
pub mod tui;
