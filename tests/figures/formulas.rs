//! The formulas of KPI.md, each figure beside the numbers it is made of.

use floorwatch::config::{
    AbandonVariant, AsaVariant, Exits, FigureRules, QueueRules, ServiceLevelVariant as Level, defaults,
};
use floorwatch::floor::{Busy, Tag};
use floorwatch::metrics::{
    AgentTally, Counts, Distinct, FigureKey as Key, Lines, Now, Parts, Slot, SlotTimes, Tally, Unknown, Value,
};
use floorwatch::model::{Span, Time};

const S: i64 = 1_000_000;
const NOT_TOLD: Value = Value::Unknown(Unknown::NotTold);

fn rules() -> (FigureRules, QueueRules) {
    let settings = defaults().unwrap();
    (settings.figures, settings.queue_defaults)
}

/// Three hours of three people: 2.8 h signed in, each slot of another length.
fn time() -> SlotTimes {
    let mut time = SlotTimes::default();
    for (slot, seconds) in [
        (Slot::SignedOut, 1000),
        (Slot::Ready, 3600),
        (Slot::Ringing, 100),
        (Slot::TalkIn, 2000),
        (Slot::TalkOut, 300),
        (Slot::TalkRouted, 400),
        (Slot::TalkInternal, 50),
        (Slot::TalkOther, 60),
        (Slot::Holding, 70),
        (Slot::AfterCall, 500),
        (Slot::Rest, 600),
        (Slot::Training, 700),
        (Slot::Work, 800),
        (Slot::OtherNotReady, 900),
        (Slot::Unknown, 5000),
    ] {
        time.0[slot.index()] = seconds * S;
    }
    time
}

/// A scope of which all is known; no two sums are the same.
fn tally() -> Tally {
    let counts = Counts {
        offered: 200,
        answered: 100,
        abandoned: 11,
        short_abandoned: 3,
        unknown: 2,
        moved_in: 7,
        moved_out: 5,
        answered_in_t: 61,
        abandoned_in_t: 8,
        exited_in_t: 9,
        reached_t: 17,
        wait_answered_us: 900 * S,
        wait_abandoned_us: 333 * S,
        wait_short_us: 7 * S,
        ring_us: 410 * S,
        contacts: 97,
        talk_us: 11_640 * S,
        hold_us: 485 * S,
        transfers: 19,
        after_calls: 90,
        after_call_us: 2700 * S,
        handle_us: 13_500 * S,
        redials: 23,
        ring_no_answer: 29,
        not_ready_count: 31,
        outbound: 41,
        connected_out: 37,
        refused_full: 6,
        refused_no_agents: 4,
        ivr_entered: 500,
        ivr_left: 53,
        ivr_to_queue: 300,
        orders: 47,
        orders_cancelled: 43,
        orders_settled: 30,
        orders_returned: 12,
        sales: 59,
        complaints: 67,
        exited_by: [4, 1, 2, 0, 0, 0, 6],
        ..Counts::default()
    };
    let spread = |n: i64| Some([n, n + 1, n + 2, n + 3].map(|s| s * S));
    Tally {
        counts,
        people: time(),
        longest_us: Some(77 * S),
        wait_percentiles_us: spread(10),
        talk_percentiles_us: spread(20),
        hold_percentiles_us: spread(30),
        after_call_percentiles_us: spread(40),
        handle_percentiles_us: spread(50),
        different_callers: Some(88),
        usual: Some(160.0),
        distinct: Some(Distinct {
            callers_answered: 83,
            callers_complained: 14,
            numbers_connected: 28,
            numbers_sold: 13,
            numbers_reached: 16,
        }),
        present: Some(8),
        after_call_known: true,
        hold_known: true,
        ring_known: true,
        outbound_known: true,
        tags_known: true,
        ivr_known: true,
        door_known: true,
        ..Tally::default()
    }
}

