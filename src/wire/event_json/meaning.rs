//! What one object means: required fields, words, ranges.

use std::fmt::Display;

use super::SECONDS_MAX;
use super::wide::{Number, Wide};
use crate::model::{
    AgentId, AgentState, AgentStateEvent, Anomaly, CallId, Caller, CallerHasher, CallerKey, Command, Direction,
    EndedBy, Event, EventId, Evidence, ExitWhy, FeedState, Fields, IvrCount, JoinDetail, Kind, Label, LineState,
    MissWhy, QueueId, RefusedWhy, Span, Time, TransferKind, clean,
};

/// Who wrote the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Origin {
    /// A source of events: what is set on receipt is not its to say.
    Sender,
    /// Our own journal.
    Journal,
}

/// Every `type` of the form, in the order of the documentation.
pub const TYPES: &[&str] = &[
    "call.joined",
    "call.ringing",
    "call.not_answered",
    "call.answered",
    "call.held",
    "call.retrieved",
    "call.transferred",
    "call.ended",
    "call.abandoned",
    "call.exited",
    "call.dialled",
    "call.connected",
    "call.tagged",
    "agent.signed_in",
    "agent.signed_out",
    "agent.state",
    "agent.joined_queue",
    "agent.left_queue",
    "queue.observed",
    "door.refused",
    "line.state",
    "ivr.count",
    "feed.sync_begin",
    "feed.sync_end",
    "feed.heartbeat",
    "feed.state",
    "feed.offset",
    "feed.anomaly",
    "command.ack",
    "command.note",
    "command.close",
    "command.do",
    "config.applied",
    "clock.tick",
];

/// Reads an object as the event its `type` names, where its required fields are there. What could not be used is added
/// to `problems`, empty before.
#[inline]
pub(super) fn meaning(
    wide: &Wide<'_>,
    hasher: &CallerHasher,
    origin: Origin,
    problems: &mut Vec<(Anomaly, String)>,
) -> Option<Event> {
    let mut object = Object { wide, hasher, origin, problems, missing: None };
    let event = object.event();
    object.tell_the_rest(event.is_some());
    event
}

struct Object<'w, 'a> {
    wide: &'w Wide<'a>,
    hasher: &'w CallerHasher,
    origin: Origin,
    problems: &'w mut Vec<(Anomaly, String)>,
    /// The first required field that is not there.
    missing: Option<&'static str>,
}

type Text<'a> = Option<&'a str>;

impl Object<'_, '_> {
    #[inline]
    fn event(&mut self) -> Option<Event> {
        let kind = self.kind()?;
        let evidence = match (self.origin, self.wide.rare().evidence) {
            (Origin::Journal, Some(word)) => self.known("evidence", word, Evidence::from_word).unwrap_or_default(),
            _ => Evidence::Reported,
        };
        Some(Event {
            id: self.wide.id.map(EventId::new).filter(|id| !id.is_empty()),
            ts: self.time("ts", &self.wide.ts),
            evidence,
            kind,
        })
    }

