//! One scope, one person, as a JSON object.

use super::keys;
use super::object::{Cell, Object};
use crate::config::{AbandonVariant, AsaVariant, Exits, FigureRules, QueueRules, ServiceLevelVariant};
use crate::metrics::{AgentTally, FigureKey, Now, SLOTS, Slot, SlotTimes, Tally, Unit, Value, service_level};
use crate::model::{ExitWhy, Time};

/// How figures are computed and whether the recording tells times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub figures: &'a FigureRules,
    pub times: bool,
}

/// A scope in a span.
#[derive(Clone, Debug)]
pub(super) struct ScopeSheet {
    pub tally: Tally,
    /// At its end.
    pub now: Now,
    pub at: Time,
    pub waiting_from: i64,
    pub waiting_to: i64,
}

impl ScopeSheet {
    /// Nothing came, nobody waits, nobody was there.
    pub(super) fn is_empty(&self) -> bool {
        let mut people = self.tally.people;
        people.0[Slot::SignedOut.index()] = 0;
        self.tally.counts == crate::metrics::Counts::default()
            && (self.waiting_from, self.waiting_to) == (0, 0)
            && self.now.waiting_again == 0
            && people == SlotTimes::default()
    }

    /// Its figures: those of every scope, and `more`.
    pub(super) fn object(&self, queue: &QueueRules, rules: Rules<'_>, more: &[&[FigureKey]]) -> Object {
        let mut o = Object::new();
        for key in keys::SCOPE.iter().chain(more.iter().copied().flatten()) {
            let value = self.now.figure(*key, self.at);
            let value = value.unwrap_or_else(|| self.tally.figure(*key, rules.figures, queue));
            let value = if *key == FigureKey::Waiting { Value::Known(whole(self.waiting_to)) } else { value };
            o.put(key.word(), rules.number(*key, value));
        }
        self.parts(&mut o, rules);
        self.service_level(&mut o, queue, rules);
        variants(&mut o, rules.figures);
        let c = &self.tally.counts;
        let mut reconciliation = Object::new();
        reconciliation
            .put("waiting_at_from", self.waiting_from)
            .put("joined", c.offered)
            .put("answered", c.answered)
            .put("abandoned", c.abandoned)
            .put("short_abandoned", c.short_abandoned)
            .put("exited", c.exited())
            .put("unknown", c.unknown)
            .put("waiting_at_to", self.waiting_to)
            .put("residual", self.waiting_from + c.offered - c.ended() - self.waiting_to);
        o.put("reconciliation", reconciliation);
        o
    }

    /// What figures are made of.
    fn parts(&self, o: &mut Object, rules: Rules<'_>) {
        let c = &self.tally.counts;
        let mut by = Object::new();
        for (why, n) in ExitWhy::ALL.iter().zip(c.exited_by) {
            by.put(why.word(), n);
        }
        o.put("exited_by", by);
        let mut refused = Object::new();
        refused.put("full", c.refused_full).put("no_agents", c.refused_no_agents);
        o.put("refused_by", if self.tally.door_known { refused.into() } else { Cell::Null });
        o.put("abandoned_derived", c.abandoned_derived);
        o.put("waiting_again", self.now.waiting_again);
        o.put("doubted", self.now.ghosts);
        o.put("contacts", c.contacts);
        o.put("handled", c.after_calls);
        for (key, us) in [
            ("wait_answered_s", c.wait_answered_us),
            ("wait_abandoned_s", c.wait_abandoned_us),
            ("wait_short_s", c.wait_short_us),
            ("wait_exited_s", c.wait_exited_us),
        ] {
            o.put(key, if rules.times { seconds(us) } else { Cell::Null });
        }
        o.put("time_s", slots(&self.tally.people, rules));
    }

