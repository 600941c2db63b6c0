//! `floorwatch schema`: the JSON schema of an event.

use super::{Context, Failure, Out, Outcome};

/// Runs it.
///
/// # Errors
/// It is not available in this build.
pub fn run(_context: &Context, _out: &mut Out) -> Outcome {
    Err(Failure::not_in_this_build("`floorwatch schema`"))
}
