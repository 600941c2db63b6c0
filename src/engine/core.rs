//! The engine without its task: envelopes, ticks and commands in, snapshots out. Pure; time is an argument.
//!
//! Alerts run on each event and each whole second of event time, so a recording gives the same ones at any speed.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Answer;
use super::arrivals::{ArrivalCounts, SlotArrivals};
use super::books::Books;
use super::keep::ClosedInterval;
use super::look::{Common, Look};
use super::people::People;
use super::rows::Rows;
use crate::alert::rules::Rules;
use crate::alert::{Board, Change, Desk, FeedReading, ScopeIndex, ScopeReading};
use crate::config::{AlertRule, Settings, Silence};
use crate::floor::{Scope, What};
use crate::metrics::{Window, abandon_rate_parts, service_level_parts};
use crate::model::{AgentState, CallerHasher, Command, Envelope, FeedState, FloorAct, Kind, Label, Span, Time};
use crate::roster::Plan;
use crate::snapshot::{Mode, Snapshot, privacy};
use crate::usual::{History, Usual};

/// A feed whose events lie this far behind their receipt is telling the past.
const BACKLOG: Span = Span::from_secs(5);

/// The engine's state.
#[derive(Debug)]
pub struct Core {
    books: Books,
    usual: Usual,
    board: Board,
    /// Scopes of the floor on the board, by [`crate::floor::ScopeIx`]; people-only scopes are not.
    on_board: Vec<Option<ScopeIndex>>,
    rows: Rows,
    people: People,
    pseudonyms: CallerHasher,
    mode: Mode,
    second: Option<i64>,
    /// When something of the past last came, until the clock has once been caught up with.
    backlog: Option<Time>,
    caught_up: bool,
    /// The clock at the start.
    begun: Time,
    edge: bool,
    keep_closed: bool,
    /// Seconds not live, by scope and first second of the interval.
    missing: FxHashMap<(u32, i64), i64>,
    arrivals: ArrivalCounts,
    /// Slots that are over, for whoever keeps them.
    slots: Vec<SlotArrivals>,
}

impl Core {
    /// A new floor under these settings. `keep_whole`: a recording, of which the whole is wanted.
    #[must_use]
    pub fn new(settings: &Arc<Settings>, mode: Mode, keep_whole: bool) -> Self {
        let min_sample = settings.figures.min_sample;
        let mut board = Board::new(settings.alert.clone(), min_sample);
        board.equip(Desk { rules: settings.incident.clone(), ..Desk::default() });
        let zone = settings.site.time_zone.clone();
        board.set_rules(Rules::new(&settings.alert_rules, &settings.silences, zone));
        Self {
            books: Books::new(settings.clone(), keep_whole),
            usual: Usual::of(settings),
            board,
            people: People::new(settings),
            pseudonyms: CallerHasher::new([0; 16]),
            on_board: Vec::new(),
            rows: Rows::default(),
            mode,
            second: None,
            backlog: None,
            caught_up: !matches!(mode, Mode::Live | Mode::Demo),
            begun: Time::MIN,
            edge: false,
            keep_closed: false,
            missing: FxHashMap::default(),
            arrivals: ArrivalCounts::default(),
            slots: Vec::new(),
        }
    }

    /// The shift plan in force from here on.
    pub fn set_plan(&mut self, plan: Arc<Plan>) {
        self.people.set_plan(plan);
        self.edge = true;
    }

    /// Made-up names of people come from this key (`privacy.mode = "pseudonym"`).
    pub fn set_pseudonyms(&mut self, hasher: &CallerHasher) {
        self.pseudonyms = hasher.clone();
    }

    /// Other alert rules take the place of those in force; or those offered were wrong, and those in force stay.
    pub fn set_rules(&mut self, offered: Result<(Vec<AlertRule>, Vec<Silence>), Label>) {
        let now = self.books.floor().now();
        if let Some(rules) = self.board.rules_mut() {
            match offered {
                Ok((next, silences)) => rules.reload(&next, &silences),
                Err(why) => rules.refuse(now, &why),
            }
        }
        self.edge = true;
    }

    /// The floor and its accounts.
    pub const fn books_mut(&mut self) -> &mut Books {
        &mut self.books
    }

    /// The clock says `now`, and nothing has come yet: what the first views stand for.
    pub fn begin(&mut self, now: Time) {
        self.begun = now;
        self.rows.begin(now);
        self.usual.roll(now, [&Scope::All]);
    }

    /// Teaches the usual what was before `now`: once, before anything came. Whatever `teach` returns.
    pub fn learn<T>(&mut self, now: Time, teach: impl FnOnce(&mut History) -> T) -> Option<T> {
        let taught = self.usual.learn(teach);
        self.usual.roll(now, [&Scope::All]);
        taught
    }

