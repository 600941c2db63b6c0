#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a failed expectation is a failed test")]
//! Asterisk: captures of a real one, and a server written from the protocol notes.

mod captures;
mod garbage;
mod ledger;
mod live;
mod server;
mod stories;
