//! Scenarios: each file under `tests/scenarios` is a floor told event by event in the public JSON form, with the figures
//! KPI.md gives at instants of it. A bug gets its scenario first.
//!
//! Seconds count from `start`. An event's `t` is its source's time, `received` the time of receipt where that differs;
//! `feed` is "a" unless said. Between `feed.sync_begin` and `feed.sync_end` events are a snapshot. A figure is a number,
//! "none" (nothing to divide by) or "?" (not known).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fmt::Write as _;
use std::sync::Arc;

use floorwatch::config::{QueueSettings, Settings, defaults};
use floorwatch::engine::Books;
use floorwatch::metrics::{FigureKey, Scope, Slot, Tally, Value, Window, service_level};
use floorwatch::model::{CallerHasher, Envelope, ExitWhy, FeedId, Label, QueueId, Span, Time};
use floorwatch::wire::journal::Journal;
use jiff::tz::TimeZone;
use toml::Table;

/// One file.
struct Scenario {
    name: String,
    table: Table,
    start: Time,
}

fn number(value: &toml::Value) -> f64 {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "figures of a scenario are small")]
        toml::Value::Integer(n) => *n as f64,
        toml::Value::Float(n) => *n,
        other => panic!("no number: {other:?}"),
    }
}

impl Scenario {
    fn open(path: &std::path::Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let table: Table = match std::fs::read_to_string(path).unwrap().parse() {
            Ok(table) => table,
            Err(e) => panic!("{name}: {e}"),
        };
        let start = table.get("start").and_then(|s| s.as_str()).unwrap_or("2026-05-20T09:00:00Z");
        Self { start: Time::parse(start).unwrap(), name, table }
    }

    fn list(&self, key: &str) -> Vec<Table> {
        let list = self.table.get(key).and_then(|list| list.as_array()).cloned().unwrap_or_default();
        list.into_iter().map(|row| row.as_table().unwrap().clone()).collect()
    }

    fn settings(&self) -> Arc<Settings> {
        let mut settings = defaults().unwrap();
        settings.site.time_zone = TimeZone::UTC;
        let rules = self.table.get("settings").and_then(|s| s.as_table()).cloned().unwrap_or_default();
        for (key, value) in &rules {
            match key.as_str() {
                "time_zone" => settings.site.time_zone = TimeZone::get(value.as_str().unwrap()).unwrap(),
                "day_starts_s" => settings.figures.day_starts_s = u32::try_from(value.as_integer().unwrap()).unwrap(),
                "interval_min" => settings.figures.interval_min = u32::try_from(value.as_integer().unwrap()).unwrap(),
                other => panic!("{}: settings.{other}", self.name),
            }
        }
        for queue in self.list("queue") {
            let mut rules = settings.queue_defaults.clone();
            if let Some(within) = queue.get("within_s") {
                rules.within = Span::from_secs_f64(number(within));
            }
            let text = |key: &str| queue.get(key).and_then(|v| v.as_str());
            settings.queues.push(QueueSettings {
                feed: None,
                id: QueueId::new(text("id").unwrap()),
                name: None,
                group: text("group").map(Label::new),
                line: text("line").map(Label::new),
                time_zone: text("time_zone").map(|z| TimeZone::get(z).unwrap()),
                rules,
            });
        }
        Arc::new(settings)
    }

    fn at(&self, seconds: &toml::Value) -> Time {
        self.start + Span::from_secs_f64(number(seconds))
    }

