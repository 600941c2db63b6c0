//! Speed, as ratios against a stated reference measured in the same run. `cargo bench` prints them.
//!
//! - JSON: decode + apply + figures, against decoding the same lines into one wide borrowed struct and no more: in one
//!   thread, and read ahead in another as the program reads recordings.
//! - AMI: bytes to figures, against splitting the same bytes into reused header slices and no more.
//! - Scale: an event's cost at 1 000 queues and 10 000 agents, against 10 queues and 100 agents; all of them met before.
//! - Publishing at that size with 1 % of the rows changed.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run stops")]
#![expect(clippy::cast_precision_loss, reason = "numbers of events")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floorwatch::config::{self, Settings};
use floorwatch::engine::{Books, Core};
use floorwatch::floor::Floor;
use floorwatch::model::{
    AgentId, AgentState, AgentStateEvent, CallerHasher, Envelope, Event, Evidence, FeedId, Kind, QueueId, Span, Time,
};
use floorwatch::report::json;
use floorwatch::snapshot::Mode;
use floorwatch::source::ahead::read_ahead;
use floorwatch::source::asterisk::AmiMapper;
use floorwatch::source::asterisk::replay::CaptureEnvelopes;
use floorwatch::wire::capture::Capture;
use floorwatch::wire::event_json::{Decoded, decode};

/// The reference: every field of the public form, borrowed, nothing made of it.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "decoded, not read: that is the point")]
struct Wide<'a> {
    #[serde(rename = "type", borrow)]
    kind: &'a str,
    #[serde(borrow)]
    id: Option<&'a str>,
    #[serde(borrow)]
    ts: Option<&'a str>,
    #[serde(borrow)]
    call: Option<&'a str>,
    #[serde(borrow)]
    queue: Option<&'a str>,
    #[serde(borrow)]
    agent: Option<&'a str>,
    #[serde(borrow)]
    caller: Option<&'a str>,
    #[serde(borrow)]
    line: Option<&'a str>,
    #[serde(borrow)]
    area: Option<&'a str>,
    #[serde(borrow)]
    menu: Option<&'a str>,
    priority: Option<i64>,
    position: Option<u32>,
    #[serde(borrow)]
    from_queue: Option<&'a str>,
    waited_s: Option<f64>,
    rang_s: Option<f64>,
    #[serde(borrow)]
    why: Option<&'a str>,
    #[serde(borrow)]
    by: Option<&'a str>,
    #[serde(borrow)]
    cause: Option<&'a str>,
    #[serde(borrow)]
    state: Option<&'a str>,
    #[serde(borrow)]
    reason: Option<&'a str>,
    #[serde(borrow)]
    direction: Option<&'a str>,
    #[serde(borrow)]
    since: Option<&'a str>,
    #[serde(borrow)]
    until: Option<&'a str>,
    #[serde(borrow)]
    name: Option<&'a str>,
    #[serde(borrow)]
    team: Option<&'a str>,
    #[serde(borrow)]
    desk: Option<&'a str>,
}

