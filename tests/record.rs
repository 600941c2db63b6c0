//! What is recorded gives, replayed, what was seen live.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

#[path = "asterisk/server.rs"]
#[expect(dead_code, reason = "shared with the tests of the live client, which use all of it")]
mod server;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use floorwatch::app::App;
use floorwatch::app::record::{self, Recorded, place};
use floorwatch::cli::{Out, run};
use floorwatch::clock::Clock;
use floorwatch::config::{Env, Lang, Settings, SourceKind, SourceSettings, WebsocketSettings, defaults};
use floorwatch::engine::Books;
use floorwatch::metrics::{Counts, Window};
use floorwatch::model::{CallerHasher, Envelope, FeedId, Span, Time};
use floorwatch::snapshot::{Mode, Snapshot};
use floorwatch::source::demo::{Feed, Scenario};
use floorwatch::source::recording::{self, Options};
use floorwatch::wire::capture::index_path;
use floorwatch::wire::capture_write::CaptureWriter;
use futures_util::{SinkExt as _, StreamExt as _};
use server::Server;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

fn source(name: &str, kind: SourceKind) -> SourceSettings {
    SourceSettings { name: FeedId::new(name), kind, late_after: Span::from_secs(30) }
}

fn settings(sources: Vec<SourceSettings>) -> Arc<Settings> {
    Arc::new(Settings { sources, ..defaults().unwrap() })
}

/// The first source of the settings recorded until `seen` says that all is there.
async fn record_until(
    dir: &Path,
    settings: &Arc<Settings>,
    clock: &Clock,
    seen: impl Future<Output = ()>,
) -> Vec<Recorded> {
    let source = settings.sources.first().unwrap().clone();
    let path = place(dir, &source);
    let (stop, stopping) = watch::channel(false);
    let hasher = CallerHasher::new([1; 16]);
    let sources = [(source, path)];
    let recording = record::run(&sources, settings, &hasher, clock, &stopping);
    let ((), recorded) = tokio::join!(
        async {
            seen.await;
            stop.send(true).unwrap();
        },
        recording
    );
    recorded.unwrap()
}

fn replayed(file: PathBuf, settings: &Arc<Settings>) -> (Vec<Envelope>, Books) {
    let options = Options { format: None, zone: jiff::tz::TimeZone::UTC, hasher: CallerHasher::new([1; 16]) };
    let envelopes: Vec<Envelope> = recording::open(&[file], &options, settings).unwrap().batches.flatten().collect();
    let mut books = Books::new(settings.clone(), true);
    for envelope in &envelopes {
        books.apply(envelope);
    }
    books.finish();
    (envelopes, books)
}

#[cfg(unix)]
fn private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777 == 0o600
}

