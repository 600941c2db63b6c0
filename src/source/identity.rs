//! The caller key of this installation: 16 random bytes in a file only its owner reads. With another key every caller would
//! be another caller, so the file is made once and never written again.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::model::CallerHasher;

/// Length of the key, and of the file; bytes.
const KEY: usize = 16;

/// Why there is no caller key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file is there and cannot be read.
    #[error("cannot read the caller key {path}: {error}; let its owner run floorwatch, or correct its permissions", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is there and is no key.
    #[error("the caller key {path} holds {bytes} bytes instead of {KEY}; restore it from a backup, or move it away to begin with a new key (callers seen before will count as new)", path = path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length, as far as it was read.
        bytes: usize,
    },
    /// The file is not there and cannot be made.
    #[error("cannot create the caller key {path}: {error}", path = path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The system has no random numbers to give.
    #[error("cannot create the caller key: the system gives no random bytes ({0})")]
    Random(getrandom::Error),
}

/// The hasher of this installation, with the key in `path`; makes key and file (mode 0600) where there is none. The folder
/// must be there.
///
/// # Errors
/// [`IdentityError`] where the file cannot be read or made, or does not hold exactly 16 bytes. It is left as it is.
pub fn caller_hasher(path: &Path) -> Result<CallerHasher, IdentityError> {
    match File::open(path) {
        Ok(file) => read(path, file),
        Err(error) if error.kind() == ErrorKind::NotFound => create(path),
        Err(error) => Err(IdentityError::Read { path: path.into(), error }),
    }
}

fn read(path: &Path, file: File) -> Result<CallerHasher, IdentityError> {
    let mut bytes = Vec::with_capacity(KEY + 1);
    file.take(KEY as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| IdentityError::Read { path: path.into(), error })?;
    match <[u8; KEY]>::try_from(bytes.as_slice()) {
        Ok(key) => Ok(CallerHasher::new(key)),
        Err(_) => Err(IdentityError::Length { path: path.into(), bytes: bytes.len() }),
    }
}

fn create(path: &Path) -> Result<CallerHasher, IdentityError> {
    let mut key = [0; KEY];
    getrandom::fill(&mut key).map_err(IdentityError::Random)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Ok(file) => file,
        // Another process was faster: its key is the key.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let file = File::open(path).map_err(|error| IdentityError::Read { path: path.into(), error })?;
            return read(path, file);
        }
        Err(error) => return Err(IdentityError::Create { path: path.into(), error }),
    };
    if let Err(error) = file.write_all(&key).and_then(|()| file.sync_all()) {
        // Half a key would stand in the way for ever; this file is ours, made a moment ago.
        let _ = std::fs::remove_file(path);
        return Err(IdentityError::Create { path: path.into(), error });
    }
    Ok(CallerHasher::new(key))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("caller.key");
        let first = caller_hasher(&path).unwrap().caller("13812345678");
        let again = caller_hasher(&path).unwrap().caller("13812345678");
        assert!(first.is_some());
        assert_eq!(first, again);
        assert_eq!(std::fs::read(&path).unwrap().len(), KEY);
        let other = caller_hasher(&folder.path().join("other.key")).unwrap().caller("13812345678");
        assert_ne!(first.map(|c| c.key), other.map(|c| c.key));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("caller.key");
        caller_hasher(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_key_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [&b""[..], b"short", b"seventeen bytes!!"] {
            let path = folder.path().join("caller.key");
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(caller_hasher(&path), Err(IdentityError::Length { .. })), "{bytes:?}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        assert!(matches!(caller_hasher(folder.path()), Err(IdentityError::Read { .. })));
        assert!(matches!(caller_hasher(&folder.path().join("no/folder")), Err(IdentityError::Create { .. })));
    }
}
