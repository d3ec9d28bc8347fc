//! The check that a handler waited for nothing outside the SDK, at the end of each run in local mode.

use durable_host::{LocalHost, OutsideWait, WokenBy};

use crate::{Error, ErrorKind, ExecutionResult};

/// Looks at a finished execution, and at those that it called.
///
/// # Errors
///
/// If a handler waited for something outside.
pub(crate) fn check(host: &LocalHost, result: &ExecutionResult) -> Result<(), Error> {
    let mut results = vec![result];
    while let Some(result) = results.pop() {
        if let Some(wait) = host.outside_wait(&result.arn().parse()?) {
            let function = result.function().to_owned();
            return Err(ErrorKind::WaitedOutside { function, wait }.into());
        }
        results.extend(result.children());
    }
    Ok(())
}

/// Where a handler waited, and what woke it.
pub(crate) fn described(wait: &OutsideWait) -> String {
    let place = match (&wait.after, &wait.before) {
        (Some(after), Some(before)) => format!("after {after} and before {before}"),
        (Some(after), None) => format!("after {after}, which it started last"),
        (None, Some(before)) => format!("before {before}, which it started first"),
        (None, None) => "with no operation before it or after it".to_owned(),
    };
    let woken_by = match wait.woken_by {
        WokenBy::Unseen => "something outside woke it".to_owned(),
        ref known => format!("{known} woke it"),
    };
    format!(
        "in invocation {}, {place}, it was pending while no step body ran and no call of the SDK was under \
         way; {woken_by}",
        wait.invocation
    )
}
