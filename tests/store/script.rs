//! A morning of the simulated center as the engine's inbox sees it, and cores that live through it.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use floorwatch::clock::Clock;
use floorwatch::config::{self, Lang, Settings};
use floorwatch::engine::{Core, Keeper, Note};
use floorwatch::floor::Lines;
use floorwatch::metrics::Now;
use floorwatch::model::{CallerHasher, Envelope, Event, Evidence, FeedId, FeedState, Kind, Span, Time};
use floorwatch::snapshot::{Mode, Snapshot};
use floorwatch::source::demo::{Feed, Scenario};
use floorwatch::store::{Running, Store};
use floorwatch::wire::event_json::{Decoded, decode};

/// The network goes down, half an hour after the center opened: the hours before take long to live through.
const MORNING: &str = concat!(
    include_str!("../../assets/demo/surge.toml"),
    "\n[site]\nname = { zh = \"示例\", en = \"Example\" }\nhistory_min = 30\n"
);

/// Half past ten, when each script begins; hours before are told by the feed.
pub(crate) fn start() -> Time {
    Time::parse("2026-05-20T10:30:00+08:00").unwrap()
}

fn scenario() -> Scenario {
    Scenario::parse("surge", MORNING).unwrap().placed(start(), jiff::tz::TimeZone::get("Asia/Shanghai").unwrap())
}

pub(crate) fn settings() -> Arc<Settings> {
    let scenario = scenario();
    Arc::new(Settings {
        site: scenario.site(Lang::En),
        queues: scenario.queue_settings(Lang::En),
        usual: scenario.usual_profile(),
        reasons: scenario.reasons(Lang::En),
        ..config::defaults().unwrap()
    })
}

/// Batches and ticks of so many seconds. One is made and each takes its beginning: the hours before take a while to tell.
pub(crate) fn script(seconds: i64) -> Vec<Note> {
    static MADE: OnceLock<Vec<Note>> = OnceLock::new();
    if seconds > LONGEST {
        return make(seconds);
    }
    let made = MADE.get_or_init(|| make(LONGEST));
    let mut left = seconds;
    let taken = made.iter().take_while(|note| {
        let wanted = left > 0;
        left -= i64::from(matches!(note, Note::Tick(_)));
        wanted
    });
    taken.cloned().collect()
}

/// Most scripts are no longer.
const LONGEST: i64 = 1900;

fn make(seconds: i64) -> Vec<Note> {
    let mut maker = Maker { notes: Vec::new(), seq: 0, at: start() };
    let mut feed = Feed::new(&scenario(), 1, Lang::En, start());
    maker.kind(Kind::FeedState(FeedState::Connecting));
    let greeting = feed.greet();
    maker.lines(&greeting.history);
    maker.lines(&greeting.full_state);
    maker.kind(Kind::FeedState(FeedState::Live));
    for _ in 0..seconds {
        maker.at = maker.at + Span::from_secs(1);
        let lines = feed.advance(maker.at);
        maker.lines(&lines);
        maker.notes.push(Note::Tick(maker.at));
    }
    maker.notes
}

struct Maker {
    notes: Vec<Note>,
    seq: u64,
    at: Time,
}

impl Maker {
    fn kind(&mut self, kind: Kind) {
        self.events(vec![Event::new(kind)]);
    }

    fn lines(&mut self, lines: &[Arc<str>]) {
        let mut decoded = Decoded::default();
        for line in lines {
            decode(line.as_bytes(), &CallerHasher::new([3; 16]), &mut decoded);
        }
        self.events(decoded.events);
    }

    fn events(&mut self, events: Vec<Event>) {
        let mut full_state = false;
        let mut batch = Vec::new();
        for mut event in events {
            match event.kind {
                Kind::FeedSyncBegin => full_state = true,
                Kind::FeedSyncEnd => full_state = false,
                _ if full_state => event.evidence = Evidence::Snapshot,
                _ => {}
            }
            self.seq += 1;
            batch.push(Envelope { feed: FeedId::new("demo"), epoch: 1, seq: self.seq, received_at: self.at, event });
        }
        if !batch.is_empty() {
            self.notes.push(Note::Batch(batch));
        }
    }
}

/// Envelopes of the notes, in order.
pub(crate) fn envelopes(notes: &[Note]) -> Vec<Envelope> {
    let batches = notes.iter().filter_map(|n| if let Note::Batch(b) = n { Some(b.clone()) } else { None });
    batches.flatten().collect()
}

pub(crate) fn core(settings: &Arc<Settings>) -> Core {
    let mut core = Core::new(settings, Mode::Live, false);
    core.keep_closed();
    core
}

/// Does with a core what the engine's task does, telling a keeper.
pub(crate) fn live_through(core: &mut Core, mut keeper: Option<&mut Keeper>, notes: &[Note]) {
    for note in notes {
        match note {
            Note::Batch(batch) => {
                for envelope in batch {
                    core.apply(envelope);
                }
                if let Some(keeper) = &mut keeper {
                    keeper.batch(batch.clone());
                }
            }
            Note::Tick(now) => {
                if core.tick(*now)
                    && let Some(keeper) = &mut keeper
                {
                    keeper.tick(*now);
                }
            }
            _ => {}
        }
        if let Some(keeper) = &mut keeper {
            keeper.closed(core.take_closed());
            keeper.arrivals(core.take_arrivals());
        }
    }
}

/// A run of the program: restored, and ready to live on.
pub(crate) struct Run {
    pub(crate) core: Core,
    pub(crate) keeper: Keeper,
    pub(crate) feeds: Vec<(FeedId, u32, u64)>,
    running: Running,
}

impl Run {
    pub(crate) fn begin(dir: &Path, settings: &Arc<Settings>, at: Time) -> Self {
        let mut core = core(settings);
        let store = Store::open(dir, settings, &Clock::fixed(at)).unwrap();
        let restart = store.restore(&mut core).unwrap();
        let (keeper, running) = store.start(&mut core, &restart).unwrap();
        Self { core, keeper, feeds: restart.feeds, running }
    }

    pub(crate) fn live(&mut self, notes: &[Note]) {
        live_through(&mut self.core, Some(&mut self.keeper), notes);
    }

    /// Stops in order.
    pub(crate) fn end(self) -> Core {
        drop(self.keeper);
        self.running.wait();
        self.core
    }
}

/// What is in a scope, whether its lines are told of now or of before a gap.
pub(crate) fn apart_from_away(now: Now) -> Now {
    Now { lines: now.lines.map(|lines| Lines { away: false, ..lines }), ..now }
}

/// All figures of a snapshot as text, feeds apart.
pub(crate) fn figures(snapshot: &Snapshot) -> String {
    format!(
        "{:#?}",
        (
            snapshot.at,
            &snapshot.all,
            &snapshot.groups,
            &snapshot.queues,
            snapshot.people,
            &snapshot.agents,
            (&snapshot.alerts, &snapshot.incidents, &snapshot.volume, &snapshot.anomalies),
        )
    )
}
