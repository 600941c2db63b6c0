//! The surge test on streams made for it.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use floorwatch::alert::Level;
use floorwatch::alert::surge::{Detector, Standing};
use floorwatch::config::{QuietRule, SurgeRules};
use floorwatch::model::{Span, Time};
use floorwatch::usual::Spread;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

fn rules() -> SurgeRules {
    SurgeRules {
        ratio: 2.0,
        watch_ratio: 1.5,
        clear_ratio: 1.5,
        clear_min: 10,
        min_calls: 20,
        written_rule: true,
        budget_per_month: 2.0,
        quiet: QuietRule::Watch,
        new_normal_days: 5,
        new_normal_since: None,
    }
}

/// A stream against a flat usual.
struct Stream {
    detector: Detector,
    now: Time,
    usual_a_minute: f64,
    rng: Pcg64Mcg,
}

impl Stream {
    fn new(usual_a_minute: f64, seed: u64) -> Self {
        Self {
            detector: Detector::new(rules(), 1.0),
            now: Time::from_secs(1_700_000_000),
            usual_a_minute,
            rng: Pcg64Mcg::seed_from_u64(seed),
        }
    }

    /// Random arrivals at so many times the usual; `true` as soon as an alarm stands.
    fn run(&mut self, secs: i64, times: f64) -> bool {
        let a_second = self.usual_a_minute / 60.0;
        let usual = |from: Time, to: Time| Some(a_second * (to - from).secs());
        for _ in 0..secs {
            self.now = self.now + Span::from_secs(1);
            for _ in 0..poisson(&mut self.rng, a_second * times) {
                self.detector.arrival(self.now, &usual);
            }
            self.detector.second(self.now, &usual);
            if self.standing().is_some_and(|s| s.level == Level::Alarm) {
                return true;
            }
        }
        false
    }

    fn standing(&self) -> Option<Standing> {
        self.detector.standing().copied()
    }
}

/// A Poisson count (Knuth's product of uniforms; small means only).
fn poisson(rng: &mut Pcg64Mcg, mean: f64) -> u32 {
    let limit = (-mean).exp();
    let mut product: f64 = rng.random();
    let mut n = 0;
    while product > limit {
        product *= rng.random::<f64>();
        n += 1;
    }
    n
}

#[test]
fn a_large_center_alarms_within_two_minutes_of_a_step_to_2_2() {
    for seed in 0..10 {
        let mut s = Stream::new(200.0, seed);
        assert!(!s.run(2 * 3600, 1.0), "seed {seed}: alarm on an ordinary morning");
        assert!(s.run(120, 2.2), "seed {seed}: no alarm");
        let why = s.standing().expect("it stands").why;
        assert!(why.ratio() > 2.0 && !why.written_rule, "{why:?}");
    }
}

#[test]
fn a_large_center_is_silent_over_an_ordinary_month() {
    // A day has its level, and hours wander about it.
    let mut s = Stream::new(200.0, 7);
    for _day in 0..30 {
        let level: f64 = s.rng.random_range(0.75..1.3);
        for _half_hour in 0..24 {
            let wander: f64 = s.rng.random_range(0.9..1.1);
            assert!(!s.run(1800, level * wander), "{:?}", s.standing());
        }
        s.now = s.now + Span::from_secs(12 * 3600);
    }
}

#[test]
fn a_small_stream_keeps_its_budget_and_finds_a_step() {
    // Open twelve hours a day: the budget of 1 a month holds, here of all alarms, confirmed or not.
    let months = 6;
    let mut alarms = 0;
    let mut s = Stream::new(1.5, 3);
    let mut left = months * 30 * 12;
    while left > 0 {
        left -= 1;
        if s.run(3600, 1.0) {
            alarms += 1;
            while s.standing().is_some() {
                s.run(60, 1.0);
            }
        }
    }
    assert!(alarms <= months, "{alarms} alarms in {months} months");
    let mut minutes: Vec<i64> = (0..41)
        .map(|seed| {
            let mut s = Stream::new(1.5, seed);
            s.run(3600, 1.0);
            let from = s.now;
            s.run(3600, 4.0);
            (s.now - from).whole_secs()
        })
        .collect();
    minutes.sort_unstable();
    assert!(minutes[20] < 240, "median {} s", minutes[20]);
}

/// Evenly spaced calls, so that every count is exact. `(calls a minute, minutes)` in turn, against a usual of 2.
fn even(parts: &[(f64, i64)]) -> Detector {
    even_by(rules(), parts)
}

