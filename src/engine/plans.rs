//! Days and pools of the snapshot, from the books: what forecasts and staffing rest on.

use std::sync::Arc;

use super::books::Books;
use crate::config::QueueRules;
use crate::floor::{Scope, ScopeIx};
use crate::metrics::{Counts, Slot, Window};
use crate::model::{Span, Time};
use crate::snapshot::{AT_WORK, DayView, PeopleView, PoolView};
use crate::staffing::{Basis, Goal, Pools, Told, handle_time, patience_time, present_rate};
use crate::usual::Usual;
use crate::usual::forecast::STEP_S;

/// The usual of a day of a scope, by step; empty where none is known.
pub(super) fn usual_steps(books: &Books, usual: &Usual, scope: &Scope) -> Arc<[f32]> {
    let Some(day) = books.days().day() else { return Arc::default() };
    if usual.expected(scope, Time::from_secs(day.from), Time::from_secs(day.from)).is_none() {
        return Arc::default();
    }
    let step = usize::try_from(STEP_S).unwrap_or(300);
    (day.from..day.to)
        .step_by(step)
        .map(|from| {
            let to = (from + STEP_S).min(day.to);
            #[expect(clippy::cast_possible_truncation, reason = "calls of five minutes")]
            let calls = usual.expected(scope, Time::from_secs(from), Time::from_secs(to)).unwrap_or(0.0) as f32;
            calls
        })
        .collect()
}

/// The day of a scope, the usual of it given.
pub(super) fn day_view(books: &Books, usual: &Usual, ix: ScopeIx, steps: Arc<[f32]>) -> DayView {
    let (now, day) = (books.floor().now(), books.days().day());
    let (Some(day), Some(state)) = (day, books.floor().scopes().get(ix as usize)) else { return DayView::default() };
    let calls = books.days().calls(ix, now.second());
    let first = books.span().map_or(now, |(first, _)| first);
    let mut view = DayView::new(Time::from_secs(day.from), now, calls, steps);
    view.blind = books.days().blind(first.second(), now.second());
    view.learning = usual.learning(&state.scope, now);
    view
}

/// The pools of the floor. `counts` are the sums of a scope in a window, `day` is the day of a scope.
pub(super) fn pools(
    books: &Books,
    counts: impl Fn(ScopeIx, Window) -> Counts,
    day: impl Fn(ScopeIx) -> Arc<DayView>,
) -> Vec<Arc<PoolView>> {
    let floor = books.floor();
    // Queues by their scopes: a person's places name queues, which know their scopes.
    let mut number = vec![usize::MAX; floor.scopes().len()];
    for (at, queue) in floor.queues().iter().enumerate() {
        if let Some(place) = number.get_mut(queue.scope as usize) {
            *place = at;
        }
    }
    let of = |scope: ScopeIx| number.get(scope as usize).copied().unwrap_or(usize::MAX);
    let mut union = Pools::new(floor.queues().len());
    for agent in floor.agents() {
        let mut places = floor.places_of(agent);
        if let Some(first) = places.next() {
            places.for_each(|queue| union.join(of(first.scope), of(queue.scope)));
        }
    }
    let groups = union.groups();
    let mut pool_of = vec![usize::MAX; floor.queues().len()];
    for (at, group) in groups.iter().enumerate() {
        for queue in group {
            if let Some(place) = pool_of.get_mut(*queue) {
                *place = at;
            }
        }
    }
    let mut people = vec![PeopleView::default(); groups.len()];
    for agent in floor.agents() {
        let pool = floor.places_of(agent).next().and_then(|q| pool_of.get(of(q.scope))).copied();
        let doing = &agent.doing;
        let slot = Slot::of(doing.state, doing.direction, doing.class);
        if let Some(people) = pool.and_then(|p| people.get_mut(p))
            && let Some(n) = people.by_slot.get_mut(slot.index())
        {
            *n += 1;
        }
    }
    let all = day(0);
    let whole = groups.len() == 1;
    let made = groups.iter().zip(people).map(|(group, people)| {
        let mut pool = pool(books, group, people, &counts, &day, &all);
        pool.whole = whole;
        Arc::new(pool)
    });
    made.collect()
}

