//! What a pool's plan says in sentences: now, if nothing is done, with more people, who could come, and what it rests on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::Slot;
use crate::model::{AgentState, Span};
use crate::report::Words as _;
use crate::snapshot::{AgentView, ForecastOf, PoolView};
use crate::staffing::{ARRIVE, Model, Projection};
use crate::tui::format::{age, percent, seconds};
use crate::tui::rows;
use crate::tui::scene::Scene;
use crate::tui::strip::put;
use crate::tui::text::width;
use crate::tui::theme::Role;

/// When the sentence "if nothing is done" looks at the wait.
const SOON: Span = Span::from_secs(1800);
/// People named at most.
const NAMED: usize = 6;

/// Key of a model's name.
pub(super) const fn model(model: Model) -> &'static str {
    match model {
        Model::ErlangA => "staffing.erlang_a",
        Model::ErlangC => "staffing.erlang_c",
    }
}

/// Draws the sentences, the most needed first; returns the rows used.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, pool: &PoolView) -> u16 {
    let mut y = area.y;
    for (text, role) in sentences(scene, pool) {
        for line in wrap(&text, area.width) {
            if y >= area.bottom() {
                return area.height;
            }
            put(buf, area.x, y, area.width, &line, scene.style(role));
            y += 1;
        }
    }
    y - area.y
}

fn sentences(scene: &Scene<'_>, pool: &PoolView) -> Vec<(String, Role)> {
    let plan = pool.plan();
    let mut said = Vec::new();
    let target = format!("{}%", percent(pool.basis.goal.target));
    let within = seconds(scene.texts, pool.basis.goal.within.secs());
    if let Some(since) = pool.stale_since {
        said.push((scene.fill("staffing.stale", &[("time", &scene.clock(since))]), Role::Stale));
    }
    if let (Some(need), Some(here)) = (plan.needed(), plan.here.as_ref()) {
        let (need_n, have) = (need.to_string(), pool.have().to_string());
        let level = format!("{}%", percent(here.service_level));
        let all =
            [("need", need_n.as_str()), ("have", &have), ("target", &target), ("within", &within), ("level", &level)];
        let role = if need > pool.have() { Role::Breach } else { Role::Strong };
        said.push((scene.fill("staffing.now", &all), role));
    } else if plan.now.as_ref().is_some_and(|n| n.agents.is_none()) {
        said.push((scene.t("staffing.beyond").to_owned(), Role::Breach));
    }
    if let Some(nothing) = &plan.nothing {
        said.push((if_nothing(scene, nothing, (&target, &within), pool), Role::Text));
    }
    if let Some((more, projection)) = &plan.more {
        let (n, at) = (more.to_string(), scene.clock(pool.basis.now + ARRIVE));
        let text = match projection.recovers(pool.basis.goal.target) {
            Some(from) => {
                let from = scene.clock(from);
                scene.fill(
                    "staffing.with_more",
                    &[("n", &n), ("at", &at), ("target", &target), ("within", &within), ("from", &from)],
                )
            }
            None => scene.fill(
                "staffing.with_more_never",
                &[("n", &n), ("at", &at), ("target", &target), ("until", &until(scene, projection))],
            ),
        };
        said.push((text, Role::Strong));
    }
    said.extend(movers(scene, pool).into_iter().map(|text| (text, Role::Text)));
    said.push((rests_on(scene, pool), Role::Muted));
    said
}

/// The last instant a projection looks at.
fn until(scene: &Scene<'_>, projection: &Projection) -> String {
    projection.points.last().map_or_else(String::new, |p| scene.clock(p.at))
}

