//! The floor's rules on screen: marks, people expected, rests, whom to move and call in, lost callers. And who is on none.

use std::sync::Arc;

use floorwatch::alert::{AlertKind, AlertView, Level};
use floorwatch::config::{Lang, PrivacyMode, PrivacyRules};
use floorwatch::metrics::Scope;
use floorwatch::model::{AgentId, AgentState, CallerHasher, CallerKey, FeedId, Label, Note, ReasonClass, Span};
use floorwatch::roster::{
    CallIn, Correction, FloorView, LostCaller, LostState, LostTotals, Mark, Movable, PersonMarks, Place, Presence,
    Rule, TeamRests,
};
use floorwatch::snapshot::{Snapshot, privacy};
use floorwatch::tui::{Ui, View, draw_to_text};

use super::support::floor;
use super::{LANGS, SIZES, console};

fn mark(rule: Rule, ago: i64, value: f64, limit: f64) -> Mark {
    Mark { rule, since: floor::at() - Span::from_secs(ago), value, limit, corrected: None }
}

fn person(agent: Option<&(FeedId, AgentId, Label)>, name: &str, marks: Vec<Mark>) -> PersonMarks {
    let (feed, id, name) = match agent {
        Some((feed, id, name)) => (Some(feed.clone()), id.clone(), name.clone()),
        None => (None, AgentId::new(name), Label::new(name)),
    };
    PersonMarks { feed, id: Some(id), name, team: None, marks }
}

fn called(name: &str, place: Place, minutes: i64, month_h: i64) -> CallIn {
    let hours = |h: i64| Span::from_secs(h * 3600);
    CallIn {
        person: Label::new(name),
        name: Label::new(name),
        team: Some(Label::new("A班")),
        skills: vec![Label::new("报修")],
        place,
        arrives: Span::from_secs(minutes * 60),
        today: hours(8),
        month: hours(160),
        overtime_today: hours(1),
        overtime_month: hours(month_h),
        over_day: false,
        over_month: month_h > 36,
        next_shift: None,
    }
}

/// The surge with a shift plan: somebody late, somebody resting too long, one mark corrected, one person never seen.
fn marked() -> Snapshot {
    let mut s = floor::surge(1260, false);
    let who = |at: usize| s.agents.get(at).map(|a| (a.feed.clone(), a.id.clone(), a.name.clone()));
    let corrected = Correction { by: Label::new("lead"), note: Label::new("unwell"), at: floor::at() };
    let rest = Mark { corrected: Some(corrected), ..mark(Rule::Longest, 500, 985.0, 900.0) };
    let marks = vec![
        person(None, "never.seen", vec![mark(Rule::Absent, 300, 2100.0, 1800.0)]),
        person(who(34).as_ref(), "", vec![mark(Rule::ReadyWhileWaiting, 20, 1405.0, 20.0)]),
        person(
            who(1).as_ref(),
            "",
            vec![mark(Rule::Occupancy, 3600, 0.943, 0.9), mark(Rule::LateSignIn, 60, 480.0, 180.0)],
        ),
        person(who(4).as_ref(), "", vec![mark(Rule::RestQuota, 100, 3.0, 2.0), rest]),
    ];
    let movable = s.agents.iter().filter(|a| a.state == AgentState::Ready).map(|a| Movable {
        feed: a.feed.clone(),
        id: a.id.clone(),
        name: a.name.clone(),
        team: a.team.clone(),
        skills: vec![Label::new("报修"), Label::new("English")],
        desk: Some(Label::new("B12")),
        state: a.state,
        class: None::<ReasonClass>,
        since: a.since,
        today: Span::from_secs(14_580),
    });
    let lost = |key: u64, masked: &str, times: u32, state: LostState| LostCaller {
        key: CallerKey::new(key),
        masked: Label::new(masked),
        queue: Label::new("故障报修"),
        first: floor::at() - Span::from_secs(1200),
        last: floor::at() - Span::from_secs(300),
        times,
        waited: Span::from_secs(95),
        state,
        assigned: (state == LostState::Assigned).then(|| Label::new("zhou.ruilin")),
        calls: 0,
        by: None,
        note: None,
    };
    let rests = |team: &str, resting, waiting: Vec<&str>| TeamRests {
        team: Label::new(team),
        resting,
        meals: 0,
        quota: 2,
        waiting: waiting.into_iter().map(|who| (Label::new(who), floor::at())).collect(),
    };
    s.floor = Arc::new(FloorView {
        planned: true,
        all: Presence {
            expected: 39,
            present: 36,
            away: 1,
            absent: 2,
            late: 3,
            counted: 39,
            came: 37,
            planned_s: 360_000,
            kept_s: 331_000,
            ..Presence::default()
        },
        teams: vec![(Label::new("A班"), Presence { expected: 20, ..Presence::default() })],
        movable: movable.collect(),
        marks,
        rests: vec![rests("A班", 3, vec!["赵敏"]), rests("Team B", 1, vec![])],
        call_in: vec![
            called("Ana Ruiz", Place::OnSite, 5, 3),
            called("孙丽", Place::Standby, 30, 12),
            called("O'Neill, Siobhán", Place::OffSite, 60, 40),
        ],
        called: Vec::new(),
        lost: vec![
            lost(1, "138****5678", 3, LostState::Open),
            lost(2, "139****0001", 1, LostState::Assigned),
            lost(3, "", 1, LostState::Reached),
        ],
        lost_totals: LostTotals { callers: 61, served: 22, done: 1, unserved: 38, unknown: 4, expired: 0 },
    });
    s.alerts.push(AlertView {
        kind: AlertKind::Rule,
        level: Level::Watch,
        scope: Scope::All,
        feed: None,
        name: Label::new("Many abandon"),
        since: floor::at(),
        value: Some(0.17),
        limit: Some(0.12),
        why: None,
        incident: None,
    });
    s
}

