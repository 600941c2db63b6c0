//! Staffing: published figures, laws that must hold for any pool, and other ways to the same numbers.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use floorwatch::config::ServiceLevelVariant;
use floorwatch::metrics::Window;
use floorwatch::model::{Span, Time};
use floorwatch::staffing::{
    ARRIVE, Basis, Demand, Goal, Level, MAX_AGENTS, Measured, Model, Outlook, Plan, Rate, Start, erlang_b, erlang_c,
    expected, needed, patience, people_to_schedule, project, waiting, workload_agents,
};
use floorwatch::usual::forecast::Half;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

fn goal(within: i64, target: f64) -> Goal {
    Goal {
        within: Span::from_secs(within),
        target,
        variant: ServiceLevelVariant::OfAll,
        short_abandon: Span::from_secs(5),
    }
}

fn demand(calls_per_s: f64, handle: f64, patience: Option<f64>) -> Demand {
    Demand {
        calls: calls_per_s * 3600.0,
        period: Span::from_secs(3600),
        handle: Span::from_secs_f64(handle),
        patience: patience.map(Span::from_secs_f64),
    }
}

/// Traffic offered at a given loss, from the Erlang B tables every teletraffic handbook prints (ITU-D Teletraffic Engineering
/// Handbook and others).
#[test]
fn erlang_b_as_the_tables_print_it() {
    for (agents, load, loss) in [
        (10, 4.461, 0.01),
        (20, 12.03, 0.01),
        (50, 37.90, 0.01),
        (100, 84.06, 0.01),
        (10, 5.084, 0.02),
        (20, 13.18, 0.02),
        (50, 40.26, 0.02),
        (100, 87.97, 0.02),
        (10, 6.216, 0.05),
        (100, 95.24, 0.05),
        (10, 3.092, 0.001),
        (1, 0.0101, 0.01),
    ] {
        assert!(near(erlang_b(agents, load), loss, loss * 0.005), "{agents} {load}");
    }
}

/// 250 calls in half an hour of 210 s each: delay, ASA and share within 20 s by agents, as B. Cleveland's "Call Center Management on
/// Fast Forward" prints them.
#[test]
fn erlang_c_as_a_textbook_prints_it() {
    let load = 250.0 * 210.0 / 1800.0;
    for (agents, delayed, asa, within) in [
        (30, 0.83, 208.7, 0.235),
        (31, 0.65, 74.7, 0.452),
        (32, 0.51, 37.6, 0.613),
        (33, 0.39, 21.3, 0.730),
        (34, 0.29, 12.7, 0.815),
        (35, 0.22, 7.8, 0.875),
        (36, 0.16, 4.9, 0.917),
    ] {
        let w = waiting(agents, load, 210.0, 20.0);
        assert!(near(w.probability, delayed, 0.005) && near(w.mean_s.unwrap(), asa, 0.05), "{agents} {w:?}");
        assert!(near(w.within, within, 0.0006), "{agents} {w:?}");
    }
    // Call Centre Helper's worked example: 100 calls in half an hour of 180 s, 80 % in 20 s: 14 agents, 88.8 %, ASA 7.8 s,
    // occupancy 71.4 %; with 30 % shrinkage 20 people.
    let demand = Demand { calls: 100.0, period: Span::from_secs(1800), handle: Span::from_secs(180), patience: None };
    let need = needed(&goal(20, 0.8), &demand);
    assert_eq!((need.agents, need.model, people_to_schedule(14, 0.3)), (Some(14), Model::ErlangC, Some(20)));
    let e = need.expected;
    assert!(
        near(e.service_level, 0.888, 0.0005) && near(e.asa_s.unwrap(), 7.8, 0.05) && near(e.occupancy, 0.714, 0.0005)
    );
    assert!(near(e.wait_probability, 0.174, 0.0005) && e.abandon_rate == 0.0);
}

