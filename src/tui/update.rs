//! What a key changes: a pure function of the view state, the key and the newest snapshot.

use crate::report::Words as _;
use std::sync::Arc;

use crate::config::Lang;
use crate::engine::{Answer, Playback};
use crate::locale::Texts;
use crate::metrics::Scope;
use crate::model::{Command, Time};
use crate::snapshot::{Mode, Snapshot};

use super::action::{Action, Effect, Input};
use super::format::{clock, times};
use super::prompt;
use super::rows;
use super::theme::{THEMES, theme_word};
use super::ui::{Frozen, RowKey, Ui, View};

/// Speeds of a replay, times real time; beyond the last it goes as fast as it can.
const SPEEDS: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// Lines of an incident one can scroll through.
const DETAIL: usize = 600;

/// The longest filter, characters.
const FILTER: usize = 40;

/// Changes the view state by one key; what is to be done outside of it comes back.
pub fn update(ui: &mut Ui, input: Input, newest: &Arc<Snapshot>, now: Time) -> Option<Effect> {
    if ui.wall {
        // Nobody stands at a wall; what a cleaner's cloth types must not change it.
        return match input {
            Input::Do(Action::Quit) => Some(Effect::Quit),
            Input::Do(Action::Redraw) => Some(Effect::Redraw),
            Input::Do(Action::Suspend) => Some(Effect::Suspend),
            _ => None,
        };
    }
    match input {
        Input::Do(action) => act(ui, action, newest, now),
        Input::Type(c) => {
            let most = if ui.prompt.is_some() { prompt::LONGEST } else { FILTER };
            if let Some(text) = ui.typing.as_mut().filter(|t| t.chars().count() < most && !c.is_control()) {
                text.push(c);
            }
            None
        }
        Input::Erase => {
            ui.typing.as_mut().map(String::pop);
            None
        }
        Input::Accept => {
            if let Some((action, incident)) = ui.prompt.take() {
                return answered_prompt(ui, action, incident, newest, now);
            }
            if let Some(text) = ui.typing.take() {
                set_filter(ui, text.trim().to_owned());
            }
            None
        }
        Input::Cancel => {
            ui.typing = None;
            ui.prompt = None;
            None
        }
    }
}

/// Says what the engine answered to a command.
pub fn answered(ui: &mut Ui, answer: &Answer, now: Time) {
    let texts = Texts::get(ui.lang);
    let text = match answer {
        Answer::Done => texts.t("notice.done").to_owned(),
        Answer::OpenedUnsaved(n) => texts.fill("notice.opened_unsaved", &[("n", &n.to_string())]),
        Answer::Opened(n) => texts.fill("notice.opened", &[("n", &n.to_string())]),
        Answer::Saved => texts.t("notice.saved").to_owned(),
        Answer::Unsaved => texts.t("notice.unsaved").to_owned(),
        Answer::Refused(why) => texts.fill("notice.refused", &[("why", texts.under("refused", why.as_str()))]),
    };
    ui.say(text, now);
}

fn set_filter(ui: &mut Ui, text: String) {
    if ui.help {
        ui.help_filter = text;
    } else {
        ui.state_mut().filter = text;
    }
}

