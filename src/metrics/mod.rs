//! Figures: what is counted, over which spans, and how the figures of KPI.md are computed from it.
//!
//! The floor's facts go into [`Metrics`]; a [`Tally`] of any scope and window comes out; figures are computed from a tally
//! when somebody looks.

mod account;
mod agent_figures;
mod calendar;
mod callers;
mod closed;
mod counts;
mod delta;
mod figures;
mod fixed;
mod hours;
mod key;
mod ledger;
mod parts;
mod people;
mod person;
mod rows;
mod spread;
mod turn;
mod value;
mod window;

pub use crate::floor::{Lines, SLOTS, Scope, Slot};
pub use account::Metrics;
pub use agent_figures::AgentTally;
pub use calendar::{Bounds, Calendar};
pub use closed::{Closed, ClosedWith};
pub use counts::{Counts, EXITS};
pub use figures::{Now, Tally, abandon_rate_parts, service_level, service_level_parts};
pub use fixed::Distinct;
pub use key::{FigureKey, Unit};
pub use parts::Parts;
pub use people::SlotTimes;
pub use spread::{Percentiles, Spread};
pub use value::{Unknown, Value};
pub use window::{Part, Window};
