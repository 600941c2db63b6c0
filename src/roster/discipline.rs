//! Floor discipline watched live: who was expected, what is marked, who rests, what the floor does all at once. Fed once
//! a second of event time and with what leads do; the same calls give the same view.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::attendance::{Attendance, Presence, Seen, Teams};
use super::bursts::{Drops, FloorAlert, SignOuts, dropped};
use super::call_in::{CalledIn, call_in_list};
use super::history::{History, PersonNow};
use super::marks::{Case, Correction, Mark, Rule, absent, is_meal, late, marks, unsettled};
use super::movable::movable;
use super::plan::Plan;
use super::rests::{Rests, Wish};
use super::view::{FloorView, PersonMarks};
use crate::config::{CallInRules, DisciplineRules, Settings};
use crate::model::{FloorAct, FloorCommand, Label, Span, Time};

/// People called in are kept this long.
const CALLED_KEPT: Span = Span::from_secs(86_400);
/// A planned end so near makes a sign-out no matter.
const NEAR_END: Span = Span::from_secs(600);

/// The rules of the floor and what they look back on.
#[derive(Clone, Debug)]
pub struct Discipline {
    rules: DisciplineRules,
    call_in: CallInRules,
    zone: TimeZone,
    plan: Arc<Plan>,
    histories: Vec<History>,
    /// Of each place in the plan, the person of the floor.
    floor_of: Vec<Option<usize>>,
    attendance: Attendance,
    rests: Rests,
    corrections: HashMap<(Label, Rule), Correction>,
    called: Vec<CalledIn>,
    sign_outs: SignOuts,
    drops: Drops,
    marked: Vec<PersonMarks>,
    alerts: Vec<FloorAlert>,
    presence: (Presence, Teams),
}

impl Discipline {
    /// Nobody seen yet.
    #[must_use]
    pub fn new(settings: &Settings, plan: Arc<Plan>) -> Self {
        let mut new = Self {
            rules: settings.discipline.clone(),
            call_in: settings.call_in.clone(),
            zone: settings.site.time_zone.clone(),
            plan: Arc::default(),
            histories: Vec::new(),
            floor_of: Vec::new(),
            attendance: Attendance::default(),
            rests: Rests::default(),
            corrections: HashMap::new(),
            called: Vec::new(),
            sign_outs: SignOuts::default(),
            drops: Drops::default(),
            marked: Vec::new(),
            alerts: Vec::new(),
            presence: (Presence::default(), Teams::new()),
        };
        new.set_plan(plan);
        new
    }

    /// Another plan takes the place of the one in force.
    pub fn set_plan(&mut self, plan: Arc<Plan>) {
        self.plan = plan;
        self.attendance = Attendance::default();
        self.histories.iter_mut().for_each(|h| h.planned = None);
    }

    /// The plan in force.
    #[must_use]
    pub const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Whether there is anything to do each second.
    #[must_use]
    pub fn idle(&self) -> bool {
        !self.rules.on
    }

    /// A talk ended.
    pub fn talk_ended(&mut self, at: Time, talk: Span, by_system: bool, transfer: bool) {
        self.drops.ended(at, dropped(talk, by_system, transfer, &self.rules));
    }

