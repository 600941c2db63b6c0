//! A screen as SVG: terminal cells with colours and fonts. Blocks are drawn as rectangles, so that big digits and curves
//! have no seams whatever font there is.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::text::width;

/// Size of a cell in pixels.
const CELL: (u32, u32) = (9, 19);
/// From the top of a cell to the text's base line.
const BASE: u32 = 14;
const FONT: &str = "DejaVu Sans Mono, Noto Sans Mono CJK SC, Sarasa Mono SC, Menlo, Consolas, monospace";

/// The cells of a buffer as one SVG image; `paper` and `ink` are the colours of cells that have none.
#[must_use]
pub fn svg(buf: &Buffer, paper: Color, ink: Color) -> String {
    let area = buf.area();
    let (w, h) = (u32::from(area.width) * CELL.0, u32::from(area.height) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
         font-family=\"{FONT}\" font-size=\"14\">\n<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n",
        hex(paper, paper)
    );
    let columns = usize::from(area.width).max(1);
    for (y, row) in buf.content().chunks(columns).enumerate() {
        let y = u32::try_from(y).unwrap_or(0) * CELL.1;
        let mut x = 0;
        let mut covered = 0;
        for cell in row {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let cells = width(cell.symbol()).max(1);
            covered = cells - 1;
            draw(&mut out, cell, (x, y), u32::from(cells) * CELL.0, (paper, ink));
            x += u32::from(cells) * CELL.0;
        }
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, cell: &Cell, (x, y): (u32, u32), wide: u32, (paper, ink): (Color, Color)) {
    let inverse = cell.modifier.contains(Modifier::REVERSED);
    let (fg, bg) = (hex(cell.fg, ink), hex(cell.bg, paper));
    let (fg, bg) = if inverse { (bg, fg) } else { (fg, bg) };
    if inverse || !matches!(cell.bg, Color::Reset) {
        rect(out, (x, y), (wide, CELL.1), &bg);
    }
    let symbol = cell.symbol();
    if symbol.trim().is_empty() || cell.modifier.contains(Modifier::HIDDEN) {
        return;
    }
    let dim = if cell.modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    if let Some((part, at_top)) = block(symbol) {
        let high = CELL.1 * part / 8;
        let top = if at_top { y } else { y + CELL.1 - high };
        rect(out, (x, top), (wide, high), &fg);
        return;
    }
    let bold = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let line = if cell.modifier.contains(Modifier::UNDERLINED) { " text-decoration=\"underline\"" } else { "" };
    // Written to a string, which does not fail.
    let _ = write!(out, "<text x=\"{x}\" y=\"{}\" fill=\"{fg}\"{bold}{line}{dim}>", y + BASE);
    for c in symbol.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.push_str("</text>\n");
}

fn rect(out: &mut String, (x, y): (u32, u32), (w, h): (u32, u32), fill: &str) {
    let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{fill}\"/>");
}

/// Eighths of the cell a block fills, and whether from the top.
fn block(symbol: &str) -> Option<(u32, bool)> {
    Some(match symbol {
        "█" => (8, false),
        "▀" => (4, true),
        "▔" => (1, true),
        "▁" => (1, false),
        "▂" => (2, false),
        "▃" => (3, false),
        "▄" => (4, false),
        "▅" => (5, false),
        "▆" => (6, false),
        "▇" => (7, false),
        _ => return None,
    })
}

fn hex(colour: Color, otherwise: Color) -> String {
    let (r, g, b) = match colour {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Reset => match otherwise {
            Color::Rgb(r, g, b) => (r, g, b),
            _ => (0, 0, 0),
        },
        Color::White => (255, 255, 255),
        Color::Black => (0, 0, 0),
        _ => (160, 160, 160),
    };
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_cannot_break_out_of_the_picture() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 1));
        buf.set_string(0, 0, "<a&\"队列\">", Style::new());
        let picture = svg(&buf, Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255));
        assert!(picture.contains("&lt;") && picture.contains("&amp;") && !picture.contains("<a"));
        assert!(picture.contains("viewBox=\"0 0 108 19\""));
        // The sign after a wide one stands two cells further on.
        assert!(picture.contains(">队</text>\n<text x=\"54\""), "{picture}");
    }
}
