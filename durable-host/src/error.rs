//! What can go wrong with the host itself, as opposed to the function that it runs.

use std::time::Duration;

use durable_service::ServiceError;

/// Why the host could not run an execution to its end.
///
/// The error of [`LocalHost::drive`](crate::LocalHost::drive) and the other calls.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// A runtime of its own, which a run needs, cannot be started.
    #[error("a runtime cannot be started: {0}")]
    Runtime(String),
    /// The service refused a call of the host.
    #[error("{code}: {0}", code = .0.code())]
    Refused(#[from] ServiceError),
    /// The real time that the caller allows is up.
    #[error("the execution did not end within {real} of real time", real = seconds(*.timeout))]
    TimedOut {
        /// The time allowed.
        timeout: Duration,
    },
    /// The call came from code that the execution itself waits for.
    #[error(
        "this call drives the execution, and comes from its own handler or step, which the execution waits for: \
         neither could go on. Drive it from the test alone; a handler waits with `ctx.wait(..)`"
    )]
    DrivenFromInside,
    /// The input does not fit the event that the handler takes.
    #[error(
        "the input of the run does not fit the event of the handler of function \"{function}\": {reason}"
    )]
    Input {
        /// The function.
        function: String,
        /// Why not.
        reason: String,
    },
    /// The function was invoked too often.
    #[error("the execution did not end within {limit} invocations")]
    TooManyInvocations {
        /// The number allowed.
        limit: usize,
    },
    /// Nothing but an event from outside can move the execution.
    #[error("nothing can move the execution any more")]
    Stuck,
    /// An answer to a callback is not JSON.
    #[error("the answer to callback \"{name}\" cannot be serialized to JSON: {reason}")]
    Reply {
        /// The callback.
        name: String,
        /// Why not.
        reason: String,
    },
    /// An execution is to run a function that is not registered.
    #[error("no handler is registered for function \"{function}\" on this host")]
    UnknownFunction {
        /// The function.
        function: String,
    },
    /// An execution is to run a function whose name several handlers of this binary have.
    #[error(
        "several handlers of this binary have the name \"{function}\": {}. Give each a name of its own, \
         with `#[durable_execution(name = \"..\")]`",
        .handlers.join(", ")
    )]
    AmbiguousFunction {
        /// The function.
        function: String,
        /// Each handler's name, with its file and line.
        handlers: Vec<String>,
    },
    /// The AWS client of the SDK could not be configured.
    #[error("the SDK refused its options: {0}")]
    Options(String),
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
