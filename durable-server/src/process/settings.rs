//! Settings for the processes of functions.

use std::path::PathBuf;
use std::time::Duration;

use durable_client::Location;

use super::inherited::Inherited;
use super::strays::Run;

/// Settings for the processes of all functions.
#[derive(Debug, Clone)]
pub(crate) struct FleetSettings {
    /// The Region and endpoint that functions get in their environment.
    pub(crate) location: Location,
    /// The program that launches processes, if any.
    pub(crate) launcher: Option<PathBuf>,
    /// The variables of the server's environment that functions get.
    pub(crate) inherited: Inherited,
    /// Marks the processes of this run of the server.
    pub(crate) run: Run,
    /// Time after which a process that waits for an invocation ends.
    pub(crate) idle_timeout: Duration,
    /// Whether the server's log leaves out what functions write.
    pub(crate) quiet: bool,
    /// Whether programs are watched, so that one that cannot be started may be about to be replaced.
    pub(crate) watch: bool,
    /// Whether the server's log stays empty.
    pub(crate) silent: bool,
    /// Time limit for a process to ask for its first invocation, unless its timeout is longer.
    pub(crate) init_timeout: Duration,
    /// Time limit for a process to end by itself when the server stops.
    pub(crate) stop_grace: Duration,
}
