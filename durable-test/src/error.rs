//! What can go wrong with a test, as opposed to the function under test.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use durable_host::{Divergence, MissedChoice, Order};
use durable_service::model::ExecutionStatus;

pub use crate::cloud::{CloudError, Failure, FailureKind, Location};
use crate::explore::{CrashFailure, OrdersDisagree};
pub use durable_host::LocalError;
pub use durable_runtime::mode::SettingsError;
pub use durable_service::ServiceError;

/// An error of the harness, or any error that a test's body passed on with `?`.
///
/// Its `Debug` text is meant for people: it is what a failing test shows. So that any error converts
/// into it, it is no `std::error::Error` itself; it converts into a boxed one.
pub struct Error(Box<ErrorKind>);

/// What an [`Error`] is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is not JSON.
    #[error("the input cannot be serialized to JSON: {0}")]
    Input(#[source] serde_json::Error),
    /// The settings of the mode are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The local host could not run the execution to its end.
    #[error("{source}; {diagnosis}{advice}")]
    Local {
        /// What the host met.
        source: LocalError,
        /// What the execution was doing.
        diagnosis: String,
        /// What can be done.
        advice: &'static str,
    },
    /// The local host refused a call.
    #[error(transparent)]
    Host(#[from] LocalError),
    /// A deployed function could not be run to its end, or its execution not be read.
    #[error("{source}{diagnosis}")]
    Cloud {
        /// What went wrong.
        source: CloudError,
        /// What the execution was doing, and what can be done; empty if the source says it all.
        diagnosis: String,
    },
    /// Something was asked for in cloud mode that only local mode has.
    #[error(
        "{what} belongs to local mode, where time is virtual and all functions are in this process; \
         this test runs in cloud mode. Skip the test there with `#[durable_test(.., local_only = \
         \"why\")]`, or ask only if `runner.mode() == RunnerMode::Local`{}",
        called_at(*.at)
    )]
    LocalOnly {
        /// The call or option.
        what: &'static str,
        /// Where the call stands, if it could not report it itself.
        at: Option<&'static std::panic::Location<'static>>,
    },
    /// A call that configures a runner, a run or an exploration cannot do what it says.
    #[error("`{call}` is refused: {reason}{}", called_at(Some(at)))]
    Argument {
        /// The call, as code.
        call: String,
        /// What is wrong, and the way out.
        reason: String,
        /// Where the call stands.
        at: &'static std::panic::Location<'static>,
    },
    /// A check of the test's own, of a run of an exploration.
    #[error("the check: {}", .message.replace('\n', "\n    "))]
    Check {
        /// What it says.
        message: String,
    },
    /// The order of a run chooses what the run does not offer.
    #[error(
        "`.order({order})` chooses option {} at index {}, where the run offers {} ({}); options count from 0. \
         Take an order from the message of an exploration, or leave the rest of the choices out: they are \
         the first options then",
        .missed.wanted, .missed.index, .missed.options.len(), quoted(&.missed.options)
    )]
    NoSuchChoice {
        /// The order.
        order: Order,
        /// What it chooses.
        missed: MissedChoice,
    },
    /// The execution that a chained invoke started cannot be read.
    #[error("the execution that chained invoke \"{name}\" started cannot be read: {source}")]
    UnreadChild {
        /// The chained invoke.
        name: String,
        /// Why not.
        source: CloudError,
    },
    /// A fault of a run found nothing to strike.
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
    /// A workflow does not survive a crash.
    #[error(transparent)]
    Crash(Box<CrashFailure>),
    /// No operation has that name.
    #[error("no {what} named \"{wanted}\" in this execution; {known}")]
    NoOperation {
        /// What was looked for: a step, a wait, …
        what: &'static str,
        /// The name or path.
        wanted: String,
        /// What there is instead.
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
    /// A result is not of the type that was asked for.
    #[error("the result of {what} is not a {wanted}: {source}; it is: {result}")]
    Result {
        /// Whose result.
        what: String,
        /// The type that was asked for.
        wanted: &'static str,
        /// Why not.
        source: serde_json::Error,
        /// The result, perhaps cut short.
        result: String,
    },
    /// No callback of that name came to wait.
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
    /// An operation has no result to read.
    #[error("{what} has no result: it is {status}{detail}")]
    NoResult {
        /// Whose result.
        what: String,
        /// How far it is.
        status: String,
        /// Its error, if it has one.
        detail: String,
    },
    /// A handler does something else when it is replayed from what it recorded itself.
    #[error(
        "the handler of function \"{function}\" is not deterministic: replayed from what this \
         execution recorded, it does something else\n{divergence}\n{CAUSES}"
    )]
    Nondeterministic {
        /// The function.
        function: String,
        /// The first difference.
        divergence: Divergence,
    },
    /// A handler does not come to an end when it is replayed from what it recorded itself.
    #[error(
        "the handler of function \"{function}\" is not deterministic: replayed from what this \
         execution recorded, it did not come to an end within {timeout:?}. On a replay no body of a \
         step runs, so a handler must not wait for what only a body does. If it is to, leave the \
         check out: `.check_determinism(false)` of the run, or of `#[durable_test]`"
    )]
    EndlessReplay {
        /// The function.
        function: String,
        /// How long it took, in real time.
        timeout: Duration,
    },
    /// A handler does something else than a recorded execution.
    #[error(
        "the handler of function \"{function}\" does not fit the recording {path}: the replay of \
         invocation {invocation} does something else\n{divergence}\nAn execution of that time would \
         fail when it goes on with this handler. Keep what was recorded: leave operations, their \
         names, order and inputs as they were, or deploy the change as another version or function, \
         so that executions under way go on with the old one",
        path = .path.display()
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
    },
    /// A recording cannot be written or read.
    #[error("the recording {path} cannot be used: {reason}", path = .path.display())]
    UnusableRecording {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A pattern of file names is none, or no file has such a name.
    #[error("no recording to replay: {reason}")]
    NoRecording {
        /// Why there is none.
        reason: String,
    },
    /// A handler comes to different ends in different orders.
    #[error("{0}")]
    OrdersDisagree(Box<OrdersDisagree>),
    /// A run in a chosen order could not be driven to its end.
    #[error("in the order `.order({order})`: {error}")]
    OrderFailed {
        /// The order.
        order: Order,
        /// What went wrong.
        error: Box<Error>,
    },
    /// A time that the service cannot keep.
    #[error("an execution timeout has whole seconds, at least one; {0:?} was given")]
    ExecutionTimeout(Duration),
    /// An error that a test's body passed on.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

/// Why a handler may do something else the second time.
const CAUSES: &str = "Between two runs these differ: the clock, random numbers, the order of a \
                      HashMap or HashSet, global state, the environment, and which of several plain \
                      futures is ready first. Read them in a step, whose result is recorded. If the \
                      handler is to differ, leave the check out: `.check_determinism(false)` of the \
                      run, or `check_determinism = false` of `#[durable_test]`";

fn called_at(at: Option<&std::panic::Location<'_>>) -> String {
    at.map_or_else(String::new, |at| format!("\n  called at {at}"))
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
