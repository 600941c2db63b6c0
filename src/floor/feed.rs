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
