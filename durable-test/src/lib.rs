//! A test harness for AWS Lambda durable functions.
//!
//! A durable function runs for minutes to a year: AWS checkpoints each of its operations, suspends
//! it, and replays it later. Tests written with this crate run the very code that is deployed, on
//! the real SDK, against a local durable execution service with a virtual clock: a workflow that
//! waits for a year is tested in a millisecond.
//!
//! ```
//! use durable_runtime::prelude::*;
//! use durable_test::prelude::*;
//!
//! #[durable_step]
//! async fn validate(order_id: String) -> Result<String, BoxError> {
//!     Ok(format!("{order_id} is valid"))
//! }
//!
//! #[durable_execution]
//! async fn order_workflow(order_id: String, ctx: DurableContext) -> Result<String, BoxError> {
//!     let validated = validate(&ctx, order_id).await?;
//!     ctx.wait(Duration::from_secs(3600)).name("cool-off").await?;
//!     Ok(validated)
//! }
//!
//! #[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
//! async fn waits_an_hour(runner: DurableRunner) -> TestOutcome {
//!     let result = runner.run("order-123").await?;
//!
//!     assert_eq!(result.status(), ExecutionStatus::Succeeded);
//!     assert_eq!(result.result::<String>()?, "order-123 is valid");
//!     assert_eq!(result.step_names(), ["validate"]);
//!     assert_eq!(result.duration(), Duration::from_secs(3600));
//!     Ok(())
//! }
//!
//! durable_test::main!();
//! ```
//!
//! # Callbacks, other functions, live driving
//!
//! A callback is answered up front, by the name of its operation, or by the test while it drives the
//! execution. If a callback has no answer and nothing else can move the execution, the run ends at once with
//! an error that names the callback.
//!
//! ```
//! # use durable_runtime::prelude::*;
//! # use durable_test::prelude::*;
//! # #[durable_execution]
//! # async fn approval(_: (), ctx: DurableContext) -> Result<String, BoxError> {
//! #     let approval = ctx.create_callback::<String>().name("approval").timeout(Duration::from_secs(86_400));
//! #     Ok(approval.await?.result().await?)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let runner = DurableRunner::local(approval)?;
//! // Up front, after two hours of virtual time:
//! let granted = CallbackReply::success("granted").after(Duration::from_secs(7_200));
//! let result = runner.run(()).on_callback("approval", granted).await?;
//! assert_eq!(result.result::<String>()?, "granted");
//!
//! // Step by step:
//! let running = runner.start(()).await?;
//! let callback = running.wait_for_callback("approval").await?;
//! running.advance(Duration::from_secs(600)).await?;
//! callback.fail("Rejected", "not this time").await?;
//! assert_eq!(running.result().await?.status(), ExecutionStatus::Failed);
//! # Ok(())
//! # }
//! ```
//!
//! `ctx.invoke` reaches the handlers of the same binary with `#[durable_execution]`, by their names with a
//! qualifier (`price:$LATEST`), and the functions that a test registers with
//! [`DurableRunner::register_function`] and [`DurableRunner::register_durable_function`]. The execution that
//! it started is [`ExecutionResult::child`].
//!
//! # Where tests live
//!
//! - In a test target with `harness = false` that ends in [`main!`], tests run under libtest's own
//!   flags (`--list`, `--exact`, filters, `--ignored`, …), and a test that is skipped is reported
//!   as ignored, with its reason. What a test prints is held back and shown with its failure, and a test whose
//!   process ends fails alone ([`harness`] says how). Plain `#[test]`s in such a target never run; a warning
//!   names them.
//! - In an ordinary test target or a `#[cfg(test)]` module, `#[durable_test]` makes a `#[test]`; a
//!   skipped test prints its reason and passes.
//!
//! A test that passes although it neither ran nor started nor configured anything with its runner counts as
//! skipped, unless it names the argument `_runner`.
//!
//! What a test logs by `tracing` is printed as lines with the virtual time, the execution, the operation and the
//! attempt; `RUST_LOG` sets levels. A test that sets a subscriber of its own keeps it.
//!
//! Under nextest, JUnit reports are a matter of its profile, in `.config/nextest.toml`:
//!
//! ```toml
//! [profile.ci.junit]
//! path = "junit.xml"
//! ```
//!
//! rust-analyzer shows the tests of both kinds of targets to run and to debug.
//!
//! # Two modes
//!
//! By default tests run in process. With `DURABLE_RUNNER_MODE=cloud` the same tests run against
//! deployed functions ([`durable_runtime::mode`] has the settings, [`cloud`] the
//! permissions): the runner invokes the function, waits for its end and reads the whole history, and
//! returns results of the same types. Tests whose `lambda_function_name` matches no deployed function are
//! skipped.
//!
//! Waits take real time there. The calls that move virtual time or register functions belong to local mode:
//! [`RunningExecution::advance`], [`RunningExecution::run_until_suspended`],
//! [`DurableRunner::register_function`], [`DurableRunner::reconfigured`] and `execution_timeout` fail in
//! cloud mode with an error that names the call. Mark a test that needs them `local_only`, or check
//! [`DurableRunner::mode`].
//!
//! In local mode a panic of the handler counts as a crash of its process (`Runtime.ExitError`), as with
//! `panic = "abort"`. If a deployed function unwinds, Lambda's runtime client catches the panic and reports
//! an error with the type `core::any::Any`, which the service retries with a delay from the first time on.
//!
//! `LAMBDA_ENDPOINT` takes another endpoint of AWS's API. An endpoint on this machine needs no credentials:
//! if the environment has none, dummy ones are sent.
//!
//! # Replays
//!
//! AWS replays a handler whenever its execution resumes, so the handler must be deterministic. In local mode
//! each run ends with a check ([`RunnerBuilder::check_determinism`]): the handler is replayed from its own
//! record, invocation by invocation, and must start the same operations with the same inputs and return the
//! same outcome. A run in which the SDK finds it first is an error too, not a failed execution. The check
//! covers the operations that the replay starts, not those inside a completed map or parallel.
//!
//! A second check ([`RunnerBuilder::check_waits`]) finds a handler that waits for something outside the SDK between its
//! operations: a timer of tokio, a socket, a thread. It needs a runtime that says when it is idle, so it is made in
//! tests on one thread, and not with `flavor = "multi_thread"`.
//!
//! [`ExecutionResult::save`] writes an execution to a file, and [`DurableRunner::replay`] or
//! `#[durable_test(handler = .., replay = "histories/*.json")]` replays it on the current handler. No step
//! body runs in a replay. What differs breaks executions under way, changes what they do, or is harmless to
//! them; the message says which, and a test can accept it ([`replay::Replay::allow`]).
//!
//! # Explorations
//!
//! A run is the template of explorations, with its answers to callbacks and its other options:
//! `runner.run(input).on_callback(..).explore_crashes()` runs it with a crash at every checkpoint,
//! [`explore_orders`](Run::explore_orders) in every order of its concurrent events. Every run must have the
//! same outcome, or one that `.allow(..)` allows, and must pass `.check(..)`. A failure shows the code that
//! repeats its run.
//!
//! # Looking
//!
//! `Display` of an [`ExecutionResult`] is a tree of its operations; [`ExecutionResult::timeline`] shows them over time,
//! as text, SVG, HTML or Mermaid. [`assert_history!`] compares them with a snapshot. With `DURABLE_REPORT=dir` every
//! test of both homes writes a page with the timelines of its executions, and a line in `dir/index.html`; a relative path
//! starts at the folder of the package, as cargo runs tests there. Processes may write to one folder at the same time, and
//! the next run of a test replaces its page.
//!
//! What a failing test prints is folded and cut. The whole is in `target/tmp/durable-test/TARGET/TEST.txt`, which the
//! message names; a program outside of cargo's target folder writes below the system's folder for temporary files.
//!
//! # Mistakes
//!
//! Calls that configure a runner, a run or an exploration can be chained, so they return no `Result`. An
//! invalid argument is reported by the next fallible call, `build()` or the awaited run, with the line of the
//! misused call ([`ErrorKind::Argument`]).
//!
//! # Time
//!
//! One virtual clock serves waits, retry delays, execution timeouts and the back-off after failed
//! invocations. It moves only while no invocation is in flight, to the next due time, in due order. It starts
//! at 2026-01-01T00:00:00Z in every test, and ids and tokens repeat too, so the history of a deterministic
//! workflow is byte for byte the same in every run.
//!
//! Under the harness, retry delays of durable steps have no jitter. A plain `ctx.step` without a strategy of
//! its own keeps the random jitter of the SDK: set a strategy if its retries must repeat.
//!
//! `tokio::time` stays real, so that a step may do real I/O. With `start_paused` tokio's clock is
//! paused, and the time that a body spends in `tokio::time::sleep` passes on the virtual clock.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod as_rust;
mod assert_history;
mod backend;
mod builder;
pub mod clients;
pub mod cloud;
mod coverage;
mod declared;
mod determinism;
mod diagnosis;
pub mod error;
pub mod explore;
pub mod faults;
#[cfg(feature = "insta")]
mod golden;
pub mod harness;
mod misuse;
pub mod mock;
mod options;
mod panic_text;
mod plan;
mod plan_shape;
#[cfg(feature = "proptest")]
pub mod proptest;
mod recent;
pub mod replay;
mod replies;
mod report;
pub mod results;
mod run;
mod runner;
mod running;
mod screen;
pub mod settings;
mod sometimes;
mod spec;
mod uses;
mod waits;

