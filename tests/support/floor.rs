//! Floors made by hand: snapshots as the engine would publish them, for tests of the screens.

use std::sync::Arc;

use floorwatch::alert::{AlertKind, AlertView, IncidentState, IncidentView, Level, SurgeWhy, TimelineEntry};
use floorwatch::config::{AbandonVariant, AsaVariant, Exits, FigureRules, QueueRules, ServiceLevelVariant};
use floorwatch::metrics::{Counts, Now, SLOTS, Scope, Slot, SlotTimes, Tally, Window};
use floorwatch::model::{
    AgentId, AgentState, Anomaly, Direction, FeedId, FeedState, Fields, Label, Note, QueueId, ReasonClass, Span, Time,
};
use floorwatch::snapshot::{
    AT_WORK, AgentTally, AgentView, DayView, FeedView, Mode, PeopleView, PoolView, ScopeView, Snapshot, VolumeView,
};
use floorwatch::staffing::{Basis, Goal, Measured, Rate};

/// The instant every floor stands at: 14:02:31 in Shanghai.
pub(crate) fn at() -> Time {
    Time::parse("2026-05-23T06:02:31Z").unwrap_or_default()
}

fn ago(secs: i64) -> Time {
    at() - Span::from_secs(secs)
}

fn queue_rules() -> QueueRules {
    QueueRules { within: Span::from_secs(20), target: 0.8, variant: ServiceLevelVariant::OfAll, exits: Exits::Count }
}

fn figure_rules() -> FigureRules {
    FigureRules {
        short_abandon: Span::from_secs(5),
        abandon_rate: AbandonVariant::Resolved,
        asa: AsaVariant::Answered,
        avg_abandon_with_short: false,
        min_sample: 20,
        interval_min: 30,
        day_starts_s: 0,
        ring_cycle: Span::from_secs(5),
        reorder: Span::from_secs(2),
        ghost_after: Span::from_secs(7200),
        waiting_over: None,
    }
}

/// What one queue has; the rest follows from it.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) name: &'static str,
    pub(crate) group: &'static str,
    pub(crate) waiting: u32,
    pub(crate) longest_s: i64,
    pub(crate) ready: u32,
    pub(crate) answered: i64,
    pub(crate) in_t: i64,
    pub(crate) abandoned: i64,
    pub(crate) usual: f64,
}

const fn load(
    name: &'static str,
    group: &'static str,
    now: (u32, i64, u32),
    calls: (i64, i64, i64),
    usual: f64,
) -> Load {
    Load {
        name,
        group,
        waiting: now.0,
        longest_s: now.1,
        ready: now.2,
        answered: calls.0,
        in_t: calls.1,
        abandoned: calls.2,
        usual,
    }
}

fn tally(load: &Load, factor: i64) -> Tally {
    let (answered, abandoned) = (load.answered * factor, load.abandoned * factor);
    let mut exited_by = [0; 7];
    if let Some(first) = exited_by.first_mut() {
        *first = factor * i64::from(load.answered > 40);
    }
    let counts = Counts {
        offered: answered + abandoned + factor + i64::from(load.waiting),
        answered,
        abandoned,
        short_abandoned: factor * i64::from(load.answered > 10),
        answered_in_t: load.in_t * factor,
        abandoned_in_t: abandoned / 3,
        wait_answered_us: answered * (8 + load.longest_s / 4) * 1_000_000,
        wait_abandoned_us: abandoned * 41_000_000,
        contacts: answered,
        talk_us: answered * 187_000_000,
        hold_us: answered * 11_000_000,
        after_calls: answered,
        after_call_us: answered * 34_000_000,
        handle_us: answered * 221_000_000,
        ring_us: answered * 4_000_000,
        transfers: answered / 20,
        redials: abandoned / 2,
        exited_by,
        ..Counts::default()
    };
    let mut people = SlotTimes::default();
    for (slot, share) in [(Slot::Ready, 14), (Slot::TalkIn, 70), (Slot::AfterCall, 9), (Slot::Rest, 7)] {
        people.0[slot.index()] = share * 60_000_000;
    }
    let p90 = (14 + load.longest_s / 2) * 1_000_000;
    Tally {
        counts,
        people,
        ring_known: true,
        longest_us: Some(load.longest_s * 1_200_000),
        wait_percentiles_us: (answered > 0).then_some([6_000_000, p90, p90 * 2, p90 * 3]),
        different_callers: Some(answered),
        usual: (load.usual > 0.0).then(|| load.usual * f64::from(i32::try_from(factor).unwrap_or(1))),
        after_call_known: true,
        hold_known: true,
        ..Tally::default()
    }
}

