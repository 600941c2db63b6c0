//! What stands above and below the table of people: who was expected, what waits and rests, whom to move and call in.

use crate::report::Words as _;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::{FigureKey, Slot};
use crate::roster::{CallIn, Mark, Movable, Presence, Rule, TeamRests};
use crate::tui::format;
use crate::tui::scene::Scene;
use crate::tui::strip::Strip;
use crate::tui::theme::Role;
use crate::tui::widget::table::title;

/// From this height whom to move and whom to call in stand below the table.
const TALL: u16 = 30;

/// Draws the lines above the table and the lists below it; what is left is the table's.
pub(super) fn frame(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) -> Rect {
    let mut rest = area;
    let lines = above(scene);
    let lines = lines.iter().filter(|l| !l.is_empty()).take(usize::from(area.height / 5));
    for strip in lines {
        strip.draw(buf, rest.x, rest.y, rest.width);
        rest = Rect { y: rest.y + 1, height: rest.height - 1, ..rest };
    }
    let floor = &scene.snapshot.floor;
    if rest.height < TALL || floor.call_in.is_empty() {
        return rest;
    }
    let most = floor.call_in.len().max(floor.movable.len()).min(8);
    let height = u16::try_from(most).unwrap_or(8) + 1;
    let below = Rect { y: rest.bottom() - height, height, ..rest };
    let half = below.width / 2;
    let left = Rect { width: half.saturating_sub(2), ..below };
    let right = Rect { x: below.x + half, width: below.width - half, ..below };
    list(
        buf,
        left,
        scene,
        scene.t("floor.movable"),
        floor.movable.len(),
        floor.movable.iter().map(|m| one_movable(scene, m)),
    );
    list(
        buf,
        right,
        scene,
        scene.t("floor.call_in"),
        floor.call_in.len(),
        floor.call_in.iter().map(|c| one_call_in(scene, c)),
    );
    Rect { height: rest.height - height - 1, ..rest }
}

fn list(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, name: &str, all: usize, rows: impl Iterator<Item = Strip>) {
    let room = usize::from(area.height.saturating_sub(1));
    let shown = all.min(room);
    let said = if shown == all { all.to_string() } else { format!("{shown} / {all}") };
    title(buf, area, scene, name, &Strip::of(&said, scene.style(Role::Muted)));
    for (row, y) in rows.zip(area.y + 1..area.bottom()) {
        row.draw(buf, area.x, y, area.width);
    }
}

/// Expected and present; then what waits, rests and talks inside; then who of the plan no feed has told of.
fn above(scene: &Scene<'_>) -> [Strip; 3] {
    let floor = &scene.snapshot.floor;
    let expected = if floor.planned { expected(scene, &floor.all) } else { Strip::new() };
    [expected, counts(scene), unseen(scene)]
}

fn pair(strip: &mut Strip, scene: &Scene<'_>, label: &str, value: &str, role: Role) {
    if !strip.is_empty() {
        strip.gap(3);
    }
    strip.push(label, scene.style(Role::Muted)).gap(1).push(value, scene.style(role));
}

fn expected(scene: &Scene<'_>, p: &Presence) -> Strip {
    let mut strip = Strip::new();
    pair(&mut strip, scene, scene.t("floor.expected"), &p.expected.to_string(), Role::Text);
    pair(&mut strip, scene, scene.t("floor.present"), &p.present.to_string(), Role::Text);
    let mut flagged = |key: &'static str, n: u32| {
        let (sign, role) = if n > 0 { ("▲", Role::Watch) } else { ("", Role::Text) };
        pair(&mut strip, scene, scene.t(key), &format!("{sign}{n}"), role);
    };
    flagged("floor.absent", p.absent);
    flagged("floor.late", p.late);
    if p.away > 0 {
        pair(&mut strip, scene, scene.t("floor.away"), &p.away.to_string(), Role::Text);
    }
    if p.unknown > 0 {
        pair(&mut strip, scene, scene.t("floor.unknown"), &format!("?{}", p.unknown), Role::Stale);
    }
    for (key, parts) in [("floor.attendance", p.attendance()), ("floor.adherence", p.adherence())] {
        #[expect(clippy::cast_precision_loss, reason = "people and seconds of a shift")]
        let text = parts.map_or_else(|| "–".to_owned(), |(a, b)| format!("{}%", format::percent(a as f64 / b as f64)));
        pair(&mut strip, scene, scene.t(key), &text, Role::Text);
    }
    strip
}

/// 等待人数、休息人数、内线人数, always; then the rests of each team.
fn counts(scene: &Scene<'_>) -> Strip {
    let snapshot = scene.snapshot;
    let mut strip = Strip::new();
    let waiting = snapshot.all.now.waiting.to_string();
    pair(&mut strip, scene, scene.texts.figure_short(FigureKey::Waiting), &waiting, Role::Text);
    for slot in [Slot::Rest, Slot::TalkInternal] {
        pair(&mut strip, scene, scene.texts.slot(slot), &snapshot.people.of(slot).to_string(), Role::Text);
    }
    for rests in &snapshot.floor.rests {
        strip.gap(3).join(quota(scene, rests));
    }
    strip
}

