//! Calls of plain functions: by executions, and by the API.

use std::sync::Arc;

use bytes::Bytes;
use durable_service::model::{ErrorObject, InvocationContext};
use durable_service::{PlainInvocation, PlainOutcome};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Engine, traced};
use crate::logs::LogTail;
use crate::process::{Ending, Function, Work};

/// A call of a plain function.
#[derive(Debug)]
pub(crate) struct PlainCall {
    pub(crate) event: Bytes,
    /// The context of the call; without a trace header, a new trace starts.
    pub(crate) context: InvocationContext,
    /// Collects what the function writes.
    pub(crate) tail: Option<LogTail>,
}

/// The result of a call of a plain function; none if the server stopped first.
pub(crate) type PlainResult = Option<Result<Bytes, ErrorObject>>;

impl Engine {
    /// Starts a call of a plain function, which continues even if the receiver is dropped. The number is
    /// that of the call in the store, which forgets it once it has ended.
    pub(crate) fn invoke_plain(
        self: &Arc<Self>,
        function: Arc<Function>,
        call: PlainCall,
        number: Option<u64>,
    ) -> oneshot::Receiver<PlainResult> {
        let (ended, receiver) = oneshot::channel();
        let engine = Arc::clone(self);
        self.spawn(async move {
            let result = engine.call_function(&function, call).await;
            if let (Some(number), Some(_)) = (number, &result) {
                // If it stays in the store, it is made again.
                let _ = engine.store.forget_call(number).await;
            }
            // A dropped receiver needs no result.
            let _ = ended.send(result);
        });
        receiver
    }

    /// Runs a call that an execution made, until it ends.
    pub(super) async fn run_plain(self: Arc<Self>, invocation: PlainInvocation) {
        let is_stored = self.stored_at_last(self.store.write(Vec::new())).await;
        if !is_stored || !self.is_open(&invocation.execution) {
            return;
        }
        let result = match self.fleet.function(&invocation.function).cloned() {
            Some(function) => {
                let call = PlainCall {
                    event: Bytes::from(invocation.input.clone()),
                    context: invocation.context.clone(),
                    tail: None,
                };
                self.call_function(&function, call).await
            }
            None => Some(Err(ErrorObject::new(
                "ResourceNotFoundException",
                format!("Function not found: {}", invocation.context.function_arn),
            ))),
        };
        if let Some(result) = result {
            let outcome = outcome(result);
            let complete = self.call_anyway(|world, now| {
                let service = &mut world.service;
                service.complete_plain_invocation(now, &invocation, outcome);
            });
            // If the store fails, nothing receives the outcome.
            let _ = complete.await;
        }
    }

    async fn call_function(&self, function: &Function, call: PlainCall) -> PlainResult {
        if function.config().concurrency == 0 {
            return Some(Err(ErrorObject::new(
                "TooManyRequestsException",
                "Rate Exceeded.",
            )));
        }
        let slot = function.slot().await?;
        let work = Work {
            request_id: Uuid::new_v4().to_string().into(),
            event: call.event,
            context: traced(call.context),
            execution: None,
            tails: call.tail.into_iter().collect(),
        };
        match self.fleet.invoke(function, &work, slot).await {
            Ending::Returned(body) => Some(Ok(body)),
            Ending::Failed(failure) => {
                let now = self.lock().clock.now();
                Some(Err(failure.into_error(&work.request_id, now)))
            }
            Ending::Interrupted => None,
        }
    }
}

/// The outcome of a call that an execution made (docs/service.md, 7.2).
fn outcome(result: Result<Bytes, ErrorObject>) -> PlainOutcome {
    match result.map(|body| String::from_utf8(body.into())) {
        Ok(Ok(body)) => PlainOutcome::Returned(Some(body).filter(|body| !body.is_empty())),
        Ok(Err(_)) => PlainOutcome::Failed(ErrorObject::from_message(
            "CHAINED_INVOKE response could not be decoded as UTF-8.",
        )),
        Err(error) => PlainOutcome::Failed(error),
    }
}
