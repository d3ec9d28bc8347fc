//! A server without a socket.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use durable_client::Location;
use http_body_util::{BodyExt as _, Full};
use tokio::sync::watch;

use crate::api::Api;
use crate::engine::Engine;
use crate::http::AccessPolicy;
use crate::process::{Fleet, FleetSettings, Inherited, Run};
use crate::store::Store;
use crate::{ServerError, ServerSettings, TimeMode};

/// A server that does not listen: requests are handed to it, for tests of what sends them.
///
/// It keeps executions in memory, its time stands still, and it has no log. It does not invoke durable
/// functions: [`next_event`](Self::next_event) returns what they would get. Plain functions run.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use durable_server::{Detached, ServerSettings};
///
/// let server = Detached::new(ServerSettings::default())?;
/// let request = http::Request::get("/health").body(bytes::Bytes::new())?;
/// assert_eq!(server.answer(request).await.status(), 200);
/// # Ok(())
/// # }
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
/// # runtime.unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug)]
pub struct Detached {
    api: Api,
    engine: Arc<Engine>,
    /// Held open until the server is dropped.
    _stop: watch::Sender<bool>,
}

impl Detached {
    /// A server of the functions, service, access and limits of the settings; the others do not matter.
    ///
    /// # Errors
    ///
    /// If a thread cannot be started.
    pub fn new(settings: ServerSettings) -> Result<Self, ServerError> {
        let (stop, stopping) = watch::channel(false);
        let fleet_settings = FleetSettings {
            location: Location {
                region: settings.service.region.clone(),
                endpoint: None,
            },
            launcher: settings.launcher,
            inherited: Inherited::with(settings.pass_env),
            run: Run::new(),
            idle_timeout: settings.idle_timeout,
            quiet: true,
            watch: false,
            silent: true,
            init_timeout: settings.init_timeout,
            stop_grace: settings.stop_grace,
        };
        let fleet = Fleet::new(settings.functions, fleet_settings, stopping)
            .map_err(ServerError::Thread)?;
        let still = TimeMode::Virtual {
            grace: Duration::ZERO,
        };
        let engine = Engine::new(settings.service, (Store::memory(), None), fleet, still)?;
        let access = if settings.allow_remote {
            AccessPolicy::Unrestricted
        } else {
            AccessPolicy::LocalOnly
        };
        let api = Api::new(
            Arc::clone(&engine),
            access,
            settings.limits,
            settings.left_out,
        );
        Ok(Self {
            api,
            engine,
            _stop: stop,
        })
    }

    /// Answers a request, inside a tokio runtime whose time is on. A synchronous invoke of a durable function
    /// waits for its end; dropping the future is what a client does that hangs up.
    pub async fn answer(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        let (head, body) = self.api.answer(request.map(Full::new)).await.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(never) => match never {},
        };
        http::Response::from_parts(head, body)
    }

    /// Starts the invocation of a durable function that is due next, and returns its event, with the ARN and
    /// the checkpoint token; none if none is due.
    pub async fn next_event(&self) -> Option<String> {
        self.engine.take_invocation().await
    }
}
