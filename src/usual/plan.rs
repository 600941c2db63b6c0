//! The plain usual of a date with what is planned for it, and what there is to say of the date.

use std::sync::Arc;

use jiff::civil::Date;

use super::curve::day_start;
use super::{Plan, Taken, Today, Usual};
use crate::metrics::Scope;
use crate::model::{FeedId, QueueId, Span, Time};

impl Usual {
    /// Usual calls of each local minute of a date: history, else the profile, times what is planned.
    pub(super) fn planned_minutes(&self, scope: &Scope, date: Date) -> Option<Vec<f64>> {
        let mut minutes = self.plain_minutes(scope, date)?;
        let Some(history) = &self.history else { return Some(minutes) };
        for plan in history.calendar().planned(date).filter(|plan| plan.concerns(scope)) {
            let span = plan.minutes(date);
            if plan.queues.is_empty() || matches!(scope, Scope::Queue(..)) {
                minutes.iter_mut().skip(span.start).take(span.len()).for_each(|m| *m *= plan.factor);
            } else {
                // Above the queues it is planned for: their part more, or less.
                for queue in plan.queues.iter().filter(|queue| self.is_above(scope, queue)) {
                    self.add_part(&mut minutes, date, &plan, queue);
                }
            }
        }
        Some(minutes)
    }

    fn plain_minutes(&self, scope: &Scope, date: Date) -> Option<Vec<f64>> {
        let learnt = self.history.as_ref().and_then(|h| h.minutes(scope, date));
        learnt.or_else(|| self.profile.of(scope).map(<[f64]>::to_vec))
    }

    fn is_above(&self, scope: &Scope, queue: &QueueId) -> bool {
        *scope == Scope::All || self.places.get(queue).is_some_and(|above| above.contains(scope))
    }

    fn add_part(&self, minutes: &mut [f64], date: Date, plan: &Plan, queue: &QueueId) {
        let mut of_queue: Vec<Scope> = self.history.iter().flat_map(|h| h.queues(queue)).collect();
        if of_queue.is_empty() {
            of_queue.push(Scope::Queue(FeedId::default(), queue.clone()));
        }
        let span = plan.minutes(date);
        for part in of_queue.iter().filter_map(|scope| self.plain_minutes(scope, date)) {
            for (minute, more) in minutes.iter_mut().zip(part).skip(span.start).take(span.len()) {
                *minute = (*minute + more * (plan.factor - 1.0)).max(0.0);
            }
        }
    }

    /// Another date has begun.
    pub(super) fn turn(&mut self, date: Date) {
        let start = |date: Option<Date>| date.and_then(|d| day_start(d, &self.zone)).unwrap_or(Time::MIN);
        let after = date.tomorrow().ok().and_then(|d| d.tomorrow().ok());
        self.ready_span = (start(date.yesterday().ok()), start(after));
        let length = start(date.tomorrow().ok()) - start(Some(date));
        let change = length - Span::from_secs(86_400);
        let mut today = Today { date: Some(date), ..Today::default() };
        if let Some(history) = &mut self.history {
            history.forget(date);
            self.shift = history.shift(&Scope::All, date, self.shift_days);
            let calendar = history.calendar();
            let taken = history.taken(&Scope::All, date).unwrap_or(Taken::Own);
            today.special = calendar.special(date).map(|(name, _)| (name.clone(), taken));
            today.planned = calendar.planned(date).collect();
            today.running_out = calendar.running_out(date).cloned().collect();
        }
        today.clock_change = (change != Span::ZERO).then_some(change);
        self.today = Arc::new(today);
    }
}
