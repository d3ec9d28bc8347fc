use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde_json::Value;

#[durable_step(retry(max_attempts = 3, initial_delay = "2s", backoff_rate = 2.0))]
async fn ship(step: StepContext) -> Result<String, BoxError> {
    if step.attempt() < 3 {
        return Err("the lorry is full".into());
    }
    Ok("shipped".to_owned())
}

#[durable_step(retry(max_attempts = 1))]
async fn thank() -> Result<(), BoxError> {
    Err("no card left".into())
}

#[durable_with_child_context]
async fn delivery(ctx: DurableContext) -> Result<String, BoxError> {
    ctx.wait(Duration::from_mins(1)).name("pack").await?;
    Ok(ship(&ctx).await?)
}

#[durable_execution]
async fn tree(_event: Value, ctx: DurableContext) -> Result<String, BoxError> {
    let reminder = ctx.wait(Duration::from_hours(24)).name("reminder").future();
    let delivered = delivery(&ctx).await?;
    if thank(&ctx).await.is_err() {
        let soon = ctx.wait(Duration::from_secs(5)).name("soon").future();
        ctx.race([reminder, soon]).name("either").await?;
    }
    ctx.step(|_| async { Ok(()) }).await?;
    Ok(delivered)
}

#[durable_test(handler = tree, local_only = "it shows a time of the virtual clock")]
async fn a_result_reads_as_a_tree(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    insta::assert_snapshot!(result, @"
    tree: SUCCEEDED in 1m 11s (5 invocations)
    ├─ delivery  context  SUCCEEDED  +0s for 1m 6s
    │  ├─ pack   wait     SUCCEEDED  +0s for 1m
    │  └─ ship   step     SUCCEEDED  +1m for 6s      3 attempts
    ├─ thank     step     FAILED     +1m 6s for 0s   Error: no card left
    ├─ either    context  SUCCEEDED  +1m 6s for 5s
    ├─ reminder  wait     STARTED    +1m 6s for 5s
    ├─ soon      wait     SUCCEEDED  +1m 6s for 5s
    └─ Step#1    step     SUCCEEDED  +1m 11s for 0s
    ");
    Ok(())
}

#[durable_test(handler = tree)]
async fn an_operation_is_found_by_name_path_and_id(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let by_name = result.get_step("ship")?;
    let by_path = result.get_step("delivery/ship")?;
    assert_eq!(by_name.id(), by_path.id());
    assert_eq!(result.get_operation(by_name.id())?.path(), "delivery/ship");
    assert_eq!(result.get_wait("delivery/pack")?.name(), Some("pack"));
    assert_eq!(
        result.get_context("delivery")?.result::<String>()?,
        "shipped"
    );
    let unnamed = result.get_step("Step#1")?;
    assert_eq!(unnamed.name(), None);
    unnamed.result::<()>()?;
    Ok(())
}

#[durable_test(handler = tree)]
async fn a_failed_look_up_lists_what_there_is(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let message = |error: durable_test::Error| error.to_string();
    assert_eq!(
        message(result.get_step("approval").unwrap_err()),
        "no step named \"approval\" in this execution; its steps are: \"delivery/ship\", \"thank\", \
         \"Step#1\""
    );
    assert_eq!(
        message(result.get_wait("ship").unwrap_err()),
        "no wait named \"ship\" in this execution; a step has that name: `get_step(\"ship\")`; its waits are: \"delivery/pack\", \
         \"reminder\", \"soon\""
    );
    assert_eq!(
        message(result.get_callback("approval").unwrap_err()),
        "no callback named \"approval\" in this execution; it has no callbacks"
    );
    let all = message(result.get_operation("x").unwrap_err());
    assert!(all.contains("its operations are: "), "{all}");
    assert!(all.contains("\"either\""), "{all}");
    Ok(())
}

#[durable_test(handler = tree)]
async fn an_operation_without_a_result_says_why(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let error = result.get_step("thank")?.result::<()>().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("STEP \"thank\" has no result"), "{text}");
    assert!(text.contains("FAILED"), "{text}");
    assert!(text.contains("no card left"), "{text}");
    Ok(())
}

#[durable_execution]
async fn rounds(_event: Value, ctx: DurableContext) -> Result<(), BoxError> {
    for _ in 0..3 {
        ctx.step(|_| async { Ok(()) }).name("round").await?;
        ctx.wait(Duration::from_mins(1)).name("round").await?;
    }
    Ok(())
}

#[durable_test(handler = rounds, local_only = "it compares times of the virtual clock")]
async fn operations_of_one_name_are_found_with_their_times(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(json!(null)).await?;
    running.run_until_suspended().await?;
    let snapshot = running.snapshot()?;
    assert_eq!(snapshot.get_wait("round")?.ended_after(), None);
    let result = running.result().await?;

    let starts: Vec<Duration> = result
        .steps_named("round")
        .map(durable_test::results::Operation::started_after)
        .collect();
    assert_eq!(starts, [0, 1, 2].map(Duration::from_mins));
    let ends = result
        .operations_named("round")
        .map(durable_test::results::Operation::ended_after);
    let minutes = [0, 1, 1, 2, 2, 3].map(|minutes| Some(Duration::from_mins(minutes)));
    assert_eq!(ends.collect::<Vec<_>>(), minutes);
    assert_eq!(result.steps_named("square").count(), 0);
    assert_eq!(
        format!("{:?}", result.started_at()),
        "2026-01-01T00:00:00.000Z"
    );
    Ok(())
}

#[durable_test(handler = tree, local_only)]
async fn a_name_of_another_type_is_told(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let error = result.get_step("pack").unwrap_err().to_string();
    assert!(
        error.contains("a wait has that name: `get_wait(\"pack\")`; its steps are: "),
        "{error}"
    );
    let error = result.result::<u64>().unwrap_err().to_string();
    assert!(error.contains("is not a u64"), "{error}");
    let error = result
        .get_context("delivery")?
        .result::<Vec<String>>()
        .unwrap_err();
    assert!(
        error.to_string().contains("is not a Vec<String>"),
        "{error}"
    );
    Ok(())
}
