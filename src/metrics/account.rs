//! All accounts: scopes and people. Takes the floor's facts, gives sums of any scope in any window.

use std::sync::Arc;

use super::agent_figures::AgentTally;
use super::calendar::{Bounds, Calendar};
use super::closed::{Closed, ClosedWith};
use super::counts::Counts;
use super::figures::Tally;
use super::hours::Hours;
use super::ledger::{Ledger, Seen};
use super::person::Person;
use super::rows::Rows;
use super::spread::Spread;
use super::turn::{ENDS, Ended, Told, Turn, Untaken};
use super::window::{Part, Window};
use crate::config::Settings;
use crate::floor::{AgentFact, AgentIx, Fact, Floor, Scope, ScopeIx, What};
use crate::model::Time;

/// The accounts of the floor.
#[derive(Debug)]
pub struct Metrics {
    settings: Arc<Settings>,
    keep_whole: bool,
    keep_closed: bool,
    closed_news: bool,
    scopes: Rows<Account>,
    /// What was told of each scope and is not yet in its account: a few at once cost less than each alone.
    untaken: Vec<Untaken>,
    people: Rows<Person>,
    calendars: Vec<Turn>,
    /// Starts of the spans of a recording: the running one, the one before it.
    spans: [Option<Time>; 2],
    now: Time,
    /// The newest start of a window with a fixed one.
    settled: Time,
}

/// So many facts of a scope are taken at once at the latest.
const AT_ONCE: usize = 32;

#[derive(Debug)]
struct Account {
    calls: Ledger,
    hours: Hours,
    with: Arc<ClosedWith>,
}

impl Account {
    /// Closes what ended from one turn of the calendar up to another.
    fn turn(&mut self, turn: &Turn, from: u32, to: u32) {
        let ended = turn.ended.iter().skip(from.saturating_sub(turn.before) as usize);
        for Ended { interval, day, keep } in ended.take(to.saturating_sub(from) as usize) {
            if let Some(bounds) = interval {
                let end = Time::from_secs(bounds.to);
                let people = self.hours.ended(end);
                self.calls.close_interval(*bounds, &self.with, people, *keep);
                self.hours.begin(Window::Interval, end);
            }
            if let Some(from) = day {
                self.calls.close_day(*from);
                self.hours.begin(Window::Day, Time::from_secs(*from));
            }
        }
    }
}

impl Metrics {
    /// Empty accounts. `keep_whole`: callers and waits of [`Window::Whole`] are wanted (a recording).
    #[must_use]
    pub fn new(settings: Arc<Settings>, keep_whole: bool) -> Self {
        let zone = settings.site.time_zone.clone();
        let calendar = Calendar::new(zone, settings.figures.interval_min, settings.figures.day_starts_s);
        Self {
            settings,
            keep_whole,
            keep_closed: false,
            closed_news: false,
            scopes: Rows::new(),
            untaken: Vec::new(),
            people: Rows::new(),
            calendars: vec![Turn::new(calendar)],
            spans: [None; 2],
            now: Time::MIN,
            settled: Time::MIN,
        }
    }

    /// First second of a window of a scope, as of now; `None` for the whole.
    #[must_use]
    pub fn window_from(&self, scope: ScopeIx, window: Window) -> Option<Time> {
        let turn = self.calendars.get(self.untaken.get(scope as usize).map_or(0, |u| u.calendar))?;
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
    pub fn open(&mut self, floor: &Floor, at: Time) {
        for ix in self.scopes.len()..floor.scopes().len() {
            let Some(scope) = floor.scopes().get(ix) else { return };
            let calendar = self.calendar_of(&scope.scope);
            self.turn(calendar, at);
            let Some(turn) = self.calendars.get(calendar) else { return };
            let mut calls = Ledger::new(at.second(), turn.interval, turn.day);
            let mut hours = Hours::new(at);
            for from in self.spans.iter().rev().flatten() {
                calls.begin_whole(from.second(), 0);
                hours.begin_whole(*from);
            }
            let scope = ScopeIx::try_from(ix).unwrap_or(ScopeIx::MAX);
            // One just met is the last.
            let queue = floor.queues().iter().rev().find(|q| q.scope == scope || q.parents.contains(&scope));
            let rules = queue.map_or(&self.settings.queue_defaults, |q| &q.rules);
            let with = Arc::new(ClosedWith::new(rules, &self.settings.figures));
            self.scopes.push(Account { calls, hours, with });
            self.untaken.push(Untaken { facts: Vec::new(), calendar, turned: turn.turned() });
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
        self.calendars.push(Turn::new(calendar));
        self.calendars.len() - 1
    }

    /// Takes facts of scopes.
    pub fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            if fact.at > self.now {
                self.advance(fact.at);
            }
            let Some(untaken) = self.untaken.get_mut(fact.scope as usize) else { continue };
            let turned = self.calendars.get(untaken.calendar).map_or(0, Turn::turned);
            untaken.facts.push(Told { at: fact.at, what: fact.what, turned });
            // What lies before the newest window's start is looked for in closed intervals at once.
            if untaken.facts.len() >= AT_ONCE || fact.at < self.settled {
                self.settle(fact.scope);
            }
        }
    }

