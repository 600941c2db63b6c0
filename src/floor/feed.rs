//! A feed as the floor knows it: its state, its clock, what did not fit.

use super::met::Met;
use super::order::Parked;
use crate::model::{Anomaly, EventId, FeedId, FeedState, Label, Span, Time};

/// How many kinds of anomaly there are.
const KINDS: usize = Anomaly::ALL.len();

/// One feed.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one independent thing of the feed")]
pub struct Feed {
    /// Its name.
    pub name: FeedId,
    /// Its state, as its supervisor told.
    pub state: FeedState,
    /// Since when.
    pub since: Time,
    /// When something last came.
    pub last_event: Option<Time>,
    /// Events taken.
    pub events: u64,
    /// Connections after the first.
    pub reconnects: u32,
    /// Its clock less ours, where measured.
    pub offset: Option<Span>,
    /// Full states taken.
    pub syncs: u64,
    /// Waiting calls in its last count of its own, less ours then.
    pub drift: i64,
    /// After-call work is told (or configured).
    pub after_call_known: bool,
    /// Hold is told.
    pub hold_known: bool,
    /// Callers are told.
    pub callers_known: bool,
    /// Ringing is told.
    pub ring_known: bool,
    /// Rings that were not answered are told.
    pub misses_known: bool,
    /// People's states are told.
    pub states_known: bool,
    /// Calls to customers are told.
    pub outbound_known: bool,
    /// Outcomes of calls are told.
    pub tags_known: bool,
    /// Counts of menus are told.
    pub ivr_known: bool,
    /// What happens before the queue is told: lines, or callers refused.
    pub door_known: bool,
    /// What this feed cannot tell, as locale keys.
    pub cannot: Vec<Label>,
    /// The last span nothing was known of, from and to.
    pub last_gap: Option<(Time, Time)>,
    pub(super) watched: bool,
    pub(super) epoch: u32,
    /// Not to be relied on: people's time is unknown time.
    pub(super) away: bool,
    /// Time since which nothing is known, while away.
    pub(super) away_since: Option<Time>,
    /// The next full state closes what it does not name: there was a gap.
    pub(super) gap: bool,
    /// A full state is being taken.
    pub(super) syncing: bool,
    pub(super) parked: Vec<Parked>,
    anomalies: [u64; KINDS],
    ids: Met,
}

impl Feed {
    pub(super) fn new(name: FeedId, at: Time) -> Self {
        Self {
            name,
            state: FeedState::Connecting,
            since: at,
            last_event: None,
            events: 0,
            reconnects: 0,
            offset: None,
            syncs: 0,
            drift: 0,
            after_call_known: false,
            hold_known: false,
            callers_known: false,
            ring_known: false,
            misses_known: false,
            states_known: false,
            outbound_known: false,
            tags_known: false,
            ivr_known: false,
            door_known: false,
            cannot: Vec::new(),
            last_gap: None,
            watched: false,
            epoch: 0,
            away: false,
            away_since: None,
            gap: false,
            syncing: false,
            parked: Vec::new(),
            anomalies: [0; KINDS],
            ids: Met::new(at),
        }
    }

    /// What did not fit, by kind; only kinds that were met, in the order of [`Anomaly::ALL`].
    #[must_use]
    pub fn anomalies(&self) -> Vec<(Anomaly, u64)> {
        Anomaly::ALL.iter().zip(self.anomalies).filter(|(_, n)| *n > 0).map(|(a, n)| (*a, n)).collect()
    }

    /// Whether it is watched by a supervisor that tells its state; a recording is not.
    #[must_use]
    pub const fn reports_state(&self) -> bool {
        self.watched
    }

    /// Since when this feed's part is old: it is not connected, or nothing comes.
    #[must_use]
    pub const fn stale_since(&self) -> Option<Time> {
        match self.state {
            FeedState::Live => None,
            _ if !self.watched => None,
            FeedState::Late { .. } | FeedState::Connecting | FeedState::Away { .. } | FeedState::Failed { .. } => {
                match self.last_event {
                    Some(at) => Some(at),
                    None => Some(self.since),
                }
            }
        }
    }

