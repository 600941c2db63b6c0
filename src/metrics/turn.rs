//! Intervals and days that ended in a calendar, and what accounts have still to take of them and of the facts between.

use super::calendar::{Bounds, Calendar};
use crate::floor::What;
use crate::model::Time;

/// What an account has still to take, in the order it was told: facts, and the turns of its calendar before each.
#[derive(Debug)]
pub(super) struct Untaken {
    pub(super) facts: Vec<Told>,
    pub(super) calendar: usize,
    /// Turns of the calendar the account has taken.
    pub(super) turned: u32,
}

/// A fact, and how many turns its scope's calendar had made when it was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) at: Time,
    pub(super) what: What,
    pub(super) turned: u32,
}

/// A calendar and where it stands.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) calendar: Calendar,
    pub(super) interval: Bounds,
    pub(super) day: Bounds,
    /// Intervals and days that ended, of late: an account takes them when it is next needed, so that one nobody calls
    /// costs nothing.
    pub(super) ended: Vec<Ended>,
    /// How many there were before those.
    pub(super) before: u32,
}

/// The end of an interval, of a day, or of both at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) interval: Option<Bounds>,
    /// First second of the day that began.
    pub(super) day: Option<i64>,
    /// Closed intervals are wanted.
    pub(super) keep: bool,
}

/// So many ends are kept at most before every account takes them.
pub(super) const ENDS: usize = 64;

impl Turn {
    pub(super) const fn new(calendar: Calendar) -> Self {
        let never = Bounds { from: i64::MIN, to: i64::MIN };
        Self { calendar, interval: never, day: never, ended: Vec::new(), before: 0 }
    }

    /// How often it has turned.
    pub(super) fn turned(&self) -> u32 {
        self.before.saturating_add(u32::try_from(self.ended.len()).unwrap_or(u32::MAX))
    }
}