    #[inline]
    fn kind(&mut self) -> Option<Kind> {
        let (w, r) = (self.wide, self.wide.rare());
        let Some(word) = w.kind else {
            self.missing = Some("type");
            return None;
        };
        Some(match word.as_bytes() {
            b"call.joined" => self.joined()?,
            b"call.ringing" => Kind::CallRinging { call: self.call()?, queue: self.queue()?, agent: self.agent()? },
            b"call.not_answered" => Kind::CallNotAnswered {
                call: self.call()?,
                queue: self.queue()?,
                agent: self.agent()?,
                rang: self.seconds("rang_s", r.rang_s),
                why: self.word_or("why", &w.why, MissWhy::from_word, MissWhy::NoAnswer),
            },
            b"call.answered" => Kind::CallAnswered { call: self.call()?, queue: self.queue()?, agent: self.agent()? },
            b"call.held" => Kind::CallHeld { call: self.call()?, agent: agent(&w.agent) },
            b"call.retrieved" => Kind::CallRetrieved { call: self.call()?, agent: agent(&w.agent) },
            b"call.transferred" => Kind::CallTransferred {
                call: self.call()?,
                queue: self.queue()?,
                agent: self.agent()?,
                kind: self.word_or("kind", &r.transfer, TransferKind::from_word, TransferKind::Blind),
                to: label(&r.to),
            },
            b"call.ended" => Kind::CallEnded {
                call: self.call()?,
                queue: self.queue()?,
                agent: self.agent()?,
                by: self.word_or("by", &w.by, EndedBy::from_word, EndedBy::System),
                cause: label(&r.cause),
            },
            b"call.abandoned" => Kind::CallAbandoned { call: self.call()?, queue: self.queue()? },
            b"call.exited" => Kind::CallExited {
                call: self.call()?,
                queue: self.queue()?,
                why: self.word_or("why", &w.why, ExitWhy::from_word, ExitWhy::Other),
            },
            b"call.dialled" => {
                Kind::CallDialled { call: self.call()?, agent: self.agent()?, number: self.number_called() }
            }
            b"call.connected" => {
                Kind::CallConnected { call: self.call()?, agent: self.agent()?, number: self.number_called() }
            }
            b"call.tagged" => Kind::CallTagged { call: self.call()?, tags: self.tags()? },
            b"agent.signed_in" => Kind::AgentSignedIn {
                agent: self.agent()?,
                name: label(&r.name),
                team: label(&r.team),
                desk: label(&r.desk),
                queues: r
                    .queues
                    .unwrap_or_default()
                    .iter()
                    .map(|q| QueueId::new(q))
                    .filter(|q| !q.is_empty())
                    .collect(),
            },
            b"agent.signed_out" => Kind::AgentSignedOut { agent: self.agent()? },
            b"agent.state" => self.agent_state()?,
            b"agent.joined_queue" => {
                Kind::AgentJoinedQueue { agent: self.agent()?, queue: self.queue()?, name: label(&r.name) }
            }
            b"agent.left_queue" => Kind::AgentLeftQueue { agent: self.agent()?, queue: self.queue()? },
            b"queue.observed" => Kind::QueueObserved {
                queue: self.queue()?,
                waiting: self.required_count("waiting", r.waiting)?,
                oldest: self.seconds("oldest_s", r.oldest_s),
            },
            b"door.refused" => Kind::DoorRefused {
                line: label(&w.line),
                queue: queue(&w.queue),
                why: self.word_or("why", &w.why, RefusedWhy::from_word, RefusedWhy::Full),
            },
            b"line.state" => Kind::LineState {
                line: self.required("line", label(&w.line))?,
                state: LineState {
                    in_use: self.required_count("in_use", r.in_use)?,
                    capacity: self.required_count("capacity", r.capacity)?,
                    blocked: self.count("blocked", r.blocked),
                },
            },
            b"ivr.count" => Kind::IvrCount(Box::new(IvrCount {
                menu: self.required("menu", label(&r.menu))?,
                line: label(&w.line),
                entered: self.required_count("entered", r.entered)?,
                left: self.required_count("left", r.left)?,
                to_queue: self.required_count("to_queue", r.to_queue)?,
            })),
            b"feed.sync_begin" => Kind::FeedSyncBegin,
            b"feed.sync_end" => Kind::FeedSyncEnd,
            b"feed.heartbeat" => Kind::FeedHeartbeat,
            _ => return self.journal_kind(word),
        })
    }

    /// The types a journal alone may carry.
    fn journal_kind(&mut self, word: &str) -> Option<Kind> {
        if !TYPES.contains(&word) {
            self.problems.push((Anomaly::UnknownType, word.to_owned()));
            return None;
        }
        if self.origin == Origin::Sender {
            self.problems.push((Anomaly::UnknownType, format!("{word}: only a journal carries it")));
            return None;
        }
        let w = self.wide;
        Some(match word {
            "feed.state" => Kind::FeedState(self.feed_state()?),
            "feed.offset" => {
                let offset = self.signed_seconds("offset_s", w.rare().offset_s);
                Kind::FeedOffset { offset: self.required("offset_s", offset)? }
            }
            "command.ack" | "command.note" | "command.close" | "command.do" => Kind::Command(self.command(word)?),
            "config.applied" => Kind::ConfigApplied { hash: self.required("hash", label(&w.rare().hash))? },
            "clock.tick" => Kind::ClockTick,
            _ => Kind::Anomaly {
                what: self.required_word("what", &w.rare().what, Anomaly::from_word)?,
                detail: plain(&w.rare().detail),
            },
        })
    }

    /// `command.do` names its command in `what`; fields beside number, person and text stand in `with`.
    fn command(&mut self, word: &str) -> Option<Command> {
        let w = self.wide;
        let word = match word.strip_prefix("command.") {
            Some("do") => self.required("what", w.rare().what)?,
            Some(word) => {
                self.incident()?;
                word
            }
            None => return None,
        };
        let mut fields: Fields =
            w.rare().with.iter().copied().flatten().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        fields.set("by", w.by.unwrap_or_default());
        if let Some(incident) = self.count::<u64>("incident", w.rare().incident) {
            fields.set("incident", incident.to_string());
        }
        if word == "note" {
            fields.set("text", w.rare().note.unwrap_or_default());
        }
        let command = Command::from_fields(word, &fields);
        if command.is_none() {
            self.malformed("what", format_args!("'{}' is no command, or lacks something", clean(word, 24)));
        }
        command
    }

