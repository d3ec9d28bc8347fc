//! The report of an exploration of crashes.

use std::error::Error as StdError;
use std::fmt;

use durable_host::{CallTrace, LostToken, Trace};
use durable_view::count;
use serde::Serialize;

use crate::explore::allowed::Unused;
use crate::explore::budget::Cut;
use crate::explore::compare::Difference;
use crate::explore::reproduction::Reproduction;
use crate::explore::unstable::{Listed, Unstable};
use crate::faults::CrashPoint;
use crate::plan::Repeat;
use crate::{Error, ExecutionResult};

/// The report of an exploration in which the workflow survived every crash.
///
/// `Display` is a short table.
///
/// Returned by [`explore_crashes`](crate::Run::explore_crashes), with an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrashReport {
    pub(super) function: String,
    pub(super) calls: u64,
    pub(super) invocations: u64,
    pub(super) points: usize,
    pub(super) pairs: usize,
    pub(super) merged: usize,
    pub(super) repeated: Vec<RepeatedStep>,
    pub(super) left_out: usize,
    pub(super) cut: Option<Cut>,
    pub(super) lost_tokens: usize,
    pub(super) unstable: Vec<Unstable>,
    #[serde(rename = "unused_allows")]
    pub(super) unused: Vec<String>,
}

/// A step whose body ran again after a crash, as at-least-once semantics allow. It must be idempotent.
///
/// [`CrashReport::repeated_steps`] and
/// [`ExplorationReport::repeated_steps`](super::super::ExplorationReport::repeated_steps) list them.
///
/// [`Run::explore_crashes`](crate::Run::explore_crashes) has an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepeatedStep {
    /// Path of its operation.
    pub path: String,
    /// Number of runs in which it, or a sibling with its name, ran again.
    pub in_runs: usize,
    /// Maximum number of body executions of one operation in one run, not counting executions that failed
    /// before.
    pub max_executions: usize,
    /// The crashes of the first run in which it ran again.
    pub first_seen_at: Vec<CrashPoint>,
}

impl CrashReport {
    /// Number of runs that were compared: the undisturbed one, and one for each crash point and pair,
    /// [merged](Self::merged) ones included.
    #[must_use]
    pub fn runs(&self) -> usize {
        1 + self.points + self.pairs
    }

    /// Number of single crash points.
    #[must_use]
    pub fn points(&self) -> usize {
        self.points
    }

    /// Number of pairs of crashes.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Number of crash points that needed no run of their own: what they leave is what another one leaves, whose run
    /// counts for both. None if the test has code of its own in the runs, which could tell them apart; state in a
    /// `static` is not seen, so a test with such state needs [`setup`](crate::explore::ExploreCrashes::setup).
    #[must_use]
    pub fn merged(&self) -> usize {
        self.merged
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

    /// Number of crash points and pairs that were left out, for a limit of the exploration.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Why some were left out.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// Number of runs in which the SDK lost its checkpoint token, as
    /// [`Allow::lost_token`](crate::explore::Allow::lost_token) allows.
    #[must_use]
    pub fn lost_tokens(&self) -> usize {
        self.lost_tokens
    }

    /// What was not compared, for it differs between two undisturbed runs as well.
    #[must_use]
    pub fn unstable(&self) -> &[Unstable] {
        &self.unstable
    }

    /// What the test allows and no run needed, as code: [`Allow`](crate::explore::Allow)s that can be left out. Empty if
    /// the exploration was not a full one.
    #[must_use]
    pub fn unused_allows(&self) -> &[String] {
        &self.unused
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
        if let Some(cut) = self.cut {
            writeln!(f, "left out {} more: {cut}", self.left_out)?;
        }
        if self.lost_tokens > 0 {
            writeln!(
                f,
                "in {} of them the SDK lost its checkpoint token, as the test allows",
                self.lost_tokens
            )?;
        }
        let widest = self
            .repeated
            .iter()
            .map(|step| step.path.chars().count())
            .max();
        let Some(widest) = widest else {
            f.write_str("no step ran again")?;
            Listed(&self.unstable).fmt(f)?;
            return Unused(&self.unused).fmt(f);
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
        Listed(&self.unstable).fmt(f)?;
        Unused(&self.unused).fmt(f)
    }
}

/// A workflow that does not survive a crash.
///
/// `Display` shows what happened, what differs, and the code that repeats the run, where `..` stands for the
/// test's own answer to a callback.
///
/// The cause of [`ErrorKind::Crashes`](crate::ErrorKind), which [`explore_crashes`](crate::Run::explore_crashes)
/// returns.
#[derive(Debug)]
pub struct CrashFailure {
    pub(super) function: String,
    pub(super) points: Vec<CrashPoint>,
    pub(super) locations: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) expected: ExecutionResult,
    pub(super) actual: ExecutionResult,
    pub(super) survived: usize,
    /// How the run is repeated as a plan.
    pub(super) repeat: Repeat,
    /// How the run is repeated.
    pub(super) reproduction: Reproduction,
}

/// Something that a crash changed and must not.
///
/// [`CrashFailure::findings`] and [`ExplorationFailure::findings`](super::super::ExplorationFailure::findings) list
/// them.
///
/// [`Run::explore_crashes`](crate::Run::explore_crashes) has an example of an exploration.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding {
    /// The run has another outcome.
    Differs(Difference),
    /// The SDK lost its checkpoint token, which explains the other findings.
    LostToken(LostToken),
    /// The run never finishes.
    NoEnd(Error),
    /// The body of a step ran again although the test declares that it never repeats.
    Repeated {
        /// Path of the step.
        step: String,
        /// Number of runs, not counting those that failed before.
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
    /// The test's own check failed.
    Check(String),
    /// Two runs of the same plan do not agree, so what is wrong is not the plan's doing.
    Uncontrolled,
    /// The SDK found an at-most-once step interrupted, which may be why something differs.
    Interrupted {
        /// Path of the step.
        step: String,
    },
}

impl CrashFailure {
    /// The crashes of the failing run.
    #[must_use]
    pub fn points(&self) -> &[CrashPoint] {
        &self.points
    }

