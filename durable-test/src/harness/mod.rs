//! Runs registered tests: under libtest's flags in a target of its own, or as a plain `#[test]`.

mod case;
mod panics;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::spec::{TestEntry, TestSpec};
use case::Verdict;

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
    specs
        .into_iter()
        .map(|spec| {
            Trial::ignorable_test(test_name(spec), || trial(spec))
                .with_ignored_flag(spec.ignore.is_some())
        })
        .collect()
}

fn trial(spec: &'static TestSpec) -> Result<Completion, Failed> {
    match case::run(spec) {
        Verdict::Passed => Ok(Completion::Completed),
        Verdict::Skipped(reason) => Ok(Completion::ignored_with(reason)),
        Verdict::Failed(message) => Err(message.into()),
    }
}

/// Name of a test as libtest would have it: the path within the crate.
fn test_name(spec: &TestSpec) -> String {
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
    match case::run(spec) {
        Verdict::Passed => Ok(()),
        Verdict::Skipped(reason) => {
            println!("skipped: {reason}");
            Ok(())
        }
        Verdict::Failed(message) => Err(PlainFailure(message)),
    }
}
