//! What the SDK sends, as it leaves its client: the frames are left out before the service sees them.

use std::sync::Arc;

use aws_sdk_lambda::config::http::{HttpRequest, HttpResponse};
use aws_sdk_lambda::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_types::body::SdkBody;
use durable_runtime::IntoService as _;
use durable_runtime::sdk::builders::map_parallel::CompletionConfig;
use durable_runtime::sdk::lambda_runtime::{Context, LambdaEvent};
use durable_runtime::sdk::{BoxError, Branch, DurableContext, LambdaClient, Options};
use durable_service::model::{ErrorObject, OperationAction, OperationUpdate};
use durable_service::wire::rest;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{decline, stop};
use crate::sdk::stack_traces::{
    DATA, KEYS, are_stack_frames, drop_from_response, drop_from_text, drop_from_update,
};

/// Keeps the bodies of all requests, and answers each with the next token.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Vec<u8>>>>);

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default().to_vec();
        self.0.lock().push(body);
        let answer = json!({"CheckpointToken": "next"}).to_string();
        let response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(answer));
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// A combinator that fails, with all that its input failed with as the data of its error.
async fn select(ctx: DurableContext) -> Result<u32, BoxError> {
    let step = ctx.step(decline).retry_strategy(stop);
    Ok(ctx.select_ok([step.future()]).name("select").await?)
}

async fn workflow((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    let _ = ctx.step(decline).name("step").retry_strategy(stop).await;
    let tolerant = CompletionConfig::with_tolerated_failure_count(1);
    ctx.map([1], |ctx, _: u32, _| select(ctx))
        .name("map")
        .completion(tolerant.clone())
        .await_batch()
        .await?;
    ctx.parallel([Branch::new("branch", select)])
        .name("parallel")
        .completion(tolerant)
        .await_batch()
        .await?;
    let input = ctx.run_in_child_context(select).future();
    ctx.join_all([input]).name("join").await?;
    select(ctx).await
}

/// The updates that the SDK sends, and the function's response.
fn sent() -> (Vec<OperationUpdate>, Value) {
    let recorder = Recorder::default();
    let connector = recorder.clone();
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url("http://durable.invalid")
        .allow_no_auth()
        .http_client(http_client_fn(move |_, _| {
            SharedHttpConnector::new(connector.clone())
        }))
        .build();
    let options = Options::builder()
        .lambda_client(LambdaClient::from_conf(config))
        .build()
        .unwrap();
    let payload = json!({
        "DurableExecutionArn": "arn",
        "CheckpointToken": "first",
        "InitialExecutionState": {"Operations": [
            {"Id": "0", "Type": "EXECUTION", "ExecutionDetails": {"InputPayload": "null"}},
        ]},
    });
    let event = LambdaEvent::new(serde_json::from_value(payload).unwrap(), Context::default());
    let response = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(workflow.into_service(options)(event))
        .unwrap();
    let bodies = recorder.0.lock();
    let requests = bodies
        .iter()
        .map(|body| rest::checkpoint_request(body).unwrap());
    let updates = requests.flat_map(|request| request.updates).collect();
    (updates, serde_json::to_value(&response).unwrap())
}

/// The last update of the operation of that name, which ends it.
fn end(updates: &[OperationUpdate], name: &str) -> OperationUpdate {
    let mut updates = updates.iter();
    let end = updates.rfind(|update| update.name.as_deref() == Some(name));
    end.unwrap().clone()
}

fn has_frames(frames: &[String]) -> bool {
    let frames: Vec<Value> = frames.iter().cloned().map(Value::String).collect();
    are_stack_frames(&frames)
}

fn error(update: &OperationUpdate) -> &ErrorObject {
    update.error.as_ref().unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Asserts that a record of a failed branch holds frames beside its error type, and that its data holds
/// those of its own branches; and that none of them is kept.
fn assert_dropped(payload: &str, branch: &str, (frames, error_type): (&str, &str), data: &str) {
    let record = parsed(payload);
    let record = record.pointer(branch).unwrap();
    assert!(
        are_stack_frames(record[frames].as_array().unwrap()),
        "{record}"
    );
    assert!(record[error_type].is_string(), "{record}");
    let nested = parsed(record[data].as_str().unwrap());
    assert!(
        are_stack_frames(nested[0]["stack_trace"].as_array().unwrap()),
        "{nested}"
    );

    let mut payload = payload.to_owned();
    drop_from_text(&mut payload);
    let record = parsed(&payload);
    let record = record.pointer(branch).unwrap();
    assert_eq!(record[frames], json!([]));
    let nested = parsed(record[data].as_str().unwrap());
    assert_eq!(nested[0]["stack_trace"], json!([]));
}

#[test]
fn the_error_of_a_step_holds_frames() {
    let mut step = end(&sent().0, "step");
    assert_eq!(step.action, OperationAction::Fail);
    assert!(has_frames(&error(&step).stack_trace), "{step:?}");
    drop_from_update(&mut step);
    assert!(error(&step).stack_trace.is_empty());
}

#[test]
fn the_records_of_maps_and_parallels_hold_frames() {
    let (updates, _) = sent();
    for name in ["map", "parallel"] {
        let payload = end(&updates, name).payload.unwrap();
        assert_dropped(&payload, "/results/0", KEYS[1], DATA[1]);
    }
}

#[test]
fn the_record_of_a_join_holds_frames() {
    let payload = end(&sent().0, "join").payload.unwrap();
    assert_dropped(&payload, "/0", KEYS[0], DATA[0]);
}

#[test]
fn the_data_of_a_combinators_error_holds_frames() {
    let mut select = end(&sent().0, "select");
    let data = parsed(error(&select).error_data.as_ref().unwrap());
    let (frames, error_type) = KEYS[0];
    assert!(
        are_stack_frames(data[0][frames].as_array().unwrap()),
        "{data}"
    );
    assert!(data[0][error_type].is_string(), "{data}");
    drop_from_update(&mut select);
    let data = parsed(error(&select).error_data.as_ref().unwrap());
    assert_eq!(data[0][frames], json!([]));
}

#[test]
fn the_response_of_a_failed_handler_holds_frames() {
    let (_, mut response) = sent();
    let frames = response.pointer("/Error/StackTrace").unwrap();
    assert!(are_stack_frames(frames.as_array().unwrap()), "{response}");
    drop_from_response(&mut response);
    assert_eq!(response.pointer("/Error/StackTrace"), None);
    let data = parsed(
        response
            .pointer("/Error/ErrorData")
            .unwrap()
            .as_str()
            .unwrap(),
    );
    assert_eq!(data[0]["stack_trace"], json!([]));
}
