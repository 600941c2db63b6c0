//! The answer to `QueueStatus`: everybody who is there, in one piece.

use super::fields::{Field, Reader};
use super::mapper::{AmiMapper, anomaly};
use super::members::Said;
use super::state::{At, Stage};
use crate::model::{AgentId, Anomaly, CallId, Event, Evidence, JoinDetail, Kind, QueueId, Span, Time};

/// A list that is not complete after this never will be.
const PATIENCE: Span = Span::from_secs(15);

/// A list being answered.
#[derive(Debug)]
pub(super) struct Listing {
    action: Vec<u8>,
    since: Time,
    /// Queues with their own counts.
    queues: Vec<(QueueId, u32, Option<Span>)>,
    members: Vec<(AgentId, QueueId)>,
    /// Told after the list.
    pub(super) aside: Vec<Event>,
}

impl AmiMapper {
    /// An answer. Only what concerns everybody's session is looked at: the start of the list, and refusals.
    pub(super) fn response(&mut self, m: &mut Reader<'_, '_>, out: &mut Vec<Event>) {
        let text = m.text(Field::Text);
        if m.bytes(Field::EventList) == Some(b"start") {
            if text.starts_with("Queue status") {
                let action = m.bytes(Field::ActionId).unwrap_or_default().to_vec();
                self.begin_listing(action, out);
            }
        } else if refusal(&text) {
            out.push(anomaly(Anomaly::Refused, &text));
        }
    }

    fn begin_listing(&mut self, action: Vec<u8>, out: &mut Vec<Event>) {
        self.drop_listing(out);
        self.listed = self.listed.wrapping_add(1);
        self.listing =
            Some(Listing { action, since: self.now, queues: Vec::new(), members: Vec::new(), aside: Vec::new() });
        out.push(Event::new(Kind::FeedSyncBegin));
    }

    /// Gives up a list that will not be completed; what came meanwhile is told.
    pub(super) fn drop_listing(&mut self, out: &mut Vec<Event>) {
        if let Some(mut listing) = self.listing.take() {
            out.append(&mut listing.aside);
        }
    }

    pub(super) fn bound_listing(&mut self, out: &mut Vec<Event>) {
        if self.listing.as_ref().is_some_and(|l| self.now > l.since + PATIENCE) {
            self.drop_listing(out);
            out.push(anomaly(Anomaly::CutOff, "the list of queues was not completed"));
            self.want_resync();
        }
    }

    /// Whether a row belongs to the list being answered.
    fn of_listing(&self, m: &mut Reader<'_, '_>) -> bool {
        let action = m.bytes(Field::ActionId).unwrap_or_default();
        self.listing.as_ref().is_some_and(|l| l.action == action)
    }

    pub(super) fn listed_queue(&mut self, m: &mut Reader<'_, '_>) {
        if !self.of_listing(m) {
            return;
        }
        let queue = QueueId::new(&m.text(Field::Queue));
        let calls = m.number(Field::Calls).and_then(|c| u32::try_from(c).ok()).unwrap_or(0);
        if let Some(listing) = &mut self.listing {
            listing.queues.push((queue, calls, None));
        }
    }

    pub(super) fn listed_member(&mut self, m: &mut Reader<'_, '_>) {
        if !self.of_listing(m) {
            return;
        }
        let Some(mut said) = Said::read(m, true) else { return };
        said.place.listed = self.listed;
        let (agent, queue) = (said.agent.clone(), said.place.queue.clone());
        let listed = self.listed;
        self.place_taken(said);
        if let Some(place) = self.place(&agent, &queue) {
            place.listed = listed;
        }
        if let Some(listing) = &mut self.listing {
            listing.members.push((agent, queue));
        }
    }

