//! The queue with impatient callers in steady state: Erlang A (C. Palm, 1946; M/M/n+M).
//!
//! Method: the density of the wait a caller of endless patience would meet is, beyond 0, proportional to
//! g(x) = exp(λ(1 − e^(−θx))/θ − nμx) (Baccelli and Hebuterne, 1981; Zeltyn and Mandelbaum, 2005). All figures are integrals of
//! g over parts of the line; g is log-concave, so each is taken by Gauss–Legendre over the part where g is not negligible,
//! with its peak scaled to 1: nothing overflows, whatever the load. θ = 0 is Erlang C.

use super::erlang::{erlang_b, tame};

/// Exponent below the peak at which g is negligible.
const NEGLIGIBLE: f64 = 42.0;
/// Even pieces each integral is cut into, beside the places where the curve bends.
const PIECES: u32 = 24;

/// A pool in steady state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steady {
    lambda: f64,
    theta: f64,
    /// nμ: calls a second when everybody is busy.
    service: f64,
    /// The peak of the exponent, and where it is.
    peak: f64,
    summit: f64,
    /// Density of g is this times g, peak scaled.
    scale: f64,
    /// Probability of waiting.
    wait: f64,
    agents: u32,
}

/// Shares of all callers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Within {
    /// Answered with a wait ≤ T.
    pub(super) answered: f64,
    /// Gave up with a wait ≤ T.
    pub(super) abandoned: f64,
}

impl Steady {
    /// `lambda` calls a second, handle time `handle_s`, mean patience `patience_s` (`None`: endless). `None` where there is no
    /// steady state (endless patience, and no more agents than load), no load, no agents.
    pub(super) fn new(agents: u32, lambda: f64, handle_s: f64, patience_s: Option<f64>) -> Option<Self> {
        // Beyond these bounds no center is; within them no rounding matters.
        let (lambda, handle_s) = (tame(lambda).min(1e6), tame(handle_s).min(1e7));
        let theta = patience_s.map_or(0.0, |p| 1.0 / tame(p).clamp(1e-3, 1e9));
        let load = lambda * handle_s;
        if agents == 0 || load <= 0.0 {
            return None;
        }
        let service = f64::from(agents) / handle_s;
        if theta <= 0.0 && lambda >= service {
            return None;
        }
        let summit = if theta > 0.0 { (lambda / service).ln().max(0.0) / theta } else { 0.0 };
        let mut steady = Self { lambda, theta, service, peak: 0.0, summit, scale: 0.0, wait: 0.0, agents };
        steady.peak = steady.exponent(summit);
        // π(n−1) = 1 ÷ (ε + λJ), ε = 1 ÷ B(n−1); both parts multiplied by e^(−peak).
        let waits = lambda * steady.integral(0.0, f64::INFINITY, |_| 1.0);
        let epsilon = (-steady.peak).exp() / erlang_b(agents - 1, load);
        let all = epsilon + waits;
        if all.is_finite() && all > 0.0 {
            steady.scale = lambda / all;
            steady.wait = (waits / all).clamp(0.0, 1.0);
        }
        Some(steady)
    }

    /// Probability of waiting.
    pub(super) const fn wait(&self) -> f64 {
        self.wait
    }

    /// Share who give up.
    pub(super) fn abandons(&self) -> f64 {
        if self.theta <= 0.0 {
            return 0.0;
        }
        // Who meets the wait x gives up before with probability 1 − e^(−θx).
        let theta = self.theta;
        (self.scale * self.integral(0.0, f64::INFINITY, |x| -(-theta * x).exp_m1())).clamp(0.0, self.wait)
    }

    /// Share answered, and given up, within `t` seconds of waiting.
    pub(super) fn within(&self, t: f64) -> Within {
        let t = tame(t);
        let theta = self.theta;
        let served = self.scale * self.integral(0.0, t, |x| (-theta * x).exp());
        let answered = (1.0 - self.wait + served).clamp(0.0, 1.0);
        let gone = self.scale * self.integral(0.0, t, |x| -(-theta * x).exp_m1());
        let still = self.scale * self.integral(t, f64::INFINITY, |_| 1.0) * -(-theta * t).exp_m1();
        Within { answered, abandoned: (gone + still).clamp(0.0, 1.0 - answered) }
    }

