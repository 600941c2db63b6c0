//! Words for what happens to a call. Each has its spelling in the public JSON form.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of KPI.md.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The spelling in JSON, config and logs.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// Reads the spelling of [`Self::word`]; `None` for any other text.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words!(
    /// Why a caller left the queue unanswered without hanging up.
    ExitWhy {
        /// Waited as long as the queue allows.
        Timeout = "timeout",
        /// Sent on because too many waited.
        Overflow = "overflow",
        /// Pressed a key.
        Key = "key",
        /// Nobody was there to answer.
        Empty = "empty",
        /// Moved to another queue.
        Moved = "moved",
        /// The switch restarted or cleared the queue.
        System = "system",
        /// Anything else, withdrawn by an operator among it.
        Other = "other",
    }
);
words!(
    /// Who ended a talk.
    EndedBy {
        /// The caller.
        Caller = "caller",
        /// The agent.
        Agent = "agent",
        /// The system, or nobody knows.
        System = "system",
    }
);
words!(
    /// Why a ring was not answered by the agent it rang at.
    MissWhy {
        /// It rang out.
        NoAnswer = "no_answer",
        /// The agent refused it or was busy.
        Refused = "refused",
    }
);
words!(
    /// How a call was handed on.
    TransferKind {
        /// Without a word to the next.
        Blind = "blind",
        /// After talking to the next.
        Attended = "attended",
    }
);
words!(
    /// Why a caller was refused before the queue.
    RefusedWhy {
        /// Queue or lines full.
        Full = "full",
        /// No agents signed in.
        NoAgents = "no_agents",
    }
);

/// Why a talk ended, in the source's own words (a release cause), kept for the events view.
pub type Cause = super::Label;

/// How full a trunk group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineState {
    /// Channels in use.
    pub in_use: u32,
    /// Channels there are.
    pub capacity: u32,
    /// Channels out of service, where the source tells.
    pub blocked: Option<u32>,
}
