//! What is to be said of the day before any figure: a special day, what is planned, the clock, how far the usual is
//! learnt, and calendars that run out.

use crate::config::{Lang, Like, Names};
use crate::metrics::Scope;
use crate::snapshot::{Mode, ScopeView};
use crate::tui::scene::Scene;
use crate::tui::theme::Role;
use crate::usual::{Plan, Taken};

/// A sentence and how it is drawn.
pub(super) type Notice = (String, Role);

/// Of the day, for one scope: the most important first.
pub(super) fn of_day(scene: &Scene<'_>, scope: &ScopeView) -> Vec<Notice> {
    let today = &scene.snapshot.today;
    let mut said: Vec<Notice> = Vec::new();
    if let Some((name, taken)) = &today.special {
        let name = named(scene, name);
        let text = match taken {
            Taken::Own | Taken::Like(Like::Nothing) => scene.fill("day.special", &[("name", name)]),
            Taken::Like(like) => scene.fill("day.special_like", &[("name", name), ("like", scene.t(key(*like)))]),
        };
        said.push((text, Role::Watch));
    }
    let concerned = |plan: &&Plan| match &scope.scope {
        Scope::Queue(_, id) => plan.queues.is_empty() || plan.queues.contains(id),
        _ => true,
    };
    said.extend(today.planned.iter().filter(concerned).map(|plan| (planned(scene, plan), Role::Text)));
    if let Some(change) = today.clock_change {
        let hours = short(24.0 + change.secs() / 3600.0);
        let key = if change > crate::model::Span::ZERO { "day.clock_back" } else { "day.clock_forward" };
        said.push((scene.fill(key, &[("hours", &hours)]), Role::Text));
    }
    said.extend(learning(scene, scope).map(|text| (text, Role::Muted)));
    said
}

/// How far the usual of a scope is learnt, while the configured one stands in for it.
fn learning(scene: &Scene<'_>, scope: &ScopeView) -> Option<String> {
    // A demonstration and a recording are not there to learn.
    if scene.snapshot.mode != Mode::Live || scope.today.usual.is_empty() {
        return None;
    }
    let known = scope.today.learning?;
    Some(scene.fill("day.learning", &[("have", &known.have.to_string()), ("need", &known.need.to_string())]))
}

/// Calendars that end before long, or have ended.
pub(super) fn of_calendars(scene: &Scene<'_>) -> Vec<Notice> {
    let today = &scene.snapshot.today;
    let said = today.running_out.iter().map(|(name, until)| {
        let over = today.date.is_some_and(|date| date > *until);
        let key = if over { "day.calendar_ended" } else { "day.calendar_ends" };
        (scene.fill(key, &[("name", named(scene, name)), ("date", &until.to_string())]), Role::Watch)
    });
    said.collect()
}

fn planned(scene: &Scene<'_>, plan: &Plan) -> String {
    let name = named(scene, &plan.name);
    if !plan.changes() {
        return scene.fill("day.named", &[("name", name)]);
    }
    let mut text = scene.fill("day.planned", &[("name", name), ("factor", &short(plan.factor))]);
    let whole = plan.to.date() > plan.from.date() && plan.from.time() == jiff::civil::Time::midnight();
    if !whole {
        let clock = |at: jiff::civil::DateTime| format!("{:02}:{:02}", at.hour(), at.minute());
        let end = if plan.to.date() > plan.from.date() { "24:00".to_owned() } else { clock(plan.to) };
        text = format!("{text} {}–{end}", clock(plan.from));
    }
    if !plan.queues.is_empty() {
        let queues: Vec<&str> = plan.queues.iter().map(crate::model::QueueId::as_str).collect();
        text = format!("{text} ({})", queues.join(", "));
    }
    text
}

/// A number with as many digits as it has, two at most.
fn short(n: f64) -> String {
    format!("{n:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn named<'a>(scene: &Scene<'_>, names: &'a Names) -> &'a str {
    match scene.ui.lang {
        Lang::En => names.en.as_str(),
        Lang::ZhCn => names.zh.as_str(),
    }
}

const fn key(like: Like) -> &'static str {
    use jiff::civil::Weekday;
    match like {
        Like::Weekday(Weekday::Monday) => "day.like.monday",
        Like::Weekday(Weekday::Tuesday) => "day.like.tuesday",
        Like::Weekday(Weekday::Wednesday) => "day.like.wednesday",
        Like::Weekday(Weekday::Thursday) => "day.like.thursday",
        Like::Weekday(Weekday::Friday) => "day.like.friday",
        Like::Weekday(Weekday::Saturday) => "day.like.saturday",
        Like::Weekday(Weekday::Sunday) => "day.like.sunday",
        Like::Workday => "day.like.workday",
        Like::Nothing => "day.like.nothing",
    }
}
