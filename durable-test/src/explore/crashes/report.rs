//! What the exploration of crashes found.

use std::error::Error as StdError;
use std::fmt;

use durable_host::{CallTrace, Trace, UpdateTrace};
use serde::Serialize;

use crate::explore::compare::Difference;
use crate::explore::reproduction::Reproduction;
use crate::faults::CrashPoint;
use crate::{Error, ExecutionResult};

/// An exploration in which every crash was survived.
///
/// `Display` is a short table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrashReport {
    pub(super) function: String,
    pub(super) calls: u64,
    pub(super) invocations: u64,
    pub(super) points: usize,
    pub(super) pairs: usize,
    pub(super) repeated: Vec<RepeatedStep>,
}

/// A step whose body ran again after a crash, as at-least-once semantics allow. It must be idempotent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepeatedStep {
    /// Path of its operation.
    pub path: String,
    /// In how many of the runs it ran again, or a sibling of its name did.
    pub in_runs: usize,
    /// How often the body of one operation ran at most in one run, executions that failed before left out.
    pub max_executions: usize,
    /// The crashes of the first run in which it did.
    pub first_seen_at: Vec<CrashPoint>,
}

impl CrashReport {
    /// How often the workflow ran: once undisturbed, and once for each crash point and pair of them.
    #[must_use]
    pub fn runs(&self) -> usize {
        1 + self.points + self.pairs
    }

    /// Crash points that were tried by themselves.
    #[must_use]
    pub fn points(&self) -> usize {
        self.points
    }

    /// Pairs of crashes that were tried.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Checkpoint calls of the undisturbed run, those of executions that it called included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// Invocations of the undisturbed run, those of executions that it called included.
    #[must_use]
    pub fn invocations(&self) -> u64 {
        self.invocations
    }

    /// Steps whose bodies ran again after a crash, by path.
    #[must_use]
    pub fn repeated_steps(&self) -> &[RepeatedStep] {
        &self.repeated
    }
}

impl fmt::Display for CrashReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: survived {} crash points, {} pairs ({} checkpoint calls, {} invocations)",
            self.function, self.points, self.pairs, self.calls, self.invocations
        )?;
        let widest = self
            .repeated
            .iter()
            .map(|step| step.path.chars().count())
            .max();
        let Some(widest) = widest else {
            return f.write_str("no step ran again");
        };
        f.write_str("steps that ran again, and must be idempotent:")?;
        for step in &self.repeated {
            write!(
                f,
                "\n  {:widest$}  up to {} times, in {} of {} runs; first with {}",
                step.path,
                step.max_executions,
                step.in_runs,
                self.runs(),
                code(&step.first_seen_at)
            )?;
        }
        Ok(())
    }
}

/// A workflow that does not survive a crash.
///
/// `Display` is meant for people: what happened, what differs, and the code that repeats the run. In it
/// `..` stands for the test's own answer to a callback.
#[derive(Debug)]
pub struct CrashFailure {
    pub(super) function: String,
    pub(super) points: Vec<CrashPoint>,
    pub(super) places: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) expected: ExecutionResult,
    pub(super) actual: ExecutionResult,
    pub(super) survived: usize,
    /// How the run is repeated.
    pub(super) reproduction: Reproduction,
}

/// Something that a crash changed and must not.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding {
    /// The run ends otherwise.
    Differs(Difference),
    /// The run does not end.
    NoEnd(Error),
    /// The body of a step ran again although the test says that it never does.
    Repeated {
        /// Path of the step.
        step: String,
        /// How often it ran, runs that failed before left out.
        runs: usize,
    },
    /// The body of an at-most-once step ran more than once in an attempt.
    Doubled {
        /// Path of the step.
        step: String,
        /// The attempt.
        attempt: u32,
    },
    /// The body of a step ran although its success had been stored.
    AfterSuccess {
        /// Path of the step.
        step: String,
    },
    /// The test's own check found something.
    Check(String),
    /// The SDK found an at-most-once step interrupted, which may be why something differs.
    Interrupted {
        /// Path of the step.
        step: String,
    },
}

impl CrashFailure {
    /// The crashes that show it: as few as the exploration found.
    #[must_use]
    pub fn points(&self) -> &[CrashPoint] {
        &self.points
    }

    /// What they changed. With no crash point, what the check says of the undisturbed run.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The undisturbed run.
    #[must_use]
    pub fn expected(&self) -> &ExecutionResult {
        &self.expected
    }

