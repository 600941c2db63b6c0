//! Telling the elements of a broken array apart.

/// The elements of an array, as far as they can be told apart.
pub(super) struct Elements<'a> {
    pub(super) elements: Vec<&'a str>,
    /// Whether the array ended, and nothing stood after it.
    pub(super) whole: bool,
}

/// Splits an array at the commas of its first level, without understanding the elements.
pub(super) fn elements(text: &str) -> Elements<'_> {
    let mut elements = Vec::new();
    let Some(inside) = text.trim().strip_prefix('[') else { return Elements { elements, whole: false } };
    let (mut depth, mut quoted, mut escaped, mut from) = (0u32, false, false, 0);
    for (at, byte) in inside.bytes().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => depth = depth.saturating_add(1),
            b',' if depth == 0 => {
                keep(inside.get(from..at), &mut elements);
                from = at + 1;
            }
            b']' if depth == 0 => {
                keep(inside.get(from..at), &mut elements);
                return Elements { elements, whole: at + 1 == inside.len() };
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    keep(inside.get(from..), &mut elements);
    Elements { elements, whole: false }
}

fn keep<'a>(element: Option<&'a str>, elements: &mut Vec<&'a str>) {
    elements.extend(element.map(str::trim).filter(|e| !e.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn commas_and_brackets_within_texts_and_objects_split_nothing() {
        for (text, expected, whole) in [
            ("[]", vec![], true),
            (r#"[{"a":[1,2]},{"b":"],{"}]"#, vec![r#"{"a":[1,2]}"#, r#"{"b":"],{"}"#], true),
            (r#"[{"a":"\"]"},{bad},3]"#, vec![r#"{"a":"\"]"}"#, "{bad}", "3"], true),
            (r#"[{"a":1},{"b":"#, vec![r#"{"a":1}"#, r#"{"b":"#], false),
            ("[1] [2]", vec!["1"], false),
            ("1", vec![], false),
        ] {
            let found = elements(text);
            assert_eq!((found.elements, found.whole), (expected, whole), "{text}");
        }
    }
}
