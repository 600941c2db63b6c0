//! How alarms turned out: 最近 90 天告警 11 次，属实 9 次.

use super::state::Incident;
use crate::model::{Span, Time, Verdict};

/// The days a scorecard covers.
const DAYS: Span = Span::from_secs(90 * 86_400);

/// Incidents of the last 90 days by what they turned out to be; drills are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Scorecard {
    /// Raised by a rule or by hand, drills not among them.
    pub raised: u64,
    /// Closed as true.
    pub real: u64,
    /// Closed as false.
    pub false_alarms: u64,
    /// Practised.
    pub drills: u64,
}

/// What remains of an incident that left the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Past {
    opened_at: Time,
    drill: bool,
    verdict: Option<Verdict>,
}

impl Past {
    pub(super) const fn of(incident: &Incident) -> Self {
        Self { opened_at: incident.opened_at, drill: incident.drill, verdict: incident.work.verdict }
    }

    /// Whether it is recent enough to count.
    pub(super) fn counts(&self, now: Time) -> bool {
        now - self.opened_at <= DAYS
    }
}

impl Scorecard {
    pub(super) fn of<'i>(incidents: impl Iterator<Item = &'i Incident>, past: &[Past], now: Time) -> Self {
        let mut card = Self::default();
        for one in past.iter().copied().chain(incidents.map(Past::of)).filter(|one| one.counts(now)) {
            if one.drill || one.verdict == Some(Verdict::Drill) {
                card.drills += 1;
                continue;
            }
            card.raised += 1;
            match one.verdict {
                Some(Verdict::True) => card.real += 1,
                Some(Verdict::False) => card.false_alarms += 1,
                _ => {}
            }
        }
        card
    }
}