/// Figures of a scope that are no quotient.
const PLAIN: [(Key, f64); 54] = [
    (Key::Offered, 200.0),
    (Key::Answered, 100.0),
    (Key::Abandoned, 11.0),
    (Key::ShortAbandoned, 3.0),
    (Key::Exited, 13.0),
    (Key::UnknownEnd, 2.0),
    (Key::MovedIn, 7.0),
    (Key::MovedOut, 5.0),
    // abandoned + short + exited
    (Key::Lost, 27.0),
    (Key::LongestWaitWindow, 77.0),
    (Key::WaitP50, 10.0),
    (Key::WaitP90, 11.0),
    (Key::WaitP95, 12.0),
    (Key::WaitP99, 13.0),
    (Key::TalkP50, 20.0),
    (Key::TalkP90, 21.0),
    (Key::TalkP95, 22.0),
    (Key::TalkP99, 23.0),
    (Key::HoldP50, 30.0),
    (Key::HoldP90, 31.0),
    (Key::HoldP95, 32.0),
    (Key::HoldP99, 33.0),
    (Key::AfterCallP50, 40.0),
    (Key::AfterCallP90, 41.0),
    (Key::AfterCallP95, 42.0),
    (Key::AfterCallP99, 43.0),
    (Key::HandleP50, 50.0),
    (Key::HandleP90, 51.0),
    (Key::HandleP95, 52.0),
    (Key::HandleP99, 53.0),
    (Key::Transfers, 19.0),
    (Key::Usual, 160.0),
    (Key::DifferentCallers, 88.0),
    (Key::Redials, 23.0),
    (Key::SignedIn, 10_080.0),
    (Key::ReadyTime, 3600.0),
    (Key::NotReadyTime, 3000.0),
    (Key::NotReadyCount, 31.0),
    (Key::TalkTime, 11_640.0),
    (Key::AfterCallTime, 2700.0),
    (Key::TalkInternalTime, 50.0),
    (Key::RingTime, 100.0),
    (Key::RingNoAnswer, 29.0),
    (Key::Outbound, 41.0),
    (Key::ConnectedOut, 37.0),
    (Key::IvrEntered, 500.0),
    (Key::IvrLeft, 53.0),
    // full + no agents
    (Key::Refused, 10.0),
    (Key::Orders, 47.0),
    (Key::OrdersCancelled, 43.0),
    (Key::OrdersSettled, 30.0),
    (Key::OrdersReturned, 12.0),
    (Key::Sales, 59.0),
    (Key::Complaints, 67.0),
];

/// Shares and means of a scope: numerator, denominator, and the sample `min_sample` looks at, where there is one.
const QUOTIENTS: [(Key, f64, f64, Option<i64>); 28] = [
    (Key::LostRate, 27.0, 127.0, Some(127)),
    (Key::AnswerRate, 100.0, 127.0, Some(127)),
    // resolved: answered + abandoned + exited
    (Key::AbandonRate, 11.0, 124.0, Some(124)),
    // of_all
    (Key::ServiceLevel, 61.0, 127.0, Some(127)),
    // in T: 61 answered, 8 abandoned, 9 exited; 17 waited longer
    (Key::LiveServiceLevel, 61.0, 95.0, Some(95)),
    (Key::Asa, 900.0, 100.0, Some(100)),
    (Key::AvgAbandon, 333.0, 11.0, Some(11)),
    (Key::Att, 11_640.0, 97.0, Some(97)),
    (Key::AvgHold, 485.0, 97.0, Some(97)),
    (Key::Acw, 2700.0, 90.0, Some(90)),
    (Key::Aht, 13_500.0, 90.0, Some(90)),
    (Key::AvgRing, 410.0, 100.0, Some(100)),
    (Key::AvgRings, 82.0, 100.0, Some(100)),
    (Key::TransferRate, 19.0, 100.0, Some(100)),
    (Key::Ratio, 200.0, 160.0, None),
    (Key::Occupancy, 3070.0, 6670.0, None),
    (Key::Utilization, 3430.0, 10_080.0, None),
    (Key::AfterCallShare, 500.0, 10_080.0, None),
    (Key::NotReadyShare, 3000.0, 10_080.0, None),
    (Key::CallsPerHour, 137.0, 2.8, None),
    (Key::ToAgentRate, 300.0, 500.0, Some(500)),
    // who came in, was not sent on and did not hang up
    (Key::SelfServiceRate, 147.0, 500.0, Some(500)),
    (Key::ConversionRate, 47.0, 100.0, Some(100)),
    (Key::OrdersPerHead, 47.0, 8.0, None),
    // sales ÷ all calls, in and out
    (Key::SalesRate, 59.0, 241.0, Some(241)),
    (Key::OutboundSalesRate, 13.0, 28.0, Some(28)),
    (Key::EffectiveSalesRate, 13.0, 16.0, Some(16)),
    (Key::ComplaintRate, 14.0, 83.0, Some(83)),
];

#[track_caller]
fn is(key: Key, got: Value, want: f64) {
    let near = got.known().is_some_and(|got| (got - want).abs() <= 1e-9 * want.abs());
    assert!(near, "{key:?} = {got:?}, wanted {want}");
}

