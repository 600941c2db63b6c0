//! Is a figure all right? Against the limits of the configuration and the alerts that stand.

use crate::alert::{AlertKind, AlertView, Level};
use crate::config::AlertRules;
use crate::metrics::{FigureKey, Scope, Value};
use crate::snapshot::ScopeView;

use super::theme::Role;

/// How a figure stands to its target. Shown as sign, word and colour, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Status {
    /// Nothing to compare with.
    #[default]
    None,
    /// On target.
    Ok,
    /// Near the limit, or a watch stands.
    Watch,
    /// Off target, or an alarm stands.
    Breach,
}

impl Status {
    /// Its sign; one cell.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::None => " ",
            Self::Ok => "✓",
            Self::Watch => "▲",
            Self::Breach => "■",
        }
    }

    /// Key of its word; a figure with a `target` is to be reached, any other has a limit.
    #[must_use]
    pub const fn key(self, target: bool) -> &'static str {
        match (self, target) {
            (Self::None, _) => "status.none",
            (Self::Ok, true) => "status.target.ok",
            (Self::Watch, true) => "status.target.watch",
            (Self::Breach, true) => "status.target.breach",
            (Self::Ok, false) => "status.limit.ok",
            (Self::Watch, false) => "status.limit.watch",
            (Self::Breach, false) => "status.limit.breach",
        }
    }

    /// Its role, where it is worth one.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::None => Role::Text,
            Self::Ok => Role::Ok,
            Self::Watch => Role::Watch,
            Self::Breach => Role::Breach,
        }
    }
}

/// Limits of the configuration a screen compares with; `None` where no rule is on.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Targets {
    /// Longest wait, seconds.
    pub long_wait_s: Option<f64>,
    /// Abandon rate, share.
    pub abandon_rate: Option<f64>,
    /// How far below its target the service level may fall before it is off target, share.
    pub service_level_below: Option<f64>,
    /// Watch from this multiple of the usual.
    pub watch_ratio: Option<f64>,
    /// Alarm from this multiple of the usual.
    pub alarm_ratio: Option<f64>,
}

impl Targets {
    /// The limits of the alert rules that are on.
    #[must_use]
    pub fn of(rules: &AlertRules) -> Self {
        Self {
            long_wait_s: rules.long_wait.on.then_some(rules.long_wait.raise),
            abandon_rate: rules.abandon_rate.on.then_some(rules.abandon_rate.raise),
            service_level_below: rules.service_level.on.then_some(rules.service_level.raise),
            watch_ratio: Some(rules.surge.watch_ratio),
            alarm_ratio: rules.surge.written_rule.then_some(rules.surge.ratio),
        }
    }

    /// How a figure stands, alerts not considered.
    #[must_use]
    pub fn status(&self, key: FigureKey, value: Value, scope: &ScopeView) -> Status {
        let Some(n) = value.known() else { return Status::None };
        match key {
            FigureKey::LongestWait | FigureKey::LongestWaitCall => at_most(n, self.long_wait_s),
            FigureKey::AbandonRate => at_most(n, self.abandon_rate),
            FigureKey::ServiceLevel => {
                let target = scope.rules.target;
                if n >= target {
                    Status::Ok
                } else if self.service_level_below.is_some_and(|below| n <= target - below) {
                    Status::Breach
                } else {
                    Status::Watch
                }
            }
            FigureKey::Ratio if self.alarm_ratio.is_some_and(|r| n >= r) => Status::Breach,
            FigureKey::Ratio if self.watch_ratio.is_some_and(|r| n >= r) => Status::Watch,
            FigureKey::Ratio if self.watch_ratio.is_some() => Status::Ok,
            _ => Status::None,
        }
    }
}

/// Near is beyond four fifths of the limit.
fn at_most(n: f64, limit: Option<f64>) -> Status {
    match limit {
        None => Status::None,
        Some(limit) if n >= limit => Status::Breach,
        Some(limit) if n >= limit * 0.8 => Status::Watch,
        Some(_) => Status::Ok,
    }
}

/// The figure an alert is about.
const fn figure_of(kind: AlertKind) -> Option<FigureKey> {
    match kind {
        AlertKind::Surge => Some(FigureKey::Ratio),
        AlertKind::LongWait => Some(FigureKey::LongestWait),
        AlertKind::ServiceLevel => Some(FigureKey::ServiceLevel),
        AlertKind::AbandonRate => Some(FigureKey::AbandonRate),
        AlertKind::Quiet
        | AlertKind::HighDay
        | AlertKind::NewNormal
        | AlertKind::FeedLate
        | AlertKind::FeedAway
        | AlertKind::Manual
        | AlertKind::Rule
        | AlertKind::SignOuts
        | AlertKind::Dropping => None,
    }
}

const fn status_of(level: Level) -> Status {
    match level {
        Level::Watch => Status::Watch,
        Level::Alarm => Status::Breach,
    }
}

/// What the alerts say of one figure of a scope.
#[must_use]
pub(super) fn alerted(alerts: &[AlertView], scope: &Scope, key: FigureKey) -> Status {
    let about = alerts.iter().filter(|a| a.scope == *scope && figure_of(a.kind) == Some(key));
    about.map(|a| status_of(a.level)).max().unwrap_or_default()
}

/// What the alerts say of a scope, with the kind of the worst.
#[must_use]
pub(super) fn worst(alerts: &[AlertView], scope: &Scope) -> Option<(Status, AlertKind)> {
    let about = alerts.iter().filter(|a| a.scope == *scope && a.feed.is_none());
    about.map(|a| (status_of(a.level), a.kind)).max_by_key(|(status, _)| *status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_four_fifths_of_the_limit() {
        for (n, limit, want) in [
            (0.0, Some(180.0), Status::Ok),
            (143.9, Some(180.0), Status::Ok),
            (144.0, Some(180.0), Status::Watch),
            (180.0, Some(180.0), Status::Breach),
            (1e9, None, Status::None),
        ] {
            assert_eq!(at_most(n, limit), want);
        }
    }
}
