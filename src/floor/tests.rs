//! What the floor hands out beside facts: marks, what changed, who is where; and what it forgets.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::sync::Arc;

use super::*;
use crate::config::{QueueSettings, defaults};
use crate::model::{CallId, CallerKey, Envelope, Event, ExitWhy, JoinDetail, Kind};

fn s(n: i64) -> Time {
    Time::from_secs(1_000_000 + n)
}

fn floor() -> Floor {
    Floor::new(Arc::new(defaults().unwrap()))
}

fn tell(floor: &mut Floor, feed: &str, second: i64, kind: Kind) {
    let event = Event::new(kind).at(Some(s(second)));
    floor.apply(&Envelope { feed: FeedId::new(feed), epoch: 0, seq: 0, received_at: s(second), event });
}

fn ids(call: &str, queue: &str) -> (CallId, QueueId) {
    (CallId::new(call), QueueId::new(queue))
}

fn joined_with(call: &str, queue: &str, detail: JoinDetail) -> Kind {
    let (call, queue) = ids(call, queue);
    Kind::CallJoined { call, queue, detail: Box::new(detail) }
}

fn joined(call: &str, queue: &str) -> Kind {
    joined_with(call, queue, JoinDetail::default())
}

fn abandoned(call: &str, queue: &str) -> Kind {
    let (call, queue) = ids(call, queue);
    Kind::CallAbandoned { call, queue }
}

fn exited(call: &str, queue: &str) -> Kind {
    let (call, queue) = ids(call, queue);
    Kind::CallExited { call, queue, why: ExitWhy::Timeout }
}

fn answered(call: &str, queue: &str, agent: &str) -> Kind {
    let (call, queue) = ids(call, queue);
    Kind::CallAnswered { call, queue, agent: AgentId::new(agent) }
}

fn signed_in(agent: &str, queues: &[&str]) -> Kind {
    let queues = queues.iter().map(|q| QueueId::new(q)).collect();
    Kind::AgentSignedIn { agent: AgentId::new(agent), name: None, team: None, desk: None, queues }
}

fn tagged(call: &str, tags: &[(&str, &str)]) -> Kind {
    let tags = tags.iter().map(|(name, value)| (Label::new(name), Label::new(value))).collect();
    Kind::CallTagged { call: CallId::new(call), tags }
}

/// The facts of all found since the last time.
fn facts(floor: &mut Floor) -> Vec<(i64, What)> {
    let (mut facts, mut people) = (Vec::new(), Vec::new());
    floor.take_facts(&mut facts, &mut people);
    facts.iter().filter(|f| f.scope == 0).map(|f| (f.at.since(s(0)).whole_secs(), f.what)).collect()
}

#[test]
fn where_a_call_came_from_and_what_it_was_about_is_marked_the_first_time_it_is_told() {
    let mut floor = floor();
    let label = |text: &str| Some(Label::new(text));
    tell(&mut floor, "a", 0, joined_with("1", "q", JoinDetail { area: label("East"), ..JoinDetail::default() }));
    tell(&mut floor, "a", 0, joined_with("2", "q", JoinDetail { menu: label("bills"), ..JoinDetail::default() }));
    tell(&mut floor, "a", 5, tagged("1", &[("area", "West"), ("menu", "cards"), ("reason", "outage")]));
    tell(&mut floor, "a", 6, tagged("1", &[("menu", "loans"), ("reason", "bill"), ("area", "")]));
    tell(&mut floor, "a", 7, tagged("2", &[("reason", ""), ("area", "West"), ("colour", "red")]));
    // A call to a customer came from nowhere.
    tell(&mut floor, "a", 8, Kind::CallDialled { call: CallId::new("3"), agent: AgentId::new("ann"), number: None });
    tell(&mut floor, "a", 9, tagged("3", &[("area", "West")]));
    let mut marks = Vec::new();
    floor.take_marks(&mut marks);
    let got: Vec<(i64, Scope)> = marks.iter().map(|m| (m.at.since(s(0)).whole_secs(), m.scope.clone())).collect();
    let of = |text: &str| Label::new(text);
    assert_eq!(
        got,
        [
            (0, Scope::Area(of("East"))),
            (0, Scope::Menu(of("bills"))),
            (5, Scope::Menu(of("cards"))),
            (5, Scope::Reason(of("outage"))),
            (7, Scope::Area(of("West"))),
        ]
    );
    floor.take_marks(&mut marks);
    assert!(marks.is_empty());
}

#[test]
fn what_changed_is_handed_out_once() {
    let mut floor = floor();
    tell(&mut floor, "a", 0, joined("1", "one"));
    tell(&mut floor, "a", 0, signed_in("ann", &["two"]));
    assert_eq!(floor.take_dirty(), (vec![0, 1, 2], vec![0]));
    assert_eq!(floor.take_dirty(), (vec![], vec![]));
    tell(&mut floor, "a", 1, joined("2", "one"));
    assert_eq!(floor.take_dirty(), (vec![0, 1], vec![]));
    tell(&mut floor, "a", 2, signed_in("bob", &[]));
    assert_eq!(floor.take_dirty(), (vec![0], vec![1]));
}

