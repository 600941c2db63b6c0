//! Reports: the figures of a recording or a span as JSON.

pub mod backtest;
pub mod explain;
pub mod floor;
pub mod incident;
pub mod json;
mod keys;
mod object;
mod plans;
mod scope_json;
mod spans;
mod words;

pub use object::{Cell, Object};
pub use plans::Plans;
pub use spans::{Every, Plan, Spans};
pub use words::Words;
