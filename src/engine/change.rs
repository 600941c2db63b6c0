//! Changes of incidents on their way to the disk: pending until whoever keeps them has acknowledged them.

use std::collections::BTreeMap;

use crate::model::{Label, Time};

/// A line in the life of an incident. Its number counts from 1 within the incident, without a gap; the same number always
/// means the same line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentChange {
    /// The incident's number.
    pub incident: u64,
    /// Which line of it, from 1.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// Who; `None` is the product itself.
    pub who: Option<Label>,
    /// What, as a word: `opened`, `acknowledged`, `note`, …
    pub what: Label,
    /// All that belongs to it, as a JSON object.
    pub body: String,
}

/// Incident and number of a change.
pub type ChangeKey = (u64, u64);

impl IncidentChange {
    /// Its incident and its number.
    #[must_use]
    pub const fn key(&self) -> ChangeKey {
        (self.incident, self.seq)
    }
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on the disk.
    Kept,
    /// Another line has its number, or the one before it is missing: it will never be kept.
    Refused,
}

/// Changes given and not acknowledged yet, in their order.
#[derive(Debug, Default)]
pub(super) struct Pending {
    changes: BTreeMap<ChangeKey, IncidentChange>,
    /// Of them, not handed over yet.
    waiting: Vec<ChangeKey>,
}

impl Pending {
    /// Takes changes; one that is pending already is the same.
    pub(super) fn add(&mut self, changes: Vec<IncidentChange>) {
        for change in changes {
            let key = change.key();
            if self.changes.insert(key, change).is_none() {
                self.waiting.push(key);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    pub(super) fn waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Those to be handed over.
    pub(super) fn next(&self) -> Vec<IncidentChange> {
        self.waiting.iter().filter_map(|key| self.changes.get(key).cloned()).collect()
    }

    /// They were.
    pub(super) fn handed_over(&mut self) {
        self.waiting.clear();
    }

    /// Their fate is known.
    pub(super) fn settle(&mut self, keys: &[(ChangeKey, Fate)]) {
        for (key, _) in keys {
            self.changes.remove(key);
        }
    }
}
