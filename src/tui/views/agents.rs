//! The table of people: what each does, since when, and the figures of the day.

use crate::report::Words as _;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::{FigureKey, Slot};
use crate::model::{AgentState, Direction};
use crate::roster::Mark;
use crate::snapshot::AgentView;
use crate::tui::format;
use crate::tui::rows;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::update::drilled;
use crate::tui::widget::table::{Column, Table, title, visible};

use super::{agents_floor, shown_of};

const FIGURES: [(FigureKey, u16, u8); 9] = [
    (FigureKey::Answered, 5, 200),
    (FigureKey::Att, 6, 150),
    (FigureKey::Acw, 6, 110),
    (FigureKey::Aht, 6, 160),
    (FigureKey::Occupancy, 6, 170),
    (FigureKey::NotReadyTime, 8, 140),
    (FigureKey::RingNoAnswer, 4, 120),
    (FigureKey::SignedIn, 8, 100),
    (FigureKey::CallsPerHour, 5, 90),
];

/// Sign and role of a state.
#[must_use]
pub(crate) const fn look(state: AgentState) -> (&'static str, Role) {
    match state {
        AgentState::SignedOut => ("·", Role::Offline),
        AgentState::Ready => ("○", Role::Ready),
        AgentState::Ringing => ("◆", Role::Ringing),
        AgentState::Talking => ("●", Role::Talking),
        AgentState::Holding => ("│", Role::Holding),
        AgentState::AfterCall => ("▒", Role::AfterCall),
        AgentState::NotReady => ("–", Role::Resting),
        AgentState::Unknown => ("?", Role::Offline),
    }
}

/// Draws the view.
pub(crate) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let snapshot = scene.snapshot;
    let agents = rows::agents(scene.ui, snapshot);
    let name = match drilled(scene.ui, snapshot) {
        Some(queue) => scene.fill("agents.title_of", &[("name", queue.name.as_str())]),
        None => scene.t("agents.title").to_owned(),
    };
    let mut said = shown_of(scene, agents.len(), snapshot.agents.len());
    let order = scene.fill("sort.by", &[("name", &rows::order_name(rows::order(scene.ui), scene.texts))]);
    said.push("  ·  ", scene.style(Role::Faint)).push(&order, scene.style(Role::Muted));
    said.push("  ·  ", scene.style(Role::Faint)).push(scene.t("agents.today"), scene.style(Role::Title));
    if let Some(since) = snapshot.all.stale_since {
        let as_of = scene.fill("wall.as_of", &[("time", &scene.clock(since))]);
        said.push("  ·  ", scene.style(Role::Faint)).push(&as_of, scene.style(Role::Watch));
    }
    title(buf, area, scene, &name, &said);
    let table = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let table = agents_floor::frame(buf, table, scene);
    if agents.is_empty() {
        let text = if snapshot.agents.is_empty() {
            scene.t("agents.empty").to_owned()
        } else {
            scene.fill("agents.none_match", &[("text", scene.ui.filter())])
        };
        put(buf, table.x, table.y, table.width, &text, scene.style(Role::Muted));
        return;
    }
    let keys = rows::keys(scene.ui, snapshot);
    let chosen = rows::chosen(scene.ui, &keys);
    let range = visible(agents.len(), chosen, table.height.saturating_sub(1).max(1));
    let shown = agents.get(range.clone()).unwrap_or_default();
    let names = shown.iter().map(|a| width(a.name.as_str())).max().unwrap_or(0) + 2;
    let mut columns = vec![Column::words(scene.t("agents.name"), 10, 255)];
    columns.push(Column::words(scene.t("agents.id"), 8, 60));
    columns.push(Column::words(scene.t("agents.team"), 8, 80));
    columns.push(Column::words(scene.t("agents.state"), 13, 250));
    columns.push(Column::number(scene.t("agents.for"), 7, 240));
    columns.push(Column::words(scene.t("agents.detail"), 18, 180));
    let marked = snapshot.floor.marks.iter().any(|m| m.feed.is_some());
    if marked {
        let cells = shown.iter().map(|a| agents_floor::marks(scene, marks_of(scene, a)).width()).max().unwrap_or(0);
        columns.push(Column::words(scene.t("floor.marks"), cells.clamp(10, 34), 235));
    }
    for (key, cells, keep) in FIGURES {
        columns.push(Column::number(scene.texts.figure_short(key), cells, keep));
    }
    let rows = shown.iter().map(|a| row(scene, a, marked)).collect();
    let chosen = Some(chosen.saturating_sub(range.start));
    Table { columns, rows, chosen, first_max: names.max(16), pitch: 1 }.draw(buf, table, scene);
}

