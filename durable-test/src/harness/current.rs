//! The test that runs on this thread, for what is named after it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use super::case::Verdict;
use crate::recent::RecentResults;
use crate::report;
use crate::spec::TestSpec;

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// A test while it runs.
struct Current {
    spec: &'static TestSpec,
    /// Its name, with that of the recording that it replays.
    name: String,
    started: Instant,
    recent: Option<RecentResults>,
    /// How often each name of a snapshot was given.
    snapshots: HashMap<String, usize>,
}

/// Ends the test when it is dropped.
pub(super) struct Running(());

impl Running {
    /// Starts a test on this thread.
    pub(super) fn enter(spec: &'static TestSpec, recording: Option<&Path>) -> Self {
        let recording = recording.and_then(Path::file_stem);
        let name = match recording {
            Some(recording) => format!("{}::{}", spec.test_name(), recording.display()),
            None => spec.test_name(),
        };
        CURRENT.set(Some(Current {
            spec,
            name,
            started: Instant::now(),
            recent: None,
            snapshots: HashMap::new(),
        }));
        Self(())
    }

    /// Writes the test into the report, if one is asked for.
    pub(super) fn finish(self, verdict: &Verdict) {
        let Some(current) = CURRENT.take() else {
            return;
        };
        let (outcome, message) = match verdict {
            Verdict::Passed => (report::Outcome::Passed, ""),
            Verdict::Skipped(reason) => (report::Outcome::Skipped, reason.as_str()),
            Verdict::Failed(message) => (report::Outcome::Failed, message.as_str()),
        };
        report::record(&report::Ended {
            spec: current.spec,
            name: &current.name,
            outcome,
            message,
            real_time: current.started.elapsed(),
            executions: current
                .recent
                .map(|recent| recent.recorded())
                .unwrap_or_default(),
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        CURRENT.take();
    }
}

/// Notes the results of the body that runs now, for the report. A repetition forgets what the one before it
/// noted.
pub(super) fn watch(recent: &RecentResults) {
    CURRENT.with_borrow_mut(|current| {
        if let Some(current) = current {
            current.recent = Some(recent.clone());
            current.snapshots.clear();
        }
    });
}

/// Name of the test that runs on this thread, if it is one of this crate.
pub(crate) fn name() -> Option<String> {
    CURRENT.with_borrow(|current| Some(current.as_ref()?.name.clone()))
}

/// A name for a snapshot of the test that runs on this thread: that of its function and, from the second
/// snapshot on, its number.
#[cfg(feature = "insta")]
pub(crate) fn snapshot_name() -> Option<String> {
    CURRENT.with_borrow_mut(|current| {
        let current = current.as_mut()?;
        let name = current.spec.name;
        let name = name.strip_prefix("test_").unwrap_or(name).to_owned();
        let number = current.snapshots.entry(name.clone()).or_default();
        *number += 1;
        Some(match *number {
            1 => name,
            number => format!("{name}-{number}"),
        })
    })
}
