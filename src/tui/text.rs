//! Widths in cells: measuring, cutting and wrapping text that may be Chinese.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use ratatui::style::Style;
use ratatui::text::Span;

/// Cells a text takes.
#[must_use]
pub(super) fn width(text: &str) -> u16 {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return u16::try_from(text.len()).unwrap_or(u16::MAX);
    }
    // The same division into graphemes the buffer makes.
    Span::raw(text).styled_graphemes(Style::new()).fold(0, |sum: u16, g| sum.saturating_add(cells(g.symbol)))
}

fn cells(grapheme: &str) -> u16 {
    if grapheme.contains(char::is_control) { 0 } else { grapheme.cell_width() }
}

/// A word as it stands at the start of a line.
#[must_use]
pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A text without what terminals do not agree on: skin tones and keycaps are taken out, flags become their letters.
#[must_use]
pub(super) fn steady(text: &str) -> Cow<'_, str> {
    let odd = |c: char| matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{20e3}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{ff9e}' | '\u{ff9f}');
    if text.is_ascii() || !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter_map(|c| match c {
                '\u{1f1e6}'..='\u{1f1ff}' => char::from_u32(u32::from(c) - 0x1f1e6 + u32::from('A')),
                // Reckoned two cells wide by the buffer, drawn one wide: as a combining mark both agree.
                '\u{ff9e}' => Some('\u{3099}'),
                '\u{ff9f}' => Some('\u{309a}'),
                c if odd(c) => None,
                c => Some(c),
            })
            .collect(),
    )
}

/// A text of at most so many cells; one that is longer ends in "…".
#[must_use]
pub(super) fn cut(text: &str, max: u16) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    if max == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    let mut used = 0;
    let whole = Span::raw(text);
    for g in whole.styled_graphemes(Style::new()) {
        let w = cells(g.symbol);
        if used + w > max - 1 {
            break;
        }
        used += w;
        out.push_str(g.symbol);
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('…');
    Cow::Owned(out)
}

/// A text in lines of at most so many cells, broken at blanks, and anywhere within Chinese.
#[must_use]
pub(super) fn wrap(text: &str, max: u16) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    if max == 0 {
        return lines;
    }
    for word in words(text) {
        let w = width(word.trim_end());
        if used > 0 && used + w > max {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        let kept = cut(word, if w > max { max } else { u16::MAX });
        used = used.saturating_add(width(&kept));
        line.push_str(&kept);
    }
    if !line.trim_end().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Pieces that stay together: a word with the blanks after it, or one wide character with the closing mark after it.
fn words(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let wide = |c: char| c.len_utf8() > 2 && width(c.encode_utf8(&mut [0; 4])) == 2;
        let closing = |c: char| matches!(c, '，' | '。' | '；' | '：' | '、' | '）' | '”' | '！' | '？');
        let breaks =
            before.is_some_and(|b| (b == ' ' && c != ' ') || (wide(b) && !closing(c)) || (wide(c) && !closing(c)));
        if breaks && at > start {
            pieces.extend(text.get(start..at));
            start = at;
        }
        before = Some(c);
    }
    pieces.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_in_cells() {
        for (text, want) in
            [("", 0), ("abc", 3), ("排队", 4), ("é", 1), ("e\u{301}", 1), ("▁█", 2), ("×", 1), ("a队b", 4)]
        {
            assert_eq!(width(text), want, "{text:?}");
        }
    }

    #[test]
    fn a_cut_text_never_takes_more_cells() {
        for (text, max, want) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 4, "abc…"),
            ("排队人数", 8, "排队人数"),
            ("排队人数", 7, "排队人…"),
            ("排队人数", 6, "排队…"),
            ("排队人数", 1, "…"),
            ("排队人数", 0, ""),
            ("two words", 5, "two…"),
        ] {
            assert_eq!(cut(text, max), want, "{text} {max}");
            assert!(width(&cut(text, max)) <= max);
        }
    }

    #[test]
    fn lines_are_broken_at_blanks_and_within_chinese() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("排队人数，等待", 8), ["排队人", "数，等待"]);
        assert_eq!(wrap("abcdefghij", 4), ["abc…"]);
        assert!(wrap("", 4).is_empty());
        assert!(wrap("x", 0).is_empty());
    }

    #[test]
    fn what_terminals_draw_differently_is_taken_out() {
        assert_eq!(steady("👍\u{1f3fd} ok"), "👍 ok");
        assert_eq!(steady("\u{1f1e8}\u{1f1f3}"), "CN");
        assert_eq!(steady("Jürgen"), "Jürgen");
    }
}
