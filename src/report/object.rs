//! A JSON object whose keys stay in the order they were put: figures in the order of KPI.md, cheap enough for one an
//! interval.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// A value of an [`Object`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing to divide by, or not known.
    Null,
    /// A whole number.
    Count(i64),
    /// Any number; what JSON cannot write is `null`.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(String),
    /// An object within.
    Object(Object),
    /// A list.
    List(Vec<Cell>),
}

/// Keys with their values, in order. A key is put once.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Object(Vec<(Cow<'static, str>, Cell)>);

impl Object {
    /// Without keys.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a key of ours.
    pub fn put(&mut self, key: &'static str, value: impl Into<Cell>) -> &mut Self {
        self.0.push((Cow::Borrowed(key), value.into()));
        self
    }

    /// Adds a key from outside (a queue, a person, a reason).
    pub fn put_named(&mut self, key: impl Into<String>, value: impl Into<Cell>) -> &mut Self {
        self.0.push((Cow::Owned(key.into()), value.into()));
        self
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Cell> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Whether it has no key.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Count(n) => serializer.serialize_i64(*n),
            Self::Number(n) => serializer.serialize_f64(*n),
            Self::Flag(yes) => serializer.serialize_bool(*yes),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Object(object) => object.serialize(serializer),
            Self::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for cell in list {
                    seq.serialize_element(cell)?;
                }
                seq.end()
            }
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

impl From<i64> for Cell {
    fn from(n: i64) -> Self {
        Self::Count(n)
    }
}
impl From<u32> for Cell {
    fn from(n: u32) -> Self {
        Self::Count(i64::from(n))
    }
}
impl From<f64> for Cell {
    fn from(n: f64) -> Self {
        Self::Number(n)
    }
}
impl From<bool> for Cell {
    fn from(yes: bool) -> Self {
        Self::Flag(yes)
    }
}
impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<Object> for Cell {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}
impl From<Vec<Cell>> for Cell {
    fn from(list: Vec<Cell>) -> Self {
        Self::List(list)
    }
}
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_what_is_no_number_is_null() {
        let mut inner = Object::new();
        inner.put("z", 1i64).put("a", Cell::Null).put_named("队列", f64::NAN);
        let mut object = Object::new();
        object.put("b", 0.5).put("a", "x\"y").put("o", inner).put("l", vec![Cell::Flag(true), Cell::Count(2)]);
        assert_eq!(object.to_string(), r#"{"b":0.5,"a":"x\"y","o":{"z":1,"a":null,"队列":null},"l":[true,2]}"#);
    }
}
