//! The mapper, told short stories: what is said at which second, and what becomes of it.

use std::fmt::Write as _;

use floorwatch::model::{CallerHasher, Event, Evidence, Kind, QueueId, Span, Time};
use floorwatch::source::asterisk::AmiMapper;
use floorwatch::wire::ami::{Decoder, Frame};

/// A mapper in the middle of a session.
struct Teller {
    mapper: AmiMapper,
    told: Vec<String>,
    at: f64,
}

fn time(at: f64) -> Time {
    Time::from_secs(1_000) + Span::from_secs_f64(at)
}

impl Teller {
    fn new() -> Self {
        let wrapup = [(QueueId::new("after"), Span::from_secs(5))];
        let mut teller = Self { mapper: AmiMapper::new(CallerHasher::new([3; 16]), wrapup), told: Vec::new(), at: 0.0 };
        let mut out = Vec::new();
        teller.mapper.connected(time(0.0), &mut out);
        assert!(out.is_empty());
        teller
    }

    /// A session whose account reads these classes, known by a message of each.
    fn with(classes: &[&str]) -> Self {
        let mut teller = Self::new();
        for class in classes {
            teller.say(0.0, &format!("Event: Newstate|Privilege: {class},all"));
        }
        teller
    }

    /// One message at a second; headers are parted by `|`.
    fn say(&mut self, at: f64, message: &str) {
        let mut decoder = Decoder::new();
        decoder.feed(format!("{}\r\n\r\n", message.replace('|', "\r\n")).as_bytes());
        let mut out = Vec::new();
        let Some(Frame::Message(message)) = decoder.next_frame() else { panic!("no message: {message}") };
        self.mapper.message(message, time(at), &mut out);
        self.note(at, &out);
    }

    fn queue(&mut self, at: f64, event: &str, call: &str, rest: &str) {
        self.say(at, &format!("Event: {event}|Privilege: agent,all|Uniqueid: {call}|Queue: q|{rest}X: y"));
    }

    fn advance(&mut self, at: f64) {
        let mut out = Vec::new();
        self.mapper.advance(time(at), &mut out);
        self.note(at, &out);
    }

    fn note(&mut self, at: f64, events: &[Event]) {
        self.at = at;
        self.told.extend(events.iter().map(|e| line(at, e)));
    }

    #[track_caller]
    fn expect(&mut self, lines: &[&str]) {
        assert_eq!(std::mem::take(&mut self.told), lines);
    }
}

/// `second [=stamp] what … [evidence]`
fn line(at: f64, event: &Event) -> String {
    let mut out = format!("{at}");
    if let Some(ts) = event.ts {
        let _ = write!(out, " ={}", (ts - time(0.0)).secs());
    }
    let _ = write!(out, " {}", event.kind.type_word());
    let _ = match &event.kind {
        Kind::CallJoined { call, queue, detail } => {
            let from = detail.from_queue.as_ref().map(|q| format!(" from {q}")).unwrap_or_default();
            write!(out, " {call} {queue}{from}")
        }
        Kind::CallRinging { call, agent, .. } | Kind::CallAnswered { call, agent, .. } => {
            write!(out, " {call} {agent}")
        }
        Kind::CallNotAnswered { call, agent, rang, why, .. } => {
            write!(out, " {call} {agent} {} {}", why.word(), rang.map_or(-1.0, Span::secs))
        }
        Kind::CallHeld { call, agent } | Kind::CallRetrieved { call, agent } => {
            write!(out, " {call} {}", agent.as_ref().map(ToString::to_string).unwrap_or_default())
        }
        Kind::CallTransferred { call, kind, to, .. } => {
            write!(out, " {call} {} {}", kind.word(), to.as_ref().map(ToString::to_string).unwrap_or_default())
        }
        Kind::CallEnded { call, agent, by, .. } => write!(out, " {call} {agent} {}", by.word()),
        Kind::CallAbandoned { call, .. } => write!(out, " {call}"),
        Kind::CallExited { call, why, .. } => write!(out, " {call} {}", why.word()),
        Kind::AgentJoinedQueue { agent, queue, .. } | Kind::AgentLeftQueue { agent, queue } => {
            write!(out, " {agent} {queue}")
        }
        Kind::AgentState(s) => {
            let reason = s.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
            let until = s.until().map(|u| format!(" until {}", (u - time(0.0)).secs())).unwrap_or_default();
            let queue = s.queue.as_ref().map(ToString::to_string).unwrap_or_default();
            write!(out, " {} {queue} {}{reason}{until}", s.agent, s.state.word())
        }
        Kind::QueueObserved { queue, waiting, .. } => write!(out, " {queue} {waiting}"),
        Kind::DoorRefused { line, queue, why } => write!(out, " {line:?} {queue:?} {}", why.word()),
        Kind::Anomaly { what, .. } => write!(out, " {}", what.word()),
        _ => Ok(()),
    };
    match event.evidence {
        Evidence::Reported => {}
        other => out.extend([" ", other.word()]),
    }
    out
}

