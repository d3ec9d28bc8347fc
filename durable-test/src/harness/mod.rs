//! Runs registered tests: under libtest's flags in a target of its own, or as a plain `#[test]`.
//!
//! In a target with `harness = false` a test runs in a process whose output is held back: what it prints and
//! logs is shown with its failure, and hidden otherwise. There are as many such processes as `--test-threads`
//! asks for, and each runs one test after the other. A process that ends before its test, as by
//! `std::process::exit` in a handler, fails that test. With `--no-capture` all tests run in this process, where a
//! debugger finds them; such an end aborts it there (see `ends`), and so in a plain `#[test]`. Under nextest each test
//! has a process of its own.
//!
//! [`main!`](crate::main) shows how such a target is declared; [`durable_test`](durable_macros::durable_test) makes the
//! tests.

mod case;
pub(crate) mod current;
pub(crate) mod ends;
mod failure;
mod flags;
mod logs;
pub(crate) mod notices;
mod panics;
mod recordings;
mod registered;
mod unseen;
mod verdict;
mod workers;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Completion, Failed, FormatSetting, Trial};
use parking_lot::Mutex;

use crate::spec::{TestBody, TestSpec};
use flags::Flags;
use recordings::Recorded;
use registered::Test;
use verdict::Verdict;
use workers::{Address, Ran, Workers, serve};

/// Exit code of wrong flags, as in libtest.
const WRONG_FLAGS: u8 = 101;

/// Runs all `#[durable_test]`s of this binary under libtest's flags.
///
/// [`main!`](crate::main) makes the `main` of a target that does so, with an example.
#[must_use]
pub fn main() -> ExitCode {
    main_of("", "")
}

/// Runs all `#[durable_test]`s of this binary under libtest's flags, and warns of plain tests in its files; what
/// [`main!`](crate::main) calls with its own file and the folder of the package.
#[doc(hidden)]
#[must_use]
pub fn main_of(file: &str, root: &str) -> ExitCode {
    let specs = registered::specs();
    let tests = registered::of(&specs);
    if let Some(address) = Address::find(std::env::args()) {
        return serve(&address, tests);
    }
    let flags = match Flags::read(std::env::args().skip(1), |name| std::env::var(name).ok()) {
        Ok(flags) => flags,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(WRONG_FLAGS);
        }
    };
    let names: Vec<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    let arguments = flags.for_runner(&names);
    let is_read_by_people = !matches!(arguments.format, Some(FormatSetting::Json));
    if arguments.list {
        let trials = tests.into_iter().map(in_this_process).collect();
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let printed = Printed::default();
    // Under nextest each test has a process already, which must not end in silence.
    let under_nextest = std::env::var_os("NEXTEST").is_some();
    let mut trials: Vec<Trial> = if flags.captures || under_nextest {
        let workers = Arc::new(Workers::new(flags.captures));
        let keeps = flags.shows_output.then(|| printed.clone());
        let numbered = tests.into_iter().enumerate();
        let in_worker = |(number, test)| in_worker(number, test, &workers, keeps.as_ref());
        numbered.map(in_worker).collect()
    } else {
        tests.into_iter().map(in_this_process).collect()
    };
    if let Some(seed) = flags.shuffle_seed {
        if is_read_by_people {
            println!("shuffle seed: {seed}");
        }
        fastrand::Rng::with_seed(seed).shuffle(&mut trials);
    }
    let code = libtest_mimic::run(&arguments, trials).exit_code();
    if is_read_by_people {
        printed.show();
    }
    if !flags.chooses() {
        for warning in unseen::warnings(&specs, file, root) {
            eprintln!("warning: {warning}\n");
        }
    }
    code
}

/// What passing tests printed, for `--show-output`.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<(String, String)>>>);

impl Printed {
    fn add(&self, test: &str, output: String) {
        if !output.trim().is_empty() {
            self.0.lock().push((test.to_owned(), output));
        }
    }

    fn show(&self) {
        let mut printed = std::mem::take(&mut *self.0.lock());
        if printed.is_empty() {
            return;
        }
        printed.sort();
        println!("successes:\n");
        for (test, output) in printed {
            println!("---- {test} ----\n{}\n", output.trim_matches('\n'));
        }
    }
}

/// A test that runs in a worker.
fn in_worker(
    number: usize,
    test: Test,
    workers: &Arc<Workers>,
    printed: Option<&Printed>,
) -> Trial {
    let (workers, printed, name) = (Arc::clone(workers), printed.cloned(), test.name.clone());
    let is_ignored = test.is_ignored;
    let run = move || {
        let Some(Ran { verdict, output }) = workers.run(number) else {
            return run_here(test);
        };
        match verdict {
            Verdict::Failed(message) => Err(failure::with_output(&message, &output).into()),
            other => {
                if let Some(printed) = printed {
                    printed.add(&test.name, output);
                }
                completion(other)
            }
        }
    };
    Trial::ignorable_test(name.clone(), run).with_ignored_flag(is_ignored)
}

fn in_this_process(test: Test) -> Trial {
    let is_ignored = test.is_ignored;
    Trial::ignorable_test(test.name.clone(), move || run_here(test)).with_ignored_flag(is_ignored)
}

/// Runs a test in the process that reports on all tests.
fn run_here(test: Test) -> Result<Completion, Failed> {
    let _watch = ends::watch(Some(test.name.into()));
    completion((test.run)())
}

fn completion(verdict: Verdict) -> Result<Completion, Failed> {
    match verdict {
        Verdict::Passed => Ok(Completion::Completed),
        Verdict::Skipped(reason) => Ok(Completion::ignored_with(reason)),
        Verdict::Failed(message) => Err(message.into()),
    }
}

/// A failed test of an ordinary target; libtest prints its `Debug`.
///
/// [`durable_test`](durable_macros::durable_test) makes such tests, with examples.
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
    let _watch = ends::watch(Some(spec.test_name().into()));
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
