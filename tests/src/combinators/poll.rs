//! `wait_for_condition`: a check that is repeated until its state is good enough.

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::wait_for_condition::WaitStrategy;
use serde::{Deserialize, Serialize};

/// What the workflow is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobEvent {
    /// Checks that the job needs to be done.
    pub done_after: u32,
}

/// A job as the last check found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Checks so far.
    pub checks: u32,
    /// Whether the job is done.
    pub done: bool,
}

/// Checks a job up to four times: after two seconds, four more, eight more.
///
/// # Errors
///
/// If the job is not done by the fourth check.
#[durable_execution]
pub async fn wait_for_job(event: JobEvent, ctx: DurableContext) -> Result<Job, BoxError> {
    let strategy = WaitStrategy::builder(|job: &Job| job.done)
        .max_attempts(4)
        .initial_delay(Duration::from_secs(2))
        .backoff_rate(2.0)
        .jitter(JitterStrategy::None)
        .build();
    let first = Job {
        checks: 0,
        done: false,
    };
    let job = ctx
        .wait_for_condition(
            move |_step, job: Job| async move {
                let checks = job.checks + 1;
                Ok(Job {
                    checks,
                    done: checks >= event.done_after,
                })
            },
            first,
        )
        .name("job")
        .wait_strategy(strategy)
        .await?;
    Ok(job)
}
