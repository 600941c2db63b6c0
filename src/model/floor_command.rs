//! What a lead does about the floor's people and lost callers; recorded like every command.

use super::{Label, Time};

super::call::words!(
    /// What is done.
    FloorAct {
        /// A mark of a person was looked into: `what` is the rule, `note` says what it was.
        Correct = "correct",
        /// A person asks for a rest.
        RestAsk = "rest_ask",
        /// The wish is withdrawn or refused.
        RestDrop = "rest_drop",
        /// The quota of rests of a team (`whom`; empty is every team) is `count`; none is as configured.
        RestQuota = "rest_quota",
        /// A person's desk broke; the move to another begins.
        DeskMove = "desk_move",
        /// A person is called in; beyond the marks of hours only with a `note`.
        CallIn = "call_in",
        /// A lost caller (`whom`, the key) is given to `what`.
        LostAssign = "lost_assign",
        /// A lost caller was called back; `what` is `reached` or `not_reached`.
        LostCalled = "lost_called",
        /// Nothing is left to do for a lost caller.
        LostDone = "lost_done",
        /// A rule (`whom`), or one scope of it (`what`), is silent `until` then.
        Silence = "silence",
        /// The silence is over.
        Unsilence = "unsilence",
    }
);

/// A command about the floor. Which fields mean something is said at each [`FloorAct`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FloorCommand {
    /// What is done.
    pub act: FloorAct,
    /// Whom it is about: a person, a team, a caller's key, a rule.
    pub whom: Label,
    /// What more: a rule, a scope, an assignee, an outcome.
    pub what: Label,
    /// Who did it.
    pub by: Label,
    /// Why, in words.
    pub note: Label,
    /// Until when.
    pub until: Option<Time>,
    /// How many.
    pub count: Option<u32>,
}

impl FloorCommand {
    /// One with nothing but whom it is about and who did it.
    #[must_use]
    pub fn new(act: FloorAct, whom: &str, by: &str) -> Self {
        Self {
            act,
            whom: Label::new(whom),
            what: Label::default(),
            by: Label::new(by),
            note: Label::default(),
            until: None,
            count: None,
        }
    }

    /// The same with what more there is to say.
    #[must_use]
    pub fn what(mut self, what: &str) -> Self {
        self.what = Label::new(what);
        self
    }

    /// The same with a note.
    #[must_use]
    pub fn note(mut self, note: &str) -> Self {
        self.note = Label::new(note);
        self
    }
}
