//! The calls of the API.

use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types as aws;
use durable_service::model::{CallbackCompletion, ErrorObject, Timestamp};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::connection::{Connection, timeouts, without_limit};
use crate::convert;
use crate::failure::Failure;
use crate::pages::{Body, MAX_PAGE_ITEMS, Pages};
use crate::values::{
    Answer, Description, ExecutionSummary, InvocationType, Invoke, Invoked, ListExecutions,
    Payloads,
};

/// A client of AWS Lambda's API of durable functions. It connects with the first call. Clones share
/// its connections.
///
/// The [crate](crate#example) has an example.
///
/// The open executions of a function, with their events, which are then stopped:
///
/// ```no_run
/// use durable_client::{Connection, DurableClient, Invoke, ListExecutions, Payloads};
/// use durable_service::model::ExecutionStatus;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = DurableClient::new(Connection::default());
/// client.invoke(Invoke::of("approval", "{}")).await?;
/// let open = ListExecutions {
///     function: "approval",
///     qualifier: None,
///     execution_name: None,
///     status: Some(ExecutionStatus::Running),
///     oldest_first: true,
///     limit: 100,
/// };
/// for execution in client.executions(open).await?.value {
///     let history = client.history(&execution.arn, Payloads::Included).await?;
///     for event in durable_client::events(&history)? {
///         println!("{} {}", event.timestamp, event.event_type());
///     }
///     client.stop(&execution.arn, None).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DurableClient(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connection: Connection,
    /// A failure is kept, too: a second search for credentials would fail as well, and it is slow.
    client: OnceCell<Result<Client, Failure>>,
}

