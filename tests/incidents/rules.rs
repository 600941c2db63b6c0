//! The rules of time, one table each.

use super::desk::{Floor, ROSTER, at, desk, label};
use floorwatch::alert::{AlertKind, Change, IncidentState, SurgeWhy, What};
use floorwatch::metrics::Scope;
use floorwatch::model::{AnnouncementStep, Command, MeasureStage, Note, Readers, Span, StepState, Verdict};

#[test]
fn the_ladder_is_climbed_in_the_times_of_the_rules() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("surge").until("10:20:00");
    assert_eq!(
        floor.story(),
        [
            "10:00:00 opened",
            "10:00:00 told 1 duty_manager Ann",
            "10:03:00 told 2 duty_manager Ben",
            "10:08:00 told 3 service_supervisor Sun",
            "10:08:00 told 3 service_supervisor Sue",
            "10:15:00 nobody 4 service_manager",
        ]
    );
}

#[test]
fn a_role_with_nobody_is_shown_and_skipped_at_once() {
    // No duty manager: at once the supervisor; no supervisor either: at once the end of the ladder.
    for (roster, story) in [
        (
            "role,person,backup\nservice_supervisor,Sun,Sue\n",
            vec![
                "10:00:00 nobody 1 duty_manager",
                "10:00:00 nobody 2 duty_manager",
                "10:00:00 told 3 service_supervisor Sun",
                "10:00:00 told 3 service_supervisor Sue",
                "10:15:00 nobody 4 service_manager",
            ],
        ),
        (
            "role,person\nduty_manager,Ann\nservice_manager,Max\n",
            vec![
                "10:00:00 told 1 duty_manager Ann",
                "10:03:00 nobody 2 duty_manager",
                "10:03:00 nobody 3 service_supervisor",
                "10:03:00 told 4 service_manager Max",
            ],
        ),
        ("role,person\n", vec![]),
    ] {
        let mut floor = Floor::new(roster, "10:00:00");
        floor.open("surge").until("10:20:00");
        assert_eq!(floor.story().split_first().unwrap().1, story, "{roster}");
    }
}

#[test]
fn somebody_who_comes_into_a_told_role_is_told_at_once() {
    // (what happens at 10:04, the lines it adds)
    let mut handed = Floor::new(ROSTER, "10:00:00");
    handed.open("surge").until("10:01:00").hand_over("duty_manager", "Dan").until("10:04:00");
    assert_eq!(
        handed.story().split_first().unwrap().1,
        ["10:00:00 told 1 duty_manager Ann", "10:01:00 told 1 duty_manager Dan", "10:03:00 told 2 duty_manager Ben",],
        "hand-over in mid-ladder"
    );
    let mut shift = Floor::new(ROSTER, "19:58:30");
    shift.open("surge").until("20:02:00");
    assert_eq!(
        shift.story().split_first().unwrap().1,
        [
            "19:58:30 told 1 duty_manager Ann",
            "20:00:00 told 1 duty_manager Cai",
            // The night shift has no backup, and the supervisor has gone: 20:01:30 is three minutes after the opening.
            "20:01:30 nobody 2 duty_manager",
            "20:01:30 nobody 3 service_supervisor",
            "20:01:30 nobody 4 service_manager",
        ],
        "a change of shift in mid-ladder"
    );
    let mut signed = Floor::new("role,person\nservice_supervisor,Sun\n", "10:00:00");
    signed.open("surge").until("10:01:00");
    assert_eq!(signed.ask(&Command::SignIn { by: label("Eve (ops)"), role: label("duty_manager") }), Ok(()));
    assert_eq!(signed.story().last().map(String::as_str), Some("10:01:00 told 1 duty_manager Eve"));
}

#[test]
fn an_acknowledgement_holds_half_an_hour_unless_renewed() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("surge").until("10:02:00").ack("Ann").until("10:20:00").ack("Ann (ops)").until("10:51:00");
    assert_eq!(
        floor.story().split_first().unwrap().1,
        [
            "10:00:00 told 1 duty_manager Ann",
            "10:02:00 acknowledged Ann",
            "10:20:00 renewed",
            "10:50:00 lapsed Ann",
            "10:50:00 told 1 duty_manager Ann",
        ]
    );
    assert_eq!(floor.incident().state, IncidentState::Open);
}

