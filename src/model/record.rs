//! Records: words with named fields, and their flat text form. Commands and changes are such; the form is what a journal,
//! a store and the control socket carry: `{"what":"note","by":"li","text":"…"}`, every value a text.

use std::collections::BTreeMap;

use super::{Label, Note, Span, Time};

/// The fields of a record by name, each as text; those that are absent are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// The text of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Every field, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One JSON object, every value a text, names in order.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Reads [`Self::to_json`]; numbers and switches are taken as their text. `None` where it is no such object.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
        let mut fields = Self::default();
        for (name, value) in object {
            match value {
                serde_json::Value::String(text) => fields.set(&name, text),
                serde_json::Value::Number(n) => fields.set(&name, n.to_string()),
                serde_json::Value::Bool(on) => fields.set(&name, on.to_string()),
                serde_json::Value::Null => {}
                _ => return None,
            }
        }
        Some(fields)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect())
    }
}

/// A value that has a text.
pub(crate) trait Written: Sized {
    /// The text.
    fn written(&self) -> String;
    /// Reads it.
    fn read(text: &str) -> Option<Self>;
}

/// A value that may be a field: there or, where it is optional, absent.
pub(crate) trait Field: Sized {
    /// Writes it under its name.
    fn put(&self, name: &str, fields: &mut Fields);
    /// Reads it; `None` where it is missing or cannot be read.
    fn take(name: &str, fields: &Fields) -> Option<Self>;
}

impl<T: Written> Field for T {
    fn put(&self, name: &str, fields: &mut Fields) {
        fields.set(name, self.written());
    }

    fn take(name: &str, fields: &Fields) -> Option<Self> {
        T::read(fields.get(name)?)
    }
}

impl<T: Written> Field for Option<T> {
    fn put(&self, name: &str, fields: &mut Fields) {
        if let Some(value) = self {
            value.put(name, fields);
        }
    }

    fn take(name: &str, fields: &Fields) -> Option<Self> {
        match fields.get(name) {
            None => Some(None),
            Some(text) => T::read(text).map(Some),
        }
    }
}

/// Texts of one line each: cleaned, so that none holds a line break.
impl Field for Vec<Label> {
    fn put(&self, name: &str, fields: &mut Fields) {
        if !self.is_empty() {
            fields.set(name, self.iter().map(Label::as_str).collect::<Vec<_>>().join("\n"));
        }
    }

    fn take(name: &str, fields: &Fields) -> Option<Self> {
        Some(fields.get(name).map(|all| all.lines().map(Label::new).collect()).unwrap_or_default())
    }
}

impl Written for Label {
    fn written(&self) -> String {
        self.as_str().to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Some(Self::new(text))
    }
}

impl Written for Note {
    fn written(&self) -> String {
        self.as_str().to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Some(Self::new(text))
    }
}

impl Written for Time {
    fn written(&self) -> String {
        self.rfc3339()
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

/// Seconds, to the microsecond.
impl Written for Span {
    fn written(&self) -> String {
        let (sign, size) = (if self.micros() < 0 { "-" } else { "" }, self.micros().unsigned_abs());
        let text = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        let secs: f64 = text.parse().ok()?;
        secs.is_finite().then(|| Self::from_secs_f64(secs))
    }
}

macro_rules! parsed {
    ($($name:ty),+) => { $(
        impl Written for $name {
            fn written(&self) -> String {
                self.to_string()
            }
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )+ };
}
parsed!(u64, u32, bool);

impl Written for f64 {
    fn written(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|n: &f64| n.is_finite())
    }
}

/// Words of a `words!` enum are fields too.
macro_rules! written_words {
    ($($name:ty),+ $(,)?) => { $(
        impl $crate::model::record::Written for $name {
            fn written(&self) -> String {
                self.word().to_owned()
            }
            fn read(text: &str) -> Option<Self> {
                Self::from_word(text)
            }
        }
    )+ };
}
pub(crate) use written_words;

/// An enum whose variants have a word and named fields, with the flat form both ways.
macro_rules! records {
    (
        $(#[$doc:meta])* $name:ident, $prefix:literal {
            $( $(#[$vdoc:meta])* $variant:ident = $word:literal { $( $(#[$fdoc:meta])* $field:ident : $ty:ty ),* $(,)? } ),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name { $( $(#[$vdoc])* $variant { $( $(#[$fdoc])* $field: $ty ),* } ),+ }

        impl $name {
            /// Every word.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word of what this is.
            #[must_use]
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $word),+ }
            }

            #[doc = concat!("The word after `", $prefix, "`.")]
            #[must_use]
            pub const fn key(&self) -> &'static str {
                match self { $(Self::$variant { .. } => concat!($prefix, $word)),+ }
            }

            /// Its fields in the flat form.
            #[must_use]
            pub fn fields(&self) -> $crate::model::Fields {
                let mut fields = $crate::model::Fields::default();
                match self { $(Self::$variant { $($field),* } => {
                    $( $crate::model::record::Field::put($field, stringify!($field), &mut fields); )*
                }),+ }
                fields
            }

            /// Reads word and fields; fields it does not know are left alone. `None` where the word is not known, or a field
            /// it needs is missing or cannot be read.
            #[must_use]
            pub fn from_fields(word: &str, fields: &$crate::model::Fields) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant {
                        $( $field: $crate::model::record::Field::take(stringify!($field), fields)? ),*
                    }),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use records;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_their_text() {
        for micros in [0, 1, -1, 1_500_000, 30_000_000, -61_000_001] {
            let span = Span::from_micros(micros);
            assert_eq!(Span::read(&span.written()), Some(span), "{}", span.written());
        }
        assert_eq!(<Option<Label> as Field>::take("x", &Fields::default()), Some(None));
        assert_eq!(u64::take("x", &Fields::default()), None);
        assert_eq!(
            Fields::from_json("{\"a\":1,\"b\":\"x\",\"c\":null}").map(|f| f.to_json()).as_deref(),
            Some("{\"a\":\"1\",\"b\":\"x\"}")
        );
        assert_eq!(Fields::from_json("[1]"), None);
    }
}
