//! The floor's people, rules and lost callers as JSON.

use serde_json::{Value, json};

use crate::alert::rules::RulesView;
use crate::model::{Span, Time};
use crate::roster::{CallIn, FloorView, LostCaller, Mark, Movable, PersonMarks, Presence, TeamRests};

/// Everything the floor's rules say at an instant. Times are RFC 3339 in UTC, lengths seconds, shares 0–1, `null` where
/// there is nothing to divide by.
#[must_use]
pub fn floor(view: &FloorView, rules: &RulesView, at: Time) -> Value {
    json!({
        "at": at.rfc3339(),
        "planned": view.planned,
        "people": presence(&view.all),
        "teams": view.teams.iter().map(|(team, p)| (team.to_string(), presence(p))).collect::<serde_json::Map<_, _>>(),
        "marks": view.marks.iter().flat_map(marks).collect::<Vec<_>>(),
        "rests": view.rests.iter().map(rests).collect::<Vec<_>>(),
        "movable": view.movable.iter().map(|m| movable(m, at)).collect::<Vec<_>>(),
        "call_in": view.call_in.iter().map(call_in).collect::<Vec<_>>(),
        "called_in": view.called.iter().map(|c| json!({
            "person": c.person, "name": c.name, "at": c.at.rfc3339(), "by": c.by, "due": c.due.rfc3339(),
            "reason": c.reason,
        })).collect::<Vec<_>>(),
        "lost_callers": lost_callers(view),
        "rules": {
            "in_force": rules.rules,
            "refused": rules.refused.as_ref().map(|(at, why)| json!({"at": at.rfc3339(), "why": why})),
            "stands": rules.stands.iter().map(|a| json!({
                "rule": a.rule, "figure": a.figure.word(), "scope": a.name, "level": a.level.word(),
                "since": a.since.rfc3339(), "value": a.value, "limit": a.limit, "flapping": a.flapping,
                "silenced": a.silenced, "inhibited": a.inhibited, "muted": a.muted,
            })).collect::<Vec<_>>(),
            "silences": rules.silences.iter().map(|s| json!({
                "rule": s.rule, "scope": s.scope, "until": s.until.rfc3339(), "author": s.author, "reason": s.reason,
            })).collect::<Vec<_>>(),
        },
    })
}

/// The list of lost callers with its sums.
#[must_use]
pub fn lost_callers(view: &FloorView) -> Value {
    let t = &view.lost_totals;
    json!({
        "callers": t.callers, "served_since": t.served, "done": t.done, "unserved": t.unserved,
        "caller_unknown": t.unknown, "expired": t.expired,
        "list": view.lost.iter().map(lost).collect::<Vec<_>>(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "people and seconds of a shift")]
fn presence(p: &Presence) -> Value {
    let share = |parts: Option<(u64, u64)>| parts.map(|(part, whole)| part as f64 / whole as f64);
    json!({
        "expected": p.expected, "present": p.present, "away": p.away, "due": p.due, "absent": p.absent, "late": p.late,
        "unknown": p.unknown, "attendance_rate": share(p.attendance()), "adherence_rate": share(p.adherence()),
    })
}

fn marks(row: &PersonMarks) -> impl Iterator<Item = Value> + '_ {
    row.marks.iter().map(|mark: &Mark| {
        json!({
            "feed": row.feed, "person": row.id, "name": row.name, "team": row.team, "rule": mark.rule.word(),
            "since": mark.since.rfc3339(), "value": mark.value, "limit": mark.limit,
            "corrected": mark.corrected.as_ref().map(|c| json!({"by": c.by, "note": c.note, "at": c.at.rfc3339()})),
        })
    })
}

fn rests(r: &TeamRests) -> Value {
    let waiting: Vec<Value> =
        r.waiting.iter().map(|(who, since)| json!({"name": who, "since": since.rfc3339()})).collect();
    json!({"team": r.team, "resting": r.resting, "meals": r.meals, "quota": r.quota, "waiting": waiting})
}

fn movable(m: &Movable, at: Time) -> Value {
    json!({
        "feed": m.feed, "person": m.id, "name": m.name, "team": m.team, "skills": m.skills, "desk": m.desk,
        "state": m.state.word(), "class": m.class.map(crate::model::ReasonClass::word),
        "for_s": (at - m.since).or_zero().secs(), "today_s": m.today.secs(),
    })
}

fn call_in(c: &CallIn) -> Value {
    let s = |span: Span| span.secs();
    json!({
        "person": c.person, "name": c.name, "team": c.team, "skills": c.skills, "place": c.place.word(),
        "arrives_s": s(c.arrives), "today_s": s(c.today), "month_s": s(c.month), "overtime_today_s": s(c.overtime_today),
        "overtime_month_s": s(c.overtime_month), "over_day": c.over_day, "over_month": c.over_month,
        "next_shift": c.next_shift.map(Time::rfc3339),
    })
}

fn lost(l: &LostCaller) -> Value {
    json!({
        "caller": l.key.to_string(), "masked": l.masked, "queue": l.queue, "first": l.first.rfc3339(),
        "last": l.last.rfc3339(), "times": l.times, "waited_s": l.waited.secs(), "state": l.state.word(),
        "assigned": l.assigned, "calls": l.calls, "note": l.note,
        "by": l.by.as_ref().map(|(who, at)| json!({"who": who, "at": at.rfc3339()})),
    })
}
