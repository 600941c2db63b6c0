//! The books beside the oracle, every scope and window.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use floorwatch::config::Settings;
use floorwatch::engine::Books;
use floorwatch::metrics::{Counts, Scope, SlotTimes, Window};
use floorwatch::model::{ReasonClass, Span, Time};
use jiff::tz::TimeZone;

use super::calendar::LocalClock;
use super::figures::{Contact, Limits, Sums, add_contacts, at_hand, count, sums};
use super::legs::{Told, Visit, visits_above, visits_of_queue};
use super::people::{Floor, Moment};

pub(crate) struct Oracle<'a> {
    settings: &'a Settings,
    floor: Floor,
    contacts: Vec<Contact>,
    now: Time,
    /// Starts of windows worked out already.
    starts: RefCell<Vec<(TimeZone, Window, Time)>>,
}

impl<'a> Oracle<'a> {
    /// What is known at `now`, from events up to then.
    pub(crate) fn new(settings: &'a Settings, told: &[Told], now: Time) -> Self {
        let reasons: Vec<(String, ReasonClass)> =
            settings.reasons.iter().map(|(word, class)| (word.as_str().to_owned(), *class)).collect();
        let heard: Vec<Told> = told.iter().filter(|t| t.at <= now).cloned().collect();
        let floor = Floor::read(&heard, &reasons);
        Self { settings, contacts: floor.contacts(now), floor, now, starts: RefCell::default() }
    }

    fn inside(&self, scope: &Scope, queue: &str) -> bool {
        match scope {
            Scope::All => true,
            Scope::Queue(_, id) => id.as_str() == queue,
            Scope::Group(group) => {
                self.settings.queues.iter().any(|q| q.id.as_str() == queue && q.group.as_ref() == Some(group))
            }
            Scope::Line(_) | Scope::Team(_) | Scope::Area(_) | Scope::Menu(_) | Scope::Reason(_) => false,
        }
    }

    fn within(&self, queue: &str) -> Span {
        let named = self.settings.queues.iter().find(|q| q.id.as_str() == queue);
        named.map_or(self.settings.queue_defaults.within, |q| q.rules.within)
    }

    fn visits(&self, scope: &Scope) -> Vec<Visit> {
        let calls = &self.floor.calls;
        match scope {
            Scope::Queue(_, id) => visits_of_queue(calls, id.as_str(), self.within(id.as_str())),
            _ => visits_above(calls, |q| self.inside(scope, q), |q| self.within(q), self.now),
        }
    }

    /// Where a window of a scope begins: a queue may have a zone of its own, all else has the site's.
    fn from(&self, scope: &Scope, window: Window) -> Time {
        let own = match scope {
            Scope::Queue(_, id) => self.settings.queues.iter().find(|q| q.id == *id).and_then(|q| q.time_zone.clone()),
            _ => None,
        };
        let zone = own.unwrap_or_else(|| self.settings.site.time_zone.clone());
        let kept = self.starts.borrow().iter().find(|(z, w, _)| *w == window && *z == zone).map(|(_, _, from)| *from);
        kept.unwrap_or_else(|| {
            let figures = &self.settings.figures;
            let clock = LocalClock {
                zone: zone.clone(),
                interval_min: figures.interval_min,
                day_starts_s: figures.day_starts_s,
            };
            let from = clock.from(window, self.now);
            self.starts.borrow_mut().push((zone, window, from));
            from
        })
    }

    fn slot_of<'s>(&'s self, scope: &'s Scope) -> impl Fn(&Moment) -> Option<floorwatch::metrics::Slot> + 's {
        move |m| match scope {
            Scope::All => Some(m.slot),
            Scope::Queue(_, id) => m.places.get(id.as_str()).copied(),
            _ => m.places.keys().any(|q| self.inside(scope, q)).then_some(m.slot),
        }
    }

