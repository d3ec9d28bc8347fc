//! The runner that a test is given.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use durable_host::{HostSettings, LocalHost, Transport};
use durable_runtime::IntoService;
use durable_runtime::mode::{CloudSettings, RunnerMode};
use durable_runtime::sdk::BoxError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cloud::CloudRunner;
use crate::run::whole_seconds;
use crate::settings::{Limits, Policy};
use crate::spec::Handler;
use crate::{Error, ErrorKind, ExecutionResult, Run, Start};

/// Runs the handler under test. Clones are the same runner.
///
/// A test gets one from `#[durable_test]`; [`DurableRunner::local`] makes one anywhere else, such as
/// in a property test or an example.
#[derive(Clone)]
pub struct DurableRunner {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    /// What the latest runs gave, for the report of a failing test.
    results: Arc<Mutex<Kept>>,
}

/// Where the function runs.
pub(crate) enum Place {
    /// In this process.
    Local(Box<LocalPlace>),
    /// Where it is deployed.
    Cloud(CloudPlace),
}

pub(crate) struct LocalPlace {
    pub(crate) host: LocalHost,
    /// What the runner was built of, to build another.
    builder: RunnerBuilder,
}

pub(crate) struct CloudPlace {
    pub(crate) runner: CloudRunner,
    /// Qualified name or ARN of the function.
    pub(crate) function: String,
    /// What was asked for that only local mode has, by a call that could not say so.
    misuse: OnceLock<&'static str>,
}

/// The latest results of a runner.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    /// The oldest first.
    pub(crate) latest: VecDeque<ExecutionResult>,
    /// Number of results before them.
    pub(crate) left_out: usize,
}

impl Kept {
    const MOST: usize = 5;
}

impl DurableRunner {
    /// A runner in local mode for a handler, with the default settings.
    ///
    /// # Errors
    ///
    /// If the SDK refuses the local client.
    ///
    /// ```
    /// use durable_runtime::prelude::*;
    /// use durable_test::DurableRunner;
    ///
    /// async fn double(n: u64, _ctx: DurableContext) -> Result<u64, BoxError> {
    ///     Ok(2 * n)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runner = DurableRunner::local(double)?;
    /// assert_eq!(runner.run(21).await?.result::<u64>()?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn local<K, H>(handler: H) -> Result<Self, Error>
    where
        H: IntoService<K> + Clone,
    {
        Self::builder(handler).build()
    }

    /// A runner in local mode for a handler, with settings of its own.
    pub fn builder<K, H>(handler: H) -> RunnerBuilder
    where
        H: IntoService<K> + Clone,
    {
        RunnerBuilder::new(Handler::new(handler))
    }

    /// A runner in cloud mode for a deployed function, by its qualified name or ARN. `#[durable_test]`
    /// makes one of the settings in the environment.
    #[must_use]
    pub fn cloud(function: impl Into<String>, settings: &CloudSettings) -> Self {
        let place = Place::Cloud(CloudPlace {
            runner: CloudRunner::new(settings),
            function: function.into(),
            misuse: OnceLock::new(),
        });
        Self::new(place, Arc::default())
    }

    fn new(place: Place, results: Arc<Mutex<Kept>>) -> Self {
        Self {
            inner: Arc::new(Inner { place, results }),
        }
    }

    /// Where the function runs.
    #[must_use]
    pub fn mode(&self) -> RunnerMode {
        match self.inner.place {
            Place::Local(_) => RunnerMode::Local,
            Place::Cloud(_) => RunnerMode::Cloud,
        }
    }

    /// Runs the handler with an input, to its end: await what this returns.
    ///
    /// An execution that fails is a result whose status says so. An error is the harness's own: the
    /// execution could not be driven to its end.
    pub fn run(&self, input: impl Serialize) -> Run {
        Run::new(
            self.clone(),
            serde_json::to_string(&input).map_err(ErrorKind::Input),
        )
    }

    /// Starts an execution that the test then drives step by step: await what this returns.
    pub fn start(&self, input: impl Serialize) -> Start {
        Start::new(
            self.clone(),
            serde_json::to_string(&input).map_err(ErrorKind::Input),
        )
    }

