//! Figures as JSON: keys of KPI.md, counts never null, seconds as `_s`, shares 0–1, `null` where there is no denominator
//! or the feed cannot tell.

use serde_json::{Map, Value as Json, json};

use crate::config::{AbandonVariant, AsaVariant, Exits, FigureRules, QueueRules, ServiceLevelVariant};
use crate::engine::Books;
use crate::metrics::{AgentTally, FigureKey, Now, SLOTS, Slot, SlotTimes, Tally, Value, Window, service_level};
use crate::model::{ExitWhy, Time};

/// Everything a recording gave, over its whole span: `{"window", "all", "queues", "agents", "anomalies"}`.
#[must_use]
pub fn whole(books: &mut Books) -> Json {
    let (from, to) = books.span().unwrap_or_default();
    let has_events = books.span().is_some();
    let at = |t: Time| if has_events { json!(local(books, t)) } else { Json::Null };
    let window = json!({ "from": at(from), "to": at(to) });
    let settings = books.settings().clone();
    let rules = &settings.figures;
    let all = scope_json(books, 0, &settings.queue_defaults, rules);
    let many = books.floor().feeds().len() > 1;
    let mut queues = Map::new();
    for ix in 0..books.floor().queues().len() {
        let Some(queue) = books.floor().queues().get(ix).cloned() else { continue };
        let mut object = scope_json(books, queue.scope, &queue.rules, rules);
        object.insert("name".into(), json!(queue.name));
        object.insert("feed".into(), json!(queue.feed));
        object.insert("site".into(), json!(settings.site.name));
        queues.insert(prefixed(many, queue.feed.as_str(), queue.id.as_str()), Json::Object(object));
    }
    let mut agents = Map::new();
    for ix in 0..books.floor().agents().len() {
        let number = u32::try_from(ix).unwrap_or(u32::MAX);
        let tally = books.person_whole(number);
        let Some(agent) = books.floor().agents().get(ix) else { continue };
        let feed = books.floor().feed_of(agent).map(|f| f.name.clone()).unwrap_or_default();
        let mut object = agent_json(&tally);
        object.insert("name".into(), json!(agent.name.as_ref().map_or(agent.id.as_str(), |n| n.as_str())));
        object.insert("team".into(), json!(agent.team));
        object.insert("feed".into(), json!(feed));
        object.insert("site".into(), json!(settings.site.name));
        let moment = |t: Option<Time>| t.map(|t| local(books, t));
        object.insert("first_sign_in".into(), json!(moment(tally.first_sign_in)));
        object.insert("last_sign_out".into(), json!(moment(tally.last_sign_out)));
        agents.insert(prefixed(many, feed.as_str(), agent.id.as_str()), Json::Object(object));
    }
    json!({ "window": window, "all": all, "queues": queues, "agents": agents, "anomalies": anomalies(books) })
}

fn prefixed(many: bool, feed: &str, id: &str) -> String {
    if many { format!("{feed}/{id}") } else { id.to_owned() }
}

/// RFC 3339 with the site's offset.
fn local(books: &Books, at: Time) -> String {
    let zoned = at.to_jiff().to_zoned(books.settings().site.time_zone.clone());
    zoned.timestamp().display_with_offset(zoned.offset()).to_string()
}

/// What did not fit, counted by kind over all feeds.
#[must_use]
pub fn anomalies(books: &Books) -> Json {
    let mut counted = Map::new();
    for feed in books.floor().feeds() {
        for (kind, n) in feed.anomalies() {
            let before = counted.get(kind.word()).and_then(Json::as_u64).unwrap_or(0);
            counted.insert(kind.word().into(), json!(before + n));
        }
    }
    Json::Object(counted)
}

fn scope_json(books: &mut Books, scope: u32, queue: &QueueRules, rules: &FigureRules) -> Map<String, Json> {
    let tally = books.tally(scope, Window::Whole);
    let now = books.now_in(scope);
    let at = books.floor().now();
    scope_figures(&tally, &now, at, queue, rules)
}

/// One scope in one window. `waiting at from` is 0: a recording begins empty, what waits in its first full state is
/// offered when it joined.
#[must_use]
pub fn scope_figures(tally: &Tally, now: &Now, at: Time, queue: &QueueRules, rules: &FigureRules) -> Map<String, Json> {
    let mut o = Map::new();
    for key in SCOPE_KEYS {
        let value = now.figure(*key, at).unwrap_or_else(|| tally.figure(*key, rules, queue));
        o.insert(key.word().into(), number(*key, value));
    }
    let c = &tally.counts;
    let by: Map<String, Json> =
        ExitWhy::ALL.iter().zip(c.exited_by).map(|(why, n)| (why.word().to_owned(), json!(n))).collect();
    o.insert("exited_by".into(), Json::Object(by));
    let levels: Map<String, Json> = ServiceLevelVariant::ALL
        .iter()
        .map(|v| (v.word().to_owned(), number(FigureKey::ServiceLevel, service_level(c, *v, queue.exits))))
        .collect();
    o.insert("service_level".into(), Json::Object(levels));
    o.insert("service_level_variant".into(), json!(queue.variant.word()));
    o.insert("service_level_within_s".into(), json!(queue.within.secs()));
    o.insert("service_level_exits".into(), json!(if queue.exits == Exits::Count { "count" } else { "ignore" }));
    o.insert("answered_within".into(), json!(c.answered_in_t));
    o.insert("abandoned_within".into(), json!(c.abandoned_in_t));
    o.insert(
        "abandon_rate_variant".into(),
        json!(match rules.abandon_rate {
            AbandonVariant::Resolved => "resolved",
            AbandonVariant::Offered => "offered",
            AbandonVariant::WithShort => "with_short",
        }),
    );
    o.insert(
        "asa_variant".into(),
        json!(match rules.asa {
            AsaVariant::Answered => "answered",
            AsaVariant::QueueTotal => "queue_total",
        }),
    );
    o.insert("abandoned_derived".into(), json!(c.abandoned_derived));
    o.insert("waiting_again".into(), json!(now.waiting_again));
    o.insert("doubted".into(), json!(now.ghosts));
    o.insert("time_s".into(), slots(&tally.people));
    let residual = c.offered - c.ended() - i64::from(now.waiting);
    o.insert(
        "reconciliation".into(),
        json!({
            "waiting_at_from": 0, "joined": c.offered, "answered": c.answered, "abandoned": c.abandoned,
            "short_abandoned": c.short_abandoned, "exited": c.exited(), "unknown": c.unknown,
            "waiting_at_to": now.waiting, "residual": residual,
        }),
    );
    o
}

