//! A simulated floor with time given: no socket, no clock. What pictures are made of.

use std::sync::Arc;

use crate::alert::{Desk, IncidentView};
use crate::config::{Lang, Settings};
use crate::engine::{Answer, Core};
use crate::model::{CallerHasher, Command, Envelope, Event, Evidence, FeedId, FeedState, Kind, Label, Span, Time};
use crate::roster::Plan;
use crate::snapshot::{Mode, Snapshot};
use crate::source::demo::{Feed, Scenario};
use crate::wire::event_json::{Decoded, decode};

/// A demonstration that is played by hand.
#[derive(Debug)]
pub struct Rehearsal {
    core: Core,
    feed: Feed,
    now: Time,
    seq: u64,
    full_state: bool,
}

impl Rehearsal {
    /// Begins at `start`, the hours before taken in. `scenario` is placed there already.
    #[must_use]
    pub fn start(scenario: &Scenario, settings: &Arc<Settings>, lang: Lang, seed: u64, start: Time) -> Self {
        let feed = Feed::new(scenario, seed, lang, start);
        let core = Core::new(settings, Mode::Demo, false);
        let mut floor = Self { core, feed, now: start, seq: 0, full_state: false };
        floor.take(vec![Event::new(Kind::FeedState(FeedState::Connecting))]);
        let greeting = floor.feed.greet();
        floor.lines(&greeting.history);
        floor.lines(&greeting.full_state);
        floor.take(vec![Event::new(Kind::FeedState(FeedState::Live))]);
        floor
    }

    /// Lets so many seconds pass.
    pub fn play(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.now = self.now + Span::from_secs(1);
            let lines = self.feed.advance(self.now);
            self.lines(&lines);
            self.core.tick(self.now);
        }
    }

    /// Somebody takes every incident that is open.
    pub fn take_incidents(&mut self, by: &str) {
        for incident in self.core.publish().incidents.iter().filter(|i| i.owner.is_none()) {
            let _ = self.core.command(&Command::Ack { incident: incident.id, by: Label::new(by) }, self.now);
        }
    }

    /// Duty roster and playbooks incidents are carried by.
    pub fn equip(&mut self, desk: Desk) {
        self.core.equip(desk);
    }

    /// The shift plan.
    pub fn plan(&mut self, plan: Plan) {
        self.core.set_plan(Arc::new(plan));
    }

    /// Somebody asks for something.
    pub fn ask(&mut self, command: &Command) -> Answer {
        self.core.command(command, self.now)
    }

    /// Incidents now, newest first, without a whole view made for them.
    #[must_use]
    pub fn incidents(&self) -> Vec<Arc<IncidentView>> {
        self.core.board().incidents()
    }

    /// The instant the floor stands at.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The floor now.
    pub fn snapshot(&mut self) -> Snapshot {
        self.core.publish()
    }

    fn lines(&mut self, lines: &[Arc<str>]) {
        let hasher = CallerHasher::new([0; 16]);
        let mut decoded = Decoded::default();
        for line in lines {
            decode(line.as_bytes(), &hasher, &mut decoded);
        }
        self.take(decoded.events);
    }

    fn take(&mut self, events: Vec<Event>) {
        for mut event in events {
            match event.kind {
                Kind::FeedSyncBegin => self.full_state = true,
                Kind::FeedSyncEnd => self.full_state = false,
                _ if self.full_state => event.evidence = Evidence::Snapshot,
                _ => {}
            }
            self.seq += 1;
            let (feed, received_at) = (FeedId::new("demo"), self.now);
            self.core.apply(&Envelope { feed, epoch: 1, seq: self.seq, received_at, event });
        }
    }
}
