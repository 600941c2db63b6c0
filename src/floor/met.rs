//! Ids of events met of late: a repeat is known by its id.

use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{EventId, Span, Time};

/// So many ids are remembered at least, or those of the last ten minutes.
const IDS: usize = 65_536;
const IDS_FOR: Span = Span::from_secs(600);

/// Ids met of late, in two lots: the older is forgotten whole once the newer is full, so none is taken out one by one.
#[derive(Debug)]
pub(super) struct Met {
    newer: Lot,
    older: Lot,
    /// When the newer lot was begun.
    since: Time,
}

impl Met {
    pub(super) fn new(at: Time) -> Self {
        Self { newer: Lot::default(), older: Lot::default(), since: at }
    }

    /// Whether this id is new; remembers it.
    pub(super) fn first_time(&mut self, id: &EventId, now: Time) -> bool {
        if self.newer.len >= IDS || now.since(self.since) > IDS_FOR {
            self.since = now;
            std::mem::swap(&mut self.newer, &mut self.older);
            self.newer.clear();
        }
        match number(id.as_str()) {
            Some(n) => !self.older.has_number(n) && self.newer.put_number(n),
            None => !self.older.texts.contains(id) && self.newer.put_text(id),
        }
    }
}

/// Most senders count: numbers near one another share an entry of sixty-four bits. Anything else is kept as its text.
#[derive(Debug, Default)]
struct Lot {
    numbers: FxHashMap<u64, u64>,
    texts: FxHashSet<EventId>,
    len: usize,
}

impl Lot {
    fn has_number(&self, n: u64) -> bool {
        self.numbers.get(&(n / 64)).is_some_and(|bits| bits & (1 << (n % 64)) != 0)
    }

    fn put_number(&mut self, n: u64) -> bool {
        let bit = 1 << (n % 64);
        let first = match self.numbers.entry(n / 64) {
            Entry::Occupied(mut bits) => {
                let before = *bits.get();
                *bits.get_mut() |= bit;
                before & bit == 0
            }
            Entry::Vacant(place) => {
                place.insert(bit);
                true
            }
        };
        self.len += usize::from(first);
        first
    }

    fn put_text(&mut self, id: &EventId) -> bool {
        let first = self.texts.insert(id.clone());
        self.len += usize::from(first);
        first
    }

    fn clear(&mut self) {
        self.numbers.clear();
        self.texts.clear();
        self.len = 0;
    }
}

/// The number an id is, where it is one in the only way to write it: `7`, not `07` or `+7`.
fn number(id: &str) -> Option<u64> {
    let bytes = id.as_bytes();
    if bytes.is_empty() || bytes.len() > 19 || (bytes.len() > 1 && bytes.first() == Some(&b'0')) {
        return None;
    }
    bytes.iter().try_fold(0u64, |n, byte| byte.is_ascii_digit().then(|| n * 10 + u64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Time {
        Time::from_secs(1_000_000 + second)
    }

    #[test]
    fn an_id_is_itself_alone() {
        let mut met = Met::new(at(0));
        for id in ["0", "00", "7", "07", "+7", "7 a", "64", "128", "18446744073709551616", "9999999999999999999", "é"]
        {
            assert!(met.first_time(&EventId::new(id), at(0)), "{id}");
            assert!(!met.first_time(&EventId::new(id), at(1)), "{id}");
        }
    }

    #[test]
    fn ids_are_forgotten_after_twice_ten_minutes_at_the_latest() {
        let mut met = Met::new(at(0));
        for id in ["5", "five"] {
            assert!(met.first_time(&EventId::new(id), at(0)));
        }
        assert!(met.first_time(&EventId::new("6"), at(601)), "begins another lot");
        for id in ["5", "five"] {
            assert!(!met.first_time(&EventId::new(id), at(1200)));
        }
        assert!(met.first_time(&EventId::new("8"), at(1203)), "and another");
        for id in ["5", "five"] {
            assert!(met.first_time(&EventId::new(id), at(1203)), "{id} is new again");
        }
    }

    #[test]
    fn the_last_of_many_are_remembered() {
        let mut met = Met::new(at(0));
        let most = u64::try_from(IDS).unwrap_or(u64::MAX);
        for n in 0..3 * most {
            assert!(met.first_time(&EventId::new(&(n * 1000).to_string()), at(0)));
        }
        assert!(!met.first_time(&EventId::new(&((2 * most + 1) * 1000).to_string()), at(0)));
        assert!(met.newer.len <= IDS && met.older.len <= IDS);
    }

    proptest! {
        #[test]
        fn a_repeat_is_one_seen_before(ids in prop::collection::vec("[0-9]{1,3}|[a-c]{1,2}", 0..200)) {
            let (mut met, mut seen) = (Met::new(at(0)), Vec::new());
            for id in ids {
                prop_assert_eq!(met.first_time(&EventId::new(&id), at(0)), !seen.contains(&id));
                seen.push(id);
            }
        }
    }
}