fn even_by(rules: SurgeRules, parts: &[(f64, i64)]) -> Detector {
    let usual = |from: Time, to: Time| Some((to - from).secs() * 2.0 / 60.0);
    let mut detector = Detector::new(rules, 1.0);
    let mut now = Time::from_secs(1_700_000_000);
    let mut owed = 0.0;
    for (a_minute, minutes) in parts {
        for _ in 0..minutes * 60 {
            now = now + Span::from_secs(1);
            owed += a_minute / 60.0;
            if owed >= 1.0 {
                owed -= 1.0;
                detector.arrival(now, &usual);
            }
            detector.second(now, &usual);
        }
    }
    detector
}

#[test]
fn what_stands_after_what() {
    use Level::{Alarm, Watch};
    for (parts, level) in [
        // The written rule, to the letter: at 2.02 × and at 1.95 ×, half an hour long.
        (&[(2.0, 60), (4.04, 30)][..], Some(Alarm)),
        (&[(2.0, 60), (3.9, 30)][..], Some(Watch)),
        // A day half above the usual is watched, a little above is not.
        (&[(2.0, 60), (3.1, 40)][..], Some(Watch)),
        (&[(2.0, 60), (2.8, 60)][..], None),
        // Found early.
        (&[(2.0, 60), (10.0, 2)][..], Some(Alarm)),
        // A quiet day that comes back to the usual is no surge.
        (&[(1.0, 120), (2.4, 20)][..], None),
        // Over: the written rule lets go first, then ten minutes under 1.5 ×.
        (&[(2.0, 60), (8.0, 10), (2.0, 40)][..], None),
        (&[(2.0, 60), (8.0, 10), (2.0, 8)][..], Some(Alarm)),
        // It dips under 1.5 × for less than ten minutes: it stands.
        (&[(2.0, 60), (8.0, 30), (2.0, 9), (8.0, 5), (2.0, 9)][..], Some(Alarm)),
    ] {
        assert_eq!(even(parts).standing().map(|s| s.level), level, "{parts:?}");
    }
}

#[test]
fn the_alarm_says_why_and_since_when() {
    let detector = even(&[(2.0, 60), (10.0, 4)]);
    let standing = detector.standing().copied().unwrap();
    let began = Time::from_secs(1_700_000_000 + 3600);
    let off = (standing.why.onset.unwrap() - began).secs();
    assert!(off.abs() <= 60.0, "onset {off} s off");
    assert!(standing.alarm_since.unwrap() - began < Span::from_secs(180));
    assert!((4.0..6.0).contains(&standing.why.ratio()), "{:?}", standing.why);
}

#[test]
fn a_burst_after_a_silence_is_what_the_silence_held_back() {
    // Ten minutes of nothing where 20 were due, then 18 in one minute, then as usual.
    assert_eq!(even(&[(2.0, 60), (0.0, 10), (18.0, 1), (2.0, 10)]).standing(), None);
    // The same burst out of the blue is a surge for the moment.
    assert!(even(&[(2.0, 60), (18.0, 1)]).standing().is_some());
}

#[test]
fn a_gap_is_missing_time() {
    let usual = |from: Time, to: Time| Some((to - from).secs() / 60.0 * 2.0);
    let mut d = even(&[(2.0, 60), (8.0, 10)]);
    let before = d.standing().copied().unwrap();
    let mut now = Time::from_secs(1_700_000_000 + 70 * 60);
    d.gap(now, &usual);
    for _ in 0..20 * 60 {
        now = now + Span::from_secs(1);
        d.second(now, &usual);
    }
    let after = d.standing().copied().expect("nothing is known to be over");
    assert_eq!((after.since, after.why.offered.round()), (before.since, before.why.offered.round()));
    d.back(now, &usual);
    // A call while away, or from long ago, is no evidence of anything.
    d.arrival(now - Span::from_secs(600), &usual);
    assert_eq!(d.standing().map(|s| s.why.offered.round()), Some(before.why.offered.round()));
}

fn usual_of(a_minute: f64) -> impl Fn(Time, Time) -> Option<f64> {
    move |from: Time, to: Time| Some((to - from).secs() / 60.0 * a_minute)
}

#[test]
fn a_dead_trunk_is_too_quiet_and_a_slow_hour_is_not() {
    for (parts, level) in [
        (&[(2.0, 60), (0.0, 20)][..], Some(Level::Alarm)),
        (&[(2.0, 60), (0.0, 10)][..], Some(Level::Watch)),
        (&[(2.0, 60), (0.0, 2)][..], None),
        (&[(2.0, 60), (1.2, 60)][..], None),
        // It is over once calls come again.
        (&[(2.0, 60), (0.0, 20), (2.0, 25)][..], None),
    ] {
        assert_eq!(even(parts).too_quiet().map(|s| s.level), level, "{parts:?}");
    }
    // A trickle is a watch: nobody can confirm it from here. It is an alarm for who wants one, and nothing for who does not.
    let trickle = &[(2.0, 60), (0.12, 30)][..];
    for (quiet, dead, hardly) in [
        (QuietRule::Watch, Some(Level::Alarm), Some(Level::Watch)),
        (QuietRule::Alarm, Some(Level::Alarm), Some(Level::Alarm)),
        (QuietRule::Off, None, None),
    ] {
        let level = |parts| even_by(SurgeRules { quiet, ..rules() }, parts).too_quiet().map(|s| s.level);
        assert_eq!((level(&[(2.0, 60), (0.0, 20)]), level(trickle)), (dead, hardly), "{quiet:?}");
    }
    // Where hardly any are due, silence says nothing.
    let usual = usual_of(0.3);
    let mut d = Detector::new(rules(), 1.0);
    for s in 0..6 * 3600 {
        d.second(Time::from_secs(s), &usual);
    }
    assert_eq!(d.too_quiet(), None);
}

