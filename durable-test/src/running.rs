//! An execution that the test drives step by step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use durable_service::model::CallbackCompletion;
use serde::Serialize;

use crate::backend::{Callbacks, Execution};
use crate::misuse::CallSite;
use crate::recent::RecentResults;
use crate::results::{ErrorObject, Operation};
use crate::uses::Uses;
use crate::{Error, ErrorKind, ExecutionResult};

/// A started execution. In local mode it advances only while one of its calls drives it; in cloud mode it
/// runs by itself, and its calls wait for it.
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # async fn approval(_: (), ctx: DurableContext) -> Result<String, BoxError> {
/// #     let approval = ctx.create_callback::<String>().name("approval").timeout(Duration::from_hours(24));
/// #     Ok(approval.await?.result().await?)
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestOutcome {
/// # let runner = DurableRunner::local(approval)?;
/// let running = runner.start(()).await?;
/// running.run_until_suspended().await?;
/// running.advance(Duration::from_hours(23)).await?;
/// assert_eq!(running.operation("approval")?.status(), OperationStatus::Started);
///
/// running.advance(Duration::from_hours(1)).await?;
/// let result = running.result().await?;
/// assert_eq!(result.get_callback("approval")?.status(), OperationStatus::TimedOut);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RunningExecution {
    execution: Box<dyn Execution>,
    recent: RecentResults,
    /// Its start; none if the test did not start it.
    begun: Option<Begun>,
}

/// The start of an execution by the test, which is to look at it.
#[derive(Debug)]
pub(crate) struct Begun {
    uses: Uses,
    at: CallSite,
    /// Whether the test drove, stopped or looked at the execution.
    is_seen: AtomicBool,
}

impl Begun {
    pub(crate) fn new(uses: Uses, at: CallSite) -> Self {
        let is_seen = AtomicBool::new(false);
        Self { uses, at, is_seen }
    }
}

/// An execution of which the test saw nothing cannot fail it, so that is told.
impl Drop for RunningExecution {
    fn drop(&mut self) {
        let Some(begun) = self.begun.as_ref() else {
            return;
        };
        if std::thread::panicking() || begun.is_seen.load(Ordering::Relaxed) {
            return;
        }
        // Another start of the same name returns an execution that may have run meanwhile.
        if self.execution.has_run() {
            return;
        }
        begun.uses.leave(format!(
            "the execution that was started at {} was left: the test neither drove it nor looked at it. `start` \
             alone runs nothing in local mode: await `result()`, `run_until_suspended()`, `advance(..)` or \
             `wait_for_callback(..)` of what it returns, or `stop(..)` it",
            begun.at
        ));
    }
}

impl RunningExecution {
    pub(crate) fn new(
        execution: Box<dyn Execution>,
        recent: RecentResults,
        begun: Option<Begun>,
    ) -> Self {
        Self {
            execution,
            recent,
            begun,
        }
    }

    /// The execution, for a call by which the test drives it or looks at it.
    fn seen(&self) -> &dyn Execution {
        if let Some(begun) = &self.begun {
            begun.is_seen.store(true, Ordering::Relaxed);
        }
        self.execution.as_ref()
    }

    /// ARN of the execution.
    #[must_use]
    pub fn arn(&self) -> &str {
        self.seen().arn()
    }

    /// The execution as it stands now. In cloud mode this calls the service and blocks the thread.
    ///
    /// # Errors
    ///
    /// If the service no longer holds the execution, or cannot be reached.
    pub fn snapshot(&self) -> Result<ExecutionResult, Error> {
        self.seen().snapshot()
    }

    /// The operation with that name, path or id, in its present state.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists those that exist.
    pub fn operation(&self, name: &str) -> Result<Operation, Error> {
        self.snapshot()?.get_operation(name).cloned()
    }

