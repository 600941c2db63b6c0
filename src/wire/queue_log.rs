//! Asterisk's `queue_log`: `epoch|call|queue|agent|VERB|parameters…`, one line an event, whole seconds.
//! Verbs and their parameters: Asterisk's "Queue Logs" page and `app_queue.c`.

use crate::model::{Span, Time};
use compact_str::CompactString;
use std::io::{BufRead, BufReader, Read};

/// A longer line is dropped and reported; Asterisk itself writes at most 8192 bytes.
pub const MAX_LINE: u64 = 16 * 1024;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the file, from 1.
    pub line: u64,
    /// When it was written.
    pub at: Time,
    /// The caller's unique id, or a word such as `NONE`.
    pub call: CompactString,
    /// The queue, or `NONE`.
    pub queue: CompactString,
    /// The member's name; its interface in [`Verb::AddMember`] and [`Verb::RemoveMember`]; or `NONE`.
    pub agent: CompactString,
    /// What happened.
    pub verb: Verb,
}

/// What happened, with the parameters that say more than the line's time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields carry the names of Asterisk's documentation")]
pub enum Verb {
    EnterQueue {
        caller: CompactString,
        position: Option<u32>,
    },
    Connect {
        ring: Option<Span>,
    },
    /// COMPLETEAGENT, COMPLETECALLER.
    Complete {
        by_agent: bool,
    },
    /// BLINDTRANSFER, ATTENDEDTRANSFER, and TRANSFER of old versions.
    Transfer {
        attended: bool,
        to: CompactString,
    },
    /// The caller left the queue unanswered.
    Leave(Leave),
    RingNoAnswer {
        ring: Option<Span>,
    },
    RingCanceled {
        ring: Option<Span>,
    },
    Pause {
        reason: CompactString,
    },
    Unpause,
    AddMember {
        paused: bool,
    },
    RemoveMember,
    AgentLogin,
    AgentLogoff,
    /// The switch has started.
    QueueStart,
    /// Known, and of no meaning here: PAUSEALL and UNPAUSEALL (a line a queue follows), PENALTY, CONFIGRELOAD, ….
    Ignored,
    /// Not known: a dialplan's own.
    Unknown(CompactString),
}

/// How a caller left unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the verbs of the log")]
pub enum Leave {
    Abandon,
    ExitWithTimeout,
    ExitWithKey,
    ExitEmpty,
    Withdraw,
    SysCompat,
}

/// What cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not a line of a queue log.
    Malformed,
    /// The last line, without an end, and not whole.
    CutOff,
    /// Longer than [`MAX_LINE`].
    TooLong,
}

/// The lines of a log.
pub struct Lines<R> {
    from: BufReader<R>,
    line: u64,
    buffer: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// Reads from `from`.
    pub fn new(from: R) -> Self {
        Self { from: BufReader::with_capacity(64 * 1024, from), line: 0, buffer: Vec::with_capacity(256) }
    }

    /// The next line: an entry, or the number of a line that cannot be read and why. `None` at the end. Empty lines are
    /// passed over.
    ///
    /// # Errors
    /// What the stream says when it cannot be read.
    pub fn next_entry(&mut self) -> std::io::Result<Option<Result<Entry, (u64, Fault)>>> {
        loop {
            self.buffer.clear();
            self.line += 1;
            let length = self.from.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.buffer)?;
            if length == 0 {
                return Ok(None);
            }
            let whole = self.buffer.last() == Some(&b'\n');
            if !whole && length as u64 == MAX_LINE {
                self.skip()?;
                return Ok(Some(Err((self.line, Fault::TooLong))));
            }
            let text = String::from_utf8_lossy(self.buffer.trim_ascii());
            if text.is_empty() {
                continue;
            }
            let fault = if whole { Fault::Malformed } else { Fault::CutOff };
            return Ok(Some(parse(&text, self.line).ok_or((self.line, fault))));
        }
    }

    /// Goes behind the end of a line that is too long.
    fn skip(&mut self) -> std::io::Result<()> {
        loop {
            self.buffer.clear();
            let length = self.from.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.buffer)?;
            if length == 0 || self.buffer.last() == Some(&b'\n') {
                return Ok(());
            }
        }
    }
}

