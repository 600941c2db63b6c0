//! Asterisk's queues by its manager interface (AMI), Asterisk 12 or later.
//!
//! [`mapper`] turns messages into events and is pure; [`client`] keeps a live session and [`replay`] reads a raw capture,
//! both through the same mapper.

mod callers;
pub mod client;
mod fields;
mod link;
mod listing;
mod login;
pub mod mapper;
mod members;
pub mod replay;
mod state;
mod talks;

pub use mapper::AmiMapper;
