//! The calls by which SAM CLI starts and moves the functions that it runs in containers, when it is told to use
//! an emulator of one's own (`DURABLE_EXECUTIONS_EXTERNAL_EMULATOR_PORT`).

use durable_service::model::Seconds;
use durable_service::{DurableSettings, FunctionSettings, ServiceError, StartRequest};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Api;
use super::answer::{self, Refusal};
use super::request::Call;
use crate::config::{Endpoint, SAM_FUNCTION};
use crate::http::Response;

/// What SAM CLI starts an execution with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartBody {
    function_name: Option<String>,
    function_qualifier: Option<String>,
    execution_name: Option<String>,
    execution_timeout_seconds: Option<u64>,
    execution_retention_period_days: Option<u32>,
    input: Option<Value>,
    lambda_endpoint: Option<String>,
}

/// Where SAM CLI says that the functions are now.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EndpointBody {
    endpoint_url: Option<String>,
}

impl Api {
    /// Starts an execution of a function that runs at a URL of its own.
    pub(super) async fn emulated_start(&self, call: &Call) -> Result<Response, Refusal> {
        let body: StartBody = read(&call.body)?;
        let function = body.function_name.as_deref().unwrap_or(SAM_FUNCTION);
        let endpoint = match &body.lambda_endpoint {
            Some(url) => Some(invocations_at(url, function)?),
            None => None,
        };
        let is_elsewhere = |it: &&std::sync::Arc<crate::process::Function>| it.is_elsewhere();
        let Some(served) = self.engine.fleet().function(function).filter(is_elsewhere) else {
            let message = format!(
                "Function not found: {function} is no function that another program runs; SAM CLI calls it \
                 {SAM_FUNCTION}, which `durable serve --sam` serves"
            );
            return Err(ServiceError::ResourceNotFound(message).into());
        };
        let timeout = body.execution_timeout_seconds.map(Seconds);
        let settings = FunctionSettings {
            durable: Some(DurableSettings {
                execution_timeout: timeout,
                retention_days: body.execution_retention_period_days,
            }),
        };
        let request = StartRequest {
            version: body
                .function_qualifier
                .unwrap_or_else(|| "$LATEST".to_owned()),
            name: body.execution_name.filter(|name| !name.is_empty()),
            execution_timeout: timeout,
            ..StartRequest::new(function, input(body.input))
        };
        let started = self.engine.call(|world, now| {
            world.service.register_function(function, settings);
            let started = world.service.start(now, request)?;
            // Under the lock: the driver must not invoke it before.
            if let Some(endpoint) = endpoint {
                served.move_to(Some(started.arn.clone()), endpoint);
            }
            Ok::<_, Refusal>(started.arn)
        });
        let arn = started.await??;
        let body = json!({"ExecutionArn": arn.as_str()});
        Ok(answer::json(StatusCode::CREATED, &body))
    }

    /// Moves all functions that other programs run to another URL.
    pub(super) fn emulated_endpoint(&self, call: &Call) -> Result<Response, Refusal> {
        let body: EndpointBody = read(&call.body)?;
        let url = body.endpoint_url.ok_or_else(|| {
            ServiceError::InvalidParameterValue("EndpointUrl is required".to_owned())
        })?;
        for function in self.engine.fleet().functions() {
            if function.is_elsewhere() {
                function.move_to(None, invocations_at(&url, &function.config().name)?);
            }
        }
        let body = json!({"message": "Lambda endpoint updated successfully"});
        Ok(answer::json(StatusCode::OK, &body))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::NotJson(error.to_string()))
}

/// The payload: SAM CLI sends the event as text, and other clients as JSON.
fn input(input: Option<Value>) -> String {
    match input {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    }
}

/// The URL that invokes a function of a Lambda endpoint.
fn invocations_at(url: &str, function: &str) -> Result<Endpoint, Refusal> {
    let base = url.trim_end_matches('/');
    let url = format!("{base}/2015-03-31/functions/{function}/invocations");
    let endpoint = url.parse();
    endpoint.map_err(|error: crate::config::EndpointError| {
        ServiceError::InvalidParameterValue(error.to_string()).into()
    })
}
