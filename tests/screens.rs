//! The screens: what is drawn at the sizes people have, in both languages; and what holds at any size, for any names.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "screens/keys.rs"]
mod keys;
#[path = "screens/people.rs"]
mod people;
mod support;

use std::sync::Arc;

use floorwatch::config::{Lang, Theme};
use floorwatch::model::Label;
use floorwatch::snapshot::{Snapshot, StoreState, StoreTrouble, StoreView};
use floorwatch::tui::{
    Action, Charset, Depth, Input, Targets, Ui, View, draw_to_ansi, draw_to_buffer, draw_to_text, update,
};
use support::floor;

const SIZES: [(u16, u16); 5] = [(40, 12), (80, 24), (120, 40), (160, 45), (250, 70)];
const LANGS: [(&str, Lang); 2] = [("en", Lang::En), ("zh", Lang::ZhCn)];

fn targets() -> Targets {
    Targets {
        long_wait_s: Some(180.0),
        abandon_rate: Some(0.05),
        service_level_below: Some(0.1),
        watch_ratio: Some(1.5),
        alarm_ratio: Some(2.0),
    }
}

fn console(lang: Lang, view: View, snapshot: &Arc<Snapshot>) -> Ui {
    let mut ui = Ui::new(lang, Theme::Mono);
    ui.targets = targets();
    ui.view = view;
    ui.observe(snapshot, floor::at());
    ui
}

