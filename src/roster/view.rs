//! The floor's people against plan and rules, as everyone sees them.

use super::attendance::Presence;
use super::call_in::{CallIn, CalledIn};
use super::lost::{LostCaller, LostTotals};
use super::marks::Mark;
use super::movable::Movable;
use super::rests::TeamRests;
use crate::model::{AgentId, FeedId, Label};

/// What is marked of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonMarks {
    /// The feed; `None` for somebody of the plan no feed has told of.
    pub feed: Option<FeedId>,
    /// The source's id, or the plan's word.
    pub id: Option<AgentId>,
    /// Shown name.
    pub name: Label,
    /// Team.
    pub team: Option<Label>,
    /// The marks, in the order of [`super::Rule`].
    pub marks: Vec<Mark>,
}

/// Everything the floor's rules say at an instant.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FloorView {
    /// There is a shift plan.
    pub planned: bool,
    /// Everybody expected.
    pub all: Presence,
    /// The same by team.
    pub teams: Vec<(Label, Presence)>,
    /// Who is marked.
    pub marks: Vec<PersonMarks>,
    /// Rests by team.
    pub rests: Vec<TeamRests>,
    /// Whom can be moved now.
    pub movable: Vec<Movable>,
    /// Whom to call in, in order.
    pub call_in: Vec<CallIn>,
    /// Who was called in during the last day.
    pub called: Vec<CalledIn>,
    /// Lost callers to call back, the unserved first.
    pub lost: Vec<LostCaller>,
    /// Their sums.
    pub lost_totals: LostTotals,
}

impl FloorView {
    /// The marks of a person.
    #[must_use]
    pub fn marks_of(&self, feed: &FeedId, id: &AgentId) -> &[Mark] {
        let found = self.marks.iter().find(|m| m.feed.as_ref() == Some(feed) && m.id.as_ref() == Some(id));
        found.map_or(&[], |m| &m.marks)
    }
}
