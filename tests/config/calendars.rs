//! Calendars: the days of China as published, files of one's own, and what is wrong with them told at its line.

use floorwatch::config::{DayCalendar, Like, When};
use jiff::civil::{Date, Weekday, date};

use super::Case;

fn of(zone: &str, calendars: &str) -> Vec<DayCalendar> {
    Case::new(format!("[site]\ntime_zone = \"{zone}\"\n[usual]\ncalendars = {calendars}\n")).settings().calendars
}

#[test]
fn in_chinas_zone_chinas_days_are_known() {
    let found = of("Asia/Shanghai", "[\"auto\"]");
    assert_eq!(found.len(), 2);
    let days = &found.first().unwrap().days;
    let kind = |on: Date| days.iter().find(|d| d.date == on).map(|d| (d.kind.as_str(), d.like));
    assert_eq!(kind(date(2026, 2, 17)), Some(("spring-festival", Like::Weekday(Weekday::Sunday))));
    assert_eq!(kind(date(2026, 2, 14)), Some(("make-up", Like::Workday)));
    assert_eq!(kind(date(2026, 9, 20)), Some(("make-up", Like::Workday)));
    assert_eq!(kind(date(2026, 10, 7)), Some(("holiday", Like::Weekday(Weekday::Sunday))));
    assert_eq!(kind(date(2026, 10, 8)), None);
    // The notice for 2026: 33 days off in all, weekends among them, and 6 weekend days of work.
    let of_2026 =
        |kind: &str, is: bool| days.iter().filter(|d| d.date.year() == 2026 && (d.kind.as_str() == kind) == is).count();
    assert_eq!((of_2026("make-up", false), of_2026("make-up", true)), (33, 6));
    // A make-up day is a Saturday or Sunday; else the table has a slip.
    for day in days.iter().filter(|d| d.like == Like::Workday) {
        assert!(matches!(day.date.weekday(), Weekday::Saturday | Weekday::Sunday), "{}", day.date);
    }
    let mut dates: Vec<Date> = days.iter().map(|d| d.date).collect();
    dates.sort();
    assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "a day is named twice");
    assert_eq!(found.first().unwrap().valid_until, Some(date(2026, 12, 31)));
}

#[test]
fn elsewhere_there_is_none_unless_named() {
    assert_eq!(of("Europe/Berlin", "[\"auto\"]").len(), 0);
    assert_eq!(of("Europe/Berlin", "[\"cn-holidays\"]").len(), 1);
    assert_eq!(of("Asia/Shanghai", "[]").len(), 0);
}

#[test]
fn a_file_of_ones_own_is_read_beside_the_configuration() {
    let text = r#"
name = "Ours"
[[planned]]
name = "Billing day"
every = "31"
factor = 1.4
queues = ["billing"]
[[planned]]
name = "Campaign"
from = 2026-06-25T08:00:00
to = "2026-06-26"
factor = 3
[[excluded]]
why = "Move of the switch"
from = "2026-03-07T22:00"
to = "2026-03-08T06:00"
"#;
    let case = Case::new("[usual]\ncalendars = [\"ours.toml\"]\n").file("ours.toml", text);
    let calendars = case.settings().calendars;
    let ours = calendars.first().unwrap();
    let starts = |index: usize, on: Date| ours.planned.get(index).unwrap().when.on(on).map(|(from, _)| from.hour());
    assert_eq!(ours.planned.first().unwrap().when, When::Monthly(31));
    assert!(
        starts(0, date(2026, 2, 28)).is_some() && starts(0, date(2026, 2, 27)).is_none(),
        "a short month's last day"
    );
    assert_eq!(starts(1, date(2026, 6, 25)), Some(8));
    assert_eq!(starts(1, date(2026, 6, 26)), None);
    assert_eq!(ours.excluded.len(), 1);
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let text = r#"name = "Ours"
[[day]]
kind = "holiday"
name = "Week"
from = "2026-05-07"
to = "2026-05-01"
like = "sonday"
[[planned]]
name = "When?"
factor = 2
[[planned]]
name = "Never"
every = "02-30"
factor = 2
[[excluded]]
why = "With an offset"
from = "2026-03-07T22:00+08:00"
to = "2026-03-08T06:00"
"#;
    let case =
        Case::new("[usual]\ncalendars = [\"ours.toml\", \"cn-holiday\", \"none.toml\"]\n").file("ours.toml", text);
    let errors = case.errors();
    let found: Vec<(&str, usize, &str)> =
        errors.problems.iter().map(|p| (p.source.as_str(), p.line, p.key.as_str())).collect();
    for wanted in [
        ("ours.toml", 6, "day[0].to"),
        ("ours.toml", 7, "day[0].like"),
        ("ours.toml", 8, "planned[0]"),
        ("ours.toml", 13, "planned[1].every"),
        ("ours.toml", 17, "excluded[0].from"),
        ("floorwatch.toml", 2, "usual.calendars[1]"),
        ("floorwatch.toml", 2, "usual.calendars[2]"),
    ] {
        assert!(found.contains(&wanted), "{wanted:?} is not among {found:?}");
    }
    assert_eq!(found.len(), 7, "{found:?}");
    assert!(errors.problems.iter().all(|p| p.remedy.is_some()));
}
