//! The host: a service, a clock and the handlers of its functions.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use durable_service::model::{
    CallbackCompletion, CallbackId, ErrorObject, ExecutionArn, Seconds, Timestamp,
};
use durable_service::{
    DurableSettings, Execution, FunctionSettings, Policy, ServiceSettings, StartRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::LocalError;
use super::bodies::BodyWatcher;
use super::client::{self, Transport};
use super::drive::open_callback;
use super::invoke::Running;
use super::orders::OrderKeeper;
use super::plain::{self, PlainFunction};
use super::plan::Fault;
use super::steps::{self, HostId};
use super::trace::Trace;
use super::world::{SharedWorld, World};
use durable_runtime::reply::Responder;
use durable_runtime::sdk::{BoxError, LambdaClient, Options};
use durable_runtime::{BoxedService, find_handler, handlers};

/// How a host is set up.
#[derive(Debug, Clone)]
pub struct HostSettings {
    /// Region, account, limits and policy of the service.
    pub service: ServiceSettings,
    /// How the SDK's calls reach the service.
    pub transport: Transport,
    /// Where the virtual clock begins.
    pub start: Timestamp,
    /// Whether time that passes on tokio's clock passes on the virtual one too. tokio's clock must
    /// be paused then, and the host be made inside its runtime.
    pub follow_tokio: bool,
    /// The longest that one invocation may take. The Lambda context's deadline says so; it is
    /// enforced where an invocation can take time, which is with `follow_tokio` or by a fault.
    pub function_timeout: Duration,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Whether the host keeps what its functions do, for [`LocalHost::trace`].
    pub trace: bool,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            service: ServiceSettings {
                policy: Policy {
                    // A test looks at executions however much virtual time has passed since.
                    retention: None,
                    ..Policy::default()
                },
                ..ServiceSettings::default()
            },
            transport: Transport::default(),
            // 2026-01-01T00:00:00Z: any fixed time will do, a round one reads well.
            start: Timestamp::from_millis(1_767_225_600_000),
            follow_tokio: false,
            function_timeout: Duration::from_mins(15),
            faults: Vec::new(),
            trace: false,
        }
    }
}

/// Runs durable executions in this process. Cheap to clone; clones are the same host.
#[derive(Clone)]
pub struct LocalHost {
    pub(super) world: SharedWorld,
    /// Held by the loop that drives the host.
    pub(super) driving: Arc<tokio::sync::Mutex<()>>,
    pub(super) id: HostId,
    /// Invocations that the service has given up and that run on, or were delivered twice.
    pub(super) unheard: Arc<Mutex<Vec<Running>>>,
    client: LambdaClient,
    functions: Arc<Mutex<Functions>>,
    function_timeout: Duration,
}

/// Wraps a handler with the SDK under the given options.
type Wrap = Arc<dyn Fn(Options) -> BoxedService + Send + Sync>;

/// The handlers of a host, by function name.
#[derive(Default)]
struct Functions {
    durable: Vec<(String, BoxedService)>,
    plain: Vec<(String, PlainFunction)>,
    /// What the durable ones that were registered are made of.
    wraps: Vec<(String, Wrap)>,
    /// Execution timeouts.
    timeouts: Vec<(String, Seconds)>,
}

impl fmt::Debug for LocalHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalHost")
            .field("world", &self.world)
            .finish_non_exhaustive()
    }
}

impl LocalHost {
    /// A host without executions. Its functions are the handlers of this binary that carry
    /// `#[durable_execution]`, under their names.
    ///
    /// The retry delays of durable steps that it runs have no jitter, so that runs repeat.
    #[must_use]
    pub fn new(settings: HostSettings) -> Self {
        steps::install();
        let region = settings.service.region.clone();
        let (transport, function_timeout) = (settings.transport, settings.function_timeout);
        let mut world = World::new(settings);
        for entry in handlers() {
            world.service.register_function(entry.name(), durable());
        }
        let world = SharedWorld::new(world);
        let client = client::connect(world.clone(), region, transport);
        Self {
            id: HostId::new(&world),
            world,
            driving: Arc::default(),
            unheard: Arc::default(),
            client,
            functions: Arc::default(),
            function_timeout,
        }
    }

