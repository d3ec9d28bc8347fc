//! What goes wrong with a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use durable_service::storage::RecordKey;

use super::database::SCHEMA;

/// What goes wrong with a store.
///
/// The error of a [`Store`](crate::store::Store).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened, created or read.
    #[error("cannot open the store {}: {cause}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: Arc<rusqlite::Error>,
    },
    /// The name is not that of a file.
    #[error(
        "{:?} is not the name of a store's file; name a file, or `memory` to keep nothing",
        path.as_os_str()
    )]
    NotAPath {
        /// The name.
        path: PathBuf,
    },
    /// There is no file.
    #[error("there is no store {}; check the path", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Something else than a file has that name.
    #[error("cannot open the store {}: it is {what}; name a file", path.display())]
    NotAFile {
        /// The name.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The file cannot be created.
    #[error("cannot open the store {}: it cannot be created: {cause}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: Arc<std::io::Error>,
    },
    /// The file or its folder cannot be written.
    #[error(
        "the store {} is read-only; make the file and its folder writable, or choose another file",
        path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another process has the file open.
    #[error(
        "the store {} is in use by another process, probably another server; stop it, or choose \
         another file",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a store.
    #[error(
        "{} is not a store of executions but another kind of file; choose another file",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a later version.
    #[error(
        "the store {} has schema {found}, and this version knows schemas up to {SCHEMA}; use the version \
         that wrote it, or choose another file",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
    },
    /// A record cannot be read.
    #[error(
        "the record {key} of the store {} cannot be read: {cause}; restore the file from a copy",
        path.display()
    )]
    Record {
        /// The file.
        path: PathBuf,
        /// Where the record belongs.
        key: RecordKey,
        /// Why not.
        cause: Arc<rusqlite::Error>,
    },
    /// A table cannot be read.
    #[error(
        "the table {table} of the store {} cannot be read: {cause}; restore the file from a copy",
        path.display()
    )]
    Table {
        /// The file.
        path: PathBuf,
        /// Its name.
        table: &'static str,
        /// Why not.
        cause: Arc<rusqlite::Error>,
    },
    /// Changes cannot be written now.
    #[error(
        "cannot write to the store {}: {cause}; until it can be written, only single executions can be read, as \
         far as they are stored, and every other call is refused. The server tries again each second: check \
         the disk",
        path.display()
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: Arc<rusqlite::Error>,
    },
    /// The file cannot be made smaller.
    #[error(
        "cannot compact the store {}: {cause}; nothing is lost. It needs as much free room as the store has",
        path.display()
    )]
    Compact {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: Arc<rusqlite::Error>,
    },
    /// The thread that writes could not be started, or has ended.
    #[error("nothing writes to the store {}: {reason}; restart the server", path.display())]
    Stopped {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl StoreError {
    /// Classifies a failure to open a file.
    pub(super) fn opening(path: &Path, cause: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match cause.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::InUse { path }
            }
            Some(rusqlite::ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign { path },
            _ => Self::Open {
                path,
                cause: Arc::new(cause),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_store_that_cannot_be_written_is_called_read_only() {
        for code in [ffi::SQLITE_READONLY, ffi::SQLITE_READONLY_DIRECTORY] {
            let cause = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let error = StoreError::opening(Path::new("durable.db"), cause);
            assert_eq!(
                error.to_string(),
                "the store durable.db is read-only; make the file and its folder writable, or choose another \
                 file"
            );
        }
    }
}