    fn joined(&mut self) -> Option<Kind> {
        let w = self.wide;
        Some(Kind::CallJoined {
            call: self.call()?,
            queue: self.queue()?,
            detail: Box::new(JoinDetail {
                caller: self.caller("caller_key", &w.caller_key, &w.caller_masked, &w.caller),
                line: label(&w.line),
                area: label(&w.area),
                menu: label(&w.rare().menu),
                priority: self.priority(),
                position: self.count("position", w.position),
                from_queue: queue(&w.rare().from_queue),
                waited: self.seconds("waited_s", w.rare().waited_s),
            }),
        })
    }

    fn agent_state(&mut self) -> Option<Kind> {
        let w = self.wide;
        Some(Kind::AgentState(Box::new(AgentStateEvent {
            agent: self.agent()?,
            queue: queue(&w.queue),
            state: self.required_word("state", &w.state, AgentState::from_word)?,
            reason: label(&w.reason),
            since: self.time("since", &w.rare().since),
            direction: w.direction.and_then(|word| self.known("direction", word, Direction::from_word)),
            call: w.call.map(CallId::new).filter(|c| !c.is_empty()),
            until: self.time("until", &w.rare().until),
            approved_by: label(&w.rare().approved_by),
        })))
    }

    fn feed_state(&mut self) -> Option<FeedState> {
        let w = self.wide;
        let word = self.required("state", w.state)?;
        Some(match word {
            "connecting" => FeedState::Connecting,
            "live" => FeedState::Live,
            "late" => FeedState::Late { age: self.seconds("age_s", w.rare().age_s).unwrap_or_default() },
            "away" => {
                let since = self.time("since", &w.rare().since);
                FeedState::Away {
                    since: self.required("since", since)?,
                    next_try: self.time("next_try", &w.rare().next_try),
                    why: plain(&w.why),
                }
            }
            "failed" => FeedState::Failed { why: plain(&w.why) },
            _ => {
                self.malformed("state", format_args!("'{word}' is not known"));
                return None;
            }
        })
    }

    // What is required.

