//! `calls.csv`: one row a call's stay in a queue, as a recording. Columns and times: DESIGN.md, "Command line".
//!
//! Rows overlap, events must not: each row is kept in about 100 bytes, and a heap that holds only the calls open at
//! one instant merges them. Events come in the order of (time, row, step of the row).

mod columns;
mod local;
mod row;
mod steps;

use crate::model::{AgentId, Anomaly, CallerHasher, Envelope, Event, FeedId, Kind, Label, QueueId, Time};
use crate::wire::csv::{self, Fault};
use columns::Columns;
use local::LocalClock;
use row::{Flaw, Row, RowReader};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::Read;
use steps::{NOBODY, Step};

/// Events a batch.
const BATCH: usize = 256;

/// How rows are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The feed's name: by habit the file's stem, or "calls".
    pub feed: FeedId,
    /// The zone of times without an offset (`--tz`).
    pub zone: jiff::tz::TimeZone,
    /// Makes callers of numbers.
    pub hasher: CallerHasher,
}

/// Why a file is no `calls.csv`.
#[derive(Debug, thiserror::Error)]
pub enum CallsCsvError {
    /// It cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file's name, as given.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Nothing in it.
    #[error(
        "{file}: empty; calls.csv starts with a header line: call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit"
    )]
    Empty {
        /// The file's name, as given.
        file: String,
    },
    /// Not the header.
    #[error("{file}: the header lacks: {missing}")]
    Header {
        /// The file's name, as given.
        file: String,
        /// The missing columns.
        missing: String,
    },
}

/// Rows of one or more files, gathered before the first event can be told.
pub struct CallsCsv {
    options: Options,
    clock: LocalClock,
    rows: Vec<Row>,
    flaws: Vec<FlawAt>,
    files: Vec<Label>,
    queues: Names,
    agents: Names,
}

/// A flaw and its place.
struct FlawAt {
    flaw: Flaw,
    file: usize,
    line: u64,
    /// How many rows were read before it.
    before: usize,
}

/// Whether the bytes a file starts with are the header of a `calls.csv`.
#[must_use]
pub fn recognise(head: &[u8]) -> bool {
    let mut reader = csv::Reader::new(head);
    let Ok(Some(csv::Row::Record(header))) = reader.next_row() else { return false };
    Columns::read(&header, |_| ()).is_ok()
}

