//! A durable function on the AWS SDK alone: what a bootstrap weighs without any crate of this workspace.

use std::time::Duration;

use aws_durable_execution_sdk::lambda_runtime::Error;
use aws_durable_execution_sdk::{BoxError, DurableContext, run};
use serde::Deserialize;

#[derive(Deserialize)]
struct Guest {
    name: String,
}

async fn hello(guest: Guest, ctx: DurableContext) -> Result<String, BoxError> {
    let greeting = ctx
        .step(move |_| async move { Ok(format!("Hello, {}!", guest.name)) })
        .name("greet")
        .await?;
    ctx.wait(Duration::from_mins(1)).name("pause").await?;
    Ok(greeting)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(hello).await
}
