//! One run of the handler under test: to its end, or under the test's hand.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use durable_host::{DriveLimits, IntoResponder, Order, Responder, Scheduler};
use durable_service::StartRequest;
use durable_service::model::Seconds;

use crate::cloud::StartCloud;
use crate::faults::{self, Faults};
use crate::runner::{CloudPlace, LocalPlace, Place};
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
    /// In real time; none is the default of the mode.
    timeout: Option<Duration>,
    max_invocations: usize,
    replies: Vec<(String, Responder)>,
    /// None is as the runner has it.
    check_determinism: Option<bool>,
    order: Option<Scheduler>,
    /// What goes wrong.
    pub(crate) faults: Faults,
    kind: PhantomData<Kind>,
}

impl<Kind> Request<Kind> {
    pub(crate) fn new(runner: DurableRunner, input: Result<String, ErrorKind>) -> Self {
        Self {
            runner,
            input,
            name: None,
            execution_timeout: None,
            timeout: None,
            max_invocations: 1_000,
            replies: Vec::new(),
            check_determinism: None,
            order: None,
            faults: Faults::new(),
            kind: PhantomData,
        }
    }

    /// How long the test waits, in **real** time; one minute by default, and five in cloud mode. Of a
    /// started execution it is the limit of each call that drives it.
    ///
    /// In local mode a workflow that waits an hour passes under a timeout of ten seconds. Past it the
    /// run is an error that says what the execution was doing.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long the execution may take, in **virtual** time: the service's own limit, in whole
    /// seconds (`DurableConfig.ExecutionTimeout`). Past it the status is `TimedOut`.
    ///
    /// In cloud mode it belongs to the deployed function, and asking for it is an error.
    pub fn execution_timeout(mut self, timeout: Duration) -> Self {
        self.execution_timeout = Some(timeout);
        self
    }

    /// Name of the execution: up to 64 letters, digits, `-` and `_`.
    ///
    /// A second run of the same name and input is the same execution, and of another input an error. In
    /// cloud mode that includes runs of earlier days, for the service keeps names as long as it keeps
    /// executions; without a name every run is an execution of its own in both modes.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Most invocations of the function before the run is given up as endless; 1 000 by default. In
    /// cloud mode nobody counts them: the timeouts are the limit.
    pub fn max_invocations(mut self, most: usize) -> Self {
        self.max_invocations = most;
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

    /// Whether the run ends with a check that the handler is deterministic; see
    /// [`RunnerBuilder::check_determinism`](crate::RunnerBuilder::check_determinism). In cloud mode
    /// there is none.
    pub fn check_determinism(mut self, check: bool) -> Self {
        self.check_determinism = Some(check);
        self
    }

    /// Lets what is concurrent happen in that order, as
    /// [`explore_orders`](DurableRunner::explore_orders) does; its failures name the order.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a setting is given away, as the others are"
    )]
    pub fn order(self, order: Order) -> Self {
        let keeper = Scheduler::new(&order);
        self.kept_by(keeper)
    }

    pub(crate) fn kept_by(mut self, keeper: Scheduler) -> Self {
        self.order = Some(keeper);
        self
    }

    /// Gives answers to callbacks that were prepared elsewhere.
    pub(crate) fn answered(mut self, replies: &[(String, Responder)]) -> Self {
        self.replies.extend_from_slice(replies);
        self
    }

    /// Starts the execution where the runner has its function.
    async fn begin(mut self) -> Result<RunningExecution, Error> {
        let runner = faults::runner(&self.runner, std::mem::take(&mut self.faults))?;
        self.runner = runner.clone();
        match runner.place() {
            Place::Local(local) => self.begin_local(local),
            Place::Cloud(cloud) => self.begin_cloud(cloud).await,
        }
    }

    fn begin_local(self, local: &LocalPlace) -> Result<RunningExecution, Error> {
        let execution_timeout = self.execution_timeout.map(whole_seconds).transpose()?;
        let limits = self.limits(Duration::from_mins(1));
        if let Some(order) = &self.order {
            local.host.set_scheduler(order);
        }
        let arn = local
            .host
            .start(StartRequest {
                name: self.name,
                execution_timeout,
                ..StartRequest::new(local.function(), self.input?)
            })
            .map_err(ErrorKind::Host)?;
        for (name, responder) in self.replies {
            local.host.answer(&arn, name, responder);
        }
        let check = self.check_determinism;
        let check = check.unwrap_or_else(|| local.checks_determinism());
        let running = RunningExecution::local(self.runner, arn, limits);
        Ok(running.checked(check).in_order(self.order))
    }

    async fn begin_cloud(self, cloud: &CloudPlace) -> Result<RunningExecution, Error> {
        cloud.check()?;
        if self.execution_timeout.is_some() {
            let what = "`execution_timeout`, which the deployed function has in its DurableConfig,";
            return Err(ErrorKind::LocalOnly { what }.into());
        }
        if self.order.is_some() {
            return Err(ErrorKind::LocalOnly { what: "`order`" }.into());
        }
        let limits = self.limits(Duration::from_mins(5));
        let start = StartCloud {
            function: cloud.function.clone(),
            input: self.input?,
            name: self.name,
            replies: self.replies,
        };
        let execution = cloud.runner.start(start).await.map_err(ErrorKind::from)?;
        Ok(RunningExecution::cloud(self.runner, execution, limits))
    }

    fn limits(&self, default: Duration) -> DriveLimits {
        DriveLimits {
            timeout: self.timeout.unwrap_or(default),
            max_invocations: self.max_invocations,
        }
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

impl IntoFuture for Run {
    type Output = Result<ExecutionResult, Error>;
    type IntoFuture = Boxed<ExecutionResult>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.begin().await?.result().await })
    }
}

impl IntoFuture for Start {
    type Output = Result<RunningExecution, Error>;
    type IntoFuture = Boxed<RunningExecution>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.begin())
    }
}

/// The service's unit is a second, so anything else would be another timeout than the one asked for.
pub(crate) fn whole_seconds(timeout: Duration) -> Result<Seconds, Error> {
    if timeout.as_secs() == 0 || timeout.subsec_nanos() != 0 {
        return Err(ErrorKind::ExecutionTimeout(timeout).into());
    }
    Ok(Seconds(timeout.as_secs()))
}
