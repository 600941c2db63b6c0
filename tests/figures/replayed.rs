//! The figures of a story.

use floorwatch::cli::ExitCode;
use serde_json::Value;

use crate::story::{run, text};

/// The figures of a journal of these lines, which are put in order of time.
pub(crate) fn replay(mut lines: Vec<Value>, args: &[&str]) -> Value {
    lines.sort_by(|a, b| a["ts"].as_str().cmp(&b["ts"].as_str()));
    replay_in_order(&lines, args)
}

/// The figures of a journal of these lines, as they stand.
pub(crate) fn replay_in_order(lines: &[Value], args: &[&str]) -> Value {
    replay_file("story.jsonl", &text(lines), args)
}

/// The figures of a file.
pub(crate) fn replay_file(name: &str, text: &str, args: &[&str]) -> Value {
    let (code, printed, noted) = run(name, text, &[&["replay", "--json"], args].concat());
    assert_eq!(code, ExitCode::Fine, "{noted}");
    serde_json::from_str(&printed).unwrap()
}
