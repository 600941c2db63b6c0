//! The words of figures, windows, alerts and incidents in the language of a screen or report.

use crate::alert::{AlertKind, IncidentState, Level};
use crate::locale::Texts;
use crate::metrics::{FigureKey, Slot, Unknown, Window};

/// Words of what stands to the right of the texts themselves.
pub trait Words {
    /// The label of a figure (KPI.md). `{n}` in it is the T of its scope, in seconds.
    #[must_use]
    fn figure(&self, key: FigureKey) -> &str;

    /// The short label of a figure, for heads of columns.
    #[must_use]
    fn figure_short(&self, key: FigureKey) -> &str;

    /// The word of a slot.
    #[must_use]
    fn slot(&self, slot: Slot) -> &str;

    /// The name of a window.
    #[must_use]
    fn window(&self, window: Window) -> &str;

    /// What an alert is about.
    #[must_use]
    fn alert(&self, kind: AlertKind) -> &str;

    /// 关注 or 告警.
    #[must_use]
    fn level(&self, level: Level) -> &str;

    /// Where an incident stands.
    #[must_use]
    fn incident(&self, state: IncidentState) -> &str;

    /// Why a figure is not known.
    #[must_use]
    fn unknown(&self, why: Unknown) -> &str;
}

impl Words for Texts {
    fn figure(&self, key: FigureKey) -> &str {
        self.under("figure", key.word())
    }

    fn figure_short(&self, key: FigureKey) -> &str {
        self.under("figure.short", key.word())
    }

    fn slot(&self, slot: Slot) -> &str {
        self.under("slot", slot.word())
    }

    fn window(&self, window: Window) -> &str {
        self.under("window", window.word())
    }

    fn alert(&self, kind: AlertKind) -> &str {
        self.under("alert", kind.word())
    }

    fn level(&self, level: Level) -> &str {
        self.under("level", level.word())
    }

    fn incident(&self, state: IncidentState) -> &str {
        self.under("incident", state.word())
    }

    fn unknown(&self, why: Unknown) -> &str {
        match why {
            Unknown::FeedAway => self.t("unknown.feed_away"),
            Unknown::NotTold => self.t("unknown.not_told"),
            Unknown::Learning => self.t("unknown.learning"),
            Unknown::NoTimes => self.t("unknown.no_times"),
        }
    }
}
