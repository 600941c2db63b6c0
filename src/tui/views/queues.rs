//! The table of queues, with all of them together on top.

use crate::report::Words as _;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::{FigureKey, Scope, Slot};
use crate::snapshot::ScopeView;
use crate::tui::rows;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::{capital, width};
use crate::tui::theme::Role;
use crate::tui::widget::figures::{Shown, label, name};
use crate::tui::widget::table::{Column, Table, title, visible};

use super::shown_of;

/// Columns after the name: figure, cells, how long it stays when room is short.
const FIGURES: [(FigureKey, u16, u8); 16] = [
    (FigureKey::Waiting, 5, 250),
    (FigureKey::WaitingOver, 5, 120),
    (FigureKey::LongestWait, 7, 240),
    (FigureKey::ServiceLevel, 7, 230),
    (FigureKey::AnswerRate, 7, 200),
    (FigureKey::AbandonRate, 7, 190),
    (FigureKey::Asa, 6, 180),
    (FigureKey::Ratio, 6, 210),
    (FigureKey::Offered, 6, 170),
    (FigureKey::Answered, 6, 160),
    (FigureKey::Abandoned, 6, 110),
    (FigureKey::Exited, 6, 90),
    (FigureKey::Aht, 6, 150),
    (FigureKey::Att, 6, 80),
    (FigureKey::Occupancy, 7, 130),
    (FigureKey::Redials, 6, 70),
];

/// Draws the view.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let snapshot = scene.snapshot;
    let queues = rows::queues(scene.ui, snapshot, scene.now);
    let mut said = shown_of(scene, queues.len(), snapshot.queues.len());
    let order = rows::order_name(rows::order(scene.ui), scene.texts);
    let order = scene
        .fill("sort.by", &[("name", order.as_str())])
        .replace("{n}", &snapshot.all.rules.within.whole_secs().to_string());
    said.push("  ·  ", scene.style(Role::Faint)).push(&order, scene.style(Role::Muted));
    said.push("  ·  ", scene.style(Role::Faint)).push(scene.texts.window(scene.ui.window), scene.style(Role::Title));
    if let Some(since) = snapshot.all.stale_since {
        let as_of = scene.fill("wall.as_of", &[("time", &scene.clock(since))]);
        said.push("  ·  ", scene.style(Role::Faint)).push(&as_of, scene.style(Role::Watch));
    }
    title(buf, area, scene, scene.t("queues.title"), &said);
    let table = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let table = super::lost::foot(buf, table, scene);
    if queues.is_empty() {
        let text = if snapshot.queues.is_empty() {
            scene.t("queues.empty").to_owned()
        } else {
            scene.fill("queues.none_match", &[("text", scene.ui.filter())])
        };
        put(buf, table.x, table.y, table.width, &text, scene.style(Role::Muted));
        return;
    }
    let keys = rows::keys(scene.ui, snapshot);
    let chosen = rows::chosen(scene.ui, &keys);
    // Head, then all of them together, then groups where there is room for them, then queues.
    let mut fixed: Vec<&ScopeView> = vec![&snapshot.all];
    if usize::from(table.height) >= snapshot.groups.len() * 2 + 8 {
        fixed.extend(snapshot.groups.iter().map(AsRef::as_ref));
    }
    let room = table.height.saturating_sub(1).saturating_sub(u16::try_from(fixed.len()).unwrap_or(u16::MAX));
    let range = visible(queues.len(), chosen, room.max(1));
    let shown = queues.get(range.clone()).unwrap_or_default();
    let names = shown.iter().map(|q| width(q.name.as_str())).max().unwrap_or(0) + 9;
    let mut columns = vec![Column::words(scene.t("queues.name"), 12, 255)];
    columns.push(Column::words(scene.t("queues.group"), 10, 60));
    columns.push(Column::number(&capital(scene.texts.slot(Slot::Ready)), 4, 235));
    for (key, cells, keep) in FIGURES {
        columns.push(Column::number(&label(scene, key, &snapshot.all, true), cells, keep));
    }
    let all_rows = fixed.iter().map(|s| row(scene, s, true)).chain(shown.iter().map(|q| row(scene, q, false)));
    let chosen = Some(chosen.saturating_sub(range.start) + fixed.len());
    Table { columns, rows: all_rows.collect(), chosen, first_max: names.max(24), pitch: 1 }.draw(buf, table, scene);
}

fn row(scene: &Scene<'_>, queue: &ScopeView, together: bool) -> Vec<Strip> {
    let stale = queue.stale_since.is_some();
    let role = match (stale, together) {
        (true, _) => Role::Stale,
        (_, true) => Role::Title,
        _ => Role::Text,
    };
    let text = if queue.scope == Scope::All { scene.t("queues.all") } else { queue.name.as_str() };
    let name = name(scene, queue, text, role, scene.ui.window);
    let group = queue.group.as_ref().map_or("", |g| g.as_str());
    let mut cells = vec![name, Strip::of(group, scene.style(Role::Muted))];
    cells.push(Strip::of(&queue.people.of(Slot::Ready).to_string(), scene.style(role)));
    for (key, ..) in FIGURES {
        let shown = Shown::of(scene, queue, key, scene.ui.window);
        let mut cell = shown.strip(scene);
        if key == FigureKey::Waiting && queue.now.waiting_again > 0 {
            let again = scene.fill("queues.again", &[("n", &queue.now.waiting_again.to_string())]);
            cell.push(&again, scene.style(Role::Muted));
        }
        if key == FigureKey::Waiting && queue.now.ghosts > 0 {
            cell.push(&format!("?{}", queue.now.ghosts), scene.style(Role::Stale));
        }
        cells.push(cell);
    }
    cells
}