/// 50 agents, 48 calls a minute of a minute each: Gans, Koole and Mandelbaum, "Telephone Call Centers: Tutorial, Review, and Research
/// Prospects" (2003), the table that compares no abandonment with a mean patience of two minutes.
#[test]
fn erlang_a_as_published() {
    let with = expected(50, &goal(20, 0.8), &demand(0.8, 60.0, Some(120.0)));
    assert!(near(with.abandon_rate, 0.031, 0.0005) && near(with.occupancy, 0.93, 0.005), "{with:?}");
    assert!(near(with.waiting.unwrap(), 3.0, 0.05), "{with:?}");
    assert!(near(with.waiting.unwrap() / 0.8, 3.7, 0.05), "{with:?}");
    let without = expected(50, &goal(20, 0.8), &demand(0.8, 60.0, None));
    assert!(near(without.asa_s.unwrap(), 20.8, 0.05) && near(without.waiting.unwrap(), 17.0, 0.4), "{without:?}");
    assert!(near(without.occupancy, 0.96, 0.005), "{without:?}");
    // The example in the manual of pyworkforce: 100 calls in half an hour of 3 min, patience 5 min.
    let e = expected(13, &goal(20, 0.8), &demand(100.0 / 1800.0, 180.0, Some(300.0)));
    assert!(near(e.service_level, 0.858, 0.005) && near(e.occupancy, 0.750, 0.001), "{e:?}");
    assert!(near(e.abandon_rate, 0.025, 0.001) && near(e.wait_probability, 0.226, 0.001), "{e:?}");
}

/// Stationary shares of the birth–death chain itself: waits, gives up, mean number waiting.
fn chain(agents: u32, lambda: f64, mu: f64, theta: f64) -> (f64, f64, f64) {
    let n = f64::from(agents);
    let (mut weight, mut all, mut waits, mut queue, mut k) = (1.0_f64, 1.0_f64, 0.0, 0.0, 0.0_f64);
    if agents == 0 {
        waits = 1.0;
    }
    for _ in 0..2_000_000 {
        k += 1.0;
        weight *= lambda / (k.min(n) * mu + (k - n).max(0.0) * theta);
        all += weight;
        if k >= n {
            waits += weight;
            queue += (k - n) * weight;
        }
        if all > 1e200 {
            (weight, all, waits, queue) = (weight / all, 1.0, waits / all, queue / all);
        }
        if k > n && weight < all * 1e-18 {
            break;
        }
    }
    (waits / all, theta * queue / all / lambda, queue / all)
}

#[test]
fn erlang_a_is_the_birth_death_chain() {
    for (agents, lambda, handle, patience) in [
        (1, 0.001, 60.0, 30.0),
        (1, 0.5, 60.0, 30.0),
        (1, 0.0001, 6000.0, 1.0),
        (3, 0.01, 200.0, 1.0),
        (10, 0.05, 180.0, 180.0),
        (10, 0.2, 180.0, 60.0),
        (14, 0.0555, 180.0, 3600.0),
        (50, 0.8, 60.0, 120.0),
        (100, 0.5, 210.0, 2.0),
        (100, 2.0, 210.0, 300.0),
        (500, 2.4, 200.0, 90.0),
        (2000, 9.0, 240.0, 600.0),
        (2000, 7.0, 240.0, 600.0),
        (10_000, 55.0, 180.0, 120.0),
        (10_000, 70.0, 180.0, 120.0),
    ] {
        let e = expected(agents, &goal(20, 0.8), &demand(lambda, handle, Some(patience)));
        let (waits, gone, queue) = chain(agents, lambda, 1.0 / handle, 1.0 / patience);
        let case = format!("{agents} {lambda} {handle} {patience}: {e:?} {waits} {gone} {queue}");
        assert!(near(e.wait_probability, waits, 1e-6), "{case}");
        assert!(near(e.abandon_rate, gone, 1e-6), "{case}");
        assert!(near(e.waiting.unwrap(), queue, 1e-5 * queue.max(1.0)), "{case}");
    }
}

/// Calls one by one: arrivals, handling and patience exponential, first come first served. Returns the six shares' parts.
fn simulate(agents: usize, demand: &Demand, goal: &Goal, calls: u32) -> [f64; 5] {
    let mut random = rand_pcg::Pcg64::seed_from_u64(7);
    let mut exponential = |mean: f64| -> f64 { -random.random::<f64>().max(1e-300).ln() * mean };
    let patience = demand.patience.unwrap().secs();
    let mut free_at = vec![0.0_f64; agents];
    let (mut now, mut sums) = (0.0, [0.0; 5]);
    for i in 0..calls + 5000 {
        now += exponential(1.0 / demand.rate());
        let next = free_at.iter_mut().min_by(|a, b| a.total_cmp(b)).unwrap();
        let wait = (*next - now).max(0.0);
        let patient = exponential(patience);
        let answered = wait <= patient;
        let waited = wait.min(patient);
        if answered {
            *next = now + wait + exponential(demand.handle.secs());
        }
        if i >= 5000 {
            let within = waited <= goal.within.secs();
            for (sum, is) in sums.iter_mut().zip([
                answered && within,
                !answered && within,
                !answered,
                !answered && waited < goal.short_abandon.secs(),
                waited > 0.0,
            ]) {
                *sum += f64::from(u8::from(is));
            }
        }
    }
    sums.map(|s| s / f64::from(calls))
}

