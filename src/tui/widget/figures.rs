//! Figures as panels show them: the number, how it stands to its target, and what it is made of.

use crate::metrics::{FigureKey, Unit, Value, Window};
use crate::snapshot::ScopeView;
use crate::tui::digits::Figure;
use crate::tui::format;
use crate::tui::scene::Scene;
use crate::tui::status::{Status, alerted, worst};
use crate::tui::strip::Strip;
use crate::tui::theme::Role;

/// A figure of a scope with all that is said about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shown {
    /// Which.
    pub key: FigureKey,
    /// The value.
    pub value: Value,
    /// Against target and alerts.
    pub status: Status,
    /// The sample, where it is smaller than `min_sample`.
    pub small: Option<i64>,
    /// The scope's feed is not live.
    pub stale: bool,
}

impl Shown {
    /// One figure of a scope.
    #[must_use]
    pub(crate) fn of(scene: &Scene<'_>, scope: &ScopeView, key: FigureKey, window: Window) -> Self {
        let rules = &scene.snapshot.rules;
        // What an away feed left behind does not grow older on screen than it was.
        let at = scope.stale_since.unwrap_or(scene.now).min(scene.now);
        let value = scope.figure(key, window, rules, at);
        let sample = scope.tally(window).sample(key, rules, &scope.rules);
        let share = key.unit() == Unit::Share;
        // A multiple of a handful of calls says as little as a share of them.
        let sample = if key == FigureKey::Ratio { Some(scope.tally(window).counts.offered) } else { sample };
        let share = share || key == FigureKey::Ratio;
        let small = sample.filter(|n| share && *n > 0 && u64::try_from(*n).is_ok_and(|n| n < rules.min_sample));
        let stale = scope.stale_since.is_some();
        let target = if small.is_some() { Status::None } else { scene.ui.targets.status(key, value, scope) };
        let status = alerted(&scene.snapshot.alerts, &scope.scope, key).max(target);
        Self { key, value, status, small, stale }
    }

    /// Its role: old and small ones are dim, whatever they say.
    #[must_use]
    pub(crate) fn role(&self, plain: Role) -> Role {
        if self.stale || self.small.is_some() || matches!(self.value, Value::Unknown(_)) {
            return Role::Stale;
        }
        match self.status {
            Status::None | Status::Ok => plain,
            other => other.role(),
        }
    }

    /// The figure as text for a table; a sign before it where it is worth one.
    #[must_use]
    pub(crate) fn strip(&self, scene: &Scene<'_>) -> Strip {
        let style = scene.style(self.role(Role::Text));
        let mut strip = Strip::new();
        if self.status >= Status::Watch && !self.stale {
            strip.push(self.status.sign(), style);
        }
        strip.push(&format::figure(scene.texts, self.key.unit(), self.value), style);
        strip
    }

    /// The figure as large digits.
    #[must_use]
    pub(crate) fn large(&self) -> Figure {
        large(self.key.unit(), self.value)
    }
}

/// The name of a queue in a table: sign of its alert, name, the age of old figures, the sample of small ones.
#[must_use]
pub(crate) fn name(scene: &Scene<'_>, queue: &ScopeView, text: &str, plain: Role, window: Window) -> Strip {
    let alert = worst(&scene.snapshot.alerts, &queue.scope).map_or(Status::None, |(status, _)| status);
    let mut strip = Strip::new();
    strip.push(alert.sign(), scene.style(alert.role())).gap(1);
    strip.push(text, scene.style(if queue.stale_since.is_some() { Role::Stale } else { plain }));
    if let Some(since) = queue.stale_since {
        strip.gap(1).push(&scene.clock(since), scene.style(Role::Stale));
    } else if let Some(n) = Shown::of(scene, queue, FigureKey::ServiceLevel, window).small {
        strip.gap(1).push(&scene.fill("wall.sample", &[("n", &n.to_string())]), scene.style(Role::Faint));
    }
    strip
}

/// A value as large digits.
#[must_use]
pub(crate) fn large(unit: Unit, value: Value) -> Figure {
    let figure = |digits: String, unit: Option<char>| Figure { digits, unit };
    let n = match value {
        Value::Known(n) => n,
        Value::NoDenominator => return figure("–".into(), None),
        Value::Unknown(_) => return figure("?".into(), None),
    };
    match unit {
        Unit::Count => figure(format!("{n:.0}"), None),
        Unit::Number => figure(format!("{n:.1}"), None),
        Unit::Share => figure(format::percent(n), Some('%')),
        Unit::Times => figure(format::times(n), Some('×')),
        Unit::Seconds => match format::split(n) {
            (0, 0, s) => figure(s.to_string(), Some('s')),
            (0, m, s) => figure(format!("{m}:{s:02}"), None),
            (h, m, _) => figure(format!("{h}:{m:02}"), Some('h')),
        },
    }
}

/// The label of a figure in a scope, its T filled in.
#[must_use]
pub(crate) fn label(scene: &Scene<'_>, key: FigureKey, scope: &ScopeView, short: bool) -> String {
    let text = if short { scene.texts.figure_short(key) } else { scene.texts.figure(key) };
    let within = match key {
        FigureKey::WaitingOver => scene.snapshot.rules.waiting_over.unwrap_or(scope.rules.within),
        _ => scope.rules.within,
    };
    text.replace("{n}", &within.whole_secs().to_string())
}