    fn required<T>(&mut self, field: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.missing = self.missing.or(Some(field));
        }
        value
    }

    fn call(&mut self) -> Option<CallId> {
        self.required("call", self.wide.call.map(CallId::new).filter(|c| !c.is_empty()))
    }

    fn queue(&mut self) -> Option<QueueId> {
        self.required("queue", queue(&self.wide.queue))
    }

    fn agent(&mut self) -> Option<AgentId> {
        self.required("agent", agent(&self.wide.agent))
    }

    fn tags(&mut self) -> Option<Vec<(Label, Label)>> {
        let pairs = self
            .wide
            .rare()
            .tags
            .as_ref()
            .map(|tags| tags.iter().map(|(n, v)| (Label::new(n), Label::new(v))).collect());
        self.required("tags", pairs)
    }

    fn incident(&mut self) -> Option<u64> {
        self.required_count("incident", self.wide.rare().incident)
    }

    fn required_count<T: TryFrom<u64>>(&mut self, field: &'static str, n: Option<Number>) -> Option<T> {
        let value = self.count(field, n);
        self.required(field, value)
    }

    fn required_word<T>(&mut self, field: &'static str, text: &Text<'_>, read: fn(&str) -> Option<T>) -> Option<T> {
        let value = text.as_deref().and_then(|word| self.known(field, word, read));
        self.required(field, value)
    }

    /// A required word whose absence must not cost the fact itself: a caller who left has left, whatever the reason.
    fn word_or<T>(&mut self, field: &'static str, text: &Text<'_>, read: fn(&str) -> Option<T>, otherwise: T) -> T {
        if let Some(word) = text.as_deref() {
            return self.known(field, word, read).unwrap_or(otherwise);
        }
        if !self.wide.rare().wrong.contains(&field) {
            self.malformed(field, "is missing");
        }
        otherwise
    }

    // What may be there. A value that cannot be used is told, and counts as absent.

    fn known<T>(&mut self, field: &'static str, word: &str, read: fn(&str) -> Option<T>) -> Option<T> {
        let value = read(word);
        if value.is_none() {
            self.malformed(field, format_args!("'{}' is not known", clean(word, 24)));
        }
        value
    }

    fn time(&mut self, field: &'static str, text: &Text<'_>) -> Option<Time> {
        let text = text.as_deref()?;
        let at = Time::parse(text).ok();
        if at.is_none() {
            self.malformed(field, format_args!("'{}' is no RFC 3339 time", clean(text, 40)));
        }
        at
    }

    fn seconds(&mut self, field: &'static str, n: Option<Number>) -> Option<Span> {
        self.seconds_from(field, n?, 0.0)
    }

    fn signed_seconds(&mut self, field: &'static str, n: Option<Number>) -> Option<Span> {
        self.seconds_from(field, n?, -SECONDS_MAX)
    }

    fn seconds_from(&mut self, field: &'static str, n: Number, least: f64) -> Option<Span> {
        let secs = n.as_f64();
        if (least..=SECONDS_MAX).contains(&secs) {
            Some(Span::from_secs_f64(secs))
        } else {
            self.out_of_range(field, n);
            None
        }
    }

    fn count<T: TryFrom<u64>>(&mut self, field: &'static str, n: Option<Number>) -> Option<T> {
        let n = n?;
        let value = n.as_count().and_then(|n| T::try_from(n).ok());
        if value.is_none() {
            self.out_of_range(field, n);
        }
        value
    }

    fn priority(&mut self) -> Option<i64> {
        let n = self.wide.rare().priority?;
        let value = match n {
            Number::Below(n) => Some(n),
            other => other.as_count().and_then(|n| i64::try_from(n).ok()),
        };
        if value.is_none() {
            self.out_of_range("priority", n);
        }
        value
    }

    /// The one called. `number_key` is the keyed hash where we wrote the line, and any key of a sender's own elsewhere.
    fn number_called(&mut self) -> Option<Caller> {
        let w = self.wide;
        let ours = self.origin == Origin::Journal && (w.v.is_some() || w.received_at.is_some());
        if ours {
            return self.caller("number_key", &w.rare().number_key, &w.rare().number_masked, &w.rare().number);
        }
        self.hasher.caller(w.rare().number.or(w.rare().number_key)?)
    }

    /// The caller: a journal has key and mask, a sender the number.
    fn caller(&mut self, name: &'static str, key: &Text<'_>, masked: &Text<'_>, clear: &Text<'_>) -> Option<Caller> {
        if self.origin == Origin::Sender {
            return self.hasher.caller(clear.as_deref()?);
        }
        let Some(key) = key.as_deref() else { return self.hasher.caller(clear.as_deref()?) };
        match u64::from_str_radix(key, 16) {
            Ok(n) if key.len() == 16 => Some(Caller {
                key: CallerKey::new(n),
                masked: masked.as_deref().map(|m| clean(m, 64)).unwrap_or_default(),
            }),
            _ => {
                self.malformed(name, "is not 16 hexadecimal digits");
                None
            }
        }
    }

    // What is told.

    fn type_word(&self) -> &str {
        self.wide.kind.unwrap_or("an object")
    }

    fn malformed(&mut self, field: &'static str, what: impl Display) {
        let text = format!("{}: {field} {what}", self.type_word());
        self.problems.push((Anomaly::Malformed, text));
    }

    fn out_of_range(&mut self, field: &'static str, n: Number) {
        self.malformed(field, format_args!("{} is out of range", n.as_f64()));
    }

    fn tell_the_rest(&mut self, understood: bool) {
        let rare = self.wide.rare();
        for &field in rare.wrong {
            self.malformed(field, "is of the wrong type");
        }
        if let Some(field) = self.missing.filter(|_| !understood && self.problems.is_empty()) {
            self.malformed(field, "is missing");
        }
        if rare.unknown_count > 0 {
            let mut text = format!("{}: {}", self.type_word(), rare.unknown.join(", "));
            let more = (rare.unknown_count as usize).saturating_sub(rare.unknown.len());
            if more > 0 {
                text = format!("{text} and {more} more");
            }
            self.problems.push((Anomaly::UnknownField, text));
        }
    }
}

impl Number {
    /// As a fraction; beyond 2^53 rounded.
    #[expect(clippy::cast_precision_loss, reason = "values that large are out of every range")]
    pub(in crate::wire) const fn as_f64(self) -> f64 {
        match self {
            Self::Whole(n) => n as f64,
            Self::Below(n) => n as f64,
            Self::Broken(n) => n,
        }
    }

    /// As a count: whole, not below zero; `3.0` is 3.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, in range: both checked before")]
    pub(in crate::wire) fn as_count(self) -> Option<u64> {
        match self {
            Self::Whole(n) => Some(n),
            Self::Below(_) => None,
            Self::Broken(n) => (n.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&n)).then_some(n as u64),
        }
    }
}

fn label(text: &Text<'_>) -> Option<Label> {
    text.as_deref().map(Label::new).filter(|l| !l.is_empty())
}

fn plain(text: &Text<'_>) -> Label {
    text.as_deref().map(Label::new).unwrap_or_default()
}

fn queue(text: &Text<'_>) -> Option<QueueId> {
    text.as_deref().map(QueueId::new).filter(|q| !q.is_empty())
}

fn agent(text: &Text<'_>) -> Option<AgentId> {
    text.as_deref().map(AgentId::new).filter(|a| !a.is_empty())
}
