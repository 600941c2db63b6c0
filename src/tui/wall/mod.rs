//! The wall: read from five metres, no keyboard, one page. No names of people and no numbers of callers, ever.

mod alarm;
mod board;
mod needs;
mod people;
mod tiny;
mod today;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;

pub(super) use alarm::{band, band_rows, line};
pub(super) use tiny::tiny;

/// From this width the queues stand beside the curve.
const SIDE_BY_SIDE: u16 = 110;

/// Draws the wall: what is wrong on top, two rows of figures, people, queues by need, the day's calls.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let mut rest = area;
    let alarm = take(&mut rest, band_rows(scene, area.height));
    band(buf, alarm, scene);

    if !scene.ui.maximised {
        let plan = board::Plan::of(rest, scene);
        board::draw(buf, take(&mut rest, plan.rows()), scene, &plan);
        if plan.airy() {
            take(&mut rest, 1);
        }
    }
    if rest.height >= 2 {
        let rows = people::rows(rest.height);
        people::draw(buf, take(&mut rest, rows), scene);
        if rest.height >= 12 {
            take(&mut rest, 1);
        }
    }
    lower(buf, rest, scene);
}

/// Queues and the day's calls share what is left.
fn lower(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let queues = u16::try_from(scene.snapshot.queues.len()).unwrap_or(u16::MAX);
    if area.width >= SIDE_BY_SIDE && area.height >= today::LEAST {
        let left = area.width * 57 / 100;
        needs::draw(buf, Rect { width: left, ..area }, scene);
        let x = area.x + left + 3;
        today::draw(buf, Rect { x, width: area.right() - x, ..area }, scene);
        return;
    }
    let wanted = queues.saturating_add(2).max(4);
    let curve = area.height.saturating_sub(wanted.min(area.height * 3 / 5));
    if curve > today::LEAST && area.width >= 40 {
        let curve = curve.min(14);
        let top = area.height - curve;
        needs::draw(buf, Rect { height: top - 1, ..area }, scene);
        today::draw(buf, Rect { y: area.y + top, height: curve, ..area }, scene);
    } else {
        needs::draw(buf, area, scene);
    }
}

/// Takes so many rows from the top of an area.
fn take(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    let top = Rect { height: rows, ..*area };
    area.y += rows;
    area.height -= rows;
    top
}