    /// Makes a plain function known under a name: a target of `ctx.invoke`, from JSON to JSON.
    ///
    /// In cloud mode targets are deployed functions; there the next run is an error that says so.
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
    pub fn register_function<F, I, Fut, O, E>(&self, name: &str, function: F) -> &Self
    where
        F: Fn(I) -> Fut + Send + Sync + 'static,
        I: DeserializeOwned,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
        O: Serialize,
        E: Into<BoxError>,
    {
        match &self.inner.place {
            Place::Local(local) => local.host.register_plain(name, function),
            Place::Cloud(cloud) => cloud.note_misuse("`register_function`"),
        }
        self
    }

    /// Makes a durable handler known under a name: a target of `ctx.invoke`, which must name it with
    /// a qualifier (`name:$LATEST`).
    ///
    /// Handlers of the same binary that carry `#[durable_execution]` are known without it, by their
    /// names. In cloud mode targets are deployed functions; there the next run is an error that says
    /// so.
    pub fn register_durable_function<K, H>(&self, name: &str, handler: H) -> &Self
    where
        H: IntoService<K> + Clone,
    {
        match &self.inner.place {
            Place::Local(local) => {
                let handler = Handler::new(handler);
                // The options that carry the local client were accepted when the runner was built.
                let _ = local
                    .host
                    .register(name, move |options| handler.service(options));
            }
            Place::Cloud(cloud) => cloud.note_misuse("`register_durable_function`"),
        }
        self
    }

    /// Gives the executions of a known durable function a timeout in whole seconds, for when a
    /// chained invoke begins one: its `DurableConfig.ExecutionTimeout`.
    ///
    /// # Errors
    ///
    /// If no durable function of that name is known, the timeout is not in whole seconds, or the
    /// runner is in cloud mode, where it belongs to the deployed function.
    pub fn set_execution_timeout(&self, function: &str, timeout: Duration) -> Result<(), Error> {
        let host = self.local_host("`set_execution_timeout`")?;
        let seconds = whole_seconds(timeout)?;
        host.set_execution_timeout(function, seconds)
            .map_err(|error| ErrorKind::Host(error).into())
    }

    /// A runner of the same handler with other settings, and with nothing run and registered.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # async fn handler(_: (), _ctx: DurableContext) -> Result<(), BoxError> { Ok(()) }
    /// # fn main() -> TestOutcome {
    /// # let runner = DurableRunner::local(handler)?;
    /// let limits = durable_test::settings::Limits { operations: 10, ..Default::default() };
    /// let strict = runner.reconfigured(|settings| settings.limits(limits))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the SDK refuses the local client, or the runner is in cloud mode.
    pub fn reconfigured(
        &self,
        change: impl FnOnce(RunnerBuilder) -> RunnerBuilder,
    ) -> Result<Self, Error> {
        let local = self.local_place("`reconfigured`")?;
        let place = change(local.builder.clone()).place()?;
        // The report of a failing test has the runs of both.
        Ok(Self::new(
            Place::Local(Box::new(place)),
            Arc::clone(&self.inner.results),
        ))
    }

    /// A runner with a host of its own, for the same functions, under changed settings; `what` names the
    /// call that needs it.
    ///
    /// # Errors
    ///
    /// In cloud mode, that `what` belongs to local mode and what to do.
    pub(crate) fn fork(
        &self,
        what: &'static str,
        change: impl FnOnce(&mut HostSettings),
    ) -> Result<Self, Error> {
        let place = Place::Local(Box::new(self.local_place(what)?.fork(change)));
        Ok(Self::new(place, Arc::clone(&self.inner.results)))
    }

    /// The same for a run that does not belong into the report of a failing test.
    ///
    /// # Errors
    ///
    /// As [`DurableRunner::fork`].
    pub(crate) fn fork_unreported(
        &self,
        what: &'static str,
        change: impl FnOnce(&mut HostSettings),
    ) -> Result<Self, Error> {
        let place = Place::Local(Box::new(self.local_place(what)?.fork(change)));
        Ok(Self::new(place, Arc::default()))
    }

    /// The host in this process; `what` names the call that needs it.
    ///
    /// # Errors
    ///
    /// In cloud mode, that `what` belongs to local mode and what to do.
    pub(crate) fn local_host(&self, what: &'static str) -> Result<&LocalHost, Error> {
        Ok(&self.local_place(what)?.host)
    }

