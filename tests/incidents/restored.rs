//! What is restored from its changes goes on as if it had never stopped.

use super::desk::{Floor, ROSTER, at, label};
use floorwatch::alert::Change;
use floorwatch::model::{AnnouncementStep, Command, MeasureStage, Note, Readers, Span, StepState, Time, Verdict};
use proptest::prelude::*;

#[test]
fn a_restart_in_the_middle_of_a_timer_changes_nothing() {
    // Restarted at each of these instants: in the ladder, while taken, before the lapse, after it.
    for stop in ["10:00:30", "10:02:59", "10:03:00", "10:05:00", "10:20:00", "10:34:59", "10:35:00", "10:36:00"] {
        let play = |restart: Option<&str>| {
            let mut floor = Floor::new(ROSTER, "10:00:00");
            floor.open("surge");
            for (time, deed) in [("10:05:00", "ack"), ("10:50:00", "")] {
                if let Some(stop) = restart
                    && at(stop) > floor.now
                    && at(stop) <= at(time)
                {
                    floor.until(stop);
                    floor = floor.restarted(ROSTER);
                }
                floor.until(time);
                if deed == "ack" {
                    floor.ack("Ann");
                }
            }
            (floor.story(), floor.board.states())
        };
        assert_eq!(play(Some(stop)), play(None), "restarted at {stop}");
    }
}

#[test]
fn a_store_is_told_each_change_once_and_what_it_has_is_not_unsaved() {
    let mut floor = Floor::new(ROSTER, "10:00:00");
    floor.open("surge");
    assert_eq!(floor.board.unsaved_count(), 0, "nobody saves: nothing is pending");
    floor.board.keep_changes();
    floor.ack("Ann").until("10:01:00").worsen().until("10:02:00");
    let pending: Vec<_> = floor.board.unsaved(0).cloned().collect();
    assert_eq!(pending.iter().map(|u| u.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(pending.iter().map(|u| u.change.what.word()).collect::<Vec<_>>(), ["acknowledged", "worsened", "told"]);
    assert_eq!(floor.board.unsaved(2).count(), 1, "what was handed out need not be handed out again");
    floor.board.saved(2);
    assert_eq!(floor.board.unsaved_count(), 1);
    floor.board.saved(9);
    assert_eq!(floor.board.unsaved_count(), 0);
    // Through the JSON form, in any order and twice.
    let kept: Vec<String> = floor.board.changes().iter().map(Change::to_json).collect();
    let mut changes: Vec<Change> = kept.iter().rev().chain(&kept).filter_map(|c| Change::from_json(c)).collect();
    changes.rotate_left(2);
    let mut back = super::desk::empty_board(ROSTER);
    back.keep_changes();
    back.restore(changes);
    assert_eq!(back.states(), floor.board.states());
    assert_eq!((back.changes(), back.unsaved_count()), (floor.board.changes(), 0));
}

/// Something a person does, or time that passes.
#[derive(Clone, Debug)]
enum Move {
    Pass(i64),
    Ask(Command),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let incident = || 0..4u64;
    let who = || prop::sample::select(vec!["Ann", "Ben (ops)", "Cai", "Zoe"]).prop_map(label);
    let text = || "[a-z ]{0,8}".prop_map(|t| Note::new(&t));
    let role =
        || prop::sample::select(vec!["duty_manager", "service_supervisor", "service_manager", "x"]).prop_map(label);
    let kind = prop::sample::select(vec!["surge", "power_cut", "evacuation", "sensitive", "nothing"]);
    let about = || (incident(), who());
    let one = prop_oneof![
        6 => (1..400i64).prop_map(Move::Pass),
        1 => (500..4000i64).prop_map(Move::Pass),
        2 => (who(), kind, any::<bool>()).prop_map(|(by, kind, drill)| Move::Ask(Command::Open {
            by, kind: label(kind), name: label("n"), text: None, drill
        })),
        4 => about().prop_map(|(n, by)| Move::Ask(Command::Ack { incident: n, by })),
        1 => (about(), role()).prop_map(|((n, by), whom)| Move::Ask(Command::AckFor { incident: n, by, whom })),
        1 => (about(), text()).prop_map(|((n, by), text)| Move::Ask(Command::Note { incident: n, by, text })),
        2 => about().prop_map(|(n, by)| Move::Ask(Command::Worsen { incident: n, by, text: None })),
        1 => (about(), text()).prop_map(|((n, by), text)| Move::Ask(Command::Wording { incident: n, by, text })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::WordingRead { incident: n, team: by.clone(), by, version: None })),
        1 => (about(), prop::sample::select(MeasureStage::ALL)).prop_map(|((n, by), stage)| Move::Ask(Command::Measure {
            incident: n, name: by.clone(), by, stage, text: None
        })),
        1 => (about(), prop::sample::select(AnnouncementStep::ALL)).prop_map(|((n, by), step)| Move::Ask(Command::Announce {
            incident: n, by, step, text: None
        })),
        1 => (about(), 0..9000u64).prop_map(|((n, by), many)| Move::Ask(Command::Households { incident: n, by, n: many })),
        1 => (about(), text()).prop_map(|((n, by), text)| Move::Ask(Command::Assign { incident: n, to: by.clone(), by, text, due: None })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::AssignDone { incident: n, by, n: 1 })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::Tally { incident: n, area: by.clone(), by, n: 2 })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::DispatchTold { incident: n, whom: by.clone(), by, due: None })),
        1 => (about(), text()).prop_map(|((n, by), text)| Move::Ask(Command::DispatchAnswer { incident: n, by, text, repair: None })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::Step { incident: n, by, step: label("1"), state: StepState::Done, text: None })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::Update { incident: n, by, to: Readers::Managers, text: None })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::Resolve { incident: n, by, text: None })),
        1 => about().prop_map(|(n, by)| Move::Ask(Command::Close { incident: n, by, verdict: Some(Verdict::True), cause: None })),
        1 => (who(), role()).prop_map(|(by, role)| Move::Ask(Command::SignIn { by, role })),
        1 => (who(), role()).prop_map(|(by, role)| Move::Ask(Command::SignOut { by, role })),
        2 => (who(), role(), who()).prop_map(|(by, role, to)| Move::Ask(Command::HandOver { by, role, to, until: None, text: None })),
    ];
    prop::collection::vec(one, 1..40)
}

