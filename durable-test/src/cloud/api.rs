//! The calls of AWS's API that cloud mode makes, with failures as errors of a test.

use durable_client::{
    CallPolicy, Connection, Description, DurableClient, Endpoint, Failure, FailureKind,
    InvocationType, Invoke, Location, Payloads,
};
use durable_runtime::mode::CloudSettings;
use durable_service::model::{CallbackCompletion, ErrorObject, Event};
use parking_lot::Mutex;
use serde_json::Value;

use super::CloudError;
use super::error::CallbackAct;
use super::pace::Pace;

/// The API of a service. Clones share the connections of one client.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: DurableClient,
    location: Location,
}

impl Api {
    /// The API at the settings' Region and endpoint, with the client that the process has for them.
    pub(super) fn of(settings: &CloudSettings) -> Self {
        static CLIENTS: Mutex<Vec<Api>> = Mutex::new(Vec::new());
        let location = Location {
            region: settings.region.clone(),
            endpoint: settings.endpoint.as_ref().map(ToString::to_string),
        };
        let mut clients = CLIENTS.lock();
        if let Some(api) = clients.iter().find(|api| api.location == location) {
            return api.clone();
        }
        let client = DurableClient::new(Connection {
            region: Some(location.region.clone()),
            endpoint: location
                .endpoint
                .clone()
                .map_or(Endpoint::Configured, Endpoint::Url),
            profile: None,
            policy: CallPolicy::Unattended,
            attempt_timeout: None,
        });
        let api = Self { client, location };
        clients.push(api.clone());
        api
    }

    /// How often to poll.
    pub(super) fn pace(&self) -> Pace {
        if self.client.connection().is_loopback() {
            Pace::LOOPBACK
        } else {
            Pace::AWS
        }
    }

    /// Starts an execution of that name, or finds the one that an earlier try of this call started.
    /// Returns its ARN.
    pub(super) async fn invoke(
        &self,
        function: &str,
        input: String,
        name: &str,
    ) -> Result<String, CloudError> {
        let request = Invoke {
            execution_name: Some(name),
            invocation_type: InvocationType::Event,
            ..Invoke::of(function, input)
        };
        let invoked = self.client.invoke(request).await;
        let invoked = invoked.map_err(|failure| CloudError::Invoke {
            function: function.to_owned(),
            failure: Box::new(failure),
            location: self.location.clone(),
        })?;
        if let Some(kind) = invoked.function_error {
            return Err(CloudError::FunctionFailed {
                function: function.to_owned(),
                message: function_error(&kind, &invoked.payload),
            });
        }
        invoked
            .durable_execution_arn
            .ok_or_else(|| CloudError::NotDurable {
                function: function.to_owned(),
            })
    }

    /// The state of an execution.
    pub(super) async fn describe(
        &self,
        arn: &str,
        payloads: Payloads,
    ) -> Result<Description, CloudError> {
        let described = self.client.describe(arn, payloads).await;
        described
            .map(|answer| answer.value)
            .map_err(|failure| self.status(arn, failure))
    }

    /// The whole history of an execution.
    pub(super) async fn history(
        &self,
        arn: &str,
        payloads: Payloads,
    ) -> Result<Vec<Event>, CloudError> {
        let read = async {
            let json = self.client.history(arn, payloads).await?;
            let events = durable_client::events(&json);
            events.map_err(|error| Failure::new(FailureKind::Malformed, error.source.to_string()))
        };
        read.await.map_err(|mut failure: Failure| {
            if failure.kind == FailureKind::Malformed {
                failure.message = format!("the history cannot be read: {}", failure.message);
            }
            self.status(arn, failure)
        })
    }

    fn status(&self, arn: &str, failure: Failure) -> CloudError {
        CloudError::Status {
            arn: arn.to_owned(),
            failure: Box::new(failure),
            location: self.location.clone(),
        }
    }

    pub(super) async fn stop(&self, arn: &str, error: ErrorObject) -> Result<(), CloudError> {
        let stopped = self.client.stop(arn, Some(error)).await;
        stopped.map(|_| ()).map_err(|failure| CloudError::Stop {
            arn: arn.to_owned(),
            failure: Box::new(failure),
            location: self.location.clone(),
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
        let completed = self.client.complete_callback(id, completion).await;
        self.callback(act, id, completed)
    }

    pub(super) async fn heartbeat(&self, id: &str) -> Result<(), CloudError> {
        let sent = self.client.heartbeat(id).await;
        self.callback(CallbackAct::Heartbeat, id, sent)
    }

    fn callback(
        &self,
        act: CallbackAct,
        id: &str,
        done: Result<Value, Failure>,
    ) -> Result<(), CloudError> {
        done.map(|_| ()).map_err(|failure| CloudError::Callback {
            act,
            callback_id: id.to_owned(),
            failure: Box::new(failure),
            location: self.location.clone(),
        })
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
