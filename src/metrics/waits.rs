//! Waits of a window with a fixed start: a histogram for percentiles, the maximum exactly.

use hdrhistogram::Histogram;

/// Two significant digits: an error of at most 1 % (KPI.md).
const DIGITS: u8 = 2;

/// Waits in a histogram of milliseconds; nothing is allocated until the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    histogram: Option<Box<Histogram<u32>>>,
    longest: Option<i64>,
}

impl Waits {
    /// A wait that ended in an answer, microseconds.
    pub(super) fn record(&mut self, wait_us: i64) {
        if self.histogram.is_none() {
            self.histogram = Histogram::new(DIGITS).ok().map(Box::new);
        }
        if let Some(h) = &mut self.histogram {
            // Grows by itself; a wait beyond what can be counted (285 years) is not met.
            let _ = h.record(u64::try_from(wait_us / 1000).unwrap_or(0));
        }
    }

    /// Any wait that ended, microseconds.
    pub(super) fn reached(&mut self, wait_us: i64) {
        self.longest = self.longest.max(Some(wait_us));
    }

    /// The largest, exactly; microseconds.
    pub(super) const fn longest(&self) -> Option<i64> {
        self.longest
    }

    /// Percentiles 50, 90, 95, 99: the middle of the bucket the ⌈p·n⌉-th smallest lies in; microseconds.
    pub(super) fn percentiles(&self) -> Option<[i64; 4]> {
        let h = self.histogram.as_ref().filter(|h| !h.is_empty())?;
        Some([50u64, 90, 95, 99].map(|per_cent| {
            let rank = (h.len() * per_cent).div_ceil(100).max(1);
            let mut passed = 0;
            let mut found = h.max();
            for step in h.iter_recorded() {
                passed += step.count_since_last_iteration();
                if passed >= rank {
                    found = step.value_iterated_to();
                    break;
                }
            }
            let (low, high) = (h.lowest_equivalent(found), h.highest_equivalent(found));
            let middle_us = (low + high) * 500;
            i64::try_from(middle_us).unwrap_or(i64::MAX).min(self.longest.unwrap_or(i64::MAX))
        }))
    }

    /// The histogram: value in milliseconds (the bucket's lowest) and how often; empty buckets left out.
    pub(super) fn recorded(&self) -> Vec<(u64, u64)> {
        let Some(h) = &self.histogram else { return Vec::new() };
        h.iter_recorded()
            .map(|step| (h.lowest_equivalent(step.value_iterated_to()), step.count_since_last_iteration()))
            .collect()
    }

    pub(super) fn clear(&mut self) {
        if let Some(h) = &mut self.histogram {
            h.reset();
        }
        self.longest = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_one_per_cent() {
        let mut waits = Waits::default();
        for s in 1..=1000 {
            waits.record(s * 1_000_000);
            waits.reached(s * 1_000_000);
        }
        let p = waits.percentiles().unwrap_or_default();
        for (got, want) in p.iter().zip([500i64, 900, 950, 990]) {
            let want = want * 1_000_000;
            assert!((got - want).abs() * 100 <= want, "{got} for {want}");
        }
        assert_eq!(waits.longest(), Some(1_000_000_000));
    }

    #[test]
    fn one_wait_is_all_its_percentiles() {
        let mut waits = Waits::default();
        waits.record(3_000_000);
        waits.reached(3_000_000);
        for p in waits.percentiles().unwrap_or_default() {
            assert!((p - 3_000_000).abs() <= 30_000, "{p}");
        }
    }
}
