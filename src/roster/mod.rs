//! Who is on duty: roles, the duty roster 值班表, sign-in 值班签到 and hand-over.
//!
//! Three things are kept apart: 签到 is here, ACD 签入 is the floor's, logging in to the software is nobody's business.

mod check;
mod duty;
mod read;
mod roles;

pub use check::{Finding, check};
pub use duty::{DutyBook, Holders, Roster, Shift, When};
pub use read::{RosterProblem, read};
pub use roles::{ROLES, name_of, same_person};