impl CallsCsv {
    /// No rows yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let clock = LocalClock::new(options.zone.clone());
        let (queues, agents) = (Names::default(), Names::default());
        Self { options, clock, rows: Vec::new(), flaws: Vec::new(), files: Vec::new(), queues, agents }
    }

    /// Adds the rows of a file, decompressed. Rows that cannot be used are counted as anomalies with their line. `name`
    /// is for messages. Returns how many rows could be used.
    ///
    /// # Errors
    /// Where the stream cannot be read or does not start with the header; rows added before stay.
    pub fn add(&mut self, name: &str, from: impl Read) -> Result<usize, CallsCsvError> {
        let read = |source| CallsCsvError::Read { file: name.to_owned(), source };
        let mut reader = csv::Reader::new(from);
        let file = self.files.len();
        self.files.push(Label::new(name));
        let mut unknown = Vec::new();
        let columns = match reader.next_row().map_err(read)? {
            None => return Err(CallsCsvError::Empty { file: name.to_owned() }),
            Some(csv::Row::Bad { .. }) => Err("call_id".to_owned()),
            Some(csv::Row::Record(header)) => Columns::read(&header, |column| unknown.push(Label::new(column))),
        };
        let columns = columns.map_err(|missing| CallsCsvError::Header { file: name.to_owned(), missing })?;
        let before = self.rows.len();
        self.flaws.extend(unknown.into_iter().map(|c| FlawAt { flaw: Flaw::UnknownColumn(c), file, line: 1, before }));
        let mut rows = RowReader { columns, clock: &mut self.clock, hasher: &self.options.hasher };
        let mut notes = Vec::new();
        while let Some(next) = reader.next_row().map_err(read)? {
            let (line, flaw) = match next {
                csv::Row::Bad { line, why: Fault::Quote } => (line, Flaw::Quote),
                csv::Row::Bad { line, why: Fault::TooLong } => (line, Flaw::TooLong),
                csv::Row::Record(record) => {
                    let line = record.line;
                    let parts = rows.read(&record, &mut notes);
                    let before = self.rows.len();
                    self.flaws.extend(notes.drain(..).map(|flaw| FlawAt { flaw, file, line, before }));
                    match (parts, u32::try_from(before)) {
                        (Ok(parts), Ok(order)) => {
                            self.rows.push(Row {
                                joined: parts.joined,
                                answered: parts.answered,
                                end: parts.end,
                                call: parts.call,
                                queue: self.queues.of(&parts.queue),
                                agent: self.agents.of(&parts.agent),
                                order,
                                exit: parts.exit,
                                extra: parts.extra,
                            });
                            continue;
                        }
                        (Err(flaw), _) => (line, flaw),
                        (Ok(_), Err(_)) => {
                            self.flaws.push(FlawAt { flaw: Flaw::TooMany, file, line, before });
                            break;
                        }
                    }
                }
            };
            self.flaws.push(FlawAt { flaw, file, line, before: self.rows.len() });
        }
        Ok(self.rows.len() - before)
    }

    /// The events of all rows, in order of time.
    #[must_use]
    pub fn into_events(mut self) -> Events {
        if !self.rows.is_sorted_by_key(|row| row.joined) {
            self.rows.sort_by_key(|row| row.joined);
        }
        let queues = self.queues.list.iter().map(|name| QueueId::new(name)).collect();
        // An answer needs somebody: where the row names nobody, "?" did it.
        let agents = self.agents.list.iter().map(|n| AgentId::new(if n.is_empty() { "?" } else { n })).collect();
        let last = self.rows.first().map_or(Time::default(), |row| row.joined);
        Events {
            feed: self.options.feed,
            rows: self.rows,
            next_row: 0,
            open: BinaryHeap::new(),
            flaws: self.flaws,
            next_flaw: 0,
            files: self.files,
            queues,
            agents,
            seq: 0,
            last,
        }
    }
}

/// Batches of events in order of time, each with its row's time as time of receipt. Anomalies stand before the next
/// row that could be used.
pub struct Events {
    feed: FeedId,
    /// In order of (joined, place in the files).
    rows: Vec<Row>,
    next_row: usize,
    /// The next step of each row begun: time, place in the files, place in `rows`, step.
    open: BinaryHeap<Reverse<(Time, u32, usize, Step)>>,
    flaws: Vec<FlawAt>,
    next_flaw: usize,
    files: Vec<Label>,
    queues: Vec<QueueId>,
    agents: Vec<AgentId>,
    seq: u64,
    last: Time,
}

impl Events {
    /// Adds the next events to `to`, one row's step and the anomalies before it; `false` at the end.
    fn step(&mut self, to: &mut Vec<Envelope>) -> bool {
        let begin = match (self.rows.get(self.next_row), self.open.peek()) {
            (Some(row), Some(Reverse((at, order, ..)))) => (row.joined, row.order) <= (*at, *order),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return self.flaws_until(usize::MAX, self.last, to),
        };
        if begin {
            let index = self.next_row;
            self.next_row += 1;
            let Some((joined, order)) = self.rows.get(index).map(|r| (r.joined, r.order)) else { return true };
            self.flaws_until(order as usize, joined, to);
            match self.rows.get(index).and_then(Row::first) {
                Some((at, Step::Joined)) => {
                    self.tell(index, Step::Joined, at, to);
                    if let Some((at, step)) = self.rows.get(index).and_then(|r| r.after(Step::Joined)) {
                        self.open.push(Reverse((at, order, index, step)));
                    }
                }
                Some((at, step)) => self.open.push(Reverse((at, order, index, step))),
                None => {}
            }
        } else if let Some(&Reverse((at, order, index, step))) = self.open.peek() {
            let after = self.rows.get(index).and_then(|r| r.after(step));
            if let Some(mut top) = self.open.peek_mut() {
                match after {
                    Some((next, following)) => *top = Reverse((next, order, index, following)),
                    None => drop(PeekMut::pop(top)),
                }
            }
            self.tell(index, step, at, to);
        }
        true
    }

