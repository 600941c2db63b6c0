//! Incidents and the roster from the command line, over the control socket of a process that runs.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use floorwatch::app::{App, control};
use floorwatch::cli::{ExitCode, Out, run};
use floorwatch::config::{self, Env, Settings};
use floorwatch::model::{Fields, Time};
use floorwatch::snapshot::Mode;
use floorwatch::source::Input;
use serde_json::Value;

struct Process {
    app: App,
    // Time goes on only by this.
    inbox: floorwatch::source::Inbox,
    now: Time,
    home: tempfile::TempDir,
}

fn socket(home: &Path) -> PathBuf {
    home.join("state/floorwatch/control.sock")
}

impl Process {
    async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let roster = home.path().join("duty.csv");
        std::fs::write(&roster, "role,person,backup\nduty_manager,Ann,Ben\n").unwrap();
        let mut settings: Settings = config::defaults().unwrap();
        settings.site.time_zone = jiff::tz::TimeZone::UTC;
        settings.incident.rosters = vec![roster];
        let now = Time::parse("2026-05-20T10:00:00Z").unwrap();
        let (mut app, inbox, _modes) = App::engine(&Arc::new(settings), Mode::Live, false, now);
        let path = socket(home.path());
        let listener = control::open(&path).await.unwrap();
        let serving = control::serve(listener, path, app.backend.clone(), app.stopping());
        app.spawn("control", serving);
        let mut process = Self { app, inbox, now, home };
        process.pass(1).await;
        process
    }

    /// Lets so many seconds pass, and waits until the newest view stands for it.
    async fn pass(&mut self, seconds: i64) {
        self.now = self.now + floorwatch::model::Span::from_secs(seconds);
        self.inbox.send(Input::Tick(self.now)).await.unwrap();
        let now = self.now;
        self.app.backend.snapshots.clone().wait_for(|s| s.at >= now).await.unwrap();
    }

    async fn say(&self, line: &str) -> (ExitCode, String, String) {
        said(self.home.path(), line).await
    }
}

