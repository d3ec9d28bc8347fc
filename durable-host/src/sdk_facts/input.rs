//! How the SDK refuses an event.

use durable_runtime::sdk::{BoxError, DurableContext};
use durable_service::StartRequest;

use super::LIMITS;
use crate::{HostSettings, LocalError, LocalHost};
use durable_runtime::IntoService as _;

async fn takes_a_number(_event: u64, _ctx: DurableContext) -> Result<(), BoxError> {
    Ok(())
}

#[tokio::test]
async fn an_event_that_cannot_be_read_ends_the_first_invocation() {
    let host = LocalHost::new(HostSettings::default());
    host.register("f", |options| takes_a_number.into_service(options))
        .unwrap();
    let arn = host.start(StartRequest::new("f", "\"seven\"")).unwrap();
    let error = host.run_until_closed(&arn, LIMITS).await.unwrap_err();
    let LocalError::Input { function, reason } = error else {
        panic!("{error}");
    };
    assert_eq!(function, "f");
    assert!(
        reason.starts_with("invalid type: string \"seven\", expected u64"),
        "{reason}"
    );
    assert_eq!(host.invocations(), 1);
}
