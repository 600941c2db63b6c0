//! What time it is. The wall clock is read once; from there on the monotonic clock counts, so that a step of the system
//! clock moves no figure. Such steps are counted and shown.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::time::Instant;

use crate::model::{Span, Time};

/// A wall clock that moved by more than this against the monotonic one has been stepped.
const STEP: Span = Span::from_secs(1);

/// A clock; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Live { began: Time, at: Instant, watch: Arc<Mutex<StepWatch>> },
    Running { began: Time, at: Instant },
    Fixed(Arc<AtomicI64>),
}

/// Steps of the system's clock since the program began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Steps {
    /// How many were seen.
    pub count: u32,
    /// The last one; positive means the wall clock was set forward.
    pub last: Option<Span>,
    /// The wall clock less ours, now.
    pub apart: Span,
}

impl Clock {
    /// The clock of a live run: the wall clock now, then monotonic.
    #[must_use]
    pub fn live() -> Self {
        let watch = Arc::new(Mutex::new(StepWatch::default()));
        Self(Inner::Live { began: wall(), at: Instant::now(), watch })
    }

    /// A clock that begins at an instant and runs with the monotonic clock (in tests with tokio's paused time: with that).
    #[must_use]
    pub fn running_from(at: Time) -> Self {
        Self(Inner::Running { began: at, at: Instant::now() })
    }

    /// A clock that stands until it is told to advance.
    #[must_use]
    pub fn fixed(at: Time) -> Self {
        Self(Inner::Fixed(Arc::new(AtomicI64::new(at.micros()))))
    }

    /// The time now. Never goes back, unless a fixed clock is told to.
    #[must_use]
    pub fn now(&self) -> Time {
        match &self.0 {
            Inner::Live { began, at, .. } | Inner::Running { began, at } => *began + Span::from(at.elapsed()),
            Inner::Fixed(micros) => Time::from_micros(micros.load(Ordering::Relaxed)),
        }
    }

    /// Moves a fixed clock, and every clone of it; a running one is left alone.
    pub fn advance(&self, by: Span) {
        if let Inner::Fixed(micros) = &self.0 {
            micros.fetch_add(by.micros(), Ordering::Relaxed);
        }
    }

    /// Looks at the wall clock and says how often it was stepped, by more than a second at once. Steps are noticed when
    /// this is called; call it every few seconds. A clock that is not live has none.
    #[must_use]
    pub fn steps(&self) -> Steps {
        match &self.0 {
            Inner::Live { watch, .. } => {
                let apart = wall() - self.now();
                watch.lock().unwrap_or_else(PoisonError::into_inner).observe(apart)
            }
            Inner::Running { .. } | Inner::Fixed(_) => Steps::default(),
        }
    }
}

/// Tells a step from the slow drift of a clock that is being disciplined.
#[derive(Debug, Default)]
struct StepWatch(Steps);

impl StepWatch {
    fn observe(&mut self, apart: Span) -> Steps {
        let moved = apart - self.0.apart;
        if moved > STEP || moved < -STEP {
            self.0.count = self.0.count.saturating_add(1);
            self.0.last = Some(moved);
        }
        self.0.apart = apart;
        self.0
    }
}

fn wall() -> Time {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => Time::default() + Span::from(since),
        Err(before) => Time::default() - Span::from(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_counted_and_a_slow_drift_is_not() {
        let mut watch = StepWatch::default();
        let ms = |n: i64| Span::from_micros(n * 1000);
        for (apart, count) in [(0, 0), (900, 0), (1_800, 0), (5_000, 1), (5_100, 1), (-60_000, 2), (-60_000, 2)] {
            assert_eq!(watch.observe(ms(apart)).count, count, "{apart} ms apart");
        }
        assert_eq!(watch.observe(ms(-60_000)).last, Some(ms(-65_100)));
    }

    #[test]
    fn a_fixed_clock_stands_and_its_clones_move_with_it() {
        let clock = Clock::fixed(Time::from_secs(1_000));
        let other = clock.clone();
        clock.advance(Span::from_secs(5));
        assert_eq!(other.now(), Time::from_secs(1_005));
        assert_eq!(other.steps(), Steps::default());
    }

    #[test]
    fn the_live_clock_does_not_go_back() {
        let clock = Clock::live();
        let first = clock.now();
        assert!(clock.now() >= first);
        assert_eq!(clock.steps().count, 0);
    }
}