    /// What the crashes changed. Without a crash point, the failed check of the undisturbed run.
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

/// Limit on the findings that a message shows; `{:#}` shows all.
const MAX_FINDINGS: usize = 10;

/// Writes the findings of a failure, each on a line of its own.
pub(in crate::explore) fn list(findings: &[Finding], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let max = if f.alternate() {
        usize::MAX
    } else {
        MAX_FINDINGS
    };
    for finding in findings.iter().take(max) {
        write!(f, "\n  {finding}")?;
    }
    match findings.len().saturating_sub(max) {
        0 => Ok(()),
        more => write!(f, "\n  … and {} more differences", count(more)),
    }
}

impl fmt::Display for CrashFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.points.is_empty() {
            write!(f, "\"{}\" fails the check without any crash", self.function)?;
        } else {
            write!(f, "\"{}\" does not survive a crash", self.function)?;
            for location in &self.locations {
                write!(f, "\n  {location}")?;
            }
        }
        list(&self.findings, f)?;
        if self.points.is_empty() {
            return Ok(());
        }
        f.write_str("\n  to repeat it: runner.run(input)")?;
        for point in &self.points {
            write!(f, ".crash({point})")?;
        }
        write!(f, "{}.await\n{}", self.reproduction, self.repeat)?;
        match self.survived {
            0 => Ok(()),
            1 => f.write_str("\n  it survived the crash tried before"),
            many => write!(f, "\n  it survived the {many} crashes tried before"),
        }
    }
}

impl Finding {
    /// What makes two findings the same one, whatever values they have.
    pub(in crate::explore) fn kind(&self) -> String {
        match self {
            Self::Differs(difference) => format!("differs: {difference}"),
            Self::LostToken(_) => "lost token".to_owned(),
            Self::NoEnd(_) => "no end".to_owned(),
            Self::Repeated { step, .. } => format!("repeated: {step}"),
            Self::Doubled { step, .. } => format!("doubled: {step}"),
            Self::AfterSuccess { step } => format!("after success: {step}"),
            Self::Check(message) => {
                format!("check: {}", message.lines().next().unwrap_or_default())
            }
            Self::Interrupted { step } => format!("interrupted: {step}"),
            Self::Uncontrolled => "uncontrolled".to_owned(),
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
            Self::LostToken(lost) => write!(
                f,
                "{lost}. That is the SDK's doing, not the handler's; the SDK's `checkpoint_batching` avoids it, \
                 for which `.checkpoint_batching(true)` of the runner's settings stands in a test. To go on, \
                 allow it: `.allow(Allow::lost_token())`"
            ),
            Self::NoEnd(error) => write!(f, "it never finishes: {error}"),
            Self::Repeated { step, runs } => write!(
                f,
                "the body of step \"{step}\" ran {runs} times; the test declares that it never \
                 repeats. Make it at-most-once, `#[durable_step(semantics = \"at_most_once\")]`, and \
                 handle its interruption"
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
                 other outcome is correct then, allow it: `.allow(Allow::interruption_of({step:?}))`"
            ),
            Self::Uncontrolled => {
                f.write_str("it failed once, and not in the next run of the same plan")
            }
            Self::Check(message) => {
                write!(f, "the check failed: {}", message.replace('\n', "\n    "))
            }
        }
    }
}

/// Where a crash struck, in words.
pub(in crate::explore) fn location(point: &CrashPoint, trace: &[Trace]) -> String {
    use durable_host::{CallFault, Fault, InvocationFault};

    match point.fault() {
        Fault::Call(_, what) => {
            let call = point
                .number()
                .and_then(|number| call(trace, number))
                .map_or_else(|| "a checkpoint call".to_owned(), ToString::to_string);
            match what {
                CallFault::KilledBefore => {
                    format!("killed before the service stored {call}")
                }
                CallFault::KilledAfter => {
                    format!("killed after the service stored {call}, before the answer")
                }
                CallFault::AnswerLost => {
                    format!("the answer to {call} was lost, and the client sent the call again")
                }
                CallFault::Overtaken => format!("the answer to {call} was late"),
                CallFault::Fenced => {
                    format!("timed out by the service after {call}, and still running")
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

/// The checkpoint call of that number.
pub(in crate::explore) fn call(trace: &[Trace], number: u64) -> Option<&CallTrace> {
    trace.iter().find_map(|entry| match entry {
        Trace::Call(call) if call.number == Some(number) => Some(call),
        _ => None,
    })
}

pub(super) fn code(points: &[CrashPoint]) -> String {
    let points: Vec<String> = points.iter().map(ToString::to_string).collect();
    points.join(" and ")
}
