//! The changes themselves, and which of them no store has yet.

use std::collections::{BTreeMap, VecDeque};

use super::change::Change;

/// A change no store has said to have yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsaved {
    /// Rises by one with each; what is saved is told by it.
    pub number: u64,
    /// The change.
    pub change: Change,
}

/// Changes of what is on the board, by incident, and the pending list.
#[derive(Clone, Debug, Default)]
pub(in crate::alert) struct Log {
    by_incident: BTreeMap<u64, Vec<Change>>,
    pending: VecDeque<Unsaved>,
    /// Somebody saves: what is not said to be saved is pending.
    keeping: bool,
    numbered: u64,
}

impl Log {
    /// The number the next change of an incident has.
    pub(super) fn next_seq(&self, incident: u64) -> u64 {
        self.by_incident.get(&incident).and_then(|changes| changes.last()).map_or(1, |last| last.seq + 1)
    }

    /// Adds a change.
    pub(super) fn push(&mut self, change: Change) {
        if self.keeping {
            self.numbered += 1;
            self.pending.push_back(Unsaved { number: self.numbered, change: change.clone() });
        }
        self.restore(change);
    }

    /// Adds a change that is kept already.
    pub(super) fn restore(&mut self, change: Change) {
        self.by_incident.entry(change.incident).or_default().push(change);
    }

    /// Lets go of an incident that left the board.
    pub(super) fn forget(&mut self, incident: u64) {
        self.by_incident.remove(&incident);
    }

    /// From here on changes are pending until [`Self::saved`] says otherwise.
    pub(in crate::alert) const fn keep(&mut self) {
        self.keeping = true;
    }

    /// Changes after this number that are not saved, oldest first.
    pub(in crate::alert) fn unsaved(&self, after: u64) -> impl Iterator<Item = &Unsaved> {
        self.pending.iter().filter(move |u| u.number > after)
    }

    /// These are settled: on disk, or never to be.
    pub(in crate::alert) fn settled(&mut self, keys: &[(u64, u64)]) {
        self.pending.retain(|u| !keys.contains(&(u.change.incident, u.change.seq)));
    }

    /// A change by its incident and number.
    pub(super) fn change(&self, incident: u64, seq: u64) -> Option<&Change> {
        let changes = self.by_incident.get(&incident)?;
        let at = changes.binary_search_by_key(&seq, |c| c.seq).ok()?;
        changes.get(at)
    }

    /// How many are not saved.
    pub(in crate::alert) fn unsaved_count(&self) -> usize {
        self.pending.len()
    }

    /// Everything up to this number is on disk.
    pub(in crate::alert) fn saved(&mut self, number: u64) {
        while self.pending.front().is_some_and(|u| u.number <= number) {
            self.pending.pop_front();
        }
    }

    /// Every change of what is on the board, by incident and number; the roster's own under 0 first.
    pub(in crate::alert) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.by_incident.values().flatten()
    }
}
