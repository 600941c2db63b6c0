//! Cleaning of text from outside.

use compact_str::CompactString;

/// Takes out what could steer a terminal or hide text (control characters, C1, bidirectional overrides, zero-width
/// and private-use marks, lone line separators) and cuts to `max` characters. White space within becomes one blank each.
#[must_use]
pub fn clean(text: &str, max: usize) -> CompactString {
    let bytes = text.as_bytes();
    if bytes.len() <= max && printable(bytes) {
        let bare = bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ');
        return CompactString::new(if bare { text } else { text.trim() });
    }
    clean_odd(text, max)
}

/// The long way, of text that is longer or has more than printable ASCII.
#[cold]
fn clean_odd(text: &str, max: usize) -> CompactString {
    let kept =
        text.trim().chars().filter_map(|c| if c.is_whitespace() { Some(' ') } else { Some(c).filter(|c| visible(*c)) });
    let mut out: CompactString = kept.skip_while(|c| *c == ' ').take(max).collect();
    let end = out.trim_end().len();
    out.truncate(end);
    out
}

/// Whether all of it is ASCII without control characters; eight bytes at a time, the last of them overlapping.
#[inline]
fn printable(bytes: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Of a byte below 0x20, of one above 0x7f, and (where there is none of those) of 0x7f.
    let odd = |word: u64| ((word.wrapping_sub(ONES * 0x20) & !word) | word | word.wrapping_add(ONES)) & HIGH;
    if let Some(last) = bytes.last_chunk::<8>() {
        let (words, _) = bytes.as_chunks::<8>();
        let all = words.iter().fold(odd(u64::from_le_bytes(*last)), |all, word| all | odd(u64::from_le_bytes(*word)));
        return all == 0;
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            odd(u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))) == 0
        }
        _ => bytes.iter().all(|b| (0x20..0x7f).contains(b)),
    }
}

/// Like [`clean`], for a whole line shown as it came (raw views, logs): what is taken out is shown as `·`.
#[must_use]
pub fn clean_line(bytes: &[u8], max: usize) -> String {
    String::from_utf8_lossy(bytes).chars().take(max).map(|c| if visible(c) { c } else { '·' }).collect()
}

fn visible(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        for (from, to) in [
            ("\u{1b}[31mred\u{1b}[0m", "[31mred[0m"),
            ("a\r\nb\tc", "a  b c"),
            ("\u{9b}2J", "2J"),
            ("evil\u{202e}txt", "eviltxt"),
            ("  张三  ", "张三"),
            ("\0", ""),
            ("\u{200b} hidden first", "hidden first"),
            ("Jürgen Groß", "Jürgen Groß"),
        ] {
            assert_eq!(clean(from, 64), to);
        }
    }

    #[test]
    fn every_byte_is_told_apart_at_every_place() {
        for (length, byte) in (1..20).flat_map(|length| (0..=u8::MAX).map(move |byte| (length, byte))) {
            for place in 0..length {
                let mut bytes = vec![b'x'; length];
                if let Some(b) = bytes.get_mut(place) {
                    *b = byte;
                }
                assert_eq!(printable(&bytes), (0x20..0x7f).contains(&byte), "{byte} at {place} of {length}");
            }
        }
        assert!(printable(b""));
    }

    #[test]
    fn length_is_in_characters_and_bounded() {
        assert_eq!(clean(&"队".repeat(300), 64).chars().count(), 64);
        assert_eq!(clean(&"x".repeat(300), 64).len(), 64);
    }
}
