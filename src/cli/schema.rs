//! `floorwatch schema`: the JSON schema of an event.

use super::{Context, ExitCode, Out, Outcome};
use crate::wire::event_json::EVENT_SCHEMA;

/// Prints it.
///
/// # Errors
/// The output cannot be written.
pub fn run(_context: &Context, out: &mut Out) -> Outcome {
    out.line(EVENT_SCHEMA.trim_end())?;
    Ok(ExitCode::Fine)
}
