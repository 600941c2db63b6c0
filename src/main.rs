//! The `floorwatch` command.

fn main() {}