fn play(floor: &mut Floor, one: &Move) {
    match one {
        Move::Pass(seconds) => {
            let end = floor.now + Span::from_secs(*seconds);
            let clock = |t: Time| {
                let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
                t.to_jiff().to_zoned(zone).strftime("%H:%M:%S").to_string()
            };
            if end < at("23:59:59") {
                floor.until(&clock(end));
            }
        }
        Move::Ask(command) => {
            let _ = floor.ask(command);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn restored_at_any_point_it_is_the_same(moves in moves(), stop in any::<prop::sample::Index>()) {
        let mut floor = Floor::new(ROSTER, "10:00:00");
        let stop = stop.index(moves.len());
        let mut restarted = None;
        for (n, one) in moves.iter().enumerate() {
            if n == stop {
                restarted = Some(floor.restarted(ROSTER));
            }
            play(&mut floor, one);
            if let Some(other) = &mut restarted {
                play(other, one);
            }
        }
        let other = restarted.unwrap();
        prop_assert_eq!(other.board.changes(), floor.board.changes());
        prop_assert_eq!(other.board.states(), floor.board.states());
        for (a, b) in other.board.incidents().iter().zip(floor.board.incidents()) {
            prop_assert_eq!(&a.timeline, &b.timeline);
            prop_assert_eq!(&a.work, &b.work);
        }
        // Numbers have no gaps, and the fold of the JSON form is the state.
        let mut next = std::collections::BTreeMap::new();
        for change in floor.board.changes() {
            let seq = next.entry(change.incident).or_insert(0u64);
            *seq += 1;
            prop_assert_eq!(change.seq, *seq);
            prop_assert_eq!(Change::from_json(&change.to_json()), Some(change));
        }
    }
}
