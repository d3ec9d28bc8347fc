//! Workflows written as users of the harness write them, each with its tests under `tests/`.
//!
//! The first modules are the patterns of the guide "Testing patterns", one each; [`combinators`] shows the
//! SDK's ways to run operations side by side, [`callbacks`] workflows that wait for answers from outside,
//! [`invokes`] ones that call other functions, and [`time`] workflows that test durations.
//!
//! `bootstrap` is the deployed form of all of them, [`target`] that of the workflows in the test targets, and
//! `cloud` runs all tests against them.

pub mod callback_timeout;
pub mod callbacks;
pub mod child_context;
pub mod combinators;
pub mod conditional;
pub mod invokes;
pub mod long_wait;
pub mod max_attempts;
pub mod multiple_contexts;
pub mod order;
pub mod parallel_collection;
pub mod parallel_ops;
pub mod partial_failure;
pub mod polling;
pub mod retry;
pub mod target;
pub mod time;
pub mod validation;

#[cfg(test)]
mod tests {
    use durable_test::prelude::*;

    use crate::order::{Order, order_workflow};
    use crate::validation::validation_workflow;

    #[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
    async fn a_durable_test_can_stand_beside_the_code(runner: DurableRunner) -> TestOutcome {
        let result = runner.run(json!({"order_id": "order-123"})).await?;

        assert_eq!(result.result::<Order>()?.status, "validated");
        Ok(())
    }

    #[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
    #[ignore = "shows that an ignored test does not run"]
    async fn an_ignored_test_does_not_run(_runner: DurableRunner) {
        panic!("this test was to be ignored");
    }

    #[durable_test(handler = validation_workflow, lambda_function_name = "validation_workflow")]
    #[should_panic(expected = "Value must be non-negative")]
    async fn a_panic_can_be_expected(runner: DurableRunner) {
        let result = runner.run(json!({"value": -1})).await.unwrap();

        result.ensure_succeeded().unwrap();
    }
}