    /// The execution that a chained invoke of that name or path started, to be looked at, driven or
    /// stopped by itself.
    ///
    /// # Errors
    ///
    /// If there is no such chained invoke yet, or it started none because its target is a plain
    /// function.
    pub fn child(&self, name: &str) -> Result<RunningExecution, Error> {
        let snapshot = self.snapshot()?;
        let child = self.execution.child(snapshot.child(name)?.arn())?;
        Ok(Self::new(child, self.recent.clone(), None))
    }

    /// Runs the execution until a callback with that name or path (`*`: any callback) waits for its completion,
    /// and returns a handle that completes it. Callbacks of executions that this one called are found too, as
    /// `on_callback` answers them.
    ///
    /// # Errors
    ///
    /// If the execution ends first, or cannot be driven that far.
    pub async fn wait_for_callback(&self, name: &str) -> Result<CallbackHandle, Error> {
        if let Some(id) = self.seen().wait_for_callback(name).await? {
            let callbacks = self.execution.callbacks();
            return Ok(CallbackHandle { callbacks, id });
        }
        let result = self.snapshot()?;
        self.recent.record(&result);
        Err(ErrorKind::NoCallback {
            name: name.to_owned(),
            status: result.status(),
        }
        .into())
    }

    /// Runs the execution until it has ended, or is suspended with nothing due at the present time. The
    /// virtual clock does not move.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven, or the test runs in cloud mode.
    pub async fn run_until_suspended(&self) -> Result<(), Error> {
        self.seen().run_until_suspended().await
    }

    /// Moves the virtual clock by that much, and fires everything that falls due on the way.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven, or the test runs in cloud mode.
    pub async fn advance(&self, time: Duration) -> Result<(), Error> {
        self.seen().advance(time).await
    }

    /// Stops the execution, as `StopDurableExecution` does: its status becomes `Stopped`, unless it had
    /// ended.
    ///
    /// # Errors
    ///
    /// If the service no longer holds the execution, or cannot be reached.
    pub async fn stop(
        &self,
        error_type: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        let error = ErrorObject::new(error_type, message);
        self.seen().stop(error).await
    }

    /// Runs the execution to its end.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven to its end, or its handler is not deterministic.
    pub async fn result(&self) -> Result<ExecutionResult, Error> {
        self.seen().result().await
    }
}

/// A handle that completes a callback, from [`RunningExecution::wait_for_callback`].
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # async fn approval(_: (), ctx: DurableContext) -> Result<String, BoxError> {
/// #     let approval = ctx.create_callback::<String>().name("approval").timeout(Duration::from_hours(24));
/// #     Ok(approval.await?.result().await?)
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestOutcome {
/// # let runner = DurableRunner::local(approval)?;
/// let running = runner.start(()).await?;
/// let callback = running.wait_for_callback("approval").await?;
/// running.advance(Duration::from_hours(2)).await?;
/// callback.succeed(&"granted").await?;
///
/// let result = running.result().await?;
/// assert_eq!(result.result::<String>()?, "granted");
/// assert_eq!(result.duration(), Duration::from_hours(2));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CallbackHandle {
    callbacks: Arc<dyn Callbacks>,
    id: String,
}

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
    /// If the callback is completed or timed out, or the value is not JSON.
    pub async fn succeed<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let json = serde_json::to_string(value).map_err(ErrorKind::Input)?;
        let completion = CallbackCompletion::Success(Some(json));
        self.callbacks.complete(&self.id, completion).await
    }

    /// Fails the callback.
    ///
    /// # Errors
    ///
    /// If the callback is completed or timed out.
    pub async fn fail(
        &self,
        error_type: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        let error = ErrorObject::new(error_type, message);
        let completion = CallbackCompletion::Failure(error);
        self.callbacks.complete(&self.id, completion).await
    }

    /// Sends a heartbeat.
    ///
    /// # Errors
    ///
    /// If the callback is completed or timed out.
    pub async fn heartbeat(&self) -> Result<(), Error> {
        self.callbacks.heartbeat(&self.id).await
    }
}
