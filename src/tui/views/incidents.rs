//! Incidents: the list, and of the chosen one what was counted, who has it and what happened.

use crate::report::Words as _;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::alert::{IncidentState, IncidentView, SurgeWhy, TimelineEntry};
use crate::metrics::Window;
use crate::report::backtest::detail_parts;
use crate::report::incident::{Line, Mark, Reading};
use crate::roster::same_person;
use crate::tui::format;
use crate::tui::rows;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;
use crate::tui::widget::table::{Column, Table, title, visible};

use super::shown_of;

/// From this width the chosen incident stands beside the list.
const BESIDE: u16 = 110;

/// Draws the view.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    // Incidents break through a held picture.
    let snapshot = scene.newest;
    let incidents = rows::incidents(scene.ui, snapshot);
    let keys = rows::keys(scene.ui, snapshot);
    let chosen = rows::chosen(scene.ui, &keys);
    let Some(incident) = incidents.get(chosen) else {
        title(buf, area, scene, scene.t("incidents.title"), &Strip::new());
        let text = if snapshot.incidents.is_empty() {
            scene.t("incidents.empty").to_owned()
        } else {
            scene.fill("incidents.none_match", &[("text", scene.ui.filter())])
        };
        put(buf, area.x, area.y + 1, area.width, &text, scene.style(Role::Muted));
        return;
    };
    if scene.ui.maximised {
        detail(buf, area, scene, incident);
        return;
    }
    let (list_area, detail_area) = if area.width >= BESIDE {
        let left = area.width * 48 / 100;
        let x = area.x + left + 3;
        (Rect { width: left, ..area }, Rect { x, width: area.right() - x, ..area })
    } else {
        let rows = u16::try_from(incidents.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height * 2 / 5).max(3);
        let rows = rows.min(area.height);
        let below = rows.saturating_add(1).min(area.height);
        (Rect { height: rows, ..area }, Rect { y: area.y + below, height: area.height - below, ..area })
    };
    list(buf, list_area, scene, &incidents, chosen);
    if detail_area.height >= 3 {
        detail(buf, detail_area, scene, incident);
    }
}

fn list(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, incidents: &[&IncidentView], chosen: usize) {
    let mut said = shown_of(scene, incidents.len(), scene.newest.incidents.len());
    let card = scene.newest.duty.scorecard;
    if card.raised > 0 {
        let values = [card.raised, card.real, card.false_alarms].map(|n| n.to_string());
        let [raised, real, false_alarms] = values.each_ref().map(String::as_str);
        let text = scene.fill("sheet.scorecard", &[("raised", raised), ("real", real), ("false", false_alarms)]);
        let mut with = Strip::of(&text, scene.style(Role::Muted));
        with.gap(2).join(said);
        said = with;
    }
    title(buf, area, scene, scene.t("incidents.title"), &said);
    let table = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let range = visible(incidents.len(), chosen, table.height.saturating_sub(1).max(1));
    let shown = incidents.get(range.clone()).unwrap_or_default();
    let columns = vec![
        Column::words(scene.t("incidents.name"), 12, 255),
        Column::words(scene.t("incidents.kind"), 14, 200),
        Column::words(scene.t("incidents.state"), 9, 240),
        Column::number(scene.t("incidents.peak"), 5, 180),
        Column::number(scene.t("incidents.opened"), 5, 230),
        Column::number(scene.t("incidents.lasted"), 8, 160),
        Column::number(scene.t("incidents.number"), 4, 220),
    ];
    let names = shown.iter().map(|i| width(i.name.as_str())).max().unwrap_or(0) + 2;
    let rows = shown.iter().map(|i| row(scene, i)).collect();
    let chosen = Some(chosen.saturating_sub(range.start));
    Table { columns, rows, chosen, first_max: names.max(16), pitch: 1 }.draw(buf, table, scene);
}

