//! Errors of the harness, as opposed to errors of the function under test.
//!
//! ```
//! # use durable_runtime::prelude::*;
//! # use durable_test::prelude::*;
//! use durable_test::error::ErrorKind;
//!
//! # #[durable_step(retry(max_attempts = 2, initial_delay = "1s"))]
//! # async fn charge(cents: u64) -> Result<u64, BoxError> { Ok(cents) }
//! # #[durable_execution]
//! # async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
//! #     let paid = charge(&ctx, cents).await?;
//! #     ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
//! #     Ok(paid)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runner = DurableRunner::local(order)?;
//! let result = runner.run(4_990).await?;
//!
//! let error = result.get_step("charg").expect_err("there is no such step");
//! assert!(error.to_string().contains("charge"), "{error}");
//! assert!(matches!(error.kind(), ErrorKind::NoOperation { .. }));
//! # Ok(())
//! # }
//! ```

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use durable_host::{Divergence, Effect, MissedChoice, Order, OutsideWait};
use durable_service::model::ExecutionStatus;

pub use crate::cloud::{CloudError, Failure, FailureKind, Location};
use crate::explore::{CrashFailure, ExplorationFailure, OrdersDisagree, Plan, PlanError};
pub use durable_host::LocalError;
pub use durable_runtime::mode::SettingsError;
pub use durable_service::ServiceError;

/// An error of the harness, or any error that a test body returned with `?`.
///
/// Its `Debug` output is written for readers: a failing test prints it. It does not implement
/// `std::error::Error`, so that every error converts into it; it converts into a boxed one.
///
/// [`kind`](Self::kind) says what it is about; a test passes it on by `?`, as a [`TestOutcome`](crate::TestOutcome).
pub struct Error(Box<ErrorKind>);

