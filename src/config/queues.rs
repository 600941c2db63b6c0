//! `[[queue]]` and `[service_level]`.

use std::collections::BTreeMap;

use super::reader::{Field, Reader};
use super::settings::{Exits, QueueRules, QueueSettings, ServiceLevelVariant, SourceSettings};
use super::suggest::{nearest, one_of};
use super::zone::time_zone;
use crate::model::{FeedId, QueueId, Span};

const EXITS: &[(&str, Exits)] = &[("count", Exits::Count), ("ignore", Exits::Ignore)];

/// `[service_level]`, or the same keys under a queue; what is left out comes from `base`.
pub(super) fn rules(mut reader: Reader<'_>, base: &QueueRules) -> QueueRules {
    let variants = ServiceLevelVariant::ALL.map(|variant| (variant.word(), variant));
    let within = reader.may("within_s");
    let target = reader.may("target");
    let variant = reader.may("variant");
    let exits = reader.may("exits");
    reader.finish();
    QueueRules {
        within: within.seconds(1.0..=3600.0).unwrap_or(base.within),
        target: target.share().unwrap_or(base.target),
        variant: variant.choice(&variants).unwrap_or(base.variant),
        exits: exits.choice(EXITS).unwrap_or(base.exits),
    }
}

/// The rules before any file: KPI.md's.
pub(super) const fn first_rules() -> QueueRules {
    QueueRules { within: Span::from_secs(20), target: 0.8, variant: ServiceLevelVariant::OfAll, exits: Exits::Count }
}

/// Reads every `[[queue]]`.
pub(super) fn queues(list: &Field<'_>, base: &QueueRules, sources: &[SourceSettings]) -> Vec<QueueSettings> {
    let read: Vec<_> = list.tables().into_iter().map(|reader| queue(reader, base)).collect();
    validate_ids(&read);
    for (_, feed, queue) in &read {
        validate_feed(feed, queue.as_ref(), sources);
    }
    read.into_iter().filter_map(|(_, _, queue)| queue).collect()
}

fn queue<'t>(mut reader: Reader<'t>, base: &QueueRules) -> (Field<'t>, Field<'t>, Option<QueueSettings>) {
    let id = reader.need("id", "write the queue's name as its feed has it");
    let feed = reader.may("feed");
    let name = reader.may("name").label();
    let group = reader.may("group").label();
    let line = reader.may("line").label();
    let zone = reader.may("time_zone");
    let zone = zone.text().and_then(|text| found_zone(&zone, &text));
    let rules = rules(reader.may("service_level").table(), base);
    let feed_id = feed.name(64).map(|text| FeedId::new(&text));
    reader.finish();
    let built = id.name(128).map(|text| QueueSettings {
        feed: feed_id,
        id: QueueId::new(&text),
        name,
        group,
        line,
        time_zone: zone,
        rules,
    });
    (id, feed, built)
}

/// A zone by name, or the error with near names.
pub(super) fn found_zone(field: &Field<'_>, name: &str) -> Option<jiff::tz::TimeZone> {
    match time_zone(name) {
        Ok(zone) => Some(zone),
        Err(unknown) => {
            field.error(unknown.to_string(), unknown.remedy());
            None
        }
    }
}

fn validate_ids(read: &[(Field<'_>, Field<'_>, Option<QueueSettings>)]) {
    let mut seen: BTreeMap<(Option<&FeedId>, &QueueId), &Field<'_>> = BTreeMap::new();
    for (field, _, queue) in read {
        let Some(queue) = queue else { continue };
        let key = (queue.feed.as_ref(), &queue.id);
        if let Some(first) = seen.get(&key) {
            let what = format!("the queue '{}' is named twice (first {})", queue.id, first.path);
            field.error(what, "put its keys into one [[queue]], or tell the feeds apart with feed");
        } else {
            seen.insert(key, field);
        }
    }
}

/// A queue of a feed that is not there would be silently empty.
fn validate_feed(field: &Field<'_>, queue: Option<&QueueSettings>, sources: &[SourceSettings]) {
    let Some(feed) = queue.and_then(|queue| queue.feed.as_ref()) else { return };
    if sources.is_empty() || sources.iter().any(|source| source.name == *feed) {
        return;
    }
    let names = || sources.iter().map(|source| source.name.as_str());
    let remedy = nearest(feed.as_str(), names()).map_or_else(
        || format!("write {}, or leave it out for all feeds", one_of(names())),
        |near| format!("did you mean \"{near}\"?"),
    );
    field.error(format!("there is no source '{feed}'"), remedy);
}