fn tallies(load: &Load) -> [Tally; Window::COUNT] {
    std::array::from_fn(|at| match at {
        0 | 1 | 2 | 4 => tally(load, 1),
        3 => tally(load, 2),
        _ => tally(load, 14),
    })
}

fn people(ready: u32, busy: u32) -> PeopleView {
    let mut by_slot = [0; SLOTS];
    for (slot, n) in [
        (Slot::Ready, ready),
        (Slot::Ringing, busy / 16),
        (Slot::TalkIn, busy),
        (Slot::TalkOut, busy / 14),
        (Slot::Holding, busy / 10),
        (Slot::AfterCall, busy / 6),
        (Slot::Rest, busy / 9),
        (Slot::Training, busy / 14),
        (Slot::TalkInternal, busy / 20),
        (Slot::SignedOut, 11),
    ] {
        by_slot[slot.index()] = n;
    }
    PeopleView { by_slot }
}

fn scope(scope: Scope, name: &str, load: &Load) -> ScopeView {
    ScopeView {
        scope,
        name: Label::new(name),
        group: (!load.group.is_empty()).then(|| Label::new(load.group)),
        rules: queue_rules(),
        now: Now {
            waiting: load.waiting,
            over: load.waiting / 2,
            oldest_join: (load.waiting > 0).then(|| ago(load.longest_s)),
            oldest_first_join: (load.waiting > 0).then(|| ago(load.longest_s + 9)),
            ..Now::default()
        },
        tallies: tallies(load),
        people: people(load.ready, u32::try_from(load.answered / 8).unwrap_or(0)),
        stale_since: None,
        exits_included: false,
        today: Arc::default(),
    }
}

fn feed_id() -> FeedId {
    FeedId::new("main")
}

/// The day's arrivals: a usual day, and the last minutes multiplied.
fn volume(surge: f64) -> VolumeView {
    let shape = |minute: usize| -> f64 {
        let hour = f64::from(u32::try_from(minute).unwrap_or(0)) / 60.0;
        let bump = |mid: f64, wide: f64| (-((hour - mid) / wide).powi(2)).exp();
        if (7.5..21.0).contains(&hour) {
            5.5 * bump(10.0, 1.8) + 4.2 * bump(15.2, 2.2) + 2.4 * bump(19.0, 1.4)
        } else {
            0.0
        }
    };
    let usual: Vec<f32> = (0..1440)
        .map(|m| {
            #[expect(clippy::cast_possible_truncation, reason = "a few calls a minute")]
            let v = shape(m) as f32;
            v
        })
        .collect();
    let minutes = 14 * 60 + 3;
    let mut seed = 7u64;
    let per_minute = (0..minutes)
        .map(|m| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = f64::from(u32::try_from(seed >> 40).unwrap_or(0)) / f64::from(1u32 << 24);
            let factor = if m > minutes - 40 { surge } else { 1.05 };
            let n = shape(m) * factor * (0.65 + noise * 0.7);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and not negative")]
            let n = n.round() as u32;
            n
        })
        .collect();
    VolumeView { day_start: Time::parse("2026-05-22T16:00:00Z").ok(), per_minute, usual_per_minute: usual }
}

