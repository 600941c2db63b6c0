//! One row: a call's stay in a queue, from its fields to checked times.

use super::columns::{Column, Columns};
use super::local::{LocalClock, Reading};
use crate::model::{CallId, Caller, CallerHasher, Direction, ExitWhy, Label, Span, Time};
use crate::wire::csv::Record;
use std::borrow::Cow;

/// How the stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// It had not when the file was written.
    Open,
    Answered,
    Abandoned,
    /// It left, and the row does not say why: taken for abandoned, derived.
    Left,
    Exited(ExitWhy),
}

/// A row that holds together: `joined ≤ answered ≤ end`.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) joined: Time,
    pub(super) answered: Option<Time>,
    /// Of an answered call the end of talk, else the instant it left.
    pub(super) end: Option<Time>,
    pub(super) call: CallId,
    /// Places in the tables of names.
    pub(super) queue: u32,
    pub(super) agent: u32,
    /// Its place in the files.
    pub(super) order: u32,
    pub(super) exit: Exit,
    pub(super) extra: Option<Box<Extra>>,
}

/// What the optional columns say.
#[derive(Debug, Default)]
pub(super) struct Extra {
    pub(super) caller: Option<Caller>,
    pub(super) line: Option<Label>,
    pub(super) area: Option<Label>,
    pub(super) menu: Option<Label>,
    pub(super) direction: Option<Direction>,
    pub(super) ring: Option<Span>,
    pub(super) hold: Option<Span>,
    pub(super) after_call: Option<Span>,
    pub(super) transferred_to: Option<Label>,
    pub(super) outcome: Option<Label>,
}

/// What is wrong with a row or a field of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A column that must have a value has none; the row is dropped.
    Missing(Column),
    /// Not a time; the row is dropped.
    NotATime(Column),
    /// Earlier than the time before it; the row is dropped.
    Backwards(Column),
    /// Not a word of `exit`; the row is dropped.
    UnknownExit,
    /// The file is read no further: more rows than can be numbered.
    TooMany,
    /// Not a number of seconds, not a direction; the field is passed over.
    Field(Column),
    /// Not UTF-8; what could not be read is replaced.
    NotUtf8(Column),
    /// `exit` is not `answered`, yet there is an `answered_at`: `exit` is believed.
    Contradiction,
    /// Answered, and nobody knows by whom.
    NoAgent,
    /// It left without a reason.
    NoReason,
    /// A local time that exists twice or not at all.
    LocalTime(Column),
    /// A column nobody knows.
    UnknownColumn(Label),
    /// A quote without its partner.
    Quote,
    /// Too long a line.
    TooLong,
}

/// Reads fields of rows.
pub(super) struct RowReader<'a> {
    pub(super) columns: Columns,
    pub(super) clock: &'a mut LocalClock,
    pub(super) hasher: &'a CallerHasher,
}

/// The parts of a row before its names are looked up.
pub(super) struct Parts<'r> {
    pub(super) call: CallId,
    pub(super) queue: Cow<'r, str>,
    pub(super) agent: Cow<'r, str>,
    pub(super) joined: Time,
    pub(super) answered: Option<Time>,
    pub(super) end: Option<Time>,
    pub(super) exit: Exit,
    pub(super) extra: Option<Box<Extra>>,
}

