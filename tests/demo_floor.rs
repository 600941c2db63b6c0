//! The simulated center through decoder, engine and board, with time given: what `floorwatch demo` shows, without a socket.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::sync::Arc;

use floorwatch::app::rehearsal::Rehearsal;
use floorwatch::config::{self, Lang, Settings};
use floorwatch::metrics::{FigureKey, Scope, Window};
use floorwatch::model::Time;
use floorwatch::snapshot::{AlertKind, IncidentState, Level};
use floorwatch::source::demo::Scenario;

/// A demonstration that begins at half past ten, its hours before taken in.
fn demo(scenario: &str) -> Rehearsal {
    let start = Time::parse("2026-05-20T10:30:00+08:00").unwrap();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let scenario = Scenario::open(scenario).unwrap().placed(start, zone);
    let settings = Settings {
        site: scenario.site(Lang::En),
        queues: scenario.queue_settings(Lang::En),
        usual: scenario.usual_profile(),
        reasons: scenario.reasons(Lang::En),
        ..config::defaults().unwrap()
    };
    Rehearsal::start(&scenario, &Arc::new(settings), Lang::En, 1, start)
}

#[test]
fn a_surge_stands_as_an_incident_within_45_seconds_and_can_be_taken() {
    let mut floor = demo("surge");
    assert!(floor.snapshot().incidents.is_empty(), "the hours before were ordinary");
    floor.play(45);
    let snapshot = floor.snapshot();
    let incident = snapshot.incidents.first().expect_incident();
    assert_eq!((incident.kind, incident.state), (AlertKind::Surge, IncidentState::Open));
    assert!(incident.why.unwrap().ratio() >= 2.0, "{:?}", incident.why);
    floor.take_incidents("duty");
    let taken = floor.snapshot();
    assert_eq!(taken.incidents.first().expect_incident().owner.as_ref().map(|(who, _)| who.as_str()), Some("duty"));
}

#[test]
fn an_area_at_ten_times_is_the_root_of_the_incident() {
    let mut floor = demo("area");
    floor.play(600);
    let snapshot = floor.snapshot();
    let area = |scope: &Scope| matches!(scope, Scope::Area(_));
    let alert = snapshot.alerts.iter().find(|a| area(&a.scope) && a.level == Level::Alarm).unwrap();
    let why = alert.why.unwrap();
    assert!(why.ratio() > 4.0 && why.different_callers.unwrap() >= 5 && why.redials.is_some(), "{why:?}");
    let incident = snapshot.incidents.first().expect_incident();
    assert!(area(&incident.scope), "{:?}", incident.scope);
    assert_eq!(snapshot.incidents.len(), 1, "one root, one incident");
    // Where else it shows, and how rare it is: a demonstration has no past.
    let detail = incident.detail.clone().unwrap();
    assert!(detail.moved.iter().all(|m| m.offered > m.usual && m.scope != incident.scope), "{detail:?}");
    assert!(detail.moved.iter().any(|m| matches!(m.scope, Scope::Reason(_))), "{detail:?}");
    assert_eq!(detail.before, None);
}

#[test]
fn full_lines_alarm_at_what_little_over_the_usual_can_be_counted() {
    let mut floor = demo("full_lines");
    let share = |floor: &mut Rehearsal| {
        let snapshot = floor.snapshot();
        let figure = |key, window| snapshot.all.figure(key, window, &snapshot.rules, snapshot.at).known().unwrap();
        (figure(FigureKey::LinesShare, Window::Whole), figure(FigureKey::Refused, Window::Whole))
    };
    let (before, refused) = share(&mut floor);
    assert!(before < 0.7 && refused == 0.0, "the hours before were ordinary: {before} {refused}");
    // Filled within minutes, for more than a minute on end, callers refused.
    let (mut full_s, mut longest_s) = (0, 0);
    for _ in 0..48 {
        floor.play(10);
        full_s = if share(&mut floor).0 >= 0.9 { full_s + 10 } else { 0 };
        longest_s = longest_s.max(full_s);
    }
    let (now, refused) = share(&mut floor);
    assert!(longest_s >= 60 && refused >= 30.0, "{longest_s} s, {now}, {refused} refused");
    // It alarms, and stands, though the written rule's twice the usual is never reached.
    let snapshot = floor.snapshot();
    let all = snapshot.alerts.iter().find(|a| a.scope == Scope::All && a.kind == AlertKind::Surge).unwrap();
    let why = all.why.unwrap();
    assert_eq!(all.level, Level::Alarm, "{why:?}");
    assert!((1.4..1.9).contains(&why.ratio()) && !why.written_rule, "{why:?}");
    assert_eq!(snapshot.incidents.first().expect_incident().kind, AlertKind::Surge);
}

