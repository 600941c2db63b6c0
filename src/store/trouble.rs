//! What kind of trouble a disk or a database has, for those who read one word of it.

use std::io;

use rusqlite::ErrorCode;

use super::history::HistoryError;
use crate::snapshot::StoreTrouble;

/// The kind of an error of a file.
pub(super) fn of_file(why: &io::Error) -> StoreTrouble {
    match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => StoreTrouble::Full,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => StoreTrouble::ReadOnly,
        _ => StoreTrouble::Other,
    }
}

/// The kind of an error of the database.
pub(super) fn of_database(why: &HistoryError) -> StoreTrouble {
    match why {
        HistoryError::Damaged(_) => StoreTrouble::Damaged,
        HistoryError::Newer { .. } => StoreTrouble::Newer,
        HistoryError::Foreign => StoreTrouble::Foreign,
        HistoryError::Io(why) => of_file(why),
        HistoryError::Older => StoreTrouble::Other,
        HistoryError::Sqlite(why) => match why.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreTrouble::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => StoreTrouble::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreTrouble::Damaged,
            _ => StoreTrouble::Other,
        },
    }
}
