//! A recording cut into business days, intervals or one span from–to: envelopes in, an object a span out.
//!
//! Events before the first span still build the floor, so that who waits when it begins is right. A span is given out when
//! the next one is over, or [`LATE`] after its end where none follows: a fact told late still lands where it belongs.

use std::collections::VecDeque;

use super::json::{Sheet, counted, nows};
use super::object::Object;
use crate::engine::Books;
use crate::floor::ScopeIx;
use crate::metrics::{AgentTally, Bounds, Calendar, Now, Part, Tally};
use crate::model::{Anomaly, Envelope, Span, Time};

/// How long after the last span events are still read for what they tell of it.
const LATE: Span = Span::from_secs(600);

/// So many spans without an event one after another are given out; a longer silence is left out whole.
const SILENT: i64 = 1000;

/// What a recording is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// The business day of the site.
    Day,
    /// The interval that is configured.
    Interval,
}

/// Which spans are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    /// One object each; `None`: one for all.
    pub every: Option<Every>,
    /// Figures count from here on; whole seconds.
    pub from: Option<Time>,
    /// … up to here, not included; whole seconds.
    pub to: Option<Time>,
}

/// Where the cutting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing came yet, or only what lies before the first span.
    Ahead,
    /// In the span from–to.
    Within(Option<Time>, Option<Time>),
    /// After the last.
    After(Time),
}

/// A span that is over, still open to late facts.
#[derive(Debug)]
struct Ended {
    from: Option<Time>,
    to: Time,
    nows: Vec<Now>,
    anomalies: Vec<(Anomaly, u64)>,
}

/// The cutter.
#[derive(Debug)]
pub struct Spans {
    books: Books,
    plan: Plan,
    calendar: Calendar,
    times: bool,
    stage: Stage,
    ended: Option<Ended>,
    /// Anomalies counted before the running span.
    before: Vec<(Anomaly, u64)>,
    done: VecDeque<Object>,
    /// The span given out last.
    last: Option<Sheet>,
}

impl Spans {
    /// Over empty books that keep the whole. `times`: the recording tells times; without them there is one span.
    #[must_use]
    pub fn new(books: Books, plan: Plan, times: bool) -> Self {
        let settings = books.settings();
        let zone = settings.site.time_zone.clone();
        let calendar = Calendar::new(zone, settings.figures.interval_min, settings.figures.day_starts_s);
        let second = |at: Option<Time>| at.map(Time::floor_second);
        let plan = Plan { from: second(plan.from), to: second(plan.to), ..plan };
        let plan = if times { plan } else { Plan::default() };
        Self {
            books,
            plan,
            calendar,
            times,
            stage: Stage::Ahead,
            ended: None,
            before: Vec::new(),
            done: VecDeque::new(),
            last: None,
        }
    }

    /// The books, as they stand.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// The books, as they stand.
    pub const fn books_mut(&mut self) -> &mut Books {
        &mut self.books
    }

    /// Applies one envelope. Returns whether more are wanted.
    pub fn apply(&mut self, envelope: &Envelope) -> bool {
        if let Some(at) = self.books.floor().time_of(envelope) {
            self.pass(at);
            if matches!(self.stage, Stage::After(end) if at > end + LATE) {
                return false;
            }
        }
        self.books.apply(envelope);
        true
    }

    /// The next object that is final.
    pub fn next_done(&mut self) -> Option<Object> {
        self.done.pop_front()
    }

    /// The recording is over: the spans that are not given out yet. None where nothing in it could be used.
    pub fn finish(&mut self) {
        self.books.finish();
        if self.books.span().is_none() {
            return;
        }
        if self.stage == Stage::Ahead {
            // It ended before the first span began.
            self.pass(self.plan.from.unwrap_or_else(|| self.books.floor().now()));
        }
        self.give_out();
        if let Stage::Within(from, to) = self.stage {
            let (first, last) = self.books.span().unwrap_or_default();
            let sheet = Sheet {
                part: Part::Running,
                from: from.or(Some(first)),
                to: to.or(Some(last)),
                nows: nows(&mut self.books),
                at: last,
                anomalies: self.anomalies(),
                lean: self.plan.every.is_some(),
                cut: self.plan.every.is_some() || self.plan.from.is_some() || self.plan.to.is_some(),
                times: self.times,
            };
            self.put_out(sheet);
        }
        self.stage = Stage::After(self.books.floor().now());
    }

