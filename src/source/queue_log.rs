//! Asterisk's `queue_log` as a recording.
//!
//! Seconds are whole, so the order of lines is the truth where they tie. Three things need a look ahead: the second
//! ENTERQUEUE of a transferred call can stand before the line of the transfer; abandons of a switch that shuts down
//! are known by the QUEUESTART after them; and a ring is only told when it has ended.

mod open;

use crate::model::{
    AgentId, AgentState, AgentStateEvent, Anomaly, CallId, CallerHasher, EndedBy, Envelope, Event, Evidence, ExitWhy,
    FeedId, JoinDetail, Kind, Label, MissWhy, QueueId, Span, Time, TransferKind,
};
use crate::wire::queue_log::{Entry, Fault, Leave, Lines, Verb};
use open::{Found, Open};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::io::Read;

pub use crate::wire::queue_log::recognise;

/// Events a batch.
const BATCH: usize = 256;
/// How far lines are read ahead.
const AHEAD: Span = Span::from_secs(10);
/// How much later than the next ENTERQUEUE the line of a transfer may stand.
const TRANSFER_LATE: Span = Span::from_secs(2);
/// How long events are held back for rings that began before them; a longer ring is told from here on.
const RING: Span = Span::from_secs(120);

/// Batches of events of a queue log, in order of time.
pub struct QueueLog<R> {
    feed: FeedId,
    hasher: CallerHasher,
    lines: Lines<R>,
    ended: bool,
    ahead: VecDeque<Entry>,
    /// Events not given yet, in order; each with the instant it is ordered by.
    held: VecDeque<(Time, Event)>,
    /// The latest instant read: a clock set back does not reorder the log.
    now: Time,
    /// The instant of the last event given.
    given: Time,
    seq: u64,
    /// The first line's instant.
    first: Option<Time>,
    open: Open,
    /// Until which line the present run of ends goes, and whether a shutdown made it.
    run: (u64, bool),
    /// When each agent's last talk or ring ended: the next ring cannot begin before.
    last_end: FxHashMap<AgentId, Time>,
    /// Interfaces of ADDMEMBER that no other line has named yet, with their queues.
    interfaces: FxHashMap<AgentId, Vec<QueueId>>,
    /// Those said to be unknown already.
    doubted: FxHashSet<AgentId>,
}

impl<R: Read> QueueLog<R> {
    /// Reads a decompressed log. `feed` by habit is the file's stem.
    #[must_use]
    pub fn new(feed: FeedId, hasher: CallerHasher, from: R) -> Self {
        Self {
            feed,
            hasher,
            lines: Lines::new(from),
            ended: false,
            ahead: VecDeque::new(),
            held: VecDeque::new(),
            now: Time::MIN,
            given: Time::MIN,
            seq: 0,
            first: None,
            open: Open::default(),
            run: (0, false),
            last_end: FxHashMap::default(),
            interfaces: FxHashMap::default(),
            doubted: FxHashSet::default(),
        }
    }

