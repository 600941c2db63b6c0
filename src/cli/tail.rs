//! `floorwatch tail`: prints what the sources send, as it comes.

use super::{Context, Failure, Out, Outcome};

/// Runs it.
///
/// # Errors
/// It is not available in this build.
pub fn run(_context: &Context, _out: &mut Out) -> Outcome {
    Err(Failure::not_in_this_build("`floorwatch tail`"))
}
