//! What happened, line by line; the first report 首报, and the incident report 事故报告.

use std::fmt::Write as _;

use super::Reading;
use crate::alert::{IncidentView, TimelineEntry};
use crate::model::{Span, Time};

impl Reading<'_> {
    /// What a line of the timeline says after its time, its word and who did it: `timeline_detail.<word>` filled in.
    #[must_use]
    pub fn detail(&self, entry: &TimelineEntry) -> String {
        let key = format!("timeline_detail.{}", entry.what);
        let values: Vec<(&str, String)> =
            entry.detail.iter().map(|(name, value)| (name, self.value(name, value))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        match self.texts.find(&key) {
            // What is not there is left out with the blank before it.
            Some(_) => {
                let text = self.texts.fill(&key, &values);
                text.split(' ')
                    .filter(|word| !(word.is_empty() || word.starts_with('{') && word.ends_with('}')))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            None => String::new(),
        }
    }

    fn value(&self, name: &str, value: &str) -> String {
        let under = |area: &str| self.texts.find(&format!("{area}.{value}")).unwrap_or(value).to_owned();
        match name {
            "role" | "instance" => under("role"),
            "until" | "due" | "repair" | "since" => {
                Time::parse(value).map_or_else(|_| value.to_owned(), |t| self.clock(t))
            }
            "verdict" => under("verdict"),
            "stage" => under("stage"),
            "state" => under("step_state"),
            "to" => self.texts.find(&format!("readers.{value}")).unwrap_or(self.texts.under("role", value)).to_owned(),
            "name" => {
                self.texts.find(&format!("measure.{value}")).unwrap_or(self.texts.under("count", value)).to_owned()
            }
            "backup" if value == "true" => self.texts.t("sheet.backup").to_owned(),
            "step" => under("announcement"),
            "backup" | "drill" => String::new(),
            "people" => value.lines().count().to_string(),
            _ => value.to_owned(),
        }
    }

    /// The whole timeline, a line each.
    #[must_use]
    pub fn timeline(&self, incident: &IncidentView) -> Vec<String> {
        incident.timeline.iter().map(|entry| self.timeline_line(entry)).collect()
    }

    fn timeline_line(&self, entry: &TimelineEntry) -> String {
        let clock = entry.at.to_jiff().to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string();
        let mut parts = vec![clock, self.texts.under("timeline", entry.what).to_owned()];
        parts.push(self.detail(entry));
        if let Some(why) = &entry.why {
            let span = why.span.whole_secs();
            let ratio = format!("{:.1}", why.ratio());
            let values = [
                ("ratio", ratio.as_str()),
                ("offered", &*format!("{:.0}", why.offered)),
                ("usual", &*format!("{:.0}", why.usual)),
                (
                    "span",
                    &*if span >= 120 {
                        self.fill("unit.minutes", &[("n", &(span / 60).to_string())])
                    } else {
                        self.fill("unit.seconds", &[("n", &span.to_string())])
                    },
                ),
            ];
            parts.push(format!("{}  {}", self.fill("alarm.ratio", &values), self.fill("alarm.counts", &values)));
        }
        parts.extend(entry.text.as_ref().map(|t| t.as_str().to_owned()));
        parts.extend(entry.by.as_ref().map(|by| format!("({by})")));
        parts.retain(|p| !p.is_empty());
        parts.join("  ")
    }

    /// The five lines of the first report 首报: since when, how many times the usual, waiting and lost, area, measures and the
    /// next update. `waiting` and `lost` are the floor's, now.
    #[must_use]
    pub fn first_report(&self, incident: &IncidentView, waiting: u32, lost: i64) -> Vec<String> {
        let work = &*incident.work;
        let why = incident.why.or(incident.why_raised);
        let since = why.and_then(|w| w.onset).unwrap_or(incident.opened_at);
        let ratio = why.filter(|w| w.ratio() > 0.0).map_or("–".to_owned(), |w| format!("{:.1}", w.ratio()));
        let tally: Vec<String> = work.tally.iter().map(|(area, n)| format!("{area} ({n})")).collect();
        let area = if tally.is_empty() { incident.name.to_string() } else { tally.join(", ") };
        let measures: Vec<String> =
            self.measures(work).into_iter().map(|m| format!("{} {}", m.label, m.text)).collect();
        let none = self.texts.t("sheet.none").to_owned();
        let next = incident.plan.dues.first().map_or_else(|| none.clone(), |due| self.clock(due.at));
        let peak = format!("{:.1}", incident.peak_ratio);
        let values = [
            ("what", &*self.title(incident)),
            ("since", &*self.clock(since)),
            ("age", &*self.minutes(self.now.since(since))),
            ("ratio", &*ratio),
            ("peak", &*peak),
            ("waiting", &*waiting.to_string()),
            ("lost", &*lost.to_string()),
            ("area", &*area),
            ("measures", &*if measures.is_empty() { none } else { measures.join("; ") }),
            ("next", &*next),
        ];
        ["first_report.since", "first_report.times", "first_report.lost", "first_report.area", "first_report.measures"]
            .iter()
            .map(|key| self.fill(key, &values))
            .collect()
    }

    fn minutes(&self, span: Span) -> String {
        self.fill("age.minutes", &[("n", &(span.or_zero().whole_secs() / 60).to_string())])
    }

    /// The incident report 事故报告, as Markdown.
    #[must_use]
    pub fn markdown(&self, incident: &IncidentView) -> String {
        let mut text = format!("# #{} {}\n\n", incident.id, plain(&self.title(incident)));
        let ends = [
            ("incidents.opened", Some(incident.opened_at)),
            ("incident.resolved", incident.resolved_at),
            ("incident.closed", incident.closed_at),
        ];
        for (key, at) in ends {
            if let Some(at) = at {
                let date = at.to_jiff().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
                let _ = writeln!(text, "- {}: {date}", self.texts.t(key));
            }
        }
        if incident.peak_ratio > 0.0 {
            let ratio = format!("{:.1}", incident.peak_ratio);
            let _ = writeln!(
                text,
                "- {}: {}",
                self.texts.t("incidents.peak"),
                self.fill("alarm.ratio", &[("ratio", &ratio)])
            );
        }
        for section in self.sections(incident) {
            let _ = write!(text, "\n## {}\n\n", section.title);
            for one in section.lines {
                let label = if one.label.is_empty() { String::new() } else { format!("{}: ", plain(&one.label)) };
                let _ = writeln!(text, "- {label}{}", plain(&one.text));
            }
        }
        let _ = write!(text, "\n## {}\n\n", self.texts.t("incidents.timeline"));
        for entry in self.timeline(incident) {
            let _ = writeln!(text, "- {}", plain(&entry));
        }
        text
    }
}

/// Marks of Markdown in texts of people are texts.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
