//! `assert_history!`

/// Compares what an execution did with the snapshot that is stored beside the test.
///
/// The snapshot is a text of the operations and their events, with names, attempts, payloads and times, made for
/// reading in a review:
///
/// ```text
/// SUCCEEDED at +1h 5s
/// input: {"order_id":"order-123"}
/// result: {"total":4990}
///
/// +0s      validate (Step)
/// +0s        StepSucceeded: {"id":"order-123"}
/// +0s      charge (Step)
/// +0s        StepFailed, attempt 1, next in 5s: PaymentError: busy
/// +5s        StepStarted
/// +5s        StepSucceeded, attempt 2: {"total":4990}
/// +5s      cool-off (Wait of 1h)
/// +1h 5s     WaitSucceeded
/// ```
///
/// It is the same in every run, and in local and cloud mode:
///
/// - Ids of operations, callbacks, requests and executions are named, stack traces left out, and the members of JSON
///   sorted.
/// - Times are what waits, retry delays, timeouts and called executions add up to since the start. The time that bodies
///   and outside answers take is left out, since it differs from run to run on AWS. For the virtual time itself, compare
///   [`ExecutionResult::duration`](crate::ExecutionResult::duration).
/// - Events stand with their operations, so that branches that run side by side may interleave in any order.
/// - The name and the timeout of the function are left out, and so are invocations, unless they failed.
///
/// A retry delay with random jitter differs from run to run: set a strategy without, or redact it.
///
/// # Forms
///
/// Those of [insta](https://insta.rs): `assert_history!(result)` names the snapshot after the test,
/// `assert_history!("name", result)` by itself, and `assert_history!(result, @"..")` keeps it in the source file.
/// `cargo insta review` shows and accepts changes; `INSTA_UPDATE=always cargo test` accepts them all.
///
/// Redactions follow the result, with insta's selectors and replacements: `{ ".**.order_id" => "[order]" }`. They select
/// from the execution with the members `status`, `ended`, `input`, `result`, `error`, `events` and `operations`; an
/// operation has `at`, `name`, `type`, `duration`, `timeout`, `heartbeat`, `calls`, `input`, `operations`, `execution`
/// and `events`; an event `at`, `event`, `attempt`, `next`, `result` and `error`.
///
/// ```no_run
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # async fn order_workflow(_: (), _: DurableContext) -> Result<(), BoxError> { Ok(()) }
/// # async fn pays() -> TestOutcome {
/// # let runner = DurableRunner::local(order_workflow)?;
/// let result = runner.run(()).await?;
/// assert_history!(result);
/// assert_history!("with redactions", result, { ".**.paid_at" => "[time]" });
/// # Ok(())
/// # }
/// ```
///
/// It needs the feature `insta` of `durable-test`.
#[cfg(feature = "insta")]
#[macro_export]
macro_rules! assert_history {
    ($result:expr $(,)?) => {
        $crate::assert_history!($result, {})
    };
    ($result:expr, @$snapshot:literal $(,)?) => {
        $crate::assert_history!($result, {}, @$snapshot)
    };
    ($result:expr, { $($selector:expr => $replacement:expr),* $(,)? } $(,)?) => {{
        let name = $crate::__private::snapshot_name();
        $crate::assert_history!(name, $result, { $($selector => $replacement),* })
    }};
    ($result:expr, { $($selector:expr => $replacement:expr),* $(,)? }, @$snapshot:literal $(,)?) => {{
        let history = $crate::__private::history_text(
            &$result,
            ::std::vec![$(($selector, ::std::convert::Into::into($replacement))),*],
        );
        $crate::__private::insta::assert_snapshot!(history, @$snapshot)
    }};
    ($name:expr, $result:expr $(,)?) => {
        $crate::assert_history!($name, $result, {})
    };
    ($name:expr, $result:expr, { $($selector:expr => $replacement:expr),* $(,)? } $(,)?) => {{
        let history = $crate::__private::history_text(
            &$result,
            ::std::vec![$(($selector, ::std::convert::Into::into($replacement))),*],
        );
        $crate::__private::insta::assert_snapshot!($name, history)
    }};
}

/// Compares what an execution did with the snapshot that is stored beside the test. It needs the feature `insta`.
#[cfg(not(feature = "insta"))]
#[macro_export]
macro_rules! assert_history {
    ($($argument:tt)*) => {
        ::std::compile_error!(
            "`assert_history!` needs the feature `insta` of durable-test: write `durable-test = { .., features = \
             [\"insta\"] }` under [dev-dependencies]"
        )
    };
}
