//! `floorwatch`: the console.

use super::{Context, Failure, Out, Outcome};
use crate::config::require_source;

/// Runs it.
///
/// # Errors
/// The configuration is wrong or names no source; the screens are not available in this build.
pub fn run(context: &Context, out: &mut Out) -> Outcome {
    let request = context.request();
    let settings = context.settings(&request, out)?;
    require_source(&settings, &request)?;
    Err(Failure::not_in_this_build("the console"))
}
