//! Days of another kind, what is planned, what is excluded, and days on which the clock changes: what each of them is
//! taught by, and what it teaches.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use floorwatch::config::{DayCalendar, Excluded, Like, Names, Planned, SpecialDay, UsualProfile, When};
use floorwatch::metrics::Scope;
use floorwatch::model::{FeedId, Label, QueueId, Span, Time};
use floorwatch::usual::{Calendar, History, Taken, Usual};
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

const SHANGHAI: &str = "Asia/Shanghai";

/// Calls each five minutes of an hour of a date.
type Calls = fn(Date, usize) -> u32;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn names(name: &str) -> Names {
    Names { en: Label::new(name), zh: Label::new(name) }
}

fn special(date: Date, kind: &str, like: Like) -> SpecialDay {
    SpecialDay { date, kind: Label::new(kind), name: names(kind), like }
}

fn planned(when: When, factor: f64, queues: &[&str]) -> DayCalendar {
    let queues = queues.iter().map(|q| QueueId::new(q)).collect();
    DayCalendar { planned: vec![Planned { name: names("plan"), when, factor, queues }], ..DayCalendar::default() }
}

fn days(days: Vec<SpecialDay>) -> DayCalendar {
    DayCalendar { days, ..DayCalendar::default() }
}

/// So many calls on each of the days before `day`.
fn taught(calendar: &DayCalendar, (day, back): (Date, i32), zone: &TimeZone, scopes: &[(Scope, Calls)]) -> Usual {
    let mut history = History::new(zone.clone(), Calendar::of(std::slice::from_ref(calendar)), 3);
    for day in (1..=back).map(|n| day - jiff::Span::new().days(n)) {
        for (scope, calls) in scopes {
            (0..288).for_each(|step| history.put(scope, day, step * 5, calls(day, step / 12)));
        }
    }
    Usual::learnt(&UsualProfile::default(), history, zone.clone())
}

/// Usual calls of an hour of the local day, a twelfth of it taken for one.
fn hour(usual: &Usual, scope: &Scope, day: Date, hour: i8, zone: &TimeZone) -> Option<i64> {
    let from = Time::from_jiff(day.at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp());
    let calls = usual.expected(scope, from, from + Span::from_secs(3600))?;
    #[expect(clippy::cast_possible_truncation, reason = "some dozens of calls")]
    Some((calls / 12.0).round() as i64)
}

/// Workdays 30, Saturdays 20, Sundays 10.
fn week(day: Date, _hour: usize) -> u32 {
    match day.weekday() {
        Weekday::Saturday => 20,
        Weekday::Sunday => 10,
        _ => 30,
    }
}

#[test]
fn a_special_day_is_taken_for_another_until_its_kind_is_known() {
    // A Monday; the festival before it was in the three days before.
    let monday = date(2026, 4, 6);
    let like = |like| days(vec![special(monday, "festival", like)]);
    let own = days((3..=6).map(|d| special(date(2026, 4, d), "festival", Like::Nothing)).collect());
    let last_year = days(
        [date(2025, 6, 1), date(2025, 6, 2), date(2025, 6, 3), monday]
            .map(|d| special(d, "festival", Like::Weekday(Weekday::Saturday)))
            .to_vec(),
    );
    for (name, calendar, back, want, taken) in [
        ("an ordinary Monday", DayCalendar::default(), 42, Some(30), None),
        (
            "like a Sunday",
            like(Like::Weekday(Weekday::Sunday)),
            42,
            Some(10),
            Some(Taken::Like(Like::Weekday(Weekday::Sunday))),
        ),
        (
            "like a Saturday",
            like(Like::Weekday(Weekday::Saturday)),
            42,
            Some(20),
            Some(Taken::Like(Like::Weekday(Weekday::Saturday))),
        ),
        ("like a workday", like(Like::Workday), 42, Some(30), Some(Taken::Like(Like::Workday))),
        ("a week is enough for workdays", like(Like::Workday), 7, Some(30), Some(Taken::Like(Like::Workday))),
        (
            "a week is not enough for Sundays",
            like(Like::Weekday(Weekday::Sunday)),
            7,
            None,
            Some(Taken::Like(Like::Weekday(Weekday::Sunday))),
        ),
        ("like no other", like(Like::Nothing), 42, None, Some(Taken::Own)),
        // Friday, Saturday and Sunday of the festival: 30, 20, 10.
        ("by the days of its own", own, 42, Some(20), Some(Taken::Own)),
        // Sunday to Tuesday: 10, 30, 30.
        ("by those of last year", last_year, 330, Some(30), Some(Taken::Own)),
    ] {
        let zone = zone(SHANGHAI);
        let mut usual = taught(&calendar, (monday, back), &zone, &[(Scope::All, week)]);
        assert_eq!(hour(&usual, &Scope::All, monday, 10, &zone), want, "{name}");
        let noon = Time::from_jiff(monday.at(12, 0, 0, 0).to_zoned(zone).unwrap().timestamp());
        usual.roll(noon, [&Scope::All]);
        assert_eq!(usual.today().special.as_ref().map(|(_, taken)| *taken), taken, "{name}");
    }
}

