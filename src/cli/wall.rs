//! `floorwatch wall`: the wall display over the configured sources. No keys, no names.

use super::{Context, Out, Outcome, console, screen};

/// Runs it.
///
/// # Errors
/// As the console.
pub fn run(context: &Context, out: &mut Out) -> Outcome {
    console::with_face(screen::Face::Wall, context, out)
}
