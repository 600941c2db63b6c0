//! Messages of the manager interface to events. Pure: no IO, no clock; the same messages at the same times give the same
//! events, live or replayed.
//!
//! The wire does not say everything where it happens. A caller leaves before anybody says that an agent answered; an
//! "abandon" may be a time-out, a withdrawal or a restart; an end of talk may not name its call. What is not certain is
//! held until evidence comes (10 s at most), and then told with the instant of the message it stood in.

use super::fields::{Field, Look, Reader, Shapes, Type};
use super::listing::Listing;
use super::state::{Agent, At, Call, Queue, Wake, What};
use crate::model::{
    AgentId, Anomaly, CallId, CallerHasher, EndedBy, Event, Evidence, ExitWhy, Kind, Label, QueueId, Span, Time,
};
use crate::wire::ami::Message;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Calls that are over are remembered this long, to know where one that comes back was before.
const REMEMBER: Span = Span::from_secs(600);
/// … but no more calls than this.
const REMEMBER_CALLS: usize = 65_536;
/// A switch that booted this much later than the one we knew is another one.
const BOOT_SLACK: Span = Span::from_secs(5);

/// Which classes of events this session has seen: what an account may not read never comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Classes {
    pub(super) agent: bool,
    pub(super) call: bool,
    pub(super) dialplan: bool,
}

/// What holds for one connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Session {
    pub(super) classes: Classes,
    /// Listings completed.
    pub(super) listings: u32,
    /// The protocol is too old.
    unsupported: bool,
    /// The switch said that it goes down.
    pub(super) shutting: bool,
    /// That no events come was said.
    pub(super) told_blind: bool,
}

/// Maps the messages of one feed, over all its connections.
pub struct AmiMapper {
    pub(super) hasher: CallerHasher,
    pub(super) wrapup: FxHashMap<QueueId, Span>,
    shapes: Shapes,
    pub(super) session: Session,
    pub(super) calls: FxHashMap<CallId, Call>,
    /// Agents' legs that ring, to their calls.
    pub(super) legs: FxHashMap<CallId, CallId>,
    pub(super) agents: FxHashMap<AgentId, Agent>,
    pub(super) queues: FxHashMap<QueueId, Queue>,
    /// Which queue a caller asked for, by `Uniqueid`, until the caller stands in it or is refused.
    pub(super) doors: FxHashMap<CallId, QueueId>,
    wakes: BinaryHeap<Reverse<Wake>>,
    /// Leaves to look at again, in order: nearly all are explained within milliseconds.
    leaves: VecDeque<Wake>,
    /// The next instant something is to be looked at.
    next_wake: Time,
    order: u64,
    pub(super) listing: Option<Listing>,
    /// The number of the last listing begun.
    pub(super) listed: u32,
    pub(super) now: Time,
    pub(super) offset: Span,
    resync: bool,
    /// When the switch booted, by our clock.
    booted: Option<Time>,
    lost: Option<Time>,
    next_prune: Time,
}

impl std::fmt::Debug for AmiMapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmiMapper").field("calls", &self.calls.len()).finish_non_exhaustive()
    }
}

impl AmiMapper {
    /// A mapper that knows nothing yet. `wrapup` is the after-call time Asterisk applies but does not tell, by queue; a
    /// member's own `Wrapuptime` wins.
    #[must_use]
    pub fn new(hasher: CallerHasher, wrapup: impl IntoIterator<Item = (QueueId, Span)>) -> Self {
        Self {
            hasher,
            wrapup: wrapup.into_iter().filter(|(_, span)| *span > Span::ZERO).collect(),
            shapes: Shapes::default(),
            session: Session::default(),
            calls: FxHashMap::default(),
            legs: FxHashMap::default(),
            agents: FxHashMap::default(),
            queues: FxHashMap::default(),
            doors: FxHashMap::default(),
            wakes: BinaryHeap::new(),
            leaves: VecDeque::new(),
            next_wake: Time::MAX,
            order: 0,
            listing: None,
            listed: 0,
            now: Time::MIN,
            offset: Span::ZERO,
            resync: false,
            booted: None,
            lost: None,
            next_prune: Time::MIN,
        }
    }

    /// A connection begins. What the last one knew is kept until a listing replaces it.
    pub fn connected(&mut self, at: Time, out: &mut Vec<Event>) {
        self.advance(at, out);
        self.session = Session::default();
        self.listing = None;
    }

    /// The greeting. False where the protocol is too old to be read.
    pub fn banner(&mut self, version: &[u8], out: &mut Vec<Event>) -> bool {
        if version.starts_with(b"0.") || version.starts_with(b"1.") {
            self.session.unsupported = true;
            let version = String::from_utf8_lossy(version);
            let detail = format!("AMI {}: not supported, Asterisk 12 or later needed", version.trim());
            out.push(anomaly(Anomaly::Refused, &detail));
        }
        !self.session.unsupported
    }

    /// The connection ended.
    pub fn disconnected(&mut self, at: Time, out: &mut Vec<Event>) {
        self.advance(at, out);
        self.drop_listing(out);
        self.settle_at_loss(out);
        self.lost = Some(at);
    }