    pub(crate) fn sums(&self, scope: &Scope, visits: &[Visit], window: Window) -> Sums {
        let figures = &self.settings.figures;
        let limits = Limits { short: figures.short_abandon };
        let from = self.from(scope, window);
        let mut sums = sums(visits, limits, from, self.now);
        let inside = self.contacts.iter().filter(|c| self.inside(scope, &c.queue));
        add_contacts(&mut sums.counts, inside, from, self.now);
        let misses = self.floor.calls.misses.iter();
        sums.counts.ring_no_answer =
            count(misses.filter(|m| self.inside(scope, &m.queue) && from <= m.at && m.at <= self.now).count());
        let slot = self.slot_of(scope);
        sums.counts.not_ready_count = self.floor.not_ready_entries(|m| slot(m).is_some(), from, self.now);
        sums
    }

    /// Each person once, from when known or the window's start: what the times in states must add up to.
    fn window_times_people(&self, window: Window) -> i64 {
        let from = self.from(&Scope::All, window);
        let known = self.floor.people.values().filter_map(super::people::Person::known_since);
        known.map(|at| self.now.since(at.max(from)).micros()).sum()
    }

    pub(crate) fn time(&self, scope: &Scope, window: Window) -> SlotTimes {
        let from = self.from(scope, window);
        self.floor.time(self.slot_of(scope), from, self.now)
    }
}

/// Compares everything; the first difference as text.
pub(crate) fn everything(books: &mut Books, told: &[Told], now: Time) -> Result<(), String> {
    let settings = books.settings().clone();
    let oracle = Oracle::new(&settings, told, now);
    let scopes: Vec<Scope> = books.floor().scopes().iter().map(|s| s.scope.clone()).collect();
    for (ix, scope) in scopes.iter().enumerate() {
        let ix = u32::try_from(ix).unwrap();
        let visits = oracle.visits(scope);
        for window in Window::ALL {
            let place = format!("{scope:?} {} at {now}", window.word());
            let tally = books.tally(ix, *window);
            let want = oracle.sums(scope, &visits, *window);
            same(&place, "counts", &tally.counts, &want.counts)?;
            same(&place, "counts alone", &books.counts(ix, *window), &want.counts)?;
            same(&place, "longest", &tally.longest_us, &want.longest.map(Span::micros))?;
            let told_callers = told.iter().any(|t| {
                t.at <= now
                    && matches!(&t.kind, floorwatch::model::Kind::CallJoined { detail, .. } if detail.caller.is_some())
            });
            same(&place, "callers", &tally.different_callers, &told_callers.then_some(want.different_callers))?;
            percentiles(&place, *window, tally.wait_percentiles_us, want.percentiles)?;
            same(&place, "time", &tally.people, &oracle.time(scope, *window))?;
            if *scope == Scope::All {
                let spent: i64 = tally.people.0.iter().sum();
                same(&place, "window × people", &spent, &oracle.window_times_people(*window))?;
            }
        }
        let got = books.now_in(ix);
        let want = at_hand(&visits, settings.figures.waiting_over, settings.figures.ghost_after, now);
        let place = format!("{scope:?} at {now}");
        same(&place, "waiting", &i64::from(got.waiting), &count(want.waiting))?;
        same(&place, "waiting again", &i64::from(got.waiting_again), &count(want.waiting_again))?;
        same(&place, "over", &i64::from(got.over), &count(want.over))?;
        same(&place, "doubted", &i64::from(got.ghosts), &count(want.doubted))?;
        same(&place, "oldest join", &got.oldest_join, &want.oldest_join)?;
        same(&place, "oldest first join", &got.oldest_first_join, &want.oldest_first_join)?;
    }
    people(books, &oracle, now)
}

/// Without the sums of what lies within one ring, one talk or one person's states: where the parts of these come in
/// another order, the floor keeps what it understood first.
fn in_any_order(counts: &Counts) -> Counts {
    Counts { ring_us: 0, hold_us: 0, after_calls: 0, after_call_us: 0, handle_us: 0, not_ready_count: 0, ..*counts }
}

