//! What is marked of a person at an instant: pure functions of the plan, the person, the last hour and the limits.

use super::attendance::Run;
use super::history::{History, PersonNow};
use crate::config::DisciplineRules;
use crate::model::{AgentState, Direction, Label, ReasonClass, Span, Time};

crate::model::words!(
    /// A rule of the floor (现场管理).
    Rule {
        /// Not signed in within the minutes after the shift's start, or signed in later.
        LateSignIn = "late_sign_in",
        /// Not come at all.
        Absent = "absent",
        /// Signed out, resting or gone in the first minutes of a shift.
        Settle = "settle",
        /// More rest in the last hour than there is.
        RestHour = "rest_hour",
        /// More of the team rest than may.
        RestQuota = "rest_quota",
        /// Longer in a not-ready reason than it may last.
        Longest = "longest",
        /// After-call work over its limit.
        AfterCall = "after_call",
        /// A call over its limit.
        Call = "call",
        /// Ready while calls wait.
        ReadyWhileWaiting = "ready_while_waiting",
        /// Signed out within the shift and not signed in again in time; a desk moved too slowly.
        DeskMove = "desk_move",
        /// Too occupied for too long.
        Occupancy = "occupancy",
    }
);

impl Rule {
    /// Whether value and limit are shares; otherwise they are seconds, for [`Rule::RestQuota`] people.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Occupancy)
    }
}

/// A mark a lead took away, with a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Who.
    pub by: Label,
    /// What it was.
    pub note: Label,
    /// When.
    pub at: Time,
}

/// A mark of a person: a reminder to the lead.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Which rule.
    pub rule: Rule,
    /// Since when it stands.
    pub since: Time,
    /// Seconds, people, or a share; see [`Rule::is_share`].
    pub value: f64,
    /// Its limit, in the same.
    pub limit: f64,
    /// A lead looked into it.
    pub corrected: Option<Correction>,
}

impl Mark {
    pub(super) const fn new(rule: Rule, since: Time, value: f64, limit: f64) -> Self {
        Self { rule, since, value, limit, corrected: None }
    }

    fn span(rule: Rule, since: Time, value: Span, limit: Span) -> Self {
        Self::new(rule, since, value.secs(), limit.secs())
    }
}

/// What is over is still said for so long.
const KEEP: Span = Span::from_secs(600);

/// What a person is judged by.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub now: Time,
    pub rules: &'a DisciplineRules,
    pub person: &'a PersonNow<'a>,
    pub history: &'a History,
    /// The shift that runs.
    pub run: Option<&'a Run>,
    /// A break is planned now.
    pub on_break: bool,
    /// A surge stands.
    pub surge: bool,
}

/// Whether a reason is a meal.
pub(super) fn is_meal(reason: Option<&Label>, rules: &DisciplineRules) -> bool {
    let Some(reason) = reason else { return false };
    let lower = reason.as_str().to_lowercase();
    rules.meals.iter().any(|meal| meal.as_str() == lower)
}

/// Every mark of a person but the quota of the team, which is not of one person alone.
pub(super) fn marks(case: &Case<'_>) -> Vec<Mark> {
    if case.person.state == AgentState::Unknown {
        return Vec::new();
    }
    let found = [
        late(case.now, case.run, case.rules),
        absent(case.now, case.run, case.rules),
        settle(case),
        rest_hour(case),
        longest(case),
        after_call(case),
        call(case),
        ready_while_waiting(case),
        desk_move(case),
        occupancy(case),
    ];
    found.into_iter().flatten().collect()
}

pub(super) fn late(now: Time, run: Option<&Run>, rules: &DisciplineRules) -> Option<Mark> {
    let run = run.filter(|run| !run.absent(now, rules.absent_after))?;
    let by = run.late_by(now, rules.sign_in_within)?;
    let told = run.came.is_none_or(|came| now - came < rules.settle);
    told.then(|| Mark::span(Rule::LateSignIn, run.start + rules.sign_in_within, by, rules.sign_in_within))
}

pub(super) fn absent(now: Time, run: Option<&Run>, rules: &DisciplineRules) -> Option<Mark> {
    let run = run.filter(|run| run.absent(now, rules.absent_after))?;
    Some(Mark::span(Rule::Absent, run.start + rules.absent_after, now - run.start, rules.absent_after))
}

