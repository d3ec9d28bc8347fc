use durable_runtime::prelude::*;
use durable_runtime::sdk::InvokeErrorKind;
use durable_test::prelude::*;
use durable_test::results::{Event, EventDetails};
use durable_workflow_tests::invokes::{
    Order, Receipt, mall, opinion_of_another, payment, shop, two_payments,
};
use serde_json::Value;

const HOUR: Duration = Duration::from_hours(1);

#[durable_test(handler = shop, lambda_function_name = "shop")]
async fn the_result_of_the_child_is_the_parents_to_use(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"customer": "ada", "cents": 500})).await?;

    assert_eq!(result.result::<String>()?, "paid 500 cents: ada-1");
    // The child's hour is the parent's too.
    assert_eq!(result.duration(), HOUR);
    assert_eq!(result.invocations().len(), 2);
    let invoke = result.get_invoke("pay")?;
    assert_eq!(invoke.status(), OperationStatus::Succeeded);
    assert_eq!(invoke.duration(), HOUR);
    let receipt = Receipt {
        number: "ada-1".to_owned(),
        cents: 500,
    };
    assert_eq!(invoke.result::<Receipt>()?, receipt);
    Ok(())
}

#[durable_test(handler = shop, lambda_function_name = "shop")]
async fn a_child_has_a_result_of_its_own(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"customer": "ada", "cents": 500})).await?;
    let child = result.child("pay")?;

    assert_eq!(child.function(), "payment");
    assert_eq!(child.status(), ExecutionStatus::Succeeded);
    assert_eq!(child.result::<Receipt>()?.number, "ada-1");
    assert_eq!(child.duration(), HOUR);
    assert_eq!(child.step_names(), ["book"]);
    assert_eq!(child.get_wait("settlement")?.duration(), HOUR);
    assert_eq!(child.invocations().len(), 2);
    let types: Vec<&str> = child.history().iter().map(Event::event_type).collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "WaitStarted",
            "InvocationCompleted",
            "WaitSucceeded",
            "StepStarted",
            "StepSucceeded",
            "InvocationCompleted",
            "ExecutionSucceeded",
        ]
    );
    assert_eq!(
        child.to_string(),
        "payment: SUCCEEDED in 1h (2 invocations)\n\
         ├─ settlement  wait  SUCCEEDED  +0s for 1h\n\
         └─ book        step  SUCCEEDED  +1h for 0s"
    );
    // The parent's history names the child's execution.
    let named = result
        .history()
        .iter()
        .find_map(|event| match &event.details {
            EventDetails::ChainedInvokeStarted {
                durable_execution_arn,
                function_name,
                ..
            } => Some((
                durable_execution_arn.as_ref()?.as_str(),
                function_name.as_str(),
            )),
            _ => None,
        });
    assert_eq!(named, Some((child.arn(), "payment:$LATEST")));
    Ok(())
}

#[durable_test(handler = shop, lambda_function_name = "shop")]
async fn the_error_of_the_child_keeps_its_type(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"customer": "ada", "cents": 10_001}))
        .await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let child = result.child("pay")?;
    let step = child.get_step("book")?.error().expect("the step failed");
    assert_eq!(step.error_type.as_deref(), Some("PaymentError"));
    let invoke = result.get_invoke("pay")?;
    assert_eq!(invoke.status(), OperationStatus::Failed);
    let errors = [child.error(), invoke.error(), result.error()];
    for error in errors {
        let error = error.expect("each of them failed");
        assert_eq!(error.error_type.as_deref(), Some("PaymentError"));
        let message = error.error_message.as_deref().unwrap_or_default();
        assert!(message.contains("ada has insufficient funds"), "{message}");
    }
    Ok(())
}

#[durable_test(handler = mall, lambda_function_name = "mall")]
async fn executions_call_each_other_three_levels_deep(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"customer": "ada", "cents": 500})).await?;

    assert_eq!(result.result::<String>()?, "sold (paid 500 cents: ada-1)");
    assert_eq!(result.duration(), 2 * HOUR);
    let shop = result.child("sell")?;
    assert_eq!(shop.function(), "shop");
    assert_eq!(shop.duration(), HOUR);
    assert_eq!(shop.started_at(), result.started_at().after(HOUR));
    let payment = shop.child("pay")?;
    assert_eq!(payment.function(), "payment");
    assert_eq!(payment.result::<Receipt>()?.cents, 500);
    assert_eq!(payment.step_names(), ["book"]);
    Ok(())
}

