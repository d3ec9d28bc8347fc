//! An entry of the index.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;
use std::time::Duration;

use durable_runtime::mode::{RunnerMode, Settings};
use serde::{Deserialize, Serialize};

use super::Ended;
use crate::ExecutionResult;
use crate::screen::file::file_name;
use crate::spec::TestEntry;

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Failed,
    Passed,
    Skipped,
}

/// A test in the index; in the order of the index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) outcome: Outcome,
    /// Name of the test target.
    pub(super) target: String,
    pub(super) name: String,
    /// What tells tests apart: the next run of the test has the same.
    pub(super) key: String,
    pub(super) file: String,
    pub(super) line: u32,
    /// Name of the function of the test, without the recording that it replays.
    pub(super) function: String,
    /// Name of the file of its page.
    pub(super) page: String,
    /// `local` or `cloud`.
    pub(super) mode: String,
    pub(super) executions: usize,
    pub(super) invocations: usize,
    pub(super) virtual_ms: u64,
    pub(super) real_ms: u64,
    /// The first line of why it failed or was skipped.
    pub(super) message: String,
}

impl Entry {
    pub(super) fn of(test: &Ended<'_>) -> Self {
        let spec = test.spec;
        let target = target(spec.module);
        let key = format!("{}::{target}::{}", spec.file, test.name);
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let name = file_name(&format!("{target}.{}", test.name));
        let results = &test.executions.latest;
        let in_cloud = matches!(Settings::from_env(), Ok(Settings::Cloud(_)));
        let mode = if in_cloud {
            RunnerMode::Cloud
        } else {
            RunnerMode::Local
        };
        Self {
            outcome: test.outcome,
            target: target.to_owned(),
            name: test.name.to_owned(),
            page: format!("{name}-{:08x}.html", hasher.finish() >> 32),
            key,
            file: spec.file.to_owned(),
            line: spec.line,
            function: spec.test_name(),
            mode: mode.to_string(),
            executions: results.len() + test.executions.left_out,
            invocations: results.iter().map(invocations).sum(),
            virtual_ms: millis(results.iter().map(ExecutionResult::duration).sum()),
            real_ms: millis(test.real_time),
            message: headline(test.message),
        }
    }
}

/// The first line of a message; after `panicked at ..:` what the panic said, too.
fn headline(message: &str) -> String {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default();
    match lines.next() {
        Some(second) if first.ends_with(':') => format!("{first} {second}"),
        _ => first.to_owned(),
    }
}

/// The invocations of an execution and of those that it called.
fn invocations(result: &ExecutionResult) -> usize {
    result.invocations().len() + result.children().map(invocations).sum::<usize>()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The name of the test target, which is that of its crate.
fn target(module: &str) -> &str {
    module.split_once("::").map_or(module, |(target, _)| target)
}

/// The entries of a file; none if there is no file yet. A line that cannot be read is from another version.
pub(super) fn read(path: &Path) -> io::Result<Vec<Entry>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

pub(super) fn to_text(entries: &[Entry]) -> String {
    let lines = entries
        .iter()
        .filter_map(|entry| serde_json::to_string(entry).ok());
    lines.map(|line| line + "\n").collect()
}

/// Takes out the tests that this program no longer has: they were renamed or removed since.
pub(super) fn extract_gone(entries: &mut Vec<Entry>, test: &Ended<'_>) -> Vec<Entry> {
    let target = target(test.spec.module);
    let own: Vec<(&str, String)> = inventory::iter::<TestEntry>
        .into_iter()
        .map(|TestEntry(spec)| (spec.file, spec.test_name()))
        .collect();
    let is_gone = |entry: &mut Entry| {
        entry.target == target
            && own.iter().any(|(file, _)| *file == entry.file)
            && !own.iter().any(|(_, name)| *name == entry.function)
    };
    entries.extract_if(.., is_gone).collect()
}
