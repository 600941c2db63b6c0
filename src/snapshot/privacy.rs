//! People as they may appear (`privacy.mode`): by name, by a made-up name that stays the same, or only as teams.

use std::sync::Arc;

use super::{AgentView, Snapshot};
use crate::config::{PrivacyMode, PrivacyRules};
use crate::model::{AgentId, CallerHasher, Label};
use crate::roster::{FloorView, PersonMarks};

/// The snapshot as it may be shown; as it is in mode `named`.
#[must_use]
pub fn shown(mut snapshot: Snapshot, rules: &PrivacyRules, hasher: &CallerHasher) -> Snapshot {
    match rules.mode {
        PrivacyMode::Named => {}
        PrivacyMode::Pseudonym => {
            let agent = |a: &Arc<AgentView>| {
                let made = pseudonym(hasher, a.id.as_str());
                let id = AgentId::new(made.as_str());
                Arc::new(AgentView { name: made, id, desk: None, ..(**a).clone() })
            };
            snapshot.agents = snapshot.agents.iter().map(agent).collect();
            snapshot.floor = Arc::new(pseudonyms(&snapshot.floor, hasher));
        }
        PrivacyMode::Team => {
            snapshot.agents = Vec::new();
            snapshot.floor = Arc::new(teams_alone(&snapshot.floor, rules.team_min));
        }
    }
    snapshot
}

/// A made-up name: a keyed hash, so that who knows the ids cannot tell whose it is without the installation's key.
#[must_use]
pub fn pseudonym(hasher: &CallerHasher, id: &str) -> Label {
    // Ids of one letter are ids as well.
    let caller = hasher.caller(&format!("person{id}"));
    caller.map_or_else(Label::default, |c| Label::new(&format!("P-{:06X}", c.key.value() & 0xff_ffff)))
}

fn pseudonyms(floor: &FloorView, hasher: &CallerHasher) -> FloorView {
    let made = |id: &str| pseudonym(hasher, id);
    let mut floor = floor.clone();
    for row in &mut floor.marks {
        let name = row.id.as_ref().map(|id| made(id.as_str())).unwrap_or_default();
        *row = PersonMarks { id: Some(AgentId::new(name.as_str())), name, ..row.clone() };
    }
    for row in &mut floor.movable {
        row.name = made(row.id.as_str());
        row.id = AgentId::new(row.name.as_str());
        row.desk = None;
    }
    for row in &mut floor.call_in {
        row.person = made(row.person.as_str());
        row.name = row.person.clone();
    }
    for row in &mut floor.called {
        row.person = made(row.person.as_str());
        row.name = row.person.clone();
    }
    for (name, _) in floor.rests.iter_mut().flat_map(|r| &mut r.waiting) {
        *name = made(name.as_str());
    }
    floor
}

/// Teams of `least` people or more; nobody by themselves.
fn teams_alone(floor: &FloorView, least: u32) -> FloorView {
    let mut floor = floor.clone();
    floor.teams.retain(|(_, presence)| presence.expected >= least);
    let kept = |team: &Label| floor.teams.iter().any(|(t, _)| t == team);
    floor.rests.retain(|rests| kept(&rests.team));
    for (name, _) in floor.rests.iter_mut().flat_map(|r| &mut r.waiting) {
        *name = Label::default();
    }
    floor.marks.clear();
    floor.movable.clear();
    floor.call_in.clear();
    floor.called.clear();
    for lost in &mut floor.lost {
        (lost.assigned, lost.by) = (None, None);
    }
    floor
}
