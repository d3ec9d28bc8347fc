//! A running server.

use std::net::SocketAddr;
use std::sync::Arc;

use durable_client::Location;
use durable_service::storage::Stored;
use tokio::net::TcpListener;
use tokio::sync::watch as signal;
use tokio::task::JoinHandle;

use crate::api::Api;
use crate::engine::Engine;
use crate::http::{AccessPolicy, BodyLimits, ConnectionLimits, serve};
use crate::page::{Facts, Page};
use crate::process::{Fleet, FleetSettings, Inherited, Run};
use crate::store::Store;
use crate::watch;
use crate::{ServerError, ServerSettings, StoreLocation, TimeMode};

/// A local server of AWS Lambda durable functions.
///
/// ```no_run
/// # async fn example() -> Result<(), durable_server::ServerError> {
/// use durable_server::{Server, ServerSettings};
///
/// let running = Server::start(ServerSettings::default()).await?;
/// println!("listening on http://{}", running.addr());
/// running.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Server;

/// A running server. Dropping it stops the server at once and kills its processes;
/// [`Running::shutdown`] stops it gracefully.
///
/// [`Server::start`] returns it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    engine: Arc<Engine>,
    stop: signal::Sender<bool>,
    serving: JoinHandle<()>,
    driving: JoinHandle<()>,
}

impl Server {
    /// Starts a server, inside a tokio runtime whose time and I/O are on.
    ///
    /// # Errors
    ///
    /// If it cannot or must not listen on the address, or the store cannot be opened.
    pub async fn start(settings: ServerSettings) -> Result<Running, ServerError> {
        let wanted = settings.address;
        if !wanted.ip().is_loopback() && !settings.allow_remote {
            return Err(ServerError::RemoteAddress(wanted));
        }
        let listen = |source| ServerError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let (stop, stopping) = signal::channel(false);
        let fleet_settings = FleetSettings {
            location: Location {
                region: settings.service.region.clone(),
                endpoint: Some(format!("http://{}", reachable(address))),
            },
            launcher: settings.launcher,
            inherited: Inherited::with(settings.pass_env),
            run: Run::new(),
            idle_timeout: settings.idle_timeout,
            quiet: settings.quiet,
            watch: settings.watch,
            silent: false,
            init_timeout: settings.init_timeout,
            stop_grace: settings.stop_grace,
        };
        let fleet = Fleet::new(settings.functions, fleet_settings, stopping.clone())
            .map_err(ServerError::Thread)?;
        let store = open(settings.store).await?;
        let engine = Engine::new(settings.service, store, fleet, settings.time)?;
        engine.resume_calls();
        let driving = tokio::spawn(Arc::clone(&engine).drive(stopping.clone()));
        if settings.watch {
            tokio::spawn(watch::programs(Arc::clone(&engine), stopping.clone()));
        }

        let limits = ConnectionLimits {
            connections: settings.limits.connections,
            head_timeout: Some(settings.limits.head_timeout),
            write_timeout: settings.limits.write_timeout,
        };
        let access = if settings.allow_remote {
            AccessPolicy::Unrestricted
        } else if settings.allow_containers {
            AccessPolicy::LocalAndContainers
        } else {
            AccessPolicy::LocalOnly
        };
        let facts = Facts {
            endpoint: format!("http://{}", reachable(address)),
            time: time_words(settings.time),
            left_out: settings.left_out.clone(),
            body_limits: BodyLimits {
                // A form encodes what it holds, so it is larger.
                max_bytes: settings.limits.body_bytes.saturating_mul(4),
                timeout: settings.limits.body_timeout,
                stall_timeout: settings.limits.stall_timeout,
            },
        };
        let api = Arc::new(Api::new(
            Arc::clone(&engine),
            access,
            settings.limits,
            settings.left_out,
        ));
        let page = settings.page.then(|| {
            let (api, engine) = (Arc::clone(&api), Arc::clone(&engine));
            Arc::new(Page::new(api, engine, access, facts, stopping.clone()))
        });
        let answer = move |request| {
            let (api, page) = (Arc::clone(&api), page.clone());
            async move {
                match page.filter(|_| Page::owns(&request)) {
                    Some(page) => page.answer(request).await,
                    None => api.answer(request).await,
                }
            }
        };
        let serving = tokio::spawn(serve(listener, limits, stopping, answer));
        Ok(Running {
            address,
            engine,
            stop,
            serving,
            driving,
        })
    }
}

impl Running {
    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server gracefully: it accepts no more calls, sends the responses that are ready, and ends
    /// its processes.
    pub async fn shutdown(mut self) {
        // Sending fails if every task has ended already, and then there is nothing to stop.
        let _ = self.stop.send(true);
        let _ = (&mut self.driving).await;
        self.engine.cancel_waiters();
        let _ = (&mut self.serving).await;
        self.engine.finish().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.driving.abort();
        self.serving.abort();
    }
}

/// How time passes, in a few words.
fn time_words(time: TimeMode) -> &'static str {
    match time {
        TimeMode::Real => "real time",
        TimeMode::Skip { .. } => "skipped time",
        TimeMode::Virtual { .. } | TimeMode::Manual => "virtual time",
    }
}

/// Opens a store, and reads what it holds.
async fn open(location: StoreLocation) -> Result<(Store, Option<Stored>), ServerError> {
    match location {
        StoreLocation::Memory => Ok((Store::memory(), None)),
        StoreLocation::File(path) => {
            let opening = tokio::task::spawn_blocking(move || Store::open(&path));
            let (store, stored) = opening.await.map_err(ServerError::Interrupted)??;
            Ok((store, Some(stored)))
        }
    }
}

/// The address under which processes on this machine reach a listener.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(it) if it.ip().is_unspecified() => ([127, 0, 0, 1], it.port()).into(),
        SocketAddr::V6(it) if it.ip().is_unspecified() => {
            (std::net::Ipv6Addr::LOCALHOST, it.port()).into()
        }
        other => other,
    }
}