/// Sign and role of where an incident stands.
const fn look(state: IncidentState) -> (&'static str, Role) {
    match state {
        IncidentState::Open => ("■", Role::Breach),
        IncidentState::Acknowledged => ("▲", Role::Watch),
        IncidentState::Resolved => ("✓", Role::Ok),
        IncidentState::Closed => ("·", Role::Muted),
    }
}

fn row(scene: &Scene<'_>, incident: &IncidentView) -> Vec<Strip> {
    let (sign, role) = look(incident.state);
    let text = scene.style(if rows::stands(incident) { Role::Text } else { Role::Muted });
    let peak =
        if incident.peak_ratio > 0.0 { format!("{}×", format::times(incident.peak_ratio)) } else { "–".into() };
    let (name, kind) = if may_read(scene, incident) {
        let kind = reading(scene).kind(incident);
        (incident.name.as_str(), kind)
    } else {
        (scene.t("sheet.restricted"), String::new())
    };
    vec![
        Strip::of(name, text),
        Strip::of(&kind, text),
        Strip::of(&format!("{sign} {}", scene.texts.incident(incident.state)), scene.style(role)),
        Strip::of(&peak, text),
        Strip::of(&scene.clock(incident.opened_at), text),
        Strip::of(&lasted(scene, incident), text),
        Strip::of(&format!("#{}", incident.id), scene.style(Role::Muted)),
    ]
}

fn lasted(scene: &Scene<'_>, incident: &IncidentView) -> String {
    let end = incident.resolved_at.or(incident.closed_at).unwrap_or(scene.live_now);
    format::age(scene.texts, end.since(incident.opened_at))
}

/// Everything about one incident.
fn detail(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, incident: &IncidentView) {
    let reading = reading(scene);
    let (sign, role) = look(incident.state);
    let said = Strip::of(&format!("{sign} {}", scene.texts.incident(incident.state)), scene.style(role));
    if !may_read(scene, incident) {
        title(buf, area, scene, &format!("#{}", incident.id), &said);
        put(buf, area.x, area.y + 1, area.width, scene.t("sheet.restricted"), scene.style(Role::Muted));
        return;
    }
    title(buf, area, scene, &format!("#{}  {}", incident.id, reading.title(incident)), &said);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if scene.ui.maximised {
        return whole(buf, below, scene, incident);
    }
    let mut lines = facts(scene, incident);
    lines.extend(said_of(scene, &reading.carried(incident), area.width));
    lines.push(Strip::new());
    lines.push(Strip::of(scene.t("incidents.timeline"), scene.style(Role::Title)));
    let entries: Vec<Strip> = incident.timeline.iter().flat_map(|e| entry(scene, e, area.width)).collect();
    // What happened last is what counts: the oldest entries make room.
    let room = usize::from(below.height);
    let free = room.saturating_sub(lines.len()).max(room / 2);
    lines.truncate(room.saturating_sub(entries.len().min(free)));
    let skipped = entries.len().saturating_sub(room.saturating_sub(lines.len()));
    for (strip, y) in lines.iter().chain(entries.iter().skip(skipped)).zip(below.top()..below.bottom()) {
        strip.draw(buf, area.x, y, area.width);
    }
}

