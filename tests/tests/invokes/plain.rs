use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_workflow_tests::invokes::{Answer, Order, Receipt, caller, shop};
use serde_json::Value;

fn call(payload: &Value) -> Value {
    json!({"function": "price", "payload": payload})
}

fn error(result: &ExecutionResult) -> Result<(String, String), durable_test::Error> {
    match result.result()? {
        Answer::Error(error_type, message) => Ok((error_type, message)),
        Answer::Value(value) => panic!("it returned {value}"),
    }
}

#[durable_test(handler = caller, local_only = "it registers a function in this process")]
async fn a_plain_function_returns_its_value(runner: DurableRunner) -> TestOutcome {
    runner.register_function("price", |cents: u64| async move {
        Ok::<_, BoxError>(cents * 119 / 100)
    });
    let result = runner.run(call(&json!(1_000))).await?;

    assert_eq!(result.result::<Answer>()?, Answer::Value(json!(1_190)));
    assert_eq!(result.get_invoke("call")?.result::<u64>()?, 1_190);
    assert_eq!(result.duration(), Duration::ZERO);
    let none = result.child("call").expect_err("it starts no execution");
    assert!(none.to_string().contains("plain function"), "{none}");
    Ok(())
}

#[durable_test(handler = caller, local_only = "it registers a function in this process")]
async fn a_plain_function_is_reached_with_a_qualifier_too(runner: DurableRunner) -> TestOutcome {
    runner.register_function(
        "price",
        |cents: u64| async move { Ok::<_, BoxError>(cents) },
    );
    let result = runner
        .run(json!({"function": "price:$LATEST", "payload": 5}))
        .await?;

    assert_eq!(result.result::<Answer>()?, Answer::Value(json!(5)));
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("no price for {0} cents")]
struct NoPrice(u64);

#[durable_test(handler = caller, local_only = "it registers a function in this process")]
async fn an_error_of_a_plain_function_keeps_type_and_message(runner: DurableRunner) -> TestOutcome {
    runner.register_function("price", |cents: u64| async move {
        Err::<u64, _>(TypedError::new(NoPrice(cents)))
    });
    let result = runner.run(call(&json!(7))).await?;

    let (error_type, message) = error(&result)?;
    assert_eq!(error_type, "NoPrice");
    assert_eq!(message, "no price for 7 cents");
    let invoke = result.get_invoke("call")?;
    assert_eq!(invoke.status(), OperationStatus::Failed);
    Ok(())
}

#[durable_test(handler = caller, local_only = "it registers a function in this process")]
async fn a_text_can_be_the_error_of_a_plain_function(runner: DurableRunner) -> TestOutcome {
    runner.register_function(
        "price",
        |_: Value| async move { Err::<u64, _>("closed today") },
    );
    let result = runner.run(call(&json!(null))).await?;

    let (_, message) = error(&result)?;
    assert_eq!(message, "closed today");
    Ok(())
}

#[durable_test(handler = caller, local_only = "it registers a function in this process")]
async fn a_panic_of_a_plain_function_fails_the_call(runner: DurableRunner) -> TestOutcome {
    runner.register_function("price", |cents: u64| async move {
        assert!(cents > 10, "too cheap");
        Ok::<_, BoxError>(cents)
    });
    let result = runner.run(call(&json!(7))).await?;

    let (error_type, message) = error(&result)?;
    assert_eq!(error_type, "Runtime.ExitError");
    assert!(message.contains("too cheap"), "{message}");
    Ok(())
}

#[durable_test(handler = caller, local_only = "it registers a function in this process")]
async fn a_payload_of_another_type_fails_the_call(runner: DurableRunner) -> TestOutcome {
    runner.register_function(
        "price",
        |cents: u64| async move { Ok::<_, BoxError>(cents) },
    );
    let result = runner.run(call(&json!("a text"))).await?;

    let (_, message) = error(&result)?;
    assert!(message.contains("expected u64"), "{message}");
    Ok(())
}

#[durable_test(handler = shop, local_only = "it registers a function in this process")]
async fn a_plain_function_replaces_a_durable_one(runner: DurableRunner) -> TestOutcome {
    runner.register_function("payment", |order: Order| async move {
        Ok::<_, BoxError>(Receipt {
            number: format!("{} at once", order.customer),
            cents: order.cents,
        })
    });
    let result = runner.run(json!({"customer": "ada", "cents": 500})).await?;

    assert_eq!(result.result::<String>()?, "paid 500 cents: ada at once");
    assert_eq!(result.duration(), Duration::ZERO);
    Ok(())
}

#[durable_test(handler = caller, local_only = "it registers a function in this process")]
async fn a_function_registered_again_replaces_the_earlier_one(
    runner: DurableRunner,
) -> TestOutcome {
    runner
        .register_function("price", |_: Value| async { Ok::<_, BoxError>("first") })
        .register_function("price", |_: Value| async { Ok::<_, BoxError>("second") });
    let result = runner.run(call(&json!(null))).await?;

    assert_eq!(result.result::<Answer>()?, Answer::Value(json!("second")));
    Ok(())
}