#[durable_test(handler = mall, lambda_function_name = "mall")]
async fn an_error_rises_through_three_levels(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"customer": "ada", "cents": 10_001}))
        .await?;

    let shop = result.child("sell")?;
    let payment = shop.child("pay")?;
    for level in [&result, shop, payment] {
        assert_eq!(level.status(), ExecutionStatus::Failed);
        let error = level.error().expect("it failed");
        assert_eq!(error.error_type.as_deref(), Some("PaymentError"));
    }
    Ok(())
}

#[durable_test(handler = two_payments, lambda_function_name = "two_payments")]
async fn one_handler_runs_twice_at_the_same_time(runner: DurableRunner) -> TestOutcome {
    let orders = json!([
        {"customer": "ada", "cents": 500},
        {"customer": "grace", "cents": 700},
    ]);
    let result = runner.run(orders).await?;

    let receipts: Vec<Receipt> = result.result()?;
    let numbers: Vec<&str> = receipts
        .iter()
        .map(|receipt| receipt.number.as_str())
        .collect();
    assert_eq!(numbers, ["ada-1", "grace-1"]);
    // Both hours pass at once.
    assert_eq!(result.duration(), HOUR);
    let (first, second) = (result.child("pay-0")?, result.child("pay-1")?);
    assert_ne!(first.arn(), second.arn());
    assert_eq!(first.started_at(), second.started_at());
    assert_eq!(first.result::<Receipt>()?.cents, 500);
    assert_eq!(second.result::<Receipt>()?.cents, 700);
    Ok(())
}

#[durable_test(handler = opinion_of_another, local_only = "its answers come after hours of virtual time")]
async fn a_childs_callback_is_answered_by_the_parents_run(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!(null))
        .on_callback("opinion", CallbackReply::success("good").after(HOUR))
        .await?;

    assert_eq!(result.result::<String>()?, "good");
    assert_eq!(result.duration(), HOUR);
    assert_eq!(result.callbacks().count(), 0);
    let child = result.child("ask")?;
    assert_eq!(child.get_callback("opinion")?.duration(), HOUR);
    Ok(())
}

#[durable_test(handler = opinion_of_another, local_only = "only virtual time shows that no answer comes")]
async fn a_run_whose_child_is_not_answered_reports_what_is_open(
    runner: DurableRunner,
) -> TestOutcome {
    let error = runner
        .run(json!(null))
        .await
        .expect_err("the child's callback is not answered");

    let text = error.to_string();
    assert!(text.contains("CHAINED_INVOKE \"ask\" (STARTED)"), "{text}");
    Ok(())
}

#[durable_test(handler = opinion_of_another, local_only = "it sets the execution timeout of a run")]
async fn an_open_invoke_ends_with_the_parents_timeout(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).execution_timeout(2 * HOUR).await?;

    assert_eq!(result.status(), ExecutionStatus::TimedOut);
    assert_eq!(result.duration(), 2 * HOUR);
    assert_eq!(result.get_invoke("ask")?.status(), OperationStatus::Started);
    // Nothing stops a child with its parent.
    assert_eq!(result.child("ask")?.status(), ExecutionStatus::Running);
    Ok(())
}

#[durable_test(handler = mall, local_only = "it moves virtual time")]
async fn a_stopped_parent_leaves_its_child_running(runner: DurableRunner) -> TestOutcome {
    let running = runner
        .start(json!({"customer": "ada", "cents": 500}))
        .await?;
    running.advance(Duration::from_mins(90)).await?;
    running.stop("Closed", "no more customers").await?;
    let result = running.result().await?;

    assert_eq!(result.status(), ExecutionStatus::Stopped);
    assert_eq!(result.duration(), Duration::from_mins(90));
    assert_eq!(
        result.get_invoke("sell")?.status(),
        OperationStatus::Started
    );
    assert_eq!(result.child("sell")?.status(), ExecutionStatus::Running);
    Ok(())
}

#[durable_test(handler = shop, local_only = "it moves virtual time")]
async fn a_running_child_has_a_snapshot(runner: DurableRunner) -> TestOutcome {
    let running = runner
        .start(json!({"customer": "ada", "cents": 500}))
        .await?;
    running.advance(HOUR / 2).await?;

    let now = running.snapshot()?;
    let child = now.child("pay")?;
    assert_eq!(child.status(), ExecutionStatus::Running);
    assert_eq!(child.duration(), HOUR / 2);
    assert_eq!(
        child.get_wait("settlement")?.status(),
        OperationStatus::Started
    );
    Ok(())
}

