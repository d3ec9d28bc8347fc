//! The AWS client that the SDK is given: its calls end in the local service.

mod connector;
mod convert;
mod interceptor;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use durable_service::model::{ExecutionArn, OperationId, OperationType};
use durable_service::{CheckpointRequest, CheckpointResponse, ServiceError, StatePage};

use super::bodies;
use super::host::SharedWorld;
use super::stack_trace;
use crate::sdk::LambdaClient;
use connector::Connector;
use interceptor::ShortPath;

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
    fn checkpoint(
        &self,
        arn: &str,
        mut request: CheckpointRequest,
    ) -> Result<CheckpointResponse, ServiceError> {
        request
            .updates
            .iter_mut()
            .for_each(stack_trace::drop_from_update);
        let replayed = self.world.lock().replays.find(&request.checkpoint_token);
        if let Some(pass) = replayed {
            let mut pass = pass.lock().unwrap_or_else(PoisonError::into_inner);
            return pass.checkpoint(&request);
        }
        let arn: ExecutionArn = arn.parse()?;
        let callbacks: Vec<OperationId> = request
            .updates
            .iter()
            .filter(|update| update.operation_type == OperationType::Callback)
            .map(|update| update.id.clone())
            .collect();
        let (response, begun) = {
            let mut world = self.world.lock();
            let now = world.catch_up();
            let started = bodies::started(&request.updates);
            let response = world.service.checkpoint(now, &arn, request)?;
            world.bodies.stored(&arn, &started);
            (response, world.announce(&arn, &callbacks))
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

    fn state(
        &self,
        arn: &str,
        checkpoint_token: &str,
        marker: Option<&str>,
        most: usize,
    ) -> Result<StatePage, ServiceError> {
        let arn: ExecutionArn = arn.parse()?;
        let world = self.world.lock();
        world.service.state(&arn, checkpoint_token, marker, most)
    }
}
