use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use durable_test::results::Operation;
use durable_workflow_tests::combinators::with_retry::{BookingSystem, booking};

#[durable_test(
    handler = booking(BookingSystem::busy_for(2)),
    lambda_function_name = "booking"
)]
async fn all_operations_of_an_attempt_run_again(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"train": "ICE 1"})).await?;

    assert_eq!(result.result::<String>()?, "booked a seat on ICE 1");
    let booking = result.get_context("booking")?;
    let children: Vec<&str> = booking.children().map(Operation::label).collect();
    assert_eq!(
        children,
        [
            "attempt-1",
            "retry-delay-1",
            "attempt-2",
            "retry-delay-2",
            "attempt-3"
        ]
    );
    for attempt in ["attempt-1", "attempt-2", "attempt-3"] {
        let quote = result.get_step(&format!("booking/{attempt}/quote"))?;
        assert_eq!(quote.status(), OperationStatus::Succeeded);
    }
    // One second, then twice that.
    assert_eq!(result.duration(), Duration::from_secs(3));
    Ok(())
}

#[durable_test(
    handler = booking(BookingSystem::busy_for(3)),
    lambda_function_name = "booking"
)]
async fn the_last_failed_attempt_fails_the_whole(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"train": "ICE 1"})).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(
        error.to_string().contains("the booking system is busy"),
        "{error}"
    );
    assert_eq!(
        result.get_context("booking/attempt-3")?.status(),
        OperationStatus::Failed
    );
    assert!(result.get_wait("booking/retry-delay-3").is_err());
    Ok(())
}

#[durable_test(
    handler = booking(BookingSystem::default()),
    lambda_function_name = "booking"
)]
async fn a_dependency_sees_each_attempt_once(_runner: DurableRunner) -> TestOutcome {
    let system = BookingSystem::busy_for(1);
    let runner = DurableRunner::local(booking(system.clone()))?;

    let result = runner.run(json!({"train": "ICE 1"})).await?;

    // Replays do not repeat the calls that are recorded.
    assert_eq!(result.invocations().len(), 2);
    assert_eq!(system.calls(), 2);
    Ok(())
}

/// A block with the SDK's own strategy, whose delays have jitter.
async fn with_jitter((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    let seat = ctx.with_retry(|ctx: DurableContext| async move {
        let asked = ctx
            .step(|_| async { Err::<u32, BoxError>("fully booked".into()) })
            .name("ask")
            .retry_strategy(|_, _| RetryDecision::Stop);
        Ok(asked.await?)
    });
    let refused = seat.name("seat").await.is_err();
    ctx.wait(Duration::from_hours(1)).name("later").await?;
    Ok(u32::from(refused))
}

#[durable_test(handler = with_jitter, local_only)]
async fn delays_that_are_drawn_again_in_a_replay_are_no_fault(
    runner: DurableRunner,
) -> TestOutcome {
    for _ in 0..5 {
        let result = runner.run(()).await?;
        assert_eq!(result.result::<u32>()?, 1);
        assert!(result.waits().count() > 1, "{result}");
    }
    runner.explore_crashes(()).sample(10).await?;
    Ok(())
}

/// A wait with the name that such a delay would have.
async fn drifting_wait((): (), ctx: DurableContext) -> Result<(), BoxError> {
    static SECONDS: AtomicU64 = AtomicU64::new(1);
    let seconds = SECONDS.fetch_add(1, Ordering::Relaxed);
    let pause = ctx.wait(Duration::from_secs(seconds));
    pause.name("retry-delay-1").await?;
    Ok(())
}

#[durable_test(handler = drifting_wait, local_only)]
async fn a_wait_of_the_handlers_own_is_compared(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err().to_string();
    assert!(error.contains("\"retry-delay-1\" with duration"), "{error}");
}