pub use builder::RunnerBuilder;
pub use durable_host::{CallbackReply, CallbackRequest, IntoResponder};
/// `#[durable_test::test(..)]` is `#[durable_test(..)]` under a name by which other macros, such as `rstest`'s,
/// know it as the attribute of a test.
pub use durable_macros::durable_test as test;
pub use durable_runtime::IntoService;
pub use durable_runtime::mode::RunnerMode;
pub use error::{Error, ErrorKind};
pub use mock::{FunctionMock, Mock};
pub use results::ExecutionResult;
pub use run::{Run, Start};
pub use runner::DurableRunner;
pub use running::{CallbackHandle, RunningExecution};

/// What the body of a test returns: any error passes through `?`.
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # #[durable_execution]
/// # async fn hello(name: String, _ctx: DurableContext) -> Result<String, BoxError> { Ok(name) }
/// #[durable_test(handler = hello)]
/// async fn greets(runner: DurableRunner) -> TestOutcome {
///     let year: u32 = "2026".parse()?;
///     assert_eq!(runner.run(year.to_string()).await?.result::<String>()?, "2026");
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub type TestOutcome = Result<(), Error>;

/// The names that nearly every file with durable tests needs. Names that a program may well use itself, such
/// as `Order` or `Event`, stay in the modules [`explore`], [`faults`], [`replay`] and [`results`].
pub mod prelude {
    pub use std::time::Duration;

