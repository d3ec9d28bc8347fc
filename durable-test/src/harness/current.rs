//! The test that runs on this thread, for what is named after it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use super::verdict::Verdict;
use crate::recent::RecentResults;
use crate::report;
use crate::spec::TestSpec;

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// A test while it runs.
struct Current {
    #[cfg(feature = "insta")]
    spec: &'static TestSpec,
    /// The module and the name of its function.
    function: (String, String),
    /// Its name, with that of the recording that it replays.
    name: String,
    recent: Option<RecentResults>,
    /// How often each name of a snapshot was given.
    snapshots: HashMap<String, usize>,
}

/// Runs a test on this thread, and writes it into the report, if one is requested.
pub(super) fn during(
    spec: &'static TestSpec,
    recording: Option<&Path>,
    run: impl FnOnce() -> Verdict,
) -> Verdict {
    let recording = recording.and_then(Path::file_stem);
    let name = match recording {
        Some(recording) => format!("{}::{}", spec.test_name(), recording.display()),
        None => spec.test_name(),
    };
    CURRENT.set(Some(Current {
        #[cfg(feature = "insta")]
        spec,
        // A case has the name of the test in front of its own.
        function: (
            spec.module.to_owned(),
            spec.name.split("::").next().unwrap_or_default().to_owned(),
        ),
        name: name.clone(),
        recent: None,
        snapshots: HashMap::new(),
    }));
    let started = Instant::now();
    let verdict = run();
    let recent = CURRENT.take().and_then(|current| current.recent);
    let (outcome, message) = match &verdict {
        Verdict::Passed => (report::Outcome::Passed, ""),
        Verdict::Skipped(reason) => (report::Outcome::Skipped, reason.as_str()),
        Verdict::Failed(message) => (report::Outcome::Failed, message.as_str()),
    };
    report::record(&report::Ended {
        spec,
        name: &name,
        outcome,
        message,
        real_time: started.elapsed(),
        executions: recent.map(|recent| recent.recorded()).unwrap_or_default(),
    });
    verdict
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

/// The module and the name of the function of the test that runs on this thread, if it is one of this crate.
pub(crate) fn function() -> Option<(String, String)> {
    CURRENT.with_borrow(|current| Some(current.as_ref()?.function.clone()))
}

/// A name for a snapshot of the test that runs on this thread: that of its function with that of its case and,
/// from the second snapshot on, its number.
#[cfg(feature = "insta")]
pub(crate) fn snapshot_name() -> Option<String> {
    CURRENT.with_borrow_mut(|current| {
        let current = current.as_mut()?;
        let name = current.spec.name;
        let name = name.strip_prefix("test_").unwrap_or(name);
        // A case has the name of the test in front of its own.
        let name = name.replace("::", "__");
        let number = current.snapshots.entry(name.clone()).or_default();
        *number += 1;
        Some(match *number {
            1 => name,
            number => format!("{name}-{number}"),
        })
    })
}
