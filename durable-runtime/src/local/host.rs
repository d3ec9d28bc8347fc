//! The host: a service, a clock and the handlers of its functions.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_service::model::{ExecutionArn, Timestamp};
use durable_service::{Execution, Service, ServiceSettings, StartRequest};

use super::LocalError;
use super::client::{self, Transport};
use super::clock::VirtualClock;
use crate::registry::BoxedService;
use crate::sdk::{LambdaClient, Options};

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
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            service: ServiceSettings::default(),
            transport: Transport::default(),
            // 2026-01-01T00:00:00Z: any fixed time will do, a round one reads well.
            start: Timestamp::from_millis(1_767_225_600_000),
            follow_tokio: false,
        }
    }
}

/// What the client and the drive loop share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) service: Service,
    pub(super) clock: VirtualClock,
}

/// A handle on the shared world.
#[derive(Debug, Clone)]
pub(super) struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        // A panic in a handler cannot leave the world half changed: the service is changed by
        // complete calls only.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs durable executions in this process. Cheap to clone; clones are the same host.
#[derive(Clone)]
pub struct LocalHost {
    pub(super) world: SharedWorld,
    /// Held by the loop that drives the host.
    pub(super) driving: Arc<tokio::sync::Mutex<()>>,
    client: LambdaClient,
    functions: Arc<Mutex<Vec<(String, BoxedService)>>>,
}

impl fmt::Debug for LocalHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalHost")
            .field("world", &self.world)
            .finish_non_exhaustive()
    }
}

impl LocalHost {
    /// A host without functions and executions.
    ///
    /// From now on the retry delays of durable steps in this process have no jitter, so that runs
    /// repeat.
    #[must_use]
    pub fn new(settings: HostSettings) -> Self {
        crate::step::steady_delays();
        let region = settings.service.region.clone();
        let world = SharedWorld(Arc::new(Mutex::new(World {
            service: Service::new(settings.service),
            clock: VirtualClock::new(settings.start, settings.follow_tokio),
        })));
        let client = client::connect(world.clone(), region, settings.transport);
        Self {
            world,
            driving: Arc::default(),
            client,
            functions: Arc::default(),
        }
    }

    /// Makes a handler known as the function of that name, in place of one that was.
    ///
    /// # Errors
    ///
    /// If the SDK refuses the options that carry the local client.
    pub fn register(
        &self,
        function: &str,
        wrap: impl FnOnce(Options) -> BoxedService,
    ) -> Result<(), LocalError> {
        let options = Options::builder()
            .lambda_client(self.client.clone())
            .build()
            .map_err(|error| LocalError::Options(error.to_string()))?;
        let service = wrap(options);
        let mut functions = self.functions();
        functions.retain(|(name, _)| name != function);
        functions.push((function.to_owned(), service));
        Ok(())
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

    /// The time on the virtual clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.lock().clock.now()
    }

    pub(super) fn service_of(&self, function: &str) -> Result<BoxedService, LocalError> {
        self.functions()
            .iter()
            .find(|(name, _)| name == function)
            .map(|(_, service)| Arc::clone(service))
            .ok_or_else(|| LocalError::UnknownFunction {
                function: function.to_owned(),
            })
    }

    fn functions(&self) -> MutexGuard<'_, Vec<(String, BoxedService)>> {
        self.functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
