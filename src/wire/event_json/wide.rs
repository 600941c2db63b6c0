//! One JSON object of the public form, borrowed from its bytes: every field there is, whatever the `type`.
//!
//! A field of the wrong JSON type does not stop the reading; it is remembered in [`Rare::wrong`] and stays absent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Names of unknown fields kept for one object; the rest is only counted.
const NAMES_KEPT: usize = 3;
/// Members kept of a list or of `tags`; more is a wrong value.
const MEMBERS_MAX: usize = 1024;

/// A number as JSON has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::wire) enum Number {
    Whole(u64),
    Below(i64),
    Broken(f64),
}

/// What stood where a value of a certain kind was asked for.
pub(super) enum Got<T> {
    Value(T),
    Null,
    Wrong,
}

macro_rules! wide {
    (
        text { $($text:ident = $text_name:literal),+ $(,)? }
        number { $($number:ident = $number_name:literal),+ $(,)? }
        rare_text { $($rare:ident = $rare_name:literal),+ $(,)? }
        rare_number { $($few:ident = $few_name:literal),+ $(,)? }
        list { $($list:ident = $list_name:literal),+ $(,)? }
        map { $($map:ident = $map_name:literal),+ $(,)? }
    ) => {
        /// Every field of the form, all borrowed. Absent and `null` are the same. Made anew for each object, so what is
        /// seldom met stands apart: [`Self::rare`].
        #[derive(Debug, Default)]
        pub(in crate::wire) struct Wide<'a> {
            $(pub(in crate::wire) $text: Option<&'a str>,)+
            $(pub(in crate::wire) $number: Option<Number>,)+
            rare: Option<Box<Rare<'a>>>,
        }

        /// Fields seldom met.
        #[derive(Debug, Default, PartialEq)]
        pub(in crate::wire) struct Rare<'a> {
            $(pub(in crate::wire) $rare: Option<&'a str>,)+
            $(pub(in crate::wire) $few: Option<Number>,)+
            $(pub(in crate::wire) $list: Option<&'a [Cow<'a, str>]>,)+
            $(pub(in crate::wire) $map: Option<&'a [(Cow<'a, str>, Cow<'a, str>)]>,)+
            /// Fields whose value was of the wrong JSON type.
            pub(super) wrong: &'a [&'static str],
            /// Names of fields the form does not know, the first few.
            pub(super) unknown: &'a [String],
            /// How many those were.
            pub(super) unknown_count: u32,
        }

        /// What is seldom met, where none of it is.
        static NONE: Rare<'static> = Rare {
            $($rare: None,)+ $($few: None,)+ $($list: None,)+ $($map: None,)+
            wrong: &[], unknown: &[], unknown_count: 0,
        };

        /// The same as the general reader makes it, with the texts it had to write anew.
        #[derive(Debug, Default)]
        pub(super) struct Read<'a> {
            $($text: Option<Cow<'a, str>>,)+
            $($number: Option<Number>,)+
            $($rare: Option<Cow<'a, str>>,)+
            $($few: Option<Number>,)+
            $($list: Option<Vec<Cow<'a, str>>>,)+
            $($map: Option<Vec<(Cow<'a, str>, Cow<'a, str>)>>,)+
            wrong: Vec<&'static str>,
            unknown: Vec<String>,
            unknown_count: u32,
        }

        impl Read<'_> {
            /// What was read.
            pub(super) fn wide(&self) -> Wide<'_> {
                let rare = Rare {
                    $($rare: self.$rare.as_deref(),)+
                    $($few: self.$few,)+
                    $($list: self.$list.as_deref(),)+
                    $($map: self.$map.as_deref(),)+
                    wrong: &self.wrong,
                    unknown: &self.unknown,
                    unknown_count: self.unknown_count,
                };
                Wide {
                    $($text: self.$text.as_deref(),)+
                    $($number: self.$number,)+
                    rare: (rare != NONE).then(|| Box::new(rare)),
                }
            }
        }

        /// Every field the decoder knows, by its JSON name.
        pub const FIELDS: &[&str] = &[
            $(text_of($text_name),)+ $(text_of($number_name),)+ $(text_of($rare_name),)+ $(text_of($few_name),)+
            $(text_of($list_name),)+ $(text_of($map_name),)+
        ];

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(non_camel_case_types, reason = "the variants are the fields")]
        pub(super) enum Field { $($text,)+ $($number,)+ $($rare,)+ $($few,)+ $($list,)+ $($map,)+ }

        impl Field {
            /// Every field with its name.
            pub(super) const ALL: &[(&[u8], Self)] = &[
                $(($text_name, Self::$text),)+ $(($number_name, Self::$number),)+ $(($rare_name, Self::$rare),)+
                $(($few_name, Self::$few),)+ $(($list_name, Self::$list),)+ $(($map_name, Self::$map),)+
            ];

            /// As bytes: the compiler makes a decision tree of it, not one comparison a field.
            #[inline]
            pub(super) fn from_name(name: &[u8]) -> Option<Self> {
                match name {
                    $($text_name => Some(Self::$text),)+
                    $($number_name => Some(Self::$number),)+
                    $($rare_name => Some(Self::$rare),)+
                    $($few_name => Some(Self::$few),)+
                    $($list_name => Some(Self::$list),)+
                    $($map_name => Some(Self::$map),)+
                    _ => None,
                }
            }

            const fn name(self) -> &'static str {
                match self {
                    $(Self::$text => text_of($text_name),)+
                    $(Self::$number => text_of($number_name),)+
                    $(Self::$rare => text_of($rare_name),)+
                    $(Self::$few => text_of($few_name),)+
                    $(Self::$list => text_of($list_name),)+
                    $(Self::$map => text_of($map_name),)+
                }
            }
        }

        impl<'a> Wide<'a> {
            /// Fields seldom met.
            #[inline]
            pub(in crate::wire) fn rare(&self) -> &Rare<'a> {
                self.rare.as_deref().unwrap_or(&NONE)
            }

            /// Puts a text in its place; false where the field is none.
            #[inline]
            pub(super) fn put_text(&mut self, field: Field, text: &'a str) -> bool {
                match field {
                    $(Field::$text => self.$text = Some(text),)+
                    _ => return self.put_rare(field, text),
                }
                true
            }

            #[cold]
            fn put_rare(&mut self, field: Field, text: &'a str) -> bool {
                match field {
                    $(Field::$rare => self.rare.get_or_insert_default().$rare = Some(text),)+
                    _ => return false,
                }
                true
            }

            /// Puts a number in its place; false where the field is none.
            pub(super) fn put_number(&mut self, field: Field, number: Number) -> bool {
                match field {
                    $(Field::$number => self.$number = Some(number),)+
                    $(Field::$few => self.rare.get_or_insert_default().$few = Some(number),)+
                    _ => return false,
                }
                true
            }

            /// Takes away what a text or number was; false where the field is neither.
            pub(super) fn put_null(&mut self, field: Field) -> bool {
                match field {
                    $(Field::$text => self.$text = None,)+
                    $(Field::$number => self.$number = None,)+
                    $(Field::$rare => self.rare.get_or_insert_default().$rare = None,)+
                    $(Field::$few => self.rare.get_or_insert_default().$few = None,)+
                    _ => return false,
                }
                true
            }

        }

        impl<'a> Read<'a> {
            fn read<A: MapAccess<'a>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
                let wrong = match field {
                    $(Field::$text => put(&mut self.$text, map.next_value_seed(Text)?),)+
                    $(Field::$number => put(&mut self.$number, map.next_value_seed(Numeral)?),)+
                    $(Field::$rare => put(&mut self.$rare, map.next_value_seed(Text)?),)+
                    $(Field::$few => put(&mut self.$few, map.next_value_seed(Numeral)?),)+
                    $(Field::$list => put(&mut self.$list, map.next_value_seed(Texts)?),)+
                    $(Field::$map => put(&mut self.$map, map.next_value_seed(Pairs)?),)+
                };
                if wrong {
                    self.wrong.push(field.name());
                }
                Ok(())
            }
        }
    };
}

