//! What a scenario file may say: every value in a range the simulation can bear, every name one that exists.

use super::HALF_HOURS;
use super::file::{Disturbance, DisturbanceKind, File, Queue, Spread};
use crate::model::ReasonClass;

/// Longest duration a file may ask for, seconds.
const DAY_S: f64 = 86_400.0;
/// Most calls a half-hour, disturbances aside.
const MOST_CALLS: f64 = 50_000.0;
/// Most calls a half-hour with every disturbance at once.
const MOST_DISTURBED: f64 = 1e6;
/// Largest factor of one disturbance.
const MOST_FACTOR: f64 = 1000.0;
/// Most agents.
const MOST_AGENTS: usize = 5000;

/// Collects what is wrong.
struct Problems(Vec<String>);

impl Problems {
    fn unless(&mut self, fine: bool, what: impl FnOnce() -> String) {
        if !fine {
            self.0.push(what());
        }
    }

    fn range(&mut self, what: &str, value: f64, from: f64, to: f64) {
        // A comparison with not-a-number is false, so it is refused as well.
        self.unless(value >= from && value <= to, || format!("{what} = {value} is not within {from} to {to}"));
    }

    fn spread(&mut self, what: &str, s: Spread) {
        self.range(&format!("{what}.mean_s"), s.mean_s, 0.001, DAY_S);
        self.range(&format!("{what}.cv"), s.cv, 0.0, 10.0);
    }

    fn known(&mut self, what: &str, id: &str, mut ids: impl Iterator<Item = impl AsRef<str>>) {
        self.unless(ids.any(|i| i.as_ref() == id), || format!("{what} = '{id}' is not in this file"));
    }

    fn different<'a>(&mut self, what: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = std::collections::BTreeSet::new();
        for id in ids {
            self.unless(seen.insert(id), || format!("{what} '{id}' is there twice"));
        }
    }
}

/// Everything in the file that cannot be meant; empty where it is fine.
pub(super) fn problems(file: &File) -> Vec<String> {
    let mut p = Problems(Vec::new());
    profile(&mut p, file);
    behaviour(&mut p, file);
    for (what, n) in [
        ("line", file.lines.len()),
        ("area", file.areas.len()),
        ("menu", file.menus.len()),
        ("queue", file.queues.len()),
        ("team", file.teams.len()),
    ] {
        p.unless(n > 0 && n <= 200, || format!("{n} [[{what}]]: between 1 and 200 are needed"));
    }
    p.different("line", file.lines.iter().map(|l| l.number.as_str()));
    p.different("area", file.areas.iter().map(|a| a.id.as_str()));
    p.different("menu", file.menus.iter().map(|m| m.id.as_str()));
    p.different("queue", file.queues.iter().map(|q| q.id.as_str()));
    p.unless(file.areas.iter().any(|a| a.weight > 0.0), || "no area has a weight".into());
    for a in &file.areas {
        p.range(&format!("area {}: weight", a.id), a.weight, 0.0, 1e6);
    }
    for m in &file.menus {
        p.range(&format!("menu {}: self_service", m.id), m.self_service, 0.0, 0.95);
        p.range(&format!("menu {}: left", m.id), m.left, 0.0, 0.95);
        p.range(&format!("menu {}: self_service + left", m.id), m.self_service + m.left, 0.0, 0.95);
    }
    p.unless(file.queues.iter().any(|q| q.share > 0.0), || "no queue has a share of the calls".into());
    for q in &file.queues {
        queue(&mut p, file, q);
    }
    people(&mut p, file);
    for (i, d) in file.disturbances.iter().enumerate() {
        disturbance(&mut p, file, &format!("disturbance {}", i + 1), d);
    }
    // All at once in one place: what the machine has to play, and a server to send.
    let volume = file.disturbances.iter().filter(|d| d.kind == DisturbanceKind::Volume);
    let most =
        file.profile.calls.iter().copied().fold(0.0, f64::max) * volume.map(|d| d.factor.max(1.0)).product::<f64>();
    p.unless(most <= MOST_DISTURBED, || format!("disturbances make up to {most:.0} calls a half-hour of one place"));
    p.0
}

fn profile(p: &mut Problems, file: &File) {
    let calls = &file.profile.calls;
    p.unless(calls.len() == HALF_HOURS, || format!("profile.calls has {} values, not {HALF_HOURS}", calls.len()));
    for (slot, n) in calls.iter().enumerate() {
        p.range(&format!("profile.calls[{slot}]"), *n, 0.0, MOST_CALLS);
    }
    p.unless(file.profile.busy_at < HALF_HOURS, || "profile.busy_at is not within 0 to 47".into());
    p.unless(file.site.history_min <= 720, || "site.history_min is more than 720".into());
}

