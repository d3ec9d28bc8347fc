//! The AWS client that the SDK is given: its calls end in the local service.

mod aws_error;
mod connector;
mod convert;
mod interceptor;
mod reply;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Duration;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use durable_service::model::{CheckpointToken, ExecutionArn, OperationId, OperationType};
use durable_service::{CheckpointRequest, CheckpointResponse, ServiceError, StatePage};

use super::bodies;
use super::flight::{Cut, Flight};
use super::plan::CallFault;
use super::stack_trace;
use super::trace::{CallTrace, Trace, UpdateTrace};
use super::world::{SharedWorld, World};
use connector::Connector;
use durable_runtime::sdk::LambdaClient;
use interceptor::ShortPath;
use reply::{Refusal, Reply};

/// How the SDK's calls reach the local service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// An interceptor answers them typed, before anything is serialized: several times faster.
    #[default]
    Short,
    /// They are serialized, and answered by an HTTP connector with the exact bytes of the API.
    Wire,
}

/// A client whose calls end in the world's service.
pub(super) fn connect(world: SharedWorld, region: String, transport: Transport) -> LambdaClient {
    let api = LocalApi { world };
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .endpoint_url("http://durable.invalid")
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(connector::client(Connector::new(api.clone())));
    let config = match transport {
        Transport::Short => config.interceptor(ShortPath::new(api)),
        Transport::Wire => config,
    };
    LambdaClient::from_conf(config.build())
}

/// The calls that a running function makes, at the time of the host's clock.
#[derive(Debug, Clone)]
struct LocalApi {
    world: SharedWorld,
}

impl LocalApi {
    fn checkpoint(&self, arn: &str, mut request: CheckpointRequest) -> Reply<CheckpointResponse> {
        request
            .updates
            .iter_mut()
            .for_each(stack_trace::drop_from_update);
        let replayed = self.world.lock().replays.find(&request.checkpoint_token);
        if let Some(pass) = replayed {
            let mut pass = pass.lock().unwrap_or_else(PoisonError::into_inner);
            return pass.checkpoint(&request).into();
        }
        let arn: ExecutionArn = match arn.parse() {
            Ok(arn) => arn,
            Err(error) => return Err::<_, ServiceError>(error).into(),
        };
        let call = Arrival::note(&mut self.world.lock(), &arn, &request);
        let fault = call.fault;
        match fault {
            None => self.store(&arn, request, call).into(),
            Some(CallFault::KilledBefore) => {
                self.kill(call);
                Reply::Never
            }
            Some(CallFault::KilledAfter) => {
                // A function that is dead does not hear of a refusal either.
                let _ = self.store(&arn, request, call);
                self.world.lock().cut_off(Cut::Killed, Flight::killed);
                Reply::Never
            }
            Some(CallFault::AnswerLost) => {
                // The short path answers before the client has made its token.
                let token = || format!("call-{}", call.number.unwrap_or_default());
                request.client_token.get_or_insert_with(token);
                let again = request.clone();
                match self.store(&arn, request, call) {
                    Ok(_) => self.repeat(&arn, again).into(),
                    refused @ Err(_) => refused.into(),
                }
            }
            Some(CallFault::GivenUp) => {
                let answer = self.store(&arn, request, call);
                self.world.lock().cut_off(Cut::GivenUp, Flight::timed_out);
                answer.into()
            }
            Some(CallFault::Throttled) => Reply::Now(Err(self.refuse(call, Refusal::throttled()))),
            Some(CallFault::ServerError) => {
                Reply::Now(Err(self.refuse(call, Refusal::server_error())))
            }
            Some(CallFault::StaleToken) => {
                Reply::Now(Err(self.refuse(call, Refusal::stale_token())))
            }
            Some(CallFault::Late(delay)) => {
                let answer = self.store(&arn, request, call);
                self.delay(delay, answer)
            }
        }
    }

