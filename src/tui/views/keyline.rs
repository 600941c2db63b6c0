//! The floor's key figures in one line, above the tables.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::{FigureKey, Slot, Window};
use crate::tui::scene::Scene;
use crate::tui::strip::Strip;
use crate::tui::text::capital;
use crate::tui::theme::Role;
use crate::tui::widget::figures::{Shown, label};

const KEYS: [FigureKey; 7] = [
    FigureKey::Waiting,
    FigureKey::LongestWait,
    FigureKey::Ratio,
    FigureKey::ServiceLevel,
    FigureKey::AnswerRate,
    FigureKey::AbandonRate,
    FigureKey::Asa,
];

/// Draws as many figures as have room, in the order of need.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, window: Window) {
    if area.is_empty() {
        return;
    }
    let all = &scene.snapshot.all;
    let muted = scene.style(Role::Muted);
    let mut parts: Vec<Strip> = KEYS
        .iter()
        .map(|key| {
            let mut strip = Strip::of(&label(scene, *key, all, true), muted);
            let shown = Shown::of(scene, all, *key, window);
            let figure = shown.strip(scene);
            strip.gap(1).join(figure);
            strip
        })
        .collect();
    let mut ready = Strip::of(&capital(scene.texts.slot(Slot::Ready)), muted);
    ready.gap(1).push(&scene.snapshot.people.of(Slot::Ready).to_string(), scene.style(Role::Text));
    parts.insert(2, ready);
    let mut x = area.x;
    for part in parts {
        if x + part.width() > area.right() {
            break;
        }
        x += part.draw(buf, x, area.y, area.right() - x) + 3;
    }
}