/// What an [`Error`] is about.
///
/// The [module](self) has an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is not JSON.
    #[error("the input cannot be serialized to JSON: {0}")]
    Input(#[source] serde_json::Error),
    /// The input does not fit the event that the handler takes.
    #[error("{source}; the input is: {input}")]
    InputRefused {
        /// What the handler's function answered.
        source: LocalError,
        /// The input, shortened if it is long.
        input: String,
    },
    /// The settings of the mode are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The local host could not run the execution to its end.
    #[error("{source}; {diagnosis}{advice}")]
    Local {
        /// The error of the host.
        source: LocalError,
        /// What the execution was doing.
        diagnosis: String,
        /// How to fix it.
        advice: &'static str,
    },
    /// The local host rejected a call.
    #[error(transparent)]
    Host(#[from] LocalError),
    /// A deployed function could not be run to its end, or its execution could not be read.
    #[error("{source}{diagnosis}")]
    Cloud {
        /// What went wrong.
        source: CloudError,
        /// What the execution was doing, and how to fix it; empty if the source covers it.
        diagnosis: String,
    },
    /// A call or option of local mode was used in cloud mode.
    #[error(
        "{what} belongs to local mode, where time is virtual and all functions are in this process; \
         this test runs in cloud mode. Skip the test there with `#[durable_test(.., local_only = \
         \"why\")]`, or ask only if `runner.mode() == RunnerMode::Local`{}",
        called_at(*.at)
    )]
    LocalOnly {
        /// The call or option.
        what: Cow<'static, str>,
        /// Source location of the call, if a later call reports it.
        at: Option<&'static std::panic::Location<'static>>,
    },
    /// A call that configures a runner, a run or an exploration has an invalid argument.
    #[error("`{call}` is refused: {reason}{}", called_at(Some(at)))]
    Argument {
        /// The call, as code.
        call: String,
        /// What is wrong, and how to fix it.
        reason: String,
        /// Source location of the call.
        at: &'static std::panic::Location<'static>,
    },
    /// The test's own check of an explored run failed.
    #[error("the check failed: {}", .message.replace('\n', "\n    "))]
    Check {
        /// The message of the check.
        message: String,
    },
    /// The order of a run chooses an option that the run does not offer.
    #[error(
        "`.order({order})` chooses option {} at index {}, where the run {}; options count from 0. \
         Take an order from the message of an exploration, or leave the rest of the choices out: they are \
         the first options then",
        .missed.wanted, .missed.index, offered(&.missed.options)
    )]
    NoSuchChoice {
        /// The order.
        order: Order,
        /// The choice that has no such option.
        missed: MissedChoice,
    },
    /// The order of a run delays a checkpoint call that the run does not make.
    #[error(
        "`.order({order})` delays checkpoint call {call}, and the run makes no such call, or the call starts no \
         step whose body could be slow. Take an order from the message of an exploration"
    )]
    NoSuchCall {
        /// The order.
        order: Order,
        /// Number of the call.
        call: u64,
    },
    /// The execution that a chained invoke started cannot be read.
    #[error("the execution that chained invoke \"{name}\" started cannot be read: {source}")]
    UnreadChild {
        /// The chained invoke.
        name: String,
        /// Why not.
        source: CloudError,
    },
    /// A fault of a run never struck.
    #[error(
        "{faults} never struck: the run made {calls} checkpoint calls in {invocations} invocations. \
         Look for a misspelt name or a number past the last one"
    )]
    FaultMissed {
        /// The faults, as code.
        faults: String,
        /// Checkpoint calls of the run.
        calls: u64,
        /// Invocations of the run.
        invocations: u64,
    },
    /// A text that is no plan.
    #[error("{place}: {error}")]
    InvalidPlan {
        /// Where the text stands.
        place: &'static str,
        /// What is wrong with it.
        error: PlanError,
    },
    /// A replay of a recording while the environment asks for a plan.
    #[error("recordings are replayed as they are, without the plan in `DURABLE_PLAN`")]
    PlanBesideRecording,
    /// A run does not reach what its plan has.
    #[error(
        "the run does not do what its plan has, so the plan proves nothing: {error}\n  plan: {plan}\nA plan fits the \
         workflow and the input that it was found with; explore again for one that fits the present ones"
    )]
    PlanNotReached {
        /// The plan.
        plan: Plan,
        /// What the run did not reach.
        error: Box<Error>,
    },
    /// A property does not hold for a generated value.
    #[error(
        "the property does not hold for {value} (found by value {case}, made smaller in {step} steps): {}",
        .message.replace('\n', "\n    ")
    )]
    Property {
        /// The smallest value found.
        value: String,
        /// How the property failed.
        message: String,
        /// Number of the generated value that failed first, from 1.
        case: u32,
        /// Number of smaller values that were tried.
        step: u32,
    },
    /// No callback asked for an answer.
    #[error(
        "no callback asked for the answer to {names}: the execution is {status} and had {callbacks}. Look for a \
         misspelt name; if the callback need not come, or not as often as there are answers for it, say so with \
         `CallbackReply::optional()`"
    )]
    ReplyUnused {
        /// The names of the answers.
        names: String,
        /// How the execution ended.
        status: ExecutionStatus,
        /// Its callbacks.
        callbacks: String,
    },
    /// A workflow does not survive a crash.
    #[error(transparent)]
    Crash(Box<CrashFailure>),
    /// No operation has that name.
    #[error("no {what} named \"{wanted}\" in this execution; {known}")]
    NoOperation {
        /// The kind of operation that was looked up: a step, a wait, …
        what: &'static str,
        /// The name or path.
        wanted: String,
        /// The operations that exist.
        known: String,
    },
    /// The execution did not succeed.
    #[error("the execution of \"{function}\" is {status}, not SUCCEEDED{detail}")]
    NotSucceeded {
        /// The function.
        function: String,
        /// How it ended.
        status: ExecutionStatus,
        /// Its error, if it has one.
        detail: String,
    },
    /// A result does not have the requested type.
    #[error("the result of {what} is not a {wanted}: {source}; it is: {result}")]
    Result {
        /// The owner of the result.
        what: String,
        /// The requested type, as a program names it.
        wanted: String,
        /// Why not.
        source: serde_json::Error,
        /// The result, shortened if it is long.
        result: String,
    },
    /// No callback with that name waited for its completion.
    #[error(
        "no callback named \"{name}\" waited for its completion before the execution ended as \
         {status}"
    )]
    NoCallback {
        /// The name.
        name: String,
        /// How the execution ended.
        status: ExecutionStatus,
    },
    /// A chained invoke started no execution.
    #[error(
        "chained invoke \"{name}\" started no execution: its target is a plain function, or there \
         was none"
    )]
    NoChild {
        /// The chained invoke.
        name: String,
    },
    /// An operation has no result.
    #[error("{what} has no result: it is {status}{detail}")]
    NoResult {
        /// The owner of the result.
        what: String,
        /// Its status.
        status: String,
        /// Its error, if it has one.
        detail: String,
    },
    /// A handler diverges when it is replayed from its own record.
    #[error(
        "the handler of function \"{function}\" is not deterministic: {}\n{divergence}\n{hint}{CAUSES}",
        found(*.during, *.on_a_later_day)
    )]
    Nondeterministic {
        /// The function.
        function: String,
        /// Number of the invocation, from 1, in which the SDK found it and ended the execution; none if it
        /// shows only in a replay after the end.
        during: Option<usize>,
        /// Whether it shows only when the replay is on a later day than the execution was.
        on_a_later_day: bool,
        /// The first difference.
        divergence: Divergence,
        /// What the execution shows of the cause, in lines of their own; empty if nothing.
        hint: String,
    },
    /// A handler does not finish when it is replayed from its own record.
    #[error(
        "the handler of function \"{function}\" is not deterministic: replayed from what this \
         execution recorded, it did not finish within {timeout:?}. No step body runs in a replay, so a \
         handler must not wait for an effect of one. If it must, turn the check off: `.check_determinism(false)` of the run, or of `#[durable_test]`"
    )]
    EndlessReplay {
        /// The function.
        function: String,
        /// The timeout of the replay, in real time.
        timeout: Duration,
    },
    /// A handler waited for something outside the SDK.
    #[error(
        "the handler of function \"{function}\" waits for something outside the SDK: {}. Each replay waits for it \
         again, and what it brings may differ. Put it into a step, as in `ctx.step(|_| async {{ Ok(..) \
         }}).name(\"fetch\").await?`, and let time pass with `ctx.wait(..)`. If it is meant, as in a `Serdes` that \
         does I/O, turn the check off: `.check_waits(false)` of the run, or `check_waits = false` of \
         `#[durable_test]`",
        crate::waits::described(wait)
    )]
    WaitedOutside {
        /// The function.
        function: String,
        /// The first such wait.
        wait: OutsideWait,
    },
    /// A handler diverges from a recorded execution.
    #[error(
        "the handler of function \"{function}\" does not fit the recording {path}: the replay of \
         invocation {invocation} does something else, which {}\n{divergence}\n{why}. {}",
        verdict(*.effect),
        advice(*.effect, divergence),
        path = .path.display(),
    )]
    Diverged {
        /// The recording.
        path: PathBuf,
        /// The function.
        function: String,
        /// Number of the recorded invocation, from 1.
        invocation: usize,
        /// The first difference.
        divergence: Divergence,
        /// What it does to executions under way.
        effect: Effect,
        /// Why, in a sentence or two.
        why: String,
    },
    /// A recording cannot be written or read.
    #[error("the recording {path} cannot be used: {reason}", path = .path.display())]
    UnusableRecording {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A pattern of file names is malformed, or matches no file.
    #[error("no recording to replay: {reason}")]
    NoRecording {
        /// Why no recording was found.
        reason: String,
    },
    /// A handler has different outcomes in different orders.
    #[error("{0}")]
    OrdersDisagree(Box<OrdersDisagree>),
    /// No run of an exploration met what a `sometimes!` says.
    #[error(
        "no explored run met {}. What never happens is not tested: give the exploration an input, answers or faults with \
         which it does, or remove it", .assertions.iter().map(|one| format!("sometimes! {one}")).collect::<Vec<_>>().join(", ")
    )]
    NeverMet {
        /// The assertions, with the source location of each.
        assertions: Vec<String>,
    },
    /// A workflow fails under a plan.
    #[error("{0}")]
    Exploration(Box<ExplorationFailure>),
    /// A run in a chosen order could not be driven to its end.
    #[error("in the order `.order({order})`: {error}")]
    OrderFailed {
        /// The order.
        order: Order,
        /// What went wrong.
        error: Box<Error>,
    },
    /// An execution timeout that the service cannot represent.
    #[error("an execution timeout is in whole seconds, at least one; it is {0:?}")]
    ExecutionTimeout(Duration),
    /// An error that a test body returned.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

