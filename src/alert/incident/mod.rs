//! Incidents, carried from first sign to close. Each is a list of changes that is only added to; where it stands is a fold of
//! them, what is due is a function of that and the instant. Nothing here remembers anything else, so that what is restored
//! from its changes goes on as if it had never stopped.

mod change;
mod deed;
mod desk;
mod grade;
mod ladder;
mod log;
mod plan;
mod playbook;
mod score;
mod state;
mod work;
mod written;

pub use change::{Change, What};
pub use desk::{Desk, DutyView, RoleNow};
pub use grade::{Proposal, propose};
pub use log::Unsaved;
pub use plan::{Due, NextStep, Plan};
pub use playbook::{Playbook, PlaybookProblem, PlaybookStep, Playbooks, TwoTongued};
pub use score::Scorecard;
pub use state::{Incident, Owner, Told};
pub use work::{Announcement, Assignment, Deed, Dispatch, Grade, Measure, Wording, Work};

use std::sync::Arc;

use self::deed::{Around, is_code};
use self::log::Log;
use self::score::Past;
use super::{AlertKind, IncidentState, IncidentView, SurgeDetail, SurgeWhy};
use crate::metrics::Scope;
use crate::model::{Command, Label, Note, Span, Time, Verdict};
use crate::roster::{DutyBook, name_of, same_person};

/// Closed incidents are kept on the board this long.
const KEPT: Span = Span::from_secs(86_400);

/// All incidents of the board, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents {
    list: Vec<Kept>,
    past: Vec<Past>,
    duty: DutyBook,
    log: Log,
    desk: Arc<Desk>,
    /// Names of those signed in on the floor, for a head count.
    signed_in: Vec<Label>,
    duty_view: Arc<DutyView>,
    opened: u64,
    now: Time,
}

/// An incident, and how it is seen.
#[derive(Clone, Debug)]
struct Kept {
    incident: Incident,
    view: Arc<IncidentView>,
}

/// What an incident is about.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) kind: AlertKind,
    pub(super) scope: Scope,
    pub(super) name: Label,
    pub(super) why: Option<SurgeWhy>,
}

impl Incidents {
    /// Newest first.
    pub(super) fn views(&self) -> Vec<Arc<IncidentView>> {
        self.list.iter().rev().map(|kept| Arc::clone(&kept.view)).collect()
    }

    /// Where each stands, oldest first.
    pub(super) fn states(&self) -> impl Iterator<Item = &Incident> {
        self.list.iter().map(|kept| &kept.incident)
    }

    /// Rules, roster and playbooks. What stands already goes on under them.
    pub(super) fn equip(&mut self, desk: Desk) {
        self.desk = Arc::new(desk);
        for kept in &mut self.list {
            kept.refresh(&self.desk, &self.duty, self.now);
        }
        self.duty_view = Arc::new(DutyView::of(&self.desk, &self.duty, self.now));
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Who is signed in on the floor now.
    pub(super) fn set_signed_in(&mut self, names: Vec<Label>) {
        self.signed_in = names;
    }

    /// Who is on duty, and the scorecard, as of the last second.
    pub(super) fn duty_view(&self) -> Arc<DutyView> {
        Arc::clone(&self.duty_view)
    }

    /// What an incident is about now.
    pub(super) fn scope(&self, id: u64) -> Option<&Scope> {
        self.list.iter().find(|k| k.incident.id == id).map(|k| &k.view.scope)
    }

    /// The number of the incident opened last.
    pub(super) const fn newest(&self) -> u64 {
        self.opened
    }

    pub(super) const fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }

    /// An alarm was raised: opens an incident, or the one that ended within the flap window again. `last` is the incident
    /// the same cause had before.
    pub(super) fn raise(&mut self, at: Time, about: &About, last: Option<u64>) -> u64 {
        let flap = self.desk.rules.flap;
        let ended = |i: &Incident| i.resolved_at.or(i.closed_at).is_some_and(|end| at - end <= flap);
        if let Some(id) = last.filter(|id| self.states().any(|i| i.id == *id && ended(i))) {
            self.push(id, at, None, What::Returned { why: about.why });
            return id;
        }
        let playbook = match about.kind {
            AlertKind::FeedAway | AlertKind::FeedLate => "feed_lost",
            AlertKind::SignOuts => "system_fault",
            AlertKind::Dropping | AlertKind::Quiet => "calls_dropping",
            _ => "surge",
        };
        self.open(at, None, about, Label::new(playbook), false, None)
    }

