//! The shift plan as it is imported: local times, nights, clock changes, and everything wrong at once with its line.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use floorwatch::config::time_zone;
use floorwatch::model::Time;
use floorwatch::roster::{Plan, Shift};

fn read(zone: &str, rows: &str) -> Result<(Plan, Vec<String>), Vec<String>> {
    let text = format!("person,team,desk,start,end,breaks,skills,standby\n{rows}\n");
    match Plan::read("plan.csv", text.as_bytes(), &time_zone(zone).unwrap()) {
        Ok((plan, warnings)) => Ok((plan, warnings.iter().map(|w| format!("{}: {}", w.0.line, w.0.what)).collect())),
        Err(errors) => Err(errors.problems.iter().map(|p| format!("{}: {}: {}", p.line, p.key, p.what)).collect()),
    }
}

fn only(zone: &str, row: &str) -> (Shift, Vec<String>) {
    let (plan, warnings) = read(zone, row).unwrap();
    (plan.people().first().unwrap().shifts.first().unwrap().clone(), warnings)
}

#[test]
fn times_are_the_instants_meant() {
    for (zone, row, start, end, warned) in [
        ("Asia/Shanghai", "a,,,2026-05-20 08:00,16:00,,,", "2026-05-20T00:00:00Z", "2026-05-20T08:00:00Z", ""),
        // As a table editor writes it.
        ("Asia/Shanghai", "a,,,2026/5/20 8:00,16:30:00,,,", "2026-05-20T00:00:00Z", "2026-05-20T08:30:00Z", ""),
        // Over midnight; to midnight; with dates of its own; with an offset.
        ("Asia/Shanghai", "a,,,2026-05-20 22:00,06:00,,,", "2026-05-20T14:00:00Z", "2026-05-20T22:00:00Z", ""),
        ("Asia/Shanghai", "a,,,2026-05-20 16:00,24:00,,,", "2026-05-20T08:00:00Z", "2026-05-20T16:00:00Z", ""),
        (
            "Asia/Shanghai",
            "a,,,2026-05-20T08:00,2026-05-20 16:00,,,",
            "2026-05-20T00:00:00Z",
            "2026-05-20T08:00:00Z",
            "",
        ),
        ("Asia/Shanghai", "a,,,2026-05-20T08:00:00+02:00,20:00,,,", "2026-05-20T06:00:00Z", "2026-05-20T12:00:00Z", ""),
        // A night with a clock change is an hour shorter or longer.
        ("Europe/Berlin", "a,,,2026-03-28 22:00,06:00,,,", "2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z", ""),
        ("Europe/Berlin", "a,,,2026-10-24 22:00,06:00,,,", "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z", ""),
        // In the skipped hour, and in the doubled one: a start is the first, an end the second.
        (
            "Europe/Berlin",
            "a,,,2026-03-29 02:30,08:00,,,",
            "2026-03-29T01:30:00Z",
            "2026-03-29T06:00:00Z",
            "does not exist",
        ),
        ("Europe/Berlin", "a,,,2026-10-25 02:30,08:00,,,", "2026-10-25T00:30:00Z", "2026-10-25T07:00:00Z", "the first"),
        (
            "Europe/Berlin",
            "a,,,2026-10-24 20:00,02:30,,,",
            "2026-10-24T18:00:00Z",
            "2026-10-25T01:30:00Z",
            "the second",
        ),
    ] {
        let (shift, warnings) = only(zone, row);
        let at = |text: &str| Time::parse(text).unwrap();
        assert_eq!((shift.start, shift.end), (at(start), at(end)), "{row}");
        let told = warnings.join("; ");
        assert!(warnings.len() == usize::from(!warned.is_empty()) && told.contains(warned), "{row}: {told}");
    }
}