impl RowReader<'_> {
    /// Reads one row. Flaws that leave it usable are told to `note`.
    ///
    /// # Errors
    /// The flaw that makes it unusable.
    pub(super) fn read<'r>(&mut self, record: &'r Record<'_>, note: &mut Vec<Flaw>) -> Result<Parts<'r>, Flaw> {
        let call = CallId::new(&self.text(record, Column::CallId, note));
        if call.is_empty() {
            return Err(Flaw::Missing(Column::CallId));
        }
        let extra = if self.columns.optional { self.extra(record, note) } else { None };
        let direction = extra.as_ref().and_then(|e| e.direction);
        let queue = self.text(record, Column::Queue, note);
        if queue.trim_ascii().is_empty() && matches!(direction, None | Some(Direction::In)) {
            return Err(Flaw::Missing(Column::Queue));
        }
        let agent = self.text(record, Column::Agent, note);
        let Some(mut joined) = self.time(record, Column::JoinedAt, None, note)? else {
            return Err(Flaw::Missing(Column::JoinedAt));
        };
        let mut answered = self.time(record, Column::AnsweredAt, Some(joined.at), note)?;
        let exit = self.exit(record, answered.is_some(), note)?;
        let end = if exit == Exit::Answered {
            let Some(at) = &mut answered else { return Err(Flaw::Missing(Column::AnsweredAt)) };
            in_order(&mut joined, at, Column::AnsweredAt)?;
            let mut end = self.time(record, Column::EndedAt, Some(at.at), note)?;
            if let Some(end) = &mut end {
                in_order(at, end, Column::EndedAt)?;
            }
            // The answer may have given way; the join keeps its order.
            in_order(&mut joined, at, Column::AnsweredAt)?;
            if agent.trim_ascii().is_empty() {
                note.push(Flaw::NoAgent);
            }
            end
        } else {
            answered = None;
            let mut column = Column::LeftAt;
            let mut left = self.time(record, column, Some(joined.at), note)?;
            if left.is_none() {
                column = Column::EndedAt;
                left = self.time(record, column, Some(joined.at), note)?;
            }
            if let Some(left) = &mut left {
                in_order(&mut joined, left, column)?;
            } else if exit != Exit::Open {
                return Err(Flaw::Missing(Column::LeftAt));
            }
            left
        };
        let exit = if exit == Exit::Open && end.is_some() {
            note.push(Flaw::NoReason);
            Exit::Left
        } else {
            exit
        };
        Ok(Parts {
            call,
            queue,
            agent,
            joined: joined.at,
            answered: answered.map(|a| a.at),
            end: end.map(|e| e.at),
            exit,
            extra,
        })
    }

    fn exit(&self, record: &Record<'_>, answered: bool, note: &mut Vec<Flaw>) -> Result<Exit, Flaw> {
        let exit = match record.raw(self.columns.of(Column::Exit)).trim_ascii() {
            b"answered" => return Ok(Exit::Answered),
            b"abandoned" => Exit::Abandoned,
            b"" if answered => return Ok(Exit::Answered),
            b"" => Exit::Open,
            word => Exit::Exited(std::str::from_utf8(word).ok().and_then(ExitWhy::from_word).ok_or(Flaw::UnknownExit)?),
        };
        if answered {
            note.push(Flaw::Contradiction);
        }
        Ok(exit)
    }

    /// A time, or `None` where the field is empty. A doubled one is read so that it is not before `after`.
    fn time(
        &mut self,
        record: &Record<'_>,
        column: Column,
        after: Option<Time>,
        note: &mut Vec<Flaw>,
    ) -> Result<Option<Placed>, Flaw> {
        let field = record.raw(self.columns.of(column));
        if field.is_empty() {
            return Ok(None);
        }
        let (at, sure) = match self.clock.read(field) {
            None if field.trim_ascii().is_empty() => return Ok(None),
            None => return Err(Flaw::NotATime(column)),
            Some(Reading::One(at)) => (at, true),
            Some(Reading::Moved(at)) => (at, false),
            Some(Reading::Doubled(first, second)) => match after {
                Some(after) if first < after && after <= second => (second, false),
                _ => (first, false),
            },
        };
        if !sure {
            note.push(Flaw::LocalTime(column));
        }
        Ok(Some(Placed { at, sure }))
    }

    fn text<'r>(&self, record: &'r Record<'_>, column: Column, note: &mut Vec<Flaw>) -> Cow<'r, str> {
        let text = record.text(self.columns.of(column));
        if matches!(&text, Cow::Owned(t) if t.contains('\u{fffd}')) {
            note.push(Flaw::NotUtf8(column));
        }
        text
    }

    fn extra(&self, record: &Record<'_>, note: &mut Vec<Flaw>) -> Option<Box<Extra>> {
        let mut label = |column| {
            let label = Label::new(&self.text(record, column, note));
            (!label.is_empty()).then_some(label)
        };
        let (line, area, menu) = (label(Column::Line), label(Column::Area), label(Column::Menu));
        let (transferred_to, outcome) = (label(Column::TransferredTo), label(Column::Outcome));
        let caller = self.hasher.caller(&record.text(self.columns.of(Column::Caller)));
        let mut seconds = |column| {
            seconds(record.raw(self.columns.of(column))).unwrap_or_else(|NotSeconds| {
                note.push(Flaw::Field(column));
                None
            })
        };
        let (ring, hold, after_call) = (seconds(Column::RingS), seconds(Column::HoldS), seconds(Column::AfterCallS));
        let word = record.text(self.columns.of(Column::Direction));
        let direction = Direction::from_word(word.trim());
        if direction.is_none() && !word.trim().is_empty() {
            note.push(Flaw::Field(Column::Direction));
        }
        let extra = Extra { caller, line, area, menu, direction, ring, hold, after_call, transferred_to, outcome };
        let empty = extra.caller.is_none()
            && [&extra.line, &extra.area, &extra.menu, &extra.transferred_to, &extra.outcome]
                .iter()
                .all(|l| l.is_none())
            && [extra.ring, extra.hold, extra.after_call].iter().all(Option::is_none)
            && extra.direction.is_none();
        (!empty).then(|| Box::new(extra))
    }
}

/// A time and whether its field left no doubt.
#[derive(Clone, Copy)]
struct Placed {
    at: Time,
    sure: bool,
}

/// Checks `earlier ≤ later`. Where a clock change made one of them doubtful, the doubtful one gives way: no call is lost
/// to a clock change.
fn in_order(earlier: &mut Placed, later: &mut Placed, column: Column) -> Result<(), Flaw> {
    if earlier.at <= later.at {
        Ok(())
    } else if !earlier.sure {
        earlier.at = later.at;
        Ok(())
    } else if !later.sure {
        later.at = earlier.at;
        Ok(())
    } else {
        Err(Flaw::Backwards(column))
    }
}

/// A number of seconds; `None` where the field is empty.
fn seconds(field: &[u8]) -> Result<Option<Span>, NotSeconds> {
    let field = field.trim_ascii();
    if field.is_empty() {
        return Ok(None);
    }
    let number = std::str::from_utf8(field).ok().and_then(|t| t.parse::<f64>().ok());
    number.filter(|n| (0.0..=1e9).contains(n)).map(|n| Some(Span::from_secs_f64(n))).ok_or(NotSeconds)
}

struct NotSeconds;
