//! The database: its schema, and how records are read and written.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use durable_service::storage::{Change, RecordKey, Stored};
use rusqlite::{Connection, OpenFlags, Row, Transaction, TransactionBehavior, params};

use super::StoreError;

/// The schema that this version writes, and the latest that it knows.
pub(super) const SCHEMA: i64 = 1;

/// Limit on the pages that are freed at a time.
const FREED_PAGES: i64 = 1_000;

/// Limit on the bytes of the journal that are kept for its next use.
const MAX_JOURNAL_BYTES: i64 = 16 * 1024 * 1024;

/// Marks a database as a store: "Dura" in ASCII.
const APPLICATION_ID: i64 = 0x4475_7261;

const TABLES: &str = "
    CREATE TABLE service (id INTEGER PRIMARY KEY CHECK (id = 0), value TEXT NOT NULL) STRICT;
    CREATE TABLE executions (execution INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE states (execution INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE operations (
        execution INTEGER, place INTEGER, value TEXT NOT NULL, PRIMARY KEY (execution, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE events (
        execution INTEGER, event INTEGER, value TEXT NOT NULL, PRIMARY KEY (execution, event)
    ) STRICT, WITHOUT ROWID;
";

/// Something to write.
#[derive(Debug)]
pub(super) enum Entry {
    /// A change of the service.
    Change(Change),
    /// An accepted call of a plain function; none once it has ended.
    Call(u64, Option<String>),
}

impl Entry {
    /// Number of the execution that it changes.
    pub(super) fn execution(&self) -> Option<u64> {
        match self {
            Self::Change(Change::Forget { execution }) => Some(*execution),
            Self::Change(Change::Put { key, .. }) => match key {
                RecordKey::Service => None,
                RecordKey::Execution { execution }
                | RecordKey::State { execution }
                | RecordKey::Operation { execution, .. }
                | RecordKey::Event { execution, .. } => Some(*execution),
            },
            Self::Call(..) => None,
        }
    }
}

/// A table that stores of an earlier version lack, and that such a version leaves alone.
const CALLS: &str =
    "CREATE TABLE IF NOT EXISTS calls (call INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;";

/// An open store.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
    connection: Connection,
    /// Whether pages may be free that can go back to the system.
    has_free_pages: bool,
}

impl Database {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the database of a file, and creates it if the file does not exist. A file that is not a store
    /// is left unchanged.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |cause| StoreError::opening(path, cause);
        let name = path.to_string_lossy();
        if name.is_empty() || name == ":memory:" || name.starts_with("file:") {
            let path = path.to_owned();
            return Err(StoreError::NotAPath { path });
        }
        create(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        lock(&connection).map_err(failed)?;
        let is_new = match contents(&connection).map_err(failed)? {
            Contents::Nothing => true,
            Contents::Store(SCHEMA) => false,
            Contents::Store(found) => {
                let path = path.to_owned();
                return Err(StoreError::Newer { path, found });
            }
            Contents::SomethingElse => {
                let path = path.to_owned();
                return Err(StoreError::Foreign { path });
            }
        };
        prepare(&mut connection, is_new).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            has_free_pages: true,
        })
    }

    /// Reads all records.
    pub(super) fn read(&mut self) -> Result<Stored, StoreError> {
        let mut stored = Stored::default();
        self.read_table(&mut stored, "SELECT id, 0, value FROM service", |_, _| {
            RecordKey::Service
        })?;
        self.read_table(
            &mut stored,
            "SELECT execution, 0, value FROM executions",
            |execution, _| RecordKey::Execution { execution },
        )?;
        self.read_table(
            &mut stored,
            "SELECT execution, 0, value FROM states",
            |execution, _| RecordKey::State { execution },
        )?;
        self.read_table(
            &mut stored,
            "SELECT execution, place, value FROM operations",
            |execution, position| RecordKey::Operation {
                execution,
                position,
            },
        )?;
        self.read_table(
            &mut stored,
            "SELECT execution, event, value FROM events",
            |execution, event| RecordKey::Event { execution, event },
        )?;
        Ok(stored)
    }

    /// Reads the calls that were accepted and have not ended.
    pub(super) fn read_calls(&self) -> Result<Vec<(u64, String)>, StoreError> {
        let failed = |cause| StoreError::Table {
            path: self.path.clone(),
            table: "calls",
            cause: Arc::new(cause),
        };
        let sql = "SELECT call, value FROM calls ORDER BY call";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| Ok((number(row, 0)?, row.get(1)?)));
        rows.and_then(Iterator::collect).map_err(failed)
    }

    fn read_table(
        &self,
        stored: &mut Stored,
        sql: &str,
        key: impl Fn(u64, u64) -> RecordKey,
    ) -> Result<(), StoreError> {
        let path = || self.path.clone();
        let table = |cause| StoreError::Table {
            path: path(),
            table: key(0, 0).table(),
            cause: Arc::new(cause),
        };
        let mut statement = self.connection.prepare(sql).map_err(table)?;
        let mut rows = statement.query(()).map_err(table)?;
        while let Some(row) = rows.next().map_err(table)? {
            let number = |column| number(row, column).map_err(table);
            let key = key(number(0)?, number(1)?);
            let value = row.get(2).map_err(|cause| StoreError::Record {
                path: path(),
                key,
                cause: Arc::new(cause),
            })?;
            stored.insert(key, value);
        }
        Ok(())
    }

    /// Whether [`shrink`](Self::shrink) may make the file smaller.
    pub(super) fn has_free_pages(&self) -> bool {
        self.has_free_pages
    }

    /// Gives the room of what is forgotten back to the system, so much of it that writes need not wait for
    /// long. Room that cannot be given back now is used again.
    pub(super) fn shrink(&mut self) {
        let connection = &self.connection;
        let free = || -> rusqlite::Result<i64> {
            connection.query_row("PRAGMA freelist_count", (), |row| row.get(0))
        };
        let shrunk = || -> rusqlite::Result<bool> {
            if free()? > 0 {
                connection.pragma(None, "incremental_vacuum", FREED_PAGES, |_| Ok(()))?;
                if free()? == 0 {
                    // Until then the journal holds what the file does not need any more.
                    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
                    return Ok(true);
                }
                return Ok(false);
            }
            Ok(true)
        };
        self.has_free_pages = !shrunk().unwrap_or(true);
    }

    /// Writes the file anew, as small as it can be.
    pub(super) fn compact(&mut self) -> Result<(), StoreError> {
        let compacted = self
            .connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        compacted.map_err(|cause| StoreError::Compact {
            path: self.path.clone(),
            cause: Arc::new(cause),
        })
    }

    /// Calls a function before each commit; if it returns true, the commit fails.
    #[cfg(test)]
    pub(super) fn before_commit(&mut self, hook: impl FnMut() -> bool + Send + 'static) {
        self.connection.commit_hook(Some(hook)).unwrap();
    }

    /// Simulates a disk that is full at this number of pages.
    #[cfg(test)]
    pub(super) fn limit_pages(&mut self, pages: u32) {
        self.connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
    }

    /// Writes changes, all or none, and returns once they are on disk.
    pub(super) fn write(&mut self, entries: &[Entry]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for entry in entries {
            match entry {
                Entry::Change(Change::Put { key, value }) => put(&transaction, *key, value)?,
                Entry::Change(Change::Forget { execution }) => forget(&transaction, *execution)?,
                Entry::Call(number, Some(value)) => {
                    let sql = "INSERT OR REPLACE INTO calls (call, value) VALUES (?1, ?2)";
                    let mut statement = transaction.prepare_cached(sql)?;
                    statement.execute(params![integer(*number)?, value])?;
                }
                Entry::Call(number, None) => {
                    let sql = "DELETE FROM calls WHERE call = ?1";
                    let mut statement = transaction.prepare_cached(sql)?;
                    statement.execute([integer(*number)?])?;
                }
            }
        }
        transaction.commit()?;
        let forgets = |it: &Entry| matches!(it, Entry::Change(Change::Forget { .. }));
        self.has_free_pages |= entries.iter().any(forgets);
        Ok(())
    }
}

