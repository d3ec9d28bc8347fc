//! The calls of the API that commands make.
//!
//! An answer comes in two forms: typed, and as the JSON that the service sent, which holds what this
//! version's types do not know.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::get_durable_execution::GetDurableExecutionOutput;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::operation::list_durable_executions_by_function::ListDurableExecutionsByFunctionOutput;
use aws_sdk_lambda::operation::stop_durable_execution::StopDurableExecutionOutput;
use aws_sdk_lambda::types::{ErrorObject, ExecutionStatus, InvocationType};
use aws_smithy_types::Blob;
use serde_json::{Value, json};

use super::connection::Connection;
use super::error::CliError;

/// The most items that the service gives on a page.
const MOST_ITEMS: i32 = 1000;

/// The service, as commands call it. It makes one call at a time.
pub(super) struct Api {
    client: Client,
    endpoint: Option<String>,
    body: LastBody,
}

/// What a call was answered.
pub(super) struct Answer<T> {
    /// As the SDK reads it.
    pub(super) output: T,
    /// As the service sent it.
    pub(super) json: Value,
}

/// An invocation to make.
pub(super) struct InvokeRequest<'a> {
    pub(super) function: &'a str,
    pub(super) qualifier: Option<&'a str>,
    pub(super) execution_name: Option<&'a str>,
    pub(super) invocation_type: InvocationType,
    pub(super) payload: String,
}

/// Which executions to list.
pub(super) struct ListRequest<'a> {
    pub(super) function: &'a str,
    pub(super) qualifier: Option<&'a str>,
    pub(super) execution_name: Option<&'a str>,
    pub(super) status: Option<ExecutionStatus>,
    pub(super) oldest_first: bool,
    pub(super) most: usize,
}

impl Api {
    pub(super) async fn connect(connection: &Connection) -> Self {
        let body = LastBody::default();
        let settings = connection.client_settings().await;
        Self {
            client: Client::from_conf(settings.interceptor(body.clone()).build()),
            endpoint: connection.endpoint().map(str::to_owned),
            body,
        }
    }

    pub(super) async fn invoke(
        &self,
        request: InvokeRequest<'_>,
    ) -> Result<InvokeOutput, CliError> {
        let sent = self
            .client
            .invoke()
            .function_name(request.function)
            .set_qualifier(request.qualifier.map(str::to_owned))
            .set_durable_execution_name(request.execution_name.map(str::to_owned))
            .invocation_type(request.invocation_type)
            .payload(Blob::new(request.payload))
            .send()
            .await;
        self.output("Invoke", sent)
    }

    pub(super) async fn execution(
        &self,
        arn: &str,
    ) -> Result<Answer<GetDurableExecutionOutput>, CliError> {
        let sent = self
            .client
            .get_durable_execution()
            .durable_execution_arn(arn)
            .include_execution_data(true)
            .send()
            .await;
        self.answer("GetDurableExecution", sent)
    }

