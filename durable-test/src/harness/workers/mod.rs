//! Processes that run the tests whose output is held back.
//!
//! The print macros write to the process's own streams, and only libtest can redirect them for one test. So
//! tests run in processes whose streams are a pipe: as many as there are threads, each with one test at a time,
//! and each used again for the next test. What stands in the pipe until the test's end is the test's output. A
//! process that ends before its test, as by `std::process::exit`, fails that test alone.

mod serve;
mod worker;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub(super) use serve::{Address, serve};
use worker::Worker;

use super::verdict::Verdict;

/// Starts the flag by which a worker finds its way back, and learns that it is one.
const FLAG: &str = "--durable-test-worker=";

/// What became of a test in a worker.
pub(super) struct Ran {
    pub(super) verdict: Verdict,
    /// What the test printed; empty if it is not held back.
    pub(super) output: String,
}

/// The answer of a worker.
#[derive(Serialize, Deserialize)]
enum Answer {
    Passed,
    Skipped(String),
    Failed(String),
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Skipped(reason) => Self::Skipped(reason),
            Verdict::Failed(message) => Self::Failed(message),
        }
    }
}

impl From<Answer> for Verdict {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Passed => Self::Passed,
            Answer::Skipped(reason) => Self::Skipped(reason),
            Answer::Failed(message) => Self::Failed(message),
        }
    }
}

/// The workers of a run.
pub(super) struct Workers {
    idle: Mutex<Vec<Worker>>,
    /// Whether what tests print is held back.
    captures: bool,
}

impl Workers {
    pub(super) fn new(captures: bool) -> Self {
        Self {
            idle: Mutex::default(),
            captures,
        }
    }

    /// Runs the test with this number; `None` if no process can be started, as on a machine that runs programs
    /// through another one.
    pub(super) fn run(&self, number: usize) -> Option<Ran> {
        let idle = self.idle.lock().pop();
        let mut worker = idle.or_else(|| Worker::start(self.captures).ok())?;
        match worker.run(number) {
            Ok((ran, is_alive)) => {
                if is_alive {
                    self.idle.lock().push(worker);
                }
                Some(ran)
            }
            Err(error) => Some(Ran {
                verdict: Verdict::Failed(format!(
                    "the test's process cannot be understood: {error}"
                )),
                output: String::new(),
            }),
        }
    }
}
