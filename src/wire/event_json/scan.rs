//! The short way through an object as nearly every sender writes it: a flat one, of known fields, whose values are plain
//! texts and whole numbers. Anything else is left to the general reader, which alone knows what is wrong with it.

use super::wide::{Field, Number, Wide};

/// Digits of a whole number that cannot leave its type.
const DIGITS: usize = 18;

/// Reads `text` into `wide` if all of it is such an object. Where it is not, `wide` may hold some of it.
pub(super) fn scan<'a>(text: &'a str, wide: &mut Wide<'a>) -> bool {
    let mut scan = Scan { text, at: 0 };
    scan.object(wide).is_some()
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn object(&mut self, wide: &mut Wide<'a>) -> Option<()> {
        self.skip_blanks();
        self.take(b'{')?;
        loop {
            self.skip_blanks();
            let field = Field::from_name(self.plain()?.as_bytes())?;
            self.skip_blanks();
            self.take(b':')?;
            self.skip_blanks();
            let fits = match self.peek()? {
                b'"' => wide.put_text(field, self.plain()?),
                b'n' => {
                    self.word("null")?;
                    wide.put_null(field)
                }
                _ => wide.put_number(field, self.whole()?),
            };
            if !fits {
                return None;
            }
            self.skip_blanks();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    self.skip_blanks();
                    return (self.at == self.text.len()).then_some(());
                }
                _ => return None,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// A text without escapes.
    fn plain(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = closing_quote(rest)?;
        let plain = self.text.get(self.at..self.at + length)?;
        self.at += length + 1;
        Some(plain)
    }

    /// A whole number, in the one way JSON allows.
    fn whole(&mut self) -> Option<Number> {
        let below = self.take(b'-').is_some();
        let from = self.at;
        let mut n: i64 = 0;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            if self.at - from >= DIGITS {
                return None;
            }
            n = n * 10 + i64::from(digit - b'0');
            self.at += 1;
        }
        let digits = self.at - from;
        let zeros = digits > 1 && self.text.as_bytes().get(from) == Some(&b'0');
        if digits == 0 || zeros || (below && n == 0) || matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        Some(if below { Number::Below(-n) } else { Number::Whole(n.unsigned_abs()) })
    }
}

/// Where the text ends whose first byte this is; `None` where an escape or a control character comes before, or no end.
/// Eight bytes at a time: of the marked bytes the lowest is so in truth, whatever a borrow did to those above it.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let marks = zero(word ^ (ONES * u64::from(b'"')))
            | zero(word ^ (ONES * u64::from(b'\\')))
            | (word.wrapping_sub(ONES * 0x20) & !word & HIGH);
        if marks != 0 {
            at += (marks.trailing_zeros() / 8) as usize;
            return (bytes.get(at) == Some(&b'"')).then_some(at);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    let end = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20))?;
    (rest.get(end) == Some(&b'"')).then_some(at + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::event_json::wide::{Read, read};
    use proptest::prelude::*;

    #[test]
    fn what_is_not_plain_is_left_to_the_general_reader() {
        for text in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"type":"call.joined"}x"#,
            r#"{"type":"call.joined",}"#,
            r#"{"type":"a\nb"}"#,
            "{\"type\":\"a\u{1}\"}",
            r#"{"type":7}"#,
            r#"{"position":"7"}"#,
            r#"{"position":07}"#,
            r#"{"position":-0}"#,
            r#"{"position":1.5}"#,
            r#"{"position":1e3}"#,
            r#"{"position":1234567890123456789}"#,
            r#"{"surprise":1}"#,
            r#"{"queues":["a"]}"#,
            r#"{"type" "a"}"#,
            r#"{"type":nul}"#,
        ] {
            assert!(!scan(text, &mut Wide::default()), "{text}");
        }
    }

    fn member() -> impl Strategy<Value = String> {
        let name = prop::sample::select(&["type", "id", "ts", "call", "queue", "position", "seq", "age_s", "why"][..]);
        let value = prop_oneof![
            "[ -!#-\\[\\]-~é队]{0,20}".prop_map(|text| format!("\"{text}\"")),
            any::<i64>().prop_map(|n| n.to_string()),
            any::<u16>().prop_map(|n| n.to_string()),
            Just("null".to_owned()),
            Just("-0".to_owned()),
            Just("\"a\\\"b\"".to_owned()),
        ];
        (name, value, "[ \t]{0,2}")
            .prop_map(|(name, value, blank)| format!("{blank}\"{name}\"{blank}:{blank}{value}{blank}"))
    }

    proptest! {
        /// Where the short way says it read all of it, the general reader reads the same.
        #[test]
        fn what_it_reads_is_what_the_general_reader_reads(members in prop::collection::vec(member(), 1..8)) {
            let text = format!("{{{}}}", members.join(","));
            let mut short = Wide::default();
            if scan(&text, &mut short) {
                let mut long = Read::default();
                prop_assert!(matches!(read(&text, &mut long), Ok(true)), "{}", text);
                prop_assert_eq!(format!("{short:?}"), format!("{:?}", long.wide()));
            }
        }

        #[test]
        fn the_quote_found_is_the_first_with_nothing_odd_before(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let odd = bytes.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
            let want = odd.filter(|at| bytes.get(*at) == Some(&b'"'));
            prop_assert_eq!(closing_quote(&bytes), want);
        }
    }
}