    /// Reads until the lines at hand span more than [`AHEAD`].
    fn look_ahead(&mut self) {
        while !self.ended && self.ahead.front().zip(self.ahead.back()).is_none_or(|(a, b)| b.at.since(a.at) <= AHEAD) {
            match self.lines.next_entry() {
                Ok(Some(Ok(entry))) => self.ahead.push_back(entry),
                Ok(Some(Err((line, fault)))) => {
                    let (what, text) = match fault {
                        Fault::Malformed => (Anomaly::Malformed, "not a line of a queue log"),
                        Fault::CutOff => (Anomaly::CutOff, "the last line is not whole"),
                        Fault::TooLong => (Anomaly::TooLong, "too long a line"),
                    };
                    self.anomaly(what, &format!("line {line}: {text}"));
                }
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    self.anomaly(Anomaly::CutOff, &format!("cannot be read further: {error}"));
                }
            }
        }
    }

    fn take(&mut self, entry: &Entry) {
        let first = self.first.is_none();
        self.first.get_or_insert(entry.at);
        self.now = self.now.max(entry.at);
        let (call, queue, agent) = (CallId::new(&entry.call), QueueId::new(&entry.queue), AgentId::new(&entry.agent));
        match &entry.verb {
            Verb::EnterQueue { caller, position } => {
                self.transferred_before(entry, &call, &queue);
                self.open.join(&call, &queue, entry.at);
                let detail = Box::new(JoinDetail {
                    caller: self.hasher.caller(caller),
                    position: *position,
                    ..JoinDetail::default()
                });
                self.tell(entry.at, Kind::CallJoined { call, queue, detail });
            }
            Verb::Connect { ring } => {
                self.named(entry.at, &agent);
                let joined = self.open.joined(&call, &queue);
                self.rang(entry.at, *ring, joined, &call, &queue, &agent);
                self.open.answer(&call, &queue, &agent, entry.at);
                self.tell(entry.at, Kind::CallAnswered { call, queue, agent });
            }
            Verb::Complete { by_agent } => {
                let Some(call) = self.talk(entry, call, &queue, &agent) else { return };
                let by = if *by_agent { EndedBy::Agent } else { EndedBy::Caller };
                self.last_end.insert(agent.clone(), entry.at);
                self.tell(entry.at, Kind::CallEnded { call, queue, agent, by, cause: None });
            }
            Verb::Transfer { attended, to } => {
                let Some(call) = self.talk(entry, call, &queue, &agent) else { return };
                self.transfer(entry.at, *attended, to, (call, queue, agent));
            }
            Verb::Leave(leave) => self.leave(entry, *leave, call, queue),
            Verb::RingNoAnswer { ring } => {
                self.named(entry.at, &agent);
                let joined = self.open.joined(&call, &queue);
                self.rang(entry.at, *ring, joined, &call, &queue, &agent);
                self.last_end.insert(agent.clone(), entry.at);
                // The log does not tell a refusal from a ring-out.
                self.tell(entry.at, Kind::CallNotAnswered { call, queue, agent, rang: *ring, why: MissWhy::NoAnswer });
            }
            Verb::RingCanceled { ring } => {
                // Its end has no event: the answer of another, or the caller's leaving, ends it.
                if let Some(joined) = self.open.waiting_since(&call, &queue) {
                    self.rang(entry.at, *ring, Some(joined), &call, &queue, &agent);
                }
                self.last_end.insert(agent, entry.at);
            }
            Verb::Pause { reason } => {
                self.named(entry.at, &agent);
                self.state(entry.at, agent, queue, AgentState::NotReady, Label::new(reason));
            }
            Verb::Unpause => {
                self.named(entry.at, &agent);
                self.state(entry.at, agent, queue, AgentState::Ready, Label::default());
            }
            Verb::AddMember { paused } => self.member(entry.at, agent, queue, Some(*paused)),
            Verb::RemoveMember => self.member(entry.at, agent, queue, None),
            Verb::AgentLogin => {
                self.tell(entry.at, Kind::AgentSignedIn { agent, name: None, team: None, desk: None, queues: vec![] });
            }
            Verb::AgentLogoff => self.tell(entry.at, Kind::AgentSignedOut { agent }),
            Verb::QueueStart if first => {}
            Verb::QueueStart => {
                // Nothing of before is open any more. Nobody wrote how a talk ended; those who waited were put out by the
                // restart, as the manager port tells it of the same moment.
                for (call, queue) in self.open.waiting() {
                    self.derive(entry.at, Kind::CallExited { call, queue, why: ExitWhy::System });
                }
                self.tell(entry.at, Kind::FeedSyncBegin);
                self.tell(entry.at, Kind::FeedSyncEnd);
                self.anomaly(Anomaly::Reconnect, &format!("line {}: the switch started again", entry.line));
                self.open.restart();
                self.last_end.clear();
            }
            Verb::Ignored => {}
            Verb::Unknown(word) => self.anomaly(Anomaly::UnknownType, word),
        }
    }

    /// A call that talks joins another queue: the talk is over, whether its line stands before this one or not.
    fn transferred_before(&mut self, entry: &Entry, call: &CallId, joins: &QueueId) {
        while let Some((queue, agent)) = self.open.talk_of(call) {
            let until = entry.at + TRANSFER_LATE;
            let late = self.ahead.iter().take_while(|e| e.at <= until).position(|e| {
                matches!(e.verb, Verb::Transfer { .. } | Verb::Complete { .. })
                    && e.call == entry.call
                    && e.queue == queue.as_str()
                    && e.agent == agent.as_str()
            });
            if let Some(late) = late.and_then(|i| self.ahead.remove(i)) {
                self.take(&Entry { at: late.at.min(entry.at), ..late });
            } else {
                self.open.end_unsaid(call, &queue);
                self.last_end.insert(agent.clone(), entry.at);
                let (call, to) = (call.clone(), Some(Label::new(joins.as_str())));
                let kind = TransferKind::Blind;
                let (q, a) = (queue.clone(), agent.clone());
                self.derive(entry.at, Kind::CallTransferred { call: call.clone(), queue: q, agent: a, kind, to });
                self.derive(entry.at, Kind::CallEnded { call, queue, agent, by: EndedBy::Agent, cause: None });
            }
        }
    }

    fn transfer(&mut self, at: Time, attended: bool, to: &str, (call, queue, agent): (CallId, QueueId, AgentId)) {
        let kind = if attended { TransferKind::Attended } else { TransferKind::Blind };
        let to = Some(Label::new(to)).filter(|to| !to.is_empty());
        self.last_end.insert(agent.clone(), at);
        let (c, q, a) = (call.clone(), queue.clone(), agent.clone());
        self.tell(at, Kind::CallTransferred { call: c, queue: q, agent: a, kind, to });
        self.tell(at, Kind::CallEnded { call, queue, agent, by: EndedBy::Agent, cause: None });
    }

    /// The call whose talk a line ends: after an attended transfer the line may name another. `None` where the end was
    /// told before.
    fn talk(&mut self, entry: &Entry, call: CallId, queue: &QueueId, agent: &AgentId) -> Option<CallId> {
        match self.open.end(&call, queue, agent) {
            Found::Here | Found::Nowhere => Some(call),
            Found::Told => None,
            Found::As(other) => {
                self.anomaly(Anomaly::Incomplete, &format!("line {}: matched by queue and agent", entry.line));
                Some(other)
            }
        }
    }

    fn leave(&mut self, entry: &Entry, leave: Leave, call: CallId, queue: QueueId) {
        let shutdown = leave == Leave::Abandon && self.shut_down(entry);
        self.open.leave(&call, &queue);
        let why = match leave {
            Leave::Abandon if shutdown => {
                self.anomaly(Anomaly::RestartAbandons, &format!("line {}: abandoned by a shutdown", entry.line));
                return self.derive(entry.at, Kind::CallExited { call, queue, why: ExitWhy::System });
            }
            Leave::Abandon => return self.tell(entry.at, Kind::CallAbandoned { call, queue }),
            Leave::ExitWithTimeout => ExitWhy::Timeout,
            Leave::ExitWithKey => ExitWhy::Key,
            Leave::ExitEmpty => ExitWhy::Empty,
            Leave::Withdraw => ExitWhy::Other,
            Leave::SysCompat => ExitWhy::System,
        };
        self.tell(entry.at, Kind::CallExited { call, queue, why });
    }

    /// Whether an abandon is one of a shutdown: from it on there are only ends until a QUEUESTART, and after them
    /// nobody is left. (A crash leaves somebody; a quiet night leaves more than [`AHEAD`].)
    fn shut_down(&mut self, entry: &Entry) -> bool {
        if entry.line <= self.run.0 {
            return self.run.1;
        }
        let (mut last, mut ends, mut restart) = (entry.line, 1, false);
        for next in self.ahead.iter().take_while(|e| e.at <= entry.at + AHEAD) {
            match next.verb {
                Verb::Leave(_) | Verb::Complete { .. } | Verb::Transfer { .. } => ends += 1,
                Verb::RingCanceled { .. } | Verb::RingNoAnswer { .. } => {}
                Verb::QueueStart => {
                    restart = true;
                    break;
                }
                _ => break,
            }
            last = next.line;
        }
        self.run = (last, restart && ends >= self.open.count());
        self.run.1
    }

    /// Membership by interface; `paused` is `None` for a removal. The interface is the agent's key only where the log
    /// has no member names.
    fn member(&mut self, at: Time, agent: AgentId, queue: QueueId, paused: Option<bool>) {
        let hidden = interface(agent.as_str()) && !self.open.knows(&agent);
        if hidden {
            let queues = self.interfaces.entry(agent.clone()).or_default();
            queues.retain(|q| *q != queue);
            if paused.is_some() {
                queues.push(queue);
            }
            if self.doubted.insert(agent.clone()) {
                self.anomaly(Anomaly::UnknownPlace, &format!("{agent}: no line tells whose interface it is"));
            }
            return;
        }
        match paused {
            None => self.tell(at, Kind::AgentLeftQueue { agent, queue }),
            Some(paused) => {
                self.tell(at, Kind::AgentJoinedQueue { agent: agent.clone(), queue: queue.clone(), name: None });
                if paused {
                    self.state(at, agent, queue, AgentState::NotReady, Label::default());
                }
            }
        }
    }

    /// A line names an agent in person. If that is an interface, the log has no member names, and what ADDMEMBER told
    /// of it is true of the agent.
    fn named(&mut self, at: Time, agent: &AgentId) {
        self.open.know(agent);
        for queue in self.interfaces.remove(agent).unwrap_or_default() {
            self.derive(at, Kind::AgentJoinedQueue { agent: agent.clone(), queue, name: None });
        }
    }

    fn state(&mut self, at: Time, agent: AgentId, queue: QueueId, state: AgentState, reason: Label) {
        let event = AgentStateEvent {
            agent,
            queue: Some(queue).filter(|q| q.as_str() != "NONE"),
            state,
            reason: Some(reason).filter(|r| !r.is_empty()),
            since: None,
            direction: None,
            more: None,
        };
        self.tell(at, Kind::AgentState(event));
    }

    /// A ring that ended at `at`: told from its beginning, among the events held back.
    fn rang(
        &mut self,
        at: Time,
        ring: Option<Span>,
        joined: Option<Time>,
        call: &CallId,
        queue: &QueueId,
        agent: &AgentId,
    ) {
        let Some(ring) = ring.filter(|ring| *ring > Span::ZERO) else { return };
        let free = self.last_end.get(agent).copied().unwrap_or(Time::MIN);
        let from = (at - ring).max(joined.unwrap_or(Time::MIN)).max(free).max(self.given).min(at);
        let place = self.held.partition_point(|(key, _)| *key <= from);
        let kind = Kind::CallRinging { call: call.clone(), queue: queue.clone(), agent: agent.clone() };
        self.held.insert(place, (from, Event::new(kind).at(Some(from)).with_evidence(Evidence::Derived)));
    }

    fn tell(&mut self, at: Time, kind: Kind) {
        self.held.push_back((self.now, Event::new(kind).at(Some(at))));
    }

    fn derive(&mut self, at: Time, kind: Kind) {
        self.held.push_back((self.now, Event::new(kind).at(Some(at)).with_evidence(Evidence::Derived)));
    }

    fn anomaly(&mut self, what: Anomaly, detail: &str) {
        self.held.push_back((self.now, Event::new(Kind::Anomaly { what, detail: Label::new(detail) })));
    }
}

/// Whether a name is one of a channel: `PJSIP/1005`, `Local/7@agents`.
fn interface(name: &str) -> bool {
    name.split_once('/').is_some_and(|(technology, rest)| {
        !rest.is_empty() && !technology.is_empty() && technology.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

impl<R: Read> Iterator for QueueLog<R> {
    type Item = Vec<Envelope>;

    fn next(&mut self) -> Option<Vec<Envelope>> {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            let ready = self.held.front().is_some_and(|(key, _)| self.now.since(*key) > RING);
            if !ready {
                self.look_ahead();
                if let Some(entry) = self.ahead.pop_front() {
                    self.take(&entry);
                    continue;
                }
            }
            let Some((key, event)) = self.held.pop_front() else { break };
            // What could not be read before the first line has no instant of its own; and receipt never goes back.
            self.given = self.given.max(if key == Time::MIN { self.first.unwrap_or_default() } else { key });
            self.seq += 1;
            let feed = self.feed.clone();
            batch.push(Envelope { feed, epoch: 1, seq: self.seq, received_at: self.given, event });
        }
        (!batch.is_empty()).then_some(batch)
    }
}
