//! Seeded draws: the same numbers for the same seed.

use std::f64::consts::TAU;

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::scenario::Spread;
use crate::model::Span;

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Draw(Pcg64Mcg);

impl Draw {
    /// Stream `stream` of a seed; streams of one seed do not disturb each other.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Uniform in (0, 1], so that its logarithm is finite.
    pub(super) fn unit(&mut self) -> f64 {
        1.0 - self.0.random::<f64>()
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() <= share
    }

    /// Uniform in 0..n; 0 where n is 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.0.random_range(0..n) }
    }

    /// Exponential by the inverse of its distribution function.
    pub(super) fn exponential(&mut self, mean_s: f64) -> Span {
        Span::from_secs_f64(-self.unit().ln() * mean_s)
    }

    /// Lognormal with the given mean and coefficient of variation; the normal by Box and Muller.
    pub(super) fn lognormal(&mut self, spread: Spread) -> Span {
        let variance = spread.cv.mul_add(spread.cv, 1.0).ln();
        let normal = (-2.0 * self.unit().ln()).sqrt() * (TAU * self.unit()).cos();
        Span::from_secs_f64(variance.sqrt().mul_add(normal, spread.mean_s.ln() - variance / 2.0).exp())
    }

    /// An index with probability proportional to its weight; 0 where there is none.
    pub(super) fn pick(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (i, w) in weights.enumerate().filter(|(_, w)| *w > 0.0) {
            last = i;
            left -= w;
            if left <= 0.0 {
                break;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_as_asked() {
        let mut draw = Draw::new(1, 1);
        let n = 20_000;
        let exponential: f64 = (0..n).map(|_| draw.exponential(90.0).secs()).sum::<f64>() / f64::from(n);
        assert!((exponential - 90.0).abs() < 3.0, "{exponential}");
        let spread = Spread { mean_s: 90.0, cv: 0.8 };
        let lognormal: f64 = (0..n).map(|_| draw.lognormal(spread).secs()).sum::<f64>() / f64::from(n);
        assert!((lognormal - 90.0).abs() < 3.0, "{lognormal}");
    }

    #[test]
    fn a_weight_of_nothing_is_never_picked() {
        let mut draw = Draw::new(2, 1);
        for _ in 0..1000 {
            assert_eq!(draw.pick([0.0, 1.0, 0.0].into_iter()), 1);
        }
        assert_eq!(draw.pick(std::iter::empty()), 0);
    }

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let first = |seed, stream| Draw::new(seed, stream).unit();
        assert!((first(7, 1) - first(7, 2)).abs() > 0.0);
        assert!((first(7, 1) - first(8, 1)).abs() > 0.0);
        assert!((first(7, 1) - first(7, 1)).abs() < f64::EPSILON);
    }
}
