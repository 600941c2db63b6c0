//! Every figure of a scope in a window, added up from all of its visits and contacts.

use floorwatch::metrics::{Counts, EXITS};
use floorwatch::model::{CallerKey, ExitWhy, Span, Time};

use super::legs::{End, Visit};

/// A talk that is over, with its after-call work.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) queue: String,
    pub(crate) agent: String,
    pub(crate) talk_from: Time,
    pub(crate) talk_to: Time,
    pub(crate) hold: Span,
    pub(crate) transfer: bool,
    /// When the handling was over, and the after-call work in it; `None` while it goes on.
    pub(crate) handled: Option<(Time, Span)>,
}

/// Rules that are not of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) short: Span,
}

/// What is added up from calls.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Sums {
    pub(crate) counts: Counts,
    pub(crate) longest: Option<Span>,
    pub(crate) percentiles: Option<[Span; 4]>,
    pub(crate) different_callers: i64,
}

/// What there is at the instant.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct AtHand {
    pub(crate) waiting: usize,
    pub(crate) waiting_again: usize,
    pub(crate) over: usize,
    pub(crate) oldest_join: Option<Time>,
    pub(crate) oldest_first_join: Option<Time>,
    pub(crate) doubted: usize,
}

/// The sums of waits over facts from `from` up to `now`.
pub(crate) fn sums(visits: &[Visit], limits: Limits, from: Time, now: Time) -> Sums {
    let mut sums = Sums::default();
    let c = &mut sums.counts;
    let inside = |at: Time| from <= at && at <= now;
    let mut waits: Vec<Span> = Vec::new();
    let mut callers: Vec<CallerKey> = Vec::new();
    let mut by_join: Vec<&Visit> = visits.iter().collect();
    by_join.sort_by_key(|v| v.joined);
    for (i, v) in by_join.iter().enumerate() {
        if inside(v.joined) {
            c.offered += 1;
            c.moved_in += i64::from(v.moved_in);
            if let Some(key) = v.caller {
                callers.push(key);
                let recently = |o: &&Visit| o.caller == Some(key) && v.joined.second() - o.joined.second() <= 30 * 60;
                c.redials += i64::from(by_join[..i].iter().any(recently));
            }
        }
        c.moved_out += i64::from(v.moved_out.is_some_and(inside));
        // Still waiting after T, as far as can be known by now.
        let reached = v.joined + v.within;
        if now > reached && v.end.is_none_or(|(at, _)| at > reached) && inside(reached) {
            c.reached_t += 1;
        }
        let (Some((at, end)), Some(wait)) = (v.end, v.wait()) else { continue };
        if !inside(at) {
            continue;
        }
        let in_t = i64::from(wait <= v.within);
        sums.longest = sums.longest.max(Some(wait));
        match end {
            End::Answered { rang } => {
                c.answered += 1;
                c.answered_in_t += in_t;
                c.wait_answered_us += wait.micros();
                c.ring_us += rang.micros();
                waits.push(wait);
            }
            End::Abandoned => {
                c.abandoned_in_t += in_t;
                if wait < limits.short {
                    c.short_abandoned += 1;
                    c.wait_short_us += wait.micros();
                } else {
                    c.abandoned += 1;
                    c.wait_abandoned_us += wait.micros();
                }
            }
            End::Exited(why) => {
                c.exited_by[place(why)] += 1;
                c.exited_in_t += in_t;
                c.wait_exited_us += wait.micros();
            }
        }
    }
    waits.sort_unstable();
    sums.percentiles = [50, 90, 95, 99].map(|p| nth(&waits, p)).into_iter().collect::<Option<Vec<_>>>().and_then(four);
    callers.sort_unstable();
    callers.dedup();
    sums.different_callers = count(callers.len());
    sums
}

/// Adds the contacts of a scope.
pub(crate) fn add_contacts<'a>(c: &mut Counts, contacts: impl Iterator<Item = &'a Contact>, from: Time, now: Time) {
    let inside = |at: Time| from <= at && at <= now;
    for contact in contacts {
        let talk = contact.talk_to.since(contact.talk_from);
        if inside(contact.talk_to) {
            c.contacts += 1;
            c.talk_us += talk.micros();
            c.hold_us += contact.hold.micros();
            c.transfers += i64::from(contact.transfer);
        }
        if let Some((_, after_call)) = contact.handled.filter(|(at, _)| inside(*at)) {
            c.after_calls += 1;
            c.after_call_us += after_call.micros();
            c.handle_us += (talk + after_call).micros();
        }
    }
}

/// Who waits at `now`.
pub(crate) fn at_hand(visits: &[Visit], over: Option<Span>, ghost_after: Span, now: Time) -> AtHand {
    let waiting: Vec<&Visit> = visits.iter().filter(|v| v.waits()).collect();
    // One who waits beyond belief is counted, but never leads.
    let believed: Vec<&&Visit> = waiting.iter().filter(|v| now.since(v.joined) <= ghost_after).collect();
    AtHand {
        waiting: waiting.len(),
        waiting_again: visits.iter().filter(|v| v.waits_again).count(),
        over: believed.iter().filter(|v| now.since(v.joined) > over.unwrap_or(v.within)).count(),
        doubted: waiting.len() - believed.len(),
        oldest_join: believed.iter().map(|v| v.joined).min(),
        oldest_first_join: believed.iter().map(|v| v.first_anywhere).min(),
    }
}

/// The ⌈p·n⌉-th smallest.
fn nth(sorted: &[Span], percent: usize) -> Option<Span> {
    sorted.get((sorted.len() * percent).div_ceil(100).checked_sub(1)?).copied()
}

fn four(p: Vec<Span>) -> Option<[Span; 4]> {
    p.try_into().ok()
}

pub(crate) fn place(why: ExitWhy) -> usize {
    ExitWhy::ALL.iter().position(|w| *w == why).unwrap_or(EXITS)
}

pub(crate) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