/// The figures of a scope, in the order of KPI.md.
const SCOPE_KEYS: &[FigureKey] = &[
    FigureKey::Offered,
    FigureKey::Answered,
    FigureKey::Abandoned,
    FigureKey::ShortAbandoned,
    FigureKey::Exited,
    FigureKey::UnknownEnd,
    FigureKey::MovedIn,
    FigureKey::MovedOut,
    FigureKey::Lost,
    FigureKey::LostRate,
    FigureKey::AbandonRate,
    FigureKey::AnswerRate,
    FigureKey::Asa,
    FigureKey::AvgAbandon,
    FigureKey::LongestWait,
    FigureKey::LongestWaitCall,
    FigureKey::LongestWaitWindow,
    FigureKey::Waiting,
    FigureKey::WaitingOver,
    FigureKey::LiveServiceLevel,
    FigureKey::WaitP50,
    FigureKey::WaitP90,
    FigureKey::WaitP95,
    FigureKey::WaitP99,
    FigureKey::Att,
    FigureKey::AvgHold,
    FigureKey::Acw,
    FigureKey::Aht,
    FigureKey::AvgRing,
    FigureKey::AvgRings,
    FigureKey::Transfers,
    FigureKey::TransferRate,
    FigureKey::Usual,
    FigureKey::Ratio,
    FigureKey::DifferentCallers,
    FigureKey::Redials,
    FigureKey::Occupancy,
    FigureKey::Utilization,
    FigureKey::RingNoAnswer,
];

/// One person.
#[must_use]
pub fn agent_json(tally: &AgentTally) -> Map<String, Json> {
    let mut o = Map::new();
    for key in AGENT_KEYS {
        o.insert(key.word().into(), number(*key, tally.figure(*key)));
    }
    o.insert("sign_ins".into(), json!(tally.sign_ins));
    o.insert("sign_outs".into(), json!(tally.sign_outs));
    let by: Map<String, Json> =
        tally.not_ready_by_reason.iter().map(|(r, us)| (r.as_str().to_owned(), seconds(*us))).collect();
    o.insert("not_ready_by_reason".into(), Json::Object(by));
    o.insert("time_s".into(), slots(&tally.time));
    o
}

/// The figures of a person, in the order of KPI.md.
const AGENT_KEYS: &[FigureKey] = &[
    FigureKey::SignedIn,
    FigureKey::Answered,
    FigureKey::TalkTime,
    FigureKey::Att,
    FigureKey::AvgHold,
    FigureKey::AfterCallTime,
    FigureKey::Acw,
    FigureKey::Aht,
    FigureKey::RingTime,
    FigureKey::RingNoAnswer,
    FigureKey::ReadyTime,
    FigureKey::NotReadyCount,
    FigureKey::NotReadyTime,
    FigureKey::Transfers,
    FigureKey::TransferRate,
    FigureKey::Occupancy,
    FigureKey::Utilization,
    FigureKey::AfterCallShare,
    FigureKey::NotReadyShare,
    FigureKey::CallsPerHour,
];

fn slots(times: &SlotTimes) -> Json {
    let mut o = Map::new();
    for (slot, us) in Slot::ALL.iter().zip(times.0).take(SLOTS) {
        if us != 0 && *slot != Slot::SignedOut {
            o.insert(slot.word().into(), seconds(us));
        }
    }
    Json::Object(o)
}

/// Seconds with at most six digits after the point: what was measured, no more.
#[expect(clippy::cast_precision_loss, reason = "microseconds of a year are far below 2^53")]
fn seconds(us: i64) -> Json {
    json!(us as f64 / 1e6)
}

/// A figure of its unit: counts whole, the rest rounded where floats end, so that the bytes are the same everywhere.
#[expect(clippy::cast_possible_truncation, reason = "counts are whole and far below 2^53")]
fn number(key: FigureKey, value: Value) -> Json {
    use crate::metrics::Unit;
    let Some(n) = value.known() else { return Json::Null };
    match key.unit() {
        Unit::Count => json!(n as i64),
        Unit::Seconds | Unit::Share | Unit::Times | Unit::Number => json!((n * 1e6).round() / 1e6),
    }
}