    pub use durable_macros::durable_test;
    pub use serde_json::json;

    pub use crate::assert_history;
    pub use crate::faults::{CrashPoint, Faults};
    pub use crate::results::{ExecutionStatus, OperationStatus, OperationType};
    pub use crate::{
        CallbackHandle, CallbackReply, CallbackRequest, DurableRunner, ExecutionResult, RunnerMode,
        RunningExecution, TestOutcome,
    };
}

/// What the output of `#[durable_test]` calls. Not part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::declared::handler;
    #[cfg(feature = "insta")]
    pub use crate::golden::{name as snapshot_name, text as history_text};
    pub use crate::harness::{PlainFailure, run_plain};
    pub use crate::plan_shape::is_plan;
    pub use crate::replay::{Allow, Effect};
    pub use crate::sometimes::{Sometimes, SometimesEntry};
    pub use crate::spec::{
        Handler, IntoOutcome, RuntimeSpec, Setup, ShouldPanic, TestBody, TestEntry, TestFuture,
        TestSpec,
    };
    #[cfg(feature = "insta")]
    pub use insta;
    pub use inventory;
}

/// The `main` of a test target with `harness = false`: runs its `#[durable_test]`s.
///
/// ```toml
/// [[test]]
/// name = "orders"
/// harness = false
/// ```
#[macro_export]
macro_rules! main {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::harness::main_of(::core::file!(), ::core::env!("CARGO_MANIFEST_DIR"))
        }
    };
}
