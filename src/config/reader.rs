//! Reading a table: each key asked for by name, kind and range; what nobody asked for is unknown.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::report::{Report, join};
use super::suggest::{nearest, one_of};
use super::tree::{At, Node, Table, Value};
use crate::model::{Label, Span, clean};

/// A table being read.
pub(super) struct Reader<'t> {
    pub(super) report: &'t Report,
    /// `None` for a table that is not there: every key of it is silently absent.
    table: Option<&'t Table>,
    at: Option<At>,
    path: String,
    asked: BTreeSet<&'static str>,
}

/// A key being read; `node` is `None` where it is absent.
pub(super) struct Field<'t> {
    pub(super) report: &'t Report,
    node: Option<&'t Node>,
    pub(super) path: String,
}

impl<'t> Reader<'t> {
    pub(super) fn root(report: &'t Report, table: &'t Table) -> Self {
        Self { report, table: Some(table), at: None, path: String::new(), asked: BTreeSet::new() }
    }

    /// A key that may be absent.
    pub(super) fn may(&mut self, key: &'static str) -> Field<'t> {
        self.asked.insert(key);
        let path = join(&self.path, key);
        self.report.ask(&path);
        let node = self.table.and_then(|table| table.get(key)).map(|(_, node)| node);
        Field { report: self.report, node, path }
    }

    /// A key that has to be there.
    pub(super) fn need(&mut self, key: &'static str, remedy: &str) -> Field<'t> {
        let field = self.may(key);
        if field.node.is_none() && self.table.is_some() {
            self.report.error(self.at, &field.path, "is missing", Some(remedy.to_owned()));
        }
        field
    }

    /// A key the default layer always has.
    pub(super) fn given(&mut self, key: &'static str) -> Field<'t> {
        self.need(key, "the embedded default lacks it: please report this")
    }

    /// Every key with its value, for tables whose keys are the user's own.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'t str, At, Field<'t>)> + '_ {
        self.table.into_iter().flatten().map(|(key, (at, node))| {
            let path = join(&self.path, key);
            (key.as_str(), *at, Field { report: self.report, node: Some(node), path })
        })
    }

    /// Reports keys nobody asked for. `hint` may know better than the general advice.
    pub(super) fn finish_with(&self, hint: impl Fn(&str) -> Option<String>) {
        for (key, (at, _)) in self.table.into_iter().flatten() {
            if !self.asked.contains(key.as_str()) {
                let remedy = hint(key).unwrap_or_else(|| self.advice(key));
                self.report.error(*at, &join(&self.path, key), "there is no such key", Some(remedy));
            }
        }
    }

    /// Reports keys nobody asked for.
    pub(super) fn finish(&self) {
        self.finish_with(|_| None);
    }

    fn advice(&self, key: &str) -> String {
        if let Some(name) = nearest(key, self.asked.iter().copied()) {
            return format!("did you mean {name}?");
        }
        match self.report.homes(key) {
            [] => format!("the keys here are {}", self.asked.iter().copied().collect::<Vec<_>>().join(", ")),
            homes => {
                let tables: Vec<String> = homes.iter().map(|home| format!("[{home}]")).collect();
                format!("it belongs in {}", tables.join(" or "))
            }
        }
    }

    /// Where the table starts.
    pub(super) fn at(&self) -> Option<At> {
        self.at
    }

    /// Its dotted key.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl<'t> Field<'t> {
    /// Where the value stands.
    pub(super) fn at(&self) -> Option<At> {
        self.node.map(|node| node.at)
    }

    /// Where it stands, as a problem nothing is said of yet.
    pub(super) fn place(&self) -> super::problem::Problem {
        self.report.problem(self.at(), &self.path, String::new(), None)
    }

    /// Whether it is there at all.
    pub(super) fn present(&self) -> bool {
        self.node.is_some()
    }

    /// Of two values that contradict each other the one of the upper layer: the user's, not the default's.
    pub(super) fn upper<'a>(&'a self, other: &'a Self) -> &'a Self {
        let layer = |field: &Self| field.at().map(|at| at.layer);
        if layer(self) < layer(other) { other } else { self }
    }

    pub(super) fn error(&self, what: impl Into<String>, remedy: impl Into<String>) {
        self.report.error(self.at(), &self.path, what, Some(remedy.into()));
    }

    pub(super) fn warn(&self, what: impl Into<String>, remedy: impl Into<String>) {
        self.report.warn(self.at(), &self.path, what, Some(remedy.into()));
    }

    /// The value is of another kind than wanted. Never says the value itself: it could be a secret.
    fn wrong_kind(&self, value: &Value, wanted: &str, remedy: impl Into<String>) {
        self.error(format!("is {}, it must be {wanted}", value.kind()), remedy);
    }

    /// A text without control characters, trimmed, not empty.
    pub(super) fn text(&self) -> Option<String> {
        let value = &self.node?.value;
        let Value::Text(text) = value else {
            self.wrong_kind(value, "a text", "put it in quotes");
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            self.error("is empty", "write something between the quotes, or leave the key out");
            return None;
        }
        if text.chars().any(char::is_control) {
            self.error("holds a control character (a line break, a tab)", "write it on one line, without tabs");
            return None;
        }
        if text.chars().count() > 1000 {
            self.error("is longer than 1000 characters", "shorten it");
            return None;
        }
        Some(text.to_owned())
    }

    /// A date or time as written, in quotes or as TOML has them.
    pub(super) fn moment_text(&self) -> Option<String> {
        match &self.node?.value {
            Value::Moment(text) => Some(text.clone()),
            _ => self.text(),
        }
    }

    /// A name to show.
    pub(super) fn label(&self) -> Option<Label> {
        self.name(96).map(|text| Label::new(&text))
    }

    /// A name of at most `max` characters that cleaning leaves as it is.
    pub(super) fn name(&self, max: usize) -> Option<String> {
        let text = self.text()?;
        if clean(&text, max).as_str() != text {
            self.error(
                format!("is longer than {max} characters or holds invisible ones"),
                "shorten it, or type it anew where it was copied from elsewhere",
            );
            return None;
        }
        Some(text)
    }

    /// A whole number in range.
    pub(super) fn whole(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let value = &self.node?.value;
        let Value::Whole(n) = value else {
            self.wrong_kind(value, "a whole number", unquoted(value, "write a whole number"));
            return None;
        };
        if !range.contains(n) {
            let (low, high) = (range.start(), range.end());
            self.error(format!("{n} is out of range"), format!("write a whole number from {low} to {high}"));
            return None;
        }
        Some(*n)
    }

    /// A number in range, whole or with a fraction.
    pub(super) fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let value = &self.node?.value;
        let n = match value {
            #[expect(clippy::cast_precision_loss, reason = "numbers that large are out of every range")]
            Value::Whole(n) => *n as f64,
            Value::Number(n) => *n,
            _ => {
                self.wrong_kind(value, "a number", unquoted(value, "write a number"));
                return None;
            }
        };
        if !range.contains(&n) {
            let (low, high) = (range.start(), range.end());
            self.error(format!("{n} is out of range"), format!("write a number from {low} to {high}"));
            return None;
        }
        Some(n)
    }

    /// Seconds in range, with a fraction if wanted.
    pub(super) fn seconds(&self, range: RangeInclusive<f64>) -> Option<Span> {
        self.number(range).map(Span::from_secs_f64)
    }

    /// A share 0–1.
    pub(super) fn share(&self) -> Option<f64> {
        let percent = match self.node?.value {
            #[expect(clippy::cast_precision_loss, reason = "only numbers up to 100 are looked at")]
            Value::Whole(n) if (2..=100).contains(&n) => Some(n as f64),
            Value::Number(n) if n > 1.0 && n <= 100.0 => Some(n),
            _ => None,
        };
        if let Some(n) = percent {
            self.error(format!("{n} is out of range"), format!("write a share from 0 to 1: {} for {n} %", n / 100.0));
            return None;
        }
        self.number(0.0..=1.0)
    }

    /// `true` or `false`.
    pub(super) fn switch(&self) -> Option<bool> {
        let value = &self.node?.value;
        let Value::Switch(on) = value else {
            self.wrong_kind(value, "true or false", "write true or false, without quotes");
            return None;
        };
        Some(*on)
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let names = || words.iter().map(|(word, _)| *word);
        let value = &self.node?.value;
        let Value::Text(text) = value else {
            self.wrong_kind(value, "a word in quotes", format!("write {}", one_of(names())));
            return None;
        };
        let found = words.iter().find(|(word, _)| word == text).map(|(_, value)| *value);
        if found.is_none() {
            let near = nearest(text, names());
            let near = near.map_or_else(|| format!("write {}", one_of(names())), |w| format!("did you mean \"{w}\"?"));
            self.error(format!("'{}' is not known here", clean(text, 64)), near);
        }
        found
    }

    /// A table, inline or with its own heading.
    pub(super) fn table(&self) -> Reader<'t> {
        let table = match self.node.map(|node| &node.value) {
            Some(Value::Table(table)) => Some(table),
            Some(value) => {
                let last = self.path.rsplit('.').next().unwrap_or_default();
                self.wrong_kind(value, "a table", format!("write [{}] on a line, or {last} = {{ … }}", self.path));
                None
            }
            None => None,
        };
        Reader { report: self.report, table, at: self.at(), path: self.path.clone(), asked: BTreeSet::new() }
    }

    /// An array of tables (`[[source]]`).
    pub(super) fn tables(&self) -> Vec<Reader<'t>> {
        self.list(&format!("write [[{}]] on a line", self.path)).iter().map(Field::table).collect()
    }

    /// A list.
    pub(super) fn list(&self, remedy: &str) -> Vec<Field<'t>> {
        let Some(node) = self.node else { return Vec::new() };
        let Value::List(items) = &node.value else {
            self.wrong_kind(&node.value, "a list", remedy);
            return Vec::new();
        };
        let field = |(i, node)| Field { report: self.report, node: Some(node), path: format!("{}[{i}]", self.path) };
        items.iter().enumerate().map(field).collect()
    }

    /// Whether it is this very word; another text is no error.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.node.map(|node| &node.value), Some(Value::Text(text)) if text == word)
    }
}

/// A number in quotes is the commonest slip.
fn unquoted(value: &Value, otherwise: &str) -> String {
    match value {
        Value::Text(text) if text.trim().parse::<f64>().is_ok() => "leave out the quotes".to_owned(),
        Value::Number(_) => "leave out the fraction".to_owned(),
        _ => otherwise.to_owned(),
    }
}
