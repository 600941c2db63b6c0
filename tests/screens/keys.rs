//! What keys do to the view state.

use std::sync::Arc;

use crate::support::floor;
use floorwatch::config::{Lang, Theme};
use floorwatch::engine::{Answer, Playback};
use floorwatch::metrics::Window;
use floorwatch::model::{Command, Label, Note, Span, Verdict};
use floorwatch::snapshot::{Mode, Snapshot};
use floorwatch::tui::{Action, Effect, Input, RowKey, Ui, View, answered, draw_to_text, update};

struct Desk {
    ui: Ui,
    snapshot: Arc<Snapshot>,
}

impl Desk {
    fn at(snapshot: Snapshot) -> Self {
        let mut ui = Ui::new(Lang::En, Theme::Safe);
        ui.user = Label::new("lee");
        let snapshot = Arc::new(snapshot);
        ui.observe(&snapshot, floor::at());
        Self { ui, snapshot }
    }

    fn press(&mut self, action: Action) -> Option<Effect> {
        update(&mut self.ui, Input::Do(action), &self.snapshot, floor::at())
    }

    fn write(&mut self, text: &str) {
        for c in text.chars() {
            update(&mut self.ui, Input::Type(c), &self.snapshot, floor::at());
        }
    }

    fn notice(&self) -> &str {
        self.ui.notice.as_ref().map_or("", |(text, _)| text)
    }

    fn screen(&self) -> String {
        draw_to_text(&self.snapshot, &self.ui, (120, 40), floor::at())
    }
}

#[test]
fn tab_goes_round_and_back() {
    let mut desk = Desk::at(floor::calm());
    for want in [
        View::Queues,
        View::Agents,
        View::Volume,
        View::Incidents,
        View::Feeds,
        View::Staffing,
        View::Wall,
        View::Queues,
    ] {
        desk.press(Action::NextView);
        assert_eq!(desk.ui.view, want);
    }
    desk.press(Action::PreviousView);
    assert_eq!(desk.ui.view, View::Wall);
}

#[test]
fn volume_and_staffing_move_by_scope_and_pool() {
    let mut desk = Desk::at(floor::surge(20, false));
    desk.press(Action::ViewVolume);
    assert!(desk.screen().contains("Calls of today: All"), "{}", desk.screen());
    desk.press(Action::Down);
    assert!(desk.screen().contains("Calls of today: 故障报修"), "{}", desk.screen());
    desk.press(Action::Open);
    assert!(desk.ui.maximised && !desk.screen().contains("So far  "), "{}", desk.screen());
    desk.press(Action::Back);
    desk.press(Action::ViewStaffing);
    let screen = desk.screen();
    assert!(screen.contains("If nothing is done") && screen.contains("Pool of queues"), "{screen}");
    desk.press(Action::Last);
    assert_ne!(desk.screen(), screen, "another pool is chosen");
    desk.press(Action::Filter);
    desk.write("nowhere");
    assert!(desk.screen().contains("No pool matches"), "{}", desk.screen());
}

#[test]
fn views_of_a_later_version_say_so() {
    let mut desk = Desk::at(floor::calm());
    assert_eq!(desk.press(Action::ViewEvents), None);
    assert!(desk.notice().contains("Events") && desk.notice().contains("later version"), "{}", desk.notice());
    assert_eq!(desk.ui.view, View::Wall);
}

#[test]
fn enter_opens_a_queue_and_esc_leads_back_out() {
    let mut desk = Desk::at(floor::calm());
    desk.press(Action::ViewQueues);
    desk.press(Action::Down);
    desk.press(Action::Open);
    assert_eq!(desk.ui.view, View::Agents);
    assert!(desk.screen().contains("Agents of 故障报修"), "{}", desk.screen());
    desk.press(Action::Back);
    assert_eq!((desk.ui.view, &desk.ui.drill), (View::Queues, &None));
    desk.press(Action::Back);
    assert_eq!(desk.ui.view, View::Wall);
}

