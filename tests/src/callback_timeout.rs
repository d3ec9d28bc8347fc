//! A callback whose configuration is what matters.

use durable_runtime::prelude::*;
use serde_json::Value;

/// Creates a callback with its timeouts, and does not wait for it.
///
/// # Errors
///
/// If the callback cannot be created.
#[durable_execution]
pub async fn callback_timeout(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let callback = ctx
        .create_callback::<Value>()
        .name("approval_callback")
        .timeout(Duration::from_mins(1))
        .heartbeat(Duration::from_secs(30))
        .await?;
    Ok(format!("Callback created: {}", callback.id()))
}
