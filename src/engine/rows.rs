//! The rows of a snapshot: rebuilt where something changed, shared where not.

use std::sync::Arc;

use super::books::Books;
use super::plans;
use crate::alert::{Board, IncidentView};
use crate::config::QueueRules;
use crate::floor::{Agent, AgentIx, Scope, ScopeIx};
use crate::metrics::{Tally, Window};
use crate::model::{FeedState, Label, Time};
use crate::snapshot::{AgentView, DayView, FeedView, Mode, PeopleView, PoolView, ScopeView, Snapshot, VolumeView};
use crate::usual::Usual;

/// Rows that no event touched are rebuilt this often all the same: time in states goes on.
const REFRESH_S: i64 = 5;
/// Days and pools are renewed this often; what is worked out from them only when somebody looks.
const PLAN_S: i64 = 10;
/// The usual of a day is asked for again this often: history may have come in.
const USUAL_S: i64 = 600;

/// What the last snapshot was made of.
#[derive(Debug, Default)]
pub(super) struct Rows {
    version: u64,
    scopes: Vec<Option<Arc<ScopeView>>>,
    agents: Vec<Arc<AgentView>>,
    feeds: Vec<FeedState>,
    second: i64,
    day_start: Option<Time>,
    per_minute: Vec<u32>,
    volume: Arc<VolumeView>,
    begun: Time,
    days: Days,
    pools: Vec<Arc<PoolView>>,
}

/// Days of the scopes as they were last made.
#[derive(Debug, Default)]
struct Days {
    /// Which business day.
    start: i64,
    usual: Vec<Arc<[f32]>>,
    views: Vec<Arc<DayView>>,
}

impl Rows {
    /// Before anything came, views stand for this instant.
    pub(super) const fn begin(&mut self, now: Time) {
        self.begun = now;
    }

    /// A first join at scope all.
    pub(super) fn arrived(&mut self, at: Time) {
        let Some(start) = self.day_start else {
            // Before the first publish of the day: the day is known from the accounts then; keep by the hour until.
            self.day_start = Some(Time::from_secs(at.second() - at.second().rem_euclid(86_400) - 86_400));
            self.arrived(at);
            return;
        };
        let minute = usize::try_from(at.since(start).whole_secs() / 60).unwrap_or(usize::MAX);
        if minute < 4 * 1440 && at >= start {
            if self.per_minute.len() <= minute {
                self.per_minute.resize(minute + 1, 0);
            }
            if let Some(n) = self.per_minute.get_mut(minute) {
                *n += 1;
            }
        }
    }

    pub(super) fn publish(&mut self, books: &mut Books, usual: &Usual, board: &Board, mode: Mode) -> Snapshot {
        self.version += 1;
        let now = if books.floor().now() > Time::MIN { books.floor().now() } else { self.begun };
        let feeds = feed_views(books, now);
        let states: Vec<FeedState> = feeds.iter().map(|f| f.state.clone()).collect();
        let all_stale = states != self.feeds;
        self.feeds = states;
        let new_second = now.second() != self.second;
        self.second = now.second();
        let (dirty_scopes, dirty_agents) = books.floor_mut().take_dirty();
        self.scopes.resize(books.floor().scopes().len(), None);
        self.days(books, usual);
        for ix in 0..self.scopes.len() {
            let scope = ScopeIx::try_from(ix).unwrap_or(0);
            let changed = books.metrics_mut().follow(scope)
                || all_stale
                || dirty_scopes.binary_search(&scope).is_ok()
                || (new_second && (i64::from(scope) + self.second) % REFRESH_S == 0)
                || self.scopes.get(ix).is_none_or(|row| row.as_ref().is_none_or(|r| new_second && r.now.waiting > 0));
            if changed && let Some(mut row) = scope_view(books, usual, scope) {
                row.today = self.days.views.get(ix).cloned().unwrap_or_default();
                self.scopes[ix] = Some(Arc::new(row));
            }
        }
        self.agent_rows(books, &dirty_agents, all_stale, new_second);
        self.volume(books, usual, new_second);
        self.pools(books, new_second);
        let settings = books.settings().clone();
        let pick = |wanted: fn(&Scope) -> bool| -> Vec<Arc<ScopeView>> {
            self.scopes.iter().flatten().filter(|r| wanted(&r.scope)).cloned().collect()
        };
        let anomalies = crate::model::Anomaly::ALL
            .iter()
            .map(|a| (*a, feeds.iter().flat_map(|f| &f.anomalies).filter(|(k, _)| k == a).map(|(_, n)| n).sum::<u64>()))
            .filter(|(_, n)| *n > 0)
            .collect::<Vec<_>>();
        let lost = anomalies
            .iter()
            .filter(|(a, _)| matches!(a, crate::model::Anomaly::Gap | crate::model::Anomaly::TooLong))
            .map(|(_, n)| n)
            .sum();
        let mut groups = pick(|s| matches!(s, Scope::Group(_)));
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        Snapshot {
            version: self.version,
            at: now,
            mode,
            site: settings.site.name.clone(),
            zone: settings.site.time_zone.clone(),
            rules: Arc::new(settings.figures.clone()),
            all: self
                .scopes
                .first()
                .cloned()
                .flatten()
                .unwrap_or_else(|| Arc::new(empty_all(&settings.queue_defaults))),
            groups,
            queues: pick(|s| matches!(s, Scope::Queue(..))),
            people: self.scopes.first().and_then(|r| r.as_ref()).map_or_else(PeopleView::default, |r| r.people),
            agents: self.agents.clone(),
            alerts: board.alerts(),
            incidents: incidents(board),
            duty: board.duty(),
            volume: self.volume.clone(),
            pools: self.pools.clone(),
            anomalies,
            lost,
            unsaved: u32::try_from(board.unsaved_count()).unwrap_or(u32::MAX),
            store: crate::snapshot::StoreView::default(),
            floor: Arc::default(),
            alert_rules: Arc::new(board.rules().map(crate::alert::rules::Rules::view).unwrap_or_default()),
            today: Arc::clone(usual.today()),
            feeds,
        }
    }

