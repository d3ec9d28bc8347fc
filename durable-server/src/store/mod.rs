//! The file that a server keeps its executions in.
//!
//! It is an SQLite database with the records of [`durable_service::storage`] in one table per kind, so
//! that `sqlite3 durable.db "SELECT value FROM events"` shows what happened. One thread writes. It puts
//! all queued changes into one transaction, so that many executions share the cost of one `fsync`. A reader of one
//! execution waits for the changes of that one alone.

#[cfg(test)]
pub(crate) mod commits;
mod database;
mod error;
mod unwritten;
mod writer;

use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use durable_service::storage::{Change, Stored};
use parking_lot::Mutex;

pub use error::StoreError;

use database::{Database, Entry};
pub(crate) use writer::Troubles;
use writer::{RETRY_PAUSE, Ticket, Writer};

/// Keeps the changes of a service. Dropping it writes all queued changes, and waits for that.
///
/// ```
/// use durable_server::store::Store;
/// use durable_service::model::Timestamp;
/// use durable_service::{Service, ServiceSettings, StartRequest};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("durable.db");
///
/// let (store, stored) = Store::open(&file)?;
/// let mut service = Service::restore(ServiceSettings::default(), stored)?;
/// let arn = service.start(Timestamp::from_millis(0), StartRequest::new("hello", "{}"))?.arn;
/// store.write(service.take_changes()).await?;
/// drop(store);
///
/// let (_store, stored) = Store::open(&file)?;
/// let after_a_restart = Service::restore(ServiceSettings::default(), stored)?;
/// assert_eq!(after_a_restart.execution(&arn)?.function(), "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Store {
    writer: Option<Writer>,
    /// Calls that were accepted and had not ended when the store was opened.
    calls: Mutex<Vec<(u64, String)>>,
    /// Number of the last call.
    last_call: AtomicU64,
}

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
        let calls = database.read_calls()?;
        let last_call = calls.iter().map(|(number, _)| *number).max();
        let store = Self {
            writer: Some(Writer::start(database, RETRY_PAUSE)?),
            calls: Mutex::new(calls),
            last_call: AtomicU64::new(last_call.unwrap_or(0)),
        };
        Ok((store, stored))
    }

    /// Makes the file of a store as small as it can be. No server may have it open.
    ///
    /// # Errors
    ///
    /// If there is no such store, or it is in use or cannot be written anew.
    pub fn compact(path: &Path) -> Result<(), StoreError> {
        if !path.is_file() {
            let path = path.to_owned();
            return Err(StoreError::Missing { path });
        }
        Database::open(path)?.compact()
    }

    /// A store that keeps nothing over a restart.
    #[must_use]
    pub fn memory() -> Self {
        Self {
            writer: None,
            calls: Mutex::default(),
            last_call: AtomicU64::new(0),
        }
    }

    /// Takes the calls that were accepted and had not ended when the store was opened.
    pub(crate) fn take_calls(&self) -> Vec<(u64, String)> {
        std::mem::take(&mut *self.calls.lock())
    }

    /// Keeps an accepted call until it is forgotten by its number.
    pub(crate) fn keep_call(&self, record: String) -> (u64, Written) {
        let number = self.last_call.fetch_add(1, Ordering::Relaxed) + 1;
        (number, self.queue(vec![Entry::Call(number, Some(record))]))
    }

    /// Forgets a call that has ended.
    pub(crate) fn forget_call(&self, number: u64) -> Written {
        self.queue(vec![Entry::Call(number, None)])
    }

    fn queue(&self, entries: Vec<Entry>) -> Written {
        Written(self.writer.as_ref().map(|writer| writer.queue(entries)))
    }

    /// Follows whether the store can be written.
    pub(crate) fn troubles(&self) -> Troubles {
        self.writer
            .as_ref()
            .map_or_else(Troubles::none, Writer::troubles)
    }

    /// Why the store cannot be written at present.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.writer.as_ref().and_then(Writer::failure)
    }

    /// Follows the changes of an execution that were queued so far, and of no other.
    pub(crate) fn last_of(&self, execution: u64) -> Written {
        Written(self.writer.as_ref().map(|writer| writer.last_of(execution)))
    }

    /// Queues changes behind all earlier ones. They are written whether or not the result is awaited.
    /// Without changes, the result is that of the earlier ones.
    pub fn write(&self, changes: Vec<Change>) -> Written {
        self.queue(changes.into_iter().map(Entry::Change).collect())
    }
}

/// The result of a write. Once it is awaited, the changes and all earlier ones are on disk and outlive a
/// crash of the machine.
///
/// It is [`StoreError::Write`] if they cannot be written now. The store goes on trying, and writes all later
/// ones after them; until then callers must not report anything that the service has done since.
///
/// [`Store::write`] returns it.
#[derive(Debug)]
#[must_use = "changes are on disk only once this is awaited"]
pub struct Written(Option<Ticket>);

impl Written {
    /// Waits until the changes are on disk, however often writes fail until then.
    ///
    /// # Errors
    ///
    /// If nothing writes to the store any more.
    pub(crate) async fn at_last(self) -> Result<(), StoreError> {
        match self.0 {
            Some(ticket) => ticket.redeem_at_last().await,
            None => Ok(()),
        }
    }
}

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
