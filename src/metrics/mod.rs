//! Figures: what is counted, over which spans, and how the figures of KPI.md are computed from it.

mod counts;
mod figures;
mod key;
mod people;
mod scope;
mod value;
mod window;

pub use counts::{Counts, EXITS};
pub use figures::{Now, Tally, service_level, service_level_parts};
pub use key::{FigureKey, Unit};
pub use people::{SLOTS, Slot, SlotTimes};
pub use scope::Scope;
pub use value::{Unknown, Value};
pub use window::Window;
