//! Where the figures come from: each feed's state and age, what it cannot tell, and what did not fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::{Anomaly, FeedState, Span};
use crate::snapshot::FeedView;
use crate::tui::badge::silence;
use crate::tui::format;
use crate::tui::notices;
use crate::tui::rows;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;
use crate::tui::widget::table::{Column, Table, title, visible};

use super::shown_of;

/// Draws the view.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let snapshot = scene.snapshot;
    let feeds = rows::feeds(scene.ui, snapshot);
    title(buf, area, scene, scene.t("feeds.title"), &shown_of(scene, feeds.len(), snapshot.feeds.len()));
    let keys = rows::keys(scene.ui, snapshot);
    let chosen = rows::chosen(scene.ui, &keys);
    let Some(feed) = feeds.get(chosen) else {
        let text = if snapshot.feeds.is_empty() {
            scene.t("feeds.empty").to_owned()
        } else {
            scene.fill("feeds.none_match", &[("text", scene.ui.filter())])
        };
        put(buf, area.x, area.y + 1, area.width, &text, scene.style(Role::Muted));
        return;
    };
    let wanted = u16::try_from(feeds.len()).unwrap_or(u16::MAX).saturating_add(1);
    let most = if scene.ui.maximised { area.height } else { (area.height / 2).max(3) };
    let table = Rect { y: area.y + 1, height: wanted.min(most).min(area.height.saturating_sub(1)), ..area };
    let range = visible(feeds.len(), chosen, table.height.saturating_sub(1).max(1));
    let shown = feeds.get(range.clone()).unwrap_or_default();
    let columns = vec![
        Column::words(scene.t("feeds.name"), 10, 255),
        Column::words(scene.t("feeds.state"), 12, 250),
        Column::number(scene.t("feeds.for"), 8, 200),
        Column::number(scene.t("feeds.age"), 7, 240),
        Column::number(scene.t("feeds.events"), 8, 210),
        Column::number(scene.t("feeds.reconnects"), 4, 190),
        Column::number(scene.t("feeds.offset"), 12, 160),
        Column::number(scene.t("feeds.syncs"), 4, 150),
        Column::number(scene.t("feeds.drift"), 5, 180),
    ];
    let names = shown.iter().map(|f| width(f.name.as_str())).max().unwrap_or(0) + 2;
    let rows = shown.iter().map(|f| row(scene, f)).collect();
    let mark = Some(chosen.saturating_sub(range.start));
    Table { columns, rows, chosen: mark, first_max: names.max(20), pitch: 1 }.draw(buf, table, scene);
    let top = table.bottom() + 1;
    if !scene.ui.maximised && top + 2 < area.bottom() {
        detail(buf, Rect { y: top, height: area.bottom() - top, ..area }, scene, feed);
    }
}

const fn look(state: &FeedState) -> (&'static str, Role) {
    match state {
        FeedState::Live => ("●", Role::Ok),
        FeedState::Connecting => ("○", Role::Watch),
        FeedState::Late { .. } => ("▲", Role::Watch),
        FeedState::Away { .. } | FeedState::Failed { .. } => ("■", Role::Breach),
    }
}

fn row(scene: &Scene<'_>, feed: &FeedView) -> Vec<Strip> {
    let text = scene.style(Role::Text);
    let (sign, role) = look(&feed.state);
    let never = || scene.t("feeds.never").to_owned();
    let age = silence(feed, scene.now).map_or_else(never, |span| format::age(scene.texts, span));
    let since = format::age(scene.texts, scene.now.since(feed.since));
    let drift = if feed.drift == 0 { "0".to_owned() } else { format!("{:+}", feed.drift) };
    let drift_role = if feed.drift == 0 { Role::Text } else { Role::Watch };
    vec![
        Strip::of(feed.name.as_str(), text),
        Strip::of(&format!("{sign} {}", scene.texts.feed(&feed.state)), scene.style(role)),
        Strip::of(&since, text),
        Strip::of(&age, text),
        Strip::of(&feed.events.to_string(), text),
        Strip::of(&feed.reconnects.to_string(), text),
        Strip::of(&offset(scene, feed.offset), text),
        Strip::of(&feed.syncs.to_string(), text),
        Strip::of(&drift, scene.style(drift_role)),
    ]
}

/// The feed's clock against ours.
fn offset(scene: &Scene<'_>, offset: Option<Span>) -> String {
    let Some(ms) = offset.map(|o| o.micros() / 1000) else { return scene.t("feeds.offset_none").to_owned() };
    let key = if ms < 0 { "feeds.offset_behind" } else { "feeds.offset_ahead" };
    scene.fill(key, &[("n", &ms.unsigned_abs().to_string())])
}