fn if_nothing(scene: &Scene<'_>, nothing: &Projection, (target, within): (&str, &str), pool: &PoolView) -> String {
    let Some(soon) = nothing.at(pool.basis.now + SOON) else { return String::new() };
    let at = scene.clock(soon.at);
    let level = format!("{}%", percent(soon.service_level));
    let mut text = match soon.wait {
        Some(wait) => {
            let wait = seconds(scene.texts, wait.secs());
            scene.fill("staffing.nothing", &[("at", &at), ("wait", &wait), ("level", &level), ("within", within)])
        }
        None => scene.fill("staffing.nothing_nobody", &[("at", &at)]),
    };
    let goal = pool.basis.goal.target;
    let late = nothing.points.iter().any(|p| p.service_level < goal);
    if late {
        text.push_str(scene.t("staffing.then"));
        text.push_str(&match nothing.recovers(goal) {
            Some(from) => scene.fill("staffing.again", &[("target", target), ("from", &scene.clock(from))]),
            None => scene.fill("staffing.not_before", &[("target", target), ("until", &until(scene, nothing))]),
        });
    }
    text
}

/// Who could come: this pool's own who rest or do something else, and those ready where more are than needed.
fn movers(scene: &Scene<'_>, pool: &PoolView) -> Vec<String> {
    let mut said = Vec::new();
    let away: Vec<String> =
        [Slot::Rest, Slot::Training, Slot::Work, Slot::OtherNotReady, Slot::TalkInternal, Slot::TalkOut]
            .into_iter()
            .filter(|slot| pool.people.of(*slot) > 0)
            .map(|slot| format!("{} {}", pool.people.of(slot), scene.texts.slot(slot)))
            .collect();
    if !away.is_empty() {
        let mut text = scene.fill("staffing.own", &[("list", &away.join(", "))]);
        let mut people: Vec<&AgentView> =
            scene.snapshot.agents.iter().map(AsRef::as_ref).filter(|a| rests(a, pool)).collect();
        people.sort_by_key(|a| a.since);
        let names: Vec<String> = people.iter().take(NAMED).map(|a| named(scene, a)).collect();
        if !names.is_empty() {
            text.push_str(scene.t("staffing.colon"));
            text.push_str(&names.join(", "));
            if people.len() > NAMED {
                text.push_str(&format!(" +{}", people.len() - NAMED));
            }
        }
        said.push(text);
    }
    if pool.plan().more.is_none() {
        return said;
    }
    let elsewhere: Vec<String> = scene
        .snapshot
        .pools
        .iter()
        .filter(|p| p.queues != pool.queues && p.people.of(Slot::Ready) > 0)
        .take(20)
        .filter_map(|p| Some((p, p.gap().filter(|g| *g < 0)?)))
        .map(|(p, gap)| {
            let n = i64::from(p.people.of(Slot::Ready)).min(-gap).to_string();
            scene.fill("staffing.ready_in", &[("n", &n), ("name", &super::name(p, 24))])
        })
        .collect();
    said.push(if elsewhere.is_empty() {
        scene.t("staffing.nobody_elsewhere").to_owned()
    } else {
        scene.fill("staffing.elsewhere", &[("list", &elsewhere.join(", "))])
    });
    said
}

fn rests(agent: &AgentView, pool: &PoolView) -> bool {
    let mine = pool.queues.iter().any(|q| match q {
        crate::metrics::Scope::Queue(feed, id) => agent.feed == *feed && agent.queues.contains(id),
        _ => false,
    });
    mine && agent.state == AgentState::NotReady
}

fn named(scene: &Scene<'_>, agent: &AgentView) -> String {
    let lasted = age(scene.texts, scene.now.since(agent.since));
    match &agent.reason {
        Some(reason) => format!("{} ({reason} {lasted})", agent.name),
        None => format!("{} ({lasted})", agent.name),
    }
}