#[test]
fn the_chosen_row_stays_chosen_when_rows_move() {
    let mut desk = Desk::at(floor::calm());
    desk.press(Action::ViewQueues);
    desk.press(Action::Last);
    let chosen = desk.ui.state().chosen.clone();
    assert!(matches!(chosen, Some(RowKey::Queue(_))));
    desk.press(Action::Sort);
    desk.snapshot = Arc::new(floor::surge(20, false));
    desk.ui.observe(&desk.snapshot, floor::at());
    assert_eq!(desk.ui.state().chosen, chosen);
    desk.press(Action::First);
    assert_ne!(desk.ui.state().chosen, chosen);
}

#[test]
fn a_filter_is_typed_accepted_and_taken_away() {
    let mut desk = Desk::at(floor::calm());
    desk.press(Action::ViewQueues);
    desk.press(Action::Filter);
    desk.write("vip x");
    update(&mut desk.ui, Input::Erase, &desk.snapshot, floor::at());
    update(&mut desk.ui, Input::Accept, &desk.snapshot, floor::at());
    assert_eq!(desk.ui.state().filter, "vip");
    assert!(desk.screen().contains("1 / 9"), "{}", desk.screen());
    assert!(desk.screen().contains("filter: vip"));
    desk.press(Action::Filter);
    desk.write("nothing");
    assert!(desk.screen().contains("No queue matches “nothing”."));
    update(&mut desk.ui, Input::Cancel, &desk.snapshot, floor::at());
    assert_eq!(desk.ui.state().filter, "vip");
    desk.press(Action::Back);
    assert_eq!(desk.ui.state().filter, "");
    assert_eq!(desk.ui.view, View::Queues);
}

#[test]
fn acknowledging_asks_the_engine_in_the_name_of_the_user() {
    let mut desk = Desk::at(floor::surge(20, false));
    let ack = Some(Effect::Command(Command::Ack { incident: 12, by: Label::new("lee") }));
    assert_eq!(desk.press(Action::Acknowledge), ack, "from any view the one nobody has");
    desk.press(Action::ViewIncidents);
    assert_eq!(desk.press(Action::Acknowledge), ack);
    answered(&mut desk.ui, &Answer::Refused(Label::new("already taken")), floor::at());
    assert_eq!(desk.notice(), "Not done: already taken");
    let mut desk = Desk::at(floor::surge(900, true));
    assert_eq!(desk.press(Action::Acknowledge), None, "somebody has it");
}

#[test]
fn a_replay_is_steered_and_a_live_floor_is_not() {
    let mut desk = Desk::at(floor::calm());
    assert_eq!(desk.press(Action::Pause), None);
    assert!(!desk.notice().is_empty());
    for (speed, action, want) in [
        (Some(60.0), Action::Pause, Playback::TogglePause),
        (Some(60.0), Action::Faster, Playback::Speed(Some(120.0))),
        (Some(45.0), Action::Slower, Playback::Speed(Some(30.0))),
        (Some(600.0), Action::Faster, Playback::Speed(None)),
        (None, Action::Faster, Playback::Speed(None)),
        (None, Action::Slower, Playback::Speed(Some(600.0))),
        (Some(1.0), Action::Slower, Playback::Speed(Some(1.0))),
    ] {
        let mut snapshot = floor::calm();
        snapshot.mode = Mode::Replay { speed, paused: false, ended: false };
        assert_eq!(Desk::at(snapshot).press(action), Some(Effect::Playback(want)), "{speed:?} {action:?}");
    }
}

#[test]
fn a_held_picture_is_let_go_after_two_minutes() {
    let mut desk = Desk::at(floor::calm());
    desk.press(Action::Freeze);
    assert!(desk.ui.frozen.is_some());
    desk.ui.observe(&desk.snapshot, floor::at() + Span::from_secs(119));
    assert!(desk.ui.frozen.is_some());
    desk.ui.observe(&desk.snapshot, floor::at() + Span::from_secs(120));
    assert!(desk.ui.frozen.is_none());
}

#[test]
fn the_wall_minds_no_key_but_the_way_out() {
    let mut desk = Desk::at(floor::surge(20, false));
    desk.ui.wall = true;
    for action in Action::ALL {
        let effect = desk.press(*action);
        match action {
            Action::Quit => assert_eq!(effect, Some(Effect::Quit)),
            Action::Redraw => assert_eq!(effect, Some(Effect::Redraw)),
            Action::Suspend => assert_eq!(effect, Some(Effect::Suspend)),
            _ => assert_eq!(effect, None, "{action:?}"),
        }
    }
    assert_eq!((desk.ui.view, desk.ui.lang, desk.ui.frozen.is_some()), (View::Wall, Lang::En, false));
}

