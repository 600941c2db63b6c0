//! Figures: what is counted, over which spans, and how the figures of KPI.md are computed from it.
//!
//! The floor's facts go into [`Metrics`]; a [`Tally`] of any scope and window comes out; figures are computed from a tally
//! when somebody looks.

mod account;
mod calendar;
mod counts;
mod delta;
mod figures;
mod hours;
mod key;
mod ledger;
mod people;
mod person;
mod value;
mod waits;
mod window;

pub use crate::floor::{SLOTS, Scope, Slot};
pub use account::Metrics;
pub use calendar::{Bounds, Calendar};
pub use counts::{Counts, EXITS};
pub use figures::{Now, Tally, abandon_rate_parts, service_level, service_level_parts};
pub use key::{FigureKey, Unit};
pub use ledger::Closed;
pub use people::SlotTimes;
pub use person::AgentTally;
pub use value::{Unknown, Value};
pub use window::Window;