/// Runs a command line with the environment of a home.
async fn said(home: &Path, line: &str) -> (ExitCode, String, String) {
    let mut args: Vec<OsString> = vec!["floorwatch".into()];
    let mut quoted = false;
    let mut word = String::new();
    for c in line.chars().chain([' ']) {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => {
                if !word.is_empty() {
                    args.push(std::mem::take(&mut word).into());
                }
            }
            c => word.push(c),
        }
    }
    let state = home.join("state");
    let env = Env::new(home, [("XDG_STATE_HOME", state.to_str().unwrap()), ("USER", "ops"), ("LANG", "en_US.UTF-8")]);
    tokio::task::spawn_blocking(move || {
        let (mut out, text, errors) = Out::kept();
        let code = run(args, env, &mut out);
        (code, text.text(), errors.text())
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_opened_worked_and_closed_without_a_screen() {
    let mut process = Process::start().await;
    let (code, text, _) = process.say("incident list").await;
    assert_eq!((code, text.lines().next()), (ExitCode::Fine, Some("No incident in the last day.")));
    let (_, text, _) = process.say("incident --as Ann open --kind power_cut 'Hall 2' --note 'all dark'").await;
    assert_eq!(text, "Incident #1 opened.\n");
    process.pass(1).await;
    for (line, code, told) in [
        ("incident ack 1 --as Ann", ExitCode::Fine, "Done."),
        ("incident tally 1 East 3", ExitCode::Fine, "Done."),
        ("incident clock 1 told Kim --due +15", ExitCode::Fine, "Done."),
        ("incident clock 1 answer 'cable cut' --repair 15:10", ExitCode::Fine, "Done."),
        ("incident clock 1 front 'no light'", ExitCode::Fine, "Done."),
        ("incident wording 1 'We are checking.'", ExitCode::Fine, "Done."),
        ("incident wording 1 --read A", ExitCode::Fine, "Done."),
        ("incident measure 1 standby asked", ExitCode::Fine, "Done."),
        ("incident measure 1 standby soon", ExitCode::Usage, "write asked, in_force, effect or ended"),
        ("incident assign 1 liaison 'call the hospital' --due +30", ExitCode::Fine, "Done."),
        ("incident assign 1 --done 1", ExitCode::Fine, "Done."),
        ("incident announce 1 issued", ExitCode::Failed, "the announcement is not reviewed"),
        ("incident announce 1 drafted 'Power is out.'", ExitCode::Fine, "Done."),
        ("incident count 1 households 6000", ExitCode::Fine, "Done."),
        ("incident count 1 handwritten 7", ExitCode::Fine, "Done."),
        ("incident grade 1 2 --person Lu --department Grid", ExitCode::Fine, "Done."),
        ("incident step 1 2", ExitCode::Fine, "Done."),
        ("incident step 1 99", ExitCode::Failed, "the playbook has no such step"),
        ("incident update 1 managers", ExitCode::Fine, "Done."),
        ("incident note 1 'the lift is stuck'", ExitCode::Fine, "Done."),
        ("incident follow-up 1 'test the UPS' --to system_maintenance", ExitCode::Fine, "Done."),
        ("incident worsen 1", ExitCode::Fine, "Done."),
        ("incident ack 1 --for duty_manager", ExitCode::Fine, "Done."),
        ("incident ack --code 00000", ExitCode::Failed, "no incident has this code"),
        ("incident ack", ExitCode::Usage, "name the incident, or its --code"),
        ("incident show 9", ExitCode::Failed, "there is no such incident"),
        ("roster hand-over duty_manager Dan --note lunch", ExitCode::Fine, "Done."),
        ("roster sign-in duty_manager --as Dan", ExitCode::Fine, "Done."),
        ("roster sign-in cook", ExitCode::Failed, "there is no such role"),
        ("incident resolve 1 'light again'", ExitCode::Fine, "Done."),
        ("incident close 1 true --cause 'transformer'", ExitCode::Fine, "Done."),
        ("incident close 1 true", ExitCode::Failed, "the incident is closed"),
    ] {
        let (found, text, errors) = process.say(line).await;
        assert_eq!(found, code, "{line}: {text}{errors}");
        assert!(format!("{text}{errors}").contains(told), "{line}: {text}{errors}");
    }
    process.pass(60).await;
    let (_, text, _) = process.say("incident show 1").await;
    for part in ["Power cut · Hall 2", "East 3", "cable cut", "v1 ", "We are checking.", "read by A", "Lu, Grid", "7"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.contains("(Ann (ops))") && text.contains("(ops)"), "who did it\n{text}");
    let (_, text, _) = process.say("incident report 1").await;
    assert!(text.starts_with("# #1 Power cut · Hall 2") && text.contains("- Cause: transformer"), "{text}");
    let (_, text, _) = process.say("incident report 1 --first").await;
    assert_eq!(text.lines().count(), 5, "{text}");
    let (_, text, _) = process.say("roster show").await;
    assert!(text.contains("duty manager  Dan  backup Ben  signed in 10:00  stands in"), "{text}");
    assert!(text.contains("service manager  nobody"), "{text}");
    let (_, text, _) = process.say("--json incident show 1").await;
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["data"]["state"], &json["data"]["verdict"]), (&"closed".into(), &"true".into()));
    let (_, text, _) = process.say("incident list --lang zh-CN").await;
    assert!(text.contains("断电") && text.contains("属实 1 次"), "{text}");
    let home = process.home.path().to_owned();
    drop(process.inbox);
    assert_eq!(process.app.stop().await, Vec::<&str>::new());
    assert!(!socket(&home).exists(), "it leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_and_the_sensitive_one() {
    let process = Process::start().await;
    process.say("incident open --kind evacuation --drill Hall").await;
    let (_, text, errors) = process.say("incident open --kind sensitive x --as Kim").await;
    assert_eq!(text, "Incident #2 opened.\n", "{errors}");
    let (_, text, _) = process.say("incident list").await;
    assert!(text.contains("DRILL Evacuation · Hall"), "{text}");
    assert!(text.contains("#2  restricted") && !text.contains("Sensitive"), "{text}");
    let (code, _, errors) = process.say("incident show 2").await;
    assert_eq!(code, ExitCode::Failed, "{errors}");
    let (code, text, _) = process.say("incident show 2 --as Ann").await;
    assert_eq!(code, ExitCode::Fine, "the duty manager may: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_is_the_users_alone_and_bears_anything() {
    let process = Process::start().await;
    let path = socket(process.home.path());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(control::open(&path).await.is_err(), "it is taken");
    let ask = |pairs: &[(&str, &str)]| {
        let fields: Fields = pairs.iter().map(|(n, v)| (*n, *v)).collect();
        let path = path.clone();
        async move { control::ask(&path, &fields).await.unwrap() }
    };
    for (pairs, error) in [
        (&[("ask", "dance")][..], "unknown_ask"),
        (&[("ask", "command"), ("what", "dance")][..], "malformed"),
        (&[("ask", "command"), ("what", "ack"), ("incident", "x"), ("by", "a")][..], "malformed"),
        (&[("ask", "command"), ("what", "ack"), ("incident", "7"), ("by", "a")][..], "no_such_incident"),
        (&[("ask", "show"), ("incident", "99999999999999999999")][..], "no_such_incident"),
    ] {
        assert_eq!(ask(pairs).await["error"], error, "{pairs:?}");
    }
    for rubbish in ["\n", "[1]\n", "{\"v\":\"9\",\"ask\":\"list\"}\n", "{\"v\":{}}\n", "\u{0}\u{1}\n"] {
        use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
        stream.write_all(rubbish.as_bytes()).await.unwrap();
        let mut line = String::new();
        tokio::io::BufReader::new(stream).read_line(&mut line).await.unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["ok"], false, "{rubbish:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_runs_it_says_so() {
    let home = tempfile::tempdir().unwrap();
    for line in ["incident list", "incident ack 1", "roster show", "roster sign-in duty_manager"] {
        let (code, _, errors) = said(home.path(), line).await;
        assert_eq!(code, ExitCode::Unreachable, "{line}");
        assert!(errors.contains("no floorwatch runs here") && errors.contains("control.sock"), "{errors}");
    }
    // A socket left over by a process that was killed is taken over.
    let path = socket(home.path());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert_eq!(said(home.path(), "incident list").await.0, ExitCode::Unreachable);
    assert!(control::open(&path).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_is_checked_without_a_process() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("duty.csv"), "role,person,days\nduty_manager,Ann,moonday\ncook,Cy,\n").unwrap();
    std::fs::write(home.path().join("floorwatch.toml"), "[incident]\nrosters = [\"duty.csv\"]\n").unwrap();
    let (code, text, errors) = said(home.path(), "roster check").await;
    assert_eq!(code, ExitCode::Usage, "{text}{errors}");
    assert!(errors.contains("duty.csv:2: 'moonday' is no day of the week"), "{errors}");
    assert!(text.contains("duty.csv:3: 'cook' is no role") && text.contains("duty manager: nobody from"), "{text}");
}
