//! The forecast of the rest of the day: what it says of days made by hand, of days drawn by chance, and of a real bank's.
//! Data: "Anonymous Bank call-center data, I. Guedj and A. Mandelbaum, Technion".
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test, and it prints a table"
)]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a day and counts of calls")]

use std::io::Read as _;
use std::path::PathBuf;

use floorwatch::config::UsualProfile;
use floorwatch::metrics::Scope;
use floorwatch::model::{Span, Time};
use floorwatch::usual::forecast::{Day, Forecast, STEP_S, forecast};
use floorwatch::usual::{Calendar, History, Usual};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rand::SeedableRng as _;

const START: i64 = 1_000_000_200;

fn at(hours: f64) -> Time {
    Time::from_secs(START) + Span::from_secs_f64(hours * 3600.0)
}

/// Open from 8 to 20 h, so many calls a step.
fn office(calls: f32) -> Vec<f32> {
    (0..288).map(|s| if (96..240).contains(&s) { calls } else { 0.0 }).collect()
}

fn of(calls: &[u32], blind: &[bool], usual: &[f32], hours: f64) -> Option<Forecast> {
    let steps = ((hours * 12.0) as usize + 1).min(calls.len());
    forecast(&Day { start: Time::from_secs(START), calls: &calls[..steps], blind, usual, now: at(hours) })
}

fn near(a: f64, b: f64, by: f64) -> bool {
    (a - b).abs() <= by
}

#[test]
fn a_day_as_usual_is_forecast_as_usual() {
    let usual = office(10.0);
    let calls: Vec<u32> = usual.iter().map(|u| *u as u32).collect();
    for hours in [0.0, 6.5, 8.0, 11.0, 14.25, 19.9, 23.9] {
        let f = of(&calls, &[], &usual, hours).unwrap();
        // The running step is a part of a step: what came in it stands beside the rest of it.
        assert!(near(f.total, 1440.0, 10.0), "{hours}: {f:?}");
        assert!(near(f.level, 1.0, 0.03), "{hours}: {}", f.level);
        assert!(f.low <= f.total && f.total <= f.high && f.low >= f.offered, "{hours}");
        assert_eq!(f.halves.len(), 48);
        assert_eq!(f.errors.inside, f.errors.halves);
    }
    let f = of(&calls, &[], &usual, 14.0).unwrap();
    assert_eq!((f.errors.halves, f.errors.wape, f.errors.mape), (12, Some(0.0), Some(0.0)));
    assert!(near(f.offered, 730.0, 0.0) && near(f.usual_so_far, 720.0, 0.01));
    let ahead: Vec<_> = f.ahead().map(|h| (h.from, h.expected > 0.0)).collect();
    assert_eq!((ahead.len(), ahead[0]), (20, (at(14.0), true)));
}

#[test]
fn a_day_that_runs_high_is_forecast_high_and_says_so() {
    let usual = office(10.0);
    let calls: Vec<u32> = usual.iter().map(|u| (*u * 1.3) as u32).collect();
    let f = of(&calls, &[], &usual, 14.0).unwrap();
    assert!(near(f.level, 1.27, 0.04), "{}", f.level);
    assert!(near(f.total, 1440.0 * 1.29, 30.0), "{}", f.total);
    // The level is bounded: no surge is taken for the rest of the day.
    let mad: Vec<u32> = usual.iter().map(|u| *u as u32 * 9).collect();
    assert!(near(of(&mad, &[], &usual, 14.0).unwrap().level, 2.0, 1e-9));
    let none = vec![0; 288];
    assert!(near(of(&none, &[], &usual, 14.0).unwrap().level, 0.5, 1e-9));
}

#[test]
fn missing_time_is_neither_zero_nor_an_error() {
    let usual = office(10.0);
    let mut calls: Vec<u32> = usual.iter().map(|u| *u as u32).collect();
    let mut blind = vec![false; 288];
    for step in 96..132 {
        (calls[step], blind[step]) = (0, true);
    }
    let f = of(&calls, &blind, &usual, 14.0).unwrap();
    assert!(near(f.level, 1.0, 0.01) && near(f.usual_so_far, 360.0, 0.01), "{f:?}");
    assert_eq!((f.errors.halves, f.errors.wape), (6, Some(0.0)));
    assert!(near(f.total, 370.0 + 720.0, 12.0), "{}", f.total);
    assert!(of(&calls, &[], &usual, 14.0).unwrap().errors.wape > Some(0.3), "without knowing, it is an error");
}