/// Whether the person has left or rests in the first minutes of the shift, against the plan.
pub(super) fn unsettled(case: &Case<'_>) -> bool {
    let Some(run) = case.run else { return false };
    let early = case.now - run.start < case.rules.settle && run.came.is_some() && !case.on_break;
    early && (case.person.state == AgentState::SignedOut || case.person.rests())
}

fn settle(case: &Case<'_>) -> Option<Mark> {
    let run = case.run?;
    let (_, at) = case.history.unsettled.filter(|(start, _)| *start == run.start)?;
    let within = case.now - run.start < case.rules.settle;
    (within || unsettled(case)).then(|| Mark::span(Rule::Settle, at, at - run.start, case.rules.settle))
}

fn rest_hour(case: &Case<'_>) -> Option<Mark> {
    let rest = case.history.rest();
    let recent = case.person.rests() || case.now - case.person.since < KEEP;
    let over = rest > case.rules.rest_an_hour && recent;
    over.then(|| Mark::span(Rule::RestHour, case.person.since, rest, case.rules.rest_an_hour))
}

fn longest(case: &Case<'_>) -> Option<Mark> {
    let person = case.person;
    if person.state != AgentState::NotReady || case.on_break && person.rests() {
        return None;
    }
    let rules = case.rules;
    let by_reason = person.reason.and_then(|reason| {
        let lower = reason.as_str().to_lowercase();
        rules.longest_by_reason.iter().find(|(r, _)| r.as_str() == lower).map(|(_, limit)| *limit)
    });
    let limit = by_reason.unwrap_or(match person.class {
        Some(ReasonClass::Rest) if is_meal(person.reason, rules) => rules.longest.meal,
        Some(ReasonClass::Rest) => rules.longest.rest,
        Some(ReasonClass::Training) => rules.longest.training,
        Some(ReasonClass::Work) => rules.longest.work,
        Some(ReasonClass::Other) | None => rules.longest.other,
    });
    over(Rule::Longest, case.now, person.since, limit)
}

fn over(rule: Rule, now: Time, since: Time, limit: Span) -> Option<Mark> {
    (now - since > limit).then(|| Mark::span(rule, since + limit, now - since, limit))
}

fn after_call(case: &Case<'_>) -> Option<Mark> {
    if case.person.state != AgentState::AfterCall {
        return None;
    }
    over(Rule::AfterCall, case.now, case.person.since, case.rules.after_call)
}

fn call(case: &Case<'_>) -> Option<Mark> {
    let limit = if case.surge { case.rules.call_in_surge.min(case.rules.call) } else { case.rules.call };
    let talks = matches!(case.person.state, AgentState::Talking | AgentState::Holding)
        && case.person.direction != Some(Direction::Internal);
    over(Rule::Call, case.now, case.history.call_since.filter(|_| talks)?, limit)
}

fn ready_while_waiting(case: &Case<'_>) -> Option<Mark> {
    let limit = case.rules.ready_while_waiting;
    if case.person.state != AgentState::Ready || case.person.call_waits < limit {
        return None;
    }
    over(Rule::ReadyWhileWaiting, case.now, case.person.since, limit)
}

fn desk_move(case: &Case<'_>) -> Option<Mark> {
    let limit = case.rules.desk_move;
    if let Some(asked) = case.history.move_asked {
        return over(Rule::DeskMove, case.now, asked, limit);
    }
    if case.person.state == AgentState::SignedOut {
        let run = case.run.filter(|run| run.came.is_some() && !case.on_break)?;
        let (out, _) = case.history.signed_out.as_ref()?;
        return over(Rule::DeskMove, case.now, (*out).max(run.start), limit);
    }
    let (at, took, other_desk) = case.history.returned?;
    let told = other_desk && case.run.is_some() && took > limit && case.now - at < KEEP;
    told.then(|| Mark::span(Rule::DeskMove, at, took, limit))
}

#[expect(clippy::cast_precision_loss, reason = "seconds of an hour")]
fn occupancy(case: &Case<'_>) -> Option<Mark> {
    let rules = case.rules;
    let long = rules.occupancy_for;
    let here = case.history.signed_in.is_some_and(|since| case.now - since >= long);
    if !here || !case.person.state.signed_in() {
        return None;
    }
    let (occupied, both) = case.history.occupancy(long.whole_secs() / 60);
    // Somebody who was mostly elsewhere was not too occupied here.
    if both * 2 < long.whole_secs() || both == 0 {
        return None;
    }
    let share = occupied as f64 / both as f64;
    (share > rules.occupancy).then(|| Mark::new(Rule::Occupancy, case.now - long, share, rules.occupancy))
}