    /// The first so many executions of a function; the JSON is one page of them all.
    pub(super) async fn executions(
        &self,
        request: ListRequest<'_>,
    ) -> Result<Answer<ListDurableExecutionsByFunctionOutput>, CliError> {
        const CALL: &str = "ListDurableExecutionsByFunction";
        let mut executions = Vec::new();
        let mut items = Vec::new();
        let mut marker = None;
        while executions.len() < request.most {
            let rest = i32::try_from(request.most - executions.len()).unwrap_or(MOST_ITEMS);
            let sent = self
                .client
                .list_durable_executions_by_function()
                .function_name(request.function)
                .set_qualifier(request.qualifier.map(str::to_owned))
                .set_durable_execution_name(request.execution_name.map(str::to_owned))
                .set_statuses(request.status.clone().map(|status| vec![status]))
                .reverse_order(request.oldest_first)
                .max_items(rest.min(MOST_ITEMS))
                .set_marker(marker)
                .send()
                .await;
            let page = self.answer(CALL, sent)?;
            items.extend(list(&page.json, "DurableExecutions", CALL)?);
            executions.extend(page.output.durable_executions.unwrap_or_default());
            marker = page.output.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                break;
            }
        }
        executions.truncate(request.most);
        items.truncate(request.most);
        let output = ListDurableExecutionsByFunctionOutput::builder()
            .set_durable_executions(Some(executions))
            .build();
        Ok(Answer {
            output,
            json: json!({"DurableExecutions": items}),
        })
    }

    /// All events of an execution with their payloads, oldest first, in the API's JSON.
    pub(super) async fn events(&self, arn: &str) -> Result<Vec<Value>, CliError> {
        const CALL: &str = "GetDurableExecutionHistory";
        let mut events = Vec::new();
        let mut marker = None;
        loop {
            let sent = self
                .client
                .get_durable_execution_history()
                .durable_execution_arn(arn)
                .include_execution_data(true)
                .max_items(MOST_ITEMS)
                .set_marker(marker)
                .send()
                .await;
            let page = self.answer(CALL, sent)?;
            events.extend(list(&page.json, "Events", CALL)?);
            marker = page.output.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(events);
            }
        }
    }

    pub(super) async fn succeed_callback(
        &self,
        id: &str,
        result: Option<String>,
    ) -> Result<Value, CliError> {
        let sent = self
            .client
            .send_durable_execution_callback_success()
            .callback_id(id)
            .set_result(result.map(Blob::new))
            .send()
            .await;
        Ok(self
            .answer("SendDurableExecutionCallbackSuccess", sent)?
            .json)
    }

    pub(super) async fn fail_callback(
        &self,
        id: &str,
        error: ErrorObject,
    ) -> Result<Value, CliError> {
        let sent = self
            .client
            .send_durable_execution_callback_failure()
            .callback_id(id)
            .error(error)
            .send()
            .await;
        Ok(self
            .answer("SendDurableExecutionCallbackFailure", sent)?
            .json)
    }

    pub(super) async fn keep_callback_alive(&self, id: &str) -> Result<Value, CliError> {
        let sent = self
            .client
            .send_durable_execution_callback_heartbeat()
            .callback_id(id)
            .send()
            .await;
        Ok(self
            .answer("SendDurableExecutionCallbackHeartbeat", sent)?
            .json)
    }

    pub(super) async fn stop(
        &self,
        arn: &str,
        error: Option<ErrorObject>,
    ) -> Result<Answer<StopDurableExecutionOutput>, CliError> {
        let sent = self
            .client
            .stop_durable_execution()
            .durable_execution_arn(arn)
            .set_error(error)
            .send()
            .await;
        self.answer("StopDurableExecution", sent)
    }

    fn answer<T, E>(
        &self,
        call: &'static str,
        sent: Result<T, SdkError<E>>,
    ) -> Result<Answer<T>, CliError>
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let output = self.output(call, sent)?;
        let body = self.body.take();
        let json = if body.is_empty() {
            json!({})
        } else {
            serde_json::from_slice(&body).map_err(|error| CliError::Answer {
                call,
                reason: error.to_string(),
            })?
        };
        Ok(Answer { output, json })
    }

    fn output<T, E>(&self, call: &'static str, sent: Result<T, SdkError<E>>) -> Result<T, CliError>
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        sent.map_err(|error| match error {
            SdkError::ServiceError(refusal) => {
                let status = refusal.raw().status();
                let error = refusal.err();
                let code = error.code();
                CliError::Refused {
                    call,
                    code: code.map_or_else(|| format!("HTTP status {status}"), str::to_owned),
                    message: error.message().unwrap_or("no message").to_owned(),
                    way_out: way_out(
                        call,
                        code.unwrap_or_default(),
                        error.message().unwrap_or_default(),
                    ),
                }
            }
            SdkError::DispatchFailure(failure) if failure.is_io() => CliError::Unreachable {
                endpoint: self.endpoint.clone().unwrap_or_else(|| "AWS".to_owned()),
                reason: failure
                    .as_connector_error()
                    .map_or_else(|| "no connection".to_owned(), |error| root_cause(error)),
            },
            other => CliError::Call {
                call,
                reason: root_cause(&other),
            },
        })
    }
}

/// A list in the API's JSON.
fn list(json: &Value, member: &str, call: &'static str) -> Result<Vec<Value>, CliError> {
    match json.get(member).and_then(Value::as_array) {
        Some(items) => Ok(items.clone()),
        None => Err(CliError::Answer {
            call,
            reason: format!("it has no list \"{member}\""),
        }),
    }
}

/// What to do about a refusal, where its message does not say it.
fn way_out(call: &str, code: &str, message: &str) -> &'static str {
    match (call, code) {
        ("Invoke" | "ListDurableExecutionsByFunction", "ResourceNotFoundException") => {
            ". The local server knows the functions of its --functions or --template"
        }
        ("Invoke", "InvalidParameterValueException")
            if message.contains("cannot synchronously invoke") =>
        {
            " --event starts it, and --wait waits for its end all the same"
        }
        (_, "ResourceNotFoundException") => {
            ". `durable executions NAME` lists the executions of a function with their ARNs"
        }
        (_, "DurableExecutionAlreadyStartedException") => {
            ". Choose another --name, or send the payload that it was started with"
        }
        (
            _,
            "UnrecognizedClientException"
            | "ExpiredTokenException"
            | "InvalidSignatureException"
            | "AccessDeniedException",
        ) => ". Check the AWS credentials; --profile chooses others",
        _ => "",
    }
}

/// What lies at the bottom of an error.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Keeps the body of the last answer.
#[derive(Debug, Clone, Default)]
struct LastBody(Arc<Mutex<Vec<u8>>>);

impl LastBody {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for LastBody {
    fn name(&self) -> &'static str {
        "LastBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body.to_vec();
        Ok(())
    }
}
