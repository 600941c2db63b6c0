//! The log: to a file and to a ring of last lines the console can open, never to the screen.
//!
//! Lines are cleaned of control characters, so that neither a terminal that shows them nor a second line made up inside
//! a message can be steered from outside.

use std::collections::VecDeque;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::Env;
use crate::model::clean_line;

/// Lines the ring holds.
pub const RING_LINES: usize = 500;

/// A file larger than this is put aside (one old file is kept); bytes.
pub const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Longest line kept; characters.
const LONGEST_LINE: usize = 2000;

/// The variable with the filter of `tracing`, like `floorwatch::source=debug`.
const FILTER: &str = "FLOORWATCH_LOG";

/// The filter where none is given.
const DEFAULT_FILTER: &str = "info";

/// The log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file or its directory.
    #[error("cannot open the log '{}': {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// A log is there already.
    #[error("the log of this process was opened before")]
    Twice,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How grave.
    pub level: tracing::Level,
    /// Time, level, module and message, cleaned.
    pub text: String,
}

/// The last lines of the log, bounded; the oldest give way. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Ring {
    inner: Arc<Mutex<RingLines>>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct RingLines {
    lines: VecDeque<LogLine>,
    pushed: u64,
}

impl Ring {
    /// An empty ring for `capacity` lines, at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { inner: Arc::default(), capacity: capacity.max(1) }
    }

    /// Adds a line.
    pub fn push(&self, line: LogLine) {
        let mut inner = locked(&self.inner);
        if inner.lines.len() >= self.capacity {
            inner.lines.pop_front();
        }
        inner.lines.push_back(line);
        inner.pushed = inner.pushed.saturating_add(1);
    }

    /// The lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> Vec<LogLine> {
        locked(&self.inner).lines.iter().cloned().collect()
    }

    /// Lines ever pushed; a viewer redraws when it changes, and tells by it how many have gone.
    #[must_use]
    pub fn pushed(&self) -> u64 {
        locked(&self.inner).pushed
    }
}

/// A thread that panicked while logging spoilt no more than a line.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `$XDG_STATE_HOME/floorwatch/floorwatch.log` (`~/.local/state/…`); `None` where no home is known.
#[must_use]
pub fn path(env: &Env) -> Option<PathBuf> {
    Some(env.xdg("XDG_STATE_HOME", ".local/state")?.join("floorwatch").join("floorwatch.log"))
}

/// Starts the log of this process: lines go to `file` (none: the ring alone) and to the ring that is returned.
///
/// # Errors
/// The file cannot be opened, or a log was started before. A program can go on with [`Ring::new`] and say so.
pub fn init(file: Option<&Path>, env: &Env) -> Result<Ring, LogError> {
    let ring = Ring::new(RING_LINES);
    let file = file.map(|path| LogFile::open(path, LARGEST_FILE)).transpose()?;
    let lines = Lines { ring: ring.clone(), file: Arc::new(Mutex::new(file)) };
    let wanted = env.var(FILTER).unwrap_or(DEFAULT_FILTER);
    tracing::subscriber::set_global_default(subscriber(lines, wanted)).map_err(|_already_set| LogError::Twice)?;
    if wanted.parse::<EnvFilter>().is_err() {
        tracing::warn!("{FILTER} is no filter, '{DEFAULT_FILTER}' is used");
    }
    Ok(ring)
}

/// Formats events into `lines`. Nothing in it falls back to standard error, which would tear a screen apart.
fn subscriber(lines: Lines, filter: &str) -> impl tracing::Subscriber + Send + Sync + 'static {
    let filter = filter.parse().unwrap_or_else(|_told_by_caller| EnvFilter::new(DEFAULT_FILTER));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .log_internal_errors(false)
        .with_writer(lines)
        .finish()
}

/// Where formatted lines go.
#[derive(Clone)]
struct Lines {
    ring: Ring,
    file: Arc<Mutex<Option<LogFile>>>,
}

/// Takes one formatted event; `tracing` writes it in one piece.
struct OneLine<'a> {
    to: &'a Lines,
    level: tracing::Level,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = OneLine<'a>;

    fn make_writer(&'a self) -> OneLine<'a> {
        OneLine { to: self, level: tracing::Level::INFO }
    }

    fn make_writer_for(&'a self, meta: &tracing::Metadata<'_>) -> OneLine<'a> {
        OneLine { to: self, level: *meta.level() }
    }
}

