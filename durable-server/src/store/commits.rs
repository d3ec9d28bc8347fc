//! Commits that a test decides about.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use parking_lot::Mutex;

use super::Store;
use super::database::Database;
use super::writer::Writer;

/// The commits of a store. Each waits for a verdict, and succeeds once there are no more verdicts to come.
pub(crate) struct Commits {
    reached: Receiver<()>,
    fails: Sender<bool>,
}

impl Commits {
    /// A store of a new file that tries again at once, and its commits.
    pub(crate) fn of_store(path: &Path) -> (Store, Self) {
        let mut database = Database::open(path).unwrap();
        let commits = Self::of(&mut database);
        let store = Store {
            writer: Some(Writer::start(database, Duration::ZERO).unwrap()),
            calls: Mutex::default(),
            last_call: AtomicU64::new(0),
        };
        (store, commits)
    }

    pub(super) fn of(database: &mut Database) -> Self {
        let (reach, reached) = mpsc::channel();
        let (fails, verdicts) = mpsc::channel();
        database.before_commit(move || {
            // The test may be over.
            let _ = reach.send(());
            verdicts.recv().unwrap_or(false)
        });
        Self { reached, fails }
    }

    /// Waits until the store is about to commit.
    pub(crate) fn reach(&self) {
        self.reached.recv().unwrap();
    }

    pub(crate) fn succeed(&self) {
        self.fails.send(false).unwrap();
    }

    pub(crate) fn fail(&self) {
        self.fails.send(true).unwrap();
    }

    /// Whether another commit was reached.
    pub(super) fn has_more(&self) -> bool {
        self.reached.try_recv().is_ok()
    }
}
