//! The simulation's facts as lines of the public event model (DESIGN.md): one JSON object an event.

use serde::Serialize;

use super::scenario::{Scenario, Text};
use super::sim::{CallReason, Fact, JoinFact, NotReadyReason, SimEvent, StateFact};
use crate::config::Lang;
use crate::model::{Span, Time};

/// Made-up blocks of numbers callers have.
const BLOCKS: [u32; 8] =
    [13_800_000, 13_900_000, 13_700_000, 13_600_000, 13_500_000, 15_000_000, 18_600_000, 18_900_000];

/// One event on the wire: wide, with what does not apply left out.
#[derive(Debug, Default, Serialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    ts: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queues: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    menu: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_queue: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waited_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rang_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(rename = "kind", skip_serializing_if = "Option::is_none")]
    transfer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_use: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entered: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_queue: Option<u64>,
}

/// `tags` of `call.tagged`.
#[derive(Debug, Serialize)]
struct Tags<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<&'a str>,
    reason: &'a str,
    outcome: &'a str,
}

/// Writes facts in one language.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    lang: Lang,
    /// Before every id: tells this run from another.
    run: String,
    agents: Vec<Person>,
    approver: Text,
}

/// What is known of an agent.
#[derive(Clone, Debug)]
struct Person {
    id: String,
    name: String,
    team: usize,
    desk: String,
}

impl Writer {
    pub(super) fn new(scenario: &Scenario, lang: Lang, seed: u64, start: Time) -> Self {
        let mut agents = Vec::new();
        for (team, t) in scenario.teams().iter().enumerate() {
            for i in 0..t.agents + t.spare {
                let number = u64::from(t.first) + i as u64;
                let name = match lang {
                    Lang::ZhCn => format!("坐席 {number}"),
                    Lang::En => format!("Agent {number}"),
                };
                agents.push(Person { id: number.to_string(), name, team, desk: format!("{}-{:02}", t.desks, i + 1) });
            }
        }
        Self {
            lang,
            run: format!("{:x}.{seed:x}", start.second()),
            agents,
            approver: Text { zh: "班长".into(), en: "team lead".into() },
        }
    }

    /// A live event, with its id.
    pub(super) fn event(&self, scenario: &Scenario, event: &SimEvent) -> String {
        let id = format!("{}.{}", self.run, event.id);
        self.line(scenario, &event.fact, event.at, Some(id))
    }

    /// A row of the full state as it stands at an instant; rows have no id, since they repeat what was told before.
    pub(super) fn row(&self, scenario: &Scenario, fact: &Fact, at: Time) -> String {
        self.line(scenario, fact, at, None)
    }

    /// A mark: `feed.sync_begin`, `feed.sync_end`, `feed.heartbeat`.
    pub(super) fn mark(kind: &'static str, at: Time) -> String {
        text(&Wire { kind, ts: at.rfc3339(), ..Wire::default() })
    }

    fn line(&self, scenario: &Scenario, fact: &Fact, at: Time, id: Option<String>) -> String {
        let mut line = Wire { id, ts: at.rfc3339(), ..Wire::default() };
        match fact {
            Fact::Joined(..)
            | Fact::Ringing { .. }
            | Fact::NotAnswered { .. }
            | Fact::Abandoned { .. }
            | Fact::Exited { .. } => self.waiting(scenario, fact, &mut line),
            Fact::Answered { .. }
            | Fact::Held { .. }
            | Fact::Retrieved { .. }
            | Fact::Transferred { .. }
            | Fact::Ended { .. }
            | Fact::Tagged { .. } => self.talking(scenario, fact, &mut line),
            Fact::SignedIn { agent } => {
                let person = self.agents.get(*agent);
                let team = person.and_then(|p| scenario.teams().get(p.team));
                line.kind = "agent.signed_in";
                line.agent = self.agent(*agent);
                line.name = person.map(|p| p.name.clone());
                line.team = team.map(|t| t.name.of(self.lang));
                line.desk = person.map(|p| p.desk.clone());
                line.queues = team.map(|t| t.skills.as_slice());
            }
            Fact::SignedOut { agent } => {
                line.kind = "agent.signed_out";
                line.agent = self.agent(*agent);
            }
            Fact::State(state) => self.state(scenario, state, &mut line),
            Fact::Observed { .. } | Fact::Refused { .. } | Fact::LineState { .. } | Fact::IvrCount { .. } => {
                self.counted(scenario, fact, &mut line);
            }
        }
        text(&line)
    }

