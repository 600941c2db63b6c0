//! What stands around every view: the head with badge, site and clock, and the status line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::badge;
use super::format::{age, clock_seconds, date};
use super::keymap::Key;
use super::scene::Scene;
use super::strip::Strip;
use super::theme::Role;
use super::ui::View;
use crate::snapshot::{StoreState, StoreTrouble};

/// The head: badges and site on the left, views in the middle where there is room, the site's clock on the right.
pub(super) fn head(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let mut left = badge::strip(scene);
    left.gap(2).push(scene.newest.site.as_str(), scene.style(Role::Title));
    let now = clock_seconds(&scene.newest.zone, scene.live_now);
    let mut right = Strip::new();
    if area.width >= 90 {
        right.push(&date(&scene.newest.zone, scene.live_now), scene.style(Role::Muted)).gap(2);
    }
    right.push(&now, scene.style(Role::Strong));
    let clock_room = if area.width >= right.width() + 8 { right.width() } else { 0 };
    let left_room = area.width.saturating_sub(clock_room + u16::from(clock_room > 0) * 2);
    let used = left.draw(buf, area.x, area.y, left_room);
    if clock_room > 0 {
        right.draw_right(buf, area.right(), area.y, clock_room);
    }
    if !scene.ui.wall {
        let free = left_room.saturating_sub(used + 4);
        if let Some(tabs) = [3, 2, 1].into_iter().map(|gap| tabs(scene, gap)).find(|t| t.width() <= free) {
            tabs.draw_right(buf, area.x + left_room - 1, area.y, free);
        }
    }
}

/// The views by number and name, so many cells between them.
fn tabs(scene: &Scene<'_>, gap: usize) -> Strip {
    let mut strip = Strip::new();
    for view in View::ALL {
        let here = view == scene.ui.view && !scene.ui.help;
        let number = scene.style(if here { Role::Key } else { Role::Faint });
        strip.push(&view.number().to_string(), number);
        strip.gap(1).push(scene.t(view.key()), scene.style(if here { Role::Tab } else { Role::Muted })).gap(gap);
    }
    strip
}

/// The status line: feeds with their age, filter, incidents open, losses; a notice in its place for a few seconds.
pub(super) fn status(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let mut left = Strip::new();
    if let Some(text) = &scene.ui.typing {
        match scene.ui.prompt {
            // Of a long text the end is what is being written.
            Some((action, _)) => {
                let room = usize::from(area.width / 2);
                let skipped = text.chars().count().saturating_sub(room);
                let tail: String = text.chars().skip(skipped).collect();
                left.push(scene.texts.under("prompt", action.word()), scene.style(Role::Muted));
                left.gap(1).push(&tail, scene.style(Role::Strong));
            }
            None => {
                left.push(&scene.fill("status_line.typing", &[("text", text)]), scene.style(Role::Strong));
            }
        }
        left.push("█", scene.style(Role::Key));
    } else if let Some((notice, _)) = &scene.ui.notice {
        left.push(notice, scene.style(Role::Strong));
    } else {
        left.join(standing(scene));
    }
    let mut right = Strip::new();
    if !scene.ui.wall {
        right.push(scene.t("status_line.help"), scene.style(Role::Muted));
    }
    let room = area.width.saturating_sub(right.width() + 1);
    if left.width() > room || right.is_empty() {
        left.draw(buf, area.x, area.y, area.width);
    } else {
        left.draw(buf, area.x, area.y, room);
        right.draw_right(buf, area.right(), area.y, right.width());
    }
}

