//! What is wrong, on top of everything: how many times the usual, since when, where, and whether somebody has it.

use crate::report::Words as _;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::alert::{AlertView, IncidentView, Level, SurgeWhy};
use crate::metrics::{Unit, Value};
use crate::model::{Span, Time};
use crate::report::incident::Reading;
use crate::tui::digits::{Figure, SIZES};
use crate::tui::format;
use crate::tui::rows::standing;
use crate::tui::scene::Scene;
use crate::tui::strip::Strip;
use crate::tui::text::cut;
use crate::tui::theme::Role;

/// A new alarm stands inverse this long.
const NEW: Span = Span::from_secs(60);

/// What heads the screen.
#[derive(Clone, Copy, Debug)]
enum Headline<'a> {
    Incident(&'a IncidentView),
    Alert(&'a AlertView),
}

impl Headline<'_> {
    const fn since(&self) -> Time {
        match self {
            Self::Incident(i) => i.opened_at,
            Self::Alert(a) => a.since,
        }
    }

    const fn level(&self) -> Level {
        match self {
            Self::Incident(_) => Level::Alarm,
            Self::Alert(a) => a.level,
        }
    }

    fn why(&self) -> Option<SurgeWhy> {
        match self {
            Self::Incident(i) => i.why.or(i.why_raised),
            Self::Alert(a) => a.why,
        }
    }
}

/// Incidents first, those nobody has before the others; then alerts that belong to none.
fn headlines<'a>(scene: &Scene<'a>) -> Vec<Headline<'a>> {
    let mut all: Vec<Headline<'a>> = standing(scene.newest)
        .into_iter()
        // What few may read stands on no wall.
        .filter(|i| i.plan.readers.is_none())
        .map(Headline::Incident)
        .collect();
    let alone = |a: &&AlertView| a.incident.is_none();
    all.extend(scene.newest.alerts.iter().filter(alone).filter(|a| a.level == Level::Alarm).map(Headline::Alert));
    all.extend(scene.newest.alerts.iter().filter(alone).filter(|a| a.level == Level::Watch).map(Headline::Alert));
    all
}

/// Rows the band takes in a body of so many rows; none where nothing is wrong.
#[must_use]
pub(crate) fn band_rows(scene: &Scene<'_>, body: u16) -> u16 {
    match (headlines(scene).first(), body) {
        (None, _) => 0,
        (Some(Headline::Incident(_)), 38..) => 8,
        (Some(Headline::Incident(_)), 30..) => 5,
        (Some(Headline::Incident(_)), 16..) => 3,
        (Some(_), 20..) => 2,
        (Some(_), _) => 1,
    }
}

/// Draws the band in as many rows as [`band_rows`] said; a blank one below it where there are more than one.
pub(crate) fn band(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let all = headlines(scene);
    let Some(first) = all.first().filter(|_| !area.is_empty()) else { return };
    let look = Look::of(scene, first);
    let height = if area.height > 1 { area.height - 1 } else { 1 };
    let place = Rect { height, ..area };
    if look.inverse {
        buf.set_style(place, look.bar);
        if area.width > 0 {
            for y in place.top()..place.bottom() {
                Strip::of(" ", look.bar).draw(buf, place.x, y, 1);
            }
        }
    } else {
        for y in place.top()..place.bottom() {
            Strip::of("▌", look.word).draw(buf, place.x, y, 1);
        }
    }
    let more = u64::try_from(all.len() - 1).unwrap_or(0);
    let inner = Rect { x: place.x + 2, width: place.width.saturating_sub(3), ..place };
    match height {
        1 => one_line(buf, inner, scene, first, more, &look),
        2..=6 => {
            let above = u16::from(height > 2);
            let middle = Rect { y: inner.y + above, height: inner.height - above, ..inner };
            two_lines(buf, middle, scene, first, more, &look);
        }
        _ => large(buf, inner, scene, first, more, &look),
    }
}

/// One line of the same, for the other views.
pub(crate) fn line(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    band(buf, Rect { height: area.height.min(1), ..area }, scene);
}

/// How the band looks: inverse while it is new, a coloured edge after that.
struct Look {
    inverse: bool,
    bar: Style,
    word: Style,
    strong: Style,
    plain: Style,
}

impl Look {
    fn of(scene: &Scene<'_>, first: &Headline<'_>) -> Self {
        let age = scene.live_now.since(first.since());
        let inverse = age < NEW;
        let (bar, word) = match first.level() {
            Level::Alarm => (Role::Alarm, Role::Breach),
            Level::Watch => (Role::AlarmWatch, Role::Watch),
        };
        let bar = scene.style(bar);
        if inverse {
            return Self { inverse, bar, word: bar, strong: bar, plain: bar };
        }
        let (strong, plain) = (scene.style(Role::Strong), scene.style(Role::Text));
        Self { inverse, bar, word: scene.style(word), strong, plain }
    }
}