/// Creates the file of a store, if there is none, for its owner alone: payloads can be secret. One that
/// exists must be writable; the database would say no more of it than that an operation failed.
fn create(path: &Path) -> Result<(), StoreError> {
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if let Some(what) = other_than_a_file(path) {
                let path = path.to_owned();
                return Err(StoreError::NotAFile { path, what });
            }
            let opened = OpenOptions::new().read(true).write(true).open(path);
            match opened.map_err(|error| error.kind()) {
                Err(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
                    let path = path.to_owned();
                    Err(StoreError::ReadOnly { path })
                }
                // What else is wrong with it, the database says.
                Ok(_) | Err(_) => Ok(()),
            }
        }
        Err(error) => Err(StoreError::Create {
            path: path.to_owned(),
            cause: Arc::new(error),
        }),
    }
}

/// What has the name of a store but is no file.
fn other_than_a_file(path: &Path) -> Option<&'static str> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => None,
        Ok(metadata) if metadata.is_dir() => Some("a folder"),
        Ok(_) => Some("a device or a pipe"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Some("a link to a file that does not exist")
        }
        // What is wrong with it, the database says.
        Err(_) => None,
    }
}

/// What a database is.
enum Contents {
    /// A new one.
    Nothing,
    /// A store of a schema.
    Store(i64),
    SomethingElse,
}

