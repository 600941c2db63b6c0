//! Whom to call in (加班次序): on site, then standby, then off site; with hours, never with pay.

use super::history::History;
use super::plan::{Plan, Planned};
use crate::config::CallInRules;
use crate::model::{Label, Span, Time};

crate::model::words!(
    /// Where somebody is, in the order of calling in.
    Place {
        /// 在岗: on site, off or nearly off shift.
        OnSite = "on_site",
        /// 备班
        Standby = "standby",
        /// 不在岗
        OffSite = "off_site",
    }
);

/// Somebody who could be called in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallIn {
    /// As the plan names the person.
    pub person: Label,
    /// Shown name.
    pub name: Label,
    /// Team.
    pub team: Option<Label>,
    /// What the person can do.
    pub skills: Vec<Label>,
    /// Where.
    pub place: Place,
    /// How long until at a desk.
    pub arrives: Span,
    /// Worked today, as far as seen.
    pub today: Span,
    /// Worked this month, as far as seen, or as planned where nothing was seen.
    pub month: Span,
    /// Overtime today.
    pub overtime_today: Span,
    /// Overtime this month.
    pub overtime_month: Span,
    /// Overtime today is beyond the mark.
    pub over_day: bool,
    /// Overtime this month is beyond the mark.
    pub over_month: bool,
    /// The next shift begins.
    pub next_shift: Option<Time>,
}

impl CallIn {
    /// Beyond a mark: called only with a reason.
    #[must_use]
    pub const fn marked(&self) -> bool {
        self.over_day || self.over_month
    }
}

/// Somebody who was called in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledIn {
    /// As the plan names the person.
    pub person: Label,
    /// Shown name.
    pub name: Label,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: Label,
    /// At a desk by then.
    pub due: Time,
    /// Why beyond the mark, where it was.
    pub reason: Option<Label>,
}

/// Everybody who is not at work, in the order of calling in; within a place the quicker first, then those with less
/// overtime this month.
pub(super) fn call_in_list<'a>(
    now: Time,
    plan: &Plan,
    rules: &CallInRules,
    history: impl Fn(usize) -> Option<&'a History>,
) -> Vec<CallIn> {
    let one = |(at, planned): (usize, &Planned)| {
        let history = history(at);
        let place = place(now, planned, history, rules)?;
        Some(row(now, planned, history, place, rules))
    };
    let mut list: Vec<CallIn> = plan.people().iter().enumerate().filter_map(one).collect();
    list.sort_by(|a, b| {
        let order = |c: &CallIn| (c.place, c.marked(), c.arrives, c.overtime_month);
        order(a).cmp(&order(b)).then_with(|| a.person.cmp(&b.person))
    });
    list
}

/// Where somebody is who could be called; `None` for those at work for longer still.
fn place(now: Time, planned: &Planned, history: Option<&History>, rules: &CallInRules) -> Option<Place> {
    let here = history.is_some_and(|h| h.signed_in.is_some());
    if let Some(shift) = planned.shift_at(now) {
        // Who is soon done may stay; who did not come cannot be had.
        return (here && shift.end - now <= rules.around).then_some(Place::OnSite);
    }
    let left = planned.last_ended(now).map(|s| s.end).into_iter();
    let left = left.chain(history.and_then(|h| h.signed_out.as_ref()).map(|(at, _)| *at)).max();
    if here || left.is_some_and(|at| now - at <= rules.around && history.is_some()) {
        Some(Place::OnSite)
    } else if planned.standby_at(now).is_some() {
        Some(Place::Standby)
    } else {
        Some(Place::OffSite)
    }
}

fn row(now: Time, planned: &Planned, history: Option<&History>, place: Place, rules: &CallInRules) -> CallIn {
    let usual = match place {
        Place::OnSite => rules.on_site,
        Place::Standby => rules.standby,
        Place::OffSite => rules.off_site,
    };
    let arrives = if place == Place::OnSite { usual } else { planned.arrives.unwrap_or(usual) };
    let worked = |pick: fn(&History) -> super::history::Worked| history.map(pick).unwrap_or_default();
    let (today, month) = (worked(|h| h.today), worked(|h| h.month));
    let overtime_month = month.overtime + planned.overtime_before;
    CallIn {
        person: planned.person.clone(),
        name: planned.shown().clone(),
        team: planned.team.clone(),
        skills: planned.skills.clone(),
        place,
        arrives,
        today: today.all,
        month: month.all,
        overtime_today: today.overtime,
        overtime_month,
        over_day: today.overtime > rules.overtime_day,
        over_month: overtime_month > rules.overtime_month,
        next_shift: planned.next(now).map(|s| s.start),
    }
}
