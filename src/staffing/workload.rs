//! Staffing without a model of waiting, and from seats to people.

use crate::model::Span;

/// Agents by workload: calls × handle time ÷ (period × `utilization` × `attendance`), not rounded. `None` where a divisor
/// is not above 0. An Erlang figure already holds the slack that `utilization` stands for: never both at once.
#[must_use]
pub fn workload_agents(calls: f64, handle: Span, period: Span, utilization: f64, attendance: f64) -> Option<f64> {
    let share = |x: f64| (x > 0.0 && x <= 1.0).then_some(x);
    let available = period.secs() * share(utilization)? * share(attendance)?;
    let agents = super::erlang::tame(calls) * handle.or_zero().secs() / available;
    (available > 0.0 && agents.is_finite()).then_some(agents)
}

/// People to schedule for `seats` at work: seats ÷ (1 − `shrinkage`), rounded up; shrinkage 缩减率 is the share of paid time
/// away from calls (rests, training, leave), 0 to below 1. `None` outside that.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates; not negative here"
)]
pub fn people_to_schedule(seats: u32, shrinkage: f64) -> Option<u32> {
    // A hair less, so that 7 ÷ 0.7 is 10 and not 11 by a rounding error.
    (0.0..1.0).contains(&shrinkage).then(|| (f64::from(seats) / (1.0 - shrinkage) - 1e-9).ceil().max(0.0) as u32)
}
