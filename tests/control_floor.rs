//! Lost callers, rules and people from the command line, over the control socket of a process that runs.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use floorwatch::app::{App, control};
use floorwatch::cli::{ExitCode, Out, run};
use floorwatch::config::{Env, Request, load};
use floorwatch::model::{CallerHasher, Envelope, FeedId, FeedState, Kind, Span, Time};
use floorwatch::snapshot::Mode;
use floorwatch::source::{Inbox, Input};
use floorwatch::wire::event_json::{Decoded, decode};

const CONFIG: &str = r#"
site.time_zone = "UTC"
shift_plan.file = "plan.csv"
[[alert.rule]]
name = "Queue full"
figure = "waiting"
scope = "each queue"
above = 0
hold_s = 5
"#;

const PLAN: &str = "person,name,team,desk,start,end,breaks,skills,standby\n\
    a,Op A,A,D1,2026-05-20 09:50,2026-05-20 17:00,,q,\n\
    b,Op B,A,D2,2026-05-20 09:50,2026-05-20 17:00,,q,\n\
    c,Op C,A,D3,2026-05-20 18:00,2026-05-20 22:00,,q,standby\n";

const EVENTS: &[(i64, &str)] = &[
    (0, r#"{"type":"agent.signed_in","agent":"a","queues":["q"]}"#),
    (10, r#"{"type":"call.joined","call":"1","queue":"q","caller":"13800000001"}"#),
    (40, r#"{"type":"call.abandoned","call":"1","queue":"q"}"#),
    (50, r#"{"type":"call.joined","call":"2","queue":"q","caller":"13800000002"}"#),
];

struct Process {
    app: App,
    inbox: Inbox,
    now: Time,
    seq: u64,
    home: tempfile::TempDir,
}

impl Process {
    async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("floorwatch.toml"), CONFIG).unwrap();
        std::fs::write(home.path().join("plan.csv"), PLAN).unwrap();
        let request = Request { env: env(home.path()), ..Request::default() };
        let (settings, _) = load(&request).unwrap_or_else(|e| panic!("{e}"));
        let now = Time::parse("2026-05-20T10:00:00Z").unwrap();
        let (mut app, inbox, _modes) = App::engine(&Arc::new(settings), Mode::Live, false, now);
        let path = home.path().join("state/floorwatch/control.sock");
        let listener = control::open(&path).await.unwrap();
        let serving = control::serve(listener, path, app.backend.clone(), app.stopping());
        app.spawn("control", serving);
        let mut process = Self { app, inbox, now, seq: 0, home };
        let live = floorwatch::model::Event::new(Kind::FeedState(FeedState::Live));
        process.take(vec![live]).await;
        for (after, text) in EVENTS {
            process.until(now + Span::from_secs(*after)).await;
            let mut decoded = Decoded::default();
            decode(text.as_bytes(), &CallerHasher::new([0; 16]), &mut decoded);
            process.take(decoded.events).await;
        }
        process.until(now + Span::from_secs(60)).await;
        process
    }

    async fn take(&mut self, events: Vec<floorwatch::model::Event>) {
        for event in events {
            self.seq += 1;
            let (feed, received_at) = (FeedId::new("f"), self.now);
            let batch = vec![Envelope { feed, epoch: 1, seq: self.seq, received_at, event }];
            self.inbox.send(Input::Batch(batch)).await.unwrap();
        }
    }

    async fn until(&mut self, now: Time) {
        self.now = now;
        self.inbox.send(Input::Tick(now)).await.unwrap();
        self.app.backend.snapshots.clone().wait_for(|s| s.at >= now).await.unwrap();
    }

    async fn pass(&mut self, seconds: i64) {
        self.until(self.now + Span::from_secs(seconds)).await;
    }

    /// Runs a command line; what was printed.
    async fn say(&self, words: &[&str]) -> (ExitCode, String) {
        let args: Vec<OsString> = std::iter::once("floorwatch").chain(words.iter().copied()).map(Into::into).collect();
        let env = env(self.home.path());
        let asked = tokio::task::spawn_blocking(move || {
            let (mut out, text, errors) = Out::kept();
            let code = run(args, env, &mut out);
            (code, format!("{}{}", text.text(), errors.text()))
        });
        asked.await.unwrap()
    }

    async fn fine(&self, words: &[&str]) -> String {
        let (code, text) = self.say(words).await;
        assert_eq!(code, ExitCode::Fine, "{words:?}: {text}");
        text
    }

    async fn refused(&self, words: &[&str], why: &str) {
        let (code, text) = self.say(words).await;
        assert_eq!((code, text.contains(why)), (ExitCode::Failed, true), "{words:?}: {text}");
    }
}

fn env(home: &Path) -> Env {
    let state = home.join("state");
    Env::new(home, [("XDG_STATE_HOME", state.to_str().unwrap()), ("USER", "ops"), ("LANG", "en_US.UTF-8")])
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_callers_are_assigned_called_and_done() {
    let mut process = Process::start().await;
    let text = process.fine(&["lost", "list"]).await;
    assert!(text.contains("  open  ") && text.contains("1 still unserved"), "{text}");
    let key = text.split_whitespace().next().unwrap().to_owned();
    for words in [
        &["lost", "assign", &key, "Kim", "--note", "wants a date"][..],
        &["lost", "called", &key, "not_reached", "--as", "Kim"],
    ] {
        assert_eq!(process.fine(words).await, "Done.\n");
    }
    process.pass(1).await;
    let text = process.fine(&["lost", "list"]).await;
    assert!(text.contains("  not reached  ") && text.contains("Kim") && text.contains("wants a date"), "{text}");
    process.fine(&["lost", "done", &key]).await;
    process.pass(1).await;
    let text = process.fine(&["--json", "lost", "list"]).await;
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["data"]["unserved"], &json["data"]["list"][0]["state"]), (&0.into(), &"done".into()));
    assert_eq!(json["data"]["list"][0]["by"]["who"], "ops");
    process.refused(&["lost", "done", "ffff"], "no lost caller has this key").await;
    assert_eq!(process.say(&["lost", "called", &key, "perhaps"]).await.0, ExitCode::Usage);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_silenced_for_a_while() {
    let mut process = Process::start().await;
    let text = process.fine(&["rule", "list"]).await;
    assert!(text.contains("1 rules in force") && text.contains("▲ Queue full  q"), "{text}");
    let until = "2026-05-20T10:31:00Z";
    process.refused(&["rule", "silence", "No such", "--until", until, "--note", "x"], "no such rule").await;
    process.fine(&["rule", "silence", "Queue full", "--until", until, "--note", "works", "--as", "Ann"]).await;
    process.pass(1).await;
    let text = process.fine(&["rule", "list"]).await;
    assert!(text.contains("silent  Queue full  until 10:31  Ann (ops)  works"), "{text}");
    assert!(process.app.snapshot().alert_rules.stands.iter().all(|a| a.silenced));
    process.fine(&["rule", "unsilence", "Queue full"]).await;
    process.refused(&["rule", "unsilence", "Queue full"], "no such silence").await;
    process.pass(1).await;
    assert!(!process.fine(&["rule", "list"]).await.contains("silent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_marked_corrected_rested_moved_and_called_in() {
    let mut process = Process::start().await;
    let text = process.fine(&["people", "list"]).await;
    assert!(
        text.contains("Expected 2  Present 1") && text.contains("▲ Op B  b  late") && text.contains("[late_sign_in]"),
        "{text}"
    );
    assert!(text.contains("Op C  c  "), "{text}");
    process.refused(&["people", "correct", "b", "call", "--note", "x"], "no such mark").await;
    process.fine(&["people", "correct", "b", "late_sign_in", "--note", "badge reader broken"]).await;
    process.refused(&["people", "call-in", "nobody"], "no such person").await;
    process.fine(&["people", "call-in", "c", "--note", "surge"]).await;
    process.fine(&["people", "rest-quota", "0", "--team", "A"]).await;
    process.fine(&["people", "rest-ask", "a"]).await;
    process.refused(&["people", "rest-ask", "a"], "waits for a rest already").await;
    process.fine(&["people", "desk-move", "a"]).await;
    process.pass(1).await;
    let text = process.fine(&["people", "list"]).await;
    for part in ["✓ Op B", "badge reader broken (ops)", "Called in  Op C", "surge", "0/0  1 wait: Op A"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    process.fine(&["people", "rest-drop", "a"]).await;
    process.refused(&["people", "rest-drop", "a"], "has asked for no rest").await;
    let text = process.fine(&["people", "list", "--lang", "zh-CN"]).await;
    assert!(text.contains("已叫加班"), "{text}");
}
