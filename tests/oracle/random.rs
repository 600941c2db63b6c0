//! Small floors at random: settings, calls and people as they may really go.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use floorwatch::config::{QueueSettings, Settings, defaults};
use floorwatch::model::{
    AgentState, AgentStateEvent, CallId, Caller, CallerKey, EndedBy, Envelope, Event, EventId, ExitWhy, FeedId,
    JoinDetail, Kind, Label, MissWhy, QueueId, Span, Time, TransferKind,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::legs::Told;

/// Settings drawn, and the plans of calls and people.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) zone: &'static str,
    pub(crate) queue_zone: Option<&'static str>,
    pub(crate) start: Time,
    pub(crate) interval_min: u32,
    pub(crate) day_starts_s: u32,
    /// Group and T in seconds of each queue.
    pub(crate) queues: Vec<(Option<u8>, i64)>,
    pub(crate) calls: Vec<CallPlan>,
    pub(crate) people: Vec<PersonPlan>,
}

#[derive(Clone, Debug)]
pub(crate) struct CallPlan {
    start: i64,
    caller: Option<u8>,
    legs: Vec<LegPlan>,
    /// Places this call among others at the same instant.
    pub(crate) key: u32,
}

#[derive(Clone, Debug)]
struct LegPlan {
    queue: u8,
    /// Agent, after how long, for how long; all of them but the last end unanswered.
    rings: Vec<(u8, i64, i64)>,
    wait: i64,
    end: LegEnd,
    gap: i64,
    from_told: bool,
}

#[derive(Clone, Debug)]
enum LegEnd {
    Answered { agent: u8, rang: bool, talk: i64, holds: Vec<(i64, i64)>, transfer: bool, end_told: bool },
    Abandoned,
    Exited(ExitWhy),
    Waits,
}

#[derive(Clone, Debug)]
pub(crate) struct PersonPlan {
    start: i64,
    queues: u8,
    steps: Vec<(i64, Step)>,
}

#[derive(Clone, Debug)]
enum Step {
    SignIn,
    SignOut,
    Tell(Option<u8>, AgentState, u8),
    Join(u8),
    Leave(u8),
}

const SECOND: i64 = 1_000_000;
const REASONS: [&str; 3] = ["meal", "coaching", "odd"];

/// A length of time: whole seconds, the edges of the rules, fractions, now and then long.
fn span(longest_s: i64) -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => (0..40i64).prop_map(|s| s * SECOND),
        2 => prop::sample::select(vec![2 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND, 10 * SECOND + 1, 0, 4_999_999]),
        2 => 0..30 * SECOND,
        1 => (0..longest_s).prop_map(|s| s * SECOND),
    ]
}

fn leg(queues: u8) -> impl Strategy<Value = LegPlan> {
    let answered = (
        0..5u8,
        any::<bool>(),
        span(900),
        prop::collection::vec((span(60), span(60)), 0..3),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(agent, rang, talk, holds, transfer, end_told)| LegEnd::Answered {
            agent,
            rang,
            talk,
            holds,
            transfer,
            end_told,
        });
    let end = prop_oneof![
        4 => answered,
        2 => Just(LegEnd::Abandoned),
        3 => prop::sample::select(ExitWhy::ALL).prop_map(LegEnd::Exited),
        1 => Just(LegEnd::Waits),
    ];
    let rings = prop::collection::vec((0..5u8, span(30), span(20)), 0..3);
    (0..queues, rings, span(1500), end, span(1200), any::<bool>())
        .prop_map(|(queue, rings, wait, end, gap, from_told)| LegPlan { queue, rings, wait, end, gap, from_told })
}

