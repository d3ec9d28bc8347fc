//! The check that a handler is deterministic, at the end of each run in local mode: what the SDK itself found
//! while it ran, and what a replay finds.

use std::time::Duration;

use durable_host::{LocalError, LocalHost};

use crate::{Error, ErrorKind, ExecutionResult};

/// Real-time limit of a replay. No step body runs, so a replay takes an instant, unless the handler waits for
/// something that only a step body does.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Replays a finished execution, and those that it called, from their records.
///
/// # Errors
///
/// If a handler diverges from its record.
pub(crate) async fn check(host: &LocalHost, result: &ExecutionResult) -> Result<(), Error> {
    let mut results = vec![result];
    while let Some(result) = results.pop() {
        check_one(host, result).await?;
        results.extend(result.children());
    }
    Ok(())
}

async fn check_one(host: &LocalHost, result: &ExecutionResult) -> Result<(), Error> {
    let function = result.function().to_owned();
    let arn = result.arn().parse()?;
    let kind = match host.check_determinism(&arn, TIMEOUT).await {
        Ok(None) => return Ok(()),
        Ok(Some(found)) => ErrorKind::Nondeterministic {
            function,
            during: found.during,
            on_a_later_day: found.on_a_later_day,
            divergence: found.divergence,
        },
        Err(LocalError::TimedOut { timeout }) => ErrorKind::EndlessReplay { function, timeout },
        Err(error) => ErrorKind::Host(error),
    };
    Err(kind.into())
}
