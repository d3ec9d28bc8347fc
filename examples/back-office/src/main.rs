//! The deployed program of all five workflows: the `Handler` of each function names the one that it serves.

use durable_runtime::sdk::lambda_runtime::Error;

// The handlers register themselves, so nothing else refers to the library.
use back_office as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    durable_runtime::run_registered().await
}
