//! From events to JSON lines.

use std::borrow::Borrow;
use std::io::Write as _;

use super::{SECONDS_MAX, VERSION};
use crate::model::{Caller, Command, Direction, Envelope, Event, Evidence, FeedState, Kind, Span, Time};

/// Appends the journal's line of an envelope, its newline included. A caller is written as key and mask, never as the
/// number: `caller_key`, `caller_masked` (`number_key`, `number_masked` of an outbound call).
pub fn encode(envelope: &Envelope, site: &str, out: &mut Vec<u8>) {
    let mut line = Object::begin(out);
    line.number("v", VERSION);
    line.text("feed", envelope.feed.as_str());
    line.text("site", site);
    line.number("epoch", envelope.epoch);
    line.number("seq", envelope.seq);
    line.time("received_at", envelope.received_at);
    if envelope.event.evidence != Evidence::Reported {
        line.text("evidence", envelope.event.evidence.word());
    }
    line.event(&envelope.event, Callers::Keys);
    line.end();
    out.push(b'\n');
}

/// Appends the public form of an event, as a sender would write it; no newline. `number` is the clear number of the
/// caller (or of the one called), which an [`Event`] does not hold.
pub fn encode_public(event: &Event, number: Option<&str>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.event(event, Callers::Clear(number));
    object.end();
}

/// How callers are written.
#[derive(Clone, Copy)]
enum Callers<'a> {
    Keys,
    Clear(Option<&'a str>),
}

