//! Seconds since the Unix epoch, as Asterisk and the index of a capture write them.

use crate::model::Time;

/// Reads `SECONDS[.FRACTION]` since the Unix epoch, as Asterisk and the index write it, to the microsecond.
#[must_use]
pub fn seconds(text: &[u8]) -> Option<Time> {
    if let Some(micros) = stamp(text) {
        return Some(Time::from_micros(micros));
    }
    let point = text.iter().position(|b| *b == b'.').unwrap_or(text.len());
    let mut micros = digits(text.get(..point)?)?.checked_mul(1_000_000)?;
    let mut scale = 100_000;
    for digit in text.get(point + 1..).unwrap_or_default() {
        if !digit.is_ascii_digit() {
            return None;
        }
        micros = micros.saturating_add(i64::from(digit - b'0') * scale);
        scale /= 10;
    }
    Some(Time::from_micros(micros))
}

/// Microseconds of a time stamp as it is of nearly all: ten digits, a point, six digits.
fn stamp(text: &[u8]) -> Option<i64> {
    let text = <&[u8; 17]>::try_from(text).ok()?;
    let [.., tens, ones, b'.', _, _, _, _, _, _] = text else { return None };
    let (high, fraction) = (u64::from_le_bytes(*text.first_chunk()?), u64::from_le_bytes(*text.last_chunk()?));
    if !(tens.is_ascii_digit() && ones.is_ascii_digit()) {
        return None;
    }
    // The last eight bytes are a digit, the point and the fraction: two zeros in place of the first two.
    let (high, fraction) = (eight_digits(high)?, eight_digits((fraction & !0xffff) | 0x3030)?);
    Some(high * 100_000_000 + i64::from(tens - b'0') * 10_000_000 + i64::from(ones - b'0') * 1_000_000 + fraction)
}

/// The number eight ASCII digits write, the first in the lowest byte: neighbours are put together, then pairs, then fours.
fn eight_digits(text: u64) -> Option<i64> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    if text & HIGH != ZEROS || text.wrapping_add(0x0606_0606_0606_0606) & HIGH != ZEROS {
        return None;
    }
    let ones = text & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (ones.wrapping_mul((10 << 8) | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul((100 << 16) | 1) >> 16) & 0x0000_ffff_0000_ffff;
    i64::try_from(fours.wrapping_mul((10_000 << 32) | 1) >> 32).ok()
}

/// A whole number of nothing but digits, at least one.
fn digits(text: &[u8]) -> Option<i64> {
    let mut number = 0i64;
    for digit in text {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    (!text.is_empty()).then_some(number)
}