/// What the numbers are made of, and what they do not know.
fn rests_on(scene: &Scene<'_>, pool: &PoolView) -> String {
    let basis = &pool.basis;
    let mut said = Vec::new();
    let minutes = (basis.rate.over.whole_secs() / 60).max(1).to_string();
    said.push(scene.fill("staffing.rate", &[("n", &format!("{:.0}", basis.rate.calls)), ("min", &minutes)]));
    match basis.handle {
        Some(handle) => {
            let (time, n) = (seconds(scene.texts, handle.span.secs()), handle.n.to_string());
            let window = scene.texts.window(handle.window);
            said.push(scene.fill("staffing.handled", &[("time", &time), ("n", &n), ("window", window)]));
            if !basis.after_call {
                said.push(scene.t("staffing.no_after_call").to_owned());
            }
        }
        None => said.push(scene.t("staffing.no_handle").to_owned()),
    }
    match basis.patience {
        Some(patience) => {
            let (time, n) = (seconds(scene.texts, patience.span.secs()), patience.n.to_string());
            let window = scene.texts.window(patience.window);
            said.push(scene.fill("staffing.patient", &[("time", &time), ("n", &n), ("window", window)]));
        }
        None => said.push(scene.t("staffing.patience_unknown").to_owned()),
    }
    said.push(scene.t(if pool.basis.patience.is_some() { "staffing.by_a" } else { "staffing.by_c" }).to_owned());
    said.push(
        scene
            .t(match pool.ahead().0 {
                ForecastOf::Own => "staffing.forecast_own",
                ForecastOf::Share => "staffing.forecast_share",
                ForecastOf::Nothing => "staffing.forecast_nothing",
            })
            .to_owned(),
    );
    if pool.mixed {
        said.push(scene.t("staffing.mixed").to_owned());
    }
    said.push(scene.t("staffing.no_plan").to_owned());
    // A number that a queue's members did not share yesterday says nothing of who could answer it: skills are memberships.
    let more = rows::beyond_members(scene.snapshot);
    if more > 0 {
        said.push(scene.fill("staffing.without_queue", &[("n", &more.to_string())]));
    }
    said.join(scene.t("staffing.stop"))
}

/// Lines of at most `room` cells, broken between words, or between signs where a word is Chinese.
pub(super) fn wrap(text: &str, room: u16) -> Vec<String> {
    let room = room.max(2);
    let mut lines = vec![String::new()];
    for word in pieces(text) {
        let Some(line) = lines.last_mut() else { break };
        if width(line) + width(word.trim_end()) <= room {
            line.push_str(word);
        } else if width(word) <= room {
            lines.push(word.to_owned());
        } else {
            for c in word.chars() {
                match lines.last_mut() {
                    Some(line) if width(line) + width(c.encode_utf8(&mut [0; 4])) <= room => line.push(c),
                    _ => lines.push(c.to_string()),
                }
            }
        }
    }
    lines.iter_mut().for_each(|l| l.truncate(l.trim_end().len()));
    lines
}

/// Words with the blanks after them; every wide sign is a word, with the stops that must not begin a line.
fn pieces(text: &str) -> Vec<&str> {
    let stop = |c: char| "，。、：；）”%)]:;,.".contains(c);
    let wide = |c: char| !c.is_ascii() && width(c.encode_utf8(&mut [0; 4])) == 2;
    let mut pieces = Vec::new();
    let (mut from, mut last) = (0, ' ');
    for (at, c) in text.char_indices() {
        let breaks = (last == ' ' && c != ' ') || (wide(last) && !stop(c) && c != ' ') || (wide(c) && !stop(c));
        if at > from && breaks {
            pieces.extend(text.get(from..at));
            from = at;
        }
        last = c;
    }
    pieces.extend(text.get(from..));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_between_chinese_signs() {
        for (text, room, want) in [
            ("one two three", 7, &["one two", "three"][..]),
            ("one", 20, &["one"]),
            ("overlong word", 4, &["over", "long", "word"]),
            ("需要坐席，现有人。", 8, &["需要坐", "席，现有", "人。"]),
            ("", 10, &[""]),
        ] {
            assert_eq!(wrap(text, room), want, "{text}");
        }
    }
}
