//! An engine for unit tests.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use durable_client::Location;
use durable_service::ServiceSettings;
use durable_service::storage::Stored;
use tokio::sync::watch;

use super::Engine;
use crate::config::FunctionConfig;
use crate::process::{Fleet, FleetSettings, Inherited, Run};
use crate::settings::TimeMode;
use crate::store::Store;

/// An engine of these functions.
pub(super) fn engine(
    functions: Vec<FunctionConfig>,
    store: Store,
    stop: watch::Receiver<bool>,
) -> Arc<Engine> {
    let settings = FleetSettings {
        location: Location {
            region: "us-west-2".to_owned(),
            endpoint: None,
        },
        launcher: None,
        inherited: Inherited::with(Vec::new()),
        run: Run::new(),
        idle_timeout: Duration::from_secs(1),
        quiet: true,
        watch: false,
        silent: true,
        init_timeout: Duration::from_secs(1),
        stop_grace: Duration::from_secs(1),
    };
    let fleet = Fleet::new(functions, settings, stop).unwrap();
    let stored = (store, Some(Stored::default()));
    Engine::new(ServiceSettings::default(), stored, fleet, TimeMode::Real).unwrap()
}

/// A durable function whose calls arrive at a listener, which does not wait for any.
pub(super) fn function_elsewhere() -> (FunctionConfig, TcpListener) {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let url = format!("http://{}", elsewhere.local_addr().unwrap());
    (FunctionConfig::at("f", url.parse().unwrap()), elsewhere)
}

/// Lets other tasks run until something is the case.
pub(super) async fn until(is_so: impl Fn() -> bool) {
    let yielding = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), yielding).await;
    in_time.expect("it never comes true");
}
