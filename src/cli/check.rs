//! `floorwatch check`: everything wrong with the configuration at once; a summary where nothing is.

use serde_json::{Value, json};

use super::{Context, ExitCode, Failure, Out, Outcome, start};
use crate::app::floor_files;
use crate::app::probe::{self, Probe};
use crate::clock::Clock;
use crate::config::{
    self, AlertRule, ConfigErrors, Exits, Problem, QueueSettings, RuleScope, RuleSide, Settings, SourceKind,
    SourceSettings, Warning, require_source,
};
use crate::model::clean;

/// Whether a source answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It was not asked.
    NotTried,
    /// It answered; what it said of itself.
    Reached(String),
    /// It did not; why, and what to do.
    Unreachable(String),
}

/// Checks the configuration. Errors make exit code 2, a source that cannot be reached 69.
///
/// # Errors
/// The output cannot be written.
pub fn run(context: &Context, out: &mut Out) -> Outcome {
    let request = context.request();
    let loaded = config::load(&request).and_then(|(settings, warnings)| {
        let file = config::find(request.file.as_deref(), &request.env)?.map(|place| place.path.display().to_string());
        let checked = require_source(&settings, &request).and_then(|()| floor_files::check(&settings));
        match checked {
            Ok(more) => Ok((settings, [warnings, more].concat(), file)),
            Err(errors) => Err(ConfigErrors { warnings, ..errors }),
        }
    });
    let (settings, warnings, file) = match loaded {
        Ok(loaded) => loaded,
        Err(errors) if context.global.json => {
            out.json(&broken(&errors))?;
            return Ok(ExitCode::Usage);
        }
        Err(errors) => {
            tell_warnings(&errors.warnings, out)?;
            return Err(errors.into());
        }
    };
    let reaches = check_sources(&settings)?;
    if context.global.json {
        out.json(&fine(&settings, &warnings, file.as_deref(), &reaches))?;
    } else {
        tell_warnings(&warnings, out)?;
        summary(&settings, file.as_deref(), &reaches, out)?;
    }
    let unreachable = reaches.iter().any(|reach| matches!(reach, Reach::Unreachable(_)));
    Ok(if unreachable { ExitCode::Unreachable } else { ExitCode::Fine })
}

/// Asks each source, side by side; the answers in the order of the file.
fn check_sources(settings: &Settings) -> Result<Vec<Reach>, Failure> {
    let clock = Clock::live();
    let probes = start::runtime()?.block_on(probe::sources(settings, &start::passing_hasher(), &clock));
    Ok(probes.iter().map(reach).collect())
}

fn reach(probe: &Probe) -> Reach {
    if let Some(why) = &probe.why {
        return Reach::Unreachable(why.to_string());
    }
    if !probe.live {
        return Reach::Unreachable("no answer".to_owned());
    }
    let clock = probe
        .offset
        .map_or_else(|| "clock not told".to_owned(), |offset| format!("its clock is {:+.3} s off ours", offset.secs()));
    let refused: Vec<&str> = probe.refused.iter().map(crate::model::Label::as_str).collect();
    let refused = if refused.is_empty() { String::new() } else { format!("; refused: {}", refused.join("; ")) };
    Reach::Reached(format!("{clock}{refused}"))
}

fn tell_warnings(warnings: &[Warning], out: &mut Out) -> Result<(), super::Failure> {
    warnings.iter().try_for_each(|warning| out.note(&format!("{warning}\n")))
}

fn summary(settings: &Settings, file: Option<&str>, reaches: &[Reach], out: &mut Out) -> Result<(), super::Failure> {
    out.line(&format!("{}: no errors", file.unwrap_or("the defaults")))?;
    out.line(&format!("site      {}, {}", settings.site.name, zone_name(settings)))?;
    for (source, reach) in settings.sources.iter().zip(reaches) {
        let (kind, address) = address(source);
        let late = source.late_after.secs();
        out.line(&format!("source    {}: {kind} {address}, late after {late} s{}", source.name, reach_text(reach)))?;
    }
    for queue in &settings.queues {
        out.line(&format!("queue     {}", queue_text(queue)))?;
    }
    if settings.queues.is_empty() {
        out.line("queue     as the sources name them")?;
    }
    for rule in &settings.alert_rules {
        out.line(&format!("rule      {}", rule_text(rule)))?;
    }
    for silence in &settings.silences {
        let scope = silence.scope.as_ref().map_or_else(String::new, |s| format!(" of {s}"));
        out.line(&format!(
            "silence   {}{scope} until {}, {}: {}",
            silence.rule, silence.until, silence.author, silence.reason
        ))?;
    }
    if let Some(path) = &settings.shift_plan.file {
        out.line(&format!("plan      {}", path.display()))?;
    }
    Ok(())
}

