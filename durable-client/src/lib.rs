//! AWS Lambda's API of durable functions, typed.
//!
//! Use it to invoke durable functions, to read what their executions did, to complete callbacks and to
//! stop executions: on AWS, or on a server that speaks the same API. Values are those of
//! [`durable_service::model`]. The calls that a running function makes (checkpoints, state) are the
//! AWS SDK's for durable execution and not here.
//!
//! - [`Connection`] says which service to call, and as whom. An endpoint on this machine
//!   ([`is_loopback`]) needs no credentials and no Region.
//! - [`DurableClient`] makes the calls. It connects with the first call and is cheap to clone.
//! - [`Failure`] is the one error of all calls, classified by what can be done about it
//!   ([`FailureKind`]).
//!
//! Where the API's answer is worth keeping as it came, a call returns an [`Answer`]: the value beside
//! the JSON that the service sent, which may hold members that this version does not know.
//!
//! # Example
//!
//! ```no_run
//! use durable_client::{Connection, DurableClient, InvocationType, Invoke, Payloads};
//!
//! # async fn example() -> Result<(), durable_client::Failure> {
//! let client = DurableClient::new(Connection::to_endpoint("http://127.0.0.1:9014"));
//! let invoked = client
//!     .invoke(Invoke {
//!         qualifier: Some("$LATEST"),
//!         execution_name: Some("order-123"),
//!         invocation_type: InvocationType::Event,
//!         ..Invoke::of("order_workflow", r#"{"order_id": "order-123"}"#)
//!     })
//!     .await?;
//! if let Some(arn) = &invoked.durable_execution_arn {
//!     let execution = client.describe(arn, Payloads::Included).await?.value;
//!     println!("{} is {}", execution.name, execution.status);
//! }
//! # Ok(())
//! # }
//! ```

mod api;
mod connection;
mod convert;
mod failure;
mod pages;
mod values;

pub use api::DurableClient;
pub use connection::{CallPolicy, Connection, Endpoint, Location, is_loopback, is_loopback_host};
pub use convert::{UnreadableEvent, events};
pub use failure::{Failure, FailureKind};
pub use values::{
    Answer, Description, ExecutionSummary, InvocationType, Invoke, Invoked, ListExecutions,
    Payloads,
};
