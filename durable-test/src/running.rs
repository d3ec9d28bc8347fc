//! An execution under the test's hand.

use std::time::Duration;

use durable_runtime::local::{DriveLimits, LocalError, Reached, Until};
use durable_service::model::{CallbackCompletion, ErrorObject, ExecutionArn};
use serde::Serialize;

use crate::{DurableRunner, Error, ErrorKind, ExecutionResult, Operation};

/// A started execution. It moves only while one of its calls drives it.
#[derive(Debug)]
pub struct RunningExecution {
    runner: DurableRunner,
    arn: ExecutionArn,
    limits: DriveLimits,
}

impl RunningExecution {
    pub(crate) fn new(runner: DurableRunner, arn: ExecutionArn, limits: DriveLimits) -> Self {
        Self {
            runner,
            arn,
            limits,
        }
    }

    /// ARN of the execution.
    #[must_use]
    pub fn arn(&self) -> &str {
        self.arn.as_str()
    }

    /// The execution as it stands now.
    ///
    /// # Errors
    ///
    /// If the service does not know it any more.
    pub fn snapshot(&self) -> Result<ExecutionResult, Error> {
        ExecutionResult::take(self.runner.host(), &self.arn)
            .map_err(|error| ErrorKind::Host(error).into())
    }

    /// The operation of that name, path or id, as it stands now.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the operations that there are.
    pub fn operation(&self, name: &str) -> Result<Operation, Error> {
        self.snapshot()?.get_operation(name).cloned()
    }

    /// The execution that a chained invoke of that name or path began, to be looked at, driven or
    /// stopped by itself.
    ///
    /// # Errors
    ///
    /// If there is no such chained invoke yet, or it began none because its target is a plain
    /// function.
    pub fn child(&self, name: &str) -> Result<RunningExecution, Error> {
        let child = self.snapshot()?.child(name)?.execution_arn().clone();
        Ok(Self::new(self.runner.clone(), child, self.limits))
    }

    /// Runs the execution until a callback of that name, or any if it is `*`, waits for its
    /// completion, and gives the means to complete it.
    ///
    /// # Errors
    ///
    /// If the execution ends first, or cannot be driven that far.
    pub async fn wait_for_callback(&self, name: &str) -> Result<CallbackHandle, Error> {
        let reached = self.drive(Until::Callback(name)).await?;
        let host = self.runner.host();
        let open = match reached {
            Reached::Condition => host
                .open_callback(&self.arn, name)
                .map_err(ErrorKind::Host)?,
            Reached::Closed => None,
        };
        if let Some(id) = open {
            return Ok(CallbackHandle {
                runner: self.runner.clone(),
                id,
            });
        }
        let result = self.snapshot()?;
        self.keep(&result);
        Err(ErrorKind::NoCallback {
            name: name.to_owned(),
            status: result.status(),
        }
        .into())
    }

    /// Runs the execution until it is suspended and nothing is due at the present time, or it is
    /// over. The virtual clock stands still.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven.
    pub async fn run_until_suspended(&self) -> Result<(), Error> {
        self.drive(Until::Suspended).await.map(|_| ())
    }

    /// Moves the virtual clock by that much, with all that falls due on the way.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven.
    pub async fn advance(&self, time: Duration) -> Result<(), Error> {
        let until = self.runner.host().now().after(time);
        self.drive(Until::Time(until)).await.map(|_| ())
    }

    /// Stops the execution, as `StopDurableExecution` does: its status is `Stopped`, unless it was
    /// over.
    ///
    /// # Errors
    ///
    /// If the service does not know it any more.
    #[expect(
        clippy::unused_async,
        reason = "in cloud mode it is a call of the service"
    )]
    pub async fn stop(
        &self,
        error_type: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        let error = ErrorObject::new(error_type, message);
        self.runner
            .host()
            .stop(&self.arn, Some(error))
            .map_err(|error| ErrorKind::Host(error).into())
    }

    /// Runs the execution to its end.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven to its end.
    pub async fn result(&self) -> Result<ExecutionResult, Error> {
        self.drive(Until::Closed).await?;
        let result = self.snapshot()?;
        self.keep(&result);
        Ok(result)
    }

    async fn drive(&self, until: Until<'_>) -> Result<Reached, Error> {
        let outcome = self
            .runner
            .host()
            .drive(&self.arn, self.limits, until)
            .await;
        match outcome {
            Ok(reached) => Ok(reached),
            Err(source) => {
                let result = self.snapshot()?;
                self.keep(&result);
                Err(ErrorKind::Local {
                    advice: advice(&source),
                    situation: situation(&result),
                    source,
                }
                .into())
            }
        }
    }

    /// Keeps a result for the report of a failing test.
    fn keep(&self, result: &ExecutionResult) {
        self.runner.keep(result.clone());
    }
}

/// The means to complete a callback.
#[derive(Debug)]
pub struct CallbackHandle {
    runner: DurableRunner,
    id: String,
}

#[expect(
    clippy::unused_async,
    reason = "in cloud mode these are calls of the service"
)]
impl CallbackHandle {
    /// The callback's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Completes the callback with a value, as JSON.
    ///
    /// # Errors
    ///
    /// If the callback is over, its time is up, or the value is not JSON.
    pub async fn succeed<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let json = serde_json::to_string(value).map_err(ErrorKind::Input)?;
        self.complete(CallbackCompletion::Success(Some(json)))
    }

    /// Fails the callback.
    ///
    /// # Errors
    ///
    /// If the callback is over or its time is up.
    pub async fn fail(
        &self,
        error_type: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        let error = ErrorObject::new(error_type, message);
        self.complete(CallbackCompletion::Failure(error))
    }

    /// Sends a heartbeat.
    ///
    /// # Errors
    ///
    /// If the callback is over or its time is up.
    pub async fn heartbeat(&self) -> Result<(), Error> {
        self.runner
            .host()
            .heartbeat_callback(&self.id)
            .map_err(|error| ErrorKind::Host(error).into())
    }

    fn complete(&self, completion: CallbackCompletion) -> Result<(), Error> {
        self.runner
            .host()
            .complete_callback(&self.id, completion)
            .map_err(|error| ErrorKind::Host(error).into())
    }
}

/// What an execution that did not end was doing.
fn situation(result: &ExecutionResult) -> String {
    let open = open_operations(result);
    let virtual_time = durable_service::outline::human(result.duration());
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

/// The open operations of an execution, and of those that it called.
fn open_operations(result: &ExecutionResult) -> Vec<String> {
    let open = |operation: &&Operation| !operation.status().is_terminal();
    let own = result.operations().iter().filter(open).map(describe);
    let called = result.children().flat_map(|child| {
        let function = child.function();
        let of = move |open| format!("{open} of \"{function}\"");
        open_operations(child).into_iter().map(of)
    });
    own.chain(called).collect()
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
        LocalError::Stuck => {
            ". A callback waits for somebody: answer it by its name with \
             `.on_callback(\"..\", CallbackReply::success(&value))` of the run, complete it from \
             `runner.start(..)` by `wait_for_callback(\"..\")`, or give it a timeout in the handler"
        }
        _ => "",
    }
}
