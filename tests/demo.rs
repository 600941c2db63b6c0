//! The simulated center: what it plays is a possible floor, the same for the same seed, and a real websocket client gets it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

#[path = "demo/lines.rs"]
mod lines;
#[path = "demo/socket.rs"]
mod socket;

use std::collections::{BTreeMap, BTreeSet};

use floorwatch::config::Lang;
use floorwatch::model::{AgentState, Span, Time};
use floorwatch::source::demo::{Fact, Feed, Scenario, ScenarioError, Sim, SimEvent};
use jiff::tz::TimeZone;

const CALM: &str = include_str!("../assets/demo/calm.toml");

fn start() -> Time {
    Time::parse("2026-05-20T02:10:00.25Z").unwrap()
}

fn scenario(name: &str) -> Scenario {
    Scenario::open(name).unwrap().placed(start(), TimeZone::UTC)
}

/// The hours before and `live` after the start.
fn played(name: &str, seed: u64, live: Span) -> Vec<SimEvent> {
    Sim::new(&scenario(name), seed, start()).run_to(start() + live)
}

fn share(part: usize, whole: usize) -> f64 {
    f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap())
}

fn minutes(n: i64) -> Span {
    Span::from_secs(60 * n)
}

#[test]
fn every_scenario_of_the_product_can_be_played() {
    for name in Scenario::names() {
        let events = played(name, 5, minutes(3));
        assert!(events.len() > 10_000, "{name}: {}", events.len());
    }
}

#[test]
fn an_unknown_scenario_names_those_there_are() {
    let error = Scenario::open("no-such").unwrap_err();
    assert!(matches!(error, ScenarioError::Unknown { .. }));
    assert!(error.to_string().contains("calm, surge"), "{error}");
}

