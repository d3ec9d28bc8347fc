//! A local server of AWS Lambda durable functions.
//!
//! [`Server`] speaks the AWS Lambda API of durable functions and `Invoke`, and runs each function as real
//! processes over the Lambda Runtime API: what runs on Lambda runs here. The command `durable serve`
//! is this server.
//!
//! # Time
//!
//! In real time ([`TimeMode::Real`]) a wait of a day takes a day. Skipped time ([`TimeMode::Skip`]) runs at
//! its real speed while a function works, so that a race between work and a wait ends as on AWS, and else
//! goes at once to what is due next: a wait, a retry, a timeout. Each execution has its own time, which it
//! shares with those that it invokes: none waits for another, or ages with it. While a callback is open or
//! an execution is paused, no timeout is skipped, nor the last minute before it, so that a client can answer;
//! and a wait or a retry beside it takes at most five seconds (`--skip-grace`), so that a client which answers
//! at once is not overtaken. `--skip callbacks` skips these timeouts, too. In virtual time ([`TimeMode::Virtual`]) work takes none at all, so
//! that all times are exact, as in a test that runs in process. Manual time ([`TimeMode::Manual`]) is virtual
//! time that is skipped only by a button of the page. Each skip that ends something has a line in
//! the log. A function's own timeout is always real, and so is the retention of executions.
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
//! | the process does not ask for an invocation within ten seconds, or the function's timeout if that is longer | `Sandbox.Timedout` |
//! | the program does not exist, is not executable, or is built for another machine | `Runtime.InvalidEntrypoint`; found at start, it keeps the function from being served |
//! | the response is larger than 6 MB | `Function.ResponseSizeTooLarge` |
//! | the response is not that of a durable function | the execution fails at once: `InvalidParameterValueException` |
//! | the server is restarted meanwhile | `Server.Restarted`; the function is invoked again at once |
//!
//! # Functions that are not served
//!
//! A function that is configured wrongly, whose members cannot be resolved without an account, or whose
//! program is not built or cannot be started is left out, and the others are served. It is named with all
//! reasons on standard error, in `GET /health` (`notServed`), and to callers. The server ends only when no
//! function is left. A durable function never becomes a plain one because something cannot be resolved.
//!
//! A function whose `ReservedConcurrentExecutions` is 0 is switched off: invokes of it are refused with 429
//! `TooManyRequestsException`. One with a `TenancyConfig` needs a tenant, and each tenant has processes of
//! its own. A function of a template is found by its `FunctionName`, and by its logical id.
//!
//! # Ends of processes
//!
//! On SIGINT, SIGTERM, SIGHUP or SIGQUIT the server ends its processes, their process groups, and on Linux
//! all that they started. If it is killed outright, Linux kills the processes that `durable serve` started
//! itself, and a guard what these started. A process that waits for an invocation ends after five minutes.
//! As process 1 of a container, `durable serve` also reaps processes that lost their parent.
//!
//! # Environment
//!
//! Functions get Lambda's variables, those of their configuration, and of the server's environment what
//! programs need: `PATH`, `HOME`, the locale, proxies (calls to this machine go past them), and the places
//! of libraries and tools. Anything else may be a secret, and needs `--pass-env`
//! ([`ServerSettings::pass_env`]). `AWS_*` is not inherited.
//!
//! # Logs
//!
//! What functions write goes to the server's log, on standard error, with function and request id before
//! each line, and stays in memory for a while (`GET …/durable-executions/ARN/logs`). `LoggingConfig` of a
//! function counts: durable functions log JSON unless it says otherwise, at level INFO. The log also has a
//! line for each refused call, each end of an execution, each skip of time that ended something, and each
//! time that the store fails or recovers. `--quiet` leaves out what functions write.
//!
//! # Versions
//!
//! A function has the versions and aliases that its file names, and others are not found: those that a
//! template publishes, or `Versions` and `Aliases` of `functions.json`, without which it has version 1.
//!
//! # Access
//!
//! The server asks for no credentials, so it listens on loopback addresses only. Web pages in a browser
//! reach these, too. The server refuses a request that a browser sends for a page (it has an `Origin`, or a
//! `Sec-Fetch-Site` other than `none` and `same-origin`) with 403 `AccessDeniedException`, and so a request
//! whose `Host` is neither a loopback address nor `localhost` or a name that ends with `.localhost`.
//! `--allow-remote` ([`ServerSettings::allow_remote`]) takes any address, and accepts all requests.
//! `--allow-containers` ([`ServerSettings::allow_containers`]) accepts the host `host.docker.internal` besides.
//!
//! The pages at `/` are part of the server. A form of theirs acts only if its `Origin` is the very address that
//! it is sent to, and with a token that stands in these forms alone and changes with each run of the server.
//! Nothing is loaded from elsewhere, nothing in an execution is ever markup, and no other page can show these in
//! a frame. `--no-page` leaves them out.
//!
//! # Functions that run elsewhere
//!
//! A function with an `Endpoint` ([`config::Endpoint`]) is not started here: each invocation is a POST of its event
//! to that URL, as `cargo lambda watch` and the runtime interface emulator take it. A connection that closes, or a
//! status that is no success, is a failed invocation. Where that program is told to find Lambda
//! (`AWS_ENDPOINT_URL_LAMBDA`) is its own affair. `POST /start-durable-execution` and `PUT /lambda-endpoint` are
//! the calls by which SAM CLI starts and moves such functions; `durable serve --sam` serves the one that it runs.
//!
//! `GET /health` answers 200 and `{"status": "ok"}` while the server works, with the functions that are not
//! served, and 500 with a `ServiceException` while its store cannot be written. The log says why. While the disk is
//! full, only single executions can be read, as far as they are stored; every other call is refused. Calls that are
//! under way when it gets full are refused, too, but take effect once there is room. The server tries again each
//! second.
//!
//! # What it does not do
//!
//! It verifies no signatures, checks no permissions, runs the same code for all versions of a function,
//! limits no rates, and runs on Unix only.
//!
//! # Modules
//!
//! - `engine` keeps the service behind a lock, moves time, and launches invocations;
//! - `process` runs functions, `runtime` serves them the Lambda Runtime API, `logs` keeps what they write;
//! - `api` is the AWS API over HTTP, `page` the pages for a browser;
//! - [`store`] keeps executions over a restart, [`config`] reads the functions;
//! - [`cli`] has the commands that call that API, on this server and on AWS.

mod api;
pub mod cli;
pub mod config;
mod detached;
mod engine;
mod error;
mod http;
mod init;
mod logs;
mod opening;
mod page;
mod process;
mod replay_check;
mod runtime;
mod serve;
mod server;
mod settings;
pub mod store;
mod store_args;
mod template_args;
mod watch;

/// The function name by which `durable executions --orphans` lists held executions.
const ORPHANS: &str = "$orphans";

pub use detached::Detached;
pub use error::ServerError;
pub use process::{GuardArgs, LaunchArgs};
pub use serve::ServeArgs;
pub use server::{Running, Server};
pub use settings::{HttpLimits, ServerSettings, StoreLocation, TimeMode};
pub use store_args::StoreArgs;
