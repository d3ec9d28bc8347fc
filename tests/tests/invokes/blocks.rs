//! Blocks in a child context, which are tested on their own as handlers are.

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::Operation;
use durable_workflow_tests::invokes::{Order, Receipt};

#[durable_step]
fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[durable_with_child_context]
async fn of_nothing(ctx: DurableContext) -> Result<u32, BoxError> {
    ctx.wait(Duration::from_mins(1)).name("pause").await?;
    Ok(add(&ctx, 1, 1).await?)
}

#[durable_with_child_context]
async fn of_an_order(ctx: DurableContext, order: Order) -> Result<Receipt, BoxError> {
    let receipt = ctx
        .invoke::<Receipt, _>("payment:$LATEST", order)
        .name("pay")
        .await?;
    Ok(receipt)
}

#[durable_with_child_context]
async fn of_several(
    ctx: DurableContext,
    name: String,
    numbers: (u32, u32),
    bonus: Option<u32>,
) -> Result<String, BoxError> {
    let sum = add(&ctx, numbers.0, numbers.1).await?;
    let sum = add(&ctx, sum, bonus.unwrap_or(0)).name("bonus").await?;
    Ok(format!("{name}: {sum}"))
}

#[durable_with_child_context]
async fn of_two(ctx: DurableContext, a: u32, b: u32) -> Result<u32, BoxError> {
    Ok(add(&ctx, a, b).await?)
}

#[durable_test(handler = of_nothing)]
async fn a_block_without_arguments_takes_any_event(runner: DurableRunner) -> TestOutcome {
    for event in [json!(null), json!({}), json!([1, 2])] {
        let result = runner.run(event).await?;

        assert_eq!(result.result::<u32>()?, 2);
        assert_eq!(result.duration(), Duration::from_mins(1));
        // The block has its context, as it has in a workflow.
        let block = result.get_context("of_nothing")?;
        let inside: Vec<&str> = block.children().map(Operation::label).collect();
        assert_eq!(inside, ["pause", "add"]);
    }
    Ok(())
}

#[durable_test(handler = of_an_order)]
async fn the_one_argument_of_a_block_is_the_event(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"customer": "ada", "cents": 5})).await?;

    assert_eq!(result.result::<Receipt>()?.number, "ada-1");
    let invoke = result.get_invoke("of_an_order/pay")?;
    assert_eq!(invoke.status(), OperationStatus::Succeeded);
    assert_eq!(result.child("of_an_order/pay")?.function(), "payment");
    Ok(())
}

#[durable_test(handler = of_several)]
async fn the_arguments_of_a_block_are_an_array(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(("sum", (1, 2), Some(10))).await?;
    assert_eq!(result.result::<String>()?, "sum: 13");
    assert_eq!(result.step_names(), ["add", "bonus"]);

    let result = runner.run(json!(["sum", [1, 2], null])).await?;
    assert_eq!(result.result::<String>()?, "sum: 3");
    Ok(())
}

#[durable_test(handler = of_two)]
async fn an_array_that_is_too_short_is_an_error(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run([40, 2]).await?.result::<u32>()?, 42);

    let error = runner.run([40]).await.unwrap_err();
    assert!(error.to_string().contains("invalid length 1"), "{error}");
    Ok(())
}

#[durable_test(handler = of_an_order)]
async fn the_error_of_a_block_holds_what_failed_inside(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"customer": "ada", "cents": 10_001}))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    // The SDK has a type of its own for what a context fails with.
    let block = result.get_context("of_an_order")?.error();
    let error = block.expect("a failed context has an error");
    assert_eq!(error.error_type.as_deref(), Some("ChildFnError"));
    let invoke = result.get_invoke("of_an_order/pay")?.error();
    let error = invoke.expect("a failed invoke has an error");
    assert_eq!(error.error_type.as_deref(), Some("PaymentError"));
    let error = result.error().expect("a failed execution has an error");
    let text = error.to_string();
    assert!(text.contains("ada has insufficient funds"), "{text}");
    Ok(())
}
