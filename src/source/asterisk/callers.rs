//! Callers: joining a queue, leaving it, and why.

use super::fields::{Field, Reader};
use super::mapper::{AmiMapper, anomaly};
use super::state::{At, Call, Sign, Stage, What};
use crate::model::{
    Anomaly, CallId, Event, Evidence, ExitWhy, JoinDetail, Kind, Label, QueueId, RefusedWhy, Span, Time,
};
use rustc_hash::FxHasher;
use std::hash::{Hash as _, Hasher as _};

/// A leave without abandon and without answer within this is an exit by key: an agent's announcement or script may run
/// for seconds between the leave and the connect.
const LEAVING: Span = Span::from_secs(10);
/// A caller's own hang-up is announced before the abandon and done within milliseconds after it.
const ABANDONING: Span = Span::from_secs(2);
/// A hang-up of a caller in the middle of it leaves this much for the rest of the story.
const HANGUP: Span = Span::from_secs(1);

impl AmiMapper {
    pub(super) fn caller_joined(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let (id, queue) = (CallId::new(&m.text(Field::Uniqueid)), QueueId::new(&m.text(Field::Queue)));
        if id.is_empty() || queue.is_empty() {
            out.push(anomaly(Anomaly::Malformed, "QueueCallerJoin without Uniqueid or Queue"));
            return;
        }
        let exten = m.text(Field::Exten);
        let mut detail = JoinDetail {
            caller: self.hasher.caller(&m.text(Field::CallerIdNum)),
            position: m.number(Field::Position).and_then(|p| u32::try_from(p).ok()),
            ..JoinDetail::default()
        };
        let before = self.calls.get(&id).map(|call| (call.stage, call.queue == queue, call.queue.clone()));
        let mut repeat = false;
        match before {
            Some((Stage::Waiting, true, _)) => repeat = true,
            Some((stage, same, from)) => {
                // It stands elsewhere now, so it left where it stood.
                match stage {
                    Stage::Leaving => self.exit(&id, ExitWhy::Key, Evidence::Derived, out),
                    Stage::Abandoning if same => self.exit(&id, ExitWhy::Other, Evidence::Derived, out),
                    Stage::Waiting => {
                        if let Some(call) = self.calls.get_mut(&id) {
                            call.left = at;
                        }
                        self.exit(&id, ExitWhy::Moved, Evidence::Derived, out);
                    }
                    Stage::Abandoning => self.exit(&id, ExitWhy::Moved, Evidence::Derived, out),
                    Stage::Gone => {}
                }
                detail.from_queue = Some(from).filter(|_| !same);
            }
            None => {
                // The number dialled, where the dialplan did not walk away from it (`s`, `t`, an internal label).
                if exten.len() >= 3 && exten.bytes().all(|b| b.is_ascii_digit() || b == b'+') {
                    detail.line = Some(Label::new(&exten));
                }
            }
        }
        self.doors.remove(&id);
        let ts = self.told_at(at);
        out.push(
            Event::new(Kind::CallJoined { call: id.clone(), queue: queue.clone(), detail: Box::new(detail) }).at(ts),
        );
        if repeat {
            return;
        }
        self.stand(id, queue.clone(), at, hash_of(&[exten.as_bytes()]));
        self.check_count(&queue, 0, m.number(Field::Count), out);
    }

    /// Remembers a caller as waiting.
    pub(super) fn stand(&mut self, id: CallId, queue: QueueId, at: At, exten: u64) {
        self.queues.entry(queue.clone()).or_default().waiting += 1;
        let turn = self.calls.get(&id).map_or(0, |c| c.turn + 1);
        let (now, listed) = (self.now, self.listed);
        self.calls.insert(id, Call::waiting(queue, at, turn, exten, now, listed));
    }

    pub(super) fn caller_left(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let id = CallId::new(&m.text(Field::Uniqueid));
        // Nobody we know: it left before we came.
        let Some(call) = self.calls.get_mut(&id) else { return };
        let queue = QueueId::new(&m.text(Field::Queue));
        if call.queue != queue {
            return;
        }
        let counted = std::mem::take(&mut call.counted);
        if call.stage == Stage::Waiting {
            self.hold(&id, Stage::Leaving, at, LEAVING);
        }
        if counted {
            self.check_count(&queue, -1, m.number(Field::Count), out);
        }
    }

