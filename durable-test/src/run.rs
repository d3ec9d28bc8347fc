//! One run of the handler under test.

use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use durable_runtime::local::{DriveLimits, LocalError};
use durable_service::StartRequest;
use durable_service::model::ExecutionArn;

use crate::{DurableRunner, Error, ErrorKind, ExecutionResult, Operation};

/// A run of the handler under test; it begins when it is awaited.
#[derive(Debug)]
#[must_use = "a run does nothing until it is awaited"]
pub struct Run {
    runner: DurableRunner,
    input: Result<String, ErrorKind>,
    name: Option<String>,
    execution_timeout: Option<Duration>,
    limits: DriveLimits,
}

impl Run {
    pub(crate) fn new(runner: DurableRunner, input: Result<String, ErrorKind>) -> Self {
        Self {
            runner,
            input,
            name: None,
            execution_timeout: None,
            limits: DriveLimits {
                timeout: Duration::from_mins(1),
                max_invocations: 1_000,
            },
        }
    }

    /// How long the test waits, in **real** time; one minute by default.
    ///
    /// A workflow that waits an hour passes under a timeout of ten seconds. Past it the run is an
    /// error that says what the execution was doing.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// How long the execution may take, in **virtual** time: the service's own limit, in whole
    /// seconds (`DurableConfig.ExecutionTimeout`). Past it the status is `TimedOut`.
    pub fn execution_timeout(mut self, timeout: Duration) -> Self {
        self.execution_timeout = Some(timeout);
        self
    }

    /// Name of the execution: up to 64 letters, digits, `-` and `_`.
    ///
    /// A second run of the same name and input is the same execution, and of another input an error.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Most invocations of the function before the run is given up as endless; 1 000 by default.
    pub fn max_invocations(mut self, most: usize) -> Self {
        self.limits.max_invocations = most;
        self
    }

    async fn execute(self) -> Result<ExecutionResult, Error> {
        let host = self.runner.host();
        let execution_timeout_seconds = self.execution_timeout.map(whole_seconds).transpose()?;
        let arn = host
            .start(StartRequest {
                name: self.name,
                execution_timeout_seconds,
                ..StartRequest::new(self.runner.function(), self.input?)
            })
            .map_err(ErrorKind::Host)?;
        let outcome = host.run_until_closed(&arn, self.limits).await;
        let result = snapshot(&self.runner, &arn)?;
        self.runner.keep(result.clone());
        match outcome {
            Ok(()) => Ok(result),
            Err(source) => Err(ErrorKind::Local {
                advice: advice(&source),
                situation: situation(&result),
                source,
            }
            .into()),
        }
    }
}

impl IntoFuture for Run {
    type Output = Result<ExecutionResult, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.execute())
    }
}

/// The execution as it stands now.
fn snapshot(runner: &DurableRunner, arn: &ExecutionArn) -> Result<ExecutionResult, Error> {
    let host = runner.host();
    let now = host.now();
    host.with_execution(arn, |execution| ExecutionResult::of(execution, now))
        .map_err(|error| ErrorKind::Host(error).into())
}

/// The service's unit is a second, so anything else would be another timeout than the one asked for.
fn whole_seconds(timeout: Duration) -> Result<u64, Error> {
    if timeout.as_secs() == 0 || timeout.subsec_nanos() != 0 {
        return Err(ErrorKind::ExecutionTimeout(timeout).into());
    }
    Ok(timeout.as_secs())
}

/// What an execution that did not end was doing.
fn situation(result: &ExecutionResult) -> String {
    let open: Vec<String> = result
        .operations()
        .iter()
        .filter(|operation| !operation.status().is_terminal())
        .map(describe)
        .collect();
    let virtual_time = crate::result::human(result.duration());
    let invocations = match result.invocations().len() {
        1 => "1 invocation".to_owned(),
        many => format!("{many} invocations"),
    };
    let open = if open.is_empty() {
        "no operation is open".to_owned()
    } else {
        format!("open operations: {}", open.join(", "))
    };
    format!("after {invocations} and {virtual_time} of virtual time {open}")
}

fn describe(operation: &Operation) -> String {
    let due = operation
        .due_at()
        .map_or_else(String::new, |due| format!(", due {due}"));
    format!(
        "{} \"{}\" ({}{due})",
        operation.operation_type(),
        operation.path(),
        operation.status()
    )
}

fn advice(error: &LocalError) -> &'static str {
    match error {
        LocalError::TimedOut { .. } => {
            ". If a step needs longer in real time, raise `.timeout(..)` of the run"
        }
        LocalError::TooManyInvocations { .. } => {
            ". Look for a loop without an end; if the workflow does suspend that often, raise \
             `.max_invocations(..)` of the run"
        }
        _ => "",
    }
}
