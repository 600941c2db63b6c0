//! The rows of a snapshot. Plain data in the user's terms.

use std::sync::Arc;

use crate::alert::{AlertView, IncidentView};
use crate::config::{FigureRules, QueueRules};
use crate::metrics::{FigureKey, Now, SLOTS, Scope, Slot, SlotTimes, Tally, Unknown, Value, Window};
use crate::model::{
    AgentId, AgentState, Anomaly, Direction, FeedId, FeedState, Label, QueueId, ReasonClass, Span, Time,
};

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
    /// Arrivals of today against the usual.
    pub volume: Arc<VolumeView>,
    /// What did not fit, counted by kind; only kinds that were met.
    pub anomalies: Vec<(Anomaly, u64)>,
    /// Events lost anywhere between socket and floor (gaps counted, bytes skipped).
    pub lost: u64,
    /// Changes of incidents accepted but not on disk yet.
    pub unsaved: u32,
}

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
}

impl ScopeView {
    /// One figure of one window (or of this instant, for the keys of [`Now`]).
    #[must_use]
    pub fn figure(&self, key: FigureKey, window: Window, rules: &FigureRules, now: Time) -> Value {
        if let Some(value) = self.now.figure(key, now) {
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

/// Sums of one person in one window.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AgentTally {
    /// Time by slot.
    pub time: SlotTimes,
    /// Calls answered.
    pub answered: i64,
    /// Contacts whose talk ended.
    pub contacts: i64,
    /// Σ their connected time, microseconds.
    pub talk_us: i64,
    /// Σ their hold, microseconds.
    pub hold_us: i64,
    /// Contacts whose after-call work ended.
    pub after_calls: i64,
    /// Σ of it, microseconds.
    pub after_call_us: i64,
    /// Rings not answered by this person.
    pub ring_no_answer: i64,
    /// Contacts this person ended by a transfer.
    pub transfers: i64,
    /// Entries into not-ready.
    pub not_ready_count: i64,
    /// Not-ready time by reason, microseconds.
    pub not_ready_by_reason: Vec<(Label, i64)>,
    /// Sign-ins.
    pub sign_ins: i64,
    /// Sign-outs.
    pub sign_outs: i64,
    /// First sign-in.
    pub first_sign_in: Option<Time>,
    /// Last sign-out.
    pub last_sign_out: Option<Time>,
    /// Whether after-call work is known.
    pub after_call_known: bool,
}

impl AgentTally {
    /// One figure of the agent table; `NotTold` for keys that are not about a person.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a year are far below 2^53")]
    pub fn figure(&self, key: FigureKey) -> Value {
        let count = |n: i64| Value::Known(n as f64);
        let secs = |us: i64| Value::Known(us as f64 / 1e6);
        let mean = |us: i64, n: i64| Value::ratio(us as f64 / 1e6, n as f64);
        let share = |us: i64, of: i64| Value::ratio(us as f64, of as f64);
        let signed_in = self.time.signed_in();
        match key {
            FigureKey::Answered => count(self.answered),
            FigureKey::TalkTime => secs(self.talk_us),
            FigureKey::Att => mean(self.talk_us, self.contacts),
            FigureKey::AvgHold => mean(self.hold_us, self.contacts),
            FigureKey::Acw | FigureKey::Aht | FigureKey::AfterCallTime | FigureKey::AfterCallShare
                if !self.after_call_known =>
            {
                Value::Unknown(Unknown::NotTold)
            }
            FigureKey::Acw => mean(self.after_call_us, self.after_calls),
            FigureKey::Aht => mean(self.talk_us + self.after_call_us, self.after_calls),
            FigureKey::AfterCallTime => secs(self.after_call_us),
            FigureKey::AfterCallShare => share(self.time.of(Slot::AfterCall), signed_in),
            FigureKey::RingNoAnswer => count(self.ring_no_answer),
            FigureKey::Transfers => count(self.transfers),
            FigureKey::TransferRate => share(self.transfers, self.answered),
            FigureKey::NotReadyCount => count(self.not_ready_count),
            FigureKey::NotReadyTime => secs(self.time.not_ready()),
            FigureKey::NotReadyShare => share(self.time.not_ready(), signed_in),
            FigureKey::SignedIn => secs(signed_in),
            FigureKey::ReadyTime => secs(self.time.of(Slot::Ready)),
            FigureKey::RingTime => secs(self.time.of(Slot::Ringing)),
            FigureKey::Occupancy => share(self.time.occupied(), self.time.occupied() + self.time.of(Slot::Ready)),
            FigureKey::Utilization => share(self.time.utilized(), signed_in),
            FigureKey::CallsPerHour => Value::ratio(self.answered as f64, signed_in as f64 / 3.6e9),
            _ => Value::Unknown(Unknown::NotTold),
        }
    }
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
