//! The direction of the modules and the purity of the middle, read from the source itself.
//!
//! Every path counts, not only `use` lines: those in expressions, types, attributes and the tokens of macros too. The
//! checker is itself checked on small bad samples, so that it is known to be able to fail.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

#[path = "architecture/checker.rs"]
mod checker;
#[path = "architecture/tree.rs"]
mod tree;

use std::path::Path;

use checker::{Module, violations};

/// Left to right; a module uses only those to its left. Those in one group do not use each other, but for the last.
const ORDER: &[&[&str]] = &[
    &["model"],
    &["config"],
    &["clock"],
    &["locale"],
    &["logging"],
    &["wire"],
    &["source"],
    &["floor"],
    &["metrics"],
    &["usual"],
    &["roster"],
    &["staffing"],
    &["alert"],
    &["snapshot"],
    &["engine"],
    &["store"],
    &["notify", "report"],
    &["hub"],
    &["tui"],
    &["cli", "app"],
];

/// The composition root and the commands that ask it know each other.
const TOGETHER: &[&str] = &["cli", "app"];

/// Pure: no async, no input or output, no clock. Time is an argument.
const MIDDLE: &[&str] = &["floor", "metrics", "usual", "roster", "staffing", "alert", "snapshot"];

/// What the middle may not name; whatever stands under it is meant too.
const IMPURE: &[&[&str]] = &[
    &["tokio"],
    &["tokio_tungstenite"],
    &["futures_util"],
    &["getrandom"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "io"],
    &["std", "os"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["std", "time", "UNIX_EPOCH"],
];

/// Calls the middle may not make, however their type was brought in.
const CLOCKS: &[&[&str]] = &[
    &["Timestamp", "now"],
    &["Zoned", "now"],
    &["Instant", "now"],
    &["SystemTime", "now"],
    &["TimeZone", "system"],
    &["TimeZone", "try_system"],
];

/// Why `from` may not use `to`; `None` where it may.
fn wrong_way(from: &str, to: &str) -> Option<String> {
    let rank = |name: &str| ORDER.iter().position(|group| group.contains(&name));
    let together = TOGETHER.contains(&from) && TOGETHER.contains(&to);
    match (rank(from), rank(to)) {
        (_, None) => Some(format!("{to} has no place in the order of tests/architecture.rs")),
        (None, _) => Some(format!("{from} has no place in the order of tests/architecture.rs")),
        (Some(f), Some(t)) if t < f || from == to || together => None,
        (Some(f), Some(t)) if t == f => Some(format!("{to} stands beside {from}")),
        _ => Some(format!("{to} stands to the right of {from}")),
    }
}

#[test]
fn every_module_uses_only_modules_to_its_left() {
    let modules = tree::modules(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(modules.len() > 20, "the source was not found: {} files", modules.len());
    let found: Vec<String> = modules.iter().flat_map(violations).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_file_is_part_of_the_tree() {
    assert_eq!(tree::orphans(Path::new(env!("CARGO_MANIFEST_DIR"))), Vec::<String>::new());
}

/// What is found in a sample that stands in `module`.
fn found(module: &str, text: &str) -> Vec<String> {
    let path = module.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let file = syn::parse_file(text).unwrap_or_else(|why| panic!("{text}: {why}"));
    violations(&Module { file: "sample.rs".to_owned(), path, test: false, parsed: file })
}

#[track_caller]
fn bad(module: &str, text: &str, word: &str) {
    let found = found(module, text);
    assert!(found.iter().any(|violation| violation.contains(word)), "{module}: {text}\n{found:?}");
}

#[track_caller]
fn good(module: &str, text: &str) {
    assert_eq!(found(module, text), Vec::<String>::new(), "{module}: {text}");
}

#[test]
fn the_wrong_direction_is_found_wherever_it_hides() {
    let word = "alert stands to the right of metrics";
    for text in [
        "use crate::alert::Level;",
        "use crate::alert;",
        "use crate::{model::Time, alert::{self, Level}};",
        "pub use crate::alert::*;",
        "fn f() { use crate::alert::Level; }",
        "fn f(level: crate::alert::Level) {}",
        "fn f() -> Vec<Option<crate::alert::Level>> { Vec::new() }",
        "fn f() { crate::alert::raise(); }",
        "fn f() { let x = <crate::alert::Level as Default>::default(); }",
        "fn f() { match 1 { crate::alert::ONE => {}, _ => {} } }",
        "impl crate::alert::Rule for X {}",
        "fn f() { crate::alert::words!(); }",
        "fn f() { println!(\"{}\", crate::alert::raise()); }",
        "fn f() { vec![(1, [crate::alert::raise()])]; }",
        "macro_rules! m { () => { $crate::alert::raise() }; }",
        "m!(use crate::{model, alert::Level};);",
        "#[derive(Debug)] #[serde(with = \"crate::alert::time\")] struct X;",
        "mod inner { fn f() { super::super::alert::raise(); } }",
        "mod inner { use super::super::alert::Level; }",
        "#[cfg(test)] mod tests { use crate::alert::Level; }",
        "use floorwatch::alert::Level;",
    ] {
        bad("metrics", text, word);
    }
    bad("metrics::window", "use super::super::alert::Level;", word);
    bad("metrics::window", "fn f() { super::super::alert::raise(); }", word);
}

#[test]
fn the_whole_crate_at_once_and_unknown_modules_are_found() {
    bad("metrics", "use crate::*;", "the crate's root");
    bad("metrics", "use super::*;", "the crate's root");
    bad("metrics", "use crate as all;", "the crate's root");
    bad("metrics", "use crate::helpers::x;", "helpers has no place");
    bad("helpers", "use crate::model::x;", "helpers has no place");
    bad("report", "use crate::notify::x;", "notify stands beside report");
}

#[test]
fn the_right_direction_is_left_alone() {
    good("metrics", "use crate::{model::Time, config::*}; use super::metrics::Scope; use self::window::Window;");
    good(
        "metrics::window",
        "use super::*; use super::super::model::Time; pub(crate) fn f() {} pub(in crate::metrics) fn g() {}",
    );
    good("metrics", "/// See [`crate::alert::Level`].\nfn f() { let alert = 1; alert.max(alert); \"crate::alert\"; }");
    good("app", "use crate::cli::Out; use crate::tui::x;");
    good("cli", "use crate::app::run;");
    // The root only names the modules.
    good("", "pub mod alert; pub mod model; pub use crate::alert::Level;");
}

#[test]
fn impurity_of_the_middle_is_found_wherever_it_hides() {
    for (text, word) in [
        ("use tokio::sync::mpsc;", "tokio"),
        ("use std::{fmt, fs::File};", "std::fs"),
        ("use std::time::*;", "std::time"),
        ("use std::*;", "std"),
        ("use std::time; fn f() { time::Instant::now(); }", "std::time::Instant"),
        ("use std as s; fn f() { s::fs::read(\"x\"); }", "std::fs"),
        ("fn f() { std::env::var(\"X\"); }", "std::env"),
        ("fn f(at: std::time::SystemTime) {}", "std::time::SystemTime"),
        ("fn f() { dbg!(std::net::TcpStream::connect(\"x\")); }", "std::net"),
        ("fn f() { jiff::Timestamp::now(); }", "Timestamp::now"),
        ("use jiff::Zoned; fn f() { Zoned::now(); }", "Zoned::now"),
        ("use jiff::Timestamp as T; fn f() { T::now(); }", "Timestamp::now"),
        ("type T = jiff::Timestamp; fn f() { T::now(); }", "Timestamp::now"),
        ("fn f() { <jiff::Zoned>::now(); }", "Zoned::now"),
        ("fn f() { x.unwrap_or_else(jiff::Zoned::now); }", "Zoned::now"),
        ("fn f() { jiff::tz::TimeZone::system(); }", "TimeZone::system"),
        ("async fn f() {}", "async"),
        ("trait T { async fn f(); }", "async"),
        ("impl X { async fn f() {} }", "async"),
        ("fn f() { async { 1 }; }", "async"),
        ("fn f() { let g = async || 1; }", "async"),
        ("m!(async { x.await });", "async"),
    ] {
        bad("floor", text, word);
        bad("alert::rules", text, word);
        good("store", text);
    }
}

#[test]
fn tests_of_the_middle_may_read_files() {
    good("floor", "#[cfg(test)] mod tests { use std::fs; fn f() { fs::read(\"x\"); std::env::var(\"X\"); } }");
    bad("floor", "#[cfg(not(test))] mod real { use std::fs; }", "std::fs");
    good("floor", "use jiff::Timestamp; use std::time::Duration; fn f(t: Timestamp) { t.now(); }");
}

#[test]
fn every_middle_module_stands_in_the_order() {
    for name in MIDDLE {
        assert_eq!(wrong_way(name, "model"), None);
        assert!(wrong_way("model", name).is_some());
    }
}
