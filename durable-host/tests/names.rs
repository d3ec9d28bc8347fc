//! A name that several handlers of a binary have.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot run its execution is to panic"
)]

use std::time::Duration;

use durable_host::{DriveLimits, HostSettings, LocalHost};
use durable_runtime::prelude::*;
use durable_service::StartRequest;

const LIMITS: DriveLimits = DriveLimits {
    timeout: Duration::from_mins(1),
    max_invocations: 100,
};

mod one {
    use super::*;

    #[durable_execution(name = "twin")]
    async fn first(n: u64, _ctx: DurableContext) -> Result<u64, BoxError> {
        Ok(n)
    }
}

mod other {
    use super::*;

    #[durable_execution(name = "twin")]
    async fn second(n: u64, _ctx: DurableContext) -> Result<u64, BoxError> {
        Ok(n)
    }
}

#[durable_execution]
async fn calls_a_twin(n: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    Ok(ctx.invoke::<u64, u64>("twin:$LATEST", n).await?)
}

#[tokio::test]
async fn a_call_of_a_name_that_two_handlers_have_names_both() {
    let host = LocalHost::new(HostSettings::default());
    let arn = host.start(StartRequest::new("calls_a_twin", "1")).unwrap();
    let error = host.run_until_closed(&arn, LIMITS).await.unwrap_err();

    let message = error.to_string();
    assert!(
        message.starts_with("several handlers of this binary have the name \"twin\": twin ("),
        "{message}"
    );
    assert_eq!(message.matches("names.rs:").count(), 2, "{message}");
}