#[test]
fn a_person_is_in_the_queues_told_and_has_the_call_of_one_at_hand() {
    let mut floor = floor();
    tell(&mut floor, "a", 0, joined("1", "two"));
    tell(&mut floor, "a", 0, signed_in("ann", &["one", "two"]));
    let places = |floor: &Floor| -> Vec<String> {
        floor.places_of(&floor.agents()[0]).map(|q| q.id.as_str().to_owned()).collect()
    };
    assert_eq!(places(&floor), ["one", "two"]);
    assert!(floor.queue_at_hand(&floor.agents()[0]).is_none());
    tell(&mut floor, "a", 5, answered("1", "two", "ann"));
    assert_eq!(floor.queue_at_hand(&floor.agents()[0]).unwrap().id.as_str(), "two");
    assert_eq!(floor.feed_of(&floor.agents()[0]).unwrap().name.as_str(), "a");
}

#[test]
fn a_queue_named_for_one_feed_is_that_feeds() {
    let mut settings = defaults().unwrap();
    let mut rules = settings.queue_defaults.clone();
    rules.within = Span::from_secs(99);
    settings.queues.push(QueueSettings {
        feed: Some(FeedId::new("b")),
        id: QueueId::new("q"),
        name: Some(Label::new("Cards")),
        group: None,
        line: None,
        time_zone: None,
        rules,
    });
    let usual = settings.queue_defaults.within;
    let mut floor = Floor::new(Arc::new(settings));
    for feed in ["a", "b"] {
        tell(&mut floor, feed, 0, joined("1", "q"));
    }
    let got: Vec<_> = floor.queues().iter().map(|q| (q.feed.as_str(), q.name.as_str(), q.rules.within)).collect();
    assert_eq!(got, [("a", "q", usual), ("b", "Cards", Span::from_secs(99))]);
}

#[test]
fn at_the_end_of_a_recording_what_waited_for_news_is_settled_as_it_stands() {
    let mut floor = floor();
    // One leaves its queue as the recording ends; one waits since 10 s, one since 30 s: T is 20 s.
    tell(&mut floor, "a", 0, joined("1", "q"));
    tell(&mut floor, "a", 10, joined("2", "q"));
    tell(&mut floor, "a", 30, joined("3", "q"));
    // Of a call nobody saw join: it waits for its join.
    tell(&mut floor, "a", 32, answered("4", "q", "ann"));
    tell(&mut floor, "a", 40, exited("1", "q"));
    facts(&mut floor);
    floor.finish();
    let wait = Span::from_secs(40);
    assert_eq!(
        facts(&mut floor),
        [
            (40, What::Exited { why: ExitWhy::Timeout, wait, in_t: false }),
            (40, What::Gone { key: None, wait, short: false }),
        ]
    );
    assert_eq!(floor.now(), s(40), "time does not move");
    let told = |what: Anomaly| floor.feeds()[0].anomalies().iter().any(|(a, _)| *a == what);
    assert!(told(Anomaly::MidLife));
    floor.finish();
    assert_eq!(facts(&mut floor), []);
}

#[test]
fn t_that_passed_before_the_end_of_a_recording_is_counted_and_t_after_it_is_not() {
    for (last, reached) in [(29, false), (30, false), (31, true)] {
        let mut floor = floor();
        tell(&mut floor, "a", 10, joined("1", "q"));
        floor.advance(s(last));
        floor.finish();
        let got = facts(&mut floor).iter().any(|(_, what)| *what == What::ReachedT);
        assert_eq!(got, reached, "ends at {last}");
    }
}

#[test]
fn waiting_lists_nobody_looks_at_stay_short() {
    let mut floor = floor();
    for n in 0..2000 {
        let call = n.to_string();
        tell(&mut floor, "a", n, joined(&call, "q"));
        // One in a hundred stays.
        if n % 100 != 0 {
            tell(&mut floor, "a", n, abandoned(&call, "q"));
        }
        for scope in floor.scopes() {
            let most = 65 + 4 * (scope.waiting as usize + 1);
            assert!(scope.waiters.len() <= most, "{} of {} at {n}", scope.waiters.len(), scope.waiting);
        }
    }
    let found = floor.waiting_in(0, None, s(2000));
    assert_eq!((floor.scopes()[0].waiting, found.oldest_join), (20, Some(s(0))));
}