#[track_caller]
fn made_of(key: Key, got: Option<Parts>, part: f64, whole: f64) {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
    assert!(got.is_some_and(|got| near(got.part, part) && near(got.whole, whole)), "{key:?}: {got:?}");
}

#[test]
fn every_figure_of_a_scope_is_the_one_of_its_definition() {
    let (figures, queue) = rules();
    let tally = tally();
    for (key, want) in PLAIN {
        is(key, tally.figure(key, &figures, &queue), want);
    }
    for (key, part, whole, sample) in QUOTIENTS {
        is(key, tally.figure(key, &figures, &queue), part / whole);
        made_of(key, tally.parts(key, &figures, &queue), part, whole);
        assert_eq!(tally.sample(key, &figures, &queue), sample, "{key:?}");
    }
    for key in Key::ALL {
        if !QUOTIENTS.iter().any(|(k, ..)| k == key) {
            assert_eq!(tally.parts(*key, &figures, &queue), None, "{key:?}");
            assert_eq!(tally.sample(*key, &figures, &queue), None, "{key:?}");
            if !PLAIN.iter().any(|(k, _)| k == key) {
                // Of this instant, of one person; or forecast from the usual of a whole day.
                let forecast = matches!(key, Key::Forecast | Key::ForecastLow | Key::ForecastHigh);
                let why = if forecast { Unknown::Learning } else { Unknown::NotTold };
                assert_eq!(tally.figure(*key, &figures, &queue), Value::Unknown(why), "{key:?}");
            }
        }
    }
}

#[test]
fn variants_divide_what_they_say() {
    let (mut figures, mut queue) = rules();
    let tally = tally();
    for (variant, part, whole) in [
        (AbandonVariant::Resolved, 11, 124),
        (AbandonVariant::Offered, 11, 200),
        // 11 + 3 short ÷ 100 answered + 14 + 13 exited
        (AbandonVariant::WithShort, 14, 127),
    ] {
        figures.abandon_rate = variant;
        is(Key::AbandonRate, tally.figure(Key::AbandonRate, &figures, &queue), f64::from(part) / f64::from(whole));
        made_of(Key::AbandonRate, tally.parts(Key::AbandonRate, &figures, &queue), part.into(), whole.into());
        assert_eq!(tally.sample(Key::AbandonRate, &figures, &queue), Some(whole.into()), "{variant:?}");
    }
    for (variant, exits, part, whole) in [
        (Level::OfAll, Exits::Count, 61, 127),
        (Level::AnsweredOrGone, Exits::Count, 69, 127),
        (Level::OfAnswered, Exits::Count, 61, 100),
        (Level::IgnoreAbandonedIn, Exits::Count, 61, 119),
        (Level::ShortCounts, Exits::Count, 64, 127),
        (Level::IgnoreShort, Exits::Count, 61, 124),
        (Level::OfAll, Exits::Ignore, 61, 114),
        (Level::AnsweredOrGone, Exits::Ignore, 69, 114),
        (Level::OfAnswered, Exits::Ignore, 61, 100),
        (Level::IgnoreAbandonedIn, Exits::Ignore, 61, 106),
        (Level::ShortCounts, Exits::Ignore, 64, 114),
        (Level::IgnoreShort, Exits::Ignore, 61, 111),
    ] {
        (queue.variant, queue.exits) = (variant, exits);
        is(Key::ServiceLevel, tally.figure(Key::ServiceLevel, &figures, &queue), f64::from(part) / f64::from(whole));
        made_of(Key::ServiceLevel, tally.parts(Key::ServiceLevel, &figures, &queue), part.into(), whole.into());
        assert_eq!(tally.sample(Key::ServiceLevel, &figures, &queue), Some(whole.into()), "{variant:?} {exits:?}");
    }
    figures.asa = AsaVariant::QueueTotal;
    is(Key::Asa, tally.figure(Key::Asa, &figures, &queue), 12.33);
    made_of(Key::Asa, tally.parts(Key::Asa, &figures, &queue), 1233.0, 100.0);
    figures.avg_abandon_with_short = true;
    is(Key::AvgAbandon, tally.figure(Key::AvgAbandon, &figures, &queue), 340.0 / 14.0);
    made_of(Key::AvgAbandon, tally.parts(Key::AvgAbandon, &figures, &queue), 340.0, 14.0);
    figures.ring_cycle = Span::from_secs(4);
    is(Key::AvgRings, tally.figure(Key::AvgRings, &figures, &queue), 4.1 / 4.0);
}