#[test]
fn all_six_service_levels_agree_with_a_simulation() {
    for (agents, lambda, handle, patience) in
        [(10, 0.05, 180.0, 120.0), (20, 0.15, 200.0, 60.0), (5, 0.02, 180.0, 300.0)]
    {
        let (demand, mut goal) = (demand(lambda, handle, Some(patience)), goal(20, 0.8));
        let [in_t, gone_in_t, gone, short, waits] = simulate(agents, &demand, &goal, 400_000);
        for variant in ServiceLevelVariant::ALL {
            goal.variant = variant;
            let simulated = match variant {
                ServiceLevelVariant::OfAll => in_t,
                ServiceLevelVariant::AnsweredOrGone => in_t + gone_in_t,
                ServiceLevelVariant::OfAnswered => in_t / (1.0 - gone),
                ServiceLevelVariant::IgnoreAbandonedIn => in_t / (1.0 - gone_in_t),
                ServiceLevelVariant::ShortCounts => in_t + short,
                ServiceLevelVariant::IgnoreShort => in_t / (1.0 - short),
            };
            let e = expected(u32::try_from(agents).unwrap(), &goal, &demand);
            assert!(near(e.service_level, simulated, 0.01), "{agents} {variant:?} {simulated} {e:?}");
            assert!(near(e.abandon_rate, gone, 0.01) && near(e.wait_probability, waits, 0.015), "{agents} {e:?}");
        }
    }
}

#[test]
fn patience_is_the_time_waited_by_all_over_those_who_gave_up() {
    assert_eq!(patience(Span::from_secs(6000), 50), Some(Span::from_secs(120)));
    assert_eq!(patience(Span::from_secs(6000), 9), None);
    assert_eq!(patience(Span::ZERO, 50), None);
    assert_eq!(patience(Span::from_secs(1), u64::MAX), None);
}

#[test]
fn workload_and_shrinkage() {
    let half_hour = Span::from_secs(1800);
    let agents = workload_agents(100.0, Span::from_secs(180), half_hour, 0.8, 0.95).unwrap();
    assert!(near(agents, 13.158, 0.001), "{agents}");
    assert_eq!(workload_agents(0.0, Span::from_secs(180), half_hour, 0.8, 1.0), Some(0.0));
    for (utilization, attendance) in [(0.0, 1.0), (1.1, 1.0), (0.8, 0.0), (f64::NAN, 1.0)] {
        assert_eq!(workload_agents(1.0, half_hour, half_hour, utilization, attendance), None);
    }
    assert_eq!(workload_agents(1.0, half_hour, Span::ZERO, 0.8, 1.0), None);
    for (seats, shrinkage, people) in [
        (7, 0.3, Some(10)),
        (0, 0.3, Some(0)),
        (10, 0.0, Some(10)),
        (10, 1.0, None),
        (10, -0.1, None),
        (10, f64::NAN, None),
    ] {
        assert_eq!(people_to_schedule(seats, shrinkage), people);
    }
}

#[test]
fn edges_have_sane_answers() {
    for patience in [None, Some(60.0)] {
        assert_eq!(needed(&goal(20, 0.8), &demand(0.0, 180.0, patience)).agents, Some(0));
        assert_eq!(needed(&goal(20, 0.8), &demand(1.0, 0.0, patience)).agents, Some(0));
        assert_eq!(needed(&goal(20, 0.0), &demand(1.0, 180.0, patience)).agents, Some(0));
        assert_eq!(needed(&goal(20, 0.8), &demand(100.0, 1000.0, patience)).agents, None);
        assert!(needed(&goal(0, 1.0), &demand(1.0, 180.0, patience)).agents.unwrap() > 180);
        assert!(needed(&goal(20, 0.8), &demand(54.0, 180.0, patience)).agents.is_some_and(|n| n > 7_700));
    }
    let nobody = expected(0, &goal(20, 0.8), &demand(0.1, 180.0, Some(60.0)));
    assert!(near(nobody.waiting.unwrap(), 6.0, 1e-9) && near(nobody.abandon_rate, 1.0, 0.0) && nobody.asa_s.is_none());
    assert_eq!(expected(18, &goal(20, 0.8), &demand(0.1, 180.0, None)).asa_s, None);
    assert!(erlang_b(MAX_AGENTS, 9_950.0) > 0.0 && erlang_c(MAX_AGENTS, 9_950.0) < 1.0);
    assert_eq!((erlang_b(0, 0.0), erlang_b(0, 1.0), erlang_c(0, 0.0), erlang_c(0, 1.0)), (0.0, 1.0, 0.0, 1.0));
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-1.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        Just(1e-9),
        0.0..100.0,
        0.0..20_000.0
    ]
}

