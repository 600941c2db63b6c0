//! Incidents carried to the end: the rules of time as tables, and that what is restored goes on as if it had never stopped.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "incidents/desk.rs"]
mod desk;
#[path = "incidents/restored.rs"]
mod restored;
#[path = "incidents/roster.rs"]
mod roster;
#[path = "incidents/rules.rs"]
mod rules;
