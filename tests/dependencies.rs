//! What the tree of dependencies may hold: one of each part that must not be there twice, and one TLS.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::Path;

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Name and version of every package in the lock.
fn locked() -> Vec<(String, String)> {
    let lock: toml::Table = text("Cargo.lock").parse().unwrap();
    let field = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).unwrap().to_owned();
    let packages = lock.get("package").and_then(toml::Value::as_array).unwrap();
    packages.iter().map(|package| (field(package, "name"), field(package, "version"))).collect()
}

/// Versions of a package.
fn versions(packages: &[(String, String)], name: &str) -> Vec<String> {
    packages.iter().filter(|(n, _)| n == name).map(|(_, version)| version.clone()).collect()
}

#[test]
fn what_must_be_one_is_one() {
    let packages = locked();
    for name in ["tokio", "rustls", "tungstenite", "tokio-tungstenite", "crossterm", "ratatui-core"] {
        let found = versions(&packages, name);
        assert_eq!(found.len(), 1, "{name} {found:?}: two of them do not share a runtime, a TLS or a screen");
    }
    assert!(versions(&packages, "hyper").len() <= 1, "two of hyper");
}

#[test]
fn there_is_one_tls_and_it_is_rustls_on_ring() {
    let packages = locked();
    assert_eq!(versions(&packages, "ring").len(), 1);
    for name in ["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys"] {
        assert_eq!(versions(&packages, name), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_direct_dependency_says_why() {
    assert_eq!(unexplained(&text("Cargo.toml")), Vec::<String>::new());
}

/// Dependencies with neither a remark of their own nor a remark over their group. A remark over a group holds down to
/// the next one.
fn unexplained(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut remarked = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]";
            remarked = false;
        } else if line.starts_with('#') {
            remarked = true;
        } else if inside && line.contains('=') && !remarked && !line.contains(" # ") {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn the_check_itself_can_fail() {
    let manifest = "[dependencies]\na = \"1\"\nb = \"1\" # why\n# why\nc = \"1\"\n[dev-dependencies]\nd = \"1\"\n";
    assert_eq!(unexplained(manifest), ["a = \"1\""]);
    let packages = [("tokio".to_owned(), "1".to_owned()), ("tokio".to_owned(), "2".to_owned())];
    assert_eq!(versions(&packages, "tokio").len(), 2);
}