fn floors() -> [(&'static str, Arc<Snapshot>); 6] {
    [
        ("calm", floor::calm()),
        ("surge", floor::surge(1260, true)),
        ("new", floor::surge(20, false)),
        ("away", floor::away()),
        ("empty", floor::empty()),
        ("odd", floor::odd()),
    ]
    .map(|(name, snapshot)| (name, Arc::new(snapshot)))
}

#[test]
fn the_wall_at_every_size_in_both_languages() {
    for (name, snapshot) in floors() {
        for (lang_name, lang) in LANGS {
            for size in SIZES {
                let ui = console(lang, View::Wall, &snapshot);
                let text = draw_to_text(&snapshot, &ui, size, floor::at());
                insta::assert_snapshot!(format!("wall-{name}-{lang_name}-{}x{}", size.0, size.1), text);
            }
        }
    }
}

#[test]
fn the_views_at_two_sizes_in_both_languages() {
    let surge = Arc::new(floor::surge(1260, false));
    let away = Arc::new(floor::away());
    for (lang_name, lang) in LANGS {
        for size in [(80, 24), (160, 45)] {
            for (name, view, snapshot) in [
                ("queues", View::Queues, &surge),
                ("agents", View::Agents, &surge),
                ("volume", View::Volume, &surge),
                ("staffing", View::Staffing, &surge),
                ("incidents", View::Incidents, &surge),
                ("feeds", View::Feeds, &away),
            ] {
                let ui = console(lang, view, snapshot);
                let text = draw_to_text(snapshot, &ui, size, floor::at());
                insta::assert_snapshot!(format!("{name}-{lang_name}-{}x{}", size.0, size.1), text);
            }
            let mut ui = console(lang, View::Wall, &surge);
            ui.help = true;
            let text = draw_to_text(&surge, &ui, size, floor::at());
            insta::assert_snapshot!(format!("help-{lang_name}-{}x{}", size.0, size.1), text);
        }
    }
}

#[test]
fn a_day_that_is_not_like_others_is_said() {
    use floorwatch::config::{Like, Names};
    use floorwatch::usual::{Learning, Plan, Taken, Today};
    use jiff::civil::{Weekday, date};
    let names = |en: &str, zh: &str| Names { en: Label::new(en), zh: Label::new(zh) };
    let day = date(2026, 5, 23);
    let today = Today {
        date: Some(day),
        special: Some((names("Spring Festival", "春节"), Taken::Like(Like::Weekday(Weekday::Sunday)))),
        planned: vec![Plan {
            name: names("Billing day", "出账日"),
            factor: 1.4,
            queues: Vec::new(),
            from: day.at(0, 0, 0, 0),
            to: day.tomorrow().unwrap().at(0, 0, 0, 0),
        }],
        running_out: vec![(names("Public holidays of China", "中国法定节假日"), date(2026, 6, 30))],
        clock_change: None,
    };
    let mut snapshot = Snapshot { today: Arc::new(today), ..floor::calm() };
    let mut all = (*snapshot.all).clone();
    let mut day = (*all.today).clone();
    day.learning = Some(Learning { have: 2, need: 3 });
    all.today = Arc::new(day);
    snapshot.all = Arc::new(all);
    let snapshot = Arc::new(snapshot);
    for (lang_name, lang) in LANGS {
        for (name, view, size) in [
            ("wall", View::Wall, (80, 24)),
            ("wall", View::Wall, (160, 45)),
            ("volume", View::Volume, (100, 30)),
            ("feeds", View::Feeds, (100, 30)),
        ] {
            let text = draw_to_text(&snapshot, &console(lang, view, &snapshot), size, floor::at());
            insta::assert_snapshot!(format!("day-{name}-{lang_name}-{}x{}", size.0, size.1), text);
        }
    }
}

#[test]
fn what_the_store_does_not_take_stands_in_the_status_line() {
    let off = |trouble, why: &str| StoreState::Off { trouble, why: Label::new(why) };
    let failing = |trouble| StoreState::Failing { trouble, why: Label::new("of the disk") };
    let view = |state, unsaved, lost| StoreView { state, unsaved, lost };
    let mut lines = Vec::new();
    for store in [
        view(StoreState::Kept, 0, 0),
        view(StoreState::Kept, 0, 1_204),
        view(failing(StoreTrouble::Full), 318, 0),
        view(failing(StoreTrouble::ReadOnly), 4, 0),
        view(failing(StoreTrouble::Other), 1, 0),
        view(off(StoreTrouble::Damaged, "it is damaged"), 0, 0),
        view(off(StoreTrouble::Newer, "a newer floorwatch wrote it"), 0, 0),
        view(off(StoreTrouble::Foreign, "it is not floorwatch's"), 0, 0),
        view(off(StoreTrouble::Full, "no space"), 0, 0),
        view(off(StoreTrouble::Viewer, "lin, process 4711 since 2026-05-23T00:10:00Z"), 0, 0),
    ] {
        let snapshot = Arc::new(Snapshot { store, unsaved: 2, ..floor::calm() });
        for (name, lang) in LANGS {
            for wall in [false, true] {
                let mut ui = console(lang, View::Wall, &snapshot);
                ui.wall = wall;
                let text = draw_to_text(&snapshot, &ui, (120, 40), floor::at());
                let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
                assert!(!wall || !line.contains("lin"), "the wall names nobody: {line}");
                lines.push(format!("{name} {}: {}", if wall { "wall   " } else { "console" }, line.trim_end()));
            }
        }
    }
    insta::assert_snapshot!("status-store", lines.join("\n"));
}

#[test]
fn colours_of_each_theme() {
    let snapshot = Arc::new(floor::surge(20, false));
    for theme in floorwatch::tui::THEMES {
        let mut ui = console(Lang::En, View::Wall, &snapshot);
        (ui.theme, ui.depth) = (theme, Depth::True);
        let text = draw_to_ansi(&snapshot, &ui, (80, 24), floor::at()).replace('\u{1b}', "␛");
        insta::assert_snapshot!(format!("colour-{}", floorwatch::tui::theme_word(theme)), text);
    }
}

#[test]
fn small_and_plain_terminals() {
    let snapshot = Arc::new(floor::surge(1260, true));
    for size in [(10, 3), (1, 1), (12, 4), (19, 7), (30, 6), (24, 9)] {
        let ui = console(Lang::En, View::Wall, &snapshot);
        let text = draw_to_text(&snapshot, &ui, size, floor::at());
        insta::assert_snapshot!(format!("small-{}x{}", size.0, size.1), text);
    }
    let mut ui = console(Lang::En, View::Wall, &snapshot);
    ui.charset = Charset::Ascii;
    let text = draw_to_text(&snapshot, &ui, (100, 30), floor::at());
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!("ascii-100x30", text);
}

#[test]
fn no_size_is_refused() {
    let floors = floors();
    for width in 0..=60 {
        for height in 0..=25 {
            // Every size sees every floor and view in turn, and each size some of them.
            let turn = usize::from(width) * 26 + usize::from(height);
            for step in 0..3 {
                let (_, snapshot) = &floors[(turn + step) % floors.len()];
                let lang = if (turn + step) % 2 == 0 { Lang::En } else { Lang::ZhCn };
                let mut ui = console(lang, View::ALL[(turn / 2 + step) % View::ALL.len()], snapshot);
                ui.help = turn % 7 == 0 && step == 0;
                ui.maximised = turn % 5 == 0 && step == 1;
                check(snapshot, &ui, (width, height));
            }
        }
    }
}

#[test]
fn odd_names_break_nothing_at_any_common_size() {
    for (_, snapshot) in floors() {
        for (_, lang) in LANGS {
            for view in View::ALL {
                for size in SIZES.into_iter().chain([(100, 30), (132, 43), (200, 20), (64, 50)]) {
                    check(&snapshot, &console(lang, view, &snapshot), size);
                }
            }
        }
    }
}

/// No control characters, and no sign sticks out of its row.
fn check(snapshot: &Snapshot, ui: &Ui, size: (u16, u16)) {
    use ratatui::buffer::CellWidth;
    let buf = draw_to_buffer(snapshot, ui, size, floor::at());
    for row in buf.content().chunks(usize::from(size.0).max(1)) {
        let mut x = 0;
        while let Some(cell) = row.get(x) {
            let symbol = cell.symbol();
            assert!(!symbol.chars().any(char::is_control), "{symbol:?} at {size:?}");
            let cells = usize::from(symbol.cell_width()).max(1);
            assert!(x + cells <= row.len(), "{symbol:?} sticks out at {size:?}");
            // What a wide sign covers is blank.
            let covered = (x + 1..x + cells).all(|c| row.get(c).is_some_and(|c| c.symbol().trim().is_empty()));
            assert!(
                covered,
                "{symbol:?} is half covered at {size:?}\n{}",
                draw_to_text(snapshot, ui, size, floor::at())
            );
            x += cells;
        }
    }
}

#[test]
fn the_wall_names_nobody() {
    for (_, snapshot) in floors() {
        for (_, lang) in LANGS {
            for size in SIZES {
                let mut ui = console(lang, View::Wall, &snapshot);
                ui.wall = true;
                let text = draw_to_text(&snapshot, &ui, size, floor::at());
                for agent in &snapshot.agents {
                    assert!(!text.contains(agent.name.as_str()) && !text.contains(agent.id.as_str()), "{text}");
                }
                let owners = snapshot.incidents.iter().filter_map(|i| i.owner.as_ref());
                assert!(
                    owners.filter(|(name, _)| name.as_str().len() > 4).all(|(name, _)| !text.contains(name.as_str()))
                );
            }
        }
    }
}

#[test]
fn mono_loses_nothing_a_colour_says() {
    // The text of a screen is the same in every theme: what a colour says, a sign and a word say as well.
    for (_, snapshot) in floors() {
        for view in View::ALL {
            let ui = console(Lang::En, view, &snapshot);
            let mono = draw_to_text(&snapshot, &ui, (160, 45), floor::at());
            let mut coloured = ui.clone();
            coloured.theme = Theme::Safe;
            let safe = draw_to_text(&snapshot, &coloured, (160, 45), floor::at());
            // Only the bar of people is filled otherwise.
            let lines = |t: &str| {
                t.lines()
                    .filter(|l| !l.contains("▄▄▄▄▄▄▄▄") && !l.contains("████████▓"))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            if view != View::Wall {
                assert_eq!(lines(&mono), lines(&safe));
            }
            coloured.depth = Depth::None;
            assert_eq!(draw_to_text(&snapshot, &coloured, (160, 45), floor::at()), mono, "NO_COLOR is mono");
        }
    }
}

#[test]
fn a_held_picture_stands_and_incidents_break_through() {
    let (calm, surge) = (Arc::new(floor::calm()), Arc::new(floor::surge(20, false)));
    let mut ui = console(Lang::En, View::Queues, &calm);
    update(&mut ui, Input::Do(Action::Freeze), &calm, floor::at());
    ui.notice = None;
    let text = draw_to_text(&surge, &ui, (120, 40), floor::at());
    assert!(text.contains("FROZEN 14:02"), "{text}");
    assert!(text.contains("NOBODY HAS IT"), "{text}");
    assert!(text.contains("Waiting 3 "), "the held figures stand\n{text}");
}

#[test]
fn badges_say_whether_the_picture_can_be_trusted() {
    use floorwatch::model::{FeedState, Label, Span};
    use floorwatch::snapshot::Mode;
    let late = Span::from_secs(12);
    let mode = |mode| {
        let mut s = floor::calm();
        s.mode = mode;
        s
    };
    let feed = |state| {
        let mut s = floor::calm();
        if let Some(feed) = s.feeds.first_mut() {
            (feed.state, feed.since, feed.last_event) = (state, floor::at() - late, Some(floor::at() - late));
        }
        s
    };
    let replay = |speed, paused, ended| mode(Mode::Replay { speed, paused, ended });
    for (snapshot, after, want, chinese) in [
        (floor::calm(), 0, " LIVE ", " 实时 "),
        (floor::calm(), 4, " LIVE ", " 实时 "),
        (floor::calm(), 12, " LATE 12 s ", " 迟到 12 秒 "),
        (mode(Mode::Demo), 60, " DEMO ", " 演示 "),
        (replay(Some(60.0), false, false), 0, " REPLAY ×60 ", " 回放 ×60 "),
        (replay(Some(2.5), true, false), 0, " REPLAY ×2.5   PAUSED ", " 回放 ×2.5   暂停 "),
        (replay(None, false, true), 0, " REPLAY max   END ", " 回放 最快   结束 "),
        (feed(FeedState::Late { age: late }), 0, " LATE 12 s ", " 迟到 12 秒 "),
        (feed(FeedState::Failed { why: Label::new("wrong password") }), 0, " AWAY 12 s ", " 中断 12 秒 "),
        (feed(FeedState::Connecting), 0, " CONNECTING ", " 连接中 "),
        (floor::away(), 0, " AWAY 3 min ", " 中断 3 分钟 "),
    ] {
        let snapshot = Arc::new(snapshot);
        let now = floor::at() + Span::from_secs(after);
        for (lang, want) in [(Lang::En, want), (Lang::ZhCn, chinese)] {
            let ui = console(lang, View::Wall, &snapshot);
            let text = draw_to_text(&snapshot, &ui, (100, 30), now);
            assert!(text.lines().next().is_some_and(|l| l.starts_with(&format!(" {want}"))), "{want}\n{text}");
        }
    }
}

/// An incident carried for ten minutes by two people, the ladder climbed once and the next step coming.
fn carried(taken: bool) -> Arc<Snapshot> {
    use floorwatch::alert::{Board, Desk};
    use floorwatch::config;
    use floorwatch::model::{Command, Label, MeasureStage, Note, Span, StepState};
    use floorwatch::roster;
    use floorwatch::usual::Usual;
    let settings = config::defaults().unwrap();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let duty = "role,person,backup\nduty_manager,Zhou Ruilin,Sun Yi\nservice_manager,He Ming,\n".to_owned();
    let (roster, _) = roster::read(&[("duty.csv".to_owned(), duty)], &zone);
    let usual = Usual::configured(&settings.usual, zone);
    let mut board = Board::new(settings.alert.clone(), 20);
    board.equip(Desk { rules: settings.incident, roster, ..Desk::default() });
    let mut now = floor::at() - Span::from_secs(600);
    let (by, incident) = (|| Label::new("Zhou Ruilin (duty1)"), 1);
    let name = Label::new("故障报修");
    let open = Command::Open { by: by(), kind: Label::new("surge"), name, text: None, drill: false };
    let deeds = [
        (0, open),
        (60, Command::Ack { incident, by: by() }),
        (90, Command::Tally { incident, by: by(), area: Label::new("河东片区"), n: 6 }),
        (95, Command::Tally { incident, by: by(), area: Label::new("Harbour"), n: 2 }),
        (
            120,
            Command::DispatchTold {
                incident,
                by: by(),
                whom: Label::new("Branch dispatch"),
                due: Some(now + Span::from_secs(900)),
            },
        ),
        (130, Command::Step { incident, by: by(), step: Label::new("hear"), state: StepState::Done, text: None }),
        (150, Command::Wording { incident, by: by(), text: Note::new("正在核实，请稍后。") }),
        (160, Command::WordingRead { incident, by: by(), team: Label::new("A"), version: None }),
        (
            200,
            Command::Measure {
                incident,
                by: by(),
                name: Label::new("rest_stopped"),
                stage: MeasureStage::InForce,
                text: None,
            },
        ),
        (300, Command::Worsen { incident, by: by(), text: Some(Note::new("Two more areas report.")) }),
        (500, Command::Ack { incident, by: by() }),
    ];
    let opened = now;
    while now < floor::at() {
        for (after, deed) in deeds.iter().take(if taken { 11 } else { 10 }) {
            if now == opened + Span::from_secs(*after) {
                assert_eq!(board.command(deed, now), Ok(()));
            }
        }
        now = now + Span::from_secs(1);
        board.second(now, &[], &[], &usual);
    }
    let mut snapshot = floor::calm();
    snapshot.incidents = board.incidents();
    snapshot.duty = board.duty();
    Arc::new(snapshot)
}

#[test]
fn an_incident_carried_in_its_view_and_on_the_wall() {
    for (name, taken) in [("open", false), ("taken", true)] {
        let snapshot = carried(taken);
        for (lang_name, lang) in LANGS {
            for size in [(80, 24), (160, 45)] {
                let shot = |what: &str, ui: &Ui| {
                    let text = draw_to_text(&snapshot, ui, size, floor::at());
                    insta::assert_snapshot!(format!("carried-{name}-{what}-{lang_name}-{}x{}", size.0, size.1), text);
                };
                let mut ui = console(lang, View::Incidents, &snapshot);
                shot("list", &ui);
                ui.maximised = true;
                shot("whole", &ui);
                let mut wall = console(lang, View::Wall, &snapshot);
                wall.wall = true;
                shot("wall", &wall);
                let text = draw_to_text(&snapshot, &wall, size, floor::at());
                assert!(!text.contains("Zhou") && !text.contains("Sun Yi") && !text.contains("He Ming"), "{text}");
            }
        }
    }
}

#[test]
fn what_few_may_read_stands_on_no_wall_and_in_no_other_ones_view() {
    use floorwatch::alert::{IncidentView, Plan};
    use floorwatch::model::Label;
    let mut snapshot = floor::surge(300, false);
    snapshot.alerts.clear();
    let first: IncidentView = (**snapshot.incidents.first().unwrap()).clone();
    let plan = Plan { readers: Some(vec![Label::new("He Ming")]), ..Plan::default() };
    snapshot.incidents = vec![Arc::new(IncidentView { name: Label::new("TOPSECRET"), plan: Arc::new(plan), ..first })];
    let snapshot = Arc::new(snapshot);
    for view in View::ALL {
        for (user, wall, seen) in [("He Ming (ops)", false, true), ("zhou", false, false), ("He Ming", true, false)] {
            let mut ui = console(Lang::En, view, &snapshot);
            ui.user = Label::new(user);
            ui.wall = wall;
            let text = draw_to_text(&snapshot, &ui, (160, 45), floor::at());
            assert_eq!(text.contains("TOPSECRET"), seen && view == View::Incidents, "{view:?} {user}\n{text}");
        }
    }
}