    /// The source's clock less ours, measured (by a ping).
    pub fn clock_offset(&mut self, offset: Span, out: &mut Vec<Event>) {
        self.offset = offset;
        out.push(Event::new(Kind::FeedOffset { offset }));
    }

    /// Whether the full state should be asked for: after a reload, a boot, or where the source's own counts differ from
    /// ours. Asking clears it.
    pub fn take_resync(&mut self) -> bool {
        std::mem::take(&mut self.resync)
    }

    pub(super) fn want_resync(&mut self) {
        self.resync = true;
    }

    /// Time has come this far: tells what was held for evidence that did not come. `now` by our clock.
    pub fn advance(&mut self, now: Time, out: &mut Vec<Event>) {
        self.now = self.now.max(now);
        if self.listing.is_some() {
            self.bound_listing(out);
            return;
        }
        while let Some(wake) = self.next_due() {
            match wake.what {
                What::Settle(call, turn) => self.settle_unexplained(&call, turn, out),
                What::Ring(call) => self.settle_rings(&call, out),
                What::Device(agent) => self.settle_device(&agent, out),
                What::AfterCall(agent) => self.settle_after_call(&agent, out),
            }
        }
        if self.now >= self.next_prune {
            self.prune();
        }
    }

    /// Takes one message, read at `received_at` by our clock.
    pub fn message(&mut self, message: Message<'_>, received_at: Time, out: &mut Vec<Event>) {
        let look = self.look(&message);
        let ts = if look.kind == Type::Ignored { None } else { look.stamp(&message) };
        self.take(message, look, ts, received_at, out);
    }

    /// What a message is, before anything is done with it.
    pub(super) fn look(&mut self, message: &Message<'_>) -> Look {
        self.shapes.look(message)
    }

    /// As [`Self::message`], of one looked at before, with its time stamp.
    pub(super) fn take(
        &mut self,
        message: Message<'_>,
        look: Look,
        ts: Option<Time>,
        received_at: Time,
        out: &mut Vec<Event>,
    ) {
        self.now = self.now.max(received_at);
        if self.session.unsupported {
            return;
        }
        if !(self.session.classes.agent && self.session.classes.call && self.session.classes.dialplan) {
            self.learn_class(look.classes(&message));
        }
        if self.next_wake <= self.now && self.listing.is_none() {
            self.advance(received_at, out);
        }
        if look.kind == Type::Ignored {
            return;
        }
        let at = At { received: self.now, ts };
        let mut shapes = std::mem::take(&mut self.shapes);
        self.dispatch(look.kind, &message, &mut shapes.reader(look, message), at, out);
        self.shapes = shapes;
    }

    fn dispatch(&mut self, kind: Type, message: &Message<'_>, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        // A list is answered in one piece; what comes between all the same is told after it.
        let mut aside = Vec::new();
        let list = matches!(
            kind,
            Type::Response | Type::Params | Type::Member | Type::Entry | Type::StatusComplete | Type::Booted
        );
        let direct = list || self.listing.is_none();
        let out_or_aside = if direct { &mut *out } else { &mut aside };
        self.map(kind, message, m, at, out_or_aside);
        if let Some(listing) = self.listing.as_mut().filter(|_| !direct) {
            listing.aside.append(&mut aside);
        } else {
            out.append(&mut aside);
        }
    }

