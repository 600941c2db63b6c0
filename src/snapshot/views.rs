//! The rows of a snapshot. Plain data in the user's terms.

use std::sync::Arc;

use crate::alert::rules::RulesView;
use crate::alert::{AlertView, DutyView, IncidentView};
use crate::config::{FigureRules, QueueRules};
use crate::metrics::{AgentTally, FigureKey, Now, SLOTS, Scope, Slot, Tally, Value, Window};
use crate::model::{
    AgentId, AgentState, Anomaly, Direction, FeedId, FeedState, Label, QueueId, ReasonClass, Span, Time,
};
use crate::roster::FloorView;

/// The floor at one instant, as everyone sees it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Rises with every publish.
    pub version: u64,
    /// The instant of event time it stands for.
    pub at: Time,
    /// Where it comes from: the badge.
    pub mode: Mode,
    /// The site's name.
    pub site: Label,
    /// The site's zone, for clocks on screen.
    pub zone: jiff::tz::TimeZone,
    /// How figures are computed, for computing them here.
    pub rules: Arc<FigureRules>,
    /// The feeds, in the order of the configuration.
    pub feeds: Vec<FeedView>,
    /// Scope all.
    pub all: Arc<ScopeView>,
    /// Groups, by name.
    pub groups: Vec<Arc<ScopeView>>,
    /// Queues, in the order they were named or first seen.
    pub queues: Vec<Arc<ScopeView>>,
    /// People by what they do now.
    pub people: PeopleView,
    /// People, in the order first seen.
    pub agents: Vec<Arc<AgentView>>,
    /// Alerts standing now, worst first.
    pub alerts: Vec<AlertView>,
    /// Incidents, newest first: the open ones, and the closed ones of the last day.
    pub incidents: Vec<Arc<IncidentView>>,
    /// Who is on duty, and how alarms turned out.
    pub duty: Arc<DutyView>,
    /// Arrivals of today against the usual.
    pub volume: Arc<VolumeView>,
    /// What sort of day it is: special, planned for, a change of the clock; and calendars that run out.
    pub today: Arc<crate::usual::Today>,
    /// Pools of shared skills, in the order of their first queues.
    pub pools: Vec<Arc<super::PoolView>>,
    /// What did not fit, counted by kind; only kinds that were met.
    pub anomalies: Vec<(Anomaly, u64)>,
    /// Events lost anywhere between socket and floor (gaps counted, bytes skipped).
    pub lost: u64,
    /// Changes of incidents accepted but not on disk yet.
    pub unsaved: u32,
    /// The floor's people against plan and rules, and the callers lost.
    pub floor: Arc<FloorView>,
    /// The alert rules of the file.
    pub alert_rules: Arc<RulesView>,
    /// What is kept over a restart.
    pub store: StoreView,
}

/// How the store stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StoreView {
    /// Whether anything is kept.
    pub state: StoreState,
    /// Events and intervals taken that are not on disk, while the disk fails; 0 in order.
    pub unsaved: u64,
    /// Events and intervals that will never be on disk.
    pub lost: u64,
}

/// Whether anything is kept over a restart.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum StoreState {
    /// Nothing is meant to be kept (a demonstration, a recording, `store.on = false`).
    #[default]
    None,
    /// Kept, at most a second behind.
    Kept,
    /// The disk fails; tried again all the time.
    Failing {
        /// Of what kind.
        trouble: StoreTrouble,
        /// Why, for people.
        why: Label,
    },
    /// Nothing is kept, though it should be; the files are left as they are.
    Off {
        /// Of what kind.
        trouble: StoreTrouble,
        /// Why and what to do, for people; of a viewer, who keeps it.
        why: Label,
    },
}

impl Snapshot {
    /// The pool a queue is in; a person may be needed in any of its queues.
    #[must_use]
    pub fn pool_of(&self, scope: &Scope) -> Option<&Arc<super::PoolView>> {
        self.pools.iter().find(|p| p.queues.contains(scope))
    }
}

crate::model::words!(
    /// Why the store does not take what it should.
    StoreTrouble {
        /// Another process keeps it; this one only shows.
        Viewer = "viewer",
        /// The disk is full, or a quota.
        Full = "full",
        /// It may not be written to.
        ReadOnly = "read_only",
        /// Its database is damaged.
        Damaged = "damaged",
        /// A newer version wrote its database.
        Newer = "newer",
        /// Its database is another program's.
        Foreign = "foreign",
        /// Anything else.
        Other = "other",
    }
);