/// Each call fails if there are no credentials, if the service cannot be reached, or if it refuses;
/// [`Failure`] says which.
impl DurableClient {
    /// A client that calls nothing yet.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(Arc::new(Shared {
            connection,
            client: OnceCell::new(),
        }))
    }

    /// The connection that it uses.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    async fn client(&self) -> Result<&Client, Failure> {
        let connect = || self.0.connection.connect();
        let client = self.0.client.get_or_init(connect).await;
        client.as_ref().map_err(Clone::clone)
    }

    /// `Invoke`. A function that fails is not an error here: see [`Invoked::function_error`].
    ///
    /// # Errors
    ///
    /// If the function cannot be invoked.
    pub async fn invoke(&self, request: Invoke<'_>) -> Result<Invoked, Failure> {
        let invocation_type = match request.invocation_type {
            InvocationType::RequestResponse => aws::InvocationType::RequestResponse,
            InvocationType::Event => aws::InvocationType::Event,
        };
        let call = self.client().await?.invoke();
        let output = call
            .function_name(request.function)
            .set_qualifier(request.qualifier.map(str::to_owned))
            .set_durable_execution_name(request.execution_name.map(str::to_owned))
            .invocation_type(invocation_type)
            .payload(Blob::new(request.payload));
        let output = match request.invocation_type {
            InvocationType::Event => output.send().await?,
            InvocationType::RequestResponse => {
                let limit = self.connection().policy.invocation_limit();
                let settings = aws_sdk_lambda::config::Builder::new();
                let settings = settings.timeout_config(timeouts(limit));
                output.customize().config_override(settings).send().await?
            }
        };
        Ok(convert::invoked(output))
    }

    /// `GetDurableExecution`.
    ///
    /// # Errors
    ///
    /// If the execution cannot be read, or has a status that this version does not know.
    pub async fn describe(
        &self,
        arn: &str,
        payloads: Payloads,
    ) -> Result<Answer<Description>, Failure> {
        let body = Body::default();
        let call = self.client().await?.get_durable_execution();
        let output = call
            .durable_execution_arn(arn)
            .include_execution_data(payloads == Payloads::Included)
            .customize()
            .interceptor(body.clone())
            .send()
            .await?;
        Ok(Answer {
            value: convert::description(output)?,
            json: body.json()?,
        })
    }

    /// `ListDurableExecutionsByFunction`, page after page. The JSON is one page of all executions.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    pub async fn executions(
        &self,
        request: ListExecutions<'_>,
    ) -> Result<Answer<Vec<ExecutionSummary>>, Failure> {
        const LIST: &str = "DurableExecutions";
        let statuses = request.status.map(|status| vec![status.as_str().into()]);
        let client = self.client().await?;
        let mut pages = Pages::of("the executions");
        let mut executions = Vec::new();
        let mut items = Vec::new();
        while executions.len() < request.limit {
            let rest = request.limit - executions.len();
            let rest = i32::try_from(rest).unwrap_or(MAX_PAGE_ITEMS);
            let body = Body::default();
            let page = client
                .list_durable_executions_by_function()
                .function_name(request.function)
                .set_qualifier(request.qualifier.map(str::to_owned))
                .set_durable_execution_name(request.execution_name.map(str::to_owned))
                .set_statuses(statuses.clone())
                .reverse_order(request.oldest_first)
                .max_items(rest.min(MAX_PAGE_ITEMS))
                .set_marker(pages.marker())
                .customize()
                .interceptor(body.clone())
                .send()
                .await?;
            items.append(&mut body.items(LIST)?);
            let page_executions = page.durable_executions.unwrap_or_default();
            executions.extend(page_executions.into_iter().map(convert::summary));
            if !pages.turn(page.next_marker)? {
                break;
            }
        }
        executions.truncate(request.limit);
        items.truncate(request.limit);
        Ok(Answer {
            value: executions,
            json: json!({LIST: items}),
        })
    }

    /// `GetDurableExecutionHistory`, page after page: all events, the oldest first, in the API's JSON.
    /// [`events`](crate::events) reads them.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub async fn history(&self, arn: &str, payloads: Payloads) -> Result<Vec<Value>, Failure> {
        let client = self.client().await?;
        let mut pages = Pages::of("the history");
        let mut events = Vec::new();
        loop {
            let body = Body::default();
            let page = client
                .get_durable_execution_history()
                .durable_execution_arn(arn)
                .include_execution_data(payloads == Payloads::Included)
                .max_items(MAX_PAGE_ITEMS)
                .set_marker(pages.marker())
                .customize()
                .interceptor(body.clone())
                .send()
                .await?;
            events.append(&mut body.items("Events")?);
            if !pages.turn(page.next_marker)? {
                return Ok(events);
            }
        }
    }

    /// What the invocations of an execution wrote, in the JSON of the server: a call that `durable serve` has and
    /// AWS has not.
    ///
    /// # Errors
    ///
    /// If the service has no such call, or no such execution.
    pub async fn logs(&self, arn: &str) -> Result<Value, Failure> {
        let body = Body::default();
        let call = self.client().await?.get_durable_execution_history();
        // The AWS client has no such call, so it makes one beside it.
        call.durable_execution_arn(arn)
            .customize()
            .mutate_request(|request| {
                let path = request.uri().split('?').next().unwrap_or_default();
                let logs = path
                    .strip_suffix("/history")
                    .map(|path| format!("{path}/logs"));
                if let Some(logs) = logs {
                    // It differs in its last word alone, so it is a URI.
                    let _ = request.set_uri(logs);
                }
            })
            .interceptor(body.clone())
            .send()
            .await?;
        body.json()
    }

    /// What a server of this project finds when it replays the executions of a function on the function's present
    /// program, in its own JSON: all executions or the open ones alone, and the newest so many. It may take long. AWS
    /// has no such call.
    ///
    /// # Errors
    ///
    /// If the service has no such call or no such function, or the program cannot be started.
    pub async fn replay_check(
        &self,
        function: &str,
        open: bool,
        limit: Option<usize>,
    ) -> Result<Value, Failure> {
        let body = Body::default();
        let settings = aws_sdk_lambda::config::Builder::new()
            .timeout_config(without_limit())
            .retry_config(RetryConfig::disabled());
        let call = self.client().await?.list_durable_executions_by_function();
        // The AWS client has no such call, so it makes one beside it.
        call.function_name(function)
            .customize()
            .config_override(settings)
            .mutate_request(move |request| {
                if let Some(uri) = replay_uri(request.uri(), open, limit) {
                    // It consists of parts of a URI, so it is one, as POST is a method.
                    let _ = request.set_uri(uri);
                    let _ = request.set_method("POST");
                }
            })
            .interceptor(body.clone())
            .send()
            .await?;
        body.json()
    }

    /// `SendDurableExecutionCallbackSuccess` or `SendDurableExecutionCallbackFailure`. Returns the
    /// answer's JSON.
    ///
    /// # Errors
    ///
    /// If the callback does not accept a completion any more.
    pub async fn complete_callback(
        &self,
        id: &str,
        completion: CallbackCompletion,
    ) -> Result<Value, Failure> {
        let client = self.client().await?;
        let body = Body::default();
        match completion {
            CallbackCompletion::Success(result) => {
                let call = client.send_durable_execution_callback_success();
                call.callback_id(id)
                    .set_result(result.map(Blob::new))
                    .customize()
                    .interceptor(body.clone())
                    .send()
                    .await?;
            }
            CallbackCompletion::Failure(error) => {
                let call = client.send_durable_execution_callback_failure();
                call.callback_id(id)
                    .error(convert::to_aws_error(error))
                    .customize()
                    .interceptor(body.clone())
                    .send()
                    .await?;
            }
        }
        body.json()
    }

    /// `SendDurableExecutionCallbackHeartbeat`. Returns the answer's JSON.
    ///
    /// # Errors
    ///
    /// If the callback does not accept a heartbeat any more.
    pub async fn heartbeat(&self, id: &str) -> Result<Value, Failure> {
        let body = Body::default();
        let call = self.client().await?;
        call.send_durable_execution_callback_heartbeat()
            .callback_id(id)
            .customize()
            .interceptor(body.clone())
            .send()
            .await?;
        body.json()
    }

    /// `StopDurableExecution`, with the error for the execution. Returns the time when it stopped.
    /// An execution that has ended stays as it is.
    ///
    /// # Errors
    ///
    /// If it cannot be stopped.
    pub async fn stop(
        &self,
        arn: &str,
        error: Option<ErrorObject>,
    ) -> Result<Answer<Timestamp>, Failure> {
        let body = Body::default();
        let call = self.client().await?.stop_durable_execution();
        let output = call
            .durable_execution_arn(arn)
            .set_error(error.map(convert::to_aws_error))
            .customize()
            .interceptor(body.clone())
            .send()
            .await?;
        Ok(Answer {
            value: convert::timestamp(output.stop_timestamp),
            json: body.json()?,
        })
    }
}

/// The URI of a replay check, from that of the list of a function's executions.
fn replay_uri(listing: &str, open: bool, limit: Option<usize>) -> Option<String> {
    let path = listing.split('?').next()?;
    let (base, function) = path
        .strip_suffix("/durable-executions")?
        .split_once("/2025-12-01/functions/")?;
    let limit = limit.map_or_else(String::new, |limit| format!("&Limit={limit}"));
    Some(format!("{base}/replay-check/{function}?Open={open}{limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_check_is_called_where_executions_are_listed() {
        let listing =
            "https://host:1/prefix/2025-12-01/functions/a%3Ab/durable-executions?MaxItems=1";
        assert_eq!(
            replay_uri(listing, true, Some(5)).as_deref(),
            Some("https://host:1/prefix/replay-check/a%3Ab?Open=true&Limit=5")
        );
        assert_eq!(replay_uri("https://host/", false, None), None);
    }
}