    /// Has the service store a call.
    fn store(
        &self,
        arn: &ExecutionArn,
        request: CheckpointRequest,
        call: Arrival,
    ) -> Result<CheckpointResponse, ServiceError> {
        let callbacks: Vec<OperationId> = request
            .updates
            .iter()
            .filter(|update| update.operation_type == OperationType::Callback)
            .map(|update| update.id.clone())
            .collect();
        let started = bodies::started(&request.updates);
        let (response, begun) = {
            let mut world = self.world.lock();
            let now = world.catch_up();
            let response = world.service.checkpoint(now, arn, request);
            call.end(&mut world, response.as_ref().ok());
            let response = response?;
            world.bodies.stored(arn, &started);
            (response, world.announce(arn, &callbacks))
        };
        // A responder is the test's code, so the world is not locked while it decides.
        for (request, responder) in begun {
            let reply = catch_unwind(AssertUnwindSafe(|| responder(request.clone())));
            let mut world = self.world.lock();
            match reply {
                Ok(reply) => world.plan(&request, reply),
                Err(panic) => world.panic = Some(panic),
            }
        }
        Ok(response)
    }

    /// Has the service answer a call once more: the client sends the same bytes again.
    fn repeat(
        &self,
        arn: &ExecutionArn,
        request: CheckpointRequest,
    ) -> Result<CheckpointResponse, ServiceError> {
        let mut world = self.world.lock();
        let now = world.catch_up();
        world.service.checkpoint(now, arn, request)
    }

    fn kill(&self, call: Arrival) {
        let mut world = self.world.lock();
        call.end(&mut world, None);
        world.cut_off(Cut::Killed, Flight::killed);
    }

    fn refuse(&self, call: Arrival, refusal: Refusal) -> Refusal {
        call.end(&mut self.world.lock(), None);
        refusal
    }

    fn delay<T>(&self, delay: Duration, answer: Result<T, ServiceError>) -> Reply<T> {
        let mut world = self.world.lock();
        if world.clock.follows_tokio() {
            return Reply::Late(delay, answer.map_err(Refusal::from));
        }
        if world.spend(delay) {
            answer.into()
        } else {
            Reply::Never
        }
    }

    fn state(
        &self,
        arn: &str,
        checkpoint_token: &CheckpointToken,
        marker: Option<&str>,
        most: usize,
    ) -> Result<StatePage, ServiceError> {
        let arn: ExecutionArn = arn.parse()?;
        let world = self.world.lock();
        world.service.state(&arn, checkpoint_token, marker, most)
    }
}

/// A checkpoint call that has arrived, and whose end is not known yet.
struct Arrival {
    /// Its number; none if its token is dead.
    number: Option<u64>,
    fault: Option<CallFault>,
    /// None if nobody asked for one.
    trace: Option<CallTrace>,
}

impl Arrival {
    fn note(world: &mut World, arn: &ExecutionArn, request: &CheckpointRequest) -> Self {
        world.bodies.slow.something_happened();
        let token = &request.checkpoint_token;
        let is_live = world
            .flight
            .as_ref()
            .is_some_and(|flight| flight.makes(arn, token));
        let (number, fault) = if is_live {
            let (number, fault) = world.script.call(&request.updates);
            (Some(number), fault)
        } else {
            (None, None)
        };
        Self {
            number,
            fault,
            trace: world.is_traced().then(|| CallTrace {
                number,
                execution: arn.clone(),
                updates: request.updates.iter().map(UpdateTrace::from).collect(),
                stored: false,
            }),
        }
    }

    /// Notes what became of it.
    fn end(self, world: &mut World, stored: Option<&CheckpointResponse>) {
        if let Some(token) = stored.and_then(|response| response.checkpoint_token.as_ref())
            && self.number.is_some()
            && let Some(flight) = &mut world.flight
        {
            flight.token.clone_from(token);
        }
        if let Some(mut call) = self.trace {
            call.stored = stored.is_some();
            world.note(|| Trace::Call(call));
        }
    }
}
