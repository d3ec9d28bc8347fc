//! The file that a server keeps its executions in.
//!
//! It is an SQLite database with the records of [`durable_service::storage`] in one table per kind, so
//! that `sqlite3 durable.db "SELECT value FROM events"` shows what happened. One thread writes. Whatever
//! is queued when it is free goes into one transaction, so that many executions share the cost of one
//! `fsync`.

mod database;
mod error;
mod writer;

use std::path::Path;
use std::pin::Pin;

use durable_service::storage::{Change, Stored};

pub use error::StoreError;

use database::Database;
use writer::{Ticket, Writer};

/// Where a service's changes are kept. Dropping it writes all that is queued, and waits for that.
#[derive(Debug)]
pub struct Store(Option<Writer>);

impl Store {
    /// Opens the store of a file, which is made if it does not exist, and reads what it holds. No
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

    /// Queues changes, behind all that were queued before. They are written whether or not anybody
    /// awaits that. Without changes, what is given is the end of what was queued before.
    pub fn write(&self, changes: Vec<Change>) -> Written {
        Written(self.0.as_ref().map(|writer| writer.queue(changes)))
    }
}

/// The end of a write, to be awaited: then the changes, and all that were queued before them, are on
/// disk and outlive a crash of the machine.
///
/// It ends with [`StoreError::Write`] if they could not be written. Neither can later ones be then: what
/// the service did since must not be told to anybody.
#[derive(Debug)]
#[must_use = "changes are not on disk before it was awaited"]
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
