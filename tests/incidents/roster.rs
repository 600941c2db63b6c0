//! Who is on duty when; what is wrong with a roster.

use super::desk::label;
use floorwatch::model::Time;
use floorwatch::roster::{DutyBook, Finding, Roster, check, read};

fn roster(name: &str, text: &str, zone: &str) -> Roster {
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    let (roster, problems) = read(&[(name.to_owned(), text.to_owned())], &zone);
    assert_eq!(problems, Vec::new());
    roster
}

#[test]
fn nights_weekends_holidays_and_leave() {
    let toml = r#"
        [[duty]]
        role = "duty_manager"
        person = "Day"
        backup = "Spare"
        days = "mon-fri"
        from = "08:00"
        to = "20:00"
        [[duty]]
        role = "duty_manager"
        person = "Night"
        from = "20:00"
        to = "08:00"
        [[duty]]
        role = "duty_manager"
        person = "Weekend"
        days = "周六,周日"
        from = "08:00"
        to = "20:00"
        [[duty]]
        role = "duty_manager"
        person = "Holiday"
        from = "2026-05-25 00:00"
        to = "2026-05-25 24:00"
        [[duty]]
        role = "security"
        person = "Guard"
    "#;
    let roster = roster("duty.toml", toml, "Asia/Shanghai");
    for (at, role, who) in [
        ("2026-05-20T08:00:00+08:00", "duty_manager", Some("Day")),
        ("2026-05-20T07:59:59+08:00", "duty_manager", Some("Night")),
        ("2026-05-20T20:00:00+08:00", "duty_manager", Some("Night")),
        ("2026-05-21T03:00:00+08:00", "duty_manager", Some("Night")),
        ("2026-05-23T12:00:00+08:00", "duty_manager", Some("Weekend")),
        ("2026-05-25T12:00:00+08:00", "duty_manager", Some("Holiday")),
        ("2026-05-25T23:59:59+08:00", "duty_manager", Some("Holiday")),
        ("2026-05-26T00:00:00+08:00", "duty_manager", Some("Night")),
        ("2026-05-26T00:00:00+08:00", "security", Some("Guard")),
        ("2026-05-26T00:00:00+08:00", "director", None),
    ] {
        let found = roster.planned(&label(role), Time::parse(at).unwrap());
        assert_eq!(found.first, who.map(label), "{at} {role}");
    }
}

#[test]
fn a_clock_change_leaves_nobody_out_and_covers_nothing_twice() {
    // New York: 02:00 to 03:00 is skipped on 8 March, 01:00 to 02:00 is there twice on 1 November.
    let text = "role,person,from,to\nduty_manager,A,22:00,02:30\nduty_manager,B,02:30,22:00\n";
    let roster = roster("duty.csv", text, "America/New_York");
    for (from, to, changes) in [
        ("2026-03-08T00:00:00-05:00", "2026-03-08T12:00:00-04:00", 1),
        ("2026-11-01T00:00:00-04:00", "2026-11-01T12:00:00-05:00", 1),
    ] {
        let (mut at, end) = (Time::parse(from).unwrap(), Time::parse(to).unwrap());
        let (mut last, mut seen) = (None, 0);
        while at < end {
            let found = roster.planned(&label("duty_manager"), at);
            assert!(found.first.is_some() && found.backup.is_none(), "{at}: {found:?}");
            if last.is_some() && last != found.first {
                seen += 1;
            }
            last = found.first;
            at = at + floorwatch::model::Span::from_secs(60);
        }
        assert_eq!(seen, changes, "{from}");
    }
}

