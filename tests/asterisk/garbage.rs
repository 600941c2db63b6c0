//! Damaged streams: never a panic, always counted.