#[test]
fn a_file_that_cannot_be_meant_is_refused_with_all_its_faults() {
    let text = CALM
        .replace("within_s = 30", "within_s = -1")
        .replace("skills = [\"fault\", \"visits\"]", "skills = [\"nowhere\"]")
        .replace("priority = 5", "priority = 5\ntimeout_s = nan");
    let error = Scenario::parse("x", &text).unwrap_err().to_string();
    for part in ["queue visits: within_s = -1", "skills = 'nowhere'", "timeout_s = NaN"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let unknown = CALM.replace("share = 26", "share = 26\nshares = 1");
    let error = Scenario::parse("x", &unknown).unwrap_err().to_string();
    assert!(error.contains("shares") && error.contains("line"), "{error}");
    let missing = "about = { zh = '甲', en = 'a' }";
    let error = Scenario::parse("x", missing).unwrap_err().to_string();
    assert!(error.contains("[site] is missing"), "{error}");
    let on_another = Scenario::parse("x", &format!("{missing}\nbase = 'surge'")).unwrap_err().to_string();
    assert!(on_another.contains("stands by itself"), "{on_another}");
    assert!(Scenario::parse("x", &format!("{missing}\nbase = 'calm'")).is_ok());
}

#[test]
fn it_is_a_busy_half_hour_whenever_it_starts() {
    for (at, zone) in [
        ("2026-05-20T19:07:00Z", "Asia/Shanghai"),
        ("2026-05-20T03:59:59Z", "UTC"),
        ("2026-03-29T01:30:00Z", "Europe/Berlin"),
        ("2026-05-20T18:20:00Z", "Asia/Kathmandu"),
    ] {
        let now = Time::parse(at).unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let scenario = Scenario::open("calm").unwrap().placed(now, zone.clone());
        let local = zone.to_datetime(now.to_jiff());
        let slot = usize::try_from(local.hour()).unwrap() * 2 + usize::from(local.minute() >= 30);
        let profile = scenario.usual_profile();
        assert_eq!(profile.all.len(), 48);
        assert!((profile.all[slot] - 670.0).abs() < 1e-9, "{at}: {}", profile.all[slot]);
        for slot in 0..48 {
            let queues: f64 = profile.queues.iter().map(|(_, q)| q[slot]).sum();
            assert!((queues - profile.all[slot]).abs() < 1e-6);
        }
        let mut sim = Sim::new(&scenario, 3, now);
        let events = sim.run_to(now + minutes(5));
        let live = events.iter().filter(|e| e.at > now && first_join(&e.fact)).count();
        assert!((75..170).contains(&live), "{at}: {live} calls in five minutes");
    }
}

fn first_join(fact: &Fact) -> bool {
    matches!(fact, Fact::Joined(join) if join.from_queue.is_none())
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let play = |seed| {
        let mut feed = Feed::new(&scenario("surge"), seed, Lang::ZhCn, start());
        let mut lines = feed.greet().history;
        for s in [1, 7, 60] {
            lines.extend(feed.advance(start() + Span::from_secs(s)));
        }
        lines.extend(feed.greet().full_state);
        lines
    };
    let once = play(11);
    assert_eq!(once, play(11));
    assert_ne!(once, play(12));
    // However time is cut into steps, the same happens.
    let whole = Sim::new(&scenario("calm"), 4, start()).run_to(start());
    let mut sim = Sim::new(&scenario("calm"), 4, start());
    let mut single = Vec::new();
    while sim.next_at() <= start() {
        single.extend(sim.step());
    }
    assert_eq!(whole, single);
}

/// Where a leg is, for the checks of order.
#[derive(Debug, PartialEq)]
enum Leg {
    Waiting(usize),
    Ringing(usize, usize),
    Talking(usize, usize),
}

#[test]
fn every_call_joined_ends_once_and_in_order() {
    for (name, seed) in [("calm", 1), ("surge", 2), ("full_lines", 3), ("outage", 4)] {
        let mut sim = Sim::new(&scenario(name), seed, start());
        let events = sim.run_to(start() + minutes(30));
        let mut legs: BTreeMap<u64, Leg> = BTreeMap::new();
        let (mut joined, mut ended) = (0, 0);
        for SimEvent { at, fact, .. } in &events {
            let context = || format!("{name} {seed} {at}: {fact:?}");
            let was = match fact {
                Fact::Joined(j) => {
                    joined += 1;
                    assert_eq!(legs.insert(j.call, Leg::Waiting(j.queue)), None, "{}", context());
                    continue;
                }
                Fact::Ringing { call, queue, agent } => {
                    let was = legs.insert(*call, Leg::Ringing(*queue, *agent));
                    (was, Leg::Waiting(*queue))
                }
                Fact::NotAnswered { call, queue, agent, rang, .. } => {
                    assert!(rang.micros() > 0 && rang.secs() <= 15.0);
                    (legs.insert(*call, Leg::Waiting(*queue)), Leg::Ringing(*queue, *agent))
                }
                Fact::Answered { call, queue, agent } => {
                    (legs.insert(*call, Leg::Talking(*queue, *agent)), Leg::Ringing(*queue, *agent))
                }
                Fact::Transferred { call, queue, agent, to, .. } => {
                    assert_ne!(queue, to);
                    ended += 1;
                    (legs.remove(call), Leg::Talking(*queue, *agent))
                }
                Fact::Ended { call, queue, agent, .. } => {
                    ended += 1;
                    (legs.remove(call), Leg::Talking(*queue, *agent))
                }
                Fact::Abandoned { call, queue } | Fact::Exited { call, queue, .. } => {
                    ended += 1;
                    let was = legs.remove(call);
                    let waiting = match was {
                        Some(Leg::Ringing(q, _)) => Some(Leg::Waiting(q)),
                        other => other,
                    };
                    (waiting, Leg::Waiting(*queue))
                }
                _ => continue,
            };
            assert_eq!(was.0, Some(was.1), "{}", context());
        }
        assert_eq!(joined, ended + legs.len(), "{name}");
        assert!(joined > 4000, "{name}: {joined}");
        // The full state lists exactly the legs that still wait.
        let waiting = legs.values().filter(|l| !matches!(l, Leg::Talking(..))).count();
        let rows = sim.full_state();
        assert_eq!(rows.iter().filter(|r| matches!(r, Fact::Joined(_))).count(), waiting, "{name}");
    }
}

#[test]
fn an_agent_is_in_one_state_at_a_time_and_passes_only_where_a_person_can() {
    use AgentState::{AfterCall, Holding, NotReady, Ready, Ringing, SignedOut, Talking};
    let legal = |from: AgentState, to: AgentState| match from {
        SignedOut => matches!(to, Ready | NotReady),
        Ready => matches!(to, Ringing | NotReady | SignedOut),
        Ringing => matches!(to, Talking | Ready | NotReady | SignedOut),
        Talking => matches!(to, Holding | AfterCall | Ready | NotReady | SignedOut),
        Holding => to == Talking,
        AfterCall | NotReady => matches!(to, Ready | NotReady | SignedOut),
        AgentState::Unknown => false,
    };
    for (name, seed) in [("calm", 8), ("surge", 9)] {
        let mut sim = Sim::new(&scenario(name), seed, start());
        let mut now: BTreeMap<usize, (AgentState, Option<u64>)> = BTreeMap::new();
        let mut coming = BTreeSet::new();
        for SimEvent { at, fact, .. } in sim.run_to(start() + minutes(30)) {
            match fact {
                Fact::SignedIn { agent } => {
                    assert!(!now.contains_key(&agent) && coming.insert(agent), "{name} {at}");
                }
                Fact::SignedOut { agent } => {
                    let from = now.remove(&agent).map_or(Ready, |(from, _)| from);
                    assert!(coming.remove(&agent) || legal(from, SignedOut), "{name} {at}: {from:?}");
                }
                Fact::State(state) => {
                    let here = now.insert(state.agent, (state.state, state.call));
                    let (from, call) = here.unwrap_or((SignedOut, None));
                    assert_eq!(coming.remove(&state.agent), from == SignedOut, "{name} {at}");
                    assert!(legal(from, state.state), "{name} {at}: {from:?} to {:?}", state.state);
                    assert_eq!(state.call.is_some(), matches!(state.state, Ringing | Talking | Holding), "{name} {at}");
                    assert_eq!(state.reason.is_some(), state.state == NotReady, "{name} {at}");
                    if matches!(from, Ringing | Talking | Holding) && state.call.is_some() {
                        assert_eq!(call, state.call, "{name} {at}");
                    }
                }
                _ => {}
            }
        }
        let rows = sim.full_state();
        let told: BTreeMap<usize, _> = rows
            .iter()
            .filter_map(|r| match r {
                Fact::State(s) => Some((s.agent, (s.state, s.call))),
                _ => None,
            })
            .collect();
        assert_eq!(told, now, "{name}");
    }
}

/// Sums over the calls of a span of time.
#[derive(Default)]
struct Sums {
    joined: usize,
    answered: usize,
    in_time: usize,
    lost: usize,
    wait_s: f64,
    waiting_s: f64,
    most_waiting: usize,
    longest_s: f64,
    busy_s: f64,
    ready_s: f64,
    away_s: f64,
}

/// Adds up what happened in [from, to), with waiting and states clipped to it.
fn sums(events: &[SimEvent], from: Time, to: Time) -> Sums {
    let mut sums = Sums::default();
    let mut waiting: BTreeMap<u64, Time> = BTreeMap::new();
    let mut states: BTreeMap<usize, (AgentState, Time)> = BTreeMap::new();
    let clip = |since: Time, until: Time| until.min(to).since(since.max(from)).or_zero().secs();
    let spent = |state: AgentState, seconds: f64, sums: &mut Sums| match state {
        AgentState::Ready => sums.ready_s += seconds,
        AgentState::NotReady => sums.away_s += seconds,
        AgentState::SignedOut | AgentState::Unknown => {}
        _ => sums.busy_s += seconds,
    };
    for SimEvent { at, fact, .. } in events.iter().take_while(|e| e.at < to) {
        let inside = *at >= from;
        match fact {
            Fact::Joined(j) => {
                sums.joined += usize::from(inside);
                waiting.insert(j.call, *at);
            }
            Fact::Answered { call, .. } | Fact::Abandoned { call, .. } | Fact::Exited { call, .. } => {
                let since = waiting.remove(call).unwrap();
                let wait = at.since(since).secs();
                sums.waiting_s += clip(since, *at);
                if inside {
                    let answered = matches!(fact, Fact::Answered { .. });
                    sums.answered += usize::from(answered);
                    sums.lost += usize::from(!answered);
                    sums.in_time += usize::from(answered && wait <= 20.0);
                    sums.wait_s += wait;
                    sums.longest_s = sums.longest_s.max(wait);
                }
            }
            Fact::State(s) => {
                if let Some((was, since)) = states.insert(s.agent, (s.state, *at)) {
                    spent(was, clip(since, *at), &mut sums);
                }
            }
            Fact::SignedOut { agent } => {
                if let Some((was, since)) = states.remove(agent) {
                    spent(was, clip(since, *at), &mut sums);
                }
            }
            _ => {}
        }
        if inside {
            sums.most_waiting = sums.most_waiting.max(waiting.len());
        }
    }
    sums.waiting_s += waiting.values().map(|since| clip(*since, to)).sum::<f64>();
    for (state, since) in states.into_values() {
        spent(state, clip(since, to), &mut sums);
    }
    sums
}

#[test]
fn a_calm_morning_is_calm() {
    let scenario = scenario("calm");
    for seed in 1..=4 {
        let events = played("calm", seed, minutes(120));
        let (from, to) = (start() - minutes(60), start() + minutes(120));
        let s = sums(&events, from, to);
        let context = format!("seed {seed}");
        let occupancy = s.busy_s / (s.busy_s + s.ready_s);
        assert!((0.60..0.90).contains(&occupancy), "{context}: occupancy {occupancy}");
        let level = share(s.in_time, s.answered + s.lost);
        assert!(level > 0.70, "{context}: service level {level}");
        assert!(share(s.lost, s.answered + s.lost) < 0.06, "{context}: {} lost", s.lost);
        let length = to.since(from).secs();
        let away = s.away_s / length;
        assert!((4.0..14.0).contains(&away), "{context}: {away} away");
        assert!(s.most_waiting >= 5, "{context}: somebody waits now and then");
        // Little: mean number waiting = rate of joins × mean wait.
        let (mean_waiting, by_little) = (s.waiting_s / length, s.wait_s / length);
        assert!((mean_waiting / by_little - 1.0).abs() < 0.05, "{context}: {mean_waiting} and {by_little}");
        // Offered traffic: mean number busy = rate of answers × handle time (ring, talk, hold, after-call: some 110 s).
        let handle = s.busy_s / f64::from(u32::try_from(s.answered).unwrap());
        assert!((95.0..135.0).contains(&handle), "{context}: {handle} s a call");
        // New calls are those of the profile: within five standard deviations of a Poisson count, redials aside.
        let mut expected = 0.0;
        let mut at = from;
        while at < to {
            let slot = usize::try_from(at.second().rem_euclid(86_400) / 1800).unwrap();
            expected += scenario.usual(slot) / 1800.0;
            at = at + Span::from_secs(1);
        }
        let new = events.iter().filter(|e| e.at >= from && e.at < to && first_join(&e.fact)).count();
        let new = f64::from(u32::try_from(new).unwrap());
        assert!((new - expected).abs() < 5.0 * expected.sqrt() + 0.03 * expected, "{context}: {new} of {expected}");
    }
}

#[test]
fn a_surge_is_seen_within_45_seconds_and_overwhelms_the_floor() {
    for seed in 1..=4 {
        let events = played("surge", seed, minutes(12));
        let usual_a_minute = scenario("surge").usual(4) / 30.0;
        assert!((20.0..30.0).contains(&usual_a_minute));
        let first = sums(&events, start() + Span::from_secs(13), start() + Span::from_secs(45));
        let ratio = share(first.joined, 1) / (usual_a_minute * 32.0 / 60.0);
        assert!(ratio > 3.0, "seed {seed}: {ratio} in the first seconds");
        let at_full = sums(&events, start() + minutes(1), start() + minutes(11));
        let ratio = share(at_full.joined, 10) / usual_a_minute;
        assert!((4.0..8.0).contains(&ratio), "seed {seed}: {ratio}");
        assert!(at_full.most_waiting > 60, "seed {seed}: {} waiting", at_full.most_waiting);
        assert!(at_full.longest_s > 120.0, "seed {seed}: {} s", at_full.longest_s);
        let before = sums(&events, start() - minutes(30), start());
        assert!(share(before.in_time, before.answered + before.lost) > 0.6, "seed {seed}: it begins well");
    }
}

#[test]
fn an_area_at_ten_times_its_calls_makes_half_as_many_more_in_all() {
    let scenario = scenario("area");
    let events = played("area", 6, minutes(21));
    let (from, to) = (start() + minutes(1), start() + minutes(21));
    let new = |e: &&SimEvent| e.at >= from && e.at < to && first_join(&e.fact);
    let all = events.iter().filter(new).count();
    let ratio = share(all, 20) / (scenario.usual(4) / 30.0);
    assert!((1.25..1.75).contains(&ratio), "{ratio}");
    let lakeside = scenario.areas().iter().position(|a| a.id == "lakeside").unwrap();
    let there = |e: &&SimEvent| matches!(&e.fact, Fact::Joined(j) if j.area == Some(lakeside));
    let hit = events.iter().filter(new).filter(there).count();
    assert!(share(hit, all) > 0.2, "{hit} of {all}");
}

#[test]
fn a_front_door_that_is_too_small_refuses_callers() {
    let events = played("full_lines", 2, minutes(10));
    let refused = |e: &&SimEvent| matches!(e.fact, Fact::Refused { .. });
    assert_eq!(events.iter().filter(|e| e.at < start()).filter(refused).count(), 0);
    assert!(events.iter().filter(refused).count() > 50);
    let full = |e: &SimEvent| matches!(e.fact, Fact::LineState { in_use, .. } if in_use == 66);
    assert!(events.iter().any(full));
}