fn agents(queues: &[Load]) -> Vec<Arc<AgentView>> {
    let names =
        ["陈雨桐", "Ana Ruiz", "李明", "O'Neill, Siobhán", "王建国", "Zoë Müller", "赵敏", "周瑞霖", "Petra Novák"];
    let states = [
        (AgentState::Talking, Some(Direction::In), None, None),
        (AgentState::Ready, None, None, None),
        (AgentState::Talking, Some(Direction::In), None, None),
        (AgentState::AfterCall, None, None, None),
        (AgentState::NotReady, None, Some("小休"), Some(ReasonClass::Rest)),
        (AgentState::Talking, Some(Direction::Out), None, None),
        (AgentState::Ringing, None, None, None),
        (AgentState::Holding, Some(Direction::In), None, None),
        (AgentState::SignedOut, None, None, None),
        (AgentState::Talking, Some(Direction::Internal), None, None),
        (AgentState::NotReady, None, Some("Coaching"), Some(ReasonClass::Training)),
    ];
    (0..37i64)
        .map(|n| {
            let at = usize::try_from(n).unwrap_or(0);
            let (state, direction, reason, class) = states[at % states.len()];
            let queue = QueueId::new(queues[at % queues.len()].name);
            let mut time = SlotTimes::default();
            for (slot, minutes) in
                [(Slot::Ready, 40 + n), (Slot::TalkIn, 160 - n), (Slot::AfterCall, 25), (Slot::Rest, 18)]
            {
                time.0[slot.index()] = minutes * 60_000_000;
            }
            let answered = 40 + (n * 7) % 23;
            Arc::new(AgentView {
                feed: feed_id(),
                id: AgentId::new(&format!("60{n:02}")),
                name: Label::new(&format!("{} {n}", names[at % names.len()])),
                team: Some(Label::new(if n % 2 == 0 { "A班" } else { "Team B" })),
                desk: None,
                queues: vec![queue.clone()],
                state,
                since: ago(7 + (n * 97) % 1900),
                reason: reason.map(Label::new),
                class,
                direction,
                queue: matches!(state, AgentState::Talking | AgentState::Ringing | AgentState::Holding)
                    .then_some(queue),
                paused_places: 0,
                contradiction: n == 7,
                stale_since: None,
                day: AgentTally {
                    time,
                    answered,
                    contacts: answered,
                    talk_us: answered * 187_000_000,
                    hold_us: answered * 9_000_000,
                    after_calls: answered,
                    after_call_us: answered * 31_000_000,
                    handle_us: answered * 218_000_000,
                    ring_no_answer: n % 4,
                    transfers: 2,
                    not_ready_count: 3,
                    not_ready_by_reason: Vec::new(),
                    sign_ins: 1,
                    sign_outs: 0,
                    first_sign_in: Some(ago(6 * 3600)),
                    last_sign_out: None,
                    after_call_known: true,
                    ..AgentTally::default()
                },
            })
        })
        .collect()
}

fn feed(name: &str) -> FeedView {
    FeedView {
        name: FeedId::new(name),
        state: FeedState::Live,
        since: ago(21_600),
        last_event: Some(ago(1)),
        events: 48_213,
        reconnects: 0,
        offset: Some(Span::from_micros(-143_000)),
        syncs: 361,
        drift: 0,
        anomalies: Vec::new(),
        cannot: vec![Label::new("lines")],
    }
}

fn floor(loads: &[Load], total: &Load, surge: f64) -> Snapshot {
    let today = |share: f64| Arc::new(day(&volume(surge), share));
    let queue = |l: &Load| {
        let view = scope(Scope::Queue(feed_id(), QueueId::new(l.name)), l.name, l);
        Arc::new(ScopeView { today: today(l.usual / total.usual.max(1.0)), ..view })
    };
    let pool = |group: &str| pool(loads, group, today);
    let busy = 31;
    Snapshot {
        version: 1,
        at: at(),
        mode: Mode::Live,
        site: Label::new("滨海客服中心"),
        zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap_or(jiff::tz::TimeZone::UTC),
        rules: Arc::new(figure_rules()),
        feeds: vec![feed("main")],
        all: Arc::new(ScopeView {
            people: people(total.ready, busy),
            today: today(1.0),
            ..scope(Scope::All, "", total)
        }),
        groups: Vec::new(),
        queues: loads.iter().map(queue).collect(),
        people: people(total.ready, busy),
        agents: if loads.is_empty() { Vec::new() } else { agents(loads) },
        alerts: Vec::new(),
        incidents: Vec::new(),
        duty: Arc::default(),
        volume: Arc::new(volume(surge)),
        today: Arc::default(),
        pools: ["热线", "专席", ""].into_iter().filter_map(pool).map(Arc::new).collect(),
        anomalies: Vec::new(),
        lost: 0,
        unsaved: 0,
        store: floorwatch::snapshot::StoreView::default(),
        floor: Arc::default(),
        alert_rules: Arc::default(),
    }
}

