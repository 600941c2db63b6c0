//! Centers made for the test: a day's shape, its level, hours that wander about it.

use floorwatch::model::{Span, Time};
use jiff::tz::TimeZone;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::center::Center;

/// What sort of center.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Calls a minute in the busiest hour.
    pub(crate) rate: f64,
    /// Spread of a day's level, and of the wandering within it.
    pub(crate) day: f64,
    pub(crate) wander: f64,
    pub(crate) zone: &'static str,
}

impl Made {
    pub(crate) fn center(self, days: usize, seed: u64) -> Center {
        let zone = TimeZone::get(self.zone).unwrap();
        let first = jiff::civil::date(2025, 1, 5);
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let mut calls = Vec::new();
        let keep = (-1.0_f64 / 40.0).exp();
        for day in 0..days {
            let date = first + jiff::Span::new().days(i64::try_from(day).unwrap());
            let start = Time::from_jiff(date.to_zoned(zone.clone()).unwrap().timestamp());
            let weekday = [1.1, 1.0, 0.95, 0.95, 1.05, 0.6, 0.4][day % 7];
            let level = (self.day * normal(&mut rng)).exp();
            let mut wander = 0.0;
            for minute in 0..1440 {
                wander = keep * wander + (1.0 - keep * keep).sqrt() * normal(&mut rng);
                let rate = self.rate * shape(f64::from(minute) / 60.0) * weekday * level * (self.wander * wander).exp();
                let mut at = f64::from(minute) * 60.0;
                loop {
                    at += -(1.0 - rng.random::<f64>()).ln() / rate * 60.0;
                    if at >= f64::from(minute + 1) * 60.0 {
                        break;
                    }
                    calls.push(start + Span::from_secs_f64(at));
                }
            }
        }
        Center::new(zone, first, days, &calls, false)
    }
}

/// Open from seven to midnight, sharply; two humps.
fn shape(hour: f64) -> f64 {
    if hour < 7.0 {
        return 0.03;
    }
    0.4 + 0.6 * ((-(hour - 11.0).powi(2) / 8.0).exp() + 0.7 * (-(hour - 17.0).powi(2) / 18.0).exp())
}

fn normal(rng: &mut Pcg64Mcg) -> f64 {
    let (a, b): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}
