//! The attribute macros of AWS Lambda durable functions.
//!
//! [`macro@durable_step`], [`macro@durable_with_child_context`] and [`macro@durable_execution`] turn functions into
//! the parts of a durable function, [`macro@durable_test`] turns one into a test of it.
//!
//! Import them from `durable_runtime::prelude` and `durable_test::prelude`; the code that they emit calls
//! functions of those crates. The sources have four parts: `parse` turns attributes and signatures into
//! plain data, `lint` looks for what breaks a replay, `render` turns data into tokens, and `error` has the
//! messages about misuse.

mod error;
mod kind;
mod lint;
mod parse;
mod place;
mod render;

use proc_macro::TokenStream;

use crate::error::Problems;
use crate::kind::Kind;

/// Turns a function into a durable step: its result is recorded, and a replay returns the recorded result.
///
/// ```
/// use durable_runtime::prelude::*;
///
/// #[durable_step]
/// async fn validate_order(order_id: String) -> Result<String, BoxError> {
///     Ok(order_id)
/// }
///
/// #[durable_step(retry(max_attempts = 5, initial_delay = "1s"), semantics = "at_most_once")]
/// async fn process_payment(step: StepContext, order_id: String) -> Result<u32, std::io::Error> {
///     Ok(step.attempt())
/// }
///
/// # async fn handler(order_id: String, ctx: DurableContext) -> Result<u32, BoxError> {
/// let order_id = validate_order(&ctx, order_id).await?;
/// let paid = process_payment(&ctx, order_id).name("pay").await?;
/// # Ok(paid)
/// # }
/// ```
///
/// The step is called like the function, with a `&DurableContext` first. The call is the SDK's own
/// builder, already named after the function: `.name(..)`, `.retry_strategy(..)`,
/// `.semantics(..)`, `.spawn()`, `.future()` and `.await` work on it.
///
/// `validate_order::body(order_id)` calls the plain function, for a unit test of it. The macro emits a type
/// of the function's name for this, so the module can have no other type or module of that name.
///
/// # The function
///
/// - It is `async` or not, and may take a `StepContext` as its first argument.
/// - Its arguments are owned values, because a step may run after its caller has continued. Patterns,
///   generics and `impl Trait` are allowed; a generic type must be `Send + 'static`.
/// - It returns a `Result<T, E>`, an alias of it under any name, or a plain value if it cannot fail. An alias
///   that has a generic parameter of the function is recognized if its name ends in `Result`, else refused.
///   The error is a `std::error::Error`, whose type name is recorded, or anything that becomes a `BoxError`.
/// - The value is recorded as JSON, so its type is `Serialize` and `Deserialize`.
/// - Documentation and deprecation go to the call, lint levels to the call and the body, a `#[cfg(..)]` to
///   everything, and any other attribute, such as `#[tracing::instrument]`, to the body. The span of an
///   `#[instrument]` without a name has that of the operation.
///
/// # Options
///
/// | Option | Meaning |
/// |---|---|
/// | `name = ".."` | name of the operation instead of the function's: 1 to 256 printable ASCII characters |
/// | `retry(..)` | what happens after a failed attempt, by numbers (below); without it, the SDK's default |
/// | `retry = path` | what happens after a failed attempt, by a `fn(&StepError, u32) -> RetryDecision` |
/// | `semantics = "at_least_once"` | an attempt that was interrupted runs again (the default) |
/// | `semantics = "at_most_once"` | an attempt that was interrupted counts as failed |
/// | `custom_serdes` | each call sets `.serdes(..)`, so the value need not be `Serialize` and `Deserialize` |
/// | `allow(exit)` | the function may end the process: see the lint `exit` of [`macro@durable_execution`] |
///
/// | In `retry(..)` | Meaning | SDK's default |
/// |---|---|---|
/// | `max_attempts = 5` | attempts in total, at least 1 | 6 |
/// | `initial_delay = "1s"` | delay before the second attempt | 5 s |
/// | `backoff_rate = 2.0` | factor from one delay to the next, at least 1 | 2.0 |
/// | `max_delay = "1m"` | longest delay | 1 min, or `initial_delay` where that is longer |
/// | `jitter = "full"` | how much of a delay is random: `"none"`, `"half"` or `"full"` | here `"none"`, so that tests are repeatable |
///
/// A duration is whole numbers with `d`, `h`, `m`, `s` or `ms`, the largest unit first: `"500ms"`,
/// `"5m"`, `"1h 30m"`. The service waits in whole seconds: the SDK rounds up.
#[proc_macro_attribute]
pub fn durable_step(options: TokenStream, item: TokenStream) -> TokenStream {
    use parse::step::Step;
    use render::step::{render, stub};
    let check = |step: &mut Step| {
        let function = &mut step.call.function;
        let source = place::check(function, Kind::Step)?;
        Ok(lint::check_step(function, &step.allowed, &source))
    };
    expand(parse::step::parse, check, render, stub, options, item)
}

