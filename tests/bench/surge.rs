//! What the surge test costs an arrival, as a share of what the engine costs one. `cargo bench --bench surge` prints it.
//!
//! The engine: all events of a call through floor, accounts, alerts and rules, the whole seconds between them included.
//! Detection: the same first joins through the tests of their scopes (all, queue, line, area, menu), the seconds between
//! them included, and nothing else.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run stops")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floorwatch::alert::Board;
use floorwatch::config::{self, Settings, UsualProfile};
use floorwatch::engine::Core;
use floorwatch::metrics::Scope;
use floorwatch::model::{CallerHasher, Envelope, Event, FeedId, Kind, Label, QueueId, Span, Time};
use floorwatch::snapshot::Mode;
use floorwatch::usual::Usual;
use floorwatch::wire::event_json::{Decoded, decode};

const QUEUES: usize = 10;
const AREAS: usize = 8;

/// An hour of a center of so many calls a minute.
fn envelopes(a_minute: usize) -> Vec<Envelope> {
    let start = Time::parse("2026-05-20T08:00:00Z").unwrap();
    let gap = 60_000_000 / i64::try_from(a_minute).unwrap();
    let mut lines: Vec<(Time, String)> = Vec::new();
    for call in 0..a_minute * 60 {
        let (queue, agent, area) = (call % QUEUES, call * 7 % 400, call * 3 % AREAS);
        let at = start + Span::from_micros(gap * i64::try_from(call).unwrap());
        let mut line = |after_s: i64, body: String| {
            let ts = at + Span::from_secs(after_s);
            lines.push((
                ts,
                format!("{{\"id\":\"{call}-{after_s}-{}\",\"ts\":\"{}\",{body}}}", body.len(), ts.rfc3339()),
            ));
        };
        let caller = format!("1390000{:04}", call % 9973);
        line(
            0,
            format!(
                r#""type":"call.joined","call":"c{call}","queue":"q{queue}","caller":"{caller}","line":"95500","area":"area {area}","menu":"m{queue}""#
            ),
        );
        line(2, format!(r#""type":"call.ringing","call":"c{call}","queue":"q{queue}","agent":"a{agent}""#));
        line(6, format!(r#""type":"call.answered","call":"c{call}","queue":"q{queue}","agent":"a{agent}""#));
        line(6, format!(r#""type":"agent.state","agent":"a{agent}","state":"talking","direction":"in""#));
        line(
            96,
            format!(r#""type":"call.ended","call":"c{call}","queue":"q{queue}","agent":"a{agent}","by":"caller""#),
        );
        line(96, format!(r#""type":"agent.state","agent":"a{agent}","state":"ready""#));
    }
    lines.sort_by_key(|(at, _)| *at);
    let hasher = CallerHasher::new([1; 16]);
    let mut decoded = Decoded::default();
    for (_, line) in &lines {
        decode(line.as_bytes(), &hasher, &mut decoded);
    }
    let of = |(event, seq): (Event, u64)| {
        let received_at = event.ts.unwrap_or_default();
        Envelope { feed: FeedId::new("bench"), epoch: 1, seq, received_at, event }
    };
    decoded.events.into_iter().zip(1..).map(of).collect()
}

/// The usual is what comes: nothing stands, as on nearly every day.
fn settings(a_minute: usize) -> Arc<Settings> {
    #[expect(clippy::cast_precision_loss, reason = "calls of half an hour")]
    let half_hour = (a_minute * 30) as f64;
    let each = vec![half_hour / f64::from(u32::try_from(QUEUES).unwrap()); 48];
    let queues = (0..QUEUES).map(|q| (QueueId::new(&format!("q{q}")), each.clone())).collect();
    let usual = UsualProfile { all: vec![half_hour; 48], queues };
    Arc::new(Settings { usual, ..config::defaults().unwrap() })
}

fn engine(all: &[Envelope], settings: &Arc<Settings>) {
    let mut core = Core::new(settings, Mode::Replay { speed: None, paused: false, ended: false }, false);
    for envelope in all {
        core.apply(envelope);
    }
    black_box(core.board().newest_incident());
}

fn detection(all: &[Envelope], settings: &Arc<Settings>) {
    let mut board = Board::new(settings.alert.clone(), settings.figures.min_sample);
    let mut usual = Usual::of(settings);
    let queues: Vec<Scope> =
        (0..QUEUES).map(|q| Scope::Queue(FeedId::new("bench"), QueueId::new(&format!("q{q}")))).collect();
    let site = board.scope(&Scope::All, &Label::new("site"));
    let line = board.scope(&Scope::Line(Label::new("95500")), &Label::new("95500"));
    let of_queue: Vec<_> = queues.iter().map(|q| board.scope(q, &Label::new("queue"))).collect();
    usual.roll(all.first().map(|e| e.received_at).unwrap_or_default(), queues.iter().chain([&Scope::All]));
    let areas: Vec<Scope> = (0..AREAS).map(|a| Scope::Area(Label::new(&format!("area {a}")))).collect();
    let menus: Vec<Scope> = (0..QUEUES).map(|q| Scope::Menu(Label::new(&format!("m{q}")))).collect();
    let mut call = 0;
    for envelope in all {
        let Kind::CallJoined { detail, .. } = &envelope.event.kind else { continue };
        let (at, caller) = (envelope.received_at, detail.caller.as_ref().map(|c| c.key));
        board.arrival_of(site, at, caller, &usual);
        board.arrival_of(line, at, caller, &usual);
        board.arrival_of(of_queue[call % QUEUES], at, caller, &usual);
        board.mark(&areas[call * 3 % AREAS], at, caller, &usual);
        board.mark(&menus[call % QUEUES], at, caller, &usual);
        call += 1;
    }
    black_box(board.newest_incident());
}

fn say(text: &str) {
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{text}\n"));
}

fn surge(c: &mut Criterion) {
    for a_minute in [20, 200] {
        let (all, settings) = (envelopes(a_minute), settings(a_minute));
        let arrivals = u32::try_from(a_minute * 60).unwrap();
        let time = |f: &dyn Fn()| {
            let began = Instant::now();
            f();
            began.elapsed()
        };
        let (mut whole, mut part) = (Duration::MAX, Duration::MAX);
        // The least of several runs of each, by turns: what else the machine does only ever adds.
        for _ in 0..15 {
            whole = whole.min(time(&|| engine(&all, &settings)));
            part = part.min(time(&|| detection(&all, &settings)));
        }
        say(&format!(
            "{a_minute} calls a minute: an arrival costs the engine {:.2?}, its detection {:.2?}, detection ÷ engine {:.3} \
             (wanted < 0.1)",
            whole / arrivals,
            part / arrivals,
            part.as_secs_f64() / whole.as_secs_f64()
        ));
        let mut group = c.benchmark_group(format!("surge, {a_minute} calls a minute"));
        group.sample_size(10).throughput(Throughput::Elements(u64::from(arrivals)));
        group.bench_function("engine", |b| b.iter(|| engine(&all, &settings)));
        group.bench_function("detection", |b| b.iter(|| detection(&all, &settings)));
        group.finish();
    }
}

criterion_group!(benches, surge);
criterion_main!(benches);
