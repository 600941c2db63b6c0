//! A second reckoning of the events, kept as plainly as can be: each leg ends once, each talk ends once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use floorwatch::model::{CallerHasher, Envelope, Event, Evidence, ExitWhy, FeedId, Kind, MissWhy, QueueId, Span};
use floorwatch::source::asterisk::AmiMapper;
use floorwatch::source::asterisk::replay::CaptureEnvelopes;
use floorwatch::wire::capture::Capture;

/// Counts of a queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) joined: u64,
    pub(crate) answered: u64,
    pub(crate) abandoned: u64,
    pub(crate) exited: BTreeMap<&'static str, u64>,
    pub(crate) ended: u64,
    pub(crate) transferred: BTreeMap<&'static str, u64>,
    pub(crate) not_answered: u64,
    pub(crate) refused: u64,
    pub(crate) moved_in: u64,
}

impl Counts {
    pub(crate) fn exits(&self) -> u64 {
        self.exited.values().sum()
    }
}

/// What the events add up to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) queues: BTreeMap<String, Counts>,
    /// By agent and queue.
    pub(crate) answered: BTreeMap<(String, String), u64>,
    /// Answered calls that were not seen waiting.
    pub(crate) mid_life: u64,
    pub(crate) missed: BTreeMap<String, u64>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) anomalies: BTreeMap<&'static str, u64>,
    pub(crate) details: Vec<String>,
    pub(crate) states: Vec<(String, String, &'static str, String)>,
    pub(crate) kinds: BTreeMap<&'static str, u64>,
    /// (call, queue) waiting.
    pub(crate) waiting: BTreeMap<(String, String), f64>,
    /// (call, queue) talking, with the instant.
    pub(crate) talking: BTreeMap<(String, String), f64>,
    pub(crate) talk_s: BTreeMap<String, f64>,
    pub(crate) wait_s: BTreeMap<String, f64>,
    pub(crate) wrong: Vec<String>,
    pub(crate) epochs: u32,
    syncing: Option<Vec<(String, String)>>,
}

impl Ledger {
    pub(crate) fn of(batches: impl IntoIterator<Item = Vec<Envelope>>) -> Self {
        let mut ledger = Self::default();
        let (mut seq, mut received) = (0, None);
        for envelope in batches.into_iter().flatten() {
            seq += 1;
            assert_eq!(envelope.seq, seq, "no gaps");
            assert!(received.is_none_or(|r| r <= envelope.received_at), "times of receipt rise");
            assert!(ledger.epochs <= envelope.epoch, "epochs rise");
            received = Some(envelope.received_at);
            ledger.epochs = envelope.epoch;
            let at = envelope.event.ts.unwrap_or(envelope.received_at);
            #[expect(clippy::cast_precision_loss, reason = "a test's seconds")]
            ledger.take(&envelope.event, at.micros() as f64 / 1e6);
        }
        ledger
    }