const MEMBER: &str =
    "Event: QueueMemberStatus|Privilege: agent,all|Queue: q|Interface: P/1|MemberName: Ann|Membership: dynamic";

fn member(status: u8, paused: &str) -> String {
    format!("{MEMBER}|Status: {status}|Paused: {}|PausedReason: {paused}", u8::from(!paused.is_empty()))
}

#[test]
fn a_caller_who_hangs_up_is_abandoned_at_once() {
    let mut t = Teller::with(&["call", "dialplan"]);
    t.queue(1.0, "QueueCallerJoin", "1.1", "Count: 1|");
    t.say(9.0, "Event: HangupRequest|Privilege: call,all|Uniqueid: 1.1|Cause: 16");
    t.queue(9.0, "QueueCallerAbandon", "1.1", "HoldTime: 8|");
    t.queue(9.0, "QueueCallerLeave", "1.1", "Count: 0|");
    t.advance(60.0);
    t.expect(&["1 call.joined 1.1 q", "9 call.abandoned 1.1"]);
}

#[test]
fn what_looks_like_an_abandon_is_told_by_the_status_that_follows() {
    for (status, why) in
        [("TIMEOUT", "timeout"), ("LEAVEEMPTY", "empty"), ("LEAVEUNAVAIL", "empty"), ("WITHDRAW", "other")]
    {
        let mut t = Teller::with(&["call", "dialplan"]);
        t.queue(1.0, "QueueCallerJoin", "1.1", "Count: 1|");
        t.queue(46.0, "QueueCallerAbandon", "1.1", "HoldTime: 45|");
        t.queue(46.0, "QueueCallerLeave", "1.1", "Count: 0|");
        let set = format!("Event: VarSet|Privilege: dialplan,all|Uniqueid: 1.1|Variable: QUEUESTATUS|Value: {status}");
        t.say(46.0, &set);
        t.advance(60.0);
        t.expect(&["1 call.joined 1.1 q", &format!("46 call.exited 1.1 {why}")]);
    }
}

#[test]
fn without_the_status_a_caller_who_did_not_hang_up_has_exited() {
    let mut t = Teller::with(&["call"]);
    for (n, (join, leave, why)) in
        [(1.0, 46.0, "other"), (50.0, 95.0, "timeout"), (100.0, 120.0, "other")].into_iter().enumerate()
    {
        let call = format!("1.{n}");
        t.queue(join, "QueueCallerJoin", &call, "Count: 1|");
        t.queue(leave, "QueueCallerAbandon", &call, &format!("HoldTime: {}|", leave - join));
        t.queue(leave, "QueueCallerLeave", &call, "Count: 0|");
        t.advance(leave + 2.0);
        let exited = format!("{} ={leave} call.exited {call} {why} derived", leave + 2.0);
        t.expect(&[&format!("{join} call.joined {call} q"), &exited]);
    }
}

