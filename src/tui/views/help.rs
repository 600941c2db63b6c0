//! Keys by what they do, straight from the keymap, and the signs of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::AgentState;
use crate::tui::action::Action;
use crate::tui::keymap::keys_of;
use crate::tui::rows::matches;
use crate::tui::scene::Scene;
use crate::tui::shell::key_text;
use crate::tui::status::Status;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::widget::table::title;

use super::agents::look;

/// Draws the help over the whole body.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    title(buf, area, scene, scene.t("help.title"), &Strip::of(scene.t("help.hint"), scene.style(Role::Muted)));
    let entries = entries(scene);
    let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if entries.is_empty() {
        let text = scene.fill("help.none_match", &[("text", scene.ui.filter())]);
        put(buf, rest.x, rest.y, rest.width, &text, scene.style(Role::Muted));
        return;
    }
    let keys = entries.iter().map(|(k, _)| width(k)).max().unwrap_or(0);
    let cell = entries.iter().map(|(_, t)| width(t)).max().unwrap_or(0) + keys + 6;
    let strips: Vec<Strip> = entries
        .iter()
        .map(|(key, text)| {
            let mut strip = Strip::of(key, scene.style(Role::Key));
            strip.gap(usize::from(keys - width(key) + 2)).push(text, scene.style(Role::Text));
            strip
        })
        .collect();
    let used = grid(buf, rest, scene, cell, &strips);
    let below = Rect { y: rest.y + used, height: rest.height - used, ..rest };
    if scene.ui.filter().is_empty() {
        flow(buf, below, scene, &signs(scene));
    }
}

/// Entries column by column, from the page asked for; what does not fit is said. Returns the rows used.
fn grid(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, cell: u16, entries: &[Strip]) -> u16 {
    let columns = usize::from((area.width / cell.max(1)).max(1));
    let height = usize::from(area.height).max(1);
    let rows = entries.len().div_ceil(columns).min(height);
    // Where not all have room, the last line says how many are left.
    let paged = entries.len() > rows * columns;
    let rows = if paged { rows.saturating_sub(1).max(1) } else { rows };
    let page = rows * columns;
    let top = if paged { scene.ui.help_top.min(entries.len().saturating_sub(page)) } else { 0 };
    for (at, entry) in entries.iter().skip(top).take(page).enumerate() {
        let (Ok(column), Ok(row)) = (u16::try_from(at / rows), u16::try_from(at % rows)) else { break };
        let x = area.x.saturating_add(column.saturating_mul(cell));
        if x < area.right() {
            entry.draw(buf, x, area.y + row, cell.min(area.right() - x));
        }
    }
    let used = u16::try_from(rows).unwrap_or(area.height).min(area.height);
    if paged && used < area.height {
        let hidden = (entries.len() - page.min(entries.len())).to_string();
        let text = scene.fill("help.more", &[("n", &hidden)]);
        put(buf, area.x, area.y + used, area.width, &text, scene.style(Role::Muted));
        return used + 1;
    }
    used
}

/// Signs one after the other in as many lines as they need; all of them or none.
fn flow(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, signs: &[Strip]) {
    let mut lines: Vec<Strip> = Vec::new();
    for sign in signs {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + sign.width() <= area.width => drop(line.gap(3).join(sign.clone())),
            _ => lines.push(sign.clone()),
        }
    }
    let needed = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(1);
    if needed > area.height {
        return;
    }
    let y = area.y + u16::from(needed < area.height);
    title(buf, Rect { y, height: 1, ..area }, scene, scene.t("help.glyphs"), &Strip::new());
    for (line, y) in lines.iter().zip(y + 1..area.bottom()) {
        line.draw(buf, area.x, y, area.width);
    }
}

fn entries(scene: &Scene<'_>) -> Vec<(String, String)> {
    let entry = |action: &Action| {
        let keys: Vec<String> = keys_of(*action).map(|k| key_text(scene, k)).collect();
        (keys.join(" "), scene.texts.t(&format!("action.{}", action.word())).to_owned())
    };
    let found = |(keys, text): &(String, String)| matches(scene.ui.filter(), &[keys, text]);
    Action::ALL.iter().map(entry).filter(found).collect()
}

fn signs(scene: &Scene<'_>) -> Vec<Strip> {
    let text = scene.style(Role::Text);
    let pair = |sign: &str, role: Role, word: &str| {
        let mut strip = Strip::of(sign, scene.style(role));
        strip.gap(2).push(word, text);
        strip
    };
    let mut all: Vec<Strip> = [Status::Ok, Status::Watch, Status::Breach]
        .into_iter()
        .map(|s| pair(s.sign(), s.role(), scene.t(s.key(false))))
        .collect();
    all.extend(AgentState::ALL.iter().map(|s| pair(look(*s).0, look(*s).1, scene.texts.state(*s))));
    all.push(pair("–", Role::Text, scene.t("help.no_denominator")));
    all.push(pair("?", Role::Stale, scene.t("help.unknown_value")));
    all.push(pair("12", Role::Stale, scene.t("help.dim")));
    all
}