fn quota(scene: &Scene<'_>, rests: &TeamRests) -> Strip {
    let over = rests.resting > rests.quota;
    let (sign, role) = if over { ("▲", Role::Watch) } else { ("", Role::Text) };
    let (n, of) = (format!("{sign}{}", rests.resting), rests.quota.to_string());
    let mut strip = Strip::of(&scene.fill("floor.quota", &[("team", rests.team.as_str())]), scene.style(Role::Muted));
    strip.gap(1).push(&format!("{n}/{of}"), scene.style(role));
    if !rests.waiting.is_empty() {
        let n = rests.waiting.len().to_string();
        strip.gap(1).push(&scene.fill("floor.wait_rest", &[("n", &n)]), scene.style(Role::Muted));
    }
    strip
}

/// People of the plan who are marked and have no row.
fn unseen(scene: &Scene<'_>) -> Strip {
    let rows: Vec<_> = scene.snapshot.floor.marks.iter().filter(|m| m.feed.is_none()).collect();
    let mut strip = Strip::new();
    for row in rows.iter().take(6) {
        if !strip.is_empty() {
            strip.gap(2);
        }
        let marks = row.marks.iter().map(|m| said(scene, m)).collect::<Vec<_>>().join(" ");
        strip.push("▲ ", scene.style(Role::Watch)).push(row.name.as_str(), scene.style(Role::Text));
        strip.gap(1).push(&marks, scene.style(Role::Watch));
    }
    if rows.len() > 6 {
        strip.gap(2).push(&format!("+{}", rows.len() - 6), scene.style(Role::Muted));
    }
    strip
}

/// Every mark of a row: sign, word and value; a corrected one says so.
pub(super) fn marks(scene: &Scene<'_>, marks: &[Mark]) -> Strip {
    let mut strip = Strip::new();
    for mark in marks {
        if !strip.is_empty() {
            strip.gap(1);
        }
        let (sign, role) = if mark.corrected.is_some() { ("✓", Role::Muted) } else { ("▲", Role::Watch) };
        strip.push(&format!("{sign} {}", said(scene, mark)), scene.style(role));
    }
    strip
}

fn said(scene: &Scene<'_>, mark: &Mark) -> String {
    let word = scene.texts.find(&format!("mark.{}", mark.rule.word())).unwrap_or(mark.rule.word());
    let value = match mark.rule {
        Rule::Occupancy => format!("{}%", format::percent(mark.value)),
        Rule::RestQuota => format!("{:.0}/{:.0}", mark.value, mark.limit),
        _ => format::seconds(scene.texts, mark.value),
    };
    format!("{word} {value}")
}

fn one_movable(scene: &Scene<'_>, m: &Movable) -> Strip {
    let (sign, role) = super::agents::look(m.state);
    let word = m.class.map_or_else(|| scene.texts.state(m.state), |class| scene.texts.class(class));
    let lasted = format::seconds(scene.texts, scene.now.since(m.since).or_zero().secs());
    let mut strip = Strip::of(&format!("{sign} {word} {lasted}"), scene.style(role));
    strip.gap(2).push(m.name.as_str(), scene.style(Role::Text));
    let skills: Vec<&str> = m.skills.iter().map(crate::model::Label::as_str).collect();
    let desk = m.desk.as_ref().map_or("", |d| d.as_str());
    let mut more = vec![skills.join(" "), desk.to_owned()];
    more.push(scene.fill("floor.today", &[("h", &format!("{:.1}", m.today.secs() / 3600.0))]));
    more.retain(|t| !t.is_empty());
    strip.gap(2).push(&more.join(" · "), scene.style(Role::Muted));
    strip
}

fn one_call_in(scene: &Scene<'_>, c: &CallIn) -> Strip {
    let place = scene.texts.find(&format!("place.{}", c.place.word())).unwrap_or(c.place.word());
    let mut strip = Strip::of(place, scene.style(Role::Muted));
    strip.gap(2).push(c.name.as_str(), scene.style(Role::Text));
    let minutes = format!("{:.0}", c.arrives.secs() / 60.0);
    strip.gap(2).push(&scene.fill("floor.takes", &[("n", &minutes)]), scene.style(Role::Text));
    let hours = |span: crate::model::Span| format!("{:.1}", span.secs() / 3600.0);
    let (day, month) = (hours(c.overtime_today), hours(c.overtime_month));
    let text = scene.fill("floor.overtime", &[("day", &day), ("month", &month)]);
    let role = if c.marked() { Role::Watch } else { Role::Muted };
    let sign = if c.marked() { "▲ " } else { "" };
    strip.gap(2).push(&format!("{sign}{text}"), scene.style(role));
    strip
}
