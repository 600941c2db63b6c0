//! The rules of the floor: each file under `tests/discipline` is a shift told event by event, with the marks, people and
//! alerts that must stand at instants of it.
//!
//! Seconds count from `start`. `plan` is a shift plan as it is imported. `settings` are keys of the configuration. An
//! expectation names everybody who is marked (`marks`), and what else it looks at.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use floorwatch::config::{Override, Request, load};
use floorwatch::engine::Core;
use floorwatch::model::{CallerHasher, Envelope, FeedId, Span, Time};
use floorwatch::roster::Plan;
use floorwatch::snapshot::{Mode, Snapshot};
use floorwatch::wire::journal::Journal;
use toml::{Table, Value};

struct Scenario {
    name: String,
    table: Table,
    start: Time,
}

impl Scenario {
    fn open(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let table: Table = match std::fs::read_to_string(path).unwrap().parse() {
            Ok(table) => table,
            Err(why) => panic!("{name}: {why}"),
        };
        let start = table.get("start").and_then(Value::as_str).unwrap_or("2026-05-20T08:00:00+08:00");
        Self { start: Time::parse(start).unwrap(), name, table }
    }

    fn list(&self, key: &str) -> Vec<Table> {
        let list = self.table.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        list.into_iter().map(|row| row.as_table().unwrap().clone()).collect()
    }

    fn core(&self) -> Core {
        let zone = self.table.get("zone").and_then(Value::as_str).unwrap_or("Asia/Shanghai");
        let mut overrides = vec![Override::text("--set", "site.time_zone", zone)];
        let settings = self.table.get("settings").and_then(Value::as_table).cloned().unwrap_or_default();
        for (key, value) in settings {
            overrides.push(Override::set("--set", &format!("{key}={}", written(&value))).unwrap());
        }
        let (settings, _) = load(&Request { overrides, ..Request::default() }).unwrap_or_else(|e| panic!("{e}"));
        let settings = Arc::new(settings);
        let mut core = Core::new(&settings, Mode::Replay { speed: None, paused: false, ended: false }, false);
        if let Some(plan) = self.table.get("plan").and_then(Value::as_str) {
            let (plan, _) = Plan::read("plan.csv", plan.trim_start().as_bytes(), &settings.site.time_zone)
                .unwrap_or_else(|e| panic!("{}: {e}", self.name));
            core.set_plan(Arc::new(plan));
        }
        core
    }

    fn at(&self, value: &Value) -> Time {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
        let seconds = value.as_float().or_else(|| value.as_integer().map(|n| n as f64)).unwrap();
        self.start + Span::from_secs_f64(seconds)
    }

    /// The events of the file, and those of `talks`: `n` talks one every `every` seconds from `t` on, each `talk_s` long.
    fn events(&self) -> Vec<Table> {
        let mut events = self.list("events");
        for (number, row) in self.list("talks").into_iter().enumerate() {
            let get = |key: &str| row.get(key).and_then(Value::as_integer).unwrap_or(0);
            let by = row.get("by").and_then(Value::as_str).unwrap_or("caller").to_owned();
            for i in 0..get("n") {
                let call = format!("talk-{number}-{i}");
                let join = get("t") + i * get("every");
                for (t, kind) in
                    [(join, "call.joined"), (join + 1, "call.answered"), (join + 1 + get("talk_s"), "call.ended")]
                {
                    let mut event = Table::new();
                    let text = [("type", kind), ("call", &call), ("queue", "q"), ("agent", "op"), ("by", &by)];
                    event.extend(text.map(|(k, v)| (k.to_owned(), Value::from(v.to_owned()))));
                    event.insert("t".into(), t.into());
                    events.push(event);
                }
            }
        }
        events.sort_by_key(|e| e.get("t").and_then(Value::as_integer).unwrap());
        events
    }

    fn envelopes(&self) -> Vec<Envelope> {
        let mut lines = String::new();
        let events = self.events();
        let count = events.len();
        for (i, mut event) in events.into_iter().enumerate() {
            let at = self.at(&event.remove("t").unwrap());
            event.insert("v".into(), 1.into());
            event.entry("feed").or_insert("f".into());
            event.insert("epoch".into(), 1.into());
            event.insert("seq".into(), i64::try_from(i + 1).unwrap().into());
            event.insert("ts".into(), at.rfc3339().into());
            event.insert("received_at".into(), at.rfc3339().into());
            writeln!(lines, "{}", serde_json::to_string(&event).unwrap()).unwrap();
        }
        let read: Vec<Envelope> =
            Journal::new(lines.as_bytes(), FeedId::new("f"), CallerHasher::new([7; 16])).flatten().collect();
        assert_eq!(read.len(), count, "{}: {lines}", self.name);
        read
    }