#[test]
fn five_different_callers_at_night_are_an_alarm_and_one_who_redials_is_not() {
    let usual = usual_of(0.02);
    let hasher = floorwatch::model::CallerHasher::new([1; 16]);
    let key = |n: usize| hasher.caller(&format!("138000000{n:02}")).map(|c| c.key);
    for (callers, night_rule, alarm) in [(5, true, true), (4, true, false), (1, true, false), (5, false, false)] {
        let mut d = Detector::new(rules(), 1.0);
        if night_rule {
            d = d.with_night_rule();
        }
        d.second(Time::from_secs(0), &usual);
        d.second(Time::from_secs(3600), &usual);
        for call in 0..8_usize {
            let at = Time::from_secs(3600 + 60 * i64::try_from(call).unwrap());
            d.arrival_of(at, key(call % callers), &usual);
        }
        let raised = d.standing().filter(|s| s.level == Level::Alarm);
        assert_eq!(raised.is_some(), alarm, "{callers} {night_rule}");
        if let Some(standing) = raised {
            assert_eq!(standing.why.different_callers, Some(5));
        }
    }
}

#[test]
fn a_full_front_door_makes_an_alarm_of_1_6_times() {
    for (full, level) in [(true, Some(Level::Alarm)), (false, None)] {
        let usual = usual_of(22.0);
        let mut d = Detector::new(rules(), 1.0);
        let mut owed = 0.0;
        for s in 1..75 * 60 {
            owed += if s < 3600 { 22.0 / 60.0 } else { 1.6 * 22.0 / 60.0 };
            d.door(full && s > 3660);
            while owed >= 1.0 {
                owed -= 1.0;
                d.arrival(Time::from_secs(s), &usual);
            }
            d.second(Time::from_secs(s), &usual);
        }
        assert_eq!(d.standing().map(|s| s.level), level, "{full}");
    }
}

#[test]
fn a_center_whose_calls_stray_needs_more_evidence() {
    let usual = usual_of(20.0);
    let raised = |spread: Spread| {
        let mut d = Detector::new(rules(), 1.0);
        d.set_spread(spread);
        let mut owed = 0.0;
        (1..2 * 3600).find(|s| {
            owed += if *s < 3600 { 20.0 / 60.0 } else { 50.0 / 60.0 };
            while owed >= 1.0 {
                owed -= 1.0;
                d.arrival(Time::from_secs(*s), &usual);
            }
            d.second(Time::from_secs(*s), &usual);
            d.standing().is_some_and(|s| s.level == Level::Alarm)
        })
    };
    let steady = raised(Spread { factor: 0.05, clump: 1.0 }).unwrap();
    let strays = raised(Spread { factor: 0.3, clump: 1.0 }).unwrap();
    let clumps = raised(Spread { factor: 0.05, clump: 3.0 }).unwrap();
    assert!(steady < strays && steady < clumps, "{steady} {strays} {clumps}");
}

#[test]
fn without_a_usual_there_is_no_alert() {
    let none = |_: Time, _: Time| None;
    let mut d = Detector::new(rules(), 1.0);
    for s in 0..600 {
        for _ in 0..5 {
            d.arrival(Time::from_secs(s), &none);
        }
        d.second(Time::from_secs(s), &none);
    }
    assert_eq!(d.standing(), None);
}

#[test]
fn no_input_is_too_odd() {
    let mad = |from: Time, _: Time| match from.second().rem_euclid(5) {
        0 => Some(f64::NAN),
        1 => Some(-3.0),
        2 => Some(f64::INFINITY),
        3 => None,
        _ => Some(0.0),
    };
    let mut d = Detector::new(SurgeRules { ratio: 0.0, clear_min: 0, min_calls: 0, ..rules() }, 0.0);
    for at in [0, 5, -7, 3, 1 << 40, 12, i64::MAX, i64::MIN, 0] {
        d.arrival(Time::from_secs(at), &mad);
        d.second(Time::from_secs(at), &mad);
        d.gap(Time::from_secs(at), &mad);
        d.back(Time::from_secs(at), &mad);
    }
}
