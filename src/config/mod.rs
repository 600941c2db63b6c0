//! Configuration: the embedded default, the user's file over it, flags over both; all errors at once.
//!
//! `config/default.toml` is layer 0 and the reference documentation: it names every key with its unit and default. The
//! way of a value: text → `tree` (with its place kept) → `merge` → `reader` (known keys, kinds, ranges) →
//! [`Settings`]. What is wrong is collected, never thrown at the first find, so that one run shows it all.

mod alert_rules;
mod aliases;
mod calendars;
mod discipline;
mod env;
mod floor_settings;
mod incident;
mod load;
mod places;
mod problem;
mod queues;
mod reader;
mod report;
mod resolve;
mod secrets;
mod settings;
mod sources;
mod suggest;
mod tree;
mod usual;
mod zone;

pub use calendars::{DayCalendar, Excluded, Like, Names, Planned, SpecialDay, When};
pub use env::Env;
pub use floor_settings::*;
pub use load::{DEFAULT, Override, Request, defaults, load, require_source};
pub use places::{Place, find};
pub use problem::{ConfigErrors, Problem, Warning};
pub use settings::*;
pub use zone::{UnknownZone, time_zone};
