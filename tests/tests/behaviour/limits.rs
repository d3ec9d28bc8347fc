use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::Operation;

#[durable_step]
fn fill(bytes: usize) -> String {
    "x".repeat(bytes)
}

#[durable_execution]
async fn large_result(bytes: usize, ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(fill(&ctx, bytes).await?.len())
}

#[durable_test(handler = large_result)]
async fn a_step_result_of_a_mebibyte_fails_the_execution(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(1_048_576).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.invocations().len(), 1);
    let error = result.error().expect("a failed execution has an error");
    assert_eq!(error.error_type.as_deref(), Some("CheckpointFailedError"));
    assert!(
        error
            .to_string()
            .contains("STEP output payload size must be less than or equal to 262144 bytes"),
        "{error}"
    );
    Ok(())
}

#[durable_test(handler = large_result)]
async fn a_step_result_may_have_256_kibibytes(runner: DurableRunner) -> TestOutcome {
    // Two of them are the quotes of the JSON text.
    let limit = 262_144 - 2;
    assert_eq!(runner.run(limit).await?.result::<usize>()?, limit);

    let result = runner.run(limit + 1).await?;
    assert_eq!(result.status(), ExecutionStatus::Failed);
    Ok(())
}

#[durable_with_child_context]
async fn two_large_texts(ctx: DurableContext) -> Result<String, BoxError> {
    let first = fill(&ctx, 200_000).await?;
    let second = fill(&ctx, 200_000).await?;
    Ok(first + &second)
}

#[durable_execution]
async fn large_context(seconds: u64, ctx: DurableContext) -> Result<usize, BoxError> {
    let text = two_large_texts(&ctx).await?;
    ctx.wait(Duration::from_secs(seconds)).await?;
    Ok(text.len())
}

#[durable_test(handler = large_context)]
async fn a_larger_result_of_a_context_is_rebuilt_from_its_steps(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(5).await?;

    assert_eq!(result.result::<usize>()?, 400_000);
    let context = result.get_context("two_large_texts")?;
    assert_eq!(context.status(), OperationStatus::Succeeded);
    assert_eq!(context.result_json(), None);
    // The steps do not run again.
    assert_eq!(result.steps().map(Operation::attempt).sum::<u32>(), 2);
    Ok(())
}

#[durable_execution]
async fn named_step(name: String, ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(fill(&ctx, 1).name(name).await?.len())
}

#[durable_test(handler = named_step)]
async fn a_name_of_300_characters_is_refused_in_every_invocation(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run("n".repeat(300)).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.invocations().len(), 5);
    for invocation in result.invocations() {
        let error = invocation.error.as_ref().expect("the invocation failed");
        let text = error.to_string();
        assert!(text.contains("ValidationException"), "{text}");
        assert!(
            text.contains("Member must have length less than or equal to 256"),
            "{text}"
        );
    }
    assert!(result.operations().is_empty());
    Ok(())
}

#[durable_test(handler = named_step)]
async fn a_name_of_256_characters_is_fine(runner: DurableRunner) -> TestOutcome {
    let name = "n".repeat(256);
    let result = runner.run(&name).await?;

    result.ensure_succeeded()?;
    assert_eq!(result.step_names(), [name]);
    Ok(())
}

#[durable_execution]
async fn wait_for_nothing(seconds: u64, ctx: DurableContext) -> Result<(), BoxError> {
    ctx.wait(Duration::from_secs(seconds)).await?;
    Ok(())
}

#[durable_test(handler = wait_for_nothing)]
async fn a_wait_of_no_time_is_refused(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(0).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let last = result
        .invocations()
        .last()
        .expect("there was an invocation");
    let text = last.error.as_ref().expect("it failed").to_string();
    assert!(text.contains("ValidationException"), "{text}");
    assert!(
        text.contains(
            "Value '0' at 'updates.1.member.waitOptions.waitSeconds' failed to satisfy constraint: \
             Member must have value greater than or equal to 1"
        ),
        "{text}"
    );
    Ok(())
}

#[durable_test(handler = wait_for_nothing)]
async fn a_wait_may_take_366_days_and_no_second_more(runner: DurableRunner) -> TestOutcome {
    let limit = 31_622_400;
    let result = runner.run(limit).await?;
    assert_eq!(result.waits().count(), 1);

    let result = runner.run(limit + 1).await?;
    assert_eq!(result.status(), ExecutionStatus::Failed);
    let text = result.error().expect("it failed").to_string();
    assert!(
        text.contains("Member must have value less than or equal to 31622400"),
        "{text}"
    );
    Ok(())
}

#[durable_execution]
async fn many_steps(count: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    for index in 0..count {
        fill(&ctx, 1).name(format!("step-{index}")).await?;
    }
    Ok(count)
}

#[durable_test(handler = many_steps)]
async fn the_operation_after_the_three_thousandth_fails_the_execution(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(3_001).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.steps().count(), 3_000);
    assert_eq!(result.invocations().len(), 1);
    let error = result.error().expect("a failed execution has an error");
    let text = error.to_string();
    assert!(text.contains("InvalidParameterValueException"), "{text}");
    assert!(
        text.contains("A durable execution cannot have more than 3000 operations."),
        "{text}"
    );
    Ok(())
}

#[durable_test(handler = wait_for_nothing, local_only)]
async fn a_refused_start_is_told_by_the_operation_and_the_services_sentence(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(0).await?;

    let text = result.error().map(ToString::to_string).unwrap_or_default();
    let told = "checkpoint write failed for unnamed wait: ValidationException: 1 validation error";
    assert!(text.contains(told), "{text}");
    assert!(!text.contains("Error {"), "{text}");
    Ok(())
}