#[test]
fn the_agent_class_alone_cannot_tell_and_says_so() {
    let mut t = Teller::with(&["agent"]);
    t.queue(1.0, "QueueCallerJoin", "1.1", "Count: 1|");
    t.queue(9.0, "QueueCallerAbandon", "1.1", "HoldTime: 8|");
    t.queue(9.0, "QueueCallerLeave", "1.1", "Count: 0|");
    t.advance(10.9);
    t.advance(11.0);
    t.expect(&["1 call.joined 1.1 q", "11 feed.anomaly reason_unknown", "11 =9 call.abandoned 1.1 derived"]);
}

#[test]
fn a_switch_that_takes_everybody_with_it_has_no_abandons() {
    // By its own word …
    let mut t = Teller::with(&["agent", "call", "system"]);
    for call in ["1.1", "1.2"] {
        t.queue(1.0, "QueueCallerJoin", call, "");
        t.say(9.0, &format!("Event: SoftHangupRequest|Privilege: call,all|Uniqueid: {call}|Cause: 4"));
    }
    t.queue(1.0, "QueueCallerJoin", "1.3", "");
    t.told.clear();
    t.queue(9.0, "QueueCallerAbandon", "1.1", "");
    t.say(10.0, "Event: Shutdown|Privilege: system,all|Shutdown: Cleanly|Restart: True");
    t.expect(&[
        "9 feed.anomaly restart_abandons",
        "9 call.exited 1.1 system derived",
        "10 call.exited 1.2 system derived",
        "10 call.exited 1.3 system derived",
    ]);
    // … and where the account reads nothing but queues, by everybody going at once just before the end.
    let mut t = Teller::with(&["agent"]);
    for call in ["1.1", "1.2"] {
        t.queue(1.0, "QueueCallerJoin", call, "");
    }
    t.queue(9.0, "QueueCallerAbandon", "1.1", "");
    t.queue(9.0, "QueueCallerAbandon", "1.2", "");
    t.told.clear();
    let mut out = Vec::new();
    t.mapper.disconnected(time(10.1), &mut out);
    t.note(10.1, &out);
    t.expect(&[
        "10.1 feed.anomaly restart_abandons",
        "10.1 =9 call.exited 1.1 system derived",
        "10.1 feed.anomaly restart_abandons",
        "10.1 =9 call.exited 1.2 system derived",
    ]);
}

#[test]
fn a_leave_waits_for_its_reason() {
    let leave = |t: &mut Teller| {
        t.queue(1.0, "QueueCallerJoin", "1.1", "Count: 1|");
        t.queue(5.0, "QueueCallerLeave", "1.1", "Count: 0|");
        t.expect(&["1 call.joined 1.1 q"]);
    };
    // A script runs between leave and answer.
    let mut t = Teller::with(&["call"]);
    leave(&mut t);
    t.queue(12.0, "AgentConnect", "1.1", "Interface: P/1|HoldTime: 4|");
    t.advance(60.0);
    t.expect(&["12 call.answered 1.1 P/1"]);
    // Nothing comes: a key was pressed.
    let mut t = Teller::with(&["call"]);
    leave(&mut t);
    t.advance(14.9);
    t.advance(15.0);
    t.expect(&["15 =5 call.exited 1.1 key derived"]);
    // The dialplan goes on.
    let mut t = Teller::with(&["dialplan"]);
    leave(&mut t);
    t.say(5.2, "Event: Newexten|Privilege: dialplan,all|Uniqueid: 1.1|Application: VoiceMail");
    t.expect(&["5.2 =5 call.exited 1.1 key derived"]);
    // It turns up in another queue.
    let mut t = Teller::with(&["agent"]);
    leave(&mut t);
    t.say(6.0, "Event: QueueCallerJoin|Privilege: agent,all|Uniqueid: 1.1|Queue: r|Count: 1");
    t.expect(&["6 =5 call.exited 1.1 key derived", "6 call.joined 1.1 r from q"]);
}

