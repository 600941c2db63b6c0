//! Folders that cannot be used are left as they are, and it is said why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use floorwatch::clock::Clock;
use floorwatch::model::Span;
use floorwatch::snapshot::StoreState;
use floorwatch::store::Store;

use crate::script::{Run, script, settings, start};

/// A folder with a journal and closed intervals. One is made, and each takes a copy.
fn kept() -> tempfile::TempDir {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let mut run = Run::begin(dir.path(), &settings(), start());
        run.live(&script(300));
        run.end();
        dir
    });
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("journal")).unwrap();
    for path in content(made.path()).into_keys() {
        let name = path.strip_prefix(made.path()).unwrap();
        std::fs::copy(&path, dir.path().join(name)).unwrap();
    }
    dir
}

/// Every file with its bytes, the lock apart: it says who holds it.
fn content(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in [dir.to_owned(), dir.join("journal")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && path.file_name().is_some_and(|n| n != "lock" && n != "history.db-shm") {
                found.insert(path.clone(), std::fs::read(path).unwrap());
            }
        }
    }
    found
}

#[track_caller]
fn refused(dir: &Path, words: &[&str]) {
    let before = content(dir);
    let clock = Clock::fixed(start() + Span::from_secs(2000));
    let why = Store::open(dir, &settings(), &clock).expect_err("it is broken");
    for word in words {
        assert!(why.to_string().contains(word), "'{word}' is not in: {why}");
    }
    assert!(matches!(why.view().state, StoreState::Off { .. }));
    let mut after = content(dir);
    // An empty log of the database is no change.
    after.retain(|path, bytes| before.contains_key(path) || !bytes.is_empty());
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(after == before, "a file was changed");
}

#[test]
fn a_second_process_is_told_who_has_it() {
    let dir = kept();
    let held = Store::open(dir.path(), &settings(), &Clock::fixed(start())).unwrap();
    refused(dir.path(), &["another floorwatch", &format!("process {}", std::process::id()), "2026-05-20T02:30:00Z"]);
    drop(held);
    Store::open(dir.path(), &settings(), &Clock::fixed(start())).unwrap();
}

#[test]
fn a_damaged_database_is_not_touched() {
    for (from, with) in [(0usize, &b"rubbish"[..]), (16, &[0xff; 40]), (4096, &[0x55; 4096]), (5000, &[0; 3000])] {
        let dir = kept();
        let path = dir.path().join("history.db");
        let mut bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() > 8192, "{}", bytes.len());
        bytes.splice(from..from + with.len(), with.iter().copied());
        std::fs::write(&path, bytes).unwrap();
        refused(dir.path(), &["history.db", "nothing is kept", "move it away"]);
    }
    let dir = kept();
    let path = dir.path().join("history.db");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, bytes.get(..4096).unwrap()).unwrap();
    refused(dir.path(), &["history.db", "nothing is kept"]);
}

#[test]
fn a_newer_or_foreign_database_is_not_touched() {
    for (sql, word) in
        [("PRAGMA user_version = 99", "newer floorwatch"), ("PRAGMA application_id = 7", "not floorwatch's")]
    {
        let dir = kept();
        let db = rusqlite::Connection::open(dir.path().join("history.db")).unwrap();
        db.execute_batch(sql).unwrap();
        drop(db);
        refused(dir.path(), &[word]);
    }
}

#[test]
fn a_folder_that_cannot_be_made_or_written_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let why = Store::open(&file.join("store"), &settings(), &Clock::fixed(start())).expect_err("a file is in the way");
    assert!(why.to_string().contains("nothing is kept"), "{why}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let closed = dir.path().join("closed");
        std::fs::create_dir(&closed).unwrap();
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o500)).unwrap();
        // Root may write everywhere.
        if std::fs::write(closed.join("try"), "").is_err() {
            let why = Store::open(&closed, &settings(), &Clock::fixed(start())).expect_err("it is read-only");
            assert!(why.to_string().contains("nothing is kept"), "{why}");
        }
    }
}

#[test]
fn the_rules_are_read_from_the_configuration() {
    use floorwatch::config::{Env, Request, StoreRules, defaults, load};
    let rules = defaults().unwrap().store;
    assert_eq!((rules.on, rules.dir, rules.journal_days, rules.interval_days), (true, None, 35, 400));
    assert_eq!(rules.journal_bytes, 4096 << 20);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("floorwatch.toml");
    let load = |text: &str| {
        std::fs::write(&file, text).unwrap();
        load(&Request { file: Some(file.clone()), env: Env::new(dir.path(), []), ..Request::default() })
    };
    let (settings, _) = load("[store]\non = false\ndir = 'kept'\njournal_days = 2\njournal_mb = 10\n").unwrap();
    let want = StoreRules {
        on: false,
        dir: Some(dir.path().join("kept")),
        journal_days: 2,
        journal_bytes: 10 << 20,
        interval_days: 400,
    };
    assert_eq!(settings.store, want);
    for wrong in ["journal_days = 1", "journal_mb = 9", "interval_days = 'all'", "dir = ''", "folder = 'x'"] {
        assert!(load(&format!("[store]\n{wrong}\n")).is_err(), "{wrong}");
    }
}
