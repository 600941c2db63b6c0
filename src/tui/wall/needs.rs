//! Queues in order of need, worst on top; what does not fit is folded and said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::{FigureKey, Slot};
use crate::snapshot::ScopeView;
use crate::tui::order::Need;
use crate::tui::scene::Scene;
use crate::tui::status::Status;
use crate::tui::strip::{Strip, put};
use crate::tui::text::{capital, width};
use crate::tui::theme::Role;
use crate::tui::widget::figures::{Shown, label, name};
use crate::tui::widget::table::{Column, Table, title};

use super::board::WINDOW;

/// Figures of a row after the name, and how long each column stays when room is short.
const FIGURES: [(FigureKey, u16, u8); 7] = [
    (FigureKey::Waiting, 5, 250),
    (FigureKey::LongestWait, 6, 240),
    (FigureKey::ServiceLevel, 7, 220),
    (FigureKey::AnswerRate, 7, 200),
    (FigureKey::AbandonRate, 7, 160),
    (FigureKey::Asa, 6, 150),
    (FigureKey::Ratio, 6, 210),
];

/// Draws the panel.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if area.is_empty() {
        return;
    }
    let queues = scene.ui.ordered(scene.snapshot);
    // One line for the title, one for the heads; where there is next to nothing, rows alone.
    let titled = area.height >= 4;
    let room = usize::from(area.height.saturating_sub(if titled { 2 } else { 1 }));
    let (shown, folded) = queues.split_at(room.min(queues.len()));
    let mut table_area = area;
    if titled {
        title(buf, area, scene, scene.t("wall.queues"), &fold_text(scene, folded));
        table_area.y += 1;
        table_area.height -= 1;
    }
    if queues.is_empty() {
        put(buf, table_area.x, table_area.y, table_area.width, scene.t("wall.no_queues"), scene.style(Role::Muted));
        return;
    }
    let Some(first) = queues.first() else { return };
    let mut columns = vec![Column::words("", 10, 255)];
    columns.push(Column::number(&capital(scene.texts.slot(Slot::Ready)), 4, 230));
    for (key, cells, keep) in FIGURES {
        columns.push(Column::number(&label(scene, key, first, true), cells, keep));
    }
    let names = shown.iter().map(|q| width(q.name.as_str())).max().unwrap_or(0) + 12;
    let pitch = if shown.len() * 2 <= room { 2 } else { 1 };
    let rows = shown.iter().map(|q| row(scene, q)).collect();
    Table { columns, rows, chosen: None, first_max: names.max(24), pitch }.draw(buf, table_area, scene);
}

fn row(scene: &Scene<'_>, queue: &ScopeView) -> Vec<Strip> {
    let quiet = Need::of(queue, scene.snapshot, scene.now).quiet();
    let plain = if quiet { Role::Muted } else { Role::Strong };
    let mut cells = vec![name(scene, queue, queue.name.as_str(), plain, WINDOW)];
    let ready = if queue.stale_since.is_some() { Role::Stale } else { Role::Text };
    cells.push(Strip::of(&queue.people.of(Slot::Ready).to_string(), scene.style(ready)));
    for (key, ..) in FIGURES {
        let shown = Shown::of(scene, queue, key, WINDOW);
        let mut cell = shown.strip(scene);
        if quiet && shown.status < Status::Watch && !shown.stale {
            cell = cell.all_in(scene.style(Role::Muted));
        }
        cells.push(cell);
    }
    cells
}

/// What is said of the queues that have no row.
fn fold_text(scene: &Scene<'_>, folded: &[&ScopeView]) -> Strip {
    if folded.is_empty() {
        return Strip::new();
    }
    let waiting: u32 = folded.iter().map(|q| q.now.waiting).sum();
    let quiet = folded.iter().all(|q| Need::of(q, scene.snapshot, scene.now).quiet());
    let (key, role) = match (quiet, waiting) {
        (true, _) => ("wall.folded_quiet", Role::Muted),
        (false, 0) => ("wall.folded_calls", Role::Muted),
        (false, _) => ("wall.folded_waiting", Role::Watch),
    };
    let values = [("n", &*folded.len().to_string()), ("waiting", &*waiting.to_string())];
    Strip::of(&scene.fill(key, &values), scene.style(role))
}