    pub(super) fn listed_caller(&mut self, m: &mut Reader<'_, '_>, out: &mut Vec<Event>) {
        if !self.of_listing(m) {
            return;
        }
        let (id, queue) = (CallId::new(&m.text(Field::Uniqueid)), QueueId::new(&m.text(Field::Queue)));
        if id.is_empty() || queue.is_empty() {
            return;
        }
        let waited = m.number(Field::Wait).map(Span::from_secs);
        let detail = JoinDetail {
            caller: self.hasher.caller(&m.text(Field::CallerIdNum)),
            // Here it is the priority in the queue; in events the same word is a place in the dialplan.
            priority: m.number(Field::Priority),
            position: m.number(Field::Position).and_then(|p| u32::try_from(p).ok()),
            waited,
            ..JoinDetail::default()
        };
        let known = self.calls.get(&id).is_some_and(|c| c.stage == Stage::Waiting && c.queue == queue);
        if !known {
            let joined = At { received: self.now - waited.unwrap_or(Span::ZERO), ts: None };
            if self.calls.get(&id).is_some_and(|c| c.stage.open()) {
                self.close(&id);
            }
            self.stand(id.clone(), queue.clone(), joined, 0);
            self.tell_blind(out);
        }
        let listed = self.listed;
        if let Some(call) = self.calls.get_mut(&id) {
            call.listed = listed;
        }
        if let Some(row) = self.listing.as_mut().and_then(|l| l.queues.iter_mut().rev().find(|(q, ..)| *q == queue)) {
            row.2 = row.2.max(waited);
        }
        let kind = Kind::CallJoined { call: id, queue, detail: Box::new(detail) };
        out.push(Event::new(kind).with_evidence(Evidence::Snapshot));
    }

    /// Callers come and go between two lists and no event ever says so: the account may not read them.
    fn tell_blind(&mut self, out: &mut Vec<Event>) {
        if self.session.listings > 0 && !self.session.classes.agent && !self.session.told_blind {
            self.session.told_blind = true;
            let detail = "no queue events come: the manager account needs read=system,call,agent (class 'agent')";
            out.push(anomaly(Anomaly::Refused, detail));
        }
    }

    pub(super) fn listing_complete(&mut self, m: &mut Reader<'_, '_>, out: &mut Vec<Event>) {
        if !self.of_listing(m) {
            return;
        }
        let Some(mut listing) = self.listing.take() else { return };
        let at = At { received: self.now, ts: None };
        let listed = self.listed;
        for agent in self.agents.values_mut() {
            agent.places.retain(|p| p.listed == listed);
        }
        for (agent, queue) in &listing.members {
            self.tell_joined(agent, queue, at, Evidence::Snapshot, out);
            self.tell(agent, queue, at, Evidence::Snapshot, out);
        }
        self.reconcile_callers(listed, out);
        for (queue, calls, oldest) in listing.queues.drain(..) {
            let known = self.queues.entry(queue.clone()).or_default();
            known.drift = 0;
            let waiting = calls.saturating_add(known.pending);
            out.push(Event::new(Kind::QueueObserved { queue, waiting, oldest }).with_evidence(Evidence::Snapshot));
        }
        self.session.listings += 1;
        out.push(Event::new(Kind::FeedSyncEnd));
        out.append(&mut listing.aside);
        self.advance(self.now, out);
    }

    /// Callers of ours who are not in the list: those held for evidence still wait in everybody else's eyes and are put
    /// beside the list's own; the others are forgotten.
    fn reconcile_callers(&mut self, listed: u32, out: &mut Vec<Event>) {
        let mut missing: Vec<(Stage, At, CallId)> = self
            .calls
            .iter()
            .filter(|(_, c)| c.stage.open() && c.listed != listed)
            .map(|(id, c)| (c.stage, c.joined, id.clone()))
            .collect();
        missing.sort_unstable_by(|a, b| a.2.cmp(&b.2));
        for (stage, joined, id) in missing {
            if stage.pending() {
                let Some(call) = self.calls.get(&id) else { continue };
                let waited = Some((self.now - joined.received).or_zero());
                let detail = Box::new(JoinDetail { waited, ..JoinDetail::default() });
                let kind = Kind::CallJoined { call: id, queue: call.queue.clone(), detail };
                out.push(Event::new(kind).with_evidence(Evidence::Snapshot));
            } else {
                self.close(&id);
            }
        }
        let mut waiting: rustc_hash::FxHashMap<QueueId, i64> = rustc_hash::FxHashMap::default();
        for call in self.calls.values().filter(|c| c.stage == Stage::Waiting && c.counted) {
            *waiting.entry(call.queue.clone()).or_default() += 1;
        }
        for (id, queue) in &mut self.queues {
            queue.waiting = waiting.get(id).copied().unwrap_or(0);
        }
    }
}

/// Answers that mean a missing right or a module that is not there.
fn refusal(text: &str) -> bool {
    [
        "Permission denied",
        "Authentication failed",
        "Login Already In Use",
        "Invalid/unknown command",
        "Asterisk is shutting down",
    ]
    .iter()
    .any(|known| text.starts_with(known))
}