    /// Makes a handler known as the durable function of that name, in place of one that was.
    ///
    /// # Errors
    ///
    /// If the SDK refuses the options that carry the local client.
    pub fn register(
        &self,
        function: &str,
        wrap: impl Fn(Options) -> BoxedService + Send + Sync + 'static,
    ) -> Result<(), LocalError> {
        self.register_wrap(function, Arc::new(wrap))
    }

    fn register_wrap(&self, function: &str, wrap: Wrap) -> Result<(), LocalError> {
        let service = wrap(self.options()?);
        let mut functions = self.functions();
        functions.durable.retain(|(name, _)| name != function);
        functions.durable.push((function.to_owned(), service));
        functions.wraps.retain(|(name, _)| name != function);
        functions.wraps.push((function.to_owned(), wrap));
        let mut world = self.world.lock();
        world.service.register_function(function, durable());
        Ok(())
    }

    /// A host with other settings and without executions, for the same functions.
    ///
    /// # Errors
    ///
    /// If the SDK refuses the options that carry the local client.
    pub fn renewed(&self, settings: HostSettings) -> Result<Self, LocalError> {
        let host = Self::new(settings);
        let functions = self.functions();
        for (name, wrap) in &functions.wraps {
            host.register_wrap(name, Arc::clone(wrap))?;
        }
        for (name, plain) in &functions.plain {
            host.register_plain_function(name, Arc::clone(plain));
        }
        for (name, timeout) in &functions.timeouts {
            host.set_execution_timeout(name, *timeout)?;
        }
        drop(functions);
        Ok(host)
    }

    /// Gives the executions of a durable function that is known already a timeout: its
    /// `DurableConfig.ExecutionTimeout`, which counts when a chained invoke begins one.
    ///
    /// # Errors
    ///
    /// If no durable function of that name is known.
    pub fn set_execution_timeout(
        &self,
        function: &str,
        timeout: Seconds,
    ) -> Result<(), LocalError> {
        let mut functions = self.functions();
        let mut world = self.world.lock();
        if !world.service.has_function(function) {
            return Err(unknown(function));
        }
        let settings = DurableSettings {
            execution_timeout: Some(timeout),
            ..DurableSettings::default()
        };
        world.service.register_function(
            function,
            FunctionSettings {
                durable: Some(settings),
            },
        );
        functions.timeouts.push((function.to_owned(), timeout));
        Ok(())
    }

    /// Makes a plain function known under a name, in place of one that was: a target of chained
    /// invokes from JSON to JSON.
    pub fn register_plain<F, I, Fut, O, E>(&self, name: &str, function: F)
    where
        F: Fn(I) -> Fut + Send + Sync + 'static,
        I: DeserializeOwned,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
        O: Serialize,
        E: Into<BoxError>,
    {
        self.register_plain_function(name, plain::function(function));
    }

    fn register_plain_function(&self, name: &str, function: PlainFunction) {
        let mut functions = self.functions();
        functions.plain.retain(|(known, _)| known != name);
        functions.plain.push((name.to_owned(), function));
        let mut world = self.world.lock();
        world
            .service
            .register_function(name, FunctionSettings::default());
    }

