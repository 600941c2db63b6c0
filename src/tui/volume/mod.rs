//! The volume view: the day of one scope against its usual, and all scopes below it.

mod chart;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::Scope;
use crate::snapshot::{DayView, IncidentView, ScopeView};
use crate::tui::format::{clock, percent, times};
use crate::tui::notices;
use crate::tui::rows;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::ui::RowKey;
use crate::tui::widget::table::{Column, Table, title, visible};

use chart::{Chart, Styles};

/// Cells of the scale's numbers.
const SCALE: u16 = 5;
/// The written rule, where none is configured to draw.
const TWICE: f64 = 2.0;
/// The fewest rows a chart says anything in.
const LEAST: u16 = 5;

/// Draws the view.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let scopes = rows::volumes(scene.ui, scene.snapshot);
    let keys: Vec<RowKey> = scopes.iter().map(|s| RowKey::Queue(s.scope.clone())).collect();
    let chosen = rows::chosen(scene.ui, &keys);
    let Some(scope) = scopes.get(chosen) else {
        title(buf, area, scene, scene.t("volume.title"), &Strip::new());
        let text = scene.fill("queues.none_match", &[("text", scene.ui.filter())]);
        put(buf, area.x, area.y + 1, area.width, &text, scene.style(Role::Muted));
        return;
    };
    let wanted = u16::try_from(scopes.len()).unwrap_or(u16::MAX).saturating_add(1);
    let table = match area.height {
        _ if scene.ui.maximised || scopes.len() < 2 => 0,
        0..=13 => 0,
        14..=23 => wanted.min(5),
        _ => wanted.min(area.height / 3),
    };
    let upper = Rect { height: area.height - table - u16::from(table > 0), ..area };
    day(buf, upper, scene, scope);
    if table > 0 {
        let below = Rect { y: area.bottom() - table, height: table, ..area };
        list(buf, below, scene, &scopes, chosen);
    }
}

/// The chosen scope: title, figures, columns, incidents, hours.
fn day(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, scope: &ScopeView) {
    let day = &scope.today;
    let plot = |above: u16| Rect {
        x: area.x + SCALE,
        y: area.y + above,
        width: area.width.saturating_sub(SCALE),
        height: area.height.saturating_sub(above + 2),
    };
    let alarm = scene.ui.targets.alarm_ratio.unwrap_or(TWICE);
    let chart = Chart::of(day, plot(0).width, alarm);
    let name = if scope.scope == Scope::All { scene.t("queues.all") } else { scope.name.as_str() };
    let head = scene.fill("volume.title_of", &[("name", name)]);
    let free = area.width.saturating_sub(width(&head) + 4);
    let legends = [true, false].map(|words| legend(scene, &chart, day.forecast().is_some().then_some(alarm), words));
    let said = legends.into_iter().find(|l| l.width() <= free).unwrap_or_default();
    title(buf, area, scene, &head, &said);
    let mut y = area.y + 1;
    for line in figures(scene, scope, area.width) {
        if y + LEAST < area.bottom() {
            line.draw(buf, area.x, y, area.width);
            y += 1;
        }
    }
    for line in told(scene, scope, area.width) {
        if y + LEAST < area.bottom() {
            line.draw(buf, area.x, y, area.width);
            y += 1;
        }
    }
    let plot = plot(y - area.y + u16::from(area.height >= 20));
    if chart.is_empty() {
        put(buf, area.x, y, area.width, scene.t("wall.curve_none"), scene.style(Role::Muted));
        return;
    }
    if plot.height < 3 || plot.width < 12 {
        return;
    }
    let targets = scene.ui.targets;
    let stale = scope.stale_since.is_some();
    let bar = |column: &chart::Column, top: f64| {
        let ratio = column.calls.zip(column.usual).filter(|(_, u)| *u > 0.0).map(|(c, u)| c / u);
        // Few calls are many times few by chance: only columns of size take the colour of the rule.
        let sized = column.calls.is_some_and(|c| c >= top / 10.0);
        let beyond = |limit: Option<f64>| sized && ratio.zip(limit).is_some_and(|(r, l)| r >= l);
        scene.style(match (stale, beyond(targets.alarm_ratio), beyond(targets.watch_ratio)) {
            (true, ..) => Role::Stale,
            (_, true, _) => Role::Breach,
            (_, _, true) => Role::Watch,
            _ => Role::Curve,
        })
    };
    let styles = Styles {
        bar,
        usual: scene.style(Role::Usual),
        twice: scene.style(Role::Breach),
        band: scene.style(Role::Faint),
        axis: scene.style(Role::Muted),
    };
    chart.draw(buf, plot, alarm, &styles);
    for (row, number) in chart.scale(plot.height) {
        Strip::of(&number, styles.axis).draw_right(buf, plot.x - 1, plot.y + row, SCALE - 1);
    }
    incidents(buf, plot, scene, &chart, scope);
    for (x, at) in chart.hours() {
        let text = scene.clock(at);
        if plot.x + x + width(&text) <= area.right() {
            put(buf, plot.x + x, plot.bottom() + 1, 5, &text, styles.axis);
        }
    }
}

