//! Figures in digits of our own, drawn with half blocks on a grid of square pixels: one cell is one pixel wide and two
//! high. Every digit of a size is equally wide, so that nothing moves when a figure changes.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// A size of digits, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Width of a digit.
    width: u16,
    /// Height of a digit.
    height: u16,
    /// Thickness of strokes.
    stroke: u16,
    /// Blank between two signs.
    gap: u16,
}

/// The sizes from large to small; rows are half the height, rounded up.
pub(super) const SIZES: [Size; 7] = [
    Size { width: 12, height: 22, stroke: 4, gap: 3 },
    Size { width: 9, height: 17, stroke: 3, gap: 2 },
    Size { width: 7, height: 14, stroke: 2, gap: 2 },
    Size { width: 6, height: 12, stroke: 2, gap: 2 },
    Size { width: 6, height: 10, stroke: 2, gap: 2 },
    Size { width: 5, height: 10, stroke: 2, gap: 1 },
    Size { width: 3, height: 5, stroke: 1, gap: 1 },
];

/// A figure as it is drawn large.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Figure {
    /// Digits, `:`, `.`, `–`, `?`; anything else is drawn as a blank.
    pub digits: String,
    /// What it is measured in, drawn small behind: `%`, `×`, `s`, `h`, or nothing.
    pub unit: Option<char>,
}

impl Figure {
    /// The figure in one line of plain text.
    #[must_use]
    pub(super) fn text(&self) -> String {
        let mut text = self.digits.clone();
        text.extend(self.unit);
        text
    }
}

impl Size {
    /// Rows of cells.
    #[must_use]
    pub(super) const fn rows(self) -> u16 {
        self.height.div_ceil(2)
    }

    /// Cells a figure takes.
    #[must_use]
    pub(super) fn cells(self, figure: &Figure) -> u16 {
        let digits = figure.digits.chars().map(|c| self.advance(c) + self.gap).sum::<u16>();
        let unit = figure.unit.map_or(0, |u| self.unit_cells(u) + self.gap);
        (digits + unit).saturating_sub(self.gap)
    }

    /// Whether it needs half blocks, which plain terminals do not have.
    #[must_use]
    pub(super) const fn halves(self) -> bool {
        self.stroke % 2 == 1 || (self.height / 2 - self.stroke / 2) % 2 == 1
    }

    fn advance(self, c: char) -> u16 {
        match c {
            ':' | '.' => self.stroke,
            _ => self.width,
        }
    }

    fn unit_cells(self, unit: char) -> u16 {
        let drawn = unit_picture(unit).and_then(|rows| u16::try_from(rows.first()?.len()).ok());
        if self.stroke == 1 { 1 } else { drawn.unwrap_or(0) }
    }

    /// Draws a figure from the area's upper left corner, as far as there is room; `round` takes the corners off.
    pub(super) fn draw(self, buf: &mut Buffer, area: Rect, figure: &Figure, style: Style, round: bool) {
        let mut x = area.x;
        for c in figure.digits.chars() {
            let w = self.advance(c);
            paint(buf, area, (x, 0), (w, self.height), style, |px, py| self.pixel(c, px, py, round));
            x = x.saturating_add(w + self.gap);
        }
        let Some(unit) = figure.unit else { return };
        if self.stroke == 1 {
            let at = Position { x, y: area.y + self.rows().saturating_sub(2) };
            if area.contains(at) {
                buf.set_stringn(at.x, at.y, unit.to_string(), 1, style);
            }
        } else if let Some(rows) = unit_picture(unit) {
            let size = (self.unit_cells(unit), 6);
            // Stands on the line the digits stand on, in whole rows.
            let top = (self.rows() * 2).saturating_sub(6).saturating_sub(self.height % 2 * 2);
            paint(buf, area, (x, top), size, style, |px, py| {
                rows.get(usize::from(py)).and_then(|r| r.as_bytes().get(usize::from(px))) == Some(&b'#')
            });
        }
    }