proptest! {
    #[test]
    fn nothing_gives_nan(agents in 0u32..=10_000, a in numbers(), b in numbers(), c in numbers(), d in numbers()) {
        for share in [erlang_b(agents, a), erlang_c(agents, a), waiting(agents, a, b, c).within, waiting(agents, a, b, c).probability] {
            prop_assert!((0.0..=1.0).contains(&share), "{share}");
        }
        let patience = (d != 0.0).then(|| Span::from_secs_f64(d));
        let demand = Demand { calls: a, period: Span::from_secs_f64(b), handle: Span::from_secs_f64(c), patience };
        let goal = Goal { within: Span::from_secs_f64(d), target: a, variant: ServiceLevelVariant::ALL[agents as usize % 6], short_abandon: Span::from_secs(5) };
        let e = expected(agents, &goal, &demand);
        for share in [e.service_level, e.wait_probability, e.abandon_rate, e.occupancy] {
            prop_assert!((0.0..=1.0).contains(&share), "{e:?}");
        }
        for n in [e.asa_s, e.waiting].into_iter().flatten() {
            prop_assert!(n >= 0.0 && n.is_finite(), "{e:?}");
        }
        prop_assert!(needed(&goal, &demand).agents.is_none_or(|n| n <= MAX_AGENTS));
        let level = |value| [Level { from: Time::from_secs(0), value }];
        let start = Start { now: Time::from_secs(0), waiting: a, with_agents: b, handle: Span::from_secs_f64(c), patience, within: Span::from_secs_f64(d) };
        for p in project(&start, &level(b), &level(a), Span::from_secs(120)).points {
            prop_assert!((0.0..=1.0).contains(&p.service_level) && p.waiting >= 0.0 && p.waiting.is_finite(), "{p:?}");
        }
    }

    #[test]
    fn more_agents_are_never_worse(load in 0.1f64..400.0, extra in 1u32..40, agents in 0u32..450, patience in 2.0f64..2000.0, t in 0i64..120, v in 0usize..6) {
        let more = agents + extra;
        prop_assert!(erlang_b(more, load) <= erlang_b(agents, load));
        prop_assert!(erlang_c(more, load) <= erlang_c(agents, load));
        prop_assert!(erlang_b(agents, load) <= erlang_c(agents, load));
        let goal = Goal { variant: ServiceLevelVariant::ALL[v], ..goal(t, 0.8) };
        for patience in [None, Some(patience)] {
            let demand = demand(load / 180.0, 180.0, patience);
            let (few, many) = (expected(agents, &goal, &demand), expected(more, &goal, &demand));
            // Where a short abandon counts as in time, fewer of them may weigh more than those answered sooner.
            if goal.variant != ServiceLevelVariant::ShortCounts {
                prop_assert!(many.service_level >= few.service_level - 1e-9, "{few:?} {many:?}");
            }
            prop_assert!(many.abandon_rate <= few.abandon_rate + 1e-9, "{few:?} {many:?}");
            prop_assert!(many.wait_probability <= few.wait_probability + 1e-9, "{few:?} {many:?}");
            if let (Some(few), Some(many)) = (few.asa_s, many.asa_s) {
                prop_assert!(many <= few + 1e-6, "{few:?} {many:?}");
            }
        }
    }

    #[test]
    fn the_need_is_the_smallest_that_reaches_the_goal(load in 0.1f64..300.0, patience in prop::option::of(5.0f64..900.0), target in 0.05f64..0.99, v in 0usize..6) {
        let (goal, demand) = (Goal { variant: ServiceLevelVariant::ALL[v], ..goal(20, target) }, demand(load / 200.0, 200.0, patience));
        let n = needed(&goal, &demand).agents.unwrap();
        prop_assert!(expected(n, &goal, &demand).service_level >= target - 1e-8);
        if n > 0 {
            prop_assert!(expected(n - 1, &goal, &demand).service_level < target);
        }
    }

    #[test]
    fn with_endless_patience_erlang_a_is_erlang_c(agents in 1u32..250, busy in 0.1f64..0.96) {
        let load = f64::from(agents) * busy;
        let a = expected(agents, &goal(20, 0.8), &demand(load / 180.0, 180.0, Some(9e8)));
        let c = waiting(agents, load, 180.0, 20.0);
        let direct = expected(agents, &goal(20, 0.8), &demand(load / 180.0, 180.0, None));
        for e in [a, direct] {
            prop_assert!(near(e.service_level, c.within, 1e-5), "{e:?} {c:?}");
            prop_assert!(near(e.wait_probability, c.probability, 1e-5), "{e:?} {c:?}");
            prop_assert!(near(e.asa_s.unwrap(), c.mean_s.unwrap(), 1e-2 * c.mean_s.unwrap().max(1.0)), "{e:?} {c:?}");
        }
    }
}