#[test]
fn breaks_skills_and_standby() {
    let (plan, _) = read(
        "Asia/Shanghai",
        "a,夜班,12,2026-05-20 22:00,06:00,02:00-02:45 meal; 23:50-00:05,报修;咨询,\n\
         a,夜班,,2026-05-21 22:00,06:00,,报修;English,\n\
         b,夜班,,2026-05-20 22:00,06:00,,,yes",
    )
    .unwrap();
    let [a, b] = plan.people() else { unreachable!("two people") };
    assert_eq!(a.skills.iter().map(floorwatch::model::Label::as_str).collect::<Vec<_>>(), ["报修", "咨询", "English"]);
    assert_eq!(a.shifts.len(), 2);
    let shift = a.shifts.first().unwrap();
    let breaks: Vec<_> = shift.breaks.iter().map(|b| (b.from.rfc3339(), (b.to - b.from).secs(), b.meal)).collect();
    assert_eq!(
        breaks,
        [("2026-05-20T15:50:00Z".to_owned(), 900.0, false), ("2026-05-20T18:00:00Z".to_owned(), 2700.0, true)]
    );
    assert!((shift.work().secs() - 7.0 * 3600.0).abs() < 1e-9);
    let midnight = Time::parse("2026-05-20T16:00:00Z").unwrap();
    assert!(a.shift_at(midnight).is_some() && a.standby_at(midnight).is_none());
    assert!(b.shift_at(midnight).is_none() && b.standby_at(midnight).is_some());
    assert_eq!(plan.find("b"), Some(1));
}

#[test]
fn everything_wrong_is_told_at_once_with_its_line() {
    let wrong = read(
        "Asia/Shanghai",
        "a,,,2026-05-20 25:00,16:00,,,\n\
         ,,,2026-05-20 08:00,16:00,,,\n\
         b,,,2026-05-20 08:00,2026-05-20 07:00,,,\n\
         c,,,2026-05-20 08:00,2026-05-22 08:00,,,\n\
         d,,,2026-05-20 08:00,16:00,17:00-17:30,,\n\
         e,,,2026-05-20 08:00,16:00,10:00-10:30;10:20-10:40,,\n\
         f,,,2026-05-20 08:00,16:00,tea,,perhaps\n\
         g,,,2026-05-20 08:00,16:00,,,\n\
         g,,,2026-05-20 15:00,20:00,,,\n\
         h,,,tomorrow,later,,,\n\
         \"i,,,2026-05-20 08:00,16:00,,,",
    )
    .unwrap_err();
    assert_eq!(
        wrong,
        [
            "2: start: '2026-05-20 25:00' is no time",
            "3: person: is empty",
            "4: end: is not after the start",
            "5: end: makes a shift longer than 24 hours",
            "6: breaks: '17:00-17:30' does not lie within the shift",
            "7: breaks: lie over one another",
            "8: standby: 'perhaps' is neither yes nor no",
            "8: breaks: 'tea' is no break",
            "10: start: g has another shift at that time (line 9)",
            "11: start: 'tomorrow' is no time",
            "11: end: 'later' is no time",
            "12: : has a quote without its partner",
        ]
    );
}

#[test]
fn a_wrong_header_is_told() {
    let zone = time_zone("Asia/Shanghai").unwrap();
    for (text, want) in [
        ("", "1: : has no header"),
        ("person,begin,end\na,2026-05-20 08:00,16:00\n", "1: : 'begin' is no column of a plan"),
        ("person,start,end,start\n", "1: start: is a column twice"),
        ("name,start,end\n", "1: person: is missing among the columns"),
    ] {
        let errors = Plan::read("plan.csv", text.as_bytes(), &zone).unwrap_err();
        let told: Vec<_> = errors.problems.iter().map(|p| format!("{}: {}: {}", p.line, p.key, p.what)).collect();
        assert!(told.iter().any(|t| t == want), "{text}: {told:?}");
        assert!(errors.to_string().contains("plan.csv:1:1"), "{errors}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), row in "[0-9a-z:;, /\"-]{0,80}") {
        let zone = time_zone("Europe/Berlin").unwrap();
        let _ = Plan::read("p", &bytes, &zone);
        let _ = Plan::read("p", format!("person,team,desk,start,end,breaks,skills,standby\n{row}\na,,,2026-05-20 {row}").as_bytes(), &zone);
    }
}
