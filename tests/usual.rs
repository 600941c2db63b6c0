//! The usual: profile, history, days with a clock change.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use floorwatch::config::UsualProfile;
use floorwatch::metrics::Scope;
use floorwatch::model::{FeedId, QueueId, Span, Time};
use floorwatch::usual::{Calendar, DayKind, History, Learning, Usual};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(date: Date, hour: i8, minute: i8, zone: &TimeZone) -> Time {
    Time::from_jiff(date.at(hour, minute, 0, 0).to_zoned(zone.clone()).unwrap().timestamp())
}

fn close(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() < 1e-6)
}

/// Open 9–18: 60 calls each half-hour.
fn office() -> UsualProfile {
    let all = (0..48).map(|slot| if (18..36).contains(&slot) { 60.0 } else { 0.0 }).collect();
    UsualProfile { all, queues: vec![(QueueId::new("q"), vec![3.0; 48])] }
}

#[test]
fn a_profile_keeps_the_totals_of_its_slots() {
    let berlin = zone("Europe/Berlin");
    let usual = Usual::configured(&office(), berlin.clone());
    let day = date(2026, 5, 5);
    for (from, to, expected) in [
        ((9, 0), (9, 30), 60.0),
        ((9, 0), (18, 0), 60.0 * 18.0),
        ((8, 30), (9, 0), 0.0),
        ((18, 0), (23, 0), 0.0),
        ((12, 0), (12, 10), 20.0),
        ((12, 10), (12, 10), 0.0),
        ((12, 10), (12, 0), 0.0),
    ] {
        let (from, to) = (at(day, from.0, from.1, &berlin), at(day, to.0, to.1, &berlin));
        let found = usual.expected(&Scope::All, from, to);
        assert!(close(found, expected), "{from} {to}: {found:?}");
    }
    assert!(close(usual.rate(&Scope::All, at(day, 12, 0, &berlin)), 2.0));
    let queue = |id: &str| Scope::Queue(FeedId::new("f"), QueueId::new(id));
    let (from, to) = (at(day, 0, 0, &berlin), at(day, 23, 0, &berlin));
    assert!(close(usual.expected(&queue("q"), from, to), 3.0 * 46.0));
    assert_eq!(usual.expected(&queue("other"), from, to), None);
    assert_eq!(usual.expected(&Scope::Group("g".into()), from, to), None);
}

#[test]
fn the_clock_on_the_wall_counts() {
    let berlin = zone("Europe/Berlin");
    let mut usual = Usual::configured(&UsualProfile { all: vec![6.0; 48], queues: vec![] }, berlin.clone());
    // (date, hours it has)
    for (day, hours) in [(date(2026, 3, 29), 23.0), (date(2026, 10, 25), 25.0), (date(2026, 7, 1), 24.0)] {
        let (from, to) = (at(day, 0, 0, &berlin), at(day.tomorrow().unwrap(), 0, 0, &berlin));
        assert!(close(usual.expected(&Scope::All, from, to), hours * 12.0), "{day}");
        // Ready or not, the answer is the same; also over midnight.
        usual.roll(from, [&Scope::All]);
        assert!(close(usual.expected(&Scope::All, from, to), hours * 12.0), "{day}");
        let noon = at(day, 12, 0, &berlin);
        assert!(close(usual.expected(&Scope::All, noon, noon + Span::from_secs(5 * 86_400)), 5.0 * 288.0), "{day}");
    }
    let mut open = Usual::configured(&office(), berlin.clone());
    open.roll(at(date(2026, 3, 29), 5, 0, &berlin), [&Scope::All]);
    let day = date(2026, 3, 29);
    let nine = at(day, 9, 0, &berlin);
    assert!(close(open.expected(&Scope::All, nine, nine + Span::from_secs(1800)), 60.0), "opens at 9 by the clock");
}

/// So many calls in a quarter of an hour, evenly over its fives.
fn quarter(history: &mut History, date: Date, slot: usize, calls: u32) {
    for part in 0..3 {
        let here = calls / 3 + u32::from(part < calls % 3);
        history.add(&Scope::All, date, 15 * slot + 5 * part as usize, here);
    }
}

