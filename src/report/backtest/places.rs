//! Where the calls of an alarm came from, and what is said of it.

use super::{Course, Episode, Recorded, Stream, place_word};
use crate::alert::{Before, Moved, SurgeDetail};
use crate::locale::Texts;
use crate::metrics::Scope;
use crate::model::{Label, Time};
use crate::report::{Cell, Object};

/// A kind of place: its word in the object and the locale, and which scopes are of it.
type Kind = (&'static str, fn(&Scope) -> bool);
const KINDS: [Kind; 5] = [
    ("areas", |s| matches!(s, Scope::Area(_))),
    ("lines", |s| matches!(s, Scope::Line(_))),
    ("menus", |s| matches!(s, Scope::Menu(_))),
    ("reasons", |s| matches!(s, Scope::Reason(_))),
    ("queues", |s| matches!(s, Scope::Queue(..))),
];
/// In words a place is told from so many times its usual, and of each kind so many.
const TOLD: (f64, usize) = (1.3, 2);

/// The places that moved in the span of an alarm.
pub(super) fn moved(recorded: &Recorded, courses: &[Course], episode: &Episode) -> Vec<Moved> {
    let to = episode.raised_at;
    let from = to - episode.why.span;
    let all = recorded.streams.first().zip(courses.first());
    let places = recorded.streams.iter().zip(courses).enumerate().filter(|(place, (stream, _))| {
        *place != episode.scope && !stream.calls.is_empty() && SurgeDetail::is_place(&stream.scope)
    });
    let places = places.filter_map(|(_, (stream, course))| {
        let own = course.expected(from, to);
        let usual =
            own.or_else(|| all.and_then(|(all, course)| Some(course.expected(from, to)? * part(stream, all, from))))?;
        let name = Label::new(&place_name(&stream.scope));
        Some(Moved { scope: stream.scope.clone(), name, offered: calls(stream, from, to), usual })
    });
    SurgeDetail::top(places)
}

/// What share of all calls before an instant a scope had.
fn part(stream: &Stream, all: &Stream, before: Time) -> f64 {
    calls(stream, Time::MIN, before) / calls(all, Time::MIN, before).max(1.0)
}

fn calls(stream: &Stream, from: Time, to: Time) -> f64 {
    let n = stream.calls.partition_point(|c| c.at <= to) - stream.calls.partition_point(|c| c.at <= from);
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn place_name(scope: &Scope) -> String {
    match scope {
        Scope::Area(name) | Scope::Line(name) | Scope::Menu(name) | Scope::Reason(name) => name.as_str().to_owned(),
        other => place_word(other),
    }
}

/// The places and the rarity as JSON: `places` by kind, `before`.
pub(super) fn put(object: &mut Object, detail: &SurgeDetail) {
    let rounded = |n: f64| (n * 1000.0).round() / 1000.0;
    let mut places = Object::new();
    for (word, is) in KINDS {
        let list = detail.moved.iter().filter(|m| is(&m.scope)).map(|m| {
            let mut o = Object::new();
            o.put("name", m.name.as_str())
                .put("offered", rounded(m.offered))
                .put("usual", rounded(m.usual))
                .put("ratio", (m.usual > 0.0).then(|| rounded(m.ratio())));
            Cell::Object(o)
        });
        let list: Vec<Cell> = list.collect();
        if !list.is_empty() {
            places.put(word, Cell::List(list));
        }
    }
    object.put("places", places);
    object.put("before", detail.before.map_or(Cell::Null, |before| Cell::Object(rarity(&before))));
}

fn rarity(before: &Before) -> Object {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut o = Object::new();
    o.put("days", count(before.days)).put("times", count(before.times));
    o.put("last", before.last.map(|date| date.to_string()));
    o
}

/// The places and the rarity in words, after the counts; empty where nothing is known.
#[must_use]
pub fn detail_text(detail: &SurgeDetail, texts: &Texts) -> String {
    detail_parts(detail, texts).join(texts.t("surge_why.and"))
}

/// The same, a line each: areas, lines, menus, reasons, queues, how often before.
#[must_use]
pub fn detail_parts(detail: &SurgeDetail, texts: &Texts) -> Vec<String> {
    let mut parts = Vec::new();
    for (word, is) in KINDS {
        let told = detail.moved.iter().filter(|m| is(&m.scope) && m.offered >= TOLD.0 * m.usual).take(TOLD.1);
        let list: Vec<String> = told
            .map(|m| {
                let usual = if m.usual >= 10.0 { format!("{:.0}", m.usual) } else { format!("{:.1}", m.usual) };
                let offered = format!("{:.0}", m.offered);
                let values = [("name", m.name.as_str()), ("offered", &offered), ("usual", &usual)];
                texts.fill("surge_why.place", &values)
            })
            .collect();
        if !list.is_empty() {
            let list = list.join(texts.t("surge_why.comma"));
            parts.push(texts.fill(&format!("surge_why.{word}"), &[("list", &list)]));
        }
    }
    if let Some(before) = detail.before {
        let (days, times) = (before.days.to_string(), before.times.to_string());
        let last = before.last.map(|date| date.to_string()).unwrap_or_default();
        let key = if before.times == 0 { "surge_why.never" } else { "surge_why.before" };
        parts.push(texts.fill(key, &[("days", &days), ("n", &times), ("last", &last)]));
    }
    parts
}

/// Why an episode stood, in words: the counts, where it came from, how rare it was.
#[must_use]
pub fn whole_text(episode: &Episode, texts: &Texts) -> String {
    let counts = super::why_text(episode.kind, &episode.why, texts);
    let detail = detail_text(&episode.detail, texts);
    if detail.is_empty() { counts } else { [counts, detail].join(texts.t("surge_why.and")) }
}
