//! The floor's people against plan and rules, and the callers lost: fed by the engine, shown by it.

use std::sync::Arc;

use super::books::Books;
use crate::config::Settings;
use crate::floor::{Fact, What};
use crate::model::{EndedBy, Envelope, FloorAct, FloorCommand, Kind, Label, Span, Time};
use crate::roster::{Discipline, FloorView, LostCallers, PersonNow, Plan};

/// Discipline and lost callers with their newest view.
#[derive(Debug)]
pub(super) struct People {
    pub discipline: Discipline,
    lost: LostCallers,
    view: Arc<FloorView>,
    /// The second the view stands for; `None` where it must be made anew.
    second: Option<i64>,
}

impl People {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            discipline: Discipline::new(settings, Arc::default()),
            lost: LostCallers::new(&settings.lost_callers),
            view: Arc::default(),
            second: None,
        }
    }

    pub(super) fn set_plan(&mut self, plan: Arc<Plan>) {
        self.discipline.set_plan(plan);
        self.second = None;
    }

    /// An event, before what came of it.
    pub(super) fn told(&mut self, envelope: &Envelope, at: Time) {
        if let Kind::CallJoined { queue, detail, .. } = &envelope.event.kind
            && let Some(caller) = &detail.caller
        {
            self.lost.joined(caller.key, &caller.masked, &Label::new(queue.as_str()), at);
        }
    }

    /// What came of an event, or of time passing.
    pub(super) fn take(&mut self, facts: &[Fact], of: Option<&Envelope>) {
        let by_system = of.is_some_and(|e| matches!(e.event.kind, Kind::CallEnded { by: EndedBy::System, .. }));
        for fact in facts.iter().filter(|f| f.scope == 0) {
            match fact.what {
                What::Gone { key, wait, short } => self.lost.lost(key, fact.at, wait, short),
                What::Answered { caller: Some(key), .. } => self.lost.met(key, fact.at, false),
                What::Met { key } => self.lost.met(key, fact.at, true),
                What::TalkEnded { talk, transfer, .. } => {
                    self.discipline.talk_ended(fact.at, talk, by_system, transfer);
                }
                _ => {}
            }
        }
    }

    /// A whole second. `waits`: the longest wait by scope of the floor.
    pub(super) fn second(&mut self, now: Time, books: &Books, waits: &[Span], blind: bool, surge: bool) {
        self.lost.second(now);
        if !self.discipline.idle() {
            let people = people(books, waits);
            self.discipline.second(now, &people, blind, surge);
        }
    }

    /// Does what a lead asked.
    pub(super) fn command(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        self.second = None;
        match command.act {
            FloorAct::LostAssign | FloorAct::LostCalled | FloorAct::LostDone => self.lost.command(command, now),
            _ => self.discipline.command(command, now),
        }
    }

    /// How everything stands; made once a second.
    pub(super) fn view(&mut self, now: Time, books: &Books) -> Arc<FloorView> {
        if self.second != Some(now.second()) {
            self.second = Some(now.second());
            let people = people(books, &[]);
            let mut view = self.discipline.view(now, &people);
            view.lost = self.lost.list();
            view.lost_totals = self.lost.totals();
            if *self.view != view {
                self.view = Arc::new(view);
            }
        }
        self.view.clone()
    }
}

fn people<'a>(books: &'a Books, waits: &[Span]) -> Vec<PersonNow<'a>> {
    let floor = books.floor();
    let one = |agent: &'a crate::floor::Agent| {
        let feed = floor.feed_of(agent)?;
        let wait = |q: &crate::floor::Queue| waits.get(q.scope as usize).copied();
        Some(PersonNow {
            feed: &feed.name,
            id: &agent.id,
            name: agent.name.as_ref(),
            team: agent.team.as_ref(),
            desk: agent.desk.as_ref(),
            state: agent.doing.state,
            since: agent.doing.since,
            reason: agent.doing.reason.as_ref(),
            class: agent.doing.class,
            direction: agent.doing.direction,
            call_waits: floor.places_of(agent).filter_map(wait).max().unwrap_or_default(),
        })
    };
    floor.agents().iter().filter_map(one).collect()
}
