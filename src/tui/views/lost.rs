//! Lost callers to call back: a short list below the queues.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::roster::{LostCaller, LostState};
use crate::tui::format;
use crate::tui::scene::Scene;
use crate::tui::strip::Strip;
use crate::tui::theme::Role;
use crate::tui::widget::table::title;

/// Draws the list at the foot of the area where there is anybody to call back and room; what is left is returned.
pub(super) fn foot(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) -> Rect {
    let floor = &scene.snapshot.floor;
    if floor.lost.is_empty() || area.height < 14 || scene.ui.maximised {
        return area;
    }
    let rows = u16::try_from(floor.lost.len()).unwrap_or(u16::MAX).min(if area.height < 24 { 2 } else { 6 });
    let below = Rect { y: area.bottom() - rows - 1, height: rows + 1, ..area };
    let totals = &floor.lost_totals;
    let mut said = Strip::of(
        &scene.fill("lost.unserved", &[("n", &totals.unserved.to_string())]),
        scene.style(if totals.unserved > 0 { Role::Watch } else { Role::Ok }),
    );
    let served = scene.fill("lost.served", &[("n", &totals.served.to_string())]);
    said.push("  ·  ", scene.style(Role::Faint)).push(&served, scene.style(Role::Muted));
    if floor.lost.len() > usize::from(rows) {
        let shown = format!("{rows} / {}", floor.lost.len());
        said.push("  ·  ", scene.style(Role::Faint)).push(&shown, scene.style(Role::Muted));
    }
    title(buf, below, scene, scene.t("lost.title"), &said);
    for (lost, y) in floor.lost.iter().zip(below.y + 1..below.bottom()) {
        row(scene, lost).draw(buf, below.x, y, below.width);
    }
    Rect { height: area.height - rows - 2, ..area }
}

fn row(scene: &Scene<'_>, lost: &LostCaller) -> Strip {
    let (sign, role) = match lost.state {
        LostState::Open => ("▲", Role::Watch),
        LostState::Assigned | LostState::NotReached => ("○", Role::Text),
        LostState::Reached | LostState::Done => ("✓", Role::Ok),
    };
    let word = scene.texts.find(&format!("lost.state.{}", lost.state.word())).unwrap_or(lost.state.word());
    let mut strip = Strip::of(&format!("{sign} {word}"), scene.style(role));
    let who = if lost.masked.is_empty() { lost.key.to_string() } else { lost.masked.to_string() };
    strip.gap(2).push(&scene.clock(lost.last), scene.style(Role::Muted));
    strip.gap(2).push(&who, scene.style(Role::Text));
    strip.gap(2).push(lost.queue.as_str(), scene.style(Role::Muted));
    if lost.times > 1 {
        strip.gap(2).push(&scene.fill("lost.times", &[("n", &lost.times.to_string())]), scene.style(Role::Text));
    }
    let waited = format::seconds(scene.texts, lost.waited.secs());
    strip.gap(2).push(&scene.fill("lost.waited", &[("time", &waited)]), scene.style(Role::Muted));
    if let Some(who) = &lost.assigned {
        strip.gap(2).push(who.as_str(), scene.style(Role::Title));
    }
    strip
}