#[test]
fn an_end_without_its_call_is_matched_by_queue_agent_and_hold_time() {
    let mut t = Teller::with(&["agent"]);
    for (at, call, hold) in [(1.0, "1.1", 7), (4.0, "1.2", 3)] {
        t.queue(at, "QueueCallerJoin", call, "");
        t.queue(at, "AgentConnect", call, &format!("Interface: P/1|HoldTime: {hold}|"));
    }
    t.told.clear();
    t.say(
        8.0,
        "Event: AgentComplete|Privilege: agent,all|Queue: q|Interface: P/1|HoldTime: 3|TalkTime: 4|Reason: caller",
    );
    t.say(
        9.0,
        "Event: AgentComplete|Privilege: agent,all|Queue: q|Interface: P/1|HoldTime: 7|TalkTime: 8|Reason: agent",
    );
    t.say(
        9.0,
        "Event: AgentComplete|Privilege: agent,all|Queue: q|Interface: P/1|HoldTime: 7|TalkTime: 8|Reason: agent",
    );
    t.expect(&[
        "8 feed.anomaly incomplete",
        "8 call.ended 1.2 P/1 caller",
        "9 feed.anomaly incomplete",
        "9 call.ended 1.1 P/1 agent",
        "9 feed.anomaly incomplete",
    ]);
}

#[test]
fn a_transfer_is_told_before_the_end_of_its_talk_and_the_call_moves_on() {
    let mut t = Teller::with(&["agent", "call"]);
    t.queue(1.0, "QueueCallerJoin", "1.1", "Exten: 800|");
    t.queue(2.0, "AgentConnect", "1.1", "Interface: P/1|DestUniqueid: 1.9|");
    t.told.clear();
    t.say(8.0, "Event: BlindTransfer|Privilege: call,all|Result: Success|TransfererUniqueid: 1.9|TransfereeUniqueid: 1.1|Extension: 2002");
    t.queue(8.0, "AgentComplete", "1.1", "Interface: P/1|Exten: 2002|Reason: transfer|");
    t.say(8.0, "Event: QueueCallerJoin|Privilege: agent,all|Uniqueid: 1.1|Queue: r|Exten: 2002|Count: 1");
    t.expect(&["8 call.transferred 1.1 blind 2002", "8 call.ended 1.1 P/1 agent", "8 call.joined 1.1 r from q"]);
    // Attended, the consulted colleague named by number.
    t.say(9.0, "Event: AgentConnect|Privilege: agent,all|Uniqueid: 1.1|Queue: r|Interface: P/2|DestUniqueid: 1.8");
    t.say(9.5, "Event: AttendedTransfer|Privilege: call,all|Result: Success|OrigTransfererUniqueid: 1.8|OrigTransfererConnectedLineNum: 1009|TransfereeUniqueid: 1.1");
    t.say(9.5, "Event: AgentComplete|Privilege: agent,all|Uniqueid: 1.1|Queue: r|Interface: P/2|Reason: transfer");
    t.expect(&["9 call.answered 1.1 P/2", "9.5 call.transferred 1.1 attended 1009", "9.5 call.ended 1.1 P/2 agent"]);
    // Without the class that tells, by the place in the dialplan.
    let mut t = Teller::with(&["agent"]);
    t.queue(1.0, "QueueCallerJoin", "1.1", "Exten: 800|");
    t.queue(2.0, "AgentConnect", "1.1", "Interface: P/1|");
    t.told.clear();
    t.queue(8.0, "AgentComplete", "1.1", "Interface: P/1|Exten: 2002|Reason: transfer|");
    t.expect(&["8 call.transferred 1.1 blind 2002 derived", "8 call.ended 1.1 P/1 agent"]);
}

