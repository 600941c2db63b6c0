//! The badges: where the picture comes from, and whether it can be trusted.

use crate::model::{FeedState, Span, Time};
use crate::snapshot::{FeedView, Mode};

use super::format::{age, clock};
use super::rows::trouble;
use super::scene::Scene;
use super::strip::Strip;
use super::theme::Role;
use super::update::short;

/// A live engine publishes every second; older than this, the picture itself is late.
const STALL: Span = Span::from_secs(5);

/// The badges in force, most telling first; never none.
#[must_use]
pub(super) fn badges(scene: &Scene<'_>) -> Vec<(String, Role)> {
    let texts = scene.texts;
    let mut all = Vec::new();
    if let Some(frozen) = &scene.ui.frozen {
        let time = clock(&scene.newest.zone, frozen.at);
        all.push((texts.fill("badge.frozen", &[("time", &time)]), Role::BadgeFrozen));
    }
    let problem = problem(scene);
    match scene.newest.mode {
        // A live floor in trouble is not called live.
        Mode::Live if problem.is_none() => all.push((texts.t("badge.live").to_owned(), Role::BadgeLive)),
        Mode::Live => {}
        Mode::Demo => all.push((texts.t("badge.demo").to_owned(), Role::BadgeDemo)),
        Mode::Replay { speed, paused, ended } => {
            let text = match speed {
                Some(speed) => texts.fill("badge.replay", &[("speed", &short(speed))]),
                None => texts.t("badge.replay_max").to_owned(),
            };
            all.push((text, Role::BadgeReplay));
            if ended {
                all.push((texts.t("badge.ended").to_owned(), Role::BadgeFrozen));
            } else if paused {
                all.push((texts.t("badge.paused").to_owned(), Role::BadgeFrozen));
            }
        }
    }
    all.extend(problem);
    all
}

/// The badges in a line.
#[must_use]
pub(super) fn strip(scene: &Scene<'_>) -> Strip {
    let mut strip = Strip::new();
    for (at, (text, role)) in badges(scene).into_iter().enumerate() {
        if at > 0 {
            strip.gap(1);
        }
        strip.push(&format!(" {text} "), scene.style(role));
    }
    strip
}

/// What is wrong with the worst feed, or with the picture.
fn problem(scene: &Scene<'_>) -> Option<(String, Role)> {
    let texts = scene.texts;
    let late = |span| (texts.fill("badge.late", &[("age", &age(texts, span))]), Role::BadgeLate);
    let away = |since: Time| {
        let span = scene.live_now.since(since);
        (texts.fill("badge.away", &[("age", &age(texts, span))]), Role::BadgeAway)
    };
    let feed = scene.newest.feeds.iter().max_by_key(|f| trouble(&f.state));
    match feed.map(|f| (&f.state, f)) {
        Some((FeedState::Failed { .. } | FeedState::Connecting, f)) => return Some(away(f.since)),
        Some((FeedState::Away { since, .. }, _)) => return Some(away(*since)),
        Some((FeedState::Late { age }, f)) => return Some(late(silence(f, scene.live_now).unwrap_or(*age))),
        Some((FeedState::Live, _)) | None => {}
    }
    let stalled = scene.live_now.since(scene.newest.at);
    (scene.newest.mode == Mode::Live && stalled >= STALL).then(|| late(stalled))
}

/// How long nothing came from a feed.
#[must_use]
pub(super) fn silence(feed: &FeedView, now: Time) -> Option<Span> {
    feed.last_event.map(|last| now.since(last).or_zero())
}