    fn map(&mut self, kind: Type, message: &Message<'_>, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        match kind {
            Type::VarSet => self.variable_set(m, at, out),
            Type::Newexten => self.application(m, out),
            Type::Hangup => self.hung_up(m, at, out),
            Type::HangupRequest => self.hangup_requested(m),
            Type::SoftHangup => self.hung_up_by_switch(m),
            Type::DialEnd => self.dial_ended(m, at),
            Type::Join => self.caller_joined(m, at, out),
            Type::Leave => self.caller_left(m, at, out),
            Type::Abandon => self.caller_abandoned(m, at, out),
            Type::Called => self.agent_called(m, at, out),
            Type::Connect => self.agent_connected(m, at, out),
            Type::Complete => self.agent_completed(m, at, out),
            Type::NoAnswer => self.ring_not_answered(m, at, out),
            Type::Dump => self.agent_dumped(m, at, out),
            Type::MemberStatus | Type::MemberPause => self.member_changed(m, at, out),
            Type::MemberAdded => self.member_added(m, at, out),
            Type::MemberRemoved => self.member_removed(m, at, out),
            Type::Params => self.listed_queue(m),
            Type::Member => self.listed_member(m),
            Type::Entry => self.listed_caller(m, out),
            Type::StatusComplete => self.listing_complete(m, out),
            Type::Hold => self.hold_changed(m, at, true, out),
            Type::Unhold => self.hold_changed(m, at, false, out),
            Type::Blind => self.blind_transfer(m),
            Type::Attended => self.attended_transfer(m),
            Type::Booted => self.fully_booted(m, out),
            Type::Shutdown => self.shutdown(at, out),
            Type::Reload => self.resync = true,
            Type::PoolLogin | Type::PoolLogoff => self.pool_agent(kind, m, at, out),
            Type::Response => self.response(m, out),
            Type::Unknown => {
                let name = message.event().map(String::from_utf8_lossy).unwrap_or_default();
                out.push(anomaly(Anomaly::UnknownType, &name));
            }
            Type::Ignored => {}
        }
    }

    fn learn_class(&mut self, classes: Option<&[u8]>) {
        let Some(classes) = classes else { return };
        if classes.starts_with(b"agent") {
            self.session.classes.agent = true;
        } else if classes.starts_with(b"call") {
            self.session.classes.call = true;
        } else if classes.starts_with(b"dialplan") {
            self.session.classes.dialplan = true;
        }
    }

    /// The time stamp of something told now: the source's own; or, if it was held, when it came, by the source's clock.
    pub(super) fn told_at(&self, at: At) -> Option<Time> {
        at.ts.or_else(|| (at.received != self.now).then(|| at.received + self.offset))
    }

    /// An instant by the source's clock.
    pub(super) fn source_time(&self, at: At) -> Time {
        at.ts.unwrap_or(at.received + self.offset)
    }

    pub(super) fn wake(&mut self, after: Span, what: What) {
        self.order += 1;
        let at = self.now + after;
        self.next_wake = self.next_wake.min(at);
        self.wakes.push(Reverse(Wake { at, order: self.order, what }));
    }

    /// As [`Self::wake`], for the one length of time that leaves wait.
    pub(super) fn wake_leave(&mut self, after: Span, what: What) {
        self.order += 1;
        let at = self.now + after;
        self.next_wake = self.next_wake.min(at);
        self.leaves.push_back(Wake { at, order: self.order, what });
    }

    /// Takes what is to be looked at by now, earliest first.
    fn next_due(&mut self) -> Option<Wake> {
        let (leave, other) = (self.leaves.front(), self.wakes.peek().map(|Reverse(wake)| wake));
        let first_leave = leave.is_some_and(|l| other.is_none_or(|o| l < o));
        let first = if first_leave { leave } else { other };
        self.next_wake = first.map_or(Time::MAX, |wake| wake.at);
        if self.next_wake > self.now {
            return None;
        }
        if first_leave { self.leaves.pop_front() } else { self.wakes.pop().map(|Reverse(wake)| wake) }
    }

    fn prune(&mut self) {
        self.next_prune = self.now + Span::from_secs(60);
        let keep = if self.calls.len() > REMEMBER_CALLS { Span::from_secs(60) } else { REMEMBER };
        let before = self.now - keep;
        self.calls.retain(|_, call| call.stage.open() || call.touched > before);
        if self.doors.len() > 4096 {
            self.doors.clear();
        }
    }

    fn fully_booted(&mut self, m: &mut Reader<'_, '_>, out: &mut Vec<Event>) {
        self.resync = true;
        let Some(uptime) = m.number(Field::Uptime) else { return };
        let booted = self.now - Span::from_secs(uptime.max(0));
        let anew = match (self.booted, self.lost) {
            (Some(known), _) => booted > known + BOOT_SLACK,
            (None, Some(lost)) => booted > lost,
            (None, None) => false,
        };
        self.booted = Some(booted);
        if anew {
            let at = At { received: self.lost.unwrap_or(self.now), ts: None };
            self.close_all(at, out);
        }
    }

    fn shutdown(&mut self, at: At, out: &mut Vec<Event>) {
        self.session.shutting = true;
        self.close_all(at, out);
    }

    /// The switch is gone or another one: nobody waits or talks any more.
    fn close_all(&mut self, at: At, out: &mut Vec<Event>) {
        let mut open: Vec<CallId> =
            self.calls.iter().filter(|(_, c)| c.stage.open()).map(|(id, _)| id.clone()).collect();
        open.sort_unstable();
        for id in open {
            if let Some(call) = self.calls.get_mut(&id).filter(|c| !c.stage.pending()) {
                call.left = at;
            }
            self.exit(&id, ExitWhy::System, Evidence::Derived, out);
        }
        let ts = self.told_at(at);
        let mut ended = Vec::new();
        for (agent, state) in &mut self.agents {
            state.rings = 0;
            ended.extend(state.talks.drain(..).map(|talk| (talk.call, talk.queue, agent.clone())));
        }
        ended.sort_unstable();
        for (call, queue, agent) in ended {
            let kind = Kind::CallEnded { call, queue, agent, by: EndedBy::System, cause: None };
            out.push(Event::new(kind).at(ts).with_evidence(Evidence::Derived));
        }
        self.calls.clear();
        self.legs.clear();
        self.doors.clear();
        self.queues.values_mut().for_each(|q| (q.waiting, q.pending, q.drift) = (0, 0, 0));
    }
}

/// Something the source said that could not be used.
pub(super) fn anomaly(what: Anomaly, detail: &str) -> Event {
    Event::new(Kind::Anomaly { what, detail: Label::new(detail) })
}
