//! What every panel draws with: what is shown, in which language, styles and instant.

use ratatui::style::Style;

use crate::config::Theme;
use crate::locale::Texts;
use crate::model::Time;
use crate::snapshot::{Mode, Snapshot};

use super::depth::Depth;
use super::theme::{Palette, Role};
use super::ui::Ui;

/// All a panel needs to draw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    /// The view state.
    pub ui: &'a Ui,
    /// What the body shows: the newest, or the held picture.
    pub snapshot: &'a Snapshot,
    /// The instant the body stands for.
    pub now: Time,
    /// The newest: incidents and badges are always of it.
    pub newest: &'a Snapshot,
    /// The instant it is.
    pub live_now: Time,
    /// Texts.
    pub texts: &'static Texts,
    /// Styles.
    pub palette: &'static Palette,
}

impl<'a> Scene<'a> {
    /// What is drawn with for this view state, snapshot and instant.
    #[must_use]
    pub(super) fn new(ui: &'a Ui, newest: &'a Snapshot, now: Time) -> Self {
        let live_now = match newest.mode {
            Mode::Live => now.max(newest.at),
            // Their time is their own.
            Mode::Demo | Mode::Replay { .. } => newest.at,
        };
        let theme = if ui.depth == Depth::None { Theme::Mono } else { ui.theme };
        let snapshot = ui.shown(newest);
        let now = if ui.frozen.is_some() { snapshot.at } else { live_now };
        Self { ui, snapshot, now, newest, live_now, texts: Texts::get(ui.lang), palette: Palette::get(theme) }
    }

    /// The style of a role.
    #[must_use]
    pub(super) fn style(&self, role: Role) -> Style {
        self.palette.of(role)
    }

    /// A text.
    #[must_use]
    pub(super) fn t(&self, key: &'a str) -> &'a str {
        self.texts.t(key)
    }

    /// A text with values.
    #[must_use]
    pub(super) fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.texts.fill(key, values)
    }

    /// Local time of day at the site.
    #[must_use]
    pub(super) fn clock(&self, at: Time) -> String {
        super::format::clock(&self.snapshot.zone, at)
    }
}