    pub(super) fn caller_abandoned(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let id = CallId::new(&m.text(Field::Uniqueid));
        let (hold, place) = (m.number(Field::HoldTime).unwrap_or(0), place_of(m));
        let Some(call) = self.calls.get_mut(&id).filter(|c| c.stage.open()) else { return };
        (call.hold, call.place, call.left) = (hold, place, at);
        match call.sign {
            Sign::Stopped => self.restart_abandon(&id, out),
            _ if self.session.shutting => self.restart_abandon(&id, out),
            Sign::HungUp => self.abandon(&id, Evidence::Reported, out),
            Sign::Redirected => self.exit(&id, ExitWhy::Other, Evidence::Derived, out),
            Sign::None => self.hold(&id, Stage::Abandoning, at, ABANDONING),
        }
    }

    /// Holds a leave or abandon for evidence.
    fn hold(&mut self, id: &CallId, stage: Stage, at: At, wait: Span) {
        let Some(call) = self.calls.get_mut(id) else { return };
        if !call.stage.pending() {
            self.queues.entry(call.queue.clone()).or_default().pending += 1;
        }
        call.stage = stage;
        call.left = at;
        call.turn += 1;
        call.touched = self.now;
        let again = What::Settle(id.clone(), call.turn);
        if stage == Stage::Leaving { self.wake_leave(wait, again) } else { self.wake(wait, again) }
    }

    /// Evidence did not come.
    pub(super) fn settle_unexplained(&mut self, id: &CallId, turn: u32, out: &mut Vec<Event>) {
        let Some(call) = self.calls.get(id).filter(|c| c.turn == turn) else { return };
        match call.stage {
            Stage::Leaving => self.exit(id, ExitWhy::Key, Evidence::Derived, out),
            Stage::Abandoning if self.session.classes.call => {
                let why = self.why_without_word(id);
                self.exit(id, why, Evidence::Derived, out);
            }
            Stage::Abandoning => self.abandon_of_unknown_reason(id, out),
            // Its channel is gone and no queue event said so.
            Stage::Waiting => {
                if call.sign == Sign::Stopped {
                    self.exit(id, ExitWhy::System, Evidence::Derived, out);
                } else {
                    self.abandon(id, Evidence::Derived, out);
                }
            }
            Stage::Gone => {}
        }
    }

    /// Time-outs bound the wait: one that came to the longest wait ever seen in its queue, and not the first of that
    /// length, timed out. Anything else cannot be told without the class `dialplan`.
    fn why_without_word(&mut self, id: &CallId) -> ExitWhy {
        let Some(call) = self.calls.get(id) else { return ExitWhy::Other };
        let queue = self.queues.entry(call.queue.clone()).or_default();
        let bounded = call.hold + 1 >= queue.longest_hold;
        let again = queue.exit_holds.iter().any(|h| *h > 0 && (h - call.hold).abs() <= 1);
        queue.exit_holds.rotate_right(1);
        if let Some(newest) = queue.exit_holds.first_mut() {
            *newest = call.hold;
        }
        if bounded && again { ExitWhy::Timeout } else { ExitWhy::Other }
    }

    /// `QUEUESTATUS` says how the queue let go of a caller, and is the only sign of one refused at its door.
    pub(super) fn variable_set(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        if m.bytes(Field::Variable) != Some(b"QUEUESTATUS") {
            return;
        }
        let (id, value) = (CallId::new(&m.text(Field::Uniqueid)), m.text(Field::Value));
        let door = match &*value {
            "FULL" => Some(RefusedWhy::Full),
            "JOINEMPTY" | "JOINUNAVAIL" => Some(RefusedWhy::NoAgents),
            _ => None,
        };
        if let Some(why) = door {
            let queue = self.doors.remove(&id);
            let line = Some(Label::new(&m.text(Field::Exten))).filter(|l| l.as_str().len() >= 3);
            out.push(Event::new(Kind::DoorRefused { line, queue, why }).at(self.told_at(at)));
            return;
        }
        let why = match &*value {
            "" => return,
            "TIMEOUT" => ExitWhy::Timeout,
            "LEAVEEMPTY" | "LEAVEUNAVAIL" => ExitWhy::Empty,
            _ => ExitWhy::Other,
        };
        if self.calls.get(&id).is_some_and(|c| c.stage.pending()) {
            self.exit(&id, why, Evidence::Reported, out);
        }
    }