/// What the signs mean, in words or in short.
fn legend(scene: &Scene<'_>, chart: &Chart, usual: Option<f64>, words: bool) -> Strip {
    let muted = scene.style(Role::Muted);
    let mut said = Strip::new();
    if chart.is_empty() {
        return said;
    }
    let per = scene.fill("wall.curve_per", &[("n", &chart.minutes().to_string())]);
    said.push("█ ", scene.style(Role::Curve)).push(&per, muted);
    if let Some(alarm) = usual {
        said.push("  ─ ", scene.style(Role::Usual)).push(scene.t("wall.curve_usual"), muted);
        let line = if alarm.fract() == 0.0 { format!("{alarm:.0}") } else { times(alarm) };
        let line = if words { scene.fill("volume.line", &[("n", &line)]) } else { format!("{line}×") };
        said.push("  · ", scene.style(Role::Breach)).push(&line, muted);
        said.push("  ░ ", scene.style(Role::Faint))
            .push(scene.t(if words { "volume.band" } else { "volume.band_short" }), muted);
    }
    said
}

/// What the day comes to, in one or two lines.
fn figures(scene: &Scene<'_>, scope: &ScopeView, room: u16) -> Vec<Strip> {
    let (muted, strong, text) = (scene.style(Role::Muted), scene.style(Role::Strong), scene.style(Role::Text));
    let day = &scope.today;
    let Some(f) = day.forecast() else {
        let mut line = Strip::of(scene.t("volume.so_far"), muted);
        let so_far: u64 = day.calls.iter().map(|n| u64::from(*n)).sum();
        line.gap(1).push(&so_far.to_string(), strong).gap(3).push(&unknown(scene, day), scene.style(Role::Watch));
        return vec![line];
    };
    let mut parts = Vec::new();
    let mut part = |label: &str, figure: &str, more: &str| {
        let mut strip = Strip::of(label, muted);
        strip.gap(1).push(figure, strong);
        if !more.is_empty() {
            strip.gap(1).push(more, text);
        }
        parts.push(strip);
    };
    let ratio = if f.usual_so_far >= 1.0 { format!("{}×", times(f.offered / f.usual_so_far)) } else { "–".into() };
    part(scene.t("volume.so_far"), &format!("{:.0}", f.offered), "");
    part(scene.t("volume.usually"), &format!("{:.0}", f.usual_so_far), &ratio);
    part(scene.t("volume.today"), &format!("{}×", times(f.level)), "");
    part(scene.t("volume.forecast"), &format!("{:.0}", f.total), &format!("({:.0}–{:.0})", f.low, f.high));
    if let Some(wape) = f.errors.wape.filter(|_| f.errors.halves > 0) {
        let (inside, of) = (f.errors.inside.to_string(), f.errors.halves.to_string());
        let more = scene.fill("volume.inside", &[("n", &inside), ("of", &of)]);
        part(scene.t("volume.error"), &format!("{}%", percent(wape)), &more);
    }
    let mut lines: Vec<Strip> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + part.width() <= room => drop(line.gap(3).join(part)),
            _ => lines.push(part),
        }
    }
    lines
}

/// What there is to say of the day, as many to a line as fit.
fn told(scene: &Scene<'_>, scope: &ScopeView, room: u16) -> Vec<Strip> {
    let mut lines: Vec<Strip> = Vec::new();
    let said = notices::of_day(scene, scope).into_iter().chain(notices::of_calendars(scene));
    for (text, role) in said {
        let part = Strip::of(&text, scene.style(role));
        match lines.last_mut() {
            Some(line) if line.width() + 3 + part.width() <= room => drop(line.gap(3).join(part)),
            _ => lines.push(part),
        }
    }
    lines
}

