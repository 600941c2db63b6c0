//! The command line as a shell meets it: exit codes, what goes where.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use floorwatch::cli::{Out, run};
use floorwatch::config::Env;

const FINE: &str = r#"
[site]
name = "Harbour"
time_zone = "Asia/Shanghai"
[[source]]
name = "cloud"
kind = "websocket"
url = "ws://127.0.0.1:1/feed?key=abc"
token_env = "TOKEN"
[[queue]]
feed = "cloud"
id = "cards"
name = "Cards"
group = "Bank"
service_level = { within_s = 15, target = 0.9 }
"#;

/// Runs the program in a directory of its own, with `config` there as floorwatch.toml.
fn floorwatch(config: Option<&str>, args: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    if let Some(text) = config {
        fs::write(dir.path().join("floorwatch.toml"), text).unwrap();
    }
    Command::new(env!("CARGO_BIN_EXE_floorwatch"))
        .args(args)
        .current_dir(dir.path())
        .env_clear()
        .env("HOME", dir.path())
        .env("TOKEN", "hunter2")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn check(output: &Output, code: i32, stdout: &[&str], stderr: &[&str]) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "out: {out}\nerr: {err}");
    for (text, words) in [(&out, stdout), (&err, stderr)] {
        assert!(words.iter().all(|word| text.contains(word)), "{words:?} in:\n{text}");
        assert!(!words.is_empty() || text.is_empty(), "nothing is wanted here: {text}");
    }
    assert!(!out.contains("hunter2") && !err.contains("hunter2") && !out.contains("abc"), "{out}{err}");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let commands = ["demo", "wall", "replay", "check", "tail", "schema", "--config", "--lang", "--theme", "--json"];
    check(&floorwatch(None, &["--help"]), 0, &commands, &[]);
    check(&floorwatch(None, &["--version"]), 0, &["floorwatch 0."], &[]);
    check(
        &floorwatch(None, &["replay", "--help"]),
        0,
        &["calls-csv", "queue-log", "--every", "--history", "--tz"],
        &[],
    );
}

#[test]
fn wrong_usage_is_two() {
    check(&floorwatch(None, &["chek"]), 2, &[], &["chek", "check"]);
    check(&floorwatch(None, &["--lang", "fr"]), 2, &[], &["fr", "en or zh-CN"]);
    check(&floorwatch(None, &["--theme", "pink", "check"]), 2, &[], &["pink", "safe"]);
    check(&floorwatch(None, &["replay"]), 2, &[], &["FILE"]);
    check(&floorwatch(None, &["replay", "f", "--speed", "0"]), 2, &[], &["above 0"]);
    check(&floorwatch(None, &["replay", "f", "--from", "noon"]), 2, &[], &["2026-05-23"]);
    check(&floorwatch(None, &["replay", "f", "--tz", "Shanghai"]), 2, &[], &["Asia/Shanghai"]);
    check(&floorwatch(None, &["--config", "gone.toml", "check"]), 2, &[], &["gone.toml", "is not there"]);
}

#[test]
fn check_sums_up_what_is_fine() {
    let out = [
        "floorwatch.toml",
        "Harbour",
        "Asia/Shanghai",
        "ws://127.0.0.1:1/feed,",
        "not reached",
        "cards: Cards in Bank, 90 % within 15 s",
    ];
    // The file is right; nobody listens on that port.
    check(&floorwatch(Some(FINE), &["check"]), 69, &out, &[]);
    // Global flags stand on either side of the command.
    check(&floorwatch(Some(FINE), &["--lang", "zh-CN", "check", "--theme", "mono"]), 69, &out, &[]);
}