/// `calls(week)` a quarter of an hour from 8:00 to 20:00 on each day of so many weeks from Monday 5 January 2026.
fn taught(weeks: i32, calls: impl Fn(i32) -> u32) -> History {
    let mut history = History::new(zone("Asia/Shanghai"), Calendar::default(), 3);
    for day in 0..weeks * 7 {
        let date = date(2026, 1, 5) + jiff::Span::new().days(day);
        (32..80).for_each(|slot| quarter(&mut history, date, slot, calls(day / 7)));
    }
    history
}

fn hour(history: History, date: Date, hour: i8) -> Option<f64> {
    let shanghai = zone("Asia/Shanghai");
    let usual = Usual::learnt(&UsualProfile::default(), history, shanghai.clone());
    let from = at(date, hour, 0, &shanghai);
    usual.expected(&Scope::All, from, from + Span::from_secs(3600))
}

#[test]
fn too_little_history_says_so_and_falls_back() {
    let shanghai = zone("Asia/Shanghai");
    let day = date(2026, 1, 19);
    assert_eq!(hour(taught(2, |_| 10), day, 12), None);
    assert!(close(hour(taught(3, |_| 10), date(2026, 1, 26), 12), 40.0));
    let usual = Usual::learnt(&office(), taught(2, |_| 10), shanghai.clone());
    let noon = at(day, 12, 0, &shanghai);
    assert!(close(usual.expected(&Scope::All, noon, noon + Span::from_secs(3600)), 120.0), "the profile");
    assert_eq!(usual.learning(&Scope::All, noon), Some(Learning { have: 2, need: 3 }));
    let usual = Usual::learnt(&office(), taught(3, |_| 10), shanghai.clone());
    assert_eq!(usual.learning(&Scope::All, at(date(2026, 1, 26), 12, 0, &shanghai)), None);
}

#[test]
fn one_mad_day_teaches_nothing() {
    let day = date(2026, 1, 5) + jiff::Span::new().weeks(8);
    assert!(close(hour(taught(8, |week| if week == 5 { 90 } else { 10 }), day, 12), 40.0));
    // Eight weeks are looked at, not more.
    let day = date(2026, 1, 5) + jiff::Span::new().weeks(12);
    assert!(close(hour(taught(12, |week| if week < 4 { 90 } else { 10 }), day, 12), 40.0));
}

#[test]
fn what_is_excluded_does_not_teach() {
    let shanghai = zone("Asia/Shanghai");
    // Half of four weeks surged; left in, the median stands between.
    let history = || taught(4, |week| if week >= 2 { 50 } else { 10 });
    let day = date(2026, 2, 2);
    assert!(close(hour(history(), day, 12), 120.0));
    let mut cleaned = history();
    for week in 2..4 {
        let monday = date(2026, 1, 5) + jiff::Span::new().weeks(week);
        let scope = if week == 2 { None } else { Some(&Scope::All) };
        cleaned.exclude(scope, at(monday, 7, 0, &shanghai), at(monday, 21, 0, &shanghai));
    }
    assert!(close(hour(cleaned, day, 12), 40.0));
}

#[test]
fn a_surge_marked_as_one_does_not_teach_until_it_is_the_usual() {
    let shanghai = zone("Asia/Shanghai");
    let day = date(2026, 1, 5) + jiff::Span::new().weeks(8);
    // Surges in the last two of eight weeks, then in the last five.
    for (first, wanted) in [(6, 40.0), (3, 200.0)] {
        let mut history = taught(8, |week| if week >= first { 50 } else { 10 });
        for week in first..8 {
            let monday = date(2026, 1, 5) + jiff::Span::new().weeks(week);
            history.surged(&Scope::All, at(monday, 7, 0, &shanghai), at(monday, 21, 0, &shanghai));
        }
        assert!(close(hour(history, day, 12), wanted), "{first}");
    }
}

