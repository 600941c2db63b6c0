//! Settings of the floor's people and rules: shift plan, discipline, call-in, lost callers, alert rules, privacy.

use std::path::PathBuf;

use crate::model::{Label, QueueId, Span};

/// `[shift_plan]`
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ShiftPlanSettings {
    /// The CSV file; `None` where there is no plan.
    pub file: Option<PathBuf>,
}

/// `[discipline]`: limits of what is watched live on the floor. A mark is a reminder, never a score.
#[derive(Clone, Debug, PartialEq)]
pub struct DisciplineRules {
    /// Whether it is watched at all.
    pub on: bool,
    /// Sign in within this after the shift's start.
    pub sign_in_within: Span,
    /// No sign-out, rest or leaving for so long after the shift's start.
    pub settle: Span,
    /// Not come so long after the shift's start is absent, not merely late.
    pub absent_after: Span,
    /// Rest in any 60 minutes, without meals and planned breaks.
    pub rest_an_hour: Span,
    /// People of a team who may rest at once.
    pub rest_quota: u32,
    /// The same of teams that differ.
    pub team_quota: Vec<(Label, u32)>,
    /// Reasons of the class rest that are meals, in lower case.
    pub meals: Vec<Label>,
    /// Longest time in a state by the class of its reason: rest, meal, training, work, other.
    pub longest: LongestTimes,
    /// The same of single reasons, in lower case; they win.
    pub longest_by_reason: Vec<(Label, Span)>,
    /// After-call work.
    pub after_call: Span,
    /// One call, hold included.
    pub call: Span,
    /// One call while a surge stands.
    pub call_in_surge: Span,
    /// Ready so long while a call waits as long in a queue of the person's.
    pub ready_while_waiting: Span,
    /// A moved desk is signed in again within this.
    pub desk_move: Span,
    /// Occupancy over this …
    pub occupancy: f64,
    /// … for so long, up to 60 min.
    pub occupancy_for: Span,
    /// Sign-outs that are a burst: people within `burst_within`, …
    pub burst_people: u32,
    /// … and this share of those signed in before.
    pub burst_share: f64,
    /// The span they fall into.
    pub burst_within: Span,
    /// Talks that drop: this many times the usual share.
    pub drop_ratio: f64,
    /// A talk shorter than this has dropped.
    pub drop_short: Span,
    /// Dropped talks it takes.
    pub drop_min_calls: u32,
    /// The span they fall into.
    pub drop_within: Span,
}

/// Longest time in a not-ready state, by what the reason is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongestTimes {
    /// 小休
    pub rest: Span,
    /// 用餐
    pub meal: Span,
    /// 培训, 辅导, 会议
    pub training: Span,
    /// 回访, 外呼, 案头
    pub work: Span,
    /// 其他
    pub other: Span,
}

/// `[call_in]`: whom to call in (加班次序), and the marks of hours. Pay is never computed.
#[derive(Clone, Debug, PartialEq)]
pub struct CallInRules {
    /// Overtime a day that is marked beyond this.
    pub overtime_day: Span,
    /// Overtime a calendar month that is marked beyond this.
    pub overtime_month: Span,
    /// How long somebody on site takes to be at a desk.
    pub on_site: Span,
    /// How long somebody on standby takes.
    pub standby: Span,
    /// How long somebody off site takes.
    pub off_site: Span,
    /// On site is also who left, or will be done, within this.
    pub around: Span,
}

/// `[lost_callers]`: 呼损回拨.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRules {
    /// Whether they are listed.
    pub on: bool,
    /// A lost caller stays on the list this long.
    pub keep: Span,
    /// Whether one who hung up within `figures.short_abandon_s` is listed.
    pub short: bool,
}

/// A `[[alert.rule]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// Its name, unique.
    pub name: Label,
    /// Key of the figure: one of KPI.md's for a scope, or one of [`AlertRule::ROSTER`].
    pub figure: Label,
    /// Where.
    pub scope: RuleScope,
    /// The window of the figure: `5m`, `15m`, `30m`, `60m`, `interval` or `day`.
    pub window: Label,
    /// Bad above, or below.
    pub side: RuleSide,
    /// Raised at or beyond this.
    pub limit: f64,
    /// Cleared at or within this (hysteresis).
    pub clear: f64,
    /// Beyond so long before it is raised.
    pub hold: Span,
    /// Within so long before it is cleared.
    pub clear_hold: Span,
    /// A share or mean over fewer proves nothing.
    pub min_sample: u64,
    /// A share is compared by the favourable bound of its 95 % interval, not by its point.
    pub bound: bool,
    /// When it counts, local time of the site; empty is always.
    pub hours: Vec<RuleHours>,
    /// An incident, or on the board only.
    pub alarm: bool,
    /// Whether it is on.
    pub on: bool,
    /// Where the figure's key stands, for what is found wrong with it later.
    pub figure_at: super::Problem,
}

impl AlertRule {
    /// Figures of the shift plan that a rule may be over; of all and of teams.
    pub const ROSTER: [&'static str; 6] =
        ["expected", "present", "absent", "late", "attendance_rate", "adherence_rate"];
}

/// Where a rule looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleScope {
    /// The whole site.
    All,
    /// One queue, on any feed.
    Queue(QueueId),
    /// One group.
    Group(Label),
    /// One line.
    Line(Label),
    /// One team.
    Team(Label),
    /// Each queue by itself.
    EachQueue,
    /// Each group by itself.
    EachGroup,
    /// Each line by itself.
    EachLine,
    /// Each team by itself.
    EachTeam,
}

/// On which side of its limit a figure is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSide {
    /// At or above the limit.
    Above,
    /// At or below it.
    Below,
}

/// A stretch of the week: days (Monday is 0) and seconds of the day; one that ends at or before its start goes on into
/// the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleHours {
    /// Days it begins on.
    pub days: [bool; 7],
    /// Seconds after local midnight.
    pub from: u32,
    /// Seconds after local midnight.
    pub to: u32,
}

/// An `[[alert.silence]]`: what a rule says is not shown until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The rule.
    pub rule: Label,
    /// One scope of it, by name; `None` is all.
    pub scope: Option<Label>,
    /// It begins; `None` is at once.
    pub from: Option<crate::model::Time>,
    /// It ends.
    pub until: crate::model::Time,
    /// Who asked for it.
    pub author: Label,
    /// Why.
    pub reason: Label,
}

/// `[privacy]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivacyRules {
    /// How people appear.
    pub mode: PrivacyMode,
    /// A smaller team is not shown by itself in mode `team`.
    pub team_min: u32,
    /// Per-person data is kept this many days.
    pub retention_days: u32,
    /// A line for each look at people's data goes here; `None` keeps no log.
    pub access_log: Option<PathBuf>,
}

/// How people appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrivacyMode {
    /// By name.
    Named,
    /// Each by a made-up name that stays the same.
    Pseudonym,
    /// Not at all: only teams of [`PrivacyRules::team_min`] or more.
    Team,
}

impl PrivacyMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Named, Self::Pseudonym, Self::Team];

    /// The spelling in config.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Pseudonym => "pseudonym",
            Self::Team => "team",
        }
    }
}
