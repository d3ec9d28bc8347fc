//! The thread that writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::StoreError;
use super::database::{Database, Entry};

/// Pause before a write that failed is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Changes that were queued together, and their number.
type Batch = (u64, Vec<Entry>);

/// A queue, and the thread that empties it.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    queue: Mutex<Queue>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queue {
    /// Number of the batch that was queued last, from 1.
    last: u64,
    /// Sender of the queue; none once it is closed.
    batches: Option<Sender<Batch>>,
}

/// Progress of the thread.
#[derive(Debug, Default)]
struct Progress {
    /// Number of the batch that was written last.
    written: u64,
    /// Number of the last batch of a write that failed, and why, until a write succeeds.
    failure: Option<(u64, StoreError)>,
}

/// A batch that was queued.
#[derive(Debug)]
pub(super) struct Ticket {
    number: u64,
    path: PathBuf,
    progress: watch::Receiver<Progress>,
}

impl Writer {
    pub(super) fn start(database: Database) -> Result<Self, StoreError> {
        let path = database.path().to_owned();
        let (batches, queued) = mpsc::channel();
        let (progress, watched) = watch::channel(Progress::default());
        let thread = thread::Builder::new()
            .name("durable-store".to_owned())
            .spawn(move || write_all(database, &queued, &progress))
            .map_err(|error| StoreError::Stopped {
                path: path.clone(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            path,
            queue: Mutex::new(Queue {
                last: 0,
                batches: Some(batches),
            }),
            progress: watched,
            thread: Some(thread),
        })
    }

    /// Follows whether the store can be written.
    pub(super) fn troubles(&self) -> Troubles {
        Troubles {
            progress: Some(self.progress.clone()),
            fails: false,
        }
    }

    /// Queues changes. Without any, the ticket is for the batch that was queued last.
    pub(super) fn queue(&self, changes: Vec<Entry>) -> Ticket {
        let mut queue = self.queue.lock();
        if !changes.is_empty() {
            queue.last += 1;
            let number = queue.last;
            if let Some(batches) = &queue.batches {
                // If the thread has ended, the ticket reports why.
                let _ = batches.send((number, changes));
            }
        }
        Ticket {
            number: queue.last,
            path: self.path.clone(),
            progress: self.progress.clone(),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut queue = self.queue.lock();
        queue.batches = None;
        drop(queue);
        if let Some(thread) = self.thread.take() {
            // If it panicked, its tickets report that it has ended.
            let _ = thread.join();
        }
    }
}

impl Ticket {
    /// Waits until the batch is written.
    pub(super) async fn redeem(mut self) -> Result<(), StoreError> {
        let is_over = |progress: &Progress| {
            let failed = progress.failure.as_ref().map_or(0, |(number, _)| *number);
            progress.written.max(failed) >= self.number
        };
        let path = self.path;
        let progress = self.progress.wait_for(is_over).await;
        let progress = progress.map_err(|_| StoreError::Stopped {
            path,
            reason: "its thread has ended".to_owned(),
        })?;
        match &progress.failure {
            Some((_, failure)) if progress.written < self.number => Err(failure.clone()),
            _ => Ok(()),
        }
    }
}

/// Writes queued changes until the queue is closed, all that are queued in one transaction. Changes that
/// cannot be written are tried again, with those that follow.
fn write_all(mut database: Database, queued: &Receiver<Batch>, progress: &watch::Sender<Progress>) {
    let mut number = 0;
    let mut changes = Vec::new();
    loop {
        let next = if !changes.is_empty() {
            queued.recv_timeout(RETRY_PAUSE)
        } else if database.has_free_pages() {
            queued.recv_timeout(Duration::ZERO)
        } else {
            queued.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        let is_closed = matches!(next, Err(RecvTimeoutError::Disconnected));
        for (next, more) in next.into_iter().chain(queued.try_iter()) {
            number = next;
            changes.extend(more);
        }
        if !changes.is_empty() {
            match database.write(&changes) {
                Ok(()) => {
                    changes.clear();
                    progress.send_modify(|progress| {
                        progress.written = number;
                        progress.failure = None;
                    });
                }
                Err(cause) => {
                    let failure = StoreError::Write {
                        path: database.path().to_owned(),
                        cause: Arc::new(cause),
                    };
                    progress.send_modify(|progress| progress.failure = Some((number, failure)));
                }
            }
        }
        if is_closed {
            return;
        }
        if changes.is_empty() && database.has_free_pages() {
            database.shrink();
        }
    }
}

/// Follows whether a store can be written.
#[derive(Debug)]
pub(crate) struct Troubles {
    progress: Option<watch::Receiver<Progress>>,
    fails: bool,
}

impl Troubles {
    /// A store that always can.
    pub(super) fn none() -> Self {
        Self {
            progress: None,
            fails: false,
        }
    }

    /// Waits until a store that could be written cannot, and returns why, or the other way round.
    pub(crate) async fn next(&mut self) -> Option<StoreError> {
        let Some(progress) = &mut self.progress else {
            return std::future::pending().await;
        };
        let fails = self.fails;
        let turned = |progress: &Progress| progress.failure.is_some() != fails;
        let turned = progress.wait_for(turned).await;
        let turned = turned.map(|progress| progress.failure.as_ref().map(|(_, it)| it.clone()));
        // A thread that has ended has nothing to say any more.
        let Ok(failure) = turned else {
            return std::future::pending().await;
        };
        self.fails = failure.is_some();
        failure
    }
}

#[cfg(test)]
mod tests {
    use durable_service::storage::{Change, RecordKey};

    use super::*;

    fn batch(execution: u64, bytes: usize) -> Vec<Entry> {
        vec![Entry::Change(Change::Put {
            key: RecordKey::State { execution },
            value: "x".repeat(bytes),
        })]
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_all_that_follow() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::open(&folder.path().join("durable.db")).unwrap();
        database.limit_pages(20);
        let writer = Writer::start(database).unwrap();

        writer.queue(batch(1, 10)).redeem().await.unwrap();
        let early = writer.queue(Vec::new());
        let error = writer.queue(batch(2, 200_000)).redeem().await.unwrap_err();
        assert!(
            error.to_string().contains("database or disk is full"),
            "{error}"
        );

        let later = writer.queue(batch(3, 10)).redeem().await.unwrap_err();
        let reading = writer.queue(Vec::new()).redeem().await.unwrap_err();
        assert_eq!(later.to_string(), error.to_string());
        assert_eq!(reading.to_string(), error.to_string());
        early.redeem().await.unwrap();
        assert!(writer.troubles().next().await.is_some());
    }
}