    fn service_level(&self, o: &mut Object, queue: &QueueRules, rules: Rules<'_>) {
        let c = &self.tally.counts;
        let mut levels = Object::new();
        for variant in ServiceLevelVariant::ALL {
            let value = service_level(c, variant, queue.exits);
            levels.put(variant.word(), rules.number(FigureKey::ServiceLevel, value));
        }
        o.put("service_level", levels);
        o.put("service_level_variant", queue.variant.word());
        o.put("service_level_within_s", queue.within.secs());
        o.put("service_level_exits", exits_word(queue.exits));
        o.put("service_level_target", queue.target);
        o.put("answered_within", c.answered_in_t);
        o.put("abandoned_within", c.abandoned_in_t);
    }
}

fn variants(o: &mut Object, figures: &FigureRules) {
    o.put("abandon_rate_variant", abandon_word(figures.abandon_rate));
    o.put("asa_variant", asa_word(figures.asa));
}

/// The spelling in config and JSON.
pub(crate) const fn exits_word(exits: Exits) -> &'static str {
    match exits {
        Exits::Count => "count",
        Exits::Ignore => "ignore",
    }
}

/// The spelling in config and JSON.
pub(crate) const fn abandon_word(variant: AbandonVariant) -> &'static str {
    match variant {
        AbandonVariant::Resolved => "resolved",
        AbandonVariant::Offered => "offered",
        AbandonVariant::WithShort => "with_short",
    }
}

/// The spelling in config and JSON.
pub(crate) const fn asa_word(variant: AsaVariant) -> &'static str {
    match variant {
        AsaVariant::Answered => "answered",
        AsaVariant::QueueTotal => "queue_total",
    }
}

/// One person, or a team's people together.
pub(super) fn agent_object(tally: &AgentTally, rules: Rules<'_>, moment: impl Fn(Time) -> String) -> Object {
    let mut o = Object::new();
    for key in keys::AGENT {
        o.put(key.word(), rules.number(*key, tally.figure(*key)));
    }
    let mut by = Object::new();
    for (reason, us) in &tally.not_ready_by_reason {
        by.put_named(reason.as_str(), if rules.times { seconds(*us) } else { Cell::Null });
    }
    o.put("not_ready_by_reason", by);
    o.put("contacts", tally.contacts);
    o.put("contacts_out", if tally.outbound_known { Cell::Count(tally.contacts_out) } else { Cell::Null });
    o.put("handled", tally.after_calls);
    o.put("time_s", slots(&tally.time, rules));
    let times = |t: Option<Time>| t.filter(|_| rules.times).map(&moment);
    o.put("first_sign_in", times(tally.first_sign_in));
    o.put("last_sign_out", times(tally.last_sign_out));
    o
}

impl Rules<'_> {
    /// A figure of its unit: counts whole, the rest rounded where floats end, so that the bytes are the same everywhere.
    #[expect(clippy::cast_possible_truncation, reason = "counts are whole and far below 2^53")]
    pub(super) fn number(self, key: FigureKey, value: Value) -> Cell {
        if !self.times && keys::needs_times(key) {
            return Cell::Null;
        }
        let Some(n) = value.known() else { return Cell::Null };
        match key.unit() {
            Unit::Count => Cell::Count(n as i64),
            Unit::Seconds | Unit::Share | Unit::Times | Unit::Number => Cell::Number((n * 1e6).round() / 1e6),
        }
    }
}

fn slots(times: &SlotTimes, rules: Rules<'_>) -> Object {
    let mut o = Object::new();
    for (slot, us) in Slot::ALL.iter().zip(times.0).take(SLOTS) {
        if us != 0 && *slot != Slot::SignedOut && rules.times {
            o.put(slot.word(), seconds(us));
        }
    }
    o
}

/// Seconds with at most six digits after the point: what was measured, no more.
#[expect(clippy::cast_precision_loss, reason = "microseconds of a year are far below 2^53")]
fn seconds(us: i64) -> Cell {
    Cell::Number(us as f64 / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const fn whole(n: i64) -> f64 {
    n as f64
}
