//! One envelope at a time: when it counts as having happened, and which part of the floor it is about.

use super::calls::FeedIx;
use super::order::Outcome;
use super::{Feed, Floor};
use crate::model::{Anomaly, Envelope, Event, Evidence, FeedState, Kind, Span, Time};

impl Floor {
    /// Applies one envelope. Facts found are held until [`Floor::take_facts`].
    pub fn apply(&mut self, envelope: &Envelope) {
        let feed = self.feed_ix(envelope);
        let received = envelope.received_at;
        if let Some(f) = self.feeds.get_mut(feed as usize) {
            f.events += 1;
            // News of ours about the feed are no sign of life of it.
            let ours = matches!(
                envelope.event.kind,
                Kind::FeedState(_) | Kind::FeedOffset { .. } | Kind::Command(_) | Kind::ConfigApplied { .. }
            );
            if !ours {
                f.last_event = Some(f.last_event.map_or(received, |t| t.max(received)));
            }
            if envelope.epoch > f.epoch {
                f.reconnects += u32::from(f.epoch > 0);
                f.epoch = envelope.epoch;
            }
        }
        let event = &envelope.event;
        let at = self.event_time(feed, event, received);
        if let Some(id) = &event.id
            && !self.feeds.get_mut(feed as usize).is_some_and(|f| f.first_time(id, received))
        {
            self.anomaly(feed, Anomaly::Repeat);
            return;
        }
        if !self.feed_event(feed, at, received, event) {
            if !self.touched {
                // Nothing has happened yet: a feed that begins with the hours before begins the floor there.
                self.touched = true;
                self.now = at;
            }
            self.advance(at);
            if at < self.now - self.settings.figures.reorder && event.evidence == Evidence::Reported {
                self.anomaly(feed, Anomaly::Late);
            }
            self.floor_event(feed, at, event);
        }
    }

    /// When it happened: the source's time corrected by its clock's offset, else the time of receipt. A time that lies
    /// ahead of receipt cannot be true and is not used.
    fn event_time(&mut self, feed: FeedIx, event: &Event, received: Time) -> Time {
        let Some(ts) = event.ts else { return received };
        let offset = self.feeds.get(feed as usize).and_then(|f| f.offset).unwrap_or(Span::ZERO);
        let at = ts - offset;
        if at > received + self.settings.figures.reorder {
            self.anomaly(feed, Anomaly::Clock);
            return received;
        }
        at
    }

    /// The instant an envelope would count as having happened at; `None` for news that move no clock.
    #[must_use]
    pub fn time_of(&self, envelope: &Envelope) -> Option<Time> {
        if matches!(
            envelope.event.kind,
            Kind::FeedState(_)
                | Kind::FeedOffset { .. }
                | Kind::FeedHeartbeat
                | Kind::Anomaly { .. }
                | Kind::Command(_)
                | Kind::ConfigApplied { .. }
                | Kind::ClockTick
        ) {
            return None;
        }
        let offset = self.feeds.iter().find(|f| f.name == envelope.feed).and_then(|f| f.offset);
        let at = envelope.event.ts.map_or(envelope.received_at, |ts| ts - offset.unwrap_or(Span::ZERO));
        let ahead = at > envelope.received_at + self.settings.figures.reorder;
        Some(if ahead { envelope.received_at } else { at })
    }

    fn feed_ix(&mut self, envelope: &Envelope) -> FeedIx {
        let found = self.feeds.iter().position(|f| f.name == envelope.feed);
        let ix = found.unwrap_or_else(|| {
            self.feeds.push(Feed::new(envelope.feed.clone(), envelope.received_at));
            self.feeds.len() - 1
        });
        FeedIx::try_from(ix).unwrap_or(FeedIx::MAX)
    }

