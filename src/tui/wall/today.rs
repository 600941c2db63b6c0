//! Calls of today against the usual.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::Span;
use crate::tui::notices;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::widget::curve::{Bin, Bins};
use crate::tui::widget::table::title;

/// Fewest rows it can be read in: title, three of columns, hours.
pub(super) const LEAST: u16 = 5;

/// The tallest the columns become.
const TALLEST: u16 = 26;

/// Draws the panel.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if area.height < LEAST || area.width < 16 {
        return;
    }
    let area = Rect { height: area.height.min(TALLEST), ..area };
    let volume = &scene.snapshot.volume;
    let scale = 5;
    let told = told(scene, area.width).filter(|_| area.height > LEAST);
    let above = u16::from(told.is_some());
    let height = area.height - 2 - above;
    let plot = Rect { x: area.x + scale, y: area.y + 1 + above, width: area.width - scale, height };
    let bins = Bins::of(volume, plot.width);
    let mut said = Strip::new();
    if bins.top() > 0.0 {
        said.push("█ ", scene.style(Role::Curve)).push(scene.t("wall.curve_calls"), scene.style(Role::Muted));
        if !volume.usual_per_minute.is_empty() {
            said.push("  ─ ", scene.style(Role::Usual)).push(scene.t("wall.curve_usual"), scene.style(Role::Muted));
        }
        let per = scene.fill("wall.curve_per", &[("n", &bins.step_min.to_string())]);
        said.push("  ", scene.style(Role::Muted)).push(&per, scene.style(Role::Muted));
    }
    title(buf, area, scene, scene.t("wall.volume"), &said);
    if let Some(told) = told {
        told.draw(buf, area.x, area.y + 1, area.width);
    }
    if bins.top() <= 0.0 {
        put(buf, area.x, plot.y, area.width, scene.t("wall.curve_none"), scene.style(Role::Muted));
        return;
    }
    let targets = scene.ui.targets;
    let style = |bin: &Bin| {
        let ratio = bin.calls.zip(bin.usual).filter(|(_, u)| *u > 0.0).map(|(c, u)| c / u);
        // Few calls are many times few by chance: the columns take the colour of the rule only where they are of size.
        let sized = bin.calls.is_some_and(|c| c >= bins.top() / 8.0);
        let beyond = |limit: Option<f64>| sized && ratio.zip(limit).is_some_and(|(r, l)| r >= l);
        let role = match (beyond(targets.alarm_ratio), beyond(targets.watch_ratio)) {
            (true, _) => Role::Breach,
            (_, true) => Role::Watch,
            _ => Role::Curve,
        };
        let role = if scene.snapshot.all.stale_since.is_some() { Role::Stale } else { role };
        scene.style(role)
    };
    bins.draw(buf, plot, style, scene.style(Role::Usual));
    scale_and_hours(buf, area, plot, scene, &bins);
}

/// What there is to say of the day, as much of it as one line takes.
fn told(scene: &Scene<'_>, room: u16) -> Option<Strip> {
    let all = &scene.snapshot.all;
    let mut said = notices::of_day(scene, all);
    if let Some(known) = all.today.learning.filter(|_| all.today.usual.is_empty()) {
        let values = [("have", &*known.have.to_string()), ("need", &*known.need.to_string())];
        said.push((scene.fill("day.learning_short", &values), Role::Muted));
    }
    said.extend(notices::of_calendars(scene));
    let mut line = Strip::new();
    for (text, role) in said {
        let part = Strip::of(&text, scene.style(role));
        if line.width() == 0 {
            line = part;
        } else if line.width() + 3 + part.width() <= room {
            line.gap(3).join(part);
        }
    }
    (line.width() > 0).then_some(line)
}

/// The number at the top, zero at the bottom, hours below.
fn scale_and_hours(buf: &mut Buffer, area: Rect, plot: Rect, scene: &Scene<'_>, bins: &Bins) {
    let faint = scene.style(Role::Muted);
    Strip::of(&format!("{:.0}", bins.top()), faint).draw_right(buf, plot.x - 1, plot.y, 4);
    Strip::of("0", faint).draw_right(buf, plot.x - 1, plot.bottom() - 1, 4);
    let Some(day) = scene.snapshot.volume.day_start else { return };
    let hours = bins.columns.len() * bins.step_min / 60;
    // As many hours as have room for their names, in even steps.
    let hour_cells = usize::from(bins.cells) * 60 / bins.step_min.max(1);
    let Some(every) = [1, 2, 3, 4, 6, 12].into_iter().find(|n| n * hour_cells >= 8) else { return };
    for hour in (0..=hours).step_by(every) {
        let minutes = i64::try_from(bins.from_min + hour * 60).unwrap_or(0);
        let text = scene.clock(day + Span::from_secs(minutes * 60));
        let Ok(x) = u16::try_from(hour * hour_cells) else { break };
        if plot.x + x + width(&text) <= area.right() {
            put(buf, plot.x + x, plot.bottom(), 5, &text, faint);
        }
    }
}