    /// A caller's channel runs an application: one that has left a queue goes on in the dialplan.
    pub(super) fn application(&mut self, m: &mut Reader<'_, '_>, out: &mut Vec<Event>) {
        let queue = m.bytes(Field::Application) == Some(b"Queue");
        if !queue && self.queues.values().all(|q| q.pending == 0) {
            return;
        }
        let id = CallId::new(&m.text(Field::Uniqueid));
        if self.calls.get(&id).is_some_and(|c| c.stage == Stage::Leaving) {
            self.exit(&id, ExitWhy::Key, Evidence::Derived, out);
        }
        if queue {
            let data = m.text(Field::AppData);
            let name = data.split(',').next().unwrap_or_default();
            self.doors.insert(id, QueueId::new(name));
        }
    }

    pub(super) fn hangup_requested(&mut self, m: &mut Reader<'_, '_>) {
        let id = CallId::new(&m.text(Field::Uniqueid));
        if let Some(call) = self.calls.get_mut(&id) {
            call.sign = call.sign.max(Sign::HungUp);
        } else if let Some(call) = self.legs.get(&id).and_then(|call| self.calls.get_mut(call)) {
            // Cause 17 is busy, 21 refused: the phone itself sent the call away.
            let refused = matches!(m.number(Field::Cause), Some(17 | 21));
            call.rings.iter_mut().filter(|r| r.leg == id).for_each(|r| r.refused = refused);
        }
    }

    /// The switch itself hangs up a channel. Here `Cause` is the reason inside Asterisk: 4 is its shutdown, 2 a redirect.
    pub(super) fn hung_up_by_switch(&mut self, m: &mut Reader<'_, '_>) {
        let cause = m.number(Field::Cause);
        if !matches!(cause, Some(2 | 4)) {
            return;
        }
        if let Some(call) = self.calls.get_mut(&CallId::new(&m.text(Field::Uniqueid))) {
            call.sign = call.sign.max(if cause == Some(4) { Sign::Stopped } else { Sign::Redirected });
        }
    }

