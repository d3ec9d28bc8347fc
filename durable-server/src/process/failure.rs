//! How an invocation fails, in Lambda's words (docs/service.md, 5.4).

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;

use durable_service::model::{ErrorObject, RequestId, Timestamp};

use crate::logs::Failed;
use crate::runtime::MAX_RESPONSE_BYTES;

/// Why an invocation returned no response.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The function reported an error.
    Reported(ErrorObject),
    /// The process exited before it answered.
    Exited(ExitStatus),
    /// The function, or the start of its process, exceeded this time.
    TimedOut(Duration),
    /// The response exceeds the limit; holds its bytes.
    TooLarge(usize),
    /// No process could be started.
    NotStarted(String),
    /// The program that runs the function could not be reached, or gave up the connection.
    Unreachable(String),
}

impl Failure {
    /// The failure of an invocation that was killed before it had a process.
    pub(crate) fn killed() -> Self {
        // A status whose lowest bits are a signal's is that of a process that the signal ended.
        Self::Exited(ExitStatus::from_raw(Signal::KILL.as_raw()))
    }

    /// What happened, in Lambda's words.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Reported(error) => error.to_string(),
            Self::Exited(status) => exit_reason(*status),
            Self::TimedOut(after) => {
                format!("Task timed out after {:.2} seconds", after.as_secs_f64())
            }
            Self::TooLarge(bytes) => format!(
                "Response payload size ({bytes} bytes) exceeded maximum allowed payload size \
                 ({MAX_RESPONSE_BYTES} bytes)."
            ),
            Self::NotStarted(reason) | Self::Unreachable(reason) => reason.clone(),
        }
    }

    /// The failure as the log of the invocation has it.
    pub(crate) fn to_log(&self) -> Failed {
        Failed {
            status: match self {
                Self::TimedOut(_) => "timeout",
                Self::Reported(_) | Self::TooLarge(_) => "error",
                Self::Exited(_) | Self::NotStarted(_) | Self::Unreachable(_) => "failure",
            },
            error_type: self.error_type().map(str::to_owned),
            reason: self.reason(),
        }
    }

    /// The type of the error.
    fn error_type(&self) -> Option<&str> {
        match self {
            Self::Reported(error) => error.error_type.as_deref(),
            Self::Exited(_) | Self::Unreachable(_) => Some("Runtime.ExitError"),
            Self::TimedOut(_) => Some("Sandbox.Timedout"),
            Self::TooLarge(_) => Some("Function.ResponseSizeTooLarge"),
            Self::NotStarted(_) => Some("Runtime.InvalidEntrypoint"),
        }
    }

    /// The failure as the service and the caller see it.
    pub(crate) fn into_error(self, request_id: &RequestId, now: Timestamp) -> ErrorObject {
        let reason = self.reason();
        let message = match &self {
            Self::Reported(error) => return error.clone(),
            Self::Exited(_) | Self::Unreachable(_) | Self::NotStarted(_) => {
                format!("RequestId: {request_id} Error: {reason}")
            }
            Self::TimedOut(_) => format!("{now} {request_id} {reason}"),
            Self::TooLarge(_) => reason,
        };
        ErrorObject::new(self.error_type().unwrap_or_default(), message)
    }
}

fn exit_reason(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, signal) => {
            let signal = signal.and_then(Signal::from_named_raw);
            format!("Runtime exited with error: signal: {}", signal_name(signal))
        }
    }
}

/// Lambda's name of a signal.
fn signal_name(signal: Option<Signal>) -> &'static str {
    use rustix::process::Signal;
    match signal {
        Some(Signal::ABORT) => "aborted",
        Some(Signal::BUS) => "bus error",
        Some(Signal::FPE) => "floating point exception",
        Some(Signal::HUP) => "hangup",
        Some(Signal::ILL) => "illegal instruction",
        Some(Signal::INT) => "interrupt",
        Some(Signal::KILL) => "killed",
        Some(Signal::PIPE) => "broken pipe",
        Some(Signal::SEGV) => "segmentation fault",
        Some(Signal::TERM) => "terminated",
        Some(Signal::TRAP) => "trace/breakpoint trap",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(failure: Failure) -> String {
        let error = failure.into_error(&"id".into(), Timestamp::from_millis(0));
        error.error_message.unwrap()
    }

    #[test]
    fn failures_read_as_lambda_reports_them() {
        assert_eq!(
            message(Failure::Exited(ExitStatus::from_raw(3 << 8))),
            "RequestId: id Error: Runtime exited with error: exit status 3"
        );
        assert_eq!(
            message(Failure::Exited(ExitStatus::from_raw(9))),
            "RequestId: id Error: Runtime exited with error: signal: killed"
        );
        assert_eq!(
            message(Failure::Exited(ExitStatus::from_raw(0))),
            "RequestId: id Error: Runtime exited without providing a reason"
        );
        assert_eq!(
            message(Failure::TimedOut(Duration::from_secs(3))),
            "1970-01-01T00:00:00.000Z id Task timed out after 3.00 seconds"
        );
    }
}