fn step(queues: u8) -> impl Strategy<Value = Step> {
    let state = prop::sample::select(vec![
        AgentState::Ready,
        AgentState::NotReady,
        AgentState::AfterCall,
        AgentState::NotReady,
    ]);
    prop_oneof![
        1 => Just(Step::SignIn),
        1 => Just(Step::SignOut),
        5 => (prop::option::of(0..queues), state, 0..4u8).prop_map(|(q, s, r)| Step::Tell(q, s, r)),
        1 => (0..queues).prop_map(Step::Join),
        1 => (0..queues).prop_map(Step::Leave),
    ]
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    // Around midnight, around a change of the clock, around nothing.
    let place = prop::sample::select(vec![
        ("Europe/Berlin", "2026-03-29T00:40:00Z"),
        ("Europe/Berlin", "2026-10-25T00:20:00Z"),
        ("Europe/Berlin", "2026-06-10T21:40:00Z"),
        ("Asia/Shanghai", "2026-05-20T15:48:30.25Z"),
        ("Asia/Shanghai", "2026-05-20T02:03:00Z"),
        ("Asia/Kolkata", "2026-05-20T18:12:00Z"),
        ("Africa/Cairo", "2026-04-23T21:45:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T14:40:00Z"),
        ("America/New_York", "2026-11-01T05:40:00Z"),
    ]);
    let queues = prop::collection::vec((prop::option::of(0..2u8), prop::sample::select(vec![20i64, 20, 10, 60])), 1..5);
    let minutes = prop::sample::select(vec![5u32, 10, 15, 30, 60]);
    let day = prop::sample::select(vec![0u32, 5 * 3600, 22 * 3600, 2 * 3600 + 1800, 5 * 3600 + 900]);
    let queue_zone = prop::option::of(prop::sample::select(vec!["Asia/Kolkata", "Europe/Berlin", "America/New_York"]));
    (place, queue_zone, minutes, day, queues).prop_flat_map(
        |((zone, start), queue_zone, interval_min, day_starts_s, queues)| {
            let n = u8::try_from(queues.len()).unwrap();
            let call = (span(5400), prop::option::of(0..3u8), prop::collection::vec(leg(n), 1..4), any::<u32>())
                .prop_map(|(start, caller, legs, key)| CallPlan { start, caller, legs, key });
            let person = (span(300), any::<u8>(), prop::collection::vec((span(600), step(n)), 0..10))
                .prop_map(|(start, queues, steps)| PersonPlan { start, queues, steps });
            (prop::collection::vec(call, 0..10), prop::collection::vec(person, 0..5)).prop_map(
                move |(calls, people)| Plan {
                    zone,
                    queue_zone,
                    start: Time::parse(start).unwrap(),
                    interval_min,
                    day_starts_s,
                    queues: queues.clone(),
                    calls,
                    people,
                },
            )
        },
    )
}

fn queue_id(queue: u8) -> QueueId {
    QueueId::new(&format!("q{queue}"))
}

impl Plan {
    pub(crate) fn settings(&self) -> Arc<Settings> {
        let mut settings = defaults().unwrap();
        settings.site.time_zone = TimeZone::get(self.zone).unwrap();
        settings.figures.interval_min = self.interval_min;
        settings.figures.day_starts_s = self.day_starts_s;
        for (queue, (group, within)) in self.queues.iter().enumerate() {
            let mut rules = settings.queue_defaults.clone();
            rules.within = Span::from_secs(*within);
            let zone = self.queue_zone.filter(|_| queue == 0).map(|z| TimeZone::get(z).unwrap());
            settings.queues.push(QueueSettings {
                feed: None,
                id: queue_id(u8::try_from(queue).unwrap()),
                name: None,
                group: group.map(|g| Label::new(&format!("g{g}"))),
                line: None,
                time_zone: zone,
                rules,
            });
        }
        Arc::new(settings)
    }

    /// The same with no two events of one call or person at the same instant: out of order, nobody could tell theirs.
    pub(crate) fn told_apart(&self) -> Vec<Told> {
        let mut told = self.told();
        // The end that a transfer makes is at the transfer's very instant.
        let handed_on: Vec<(CallId, Time)> = told
            .iter()
            .filter_map(|t| match &t.kind {
                Kind::CallTransferred { call, .. } => Some((call.clone(), t.at)),
                _ => None,
            })
            .collect();
        told.retain(|t| !matches!(&t.kind, Kind::CallEnded { call, .. } if handed_on.contains(&(call.clone(), t.at))));
        let mut last: HashMap<String, (Time, Span)> = HashMap::new();
        let mut been: HashSet<(CallId, QueueId)> = HashSet::new();
        let mut hung_up: HashSet<CallId> = HashSet::new();
        let mut joined: HashMap<CallId, Time> = HashMap::new();
        let (tick, disorder) = (Span::from_micros(1), Span::from_micros(2_000_001));
        for t in &mut told {
            let (before, shift) = last.entry(whose(&t.kind)).or_insert((Time::MIN, Span::ZERO));
            let mut soonest = *before + tick;
            match &t.kind {
                Kind::CallJoined { call, queue, .. } => {
                    // Back in a queue it has been in, or after hanging up: only later than disorder lasts, or its stays
                    // could not be told apart. Two joins of a call are told in their order.
                    if !been.insert((call.clone(), queue.clone())) || hung_up.contains(call) {
                        soonest = *before + disorder;
                    }
                    let first = joined.entry(call.clone()).or_insert(Time::MIN);
                    soonest = soonest.max(*first + disorder);
                    *first = soonest.max(t.at + *shift);
                }
                Kind::CallAbandoned { call, .. } => {
                    hung_up.insert(call.clone());
                }
                _ => {}
            }
            let at = (t.at + *shift).max(soonest);
            *shift = at.since(t.at);
            *before = at;
            t.at = at;
        }
        told.sort_by_key(|t| t.at);
        told
    }