fn clock(text: &str) -> Time {
    Time::parse(&format!("2025-05-05T{text}:00Z")).unwrap()
}

#[test]
fn a_surge_if_nothing_is_done_and_with_three_more() {
    // 20 agents, load 24: 40 wait at 14:00. Calls fall back to 14 erlangs at 14:30.
    let start = Start {
        now: clock("14:00"),
        waiting: 40.0,
        with_agents: 20.0,
        handle: Span::from_secs(180),
        patience: Some(Span::from_secs(600)),
        within: Span::from_secs(20),
    };
    let calls =
        [Level { from: clock("14:00"), value: 24.0 / 180.0 }, Level { from: clock("14:30"), value: 14.0 / 180.0 }];
    let run = |extra: f64| {
        let agents = [Level { from: clock("13:00"), value: 20.0 }, Level { from: clock("14:10"), value: 20.0 + extra }];
        project(&start, &calls, &agents, Span::from_secs(2 * 3600))
    };
    let (nothing, three) = (run(0.0), run(3.0));
    assert_eq!(nothing.points.len(), 121);
    assert!(near(nothing.points[0].waiting, 40.0, 1e-9));
    // 40 ahead, 20 agents of 180 s, some giving up: under 6 min, over 4.
    let first = nothing.points[0].wait.unwrap().secs();
    assert!((240.0..360.0).contains(&first), "{first}");
    assert_eq!(nothing.points[..10], three.points[..10]);
    assert_eq!(nothing.at(clock("14:10")), Some(&nothing.points[10]));
    let (late, soon) = (nothing.recovers(0.8).unwrap(), three.recovers(0.8).unwrap());
    assert!(soon < late && late > clock("14:30") && soon > clock("14:10"), "{soon} {late}");
    assert_eq!(nothing.worst().map(|p| p.at), Some(clock("14:00")));
    // Nobody there: nobody is answered.
    let empty = project(&start, &calls, &[], Span::from_secs(60));
    assert!(empty.points.iter().all(|p| p.wait.is_none() && p.service_level == 0.0));
}

/// Mean number waiting of the chain itself, followed in time by small steps from `k0` calls in the pool.
fn followed(agents: u32, lambda: f64, mu: f64, theta: f64, k0: usize, seconds: u32) -> f64 {
    let size = 300;
    let mut p = vec![0.0; size];
    p[k0] = 1.0;
    let n = f64::from(agents);
    let death = |k: usize| {
        let k = f64::from(u32::try_from(k).unwrap());
        k.min(n) * mu + (k - n).max(0.0) * theta
    };
    let dt = 0.1;
    for _ in 0..seconds * 10 {
        let mut next = p.clone();
        for k in 0..size {
            let up = if k + 1 < size { lambda * p[k] * dt } else { 0.0 };
            let down = death(k) * p[k] * dt;
            next[k] -= up + down;
            if k + 1 < size {
                next[k + 1] += up;
            }
            if k > 0 {
                next[k - 1] += down;
            }
        }
        p = next;
    }
    p.iter().enumerate().skip(agents as usize).map(|(k, p)| p * (f64::from(u32::try_from(k).unwrap()) - n)).sum()
}