#[test]
fn more_sent_on_than_came_in_is_no_self_service() {
    let (figures, queue) = rules();
    let mut tally = tally();
    // Who came in before the count began is sent on in it.
    tally.counts.ivr_to_queue = 480;
    is(Key::SelfServiceRate, tally.figure(Key::SelfServiceRate, &figures, &queue), 0.0);
}

#[test]
fn nothing_to_divide_by_is_no_number() {
    let (figures, queue) = rules();
    let tally = Tally { counts: Counts::default(), people: SlotTimes::default(), ..tally() };
    let none = Tally {
        usual: Some(0.0),
        distinct: Some(Distinct::default()),
        present: Some(0),
        longest_us: None,
        wait_percentiles_us: None,
        ..tally
    };
    let keys = QUOTIENTS.iter().map(|(key, ..)| *key).chain([Key::LongestWaitWindow, Key::WaitP50, Key::WaitP99]);
    for key in keys {
        assert_eq!(none.figure(key, &figures, &queue), Value::NoDenominator, "{key:?}");
    }
}

const HOLD: &[Key] = &[Key::AvgHold, Key::HoldP50, Key::HoldP90, Key::HoldP95, Key::HoldP99];
const AFTER_CALL: &[Key] = &[
    Key::Acw,
    Key::Aht,
    Key::AfterCallShare,
    Key::AfterCallTime,
    Key::AfterCallP50,
    Key::AfterCallP90,
    Key::AfterCallP95,
    Key::AfterCallP99,
    Key::HandleP50,
    Key::HandleP90,
    Key::HandleP95,
    Key::HandleP99,
];
const STATES: &[Key] = &[
    Key::Occupancy,
    Key::Utilization,
    Key::AfterCallShare,
    Key::NotReadyShare,
    Key::SignedIn,
    Key::ReadyTime,
    Key::NotReadyTime,
    Key::NotReadyCount,
    Key::RingTime,
    Key::CallsPerHour,
    Key::TalkInternalTime,
];
const OUTCOMES: &[Key] = &[
    Key::Orders,
    Key::OrdersCancelled,
    Key::OrdersSettled,
    Key::OrdersReturned,
    Key::Sales,
    Key::Complaints,
    Key::ConversionRate,
    Key::OrdersPerHead,
    Key::SalesRate,
    Key::OutboundSalesRate,
    Key::EffectiveSalesRate,
    Key::ComplaintRate,
];
const MENUS: &[Key] = &[Key::IvrEntered, Key::IvrLeft, Key::ToAgentRate, Key::SelfServiceRate];
const DISTINCT: &[Key] = &[Key::OutboundSalesRate, Key::EffectiveSalesRate, Key::ComplaintRate];