#[test]
fn rings_end_by_an_answer_by_a_word_or_alone() {
    let ring = |t: &mut Teller, at: f64, agent: &str| {
        t.queue(at, "AgentCalled", "1.1", &format!("Interface: {agent}|DestUniqueid: leg-{agent}|"));
    };
    let dial_end = |t: &mut Teller, at: f64, agent: &str, status: &str| {
        let said =
            format!("Event: DialEnd|Privilege: call,all|Uniqueid: 1.1|DestUniqueid: leg-{agent}|DialStatus: {status}");
        t.say(at, &said);
    };
    let mut t = Teller::with(&["agent", "call"]);
    t.queue(1.0, "QueueCallerJoin", "1.1", "");
    ring(&mut t, 2.0, "P/1");
    t.say(3.0, "Event: HangupRequest|Privilege: call,all|Uniqueid: leg-P/1|Cause: 17");
    dial_end(&mut t, 3.0, "P/1", "NOANSWER");
    t.queue(3.0, "AgentRingNoAnswer", "1.1", "Interface: P/1|RingTime: 1000|");
    ring(&mut t, 4.0, "P/1");
    dial_end(&mut t, 14.0, "P/1", "NOANSWER");
    t.queue(14.0, "AgentRingNoAnswer", "1.1", "Interface: P/1|RingTime: 10000|");
    dial_end(&mut t, 14.0, "P/1", "CANCEL");
    t.told.drain(..1);
    t.expect(&[
        "2 call.ringing 1.1 P/1",
        "3 call.not_answered 1.1 P/1 refused 1",
        "4 call.ringing 1.1 P/1",
        "14 call.not_answered 1.1 P/1 no_answer 10",
    ]);
    // Two ring; one leg ends alone, and the call waits on.
    ring(&mut t, 20.0, "P/1");
    ring(&mut t, 20.0, "P/2");
    dial_end(&mut t, 22.0, "P/1", "CANCEL");
    t.advance(24.0);
    t.expect(&[
        "20 call.ringing 1.1 P/1",
        "20 call.ringing 1.1 P/2",
        "24 =22 call.not_answered 1.1 P/1 no_answer -1 derived",
    ]);
    // Two ring; one answers: the other did nothing wrong.
    ring(&mut t, 30.0, "P/1");
    dial_end(&mut t, 31.0, "P/1", "CANCEL");
    t.queue(31.0, "AgentConnect", "1.1", "Interface: P/2|");
    t.advance(60.0);
    t.expect(&["30 call.ringing 1.1 P/1", "31 call.answered 1.1 P/2"]);
}

#[test]
fn a_member_is_paused_by_queue_and_keeps_talking() {
    let mut t = Teller::with(&["agent"]);
    t.say(1.0, &member(1, "").replace("QueueMemberStatus", "QueueMemberAdded"));
    t.queue(2.0, "QueueCallerJoin", "1.1", "");
    t.queue(3.0, "AgentCalled", "1.1", "Interface: P/1|");
    t.say(3.0, &member(6, ""));
    t.say(4.0, &member(2, ""));
    t.queue(4.0, "AgentConnect", "1.1", "Interface: P/1|");
    t.say(5.0, &member(2, "meal").replace("Status|", "Pause|"));
    t.say(6.0, &member(2, "meeting").replace("Status|", "Pause|"));
    t.queue(7.0, "AgentComplete", "1.1", "Interface: P/1|Reason: agent|");
    t.say(7.1, &member(1, "meeting"));
    t.say(8.0, &member(1, "").replace("Status|", "Pause|"));
    t.advance(30.0);
    t.say(31.0, &member(1, "").replace("QueueMemberStatus", "QueueMemberRemoved"));
    t.expect(&[
        "1 agent.joined_queue P/1 q",
        "1 agent.state P/1 q ready",
        "2 call.joined 1.1 q",
        "3 call.ringing 1.1 P/1",
        "4 call.answered 1.1 P/1",
        "5 agent.state P/1 q not_ready (meal)",
        "6 agent.state P/1 q not_ready (meeting)",
        "7 call.ended 1.1 P/1 agent",
        "8 agent.state P/1 q ready",
        "31 agent.left_queue P/1 q",
    ]);
}

