//! The floor's people and what they were meant to do: who is on duty (值班表, sign-in 值班签到, hand-over), shift plan,
//! attendance, floor discipline, whom to move and call in, and the callers lost.
//!
//! Three things are kept apart: 签到 is here, ACD 签入 is the floor's, logging in to the software is nobody's business.

mod attendance;
mod bursts;
mod call_in;
mod check;
mod discipline;
mod duty;
mod history;
mod lost;
mod marks;
mod movable;
mod plan;
mod plan_csv;
mod read;
mod rests;
mod roles;
mod view;

pub use attendance::Presence;
pub use bursts::{FloorAlert, FloorAlertKind};
pub use call_in::{CallIn, CalledIn, Place};
pub use check::{Finding, check};
pub use discipline::Discipline;
pub use duty::{DutyBook, Holders, Roster, Shift as DutyShift, When};
pub use history::{History, PersonNow, Worked};
pub use lost::{LostCaller, LostCallers, LostState, LostTotals};
pub use marks::{Correction, Mark, Rule};
pub use movable::Movable;
pub use plan::{Break, Plan, Planned, Shift};
pub use read::{RosterProblem, read};
pub use rests::{Rests, TeamRests};
pub use roles::{ROLES, name_of, same_person};
pub use view::{FloorView, PersonMarks};