    /// What the badge says.
    pub const fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// What the badge says.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Looks at the rows of events that are applied next: see [`Books::expect`].
    pub fn expect(&self, batch: &[Envelope]) {
        self.books.expect(batch);
    }

    /// Applies one envelope, after the whole seconds that lie before it.
    pub fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event.kind {
            Kind::Command(command) => {
                let _ = self.command(command, envelope.received_at);
                return;
            }
            Kind::ClockTick => {
                self.tick(envelope.received_at);
                return;
            }
            Kind::ConfigApplied { .. } => return,
            _ => {}
        }
        if let Some(at) = self.books.floor().time_of(envelope) {
            if !self.caught_up {
                if envelope.received_at - at > BACKLOG {
                    self.backlog = Some(envelope.received_at);
                } else if self.backlog.is_some() {
                    // The first news of now after the hours before.
                    self.caught_up = true;
                    self.edge = true;
                }
            }
            self.pass(at);
        }
        let mut refused = None;
        let told_at = self.books.floor().time_of(envelope).unwrap_or(envelope.received_at);
        self.people.told(envelope, told_at);
        let facts = self.books.apply(envelope);
        self.people.take(facts, Some(envelope));
        let arrivals: Vec<_> = facts
            .iter()
            .filter_map(|f| match f.what {
                What::Joined { arrival: true, caller, .. } => Some((f.scope, f.at, caller)),
                What::Refused { .. } if f.scope == 0 => {
                    refused = Some(f.at);
                    None
                }
                _ => None,
            })
            .collect();
        if let Some(at) = refused {
            self.board.refused(at);
        }
        for (scope, at, caller) in arrivals {
            if scope == 0 {
                self.rows.arrived(at);
            }
            if let Some(of) = self.books.floor().scopes().get(scope as usize) {
                self.arrivals.count(&of.scope, at);
            }
            if let Some(index) = self.board_index(scope) {
                self.board.arrival_of(index, at, caller, &self.usual);
            }
        }
        for mark in self.books.marks() {
            self.arrivals.count(&mark.scope, mark.at);
            self.board.mark(&mark.scope, mark.at, mark.caller, &self.usual);
        }
    }

    /// Time has come this far. While a feed still tells the hours before, its events move time, not the clock: then
    /// nothing happens, and `false` is said.
    pub fn tick(&mut self, now: Time) -> bool {
        if let Some(last) = self.backlog
            && !self.caught_up
            && now - last < Span::from_secs(1)
        {
            return false;
        }
        self.caught_up = true;
        self.pass(now);
        self.people.take(self.books.advance(now), None);
        true
    }

    /// The instant of what a person asks now: at a start, and after a long rest, nothing has moved time yet.
    #[must_use]
    pub fn asked_at(&self) -> Time {
        self.now().max(self.begun)
    }

    /// How far event time has come.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.books.floor().now()
    }

    /// The next incident is numbered after `n`: numbers of an earlier run are not given again.
    pub const fn number_incidents_after(&mut self, n: u64) {
        self.board.number_incidents_after(n);
    }

    /// From now on closed intervals are wanted by [`Self::take_closed`].
    pub const fn keep_closed(&mut self) {
        self.keep_closed = true;
        self.books.metrics_mut().keep_closed();
    }

    /// Intervals closed or revised since the last time.
    pub fn take_closed(&mut self) -> Vec<ClosedInterval> {
        let taken = self.books.metrics_mut().take_closed();
        let begun = self.books.span().map_or(Time::MIN, |(first, _)| first).second();
        let floor = self.books.floor();
        let kept = taken.into_iter().filter_map(|(ix, name, closed)| {
            let scope = floor.scopes().get(ix as usize)?.scope.clone();
            let bounds = closed.bounds;
            let unseen = self.missing.get(&(ix, bounds.from)).copied().unwrap_or(0);
            let before = begun.clamp(bounds.from, bounds.to) - bounds.from;
            let missing_s = (unseen + before).min(bounds.to - bounds.from);
            Some(ClosedInterval { scope, name, closed, missing_s })
        });
        let kept: Vec<ClosedInterval> = kept.collect();
        if !kept.is_empty() {
            let oldest = self.now().second() - 2 * 86_400;
            self.missing.retain(|(_, from), _| *from > oldest);
        }
        kept
    }

    /// First joins of the five minutes that are over and were not told yet, where [`Self::keep_closed`] was said.
    pub fn take_arrivals(&mut self) -> Vec<SlotArrivals> {
        self.settle_slots(self.books.floor().now());
        std::mem::take(&mut self.slots)
    }

    /// Five minutes that are over teach the usual of later days.
    fn settle_slots(&mut self, now: Time) {
        let over = self.arrivals.take(now);
        if let Some(history) = self.usual.history_mut() {
            for slot in &over {
                slot.teach(history);
            }
        }
        if self.keep_closed {
            self.slots.extend(over);
        }
    }

    /// Counts the second before `now` where a feed was not live in it.
    fn note_missing(&mut self, now: Time) {
        let floor = self.books.floor();
        let down = |f: &crate::floor::Feed| f.reports_state() && !matches!(f.state, FeedState::Live);
        // A feed that tells the hours before is not live yet, and those hours are not missing.
        if self.past() || !floor.feeds().iter().any(down) {
            return;
        }
        let mut seconds: Vec<(u32, i64)> = Vec::new();
        for ix in 0..floor.scopes().len() {
            let ix = u32::try_from(ix).unwrap_or(0);
            let of_scope = |q: &&crate::floor::Queue| q.scope == ix || q.parents.contains(&ix);
            let missing =
                ix == 0 || floor.queues().iter().filter(of_scope).any(|q| floor.feed_of_queue(q).is_some_and(down));
            if let Some(from) = self.books.metrics().window_from(ix, Window::Interval).filter(|_| missing)
                && from < now
            {
                seconds.push((ix, from.second()));
                if let Some(of) = floor.scopes().get(ix as usize) {
                    self.arrivals.missing(&of.scope, now);
                }
            }
        }
        for key in seconds.into_iter().filter(|_| self.keep_closed) {
            *self.missing.entry(key).or_insert(0) += 1;
        }
    }

    /// Does what a person asked.
    pub fn command(&mut self, command: &Command, now: Time) -> Answer {
        self.edge = true;
        if matches!(command, Command::Open { .. }) {
            let signed_in =
                |a: &&crate::floor::Agent| !matches!(a.doing.state, AgentState::SignedOut | AgentState::Unknown);
            let name = |a: &crate::floor::Agent| a.name.clone().unwrap_or_else(|| Label::new(a.id.as_str()));
            self.board.set_signed_in(self.books.floor().agents().iter().filter(signed_in).map(name).collect());
        }
        let now = now.max(self.books.floor().now());
        let done = match command.floor() {
            Some(floor) => match floor.act {
                FloorAct::Silence | FloorAct::Unsilence => self.board.silence(&floor, now),
                _ => self.people.command(&floor, now),
            },
            None => self.board.command(command, now),
        };
        match (done, command) {
            (Ok(()), Command::Open { .. }) => Answer::Opened(self.board.newest_incident()),
            (Ok(()), _) => Answer::Done,
            (Err(why), _) => Answer::Refused(Label::new(why)),
        }
    }

    /// Duty roster and playbooks incidents are carried by from here on.
    pub fn equip(&mut self, desk: Desk) {
        self.board.equip(desk);
    }

    /// Alerts and incidents: for whoever saves their changes and takes them up again.
    pub const fn board_mut(&mut self) -> &mut Board {
        &mut self.board
    }

    /// Alerts and incidents.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// Takes up changes of incidents that were kept, before anything else happens.
    pub fn restore(&mut self, changes: Vec<Change>) {
        self.board.restore(changes);
    }

    /// Whether something happened that must be shown at once.
    pub const fn take_edge(&mut self) -> bool {
        std::mem::replace(&mut self.edge, false)
    }

    /// The view of now.
    pub fn publish(&mut self) -> Snapshot {
        let mut snapshot = self.rows.publish(&mut self.books, &self.usual, &self.board, self.mode);
        snapshot.floor = self.people.view(snapshot.at, &self.books);
        privacy::shown(snapshot, &self.books.settings().privacy, &self.pseudonyms)
    }

    /// The whole seconds up to the one `to` lies in.
    fn pass(&mut self, to: Time) {
        let last = to.second();
        let Some(mut second) = self.second else {
            self.second = Some(last);
            return;
        };
        // A recording may be silent for days; the seconds of a silence longer than a day show nothing new.
        if last - second > 86_400 {
            second = last - 86_400;
        }
        while second < last {
            second += 1;
            self.evaluate(Time::from_secs(second));
        }
        if self.second.is_none_or(|s| s < last) {
            self.second = Some(last);
        }
    }

    /// Whether a feed still tells the hours before: not the floor of now, and not to be shown as it.
    #[must_use]
    pub const fn past(&self) -> bool {
        self.backlog.is_some() && !self.caught_up
    }

    fn board_index(&mut self, scope: u32) -> Option<ScopeIndex> {
        while self.on_board.len() < self.books.floor().scopes().len() {
            let ix = self.on_board.len();
            let scope = self.books.floor().scopes().get(ix).map(|s| s.scope.clone())?;
            let index = match &scope {
                Scope::Team(_) | Scope::Area(_) | Scope::Menu(_) | Scope::Reason(_) => None,
                Scope::All => Some(self.board.scope(&scope, &self.books.settings().site.name.clone())),
                Scope::Group(name) | Scope::Line(name) => Some(self.board.scope(&scope, name)),
                Scope::Queue(..) => {
                    let queues = self.books.floor().queues();
                    let named = queues.iter().find(|q| q.scope as usize == ix).map(|q| q.name.clone());
                    Some(self.board.scope(&scope, &named.unwrap_or_default()))
                }
            };
            self.on_board.push(index);
        }
        self.on_board.get(scope as usize).copied().flatten()
    }

    fn evaluate(&mut self, now: Time) {
        self.note_missing(now);
        self.people.take(self.books.advance(now), None);
        let count = self.books.floor().scopes().len();
        let _ = self.board_index(u32::try_from(count).unwrap_or(0).saturating_sub(1));
        self.usual.roll(now, self.books.floor().scopes().iter().map(|s| &s.scope).chain(self.board.marked()));
        if let Some(lines) = self.books.floor().lines_in(0).filter(|lines| !lines.away) {
            self.board.lines(now, lines.in_use, lines.capacity);
        }
        let members = self.members(count);
        let mut readings = Vec::with_capacity(count);
        let mut waits = vec![Span::ZERO; count];
        for ((ix, member), wait) in (0u32..).zip(&members).zip(&mut waits) {
            if let Some(index) = self.on_board.get(ix as usize).copied().flatten() {
                let reading = self.reading(ix, index, member, now);
                *wait = reading.longest_wait.unwrap_or_default();
                readings.push(reading);
            }
        }
        // A feed that tells the hours before is not late: its past is being lived through.
        let past = self.past();
        let feeds: Vec<FeedReading> =
            self.books.floor().feeds().iter().map(FeedReading::of).filter(|_| !past).collect();
        let before = self.board.marks();
        self.board.second(now, &readings, &feeds, &self.usual);
        for scope in self.board.surging() {
            self.arrivals.surged(scope, now);
        }
        self.settle_slots(now);
        self.edge |= before != self.board.marks();
        self.rules_second(now, &members, &waits);
    }

    /// The floor's people and the rules of the file, after the fixed tests of the same second.
    fn rules_second(&mut self, now: Time, members: &[Member], waits: &[Span]) {
        let past = self.past();
        let blind = members.first().is_some_and(|all| !all.live);
        let surge = self.board.marks().0 > 0;
        // While the hours before are told, people of then are learnt but nobody is reminded of anything.
        self.people.second(now, &self.books, waits, blind || past, surge);
        let settings = self.books.settings().clone();
        let common = members.iter().map(|member| {
            let queue = member.first.and_then(|n| self.books.floor().queues().get(n));
            let rules = queue.map_or(&settings.queue_defaults, |q| &q.rules).clone();
            Common { rules, live: member.live }
        });
        let common = if settings.alert_rules.is_empty() && self.board.rules().is_none_or(Rules::is_empty) {
            Vec::new()
        } else {
            common.collect()
        };
        let mut look = Look::new(&mut self.books, &self.usual, &self.people.discipline, now, common);
        self.edge |= self.board.standing_second(now, &mut look, self.people.discipline.alerts());
    }

    /// What each scope's queues have in common: the rules of the first, and whether all their feeds are live. One pass
    /// over the queues, whatever the number of scopes.
    fn members(&self, count: usize) -> Vec<Member> {
        let floor = self.books.floor();
        let mut members = vec![Member { first: None, live: true }; count];
        for (number, queue) in floor.queues().iter().enumerate() {
            let away =
                floor.feed_of_queue(queue).is_some_and(|f| !matches!(f.state, FeedState::Live) && f.reports_state());
            for scope in std::iter::once(queue.scope).chain(queue.parents.iter().copied()) {
                if let Some(member) = members.get_mut(scope as usize) {
                    member.first.get_or_insert(number);
                    member.live &= !away || self.past();
                }
            }
        }
        members
    }

    fn reading(&mut self, ix: u32, scope: ScopeIndex, member: &Member, now: Time) -> ScopeReading {
        let counts = self.books.counts(ix, Window::Min30);
        let settings = self.books.settings().clone();
        let waiting = self.books.now_in(ix);
        let queue = member.first.and_then(|n| self.books.floor().queues().get(n));
        let rules = queue.map_or(&settings.queue_defaults, |q| &q.rules);
        ScopeReading {
            scope,
            live: member.live,
            longest_wait: waiting.oldest_join.map(|t| now.since(t).or_zero()),
            service_level: service_level_parts(&counts, rules.variant, rules.exits),
            target: rules.target,
            abandon_rate: abandon_rate_parts(&counts, settings.figures.abandon_rate),
            different_callers: None,
        }
    }
}

/// What the queues of a scope have in common.
#[derive(Clone, Debug)]
struct Member {
    first: Option<usize>,
    live: bool,
}
