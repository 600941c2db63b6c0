//! Sums of queues, of people and of teams: what is added up, and who is left out for having done nothing.

use floorwatch::floor::{Busy, Tag};
use floorwatch::metrics::{AgentTally, Counts, Slot, SlotTimes};
use floorwatch::model::{ExitWhy, Label, Time};

/// Every sum another number.
fn counts(step: i64) -> Counts {
    let mut counts = Counts::default();
    for ((name, _), n) in counts.named().into_iter().zip(1..) {
        assert!(counts.set(&name, n * step), "{name}");
    }
    counts
}

#[test]
fn two_queues_add_up_sum_by_sum_and_come_apart_again() {
    let (cards, loans) = (counts(1), counts(100));
    let both = cards + loans;
    for (n, (name, sum)) in (1..).zip(both.named()) {
        assert_eq!(sum, n * 101, "{name}");
    }
    assert_eq!((both - loans, both - cards), (cards, loans));
}

#[test]
fn a_sum_is_set_and_read_by_its_name() {
    let mut counts = Counts::default();
    assert!(counts.set("offered", 3) && counts.set("exited_timeout", 4));
    let timeout = ExitWhy::ALL.iter().position(|why| *why == ExitWhy::Timeout).unwrap();
    assert_eq!((counts.offered, counts.exited_by[timeout], counts.exited()), (3, 4, 4));
    assert!(!counts.set("exited_", 1) && !counts.set("waited", 1));
    let named: Vec<(String, i64)> = counts.named().into_iter().filter(|(_, n)| *n != 0).collect();
    assert_eq!(named, [("offered".to_owned(), 3), ("exited_timeout".to_owned(), 4)]);
}

#[test]
fn what_ended_is_answered_abandoned_short_exited_and_unknown() {
    let mut counts = Counts { answered: 100, abandoned: 11, short_abandoned: 3, unknown: 2, ..Counts::default() };
    counts.exited_by = [4, 1, 2, 0, 0, 0, 6];
    assert_eq!((counts.exited(), counts.abandoned_all(), counts.lost(), counts.ended()), (13, 14, 27, 129));
    let door = Counts { refused_full: 6, refused_no_agents: 4, ..Counts::default() };
    assert_eq!(door.refused(), 10);
}

#[test]
fn the_time_of_a_team_is_its_peoples_slot_by_slot() {
    let mut ann = SlotTimes::default();
    let mut bob = SlotTimes::default();
    for (slot, n) in Slot::ALL.iter().zip(1..) {
        ann.0[slot.index()] = n;
        bob.0[slot.index()] = 100 * n;
    }
    let both = ann + bob;
    for (slot, n) in Slot::ALL.iter().zip(1..) {
        assert_eq!(both.of(*slot), 101 * n, "{slot:?}");
    }
    assert_eq!((both - bob, both - ann), (ann, bob));
}

/// Ann's or Bob's morning.
fn morning(step: i64) -> AgentTally {
    let label = |reason: &str| Label::new(reason);
    let mut time = SlotTimes::default();
    time.0[Slot::Rest.index()] = 600 * step;
    AgentTally {
        time,
        answered: 2 * step,
        contacts: 3 * step,
        talk_us: 5 * step,
        hold_us: 7 * step,
        after_calls: 11 * step,
        after_call_us: 13 * step,
        handle_us: 17 * step,
        ring_no_answer: 19 * step,
        transfers: 23 * step,
        not_ready_count: 29 * step,
        not_ready_by_reason: if step == 1 {
            vec![(label("meal"), 400), (label("rest"), 200)]
        } else {
            vec![(label("coaching"), 20_000), (label("rest"), 40_000)]
        },
        sign_ins: 31 * step,
        sign_outs: 37 * step,
        first_sign_in: Some(Time::from_secs(1000 - step)),
        last_sign_out: Some(Time::from_secs(2000 - step)),
        outbound: 41 * step,
        connected_out: 43 * step,
        contacts_out: 47 * step,
        talk_out_us: 53 * step,
        hold_out_us: 59 * step,
        transfers_out: 61 * step,
        busy_us: [1, 2, 3, 4].map(|n| n * step),
        tags: [1, 2, 3, 4, 5, 6, 7].map(|n| n * step),
        ..AgentTally::default()
    }
}

#[test]
fn a_team_is_the_sum_of_its_people() {
    let mut team = morning(1);
    team.merge(&morning(100));
    let label = |reason: &str| Label::new(reason);
    let want = AgentTally {
        not_ready_by_reason: vec![(label("meal"), 400), (label("rest"), 40_200), (label("coaching"), 20_000)],
        // The first who came and the last who went.
        first_sign_in: Some(Time::from_secs(900)),
        last_sign_out: Some(Time::from_secs(1999)),
        ..morning(101)
    };
    assert_eq!(team, want);
    // Somebody who has not signed in or out takes nothing away.
    team.merge(&AgentTally::default());
    assert_eq!(team, want);
    let mut nobody = AgentTally::default();
    nobody.merge(&want);
    assert_eq!((nobody.first_sign_in, nobody.last_sign_out), (want.first_sign_in, want.last_sign_out));
}

#[test]
fn who_was_signed_in_or_did_something_is_present() {
    type Did = fn(&mut AgentTally);
    let present: [Did; 6] = [
        |t| t.time.0[Slot::Ready.index()] = 1,
        |t| t.busy_us[Busy::AfterCallOut.index()] = 1,
        |t| t.answered = 1,
        |t| t.contacts = 1,
        |t| t.contacts_out = 1,
        |t| t.outbound = 1,
    ];
    for (n, did) in present.iter().enumerate() {
        let mut tally = AgentTally::default();
        did(&mut tally);
        assert!(tally.present() && !tally.is_empty(), "case {n}");
    }
    let absent: [Did; 4] = [
        |_| {},
        |t| t.time.0[Slot::SignedOut.index()] = 1,
        |t| t.time.0[Slot::Unknown.index()] = 1,
        |t| t.tags[Tag::Order as usize] = 1,
    ];
    for (n, did) in absent.iter().enumerate() {
        let mut tally = AgentTally::default();
        did(&mut tally);
        assert!(!tally.present(), "case {n}");
    }
}

#[test]
fn what_a_feed_can_tell_and_time_signed_out_are_nothing_done() {
    let mut tally = AgentTally {
        after_call_known: true,
        no_states: true,
        no_hold: true,
        no_misses: true,
        outbound_known: true,
        tags_known: true,
        ..AgentTally::default()
    };
    tally.time.0[Slot::SignedOut.index()] = 1;
    assert!(tally.is_empty());
    assert!(!AgentTally { sign_outs: 1, ..tally.clone() }.is_empty());
    tally.time.0[Slot::Unknown.index()] = 1;
    assert!(!tally.is_empty());
}