#[test]
fn a_phone_busy_without_a_call_of_ours_is_told_after_a_second() {
    let mut t = Teller::with(&["agent"]);
    t.say(1.0, &member(1, "").replace("QueueMemberStatus", "QueueMemberAdded"));
    t.told.clear();
    // The phone rings before the queue says for whom: nothing to tell.
    t.say(2.0, &member(6, ""));
    t.queue(2.1, "QueueCallerJoin", "1.1", "");
    t.queue(2.1, "AgentCalled", "1.1", "Interface: P/1|");
    t.advance(4.0);
    t.queue(4.0, "AgentRingNoAnswer", "1.1", "Interface: P/1|RingTime: 10000|");
    t.say(4.1, &member(1, ""));
    t.expect(&[
        "2.1 call.joined 1.1 q",
        "2.1 call.ringing 1.1 P/1",
        "4 call.not_answered 1.1 P/1 no_answer 10 derived",
    ]);
    // An own call.
    t.say(10.0, &member(2, ""));
    t.advance(10.9);
    t.advance(11.0);
    t.say(20.0, &member(1, ""));
    t.expect(&["11 =10 agent.state P/1 q talking derived", "20 agent.state P/1 q ready"]);
    // A queue's call, and straight after it an own one.
    t.queue(30.0, "AgentConnect", "1.1", "Interface: P/1|");
    t.say(30.0, &member(2, ""));
    t.queue(40.0, "AgentComplete", "1.1", "Interface: P/1|Reason: agent|");
    t.advance(42.0);
    t.expect(&["30 call.answered 1.1 P/1", "40 call.ended 1.1 P/1 agent", "42 agent.state P/1 q talking derived"]);
}

#[test]
fn after_call_work_lasts_as_long_as_asterisk_leaves_the_member_alone() {
    let mut t = Teller::with(&["agent"]);
    let member = |status: u8| member(status, "").replace("Queue: q", "Queue: after");
    t.say(1.0, &member(1).replace("QueueMemberStatus", "QueueMemberAdded"));
    t.say(2.0, "Event: AgentConnect|Privilege: agent,all|Uniqueid: 1.1|Queue: after|Interface: P/1");
    t.told.clear();
    t.say(9.0, "Event: AgentComplete|Privilege: agent,all|Uniqueid: 1.1|Queue: after|Interface: P/1|Reason: caller");
    t.say(9.5, &member(1));
    t.advance(13.9);
    t.advance(14.0);
    t.expect(&[
        "9 call.ended 1.1 P/1 caller",
        "9 agent.state P/1 after after_call until 14 derived",
        "14 =14 agent.state P/1 after ready derived",
    ]);
    // The member's own wrap-up wins, and a pause in the middle is a pause.
    t.say(20.0, &format!("{}|Wrapuptime: 20", member(1)));
    t.say(21.0, "Event: AgentConnect|Privilege: agent,all|Uniqueid: 1.2|Queue: after|Interface: P/1");
    t.told.clear();
    t.say(22.0, "Event: AgentComplete|Privilege: agent,all|Uniqueid: 1.2|Queue: after|Interface: P/1|Reason: agent");
    t.say(23.0, &member(1).replace("Paused: 0|PausedReason: ", "Paused: 1|PausedReason: break"));
    t.advance(42.0);
    t.expect(&[
        "22 call.ended 1.2 P/1 agent",
        "22 agent.state P/1 after after_call until 42 derived",
        "23 agent.state P/1 after not_ready (break)",
    ]);
}

