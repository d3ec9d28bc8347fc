//! One invocation of a handler, as Lambda makes it: an event in, a response or a failure out.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

use durable_service::model::{ErrorObject, ExecutionArn, Timestamp};
use durable_service::wire::event::invocation_event;
use durable_service::{InvocationInput, InvocationOutcome};

use super::stack_trace;
use crate::registry::BoxedService;
use crate::sdk::InvocationPayload;
use crate::sdk::lambda_runtime::{Context, Diagnostic, LambdaEvent};

/// The longest that one invocation may take on Lambda; its deadline says so.
const FUNCTION_TIMEOUT: Duration = Duration::from_mins(15);

/// Invokes a handler, polled by the caller itself, which is Lambda's own topology.
pub(super) async fn invoke(
    service: &BoxedService,
    input: &InvocationInput,
    now: Timestamp,
) -> InvocationOutcome {
    let payload: InvocationPayload = match serde_json::from_value(invocation_event(input)) {
        Ok(payload) => payload,
        Err(error) => return failed("Runtime.InvalidEvent", error.to_string()),
    };
    let event = LambdaEvent::new(payload, context(input, now));
    let mut invocation = match catch_unwind(AssertUnwindSafe(|| service(event))) {
        Ok(invocation) => invocation,
        Err(panic) => return crashed(input, &*panic),
    };
    let response =
        poll_fn(
            |cx| match catch_unwind(AssertUnwindSafe(|| invocation.as_mut().poll(cx))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(panic)),
            },
        )
        .await;
    match response {
        Ok(Ok(response)) => match serde_json::to_value(&response) {
            Ok(mut value) => {
                stack_trace::drop_from_response(&mut value);
                InvocationOutcome::Returned(value)
            }
            Err(error) => failed("Runtime.InvalidResponse", error.to_string()),
        },
        Ok(Err(error)) => {
            let diagnostic = Diagnostic::from(error);
            failed(&diagnostic.error_type, diagnostic.error_message)
        }
        Err(panic) => crashed(input, &*panic),
    }
}

fn failed(error_type: &str, message: String) -> InvocationOutcome {
    InvocationOutcome::Failed(ErrorObject::new(error_type, message))
}

/// A panic ends the function's process, and Lambda reports how the process ended.
fn crashed(input: &InvocationInput, panic: &(dyn Any + Send)) -> InvocationOutcome {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    failed(
        "Runtime.ExitError",
        format!(
            "RequestId: {} Error: the function panicked: {text}",
            input.request_id
        ),
    )
}

fn context(input: &InvocationInput, now: Timestamp) -> Context {
    let mut context = Context::default();
    context.request_id.clone_from(&input.request_id);
    context.deadline = u64::try_from(now.after(FUNCTION_TIMEOUT).as_millis()).unwrap_or(0);
    function_arn(&input.arn).clone_into(&mut context.invoked_function_arn);
    context
}

/// The function's part of an execution's ARN.
fn function_arn(arn: &ExecutionArn) -> &str {
    arn.as_str()
        .split_once("/durable-execution/")
        .map_or(arn.as_str(), |(function, _)| function)
}
