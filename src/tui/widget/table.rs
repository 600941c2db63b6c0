//! A table that sheds columns, least needed first, until it fits.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::text::width;
use crate::tui::theme::Role;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its head.
    pub head: String,
    /// Cells it takes; the head may need more.
    pub width: u16,
    /// Numbers stand on the right.
    pub right: bool,
    /// The higher, the longer it stays; 255 stays always.
    pub keep: u8,
}

impl Column {
    /// A column of numbers.
    #[must_use]
    pub(crate) fn number(head: &str, width: u16, keep: u8) -> Self {
        Self { head: head.to_owned(), width, right: true, keep }
    }

    /// A column of words.
    #[must_use]
    pub(crate) fn words(head: &str, width: u16, keep: u8) -> Self {
        Self { head: head.to_owned(), width, right: false, keep }
    }
}

/// A table ready to draw; the first column takes the room that is left, up to `first_max`.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Rows that are visible, a strip a column.
    pub rows: Vec<Vec<Strip>>,
    /// The chosen row among the visible ones.
    pub chosen: Option<usize>,
    /// The widest the first column becomes.
    pub first_max: u16,
    /// Lines from one row to the next.
    pub pitch: u16,
}

/// Blank between columns.
const GAP: u16 = 2;

/// Which rows stand on screen, page by page, so that the chosen one does.
#[must_use]
pub(crate) fn visible(len: usize, chosen: usize, height: u16) -> Range<usize> {
    let page = usize::from(height).max(1);
    let from = chosen / page * page;
    // The last page is a full one.
    let from = from.min(len.saturating_sub(page));
    from..(from + page).min(len)
}

impl Table {
    /// Draws head and rows.
    pub(crate) fn draw(&self, buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
        if area.is_empty() {
            return;
        }
        let shown = self.fit(area.width);
        let widths = self.widths(&shown, area.width);
        let head = scene.style(Role::Muted);
        self.line(buf, area, area.y, &shown, &widths, |at| {
            self.columns.get(at).map_or_else(Strip::new, |c| Strip::of(&c.head, head))
        });
        for (index, row) in self.rows.iter().enumerate() {
            let Some(y) = u16::try_from(index).ok().and_then(|i| i.checked_mul(self.pitch.max(1))) else { break };
            let y = area.y.saturating_add(1).saturating_add(y);
            if y >= area.bottom() {
                break;
            }
            let chosen = self.chosen == Some(index);
            let style = scene.style(Role::Selection);
            if chosen {
                buf.set_style(Rect { y, height: 1, ..area }, style);
            }
            self.line(buf, area, y, &shown, &widths, |at| {
                let cell = row.get(at).cloned().unwrap_or_default();
                if chosen { cell.over(ground(style)) } else { cell }
            });
        }
    }

    /// Cells of a column. A number is never cut: its column grows instead.
    fn cells(&self, at: usize) -> u16 {
        let Some(column) = self.columns.get(at) else { return 0 };
        let least = column.width.max(width(&column.head));
        if !column.right {
            return least;
        }
        self.rows.iter().filter_map(|row| row.get(at)).map(Strip::width).max().unwrap_or(0).max(least)
    }

    /// Columns that fit, by place.
    fn fit(&self, room: u16) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let need = |shown: &[usize]| {
            let cells: u32 = shown.iter().map(|at| u32::from(self.cells(*at))).sum();
            cells + u32::from(GAP) * u32::try_from(shown.len().saturating_sub(1)).unwrap_or(0)
        };
        while need(&shown) > u32::from(room) {
            let least = shown
                .iter()
                .enumerate()
                .filter_map(|(place, at)| self.columns.get(*at).map(|c| (place, c.keep)))
                .filter(|(_, keep)| *keep < u8::MAX)
                .min_by_key(|(place, keep)| (*keep, std::cmp::Reverse(*place)));
            match least {
                Some((place, _)) => drop(shown.remove(place)),
                None => break,
            }
        }
        shown
    }

    /// Cells of each shown column: the first grows, then the gaps do not, so that rows stay readable.
    fn widths(&self, shown: &[usize], room: u16) -> Vec<u16> {
        let mut widths: Vec<u16> = shown.iter().map(|at| self.cells(*at)).collect();
        let gaps = GAP * u16::try_from(widths.len().saturating_sub(1)).unwrap_or(0);
        let rest: u16 = widths.iter().skip(1).sum::<u16>() + gaps;
        if let Some(first) = widths.first_mut() {
            let free = room.saturating_sub(rest);
            *first = if free < *first { free } else { free.min(self.first_max.max(*first)) };
        }
        let spare = room.saturating_sub(widths.iter().sum::<u16>() + gaps);
        // What the first column does not want widens the others, up to three cells each.
        let others = u16::try_from(widths.len().saturating_sub(1)).unwrap_or(0);
        if let Some(each) = spare.checked_div(others).map(|e| e.min(3)).filter(|e| *e > 0) {
            for w in widths.iter_mut().skip(1) {
                *w += each;
            }
        }
        widths
    }

    fn line(
        &self,
        buf: &mut Buffer,
        area: Rect,
        y: u16,
        shown: &[usize],
        widths: &[u16],
        cell: impl Fn(usize) -> Strip,
    ) {
        let mut x = area.x;
        for (at, w) in shown.iter().zip(widths) {
            let room = (*w).min(area.right().saturating_sub(x));
            if self.columns.get(*at).is_some_and(|c| c.right) {
                cell(*at).draw_right(buf, x + room, y, room);
            } else {
                cell(*at).draw(buf, x, y, room);
            }
            x = x.saturating_add(w + GAP);
        }
    }
}

/// The ground of a style, without its text colour.
fn ground(style: Style) -> Style {
    Style { fg: None, ..style }
}

/// Draws the title of a panel with a line behind it and something said at its right end.
pub(crate) fn title(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, name: &str, said: &Strip) {
    if area.is_empty() {
        return;
    }
    let rule = "─".repeat(usize::from(area.width));
    put(buf, area.x, area.y, area.width, &rule, scene.style(Role::Rule));
    let mut left = Strip::of(name, scene.style(Role::Title));
    left.gap(1);
    let used = left.draw(buf, area.x, area.y, area.width);
    if !said.is_empty() && said.width() + 2 <= area.width.saturating_sub(used) {
        let mut right = Strip::new();
        right.gap(1).join(said.clone());
        right.draw_right(buf, area.right(), area.y, area.width - used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_row_is_always_visible() {
        for (len, chosen, height, want) in [
            (10, 0, 4, 0..4),
            (10, 3, 4, 0..4),
            (10, 4, 4, 4..8),
            (10, 9, 4, 6..10),
            (3, 2, 10, 0..3),
            (0, 0, 5, 0..0),
            (5, 4, 0, 4..5),
        ] {
            assert_eq!(visible(len, chosen, height), want);
        }
    }

    #[test]
    fn columns_go_least_needed_first() {
        let table = Table {
            columns: vec![Column::words("name", 10, 255), Column::number("a", 5, 10), Column::number("b", 5, 20)],
            rows: Vec::new(),
            chosen: None,
            first_max: 30,
            pitch: 1,
        };
        for (room, want) in [(24, vec![0, 1, 2]), (23, vec![0, 2]), (16, vec![0]), (3, vec![0])] {
            assert_eq!(table.fit(room), want, "{room}");
        }
    }
}
