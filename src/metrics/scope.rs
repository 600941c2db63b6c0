//! What a row of figures is about.

use crate::model::{FeedId, Label, QueueId};

/// What a row of figures is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything.
    All,
    /// A configured group.
    Group(Label),
    /// One queue of one feed.
    Queue(FeedId, QueueId),
}