    /// Takes what was told of a scope into its account, and closes what has ended there.
    fn settle(&mut self, scope: ScopeIx) {
        let ix = scope as usize;
        let (Some(untaken), Some(account)) = (self.untaken.get_mut(ix), self.scopes.get_mut(ix)) else { return };
        let Some(turn) = self.calendars.get(untaken.calendar) else { return };
        let mut turned = untaken.turned;
        for fact in &untaken.facts {
            if fact.turned > turned {
                account.turn(turn, turned, fact.turned);
                turned = fact.turned;
            }
            if let What::People { from, to } = fact.what {
                account.hours.change(fact.at, from, to);
            } else {
                self.closed_news |= account.calls.take(fact.at.second(), &fact.what, self.keep_whole);
            }
        }
        untaken.facts.clear();
        let all = turn.turned();
        if all > turned {
            account.turn(turn, turned, all);
        }
        untaken.turned = all;
    }

    fn settle_all(&mut self) {
        for ix in 0..self.scopes.len() {
            self.settle(ScopeIx::try_from(ix).unwrap_or(ScopeIx::MAX));
        }
    }

    /// Looks at the rows of a person and a scope: see [`Floor::expect`].
    pub fn expect(&self, agent: Option<AgentIx>, scope: Option<ScopeIx>) {
        if let Some(person) = agent.and_then(|ix| self.people.get(ix as usize)) {
            person.look();
        }
        if let Some(untaken) = scope.and_then(|ix| self.untaken.get(ix as usize)) {
            std::hint::black_box(untaken.facts.last().map(|told| told.at));
        }
    }

