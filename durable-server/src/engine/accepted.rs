//! Asynchronous calls of plain functions: once accepted, they are made, also by the next server.

use std::sync::Arc;

use bytes::Bytes;
use durable_service::model::InvocationContext;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

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
    /// Accepts an asynchronous call, and makes it. Returns once it is stored; none if the server stopped first. A call
    /// that is stored is made even if its client has gone.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(crate) async fn accept(
        self: &Arc<Self>,
        function: Arc<Function>,
        event: String,
        context: InvocationContext,
    ) -> Option<Result<(), StoreError>> {
        if let Some(failure) = self.store.failure() {
            return Some(Err(failure));
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
        let (decided, accepted) = oneshot::channel();
        let engine = Arc::clone(self);
        self.spawn(async move {
            let written = written.await;
            if written.is_ok() {
                drop(engine.invoke_plain(function, call, Some(number)));
            } else {
                // The next server would make a call that was refused.
                drop(engine.store.forget_call(number));
            }
            // A client that has gone needs no answer.
            let _ = decided.send(written);
        });
        accepted.await.ok()
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::Path;
    use std::time::Duration;

    use tokio::sync::watch;

    use super::super::fixture::{engine, function_elsewhere, until};
    use super::*;
    use crate::config::FunctionConfig;
    use crate::store::Store;
    use crate::store::commits::Commits;

    /// A plain function whose calls arrive at a listener.
    fn function() -> (FunctionConfig, TcpListener) {
        let (function, elsewhere) = function_elsewhere();
        let durable = None;
        (
            FunctionConfig {
                durable,
                ..function
            },
            elsewhere,
        )
    }

    /// Accepts a call of the function.
    async fn accept(engine: &Arc<Engine>) -> Result<(), StoreError> {
        let function = Arc::clone(engine.fleet.function("f").unwrap());
        let context = InvocationContext::new("f", "1");
        let accepted = engine.accept(function, "{}".to_owned(), context).await;
        accepted.unwrap()
    }

    /// The calls that the next server of a store makes.
    async fn left(engine: Arc<Engine>, path: &Path) -> usize {
        until(|| Arc::strong_count(&engine) == 1).await;
        drop(engine);
        Store::open(path).unwrap().0.take_calls().len()
    }

    #[tokio::test]
    async fn a_call_that_cannot_be_stored_is_refused_and_not_made_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("durable.db");
        let (store, commits) = Commits::of_store(&path);
        let (function, elsewhere) = function();
        let (_stop, stopping) = watch::channel(false);
        let engine = engine(vec![function], store, stopping);
        commits.fail();
        let refused = accept(&engine).await.unwrap_err();
        assert!(matches!(refused, StoreError::Write { .. }), "{refused}");

        drop(commits);
        assert_eq!(left(engine, &path).await, 0);
        assert!(elsewhere.accept().is_err(), "it is not made");
    }

    #[tokio::test]
    async fn a_call_whose_client_has_gone_is_made_once_it_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("durable.db");
        let (store, commits) = Commits::of_store(&path);
        let (function, elsewhere) = function();
        let (_stop, stopping) = watch::channel(false);
        let engine = engine(vec![function], store, stopping);
        let gone = tokio::time::timeout(Duration::ZERO, accept(&engine)).await;
        gone.unwrap_err();

        drop(commits);
        until(|| elsewhere.accept().is_ok()).await;
        assert_eq!(left(engine, &path).await, 0);
    }
}
