//! One run of the handler under test: to its end, or step by step.

use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;

use crate::backend::{Launch, MustStrike};
use crate::misuse::CallSite;
use crate::options::{Options, order_option, run_options};
use crate::running::{Begun, RunningExecution};
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult};

impl DurableRunner {
    /// Runs the handler with an input, to its end: await what this returns.
    ///
    /// A failed execution is an `Ok` with the status `Failed`. An error means that the harness could not
    /// drive the execution to its end. See [`ExecutionResult`] for an example.
    #[track_caller]
    pub fn run(&self, input: impl Serialize) -> Run {
        Run(Request::new(self, &input))
    }

    /// Starts an execution that the test then drives step by step: await what this returns. See
    /// [`RunningExecution`] for an example.
    #[track_caller]
    pub fn start(&self, input: impl Serialize) -> Start {
        Start(Request::new(self, &input))
    }
}

/// A run of the handler to its end, with its options; it starts when it is awaited. It is the template of
/// explorations too, which run it many times: [`explore_crashes`](Run::explore_crashes) and
/// [`explore_orders`](Run::explore_orders).
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
/// let granted = CallbackReply::success("granted").after(two_days);
/// let result = runner.run(()).on_callback("approval", granted.clone()).await?;
/// assert_eq!(result.result::<String>()?, "granted");
/// assert_eq!(result.duration(), two_days);
///
/// let crashed = CrashPoint::after_stored("approval");
/// let result = runner.run(()).on_callback("approval", granted.clone()).crash(crashed).await?;
/// assert_eq!(result.invocations().len(), 3);
///
/// let report = runner.run(()).on_callback("approval", granted).explore_crashes().await?;
/// assert_eq!(report.calls(), 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is awaited"]
pub struct Run(Request);

/// The start of an execution that the test then drives, with its options; it starts when it is awaited, which returns a
/// [`RunningExecution`].
#[must_use = "nothing happens until it is awaited"]
pub struct Start(Request);

run_options!(Run);
run_options!(Start);
order_option!(Run);
order_option!(Start);

impl Run {
    fn options(&mut self) -> &mut Options {
        &mut self.0.options
    }

    pub(crate) fn into_request(self) -> Request {
        self.0
    }
}

impl Start {
    fn options(&mut self) -> &mut Options {
        &mut self.0.options
    }
}

/// A run or start that was requested, with its options.
pub(crate) struct Request {
    pub(crate) runner: DurableRunner,
    /// As JSON text.
    pub(crate) input: Result<String, ErrorKind>,
    pub(crate) options: Options,
    at: CallSite,
}

impl Request {
    #[track_caller]
    fn new(runner: &DurableRunner, input: &impl Serialize) -> Self {
        Self {
            runner: runner.clone(),
            input: serde_json::to_string(input).map_err(ErrorKind::Input),
            options: Options::default(),
            at: Location::caller(),
        }
    }

    /// Checks the calls that configured the runner and the run.
    ///
    /// # Errors
    ///
    /// The first misuse, or that the input is not JSON.
    pub(crate) fn check(self) -> Result<(DurableRunner, String, Options), Error> {
        // A refused call is an error, which the test sees.
        self.runner.uses().run();
        self.runner.check()?;
        let Self {
            runner,
            input,
            mut options,
            ..
        } = self;
        if let Some(misuse) = options.misuse {
            return Err(ErrorKind::from(misuse).into());
        }
        if options.plan.is_none() {
            options.plan = runner.plan()?;
        }
        Ok((runner, input?, options))
    }

    /// Starts the execution on the backend of the runner.
    async fn start(self) -> Result<RunningExecution, Error> {
        let at = self.at;
        let (runner, input, mut options) = self.check()?;
        options.follow_plan();
        let faults = options.all_faults();
        let must_strike = if faults.is_optional() {
            MustStrike::Planned {
                others: options.own_faults(),
            }
        } else {
            MustStrike::All
        };
        let mut backend = Arc::clone(runner.backend());
        if options.plan.is_some() {
            backend.local("a run with a plan")?;
        }
        if !faults.is_empty() || options.plan.is_some() {
            let local = backend.local("a run with faults or crashes")?;
            backend = Arc::new(local.fork(|settings| faults.apply(settings)));
        }
        let recent = runner.recent().clone();
        let launch = Launch {
            input,
            options,
            scheduler: None,
            must_strike,
            recent: recent.clone(),
        };
        let execution = backend.start(launch).await?;
        let begun = Begun::new(runner.uses().clone(), at);
        Ok(RunningExecution::new(execution, recent, Some(begun)))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("runner", &self.runner)
            .field("input", &self.input)
            .field("options", &self.options)
            .field("at", &self.at)
            .finish()
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Run").field(&self.0).finish()
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Start").field(&self.0).finish()
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

impl IntoFuture for Run {
    type Output = Result<ExecutionResult, Error>;
    type IntoFuture = Boxed<ExecutionResult>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.0.start().await?.result().await })
    }
}

impl IntoFuture for Start {
    type Output = Result<RunningExecution, Error>;
    type IntoFuture = Boxed<RunningExecution>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.0.start())
    }
}
