//! A line of differently styled pieces, measured and cut in cells.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::text::{cut, steady, width};

/// A line of styled pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Strip {
    parts: Vec<(String, Style)>,
}

impl Strip {
    /// An empty line.
    #[must_use]
    pub(super) const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    /// A line of one piece.
    #[must_use]
    pub(super) fn of(text: &str, style: Style) -> Self {
        let mut strip = Self::new();
        strip.push(text, style);
        strip
    }

    /// Adds a piece.
    pub(super) fn push(&mut self, text: &str, style: Style) -> &mut Self {
        if !text.is_empty() {
            self.parts.push((steady(text).into_owned(), style));
        }
        self
    }

    /// Adds blanks.
    pub(super) fn gap(&mut self, cells: usize) -> &mut Self {
        self.parts.push((" ".repeat(cells), Style::new()));
        self
    }

    /// Adds all pieces of another.
    pub(super) fn join(&mut self, other: Self) -> &mut Self {
        self.parts.extend(other.parts);
        self
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|(t, _)| t.trim().is_empty())
    }

    /// Cells it takes.
    #[must_use]
    pub(super) fn width(&self) -> u16 {
        // Blanks at the end are nothing to make room for.
        let shown = self.parts.iter().rposition(|(t, _)| !t.trim().is_empty()).map_or(0, |at| at + 1);
        self.parts.iter().take(shown).fold(0, |sum: u16, (t, _)| sum.saturating_add(width(t)))
    }

    /// Every piece in this style over its own.
    #[must_use]
    pub(super) fn over(mut self, style: Style) -> Self {
        for (_, s) in &mut self.parts {
            *s = s.patch(style);
        }
        self
    }

    /// Every piece in this style alone.
    #[must_use]
    pub(super) fn all_in(mut self, style: Style) -> Self {
        for (_, s) in &mut self.parts {
            *s = style;
        }
        self
    }

    /// Draws it from `x` in at most `max` cells, cut with "…"; returns the cells taken.
    pub(super) fn draw(&self, buf: &mut Buffer, x: u16, y: u16, max: u16) -> u16 {
        let area = *buf.area();
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return 0;
        }
        let max = max.min(area.right() - x);
        let mut used = 0;
        for (text, style) in &self.parts {
            let room = max - used;
            let fitting = cut(text, room);
            let (end, _) = buf.set_stringn(x + used, y, &fitting, usize::from(room), *style);
            used = end.saturating_sub(x);
            if fitting.len() < text.len() || used >= max {
                break;
            }
        }
        used
    }

    /// Draws it so that it ends before `right`, in at most `max` cells.
    pub(super) fn draw_right(&self, buf: &mut Buffer, right: u16, y: u16, max: u16) -> u16 {
        let take = self.width().min(max);
        self.draw(buf, right.saturating_sub(take), y, take)
    }
}

/// Draws plain text; returns the cells taken.
pub(super) fn put(buf: &mut Buffer, x: u16, y: u16, max: u16, text: &str, style: Style) -> u16 {
    Strip::of(text, style).draw(buf, x, y, max)
}
