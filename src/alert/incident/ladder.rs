//! What the product does by itself as time passes: acknowledgements lapse, the ladder is climbed. A pure function of the state
//! and the instant, so that a restart in the middle of a timer changes nothing: timers run from instants in the log.

use super::Desk;
use super::change::What;
use super::state::Incident;
use crate::config::{LadderStep, LadderWho};
use crate::model::{Label, Time};
use crate::roster::{DutyBook, Holders};

/// What is due at an instant. Repeated with the changes applied, it gives nothing more.
pub(super) fn due(incident: &Incident, desk: &Desk, duty: &DutyBook, now: Time) -> Vec<What> {
    if !incident.stands() {
        return Vec::new();
    }
    match &incident.owner {
        Some(owner) if now >= owner.until => vec![What::Lapsed { owner: owner.who.clone() }],
        Some(_) => Vec::new(),
        None => climb(incident, desk, duty, now),
    }
}

fn climb(incident: &Incident, desk: &Desk, duty: &DutyBook, now: Time) -> Vec<What> {
    let mut found = Vec::new();
    let Some(since) = incident.nobody_since.filter(|_| !desk.roster.is_empty()) else { return found };
    let taken = reached(incident);
    // Who has come into a role that was told, by a hand-over, a sign-in or a change of shift, is told at once.
    for (number, step) in steps(desk).take_while(|(number, _)| *number <= taken) {
        for (person, backup) in people(step, &holders(desk, duty, step, now)) {
            if !incident.told.iter().any(|t| t.step == number && t.person.as_ref() == Some(&person)) {
                found.push(told(incident, number, step, person, backup));
            }
        }
    }
    // A step that found nobody is no reason to wait.
    let mut at_once =
        taken > 0 && found.is_empty() && incident.told.iter().filter(|t| t.step == taken).all(|t| t.person.is_none());
    for (number, step) in steps(desk).skip_while(|(number, _)| *number <= taken) {
        if now < since + step.after && !at_once {
            break;
        }
        let people = people(step, &holders(desk, duty, step, now));
        at_once = people.is_empty();
        if people.is_empty() {
            let backup = step.who == LadderWho::Backup;
            found.push(What::Nobody { step: number, role: step.role.clone(), backup });
        }
        found.extend(people.into_iter().map(|(person, backup)| told(incident, number, step, person, backup)));
    }
    found
}

/// The step the ladder stands on, from 1; 0 before the first.
pub(super) fn reached(incident: &Incident) -> u64 {
    incident.told.iter().map(|t| t.step).max().unwrap_or(0)
}

/// The next step, and when it is taken.
pub(super) fn next<'d>(incident: &Incident, desk: &'d Desk) -> Option<(Time, &'d LadderStep)> {
    let since = incident.nobody_since.filter(|_| incident.owner.is_none() && !desk.roster.is_empty())?;
    let taken = reached(incident);
    steps(desk).find(|(number, _)| *number > taken).map(|(_, step)| (since + step.after, step))
}

/// Steps with their numbers, from 1.
fn steps(desk: &Desk) -> impl Iterator<Item = (u64, &LadderStep)> {
    (1u64..).zip(&desk.rules.ladder)
}

fn holders(desk: &Desk, duty: &DutyBook, step: &LadderStep, now: Time) -> Holders {
    duty.holders(&desk.roster, &step.role, now)
}

/// Whom a step tells: the persons, and whether each is the backup.
fn people(step: &LadderStep, holders: &Holders) -> Vec<(Label, bool)> {
    let first = holders.first.clone().filter(|_| step.who != LadderWho::Backup).map(|p| (p, false));
    let backup = holders.backup.clone().filter(|_| step.who != LadderWho::First).map(|p| (p, true));
    // Where the first person is missing, the backup is there for it.
    let instead = holders.backup.clone().filter(|_| step.who == LadderWho::First && holders.first.is_none());
    first.into_iter().chain(backup).chain(instead.map(|p| (p, true))).collect()
}

fn told(incident: &Incident, number: u64, step: &LadderStep, person: Label, backup: bool) -> What {
    let code = code(incident.id, incident.opened_at, &step.role, backup);
    What::Told { step: number, role: step.role.clone(), person, backup, code }
}

/// Five digits: two of the incident's number, three of whom it is for. The same at every instant, so that a message sent
/// twice carries one code.
fn code(id: u64, opened_at: Time, role: &Label, backup: bool) -> Label {
    // FNV-1a, 64 bit.
    let seed = opened_at.micros().to_be_bytes();
    let bytes =
        seed.iter().chain(role.as_str().as_bytes()).chain(std::slice::from_ref(if backup { &1u8 } else { &0u8 }));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    Label::new(&format!("{:02}{:03}", id % 100, (hash >> 17) % 1000))
}
