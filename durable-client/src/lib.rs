//! AWS Lambda's API of durable functions, typed.
//!
//! Use it to invoke durable functions, to read the histories of their executions, to complete callbacks
//! and to stop executions: on AWS, or on a server with the same API. Values are those of
//! [`durable_service::model`]. The calls that a running function makes (checkpoints, state) belong to the
//! AWS SDK for durable execution and are not here.
//!
//! - [`Connection`] sets the service and the credentials. An endpoint on this machine
//!   ([`is_loopback`]) needs no credentials and no Region.
//! - [`DurableClient`] makes the calls. It connects with the first call and is cheap to clone.
//! - [`Failure`] is the error of all calls, classified by what the caller can do about it
//!   ([`FailureKind`]).
//!
//! Some calls return an [`Answer`]: the value, and the JSON that the service sent, which may have members
//! that this version does not know.
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
pub use connection::{
    CallPolicy, Connection, Endpoint, Location, full_url, is_loopback, is_loopback_host,
};
pub use convert::{UnreadableEvent, events};
pub use failure::{Failure, FailureKind};
pub use values::{
    Answer, Description, ExecutionSummary, InvocationType, Invoke, Invoked, ListExecutions,
    Payloads,
};
