//! Errors of deployed functions, and their messages.

use std::fmt;
use std::time::Duration;

use durable_client::{Failure, FailureKind, Location};
use durable_view::seconds;

/// Why a deployed function could not be run to its end, or its execution could not be read.
///
/// The cause of [`ErrorKind::Cloud`](crate::ErrorKind::Cloud).
///
/// The module [`error`](crate::error) has an example of errors.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CloudError {
    /// The function could not be invoked.
    #[error(
        "Failed to invoke Lambda function {function}: {failure}.{}",
        invoke_advice(function, failure, location)
    )]
    Invoke {
        /// The function, as the settings name it.
        function: String,
        /// Why not.
        failure: Box<Failure>,
        /// The Region or endpoint of the call.
        location: Location,
    },
    /// The invoked function is not durable.
    #[error(
        "No DurableExecutionArn in response for function {function}. It ran as a plain function: it \
         was created without a DurableConfig. An existing function cannot be made durable: create a new \
         one with `DurableConfig: ExecutionTimeout: ..` in its template, and mark its handler with \
         #[durable_execution]"
    )]
    NotDurable {
        /// The function, as the settings name it.
        function: String,
    },
    /// The function was invoked, and failed outside any execution.
    #[error(
        "Lambda function failed: {message}. See the log of {function}: aws logs tail \
         /aws/lambda/{log} --follow",
        log = bare_name(function)
    )]
    FunctionFailed {
        /// The function, as the settings name it.
        function: String,
        /// What it failed with.
        message: String,
    },
    /// The state of an execution could not be read.
    #[error(
        "Failed to get execution status: {failure}. The execution is {arn}.{}",
        status_advice(failure, location)
    )]
    Status {
        /// ARN of the execution.
        arn: String,
        /// Why not.
        failure: Box<Failure>,
        /// The Region or endpoint of the call.
        location: Location,
    },
    /// A callback could not be completed.
    #[error("Failed to {act} callback {callback_id}: {failure}.{}", call_advice(act.permission(), failure, location))]
    Callback {
        /// The intended action.
        act: CallbackAct,
        /// Id of the callback.
        callback_id: String,
        /// Why not.
        failure: Box<Failure>,
        /// The Region or endpoint of the call.
        location: Location,
    },
    /// An execution could not be stopped.
    #[error(
        "Failed to stop the execution {arn}: {failure}.{}",
        call_advice("lambda:StopDurableExecution", failure, location)
    )]
    Stop {
        /// ARN of the execution.
        arn: String,
        /// Why not.
        failure: Box<Failure>,
        /// The Region or endpoint of the call.
        location: Location,
    },
    /// The execution did not end within the timeout.
    #[error("the execution {arn} did not end within {}{}", seconds(*timeout), last_trouble(trouble.as_ref()))]
    TimedOut {
        /// ARN of the execution.
        arn: String,
        /// The timeout.
        timeout: Duration,
        /// The last failed answer of the service, if there was one.
        trouble: Option<Failure>,
    },
    /// An answer to a callback is not JSON.
    #[error("the answer to callback \"{name}\" cannot be serialized to JSON: {reason}")]
    Reply {
        /// The callback.
        name: String,
        /// Why not.
        reason: String,
    },
    /// An answer to a callback is due after the timeout of the run.
    #[error(
        "callback \"{name}\" is to be answered after {}, and the run has a timeout of {}: in cloud \
         mode the answer waits in real time. Raise `.timeout(..)` of the run, answer sooner, or mark \
         the test `local_only`: in local mode time is virtual",
        seconds(*after),
        seconds(*timeout)
    )]
    LateReply {
        /// The callback.
        name: String,
        /// The delay of the answer.
        after: Duration,
        /// The timeout of the run.
        timeout: Duration,
    },
    /// The process cannot make calls at all.
    #[error("the background runtime of the cloud mode failed: {0}")]
    Background(String),
}

impl CloudError {
    /// The failed call of the API, if that is the cause.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Invoke { failure, .. }
            | Self::Status { failure, .. }
            | Self::Callback { failure, .. }
            | Self::Stop { failure, .. } => Some(failure),
            _ => None,
        }
    }
}