/// Reserves the database for this process from its first use on.
fn lock(connection: &Connection) -> rusqlite::Result<()> {
    // Another server would hold the file for long, so waiting is useless.
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")
}

fn contents(connection: &Connection) -> rusqlite::Result<Contents> {
    let number = |sql| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let schema = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, schema, tables) {
        (APPLICATION_ID, schema, _) => Contents::Store(schema),
        (0, 0, 0) => Contents::Nothing,
        _ => Contents::SomethingElse,
    })
}

/// Sets how the database is written, and makes its tables if it is new.
fn prepare(connection: &mut Connection, is_new: bool) -> rusqlite::Result<()> {
    let incremental = 2;
    let vacuum: i64 = connection.query_row("PRAGMA auto_vacuum", (), |row| row.get(0))?;
    if vacuum != incremental {
        connection.pragma_update(None, "auto_vacuum", incremental)?;
        if !is_new {
            // A store of an earlier version shrinks from now on, unless there is no room to rewrite it.
            let _ = connection.execute_batch("VACUUM");
        }
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", MAX_JOURNAL_BYTES)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The first transaction takes the lock, and the connection keeps it.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    if is_new {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA)?;
    }
    transaction.execute_batch(CALLS)?;
    transaction.commit()
}

fn put(transaction: &Transaction<'_>, key: RecordKey, value: &str) -> rusqlite::Result<()> {
    let run = |sql: &str, parameters: &[&dyn rusqlite::ToSql]| {
        transaction.prepare_cached(sql)?.execute(parameters)
    };
    match key {
        RecordKey::Service => run(
            "INSERT OR REPLACE INTO service (id, value) VALUES (0, ?1)",
            params![value],
        ),
        RecordKey::Execution { execution } => run(
            "INSERT OR REPLACE INTO executions (execution, value) VALUES (?1, ?2)",
            params![integer(execution)?, value],
        ),
        RecordKey::State { execution } => run(
            "INSERT OR REPLACE INTO states (execution, value) VALUES (?1, ?2)",
            params![integer(execution)?, value],
        ),
        RecordKey::Operation {
            execution,
            position,
        } => run(
            "INSERT OR REPLACE INTO operations (execution, place, value) VALUES (?1, ?2, ?3)",
            params![integer(execution)?, integer(position)?, value],
        ),
        RecordKey::Event { execution, event } => run(
            "INSERT OR REPLACE INTO events (execution, event, value) VALUES (?1, ?2, ?3)",
            params![integer(execution)?, integer(event)?, value],
        ),
    }?;
    Ok(())
}

fn forget(transaction: &Transaction<'_>, execution: u64) -> rusqlite::Result<()> {
    let execution = integer(execution)?;
    for sql in [
        "DELETE FROM executions WHERE execution = ?1",
        "DELETE FROM states WHERE execution = ?1",
        "DELETE FROM operations WHERE execution = ?1",
        "DELETE FROM events WHERE execution = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([execution])?;
    }
    Ok(())
}

/// Converts a number to the database's type.
fn integer(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Reads a number of a row.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}