#[test]
fn getting_worse_undoes_the_acknowledgement_and_begins_the_ladder_anew() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("surge").until("10:02:00").ack("Ann").until("10:05:00").worsen().until("10:09:00");
    assert_eq!(
        floor.story().split_first().unwrap().1,
        [
            "10:00:00 told 1 duty_manager Ann",
            "10:02:00 acknowledged Ann",
            "10:05:00 worsened",
            "10:05:01 told 1 duty_manager Ann",
            "10:08:00 told 2 duty_manager Ben",
        ]
    );
    assert_eq!(floor.incident().severity, 1);
}

#[test]
fn a_short_code_a_role_or_a_name_takes_it_for_somebody() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("surge").until("10:04:00");
    let codes: Vec<_> = floor.incident().told.iter().map(|t| (t.code.clone(), t.person.clone().unwrap())).collect();
    assert_eq!(codes.len(), 2);
    for (code, person) in &codes {
        let mut floor = floor.restarted(ROSTER);
        assert_eq!(floor.ask(&Command::AckFor { incident: 0, by: label("agent 7"), whom: code.clone() }), Ok(()));
        let owner = floor.incident().owner.unwrap();
        assert_eq!((owner.who, owner.typed_by), (person.clone(), Some(label("agent 7"))));
        assert_eq!(owner.role, Some(label("duty_manager")));
    }
    for (whom, incident, outcome) in [
        ("00000", 0, Err("no_such_code")),
        ("00000", 1, Err("no_such_code")),
        ("service_manager", 1, Err("role_empty")),
        ("service_supervisor", 1, Ok(())),
        ("Zoe", 1, Ok(())),
        ("Zoe", 9, Err("no_such_incident")),
    ] {
        let mut floor = floor.restarted(ROSTER);
        let command = Command::AckFor { incident, by: label("x"), whom: label(whom) };
        assert_eq!(floor.ask(&command), outcome, "{whom}");
    }
}

#[test]
fn who_hands_over_passes_on_what_they_have() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("surge").until("10:01:00").ack("Ann").until("10:10:00").hand_over("duty_manager", "Dan");
    assert_eq!(floor.story().last().map(String::as_str), Some("10:10:00 passed_on Ann Dan"));
    let owner = floor.incident().owner.unwrap();
    assert_eq!((owner.who, owner.until), (label("Dan"), at("10:31:00")));
    // The hand-over ends with the shift.
    let until = |f: &Floor| {
        let change = f.board.changes().into_iter().find(|c| c.incident == 0).unwrap();
        change.what.fields().get("until").map(str::to_owned)
    };
    assert_eq!(until(&floor), Some(at("20:00:00").rfc3339()));
}

#[test]
fn what_is_due_is_counted_from_the_last_report() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("surge").until("10:12:00");
    let due = |f: &Floor| {
        let view = f.board.incidents().first().cloned().unwrap();
        view.plan.dues.iter().map(|d| (d.to, d.at)).collect::<Vec<_>>()
    };
    assert_eq!(due(&floor), [(Readers::Managers, at("10:30:00")), (Readers::Business, at("11:00:00"))]);
    let update = Command::Update { incident: 1, by: label("Ann"), to: Readers::Managers, text: None };
    assert_eq!(floor.ask(&update), Ok(()));
    assert_eq!(due(&floor), [(Readers::Managers, at("10:42:00")), (Readers::Business, at("11:00:00"))]);
    assert_eq!(floor.ask(&Command::Resolve { incident: 1, by: label("Ann"), text: None }), Ok(()));
    assert_eq!(due(&floor), []);
}

