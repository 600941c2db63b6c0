//! How many agents are needed, and what happens if nothing is done. Pure mathematics of queues.
//!
//! Rates are in calls a second, times in seconds, load in erlangs (calls a second × handle time). Handle time is ring +
//! talk + hold + after-call. All functions are total: there is no input that gives NaN or a panic.

mod erlang;
mod measure;
mod need;
mod patience;
mod plan;
mod pools;
mod projection;
mod queue;
mod workload;

pub use erlang::{Wait, erlang_b, erlang_c, waiting};
pub use measure::{Measured, Rate, Told, handle_time, patience_time, present_rate};
pub use need::{Assumptions, Demand, Expected, Goal, MAX_AGENTS, Model, Need, expected, needed};
pub use patience::{MIN_ABANDONS, patience};
pub use plan::{ARRIVE, Basis, HalfNeed, Outlook, Plan};
pub use pools::Pools;
pub use projection::{Level, Point, Projection, Start, project};
pub use workload::{people_to_schedule, workload_agents};
