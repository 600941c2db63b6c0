//! Callers: a keyed hash and a masked number, never the number itself.

use compact_str::CompactString;
use siphasher::sip::SipHasher24;
use std::fmt;
use std::hash::Hasher as _;
use std::num::NonZeroU64;

/// The keyed hash of a caller's number: tells callers apart, and says nothing without the installation's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallerKey(NonZeroU64);

impl CallerKey {
    /// A key of this value; 0 is no key, and taken for 1.
    #[must_use]
    pub const fn new(key: u64) -> Self {
        Self(match NonZeroU64::new(key) {
            Some(key) => key,
            None => NonZeroU64::MIN,
        })
    }

    /// The key as a number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Debug for CallerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for CallerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A caller as the floor knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Tells callers apart.
    pub key: CallerKey,
    /// The number with its middle hidden, like `138****5678`; for roles that may see it. May be empty (a journal).
    pub masked: CompactString,
}

/// Makes [`Caller`]s with the key of this installation (16 random bytes, kept in a file only its owner reads).
#[derive(Clone)]
pub struct CallerHasher {
    key: [u8; 16],
}

impl CallerHasher {
    /// With the installation's key.
    #[must_use]
    pub const fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The caller of a number as a source writes it, or `None` where there is none: empty, `anonymous`, `unknown` or
    /// `<unknown>`, or fewer than three digits and letters. Blanks, dashes and brackets do not make another caller.
    #[must_use]
    pub fn caller(&self, number: &str) -> Option<Caller> {
        let number = number.trim();
        if number.is_empty()
            || ["anonymous", "unknown", "<unknown>", "restricted", "private"]
                .iter()
                .any(|w| number.eq_ignore_ascii_case(w))
        {
            return None;
        }
        let plain = if number.len() <= 64 && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') {
            CompactString::new(number)
        } else {
            number.chars().filter(|c| c.is_alphanumeric() || *c == '+').take(64).collect()
        };
        if plain.chars().count() < 3 {
            return None;
        }
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(plain.as_bytes());
        Some(Caller { key: CallerKey::new(hasher.finish()), masked: mask(&plain) })
    }
}

impl fmt::Debug for CallerHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallerHasher")
    }
}

/// Hides the middle: the first three and last four characters stay of a number of eleven or more, fewer of a shorter one.
fn mask(number: &str) -> CompactString {
    let n = number.chars().count();
    let (head, tail) = if n >= 11 {
        (3, 4)
    } else if n >= 7 {
        (2, 2)
    } else {
        (0, 1)
    };
    if number.is_ascii()
        && let (Some(first), Some(last)) = (number.get(..head), number.get(n.saturating_sub(tail)..))
    {
        let mut masked = CompactString::with_capacity(n);
        masked.push_str(first);
        (head + tail..n).for_each(|_| masked.push('*'));
        masked.push_str(last);
        return masked;
    }
    number.chars().enumerate().map(|(i, c)| if i < head || i + tail >= n { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_is_the_same_caller_however_it_is_written() {
        let h = CallerHasher::new([7; 16]);
        let a = h.caller("138 1234-5678").map(|c| c.key);
        assert!(a.is_some());
        assert_eq!(a, h.caller("13812345678").map(|c| c.key));
        assert_ne!(a, CallerHasher::new([8; 16]).caller("13812345678").map(|c| c.key));
    }

    #[test]
    fn numbers_are_masked_and_nobody_is_nobody() {
        let h = CallerHasher::new([0; 16]);
        assert_eq!(h.caller("13812345678").map(|c| c.masked).as_deref(), Some("138****5678"));
        assert_eq!(h.caller("8005551").map(|c| c.masked).as_deref(), Some("80***51"));
        assert_eq!(h.caller("1005").map(|c| c.masked).as_deref(), Some("***5"));
        for none in ["", " ", "<unknown>", "Anonymous", "--", "\u{1b}["] {
            assert_eq!(h.caller(none), None, "{none}");
        }
    }
}