fn pool(
    books: &Books,
    group: &[usize],
    people: PeopleView,
    counts: &impl Fn(ScopeIx, Window) -> Counts,
    day: &impl Fn(ScopeIx) -> Arc<DayView>,
    all: &Arc<DayView>,
) -> PoolView {
    let (floor, settings) = (books.floor(), books.settings());
    let queues: Vec<_> = group.iter().filter_map(|q| floor.queues().get(*q)).collect();
    let feeds = || queues.iter().filter_map(|q| floor.feed_of_queue(q));
    let sum = |window: Window| {
        queues.iter().fold(Counts::default(), |mut sum, queue| {
            sum += &counts(queue.scope, window);
            sum
        })
    };
    let now = floor.now();
    let min_sample = settings.figures.min_sample;
    let known = |(first, last): (Time, Time)| last.since(Time::from_secs(books.days().known_from(first.second())));
    let listened = books.span().map_or(Span::ZERO, known);
    let told = Told { after_call: feeds().any(|f| f.after_call_known), ring: feeds().any(|f| f.ring_known) };
    let at_work: u32 = AT_WORK.iter().map(|slot| people.of(*slot)).sum();
    let states = queues.iter().filter_map(|q| floor.scopes().get(q.scope as usize));
    let goals = || queues.iter().map(|q| &q.rules);
    let goal = strictest(goals()).unwrap_or(&settings.queue_defaults);
    let basis = Basis {
        now,
        goal: Goal::of(goal, settings.figures.short_abandon),
        rate: present_rate(sum, min_sample, listened, queues.len() == 1),
        handle: handle_time(sum, told, min_sample),
        after_call: told.after_call,
        patience: patience_time(sum),
        people_told: feeds().any(|f| f.states_known) && (at_work > 0 || people.of(Slot::Unknown) == 0),
        have: at_work,
        busy: at_work - people.of(Slot::Ready),
        waiting: states.map(|s| s.waiting).sum(),
    };
    let scopes =
        queues.iter().filter_map(|q| Some((floor.scopes().get(q.scope as usize)?.scope.clone(), q.name.clone())));
    let days = queues.iter().map(|q| day(q.scope)).collect();
    let mut pool = PoolView::new(scopes.collect(), days, Arc::clone(all), basis);
    pool.people = people;
    pool.stale_since = feeds().filter_map(crate::floor::Feed::stale_since).min();
    pool.mixed = goals()
        .any(|g| (g.within, g.target.to_bits(), g.variant) != (goal.within, goal.target.to_bits(), goal.variant));
    pool
}

/// The highest target; of equals the shortest T.
fn strictest<'a>(rules: impl Iterator<Item = &'a QueueRules>) -> Option<&'a QueueRules> {
    rules.reduce(|a, b| match b.target.total_cmp(&a.target).then(a.within.cmp(&b.within)) {
        std::cmp::Ordering::Greater => b,
        _ => a,
    })
}

/// Days and pools of a recording, as of its end: by scope, the pools, and the usual as learnt or configured.
pub(crate) fn of_recording(books: &mut Books) -> (Vec<Arc<DayView>>, Vec<Arc<PoolView>>) {
    let mut usual = books.usual();
    let now = books.floor().now();
    usual.roll(now, books.floor().scopes().iter().map(|s| &s.scope));
    let count = ScopeIx::try_from(books.floor().scopes().len()).unwrap_or(0);
    let windows = [Window::Min5, Window::Min15, Window::Min30, Window::Hour, Window::Day, Window::Whole];
    let mut counts = Vec::with_capacity(count as usize);
    for scope in 0..count {
        counts.push(windows.map(|w| books.counts(scope, w)));
    }
    let books: &Books = books;
    let days: Vec<Arc<DayView>> = (0..count)
        .map(|ix| {
            let scope = books.floor().scopes().get(ix as usize).map(|s| &s.scope);
            let steps = scope.map_or_else(Arc::default, |s| usual_steps(books, &usual, s));
            Arc::new(day_view(books, &usual, ix, steps))
        })
        .collect();
    let of = |scope: ScopeIx, window: Window| {
        let at = windows.iter().position(|w| *w == window);
        at.and_then(|at| counts.get(scope as usize)?.get(at)).copied().unwrap_or_default()
    };
    let day = |scope: ScopeIx| days.get(scope as usize).cloned().unwrap_or_default();
    let pools = pools(books, of, day);
    (days, pools)
}
