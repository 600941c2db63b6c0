//! The program killed in mid-day and started again: the same figures, but for the marked gap.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener as Port;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use floorwatch::model::{FeedState, Kind};
use floorwatch::store::restore::go_through;
use floorwatch::store::segments;
use futures_util::SinkExt as _;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio::net::TcpListener;
use tokio::sync::mpsc as channel;
use tokio_tungstenite::tungstenite::Message;

/// Longer than anything here takes on the slowest machine; reached only by a broken build.
const PATIENCE: Duration = Duration::from_secs(90);

/// A switch: says what it is told to, to the one who is connected; each connection begins with the full state given.
struct Switch {
    say: channel::UnboundedSender<String>,
    runtime: tokio::runtime::Runtime,
}

impl Switch {
    fn begin(port: u16, full_state: String) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (say, mut said) = channel::unbounded_channel::<String>();
        runtime.spawn(async move {
            let listener = loop {
                // The port of the one before may take a moment to be free.
                match TcpListener::bind(("127.0.0.1", port)).await {
                    Ok(listener) => break listener,
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            for text in [r#"{"type":"feed.sync_begin"}"#, &full_state, r#"{"type":"feed.sync_end"}"#] {
                socket.send(Message::text(text)).await.unwrap();
            }
            while let Some(text) = said.recv().await {
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        });
        Self { say, runtime }
    }

    fn say(&self, text: String) {
        self.say.send(text).unwrap();
    }

    fn end(self) {
        self.runtime.shutdown_background();
    }
}

/// The program in a terminal, at home in `home`.
struct Console {
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: mpsc::Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl Console {
    fn run(home: &Path) -> Self {
        let (rows, cols) = (30, 160);
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_floorwatch"));
        command.args(["--config", "floorwatch.toml", "--lang", "en"]);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "en_US.UTF-8"), ("USER", "duty")] {
            command.env(name, value);
        }
        command.env("HOME", home);
        command.cwd(home);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let (told, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if told.send(bytes.get(..n).unwrap_or_default().to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(rows, cols, 0);
        let mut console = Self { _master: pair.master, keyboard, child, output, screen };
        console.until("it draws", |screen| screen.contains("Queues"));
        console.keyboard.write_all(b"2").unwrap();
        console.keyboard.flush().unwrap();
        console.until("the queues", |screen| screen.contains("by need"));
        console
    }

    /// Reads until the screen is as wanted; the screen.
    fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let contents = self.screen.screen().contents();
            if wanted(&contents) {
                return contents;
            }
            let bytes = self.output.recv_timeout(PATIENCE);
            let bytes = bytes.unwrap_or_else(|_| panic!("never: {what}\n{contents}"));
            self.screen.process(&bytes);
        }
    }

    fn kill(mut self) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        assert!(!self.child.wait().unwrap().success());
    }

