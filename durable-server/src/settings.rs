//! How a server is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use durable_service::ServiceSettings;

use crate::config::{FunctionConfig, LeftOut};

/// How a server is set up.
///
/// [`Server::start`](crate::Server::start) takes them.
///
/// ```
/// use std::time::Duration;
///
/// use durable_server::{HttpLimits, ServerSettings, StoreLocation, TimeMode};
///
/// let settings = ServerSettings {
///     store: StoreLocation::File("durable.db".into()),
///     time: TimeMode::Virtual { grace: Duration::from_millis(500) },
///     limits: HttpLimits { connections: 64, ..HttpLimits::default() },
///     ..ServerSettings::default()
/// };
/// assert_eq!(settings.address.to_string(), "127.0.0.1:9014");
/// assert!(!settings.allow_remote);
/// ```
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ServerSettings {
    /// Address to listen on. Port 0 stands for any free one.
    pub address: SocketAddr,
    /// Whether other machines may reach the server, which runs programs and asks for no credentials. If not,
    /// it also refuses requests of web pages, and requests for a host that is not a name of this machine.
    pub allow_remote: bool,
    /// Its functions.
    pub functions: Vec<FunctionConfig>,
    /// Functions that are configured and not served; `GET /health` and calls of them say why.
    pub left_out: Vec<LeftOut>,
    /// Where executions are kept.
    pub store: StoreLocation,
    /// How time passes.
    pub time: TimeMode,
    /// Region, account, limits and policy of the service.
    pub service: ServiceSettings,
    /// Names of variables of the server's environment that functions get besides those that programs need.
    /// A `*` at the end stands for any rest.
    pub pass_env: Vec<String>,
    /// Whether the server's log leaves out what functions write.
    pub quiet: bool,
    /// The program `durable`, which launches processes so that on Linux none outlives the server, even if it
    /// is killed outright, nor what they started. Without the launcher, and on other systems, only a server
    /// that stops gracefully ends its processes, with their process groups.
    pub launcher: Option<PathBuf>,
    /// Whether requests for the host `host.docker.internal` are accepted: those of containers on this machine.
    pub allow_containers: bool,
    /// Whether the programs of functions are watched: when one changes on disk, its processes are replaced.
    pub watch: bool,
    /// Whether the server has pages for a browser, at `/`.
    pub page: bool,
    /// Time limit for a process to ask for its first invocation, unless its function's timeout is longer.
    pub init_timeout: Duration,
    /// Time after which a process that waits for an invocation ends.
    pub idle_timeout: Duration,
    /// Time limit for processes to end by themselves when the server stops.
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
            left_out: Vec::new(),
            store: StoreLocation::Memory,
            time: TimeMode::Real,
            service: ServiceSettings::default(),
            pass_env: Vec::new(),
            quiet: false,
            launcher: None,
            allow_containers: false,
            watch: false,
            page: true,
            init_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(5),
            stop_grace: Duration::from_secs(2),
            limits: HttpLimits::default(),
        }
    }
}

/// Where executions are kept.
///
/// [`ServerSettings::store`] holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// In memory: they are lost when the server stops.
    Memory,
    /// In a file, which is created if it does not exist: the next server continues them.
    File(PathBuf),
}

/// How time passes for executions.
///
/// [`ServerSettings::time`] holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeMode {
    /// At its real speed.
    Real,
    /// At its real speed while a function works, and else at once to what is due next. Each execution has
    /// its own time, which it shares with those that it invokes: none waits for another, or ages with it.
    ///
    /// No timeout of an open callback is skipped, nor one of the execution that it belongs to, nor the last
    /// minute before: a client may be about to answer. The same holds while an execution is paused.
    Skip {
        /// Real time without a change of an execution, before any of its time is skipped while a callback is
        /// open or it is paused.
        grace: Duration,
        /// Whether timeouts of open callbacks, and of executions that have one or are paused, are skipped,
        /// too, after the grace.
        callbacks: bool,
    },
    /// Work takes no time, so that all times of an execution are exact: it stands still while a function
    /// works, and else goes at once to what is due next, timeouts of open callbacks included. A handler that
    /// waits for time to pass within one invocation waits for ever.
    Virtual {
        /// Real time without a change of an execution, before its time is skipped while a callback is open
        /// or it is paused.
        grace: Duration,
    },
    /// As in virtual time, but nothing is skipped until a client asks for it: on the server's page.
    Manual,
}

/// Limits on clients.
///
/// [`ServerSettings::limits`] holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Maximal size of a request's body in bytes. The service's own limits are lower, and its refusals say
    /// more.
    pub body_bytes: usize,
    /// Time limit for a client to send a body.
    pub body_timeout: Duration,
    /// Time limit for a client to send the next part of a body.
    pub stall_timeout: Duration,
    /// Time limit for a client to send the head of a request, and for an idle connection.
    pub head_timeout: Duration,
    /// Time limit for a client to take the next bytes of a response.
    pub write_timeout: Duration,
    /// Maximal number of connections at a time; further ones wait. Synchronous invokes may hold half of them,
    /// and further ones are refused with 429 `TooManyRequestsException`: functions need connections to make
    /// progress.
    pub connections: usize,
}

impl HttpLimits {
    /// Maximal number of synchronous invokes that wait at a time.
    pub(crate) fn max_waiting_invokes(&self) -> usize {
        (self.connections / 2).max(1)
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 8 * 1024 * 1024,
            body_timeout: Duration::from_mins(1),
            stall_timeout: Duration::from_secs(5),
            head_timeout: Duration::from_mins(1),
            write_timeout: Duration::from_secs(30),
            connections: 1024,
        }
    }
}
