//! Plain functions: targets of chained invokes that are not durable.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use durable_service::PlainOutcome;
use durable_service::model::ErrorObject;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::invoke::{catch, panic_error};
use durable_runtime::sdk::lambda_runtime::Diagnostic;
use durable_runtime::sdk::{BoxError, TypedError};

/// The future of a plain function's call: its result as JSON text, or its error.
///
/// [`plain_function`] makes functions that return it.
pub type PlainFuture = Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>>;

/// A plain function, from JSON text to JSON text.
///
/// [`plain_function`] makes one.
pub type PlainFunction = Arc<dyn Fn(&str) -> PlainFuture + Send + Sync>;

/// Makes a plain function of a typed one, from JSON to JSON.
///
/// [`LocalHost::register_plain`](crate::LocalHost::register_plain) takes it.
///
/// ```
/// use durable_host::plain_function;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let double = plain_function(|n: u64| async move { Ok::<_, std::io::Error>(2 * n) });
/// assert_eq!(double("21").await?, "42");
/// assert!(double("\"x\"").await.is_err());
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn plain_function<F, I, Fut, O, E>(function: F) -> PlainFunction
where
    F: Fn(I) -> Fut + Send + Sync + 'static,
    I: DeserializeOwned,
    Fut: Future<Output = Result<O, E>> + Send + 'static,
    O: Serialize,
    E: Into<BoxError>,
{
    Arc::new(move |input| {
        let call = serde_json::from_str(input).map(&function);
        Box::pin(async move {
            let output = call?.await.map_err(Into::into)?;
            Ok(serde_json::to_string(&output)?)
        })
    })
}

/// Calls a plain function once.
pub(super) async fn call(function: &PlainFunction, input: &str, request_id: &str) -> PlainOutcome {
    outcome(|| function(input), request_id).await
}

/// What the future of a call comes to.
pub(super) async fn outcome(call: impl FnOnce() -> PlainFuture, request_id: &str) -> PlainOutcome {
    match catch(AssertUnwindSafe(call)).await {
        Ok(Ok(body)) => PlainOutcome::Returned(Some(body)),
        Ok(Err(error)) => PlainOutcome::Failed(error_object(error)),
        Err(panic) => PlainOutcome::Failed(panic_error(request_id, &*panic)),
    }
}

/// An error as the Lambda runtime reports it, but for one that carries a type's name of its own.
fn error_object(error: BoxError) -> ErrorObject {
    match error.downcast::<TypedError>() {
        Ok(typed) => ErrorObject::new(typed.error_type(), typed.inner().to_string()),
        Err(error) => {
            let diagnostic = Diagnostic::from(error);
            ErrorObject::new(diagnostic.error_type, diagnostic.error_message)
        }
    }
}