    fn quit(mut self) {
        self.keyboard.write_all(b"q").unwrap();
        self.keyboard.flush().unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

/// The figures of the queue on the screen: what stands under each head of the table that counts calls.
fn figures(screen: &str) -> Option<Vec<(&'static str, String)>> {
    let head = screen.lines().find(|l| l.contains("Offered") && l.contains("Waiting"))?;
    let row = screen.lines().find(|l| l.contains("sales"))?;
    let column = |name: &'static str| {
        let end = head.rfind(name)? + name.len();
        let from = head.get(..end)?.trim_end_matches(name).trim_end().len();
        Some((name, row.get(from..end)?.trim().to_owned()))
    };
    ["Waiting", "Offered", "Answered", "Aband.", "Exited"].into_iter().map(column).collect()
}

fn counts(screen: &str, wanted: &[&str]) -> bool {
    figures(screen).is_some_and(|f| f.iter().map(|(_, n)| n.as_str()).eq(wanted.iter().copied()))
}

fn journal(home: &Path) -> PathBuf {
    home.join(".local/state/floorwatch/store/journal")
}

/// Waits until so many joins of calls are on the disk.
fn until_on_disk(home: &Path, joins: usize) {
    let began = Instant::now();
    loop {
        let mut found = 0;
        let list = segments::list(&journal(home)).unwrap();
        go_through(&list, |e| found += usize::from(matches!(e.event.kind, Kind::CallJoined { .. }))).unwrap();
        if found >= joins {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{found} of {joins} joins on the disk");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn joined(call: usize) -> String {
    format!(r#"{{"type":"call.joined","call":"c{call}","queue":"sales","caller":"1380000{call:04}"}}"#)
}

const AGENT: &str = r#"{"type":"agent.signed_in","agent":"1001","queues":["sales"]},
    {"type":"agent.state","agent":"1001","state":"ready"}"#;

#[test]
fn killed_and_started_again_in_mid_day_the_figures_are_the_same_but_for_the_marked_gap() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let port = Port::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!("[[source]]\nname = \"floor\"\nkind = \"websocket\"\nurl = \"ws://127.0.0.1:{port}/\"\n");
    std::fs::write(home.join("floorwatch.toml"), config).unwrap();

    let switch = Switch::begin(port, format!("[{AGENT}]"));
    let mut console = Console::run(home);
    for call in 0..30 {
        switch.say(joined(call));
        if call < 20 {
            switch.say(format!(r#"{{"type":"call.answered","call":"c{call}","queue":"sales","agent":"1001"}}"#));
            switch.say(format!(
                r#"{{"type":"call.ended","call":"c{call}","queue":"sales","agent":"1001","by":"caller"}}"#
            ));
        } else if call < 25 {
            switch.say(format!(r#"{{"type":"call.abandoned","call":"c{call}","queue":"sales"}}"#));
        }
    }
    // Short abandons are no abandons of the table.
    let before = console.until("thirty calls", |s| figures(s).is_some_and(|f| f.get(1).is_some_and(|o| o.1 == "30")));
    let before = figures(&before).unwrap();
    assert_eq!(before.first().unwrap().1, "5");
    until_on_disk(home, 30);
    console.kill();
    switch.end();

    // Nobody answers: what is shown is what was kept.
    let mut console = Console::run(home);
    let wanted: Vec<&str> = before.iter().map(|(_, n)| n.as_str()).collect();
    let after = console.until("the figures of before", |s| counts(s, &wanted) && s.contains("AWAY"));
    let after_kept = figures(&after).unwrap();

    // The switch is back: three of the five still wait, two came meanwhile.
    let waiting = [25, 26, 27, 30, 31].map(|call| joined(call).replace('}', r#","waited_s":3}"#));
    let switch = Switch::begin(port, format!("[{AGENT},{}]", waiting.join(",")));
    let live = console.until("live again", |s| {
        s.contains("LIVE") && figures(s).is_some_and(|f| f.get(1).is_some_and(|o| o.1 == "32"))
    });
    let live_again = figures(&live).unwrap();
    until_on_disk(home, 35);
    // A second console at the same time keeps nothing, and names who does.
    let mut second = Console::run(home);
    let owner = format!("viewer; kept by duty, process {} since", console.child.process_id().unwrap());
    second.until("who keeps the store", |s| s.contains(&owner));
    second.quit();
    console.quit();
    switch.end();

    let list = segments::list(&journal(home)).unwrap();
    let mut gaps = Vec::new();
    go_through(&list, |e| {
        if let Kind::FeedState(FeedState::Away { since, why, .. }) = &e.event.kind
            && why.as_str().contains("not running")
        {
            gaps.push(*since);
        }
    })
    .unwrap();
    assert_eq!(gaps.len(), 1, "the gap is marked in the journal");
    let files: Vec<PathBuf> = list.into_iter().map(|s| s.path).collect();
    let replay = Command::new(env!("CARGO_BIN_EXE_floorwatch"))
        .args(["replay", "--json"])
        .args(files)
        .env("HOME", home)
        .current_dir(home)
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&replay.stdout).unwrap();
    let all = json.get("all").unwrap();
    let figure = |key: &str| all.get(key).unwrap().as_i64().unwrap();
    let (keys, mut said) = (["offered", "answered", "abandoned", "short_abandoned", "exited", "unknown"], Vec::new());
    for key in keys {
        said.push(format!("{key} {}", figure(key)));
    }
    writeln!(
        std::io::stdout(),
        "before the kill   {before:?}\nafter the restart {after_kept:?}\nlive again        {live_again:?}\nreplayed journal  {}; gap since {}",
        said.join(", "),
        gaps.first().unwrap()
    )
    .unwrap();
    assert_eq!(after_kept, before);
    assert_eq!(live_again.first().unwrap().1, "5");
    assert_eq!((figure("offered"), figure("answered"), figure("unknown")), (32, 20, 2));
    assert_eq!(figure("abandoned") + figure("short_abandoned"), 5);
}
