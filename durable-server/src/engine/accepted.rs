//! Asynchronous calls of plain functions: once accepted, they are made, also by the next server.

use std::sync::Arc;

use bytes::Bytes;
use durable_service::model::InvocationContext;
use serde::{Deserialize, Serialize};

use super::{Engine, PlainCall};
use crate::process::Function;
use crate::store::StoreError;

/// The record of an accepted call.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Accepted {
    function: String,
    event: String,
    function_arn: String,
    version: String,
    tenant_id: Option<String>,
    trace_header: Option<String>,
    client_context: Option<String>,
}

impl Engine {
    /// Accepts an asynchronous call, and makes it. Returns once it is stored.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(crate) async fn accept(
        self: &Arc<Self>,
        function: Arc<Function>,
        event: String,
        context: InvocationContext,
    ) -> Result<(), StoreError> {
        if let Some(failure) = self.store.failure() {
            return Err(failure);
        }
        let call = call(&event, &context);
        let record = Accepted {
            function: function.config().name.clone(),
            event,
            function_arn: context.function_arn,
            version: context.version,
            tenant_id: context.tenant_id,
            trace_header: context.trace_header,
            client_context: context.client_context,
        };
        // Texts under names are always JSON.
        let record = serde_json::to_string(&record).unwrap_or_default();
        let (number, written) = self.store.keep_call(record);
        if let Err(failure) = written.await {
            // The next server would make a call that was refused.
            drop(self.store.forget_call(number));
            return Err(failure);
        }
        drop(self.invoke_plain(function, call, Some(number)));
        Ok(())
    }

    /// Makes the calls that an earlier server accepted and that had not ended.
    pub(crate) fn resume_calls(self: &Arc<Self>) {
        for (number, record) in self.store.take_calls() {
            let Ok(accepted) = serde_json::from_str::<Accepted>(&record) else {
                self.note("an accepted call of the store cannot be read, and is left there");
                continue;
            };
            let Some(function) = self.fleet.function(&accepted.function).cloned() else {
                let name = accepted.function;
                self.note(&format!(
                    "an accepted call of {name} is held, because that function is not configured"
                ));
                continue;
            };
            let mut context = InvocationContext::new(accepted.function_arn, accepted.version);
            context.tenant_id = accepted.tenant_id;
            context.trace_header = accepted.trace_header;
            context.client_context = accepted.client_context;
            let call = call(&accepted.event, &context);
            drop(self.invoke_plain(function, call, Some(number)));
        }
    }
}

fn call(event: &str, context: &InvocationContext) -> PlainCall {
    PlainCall {
        event: Bytes::from(event.to_owned()),
        context: context.clone(),
        tail: None,
    }
}
