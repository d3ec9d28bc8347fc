//! One run of the handler under test: to its end, or under the test's hand.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use durable_runtime::local::{DriveLimits, IntoResponder, Responder};
use durable_service::StartRequest;
use durable_service::model::ExecutionArn;

use crate::running::RunningExecution;
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult};

/// A run of the handler to its end; it begins when it is awaited.
pub type Run = Request<ToEnd>;

/// The start of an execution that the test then drives; it begins when it is awaited.
pub type Start = Request<Live>;

/// The kind of a [`Run`].
#[derive(Debug, Clone, Copy)]
pub struct ToEnd;

/// The kind of a [`Start`].
#[derive(Debug, Clone, Copy)]
pub struct Live;

/// An execution to be, with its options.
#[must_use = "nothing happens until it is awaited"]
pub struct Request<Kind> {
    runner: DurableRunner,
    input: Result<String, ErrorKind>,
    name: Option<String>,
    execution_timeout: Option<Duration>,
    limits: DriveLimits,
    replies: Vec<(String, Responder)>,
    kind: PhantomData<Kind>,
}

impl<Kind> Request<Kind> {
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
            replies: Vec::new(),
            kind: PhantomData,
        }
    }

    /// How long the test waits, in **real** time; one minute by default. Of a started execution it
    /// is the limit of each call that drives it.
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

    /// Answers the callbacks of that name, of this execution and of those that it calls, as soon as
    /// they wait for it. A wait for a callback goes by its own name; `*` stands for every callback
    /// that has no answer of its own.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # async fn approval(_: (), ctx: DurableContext) -> Result<String, BoxError> {
    /// #     Ok(ctx.create_callback::<String>().name("approval").await?.result().await?)
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runner = DurableRunner::local(approval)?;
    /// let two_days = Duration::from_hours(48);
    /// let result = runner
    ///     .run(())
    ///     .on_callback("approval", CallbackReply::success("granted").after(two_days))
    ///     .await?;
    /// assert_eq!(result.result::<String>()?, "granted");
    /// assert_eq!(result.duration(), two_days);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_callback<K>(mut self, name: impl Into<String>, reply: impl IntoResponder<K>) -> Self {
        self.replies.push((name.into(), reply.into_responder()));
        self
    }

    fn begin(self) -> Result<(DurableRunner, ExecutionArn, DriveLimits), Error> {
        let execution_timeout_seconds = self.execution_timeout.map(whole_seconds).transpose()?;
        let host = self.runner.host();
        let arn = host
            .start(StartRequest {
                name: self.name,
                execution_timeout_seconds,
                ..StartRequest::new(self.runner.function(), self.input?)
            })
            .map_err(ErrorKind::Host)?;
        for (name, responder) in self.replies {
            host.answer(&arn, name, responder);
        }
        Ok((self.runner, arn, self.limits))
    }
}

impl<Kind> fmt::Debug for Request<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("runner", &self.runner)
            .field("input", &self.input)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

impl<Kind: Send + 'static> Request<Kind> {
    fn running(self) -> Result<RunningExecution, Error> {
        let (runner, arn, limits) = self.begin()?;
        Ok(RunningExecution::new(runner, arn, limits))
    }
}

impl IntoFuture for Run {
    type Output = Result<ExecutionResult, Error>;
    type IntoFuture = Boxed<ExecutionResult>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.running()?.result().await })
    }
}

impl IntoFuture for Start {
    type Output = Result<RunningExecution, Error>;
    type IntoFuture = Boxed<RunningExecution>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.running() })
    }
}

/// The service's unit is a second, so anything else would be another timeout than the one asked for.
pub(crate) fn whole_seconds(timeout: Duration) -> Result<u64, Error> {
    if timeout.as_secs() == 0 || timeout.subsec_nanos() != 0 {
        return Err(ErrorKind::ExecutionTimeout(timeout).into());
    }
    Ok(timeout.as_secs())
}
