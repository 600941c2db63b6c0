//! Alerts and incidents, driven as the engine drives them: arrivals and whole seconds of event time.
#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

use floorwatch::alert::{
    AlertKind, Board, FeedReading, IncidentState, Level, ScopeIndex, ScopeReading,
    threshold::{Side, Threshold, wilson},
};
use floorwatch::config::{AlertRules, SurgeRules, ThresholdRule, UsualProfile};
use floorwatch::metrics::Scope;
use floorwatch::model::{Command, FeedId, FeedState, Label, Note, QueueId, Span, Time};
use floorwatch::usual::Usual;

fn threshold(raise: f64, clear: f64) -> ThresholdRule {
    ThresholdRule { raise, clear, hold: Span::from_secs(30), clear_hold: Span::from_secs(60), on: true }
}

fn rules() -> AlertRules {
    AlertRules {
        surge: SurgeRules {
            ratio: 2.0,
            watch_ratio: 1.5,
            clear_ratio: 1.5,
            clear_min: 10,
            min_calls: 20,
            written_rule: true,
            budget_per_month: 2.0,
            quiet: floorwatch::config::QuietRule::Watch,
            new_normal_days: 5,
            new_normal_since: None,
        },
        long_wait: threshold(120.0, 60.0),
        service_level: threshold(0.1, 0.05),
        abandon_rate: threshold(0.2, 0.1),
        feed_after: Span::from_secs(30),
    }
}

/// A small center: all and two queues, with a flat usual of 2 calls a minute (1 a queue).
struct Center {
    board: Board,
    usual: Usual,
    now: i64,
    scopes: Vec<ScopeIndex>,
    live: bool,
    longest: Option<Span>,
    feed: FeedState,
    /// Calls not yet made, by queue.
    owed: [f64; 2],
}

const NAMES: [&str; 3] = ["all", "hotline", "billing"];

impl Center {
    fn new() -> Self {
        let queue = |id: &str| Scope::Queue(FeedId::new("a"), QueueId::new(id));
        let flat = |a_minute: f64| vec![a_minute * 30.0; 48];
        let profile = UsualProfile {
            all: flat(2.0),
            queues: vec![(QueueId::new("hotline"), flat(1.0)), (QueueId::new("billing"), flat(1.0))],
        };
        let mut board = Board::new(rules(), 20);
        let scopes = [Scope::All, queue("hotline"), queue("billing")];
        let scopes = scopes.iter().zip(NAMES).map(|(s, n)| board.scope(s, &Label::new(n))).collect();
        Self {
            board,
            usual: Usual::configured(&profile, jiff::tz::TimeZone::UTC),
            now: 1_700_000_000,
            scopes,
            live: true,
            longest: None,
            feed: FeedState::Live,
            owed: [0.0; 2],
        }
    }

    fn at(&self) -> Time {
        Time::from_secs(self.now)
    }

    /// So many minutes at so many calls a minute in each queue, evenly.
    fn run(&mut self, minutes: i64, a_minute: [f64; 2]) -> &mut Self {
        for _ in 0..minutes * 60 {
            self.now += 1;
            for (queue, rate) in a_minute.iter().enumerate() {
                self.owed[queue] += rate / 60.0;
                while self.owed[queue] >= 1.0 {
                    self.owed[queue] -= 1.0;
                    self.board.arrival(self.scopes[queue + 1], self.at(), &self.usual);
                    self.board.arrival(self.scopes[0], self.at(), &self.usual);
                }
            }
            let readings: Vec<_> = self
                .scopes
                .iter()
                .map(|scope| ScopeReading {
                    scope: *scope,
                    live: self.live,
                    longest_wait: self.longest,
                    service_level: (0, 0),
                    target: 0.8,
                    abandon_rate: (0, 0),
                    different_callers: None,
                })
                .collect();
            let feeds = [FeedReading { feed: FeedId::new("a"), state: self.feed.clone() }];
            self.board.second(self.at(), &readings, &feeds, &self.usual);
        }
        self
    }

    /// `kind level name` of each alert, sorted.
    fn alerts(&self) -> Vec<String> {
        let word = |a: &floorwatch::alert::AlertView| format!("{} {} {}", a.kind.word(), a.level.word(), a.name);
        let mut list: Vec<_> = self.board.alerts().iter().map(word).collect();
        list.sort();
        list
    }

    /// `#id state name` of each incident, newest first.
    fn incidents(&self) -> Vec<String> {
        self.board.incidents().iter().map(|i| format!("#{} {} {}", i.id, i.state.word(), i.name)).collect()
    }

    fn timeline(&self) -> Vec<&'static str> {
        self.board.incidents().first().map(|i| i.timeline.iter().map(|l| l.what).collect()).unwrap_or_default()
    }
}

