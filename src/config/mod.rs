//! Configuration: the embedded default, the user's file over it, flags over both; all errors at once.

mod settings;

pub use settings::*;
