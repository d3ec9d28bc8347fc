//! What users write: the names of the API in one file, by the two preludes alone, beside types of the
//! user's own that a shop may well have.

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Event {
    order_id: String,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the payment service is busy")]
    Busy,
}

#[durable_step]
async fn validate(order_id: String) -> Result<Order, Error> {
    Ok(Order { id: order_id })
}

#[durable_step(retry(
    max_attempts = 5,
    initial_delay = "1s",
    backoff_rate = 2.0,
    max_delay = "1m"
))]
async fn pay(step: StepContext, order: Order) -> Result<String, Error> {
    if step.attempt() < 3 {
        return Err(Error::Busy);
    }
    Ok(order.id)
}

#[durable_with_child_context]
async fn pack(ctx: DurableContext, item: String) -> Result<String, BoxError> {
    let packed = ctx.step(move |_| async move { Ok(format!("packed {item}")) });
    Ok(packed.name("wrap").await?)
}

#[durable_execution]
async fn sells(event: Event, ctx: DurableContext) -> Result<String, BoxError> {
    let order = validate(&ctx, event.order_id).name("check").await?;
    let paid = pay(&ctx, order).await?;
    ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
    let price: u64 = ctx.invoke::<u64, u64>("price", 100).name("price").await?;
    let packed = pack(&ctx, paid).name("packing").await?;
    let approval = ctx.create_callback::<String>().name("approval").await?;
    let by = approval.result().await?;
    Ok(format!("{packed} for {price}, approved by {by}"))
}

fn with_prices(runner: &DurableRunner) {
    runner.register_function("price", |cents: u64| async move {
        Ok::<_, BoxError>(cents + 19)
    });
}

fn order() -> serde_json::Value {
    json!({"order_id": "order-1"})
}

#[durable_test(handler = sells, lambda_function_name = "sells", local_only)]
async fn a_run_and_all_that_its_result_answers(runner: DurableRunner) -> TestOutcome {
    with_prices(&runner);
    let approval = CallbackReply::success("Ada")
        .after(Duration::from_mins(1))
        .heartbeat_every(Duration::from_secs(10));
    let result: ExecutionResult = runner
        .run(order())
        .name("first")
        .timeout(Duration::from_secs(30))
        .execution_timeout(Duration::from_hours(48))
        .max_invocations(100)
        .on_callback("approval", approval)
        .await?;

    assert_eq!(runner.mode(), RunnerMode::Local);
    assert_eq!(result.status(), ExecutionStatus::Succeeded);
    let text: String = result.result()?;
    assert_eq!(text, "packed order-1 for 119, approved by Ada");
    assert_eq!(result.step_names(), ["check", "pay", "wrap"]);
    assert_eq!(result.get_step("check")?.result::<Order>()?.id, "order-1");
    assert_eq!(result.get_step("pay")?.attempt(), 3);
    assert_eq!(
        result.get_wait("cool-off")?.duration(),
        Duration::from_hours(1)
    );
    assert_eq!(result.get_invoke("price")?.result::<u64>()?, 119);
    assert_eq!(result.get_context("packing")?.children().count(), 1);
    assert!(result.get_callback("approval")?.callback_id().is_some());
    let wrap = result.get_operation("packing/wrap")?;
    assert_eq!(wrap.operation_type(), OperationType::Step);
    assert_eq!(wrap.status(), OperationStatus::Succeeded);
    assert_eq!(
        wrap.parent().and_then(|parent| parent.name()),
        Some("packing")
    );
    let counts = [
        result.steps().count(),
        result.contexts().count(),
        result.waits().count(),
        result.callbacks().count(),
        result.invokes().count(),
    ];
    assert_eq!(counts, [3, 1, 1, 1, 1]);
    assert_eq!(result.operations().len(), 7);
    assert_eq!(result.invocations().len(), 6);
    assert_eq!(result.duration(), Duration::from_secs(3_663));
    assert!(result.error().is_none() && !result.history().is_empty());
    result.ensure_succeeded()?;
    assert!(
        result.to_string().starts_with("sells: SUCCEEDED in 1h 1m"),
        "{result}"
    );
    Ok(())
}

#[durable_test(handler = sells, lambda_function_name = "sells", local_only)]
async fn an_execution_in_hand(runner: DurableRunner) -> TestOutcome {
    with_prices(&runner);
    let running: RunningExecution = runner.start(order()).await?;
    running.run_until_suspended().await?;
    running.advance(Duration::from_secs(1)).await?;
    let callback: CallbackHandle = running.wait_for_callback("approval").await?;
    callback.heartbeat().await?;
    callback.succeed("Grace").await?;
    let result = running.result().await?;
    assert!(result.result::<String>()?.ends_with("approved by Grace"));

    let running = runner.start(order()).await?;
    running.stop("Stopped", "by hand").await?;
    assert_eq!(running.result().await?.status(), ExecutionStatus::Stopped);
    Ok(())
}

#[durable_test(handler = sells, lambda_function_name = "sells", local_only)]
async fn a_run_as_the_template_of_explorations(runner: DurableRunner) -> TestOutcome {
    with_prices(&runner);
    let reply = |request: CallbackRequest| CallbackReply::success(request.name());
    let crashes = runner
        .run(order())
        .on_callback("approval", reply)
        .explore_crashes()
        .check(|result: &ExecutionResult| result.ensure_succeeded().map(drop))
        .await?;
    assert!(crashes.points() > 50, "{crashes}");
    let orders = runner
        .run(order())
        .on_callback("approval", reply)
        .explore_orders()
        .await?;
    assert!(orders.is_exhaustive());
    let lossy = runner
        .run(order())
        .on_callback("*", reply)
        .faults(Faults::new())
        .crash(CrashPoint::response_lost(1))
        .await?;
    lossy.ensure_succeeded()?;
    Ok(())
}

#[durable_test(handler = sells, lambda_function_name = "sells", local_only)]
async fn a_failure_and_what_is_recorded_of_it(runner: DurableRunner) -> TestOutcome {
    with_prices(&runner);
    let refusal = CallbackReply::failure("Refused", "too expensive");
    let result = runner.run(order()).on_callback("approval", refusal).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.get_callback("approval")?.error().cloned();
    let error = error.unwrap_or_default();
    assert_eq!(error.error_type.as_deref(), Some("Refused"));
    assert_eq!(error.error_message.as_deref(), Some("too expensive"));
    assert_eq!((error.error_data, error.stack_trace), (None, Vec::new()));
    Ok(())
}

durable_test::main!();