/// The whole of it: facts, checklist, clocks and what was done, and the timeline beside it or below. It scrolls.
fn whole(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, incident: &IncidentView) {
    let beside = area.width >= BESIDE;
    let left = if beside { area.width * 60 / 100 } else { area.width };
    let mut lines = facts(scene, incident);
    for section in reading(scene).sections(incident) {
        lines.push(Strip::new());
        lines.push(Strip::of(&section.title, scene.style(Role::Title)));
        lines.extend(said_of(scene, &section.lines, left));
    }
    lines.push(Strip::new());
    lines.push(Strip::of(scene.t("sheet.first_report"), scene.style(Role::Title)));
    let all = &scene.newest.all;
    let counts = all.tally(Window::Min30).counts;
    let lost = counts.abandoned + counts.short_abandoned;
    for said in reading(scene).first_report(incident, all.now.waiting, lost) {
        lines.extend(wrap(&said, left).iter().map(|row| Strip::of(row, scene.style(Role::Text))));
    }
    let x = if beside { area.x + left + 3 } else { area.x };
    let column = Rect { x, width: area.right().saturating_sub(x), ..area };
    let mut entries = vec![Strip::of(scene.t("incidents.timeline"), scene.style(Role::Title))];
    entries.extend(incident.timeline.iter().flat_map(|e| entry(scene, e, column.width)));
    if beside {
        let skipped = entries.len().saturating_sub(usize::from(area.height));
        for (strip, y) in entries.iter().skip(skipped).zip(area.top()..area.bottom()) {
            strip.draw(buf, column.x, y, column.width);
        }
    } else {
        lines.push(Strip::new());
        lines.extend(entries);
    }
    // Where not all have room, the last row says how many more there are.
    let height = usize::from(area.height);
    let room = if lines.len() > height { height.saturating_sub(1) } else { height };
    let top = scene.ui.detail_top.min(lines.len().saturating_sub(room));
    for (strip, y) in lines.iter().skip(top).take(room).zip(area.top()..area.bottom()) {
        strip.draw(buf, area.x, y, left);
    }
    let more = lines.len().saturating_sub(top + room);
    if more > 0 && area.height > 0 {
        let text = scene.fill("help.more", &[("n", &more.to_string())]);
        Strip::of(&text, scene.style(Role::Muted)).draw(buf, area.x, area.bottom() - 1, left);
    }
}

/// Lines of a section: the label, and beside it the text in as many rows as it takes.
fn said_of(scene: &Scene<'_>, lines: &[Line], room: u16) -> Vec<Strip> {
    let label_cells = lines.iter().map(|l| width(&l.label)).max().unwrap_or(0).min(room / 3);
    let mut strips = Vec::new();
    for line in lines {
        let role = match line.mark {
            Mark::Plain => Role::Text,
            Mark::Done => Role::Ok,
            Mark::Soon => Role::Watch,
            Mark::Late => Role::Breach,
        };
        let mut label = line.label.as_str();
        for row in wrap(&line.text, room.saturating_sub(label_cells + 2)) {
            let mut strip = Strip::new();
            let shown = crate::tui::text::cut(label, label_cells);
            strip.push(&shown, scene.style(Role::Muted));
            strip.gap(usize::from(label_cells.saturating_sub(width(&shown)) + 2)).push(&row, scene.style(role));
            strips.push(strip);
            label = "";
        }
    }
    strips
}

fn reading<'s>(scene: &'s Scene<'_>) -> Reading<'s> {
    Reading { texts: scene.texts, zone: &scene.newest.zone, now: scene.live_now }
}

/// Whether who looks may read it: some playbooks are for few.
fn may_read(scene: &Scene<'_>, incident: &IncidentView) -> bool {
    incident.plan.readers.as_ref().is_none_or(|readers| readers.iter().any(|r| same_person(r, &scene.ui.user)))
}