/// Lines of an ordinary floor: calls that join, ring, are answered and end or are abandoned, and the agents' states.
fn lines(queues: usize, agents: usize, calls: usize) -> Vec<String> {
    let mut lines = Vec::with_capacity(calls * 7);
    let start = Time::parse("2026-05-20T08:00:00Z").unwrap();
    // Arrivals spread over eight hours, whatever their number: the state carried is the same share of a day.
    let gap = 8 * 3600 * 1_000_000 / i64::try_from(calls).unwrap();
    let mut n = 0;
    for call in 0..calls {
        let (queue, agent) = (call % queues, call * 7 % agents);
        let at = start + Span::from_micros(gap * i64::try_from(call).unwrap());
        let mut line = |after_ms: i64, body: String| {
            n += 1;
            let ts = (at + Span::from_micros(after_ms * 1000)).rfc3339();
            lines.push((at + Span::from_micros(after_ms * 1000), format!("{{\"id\":\"{n}\",\"ts\":\"{ts}\",{body}}}")));
        };
        line(
            0,
            format!(
                r#""type":"call.joined","call":"c{call}","queue":"q{queue}","caller":"1390000{:04}","line":"95500""#,
                call % 9973
            ),
        );
        if call % 10 == 9 {
            line(21_000, format!(r#""type":"call.abandoned","call":"c{call}","queue":"q{queue}""#));
            continue;
        }
        line(2_000, format!(r#""type":"call.ringing","call":"c{call}","queue":"q{queue}","agent":"a{agent}""#));
        line(6_000, format!(r#""type":"call.answered","call":"c{call}","queue":"q{queue}","agent":"a{agent}""#));
        line(6_000, format!(r#""type":"agent.state","agent":"a{agent}","state":"talking","direction":"in""#));
        line(
            186_000,
            format!(r#""type":"call.ended","call":"c{call}","queue":"q{queue}","agent":"a{agent}","by":"caller""#),
        );
        line(186_000, format!(r#""type":"agent.state","agent":"a{agent}","state":"after_call""#));
        line(206_000, format!(r#""type":"agent.state","agent":"a{agent}","state":"ready""#));
    }
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Settings are read once, whatever is measured.
fn books() -> Books {
    static SETTINGS: LazyLock<Arc<Settings>> = LazyLock::new(|| Arc::new(config::defaults().unwrap()));
    Books::new(SETTINGS.clone(), false)
}

fn take(books: &mut Books, feed: &FeedId, decoded: &mut Decoded, seq: &mut u64) {
    for event in decoded.events.drain(..) {
        *seq += 1;
        let received_at = event.ts.unwrap_or_default();
        books.apply(&Envelope { feed: feed.clone(), epoch: 1, seq: *seq, received_at, event });
    }
}

fn engine(lines: &[String]) -> usize {
    let hasher = CallerHasher::new([1; 16]);
    let (mut books, mut decoded, mut seq) = (books(), Decoded::default(), 0);
    let feed = FeedId::new("bench");
    for line in lines {
        decode(line.as_bytes(), &hasher, &mut decoded);
        take(&mut books, &feed, &mut decoded, &mut seq);
    }
    books.finish();
    serde_json::to_vec(&json::whole(&mut books)).map_or(0, |json| json.len())
}

/// The same as the program does it: decoded in a thread of its own, batch by batch, beside the accounts.
fn engine_read_ahead(lines: &Arc<Vec<String>>) -> usize {
    let (hasher, feed, lines) = (CallerHasher::new([1; 16]), FeedId::new("bench"), Arc::clone(lines));
    let (mut at, mut seq, mut decoded) = (0, 0, Decoded::default());
    let batches = std::iter::from_fn(move || {
        let some = lines.get(at..lines.len().min(at + 512)).filter(|some| !some.is_empty())?;
        at += some.len();
        for line in some {
            decode(line.as_bytes(), &hasher, &mut decoded);
        }
        let mut envelopes = Vec::with_capacity(decoded.events.len());
        for event in decoded.events.drain(..) {
            seq += 1;
            let received_at = event.ts.unwrap_or_default();
            envelopes.push(Envelope { feed: feed.clone(), epoch: 1, seq, received_at, event });
        }
        Some(envelopes)
    });
    figures(read_ahead(Box::new(batches)))
}

/// Batches of envelopes to JSON.
fn figures(batches: impl Iterator<Item = Vec<Envelope>>) -> usize {
    let mut books = books();
    for batch in batches {
        books.apply_all(&batch);
    }
    books.finish();
    serde_json::to_vec(&json::whole(&mut books)).map_or(0, |json| json.len())
}

fn wide(lines: &[String]) -> usize {
    lines.iter().filter(|l| black_box(serde_json::from_str::<Wide<'_>>(l)).is_ok()).count()
}

/// Headers as slices into the bytes, a list used again for each message: what any reader of the protocol has to do.
fn split(bytes: &[u8]) -> usize {
    let mut headers: Vec<(&[u8], &[u8])> = Vec::new();
    let (mut at, mut messages) = (0, 0);
    while let Some(end) = memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()) {
        let line = bytes.get(at..at + end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        at += end + 1;
        if line.is_empty() {
            messages += usize::from(!black_box(&headers).is_empty());
            headers.clear();
        } else if let Some(colon) = memchr::memchr(b':', line) {
            headers
                .push((line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default().trim_ascii()));
        }
    }
    messages
}

fn capture(bytes: &Arc<Vec<u8>>, ahead: bool) -> usize {
    struct Shared(Arc<Vec<u8>>, usize);
    impl std::io::Read for Shared {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            let rest = self.0.get(self.1..).unwrap_or_default();
            let n = rest.len().min(to.len());
            to.get_mut(..n).unwrap_or_default().copy_from_slice(rest.get(..n).unwrap_or_default());
            self.1 += n;
            Ok(n)
        }
    }
    let capture = Capture::from_parts(Box::new(Shared(bytes.clone(), 0)), None);
    let mapper = AmiMapper::new(CallerHasher::new([1; 16]), []);
    let batches = CaptureEnvelopes::new(capture, FeedId::new("bench"), mapper);
    if ahead { figures(read_ahead(Box::new(batches))) } else { figures(batches) }
}

fn shared(name: &str) -> Option<Arc<Vec<u8>>> {
    let root = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = std::fs::File::open(root.join(name)).ok()?;
    zstd::decode_all(file).ok().map(Arc::new)
}

/// The least time of several runs of each, the two by turns, and their ratio: what else the machine does only ever adds.
fn ratio(name: &str, wanted: &str, reference: impl Fn(), ours: impl Fn()) {
    let time = |f: &dyn Fn()| {
        let began = Instant::now();
        f();
        began.elapsed()
    };
    let (mut a, mut b) = (Duration::MAX, Duration::MAX);
    for _ in 0..15 {
        a = a.min(time(&reference));
        b = b.min(time(&ours));
    }
    say(&format!(
        "{name}: reference {a:.2?}, ours {b:.2?}, reference ÷ ours {:.2} (wanted {wanted})",
        a.as_secs_f64() / b.as_secs_f64()
    ));
}

/// `FLOORWATCH_BENCH=json` runs that part alone (`json`, `parts`, `ami`, `scale`, `publish`): for a profiler.
fn skipped(part: &str) -> bool {
    std::env::var("FLOORWATCH_BENCH").is_ok_and(|only| only != part)
}

fn say(text: &str) {
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{text}\n"));
}

fn json_engine(c: &mut Criterion) {
    if skipped("json") {
        return;
    }
    let lines = Arc::new(lines(10, 100, 20_000));
    let reference = || {
        black_box(wide(&lines));
    };
    ratio("JSON line → figures ÷ decode alone", "≥ 0.5", reference, || {
        black_box(engine(&lines));
    });
    ratio("JSON line → figures, read ahead as the program does ÷ decode alone", "≥ 0.5", reference, || {
        black_box(engine_read_ahead(&lines));
    });
    let mut group = c.benchmark_group("json");
    group.sample_size(10).throughput(Throughput::Elements(lines.len() as u64));
    group.bench_function("decode alone, one wide borrowed struct", |b| b.iter(|| wide(&lines)));
    group.bench_function("decode + apply + figures", |b| b.iter(|| engine(&lines)));
    group.finish();
}

/// Where an event's time goes: each part alone, and what it adds to the one before.
fn parts(_: &mut Criterion) {
    if std::env::var("FLOORWATCH_BENCH").is_err() || skipped("parts") {
        return;
    }
    let lines = lines(10, 100, 20_000);
    let all = envelopes(10, 100, 20_000);
    let n = all.len();
    let time = |name: &str, f: &dyn Fn()| {
        if std::env::var("FLOORWATCH_PART").is_ok_and(|only| only != name) {
            return;
        }
        let least = (0..15).map(|_| {
            let began = Instant::now();
            f();
            began.elapsed()
        });
        let least = least.min().unwrap_or_default();
        say(&format!("{name}: {:.0} ns an event", least.as_secs_f64() * 1e9 / n as f64));
    };
    time("serde_json, one wide borrowed struct", &|| {
        black_box(wide(&lines));
    });
    time("decode", &|| {
        let (hasher, mut decoded) = (CallerHasher::new([1; 16]), Decoded::default());
        for line in &lines {
            decode(line.as_bytes(), &hasher, &mut decoded);
            black_box(&decoded.events);
            decoded.events.clear();
        }
    });
    time("decode + envelope", &|| {
        let (hasher, mut decoded, feed) = (CallerHasher::new([1; 16]), Decoded::default(), FeedId::new("bench"));
        for line in &lines {
            decode(line.as_bytes(), &hasher, &mut decoded);
            for event in decoded.events.drain(..) {
                let received_at = event.ts.unwrap_or_default();
                black_box(&Envelope { feed: feed.clone(), epoch: 1, seq: 1, received_at, event });
            }
        }
    });
    time("floor", &|| {
        let mut floor = Floor::new(books().settings().clone());
        let (mut facts, mut agent_facts, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for e in &all {
            floor.apply(e);
            floor.take_facts(&mut facts, &mut agent_facts);
            floor.take_marks(&mut marks);
            black_box(&facts);
        }
    });
    time("floor + accounts", &|| {
        let mut books = books();
        for e in &all {
            books.apply(e);
        }
        black_box(books.floor().now());
    });
    let large = envelopes(1_000, 10_000, 20_000);
    time("floor, 1 000/10 000", &|| {
        let mut floor = Floor::new(books().settings().clone());
        let (mut facts, mut agent_facts, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for e in &large {
            floor.apply(e);
            floor.take_facts(&mut facts, &mut agent_facts);
            floor.take_marks(&mut marks);
            black_box(&facts);
        }
    });
    time("floor + accounts, 1 000/10 000", &|| {
        let mut books = books();
        for e in &large {
            books.apply(e);
        }
        black_box(books.floor().now());
    });
    time("floor + accounts + figures", &|| {
        let mut books = books();
        for e in &all {
            books.apply(e);
        }
        books.finish();
        black_box(serde_json::to_vec(&json::whole(&mut books)).map_or(0, |json| json.len()));
    });
}

fn ami_engine(c: &mut Criterion) {
    if skipped("ami") {
        return;
    }
    for name in ["asterisk/run-a/ami.raw.zst", "asterisk/run-a/ami_agent.raw.zst", "asterisk/stress/stress.raw.zst"] {
        let Some(bytes) = shared(name) else {
            say(&format!("skipped: no {name}"));
            continue;
        };
        let reference = || {
            black_box(split(&bytes));
        };
        ratio(&format!("{name} → figures ÷ splitting"), "≥ 0.5", reference, || {
            black_box(capture(&bytes, false));
        });
        ratio(&format!("{name} → figures, read ahead ÷ splitting"), "≥ 0.5", reference, || {
            black_box(capture(&bytes, true));
        });
        let mut group = c.benchmark_group(name);
        group.sample_size(10).throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function("split into header slices", |b| b.iter(|| split(&bytes)));
        group.bench_function("bytes to figures", |b| b.iter(|| capture(&bytes, false)));
        group.finish();
    }
}

/// Envelopes made beforehand: the floor and its accounts alone.
fn envelopes(queues: usize, agents: usize, calls: usize) -> Vec<Envelope> {
    let hasher = CallerHasher::new([1; 16]);
    let mut decoded = Decoded::default();
    for line in lines(queues, agents, calls) {
        decode(line.as_bytes(), &hasher, &mut decoded);
    }
    let feed = FeedId::new("bench");
    let events = std::mem::take(&mut decoded.events).into_iter();
    events
        .zip(1..)
        .map(|(event, seq)| {
            let received_at = event.ts.unwrap_or_default();
            Envelope { feed: feed.clone(), epoch: 1, seq, received_at, event }
        })
        .collect()
}

fn scale(_: &mut Criterion) {
    if skipped("scale") {
        return;
    }
    let floors = [(10, 100), (1_000, 10_000)].map(|(queues, agents)| {
        let events = envelopes(queues, agents, 20_000);
        (met(queues, agents, &events), events)
    });
    let mut least = [Duration::MAX; 2];
    for _ in 0..15 {
        for (least, (met, events)) in least.iter_mut().zip(&floors) {
            let mut books = books();
            // A floor that has run for half a day; in batches, as the engine is given them.
            let (morning, afternoon) = events.split_at(events.len() / 2);
            books.apply_all(met);
            books.apply_all(morning);
            let began = Instant::now();
            books.apply_all(afternoon);
            *least = (*least).min(began.elapsed());
            black_box(books.floor().now());
        }
    }
    let [small, large] = least;
    let each = |time: Duration, (_, events): &(_, Vec<Envelope>)| time.as_secs_f64() * 2e9 / events.len() as f64;
    say(&format!(
        "an event, 10 queues/100 agents: {:.0} ns, 1 000/10 000: {:.0} ns, ratio {:.2} (wanted ≤ 1.5)",
        each(small, &floors[0]),
        each(large, &floors[1]),
        large.as_secs_f64() / small.as_secs_f64()
    ));
}

/// Every queue and every person met once, as a full state tells of them when a day begins.
fn met(queues: usize, agents: usize, before: &[Envelope]) -> Vec<Envelope> {
    let at = before.first().map(|e| e.received_at).unwrap_or_default() - Span::from_secs(60);
    let queues = (0..queues).map(|q| {
        let queue = QueueId::new(&format!("q{q}"));
        Kind::QueueObserved { queue, waiting: 0, oldest: None }
    });
    let agents = (0..agents).map(|a| {
        let agent = AgentId::new(&format!("a{a}"));
        Kind::AgentState(AgentStateEvent::new(agent, AgentState::Ready))
    });
    let envelope = |(seq, kind): (u64, Kind)| {
        let event = Event::new(kind).at(Some(at));
        Envelope { feed: FeedId::new("bench"), epoch: 1, seq, received_at: at, event }
    };
    (1..).zip(queues.chain(agents)).map(envelope).collect()
}

fn publish(c: &mut Criterion) {
    if skipped("publish") {
        return;
    }
    let large = envelopes(1_000, 10_000, 20_000);
    let mut core = Core::new(
        &Arc::new(config::defaults().unwrap()),
        Mode::Replay { speed: None, paused: false, ended: false },
        false,
    );
    for e in &large {
        core.apply(e);
    }
    drop(core.publish());
    // One row in a hundred changes between two publishes: ten queues, a hundred agents.
    let last = large.last().map(|e| e.received_at).unwrap_or_default();
    let mut touched: Vec<Envelope> = Vec::new();
    for (n, e) in large.iter().filter(|e| matches!(e.event.kind, Kind::CallJoined { .. })).take(10).enumerate() {
        let mut e = e.clone();
        e.event.id = None;
        e.event.evidence = Evidence::Reported;
        if let Kind::CallJoined { call, .. } = &mut e.event.kind {
            *call = format!("x{n}").as_str().into();
        }
        (e.event.ts, e.received_at) = (Some(last), last);
        touched.push(e);
    }
    for e in large.iter().filter(|e| matches!(e.event.kind, Kind::AgentState(_))).take(100) {
        let mut e = e.clone();
        e.event.id = None;
        (e.event.ts, e.received_at) = (Some(last), last);
        touched.push(e);
    }
    let mut times = Vec::new();
    for _ in 0..200 {
        for e in &touched {
            core.apply(e);
        }
        let began = Instant::now();
        black_box(core.publish());
        times.push(began.elapsed());
    }
    times.sort();
    say(&format!(
        "publish, 1 000 queues, 10 000 agents, 1 % changed: median {:.2?} (wanted ≤ 2 ms)",
        times.get(100).copied().unwrap_or_default()
    ));
    c.bench_function("publish at 1 000/10 000", |b| b.iter(|| black_box(core.publish())));
}

criterion_group!(benches, parts, json_engine, ami_engine, scale, publish);
criterion_main!(benches);
