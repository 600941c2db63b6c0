//! A screen as text, plain or with ANSI styles: for tests, and for pictures of the product.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use crate::model::Time;
use crate::snapshot::Snapshot;

use super::draw::view;
use super::text::width;
use super::ui::Ui;

/// Draws a screen of so many columns and rows into a buffer of its own.
#[must_use]
pub fn draw_to_buffer(snapshot: &Snapshot, ui: &Ui, size: (u16, u16), now: Time) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    view(&mut buf, ui, snapshot, now);
    buf
}

/// A screen as text, a line a row, blanks at the ends of lines left out.
#[must_use]
pub fn draw_to_text(snapshot: &Snapshot, ui: &Ui, size: (u16, u16), now: Time) -> String {
    let buf = draw_to_buffer(snapshot, ui, size, now);
    let mut out = String::new();
    for row in rows(&buf) {
        let line: String = cells(row).map(Cell::symbol).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A screen as text with ANSI styles, each line ending in a reset.
#[must_use]
pub fn draw_to_ansi(snapshot: &Snapshot, ui: &Ui, size: (u16, u16), now: Time) -> String {
    let buf = draw_to_buffer(snapshot, ui, size, now);
    let mut out = String::new();
    for row in rows(&buf) {
        let mut last = None;
        for cell in cells(row) {
            let look = (cell.fg, cell.bg, cell.modifier);
            if last != Some(look) {
                out.push_str(&sgr(look.0, look.1, look.2));
                last = Some(look);
            }
            out.push_str(cell.symbol());
        }
        out.push_str("\u{1b}[0m\n");
    }
    out
}

fn rows(buf: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buf.content().chunks(usize::from(buf.area().width).max(1))
}

/// Cells of a row, those covered by a wide sign before them left out.
fn cells(row: &[Cell]) -> impl Iterator<Item = &Cell> {
    let mut covered = 0;
    row.iter().filter(move |cell| {
        if covered > 0 {
            covered -= 1;
            return false;
        }
        covered = width(cell.symbol()).saturating_sub(1);
        true
    })
}

/// The escape sequence of a style, from a reset.
fn sgr(fg: Color, bg: Color, modifier: Modifier) -> String {
    let mut out = String::from("\u{1b}[0");
    for (bit, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ] {
        if modifier.contains(bit) {
            let _ = write!(out, ";{code}");
        }
    }
    for (colour, base) in [(fg, 30), (bg, 40)] {
        let _ = match colour {
            Color::Rgb(r, g, b) => write!(out, ";{};2;{r};{g};{b}", base + 8),
            Color::Indexed(i) => write!(out, ";{};5;{i}", base + 8),
            Color::Reset => Ok(()),
            named => match named_index(named) {
                n @ 0..8 => write!(out, ";{}", base + n),
                n => write!(out, ";{}", base + 60 + n - 8),
            },
        };
    }
    out.push('m');
    out
}

const fn named_index(colour: Color) -> u16 {
    match colour {
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        _ => 0,
    }
}
