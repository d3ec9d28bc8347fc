//! Settings for the processes of functions.

use std::path::PathBuf;
use std::time::Duration;

use durable_client::Location;

/// Settings for the processes of all functions.
#[derive(Debug, Clone)]
pub(crate) struct FleetSettings {
    /// The Region and endpoint that functions get in their environment.
    pub(crate) location: Location,
    /// The program that launches processes, if any.
    pub(crate) launcher: Option<PathBuf>,
    /// Whether the server's log leaves out what functions write.
    pub(crate) quiet: bool,
    /// Time limit for a process to ask for its first invocation, unless its timeout is longer.
    pub(crate) init_timeout: Duration,
    /// Time limit for a process to end by itself when the server stops.
    pub(crate) stop_grace: Duration,
}
