//! One surge from its first alarm to the close, over the real engine and the demonstration's floor, time compressed: two
//! operators, an empty role, the ladder, worsening, a lapsed acknowledgement. `--nocapture` prints the timeline.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::io::Write as _;
use std::sync::Arc;

use floorwatch::alert::{Desk, IncidentView, Playbooks};
use floorwatch::app::rehearsal::Rehearsal;
use floorwatch::config::{self, Lang, Settings};
use floorwatch::engine::Answer;
use floorwatch::locale::Texts;
use floorwatch::metrics::Window;
use floorwatch::model::{Command, Label, MeasureStage, Note, Readers, Span, StepState, Time, Verdict};
use floorwatch::report::incident::Reading;
use floorwatch::roster;
use floorwatch::snapshot::IncidentState;
use floorwatch::source::demo::Scenario;

/// Nobody is service supervisor.
const ROSTER: &str = "role,person,backup\nduty_manager,Duty A,Duty B\nservice_manager,Manager A,\n";

struct Story {
    floor: Rehearsal,
}

impl Story {
    fn begin() -> Self {
        let start = Time::parse("2026-05-20T10:30:00+08:00").unwrap();
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let scenario = Scenario::open("surge").unwrap().placed(start, zone.clone());
        let settings = Settings {
            site: scenario.site(Lang::En),
            queues: scenario.queue_settings(Lang::En),
            usual: scenario.usual_profile(),
            reasons: scenario.reasons(Lang::En),
            ..config::defaults().unwrap()
        };
        let (roster, problems) = roster::read(&[("duty.csv".to_owned(), ROSTER.to_owned())], &zone);
        assert_eq!(problems, Vec::new());
        // The surge stands at ten times the usual as it is raised: a limit beyond that, so that it can grow worse.
        let mut rules = settings.incident.clone();
        rules.worse_at = vec![3.0, 5.0, 14.0];
        let mut floor = Rehearsal::start(&scenario, &Arc::new(settings), Lang::En, 1, start);
        floor.equip(Desk { rules, roster, playbooks: Playbooks::shipped() });
        Self { floor }
    }

    fn incident(&self) -> Option<Arc<IncidentView>> {
        self.floor.incidents().first().cloned()
    }

    /// Plays until the incident is as wanted; at most so many minutes.
    fn until(&mut self, what: &str, minutes: u32, wanted: impl Fn(&IncidentView) -> bool) -> Arc<IncidentView> {
        for _ in 0..minutes * 60 {
            if let Some(incident) = self.incident().filter(|i| wanted(i)) {
                return incident;
            }
            self.floor.play(1);
        }
        panic!("never: {what}: {:#?}", self.incident());
    }

    fn ask(&mut self, command: &Command) {
        assert_eq!(self.floor.ask(command), Answer::Done, "{command:?}");
    }
}

fn said(incident: &IncidentView, word: &str) -> usize {
    incident.timeline.iter().filter(|e| e.what == word).count()
}

fn by(name: &str) -> Label {
    Label::new(name)
}