#[test]
fn a_phone_that_is_gone_signs_out_a_static_member_only() {
    let mut t = Teller::with(&["agent"]);
    t.say(1.0, &member(5, "").replace("dynamic", "static"));
    t.say(2.0, &member(1, "").replace("dynamic", "static"));
    t.say(3.0, &member(5, "").replace("P/1", "P/2"));
    t.expect(&[
        "1 agent.joined_queue P/1 q snapshot",
        "1 agent.state P/1 q signed_out derived",
        "2 agent.state P/1 q ready",
        "3 agent.joined_queue P/2 q snapshot",
        "3 agent.state P/2 q not_ready (unavailable) derived",
    ]);
}

#[test]
fn hold_counts_where_the_member_pressed_it() {
    let mut t = Teller::with(&["agent", "call"]);
    t.queue(1.0, "AgentConnect", "1.1", "Linkedid: 1.1|Interface: PJSIP/7|DestUniqueid: 1.9|");
    t.queue(1.0, "AgentConnect", "2.1", "Linkedid: 2.1|Interface: Local/8@x|DestUniqueid: 2.9|");
    t.told.clear();
    let hold = |t: &mut Teller, at: f64, word: &str, channel: &str, id: &str, linked: &str| {
        t.say(at, &format!("Event: {word}|Privilege: call,all|Channel: {channel}|Uniqueid: {id}|Linkedid: {linked}"));
    };
    hold(&mut t, 2.0, "Hold", "PJSIP/trunk-01", "1.1", "1.1");
    hold(&mut t, 3.0, "Hold", "PJSIP/7-02", "1.9", "1.1");
    hold(&mut t, 4.0, "Unhold", "PJSIP/7-02", "1.9", "1.1");
    hold(&mut t, 5.0, "Unhold", "PJSIP/7-02", "1.9", "1.1");
    hold(&mut t, 6.0, "Hold", "SIP/8-03", "2.10", "2.1");
    t.expect(&["3 call.held 1.1 PJSIP/7", "4 call.retrieved 1.1 PJSIP/7", "6 call.held 2.1 Local/8@x"]);
}

#[test]
fn a_caller_refused_at_the_door_is_known_by_the_status_alone() {
    let mut t = Teller::with(&["dialplan"]);
    t.say(1.0, "Event: Newexten|Privilege: dialplan,all|Uniqueid: 1.1|Application: Queue|AppData: billing,t,,,30");
    t.say(
        1.0,
        "Event: VarSet|Privilege: dialplan,all|Uniqueid: 1.1|Exten: 800555|Variable: QUEUESTATUS|Value: JOINEMPTY",
    );
    t.say(2.0, "Event: VarSet|Privilege: dialplan,all|Uniqueid: 1.2|Exten: s|Variable: QUEUESTATUS|Value: FULL");
    t.expect(&["1 door.refused Some(\"800555\") Some(\"billing\") no_agents", "2 door.refused None None full"]);
}

#[test]
fn a_count_that_differs_is_told_and_asks_for_the_full_state() {
    let mut t = Teller::with(&["agent"]);
    t.queue(1.0, "QueueCallerJoin", "1.1", "Count: 1|");
    assert!(!t.mapper.take_resync());
    t.queue(2.0, "QueueCallerJoin", "1.2", "Count: 4|");
    t.queue(3.0, "QueueCallerJoin", "1.3", "Count: 5|");
    t.expect(&["1 call.joined 1.1 q", "2 call.joined 1.2 q", "2 queue.observed q 4", "3 call.joined 1.3 q"]);
    assert!(t.mapper.take_resync());
    assert!(!t.mapper.take_resync());
    t.say(4.0, "Event: Reload|Privilege: system,all|Module: All|Status: 0");
    assert!(t.mapper.take_resync());
}