    /// The events of the file, and those of its crowds: `n` calls one after another that each wait `wait_s`, or that join
    /// together where `at_once` says when.
    fn events(&self) -> Vec<Table> {
        let mut events = self.list("events");
        let mut crowded: Vec<(f64, Table)> = Vec::new();
        for (crowd, row) in self.list("crowd").into_iter().enumerate() {
            let end = row["end"].as_str().unwrap();
            for i in 0..row["n"].as_integer().unwrap() {
                let call = format!("crowd-{crowd}-{i}");
                let joined = row.get("at_once").map_or(f64::from(u32::try_from(i).unwrap()), number);
                let ended = joined + number(&row["wait_s"]);
                let mut tell = |t: f64, kind: &str| {
                    let mut event = Table::new();
                    let text = [
                        ("type", kind),
                        ("call", call.as_str()),
                        ("queue", "hotline"),
                        ("agent", "a"),
                        ("by", "agent"),
                    ];
                    event.extend(text.map(|(k, v)| (k.to_owned(), v.into())));
                    event.extend(row.get("why").map(|why| ("why".to_owned(), why.clone())));
                    event.insert("t".into(), t.into());
                    crowded.push((t, event));
                };
                tell(joined, "call.joined");
                tell(ended, end);
                if end == "call.answered" {
                    tell(ended + 1.0, "call.ended");
                }
            }
        }
        crowded.sort_by(|a, b| a.0.total_cmp(&b.0));
        events.extend(crowded.into_iter().map(|(_, event)| event));
        events
    }

    /// The events as lines of a journal, read back by its reader.
    fn envelopes(&self) -> Vec<Envelope> {
        let mut lines = String::new();
        let mut snapshot = false;
        let events = self.events();
        let told_count = events.len();
        for (i, mut event) in events.into_iter().enumerate() {
            let t = event.remove("t").unwrap();
            let received = event.remove("received").unwrap_or_else(|| t.clone());
            let kind = event.get("type").and_then(|t| t.as_str()).unwrap().to_owned();
            snapshot &= kind != "feed.sync_end";
            let mut told = |key: &str, value: toml::Value| {
                event.entry(key).or_insert(value);
            };
            told("v", 1.into());
            told("feed", "a".into());
            told("epoch", 1.into());
            told("seq", i64::try_from(i + 1).unwrap().into());
            told("ts", self.at(&t).rfc3339().into());
            told("received_at", self.at(&received).rfc3339().into());
            told("evidence", if snapshot { "snapshot" } else { "reported" }.into());
            snapshot |= kind == "feed.sync_begin";
            writeln!(lines, "{}", serde_json::to_string(&event).unwrap()).unwrap();
        }
        let reader = Journal::new(lines.as_bytes(), FeedId::new("reader"), CallerHasher::new([7; 16]));
        let envelopes: Vec<Envelope> = reader.flatten().collect();
        assert_eq!(envelopes.len(), told_count, "{}: {envelopes:#?}", self.name);
        assert!(envelopes.iter().all(|e| e.feed.as_str() != "reader"), "{}: {envelopes:#?}", self.name);
        envelopes
    }

    /// Plays it and gives every expectation that is not met.
    fn play(&self) -> Vec<String> {
        let mut books = Books::new(self.settings(), true);
        let mut envelopes = self.envelopes().into_iter().peekable();
        let mut wrong = Vec::new();
        for mut expect in self.list("expect") {
            let at = self.at(&expect.remove("at").unwrap());
            while let Some(envelope) = envelopes.next_if(|e| e.received_at <= at) {
                books.apply(&envelope);
            }
            books.advance(at);
            let about =
                expect.remove("of").and_then(|of| of.as_str().map(str::to_owned)).unwrap_or_else(|| "all".into());
            let window = expect.remove("in").and_then(|w| w.as_str().map(str::to_owned));
            let window = window.map_or(Window::Whole, |w| Window::from_word(&w).unwrap());
            let found = match about.strip_prefix("agent:") {
                Some(agent) => person(&mut books, agent, window, &expect),
                None => scope(&mut books, &about, window, &expect),
            };
            let place = format!("{}: {about}, {} at {:+}", self.name, window.word(), at.since(self.start).secs());
            wrong.extend(found.into_iter().map(|what| format!("{place}: {what}")));
            wrong.extend(residuals(&mut books).into_iter().map(|what| format!("{place}: {what}")));
        }
        assert!(envelopes.next().is_none(), "{}: events after the last expectation", self.name);
        wrong
    }
}