#[test]
fn everything_a_person_does_is_kept_with_who_and_when() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("power_cut").until("10:05:00");
    let by = || label("Ann (ops)");
    let note = |t: &str| Note::new(t);
    let long = "x".repeat(1500);
    for (command, outcome) in [
        (Command::Note { incident: 1, by: by(), text: note(&long) }, Ok(())),
        (Command::DispatchAnswer { incident: 1, by: by(), text: note("?"), repair: None }, Err("dispatch_not_told")),
        (Command::DispatchTold { incident: 1, by: by(), whom: label("Kim"), due: Some(at("10:20:00")) }, Ok(())),
        (Command::DispatchAnswer { incident: 1, by: by(), text: note("cable"), repair: Some(at("12:00:00")) }, Ok(())),
        (Command::FrontLine { incident: 1, by: by(), text: note("East, no power") }, Ok(())),
        (Command::Tally { incident: 1, by: by(), area: label("East"), n: 2 }, Ok(())),
        (Command::Tally { incident: 1, by: by(), area: label("East"), n: 1 }, Ok(())),
        (Command::WordingRead { incident: 1, by: by(), team: label("A"), version: None }, Err("no_wording")),
        (Command::Wording { incident: 1, by: by(), text: note("We are checking.") }, Ok(())),
        (Command::Wording { incident: 1, by: by(), text: note("Back at noon.") }, Ok(())),
        (Command::WordingRead { incident: 1, by: by(), team: label("A"), version: None }, Ok(())),
        (Command::WordingRead { incident: 1, by: by(), team: label("A"), version: Some(3) }, Err("no_wording")),
        (measure(MeasureStage::Asked), Ok(())),
        (measure(MeasureStage::InForce), Ok(())),
        (assign("liaison"), Ok(())),
        (Command::AssignDone { incident: 1, by: by(), n: 1 }, Ok(())),
        (Command::AssignDone { incident: 1, by: by(), n: 1 }, Err("already_done")),
        (Command::AssignDone { incident: 1, by: by(), n: 2 }, Err("no_such_assignment")),
        (announce(AnnouncementStep::Issued), Err("announcement_not_reviewed")),
        (announce(AnnouncementStep::Reviewed), Err("announcement_not_drafted")),
        (announce(AnnouncementStep::Drafted), Ok(())),
        (announce(AnnouncementStep::Reviewed), Ok(())),
        (announce(AnnouncementStep::Issued), Ok(())),
        (announce(AnnouncementStep::Issued), Err("announcement_issued")),
        (Command::Households { incident: 1, by: by(), n: 6000 }, Ok(())),
        (Command::Count { incident: 1, by: by(), name: label("handwritten"), n: 7 }, Ok(())),
        (Command::Count { incident: 1, by: by(), name: label("handwritten"), n: 9 }, Ok(())),
        (step("2", StepState::Done), Ok(())),
        (step("building", StepState::Open), Ok(())),
        (step("99", StepState::Done), Err("no_such_step")),
        (Command::Present { incident: 1, by: by(), person: label("Kim") }, Err("no_head_count")),
        (Command::Ack { incident: 7, by: by() }, Err("no_such_incident")),
    ] {
        assert_eq!(floor.ask(&command), outcome, "{command:?}");
    }
    let work = floor.incident().work;
    assert_eq!(work.ups, Some((at("10:00:00"), at("13:00:00"))), "planned, from the opening");
    assert_eq!(work.dispatch.first().unwrap().repair, Some(at("12:00:00")));
    assert_eq!(work.tally, [(label("East"), 3)]);
    assert_eq!(work.wordings.iter().map(|w| (w.version, w.read.len())).collect::<Vec<_>>(), [(1, 0), (2, 1)]);
    assert_eq!(work.measures.first().unwrap().in_force, Some(at("10:05:00")));
    assert_eq!(work.counts, [(label("handwritten"), 9)]);
    assert_eq!(work.step(&label("building")).map(|s| s.1), Some(StepState::Open));
    floor.until("10:40:00");
    let grade = floor.board.incidents().first().unwrap().plan.grade.unwrap();
    assert_eq!((grade.now, grade.next), (Some(3), Some((2, at("12:05:00")))));
    assert!(grade.sample, "a sample is said to be one");
    // Every change has who, when and a number without gaps, and is read back from its JSON form.
    let changes = floor.board.changes();
    for (at, change) in changes.iter().filter(|c| c.incident == 1).enumerate() {
        assert_eq!(change.seq, at as u64 + 1);
        assert_eq!(Change::from_json(&change.to_json()).as_ref(), Some(change), "{}", change.to_json());
    }
    assert!(changes.iter().any(|c| c.what == What::Noted { text: note(&long) }), "notes are not cut to a label");
}

fn measure(stage: MeasureStage) -> Command {
    Command::Measure { incident: 1, by: label("Ann"), name: label("standby"), stage, text: None }
}

fn assign(to: &str) -> Command {
    let (to, text) = (label(to), Note::new("call the hospital"));
    Command::Assign { incident: 1, by: label("Ann"), to, text, due: Some(at("10:30:00")) }
}

fn announce(step: AnnouncementStep) -> Command {
    Command::Announce { incident: 1, by: label("Ann"), step, text: Some(Note::new("Power is out in East.")) }
}

fn step(step: &str, state: StepState) -> Command {
    Command::Step { incident: 1, by: label("Ann"), step: label(step), state, text: None }
}