#[test]
fn special_days_teach_no_ordinary_ones() {
    // Of five Mondays three were holidays with hardly a call.
    let monday = date(2026, 4, 13);
    let quiet = |day: Date, _: usize| if day >= date(2026, 3, 23) { 2 } else { 30 };
    let zone = zone(SHANGHAI);
    let holidays = [date(2026, 3, 23), date(2026, 3, 30), date(2026, 4, 6)];
    let calendar = days(holidays.map(|d| special(d, "holiday", Like::Workday)).to_vec());
    for (name, calendar, back, want) in [
        ("named holidays", &calendar, 42, Some(30)),
        ("not named", &DayCalendar::default(), 42, Some(16)),
        ("too few beside them", &calendar, 28, None),
    ] {
        let usual = taught(calendar, (monday, back), &zone, &[(Scope::All, quiet)]);
        assert_eq!(hour(&usual, &Scope::All, monday, 10, &zone), want, "{name}");
    }
}

#[test]
fn what_is_planned_multiplies_the_usual_in_its_span_and_teaches_nothing() {
    let zone = zone(SHANGHAI);
    let monday = date(2026, 4, 13);
    let queue = |id: &str| Scope::Queue(FeedId::new("f"), QueueId::new(id));
    let (sales, other) = (queue("sales"), queue("other"));
    let scopes: [(Scope, Calls); 3] = [(Scope::All, |_, _| 30), (sales.clone(), |_, _| 10), (other.clone(), |_, _| 20)];
    let morning = When::Once(monday.at(8, 0, 0, 0), monday.at(12, 0, 0, 0));
    let over_night = When::Once(date(2026, 4, 12).at(20, 0, 0, 0), monday.at(2, 0, 0, 0));
    let (yearly, monthly) = (When::Yearly(4, 13), When::Monthly(13));
    // (name, plan, then the usual of all, sales, other at 1, at 10 and at 15 o'clock)
    for (name, calendar, want) in [
        ("nothing", DayCalendar::default(), [[30, 10, 20], [30, 10, 20], [30, 10, 20]]),
        ("the site, a morning", planned(morning, 1.5, &[]), [[30, 10, 20], [45, 15, 30], [30, 10, 20]]),
        ("a queue, a morning", planned(morning, 4.0, &["sales"]), [[30, 10, 20], [60, 40, 20], [30, 10, 20]]),
        ("less of a queue", planned(morning, 0.0, &["sales"]), [[30, 10, 20], [20, 0, 20], [30, 10, 20]]),
        ("over midnight", planned(over_night, 2.0, &[]), [[60, 20, 40], [30, 10, 20], [30, 10, 20]]),
        ("each year", planned(yearly, 2.0, &[]), [[60, 20, 40], [60, 20, 40], [60, 20, 40]]),
        ("each month", planned(monthly, 2.0, &["other"]), [[50, 10, 40], [50, 10, 40], [50, 10, 40]]),
        ("named", planned(monthly, 1.0, &[]), [[30, 10, 20], [30, 10, 20], [30, 10, 20]]),
        ("another queue", planned(monthly, 3.0, &["none"]), [[30, 10, 20], [30, 10, 20], [30, 10, 20]]),
    ] {
        let usual = taught(&calendar, (monday, 42), &zone, &scopes);
        let found = [1, 10, 15].map(|at| [&Scope::All, &sales, &other].map(|s| hour(&usual, s, monday, at, &zone)));
        assert_eq!(found, want.map(|row| row.map(Some)), "{name}");
    }
    // Billing days of three months were Mondays, and brought three times as much.
    let billing = |day: Date, _: usize| if day.day() == 5 { 90 } else { 30 };
    let calendar = planned(When::Monthly(5), 3.0, &[]);
    let tuesday = date(2026, 5, 12);
    let usual = taught(&calendar, (tuesday, 77), &zone, &[(Scope::All, billing)]);
    assert_eq!(hour(&usual, &Scope::All, tuesday, 10, &zone), Some(30));
}