#[test]
fn the_projection_follows_the_chain() {
    for (agents, load, waits, minutes, tolerance) in [
        (20, 24.0, 40, 10, 0.03),
        (20, 16.0, 40, 20, 0.35),
        (30, 40.0, 0, 15, 0.03),
        (50, 40.0, 60, 15, 0.35),
        (20, 30.0, 0, 30, 0.03),
    ] {
        let (mu, theta) = (1.0 / 180.0, 1.0 / 300.0);
        let exact = followed(agents, load * mu, mu, theta, (agents + waits) as usize, minutes * 60);
        let start = Start {
            now: clock("14:00"),
            waiting: f64::from(waits),
            with_agents: f64::from(agents),
            handle: Span::from_secs(180),
            patience: Some(Span::from_secs(300)),
            within: Span::from_secs(20),
        };
        let level = |value| [Level { from: clock("14:00"), value }];
        let run =
            project(&start, &level(load * mu), &level(f64::from(agents)), Span::from_secs(i64::from(minutes) * 60));
        let found = run.points.last().unwrap().waiting;
        assert!((found - exact).abs() <= tolerance * exact.max(1.0), "{agents} {load} {waits}: {found} for {exact}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// More people never make anybody wait longer: at no minute do more calls wait, and at none does a caller wait longer.
    #[test]
    fn more_agents_never_project_a_longer_wait(agents in 0u32..300, extra in 1u32..60, busy in 0.0f64..1.0, load in 0.0f64..400.0, waits in 0.0f64..200.0, patience in prop::option::of(20.0f64..2000.0)) {
        let start = |agents: u32| Start {
            now: clock("14:00"),
            waiting: waits,
            with_agents: f64::from(agents) * busy,
            handle: Span::from_secs(180),
            patience: patience.map(Span::from_secs_f64),
            within: Span::from_secs(20),
        };
        let level = |value: f64| [Level { from: clock("14:00"), value }];
        let run = |more: u32| {
            let steps = [level(f64::from(agents))[0], Level { from: clock("14:05"), value: f64::from(agents + more) }];
            project(&start(agents), &level(load / 180.0), &steps, Span::from_secs(3600)).points
        };
        for (few, many) in run(0).iter().zip(run(extra)) {
            prop_assert!(many.waiting <= few.waiting + 1e-6 + few.waiting * 1e-6, "{few:?} {many:?}");
            if let (Some(few), Some(many)) = (few.wait, many.wait) {
                prop_assert!(many <= few + Span::from_micros(2000), "{few:?} {many:?}");
            }
        }
    }

    #[test]
    fn a_projection_is_sane_for_any_pool(agents in 0u32..=10_000, load in 0.0f64..20_000.0, waits in 0.0f64..100_000.0, handle in 1i64..4000, patience in prop::option::of(1.0f64..4000.0)) {
        let start = Start {
            now: clock("14:00"),
            waiting: waits,
            with_agents: f64::from(agents),
            handle: Span::from_secs(handle),
            patience: patience.map(Span::from_secs_f64),
            within: Span::from_secs(20),
        };
        let level = |value| [Level { from: clock("14:00"), value }];
        let rate = load / Span::from_secs(handle).secs();
        for p in project(&start, &level(rate), &level(f64::from(agents)), Span::from_secs(1800)).points {
            prop_assert!(p.waiting.is_finite() && p.waiting >= 0.0 && (0.0..=1.0).contains(&p.service_level), "{p:?}");
            prop_assert!(p.wait.is_none_or(|w| w >= Span::ZERO), "{p:?}");
            prop_assert!(agents == 0 || p.wait.is_some(), "{p:?}");
        }
    }
}

fn basis(calls: f64, have: u32, waiting: u32) -> Basis {
    let measured = |secs: i64, window| Measured { span: Span::from_secs(secs), n: 50, window };
    Basis {
        now: clock("14:02"),
        goal: goal(20, 0.8),
        rate: Rate { calls, over: Span::from_secs(1800) },
        handle: Some(measured(180, Window::Min30)),
        after_call: true,
        patience: Some(measured(300, Window::Day)),
        people_told: true,
        have,
        busy: have,
        waiting,
    }
}

/// Half-hours from 14:00 to 18:00, so many calls each; a fifteenth of the first has come.
fn ahead(calls: f64) -> Vec<Half> {
    let hours = ["14:00", "14:30", "15:00", "15:30", "16:00", "16:30", "17:00", "17:30", "18:00"].map(clock);
    let half = |at: usize| Half {
        from: hours[at],
        to: hours[at + 1],
        usual: calls,
        came: (at == 0).then_some(calls / 15.0),
        expected: calls,
        low: calls * 0.8,
        high: calls * 1.2,
    };
    (0..8).map(half).collect()
}

fn planned(basis: &Basis, ahead: &[Half]) -> (Plan, Outlook) {
    let plan = Plan::of(basis, ahead);
    let outlook = Outlook::of(basis, ahead, &plan);
    (plan, outlook)
}

#[test]
fn a_pool_that_has_what_it_needs_is_left_alone() {
    // pyworkforce's example again: 13 agents by Erlang A, all day.
    let (plan, outlook) = planned(&basis(100.0, 13, 0), &ahead(100.0));
    assert_eq!((plan.needed(), plan.gap(13), plan.model()), (Some(13), Some(0), Some(Model::ErlangA)));
    assert!(outlook.more.is_none() && plan.halves.len() == 8);
    assert_eq!(plan.halves[0].from, clock("14:02"));
    for half in &plan.halves {
        assert!(half.need.is_some_and(|n| (12..=13).contains(&n)), "{half:?}");
    }
    assert!(near(plan.here.unwrap().service_level, 0.858, 0.005));
    let (unknown, blind) = planned(&Basis { patience: None, ..basis(100.0, 13, 0) }, &[]);
    assert_eq!((unknown.needed(), unknown.model()), (Some(14), Some(Model::ErlangC)));
    assert_eq!(blind.nothing.unwrap().points.len(), 61, "without a usual, an hour at the present rate");
    assert!(unknown.halves.is_empty());
}

#[test]
fn a_surge_fades_into_the_forecast_and_the_missing_are_asked_for() {
    let (plan, outlook) = planned(&basis(200.0, 13, 25), &ahead(100.0));
    let need: Vec<u32> = plan.halves.iter().filter_map(|h| h.need).collect();
    assert!(plan.needed() > Some(20) && need.windows(2).all(|w| w[0] >= w[1]), "{:?} {need:?}", plan.needed());
    assert_eq!(need.last(), Some(&13), "the surge has faded by the evening");
    let needed = plan.needed();
    let (more, with) = outlook.more.unwrap();
    assert_eq!(Some(13 + more), needed);
    let nothing = outlook.nothing.unwrap();
    let came = clock("14:02") + ARRIVE;
    let waiting = |p: &floorwatch::staffing::Projection, at| p.at(at).map(|p| p.waiting);
    let before = came - Span::from_secs(60);
    assert_eq!(waiting(&nothing, before), waiting(&with, before), "they have not come yet");
    assert!(waiting(&with, came) < waiting(&nothing, came), "they take those who wait");
    assert!(with.recovers(0.8).unwrap() < nothing.recovers(0.8).unwrap());
}

#[test]
fn what_is_not_known_is_not_planned() {
    let (idle, _) = planned(&Basis { handle: None, ..basis(0.0, 4, 0) }, &ahead(10.0));
    assert_eq!((idle.needed(), idle.gap(4)), (Some(0), Some(-4)));
    let (blind, outlook) = planned(&Basis { handle: None, ..basis(10.0, 4, 0) }, &ahead(10.0));
    assert!(blind.needed().is_none() && outlook.nothing.is_none() && blind.halves.is_empty());
}

/// Delay tables of M/M/n: the probability of waiting at a utilization, from the tables of Hillier and Yu, "Queueing Tables and
/// Graphs" (1981), and R. Cooper, "Introduction to Queueing Theory" (1981), as textbooks of operations research reprint
/// them; n = 1 and 2 are exact by hand (ρ, and 2ρ² ÷ (1 + ρ)).
#[test]
fn erlang_c_at_the_utilizations_of_the_tables() {
    for (agents, busy, waits) in [
        (1, 0.5, 0.5),
        (1, 0.9, 0.9),
        (2, 0.5, 1.0 / 3.0),
        (2, 0.8, 0.7111),
        (2, 0.9, 0.8526),
        (3, 0.8, 0.6472),
        (5, 0.8, 0.5541),
        (10, 0.8, 0.4092),
        (10, 0.9, 0.6687),
    ] {
        let found = erlang_c(agents, f64::from(agents) * busy);
        assert!(near(found, waits, 0.0005), "{agents} {busy}: {found}");
    }
}