#[test]
fn a_day_that_runs_high_is_said_and_a_surge_is_no_day() {
    let high = |center: &Center| center.alerts().contains(&"high_day watch all".to_owned());
    let mut center = Center::new();
    center.run(60, [1.0; 2]).run(45, [5.0; 2]).run(30, [1.0; 2]);
    assert!(!high(&center), "a surge of three quarters of an hour");
    let mut center = Center::new();
    center.run(60, [1.0; 2]).run(90, [1.9; 2]);
    assert!(!high(&center), "not yet");
    center.run(120, [1.9; 2]);
    assert!(high(&center));
    let view = center.board.alerts().into_iter().find(|a| a.kind == AlertKind::HighDay);
    assert!(view.is_some_and(|a| a.value > Some(1.5) && a.limit == Some(1.5) && a.incident.is_none()));
    center.run(60, [1.0; 2]);
    assert!(!high(&center), "it is over");
}

#[test]
fn an_ordinary_hour_is_silent() {
    let mut c = Center::new();
    c.run(90, [1.0, 1.0]);
    assert_eq!(c.alerts(), [""; 0]);
    assert_eq!(c.incidents(), [""; 0]);
}

#[test]
fn a_surge_of_one_queue_is_one_incident_of_that_queue() {
    let mut c = Center::new();
    c.run(60, [1.0, 1.0]).run(20, [6.0, 1.0]);
    assert_eq!(c.incidents(), ["#1 open hotline"]);
    assert_eq!(c.alerts(), ["surge alarm all", "surge alarm hotline"]);
    assert!(c.board.alerts().iter().all(|a| a.incident == Some(1)));
    let incident = c.board.incidents().first().cloned().expect("one incident");
    assert!(incident.peak_ratio > 4.0, "{}", incident.peak_ratio);
    let why = incident.why_raised.expect("counts");
    assert!(why.onset.is_some_and(|onset| (onset - c.at()).secs() <= -16.0 * 60.0), "{why:?}");
}

#[test]
fn a_surge_everywhere_is_one_incident_of_all() {
    let mut c = Center::new();
    c.run(60, [1.0, 1.0]).run(20, [5.0, 5.0]);
    assert_eq!(c.incidents(), ["#1 open all"]);
    assert_eq!(c.alerts(), ["surge alarm all", "surge alarm billing", "surge alarm hotline"]);
}

#[test]
fn the_written_rule_is_kept_to_the_letter() {
    // (calls a minute in all, minutes, alarm at all): 2.1 × usual for a whole half-hour, and just under 2 ×.
    for (rate, alarm) in [(2.1, true), (1.9, false)] {
        let mut c = Center::new();
        c.run(60, [1.0, 1.0]).run(31, [rate, rate]);
        assert_eq!(c.alerts().contains(&"surge alarm all".to_owned()), alarm, "{rate}: {:?}", c.alerts());
    }
}

#[test]
fn an_incident_is_taken_ends_and_is_closed() {
    let mut c = Center::new();
    c.run(60, [1.0, 1.0]).run(20, [5.0, 5.0]);
    let by = Label::new("lin");
    let t = c.at();
    assert_eq!(c.board.command(&Command::Ack { incident: 7, by: by.clone() }, t), Err("no_such_incident"));
    assert_eq!(c.board.command(&Command::Ack { incident: 1, by: by.clone() }, t), Ok(()));
    assert_eq!(c.incidents(), ["#1 acknowledged all"]);
    c.run(50, [1.0, 1.0]);
    assert_eq!(c.incidents(), ["#1 resolved all"]);
    assert_eq!(c.alerts(), [""; 0]);
    let t = c.at();
    assert_eq!(c.board.command(&Command::Close { incident: 1, by: by.clone(), verdict: None, cause: None }, t), Ok(()));
    assert_eq!(
        c.board.command(&Command::Close { incident: 1, by: by.clone(), verdict: None, cause: None }, t),
        Err("incident_closed")
    );
    assert_eq!(c.board.command(&Command::Note { incident: 1, by, text: Note::new("cable") }, t), Ok(()));
    assert_eq!(c.incidents(), ["#1 closed all"]);
    let what = c.timeline();
    assert_eq!(what.first(), Some(&"opened"));
    let told: Vec<_> = what.into_iter().filter(|w| !["joined", "left"].contains(w)).collect();
    // It lasted longer than an acknowledgement holds.
    assert_eq!(told, ["opened", "acknowledged", "lapsed", "resolved", "closed", "note"]);
    c.now += 25 * 3600;
    c.run(1, [1.0, 1.0]);
    assert_eq!(c.incidents(), [""; 0], "closed ones go after a day");
}

