//! A center's past, and a judge who knows it: an independent usual, what confirms an alarm, what the written rule must
//! find.

use floorwatch::metrics::Scope;
use floorwatch::model::{Span, Time};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

/// The calls of one scope, day by day, with the judge's usual.
pub(crate) struct Center {
    pub(crate) zone: TimeZone,
    pub(crate) first: Date,
    /// By day: instants, ascending.
    pub(crate) days: Vec<Vec<Time>>,
    /// First instant of each day, and of the day after the last.
    pub(crate) starts: Vec<Time>,
    /// By day: the judge's usual, as running totals by local minute.
    judge: Vec<Vec<f64>>,
}

impl Center {
    /// From calls in any order. `closed_days`: whether a date without any call is an earlier weekday to the judge.
    pub(crate) fn new(zone: TimeZone, first: Date, count: usize, calls: &[Time], closed_days: bool) -> Self {
        let mut days = vec![Vec::new(); count];
        for at in calls {
            let date = zone.to_datetime(at.to_jiff()).date();
            if let Ok(day) = usize::try_from((date - first).get_days())
                && day < count
            {
                days[day].push(*at);
            }
        }
        for day in &mut days {
            day.sort();
        }
        let start = |day: usize| {
            let date = first + jiff::Span::new().days(i64::try_from(day).unwrap());
            Time::from_jiff(date.to_zoned(zone.clone()).unwrap().timestamp())
        };
        let starts = (0..=count).map(start).collect();
        let seen: Vec<bool> = days.iter().map(|d| closed_days || !d.is_empty()).collect();
        let judge = judge(&days, &seen, &zone);
        Self { zone, first, days, starts, judge }
    }

    pub(crate) fn date(&self, day: usize) -> Date {
        self.first + jiff::Span::new().days(i64::try_from(day).unwrap())
    }

    pub(crate) const fn scope() -> Scope {
        Scope::All
    }

    /// Calls in the 30 minutes up to `at`, and the judge's usual of them.
    fn judged(&self, day: usize, at: Time) -> (f64, f64) {
        let calls = &self.days[day];
        let from = at - Span::from_secs(1800);
        let n = calls.partition_point(|t| *t <= at) - calls.partition_point(|t| *t <= from);
        let total = |t: Time| {
            let minutes = f64::from(local_second(t, &self.zone)) / 60.0;
            let totals = &self.judge[day];
            let i = minutes as usize;
            totals[i] + (totals[i + 1] - totals[i]) * (minutes - minutes.floor())
        };
        (n as f64, (total(at) - total(from)).max(0.0))
    }

    /// Never 1.9 × over any 30 minutes from 10 before to 30 after.
    pub(crate) fn unconfirmed(&self, day: usize, raised_at: Time) -> bool {
        (-60..=180).all(|step| {
            let (calls, usual) = self.judged(day, raised_at + Span::from_secs(10 * step));
            calls < 1.9 * usual
        })
    }

    /// Spans at 2.2 × or more over 30 sliding minutes with 20 calls or more: first and last instant.
    pub(crate) fn written(&self, day: usize) -> Vec<(Time, Time)> {
        let mut found: Vec<(Time, Time)> = Vec::new();
        let mut open = false;
        for step in 180..8640 {
            let at = self.starts[day] + Span::from_secs(10 * step);
            if at >= self.starts[day + 1] {
                break;
            }
            let (calls, usual) = self.judged(day, at);
            let hit = calls >= 20.0 && calls >= 2.2 * usual;
            match (hit, open) {
                (true, true) => found.last_mut().unwrap().1 = at,
                (true, false) => found.push((at, at)),
                _ => {}
            }
            open = hit;
        }
        found
    }

    /// The mean calls of a local hour over the last six same weekdays.
    fn hour_mean(&self, day: usize, hour: i32) -> f64 {
        let of = |d: usize| self.days[d].iter().filter(|t| local_second(**t, &self.zone) / 3600 == hour).count();
        let days: Vec<usize> = (1..=6).filter_map(|k| day.checked_sub(7 * k)).collect();
        days.iter().map(|d| of(*d)).sum::<usize>() as f64 / days.len().max(1) as f64
    }

    /// A step: Sunday to Thursday, from 8 to 20 h, on a day that has calls.
    pub(crate) fn step(&self, days: std::ops::Range<usize>, rng: &mut Pcg64Mcg) -> Step {
        loop {
            let day = rng.random_range(days.clone());
            let start = self.starts[day] + Span::from_secs_f64(rng.random_range(8.0..20.0) * 3600.0);
            let seed = rng.random();
            let off = matches!(self.date(day).weekday(), Weekday::Friday | Weekday::Saturday);
            if !off {
                let hour = local_second(start, &self.zone) / 3600;
                let means = [self.hour_mean(day, hour), self.hour_mean(day, hour + 1)];
                return Step { day, start, seed, hour, means };
            }
        }
    }

    /// Extra Poisson arrivals of (factor − 1) × the mean of the hour, for one hour.
    pub(crate) fn extra(&self, step: &Step, factor: f64) -> Vec<Time> {
        let mut rng = Pcg64Mcg::seed_from_u64(step.seed);
        let mut found = Vec::new();
        let mut at = step.start;
        loop {
            let later = local_second(at, &self.zone) / 3600 != step.hour;
            let rate = (factor - 1.0) * step.means[usize::from(later)] / 3600.0;
            if rate <= 0.0 {
                return found;
            }
            let u: f64 = rng.random();
            at = at + Span::from_secs_f64(-(1.0 - u).ln() / rate);
            if at >= step.start + Span::from_secs(3600) {
                return found;
            }
            found.push(at);
        }
    }
}

/// A step of one hour.
pub(crate) struct Step {
    pub(crate) day: usize,
    pub(crate) start: Time,
    seed: u64,
    hour: i32,
    /// Usual calls of the hour it begins in and of the next.
    pub(crate) means: [f64; 2],
}

fn local_second(at: Time, zone: &TimeZone) -> i32 {
    let time = zone.to_datetime(at.to_jiff()).time();
    i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second())
}

/// Median of up to 8 earlier same weekdays, 15-minute bins smoothed 1-2-1, interpolated: running totals by minute.
fn judge(days: &[Vec<Time>], seen: &[bool], zone: &TimeZone) -> Vec<Vec<f64>> {
    let bins: Vec<[f64; 96]> = days
        .iter()
        .map(|calls| {
            let mut bins = [0.0; 96];
            for t in calls {
                bins[local_second(*t, zone) as usize / 900] += 1.0;
            }
            bins
        })
        .collect();
    let median = |day: usize, bin: usize| {
        let earlier = (1..=8).filter_map(|k| day.checked_sub(7 * k)).filter(|d| seen[*d]);
        let mut values: Vec<f64> = earlier.map(|d| bins[d][bin]).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        if n == 0 { 0.0 } else { f64::midpoint(values[(n - 1) / 2], values[n / 2]) }
    };
    (0..days.len())
        .map(|day| {
            let m: Vec<f64> = (0..96).map(|bin| median(day, bin)).collect();
            let at = |i: usize| (m[i.saturating_sub(1)] + 2.0 * m[i] + m[(i + 1).min(95)]) / 4.0;
            let mut totals = vec![0.0];
            for minute in 0..1440 {
                let place = ((f64::from(minute) + 0.5) / 15.0 - 0.5).clamp(0.0, 95.0);
                let left = place as usize;
                let rate = at(left) + (at((left + 1).min(95)) - at(left)) * (place - left as f64);
                totals.push(totals[totals.len() - 1] + rate / 15.0);
            }
            totals
        })
        .collect()
}
