//! Legs, contacts and calls read off the whole list of events, slowly and plainly.

use std::collections::BTreeMap;

use floorwatch::model::{CallId, CallerKey, ExitWhy, JoinDetail, Kind, QueueId, Span, Time};

/// An event that was told, at its instant; the list of these is in order and without repeats.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) at: Time,
    pub(crate) kind: Kind,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Answered { rang: Span },
    Abandoned,
    Exited(ExitWhy),
}

/// One stay of one call in one queue.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub(crate) queue: String,
    pub(crate) joined: Time,
    /// First join anywhere since the call last left.
    pub(crate) first: Time,
    pub(crate) caller: Option<CallerKey>,
    pub(crate) from_queue: Option<String>,
    pub(crate) end: Option<(Time, End)>,
    /// End of the talk that followed, and whether it was a transfer.
    pub(crate) talk_end: Option<(Time, bool)>,
    /// Spans of hold in that talk.
    pub(crate) holds: Vec<(Time, Option<Time>)>,
    pub(crate) agent: Option<String>,
    /// Where it rings, since when.
    pub(crate) rings: BTreeMap<String, Time>,
}

impl Leg {
    pub(crate) fn waits(&self) -> bool {
        self.end.is_none()
    }

    pub(crate) fn talks(&self) -> bool {
        self.agent.is_some() && self.talk_end.is_none()
    }

    /// Until when a join goes on with the same stay: an exit or the end of a talk leaves ten seconds. `None`: it is not over.
    fn goes_on_until(&self) -> Option<Time> {
        match self.end {
            None => None,
            Some((_, End::Abandoned)) => Some(Time::MIN),
            Some((at, End::Exited(_))) => Some(at + TRANSIT),
            Some((_, End::Answered { .. })) => self.talk_end.map(|(at, _)| at + TRANSIT),
        }
    }

    /// When it left in a way that may lead to another queue.
    pub(crate) fn moved_on(&self) -> Option<Time> {
        match (self.end, self.talk_end) {
            (Some((at, End::Exited(_))), _) | (_, Some((at, true))) => Some(at),
            _ => None,
        }
    }

    /// The talk: from, to.
    pub(crate) fn talk(&self) -> Option<(Time, Time)> {
        match (self.end, self.talk_end) {
            (Some((from, End::Answered { .. })), Some((to, _))) => Some((from, to)),
            _ => None,
        }
    }

    pub(crate) fn held(&self) -> bool {
        self.talks() && self.holds.last().is_some_and(|(_, to)| to.is_none())
    }

    /// Hold within a talk that is over.
    pub(crate) fn hold(&self) -> Span {
        let over = self.talk_end.map_or(Time::MIN, |(at, _)| at);
        self.holds.iter().map(|(from, to)| to.unwrap_or(over).since(*from)).sum()
    }
}

/// A ring that was not answered by the one rung at.
#[derive(Clone, Debug)]
pub(crate) struct Miss {
    pub(crate) at: Time,
    pub(crate) queue: String,
    pub(crate) agent: String,
}

/// All calls of the list.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// Legs by call, in the order of joining.
    pub(crate) legs: BTreeMap<String, Vec<Leg>>,
    pub(crate) misses: Vec<Miss>,
}

impl Calls {
    /// The newest leg of a call in a queue that fits.
    fn leg(&mut self, call: &CallId, fits: impl Fn(&Leg) -> bool) -> Option<&mut Leg> {
        self.legs.get_mut(call.as_str())?.iter_mut().rev().find(|leg| fits(leg))
    }

    fn joined(&mut self, at: Time, call: &CallId, queue: &QueueId, detail: &JoinDetail) {
        if self.leg(call, |leg| leg.queue == queue.as_str() && leg.waits()).is_some() {
            return;
        }
        let legs = self.legs.entry(call.as_str().to_owned()).or_default();
        let goes_on = legs.last().filter(|last| last.goes_on_until().is_none_or(|until| at <= until));
        let first = goes_on.map_or(at, |last| last.first);
        legs.push(Leg {
            queue: queue.as_str().to_owned(),
            joined: at,
            first,
            caller: detail.caller.as_ref().map(|c| c.key),
            from_queue: detail.from_queue.as_ref().map(|q| q.as_str().to_owned()),
            end: None,
            talk_end: None,
            holds: Vec::new(),
            agent: None,
            rings: BTreeMap::new(),
        });
    }

