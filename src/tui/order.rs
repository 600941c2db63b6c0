//! Queues in order of need, worst on top, without rows that dance.

use std::collections::HashMap;

use crate::metrics::{Scope, Value};
use crate::model::Time;
use crate::snapshot::{ScopeView, Snapshot};

use super::status::{Status, worst};

/// How much a queue needs somebody. Alerts go before everything else; they have hold and clear of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Need {
    /// What alerts say.
    pub alert: Status,
    /// Longest wait in units of its T, plus half a point a caller waiting; 0 where nobody waits.
    pub score: f64,
}

impl Need {
    /// The need of a queue.
    #[must_use]
    pub(super) fn of(queue: &ScopeView, snapshot: &Snapshot, now: Time) -> Self {
        let alert = worst(&snapshot.alerts, &queue.scope).map_or(Status::None, |(status, _)| status);
        let at = queue.stale_since.unwrap_or(now);
        let longest = match queue.now.figure(crate::metrics::FigureKey::LongestWait, at) {
            Some(Value::Known(s)) if queue.now.waiting > 0 => s,
            _ => 0.0,
        };
        let within = queue.rules.within.secs().max(1.0);
        Self { alert, score: longest / within + f64::from(queue.now.waiting) * 0.5 }
    }

    /// Nothing asks for anybody.
    #[must_use]
    pub(super) fn quiet(&self) -> bool {
        self.alert == Status::None && self.score <= 0.0
    }

    /// Worse by enough to change places: another level of alert, or a quarter more and at least half a point.
    fn clearly_worse(&self, other: &Self) -> bool {
        match self.alert.cmp(&other.alert) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => self.score > other.score * 1.25 + 0.5,
        }
    }
}

/// The next order, from the last one and the needs now: a queue moves up only past those that need clearly less.
#[must_use]
pub(super) fn settle(last: &[Scope], needs: &[(Scope, Need)]) -> Vec<Scope> {
    let place: HashMap<&Scope, usize> = last.iter().enumerate().map(|(at, scope)| (scope, at)).collect();
    let mut known: Vec<&(Scope, Need)> = needs.iter().collect();
    // New ones come after the known ones, in the order given.
    known.sort_by_key(|(scope, _)| place.get(scope).copied().unwrap_or(usize::MAX));
    let mut settled: Vec<&(Scope, Need)> = Vec::with_capacity(known.len());
    for next in known {
        let above = settled.iter().rposition(|s| !next.1.clearly_worse(&s.1)).map_or(0, |at| at + 1);
        settled.insert(above, next);
    }
    settled.into_iter().map(|(scope, _)| scope.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FeedId, QueueId};

    fn scope(name: &str) -> Scope {
        Scope::Queue(FeedId::new("f"), QueueId::new(name))
    }

    fn order(last: &str, needs: &[(&str, f64)]) -> String {
        let last: Vec<Scope> = last.chars().map(|c| scope(&c.to_string())).collect();
        let needs: Vec<(Scope, Need)> =
            needs.iter().map(|(n, score)| (scope(n), Need { alert: Status::None, score: *score })).collect();
        let settled = settle(&last, &needs);
        settled.iter().map(|s| if let Scope::Queue(_, q) = s { q.to_string() } else { String::new() }).collect()
    }

    #[test]
    fn rows_move_only_for_clearly_worse() {
        for (last, needs, want) in [
            ("", &[("a", 0.0), ("b", 3.0), ("c", 1.0)][..], "bca"),
            ("abc", &[("a", 2.0), ("b", 2.2), ("c", 2.6)][..], "abc"),
            ("abc", &[("a", 2.0), ("b", 2.2), ("c", 4.0)][..], "cab"),
            ("cab", &[("a", 2.0), ("b", 2.2), ("c", 1.9)][..], "cab"),
            ("abc", &[("a", 0.0), ("b", 0.5), ("c", 0.4)][..], "abc"),
            ("abc", &[("c", 1.0), ("a", 1.0)][..], "ac"),
        ] {
            assert_eq!(order(last, needs), want, "{last} {needs:?}");
        }
    }

    #[test]
    fn settling_twice_changes_nothing() {
        let needs = [("a", 1.0), ("b", 5.0), ("c", 3.0), ("d", 0.0), ("e", 4.9)];
        let once = order("", &needs);
        assert_eq!(order(&once, &needs), once);
    }

    #[test]
    fn an_alarm_goes_before_any_wait() {
        let needs = [
            (scope("a"), Need { alert: Status::None, score: 99.0 }),
            (scope("b"), Need { alert: Status::Breach, score: 0.0 }),
            (scope("c"), Need { alert: Status::Watch, score: 1.0 }),
        ];
        assert_eq!(settle(&[scope("a")], &needs), [scope("b"), scope("c"), scope("a")]);
    }
}
