//! The deployed function: hands the workflow to the Lambda runtime.

use durable_runtime::sdk::lambda_runtime::Error;
use order_workflow::order_workflow;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    durable_runtime::run(order_workflow).await
}