fn one_line(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, first: &Headline<'_>, more: u64, look: &Look) {
    let mut left = what(scene, first, look);
    left.push("  ", look.plain).push(&times_text(scene, first), look.strong);
    left.push("  ", look.plain).push(&since_text(scene, first), look.plain);
    let right = right_end(scene, first, more, look);
    let room = area.width.saturating_sub(right.width() + 1);
    if room >= 24 {
        left.draw(buf, area.x, area.y, room);
        right.draw_right(buf, area.right(), area.y, right.width());
    } else {
        left.draw(buf, area.x, area.y, area.width);
    }
}

fn two_lines(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, first: &Headline<'_>, more: u64, look: &Look) {
    let mut top = what(scene, first, look);
    top.push("  ", look.plain).push(&times_text(scene, first), look.strong);
    let who = holder(scene, first, look);
    split(buf, area, 0, &top, &who);
    let mut below = Strip::new();
    below.push(&since_text(scene, first), look.plain).push("  ", look.plain).push(&counts(scene, first), look.plain);
    split(buf, area, 1, &below, &tail(scene, first, more, look));
}

/// Three lines beside the multiple in large digits.
fn large(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, first: &Headline<'_>, more: u64, look: &Look) {
    let [.., size, _] = SIZES;
    let ratio = first.why().map(|why| why.ratio()).filter(|r| *r > 0.0);
    let figure = ratio.map(|r| Figure { digits: format::times(r), unit: Some('×') });
    let mut text = area;
    if let Some(figure) = figure
        .filter(|f| size.cells(f) + 40 <= area.width && scene.ui.charset == super::super::charset::Charset::Unicode)
    {
        let place = Rect { x: area.x + 1, y: area.y + 1, height: (area.height - 1).min(size.rows()), ..area };
        size.draw(buf, place, &figure, look.word, true);
        let taken = size.cells(&figure) + 6;
        text = Rect { x: area.x + taken, width: area.width - taken, ..area };
    }
    let text = Rect { y: text.y + 2, height: text.height.saturating_sub(2), ..text };
    split(buf, text, 0, &what(scene, first, look), &holder(scene, first, look));
    let mut second = Strip::of(&times_text(scene, first), look.strong);
    second.push("  ", look.plain).push(&since_text(scene, first), look.plain);
    split(buf, text, 1, &second, &step(scene, first, look));
    split(buf, text, 2, &Strip::of(&counts(scene, first), look.plain), &tail(scene, first, more, look));
}

/// Draws one piece on the left and one on the right; the right one goes first when room is short.
fn split(buf: &mut Buffer, area: Rect, row: u16, left: &Strip, right: &Strip) {
    if row >= area.height {
        return;
    }
    let y = area.y + row;
    let right_room = if left.width().min(30) + right.width() + 2 <= area.width { right.width() } else { 0 };
    left.draw(buf, area.x, y, area.width - right_room - u16::from(right_room > 0) * 2);
    if right_room > 0 {
        right.draw_right(buf, area.right(), y, right_room);
    }
}

/// Sign, level, kind and place.
fn what(scene: &Scene<'_>, first: &Headline<'_>, look: &Look) -> Strip {
    let (level, kind, name) = match first {
        Headline::Incident(i) => (Level::Alarm, i.kind, i.name.as_str()),
        Headline::Alert(a) => (a.level, a.kind, a.name.as_str()),
    };
    let sign = if level == Level::Alarm { "■" } else { "▲" };
    let mut strip = Strip::new();
    strip.push(sign, look.word).push(" ", look.word).push(scene.texts.level(level), look.word);
    let kind = match first {
        Headline::Incident(i) => reading(scene).kind(i),
        Headline::Alert(_) => scene.texts.alert(kind).to_owned(),
    };
    strip.push("  ", look.plain).push(&kind, look.strong);
    if !name.is_empty() {
        strip.push(" · ", look.plain).push(name, look.strong);
    }
    strip
}

/// How many times the usual, or the figure and its limit.
fn times_text(scene: &Scene<'_>, first: &Headline<'_>) -> String {
    if let Some(why) = first.why().filter(|why| why.ratio() > 0.0) {
        return scene.fill("alarm.ratio", &[("ratio", &format::times(why.ratio()))]);
    }
    let (kind, value, limit) = match first {
        Headline::Alert(a) => (a.kind, a.value, a.limit),
        Headline::Incident(i) => {
            let alert = scene.newest.alerts.iter().find(|a| a.incident == Some(i.id));
            (i.kind, alert.and_then(|a| a.value), alert.and_then(|a| a.limit))
        }
    };
    let unit = match kind {
        crate::alert::AlertKind::ServiceLevel
        | crate::alert::AlertKind::AbandonRate
        | crate::alert::AlertKind::Dropping => Unit::Share,
        crate::alert::AlertKind::Surge
        | crate::alert::AlertKind::Quiet
        | crate::alert::AlertKind::HighDay
        | crate::alert::AlertKind::NewNormal => Unit::Times,
        crate::alert::AlertKind::SignOuts => Unit::Count,
        crate::alert::AlertKind::Rule => rule_unit(scene, first),
        _ => Unit::Seconds,
    };
    let text = |n: f64| format::figure(scene.texts, unit, Value::Known(n));
    match (value, limit) {
        (Some(v), Some(l)) => scene.fill("alarm.over_limit", &[("value", &text(v)), ("limit", &text(l))]),
        (Some(v), None) => text(v),
        _ => String::new(),
    }
}

