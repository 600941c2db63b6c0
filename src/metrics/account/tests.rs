//! An account takes what was told, and the ends of intervals and days, when it is looked at: one that nobody looks at for
//! long closes the same intervals, with the same figures, as one that is looked at every second.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::config::{QueueRules, QueueSettings, defaults};
use crate::floor::Slot;
use crate::model::{CallId, CallerKey, Envelope, Event, ExitWhy, FeedId, Kind, QueueId, Span};

/// Minutes of an interval, short so that [`ENDS`] of them are a morning.
const INTERVAL_MIN: u32 = 10;
const INTERVAL: i64 = INTERVAL_MIN as i64 * 60;

/// Six hours before midnight of the site, a quarter of an hour before that of a queue.
const START: &str = "2026-05-20T18:00:00Z";

/// A floor of two queues, one in a zone of its own: scopes 0 (all), 1 and 2.
fn floor(start: Time) -> (Arc<Settings>, Floor) {
    let mut settings = defaults().unwrap();
    settings.site.time_zone = TimeZone::UTC;
    settings.figures.interval_min = INTERVAL_MIN;
    let rules = settings.queue_defaults.clone();
    // One of the same name on another feed is another queue.
    settings.queues = [("b", "here", Some("Asia/Tokyo")), ("a", "here", None), ("a", "there", Some("Asia/Kathmandu"))]
        .map(|(feed, id, zone)| QueueSettings {
            feed: Some(FeedId::new(feed)),
            id: QueueId::new(id),
            name: None,
            group: None,
            line: None,
            time_zone: zone.map(|zone| TimeZone::get(zone).unwrap()),
            rules: QueueRules { within: Span::from_secs(if id == "there" { 33 } else { 11 }), ..rules.clone() },
        })
        .to_vec();
    let settings = Arc::new(settings);
    let mut floor = Floor::new(settings.clone());
    for (seq, queue) in [(1, "here"), (2, "there")] {
        let (call, queue) = (CallId::new(queue), QueueId::new(queue));
        let kind = Kind::CallJoined { call, queue, detail: Box::default() };
        let event = Event::new(kind).at(Some(start));
        floor.apply(&Envelope { feed: FeedId::new("a"), epoch: 1, seq, received_at: start, event });
    }
    assert_eq!(floor.scopes().len(), 3);
    (settings, floor)
}

fn accounts(start: Time) -> Metrics {
    let (settings, floor) = floor(start);
    let mut metrics = Metrics::new(settings, true);
    metrics.open(&floor, start);
    metrics.advance(start);
    metrics
}

/// The same where closed intervals are wanted from the beginning.
fn kept(start: Time) -> Metrics {
    let mut metrics = accounts(start);
    metrics.keep_closed();
    metrics
}

const JOINED: What = What::Joined { caller: None, moved_in: false, arrival: true };

fn fact(scope: ScopeIx, at: Time, what: What) -> Fact {
    Fact { scope, at, what }
}

/// The intervals a scope has closed, and how many joined in each; those nothing happened in are left out.
fn offered(metrics: &mut Metrics, scope: ScopeIx) -> Vec<(i64, i64, i64)> {
    let closed = metrics.closed(scope).map(|c| (c.bounds.from, c.bounds.to, c.counts.offered));
    closed.filter(|(_, _, offered)| *offered > 0).collect()
}

#[test]
fn however_many_intervals_nobody_looked_each_is_closed_at_its_own_end() {
    let start = Time::parse(START).unwrap();
    let from = start.second();
    let ends = i64::try_from(ENDS).unwrap();
    for quiet in [0, 1, ends - 2, ends - 1, ends, ends + 1, ends + 30] {
        let mut metrics = kept(start);
        // One joined in the first interval, one at the first second of the last but one; another queue none.
        let later = from + (quiet + 1) * INTERVAL;
        metrics.take(&[fact(1, start, JOINED), fact(1, Time::from_secs(later), JOINED)]);
        metrics.advance(Time::from_secs(later + INTERVAL));
        let closed = [(from, from + INTERVAL, 1), (later, later + INTERVAL, 1)];
        assert_eq!(offered(&mut metrics, 1), closed, "{quiet} intervals of silence");
        assert_eq!(offered(&mut metrics, 2), [], "{quiet} intervals of silence");
        // The day began at midnight.
        let midnight = metrics.day().unwrap().from;
        let today = [from, later].iter().filter(|at| **at >= midnight).count();
        let counts = metrics.counts(1, Window::Day);
        assert_eq!(usize::try_from(counts.offered).unwrap(), today, "{quiet} intervals of silence");
        assert_eq!(metrics.counts(1, Window::Interval).offered, 0, "{quiet} intervals of silence");
    }
}

