//! The staffing view: need against have of every pool, and of the chosen one by half-hour to the end of the day.

mod halves;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::FigureKey;
use crate::report::Words as _;
use crate::snapshot::PoolView;
use crate::tui::format::{percent, seconds};
use crate::tui::rows;
use crate::tui::scene::Scene;
use crate::tui::status::Status;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::ui::RowKey;
use crate::tui::widget::table::{Column, Table, title, visible};

/// Two columns side by side from this width on.
const WIDE: u16 = 120;

/// Draws the view.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let pools = rows::pools(scene.ui, scene.snapshot);
    let mut said = super::views::shown_of(scene, pools.len(), scene.snapshot.pools.len());
    if let Some(pool) = pools.first() {
        let as_of = scene.fill("wall.as_of", &[("time", &scene.clock(pool.basis.now))]);
        said.push("  ·  ", scene.style(Role::Faint)).push(&as_of, scene.style(Role::Muted));
    }
    title(buf, area, scene, scene.t("staffing.title"), &said);
    let keys: Vec<RowKey> = pools.iter().filter_map(|p| rows::pool_key(p)).collect();
    let chosen = rows::chosen(scene.ui, &keys);
    let Some(pool) = pools.get(chosen) else {
        let text = if scene.snapshot.pools.is_empty() {
            scene.t("queues.empty").to_owned()
        } else {
            scene.fill("staffing.none_match", &[("text", scene.ui.filter())])
        };
        put(buf, area.x, area.y + 1, area.width, &text, scene.style(Role::Muted));
        return;
    };
    let wanted = u16::try_from(pools.len()).unwrap_or(u16::MAX).saturating_add(1);
    let most = match area.height {
        _ if scene.ui.maximised => 2,
        0..=11 => 2,
        12..=23 => 5,
        _ => area.height / 3,
    };
    let table = Rect { y: area.y + 1, height: wanted.min(most).min(area.height.saturating_sub(1)), ..area };
    list(buf, table, scene, &pools, chosen);
    let y = table.bottom() + u16::from(area.height >= 20);
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if rest.height > 2 {
        detail(buf, rest, scene, pool);
    }
}

fn detail(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, pool: &PoolView) {
    title(buf, area, scene, &name(pool, usize::from(area.width / 2)), &halves::legend(scene, pool));
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if area.width >= WIDE {
        let half = (area.width - 3) / 2;
        halves::draw(buf, Rect { width: half, ..body }, scene, pool);
        let right = Rect { x: body.x + half + 3, width: area.width - half - 3, ..body };
        let used = words::draw(buf, right, scene, pool) + 1;
        let below = Rect { y: right.y + used, height: right.height.saturating_sub(used), ..right };
        words::next_hours(buf, below, scene, pool);
        return;
    }
    // The half-hours that matter most are the next ones; what to do about them comes first.
    let least = body.height.saturating_sub(1).min(6);
    let used = words::draw(buf, Rect { height: body.height - least, ..body }, scene, pool);
    let rest = Rect { y: body.y + used, height: body.height - used, ..body };
    halves::draw(buf, rest, scene, pool);
}

/// The names of a pool's queues, as many as have room, and how many more.
fn name(pool: &PoolView, room: usize) -> String {
    let mut text = String::new();
    for (at, name) in pool.names.iter().enumerate() {
        let next = if text.is_empty() { name.to_string() } else { format!("{text} + {name}") };
        let left = pool.names.len() - at;
        if at > 0 && usize::from(width(&next)) + 4 > room {
            return format!("{text} +{left}");
        }
        text = next;
    }
    text
}

fn list(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, pools: &[&PoolView], chosen: usize) {
    let range = visible(pools.len(), chosen, area.height.saturating_sub(1).max(1));
    let shown = pools.get(range.clone()).unwrap_or_default();
    let names: Vec<String> = shown.iter().map(|p| name(p, usize::from(area.width / 3).clamp(16, 48))).collect();
    let first_max = names.iter().map(|n| width(n)).max().unwrap_or(0).clamp(16, 50);
    let columns = vec![
        Column::words(scene.t("staffing.pool"), 14, 255),
        Column::number(scene.texts.figure_short(FigureKey::AgentsNeeded), 5, 250),
        Column::number(scene.t("staffing.have"), 5, 245),
        Column::number(scene.texts.figure_short(FigureKey::Gap), 6, 254),
        Column::number(scene.t("staffing.level"), 6, 200),
        Column::number(scene.t("staffing.occupancy"), 6, 120),
        Column::number(scene.t("staffing.calls"), 7, 190),
        Column::number(scene.t("staffing.handle"), 6, 180),
        Column::number(scene.t("staffing.patience"), 7, 110),
        Column::number(scene.t("staffing.load"), 6, 100),
        Column::number(scene.texts.figure_short(FigureKey::Waiting), 7, 150),
        Column::words(scene.t("staffing.model"), 8, 130),
    ];
    let rows = shown.iter().zip(names).map(|(pool, name)| row(scene, pool, &name)).collect();
    Table { columns, rows, chosen: Some(chosen - range.start), first_max, pitch: 1 }.draw(buf, area, scene);
}

fn row(scene: &Scene<'_>, pool: &PoolView, name: &str) -> Vec<Strip> {
    let stale = pool.stale_since.is_some();
    let text = scene.style(if stale { Role::Stale } else { Role::Text });
    let plan = pool.plan();
    let unknown = || "?".to_owned();
    let said = |t: String| Strip::of(&t, text);
    let here = plan.here.as_ref();
    let per_half_hour = pool.basis.rate.per_second() * 1800.0;
    let load = plan.now.as_ref().map(|n| n.assumptions.load);
    let model = plan.model().map_or("?", |m| scene.t(words::model(m)));
    vec![
        said(name.to_owned()),
        said(plan.needed().map_or_else(unknown, |n| n.to_string())),
        said(if pool.basis.people_told { pool.have().to_string() } else { unknown() }),
        gap(scene, pool.gap(), stale),
        said(here.map_or_else(|| "–".to_owned(), |e| format!("{}%", percent(e.service_level)))),
        said(here.map_or_else(|| "–".to_owned(), |e| format!("{}%", percent(e.occupancy)))),
        said(format!("{per_half_hour:.0}")),
        said(pool.basis.handle.map_or_else(unknown, |h| seconds(scene.texts, h.span.secs()))),
        said(pool.basis.patience.map_or_else(unknown, |p| seconds(scene.texts, p.span.secs()))),
        said(load.map_or_else(unknown, |a| format!("{a:.1}"))),
        said(pool.basis.waiting.to_string()),
        said(model.to_owned()),
    ]
}

/// A gap with its sign: people missing, or to spare.
fn gap(scene: &Scene<'_>, gap: Option<i64>, stale: bool) -> Strip {
    let Some(gap) = gap else { return Strip::of("?", scene.style(Role::Stale)) };
    let status = match gap {
        1.. => Status::Breach,
        0 => Status::Ok,
        _ => Status::None,
    };
    let role = if stale { Role::Stale } else { status.role() };
    let number = if gap > 0 { format!("+{gap}") } else { gap.to_string() };
    let mut strip = Strip::new();
    if gap > 0 {
        strip.push(status.sign(), scene.style(role)).gap(1);
    }
    strip.push(&number, scene.style(role));
    strip
}