#[test]
fn excluded_spans_never_teach() {
    let zone = zone(SHANGHAI);
    let monday = date(2026, 4, 13);
    // Three of five Mondays were mad in the morning.
    let mad = |day: Date, hour: usize| if day >= date(2026, 3, 23) && hour < 12 { 90 } else { 30 };
    let span =
        |from: Date, to: Date| Excluded { why: Label::new("x"), from: from.at(0, 0, 0, 0), to: to.at(12, 0, 0, 0) };
    let whole = vec![span(date(2026, 3, 23), monday)];
    let mornings = vec![
        span(date(2026, 3, 23), date(2026, 3, 23)),
        span(date(2026, 3, 30), date(2026, 3, 30)),
        span(date(2026, 4, 6), date(2026, 4, 6)),
    ];
    for (name, excluded, back, want) in [
        ("nothing", vec![], 42, [Some(60), Some(30)]),
        ("weeks", whole.clone(), 42, [Some(30), Some(30)]),
        ("mornings", mornings, 42, [Some(30), Some(30)]),
        ("too little is left", whole, 28, [None, None]),
    ] {
        let usual =
            taught(&DayCalendar { excluded, ..DayCalendar::default() }, (monday, back), &zone, &[(Scope::All, mad)]);
        let found = [9, 15].map(|at| hour(&usual, &Scope::All, monday, at, &zone));
        assert_eq!(found, want, "{name}");
    }
}

#[test]
fn a_change_of_the_clock_neither_teaches_nor_is_forgotten() {
    let zone = zone("Europe/Berlin");
    // Ten calls each five minutes of real time: a doubled hour counts twice by the local clock, a skipped one not at all.
    for (name, sunday) in [("forward", date(2026, 3, 29)), ("back", date(2026, 10, 25))] {
        let mut history = History::new(zone.clone(), Calendar::default(), 3);
        let start = (sunday - jiff::Span::new().weeks(2)).to_zoned(zone.clone()).unwrap().timestamp().as_second();
        let end = (sunday + jiff::Span::new().weeks(1)).to_zoned(zone.clone()).unwrap().timestamp().as_second();
        for at in (start..end).step_by(60) {
            (0..2).for_each(|_| history.arrival(&Scope::All, Time::from_secs(at)));
        }
        let usual = Usual::learnt(&UsualProfile::default(), history, zone.clone());
        let next = sunday + jiff::Span::new().weeks(1);
        for at in [1, 2, 3, 10] {
            assert_eq!(hour(&usual, &Scope::All, next, at, &zone), Some(10), "{name}: {at} o'clock a week later");
        }
        let day = usual.day(&Scope::All, next).unwrap();
        assert!((day.total() - 2880.0).abs() < 1.0, "{name}: {}", day.total());
    }
    // What the day itself may expect: 23 and 25 hours.
    for (sunday, hours) in [(date(2026, 3, 29), 23.0), (date(2026, 10, 25), 25.0)] {
        let mut usual = taught(&DayCalendar::default(), (sunday, 42), &zone, &[(Scope::All, |_, _| 10)]);
        let day = usual.day(&Scope::All, sunday).unwrap();
        assert!((day.total() - hours * 120.0).abs() < 1.0, "{sunday}: {}", day.total());
        let noon = Time::from_jiff(sunday.at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp());
        usual.roll(noon, [&Scope::All]);
        assert_eq!(usual.today().clock_change.map(Span::whole_secs), Some(if hours > 24.0 { 3600 } else { -3600 }));
    }
}

#[test]
fn a_calendar_that_runs_out_is_told_sixty_days_before() {
    let calendar =
        DayCalendar { name: names("Public holidays"), valid_until: Some(date(2026, 12, 31)), ..DayCalendar::default() };
    let calendar = Calendar::of(&[calendar, DayCalendar::default()]);
    for (day, told) in [
        (date(2026, 10, 31), false),
        (date(2026, 11, 1), true),
        (date(2026, 12, 31), true),
        (date(2027, 1, 1), true),
        (date(2028, 1, 1), true),
    ] {
        assert_eq!(calendar.running_out(day).count() == 1, told, "{day}");
    }
}
