//! How long callers are willing to wait.

use crate::model::Span;

/// Fewer abandons than this say nothing of patience: a few percent of surprise either way would move the need by agents.
pub const MIN_ABANDONS: u64 = 10;

/// Mean patience of callers, taken as exponential: `total_waited` is the waiting time of all callers, answered, abandoned and
/// exited alike; `abandons` counts those who gave up. `None` where there are fewer than [`MIN_ABANDONS`].
///
/// Those who were answered would have waited longer (their patience is censored); the maximum-likelihood estimate of
/// an exponential mean under censoring is total time at risk ÷ events. The mean wait of those who gave up is not patience:
/// it is far too short.
#[must_use]
pub fn patience(total_waited: Span, abandons: u64) -> Option<Span> {
    let n = i64::try_from(abandons).ok().filter(|_| abandons >= MIN_ABANDONS)?;
    let mean = Span::from_micros(total_waited.micros().checked_div(n)?);
    (mean > Span::ZERO).then_some(mean)
}
