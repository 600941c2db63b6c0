//! Places by the source's ids, a map a feed: looked for without making a key.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::calls::FeedIx;

/// Places of things of one kind, by feed and id.
#[derive(Debug)]
pub(super) struct ById<K> {
    feeds: Vec<FxHashMap<K, u32>>,
}

impl<K> Default for ById<K> {
    fn default() -> Self {
        Self { feeds: Vec::new() }
    }
}

impl<K: Eq + Hash> ById<K> {
    pub(super) fn get(&self, feed: FeedIx, id: &K) -> Option<u32> {
        self.feeds.get(usize::from(feed))?.get(id).copied()
    }

    pub(super) fn insert(&mut self, feed: FeedIx, id: K, ix: u32) {
        let feed = usize::from(feed);
        if self.feeds.len() <= feed {
            self.feeds.resize_with(feed + 1, FxHashMap::default);
        }
        if let Some(feed) = self.feeds.get_mut(feed) {
            feed.insert(id, ix);
        }
    }

    /// Forgets an id, if it still leads to this place.
    pub(super) fn remove(&mut self, feed: FeedIx, id: &K, ix: u32) {
        if let Some(feed) = self.feeds.get_mut(usize::from(feed))
            && feed.get(id) == Some(&ix)
        {
            feed.remove(id);
        }
    }

    /// Places of all things of a feed.
    pub(super) fn of(&self, feed: FeedIx) -> impl Iterator<Item = u32> {
        self.feeds.get(usize::from(feed)).into_iter().flat_map(|feed| feed.values().copied())
    }
}
