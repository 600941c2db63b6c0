//! The simulated center through decoder, engine and board, with time given: what `floorwatch demo` shows, without a socket.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::sync::Arc;

use floorwatch::config::{self, Lang, Settings};
use floorwatch::engine::{Answer, Core};
use floorwatch::metrics::{FigureKey, Window};
use floorwatch::model::{CallerHasher, Command, Envelope, Event, Evidence, FeedId, FeedState, Kind, Label, Span, Time};
use floorwatch::snapshot::{AlertKind, IncidentState, Mode, Snapshot};
use floorwatch::source::demo::{Feed, Scenario};
use floorwatch::wire::event_json::{Decoded, decode};

struct Demo {
    core: Core,
    feed: Feed,
    seq: u64,
    now: Time,
}

impl Demo {
    /// A demonstration that begins at half past ten, its hours before taken in.
    fn start(scenario: &str) -> Self {
        let now = Time::parse("2026-05-20T10:30:00+08:00").unwrap();
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let scenario = Scenario::open(scenario).unwrap().placed(now, zone);
        let settings = Settings {
            site: scenario.site(Lang::En),
            queues: scenario.queue_settings(Lang::En),
            usual: scenario.usual_profile(),
            reasons: scenario.reasons(Lang::En),
            ..config::defaults().unwrap()
        };
        let feed = Feed::new(&scenario, 1, Lang::En, now);
        let mut demo = Self { core: Core::new(&Arc::new(settings), Mode::Demo, false), feed, seq: 0, now };
        demo.kinds([Kind::FeedState(FeedState::Connecting)]);
        let greeting = demo.feed.greet();
        demo.lines(&greeting.history);
        demo.lines(&greeting.full_state);
        demo.kinds([Kind::FeedState(FeedState::Live)]);
        demo
    }

    fn kinds(&mut self, kinds: impl IntoIterator<Item = Kind>) {
        self.take(kinds.into_iter().map(Event::new).collect());
    }

    fn lines(&mut self, lines: &[Arc<str>]) {
        let hasher = CallerHasher::new([3; 16]);
        let mut decoded = Decoded::default();
        for line in lines {
            decode(line.as_bytes(), &hasher, &mut decoded);
        }
        self.take(decoded.events);
    }

    fn take(&mut self, events: Vec<Event>) {
        let mut full_state = false;
        for mut event in events {
            match event.kind {
                Kind::FeedSyncBegin => full_state = true,
                Kind::FeedSyncEnd => full_state = false,
                // As the websocket source marks what stands between the marks.
                _ if full_state => event.evidence = Evidence::Snapshot,
                _ => {}
            }
            self.seq += 1;
            let envelope =
                Envelope { feed: FeedId::new("demo"), epoch: 1, seq: self.seq, received_at: self.now, event };
            self.core.apply(&envelope);
        }
    }

    fn run(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now = self.now + Span::from_secs(1);
            let lines = self.feed.advance(self.now);
            self.lines(&lines);
            self.core.tick(self.now);
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        self.core.publish()
    }
}

#[test]
fn a_surge_stands_as_an_incident_within_45_seconds_and_can_be_taken() {
    let mut demo = Demo::start("surge");
    assert!(demo.snapshot().incidents.is_empty(), "the hours before were ordinary");
    demo.run(45);
    let snapshot = demo.snapshot();
    let incident = snapshot.incidents.first().expect_incident();
    assert_eq!((incident.kind, incident.state), (AlertKind::Surge, IncidentState::Open));
    assert!(incident.why.unwrap().ratio() >= 2.0, "{:?}", incident.why);
    let ack = Command::Ack { incident: incident.id, by: Label::new("duty") };
    assert_eq!(demo.core.command(&ack, demo.now), Answer::Done);
    let taken = demo.snapshot();
    assert_eq!(taken.incidents.first().expect_incident().owner.as_ref().map(|(who, _)| who.as_str()), Some("duty"));
}

#[test]
fn a_calm_floor_raises_nothing_and_its_figures_are_those_of_hours() {
    let mut demo = Demo::start("calm");
    demo.run(600);
    let snapshot = demo.snapshot();
    assert!(snapshot.incidents.is_empty(), "{:?}", snapshot.incidents);
    let all = &snapshot.all;
    let figure = |key, window| all.figure(key, window, &snapshot.rules, snapshot.at).known();
    // Four hours of about twenty calls a minute.
    assert!(figure(FigureKey::Offered, Window::Day).unwrap() > 2500.0);
    let ratio = figure(FigureKey::Ratio, Window::Hour).unwrap();
    assert!((0.8..1.3).contains(&ratio), "{ratio}");
    assert!(figure(FigureKey::Occupancy, Window::Hour).unwrap() > 0.5);
    assert!(snapshot.people.signed_in() > 20);
    assert!(snapshot.anomalies.is_empty(), "{:?}", snapshot.anomalies);
    // Every scope's books balance.
    for queue in snapshot.queues.iter().chain([all]) {
        let c = queue.tally(Window::Whole).counts;
        assert_eq!(c.offered - c.ended(), i64::from(queue.now.waiting), "{}", queue.name);
    }
}

trait Expect<T> {
    fn expect_incident(self) -> T;
}

impl<'a> Expect<&'a Arc<floorwatch::snapshot::IncidentView>> for Option<&'a Arc<floorwatch::snapshot::IncidentView>> {
    fn expect_incident(self) -> &'a Arc<floorwatch::snapshot::IncidentView> {
        self.unwrap_or_else(|| panic!("no incident stands"))
    }
}
