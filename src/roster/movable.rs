//! Whom can I move now: people signed in whose work could wait, with what they can do.

use super::history::{History, PersonNow};
use super::plan::Plan;
use crate::model::{AgentId, AgentState, FeedId, Label, ReasonClass, Span, Time};

/// Somebody who could be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movable {
    /// The feed.
    pub feed: FeedId,
    /// The source's id.
    pub id: AgentId,
    /// Shown name.
    pub name: Label,
    /// Team.
    pub team: Option<Label>,
    /// What the person can do, as the plan words it.
    pub skills: Vec<Label>,
    /// Desk.
    pub desk: Option<Label>,
    /// What the person does.
    pub state: AgentState,
    /// Why, while not ready.
    pub class: Option<ReasonClass>,
    /// Since when.
    pub since: Time,
    /// Worked today, as far as seen.
    pub today: Span,
}

/// Everybody signed in who is not with a customer: ready first, then other work, training, rest; the longest in it first.
pub(super) fn movable(now: Time, people: &[PersonNow<'_>], plan: &Plan, histories: &[History]) -> Vec<Movable> {
    let rank = |p: &PersonNow<'_>| match (p.state, p.class) {
        (AgentState::Ready, _) => Some(0),
        (AgentState::NotReady, Some(ReasonClass::Work)) => Some(1),
        (AgentState::NotReady, Some(ReasonClass::Training)) => Some(2),
        (AgentState::NotReady, Some(ReasonClass::Other) | None) => Some(3),
        (AgentState::NotReady, Some(ReasonClass::Rest)) => Some(4),
        _ => None,
    };
    let mut found: Vec<(u8, Movable)> = Vec::new();
    for (person, history) in people.iter().zip(histories) {
        let Some(rank) = rank(person) else { continue };
        let planned = history.planned.and_then(|at| plan.people().get(at));
        let desk_planned = || planned.and_then(|p| p.shift_at(now)).and_then(|s| s.desk.clone());
        found.push((
            rank,
            Movable {
                feed: person.feed.clone(),
                id: person.id.clone(),
                name: person.shown(),
                team: person.team.cloned().or_else(|| planned.and_then(|p| p.team.clone())),
                skills: planned.map(|p| p.skills.clone()).unwrap_or_default(),
                desk: person.desk.cloned().or_else(desk_planned),
                state: person.state,
                class: person.class,
                since: person.since,
                today: history.today.all,
            },
        ));
    }
    found.sort_by(|(a, x), (b, y)| (a, x.since, &x.id).cmp(&(b, y.since, &y.id)));
    found.into_iter().map(|(_, movable)| movable).collect()
}