    pub(crate) fn event(&mut self, at: Time, kind: &Kind) {
        match kind {
            Kind::CallJoined { call, queue, detail } => self.joined(at, call, queue, detail),
            Kind::CallRinging { call, queue, agent } => {
                if let Some(leg) = self.leg(call, |leg| leg.queue == queue.as_str() && leg.waits()) {
                    leg.rings.entry(agent.as_str().to_owned()).or_insert(at);
                }
            }
            Kind::CallNotAnswered { call, queue, agent, .. } => {
                if let Some(leg) = self.leg(call, |leg| leg.queue == queue.as_str() && leg.waits()) {
                    leg.rings.remove(agent.as_str());
                }
                self.misses.push(Miss { at, queue: queue.as_str().into(), agent: agent.as_str().into() });
            }
            Kind::CallAnswered { call, queue, agent } => {
                if let Some(leg) = self.leg(call, |leg| leg.queue == queue.as_str() && leg.waits()) {
                    let rang = leg.rings.get(agent.as_str()).map_or(Span::ZERO, |since| at.since(*since));
                    leg.end = Some((at, End::Answered { rang }));
                    leg.agent = Some(agent.as_str().to_owned());
                }
            }
            Kind::CallHeld { call, .. } => {
                if let Some(leg) = self.leg(call, Leg::talks)
                    && leg.holds.last().is_none_or(|(_, to)| to.is_some())
                {
                    leg.holds.push((at, None));
                }
            }
            Kind::CallRetrieved { call, .. } => {
                if let Some((_, to @ None)) = self.leg(call, Leg::talks).and_then(|leg| leg.holds.last_mut()) {
                    *to = Some(at);
                }
            }
            Kind::CallTransferred { call, queue, .. } | Kind::CallEnded { call, queue, .. } => {
                if let Some(leg) = self.leg(call, |leg| leg.queue == queue.as_str() && leg.talks()) {
                    leg.talk_end = Some((at, matches!(kind, Kind::CallTransferred { .. })));
                }
            }
            Kind::CallAbandoned { call, queue } => {
                if let Some(leg) = self.leg(call, |leg| leg.queue == queue.as_str() && leg.waits()) {
                    leg.end = Some((at, End::Abandoned));
                }
            }
            Kind::CallExited { call, queue, why } => {
                if let Some(leg) = self.leg(call, |leg| leg.queue == queue.as_str() && leg.waits()) {
                    leg.end = Some((at, End::Exited(*why)));
                }
            }
            _ => {}
        }
    }
}

/// What a scope makes of one call: a leg in a queue, a call above.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) joined: Time,
    /// First join anywhere since the call last left.
    pub(crate) first_anywhere: Time,
    pub(crate) within: Span,
    pub(crate) caller: Option<CallerKey>,
    pub(crate) end: Option<(Time, End)>,
    /// In a queue: it came from another, and when it left for another.
    pub(crate) moved_in: bool,
    pub(crate) moved_out: Option<Time>,
    /// Answered here, and waiting again.
    pub(crate) waits_again: bool,
}

impl Visit {
    pub(crate) fn waits(&self) -> bool {
        self.end.is_none()
    }

    pub(crate) fn wait(&self) -> Option<Span> {
        self.end.map(|(at, _)| at.since(self.joined))
    }
}

/// A call that exited may join another queue of the scope this long after and has not left (DESIGN.md).
pub(crate) const TRANSIT: Span = Span::from_secs(10);
/// A join within that time may be told so much later (`feed.reorder`); until then the call may not have left.
pub(crate) const REORDER: Span = Span::from_secs(2);

/// Legs of one queue, each a visit of its own.
pub(crate) fn visits_of_queue(calls: &Calls, queue: &str, within: Span) -> Vec<Visit> {
    let mut visits = Vec::new();
    for legs in calls.legs.values() {
        for leg in legs.iter().filter(|leg| leg.queue == queue) {
            let elsewhere = |other: &&Leg| other.queue != leg.queue;
            let left = match leg.end {
                Some((at, End::Exited(_))) => Some(at),
                _ => None,
            };
            let goes_on = |at: Time, other: &Leg| other.joined >= at && other.joined.since(at) <= TRANSIT;
            visits.push(Visit {
                joined: leg.joined,
                first_anywhere: leg.first,
                within,
                caller: leg.caller,
                end: leg.end,
                moved_in: leg.from_queue.is_some()
                    || legs.iter().filter(elsewhere).any(|other| other.moved_on().is_some_and(|at| goes_on(at, leg))),
                moved_out: left.filter(|at| legs.iter().filter(elsewhere).any(|other| goes_on(*at, other))),
                waits_again: false,
            });
        }
    }
    visits
}

/// Calls of a scope above queues, as they stand at `now`.
pub(crate) fn visits_above(
    calls: &Calls,
    inside: impl Fn(&str) -> bool,
    within: impl Fn(&str) -> Span,
    now: Time,
) -> Vec<Visit> {
    let mut visits = Vec::new();
    for legs in calls.legs.values() {
        let mut open: Option<Visit> = None;
        let mut may_go_on: Option<Time> = None;
        for leg in legs {
            if !inside(&leg.queue) {
                // It exited and went somewhere else: it has left.
                if open.as_ref().is_some_and(|v| matches!(v.end, Some((at, End::Exited(_))) if leg.joined >= at)) {
                    visits.extend(open.take());
                }
                continue;
            }
            if may_go_on.is_some_and(|until| leg.joined > until) {
                visits.extend(open.take());
            }
            let visit = open.get_or_insert_with(|| Visit {
                joined: leg.joined,
                first_anywhere: leg.first,
                within: within(&leg.queue),
                caller: leg.caller,
                end: None,
                moved_in: false,
                moved_out: None,
                waits_again: false,
            });
            let answered = matches!(visit.end, Some((_, End::Answered { .. })));
            visit.waits_again = answered && leg.waits();
            if !answered {
                visit.end = leg.end;
            }
            may_go_on = leg.goes_on_until();
        }
        if let Some(mut visit) = open {
            // An exit is known to have left the scope only when nothing followed in time.
            if let Some((at, End::Exited(_))) = visit.end
                && now <= at + TRANSIT + REORDER
            {
                visit.end = None;
            }
            visits.push(visit);
        }
    }
    visits
}
