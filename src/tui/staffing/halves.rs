//! Need against have by half-hour: one line each, a bar as long as the need, a mark where those who are here end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::snapshot::{ForecastOf, PoolView};
use crate::staffing::HalfNeed;
use crate::tui::format::percent;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;

/// What the bars mean.
pub(super) fn legend(scene: &Scene<'_>, pool: &PoolView) -> Strip {
    let mut said = Strip::new();
    if pool.plan().halves.is_empty() {
        return said;
    }
    let muted = scene.style(Role::Muted);
    said.push("█ ", scene.style(Role::Curve)).push(scene.t("staffing.covered"), muted);
    said.push("  ▒ ", scene.style(Role::Breach)).push(scene.t("staffing.missing"), muted);
    said.push("  ░ ", scene.style(Role::Faint)).push(scene.t("staffing.spare"), muted);
    said
}

/// Draws the half-hours; what has no room is said.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, pool: &PoolView) {
    if area.is_empty() {
        return;
    }
    let muted = scene.style(Role::Muted);
    let halves = &pool.plan().halves;
    if halves.is_empty() {
        let why = match pool.ahead().0 {
            _ if pool.basis.handle.is_none() => "staffing.no_handle",
            ForecastOf::Nothing => "staffing.no_usual",
            _ => "staffing.day_over",
        };
        for (line, y) in super::words::wrap(scene.t(why), area.width).iter().zip(area.y..area.bottom()) {
            put(buf, area.x, y, area.width, line, muted);
        }
        return;
    }
    let have = pool.have();
    let most = halves.iter().filter_map(|h| h.need).chain([have, 1]).max().unwrap_or(1);
    let [calls, need, level] =
        [scene.t("staffing.calls_short"), scene.t("figure.short.agents_needed"), scene.t("staffing.level")]
            .map(|head| Strip::of(head, muted));
    let (from, gap) = (11, scene.t("figure.short.gap"));
    // Time, calls, need, gap, what those here would make of it, bar.
    let columns = [from + 8, from + 15, from + 22, from + 31];
    let bar = Rect { x: area.x + columns[3] + 2, width: area.width.saturating_sub(columns[3] + 2), ..area };
    put(buf, area.x, area.y, from, scene.t("staffing.half_hour"), muted);
    for (head, right) in [calls, need, Strip::of(gap, muted), level].iter().zip(columns) {
        head.draw_right(buf, area.x + right, area.y, 8);
    }
    let room = usize::from(area.height.saturating_sub(1));
    let cut = halves.len() > room;
    let shown = if cut { room.saturating_sub(1) } else { room };
    for (half, y) in halves.iter().take(shown).zip(area.y + 1..area.bottom()) {
        line(buf, Rect { y, height: 1, ..area }, scene, pool, half, columns);
        draw_bar(buf, Rect { y, height: 1, ..bar }, scene, (half.need.unwrap_or(most), have, most));
    }
    if cut {
        let text = scene.fill("staffing.more_halves", &[("n", &(halves.len() - shown).to_string())]);
        put(buf, area.x, area.bottom() - 1, area.width, &text, muted);
    }
}

fn line(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, pool: &PoolView, half: &HalfNeed, columns: [u16; 4]) {
    let text = scene.style(Role::Text);
    let times = format!("{}–{}", scene.clock(half.from), scene.clock(half.to));
    put(buf, area.x, area.y, width(&times), &times, scene.style(Role::Muted));
    let told = pool.basis.people_told;
    let gap = half.need.filter(|_| told).map(|n| i64::from(n) - i64::from(pool.have()));
    let level = if told { format!("{}%", percent(half.service_level)) } else { "?".to_owned() };
    let need = half.need.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let cells = [
        Strip::of(&format!("{:.0}", half.calls), text),
        Strip::of(&need, scene.style(Role::Strong)),
        super::gap(scene, gap, pool.stale_since.is_some()),
        Strip::of(&level, text),
    ];
    for (cell, right) in cells.iter().zip(columns) {
        cell.draw_right(buf, area.x + right, area.y, 7);
    }
}

/// Need and have of at most `most`, in cells.
fn draw_bar(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, (need, have, most): (u32, u32, u32)) {
    if area.width < 4 {
        return;
    }
    let room = f64::from(area.width);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the width of a screen")]
    let cells = |n: u32| (f64::from(n) / f64::from(most.max(1)) * room).round().clamp(0.0, room) as usize;
    let (need, have) = (cells(need), cells(have));
    let mut strip = Strip::of(&"█".repeat(need.min(have)), scene.style(Role::Curve));
    strip.push(&"▒".repeat(need.saturating_sub(have)), scene.style(Role::Breach));
    strip.push(&"░".repeat(have.saturating_sub(need)), scene.style(Role::Faint));
    strip.draw(buf, area.x, area.y, area.width);
}
