//! Reports: the figures of a recording or a span as JSON.

pub mod explain;
pub mod floor;
pub mod json;
mod keys;
mod object;
mod scope_json;
mod spans;
mod words;

pub use object::{Cell, Object};
pub use spans::{Every, Plan, Spans};
pub use words::Words;