const CALM: [Load; 9] = [
    load("故障报修", "热线", (1, 6, 4), (52, 47, 1), 54.0),
    load("业务咨询", "热线", (2, 14, 3), (61, 55, 2), 58.0),
    load("账单缴费", "热线", (0, 0, 5), (38, 36, 0), 41.0),
    load("宽带安装", "热线", (0, 0, 2), (17, 16, 0), 15.0),
    load("投诉建议", "专席", (0, 0, 2), (9, 9, 0), 8.0),
    load("VIP Desk", "专席", (0, 0, 3), (6, 6, 0), 7.0),
    load("English Line", "专席", (0, 0, 1), (4, 4, 0), 3.0),
    load("回访", "外呼", (0, 0, 1), (0, 0, 0), 0.0),
    load("夜间值守", "", (0, 0, 0), (0, 0, 0), 0.0),
];

/// A day in steps of five minutes: a share of the minutes.
fn day(volume: &VolumeView, share: f64) -> DayView {
    let steps = |n: usize| 0..n.div_ceil(5);
    let calls = steps(volume.per_minute.len()).map(|s| {
        let minutes = volume.per_minute.get(s * 5..(s * 5 + 5).min(volume.per_minute.len())).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and not negative")]
        let calls = (minutes.iter().map(|n| f64::from(*n)).sum::<f64>() * share).round() as u32;
        calls
    });
    let usual = steps(volume.usual_per_minute.len()).map(|s| {
        let minutes = volume.usual_per_minute.get(s * 5..s * 5 + 5).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "a few calls")]
        let calls = (minutes.iter().map(|n| f64::from(*n)).sum::<f64>() * share) as f32;
        calls
    });
    DayView::new(volume.day_start.unwrap_or_default(), at(), calls.collect(), usual.collect())
}

/// The pool of a group's queues; nobody where there is no such group.
fn pool(loads: &[Load], group: &str, today: impl Fn(f64) -> Arc<DayView>) -> Option<PoolView> {
    let mine: Vec<&Load> = loads.iter().filter(|l| l.group == group).collect();
    let first = mine.first()?;
    let sum = |of: fn(&Load) -> f64| mine.iter().map(|l| of(l)).sum::<f64>();
    let (usual, busy) = (sum(|l| l.usual), u32::try_from(mine.len() * 3).unwrap_or(0));
    let people = people(mine.iter().map(|l| l.ready).sum(), busy);
    let have = AT_WORK.iter().map(|slot| people.of(*slot)).sum::<u32>();
    let measured = |secs: i64, n: i64, window: Window| Measured { span: Span::from_secs(secs), n, window };
    #[expect(clippy::cast_precision_loss, reason = "a few calls")]
    let calls = sum(|l| (l.answered + l.abandoned) as f64 + f64::from(l.waiting));
    let basis = Basis {
        now: at(),
        goal: Goal::of(&queue_rules(), Span::from_secs(5)),
        rate: Rate { calls, over: Span::from_secs(1800) },
        handle: (calls > 0.0).then(|| measured(221, 93, Window::Min30)),
        after_call: true,
        patience: (first.abandoned > 10).then(|| measured(185, 41, Window::Hour)),
        people_told: true,
        have,
        busy: have - people.of(Slot::Ready),
        waiting: mine.iter().map(|l| l.waiting).sum(),
    };
    let scope = |l: &&Load| (Scope::Queue(feed_id(), QueueId::new(l.name)), Label::new(l.name));
    let days = vec![today(usual / 186.0)];
    let mut pool = PoolView::new(mine.iter().map(scope).collect(), days, today(1.0), basis);
    pool.people = people;
    Some(pool)
}

