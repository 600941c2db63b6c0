//! The texts of one language.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::alert::{AlertKind, IncidentState, Level};
use crate::config::Lang;
use crate::metrics::{FigureKey, Slot, Unknown, Window};
use crate::model::{AgentState, Anomaly, FeedState, ReasonClass};

const EN: &str = include_str!("../../assets/locales/en.toml");
const ZH_CN: &str = include_str!("../../assets/locales/zh-CN.toml");

/// The texts of one language, by flat dotted key.
#[derive(Debug)]
pub struct Texts {
    lang: Lang,
    by_key: BTreeMap<String, String>,
}

impl Texts {
    /// The texts of a language; read once.
    #[must_use]
    pub fn get(lang: Lang) -> &'static Self {
        static EN_TEXTS: OnceLock<Texts> = OnceLock::new();
        static ZH_TEXTS: OnceLock<Texts> = OnceLock::new();
        match lang {
            Lang::En => EN_TEXTS.get_or_init(|| Self::parse(lang, EN)),
            Lang::ZhCn => ZH_TEXTS.get_or_init(|| Self::parse(lang, ZH_CN)),
        }
    }

    /// Texts from a file's content. What is no table of texts is left out; `tests/locales.rs` proves there is no such
    /// thing in the files shipped.
    fn parse(lang: Lang, source: &str) -> Self {
        let mut by_key = BTreeMap::new();
        if let Ok(table) = source.parse::<toml::Table>() {
            flatten(&mut by_key, "", &table);
        }
        Self { lang, by_key }
    }

    /// Which language.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Every key with its text, in order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_key.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// The text of a key, where there is one.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.by_key.get(key).map(String::as_str)
    }

    /// The text of a key; a key without one stands for itself.
    #[must_use]
    pub fn t<'a>(&'a self, key: &'a str) -> &'a str {
        self.find(key).unwrap_or(key)
    }

    /// The text of a key with each `{name}` replaced by its value. What is filled in is not looked into again.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.t(key);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let named = after.split_once('}');
            if let Some((name, value)) = named.and_then(|(name, _)| values.iter().find(|(n, _)| *n == name)) {
                out.push_str(value);
                rest = after.strip_prefix(*name).and_then(|r| r.strip_prefix('}')).unwrap_or_default();
            } else {
                out.push('{');
                rest = after;
            }
        }
        out.push_str(rest);
        out
    }

    /// A count: `key.one` for 1, else `key.other`, with `{n}` filled in.
    #[must_use]
    pub fn count(&self, key: &str, n: u64) -> String {
        let form = if n == 1 { "one" } else { "other" };
        self.fill(&format!("{key}.{form}"), &[("n", &n.to_string())])
    }

    /// The label of a figure (KPI.md). `{n}` in it is the T of its scope, in seconds.
    #[must_use]
    pub fn figure(&self, key: FigureKey) -> &str {
        self.under("figure", key.word())
    }

    /// The short label of a figure, for heads of columns.
    #[must_use]
    pub fn figure_short(&self, key: FigureKey) -> &str {
        self.under("figure.short", key.word())
    }

    /// The word of a state.
    #[must_use]
    pub fn state(&self, state: AgentState) -> &str {
        self.under("state", state.word())
    }

    /// The word of a slot.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> &str {
        self.under("slot", slot.word())
    }

    /// The word of a class of not-ready reasons.
    #[must_use]
    pub fn class(&self, class: ReasonClass) -> &str {
        self.under("class", class.word())
    }

    /// The name of a window.
    #[must_use]
    pub fn window(&self, window: Window) -> &str {
        self.under("window", window.word())
    }

    /// What an alert is about.
    #[must_use]
    pub fn alert(&self, kind: AlertKind) -> &str {
        self.under("alert", kind.word())
    }

    /// 关注 or 告警.
    #[must_use]
    pub fn level(&self, level: Level) -> &str {
        self.under("level", level.word())
    }

    /// Where an incident stands.
    #[must_use]
    pub fn incident(&self, state: IncidentState) -> &str {
        self.under("incident", state.word())
    }

    /// What an anomaly means, a sentence for people.
    #[must_use]
    pub fn anomaly(&self, kind: Anomaly) -> &str {
        self.under("anomaly", kind.word())
    }

    /// The word of a feed's state.
    #[must_use]
    pub fn feed(&self, state: &FeedState) -> &str {
        self.under("feed", state.word())
    }

    /// Why a figure is not known.
    #[must_use]
    pub fn unknown(&self, why: Unknown) -> &str {
        match why {
            Unknown::FeedAway => self.t("unknown.feed_away"),
            Unknown::NotTold => self.t("unknown.not_told"),
            Unknown::Learning => self.t("unknown.learning"),
            Unknown::NoTimes => self.t("unknown.no_times"),
        }
    }

    /// What a feed cannot tell: `what` is the end of a `cannot.…` key, with or without a `:name` to fill in; any other
    /// text stands for itself.
    #[must_use]
    pub fn cannot(&self, what: &str) -> String {
        let (word, name) = what.split_once(':').unwrap_or((what, ""));
        let word = word.strip_prefix("cannot.").unwrap_or(word);
        let key = format!("cannot.{word}");
        match self.find(&key) {
            Some(_) => self.fill(&key, &[("name", name.trim())]),
            None => what.to_owned(),
        }
    }

    /// The text of `area.word`; a word without one stands for itself.
    fn under<'a>(&'a self, area: &str, word: &'a str) -> &'a str {
        self.find(&format!("{area}.{word}")).unwrap_or(word)
    }
}

fn flatten(into: &mut BTreeMap<String, String>, prefix: &str, table: &toml::Table) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::String(text) => drop(into.insert(key, text.clone())),
            toml::Value::Table(inner) => flatten(into, &key, inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_once() {
        let texts = Texts::parse(
            Lang::En,
            "a = \"{x} of {y}\"\nb = \"{x\"\nc = \"{} {z} {x}\"\nn.one = \"{n} call\"\nn.other = \"{n} calls\"",
        );
        for (key, values, want) in [
            ("a", &[("x", "{y}"), ("y", "2")][..], "{y} of 2"),
            ("a", &[("x", "1")][..], "1 of {y}"),
            ("b", &[("x", "1")][..], "{x"),
            ("c", &[("x", "1")][..], "{} {z} 1"),
            ("gone", &[][..], "gone"),
        ] {
            assert_eq!(texts.fill(key, values), want);
        }
        assert_eq!(texts.count("n", 1), "1 call");
        assert_eq!(texts.count("n", 0), "0 calls");
    }

    #[test]
    fn what_a_feed_cannot_tell_has_a_sentence_or_stands_for_itself() {
        let texts = Texts::get(Lang::En);
        assert_eq!(texts.cannot("rights: command"), "the account lacks rights: command");
        assert_eq!(texts.cannot("cannot.transfers"), "no transfers");
        assert_eq!(texts.cannot("something else"), "something else");
    }
}
