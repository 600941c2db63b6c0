//! One JSON object of the public form, borrowed from its bytes: every field there is, whatever the `type`.
//!
//! A field of the wrong JSON type does not stop the reading; it is remembered in [`Rare::wrong`] and stays absent.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::reader::{Numeral, Pairs, Text, Texts, put};

/// Names of unknown fields kept for one object; the rest is only counted.
const NAMES_KEPT: usize = 3;

/// A number as JSON has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::wire) enum Number {
    Whole(u64),
    Below(i64),
    Broken(f64),
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
                    $(Field::$rare => if let Some(rare) = &mut self.rare { rare.$rare = None },)+
                    $(Field::$few => if let Some(rare) = &mut self.rare { rare.$few = None },)+
                    _ => return false,
                }
                true
            }

        }

        impl<'a> Read<'a> {
            pub(super) fn read<A: MapAccess<'a>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
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

impl Read<'_> {
    pub(super) fn note_unknown(&mut self, name: &str) {
        self.unknown_count = self.unknown_count.saturating_add(1);
        if self.unknown.len() < NAMES_KEPT {
            self.unknown.push(name.chars().take(24).collect());
        }
    }
}