/// The usual causes of a divergence.
const CAUSES: &str = "Between two runs these differ: the clock, random numbers, the order of a \
                      HashMap or HashSet, global state, the environment, which of several plain \
                      futures is ready first (`select!`), `is_replaying`, and how the SDK renders an \
                      operation's error (`{:?}`, `wire()`, what `source()` holds, stack frames), which is \
                      another way in a replay. Read them in a step, whose result is recorded. If the \
                      handler is meant to differ, turn the check off: `.check_determinism(false)` of the \
                      run, or `check_determinism = false` of `#[durable_test]`";

/// Where a handler turned out not to be deterministic, as the end of a sentence.
fn found(during: Option<usize>, on_a_later_day: bool) -> String {
    match during {
        Some(invocation) => format!(
            "invocation {invocation} did something else than this execution had recorded, and the SDK ended it \
             with NonDeterministicExecutionError"
        ),
        None if on_a_later_day => {
            "replayed a day later from what this execution recorded, it does something else, and on the same day \
             it does not: it reads a clock, tokio's or the deadline in the Lambda context"
                .to_owned()
        }
        None => "replayed from what this execution recorded, it does something else".to_owned(),
    }
}

/// What a difference does to executions under way, as the end of a sentence.
fn verdict(effect: Effect) -> String {
    match effect {
        Effect::Harmless => format!("is {effect}"),
        Effect::Changes | Effect::Breaks => effect.to_string(),
    }
}