fn marks_of<'a>(scene: &Scene<'a>, agent: &AgentView) -> &'a [Mark] {
    scene.snapshot.floor.marks_of(&agent.feed, &agent.id)
}

fn row(scene: &Scene<'_>, agent: &AgentView, marked: bool) -> Vec<Strip> {
    let stale = agent.stale_since.is_some();
    let (sign, role) = look(agent.state);
    let role = if stale { Role::Stale } else { role };
    let text = scene.style(match (stale, agent.state.signed_in()) {
        (true, _) => Role::Stale,
        (_, false) => Role::Offline,
        _ => Role::Text,
    });
    let muted = scene.style(if stale { Role::Stale } else { Role::Muted });
    let at = agent.stale_since.unwrap_or(scene.now).min(scene.now);
    let lasted = format::seconds(scene.texts, at.since(agent.since).or_zero().secs());
    let label = |l: &Option<crate::model::Label>| l.as_ref().map_or(String::new(), ToString::to_string);
    let id = if agent.name.as_str() == agent.id.as_str() { "" } else { agent.id.as_str() };
    let mut cells = vec![
        Strip::of(agent.name.as_str(), text),
        Strip::of(id, muted),
        Strip::of(&label(&agent.team), muted),
        Strip::of(&format!("{sign} {}", state_text(scene, agent)), scene.style(role)),
        Strip::of(&lasted, text),
        Strip::of(&detail(scene, agent), muted),
    ];
    if marked {
        cells.push(agents_floor::marks(scene, marks_of(scene, agent)));
    }
    for (key, ..) in FIGURES {
        let value = agent.day.figure(key);
        let role = if value.known().is_none() { scene.style(Role::Stale) } else { text };
        cells.push(Strip::of(&format::figure(scene.texts, key.unit(), value), role));
    }
    cells
}

/// The state in a word; talk that is not with a caller says so.
fn state_text<'a>(scene: &'a Scene<'_>, agent: &AgentView) -> &'a str {
    match (agent.state, agent.direction) {
        (AgentState::Talking, Some(Direction::Out)) => scene.texts.slot(Slot::TalkOut),
        (AgentState::Talking, Some(Direction::Internal)) => scene.texts.slot(Slot::TalkInternal),
        (state, _) => scene.texts.state(state),
    }
}

/// Reason, queue of the call at hand, and what to be wary of.
fn detail(scene: &Scene<'_>, agent: &AgentView) -> String {
    let mut said = Vec::new();
    if agent.contradiction {
        said.push(format!("▲ {}", scene.t("agents.contradiction")));
    }
    match (&agent.reason, agent.class) {
        (Some(reason), _) => said.push(reason.to_string()),
        (None, Some(class)) => said.push(scene.texts.class(class).to_owned()),
        (None, None) => {}
    }
    if let Some(queue) = &agent.queue {
        let named = scene.snapshot.queues.iter().find(|q| rows::id(&q.scope) == queue.as_str());
        said.push(named.map_or_else(|| queue.to_string(), |q| q.name.to_string()));
    }
    if agent.paused_places > 0 {
        let (n, of) = (agent.paused_places.to_string(), agent.queues.len().to_string());
        said.push(scene.fill("agents.paused_places", &[("n", &n), ("of", &of)]));
    }
    said.join(" · ")
}