#[tokio::test]
async fn an_asterisk_is_recorded_byte_by_byte_with_marks() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start().await);
    let settings = settings(vec![source("pbx", SourceKind::Asterisk(server.settings()))]);
    let said = async {
        let mut peer = server.accept().await;
        peer.let_in().await;
        let action = peer.expect("QueueStatus").await;
        peer.list(&action, &["Event: QueueParams\nQueue: support\nCalls: 0\n"]).await;
        for call in 1..=3 {
            peer.say(&format!(
                "Event: QueueCallerJoin\nPrivilege: agent,all\nUniqueid: 1.{call}\nCallerIDNum: 1555000000{call}\nQueue: support\nPosition: {call}\nCount: {call}\n\n"
            ))
            .await;
        }
        peer.say("Event: QueueCallerAbandon\nPrivilege: agent,all\nUniqueid: 1.2\nQueue: support\nPosition: 2\nOriginalPosition: 2\nHoldTime: 9\n\n").await;
        peer.say(
            "Event: QueueCallerLeave\nPrivilege: agent,all\nUniqueid: 1.2\nQueue: support\nPosition: 2\nCount: 2\n\n",
        )
        .await;
        peer.hang_up().await;
        // The next connection is the sign that the end of the first one was taken.
        let second = server.accept().await;
        drop(second);
    };
    let recorded = record_until(dir.path(), &settings, &Clock::live(), said).await;
    let file = dir.path().join("pbx.raw.zst");
    assert_eq!(recorded.iter().map(|r| &r.file).collect::<Vec<_>>(), [&file]);
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut floorwatch::wire::capture::open(&file).unwrap(), &mut bytes).unwrap();
    assert_eq!(u64::try_from(bytes.len()).unwrap(), recorded.first().unwrap().count);
    assert!(bytes.starts_with(b"Asterisk Call Manager/11.0.0\r\n"));
    let index = std::fs::read_to_string(index_path(&file)).unwrap();
    let marks: Vec<&str> = index.lines().filter_map(|l| l.strip_prefix("# ")?.split(' ').next()).collect();
    assert!(marks.starts_with(&["epoch0", "connect", "eof"]), "{marks:?}");
    let reads = index.lines().filter(|l| !l.starts_with('#'));
    let covered: u64 = reads.map(|l| l.split(' ').nth(2).unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(covered, recorded.first().unwrap().count);
    #[cfg(unix)]
    assert!(private(&file) && private(&index_path(&file)));
    let (_, mut books) = replayed(file.clone(), &settings);
    let whole = books.tally(0, Window::Whole).counts;
    assert_eq!((whole.offered, whole.abandoned_all()), (3, 1));
    // What is there is never written over.
    let again = [(settings.sources.first().unwrap().clone(), file)];
    let (_stop, stopping) = watch::channel(false);
    let why = record::run(&again, &settings, &CallerHasher::new([1; 16]), &Clock::live(), &stopping).await;
    assert_eq!(why.unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_websocket_is_recorded_as_its_journal() {
    let dir = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let of = WebsocketSettings { url, token: None, max_frame: 1 << 20, ping: Span::from_secs(10) };
    let settings = settings(vec![source("cloud", SourceKind::Websocket(of))]);
    let said = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        for line in [
            r#"{"type":"feed.sync_begin"}"#,
            r#"{"type":"feed.sync_end"}"#,
            r#"{"type":"call.joined","call":"a","queue":"q","caller":"13812345678"}"#,
            r#"{"type":"call.joined","call":"b","queue":"q"}"#,
            r#"{"type":"call.abandoned","call":"a","queue":"q"}"#,
        ] {
            socket.send(Message::text(line)).await.unwrap();
        }
        socket.close(None).await.unwrap();
        // Until the client has answered the close it has read all before it.
        while socket.next().await.is_some_and(|m| m.is_ok()) {}
    };
    let recorded = record_until(dir.path(), &settings, &Clock::live(), said).await;
    let file = dir.path().join("cloud.jsonl.zst");
    #[cfg(unix)]
    assert!(private(&file));
    let (envelopes, mut books) = replayed(file, &settings);
    assert_eq!(u64::try_from(envelopes.len()).unwrap(), recorded.first().unwrap().count);
    assert!(envelopes.iter().all(|e| e.feed.as_str() == "cloud"));
    let whole = books.tally(0, Window::Whole);
    assert_eq!((whole.counts.offered, whole.counts.abandoned_all(), whole.different_callers), (2, 1, Some(1)));
}

/// A real capture, taken apart into its reads and written again, gives the same envelopes.
#[test]
fn a_capture_written_again_is_the_same_capture() {
    let data = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let original = data.join("asterisk/run-a/ami.raw.zst");
    if !original.exists() {
        #[expect(clippy::print_stderr, reason = "the one line that says so")]
        {
            eprintln!("skipped: {} is not there", original.display());
        }
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("ami.raw.zst");
    let mut capture = floorwatch::wire::capture::Capture::open(&original).unwrap();
    let epoch0 = Time::from_secs(1_700_000_000);
    let mut writer: Option<CaptureWriter<std::fs::File>> = None;
    while let Some(piece) = capture.next_piece().unwrap() {
        use floorwatch::wire::capture::Piece;
        let at = match &piece {
            Piece::Bytes { at, .. } => at.unwrap(),
            Piece::Mark { at, .. } => *at,
            Piece::Gap => continue,
        };
        let writer = writer.get_or_insert_with(|| {
            let file = |path: &Path| std::fs::File::create_new(path).unwrap();
            CaptureWriter::new(file(&copy), file(&index_path(&copy)), epoch0.min(at))
        });
        match piece {
            Piece::Bytes { bytes, .. } => writer.read(at, bytes).unwrap(),
            Piece::Mark { mark, .. } => writer.mark(at, mark),
            Piece::Gap => {}
        }
        writer.flush(at).unwrap();
    }
    writer.unwrap().finish().unwrap();
    let settings = settings(Vec::new());
    let (want, mut a) = replayed(original, &settings);
    let (got, mut b) = replayed(copy, &settings);
    assert_eq!(got.len(), want.len());
    assert!(want.len() > 1000 && got == want);
    assert_eq!(a.tally(0, Window::Whole), b.tally(0, Window::Whole));
}

#[test]
fn the_command_says_what_it_cannot_do() {
    let dir = tempfile::tempdir().unwrap();
    let source = |name: &str| format!("[[source]]\nname = '{name}'\nkind = 'websocket'\nurl = 'ws://127.0.0.1:9/'\n");
    std::fs::write(dir.path().join("floorwatch.toml"), source("a") + &source("b")).unwrap();
    let env = Env::new(dir.path(), [("HOME", dir.path().to_str().unwrap())]);
    let out_dir = dir.path().join("one.jsonl.zst").display().to_string();
    for (args, words) in [(vec!["--source", "c"], "the sources are a, b"), (vec![], "several sources need a folder")] {
        let (mut out, _, err) = Out::kept();
        let config = dir.path().join("floorwatch.toml").display().to_string();
        let line = ["floorwatch", "record", "--config", &config, "--out", &out_dir].into_iter().chain(args);
        assert_eq!(run(line.map(Into::into), env.clone(), &mut out).number(), 2);
        assert!(err.text().contains(words), "{}", err.text());
    }
}

/// Counts of calls by scope over all that was counted, in a form that can be compared.
fn counted(books: &mut Books) -> Vec<(String, Counts)> {
    let scopes: Vec<String> = books.floor().scopes().iter().map(|s| format!("{:?}", s.scope)).collect();
    let counts = (0u32..).zip(&scopes).map(|(ix, _)| books.tally(ix, Window::Whole).counts).collect::<Vec<_>>();
    sorted(scopes.into_iter().zip(counts).filter(|(scope, _)| !scope.starts_with("Team")).collect())
}

/// The same of a live engine's day.
fn shown(app: &App) -> Vec<(String, Counts)> {
    let snapshot = app.snapshot();
    let rows = snapshot.queues.iter().chain(&snapshot.groups).chain([&snapshot.all]);
    sorted(rows.map(|row| (format!("{:?}", row.scope), row.tally(Window::Day).counts)).collect())
}

fn sorted(mut rows: Vec<(String, Counts)>) -> Vec<(String, Counts)> {
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

async fn until(app: &App, what: &str, wanted: impl Fn(&Snapshot) -> bool) {
    let mut snapshots = app.backend.snapshots.clone();
    let found = tokio::time::timeout(Duration::from_secs(60), snapshots.wait_for(|s| wanted(s))).await;
    assert!(found.is_ok(), "never: {what}");
}

/// The live engine and the recorder hear the same center at once; replayed, the recording gives the figures shown.
#[tokio::test]
async fn a_recorded_websocket_gives_the_figures_the_live_engine_had() {
    let dir = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let of = WebsocketSettings { url, token: None, max_frame: 1 << 20, ping: Span::from_secs(10) };
    let at = Time::parse("2026-05-20T09:10:00+08:00").unwrap();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let scenario = Scenario::open("surge").unwrap().placed(at, zone);
    let settings = Arc::new(Settings {
        site: scenario.site(Lang::En),
        queues: scenario.queue_settings(Lang::En),
        reasons: scenario.reasons(Lang::En),
        ..(*settings(vec![source("cloud", SourceKind::Websocket(of))])).clone()
    });
    // Of one time: what came when is the same for both.
    let clock = Clock::fixed(at + Span::from_secs(601));
    let app = App::live(&settings, &CallerHasher::new([1; 16]), &clock, Mode::Live);
    let said = async {
        let mut center = Feed::new(&scenario, 1, Lang::En, at);
        let greeting = center.greet();
        let mut lines = [greeting.history, greeting.full_state].concat();
        for second in 1..=600 {
            lines.extend(center.advance(at + Span::from_secs(second)));
        }
        lines.push(r#"{"type":"call.joined","call":"the-last","queue":"sign"}"#.into());
        let mut sockets = Vec::new();
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            sockets.push(tokio_tungstenite::accept_async(stream).await.unwrap());
        }
        for socket in &mut sockets {
            for line in &lines {
                socket.feed(Message::text(line.to_string())).await.unwrap();
            }
            socket.flush().await.unwrap();
        }
        until(&app, "the last call", |s| s.queues.iter().any(|q| q.name.as_str() == "sign")).await;
        for mut socket in sockets {
            socket.close(None).await.unwrap();
            while socket.next().await.is_some_and(|m| m.is_ok()) {}
        }
    };
    record_until(dir.path(), &settings, &clock, said).await;
    let (_, mut books) = replayed_unfinished(dir.path().join("cloud.jsonl.zst"), &settings);
    let (live, again) = (shown(&app), counted(&mut books));
    let all = live.iter().find(|(scope, _)| scope == "All").unwrap().1;
    assert!(all.offered > 500 && all.answered > 300, "{all:?}");
    assert_eq!(of_scopes(&again, &live), live);
    app.stop().await;
}

#[tokio::test]
async fn a_recorded_asterisk_gives_the_figures_the_live_engine_had() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start().await);
    let settings = settings(vec![source("pbx", SourceKind::Asterisk(server.settings()))]);
    let app = App::live(&settings, &CallerHasher::new([1; 16]), &Clock::live(), Mode::Live);
    let said = async {
        let mut peers = Vec::new();
        for _ in 0..2 {
            let mut peer = server.accept().await;
            peer.let_in().await;
            let action = peer.expect("QueueStatus").await;
            peer.list(&action, &["Event: QueueParams\nQueue: support\nCalls: 0\n"]).await;
            peers.push(peer);
        }
        for call in 1..=40 {
            let join = format!(
                "Event: QueueCallerJoin\nPrivilege: agent,all\nUniqueid: 1.{call}\nCallerIDNum: 1555000{call:04}\nQueue: support\nPosition: 1\nCount: 1\n\n"
            );
            let gone = if call % 4 == 0 {
                format!(
                    "Event: QueueCallerAbandon\nPrivilege: agent,all\nUniqueid: 1.{call}\nQueue: support\nPosition: 1\nOriginalPosition: 1\nHoldTime: 0\n\nEvent: QueueCallerLeave\nPrivilege: agent,all\nUniqueid: 1.{call}\nQueue: support\nPosition: 1\nCount: 0\n\n"
                )
            } else {
                String::new()
            };
            for peer in &mut peers {
                peer.say(&join).await;
                if !gone.is_empty() {
                    peer.say(&gone).await;
                }
            }
        }
        until(&app, "forty calls, ten gone", |s| {
            let day = s.all.tally(Window::Day).counts;
            (day.offered, day.abandoned_all()) == (40, 10)
        })
        .await;
        let end = peers.pop();
        for peer in end.into_iter().chain(peers) {
            peer.hang_up().await;
        }
        drop(server.accept().await);
    };
    record_until(dir.path(), &settings, &Clock::live(), said).await;
    let (_, mut books) = replayed_unfinished(dir.path().join("pbx.raw.zst"), &settings);
    let (live, again) = (shown(&app), counted(&mut books));
    // Two connections do not hear a thing in the same microsecond: counts, not times.
    let counts_alone = |rows: &[(String, Counts)]| {
        let of = |counts: &Counts| counts.named().into_iter().filter(|(n, _)| !n.ends_with("_us")).collect::<Vec<_>>();
        rows.iter().map(|(scope, counts)| (scope.clone(), of(counts))).collect::<Vec<_>>()
    };
    assert_eq!(counts_alone(&of_scopes(&again, &live)), counts_alone(&live));
    app.stop().await;
}

/// Of the scopes a snapshot shows.
fn of_scopes(all: &[(String, Counts)], shown: &[(String, Counts)]) -> Vec<(String, Counts)> {
    all.iter().filter(|(scope, _)| shown.iter().any(|(s, _)| s == scope)).cloned().collect()
}

/// As the live engine stands while it goes on: nothing is ended because the recording is.
fn replayed_unfinished(file: PathBuf, settings: &Arc<Settings>) -> (Vec<Envelope>, Books) {
    let options = Options { format: None, zone: jiff::tz::TimeZone::UTC, hasher: CallerHasher::new([1; 16]) };
    let envelopes: Vec<Envelope> = recording::open(&[file], &options, settings).unwrap().batches.flatten().collect();
    let mut books = Books::new(settings.clone(), true);
    for envelope in &envelopes {
        books.apply(envelope);
    }
    (envelopes, books)
}
