//! The host: a service, a clock and the handlers of its functions.

use std::fmt;
use std::sync::{Arc, Once};
use std::time::Duration;

use durable_service::model::{
    CallbackCompletion, CallbackId, ErrorObject, ExecutionArn, Seconds, Timestamp,
};
use durable_service::{
    DurableSettings, Execution, FunctionSettings, Policy, ServiceSettings, StartRequest,
};
use indexmap::IndexMap;
use parking_lot::{Mutex, MutexGuard};

use super::LocalError;
use super::client::{self, LocalApi, Reachable, Transport};
use super::drive::open_callback;
use super::first_pages::FirstPages;
use super::invoke::Running;
use super::plain::PlainFunction;
use super::replay::passes::Passes;
use super::schedule::Scheduler;
use super::sdk::payload;
use super::stand_ins::StandIns;
use super::steps::{self, HostId};
use super::variants::Variants;
use super::world::{
    BodyWatcher, CallMark, Fault, Instant, LostToken, NoteStates, OutsideWait, SeenState,
    SharedWorld, Trace, World, WorldSettings,
};
use crate::reply::Responder;
use durable_runtime::sdk::{LambdaClient, Options};
use durable_runtime::{BoxedService, HandlerEntry, OperationEntry, handlers};

/// How a host is set up.
///
/// [`LocalHost::new`] takes them: the [crate](crate#example) has an example.
///
/// ```
/// use durable_host::{HostSettings, LocalHost, Transport, Variants};
///
/// // Bytes of the API, as on AWS, to a service that resumes every function once more than it has to.
/// let settings = HostSettings {
///     transport: Transport::Http,
///     variants: Variants { empty_invocation: true, ..Variants::default() },
///     ..HostSettings::default()
/// };
/// let start = settings.start;
/// assert_eq!(LocalHost::new(settings).now(), start);
/// ```
#[derive(Debug, Clone)]
pub struct HostSettings {
    /// Region, account, limits and policy of the service.
    pub service: ServiceSettings,
    /// How the SDK's calls reach the service.
    pub transport: Transport,
    /// Where the virtual clock starts.
    pub start: Timestamp,
    /// Whether time that passes on tokio's clock passes on the virtual one too. tokio's clock must
    /// be paused then, and the host be made inside its runtime.
    pub follow_tokio: bool,
    /// The longest that one invocation may take. The Lambda context's deadline says so; it is
    /// enforced where an invocation can take time, which is with `follow_tokio` or by a fault.
    pub function_timeout: Duration,
    /// The SDK's `checkpoint_delay`: how long checkpoint writes wait for others to be sent with, on tokio's
    /// clock.
    pub checkpoint_delay: Option<Duration>,
    /// The SDK's `checkpoint_batching`: whether checkpoint writes that come while one is sent are sent
    /// together.
    pub checkpoint_batching: bool,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Whether the host keeps what its functions do, for [`LocalHost::trace`].
    pub trace: bool,
    /// Whether the host notes the states in which invocations start, for [`LocalHost::states`].
    pub states: NoteStates,
    /// What the service does otherwise.
    pub variants: Variants,
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
            checkpoint_delay: None,
            checkpoint_batching: false,
            faults: Vec::new(),
            trace: false,
            states: NoteStates::No,
            variants: Variants::default(),
        }
    }
}

/// Runs durable executions in this process. Cheap to clone; clones are the same host.
///
/// The [crate](crate#example) has an example.
#[derive(Clone)]
pub struct LocalHost(pub(super) Arc<Parts>);

