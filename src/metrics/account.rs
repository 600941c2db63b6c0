//! All accounts: scopes and people. Takes the floor's facts, gives sums of any scope in any window.

use std::sync::Arc;

use super::calendar::{Bounds, Calendar};
use super::counts::Counts;
use super::figures::Tally;
use super::hours::Hours;
use super::ledger::{Closed, Ledger};
use super::person::{AgentTally, Person};
use super::window::Window;
use crate::config::Settings;
use crate::floor::{AgentFact, AgentIx, Fact, Scope, ScopeIx, What};
use crate::model::Time;

/// The accounts of the floor.
#[derive(Debug)]
pub struct Metrics {
    settings: Arc<Settings>,
    keep_whole: bool,
    keep_closed: bool,
    closed_news: bool,
    scopes: Vec<Account>,
    people: Vec<Person>,
    calendars: Vec<Turn>,
    now: Time,
}

#[derive(Debug)]
struct Account {
    calls: Ledger,
    hours: Hours,
    calendar: usize,
}

/// A calendar and where it stands.
#[derive(Debug)]
struct Turn {
    calendar: Calendar,
    interval: Bounds,
    day: Bounds,
}

impl Metrics {
    /// Empty accounts. `keep_whole`: callers and waits of [`Window::Whole`] are wanted (a recording).
    #[must_use]
    pub fn new(settings: Arc<Settings>, keep_whole: bool) -> Self {
        let zone = settings.site.time_zone.clone();
        let calendar = Calendar::new(zone, settings.figures.interval_min, settings.figures.day_starts_s);
        let never = Bounds { from: i64::MIN, to: i64::MIN };
        Self {
            settings,
            keep_whole,
            keep_closed: false,
            closed_news: false,
            scopes: Vec::new(),
            people: Vec::new(),
            calendars: vec![Turn { calendar, interval: never, day: never }],
            now: Time::MIN,
        }
    }

    /// First second of a window of a scope, as of now; `None` for the whole.
    #[must_use]
    pub fn window_from(&self, scope: ScopeIx, window: Window) -> Option<Time> {
        let turn = self.calendars.get(self.scopes.get(scope as usize).map_or(0, |a| a.calendar))?;
        let second = match window {
            Window::Interval => turn.interval.from,
            Window::Day => turn.day.from,
            Window::Whole => return None,
            Window::Min5 | Window::Min15 | Window::Min30 | Window::Hour => {
                self.now.second() - window.sliding_secs()? + 1
            }
        };
        Some(Time::from_secs(second))
    }

    /// The business day of the site that `now` lies in.
    #[must_use]
    pub fn day(&self) -> Option<Bounds> {
        self.calendars.first().map(|t| t.day).filter(|d| d.to > i64::MIN)
    }

    /// Opens accounts for scopes the floor has found since; `scopes` are all of the floor's, in order.
    pub fn open(&mut self, floor: &crate::floor::Floor, at: Time) {
        for ix in self.scopes.len()..floor.scopes().len() {
            let Some(scope) = floor.scopes().get(ix) else { return };
            let calendar = self.calendar_of(&scope.scope);
            self.turn(calendar, at);
            let Some(turn) = self.calendars.get(calendar) else { return };
            self.scopes.push(Account {
                calls: Ledger::new(at.second(), turn.interval, turn.day),
                hours: Hours::new(at),
                calendar,
            });
        }
    }

    /// A queue of a zone of its own has days of its own; everything above queues has the site's.
    fn calendar_of(&mut self, scope: &Scope) -> usize {
        let Scope::Queue(feed, id) = scope else { return 0 };
        let settings = self.settings.clone();
        let named = settings.queues.iter().find(|q| q.id == *id && q.feed.as_ref().is_none_or(|f| f == feed));
        let Some(zone) = named.and_then(|q| q.time_zone.clone()) else { return 0 };
        if let Some(found) = self.calendars.iter().position(|t| *t.calendar.zone() == zone) {
            return found;
        }
        let calendar = Calendar::new(zone, settings.figures.interval_min, settings.figures.day_starts_s);
        let never = Bounds { from: i64::MIN, to: i64::MIN };
        self.calendars.push(Turn { calendar, interval: never, day: never });
        self.calendars.len() - 1
    }

