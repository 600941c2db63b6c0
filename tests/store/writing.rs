//! The journal being written: kill and damage at any byte, a disk that fails, a channel that is full.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use floorwatch::config::defaults;
use floorwatch::engine::{KeepState, Keeper, Note};
use floorwatch::model::{Anomaly, CallerHasher, Envelope, Event, FeedId, Kind, Label, Span, Time};
use floorwatch::source::recording::{self, Options};
use floorwatch::store::files::{Files, Folder, SegmentFile};
use floorwatch::store::journal::JournalWriter;
use floorwatch::store::restore::go_through;
use floorwatch::store::segments;
use proptest::prelude::*;

use crate::script::{envelopes, script, start};

fn writer(files: impl Files + 'static) -> JournalWriter {
    JournalWriter::new(Box::new(files), 1, Label::new("上海"), Label::new("c"))
}

fn write(dir: &Path, notes: &[Note]) {
    let mut writer = writer(Folder(dir.to_owned()));
    let mut now = start();
    for note in notes {
        writer.take(note);
        if let Note::Tick(at) = note {
            now = *at;
            writer.flush(now).unwrap();
        }
    }
    writer.close(now).unwrap();
}

/// Envelopes of feeds, read back.
fn read(dir: &Path) -> (Vec<Envelope>, u64) {
    let mut found = Vec::new();
    let restored = go_through(&segments::list(dir).unwrap(), |e| found.push(e.clone())).unwrap();
    found.retain(|e| !e.feed.is_empty());
    (found, restored.damaged)
}

fn beats(from: u64, n: u64) -> Note {
    let of = |seq: u64| Envelope {
        feed: FeedId::new("f"),
        epoch: 1,
        seq,
        received_at: start() + Span::from_secs(i64::try_from(seq).unwrap()),
        event: Event::new(Kind::FeedHeartbeat),
    };
    Note::Batch((from..from + n).map(of).collect())
}

#[test]
fn what_was_written_is_read_and_a_segment_is_a_recording() {
    let dir = tempfile::tempdir().unwrap();
    let notes = script(7300);
    write(dir.path(), &notes);
    let files = segments::list(dir.path()).unwrap();
    assert_eq!(files.len(), 3, "a file an hour");
    assert_eq!(read(dir.path()), (envelopes(&notes), 0));
    let options = Options { format: None, zone: jiff::tz::TimeZone::UTC, hasher: CallerHasher::new([0; 16]) };
    let paths: Vec<PathBuf> = files.into_iter().map(|f| f.path).collect();
    let opened = recording::open(&paths, &options, &defaults().unwrap()).unwrap();
    let replayed: Vec<Envelope> = opened.batches.flatten().filter(|e| !e.feed.is_empty()).collect();
    assert_eq!(replayed, envelopes(&notes));
}

#[cfg(unix)]
#[test]
fn only_the_user_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let run = crate::script::Run::begin(&dir.path().join("new/store"), &crate::script::settings(), start());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut run = run;
    run.live(&script(2));
    let store = dir.path().join("new/store");
    run.end();
    assert_eq!(mode(&store), 0o700);
    let mut seen = 0;
    for folder in [&store, &store.join("journal")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let want = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), want, "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_at_any_byte_a_beginning_is_there(place in any::<prop::sample::Index>()) {
        let (dir, (bytes, all)) = (tempfile::tempdir().unwrap(), written());
        std::fs::write(dir.path().join(NAME), bytes.get(..place.index(bytes.len())).unwrap()).unwrap();
        let (found, damaged) = read(dir.path());
        prop_assert!(all.starts_with(&found));
        prop_assert_eq!(damaged, 0);
    }

    #[test]
    fn a_damaged_byte_costs_its_frame_and_gives_a_gap(place in any::<prop::sample::Index>(), flip in 1..=255u8) {
        let (dir, (bytes, all)) = (tempfile::tempdir().unwrap(), written());
        let mut bytes = bytes.clone();
        let at = place.index(bytes.len());
        *bytes.get_mut(at).unwrap() ^= flip;
        std::fs::write(dir.path().join(NAME), bytes).unwrap();
        let (found, _) = read(dir.path());
        let gap = |e: &Envelope| matches!(&e.event.kind, Kind::Anomaly { what: Anomaly::Gap, .. });
        let told = found.iter().any(gap);
        let mut rest = all.iter();
        for envelope in found.iter().filter(|e| !gap(e)) {
            prop_assert!(rest.any(|e| e == envelope), "{:?} was never written, or not in this order", envelope);
        }
        // Only of the last frame it cannot be told from an end that was cut off, and after that one a restart has a gap.
        let last = bytes_of_last_frame(&written().0);
        let short = found.len() < all.len();
        prop_assert!(told || !short || at >= last, "byte {} of {}: {} of {} silently", at, last, found.len(), all.len());
        prop_assert!(told || all.starts_with(&found));
    }
}