    /// News of the feed itself, which moves no clock. Returns whether it was such.
    fn feed_event(&mut self, feed: FeedIx, at: Time, received: Time, event: &Event) -> bool {
        match &event.kind {
            Kind::FeedState(state) => self.feed_state(feed, received, state),
            Kind::FeedOffset { offset } => {
                if let Some(f) = self.feeds.get_mut(feed as usize) {
                    f.offset = Some(*offset);
                }
            }
            Kind::Anomaly { what, detail } => {
                self.anomaly(feed, *what);
                if *what == Anomaly::Refused
                    && let Some(f) = self.feeds.get_mut(feed as usize)
                    && !f.cannot.contains(detail)
                    && f.cannot.len() < 16
                {
                    f.cannot.push(detail.clone());
                }
                // A supervisor tells a reconnect by the feed's state; a recording without one tells it here.
                let watched = self.feeds.get(feed as usize).is_some_and(super::Feed::reports_state);
                if *what == Anomaly::Gap || (*what == Anomaly::Reconnect && !watched) {
                    self.gap_begins(feed, at);
                }
            }
            Kind::FeedHeartbeat | Kind::Command(_) | Kind::ConfigApplied { .. } | Kind::ClockTick => {}
            _ => return false,
        }
        true
    }

    fn feed_state(&mut self, feed: FeedIx, at: Time, state: &FeedState) {
        let Some(f) = self.feeds.get_mut(feed as usize) else { return };
        if f.state.word() != state.word() {
            f.since = at;
        }
        f.state = state.clone();
        f.watched = true;
        match state {
            FeedState::Away { .. } | FeedState::Failed { .. } => self.gap_begins(feed, at),
            FeedState::Live => self.live_without_sync(feed, at),
            FeedState::Late { .. } | FeedState::Connecting => {}
        }
    }

    fn floor_event(&mut self, feed: FeedIx, at: Time, event: &Event) {
        let evidence = event.evidence;
        match &event.kind {
            Kind::FeedSyncBegin => self.sync_begin(feed),
            Kind::FeedSyncEnd => self.sync_end(feed, at),
            Kind::AgentSignedIn { agent, name, team, desk, queues } => {
                let ix = self.agent_ix(feed, agent, at);
                self.describe_agent(ix, name.as_ref(), team.as_ref(), desk.as_ref());
                self.signed_in(feed, ix, queues, at, evidence);
            }
            Kind::AgentSignedOut { agent } => {
                let ix = self.agent_ix(feed, agent, at);
                self.signed_out(ix, at, evidence);
            }
            Kind::AgentState(e) => self.agent_reported(feed, at, evidence, e),
            Kind::AgentJoinedQueue { agent, queue, name } => {
                let (ix, queue) = (self.agent_ix(feed, agent, at), self.queue_ix(feed, queue));
                self.describe_agent(ix, name.as_ref(), None, None);
                self.join_place(ix, queue, at, evidence);
            }
            Kind::AgentLeftQueue { agent, queue } => {
                let (ix, queue) = (self.agent_ix(feed, agent, at), self.queue_ix(feed, queue));
                self.leave_place(ix, queue, at, evidence);
            }
            Kind::QueueObserved { queue, waiting, .. } => {
                let queue = self.queue_ix(feed, queue);
                self.observed(feed, queue, *waiting);
            }
            Kind::DoorRefused { line, queue, why } => self.refused(feed, at, line.as_ref(), queue.as_ref(), *why),
            Kind::LineState { line, state } => self.line_state(feed, line, *state),
            Kind::IvrCount(count) => self.ivr_count(feed, at, count),
            kind => match self.call_event(feed, at, evidence, kind, false) {
                Outcome::Done => self.retry_parked(feed, kind),
                Outcome::NotYet => self.park(feed, at, evidence, kind),
                Outcome::Odd(what) => self.anomaly(feed, what),
            },
        }
    }

    /// A source's own count of waiting calls against ours.
    fn observed(&mut self, feed: FeedIx, queue: super::calls::QueueIx, waiting: u32) {
        let Some(q) = self.queues.get(queue as usize) else { return };
        let ours = self.scopes.get(q.scope as usize).map_or(0, |s| s.waiting);
        let Some(f) = self.feeds.get_mut(feed as usize) else { return };
        if !f.syncing {
            f.drift = i64::from(waiting) - i64::from(ours);
            if f.drift != 0 {
                f.count(Anomaly::Drift);
            }
        }
    }
}
