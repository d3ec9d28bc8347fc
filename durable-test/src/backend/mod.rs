//! The seam between the harness and where the function runs: in this process, or deployed.

mod cloud;
mod local;

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use durable_host::{PlainFunction, Scheduler};
use durable_runtime::mode::RunnerMode;
use durable_service::model::CallbackCompletion;

use crate::faults::Faults;
use crate::options::Options;
use crate::recent::RecentResults;
use crate::results::ErrorObject;
use crate::spec::Handler;
use crate::{Error, ErrorKind, ExecutionResult};
pub(crate) use cloud::Cloud;
pub(crate) use local::{Local, LocalConfig, whole_seconds};

/// A pending call of a backend.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Where the function under test runs.
pub(crate) trait Backend: Send + Sync {
    fn mode(&self) -> RunnerMode;

    /// The function: its name, or its qualified name or ARN in cloud mode.
    fn function(&self) -> &str;

    /// Starts an execution.
    fn start(&self, launch: Launch) -> Pending<'_, Box<dyn Execution>>;

    /// The backend in this process, for calls that only it supports; `what` names the call.
    ///
    /// # Errors
    ///
    /// In cloud mode: `what` belongs to local mode.
    fn local(&self, what: &'static str) -> Result<&Local, Error> {
        Err(local_only(what))
    }

    /// Registers a plain function as a target of chained invokes.
    fn register_plain(&self, name: &str, function: PlainFunction) -> Result<(), Error> {
        let _ = (name, function);
        Err(local_only("`register_function`"))
    }

    /// Registers a durable handler as a target of chained invokes.
    fn register_durable(&self, name: &str, handler: Handler) -> Result<(), Error> {
        let _ = (name, handler);
        Err(local_only("`register_durable_function`"))
    }
}

/// The parameters of an execution to start.
pub(crate) struct Launch {
    /// As JSON text.
    pub(crate) input: String,
    pub(crate) options: Options,
    /// Chooses the order of concurrent events, in place of the order of the options.
    pub(crate) scheduler: Option<Scheduler>,
    /// Of which faults it is an error that they never strike.
    pub(crate) must_strike: MustStrike,
    /// Where results go for the report of a failing test.
    pub(crate) recent: RecentResults,
}

/// The faults that must strike in a run.
#[derive(Debug)]
pub(crate) enum MustStrike {
    /// All of the host.
    All,
    /// Those of its plan, beside others that may miss.
    Planned { others: Faults },
    /// None.
    None,
}

/// A started execution.
pub(crate) trait Execution: Debug + Send + Sync {
    fn arn(&self) -> &str;

    /// The execution as it stands now. May block the thread.
    fn snapshot(&self) -> Result<ExecutionResult, Error>;

    /// Whether an invocation ran although this was not driven. In cloud mode that is for the function to say.
    fn has_run(&self) -> bool {
        false
    }

    /// Another execution of the same backend, which this one called.
    fn child(&self, arn: &str) -> Result<Box<dyn Execution>, Error>;

    /// The callbacks that executions of this backend wait for.
    fn callbacks(&self) -> Arc<dyn Callbacks>;

    /// Drives the execution until a callback with that name waits, and returns its id; `None` if the
    /// execution ends first.
    fn wait_for_callback<'a>(&'a self, name: &'a str) -> Pending<'a, Option<String>>;

    /// Drives the execution to its end.
    fn result(&self) -> Pending<'_, ExecutionResult>;

    fn stop(&self, error: ErrorObject) -> Pending<'_, ()>;

    /// Drives the execution until it is suspended and nothing is due.
    fn run_until_suspended(&self) -> Pending<'_, ()> {
        Box::pin(async { Err(local_only("`run_until_suspended`")) })
    }

    /// Moves the virtual clock.
    fn advance(&self, time: Duration) -> Pending<'_, ()> {
        let _ = time;
        Box::pin(async { Err(local_only("`advance`")) })
    }
}

/// Completes callbacks by their ids.
pub(crate) trait Callbacks: Debug + Send + Sync {
    fn complete<'a>(&'a self, id: &'a str, completion: CallbackCompletion) -> Pending<'a, ()>;

    fn heartbeat<'a>(&'a self, id: &'a str) -> Pending<'a, ()>;
}

fn local_only(what: &'static str) -> Error {
    let what = what.into();
    ErrorKind::LocalOnly { what, at: None }.into()
}