fn detail(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, feed: &FeedView) {
    title(buf, area, scene, feed.name.as_str(), &Strip::new());
    let (text, head) = (scene.style(Role::Text), scene.style(Role::Title));
    let mut lines: Vec<Strip> = Vec::new();
    if let Some(why) = why(scene, feed) {
        lines.push(why);
        lines.push(Strip::new());
    }
    if feed.drift != 0 {
        let n = format!("{:+}", feed.drift);
        lines.push(Strip::of(&scene.fill("feeds.drift_is", &[("n", &n)]), scene.style(Role::Watch)));
        lines.push(Strip::new());
    }
    lines.push(Strip::of(scene.t("feeds.anomalies"), head));
    if feed.anomalies.is_empty() {
        lines.push(Strip::of(scene.t("feeds.no_anomalies"), scene.style(Role::Muted)));
    }
    let mut anomalies = feed.anomalies.clone();
    anomalies.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    lines.extend(anomalies.iter().flat_map(|(kind, n)| anomaly(scene, *kind, *n, area.width)));
    lines.push(Strip::new());
    if feed.anomalies != scene.snapshot.anomalies && !scene.snapshot.anomalies.is_empty() {
        lines.push(Strip::of(scene.t("feeds.anomalies_all"), head));
        let all = scene.snapshot.anomalies.iter();
        lines.extend(all.flat_map(|(kind, n)| anomaly(scene, *kind, *n, area.width)));
        lines.push(Strip::new());
    }
    lines.push(Strip::of(scene.t("feeds.cannot"), head));
    if feed.cannot.is_empty() {
        lines.push(Strip::of(scene.t("feeds.cannot_nothing"), scene.style(Role::Muted)));
    }
    for cannot in &feed.cannot {
        let sentence = scene.texts.cannot(cannot.as_str());
        for (at, line) in wrap(&sentence, area.width.saturating_sub(2)).iter().enumerate() {
            let mut strip = Strip::of(if at == 0 { "· " } else { "  " }, scene.style(Role::Faint));
            strip.push(line, text);
            lines.push(strip);
        }
    }
    let calendars = notices::of_calendars(scene);
    if !calendars.is_empty() {
        lines.push(Strip::new());
        lines.push(Strip::of(scene.t("day.calendars"), head));
        lines.extend(calendars.iter().map(|(text, role)| Strip::of(text, scene.style(*role))));
    }
    let room = usize::from(area.height.saturating_sub(1));
    let hidden = lines.len().saturating_sub(room);
    if hidden > 0 {
        // Nothing is cut off silently.
        lines.truncate(room.saturating_sub(1));
        let more = scene.fill("feeds.more", &[("n", &(hidden + 1).to_string())]);
        lines.push(Strip::of(&more, scene.style(Role::Muted)));
    }
    for (strip, y) in lines.iter().zip(area.y + 1..area.bottom()) {
        strip.draw(buf, area.x, y, area.width);
    }
}

/// Why it is not live, and when the next try is made.
fn why(scene: &Scene<'_>, feed: &FeedView) -> Option<Strip> {
    let (why, next) = match &feed.state {
        FeedState::Away { why, next_try, .. } => (why, *next_try),
        FeedState::Failed { why } => (why, None),
        _ => return None,
    };
    let mut strip = Strip::of(scene.t("feeds.why"), scene.style(Role::Muted));
    strip.gap(2).push(why.as_str(), scene.style(Role::Breach));
    if let Some(next) = next {
        let left = next.since(scene.now);
        let text = if left > Span::ZERO {
            scene.fill("feeds.next_try", &[("age", &format::age(scene.texts, left))])
        } else {
            scene.t("feeds.next_now").to_owned()
        };
        strip.gap(3).push(&text, scene.style(Role::Muted));
    }
    Some(strip)
}

/// Count, word and sentence of one kind.
fn anomaly(scene: &Scene<'_>, kind: Anomaly, n: u64, room: u16) -> Vec<Strip> {
    let indent = 9;
    let mut lines = wrap(scene.texts.anomaly(kind), room.saturating_sub(indent)).into_iter();
    let mut first = Strip::of(&format!("{n:>7}"), scene.style(Role::Strong));
    first.gap(2).push(&lines.next().unwrap_or_default(), scene.style(Role::Text));
    let rest = lines.map(|line| {
        let mut strip = Strip::new();
        strip.gap(usize::from(indent)).push(&line, scene.style(Role::Text));
        strip
    });
    std::iter::once(first).chain(rest).collect()
}
