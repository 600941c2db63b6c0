//! Tags of a call that figures are made of: the outcome, and whether a customer was reached.

use super::calls::{CallIx, FeedIx};
use super::fact::{AgentFact, AgentWhat, Fact, Mark, Tag, What};
use super::order::Outcome;
use super::{Floor, Scope};
use crate::model::{CallId, Label, Tags, Time};

/// Values of a tag that deny it.
const NO: [&str; 6] = ["", "no", "false", "0", "n", "否"];

impl Floor {
    /// A tag counts once a call, at the instant it is told, for who talked last and where.
    pub(super) fn tagged(&mut self, feed: FeedIx, at: Time, id: &CallId, tags: &Tags) -> Outcome {
        if let Some(ix) = self.calls.find(feed, id) {
            for (name, value) in tags {
                match name.as_str() {
                    "area" => self.mark(ix, at, Some(value), Scope::Area),
                    "menu" => self.mark(ix, at, Some(value), Scope::Menu),
                    "reason" => self.mark(ix, at, Some(value), Scope::Reason),
                    _ => {}
                }
            }
        }
        let known = tags.iter().filter_map(|(name, value)| tag(name.as_str(), value.as_str()));
        let known: Vec<Tag> = known.collect();
        if tags.iter().any(|(name, _)| matches!(name.as_str(), "outcome" | "reached"))
            && let Some(f) = self.feeds.get_mut(feed as usize)
        {
            f.tags_known = true;
        }
        if known.is_empty() {
            return Outcome::Done;
        }
        let Some(ix) = self.calls.find(feed, id) else { return Outcome::NotYet };
        let Some(call) = self.calls.get_mut(ix) else { return Outcome::NotYet };
        let new: Vec<Tag> = known
            .into_iter()
            .filter(|tag| {
                let bit = 1 << (*tag as u8);
                let first = call.tags & bit == 0;
                call.tags |= bit;
                first
            })
            .collect();
        let (handled, line) = (call.handled, call.line);
        let out = call.out.is_some();
        let key = call.out.as_ref().and_then(|o| o.number).or(call.caller);
        let queue = handled.map_or_else(|| call.legs.last().map(|l| l.queue), |(_, queue)| queue);
        for tag in new {
            if let Some((agent, _)) = handled {
                self.agent_facts.push(AgentFact { agent, at, what: AgentWhat::Tagged(tag) });
            }
            let what = What::Tagged { tag, key, out };
            match queue {
                Some(queue) => {
                    for scope in self.scopes_of(queue, line) {
                        self.facts.push(Fact { scope, at, what });
                    }
                }
                None => self.facts.push(Fact { scope: 0, at, what }),
            }
        }
        Outcome::Done
    }
}

impl Floor {
    /// A mark of a call, each kind the first time it is told.
    pub(super) fn mark(&mut self, ix: CallIx, at: Time, value: Option<&Label>, scope: fn(Label) -> Scope) {
        let Some(value) = value.filter(|v| !v.is_empty()) else { return };
        let scope = scope(value.clone());
        let bit = match scope {
            Scope::Area(_) => 1,
            Scope::Menu(_) => 2,
            _ => 4,
        };
        if let Some(call) = self.calls.get_mut(ix).filter(|call| call.out.is_none() && call.marks & bit == 0) {
            call.marks |= bit;
            let caller = call.caller;
            self.marks.push(Mark { scope, at, caller });
        }
    }
}

/// The tag a name and value stand for; others are no figures of ours.
fn tag(name: &str, value: &str) -> Option<Tag> {
    let value = value.trim().to_lowercase();
    match name {
        "outcome" => Tag::from_word(&value),
        "reached" if !NO.contains(&value.as_str()) => Some(Tag::Reached),
        _ => None,
    }
}