#[test]
fn a_late_fact_finds_its_interval_closed_though_nobody_looked() {
    let start = Time::parse(START).unwrap();
    let mut metrics = kept(start);
    metrics.take(&[fact(1, start, JOINED)]);
    metrics.advance(start + Span::from_secs(3 * INTERVAL));
    metrics.take(&[fact(1, start + Span::from_secs(INTERVAL - 1), JOINED)]);
    let closed: Vec<_> = metrics.closed(1).map(|c| (c.bounds.from, c.counts.offered, c.revised)).collect();
    let after = |n: i64| (start.second() + n * INTERVAL, 0, false);
    assert_eq!(closed, [(start.second(), 2, true), after(1), after(2)]);
}

#[test]
fn a_queue_of_another_zone_closes_its_intervals_and_days_by_its_own_clock() {
    let start = Time::parse(START).unwrap();
    let mut metrics = kept(start);
    // Kathmandu is 5:45 ahead: its intervals of ten minutes end at :05, its day at 18:15 UTC.
    metrics.take(&[fact(1, start, JOINED), fact(2, start, JOINED)]);
    metrics.advance(start + Span::from_secs(20 * 60));
    let from = start.second();
    assert_eq!(offered(&mut metrics, 1), [(from, from + 600, 1)]);
    assert_eq!(offered(&mut metrics, 2), [(from - 300, from + 300, 1)]);
    assert_eq!([1, 2].map(|scope| metrics.counts(scope, Window::Day).offered), [1, 0]);
    let day = |scope| metrics.window_from(scope, Window::Day).unwrap().rfc3339();
    assert_eq!([day(1), day(2)].map(|t| t.replace("+00:00", "Z")), ["2026-05-20T00:00:00Z", "2026-05-20T18:15:00Z"]);
}

#[test]
fn windows_begin_where_they_say() {
    let start = Time::parse(START).unwrap();
    let (settings, floor) = floor(start);
    let mut metrics = Metrics::new(settings, true);
    assert_eq!(metrics.day(), None, "before time has come");
    metrics.open(&floor, start);
    metrics.advance(start + Span::from_secs(INTERVAL + 61));
    let from = |window| metrics.window_from(1, window).map(|from| from.since(start).whole_secs());
    let windows = [Window::Min5, Window::Min15, Window::Hour, Window::Interval, Window::Day, Window::Whole];
    let hours = 3600;
    let want = [661 - 299, 661 - 899, 661 - 3599, INTERVAL, -18 * hours].map(Some);
    assert_eq!(windows.map(from), [want[0], want[1], want[2], want[3], want[4], None]);
    let day = metrics.day().unwrap();
    assert_eq!((day.from, day.to), (start.second() - 18 * hours, start.second() + 6 * hours));
}

#[test]
fn closed_intervals_are_handed_out_once_with_their_local_names_and_again_when_revised() {
    let start = Time::parse(START).unwrap();
    let at = |seconds| start + Span::from_secs(seconds);
    let mut metrics = accounts(start);
    metrics.take(&[fact(1, start, JOINED)]);
    metrics.advance(at(INTERVAL));
    assert_eq!(metrics.take_closed().len(), 0, "nobody wants them");
    metrics.keep_closed();
    metrics.advance(at(2 * INTERVAL));
    let names = |metrics: &mut Metrics| -> Vec<(ScopeIx, String, i64, bool)> {
        let taken = metrics.take_closed().into_iter();
        taken.map(|(scope, name, closed)| (scope, name, closed.counts.offered, closed.revised)).collect()
    };
    let of = |scope, name: &str, offered, revised| (scope, name.to_owned(), offered, revised);
    assert_eq!(
        names(&mut metrics),
        [
            of(0, "2026-05-20T18:10+00:00", 0, false),
            // The interval that ended while nobody wanted them is not kept.
            of(1, "2026-05-20T18:10+00:00", 0, false),
            of(2, "2026-05-20T23:50+05:45", 0, false),
        ]
    );
    assert_eq!(names(&mut metrics), []);
    metrics.take(&[fact(1, at(5), JOINED)]);
    assert_eq!(names(&mut metrics), []);
    metrics.take(&[fact(1, at(INTERVAL + 5), JOINED)]);
    assert_eq!(names(&mut metrics), [of(1, "2026-05-20T18:10+00:00", 1, true)]);
    assert_eq!(names(&mut metrics), []);
}

#[test]
fn closed_intervals_keep_the_rules_of_their_queue_and_peoples_time() {
    let start = Time::parse(START).unwrap();
    let mut metrics = kept(start);
    let there = What::People { from: None, to: Some(Slot::Ready) };
    for scope in [1, 2] {
        metrics.take(&[fact(scope, start, JOINED), fact(scope, start + Span::from_secs(100), there)]);
    }
    metrics.advance(start + Span::from_secs(INTERVAL));
    for (scope, within, ready) in [(1, 11, 500), (2, 33, 200)] {
        let closed = metrics.closed(scope).next().unwrap();
        assert_eq!(closed.with.queue.within, Span::from_secs(within), "{scope}");
        assert_eq!(closed.people.as_ref().map(|p| p.of(Slot::Ready)), Some(ready * 1_000_000), "{scope}");
    }
}

