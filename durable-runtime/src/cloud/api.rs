//! The calls of AWS's API that the cloud mode makes, and what they answer.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use aws_sdk_lambda::types as aws;
use aws_smithy_types::{Blob, DateTime};
use durable_service::model::{CallbackCompletion, ErrorObject, Event, ExecutionStatus, Timestamp};
use durable_service::wire::read;
use serde_json::Value;

use super::client::SharedClient;
use super::error::{CallbackAct, bare_name};
use super::pace::Pace;
use super::{CloudError, Failure, FailureKind};
use crate::aws_error::{from_aws, to_aws};

/// Most events of a page; the service's own limit.
const PAGE: i32 = 1_000;

/// The calls, on the client of an endpoint.
#[derive(Debug, Clone)]
pub(super) struct Api(pub(super) Arc<SharedClient>);

/// What `GetDurableExecution` answers.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) name: String,
    pub(super) function: String,
    pub(super) status: ExecutionStatus,
    pub(super) result: Option<String>,
    pub(super) error: Option<ErrorObject>,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
}

/// Whether inputs, results and errors are read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payloads {
    Included,
    LeftOut,
}

impl Api {
    pub(super) fn pace(&self) -> Pace {
        self.0.pace()
    }

    /// Starts an execution of that name, or finds the one that an earlier try of this call started;
    /// its ARN.
    pub(super) async fn invoke(
        &self,
        function: &str,
        input: String,
        name: String,
    ) -> Result<String, CloudError> {
        let call = async {
            let call = self.0.get().await?.invoke();
            let answer = call
                .function_name(function)
                .invocation_type(aws::InvocationType::Event)
                .durable_execution_name(name)
                .payload(Blob::new(input))
                .send()
                .await?;
            Ok(answer)
        };
        let answer = call.await.map_err(|failure| CloudError::Invoke {
            function: function.to_owned(),
            failure: Box::new(failure),
            place: self.0.place(),
        })?;
        if let Some(kind) = answer.function_error {
            let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
            return Err(CloudError::FunctionFailed {
                function: function.to_owned(),
                message: function_error(&kind, &payload),
            });
        }
        answer
            .durable_execution_arn
            .ok_or_else(|| CloudError::NotDurable {
                function: function.to_owned(),
            })
    }

    /// Where an execution stands.
    pub(super) async fn describe(
        &self,
        arn: &str,
        payloads: Payloads,
    ) -> Result<Description, CloudError> {
        let call = async {
            let call = self.0.get().await?.get_durable_execution();
            let answer = call
                .durable_execution_arn(arn)
                .include_execution_data(payloads == Payloads::Included)
                .send()
                .await?;
            let status = answer.status.as_str().parse().map_err(|_| {
                let status = answer.status.as_str();
                Failure::new(
                    FailureKind::Refused,
                    format!("it has the status {status}, which this version does not know"),
                )
            })?;
            Ok(Description {
                name: answer.durable_execution_name,
                function: bare_name(&answer.function_arn).to_owned(),
                status,
                result: answer.result,
                error: answer.error.map(from_aws),
                started_at: timestamp(answer.start_timestamp),
                ended_at: answer.end_timestamp.map(timestamp),
            })
        };
        call.await.map_err(|failure| self.status(arn, failure))
    }

    /// The whole history of an execution.
    pub(super) async fn history(
        &self,
        arn: &str,
        payloads: Payloads,
    ) -> Result<Vec<Event>, CloudError> {
        let read = async {
            let client = self.0.get().await?;
            let mut events = Vec::new();
            let mut marker: Option<String> = None;
            loop {
                let next = read_page(client, arn, payloads, marker.clone(), &mut events).await?;
                match next {
                    None => return Ok(events),
                    same if same == marker => {
                        let text = "the service gives the same page of the history again and again";
                        return Err(Failure::new(FailureKind::Refused, text));
                    }
                    next => marker = next,
                }
            }
        };
        read.await.map_err(|failure| self.status(arn, failure))
    }

    fn status(&self, arn: &str, failure: Failure) -> CloudError {
        CloudError::Status {
            arn: arn.to_owned(),
            failure: Box::new(failure),
            place: self.0.place(),
        }
    }