    /// Takes facts of people, after [`Self::advance`] to the newest of them: a day begins before what happens in it.
    pub fn take_people(&mut self, facts: &[AgentFact]) {
        for fact in facts {
            let day = self.calendars.first().map_or(i64::MIN, |turn| turn.day.from);
            while self.people.len() <= fact.agent as usize {
                self.people.push(Person::new(fact.at, Time::from_secs(day), self.spans));
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

    /// Ends what is over in a calendar up to `now`: intervals and days, each at its own end.
    fn turn(&mut self, ix: usize, now: Time) {
        let second = now.second();
        loop {
            let Some(turn) = self.calendars.get_mut(ix) else { return };
            let end = turn.interval.to.min(turn.day.to);
            if second < end {
                return;
            }
            if end == i64::MIN {
                turn.interval = turn.calendar.interval(second);
                turn.day = turn.calendar.day(second);
                self.settled = self.settled.max(Time::from_secs(turn.interval.from));
                continue;
            }
            // A long silence is one step: intervals nobody lived through are not closed one by one.
            let next = if second - end > 7 * 86_400 { second } else { end };
            if turn.ended.len() >= ENDS {
                self.settle_all();
            }
            let Some(turn) = self.calendars.get_mut(ix) else { return };
            if turn.ended.len() >= ENDS {
                turn.before = turn.turned();
                turn.ended.clear();
            }
            let ended = (next >= turn.interval.to).then_some(turn.interval);
            let day_ended = next >= turn.day.to;
            if ended.is_some() {
                turn.interval = turn.calendar.interval(next);
            }
            if day_ended {
                turn.day = turn.calendar.day(next);
            }
            let (interval, day) = (turn.interval, turn.day);
            turn.ended.push(Ended {
                interval: ended.map(|ended| Bounds { from: ended.from, to: interval.from }),
                day: day_ended.then_some(day.from),
                keep: self.keep_closed,
            });
            self.settled = self.settled.max(Time::from_secs(interval.from)).max(Time::from_secs(day.from));
            let site = ix == 0;
            self.closed_news |= ended.is_some();
            if day_ended && site {
                for person in self.people.iter_mut() {
                    person.begin_day(Time::from_secs(day.from));
                }
            }
        }
    }

    /// Brings the sliding windows of a scope to now; whether anything in it changed since the last time.
    pub fn follow(&mut self, scope: ScopeIx) -> bool {
        self.settle(scope);
        let now = self.now;
        let Some(account) = self.scopes.get_mut(scope as usize) else { return false };
        account.calls.follow(now.second());
        account.hours.follow(now);
        account.calls.take_changed()
    }

    /// The sums of a scope in a window, after [`Self::follow`].
    pub fn tally(&mut self, scope: ScopeIx, window: Window) -> Tally {
        self.settle(scope);
        let now = self.now.second();
        let Some(account) = self.scopes.get_mut(scope as usize) else { return Tally::default() };
        let seen = account.calls.window(window, now);
        let people = if account.hours.used() { account.hours.window(window) } else { super::SlotTimes::default() };
        tally(&seen, people)
    }

    /// Begins a span of a recording at `at`, to which [`Floor`] and accounts have been advanced: [`Window::Whole`] counts
    /// from here. The span before stays open to late facts until the next one begins.
    pub fn begin_whole(&mut self, floor: &Floor, at: Time) {
        self.settle_all();
        self.settled = self.settled.max(at);
        self.spans = [Some(at), self.spans[0]];
        for (account, scope) in self.scopes.iter_mut().zip(floor.scopes()) {
            account.calls.begin_whole(at.second(), i64::from(scope.waiting));
            account.hours.begin_whole(at);
        }
        for person in self.people.iter_mut() {
            person.begin_whole(at);
        }
    }

    /// The sums of a scope in a part of a recording.
    pub fn part(&mut self, scope: ScopeIx, part: Part) -> Tally {
        self.settle(scope);
        let now = self.now;
        let Some(account) = self.scopes.get_mut(scope as usize) else { return Tally::default() };
        account.hours.follow(now);
        let people = if account.hours.used() { account.hours.part(part) } else { super::SlotTimes::default() };
        tally(&account.calls.part(part), people)
    }

    /// How many waited in a scope when a part of a recording began, corrected by what was told later; 0 for a recording
    /// that was not cut.
    #[must_use]
    pub fn waiting_from(&self, scope: ScopeIx, part: Part) -> i64 {
        self.scopes.get(scope as usize).map_or(0, |a| a.calls.waiting_from(part))
    }

    /// The sums of calls of a scope in a window, without maxima and percentiles.
    pub fn counts(&mut self, scope: ScopeIx, window: Window) -> Counts {
        self.settle(scope);
        let second = self.now.second();
        let Some(account) = self.scopes.get_mut(scope as usize) else { return Counts::default() };
        account.calls.follow(second);
        account.calls.counts(window)
    }

    /// From now on intervals are kept when they end, also those nothing happened in: for [`Self::closed`] and
    /// [`Self::take_closed`].
    pub const fn keep_closed(&mut self) {
        self.keep_closed = true;
    }

    /// Intervals closed or revised since the last time, with their scope and local start (`2026-10-25T02:30+01:00`).
    pub fn take_closed(&mut self) -> Vec<(ScopeIx, String, Closed)> {
        if !self.keep_closed || !std::mem::take(&mut self.closed_news) {
            return Vec::new();
        }
        self.settle_all();
        let mut taken = Vec::new();
        for (ix, (account, untaken)) in self.scopes.iter_mut().zip(&self.untaken).enumerate() {
            let Some(turn) = self.calendars.get(untaken.calendar) else { continue };
            for closed in account.calls.closed_mut().filter(|c| c.news) {
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

    /// Closed intervals of a scope, oldest first, where they are kept: [`Self::keep_closed`].
    pub fn closed(&mut self, scope: ScopeIx) -> impl Iterator<Item = &Closed> {
        self.settle(scope);
        self.scopes.get(scope as usize).into_iter().flat_map(|a| a.calls.closed())
    }

    /// A person's business day so far.
    pub fn person_day(&mut self, agent: AgentIx) -> AgentTally {
        let now = self.now;
        self.people.get_mut(agent as usize).map(|p| p.day(now)).unwrap_or_default()
    }

    /// A person's whole recording, or the span of it that runs.
    pub fn person_whole(&mut self, agent: AgentIx) -> AgentTally {
        self.person_part(agent, Part::Running)
    }

    /// A person in a part of a recording.
    pub fn person_part(&mut self, agent: AgentIx, part: Part) -> AgentTally {
        let now = self.now;
        self.people.get_mut(agent as usize).map(|p| p.part(part, now)).unwrap_or_default()
    }
}

fn tally(seen: &Seen, people: super::SlotTimes) -> Tally {
    let of = |spread: Spread| seen.spreads[spread.index()];
    Tally {
        counts: seen.counts,
        people,
        longest_us: seen.longest,
        wait_percentiles_us: of(Spread::Wait),
        talk_percentiles_us: of(Spread::Talk),
        hold_percentiles_us: of(Spread::Hold),
        after_call_percentiles_us: of(Spread::AfterCall),
        handle_percentiles_us: of(Spread::Handle),
        different_callers: Some(seen.callers),
        distinct: seen.distinct,
        ..Tally::default()
    }
}

#[cfg(test)]
mod tests;
