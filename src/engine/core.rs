//! The engine without its task: envelopes, ticks and commands in, snapshots out. Pure; time is an argument.
//!
//! Alerts run on each event and each whole second of event time, so a recording gives the same ones at any speed.

use std::sync::Arc;

use super::Answer;
use super::books::Books;
use super::look::{Common, Look};
use super::people::People;
use super::rows::Rows;
use crate::alert::rules::Rules;
use crate::alert::{Board, FeedReading, ScopeIndex, ScopeReading};
use crate::config::{AlertRule, Settings, Silence};
use crate::floor::{Scope, What};
use crate::metrics::{Window, abandon_rate_parts, service_level_parts};
use crate::model::{CallerHasher, Command, Envelope, FeedState, FloorAct, Kind, Label, Span, Time};
use crate::roster::Plan;
use crate::snapshot::{Mode, Snapshot, privacy};
use crate::usual::Usual;

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
    edge: bool,
}

impl Core {
    /// A new floor under these settings. `keep_whole`: a recording, of which the whole is wanted.
    #[must_use]
    pub fn new(settings: &Arc<Settings>, mode: Mode, keep_whole: bool) -> Self {
        let mut board = Board::new(settings.alert.clone(), settings.figures.min_sample);
        let zone = settings.site.time_zone.clone();
        board.set_rules(Rules::new(&settings.alert_rules, &settings.silences, zone));
        Self {
            books: Books::new(settings.clone(), keep_whole),
            usual: Usual::configured(&settings.usual, settings.site.time_zone.clone()),
            board,
            people: People::new(settings),
            pseudonyms: CallerHasher::new([0; 16]),
            on_board: Vec::new(),
            rows: Rows::default(),
            mode,
            second: None,
            backlog: None,
            caught_up: !matches!(mode, Mode::Live | Mode::Demo),
            edge: false,
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
    pub const fn begin(&mut self, now: Time) {
        self.rows.begin(now);
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

    /// Applies one envelope, after the whole seconds that lie before it.
    pub fn apply(&mut self, envelope: &Envelope) {
        if let Kind::Command(command) = &envelope.event.kind {
            let _ = self.command(command, envelope.received_at);
            return;
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
        let told_at = self.books.floor().time_of(envelope).unwrap_or(envelope.received_at);
        self.people.told(envelope, told_at);
        let facts = self.books.apply(envelope);
        self.people.take(facts, Some(envelope));
        let arrivals: Vec<(u32, Time)> = facts
            .iter()
            .filter_map(|f| match f.what {
                What::Joined { arrival: true, .. } => Some((f.scope, f.at)),
                _ => None,
            })
            .collect();
        for (scope, at) in arrivals {
            if scope == 0 {
                self.rows.arrived(at);
            }
            if let Some(index) = self.board_index(scope) {
                self.board.arrival(index, at, &self.usual);
            }
        }
    }

    /// Time has come this far. While a feed still tells the hours before, its events move time, not the clock.
    pub fn tick(&mut self, now: Time) {
        if let Some(last) = self.backlog
            && !self.caught_up
            && now - last < Span::from_secs(1)
        {
            return;
        }
        self.caught_up = true;
        self.pass(now);
        self.people.take(self.books.advance(now), None);
    }

    /// Does what a person asked.
    pub fn command(&mut self, command: &Command, now: Time) -> Answer {
        self.edge = true;
        let now = now.max(self.books.floor().now());
        let done = match command {
            Command::Floor(floor) => match floor.act {
                FloorAct::Silence | FloorAct::Unsilence => self.board.silence(floor, now),
                _ => self.people.command(floor, now),
            },
            _ => self.board.command(command, now),
        };
        match done {
            Ok(()) => Answer::Done,
            Err(why) => Answer::Refused(Label::new(why)),
        }
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
                Scope::Team(_) => None,
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
        self.people.take(self.books.advance(now), None);
        let count = self.books.floor().scopes().len();
        let _ = self.board_index(u32::try_from(count).unwrap_or(0).saturating_sub(1));
        self.usual.roll(now, self.books.floor().scopes().iter().map(|s| &s.scope));
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
