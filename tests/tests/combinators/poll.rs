use durable_test::prelude::*;
use durable_workflow_tests::combinators::poll::{Job, wait_for_job};

#[durable_test(handler = wait_for_job, lambda_function_name = "wait_for_job")]
async fn the_state_goes_from_check_to_check(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"done_after": 3})).await?;

    let job: Job = result.result()?;
    assert_eq!((job.checks, job.done), (3, true));
    let step = result.get_step("job")?;
    assert_eq!(step.sub_type(), Some("WaitForCondition"));
    assert_eq!(step.attempt(), 3);
    assert_eq!(step.result::<Job>()?, job);
    assert_eq!(result.invocations().len(), 3);
    Ok(())
}

#[durable_test(handler = wait_for_job, lambda_function_name = "wait_for_job")]
async fn a_condition_that_holds_at_once_does_not_suspend(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"done_after": 1})).await?;

    assert_eq!(result.result::<Job>()?.checks, 1);
    assert_eq!(result.duration(), Duration::ZERO);
    assert_eq!(result.invocations().len(), 1);
    Ok(())
}

#[durable_test(handler = wait_for_job, lambda_function_name = "wait_for_job")]
async fn too_many_checks_fail_the_workflow(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"done_after": 9})).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(
        error.to_string().contains("max checks exceeded: 4"),
        "{error}"
    );
    assert_eq!(result.get_step("job")?.status(), OperationStatus::Failed);
    Ok(())
}
