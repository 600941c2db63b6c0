//! Playbooks: what is done about a kind of incident, step by step. Text files; those shipped are built in, the user's take
//! their place by name.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::config::Lang;
use crate::model::{Label, Note, Span, clean};

/// The playbooks shipped, `(language, name, text)`.
const SHIPPED: &[(Lang, &str, &str)] = &[
    (Lang::En, "surge", include_str!("../../../config/playbooks/en/surge.toml")),
    (Lang::ZhCn, "surge", include_str!("../../../config/playbooks/zh-CN/surge.toml")),
    (Lang::En, "feed_lost", include_str!("../../../config/playbooks/en/feed_lost.toml")),
    (Lang::ZhCn, "feed_lost", include_str!("../../../config/playbooks/zh-CN/feed_lost.toml")),
    (Lang::En, "major_fault", include_str!("../../../config/playbooks/en/major_fault.toml")),
    (Lang::ZhCn, "major_fault", include_str!("../../../config/playbooks/zh-CN/major_fault.toml")),
    (Lang::En, "business_fault", include_str!("../../../config/playbooks/en/business_fault.toml")),
    (Lang::ZhCn, "business_fault", include_str!("../../../config/playbooks/zh-CN/business_fault.toml")),
    (Lang::En, "major_emergency", include_str!("../../../config/playbooks/en/major_emergency.toml")),
    (Lang::ZhCn, "major_emergency", include_str!("../../../config/playbooks/zh-CN/major_emergency.toml")),
    (Lang::En, "desk_fault", include_str!("../../../config/playbooks/en/desk_fault.toml")),
    (Lang::ZhCn, "desk_fault", include_str!("../../../config/playbooks/zh-CN/desk_fault.toml")),
    (Lang::En, "system_fault", include_str!("../../../config/playbooks/en/system_fault.toml")),
    (Lang::ZhCn, "system_fault", include_str!("../../../config/playbooks/zh-CN/system_fault.toml")),
    (Lang::En, "calls_dropping", include_str!("../../../config/playbooks/en/calls_dropping.toml")),
    (Lang::ZhCn, "calls_dropping", include_str!("../../../config/playbooks/zh-CN/calls_dropping.toml")),
    (Lang::En, "power_cut", include_str!("../../../config/playbooks/en/power_cut.toml")),
    (Lang::ZhCn, "power_cut", include_str!("../../../config/playbooks/zh-CN/power_cut.toml")),
    (Lang::En, "evacuation", include_str!("../../../config/playbooks/en/evacuation.toml")),
    (Lang::ZhCn, "evacuation", include_str!("../../../config/playbooks/zh-CN/evacuation.toml")),
    (Lang::En, "sensitive", include_str!("../../../config/playbooks/en/sensitive.toml")),
    (Lang::ZhCn, "sensitive", include_str!("../../../config/playbooks/zh-CN/sensitive.toml")),
];

/// Steps a playbook may have.
const STEPS: usize = 60;

/// A text in the product's languages; one that lacks a language is shown in the other.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TwoTongued {
    en: Option<Note>,
    zh: Option<Note>,
}

impl TwoTongued {
    /// The text in a language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        let (first, second) = match lang {
            Lang::En => (&self.en, &self.zh),
            Lang::ZhCn => (&self.zh, &self.en),
        };
        first.as_ref().or(second.as_ref()).map_or("", Note::as_str)
    }

    fn set(&mut self, lang: Lang, text: Note) {
        match lang {
            Lang::En => self.en = Some(text),
            Lang::ZhCn => self.zh = Some(text),
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PlaybookStep {
    /// Its id, unique in the playbook.
    pub id: Label,
    /// What is done.
    pub text: TwoTongued,
    /// By which role.
    pub role: Option<Label>,
    /// Due this long after the incident was opened.
    pub due: Option<Span>,
    /// The measure it is about.
    pub measure: Option<Label>,
}

/// A playbook.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Playbook {
    /// Its title.
    pub title: TwoTongued,
    /// Only these roles may read incidents of it; all where it is empty.
    pub readers: Vec<Label>,
    /// Whether those signed in are to be found (evacuation).
    pub head_count: bool,
    /// Whether the UPS takes over at its opening (power cut).
    pub ups: bool,
    /// Updates to managers, where they differ from `incident.update_managers_min`.
    pub update_managers: Option<Span>,
    /// Updates to the business side.
    pub update_business: Option<Span>,
    /// Its steps in order.
    pub steps: Vec<PlaybookStep>,
}

/// All playbooks, by name.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Playbooks {
    by_name: BTreeMap<Label, Playbook>,
}

