//! How long to wait before the next try: full jitter, so that a thousand displays do not come back in the same instant.

use std::time::Duration;

use rand::RngExt as _;
use rand_pcg::Pcg32;

/// The longest wait.
pub(super) const CAP: Duration = Duration::from_secs(30);
/// The first wait is at most this long; each further one at most twice the one before.
const FIRST: Duration = Duration::from_secs(1);
/// No wait is shorter: jitter must not make a busy loop.
const LEAST: Duration = Duration::from_millis(100);

/// Waits that grow.
#[derive(Debug)]
pub(super) struct Backoff {
    random: Pcg32,
    tries: u32,
}

impl Backoff {
    pub(super) const fn new(random: Pcg32) -> Self {
        Self { random, tries: 0 }
    }

    /// Anywhere between nothing and a bound that doubles with each try, up to [`CAP`].
    pub(super) fn next_wait(&mut self) -> Duration {
        let bound = FIRST.saturating_mul(1u32.checked_shl(self.tries.min(16)).unwrap_or(u32::MAX)).min(CAP);
        self.tries = self.tries.saturating_add(1);
        bound.mul_f64(self.random.random_range(0.0..1.0)).max(LEAST)
    }

    /// Begins with short waits again.
    pub(super) const fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn waits_are_spread_below_a_bound_that_doubles_up_to_the_cap() {
        let mut longest = [Duration::ZERO; 12];
        for seed in 0..400 {
            let mut backoff = Backoff::new(Pcg32::seed_from_u64(seed));
            for (n, longest) in longest.iter_mut().enumerate() {
                let bound = Duration::from_secs([1, 2, 4, 8, 16].get(n).copied().unwrap_or(30));
                let wait = backoff.next_wait();
                assert!(wait >= LEAST && wait <= bound, "try {n}: {wait:?}");
                *longest = (*longest).max(wait);
            }
        }
        assert!(longest.iter().skip(5).all(|wait| *wait > Duration::from_secs(29)), "{longest:?}");
    }

    #[test]
    fn the_same_seed_waits_the_same_and_a_reset_begins_short() {
        let waits = |n| {
            let mut backoff = Backoff::new(Pcg32::seed_from_u64(n));
            (0..8).map(|_| backoff.next_wait()).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
        let mut backoff = Backoff::new(Pcg32::seed_from_u64(1));
        for _ in 0..9 {
            backoff.next_wait();
        }
        backoff.reset();
        assert!(backoff.next_wait() <= FIRST);
    }
}