/// Why there is no usual.
fn unknown(scene: &Scene<'_>, day: &DayView) -> String {
    match day.learning {
        Some(known) => {
            scene.fill("volume.learning", &[("have", &known.have.to_string()), ("need", &known.need.to_string())])
        }
        None => scene.t("volume.no_usual").to_owned(),
    }
}

/// Incidents below the columns: when opened, how long they stood.
fn incidents(buf: &mut Buffer, plot: Rect, scene: &Scene<'_>, chart: &Chart, scope: &ScopeView) {
    let here = |i: &&IncidentView| scope.scope == Scope::All || i.scope == scope.scope;
    let mut shown: Vec<&IncidentView> = scene.snapshot.incidents.iter().map(AsRef::as_ref).filter(here).collect();
    shown.sort_by_key(|i| i.opened_at);
    for incident in shown {
        let Some(from) = chart.place(incident.opened_at) else { continue };
        let ended = incident.resolved_at.or(incident.closed_at);
        let role = if rows::stands(incident) { Role::Breach } else { Role::Muted };
        let to = chart.place(ended.unwrap_or(scene.now)).unwrap_or(from);
        let y = plot.bottom();
        put(buf, plot.x + from, y, 1, "■", scene.style(role));
        for x in from + 1..=to {
            put(buf, plot.x + x, y, 1, "─", scene.style(role));
        }
        let text = format!("#{} {}", incident.id, clock(&scene.snapshot.zone, incident.opened_at));
        let x = plot.x + to.max(from) + 1;
        if x + width(&text) < plot.right() {
            put(buf, x, y, width(&text), &text, scene.style(role));
        }
    }
}

/// Every scope in a row.
fn list(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, scopes: &[&ScopeView], chosen: usize) {
    let range = visible(scopes.len(), chosen, area.height.saturating_sub(1).max(1));
    let shown = scopes.get(range.clone()).unwrap_or_default();
    let names = shown.iter().map(|q| width(q.name.as_str())).max().unwrap_or(0) + 2;
    let columns = vec![
        Column::words(scene.t("queues.name"), 12, 255),
        Column::number(scene.t("volume.so_far"), 6, 250),
        Column::number(scene.t("volume.usually"), 6, 200),
        Column::number("×", 5, 240),
        Column::number(scene.t("volume.today"), 6, 180),
        Column::number(scene.t("volume.forecast"), 6, 230),
        Column::number(scene.t("volume.band_short"), 11, 190),
        Column::number(scene.t("volume.error"), 6, 100),
        Column::number(scene.t("volume.in_band"), 6, 80),
    ];
    let rows = shown.iter().map(|s| row(scene, s)).collect();
    let first_max = names.clamp(12, 40);
    Table { columns, rows, chosen: Some(chosen - range.start), first_max, pitch: 1 }.draw(buf, area, scene);
}

fn row(scene: &Scene<'_>, scope: &ScopeView) -> Vec<Strip> {
    let all = scope.scope == Scope::All;
    let role = match (scope.stale_since.is_some(), all) {
        (true, _) => Role::Stale,
        (_, true) => Role::Title,
        _ => Role::Text,
    };
    let style = scene.style(role);
    let name = if all { scene.t("queues.all") } else { scope.name.as_str() };
    let so_far: u64 = scope.today.calls.iter().map(|n| u64::from(*n)).sum();
    let mut cells = vec![Strip::of(name, style), Strip::of(&so_far.to_string(), style)];
    let Some(f) = scope.today.forecast() else {
        cells.push(Strip::of("?", scene.style(Role::Stale)));
        return cells;
    };
    let ratio = if f.usual_so_far >= 1.0 { times(f.offered / f.usual_so_far) } else { "–".into() };
    let of = f.errors.halves;
    for text in [
        format!("{:.0}", f.usual_so_far),
        ratio,
        format!("{}×", times(f.level)),
        format!("{:.0}", f.total),
        format!("{:.0}–{:.0}", f.low, f.high),
        f.errors.wape.map_or_else(|| "–".to_owned(), |w| format!("{}%", percent(w))),
        if of > 0 { format!("{}/{of}", f.errors.inside) } else { "–".to_owned() },
    ] {
        cells.push(Strip::of(&text, style));
    }
    cells
}