/// An action on a callback from outside.
///
/// [`CloudError`], in an [`ErrorKind::Cloud`](crate::ErrorKind::Cloud), names the one that failed.
///
/// The module [`error`](crate::error) has an example of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackAct {
    /// Complete it.
    Succeed,
    /// Fail it.
    Fail,
    /// Send a heartbeat.
    Heartbeat,
}

impl CallbackAct {
    fn permission(self) -> &'static str {
        match self {
            Self::Succeed => "lambda:SendDurableExecutionCallbackSuccess",
            Self::Fail => "lambda:SendDurableExecutionCallbackFailure",
            Self::Heartbeat => "lambda:SendDurableExecutionCallbackHeartbeat",
        }
    }
}

impl fmt::Display for CallbackAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Succeed => "complete",
            Self::Fail => "fail",
            Self::Heartbeat => "send a heartbeat for",
        })
    }
}

fn invoke_advice(function: &str, failure: &Failure, location: &Location) -> String {
    match failure.kind {
        FailureKind::NotFound => {
            let name = bare_name(function);
            let region = &location.region;
            format!(
                " Verify that the function exists {location}: aws lambda get-function --function-name \
                 {name} --region {region}{}. Its name comes from QUALIFIED_FUNCTION_NAME or \
                 DURABLE_FUNCTION_NAME_MAP, the Region from AWS_REGION",
                endpoint_flag(location)
            )
        }
        FailureKind::Throttled => " It was tried several times. Wait a little, run fewer tests at \
                                   once (`--test-threads=1`), or raise the concurrency of the function"
            .to_owned(),
        FailureKind::Refused if failure.message.contains("unqualified") => format!(
            " Name a version or an alias, such as {}:$LATEST",
            function.trim_end_matches(':')
        ),
        _ => call_advice("lambda:InvokeFunction", failure, location),
    }
}

fn status_advice(failure: &Failure, location: &Location) -> String {
    match failure.kind {
        FailureKind::NotFound => format!(
            " It was looked up {location}. Check that AWS_REGION is the function's Region; the service \
             deletes an execution after its retention period"
        ),
        FailureKind::Throttled => " Run fewer tests at once (`--test-threads=1`)".to_owned(),
        _ => call_advice(
            "lambda:GetDurableExecution and lambda:GetDurableExecutionHistory",
            failure,
            location,
        ),
    }
}

fn call_advice(permission: &str, failure: &Failure, location: &Location) -> String {
    match failure.kind {
        FailureKind::Credentials => {
            " Verify your AWS credentials: aws sts get-caller-identity. Set \
                                     them up with: aws configure, or sign in with: aws sso login"
                .to_owned()
        }
        FailureKind::Denied => format!(" The caller needs the permission {permission}"),
        FailureKind::Unreachable | FailureKind::Interrupted => match &location.endpoint {
            Some(endpoint) => format!(
                " Nothing usable answers at {endpoint}, which is LAMBDA_ENDPOINT: is the server \
                 running?"
            ),
            None => format!(
                " Check the network, and that {} is a Region",
                location.region
            ),
        },
        FailureKind::Server | FailureKind::Malformed => {
            format!(" The service {location} has a problem; check its health")
        }
        _ => String::new(),
    }
}

fn endpoint_flag(location: &Location) -> String {
    location
        .endpoint
        .as_ref()
        .map_or_else(String::new, |endpoint| {
            format!(" --endpoint-url {endpoint}")
        })
}

/// The name of a function without account, Region and qualifier.
pub(super) fn bare_name(function: &str) -> &str {
    let name = match function.split_once(":function:") {
        Some((_, name)) => name,
        None => function,
    };
    name.split(':').next().unwrap_or(name)
}

fn last_trouble(trouble: Option<&Failure>) -> String {
    trouble.map_or_else(String::new, |failure| {
        format!("; the service's last answer was {failure}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_a_bare_name() {
        for name in [
            "MyFunction",
            "MyFunction:$LATEST",
            "arn:aws:lambda:us-west-2:123456789012:function:MyFunction:7",
            "123456789012:function:MyFunction",
        ] {
            assert_eq!(bare_name(name), "MyFunction");
        }
    }
}