#[test]
fn a_head_count_knows_who_is_missing() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.board.set_signed_in(vec![label("Kim"), label("Lou"), label("Mia")]);
    floor.open("evacuation");
    for (person, outcome) in [("Kim", Ok(())), ("mia", Ok(())), ("Zoe", Err("not_expected"))] {
        let command = Command::Present { incident: 1, by: label("Ann"), person: label(person) };
        assert_eq!(floor.ask(&command), outcome, "{person}");
    }
    assert_eq!(floor.incident().work.missing().cloned().collect::<Vec<_>>(), [label("Lou")]);
    let all = Command::Present { incident: 1, by: label("Ann"), person: label("all") };
    assert_eq!(floor.ask(&all), Ok(()));
    assert_eq!(floor.incident().work.missing().count(), 0);
}

#[test]
fn a_dispute_goes_up_three_instances() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("major_fault");
    for instance in [Some("branch_dispatch"), Some("group_dispatch"), Some("group_maintenance"), None] {
        let outcome = floor.ask(&Command::GradeDispute { incident: 1, by: label("Ann"), text: None });
        assert_eq!(outcome, instance.map(|_| ()).ok_or("no_higher_instance"));
        if let Some(instance) = instance {
            assert_eq!(floor.incident().work.disputed, Some(label(instance)));
        }
    }
}

#[test]
fn a_drill_is_marked_and_no_alarm_of_the_scorecard() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    let open =
        Command::Open { by: label("lead"), kind: label("evacuation"), name: label("x"), text: None, drill: true };
    assert_eq!(floor.ask(&open), Ok(()));
    assert!(floor.board.incidents().first().unwrap().plan.drill);
    let close = |incident, verdict| Command::Close { incident, by: label("lead"), verdict, cause: None };
    assert_eq!(floor.ask(&close(1, None)), Ok(()));
    assert_eq!(floor.incident().work.verdict, Some(Verdict::Drill), "closed without a word, a drill was a drill");
    floor.open("surge").open("surge").open("surge");
    assert_eq!(floor.ask(&close(2, Some(Verdict::True))), Ok(()));
    assert_eq!(floor.ask(&close(3, Some(Verdict::False))), Ok(()));
    assert_eq!(floor.ask(&close(3, None)), Err("incident_closed"));
    floor.until("10:01:00");
    let card = floor.board.duty().scorecard;
    assert_eq!((card.raised, card.real, card.false_alarms, card.drills), (3, 1, 1, 1));
    // What has left the board still counts, for 90 days.
    floor.now = floor.now + Span::from_secs(26 * 3600);
    let end = floor.now + Span::from_secs(60);
    while floor.now < end {
        floor.now = floor.now + Span::from_secs(1);
        let usual = floorwatch::usual::Usual::configured(
            &floorwatch::config::defaults().unwrap().usual,
            jiff::tz::TimeZone::UTC,
        );
        floor.board.second(floor.now, &[], &[], &usual);
    }
    assert_eq!(floor.board.incidents().len(), 1, "the open one is kept");
    assert_eq!(floor.board.duty().scorecard, card);
}

#[test]
fn the_sensitive_one_is_read_by_few() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("sensitive");
    let readers = floor.board.incidents().first().unwrap().plan.readers.clone().unwrap();
    assert_eq!(readers, [label("Ann"), label("Ben"), label("lead")], "those on duty, and who opened it");
    floor.open("surge");
    assert_eq!(floor.board.incidents().first().unwrap().plan.readers, None);
}

#[test]
fn a_surge_that_grows_past_a_limit_is_worse() {
    let desk = desk(ROSTER);
    let why = |offered| Some(SurgeWhy { offered, usual: 10.0, ..SurgeWhy::default() });
    for (offered, severity) in [(10.0, 0), (29.0, 0), (30.0, 1), (49.0, 1), (50.0, 2), (100.0, 3), (900.0, 3)] {
        assert_eq!(desk.severity(why(offered)), severity, "{offered}");
    }
    assert_eq!(desk.severity(None), 0);
    let opened = What::Opened {
        kind: AlertKind::Surge,
        scope: Scope::Queue("main".into(), "a/b".into()),
        name: label("A"),
        playbook: label("surge"),
        drill: false,
        severity: 1,
        why: why(31.0),
        text: None,
    };
    let change = Change { incident: 3, seq: 1, at: at("10:00:00"), who: None, what: opened };
    assert_eq!(Change::from_json(&change.to_json()), Some(change));
}