    #[expect(clippy::many_single_char_names, reason = "geometry: place, width, height, stroke")]
    fn pixel(self, c: char, x: u16, y: u16, round: bool) -> bool {
        let (w, h, s) = (self.width, self.height, self.stroke);
        if x >= self.advance(c) || y >= h {
            return false;
        }
        let mid = (h - s) / 2;
        let third = (h - 2 * s) / 3;
        match c {
            ':' => (third..third + s).contains(&y) || (h - s - third..h - third).contains(&y),
            '.' => y >= h - s,
            '–' => (mid..mid + s).contains(&y) && x >= w / 6 && x < w - w / 6,
            '1' => {
                let stem = (w - s).div_ceil(2);
                (stem..stem + s).contains(&x) || (y < s.max(2) && y >= s / 2 && x < stem && x + s >= stem)
            }
            '?' => {
                let stem = (w - s) / 2;
                let hook = y < s || (x >= w - s && y < mid + s) || ((mid..mid + s).contains(&y) && x >= stem);
                let tail = (stem..stem + s).contains(&x) && ((mid..h - 2 * s).contains(&y) || y >= h - s);
                hook || tail || (x < s && y < s + s / 2)
            }
            _ => {
                let Some(segments) = segments(c) else { return false };
                let lit = |bit: u8| segments & (1 << bit) != 0;
                let (left, right, upper, lower) = (x < s, x >= w - s, y < mid + s, y >= mid);
                let on = (lit(0) && y < s)
                    || (lit(1) && right && upper)
                    || (lit(2) && right && lower)
                    || (lit(3) && y >= h - s)
                    || (lit(4) && left && lower)
                    || (lit(5) && left && upper)
                    || (lit(6) && (mid..mid + s).contains(&y));
                // Where two strokes meet at an outer corner, its pixel is taken off.
                let corner = (x == 0 && y == 0 && lit(0) && lit(5))
                    || (x == w - 1 && y == 0 && lit(0) && lit(1))
                    || (x == 0 && y == h - 1 && lit(3) && lit(4))
                    || (x == w - 1 && y == h - 1 && lit(3) && lit(2));
                on && !(round && s > 1 && corner)
            }
        }
    }
}

/// Fills cells from pixels; `at` is the cell column and pixel row of the picture's corner.
fn paint(buf: &mut Buffer, area: Rect, at: (u16, u16), size: (u16, u16), style: Style, on: impl Fn(u16, u16) -> bool) {
    for row in 0..size.1.div_ceil(2) {
        for px in 0..size.0 {
            let sign = match (on(px, row * 2), on(px, row * 2 + 1)) {
                (true, true) => "█",
                (true, false) => "▀",
                (false, true) => "▄",
                (false, false) => continue,
            };
            let place = Position { x: at.0.saturating_add(px), y: area.y + at.1 / 2 + row };
            if area.contains(place)
                && let Some(cell) = buf.cell_mut(place)
            {
                cell.set_symbol(sign).set_style(style);
            }
        }
    }
}

/// The lit ones of seven segments: top, upper right, lower right, bottom, lower left, upper left, middle.
const fn segments(c: char) -> Option<u8> {
    Some(match c {
        '0' => 0b011_1111,
        '2' => 0b101_1011,
        '3' => 0b100_1111,
        '4' => 0b110_0110,
        '5' => 0b110_1101,
        '6' => 0b111_1101,
        '7' => 0b000_0111,
        '8' => 0b111_1111,
        '9' => 0b110_1111,
        _ => return None,
    })
}

/// Units on a grid six pixels high.
const fn unit_picture(unit: char) -> Option<[&'static str; 6]> {
    Some(match unit {
        '%' => ["##..#", "##.##", "...#.", "..#..", "##.##", "#..##"],
        '×' => [".....", "#...#", ".#.#.", "..#..", ".#.#.", "#...#"],
        's' => ["....", ".###", "#...", ".##.", "...#", "###."],
        'h' => ["#...", "#...", "###.", "#..#", "#..#", "#..#"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(size: Size, digits: &str) -> Vec<String> {
        let figure = Figure { digits: digits.to_owned(), unit: None };
        let area = Rect::new(0, 0, size.cells(&figure), size.rows());
        let mut buf = Buffer::empty(area);
        size.draw(&mut buf, area, &figure, Style::new(), true);
        let row =
            |y| (0..area.width).filter_map(|x| buf.cell((x, y))).map(|c| c.symbol().to_owned()).collect::<String>();
        (0..area.height).map(row).collect()
    }

    #[test]
    fn digits_of_the_smallest_size_are_what_they_are() {
        let [.., small] = SIZES;
        assert_eq!(picture(small, "08"), ["█▀█ █▀█", "█ █ █▀█", "▀▀▀ ▀▀▀"]);
        assert_eq!(picture(small, "4:7"), ["█ █ ▄ ▀▀█", "▀▀█ ▄   █", "  ▀     ▀"]);
    }

    #[test]
    fn every_sign_differs_from_every_other_in_every_size() {
        for size in SIZES {
            let pictures: Vec<_> = "0123456789–?".chars().map(|c| picture(size, &c.to_string())).collect();
            for (at, one) in pictures.iter().enumerate() {
                assert!(one.iter().any(|row| !row.trim().is_empty()));
                assert!(pictures.iter().skip(at + 1).all(|other| other != one), "{size:?} {at}");
            }
        }
    }

    #[test]
    fn a_figure_never_draws_outside_its_area() {
        for size in SIZES {
            let mut buf = Buffer::empty(Rect::new(0, 0, 12, 9));
            let figure = Figure { digits: "88:88".into(), unit: Some('%') };
            size.draw(&mut buf, Rect::new(2, 2, 5, 3), &figure, Style::new(), true);
            for (at, cell) in (0u16..).zip(buf.content()) {
                let (x, y) = (at % 12, at / 12);
                assert!(cell.symbol() == " " || ((2..7).contains(&x) && (2..5).contains(&y)), "{size:?}");
            }
        }
    }
}
