//! The simulated center behind `floorwatch demo`: a discrete-event simulation that serves the public event model on a
//! real WebSocket on loopback, so that a demonstration takes the same road as a real feed: server → websocket source →
//! engine → screen.
//!
//! [`Scenario`] says what kind of center it is and what goes wrong; [`Sim`] plays it, seeded and without a clock;
//! [`Feed`] turns it into JSON lines (the hours before, the full state, the live events); [`Server`] paces and serves.

mod draw;
mod feed;
mod json;
mod scenario;
mod server;
mod sim;
mod volume;

pub use feed::{Feed, Greeting};
pub use scenario::{
    Area, Away, Behaviour, Disturbance, DisturbanceKind, Line, Menu, Named, Overflow, ProfileKind, Queue, Redial,
    Scenario, ScenarioError, SiteText, Spread, Team, Text, Weighted,
};
pub use server::{Pace, Server, now_and_here, serve};
pub use sim::{CallReason, Fact, JoinFact, NotReadyReason, Sim, SimEvent, StateFact};
