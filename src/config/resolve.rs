//! From the merged tree to [`Settings`]: one function a table, contradictions between keys among it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::alert_rules;
use super::discipline;
use super::floor_settings::{AlertRule, Silence};
use super::incident::incident;
use super::queues::{first_rules, found_zone, queues, rules};
use super::reader::{Field, Reader};
use super::secrets::Surroundings;
use super::settings::{
    AbandonVariant, AlertRules, AsaVariant, Display, FigureRules, Lang, QuietRule, Settings, Site, StoreRules,
    SurgeRules, Theme, ThresholdRule,
};
use super::sources::sources;
use super::usual::usual;
use super::zone::time_zone;
use crate::model::{Label, ReasonClass, Span};

/// Reads everything. Where a value is wrong it is reported and something harmless stands in its place.
pub(super) fn settings(mut root: Reader<'_>, around: &Surroundings<'_>) -> Settings {
    let site = site(root.given("site").table());
    let display = display(root.given("display").table());
    let queue_defaults = rules(root.given("service_level").table(), &first_rules());
    let sources = sources(&root.may("source"), around);
    let queues = queues(&root.may("queue"), &queue_defaults, &sources);
    let figures = figures(root.given("figures").table());
    let alert_table = root.given("alert");
    let (alert, alert_rules, silences) = alert(alert_table.table(), figures.min_sample);
    let incident = incident(root.given("incident").table(), &around.base);
    let (usual, calendars) = usual(root.given("usual").table(), &site.time_zone, around);
    let reasons = reasons(&root.given("reasons").table());
    let shift_plan = discipline::shift_plan(root.given("shift_plan").table(), around);
    let call_in = discipline::call_in(root.given("call_in").table());
    let lost_callers = discipline::lost(root.given("lost_callers").table());
    let privacy = discipline::privacy(root.given("privacy").table(), around);
    let discipline = discipline::discipline(root.given("discipline").table());
    let store = store(root.given("store").table(), around);
    root.finish();
    Settings {
        site,
        display,
        sources,
        queues,
        queue_defaults,
        figures,
        alert,
        incident,
        usual,
        calendars,
        reasons,
        shift_plan,
        discipline,
        call_in,
        lost_callers,
        alert_rules,
        silences,
        privacy,
        store,
    }
}

fn store(mut reader: Reader<'_>, around: &Surroundings<'_>) -> StoreRules {
    let on = reader.given("on").switch().unwrap_or_default();
    let place = reader.given("dir");
    let dir = if place.is_word("auto") { None } else { place.text().map(|text| around.env.path(&around.base, &text)) };
    let days = |field: &Field<'_>| field.whole(2..=3650).and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    let journal_days = days(&reader.given("journal_days"));
    let journal_bytes = count(&reader.given("journal_mb"), 10..=1_000_000) * 1024 * 1024;
    let interval_days = days(&reader.given("interval_days"));
    reader.finish();
    StoreRules { on, dir, journal_days, journal_bytes, interval_days }
}

fn site(mut reader: Reader<'_>) -> Site {
    let name = reader.given("name").label().unwrap_or_default();
    let zone = reader.given("time_zone");
    let time_zone = if zone.is_word("system") {
        machine_zone(&zone)
    } else {
        zone.text().and_then(|text| found_zone(&zone, &text)).unwrap_or(TimeZone::UTC)
    };
    reader.finish();
    Site { name, time_zone }
}

/// The machine's own zone. Where it cannot be told (a bare container) the day is that of UTC, and that is said.
fn machine_zone(field: &Field<'_>) -> TimeZone {
    time_zone("system").unwrap_or_else(|_unknown| {
        field.warn("this machine does not tell its time zone; UTC is used", "write site.time_zone = \"Asia/Shanghai\"");
        TimeZone::UTC
    })
}

fn display(mut reader: Reader<'_>) -> Display {
    let languages: Vec<_> = Lang::ALL.iter().map(|lang| (lang.word(), Some(*lang))).chain([("auto", None)]).collect();
    let themes: Vec<_> = Theme::ALL.iter().map(|theme| (theme.word(), *theme)).collect();
    let lang = reader.given("lang").choice(&languages).flatten();
    let theme = reader.given("theme").choice(&themes).unwrap_or_default();
    let refresh = reader.given("refresh_ms").whole(100..=10_000).unwrap_or_default();
    let width = reader.given("ambiguous_width");
    let ambiguous_width =
        if width.is_word("auto") { None } else { width.whole(1..=2).and_then(|n| u8::try_from(n).ok()) };
    reader.finish();
    Display { lang, theme, refresh: Span::from_micros(refresh * 1000), ambiguous_width }
}