    pub(super) const fn count(&mut self, what: Anomaly) {
        self.anomalies[what as usize] += 1;
    }

    /// Whether this id is new; remembers it.
    pub(super) fn first_time(&mut self, id: &EventId, now: Time) -> bool {
        self.ids.first_time(id, now)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Settings, defaults};
    use crate::floor::Floor;
    use crate::model::{CallId, Envelope, Event, Kind, QueueId};

    fn s(n: i64) -> Time {
        Time::from_secs(1_000_000 + n)
    }

    fn settings() -> Option<Arc<Settings>> {
        defaults().ok().map(Arc::new)
    }

    /// Gives a floor one feed's news, each with the second of its receipt and the connection it came by.
    fn told(floor: &mut Floor, news: Vec<(i64, u32, Kind)>) {
        for (seq, (second, epoch, kind)) in (1..).zip(news) {
            let event = Event::new(kind).at(Some(s(second)));
            floor.apply(&Envelope { feed: FeedId::new("a"), epoch, seq, received_at: s(second), event });
        }
    }

    fn observed(waiting: u32) -> Kind {
        Kind::QueueObserved { queue: QueueId::new("q"), waiting, oldest: None }
    }

    fn joined(call: &str) -> Kind {
        Kind::CallJoined { call: CallId::new(call), queue: QueueId::new("q"), detail: Box::default() }
    }

    fn anomaly(what: Anomaly, detail: &str) -> Kind {
        Kind::Anomaly { what, detail: Label::new(detail) }
    }

    fn away(second: i64) -> Kind {
        Kind::FeedState(FeedState::Away { since: s(second), why: Label::default(), next_try: None })
    }

    #[test]
    fn news_of_ours_about_a_feed_are_no_sign_of_life_of_it() {
        let Some(mut floor) = settings().map(Floor::new) else { return };
        told(
            &mut floor,
            vec![
                (0, 0, Kind::FeedState(FeedState::Live)),
                (5, 0, Kind::FeedOffset { offset: Span::ZERO }),
                (10, 0, joined("1")),
                (12, 0, Kind::FeedHeartbeat),
                (11, 0, joined("2")),
                (20, 0, Kind::FeedOffset { offset: Span::ZERO }),
            ],
        );
        let feed = &floor.feeds()[0];
        assert_eq!((feed.events, feed.last_event), (6, Some(s(12))));
    }

    #[test]
    fn a_connection_after_the_first_is_a_reconnect() {
        let Some(mut floor) = settings().map(Floor::new) else { return };
        let mut seen = Vec::new();
        // The first may be of any number; one of an older connection says nothing.
        for epoch in [0, 3, 3, 4, 4, 2, 7] {
            told(&mut floor, vec![(0, epoch, Kind::FeedHeartbeat)]);
            seen.push(floor.feeds()[0].reconnects);
        }
        assert_eq!(seen, [0, 0, 0, 1, 1, 1, 2]);
    }

    #[test]
    fn a_feed_is_old_since_its_last_event_while_it_is_not_live() {
        let Some(mut floor) = settings().map(Floor::new) else { return };
        let stale = |floor: &Floor| (floor.feeds()[0].reports_state(), floor.feeds()[0].stale_since());
        told(&mut floor, vec![(0, 0, Kind::FeedHeartbeat)]);
        assert_eq!(stale(&floor), (false, None), "nobody watches it: a recording");
        told(&mut floor, vec![(5, 0, Kind::FeedState(FeedState::Live)), (10, 0, joined("1"))]);
        assert_eq!(stale(&floor), (true, None));
        told(&mut floor, vec![(60, 0, away(60))]);
        assert_eq!(stale(&floor), (true, Some(s(10))));
        told(&mut floor, vec![(61, 0, Kind::FeedState(FeedState::Connecting))]);
        assert_eq!(stale(&floor), (true, Some(s(10))));
        let Some(mut silent) = settings().map(Floor::new) else { return };
        told(&mut silent, vec![(7, 0, Kind::FeedState(FeedState::Connecting))]);
        assert_eq!(stale(&silent), (true, Some(s(7))), "nothing ever came");
    }