#[test]
fn without_a_usual_there_is_no_forecast() {
    assert_eq!(of(&[5; 288], &[], &[], 12.0), None);
    assert_eq!(of(&[5; 288], &[], &[0.0; 288], 12.0), None);
    assert!(of(&[], &[], &office(1.0), 0.0).is_some());
}

fn poisson(mean: f64, random: &mut rand_pcg::Pcg64) -> u32 {
    let (mut left, mut n) = (mean, 0);
    loop {
        left += random.random::<f64>().max(1e-300).ln();
        if left < 0.0 {
            return n;
        }
        n += 1;
    }
}

/// Days whose level is drawn once and whose half-hours are more uneven than chance: eight of ten end in the band.
#[test]
fn eight_of_ten_end_in_the_band() {
    let mut random = rand_pcg::Pcg64::seed_from_u64(5);
    for (mean, level_sd, uneven) in [(10.0, 0.0, 0.0), (10.0, 0.1, 0.15), (2.0, 0.1, 0.1), (60.0, 0.08, 0.1)] {
        let usual = office(mean);
        let (mut halves, mut days, mut n, mut m) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..150 {
            let spread = |random: &mut rand_pcg::Pcg64, sd: f64| 1.0 + sd * 3.46 * (random.random::<f64>() - 0.5);
            let level = spread(&mut random, level_sd);
            let mut factor = 1.0;
            let calls: Vec<u32> = (0..288)
                .map(|s| {
                    if s % 6 == 0 {
                        factor = spread(&mut random, uneven);
                    }
                    poisson(f64::from(usual[s]) * level * factor, &mut random)
                })
                .collect();
            let total: f64 = calls.iter().map(|c| f64::from(*c)).sum();
            let f = of(&calls, &[], &usual, 13.0).unwrap();
            days += f64::from(u8::from((f.low..=f.high).contains(&total)));
            m += 1.0;
            let end = of(&calls, &[], &usual, 23.0).unwrap().errors;
            halves += f64::from(end.inside);
            n += f64::from(end.halves);
        }
        println!("mean {mean} level {level_sd} uneven {uneven}: halves {:.2} days {:.2}", halves / n, days / m);
        assert!((0.74..=0.93).contains(&(halves / n)), "{mean}: halves {}", halves / n);
        assert!((0.74..=1.0).contains(&(days / m)), "{mean}: days {}", days / m);
    }
}

proptest! {
    #[test]
    fn nothing_breaks_it(
        calls in prop::collection::vec(0u32..=u32::MAX, 0..320),
        usual in prop::collection::vec(prop_oneof![Just(f32::NAN), Just(-1.0), Just(0.0), Just(f32::MAX), 0.0f32..100.0], 0..320),
        blind in prop::collection::vec(any::<bool>(), 0..320),
        second in -100_000i64..200_000,
    ) {
        let start = Time::from_secs(START);
        let day = Day { start, calls: &calls, blind: &blind, usual: &usual, now: start + Span::from_secs(second) };
        if let Some(f) = forecast(&day) {
            for n in [f.total, f.low, f.high, f.level, f.dispersion, f.offered] {
                prop_assert!(n.is_finite() && n >= 0.0, "{f:?}");
            }
            prop_assert!(f.low <= f.total + 1e-6 && f.total <= f.high + 1e-6);
            for h in &f.halves {
                prop_assert!(h.low.is_finite() && h.low <= h.high && h.expected.is_finite(), "{h:?}");
            }
        }
    }
}

fn joins(month: &str) -> Option<Vec<(Date, usize)>> {
    let root = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = std::fs::File::open(root.join(format!("bank1999/1999-{month}.csv.gz"))).ok()?;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let head: Vec<&str> = text.lines().next()?.split(',').collect();
    let at = head.iter().position(|h| *h == "joined_at")?;
    let join = |row: &str| {
        let local: jiff::civil::DateTime = row.split(',').nth(at)?.parse().ok()?;
        Some((local.date(), usize::try_from(i32::from(local.hour()) * 12 + i32::from(local.minute()) / 5).ok()?))
    };
    Some(text.lines().skip(1).filter_map(join).collect())
}