    /// The run with the crashes.
    #[must_use]
    pub fn actual(&self) -> &ExecutionResult {
        &self.actual
    }
}

impl StdError for CrashFailure {}

impl fmt::Display for CrashFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.points.is_empty() {
            write!(f, "\"{}\" fails the check without any crash", self.function)?;
        } else {
            write!(f, "\"{}\" does not survive a crash", self.function)?;
            for place in &self.places {
                write!(f, "\n  {place}")?;
            }
        }
        for finding in &self.findings {
            write!(f, "\n  {finding}")?;
        }
        if self.points.is_empty() {
            return Ok(());
        }
        f.write_str("\n  to see it again: runner.run(input)")?;
        for point in &self.points {
            write!(f, ".crash({point})")?;
        }
        write!(f, "{}.await", self.reproduction)?;
        match self.survived {
            0 => Ok(()),
            1 => f.write_str("\n  it survived the crash tried before"),
            many => write!(f, "\n  it survived the {many} crashes tried before"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs(difference) => write!(
                f,
                "{difference} differs\n    without the crash: {}\n    with it:           {}",
                difference.expected, difference.actual
            ),
            Self::NoEnd(error) => write!(f, "it never finishes: {error}"),
            Self::Repeated { step, runs } => write!(
                f,
                "the body of step \"{step}\" ran {runs} times; the test says that it never repeats. \
                 Make it at-most-once, `#[durable_step(semantics = \"at_most_once\")]`, and decide \
                 what is to happen when it was interrupted"
            ),
            Self::Doubled { step, attempt } => write!(
                f,
                "the body of at-most-once step \"{step}\" ran more than once in attempt {attempt}"
            ),
            Self::AfterSuccess { step } => write!(
                f,
                "the body of step \"{step}\" ran although its success had been stored"
            ),
            Self::Interrupted { step } => write!(
                f,
                "at-most-once step \"{step}\" was interrupted, and its body did not run again. If the \
                 workflow is right to end otherwise then, say so: \
                 `.allow(Allow::interruption_of({step:?}))`"
            ),
            Self::Check(message) => {
                write!(f, "the check: {}", message.replace('\n', "\n    "))
            }
        }
    }
}

/// Where a crash struck, in words.
pub(super) fn place(point: &CrashPoint, trace: &[Trace]) -> String {
    use durable_host::{CallFault, Fault, InvocationFault};

    match point.fault() {
        Fault::Call(_, what) => {
            let call = point
                .number()
                .and_then(|number| call(trace, number))
                .map_or_else(|| "a checkpoint call".to_owned(), in_words);
            match what {
                CallFault::KilledBefore => {
                    format!("killed before the service stored {call}")
                }
                CallFault::KilledAfter => {
                    format!("killed after the service stored {call}, before the answer")
                }
                CallFault::AnswerLost => {
                    format!("the answer to {call} was lost, and the call made again")
                }
                CallFault::Fenced => {
                    format!("given up as timed out after {call}, and running on")
                }
                _ => format!("a fault at {call}"),
            }
        }
        Fault::Invocation(number, InvocationFault::ResponseLost) => {
            format!("killed at the end of invocation {number}, before its response arrived")
        }
        _ => "a fault".to_owned(),
    }
}

fn call(trace: &[Trace], number: u64) -> Option<&CallTrace> {
    trace.iter().find_map(|entry| match entry {
        Trace::Call(call) if call.number == Some(number) => Some(call),
        _ => None,
    })
}

fn in_words(call: &CallTrace) -> String {
    let number = call.number.unwrap_or_default();
    let updates: Vec<String> = call.updates.iter().map(update_in_words).collect();
    if updates.is_empty() {
        return format!("checkpoint call {number}");
    }
    format!("checkpoint call {number} ({})", updates.join(", "))
}

fn update_in_words(update: &UpdateTrace) -> String {
    let kind = update
        .sub_type
        .clone()
        .unwrap_or_else(|| update.operation_type.to_string());
    match &update.name {
        Some(name) => format!("{} of {kind} \"{name}\"", update.action),
        None => format!("{} of a {kind} without a name", update.action),
    }
}

pub(super) fn code(points: &[CrashPoint]) -> String {
    let points: Vec<String> = points.iter().map(ToString::to_string).collect();
    points.join(" and ")
}
