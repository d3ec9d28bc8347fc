//! One invocation of a handler, as Lambda makes it: an event in, a response or a failure out.

use std::any::Any;
use std::future::{poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use durable_service::model::{ErrorObject, Timestamp};
use durable_service::wire::event::invocation_event;
use durable_service::{InvocationInput, InvocationOutcome};

use super::client::Reachable;
use super::first_pages::FirstPages;
use super::sdk::readable::readable;
use super::sdk::stack_traces;
use super::steps::HostId;
use durable_runtime::BoxedService;
use durable_runtime::sdk::InvocationPayload;
use durable_runtime::sdk::lambda_runtime::{Context, Diagnostic, LambdaEvent};

/// What a panic leaves behind.
type Panic = Box<dyn Any + Send>;

/// An invocation under way.
pub(super) type Running = Pin<Box<dyn Future<Output = InvocationOutcome> + Send>>;

/// What an invocation is made with, besides its event.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The time at which it starts.
    pub(super) now: Timestamp,
    /// The longest that it may take; its deadline says so.
    pub(super) timeout: Duration,
    /// The host that makes it.
    pub(super) host: HostId,
    /// What its calls reach.
    pub(super) reachable: Arc<Reachable>,
    /// Where the SDK may ask for the state; none if the envelope has to hold it.
    pub(super) first_pages: Option<FirstPages>,
}

/// Invokes a handler, to be polled by the caller itself, which is Lambda's own topology.
pub(super) fn invoke(service: BoxedService, mut input: InvocationInput, call: &Call) -> Running {
    let pages = call.first_pages.as_ref();
    let held_back = pages.and_then(|pages| pages.hold_back(&mut input));
    input.checkpoint_token = call.reachable.seal(&input.checkpoint_token);
    let payload: InvocationPayload = match serde_json::from_value(invocation_event(&input)) {
        Ok(payload) => payload,
        Err(error) => {
            let outcome = failed("Runtime.InvalidEvent", error.to_string());
            return Box::pin(ready(outcome));
        }
    };
    let event = LambdaEvent::new(payload, context(&input, call));
    let request_id = input.request_id;
    Box::pin(async move {
        let _held_back = held_back;
        run(service, event, request_id.as_str()).await
    })
}

async fn run(
    service: BoxedService,
    event: LambdaEvent<InvocationPayload>,
    request_id: &str,
) -> InvocationOutcome {
    match catch(AssertUnwindSafe(|| service(event))).await {
        Ok(Ok(response)) => match serde_json::to_value(&response) {
            Ok(mut value) => {
                stack_traces::drop_from_response(&mut value);
                InvocationOutcome::Returned(value)
            }
            Err(error) => failed("Runtime.InvalidResponse", error.to_string()),
        },
        Ok(Err(error)) => {
            let diagnostic = Diagnostic::from(error);
            let message = readable(&diagnostic.error_message).into_owned();
            failed(&diagnostic.error_type, message)
        }
        Err(panic) => InvocationOutcome::Failed(panic_error(request_id, &*panic)),
    }
}

/// Makes and awaits a future; a panic of either is caught.
pub(super) async fn catch<F, Fut>(make: AssertUnwindSafe<F>) -> Result<Fut::Output, Panic>
where
    F: FnOnce() -> Fut,
    Fut: Future + Unpin,
{
    let mut future = catch_unwind(make)?;
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut future).poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        },
    )
    .await
}

fn failed(error_type: &str, message: String) -> InvocationOutcome {
    InvocationOutcome::Failed(ErrorObject::new(error_type, message))
}

/// A panic ends the function's process, and Lambda reports how the process ended.
pub(super) fn panic_error(request_id: &str, panic: &(dyn Any + Send)) -> ErrorObject {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    ErrorObject::new(
        "Runtime.ExitError",
        format!(
            "RequestId: {request_id} Error: the function panicked: {}",
            readable(text)
        ),
    )
}

fn context(input: &InvocationInput, call: &Call) -> Context {
    let mut context = Context::default();
    input
        .request_id
        .as_str()
        .clone_into(&mut context.request_id);
    context.deadline = u64::try_from(call.now.after(call.timeout).as_millis()).unwrap_or(0);
    context
        .invoked_function_arn
        .clone_from(&input.context.function_arn);
    context.env_config = call.host.config();
    context.tenant_id.clone_from(&input.context.tenant_id);
    context
}
