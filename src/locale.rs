//! Texts of the product in its languages, and the choice between them.
//!
//! The files of `assets/locales` are part of the program. A key is flat and dotted; a text may hold `{name}`, filled in
//! by [`Texts::fill`]. Both files have the same keys and the same names in them (`tests/locales.rs`).

mod choice;
mod texts;

pub use choice::{Environment, choose, parse_lang, utf8};
pub use texts::Texts;