    /// Takes facts of scopes.
    pub fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            if fact.at > self.now {
                self.advance(fact.at);
            }
            let Some(account) = self.scopes.get_mut(fact.scope as usize) else { continue };
            if let What::People { from, to } = fact.what {
                account.hours.change(fact.at, from, to);
            } else {
                self.closed_news |= account.calls.take(fact.at.second(), &fact.what, self.keep_whole);
            }
        }
    }

    /// Takes facts of people.
    pub fn take_people(&mut self, facts: &[AgentFact]) {
        for fact in facts {
            while self.people.len() <= fact.agent as usize {
                self.people.push(Person::new(fact.at));
            }
            if let Some(person) = self.people.get_mut(fact.agent as usize) {
                person.take(fact.at, &fact.what);
            }
        }
    }

    /// Lets time pass: intervals and days that ended are closed at their ends.
    pub fn advance(&mut self, now: Time) {
        if now <= self.now {
            return;
        }
        self.now = now;
        for i in 0..self.calendars.len() {
            self.turn(i, now);
        }
    }

    /// Closes what ended in a calendar up to `now`.
    fn turn(&mut self, ix: usize, now: Time) {
        let second = now.second();
        loop {
            let Some(turn) = self.calendars.get_mut(ix) else { return };
            if second < turn.interval.to {
                return;
            }
            let first = turn.interval.to == i64::MIN;
            let ended = turn.interval;
            // A long silence is one step: intervals nobody lived through are not closed one by one.
            let next = if first || second - ended.to > 7 * 86_400 { second } else { ended.to };
            turn.interval = turn.calendar.interval(next);
            let (interval, mut day_from) = (turn.interval, None);
            if interval.from >= turn.day.to {
                turn.day = turn.calendar.day(interval.from);
                day_from = Some(turn.day.from);
            }
            if first {
                continue;
            }
            let site = ix == 0;
            let empty = self.keep_closed;
            self.closed_news = true;
            for account in self.scopes.iter_mut().filter(|a| a.calendar == ix) {
                let people = account.hours.ended(Time::from_secs(interval.from));
                account.calls.close_interval(Bounds { from: ended.from, to: interval.from }, people, empty);
                account.hours.begin(Window::Interval, Time::from_secs(interval.from));
                if let Some(from) = day_from {
                    account.calls.close_day(from);
                    account.hours.begin(Window::Day, Time::from_secs(from));
                }
            }
            if let Some(from) = day_from.filter(|_| site) {
                for person in &mut self.people {
                    person.begin_day(Time::from_secs(from));
                }
            }
        }
    }

    /// Brings the sliding windows of a scope to now; whether anything in it changed since the last time.
    pub fn follow(&mut self, scope: ScopeIx) -> bool {
        let now = self.now;
        let Some(account) = self.scopes.get_mut(scope as usize) else { return false };
        account.calls.follow(now.second());
        account.hours.follow(now);
        account.calls.take_changed()
    }

    /// The sums of a scope in a window, after [`Self::follow`].
    pub fn tally(&mut self, scope: ScopeIx, window: Window) -> Tally {
        let now = self.now.second();
        let Some(account) = self.scopes.get_mut(scope as usize) else { return Tally::default() };
        let (counts, longest_us, wait_percentiles_us, callers) = account.calls.window(window, now);
        Tally {
            counts,
            people: if account.hours.used() { account.hours.window(window) } else { super::SlotTimes::default() },
            longest_us,
            wait_percentiles_us,
            different_callers: Some(callers),
            ..Tally::default()
        }
    }

    /// The sums of calls of a scope in a window, without maxima and percentiles.
    pub fn counts(&mut self, scope: ScopeIx, window: Window) -> Counts {
        let second = self.now.second();
        let Some(account) = self.scopes.get_mut(scope as usize) else { return Counts::default() };
        account.calls.follow(second);
        account.calls.counts(window)
    }

    /// From now on closed intervals are wanted by [`Self::take_closed`], also those nothing happened in.
    pub const fn keep_closed(&mut self) {
        self.keep_closed = true;
    }

    /// Intervals closed or revised since the last time, with their scope and local start (`2026-10-25T02:30+01:00`).
    pub fn take_closed(&mut self) -> Vec<(ScopeIx, String, Closed)> {
        if !self.keep_closed || !std::mem::take(&mut self.closed_news) {
            return Vec::new();
        }
        let mut taken = Vec::new();
        for (ix, account) in self.scopes.iter_mut().enumerate() {
            let Some(turn) = self.calendars.get(account.calendar) else { continue };
            for closed in account.calls.closed.iter_mut().filter(|c| c.news) {
                closed.news = false;
                taken.push((
                    ScopeIx::try_from(ix).unwrap_or(0),
                    turn.calendar.name(closed.bounds.from),
                    closed.clone(),
                ));
            }
        }
        taken
    }

    /// Closed intervals of a scope, oldest first.
    pub fn closed(&self, scope: ScopeIx) -> impl Iterator<Item = &Closed> {
        self.scopes.get(scope as usize).into_iter().flat_map(|a| a.calls.closed.iter())
    }

    /// A person's business day so far.
    pub fn person_day(&mut self, agent: AgentIx) -> AgentTally {
        let now = self.now;
        self.people.get_mut(agent as usize).map(|p| p.day(now)).unwrap_or_default()
    }

    /// A person's whole recording.
    pub fn person_whole(&mut self, agent: AgentIx) -> AgentTally {
        let now = self.now;
        self.people.get_mut(agent as usize).map(|p| p.whole(now)).unwrap_or_default()
    }
}
