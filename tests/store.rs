//! What is kept over a restart: the journal, the history, and what becomes of them when something is wrong.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

#[path = "store/arrivals.rs"]
mod arrivals;
#[path = "store/broken.rs"]
mod broken;
#[path = "store/changes.rs"]
mod changes;
#[path = "store/history.rs"]
mod history;
#[path = "store/kill.rs"]
mod kill;
#[path = "store/replies.rs"]
mod replies;
#[path = "store/restart.rs"]
mod restart;
#[path = "store/script.rs"]
mod script;
#[path = "store/trouble.rs"]
mod trouble;
#[path = "store/writing.rs"]
mod writing;