/// Label and value lines.
fn facts(scene: &Scene<'_>, incident: &IncidentView) -> Vec<Strip> {
    let over = !rows::stands(incident);
    let mut facts: Vec<(&str, Strip)> = Vec::new();
    let text = |t: &str| Strip::of(t, scene.style(Role::Text));
    let owner = match &incident.owner {
        Some((name, since)) => {
            let values = [("name", name.as_str()), ("time", &*scene.clock(*since))];
            text(&scene.fill("alarm.taken_by", &values))
        }
        None if over => text(scene.t("incidents.none")),
        None => {
            let mut strip = Strip::of(scene.t("alarm.nobody"), scene.style(Role::Breach));
            strip.gap(2).push(scene.t("incidents.ack_hint"), scene.style(Role::Key));
            strip
        }
    };
    // Where it is told with role and time left, once is enough.
    if incident.plan.owner.is_none() {
        facts.push((scene.t("incidents.owner"), owner));
    }
    let mut opened = scene.clock(incident.opened_at);
    opened = format!("{opened}  {}", scene.fill("alarm.for", &[("age", &lasted(scene, incident))]));
    facts.push((scene.t("incidents.opened"), text(&opened)));
    if let Some(onset) = incident.why_raised.and_then(|w| w.onset) {
        facts.push((scene.t("incidents.onset"), text(&scene.clock(onset))));
    }
    if let Some(why) = &incident.why_raised {
        facts.push((scene.t("incidents.raised"), text(&counted(scene, why))));
    }
    if let Some(why) = &incident.why {
        let label = if over { "incidents.ended" } else { "incidents.now" };
        facts.push((scene.t(label), text(&counted(scene, why))));
        if why.written_rule {
            facts.push(("", Strip::of(scene.t("alarm.rule"), scene.style(Role::Watch))));
        }
        if let Some(callers) = why.different_callers {
            facts.push(("", text(&scene.fill("alarm.callers", &[("n", &callers.to_string())]))));
        }
    }
    if let Some(detail) = &incident.detail {
        let mut label = scene.t("incidents.from");
        for part in detail_parts(detail, scene.texts) {
            facts.push((label, text(&part)));
            label = "";
        }
    }
    if incident.peak_ratio > 0.0 {
        let ratio = format::times(incident.peak_ratio);
        facts.push((scene.t("incidents.peak"), text(&scene.fill("alarm.ratio", &[("ratio", &ratio)]))));
    }
    if let Some(at) = incident.resolved_at {
        facts.push((scene.texts.incident(IncidentState::Resolved), text(&scene.clock(at))));
    }
    if let Some(at) = incident.closed_at {
        facts.push((scene.texts.incident(IncidentState::Closed), text(&scene.clock(at))));
    }
    let labels = facts.iter().map(|(l, _)| width(l)).max().unwrap_or(0);
    let pair = |(label, value): (&str, Strip)| {
        let mut strip = Strip::of(label, scene.style(Role::Muted));
        strip.gap(usize::from(labels - width(label) + 2)).join(value);
        strip
    };
    facts.into_iter().map(pair).collect()
}

fn counted(scene: &Scene<'_>, why: &SurgeWhy) -> String {
    let values = [
        ("offered", &*format!("{:.0}", why.offered)),
        ("usual", &*format!("{:.0}", why.usual)),
        ("span", &*format::length(scene.texts, why.span)),
    ];
    let ratio = scene.fill("alarm.ratio", &[("ratio", &format::times(why.ratio()))]);
    format!("{ratio}  {}", scene.fill("alarm.counts", &values))
}

/// One entry: time, what, who, and the text of a note below it as far as it goes.
fn entry(scene: &Scene<'_>, entry: &TimelineEntry, room: u16) -> Vec<Strip> {
    let key = format!("timeline.{}", entry.what);
    let what = scene.texts.find(&key).unwrap_or(entry.what);
    let role = match entry.what {
        "alarm" | "returned" | "worsened" | "lapsed" | "nobody" => Role::Breach,
        "watch" | "told" => Role::Watch,
        "resolved" | "acknowledged" | "renewed" => Role::Ok,
        _ => Role::Text,
    };
    let mut first = Strip::of(&format::clock_seconds(&scene.newest.zone, entry.at), scene.style(Role::Muted));
    first.gap(2).push(what, scene.style(role));
    let detail = reading(scene).detail(entry);
    if !detail.is_empty() {
        first.gap(2).push(&detail, scene.style(Role::Text));
    }
    if let Some(by) = &entry.by {
        first.gap(2).push(by.as_str(), scene.style(Role::Title));
    }
    if let Some(why) = &entry.why {
        first.gap(2).push(&counted(scene, why), scene.style(Role::Muted));
    }
    let mut lines = vec![first];
    if let Some(text) = &entry.text {
        let note = scene.style(Role::Text);
        lines.extend(wrap(text.as_str(), room.saturating_sub(10)).iter().map(|line| {
            let mut strip = Strip::new();
            strip.gap(10).push(line, note);
            strip
        }));
    }
    lines
}