/// Counts and waits of calls alone, every scope and window.
pub(crate) fn counts(books: &mut Books, told: &[Told], now: Time) -> Result<(), String> {
    let settings = books.settings().clone();
    let oracle = Oracle::new(&settings, told, now);
    let scopes: Vec<Scope> = books.floor().scopes().iter().map(|s| s.scope.clone()).collect();
    for (ix, scope) in scopes.iter().enumerate() {
        let ix = u32::try_from(ix).unwrap();
        let visits = oracle.visits(scope);
        for window in Window::ALL {
            let got = books.counts(ix, *window);
            let want = oracle.sums(scope, &visits, *window);
            let (got, want) = (in_any_order(&got), in_any_order(&want.counts));
            same(&format!("{scope:?} {} at {now}", window.word()), "counts", &got, &want)?;
        }
        let got = i64::from(books.now_in(ix).waiting);
        let want = count(at_hand(&visits, None, settings.figures.ghost_after, now).waiting);
        same(&format!("{scope:?} at {now}"), "waiting", &got, &want)?;
    }
    Ok(())
}

/// Two books that were told the same with ties in another order. Which of two talks that ended at one instant the
/// after-call work belongs to, and whether a person went through a state of no length, is told by nothing but order.
pub(crate) fn alike(one: &mut Books, two: &mut Books) -> Result<(), String> {
    let places = |books: &Books| {
        let scopes = books.floor().scopes().iter().map(|s| s.scope.clone());
        (0u32..).zip(scopes).map(|(ix, scope)| (scope, ix)).collect::<BTreeMap<Scope, u32>>()
    };
    let others = places(two);
    for (scope, ix) in places(one) {
        for window in Window::ALL {
            let tied = |c: Counts| Counts { after_calls: 0, after_call_us: 0, handle_us: 0, not_ready_count: 0, ..c };
            let (a, b) = (tied(one.counts(ix, *window)), tied(two.counts(others[&scope], *window)));
            same(&format!("{scope:?} {}", window.word()), "counts of one order and the other", &a, &b)?;
        }
        let waiting = |books: &mut Books, ix| books.now_in(ix).waiting;
        same(&format!("{scope:?}"), "waiting", &waiting(one, ix), &waiting(two, others[&scope]))?;
    }
    Ok(())
}

/// Waiting at `from` + joined = ended + waiting now, and people's time is one slot at a time; every scope and window.
pub(crate) fn conserved(books: &mut Books) -> Result<(), String> {
    let now = books.floor().now();
    let scopes: Vec<Scope> = books.floor().scopes().iter().map(|s| s.scope.clone()).collect();
    for (ix, scope) in scopes.iter().enumerate() {
        let ix = u32::try_from(ix).unwrap();
        let whole = books.counts(ix, Window::Whole);
        let waiting = i64::from(books.floor().scopes()[ix as usize].waiting);
        let place = format!("{scope:?} at {now}");
        same(&place, "residual of the whole", &(whole.offered - whole.ended()), &waiting)?;
        for window in Window::ALL {
            let counts = books.counts(ix, *window);
            // What was waiting when the window began, from what lies before it.
            let before = whole - counts;
            let at_from = before.offered - before.ended();
            let place = format!("{scope:?} {} at {now}", window.word());
            same(&place, "residual", &(at_from + counts.offered - counts.ended() - waiting), &0)?;
            if at_from < 0 {
                return Err(format!("{place}: {at_from} waiting at its start"));
            }
            let tally = books.tally(ix, *window);
            let members: i64 = books.floor().scopes()[ix as usize].people.iter().map(|n| i64::from(*n)).sum();
            let spent: i64 = tally.people.0.iter().sum();
            if tally.people.0.iter().any(|us| *us < 0) {
                return Err(format!("{place}: time below zero: {:?}", tally.people));
            }
            if let Some(from) = books.metrics().window_from(ix, *window)
                && *scope == Scope::All
                && spent > members * now.since(from).micros()
            {
                return Err(format!("{place}: more time than people: {spent} of {members}"));
            }
        }
    }
    Ok(())
}

