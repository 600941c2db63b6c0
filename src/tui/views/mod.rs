//! The views beside the wall, one a file.

pub(super) mod agents;
mod agents_floor;
pub(super) mod feeds;
pub(super) mod help;
pub(super) mod incidents;
pub(super) mod keyline;
mod lost;
pub(super) mod queues;

use crate::tui::scene::Scene;
use crate::tui::strip::Strip;
use crate::tui::theme::Role;

/// "137 of 300", where a filter or the height hides rows.
#[must_use]
pub(super) fn shown_of(scene: &Scene<'_>, shown: usize, all: usize) -> Strip {
    let text = if shown == all { all.to_string() } else { format!("{shown} / {all}") };
    Strip::of(&text, scene.style(Role::Muted))
}