#[test]
fn what_returns_within_ten_minutes_is_the_same_incident() {
    for (calm, expected) in [(5, vec!["#1 acknowledged all"]), (40, vec!["#2 open all", "#1 resolved all"])] {
        let mut c = Center::new();
        c.run(60, [1.0, 1.0]).run(15, [5.0, 5.0]);
        let t = c.at();
        c.board.command(&Command::Ack { incident: 1, by: Label::new("lin") }, t).expect("it is there");
        while c.board.incidents().iter().any(|i| i.state != IncidentState::Resolved) {
            c.run(1, [1.0, 1.0]);
            let t = c.at();
            // Renewed, so that it holds.
            c.board.command(&Command::Ack { incident: 1, by: Label::new("lin") }, t).expect("it is there");
        }
        c.run(calm - 4, [1.0, 1.0]).run(8, [6.0, 6.0]);
        assert_eq!(c.incidents(), expected, "after {calm} min");
    }
}

#[test]
fn a_feed_away_is_an_incident_and_mutes_what_hangs_on_it() {
    let mut c = Center::new();
    c.longest = Some(Span::from_secs(300));
    c.run(10, [1.0, 1.0]);
    assert_eq!(c.alerts(), ["long_wait watch all", "long_wait watch billing", "long_wait watch hotline"]);
    c.live = false;
    c.feed = FeedState::Away { since: c.at(), next_try: None, why: Label::new("refused") };
    c.run(2, [0.0, 0.0]);
    assert_eq!(c.alerts(), ["feed_away alarm a"]);
    assert_eq!(c.incidents(), ["#1 open a"]);
    c.live = true;
    c.longest = None;
    c.feed = FeedState::Live;
    c.run(2, [1.0, 1.0]);
    assert_eq!(c.alerts(), [""; 0]);
    assert_eq!(c.incidents(), ["#1 resolved a"]);
    c.feed = FeedState::Late { age: Span::from_secs(10) };
    c.run(1, [1.0, 1.0]);
    assert_eq!(c.alerts(), ["feed_late watch a"]);
}

#[test]
fn a_gap_is_neither_zero_nor_a_burst() {
    let mut c = Center::new();
    c.run(60, [1.0, 1.0]);
    c.live = false;
    c.run(20, [0.0, 0.0]);
    c.live = true;
    c.run(60, [1.0, 1.0]);
    assert!(c.board.incidents().iter().all(|i| i.kind == AlertKind::FeedAway));
    assert_eq!(c.alerts(), [""; 0]);
}

#[test]
fn a_condition_is_held_before_it_is_raised_and_before_it_is_cleared() {
    let rule = threshold(120.0, 60.0);
    // (value, seconds it lasts, whether it stands at the end)
    let mut t = Threshold::default();
    let mut now = 0;
    for (value, lasts, stands) in [
        (130.0, 29, false),
        (100.0, 5, false),
        (130.0, 29, false),
        (130.0, 2, true),
        (100.0, 500, true),
        (50.0, 59, true),
        (130.0, 1, true),
        (50.0, 62, false),
    ] {
        for _ in 0..lasts {
            now += 1;
            t.update(Time::from_secs(now), Side::high(value, &rule), &rule);
        }
        assert_eq!(t.since().is_some(), stands, "{value} for {lasts}");
    }
}

#[test]
fn a_share_is_told_from_chance() {
    let sl = threshold(0.1, 0.05);
    let abandon = threshold(0.2, 0.1);
    for (part, whole, side) in [
        (0, 19, Side::Within),   // under the minimum sample
        (13, 20, Side::Within),  // 65 %, but it may be 82 %
        (50, 100, Side::Beyond), // at best 60 %
        (560, 1000, Side::Beyond),
        (700, 1000, Side::Between), // at best 73 %
        (900, 1000, Side::Within),
    ] {
        assert_eq!(
            Side::service_level((part, whole), 0.8, 20, &sl),
            side,
            "{part} of {whole}: {:?}",
            wilson(part, whole)
        );
    }
    for (part, whole, side) in
        [(5, 20, Side::Between), (2, 20, Side::Within), (35, 100, Side::Beyond), (150, 1000, Side::Between)]
    {
        assert_eq!(Side::share((part, whole), 20, &abandon), side, "{part} of {whole}: {:?}", wilson(part, whole));
    }
    // An example of Newcombe (1998): 81 of 263.
    let (low, high) = wilson(81, 263);
    assert!((low - 0.2553).abs() < 5e-4 && (high - 0.3662).abs() < 5e-4, "{low} {high}");
}

#[test]
fn level_words_sort_worst_last() {
    assert!(Level::Alarm > Level::Watch);
}