    fn waiting<'a>(&'a self, scenario: &'a Scenario, fact: &Fact, line: &mut Wire<'a>) {
        match fact {
            Fact::Joined(join) => self.join(scenario, join, line),
            Fact::Ringing { call, queue, agent } => {
                line.kind = "call.ringing";
                self.place(scenario, line, *call, *queue, Some(*agent));
            }
            Fact::NotAnswered { call, queue, agent, rang, why } => {
                line.kind = "call.not_answered";
                self.place(scenario, line, *call, *queue, Some(*agent));
                line.rang_s = Some(rang.secs());
                line.why = Some(why.word());
            }
            Fact::Abandoned { call, queue } => {
                line.kind = "call.abandoned";
                self.place(scenario, line, *call, *queue, None);
            }
            Fact::Exited { call, queue, why } => {
                line.kind = "call.exited";
                self.place(scenario, line, *call, *queue, None);
                line.why = Some(why.word());
            }
            _ => {}
        }
    }

    fn talking<'a>(&'a self, scenario: &'a Scenario, fact: &Fact, line: &mut Wire<'a>) {
        match fact {
            Fact::Answered { call, queue, agent } => {
                line.kind = "call.answered";
                self.place(scenario, line, *call, *queue, Some(*agent));
            }
            Fact::Held { call, agent } | Fact::Retrieved { call, agent } => {
                let held = matches!(fact, Fact::Held { .. });
                line.kind = if held { "call.held" } else { "call.retrieved" };
                line.call = Some(call_id(*call));
                line.agent = self.agent(*agent);
            }
            Fact::Transferred { call, queue, agent, kind, to } => {
                line.kind = "call.transferred";
                self.place(scenario, line, *call, *queue, Some(*agent));
                line.transfer = Some(kind.word());
                line.to = queue_id(scenario, *to);
            }
            Fact::Ended { call, queue, agent, by } => {
                line.kind = "call.ended";
                self.place(scenario, line, *call, *queue, Some(*agent));
                line.by = Some(by.word());
            }
            Fact::Tagged { call, area, reason, outcome, queue } => {
                line.kind = "call.tagged";
                line.call = Some(call_id(*call));
                let outcomes = scenario.queues().get(*queue).map(|q| q.outcomes.as_slice()).unwrap_or_default();
                line.tags = Some(Tags {
                    area: area.and_then(|a| self.area(scenario, a)),
                    reason: self.call_reason(scenario, *reason),
                    outcome: outcomes.get(*outcome).map_or("", |o| o.word.as_str()),
                });
            }
            _ => {}
        }
    }

    fn counted<'a>(&'a self, scenario: &'a Scenario, fact: &Fact, out: &mut Wire<'a>) {
        match fact {
            Fact::Observed { queue, waiting, oldest } => {
                out.kind = "queue.observed";
                out.queue = queue_id(scenario, *queue);
                out.waiting = Some(*waiting);
                out.oldest_s = oldest.map(Span::secs);
            }
            Fact::Refused { line, queue, why } => {
                out.kind = "door.refused";
                out.line = scenario.lines().get(*line).map(|l| l.number.as_str());
                out.queue = queue_id(scenario, *queue);
                out.why = Some(why.word());
            }
            Fact::LineState { line, in_use, blocked } => {
                let known = scenario.lines().get(*line);
                out.kind = "line.state";
                out.line = known.map(|l| l.number.as_str());
                out.in_use = Some(*in_use);
                out.capacity = known.map(|l| l.capacity);
                out.blocked = (*blocked > 0).then_some(*blocked);
            }
            Fact::IvrCount { menu, entered, left, to_queue } => {
                out.kind = "ivr.count";
                out.menu = self.menu(scenario, *menu);
                out.entered = Some(*entered);
                out.left = Some(*left);
                out.to_queue = Some(*to_queue);
            }
            _ => {}
        }
    }

    fn join<'a>(&'a self, scenario: &'a Scenario, join: &JoinFact, line: &mut Wire<'a>) {
        line.kind = "call.joined";
        self.place(scenario, line, join.call, join.queue, None);
        line.caller = Some(number(join.caller));
        line.line = scenario.lines().get(join.line).map(|l| l.number.as_str());
        line.area = join.area.and_then(|a| self.area(scenario, a));
        line.menu = self.menu(scenario, join.menu);
        line.priority = (join.priority != 0).then_some(join.priority);
        line.position = Some(join.position);
        line.from_queue = join.from_queue.and_then(|q| queue_id(scenario, q));
        line.waited_s = join.waited.map(Span::secs);
    }

    fn state<'a>(&'a self, scenario: &'a Scenario, state: &StateFact, line: &mut Wire<'a>) {
        line.kind = "agent.state";
        line.agent = self.agent(state.agent);
        line.state = Some(state.state.word());
        line.reason = match state.reason {
            Some(NotReadyReason::Away(kind)) => scenario.aways().get(kind).map(|a| a.reason.of(self.lang)),
            Some(NotReadyReason::NoAnswer) => Some(scenario.behaviour().no_answer_reason.of(self.lang)),
            None => None,
        };
        line.since = state.since.map(Time::rfc3339);
        line.call = state.call.map(call_id);
        line.direction = state.call.map(|_| "in");
        line.until = state.until.map(Time::rfc3339);
        line.approved_by = state.approved.then(|| self.approver.of(self.lang));
    }

    fn place<'a>(&self, scenario: &'a Scenario, line: &mut Wire<'a>, call: u64, queue: usize, agent: Option<usize>) {
        line.call = Some(call_id(call));
        line.queue = queue_id(scenario, queue);
        line.agent = agent.and_then(|a| self.agent(a));
    }

    fn agent(&self, agent: usize) -> Option<String> {
        self.agents.get(agent).map(|p| p.id.clone())
    }

    fn area<'a>(&self, scenario: &'a Scenario, area: usize) -> Option<&'a str> {
        scenario.areas().get(area).map(|a| a.name.of(self.lang))
    }

    fn menu<'a>(&self, scenario: &'a Scenario, menu: usize) -> Option<&'a str> {
        scenario.menus().get(menu).map(|m| m.name.of(self.lang))
    }

    fn call_reason<'a>(&self, scenario: &'a Scenario, reason: CallReason) -> &'a str {
        let text = match reason {
            CallReason::Of { queue, reason } => {
                scenario.queues().get(queue).and_then(|q| q.reasons.get(reason)).map(|r| &r.name)
            }
            CallReason::Trouble(i) => scenario.disturbances().get(i).and_then(|d| d.reason.as_ref()),
        };
        text.map_or("", |t| t.of(self.lang))
    }
}

fn queue_id(scenario: &Scenario, queue: usize) -> Option<&str> {
    scenario.queues().get(queue).map(|q| q.id.as_str())
}

fn call_id(call: u64) -> String {
    format!("c{call:06}")
}

/// A made-up number; the last four digits are spread so that neighbours in time do not look alike.
fn number(caller: u32) -> String {
    let block = BLOCKS[caller as usize % BLOCKS.len()];
    let last = (u64::from(caller / 8) * 7919 + 1234) % 10_000;
    format!("{}", u64::from(block) * 1000 + last)
}

fn text(line: &Wire<'_>) -> String {
    // Strings, numbers and a fixed shape: there is nothing in it that JSON could not hold.
    serde_json::to_string(line).unwrap_or_default()
}