    fn play(&self) -> Vec<String> {
        let mut core = self.core();
        let mut envelopes = self.envelopes().into_iter().peekable();
        let mut wrong = Vec::new();
        for expect in self.list("expect") {
            let at = self.at(&expect["at"]);
            while let Some(envelope) = envelopes.next_if(|e| e.received_at <= at) {
                // As the clock ticks where it is live.
                core.tick(envelope.received_at.floor_second());
                core.apply(&envelope);
            }
            core.tick(at);
            let found = check(&expect, &core.publish());
            let place = format!("{} at {}", self.name, written(&expect["at"]));
            wrong.extend(found.into_iter().map(|what| format!("{place}: {what}")));
        }
        assert!(envelopes.next().is_none(), "{}: events after the last expectation", self.name);
        wrong
    }
}

/// A value as TOML writes it.
fn written(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let pairs: Vec<String> = table.iter().map(|(key, v)| format!("\"{key}\" = {}", written(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Integer(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::String(text) => format!("\"{text}\""),
        other => panic!("{other:?}"),
    }
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect()
}

/// Everything that differs from what is expected.
fn check(expect: &Table, snapshot: &Snapshot) -> Vec<String> {
    let floor = &snapshot.floor;
    let mut wrong = Vec::new();
    let mut differ = |what: &str, want: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
        let (want, got) = (format!("{want:?}"), format!("{got:?}"));
        if want != got {
            wrong.push(format!("{what}: expected {want}, is {got}"));
        }
    };
    let marks: Vec<(String, Vec<String>)> = floor
        .marks
        .iter()
        .map(|row| {
            let mark = |m: &floorwatch::roster::Mark| match &m.corrected {
                None => m.rule.word().to_owned(),
                Some(c) => format!("{} ({})", m.rule.word(), c.note),
            };
            (row.id.as_ref().unwrap().to_string(), row.marks.iter().map(mark).collect())
        })
        .collect();
    let wanted = expect.get("marks").and_then(Value::as_table).cloned().unwrap_or_default();
    let wanted: Vec<(String, Vec<String>)> = wanted.iter().map(|(who, w)| (who.clone(), words(w))).collect();
    differ("marks", &wanted, &marks);
    for (key, want) in expect {
        let got: Value = match key.as_str() {
            "at" | "marks" => continue,
            "expected" => floor.all.expected.into(),
            "present" => floor.all.present.into(),
            "absent" => floor.all.absent.into(),
            "away" => floor.all.away.into(),
            "due" => floor.all.due.into(),
            "late" => floor.all.late.into(),
            "unknown" => floor.all.unknown.into(),
            "attendance" => pair(floor.all.attendance()),
            "adherence" => pair(floor.all.adherence()),
            "value" => {
                let first = floor.marks.first().and_then(|row| row.marks.first()).map(|m| m.value);
                format!("{:.2}", first.unwrap_or_default()).into()
            }
            "alerts" => list(
                snapshot.alerts.iter().filter(|a| a.level == floorwatch::alert::Level::Alarm).map(|a| a.kind.word()),
            ),
            "open" => {
                i64::try_from(snapshot.incidents.iter().filter(|i| i.resolved_at.is_none()).count()).unwrap().into()
            }
            "movable" => list(floor.movable.iter().map(|m| m.id.as_str())),
            "call_in" => list(
                floor.call_in.iter().map(|c| format!("{} {} {:.0}", c.person, c.place.word(), c.arrives.secs() / 60.0)),
            ),
            "over_hours" => list(floor.call_in.iter().filter(|c| c.marked()).map(|c| c.person.as_str())),
            "called" => list(floor.called.iter().map(|c| c.person.as_str())),
            "rests" => list(floor.rests.iter().map(|r| {
                let waiting: Vec<&str> = r.waiting.iter().map(|(who, _)| who.as_str()).collect();
                format!("{} {}/{} {}", r.team, r.resting, r.quota, waiting.join(" ")).trim_end().to_owned()
            })),
            "lost" => list(floor.lost.iter().map(|l| format!("{} {} {}", l.queue, l.times, l.state.word()))),
            "unserved" => i64::try_from(floor.lost_totals.unserved).unwrap().into(),
            "served" => i64::try_from(floor.lost_totals.served).unwrap().into(),
            other => panic!("expect.{other}"),
        };
        differ(key, want, &got);
    }
    wrong
}

fn pair(parts: Option<(u64, u64)>) -> Value {
    parts.map_or_else(|| "–".into(), |(part, whole)| format!("{part}/{whole}").into())
}

fn list<T: Into<String>>(of: impl Iterator<Item = T>) -> Value {
    Value::Array(of.map(|t| Value::String(t.into())).collect())
}

#[test]
fn every_rule_marks_what_it_should_and_nothing_else() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/discipline");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 14, "{files:?}");
    let wrong: Vec<String> = files.iter().flat_map(|path| Scenario::open(path).play()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_its_scenario() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/discipline");
    let texts: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|e| std::fs::read_to_string(e.unwrap().path()).unwrap()).collect();
    for rule in floorwatch::roster::Rule::ALL {
        assert!(texts.iter().any(|t| t.contains(&format!("\"{}\"", rule.word()))), "{}", rule.word());
    }
}