    pub(super) async fn stop(&self, arn: &str, error: ErrorObject) -> Result<(), CloudError> {
        let call = async {
            let call = self.0.get().await?.stop_durable_execution();
            call.durable_execution_arn(arn)
                .error(to_aws(error))
                .send()
                .await?;
            Ok(())
        };
        call.await.map_err(|failure| CloudError::Stop {
            arn: arn.to_owned(),
            failure: Box::new(failure),
            place: self.0.place(),
        })
    }

    pub(super) async fn complete_callback(
        &self,
        id: &str,
        completion: CallbackCompletion,
    ) -> Result<(), CloudError> {
        let act = match &completion {
            CallbackCompletion::Success(_) => CallbackAct::Succeed,
            CallbackCompletion::Failure(_) => CallbackAct::Fail,
        };
        let call = async {
            let client = self.0.get().await?;
            match completion {
                CallbackCompletion::Success(result) => {
                    let call = client.send_durable_execution_callback_success();
                    call.callback_id(id)
                        .set_result(result.map(Blob::new))
                        .send()
                        .await?;
                }
                CallbackCompletion::Failure(error) => {
                    let call = client.send_durable_execution_callback_failure();
                    call.callback_id(id).error(to_aws(error)).send().await?;
                }
            }
            Ok(())
        };
        call.await
            .map_err(|failure| self.callback(act, id, failure))
    }

    pub(super) async fn heartbeat(&self, id: &str) -> Result<(), CloudError> {
        let call = async {
            let call = self
                .0
                .get()
                .await?
                .send_durable_execution_callback_heartbeat();
            call.callback_id(id).send().await?;
            Ok(())
        };
        call.await
            .map_err(|failure| self.callback(CallbackAct::Heartbeat, id, failure))
    }

    fn callback(&self, act: CallbackAct, id: &str, failure: Failure) -> CloudError {
        CloudError::Callback {
            act,
            callback_id: id.to_owned(),
            failure: Box::new(failure),
            place: self.0.place(),
        }
    }
}

/// Reads a page of a history and gives the marker of the next, if there is one.
async fn read_page(
    client: &Client,
    arn: &str,
    payloads: Payloads,
    marker: Option<String>,
    events: &mut Vec<Event>,
) -> Result<Option<String>, Failure> {
    let body = Body::default();
    let answer = client
        .get_durable_execution_history()
        .durable_execution_arn(arn)
        .include_execution_data(payloads == Payloads::Included)
        .max_items(PAGE)
        .set_marker(marker)
        .customize()
        .interceptor(body.clone())
        .send()
        .await?;
    events.append(&mut body.events()?);
    Ok(answer.next_marker.filter(|marker| !marker.is_empty()))
}

/// The body of an answer as it came. The client's own types leave out what they do not know, and a
/// history may hold events that are newer than they are.
#[derive(Debug, Clone, Default)]
struct Body(Arc<Mutex<Vec<u8>>>);

impl Intercept for Body {
    fn name(&self) -> &'static str {
        "KeepBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        Ok(())
    }
}

impl Body {
    fn events(&self) -> Result<Vec<Event>, Failure> {
        let unreadable = |reason: String| {
            Failure::new(
                FailureKind::Server,
                format!("the history cannot be read: {reason}"),
            )
        };
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let body: Value =
            serde_json::from_slice(&body).map_err(|error| unreadable(error.to_string()))?;
        let events = body.get("Events").and_then(Value::as_array);
        let events = events.ok_or_else(|| unreadable("it has no Events".to_owned()))?;
        events
            .iter()
            .map(|event| read::event(event).map_err(|error| unreadable(error.to_string())))
            .collect()
    }
}

/// The error of a function, from the answer of its invocation.
fn function_error(kind: &str, payload: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(payload) else {
        return format!("{kind}: {}", String::from_utf8_lossy(payload));
    };
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    let error = ErrorObject {
        error_type: text("errorType").map(str::to_owned),
        error_message: text("errorMessage").map(str::to_owned),
        ..ErrorObject::default()
    };
    if error == ErrorObject::default() {
        return format!("{kind}: {value}");
    }
    error.to_string()
}

/// The time to the nearest millisecond: as a number of seconds it came with a fraction that no binary
/// number has exactly.
fn timestamp(time: DateTime) -> Timestamp {
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
}
