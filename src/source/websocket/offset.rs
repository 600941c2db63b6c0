//! How far the server's clock stands from ours, from the time stamps of its heartbeats.

use std::collections::VecDeque;

use crate::model::Span;

/// Samples looked at: with a heartbeat every 10–30 s, the last minutes.
const SAMPLES: usize = 16;
/// A change smaller than this is the network's, and not told.
const TELL: Span = Span::from_micros(100_000);

/// The estimate. A message takes its time on the way, so of the last samples the one nearest to no difference is the best:
/// the network can only have added to it.
#[derive(Debug, Default)]
pub(super) struct Offset {
    samples: VecDeque<Span>,
    told: Option<Span>,
}

impl Offset {
    /// Takes one sample (time stamp less receipt) and gives the offset where it is worth telling: the first time, and
    /// whenever it moved by 0.1 s.
    pub(super) fn sample(&mut self, difference: Span) -> Option<Span> {
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(difference);
        let best = self.samples.iter().copied().min_by_key(|s| s.micros().unsigned_abs())?;
        let moved = self.told.is_none_or(|told| (best - told).micros().unsigned_abs() >= TELL.micros().unsigned_abs());
        if moved {
            self.told = Some(best);
        }
        moved.then_some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_difference_is_told_and_told_again_only_when_it_moved() {
        let mut offset = Offset::default();
        let ms = |n: i64| Span::from_micros(n * 1000);
        for (sample, told) in
            [(-900, Some(-900)), (-950, None), (-820, None), (-300, Some(-300)), (-5_000, None), (-310, None)]
        {
            assert_eq!(offset.sample(ms(sample)), told.map(ms), "{sample}");
        }
    }

    #[test]
    fn an_old_sample_is_forgotten() {
        let mut offset = Offset::default();
        assert_eq!(offset.sample(Span::ZERO), Some(Span::ZERO));
        let told: Vec<_> = (0..SAMPLES).filter_map(|_| offset.sample(Span::from_secs(-60))).collect();
        assert_eq!(told, [Span::from_secs(-60)], "once, when the first sample has gone");
    }
}