/// March to May of a bank, each day learnt from the weeks before: half-hours within their band, and how far off, beside the
/// plain usual.
#[test]
fn a_bank_is_forecast_better_than_by_its_usual_alone() {
    let months: Option<Vec<_>> = ["01", "02", "03", "04", "05"].into_iter().map(joins).collect();
    let Some(months) = months else {
        println!("skipped: no tables of the bank");
        return;
    };
    let mut days = vec![vec![0u32; 288]; 151];
    for (day, step) in months.into_iter().flatten() {
        let number = usize::try_from(i32::from(day.day_of_year()) - 1).unwrap();
        days[number][step] += 1;
    }
    let zone = TimeZone::UTC;
    let mut history = History::new(zone.clone(), Calendar::default(), 3);
    for (number, day) in days.iter().enumerate() {
        let date = date(1999, 1, 1) + jiff::Span::new().days(i64::try_from(number).unwrap());
        for (step, calls) in day.iter().enumerate() {
            history.add(&Scope::All, date, step * 5, *calls);
        }
    }
    let usual = Usual::learnt(&UsualProfile::default(), history, zone.clone());
    let hours = [9.0, 11.0, 13.0, 16.0, 19.0];
    let (mut in_band, mut off, mut plain, mut all) = ([0.0; 5], [0.0; 5], [0.0; 5], 0.0);
    let (mut halves, mut inside, mut half_off, mut half_plain, mut came) = (0, 0, 0.0, 0.0, 0.0);
    let (mut rest_sum, mut n) = ([0.0; 5], 0.0);
    for (number, calls) in days.iter().enumerate().skip(59) {
        let date = date(1999, 1, 1) + jiff::Span::new().days(i64::try_from(number).unwrap());
        let Some(curve) = usual.day(&Scope::All, date) else { continue };
        let start = curve.start();
        let step = Span::from_secs(STEP_S);
        let steps: Vec<f32> = (0..288i64)
            .map(|s| {
                let from = start + Span::from_secs(s * STEP_S);
                curve.expected(from, from + step) as f32
            })
            .collect();
        let total: f64 = calls.iter().map(|c| f64::from(*c)).sum();
        n += 1.0;
        all += total;
        for (at, hour) in hours.iter().enumerate() {
            let now = (hour * 12.0) as usize;
            let day = Day {
                start,
                calls: &calls[..now],
                blind: &[],
                usual: &steps,
                now: start + Span::from_secs_f64(hour * 3600.0),
            };
            let f = forecast(&day).unwrap();
            in_band[at] += f64::from(u8::from((f.low..=f.high).contains(&total)));
            let rest: f64 = calls[now..].iter().map(|c| f64::from(*c)).sum();
            let usual_rest: f64 = steps[now..].iter().map(|u| f64::from(*u)).sum();
            rest_sum[at] += rest;
            off[at] += (f.total - total).abs();
            plain[at] += (usual_rest - rest).abs();
        }
        let end = Day { start, calls, blind: &[], usual: &steps, now: start + Span::from_secs(86_399) };
        let f = forecast(&end).unwrap();
        halves += f.errors.halves;
        inside += f.errors.inside;
        for h in f.halves.iter().filter(|h| h.usual >= 1.0) {
            let Some(c) = h.came else { continue };
            half_off += (h.expected - c).abs();
            half_plain += (h.usual - c).abs();
            came += c;
        }
    }
    let share = f64::from(inside) / f64::from(halves);
    println!("half-hours: in band {share:.3}, WAPE {:.3}, plain usual {:.3}", half_off / came, half_plain / came);
    for (at, hour) in hours.iter().enumerate() {
        println!(
            "day at {hour}: in band {:.2}, rest off {:.3}, plain usual {:.3}",
            in_band[at] / n,
            off[at] / rest_sum[at],
            plain[at] / rest_sum[at]
        );
    }
    println!("{n} days, {:.0} calls a day", all / n);
    assert!((0.74..=0.88).contains(&share), "{share}");
    assert!(half_off < half_plain * 0.97, "{half_off} {half_plain}");
    for at in 0..5 {
        assert!((0.66..=0.95).contains(&(in_band[at] / n)), "{}: {}", hours[at], in_band[at] / n);
    }
}