/// What is wrong with a playbook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}; {remedy}")]
pub struct PlaybookProblem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Playbooks {
    /// Those built in.
    #[must_use]
    pub fn shipped() -> Self {
        let mut all = Self::default();
        for (lang, name, text) in SHIPPED {
            // What is shipped is read without a problem: a test reads it.
            let _ = all.add(Some(*lang), name, name, text);
        }
        all
    }

    /// A playbook by its name.
    #[must_use]
    pub fn get(&self, name: &Label) -> Option<&Playbook> {
        self.by_name.get(name)
    }

    /// Every playbook, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Label, &Playbook)> {
        self.by_name.iter()
    }

    /// Adds a playbook, or its texts in one more language. The user's file without a language takes the place of the whole.
    /// Returns what is wrong with it.
    pub fn add(&mut self, lang: Option<Lang>, name: &str, file: &str, text: &str) -> Vec<PlaybookProblem> {
        let mut reading = Reading { file, text, problems: Vec::new() };
        let Some(read) = reading.playbook(lang.unwrap_or(Lang::En)) else { return reading.problems };
        let name = Label::new(name);
        match (lang, self.by_name.get_mut(&name)) {
            (Some(lang), Some(known)) => known.lay_over(read, lang),
            _ => {
                self.by_name.insert(name, read);
            }
        }
        reading.problems
    }
}

impl Playbook {
    /// The rules and steps of `other` win; texts of the other language stay with the steps of the same id.
    fn lay_over(&mut self, other: Self, lang: Lang) {
        let old = std::mem::replace(self, other);
        let back = if lang == Lang::En { Lang::ZhCn } else { Lang::En };
        let keep = |new: &mut TwoTongued, old: &TwoTongued| {
            let text = old.get(back);
            if !text.is_empty() {
                new.set(back, Note::new(text));
            }
        };
        keep(&mut self.title, &old.title);
        for step in &mut self.steps {
            if let Some(known) = old.steps.iter().find(|s| s.id == step.id) {
                keep(&mut step.text, &known.text);
            }
        }
    }
}

struct Reading<'t> {
    file: &'t str,
    text: &'t str,
    problems: Vec<PlaybookProblem>,
}