/// Waiting at from + joined = ended + waiting; a floor begins empty.
fn residuals(books: &mut Books) -> Vec<String> {
    let waiting: Vec<i64> = books.floor().scopes().iter().map(|s| i64::from(s.waiting)).collect();
    let residual = |ix: usize, waiting: &i64, books: &mut Books| {
        let whole = books.counts(u32::try_from(ix).unwrap(), Window::Whole);
        whole.offered - whole.ended() - waiting
    };
    let residuals = waiting.iter().enumerate().map(|(ix, w)| (ix, residual(ix, w, books)));
    residuals.filter(|(_, n)| *n != 0).map(|(ix, n)| format!("residual {n} in scope {ix}")).collect()
}

/// A figure beside what is expected of it; `None` where they agree.
fn differs(key: &str, want: &toml::Value, got: Value) -> Option<String> {
    let agrees = match (want, got) {
        (toml::Value::String(s), Value::NoDenominator) => s == "none",
        (toml::Value::String(s), Value::Unknown(_)) => s == "?",
        (toml::Value::Integer(_) | toml::Value::Float(_), Value::Known(got)) => (number(want) - got).abs() < 5e-5,
        _ => false,
    };
    (!agrees).then(|| format!("{key} = {got:?}, not {want:?}"))
}

fn count(key: &str, want: &toml::Value, got: i64) -> Option<String> {
    (want.as_integer() != Some(got)).then(|| format!("{key} = {got}, not {want:?}"))
}

fn seconds(us: i64) -> Value {
    Value::Known(Span::from_micros(us).secs())
}

fn scope(books: &mut Books, about: &str, window: Window, expect: &Table) -> Vec<String> {
    let settings = books.settings().clone();
    let is = |s: &Scope| match s {
        Scope::All => about == "all",
        Scope::Group(g) => about.strip_prefix("group:") == Some(g.as_str()),
        Scope::Line(l) => about.strip_prefix("line:") == Some(l.as_str()),
        Scope::Team(t) => about.strip_prefix("team:") == Some(t.as_str()),
        Scope::Queue(_, q) => about == q.as_str(),
        Scope::Area(_) | Scope::Menu(_) | Scope::Reason(_) => false,
    };
    let Some(ix) = books.floor().scopes().iter().position(|s| is(&s.scope)) else {
        return vec!["no such scope".into()];
    };
    let rules = books.floor().queues().iter().find(|q| q.scope as usize == ix).map(|q| q.rules.clone());
    let rules = rules.unwrap_or_else(|| settings.queue_defaults.clone());
    let number = u32::try_from(ix).unwrap();
    let at = books.floor().now();
    let (tally, now) = (books.tally(number, window), books.now_in(number));
    let mut wrong = Vec::new();
    for (key, want) in expect {
        if let Some(figure) = FigureKey::from_word(key).filter(|_| !want.is_table()) {
            let got = now.figure(figure, at).unwrap_or_else(|| tally.figure(figure, &settings.figures, &rules));
            wrong.extend(differs(key, want, got));
            continue;
        }
        let c = &tally.counts;
        match key.as_str() {
            "service_level" => {
                for (word, want) in want.as_table().unwrap() {
                    let variants = floorwatch::config::ServiceLevelVariant::ALL;
                    let variant = variants.into_iter().find(|v| v.word() == word).unwrap();
                    wrong.extend(differs(word, want, service_level(c, variant, rules.exits)));
                }
            }
            "exited_by" => {
                for (word, want) in want.as_table().unwrap() {
                    let why = ExitWhy::ALL.iter().position(|w| w.word() == word).unwrap();
                    wrong.extend(count(word, want, c.exited_by[why]));
                }
            }
            "time_s" => wrong.extend(times(&tally, want)),
            "people" => {
                let people = books.floor().scopes()[ix].people;
                for (word, want) in want.as_table().unwrap() {
                    wrong.extend(count(word, want, people[Slot::from_word(word).unwrap().index()].into()));
                }
            }
            "anomalies" => {
                let told: Vec<(&str, u64)> = books
                    .floor()
                    .feeds()
                    .iter()
                    .flat_map(floorwatch::floor::Feed::anomalies)
                    .map(|(a, n)| (a.word(), n))
                    .collect();
                let wanted = want.as_table().unwrap();
                let same = told.len() == wanted.len()
                    && told
                        .iter()
                        .all(|(word, n)| wanted.get(*word).and_then(toml::Value::as_integer) == i64::try_from(*n).ok());
                wrong.extend((!same).then(|| format!("anomalies {told:?}, not {want:?}")));
            }
            "answered_in_t" => wrong.extend(count(key, want, c.answered_in_t)),
            "abandoned_in_t" => wrong.extend(count(key, want, c.abandoned_in_t)),
            "reached_t" => wrong.extend(count(key, want, c.reached_t)),
            "contacts" => wrong.extend(count(key, want, c.contacts)),
            "waiting_again" => wrong.extend(count(key, want, now.waiting_again.into())),
            "doubted" => wrong.extend(count(key, want, now.ghosts.into())),
            other => wrong.push(format!("'{other}' is no figure")),
        }
    }
    wrong
}