    /// Starts an execution; it runs when the host is driven.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub fn start(&self, request: StartRequest) -> Result<ExecutionArn, LocalError> {
        let mut world = self.world.lock();
        let now = world.clock.now();
        Ok(world.service.start(now, request)?.arn)
    }

    /// Gives the answer to the callbacks of that name, of an execution and of those that it calls.
    pub fn answer(&self, arn: &ExecutionArn, name: String, responder: Responder) {
        self.world.lock().responders.add(arn, name, responder);
    }

    /// The names of the answers given for an execution for which there was no callback so far.
    #[must_use]
    pub fn unasked_answers(&self, arn: &ExecutionArn) -> Vec<String> {
        self.world.lock().responders.unasked(arn)
    }

    /// Looks at an execution.
    ///
    /// # Errors
    ///
    /// If there is no such execution.
    pub fn with_execution<R>(
        &self,
        arn: &ExecutionArn,
        look: impl FnOnce(&Execution) -> R,
    ) -> Result<R, LocalError> {
        let world = self.world.lock();
        Ok(look(world.service.execution(arn)?))
    }

    /// The id of the callback of that name that waits for its completion, if there is one.
    ///
    /// # Errors
    ///
    /// If there is no such execution.
    pub fn open_callback(
        &self,
        arn: &ExecutionArn,
        name: &str,
    ) -> Result<Option<CallbackId>, LocalError> {
        self.with_execution(arn, |execution| open_callback(execution, name))
    }

    /// Completes a callback now.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub fn complete_callback(
        &self,
        callback_id: &CallbackId,
        completion: CallbackCompletion,
    ) -> Result<(), LocalError> {
        let mut world = self.world.lock();
        let now = world.clock.now();
        Ok(world
            .service
            .complete_callback(now, callback_id, completion)?)
    }

    /// Sends a heartbeat for a callback now.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub fn heartbeat_callback(&self, callback_id: &CallbackId) -> Result<(), LocalError> {
        let mut world = self.world.lock();
        let now = world.clock.now();
        Ok(world.service.heartbeat_callback(now, callback_id)?)
    }

    /// Stops an execution now, unless it is over.
    ///
    /// # Errors
    ///
    /// If there is no such execution.
    pub fn stop(&self, arn: &ExecutionArn, error: Option<ErrorObject>) -> Result<(), LocalError> {
        let mut world = self.world.lock();
        let now = world.clock.now();
        world.service.stop(now, arn, error)?;
        Ok(())
    }

    /// Lets somebody watch, and perhaps hold, the bodies of the durable steps that this host runs, in
    /// addition to those who do already.
    pub fn watch_bodies(&self, watcher: Arc<dyn BodyWatcher>) {
        self.world.lock().bodies.watch(watcher);
    }

    /// Lets what is concurrent happen in a chosen order, until [`OrderKeeper::finish`]. The keeper
    /// takes the place of one before it, and chooses for the executions that begin from now on.
    pub fn keep_order(&self, keeper: &OrderKeeper) {
        let mut world = self.world.lock();
        world.bodies.watch(Arc::new(keeper.clone()));
        world.service.leave_what_is_due();
        world.order = Some(keeper.clone());
    }

    /// What the functions of this host did so far, if its settings ask for a trace.
    #[must_use]
    pub fn trace(&self) -> Vec<Trace> {
        self.world.lock().trace.clone().unwrap_or_default()
    }

    /// The faults of this host's settings that have not struck so far.
    #[must_use]
    pub fn missed_faults(&self) -> Vec<Fault> {
        self.world.lock().script.missed()
    }

    /// Checkpoint calls that its functions made so far, with a live token.
    #[must_use]
    pub fn checkpoint_calls(&self) -> u64 {
        self.world.lock().script.calls()
    }

    /// Invocations that it made so far, of all executions.
    #[must_use]
    pub fn invocations(&self) -> u64 {
        self.world.lock().script.invocations()
    }

    /// The time on the virtual clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.lock().clock.now()
    }

    pub(super) fn function_timeout(&self) -> Duration {
        self.function_timeout
    }

    /// The durable function of a name: one that was registered, or a handler of this binary.
    pub(super) fn service_of(&self, function: &str) -> Result<BoxedService, LocalError> {
        let known = self
            .functions()
            .durable
            .iter()
            .find(|(name, _)| name == function)
            .map(|(_, service)| Arc::clone(service));
        if let Some(service) = known {
            return Ok(service);
        }
        let entry = find_handler(function).ok_or_else(|| unknown(function))?;
        let service = entry.service(self.options()?);
        self.functions()
            .durable
            .push((function.to_owned(), Arc::clone(&service)));
        Ok(service)
    }

    pub(super) fn plain_of(&self, function: &str) -> Result<PlainFunction, LocalError> {
        self.functions()
            .plain
            .iter()
            .find(|(name, _)| name == function)
            .map(|(_, plain)| Arc::clone(plain))
            .ok_or_else(|| unknown(function))
    }

    fn options(&self) -> Result<Options, LocalError> {
        Options::builder()
            .lambda_client(self.client.clone())
            .build()
            .map_err(|error| LocalError::Options(error.to_string()))
    }

    fn functions(&self) -> MutexGuard<'_, Functions> {
        self.functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn durable() -> FunctionSettings {
    FunctionSettings {
        durable: Some(DurableSettings::default()),
    }
}

fn unknown(function: &str) -> LocalError {
    LocalError::UnknownFunction {
        function: function.to_owned(),
    }
}
