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

/// The cells of a buffer as one SVG image; `paper` and `ink` are the colours of cells that have none. Neighbours that look
/// alike are one element, so that a picture stays small.
#[must_use]
pub fn svg(buf: &Buffer, paper: Color, ink: Color) -> String {
    let area = buf.area();
    let (w, h) = (u32::from(area.width) * CELL.0, u32::from(area.height) * CELL.1);
    let paper = hex(buf.content().first().map_or(paper, |c| c.bg), paper);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
         font-family=\"{FONT}\" font-size=\"14\">\n<rect width=\"{w}\" height=\"{h}\" fill=\"{paper}\"/>\n"
    );
    let columns = usize::from(area.width).max(1);
    for (y, row) in buf.content().chunks(columns).enumerate() {
        let y = u32::try_from(y).unwrap_or(0) * CELL.1;
        let shown: Vec<Shown> = shown(row, &paper, ink);
        runs(
            &shown,
            |c| c.bg.clone(),
            |x, wide, bg, _| {
                if *bg != paper {
                    rect(&mut out, (x, y), (wide, CELL.1), bg);
                }
            },
        );
        runs(
            &shown,
            |c| (c.block, c.fg.clone()),
            |x, wide, (part, fg), _| {
                if let Some(block) = *part {
                    let wide = if block.half { CELL.0 / 2 } else { wide };
                    rect(&mut out, (x, y + block.top), (wide, block.high), fg);
                }
            },
        );
        runs(
            &shown,
            |c| (c.text.is_some(), c.wide, c.fg.clone(), c.look),
            |x, wide, (is_text, _, fg, look), cells| {
                if *is_text {
                    text(&mut out, (x, y), wide, (fg, look), cells.iter().filter_map(|c| c.text));
                }
            },
        );
    }
    out.push_str("</svg>\n");
    out
}

/// A cell as it is drawn.
struct Shown<'a> {
    wide: u32,
    fg: String,
    bg: String,
    look: &'static str,
    block: Option<Block>,
    text: Option<&'a str>,
}

fn shown<'a>(row: &'a [Cell], paper: &str, ink: Color) -> Vec<Shown<'a>> {
    let mut covered = 0;
    let mut all = Vec::new();
    for cell in row {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let symbol = cell.symbol();
        let cells = width(symbol).max(1);
        covered = cells - 1;
        let (fg, bg) = (hex(cell.fg, ink), if cell.bg == Color::Reset { paper.to_owned() } else { hex(cell.bg, ink) });
        let (fg, bg) = if cell.modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) };
        let block = block(symbol);
        let visible = block.is_none() && !symbol.trim().is_empty() && !cell.modifier.contains(Modifier::HIDDEN);
        let has = |m| cell.modifier.contains(m);
        let look = match (has(Modifier::BOLD), has(Modifier::DIM), has(Modifier::UNDERLINED)) {
            (true, _, true) => " font-weight=\"bold\" text-decoration=\"underline\"",
            (true, _, false) => " font-weight=\"bold\"",
            (false, true, _) => " opacity=\"0.6\"",
            (false, false, true) => " text-decoration=\"underline\"",
            (false, false, false) => "",
        };
        let wide = u32::from(cells) * CELL.0;
        all.push(Shown { wide, fg, bg, look, block, text: visible.then_some(symbol) });
    }
    all
}

/// Calls `with` for each longest run of cells that have the same `key`: where it begins, how wide it is, the key, the cells.
fn runs<'a, K: PartialEq>(
    cells: &[Shown<'a>],
    key: impl Fn(&Shown<'a>) -> K,
    mut with: impl FnMut(u32, u32, &K, &[Shown<'a>]),
) {
    let mut x = 0;
    for run in cells.chunk_by(|a, b| key(a) == key(b)) {
        let wide = run.iter().map(|c| c.wide).sum();
        if let Some(first) = run.first() {
            with(x, wide, &key(first), run);
        }
        x += wide;
    }
}

fn text<'a>(
    out: &mut String,
    (x, y): (u32, u32),
    wide: u32,
    (fg, look): (&str, &str),
    symbols: impl Iterator<Item = &'a str>,
) {
    // Written to a string, which does not fail. The length pins the cells whatever font there is.
    let _ = write!(out, "<text x=\"{x}\" y=\"{}\" textLength=\"{wide}\" fill=\"{fg}\"{look}>", y + BASE);
    for c in symbols.flat_map(str::chars) {
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

/// What a block sign fills of its cell: from which pixel row, how many; the half blocks on the left stand for themselves.
fn block(symbol: &str) -> Option<Block> {
    let from_below = |eighths: u32| {
        let high = CELL.1 * eighths / 8;
        Some(Block { top: CELL.1 - high, high, half: false })
    };
    match symbol {
        "█" => from_below(8),
        "▁" => from_below(1),
        "▂" => from_below(2),
        "▃" => from_below(3),
        "▄" => from_below(4),
        "▅" => from_below(5),
        "▆" => from_below(6),
        "▇" => from_below(7),
        "▀" => Some(Block { top: 0, high: CELL.1 - CELL.1 / 2, half: false }),
        "▔" => Some(Block { top: 0, high: CELL.1 / 8, half: false }),
        "─" => Some(Block { top: CELL.1 / 2, high: 1, half: false }),
        "▌" => Some(Block { top: 0, high: CELL.1, half: true }),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    top: u32,
    high: u32,
    /// The left half of the cell alone.
    half: bool,
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
        assert!(picture.contains("<text x=\"36\" y=\"14\" textLength=\"36\""), "{picture}");
    }
}