/// What a host consists of.
pub(super) struct Parts {
    pub(super) world: SharedWorld,
    /// Held by the loop that drives the host.
    pub(super) driving: tokio::sync::Mutex<()>,
    pub(super) id: HostId,
    /// The replays under way.
    pub(super) passes: Passes,
    /// Invocations that run on with a dead token, or were delivered twice.
    pub(super) fenced: Mutex<Vec<Running>>,
    /// Where the SDK asks for states; none if its envelopes are to be those of AWS to the byte.
    first_pages: Option<FirstPages>,
    /// Through which the SDK's calls reach it.
    pub(super) reachable: Arc<Reachable>,
    client: LambdaClient,
    functions: Mutex<Functions>,
    function_timeout: Duration,
    batches: Batches,
    /// The test's own state, as a hash.
    outside: Mutex<Option<OutsideHash>>,
    /// Says what a paused clock does, once for all of its invocations.
    pub(super) paused_clock: Once,
}

/// What hashes the state that a test has outside of its functions.
type OutsideHash = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How the SDK batches checkpoint writes.
#[derive(Debug, Clone, Copy)]
struct Batches {
    delay: Option<Duration>,
    batching: bool,
}

/// Wraps a handler with the SDK under the given options.
type Wrap = Arc<dyn Fn(Options) -> BoxedService + Send + Sync>;

/// The functions of a host, by name.
type Functions = IndexMap<String, Registered>;

/// What runs under a name.
enum Registered {
    /// A durable handler.
    Durable {
        wrap: Wrap,
        /// What the wrap made under this host's options; none until it is invoked.
        service: Option<BoxedService>,
        /// Its `DurableConfig.ExecutionTimeout`.
        execution_timeout: Option<Seconds>,
    },
    /// A plain function, from JSON to JSON.
    Plain(PlainFunction),
    /// Several handlers of this binary have the name, so which one is meant cannot be told.
    Ambiguous(Vec<&'static HandlerEntry>),
}

impl Registered {
    fn durable(wrap: Wrap) -> Self {
        Self::Durable {
            wrap,
            service: None,
            execution_timeout: None,
        }
    }

    /// The same function for another host, which wraps it under its own options.
    fn for_other_host(&self) -> Self {
        match self {
            Self::Durable {
                wrap,
                execution_timeout,
                ..
            } => Self::Durable {
                wrap: Arc::clone(wrap),
                service: None,
                execution_timeout: *execution_timeout,
            },
            Self::Plain(function) => Self::Plain(Arc::clone(function)),
            Self::Ambiguous(handlers) => Self::Ambiguous(handlers.clone()),
        }
    }

