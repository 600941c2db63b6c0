//! `[[alert.rule]]` and `[[alert.silence]]`.

use super::floor_settings::{AlertRule, RuleHours, RuleScope, RuleSide, Silence};
use super::reader::{Field, Reader};
use super::suggest::nearest;
use crate::model::{Label, QueueId, Span, Time};

/// Windows a rule may look at.
const WINDOWS: [&str; 6] = ["5m", "15m", "30m", "60m", "interval", "day"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads every `[[alert.rule]]`.
pub(super) fn rules(list: &Field<'_>, min_sample: u64) -> Vec<AlertRule> {
    let mut rules: Vec<AlertRule> = Vec::new();
    for reader in list.tables() {
        let (name, rule) = rule(reader, min_sample);
        let Some(rule) = rule else { continue };
        if rules.iter().any(|known| known.name == rule.name) {
            name.error(format!("the rule '{}' is there already", rule.name), "give it a name of its own");
        } else {
            rules.push(rule);
        }
    }
    rules
}

fn rule(mut reader: Reader<'_>, least: u64) -> (Field<'_>, Option<AlertRule>) {
    let name = reader.need("name", "write a short name, like \"Many abandon in sales\"");
    let figure = reader.need("figure", "write a figure, like \"abandon_rate\"");
    let scope = reader.need("scope", SCOPES);
    let (above, below) = (reader.may("above"), reader.may("below"));
    let window = reader.may("window");
    let clear = reader.may("clear");
    let hold = reader.may("hold_s").seconds(0.0..=86_400.0).unwrap_or(Span::from_secs(60));
    let clear_hold = reader.may("clear_hold_s").seconds(0.0..=86_400.0).unwrap_or(Span::from_secs(120));
    let min_sample = reader.may("min_sample").whole(0..=1_000_000).and_then(|n| u64::try_from(n).ok()).unwrap_or(least);
    let bound = reader.may("bound").switch().unwrap_or(true);
    let hours = reader.may("hours");
    let hours = if hours.present() {
        hours.list("write [\"mon-fri 08:00-20:00\"]").iter().filter_map(stretch).collect()
    } else {
        Vec::new()
    };
    let alarm = reader.may("severity").choice(&[("watch", false), ("alarm", true)]).unwrap_or(false);
    let on = reader.may("on").switch().unwrap_or(true);
    reader.finish();
    let window_word = if window.present() { window.text() } else { Some("30m".to_owned()) };
    let window_word = window_word.filter(|word| {
        let known = WINDOWS.contains(&word.as_str());
        if !known {
            window.error(format!("'{}' is no window", Label::new(word)), format!("write {}", WINDOWS.join(", ")));
        }
        known
    });
    let side = match (above.present(), below.present()) {
        (true, false) => above.number(-1e9..=1e9).map(|n| (RuleSide::Above, n)),
        (false, true) => below.number(-1e9..=1e9).map(|n| (RuleSide::Below, n)),
        (true, true) => {
            below.error("stands beside above", "keep one of them; write two rules for both sides");
            None
        }
        (false, false) => {
            let remedy = "write above = … or below = … (seconds, counts, shares from 0 to 1)";
            reader.report.error(reader.at(), reader.path(), "has no limit", Some(remedy.to_owned()));
            None
        }
    };
    let clear_at = if clear.present() { clear.number(-1e9..=1e9) } else { side.map(|(_, limit)| limit) };
    if let (Some((side, limit)), Some(at)) = (side, clear_at) {
        let wrong = match side {
            RuleSide::Above => at > limit,
            RuleSide::Below => at < limit,
        };
        if wrong {
            clear.error(
                format!("clear ({at}) lies beyond the limit ({limit})"),
                "write a value on the good side of the limit",
            );
        }
    }
    let read = || {
        let (side, limit) = side?;
        Some(AlertRule {
            name: name.label()?,
            figure: figure_key(&figure)?,
            scope: where_to(&scope)?,
            window: Label::new(&window_word?),
            side,
            limit,
            clear: clear_at?,
            hold,
            clear_hold,
            min_sample,
            bound,
            hours,
            alarm,
            on,
            figure_at: figure.place(),
        })
    };
    let rule = read();
    (name, rule)
}

/// Figures stand to the right of the configuration: a word is checked in its form here, and by its name where rules are
/// taken into force.
fn figure_key(field: &Field<'_>) -> Option<Label> {
    let text = field.text()?;
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !text.chars().all(word) {
        field.error("is no key of a figure", "write a key of `floorwatch explain`, like \"abandon_rate\"");
        return None;
    }
    Some(Label::new(&text))
}

const SCOPES: &str = "write \"all\", \"queue:ID\", \"group:NAME\", \"line:NUMBER\", \"team:NAME\", \"each queue\", \"each \
                      group\", \"each line\" or \"each team\"";

fn where_to(field: &Field<'_>) -> Option<RuleScope> {
    let text = field.text()?;
    let named = |name: &str| Label::new(name.trim());
    let scope = match text.as_str() {
        "all" => Some(RuleScope::All),
        "each queue" => Some(RuleScope::EachQueue),
        "each group" => Some(RuleScope::EachGroup),
        "each line" => Some(RuleScope::EachLine),
        "each team" => Some(RuleScope::EachTeam),
        other => {
            other.split_once(':').filter(|(_, name)| !name.trim().is_empty()).and_then(|(kind, name)| match kind {
                "queue" => Some(RuleScope::Queue(QueueId::new(name.trim()))),
                "group" => Some(RuleScope::Group(named(name))),
                "line" => Some(RuleScope::Line(named(name))),
                "team" => Some(RuleScope::Team(named(name))),
                _ => None,
            })
        }
    };
    if scope.is_none() {
        field.error(format!("'{}' is no scope", Label::new(&text)), SCOPES);
    }
    scope
}

/// "mon-fri 08:00-20:00", "sat,sun 09:00-18:00", "08:00-20:00".
fn stretch(field: &Field<'_>) -> Option<RuleHours> {
    let text = field.text()?.to_lowercase();
    let (days, times) = text.rsplit_once(' ').unwrap_or(("mon-sun", &text));
    let read = || {
        let (from, to) = times.split_once('-')?;
        Some(RuleHours { days: weekdays(days)?, from: seconds(from)?, to: seconds(to)? })
    };
    let found = read();
    if found.is_none() {
        field.error(format!("'{}' is no stretch of hours", Label::new(&text)), "write \"mon-fri 08:00-20:00\"");
    }
    found
}

fn weekdays(text: &str) -> Option<[bool; 7]> {
    let day = |word: &str| DAYS.iter().position(|d| *d == word.trim());
    let mut days = [false; 7];
    for part in text.split(',') {
        let (from, to) = match part.split_once('-') {
            Some((from, to)) => (day(from)?, day(to)?),
            None => (day(part)?, day(part)?),
        };
        // "sat-mon" goes over the end of the week.
        let mut at = from;
        loop {
            *days.get_mut(at)? = true;
            if at == to {
                break;
            }
            at = (at + 1) % 7;
        }
    }
    Some(days)
}

fn seconds(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str, most: u32| {
        let short = !digits.is_empty() && digits.len() <= 2;
        digits.parse::<u32>().ok().filter(|n| short && *n <= most)
    };
    let at = number(hour, 24)? * 3600 + number(minute, 59)? * 60;
    (at <= 86_400).then_some(at)
}

/// Reads every `[[alert.silence]]`.
pub(super) fn silences(list: &Field<'_>, rules: &[AlertRule]) -> Vec<Silence> {
    list.tables().into_iter().filter_map(|reader| silence(reader, rules)).collect()
}

fn silence(mut reader: Reader<'_>, rules: &[AlertRule]) -> Option<Silence> {
    let rule = reader.need("rule", "write the name of a rule");
    let scope = reader.may("scope").label();
    let (from, until) =
        (reader.may("from"), reader.need("until", "write when it ends, like 2026-05-23T20:00:00+08:00"));
    let author = reader.need("author", "write who asked for it");
    let reason = reader.need("reason", "write why, for those who read it later");
    reader.finish();
    let name = rule.label()?;
    if !rules.iter().any(|r| r.name == name) {
        let near = nearest(name.as_str(), rules.iter().map(|r| r.name.as_str()));
        let remedy =
            near.map_or_else(|| "write the name of a rule".to_owned(), |near| format!("did you mean \"{near}\"?"));
        rule.error(format!("there is no rule '{name}'"), remedy);
        return None;
    }
    let from = if from.present() { Some(instant(&from)?) } else { None };
    Some(Silence { rule: name, scope, from, until: instant(&until)?, author: author.label()?, reason: reason.label()? })
}

fn instant(field: &Field<'_>) -> Option<Time> {
    let text = field.text()?;
    let found = Time::parse(&text).ok();
    if found.is_none() {
        field.error(format!("'{}' is no instant", Label::new(&text)), "write one like \"2026-05-23T20:00:00+08:00\"");
    }
    found
}
