//! A plan under which a workflow fails.

use std::error::Error as StdError;
use std::fmt;

use crate::ExecutionResult;
use crate::explore::crashes::report::{self, Finding};
use crate::plan::{Plan, Repeat};

/// A workflow that has another outcome, or does what it must not, under some plan.
///
/// `Display` shows the deviations in words, what differs, the timeline of the failing run with its deviations marked, and
/// how the run is repeated.
///
/// The error of [`explore`](crate::Run::explore).
#[derive(Debug)]
pub struct ExplorationFailure {
    pub(super) function: String,
    pub(super) plan: Plan,
    pub(super) words: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) expected: ExecutionResult,
    pub(super) actual: ExecutionResult,
    pub(super) notes: Vec<String>,
    pub(super) survived: usize,
    pub(super) repeat: Repeat,
}

impl ExplorationFailure {
    /// The plan of the failing run, made as small as possible. One without deviations: the undisturbed run fails the
    /// check.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the plan does differently, in the words of the workflow.
    #[must_use]
    pub fn deviations(&self) -> &[String] {
        &self.words
    }

    /// What is wrong.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The undisturbed run.
    #[must_use]
    pub fn expected(&self) -> &ExecutionResult {
        &self.expected
    }

    /// The failing run. Its [timeline](ExecutionResult::timeline) marks the deviations.
    #[must_use]
    pub fn actual(&self) -> &ExecutionResult {
        &self.actual
    }
}

impl StdError for ExplorationFailure {}

impl fmt::Display for ExplorationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.plan.deviations() == 0 {
            write!(
                f,
                "\"{}\" fails the check in the undisturbed run",
                self.function
            )?;
        } else {
            write!(
                f,
                "\"{}\" fails under a plan that it must survive",
                self.function
            )?;
        }
        for line in &self.words {
            write!(f, "\n  {line}")?;
        }
        report::list(&self.findings, f)?;
        for note in &self.notes {
            write!(f, "\n  {note}")?;
        }
        if self.plan.deviations() == 0 {
            return Ok(());
        }
        for line in self.actual.timeline().to_string().lines() {
            write!(f, "\n    {line}")?;
        }
        write!(
            f,
            "\nto repeat it, and to keep it as a regression test:\n{}",
            self.repeat
        )?;
        match self.survived {
            0 => Ok(()),
            1 => f.write_str("\n  it survived the plan tried before"),
            many => write!(f, "\n  it survived the {many} plans tried before"),
        }
    }
}
