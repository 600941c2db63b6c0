//! The surge test on five months of a real bank's calls and on centers made for it, against a judge's usual of its own and
//! beside simpler rules. Prints its tables with `--nocapture`; the whole comparison with `--ignored`.
//! The constants of the test were chosen with these months in view, so the bank guards against getting worse; the made
//! centers and single queues say how it does elsewhere.
//! Data: "Anonymous Bank call-center data, I. Guedj and A. Mandelbaum, Technion".
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test, and it prints a table"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a day and counts of calls"
)]

#[path = "score/center.rs"]
mod center;
#[path = "score/made.rs"]
mod made;
#[path = "score/rules.rs"]
mod rules;
#[path = "score/score.rs"]
mod score;

use std::io::Read as _;
use std::ops::Range;
use std::path::PathBuf;

use center::Center;
use floorwatch::model::{Span, Time};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use made::Made;
use rules::{Ours, Window, learnt};
use score::{Rule, Score, delays, stands};

/// March to May, as days since 1 January.
const JUDGED: Range<usize> = 59..151;
const FACTORS: [f64; 4] = [2.0, 2.5, 3.0, 5.0];

fn bank() -> Option<Vec<(String, Time)>> {
    let root = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let Some(dir) = Some(root.join("bank1999")).filter(|dir| dir.is_dir()) else {
        println!("skipped: bank1999 is not here");
        return None;
    };
    let zone = TimeZone::get("Asia/Jerusalem").unwrap();
    let mut calls = Vec::new();
    for month in 1..=5 {
        let file = std::fs::File::open(dir.join(format!("1999-{month:02}.csv.gz"))).unwrap();
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
        for line in text.lines().skip(1) {
            let mut fields = line.split(',').skip(1);
            let queue = fields.next().unwrap().to_owned();
            let joined: DateTime = fields.nth(1).unwrap().parse().unwrap();
            calls.push((queue, Time::from_jiff(joined.to_zoned(zone.clone()).unwrap().timestamp())));
        }
    }
    Some(calls)
}

/// The bank, or a part of it as a center of its own.
fn center(calls: &[(String, Time)], closed_days: bool, wanted: impl Fn(&str) -> bool) -> Center {
    let calls: Vec<Time> = calls.iter().filter(|(queue, _)| wanted(queue)).map(|(_, at)| *at).collect();
    let zone = TimeZone::get("Asia/Jerusalem").unwrap();
    Center::new(zone, jiff::civil::date(1999, 1, 1), JUDGED.end, &calls, closed_days)
}

fn show(name: &str, score: &Score) {
    let unconfirmed = score.unconfirmed.len();
    print!(
        "{name:24} {:5.2} alarms a day, unconfirmed {unconfirmed:4} ({:.3} a day), written-rule episodes {} of {}",
        score.alarms.len() as f64 / score.days as f64,
        unconfirmed as f64 / score.days as f64,
        score.episodes - score.missed.len(),
        score.episodes
    );
    for ((factor, delays), bound) in FACTORS.iter().zip(&score.delays).zip(&score.bound) {
        let at = |share: usize| delays[delays.len() * share / 100];
        print!(" | {factor}×: {:.1}, 90 % {:.1} (bound {bound:.1})", at(50), at(90));
    }
    println!();
}

fn scored<R: Rule>(name: &str, center: &Center, rule: &R, judged: Range<usize>, steps: usize) -> Score {
    let mut score = stands(center, rule.clone(), judged.clone());
    if steps > 0 {
        delays(center, rule, judged, &FACTORS, steps, &mut score);
    }
    show(name, &score);
    score
}

fn ours(name: &str, center: &Center, judged: Range<usize>, share: f64, steps: usize) -> Score {
    let (curves, spreads) = learnt(center);
    scored(name, center, &Ours::new(&curves, &spreads, share), judged, steps)
}

