//! What the control socket answers about lost callers, alert rules and the floor's people.

use serde_json::{Value, json};

use crate::metrics::Slot;
use crate::model::Time;
use crate::report::Words as _;
use crate::report::floor as object;
use crate::report::incident::Reading;
use crate::roster::{CallIn, LostCaller, Mark, Movable, PersonMarks, Rule};
use crate::snapshot::Snapshot;
use crate::tui::format;

/// Reads a snapshot to people, as text lines with the same as data.
pub(super) struct Floor<'a> {
    pub(super) reading: Reading<'a>,
    pub(super) snapshot: &'a Snapshot,
}

fn said(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("  ")
}

fn done(text: &[String], data: &Value) -> Value {
    json!({"v": 1, "ok": true, "text": text, "data": data})
}

impl Floor<'_> {
    fn t(&self, key: &'static str) -> String {
        self.reading.texts.t(key).to_owned()
    }

    fn fill(&self, key: &'static str, name: &str, value: &str) -> String {
        self.reading.texts.fill(key, &[(name, value)])
    }

    fn under(&self, area: &str, word: &str) -> String {
        self.reading.texts.under(area, word).to_owned()
    }

    /// Lost callers to call back, each with the key it is asked for by.
    pub(super) fn lost(&self) -> Value {
        let floor = &self.snapshot.floor;
        let totals = &floor.lost_totals;
        let mut text: Vec<String> = floor.lost.iter().map(|l| self.lost_line(l)).collect();
        text.push(said([
            self.fill("lost.unserved", "n", &totals.unserved.to_string()),
            self.fill("lost.served", "n", &totals.served.to_string()),
        ]));
        done(&text, &object::lost_callers(floor))
    }

    fn lost_line(&self, lost: &LostCaller) -> String {
        let waited = format::seconds(self.reading.texts, lost.waited.secs());
        said([
            lost.key.to_string(),
            self.under("lost.state", lost.state.word()),
            self.reading.clock(lost.last),
            lost.masked.to_string(),
            lost.queue.to_string(),
            self.fill("lost.times", "n", &lost.times.to_string()),
            self.fill("lost.waited", "time", &waited),
            lost.assigned.as_ref().map(ToString::to_string).unwrap_or_default(),
            lost.note.as_ref().map(ToString::to_string).unwrap_or_default(),
        ])
    }

    /// Alert rules: what stands, and what is silent.
    pub(super) fn rules(&self) -> Value {
        let rules = &self.snapshot.alert_rules;
        let clock = |at: Time| self.reading.clock(at);
        let mut text = vec![self.fill("rules.in_force", "n", &rules.rules.to_string())];
        for stands in &rules.stands {
            let silent = if stands.silenced { self.t("rules.silent") } else { String::new() };
            let of = [stands.rule.to_string(), stands.name.to_string(), clock(stands.since), silent];
            text.push(format!("▲ {}", said(of)));
        }
        for silence in &rules.silences {
            let scope = silence.scope.as_ref().map(ToString::to_string).unwrap_or_default();
            let until = self.fill("rules.until", "time", &clock(silence.until));
            text.push(said([
                self.t("rules.silent"),
                silence.rule.to_string(),
                scope,
                until,
                silence.author.to_string(),
                silence.reason.to_string(),
            ]));
        }
        let all = object::floor(&self.snapshot.floor, rules, self.snapshot.at);
        done(&text, all.get("rules").unwrap_or(&Value::Null))
    }

    /// The floor's people against plan and rules.
    pub(super) fn people(&self) -> Value {
        let (floor, texts) = (&self.snapshot.floor, self.reading.texts);
        let pair = |name: String, n: String| format!("{name} {n}");
        let mut text = Vec::new();
        if floor.planned {
            let p = &floor.all;
            let counts = [
                ("floor.expected", p.expected),
                ("floor.present", p.present),
                ("floor.away", p.away),
                ("floor.absent", p.absent),
                ("floor.late", p.late),
                ("floor.unknown", p.unknown),
            ];
            text.push(said(counts.map(|(key, n)| pair(self.t(key), n.to_string()))));
        }
        let of = |slot| pair(texts.slot(slot).to_owned(), self.snapshot.people.of(slot).to_string());
        text.push(said([of(Slot::Rest), of(Slot::TalkInternal)]));
        for rests in &floor.rests {
            let name = self.fill("floor.quota", "team", rests.team.as_str());
            let waiting: Vec<&str> = rests.waiting.iter().map(|(who, _)| who.as_str()).collect();
            let waiting = match waiting.len() {
                0 => String::new(),
                n => format!("{}: {}", self.fill("floor.wait_rest", "n", &n.to_string()), waiting.join(", ")),
            };
            text.push(said([pair(name, format!("{}/{}", rests.resting, rests.quota)), waiting]));
        }
        text.extend(floor.marks.iter().flat_map(|row| row.marks.iter().map(|mark| self.mark(row, mark))));
        if !floor.movable.is_empty() {
            text.push(self.t("floor.movable"));
            text.extend(floor.movable.iter().map(|m| format!("  {}", self.movable(m))));
        }
        if !floor.call_in.is_empty() {
            text.push(self.t("floor.call_in"));
            text.extend(floor.call_in.iter().map(|c| format!("  {}", self.call_in(c))));
        }
        for called in &floor.called {
            let due = self.reading.clock(called.due);
            let reason = called.reason.as_ref().map(ToString::to_string).unwrap_or_default();
            text.push(said([self.t("floor.called"), called.name.to_string(), due, called.by.to_string(), reason]));
        }
        done(&text, &object::floor(floor, &self.snapshot.alert_rules, self.snapshot.at))
    }

    fn mark(&self, row: &PersonMarks, mark: &Mark) -> String {
        let value = match mark.rule {
            Rule::Occupancy => format!("{}%", format::percent(mark.value)),
            Rule::RestQuota => format!("{:.0}/{:.0}", mark.value, mark.limit),
            _ => format::seconds(self.reading.texts, mark.value),
        };
        let sign = if mark.corrected.is_some() { "✓" } else { "▲" };
        let id = row.id.as_ref().filter(|id| id.as_str() != row.name.as_str()).map(ToString::to_string);
        said([
            format!("{sign} {}", row.name),
            id.unwrap_or_default(),
            format!("{} {value}", self.under("mark", mark.rule.word())),
            format!("[{}]", mark.rule.word()),
            mark.corrected.as_ref().map(|c| format!("{} ({})", c.note, c.by)).unwrap_or_default(),
        ])
    }

    fn movable(&self, m: &Movable) -> String {
        let skills: Vec<&str> = m.skills.iter().map(crate::model::Label::as_str).collect();
        said([
            m.name.to_string(),
            self.reading.texts.state(m.state).to_owned(),
            skills.join(" "),
            m.desk.as_ref().map(ToString::to_string).unwrap_or_default(),
            self.fill("floor.today", "h", &format!("{:.1}", m.today.secs() / 3600.0)),
        ])
    }

    fn call_in(&self, c: &CallIn) -> String {
        let hours = |span: crate::model::Span| format!("{:.1}", span.secs() / 3600.0);
        let (day, month) = (hours(c.overtime_today), hours(c.overtime_month));
        let sign = if c.marked() { "▲" } else { "" };
        said([
            sign.to_owned(),
            c.name.to_string(),
            c.person.to_string(),
            self.under("place", c.place.word()),
            self.fill("floor.takes", "n", &format!("{:.0}", c.arrives.secs() / 60.0)),
            self.reading.texts.fill("floor.overtime", &[("day", &day), ("month", &month)]),
        ])
    }
}
