//! The arrivals of a recording, by scope: first joins as the floor finds them, and the marks of calls.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::config::Settings;
use crate::floor::{Fact, Floor, Mark, What};
use crate::metrics::Scope;
use crate::model::{CallerKey, Envelope, FeedId, QueueId, Time};
use crate::usual::History;

/// Scopes of one kind that are looked at, at most: those with the most calls.
const MOST: usize = 200;

/// A call that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// When.
    pub at: Time,
    /// Who, where the feed tells.
    pub caller: Option<CallerKey>,
}

/// One scope's arrivals, in order of time.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Whose.
    pub scope: Scope,
    /// Its calls.
    pub calls: Vec<Came>,
    /// The scopes above it, by place: a call more here is one more there.
    pub above: Vec<usize>,
}

/// All scopes of one or more recordings; scope all is the first.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Scope by scope.
    pub streams: Vec<Stream>,
    /// Envelopes read.
    pub events: u64,
    place: FxHashMap<Scope, usize>,
}

impl Default for Recorded {
    fn default() -> Self {
        let mut empty = Self { streams: Vec::new(), events: 0, place: FxHashMap::default() };
        empty.place(&Scope::All);
        empty
    }
}

impl Recorded {
    /// Reads recordings through a floor of their own and adds what arrived. A file is one feed however it is named, so
    /// that a month in one file and the next in another are the same queues.
    pub fn read(&mut self, batches: impl Iterator<Item = Vec<Envelope>>, settings: &Arc<Settings>) {
        let mut floor = Floor::new(settings.clone());
        let (mut facts, mut people, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        // The floor's scopes by place, and what is known of them here.
        let mut places: Vec<Option<usize>> = Vec::new();
        for batch in batches {
            for envelope in &batch {
                self.events += 1;
                floor.apply(envelope);
                floor.take_facts(&mut facts, &mut people);
                floor.take_marks(&mut marks);
                self.take(&floor, &facts, &marks, &mut places);
            }
        }
        floor.finish();
        floor.take_facts(&mut facts, &mut people);
        floor.take_marks(&mut marks);
        self.take(&floor, &facts, &marks, &mut places);
    }

    fn take(&mut self, floor: &Floor, facts: &[Fact], marks: &[Mark], places: &mut Vec<Option<usize>>) {
        for fact in facts {
            let What::Joined { caller, arrival: true, .. } = fact.what else { continue };
            let ix = fact.scope as usize;
            while places.len() <= ix {
                places.push(self.place_of(floor, places.len()));
            }
            if let Some(stream) = places.get(ix).copied().flatten().and_then(|p| self.streams.get_mut(p)) {
                stream.calls.push(Came { at: fact.at, caller });
            }
        }
        for mark in marks {
            let place = self.place(&mark.scope);
            if let Some(stream) = self.streams.get_mut(place) {
                stream.calls.push(Came { at: mark.at, caller: mark.caller });
            }
        }
    }

    fn place_of(&mut self, floor: &Floor, ix: usize) -> Option<usize> {
        let scope = nameless(&floor.scopes().get(ix)?.scope);
        if matches!(scope, Scope::Team(_)) {
            return None;
        }
        let place = self.place(&scope);
        let queue = floor.queues().iter().find(|q| q.scope as usize == ix);
        for parent in queue.iter().flat_map(|q| &q.parents) {
            if let Some(parent) = floor.scopes().get(*parent as usize).map(|s| nameless(&s.scope)) {
                let above = self.place(&parent);
                if let Some(stream) = self.streams.get_mut(place).filter(|s| !s.above.contains(&above)) {
                    stream.above.push(above);
                }
            }
        }
        Some(place)
    }

    fn place(&mut self, scope: &Scope) -> usize {
        if let Some(place) = self.place.get(scope) {
            return *place;
        }
        self.streams.push(Stream { scope: scope.clone(), calls: Vec::new(), above: Vec::new() });
        self.place.insert(scope.clone(), self.streams.len() - 1);
        self.streams.len() - 1
    }

    /// Every stream in order of time, and of each kind of scope only the largest.
    pub fn settle(&mut self) {
        for stream in &mut self.streams {
            stream.calls.sort_by_key(|c| c.at);
        }
        for kind in 0..KINDS {
            let mut of_kind: Vec<usize> = (0..self.streams.len())
                .filter(|i| self.streams.get(*i).is_some_and(|s| kind_of(&s.scope) == kind))
                .collect();
            of_kind.sort_by_key(|i| std::cmp::Reverse(self.streams.get(*i).map_or(0, |s| s.calls.len())));
            for place in of_kind.into_iter().skip(MOST) {
                if let Some(stream) = self.streams.get_mut(place) {
                    stream.calls.clear();
                }
            }
        }
    }

    /// Teaches all of it, every scope.
    pub fn teach(&self, history: &mut History) {
        for stream in &self.streams {
            for call in &stream.calls {
                history.arrival(&stream.scope, call.at);
            }
        }
    }

    /// The first and the last call.
    #[must_use]
    pub fn span(&self) -> Option<(Time, Time)> {
        let all = self.streams.iter().flat_map(|s| s.calls.first().into_iter().chain(s.calls.last()));
        let (first, last) = all.fold((Time::MAX, Time::MIN), |(a, b), c| (a.min(c.at), b.max(c.at)));
        (first <= last).then_some((first, last))
    }

    /// Adds the calls of another to these.
    pub fn add(&mut self, other: &Self) {
        let places: Vec<usize> = other.streams.iter().map(|s| self.place(&s.scope)).collect();
        for (stream, place) in other.streams.iter().zip(&places) {
            if let Some(mine) = self.streams.get_mut(*place) {
                mine.calls.extend_from_slice(&stream.calls);
                for above in stream.above.iter().filter_map(|a| places.get(*a)) {
                    if !mine.above.contains(above) {
                        mine.above.push(*above);
                    }
                }
            }
        }
        self.events += other.events;
    }
}

const KINDS: u8 = 7;

const fn kind_of(scope: &Scope) -> u8 {
    match scope {
        Scope::All | Scope::Team(_) => 0,
        Scope::Group(_) => 1,
        Scope::Line(_) => 2,
        Scope::Queue(..) => 3,
        Scope::Area(_) => 4,
        Scope::Menu(_) => 5,
        Scope::Reason(_) => 6,
    }
}

/// Files stand for one center: a queue is the same in each of them.
fn nameless(scope: &Scope) -> Scope {
    match scope {
        Scope::Queue(_, id) => Scope::Queue(FeedId::default(), QueueId::new(id.as_str())),
        other => other.clone(),
    }
}
