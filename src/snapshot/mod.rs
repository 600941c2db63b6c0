//! The immutable view of the floor that everyone but the engine holds.
//!
//! Rows are behind an `Arc` each, so that a new snapshot shares what did not change. Figures are computed from a row's
//! sums when somebody looks at them ([`ScopeView::figure`]).

mod day;
mod pool;
pub mod privacy;
mod views;

pub use crate::alert::{
    AlertKind, AlertView, Before, DutyView, IncidentState, IncidentView, Level, Moved, SurgeDetail, SurgeWhy,
    TimelineEntry,
};
pub use crate::metrics::{AgentTally, Scope};
pub use day::DayView;
pub use pool::{AT_WORK, ForecastOf, PoolView};
pub use views::*;