/// The badge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Real feeds, now.
    Live,
    /// The simulated center.
    Demo,
    /// A recording.
    Replay {
        /// Times real time; `None` is as fast as it can.
        speed: Option<f64>,
        /// Standing still.
        paused: bool,
        /// Everything has been played.
        ended: bool,
    },
}

/// One feed.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedView {
    /// Its name.
    pub name: FeedId,
    /// Connected or not.
    pub state: FeedState,
    /// Since when it is in that state.
    pub since: Time,
    /// When something last came; ages count from here.
    pub last_event: Option<Time>,
    /// Events taken.
    pub events: u64,
    /// Connections made, less the first.
    pub reconnects: u32,
    /// The feed's clock less ours, where measured.
    pub offset: Option<Span>,
    /// Full states taken.
    pub syncs: u64,
    /// Waiting calls in its last full state less ours at that instant.
    pub drift: i64,
    /// What did not fit, by kind; only kinds that were met.
    pub anomalies: Vec<(Anomaly, u64)>,
    /// What this feed cannot tell, for people (missing rights, no caller numbers, …), as locale keys.
    pub cannot: Vec<Label>,
}

impl FeedView {
    /// Whether figures of this feed are current.
    #[must_use]
    pub const fn live(&self) -> bool {
        matches!(self.state, FeedState::Live)
    }
}

/// Figures of one scope.
#[derive(Clone, Debug)]
pub struct ScopeView {
    /// What it is about.
    pub scope: Scope,
    /// Shown name.
    pub name: Label,
    /// The group of a queue.
    pub group: Option<Label>,
    /// Its service level and targets.
    pub rules: QueueRules,
    /// At this instant.
    pub now: Now,
    /// In each window, by [`Window::index`].
    pub tallies: [Tally; Window::COUNT],
    /// Members by what they do now.
    pub people: PeopleView,
    /// Whether the feed (any feed, above a queue) is not live: shown dim with its age.
    pub stale_since: Option<Time>,
    /// Abandons of this scope may hold exits: the label says so.
    pub exits_included: bool,
    /// The site's day so far, and the forecast of its rest.
    pub today: Arc<super::DayView>,
}

impl ScopeView {
    /// One figure of one window (or of this instant, for the keys of [`Now`]).
    #[must_use]
    pub fn figure(&self, key: FigureKey, window: Window, rules: &FigureRules, now: Time) -> Value {
        if let Some(value) = self.now.figure(key, now).or_else(|| self.today.figure(key)) {
            return value;
        }
        self.tally(window).figure(key, rules, &self.rules)
    }

    /// The sums of a window.
    #[must_use]
    pub const fn tally(&self, window: Window) -> &Tally {
        &self.tallies[window.index()]
    }
}

/// How many people do what, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PeopleView {
    /// People by slot; `SignedOut` counts those known but not signed in.
    pub by_slot: [u32; SLOTS],
}

impl PeopleView {
    /// People in one slot.
    #[must_use]
    pub const fn of(&self, slot: Slot) -> u32 {
        self.by_slot[slot.index()]
    }

    /// People signed in.
    #[must_use]
    pub fn signed_in(&self) -> u32 {
        self.by_slot.iter().sum::<u32>() - self.of(Slot::SignedOut) - self.of(Slot::Unknown)
    }
}

/// One person.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentView {
    /// The feed.
    pub feed: FeedId,
    /// The source's id.
    pub id: AgentId,
    /// Shown name; the id where none is known.
    pub name: Label,
    /// Team, where known.
    pub team: Option<Label>,
    /// Desk, where known.
    pub desk: Option<Label>,
    /// Queues signed in to.
    pub queues: Vec<QueueId>,
    /// What the person does.
    pub state: AgentState,
    /// Since when.
    pub since: Time,
    /// The reason, while not ready.
    pub reason: Option<Label>,
    /// Its class.
    pub class: Option<ReasonClass>,
    /// Which way, while talking.
    pub direction: Option<Direction>,
    /// The queue of the call at hand.
    pub queue: Option<QueueId>,
    /// Paused in so many of the signed-in places, while not in all.
    pub paused_places: u32,
    /// Reports about this person contradict one another.
    pub contradiction: bool,
    /// The feed is not live.
    pub stale_since: Option<Time>,
    /// Figures of the business day.
    pub day: AgentTally,
}

/// Arrivals against the usual, for the curve.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct VolumeView {
    /// Start of the business day.
    pub day_start: Option<Time>,
    /// First joins a minute since then; the running minute last.
    pub per_minute: Vec<u32>,
    /// The usual a minute over the whole day; empty where none is known.
    pub usual_per_minute: Vec<f32>,
}
