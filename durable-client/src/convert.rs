//! Converts values of the AWS client and of the API's JSON to those of the service's model.

use aws_sdk_lambda::operation::get_durable_execution::GetDurableExecutionOutput;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::{Blob, DateTime};
use aws_sdk_lambda::types as aws;
use durable_service::model::{ErrorObject, Event, ExecutionStatus, Timestamp};
use durable_service::wire::read::{self, ReadError};
use serde_json::Value;

use crate::failure::{Failure, FailureKind};
use crate::values::{Description, ExecutionSummary, Invoked};

/// An event of a history that cannot be read.
///
/// The error of [`events`].
#[derive(Debug, thiserror::Error)]
#[error("event {number} of the history cannot be read: {source}")]
pub struct UnreadableEvent {
    /// Its number in the history, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub source: ReadError,
}

/// Reads the events of a history in the API's JSON, as
/// [`DurableClient::history`](crate::DurableClient::history) returns them.
///
/// ```
/// use serde_json::json;
///
/// let started = json!({"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted", "Id": "0",
///                      "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 86400}});
/// let events = durable_client::events(&[started.clone()])?;
/// assert_eq!(events[0].event_type(), "ExecutionStarted");
///
/// let error = durable_client::events(&[started, json!({})]).expect_err("the second is no event");
/// assert!(error.to_string().starts_with("event 2 of the history cannot be read"), "{error}");
/// # Ok::<(), durable_client::UnreadableEvent>(())
/// ```
///
/// # Errors
///
/// If a value is not an event; names the first one.
pub fn events(json: &[Value]) -> Result<Vec<Event>, UnreadableEvent> {
    let numbered = json.iter().zip(1..);
    let read = numbered.map(|(event, number)| {
        read::event(event).map_err(|source| UnreadableEvent { number, source })
    });
    read.collect()
}

pub(crate) fn to_aws_error(error: ErrorObject) -> aws::ErrorObject {
    aws::ErrorObject::builder()
        .set_error_type(error.error_type)
        .set_error_message(error.error_message)
        .set_error_data(error.error_data)
        .set_stack_trace((!error.stack_trace.is_empty()).then_some(error.stack_trace))
        .build()
}

fn error_object(error: aws::ErrorObject) -> ErrorObject {
    ErrorObject {
        error_type: error.error_type,
        error_message: error.error_message,
        error_data: error.error_data,
        stack_trace: error.stack_trace.unwrap_or_default(),
    }
}

pub(crate) fn invoked(output: InvokeOutput) -> Invoked {
    Invoked {
        status_code: output.status_code,
        function_error: output.function_error,
        executed_version: output.executed_version,
        durable_execution_arn: output.durable_execution_arn,
        payload: output.payload.map(Blob::into_inner).unwrap_or_default(),
    }
}

pub(crate) fn description(output: GetDurableExecutionOutput) -> Result<Description, Failure> {
    let status = output.status.as_str();
    let status = status.parse::<ExecutionStatus>().map_err(|_| {
        Failure::new(
            FailureKind::Refused,
            format!("it has the status {status}, which this version does not know"),
        )
    })?;
    Ok(Description {
        name: output.durable_execution_name,
        function_arn: output.function_arn,
        status,
        result: output.result,
        error: output.error.map(error_object),
        started_at: timestamp(output.start_timestamp),
        ended_at: output.end_timestamp.map(timestamp),
    })
}

pub(crate) fn summary(execution: aws::Execution) -> ExecutionSummary {
    ExecutionSummary {
        arn: execution.durable_execution_arn,
        name: execution.durable_execution_name,
        function_arn: execution.function_arn,
        status: execution.status.as_str().to_owned(),
        started_at: timestamp(execution.start_timestamp),
        ended_at: execution.end_timestamp.map(timestamp),
    }
}

/// Rounds a time to the nearest millisecond, because binary fractions of a second are not exact.
pub(crate) fn timestamp(time: DateTime) -> Timestamp {
    Timestamp::from_seconds(time.as_secs_f64()).unwrap_or(Timestamp::from_millis(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_nearest_millisecond() {
        for millis in 1_767_225_600_000..1_767_225_601_000 {
            let time = Timestamp::from_millis(millis);
            let read = timestamp(DateTime::from_secs_f64(time.as_seconds()));
            assert_eq!(read, time);
        }
    }

    #[test]
    fn an_error_keeps_its_members() {
        let error = ErrorObject {
            error_type: Some("Busy".to_owned()),
            error_message: Some("try later".to_owned()),
            error_data: Some("{}".to_owned()),
            stack_trace: vec!["main.rs:1".to_owned()],
        };
        assert_eq!(error_object(to_aws_error(error.clone())), error);
        let empty = to_aws_error(ErrorObject::default());
        assert_eq!(empty, aws::ErrorObject::builder().build());
    }

    #[test]
    fn an_unreadable_event_is_named_by_its_number() {
        let resumed = serde_json::json!({"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted",
            "Id": "0", "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 1}});
        let error = events(&[resumed, Value::Null]).unwrap_err();
        assert_eq!(error.number, 2);
    }
}