#[test]
fn intervals_of_a_silence_of_more_than_a_week_are_not_closed_one_by_one() {
    let start = Time::parse(START).unwrap();
    for (days, closed_one_by_one) in [(6, true), (8, false)] {
        let mut metrics = kept(start);
        metrics.take(&[fact(1, start, JOINED)]);
        metrics.advance(start + Span::from_secs(days * 86_400));
        let closed: Vec<(i64, i64)> = metrics.closed(1).map(|c| (c.bounds.from, c.bounds.to)).collect();
        assert_eq!(closed.len() > 50, closed_one_by_one, "{days} days: {closed:?}");
        assert_eq!(closed.last().map(|c| c.1), Some(start.second() + days * 86_400), "{days} days");
        assert_eq!(metrics.counts(1, Window::Day).offered, 0, "{days} days");
    }
}

/// A fact some time after the one before, told late.
#[derive(Clone, Debug)]
struct Plan {
    gap_us: i64,
    late_us: i64,
    scope: ScopeIx,
    what: What,
}

fn plan() -> impl Strategy<Value = Plan> {
    let slot = || prop::option::of((0..3usize).prop_map(|n| [Slot::Ready, Slot::TalkIn, Slot::Rest][n]));
    let caller = || prop::option::of((0..4u64).prop_map(CallerKey::new));
    let wait = || (0..40_000_000i64).prop_map(Span::from_micros);
    let what = prop_oneof![
        caller().prop_map(|caller| What::Joined { caller, moved_in: false, arrival: true }),
        (wait(), caller()).prop_map(|(wait, caller)| What::Answered { wait, ring: Span::ZERO, in_t: true, caller }),
        wait().prop_map(|wait| What::Exited { why: ExitWhy::Timeout, wait, in_t: false }),
        (wait(), wait()).prop_map(|(talk, hold)| What::TalkEnded { talk, hold, transfer: false }),
        (slot(), slot()).prop_map(|(from, to)| What::People { from, to }),
    ];
    let late_us = prop_oneof![4 => Just(0), 1 => 0..5_000_000i64, 1 => 0..7_200_000_000i64];
    // Nearly an interval each, so that many of them are more than [`ENDS`], and fewer than are kept.
    let gap_us = prop_oneof![1 => 0..1_000_000i64, 9 => 480_000_000..600_000_000i64];
    (gap_us, late_us, 0..3u32, what).prop_map(|(gap_us, late_us, scope, what)| Plan { gap_us, late_us, scope, what })
}

/// Everything the accounts of a scope say.
fn everything(metrics: &mut Metrics, scope: ScopeIx) -> (Vec<Closed>, Vec<Tally>, Vec<Counts>) {
    metrics.follow(scope);
    let tallies = Window::ALL.iter().map(|window| metrics.tally(scope, *window)).collect();
    let counts = Window::ALL.iter().map(|window| metrics.counts(scope, *window)).collect();
    (metrics.closed(scope).cloned().collect(), tallies, counts)
}

/// Closed intervals by scope and name, each as last taken.
type Taken = BTreeMap<(ScopeIx, String), Closed>;

fn take_closed(metrics: &mut Metrics, into: &mut Taken) {
    into.extend(metrics.take_closed().into_iter().map(|(scope, name, closed)| ((scope, name), closed)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn whoever_looks_late_sees_what_one_who_looked_every_second_sees(
        plans in prop::collection::vec(plan(), 50..98),
        keep_closed in any::<bool>(),
    ) {
        let start = Time::parse(START).unwrap();
        let [mut every_second, mut late] = [accounts(start), accounts(start)];
        let [mut taken_at_once, mut taken_late] = [Taken::new(), Taken::new()];
        if keep_closed {
            every_second.keep_closed();
            late.keep_closed();
        }
        let mut now = start;
        for plan in &plans {
            let next = now + Span::from_micros(plan.gap_us);
            for second in now.second()..next.second() {
                every_second.advance(Time::from_secs(second + 1));
                for scope in 0..3 {
                    every_second.follow(scope);
                }
                take_closed(&mut every_second, &mut taken_at_once);
            }
            now = next;
            let told = [fact(plan.scope, now - Span::from_micros(plan.late_us), plan.what)];
            for metrics in [&mut every_second, &mut late] {
                metrics.advance(now);
                metrics.take(&told);
            }
        }
        take_closed(&mut every_second, &mut taken_at_once);
        take_closed(&mut late, &mut taken_late);
        prop_assert_eq!(taken_at_once, taken_late);
        for scope in 0..3 {
            prop_assert_eq!(everything(&mut every_second, scope), everything(&mut late, scope), "scope {}", scope);
        }
    }
}
