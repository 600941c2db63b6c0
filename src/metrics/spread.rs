//! How lengths of a window spread: a histogram for percentiles, the maximum exactly.

use hdrhistogram::Histogram;

/// Two significant digits: an error of at most 1 % (KPI.md).
const DIGITS: u8 = 2;

/// Percentiles 50, 90, 95, 99, microseconds.
pub type Percentiles = [i64; 4];

/// What lengths a distribution is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spread {
    /// Waits of answered.
    Wait,
    /// Connected time of contacts that ended.
    Talk,
    /// Hold of contacts that ended.
    Hold,
    /// After-call work that ended.
    AfterCall,
    /// Connected and after-call time of contacts whose handling ended.
    Handle,
}

impl Spread {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();
    /// Every one, in the order of KPI.md.
    pub const ALL: [Self; 5] = [Self::Wait, Self::Talk, Self::Hold, Self::AfterCall, Self::Handle];

    /// Position in arrays.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// So many lengths are kept as they are, exactly; with more, a histogram takes less room.
const FEW: usize = 512;

/// Lengths of a window, to the millisecond: a few as they are, many in a histogram. Nothing is allocated until the first
/// that is not zero, four bytes each until there are [`FEW`], then about 7 KiB where lengths reach 20 minutes.
#[derive(Clone, Debug, Default)]
pub(super) struct Lengths {
    few: Vec<u32>,
    histogram: Option<Box<Histogram<u32>>>,
    zeros: u64,
    longest: Option<i64>,
    percentiles: Option<Percentiles>,
    stale: bool,
}

impl Lengths {
    /// A length, microseconds.
    pub(super) fn record(&mut self, us: i64) {
        self.stale = true;
        let ms = u64::try_from(us / 1000).unwrap_or(0);
        if ms == 0 {
            self.zeros += 1;
            return;
        }
        self.reached(us);
        match (&mut self.histogram, u32::try_from(ms)) {
            (None, Ok(ms)) if self.few.len() < FEW => {
                if self.few.len() == self.few.capacity() {
                    // Half more, not twice as much: there are thousands of these.
                    self.few.reserve_exact((self.few.len() / 2).max(12));
                }
                self.few.push(ms);
            }
            // Grows by itself; a length beyond what can be counted (285 years) is not met.
            (Some(h), _) => {
                let _ = h.record(ms);
            }
            (None, _) => {
                self.histogram = Histogram::new(DIGITS).ok().map(Box::new);
                if let Some(h) = &mut self.histogram {
                    for few in std::mem::take(&mut self.few).into_iter().map(u64::from).chain([ms]) {
                        let _ = h.record(few);
                    }
                }
            }
        }
    }

    /// A length that counts for the maximum alone, microseconds.
    pub(super) fn reached(&mut self, us: i64) {
        self.longest = self.longest.max(Some(us));
    }

    /// The largest, exactly; microseconds.
    pub(super) const fn longest(&self) -> Option<i64> {
        self.longest
    }

    /// Percentiles: the middle of the bucket the ⌈p·n⌉-th smallest lies in.
    pub(super) fn percentiles(&mut self) -> Option<Percentiles> {
        if std::mem::take(&mut self.stale) {
            self.percentiles = self.compute();
        }
        self.percentiles
    }

    fn compute(&self) -> Option<Percentiles> {
        let Some(h) = &self.histogram else { return self.compute_few() };
        let n = self.zeros + h.len();
        let ranks = [50, 90, 95, 99].map(|per_cent| (n * per_cent).div_ceil(100).max(1));
        let mut out = [0; 4];
        if n == 0 {
            return None;
        }
        let mut wanted = out.iter_mut().zip(ranks).filter(|(_, rank)| *rank > self.zeros).peekable();
        let mut passed = self.zeros;
        for step in h.iter_recorded() {
            passed += step.count_since_last_iteration();
            while let Some((place, _)) = wanted.next_if(|(_, rank)| passed >= *rank) {
                let found = step.value_iterated_to();
                let middle_us = (h.lowest_equivalent(found) + h.highest_equivalent(found)).saturating_mul(500);
                *place = i64::try_from(middle_us).unwrap_or(i64::MAX).min(self.longest.unwrap_or(i64::MAX));
            }
        }
        Some(out)
    }

    fn compute_few(&self) -> Option<Percentiles> {
        let mut few = self.few.clone();
        few.sort_unstable();
        let zeros = usize::try_from(self.zeros).unwrap_or(usize::MAX);
        let n = zeros.saturating_add(few.len());
        let at = |per_cent: usize| {
            let rank = n.saturating_mul(per_cent).div_ceil(100).max(1);
            let ms = rank.checked_sub(zeros + 1).and_then(|i| few.get(i)).copied().unwrap_or(0);
            i64::from(ms) * 1000
        };
        (n > 0).then(|| [50, 90, 95, 99].map(at))
    }

