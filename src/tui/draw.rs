//! A frame: a function of snapshot, view state, size and instant.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::Window;
use crate::model::Time;
use crate::snapshot::Snapshot;

use super::charset::finish;
use super::scene::Scene;
use super::theme::Role;
use super::ui::{Ui, View};
use super::{shell, staffing, views, volume, wall};

/// Smaller than this, one big number is all there is room for.
const LEAST: (u16, u16) = (20, 5);

/// Draws the whole screen into a cleared buffer. No size is refused; nothing panics at any.
pub fn view(buf: &mut Buffer, ui: &Ui, snapshot: &Snapshot, now: Time) {
    let area = *buf.area();
    let scene = Scene::new(ui, snapshot, now);
    buf.set_style(area, scene.style(Role::Text));
    if area.width < LEAST.0 || area.height < LEAST.1 {
        wall::tiny(buf, area, &scene);
    } else {
        let body = inside(area);
        let head = Rect { y: area.y, height: 1, ..body };
        let status = Rect { y: area.bottom() - 1, height: 1, ..body };
        shell::head(buf, head, &scene);
        shell::status(buf, status, &scene);
        draw_body(buf, body, &scene);
    }
    finish(buf, ui.charset, ui.depth);
}

/// Between head and status line, with room to breathe where there is room.
fn inside(area: Rect) -> Rect {
    let (above, below) = match area.height {
        0..36 => (1, 1),
        _ => (2, 2),
    };
    let side = match area.width {
        0..60 => 0,
        60..120 => 1,
        _ => 2,
    };
    Rect { x: area.x + side, y: area.y + above, width: area.width - 2 * side, height: area.height - above - below }
}

fn draw_body(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let ui = scene.ui;
    if ui.help {
        return views::help::draw(buf, area, scene);
    }
    if ui.view == View::Wall || ui.wall {
        return wall::draw(buf, area, scene);
    }
    let mut rest = area;
    let mut take = |rows: u16| {
        let rows = rows.min(rest.height);
        let top = Rect { height: rows, ..rest };
        rest.y += rows;
        rest.height -= rows;
        top
    };
    if wall::band_rows(scene, area.height) > 0 {
        wall::line(buf, take(1), scene);
        take(u16::from(area.height >= 18));
    }
    let window = if ui.view == View::Queues { ui.window } else { Window::Min30 };
    if !ui.maximised && area.height >= 12 && matches!(ui.view, View::Queues | View::Agents) {
        views::keyline::draw(buf, take(1), scene, window);
        take(1);
    }
    match ui.view {
        View::Wall => {}
        View::Queues => views::queues::draw(buf, rest, scene),
        View::Agents => views::agents::draw(buf, rest, scene),
        View::Volume => volume::draw(buf, rest, scene),
        View::Staffing => staffing::draw(buf, rest, scene),
        View::Incidents => views::incidents::draw(buf, rest, scene),
        View::Feeds => views::feeds::draw(buf, rest, scene),
    }
}
