//! What a pool's plan says in sentences: now, if nothing is done, with more people, who could come, and what it rests on.

use std::fmt::Write as _;

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
use crate::tui::status::Status;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;

/// When the sentence "if nothing is done" looks at the wait.
const SOON: Span = Span::from_secs(1800);
/// People named at most.
const NAMED: usize = 8;
/// … and where there is little room, rows less than [`ROOMY`].
const FEW: usize = 3;
const ROOMY: u16 = 14;
/// Minutes ahead the table of the next two hours tells.
const AHEAD_MIN: [i64; 9] = [0, 5, 10, 15, 30, 45, 60, 90, 120];

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
    for (text, role) in sentences(scene, pool, if area.height >= ROOMY { NAMED } else { FEW }) {
        let lines = wrap(&text, area.width);
        // A sentence is told whole or not at all; the first is told anyhow.
        if y > area.y && y + u16::try_from(lines.len()).unwrap_or(u16::MAX) > area.bottom() {
            continue;
        }
        for (line, at) in lines.iter().zip(y..area.bottom()) {
            put(buf, area.x, at, area.width, line, scene.style(role));
            y = at + 1;
        }
    }
    y - area.y
}

fn sentences(scene: &Scene<'_>, pool: &PoolView, named: usize) -> Vec<(String, Role)> {
    let plan = pool.plan();
    let mut said = Vec::new();
    let target = goal_text(pool);
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
    if !pool.basis.people_told {
        said.push((scene.t("staffing.nobody_told").to_owned(), Role::Watch));
    }
    if let Some(nothing) = &pool.outlook().nothing {
        said.push((if_nothing(scene, nothing, (&target, &within), pool), Role::Text));
    }
    if let Some((more, projection)) = &pool.outlook().more {
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
    said.extend(movers(scene, pool, named).into_iter().map(|text| (text, Role::Text)));
    said.push((rests_on(scene, pool), Role::Muted));
    said
}

/// The target as it was written: "80%".
fn goal_text(pool: &PoolView) -> String {
    let n = pool.basis.goal.target * 100.0;
    if (n - n.round()).abs() < 1e-6 { format!("{n:.0}%") } else { format!("{n:.1}%") }
}

/// The next two hours in a table, if nothing is done and with those who are missing; returns the rows used.
pub(super) fn next_hours(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, pool: &PoolView) -> u16 {
    let Some(nothing) = &pool.outlook().nothing else { return 0 };
    let more = pool.outlook().more.as_ref();
    if area.height < 6 {
        return 0;
    }
    let muted = scene.style(Role::Muted);
    put(buf, area.x, area.y, area.width, scene.t("staffing.next"), scene.style(Role::Title));
    let heads = [scene.t("figure.short.waiting"), scene.t("staffing.wait"), scene.t("staffing.level")];
    let more_head = more.map(|(n, _)| scene.fill("staffing.plus", &[("n", &n.to_string())]));
    for (group, head) in [Some(scene.t("staffing.if_nothing").to_owned()), more_head].into_iter().flatten().enumerate()
    {
        let from = area.x + GROUPS[group.min(1)];
        put(buf, from, area.y + 1, 27, &head, muted);
        for (at, text) in heads.iter().enumerate() {
            Strip::of(text, muted).draw_right(buf, from + CELLS[at.min(2)], area.y + 2, 9);
        }
    }
    let mut y = area.y + 3;
    for min in AHEAD_MIN {
        let at = pool.basis.now + Span::from_secs(60 * min);
        let Some(point) = nothing.at(at).filter(|p| p.at == at && y < area.bottom()) else { continue };
        put(buf, area.x, y, 6, &scene.clock(at), muted);
        let points = [Some(point), more.and_then(|(_, p)| p.at(at))];
        for (point, from) in points.into_iter().zip(GROUPS) {
            let Some(point) = point else { continue };
            let late = point.service_level < pool.basis.goal.target;
            let status = if late { Status::Watch } else { Status::None };
            // Nobody is there to answer: there is no wait to tell.
            let wait = point.wait.map_or_else(|| "–".to_owned(), |w| seconds(scene.texts, w.secs()));
            let cells = [
                Strip::of(&format!("{:.0}", point.waiting), scene.style(Role::Text)),
                Strip::of(&wait, scene.style(Role::Text)),
                Strip::of(&format!("{}{}%", status.sign(), percent(point.service_level)), scene.style(status.role())),
            ];
            for (cell, right) in cells.iter().zip(CELLS) {
                cell.draw_right(buf, area.x + from + right, y, 9);
            }
        }
        y += 1;
    }
    y - area.y
}

/// Where the two halves of the table begin, and where their columns end.
const GROUPS: [u16; 2] = [7, 37];
const CELLS: [u16; 3] = [8, 16, 25];

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
fn movers(scene: &Scene<'_>, pool: &PoolView, most: usize) -> Vec<String> {
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
        let names: Vec<String> = people.iter().take(most).map(|a| named(scene, a)).collect();
        if !names.is_empty() {
            text.push_str(scene.t("staffing.colon"));
            text.push_str(&names.join(", "));
            if people.len() > most {
                let _ = write!(text, " +{}", people.len() - most);
            }
        }
        said.push(text);
    }
    if pool.outlook().more.is_none() {
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
                    _ if c.is_whitespace() => {}
                    _ => lines.push(c.to_string()),
                }
            }
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
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