    fn local_place(&self, what: &'static str) -> Result<&LocalPlace, Error> {
        match &self.inner.place {
            Place::Local(local) => Ok(local),
            Place::Cloud(_) => Err(ErrorKind::LocalOnly { what }.into()),
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.inner.place
    }

    pub(crate) fn function(&self) -> &str {
        match &self.inner.place {
            Place::Local(local) => local.function(),
            Place::Cloud(cloud) => &cloud.function,
        }
    }

    /// Keeps a result for the report of a failing test.
    pub(crate) fn keep(&self, result: ExecutionResult) {
        let mut kept = self.results();
        if kept.latest.len() == Kept::MOST {
            kept.latest.pop_front();
            kept.left_out += 1;
        }
        kept.latest.push_back(result);
    }

    /// The results kept so far.
    pub(crate) fn kept(&self) -> Kept {
        self.results().clone()
    }

    fn results(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.inner
            .results
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalPlace {
    pub(crate) fn checks_determinism(&self) -> bool {
        self.builder.check_determinism
    }

    fn fork(&self, change: impl FnOnce(&mut HostSettings)) -> Self {
        let mut builder = self.builder.clone();
        change(&mut builder.settings);
        Self {
            host: self.host.fork(builder.settings.clone()),
            builder,
        }
    }

    pub(crate) fn function(&self) -> &str {
        &self.builder.function
    }
}

impl CloudPlace {
    fn note_misuse(&self, what: &'static str) {
        // The first one is told.
        let _ = self.misuse.set(what);
    }

    /// What was asked for that only local mode has.
    ///
    /// # Errors
    ///
    /// If something was.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.misuse.get() {
            Some(what) => Err(ErrorKind::LocalOnly { what }.into()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DurableRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableRunner")
            .field("mode", &self.mode())
            .field("function", &self.function())
            .finish_non_exhaustive()
    }
}

/// Settings of a runner in local mode.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `.build()`"]
pub struct RunnerBuilder {
    handler: Handler,
    function: String,
    settings: HostSettings,
    check_determinism: bool,
}

impl RunnerBuilder {
    pub(crate) fn new(handler: Handler) -> Self {
        Self {
            handler,
            function: "function".to_owned(),
            settings: HostSettings::default(),
            check_determinism: true,
        }
    }

    /// The function's name, as ARNs have it; characters that they cannot have become `-`.
    pub fn function_name(mut self, name: &str) -> Self {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        self.function = name
            .chars()
            .take(64)
            .map(|c| if word(c) { c } else { '-' })
            .collect();
        self
    }

    /// The service's limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.service.limits = limits;
        self
    }

    /// The service's choices where its sources leave room.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.settings.service.policy = policy;
        self
    }

    /// AWS Region and account (twelve digits) in ARNs.
    pub fn location(mut self, region: impl Into<String>, account: impl Into<String>) -> Self {
        self.settings.service.region = region.into();
        self.settings.service.account = account.into();
        self
    }

    /// The longest that one invocation may take; the Lambda context's deadline says so. Fifteen
    /// minutes by default.
    pub fn function_timeout(mut self, timeout: Duration) -> Self {
        self.settings.function_timeout = timeout;
        self
    }

    /// How the SDK's calls reach the local service.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.settings.transport = transport;
        self
    }

    /// Lets time that passes on tokio's clock pass on the virtual one too. tokio's clock must be
    /// paused, and the runner be built inside its runtime; `#[durable_test(start_paused)]` sees to
    /// both.
    pub fn follow_tokio(mut self, follow: bool) -> Self {
        self.settings.follow_tokio = follow;
        self
    }

    /// Whether each run ends with a check that the handler is deterministic; it does by default.
    ///
    /// The handler is replayed once more from all that the execution recorded. It has to come to the
    /// same end, and to make the recorded operations and no other; else the run is an error that shows
    /// both sides. No body of a step runs in it. Executions that the handler did not end itself, by
    /// a result or an error of its own, are not checked.
    pub fn check_determinism(mut self, check: bool) -> Self {
        self.check_determinism = check;
        self
    }

    /// The runner.
    ///
    /// # Errors
    ///
    /// If the SDK refuses the local client.
    pub fn build(self) -> Result<DurableRunner, Error> {
        Ok(DurableRunner::new(
            Place::Local(Box::new(self.place()?)),
            Arc::default(),
        ))
    }

    fn place(self) -> Result<LocalPlace, Error> {
        let host = LocalHost::new(self.settings.clone());
        let handler = self.handler.clone();
        host.register(&self.function, move |options| handler.service(options))
            .map_err(ErrorKind::Host)?;
        Ok(LocalPlace {
            host,
            builder: self,
        })
    }
}