/// Where the last frame begins.
fn bytes_of_last_frame(bytes: &[u8]) -> usize {
    bytes.windows(4).rposition(|four| four == [0x28, 0xb5, 0x2f, 0xfd]).unwrap()
}

#[test]
fn a_segment_that_is_gone_is_known_by_the_numbers_missing() {
    let dir = tempfile::tempdir().unwrap();
    let notes: Vec<Note> = (0..3 * 3600)
        .flat_map(|n: u64| [beats(n + 1, 1), Note::Tick(start() + Span::from_secs(i64::try_from(n).unwrap()))])
        .collect();
    let mut writer = writer(Folder(dir.path().to_owned()));
    for note in &notes {
        writer.take(note);
        if let Note::Tick(now) = note
            && now.second() % 10 == 0
        {
            writer.flush(*now).unwrap();
        }
    }
    writer.close(start() + Span::from_secs(3 * 3600)).unwrap();
    let files = segments::list(dir.path()).unwrap();
    assert_eq!(files.len(), 3);
    std::fs::remove_file(&files.get(1).unwrap().path).unwrap();
    let (found, damaged) = read(dir.path());
    assert_eq!(damaged, 1);
    let gaps: Vec<&Envelope> = found.iter().filter(|e| matches!(e.event.kind, Kind::Anomaly { .. })).collect();
    assert_eq!(gaps.len(), 1);
    let place = found.iter().position(|e| matches!(e.event.kind, Kind::Anomaly { .. })).unwrap();
    let (before, after) = (found.get(place - 1).unwrap().seq, found.get(place + 1).unwrap().seq);
    assert!(after > before + 3000, "the gap stands between {before} and {after}");
}

const NAME: &str = "0000000001-20260520T023000Z.jsonl.zst";

/// Bytes of a segment of five frames and more, and the envelopes in it.
fn written() -> &'static (Vec<u8>, Vec<Envelope>) {
    static WRITTEN: OnceLock<(Vec<u8>, Vec<Envelope>)> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let notes: Vec<Note> = (0..55)
            .flat_map(|n| [beats(n * 3 + 1, 3), Note::Tick(start() + Span::from_secs(i64::try_from(n).unwrap()))])
            .collect();
        write(dir.path(), &notes);
        let file = segments::list(dir.path()).unwrap().remove(0).path;
        assert_eq!(file.file_name().unwrap(), NAME);
        (std::fs::read(file).unwrap(), envelopes(&notes))
    })
}

/// A disk that refuses the writes of the given numbers, having taken half of their bytes.
struct Sick {
    dir: PathBuf,
    count: Arc<AtomicUsize>,
    fails: Arc<dyn Fn(usize) -> bool + Send + Sync>,
    cuts: bool,
}

struct SickFile {
    file: std::fs::File,
    count: Arc<AtomicUsize>,
    fails: Arc<dyn Fn(usize) -> bool + Send + Sync>,
    cuts: bool,
}

impl Files for Sick {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn SegmentFile>> {
        let file = std::fs::File::create_new(self.dir.join(name))?;
        Ok(Box::new(SickFile { file, count: self.count.clone(), fails: self.fails.clone(), cuts: self.cuts }))
    }
}

impl SegmentFile for SickFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        if (self.fails)(n) {
            self.file.append(bytes.get(..bytes.len() / 2).unwrap())?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.cuts { self.file.cut(length) } else { Err(io::ErrorKind::Other.into()) }
    }
}

fn sick(dir: &Path, cuts: bool, fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> Sick {
    Sick { dir: dir.to_owned(), count: Arc::default(), fails: Arc::new(fails), cuts }
}

#[test]
fn a_disk_that_fails_for_a_while_loses_nothing() {
    for cuts in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = writer(sick(dir.path(), cuts, |n| (3..9).contains(&n) || n == 14));
        let mut failed = 0;
        for n in 0..60u64 {
            writer.take(&beats(n * 5 + 1, 5));
            if writer.flush(start() + Span::from_secs(i64::try_from(n).unwrap())).is_err() {
                failed += 1;
                assert!(writer.unsaved() > 0);
            } else {
                assert_eq!(writer.unsaved(), 0);
            }
        }
        writer.close(start() + Span::from_secs(60)).unwrap();
        assert_eq!(failed, 7);
        let (found, _) = read(dir.path());
        let found: Vec<Envelope> = found.into_iter().filter(|e| matches!(e.event.kind, Kind::FeedHeartbeat)).collect();
        assert_eq!(found, envelopes(&[beats(1, 300)]), "cuts {cuts}");
        assert_eq!(writer.lost(), 0);
    }
}