#[test]
fn how_counts_stray_is_measured() {
    let steady = taught(8, |_| 30).spread(&Scope::All, date(2026, 3, 2)).unwrap();
    assert!(steady.factor < 0.1 && (steady.clump - 1.0).abs() < 1e-9, "{steady:?}");
    let known = taught(2, |_| 30).spread(&Scope::All, date(2026, 1, 19));
    assert_eq!(known, None);
}

#[test]
fn special_days_learn_from_their_own_kind() {
    let shanghai = zone("Asia/Shanghai");
    let holiday = DayKind::Special(1);
    let mut calendar = Calendar::default();
    let holidays = [date(2026, 1, 5), date(2026, 1, 14), date(2026, 1, 23), date(2026, 2, 2)];
    for day in holidays {
        calendar.mark(day, holiday);
    }
    assert_eq!(calendar.kind(date(2026, 1, 14)), holiday);
    let mut history = History::new(shanghai, calendar, 3);
    for day in 0..28 {
        let date = date(2026, 1, 5) + jiff::Span::new().days(day);
        let calls = if holidays.contains(&date) { 2 } else { 20 };
        (0..96).for_each(|slot| quarter(&mut history, date, slot, calls));
    }
    assert!(close(hour(history, date(2026, 2, 2), 12), 8.0));
}

#[test]
fn rare_calls_have_a_usual_all_the_same() {
    // One call in every third quarter: a plain median of each quarter would be 0 all day.
    let mut history = History::new(zone("Asia/Shanghai"), Calendar::default(), 3);
    for day in 0..56_i32 {
        let date = date(2026, 1, 5) + jiff::Span::new().days(day);
        for slot in (0..96_u32).filter(|slot| (slot + day.unsigned_abs() / 7).is_multiple_of(3)) {
            history.add(&Scope::All, date, 15 * slot as usize, 1);
        }
    }
    let day = date(2026, 1, 5) + jiff::Span::new().weeks(8);
    let found = hour(history, day, 12).unwrap();
    assert!((found - 4.0 / 3.0).abs() < 0.4, "{found}");
}

#[test]
fn a_level_that_stays_is_a_shift_until_it_is_said_to_be_normal() {
    let monday = jiff::civil::date(2026, 3, 2);
    let date = |day: i64| monday + jiff::Span::new().days(day);
    // Four weeks of 480 calls a day, then seven days of half as many again.
    let taught = |days: i64| {
        let mut history = History::new(TimeZone::UTC, Calendar::default(), 3);
        for day in 0..days {
            for minute in (480..960).step_by(5) {
                history.add(&Scope::All, date(day), minute, if day < 28 { 6 } else { 9 });
            }
        }
        history
    };
    let shift = |days: i64| taught(days).shift(&Scope::All, date(days), 5).map(|s| (s.since, (s.ratio * 10.0).round()));
    assert_eq!(shift(28), None);
    assert_eq!(shift(32), None, "four days");
    assert_eq!(shift(33), Some((date(28), 15.0)));
    assert_eq!(taught(33).shift(&Scope::All, date(33), 0), None, "not looked for");
    // In parts of 48 calls: the edges of the day are a matter of their own.
    let expected = |history: History, day: i64| {
        let usual = Usual::learnt(&UsualProfile::default(), history, TimeZone::UTC);
        usual.day(&Scope::All, date(day)).map(|curve| (curve.expected(curve.start(), curve.end()) / 48.0).round())
    };
    // The usual of a Saturday, of which none has run at the new level: as it was, and at the user's word as it is.
    assert_eq!(expected(taught(33), 33), Some(12.0));
    let mut said = taught(33);
    said.set_new_normal(Some(date(28)));
    assert_eq!(said.shift(&Scope::All, date(33), 5), None);
    assert_eq!(expected(said, 33), Some(18.0));
    // Weeks later the level is not taken twice.
    let mut said = taught(70);
    said.set_new_normal(Some(date(28)));
    assert_eq!(expected(said, 70), Some(18.0));
}
