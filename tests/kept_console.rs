//! The program itself with an incident, killed and started again: what was said to be saved is there, and its timers go on.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(60);
const ROSTER: &str = "role,person,backup,days,from,to\nduty_manager,Ann,Ben,daily,00:00,24:00\n";

/// The console in a terminal; its feed is a port nobody listens at.
struct Console {
    _master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Console {
    fn run(home: &Path) -> Self {
        let size = PtySize { rows: 30, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_floorwatch"));
        command.args(["--config", "floorwatch.toml", "--lang", "en"]);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "en_US.UTF-8"), ("USER", "ops")] {
            command.env(name, value);
        }
        command.env("HOME", home);
        command.cwd(home);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        std::thread::spawn(move || while let Ok(1..) = reader.read(&mut [0; 4096]) {});
        let console = Self { _master: pair.master, child };
        let began = Instant::now();
        while ask(home, &["incident", "list"]).is_none() {
            assert!(began.elapsed() < PATIENCE, "it never listens");
            std::thread::sleep(Duration::from_millis(20));
        }
        console
    }

    fn kill(mut self) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        assert!(!self.child.wait().unwrap().success());
    }
}

/// A command of the same user, in JSON; `None` where nobody listens.
fn ask(home: &Path, words: &[&str]) -> Option<Value> {
    let out = Command::new(env!("CARGO_BIN_EXE_floorwatch"))
        .args(["--config", "floorwatch.toml", "--lang", "en", "--json"])
        .args(words)
        .env_clear()
        .envs([("USER", "ops"), ("LANG", "en_US.UTF-8")])
        .env("HOME", home)
        .current_dir(home)
        .output()
        .unwrap();
    out.status.success().then(|| serde_json::from_slice(&out.stdout).unwrap())
}

fn said(answer: &Value) -> &str {
    answer.pointer("/text/0").and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn killed_with_an_incident_it_goes_on_with_it() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::write(home.join("duty.csv"), ROSTER).unwrap();
    let config = "incident.rosters = [\"duty.csv\"]\nincident.ladder = [\n  \
        { after_min = 0, role = \"duty_manager\", who = \"first\" },\n  \
        { after_min = 60, role = \"duty_manager\", who = \"backup\" },\n]\n\
        [[source]]\nname = \"floor\"\nkind = \"websocket\"\nurl = \"ws://127.0.0.1:9/\"\n";
    std::fs::write(home.join("floorwatch.toml"), config).unwrap();
    let console = Console::run(home);
    let opened = ask(home, &["incident", "open", "--kind", "power_cut", "Hall 2", "--as", "Ann"]).unwrap();
    let number = opened.pointer("/data/incident").unwrap().to_string();
    let n = number.as_str();
    let other = ask(home, &["incident", "open", "--kind", "desk_fault", "D12"]).unwrap();
    let m = other.pointer("/data/incident").unwrap().to_string();
    for words in [
        &["incident", "ack", n, "--as", "Ann"][..],
        &["incident", "note", n, "the lift is stuck"],
        &["incident", "tally", n, "East", "3"],
        &["incident", "wording", n, "We are checking."],
    ] {
        assert_eq!(said(&ask(home, words).unwrap()), "Done, saved", "{words:?}");
    }
    let story = |n: &str| {
        let all = ask(home, &["incident", "show", n]).unwrap();
        all.pointer("/data/timeline").unwrap().clone()
    };
    let text = |n: &str| ask(home, &["incident", "show", n]).unwrap().get("text").unwrap().to_string();
    let (before, other_before) = (story(n), story(&m));
    assert!(!before.to_string().contains("1970"), "before anything came, time is the clock's: {before}");
    console.kill();

    let console = Console::run(home);
    assert_eq!((story(n), story(&m)), (before, other_before));
    let shown = text(n);
    for once in ["the lift is stuck", "East +3"] {
        assert_eq!(shown.matches(once).count(), 1, "{once}\n{shown}");
    }
    writeln!(std::io::stdout(), "{}\n{}", shown.replace("\",\"", "\n"), text(&m).replace("\",\"", "\n")).unwrap();
    // Going on with it is the next line of it.
    assert_eq!(said(&ask(home, &["incident", "note", n, "light again"]).unwrap()), "Done, saved");
    assert!(text(n).contains("light again"));
    console.kill();
}