#[test]
fn a_calm_floor_raises_nothing_and_its_figures_are_those_of_hours() {
    let mut floor = demo("calm");
    floor.play(600);
    let snapshot = floor.snapshot();
    assert!(snapshot.incidents.is_empty(), "{:?}", snapshot.incidents);
    let told: Vec<_> = snapshot.alerts.iter().map(|a| (a.kind, &a.scope, a.value)).collect();
    assert!(told.is_empty(), "{told:?}");
    let all = &snapshot.all;
    let figure = |key, window| all.figure(key, window, &snapshot.rules, snapshot.at).known();
    // Four hours of about twenty calls a minute.
    assert!(figure(FigureKey::Offered, Window::Day).unwrap() > 2500.0);
    let ratio = figure(FigureKey::Ratio, Window::Hour).unwrap();
    assert!((0.8..1.3).contains(&ratio), "{ratio}");
    assert!(figure(FigureKey::Occupancy, Window::Hour).unwrap() > 0.5);
    assert!(snapshot.people.signed_in() > 20);
    assert!(snapshot.anomalies.is_empty(), "{:?}", snapshot.anomalies);
    // Every scope's books balance.
    for queue in snapshot.queues.iter().chain([all]) {
        let c = queue.tally(Window::Whole).counts;
        assert_eq!(c.offered - c.ended(), i64::from(queue.now.waiting), "{}", queue.name);
    }
}

#[test]
fn people_are_expected_present_and_late_by_the_plan_of_the_demonstration() {
    let start = Time::parse("2026-05-20T10:30:00+08:00").unwrap();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let scenario = Scenario::open("calm").unwrap().placed(start, zone);
    let plan = |lang| floorwatch::app::desk::demo_plan(&scenario, lang, start);
    assert_eq!(plan(Lang::ZhCn).people().len(), plan(Lang::En).people().len());
    let mut floor = demo("calm");
    floor.plan(plan(Lang::En));
    floor.play(300);
    let snapshot = floor.snapshot();
    let (all, floor) = (&snapshot.floor.all, &snapshot.floor);
    assert_eq!((floor.planned, all.expected, floor.teams.len()), (true, 21, 2));
    assert!(all.present >= 16 && all.late + all.absent >= 1, "{all:?}");
    assert!(!floor.call_in.is_empty());
}

/// Each scenario opens the incident it is about, by itself; a calm floor none (above).
#[test]
fn every_scenario_opens_its_incident() {
    for (name, seconds, kinds) in [
        ("area", 300, &[AlertKind::Surge][..]),
        ("drill", 300, &[AlertKind::Surge]),
        ("outage", 700, &[AlertKind::Surge]),
        ("full_lines", 300, &[AlertKind::Surge]),
    ] {
        let mut floor = demo(name);
        floor.play(seconds);
        let found: Vec<AlertKind> = floor.incidents().iter().map(|i| i.kind).collect();
        assert!(found.iter().any(|kind| kinds.contains(kind)), "{name}: {found:?}");
    }
}

trait Expect<T> {
    fn expect_incident(self) -> T;
}

impl<'a> Expect<&'a Arc<floorwatch::snapshot::IncidentView>> for Option<&'a Arc<floorwatch::snapshot::IncidentView>> {
    fn expect_incident(self) -> &'a Arc<floorwatch::snapshot::IncidentView> {
        self.unwrap_or_else(|| panic!("no incident stands"))
    }
}