/// Whether the bytes a file starts with are a queue log.
#[must_use]
pub fn recognise(head: &[u8]) -> bool {
    let mut lines = Lines::new(head);
    matches!(lines.next_entry(), Ok(Some(Ok(Entry { verb, .. }))) if !matches!(verb, Verb::Unknown(_)))
}

/// Reads one line; `None` where it is none of a queue log.
fn parse(text: &str, line: u64) -> Option<Entry> {
    let mut fields = text.split('|');
    let at = instant(fields.next()?)?;
    let [call, queue, agent] = [fields.next()?, fields.next()?, fields.next()?].map(CompactString::new);
    let word = fields.next()?;
    if word.is_empty() || !word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        return None;
    }
    let rest: Vec<&str> = fields.collect();
    Some(Entry { line, at, call, queue, agent, verb: verb(word, &rest) })
}

fn verb(word: &str, rest: &[&str]) -> Verb {
    let text = |i: usize| CompactString::new(rest.get(i).copied().unwrap_or_default());
    let millis = |i: usize| number(rest, i).map(|ms| Span::from_micros(ms.saturating_mul(1000)));
    match word {
        "ENTERQUEUE" => {
            Verb::EnterQueue { caller: text(1), position: number(rest, 2).and_then(|n| u32::try_from(n).ok()) }
        }
        "CONNECT" => Verb::Connect { ring: number(rest, 2).map(Span::from_secs) },
        "COMPLETEAGENT" => Verb::Complete { by_agent: true },
        "COMPLETECALLER" => Verb::Complete { by_agent: false },
        "BLINDTRANSFER" | "TRANSFER" => Verb::Transfer { attended: false, to: text(0) },
        // BRIDGE|id, APP|name or LINK|channel|channel: only an application's name says where to.
        "ATTENDEDTRANSFER" => {
            let to = if rest.first() == Some(&"APP") { text(1) } else { CompactString::default() };
            Verb::Transfer { attended: true, to }
        }
        "ABANDON" => Verb::Leave(Leave::Abandon),
        "EXITWITHTIMEOUT" => Verb::Leave(Leave::ExitWithTimeout),
        "EXITWITHKEY" => Verb::Leave(Leave::ExitWithKey),
        "EXITEMPTY" => Verb::Leave(Leave::ExitEmpty),
        "WITHDRAW" => Verb::Leave(Leave::Withdraw),
        "SYSCOMPAT" => Verb::Leave(Leave::SysCompat),
        // Milliseconds here, though whole seconds in CONNECT.
        "RINGNOANSWER" => Verb::RingNoAnswer { ring: millis(0) },
        "RINGCANCELED" => Verb::RingCanceled { ring: millis(0) },
        "PAUSE" => Verb::Pause { reason: text(0) },
        "UNPAUSE" => Verb::Unpause,
        "ADDMEMBER" => Verb::AddMember { paused: rest.first() == Some(&"PAUSED") },
        "REMOVEMEMBER" => Verb::RemoveMember,
        "AGENTLOGIN" | "AGENTCALLBACKLOGIN" => Verb::AgentLogin,
        "AGENTLOGOFF" | "AGENTCALLBACKLOGOFF" => Verb::AgentLogoff,
        "QUEUESTART" => Verb::QueueStart,
        "PAUSEALL" | "UNPAUSEALL" | "PENALTY" | "RINGINUSE" | "CONFIGRELOAD" | "AGENTDUMP" | "DID" | "OUTCALL" => {
            Verb::Ignored
        }
        other => Verb::Unknown(CompactString::new(other)),
    }
}

