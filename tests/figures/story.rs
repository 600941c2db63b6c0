//! Writes a story down as a recording and replays it.

use std::ffi::OsString;

use floorwatch::cli::{self, ExitCode, Out};
use floorwatch::config::Env;
use serde_json::{Value, json};

/// An event at a second of 23 May 2026, 10:00:00 UTC being 0; `fields` are the rest of the line.
pub(crate) fn at(second: f64, kind: &str, fields: Value) -> Value {
    let mut line = fields;
    let start = floorwatch::model::Time::from_secs(1_779_530_400);
    line["ts"] = json!((start + floorwatch::model::Span::from_secs_f64(second)).rfc3339());
    line["type"] = json!(kind);
    line
}

/// A call joins, is answered and ends.
pub(crate) fn call(id: &str, queue: &str, agent: &str, times: [f64; 3]) -> [Value; 3] {
    let of = || json!({"call": id, "queue": queue});
    let with = || json!({"call": id, "queue": queue, "agent": agent});
    [
        at(times[0], "call.joined", of()),
        at(times[1], "call.answered", with()),
        at(times[2], "call.ended", json!({"call": id, "queue": queue, "agent": agent, "by": "caller"})),
    ]
}

pub(crate) fn state(second: f64, agent: &str, state: &str) -> Value {
    at(second, "agent.state", json!({"agent": agent, "state": state}))
}

/// Lines as a file has them.
pub(crate) fn text(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

/// Any command over a file that is put last.
pub(crate) fn run(name: &str, text: &str, args: &[&str]) -> (ExitCode, String, String) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("floorwatch.toml"), CONFIG).unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    let env = Env::new(dir.path(), [("HOME", dir.path().to_str().unwrap())]);
    let (mut out, printed, noted) = Out::kept();
    let words = std::iter::once("floorwatch").chain(args.iter().copied()).map(OsString::from);
    let code = cli::run(words.chain([path.into_os_string()]), env, &mut out);
    (code, printed.text(), noted.text())
}

const CONFIG: &str = r#"
[site]
name = "Harbour"
time_zone = "UTC"
[[queue]]
id = "cards"
group = "Bank"
[[queue]]
id = "loans"
group = "Bank"
"#;

/// Figures of an object: numbers as they are, `None` for null.
#[track_caller]
pub(crate) fn check(object: &Value, want: &[(&str, Option<f64>)]) {
    for (key, want) in want {
        let got = object.get(*key).unwrap_or_else(|| panic!("no {key}"));
        let fits = match (got.as_f64(), want) {
            (Some(got), Some(want)) => (got - want).abs() < 1e-6,
            (None, None) => got.is_null(),
            _ => false,
        };
        assert!(fits, "{key}: {got}, wanted {want:?}");
    }
}
