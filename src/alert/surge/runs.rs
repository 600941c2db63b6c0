//! The sequential test: is this stream a surge that began some time ago, or an ordinary day?
//!
//! Shiryaev–Roberts: the sum, over every moment a surge may have begun, of the likelihood ratio of the calls since then
//! under "ρ times the usual" against "the day as it runs", averaged over a few ρ. Without a surge the sum less the
//! expected calls so far is a martingale, so that it reaches `A` at most once in `A` expected calls (Pollak 1985): the
//! limit follows from the budget, with no table. It is kept by recursion, a few multiplications a call.

/// Sizes of surge that are looked for, times the ordinary rate; each weighs the same.
const SIZES: [f64; 6] = [2.0, 2.5, 3.2, 4.5, 6.5, 9.0];

/// How many they are.
const COUNT: f64 = 6.0;

/// The sum for one size.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    /// Σ of the likelihood ratios over the possible beginnings.
    sum: f64,
    /// The same, each weighed with its age in seconds: its share of `sum` is the mean age.
    aged: f64,
}

/// The sums for all sizes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Runs([Run; SIZES.len()]);

impl Runs {
    /// A second in which `ordinary` calls were to be expected of the day as it runs; a surge of size ρ would have
    /// brought ρ × `base`.
    pub(super) fn second(&mut self, ordinary: f64, base: f64) {
        for (run, size) in self.0.iter_mut().zip(SIZES) {
            let keep = (ordinary - size * base).exp();
            run.aged = (run.aged + run.sum) * keep;
            run.sum = run.sum * keep + ordinary;
        }
    }

    /// A call.
    pub(super) fn call(&mut self, ordinary: f64, base: f64) {
        for (run, size) in self.0.iter_mut().zip(SIZES) {
            let factor = if ordinary > 0.0 { size * base / ordinary } else { 1.0 };
            run.sum = (run.sum * factor).min(1e100);
            run.aged = (run.aged * factor).min(1e104);
        }
    }

    /// The evidence: the mean of the sums.
    pub(super) fn evidence(&self) -> f64 {
        self.0.iter().map(|r| r.sum).sum::<f64>() / COUNT
    }

    /// How long ago it seems to have begun, in seconds, by the size that fits best.
    pub(super) fn age(&self) -> f64 {
        let best = self.0.iter().max_by(|a, b| a.sum.total_cmp(&b.sum));
        best.filter(|r| r.sum > 0.0).map_or(0.0, |r| r.aged / r.sum)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