impl Reading<'_> {
    fn tell(&mut self, offset: usize, what: String, remedy: &str) {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let line = u64::try_from(before.split(|b| *b == b'\n').count()).unwrap_or(1);
        let (file, remedy) = (self.file.to_owned(), remedy.to_owned());
        self.problems.push(PlaybookProblem { file, line, what, remedy });
    }

    fn playbook(&mut self, lang: Lang) -> Option<Playbook> {
        let table = match DeTable::parse(self.text) {
            Ok(table) => table,
            Err(why) => {
                let at = why.span().map_or(0, |s| s.start);
                self.tell(
                    at,
                    format!("is not TOML: {}", clean(why.message(), 80)),
                    "a line is key = value, a step is [[step]]",
                );
                return None;
            }
        };
        let mut read = Playbook::default();
        for (key, value) in table.get_ref() {
            let at = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("title", DeValue::String(text)) => read.title.set(lang, Note::new(text)),
                ("head_count", DeValue::Boolean(on)) => read.head_count = *on,
                ("ups", DeValue::Boolean(on)) => read.ups = *on,
                ("update_managers_min", value) => read.update_managers = self.minutes(at, value),
                ("update_business_min", value) => read.update_business = self.minutes(at, value),
                ("readers", DeValue::Array(items)) => {
                    let text = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
                        DeValue::String(text) => Some(Label::new(text)),
                        _ => None,
                    };
                    read.readers = items.iter().filter_map(text).collect();
                }
                ("step", DeValue::Array(items)) => {
                    for item in items.iter().take(STEPS) {
                        if let DeValue::Table(fields) = item.get_ref() {
                            self.step(item.span().start, fields, lang, &mut read);
                        }
                    }
                }
                ("title" | "head_count" | "ups" | "readers" | "step", _) => {
                    self.tell(
                        at,
                        format!("{} is of the wrong kind", key.get_ref()),
                        "compare with the playbooks shipped",
                    );
                }
                (other, _) => {
                    let keys = "the keys are title, readers, head_count, ups, update_managers_min, update_business_min and [[step]]";
                    self.tell(at, format!("there is no key '{}'", clean(other, 40)), keys);
                }
            }
        }
        if read.title.get(lang).is_empty() {
            self.tell(0, "title is missing".to_owned(), "write title = \"…\"");
        }
        Some(read)
    }

    fn step(&mut self, at: usize, fields: &DeTable<'_>, lang: Lang, read: &mut Playbook) {
        let mut step = PlaybookStep::default();
        for (key, value) in fields {
            let here = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("id", DeValue::String(text)) => step.id = Label::new(text),
                ("text", DeValue::String(text)) => step.text.set(lang, Note::new(text)),
                ("role", DeValue::String(text)) => step.role = Some(Label::new(text)),
                ("measure", DeValue::String(text)) => step.measure = Some(Label::new(text)),
                ("due_min", value) => step.due = self.minutes(here, value),
                (other, _) => {
                    let keys = "a step has id, text, role, due_min and measure; texts stand in quotes";
                    self.tell(here, format!("'{}' is not known, or of the wrong kind", clean(other, 40)), keys);
                }
            }
        }
        if step.id.is_empty() || step.text.get(lang).is_empty() {
            self.tell(at, "a step lacks its id or its text".to_owned(), "write id = \"word\" and text = \"…\"");
        } else if read.steps.iter().any(|s| s.id == step.id) {
            self.tell(at, format!("there are two steps '{}'", step.id), "give each step an id of its own");
        } else {
            read.steps.push(step);
        }
    }

    fn minutes(&mut self, at: usize, value: &DeValue<'_>) -> Option<Span> {
        let text = match value {
            DeValue::Integer(n) => n.to_string(),
            DeValue::Float(n) => n.to_string(),
            _ => String::new(),
        };
        let minutes = text.parse::<f64>().ok().filter(|n| (0.0..=10_080.0).contains(n));
        if minutes.is_none() {
            self.tell(at, "is no number of minutes".to_owned(), "write minutes from 0 to 10080, without quotes");
        }
        minutes.map(|n| Span::from_secs_f64(n * 60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_playbook_shipped_is_read_whole_in_both_languages() {
        for (lang, name, text) in SHIPPED {
            let mut all = Playbooks::default();
            assert_eq!(all.add(Some(*lang), name, name, text), Vec::new());
        }
        let all = Playbooks::shipped();
        assert_eq!(all.iter().count(), SHIPPED.len() / 2);
        for (name, playbook) in all.iter() {
            for lang in Lang::ALL {
                let mut one = Playbooks::default();
                let text = SHIPPED.iter().find(|(l, n, _)| l == lang && *n == name.as_str()).map_or("", |(_, _, t)| t);
                one.add(Some(*lang), "x", "x", text);
                let alone = one.get(&Label::new("x")).cloned().unwrap_or_default();
                let shape = |p: &Playbook| {
                    p.steps.iter().map(|s| (s.id.clone(), s.role.clone(), s.due, s.measure.clone())).collect::<Vec<_>>()
                };
                assert_eq!(shape(&alone), shape(playbook), "{name}: the languages tell the same steps");
                assert!(playbook.steps.iter().all(|s| !s.text.get(*lang).is_empty()), "{name}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let mut all = Playbooks::shipped();
        let text = "title = \"Mine\"\ncolour = 1\n[[step]]\nid = \"a\"\ntext = \"Do\"\ndue_min = \"x\"\n[[step]]\nid = \"a\"\ntext = \"Again\"\n";
        let problems = all.add(None, "surge", "surge.toml", text);
        let lines: Vec<u64> = problems.iter().map(|p| p.line).collect();
        assert_eq!(lines, [2, 6, 7], "{problems:?}");
        let surge = all.get(&Label::new("surge")).cloned().unwrap_or_default();
        assert_eq!((surge.steps.len(), surge.title.get(Lang::ZhCn)), (1, "Mine"), "the user's file is the whole of it");
    }
}
