//! `floorwatch demo`: a simulated floor.

use clap::Args;

use super::{Context, Failure, Out, Outcome};

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Scenario: a name of those shipped, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "weekday")]
    pub scenario: String,
    /// Seed of everything random in it; the same seed gives the same floor
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Runs it.
///
/// # Errors
/// It is not available in this build.
pub fn run(_args: &DemoArgs, _context: &Context, _out: &mut Out) -> Outcome {
    Err(Failure::not_in_this_build("`floorwatch demo`"))
}