#[test]
fn a_disk_that_is_full_for_long_leaves_a_gap_with_count_and_span() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(sick(dir.path(), true, |n| n < 5)).keeping(1000);
    for n in 0..5u64 {
        writer.take(&beats(n * 20 + 1, 20));
        assert!(writer.flush(start()).is_err());
    }
    let lost = writer.lost();
    assert!((80..100).contains(&lost), "{lost}");
    writer.flush(start() + Span::from_secs(20)).unwrap();
    writer.take(&beats(101, 3));
    writer.close(start() + Span::from_secs(21)).unwrap();
    let (found, _) = read(dir.path());
    let told: Vec<String> = found
        .iter()
        .filter_map(|e| match &e.event.kind {
            Kind::Anomaly { what: Anomaly::Gap, detail } => Some(detail.to_string()),
            _ => None,
        })
        .collect();
    let at = |n: u64| (start() + Span::from_secs(i64::try_from(n).unwrap())).to_string();
    assert_eq!(told, [format!("{lost} events not kept, from {} to {}", at(101 - lost), at(100))]);
    assert_eq!(found.iter().filter(|e| e.seq > 100).count(), 3);
}

#[test]
fn the_engine_never_waits_and_what_found_no_room_is_told_once_there_is_some() {
    let state = KeepState::default();
    let (mut keeper, notes) = Keeper::new(2, state.clone());
    for n in 0..10 {
        keeper.batch(match beats(n * 3 + 1, 3) {
            Note::Batch(batch) => batch,
            _ => Vec::new(),
        });
    }
    assert_eq!(state.view().lost, 24);
    assert_eq!((notes.recv().unwrap(), notes.recv().unwrap()), (beats(1, 3), beats(4, 3)));
    keeper.tick(Time::from_secs(1));
    let Note::Lost(losses) = notes.recv().unwrap() else { panic!("the loss comes first") };
    let loss = losses.first().unwrap();
    assert_eq!((loss.events, loss.seq, losses.len()), (24, 30, 1));
    assert_eq!((loss.from, loss.to), (start() + Span::from_secs(7), start() + Span::from_secs(30)));
    assert_eq!(notes.recv().unwrap(), Note::Tick(Time::from_secs(1)));
    drop(notes);
    keeper.tick(Time::from_secs(2));
}

/// How long a big day takes: `cargo test --release --test store -- --ignored --nocapture big_day`.
#[test]
#[ignore = "a measurement"]
fn a_big_day_is_gone_through_in_seconds() {
    use floorwatch::model::{AgentId, CallId, EndedBy, QueueId};
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(Folder(dir.path().to_owned()));
    let (mut seq, day) = (0, Time::parse("2026-05-19T16:00:00Z").unwrap());
    let text = |word: &str, n: i64| format!("{word}-{n}");
    for second in 0..86_400 {
        let at = day + Span::from_secs(second);
        let mut batch = Vec::new();
        for n in 0..3 {
            let n = second * 3 + n;
            let (call, queue) = (CallId::new(&text("call", n)), QueueId::new(&text("queue", n % 20)));
            let agent = AgentId::new(&text("agent", n % 300));
            let old = CallId::new(&text("call", n - 900));
            let (q, a) = (
                QueueId::new(&text("queue", (n - 900).rem_euclid(20))),
                AgentId::new(&text("agent", (n - 900).rem_euclid(300))),
            );
            for kind in [
                Kind::CallJoined { call: call.clone(), queue: queue.clone(), detail: Box::default() },
                Kind::CallRinging { call: call.clone(), queue: queue.clone(), agent: agent.clone() },
                Kind::CallAnswered { call, queue, agent },
                Kind::CallEnded { call: old, queue: q, agent: a, by: EndedBy::Caller, cause: None },
            ] {
                seq += 1;
                batch.push(Envelope {
                    feed: FeedId::new("f"),
                    epoch: 1,
                    seq,
                    received_at: at,
                    event: Event::new(kind),
                });
            }
        }
        writer.take(&Note::Batch(batch));
        writer.take(&Note::Tick(at));
        if second % 10 == 0 {
            writer.flush(at).unwrap();
        }
    }
    writer.close(day + Span::from_secs(86_400)).unwrap();
    let files = segments::list(dir.path()).unwrap();
    let bytes: u64 = files.iter().map(|f| std::fs::metadata(&f.path).unwrap().len()).sum();
    let began = std::time::Instant::now();
    let mut core = crate::script::core(&crate::script::settings());
    let read = go_through(&files, |e| core.apply(e)).unwrap();
    let took = began.elapsed();
    let offered = core.publish().all.tally(floorwatch::metrics::Window::Day).counts.offered;
    assert_eq!(read.damaged, 0);
    #[expect(clippy::print_stderr, reason = "it measures")]
    {
        eprintln!("{seq} events, {} envelopes, {bytes} bytes, {offered} offered: {took:?}", read.envelopes);
    }
}
