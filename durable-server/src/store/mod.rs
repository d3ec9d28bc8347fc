//! The file that a server keeps its executions in.
//!
//! It is an SQLite database with the records of [`durable_service::storage`] in one table per kind, so
//! that `sqlite3 durable.db "SELECT value FROM events"` shows what happened. One thread writes. It puts
//! all queued changes into one transaction, so that many executions share the cost of one `fsync`.

mod database;
mod error;
mod writer;

use std::path::Path;
use std::pin::Pin;

use durable_service::storage::{Change, Stored};

pub use error::StoreError;

use database::Database;
pub(crate) use writer::Troubles;
use writer::{Ticket, Writer};

/// Keeps the changes of a service. Dropping it writes all queued changes, and waits for that.
#[derive(Debug)]
pub struct Store(Option<Writer>);

impl Store {
    /// Opens the store of a file, which is created if it does not exist, and reads what it holds. No
    /// other process can open the file until the store is dropped.
    ///
    /// # Errors
    ///
    /// If the file is in use, is not a store, is one of a later version, or cannot be read.
    pub fn open(path: &Path) -> Result<(Self, Stored), StoreError> {
        let mut database = Database::open(path)?;
        let stored = database.read()?;
        let writer = Writer::start(database)?;
        Ok((Self(Some(writer)), stored))
    }

    /// A store that keeps nothing over a restart.
    #[must_use]
    pub fn memory() -> Self {
        Self(None)
    }

    /// Follows whether the store can be written.
    pub(crate) fn troubles(&self) -> Troubles {
        self.0
            .as_ref()
            .map_or_else(Troubles::none, Writer::troubles)
    }

    /// Queues changes behind all earlier ones. They are written whether or not the result is awaited.
    /// Without changes, the result is that of the earlier ones.
    pub fn write(&self, changes: Vec<Change>) -> Written {
        Written(self.0.as_ref().map(|writer| writer.queue(changes)))
    }
}

/// The result of a write. Once it is awaited, the changes and all earlier ones are on disk and outlive a
/// crash of the machine.
///
/// It is [`StoreError::Write`] if they cannot be written now. The store goes on trying, and writes all later
/// ones after them; until then callers must not report anything that the service has done since.
#[derive(Debug)]
#[must_use = "changes are on disk only once this is awaited"]
pub struct Written(Option<Ticket>);

impl IntoFuture for Written {
    type Output = Result<(), StoreError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            match self.0 {
                Some(ticket) => ticket.redeem().await,
                None => Ok(()),
            }
        })
    }
}
