//! A backtest as JSON, and what an episode says of itself.

use jiff::tz::TimeZone;

use super::places::{self, whole_text};
use super::{Backtest, Episode};
use crate::alert::{AlertKind, SurgeWhy};
use crate::locale::Texts;
use crate::metrics::Scope;
use crate::model::Time;
use crate::report::{Cell, Object};

/// `{"days", "episodes"}` as DESIGN.md has it. Times carry the offset of `zone`.
#[must_use]
pub fn object(backtest: &Backtest, zone: &TimeZone, texts: &Texts) -> Object {
    let mut object = Object::new();
    object.put("days", i64::try_from(backtest.days.len()).unwrap_or(i64::MAX));
    let episodes = backtest.episodes.iter().map(|e| Cell::Object(episode(backtest, e, zone, texts))).collect();
    object.put("episodes", Cell::List(episodes));
    object
}

fn episode(backtest: &Backtest, e: &Episode, zone: &TimeZone, texts: &Texts) -> Object {
    let at = |time: Time| time.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
    let mut o = Object::new();
    let scope = backtest.recorded.streams.get(e.scope).map_or(&Scope::All, |s| &s.scope);
    o.put("scope", place_word(scope))
        .put("kind", e.kind.word())
        .put("level", e.level.word())
        .put("raised_at", at(e.raised_at))
        .put("watch_at", e.watch_at.map(at))
        .put("onset_at", at(e.why.onset.unwrap_or(e.raised_at)))
        .put("cleared_at", e.cleared_at.map(at))
        .put("offered", whole(e.why.offered))
        .put("usual", rounded(e.why.usual))
        .put("ratio", ratio(&e.why))
        .put("peak_ratio", Some(rounded(e.peak)).filter(|_| e.why.usual > 0.0))
        .put("why", why(e))
        .put("why_text", whole_text(e, texts));
    o
}

fn why(episode: &Episode) -> Object {
    let why = &episode.why;
    let mut o = Object::new();
    o.put("offered", whole(why.offered))
        .put("usual", rounded(why.usual))
        .put("span_s", why.span.whole_secs())
        .put("ratio", ratio(why))
        .put("written_rule", why.written_rule)
        .put("different_callers", count(why.different_callers))
        .put("redials", count(why.redials));
    places::put(&mut o, &episode.detail);
    o
}

fn count(n: Option<u64>) -> Option<i64> {
    n.and_then(|n| i64::try_from(n).ok())
}

fn ratio(why: &SurgeWhy) -> Option<f64> {
    (why.usual > 0.0).then(|| rounded(why.ratio()))
}

#[expect(clippy::cast_possible_truncation, reason = "a count of calls, and `as` saturates")]
fn whole(n: f64) -> i64 {
    n.round() as i64
}

/// To three digits after the point: more is noise.
fn rounded(n: f64) -> f64 {
    (n * 1000.0).round() / 1000.0
}

/// A scope as one word: `all`, a queue's id, `group:…`, `line:…`, `area:…`, `menu:…`, `reason:…`.
#[must_use]
pub fn place_word(scope: &Scope) -> String {
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Queue(feed, id) if feed.as_str().is_empty() => id.as_str().to_owned(),
        Scope::Queue(feed, id) => format!("{}/{}", feed.as_str(), id.as_str()),
        Scope::Group(name) => format!("group:{}", name.as_str()),
        Scope::Line(name) => format!("line:{}", name.as_str()),
        Scope::Team(name) => format!("team:{}", name.as_str()),
        Scope::Area(name) => format!("area:{}", name.as_str()),
        Scope::Menu(name) => format!("menu:{}", name.as_str()),
        Scope::Reason(name) => format!("reason:{}", name.as_str()),
    }
}

/// Why it was raised, in words.
#[must_use]
pub fn why_text(kind: AlertKind, why: &SurgeWhy, texts: &Texts) -> String {
    let seconds = u64::try_from(why.span.whole_secs().max(0)).unwrap_or(0);
    let span = if seconds < 120 {
        texts.fill("surge_why.seconds", &[("n", &seconds.to_string())])
    } else {
        texts.fill("surge_why.minutes", &[("n", &((seconds + 30) / 60).to_string())])
    };
    let offered = whole(why.offered).to_string();
    let usual = if why.usual >= 10.0 { format!("{:.0}", why.usual) } else { format!("{:.1}", why.usual) };
    let times = format!("{:.1}", why.ratio());
    let counts = [("offered", offered.as_str()), ("span", &span), ("usual", &usual), ("ratio", &times)];
    let key = if why.usual > 0.0 { "surge_why.counts" } else { "surge_why.none_usual" };
    let mut parts = vec![texts.fill(key, &counts)];
    if kind == AlertKind::Surge && why.written_rule {
        parts.push(texts.t("surge_why.rule").to_owned());
    }
    if let Some(callers) = why.different_callers {
        parts.push(texts.fill("surge_why.callers", &[("n", &callers.to_string())]));
    }
    if let Some(redials) = why.redials.filter(|n| *n > 0) {
        parts.push(texts.fill("surge_why.redials", &[("n", &redials.to_string())]));
    }
    parts.join(texts.t("surge_why.and"))
}
