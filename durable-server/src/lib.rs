//! A local server of AWS Lambda durable functions.
//!
//! [`Server`] speaks the AWS Lambda API of durable functions and `Invoke`, and runs each function as real
//! processes over the Lambda Runtime API: whatever runs on Lambda runs here. The command `durable serve`
//! is this server.
//!
//! # Time
//!
//! In real time ([`TimeMode::Real`]) a wait of a day takes a day. Skipped time ([`TimeMode::Skip`]) stands
//! still while anything happens, and then jumps to the next due time: a wait, a retry, a timeout. While a
//! callback is open or an execution is paused, a person or another program may be about to act; time then
//! jumps only after a grace of real time without any call that acts. Executions share their time, so none
//! expires by it: retention periods count in real time alone. A function's own timeout is always real.
//!
//! # Functions that fail
//!
//! Executions end as they do on AWS. A failed invocation is repeated, at once after the first crash and with
//! growing delays otherwise; after the fifth in a row the execution fails with the error.
//!
//! | What happens | Error |
//! |---|---|
//! | the process exits, or is killed by a signal | `Runtime.ExitError`, with status or signal |
//! | the invocation takes longer than the function's timeout | `Sandbox.Timedout`; the process is killed with all that it started |
//! | the process asks for no invocation within ten seconds, or the function's timeout if that is longer | `Sandbox.Timedout` |
//! | the program is not there | `Runtime.InvalidEntrypoint` |
//! | the response is larger than 6 MB | `Function.ResponseSizeTooLarge` |
//! | the response is none of a durable function | the execution fails at once: `InvalidParameterValueException` |
//! | the server is restarted meanwhile | `Server.Restarted`; the function is invoked again at once |
//!
//! # Ends of processes
//!
//! A server that is told to stop, by SIGINT or SIGTERM, ends its processes and their process groups. If it
//! is killed outright it can end nothing; on Linux the system then kills the processes that `durable serve`
//! started itself, but not those below them. A function that runs below `npx` or a shell script would outlive such a
//! server: name the program itself, or let the script `exec` it.
//!
//! # Who is answered
//!
//! It asks for no credentials, so it listens on loopback addresses alone. Pages in a browser reach these, too:
//! whatever a browser sends for a page (it has an `Origin`, or a `Sec-Fetch-Site` other than `none` and
//! `same-origin`) is refused with 403 `AccessDeniedException`, and so is a request whose `Host` is neither a
//! loopback address nor `localhost` or a name that ends with `.localhost`. `--allow-remote`
//! ([`ServerSettings::allow_remote`]) takes any address, and answers everybody.
//!
//! `GET /health` answers 200 and `{"status": "ok"}` while the server works, and 500 with a `ServiceException`
//! once its store fails: what it did since is not kept, and it has to be restarted.
//!
//! # What it does not do
//!
//! It takes signatures as they are, checks no permissions, publishes no versions (any qualifier reaches the
//! function), limits no rates, and runs on Unix alone.
//!
//! # How it is made
//!
//! - `engine` keeps the service behind a lock, moves time, and launches invocations;
//! - `process` runs functions, `runtime` is the Lambda Runtime API that they are served;
//! - `api` is the AWS API over HTTP;
//! - [`store`] keeps executions over a restart, [`config`] reads which functions there are;
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
