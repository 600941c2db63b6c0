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
            let field = self.name()?;
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

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// The field a name between quotes is of. Most names fit in a word with their closing quote, and are looked up by it.
    #[inline]
    fn name(&mut self) -> Option<Field> {
        self.take(b'"')?;
        let rest = self.text.as_bytes().get(self.at..)?;
        if let Some(chunk) = rest.first_chunk::<8>() {
            let word = u64::from_le_bytes(*chunk);
            let quotes = zero(word ^ (ONES * u64::from(b'"')));
            if quotes != 0 {
                // Everything below the lowest mark: the bytes before the quote.
                let name = word & ((quotes & quotes.wrapping_neg()) - 1) >> 7;
                self.at += (quotes.trailing_zeros() / 8) as usize + 1;
                return short_name(name);
            }
        }
        let length = closing_quote(rest)?;
        self.at += length + 1;
        Field::from_name(rest.get(..length)?)
    }

    /// A text without escapes.
    #[inline]
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

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks the high bit of bytes that are zero: of the marked bytes the lowest is so in truth, whatever a borrow did to
/// those above it.
#[inline]
const fn zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// Names of up to seven bytes as words, each near the place its bits lead to.
const PLACES: usize = 128;

static SHORT: [(u64, Option<Field>); PLACES] = {
    let mut table = [(0, None); PLACES];
    let mut i = 0;
    while i < Field::ALL.len() {
        let (name, field) = Field::ALL[i];
        if name.len() < 8 {
            let (mut word, mut byte) = (0u64, name.len());
            while byte > 0 {
                byte -= 1;
                word = word << 8 | name[byte] as u64;
            }
            let mut place = place(word);
            while table[place].1.is_some() {
                place = (place + 1) % PLACES;
            }
            table[place] = (word, Some(field));
        }
        i += 1;
    }
    table
};

#[inline]
const fn place(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57) as usize
}

/// The field of a name of up to seven bytes, the first of them lowest in the word.
#[inline]
fn short_name(name: u64) -> Option<Field> {
    let mut place = place(name);
    loop {
        let (word, field) = SHORT.get(place)?;
        if *word == name || field.is_none() {
            return *field;
        }
        place = (place + 1) % PLACES;
    }
}

/// Where the text ends whose first byte this is; `None` where an escape or a control character comes before, or no end.
/// Eight bytes at a time.
#[inline]
fn closing_quote(bytes: &[u8]) -> Option<usize> {
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
    use crate::wire::event_json::reader::read;
    use crate::wire::event_json::wide::Read;
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