fn people(books: &mut Books, oracle: &Oracle<'_>, now: Time) -> Result<(), String> {
    let ids: Vec<String> = books.floor().agents().iter().map(|a| a.id.as_str().to_owned()).collect();
    let contacts = &oracle.contacts;
    for (ix, id) in ids.iter().enumerate() {
        let Some(person) = oracle.floor.people.get(id) else { continue };
        for window in [Window::Day, Window::Whole] {
            let ix = u32::try_from(ix).unwrap();
            let got = if window == Window::Day { books.person_day(ix) } else { books.person_whole(ix) };
            let from = oracle.from(&Scope::All, window);
            let inside = |at: &Time| from <= *at && *at <= now;
            let place = format!("{id} {} at {now}", window.word());
            let mut c = Counts::default();
            add_contacts(&mut c, contacts.iter().filter(|c| c.agent == *id), from, now);
            same(&place, "answered", &got.answered, &count(person.answered.iter().filter(|t| inside(t)).count()))?;
            same(&place, "missed", &got.ring_no_answer, &count(person.missed.iter().filter(|t| inside(t)).count()))?;
            same(&place, "contacts", &(got.contacts, got.talk_us, got.hold_us), &(c.contacts, c.talk_us, c.hold_us))?;
            same(&place, "transfers", &got.transfers, &c.transfers)?;
            same(&place, "after-call", &(got.after_calls, got.after_call_us), &(c.after_calls, c.after_call_us))?;
            same(&place, "handle", &got.handle_us, &c.handle_us)?;
            same(&place, "not ready", &got.not_ready_count, &person.not_ready_entries(|_| true, from, now))?;
            let (ins, outs) = person.signs(from, now);
            same(
                &place,
                "sign-ins and sign-outs",
                &(got.sign_ins, got.sign_outs),
                &(count(ins.len()), count(outs.len())),
            )?;
            if window == Window::Day {
                let first_last = (ins.first().copied(), outs.last().copied());
                same(&place, "first in, last out", &(got.first_sign_in, got.last_sign_out), &first_last)?;
            }
            // Time signed out is nobody's.
            let mut time = SlotTimes::default();
            let known = |m: &Moment| (m.slot != floorwatch::metrics::Slot::SignedOut).then_some(m.slot);
            for (slot, span) in person.spans(from, now, known) {
                time.0[slot.index()] += span.micros();
            }
            let mut got_time = got.time;
            got_time.0[floorwatch::metrics::Slot::SignedOut.index()] = 0;
            same(&place, "time", &got_time, &time)?;
            let reasons: BTreeSet<String> = person.reasons();
            for reason in reasons {
                let of = |m: &Moment| (m.reason.as_ref() == Some(&reason)).then_some(());
                let want: i64 = person.spans(from, now, of).map(|((), span)| span.micros()).sum();
                let told = got.not_ready_by_reason.iter().find(|(r, _)| r.as_str() == reason).map_or(0, |(_, us)| *us);
                same(&place, &reason, &told, &want)?;
            }
        }
    }
    Ok(())
}

/// Sliding windows exactly, the others to 1 %.
fn percentiles(place: &str, window: Window, got: Option<[i64; 4]>, want: Option<[Span; 4]>) -> Result<(), String> {
    let want = want.map(|p| p.map(Span::micros));
    let near = got.zip(want).is_some_and(|(got, want)| {
        got.iter().zip(want).all(|(got, want)| (got - want).abs() <= (want / 100).max(1_000))
    });
    let exact = window.sliding_secs().is_some();
    if got == want || (!exact && near) { Ok(()) } else { Err(format!("{place}: percentiles {got:?}, not {want:?}")) }
}

fn same<T: PartialEq + std::fmt::Debug>(place: &str, what: &str, got: &T, want: &T) -> Result<(), String> {
    if got == want {
        return Ok(());
    }
    let (got, want) = (format!("{got:?}"), format!("{want:?}"));
    // Of a long list of fields, those that differ.
    let fields: Vec<(&str, &str)> = got.split(", ").zip(want.split(", ")).filter(|(g, w)| g != w).collect();
    let told: Vec<String> = fields.iter().map(|(g, w)| format!("{g} (oracle: {w})")).collect();
    Err(format!("{place}: {what}: {}", told.join(", ")))
}