    /// Everything in order: by time, then by the call's key.
    pub(crate) fn told(&self) -> Vec<Told> {
        let mut all: Vec<(u32, Told)> = Vec::new();
        for (i, call) in self.calls.iter().enumerate() {
            all.extend(call.told(i, self.start).into_iter().map(|t| (call.key, t)));
        }
        for (i, person) in self.people.iter().enumerate() {
            all.extend(person.told(i, self.start, self.queues.len()).into_iter().map(|t| (u32::MAX / 2, t)));
        }
        all.sort_by_key(|(key, t)| (t.at, *key));
        all.into_iter().map(|(_, t)| t).collect()
    }
}

fn agent_id(agent: u8) -> floorwatch::model::AgentId {
    floorwatch::model::AgentId::new(&format!("a{agent}"))
}

impl CallPlan {
    fn told(&self, number: usize, start: Time) -> Vec<Told> {
        let call = floorwatch::model::CallId::new(&format!("c{number}"));
        let mut told = Vec::new();
        let mut t = start + Span::from_micros(self.start);
        let mut last: Option<(u8, Time)> = None;
        for plan in &self.legs {
            if last.is_some_and(|(queue, joined)| queue == plan.queue && joined == t) {
                t = t + Span::from_micros(1);
            }
            let queue = queue_id(plan.queue);
            let from_queue = last.filter(|(q, _)| plan.from_told && *q != plan.queue).map(|(q, _)| queue_id(q));
            last = Some((plan.queue, t));
            let caller =
                self.caller.map(|c| Caller { key: CallerKey::new(u64::from(c)), masked: String::new().into() });
            let detail = Box::new(JoinDetail { caller, from_queue, ..JoinDetail::default() });
            told.push(Told { at: t, kind: Kind::CallJoined { call: call.clone(), queue: queue.clone(), detail } });
            let end = t + Span::from_micros(plan.wait);
            let mut ring = t;
            for (agent, after, length) in &plan.rings {
                let (from, to) = (ring + Span::from_micros(*after), ring + Span::from_micros(after + length));
                if to >= end {
                    break;
                }
                ring = to;
                let agent = agent_id(*agent);
                told.push(Told {
                    at: from,
                    kind: Kind::CallRinging { call: call.clone(), queue: queue.clone(), agent: agent.clone() },
                });
                let miss = Kind::CallNotAnswered {
                    call: call.clone(),
                    queue: queue.clone(),
                    agent,
                    rang: None,
                    why: MissWhy::NoAnswer,
                };
                told.push(Told { at: to, kind: miss });
            }
            t = end;
            match &plan.end {
                LegEnd::Waits => {
                    let agent = agent_id(plan.queue);
                    told.push(Told { at: ring, kind: Kind::CallRinging { call, queue, agent } });
                    return told;
                }
                LegEnd::Abandoned => told.push(Told { at: t, kind: Kind::CallAbandoned { call: call.clone(), queue } }),
                LegEnd::Exited(why) => {
                    told.push(Told { at: t, kind: Kind::CallExited { call: call.clone(), queue, why: *why } });
                }
                LegEnd::Answered { agent, rang, talk, holds, transfer, end_told } => {
                    let agent = agent_id(*agent);
                    if *rang {
                        let kind = Kind::CallRinging { call: call.clone(), queue: queue.clone(), agent: agent.clone() };
                        told.push(Told { at: ring, kind });
                    }
                    told.push(Told {
                        at: t,
                        kind: Kind::CallAnswered { call: call.clone(), queue: queue.clone(), agent: agent.clone() },
                    });
                    let over = t + Span::from_micros(*talk);
                    let mut held = t;
                    for (after, length) in holds {
                        let (from, to) = (held + Span::from_micros(*after), held + Span::from_micros(after + length));
                        if from > over {
                            break;
                        }
                        told.push(Told { at: from, kind: Kind::CallHeld { call: call.clone(), agent: None } });
                        if to > over {
                            break;
                        }
                        told.push(Told {
                            at: to,
                            kind: Kind::CallRetrieved { call: call.clone(), agent: Some(agent.clone()) },
                        });
                        held = to;
                    }
                    t = over;
                    if *transfer {
                        let (call, queue, agent) = (call.clone(), queue.clone(), agent.clone());
                        told.push(Told {
                            at: t,
                            kind: Kind::CallTransferred { call, queue, agent, kind: TransferKind::Blind, to: None },
                        });
                    }
                    if !*transfer || *end_told {
                        told.push(Told {
                            at: t,
                            kind: Kind::CallEnded { call: call.clone(), queue, agent, by: EndedBy::Agent, cause: None },
                        });
                    }
                }
            }
            t = t + Span::from_micros(plan.gap);
        }
        told
    }
}

