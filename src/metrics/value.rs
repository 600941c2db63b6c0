//! A figure that may have no value, and says why.

use serde::{Serialize, Serializer};

/// A figure: a number, "–" (no denominator) or "?" (no data). The three are never confused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// The number, in the unit of its key; 0 is 0.
    Known(f64),
    /// Nothing to divide by: shown "–", `null` in JSON.
    NoDenominator,
    /// Not known: shown "?" with the reason, `null` in JSON.
    Unknown(Unknown),
}

/// Why a figure is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// The feed is away.
    FeedAway,
    /// This feed has no way to tell.
    NotTold,
    /// Not enough history yet.
    Learning,
    /// The recording carries no times.
    NoTimes,
}

impl Value {
    /// `part ÷ whole`, or "–" where `whole` is 0.
    #[must_use]
    pub fn ratio(part: f64, whole: f64) -> Self {
        if whole > 0.0 { Self::Known(part / whole) } else { Self::NoDenominator }
    }

    /// The number, where there is one.
    #[must_use]
    pub const fn known(self) -> Option<f64> {
        match self {
            Self::Known(n) => Some(n),
            _ => None,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.known() {
            Some(n) => s.serialize_f64(n),
            None => s.serialize_none(),
        }
    }
}