fn act(ui: &mut Ui, action: Action, newest: &Arc<Snapshot>, now: Time) -> Option<Effect> {
    let texts = Texts::get(ui.lang);
    match action {
        Action::ViewWall => go(ui, View::Wall),
        Action::ViewQueues => go(ui, View::Queues),
        Action::ViewAgents => {
            ui.drill = None;
            go(ui, View::Agents);
        }
        Action::ViewIncidents => go(ui, View::Incidents),
        Action::ViewFeeds => go(ui, View::Feeds),
        Action::ViewVolume => go(ui, View::Volume),
        Action::ViewStaffing => go(ui, View::Staffing),
        Action::ViewEvents => later(ui, "8", "view.events", now),
        Action::NextView => step_view(ui, 1),
        Action::PreviousView => step_view(ui, View::ALL.len() - 1),
        Action::Help => {
            ui.help = !ui.help;
            ui.help_filter.clear();
            ui.help_top = 0;
        }
        Action::Filter if ui.help || ui.view != View::Wall => ui.typing = Some(String::new()),
        Action::Filter => {}
        Action::Sort => sort(ui, now),
        Action::Window => turn_window(ui, now),
        Action::Freeze => freeze(ui, newest, now),
        Action::Maximise => ui.maximised = !ui.maximised,
        Action::Language => {
            ui.lang = if ui.lang == Lang::En { Lang::ZhCn } else { Lang::En };
            ui.say(Texts::get(ui.lang).t("notice.language").to_owned(), now);
        }
        Action::Theme => turn_theme(ui, now),
        Action::Up => move_by(ui, newest, |at, _, _| at.saturating_sub(1)),
        Action::Down => move_by(ui, newest, |at, _, last| (at + 1).min(last)),
        Action::PageUp => move_by(ui, newest, |at, page, _| at.saturating_sub(page)),
        Action::PageDown => move_by(ui, newest, |at, page, last| (at + page).min(last)),
        Action::First => move_by(ui, newest, |_, _, _| 0),
        Action::Last => move_by(ui, newest, |_, _, last| last),
        Action::Open => open(ui, newest),
        Action::Back => back(ui),
        Action::Acknowledge => return acknowledge(ui, newest, now),
        Action::Pause | Action::Faster | Action::Slower => {
            if let Some(playback) = playback(action, newest.mode) {
                if let Playback::Speed(speed) = playback {
                    ui.say(speed_text(texts, speed), now);
                }
                return Some(Effect::Playback(playback));
            }
            ui.say(texts.t("notice.no_replay").to_owned(), now);
        }
        action if prompt::asks(action) => ask(ui, action, newest, now),
        Action::Redraw => return Some(Effect::Redraw),
        Action::Suspend => return Some(Effect::Suspend),
        Action::Quit => return Some(Effect::Quit),
        _ => {}
    }
    None
}

/// Opens the prompt of an action about an incident.
fn ask(ui: &mut Ui, action: Action, newest: &Snapshot, now: Time) {
    let incident = prompt::meant(ui, newest);
    match incident {
        None if action != Action::OpenIncident => {
            ui.say(Texts::get(ui.lang).t("notice.no_incident").to_owned(), now);
        }
        incident => {
            ui.typing = Some(incident.map(|i| prompt::first_text(action, i)).unwrap_or_default());
            ui.prompt = Some((action, incident.map_or(0, |i| i.id)));
        }
    }
}

fn answered_prompt(ui: &mut Ui, action: Action, incident: u64, newest: &Snapshot, now: Time) -> Option<Effect> {
    let typed = ui.typing.take().unwrap_or_default();
    let command = prompt::command(action, incident, ui.user.clone(), &typed, now, &newest.zone);
    if command.is_none() {
        ui.say(Texts::get(ui.lang).t("notice.too_little").to_owned(), now);
    }
    command.map(Effect::Command)
}

fn go(ui: &mut Ui, view: View) {
    ui.help = false;
    ui.typing = None;
    ui.prompt = None;
    ui.detail_top = 0;
    ui.view = view;
}

fn later(ui: &mut Ui, number: &str, name: &str, now: Time) {
    let texts = Texts::get(ui.lang);
    ui.say(texts.fill("notice.later", &[("n", number), ("name", texts.t(name))]), now);
}

fn step_view(ui: &mut Ui, by: usize) {
    let at = View::ALL.iter().position(|v| *v == ui.view).unwrap_or(0);
    let next = View::ALL.get((at + by) % View::ALL.len()).copied().unwrap_or(View::Wall);
    ui.drill = None;
    go(ui, next);
}

fn sort(ui: &mut Ui, now: Time) {
    let all = rows::orders(ui.view).len();
    if all < 2 || ui.help {
        return;
    }
    let state = ui.state_mut();
    state.sort = (state.sort + 1) % all;
    let texts = Texts::get(ui.lang);
    let name = rows::order_name(rows::order(ui), texts);
    ui.say(texts.fill("notice.sort", &[("name", &name)]), now);
}

fn turn_window(ui: &mut Ui, now: Time) {
    let at = rows::WINDOWS.iter().position(|w| *w == ui.window).map_or(0, |at| at + 1);
    ui.window = rows::WINDOWS.get(at % rows::WINDOWS.len()).copied().unwrap_or(ui.window);
    let texts = Texts::get(ui.lang);
    ui.say(texts.fill("notice.window", &[("name", texts.window(ui.window))]), now);
}

fn turn_theme(ui: &mut Ui, now: Time) {
    let at = THEMES.iter().position(|t| *t == ui.theme).map_or(0, |at| at + 1);
    ui.theme = THEMES.get(at % THEMES.len()).copied().unwrap_or_default();
    let texts = Texts::get(ui.lang);
    let key = format!("theme.{}", theme_word(ui.theme));
    ui.say(texts.fill("notice.theme", &[("name", texts.t(&key))]), now);
}

