//! The journal's files: `SERIAL-TIME.jsonl.zst`, the serial rising by one for ever, so that their order never depends on a
//! clock.

use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::model::{Span, Time};

/// What a segment's name ends in.
const END: &str = ".jsonl.zst";

/// A segment on the disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// Its place in the order.
    pub serial: u64,
    /// When it was begun, to the second.
    pub began: Time,
    /// Where it lies.
    pub path: PathBuf,
}

impl Segment {
    /// The name of a segment.
    #[must_use]
    pub fn name(serial: u64, began: Time) -> String {
        let at = began.to_jiff().to_zoned(TimeZone::UTC);
        format!("{serial:010}-{}{END}", at.strftime("%Y%m%dT%H%M%SZ"))
    }

    fn read(path: &Path) -> Option<Self> {
        let (serial, at) = path.file_name()?.to_str()?.strip_suffix(END)?.split_once('-')?;
        let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", at).ok()?;
        let began = Time::from_jiff(TimeZone::UTC.to_timestamp(at).ok()?);
        Some(Self { serial: serial.parse().ok()?, began, path: path.to_owned() })
    }
}

/// The segments of a folder in their order; other files are passed over. A folder that is not there has none.
///
/// # Errors
/// The folder cannot be read.
pub fn list(dir: &Path) -> io::Result<Vec<Segment>> {
    let entries = match std::fs::read_dir(dir) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(Segment::read(&entry?.path()));
    }
    found.sort();
    Ok(found)
}

/// Those that hold what happened since `from`: the last one begun before it, and all after.
#[must_use]
pub fn since(segments: &[Segment], from: Time) -> &[Segment] {
    let first = segments.iter().rposition(|s| s.began <= from).unwrap_or(0);
    segments.get(first..).unwrap_or_default()
}

/// Deletes the oldest while they are older than `age` or all together larger than `bytes`; the newest always stays. Says
/// how many went.
///
/// # Errors
/// The folder cannot be read or a file not deleted.
pub fn retain(dir: &Path, now: Time, age: Span, bytes: u64) -> io::Result<usize> {
    let segments = list(dir)?;
    let sizes: Vec<u64> = segments.iter().map(|s| std::fs::metadata(&s.path).map_or(0, |m| m.len())).collect();
    let mut total: u64 = sizes.iter().sum();
    let mut gone = 0;
    for (at, (segment, size)) in segments.iter().zip(sizes).enumerate() {
        // What it holds goes on until the next one begins.
        let Some(next) = segments.get(at + 1) else { break };
        if total <= bytes && now - next.began <= age {
            break;
        }
        std::fs::remove_file(&segment.path)?;
        total = total.saturating_sub(size);
        gone += 1;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;

    fn folder(days: &[i64], size: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (serial, day) in (1u64..).zip(days) {
            let name = Segment::name(serial, Time::from_secs(day * 86_400));
            std::fs::write(folder.path().join(name), vec![0; size]).unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        folder
    }

    fn serials(dir: &Path) -> Vec<u64> {
        list(dir).unwrap().iter().map(|s| s.serial).collect()
    }

    #[test]
    fn the_order_is_that_of_the_serial_not_of_the_clock() {
        let folder = folder(&[3, 1, 2], 1);
        assert_eq!(serials(folder.path()), [1, 2, 3]);
        assert_eq!(list(&folder.path().join("none")).unwrap(), []);
        let all = list(folder.path()).unwrap();
        for (from, want) in [(0, 3), (1, 2), (5, 1)] {
            assert_eq!(since(&all, Time::from_secs(from * 86_400)).len(), want, "since day {from}");
        }
    }

    #[test]
    fn the_oldest_go_by_age_and_by_size_and_the_newest_stays() {
        let at = Time::from_secs(11 * 86_400);
        let day = Span::from_secs(86_400);
        for (age, bytes, left) in
            [(20, 1000, &[1, 2, 3, 4][..]), (5, 1000, &[2, 3, 4]), (20, 25, &[3, 4]), (0, 0, &[4])]
        {
            let folder = folder(&[1, 2, 8, 10], 10);
            let age = (0..age).map(|_| day).sum();
            retain(folder.path(), at, age, bytes).unwrap();
            assert_eq!(serials(folder.path()), left, "age {age:?} bytes {bytes}");
            assert!(folder.path().join("notes.txt").exists());
        }
    }
}
