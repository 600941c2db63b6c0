//! The sequential test: is this stream a surge that began some time ago, or an ordinary day?
//!
//! Shiryaev–Roberts: the sum, over every moment a surge may have begun, of the likelihood ratio of the calls since then
//! under "so many times the usual" against the highest rate that is still ordinary, averaged over a few sizes. Without a
//! surge the sum less the expected calls so far is at most a martingale, so that it reaches `A` no more than once in `A`
//! expected calls (Pollak 1985): the limit follows from the budget, with no table. It is kept by recursion, a few
//! multiplications a call.

/// How many sizes of surge are looked for.
const COUNT: usize = 6;
/// Those sizes, times the ratio of the written rule; each weighs the same. A size beyond the last is found by it as well.
const SIZES: [f64; COUNT] = [1.0, 1.2, 1.5, 1.85, 2.3, 3.0];

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
pub(super) struct Runs([Run; COUNT]);

impl Runs {
    /// A second in which at most `ordinary` calls were to be expected; the smallest surge would have brought `surge`.
    pub(super) fn second(&mut self, ordinary: f64, surge: f64) {
        for (run, size) in self.0.iter_mut().zip(SIZES) {
            let keep = (ordinary - size * surge).exp();
            run.aged = (run.aged + run.sum) * keep;
            run.sum = run.sum * keep + ordinary;
        }
    }

    /// A call, at these rates, one of `clump` that come together. Evidence beyond `most` says no more, and would only last longer when all is over.
    pub(super) fn call(&mut self, ordinary: f64, surge: f64, clump: f64, most: f64) {
        if ordinary <= 0.0 {
            return;
        }
        for (run, size) in self.0.iter_mut().zip(SIZES) {
            let factor = size * surge / ordinary;
            let factor = if clump > 1.0 { factor.powf(1.0 / clump) } else { factor };
            let factor = if run.sum * factor > most { most / run.sum } else { factor };
            run.sum *= factor;
            run.aged *= factor;
        }
    }

    /// The evidence: the mean of the sums.
    pub(super) fn evidence(&self) -> f64 {
        self.0.iter().map(|run| run.sum / 6.0).sum()
    }

    /// How long ago it seems to have begun, in seconds, by the size that fits best.
    pub(super) fn age(&self) -> f64 {
        let best = self.0.iter().max_by(|a, b| a.sum.total_cmp(&b.sum));
        best.filter(|run| run.sum > 0.0).map_or(0.0, |run| run.aged / run.sum)
    }

    /// As if nothing had been seen.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
