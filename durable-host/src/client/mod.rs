//! The AWS client that the SDK is given: its calls end in the local service.

mod aws_error;
mod connector;
mod convert;
mod hosts;
mod in_process;
mod reply;
mod unanswered;

use std::panic::{AssertUnwindSafe, catch_unwind};

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use durable_service::model::CheckpointToken;
use durable_service::{CheckpointRequest, CheckpointResponse, ServiceError, StatePage};

use crate::first_pages::FirstPages;
use crate::replay::passes::Passes;
use crate::sdk::stack_traces;
use crate::waiting;
use crate::world::{
    Answer, Checkpointed, InFlight, Late, Lateness, SharedWorld, StartedCallback, Waiter, WaiterId,
};
use durable_runtime::sdk::LambdaClient;
pub(super) use hosts::Reachable;
use in_process::InProcess;
use reply::{Refusal, Reply, Wait};

/// How the SDK's calls reach the local service.
///
/// [`HostSettings::transport`](crate::HostSettings::transport) holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// An interceptor answers them typed, before anything is serialized: several times faster.
    #[default]
    InProcess,
    /// They are serialized, and answered by an HTTP connector with the exact bytes of the API.
    Http,
}

/// A client whose calls end in the services of hosts, as the tokens that they present say.
///
/// It belongs to the thread: in a client of several threads they would wait for each other's counts of
/// references.
pub(super) fn shared(transport: Transport) -> LambdaClient {
    thread_local! {
        static IN_PROCESS: LambdaClient = connect(Transport::InProcess);
        static HTTP: LambdaClient = connect(Transport::Http);
    }
    match transport {
        Transport::InProcess => IN_PROCESS.with(Clone::clone),
        Transport::Http => HTTP.with(Clone::clone),
    }
}

fn connect(transport: Transport) -> LambdaClient {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .endpoint_url("http://durable.invalid")
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(connector::client());
    let config = match transport {
        Transport::InProcess => config.interceptor(InProcess),
        Transport::Http => config,
    };
    LambdaClient::from_conf(config.build())
}

/// The calls that a running function makes, at the time of the host's clock.
#[derive(Debug)]
pub(super) struct LocalApi {
    pub(super) world: SharedWorld,
    pub(super) passes: Passes,
    pub(super) first_pages: FirstPages,
}

impl LocalApi {
    fn checkpoint(&self, arn: &str, mut request: CheckpointRequest) -> Reply<CheckpointResponse> {
        request
            .updates
            .iter_mut()
            .for_each(stack_traces::drop_from_update);
        if let Some(pass) = self.passes.find(&request.checkpoint_token) {
            let mut pass = pass.lock();
            let answer = pass.checkpoint(&request);
            return if pass.is_stopped() {
                Reply::Never
            } else {
                answer.into()
            };
        }
        let mut world = self.world.lock();
        let arn = match world.arn(arn) {
            Ok(arn) => arn,
            Err(error) => return Err::<_, ServiceError>(error).into(),
        };
        let Checkpointed { answer, callbacks } = world.checkpoint(&arn, request);
        drop(world);
        self.reply_to(callbacks);
        match answer {
            Answer::Service(answer, None) => answer.into(),
            Answer::Service(answer, Some(late)) => {
                Reply::Late(self.wait(late), answer.map_err(Refusal::from))
            }
            Answer::Refused(refused) => Reply::Now(Err(Refusal::from(refused))),
            Answer::Never => Reply::Never,
        }
    }

    /// Asks the responders of callbacks that have just started. They are the test's code, so the world is
    /// not locked while they decide.
    fn reply_to(&self, callbacks: Vec<StartedCallback>) {
        for StartedCallback { request, responder } in callbacks {
            let reply = catch_unwind(AssertUnwindSafe(|| responder(request.clone())));
            let mut world = self.world.lock();
            match reply {
                Ok(reply) => world.plan(&request, &reply),
                Err(panic) => world.responder_panicked(panic),
            }
        }
    }

    /// The wait for a late answer. A caller that is dropped before it arrives has lost its token.
    fn wait(&self, late: Late) -> Wait {
        let Late { by, call } = late;
        let world = self.world.clone();
        let waiter = Waiter {
            id: WaiterId::Answer(call.call.number.unwrap_or_default()),
            execution: call.execution.clone(),
            request_id: call.request_id.clone(),
        };
        let label = call.call.to_string();
        let unanswered = Unanswered::new(world.clone(), call);
        Wait::until(Box::pin(async move {
            let mut unanswered = unanswered;
            match by {
                Lateness::Time(delay) => {
                    let follows_tokio = world.lock().follows_tokio();
                    if follows_tokio && !delay.is_zero() {
                        tokio::time::sleep(delay).await;
                    } else {
                        waiting::take(&world, &waiter, delay).await;
                    }
                }
                Lateness::Order(scheduler) => scheduler.hold_answer(&label).await,
            }
            unanswered.call = None;
        }))
    }

    fn state(
        &self,
        arn: &str,
        checkpoint_token: &CheckpointToken,
        marker: Option<&str>,
        max_items: usize,
    ) -> Result<StatePage, ServiceError> {
        if marker.is_none()
            && let Some(page) = self.first_pages.take(checkpoint_token)
        {
            return Ok(page);
        }
        let world = self.world.lock();
        let arn = world.arn(arn)?;
        world
            .service()
            .state(&arn, checkpoint_token, marker, max_items)
    }
}

/// A stored call whose answer is on its way; dropped before that, it is reported as lost.
struct Unanswered {
    world: SharedWorld,
    call: Option<InFlight>,
}

impl Unanswered {
    fn new(world: SharedWorld, call: InFlight) -> Self {
        world.lock().is_busy();
        Self {
            world,
            call: Some(call),
        }
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        let mut world = self.world.lock();
        world.is_done();
        if let Some(call) = self.call.take() {
            world.drop_answer(call);
        }
    }
}