/// Stands in for the payment function.
async fn free_of_charge(_event: Value, _ctx: DurableContext) -> Result<Receipt, BoxError> {
    Ok(Receipt {
        number: "free".to_owned(),
        cents: 0,
    })
}

#[durable_test(handler = shop, local_only = "it registers a function in this process")]
async fn a_stand_in_replaces_a_handler(runner: DurableRunner) -> TestOutcome {
    runner.register_durable_function("payment", free_of_charge);
    let result = runner.run(json!({"customer": "ada", "cents": 500})).await?;

    assert_eq!(result.result::<String>()?, "paid 0 cents: free");
    assert_eq!(result.duration(), Duration::ZERO);
    assert_eq!(result.child("pay")?.operations().len(), 0);
    Ok(())
}

#[durable_test(handler = payment, lambda_function_name = "payment")]
async fn a_target_can_be_run_on_its_own(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"customer": "ada", "cents": 1})).await?;

    assert_eq!(result.result::<Receipt>()?.cents, 1);
    assert_eq!(result.invokes().count(), 0);
    Ok(())
}

/// Crashes in each of its invocations.
#[durable_execution]
async fn crashing(_event: Value, _ctx: DurableContext) -> Result<(), BoxError> {
    panic!("the process dies")
}

#[durable_execution]
async fn calls_crashing(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    ctx.invoke::<(), _>("crashing:$LATEST", Value::Null)
        .name("call")
        .await?;
    Ok(())
}

#[durable_test(handler = calls_crashing)]
async fn a_child_that_crashes_for_good_fails_its_parent(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let child = result.child("call")?;
    assert_eq!(child.status(), ExecutionStatus::Failed);
    assert_eq!(child.invocations().len(), 5);
    // The parent is not invoked while the child is tried again.
    assert_eq!(result.invocations().len(), 2);
    assert_eq!(result.duration(), child.duration());
    let error = result.get_invoke("call")?.error().expect("it failed");
    // A deployed function's runtime client turns a panic into an error of its own.
    if runner.mode() == RunnerMode::Local {
        assert_eq!(error.error_type.as_deref(), Some("Runtime.ExitError"));
    }
    assert!(error.to_string().contains("the process dies"), "{error}");
    Ok(())
}

/// Falls back on an invoice if the payment function fails.
#[durable_execution]
async fn shop_on_credit(event: Order, ctx: DurableContext) -> Result<String, BoxError> {
    let payment = ctx
        .invoke::<Receipt, _>("payment:$LATEST", event)
        .name("pay")
        .await;
    let error = match payment {
        Ok(receipt) => return Ok(receipt.number),
        Err(error) => error,
    };
    let OperationErrorKind::Invoke(invoke) = error.kind() else {
        return Err(error.into());
    };
    let InvokeErrorKind::FunctionFailed { .. } = invoke.kind() else {
        return Err(error.into());
    };
    let reason = error.wire().and_then(|wire| wire.error_type());
    Ok(format!("invoice, for {}", reason.unwrap_or("no reason")))
}

#[durable_test(handler = shop_on_credit)]
async fn a_handler_distinguishes_the_childs_errors(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(json!({"customer": "ada", "cents": 10_001}))
        .await?;

    assert_eq!(result.result::<String>()?, "invoice, for PaymentError");
    assert_eq!(result.child("pay")?.status(), ExecutionStatus::Failed);
    Ok(())
}

#[durable_execution]
async fn wants_a_number(event: Order, ctx: DurableContext) -> Result<u64, BoxError> {
    let number = ctx
        .invoke::<u64, _>("payment:$LATEST", event)
        .name("pay")
        .await?;
    Ok(number)
}

#[durable_test(handler = wants_a_number)]
async fn a_result_of_another_type_is_the_parents_error(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"customer": "ada", "cents": 5})).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(
        result.get_invoke("pay")?.status(),
        OperationStatus::Succeeded
    );
    assert_eq!(result.child("pay")?.status(), ExecutionStatus::Succeeded);
    let error = result.error().expect("a failed execution has an error");
    assert!(error.to_string().contains("expected u64"), "{error}");
    Ok(())
}
