//! First joins by five minutes, for learning the usual: counted as they come, told once their five minutes are over.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::metrics::Scope;
use crate::model::Time;
use crate::usual::History;

/// Seconds of a slot. Aligned to the epoch, and so to every local clock: offsets are multiples of a quarter of an hour.
pub const ARRIVALS_S: i64 = 300;

/// Slots are kept this long, so that a call told late is added to what was told before.
const KEPT_S: i64 = 2 * 86_400;

/// Names of one kind (areas, menus, reasons) told apart; text from outside must not take all the room. Beyond it they
/// count for the site alone.
const NAMES: usize = 10_000;

/// First joins of a scope in five minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotArrivals {
    /// Of what.
    pub scope: Scope,
    /// First second of the slot, a multiple of [`ARRIVALS_S`] since the epoch.
    pub from_s: i64,
    /// How many so far; never less than was told before.
    pub calls: u32,
    /// Seconds of it nothing was known in.
    pub missing_s: u32,
    /// A surge stood in it as an alarm.
    pub surged: bool,
}

impl SlotArrivals {
    /// Teaches the usual what came in it. Said again it changes nothing.
    pub(super) fn teach(&self, history: &mut History) {
        let (from, to) = (Time::from_secs(self.from_s), Time::from_secs(self.from_s.saturating_add(ARRIVALS_S)));
        history.put_at(&self.scope, from, self.calls);
        if self.missing_s > 0 {
            // What all feeds together missed in it nobody knows for any scope.
            history.exclude(Some(&self.scope).filter(|s| **s != Scope::All), from, to);
        }
        if self.surged {
            history.surged(&self.scope, from, to);
        }
    }
}

/// Counts first joins by scope and slot.
#[derive(Clone, Debug, Default)]
pub struct ArrivalCounts {
    /// By first second and place in `scopes`.
    slots: BTreeMap<(i64, usize), Slot>,
    scopes: Vec<Scope>,
    places: FxHashMap<Scope, usize>,
    /// Slots before this second were told.
    told: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    calls: u32,
    missing_s: u32,
    surged: bool,
    news: bool,
}

/// First second of the slot an instant lies in.
pub(super) const fn slot_of(at: Time) -> i64 {
    at.second().div_euclid(ARRIVALS_S) * ARRIVALS_S
}

impl ArrivalCounts {
    /// A first join.
    pub fn count(&mut self, scope: &Scope, at: Time) {
        if let Some(slot) = self.slot(scope, slot_of(at)) {
            slot.calls = slot.calls.saturating_add(1);
        }
    }

    /// Nothing was known of a scope in the second before `now`.
    pub fn missing(&mut self, scope: &Scope, now: Time) {
        let from_s = (now.second().saturating_sub(1)).div_euclid(ARRIVALS_S) * ARRIVALS_S;
        if let Some(slot) = self.slot(scope, from_s) {
            slot.missing_s = slot.missing_s.saturating_add(1).min(300);
        }
    }

    /// A surge stood in a scope in the second before `now`.
    pub fn surged(&mut self, scope: &Scope, now: Time) {
        let from_s = (now.second().saturating_sub(1)).div_euclid(ARRIVALS_S) * ARRIVALS_S;
        if let Some(slot) = self.slot(scope, from_s) {
            slot.surged = true;
        }
    }

    fn slot(&mut self, scope: &Scope, from_s: i64) -> Option<&mut Slot> {
        let place = match self.places.get(scope) {
            Some(place) => *place,
            None if self.scopes.len() >= NAMES => return None,
            None => {
                self.scopes.push(scope.clone());
                self.places.insert(scope.clone(), self.scopes.len() - 1);
                self.scopes.len() - 1
            }
        };
        let slot = self.slots.entry((from_s, place)).or_default();
        slot.news = true;
        Some(slot)
    }

    /// Slots over at `now` that are new or have changed; cheap where none is.
    pub fn take(&mut self, now: Time) -> Vec<SlotArrivals> {
        let over = slot_of(now);
        // A slot changed late is told with those that end next, not for each call of its own.
        if over <= self.told {
            return Vec::new();
        }
        self.told = over;
        self.slots.retain(|(from_s, _), _| over.saturating_sub(*from_s) <= KEPT_S);
        let news = self.slots.iter_mut().filter(|((from_s, _), slot)| *from_s < over && slot.news);
        let told = news.filter_map(|((from_s, place), slot)| {
            slot.news = false;
            let scope = self.scopes.get(*place)?.clone();
            let Slot { calls, missing_s, surged, .. } = *slot;
            Some(SlotArrivals { scope, from_s: *from_s, calls, missing_s, surged })
        });
        told.collect()
    }
}