    /// Days of the scopes, a tenth of them each second; their usual every ten minutes, and on each new day.
    fn days(&mut self, books: &Books, usual: &Usual) {
        let Some(day) = books.days().day() else { return };
        let days = &mut self.days;
        let fresh = days.start != day.from;
        days.start = day.from;
        let turn = |ix: usize, every: i64| (i64::try_from(ix).unwrap_or(0) + self.second).rem_euclid(every) == 0;
        for (ix, state) in books.floor().scopes().iter().enumerate() {
            if fresh || ix >= days.views.len() || turn(ix, PLAN_S) {
                let old = days.usual.get(ix).filter(|_| !fresh && !turn(ix, USUAL_S));
                let steps = old.cloned().unwrap_or_else(|| plans::usual_steps(books, usual, &state.scope));
                let view = plans::day_view(books, usual, ScopeIx::try_from(ix).unwrap_or(0), Arc::clone(&steps));
                if ix < days.views.len() {
                    (days.usual[ix], days.views[ix]) = (steps, Arc::new(view));
                } else {
                    days.usual.push(steps);
                    days.views.push(Arc::new(view));
                }
            }
        }
    }

    /// Pools, every ten seconds, and at once when a queue is new.
    fn pools(&mut self, books: &Books, new_second: bool) {
        let queues: usize = self.pools.iter().map(|p| p.queues.len()).sum();
        if queues == books.floor().queues().len() && !(new_second && self.second % PLAN_S == 0) {
            return;
        }
        let row = |scope: ScopeIx| self.scopes.get(scope as usize).and_then(Option::as_ref);
        let counts = |scope, window: Window| row(scope).map_or_else(Default::default, |r| r.tally(window).counts);
        let day = |scope| row(scope).map_or_else(Arc::default, |r| Arc::clone(&r.today));
        self.pools = plans::pools(books, counts, day);
    }

    fn agent_rows(&mut self, books: &mut Books, dirty: &[AgentIx], all: bool, new_second: bool) {
        let count = books.floor().agents().len();
        for ix in 0..count {
            let number = AgentIx::try_from(ix).unwrap_or(0);
            let due = new_second && (i64::from(number) + self.second) % (2 * REFRESH_S) == 0;
            if ix < self.agents.len() && !all && !due && dirty.binary_search(&number).is_err() {
                continue;
            }
            let day = books.person_day(number);
            let Some(agent) = books.floor().agents().get(ix) else { continue };
            let row = Arc::new(agent_view(books, agent, day));
            match self.agents.get_mut(ix) {
                Some(kept) => *kept = row,
                None => self.agents.push(row),
            }
        }
    }

    fn volume(&mut self, books: &Books, usual: &Usual, new_second: bool) {
        let Some(day) = books.metrics().day() else { return };
        let start = Time::from_secs(day.from);
        if self.day_start != Some(start) {
            let shift = self.day_start.map_or(0, |old| start.since(old).whole_secs() / 60);
            let shift = usize::try_from(shift.max(0)).unwrap_or(0).min(self.per_minute.len());
            self.per_minute.drain(..shift);
            self.day_start = Some(start);
        } else if !new_second && self.version > 1 {
            return;
        }
        let now = books.floor().now();
        let minutes = usize::try_from(now.since(start).whole_secs() / 60 + 1).unwrap_or(0).min(1500);
        let mut per_minute = self.per_minute.clone();
        per_minute.resize(minutes, 0);
        let usual_per_minute = usual.day_of(&Scope::All, start).map(|d| d.per_minute()).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "a picture needs no more than 24 bits")]
        let usual_per_minute = usual_per_minute.into_iter().map(|v| v as f32).collect();
        self.volume = Arc::new(VolumeView { day_start: Some(start), per_minute, usual_per_minute });
    }
}