    fn open(
        &mut self,
        at: Time,
        who: Option<Label>,
        about: &About,
        playbook: Label,
        drill: bool,
        text: Option<Note>,
    ) -> u64 {
        self.opened = self.opened.saturating_add(1);
        let id = self.opened;
        let what = What::Opened {
            kind: about.kind,
            scope: about.scope.clone(),
            name: about.name.clone(),
            playbook,
            drill,
            severity: self.desk.severity(about.why),
            why: about.why,
            text,
        };
        self.push(id, at, who, what);
        id
    }

    /// Another scope joined (`what` is `joined`) or left (`left`) the incident.
    pub(super) fn member(&mut self, id: u64, at: Time, what: &'static str, name: &Label, why: Option<SurgeWhy>) {
        let name = name.clone();
        let what = if what == "joined" { What::Joined { name, why } } else { What::Left { name } };
        self.push(id, at, None, what);
    }

    /// The root is now this scope, with these counts. They are a view of the alert that stands; only what makes the incident
    /// worse is recorded, with the next second.
    pub(super) fn update(&mut self, id: u64, about: &About) {
        let Some(kept) = self.list.iter_mut().find(|k| k.incident.id == id) else { return };
        let peak = about.why.map_or(0.0, |w| w.ratio()).max(kept.view.peak_ratio);
        if kept.view.why != about.why || kept.view.scope != about.scope {
            let view = Arc::make_mut(&mut kept.view);
            view.why = about.why;
            view.peak_ratio = peak;
            view.scope = about.scope.clone();
            view.name = about.name.clone();
        }
    }

    /// Where the surge of an incident comes from: a view as well, and not recorded.
    pub(super) fn explain(&mut self, id: u64, detail: SurgeDetail) {
        if let Some(kept) = self.list.iter_mut().find(|k| k.incident.id == id) {
            Arc::make_mut(&mut kept.view).detail = Some(Arc::new(detail));
        }
    }

    /// The scope an incident is rooted in, as last seen.
    pub(super) fn root(&self, id: u64) -> Option<&Scope> {
        self.list.iter().find(|k| k.incident.id == id).map(|k| &k.view.scope)
    }

    /// Whether that was told already.
    pub(super) fn is_explained(&self, id: u64) -> bool {
        self.list.iter().any(|k| k.incident.id == id && k.view.detail.is_some())
    }

    /// What raised it is over.
    pub(super) fn resolve(&mut self, id: u64, at: Time) {
        let Some(kept) = self.list.iter().find(|k| k.incident.id == id) else { return };
        if kept.incident.resolved_at.is_none() {
            let why = kept.view.why;
            self.push(id, at, None, What::Resolved { why, text: None });
        }
    }

