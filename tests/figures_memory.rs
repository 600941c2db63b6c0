//! What a large floor takes: 10,000 people, 500 queues, a day of 100,000 calls. Run by hand in a release build:
//! `cargo test --release --test figures_memory -- --ignored --nocapture`
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::io::Write as _;
use std::sync::Arc;

use floorwatch::config::{self, Env, Request};
use floorwatch::engine::Books;
use floorwatch::metrics::{AgentTally, Counts, Tally};
use floorwatch::model::{
    AgentId, AgentState, AgentStateEvent, CallId, CallerHasher, EndedBy, Envelope, Event, FeedId, JoinDetail, Kind,
    Label, QueueId, Span, Time,
};

const AGENTS: u32 = 10_000;
const QUEUES: u32 = 500;
const CALLS: u32 = 100_000;

/// Resident memory of this process, MiB; where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

struct Feed {
    books: Books,
    seq: u64,
}

impl Feed {
    fn tell(&mut self, at: Time, kind: Kind) {
        self.seq += 1;
        let event = Event::new(kind).at(Some(at));
        let envelope = Envelope { feed: FeedId::new("main"), epoch: 1, seq: self.seq, received_at: at, event };
        self.books.apply(&envelope);
    }
}

fn state(agent: &AgentId, state: AgentState) -> Kind {
    Kind::AgentState(AgentStateEvent {
        agent: agent.clone(),
        queue: None,
        state,
        reason: None,
        since: None,
        direction: None,
        more: None,
    })
}

#[test]
#[ignore = "a measurement, by hand in a release build"]
fn a_day_of_a_large_floor_stays_below_150_mib() {
    let mut settings = config::load(&Request { env: Env::default(), ..Request::default() }).unwrap().0;
    settings.site.time_zone = jiff::tz::TimeZone::UTC;
    let before = resident();
    let hasher = CallerHasher::new([7; 16]);
    let mut feed = Feed { books: Books::new(Arc::new(settings), false), seq: 0 };
    let midnight = Time::from_secs(1_779_494_400);
    let queue = |n: u32| QueueId::new(&format!("queue-{}", n % QUEUES));
    let agent = |n: u32| AgentId::new(&format!("agent-{:05}", n % AGENTS));
    for n in 0..AGENTS {
        let queues = vec![queue(n), queue(n + 1)];
        let name = Some(Label::new(&format!("Agent number {n:05}")));
        let team = Some(Label::new(&format!("team {}", n / 20)));
        feed.tell(midnight, Kind::AgentSignedIn { agent: agent(n), name, team, desk: None, queues });
    }
    // Fourteen steps a call, all in order of time: a heap of what comes next.
    let mut next = std::collections::BinaryHeap::new();
    for n in 0..CALLS {
        next.push(std::cmp::Reverse((u64::from(n) * 800_000, n, 0u8)));
    }
    let mut peak = before;
    let mut told = 0u64;
    while let Some(std::cmp::Reverse((at, n, step))) = next.pop() {
        let time = midnight + Span::from_micros(i64::try_from(at).unwrap());
        let (call, queue, agent) =
            (CallId::new(&format!("call-{n}")), queue(n * 7), agent(n.wrapping_mul(2_654_435_761)));
        let (kind, wait_s) = match step {
            0 => {
                let caller = hasher.caller(&format!("138{:08}", n % 80_000));
                (
                    Kind::CallJoined { call, queue, detail: Box::new(JoinDetail { caller, ..JoinDetail::default() }) },
                    5 + n % 90,
                )
            }
            1 => (Kind::CallRinging { call, queue, agent }, 3 + n % 7),
            2 => (Kind::CallAnswered { call, queue, agent }, 20 + n % 300),
            3 => (Kind::CallHeld { call, agent: Some(agent) }, 5 + n % 50),
            4 => (Kind::CallRetrieved { call, agent: Some(agent) }, 10 + n % 100),
            5 => (Kind::CallEnded { call, queue, agent, by: EndedBy::Caller, cause: None }, 0),
            6 => (state(&agent, AgentState::AfterCall), 10 + n % 60),
            7 => (state(&agent, AgentState::NotReady), 30),
            _ => (state(&agent, AgentState::Ready), 0),
        };
        feed.tell(time, kind);
        if step < 8 {
            next.push(std::cmp::Reverse((at + u64::from(wait_s) * 1_000_000 + 1, n, step + 1)));
        }
        told += 1;
        if told.is_multiple_of(50_000) {
            // What the screens do: look at every scope now and then.
            let scopes = u32::try_from(feed.books.floor().scopes().len()).unwrap();
            for scope in 0..scopes {
                let _ = feed.books.tally(scope, floorwatch::metrics::Window::Hour);
            }
            peak = peak.max(resident());
        }
    }
    let sizes =
        [("Counts", size_of::<Counts>()), ("Tally", size_of::<Tally>()), ("AgentTally", size_of::<AgentTally>())];
    let took = peak.zip(before).map(|(peak, before)| peak.saturating_sub(before));
    let told =
        writeln!(std::io::stderr(), "{told} events, peak {peak:?} MiB, {took:?} MiB of it the floor; bytes: {sizes:?}");
    drop(told);
    let all = feed.books.counts(0, floorwatch::metrics::Window::Day);
    assert!(all.answered > i64::from(CALLS) - 1000, "{all:?}");
    assert!(took.is_none_or(|mib| mib <= 150), "{took:?} MiB");
}
