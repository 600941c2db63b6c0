//! Figures of KPI.md from events to JSON: a story, and what must be counted of it.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "figures/cuts.rs"]
mod cuts;
#[path = "figures/door.rs"]
mod door;
#[path = "figures/formulas.rs"]
mod formulas;
#[path = "figures/outcomes.rs"]
mod outcomes;
#[path = "figures/people.rs"]
mod people;
#[path = "figures/replayed.rs"]
mod replayed;
#[path = "figures/story.rs"]
mod story;
#[path = "figures/sums.rs"]
mod sums;
#[path = "figures/tables.rs"]
mod tables;