fn rule_text(rule: &AlertRule) -> String {
    let side = match rule.side {
        RuleSide::Above => "at or above",
        RuleSide::Below => "at or below",
    };
    let severity = if rule.alarm { "alarm" } else { "watch" };
    let off = if rule.on { "" } else { ", off" };
    let (hold, clear_hold) = (rule.hold.secs(), rule.clear_hold.secs());
    format!(
        "{}: {} of {} in {}, {severity} {side} {} for {hold} s, clear at {} for {clear_hold} s{off}",
        rule.name,
        rule.figure,
        scope_text(&rule.scope),
        rule.window,
        rule.limit,
        rule.clear
    )
}

fn scope_text(scope: &RuleScope) -> String {
    match scope {
        RuleScope::All => "all".to_owned(),
        RuleScope::Queue(id) => format!("queue {id}"),
        RuleScope::Group(name) => format!("group {name}"),
        RuleScope::Line(name) => format!("line {name}"),
        RuleScope::Team(name) => format!("team {name}"),
        RuleScope::EachQueue => "each queue".to_owned(),
        RuleScope::EachGroup => "each group".to_owned(),
        RuleScope::EachLine => "each line".to_owned(),
        RuleScope::EachTeam => "each team".to_owned(),
    }
}

fn zone_name(settings: &Settings) -> String {
    settings.site.time_zone.iana_name().unwrap_or("this machine's zone").to_owned()
}

fn reach_text(reach: &Reach) -> String {
    match reach {
        Reach::NotTried => String::new(),
        Reach::Reached(what) => format!(": reached, {what}"),
        Reach::Unreachable(why) => format!(": not reached: {why}"),
    }
}

/// Kind and address, without what could be a secret (the query of a URL).
fn address(source: &SourceSettings) -> (&'static str, String) {
    match &source.kind {
        SourceKind::Websocket(socket) => {
            let bare = socket.url.split(['?', '#']).next().unwrap_or_default();
            ("websocket", clean(bare, 200).into())
        }
        SourceKind::Asterisk(asterisk) => {
            let tls = if asterisk.tls { " with TLS" } else { "" };
            ("asterisk", format!("{}:{}{tls} as {}", asterisk.host, asterisk.port, asterisk.username))
        }
        SourceKind::Demo(demo) => ("demo", clean(&demo.scenario, 200).into()),
    }
}

fn queue_text(queue: &QueueSettings) -> String {
    let feed = queue.feed.as_ref().map(|feed| format!("{feed}/")).unwrap_or_default();
    let name = queue.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let group = queue.group.as_ref().map(|group| format!(" in {group}")).unwrap_or_default();
    let rules = &queue.rules;
    let target = (rules.target * 1000.0).round() / 10.0;
    format!("{feed}{}:{name}{group}, {target} % within {} s", queue.id, rules.within.secs())
}

fn fine(settings: &Settings, warnings: &[Warning], file: Option<&str>, reaches: &[Reach]) -> Value {
    let sources: Vec<Value> = settings.sources.iter().zip(reaches).map(source_json).collect();
    json!({
        "ok": !reaches.iter().any(|reach| matches!(reach, Reach::Unreachable(_))),
        "file": file,
        "site": { "name": settings.site.name, "time_zone": zone_name(settings) },
        "sources": sources,
        "queues": settings.queues.iter().map(queue_json).collect::<Vec<_>>(),
        "errors": [],
        "warnings": warnings.iter().map(|warning| problem_json(&warning.0)).collect::<Vec<_>>(),
    })
}

fn broken(errors: &ConfigErrors) -> Value {
    json!({
        "ok": false,
        "file": errors.file.as_ref().map(|path| path.display().to_string()),
        "errors": errors.problems.iter().map(problem_json).collect::<Vec<_>>(),
        "warnings": errors.warnings.iter().map(|warning| problem_json(&warning.0)).collect::<Vec<_>>(),
    })
}

fn problem_json(problem: &Problem) -> Value {
    let position = |n: usize| if n == 0 { Value::Null } else { n.into() };
    json!({
        "source": problem.source,
        "line": position(problem.line),
        "column": position(problem.column),
        "key": problem.key,
        "what": problem.what,
        "remedy": problem.remedy,
    })
}

fn source_json((source, reach): (&SourceSettings, &Reach)) -> Value {
    let (kind, address) = address(source);
    let reach = match reach {
        Reach::NotTried => Value::Null,
        Reach::Reached(what) => json!({ "reached": true, "what": what }),
        Reach::Unreachable(why) => json!({ "reached": false, "what": why }),
    };
    json!({
        "name": source.name,
        "kind": kind,
        "address": address,
        "late_after_s": source.late_after.secs(),
        "reach": reach,
    })
}

fn queue_json(queue: &QueueSettings) -> Value {
    let rules = &queue.rules;
    json!({
        "id": queue.id,
        "feed": queue.feed,
        "name": queue.name,
        "group": queue.group,
        "line": queue.line,
        "service_level": {
            "within_s": rules.within.secs(),
            "target": rules.target,
            "variant": rules.variant.word(),
            "exits": match rules.exits { Exits::Count => "count", Exits::Ignore => "ignore" },
        },
    })
}