/// An ordinary afternoon.
pub(crate) fn calm() -> Snapshot {
    floor(&CALM, &load("", "", (3, 14, 6), (187, 173, 3), 186.0), 1.0)
}

const SURGE: [Load; 9] = [
    load("故障报修", "热线", (34, 312, 0), (96, 31, 41), 54.0),
    load("业务咨询", "热线", (7, 96, 0), (64, 38, 6), 58.0),
    load("账单缴费", "热线", (2, 21, 1), (38, 33, 1), 41.0),
    load("宽带安装", "热线", (0, 0, 1), (17, 15, 0), 15.0),
    load("投诉建议", "专席", (1, 9, 0), (11, 9, 0), 8.0),
    load("VIP Desk", "专席", (0, 0, 2), (6, 6, 0), 7.0),
    load("English Line", "专席", (0, 0, 1), (4, 4, 0), 3.0),
    load("回访", "外呼", (0, 0, 0), (0, 0, 0), 0.0),
    load("夜间值守", "", (0, 0, 0), (0, 0, 0), 0.0),
];

fn why(offered: f64, usual: f64, callers: u64) -> SurgeWhy {
    SurgeWhy {
        offered,
        usual,
        span: Span::from_secs(1800),
        written_rule: offered >= usual * 2.0,
        different_callers: Some(callers),
        redials: None,
        onset: Some(ago(1500)),
    }
}

/// Calls surge in one queue; the incident was opened so many seconds ago, and taken or not.
pub(crate) fn surge(opened_s: i64, taken: bool) -> Snapshot {
    let mut s = floor(&SURGE, &load("", "", (44, 312, 0), (236, 136, 49), 186.0), 2.6);
    let scope = Scope::Queue(feed_id(), QueueId::new("故障报修"));
    let entry =
        |secs: i64, by: Option<&str>, what: &'static str, text: Option<&str>, why: Option<SurgeWhy>| TimelineEntry {
            at: ago(secs),
            by: by.map(Label::new),
            what,
            text: text.map(Note::new),
            why,
            detail: Fields::default(),
        };
    let (raised, now) = (why(63.0, 28.0, 58), why(171.0, 54.0, 148));
    let mut timeline = vec![
        entry(opened_s + 130, None, "watch", None, Some(why(41.0, 25.0, 40))),
        entry(opened_s, None, "opened", None, Some(raised)),
        entry(opened_s, None, "alarm", None, None),
    ];
    if taken {
        timeline.push(entry(opened_s - 95, Some("zhou.ruilin"), "acknowledged", None, None));
        let note =
            "Branch dispatch told: no power in the harbour district since 13:35, crew on the way, expected back 15:10.";
        timeline.push(entry(opened_s - 240, Some("zhou.ruilin"), "note", Some(note), None));
    }
    s.alerts = vec![
        AlertView {
            kind: AlertKind::Surge,
            level: Level::Alarm,
            scope: scope.clone(),
            feed: None,
            name: Label::new("故障报修"),
            since: ago(opened_s),
            value: None,
            limit: None,
            why: Some(now),
            incident: Some(12),
        },
        AlertView {
            kind: AlertKind::LongWait,
            level: Level::Watch,
            scope: Scope::Queue(feed_id(), QueueId::new("业务咨询")),
            feed: None,
            name: Label::new("业务咨询"),
            since: ago(40),
            value: Some(96.0),
            limit: Some(90.0),
            why: None,
            incident: None,
        },
    ];
    s.incidents = vec![
        Arc::new(IncidentView {
            id: 12,
            kind: AlertKind::Surge,
            scope,
            name: Label::new("故障报修"),
            state: if taken { IncidentState::Acknowledged } else { IncidentState::Open },
            opened_at: ago(opened_s),
            why_raised: Some(raised),
            why: Some(now),
            detail: None,
            peak_ratio: 3.4,
            owner: taken.then(|| (Label::new("zhou.ruilin"), ago(opened_s - 95))),
            resolved_at: None,
            closed_at: None,
            timeline,
            work: Arc::default(),
            plan: Arc::default(),
        }),
        Arc::new(IncidentView {
            id: 11,
            kind: AlertKind::FeedAway,
            scope: Scope::All,
            name: Label::new("main"),
            state: IncidentState::Closed,
            opened_at: ago(17_000),
            why_raised: None,
            why: None,
            detail: None,
            peak_ratio: 0.0,
            owner: Some((Label::new("ops"), ago(16_900))),
            resolved_at: Some(ago(16_400)),
            closed_at: Some(ago(16_000)),
            timeline: vec![entry(17_000, None, "opened", None, None), entry(16_400, None, "resolved", None, None)],
            work: Arc::default(),
            plan: Arc::default(),
        }),
    ];
    s.lost = 12;
    s.unsaved = 1;
    s
}

