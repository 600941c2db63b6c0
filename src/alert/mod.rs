//! Alerts and incidents: rules with hold and clear, surges against the usual, one incident from first sign to close.

mod view;

pub use view::*;
