//! Who was expected, who came, who is late: the shifts that run now against who is signed in.

use std::collections::BTreeMap;

use super::plan::Plan;
use crate::model::{Label, Span, Time};

/// People of the shifts that run now. `expected` = `present` + `away` + `absent` + `due` + `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Presence {
    /// 应到: with a shift at work that runs now.
    pub expected: u32,
    /// 实到: of them, signed in now.
    pub present: u32,
    /// Came, and are signed out now.
    pub away: u32,
    /// 缺勤: not come, and past the time that is only late.
    pub absent: u32,
    /// Not come yet, and not absent yet: within the minutes to sign in, or late.
    pub due: u32,
    /// The feed cannot tell now.
    pub unknown: u32,
    /// 迟到: came after the minutes to sign in, or past them and not come.
    pub late: u32,
    /// Past the minutes to sign in: what the attendance rate is over.
    pub counted: u32,
    /// Of those, came at all.
    pub came: u32,
    /// Seconds at work planned so far (breaks apart) of which the state is known.
    pub planned_s: u64,
    /// Of them, signed in and not resting.
    pub kept_s: u64,
}

impl Presence {
    /// 出勤率: came ÷ expected, of those past the minutes to sign in.
    #[must_use]
    pub fn attendance(&self) -> Option<(u64, u64)> {
        (self.counted > 0).then_some((u64::from(self.came), u64::from(self.counted)))
    }

    /// 遵时率: seconds at work as planned ÷ seconds planned so far.
    #[must_use]
    pub fn adherence(&self) -> Option<(u64, u64)> {
        (self.planned_s > 0).then_some((self.kept_s, self.planned_s))
    }

    fn add(&mut self, o: &Self) {
        self.expected += o.expected;
        self.present += o.present;
        self.away += o.away;
        self.absent += o.absent;
        self.due += o.due;
        self.unknown += o.unknown;
        self.late += o.late;
        self.counted += o.counted;
        self.came += o.came;
        self.planned_s += o.planned_s;
        self.kept_s += o.kept_s;
    }
}

/// What the floor says of a person of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Seen {
    /// Not signed in anywhere, or never seen.
    #[default]
    Out,
    /// Signed in and resting.
    Resting,
    /// Signed in.
    In,
    /// The feed cannot tell.
    Unknown,
}

/// The shift of one person that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub start: Time,
    pub end: Time,
    /// Came at that instant.
    pub came: Option<Time>,
    /// Whether the coming was seen, so that lateness is known.
    pub exact: bool,
    /// The last second could not be told.
    dark: bool,
    planned_s: u64,
    kept_s: u64,
    seen: Seen,
}

/// Follows the shifts of the plan. Fed once a second.
#[derive(Clone, Debug, Default)]
pub(super) struct Attendance {
    /// By place in the plan.
    runs: Vec<Option<Run>>,
    /// When it was first fed.
    begun: Option<Time>,
}

impl Attendance {
    /// A second that ends at `now`; `seen` is by place in the plan.
    pub(super) fn second(&mut self, now: Time, plan: &Plan, seen: &[Seen]) {
        let begun = *self.begun.get_or_insert(now);
        self.runs.resize(plan.people().len(), None);
        for (at, (planned, run)) in plan.people().iter().zip(&mut self.runs).enumerate() {
            let seen = seen.get(at).copied().unwrap_or_default();
            if run.is_some_and(|r| r.end <= now) {
                *run = None;
            }
            let Some(shift) = planned.shift_at(now) else { continue };
            let run = match run {
                Some(run) if run.start == shift.start => run,
                other => other.insert(Run {
                    start: shift.start,
                    end: shift.end,
                    came: None,
                    exact: true,
                    dark: begun == now && shift.start < now,
                    planned_s: 0,
                    kept_s: 0,
                    seen,
                }),
            };
            run.end = shift.end;
            run.seen = seen;
            let inside = matches!(seen, Seen::In | Seen::Resting);
            if inside && run.came.is_none() {
                run.came = Some(now);
                run.exact = !run.dark;
            }
            run.dark = seen == Seen::Unknown || (run.dark && !inside && run.came.is_none() && begun == now);
            if shift.break_at(now).is_none() && seen != Seen::Unknown {
                run.planned_s += 1;
                run.kept_s += u64::from(seen == Seen::In);
            }
        }
    }

    /// The shift of a person that runs.
    pub(super) fn run(&self, planned: usize) -> Option<&Run> {
        self.runs.get(planned)?.as_ref()
    }

    /// Everybody, and by team.
    pub(super) fn presence(&self, now: Time, plan: &Plan, within: Span, absent: Span) -> (Presence, Teams) {
        let (mut all, mut teams) = (Presence::default(), Teams::new());
        for (planned, run) in plan.people().iter().zip(&self.runs) {
            let Some(run) = run else { continue };
            let one = run.presence(now, within, absent);
            all.add(&one);
            if let Some(team) = &planned.team {
                teams.entry(team.clone()).or_default().add(&one);
            }
        }
        (all, teams)
    }
}

pub(super) type Teams = BTreeMap<Label, Presence>;

impl Run {
    /// How late: from the start to the coming, or to now where nobody came.
    pub(super) fn late_by(&self, now: Time, within: Span) -> Option<Span> {
        let late = self.came.unwrap_or(now) - self.start;
        (late > within && self.exact && (self.came.is_some() || self.seen != Seen::Unknown)).then_some(late)
    }

    /// Not come, and no longer only late.
    pub(super) fn absent(&self, now: Time, after: Span) -> bool {
        self.came.is_none() && self.seen != Seen::Unknown && now - self.start > after
    }

    fn presence(&self, now: Time, within: Span, absent: Span) -> Presence {
        let mut one = Presence { expected: 1, planned_s: self.planned_s, kept_s: self.kept_s, ..Presence::default() };
        let inside = matches!(self.seen, Seen::In | Seen::Resting);
        if self.seen == Seen::Unknown {
            one.unknown = 1;
        } else if inside {
            one.present = 1;
        } else if self.came.is_some() {
            one.away = 1;
        } else if self.absent(now, absent) {
            one.absent = 1;
        } else {
            one.due = 1;
        }
        one.late = u32::from(self.late_by(now, within).is_some());
        if now - self.start > within && (self.came.is_some() || self.seen != Seen::Unknown) {
            one.counted = 1;
            one.came = u32::from(self.came.is_some());
        }
        one
    }
}
