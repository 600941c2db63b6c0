//! What is to be said of a date before any figure: of which kind it is, what is planned, and what runs out.

use jiff::civil::Date;

use super::calendar::Plan;
use crate::config::{Like, Names};
use crate::model::Span;

/// A date as the usual sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Today {
    /// Which date, by the site's clock; `None` before anything came.
    pub date: Option<Date>,
    /// A special day and what it is taken for.
    pub special: Option<(Names, Taken)>,
    /// What is planned.
    pub planned: Vec<Plan>,
    /// Calendars that end within 60 days, or have ended, and their last date.
    pub running_out: Vec<(Names, Date)>,
    /// How much longer the day is than others, by a clock change; negative: shorter.
    pub clock_change: Option<Span>,
}

impl Today {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        self.special.is_none() && self.planned.is_empty() && self.running_out.is_empty() && self.clock_change.is_none()
    }
}

/// What the usual of a special day is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Earlier days of its own kind: enough are known.
    Own,
    /// Other days, since too few of its own kind are known.
    Like(Like),
}