    pub(crate) fn take(&mut self, event: &Event, at: f64) {
        *self.kinds.entry(event.kind.type_word()).or_default() += 1;
        match &event.kind {
            Kind::CallJoined { call, queue, detail } => {
                let key = (call.to_string(), queue.to_string());
                if event.evidence == Evidence::Snapshot {
                    if let Some(rows) = &mut self.syncing {
                        rows.push(key.clone());
                    }
                    if !self.waiting.contains_key(&key) {
                        self.count(queue).joined += 1;
                        self.waiting.insert(key, at - detail.waited.unwrap_or(Span::ZERO).secs());
                    }
                } else if self.waiting.insert(key, at).is_none() {
                    self.count(queue).joined += 1;
                    self.count(queue).moved_in += u64::from(detail.from_queue.is_some());
                } else {
                    self.wrong.push(format!("joined again: {call} {queue}"));
                }
            }
            Kind::CallNotAnswered { queue, agent, why, .. } => {
                self.count(queue).not_answered += 1;
                self.count(queue).refused += u64::from(*why == MissWhy::Refused);
                *self.missed.entry(agent.to_string()).or_default() += 1;
            }
            Kind::CallAnswered { call, queue, agent } => {
                match self.waiting.remove(&(call.to_string(), queue.to_string())) {
                    Some(since) => *self.wait_s.entry(queue.to_string()).or_default() += at - since,
                    None => self.mid_life += 1,
                }
                self.count(queue).answered += 1;
                *self.answered.entry((agent.to_string(), queue.to_string())).or_default() += 1;
                if self.talking.insert((call.to_string(), agent.to_string()), at).is_some() {
                    self.wrong.push(format!("answered twice: {call}"));
                }
            }
            Kind::CallAbandoned { call, queue } => {
                self.leave(call.as_str(), queue);
                self.count(queue).abandoned += 1;
            }
            Kind::CallExited { call, queue, why } => {
                self.leave(call.as_str(), queue);
                *self.count(queue).exited.entry(why.word()).or_default() += 1;
            }
            Kind::CallTransferred { call, queue, agent, kind, .. } => {
                if !self.talking.contains_key(&(call.to_string(), agent.to_string())) {
                    self.wrong.push(format!("transferred without a talk: {call}"));
                }
                *self.count(queue).transferred.entry(kind.word()).or_default() += 1;
            }
            Kind::CallEnded { call, queue, agent, .. } => {
                self.count(queue).ended += 1;
                if let Some(since) = self.talking.remove(&(call.to_string(), agent.to_string())) {
                    *self.talk_s.entry(queue.to_string()).or_default() += at - since;
                } else {
                    self.mid_life += 1;
                }
            }
            Kind::AgentJoinedQueue { agent, name, .. } => {
                self.names.insert(agent.to_string(), name.as_ref().map(ToString::to_string).unwrap_or_default());
            }
            Kind::AgentState(s) => self.states.push((
                s.agent.to_string(),
                s.queue.as_ref().map(ToString::to_string).unwrap_or_default(),
                s.state.word(),
                s.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
            )),
            Kind::FeedSyncBegin => self.syncing = Some(Vec::new()),
            Kind::FeedSyncEnd => match self.syncing.take() {
                Some(rows) => self.waiting.retain(|key, _| rows.contains(key)),
                None => self.wrong.push("a sync ended that did not begin".into()),
            },
            Kind::Anomaly { what, detail } => {
                *self.anomalies.entry(what.word()).or_default() += 1;
                self.details.push(format!("{}: {detail}", what.word()));
            }
            _ => {}
        }
    }

    pub(crate) fn count(&mut self, queue: &QueueId) -> &mut Counts {
        self.queues.entry(queue.to_string()).or_default()
    }

    fn leave(&mut self, call: &str, queue: &QueueId) {
        if self.waiting.remove(&(call.to_owned(), queue.to_string())).is_none() {
            self.wrong.push(format!("left without waiting: {call} {queue}"));
        }
    }

    /// joined = answered + abandoned + exited + still waiting, in every queue.
    pub(crate) fn assert_reconciled(&self) {
        assert_eq!(self.wrong, Vec::<String>::new());
        for (queue, c) in &self.queues {
            let waiting = self.waiting.keys().filter(|(_, q)| q == queue).count() as u64;
            assert_eq!(c.joined, c.answered + c.abandoned + c.exits() + waiting, "{queue}: {c:?}");
        }
    }

    pub(crate) fn answered_by_name(&self) -> BTreeMap<(String, String), u64> {
        let mut out = BTreeMap::new();
        for ((agent, queue), n) in &self.answered {
            let name = self.names.get(agent).cloned().unwrap_or_else(|| agent.clone());
            *out.entry((name, queue.clone())).or_default() += n;
        }
        out
    }
}

/// The folder of shared recordings, or `None` with a printed word.
pub(crate) fn data() -> Option<PathBuf> {
    let dir = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let dir = dir.join("asterisk");
    if dir.is_dir() {
        return Some(dir);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: no recordings at {}", dir.display());
    }
    None
}

pub(crate) fn mapper() -> AmiMapper {
    AmiMapper::new(CallerHasher::new([7; 16]), [(QueueId::new("support"), Span::from_secs(5))])
}

pub(crate) fn replay(capture: Capture) -> CaptureEnvelopes {
    CaptureEnvelopes::new(capture, FeedId::new("pbx"), mapper()).expect("readable")
}

/// All exit reasons, to name one in a table.
pub(crate) fn word(why: ExitWhy) -> &'static str {
    why.word()
}