#[test]
fn people_and_lost_callers_in_both_languages() {
    let snapshot = Arc::new(marked());
    for (lang_name, lang) in LANGS {
        for size in [(80, 24), (160, 45)] {
            for (name, view) in [("agents", View::Agents), ("queues", View::Queues)] {
                let text = draw_to_text(&snapshot, &console(lang, view, &snapshot), size, floor::at());
                insta::assert_snapshot!(format!("marked-{name}-{lang_name}-{}x{}", size.0, size.1), text);
            }
        }
    }
}

#[test]
fn marks_break_no_screen() {
    let snapshot = Arc::new(marked());
    for width in (0..=170).step_by(7) {
        for height in (0..=50).step_by(3) {
            for view in View::ALL {
                super::check(&snapshot, &console(Lang::ZhCn, view, &snapshot), (width, height));
            }
        }
    }
}

/// Every name and number there is, made so that none can be there by chance.
fn named() -> (Snapshot, Vec<&'static str>) {
    let mut s = marked();
    let name = |n: usize| Label::new(&format!("XNAME{n}X"));
    s.agents = s
        .agents
        .iter()
        .enumerate()
        .map(|(n, a)| {
            let mut a = (**a).clone();
            (a.name, a.id) = (name(n), AgentId::new(&format!("XID{n}X")));
            Arc::new(a)
        })
        .collect();
    let mut floor = (*s.floor).clone();
    floor.marks.iter_mut().for_each(|m| m.name = name(0));
    floor.movable.iter_mut().for_each(|m| m.name = name(1));
    floor.call_in.iter_mut().for_each(|c| (c.name, c.person) = (name(2), name(2)));
    floor.rests.iter_mut().flat_map(|r| &mut r.waiting).for_each(|(who, _)| *who = name(3));
    floor.lost.iter_mut().for_each(|l| (l.masked, l.assigned) = (Label::new("XNUMBERX"), Some(name(4))));
    s.floor = Arc::new(floor);
    s.incidents = s
        .incidents
        .iter()
        .map(|i| {
            let mut i = (**i).clone();
            i.owner = Some((name(5), floor::at()));
            i.timeline.iter_mut().for_each(|t| (t.by, t.text) = (Some(name(6)), Some(Note::new("XNUMBERX told"))));
            Arc::new(i)
        })
        .collect();
    (s, vec!["XNAME", "XID", "XNUMBER"])
}

#[test]
fn no_screen_of_the_wall_shows_a_name_or_a_number() {
    let (snapshot, marks) = named();
    let snapshot = Arc::new(snapshot);
    for (_, lang) in LANGS {
        for size in SIZES.into_iter().chain([(100, 30), (24, 9), (30, 6)]) {
            for taken in [true, false] {
                let mut s = (*snapshot).clone();
                if !taken {
                    s.incidents = Vec::new();
                }
                let s = Arc::new(s);
                let mut ui: Ui = console(lang, View::Wall, &s);
                ui.wall = true;
                let text = draw_to_text(&s, &ui, size, floor::at());
                assert!(marks.iter().all(|mark| !text.contains(mark)), "{text}");
            }
        }
    }
    // The test can fail: a console's table has them.
    let text = draw_to_text(&snapshot, &console(Lang::En, View::Agents, &snapshot), (160, 45), floor::at());
    assert!(text.contains("XNAME"), "{text}");
}

#[test]
fn a_wall_cannot_be_turned_to_a_screen_with_names() {
    use floorwatch::tui::{Action, Input, update};
    let (snapshot, marks) = named();
    let snapshot = Arc::new(snapshot);
    for action in Action::ALL {
        let mut ui = console(Lang::En, View::Wall, &snapshot);
        ui.wall = true;
        update(&mut ui, Input::Do(*action), &snapshot, floor::at());
        let text = draw_to_text(&snapshot, &ui, (160, 45), floor::at());
        assert!(marks.iter().all(|mark| !text.contains(mark)), "{action:?}\n{text}");
    }
}

#[test]
fn pseudonyms_and_teams_show_nobody() {
    let (snapshot, _) = named();
    let rules = |mode| PrivacyRules { mode, team_min: 5, retention_days: 90, access_log: None };
    let hasher = CallerHasher::new([7; 16]);
    let seen = |s: &Arc<Snapshot>| {
        let text = draw_to_text(s, &console(Lang::En, View::Agents, s), (160, 45), floor::at());
        format!("{text}{:?}{:?}{:?}{:?}", s.agents, s.floor.marks, s.floor.movable, s.floor.call_in)
    };
    let made = Arc::new(privacy::shown(snapshot.clone(), &rules(PrivacyMode::Pseudonym), &hasher));
    let text = seen(&made);
    assert!(!text.contains("XNAME") && !text.contains("XID") && text.contains("P-"), "{text}");
    // The same tomorrow, and marks stay with their person.
    let again = privacy::shown(snapshot.clone(), &rules(PrivacyMode::Pseudonym), &hasher);
    assert_eq!(made.agents.first().map(|a| &a.name), again.agents.first().map(|a| &a.name));
    let teams = Arc::new(privacy::shown(snapshot.clone(), &rules(PrivacyMode::Team), &hasher));
    let text = seen(&teams);
    assert!(!text.contains("XNAME") && !text.contains("XID") && !text.contains("P-"), "{text}");
    assert_eq!(teams.floor.all.expected, 39);
    assert_eq!(teams.floor.teams.len(), 1, "a team of 20");
    let small = PrivacyRules { team_min: 21, ..rules(PrivacyMode::Team) };
    assert!(privacy::shown(snapshot, &small, &hasher).floor.teams.is_empty(), "a smaller one is nobody's to see");
}
