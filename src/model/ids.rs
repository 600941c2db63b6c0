//! Ids and labels: short cleaned texts, each a type of its own.

use compact_str::CompactString;
use std::fmt;

use super::text::clean;

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(CompactString);

        impl $name {
            #[doc = concat!("The cleaned text, at most ", stringify!($max), " characters.")]
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(clean(text, $max))
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether nothing was left after cleaning.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }
    };
}

text_type!(
    /// The name of a feed, as configured (`[[source]] name`).
    FeedId, 64
);
text_type!(
    /// A queue, as its source names it.
    QueueId, 128
);
text_type!(
    /// An agent, as the source names the place or login (an interface, a login name).
    AgentId, 128
);
text_type!(
    /// A call: one id however often it moves.
    CallId, 128
);
text_type!(
    /// A sender's own id of an event, unique within the feed; repeats are known by it.
    EventId, 128
);
text_type!(
    /// Any other short text from outside: names, reasons, lines, areas, menus.
    Label, 96
);
text_type!(
    /// A longer text of a person: a note, a wording, a cause. One paragraph.
    Note, 2000
);

impl From<&Label> for Note {
    fn from(label: &Label) -> Self {
        Self::new(label.as_str())
    }
}
