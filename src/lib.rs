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

/// Events are made by the thread of their source and let go by the engine's: the system's allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
