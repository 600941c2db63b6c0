//! Which signs the terminal can be trusted with; a last pass over the cells brings the screen down to them.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::depth::Depth;
use super::text::width;

/// The signs a terminal shows one cell wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Charset {
    /// Everything.
    #[default]
    Unicode,
    /// Text of any language, but lines, blocks and arrows in ASCII: a terminal that draws ambiguous signs two cells wide.
    WideSigns,
    /// ASCII alone: the locale is not UTF-8.
    Ascii,
}

impl Charset {
    /// From the locale's encoding and `display.ambiguous_width`.
    #[must_use]
    pub const fn of(utf8: bool, ambiguous_width: Option<u8>) -> Self {
        match (utf8, ambiguous_width) {
            (false, _) => Self::Ascii,
            (true, Some(2)) => Self::WideSigns,
            (true, _) => Self::Unicode,
        }
    }

    /// Whether half blocks and the like are out of reach.
    #[must_use]
    pub const fn plain(self) -> bool {
        !matches!(self, Self::Unicode)
    }
}

/// The ASCII stand-in of a sign of one cell.
const fn ascii(sign: char) -> Option<&'static str> {
    Some(match sign {
        '▁' | '▂' => "_",
        '▅' | '▆' | '≤' | '≥' => "=",
        '▇' | '█' | '▐' | '▌' | '■' => "#",
        '▀' | '“' | '”' => "\"",
        '░' | '▏' => ":",
        '▒' | '▓' => "%",
        '▃' | '▄' | '▔' | '─' | '━' | '–' | '—' | '┄' => "-",
        '│' | '┃' => "|",
        '×' => "x",
        '·' | '•' => ".",
        '…' => "~",
        '✓' => "+",
        '▲' => "!",
        '▼' | '↓' => "v",
        '◆' => "*",
        '●' => "o",
        '○' => "O",
        '▶' | '→' | '›' => ">",
        '◀' | '←' => "<",
        '↑' => "^",
        _ => return None,
    })
}

/// Brings every cell down to what the terminal has: its signs and its colours.
pub(super) fn finish(buf: &mut Buffer, charset: Charset, depth: Depth) {
    let area = *buf.area();
    for y in area.top()..area.bottom() {
        let mut covered = 0;
        for x in area.left()..area.right() {
            let Some(cell) = buf.cell_mut(Position { x, y }) else { continue };
            cell.fg = depth.nearest(cell.fg);
            cell.bg = depth.nearest(cell.bg);
            if covered > 0 {
                covered -= 1;
                continue;
            }
            if charset == Charset::Unicode || cell.symbol().is_ascii() {
                covered = width(cell.symbol()).saturating_sub(1);
                continue;
            }
            let cells = width(cell.symbol());
            let stand_in = cell.symbol().chars().next().and_then(ascii).filter(|_| cells == 1);
            match (stand_in, charset) {
                (Some(sign), _) => drop(cell.set_symbol(sign)),
                (None, Charset::Ascii) => drop(cell.set_symbol("?")),
                (None, _) => covered = cells.saturating_sub(1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn ascii_terminals_get_ascii_and_nothing_moves() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        buf.set_string(0, 0, "█队×é ok▁", Style::new());
        finish(&mut buf, Charset::Ascii, Depth::True);
        let row: String = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(row, "#? x? ok_ ");
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        buf.set_string(0, 0, "█队×", Style::new());
        finish(&mut buf, Charset::WideSigns, Depth::True);
        assert_eq!(buf.content().iter().map(ratatui::buffer::Cell::symbol).take(4).collect::<String>(), "#队 x");
    }
}
