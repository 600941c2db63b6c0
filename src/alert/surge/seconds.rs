//! The last hour of one scope, second by second: calls and the usual, as running totals.

/// Seconds kept: the written rule's 30 minutes, and the level's lag, with room.
const KEPT: i64 = 4096;

/// Running totals at the end of one second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Totals {
    calls: f64,
    usual: f64,
    /// Seconds in which both the feed and a usual were there.
    known: f64,
}

/// Calls and expected calls of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counted {
    /// Calls that came.
    pub(super) calls: f64,
    /// Calls expected, by the plain usual.
    pub(super) usual: f64,
    /// Seconds of it that are known: no gap, a usual there.
    pub(super) known: f64,
}

impl Counted {
    /// Calls ÷ usual; 0 where nothing came, without end where nothing is usual.
    pub(super) fn ratio(&self) -> f64 {
        if self.usual > 0.0 {
            self.calls / self.usual
        } else if self.calls > 0.0 {
            f64::INFINITY
        } else {
            0.0
        }
    }
}

/// A ring of seconds.
#[derive(Clone, Debug)]
pub(super) struct Seconds {
    ring: Vec<Totals>,
    /// The newest second, and the first one held.
    last: Option<(i64, i64)>,
}

impl Seconds {
    pub(super) fn new() -> Self {
        Self { ring: (0..KEPT).map(|_| Totals::default()).collect(), last: None }
    }

    /// The newest second.
    pub(super) fn last(&self) -> Option<i64> {
        self.last.map(|(last, _)| last)
    }

    /// How far back a span can reach, seconds.
    pub(super) const REACH: i64 = KEPT - 1;

    fn place(second: i64) -> usize {
        usize::try_from(second.rem_euclid(KEPT)).unwrap_or(0)
    }

    fn at(&self, second: i64) -> Totals {
        let Some((last, first)) = self.last else { return Totals::default() };
        // Before the first second held nothing is known: the same totals as at its start.
        self.ring.get(Self::place(second.clamp(first, last))).copied().unwrap_or_default()
    }

    /// Begins at a second, which itself holds nothing yet.
    pub(super) fn begin(&mut self, second: i64) {
        let totals = self.last().map(|last| self.at(last)).unwrap_or_default();
        self.last = Some((second, second));
        if let Some(place) = self.ring.get_mut(Self::place(second)) {
            *place = totals;
        }
    }

    /// The next second, with its expected calls; `None` where it is a gap or has no usual.
    pub(super) fn push(&mut self, usual: Option<f64>) {
        let Some((last, first)) = self.last else { return };
        let mut totals = self.at(last);
        if let Some(usual) = usual {
            totals.usual += usual;
            totals.known += 1.0;
        }
        let next = last.saturating_add(1);
        if let Some(place) = self.ring.get_mut(Self::place(next)) {
            *place = totals;
        }
        self.last = Some((next, first.max(next - Self::REACH)));
    }

    /// A call in a second that is held and known; `false` where it is not, and the call is not counted.
    pub(super) fn call(&mut self, second: i64) -> bool {
        let Some((last, first)) = self.last else { return false };
        if second <= first || second > last || self.between(second - 1, second).known < 1.0 {
            return false;
        }
        for s in second..=last {
            if let Some(place) = self.ring.get_mut(Self::place(s)) {
                place.calls += 1.0;
            }
        }
        true
    }

    /// What came after a second becomes unknown: the feed had gone already.
    pub(super) fn forget(&mut self, after: i64) {
        let Some((last, first)) = self.last else { return };
        let kept = self.at(after);
        for s in after.max(first).saturating_add(1)..=last {
            if let Some(place) = self.ring.get_mut(Self::place(s)) {
                *place = kept;
            }
        }
    }

    /// What the seconds (`after`, `until`] hold.
    pub(super) fn between(&self, after: i64, until: i64) -> Counted {
        let (a, b) = (self.at(after), self.at(until));
        Counted { calls: b.calls - a.calls, usual: b.usual - a.usual, known: b.known - a.known }
    }

    /// What the last `span` seconds hold, the running one included.
    pub(super) fn latest(&self, span: i64) -> Counted {
        let last = self.last().unwrap_or(0);
        self.between(last.saturating_sub(span), last)
    }
}