#[test]
fn a_full_state_replaces_what_was_known_and_late_events_after_it_converge() {
    let mut t = Teller::with(&["agent"]);
    t.queue(1.0, "QueueCallerJoin", "gone", "");
    t.queue(2.0, "QueueCallerJoin", "leaving", "");
    t.queue(3.0, "QueueCallerLeave", "leaving", "");
    t.told.clear();
    t.say(4.0, "Response: Success|ActionID: a|EventList: start|Message: Queue status will follow");
    t.say(4.0, "Event: QueueParams|Queue: q|Calls: 1|ActionID: a");
    t.say(4.0, "Event: QueueMember|Queue: q|Name: Ann|Location: P/1|Membership: dynamic|Status: 1|Paused: 1|PausedReason: meal|ActionID: a");
    t.say(
        4.0,
        "Event: QueueMember|Queue: q|Name: Eve|Location: P/3|Membership: dynamic|Status: 1|Paused: 0|ActionID: other",
    );
    t.queue(4.0, "QueueCallerJoin", "between", "");
    t.say(4.0, "Event: QueueEntry|Queue: q|Position: 1|Uniqueid: new|Wait: 3|ActionID: a");
    t.say(4.0, "Event: QueueStatusComplete|ActionID: a|EventList: Complete|ListItems: 3");
    t.expect(&[
        "4 feed.sync_begin",
        "4 call.joined new q snapshot",
        "4 agent.joined_queue P/1 q snapshot",
        "4 agent.state P/1 q not_ready (meal) snapshot",
        "4 call.joined leaving q snapshot",
        "4 queue.observed q 2 snapshot",
        "4 feed.sync_end",
        "4 call.joined between q",
    ]);
    // Said before the list was made, heard after it.
    t.queue(4.1, "QueueCallerLeave", "gone", "Count: 0|");
    t.queue(4.1, "QueueCallerAbandon", "unheard", "");
    t.queue(4.1, "QueueCallerJoin", "new", "Count: 1|");
    t.queue(5.0, "AgentConnect", "leaving", "Interface: P/1|");
    t.expect(&["4.1 call.joined new q", "5 call.answered leaving P/1"]);
}

#[test]
fn a_list_that_never_ends_does_not_hold_events_back_for_ever() {
    let mut t = Teller::with(&["agent"]);
    t.say(1.0, "Response: Success|ActionID: a|EventList: start|Message: Queue status will follow");
    t.queue(2.0, "QueueCallerJoin", "1.1", "");
    t.advance(20.0);
    t.expect(&["1 feed.sync_begin", "20 call.joined 1.1 q", "20 feed.anomaly cut_off"]);
}

#[test]
fn what_is_not_known_is_counted_only_where_it_is_ours() {
    let mut t = Teller::new();
    t.say(1.0, "Event: QueueCallerTeleported|Privilege: agent,all");
    t.say(1.0, "Event: RTCPSent|Privilege: reporting,all");
    t.say(1.0, "Event: QueueMemberPenalty|Privilege: agent,all|Queue: q");
    t.say(1.0, "Response: Error|ActionID: 9|Message: Permission denied");
    t.expect(&["1 feed.anomaly unknown_type", "1 feed.anomaly refused"]);
    let mut out = Vec::new();
    assert!(t.mapper.banner(b"2.5.0", &mut out));
    assert!(out.is_empty());
    assert!(!t.mapper.banner(b"1.3", &mut out));
    t.note(2.0, &out);
    t.queue(3.0, "QueueCallerJoin", "1.1", "");
    t.expect(&["2 feed.anomaly refused"]);
}

#[test]
fn stamps_of_the_source_are_kept_and_never_invented() {
    let mut t = Teller::with(&["agent"]);
    t.say(1.0, "Event: QueueCallerJoin|Privilege: agent,all|Timestamp: 1000.5|Uniqueid: 1.1|Queue: q|Count: 1");
    let mut out = Vec::new();
    t.mapper.clock_offset(Span::from_secs(100), &mut out);
    t.queue(2.0, "QueueCallerLeave", "1.1", "Count: 0|");
    t.advance(12.0);
    // Held, it is dated at its leave by the source's clock, 100 s before ours.
    t.expect(&["1 =0.5 call.joined 1.1 q", "12 =102 call.exited 1.1 key derived"]);
}