    /// Time comes to `at`: spans that end before it are over.
    fn pass(&mut self, at: Time) {
        loop {
            match self.stage {
                Stage::Ahead => {
                    if self.plan.from.is_some_and(|from| at < from) {
                        return;
                    }
                    self.begin_first(at);
                }
                Stage::Within(from, Some(to)) if at >= to => {
                    self.end(from, to);
                    self.stage = self.next(to, at);
                }
                _ => return,
            }
        }
    }

    fn begin_first(&mut self, at: Time) {
        let from = match (self.plan.from, self.plan.every) {
            (Some(from), _) => Some(from),
            (None, Some(_)) => Some(Time::from_secs(self.bounds(at).from)),
            (None, None) => None,
        };
        if let Some(from) = from {
            self.begin(from);
        }
        let to = from.map_or(self.plan.to, |from| self.end_of(from));
        self.stage = Stage::Within(from, to);
    }

    fn begin(&mut self, from: Time) {
        if self.books.span().is_some() {
            self.books.advance(from);
        }
        self.books.begin_whole(from);
        self.before = counted(&self.books);
    }

    fn end(&mut self, from: Option<Time>, to: Time) {
        self.give_out();
        self.books.advance(to);
        let (nows, anomalies) = (nows(&mut self.books), self.anomalies());
        self.begin(to);
        self.ended = Some(Ended { from, to, nows, anomalies });
    }

    /// The span after the one that ended at `end`.
    fn next(&mut self, end: Time, at: Time) -> Stage {
        if self.plan.every.is_none() || self.plan.to.is_some_and(|to| end >= to) {
            return Stage::After(end);
        }
        let mut from = end;
        let bounds = self.bounds(from);
        if at.second() - bounds.to > SILENT.saturating_mul((bounds.to - bounds.from).max(1)) {
            self.give_out();
            from = Time::from_secs(self.bounds(at).from);
            if self.plan.to.is_some_and(|to| from >= to) {
                return Stage::After(end);
            }
            self.begin(from);
        }
        Stage::Within(Some(from), self.end_of(from))
    }

    fn bounds(&self, at: Time) -> Bounds {
        match self.plan.every {
            Some(Every::Interval) => self.calendar.interval(at.second()),
            Some(Every::Day) | None => self.calendar.day(at.second()),
        }
    }

    /// The end of the span that begins at `from`.
    fn end_of(&self, from: Time) -> Option<Time> {
        let end = self.plan.every.map(|_| Time::from_secs(self.bounds(from).to));
        end.into_iter().chain(self.plan.to).min().map(|end| end.max(from))
    }

    /// Anomalies of the running span so far.
    fn anomalies(&self) -> Vec<(Anomaly, u64)> {
        let before = |kind: Anomaly| self.before.iter().find(|(k, _)| *k == kind).map_or(0, |(_, n)| *n);
        counted(&self.books)
            .into_iter()
            .map(|(kind, n)| (kind, n - before(kind).min(n)))
            .filter(|(_, n)| *n > 0)
            .collect()
    }

    /// The span that is over is final.
    fn give_out(&mut self) {
        let Some(ended) = self.ended.take() else { return };
        let first = self.books.span().map(|s| s.0);
        let sheet = Sheet {
            part: Part::Before,
            from: ended.from.or(first),
            to: Some(ended.to),
            nows: ended.nows,
            at: ended.to,
            anomalies: ended.anomalies,
            lean: self.plan.every.is_some(),
            cut: true,
            times: self.times,
        };
        self.put_out(sheet);
    }

    fn put_out(&mut self, sheet: Sheet) {
        let object = sheet.object(&mut self.books);
        self.done.push_back(object);
        self.last = Some(sheet);
    }

    /// A scope in the span given out last: its sums, what it had at the end, and that end. Only before another envelope is
    /// applied.
    pub fn last_scope(&mut self, scope: ScopeIx) -> Option<(Tally, Now, Time)> {
        let last = self.last.as_ref()?;
        let sheet = last.scope(&mut self.books, scope);
        Some((sheet.tally, sheet.now, sheet.at))
    }

    /// Forecast and staffing as of how far has been read.
    pub fn plans(&mut self) -> super::Plans {
        super::Plans::of(&mut self.books)
    }

    /// Everybody together in the span given out last.
    pub fn last_people(&mut self) -> AgentTally {
        let part = self.last.as_ref().map_or(Part::Running, |last| last.part);
        let count = u32::try_from(self.books.floor().agents().len()).unwrap_or(0);
        let mut sum = AgentTally::default();
        for agent in 0..count {
            sum.merge(&self.books.person_part(agent, part));
        }
        self.books.complete_team(&mut sum);
        sum
    }
}