fn behaviour(p: &mut Problems, file: &File) {
    let b = &file.behaviour;
    for (what, share) in [
        ("no_answer_share", b.no_answer_share),
        ("refuse_share", b.refuse_share),
        ("hold_share", b.hold_share),
        ("transfer_share", b.transfer_share),
        ("attended_share", b.attended_share),
        ("after_call_share", b.after_call_share),
        ("system_end_share", b.system_end_share),
        ("misdial_share", b.misdial_share),
        ("again_share", b.again_share),
        ("known_area_share", b.known_area_share),
        ("redial.share", b.redial.share),
    ] {
        p.range(&format!("behaviour.{what}"), share, 0.0, 1.0);
    }
    p.spread("behaviour.ring", b.ring);
    p.spread("behaviour.hold", b.hold);
    p.range("behaviour.ring_out_s", b.ring_out_s, 1.0, DAY_S);
    p.range("behaviour.no_answer_away_s", b.no_answer_away_s, 1.0, DAY_S);
    p.range("behaviour.redial.mean_s", b.redial.mean_s, 1.0, DAY_S);
    p.range("behaviour.handover_min", b.handover_min, 1.0, 1e6);
}

fn queue(p: &mut Problems, file: &File, q: &Queue) {
    let at = |key: &str| format!("queue {}: {key}", q.id);
    p.unless(!q.id.is_empty() && q.id.len() <= 64, || "a queue's id has 1 to 64 bytes".into());
    p.range(&at("share"), q.share, 0.0, 1e6);
    p.range(&at("within_s"), q.within_s, 0.0, DAY_S);
    p.range(&at("target"), q.target, 0.0, 1.0);
    p.spread(&at("patience"), q.patience);
    p.spread(&at("talk"), q.talk);
    p.spread(&at("after_call"), q.after_call);
    p.known(&at("line"), &q.line, file.lines.iter().map(|l| &l.number));
    p.unless(!q.menus.is_empty(), || at("menus is empty"));
    for m in &q.menus {
        p.known(&at("menus"), m, file.menus.iter().map(|m| &m.id));
    }
    for (a, weight) in &q.areas {
        p.known(&at("areas"), a, file.areas.iter().map(|a| &a.id));
        p.range(&at("areas"), *weight, 0.0, 1e6);
    }
    if let Some(o) = &q.overflow {
        p.range(&at("overflow.after_s"), o.after_s, 1.0, DAY_S);
        p.known(&at("overflow.to"), &o.to, file.queues.iter().map(|q| &q.id));
        p.unless(o.to != q.id, || at("overflow.to is the queue itself"));
    }
    if let Some(s) = q.timeout_s {
        p.range(&at("timeout_s"), s, 1.0, DAY_S);
    }
    p.unless(!q.reasons.is_empty() && !q.outcomes.is_empty(), || at("reasons and outcomes need a value each"));
    for weight in q.reasons.iter().map(|r| r.weight).chain(q.outcomes.iter().map(|o| o.weight)) {
        p.range(&at("weight"), weight, 0.0, 1e6);
    }
}

fn people(p: &mut Problems, file: &File) {
    let mut agents = 0usize;
    let mut numbers = std::collections::BTreeSet::new();
    for t in &file.teams {
        let n = t.agents.saturating_add(t.spare);
        agents = agents.saturating_add(n);
        p.unless(!t.skills.is_empty(), || format!("team {}: skills is empty", t.name.en));
        for s in &t.skills {
            p.known(&format!("team {}: skills", t.name.en), s, file.queues.iter().map(|q| &q.id));
        }
        if n <= MOST_AGENTS {
            let clash = (0..n).any(|i| !numbers.insert(u64::from(t.first).saturating_add(i as u64)));
            p.unless(!clash, || format!("team {}: an agent's number is there twice", t.name.en));
        }
    }
    p.unless(agents > 0 && agents <= MOST_AGENTS, || {
        format!("{agents} agents: between 1 and {MOST_AGENTS} are needed")
    });
    for a in &file.aways {
        p.range(&format!("away {}: share", a.reason.en), a.share, 0.0, 0.9);
        p.spread(&format!("away {}: length", a.reason.en), a.length);
        p.unless(ReasonClass::from_word(&a.class).is_some(), || {
            format!("away {}: class = '{}' is none of rest, training, work, other", a.reason.en, a.class)
        });
    }
}

fn disturbance(p: &mut Problems, file: &File, what: &str, d: &Disturbance) {
    p.range(&format!("{what}: after_s"), d.after_s, -DAY_S, DAY_S);
    p.range(&format!("{what}: duration_s"), d.duration_s, 0.0, DAY_S);
    p.range(&format!("{what}: ramp_s"), d.ramp_s, 0.0, DAY_S);
    p.range(&format!("{what}: ramp_down_s"), d.ramp_down_s, 0.0, DAY_S);
    p.range(&format!("{what}: factor"), d.factor, 0.0, MOST_FACTOR);
    p.unless(d.ramp_s + d.ramp_down_s <= d.duration_s, || format!("{what}: the ramps are longer than duration_s"));
    if let Some(q) = &d.queue {
        p.known(&format!("{what}: queue"), q, file.queues.iter().map(|q| &q.id));
    }
    if let Some(a) = &d.area {
        p.known(&format!("{what}: area"), a, file.areas.iter().map(|a| &a.id));
    }
}