    fn tell(&mut self, index: usize, step: Step, at: Time, to: &mut Vec<Envelope>) {
        let Some(row) = self.rows.get(index) else { return };
        let (Some(queue), Some(agent)) = (self.queues.get(row.queue as usize), self.agents.get(row.agent as usize))
        else {
            return;
        };
        let event = row.event(step, at, queue, agent);
        self.last = at;
        self.put(event, at, to);
    }

    /// Tells the flaws that stand before row `order` of the files; `false` where there was none.
    fn flaws_until(&mut self, order: usize, at: Time, to: &mut Vec<Envelope>) -> bool {
        let mut any = false;
        while let Some(flaw) = self.flaws.get(self.next_flaw).filter(|f| f.before <= order) {
            self.next_flaw += 1;
            let several = self.files.len() > 1;
            let file = self.files.get(flaw.file).filter(|_| several).map_or("", Label::as_str);
            let (what, text) = flaw.flaw.describe();
            let detail = Label::new(&format!("{file} line {}: {text}", flaw.line));
            self.put(Event::new(Kind::Anomaly { what, detail }), at, to);
            any = true;
        }
        any
    }

    fn put(&mut self, event: Event, received_at: Time, to: &mut Vec<Envelope>) {
        self.seq += 1;
        to.push(Envelope { feed: self.feed.clone(), epoch: 1, seq: self.seq, received_at, event });
    }
}

impl Iterator for Events {
    type Item = Vec<Envelope>;

    fn next(&mut self) -> Option<Vec<Envelope>> {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH && self.step(&mut batch) {}
        (!batch.is_empty()).then_some(batch)
    }
}

impl Flaw {
    /// The kind it is counted as, and what to say.
    fn describe(&self) -> (Anomaly, String) {
        match self {
            Self::Missing(column) => (Anomaly::Malformed, format!("{} is empty", column.word())),
            Self::NotATime(column) => (Anomaly::Malformed, format!("{} is not a time", column.word())),
            Self::Backwards(column) => {
                (Anomaly::Malformed, format!("{} is earlier than the time before", column.word()))
            }
            Self::UnknownExit => (Anomaly::Malformed, "exit is not a known word".to_owned()),
            Self::TooMany => (Anomaly::TooLong, "more rows than can be read".to_owned()),
            Self::Field(column) => (Anomaly::Malformed, format!("{} cannot be read, passed over", column.word())),
            Self::NotUtf8(column) => (Anomaly::Malformed, format!("{} is not UTF-8", column.word())),
            Self::Contradiction => (Anomaly::Contradiction, "answered_at given, exit says otherwise".to_owned()),
            Self::NoAgent => (Anomaly::Incomplete, "answered, agent is empty".to_owned()),
            Self::NoReason => (Anomaly::ReasonUnknown, "left, exit is empty".to_owned()),
            Self::LocalTime(column) => {
                (Anomaly::LocalTime, format!("{} exists twice or not at all that day", column.word()))
            }
            Self::UnknownColumn(name) => (Anomaly::UnknownField, format!("column {name}")),
            Self::Quote => (Anomaly::Malformed, "a quote without its partner".to_owned()),
            Self::TooLong => (Anomaly::TooLong, "too long a line".to_owned()),
        }
    }
}

/// A table of names: each is kept once.
struct Names {
    list: Vec<String>,
    places: FxHashMap<String, u32>,
}

impl Default for Names {
    fn default() -> Self {
        Self { list: vec![String::new()], places: std::iter::once((String::new(), NOBODY)).collect() }
    }
}

impl Names {
    fn of(&mut self, name: &str) -> u32 {
        let name = name.trim_ascii();
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = u32::try_from(self.list.len()).unwrap_or(NOBODY);
        self.list.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}