    /// Does what a person asked.
    pub(super) fn command(&mut self, command: &Command, now: Time) -> Result<(), &'static str> {
        self.now = now;
        match command {
            Command::Open { by, kind, name, text, drill } => {
                self.open_by_hand(now, by, kind, name, text.clone(), *drill)
            }
            Command::SignIn { .. } | Command::SignOut { .. } | Command::HandOver { .. } => self.roster(command, now),
            _ => self.about_one(command, now),
        }
    }

    fn about_one(&mut self, command: &Command, now: Time) -> Result<(), &'static str> {
        let id = match command {
            Command::AckFor { incident: 0, whom, .. } if is_code(whom) => self
                .states()
                .find(|i| i.told.iter().any(|t| t.person.is_some() && t.code == *whom))
                .map(|i| i.id)
                .ok_or("no_such_code")?,
            other => other.incident().ok_or("no_such_incident")?,
        };
        let incident = self.states().find(|i| i.id == id).ok_or("no_such_incident")?;
        let around = Around { desk: &self.desk, duty: &self.duty, now };
        let mut deeds = around.deeds(incident, command)?;
        for deed in &mut deeds {
            if let What::Closed { verdict: verdict @ None, .. } = deed {
                *verdict = incident.drill.then_some(Verdict::Drill);
            }
        }
        let by = command.by();
        for what in deeds {
            self.push(id, now, Some(by.clone()), what);
        }
        Ok(())
    }

    fn open_by_hand(
        &mut self,
        now: Time,
        by: &Label,
        playbook: &Label,
        name: &Label,
        text: Option<Note>,
        drill: bool,
    ) -> Result<(), &'static str> {
        let desk = Arc::clone(&self.desk);
        let book = desk.playbooks.get(playbook).ok_or("no_such_playbook")?;
        let kind = if playbook.as_str() == "surge" { AlertKind::Surge } else { AlertKind::Manual };
        let about = About { kind, scope: Scope::All, name: name.clone(), why: None };
        let id = self.open(now, Some(by.clone()), &about, playbook.clone(), drill, text);
        if book.head_count && !self.signed_in.is_empty() {
            let people = std::mem::take(&mut self.signed_in);
            self.push(id, now, None, What::HeadCount { people });
        }
        if book.ups {
            self.push(id, now, None, What::Ups { since: now, until: now + desk.rules.ups });
        }
        self.tick(now);
        Ok(())
    }

    fn roster(&mut self, command: &Command, now: Time) -> Result<(), &'static str> {
        let desk = Arc::clone(&self.desk);
        let (Command::SignIn { role, by } | Command::SignOut { role, by } | Command::HandOver { role, by, .. }) =
            command
        else {
            return Err("not_about_the_roster");
        };
        if !desk.knows_role(role) {
            return Err("no_such_role");
        }
        let holders = self.duty.holders(&desk.roster, role, now);
        let person = name_of(by);
        let (role, person_is) = (role.clone(), |p: &Option<Label>| p.as_ref().is_some_and(|p| same_person(p, &person)));
        match command {
            Command::SignIn { .. } => {
                if holders.first.is_some() && !person_is(&holders.first) && !person_is(&holders.backup) {
                    return Err("role_taken");
                }
                let until = holders.first.is_none().then(|| DutyBook::holds_until(&desk.roster, &role, now));
                self.push(0, now, Some(by.clone()), What::SignedIn { role, person, until });
            }
            Command::HandOver { to, until, text, .. } => {
                let until = until.unwrap_or_else(|| DutyBook::holds_until(&desk.roster, &role, now));
                if until <= now {
                    return Err("in_the_past");
                }
                let from = holders.first;
                let what = What::HandedOver {
                    role: role.clone(),
                    from: from.clone(),
                    to: to.clone(),
                    until,
                    text: text.clone(),
                };
                self.push(0, now, Some(by.clone()), what);
                if let Some(from) = from {
                    self.pass_on(now, by, &role, &from, to);
                }
            }
            _ => self.push(0, now, Some(by.clone()), What::SignedOut { role, person }),
        }
        self.tick(now);
        Ok(())
    }

    /// What the one who hands over had in that role goes to the one who takes over.
    fn pass_on(&mut self, now: Time, by: &Label, role: &Label, from: &Label, to: &Label) {
        let theirs = |i: &&Incident| {
            i.stands() && i.owner.as_ref().is_some_and(|o| o.role.as_ref() == Some(role) && same_person(&o.who, from))
        };
        let ids: Vec<u64> = self.states().filter(theirs).map(|i| i.id).collect();
        for id in ids {
            let what = What::PassedOn { role: role.clone(), from: from.clone(), to: to.clone() };
            self.push(id, now, Some(by.clone()), what);
        }
    }

    /// A whole second has passed: what is due happens, what was closed more than a day ago goes.
    pub(super) fn second(&mut self, now: Time) {
        self.now = now;
        self.worsen(now);
        self.tick(now);
        let gone = |kept: &Kept| kept.incident.closed_at.is_some_and(|closed| now - closed > KEPT);
        if self.list.iter().any(gone) {
            let (gone, kept) = std::mem::take(&mut self.list).into_iter().partition(gone);
            self.list = kept;
            for Kept { incident, .. } in gone {
                self.log.forget(incident.id);
                self.past.push(Past::of(&incident));
            }
        }
        if now.second() % 60 == 0 || self.duty_view.at.second() / 60 != now.second() / 60 {
            self.past.retain(|past| past.counts(now));
            let mut view = DutyView::of(&self.desk, &self.duty, now);
            view.scorecard = Scorecard::of(self.states(), &self.past, now);
            self.duty_view = Arc::new(view);
            for kept in &mut self.list {
                kept.refresh(&self.desk, &self.duty, now);
            }
        }
    }

    /// Surges that have grown by a level since it was last recorded.
    fn worsen(&mut self, now: Time) {
        let worse: Vec<(u64, u32, SurgeWhy)> = self
            .list
            .iter()
            .filter(|k| k.incident.stands() && k.incident.kind == AlertKind::Surge)
            .filter_map(|k| {
                let severity = self.desk.severity(k.view.why);
                Some((k.incident.id, severity, k.view.why?)).filter(|_| severity > k.incident.severity)
            })
            .collect();
        for (id, severity, why) in worse {
            self.push(id, now, None, What::Worsened { severity, why: Some(why), text: None });
        }
    }

    /// What is due by itself.
    fn tick(&mut self, now: Time) {
        for at in 0..self.list.len() {
            // A lapse begins the ladder anew: twice is enough, the third look finds nothing.
            for _ in 0..3 {
                let Some(kept) = self.list.get(at) else { break };
                let due = ladder::due(&kept.incident, &self.desk, &self.duty, now);
                if due.is_empty() {
                    break;
                }
                let id = kept.incident.id;
                for what in due {
                    self.push(id, now, None, what);
                }
            }
        }
    }

    /// Adds a change: to the log, to the state, to the view.
    fn push(&mut self, id: u64, at: Time, who: Option<Label>, what: What) {
        let change = Change { incident: id, seq: self.log.next_seq(id), at, who, what };
        self.apply(&change);
        self.log.push(change);
    }

    fn apply(&mut self, change: &Change) {
        self.now = self.now.max(change.at);
        if change.incident == 0 {
            apply_duty(&mut self.duty, change);
            self.duty_view = Arc::new(DutyView {
                scorecard: self.duty_view.scorecard,
                ..DutyView::of(&self.desk, &self.duty, self.now)
            });
            return;
        }
        let now = self.now;
        if let Some(kept) = self.list.iter_mut().find(|k| k.incident.id == change.incident) {
            kept.incident.apply(change);
            kept.told(change);
            kept.refresh(&self.desk, &self.duty, now);
        } else if let Some(incident) = Incident::opened(change) {
            self.opened = self.opened.max(incident.id);
            let mut kept = Kept::new(incident);
            kept.told(change);
            kept.refresh(&self.desk, &self.duty, now);
            self.list.push(kept);
        }
        if matches!(change.what, What::Opened { .. } | What::Closed { .. }) {
            let scorecard = Scorecard::of(self.states(), &self.past, now);
            Arc::make_mut(&mut self.duty_view).scorecard = scorecard;
        }
    }

    /// The next incident is numbered after `n`, where none was opened with a higher number yet.
    pub(super) const fn number_after(&mut self, n: u64) {
        if n > self.opened {
            self.opened = n;
        }
    }

    /// Takes up what was kept, after what happened since was gone through once more. What was kept holds; what the second
    /// time told beyond it, where both agree up to there, follows on it and is not saved yet.
    pub(super) fn adopt(&mut self, kept: Vec<Change>) {
        let mut taken = Self {
            desk: Arc::clone(&self.desk),
            signed_in: std::mem::take(&mut self.signed_in),
            opened: self.opened,
            now: self.now,
            ..Self::default()
        };
        taken.restore(kept);
        taken.log.keep();
        let mut parted = None;
        for change in self.log.changes() {
            if parted == Some(change.incident) {
                continue;
            }
            match taken.log.change(change.incident, change.seq) {
                Some(known) if known.what.word() == change.what.word() => {}
                None if change.seq == taken.log.next_seq(change.incident) => {
                    taken.apply(change);
                    taken.log.push(change.clone());
                }
                _ => parted = Some(change.incident),
            }
        }
        taken.list.sort_by_key(|k| k.incident.id);
        *self = taken;
    }

    /// Takes up what was kept, in any order; what is there twice is taken once. Nothing of it is unsaved.
    pub(super) fn restore(&mut self, mut changes: Vec<Change>) {
        changes.sort_by_key(|c| (c.incident, c.seq));
        changes.dedup_by_key(|c| (c.incident, c.seq));
        // The roster's log first: it stands under 0.
        for change in changes {
            if change.seq >= self.log.next_seq(change.incident) {
                self.apply(&change);
                self.log.restore(change);
            }
        }
        self.list.sort_by_key(|k| k.incident.id);
    }
}

fn apply_duty(duty: &mut DutyBook, change: &Change) {
    match &change.what {
        What::SignedIn { role, person, until } => duty.sign_in(role, person, change.at, *until),
        What::SignedOut { role, person } => duty.sign_out(role, person),
        What::HandedOver { role, to, until, .. } => duty.hand_over(role, to, change.at, *until),
        _ => {}
    }
}

impl IncidentState {
    /// Whether what raised it lasts.
    #[must_use]
    pub const fn stands(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged)
    }
}