/// Turns a function into a child-context block: durable operations under one name, with their own context
/// and result.
///
/// ```
/// use durable_runtime::prelude::*;
///
/// # #[durable_step]
/// # async fn fetch(item_id: String) -> String { item_id }
/// # #[durable_step]
/// # async fn store(item: String) -> String { item }
/// #[durable_with_child_context]
/// async fn process_item(ctx: DurableContext, item_id: String) -> Result<String, BoxError> {
///     let item = fetch(&ctx, item_id).await?;
///     Ok(store(&ctx, item).await?)
/// }
///
/// # async fn handler(item_id: String, ctx: DurableContext) -> Result<String, BoxError> {
/// let item = process_item(&ctx, item_id).name("item_processing").await?;
/// # Ok(item)
/// # }
/// ```
///
/// The block is called like the function, with the caller's context first; the function gets its own
/// context. The call is the SDK's own builder, already named after the function.
/// `process_item::body(ctx, item_id)` calls the plain function.
///
/// # The function
///
/// It is `async` and takes a `DurableContext` first, by value. Arguments, results and attributes are
/// as for [`macro@durable_step`].
///
/// # Options
///
/// | Option | Meaning |
/// |---|---|
/// | `name = ".."` | name of the operation instead of the function's: 1 to 256 printable ASCII characters |
/// | `custom_serdes` | each call sets `.serdes(..)`, so the value need not be `Serialize` and `Deserialize` |
/// | `allow(clock, ..)` | these lints are silent in the function: see [`macro@durable_execution`] |
#[proc_macro_attribute]
pub fn durable_with_child_context(options: TokenStream, item: TokenStream) -> TokenStream {
    use parse::child::Child;
    use render::child::{render, stub};
    let check = |child: &mut Child| {
        let function = &mut child.call.function;
        let source = place::check(function, Kind::Child)?;
        Ok(lint::check(function, &child.allowed, &source))
    };
    expand(parse::child::parse, check, render, stub, options, item)
}