impl PersonPlan {
    fn told(&self, number: usize, start: Time, queues: usize) -> Vec<Told> {
        let agent = agent_id(u8::try_from(number).unwrap());
        let places: Vec<QueueId> =
            (0..u8::try_from(queues).unwrap()).filter(|q| self.queues & (1 << q) != 0).map(queue_id).collect();
        let sign_in =
            || Kind::AgentSignedIn { agent: agent.clone(), name: None, team: None, desk: None, queues: places.clone() };
        let mut at = start + Span::from_micros(self.start);
        let mut told = Vec::new();
        if self.queues & 128 == 0 {
            told.push(Told { at, kind: sign_in() });
        } else {
            for queue in &places {
                let (agent, queue) = (agent.clone(), queue.clone());
                told.push(Told { at, kind: Kind::AgentJoinedQueue { agent, queue, name: None } });
            }
        }
        for (after, step) in &self.steps {
            at = at + Span::from_micros(*after);
            let agent = agent.clone();
            let kind = match step {
                Step::SignIn => sign_in(),
                Step::SignOut => Kind::AgentSignedOut { agent },
                Step::Join(queue) => Kind::AgentJoinedQueue { agent, queue: queue_id(*queue), name: None },
                Step::Leave(queue) => Kind::AgentLeftQueue { agent, queue: queue_id(*queue) },
                Step::Tell(queue, state, reason) => Kind::AgentState(Box::new(AgentStateEvent {
                    agent,
                    queue: queue.map(queue_id),
                    state: *state,
                    reason: REASONS
                        .get(usize::from(*reason))
                        .filter(|_| *state == AgentState::NotReady)
                        .map(|r| Label::new(r)),
                    since: None,
                    direction: None,
                    call: None,
                    until: None,
                    approved_by: None,
                })),
            };
            told.push(Told { at, kind });
        }
        told
    }
}

/// The call or person an event is of.
fn whose(kind: &Kind) -> String {
    match kind {
        Kind::CallJoined { call, .. }
        | Kind::CallRinging { call, .. }
        | Kind::CallNotAnswered { call, .. }
        | Kind::CallAnswered { call, .. }
        | Kind::CallHeld { call, .. }
        | Kind::CallRetrieved { call, .. }
        | Kind::CallTransferred { call, .. }
        | Kind::CallEnded { call, .. }
        | Kind::CallAbandoned { call, .. }
        | Kind::CallExited { call, .. } => call.as_str().to_owned(),
        Kind::AgentSignedIn { agent, .. }
        | Kind::AgentSignedOut { agent }
        | Kind::AgentJoinedQueue { agent, .. }
        | Kind::AgentLeftQueue { agent, .. } => agent.as_str().to_owned(),
        Kind::AgentState(e) => e.agent.as_str().to_owned(),
        _ => String::new(),
    }
}

/// Told by one feed, received at `received`.
pub(crate) fn envelope(told: &Told, received: Time, seq: u64, id: Option<String>) -> Envelope {
    let mut event = Event::new(told.kind.clone()).at(Some(told.at));
    event.id = id.map(|id| EventId::new(&id));
    Envelope { feed: FeedId::new("a"), epoch: 1, seq, received_at: received, event }
}
