//! How many calls come when: the day's profile, times what disturbs it; drawn as a Poisson process by thinning.

use jiff::tz::TimeZone;

use super::draw::Draw;
use super::scenario::{Disturbance, DisturbanceKind, HALF_HOURS, Scenario};
use crate::model::{Span, Time};

/// Local half-hour of the day (0–47) an instant lies in, and when the next one begins.
pub(super) fn half_hour(at: Time, zone: &TimeZone) -> (usize, Time) {
    let local = zone.to_datetime(at.to_jiff());
    let minute = usize::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
    let into_s = i64::from(local.minute() % 30) * 60 + i64::from(local.second());
    let begun = at.floor_second() - Span::from_secs(into_s);
    ((minute / 30).min(HALF_HOURS - 1), begun + Span::from_secs(1800))
}

/// A disturbance with its places and instants resolved.
#[derive(Clone, Debug)]
struct Trouble {
    kind: DisturbanceKind,
    queue: Option<usize>,
    area: Option<usize>,
    factor: f64,
    /// Begins, stands in full, goes back, is over.
    edges: [Time; 4],
    told: bool,
}

impl Trouble {
    fn new(scenario: &Scenario, d: &Disturbance, start: Time) -> Self {
        let begins = start + Span::from_secs_f64(d.after_s);
        let over = begins + Span::from_secs_f64(d.duration_s);
        Self {
            kind: d.kind,
            queue: d.queue.as_deref().and_then(|q| scenario.queue_at(q)),
            area: d.area.as_deref().and_then(|id| scenario.areas().iter().position(|a| a.id == id)),
            factor: d.factor,
            edges: [begins, begins + Span::from_secs_f64(d.ramp_s), over - Span::from_secs_f64(d.ramp_down_s), over],
            told: d.reason.is_some(),
        }
    }

    fn on(&self, at: Time) -> bool {
        self.edges[0] <= at && at < self.edges[3]
    }

    /// The factor at an instant: linear on the ramps, 1 outside.
    fn factor_at(&self, at: Time) -> f64 {
        let [begins, full, back, over] = self.edges;
        let share = if at < begins || at >= over {
            0.0
        } else if at < full {
            at.since(begins).secs() / full.since(begins).secs()
        } else if at < back {
            1.0
        } else {
            over.since(at).secs() / over.since(back).secs()
        };
        (self.factor - 1.0).mul_add(share, 1.0)
    }

    /// The largest factor within [from, to), between two edges: the ends, and the full factor where a jump lies at `from`.
    fn most(&self, from: Time, to: Time) -> f64 {
        let just_before = to - Span::from_micros(1);
        self.factor_at(from).max(self.factor_at(just_before.max(from)))
    }

    fn hits(&self, queue: usize, area: usize) -> bool {
        self.queue.is_none_or(|q| q == queue) && self.area.is_none_or(|a| a == area)
    }
}

/// A queue and an area, and their share of all usual calls.
#[derive(Clone, Copy, Debug)]
struct Cell {
    queue: usize,
    area: usize,
    share: f64,
}

/// The arrivals of a scenario.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    cells: Vec<Cell>,
    troubles: Vec<Trouble>,
    zone: TimeZone,
    /// Calls a second by local half-hour.
    rates: Vec<f64>,
}

impl Volume {
    pub(super) fn new(scenario: &Scenario, start: Time) -> Self {
        let shares: f64 = scenario.queues().iter().map(|q| q.share).sum();
        let mut cells = Vec::new();
        for (queue, q) in scenario.queues().iter().enumerate() {
            let weight = |id: &str, usual: f64| q.areas.get(id).copied().unwrap_or(usual);
            let weights: f64 = scenario.areas().iter().map(|a| weight(&a.id, a.weight)).sum();
            for (area, a) in scenario.areas().iter().enumerate() {
                let share = q.share / shares * weight(&a.id, a.weight) / weights;
                if share > 0.0 {
                    cells.push(Cell { queue, area, share });
                }
            }
        }
        Self {
            cells,
            troubles: scenario.disturbances().iter().map(|d| Trouble::new(scenario, d, start)).collect(),
            zone: scenario.zone().clone(),
            rates: (0..HALF_HOURS).map(|slot| scenario.usual(slot) / 1800.0).collect(),
        }
    }

    /// The next arrival after `from`, with its queue and area; without them it is only an instant to ask again at.
    pub(super) fn next(&self, from: Time, draw: &mut Draw) -> (Time, Option<(usize, usize)>) {
        let limit = from + Span::from_secs(3600);
        let mut at = from;
        while at < limit {
            let (slot, slot_end) = half_hour(at, &self.zone);
            let usual = self.rates.get(slot).copied().unwrap_or(0.0);
            let end = self.edge_after(at).into_iter().fold(slot_end.min(limit), Time::min);
            let most = usual * self.sum(|t| t.most(at, end));
            let gap = if most > 0.0 { draw.exponential(1.0 / most) } else { Span::from_secs(7200) };
            if at + gap >= end {
                // Without memory: nothing before the rate changes, so begin afresh there.
                at = end;
                continue;
            }
            at = at + gap;
            if draw.unit() * most <= usual * self.sum(|t| t.factor_at(at)) {
                let picked = draw.pick(self.cells.iter().map(|c| c.share * self.factor(c, |t| t.factor_at(at))));
                return (at, self.cells.get(picked).map(|c| (c.queue, c.area)));
            }
        }
        (limit, None)
    }

