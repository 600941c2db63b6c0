//! floorwatch: a real-time contact-center floor monitor for the terminal.
//!
//! One direction, from socket to screen; a module uses only modules to its left:
//!
//! ```text
//! model config clock locale logging → wire → source → floor → metrics → usual → staffing → alert → snapshot
//!   → engine → report → tui → cli app
//! ```
//!
//! Each arrow is one type: bytes → wire struct → [`model::Event`] → [`floor::Floor`] → figures ([`metrics::Tally`]) →
//! alerts and incidents ([`alert::Board`]) → [`snapshot::Snapshot`] → frame. Front ends know only [`engine::Backend`].
//!
//! - The middle, floor to snapshot, is pure: no IO, no clock; time is an argument. It cannot fail: what does not fit is
//!   counted by kind ([`model::Anomaly`]) and shown. `tests/architecture.rs` checks every path of the source for this.
//! - A recording gives the same figures, alerts and incidents at any speed: alerts run on each event and each whole
//!   second of event time ([`engine::Core`]).
//! - One owner: the engine alone changes the floor; everyone else holds an `Arc<Snapshot>`.
//! - Live, replayed and simulated floors are all sources; the console cannot tell them apart but for the badge.
//! - Text from outside is cleaned once, in the constructors of [`model`]. A caller is a keyed hash.
//!
//! [`app`] puts the parts together.

pub mod alert;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod floor;
pub mod locale;
pub mod logging;
pub mod metrics;
pub mod model;
pub mod report;
pub mod snapshot;
pub mod source;
pub mod staffing;
pub mod tui;
pub mod usual;
pub mod wire;