/// Turns a function into a durable handler, and registers it.
///
/// ```no_run
/// use durable_runtime::prelude::*;
///
/// # #[durable_step]
/// # async fn validate_order(order_id: String) -> String { order_id }
/// #[durable_execution]
/// pub async fn order_workflow(order_id: String, ctx: DurableContext) -> Result<String, OperationError> {
///     let order = validate_order(&ctx, order_id).await?;
///     ctx.wait(Duration::from_secs(3600)).name("cool-off").await?;
///     Ok(order)
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), sdk::lambda_runtime::Error> {
///     durable_runtime::run(order_workflow).await
/// }
/// ```
///
/// The function stays callable under its name, as an `async fn` whose error is the SDK's
/// `BoxError`. The registry (`durable_runtime::handlers`) lists it with module, file and line, so that a
/// test or a server finds it by name.
///
/// # The function
///
/// It is `async`, takes the event and a `DurableContext`, both by value, and returns a
/// `Result<T, E>`, or an alias of it. The error is a `std::error::Error`, whose
/// type name is recorded, or anything that becomes a `BoxError`. It is not generic, because it is
/// registered.
///
/// # Options
///
/// | Option | Meaning |
/// |---|---|
/// | `name = ".."` | name in the registry instead of the function's |
/// | `allow(clock, ..)`, `allow(clock, reason = "..")` | these lints are silent in the function |
///
/// # Lints
///
/// A handler runs again from its start in each replay, and must then make the same operations. Code in its body
/// that breaks this is a compile error, with a line to write instead:
///
/// ```compile_fail
/// # use durable_runtime::prelude::*;
/// #[durable_execution]
/// async fn workflow(order_id: String, ctx: DurableContext) -> Result<(), BoxError> {
///     let now = std::time::SystemTime::now();
///     // ctx.step(|_| async { Ok(std::time::SystemTime::now()) }).name("now").await?
///     Ok(())
/// }
/// ```
///
/// | Lint | What it finds |
/// |---|---|
/// | `clock` | clocks of `std`, `tokio`, `chrono`, `jiff` and `time` |
/// | `random` | `rand`, `fastrand`, `uuid`, `ulid`, `getrandom`, `RandomState` |
/// | `spawn` | tasks of `tokio`, `JoinSet`, threads |
/// | `select` | `select!` of `tokio` and `futures`, and their functions |
/// | `sleep` | `sleep`, `timeout` and `interval` of `tokio`, `std::thread::sleep` |
/// | `io` | files, network, processes and standard input of `std` and `tokio` |
/// | `env` | `std::env` |
/// | `exit` | `std::process::exit` and `abort`, also in the body of a step |
/// | `hash_order` | operations in the order of a `HashMap` or `HashSet` that the function makes or is given |
/// | `outer_context` | an operation on a context outside the closure of a child, a map or a branch, or in a step |
/// | `operation_name` | the name of an operation made of one of these values |
/// | `replay` | a branch on `is_replaying`, or on the request's id or deadline, that changes the execution |
///
/// But for `exit`, the bodies of steps are free, because their results are recorded, and so is what is only logged.
/// The arguments of a step are computed by the handler.
///
/// The lints see tokens: the function, and the imports and items of its file. They do not see into functions
/// that it calls, glob imports, or methods on values of other crates, and they are silent where a name can be
/// something else. A run under `#[durable_test]` replays the handler, and finds much of that. It does not find an
/// outer context in the closure of a child: an operation that was made beside the child may be awaited in it.
///
/// Where such code does no harm, say so on the function, or on the statement:
///
/// ```
/// # use durable_runtime::prelude::*;
/// #[durable_execution]
/// async fn workflow(order_id: String, ctx: DurableContext) -> Result<(), BoxError> {
///     #[durable(allow(clock, reason = "measures this invocation"))]
///     let started = std::time::Instant::now();
///     ctx.wait(Duration::from_secs(60)).name("cool-off").await?;
///     println!("{order_id} took {:?}", started.elapsed());
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// Like `allow` of the compiler, it may be there in vain.
#[proc_macro_attribute]
pub fn durable_execution(options: TokenStream, item: TokenStream) -> TokenStream {
    use parse::execution::Execution;
    use render::execution::{render, stub};
    let check = |execution: &mut Execution| {
        let function = &mut execution.function;
        let source = place::check(function, Kind::Handler)?;
        Ok(lint::check(function, &execution.allowed, &source))
    };
    expand(parse::execution::parse, check, render, stub, options, item)
}

/// Turns a function into a test of a durable handler.
///
/// ```
/// use durable_test::prelude::*;
///
/// # use durable_runtime::prelude::*;
/// # #[durable_execution]
/// # async fn order_workflow(_order: OrderEvent, _ctx: DurableContext) -> Result<(), BoxError> { Ok(()) }
/// # type OrderEvent = std::collections::BTreeMap<String, String>;
/// #[durable_test(handler = order_workflow)]
/// async fn runs_every_step(runner: DurableRunner) -> TestOutcome {
///     let result = runner.run(json!({"order_id": "order-123"})).await?;
///     assert_eq!(result.status(), ExecutionStatus::Succeeded);
///     Ok(())
/// }
/// ```
///
/// In an ordinary test target it is a `#[test]`. In a target with `harness = false` and
/// `durable_test::main!()`, the registered tests run with libtest's flags.
///
/// # The function
///
/// It is `async` and takes one `DurableRunner`, by value. It returns nothing, or a `Result<(), E>`
/// with `E: Debug`. `#[ignore]`, `#[ignore = ".."]`, `#[should_panic]` and
/// `#[should_panic(expected = "..")]` apply, also in a `#[cfg_attr(..)]`; `#[test]` must not be added.
///
/// # Options
///
/// | Option | Meaning |
/// |---|---|
/// | `handler = path::to::handler` | the handler under test: any expression that is a handler and `Clone`; required |
/// | `lambda_function_name = ".."` | the name that cloud mode matches; by default the handler's own: its `name` in `#[durable_execution]`, or the last segment of its path |
/// | `start_paused`, `start_paused = true` | tokio's clock is paused, and its time counts as virtual time |
/// | `flavor = "multi_thread"` | the test runs on a runtime with worker threads, instead of `"current_thread"`; not with `start_paused` |
/// | `worker_threads = 2` | number of worker threads, with `flavor = "multi_thread"` |
/// | `ignore`, `ignore = ".."` | the test is ignored, for that reason |
/// | `should_panic`, `should_panic = ".."` | the body must panic, with a message that contains that text |
/// | `local_only`, `local_only = ".."` | in cloud mode the test is skipped, for that reason |
/// | `check_determinism = false` | runs do not end with a check that the handler is deterministic |
/// | `check_waits = false` | runs do not end with a check that the handler waited for nothing outside the SDK |
/// | `repeat = 50` | the body runs this number of times, each with a new runner, until it fails |
/// | `replay = "histories/*.json"` | the test replays these recordings: see below |
/// | `allow(harmless, "pause")` | with `replay`: the differences that are accepted: effects (`harmless`, `changes`, `breaks`; each includes the milder ones) and operations, by name or path |
/// | `setup = reset_state` | this function is called before each run of the body: of each recording, case and repetition. It takes nothing and returns nothing; a panic of it fails the test |
/// | `case("small", 1)` | a case, any number of times: see below |
///
/// # Cases
///
/// Each `case(..)` is a test of its own, with the other options of all. Its arguments, which are any expressions,
/// are those of the function after the runner. It is named by its first argument if that is a string, or else by
/// its number:
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # #[durable_execution]
/// # async fn double(n: u64, _ctx: DurableContext) -> Result<u64, BoxError> { Ok(2 * n) }
/// #[durable_test(handler = double, case("small", 1), case("very large", 2_000))]
/// async fn is_doubled(runner: DurableRunner, label: &str, n: u64) -> TestOutcome {
///     assert_eq!(runner.run(n).await?.result::<u64>()?, 2 * n, "{label}");
///     Ok(())
/// }
/// ```
///
/// These tests are `is_doubled::small` and `is_doubled::very_large`.
///
/// `rstest` works, too: `#[rstest]` first, then its `#[case(..)]`s, then `#[durable_test::test(..)]`, the same
/// attribute under a name that `rstest` knows as that of a test; or `#[test_attr(durable_test(..))]`. The runner is
/// an argument that `rstest` leaves alone: `#[ignore] runner: DurableRunner`. `#[durable_test]` above `#[rstest]`
/// does not work: it would run the function itself.
///
/// # Recordings
///
/// With `replay`, the test runs for each file that the pattern matches, relative to the root of the crate.
/// It fails if no file matches. The handler must make the operations that were recorded. The function takes
/// the `ReplayReport` of a file, or nothing, and may check it further:
///
/// ```
/// use durable_test::prelude::*;
/// use durable_test::replay::ReplayReport;
/// # use durable_runtime::prelude::*;
/// # #[durable_execution]
/// # async fn order_workflow(_order: (), _ctx: DurableContext) -> Result<(), BoxError> { Ok(()) }
///
/// #[durable_test(handler = order_workflow, replay = "histories/*.json")]
/// async fn old_executions_can_go_on(replayed: ReplayReport) {
///     assert!(replayed.is_to_the_end());
/// }
/// ```
///
/// In a target with `durable_test::main!()` each file is a test of its own,
/// `old_executions_can_go_on::order.json`.
#[proc_macro_attribute]
pub fn durable_test(options: TokenStream, item: TokenStream) -> TokenStream {
    use render::test::{render, stub};
    let check = |_: &mut parse::test::Test| Ok(Problems::default());
    expand(parse::test::parse, check, render, stub, options, item)
}

/// Parses, checks the place and the body, then renders. Errors of the signature are emitted with a stub of the
/// item, so that one mistake is one message, and those of the body with the item itself; an item that is
/// not a function is left unchanged.
fn expand<T>(
    parse: parse::Parser<T>,
    check: impl FnOnce(&mut T) -> Result<Problems, proc_macro2::TokenStream>,
    render: fn(&T) -> proc_macro2::TokenStream,
    stub: fn(&T) -> proc_macro2::TokenStream,
    options: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let item: proc_macro2::TokenStream = item.into();
    let mut parsed = match parse(options.into(), item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => return error::with_rest(&error, item).into(),
    };
    let found = match check(&mut parsed.data) {
        Ok(found) => found.into_error(),
        Err(refusal) => return refusal.into(),
    };
    let tokens = match (parsed.problems.into_error(), found) {
        (None, None) => render(&parsed.data),
        (None, Some(found)) => error::with_rest(&found, render(&parsed.data)),
        (Some(mut error), found) => {
            error.extend(found);
            error::with_rest(&error, stub(&parsed.data))
        }
    };
    tokens.into()
}