impl Write for OneLine<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = clean_line(bytes.trim_ascii_end(), LONGEST_LINE);
        if let Some(file) = locked(&self.to.file).as_mut() {
            file.line(&text, &self.to.ring);
        }
        self.to.ring.push(LogLine { level: self.level, text });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log file: for the user alone, bounded in size.
#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: File,
    size: u64,
    largest: u64,
    /// A failure was told already; a full disk is not told at every line.
    failing: bool,
}

impl LogFile {
    fn open(path: &Path, largest: u64) -> Result<Self, LogError> {
        let failed = |why| LogError::File { path: path.to_owned(), why };
        if let Some(dir) = path.parent() {
            private_dir(dir).map_err(failed)?;
        }
        let file = private_file(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        Ok(Self { path: path.to_owned(), file, size, largest, failing: false })
    }

    fn line(&mut self, text: &str, ring: &Ring) {
        let result = self.rotate_if_full().and_then(|()| self.file.write_all(format!("{text}\n").as_bytes()));
        match result {
            Ok(()) => {
                self.size = self.size.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX)).saturating_add(1);
                self.failing = false;
            }
            Err(why) if !self.failing => {
                self.failing = true;
                let text = format!("the log file cannot be written: {why}");
                ring.push(LogLine { level: tracing::Level::ERROR, text });
            }
            Err(_told_before) => {}
        }
    }

    /// Puts a full file aside as `….log.1`. Where another process has done so already, only opens the new one.
    fn rotate_if_full(&mut self) -> io::Result<()> {
        if self.size < self.largest {
            return Ok(());
        }
        if same_file(&self.file, &self.path) {
            let mut old = self.path.clone().into_os_string();
            old.push(".1");
            std::fs::rename(&self.path, PathBuf::from(old))?;
        }
        self.file = private_file(&self.path)?;
        self.size = self.file.metadata()?.len();
        Ok(())
    }
}

#[cfg(unix)]
fn private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
    file.metadata().map(id).ok() == std::fs::metadata(path).map(id).ok()
}

#[cfg(not(unix))]
fn private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(dir)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(not(unix))]
fn same_file(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { level: tracing::Level::INFO, text: text.to_owned() }
    }

    #[test]
    fn the_ring_keeps_the_last_lines() {
        let ring = Ring::new(2);
        for text in ["a", "b", "c"] {
            ring.push(line(text));
        }
        assert_eq!(ring.lines(), [line("b"), line("c")]);
        assert_eq!(ring.pushed(), 3);
    }

    #[test]
    fn events_become_clean_lines_in_file_and_ring() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state").join("floorwatch.log");
        let ring = Ring::new(10);
        let file = LogFile::open(&path, LARGEST_FILE).unwrap();
        let lines = Lines { ring: ring.clone(), file: Arc::new(Mutex::new(Some(file))) };
        tracing::subscriber::with_default(subscriber(lines, "info"), || {
            tracing::debug!("not asked for");
            tracing::warn!(feed = "pbx", "odd\u{1b}[2J name\r\n2026 INFO forged");
        });
        let logged = ring.lines();
        assert_eq!(logged.len(), 1);
        let logged = logged.first().unwrap();
        assert_eq!(logged.level, tracing::Level::WARN);
        assert!(logged.text.contains("odd") && logged.text.contains("pbx"), "{}", logged.text);
        assert!(!logged.text.chars().any(char::is_control), "{:?}", logged.text);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{}\n", logged.text));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_the_users_own() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new").join("floorwatch.log");
        LogFile::open(&path, 10).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&dir.path().join("new"))), (0o600, 0o700));
    }

    #[test]
    fn a_full_file_is_put_aside_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("floorwatch.log");
        let ring = Ring::new(10);
        let mut file = LogFile::open(&path, 10).unwrap();
        let mut second = LogFile::open(&path, 10).unwrap();
        file.line("0123456789", &ring);
        second.size = file.size;
        file.line("next", &ring);
        // The second process finds a new file in place and must not put that one aside.
        second.line("other", &ring);
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert_eq!(read(&path), "next\nother\n");
        assert_eq!(read(&dir.path().join("floorwatch.log.1")), "0123456789\n");
        assert!(ring.lines().is_empty());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
