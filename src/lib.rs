//! floorwatch: a real-time contact-center floor monitor for the terminal.

pub mod alert;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod floor;
pub mod locale;
pub mod logging;
pub mod metrics;
pub mod model;
pub mod report;
pub mod roster;
pub mod snapshot;
pub mod source;
pub mod staffing;
pub mod store;
pub mod tui;
pub mod usual;
pub mod wire;
