//! The runner of a test.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use durable_host::plain_function;
use durable_runtime::IntoService;
use durable_runtime::sdk::BoxError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::{Backend, Cloud, Local, whole_seconds};
use crate::coverage;
use crate::misuse::{CallSite, Misuse};
use crate::mock::Mocks;
use crate::plan::{self, Plan};
use crate::recent::RecentResults;
use crate::settings::CloudSettings;
use crate::spec::Handler;
use crate::uses::Uses;
use crate::{Error, ErrorKind, RunnerMode};

/// The plan that the environment asks for.
const REQUESTED: &str = "the plan in `DURABLE_PLAN`";

/// Runs the handler under test. Clones share one runner.
///
/// A test gets one from `#[durable_test]`; [`DurableRunner::local`] makes one anywhere else, such as
/// in a property test or an example.
///
/// A call that configures the runner returns no error, so it can stand as a statement: the next run reports a
/// misuse, with the line of the call.
#[derive(Clone)]
pub struct DurableRunner {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Arc<dyn Backend>,
    /// The first misused call.
    misuse: OnceLock<Misuse>,
    recent: RecentResults,
    mocks: Mocks,
    uses: Uses,
}

/// A test is over when its runner is; what was seen until then is written.
impl Drop for Inner {
    fn drop(&mut self) {
        coverage::write();
    }
}

impl DurableRunner {
    /// A runner in cloud mode for a deployed function, by its qualified name or ARN. `#[durable_test]` builds
    /// one from the settings in the environment.
    #[must_use]
    pub fn cloud(function: impl Into<String>, settings: &CloudSettings) -> Self {
        let backend = Cloud::new(function.into(), settings);
        Self::new(Arc::new(backend), RecentResults::default(), Uses::default())
    }

    pub(crate) fn new(backend: Arc<dyn Backend>, recent: RecentResults, uses: Uses) -> Self {
        let mocks = backend
            .local("mocks")
            .map_or_else(|_| Mocks::default(), |local| local.config().mocks.clone());
        Self {
            inner: Arc::new(Inner {
                backend,
                misuse: OnceLock::new(),
                recent,
                mocks,
                uses,
            }),
        }
    }

    /// Where the function runs.
    #[must_use]
    pub fn mode(&self) -> RunnerMode {
        self.inner.uses.ask_mode();
        self.inner.backend.mode()
    }

    /// Registers a plain function under a name: a target of `ctx.invoke`, from JSON to JSON.
    ///
    /// In cloud mode targets are deployed functions; there the next run fails with an error that names
    /// this call.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # async fn quote(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    /// #     Ok(ctx.invoke::<u64, u64>("price", cents).await?)
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runner = DurableRunner::local(quote)?;
    /// runner.register_function("price", |cents: u64| async move { Ok::<_, BoxError>(cents * 119 / 100) });
    /// assert_eq!(runner.run(1_000).await?.result::<u64>()?, 1_190);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn register_function<F, I, Fut, O, E>(&self, name: &str, function: F) -> &Self
    where
        F: Fn(I) -> Fut + Send + Sync + 'static,
        I: DeserializeOwned,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
        O: Serialize,
        E: Into<BoxError>,
    {
        let function = plain_function(function);
        let registered = self.inner.backend.register_plain(name, function);
        self.record_misuse(registered, "register_function", Location::caller())
    }

    /// Registers a durable handler under a name: a target of `ctx.invoke`, which must name it with a
    /// qualifier (`name:$LATEST`).
    ///
    /// Handlers of the same binary with `#[durable_execution]` are found by their names without it. In cloud
    /// mode targets are deployed functions; there the next run fails with an error that names this call.
    #[track_caller]
    pub fn register_durable_function<K, H>(&self, name: &str, handler: H) -> &Self
    where
        H: IntoService<K> + Clone,
    {
        let handler = Handler::new(handler);
        let registered = self.inner.backend.register_durable(name, handler);
        self.record_misuse(registered, "register_durable_function", Location::caller())
    }

    /// Records a failed call, for the next run.
    fn record_misuse(&self, outcome: Result<(), Error>, call: &'static str, at: CallSite) -> &Self {
        if let Err(error) = outcome {
            self.record(Misuse::of(&error, call, at));
        }
        self
    }

    /// Records a misused call; the first one is reported.
    pub(crate) fn record(&self, misuse: Misuse) {
        let _ = self.inner.misuse.set(misuse);
    }

    /// The plan that its runs repeat.
    ///
    /// # Errors
    ///
    /// If the environment asks for one in cloud mode.
    pub(crate) fn plan(&self) -> Result<Option<Plan>, Error> {
        match self.inner.backend.local(REQUESTED) {
            Ok(local) => Ok(local.config().plan.clone()),
            Err(error) => match plan::requested()? {
                Some(_) => Err(error),
                None => Ok(None),
            },
        }
    }

    pub(crate) fn mocks(&self) -> &Mocks {
        &self.inner.mocks
    }

    /// Sets the timeout, in whole seconds, of the executions that chained invokes of a registered durable
    /// function start: its `DurableConfig.ExecutionTimeout`.
    ///
    /// # Errors
    ///
    /// If no durable function has that name, the timeout is not in whole seconds, or the runner is in cloud
    /// mode, where it belongs to the deployed function.
    pub fn set_execution_timeout(&self, function: &str, timeout: Duration) -> Result<(), Error> {
        let set = || {
            let local = self.configured("`set_execution_timeout`")?;
            let seconds = whole_seconds(timeout)?;
            let set = local.host().set_execution_timeout(function, seconds);
            Ok(set.map_err(ErrorKind::Host)?)
        };
        self.seen(set())
    }

    /// A result for the test: an error in it is something that the test sees, as that of a run is.
    pub(crate) fn seen<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_err() {
            self.inner.uses.run();
        }
        result
    }

    /// The backend, to run something on it.
    pub(crate) fn backend(&self) -> &Arc<dyn Backend> {
        self.inner.uses.run();
        &self.inner.backend
    }

    /// The backend in this process, to run on it what only it supports; `what` names the call.
    ///
    /// # Errors
    ///
    /// In cloud mode: `what` belongs to local mode.
    pub(crate) fn local_backend(&self, what: &'static str) -> Result<&Local, Error> {
        self.backend().local(what)
    }

    /// The backend in this process, to configure it; `what` names the call.
    ///
    /// # Errors
    ///
    /// In cloud mode: `what` belongs to local mode.
    pub(crate) fn configured(&self, what: &'static str) -> Result<&Local, Error> {
        self.inner.backend.local(what)
    }

    /// Checks that no call so far was misused.
    ///
    /// # Errors
    ///
    /// The first misuse.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.inner.misuse.get() {
            Some(misuse) => Err(ErrorKind::from(misuse.clone()).into()),
            None => Ok(()),
        }
    }

    /// What it was used for.
    pub(crate) fn uses(&self) -> &Uses {
        &self.inner.uses
    }

    pub(crate) fn function(&self) -> &str {
        self.inner.backend.function()
    }

    /// The latest results, for the report of a failing test.
    pub(crate) fn recent(&self) -> &RecentResults {
        &self.inner.recent
    }
}

impl fmt::Debug for DurableRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableRunner")
            .field("mode", &self.inner.backend.mode())
            .field("function", &self.function())
            .finish_non_exhaustive()
    }
}