    /// Calls of the whole site expected a second at this instant, disturbances included.
    #[cfg(test)]
    pub(super) fn rate(&self, at: Time) -> f64 {
        let (slot, _) = half_hour(at, &self.zone);
        self.rates.get(slot).copied().unwrap_or(0.0) * self.sum(|t| t.factor_at(at))
    }

    /// How much longer a talk of this queue is now.
    pub(super) fn talk_factor(&self, queue: usize, at: Time) -> f64 {
        let hit = |t: &&Trouble| t.kind == DisturbanceKind::Talk && t.queue.is_none_or(|q| q == queue);
        self.troubles.iter().filter(hit).map(|t| t.factor_at(at)).product()
    }

    /// The share of channels that are in service now.
    pub(super) fn lines_factor(&self, at: Time) -> f64 {
        self.troubles.iter().filter(|t| t.kind == DisturbanceKind::Lines).map(|t| t.factor_at(at)).product()
    }

    /// Whether the feed is cut now.
    pub(super) fn feed_lost(&self, at: Time) -> bool {
        self.troubles.iter().any(|t| t.kind == DisturbanceKind::FeedLoss && t.on(at))
    }

    /// The disturbance that makes a new call of this place speak of it, if one does: the share of the additional calls.
    pub(super) fn told_by(&self, queue: usize, area: usize, at: Time, draw: &mut Draw) -> Option<usize> {
        let told = |t: &Trouble| t.kind == DisturbanceKind::Volume && t.told && t.on(at) && t.hits(queue, area);
        for (i, t) in self.troubles.iter().enumerate() {
            if told(t) && draw.chance(1.0 - 1.0 / t.factor_at(at).max(1.0)) {
                return Some(i);
            }
        }
        None
    }

    fn edge_after(&self, at: Time) -> Option<Time> {
        self.troubles.iter().flat_map(|t| t.edges).filter(|e| *e > at).min()
    }

    fn factor(&self, c: &Cell, of: impl Fn(&Trouble) -> f64) -> f64 {
        let hit = |t: &&Trouble| t.kind == DisturbanceKind::Volume && t.hits(c.queue, c.area);
        self.troubles.iter().filter(hit).map(of).product()
    }

    fn sum(&self, of: impl Fn(&Trouble) -> f64 + Copy) -> f64 {
        self.cells.iter().map(|c| c.share * self.factor(c, of)).sum()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;

    fn start() -> Time {
        Time::from_secs(1_779_249_000)
    }

    fn volume(name: &str) -> Volume {
        Volume::new(&Scenario::open(name).unwrap().placed(start(), TimeZone::UTC), start())
    }

    #[test]
    fn half_hours_are_local_and_end_where_the_next_begins() {
        let kathmandu = TimeZone::fixed(jiff::tz::Offset::from_seconds(20_700).unwrap());
        let at = Time::parse("2026-05-20T18:20:07.5Z").unwrap(); // 00:05:07 there
        let (slot, end) = half_hour(at, &kathmandu);
        assert_eq!((slot, end.rfc3339().as_str()), (0, "2026-05-20T18:45:00Z"));
        let (slot, _) = half_hour(end, &kathmandu);
        assert_eq!(slot, 1);
    }

    #[test]
    fn a_disturbance_grows_stands_and_goes() {
        let surge = volume("surge");
        let at = |s: i64| surge.rate(start() + Span::from_secs(s)) / surge.rate(start());
        assert!((at(4) - 1.0).abs() < 1e-9);
        assert!(at(9) > 1.5 && at(9) < at(13));
        assert!(at(60) > 4.0);
        assert!(at(1400) < at(60));
        assert!((at(2000) / surge.rate(start() + Span::from_secs(1999)) * surge.rate(start()) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn as_many_arrive_as_are_expected() {
        for (name, until) in [("calm", 3600), ("surge", 600)] {
            let volume = volume(name);
            let mut draw = Draw::new(9, 1);
            let expected: f64 =
                (0..until * 10).map(|i| volume.rate(start() + Span::from_micros(i * 100_000)) / 10.0).sum();
            let (mut at, mut n) = (start(), 0.0);
            loop {
                let (next, place) = volume.next(at, &mut draw);
                if next >= start() + Span::from_secs(until) {
                    break;
                }
                at = next;
                n += if place.is_some() { 1.0 } else { 0.0 };
            }
            assert!((n - expected).abs() < 4.0 * f64::sqrt(expected), "{name}: {n} of {expected}");
        }
    }
}