#[test]
fn sign_ins_and_hand_overs_over_the_plan() {
    let roster = roster("duty.csv", "role,person,backup,days,from,to\nduty_manager,Ann,Ben,,08:00,20:00\n", "UTC");
    let at = |h: i64| Time::from_secs(1_779_235_200 + h * 3600); // 2026-05-20T00:00:00Z
    let role = label("duty_manager");
    let mut book = DutyBook::default();
    let who = |book: &DutyBook, h: i64| {
        let found = book.holders(&roster, &role, at(h));
        (found.first, found.backup, found.signed_in.is_some(), found.stands_in)
    };
    assert_eq!(who(&book, 9), (Some(label("Ann")), Some(label("Ben")), false, false));
    book.sign_in(&role, &label("Ann"), at(8), None);
    assert_eq!(who(&book, 9), (Some(label("Ann")), Some(label("Ben")), true, false));
    book.hand_over(&role, &label("Ben"), at(10), DutyBook::holds_until(&roster, &role, at(10)));
    assert_eq!(who(&book, 10), (Some(label("Ben")), None, false, true), "who handed over has left");
    book.sign_in(&role, &label("Ben"), at(11), None);
    assert_eq!(who(&book, 11), (Some(label("Ben")), None, true, true), "signing in takes nothing back");
    assert_eq!(who(&book, 20), (None, None, false, false), "a hand-over ends with the shift");
    book.sign_in(&role, &label("Eve"), at(21), Some(DutyBook::holds_until(&roster, &role, at(21))));
    assert_eq!(who(&book, 22), (Some(label("Eve")), None, true, true));
    assert_eq!(who(&book, 33), (Some(label("Ann")), Some(label("Ben")), true, false), "then the plan holds again");
    book.sign_out(&role, &label("Eve"));
    assert_eq!(who(&book, 22).0, None);
}

#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    let zone = jiff::tz::TimeZone::UTC;
    for (name, text, told) in [
        (
            "duty.csv",
            "role,person,days,from,to,colour\nduty_manager,,mon,08:00,20:00,\nduty_manager,A,moonday,08:00,20:00,\n\
             duty_manager,A,,8,9,\nduty_manager,A,,2026-05-02 08:00,2026-05-01 08:00,\nsecurity,G,,,,\n",
            vec![
                "duty.csv:1: there is no column 'colour'",
                "duty.csv:2: the person is missing",
                "duty.csv:3: 'moonday' is no day of the week",
                "duty.csv:4: '8' to '9' is no time",
                "duty.csv:5: it ends before it begins",
            ],
        ),
        (
            "duty.toml",
            "[[duty]]\nrole = \"a\"\nperson = \"b\"\nwho = 1\n\n[[duties]]\nrole = \"x\"\n",
            vec!["duty.toml:4: there is no key 'who'", "duty.toml:6: there is no [[duties]]"],
        ),
        ("bad.toml", "[[duty]\n", vec!["bad.toml:1: is not TOML"]),
    ] {
        let (_, problems) = read(&[(name.to_owned(), text.to_owned())], &zone);
        let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), told.len(), "{found:?}");
        for told in told {
            assert!(found.iter().any(|f| f.starts_with(told)), "{told}: {found:?}");
        }
    }
}

#[test]
fn hours_nobody_has_are_found() {
    let roster =
        roster("duty.csv", "role,person,days,from,to\nduty_manager,Ann,mon-fri,08:00,20:00\nboss,X,,,\n", "UTC");
    let from = Time::parse("2026-05-21T00:00:00Z").unwrap(); // a Thursday
    let findings = check(&roster, &[label("duty_manager")], &[label("duty_manager")], from, 3);
    let nobody: Vec<String> = findings
        .iter()
        .filter_map(|f| match f {
            Finding::Nobody { from, to, .. } => Some(format!("{from} {to}")),
            _ => None,
        })
        .collect();
    assert_eq!(
        nobody,
        [
            "2026-05-21T00:00:00Z 2026-05-21T08:00:00Z",
            "2026-05-21T20:00:00Z 2026-05-22T08:00:00Z",
            "2026-05-22T20:00:00Z 2026-05-24T00:00:00Z",
        ]
    );
    assert!(findings.iter().any(|f| matches!(f, Finding::UnknownRole { line: 3, .. })));
    assert!(findings.iter().any(|f| matches!(f, Finding::NoBackup { .. })));
}

#[test]
fn the_examples_are_read_whole() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rosters");
    for name in ["duty.toml", "duty.csv"] {
        let text = std::fs::read_to_string(dir.join(name)).unwrap();
        let roster = roster(name, &text, "Asia/Shanghai");
        for (at, who) in [("2026-05-20T09:00:00+08:00", "Duty A"), ("2026-10-02T09:00:00+08:00", "Duty C")] {
            let found = roster.planned(&label("duty_manager"), Time::parse(at).unwrap());
            assert_eq!(found.first, Some(label(who)), "{name} {at}");
        }
    }
}
