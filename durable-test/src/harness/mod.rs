//! Runs registered tests: under libtest's flags in a target of its own, or as a plain `#[test]`.

mod case;
pub(crate) mod current;
mod panics;
mod recordings;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::spec::{TestBody, TestEntry, TestSpec};
use case::Verdict;
use recordings::Recorded;

/// Runs all `#[durable_test]`s of this binary under libtest's flags; what [`main!`](crate::main)
/// calls.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

/// The registered tests, by name.
fn trials() -> Vec<Trial> {
    let mut specs: Vec<&'static TestSpec> = inventory::iter::<TestEntry>
        .into_iter()
        .map(|TestEntry(spec)| *spec)
        .collect();
    specs.sort_by_key(|spec| (test_name(spec), spec.line));
    specs.into_iter().flat_map(trials_of).collect()
}

/// The cases of a test: itself, or one for each recording that it replays.
fn trials_of(spec: &'static TestSpec) -> Vec<Trial> {
    let trial = |name: String, run: Box<dyn FnOnce() -> Verdict + Send>| {
        Trial::ignorable_test(name, move || completion(run()))
            .with_ignored_flag(spec.ignore.is_some())
    };
    let name = test_name(spec);
    let TestBody::Replay { pattern, root, .. } = spec.body else {
        return vec![trial(name, Box::new(move || case::run(spec, None)))];
    };
    match recordings::find(root, pattern) {
        Ok(found) => found
            .into_iter()
            .map(|Recorded { name: file, path }| {
                let run = move || case::run(spec, Some(&path));
                trial(format!("{name}::{file}"), Box::new(run))
            })
            .collect(),
        Err(error) => vec![trial(
            name,
            Box::new(move || Verdict::Failed(error.to_string())),
        )],
    }
}

fn completion(verdict: Verdict) -> Result<Completion, Failed> {
    match verdict {
        Verdict::Passed => Ok(Completion::Completed),
        Verdict::Skipped(reason) => Ok(Completion::ignored_with(reason)),
        Verdict::Failed(message) => Err(message.into()),
    }
}

/// Name of a test in the form of libtest: the path within the crate.
pub(crate) fn test_name(spec: &TestSpec) -> String {
    match spec.module.split_once("::") {
        Some((_, module)) => format!("{module}::{}", spec.name),
        None => spec.name.to_owned(),
    }
}

/// A failed test of an ordinary target; libtest prints its `Debug`.
pub struct PlainFailure(String);

impl std::fmt::Debug for PlainFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs a test of an ordinary target; a skipped test prints its reason and passes.
///
/// # Errors
///
/// Why the test failed.
#[doc(hidden)]
pub fn run_plain(spec: &'static TestSpec) -> Result<(), PlainFailure> {
    match run_all(spec) {
        Verdict::Passed => Ok(()),
        Verdict::Skipped(reason) => {
            println!("skipped: {reason}");
            Ok(())
        }
        Verdict::Failed(message) => Err(PlainFailure(message)),
    }
}

/// All cases of a test as one; of several recordings every failure is reported.
fn run_all(spec: &'static TestSpec) -> Verdict {
    let TestBody::Replay { pattern, root, .. } = spec.body else {
        return case::run(spec, None);
    };
    let found = match recordings::find(root, pattern) {
        Ok(found) => found,
        Err(error) => return Verdict::Failed(error.to_string()),
    };
    let mut failures = Vec::new();
    for Recorded { name, path } in found {
        match case::run(spec, Some(&path)) {
            Verdict::Passed => {}
            Verdict::Skipped(reason) => return Verdict::Skipped(reason),
            Verdict::Failed(message) => failures.push(format!("{name}: {message}")),
        }
    }
    if failures.is_empty() {
        Verdict::Passed
    } else {
        Verdict::Failed(failures.join("\n\n"))
    }
}