wide! {
    text {
        kind = b"type", ts = b"ts", call = b"call", queue = b"queue", agent = b"agent", id = b"id",
        caller = b"caller", line = b"line", why = b"why", by = b"by", state = b"state", reason = b"reason",
        direction = b"direction", feed = b"feed", received_at = b"received_at", caller_key = b"caller_key",
        caller_masked = b"caller_masked", site = b"site", area = b"area",
    }
    number { v = b"v", epoch = b"epoch", seq = b"seq", position = b"position" }
    rare_text {
        menu = b"menu", from_queue = b"from_queue", cause = b"cause", transfer = b"kind", to = b"to",
        since = b"since", until = b"until", approved_by = b"approved_by", name = b"name", team = b"team",
        desk = b"desk", number = b"number", number_key = b"number_key", number_masked = b"number_masked",
        evidence = b"evidence", next_try = b"next_try", note = b"text", hash = b"hash", what = b"what",
        detail = b"detail",
    }
    rare_number {
        priority = b"priority", waited_s = b"waited_s", rang_s = b"rang_s",
        waiting = b"waiting", oldest_s = b"oldest_s",
        in_use = b"in_use", capacity = b"capacity", blocked = b"blocked",
        entered = b"entered", left = b"left", to_queue = b"to_queue",
        age_s = b"age_s", offset_s = b"offset_s", incident = b"incident",
    }
    list { queues = b"queues" }
    map { tags = b"tags", with = b"with" }
}

/// The text of an ASCII literal.
const fn text_of(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// Puts a value in its place; `true` where it was of the wrong type. A repeated field: the last one stands.
fn put<T>(slot: &mut Option<T>, got: Got<T>) -> bool {
    let (value, wrong) = match got {
        Got::Value(value) => (Some(value), false),
        Got::Null => (None, false),
        Got::Wrong => (None, true),
    };
    *slot = value;
    wrong
}

impl Read<'_> {
    fn note_unknown(&mut self, name: &str) {
        self.unknown_count = self.unknown_count.saturating_add(1);
        if self.unknown.len() < NAMES_KEPT {
            self.unknown.push(name.chars().take(24).collect());
        }
    }
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
struct Text;
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
struct Numeral;
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
struct Texts;
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
struct Pairs;
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
