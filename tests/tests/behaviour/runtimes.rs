use std::thread;

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_workflow_tests::combinators::parallel::{book_tour, paced_branches};
use serde_json::Value;

#[durable_step]
async fn slow_call(minutes: u64) -> Result<String, BoxError> {
    tokio::time::sleep(Duration::from_mins(minutes)).await;
    Ok("answered".to_owned())
}

#[durable_execution]
async fn calls(minutes: u64, ctx: DurableContext) -> Result<String, BoxError> {
    let answer = slow_call(&ctx, minutes).await?;
    ctx.wait(Duration::from_secs(30)).name("after").await?;
    Ok(answer)
}

#[durable_test(handler = calls, start_paused = true, local_only = "its steps sleep for minutes of virtual time")]
async fn on_a_paused_clock_a_body_that_sleeps_takes_virtual_time(
    runner: DurableRunner,
) -> TestOutcome {
    let result = runner.run(10).await?;

    assert_eq!(result.result::<String>()?, "answered");
    assert_eq!(
        result.get_step("slow_call")?.duration(),
        Duration::from_mins(10)
    );
    assert_eq!(result.duration(), Duration::from_secs(630));
    Ok(())
}

#[durable_test(handler = calls, start_paused = true, local_only = "its steps sleep for minutes of virtual time")]
async fn an_invocation_ends_after_a_quarter_of_an_hour(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(60).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    for invocation in result.invocations() {
        let error = invocation.error.as_ref().expect("it took too long");
        assert_eq!(error.error_type.as_deref(), Some("Sandbox.Timedout"));
    }
    assert_eq!(result.invocations().len(), 5);
    Ok(())
}

#[durable_test(handler = calls, start_paused = true, local_only = "it makes a runner of its own")]
async fn the_time_of_an_invocation_is_a_setting(_runner: DurableRunner) -> TestOutcome {
    let runner = DurableRunner::builder(calls)
        .function_timeout(Duration::from_mins(61))
        .follow_tokio(true)
        .build()?;
    let result = runner.run(60).await?;

    assert_eq!(result.result::<String>()?, "answered");
    assert_eq!(result.duration(), Duration::from_secs(3_630));
    Ok(())
}

/// A wait that ends while steps run beside it.
#[durable_execution]
async fn waits_beside_calls(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let wait = Branch::new("wait", |ctx: DurableContext| async move {
        ctx.wait(Duration::from_mins(1)).await?;
        Ok("waited".to_owned())
    });
    let calls = Branch::new("calls", |ctx: DurableContext| async move {
        slow_call(&ctx, 2).await?;
        Ok(slow_call(&ctx, 2).name("again").await?)
    });
    let results = ctx.parallel([wait, calls]).name("both").await?;
    Ok(results)
}

#[durable_test(handler = waits_beside_calls, start_paused = true, local_only = "its steps sleep for minutes of virtual time")]
async fn a_wait_ends_while_a_step_runs_beside_it(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["waited", "answered"]);
    assert_eq!(result.duration(), Duration::from_mins(4));
    Ok(())
}

#[durable_test(handler = paced_branches, lambda_function_name = "paced_branches", flavor = "multi_thread", worker_threads = 2)]
async fn branches_run_on_a_runtime_with_several_threads(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?.len(), 3);
    assert_eq!(result.duration(), Duration::from_secs(5));
    let workers = tokio::runtime::Handle::current().metrics().num_workers();
    assert_eq!(workers, 2);
    Ok(())
}

#[durable_test(handler = book_tour, lambda_function_name = "book_tour", flavor = "multi_thread", worker_threads = 2)]
async fn nested_branches_keep_their_paths_on_several_threads(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(["Rome", "Oslo", "Bern"])).await?;

    let stops: Vec<Vec<String>> = result.result()?;
    assert_eq!(stops[2], ["flight to Bern", "hotel in Bern"]);
    let hotel = result.get_step("tour/stop-2/bookings/hotel/book_hotel")?;
    assert_eq!(hotel.result::<String>()?, "hotel in Bern");
    Ok(())
}

#[durable_execution]
async fn name_of_thread(_event: Value, _ctx: DurableContext) -> Result<String, BoxError> {
    Ok(format!("{:?}", thread::current().id()))
}

#[durable_test(handler = name_of_thread, local_only = "it looks at the thread of the test")]
async fn a_handler_runs_on_the_thread_of_its_test(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    let here = format!("{:?}", thread::current().id());
    assert_eq!(result.result::<String>()?, here);
    Ok(())
}