#[test]
fn alarms_over_three_months() {
    let Some(calls) = bank() else { return };
    for closed_days in [false, true] {
        let all = center(&calls, closed_days, |_| true);
        let score = ours("all", &all, JUDGED, 1.0, 0);
        assert!(score.missed.is_empty(), "{:?}", score.missed);
        assert!(score.unconfirmed.len() as f64 <= 0.06 * score.days as f64, "{:?}", score.unconfirmed);
        // The evening of 23 May, against the judge's written rule.
        let day = (jiff::civil::date(1999, 5, 23) - jiff::civil::date(1999, 1, 1)).get_days() as usize;
        let evening = all.starts[day] + Span::from_secs(17 * 3600);
        let found = score.alarms.iter().find(|a| a.raised_at >= evening && a.day == day).unwrap().raised_at;
        let rule = all.written(day).into_iter().find(|(from, _)| *from >= evening).unwrap().0;
        println!("    23 May: {} s before the written rule", (rule - found).whole_secs());
        assert!(rule - found >= Span::from_secs(120), "{found} {rule}");
    }
    for queue in ["NW", "IN", "TT", "PE"] {
        let score = ours(queue, &center(&calls, false, |q| q == queue), JUDGED, 1.0 / 6.0, 0);
        assert!(score.missed.is_empty(), "{queue}: {:?}", score.missed);
        assert!(score.unconfirmed.len() <= 3, "{queue}: one a month at most");
    }
}

#[test]
fn delays_of_injected_steps() {
    let Some(calls) = bank() else { return };
    // A part of the steps of the comparison: enough for a median, and soon done.
    let all = center(&calls, false, |_| true);
    let (curves, spreads) = learnt(&all);
    let mut score = Score { days: JUDGED.len(), ..Score::default() };
    delays(&all, &Ours::new(&curves, &spreads, 1.0), JUDGED, &FACTORS, 80, &mut score);
    show("all", &score);
    for (limit, delays) in [60.0, 12.0, 6.5, 2.6].into_iter().zip(&score.delays) {
        assert!(delays[40] <= limit, "{} > {limit}", delays[40]);
    }
}

#[test]
fn a_large_center_that_wanders_is_not_taken_for_a_surge() {
    let made = Made { rate: 20.0, day: 0.15, wander: 0.15, zone: "America/New_York" };
    let score = ours("20 a minute", &made.center(120, 3), 85..120, 1.0, 0);
    assert!(score.missed.is_empty());
    assert!(score.unconfirmed.len() <= 3, "three a month at most: {:?}", score.unconfirmed);
}

/// Every rule side by side, and ours elsewhere: `cargo test --test surge_bank -- --ignored --nocapture`.
#[test]
#[ignore = "minutes; prints the comparison"]
fn comparison() {
    if let Some(calls) = bank() {
        let all = center(&calls, false, |_| true);
        let (curves, spreads) = learnt(&all);
        for minutes in [5, 15, 30] {
            scored(&format!("twice over {minutes} min"), &all, &Window::bare(&curves, minutes), JUDGED, 200);
        }
        scored("guarded", &all, &Window::guarded(&curves), JUDGED, 200);
        scored("ours", &all, &Ours::new(&curves, &spreads, 1.0), JUDGED, 200);
        for (month, days) in [("February", 31..59), ("March", 59..90), ("April", 90..120), ("May", 120..151)] {
            ours(month, &all, days, 1.0, 100);
        }
        for queue in ["PS", "NW", "NE", "TT"] {
            ours(queue, &center(&calls, false, |q| q == queue), JUDGED, 1.0, 60);
        }
    }
    for (rate, day, wander, zone) in [
        (0.2, 0.0, 0.0, "Asia/Shanghai"),
        (1.5, 0.0, 0.0, "Asia/Shanghai"),
        (1.5, 0.15, 0.15, "Europe/Berlin"),
        (1.5, 0.3, 0.3, "America/New_York"),
        (6.0, 0.15, 0.15, "Asia/Shanghai"),
        (20.0, 0.1, 0.1, "Australia/Sydney"),
        (20.0, 0.2, 0.25, "Asia/Shanghai"),
        (200.0, 0.1, 0.1, "Asia/Shanghai"),
    ] {
        let made = Made { rate, day, wander, zone };
        let days = if rate > 100.0 { 60..75 } else { 60..150 };
        ours(&format!("{rate} a minute, {day}, {wander}"), &made.center(days.end, 7), days, 1.0, 40);
    }
}