#[test]
fn check_reaches_a_source_that_is_there() {
    use tokio_tungstenite::tungstenite::{Message, accept};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = FINE.replace("127.0.0.1:1/", &format!("{}/", listener.local_addr().unwrap()));
    let server = std::thread::spawn(move || {
        let mut socket = accept(listener.accept().unwrap().0).unwrap();
        let at = jiff::Timestamp::now();
        for event in [r#"{"type":"feed.sync_begin"}"#, r#"{"type":"feed.sync_end"}"#] {
            socket.send(Message::text(event)).unwrap();
        }
        socket.send(Message::text(format!(r#"{{"type":"feed.heartbeat","ts":"{at}"}}"#))).unwrap();
        // Held until the other side has seen enough.
        while socket.read().is_ok() {}
    });
    check(&floorwatch(Some(&config), &["check"]), 0, &["reached", "its clock is"], &[]);
    server.join().unwrap();
}

#[test]
fn check_tells_every_error() {
    let text = format!("{FINE}target = 3\n[figures]\nasaa = 'x'\n");
    check(
        &floorwatch(Some(&text), &["check"]),
        2,
        &[],
        &["queue[0].target", "did you mean asa?", "2 errors", "floorwatch.toml:"],
    );
    check(&floorwatch(Some("[site"), &["check"]), 2, &[], &["is not TOML", "floorwatch.toml:1:"]);
    check(&floorwatch(None, &["check"]), 2, &[], &["no source", "floorwatch demo"]);
}

#[test]
fn check_speaks_json() {
    let json = |config: Option<&str>| -> (Option<i32>, serde_json::Value) {
        let output = floorwatch(config, &["check", "--json"]);
        assert!(output.stderr.is_empty());
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    };
    let (code, fine) = json(Some(FINE));
    assert_eq!((code, &fine["ok"], &fine["errors"]), (Some(69), &false.into(), &serde_json::json!([])));
    assert_eq!(fine["sources"][0]["address"], "ws://127.0.0.1:1/feed");
    assert_eq!(fine["queues"][0]["service_level"]["within_s"], 15.0);
    let (code, broken) = json(Some("[figures]\nasaa = 1\n"));
    let error = &broken["errors"][0];
    assert_eq!(
        (code, &broken["ok"], &error["key"], &error["line"]),
        (Some(2), &false.into(), &"figures.asaa".into(), &2.into())
    );
    let (code, empty) = json(None);
    assert_eq!((code, &empty["ok"], &empty["errors"][0]["line"]), (Some(2), &false.into(), &serde_json::Value::Null));
}

#[test]
fn the_console_without_a_source_tells_how_to_begin() {
    for args in [&[][..], &["wall"]] {
        check(&floorwatch(None, args), 2, &[], &["no source", "floorwatch check", "floorwatch demo"]);
    }
}

#[test]
fn a_pipe_nobody_reads_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_floorwatch"))
        .arg("--help")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    check(&child.wait_with_output().unwrap(), 0, &[], &[]);
}

/// A pipe whose reader has gone.
struct Gone;

impl std::io::Write for Gone {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
}

/// A disk that is full.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_fails_is_told_apart_from_one_nobody_reads() {
    let args = || ["floorwatch", "--help"].map(std::ffi::OsString::from);
    let env = Env::new(Path::new("/"), []);
    assert_eq!(run(args(), env.clone(), &mut Out::new(Gone, Gone)).number(), 0);
    assert_eq!(run(args(), env.clone(), &mut Out::new(Full, Full)).number(), 1);
    let (mut out, printed, noted) = Out::kept();
    assert_eq!(run(args(), env, &mut out).number(), 0);
    assert!(printed.text().contains("Usage:") && noted.text().is_empty());
}

/// Call Centre Helper's worked example (100 calls in half an hour of 180 s, 80 % in 20 s: 14 agents, 88.8 %, ASA 7.8 s, occupancy
/// 71.4 %, with 30 % shrinkage 20 people), and pyworkforce's with a patience of 300 s (13 agents, 85.8 %).
#[test]
fn staff_is_the_published_example() {
    let asked = ["staff", "--calls", "100", "--per", "30m", "--aht", "180", "--target", "80%", "--within", "20"];
    let with = |more: &[&str]| floorwatch(None, &[&asked[..], more].concat());
    check(&with(&["--shrinkage", "0.3"]), 0, &["10.00", "14", "88.8 %", "7.8 s", "71.4 %", ": 20", "Erlang C"], &[]);
    let output = with(&["--patience", "300", "--agents", "12", "--shrinkage", "30%", "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["load"], 10.0);
    assert_eq!(
        (&found["erlang_c"]["agents_needed"], &found["erlang_c"]["people_to_schedule"]),
        (&14.into(), &20.into())
    );
    assert_eq!((&found["erlang_a"]["agents_needed"], &found["with_agents"]["agents"]), (&13.into(), &12.into()));
    let level = found["erlang_a"]["service_level"].as_f64().unwrap();
    assert!((level - 0.858).abs() < 0.005 && found["workload"].is_null(), "{found}");
    // 10 erlangs at 80 % of the time: 12.5 agents. Both corrections at once are refused.
    check(&with(&["--utilization", "0.8", "--lang", "zh-CN"]), 0, &["13", "利用率 80 %"], &[]);
    check(
        &with(&["--utilization", "0.8", "--attendance", "0.9", "--shrinkage", "0.3"]),
        2,
        &[],
        &["attendance", "shrinkage"],
    );
    check(&floorwatch(None, &["staff", "--calls", "100", "--aht", "0"]), 2, &[], &["above 0"]);
    check(&floorwatch(None, &["staff", "--calls", "1e9", "--aht", "180"]), 2, &[], &["10000000"]);
    check(&floorwatch(None, &["staff", "--calls", "9999999", "--aht", "180"]), 0, &["10000"], &[]);
}