    pub(super) fn hung_up(&mut self, m: &mut Reader<'_, '_>, at: At, out: &mut Vec<Event>) {
        let id = CallId::new(&m.text(Field::Uniqueid));
        let Some(call) = self.calls.get(&id).filter(|c| c.stage.open()) else {
            self.doors.remove(&id);
            return;
        };
        let turn = call.turn;
        match call.stage {
            Stage::Abandoning if call.sign == Sign::Stopped => self.restart_abandon(&id, out),
            Stage::Abandoning if call.place == place_of(m) => self.abandon(&id, Evidence::Reported, out),
            Stage::Abandoning => {
                let why = self.why_without_word(&id);
                self.exit(&id, why, Evidence::Derived, out);
            }
            Stage::Waiting => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.left = at;
                }
                self.wake(HANGUP, What::Settle(id, turn));
            }
            Stage::Leaving => self.wake(HANGUP, What::Settle(id, turn)),
            Stage::Gone => {}
        }
    }

    /// The switch reports whoever waits as abandoned when it goes down.
    fn restart_abandon(&mut self, id: &CallId, out: &mut Vec<Event>) {
        out.push(anomaly(Anomaly::RestartAbandons, id.as_str()));
        self.exit(id, ExitWhy::System, Evidence::Derived, out);
    }

    fn abandon_of_unknown_reason(&mut self, id: &CallId, out: &mut Vec<Event>) {
        out.push(anomaly(Anomaly::ReasonUnknown, "exits included: the account does not read class 'call'"));
        self.abandon(id, Evidence::Derived, out);
    }

    fn abandon(&mut self, id: &CallId, evidence: Evidence, out: &mut Vec<Event>) {
        if let Some((queue, left)) = self.close(id) {
            let kind = Kind::CallAbandoned { call: id.clone(), queue };
            out.push(Event::new(kind).at(self.told_at(left)).with_evidence(evidence));
        }
    }

    pub(super) fn exit(&mut self, id: &CallId, why: ExitWhy, evidence: Evidence, out: &mut Vec<Event>) {
        if let Some((queue, left)) = self.close(id) {
            let kind = Kind::CallExited { call: id.clone(), queue, why };
            out.push(Event::new(kind).at(self.told_at(left)).with_evidence(evidence));
        }
    }

    /// The stay in the queue is over; its queue and when.
    pub(super) fn close(&mut self, id: &CallId) -> Option<(QueueId, At)> {
        self.clear_rings(id);
        let call = self.calls.get_mut(id)?;
        let queue = self.queues.entry(call.queue.clone()).or_default();
        if call.stage.pending() {
            queue.pending = queue.pending.saturating_sub(1);
        }
        queue.longest_hold = queue.longest_hold.max(call.hold);
        call.stage = Stage::Gone;
        call.turn += 1;
        call.touched = self.now;
        Some((call.queue.clone(), call.left))
    }

    /// The connection ended with leaves and abandons unexplained.
    pub(super) fn settle_at_loss(&mut self, out: &mut Vec<Event>) {
        let mut pending: Vec<(Time, CallId, Stage)> = self
            .calls
            .iter()
            .filter(|(_, c)| c.stage.pending())
            .map(|(id, c)| (c.left.received, id.clone(), c.stage))
            .collect();
        pending.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let abandons = pending.iter().filter(|p| p.2 == Stage::Abandoning).count();
        let nobody_left =
            self.calls.values().all(|c| c.stage != Stage::Waiting) && self.agents.values().all(|a| a.talks.is_empty());
        // Everybody gone at once and then the switch: that was the switch.
        let restart = self.session.shutting || (abandons >= 2 && nobody_left);
        for (_, id, stage) in pending {
            match stage {
                Stage::Abandoning if restart => self.restart_abandon(&id, out),
                Stage::Abandoning if self.session.classes.call => {
                    let why = self.why_without_word(&id);
                    self.exit(&id, why, Evidence::Derived, out);
                }
                Stage::Abandoning => self.abandon_of_unknown_reason(&id, out),
                // Answered or gone by key: the answer would have come on the lost connection.
                _ => {
                    self.close(&id);
                }
            }
        }
    }

    /// Compares the queue's own count with ours, which `changes` by as many.
    fn check_count(&mut self, id: &QueueId, changes: i64, count: Option<i64>, out: &mut Vec<Event>) {
        let queue = self.queues.entry(id.clone()).or_default();
        queue.waiting += changes;
        let Some(count) = count else { return };
        let drift = count - queue.waiting;
        if drift == queue.drift {
            return;
        }
        queue.drift = drift;
        // Those who left without a reason yet still wait in everybody else's eyes.
        let waiting = u32::try_from(count.max(0)).unwrap_or(u32::MAX).saturating_add(queue.pending);
        out.push(Event::new(Kind::QueueObserved { queue: id.clone(), waiting, oldest: None }));
        if drift != 0 {
            self.want_resync();
        }
    }
}

impl Call {
    fn waiting(queue: QueueId, at: At, turn: u32, exten: u64, now: Time, listed: u32) -> Self {
        Self {
            queue,
            stage: Stage::Waiting,
            turn,
            counted: true,
            joined: at,
            left: at,
            hold: 0,
            sign: Sign::None,
            exten,
            place: 0,
            transfer: None,
            rings: Vec::new(),
            listed,
            touched: now,
        }
    }
}

/// Where in the dialplan the caller's channel is.
fn place_of(m: &mut Reader<'_, '_>) -> u64 {
    hash_of(&[m.text(Field::Context).as_bytes(), m.text(Field::Exten).as_bytes(), m.text(Field::Priority).as_bytes()])
}

pub(super) fn hash_of(parts: &[&[u8]]) -> u64 {
    let mut hasher = FxHasher::default();
    for part in parts {
        part.hash(&mut hasher);
    }
    hasher.finish()
}