#[test]
fn a_call_is_known_for_ten_minutes_after_it_was_over_and_its_place_is_used_again() {
    let mut floor = floor();
    for n in 0..100 {
        tell(&mut floor, "a", n, joined(&n.to_string(), "q"));
        tell(&mut floor, "a", n + 20, abandoned(&n.to_string(), "q"));
    }
    let feed = 0;
    let known = |floor: &Floor, n: i64| floor.calls.find(feed, &CallId::new(&n.to_string())).is_some();
    floor.advance(s(50 + 20 + 600));
    assert!(known(&floor, 50) && !known(&floor, 49));
    floor.advance(s(1000));
    assert!((0..100).all(|n| !known(&floor, n)));
    for n in 0..100 {
        tell(&mut floor, "a", 1000, joined(&format!("again {n}"), "q"));
    }
    assert!((0..100).all(|ix| floor.calls.get(ix).is_some()) && floor.calls.get(100).is_none());
    // The same id is another call then: what it came to counts anew.
    tell(&mut floor, "a", 1000, joined("7", "q"));
    facts(&mut floor);
    tell(&mut floor, "a", 1001, tagged("7", &[("outcome", "order")]));
    tell(&mut floor, "a", 1002, tagged("7", &[("outcome", "order")]));
    let key: Option<CallerKey> = None;
    assert_eq!(facts(&mut floor), [(1001, What::Tagged { tag: Tag::Order, key, out: false })]);
}

#[test]
fn a_line_whose_feed_is_away_is_not_known() {
    use crate::model::{FeedState, LineState};
    let mut floor = floor();
    let state = |in_use| LineState { in_use, capacity: 60, blocked: None };
    let line = |name: &str, in_use| Kind::LineState { line: Label::new(name), state: state(in_use) };
    tell(&mut floor, "a", 0, line("95598", 10));
    tell(&mut floor, "b", 0, line("4008", 5));
    assert_eq!(floor.lines_in(0), Some(Lines { in_use: 15, capacity: 120, away: false }));
    let away = FeedState::Away { since: s(1), why: Label::default(), next_try: None };
    tell(&mut floor, "a", 1, Kind::FeedState(away));
    assert_eq!(floor.lines_in(0), Some(Lines { in_use: 15, capacity: 120, away: true }));
    let of = |name: &str| floor.scopes().iter().position(|l| l.scope == Scope::Line(Label::new(name))).unwrap();
    let away = ["95598", "4008"].map(|name| floor.lines_in(u32::try_from(of(name)).unwrap()).unwrap().away);
    assert_eq!(away, [true, false]);
}

#[test]
fn a_call_that_left_is_to_be_called_back_once_however_many_scopes_it_was_in() {
    let mut settings = defaults().unwrap();
    let rules = settings.queue_defaults.clone();
    let group = Some(Label::new("Bank"));
    let id = QueueId::new("q");
    settings.queues = vec![QueueSettings { feed: None, id, name: None, group, line: None, time_zone: None, rules }];
    let mut floor = Floor::new(Arc::new(settings));
    let gone = |floor: &mut Floor| {
        let found = facts(floor).into_iter();
        found.filter(|(_, what)| matches!(what, What::Gone { .. })).map(|(at, _)| at).collect::<Vec<i64>>()
    };
    for call in ["1", "2", "3"] {
        tell(&mut floor, "a", 0, joined(call, "q"));
    }
    tell(&mut floor, "a", 10, abandoned("1", "q"));
    tell(&mut floor, "a", 20, answered("2", "q", "ann"));
    assert_eq!(gone(&mut floor), [10]);
    // Lost from sight in a gap: nobody knows how it ended.
    tell(&mut floor, "a", 30, Kind::Anomaly { what: Anomaly::Gap, detail: Label::default() });
    tell(&mut floor, "a", 40, Kind::FeedSyncBegin);
    tell(&mut floor, "a", 40, Kind::FeedSyncEnd);
    assert_eq!(floor.scopes()[0].waiting, 0);
    assert!(gone(&mut floor).is_empty());
}

#[test]
fn an_abandon_that_may_have_been_an_exit_is_said_of_its_scopes() {
    let mut floor = floor();
    let derived = |floor: &mut Floor, second: i64, kind: Kind| {
        let mut event = Event::new(kind).at(Some(s(second)));
        event.evidence = crate::model::Evidence::Derived;
        floor.apply(&Envelope { feed: FeedId::new("a"), epoch: 0, seq: 0, received_at: s(second), event });
    };
    for (call, queue) in [("1", "one"), ("2", "two"), ("3", "two")] {
        tell(&mut floor, "a", 0, joined(call, queue));
    }
    tell(&mut floor, "a", 10, abandoned("1", "one"));
    derived(&mut floor, 10, abandoned("2", "two"));
    tell(&mut floor, "a", 10, abandoned("3", "two"));
    let said: Vec<bool> = floor.scopes().iter().map(|scope| scope.exits_included).collect();
    assert_eq!(said, [true, false, true]);
}