fn freeze(ui: &mut Ui, newest: &Arc<Snapshot>, now: Time) {
    let texts = Texts::get(ui.lang);
    if ui.frozen.take().is_some() {
        ui.say(texts.t("notice.thawed").to_owned(), now);
    } else {
        ui.frozen = Some(Frozen { snapshot: Arc::clone(newest), at: now });
        ui.say(texts.fill("notice.frozen", &[("time", &clock(&newest.zone, now))]), now);
    }
}

fn move_by(ui: &mut Ui, newest: &Snapshot, to: impl Fn(usize, usize, usize) -> usize) {
    if ui.help {
        ui.help_top = to(ui.help_top, ui.page.max(1), Action::ALL.len());
        return;
    }
    if ui.view == View::Incidents && ui.maximised {
        ui.detail_top = to(ui.detail_top, ui.page.max(1), DETAIL);
        return;
    }
    let keys = rows::keys(ui, ui.shown(newest));
    let Some(last) = keys.len().checked_sub(1) else { return };
    let at = to(rows::chosen(ui, &keys), ui.page.max(1), last);
    ui.state_mut().chosen = keys.get(at).cloned();
}

fn open(ui: &mut Ui, newest: &Snapshot) {
    let keys = rows::keys(ui, ui.shown(newest));
    match (ui.view, keys.get(rows::chosen(ui, &keys)).cloned()) {
        (View::Wall, _) => go(ui, View::Queues),
        (View::Volume, _) => ui.maximised = true,
        (View::Queues, Some(RowKey::Queue(scope))) => {
            ui.state_mut().chosen = Some(RowKey::Queue(scope.clone()));
            ui.drill = Some(scope);
            go(ui, View::Agents);
        }
        (View::Incidents, Some(key)) => {
            ui.state_mut().chosen = Some(key);
            ui.maximised = true;
            ui.detail_top = 0;
        }
        _ => {}
    }
}

fn back(ui: &mut Ui) {
    if ui.help {
        ui.help = false;
    } else if ui.maximised {
        ui.maximised = false;
    } else if !ui.state().filter.is_empty() {
        ui.state_mut().filter.clear();
    } else if ui.drill.take().is_some() {
        go(ui, View::Queues);
    } else {
        go(ui, View::Wall);
    }
}

/// The chosen incident in its view, elsewhere the worst one nobody has.
fn acknowledge(ui: &mut Ui, newest: &Snapshot, now: Time) -> Option<Effect> {
    let texts = Texts::get(ui.lang);
    let chosen = match ui.view {
        View::Incidents => {
            let keys = rows::keys(ui, newest);
            match keys.get(rows::chosen(ui, &keys)) {
                Some(RowKey::Incident(id)) => Some(*id),
                _ => None,
            }
        }
        _ => rows::standing(newest).first().filter(|i| i.owner.is_none()).map(|i| i.id),
    };
    let Some(incident) = chosen else {
        ui.say(texts.t("notice.ack_none").to_owned(), now);
        return None;
    };
    ui.say(texts.fill("notice.ack_sent", &[("n", &incident.to_string())]), now);
    Some(Effect::Command(Command::Ack { incident, by: ui.user.clone() }))
}

fn playback(action: Action, mode: Mode) -> Option<Playback> {
    let Mode::Replay { speed, .. } = mode else { return None };
    Some(match action {
        Action::Faster => Playback::Speed(SPEEDS.into_iter().find(|s| speed.is_some_and(|now| *s > now + 1e-9))),
        Action::Slower => {
            let slower = |s: &f64| speed.is_none_or(|now| *s < now - 1e-9);
            Playback::Speed(Some(SPEEDS.into_iter().rev().find(slower).unwrap_or(1.0)))
        }
        _ => Playback::TogglePause,
    })
}

fn speed_text(texts: &Texts, speed: Option<f64>) -> String {
    match speed {
        Some(s) => texts.fill("notice.speed", &[("n", &short(s))]),
        None => texts.t("notice.speed_max").to_owned(),
    }
}

/// A speed without needless digits.
#[must_use]
pub(super) fn short(speed: f64) -> String {
    if speed.fract() == 0.0 { format!("{speed:.0}") } else { times(speed) }
}

/// The queue whose agents are shown.
#[must_use]
pub(super) fn drilled<'a>(ui: &Ui, snapshot: &'a Snapshot) -> Option<&'a crate::snapshot::ScopeView> {
    let scope: &Scope = ui.drill.as_ref()?;
    snapshot.queues.iter().map(AsRef::as_ref).find(|q| q.scope == *scope)
}
