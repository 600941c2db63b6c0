//! The general reader: one JSON object of any shape into [`Read`]. It alone knows what is wrong with an object.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::wide::{Field, Number, Read, Wide};

/// Members kept of a list or of `tags`; more is a wrong value.
const MEMBERS_MAX: usize = 1024;

/// What stood where a value of a certain kind was asked for.
pub(super) enum Got<T> {
    Value(T),
    Null,
    Wrong,
}

/// Puts a value in its place; `true` where it was of the wrong type. A repeated field: the last one stands.
pub(super) fn put<T>(slot: &mut Option<T>, got: Got<T>) -> bool {
    let (value, wrong) = match got {
        Got::Value(value) => (Some(value), false),
        Got::Null => (None, false),
        Got::Wrong => (None, true),
    };
    *slot = value;
    wrong
}

/// Reads a whole text as one element.
pub(super) fn read<'a>(text: &'a str, into: &mut Read<'a>) -> serde_json::Result<bool> {
    let mut json = serde_json::Deserializer::from_str(text);
    let object = ReadElement(into).deserialize(&mut json)?;
    json.end().map(|()| object)
}

/// Reads one element of any JSON type into the given place; gives whether it was an object.
struct ReadElement<'w, 'a>(&'w mut Read<'a>);

impl<'de> DeserializeSeed<'de> for ReadElement<'_, 'de> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<bool, D::Error> {
        d.deserialize_any(self)
    }
}

/// A key of the object: one the form knows, or its text.
enum Key {
    Known(Field),
    Unknown(String),
}

struct ReadKey;

impl<'de> DeserializeSeed<'de> for ReadKey {
    type Value = Key;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Key, D::Error> {
        d.deserialize_identifier(self)
    }
}

impl Visitor<'_> for ReadKey {
    type Value = Key;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Ok(match Field::from_name(name.as_bytes()) {
            Some(field) => Key::Known(field),
            None => Key::Unknown(name.chars().take(64).collect()),
        })
    }
}

/// What every reader of a value does with the JSON types it does not want.
macro_rules! refuse {
    ($refused:expr; $($kind:ident),+ $(,)?) => { $(refuse!(@ $kind $refused);)+ };
    (@ unit $refused:expr) => { fn visit_unit<E: Error>(self) -> Result<Self::Value, E> { Ok($refused) } };
    (@ bool $refused:expr) => { fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> { Ok($refused) } };
    (@ number $refused:expr) => {
        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> { Ok($refused) }
        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> { Ok($refused) }
        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> { Ok($refused) }
    };
    (@ text $refused:expr) => { fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> { Ok($refused) } };
    (@ list $refused:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok($refused)
        }
    };
    (@ map $refused:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($refused)
        }
    };
}

impl<'de> Visitor<'de> for ReadElement<'_, 'de> {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let wide = self.0;
        while let Some(key) = map.next_key_seed(ReadKey)? {
            match key {
                Key::Known(field) => wide.read(field, &mut map)?,
                Key::Unknown(name) => {
                    map.next_value::<IgnoredAny>()?;
                    wide.note_unknown(&name);
                }
            }
        }
        Ok(true)
    }
    refuse!(false; unit, bool, number, text, list);
}

/// Reads every element of an array and gives each away as it is read, so that a broken one loses none before it.
///
/// The function is given each element, or `None` for one that is no object.
pub(super) struct ReadElements<F>(pub(super) F);

impl<'de, F: FnMut(Option<&Wide<'_>>)> Visitor<'de> for ReadElements<F> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let mut element = Read::default();
        while let Some(object) = list.next_element_seed(ReadElement(&mut element))? {
            (self.0)(object.then(|| element.wide()).as_ref());
            element = Read::default();
        }
        Ok(())
    }
}

macro_rules! any_value {
    ($seed:ident, $value:ty) => {
        impl<'de> DeserializeSeed<'de> for $seed {
            type Value = Got<$value>;
            fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
                d.deserialize_any(self)
            }
        }
    };
}

/// Reads a text.
pub(super) struct Text;
any_value!(Text, Cow<'de, str>);
impl<'de> Visitor<'de> for Text {
    type Value = Got<Cow<'de, str>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Got::Value(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Got::Value(Cow::Owned(text.to_owned())))
    }
    refuse!(Got::Null; unit);
    refuse!(Got::Wrong; bool, number, list, map);
}

/// Reads a number.
pub(super) struct Numeral;
any_value!(Numeral, Number);
impl<'de> Visitor<'de> for Numeral {
    type Value = Got<Number>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Got::Value(Number::Whole(n)))
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Got::Value(u64::try_from(n).map_or(Number::Below(n), Number::Whole)))
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<Self::Value, E> {
        Ok(Got::Value(Number::Broken(n)))
    }
    refuse!(Got::Null; unit);
    refuse!(Got::Wrong; bool, text, list, map);
}

/// Reads a list of texts; one member that is none makes the whole list wrong.
pub(super) struct Texts;
any_value!(Texts, Vec<Cow<'de, str>>);
impl<'de> Visitor<'de> for Texts {
    type Value = Got<Vec<Cow<'de, str>>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut texts, mut whole) = (Vec::new(), true);
        while let Some(member) = list.next_element_seed(Text)? {
            match member {
                Got::Value(text) if texts.len() < MEMBERS_MAX => texts.push(text),
                _ => whole = false,
            }
        }
        Ok(if whole { Got::Value(texts) } else { Got::Wrong })
    }
    refuse!(Got::Null; unit);
    refuse!(Got::Wrong; bool, number, text, map);
}

/// Reads an object of texts, in its order.
pub(super) struct Pairs;
any_value!(Pairs, Vec<(Cow<'de, str>, Cow<'de, str>)>);
impl<'de> Visitor<'de> for Pairs {
    type Value = Got<Vec<(Cow<'de, str>, Cow<'de, str>)>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut pairs, mut whole) = (Vec::new(), true);
        while let Some(Got::Value(name)) = map.next_key_seed(Name)? {
            match map.next_value_seed(Text)? {
                Got::Value(text) if pairs.len() < MEMBERS_MAX => pairs.push((name, text)),
                _ => whole = false,
            }
        }
        Ok(if whole { Got::Value(pairs) } else { Got::Wrong })
    }
    refuse!(Got::Null; unit);
    refuse!(Got::Wrong; bool, number, text, list);
}

/// Reads a name within `tags`.
struct Name;
impl<'de> DeserializeSeed<'de> for Name {
    type Value = Got<Cow<'de, str>>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_str(Text)
    }
}