    /// A second that ends at `now`. `people` are in the floor's order, which never changes; `blind`: some feed is not live,
    /// so that somebody never seen may be there all the same; `surge`: one stands.
    pub fn second(&mut self, now: Time, people: &[PersonNow<'_>], blind: bool, surge: bool) {
        if self.idle() {
            return;
        }
        let date = now.to_jiff().to_zoned(self.zone.clone()).date();
        self.floor_of = vec![None; self.plan.people().len()];
        let unseen = if blind { Seen::Unknown } else { Seen::Out };
        let mut seen = vec![None; self.plan.people().len()];
        let mut signed_in = 0;
        for (ix, person) in people.iter().enumerate() {
            if ix == self.histories.len() {
                self.histories.push(History::new(now, person));
            }
            let Some(history) = self.histories.get_mut(ix) else { continue };
            if history.planned.is_none() {
                history.planned = place(&self.plan, person);
            }
            let planned = history.planned.and_then(|at| self.plan.people().get(at));
            let on_break = planned.and_then(|p| p.shift_at(now)).is_some_and(|s| s.break_at(now).is_some());
            let rests = person.rests() && !on_break && !is_meal(person.reason, &self.rules);
            let turned = history.second(now, person, planned, rests, date);
            signed_in += u32::from(person.state.signed_in());
            let ends_soon = planned.is_some_and(|p| p.shift_at(now).is_none_or(|s| s.end - now <= NEAR_END));
            if turned.out && !on_break && !ends_soon {
                self.sign_outs.out(now, ix);
            }
            if let Some(at) = history.planned {
                let is = seen_of(person);
                if let Some(place) = seen.get_mut(at) {
                    *place = Some((*place).map_or(is, |known| more(known, is)));
                }
                if let Some(place) = self.floor_of.get_mut(at)
                    && (place.is_none() || person.state.signed_in())
                {
                    *place = Some(ix);
                }
            }
            if rests {
                self.rests.begun(&Label::new(person.id.as_str()));
            }
        }
        let seen: Vec<Seen> = seen.into_iter().map(|s| s.unwrap_or(unseen)).collect();
        self.attendance.second(now, &self.plan, &seen);
        let (within, absent_after) = (self.rules.sign_in_within, self.rules.absent_after);
        self.presence = self.attendance.presence(now, &self.plan, within, absent_after);
        self.mark(now, people, surge);
        let out = |ix: usize| people.get(ix).is_some_and(|p| p.state == crate::model::AgentState::SignedOut);
        let burst = self.sign_outs.second(now, signed_in, &self.rules, out);
        self.alerts = [burst, self.drops.second(now, &self.rules)].into_iter().flatten().collect();
        self.called.retain(|c| now - c.at <= CALLED_KEPT);
    }

    /// Every mark that stands now.
    fn mark(&mut self, now: Time, people: &[PersonNow<'_>], surge: bool) {
        let mut marked = Vec::new();
        for (ix, person) in people.iter().enumerate() {
            let Some(case) = self.case(ix, person, now, surge) else { continue };
            if let Some(run) = case.run
                && unsettled(&case)
                && case.history.unsettled.is_none_or(|(start, _)| start != run.start)
            {
                let at = (run.start, person.since.max(run.start).min(now));
                if let Some(history) = self.histories.get_mut(ix) {
                    history.unsettled = Some(at);
                }
            }
            let Some(case) = self.case(ix, person, now, surge) else { continue };
            let found = marks(&case);
            if !found.is_empty() {
                let planned = case.history.planned.and_then(|at| self.plan.people().get(at));
                let team = person.team.cloned().or_else(|| planned.and_then(|p| p.team.clone()));
                marked.push(PersonMarks {
                    feed: Some(person.feed.clone()),
                    id: Some(person.id.clone()),
                    name: person.shown(),
                    team,
                    marks: found,
                });
            }
        }
        self.mark_unseen(now, &mut marked);
        self.mark_quota(people, &mut marked);
        self.correct(&mut marked);
        self.marked = marked;
    }

    /// What a person is judged by; of one person on several feeds only the one signed in is.
    fn case<'a>(&'a self, ix: usize, person: &'a PersonNow<'a>, now: Time, surge: bool) -> Option<Case<'a>> {
        let history = self.histories.get(ix)?;
        if history.planned.is_some_and(|at| self.floor_of.get(at) != Some(&Some(ix))) {
            return None;
        }
        let run = history.planned.and_then(|at| self.attendance.run(at));
        let planned = history.planned.and_then(|at| self.plan.people().get(at));
        let on_break = planned.and_then(|p| p.shift_at(now)).is_some_and(|s| s.break_at(now).is_some());
        Some(Case { now, rules: &self.rules, person, history, run, on_break, surge })
    }