/// One object being written.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Object<'o> {
    fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn end(self) {
        self.out.push(b'}');
    }

    fn event(&mut self, event: &Event, callers: Callers<'_>) {
        self.text("type", event.kind.type_word());
        if let Some(id) = &event.id {
            self.text("id", id.as_str());
        }
        self.time_if("ts", event.ts);
        self.fields(&event.kind, callers);
    }

    fn fields(&mut self, kind: &Kind, callers: Callers<'_>) {
        match kind {
            Kind::CallJoined { call, queue, detail: d } => {
                self.text("call", call.as_str());
                self.text("queue", queue.as_str());
                self.caller("caller", "caller_key", "caller_masked", d.caller.as_ref(), callers);
                self.text_if("line", d.line.as_ref());
                self.text_if("area", d.area.as_ref());
                self.text_if("menu", d.menu.as_ref());
                self.number_if("priority", d.priority);
                self.number_if("position", d.position);
                self.text_if("from_queue", d.from_queue.as_ref());
                self.seconds_if("waited_s", d.waited);
            }
            Kind::CallRinging { call, queue, agent } | Kind::CallAnswered { call, queue, agent } => {
                self.texts(&[("call", call.as_str()), ("queue", queue.as_str()), ("agent", agent.as_str())]);
            }
            Kind::CallNotAnswered { call, queue, agent, rang, why } => {
                self.texts(&[("call", call.as_str()), ("queue", queue.as_str()), ("agent", agent.as_str())]);
                self.seconds_if("rang_s", *rang);
                self.text("why", why.word());
            }
            Kind::CallHeld { call, agent } | Kind::CallRetrieved { call, agent } => {
                self.text("call", call.as_str());
                self.text_if("agent", agent.as_ref());
            }
            Kind::CallTransferred { call, queue, agent, kind, to } => {
                self.texts(&[("call", call.as_str()), ("queue", queue.as_str()), ("agent", agent.as_str())]);
                self.text("kind", kind.word());
                self.text_if("to", to.as_ref());
            }
            Kind::CallEnded { call, queue, agent, by, cause } => {
                self.texts(&[("call", call.as_str()), ("queue", queue.as_str()), ("agent", agent.as_str())]);
                self.text("by", by.word());
                self.text_if("cause", cause.as_ref());
            }
            Kind::CallAbandoned { call, queue } => self.texts(&[("call", call.as_str()), ("queue", queue.as_str())]),
            Kind::CallExited { call, queue, why } => {
                self.texts(&[("call", call.as_str()), ("queue", queue.as_str()), ("why", why.word())]);
            }
            Kind::CallDialled { call, agent, number } | Kind::CallConnected { call, agent, number } => {
                self.texts(&[("call", call.as_str()), ("agent", agent.as_str())]);
                self.caller("number", "number_key", "number_masked", number.as_ref(), callers);
            }
            Kind::CallTagged { call, tags } => {
                self.text("call", call.as_str());
                self.name("tags");
                let mut inner = Object::begin(self.out);
                for (name, value) in tags {
                    inner.text(name.as_str(), value.as_str());
                }
                inner.end();
            }
            other => self.fields_of_people_and_feeds(other),
        }
    }

    fn fields_of_people_and_feeds(&mut self, kind: &Kind) {
        match kind {
            Kind::AgentSignedIn { agent, name, team, desk, queues } => {
                self.text("agent", agent.as_str());
                self.text_if("name", name.as_ref());
                self.text_if("team", team.as_ref());
                self.text_if("desk", desk.as_ref());
                if !queues.is_empty() {
                    self.name("queues");
                    self.json(queues);
                }
            }
            Kind::AgentSignedOut { agent } => self.text("agent", agent.as_str()),
            Kind::AgentState(s) => {
                self.text("agent", s.agent.as_str());
                self.text_if("queue", s.queue.as_ref());
                self.text("state", s.state.word());
                self.text_if("reason", s.reason.as_ref());
                self.time_if("since", s.since);
                self.text_if("direction", s.direction.map(Direction::word));
                self.text_if("call", s.call());
                self.time_if("until", s.until());
                self.text_if("approved_by", s.approved_by());
            }
            Kind::AgentJoinedQueue { agent, queue, name } => {
                self.texts(&[("agent", agent.as_str()), ("queue", queue.as_str())]);
                self.text_if("name", name.as_ref());
            }
            Kind::AgentLeftQueue { agent, queue } => {
                self.texts(&[("agent", agent.as_str()), ("queue", queue.as_str())]);
            }
            Kind::QueueObserved { queue, waiting, oldest } => {
                self.text("queue", queue.as_str());
                self.number("waiting", *waiting);
                self.seconds_if("oldest_s", *oldest);
            }
            Kind::DoorRefused { line, queue, why } => {
                self.text_if("line", line.as_ref());
                self.text_if("queue", queue.as_ref());
                self.text("why", why.word());
            }
            Kind::LineState { line, state } => {
                self.text("line", line.as_str());
                self.number("in_use", state.in_use);
                self.number("capacity", state.capacity);
                self.number_if("blocked", state.blocked);
            }
            Kind::IvrCount(c) => {
                self.text("menu", c.menu.as_str());
                self.text_if("line", c.line.as_ref());
                self.number("entered", c.entered);
                self.number("left", c.left);
                self.number("to_queue", c.to_queue);
            }
            Kind::FeedState(state) => self.feed_state(state),
            Kind::FeedOffset { offset } => self.seconds_if("offset_s", Some(*offset)),
            Kind::Command(command) => self.command(command),
            Kind::ConfigApplied { hash } => self.text("hash", hash.as_str()),
            Kind::Anomaly { what, detail } => self.texts(&[("what", what.word()), ("detail", detail.as_str())]),
            // The rest has no fields, or was written by `fields`.
            _ => {}
        }
    }

    fn feed_state(&mut self, state: &FeedState) {
        self.text("state", state.word());
        match state {
            FeedState::Connecting | FeedState::Live => {}
            FeedState::Late { age } => self.seconds_if("age_s", Some(*age)),
            FeedState::Away { since, next_try, why } => {
                self.time("since", *since);
                self.time_if("next_try", *next_try);
                self.text("why", why.as_str());
            }
            FeedState::Failed { why } => self.text("why", why.as_str()),
        }
    }

    fn command(&mut self, command: &Command) {
        let mut fields = command.fields();
        if let Some(incident) = fields.remove("incident") {
            self.number("incident", incident);
        }
        self.text("by", &fields.remove("by").unwrap_or_default());
        match command {
            Command::Ack { .. } => return,
            Command::Note { text, .. } => return self.text("text", text.as_str()),
            Command::Close { .. } => {}
            other => self.text("what", other.word()),
        }
        self.name("with");
        let mut inner = Object::begin(self.out);
        for (name, value) in fields.iter() {
            inner.text(name, value);
        }
        inner.end();
    }

    fn caller(
        &mut self,
        clear_name: &str,
        key_name: &str,
        masked_name: &str,
        caller: Option<&Caller>,
        callers: Callers<'_>,
    ) {
        match callers {
            Callers::Clear(number) => self.text_if(clear_name, number),
            Callers::Keys => {
                if let Some(caller) = caller {
                    self.name(key_name);
                    self.write(format_args!("\"{}\"", caller.key));
                    self.text_if(masked_name, Some(caller.masked.as_str()).filter(|m| !m.is_empty()));
                }
            }
        }
    }

    fn name(&mut self, name: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.json(name);
        self.out.push(b':');
    }

    fn texts(&mut self, fields: &[(&str, &str)]) {
        for (name, text) in fields {
            self.text(name, text);
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.json(text);
    }

    fn text_if<T: Borrow<str> + ?Sized>(&mut self, name: &str, text: Option<&T>) {
        if let Some(text) = text {
            self.text(name, text.borrow());
        }
    }

    fn number(&mut self, name: &str, n: impl std::fmt::Display) {
        self.name(name);
        self.write(format_args!("{n}"));
    }

    fn number_if(&mut self, name: &str, n: Option<impl std::fmt::Display>) {
        if let Some(n) = n {
            self.number(name, n);
        }
    }

    fn time(&mut self, name: &str, at: Time) {
        self.name(name);
        self.write(format_args!("\"{}\"", at.to_jiff()));
    }

    fn time_if(&mut self, name: &str, at: Option<Time>) {
        if let Some(at) = at {
            self.time(name, at);
        }
    }

    /// Seconds with just the digits they need, to the microsecond.
    fn seconds_if(&mut self, name: &str, span: Option<Span>) {
        let Some(span) = span else { return };
        let limit = Span::from_secs_f64(SECONDS_MAX).micros();
        let micros = span.micros().clamp(-limit, limit);
        self.name(name);
        let (sign, size) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
        let (whole, fraction) = (size / 1_000_000, size % 1_000_000);
        self.write(format_args!("{sign}{whole}"));
        if fraction > 0 {
            self.write(format_args!(".{fraction:06}"));
            while self.out.last() == Some(&b'0') {
                self.out.pop();
            }
        }
    }

    /// Writing to memory does not fail.
    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(text);
    }

    fn json<T: serde::Serialize + ?Sized>(&mut self, value: &T) {
        let _ = serde_json::to_writer(&mut *self.out, value);
    }
}