#[test]
fn languages_themes_windows_and_orders_go_round() {
    let mut desk = Desk::at(floor::calm());
    desk.press(Action::Language);
    assert_eq!((desk.ui.lang, desk.notice()), (Lang::ZhCn, "语言：简体中文"));
    desk.press(Action::Language);
    for want in [Theme::Dark, Theme::Light, Theme::Contrast, Theme::Mono, Theme::Safe] {
        desk.press(Action::Theme);
        assert_eq!(desk.ui.theme, want);
    }
    desk.press(Action::Window);
    assert_eq!(desk.ui.window, Window::Hour);
    desk.press(Action::ViewQueues);
    desk.press(Action::Sort);
    assert_eq!(desk.notice(), "Sorted by name");
}

#[test]
fn the_help_lists_every_key_and_can_be_searched() {
    let mut desk = Desk::at(floor::calm());
    desk.press(Action::Help);
    for word in ["Acknowledge", "Take the incident", "Ctrl-Z", "Shift-Tab", "Freeze"] {
        assert!(word == "Acknowledge" || desk.screen().contains(word), "{word}\n{}", desk.screen());
    }
    desk.press(Action::Filter);
    desk.write("replay");
    let screen = desk.screen();
    assert!(screen.contains("Replay faster") && !screen.contains("Freeze"), "{screen}");
    update(&mut desk.ui, Input::Cancel, &desk.snapshot, floor::at());
    desk.press(Action::Back);
    assert!(!desk.ui.help);
}

#[test]
fn an_incident_is_worked_by_key() {
    let by = || Label::new("lee");
    let incident = 12;
    for (action, typed, want) in [
        (Action::AckFor, "duty_manager", Command::AckFor { incident, by: by(), whom: Label::new("duty_manager") }),
        (Action::Note, "cable cut", Command::Note { incident, by: by(), text: Note::new("cable cut") }),
        (Action::Tally, "East 2", Command::Tally { incident, by: by(), area: Label::new("East"), n: 2 }),
        (Action::Resolve, "", Command::Resolve { incident, by: by(), text: None }),
        (
            Action::Close,
            "true cable",
            Command::Close { incident, by: by(), verdict: Some(Verdict::True), cause: Some(Note::new("cable")) },
        ),
    ] {
        let mut desk = Desk::at(floor::surge(20, false));
        desk.press(Action::ViewIncidents);
        assert_eq!(desk.press(action), None);
        desk.write(typed);
        assert!(desk.screen().contains(typed), "{}", desk.screen());
        let effect = update(&mut desk.ui, Input::Accept, &desk.snapshot, floor::at());
        assert_eq!(effect, Some(Effect::Command(want)), "{action:?}");
        assert_eq!((desk.ui.typing.as_deref(), desk.ui.prompt), (None, None));
    }
    // What says too little is not sent; Esc forgets; what is typed is no filter.
    let mut desk = Desk::at(floor::surge(20, false));
    desk.press(Action::Note);
    assert_eq!(update(&mut desk.ui, Input::Accept, &desk.snapshot, floor::at()), None);
    assert!(desk.notice().contains("nothing was done"), "{}", desk.notice());
    desk.press(Action::ViewIncidents);
    desk.press(Action::Note);
    desk.write("zzz");
    assert!(!desk.screen().contains("No incident matches"), "{}", desk.screen());
    update(&mut desk.ui, Input::Cancel, &desk.snapshot, floor::at());
    assert_eq!((desk.ui.typing.as_deref(), desk.ui.prompt), (None, None));
    // Without an incident only opening one makes sense.
    let mut desk = Desk::at(floor::calm());
    desk.press(Action::Note);
    assert_eq!(desk.ui.prompt, None);
    assert!(desk.notice().contains("No incident"), "{}", desk.notice());
    desk.press(Action::OpenIncident);
    desk.write("power_cut Hall 2");
    let open =
        Command::Open { by: by(), kind: Label::new("power_cut"), name: Label::new("Hall 2"), text: None, drill: false };
    assert_eq!(update(&mut desk.ui, Input::Accept, &desk.snapshot, floor::at()), Some(Effect::Command(open)));
}