fn figures(mut reader: Reader<'_>) -> FigureRules {
    let rates = [
        ("resolved", AbandonVariant::Resolved),
        ("offered", AbandonVariant::Offered),
        ("with_short", AbandonVariant::WithShort),
    ];
    let asas = [("answered", AsaVariant::Answered), ("queue_total", AsaVariant::QueueTotal)];
    let short_abandon = reader.given("short_abandon_s").seconds(0.0..=300.0).unwrap_or_default();
    let abandon_rate = reader.given("abandon_rate").choice(&rates).unwrap_or(AbandonVariant::Resolved);
    let asa = reader.given("asa").choice(&asas).unwrap_or(AsaVariant::Answered);
    let avg_abandon_with_short =
        reader.given("avg_abandon").choice(&[("apart", false), ("with_short", true)]).unwrap_or_default();
    let min_sample = count(&reader.given("min_sample"), 0..=100_000);
    let interval_min = interval(&reader.given("interval_min"));
    let day_starts_s = time_of_day(&reader.given("day_starts_at")).unwrap_or_default();
    let ring_cycle = reader.given("ring_cycle_s").seconds(1.0..=60.0).unwrap_or_default();
    let reorder = reader.given("reorder_s").seconds(0.0..=60.0).unwrap_or_default();
    let ghost_after = reader.given("ghost_after_s").seconds(60.0..=604_800.0).unwrap_or_default();
    let over = reader.given("waiting_over_s");
    let waiting_over = if over.is_word("auto") { None } else { over.seconds(1.0..=7200.0) };
    reader.finish();
    FigureRules {
        short_abandon,
        abandon_rate,
        asa,
        avg_abandon_with_short,
        min_sample,
        interval_min,
        day_starts_s,
        ring_cycle,
        reorder,
        ghost_after,
        waiting_over,
    }
}

fn count(field: &Field<'_>, range: std::ops::RangeInclusive<i64>) -> u64 {
    field.whole(range).and_then(|n| u64::try_from(n).ok()).unwrap_or_default()
}

fn interval(field: &Field<'_>) -> u32 {
    let minutes = field.whole(1..=60).and_then(|n| u32::try_from(n).ok());
    if minutes.is_some_and(|n| ![5, 10, 15, 30, 60].contains(&n)) {
        field.error("is no length of an interval", "write 5, 10, 15, 30 or 60");
    }
    minutes.unwrap_or_default()
}

/// "HH:MM" as seconds after midnight.
fn time_of_day(field: &Field<'_>) -> Option<u32> {
    let text = field.text()?;
    let number = |digits: &str, below: u32| {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|n| two && *n < below)
    };
    let found = text.split_once(':').and_then(|(h, m)| Some(number(h, 24)? * 3600 + number(m, 60)? * 60));
    if found.is_none() {
        field.error("is no time of day", "write hours and minutes in quotes, from \"00:00\" to \"23:59\"");
    }
    found
}

fn alert(mut reader: Reader<'_>, min_sample: u64) -> (AlertRules, Vec<AlertRule>, Vec<Silence>) {
    let surge = surge(reader.given("surge").table());
    let long_wait = threshold(reader.given("long_wait").table(), &LONG_WAIT);
    let service_level = threshold(reader.given("service_level").table(), &SERVICE_LEVEL);
    let abandon_rate = threshold(reader.given("abandon_rate").table(), &ABANDON_RATE);
    let feed_after = reader.given("feed_after_s").seconds(0.0..=3600.0).unwrap_or_default();
    let rules = alert_rules::rules(&reader.may("rule"), min_sample);
    let silences = alert_rules::silences(&reader.may("silence"), &rules);
    reader.finish();
    (AlertRules { surge, long_wait, service_level, abandon_rate, feed_after }, rules, silences)
}

