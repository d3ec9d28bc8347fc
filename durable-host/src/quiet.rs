//! When nothing else goes on in an invocation, as far as can be told.

use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

/// How often each of those who wait must have been asked, with nothing else happening: by then every task
/// of the one thread that could run has run, up to where it waits for one of them.
pub(super) const QUIET_ROUNDS: usize = 12;

/// How long nothing must have happened, in real time, where several threads run tasks: rounds of one
/// thread say nothing about the others.
pub(super) const QUIET_TIME: Duration = Duration::from_millis(10);

/// Whether one thread runs all tasks of this runtime.
pub(super) fn on_one_thread() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread)
}
