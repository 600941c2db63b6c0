//! Reports: the figures of a recording or a span as JSON.

pub mod json;
mod words;

pub use words::Words;