#[test]
fn a_surge_is_carried_from_the_first_alarm_to_the_close() {
    let mut story = Story::begin();
    let opened = story.until("the alarm", 2, |i| i.state == IncidentState::Open);
    let id = opened.id;
    // The duty manager takes it at once; it goes on growing, and has to be taken anew.
    story.until("the duty manager is told", 1, |i| said(i, "told") == 1);
    story.ask(&Command::Ack { incident: id, by: by("Duty A (console1)") });
    story.until("worse by the data", 5, |i| said(i, "worsened") >= 1 && i.owner.is_none());
    // Nobody takes it: backup after 3 min, supervisor empty after 8 and skipped at once to the service manager.
    let told = story.until("the service manager is told", 12, |i| {
        i.plan.told.iter().any(|t| t.person.as_ref().is_some_and(|p| p.as_str() == "Manager A"))
    });
    assert!(told.plan.told.iter().any(|t| t.person.is_none() && t.role.as_str() == "service_supervisor"));
    // Whoever is nearest types the code of the duty manager's backup.
    let code = told.plan.told.iter().find(|t| t.person.as_ref() == Some(&by("Duty B"))).unwrap().code.clone();
    story.ask(&Command::AckFor { incident: 0, by: by("agent 7"), whom: code });
    work(&mut story, id);
    let lapsed = story.until("the acknowledgement lapses", 40, |i| said(i, "lapsed") == 1);
    assert_eq!(lapsed.state, IncidentState::Open);
    story.ask(&Command::Ack { incident: id, by: by("Duty B (console2)") });
    story.until("over", 60, |i| i.state == IncidentState::Resolved);
    story.floor.play(90);
    story.ask(&Command::FollowUp {
        incident: id,
        by: by("Duty B (console2)"),
        to: Some(by("team_lead")),
        text: Note::new("Call back the lost callers of Riverside."),
    });
    story.ask(&Command::Close {
        incident: id,
        by: by("Duty B (console2)"),
        verdict: Some(Verdict::True),
        cause: Some(Note::new("Fibre cut at the riverside exchange")),
    });
    story.floor.play(60);
    let snapshot = story.floor.snapshot();
    let incident = snapshot.incidents.first().unwrap();
    assert_eq!(incident.state, IncidentState::Closed);
    assert_eq!((snapshot.duty.scorecard.raised, snapshot.duty.scorecard.real), (1, 1));
    tell(&mut story, incident);
}

/// The two operators at work.
fn work(story: &mut Story, incident: u64) {
    let (a, b) = (|| by("Duty B (console2)"), || by("Manager A (console3)"));
    let due = Some(story.floor.now() + Span::from_secs(600));
    let steps: Vec<(u32, Command)> = vec![
        (20, Command::Tally { incident, by: a(), area: by("Riverside"), n: 3 }),
        (25, Command::DispatchTold { incident, by: a(), whom: by("Dispatch A"), due }),
        (5, Command::Step { incident, by: a(), step: by("dispatch"), state: StepState::Done, text: None }),
        (20, Command::Wording { incident, by: a(), text: Note::new("We are checking.") }),
        (10, Command::WordingRead { incident, by: a(), team: by("Team 1"), version: None }),
        (10, measure(incident, "rest_stopped", MeasureStage::InForce, b())),
        (20, measure(incident, "standby", MeasureStage::Asked, b())),
        (40, Command::FrontLine { incident, by: a(), text: Note::new("Riverside: no network since half past ten") }),
        (60, Command::Update { incident, by: a(), to: Readers::Managers, text: None }),
        (
            120,
            Command::DispatchAnswer {
                incident,
                by: a(),
                text: Note::new("Crew on the way"),
                repair: Some(story.floor.now() + Span::from_secs(2400)),
            },
        ),
        (60, Command::Wording { incident, by: a(), text: Note::new("A fault at Riverside; a crew is on the way.") }),
        (240, measure(incident, "standby", MeasureStage::InForce, b())),
    ];
    for (seconds, command) in steps {
        story.floor.play(seconds);
        story.ask(&command);
    }
}

fn measure(incident: u64, name: &str, stage: MeasureStage, by: Label) -> Command {
    Command::Measure { incident, by, name: Label::new(name), stage, text: None }
}

/// Prints the timeline, and holds it against the one kept.
fn tell(story: &mut Story, incident: &IncidentView) {
    let snapshot = story.floor.snapshot();
    for lang in Lang::ALL {
        let reading = Reading { texts: Texts::get(*lang), zone: &snapshot.zone, now: snapshot.at };
        let lost = snapshot.all.tally(Window::Min30).counts.abandoned;
        let mut text = reading.first_report(incident, snapshot.all.now.waiting, lost).join("\n");
        text.push_str("\n\n");
        text.push_str(&reading.timeline(incident).join("\n"));
        let _ = writeln!(std::io::stdout(), "{text}\n");
        insta::assert_snapshot!(format!("story-{}", lang.word()), text);
    }
}