fn surge(mut reader: Reader<'_>) -> SurgeRules {
    let ratio_field = reader.given("ratio");
    let watch_field = reader.given("watch_ratio");
    let clear_field = reader.given("clear_ratio");
    let ratio = ratio_field.number(1.1..=20.0);
    let watch_ratio = watch_field.number(1.05..=20.0);
    let clear_ratio = clear_field.number(1.0..=20.0);
    for (lower, field) in [(watch_ratio, &watch_field), (clear_ratio, &clear_field)] {
        validate_at_most(field, lower, &ratio_field, ratio);
    }
    let clear_min = reader.given("clear_min").whole(1..=240).and_then(|n| u32::try_from(n).ok());
    let min_calls = count(&reader.given("min_calls"), 1..=100_000);
    let written_rule = reader.given("written_rule").switch().unwrap_or_default();
    let budget_per_month = reader.given("budget").number(0.01..=1000.0).unwrap_or_default();
    let words = [("watch", QuietRule::Watch), ("alarm", QuietRule::Alarm), ("off", QuietRule::Off)];
    let quiet = reader.given("quiet").choice(&words).unwrap_or_default();
    let new_normal_days = count(&reader.given("new_normal_days"), 0..=60);
    let new_normal_since = since_date(&reader.given("new_normal_since"));
    reader.finish();
    SurgeRules {
        ratio: ratio.unwrap_or_default(),
        watch_ratio: watch_ratio.unwrap_or_default(),
        clear_ratio: clear_ratio.unwrap_or_default(),
        clear_min: clear_min.unwrap_or_default(),
        min_calls,
        written_rule,
        budget_per_month,
        quiet,
        new_normal_days,
        new_normal_since,
    }
}

/// A date, or nothing.
fn since_date(field: &Field<'_>) -> Option<jiff::civil::Date> {
    let text = field.moment_text().filter(|text| text != "none")?;
    let found = text.parse().ok().filter(|_| text.len() == 10);
    if found.is_none() {
        field.error(format!("'{text}' is no date"), "write year, month and day: \"2026-05-18\", or \"none\"");
    }
    found
}

/// A limit beyond the one it belongs to: what is raised would clear at once. Told where the user wrote one of them.
fn validate_at_most(low_field: &Field<'_>, low: Option<f64>, high_field: &Field<'_>, high: Option<f64>) {
    let (Some(low), Some(high)) = (low, high) else { return };
    if low > high {
        let last = |field: &Field<'_>| field.path.rsplit('.').next().unwrap_or_default().to_owned();
        let (low_key, high_key) = (last(low_field), last(high_field));
        low_field.upper(high_field).error(
            format!("{low_key} ({low}) is beyond {high_key} ({high})"),
            format!("write {low_key} = {high} or less beside it, or another {high_key}"),
        );
    }
}

/// How a threshold's two limits are called and measured.
struct Limits {
    raise: &'static str,
    clear: &'static str,
    share: bool,
}

const LONG_WAIT: Limits = Limits { raise: "raise_s", clear: "clear_s", share: false };
const SERVICE_LEVEL: Limits = Limits { raise: "below", clear: "clear_below", share: true };
const ABANDON_RATE: Limits = Limits { raise: "raise", clear: "clear", share: true };

fn threshold(mut reader: Reader<'_>, limits: &Limits) -> ThresholdRule {
    let (raise_field, clear_field) = (reader.given(limits.raise), reader.given(limits.clear));
    let value = |field: &Field<'_>| if limits.share { field.share() } else { field.number(1.0..=7200.0) };
    let (raise, clear) = (value(&raise_field), value(&clear_field));
    validate_at_most(&clear_field, clear, &raise_field, raise);
    let hold = reader.given("hold_s").seconds(0.0..=3600.0).unwrap_or_default();
    let clear_hold = reader.given("clear_hold_s").seconds(0.0..=3600.0).unwrap_or_default();
    let on = reader.given("on").switch().unwrap_or_default();
    reader.finish();
    ThresholdRule { raise: raise.unwrap_or_default(), clear: clear.unwrap_or_default(), hold, clear_hold, on }
}

/// `[reasons]`: the keys are the floor's own words, compared without case; the upper layer wins.
fn reasons(reader: &Reader<'_>) -> Vec<(Label, ReasonClass)> {
    let classes: Vec<_> = ReasonClass::ALL.iter().map(|class| (class.word(), *class)).collect();
    let mut known: BTreeMap<Label, (usize, ReasonClass)> = BTreeMap::new();
    for (reason, at, field) in reader.entries() {
        let Some(class) = field.choice(&classes) else { continue };
        let word = Label::new(&reason.to_lowercase());
        let tell = |what: &str, remedy: &str| field.report.error(at, &field.path, what, Some(remedy.to_owned()));
        match known.get(&word).map(|(layer, _)| *layer) {
            _ if word.is_empty() => tell("is an empty reason", "write the reason's text before the ="),
            Some(layer) if layer == at.layer => {
                tell("is there already in other letters", "reasons are compared without case; keep one of them");
            }
            Some(layer) if layer > at.layer => {}
            _ => {
                known.insert(word, (at.layer, class));
            }
        }
    }
    known.into_iter().map(|(word, (_, class))| (word, class)).collect()
}