fn incidents(board: &Board) -> Vec<Arc<IncidentView>> {
    board.incidents()
}

fn feed_views(books: &Books, now: Time) -> Vec<FeedView> {
    let floor = books.floor();
    let mut views: Vec<FeedView> = floor
        .feeds()
        .iter()
        .map(|f| FeedView {
            name: f.name.clone(),
            state: if f.reports_state() { f.state.clone() } else { FeedState::Live },
            since: f.since,
            last_event: f.last_event,
            events: f.events,
            reconnects: f.reconnects,
            offset: f.offset,
            syncs: f.syncs,
            drift: f.drift,
            anomalies: f.anomalies(),
            cannot: f.cannot.clone(),
        })
        .collect();
    for source in &books.settings().sources {
        if !views.iter().any(|v| v.name == source.name) {
            views.push(FeedView {
                name: source.name.clone(),
                state: FeedState::Connecting,
                since: now,
                last_event: None,
                events: 0,
                reconnects: 0,
                offset: None,
                syncs: 0,
                drift: 0,
                anomalies: Vec::new(),
                cannot: Vec::new(),
            });
        }
    }
    views
}

fn scope_view(books: &mut Books, usual: &Usual, scope: ScopeIx) -> Option<ScopeView> {
    let state = books.floor().scopes().get(scope as usize)?;
    let (what, exits_included) = (state.scope.clone(), state.exits_included);
    let people = PeopleView { by_slot: state.people };
    let now = books.floor().now();
    let begun = books.span().map_or(now, |(first, _)| first);
    let mut tallies: [Tally; Window::COUNT] = Default::default();
    for (tally, window) in tallies.iter_mut().zip(Window::ALL) {
        *tally = books.tally(scope, *window);
        let from = books.metrics().window_from(scope, *window).unwrap_or(begun).max(begun);
        tally.usual = usual.expected(&what, from, now);
    }
    let now_in = books.now_in(scope);
    let settings = books.settings().clone();
    let floor = books.floor();
    let queue = floor.queues().iter().find(|q| q.scope == scope);
    let mut old_since: Option<Time> = None;
    for member in floor.queues().iter().filter(|q| q.scope == scope || q.parents.contains(&scope)) {
        if let Some(since) = floor.feed_of_queue(member).and_then(crate::floor::Feed::stale_since) {
            old_since = Some(old_since.map_or(since, |s| s.min(since)));
        }
    }
    let name = match &what {
        Scope::All => settings.site.name.clone(),
        Scope::Group(name)
        | Scope::Line(name)
        | Scope::Team(name)
        | Scope::Area(name)
        | Scope::Menu(name)
        | Scope::Reason(name) => name.clone(),
        Scope::Queue(_, id) => queue.map_or_else(|| Label::new(id.as_str()), |q| q.name.clone()),
    };
    let member = queue.or_else(|| floor.queues().iter().find(|q| q.parents.contains(&scope) && scope != 0));
    Some(ScopeView {
        scope: what,
        name,
        group: queue.and_then(|q| q.group.clone()),
        rules: member.map_or_else(|| settings.queue_defaults.clone(), |q| q.rules.clone()),
        now: now_in,
        tallies,
        people,
        stale_since: old_since,
        exits_included,
        today: Arc::default(),
    })
}

fn empty_all(rules: &QueueRules) -> ScopeView {
    ScopeView {
        scope: Scope::All,
        name: Label::default(),
        group: None,
        rules: rules.clone(),
        now: crate::metrics::Now::default(),
        tallies: Default::default(),
        people: PeopleView::default(),
        stale_since: None,
        exits_included: false,
        today: Arc::default(),
    }
}

fn agent_view(books: &Books, agent: &Agent, day: crate::metrics::AgentTally) -> AgentView {
    let floor = books.floor();
    let feed = floor.feed_of(agent);
    AgentView {
        feed: feed.map(|f| f.name.clone()).unwrap_or_default(),
        id: agent.id.clone(),
        name: agent.name.clone().unwrap_or_else(|| Label::new(agent.id.as_str())),
        team: agent.team.clone(),
        desk: agent.desk.clone(),
        queues: floor.places_of(agent).map(|q| q.id.clone()).collect(),
        state: agent.doing.state,
        since: agent.doing.since,
        reason: agent.doing.reason.clone(),
        class: agent.doing.class,
        direction: agent.doing.direction,
        queue: floor.queue_at_hand(agent).map(|q| q.id.clone()),
        paused_places: agent.paused_places(),
        contradiction: agent.contradicted(floor.now()),
        stale_since: feed.and_then(crate::floor::Feed::stale_since),
        day,
    }
}