    /// What the service has to know of it.
    fn settings(&self) -> FunctionSettings {
        match self {
            Self::Durable {
                execution_timeout, ..
            } => durable(*execution_timeout),
            Self::Plain(_) => FunctionSettings::default(),
            Self::Ambiguous(_) => durable(None),
        }
    }
}

impl fmt::Debug for LocalHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalHost")
            .field("world", &self.0.world)
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
        let host = Self::without_functions(settings);
        // They are sorted by name.
        for same_name in handlers().chunk_by(|one, next| one.name() == next.name()) {
            let (name, function) = match same_name {
                [] => continue,
                [entry] => {
                    let entry = *entry;
                    let wrap: Wrap = Arc::new(move |options| entry.service(options));
                    (entry.name(), Registered::durable(wrap))
                }
                [first, ..] => (first.name(), Registered::Ambiguous(same_name.to_vec())),
            };
            host.insert(name, function);
        }
        host
    }

    fn without_functions(settings: HostSettings) -> Self {
        steps::install();
        let (transport, function_timeout) = (settings.transport, settings.function_timeout);
        let batches = Batches {
            delay: settings.checkpoint_delay,
            batching: settings.checkpoint_batching,
        };
        let passes = Passes::default();
        let world = World::new(WorldSettings {
            passes: passes.clone(),
            service: settings.service,
            start: settings.start,
            follow_tokio: settings.follow_tokio,
            faults: settings.faults,
            trace: settings.trace,
            states: settings.states,
            variants: settings.variants,
        });
        let world = SharedWorld::new(world);
        let first_pages = FirstPages::default();
        let reachable = Reachable::new(LocalApi {
            world: world.clone(),
            passes: passes.clone(),
            first_pages: first_pages.clone(),
        });
        Self(Arc::new(Parts {
            client: client::shared(transport),
            reachable: Arc::new(reachable),
            first_pages: (transport == Transport::InProcess).then_some(first_pages),
            id: HostId::new(&world),
            world,
            driving: tokio::sync::Mutex::default(),
            fenced: Mutex::default(),
            paused_clock: Once::new(),
            passes,
            functions: Mutex::default(),
            function_timeout,
            batches,
            outside: Mutex::default(),
        }))
    }

    /// Registers a handler as the durable function of that name, in place of the function that had it.
    ///
    /// # Errors
    ///
    /// If the SDK refuses the options that carry the local client.
    pub fn register(
        &self,
        function: &str,
        wrap: impl Fn(Options) -> BoxedService + Send + Sync + 'static,
    ) -> Result<(), LocalError> {
        let service = wrap(self.options()?);
        self.insert(
            function,
            Registered::Durable {
                wrap: Arc::new(wrap),
                service: Some(service),
                execution_timeout: None,
            },
        );
        Ok(())
    }

    /// A host with other settings and without executions, for the same functions.
    #[must_use]
    pub fn fork(&self, settings: HostSettings) -> Self {
        let host = Self::without_functions(settings);
        for (name, function) in &*self.functions() {
            host.insert(name, function.for_other_host());
        }
        host
    }

    /// Sets the timeout, in seconds, of the executions of a durable function that is registered already:
    /// its `DurableConfig.ExecutionTimeout`, which counts when a chained invoke starts one.
    ///
    /// # Errors
    ///
    /// If no durable function of that name is registered.
    pub fn set_execution_timeout(
        &self,
        function: &str,
        timeout: Seconds,
    ) -> Result<(), LocalError> {
        let mut functions = self.functions();
        let Some(Registered::Durable {
            execution_timeout, ..
        }) = functions.get_mut(function)
        else {
            return Err(unknown(function));
        };
        *execution_timeout = Some(timeout);
        let settings = durable(Some(timeout));
        let mut world = self.0.world.lock();
        world.register_function(function, settings);
        Ok(())
    }

    /// Registers a plain function, in place of the function that had the name: a target of chained
    /// invokes from JSON to JSON.
    pub fn register_plain(&self, name: &str, function: PlainFunction) {
        self.insert(name, Registered::Plain(function));
    }

    fn insert(&self, name: &str, function: Registered) {
        let mut functions = self.functions();
        let mut world = self.0.world.lock();
        world.register_function(name, function.settings());
        functions.insert(name.to_owned(), function);
    }

    /// Has a plain function under a name whose answers stand-ins give. A plain function that has the name
    /// stays, to be called where they give none.
    pub fn mock_function(&self, name: &str) {
        if matches!(self.functions().get(name), Some(Registered::Plain(_))) {
            return;
        }
        let message = format!(
            "function \"{name}\" is mocked, and there is no plain function of that name to call. Add \
             `.returns(..)` or `.with(..)` to its mock, or register it with `register_function`"
        );
        self.register_plain(
            name,
            Arc::new(move |_| Box::pin(std::future::ready(Err(message.clone().into())))),
        );
    }

    /// Starts an execution; it runs when the host is driven.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub fn start(&self, request: StartRequest) -> Result<ExecutionArn, LocalError> {
        self.0.world.lock().start(request)
    }

    /// Gives the answer to the callbacks of that name, of an execution and of those that it calls.
    pub fn answer(&self, arn: &ExecutionArn, name: String, responder: Responder) {
        self.0.world.lock().reply_to(arn, name, responder);
    }

    /// The answers given for an execution for which there was no callback so far: position among those for the
    /// execution, and name.
    #[must_use]
    pub fn unasked_answers(&self, arn: &ExecutionArn) -> Vec<(usize, String)> {
        self.0.world.lock().unasked_replies(arn)
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
        let world = self.0.world.lock();
        Ok(look(world.execution(arn)?))
    }

    /// The id of the callback of that name or path that waits for its completion, if there is one: of the
    /// execution, or of those that it called.
    ///
    /// # Errors
    ///
    /// If there is no such execution.
    pub fn open_callback(
        &self,
        arn: &ExecutionArn,
        name: &str,
    ) -> Result<Option<CallbackId>, LocalError> {
        let world = self.0.world.lock();
        world.execution(arn)?;
        Ok(open_callback(&world, arn, name))
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
        Ok(self
            .0
            .world
            .lock()
            .complete_callback(callback_id, completion)?)
    }

    /// Sends a heartbeat for a callback now.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub fn heartbeat_callback(&self, callback_id: &CallbackId) -> Result<(), LocalError> {
        Ok(self.0.world.lock().heartbeat_callback(callback_id)?)
    }

    /// Stops an execution now, unless it is over.
    ///
    /// # Errors
    ///
    /// If there is no such execution.
    pub fn stop(&self, arn: &ExecutionArn, error: Option<ErrorObject>) -> Result<(), LocalError> {
        Ok(self.0.world.lock().stop(arn, error)?)
    }

    /// Adds a watcher of the bodies of the durable steps that this host runs; it may hold them.
    pub fn watch_bodies(&self, watcher: Arc<dyn BodyWatcher>) {
        self.0.world.lock().watch_bodies(watcher);
    }

    /// Has that take the place of bodies and of plain functions on this host from now on.
    pub fn set_stand_ins(&self, stand_ins: Arc<dyn StandIns>) {
        self.0.world.lock().set_stand_ins(stand_ins);
    }

    /// Chooses the order of what is concurrent by a scheduler, until [`Scheduler::finish`]. It takes the
    /// place of one before it.
    pub fn set_scheduler(&self, scheduler: &Scheduler) {
        self.0.world.lock().set_scheduler(scheduler);
    }

    /// Has the states of this host contain what the test has outside of its functions, as a hash. It is asked
    /// before each invocation, without a lock of the host.
    pub fn set_outside(&self, hash: OutsideHash) {
        *self.0.outside.lock() = Some(hash);
    }

    pub(super) fn outside_hash(&self) -> Option<u64> {
        let hash = self.0.outside.lock().clone();
        hash.map(|hash| hash())
    }

    /// The states in which invocations started so far, if the settings of this host ask for them.
    #[must_use]
    pub fn states(&self) -> Vec<SeenState> {
        self.0.world.lock().states().to_vec()
    }

    /// The durable steps and blocks whose bodies ran so far, if the settings of this host ask for a trace.
    #[must_use]
    pub fn operations_run(&self) -> Vec<&'static OperationEntry> {
        self.0.world.lock().operations_run()
    }

    /// What each checkpoint call so far left if the function was killed at it, if the settings of this host ask for
    /// it and the execution is not too large.
    #[must_use]
    pub fn instants(&self) -> Vec<Instant> {
        self.0.world.lock().instants().to_vec()
    }

    /// What the functions of this host did so far, if its settings ask for a trace.
    #[must_use]
    pub fn trace(&self) -> Vec<Trace> {
        self.0.world.lock().trace().to_vec()
    }

    /// Takes what [`trace`](Self::trace) returns, without a copy.
    #[must_use]
    pub fn take_trace(&self) -> Vec<Trace> {
        self.0.world.lock().take_trace()
    }

    /// What sets the checkpoint calls so far apart from one another, if the settings of this host ask for a trace.
    #[must_use]
    pub fn call_marks(&self) -> Vec<CallMark> {
        self.0.world.lock().call_marks().to_vec()
    }

    /// Whether a plain function is registered, which may have state of its own.
    #[must_use]
    pub fn has_plain_functions(&self) -> bool {
        let functions = self.functions();
        functions
            .values()
            .any(|function| matches!(function, Registered::Plain(_)))
    }

    /// The faults of this host's settings that have not struck so far.
    #[must_use]
    pub fn missed_faults(&self) -> Vec<Fault> {
        self.0.world.lock().faults().missed()
    }

    /// The first wait of an execution's handler for something outside the SDK, if there was one. It shows where
    /// the runtime calls [`notify_idle`](crate::quiescence::notify_idle). What waits for a
    /// [`Serdes`](durable_runtime::sdk::serdes::Serdes) that does I/O looks the same; of an execution that has
    /// results of the SDK's own `FileSystemSerdes` nothing is said.
    #[must_use]
    pub fn outside_wait(&self, arn: &ExecutionArn) -> Option<OutsideWait> {
        let world = self.0.world.lock();
        let execution = world.execution(arn).ok()?;
        let found = world.outside_wait(arn)?;
        let has_files = execution.history().iter().any(payload::is_of_file_serdes);
        (!has_files).then(|| found.clone())
    }

    /// The checkpoint tokens that the SDK lost so far.
    #[must_use]
    pub fn lost_tokens(&self) -> Vec<LostToken> {
        self.0.world.lock().lost_tokens().to_vec()
    }

    /// Checkpoint calls that its functions made so far, with a live token.
    #[must_use]
    pub fn checkpoint_calls(&self) -> u64 {
        self.0.world.lock().faults().calls()
    }

    /// Invocations that it made so far, of all executions.
    #[must_use]
    pub fn invocations(&self) -> u64 {
        self.0.world.lock().faults().invocations()
    }

    /// The time on the virtual clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.world.lock().now()
    }

    /// Whether tokio's time passes on the virtual clock.
    pub(super) fn follows_tokio(&self) -> bool {
        self.0.world.lock().follows_tokio()
    }

    /// Whether the SDK waits on timers before it sends what it has.
    pub(super) fn delays_checkpoints(&self) -> bool {
        self.0.batches.delay.is_some()
    }

    /// Where the SDK may ask for the state of an invocation, if that is wanted.
    pub(super) fn first_pages(&self, is_wanted: bool) -> Option<FirstPages> {
        self.0.first_pages.clone().filter(|_| is_wanted)
    }

    pub(super) fn function_timeout(&self) -> Duration {
        self.0.function_timeout
    }

    /// The durable function of a name: one that was registered, or a handler of this binary.
    pub(super) fn service_of(&self, function: &str) -> Result<BoxedService, LocalError> {
        match self.functions().get_mut(function) {
            Some(Registered::Durable { wrap, service, .. }) => {
                if let Some(service) = service {
                    return Ok(Arc::clone(service));
                }
                let made = wrap(self.options()?);
                Ok(Arc::clone(service.insert(made)))
            }
            Some(Registered::Ambiguous(handlers)) => Err(LocalError::AmbiguousFunction {
                function: function.to_owned(),
                handlers: handlers.iter().map(|entry| format!("{entry:?}")).collect(),
            }),
            _ => Err(unknown(function)),
        }
    }

    pub(super) fn plain_of(&self, function: &str) -> Result<PlainFunction, LocalError> {
        match self.functions().get(function) {
            Some(Registered::Plain(plain)) => Ok(Arc::clone(plain)),
            _ => Err(unknown(function)),
        }
    }

    fn options(&self) -> Result<Options, LocalError> {
        let Batches { delay, batching } = self.0.batches;
        let options = Options::builder()
            .lambda_client(self.0.client.clone())
            .checkpoint_batching(batching);
        let options = match delay {
            Some(delay) => options.checkpoint_delay(delay),
            None => options,
        };
        options
            .build()
            .map_err(|error| LocalError::Options(error.to_string()))
    }

    fn functions(&self) -> MutexGuard<'_, Functions> {
        self.0.functions.lock()
    }
}

fn durable(timeout: Option<Seconds>) -> FunctionSettings {
    FunctionSettings {
        durable: Some(DurableSettings {
            execution_timeout: timeout,
            ..DurableSettings::default()
        }),
    }
}

fn unknown(function: &str) -> LocalError {
    LocalError::UnknownFunction {
        function: function.to_owned(),
    }
}
