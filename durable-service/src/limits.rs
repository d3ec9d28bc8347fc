//! The service's limits, and the choices where its sources leave room: one value each
//! (docs/service.md, 2.3 and 10).

use std::time::Duration;

use crate::model::Seconds;

/// The service's limits, with the values that AWS enforces.
///
/// [`ServiceSettings::limits`](crate::ServiceSettings::limits) holds them.
///
/// ```
/// use durable_service::{Limits, Policy, ServiceSettings};
///
/// let small = ServiceSettings {
///     limits: Limits { operations: 10, ..Limits::default() },
///     policy: Policy::default(),
///     ..ServiceSettings::default()
/// };
/// assert_eq!((small.limits.operations, Limits::default().operations), (10, 3_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest payload of a STEP, CONTEXT, WAIT or CALLBACK update, in bytes.
    pub operation_payload_bytes: usize,
    /// Largest input or output of a chained invoke, in bytes.
    pub chained_invoke_payload_bytes: usize,
    /// Largest error object of an update as JSON, in bytes.
    pub error_bytes: usize,
    /// Largest number of operations of an execution, the EXECUTION one left out.
    pub operations: usize,
    /// Largest payload that starts an execution, in bytes.
    pub input_bytes: usize,
    /// The same if the caller waits for the result.
    pub sync_input_bytes: usize,
    /// Largest result of an execution, in bytes.
    pub result_bytes: usize,
    /// The same if the caller waits for it.
    pub sync_result_bytes: usize,
    /// Largest amount of data that an execution may store over its life, in bytes.
    pub stored_bytes: usize,
    /// Longest wait and longest delay before a retry, in seconds.
    pub delay_seconds: i64,
    /// Largest result or error that completes a callback, in bytes.
    pub callback_payload_bytes: usize,
    /// Longest timeout of a callback, in seconds.
    pub callback_timeout_seconds: i64,
    /// Longest reason of a pause or a resumption, in characters.
    pub reason_length: usize,
    /// Largest number of executions of a function that invoke each other, directly or through others.
    pub recursive_invocations: usize,
    /// Longest timeout of an execution.
    pub execution_timeout: Seconds,
    /// Longest timeout of an execution whose result the caller waits for.
    pub sync_execution_timeout: Seconds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operation_payload_bytes: 262_144,
            chained_invoke_payload_bytes: 1_048_576,
            error_bytes: 262_144,
            operations: 3_000,
            input_bytes: 1_048_576,
            sync_input_bytes: 6_291_456,
            result_bytes: 1_048_576,
            sync_result_bytes: 6_291_456,
            stored_bytes: 100 * 1024 * 1024,
            delay_seconds: 31_622_400,
            callback_payload_bytes: 1_048_576,
            callback_timeout_seconds: 99_999_999,
            reason_length: 1_024,
            recursive_invocations: 16,
            execution_timeout: Seconds(31_622_400),
            sync_execution_timeout: Seconds(900),
        }
    }
}

/// The choices where sources about the service leave room, with the recommended defaults. Their
/// alternatives are in docs/service.md, 10.
///
/// [`ServiceSettings::policy`](crate::ServiceSettings::policy) holds it; [`Limits`] has an example.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own, named where it is made"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether operations under a closed context are left out of the state shown to the function.
    pub prune_closed_contexts: bool,
    /// How long a closed execution is kept if its function sets no retention. With none all executions are
    /// kept for ever, whatever their functions set.
    pub retention: Option<Duration>,
    /// Whether a callback that is failed without any error wakes the function. AWS is said to record
    /// it only, and leave the execution to its other operations.
    pub empty_callback_failure_wakes: bool,
    /// Responses of PENDING with nothing pending that count as failed invocations, before the next one in a
    /// row fails the execution.
    pub tolerated_empty_pendings: u32,
    /// Whether an execution that its function ends by a checkpoint stays open until the invocation ends, so
    /// that its event follows `InvocationCompleted`.
    pub close_after_invocation: bool,
    /// Whether the first invocation lists the EXECUTION operation as a changed one.
    pub execution_is_new: bool,
    /// Whether a history has payloads if the request does not set it.
    pub history_has_data: bool,
    /// Whether the answer to a checkpoint call shows what changed beside it, as the service's API has it. Without,
    /// it shows the operations of the call alone, and the others wait for the next invocation.
    pub answers_show_changes: bool,
    /// Items on a page if the request sets no limit.
    pub page_items: usize,
    /// Largest amount of operation data that the invocation event carries, in bytes.
    pub event_page_bytes: usize,
    /// Consecutive failed invocations after which the execution fails.
    pub invocation_attempts: u32,
    /// Delay after a failed invocation; it doubles with each one.
    pub invocation_backoff: Duration,
    /// Longest delay after a failed invocation.
    pub invocation_backoff_cap: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            prune_closed_contexts: true,
            retention: Some(Duration::from_hours(14 * 24)),
            empty_callback_failure_wakes: true,
            tolerated_empty_pendings: 3,
            close_after_invocation: false,
            execution_is_new: false,
            history_has_data: false,
            answers_show_changes: true,
            page_items: 100,
            event_page_bytes: 5 * 1024 * 1024,
            invocation_attempts: 5,
            invocation_backoff: Duration::from_secs(1),
            invocation_backoff_cap: Duration::from_mins(5),
        }
    }
}

impl Policy {
    /// Delay before the invocation that follows `failures` failed ones in a row, of which the last
    /// failed with an error of this type.
    ///
    /// The first retry after a crash (`Runtime.*`, `Sandbox.*`, `Extension.*`, except a timeout) is
    /// immediate; everything else backs off exponentially (docs/service.md, 5.4).
    #[must_use]
    pub fn invocation_delay(&self, failures: u32, error_type: Option<&str>) -> Duration {
        let crash = error_type.is_some_and(|kind| {
            kind != "Sandbox.Timedout"
                && ["Runtime.", "Sandbox.", "Extension."]
                    .iter()
                    .any(|prefix| kind.starts_with(prefix))
        });
        let doublings = match (crash, failures) {
            (true, 0 | 1) => return Duration::ZERO,
            (true, failures) => failures - 2,
            (false, failures) => failures.saturating_sub(1),
        };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.invocation_backoff
            .saturating_mul(factor)
            .min(self.invocation_backoff_cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_is_retried_at_once_and_then_with_growing_delays() {
        let policy = Policy::default();
        let delays = |kind| {
            (1..=5)
                .map(|failures| policy.invocation_delay(failures, kind).as_secs())
                .collect::<Vec<_>>()
        };
        assert_eq!(delays(Some("Runtime.ExitError")), [0, 1, 2, 4, 8]);
        assert_eq!(delays(Some("Sandbox.Timedout")), [1, 2, 4, 8, 16]);
        assert_eq!(delays(None), [1, 2, 4, 8, 16]);
        assert_eq!(policy.invocation_delay(40, None), Duration::from_mins(5));
    }
}
