//! A local server of AWS Lambda durable functions.
//!
//! [`Server`] speaks the AWS Lambda API of durable functions and `Invoke`, and runs each function as real
//! processes over the Lambda Runtime API: whatever runs on Lambda runs here. The command `durable serve`
//! is this server.
//!
//! - `engine` keeps the service behind a lock, moves time, and launches invocations;
//! - `process` runs functions, `runtime` is the Lambda Runtime API that they are served;
//! - `api` is the AWS API over HTTP;
//! - [`store`] keeps executions over a restart;
//! - [`cli`] has the commands that call that API, here and on AWS.

mod api;
pub mod cli;
pub mod config;
mod engine;
mod error;
mod http;
mod process;
mod runtime;
mod serve;
mod server;
mod settings;
pub mod store;

pub use error::ServerError;
pub use process::LaunchArgs;
pub use serve::ServeArgs;
pub use server::{Running, Server};
pub use settings::{HttpLimits, ServerSettings, StoreLocation, TimeMode};