/// A number of seconds or milliseconds that may be true: not negative.
fn number(rest: &[&str], i: usize) -> Option<i64> {
    rest.get(i)?.parse().ok().filter(|n| *n >= 0)
}

/// `seconds` or `seconds.fraction` since the epoch.
fn instant(field: &str) -> Option<Time> {
    let (whole, fraction) = field.split_once('.').unwrap_or((field, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !digits(whole) || fraction.len() > 9 || !digits(fraction) {
        return None;
    }
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6).fold(0, |n, b| n * 10 + i64::from(b - b'0'));
    Some(Time::from_secs(whole.parse().ok()?) + Span::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Result<Entry, (u64, Fault)>> {
        let mut lines = Lines::new(text);
        std::iter::from_fn(|| lines.next_entry().ok().flatten()).collect()
    }

    #[test]
    fn each_verb_has_its_own_fields() {
        for (line, verb) in [
            ("ENTERQUEUE||44207030824|3", Verb::EnterQueue { caller: "44207030824".into(), position: Some(3) }),
            ("ENTERQUEUE||anonymous|1|A Name", Verb::EnterQueue { caller: "anonymous".into(), position: Some(1) }),
            ("CONNECT|12|1717397259.239827|11", Verb::Connect { ring: Some(Span::from_secs(11)) }),
            ("CONNECT|12", Verb::Connect { ring: None }),
            ("RINGNOANSWER|1000", Verb::RingNoAnswer { ring: Some(Span::from_secs(1)) }),
            ("RINGCANCELED|1280", Verb::RingCanceled { ring: Some(Span::from_micros(1_280_000)) }),
            ("BLINDTRANSFER|2002|internal|14|11|11", Verb::Transfer { attended: false, to: "2002".into() }),
            ("ATTENDEDTRANSFER|BRIDGE|9081af5c|4|18|1", Verb::Transfer { attended: true, to: "".into() }),
            ("ATTENDEDTRANSFER|APP|Queue|12|120|1", Verb::Transfer { attended: true, to: "Queue".into() }),
            ("ATTENDEDTRANSFER|LINK|a|b|12|120|1", Verb::Transfer { attended: true, to: "".into() }),
            ("WITHDRAW|1|12|23|supervisor", Verb::Leave(Leave::Withdraw)),
            ("ADDMEMBER|PAUSED", Verb::AddMember { paused: true }),
            ("PAUSE|meeting", Verb::Pause { reason: "meeting".into() }),
            ("QUEUESTART|", Verb::QueueStart),
            ("PENALTY|2", Verb::Ignored),
            ("MY_OWN|x", Verb::Unknown("MY_OWN".into())),
        ] {
            let text = format!("1795313880|c|q|a|{line}\n");
            let found = read(text.as_bytes()).pop().and_then(Result::ok).map(|e| (e.at, e.verb));
            assert_eq!(found, Some((Time::from_secs(1_795_313_880), verb)), "{line}");
        }
    }

    #[test]
    fn what_is_no_line_is_told_with_its_number() {
        let long = "x".repeat(40_000);
        let text = format!("\r\nhello\n1|2|3|4\n{long}\n1795313880.5|c|q|a|UNPAUSE|\r\nx|c|q|a|PAUSE\n1795313881|c");
        let found: Vec<_> = read(text.as_bytes()).into_iter().map(|r| r.map(|e| (e.line, e.at.micros()))).collect();
        assert_eq!(
            found,
            [
                Err((2, Fault::Malformed)),
                Err((3, Fault::Malformed)),
                Err((4, Fault::TooLong)),
                Ok((5, 1_795_313_880_500_000)),
                Err((6, Fault::Malformed)),
                Err((7, Fault::CutOff)),
            ]
        );
        assert!(recognise(b"1795313880|NONE|NONE|NONE|QUEUESTART|\n"));
        assert!(!recognise(b"call_id,queue\n"));
    }
}
