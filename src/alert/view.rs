//! What stands: alerts and incidents as everyone sees them. Plain data in the user's terms.

use std::sync::Arc;

use super::detail::SurgeDetail;
use super::incident::{Plan, Work};
use crate::metrics::Scope;
use crate::model::{FeedId, Fields, Label, Note, Span, Time};

crate::model::words!(
    /// What an alert is about.
    AlertKind {
        /// 话务量突增
        Surge = "surge",
        /// 话务过少: hardly anything comes while calls are due.
        Quiet = "quiet",
        /// 全天高话务: the day itself runs far above the usual.
        HighDay = "high_day",
        /// 新常态: a level that stays, for the user to say whether it is normal now.
        NewNormal = "new_normal",
        /// Somebody waits too long.
        LongWait = "long_wait",
        /// Service level under its target.
        ServiceLevel = "service_level",
        /// Too many abandon.
        AbandonRate = "abandon_rate",
        /// A rule of the file.
        Rule = "rule",
        /// A burst of sign-outs.
        SignOuts = "sign_outs",
        /// Calls dropping.
        Dropping = "dropping",
        /// A feed is late.
        FeedLate = "feed_late",
        /// A feed is away or failed.
        FeedAway = "feed_away",
        /// Opened by hand.
        Manual = "manual",
    }
);

crate::model::words!(
    /// How bad.
    Level {
        /// 关注: on the board only.
        Watch = "watch",
        /// 告警: an incident.
        Alarm = "alarm",
    }
);

/// Why a surge stands: what was counted. The text is made by the locale.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct SurgeWhy {
    /// Calls in the span.
    pub offered: f64,
    /// The usual of the same span (plain, without today's level).
    pub usual: f64,
    /// The span.
    pub span: Span,
    /// Whether the written rule (≥ ratio × the usual over 30 min) holds.
    pub written_rule: bool,
    /// Different callers in the span, where known.
    pub different_callers: Option<u64>,
    /// Calls of the span by a caller who had called within the last 30 minutes, where known.
    pub redials: Option<u64>,
    /// When the sequential test began to run up: when it seems to have started.
    pub onset: Option<Time>,
}

impl SurgeWhy {
    /// 倍数: offered ÷ usual; 0 where no usual.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        if self.usual > 0.0 { self.offered / self.usual } else { 0.0 }
    }
}

/// An alert that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertView {
    /// About what.
    pub kind: AlertKind,
    /// Watch or alarm.
    pub level: Level,
    /// Where.
    pub scope: Scope,
    /// The feed, for feed alerts.
    pub feed: Option<FeedId>,
    /// Shown name of the scope or feed.
    pub name: Label,
    /// Since when.
    pub since: Time,
    /// The figure that raised it (seconds, share).
    pub value: Option<f64>,
    /// Its limit.
    pub limit: Option<f64>,
    /// The counts of a surge.
    pub why: Option<SurgeWhy>,
    /// The incident it belongs to.
    pub incident: Option<u64>,
}

crate::model::words!(
    /// Where an incident stands.
    IncidentState {
        /// Nobody has it.
        Open = "open",
        /// Somebody has it.
        Acknowledged = "acknowledged",
        /// What raised it is over.
        Resolved = "resolved",
        /// Closed by a person.
        Closed = "closed",
    }
);

/// An incident: one thread from first sign to close.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentView {
    /// Its number, from 1.
    pub id: u64,
    /// About what.
    pub kind: AlertKind,
    /// Where.
    pub scope: Scope,
    /// Shown name of the scope.
    pub name: Label,
    /// Where it stands.
    pub state: IncidentState,
    /// When it was raised.
    pub opened_at: Time,
    /// The counts when raised.
    pub why_raised: Option<SurgeWhy>,
    /// The counts now, or at the end.
    pub why: Option<SurgeWhy>,
    /// Where the surge comes from and how rare it is, as last counted; not kept over a restart.
    pub detail: Option<Arc<SurgeDetail>>,
    /// The largest multiple reached.
    pub peak_ratio: f64,
    /// Who has it, since when.
    pub owner: Option<(Label, Time)>,
    /// What raised it ended.
    pub resolved_at: Option<Time>,
    /// Closed.
    pub closed_at: Option<Time>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What people did about it.
    pub work: Arc<Work>,
    /// What it goes by, and what is due.
    pub plan: Arc<Plan>,
}

/// A line of an incident's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// When.
    pub at: Time,
    /// Who; `None` is the product itself.
    pub by: Option<Label>,
    /// What, as a word of the locale (`timeline.<word>`; [`super::What`] has them all, `watch` and `alarm` beside them).
    pub what: &'static str,
    /// What somebody said.
    pub text: Option<Note>,
    /// The counts at that instant.
    pub why: Option<SurgeWhy>,
    /// The other fields of what happened, for `timeline_detail.<word>`.
    pub detail: Fields,
}