/// The unit of the figure a rule is over.
fn rule_unit(scene: &Scene<'_>, first: &Headline<'_>) -> Unit {
    let stands = &scene.newest.alert_rules.stands;
    let (name, since) = match first {
        Headline::Alert(a) => (&a.name, Some(a.since)),
        Headline::Incident(i) => (&i.name, None),
    };
    let found =
        stands.iter().find(|a| name.as_str().starts_with(a.rule.as_str()) && since.is_none_or(|s| s == a.since));
    found.map_or(Unit::Number, |a| a.figure.unit())
}

/// Since when, and how long that is.
fn since_text(scene: &Scene<'_>, first: &Headline<'_>) -> String {
    let since = first.since();
    let time = scene.fill("alarm.since", &[("time", &scene.clock(since))]);
    let age = format::age(scene.texts, scene.live_now.since(since));
    format!("{time}  {}", scene.fill("alarm.for", &[("age", &age)]))
}

/// What was counted.
fn counts(scene: &Scene<'_>, first: &Headline<'_>) -> String {
    let Some(why) = first.why() else { return String::new() };
    let mut said = vec![counted(scene, &why)];
    if let Some(callers) = why.different_callers {
        said.push(scene.fill("alarm.callers", &[("n", &callers.to_string())]));
    }
    said.join("  ·  ")
}

/// Calls, span and usual of a surge.
fn counted(scene: &Scene<'_>, why: &SurgeWhy) -> String {
    let values = [
        ("offered", &*format!("{:.0}", why.offered)),
        ("usual", &*format!("{:.0}", why.usual)),
        ("span", &*format::length(scene.texts, why.span)),
    ];
    scene.fill("alarm.counts", &values)
}

/// Whether somebody has it; who that is the wall never says.
fn holder(scene: &Scene<'_>, first: &Headline<'_>, look: &Look) -> Strip {
    let Headline::Incident(incident) = first else { return Strip::new() };
    let Some((_, since)) = &incident.owner else {
        let mut strip = Strip::of(scene.t("alarm.nobody"), look.word);
        if let Some(next) = &incident.plan.next {
            strip.push("  ", look.plain).push(&reading(scene).next(next), look.strong);
        }
        return strip;
    };
    let time = scene.clock(*since);
    let role = incident.plan.owner.as_ref().and_then(|owner| owner.role.as_ref());
    let text = match role {
        Some(role) => {
            let role = scene.texts.under("role", role.as_str());
            scene.fill("alarm.taken_role", &[("role", role), ("time", &time)])
        }
        None => scene.fill("alarm.taken", &[("time", &time)]),
    };
    Strip::of(&format!("✓ {text}"), look.strong)
}

fn reading<'s>(scene: &'s Scene<'_>) -> Reading<'s> {
    Reading { texts: scene.texts, zone: &scene.newest.zone, now: scene.live_now }
}

/// The next step of the checklist.
fn step(scene: &Scene<'_>, first: &Headline<'_>, look: &Look) -> Strip {
    let Headline::Incident(incident) = first else { return Strip::new() };
    match reading(scene).next_step(incident) {
        Some((n, of, text)) => {
            let mut strip = Strip::of(&format!("{n}/{of} "), look.strong);
            strip.push(&cut(text, 60), look.plain);
            strip
        }
        None => Strip::new(),
    }
}

/// Its number, and how many more there are.
fn tail(scene: &Scene<'_>, first: &Headline<'_>, more: u64, look: &Look) -> Strip {
    let mut strip = Strip::new();
    if let Headline::Incident(incident) = first {
        if let Some((n, of, _)) = reading(scene).next_step(incident) {
            let values = [("n", &*n.to_string()), ("of", &*of.to_string())];
            strip.push(&scene.fill("alarm.step", &values), look.plain).gap(2);
        }
        strip.push(&scene.fill("alarm.number", &[("n", &incident.id.to_string())]), look.plain);
    }
    if more > 0 {
        strip.gap(2).push(&scene.fill("alarm.more", &[("n", &more.to_string())]), look.plain);
    }
    strip
}

fn right_end(scene: &Scene<'_>, first: &Headline<'_>, more: u64, look: &Look) -> Strip {
    let mut strip = holder(scene, first, look);
    if more > 0 {
        strip.push(&format!(" +{more}"), look.plain);
    }
    strip
}
