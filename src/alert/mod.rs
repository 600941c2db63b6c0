//! Alerts and incidents: rules with hold and clear, surges against the usual, one incident from first sign to close.

mod board;
mod detail;
mod incident;
pub mod rules;
mod shares;
mod standing;
pub mod surge;
pub mod threshold;
mod view;

pub use board::{Board, FeedReading, ScopeIndex, ScopeReading};
pub use detail::{Before, Moved, SurgeDetail};
pub use incident::*;
pub use view::*;