    /// The distribution: values in milliseconds (of a histogram, the lowest of a bucket) and how often, rising.
    pub(super) fn recorded(&self) -> Vec<(u64, u64)> {
        let mut recorded = Vec::new();
        if self.zeros > 0 {
            recorded.push((0, self.zeros));
        }
        if let Some(h) = &self.histogram {
            let steps = h.iter_recorded();
            recorded
                .extend(steps.map(|s| (h.lowest_equivalent(s.value_iterated_to()), s.count_since_last_iteration())));
        } else {
            let mut few = self.few.clone();
            few.sort_unstable();
            recorded.extend(
                few.chunk_by(|a, b| a == b)
                    .filter_map(|same| Some((u64::from(*same.first()?), u64::try_from(same.len()).ok()?))),
            );
        }
        recorded
    }
}

/// The ⌈p·n⌉-th smallest for 50, 90, 95, 99 %, exactly.
pub(super) fn exact_percentiles(values: &mut [i64]) -> Option<Percentiles> {
    if values.is_empty() {
        return None;
    }
    let n = values.len();
    let mut out = [0; 4];
    for (slot, per_cent) in out.iter_mut().zip([50, 90, 95, 99]) {
        let rank = (n * per_cent).div_ceil(100).clamp(1, n);
        let (_, value, _) = values.select_nth_unstable(rank - 1);
        *slot = *value;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_are_the_ceiling_rank() {
        let mut ten: Vec<i64> = (1..=10).rev().collect();
        assert_eq!(exact_percentiles(&mut ten), Some([5, 9, 10, 10]));
        assert_eq!(exact_percentiles(&mut [7]), Some([7, 7, 7, 7]));
        assert_eq!(exact_percentiles(&mut []), None);
    }

    #[test]
    fn one_length_is_all_its_percentiles() {
        let mut lengths = Lengths::default();
        lengths.record(3_000_000);
        for p in lengths.percentiles().unwrap_or_default() {
            assert!((p - 3_000_000).abs() <= 30_000, "{p}");
        }
    }

    #[test]
    fn lengths_of_nothing_take_no_room() {
        let mut lengths = Lengths::default();
        (0..100).for_each(|_| lengths.record(0));
        assert_eq!(lengths.percentiles(), Some([0; 4]));
        assert!(lengths.histogram.is_none() && lengths.few.capacity() == 0);
    }

    /// Half of them of no length, half of 1 s to 1000 s: more than are kept as they are.
    fn half_of_nothing() -> Lengths {
        let mut lengths = Lengths::default();
        (1..=1000).for_each(|s| {
            lengths.record(0);
            lengths.record(s * 1_000_000);
        });
        lengths
    }

    #[test]
    fn lengths_of_nothing_have_their_ranks_among_many() {
        let mut lengths = half_of_nothing();
        assert!(lengths.histogram.is_some());
        let [p50, p90, p95, p99] = lengths.percentiles().unwrap_or_default();
        // The 1000th of 2000 is the last of nothing; the 1800th is the 800th of the rest.
        assert_eq!(p50, 0);
        for (got, want) in [(p90, 800_000_000), (p95, 900_000_000), (p99, 980_000_000)] {
            assert!((got - want).abs() * 100 <= want, "{got} for {want}");
        }
    }

    #[test]
    fn a_distribution_says_how_often_each_length_was_met() {
        let mut lengths = Lengths::default();
        assert_eq!(lengths.recorded(), []);
        for ms in [700, 30, 0, 700, 0, 12, 700] {
            lengths.record(ms * 1000);
        }
        assert_eq!(lengths.recorded(), [(0, 2), (12, 1), (30, 1), (700, 3)]);
        let mut lengths = Lengths::default();
        lengths.record(5000);
        assert_eq!(lengths.recorded(), [(5, 1)]);
        let many = half_of_nothing().recorded();
        assert_eq!(many.first(), Some(&(0, 1000)));
        assert_eq!(many.iter().map(|(_, n)| n).sum::<u64>(), 2000);
        assert!(many.is_sorted_by(|a, b| a.0 < b.0));
        let sum: u64 = many.iter().map(|(ms, n)| ms * n).sum();
        assert!(sum.abs_diff(500_500_000) <= 5_005_000, "{sum}");
    }

    proptest! {
        #[test]
        fn percentiles_are_within_one_per_cent_of_the_exact(ms in prop::collection::vec(0i64..4_000_000, 1..1500)) {
            let mut us: Vec<i64> = ms.iter().map(|ms| ms * 1000).collect();
            let mut lengths = Lengths::default();
            for us in &us {
                lengths.record(*us);
            }
            let got = lengths.percentiles().unwrap_or_default();
            let want = exact_percentiles(&mut us).unwrap_or_default();
            for (got, want) in got.iter().zip(want) {
                prop_assert!((got - want).abs() * 100 <= want, "{} for {}", got, want);
            }
        }
    }
}
