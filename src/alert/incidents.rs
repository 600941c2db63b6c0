//! The life of incidents: opened, taken, over, closed, and come back.

use std::sync::Arc;

use super::{AlertKind, IncidentState, IncidentView, SurgeWhy, TimelineEntry};
use crate::metrics::Scope;
use crate::model::{Command, Label, Span, Time};

/// What comes back within this time after its end is the same incident.
const RETURNS: Span = Span::from_secs(600);
/// Closed incidents are kept on the board this long.
const KEPT: Span = Span::from_secs(86_400);
/// Lines of a timeline; the oldest notes of the product itself give way first.
const LINES: usize = 500;

/// All incidents of the board, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents {
    list: Vec<Arc<IncidentView>>,
    opened: u64,
}

/// What an incident is about.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) kind: AlertKind,
    pub(super) scope: Scope,
    pub(super) name: Label,
    pub(super) why: Option<SurgeWhy>,
}

fn entry(
    at: Time,
    by: Option<&Label>,
    what: &'static str,
    text: Option<Label>,
    why: Option<SurgeWhy>,
) -> TimelineEntry {
    TimelineEntry { at, by: by.cloned(), what, text, why }
}

impl Incidents {
    /// Newest first.
    pub(super) fn views(&self) -> Vec<Arc<IncidentView>> {
        self.list.iter().rev().cloned().collect()
    }

    /// An alarm was raised: opens an incident, or the one that ended less than ten minutes ago again.
    /// `last` is the incident the same cause had before.
    pub(super) fn raise(&mut self, at: Time, about: &About, last: Option<u64>) -> u64 {
        if let Some(incident) = last.and_then(|id| self.get(id))
            && incident.resolved_at.or(incident.closed_at).is_some_and(|end| at - end <= RETURNS)
        {
            incident.state = if incident.owner.is_some() { IncidentState::Acknowledged } else { IncidentState::Open };
            incident.resolved_at = None;
            incident.closed_at = None;
            note(incident, entry(at, None, "returned", None, about.why));
            return incident.id;
        }
        self.opened = self.opened.saturating_add(1);
        let id = self.opened;
        self.list.push(Arc::new(IncidentView {
            id,
            kind: about.kind,
            scope: about.scope.clone(),
            name: about.name.clone(),
            state: IncidentState::Open,
            opened_at: at,
            why_raised: about.why,
            why: about.why,
            peak_ratio: about.why.map_or(0.0, |w| w.ratio()),
            owner: None,
            resolved_at: None,
            closed_at: None,
            timeline: vec![entry(at, None, "opened", None, about.why)],
        }));
        id
    }

    /// Another scope joined (`what` is `joined`) or left (`left`) the incident.
    pub(super) fn member(&mut self, id: u64, at: Time, what: &'static str, name: &Label, why: Option<SurgeWhy>) {
        if let Some(incident) = self.get(id) {
            note(incident, entry(at, None, what, Some(name.clone()), why));
        }
    }

    /// The root is now this scope, with these counts.
    pub(super) fn update(&mut self, id: u64, about: &About) {
        let Some(place) = self.list.iter_mut().find(|i| i.id == id) else { return };
        let peak = about.why.map_or(0.0, |w| w.ratio()).max(place.peak_ratio);
        if place.why != about.why || place.scope != about.scope {
            let incident = Arc::make_mut(place);
            incident.why = about.why;
            incident.peak_ratio = peak;
            incident.scope = about.scope.clone();
            incident.name = about.name.clone();
        }
    }

    /// What raised it is over.
    pub(super) fn resolve(&mut self, id: u64, at: Time) {
        if let Some(incident) = self.get(id)
            && incident.resolved_at.is_none()
        {
            incident.resolved_at = Some(at);
            if incident.state != IncidentState::Closed {
                incident.state = IncidentState::Resolved;
            }
            let why = incident.why;
            note(incident, entry(at, None, "resolved", None, why));
        }
    }

    /// Does what a person asked.
    pub(super) fn command(&mut self, command: &Command, now: Time) -> Result<(), &'static str> {
        let (Command::Ack { incident: id, by }
        | Command::Note { incident: id, by, .. }
        | Command::Close { incident: id, by }) = command
        else {
            return Err("not_of_an_incident");
        };
        let incident = self.get(*id).ok_or("no_such_incident")?;
        if incident.state == IncidentState::Closed && !matches!(command, Command::Note { .. }) {
            return Err("incident_closed");
        }
        match command {
            Command::Ack { .. } => {
                incident.owner = Some((by.clone(), now));
                if incident.state == IncidentState::Open {
                    incident.state = IncidentState::Acknowledged;
                }
                note(incident, entry(now, Some(by), "acknowledged", None, None));
            }
            Command::Note { text, .. } => note(incident, entry(now, Some(by), "note", Some(text.clone()), None)),
            Command::Close { .. } => {
                incident.state = IncidentState::Closed;
                incident.closed_at = Some(now);
                let why = incident.why;
                note(incident, entry(now, Some(by), "closed", None, why));
            }
            Command::Floor(_) => {}
        }
        Ok(())
    }

    /// Forgets what was closed more than a day ago.
    pub(super) fn prune(&mut self, now: Time) {
        self.list.retain(|i| i.closed_at.is_none_or(|closed| now - closed <= KEPT));
    }

    fn get(&mut self, id: u64) -> Option<&mut IncidentView> {
        self.list.iter_mut().find(|i| i.id == id).map(Arc::make_mut)
    }
}

fn note(incident: &mut IncidentView, line: TimelineEntry) {
    if incident.timeline.len() >= LINES
        && let Some(place) = incident.timeline.iter().skip(1).position(|l| l.by.is_none())
    {
        incident.timeline.remove(place + 1);
    }
    incident.timeline.push(line);
}
