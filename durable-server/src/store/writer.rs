//! The thread that writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::StoreError;
use super::database::{Database, Entry};
use super::unwritten::Unwritten;

/// Pause before a write that failed is tried again.
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(1);

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
    unwritten: Unwritten,
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
    /// Starts the thread, which tries a write that failed again after a pause.
    pub(super) fn start(database: Database, pause: Duration) -> Result<Self, StoreError> {
        let path = database.path().to_owned();
        let (batches, queued) = mpsc::channel();
        let (progress, watched) = watch::channel(Progress::default());
        let thread = thread::Builder::new()
            .name("durable-store".to_owned())
            .spawn(move || write_all(database, &queued, &progress, pause))
            .map_err(|error| StoreError::Stopped {
                path: path.clone(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            path,
            queue: Mutex::new(Queue {
                last: 0,
                batches: Some(batches),
                unwritten: Unwritten::default(),
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

    /// Why the last write failed; none if it did not.
    pub(super) fn failure(&self) -> Option<StoreError> {
        let progress = self.progress.borrow();
        progress
            .failure
            .as_ref()
            .map(|(_, failure)| failure.clone())
    }

    /// Queues changes. Without any, the ticket is for the batch that was queued last.
    pub(super) fn queue(&self, changes: Vec<Entry>) -> Ticket {
        let mut queue = self.queue.lock();
        if !changes.is_empty() {
            queue.last += 1;
            let number = queue.last;
            queue.unwritten.remove_until(self.progress.borrow().written);
            for execution in changes.iter().filter_map(Entry::execution) {
                queue.unwritten.add(number, execution);
            }
            if let Some(batches) = &queue.batches {
                // If the thread has ended, the ticket reports why.
                let _ = batches.send((number, changes));
            }
        }
        self.ticket(queue.last)
    }

    /// The ticket for the last batch that changes an execution.
    pub(super) fn last_of(&self, execution: u64) -> Ticket {
        let last = self.queue.lock().unwritten.last(execution);
        // The batch before the first is always written.
        self.ticket(last.unwrap_or(0))
    }

    fn ticket(&self, number: u64) -> Ticket {
        Ticket {
            number,
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
    /// Waits until the batch is written, or a write of it fails.
    pub(super) async fn redeem(self) -> Result<(), StoreError> {
        let number = self.number;
        self.wait_for(|progress| {
            let failed = progress.failure.as_ref().map_or(0, |(number, _)| *number);
            progress.written.max(failed) >= number
        })
        .await
    }

    /// Waits until the batch is written, however often that fails.
    pub(super) async fn redeem_at_last(self) -> Result<(), StoreError> {
        let number = self.number;
        self.wait_for(|progress| progress.written >= number).await
    }

    async fn wait_for(mut self, is_over: impl Fn(&Progress) -> bool) -> Result<(), StoreError> {
        let path = self.path;
        let progress = self.progress.wait_for(|progress| is_over(progress)).await;
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
/// cannot be written are tried again after a pause, with those that come meanwhile.
fn write_all(
    mut database: Database,
    queued: &Receiver<Batch>,
    progress: &watch::Sender<Progress>,
    pause: Duration,
) {
    let mut number = 0;
    let mut changes = Vec::new();
    // When a write that failed is tried again. What comes earlier does not make it succeed.
    let mut retry_at: Option<Instant> = None;
    loop {
        let next = if let Some(retry_at) = retry_at {
            queued.recv_timeout(remaining(retry_at))
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
        let pauses = retry_at.is_some_and(|retry_at| !remaining(retry_at).is_zero()) && !is_closed;
        if !changes.is_empty() && !pauses {
            match database.write(&changes) {
                Ok(()) => {
                    changes.clear();
                    retry_at = None;
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
                    retry_at = Some(Instant::now() + pause);
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

/// The time until an instant.
fn remaining(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
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
    use std::path::Path;
    use std::pin::pin;
    use std::process::Command;
    use std::task::{Context, Poll, Waker};

    use durable_service::storage::{Change, RecordKey};

    use super::super::commits::Commits;
    use super::*;

    /// Variable that makes a process of this test write to a file and die in the middle of it.
    const VICTIM: &str = "DURABLE_TEST_VICTIM";

    fn put(execution: u64, value: &str) -> Vec<Entry> {
        vec![Entry::Change(Change::Put {
            key: RecordKey::State { execution },
            value: value.to_owned(),
        })]
    }

    fn batch(execution: u64, bytes: usize) -> Vec<Entry> {
        put(execution, &"x".repeat(bytes))
    }

    /// A writer to a new file, which is at a commit of a first batch; changes that are queued now are a group.
    fn at_first_commit(path: &Path) -> (Writer, Ticket, Commits) {
        at_first_commit_with(path, Duration::ZERO)
    }

    /// The same with a pause after a write that failed.
    fn at_first_commit_with(path: &Path, pause: Duration) -> (Writer, Ticket, Commits) {
        let mut database = Database::open(path).unwrap();
        let commits = Commits::of(&mut database);
        let writer = Writer::start(database, pause).unwrap();
        let first = writer.queue(put(1, "first"));
        commits.reach();
        (writer, first, commits)
    }

    /// Whether a ticket has to wait.
    fn waits(ticket: Ticket) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        matches!(pin!(ticket.redeem()).poll(&mut context), Poll::Pending)
    }

    /// The states that a file holds, by their executions.
    fn states(path: &Path) -> Vec<(RecordKey, String)> {
        let stored = Database::open(path).unwrap().read().unwrap();
        let records = stored.records();
        records
            .map(|(key, value)| (key, value.to_owned()))
            .collect()
    }

    fn state(execution: u64, value: &str) -> (RecordKey, String) {
        (RecordKey::State { execution }, value.to_owned())
    }

    #[tokio::test]
    async fn all_that_is_queued_during_a_commit_shares_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("durable.db");
        let (writer, first, commits) = at_first_commit(&path);
        let group: Vec<Ticket> = (2..=100)
            .map(|number| writer.queue(put(number % 7, &number.to_string())))
            .collect();
        assert!(waits(writer.queue(Vec::new())));
        commits.succeed();
        first.redeem().await.unwrap();

        // The group is written, and not on disk yet.
        commits.reach();
        assert!(group.into_iter().all(waits));
        let last = writer.queue(Vec::new());
        commits.succeed();
        last.redeem().await.unwrap();
        assert!(!commits.has_more());

        drop((commits, writer));
        let last = [98, 99, 100, 94, 95, 96, 97].map(|number| number.to_string());
        let last: Vec<_> = (0..).zip(&last).map(|(it, last)| state(it, last)).collect();
        assert_eq!(states(&path), last);
    }

    #[tokio::test]
    async fn a_commit_that_fails_fails_for_all_who_share_it_and_is_made_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("durable.db");
        let (writer, first, commits) = at_first_commit(&path);
        let group: Vec<Ticket> = (2..=5)
            .map(|execution| writer.queue(put(execution, "group")))
            .collect();
        let patient = writer.last_of(2);
        commits.succeed();
        commits.reach();
        commits.fail();
        first.redeem().await.unwrap();
        // The next attempt is held, so each ticket of the group reports the failure.
        for ticket in group {
            let error = ticket.redeem().await.unwrap_err();
            assert!(matches!(error, StoreError::Write { .. }), "{error}");
        }
        let later = writer.queue(put(5, "later"));
        commits.reach();
        assert!(waits(writer.last_of(5)));
        // The group is tried again with the later change, or before it.
        commits.succeed();
        commits.succeed();
        later.redeem().await.unwrap();
        patient.redeem_at_last().await.unwrap();

        drop((commits, writer));
        let group = [(1, "first"), (2, "group"), (3, "group"), (4, "group")];
        let all = group.into_iter().chain([(5, "later")]);
        let all: Vec<_> = all.map(|(it, value)| state(it, value)).collect();
        assert_eq!(states(&path), all);
    }

    #[tokio::test]
    async fn what_comes_in_the_pause_after_a_failure_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("durable.db");
        let (writer, first, commits) = at_first_commit_with(&path, Duration::from_hours(1));
        commits.fail();
        first.redeem().await.unwrap_err();
        for execution in 2..=100 {
            commits.succeed();
            assert!(waits(writer.queue(put(execution, "later"))));
        }

        // A queue that is closed ends the pause.
        drop(writer);
        commits.reach();
        assert!(!commits.has_more(), "there is one more attempt");
        assert_eq!(states(&path).len(), 100);
    }

    #[tokio::test]
    async fn a_reader_of_one_execution_does_not_wait_for_others() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, first, commits) = at_first_commit(&folder.path().join("durable.db"));
        drop(writer.queue(put(2, "group")));
        assert!(waits(writer.last_of(1)));
        assert!(waits(writer.last_of(2)));
        assert!(waits(writer.queue(Vec::new())));
        writer.last_of(3).redeem().await.unwrap();

        commits.succeed();
        first.redeem().await.unwrap();
        commits.reach();
        writer.last_of(1).redeem().await.unwrap();
        assert!(waits(writer.last_of(2)));

        // While the store fails, what is stored can be read.
        commits.fail();
        assert!(writer.last_of(2).redeem().await.is_err());
        assert!(writer.queue(Vec::new()).redeem().await.is_err());
        writer.last_of(1).redeem().await.unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_a_kill_leaves_uncommitted_is_not_stored() {
        if let Some(path) = std::env::var_os(VICTIM) {
            let (writer, first, commits) = at_first_commit(Path::new(&path));
            for execution in 1..=3 {
                drop(writer.queue(put(execution, "group")));
            }
            commits.succeed();
            first.redeem().await.unwrap();
            commits.reach();
            std::process::abort();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("durable.db");
        let me = "store::writer::tests::a_transaction_that_a_kill_leaves_uncommitted_is_not_stored";
        let victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", me])
            .env(VICTIM, &path)
            .output()
            .unwrap();
        assert!(!victim.status.success(), "the process was to die");
        assert_eq!(states(&path), [state(1, "first")]);
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_all_that_follow() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::open(&folder.path().join("durable.db")).unwrap();
        database.limit_pages(20);
        let writer = Writer::start(database, Duration::ZERO).unwrap();

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
