//! Full states: what a feed's part of the floor is exchanged for after a (re)connect, and checked against in between.

use super::Floor;
use super::calls::{FeedIx, LegState, QueueIx};
use super::fact::AgentIx;
use super::legs::Ending;
use super::people::Report;
use crate::model::{AgentState, Anomaly, Evidence, QueueId, Time};

/// A waiting call that so many full states in a row did not name is gone; one fewer, and it is doubted.
const GONE_AFTER: u8 = 3;

impl Floor {
    /// From here on nothing is known of this feed's part.
    pub(super) fn gap_begins(&mut self, feed: FeedIx, at: Time) {
        let Some(f) = self.feeds.get_mut(feed as usize) else { return };
        if f.away {
            return;
        }
        f.away = true;
        f.gap = true;
        f.syncing = false;
        f.away_since = Some(at);
        self.settle_feed(feed, at, Evidence::Derived);
        for scope in &mut self.scopes {
            scope.dirty = true;
        }
    }

    /// Live again, and this feed gives no full states: people's states are taken up where they were.
    pub(super) fn live_without_sync(&mut self, feed: FeedIx, at: Time) {
        let Some(f) = self.feeds.get_mut(feed as usize).filter(|f| f.away && f.syncs == 0 && !f.syncing) else {
            return;
        };
        f.away = false;
        f.gap = false;
        if let Some(since) = f.away_since.take() {
            f.last_gap = Some((since, at));
        }
        self.settle_feed(feed, at, Evidence::Derived);
    }

    fn settle_feed(&mut self, feed: FeedIx, at: Time, evidence: Evidence) {
        for ix in 0..self.agents.len() {
            if self.agents.get(ix).is_some_and(|a| a.feed == feed) {
                self.settle(AgentIx::try_from(ix).unwrap_or(0), at, evidence);
            }
        }
    }

    pub(super) fn sync_begin(&mut self, feed: FeedIx) {
        if let Some(f) = self.feeds.get_mut(feed as usize) {
            f.syncing = true;
        }
        for ix in self.calls.open_of(feed) {
            let Some(call) = self.calls.get_mut(ix) else { continue };
            for leg in call.legs.iter_mut().filter(|l| matches!(l.state, LegState::Waiting | LegState::Talking(_))) {
                leg.missing = leg.missing.saturating_add(1);
            }
        }
        for agent in self.agents.iter_mut().filter(|a| a.feed == feed) {
            agent.confirmed = false;
            for place in &mut agent.places {
                place.confirmed = false;
            }
        }
    }

    pub(super) fn sync_end(&mut self, feed: FeedIx, at: Time) {
        let Some(f) = self.feeds.get_mut(feed as usize) else { return };
        if !f.syncing {
            f.count(Anomaly::OutOfPlace);
            return;
        }
        f.syncing = false;
        f.syncs += 1;
        let gap = std::mem::take(&mut f.gap);
        f.away = false;
        if let Some(since) = f.away_since.take() {
            f.last_gap = Some((since, at));
        }
        self.drop_unnamed_places(feed);
        self.drop_unnamed_calls(feed, at, gap);
        self.settle_feed(feed, at, Evidence::Snapshot);
        for scope in &mut self.scopes {
            scope.dirty = true;
        }
    }

    /// Places the full state did not name are no places any more; unless it named no person at all, and so says nothing.
    fn drop_unnamed_places(&mut self, feed: FeedIx) {
        let named = |a: &super::Agent| a.confirmed || a.places.iter().any(|p| p.confirmed);
        if !self.agents.iter().any(|a| a.feed == feed && named(a)) {
            return;
        }
        for agent in self.agents.iter_mut().filter(|a| a.feed == feed) {
            if !named(agent) {
                agent.own = None;
                agent.after_call = None;
            }
            agent.places.retain(|p| p.confirmed);
        }
    }

    /// After a gap, what the full state does not name ended in it, nobody knows how. Without one, a call is given two
    /// more chances: its end may be on its way.
    fn drop_unnamed_calls(&mut self, feed: FeedIx, at: Time, gap: bool) {
        for ix in self.calls.open_of(feed) {
            let Some(call) = self.calls.get(ix) else { continue };
            if gap && call.out.as_ref().is_some_and(|o| !o.over && !self.reported_busy(o.agent)) {
                self.end_out(ix, at, false, false);
            }
            let Some(call) = self.calls.get(ix) else { continue };
            let mut waits = Vec::new();
            let mut talks = Vec::new();
            for (i, leg) in call.legs.iter().enumerate().filter(|(_, l)| l.missing > 0) {
                match &leg.state {
                    LegState::Waiting if gap || leg.missing >= GONE_AFTER => waits.push(i),
                    LegState::Talking(t) if gap && !self.reported_busy(t.agent) => talks.push(i),
                    _ => {}
                }
            }
            for leg in waits {
                if !gap {
                    self.anomaly(feed, Anomaly::Ghost);
                }
                self.end_wait(ix, leg, at, Ending::Unknown);
            }
            for leg in talks {
                if let Some(LegState::Talking(talk)) =
                    self.calls.get_mut(ix).and_then(|c| c.legs.get_mut(leg)).map(|l| &mut l.state)
                {
                    talk.whole = false;
                }
                self.end_talk(ix, leg, at, false);
            }
        }
    }

    fn reported_busy(&self, agent: AgentIx) -> bool {
        let busy = |r: &Report| matches!(r.state, AgentState::Talking | AgentState::Holding);
        self.agents.get(agent as usize).is_some_and(|a| {
            a.own.as_ref().is_some_and(busy) || a.places.iter().any(|p| p.report.as_ref().is_some_and(busy))
        })
    }

    pub(super) fn signed_in(&mut self, feed: FeedIx, ix: AgentIx, queues: &[QueueId], at: Time, evidence: Evidence) {
        let places: Vec<QueueIx> = queues.iter().map(|q| self.queue_ix(feed, q)).collect();
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        agent.states_known = true;
        agent.confirmed = true;
        if agent.own.as_ref().is_none_or(|r| r.state == AgentState::SignedOut && r.at <= at) {
            agent.own =
                Some(Report { state: AgentState::Ready, reason: None, class: None, direction: None, at, since: at });
        }
        for queue in places {
            match agent.places.iter_mut().find(|p| p.queue == queue) {
                Some(place) => place.confirmed = true,
                None => agent.places.push(super::people::Place { queue, report: None, confirmed: true }),
            }
        }
        self.settle(ix, at, evidence);
    }

    pub(super) fn signed_out(&mut self, ix: AgentIx, at: Time, evidence: Evidence) {
        let Some(agent) = self.agents.get_mut(ix as usize) else { return };
        agent.states_known = true;
        agent.confirmed = true;
        agent.places.clear();
        agent.after_call = None;
        agent.own =
            Some(Report { state: AgentState::SignedOut, reason: None, class: None, direction: None, at, since: at });
        self.settle(ix, at, evidence);
    }
}