/// What the status line says when nobody types and nothing is announced.
fn standing(scene: &Scene<'_>) -> Strip {
    let snapshot = scene.newest;
    let dot = scene.style(Role::Faint);
    let mut strip = feeds(scene);
    let mut say = |text: String, role: Role| {
        strip.push("  ·  ", dot).push(&text, scene.style(role));
    };
    let open = super::rows::standing(snapshot).len();
    match u64::try_from(open) {
        Ok(0) => say(scene.t("status_line.no_incidents").to_owned(), Role::Muted),
        Ok(n) => say(format!("■ {}", scene.texts.count("status_line.incidents", n)), Role::Breach),
        Err(_) => {}
    }
    if snapshot.lost > 0 {
        say(format!("▲ {}", scene.texts.count("status_line.lost", snapshot.lost)), Role::Watch);
    }
    if let Some((text, role)) = store(scene) {
        say(text, role);
    }
    if snapshot.unsaved > 0 {
        let n = snapshot.unsaved.to_string();
        say(format!("▲ {}", scene.fill("status_line.unsaved", &[("n", &n)])), Role::Watch);
    }
    if !scene.ui.filter().is_empty() {
        say(scene.fill("status_line.filter", &[("text", scene.ui.filter())]), Role::Key);
    }
    strip
}

/// What a restart would lose, and why; nothing while all is kept. The wall names nobody.
fn store(scene: &Scene<'_>) -> Option<(String, Role)> {
    let store = &scene.newest.store;
    let kind = |trouble: &StoreTrouble| {
        let key = format!("status_line.store.trouble.{}", trouble.word());
        scene.t(&key).to_owned()
    };
    match &store.state {
        StoreState::Off { trouble: StoreTrouble::Viewer, why } => {
            let text = if scene.ui.wall {
                scene.t("status_line.store.viewer_wall").to_owned()
            } else {
                scene.fill("status_line.store.viewer", &[("who", why.as_str())])
            };
            Some((text, Role::Muted))
        }
        StoreState::Off { trouble, .. } => {
            let text = scene.fill("status_line.store.off", &[("why", &kind(trouble))]);
            Some((format!("■ {text}"), Role::Breach))
        }
        StoreState::Failing { trouble, .. } => {
            let said = [("why", kind(trouble)), ("n", store.unsaved.to_string())];
            let text = scene.fill("status_line.store.failing", &said.each_ref().map(|(k, v)| (*k, v.as_str())));
            Some((format!("■ {text}"), Role::Breach))
        }
        StoreState::Kept if store.lost > 0 => {
            Some((format!("▲ {}", scene.texts.count("status_line.store.lost", store.lost)), Role::Watch))
        }
        StoreState::Kept | StoreState::None => None,
    }
}

/// Feeds with their ages: each by name while there are few, else how many are live and which are not.
fn feeds(scene: &Scene<'_>) -> Strip {
    let feeds = &scene.newest.feeds;
    let mut strip = Strip::new();
    if feeds.is_empty() {
        strip.push(scene.t("status_line.no_feed"), scene.style(Role::Muted));
    }
    if feeds.len() > 3 {
        let live = feeds.iter().filter(|f| f.live()).count();
        let text = scene.fill("status_line.feeds_live", &[("n", &live.to_string()), ("of", &feeds.len().to_string())]);
        strip.push(&text, scene.style(Role::Muted));
    }
    for feed in feeds.iter().filter(|f| feeds.len() <= 3 || !f.live()).take(3) {
        if !strip.is_empty() {
            strip.gap(2);
        }
        let (sign, role) = if feed.live() { ("●", Role::Ok) } else { ("▲", Role::Watch) };
        strip.push(sign, scene.style(role)).gap(1);
        let said = [("name", feed.name.as_str()), ("state", scene.texts.feed(&feed.state))];
        strip.push(&scene.fill("status_line.feed", &said), scene.style(if feed.live() { Role::Muted } else { role }));
        if let Some(span) = badge::silence(feed, scene.live_now) {
            strip.gap(1).push(&age(scene.texts, span), scene.style(Role::Muted));
        }
    }
    strip
}

/// A key as people read it.
#[must_use]
pub(super) fn key_text(scene: &Scene<'_>, key: Key) -> String {
    match key {
        Key::Char(c) => c.to_string(),
        Key::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
        Key::Named(name) => scene.texts.t(&format!("key.{name}")).to_owned(),
    }
}
