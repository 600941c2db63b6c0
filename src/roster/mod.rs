//! The floor's people and what they were meant to do: shift plan, attendance, floor discipline, whom to move and call in,
//! and the callers lost.

mod attendance;
mod bursts;
mod call_in;
mod discipline;
mod history;
mod lost;
mod marks;
mod movable;
mod plan;
mod plan_csv;
mod rests;
mod view;

pub use attendance::Presence;
pub use bursts::{FloorAlert, FloorAlertKind};
pub use call_in::{CallIn, CalledIn, Place};
pub use discipline::Discipline;
pub use history::{History, PersonNow, Worked};
pub use lost::{LostCaller, LostCallers, LostState, LostTotals};
pub use marks::{Correction, Mark, Rule};
pub use movable::Movable;
pub use plan::{Break, Plan, Planned, Shift};
pub use rests::{Rests, TeamRests};
pub use view::{FloorView, PersonMarks};
