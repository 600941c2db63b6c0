//! Files for the user alone, and the one lock of the store.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

use crate::model::{Time, clean};

/// A folder only its owner can enter (0700), made where it is not there.
///
/// # Errors
/// It cannot be made.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// A new file only its owner can read (0600).
///
/// # Errors
/// It is there already, or cannot be made.
pub fn private_new(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true), path)
}

fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

/// Where a journal's segments go; a test puts a failing one in its place.
pub trait Files: Send {
    /// A new segment of that name.
    ///
    /// # Errors
    /// It is there already, or cannot be made.
    fn create(&mut self, name: &str) -> io::Result<Box<dyn SegmentFile>>;
}

/// A segment being written.
pub trait SegmentFile: Send {
    /// Writes at its end.
    ///
    /// # Errors
    /// As writing a file: some of the bytes may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when all of it is on the disk.
    ///
    /// # Errors
    /// As `fdatasync`.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes back what lies behind `length`.
    ///
    /// # Errors
    /// As `ftruncate`.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// A folder of the disk.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(private_new(&self.0.join(name))?))
    }
}

impl SegmentFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(io::SeekFrom::End(0)).map(drop)
    }
}

/// The right to write the store, held by one process at a time; it ends with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Who runs this, for whoever finds the folder taken; empty where the system does not say.
fn user() -> String {
    let name = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let name = clean(&name, 30);
    if name.is_empty() { String::new() } else { format!("{name}, ") }
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("kept by another floorwatch ({0})")]
    Held(String),
    /// The file cannot be opened or locked.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Lock {
    /// Takes the lock in `path` and writes into it who has it.
    ///
    /// # Errors
    /// Somebody has it, or it cannot be written.
    pub fn take(path: &Path, now: Time) -> Result<Self, LockError> {
        let mut file = private(OpenOptions::new().read(true).write(true).create(true).truncate(false), path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut said = Vec::new();
                // Where locks are mandatory it cannot be read; then it is just somebody.
                let _ = file.take(200).read_to_end(&mut said);
                let who = clean(&String::from_utf8_lossy(&said), 80);
                return Err(LockError::Held(if who.is_empty() { "another process".into() } else { who.into() }));
            }
            Err(TryLockError::Error(why)) => return Err(why.into()),
        }
        file.set_len(0)?;
        write!(file, "{}process {} since {now}", user(), std::process::id())?;
        Ok(Self { _file: file })
    }
}
