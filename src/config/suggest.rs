//! "Did you mean": the nearest of the names that would have been right.

/// Names longer than this are not worth comparing; it also bounds the work on outside text.
const LONGEST: usize = 64;

/// The nearest of `names` to `word`, if it is near enough to be a slip: one edit in three letters.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word)?;
    let limit = (word.len() / 3).max(1);
    names
        .into_iter()
        .filter_map(|name| Some((distance(&word, &fold(name)?), name)))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, name)| name)
}

/// Case and the choice of separator are no difference.
fn fold(word: &str) -> Option<Vec<char>> {
    let folded: Vec<char> =
        word.chars().take(LONGEST + 1).flat_map(char::to_lowercase).map(|c| if c == '-' { '_' } else { c }).collect();
    (folded.len() <= LONGEST).then_some(folded)
}

/// Edits (insert, delete, replace, swap of neighbours) from `a` to `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        let mut left = i + 1;
        let mut previous_b = None;
        for (j, cb) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(ca != cb)).min(at(&last, j + 1) + 1).min(left + 1);
            if previous == Some(cb) && previous_b == Some(ca) {
                best = best.min(at(&before, j.wrapping_sub(1)) + 1);
            }
            row.push(best);
            left = best;
            previous_b = Some(cb);
        }
        before = std::mem::replace(&mut last, row);
        previous = Some(ca);
    }
    last.last().copied().unwrap_or(a.len())
}

/// "`a`, `b` or `c`" for messages.
pub(super) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|w| format!("\"{w}\"")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_known_and_other_words_are_not() {
        let names = ["short_abandon_s", "abandon_rate", "asa", "min_sample"];
        for (word, want) in [
            ("short_abandons_s", Some("short_abandon_s")),
            ("short-abandon-s", Some("short_abandon_s")),
            ("ABANDON_RATE", Some("abandon_rate")),
            ("aas", Some("asa")),
            ("min_smaple", Some("min_sample")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), want, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), names), None);
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, n) in
            [("kitten", "sitting", 3), ("ab", "ba", 1), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0)]
        {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            assert_eq!(distance(&a, &b), n, "{a:?} {b:?}");
        }
    }
}