/// The feed went away three minutes ago.
pub(crate) fn away() -> Snapshot {
    let mut s = calm();
    let since = ago(187);
    let stale = |view: &Arc<ScopeView>| {
        let mut view = (**view).clone();
        view.stale_since = Some(since);
        // They have waited since before the feed went away.
        view.now.oldest_join = view.now.oldest_join.map(|join| join - Span::from_secs(187));
        Arc::new(view)
    };
    s.queues = s.queues.iter().map(stale).collect();
    s.all = stale(&s.all);
    s.agents = s.agents.iter().map(|a| Arc::new(AgentView { stale_since: Some(since), ..(**a).clone() })).collect();
    for feed in &mut s.feeds {
        feed.state = FeedState::Away {
            since,
            next_try: Some(at() + Span::from_secs(9)),
            why: Label::new("connection refused (10.20.0.7:5038)"),
        };
        feed.since = since;
        feed.last_event = Some(since);
        feed.reconnects = 4;
        feed.drift = -2;
        feed.anomalies = vec![(Anomaly::Reconnect, 4), (Anomaly::OutOfPlace, 31), (Anomaly::ReasonUnknown, 212)];
        feed.cannot = vec![Label::new("abandon_reason"), Label::new("lines"), Label::new("rights: command")];
    }
    s.alerts = vec![AlertView {
        kind: AlertKind::FeedAway,
        level: Level::Alarm,
        scope: Scope::All,
        feed: Some(feed_id()),
        name: Label::new("main"),
        since: ago(180),
        value: None,
        limit: None,
        why: None,
        incident: None,
    }];
    s
}

/// Nothing has come in yet: no queue, nobody, no usual.
pub(crate) fn empty() -> Snapshot {
    let mut s = floor(&[], &load("", "", (0, 0, 0), (0, 0, 0), 0.0), 1.0);
    s.people = PeopleView::default();
    s.all = Arc::new(ScopeView {
        tallies: std::array::from_fn(|_| Tally::default()),
        people: PeopleView::default(),
        today: Arc::default(),
        ..(*s.all).clone()
    });
    s.volume = Arc::new(VolumeView::default());
    s.pools.clear();
    s.mode = Mode::Demo;
    s
}

const ODD: [Load; 6] = [
    load("一个名字特别特别特别长的队列用来看看会不会把表格挤坏掉", "一个很长的组名也要试试", (1, 6, 4), (5, 4, 1), 5.0),
    load("👍🏽 family 👨‍👩‍👧 🇨🇳 line", "", (2, 4000, 3), (7, 3, 2), 3.0),
    load("e\u{301}\u{301}\u{301}accents ﾊﾟﾋﾟ", "", (0, 0, 5), (8, 6, 0), 4.0),
    load("ไทย ภาษา עברית العربية", "", (0, 0, 2), (7, 6, 0), 5.0),
    load("a-very-long-identifier-without-any-blanks-in-it-at-all-0123456789", "", (999, 99_999, 0), (30, 9, 9), 8.0),
    load("", "", (0, 0, 3), (6, 6, 0), 7.0),
];

/// Names nobody expects, and figures of a size nobody expects.
pub(crate) fn odd() -> Snapshot {
    let mut s = floor(&ODD, &load("", "", (12_345, 99_999, 1234), (63, 34, 12), 2.0), 9.0);
    s.site =
        Label::new("Центр обслуживания 呼叫中心 ☎ with a name much too long for any head line of any screen there is");
    s.mode = Mode::Replay { speed: Some(60.0), paused: true, ended: false };
    s
}