/// What to do about a difference between a handler and a recording.
fn advice(effect: Effect, divergence: &Divergence) -> String {
    const DEPLOY: &str = "deploy the change as another version or function, so that running executions \
                          resume with the old one";
    let operation = match divergence {
        Divergence::Operation {
            recorded: operation,
            ..
        }
        | Divergence::Input { operation, .. }
        | Divergence::Added { made: operation }
        | Divergence::Removed {
            recorded: operation,
        }
        | Divergence::Unreadable { operation, .. }
        | Divergence::Context { operation, .. } => operation.name.as_deref(),
        _ => None,
    };
    let name = operation.map_or_else(String::new, |name| format!(" or `.allow({name:?})`"));
    let in_attribute = operation.map_or_else(String::new, |name| format!(" or `allow({name:?})`"));
    let (variant, word) = match effect {
        Effect::Breaks => {
            return format!(
                "Keep the recorded operations, their names, order and inputs, or {DEPLOY}"
            );
        }
        Effect::Changes => ("Changes", "changes"),
        Effect::Harmless => ("Harmless", "harmless"),
    };
    let accept = format!(
        "If that is meant, accept it: `.allow(Effect::{variant})`{name} of the replay, `allow({word})`{in_attribute} \
         of `#[durable_test(replay = ..)]`"
    );
    if effect == Effect::Changes {
        format!("{accept}; if not, {DEPLOY}")
    } else {
        accept
    }
}

fn called_at(at: Option<&std::panic::Location<'_>>) -> String {
    at.map_or_else(String::new, |at| format!("\n  called at {at}"))
}

/// What a run offers where its order chooses.
fn offered(options: &[String]) -> String {
    if options.is_empty() {
        return "has no choice".to_owned();
    }
    format!("offers {} ({})", options.len(), quoted(options))
}

fn quoted(options: &[String]) -> String {
    let quoted: Vec<String> = options
        .iter()
        .map(|option| format!("\"{option}\""))
        .collect();
    quoted.join(", ")
}

impl ErrorKind {
    pub(crate) fn unusable_file(path: &Path, reason: String) -> Self {
        Self::UnusableRecording {
            path: path.to_owned(),
            reason,
        }
    }
}

impl From<CloudError> for ErrorKind {
    fn from(source: CloudError) -> Self {
        Self::Cloud {
            source,
            diagnosis: String::new(),
        }
    }
}

impl Error {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }
}

impl<E> From<E> for Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    fn from(error: E) -> Self {
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        match error.downcast::<ErrorKind>() {
            Ok(kind) => Self(kind),
            Err(other) => Self(Box::new(ErrorKind::Other(other))),
        }
    }
}

impl From<Error> for Box<dyn std::error::Error + Send + Sync> {
    fn from(error: Error) -> Self {
        match *error.0 {
            ErrorKind::Other(error) => error,
            kind => Box::new(kind),
        }
    }
}

impl From<Error> for Box<dyn std::error::Error> {
    fn from(error: Error) -> Self {
        let error: Box<dyn std::error::Error + Send + Sync> = error.into();
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut shown = self.to_string();
        let mut source = std::error::Error::source(&*self.0);
        while let Some(error) = source {
            let text = error.to_string();
            // Most messages quote their source already.
            if !shown.contains(&text) {
                write!(f, "\n  caused by: {text}")?;
                shown = text;
            }
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_error_passes_through_the_question_mark() {
        fn body() -> Result<(), Error> {
            let _: u8 = "x".parse()?;
            Ok(())
        }
        let error = body().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Other(_)));
        assert_eq!(format!("{error:?}"), "invalid digit found in string");
    }

    #[test]
    fn our_own_kinds_are_not_wrapped() {
        let error = Error::from(ErrorKind::ExecutionTimeout(Duration::ZERO));
        assert!(matches!(error.kind(), ErrorKind::ExecutionTimeout(_)));
        let boxed: Box<dyn std::error::Error> = error.into();
        assert!(boxed.downcast_ref::<ErrorKind>().is_some());
    }
}