fn times(tally: &Tally, want: &toml::Value) -> Vec<String> {
    let of = |word: &str| seconds(tally.people.of(Slot::from_word(word).unwrap()));
    want.as_table().unwrap().iter().filter_map(|(word, want)| differs(word, want, of(word))).collect()
}

fn person(books: &mut Books, agent: &str, window: Window, expect: &Table) -> Vec<String> {
    let Some(ix) = books.floor().agents().iter().position(|a| a.id.as_str() == agent) else {
        return vec!["no such person".into()];
    };
    let number = u32::try_from(ix).unwrap();
    let tally = if window == Window::Day { books.person_day(number) } else { books.person_whole(number) };
    let who = &books.floor().agents()[ix];
    let mut wrong = Vec::new();
    for (key, want) in expect {
        if let Some(figure) = FigureKey::from_word(key) {
            wrong.extend(differs(key, want, tally.figure(figure)));
            continue;
        }
        match key.as_str() {
            "state" => {
                let got = who.doing.state.word();
                wrong.extend((want.as_str() != Some(got)).then(|| format!("state = {got}, not {want:?}")));
            }
            "paused_places" => wrong.extend(count(key, want, who.paused_places().into())),
            "contradicted" => {
                let got = who.contradicted(books.floor().now());
                wrong.extend((want.as_bool() != Some(got)).then(|| format!("contradicted = {got}")));
            }
            "hold_out_s" => wrong.extend(differs(key, want, seconds(tally.hold_out_us))),
            "sign_ins" => wrong.extend(count(key, want, tally.sign_ins)),
            "sign_outs" => wrong.extend(count(key, want, tally.sign_outs)),
            "contacts" => wrong.extend(count(key, want, tally.contacts)),
            "after_calls" => wrong.extend(count(key, want, tally.after_calls)),
            "time_s" => wrong.extend(times(&Tally { people: tally.time, ..Tally::default() }, want)),
            "by_reason_s" => {
                for (reason, want) in want.as_table().unwrap() {
                    let us =
                        tally.not_ready_by_reason.iter().find(|(r, _)| r.as_str() == reason).map_or(0, |(_, us)| *us);
                    wrong.extend(differs(reason, want, seconds(us)));
                }
            }
            other => wrong.push(format!("'{other}' is no figure of a person")),
        }
    }
    wrong
}

#[test]
fn every_scenario_gives_its_figures() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    paths.sort_unstable();
    assert!(!paths.is_empty());
    let wrong: Vec<String> = paths.iter().flat_map(|path| Scenario::open(path).play()).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
