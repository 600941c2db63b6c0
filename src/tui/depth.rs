//! How many colours the terminal has, and the nearest of them.

use ratatui::style::Color;

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Depth {
    /// None (`NO_COLOR`, a terminal called dumb): the mono theme is drawn, whichever is chosen.
    None,
    /// The sixteen.
    Sixteen,
    /// The 256.
    #[default]
    Indexed,
    /// All.
    True,
}

impl Depth {
    /// From the environment: `NO_COLOR` (set and not empty), `COLORTERM`, `TERM`.
    #[must_use]
    pub fn of(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|v| !v.is_empty())
            || term == "dumb"
            || term.starts_with("vt1")
            || term.starts_with("vt2")
        {
            return Self::None;
        }
        if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            return Self::True;
        }
        if term.contains("256") || colorterm.is_some_and(|v| !v.is_empty()) { Self::Indexed } else { Self::Sixteen }
    }

    /// The nearest colour the terminal has.
    #[must_use]
    pub fn nearest(self, colour: Color) -> Color {
        let Color::Rgb(r, g, b) = colour else { return colour };
        match self {
            Self::True => colour,
            Self::None => Color::Reset,
            Self::Indexed => Color::Indexed(indexed(r, g, b)),
            Self::Sixteen => sixteen(r, g, b),
        }
    }
}

/// Steps of the 6×6×6 cube of the 256 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn far(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let d = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    // Eyes see green best, blue least.
    3 * d(a.0, b.0) + 4 * d(a.1, b.1) + 2 * d(a.2, b.2)
}

fn indexed(r: u8, g: u8, b: u8) -> u8 {
    let nearest = |v: u8| (0u8..).zip(STEPS).min_by_key(|(_, s)| s.abs_diff(v)).unwrap_or((0, 0));
    let ((ri, rs), (gi, gs), (bi, bs)) = (nearest(r), nearest(g), nearest(b));
    let cube = (16 + 36 * ri + 6 * gi + bi, (rs, gs, bs));
    let greys = (0u8..24).map(|i| (232 + i, (8 + 10 * i, 8 + 10 * i, 8 + 10 * i)));
    greys.chain([cube]).min_by_key(|(_, c)| far(*c, (r, g, b))).map_or(cube.0, |(i, _)| i)
}

fn sixteen(r: u8, g: u8, b: u8) -> Color {
    // Hue decides where there is any; grey goes by lightness.
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    if high.saturating_sub(low) < 40 {
        return match high {
            0..=59 => Color::Black,
            60..=119 => Color::DarkGray,
            120..=229 => Color::Gray,
            _ => Color::White,
        };
    }
    let on = |v: u8| u16::from(v.saturating_sub(low)) * 2 > u16::from(high - low);
    match (on(r), on(g), on(b), high > 150) {
        (true, true, true, _) => Color::White,
        (true, true, false, true) => Color::LightYellow,
        (true, true, false, false) => Color::Yellow,
        (true, false, true, true) => Color::LightMagenta,
        (true, false, true, false) => Color::Magenta,
        (true, false, false, true) => Color::LightRed,
        (true, false, false, false) => Color::Red,
        (false, true, true, true) => Color::LightCyan,
        (false, true, true, false) => Color::Cyan,
        (false, true, false, true) => Color::LightGreen,
        (false, true, false, false) => Color::Green,
        (false, false, _, true) => Color::LightBlue,
        (false, false, _, false) => Color::Blue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        for (no_color, colorterm, term, want) in [
            (Some("1"), Some("truecolor"), Some("xterm-256color"), Depth::None),
            (Some(""), Some("truecolor"), Some("xterm-256color"), Depth::True),
            (None, None, Some("xterm-256color"), Depth::Indexed),
            (None, None, Some("linux"), Depth::Sixteen),
            (None, None, Some("xterm"), Depth::Sixteen),
            (None, None, Some("dumb"), Depth::None),
            (None, None, None, Depth::Sixteen),
        ] {
            assert_eq!(Depth::of(no_color, colorterm, term), want, "{no_color:?} {colorterm:?} {term:?}");
        }
    }

    #[test]
    fn the_nearest_colour_is_near() {
        assert_eq!(Depth::Indexed.nearest(Color::Rgb(255, 255, 255)), Color::Indexed(231));
        assert_eq!(Depth::Indexed.nearest(Color::Rgb(0, 0, 0)), Color::Indexed(16));
        assert_eq!(Depth::Indexed.nearest(Color::Rgb(8, 8, 8)), Color::Indexed(232));
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(14, 19, 25)), Color::Black);
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(242, 214, 75)), Color::LightYellow);
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(255, 138, 76)), Color::LightRed);
        assert_eq!(Depth::True.nearest(Color::Rgb(1, 2, 3)), Color::Rgb(1, 2, 3));
        assert_eq!(Depth::Sixteen.nearest(Color::Green), Color::Green);
    }
}
