//! What happens in a row, step by step, and the event of each step.

use super::row::{Exit, Extra, Row};
use crate::model::{
    AgentId, AgentState, AgentStateEvent, CallId, Direction, EndedBy, Event, Evidence, JoinDetail, Kind, Label,
    QueueId, Span, StateMore, Time, TransferKind,
};

/// The steps of a row in their order; at one instant too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Joined,
    Ringing,
    Answered,
    Held,
    Retrieved,
    Transferred,
    Ended,
    AfterCall,
    Tagged,
}

const ALL: [Step; 9] = [
    Step::Joined,
    Step::Ringing,
    Step::Answered,
    Step::Held,
    Step::Retrieved,
    Step::Transferred,
    Step::Ended,
    Step::AfterCall,
    Step::Tagged,
];

impl Row {
    /// The first step and its instant.
    pub(super) fn first(&self) -> Option<(Time, Step)> {
        if self.way() == Direction::Internal { self.after(Step::Joined) } else { Some((self.joined, Step::Joined)) }
    }

    /// The step after `step` and its instant.
    pub(super) fn after(&self, step: Step) -> Option<(Time, Step)> {
        if self.extra.is_none() {
            return match (step, self.answered) {
                (Step::Joined, Some(answered)) => Some((answered, Step::Answered)),
                (Step::Joined, None) | (Step::Answered, _) => self.end.map(|end| (end, Step::Ended)),
                _ => None,
            };
        }
        ALL.into_iter().filter(|s| *s > step).find_map(|s| self.instant(s).map(|at| (at, s)))
    }

    fn instant(&self, step: Step) -> Option<Time> {
        let extra = self.extra.as_deref()?;
        let incoming = self.way() == Direction::In;
        match step {
            Step::Joined => Some(self.joined),
            Step::Ringing if incoming => {
                // Of a call that was not answered, the ring it left in, where the row names the agent.
                let end = self.answered.or(self.end.filter(|_| self.agent != NOBODY))?;
                let ring = extra.ring.filter(|ring| *ring > Span::ZERO)?;
                Some((end - ring).max(self.joined))
            }
            Step::Answered => self.answered,
            Step::Held => {
                let hold = extra.hold.filter(|hold| *hold > Span::ZERO)?;
                Some((self.end? - hold).max(self.answered?))
            }
            Step::Retrieved => extra.hold.filter(|hold| *hold > Span::ZERO).and(self.answered).and(self.end),
            Step::Transferred if incoming => extra.transferred_to.as_ref().and(self.answered).and(self.end),
            Step::Ended => self.end,
            Step::AfterCall => extra.after_call.filter(|a| *a > Span::ZERO).and(self.answered).and(self.end),
            Step::Tagged => extra.outcome.as_ref().map(|_| self.end.or(self.answered).unwrap_or(self.joined)),
            Step::Ringing | Step::Transferred => None,
        }
    }

    fn way(&self) -> Direction {
        self.extra.as_ref().and_then(|e| e.direction).unwrap_or(Direction::In)
    }

    /// The event of `step`, at `at`.
    pub(super) fn event(&self, step: Step, at: Time, queue: &QueueId, agent: &AgentId) -> Event {
        static NONE: Extra = Extra {
            caller: None,
            line: None,
            area: None,
            menu: None,
            direction: None,
            ring: None,
            hold: None,
            after_call: None,
            transferred_to: None,
            outcome: None,
        };
        let extra = self.extra.as_deref().unwrap_or(&NONE);
        let (call, queue, agent) = (self.call.clone(), queue.clone(), agent.clone());
        let way = self.way();
        let mut evidence = Evidence::Reported;
        let kind = match step {
            Step::Joined if way == Direction::Out => Kind::CallDialled { call, agent, number: extra.caller.clone() },
            Step::Joined => Kind::CallJoined { call, queue, detail: detail(extra) },
            Step::Ringing => Kind::CallRinging { call, queue, agent },
            Step::Answered => match way {
                Direction::In => Kind::CallAnswered { call, queue, agent },
                Direction::Out => Kind::CallConnected { call, agent, number: extra.caller.clone() },
                Direction::Internal => state(
                    AgentStateEvent { direction: Some(way), ..AgentStateEvent::new(agent, AgentState::Talking) },
                    call,
                    None,
                ),
            },
            // The row tells how long the caller was held in all, not when: it stands at the end of the talk.
            Step::Held => {
                evidence = Evidence::Derived;
                Kind::CallHeld { call, agent: Some(agent) }
            }
            Step::Retrieved => {
                evidence = Evidence::Derived;
                Kind::CallRetrieved { call, agent: Some(agent) }
            }
            Step::Transferred => {
                let to = extra.transferred_to.clone();
                Kind::CallTransferred { call, queue, agent, kind: TransferKind::Blind, to }
            }
            Step::Ended => match (way, self.exit) {
                (Direction::Internal, _) => {
                    evidence = Evidence::Derived;
                    state(AgentStateEvent::new(agent, AgentState::Ready), call, None)
                }
                (Direction::Out, _) | (_, Exit::Answered) => {
                    let by = if extra.transferred_to.is_some() { EndedBy::Agent } else { EndedBy::System };
                    Kind::CallEnded { call, queue, agent, by, cause: None }
                }
                (_, Exit::Exited(why)) => Kind::CallExited { call, queue, why },
                (_, Exit::Abandoned) => Kind::CallAbandoned { call, queue },
                (_, Exit::Left | Exit::Open) => {
                    evidence = Evidence::Derived;
                    Kind::CallAbandoned { call, queue }
                }
            },
            Step::AfterCall => {
                let event = AgentStateEvent {
                    queue: Some(queue).filter(|q| !q.is_empty()),
                    direction: Some(way),
                    ..AgentStateEvent::new(agent, AgentState::AfterCall)
                };
                state(event, call, extra.after_call.map(|length| at + length))
            }
            Step::Tagged => {
                let outcome = extra.outcome.clone().unwrap_or_default();
                Kind::CallTagged { call, tags: vec![(Label::new("outcome"), outcome)] }
            }
        };
        Event::new(kind).at(Some(at)).with_evidence(evidence)
    }
}

/// The place of the empty name in the table of agents.
pub(super) const NOBODY: u32 = 0;

fn detail(extra: &Extra) -> Box<JoinDetail> {
    Box::new(JoinDetail {
        caller: extra.caller.clone(),
        line: extra.line.clone(),
        area: extra.area.clone(),
        menu: extra.menu.clone(),
        ..JoinDetail::default()
    })
}

fn state(event: AgentStateEvent, call: CallId, until: Option<Time>) -> Kind {
    Kind::AgentState(event.with(StateMore { call: Some(call), until, approved_by: None }))
}