    #[test]
    fn a_state_lasts_since_it_was_first_told() {
        let Some(mut floor) = settings().map(Floor::new) else { return };
        let mut since = Vec::new();
        for (second, state) in [(5, None), (8, None), (20, Some(20)), (30, Some(20)), (40, None)] {
            told(&mut floor, vec![(second, 0, state.map_or(Kind::FeedState(FeedState::Live), away))]);
            since.push(floor.feeds()[0].since);
        }
        assert_eq!(since, [s(5), s(5), s(20), s(20), s(40)]);
    }

    #[test]
    fn the_sources_own_count_less_ours_is_its_drift() {
        let Some(mut floor) = settings().map(Floor::new) else { return };
        told(&mut floor, vec![(0, 0, joined("1")), (1, 0, observed(1))]);
        assert_eq!(floor.feeds()[0].drift, 0);
        told(&mut floor, vec![(2, 0, observed(4))]);
        assert_eq!(floor.feeds()[0].drift, 3);
        told(&mut floor, vec![(3, 0, joined("2")), (4, 0, observed(1))]);
        assert_eq!((floor.feeds()[0].drift, floor.feeds()[0].anomalies()), (-1, vec![(Anomaly::Drift, 2)]));
    }

    #[test]
    fn what_a_feed_refuses_is_listed_once_and_no_more_than_sixteen() {
        let Some(mut floor) = settings().map(Floor::new) else { return };
        told(
            &mut floor,
            vec![(0, 0, anomaly(Anomaly::Malformed, "frame")), (0, 0, anomaly(Anomaly::Refused, "queues"))],
        );
        told(&mut floor, vec![(0, 0, anomaly(Anomaly::Refused, "queues"))]);
        assert_eq!(floor.feeds()[0].cannot, [Label::new("queues")]);
        for n in 0..30 {
            told(&mut floor, vec![(0, 0, anomaly(Anomaly::Refused, &format!("{n}")))]);
        }
        assert_eq!(floor.feeds()[0].cannot.len(), 16);
        assert_eq!(floor.feeds()[0].anomalies(), [(Anomaly::Malformed, 1), (Anomaly::Refused, 32)]);
    }

    #[test]
    fn the_instant_an_event_would_count_at_is_that_at_which_it_does() {
        let Some(mut floor) = settings().map(Floor::new) else { return };
        let envelope = |ts: Option<i64>, received: i64, kind: Kind| Envelope {
            feed: FeedId::new("a"),
            epoch: 0,
            seq: 1,
            received_at: s(received),
            event: Event::new(kind).at(ts.map(s)),
        };
        told(&mut floor, vec![(0, 0, Kind::FeedOffset { offset: Span::from_secs(60) })]);
        for (ts, received, at) in [(None, 10, 10), (Some(70), 15, 10), (Some(72), 10, 12), (Some(73), 10, 10)] {
            let envelope = envelope(ts, received, joined(&format!("{ts:?}")));
            assert_eq!(floor.time_of(&envelope), Some(s(at)), "{ts:?} at {received}");
            floor.apply(&envelope);
            let (mut facts, mut people) = (Vec::new(), Vec::new());
            floor.take_facts(&mut facts, &mut people);
            assert!(!facts.is_empty() && facts.iter().all(|f| f.at == s(at)), "{ts:?} at {received}: {facts:?}");
        }
        let other = Envelope { feed: FeedId::new("b"), ..envelope(Some(11), 10, joined("b")) };
        assert_eq!(floor.time_of(&other), Some(s(11)), "the offset is of one feed");
        assert_eq!(floor.time_of(&envelope(None, 10, Kind::FeedHeartbeat)), None, "moves no clock");
    }
}
