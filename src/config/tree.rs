//! A layer as a tree of values that remember where they stand, and how one layer is laid over another.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value stands: the layer, and its first byte there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Index into the list of layers.
    pub(super) layer: usize,
    /// Byte offset in the layer's text.
    pub(super) offset: usize,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: At,
    pub(super) value: Value,
}

/// TOML's kinds, as far as configuration uses them.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Number(f64),
    Switch(bool),
    List(Vec<Node>),
    Table(Table),
    /// A date or time, as TOML writes it without quotes.
    Moment(String),
    /// Numbers too large for any key.
    Other(&'static str),
}

/// Keys with the place each is written at.
pub(super) type Table = BTreeMap<String, (At, Node)>;

impl Value {
    /// The kind, as messages call it.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Whole(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::Switch(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Moment(_) => "a date or time",
            Self::Other(what) => what,
        }
    }
}

/// Converts a parsed document. The parser's own limit on nesting bounds the depth.
pub(super) fn table(layer: usize, parsed: &DeTable<'_>) -> Table {
    parsed
        .iter()
        .map(|(key, value)| {
            let at = At { layer, offset: key.span().start };
            (key.get_ref().to_string(), (at, node(layer, value)))
        })
        .collect()
}

fn node(layer: usize, parsed: &Spanned<DeValue<'_>>) -> Node {
    let value = match parsed.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or(Value::Other("a number beyond all bounds"), Value::Whole)
        }
        DeValue::Float(n) => n.as_str().parse().map_or(Value::Other("a number beyond all bounds"), Value::Number),
        DeValue::Boolean(b) => Value::Switch(*b),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(layer, item)).collect()),
        DeValue::Table(inner) => Value::Table(table(layer, inner)),
    };
    Node { at: At { layer, offset: parsed.span().start }, value }
}

/// Lays `over` onto `base`: tables key by key, everything else (lists among it) replaces.
pub(super) fn merge(base: &mut Table, over: Table) {
    for (key, (at, node)) in over {
        match (base.get_mut(&key), node.value) {
            (Some((_, Node { value: Value::Table(inner), .. })), Value::Table(new)) => merge(inner, new),
            (_, value) => {
                base.insert(key, (at, Node { at: node.at, value }));
            }
        }
    }
}
