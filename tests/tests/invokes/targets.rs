use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::EventDetails;
use durable_workflow_tests::invokes::{Answer, Receipt, caller};
use serde_json::Value;

fn order(function: &str) -> Value {
    json!({"function": function, "payload": {"customer": "ada", "cents": 500}})
}

#[durable_test(handler = caller, lambda_function_name = "caller")]
async fn a_missing_target_fails_the_call(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(order("missing:$LATEST")).await?;

    let Answer::Error(error_type, message) = result.result()? else {
        panic!("a missing function returned a value");
    };
    assert_eq!(error_type, "ResourceNotFoundException");
    assert!(
        message.starts_with("Function not found: arn:aws:lambda:"),
        "{message}"
    );
    assert!(message.ends_with(":function:missing:$LATEST"), "{message}");
    assert_eq!(result.duration(), Duration::ZERO);
    assert_eq!(result.get_invoke("call")?.status(), OperationStatus::Failed);
    let none = result.child("call").expect_err("no execution started");
    assert!(none.to_string().contains("started no execution"), "{none}");
    Ok(())
}

#[durable_test(handler = caller, lambda_function_name = "caller")]
async fn a_durable_target_needs_a_qualifier(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(order("payment")).await?;

    assert_eq!(
        result.result::<Answer>()?,
        Answer::Error(
            "InvalidParameterValueException".to_owned(),
            "You cannot invoke a durable function using an unqualified ARN.".to_owned()
        )
    );
    Ok(())
}

#[durable_test(handler = caller, lambda_function_name = "caller")]
async fn a_target_is_found_by_its_arn(runner: DurableRunner) -> TestOutcome {
    let here = runner.run(order("missing")).await?;
    let (own, _) = here
        .arn()
        .split_once(":function:")
        .expect("the ARN of an execution starts with its function's");
    let arn = format!("{own}:function:payment:$LATEST");
    let result = runner.run(order(&arn)).await?;

    let child = result.child("call")?;
    assert_eq!(child.function(), "payment");
    assert_eq!(child.result::<Receipt>()?.number, "ada-1");
    Ok(())
}

#[durable_test(handler = caller, local_only = "it makes a runner of its own")]
async fn the_location_of_a_runner_is_in_the_arns_of_its_targets(
    _runner: DurableRunner,
) -> TestOutcome {
    let runner = DurableRunner::builder(caller)
        .location("eu-central-1", "210987654321")
        .build()?;
    let arn = "arn:aws:lambda:eu-central-1:210987654321:function:payment:$LATEST";
    let result = runner.run(order(arn)).await?;

    let child = result.child("call")?;
    assert!(child.arn().starts_with(arn), "{}", child.arn());
    Ok(())
}

#[durable_test(handler = caller, lambda_function_name = "caller")]
async fn a_function_of_another_account_cannot_be_called(runner: DurableRunner) -> TestOutcome {
    let arn = "arn:aws:lambda:us-west-2:999999999999:function:payment:$LATEST";
    let result = runner.run(order(arn)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(error.to_string().contains("account"), "{error}");
    assert_eq!(result.invokes().count(), 0);
    Ok(())
}

#[durable_execution]
async fn tenant(_event: Value, ctx: DurableContext) -> Result<Option<String>, BoxError> {
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(ctx.lambda_context().tenant_id.clone())
}

#[durable_execution]
async fn calls_for_a_tenant(
    event: Option<String>,
    ctx: DurableContext,
) -> Result<Option<String>, BoxError> {
    let call = ctx
        .invoke::<Option<String>, _>("tenant:$LATEST", Value::Null)
        .name("call");
    let call = match event {
        Some(tenant) => call.tenant_id(tenant),
        None => call,
    };
    Ok(call.await?)
}

fn recorded_tenant(result: &ExecutionResult) -> Option<&str> {
    result
        .history()
        .iter()
        .find_map(|event| match &event.details {
            EventDetails::ChainedInvokeStarted { tenant_id, .. } => tenant_id.as_deref(),
            _ => None,
        })
}

#[durable_test(handler = calls_for_a_tenant)]
async fn a_tenant_is_in_the_history_and_in_the_childs_context(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run("blue").await?;

    assert_eq!(recorded_tenant(&result), Some("blue"));
    // In each of the child's invocations, that is: this is what the second one saw.
    assert_eq!(result.result::<Option<String>>()?.as_deref(), Some("blue"));
    Ok(())
}

#[durable_test(handler = calls_for_a_tenant)]
async fn without_a_tenant_there_is_none(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(recorded_tenant(&result), None);
    assert_eq!(result.result::<Option<String>>()?, None);
    Ok(())
}