    /// People of the plan the floor has never seen.
    fn mark_unseen(&self, now: Time, marked: &mut Vec<PersonMarks>) {
        for (at, planned) in self.plan.people().iter().enumerate() {
            if self.floor_of.get(at).is_some_and(Option::is_some) {
                continue;
            }
            let run = self.attendance.run(at);
            let found: Vec<Mark> =
                [late(now, run, &self.rules), absent(now, run, &self.rules)].into_iter().flatten().collect();
            if !found.is_empty() {
                marked.push(PersonMarks {
                    feed: None,
                    id: Some(crate::model::AgentId::new(planned.person.as_str())),
                    name: planned.shown().clone(),
                    team: planned.team.clone(),
                    marks: found,
                });
            }
        }
    }

    /// Of a team that rests beyond its quota, those who began last.
    fn mark_quota(&self, people: &[PersonNow<'_>], marked: &mut Vec<PersonMarks>) {
        let mut teams: HashMap<Label, Vec<&PersonNow<'_>>> = HashMap::new();
        for person in people.iter().filter(|p| p.rests() && !is_meal(p.reason, &self.rules)) {
            teams.entry(person.team.cloned().unwrap_or_default()).or_default().push(person);
        }
        for (team, mut resting) in teams {
            let quota = self.rests.quota(&team, &self.rules);
            resting.sort_by_key(|p| (p.since, p.id));
            let all = f64::from(u32::try_from(resting.len()).unwrap_or(u32::MAX));
            for person in resting.into_iter().skip(usize::try_from(quota).unwrap_or(usize::MAX)) {
                let mark = Mark::new(Rule::RestQuota, person.since, all, f64::from(quota));
                let known = marked
                    .iter_mut()
                    .find(|m| m.feed.as_ref() == Some(person.feed) && m.id.as_ref() == Some(person.id));
                match known {
                    Some(row) => row.marks.push(mark),
                    None => marked.push(PersonMarks {
                        feed: Some(person.feed.clone()),
                        id: Some(person.id.clone()),
                        name: person.shown(),
                        team: person.team.cloned(),
                        marks: vec![mark],
                    }),
                }
            }
        }
        marked.sort_by(|a, b| (&a.feed, &a.id).cmp(&(&b.feed, &b.id)));
    }

    /// Puts corrections to their marks; one whose mark is over is over as well.
    fn correct(&mut self, marked: &mut [PersonMarks]) {
        if self.corrections.is_empty() {
            return;
        }
        let mut stands = HashMap::new();
        for row in marked.iter_mut() {
            let Some(id) = &row.id else { continue };
            let person = Label::new(id.as_str());
            for mark in &mut row.marks {
                if let Some(correction) = self.corrections.remove(&(person.clone(), mark.rule)) {
                    mark.corrected = Some(correction.clone());
                    stands.insert((person.clone(), mark.rule), correction);
                }
            }
        }
        self.corrections = stands;
    }

    /// Does what a lead asked; not about lost callers and silences.
    ///
    /// # Errors
    /// A word of the locale: `no_such_person`, `no_such_mark`, `needs_note`, `rest_asked_already`, `no_such_wish`,
    /// `over_hours`.
    pub fn command(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        match command.act {
            FloorAct::Correct => self.correct_mark(command, now),
            FloorAct::RestAsk => {
                let (name, team) = self.named(&command.whom);
                self.rests.ask(Wish { person: command.whom.clone(), name, team, at: now })
            }
            FloorAct::RestDrop => self.rests.drop(&command.whom),
            FloorAct::RestQuota => {
                self.rests.set(&command.whom, command.count);
                Ok(())
            }
            FloorAct::DeskMove => {
                let at = self.marked_or_planned(&command.whom).ok_or("no_such_person")?;
                let history = self.histories.get_mut(at).ok_or("no_such_person")?;
                history.move_asked = Some(now);
                Ok(())
            }
            FloorAct::CallIn => self.call(command, now),
            _ => Err("not_of_the_floor"),
        }
    }

    fn correct_mark(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        let rule = Rule::from_word(command.what.as_str()).ok_or("no_such_mark")?;
        if command.note.is_empty() {
            return Err("needs_note");
        }
        let stands = self.marked.iter().any(|row| {
            row.id.as_ref().is_some_and(|id| id.as_str() == command.whom.as_str())
                && row.marks.iter().any(|m| m.rule == rule)
        });
        if !stands {
            return Err("no_such_mark");
        }
        let correction = Correction { by: command.by.clone(), note: command.note.clone(), at: now };
        self.corrections.insert((command.whom.clone(), rule), correction);
        let mut marked = std::mem::take(&mut self.marked);
        self.correct(&mut marked);
        self.marked = marked;
        Ok(())
    }

    fn call(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        let list = call_in_list(now, &self.plan, &self.call_in, |at| self.history_of(at));
        let found = list.into_iter().find(|c| c.person == command.whom).ok_or("no_such_person")?;
        if found.marked() && command.note.is_empty() {
            return Err("over_hours");
        }
        self.called.retain(|c| c.person != command.whom);
        self.called.push(CalledIn {
            person: found.person,
            name: found.name,
            at: now,
            by: command.by.clone(),
            due: now + found.arrives,
            reason: Some(command.note.clone()).filter(|n| !n.is_empty()),
        });
        Ok(())
    }

    fn history_of(&self, planned: usize) -> Option<&History> {
        self.histories.get((*self.floor_of.get(planned)?)?)
    }

    /// Name and team of somebody, where the plan knows.
    fn named(&self, person: &Label) -> (Label, Option<Label>) {
        let planned = self.plan.find(person.as_str()).and_then(|at| self.plan.people().get(at));
        planned.map_or_else(|| (person.clone(), None), |p| (p.shown().clone(), p.team.clone()))
    }

    fn marked_or_planned(&self, person: &Label) -> Option<usize> {
        *self.floor_of.get(self.plan.find(person.as_str())?)?
    }

    /// Alerts of the floor as a whole.
    #[must_use]
    pub fn alerts(&self) -> &[FloorAlert] {
        &self.alerts
    }

    /// Who was expected, of everybody or of a team.
    #[must_use]
    pub fn presence(&self, team: Option<&Label>) -> Presence {
        match team {
            None => self.presence.0,
            Some(team) => self.presence.1.get(team).copied().unwrap_or_default(),
        }
    }

    /// Teams with a shift that runs.
    pub fn teams(&self) -> impl Iterator<Item = &Label> {
        self.presence.1.keys()
    }

    /// How everything stands, but for lost callers. `people` as in [`Self::second`].
    #[must_use]
    pub fn view(&self, now: Time, people: &[PersonNow<'_>]) -> FloorView {
        let none = Label::default();
        let resting = people.iter().filter(|p| p.rests());
        let resting = resting.map(|p| (p.team.unwrap_or(&none), is_meal(p.reason, &self.rules)));
        let known = people.iter().filter(|p| p.state.signed_in()).filter_map(|p| p.team);
        FloorView {
            planned: !self.plan.is_empty(),
            all: self.presence.0,
            teams: self.presence.1.iter().map(|(team, presence)| (team.clone(), *presence)).collect(),
            marks: self.marked.clone(),
            rests: self.rests.teams(resting, known, &self.rules),
            movable: movable(now, people, &self.plan, &self.histories),
            call_in: call_in_list(now, &self.plan, &self.call_in, |at| self.history_of(at)),
            called: self.called.clone(),
            ..FloorView::default()
        }
    }
}

/// The place in the plan of a person of the floor: by id, by feed and id, by shown name.
fn place(plan: &Plan, person: &PersonNow<'_>) -> Option<usize> {
    if plan.is_empty() {
        return None;
    }
    plan.find(person.id.as_str())
        .or_else(|| plan.find(&format!("{}/{}", person.feed, person.id)))
        .or_else(|| plan.find(person.name?.as_str()))
}

fn seen_of(person: &PersonNow<'_>) -> Seen {
    match person.state {
        crate::model::AgentState::Unknown => Seen::Unknown,
        crate::model::AgentState::SignedOut => Seen::Out,
        _ if person.rests() => Seen::Resting,
        _ => Seen::In,
    }
}

/// Of what two feeds say of one person, what stands.
const fn more(a: Seen, b: Seen) -> Seen {
    match (a, b) {
        (Seen::In, _) | (_, Seen::In) => Seen::In,
        (Seen::Resting, _) | (_, Seen::Resting) => Seen::Resting,
        (Seen::Unknown, _) | (_, Seen::Unknown) => Seen::Unknown,
        _ => Seen::Out,
    }
}
