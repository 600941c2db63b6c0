//! The C escapes Asterisk puts into names of callers.

use std::borrow::Cow;

/// Undoes the escapes of `CallerIDName` and `ConnectedLineName` (`John O\'Neil`): a backslash before `\`, a quote, a
/// question mark or one of the letters for control characters. Member names are not escaped; do not pass them.
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('a') => out.push('\u{7}'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('v') => out.push('\u{b}'),
            Some(plain @ ('\\' | '\'' | '"' | '?')) => out.push(plain),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_of_names_are_undone() {
        for (from, to) in [
            ("Anna Meyer", "Anna Meyer"),
            ("John O\\'Neil", "John O'Neil"),
            ("\\\"Bob\\\" \\\\ \\?", "\"Bob\" \\ ?"),
            ("a\\nb", "a\nb"),
            ("Jürgen\\x", "Jürgen\\x"),
            ("end\\", "end\\"),
        ] {
            assert_eq!(unescape(from), to);
        }
    }
}
