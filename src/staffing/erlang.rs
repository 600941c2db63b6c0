//! Erlang's two formulas (A. K. Erlang, 1917): blocked calls lost (B), and blocked calls waiting for ever (C).

/// Erlang B: the share of calls lost where `agents` serve `load` erlangs and nobody can wait. 0 without load, 1 without
/// agents. A load that is no number counts as none.
///
/// By the recursion B(n) = aB(n−1) ÷ (n + aB(n−1)), which never leaves [0, 1].
#[must_use]
pub fn erlang_b(agents: u32, load: f64) -> f64 {
    let load = tame(load);
    let mut b = if load > 0.0 { 1.0 } else { 0.0 };
    for n in 1..=agents {
        let lost = load * b;
        b = lost / (f64::from(n) + lost);
        if b <= 0.0 {
            break;
        }
    }
    b
}

/// Erlang C: the probability of waiting where nobody gives up. 1 where the load is as large as the agents or larger.
///
/// C = B ÷ (1 − ρ(1 − B)), ρ = load ÷ agents.
#[must_use]
pub fn erlang_c(agents: u32, load: f64) -> f64 {
    let load = tame(load);
    if load <= 0.0 {
        return 0.0;
    }
    let n = f64::from(agents);
    if load >= n {
        return 1.0;
    }
    let b = erlang_b(agents, load);
    (b / (1.0 - load / n * (1.0 - b))).clamp(b, 1.0)
}

/// How calls wait under Erlang C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wait {
    /// Probability of waiting at all.
    pub probability: f64,
    /// Mean wait of all calls, seconds; `None` where the queue grows without limit.
    pub mean_s: Option<f64>,
    /// Share answered within the limit asked for.
    pub within: f64,
}

/// Waiting under Erlang C: `agents`, `load` erlangs, calls of `handle_s` seconds, limit `within_s` seconds.
///
/// Mean wait = C × h ÷ (n − a); P(wait ≤ T) = 1 − C × e^(−(n − a)T ÷ h).
#[must_use]
pub fn waiting(agents: u32, load: f64, handle_s: f64, within_s: f64) -> Wait {
    let (load, handle_s, within_s) = (tame(load), tame(handle_s), tame(within_s));
    let probability = erlang_c(agents, load);
    let free = f64::from(agents) - load;
    if probability <= 0.0 {
        return Wait { probability: 0.0, mean_s: Some(0.0), within: 1.0 };
    }
    if free <= 0.0 {
        return Wait { probability, mean_s: None, within: 0.0 };
    }
    if handle_s <= 0.0 {
        return Wait { probability, mean_s: Some(0.0), within: 1.0 };
    }
    let within = 1.0 - probability * (-free * within_s / handle_s).exp();
    Wait { probability, mean_s: Some(probability * handle_s / free), within: within.clamp(0.0, 1.0) }
}

/// Outside numbers: what is no number or negative is 0, what is beyond all measure is bounded.
pub(super) const fn tame(x: f64) -> f64 {
    if x > 0.0 { x.min(1e12) } else { 0.0 }
}