#[test]
fn what_a_feed_cannot_tell_is_not_known_and_the_rest_is() {
    type Lacks = (fn(&mut Tally), &'static [Key], Unknown);
    let (figures, queue) = rules();
    let cases: [Lacks; 13] = [
        (|t| t.hold_known = false, HOLD, Unknown::NotTold),
        (|t| t.after_call_known = false, AFTER_CALL, Unknown::NotTold),
        (|t| t.ring_known = false, &[Key::AvgRing, Key::AvgRings], Unknown::NotTold),
        (|t| t.no_misses = true, &[Key::RingNoAnswer], Unknown::NotTold),
        (|t| t.no_states = true, STATES, Unknown::NotTold),
        (|t| t.outbound_known = false, &[Key::Outbound, Key::ConnectedOut], Unknown::NotTold),
        (|t| t.tags_known = false, OUTCOMES, Unknown::NotTold),
        (|t| t.ivr_known = false, MENUS, Unknown::NotTold),
        (|t| t.door_known = false, &[Key::Refused], Unknown::NotTold),
        (|t| t.different_callers = None, &[Key::DifferentCallers, Key::Redials], Unknown::NotTold),
        (|t| t.distinct = None, DISTINCT, Unknown::NotTold),
        (|t| t.present = None, &[Key::OrdersPerHead], Unknown::NotTold),
        (|t| t.usual = None, &[Key::Usual, Key::Ratio], Unknown::Learning),
    ];
    for (lack, keys, why) in cases {
        let full = tally();
        let mut lacking = full.clone();
        lack(&mut lacking);
        for key in Key::ALL {
            let want = if keys.contains(key) { Value::Unknown(why) } else { full.figure(*key, &figures, &queue) };
            assert_eq!(lacking.figure(*key, &figures, &queue), want, "{key:?} without {keys:?}");
        }
    }
}

#[test]
fn missed_rings_of_a_feed_without_rings_are_known_once_there_is_one() {
    let (figures, queue) = rules();
    let mut tally = Tally { ring_known: false, ..tally() };
    is(Key::RingNoAnswer, tally.figure(Key::RingNoAnswer, &figures, &queue), 29.0);
    tally.counts.ring_no_answer = 0;
    assert_eq!(tally.figure(Key::RingNoAnswer, &figures, &queue), NOT_TOLD);
    tally.ring_known = true;
    is(Key::RingNoAnswer, tally.figure(Key::RingNoAnswer, &figures, &queue), 0.0);
}

#[test]
fn figures_of_this_instant() {
    let now = Time::from_secs(1000);
    let lines = Some(Lines { in_use: 45, capacity: 60, away: false });
    let at_hand = Now {
        waiting: 9,
        waiting_again: 1,
        over: 4,
        oldest_join: Some(Time::from_secs(960)),
        oldest_first_join: Some(Time::from_secs(930)),
        ghosts: 2,
        lines,
    };
    let known = [
        (Key::Waiting, 9.0),
        (Key::WaitingOver, 4.0),
        (Key::LongestWait, 40.0),
        (Key::LongestWaitCall, 70.0),
        (Key::LinesInUse, 45.0),
        (Key::LinesShare, 0.75),
    ];
    for key in Key::ALL {
        match (at_hand.figure(*key, now), known.iter().find(|(k, _)| k == key)) {
            (Some(got), Some((_, want))) => is(*key, got, *want),
            (got, want) => assert!(got.is_none() && want.is_none(), "{key:?}: {got:?}"),
        }
    }
    // Who joined by a clock ahead of ours has waited no time, not less.
    let ahead = Now { oldest_join: Some(Time::from_secs(1002)), ..at_hand };
    is(Key::LongestWait, ahead.figure(Key::LongestWait, now).unwrap(), 0.0);
    assert_eq!(Now::default().figure(Key::LongestWait, now), Some(Value::NoDenominator));
    let away = Now { lines: lines.map(|lines| Lines { away: true, ..lines }), ..at_hand };
    for key in [Key::LinesInUse, Key::LinesShare] {
        assert_eq!(away.figure(key, now), Some(Value::Unknown(Unknown::FeedAway)), "{key:?}");
        assert_eq!(Now::default().figure(key, now), Some(NOT_TOLD), "{key:?}");
    }
}

/// A person of whom all is known.
fn person() -> AgentTally {
    let mut tally = AgentTally {
        time: time(),
        answered: 50,
        contacts: 48,
        talk_us: 5760 * S,
        hold_us: 240 * S,
        after_calls: 45,
        after_call_us: 1350 * S,
        handle_us: 6750 * S,
        ring_no_answer: 9,
        transfers: 7,
        not_ready_count: 12,
        sign_ins: 3,
        sign_outs: 2,
        outbound: 20,
        connected_out: 16,
        contacts_out: 15,
        talk_out_us: 900 * S,
        after_call_known: true,
        outbound_known: true,
        tags_known: true,
        ..AgentTally::default()
    };
    for (busy, seconds) in
        [(Busy::TalkIn, 5800), (Busy::TalkOut, 950), (Busy::AfterCallIn, 1400), (Busy::AfterCallOut, 160)]
    {
        tally.busy_us[busy.index()] = seconds * S;
    }
    for (tag, n) in [
        (Tag::Order, 8),
        (Tag::OrderCancelled, 1),
        (Tag::OrderSettled, 5),
        (Tag::OrderReturned, 2),
        (Tag::Sale, 6),
        (Tag::Complaint, 4),
    ] {
        tally.tags[tag as usize] = n;
    }
    tally
}

const OF_A_PERSON: [(Key, f64); 25] = [
    (Key::Answered, 50.0),
    (Key::Outbound, 20.0),
    (Key::ConnectedOut, 16.0),
    (Key::TalkTime, 6750.0),
    (Key::TalkInTime, 5800.0),
    (Key::TalkOutTime, 950.0),
    (Key::TalkInternalTime, 50.0),
    (Key::AfterCallTime, 1560.0),
    (Key::AfterCallInTime, 1400.0),
    (Key::AfterCallOutTime, 160.0),
    (Key::RingNoAnswer, 9.0),
    (Key::Transfers, 7.0),
    (Key::NotReadyCount, 12.0),
    (Key::NotReadyTime, 3000.0),
    (Key::SignedIn, 10_080.0),
    (Key::ReadyTime, 3600.0),
    (Key::RingTime, 100.0),
    (Key::SignIns, 3.0),
    (Key::SignOuts, 2.0),
    (Key::Orders, 8.0),
    (Key::OrdersCancelled, 1.0),
    (Key::OrdersSettled, 5.0),
    (Key::OrdersReturned, 2.0),
    (Key::Sales, 6.0),
    (Key::Complaints, 4.0),
];

const QUOTIENTS_OF_A_PERSON: [(Key, f64, f64); 14] = [
    (Key::Att, 5760.0, 48.0),
    (Key::AttIn, 5760.0, 48.0),
    (Key::AttOut, 900.0, 15.0),
    (Key::AvgHold, 240.0, 48.0),
    (Key::Acw, 1350.0, 45.0),
    (Key::Aht, 6750.0, 45.0),
    (Key::AfterCallShare, 500.0, 10_080.0),
    (Key::NotReadyShare, 3000.0, 10_080.0),
    (Key::Occupancy, 3070.0, 6670.0),
    (Key::Utilization, 3430.0, 10_080.0),
    (Key::TransferRate, 7.0, 50.0),
    (Key::CallsPerHour, 66.0, 2.8),
    (Key::ConversionRate, 8.0, 50.0),
    (Key::SalesRate, 6.0, 70.0),
];

#[test]
fn every_figure_of_a_person_is_the_one_of_its_definition() {
    let person = person();
    for (key, want) in OF_A_PERSON {
        is(key, person.figure(key), want);
    }
    for (key, part, whole) in QUOTIENTS_OF_A_PERSON {
        is(key, person.figure(key), part / whole);
        made_of(key, person.parts(key), part, whole);
    }
    for key in Key::ALL {
        if !QUOTIENTS_OF_A_PERSON.iter().any(|(k, ..)| k == key) {
            assert_eq!(person.parts(*key), None, "{key:?}");
            if !OF_A_PERSON.iter().any(|(k, _)| k == key) {
                assert_eq!(person.figure(*key), NOT_TOLD, "{key:?}");
            }
        }
    }
}

const OUTCOMES_OF_A_PERSON: &[Key] = &[
    Key::Orders,
    Key::OrdersCancelled,
    Key::OrdersSettled,
    Key::OrdersReturned,
    Key::Sales,
    Key::Complaints,
    Key::ConversionRate,
    Key::SalesRate,
];
const AFTER_CALL_OF_A_PERSON: &[Key] =
    &[Key::Acw, Key::Aht, Key::AfterCallTime, Key::AfterCallInTime, Key::AfterCallOutTime, Key::AfterCallShare];

#[test]
fn what_a_persons_feed_cannot_tell_is_not_known_and_the_rest_is() {
    type Lacks = (fn(&mut AgentTally), Vec<Key>);
    let states = [STATES, &[Key::SignIns, Key::SignOuts]].concat();
    let cases: [Lacks; 5] = [
        (|t| t.after_call_known = false, AFTER_CALL_OF_A_PERSON.to_vec()),
        (|t| t.no_states = true, states),
        (|t| t.no_hold = true, vec![Key::AvgHold]),
        (|t| t.no_misses = true, vec![Key::RingNoAnswer]),
        (|t| t.tags_known = false, OUTCOMES_OF_A_PERSON.to_vec()),
    ];
    for (lack, keys) in cases {
        let full = person();
        let mut lacking = full.clone();
        lack(&mut lacking);
        for key in Key::ALL {
            let want = if keys.contains(key) { NOT_TOLD } else { full.figure(*key) };
            assert_eq!(lacking.figure(*key), want, "{key:?} without {keys:?}");
        }
    }
}

#[test]
fn talk_outward_is_told_by_calls_or_else_by_state() {
    let mut person = AgentTally { outbound_known: false, ..person() };
    // TalkOut and TalkRouted
    is(Key::TalkOutTime, person.figure(Key::TalkOutTime), 700.0);
    is(Key::TalkTime, person.figure(Key::TalkTime), 6500.0);
    for key in [Key::Outbound, Key::ConnectedOut, Key::AttOut] {
        assert_eq!(person.figure(key), NOT_TOLD, "{key:?}");
    }
    person.no_states = true;
    assert_eq!(person.figure(Key::TalkOutTime), NOT_TOLD);
    is(Key::TalkTime, person.figure(Key::TalkTime), 5800.0);
}
