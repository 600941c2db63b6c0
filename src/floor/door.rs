//! What happens before the queue, where a feed tells: lines, callers refused, menus.

use super::Floor;
use super::Scope;
use super::calls::FeedIx;
use super::fact::{Fact, ScopeIx, What};
use crate::model::{IvrCount, Label, LineState, QueueId, RefusedWhy, Time};

/// Trunks at this instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Lines {
    /// In use.
    pub in_use: u64,
    /// There are.
    pub capacity: u64,
    /// A feed that told of them is away: what they do now is not known.
    pub away: bool,
}

/// A trunk group as last told.
#[derive(Clone, Debug)]
pub(super) struct Line {
    feed: FeedIx,
    scope: ScopeIx,
    state: LineState,
}

impl Floor {
    /// Trunks of a line, or (scope all) of every line; `None` where no feed tells of any.
    #[must_use]
    pub fn lines_in(&self, scope: ScopeIx) -> Option<Lines> {
        let mut found: Option<Lines> = None;
        for line in self.lines.iter().filter(|l| scope == 0 || l.scope == scope) {
            let sum = found.get_or_insert_default();
            sum.in_use += u64::from(line.state.in_use);
            sum.capacity += u64::from(line.state.capacity);
            sum.away |= self.feeds.get(line.feed as usize).is_some_and(|f| f.away);
        }
        found
    }

    pub(super) fn line_state(&mut self, feed: FeedIx, line: &Label, state: LineState) {
        let scope = self.line_scope(line);
        self.door_seen(feed);
        match self.lines.iter_mut().find(|l| l.feed == feed && l.scope == scope) {
            Some(known) => known.state = state,
            None => self.lines.push(Line { feed, scope, state }),
        }
        for ix in [0, scope] {
            if let Some(s) = self.scopes.get_mut(ix as usize) {
                s.dirty = true;
            }
        }
    }

    pub(super) fn refused(
        &mut self,
        feed: FeedIx,
        at: Time,
        line: Option<&Label>,
        queue: Option<&QueueId>,
        why: RefusedWhy,
    ) {
        self.door_seen(feed);
        let line = line.filter(|l| !l.is_empty()).map(|l| self.line_scope(l));
        let Some(queue) = queue.filter(|q| !q.is_empty()) else {
            for scope in std::iter::once(0).chain(line) {
                self.facts.push(Fact { scope, at, what: What::Refused { why } });
            }
            return;
        };
        let queue = self.queue_ix(feed, queue);
        let line = line.or_else(|| self.queues.get(queue as usize).and_then(|q| q.line));
        for scope in self.scopes_of(queue, line) {
            self.facts.push(Fact { scope, at, what: What::Refused { why } });
        }
    }

    pub(super) fn ivr_count(&mut self, feed: FeedIx, at: Time, count: &IvrCount) {
        if let Some(f) = self.feeds.get_mut(feed as usize) {
            f.ivr_known = true;
        }
        let line = count.line.as_ref().filter(|l| !l.is_empty()).map(|l| self.line_scope(l));
        let of = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let what = What::Ivr { entered: of(count.entered), left: of(count.left), to_queue: of(count.to_queue) };
        for scope in std::iter::once(0).chain(line) {
            self.facts.push(Fact { scope, at, what });
        }
    }

    fn line_scope(&mut self, line: &Label) -> ScopeIx {
        let within = self.settings.queue_defaults.within;
        self.scope_ix(Scope::Line(line.clone()), within)
    }

    fn door_seen(&mut self, feed: FeedIx) {
        if let Some(f) = self.feeds.get_mut(feed as usize) {
            f.door_known = true;
        }
    }
}