    /// Σ wait of answered ÷ answered.
    pub(super) fn asa(&self) -> f64 {
        let theta = self.theta;
        let waited = self.scale * self.integral(0.0, f64::INFINITY, |x| x * (-theta * x).exp());
        let answered = 1.0 - self.abandons();
        if answered > 0.0 { waited / answered } else { 0.0 }
    }

    /// Share of the agents' time on calls.
    pub(super) fn occupancy(&self) -> f64 {
        (self.lambda * (1.0 - self.abandons()) / self.service).clamp(0.0, 1.0)
    }

    /// Mean number waiting (Little: λ × mean wait of all).
    pub(super) fn queue(&self) -> f64 {
        if self.theta > 0.0 { self.lambda * self.abandons() / self.theta } else { self.lambda * self.asa() }
    }

    pub(super) const fn agents(&self) -> u32 {
        self.agents
    }

    /// λ(1 − e^(−θx))/θ − nμx
    fn exponent(&self, x: f64) -> f64 {
        let arrivals = if self.theta * x < 1e-12 { x } else { -(-self.theta * x).exp_m1() / self.theta };
        self.lambda * arrivals - self.service * x
    }

    /// ∫ f(x) g(x) e^(−peak) dx over [from, to].
    fn integral(&self, from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
        let (low, high) = (self.edge(from, -1.0), self.edge(to, 1.0));
        if low >= high {
            return 0.0;
        }
        // Cut evenly, at the peak, where the curve turns, and finely near 0, where patience bends it.
        let width = (high - low) / f64::from(PIECES);
        let even = (1..PIECES).map(|i| low + width * f64::from(i));
        let bends = (-3..=6).filter(|_| self.theta > 0.0).map(|k| 2f64.powi(k) / self.theta);
        let mut cuts: Vec<f64> =
            even.chain(bends).chain([self.summit, high]).filter(|c| *c > low && *c <= high).collect();
        cuts.sort_by(f64::total_cmp);
        // At the peak 1, and by no rounding error more.
        let g = |x: f64| f(x) * (self.exponent(x) - self.peak).min(0.0).exp();
        let mut from = low;
        cuts.into_iter().map(|to| gauss(std::mem::replace(&mut from, to), to, &g)).sum()
    }

    /// `limit`, or the place beyond the summit in `direction` where g is negligible, if that is nearer.
    fn edge(&self, limit: f64, direction: f64) -> f64 {
        let gone = |x: f64| self.exponent(x) - self.peak < -NEGLIGIBLE;
        let mut step = 1e-9 + self.summit * 1e-12;
        let mut out = self.summit;
        while !gone(out) {
            out = self.summit + direction * step;
            step *= 2.0;
            if (direction < 0.0 && out <= 0.0) || step > 1e15 {
                break;
            }
        }
        let (mut near, mut far) = (self.summit + direction * step / 4.0, out);
        for _ in 0..40 {
            let middle = f64::midpoint(near, far);
            if gone(middle) {
                far = middle;
            } else {
                near = middle;
            }
        }
        if direction < 0.0 { far.max(0.0).max(limit) } else { far.min(limit) }
    }
}

/// Ten-point Gauss–Legendre over [from, to]: abscissas and weights on [−1, 1], symmetric.
fn gauss(from: f64, to: f64, f: &impl Fn(f64) -> f64) -> f64 {
    const RULE: [(f64, f64); 5] = [
        (0.148_874_338_981_631_22, 0.295_524_224_714_752_87),
        (0.433_395_394_129_247_2, 0.269_266_719_309_996_35),
        (0.679_409_568_299_024_4, 0.219_086_362_515_982_04),
        (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
        (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
    ];
    let (half, middle) = ((to - from) / 2.0, f64::midpoint(from, to));
    RULE.iter().map(|(x, w)| w * (f(middle - half * x) + f(middle + half * x))).sum::<f64>() * half
}
