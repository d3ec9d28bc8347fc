//! The state of an execution at one time, as the service reports it.

use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use durable_client::{Description, Payloads};
use durable_service::model::{
    ErrorObject, Event, EventDetails, EventEffect, ExecutionStatus, OperationId, Timestamp,
};

use super::CloudError;
use super::api::Api;
use super::error::bare_name;

/// An execution as the service reports it, with those that it called.
#[derive(Debug)]
pub(crate) struct CloudSnapshot {
    /// ARN of the execution.
    pub(crate) arn: String,
    /// Its name.
    pub(crate) name: String,
    /// Name of its function, without a qualifier.
    pub(crate) function: String,
    /// Its status.
    pub(crate) status: ExecutionStatus,
    /// Its serialized result, if it succeeded.
    pub(crate) result: Option<String>,
    /// Its error, if it ended with one.
    pub(crate) error: Option<ErrorObject>,
    /// When it started, by the service's clock.
    pub(crate) started_at: Timestamp,
    /// When it ended, by the service's clock.
    pub(crate) ended_at: Option<Timestamp>,
    /// When this was read.
    pub(crate) seen_at: Timestamp,
    /// All its events, with their payloads.
    pub(crate) history: Vec<Event>,
    /// The executions that it called.
    pub(crate) called: Vec<CalledExecution>,
}

/// An execution that another called.
#[derive(Debug)]
pub(crate) struct CalledExecution {
    /// Id of the `CHAINED_INVOKE` operation.
    pub(crate) operation: OperationId,
    /// Its snapshot. An execution that cannot be read does not fail the read of its caller.
    pub(crate) snapshot: Result<CloudSnapshot, CloudError>,
}

/// Number of reads until the history agrees with the status of the execution.
const AGREEMENT_TRIES: usize = 8;

impl CloudSnapshot {
    /// Reads an execution, and those that it called.
    pub(super) fn read<'a>(
        api: &'a Api,
        arn: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Self, CloudError>> + Send + 'a>> {
        Box::pin(async move {
            let (description, history) = agreeing(api, arn).await?;
            let mut called = Vec::new();
            for (operation, child) in calls(&history) {
                called.push(CalledExecution {
                    operation,
                    snapshot: Self::read(api, child).await,
                });
            }
            Ok(Self {
                arn: arn.to_owned(),
                name: description.name,
                function: bare_name(&description.function_arn).to_owned(),
                status: description.status,
                result: description.result,
                error: description.error,
                started_at: description.started_at,
                ended_at: description.ended_at,
                seen_at: seen_at(&history),
                history,
                called,
            })
        })
    }
}

/// The status and the history of an execution. They are read one after the other, and the end of an execution
/// may show in one of them first.
async fn agreeing(api: &Api, arn: &str) -> Result<(Description, Vec<Event>), CloudError> {
    let mut pace = api.pace();
    let mut tries = 0;
    loop {
        let description = api.describe(arn, Payloads::Included).await?;
        let history = api.history(arn, Payloads::Included).await?;
        tries += 1;
        if description.status.is_terminal() == has_end(&history) || tries == AGREEMENT_TRIES {
            return Ok((description, history));
        }
        tokio::time::sleep(pace.next()).await;
    }
}

fn has_end(history: &[Event]) -> bool {
    history.iter().any(|event| {
        matches!(event.details.effect(), EventEffect::Execution(status) if status.is_terminal())
    })
}

/// The executions that a history records as called, by the calling operation.
pub(super) fn calls(history: &[Event]) -> impl Iterator<Item = (OperationId, &str)> {
    history.iter().filter_map(|event| {
        let EventDetails::ChainedInvokeStarted {
            durable_execution_arn: Some(arn),
            ..
        } = &event.details
        else {
            return None;
        };
        Some((event.subject.as_ref()?.id.clone(), arn.as_str()))
    })
}

/// The present time, by the clock that is ahead: a server may have a virtual one.
fn seen_at(history: &[Event]) -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let now = Timestamp::from_millis(0).after(since_epoch);
    history.last().map_or(now, |event| event.timestamp.max(now))
}
