//! How a server is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use durable_service::ServiceSettings;

use crate::config::FunctionConfig;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where it listens. Port 0 stands for any free one.
    pub address: SocketAddr,
    /// Whether others than this machine may reach it: it runs programs, and asks for no credentials. Unless
    /// they may, it answers no web page either, and no request for a host that is no name of this machine.
    pub allow_remote: bool,
    /// Its functions.
    pub functions: Vec<FunctionConfig>,
    /// Where executions are kept.
    pub store: StoreLocation,
    /// How time passes.
    pub time: TimeMode,
    /// Region, account, limits and policy of the service.
    pub service: ServiceSettings,
    /// Whether what functions write is kept from the server's log.
    pub quiet: bool,
    /// The program `durable`, which launches processes so that on Linux none outlives the server, even if it
    /// is killed outright. What a process started itself is not bound: a program that `npx` or a shell script
    /// runs outlives a killed server, unless the script becomes it with `exec`. Without the launcher, and on
    /// other systems, processes end with a server that ends in good order: with that their process groups end.
    pub launcher: Option<PathBuf>,
    /// The longest that a process may take to ask for its first invocation, if its function's timeout is
    /// not longer.
    pub init_timeout: Duration,
    /// How long processes may take to end when the server stops.
    pub stop_grace: Duration,
    /// Limits on clients.
    pub limits: HttpLimits,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 9014)),
            allow_remote: false,
            functions: Vec::new(),
            store: StoreLocation::Memory,
            time: TimeMode::Real,
            service: ServiceSettings::default(),
            quiet: false,
            launcher: None,
            init_timeout: Duration::from_secs(10),
            stop_grace: Duration::from_secs(2),
            limits: HttpLimits::default(),
        }
    }
}

/// Where executions are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// In memory: they are gone when the server stops.
    Memory,
    /// In a file, which is made if it does not exist: they go on with the next server.
    File(PathBuf),
}

/// How time passes for executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeMode {
    /// At its real speed.
    Real,
    /// It stands still while anything happens, then jumps to the next due time.
    Skip {
        /// Real time without any call before it jumps while a callback is open or an execution is paused:
        /// a person or another program may be about to act.
        grace: Duration,
    },
}

/// Limits on clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Maximal size of a request's body in bytes. The service itself takes less, and its refusals say more.
    pub body_bytes: usize,
    /// Time limit for a client to send a body.
    pub body_timeout: Duration,
    /// Time limit for a client to send the head of a request, and for an idle connection.
    pub head_timeout: Duration,
    /// Maximal number of connections at a time; further ones wait. Synchronous invokes that wait for their
    /// end take at most half of them, and further invokes are refused with 429 `TooManyRequestsException`:
    /// functions need connections to make progress.
    pub connections: usize,
}

impl HttpLimits {
    /// Most synchronous invokes that wait at a time.
    pub(crate) fn waiting_invokes(&self) -> usize {
        (self.connections / 2).max(1)
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 8 * 1024 * 1024,
            body_timeout: Duration::from_mins(1),
            head_timeout: Duration::from_mins(1),
            connections: 1024,
        }
    }
}
