//! The program that Lambda starts.

use durable_runtime::prelude::*;

use {{crate_name}}::order_workflow;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sdk::lambda_runtime::Error> {
    durable_runtime::run(order_workflow).await
}
