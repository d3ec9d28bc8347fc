//! The records of a service in a store, by which it outlives a restart.
//!
//! The service does no I/O here either. [`Service::take_changes`](crate::Service::take_changes)
//! returns what changed as records, small JSON texts under keys; the host of the service writes them, and
//! passes them to [`Service::restore`](crate::Service::restore).
//!
//! A record is written when its content changes, so a checkpoint costs its operations, its events and one
//! small record of the execution's state. Nothing is stored twice: input, result, error and
//! invocations of an execution are read from its events.
//!
//! # Example
//!
//! ```
//! use durable_service::model::Timestamp;
//! use durable_service::storage::Stored;
//! use durable_service::{Service, ServiceSettings, StartRequest};
//!
//! let mut stored = Stored::default();
//! let mut service = Service::restore(ServiceSettings::default(), stored.clone())?;
//! let arn = service.start(Timestamp::from_millis(0), StartRequest::new("hello", "{}"))?.arn;
//! // A host writes the changes to its store, here a value in memory.
//! for change in service.take_changes() {
//!     stored.apply(change);
//! }
//! drop(service);
//!
//! let after_a_restart = Service::restore(ServiceSettings::default(), stored)?;
//! assert_eq!(after_a_restart.execution(&arn)?.function(), "hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format of the records that this version writes, and the latest that it reads.
///
/// [`Service::restore`](crate::Service::restore) refuses a later one.
pub const FORMAT: u32 = 1;

/// The key of a record.
///
/// The [module](crate::storage#example) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKey {
    /// The service itself.
    Service,
    /// What an execution was started with; never changed.
    Execution {
        /// Number of the execution on its service.
        execution: u64,
    },
    /// The remaining state of an execution: its token, its next invocation, and what the function has seen.
    State {
        /// Number of the execution on its service.
        execution: u64,
    },
    /// An operation.
    Operation {
        /// Number of the execution on its service.
        execution: u64,
        /// Position of the operation in the execution, from 1.
        position: u64,
    },
    /// An event of the history; never changed.
    Event {
        /// Number of the execution on its service.
        execution: u64,
        /// Number of the event, from 1.
        event: u64,
    },
}

impl RecordKey {
    /// Name of the table that has the records of this kind.
    #[must_use]
    pub const fn table(&self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Execution { .. } => "executions",
            Self::State { .. } => "states",
            Self::Operation { .. } => "operations",
            Self::Event { .. } => "events",
        }
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table())?;
        match self {
            Self::Service => Ok(()),
            Self::Execution { execution } | Self::State { execution } => {
                write!(f, " (execution {execution})")
            }
            Self::Operation {
                execution,
                position,
            } => {
                write!(f, " (execution {execution}, position {position})")
            }
            Self::Event { execution, event } => {
                write!(f, " (execution {execution}, event {event})")
            }
        }
    }
}

/// A change to the records. Changes are to be written in their order, and all that were taken together
/// at once or not at all.
///
/// The [module](crate::storage#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A record is added, or replaces the one under its key.
    Put {
        /// Its key.
        key: RecordKey,
        /// Its value, as JSON.
        value: String,
    },
    /// All records of an execution are gone.
    Forget {
        /// Number of the execution on its service.
        execution: u64,
    },
}

impl Change {
    /// A record with a value.
    pub(crate) fn put(key: RecordKey, value: &impl Serialize) -> Self {
        let value = write(value);
        Self::Put { key, value }
    }
}

/// The records of a service.
///
/// The [module](crate::storage#example) has an example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored(BTreeMap<RecordKey, String>);

impl Stored {
    /// Adds a record as it was read.
    pub fn insert(&mut self, key: RecordKey, value: String) {
        self.0.insert(key, value);
    }

    /// Makes a change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Put { key, value } => self.insert(key, value),
            Change::Forget { execution } => self.0.retain(|key, _| match key {
                RecordKey::Service => true,
                RecordKey::Execution { execution: of }
                | RecordKey::State { execution: of }
                | RecordKey::Operation { execution: of, .. }
                | RecordKey::Event { execution: of, .. } => *of != execution,
            }),
        }
    }

    /// Whether nothing was ever stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_records(self) -> impl Iterator<Item = (RecordKey, String)> {
        self.0.into_iter()
    }

    /// All records, by kind, then by execution, then by number.
    pub fn records(&self) -> impl Iterator<Item = (RecordKey, &str)> {
        self.0.iter().map(|(key, value)| (*key, value.as_str()))
    }
}

/// Why a service cannot be restored from records.
///
/// The error of [`Service::restore`](crate::Service::restore).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// They were written by a later version.
    #[error(
        "the store has format {found}, and this version reads formats up to {FORMAT}; use the \
         version that wrote it, or start with an empty store"
    )]
    Format {
        /// Their format.
        found: u32,
    },
    /// A record is broken.
    #[error("the record {key} of the store is broken: {cause}; restore the store from a copy")]
    Broken {
        /// Its key.
        key: RecordKey,
        /// What is wrong with it.
        cause: String,
    },
    /// A record is missing that others belong to or follow.
    #[error("the record {key} of the store is missing; restore the store from a copy")]
    Missing {
        /// Its key.
        key: RecordKey,
    },
}

impl RestoreError {
    pub(crate) fn broken(key: RecordKey, cause: impl fmt::Display) -> Self {
        Self::Broken {
            key,
            cause: cause.to_string(),
        }
    }
}

/// The value of a record.
#[expect(
    clippy::expect_used,
    reason = "texts, numbers and lists of them, under names, are always JSON"
)]
pub(crate) fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a record is JSON")
}

/// Reads the value of a record.
pub(crate) fn read<T: DeserializeOwned>(key: RecordKey, value: &str) -> Result<T, RestoreError> {
    serde_json::from_str(value).map_err(|error| RestoreError::broken(key, error))
}
