//! One big number, for the smallest places.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::FigureKey;
use crate::tui::badge::badges;
use crate::tui::charset::Charset;
use crate::tui::digits::SIZES;
use crate::tui::format;
use crate::tui::rows::standing;
use crate::tui::scene::Scene;
use crate::tui::strip::put;
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::widget::figures::{Shown, label};

use super::board::WINDOW;

/// Draws how many wait, or while calls surge how many times the usual, as large as there is room.
pub(crate) fn tiny(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if area.is_empty() {
        return;
    }
    let all = &scene.snapshot.all;
    let surge = standing(scene.newest).iter().any(|i| i.why.is_some());
    let key = if surge { FigureKey::Ratio } else { FigureKey::Waiting };
    let shown = Shown::of(scene, all, key, WINDOW);
    let role = if surge { Role::Breach } else { shown.role(Role::Strong) };
    let style = scene.style(role);
    let word = label(scene, key, all, true);
    let value = format::figure(scene.texts, key.unit(), shown.value);
    let [.., small] = SIZES;
    let figure = shown.large();
    let large = scene.ui.charset == Charset::Unicode && area.height >= 3 && small.cells(&figure) <= area.width;
    let muted = scene.style(Role::Muted);
    let badge = badges(scene).into_iter().next();
    let mut y = area.y;
    if large {
        if area.height >= 4 {
            put(buf, area.x, y, area.width, &word, muted);
            y += 1;
        }
        small.draw(buf, Rect { y, height: area.bottom() - y, ..area }, &figure, style, true);
        let beside = area.x + small.cells(&figure) + 2;
        if area.height == 3 && beside + 4 <= area.right() {
            put(buf, beside, y, area.right() - beside, &word, muted);
        }
        y += small.rows();
    } else if area.height == 1 {
        let room = area.width.saturating_sub(width(&value) + 1);
        let used = if room >= 4 { put(buf, area.x, y, room, &word, muted) + 1 } else { 0 };
        put(buf, area.x + used, y, area.width - used, &value, style);
        y += 1;
    } else {
        put(buf, area.x, y, area.width, &word, muted);
        put(buf, area.x, y + 1, area.width, &value, style);
        y += 2;
    }
    if let Some((text, role)) = badge.filter(|_| y < area.bottom()) {
        put(buf, area.x, y, area.width, &text, scene.style(role));
    }
}
